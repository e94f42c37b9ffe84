/*
 * pipeline_state.h
 *		What the aggregates of the pipeline have added up so far.
 *
 * A state is a bytea of fixed size that is changed in place. Once an amount comes along that does not fit
 * into an integer, numerics for the sums of such amounts are added behind it.
 */
#ifndef SALESOPP_PIPELINE_STATE_H
#define SALESOPP_PIPELINE_STATE_H

#include "compat.h"

#include "utils/numeric.h"

#include "enum_labels.h"
#include "pipeline/aggregate_state.h"

/* Sums over the opportunities of one status. */
typedef struct Bucket
{
	int64		opportunities;
	int64		highest;		/* hundredths */
	int64		has_highest;
	int128		estimate;		/* hundredths */
	int128		weighted;		/* millionths */
} Bucket;

typedef struct PipelineState
{
	int32		vl_len_;
	int32		has_exact;		/* whether Amounts for each status follow, flattened */
	Bucket		bucket[N_STATUSES];
} PipelineState;

/* Amounts of money; an unknown one is NULL. */
typedef struct Amounts
{
	Numeric		estimate;
	Numeric		revenue;
	Numeric		weighted;
} Amounts;

/* What did not fit: sums of estimate and weighted value, and the highest revenue. */
typedef struct ExactSums
{
	Amounts		of[N_STATUSES];
} ExactSums;

extern PipelineState *make_pipeline_state(void);
extern PipelineState *copied_pipeline_state(FunctionCallInfo fcinfo, int argument);
extern bool has_whole_exact_sums(const PipelineState *state);
extern void read_exact_sums(const PipelineState *state, ExactSums *sums);
extern PipelineState *with_exact_sums(const PipelineState *state, const ExactSums *sums);

/* Whether the bytes can be a state: its size, its marks and its numbers. That is looked at for each row. */
static inline bool
is_pipeline_state(const PipelineState *state)
{
	int64		counts = 0;
	int64		marks = 0;

	if (VARATT_IS_EXTENDED(state) || VARSIZE(state) < sizeof(PipelineState))
		return false;
	for (int i = 0; i < N_STATUSES; i++)
	{
		counts |= state->bucket[i].opportunities;
		marks |= state->bucket[i].has_highest;
	}
	if (counts < 0 || (marks & ~INT64CONST(1)) != 0)
		return false;
	return state->has_exact == 0 ? VARSIZE(state) == sizeof(PipelineState) : has_whole_exact_sums(state);
}

/* The state as the aggregate keeps it, to be changed in place. */
static inline PipelineState *
kept_pipeline_state(FunctionCallInfo fcinfo)
{
	PipelineState *state;

	check_within_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		return make_pipeline_state();
	state = (PipelineState *) DatumGetPointer(PG_GETARG_DATUM(0));
	if (unlikely(!is_pipeline_state(state)))
		refuse_state();
	return state;
}

#endif
