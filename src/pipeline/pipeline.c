/*
 * pipeline.c
 *		What an opportunity is worth, and the aggregates that add it up.
 *
 * The rule stands in weigh_units() for amounts that fit an integer and in weigh_numeric() for all
 * others; both are exact.
 *
 * An aggregate's state is a bytea of fixed size that is changed in place. Once an amount comes
 * along that does not fit, numerics for the sums of such amounts are added behind it.
 */
#include "compat.h"

#include "funcapi.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "amount.h"
#include "enum_labels.h"

PG_FUNCTION_INFO_V1(weighted_value);
PG_FUNCTION_INFO_V1(pipeline_accum);
PG_FUNCTION_INFO_V1(pipeline_accum_inv);
PG_FUNCTION_INFO_V1(pipeline_combine);
PG_FUNCTION_INFO_V1(pipeline_value_final);
PG_FUNCTION_INFO_V1(pipeline_summary_final);

#define CERTAIN 10000			/* 100 % in hundredths of a percent */
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

/* The same with numerics; an unknown one is NULL. */
typedef struct Amounts
{
	Numeric		estimate;
	Numeric		revenue;
	Numeric		weighted;
} Amounts;

/* One opportunity, as given to the function or the aggregates. */
typedef struct Deal
{
	OpportunityStatus status;
	const NullableDatum *estimated_revenue;
	const NullableDatum *actual_revenue;
	const NullableDatum *progress;
} Deal;

/* Sums over the opportunities of one status. */
typedef struct Bucket
{
	int64		opportunities;
	int64		highest;		/* hundredths */
	int64		has_highest;
	int128		estimate;		/* hundredths */
	int128		weighted;		/* millionths */
} Bucket;

typedef struct PipelineState
{
	int32		vl_len_;
	int32		has_exact;		/* whether Amounts for each status follow, flattened */
	Bucket		bucket[N_STATUSES];
} PipelineState;

/* What did not fit: sums of estimate and weighted value, and the highest revenue. */
typedef struct ExactSums
{
	Amounts		of[N_STATUSES];
} ExactSums;

#define N_EXACT (sizeof(ExactSums) / sizeof(Numeric))

/* ----------
 * One opportunity
 * ----------
 */

/* Reads the arguments from the given one on; false when there is no status. */
static inline bool
read_deal(FunctionCallInfo fcinfo, int first, Deal *deal)
{
	if (PG_ARGISNULL(first))
		return false;
	enum_labels_lookup_for_argument(&opportunity_status_labels, fcinfo->flinfo, first);
	deal->status = enum_position(&opportunity_status_labels, PG_GETARG_OID(first));
	deal->estimated_revenue = &fcinfo->args[first + 1];
	deal->actual_revenue = &fcinfo->args[first + 2];
	deal->progress = &fcinfo->args[first + 3];
	return true;
}

/* The revenue that counts: of a won one what was agreed, where that is known. */
static inline const NullableDatum *
revenue_of(const Deal *deal)
{
	return deal->status == STATUS_WON && !deal->actual_revenue->isnull ?
		deal->actual_revenue : deal->estimated_revenue;
}

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
 * The state
 * ----------
 */

static PipelineState *
make_state(void)
{
	PipelineState *state = palloc0(sizeof(PipelineState));

	SET_VARSIZE(state, sizeof(PipelineState));
	return state;
}

/* The state as the aggregate keeps it, to be changed in place. */
static inline PipelineState *
state_argument(FunctionCallInfo fcinfo)
{
	PipelineState *state;

	/* as AggCheckCallContext() asks, without the call for each row */
	if (fcinfo->context == NULL ||
		(!IsA(fcinfo->context, AggState) && !IsA(fcinfo->context, WindowAggState)))
		elog(ERROR, "pipeline aggregate function called in non-aggregate context");
	if (PG_ARGISNULL(0))
		return make_state();
	state = (PipelineState *) DatumGetPointer(PG_GETARG_DATUM(0));
	if (VARATT_IS_EXTENDED(state) || VARSIZE(state) < sizeof(PipelineState))
		elog(ERROR, "invalid pipeline aggregate state");
	return state;
}

/* A state that came from elsewhere: copied, since it need not be aligned. */
static PipelineState *
foreign_state_argument(FunctionCallInfo fcinfo, int argument)
{
	PipelineState *state;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "pipeline aggregate function called in non-aggregate context");
	if (PG_ARGISNULL(argument))
		return make_state();
	state = (PipelineState *) PG_GETARG_BYTEA_P_COPY(argument);
	if (VARSIZE(state) < sizeof(PipelineState))
		elog(ERROR, "invalid pipeline aggregate state");
	return state;
}

static void
read_exact_sums(const PipelineState *state, ExactSums *sums)
{
	Numeric    *sum = (Numeric *) sums;
	char	   *p = (char *) state + sizeof(PipelineState);

	memset(sums, 0, sizeof(ExactSums));
	if (!state->has_exact)
		return;
	for (int i = 0; i < N_EXACT; i++)
	{
		int32		size;

		memcpy(&size, p, sizeof(size));
		p += MAXIMUM_ALIGNOF;
		if (size > 0)
			sum[i] = (Numeric) p;
		p += MAXALIGN(size);
	}
}

static PipelineState *
with_exact_sums(const PipelineState *state, const ExactSums *sums)
{
	const Numeric *sum = (const Numeric *) sums;
	Size		size = sizeof(PipelineState);
	PipelineState *result;
	char	   *p;

	for (int i = 0; i < N_EXACT; i++)
		size += MAXIMUM_ALIGNOF + (sum[i] == NULL ? 0 : MAXALIGN(VARSIZE(sum[i])));

	result = palloc0(size);
	memcpy(result, state, sizeof(PipelineState));
	SET_VARSIZE(result, size);
	result->has_exact = true;

	p = (char *) result + sizeof(PipelineState);
	for (int i = 0; i < N_EXACT; i++)
	{
		int32		length = sum[i] == NULL ? 0 : VARSIZE(sum[i]);

		memcpy(p, &length, sizeof(length));
		p += MAXIMUM_ALIGNOF;
		if (length > 0)
			memcpy(p, sum[i], length);
		p += MAXALIGN(length);
	}
	return result;
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
	Assert(a != NULL);
	return DatumGetNumeric(DirectFunctionCall2(numeric_sub, NumericGetDatum(a), NumericGetDatum(b)));
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
	PipelineState *state = state_argument(fcinfo);
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
 * done: the highest one leaves, or a NaN or an infinity.
 */
Datum
pipeline_accum_inv(PG_FUNCTION_ARGS)
{
	PipelineState *state = state_argument(fcinfo);
	Bucket	   *bucket;
	Deal		deal;
	Units		units;

	if (!read_deal(fcinfo, 1, &deal))
		PG_RETURN_POINTER(state);

	bucket = &state->bucket[deal.status];

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
		if ((amounts.estimate != NULL && !numeric_is_finite(amounts.estimate)) ||
			(amounts.weighted != NULL && !numeric_is_finite(amounts.weighted)) ||
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
	PipelineState *state = state_argument(fcinfo);
	PipelineState *other = foreign_state_argument(fcinfo, 1);

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
	PipelineState *state = foreign_state_argument(fcinfo, 0);
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

	PipelineState *state = foreign_state_argument(fcinfo, 0);
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
