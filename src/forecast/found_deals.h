/*
 * found_deals.h
 *		The deals of a forecast, found by criteria.
 */
#ifndef SALESOPP_FOUND_DEALS_H
#define SALESOPP_FOUND_DEALS_H

#include "compat.h"

#include "utils/jsonb.h"

#include "forecast/forecast_range.h"

/* What is known after all opportunities that meet the criteria were added. */
extern ForecastState *find_deals(Jsonb *criteria, const Question *question);

#endif
