/*
 * forecast_state.h
 *		What the aggregates of the forecast have collected so far.
 *
 * A state is a bytea: what is certain as a sum, what is asked, and each deal that may come or not in ten bytes.
 * There is room behind for more of these, so that adding one seldom copies the others. Combining two states
 * appends one to the other. Nothing depends on the order.
 */
#ifndef SALESOPP_FORECAST_STATE_H
#define SALESOPP_FORECAST_STATE_H

#include "compat.h"

#include "pipeline/deal.h"

#define MAX_CENTS INT64CONST(1000000000000000000)	/* no amount has more than 16 digits before the point */
#define MAX_QUOTA ((int128) MAX_CENTS * MAX_CENTS)
#define MAX_RANDOM_DEALS 5000000

/* What is asked of the deals. It stands in each row, and is the same in all of them. */
typedef struct Question
{
	int128		quota;			/* cents */
	double		quantile;
	double		correlation;
	int32		has_quota;
	int32		has_quantile;
} Question;

/* An open one with an amount, and neither impossible nor certain. */
typedef struct RandomDeal
{
	int64		cents;
	int			percent;		/* hundredths */
} RandomDeal;

typedef struct ForecastState
{
	int32		vl_len_;
	int32		is_asked;		/* whether there was a row, so that the question is known */
	Question	question;
	int64		n_certain;
	int128		certain;		/* cents */
	int32		n_random;
	int32		room;			/* for so many */
	char		random[FLEXIBLE_ARRAY_MEMBER];	/* each cents, then percent, not aligned */
} ForecastState;

extern ForecastState *make_forecast_state(void);

/* The state as the aggregate keeps it, to be changed in place; one from elsewhere, as a copy that is looked at whole. */
extern ForecastState *kept_forecast_state(FunctionCallInfo fcinfo);
extern ForecastState *copied_forecast_state(FunctionCallInfo fcinfo, int argument);

/* Adding may move the state. */
extern ForecastState *add_deal(ForecastState *state, const Deal *deal);
extern ForecastState *add_state(ForecastState *state, const ForecastState *other);
extern void note_question(ForecastState *state, const Question *question);

extern RandomDeal random_deal(const ForecastState *state, int i);

#endif
