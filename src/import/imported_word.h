/*
 * imported_word.h
 *		Words for yes and no.
 */
#ifndef SALESOPP_IMPORTED_WORD_H
#define SALESOPP_IMPORTED_WORD_H

#include "postgres.h"

/* False when the word is neither. */
extern bool read_yes_no(const char *s, Size length, bool *value);

#endif
