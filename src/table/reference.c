/*
 * reference.c
 *		What a row refers to: that it is there, is active, and is of the row's company, or opportunity.
 *
 * It is looked at when the row has been written, since before that it may still come to nothing. It is looked at
 * before the foreign keys are, whose messages say the constraint's name and, to roles under row security, no more.
 * Rows are read past row security, but only those of the row's own organization.
 *
 * What a row has already it keeps, even if it could not be chosen any more. So does a copy keep what its original
 * has, and a change that is undone puts back what was.
 */
#include "compat.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "table/permitted_change.h"
#include "table/row_name.h"
#include "table/stamp.h"

PG_FUNCTION_INFO_V1(check_references);

/* How many of the rows that were referred to are remembered until the statement ends. */
#define REMEMBERED 64

typedef struct Referred
{
	int64		organization_id;	/* 0: nothing remembered */
	int64		id;
	bool		is_active;
	int64		company_id;		/* 0: of none */
	int64		beside;			/* what it has in the column beside, if there is one */
} Referred;

typedef struct Reference
{
	AttrNumber	column;
	Oid			constraint;
	Oid			table;
	AttrNumber	beside;			/* another column that must be the same in both; invalid where there is none */
	AttrNumber	others_beside;
	bool		only_active;	/* of those that are newly chosen */
	Referred   *remembered;
} Reference;

typedef struct References
{
	StampColumns stamps;
	bool		is_loading;
	AttrNumber	company_id;		/* of the row; invalid where it has none */
	const Reference *original;	/* what the row is a copy of */
	int			count;
	Reference	each[FLEXIBLE_ARRAY_MEMBER];
} References;

/* A row as it was written, and what it was. */
typedef struct Written
{
	Relation	rel;
	const Trigger *trigger;
	const References *references;
	const Row  *row;
	const Row  *old;			/* NULL of a new row */
} Written;

/*
 * Whether the foreign key is (organization_id, something) and refers to (organization_id, id); a column may stand
 * between them.
 */
static bool
is_within_organization(Relation rel, const ForeignKeyCacheInfo *key)
{
	AttrNumber	other = key->confkey[key->nkeys - 1];

	return (key->nkeys == 2 ||
			(key->nkeys == 3 && get_atttype(RelationGetRelid(rel), key->conkey[1]) == INT8OID &&
			 get_atttype(key->confrelid, key->confkey[1]) == INT8OID)) &&
		key->conkey[0] == get_attnum(RelationGetRelid(rel), "organization_id") &&
		key->confkey[0] == get_attnum(key->confrelid, "organization_id") &&
		other == get_attnum(key->confrelid, "id") &&
		get_atttype(key->confrelid, other) == INT8OID &&
		get_rel_namespace(key->confrelid) == RelationGetNamespace(rel);
}

/* The trigger's arguments after the first are the columns in which only what is active can be chosen. */
static bool
takes_only_active(const Trigger *trigger, const char *column)
{
	for (int i = 1; i < trigger->tgnargs; i++)
		if (strcmp(trigger->tgargs[i], column) == 0)
			return true;
	return false;
}

static References *
find_references(Relation rel, const Trigger *trigger)
{
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *keys = RelationGetFKeyList(rel);
	References *references = palloc0(offsetof(References, each) + list_length(keys) * sizeof(Reference));
	ListCell   *cell;

	find_stamp_columns(&references->stamps, rel);
	references->is_loading = is_loading(&references->stamps);
	references->company_id = optional_column_number(desc, "company_id");
	foreach(cell, keys)
	{
		ForeignKeyCacheInfo *key = lfirst(cell);
		Reference  *reference = &references->each[references->count];

		if (!is_within_organization(rel, key))
			continue;
		reference->column = key->conkey[key->nkeys - 1];
		reference->constraint = key->conoid;
		reference->table = key->confrelid;
		if (key->nkeys == 3)
		{
			reference->beside = key->conkey[1];
			reference->others_beside = key->confkey[1];
		}
		reference->only_active =
			takes_only_active(trigger, NameStr(TupleDescAttr(desc, reference->column - 1)->attname));
		if (key->confrelid == RelationGetRelid(rel))
			references->original = reference;
		references->count++;
	}
	return references;
}

