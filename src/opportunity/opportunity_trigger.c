/*
 * opportunity_trigger.c
 *		What keeps an opportunity true, whichever way it is written.
 *
 * The BEFORE trigger decides what a row may become and fills in what follows from it; the AFTER
 * trigger adds what belongs to other tables: the stages of a process that was attached, the event
 * of a closing or a reopening.
 */
#include "compat.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/rel.h"

#include "opportunity/custom_field.h"
#include "opportunity/opportunity_state.h"
#include "opportunity/permitted_change.h"
#include "opportunity/stage_copy.h"
#include "table/foreign_key.h"
#include "table/owner_statement.h"
#include "table/row_name.h"
#include "table/stamp.h"

PG_FUNCTION_INFO_V1(guard_opportunity);
PG_FUNCTION_INFO_V1(follow_opportunity);

typedef struct OpportunityColumns
{
	StampColumns stamps;
	AttrNumber	status;
	AttrNumber	estimated_revenue;
	AttrNumber	actual_revenue;
	AttrNumber	progress;
	AttrNumber	progress_method;
	AttrNumber	delivery_date;
	AttrNumber	close_date;
	AttrNumber	closed_at;
	AttrNumber	loss_reason_id;
	AttrNumber	sales_process_id;
	AttrNumber	copied_from_id;
	AttrNumber	custom;
	AttrNumber	deleted_at;
	AttrNumber	note;
	AttrNumber	status_note;
} OpportunityColumns;

/* The columns and types, looked up once a statement. */
static OpportunityColumns *
opportunity_columns(FunctionCallInfo fcinfo)
{
	OpportunityColumns *columns = fcinfo->flinfo->fn_extra;
	Relation	rel = ((TriggerData *) fcinfo->context)->tg_relation;
	TupleDesc	desc = RelationGetDescr(rel);

	if (columns != NULL)
		return columns;

	columns = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(OpportunityColumns));
	find_stamp_columns(&columns->stamps, rel);
	columns->status = column_number(desc, "status");
	columns->estimated_revenue = column_number(desc, "estimated_revenue");
	columns->actual_revenue = column_number(desc, "actual_revenue");
	columns->progress = column_number(desc, "progress");
	columns->progress_method = column_number(desc, "progress_method");
	columns->delivery_date = column_number(desc, "delivery_date");
	columns->close_date = column_number(desc, "close_date");
	columns->closed_at = column_number(desc, "closed_at");
	columns->loss_reason_id = column_number(desc, "loss_reason_id");
	columns->sales_process_id = column_number(desc, "sales_process_id");
	columns->copied_from_id = column_number(desc, "copied_from_id");
	columns->custom = column_number(desc, "custom");
	columns->deleted_at = column_number(desc, "deleted_at");
	columns->note = column_number(desc, "note");
	columns->status_note = column_number(desc, "status_note");
	enum_labels_lookup(&opportunity_status_labels, TupleDescAttr(desc, columns->status - 1)->atttypid);
	enum_labels_lookup(&progress_method_labels,
					   TupleDescAttr(desc, columns->progress_method - 1)->atttypid);
	fcinfo->flinfo->fn_extra = columns;
	return columns;
}

static int64
id_of(const OpportunityColumns *columns, const Row *row)
{
	return DatumGetInt64(value_of(row, columns->stamps.id));
}

static OpportunityStatus
status_of(const OpportunityColumns *columns, const Row *row)
{
	return enum_position(&opportunity_status_labels, DatumGetObjectId(value_of(row, columns->status)));
}

static ProgressMethod
progress_method_of(const OpportunityColumns *columns, const Row *row)
{
	return enum_position(&progress_method_labels,
						 DatumGetObjectId(value_of(row, columns->progress_method)));
}

/*
 * The rules need these to have a value; that the columns are NOT NULL is only looked at after the
 * triggers.
 */
static void
check_not_null(const OpportunityColumns *columns, Relation rel, const Row *row)
{
	const AttrNumber needed[] = {columns->status, columns->progress, columns->progress_method};

	for (int i = 0; i < lengthof(needed); i++)
		if (is_null(row, needed[i]))
			refuse_null(rel, "opportunity", row, needed[i]);
}

/* ----------
 * What a row may become
 * ----------
 */

typedef bool (*ColumnTest) (const OpportunityColumns *columns, AttrNumber column);

static bool
is_closing_fact(const OpportunityColumns *columns, AttrNumber column)
{
	return column == columns->closed_at || column == columns->close_date ||
		column == columns->actual_revenue || column == columns->loss_reason_id;
}

static bool
changes_on_reopening(const OpportunityColumns *columns, AttrNumber column)
{
	return column == columns->status || column == columns->note || column == columns->status_note ||
		is_closing_fact(columns, column);
}

