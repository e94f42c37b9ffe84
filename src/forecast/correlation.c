/*
 * correlation.c
 *		What deals may come to that go well or badly together (N3).
 *
 * All deals depend on one factor, how well things go, which is normally distributed (a Gaussian copula, as of Vasicek).
 * Once it is known they are independent, so what they may come to is the mean over all factors of what independent
 * deals may come to, each with the chance that it has then. The factors are equal steps apart, which is the best that
 * can be done with a function that ends smoothly at both sides; steps are halved until that changes little.
 */
#include "compat.h"

#include <math.h>

#include "forecast/correlation.h"
#include "forecast/rounded_deals.h"
#include "normal.h"

#define FARTHEST_FACTOR 8.5
#define FIRST_STEPS 32
#define MAX_STEPS 256

/* A factor of less weight counts for nothing, as does a chance below the other. */
#define LEAST_WEIGHT 1e-14
#define LEAST_CHANCE 1e-15

/*
 * When steps are halved, the error becomes less than its square. So it is below the square of the change that this made,
 * or, where steps are still too long, as they are for deals that nearly all go together, below twice that change.
 * What is below the least doubt is that of the floating point.
 */
#define LITTLE_CHANGE 1e-3
#define LEAST_DOUBT 1e-9

#define MAX_EXACT_CELLS (1 << 16)
#define MOST_CELLS (1 << 16)
#define FEWEST_CELLS (1 << 14)
#define CELLS_OF_ALL_DEALS (1 << 24)
#define CUT 1e-16

/* Weighted sums over factors. */
typedef struct Mixture
{
	const Deals *deals;
	double		correlation;
	double		mean;			/* of all factors, in cents */
	double	   *thresholds;		/* of each percentage that there is: the factor at which it is even */
	int64		step;
	int			n_cells;
	int			offset;			/* the cell of a sum of 0, as rounding may shift sums below it */
	double	   *chances;		/* over all factors so far, and over those that halve their steps */
	double	   *added;
	double		variance;
	double		error;			/* the largest of rounding */
} Mixture;

/* ----------
 * One factor
 * ----------
 */

static double *
find_thresholds(const Deals *deals)
{
	double	   *thresholds = palloc((CERTAIN + 1) * sizeof(double));

	for (int i = 0; i < deals->n_percents; i++)
		thresholds[deals->percents[i]] = normal_quantile(deals->percents[i] / (double) CERTAIN);
	return thresholds;
}

static double
worth_counting(double chance)
{
	return chance < LEAST_CHANCE ? 0 : chance > 1 - LEAST_CHANCE ? 1 : chance;
}

static void
find_chances(Chances *chances, const Mixture *mixture, double factor)
{
	double		weight = sqrt(mixture->correlation);
	double		rest = sqrt(1 - mixture->correlation);

	for (int i = 0; i < mixture->deals->n_percents; i++)
	{
		int			percent = mixture->deals->percents[i];
		double		x = (mixture->thresholds[percent] + weight * factor) / rest;

		chances->won[percent] = worth_counting(normal_chance(x));
		chances->lost[percent] = worth_counting(normal_chance(-x));
	}
}

static void
add_variance(Mixture *mixture, const Chances *chances, double weight)
{
	double		mean = 0;
	double		variance = 0;

	for (int i = 0; i < mixture->deals->n; i++)
	{
		double		cents = mixture->deals->random[i].cents;
		int			percent = mixture->deals->random[i].percent;

		mean += cents * chances->won[percent];
		variance += cents * cents * chances->won[percent] * chances->lost[percent];
	}
	mixture->variance += weight * (variance + (mean - mixture->mean) * (mean - mixture->mean));
}

static bool
add_factor(Mixture *mixture, double factor, Chances *chances)
{
	double		weight = normal_density(factor);
	RoundingError rounding;
	Lattice		lattice;
	double		shift;

	if (weight < LEAST_WEIGHT)
		return true;
	find_chances(chances, mixture, factor);
	if (!fill_lattice(&lattice, mixture->deals, chances, mixture->step, CUT / mixture->deals->n))
		return false;
	rounding = rounding_error(mixture->deals, chances, mixture->step);
	shift = rint(rounding.shift / mixture->step);
	mixture->error = Max(mixture->error, rounding.error + fabs(rounding.shift - shift * mixture->step));

	for (int i = lattice.begin; i < lattice.end; i++)
		mixture->added[mixture->offset + lattice.first + (int64) shift + i - lattice.begin] += weight * lattice.cells[i];
	add_variance(mixture, chances, weight);
	pfree(lattice.cells);
	return true;
}

