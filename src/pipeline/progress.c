/*
 * progress.c
 *		Automatic progress: the probability of the completed stage that stands last (F3.5).
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "amount.h"
#include "enum_labels.h"
#include "pipeline/aggregate_state.h"

PG_FUNCTION_INFO_V1(stage_progress_accum);
PG_FUNCTION_INFO_V1(stage_progress_accum_inv);
PG_FUNCTION_INFO_V1(stage_progress_combine);
PG_FUNCTION_INFO_V1(stage_progress_final);

/* The last completed stage so far; without a probability when there is none. */
typedef struct LastCompleted
{
	int32		vl_len_;
	int32		position;
	char		probability[FLEXIBLE_ARRAY_MEMBER]; /* a numeric */
} LastCompleted;

#define EMPTY_SIZE offsetof(LastCompleted, probability)

typedef struct CompletedStage
{
	int32		position;
	Numeric		probability;
} CompletedStage;

static LastCompleted *
make_last_completed(const CompletedStage *stage)
{
	Size		size = EMPTY_SIZE + (stage == NULL ? 0 : VARSIZE(stage->probability));
	LastCompleted *state = palloc(size);

	SET_VARSIZE(state, size);
	state->position = 0;
	if (stage != NULL)
	{
		state->position = stage->position;
		memcpy(state->probability, stage->probability, VARSIZE(stage->probability));
	}
	return state;
}

static bool
is_empty(const LastCompleted *state)
{
	return VARSIZE(state) == EMPTY_SIZE;
}

static LastCompleted *
state_argument(FunctionCallInfo fcinfo, int argument)
{
	LastCompleted *state = (LastCompleted *) copied_state(fcinfo, argument);

	if (state == NULL)
		return make_last_completed(NULL);
	if (VARSIZE(state) != EMPTY_SIZE &&
		(VARSIZE(state) < EMPTY_SIZE || !is_stored_numeric(state->probability, VARSIZE(state) - EMPTY_SIZE)))
		refuse_state();
	return state;
}

/* The stage in the arguments from 1 on; false when it is not a completed one. */
static bool
completed_stage(FunctionCallInfo fcinfo, CompletedStage *stage)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return false;
	enum_labels_lookup_for_argument(&stage_status_labels, fcinfo, 1);
	if (enum_position(&stage_status_labels, PG_GETARG_OID(1)) != STAGE_COMPLETED)
		return false;
	stage->position = PG_GETARG_INT32(2);
	stage->probability = PG_GETARG_NUMERIC(3);
	return true;
}

/* The later of the two; at one position the more probable, so that the order of rows is no matter. */
static LastCompleted *
later_of(LastCompleted *state, const CompletedStage *stage)
{
	if (is_empty(state) || stage->position > state->position ||
		(stage->position == state->position &&
		 DatumGetBool(DirectFunctionCall2(numeric_gt, NumericGetDatum(stage->probability),
										  PointerGetDatum(state->probability)))))
		return make_last_completed(stage);
	return state;
}

Datum
stage_progress_accum(PG_FUNCTION_ARGS)
{
	LastCompleted *state = state_argument(fcinfo, 0);
	CompletedStage stage;

	if (completed_stage(fcinfo, &stage))
		state = later_of(state, &stage);
	PG_RETURN_POINTER(state);
}

/* When the last completed stage leaves a window's frame, what came before it is not known. */
Datum
stage_progress_accum_inv(PG_FUNCTION_ARGS)
{
	LastCompleted *state = state_argument(fcinfo, 0);
	CompletedStage stage;

	if (completed_stage(fcinfo, &stage) && stage.position >= state->position)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

Datum
stage_progress_combine(PG_FUNCTION_ARGS)
{
	LastCompleted *state = state_argument(fcinfo, 0);
	LastCompleted *other = state_argument(fcinfo, 1);

	if (!is_empty(other))
	{
		CompletedStage stage = {other->position, (Numeric) other->probability};

		state = later_of(state, &stage);
	}
	PG_RETURN_POINTER(state);
}

Datum
stage_progress_final(PG_FUNCTION_ARGS)
{
	LastCompleted *state = state_argument(fcinfo, 0);

	PG_RETURN_NUMERIC(numeric_presentable(is_empty(state) ? int64_to_numeric(0) :
										  (Numeric) state->probability));
}
