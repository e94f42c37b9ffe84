/*
 * history.c
 *		The history of opportunities (N1): a row for each change of what figures are made of, which nobody changes.
 *
 * A row is the state after the change. It counts from the opportunity's changed_at, which never goes back.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "call_elsewhere.h"
#include "opportunity/history_instant.h"
#include "opportunity/opportunity_row.h"
#include "opportunity/stage_facts.h"
#include "organization.h"
#include "own_relation.h"
#include "owner_statement.h"
#include "table/foreign_key.h"
#include "table/permitted_change.h"
#include "work_progress.h"

PG_FUNCTION_INFO_V1(record_history);
PG_FUNCTION_INFO_V1(complete_history);
PG_FUNCTION_INFO_V1(keep_history);
PG_FUNCTION_INFO_V1(trim_history);

/* ----------
 * What is recorded
 * ----------
 */

typedef struct RecordedColumn
{
	const char *name;
	const char *source;			/* column of the opportunity */
	const char *enumeration;	/* what its label, a text, is cast to */
	bool		is_later;		/* not there in a database that is still of 1.2 */
} RecordedColumn;

/* The first are needed by number. */
enum
{
	ORGANIZATION, OPPORTUNITY, AT, VERSION, STATUS, DELETED, CLOSE_DATE, ACTUAL_REVENUE, LOSS_REASON,
	ESTIMATED_REVENUE, PROGRESS, DECISION_DATE, STAGE_POSITION, STAGE_REACHED, RESPONSIBLE, COMPANY, DEPARTMENT,
	SALES_REGION, SALES_PROCESS, CHANGED_BY, FORECAST_CATEGORY, N_RECORDED, ORIGIN = N_RECORDED, N_VALUES
};

static const RecordedColumn recorded[N_RECORDED] = {
	[ORGANIZATION] = {"organization_id", "organization_id"},
	[OPPORTUNITY] = {"opportunity_id", "id"},
	[AT] = {"at", "changed_at"},
	[VERSION] = {"version", "version"},
	[STATUS] = {"status", "status", "salesopp.opportunity_status"},
	[DELETED] = {"deleted", "deleted_at"},
	[CLOSE_DATE] = {"close_date", "close_date"},
	[ACTUAL_REVENUE] = {"actual_revenue", "actual_revenue"},
	[LOSS_REASON] = {"loss_reason_id", "loss_reason_id"},
	[ESTIMATED_REVENUE] = {"estimated_revenue", "estimated_revenue"},
	[PROGRESS] = {"progress", "progress"},
	[DECISION_DATE] = {"decision_date", "decision_date"},
	[STAGE_POSITION] = {"stage_position", "stage_position"},
	[STAGE_REACHED] = {"stage_reached", "stage_reached"},
	[RESPONSIBLE] = {"responsible_id", "responsible_id"},
	[COMPANY] = {"company_id", "company_id"},
	[DEPARTMENT] = {"department_id", "department_id"},
	[SALES_REGION] = {"sales_region_id", "sales_region_id"},
	[SALES_PROCESS] = {"sales_process_id", "sales_process_id"},
	[CHANGED_BY] = {"changed_by", "changed_by"},
	[FORECAST_CATEGORY] = {"forecast_category", "forecast_category", "salesopp.forecast_category", true},
};

/* Whether the history has a column for it. */
static bool
is_recorded(Oid history, int column)
{
	return !recorded[column].is_later || get_attnum(history, recorded[column].name) != InvalidAttrNumber;
}

static void
append_insert(StringInfo sql, Oid history)
{
	appendStringInfo(sql, "INSERT INTO %s (origin", qualified_name(history));
	for (int i = 0; i < N_RECORDED; i++)
		if (is_recorded(history, i))
			appendStringInfo(sql, ", %s", recorded[i].name);
	appendStringInfoChar(sql, ')');
}

