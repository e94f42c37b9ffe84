/*
 * aggregate_state.c
 *		What the inner functions of the aggregates are given as a state.
 */
#include "compat.h"

#include "pipeline/aggregate_state.h"

void
refuse_outside_aggregate(void)
{
	ereport(ERROR,
			errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("an inner function of an aggregate cannot be called by itself"),
			errhint("Call the aggregate, as salesopp.pipeline_summary()."));
}

void
refuse_state(void)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			errmsg("the bytes are not a state of this aggregate"),
			errhint("Pass a state on as the aggregate has made it."));
}

/* A state that came from elsewhere, as a copy, since it need not be aligned; NULL where there is none. */
bytea *
copied_state(FunctionCallInfo fcinfo, int argument)
{
	check_within_aggregate(fcinfo);
	return PG_ARGISNULL(argument) ? NULL : PG_GETARG_BYTEA_P_COPY(argument);
}
