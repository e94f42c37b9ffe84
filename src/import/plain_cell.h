/*
 * plain_cell.h
 *		A cell that may be a number or a date, in ASCII.
 */
#ifndef SALESOPP_PLAIN_CELL_H
#define SALESOPP_PLAIN_CELL_H

#include "postgres.h"

/* No number and no date that means something is longer. */
#define MAX_PLAIN 100

#define PLAIN_LETTER '\x01'		/* a Latin letter that ASCII does not have */
#define PLAIN_CURRENCY '$'		/* any currency's sign */
#define PLAIN_OTHER '\x02'

/* Puts the cell into "plain", MAX_PLAIN + 1 bytes, with a zero at the end. Gives its length, 0 when it is too long. */
extern int	make_plain(const char *s, Size length, char *plain);

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || c == PLAIN_LETTER;
}

#endif
