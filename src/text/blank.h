/*
 * blank.h
 *		What people see of a text.
 */
#ifndef SALESOPP_BLANK_H
#define SALESOPP_BLANK_H

#include "postgres.h"
#include "mb/pg_wchar.h"

typedef enum Appearance
{
	VISIBLE,
	SPACE,						/* takes room, and so separates words */
	INVISIBLE,
	ATTACHED					/* invisible, but may change how the character before it looks */
} Appearance;

/* The number of the character in Unicode. One that cannot be converted becomes one that is seen. */
extern pg_wchar to_unicode(const char *s, int length);

/* The character at a place before the end of a text; also gives its length. */
extern Appearance appearance(const char *s, const char *end, int *length);

/* Leaves out the blanks at the beginning and the end. */
extern void trim_blanks(char **s, Size *length);

#endif