/* They are looked up at the first row of a statement. */
static References *
references_of(FunctionCallInfo fcinfo)
{
	References *references = fcinfo->flinfo->fn_extra;
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (references == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		references = find_references(trigger->tg_relation, trigger->tg_trigger);
		for (int i = 0; i < references->count; i++)
			references->each[i].remembered = palloc0(REMEMBERED * sizeof(Referred));
		MemoryContextSwitchTo(caller);
		fcinfo->flinfo->fn_extra = references;
	}
	return references;
}

static int64
organization_of(const Written *written)
{
	return DatumGetInt64(value_of(written->row, written->references->stamps.organization_id));
}

static int64
referred_id(const Written *written, const Reference *reference)
{
	return DatumGetInt64(value_of(written->row, reference->column));
}

/* A copy of the row that is referred to, or NULL. It sees what a foreign key does. */
static HeapTuple
find_row(Relation other, int64 organization_id, int64 id)
{
	TupleDesc	desc = RelationGetDescr(other);
	ScanKeyData key[2];
	Snapshot	snapshot;
	SysScanDesc scan;
	HeapTuple	found;

	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetTransactionSnapshot());
	ScanKeyInit(&key[0], column_number(desc, "organization_id"), BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(organization_id));
	ScanKeyInit(&key[1], column_number(desc, "id"), BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(id));
	scan = systable_beginscan(other, primary_key_index(other), true, snapshot, 2, key);
	found = systable_getnext(scan);
	if (HeapTupleIsValid(found))
		found = heap_copytuple(found);
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	return found;
}

/* What a message says of a row that is there. */
static char *
referred_label(const Written *written, const Reference *reference)
{
	Relation	other = table_open(reference->table, AccessShareLock);
	HeapTuple	tuple = find_row(other, organization_of(written), referred_id(written, reference));
	char	   *label = "";

	if (HeapTupleIsValid(tuple))
	{
		Row			row = row_of_tuple(tuple, RelationGetDescr(other));

		label = row_label(other, &row);
	}
	table_close(other, AccessShareLock);
	return label;
}

static char *
name_of(const Written *written)
{
	return row_name(written->rel, written->trigger->tgargs[0], written->row);
}

static const char *
column_name(const Written *written, AttrNumber column)
{
	return NameStr(TupleDescAttr(written->row->desc, column - 1)->attname);
}

/* The message is the same whether the row is nowhere or in another organization. */
static void
refuse_missing(const Written *written, const Reference *reference)
{
	ereport(ERROR,
			errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			errmsg("%s: %s is %lld, and there is no such row", name_of(written),
				   column_name(written, reference->column), (long long) referred_id(written, reference)),
			errhint("Insert it first, or give the id of another that is there."),
			errtableconstraint(written->rel, get_constraint_name(reference->constraint)));
}

static void
refuse_beside(const Written *written, const Reference *reference)
{
	ereport(ERROR,
			errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			errmsg("%s: %s is %lld, which has another %s", name_of(written),
				   column_name(written, reference->column), (long long) referred_id(written, reference),
				   column_name(written, reference->beside)),
			errhint("Give the id of one that has the same."),
			errtableconstraint(written->rel, get_constraint_name(reference->constraint)));
}

static void
refuse_inactive(const Written *written, const Reference *reference)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("%s: %s is %lld%s, which is not active", name_of(written),
				   column_name(written, reference->column), (long long) referred_id(written, reference),
				   referred_label(written, reference)),
			errhint("Choose another, or set is_active of this one to true first."));
}

static void
refuse_other_company(const Written *written, const Reference *reference)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("%s: %s is %lld%s, which is not of company %lld", name_of(written),
				   column_name(written, reference->column), (long long) referred_id(written, reference),
				   referred_label(written, reference),
				   (long long) DatumGetInt64(value_of(written->row, written->references->company_id))),
			errhint("Choose one of that company, or change company_id as well."));
}

static bool
column_of(const Row *row, const char *name, Datum *value)
{
	AttrNumber	column = optional_column_number(row->desc, name);

	if (column == InvalidAttrNumber || is_null(row, column))
		return false;
	*value = value_of(row, column);
	return true;
}

