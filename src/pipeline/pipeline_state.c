/*
 * pipeline_state.c
 *		What the aggregates of the pipeline have added up so far.
 */
#include "compat.h"

#include "amount.h"
#include "pipeline/pipeline_state.h"

#define N_EXACT (sizeof(ExactSums) / sizeof(Numeric))

/* Behind the state, each exact sum is its length, 0 of an unknown one, and its bytes. */
#define LENGTH_SIZE MAXIMUM_ALIGNOF

PipelineState *
make_pipeline_state(void)
{
	PipelineState *state = palloc0(sizeof(PipelineState));

	SET_VARSIZE(state, sizeof(PipelineState));
	return state;
}

PipelineState *
copied_pipeline_state(FunctionCallInfo fcinfo, int argument)
{
	PipelineState *state = (PipelineState *) copied_state(fcinfo, argument);

	if (state == NULL)
		return make_pipeline_state();
	if (!is_pipeline_state(state))
		refuse_state();
	return state;
}

/* Of a state that says that it has exact sums: whether what follows is that, and nothing else. */
bool
has_whole_exact_sums(const PipelineState *state)
{
	const char *p = (const char *) state + sizeof(PipelineState);
	Size		rest = VARSIZE(state) - sizeof(PipelineState);

	if (state->has_exact != 1)
		return false;
	for (int i = 0; i < N_EXACT; i++)
	{
		int32		length;

		if (rest < LENGTH_SIZE)
			return false;
		memcpy(&length, p, sizeof(length));
		p += LENGTH_SIZE;
		rest -= LENGTH_SIZE;
		if (length < 0 || MAXALIGN(length) > rest || (length > 0 && !is_stored_numeric(p, length)))
			return false;
		p += MAXALIGN(length);
		rest -= MAXALIGN(length);
	}
	return rest == 0;
}

void
read_exact_sums(const PipelineState *state, ExactSums *sums)
{
	Numeric    *sum = (Numeric *) sums;
	char	   *p = (char *) state + sizeof(PipelineState);

	memset(sums, 0, sizeof(ExactSums));
	if (!state->has_exact)
		return;
	for (int i = 0; i < N_EXACT; i++)
	{
		int32		length;

		memcpy(&length, p, sizeof(length));
		p += LENGTH_SIZE;
		if (length > 0)
			sum[i] = (Numeric) p;
		p += MAXALIGN(length);
	}
}

PipelineState *
with_exact_sums(const PipelineState *state, const ExactSums *sums)
{
	const Numeric *sum = (const Numeric *) sums;
	Size		size = sizeof(PipelineState);
	PipelineState *result;
	char	   *p;

	for (int i = 0; i < N_EXACT; i++)
		size += LENGTH_SIZE + (sum[i] == NULL ? 0 : MAXALIGN(VARSIZE(sum[i])));

	result = palloc0(size);
	memcpy(result, state, sizeof(PipelineState));
	SET_VARSIZE(result, size);
	result->has_exact = true;

	p = (char *) result + sizeof(PipelineState);
	for (int i = 0; i < N_EXACT; i++)
	{
		int32		length = sum[i] == NULL ? 0 : VARSIZE(sum[i]);

		memcpy(p, &length, sizeof(length));
		p += LENGTH_SIZE;
		if (length > 0)
			memcpy(p, sum[i], length);
		p += MAXALIGN(length);
	}
	return result;
}
