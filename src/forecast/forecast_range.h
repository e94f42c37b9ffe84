/*
 * forecast_range.h
 *		The figures of a forecast, as a row of the type salesopp.forecast_range.
 */
#ifndef SALESOPP_FORECAST_RANGE_H
#define SALESOPP_FORECAST_RANGE_H

#include "compat.h"

#include "forecast/distribution.h"

typedef struct ForecastRange
{
	Distribution distribution;
	Question	question;
	Quantile	p10;
	Quantile	p50;
	Quantile	p90;
	Chance		chance;			/* of the quota, if there is one */
} ForecastRange;

extern ForecastRange forecast_of(const ForecastState *state);

extern Numeric cents_to_numeric(int128 cents);

/* As the result of the function that was called. */
extern Datum forecast_range_result(FunctionCallInfo fcinfo, const ForecastRange *range);

#endif