/* ----------
 * All factors
 * ----------
 */

/* Every, or every second one from the second on. */
static bool
add_factors(Mixture *mixture, int n_steps, bool is_first)
{
	double		step = 2 * FARTHEST_FACTOR / n_steps;
	Chances    *chances = palloc(sizeof(Chances));
	bool		fits = true;

	memset(mixture->added, 0, mixture->n_cells * sizeof(double));
	for (int i = is_first ? 0 : 1; i <= n_steps && fits; i += is_first ? 1 : 2)
		fits = add_factor(mixture, i * step - FARTHEST_FACTOR, chances);
	pfree(chances);
	return fits;
}

/* Takes over what was added, and tells how much that moved the chance of any sum, when the steps are half as long as before. */
static double
halve_steps(Mixture *mixture, double step)
{
	double		moved = 0;
	double		most = 0;

	for (int i = 0; i < mixture->n_cells; i++)
	{
		moved += step * (mixture->added[i] - mixture->chances[i]);
		most = Max(most, fabs(moved));
		mixture->chances[i] += mixture->added[i];
	}
	return most;
}

static bool
mix_factors(Mixture *mixture, Distribution *distribution)
{
	double		change = 1;
	int			n_steps = FIRST_STEPS;

	if (!add_factors(mixture, n_steps, true))
		return false;
	halve_steps(mixture, 0);
	while (change > LITTLE_CHANGE && n_steps < MAX_STEPS)
	{
		n_steps *= 2;
		if (!add_factors(mixture, n_steps, false))
			return false;
		change = halve_steps(mixture, 2 * FARTHEST_FACTOR / n_steps);
	}
	for (int i = 0; i < mixture->n_cells; i++)
		mixture->chances[i] *= 2 * FARTHEST_FACTOR / n_steps;
	distribution->variance = mixture->variance * 2 * FARTHEST_FACTOR / n_steps;
	distribution->doubt = change * (change > LITTLE_CHANGE ? 2 : change);
	return true;
}

static void
start_mixture(Mixture *mixture, int64 step)
{
	const Deals *deals = mixture->deals;
	int64		steps = 0;

	for (int i = 0; i < deals->n; i++)
		steps += steps_of(&deals->random[i], step);
	mixture->step = step;
	mixture->offset = deals->n / 2 + 1;
	mixture->n_cells = steps + 2 * mixture->offset + 1;
	mixture->chances = palloc0(mixture->n_cells * sizeof(double));
	mixture->added = palloc(mixture->n_cells * sizeof(double));
	mixture->error = 0;
	mixture->variance = 0;
}

/* Exact, where amounts are whole steps of a lattice that is not long; else rounded. */
static int64
choose_step(const Deals *deals)
{
	int64		common = greatest_common_step(deals);
	double		cells = Max(Min(CELLS_OF_ALL_DEALS / (double) deals->n, MOST_CELLS), FEWEST_CELLS);

	if (deals->undecided / common <= MAX_EXACT_CELLS)
		return common;
	return (int64) Min(ceil((double) deals->undecided / cells), (double) MAX_CENTS);
}

void
correlate_deals(Distribution *distribution, const Deals *deals, double correlation)
{
	Mixture		mixture = {.deals = deals, .correlation = correlation, .thresholds = find_thresholds(deals)};

	for (int i = 0; i < deals->n; i++)
		mixture.mean += (double) deals->random[i].cents * deals->random[i].percent / CERTAIN;
	start_mixture(&mixture, choose_step(deals));
	while (!mix_factors(&mixture, distribution))
	{
		pfree(mixture.chances);
		pfree(mixture.added);
		start_mixture(&mixture, 2 * mixture.step);
	}
	distribution->step = mixture.step;
	distribution->first = -(int128) mixture.offset * mixture.step;
	distribution->error = mixture.error;
	distribution->doubt += mixture.error > 0 ? MAX_DOUBT : 0;
	if (distribution->doubt < LEAST_DOUBT)
	{
		distribution->rounding += distribution->doubt;
		distribution->doubt = 0;
	}
	add_up_chances(distribution, mixture.chances, mixture.n_cells);
}
