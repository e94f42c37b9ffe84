/*
 * rounded_deals.c
 *		Deals whose amounts are rounded to steps of a lattice, and what the rounding does.
 */
#include "compat.h"

#include <math.h>

#include "forecast/rounded_deals.h"

Chances *
stated_chances(const Deals *deals)
{
	Chances    *chances = palloc(sizeof(Chances));

	for (int i = 0; i < deals->n_percents; i++)
	{
		int			percent = deals->percents[i];

		chances->won[percent] = percent / (double) CERTAIN;
		chances->lost[percent] = (CERTAIN - percent) / (double) CERTAIN;
	}
	return chances;
}

/* ----------
 * Steps
 * ----------
 */

int64
steps_of(const RandomDeal *deal, int64 step)
{
	return (deal->cents + step / 2) / step;
}

int64
greatest_common_step(const Deals *deals)
{
	int64		common = 0;

	for (int i = 0; i < deals->n && common != 1; i++)
		for (int64 rest = deals->random[i].cents; rest != 0;)
		{
			int64		next = common % rest;

			common = rest;
			rest = next;
		}
	return common;
}

bool
fill_lattice(Lattice *lattice, const Deals *deals, const Chances *chances, int64 step, double cut)
{
	start_lattice(lattice, cut);
	for (int i = 0; i < deals->n; i++)
	{
		const RandomDeal *deal = &deals->random[i];

		if (!add_to_lattice(lattice, steps_of(deal, step), chances->won[deal->percent], chances->lost[deal->percent]))
		{
			pfree(lattice->cells);
			return false;
		}
	}
	return true;
}

/* ----------
 * What rounding does
 *
 * An amount is that of its steps and a rest. The sum of the rests of those deals that come is close to its mean: by the
 * least of three bounds, that of Hoeffding, that of Bernstein, and the most that it can be.
 * ----------
 */

static double
bound_of(double most, double largest, double squares, double variance)
{
	double		logarithm = log(2 / MAX_DOUBT);
	double		linear = largest * logarithm / 3;
	double		hoeffding = sqrt(logarithm / 2 * squares);
	double		bernstein = linear + sqrt(linear * linear + 2 * logarithm * variance);

	return Min(most, Min(hoeffding, bernstein));
}

RoundingError
rounding_error(const Deals *deals, const Chances *chances, int64 step)
{
	RoundingError result = {0, 0};
	double		most = 0;
	double		largest = 0;
	double		squares = 0;
	double		variance = 0;

	for (int i = 0; i < deals->n; i++)
	{
		const RandomDeal *deal = &deals->random[i];
		double		won = chances->won[deal->percent];
		double		lost = chances->lost[deal->percent];
		double		rest = (double) (deal->cents - steps_of(deal, step) * step);
		double		farthest = fabs(rest) * Max(won, lost);

		result.shift += rest * won;
		most += farthest;
		largest = Max(largest, farthest);
		squares += rest * rest;
		variance += rest * rest * won * lost;
	}
	/* a little more than what was added up in floating point */
	result.error = bound_of(most, largest, squares, variance) * (1 + 1e-9);
	return result;
}
