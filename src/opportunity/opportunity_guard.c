/*
 * opportunity_guard.c
 *		What an opportunity may become, whichever way it is written.
 *
 * The BEFORE trigger decides that, and fills in what follows from it in the row. What follows in other tables
 * is in opportunity_follow.c.
 */
#include "compat.h"

#include "access/sysattr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/rel.h"

#include "opportunity/custom_field.h"
#include "opportunity/opportunity_row.h"
#include "opportunity/opportunity_state.h"
#include "opportunity/stage_copy.h"
#include "opportunity/stage_facts.h"
#include "table/permitted_change.h"
#include "table/row_name.h"

PG_FUNCTION_INFO_V1(guard_opportunity);

/* The rules need these to have a value. PostgreSQL looks at NOT NULL only after the triggers. */
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

static bool
is_closing_fact(const OpportunityColumns *columns, AttrNumber column)
{
	return column == columns->closed_at || column == columns->close_date ||
		column == columns->actual_revenue || column == columns->loss_reason_id;
}

static bool
changes_on_reopening(const StampColumns *stamps, AttrNumber column)
{
	const OpportunityColumns *columns = (const OpportunityColumns *) stamps;

	return column == columns->status || column == columns->note || column == columns->status_note ||
		is_closing_fact(columns, column);
}

static bool
is_deletion_mark(const StampColumns *stamps, AttrNumber column)
{
	return column == ((const OpportunityColumns *) stamps)->deleted_at;
}

static bool
changes_while_closed(const StampColumns *stamps, AttrNumber column)
{
	return is_deletion_mark(stamps, column) || is_permitted_change(stamps, column);
}

static void
close_row(const OpportunityColumns *columns, Row *row)
{
	if (!is_permitted_change(&columns->stamps, columns->closed_at))
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
 * The note on a closing or reopening comes with it. A statement that does not name the column clears it; one that
 * gives the text that stands there already keeps it.
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
			errmsg("the status note of opportunity %lld comes with a change of its status",
				   (long long) id_of(columns, row)),
			errhint("Write to the column note instead, or change the status in the same statement."));
}

static void
refuse_typed_progress(const OpportunityColumns *columns, const Row *row)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("progress of opportunity %lld is automatic and cannot be typed",
				   (long long) id_of(columns, row)),
			errhint("Complete its stages, or set progress_method to manual as well."));
}

static void
refuse_typed_position(const OpportunityColumns *columns, const Row *row)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("stage_position and stage_reached of opportunity %lld follow its stages and cannot be typed",
				   (long long) id_of(columns, row)),
			errhint("Change the status of its stages."));
}

static void
refuse_stage_reached(const OpportunityColumns *columns, const Row *row, int32 reached)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("opportunity %lld cannot have reached the stage at position %d, as its sales process has none there",
				   (long long) id_of(columns, row), reached),
			errhint("Give sales_process_id, and as stage_reached the position of one of the stages of that sales process."));
}

static bool
has_positions(const OpportunityColumns *columns)
{
	return columns->stage_position != InvalidAttrNumber;
}

/* Automatic progress is that of the stages; when it has just become automatic, it is taken from them. */
static void
receive_progress(const OpportunityColumns *columns, const StageFacts *facts, Row *row, const Row *old)
{
	if (!same_value(row, old, columns->progress) &&
		!DatumGetBool(DirectFunctionCall2(numeric_eq, facts->progress, value_of(row, columns->progress))))
		refuse_typed_progress(columns, row);
	set_value(row, columns->progress, facts->progress);
}

static bool
is_position(const Row *row, AttrNumber column, Datum position, bool has_position)
{
	return is_null(row, column) ? !has_position :
		has_position && DatumGetInt32(value_of(row, column)) == DatumGetInt32(position);
}

/* Only the stages change what the opportunity says of them: what comes in must be theirs. */
static void
receive_stage_facts(const OpportunityColumns *columns, Relation rel, Row *row, const Row *old)
{
	bool		is_automatic = progress_method_of(columns, row) == PROGRESS_AUTOMATIC;
	bool		takes_progress = is_automatic &&
		(!same_value(row, old, columns->progress) || progress_method_of(columns, old) == PROGRESS_MANUAL);
	bool		takes_positions = has_positions(columns) &&
		(!same_value(row, old, columns->stage_position) || !same_value(row, old, columns->stage_reached));
	Datum		keys[] = {value_of(row, columns->stamps.organization_id), value_of(row, columns->stamps.id)};
	StageFacts	facts;

	if (!takes_progress && !takes_positions)
		return;
	facts = stage_facts(rel, keys);
	if (takes_positions && !(is_position(row, columns->stage_position, facts.position, facts.has_position) &&
							 is_position(row, columns->stage_reached, facts.reached, facts.has_reached)))
		refuse_typed_position(columns, row);
	if (is_automatic)
		receive_progress(columns, &facts, row, old);
}

static StageCopy
expected_stages(const OpportunityColumns *columns, Relation rel, const Row *row, int32 reached)
{
	return stages_to_copy(rel, value_of(row, columns->stamps.organization_id), value_of(row, columns->sales_process_id), reached);
}

/* The stages of a process that is being attached are copied only after the row has been written. */
static void
expect_more_stages(const OpportunityColumns *columns, Relation rel, Row *row)
{
	int32		first;

	if (!has_positions(columns) || is_null(row, columns->sales_process_id))
		return;
	first = expected_stages(columns, rel, row, 0).next;
	if (first != 0 &&
		(is_null(row, columns->stage_position) || DatumGetInt32(value_of(row, columns->stage_position)) > first))
		set_value(row, columns->stage_position, Int32GetDatum(first));
}

