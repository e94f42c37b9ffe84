/*
 * forecast_range.c
 *		The figures of a forecast, as a row of the type salesopp.forecast_range.
 */
#include "compat.h"

#include "funcapi.h"
#include "utils/builtins.h"

#include "amount.h"
#include "forecast/forecast_range.h"

/* The columns of the type. */
enum
{
	OPPORTUNITIES, CERTAIN_AMOUNT, POSSIBLE_AMOUNT, MEAN, STANDARD_DEVIATION, P10, P50, P90, CHANCE, AMOUNT_ERROR,
	CHANCE_ERROR, N_COLUMNS
};

ForecastRange
forecast_of(const ForecastState *state)
{
	ForecastRange range = {.distribution = distribution_of(state), .question = state->question};

	range.p10 = find_quantile(&range.distribution, 0.1);
	range.p50 = find_quantile(&range.distribution, 0.5);
	range.p90 = find_quantile(&range.distribution, 0.9);
	if (range.question.has_quota)
		range.chance = find_chance(&range.distribution, range.question.quota);
	return range;
}

Numeric
cents_to_numeric(int128 cents)
{
	return units_to_numeric(cents, HUNDREDTHS_DIGITS);
}

static Datum
amount_datum(int128 cents)
{
	return NumericGetDatum(cents_to_numeric(cents));
}

Datum
forecast_range_result(FunctionCallInfo fcinfo, const ForecastRange *range)
{
	const Deals *deals = &range->distribution.deals;
	bool		is_correlated = range->distribution.variance > 0;
	TupleDesc	desc;
	Datum		values[N_COLUMNS];
	bool		nulls[N_COLUMNS] = {[CHANCE] = !range->question.has_quota, [CHANCE_ERROR] = !range->question.has_quota};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != N_COLUMNS)
		elog(ERROR, "forecast_range is not as expected");
	values[OPPORTUNITIES] = Int64GetDatum(deals->opportunities);
	values[CERTAIN_AMOUNT] = amount_datum(deals->certain);
	values[POSSIBLE_AMOUNT] = amount_datum(deals->certain + deals->undecided);
	values[MEAN] = NumericGetDatum(mean_of(deals));
	values[STANDARD_DEVIATION] = NumericGetDatum(is_correlated ? deviation_of_variance(range->distribution.variance) :
												 standard_deviation_of(deals));
	values[P10] = amount_datum(range->p10.cents);
	values[P50] = amount_datum(range->p50.cents);
	values[P90] = amount_datum(range->p90.cents);
	values[CHANCE] = Float8GetDatum(range->chance.chance);
	values[AMOUNT_ERROR] = amount_datum(Max(range->p10.error, Max(range->p50.error, range->p90.error)));
	values[CHANCE_ERROR] = Float8GetDatum(range->chance.error);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}
