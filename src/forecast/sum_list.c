/*
 * sum_list.c
 *		The distribution of a sum of deals as a list of all sums that there are.
 */
#include "compat.h"

#include "miscadmin.h"

#include "forecast/sum_list.h"

#define MAX_SUMS (1 << 20)
#define MAX_WORK (1 << 22)		/* sums looked at: twice what 20 deals can need */

static SumList
make_list(int room)
{
	SumList		list = {0, palloc(room * sizeof(int64)), palloc(room * sizeof(double))};

	return list;
}

static void
free_list(SumList *list)
{
	pfree(list->sums);
	pfree(list->chances);
}

/* Each sum without the deal and with it, merged. */
static SumList
with_deal(const SumList *list, const RandomDeal *deal)
{
	SumList		result = make_list(2 * list->n);
	double		chance = deal->percent / (double) CERTAIN;
	double		against = (CERTAIN - deal->percent) / (double) CERTAIN;
	int			without = 0;
	int			with = 0;

	while (with < list->n)
	{
		int64		sum_with = list->sums[with] + deal->cents;
		bool		takes_without = without < list->n && list->sums[without] <= sum_with;
		bool		takes_with = !takes_without || list->sums[without] == sum_with;

		result.sums[result.n] = takes_with ? sum_with : list->sums[without];
		result.chances[result.n] = (takes_without ? list->chances[without++] * against : 0) +
			(takes_with ? list->chances[with++] * chance : 0);
		result.n++;
	}
	return result;
}

bool
list_sums(const Deals *deals, SumList *list)
{
	int64		work = 0;

	if (deals->undecided > PG_INT64_MAX)
		return false;
	*list = make_list(1);
	list->n = 1;
	list->sums[0] = 0;
	list->chances[0] = 1;
	for (int i = 0; i < deals->n; i++)
	{
		SumList		longer;

		CHECK_FOR_INTERRUPTS();
		longer = with_deal(list, &deals->random[i]);
		free_list(list);
		*list = longer;
		work += list->n;
		if (list->n > MAX_SUMS || (work > MAX_WORK && i < deals->n - 1))
		{
			free_list(list);
			return false;
		}
	}
	return true;
}
