/*
 * trigram.h
 *		The trigrams of names, as pg_trgm has them.
 */
#ifndef SALESOPP_TRIGRAM_H
#define SALESOPP_TRIGRAM_H

#include "postgres.h"

/* Three characters, each of which has 21 bits. */
typedef uint64 Trigram;

extern int	most_trigrams(Size length);
extern int	find_trigrams(const char *key, Size length, Trigram *trigrams);

/* How many they share of all that they have. */
static inline float4
likeness_of(int shared, int n, int n_others)
{
	return n + n_others == 0 ? 0 : (float4) shared / (float4) (n + n_others - shared);
}

#endif
