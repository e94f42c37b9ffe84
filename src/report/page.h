/*
 * page.h
 *		A page of HTML that needs nothing but itself, and is well-formed XML, too.
 *
 * It consists of ASCII alone, with references for all other characters, so it is the same in every encoding. Texts that
 * go into it are UTF-8.
 */
#ifndef SALESOPP_PAGE_H
#define SALESOPP_PAGE_H

#include "postgres.h"
#include "lib/stringinfo.h"

#include "palette.h"
#include "text/language.h"

/* Its head, and the heading of all of it. */
extern void start_page(StringInfo page, Language language, const char *heading, const char *organization);
extern void end_page(StringInfo page);

/* A part with a heading; ids on the page begin with the id. */
extern void start_section(StringInfo page, const char *id, const char *heading);
extern void end_section(StringInfo page);

extern void add_paragraph(StringInfo page, const char *text);

/* A text that users wrote: in which direction it is read depends on itself, and it changes that of nothing else. */
extern void append_user_text(StringInfo page, const char *text);

/* A picture of ours, and a small square in a color. */
extern void add_picture(StringInfo page, const char *svg);
extern void append_square(StringInfo page, Color color);

/* A bar that is so long a part of the longest. */
extern void append_bar(StringInfo page, double part);

#endif
