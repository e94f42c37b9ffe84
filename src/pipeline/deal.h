/*
 * deal.h
 *		One opportunity, as given to functions and aggregates.
 */
#ifndef SALESOPP_DEAL_H
#define SALESOPP_DEAL_H

#include "compat.h"

#include "enum_labels.h"

#define CERTAIN 10000			/* 100 % in hundredths of a percent */

typedef struct Deal
{
	OpportunityStatus status;
	const NullableDatum *estimated_revenue;
	const NullableDatum *actual_revenue;
	const NullableDatum *progress;
} Deal;

/* Reads the arguments from the given one on; false when there is no status. */
static inline bool
read_deal(FunctionCallInfo fcinfo, int first, Deal *deal)
{
	if (PG_ARGISNULL(first))
		return false;
	enum_labels_lookup_for_argument(&opportunity_status_labels, fcinfo, first);
	deal->status = enum_position(&opportunity_status_labels, PG_GETARG_OID(first));
	deal->estimated_revenue = &fcinfo->args[first + 1];
	deal->actual_revenue = &fcinfo->args[first + 2];
	deal->progress = &fcinfo->args[first + 3];
	return true;
}

/* The revenue that counts: of a won one what was agreed, where that is known. */
static inline const NullableDatum *
revenue_of(const Deal *deal)
{
	return deal->status == STATUS_WON && !deal->actual_revenue->isnull ?
		deal->actual_revenue : deal->estimated_revenue;
}

#endif