static void
write_record(StringInfo sql, Relation opportunity)
{
	Oid			history = referencing_table(opportunity, "origin");

	append_insert(sql, history);
	appendStringInfo(sql, " VALUES (CAST($%d AS salesopp.history_origin)", ORIGIN + 1);
	for (int i = 0; i < N_RECORDED; i++)
	{
		if (!is_recorded(history, i))
			continue;
		if (recorded[i].enumeration != NULL)
			appendStringInfo(sql, ", CAST($%d AS %s)", i + 1, recorded[i].enumeration);
		else
			appendStringInfo(sql, ", $%d", i + 1);
	}
	appendStringInfoChar(sql, ')');
}

static const Statement record = {
	write_record, N_VALUES, {
		[ORGANIZATION] = INT8OID, [OPPORTUNITY] = INT8OID, [AT] = TIMESTAMPTZOID, [VERSION] = INT4OID,
		[STATUS] = TEXTOID, [DELETED] = BOOLOID, [CLOSE_DATE] = DATEOID, [ACTUAL_REVENUE] = NUMERICOID,
		[LOSS_REASON] = INT8OID, [ESTIMATED_REVENUE] = NUMERICOID, [PROGRESS] = NUMERICOID,
		[DECISION_DATE] = DATEOID, [STAGE_POSITION] = INT4OID, [STAGE_REACHED] = INT4OID,
		[RESPONSIBLE] = INT8OID, [COMPANY] = INT8OID, [DEPARTMENT] = INT8OID, [SALES_REGION] = INT8OID,
		[SALES_PROCESS] = INT8OID, [CHANGED_BY] = INT8OID, [FORECAST_CATEGORY] = TEXTOID, [ORIGIN] = TEXTOID
	}
};

typedef struct HistoryRow
{
	Datum		values[N_VALUES];
	char		nulls[N_VALUES];
} HistoryRow;

static void
set_label(HistoryRow *history, int column, const char *label)
{
	history->values[column] = CStringGetTextDatum(label);
}

/* In fn_extra. */
typedef struct Recorder
{
	OpportunityColumns columns;
	AttrNumber	sources[N_RECORDED];	/* invalid where there is no such column yet */
} Recorder;

static const Recorder *
recorder_of(FunctionCallInfo fcinfo)
{
	Recorder   *recorder = fcinfo->flinfo->fn_extra;
	Relation	opportunity = ((TriggerData *) fcinfo->context)->tg_relation;

	if (recorder == NULL)
	{
		recorder = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(Recorder));
		find_opportunity_columns(&recorder->columns, opportunity);
		for (int i = 0; i < N_RECORDED; i++)
			recorder->sources[i] = recorded[i].is_later ?
				optional_column_number(RelationGetDescr(opportunity), recorded[i].source) :
				column_number(RelationGetDescr(opportunity), recorded[i].source);
		fcinfo->flinfo->fn_extra = recorder;
	}
	return recorder;
}

static HistoryRow
history_row(const Recorder *recorder, const Row *row)
{
	HistoryRow	history;

	for (int i = 0; i < N_RECORDED; i++)
	{
		history.nulls[i] = recorder->sources[i] == InvalidAttrNumber || is_null(row, recorder->sources[i]) ? 'n' : ' ';
		if (history.nulls[i] == ' ')
			history.values[i] = value_of(row, recorder->sources[i]);
	}
	if (history.nulls[FORECAST_CATEGORY] == ' ')
		set_label(&history, FORECAST_CATEGORY,
				  DatumGetCString(DirectFunctionCall1(enum_out, history.values[FORECAST_CATEGORY])));
	set_label(&history, STATUS, opportunity_status_labels.names[status_of(&recorder->columns, row)]);
	history.values[DELETED] = BoolGetDatum(!is_null(row, recorder->columns.deleted_at));
	history.nulls[DELETED] = ' ';
	set_label(&history, ORIGIN, "recorded");
	history.nulls[ORIGIN] = ' ';
	return history;
}

