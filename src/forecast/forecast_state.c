/*
 * forecast_state.c
 *		What the aggregates of the forecast have collected so far.
 */
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/fmgrprotos.h"

#include "amount.h"
#include "forecast/forecast_state.h"
#include "pipeline/aggregate_state.h"

#define EMPTY_SIZE offsetof(ForecastState, random)
#define DEAL_SIZE (sizeof(int64) + sizeof(uint16))
#define FIRST_ROOM 16
#define MAX_CERTAIN INT64CONST(1000000000000000)	/* so many that a sum of their cents cannot overflow */

static Size
state_size(int32 room)
{
	return EMPTY_SIZE + room * DEAL_SIZE;
}

ForecastState *
make_forecast_state(void)
{
	Size		size = state_size(FIRST_ROOM);
	ForecastState *state = palloc0(size);

	SET_VARSIZE(state, size);
	state->room = FIRST_ROOM;
	return state;
}

/* ----------
 * Whether bytes are a state
 * ----------
 */

static bool
is_question(const Question *question)
{
	return (question->has_quota & ~1) == 0 && (question->has_quantile & ~1) == 0 &&
		question->quota <= MAX_QUOTA && question->quota >= -MAX_QUOTA && question->quantile >= 0 && question->quantile <= 1 &&
		question->correlation >= 0 && question->correlation < 1;
}

/* The size, and all but the deals: each of them is looked at when it is read. That is asked for each row. */
static bool
is_forecast_state(const ForecastState *state)
{
	return !VARATT_IS_EXTENDED(state) && VARSIZE(state) >= EMPTY_SIZE &&
		(state->is_asked & ~1) == 0 && is_question(&state->question) &&
		state->n_certain >= 0 && state->n_certain <= MAX_CERTAIN &&
		state->certain >= 0 && state->certain <= (int128) state->n_certain * MAX_CENTS &&
		state->n_random >= 0 && state->n_random <= state->room && state->room <= 2 * MAX_RANDOM_DEALS &&
		VARSIZE(state) == state_size(state->room);
}

ForecastState *
kept_forecast_state(FunctionCallInfo fcinfo)
{
	ForecastState *state;

	check_within_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		return make_forecast_state();
	state = (ForecastState *) DatumGetPointer(PG_GETARG_DATUM(0));
	if (unlikely(!is_forecast_state(state)))
		refuse_state();
	return state;
}

ForecastState *
copied_forecast_state(FunctionCallInfo fcinfo, int argument)
{
	ForecastState *state = (ForecastState *) copied_state(fcinfo, argument);

	if (state == NULL)
		return make_forecast_state();
	if (!is_forecast_state(state))
		refuse_state();
	for (int i = 0; i < state->n_random; i++)
	{
		RandomDeal	deal = random_deal(state, i);

		if (deal.cents <= 0 || deal.cents >= MAX_CENTS || deal.percent <= 0 || deal.percent >= CERTAIN)
			refuse_state();
	}
	return state;
}

/* ----------
 * Adding
 * ----------
 */

RandomDeal
random_deal(const ForecastState *state, int i)
{
	const char *stored = state->random + i * DEAL_SIZE;
	RandomDeal	deal;
	uint16		percent;

	memcpy(&deal.cents, stored, sizeof(int64));
	memcpy(&percent, stored + sizeof(int64), sizeof(uint16));
	deal.percent = percent;
	return deal;
}

static ForecastState *
with_room(ForecastState *state, int more)
{
	int			room;
	ForecastState *result;

	if (state->n_random + more > MAX_RANDOM_DEALS)
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("a forecast of more than %d opportunities that are not decided", MAX_RANDOM_DEALS),
				errhint("Forecast parts of them, such as those of one period."));
	if (state->n_random + more <= state->room)
		return state;
	room = Min(2 * Max(state->room, FIRST_ROOM) + more, MAX_RANDOM_DEALS);
	result = palloc0(state_size(room));
	memcpy(result, state, state_size(state->n_random));
	SET_VARSIZE(result, state_size(room));
	result->room = room;
	return result;
}

static void
append_random(ForecastState *state, int64 cents, int64 percent)
{
	char	   *stored = state->random + state->n_random * DEAL_SIZE;
	uint16		hundredths = percent;

	memcpy(stored, &cents, sizeof(int64));
	memcpy(stored + sizeof(int64), &hundredths, sizeof(uint16));
	state->n_random++;
}

pg_noreturn static void
refuse_number(const char *what, Datum number, const char *hint)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("%s cannot be forecast: %s", _(what), DatumGetCString(DirectFunctionCall1(numeric_out, number))),
			errhint("%s", _(hint)));
}

static int64
read_cents(const NullableDatum *amount)
{
	int64		cents;

	if (!numeric_to_hundredths(amount->value, &cents) || cents < 0)
		refuse_number(gettext_noop("an amount"), amount->value,
					  gettext_noop("Amounts are not negative, and have at most 16 digits before the point and two after it."));
	return cents;
}

static int64
read_percent(const NullableDatum *progress)
{
	int64		percent;

	if (!numeric_to_hundredths(progress->value, &percent) || percent < 0 || percent > CERTAIN)
		refuse_number(gettext_noop("a percentage"), progress->value,
					  gettext_noop("Percentages are from 0 to 100, with at most two digits after the point."));
	return percent;
}

/* Lost ones, impossible ones and those of an unknown amount count nothing. */
ForecastState *
add_deal(ForecastState *state, const Deal *deal)
{
	const NullableDatum *revenue = revenue_of(deal);
	int64		percent = CERTAIN;
	int64		cents;

	if (deal->status == STATUS_LOST || (deal->status == STATUS_OPEN && deal->progress->isnull))
		return state;
	if (deal->status == STATUS_OPEN)
		percent = read_percent(deal->progress);
	if (revenue->isnull)
		return state;
	cents = read_cents(revenue);

	if (percent == CERTAIN || (cents == 0 && percent > 0))
	{
		state->n_certain++;
		state->certain += cents;
	}
	else if (percent > 0)
	{
		state = with_room(state, 1);
		append_random(state, cents, percent);
	}
	return state;
}

ForecastState *
add_state(ForecastState *state, const ForecastState *other)
{
	if (other->is_asked)
		note_question(state, &other->question);
	if (state->n_certain + other->n_certain > MAX_CERTAIN)
		refuse_state();
	state->n_certain += other->n_certain;
	state->certain += other->certain;
	state = with_room(state, other->n_random);
	memcpy(state->random + state->n_random * DEAL_SIZE, other->random, other->n_random * DEAL_SIZE);
	state->n_random += other->n_random;
	return state;
}

/* ----------
 * The question
 * ----------
 */

static const char *
different_part(const Question *a, const Question *b)
{
	if (a->has_quota != b->has_quota || a->quota != b->quota)
		return gettext_noop("quota");
	if (a->has_quantile != b->has_quantile || a->quantile != b->quantile)
		return gettext_noop("quantile");
	return a->correlation != b->correlation ? gettext_noop("correlation") : NULL;
}

void
note_question(ForecastState *state, const Question *question)
{
	const char *different = state->is_asked ? different_part(&state->question, question) : NULL;

	if (different != NULL)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the %s of a forecast must be the same in all rows", _(different)),
				errhint("Group the rows by it, or pass a constant."));
	state->question = *question;
	state->is_asked = true;
}
