/*
 * keep_unique.c
 *		What is there once at most among the rows of one parent: a stage at a position, a primary
 *		contact, a contact for "Your ref.", a winner.
 *
 * It is looked at when all rows of a statement are written, so that stages can change places and a
 * mark can go from one row to another, in whatever order the rows are visited. A unique index looks
 * at each row, and one that is deferrable refuses every INSERT … ON CONFLICT DO NOTHING.
 */
#include "compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "owner_statement.h"
#include "table/foreign_key.h"
#include "table/keep_unique.h"
#include "table/row.h"

PG_FUNCTION_INFO_V1(keep_unique);

typedef struct Parent
{
	const char *column;
	const char *name;
} Parent;

static const Parent parents[] = {
	{"opportunity_id", gettext_noop("opportunity")},
	{"sales_process_id", gettext_noop("sales process")},
	{"company_id", gettext_noop("company")}
};

static const Parent *
parent_of(Relation rel)
{
	for (int i = 0; i < lengthof(parents); i++)
		if (get_attnum(RelationGetRelid(rel), parents[i].column) != InvalidAttrNumber)
			return &parents[i];
	elog(ERROR, "a trigger on a table without a parent");
	return NULL;
}

static void
write_lock_parent(StringInfo sql, Relation rel)
{
	appendStringInfo(sql,
					 "SELECT FROM ONLY %s WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND id OPERATOR(pg_catalog.=) $2 FOR NO KEY UPDATE",
					 qualified_name(referenced_table(rel, parent_of(rel)->column)));
}

static const Statement lock_parent = {write_lock_parent, 2, {INT8OID, INT8OID}};

static void
write_find(StringInfo sql, Relation rel, const char *column, const char *condition)
{
	appendStringInfo(sql,
					 "SELECT %s FROM ONLY %s WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND %s OPERATOR(pg_catalog.=) $2%s GROUP BY 1"
					 " HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 ORDER BY 1 LIMIT 1",
					 column, qualified_name(RelationGetRelid(rel)), parent_of(rel)->column, condition);
}

static void
write_find_position(StringInfo sql, Relation rel)
{
	write_find(sql, rel, "position", "");
}

static void
write_find_primary(StringInfo sql, Relation rel)
{
	write_find(sql, rel, "is_primary", " AND is_primary");
}

static void
write_find_your_ref(StringInfo sql, Relation rel)
{
	write_find(sql, rel, "is_your_ref", " AND is_your_ref");
}

static void
write_find_winner(StringInfo sql, Relation rel)
{
	write_find(sql, rel, "is_winner", " AND is_winner");
}

/* A column in which two rows of a parent may not have the same value or, of marks, not both have the mark. */
typedef struct UniqueRule
{
	const char *column;
	const char *what;
	const char *hint;
	Statement	find;
} UniqueRule;

static const UniqueRule rules[] = {
	{"position", gettext_noop("stage at position"),
	gettext_noop("Give each stage a position of its own; the same statement can move several."),
	{write_find_position, 2, {INT8OID, INT8OID}}},
	{"is_primary", gettext_noop("primary contact"),
	gettext_noop("Take is_primary from the other contact, in the same statement or before."),
	{write_find_primary, 2, {INT8OID, INT8OID}}},
	{"is_your_ref", gettext_noop("contact for \"Your ref.\""),
	gettext_noop("Take is_your_ref from the other contact, in the same statement or before."),
	{write_find_your_ref, 2, {INT8OID, INT8OID}}},
	{"is_winner", gettext_noop("winner"),
	gettext_noop("Take is_winner from the other competitor, in the same statement or before."),
	{write_find_winner, 2, {INT8OID, INT8OID}}}
};

static const UniqueRule *
rule_of(const char *column)
{
	for (int i = 0; i < lengthof(rules); i++)
		if (strcmp(column, rules[i].column) == 0)
			return &rules[i];
	elog(ERROR, "nothing says that the column \"%s\" can be unique", column);
	return NULL;
}

static void
refuse_second(const Parent *parent, int64 parent_id, const UniqueRule *rule)
{
	bool		isnull;
	TupleDesc	desc = SPI_tuptable->tupdesc;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], desc, 1, &isnull);

	ereport(ERROR,
			errcode(ERRCODE_UNIQUE_VIOLATION),
			SPI_gettypeid(desc, 1) == INT4OID ?
			errmsg("%s %lld has more than one %s %d", _(parent->name), (long long) parent_id, _(rule->what),
				   DatumGetInt32(value)) :
			errmsg("%s %lld has more than one %s", _(parent->name), (long long) parent_id, _(rule->what)),
			errhint("%s", _(rule->hint)));
}

/*
 * The parent is locked, so that of two who write its rows one comes after the other and sees what the
 * other has written. A conflict with rows that the transaction cannot see is reported as one that can be tried again.
 */
static void
check_rows_of(Relation rel, const UniqueRule *rule, Datum *keys)
{
	SPI_connect();
	run_as_owner(rel, &lock_parent, keys, NULL);
	if (run_as_owner(rel, &rule->find, keys, NULL) > 0)
	{
		if (IsolationUsesXactSnapshot() && run_as_owner_in_snapshot(rel, &rule->find, keys, NULL) == 0)
			refuse_concurrent_change();
		refuse_second(parent_of(rel), DatumGetInt64(keys[1]), rule);
	}
	SPI_finish();
}

/*
 * An AFTER trigger that looks at all rows of a parent does so once a statement, as all that it has written
 * are there when it is first called. The keys are the organization and the parent.
 */
bool
is_next_parent(LastParent *last, const Datum *keys)
{
	if (last->is_known && last->organization_id == DatumGetInt64(keys[0]) && last->id == DatumGetInt64(keys[1]))
		return false;
	last->is_known = true;
	last->organization_id = DatumGetInt64(keys[0]);
	last->id = DatumGetInt64(keys[1]);
	return true;
}

void
keep_positions_unique(Relation stages, Datum *keys)
{
	check_rows_of(stages, rule_of("position"), keys);
}

/*
 * AFTER trigger of rows that are inserted or given another value; its argument names the column. Rows
 * that are being restored are looked at, too.
 */
Datum
keep_unique(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	rel;
	TupleDesc	desc;
	Row			row;
	Datum		keys[2];

	check_row_trigger(fcinfo, "keep_unique", false);
	if (trigger->tg_trigger->tgnargs != 1)
		elog(ERROR, "trigger \"%s\" names no column", trigger->tg_trigger->tgname);
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(LastParent));

	rel = trigger->tg_relation;
	desc = RelationGetDescr(rel);
	row = row_of_tuple(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
					   trigger->tg_newtuple : trigger->tg_trigtuple, desc);
	keys[0] = value_of(&row, column_number(desc, "organization_id"));
	keys[1] = value_of(&row, column_number(desc, parent_of(rel)->column));
	if (is_next_parent(fcinfo->flinfo->fn_extra, keys))
		check_rows_of(rel, rule_of(trigger->tg_trigger->tgargs[0]), keys);
	return PointerGetDatum(NULL);
}
