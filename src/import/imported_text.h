/*
 * imported_text.h
 *		What a cell says.
 */
#ifndef SALESOPP_IMPORTED_TEXT_H
#define SALESOPP_IMPORTED_TEXT_H

#include "postgres.h"

/*
 * The text without blanks at its ends, zero-width characters and byte-order marks, with HTML entities resolved (once),
 * no-break spaces as spaces, and composed. A part of the text itself where that is enough, else one of its own. The
 * length becomes 0 when nothing is left.
 */
extern char *clean_text(char *s, Size *length);

#endif
