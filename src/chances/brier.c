/*
 * brier.c
 *		Brier's score: the mean square of how far chances that were stated are from what came (N4).
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "amount.h"
#include "pipeline/aggregate_state.h"

PG_FUNCTION_INFO_V1(brier_accum);
PG_FUNCTION_INFO_V1(brier_combine);
PG_FUNCTION_INFO_V1(brier_final);

#define ALL_PERCENT 100
#define DECIMALS 16
#define GUARDED 40				/* decimals before it is rounded */

/* So far: how many, and the sum of squares, in percent of percent. */
typedef struct Squares
{
	int32		vl_len_;
	int32		unused;
	int64		number;
	char		sum[FLEXIBLE_ARRAY_MEMBER]; /* a numeric */
} Squares;

#define HEADER_SIZE offsetof(Squares, sum)

static Squares *
make_squares(int64 number, Numeric sum)
{
	Squares    *state = palloc0(HEADER_SIZE + VARSIZE(sum));

	SET_VARSIZE(state, HEADER_SIZE + VARSIZE(sum));
	state->number = number;
	memcpy(state->sum, sum, VARSIZE(sum));
	return state;
}

static Squares *
squares_argument(FunctionCallInfo fcinfo, int argument)
{
	Squares    *state = (Squares *) copied_state(fcinfo, argument);

	if (state == NULL)
		return make_squares(0, int64_to_numeric(0));
	if (VARSIZE(state) <= HEADER_SIZE || state->number < 0 ||
		!is_stored_numeric(state->sum, VARSIZE(state) - HEADER_SIZE))
		refuse_state();
	return state;
}

static Datum
sum_of(const Squares *state)
{
	return PointerGetDatum(state->sum);
}

static Squares *
added(const Squares *state, int64 number, Datum square)
{
	return make_squares(state->number + number, DatumGetNumeric(DirectFunctionCall2(numeric_add, sum_of(state), square)));
}

static void
check_percent(Numeric percent)
{
	Datum		value = NumericGetDatum(percent);

	/* NaN is above all */
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, value, NumericGetDatum(int64_to_numeric(0)))) ||
		DatumGetBool(DirectFunctionCall2(numeric_gt, value, NumericGetDatum(int64_to_numeric(ALL_PERCENT)))))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("a probability must be from 0 to 100: %s", numeric_normalize(percent)),
				errhint("Pass percent, as opportunity.progress is."));
}

Datum
brier_accum(PG_FUNCTION_ARGS)
{
	Squares    *state = squares_argument(fcinfo, 0);
	Datum		miss;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(state);
	check_percent(PG_GETARG_NUMERIC(1));
	miss = DirectFunctionCall2(numeric_sub, PG_GETARG_DATUM(1),
							   NumericGetDatum(int64_to_numeric(PG_GETARG_BOOL(2) ? ALL_PERCENT : 0)));
	PG_RETURN_POINTER(added(state, 1, DirectFunctionCall2(numeric_mul, miss, miss)));
}

Datum
brier_combine(PG_FUNCTION_ARGS)
{
	Squares    *state = squares_argument(fcinfo, 0);
	Squares    *other = squares_argument(fcinfo, 1);

	PG_RETURN_POINTER(added(state, other->number, sum_of(other)));
}

/* The sum is exact. What of the mean has no end in decimals is cut where calibration_score() cuts it. */
Datum
brier_final(PG_FUNCTION_ARGS)
{
	Squares    *state = squares_argument(fcinfo, 0);
	Datum		whole;
	Datum		mean;

	if (state->number == 0)
		PG_RETURN_NULL();
	whole = DirectFunctionCall2(numeric_mul, NumericGetDatum(int64_to_numeric(state->number)),
								NumericGetDatum(int64_to_numeric(ALL_PERCENT * ALL_PERCENT)));
	mean = DirectFunctionCall2(numeric_div, DirectFunctionCall2(numeric_round, sum_of(state), Int32GetDatum(GUARDED)), whole);
	mean = DirectFunctionCall2(numeric_round, mean, Int32GetDatum(DECIMALS));
	PG_RETURN_NUMERIC(numeric_presentable(DatumGetNumeric(mean)));
}
