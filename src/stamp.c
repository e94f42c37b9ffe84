/*
 * stamp.c
 *		Who created and last changed a row, and when; the rules that every table shares.
 *
 * Who is under row security cannot choose the stamps. Who is not (the owner who imports history)
 * may give those of new rows; what was not given is filled in.
 */
#include "compat.h"

#include "access/xact.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/timestamp.h"

#include "organization.h"
#include "stamp.h"
#include "stored_text.h"

PG_FUNCTION_INFO_V1(stamp);

void
find_stamp_columns(StampColumns *columns, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);

	columns->organization_id = column_number(desc, "organization_id");
	columns->id = optional_column_number(desc, "id");
	columns->created_at = column_number(desc, "created_at");
	columns->created_by = column_number(desc, "created_by");
	columns->changed_at = column_number(desc, "changed_at");
	columns->changed_by = column_number(desc, "changed_by");
	columns->bypasses_row_security =
		check_enable_rls(RelationGetRelid(rel), InvalidOid, true) == RLS_NONE_ENV;
}

/*
 * Rows are being restored or imported, and what they say is taken as it is. pg_dump's scripts turn row
 * security off, which has no effect on (and so is no privilege of) those who are subject to it.
 */
bool
is_loading(const StampColumns *columns)
{
	return !row_security && columns->bypasses_row_security;
}

bool
is_stamp(const StampColumns *columns, AttrNumber column)
{
	return column == columns->created_at || column == columns->created_by ||
		column == columns->changed_at || column == columns->changed_by;
}

/* Of an organization's own row, the id is the organization, and is not derived from it yet. */
static AttrNumber
organization_column(const StampColumns *columns, const Row *row)
{
	return TupleDescAttr(row->desc, columns->organization_id - 1)->attgenerated != '\0' ?
		columns->id : columns->organization_id;
}

static void
set_employee(Row *row, AttrNumber column, int64 organization_id)
{
	int64		employee_id;

	if (current_employee(organization_id, &employee_id))
		set_value(row, column, Int64GetDatum(employee_id));
	else
		set_null(row, column);
}

void
stamp_inserted(const StampColumns *columns, Row *row)
{
	AttrNumber	organization = organization_column(columns, row);
	bool		forced = !columns->bypasses_row_security;
	Datum		now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	int64		organization_id;

	if (is_null(row, organization))
		ereport(ERROR,
				errcode(ERRCODE_NOT_NULL_VIOLATION),
				errmsg("no organization is chosen for the new row"),
				errhint("Choose one with SET salesopp.organization_id, or have it set for the role."));
	organization_id = DatumGetInt64(value_of(row, organization));

	/* the policy says so too, but only after the triggers, which look at the organization's rows */
	if (forced && !is_current_organization(organization_id))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("the new row is of another organization than the current one"),
				errhint("Leave organization_id out, or set it to salesopp.current_organization()."));

	if (forced || is_null(row, columns->created_at))
		set_value(row, columns->created_at, now);
	if (forced || is_null(row, columns->changed_at))
		set_value(row, columns->changed_at, value_of(row, columns->created_at));

	put_texts_into_form(row, NULL, is_loading(columns));

	/* in a restored row, nobody is nobody */
	if (is_loading(columns))
		return;
	if (forced || is_null(row, columns->created_by))
		set_employee(row, columns->created_by, organization_id);
	if (forced || is_null(row, columns->changed_by))
		set_employee(row, columns->changed_by, organization_id);
}

/*
 * Who waits for another to end may have begun before that one did, and still comes after it: the time
 * of a change never goes back.
 */
void
stamp_updated(const StampColumns *columns, Row *row, const Row *old)
{
	AttrNumber	organization = organization_column(columns, row);

	if (!same_value(row, old, organization) ||
		(columns->id != InvalidAttrNumber && !same_value(row, old, columns->id)))
		ereport(ERROR,
				errcode(ERRCODE_CHECK_VIOLATION),
				errmsg("a row's id and organization cannot be changed"),
				errhint("Insert a new row instead."));

	copy_value(row, old, columns->created_at);
	copy_value(row, old, columns->created_by);
	set_value(row, columns->changed_at,
			  TimestampTzGetDatum(Max(GetCurrentTransactionStartTimestamp(),
									  DatumGetTimestampTz(value_of(old, columns->changed_at)))));
	set_employee(row, columns->changed_by, DatumGetInt64(value_of(row, organization)));
	put_texts_into_form(row, old, false);
}

void
keep_stamps(const StampColumns *columns, Row *row, const Row *old)
{
	copy_value(row, old, columns->created_at);
	copy_value(row, old, columns->created_by);
	copy_value(row, old, columns->changed_at);
	copy_value(row, old, columns->changed_by);
}

/* BEFORE INSERT OR UPDATE trigger of the tables that have no rules beyond these. */
Datum
stamp(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	StampColumns *columns = fcinfo->flinfo->fn_extra;
	TupleDesc	desc;
	Row			row;

	check_row_trigger(fcinfo, "stamp", true);
	desc = RelationGetDescr(trigger->tg_relation);

	if (columns == NULL)
	{
		columns = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(StampColumns));
		find_stamp_columns(columns, trigger->tg_relation);
		fcinfo->flinfo->fn_extra = columns;
	}

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
	{
		row = row_of_tuple(trigger->tg_trigtuple, desc);
		stamp_inserted(columns, &row);
		return PointerGetDatum(tuple_of_row(&row, trigger->tg_trigtuple));
	}
	else
	{
		Row			old = row_of_tuple(trigger->tg_trigtuple, desc);

		row = row_of_tuple(trigger->tg_newtuple, desc);
		stamp_updated(columns, &row, &old);
		return PointerGetDatum(tuple_of_row(&row, trigger->tg_newtuple));
	}
}
