/*
 * character.h
 *		The characters of texts in UTF-8, and what of them people can read in a document.
 */
#ifndef SALESOPP_CHARACTER_H
#define SALESOPP_CHARACTER_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#define REPLACEMENT_CHARACTER 0xFFFD
#define ELLIPSIS_CHARACTER 0x2026

/* The character that the text begins with; the text then begins behind it. */
extern pg_wchar next_character(const char **text);
extern void append_character(StringInfo text, pg_wchar character);

/* Whether it is U+FFFE or U+FFFF, which XML cannot hold. */
extern bool is_noncharacter(pg_wchar character);

/* What is shown of a character: a space for controls and ends of lines, a mark for noncharacters, else itself. */
extern pg_wchar readable_character(pg_wchar character);

#endif