static bool
is_deletion_mark(const OpportunityColumns *columns, AttrNumber column)
{
	return column == columns->deleted_at;
}

static bool
is_permitted(const OpportunityColumns *columns, AttrNumber column)
{
	return is_permitted_change(column);
}

static bool
changes_while_closed(const OpportunityColumns *columns, AttrNumber column)
{
	return is_deletion_mark(columns, column) || is_permitted(columns, column);
}

/* Whether the row differs from the old one in anything but stamps and what may differ. */
static bool
differs_beyond(const OpportunityColumns *columns, const Row *row, const Row *old, ColumnTest may_differ)
{
	for (AttrNumber column = 1; column <= row->desc->natts; column++)
	{
		if (TupleDescAttr(row->desc, column - 1)->attisdropped ||
			is_stamp(&columns->stamps, column) ||
			(may_differ != NULL && may_differ(columns, column)))
			continue;
		if (!same_value(row, old, column))
			return true;
	}
	return false;
}

static void
close_row(const OpportunityColumns *columns, Row *row)
{
	set_value(row, columns->closed_at, value_of(row, columns->stamps.changed_at));
	if (is_null(row, columns->close_date))
		set_value(row, columns->close_date, DateADTGetDatum(GetSQLCurrentDate()));
	if (status_of(columns, row) == STATUS_WON && is_null(row, columns->actual_revenue))
	{
		if (!is_null(row, columns->estimated_revenue))
			set_value(row, columns->actual_revenue, value_of(row, columns->estimated_revenue));
		else
			set_value(row, columns->actual_revenue,
					  NumericGetDatum(int64_div_fast_to_numeric(0, 2)));
	}
}

/*
 * The note on a closing or reopening comes with it: unless the statement gives one, and be it the
 * same again, there is none.
 */
static void
take_status_note(const OpportunityColumns *columns, const TriggerData *trigger, Row *row)
{
	if (!bms_is_member(columns->status_note - FirstLowInvalidHeapAttributeNumber,
					   trigger->tg_updatedcols))
		set_null(row, columns->status_note);
}

static void
refuse_status_note(const OpportunityColumns *columns, const Row *row)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("the status note of opportunity " INT64_FORMAT " comes with a change of its status",
				   id_of(columns, row)),
			errhint("Write to the column note instead, or change the status in the same statement."));
}

static void
refuse_typed_progress(const OpportunityColumns *columns, const Row *row)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("progress of opportunity " INT64_FORMAT " is automatic and cannot be typed",
				   id_of(columns, row)),
			errhint("Complete its stages, or set progress_method to manual as well."));
}

static void
write_stage_progress(StringInfo sql, Relation rel)
{
	appendStringInfo(sql,
					 "SELECT salesopp.stage_progress(status, position, probability)"
					 "::pg_catalog.numeric(5,2) FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND opportunity_id OPERATOR(pg_catalog.=) $2",
					 qualified_name(referencing_table(rel, "position")));
}

static const Statement stage_progress = {write_stage_progress, 2, {INT8OID, INT8OID}};

/* Progress follows the stages while it is automatic; only the stages can have changed it then. */
static void
follow_stages(const OpportunityColumns *columns, Relation rel, Row *row, const Row *old)
{
	bool		typed = !same_value(row, old, columns->progress);
	Datum		keys[2];
	Datum		progress;
	bool		isnull;

	if (progress_method_of(columns, row) == PROGRESS_MANUAL ||
		(!typed && progress_method_of(columns, old) == PROGRESS_AUTOMATIC))
		return;

	keys[0] = value_of(row, columns->stamps.organization_id);
	keys[1] = value_of(row, columns->stamps.id);
	SPI_connect();
	run_as_owner(rel, &stage_progress, keys, NULL);
	progress = SPI_datumTransfer(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull),
								 false, -1);
	SPI_finish();

	if (typed && !DatumGetBool(DirectFunctionCall2(numeric_eq, progress,
												   value_of(row, columns->progress))))
		refuse_typed_progress(columns, row);
	set_value(row, columns->progress, progress);
}

static void
check_process(const OpportunityColumns *columns, const Row *row, const Row *old)
{
	if (!is_null(old, columns->sales_process_id) &&
		!same_value(row, old, columns->sales_process_id))
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("opportunity " INT64_FORMAT " already has a sales process, which cannot be exchanged",
					   id_of(columns, row)),
				errhint("Change the status of its stages, or make a new opportunity with the other process."));
}

static void
check_custom(const OpportunityColumns *columns, Relation rel, const Row *row)
{
	if (!is_null(row, columns->custom))
		check_custom_values(rel, value_of(row, columns->stamps.organization_id), id_of(columns, row),
							value_of(row, columns->custom));
}

