/*
 * history_states.c
 *		What opportunities were at instants of the past (N1, N2).
 *
 * Which version of an opportunity counts at an instant is decided here, for all figures of the past: the highest of
 * those that had come by then. So a version counts from when it came until a higher one has come.
 *
 * The function is declared with a search_path of pg_catalog.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/timestamp.h"

#include "search/criteria.h"

PG_FUNCTION_INFO_V1(states_at);

/* In ascending order. The present is the last of all: then every version has come that can be seen. */
typedef struct Instants
{
	TimestampTz *times;
	int			number;
} Instants;

/* ----------
 * Instants
 * ----------
 */

static void
check_instant(const Instants *instants, int i)
{
	TimestampTz instant = instants->times[i];

	if (!TIMESTAMP_IS_NOEND(instant) && instant > GetCurrentTimestamp())
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the future has no history: %s", timestamptz_to_str(instant)),
				errhint("Pass an instant up to now, or NULL for the present."));
	if (i > 0 && instant < instants->times[i - 1])
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("instants of history must not go back: %s", timestamptz_to_str(instant)),
				errhint("Pass them in ascending order; NULL, which is the present, comes last."));
}

static Instants
instants_argument(FunctionCallInfo fcinfo)
{
	Instants	instants = {NULL, 0};
	Datum	   *given;
	bool	   *nulls;

	if (PG_ARGISNULL(0))
		return instants;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), TIMESTAMPTZOID, sizeof(TimestampTz), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &given, &nulls, &instants.number);
	instants.times = palloc(instants.number * sizeof(TimestampTz));
	for (int i = 0; i < instants.number; i++)
	{
		instants.times[i] = nulls[i] ? DT_NOEND : DatumGetTimestampTz(given[i]);
		check_instant(&instants, i);
	}
	return instants;
}

/* The number, from 1, of the first instant at which what came then had come. */
static int
first_instant(const Instants *instants, TimestampTz came)
{
	int			low = 0;
	int			high = instants->number;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (instants->times[middle] < came)
			low = middle + 1;
		else
			high = middle;
	}
	return low + 1;
}

/* ----------
 * Versions
 *
 * They come from the highest version of each opportunity to its lowest. What is returned is what was selected, with
 * the numbers of the first instant at which the version counts and of the one behind the last.
 * ----------
 */

enum
{
	CAME_AT, FIRST, BEHIND, OPPORTUNITY, N_SELECTED = 13, N_RETURNED = N_SELECTED - FIRST
};

static const char *const selected =
	"SELECT o.at, 0, 0, o.id, o.version, o.status, o.origin, o.deleted, o.decision_date,"
	" o.estimated_revenue, o.actual_revenue, o.progress, (true";

/* By the primary key, backwards. */
static const char *const versions =
	") IS TRUE FROM (SELECT h.*, h.opportunity_id AS id FROM salesopp.opportunity_history h"
	" WHERE h.organization_id = salesopp.current_organization() AND h.at <= $1) o"
	" ORDER BY o.id DESC, o.version DESC";

typedef struct VersionReceiver
{
	DestReceiver pub;
	const Instants *instants;
	ReturnSetInfo *result;
	bool		has_begun;
	int64		opportunity;
	int			behind;			/* where a higher version of the opportunity counts */
} VersionReceiver;

static void
start_versions(DestReceiver *self, int operation, TupleDesc desc)
{
}

static bool
receive_version(TupleTableSlot *slot, DestReceiver *self)
{
	VersionReceiver *receiver = (VersionReceiver *) self;
	int64		opportunity;
	int			first;

	slot_getallattrs(slot);
	opportunity = DatumGetInt64(slot->tts_values[OPPORTUNITY]);
	if (!receiver->has_begun || opportunity != receiver->opportunity)
	{
		receiver->has_begun = true;
		receiver->opportunity = opportunity;
		receiver->behind = receiver->instants->number + 1;
	}
	first = first_instant(receiver->instants, DatumGetTimestampTz(slot->tts_values[CAME_AT]));
	if (first < receiver->behind)
	{
		Datum		values[N_RETURNED];

		memcpy(values, slot->tts_values + FIRST, sizeof(values));
		values[0] = Int32GetDatum(first);
		values[BEHIND - FIRST] = Int32GetDatum(receiver->behind);
		tuplestore_putvalues(receiver->result->setResult, receiver->result->setDesc, values, slot->tts_isnull + FIRST);
		receiver->behind = first;
	}
	return true;
}

static void
end_versions(DestReceiver *self)
{
}

/* states_at(instants, criteria): the versions that count at one of the instants, or more. */
Datum
states_at(PG_FUNCTION_ARGS)
{
	Instants	instants = instants_argument(fcinfo);
	VersionReceiver receiver = {
		.pub = {receive_version, start_versions, end_versions, end_versions, DestNone},
		.instants = &instants
	};
	SearchQuery query;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	receiver.result = (ReturnSetInfo *) fcinfo->resultinfo;
	if (instants.number == 0)
		return (Datum) 0;

	SPI_connect();
	start_query(&query);
	add_parameter(&query, TIMESTAMPTZOID, TimestampTzGetDatum(instants.times[instants.number - 1]));
	appendStringInfoString(&query.sql, selected);
	add_criteria_of_history(&query, PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1));
	appendStringInfoString(&query.sql, versions);
	run_query(&query, &receiver.pub);
	SPI_finish();
	return (Datum) 0;
}
