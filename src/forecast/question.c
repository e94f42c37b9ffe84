/*
 * question.c
 *		What is asked of a forecast, as arguments say it.
 */
#include "compat.h"

#include <math.h>

#include "utils/fmgrprotos.h"

#include "amount.h"
#include "forecast/question.h"

#define QUOTA_DIGITS 36			/* in cents */

/* Sums are whole cents, so a quota between two is reached by the higher one. */
static char *
whole_cents(Numeric quota)
{
	Datum		cents = DirectFunctionCall2(numeric_mul, NumericGetDatum(quota), NumericGetDatum(int64_to_numeric(100)));

	return DatumGetCString(DirectFunctionCall1(numeric_out, DirectFunctionCall1(numeric_ceil, cents)));
}

/* False when there are too many digits. */
static bool
read_digits(const char *text, int128 *number)
{
	bool		is_negative = *text == '-';
	const char *digits = text + is_negative;

	if (strlen(digits) > QUOTA_DIGITS)
		return false;
	for (*number = 0; *digits != '\0'; digits++)
		*number = *number * 10 + (*digits - '0');
	if (is_negative)
		*number = -*number;
	return true;
}

void
ask_quota(Question *question, FunctionCallInfo fcinfo, int argument)
{
	int64		cents;

	if (PG_ARGISNULL(argument))
		return;
	question->has_quota = true;
	if (numeric_to_hundredths(PG_GETARG_DATUM(argument), &cents))
		question->quota = cents;
	else if (!numeric_is_finite(PG_GETARG_NUMERIC(argument)) ||
			 !read_digits(whole_cents(PG_GETARG_NUMERIC(argument)), &question->quota))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("no quota: %s", DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(argument)))),
				errhint("Pass an amount with at most %d digits before the point, or NULL for no quota.",
						QUOTA_DIGITS - HUNDREDTHS_DIGITS));
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
