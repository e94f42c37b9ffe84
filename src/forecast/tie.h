/*
 * tie.h
 *		Whether a chance is exactly a number, which floating point cannot tell.
 *
 * Chances are whole multiples of one over 10000 to the power of the number of deals. These multiples are computed modulo a prime:
 * two that are the same there are the same, but for a chance of one in 2^61.
 */
#ifndef SALESOPP_TIE_H
#define SALESOPP_TIE_H

#include "compat.h"

#include "forecast/distribution.h"

#define TIE_PRIME ((UINT64CONST(1) << 61) - 1)

static inline uint64
tie_product(uint64 a, uint64 b)
{
	uint128		product = (uint128) a * b;
	uint64		rest = (uint64) (product & TIE_PRIME) + (uint64) (product >> 61);

	return rest >= TIE_PRIME ? rest - TIE_PRIME : rest;
}

static inline uint64
tie_sum(uint64 a, uint64 b)
{
	uint64		sum = a + b;

	return sum >= TIE_PRIME ? sum - TIE_PRIME : sum;
}

/* Which of the sums from low to high is exceeded with exactly the rest of the chance; -1 where none is, or it takes too long. */
extern int	find_tie(const Distribution *distribution, double chance, int low, int high);

#endif
