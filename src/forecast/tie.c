/*
 * tie.c
 *		Whether a chance is exactly a number, which floating point cannot tell.
 *
 * This decides which amount a quantile is where a chance and its number are too close: where all but one deal are small, there are
 * many amounts that are not exceeded with nearly half a chance before the first with half a chance.
 */
#include "compat.h"

#include "miscadmin.h"

#include "forecast/rounded_deals.h"
#include "forecast/tie.h"

#define MAX_WORK (1 << 25)		/* cells changed */

static bool
takes_too_long(const Deals *deals, int64 step)
{
	int128		cells = 0;
	int128		work = 0;

	for (int i = 0; i < deals->n; i++)
	{
		cells += steps_of(&deals->random[i], step);
		work += cells;
	}
	return work > MAX_WORK;
}

static void
add_weights(uint64 *weights, int64 n, int64 steps, int percent)
{
	for (int64 i = n + steps - 1; i >= 0; i--)
	{
		weights[i] = tie_product(weights[i], CERTAIN - percent);
		if (i >= steps)
			weights[i] = tie_sum(weights[i], tie_product(weights[i - steps], percent));
	}
}

/* Of each sum in steps from 0 on. */
static uint64 *
lattice_weights(const Deals *deals, int64 step)
{
	int64		n = 1;
	uint64	   *weights = palloc0((deals->undecided / step + 1) * sizeof(uint64));

	weights[0] = 1;
	for (int i = 0; i < deals->n; i++)
	{
		int64		steps = steps_of(&deals->random[i], step);

		CHECK_FOR_INTERRUPTS();
		add_weights(weights, n, steps, deals->random[i].percent);
		n += steps;
	}
	return weights;
}

/* The chance as people write it, as digits and a power of ten, times the weight of all sums. */
static uint64
weight_of_chance(double chance, int n_deals, uint64 *power)
{
	uint64		weight = 0;

	*power = 1;
	for (const char *p = strchr(psprintf("%.15f", chance), '.') + 1; *p != '\0'; p++)
	{
		weight = tie_sum(tie_product(weight, 10), *p - '0');
		*power = tie_product(*power, 10);
	}
	for (int i = 0; i < n_deals; i++)
		weight = tie_product(weight, CERTAIN);
	return weight;
}

int
find_tie(const Distribution *distribution, double chance, int low, int high)
{
	const Deals *deals = &distribution->deals;
	const uint64 *weights = distribution->weights;
	int64		before = 0;		/* sums that were cut off */
	uint64		power;
	uint64		wanted = weight_of_chance(chance, deals->n, &power);
	uint64		so_far = 0;

	if (weights == NULL)
	{
		if (takes_too_long(deals, distribution->step))
			return -1;
		weights = lattice_weights(deals, distribution->step);
		before = (int64) (distribution->first / distribution->step);
	}
	for (int64 i = 0; i <= before + high; i++)
	{
		so_far = tie_sum(so_far, weights[i]);
		if (i >= before + low && tie_product(so_far, power) == wanted)
			return (int) (i - before);
	}
	return -1;
}
