/*
 * keep_apart.c
 *		The quotas of one employee, or one department, are for periods that do not overlap.
 *
 * They are looked at when all rows of a statement are written, so that quotas can change places. An exclusion
 * constraint looks at each row, needs another extension for the ids, and a distributed engine cannot take it.
 */
#include "compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/rel.h"

#include "owner_statement.h"
#include "table/foreign_key.h"
#include "table/keep_unique.h"
#include "table/row.h"

PG_FUNCTION_INFO_V1(keep_apart);

static void
write_lock(StringInfo sql, Relation rel, const char *column)
{
	appendStringInfo(sql,
					 "SELECT FROM ONLY %s WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND id OPERATOR(pg_catalog.=) $2 FOR NO KEY UPDATE",
					 qualified_name(referenced_table(rel, column)));
}

/* If any two overlap, then so do two of which one begins next after the other. */
static void
write_find(StringInfo sql, Relation rel, const char *column)
{
	appendStringInfo(sql,
					 "SELECT id, CAST(period AS pg_catalog.text), next_id, CAST(next_period AS pg_catalog.text)"
					 " FROM (SELECT id, period, pg_catalog.lead(id) OVER by_start AS next_id,"
					 " pg_catalog.lead(period) OVER by_start AS next_period FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1 AND %s OPERATOR(pg_catalog.=) $2"
					 " WINDOW by_start AS (ORDER BY period, id)) q"
					 " WHERE period OPERATOR(pg_catalog.&&) next_period ORDER BY period LIMIT 1",
					 qualified_name(RelationGetRelid(rel)), column);
}

static void
write_lock_employee(StringInfo sql, Relation rel)
{
	write_lock(sql, rel, "employee_id");
}

static void
write_lock_department(StringInfo sql, Relation rel)
{
	write_lock(sql, rel, "department_id");
}

static void
write_find_of_employee(StringInfo sql, Relation rel)
{
	write_find(sql, rel, "employee_id");
}

static void
write_find_of_department(StringInfo sql, Relation rel)
{
	write_find(sql, rel, "department_id");
}

/* Whose the quotas are. */
typedef struct Holder
{
	const char *column;
	const char *name;
	Statement	lock;
	Statement	find;
} Holder;

static const Holder holders[] = {
	{"employee_id", gettext_noop("employee"),
	{write_lock_employee, 2, {INT8OID, INT8OID}}, {write_find_of_employee, 2, {INT8OID, INT8OID}}},
	{"department_id", gettext_noop("department"),
	{write_lock_department, 2, {INT8OID, INT8OID}}, {write_find_of_department, 2, {INT8OID, INT8OID}}}
};

static void
refuse_overlap(const Holder *holder, int64 holder_id)
{
	char	   *found[4];

	for (int i = 0; i < lengthof(found); i++)
		found[i] = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1);
	ereport(ERROR,
			errcode(ERRCODE_EXCLUSION_VIOLATION),
			errmsg("quotas %s and %s of %s %lld overlap: %s and %s",
				   found[0], found[2], _(holder->name), (long long) holder_id, found[1], found[3]),
			errhint("Give each a period of its own; the same statement can change several."));
}

/* As keep_unique does: of two who write the quotas of one holder, one comes after the other and sees them all. */
static void
check_quotas_of(Relation rel, const Holder *holder, Datum *keys)
{
	SPI_connect();
	run_as_owner(rel, &holder->lock, keys, NULL);
	if (run_as_owner(rel, &holder->find, keys, NULL) > 0)
	{
		if (IsolationUsesXactSnapshot() && run_as_owner_in_snapshot(rel, &holder->find, keys, NULL) == 0)
			refuse_concurrent_change();
		refuse_overlap(holder, DatumGetInt64(keys[1]));
	}
	SPI_finish();
}

/* AFTER trigger of quotas that are inserted, or change their period or their holder. */
Datum
keep_apart(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	LastParent *last;
	Row			row;

	check_row_trigger(fcinfo, "keep_apart", false);
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, lengthof(holders) * sizeof(LastParent));
	last = fcinfo->flinfo->fn_extra;

	desc = RelationGetDescr(trigger->tg_relation);
	row = row_of_tuple(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
					   trigger->tg_newtuple : trigger->tg_trigtuple, desc);
	for (int i = 0; i < lengthof(holders); i++)
	{
		AttrNumber	column = column_number(desc, holders[i].column);
		Datum		keys[] = {value_of(&row, column_number(desc, "organization_id")), value_of(&row, column)};

		if (!is_null(&row, column) && is_next_parent(&last[i], keys))
			check_quotas_of(trigger->tg_relation, &holders[i], keys);
	}
	return PointerGetDatum(NULL);
}
