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
	"SELECT h.opportunity_id, o.sales_process_id, h.at, h.status, h.stage_reached,"
	" h.version <= 0 OR h.origin = 'reconstructed', h.origin = 'baseline', h.at <= o.created_at";

/* Those of each that meets the criteria, one by one, or those of all. */
static const char *const its_versions =
	" CROSS JOIN LATERAL (SELECT h.* FROM salesopp.opportunity_history h"
	" WHERE h.organization_id = salesopp.current_organization() AND h.opportunity_id = o.id OFFSET 0) h";
static const char *const versions =
	" JOIN salesopp.opportunity_history h ON h.organization_id = o.organization_id AND h.opportunity_id = o.id";

typedef struct Entry
{
	int32		above;
	int32		reached;
	TimestampTz at;
	bool		is_known;
} Entry;

/* What an opportunity was from an instant on. */
typedef struct Version
{
	int64		opportunity;
	NullableDatum process;
	TimestampTz at;
	Oid			status;
	int32		reached;		/* 0 where it does not say how far */
	bool		is_baseline;
	bool		is_creation;
} Version;

/* What is known of an opportunity so far. */
typedef struct EntryReceiver
{
	DestReceiver pub;
	ReturnSetInfo *result;
	Version		last;
	bool		has_last;
	int64		versions;		/* that count; the last one is not among them yet */
	Oid			status;
	TimestampTz status_since;
	int			n_entries;
	int			room;
	Entry	   *entries;
} EntryReceiver;

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
count_last(EntryReceiver *receiver)
{
	const Version *last = &receiver->last;

	if (receiver->versions == 0 || last->status != receiver->status)
		receiver->status_since = last->at;
	receiver->status = last->status;
	add_entry(receiver, last->reached, last->at, !last->is_baseline && (receiver->versions > 0 || last->is_creation));
	receiver->versions++;
}

/* Those of the opportunity of which all versions have come. */
static void
give_entries(EntryReceiver *receiver)
{
	const Version *last = &receiver->last;

	count_last(receiver);
	for (int i = 0; i < receiver->n_entries; i++)
	{
		const Entry *entry = &receiver->entries[i];
		Datum		values[] = {
			Int64GetDatum(last->opportunity), last->process.value, Int32GetDatum(entry->above), Int32GetDatum(entry->reached),
			TimestampTzGetDatum(entry->at), ObjectIdGetDatum(receiver->status), TimestampTzGetDatum(receiver->status_since)
		};
		bool		nulls[] = {false, last->process.isnull, false, false, !entry->is_known, false, false};

		tuplestore_putvalues(receiver->result->setResult, receiver->result->setDesc, values, nulls);
	}
	receiver->n_entries = 0;
	receiver->versions = 0;
}

static Version
version_of(TupleTableSlot *slot)
{
	const Datum *values = slot->tts_values;

	slot_getallattrs(slot);
	return (Version) {
		.opportunity = DatumGetInt64(values[OPPORTUNITY]),
		.process = {values[PROCESS], slot->tts_isnull[PROCESS]},
		.at = DatumGetTimestampTz(values[AT]),
		.status = DatumGetObjectId(values[STATUS]),
		.reached = slot->tts_isnull[REACHED] || DatumGetBool(values[IS_MADE_UP]) ? 0 : DatumGetInt32(values[REACHED]),
		.is_baseline = DatumGetBool(values[IS_BASELINE]),
		.is_creation = DatumGetBool(values[IS_CREATION])
	};
}

static void
start_versions(DestReceiver *self, int operation, TupleDesc desc)
{
}

/* A version counts until the next has come: not at all where that came at the same instant (as in the view opportunity_version). */
static bool
receive_version(TupleTableSlot *slot, DestReceiver *self)
{
	EntryReceiver *receiver = (EntryReceiver *) self;
	Version		next = version_of(slot);

	if (receiver->has_last && next.opportunity != receiver->last.opportunity)
		give_entries(receiver);
	else if (receiver->has_last && next.at > receiver->last.at)
		count_last(receiver);
	receiver->last = next;
	receiver->has_last = true;
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
	appendStringInfo(&query->sql, " ORDER BY %s, h.version", is_of_all ? "h.opportunity_id" : "o.id");

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
	if (receiver.has_last)
		give_entries(&receiver);
	SPI_finish();
	return (Datum) 0;
}
