/*
 * call_elsewhere.c
 *		Functions that must run on the server that has the rows of an organization.
 *
 * What a function writes as the owner, and what it permits its own statements, holds in its session. Where tables are
 * on several servers, the rows of an organization are on one of them, and statements about them go there as the
 * caller. So such a function calls itself there, once for all of its statements, and all of it is of one session again.
 * For the engine to know where, the function that is called has the organization as its first argument, and
 * distribute() has it told so.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "call_elsewhere.h"
#include "distributed_tables.h"
#include "own_relation.h"
#include "owner_statement.h"

static bool
is_placed_here(int64 organization_id)
{
	const Oid	types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(organization_id)};
	bool		found;

	SPI_connect();
	if (SPI_execute_with_args("SELECT FROM salesopp.organization_server($1) s WHERE s.is_here",
							  lengthof(types), (Oid *) types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not find out where organization " INT64_FORMAT " is", organization_id);
	found = SPI_processed > 0;
	SPI_finish();
	return found;
}

bool
organization_is_elsewhere(int64 organization_id)
{
	return is_distributed() && !is_placed_here(organization_id);
}

/* While a call is on its way: had it not been sent, it would come back to where it began. */
static bool is_calling = false;

static void
refuse_to_stay(int64 organization_id)
{
	ereport(ERROR,
			errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("this cannot be done for organization %lld from here, as its rows are on another server", (long long) organization_id),
			errhint("Call the function on its own, and not in a statement that reads tables."));
}

/* Returns which of Citus's shards has been locked, against being moved: a share lock, which a move waits for. */
static Datum
lock_shard(Relation organization, int64 organization_id)
{
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(organization_id)};
	bool		isnull;

	run_once_as_owner(organization, "SELECT s.id, pg_catalog.lock_shard_metadata(5, ARRAY[s.id]) FROM ("
					  "SELECT pg_catalog.get_shard_id_for_distribution_column('salesopp.organization', $1)) s (id)",
					  lengthof(types), types, values, NULL);
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
}

/* As it is now, also where the transaction does not see that. */
static bool
is_still_here(Relation organization, int64 organization_id, Datum shard)
{
	Oid			types[] = {INT8OID, INT8OID};
	Datum		values[] = {Int64GetDatum(organization_id), shard};

	return run_once_as_owner(organization, "SELECT FROM salesopp.organization_server($1) s WHERE s.is_here"
							 " AND pg_catalog.get_shard_id_for_distribution_column('salesopp.organization', $1) OPERATOR(pg_catalog.=) $2",
							 lengthof(types), types, values, NULL) > 0;
}

/* Statements that name shards do not see what statements of this transaction do in other sessions of this server. */
static void
require_local_execution(void)
{
	if (strcmp(GetConfigOption("citus.enable_local_execution", false, false), "on") != 0)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("this cannot be done while citus.enable_local_execution is off"),
				errhint("SET citus.enable_local_execution = on, as it is by default."));
}

/* Until the end of the transaction, the rows of the organization stay on this server, where they have to be. */
void
hold_organization_here(int64 organization_id)
{
	Relation	organization;
	bool		is_here;

	if (!is_distributed())
		return;
	require_local_execution();
	organization = table_open(own_relation("organization"), AccessShareLock);
	SPI_connect();
	is_here = is_still_here(organization, organization_id, lock_shard(organization, organization_id));
	SPI_finish();
	table_close(organization, NoLock);
	if (!is_here)
		ereport(ERROR,
				errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				errmsg("organization %lld has just been moved to another server", (long long) organization_id),
				errhint("Run the transaction once more."));
}

static void
run_call(const char *sql, int n_arguments, Oid *types, Datum *values, const char *nulls)
{
	is_calling = true;
	PG_TRY();
	{
		if (SPI_execute_with_args(sql, n_arguments, types, values, nulls, false, 0) != SPI_OK_SELECT)
			elog(ERROR, "could not run %s", sql);
	}
	PG_FINALLY();
	{
		is_calling = false;
	}
	PG_END_TRY();
}

/* Calls the function there; the first of the arguments is the organization. Inside SPI_connect: its rows are in SPI_tuptable. */
void
call_elsewhere_with(const char *function, int n_arguments, Oid *types, Datum *values, const char *nulls)
{
	StringInfoData sql;

	if (is_calling)
		refuse_to_stay(DatumGetInt64(values[0]));
	initStringInfo(&sql);
	/* in FROM: elsewhere than there, a call by a function is not sent */
	appendStringInfo(&sql, "SELECT * FROM salesopp.%s(", quote_identifier(function));
	for (int i = 1; i <= n_arguments; i++)
		appendStringInfo(&sql, i == 1 ? "$%d" : ", $%d", i);
	appendStringInfoChar(&sql, ')');
	run_call(sql.data, n_arguments, types, values, nulls);
}

/* The same with the arguments of the function that is being called, before which the organization comes unless it is the first of them. */
void
call_elsewhere(FunctionCallInfo fcinfo, const char *function, int64 organization_id)
{
	bool		is_itself = strcmp(function, get_func_name(fcinfo->flinfo->fn_oid)) == 0;
	Oid			types[FUNC_MAX_ARGS] = {INT8OID};
	Datum		values[FUNC_MAX_ARGS] = {Int64GetDatum(organization_id)};
	char		nulls[FUNC_MAX_ARGS] = {' '};
	int			n_arguments = is_itself ? 0 : 1;
	Oid		   *own_types;
	int			n_own;

	get_func_signature(fcinfo->flinfo->fn_oid, &own_types, &n_own);
	for (int i = 0; i < n_own; i++, n_arguments++)
	{
		types[n_arguments] = own_types[i];
		values[n_arguments] = fcinfo->args[i].value;
		nulls[n_arguments] = fcinfo->args[i].isnull ? 'n' : ' ';
	}
	call_elsewhere_with(function, n_arguments, types, values, nulls);
}

/* The rows that were returned become those of the function that is being called. */
void
put_rows_from_elsewhere(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[i]);
}
