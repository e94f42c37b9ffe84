/*
 * wildcard.h
 *		Search patterns (F9.7).
 */
#ifndef SALESOPP_WILDCARD_H
#define SALESOPP_WILDCARD_H

#include "postgres.h"

typedef struct Pattern Pattern;

extern Pattern *make_pattern(text *source, Oid collation);
extern bool matches_text(const Pattern *pattern, char *s, Size length);
extern text *wildcard_for_index(text *pattern, Oid collation, bool is_composed);

#endif
