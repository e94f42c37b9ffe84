/*
 * wildcard.h
 *		Search patterns (F9.7).
 */
#ifndef SALESOPP_WILDCARD_H
#define SALESOPP_WILDCARD_H

#include "postgres.h"

extern text *wildcard_for_index(text *pattern, Oid collation, bool is_composed);

#endif