/* ----------
 * Opportunities that come in with a past
 *
 * Who may give stamps brings them from elsewhere. Then it was open from its creation, closed from its close date on, and
 * deleted from the mark on; what else it was meanwhile is not known.
 * ----------
 */

/* The time of the last change limits it; it is that of the creation where none was given, and then says nothing. */
static void
write_closing_instant(StringInfo sql, Relation opportunity)
{
	appendStringInfo(sql,
					 "SELECT GREATEST($2, LEAST(l.latest,"
					 " CAST(LEAST($4, CAST(l.latest AS pg_catalog.date) OPERATOR(pg_catalog.+) 2) AS pg_catalog.timestamp)"
					 " AT TIME ZONE time_zone))"
					 " FROM ONLY %s, (SELECT CASE WHEN $3 OPERATOR(pg_catalog.>) $2 THEN $3"
					 " ELSE pg_catalog.transaction_timestamp() END AS latest) l"
					 " WHERE id OPERATOR(pg_catalog.=) $1",
					 qualified_name(referenced_table(opportunity, "organization_id")));
}

static const Statement closing_instant = {
	write_closing_instant, 4, {INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID, DATEOID}
};

static TimestampTz
closed_from(Relation rel, const HistoryRow *closed, TimestampTz created_at)
{
	Datum		keys[] = {
		closed->values[ORGANIZATION], TimestampTzGetDatum(created_at), closed->values[AT], closed->values[CLOSE_DATE]
	};
	bool		isnull;

	run_as_owner(rel, &closing_instant, keys, NULL);
	return DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

static void
record_state(Relation rel, HistoryRow state, TimestampTz at, int32 version)
{
	state.values[AT] = TimestampTzGetDatum(at);
	state.values[VERSION] = Int32GetDatum(version);
	set_label(&state, ORIGIN, "imported");
	run_as_owner(rel, &record, state.values, state.nulls);
}

/* How far it had come when it was closed, it had not come when it was created; unless that is typed, and not of its stages. */
static void
forget_stages(HistoryRow *open, bool forgets_progress)
{
	if (open->nulls[STAGE_REACHED] == 'n')
		return;
	open->nulls[STAGE_REACHED] = open->nulls[STAGE_POSITION] = 'n';
	if (forgets_progress)
		open->values[PROGRESS] = NumericGetDatum(int64_to_numeric(0));
}

/* The last state is that of the row, and has its version. */
static void
record_past(Relation rel, const Recorder *recorder, const Row *row, const HistoryRow *last)
{
	const StampColumns *stamps = &recorder->columns.stamps;
	bool		is_closed = status_of(&recorder->columns, row) != STATUS_OPEN;
	bool		is_deleted = DatumGetBool(last->values[DELETED]);
	int32		version = DatumGetInt32(last->values[VERSION]) - is_closed - is_deleted;
	TimestampTz at = DatumGetTimestampTz(value_of(row, stamps->created_at));
	HistoryRow	closed = *last;
	HistoryRow	open;

	closed.values[DELETED] = BoolGetDatum(false);
	open = closed;
	set_label(&open, STATUS, opportunity_status_labels.names[STATUS_OPEN]);
	open.nulls[CLOSE_DATE] = open.nulls[ACTUAL_REVENUE] = open.nulls[LOSS_REASON] = 'n';
	if (is_closed)
		forget_stages(&open, progress_method_of(&recorder->columns, row) == PROGRESS_AUTOMATIC);
	open.values[CHANGED_BY] = value_of(row, stamps->created_by);
	open.nulls[CHANGED_BY] = is_null(row, stamps->created_by) ? 'n' : ' ';
	record_state(rel, open, at, version++);

	if (is_closed)
	{
		at = closed_from(rel, last, at);
		record_state(rel, closed, at, version++);
	}
	if (is_deleted)
	{
		TimestampTz deleted_at = DatumGetTimestampTz(value_of(row, recorder->columns.deleted_at));

		record_state(rel, *last, Max(at, Min(deleted_at, GetCurrentTransactionStartTimestamp())), version);
	}
}

static bool
has_past(const Recorder *recorder, const Row *row)
{
	TimestampTz instant = history_instant();
	const StampColumns *stamps = &recorder->columns.stamps;

	return DatumGetTimestampTz(value_of(row, stamps->created_at)) < instant ||
		DatumGetTimestampTz(value_of(row, stamps->changed_at)) < instant;
}

/* AFTER trigger on opportunities. What is being restored has its history in the dump. */
Datum
record_history(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		is_insert;
	const Recorder *recorder;
	Row			row;
	HistoryRow	history;

	check_row_trigger(fcinfo, "record_history", false);
	recorder = recorder_of(fcinfo);
	is_insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	if (is_insert && is_loading(&recorder->columns.stamps))
		return PointerGetDatum(NULL);

	row = row_of_tuple(is_insert ? trigger->tg_trigtuple : trigger->tg_newtuple, RelationGetDescr(trigger->tg_relation));
	history = history_row(recorder, &row);
	SPI_connect();
	if (is_insert && has_past(recorder, &row))
		record_past(trigger->tg_relation, recorder, &row, &history);
	else
		run_as_owner(trigger->tg_relation, &record, history.values, history.nulls);
	SPI_finish();
	count_work(RelationGetRelid(trigger->tg_relation), WORK_RECORDING);
	return PointerGetDatum(NULL);
}

/* ----------
 * Opportunities without a history, as a restore can bring them
 * ----------
 */

static Relation
open_history(bool is_trim)
{
	Relation	history;

	if (current_organization_id() == 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				is_trim ? errmsg("no organization is chosen whose history could be trimmed") :
				errmsg("no organization is chosen whose history could be completed"),
				errhint("Choose one with SET salesopp.organization_id."));
	history = table_open(own_relation("opportunity_history"), RowExclusiveLock);
	if (!is_owner_of_table(RelationGetRelid(history), GetUserId()))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				is_trim ? errmsg("only the owner of the table salesopp.opportunity_history can trim it") :
				errmsg("only the owner of the table salesopp.opportunity_history can complete it"),
				errhint("Do it as that role, or as a superuser."));
	return history;
}

