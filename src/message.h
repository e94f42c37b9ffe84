/*
 * message.h
 *		Messages to users, in the language of lc_messages.
 *
 * The English text is what a message is looked up by, and what is shown where there is no translation: po/ has those.
 * ereport() looks its texts up by itself, in the catalog that TEXTDOMAIN names; all other texts stand in _(), or in
 * gettext_noop() where they are kept for later.
 */
#ifndef SALESOPP_MESSAGE_H
#define SALESOPP_MESSAGE_H

#undef TEXTDOMAIN
#define TEXTDOMAIN PG_TEXTDOMAIN("salesopp")

#undef _
#define _(text) dgettext(TEXTDOMAIN, text)

#endif