static void
guard_insert(const OpportunityColumns *columns, Relation rel, Row *row)
{
	stamp_inserted(&columns->stamps, row);
	if (is_loading(&columns->stamps))
		return;
	check_not_null(columns, rel, row);
	check_custom(columns, rel, row);

	if (progress_method_of(columns, row) == PROGRESS_AUTOMATIC &&
		!DatumGetBool(DirectFunctionCall2(numeric_eq, value_of(row, columns->progress),
										  NumericGetDatum(int64_to_numeric(0)))))
		refuse_typed_progress(columns, row);

	if (status_of(columns, row) != STATUS_OPEN)
		close_row(columns, row);
	else if (!is_null(row, columns->status_note))
		refuse_status_note(columns, row);
}

static void
guard_open(const OpportunityColumns *columns, const TriggerData *trigger, Row *row, const Row *old)
{
	check_process(columns, row, old);
	follow_stages(columns, trigger->tg_relation, row, old);
	if (!same_value(row, old, columns->custom))
		check_custom(columns, trigger->tg_relation, row);

	if (status_of(columns, row) != STATUS_OPEN)
	{
		close_row(columns, row);
		take_status_note(columns, trigger, row);
	}
	else if (!same_value(row, old, columns->status_note))
		refuse_status_note(columns, row);
}

static void
guard_closed(const OpportunityColumns *columns, const TriggerData *trigger, Row *row, const Row *old)
{
	if (status_of(columns, row) != STATUS_OPEN)
	{
		if (differs_beyond(columns, row, old, changes_while_closed))
			refuse_closed(id_of(columns, old), status_of(columns, old));
		return;
	}

	if (differs_beyond(columns, row, old, changes_on_reopening))
		refuse_closed(id_of(columns, old), status_of(columns, old));
	for (AttrNumber column = 1; column <= row->desc->natts; column++)
		if (is_closing_fact(columns, column) && same_value(row, old, column))
			set_null(row, column);
	take_status_note(columns, trigger, row);
}

static void
guard_deleted(const OpportunityColumns *columns, const Row *row, const Row *old)
{
	if (differs_beyond(columns, row, old, is_null(row, columns->deleted_at) ? is_deletion_mark : is_permitted))
		refuse_deleted(id_of(columns, old));
}

static void
guard_update(const OpportunityColumns *columns, const TriggerData *trigger, Row *row, const Row *old)
{
	bool		was_deleted = !is_null(old, columns->deleted_at);
	bool		was_closed = status_of(columns, old) != STATUS_OPEN;

	stamp_updated(&columns->stamps, row, old);
	check_not_null(columns, trigger->tg_relation, row);

	if (was_deleted)
		guard_deleted(columns, row, old);
	else if (was_closed)
		guard_closed(columns, trigger, row, old);
	else
		guard_open(columns, trigger, row, old);

	if (!was_deleted && !is_null(row, columns->deleted_at))
		set_value(row, columns->deleted_at, value_of(row, columns->stamps.changed_at));

	/* writing the same again to what cannot change is allowed, and does not count as a change */
	if ((was_deleted || was_closed) && !differs_beyond(columns, row, old, NULL))
		keep_stamps(&columns->stamps, row, old);
}

Datum
guard_opportunity(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	OpportunityColumns *columns;
	TupleDesc	desc;
	HeapTuple	written;
	Row			old;
	Row			row;

	check_row_trigger(fcinfo, "guard_opportunity", true);
	columns = opportunity_columns(fcinfo);
	desc = RelationGetDescr(trigger->tg_relation);

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
	{
		written = trigger->tg_trigtuple;
		row = row_of_tuple(written, desc);
		guard_insert(columns, trigger->tg_relation, &row);
		return PointerGetDatum(tuple_of_row(&row, written));
	}

	old = row_of_tuple(trigger->tg_trigtuple, desc);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		if (status_of(columns, &old) != STATUS_OPEN)
			refuse_closed(id_of(columns, &old), status_of(columns, &old));
		return PointerGetDatum(trigger->tg_trigtuple);
	}

	written = trigger->tg_newtuple;
	row = row_of_tuple(written, desc);
	guard_update(columns, trigger, &row, &old);
	return PointerGetDatum(tuple_of_row(&row, written));
}

/* ----------
 * What follows in other tables
 * ----------
 */

static void
write_clear_winner(StringInfo sql, Relation rel)
{
	appendStringInfo(sql,
					 "UPDATE ONLY %s SET is_winner = false"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND opportunity_id OPERATOR(pg_catalog.=) $2 AND is_winner",
					 qualified_name(referencing_table(rel, "is_winner")));
}

static const Statement clear_winner = {write_clear_winner, 2, {INT8OID, INT8OID}};