/* Of a new opportunity. It may have come some way already: up to the position that is given, its stages are completed. */
static void
expect_first_stages(const OpportunityColumns *columns, Relation rel, Row *row)
{
	int32		reached = is_null(row, columns->stage_reached) ? 0 : DatumGetInt32(value_of(row, columns->stage_reached));
	StageCopy	stages = {0};

	if (!is_null(row, columns->sales_process_id))
		stages = expected_stages(columns, rel, row, reached);
	if (stages.reached != reached)
		refuse_stage_reached(columns, row, reached);
	if (stages.next != 0)
		set_value(row, columns->stage_position, Int32GetDatum(stages.next));
	if (stages.reached != 0 && progress_method_of(columns, row) == PROGRESS_AUTOMATIC)
		set_value(row, columns->progress, stages.progress);
}

static void
check_process(const OpportunityColumns *columns, const Row *row, const Row *old)
{
	if (!is_null(old, columns->sales_process_id) &&
		!same_value(row, old, columns->sales_process_id))
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("opportunity %lld already has a sales process, which cannot be exchanged",
					   (long long) id_of(columns, row)),
				errhint("Change the status of its stages, or make a new opportunity with the other process."));
}

static void
check_custom(const OpportunityColumns *columns, Relation rel, const Row *row)
{
	if (!is_null(row, columns->custom))
		check_custom_values(rel, value_of(row, columns->stamps.organization_id), id_of(columns, row),
							value_of(row, columns->custom));
}

/* What the opportunity counts and says by itself. Of that, only the stage that it has reached may be given. */
static void
start_row(const OpportunityColumns *columns, Relation rel, Row *row)
{
	set_value(row, columns->version, Int32GetDatum(1));
	/* those of a copied opportunity come with statuses of their own, and are sent when they are there */
	if (!is_null(row, columns->stage_position) ||
		(!is_null(row, columns->stage_reached) && !is_null(row, columns->copied_from_id)))
		refuse_typed_position(columns, row);
	if (is_null(row, columns->copied_from_id))
		expect_first_stages(columns, rel, row);
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
	if (has_positions(columns))
		start_row(columns, rel, row);

	if (status_of(columns, row) != STATUS_OPEN)
		close_row(columns, row);
	else if (!is_null(row, columns->status_note))
		refuse_status_note(columns, row);
}

static void
guard_open(const OpportunityColumns *columns, const TriggerData *trigger, Row *row, const Row *old)
{
	check_process(columns, row, old);
	receive_stage_facts(columns, trigger->tg_relation, row, old);
	if (is_null(old, columns->sales_process_id))
		expect_more_stages(columns, trigger->tg_relation, row);
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
		if (differs_beyond(&columns->stamps, row, old, changes_while_closed))
			refuse_closed(id_of(columns, old), status_of(columns, old));
		return;
	}

	if (differs_beyond(&columns->stamps, row, old, changes_on_reopening))
		refuse_closed(id_of(columns, old), status_of(columns, old));
	for (AttrNumber column = 1; column <= row->desc->natts; column++)
		if (is_closing_fact(columns, column) && same_value(row, old, column))
			set_null(row, column);
	take_status_note(columns, trigger, row);
}

static void
guard_deleted(const OpportunityColumns *columns, const Row *row, const Row *old)
{
	if (differs_beyond(&columns->stamps, row, old, is_null(row, columns->deleted_at) ? is_deletion_mark : is_permitted_change))
		refuse_deleted(id_of(columns, old));
}

static void
count_version(const OpportunityColumns *columns, Row *row, const Row *old)
{
	if (columns->version != InvalidAttrNumber)
		set_value(row, columns->version, Int32GetDatum(DatumGetInt32(value_of(old, columns->version)) + 1));
}

/* Custom values have got the new name of their field or choice: of closed ones, too, and nothing counts as changed. */
static bool
is_renaming(const OpportunityColumns *columns, const Row *row, const Row *old)
{
	return is_renamed(&columns->stamps, columns->custom) && !differs_beyond(&columns->stamps, row, old, is_renamed);
}

static void
guard_update(const OpportunityColumns *columns, const TriggerData *trigger, Row *row, const Row *old)
{
	bool		was_deleted = !is_null(old, columns->deleted_at);
	bool		was_closed = status_of(columns, old) != STATUS_OPEN;

	if (is_renaming(columns, row, old))
	{
		keep_stamps(&columns->stamps, row, old);
		return;
	}
	stamp_updated(&columns->stamps, row, old);
	if (columns->version != InvalidAttrNumber)
		copy_value(row, old, columns->version);
	check_not_null(columns, trigger->tg_relation, row);

	if (was_deleted)
		guard_deleted(columns, row, old);
	else if (was_closed)
		guard_closed(columns, trigger, row, old);
	else
		guard_open(columns, trigger, row, old);

	if (!was_deleted && !is_null(row, columns->deleted_at) &&
		!is_permitted_change(&columns->stamps, columns->deleted_at))
		set_value(row, columns->deleted_at, value_of(row, columns->stamps.changed_at));

	/* writing the same again to what cannot change is allowed, and does not count as a change */
	if (differs_beyond(&columns->stamps, row, old, NULL))
		count_version(columns, row, old);
	else if (was_deleted || was_closed)
		keep_stamps(&columns->stamps, row, old);
}

Datum
guard_opportunity(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const OpportunityColumns *columns;
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
		if (status_of(columns, &old) != STATUS_OPEN && !is_permitted_removal(trigger->tg_relation))
			refuse_closed(id_of(columns, &old), status_of(columns, &old));
		return PointerGetDatum(trigger->tg_trigtuple);
	}

	written = trigger->tg_newtuple;
	row = row_of_tuple(written, desc);
	guard_update(columns, trigger, &row, &old);
	return PointerGetDatum(tuple_of_row(&row, written));
}
