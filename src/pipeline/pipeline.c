/*
 * pipeline.c
 *		What an opportunity is worth, and the aggregates that add it up.
 *
 * The rule stands in weigh_units() for amounts that fit an integer and in weigh_numeric() for all
 * others; both are exact.
 */
#include "compat.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "amount.h"
#include "enum_labels.h"
#include "pipeline/deal.h"
#include "pipeline/pipeline_state.h"

PG_FUNCTION_INFO_V1(weighted_value);
PG_FUNCTION_INFO_V1(pipeline_accum);
PG_FUNCTION_INFO_V1(pipeline_accum_inv);
PG_FUNCTION_INFO_V1(pipeline_combine);
PG_FUNCTION_INFO_V1(pipeline_value_final);
PG_FUNCTION_INFO_V1(pipeline_summary_final);

#define PIPELINE_DIGITS 6		/* hundredths of money x hundredths of a percent / 100 */

/* Amounts in whole units, unknown ones with known = false. */
typedef struct Units
{
	bool		revenue_known;
	bool		weighted_known;
	bool		estimate_known;
	int64		estimate;		/* hundredths */
	int64		revenue;		/* hundredths */
	int128		weighted;		/* millionths */
} Units;

/* ----------
 * One opportunity
 * ----------
 */

/* False when an amount does not fit. */
static inline bool
weigh_units(const Deal *deal, Units *units)
{
	const NullableDatum *revenue = revenue_of(deal);
	int64		progress = 0;

	units->weighted_known = false;
	units->weighted = 0;
	units->estimate = 0;
	units->estimate_known = !deal->estimated_revenue->isnull;
	if (units->estimate_known &&
		!numeric_to_hundredths(deal->estimated_revenue->value, &units->estimate))
		return false;

	units->revenue_known = !revenue->isnull;
	units->revenue = units->estimate;
	if (revenue == deal->actual_revenue &&
		!numeric_to_hundredths(revenue->value, &units->revenue))
		return false;

	switch (deal->status)
	{
		case STATUS_WON:
			units->weighted_known = units->revenue_known;
			progress = CERTAIN;
			break;
		case STATUS_LOST:
			units->weighted_known = true;
			return true;
		case STATUS_OPEN:
			units->weighted_known = units->revenue_known && !deal->progress->isnull;
			if (!deal->progress->isnull &&
				!numeric_to_hundredths(deal->progress->value, &progress))
				return false;
			/* beyond this, many rows could add up to more than the sum holds */
			if (progress < -CERTAIN || progress > CERTAIN)
				return false;
			break;
	}
	if (units->weighted_known)
		units->weighted = (int128) units->revenue * progress;
	return true;
}

static Numeric
known_numeric(const NullableDatum *amount)
{
	return amount->isnull ? NULL : DatumGetNumeric(amount->value);
}

static void
weigh_numeric(const Deal *deal, Amounts *amounts)
{
	amounts->estimate = known_numeric(deal->estimated_revenue);
	amounts->revenue = known_numeric(revenue_of(deal));
	amounts->weighted = NULL;
	switch (deal->status)
	{
		case STATUS_WON:
			amounts->weighted = amounts->revenue;
			break;
		case STATUS_LOST:
			amounts->weighted = int64_to_numeric(0);
			break;
		case STATUS_OPEN:
			if (amounts->revenue != NULL && !deal->progress->isnull)
			{
				Datum		product = DirectFunctionCall2(numeric_mul,
														  NumericGetDatum(amounts->revenue),
														  deal->progress->value);

				amounts->weighted =
					DatumGetNumeric(DirectFunctionCall2(numeric_mul, product,
														NumericGetDatum(int64_div_fast_to_numeric(1, 2))));
			}
			break;
	}
}

Datum
weighted_value(PG_FUNCTION_ARGS)
{
	Deal		deal;
	Units		units;
	Amounts		amounts;

	if (!read_deal(fcinfo, 0, &deal))
		PG_RETURN_NULL();

	if (weigh_units(&deal, &units))
	{
		if (!units.weighted_known)
			PG_RETURN_NULL();
		PG_RETURN_NUMERIC(units_to_numeric(units.weighted, PIPELINE_DIGITS));
	}

	weigh_numeric(&deal, &amounts);
	if (amounts.weighted == NULL)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(numeric_presentable(amounts.weighted));
}

