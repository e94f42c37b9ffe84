/*
 * rounded_deals.h
 *		Deals whose amounts are rounded to steps of a lattice, and what the rounding does.
 */
#ifndef SALESOPP_ROUNDED_DEALS_H
#define SALESOPP_ROUNDED_DEALS_H

#include "compat.h"

#include "forecast/deals.h"
#include "forecast/lattice.h"

/* The chance of each percentage, in hundredths, to come and not to come; only of those that occur. */
typedef struct Chances
{
	double		won[CERTAIN + 1];
	double		lost[CERTAIN + 1];
} Chances;

/* The sum without rounding is larger by the shift, give or take the error, but for a chance of MAX_DOUBT. Cents. */
typedef struct RoundingError
{
	double		shift;
	double		error;
} RoundingError;

#define MAX_DOUBT 1e-6

extern Chances *stated_chances(const Deals *deals);

extern int64 steps_of(const RandomDeal *deal, int64 step);
extern int64 greatest_common_step(const Deals *deals);

/* False when there would be too many cells. */
extern bool fill_lattice(Lattice *lattice, const Deals *deals, const Chances *chances, int64 step, double cut);
extern RoundingError rounding_error(const Deals *deals, const Chances *chances, int64 step);

#endif
