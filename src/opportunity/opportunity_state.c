/*
 * opportunity_state.c
 *		What is said when an opportunity does not take a change.
 */
#include "compat.h"

#include "opportunity/opportunity_state.h"

void
refuse_closed(int64 opportunity_id, OpportunityStatus status)
{
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("opportunity %lld is closed (%s)", (long long) opportunity_id,
				   opportunity_status_labels.names[status]),
			errhint("Reopen it first, with salesopp.reopen() or by setting its status to open."));
}

void
refuse_deleted(int64 opportunity_id)
{
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("opportunity %lld is deleted", (long long) opportunity_id),
			errhint("Bring it back first, with salesopp.restore_opportunities() or by setting its deleted_at to NULL."));
}

/* The status is not one in which the step is possible. */
void
refuse_status(int64 opportunity_id, OpportunityStatus status)
{
	if (status != STATUS_OPEN)
		refuse_closed(opportunity_id, status);
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("opportunity %lld is open", (long long) opportunity_id),
			errhint("Only a won or lost opportunity can be reopened, or its closing corrected."));
}