static void
write_add_event(StringInfo sql, Relation rel)
{
	Relation	competitors = table_open(referencing_table(rel, "is_winner"), AccessShareLock);

	appendStringInfo(sql,
					 "INSERT INTO %s (id, organization_id, opportunity_id, created_at, created_by,"
					 " from_status, to_status, close_date, actual_revenue, delivery_date,"
					 " loss_reason_id, note, winner) VALUES ("
					 "pg_catalog.nextval('salesopp.status_event_id_seq'), $1, $2, $3, $4,"
					 " CAST($5 AS salesopp.opportunity_status),"
					 " CAST($6 AS salesopp.opportunity_status), $7, $8, $9, $10, $11,"
					 " (SELECT COALESCE(w.name, c.name) FROM ONLY %s w LEFT JOIN ONLY %s c"
					 " ON c.organization_id OPERATOR(pg_catalog.=) w.organization_id"
					 " AND c.id OPERATOR(pg_catalog.=) w.competitor_id"
					 " WHERE w.organization_id OPERATOR(pg_catalog.=) $1"
					 " AND w.opportunity_id OPERATOR(pg_catalog.=) $2 AND w.is_winner))"
					 " RETURNING winner",
					 qualified_name(referencing_table(rel, "from_status")),
					 qualified_name(RelationGetRelid(competitors)),
					 qualified_name(referenced_table(competitors, "competitor_id")));
	table_close(competitors, AccessShareLock);
}

static const Statement add_event = {
	write_add_event, 11,
	{INT8OID, INT8OID, TIMESTAMPTZOID, INT8OID, TEXTOID, TEXTOID, DATEOID, NUMERICOID, DATEOID,
	INT8OID, TEXTOID}
};

static void
refuse_winner_of_won(int64 opportunity_id, const char *winner)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("opportunity " INT64_FORMAT " cannot be won while the competitor \"%s\" is marked as its winner",
				   opportunity_id, winner),
			errhint("Set is_winner of that competitor to false first, or close the opportunity as lost."));
}

/* Reopening takes the winner's mark away; the event of the loss keeps the name. */
static void
note_transition(const OpportunityColumns *columns, Relation rel, const Row *row, OpportunityStatus from)
{
	OpportunityStatus to = status_of(columns, row);
	const AttrNumber facts[] = {
		columns->close_date, columns->actual_revenue, columns->delivery_date,
		columns->loss_reason_id, columns->status_note
	};
	Datum		values[11] = {
		value_of(row, columns->stamps.organization_id),
		value_of(row, columns->stamps.id),
		value_of(row, columns->stamps.changed_at),
		value_of(row, columns->stamps.changed_by),
		CStringGetTextDatum(opportunity_status_labels.names[from]),
		CStringGetTextDatum(opportunity_status_labels.names[to])
	};
	char		nulls[11];

	memset(nulls, ' ', sizeof(nulls));
	if (is_null(row, columns->stamps.changed_by))
		nulls[3] = 'n';
	for (int i = 0; i < lengthof(facts); i++)
	{
		values[6 + i] = value_of(row, facts[i]);
		if (is_null(row, facts[i]))
			nulls[6 + i] = 'n';
	}

	if (to == STATUS_OPEN)
		run_as_owner(rel, &clear_winner, values, NULL);
	run_as_owner(rel, &add_event, values, nulls);
	if (to == STATUS_WON)
	{
		char	   *winner = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);

		if (winner != NULL)
			refuse_winner_of_won(id_of(columns, row), winner);
	}
}

Datum
follow_opportunity(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	rel = trigger->tg_relation;
	bool		is_insert;
	bool		had_process = false;
	OpportunityStatus old_status = STATUS_OPEN;
	OpportunityColumns *columns;
	Row			row;

	check_row_trigger(fcinfo, "follow_opportunity", false);
	columns = opportunity_columns(fcinfo);
	is_insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);

	if (is_insert && is_loading(&columns->stamps))
		return PointerGetDatum(NULL);

	row = row_of_tuple(is_insert ? trigger->tg_trigtuple : trigger->tg_newtuple, RelationGetDescr(rel));
	if (!is_insert)
	{
		Row			old = row_of_tuple(trigger->tg_trigtuple, RelationGetDescr(rel));

		had_process = !is_null(&old, columns->sales_process_id);
		old_status = status_of(columns, &old);
	}

	SPI_connect();
	if (!had_process && !is_null(&row, columns->sales_process_id))
	{
		Datum		organization_id = value_of(&row, columns->stamps.organization_id);
		Datum		id = value_of(&row, columns->stamps.id);

		if (is_insert && !is_null(&row, columns->copied_from_id))
			copy_stages_from_opportunity(rel, organization_id, id, value_of(&row, columns->copied_from_id));
		else
			copy_stages(rel, organization_id, id, value_of(&row, columns->sales_process_id));
	}
	if (status_of(columns, &row) != old_status)
		note_transition(columns, rel, &row, old_status);
	SPI_finish();
	return PointerGetDatum(NULL);
}
