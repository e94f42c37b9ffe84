/*
 * forecast.c
 *		forecast() and forecast_curve(): what the opportunities that meet criteria may come to (N3).
 *
 * The functions are declared with a search_path of pg_catalog.
 */
#include "compat.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "utils/tuplestore.h"

#include "forecast/found_deals.h"
#include "forecast/question.h"

PG_FUNCTION_INFO_V1(forecast);
PG_FUNCTION_INFO_V1(forecast_curve);

Datum
forecast(PG_FUNCTION_ARGS)
{
	Question	question = {0};
	ForecastRange range;

	ask_quota(&question, fcinfo, 1);
	ask_correlation(&question, fcinfo, 2);
	range = forecast_of(find_deals(PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0), &question));
	return forecast_range_result(fcinfo, &range);
}

/* ----------
 * The curve
 * ----------
 */

#define MAX_POINTS 10000

static int
points_argument(FunctionCallInfo fcinfo)
{
	int			points = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1);

	if (points < 2 || points > MAX_POINTS)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("a curve cannot have %d points", points),
				errhint("Pass a number from 2 to %d as points.", MAX_POINTS));
	return points;
}

static void
put_point(ReturnSetInfo *result, const Distribution *distribution, int128 cents)
{
	Datum		values[] = {
		NumericGetDatum(cents_to_numeric(cents)), Float8GetDatum(find_chance(distribution, cents).chance)
	};
	bool		nulls[lengthof(values)] = {0};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Points an even step apart, but not closer than whole cents allow. */
Datum
forecast_curve(PG_FUNCTION_ARGS)
{
	int			points = points_argument(fcinfo);
	Question	question = {0};
	Distribution distribution;
	int128		first;
	int128		width;

	ask_correlation(&question, fcinfo, 2);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	distribution = distribution_of(find_deals(PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0), &question));
	first = find_quantile(&distribution, BESIDE).cents;
	width = find_quantile(&distribution, 1 - BESIDE).cents - first;
	points = Min(points - 1, width);
	for (int i = 0; i <= points; i++)
		put_point((ReturnSetInfo *) fcinfo->resultinfo, &distribution, first + (points == 0 ? 0 : width * i / points));
	return (Datum) 0;
}
