/*
 * deals.c
 *		The deals of a forecast, as they are computed with.
 */
#include "compat.h"

#include <math.h>

#include "utils/fmgrprotos.h"

#include "amount.h"
#include "forecast/deals.h"

#define MEAN_DIGITS 6			/* cents times hundredths of a percent */
#define VARIANCE_DIGITS 12		/* the square of that */
#define DEVIATION_DIGITS 4

static int
compare_deals(const void *a, const void *b)
{
	const RandomDeal *left = a;
	const RandomDeal *right = b;

	if (left->cents != right->cents)
		return left->cents < right->cents ? -1 : 1;
	return left->percent - right->percent;
}

/* Chances are looked up once for each of them. */
static void
note_percents(Deals *deals)
{
	bool	   *is_noted = palloc0((CERTAIN + 1) * sizeof(bool));

	deals->percents = palloc(Min(deals->n, CERTAIN) * sizeof(int) + 1);
	for (int i = 0; i < deals->n; i++)
	{
		int			percent = deals->random[i].percent;

		if (!is_noted[percent])
			deals->percents[deals->n_percents++] = percent;
		is_noted[percent] = true;
	}
	pfree(is_noted);
}

Deals
sorted_deals(const ForecastState *state)
{
	Deals		deals = {
		.opportunities = state->n_certain + state->n_random,
		.certain = state->certain,
		.n = state->n_random,
		.random = palloc((state->n_random + 1) * sizeof(RandomDeal))
	};

	for (int i = 0; i < deals.n; i++)
	{
		deals.random[i] = random_deal(state, i);
		deals.undecided += deals.random[i].cents;
	}
	qsort(deals.random, deals.n, sizeof(RandomDeal), compare_deals);
	note_percents(&deals);
	return deals;
}

Numeric
mean_of(const Deals *deals)
{
	int128		units = deals->certain * CERTAIN;

	for (int i = 0; i < deals->n; i++)
		units += (int128) deals->random[i].cents * deals->random[i].percent;
	return units_to_numeric(units, MEAN_DIGITS);
}

static Numeric
product(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(a), NumericGetDatum(b)));
}

static Numeric
presentable_root(Numeric variance)
{
	Datum		root = DirectFunctionCall1(numeric_sqrt, NumericGetDatum(variance));

	root = DirectFunctionCall2(numeric_round, root, Int32GetDatum(DEVIATION_DIGITS));
	return numeric_presentable(DatumGetNumeric(root));
}

/* The square of an amount has up to 120 bits, so two halves of it are added up. */
Numeric
standard_deviation_of(const Deals *deals)
{
	Numeric		half = int64_to_numeric(INT64CONST(1) << 32);
	Numeric		unit = int64_div_fast_to_numeric(1, VARIANCE_DIGITS - HUNDREDTHS_DIGITS);
	int128		high = 0;
	int128		low = 0;
	Numeric		sum;

	for (int i = 0; i < deals->n; i++)
	{
		const RandomDeal *deal = &deals->random[i];
		int128		square = (int128) deal->cents * deal->cents;
		int64		factor = deal->percent * (CERTAIN - deal->percent);

		high += (square >> 64) * factor;
		low += (int128) (uint64) square * factor;
	}
	sum = product(units_to_numeric(high, HUNDREDTHS_DIGITS), product(half, half));
	sum = DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(sum),
											  NumericGetDatum(units_to_numeric(low, HUNDREDTHS_DIGITS))));
	return presentable_root(product(sum, unit));
}

Numeric
deviation_of_variance(double variance)
{
	Datum		root = DirectFunctionCall1(float8_numeric, Float8GetDatum(sqrt(variance) / 100));

	root = DirectFunctionCall2(numeric_round, root, Int32GetDatum(DEVIATION_DIGITS));
	return numeric_presentable(DatumGetNumeric(root));
}

double
approximate_deviation(const Deals *deals)
{
	double		variance = 0;

	for (int i = 0; i < deals->n; i++)
	{
		double		cents = deals->random[i].cents;
		double		chance = deals->random[i].percent / (double) CERTAIN;

		variance += cents * cents * chance * (1 - chance);
	}
	return sqrt(variance);
}
