/*
 * message.h
 *		Messages to users, in the language of lc_messages.
 *
 * The English text is what a message is looked up by, and what is shown where there is no translation: po/ has those.
 * ereport() looks its texts up by itself, in the catalog that TEXTDOMAIN names; all other texts stand in _(), or in
 * gettext_noop() where they are looked up later.
 */
#ifndef SALESOPP_MESSAGE_H
#define SALESOPP_MESSAGE_H

extern const char *message_catalog(void);

#undef TEXTDOMAIN
#define TEXTDOMAIN message_catalog()

#undef _
#define _(text) dgettext(TEXTDOMAIN, text)

#endif
