/*
 * deals.h
 *		The deals of a forecast, as they are computed with.
 */
#ifndef SALESOPP_DEALS_H
#define SALESOPP_DEALS_H

#include "compat.h"

#include "utils/numeric.h"

#include "forecast/forecast_state.h"

typedef struct Deals
{
	int64		opportunities;	/* that count for something */
	int128		certain;		/* cents */
	int128		undecided;		/* cents of all that may come or not */
	int			n;
	RandomDeal *random;			/* in ascending order */
	int			n_percents;
	int		   *percents;		/* that occur, each once */
} Deals;

/* In an order of their own, so that every figure has the same digits in whatever order they came. */
extern Deals sorted_deals(const ForecastState *state);

/* Exact; the latter to four decimals, of deals that do not depend on each other. */
extern Numeric mean_of(const Deals *deals);
extern Numeric standard_deviation_of(const Deals *deals);

/* The square root of a variance in cents, to four decimals. */
extern Numeric deviation_of_variance(double variance);

/* In cents; not exact. */
extern double approximate_deviation(const Deals *deals);

#endif
