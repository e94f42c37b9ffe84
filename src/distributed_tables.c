/*
 * distributed_tables.c
 *		Whether the tables are distributed over several servers, and which are the parts of one.
 *
 * Citus says so in a catalog of its own, which is on all nodes.
 */
#include "compat.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "distributed_tables.h"
#include "own_relation.h"

#define DISTRIBUTED_RELATION_COLUMN 1

PG_FUNCTION_INFO_V1(tables_are_distributed);

static bool
is_listed(Oid catalog, Oid relid)
{
	Relation	listed = table_open(catalog, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	bool		found;

	ScanKeyInit(&key, DISTRIBUTED_RELATION_COLUMN, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(listed, InvalidOid, false, NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(listed, AccessShareLock);
	return found;
}

/* Asked anew each time: where there is no such catalog, that takes a look into a cache. */
bool
is_distributed(void)
{
	Oid			catalog = get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE);
	Oid			schema;

	if (!OidIsValid(catalog))
		return false;
	schema = get_namespace_oid("salesopp", true);
	return OidIsValid(schema) && is_listed(catalog, get_relname_relid("organization", schema));
}

/* Whether the relation is the table or, where that is distributed, one of its shards, whose names end in numbers. */
bool
is_part_of_table(Relation rel, Oid table)
{
	const char *name = RelationGetRelationName(rel);
	const char *table_name;
	size_t		length;

	if (RelationGetRelid(rel) == table)
		return true;
	if (!is_distributed() || RelationGetNamespace(rel) != get_rel_namespace(table))
		return false;
	table_name = get_rel_name(table);
	length = strlen(table_name);
	return strncmp(name, table_name, length) == 0 && name[length] == '_' && name[length + 1] != '\0' &&
		strspn(name + length + 1, "0123456789") == strlen(name + length + 1);
}

/* Asked of Citus for nearly every change, so the plan is kept. */
static int64
shard_id(const char *table, int64 organization_id)
{
	static SPIPlanPtr plan = NULL;
	Datum		values[] = {ObjectIdGetDatum(own_relation(table)), Int64GetDatum(organization_id)};
	bool		isnull;
	int64		id;

	SPI_connect();
	if (plan == NULL)
	{
		plan = SPI_prepare("SELECT pg_catalog.get_shard_id_for_distribution_column($1, $2)", 2, (Oid[]) {REGCLASSOID, INT8OID});
		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare asking for a shard");
	}
	if (SPI_execute_plan(plan, values, NULL, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not ask for a shard of %s", table);
	id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return id;
}

static const char *
name_on_this_server(const char *table, int64 organization_id)
{
	return is_distributed() ? psprintf("%s_" INT64_FORMAT, table, shard_id(table, organization_id)) : table;
}

/*
 * What the relation is called that has the organization's rows of a table on the server that has the organization: the table or,
 * where that is distributed, one of its shards. Statements about that are not seen by the engine: call_elsewhere.c has to be
 * asked first whether it is here.
 */
const char *
rows_on_this_server(const char *table, int64 organization_id)
{
	return quote_qualified_identifier("salesopp", name_on_this_server(table, organization_id));
}

/* The same, opened; the table where the organization is elsewhere. */
Relation
open_rows_on_this_server(const char *table, int64 organization_id)
{
	Oid			relid = get_relname_relid(name_on_this_server(table, organization_id), get_namespace_oid("salesopp", false));
	Relation	rel = OidIsValid(relid) ? try_table_open(relid, AccessShareLock) : NULL;

	return rel != NULL ? rel : table_open(own_relation(table), AccessShareLock);
}

Datum
tables_are_distributed(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(is_distributed());
}
