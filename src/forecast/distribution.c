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
#include "forecast/tie.h"

#define MAX_EXACT_CELLS (1 << 20)

/*
 * Of a lattice of rounded amounts. The error is some 0.8 steps times the square root of the number of deals: so it stays
 * below 0.01 % of the sum of all amounts, until there are so many deals that each of them can only take so much time.
 */
#define FIRST_CELLS (1 << 16)
#define CELLS_OF_ROOT (1 << 13)
#define FEWEST_CELLS (1 << 14)
#define CELLS_OF_ALL_DEALS (1 << 30)

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
	distribution->weights = list->weights;
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
	double		precise = FIRST_CELLS + CELLS_OF_ROOT * sqrt(deals->n);
	double		cells = Max(Min(CELLS_OF_ALL_DEALS / (double) deals->n, precise), FEWEST_CELLS);
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

	distribution->is_exact = true;
	if (deals->n > 0 && deals->undecided / step <= MAX_EXACT_CELLS &&
		fill_lattice(&lattice, deals, chances, step, EXACT_CUT))
		take_lattice(distribution, &lattice, step, 0);
	else if (list_sums(deals, &list))
		take_list(distribution, &list);
	else
	{
		distribution->is_exact = false;
		round_deals(distribution, deals, chances);
	}
}

Distribution
distribution_of(const ForecastState *state)
{
	Deals		deals = sorted_deals(state);
	Distribution distribution = {
		.deals = deals,
		.rounding = (4.0 * deals.n + 16) * DBL_EPSILON
	};

	if (state->question.correlation > 0 && deals.n > 1)
		correlate_deals(&distribution, &deals, state->question.correlation);
	else
		combine_deals(&distribution, &deals);
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

/* The least sum above which there is no more chance than the rest. */
static int
least_with_rest(const Distribution *distribution, double rest)
{
	int			low = 0;
	int			high = distribution->n - 1;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (distribution->at_least[middle + 1] <= rest)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Chances are known give or take so much. So there is a first sum that it can be, and a last one: mostly the same. */
static Quantile
find_within(const Distribution *distribution, double chance)
{
	double		doubt = distribution->doubt + distribution->rounding;
	int			first = least_with_rest(distribution, 1 - chance + doubt);
	int			last = distribution->doubt == 0 && !distribution->is_exact ? first :
		least_with_rest(distribution, 1 - chance - doubt);
	int			likely = distribution->doubt == 0 ? first : least_with_rest(distribution, 1 - chance);
	int128		error = (int128) ceil(distribution->error);
	int128		low;
	int128		high;
	Quantile	quantile;

	if (first < last && distribution->is_exact)
	{
		int			tie = find_tie(distribution, chance, first, last);

		if (tie >= 0)
			first = last = likely = tie;
	}
	low = between(0, sum_at(distribution, first) - error, distribution->deals.undecided);
	high = between(0, sum_at(distribution, last) + error, distribution->deals.undecided);
	quantile.cents = between(low, sum_at(distribution, likely), high);
	quantile.error = Max(quantile.cents - low, high - quantile.cents);
	return quantile;
}

Quantile
find_quantile(const Distribution *distribution, double chance)
{
	Quantile	quantile = {chance <= 0 ? 0 : distribution->deals.undecided, 0};

	if (chance > 0 && chance < 1)
		quantile = find_within(distribution, chance);
	quantile.cents += distribution->deals.certain;
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
	int128		sum = cents - distribution->deals.certain;
	int128		error = (int128) ceil(distribution->error);
	Chance		result = {1, 0};

	if (sum > distribution->deals.undecided)
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
