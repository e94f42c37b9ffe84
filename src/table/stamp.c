/*
 * stamp.c
 *		Who created and last changed a row, and when; the rules that every table shares.
 *
 * Sellers cannot choose the stamps. Managers, who import history, may give the stamps of new rows, as long as these
 * can be true. Roles that bypass row security may give any. What was not given is filled in.
 */
#include "compat.h"

#include "access/xact.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/timestamp.h"

#include "distributed_tables.h"
#include "organization.h"
#include "table/identity.h"
#include "table/stamp.h"
#include "table/stored_text.h"

PG_FUNCTION_INFO_V1(stamp);

bool
bypasses_row_security(Oid relid)
{
	return check_enable_rls(relid, InvalidOid, true) == RLS_NONE_ENV;
}

void
find_stamp_columns(StampColumns *columns, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);

	columns->relid = RelationGetRelid(rel);
	columns->organization_id = column_number(desc, "organization_id");
	columns->id = optional_column_number(desc, "id");
	columns->created_at = column_number(desc, "created_at");
	columns->created_by = column_number(desc, "created_by");
	columns->changed_at = optional_column_number(desc, "changed_at");
	columns->changed_by = optional_column_number(desc, "changed_by");
	columns->bypasses_row_security = bypasses_row_security(columns->relid);
	columns->gives_stamps = columns->bypasses_row_security || is_manager();
	columns->instant = GetCurrentTransactionStartTimestamp;
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

static bool
has_changes(const StampColumns *columns)
{
	return columns->changed_at != InvalidAttrNumber;
}

static bool
is_stamp(const StampColumns *columns, AttrNumber column)
{
	return column == columns->created_at || column == columns->created_by ||
		column == columns->changed_at || column == columns->changed_by;
}

/*
 * The column that says of which organization the row is. In the table of organizations it is the id: there
 * organization_id is generated from it, but only after the triggers.
 */
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

static void
check_organization(const StampColumns *columns, const Row *row, AttrNumber organization)
{
	if (is_null(row, organization))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("no organization is chosen for the new row"),
				errhint("Choose one with SET salesopp.organization_id, or have it set for the role."));

	/* the policy refuses it too, but only after the triggers: these would have looked at the other's rows */
	if (columns->bypasses_row_security || is_current_organization(DatumGetInt64(value_of(row, organization))))
		return;

	/* what is chosen for a session alone does not get to the server that has the rows */
	if (!has_chosen_organization() && is_distributed())
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("the server that has the rows does not know the organization"),
				errhint("Choose it for the role, or within a transaction by SET LOCAL salesopp.organization_id."));
	ereport(ERROR,
			errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			errmsg("the new row is of another organization than the current one"),
			errhint("Leave organization_id out, or set it to salesopp.current_organization()."));
}

static void
check_given_employee(const Row *row, AttrNumber column, int64 organization_id)
{
	int64		employee_id;

	if (is_null(row, column))
		return;
	employee_id = DatumGetInt64(value_of(row, column));
	if (!is_employee_of(organization_id, employee_id))
		ereport(ERROR,
				errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				errmsg("%s of the new row is %lld, which is not an employee of organization %lld",
					   NameStr(TupleDescAttr(row->desc, column - 1)->attname), (long long) employee_id, (long long) organization_id),
				errhint("Give the id of one of its employees, or leave the column out."));
}

/* The times, whether given or filled in: a change is not before the creation, and neither is in the future. */
static void
check_given_times(const StampColumns *columns, const Row *row, TimestampTz now)
{
	TimestampTz created_at = is_null(row, columns->created_at) ? now :
		DatumGetTimestampTz(value_of(row, columns->created_at));
	TimestampTz changed_at = !has_changes(columns) || is_null(row, columns->changed_at) ? created_at :
		DatumGetTimestampTz(value_of(row, columns->changed_at));

	if (TIMESTAMP_NOT_FINITE(created_at) || created_at > changed_at ||
		(changed_at > now && changed_at > GetCurrentTimestamp()))
		ereport(ERROR,
				errcode(ERRCODE_CHECK_VIOLATION),
				errmsg("the new row cannot have been created at %s and changed at %s",
					   pstrdup(timestamptz_to_str(created_at)), pstrdup(timestamptz_to_str(changed_at))),
				errhint("Give a created_at that is not later than changed_at, and none in the future, or leave both out."));
}

/* The time that the transaction began is given as "now"; where what it writes counts from later, that is meant. */
static void
lift_to(Row *row, AttrNumber column, TimestampTz now)
{
	if (!is_null(row, column) && DatumGetTimestampTz(value_of(row, column)) < now &&
		DatumGetTimestampTz(value_of(row, column)) >= GetCurrentTransactionStartTimestamp())
		set_value(row, column, TimestampTzGetDatum(now));
}

/* In a restored row, nobody is kept: it was nobody, or nobody knew. */
static void
fill_in(const StampColumns *columns, Row *row, AttrNumber at, AttrNumber by, Datum time, int64 organization_id)
{
	bool		forced = !columns->gives_stamps;

	if (!is_loading(columns))
		lift_to(row, at, columns->instant());
	if (forced || is_null(row, at))
		set_value(row, at, time);
	if (!is_loading(columns) && (forced || is_null(row, by)))
		set_employee(row, by, organization_id);
}

static void
fill_in_stamps(const StampColumns *columns, Row *row, int64 organization_id)
{
	TimestampTz now = columns->instant();

	if (columns->gives_stamps && !columns->bypasses_row_security)
	{
		check_given_times(columns, row, now);
		check_given_employee(row, columns->created_by, organization_id);
		if (has_changes(columns))
			check_given_employee(row, columns->changed_by, organization_id);
	}
	fill_in(columns, row, columns->created_at, columns->created_by, TimestampTzGetDatum(now), organization_id);
	if (has_changes(columns))
		fill_in(columns, row, columns->changed_at, columns->changed_by, value_of(row, columns->created_at), organization_id);
}

static IdRange
id_range(const StampColumns *columns)
{
	if (is_loading(columns))
		return RESTORED_IDS;
	return columns->bypasses_row_security ? FAR_IDS : NEAR_IDS;
}

void
stamp_inserted(const StampColumns *columns, Row *row)
{
	AttrNumber	organization = organization_column(columns, row);

	check_organization(columns, row, organization);
	if (columns->id != InvalidAttrNumber && !is_null(row, columns->id))
		take_id(columns->relid, columns->id, DatumGetInt64(value_of(row, columns->id)), id_range(columns));
	put_texts_into_form(row, NULL, is_loading(columns));
	fill_in_stamps(columns, row, DatumGetInt64(value_of(row, organization)));
}

/*
 * A transaction that waited for another may have begun before that one did. Its change comes after the other's all
 * the same, so the time of a change never goes back.
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
			  TimestampTzGetDatum(Max(columns->instant(), DatumGetTimestampTz(value_of(old, columns->changed_at)))));
	set_employee(row, columns->changed_by, DatumGetInt64(value_of(row, organization)));
	put_texts_into_form(row, old, false);
}

/* Whether the row differs from the old one in anything but stamps, and what may differ; NULL: nothing may. */
bool
differs_beyond(const StampColumns *columns, const Row *row, const Row *old, ColumnTest may_differ)
{
	for (AttrNumber column = 1; column <= row->desc->natts; column++)
		if (!TupleDescAttr(row->desc, column - 1)->attisdropped &&
			!is_stamp(columns, column) && !same_value(row, old, column) &&
			(may_differ == NULL || !may_differ(columns, column)))
			return true;
	return false;
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