/* How an opportunity stands, it has stood since it was last changed. */
static void
append_present(StringInfo sql, int column)
{
	if (column == AT)
		appendStringInfoString(sql, ", LEAST(o.changed_at, pg_catalog.clock_timestamp())");
	else if (column == DELETED)
		appendStringInfoString(sql, ", o.deleted_at IS NOT NULL");
	else
		appendStringInfo(sql, ", o.%s", recorded[column].source);
}

static void
write_baseline(StringInfo sql, Relation history)
{
	append_insert(sql, RelationGetRelid(history));
	appendStringInfoString(sql, " SELECT 'baseline'");
	for (int i = 0; i < N_RECORDED; i++)
		if (is_recorded(RelationGetRelid(history), i))
			append_present(sql, i);
	appendStringInfo(sql,
					 " FROM ONLY %s o WHERE o.organization_id OPERATOR(pg_catalog.=) $1 AND NOT EXISTS (SELECT FROM ONLY %s h"
					 " WHERE h.organization_id OPERATOR(pg_catalog.=) $1 AND h.opportunity_id OPERATOR(pg_catalog.=) o.id)"
					 " ON CONFLICT DO NOTHING",
					 qualified_name(referenced_table(history, "opportunity_id")), qualified_name(RelationGetRelid(history)));
}

static const Statement baseline = {write_baseline, 1, {INT8OID}};

Datum
complete_history(PG_FUNCTION_ARGS)
{
	Relation	history = open_history(false);
	Datum		organization = Int64GetDatum(current_organization_id());
	uint64		added;

	SPI_connect();
	fill_in_positions(history, organization);
	added = run_as_owner(history, &baseline, &organization, NULL);
	SPI_finish();
	table_close(history, NoLock);
	PG_RETURN_INT64(added);
}

