/*
 * stage_entries.c
 *		When opportunities came how far, and what has become of them since when (N4).
 *
 * How far an opportunity has come at most is read from its versions, from the first to the last. It comes farther, now and then,
 * over one stage or more at a time: each time is a row. Where it had come to before it was watched it is not known when:
 * the first version that there is says when only if it is the opportunity's creation, and the baseline never does. What was made up
 * of stamps and old events (as in the view stage_visits) does not say how far it had come.
 *
 * The function is declared with a search_path of pg_catalog.
 */
#include "compat.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "search/criteria.h"

PG_FUNCTION_INFO_V1(stage_entries);

enum
{
	OPPORTUNITY, PROCESS, AT, STATUS, REACHED, IS_MADE_UP, IS_BASELINE, IS_CREATION
};

static const char *const selected =
	"SELECT v.opportunity_id, o.sales_process_id, v.valid_from, v.status, v.stage_reached,"
	" v.version <= 0 OR v.origin = 'reconstructed', v.origin = 'baseline', v.valid_from <= o.created_at";

/* Those of each that meets the criteria, one by one, or those of all. */
static const char *const its_versions =
	" CROSS JOIN LATERAL (SELECT v.* FROM salesopp.opportunity_version v"
	" WHERE v.organization_id = o.organization_id AND v.opportunity_id = o.id OFFSET 0) v";
static const char *const versions =
	" JOIN salesopp.opportunity_version v ON v.organization_id = o.organization_id AND v.opportunity_id = o.id";

typedef struct Entry
{
	int32		above;
	int32		reached;
	TimestampTz at;
	bool		is_known;
} Entry;

/* What is known of an opportunity so far. */
typedef struct EntryReceiver
{
	DestReceiver pub;
	ReturnSetInfo *result;
	int64		versions;		/* none before the first opportunity */
	int64		opportunity;
	NullableDatum process;
	Oid			status;
	TimestampTz status_since;
	int			n_entries;
	int			room;
	Entry	   *entries;
} EntryReceiver;

static void
give_entries(EntryReceiver *receiver)
{
	for (int i = 0; i < receiver->n_entries; i++)
	{
		const Entry *entry = &receiver->entries[i];
		Datum		values[] = {
			Int64GetDatum(receiver->opportunity), receiver->process.value, Int32GetDatum(entry->above),
			Int32GetDatum(entry->reached), TimestampTzGetDatum(entry->at), ObjectIdGetDatum(receiver->status),
			TimestampTzGetDatum(receiver->status_since)
		};
		bool		nulls[] = {false, receiver->process.isnull, false, false, !entry->is_known, false, false};

		tuplestore_putvalues(receiver->result->setResult, receiver->result->setDesc, values, nulls);
	}
	receiver->n_entries = 0;
	receiver->versions = 0;
}

static void
add_entry(EntryReceiver *receiver, int32 reached, TimestampTz at, bool is_known)
{
	int32		above = receiver->n_entries == 0 ? 0 : receiver->entries[receiver->n_entries - 1].reached;

	if (reached <= above)
		return;
	if (receiver->n_entries == receiver->room)
	{
		receiver->room *= 2;
		receiver->entries = repalloc(receiver->entries, receiver->room * sizeof(Entry));
	}
	receiver->entries[receiver->n_entries++] = (Entry) {above, reached, at, is_known};
}

static void
start_versions(DestReceiver *self, int operation, TupleDesc desc)
{
}

static bool
receive_version(TupleTableSlot *slot, DestReceiver *self)
{
	EntryReceiver *receiver = (EntryReceiver *) self;
	const Datum *values = slot->tts_values;
	TimestampTz at;

	slot_getallattrs(slot);
	at = DatumGetTimestampTz(values[AT]);
	if (receiver->versions > 0 && DatumGetInt64(values[OPPORTUNITY]) != receiver->opportunity)
		give_entries(receiver);
	receiver->opportunity = DatumGetInt64(values[OPPORTUNITY]);
	receiver->process = (NullableDatum) {values[PROCESS], slot->tts_isnull[PROCESS]};
	if (receiver->versions == 0 || DatumGetObjectId(values[STATUS]) != receiver->status)
		receiver->status_since = at;
	receiver->status = DatumGetObjectId(values[STATUS]);
	if (!slot->tts_isnull[REACHED] && !DatumGetBool(values[IS_MADE_UP]))
		add_entry(receiver, DatumGetInt32(values[REACHED]), at,
				  !DatumGetBool(values[IS_BASELINE]) && (receiver->versions > 0 || DatumGetBool(values[IS_CREATION])));
	receiver->versions++;
	return true;
}

static void
end_versions(DestReceiver *self)
{
}

/* It holds until the function returns. */
static void
plan_without(const char *setting)
{
	set_config_option(setting, "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static void
add_versions(SearchQuery *query, Jsonb *criteria)
{
	bool		is_of_all = criteria == NULL || (JB_ROOT_IS_OBJECT(criteria) && JB_ROOT_COUNT(criteria) == 0);

	appendStringInfoString(&query->sql, selected);
	add_opportunities(query, is_of_all ? versions : its_versions, criteria);
	appendStringInfo(&query->sql, " ORDER BY %s, v.version", is_of_all ? "v.opportunity_id" : "o.id");

	/* Both are read by their keys, side by side: sorting all, or looking each up among all, would take longer, whatever statistics say. */
	if (is_of_all)
	{
		plan_without("enable_sort");
		plan_without("enable_nestloop");
	}
}

/* stage_entries(criteria): of opportunities that meet the criteria now. */
Datum
stage_entries(PG_FUNCTION_ARGS)
{
	EntryReceiver receiver = {
		.pub = {receive_version, start_versions, end_versions, end_versions, DestNone},
		.room = 16
	};
	SearchQuery query;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	receiver.result = (ReturnSetInfo *) fcinfo->resultinfo;
	SPI_connect();
	receiver.entries = palloc(receiver.room * sizeof(Entry));
	start_query(&query);
	add_versions(&query, PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0));
	run_query(&query, &receiver.pub);
	give_entries(&receiver);
	SPI_finish();
	return (Datum) 0;
}
