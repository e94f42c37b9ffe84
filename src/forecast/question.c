/*
 * question.c
 *		What is asked of a forecast, as arguments say it.
 */
#include "compat.h"

#include <math.h>

#include "utils/fmgrprotos.h"

#include "amount.h"
#include "forecast/question.h"

/* Sums are whole cents, so a quota between two is reached by the higher one. */
static Datum
rounded_up(Datum quota)
{
	Datum		cents = DirectFunctionCall2(numeric_mul, quota, NumericGetDatum(int64_to_numeric(100)));

	return DirectFunctionCall2(numeric_mul, DirectFunctionCall1(numeric_ceil, cents),
							   NumericGetDatum(int64_div_fast_to_numeric(1, HUNDREDTHS_DIGITS)));
}

void
ask_quota(Question *question, FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		return;
	question->has_quota = true;
	if (numeric_to_hundredths(PG_GETARG_DATUM(argument), &question->quota))
		return;
	if (!numeric_is_finite(PG_GETARG_NUMERIC(argument)) ||
		!numeric_to_hundredths(rounded_up(PG_GETARG_DATUM(argument)), &question->quota))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("no quota: %s", DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(argument)))),
				errhint("Pass an amount with at most 16 digits before the point, or NULL for no quota."));
}

void
ask_quantile(Question *question, FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		return;
	question->has_quantile = true;
	question->quantile = PG_GETARG_FLOAT8(argument);
	if (!(question->quantile >= 0 && question->quantile <= 1))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("no quantile: %g", question->quantile),
				errhint("Pass a number from 0 to 1, such as 0.1 for the amount that is exceeded with a chance of 90 %%."));
}

void
ask_correlation(Question *question, FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		return;
	question->correlation = PG_GETARG_FLOAT8(argument);
	if (!(question->correlation >= 0 && question->correlation < 1))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("no correlation: %g", question->correlation),
				errhint("Pass 0 for opportunities that do not depend on each other, or a number above it and below 1."));
}
