/*
 * sum_list.h
 *		The distribution of a sum of deals as a list of all sums that there are.
 */
#ifndef SALESOPP_SUM_LIST_H
#define SALESOPP_SUM_LIST_H

#include "compat.h"

#include "forecast/deals.h"

typedef struct SumList
{
	int			n;
	int			room;
	int64	   *sums;			/* cents, in ascending order */
	double	   *chances;
	uint64	   *weights;		/* the same as whole numbers, modulo TIE_PRIME */
} SumList;

/* False when there are too many of them, or finding them takes too long. */
extern bool list_sums(const Deals *deals, SumList *list);

#endif
