/*
 * foreign_key.c
 *		Other tables, found through the foreign keys.
 *
 * Not by name: on a distributed engine a trigger runs on a shard, whose foreign keys lead to the other
 * tables' shards beside it.
 */
#include "compat.h"

#include "access/table.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "table/foreign_key.h"

static void
refuse_missing_foreign_key(const char *column)
{
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_OBJECT),
			errmsg("a foreign key that goes with the column \"%s\" is missing", column),
			errhint("The foreign keys of the salesopp tables must not be dropped."));
}

/* The table that a column of rel refers to; it stands last in its foreign key. */
Oid
referenced_table(Relation rel, const char *column)
{
	AttrNumber	number = get_attnum(RelationGetRelid(rel), column);
	ListCell   *cell;

	foreach(cell, RelationGetFKeyList(rel))
	{
		ForeignKeyCacheInfo *key = lfirst(cell);

		if (key->conkey[key->nkeys - 1] == number)
			return key->confrelid;
	}
	refuse_missing_foreign_key(column);
	return InvalidOid;
}

static bool
has_column(Oid relid, const char *column)
{
	return get_attnum(relid, column) != InvalidAttrNumber;
}

/* Adds the tables that rel refers to by more than an organization; gives that of organizations, if it refers to that. */
static Oid
look_at_keys(Oid relid, List **tables)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Oid			found = InvalidOid;
	ListCell   *cell;

	foreach(cell, RelationGetFKeyList(rel))
	{
		ForeignKeyCacheInfo *key = lfirst(cell);

		if (get_rel_namespace(key->confrelid) != RelationGetNamespace(rel))
			continue;
		if (key->nkeys > 1)
			*tables = list_append_unique_oid(*tables, key->confrelid);
		else if (has_column(key->confrelid, "fenced_at"))
			found = key->confrelid;
	}
	table_close(rel, NoLock);
	return found;
}

/*
 * The table of organizations: every key of ours begins with one, and so leads there in the end. Those of columns that users
 * have added may lead anywhere.
 */
Oid
organization_table(Relation rel)
{
	List	   *tables = list_make1_oid(RelationGetRelid(rel));
	Oid			found = has_column(RelationGetRelid(rel), "fenced_at") ? RelationGetRelid(rel) : InvalidOid;

	/* the list grows meanwhile */
	for (int i = 0; !OidIsValid(found) && i < list_length(tables); i++)
		found = look_at_keys(list_nth_oid(tables, i), &tables);
	list_free(tables);
	if (!OidIsValid(found))
		refuse_missing_foreign_key("organization_id");
	return found;
}

/*
 * The table that refers to rel and has the column, which no other table that refers to it has. Tables of users
 * stand in other schemas and do not count.
 */
Oid
referencing_table(Relation rel, const char *column)
{
	TriggerDesc *triggers = rel->trigdesc;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		Trigger    *trigger = &triggers->triggers[i];

		if (RI_FKey_trigger_type(trigger->tgfoid) == RI_TRIGGER_PK &&
			get_rel_namespace(trigger->tgconstrrelid) == RelationGetNamespace(rel) &&
			has_column(trigger->tgconstrrelid, column))
			return trigger->tgconstrrelid;
	}
	refuse_missing_foreign_key(column);
	return InvalidOid;
}

const char *
qualified_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}
