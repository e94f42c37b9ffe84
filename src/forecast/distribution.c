/*
 * distribution.c
 *		What the deals may come to, with which chance (N3).
 *
 * Amounts that people type are round. So most often they are whole steps of a lattice that is not too long, and the
 * distribution is exact. Where they are not, but there are few different sums, these are listed, which is exact, too.
 * Otherwise amounts are rounded to steps, and it is known how far off that can be.
 */
#include "compat.h"

#include <float.h>
#include <math.h>

#include "forecast/correlation.h"
#include "forecast/distribution.h"
#include "forecast/rounded_deals.h"
#include "forecast/sum_list.h"

#define MAX_EXACT_CELLS (1 << 20)

/* Of a lattice of rounded amounts: the more deals, the less time there is for each of them. */
#define MOST_CELLS (1 << 18)
#define FEWEST_CELLS (1 << 14)
#define CELLS_OF_ALL_DEALS (1 << 29)

/* Chances at the ends of a lattice that count for nothing. Beyond so many deviations, sums have no other. */
#define EXACT_CUT 1e-30
#define ROUNDED_CUT 1e-10
#define DEVIATIONS 16

/* ----------
 * Making one
 * ----------
 */

/* In place, from the greatest sum on, so that small chances keep their digits; with what additions lose carried along. */
void
add_up_chances(Distribution *distribution, double *chances, int n)
{
	double		sum = 0;
	double		carried = 0;

	for (int i = n - 1; i >= 0; i--)
	{
		double		added = chances[i] - carried;
		double		next = sum + added;

		carried = (next - sum) - added;
		sum = next;
		chances[i] = sum;
	}
	distribution->at_least = chances;
	distribution->n = n;
}

static void
take_list(Distribution *distribution, const SumList *list)
{
	distribution->sums = list->sums;
	add_up_chances(distribution, list->chances, list->n);
}

static void
take_lattice(Distribution *distribution, const Lattice *lattice, int64 step, double shift)
{
	double		whole_shift = rint(shift);

	distribution->step = step;
	distribution->first = (int128) lattice->first * step + (int128) whole_shift;
	distribution->rounding += lattice->lost;
	add_up_chances(distribution, lattice->cells + lattice->begin, lattice->end - lattice->begin);
}

/* The step with which sums that have a chance worth counting take up so many cells. */
static int64
first_rounded_step(const Deals *deals)
{
	double		cells = Max(Min(CELLS_OF_ALL_DEALS / (double) deals->n, MOST_CELLS), FEWEST_CELLS);
	double		width = DEVIATIONS * approximate_deviation(deals) + 2.0 * deals->random[deals->n - 1].cents;

	return (int64) Min(ceil(Min(width, (double) deals->undecided) / cells), (double) MAX_CENTS);
}

static void
round_deals(Distribution *distribution, const Deals *deals, const Chances *chances)
{
	int64		step = first_rounded_step(deals);
	RoundingError rounding;
	Lattice		lattice;

	while (!fill_lattice(&lattice, deals, chances, step, ROUNDED_CUT / deals->n))
		step *= 2;
	rounding = rounding_error(deals, chances, step);
	take_lattice(distribution, &lattice, step, rounding.shift);
	distribution->error = rounding.error + fabs(rounding.shift - rint(rounding.shift));
	distribution->doubt = MAX_DOUBT;
}

static void
combine_deals(Distribution *distribution, const Deals *deals)
{
	const Chances *chances = stated_chances(deals);
	int64		step = greatest_common_step(deals);
	SumList		list;
	Lattice		lattice;

	if (deals->n > 0 && deals->undecided / step <= MAX_EXACT_CELLS &&
		fill_lattice(&lattice, deals, chances, step, EXACT_CUT))
		take_lattice(distribution, &lattice, step, 0);
	else if (list_sums(deals, &list))
		take_list(distribution, &list);
	else
		round_deals(distribution, deals, chances);
}

Distribution
make_distribution(const Deals *deals, double correlation)
{
	Distribution distribution = {
		.certain = deals->certain,
		.undecided = deals->undecided,
		.rounding = (4.0 * deals->n + 16) * DBL_EPSILON
	};

	if (correlation > 0 && deals->n > 1)
		correlate_deals(&distribution, deals, correlation);
	else
		combine_deals(&distribution, deals);
	return distribution;
}

/* ----------
 * Asking it
 * ----------
 */

static int128
sum_at(const Distribution *distribution, int i)
{
	return distribution->sums != NULL ? distribution->sums[i] :
		distribution->first + (int128) i * distribution->step;
}

static int128
between(int128 low, int128 value, int128 high)
{
	return value < low ? low : value > high ? high : value;
}

/* The least sum that is not exceeded with this chance: what is above it has no more than the rest. */
static int128
least_sum(const Distribution *distribution, double chance)
{
	double		rest = 1 - chance + distribution->rounding;
	int			low = 0;
	int			high = distribution->n - 1;

	if (chance <= 0)
		return 0;
	if (chance >= 1)
		return distribution->undecided;
	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (distribution->at_least[middle + 1] <= rest)
			high = middle;
		else
			low = middle + 1;
	}
	return sum_at(distribution, low);
}

Quantile
find_quantile(const Distribution *distribution, double chance)
{
	int128		most = distribution->undecided;
	int128		error = (int128) ceil(distribution->error);
	int128		sum = between(0, least_sum(distribution, chance), most);
	Quantile	quantile = {.cents = distribution->certain + sum};

	if (chance > 0 && chance < 1)
	{
		int128		low = between(0, least_sum(distribution, chance - distribution->doubt) - error, most);
		int128		high = between(0, least_sum(distribution, chance + distribution->doubt) + error, most);

		quantile.error = Max(sum - low, high - sum);
	}
	return quantile;
}

static double
chance_of_at_least(const Distribution *distribution, int128 sum)
{
	int			low = 0;
	int			high = distribution->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (sum_at(distribution, middle) >= sum)
			high = middle;
		else
			low = middle + 1;
	}
	return low < distribution->n ? Min(distribution->at_least[low], 1) : 0;
}

Chance
find_chance(const Distribution *distribution, int128 cents)
{
	int128		sum = cents - distribution->certain;
	int128		error = (int128) ceil(distribution->error);
	Chance		result = {1, 0};

	if (sum > distribution->undecided)
		result.chance = 0;
	else if (sum > 0)
	{
		double		least = Max(chance_of_at_least(distribution, sum + error) - distribution->doubt, 0);
		double		most = Min(chance_of_at_least(distribution, sum - error) + distribution->doubt, 1);

		result.chance = (least + most) / 2;
		result.error = (most - least) / 2;
	}
	return result;
}
