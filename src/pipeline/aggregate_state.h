/*
 * aggregate_state.h
 *		What the inner functions of the aggregates are given as a state.
 *
 * A state is a bytea, so that whoever may call these functions can hand them any bytes. They are looked
 * at as a whole before they are used.
 */
#ifndef SALESOPP_AGGREGATE_STATE_H
#define SALESOPP_AGGREGATE_STATE_H

#include "compat.h"

#include "nodes/execnodes.h"

pg_noreturn extern void refuse_outside_aggregate(void);
pg_noreturn extern void refuse_state(void);
extern bytea *copied_state(FunctionCallInfo fcinfo, int argument);

/* As AggCheckCallContext() asks, without the call for each row. */
static inline void
check_within_aggregate(FunctionCallInfo fcinfo)
{
	if (fcinfo->context == NULL ||
		(!IsA(fcinfo->context, AggState) && !IsA(fcinfo->context, WindowAggState)))
		refuse_outside_aggregate();
}

#endif
