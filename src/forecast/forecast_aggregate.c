/*
 * forecast_aggregate.c
 *		The aggregates of the forecast: what opportunities may come to, with which chance (N3).
 */
#include "compat.h"

#include "forecast/forecast_range.h"
#include "forecast/question.h"
#include "pipeline/aggregate_state.h"

PG_FUNCTION_INFO_V1(forecast_accum);
PG_FUNCTION_INFO_V1(forecast_quantile_accum);
PG_FUNCTION_INFO_V1(forecast_combine);
PG_FUNCTION_INFO_V1(forecast_range_final);
PG_FUNCTION_INFO_V1(forecast_quantile_final);
PG_FUNCTION_INFO_V1(forecast_chance_final);

/* The arguments: the state, a deal's four, then what is asked, as far as the aggregate has it. */
#define FIRST_ASKED 5

static Datum
accumulate(FunctionCallInfo fcinfo, const Question *question)
{
	ForecastState *state = kept_forecast_state(fcinfo);
	Deal		deal;

	note_question(state, question);
	if (read_deal(fcinfo, 1, &deal))
		state = add_deal(state, &deal);
	PG_RETURN_POINTER(state);
}

Datum
forecast_accum(PG_FUNCTION_ARGS)
{
	Question	question = {0};

	if (PG_NARGS() > FIRST_ASKED)
		ask_quota(&question, fcinfo, FIRST_ASKED);
	if (PG_NARGS() > FIRST_ASKED + 1)
		ask_correlation(&question, fcinfo, FIRST_ASKED + 1);
	return accumulate(fcinfo, &question);
}

Datum
forecast_quantile_accum(PG_FUNCTION_ARGS)
{
	Question	question = {0};

	ask_quantile(&question, fcinfo, FIRST_ASKED);
	if (PG_NARGS() > FIRST_ASKED + 1)
		ask_correlation(&question, fcinfo, FIRST_ASKED + 1);
	return accumulate(fcinfo, &question);
}

Datum
forecast_combine(PG_FUNCTION_ARGS)
{
	ForecastState *state = kept_forecast_state(fcinfo);

	PG_RETURN_POINTER(add_state(state, copied_forecast_state(fcinfo, 1)));
}

Datum
forecast_range_final(PG_FUNCTION_ARGS)
{
	ForecastRange range = forecast_of(copied_forecast_state(fcinfo, 0));

	return forecast_range_result(fcinfo, &range);
}

Datum
forecast_quantile_final(PG_FUNCTION_ARGS)
{
	ForecastState *state = copied_forecast_state(fcinfo, 0);
	Distribution distribution;

	if (state->is_asked && !state->question.has_quantile)
		PG_RETURN_NULL();
	distribution = distribution_of(state);
	PG_RETURN_NUMERIC(cents_to_numeric(find_quantile(&distribution, state->question.quantile).cents));
}

Datum
forecast_chance_final(PG_FUNCTION_ARGS)
{
	ForecastState *state = copied_forecast_state(fcinfo, 0);
	Distribution distribution;

	if (!state->question.has_quota)
		PG_RETURN_NULL();
	distribution = distribution_of(state);
	PG_RETURN_FLOAT8(find_chance(&distribution, state->question.quota).chance);
}