static void
look_up(const Written *written, const Reference *reference, Referred *referred)
{
	Relation	other = table_open(reference->table, AccessShareLock);
	HeapTuple	tuple = find_row(other, organization_of(written), referred_id(written, reference));
	Row			row;
	Datum		value;

	if (!HeapTupleIsValid(tuple))
		refuse_missing(written, reference);
	row = row_of_tuple(tuple, RelationGetDescr(other));
	referred->organization_id = organization_of(written);
	referred->id = referred_id(written, reference);
	referred->is_active = !column_of(&row, "is_active", &value) || DatumGetBool(value);
	referred->company_id = column_of(&row, "company_id", &value) ? DatumGetInt64(value) : 0;
	if (reference->beside != InvalidAttrNumber)
		referred->beside = DatumGetInt64(value_of(&row, reference->others_beside));
	table_close(other, AccessShareLock);
}

static const Referred *
referred_row(const Written *written, const Reference *reference)
{
	int64		id = referred_id(written, reference);
	Referred   *referred = &reference->remembered[(uint64) id % REMEMBERED];

	if (referred->id != id || referred->organization_id != organization_of(written))
		look_up(written, reference, referred);
	return referred;
}

static bool
is_changed(const Written *written, AttrNumber column)
{
	return written->old == NULL || !same_value(written->row, written->old, column);
}

/* Whether the row is a new copy, and its original has the same in both columns. */
static bool
is_copied(const Written *written, AttrNumber column, AttrNumber another)
{
	const Reference *reference = written->references->original;
	HeapTuple	tuple;
	Row			original;

	if (written->old != NULL || reference == NULL || is_null(written->row, reference->column))
		return false;
	tuple = find_row(written->rel, organization_of(written), referred_id(written, reference));
	if (!HeapTupleIsValid(tuple))
		return false;
	original = row_of_tuple(tuple, written->row->desc);
	return same_value(written->row, &original, column) && same_value(written->row, &original, another);
}

static void
check_company(const Written *written, const Reference *reference)
{
	AttrNumber	company_id = written->references->company_id;
	int64		others;

	if (company_id == InvalidAttrNumber || reference->column == company_id ||
		is_null(written->row, company_id))
		return;
	others = referred_row(written, reference)->company_id;
	if (others != 0 && others != DatumGetInt64(value_of(written->row, company_id)) &&
		!is_copied(written, reference->column, company_id))
		refuse_other_company(written, reference);
}

static void
check_reference(const Written *written, const Reference *reference)
{
	AttrNumber	company_id = written->references->company_id;
	bool		is_new = is_changed(written, reference->column);

	if (is_null(written->row, reference->column) ||
		(reference->beside != InvalidAttrNumber && is_null(written->row, reference->beside)))
		return;
	if (is_new && !referred_row(written, reference)->is_active && reference->only_active &&
		!is_copied(written, reference->column, reference->column) &&
		!is_put_back(&written->references->stamps, reference->column))
		refuse_inactive(written, reference);
	if (is_new && reference->beside != InvalidAttrNumber &&
		referred_row(written, reference)->beside != DatumGetInt64(value_of(written->row, reference->beside)))
		refuse_beside(written, reference);
	if (is_new || (company_id != InvalidAttrNumber && is_changed(written, company_id)))
		check_company(written, reference);
}

/* AFTER INSERT OR UPDATE trigger; the first argument says what the table's rows are. */
Datum
check_references(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	Row			row;
	Row			old;
	Written		written;

	check_row_trigger(fcinfo, "check_references", false);
	written.rel = trigger->tg_relation;
	written.trigger = trigger->tg_trigger;
	written.references = references_of(fcinfo);
	written.row = &row;
	written.old = NULL;
	desc = RelationGetDescr(written.rel);

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		old = row_of_tuple(trigger->tg_trigtuple, desc);
		row = row_of_tuple(trigger->tg_newtuple, desc);
		written.old = &old;
	}
	else if (written.references->is_loading)
		return PointerGetDatum(NULL);
	else
		row = row_of_tuple(trigger->tg_trigtuple, desc);

	for (int i = 0; i < written.references->count; i++)
		check_reference(&written, &written.references->each[i]);
	return PointerGetDatum(NULL);
}