/* ----------
 * What is recorded stays
 * ----------
 */

static void
refuse_history_change(void)
{
	ereport(ERROR,
			errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			errmsg("the history of opportunities cannot be changed or removed"),
			errhint("It grows with each change, and goes with an opportunity that is removed; the owner can trim it."));
}

static void
write_opportunity_is_there(StringInfo sql, Relation history)
{
	appendStringInfo(sql,
					 "SELECT FROM ONLY %s WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND id OPERATOR(pg_catalog.=) $2",
					 qualified_name(referenced_table(history, "opportunity_id")));
}

static const Statement opportunity_is_there = {write_opportunity_is_there, 2, {INT8OID, INT8OID}};

static bool
goes_with_opportunity(const TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	Row			row = row_of_tuple(trigger->tg_trigtuple, desc);
	Datum		keys[] = {
		value_of(&row, column_number(desc, "organization_id")), value_of(&row, column_number(desc, "opportunity_id"))
	};
	bool		is_gone;

	SPI_connect();
	is_gone = run_as_owner(trigger->tg_relation, &opportunity_is_there, keys, NULL) == 0;
	SPI_finish();
	return is_gone;
}

/*
 * BEFORE trigger on the history, of its rows, and of TRUNCATE. It goes with its opportunity, which the foreign key
 * sees to, and by trim_history().
 */
Datum
keep_history(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (CALLED_AS_TRIGGER(fcinfo) && TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		refuse_history_change();
	check_row_trigger(fcinfo, "keep_history", true);
	if (!TRIGGER_FIRED_BY_DELETE(trigger->tg_event) || !(is_permitted_removal(trigger->tg_relation) || goes_with_opportunity(trigger)))
		refuse_history_change();
	return PointerGetDatum(trigger->tg_trigtuple);
}

/* What was before the instant is then only how each opportunity stood at it. */
static void
write_trim(StringInfo sql, Relation history)
{
	const char *name = qualified_name(RelationGetRelid(history));

	appendStringInfo(sql,
					 "DELETE FROM ONLY %s h WHERE h.organization_id OPERATOR(pg_catalog.=) $1"
					 " AND h.at OPERATOR(pg_catalog.<) $2 AND h.version OPERATOR(pg_catalog.<) ("
					 "SELECT pg_catalog.max(k.version) FROM ONLY %s k WHERE k.organization_id OPERATOR(pg_catalog.=) $1"
					 " AND k.opportunity_id OPERATOR(pg_catalog.=) h.opportunity_id AND k.at OPERATOR(pg_catalog.<=) $2)",
					 name, name);
}

static const Statement trim = {write_trim, 2, {INT8OID, TIMESTAMPTZOID}};

typedef struct Trimming
{
	Datum		keys[2];
	uint64		removed;
} Trimming;

static void
run_trim(Relation history, void *argument)
{
	Trimming   *trimming = argument;

	trimming->removed = run_as_owner(history, &trim, trimming->keys, NULL);
}

Datum
trim_history(PG_FUNCTION_ARGS)
{
	Relation	history = open_history(true);
	Trimming	trimming;
	bool		isnull;

	if (PG_ARGISNULL(0) || PG_GETARG_TIMESTAMPTZ(0) > GetCurrentTimestamp())
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("history is trimmed before an instant of the past"),
				errhint("Pass the earliest instant that shall be asked for later."));
	trimming.keys[0] = Int64GetDatum(current_organization_id());
	trimming.keys[1] = PG_GETARG_DATUM(0);
	SPI_connect();
	if (organization_is_elsewhere(current_organization_id()))
	{
		call_elsewhere(fcinfo, "trim_history_of", current_organization_id());
		trimming.removed = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	}
	else
		run_permitted_removal(history, run_trim, &trimming);
	SPI_finish();
	table_close(history, NoLock);
	PG_RETURN_INT64(trimming.removed);
}
