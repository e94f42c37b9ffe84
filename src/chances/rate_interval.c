/*
 * rate_interval.c
 *		How sure a rate is that so many successes in so many trials were (N4): Wilson's interval, and Jeffreys'.
 */
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"

#include "chances/jeffreys_quantile.h"
#include "normal.h"

PG_FUNCTION_INFO_V1(wilson);
PG_FUNCTION_INFO_V1(jeffreys);
PG_FUNCTION_INFO_V1(weighted_wilson);

typedef struct RateInterval
{
	double		lower;
	double		upper;
} RateInterval;

/* ----------
 * Arguments and result
 * ----------
 */

static double
confidence_argument(FunctionCallInfo fcinfo)
{
	double		confidence = PG_ARGISNULL(2) ? 0 : PG_GETARG_FLOAT8(2);

	/* NaN is neither */
	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the confidence must be between 0 and 1"),
				errhint("Pass 0.95 for an interval that 19 of 20 such contain what is looked for."));
	return confidence;
}

static void
check_counts(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_GETARG_INT64(0) < 0 || PG_GETARG_INT64(0) > PG_GETARG_INT64(1))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("successes must be from 0 to the number of trials"),
				errhint("Pass two counts, the first of which is part of the second."));
}

static Datum
interval_result(FunctionCallInfo fcinfo, RateInterval interval)
{
	TupleDesc	desc;
	Datum		values[] = {Float8GetDatum(interval.lower), Float8GetDatum(interval.upper)};
	bool		nulls[] = {false, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "an interval is a row");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* ----------
 * Wilson
 * ----------
 */

/*
 * Both bounds are roots of one quadratic equation. The one that is farther from the nearer end of the scale is computed
 * by adding, and gives the other as the product of the two is known: so nothing cancels.
 */
static RateInterval
wilson_interval(double rate, double trials, double confidence)
{
	double		z = normal_deviations(confidence);
	double		spread = trials > 0 ? z * z / trials : 0;
	double		half = sqrt(spread * (rate * (1 - rate) + spread / 4));
	RateInterval interval = {0, 1};

	if (trials <= 0)
		return interval;
	if (rate > 0)
		interval.lower = rate * rate / (rate + spread / 2 + half);
	if (rate < 1)
		interval.upper = Min(1, (rate + spread / 2 + half) / (1 + spread));
	return interval;
}

Datum
wilson(PG_FUNCTION_ARGS)
{
	double		confidence = confidence_argument(fcinfo);
	double		trials;

	check_counts(fcinfo);
	trials = (double) PG_GETARG_INT64(1);
	return interval_result(fcinfo, wilson_interval(trials == 0 ? 0 : PG_GETARG_INT64(0) / trials, trials, confidence));
}

/*
 * weighted_wilson(rate, trials, confidence): what was said again and again of one opportunity came true, or not, once. So
 * the trials are fewer than were counted, and need not be whole.
 */
Datum
weighted_wilson(PG_FUNCTION_ARGS)
{
	double		confidence = confidence_argument(fcinfo);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || !(PG_GETARG_FLOAT8(0) >= 0 && PG_GETARG_FLOAT8(0) <= 1) ||
		!(PG_GETARG_FLOAT8(1) >= 0) || isinf(PG_GETARG_FLOAT8(1)))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("a rate must be from 0 to 1, and trials 0 or more"),
				errhint("Pass the share of successes, and by how many trials it is known."));
	return interval_result(fcinfo, wilson_interval(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), confidence));
}

/* ----------
 * Jeffreys
 * ----------
 */

Datum
jeffreys(PG_FUNCTION_ARGS)
{
	double		tail = (1 - confidence_argument(fcinfo)) / 2;
	RateInterval interval = {0, 1};
	double		successes;
	double		failures;

	check_counts(fcinfo);
	successes = (double) PG_GETARG_INT64(0);
	failures = (double) (PG_GETARG_INT64(1) - PG_GETARG_INT64(0));
	if (successes > 0)
		interval.lower = jeffreys_quantile(successes, failures, tail, false);
	if (failures > 0)
		interval.upper = jeffreys_quantile(successes, failures, tail, true);
	return interval_result(fcinfo, interval);
}