/* ----------
 * Adding up
 * ----------
 */

static inline void
note_highest(Bucket *bucket, int64 revenue)
{
	if (!bucket->has_highest || revenue > bucket->highest)
	{
		bucket->has_highest = true;
		bucket->highest = revenue;
	}
}

/* Sums in which an unknown amount counts for nothing. */
static Numeric
exact_sum(Numeric a, Numeric b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b)));
}

static Numeric
exact_difference(Numeric a, Numeric b)
{
	if (b == NULL)
		return a;
	return DatumGetNumeric(DirectFunctionCall2(numeric_sub, NumericGetDatum(a), NumericGetDatum(b)));
}

/* Whether a sum to which the amount was added can tell what it was without it. */
static bool
can_be_taken_out(Numeric sum, Numeric amount)
{
	return amount == NULL || (sum != NULL && numeric_is_finite(amount));
}

static bool
exact_at_least(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b))) >= 0;
}

static Numeric
exact_highest(Numeric a, Numeric b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	return exact_at_least(a, b) ? a : b;
}

static void
add_amounts(Amounts *sum, const Amounts *amounts)
{
	sum->estimate = exact_sum(sum->estimate, amounts->estimate);
	sum->weighted = exact_sum(sum->weighted, amounts->weighted);
	sum->revenue = exact_highest(sum->revenue, amounts->revenue);
}

Datum
pipeline_accum(PG_FUNCTION_ARGS)
{
	PipelineState *state = kept_pipeline_state(fcinfo);
	Bucket	   *bucket;
	Deal		deal;
	Units		units;

	if (!read_deal(fcinfo, 1, &deal))
		PG_RETURN_POINTER(state);

	bucket = &state->bucket[deal.status];
	bucket->opportunities++;

	if (weigh_units(&deal, &units))
	{
		if (units.estimate_known)
			bucket->estimate += units.estimate;
		if (units.weighted_known)
			bucket->weighted += units.weighted;
		if (units.revenue_known)
			note_highest(bucket, units.revenue);
	}
	else
	{
		ExactSums	sums;
		Amounts		amounts;

		weigh_numeric(&deal, &amounts);
		read_exact_sums(state, &sums);
		add_amounts(&sums.of[deal.status], &amounts);
		state = with_exact_sums(state, &sums);
	}
	PG_RETURN_POINTER(state);
}

/*
 * Takes a row out again when a window's frame moves on; NULL (start anew) where that cannot be
 * done: the highest one leaves, or a NaN or an infinity, or the state is one that never had the row.
 */
Datum
pipeline_accum_inv(PG_FUNCTION_ARGS)
{
	PipelineState *state = kept_pipeline_state(fcinfo);
	Bucket	   *bucket;
	Deal		deal;
	Units		units;

	if (!read_deal(fcinfo, 1, &deal))
		PG_RETURN_POINTER(state);

	bucket = &state->bucket[deal.status];
	if (bucket->opportunities == 0)
		PG_RETURN_NULL();

	if (weigh_units(&deal, &units))
	{
		if (units.revenue_known && units.revenue >= bucket->highest)
			PG_RETURN_NULL();
		if (units.estimate_known)
			bucket->estimate -= units.estimate;
		if (units.weighted_known)
			bucket->weighted -= units.weighted;
	}
	else
	{
		ExactSums	sums;
		Amounts    *sum = &sums.of[deal.status];
		Amounts		amounts;

		weigh_numeric(&deal, &amounts);
		read_exact_sums(state, &sums);
		if (!can_be_taken_out(sum->estimate, amounts.estimate) ||
			!can_be_taken_out(sum->weighted, amounts.weighted) ||
			!can_be_taken_out(sum->revenue, amounts.revenue) ||
			(amounts.revenue != NULL && exact_at_least(amounts.revenue, sum->revenue)))
			PG_RETURN_NULL();
		sum->estimate = exact_difference(sum->estimate, amounts.estimate);
		sum->weighted = exact_difference(sum->weighted, amounts.weighted);
		state = with_exact_sums(state, &sums);
		bucket = &state->bucket[deal.status];
	}
	bucket->opportunities--;
	PG_RETURN_POINTER(state);
}

