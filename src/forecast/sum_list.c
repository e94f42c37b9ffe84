/*
 * sum_list.c
 *		The distribution of a sum of deals as a list of all sums that there are.
 */
#include "compat.h"

#include "miscadmin.h"

#include "forecast/sum_list.h"
#include "forecast/tie.h"

#define MAX_SUMS (1 << 20)		/* what 20 deals can have */
#define MAX_WORK (1 << 22)		/* sums looked at: twice what these can need */

/* Many deals may all the same have few sums. That is only tried as long as it takes less than to do without. */
#define MAX_TRIED_SUMS (1 << 16)

/* Not more than so many, as deals of the same amount only count how many of them come. */
static int
most_sums(const Deals *deals)
{
	int64		most = 1;
	int			alike = 0;

	for (int i = 0; i < deals->n; i++)
	{
		alike = i > 0 && deals->random[i].cents == deals->random[i - 1].cents ? alike + 1 : 1;
		most = most / alike * (alike + 1);
		if (most > MAX_SUMS)
			return MAX_TRIED_SUMS;
	}
	return MAX_SUMS;
}

static void
make_room(SumList *list)
{
	if (2 * list->n <= list->room)
		return;
	list->room = 4 * list->n;
	list->sums = repalloc(list->sums, list->room * sizeof(int64));
	list->chances = repalloc(list->chances, list->room * sizeof(double));
	list->weights = repalloc(list->weights, list->room * sizeof(uint64));
}

/* Each sum without the deal and with it, merged: in place, as the greatest come first and go behind all others. */
static void
add_to_list(SumList *list, const RandomDeal *deal)
{
	int64	   *sums = list->sums;
	double	   *chances = list->chances;
	uint64	   *weights = list->weights;
	double		chance = deal->percent / (double) CERTAIN;
	double		against = (CERTAIN - deal->percent) / (double) CERTAIN;
	int			without = list->n - 1;
	int			with = without;
	int			to = 2 * list->n;

	while (without >= 0)
	{
		int64		sum_with = with >= 0 ? sums[with] + deal->cents : -1;
		int64		sum = Max(sums[without], sum_with);
		double		sum_chance = 0;
		uint64		weight = 0;

		if (sum_with == sum)
		{
			weight = tie_product(weights[with], deal->percent);
			sum_chance = chances[with--] * chance;
		}
		if (sums[without] == sum)
		{
			weight = tie_sum(weight, tie_product(weights[without], CERTAIN - deal->percent));
			sum_chance += chances[without--] * against;
		}
		sums[--to] = sum;
		chances[to] = sum_chance;
		weights[to] = weight;
	}
	list->n = 2 * list->n - to;
	memmove(sums, sums + to, list->n * sizeof(int64));
	memmove(chances, chances + to, list->n * sizeof(double));
	memmove(weights, weights + to, list->n * sizeof(uint64));
}

static void
start_list(SumList *list)
{
	list->n = 1;
	list->room = 1;
	list->sums = palloc0(sizeof(int64));
	list->chances = palloc(sizeof(double));
	list->chances[0] = 1;
	list->weights = palloc(sizeof(uint64));
	list->weights[0] = 1;
}

bool
list_sums(const Deals *deals, SumList *list)
{
	int			most = most_sums(deals);
	int64		work = 0;

	if (deals->undecided > PG_INT64_MAX)
		return false;
	start_list(list);
	for (int i = 0; i < deals->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		make_room(list);
		add_to_list(list, &deals->random[i]);
		work += list->n;
		if (list->n > most || work > MAX_WORK)
		{
			pfree(list->sums);
			pfree(list->chances);
			pfree(list->weights);
			return false;
		}
	}
	return true;
}
