/*
 * erasure.c
 *		An organization is removed, with all that belongs to it: what stays otherwise, too.
 *
 * The rows of a table go in one statement, those of tables that refer to it before. No function removes less: there is no way by which
 * an event or a closed opportunity could go and the organization stay.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "call_elsewhere.h"
#include "own_relation.h"
#include "owner_statement.h"
#include "table/fence.h"
#include "table/foreign_key.h"
#include "table/permitted_change.h"

PG_FUNCTION_INFO_V1(erase_organization);

/* ----------
 * Whether it may go
 * ----------
 */

static void
check_arguments(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the id and the name of an organization that is to be erased must not be null"),
				errhint("Pass both as salesopp.organization has them."));
}

static Relation
open_organizations(void)
{
	Relation	organizations = table_open(own_relation("organization"), RowExclusiveLock);

	if (!is_owner_of_table(RelationGetRelid(organizations), GetUserId()))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("only the owner of the table salesopp.organization can erase one"),
				errhint("Do it as that role, or as a superuser."));
	return organizations;
}

/* Who is writing to it is waited for, as the foreign keys hold the row. */
static void
write_lock(StringInfo sql, Relation organizations)
{
	appendStringInfo(sql, "SELECT name FROM ONLY %s WHERE id OPERATOR(pg_catalog.=) $1 FOR UPDATE",
					 qualified_name(RelationGetRelid(organizations)));
}

static const Statement lock = {write_lock, 1, {INT8OID}};

/* The name is asked for since an id is soon mistyped, and nothing comes back. */
static void
check_name(Relation organizations, Datum id, const char *given)
{
	char	   *name;

	if (lock_as_owner(organizations, &lock, &id, NULL) == 0)
		ereport(ERROR,
				errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("no such organization: %lld", (long long) DatumGetInt64(id)),
				errhint("Pass the id of a row of salesopp.organization."));
	name = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (strcmp(name, given) != 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("organization %lld is not called \"%s\" but \"%s\"", (long long) DatumGetInt64(id), given, name),
				errhint("Pass the id and the name of the organization that is to be erased: it cannot be brought back."));
}

/* ----------
 * What goes
 * ----------
 */

/* Those that refer to others come first. */
static List *
find_tables(void)
{
	List	   *tables = NIL;

	if (SPI_execute("SELECT t.relation FROM pg_catalog.unnest(salesopp.organization_tables()) WITH ORDINALITY t (relation, position)"
					" ORDER BY t.position DESC", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the tables could not be found");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;

		tables = lappend_oid(tables, DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull)));
	}
	return tables;
}

static void
write_removal(StringInfo sql, Relation rel)
{
	/* its organization_id is made of its id, and distributed is what is stored */
	const char *column = RelationGetRelid(rel) == own_relation("organization") ? "id" : "organization_id";

	appendStringInfo(sql, "DELETE FROM %s WHERE %s OPERATOR(pg_catalog.=) $1", qualified_name(RelationGetRelid(rel)), column);
}

static const Statement removal = {write_removal, 1, {INT8OID}};

typedef struct Erasure
{
	Datum		organization_id;
	uint64		removed;
} Erasure;

static void
run_removal(Relation rel, void *argument)
{
	Erasure    *erasure = argument;

	erasure->removed = run_as_owner(rel, &removal, &erasure->organization_id, NULL);
}

static void
erase_from(Oid relid, Datum organization_id, ReturnSetInfo *result)
{
	Relation	rel = table_open(relid, RowExclusiveLock);
	Erasure		erasure = {organization_id};
	Datum		values[2];
	bool		nulls[2] = {false, false};

	run_permitted_removal(rel, run_removal, &erasure);
	values[0] = CStringGetTextDatum(RelationGetRelationName(rel));
	values[1] = Int64GetDatum(erasure.removed);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	table_close(rel, NoLock);
}

static void
erase(FunctionCallInfo fcinfo, Relation organizations)
{
	List	   *tables;
	ListCell   *cell;

	/* before its row is locked, which those who write may need to lock, too */
	shut_out_writers(PG_GETARG_INT64(0));
	check_name(organizations, PG_GETARG_DATUM(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));
	tables = find_tables();
	foreach(cell, tables)
		erase_from(lfirst_oid(cell), PG_GETARG_DATUM(0), (ReturnSetInfo *) fcinfo->resultinfo);
}

Datum
erase_organization(PG_FUNCTION_ARGS)
{
	Relation	organizations;

	check_arguments(fcinfo);
	organizations = open_organizations();
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (organization_is_elsewhere(PG_GETARG_INT64(0)))
	{
		call_elsewhere(fcinfo, "erase_organization", PG_GETARG_INT64(0));
		put_rows_from_elsewhere(fcinfo);
	}
	else
		erase(fcinfo, organizations);
	SPI_finish();
	table_close(organizations, NoLock);
	PG_RETURN_NULL();
}