Datum
pipeline_combine(PG_FUNCTION_ARGS)
{
	PipelineState *state = kept_pipeline_state(fcinfo);
	PipelineState *other = copied_pipeline_state(fcinfo, 1);

	for (int i = 0; i < N_STATUSES; i++)
	{
		Bucket	   *bucket = &state->bucket[i];
		const Bucket *added = &other->bucket[i];

		bucket->opportunities += added->opportunities;
		bucket->estimate += added->estimate;
		bucket->weighted += added->weighted;
		if (added->has_highest)
			note_highest(bucket, added->highest);
	}
	if (other->has_exact)
	{
		ExactSums	sums;
		ExactSums	added;

		read_exact_sums(state, &sums);
		read_exact_sums(other, &added);
		for (int i = 0; i < N_STATUSES; i++)
			add_amounts(&sums.of[i], &added.of[i]);
		state = with_exact_sums(state, &sums);
	}
	PG_RETURN_POINTER(state);
}

/* ----------
 * Results
 * ----------
 */

/* Everything of one status, or of all, as numerics; the highest is NULL where there is none. */
static void
bucket_amounts(const Bucket *bucket, const Amounts *exact, Amounts *result)
{
	result->estimate = units_to_numeric(bucket->estimate, HUNDREDTHS_DIGITS);
	result->weighted = units_to_numeric(bucket->weighted, PIPELINE_DIGITS);
	result->revenue = bucket->has_highest ?
		units_to_numeric(bucket->highest, HUNDREDTHS_DIGITS) : NULL;
	add_amounts(result, exact);
}

Datum
pipeline_value_final(PG_FUNCTION_ARGS)
{
	PipelineState *state = copied_pipeline_state(fcinfo, 0);
	ExactSums	exact;
	Numeric		total = int64_to_numeric(0);

	read_exact_sums(state, &exact);
	for (int i = 0; i < N_STATUSES; i++)
	{
		Amounts		amounts;

		bucket_amounts(&state->bucket[i], &exact.of[i], &amounts);
		total = exact_sum(total, amounts.weighted);
	}
	PG_RETURN_NUMERIC(numeric_presentable(total));
}

#define TOTALS_FIGURES 4

static void
put_figures(Datum *values, bool *nulls, int64 opportunities, const Amounts *amounts)
{
	values[0] = Int64GetDatum(opportunities);
	values[1] = NumericGetDatum(numeric_presentable(amounts->estimate));
	values[2] = NumericGetDatum(numeric_presentable(amounts->weighted));
	nulls[3] = amounts->revenue == NULL;
	if (!nulls[3])
		values[3] = NumericGetDatum(numeric_presentable(amounts->revenue));
}

Datum
pipeline_summary_final(PG_FUNCTION_ARGS)
{
	/* the order of the columns of pipeline_totals */
	static const OpportunityStatus order[N_STATUSES] = {STATUS_WON, STATUS_OPEN, STATUS_LOST};

	PipelineState *state = copied_pipeline_state(fcinfo, 0);
	ExactSums	exact;
	TupleDesc	desc;
	Datum		values[(N_STATUSES + 1) * TOTALS_FIGURES];
	bool		nulls[(N_STATUSES + 1) * TOTALS_FIGURES] = {0};
	int64		opportunities = 0;
	Amounts		total = {0};
	int			column = 0;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != lengthof(values))
		elog(ERROR, "pipeline_totals is not as expected");

	read_exact_sums(state, &exact);
	for (int i = 0; i < N_STATUSES; i++)
	{
		const Bucket *bucket = &state->bucket[order[i]];
		Amounts		amounts;

		bucket_amounts(bucket, &exact.of[order[i]], &amounts);
		put_figures(&values[column], &nulls[column], bucket->opportunities, &amounts);
		column += TOTALS_FIGURES;
		opportunities += bucket->opportunities;
		add_amounts(&total, &amounts);
	}
	put_figures(&values[column], &nulls[column], opportunities, &total);

	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
