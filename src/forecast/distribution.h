/*
 * distribution.h
 *		What the deals may come to, with which chance.
 */
#ifndef SALESOPP_DISTRIBUTION_H
#define SALESOPP_DISTRIBUTION_H

#include "compat.h"

#include "forecast/deals.h"

/*
 * Sums of what is undecided, in ascending order, each with the chance of at least so much. Where they were rounded, a
 * true sum is off by no more than "error" cents, but for a chance of "doubt".
 */
typedef struct Distribution
{
	Deals		deals;
	bool		is_exact;
	int			n;
	double	   *at_least;
	const int64 *sums;			/* cents; if NULL, they are equal steps from the first */
	int128		first;
	int64		step;
	double		error;
	double		doubt;
	double		rounding;		/* of the chances as floating-point numbers */
	const uint64 *weights;		/* exact ones of sums that are listed, to tell them from numbers as close as that */
	double		variance;		/* where deals depend on each other */
} Distribution;

/* Of the deals that were collected, with the correlation that is asked for. */
extern Distribution distribution_of(const ForecastState *state);

/* What is shown of one leaves out sums beside, at each end, of this chance. */
#define BESIDE 0.001

/* A figure that is certainly not farther off than the error. */
typedef struct Quantile
{
	int128		cents;
	int128		error;
} Quantile;

typedef struct Chance
{
	double		chance;
	double		error;
} Chance;

/* The least amount that is not exceeded with this chance. */
extern Quantile find_quantile(const Distribution *distribution, double chance);

/* Of at least so many cents. */
extern Chance find_chance(const Distribution *distribution, int128 cents);

/* For those who make one: takes over the chances of the sums. */
extern void add_up_chances(Distribution *distribution, double *chances, int n);

#endif
