/*
 * bulk_change.c
 *		A change of many opportunities at once is done, and an account of it kept, by which it can be undone (N7).
 *
 * What is done is a function of the schema, which runs with the caller's rights. What the account says is looked up
 * here, before and after, while the opportunities are locked: so it is what was done, whoever calls this, and for what.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "owner_statement.h"
#include "table/permitted_change.h"

PG_FUNCTION_INFO_V1(run_bulk_change);

/* The parameters of all statements. Those from VERSIONS on are arrays with an item for each of OPPORTUNITIES. */
enum
{
	ORGANIZATION, OPERATION, ARGUMENTS, OPPORTUNITIES, VERSIONS, CLOSED, DELETED, NOTES, WINNERS_BEFORE, WINNERS_AFTER,
	BULK_CHANGE, N_PARAMETERS
};

static const Oid parameter_types[N_PARAMETERS] = {
	INT8OID, TEXTOID, JSONBOID, INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TEXTARRAYOID,
	INT8ARRAYOID, INT8ARRAYOID, INT8OID
};

typedef struct BulkChange
{
	const char *operation;
	Datum		values[N_PARAMETERS];
	char		nulls[N_PARAMETERS];
	Datum		refusals;		/* what the operation has returned */
	bool		has_refusals;
} BulkChange;

/* ----------
 * Statements
 * ----------
 */

/* Runs a statement that returns a row, as the caller. */
static void
run_as_caller(BulkChange *bulk, const char *sql)
{
	int			result = SPI_execute_with_args(sql, N_PARAMETERS, (Oid *) parameter_types, bulk->values, bulk->nulls, false, 0);

	if (result != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "SPI_execute_with_args returned %s for %s", SPI_result_code_string(result), sql);
}

/* Makes a column of that row a parameter. */
static void
take(BulkChange *bulk, int column, int parameter)
{
	bool		isnull;

	bulk->values[parameter] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);
	bulk->nulls[parameter] = isnull ? 'n' : ' ';
}

static void
write_as_owner(BulkChange *bulk, Relation rel, const char *sql)
{
	run_once_as_owner(rel, sql, N_PARAMETERS, parameter_types, bulk->values, bulk->nulls);
}

/* ----------
 * Before and after
 * ----------
 */

/* Locks the opportunities, deleted ones too; from now on, they are those that are there. */
static bool
lock_opportunities(BulkChange *bulk)
{
	run_as_caller(bulk,
				  "SELECT array_agg(o.id), array_agg(o.version), array_agg(o.closed_at), array_agg(o.deleted_at),"
				  " array_agg(o.status_note) FROM ("
				  "SELECT id, version, closed_at, deleted_at, status_note FROM salesopp.opportunity"
				  " WHERE organization_id = $1 AND id = ANY ($4) ORDER BY id FOR NO KEY UPDATE) o");
	for (int i = 0; i < 5; i++)
		take(bulk, 1 + i, OPPORTUNITIES + i);
	return bulk->nulls[OPPORTUNITIES] == ' ';
}

static void
find_winners(BulkChange *bulk, int parameter)
{
	run_as_caller(bulk,
				  "SELECT array_agg(w.id ORDER BY o.position) FROM unnest($4) WITH ORDINALITY o (id, position)"
				  " LEFT JOIN (SELECT opportunity_id, min(id) AS id FROM salesopp.opportunity_competitor"
				  " WHERE organization_id = $1 AND opportunity_id = ANY ($4) AND is_winner"
				  " GROUP BY opportunity_id) w ON w.opportunity_id = o.id");
	take(bulk, 1, parameter);
}

static Datum
changed_opportunities(BulkChange *bulk, bool *isnull)
{
	run_as_caller(bulk,
				  "SELECT array_agg(o.id) FROM unnest($4, $5) b (id, version) JOIN salesopp.opportunity o"
				  " ON o.organization_id = $1 AND o.id = b.id WHERE o.version <> b.version");
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
}

/* ----------
 * The operation
 * ----------
 */

static void
run_function(Relation rel, void *argument)
{
	BulkChange *bulk = argument;
	StringInfoData sql;
	bool		isnull;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT salesopp.%s($4, $3)", quote_identifier(psprintf("bulk_%s", bulk->operation)));
	run_as_caller(bulk, sql.data);
	bulk->refusals = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	bulk->has_refusals = !isnull;
}

/* What is undone gets back the times that it had, and what could not be chosen any more. */
static void
run_operation(Relation rel, BulkChange *bulk)
{
	static const char *const put_back[] = {"closed_at", "deleted_at", "responsible_id", "loss_reason_id"};

	if (strcmp(bulk->operation, "undo") == 0)
		run_permitted(rel, put_back, lengthof(put_back), run_function, bulk);
	else
		run_function(rel, bulk);
}

/* ----------
 * The account
 * ----------
 */

static void
note_change(Relation opportunity, BulkChange *bulk)
{
	write_as_owner(bulk, opportunity,
				   "INSERT INTO salesopp.bulk_change (id, organization_id, at, changed_by, operation, arguments)"
				   " VALUES (pg_catalog.nextval('salesopp.bulk_change_id_seq'), $1, pg_catalog.now(),"
				   " salesopp.current_employee(), $2, $3) RETURNING id");
	take(bulk, 1, BULK_CHANGE);
	write_as_owner(bulk, opportunity,
				   "INSERT INTO salesopp.bulk_change_opportunity (organization_id, bulk_change_id, opportunity_id,"
				   " version_before, version_after, closed_before, deleted_before, status_note_before, winner_before,"
				   " winner_after) SELECT o.organization_id, $11, o.id, b.version, o.version, b.closed_at, b.deleted_at,"
				   " b.status_note, b.winner_before, b.winner_after"
				   " FROM ROWS FROM (pg_catalog.unnest($4), pg_catalog.unnest($5), pg_catalog.unnest($6),"
				   " pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9), pg_catalog.unnest($10))"
				   " b (id, version, closed_at, deleted_at, status_note, winner_before, winner_after)"
				   " JOIN ONLY salesopp.opportunity o ON o.organization_id OPERATOR(pg_catalog.=) $1"
				   " AND o.id OPERATOR(pg_catalog.=) b.id WHERE o.version OPERATOR(pg_catalog.<>) b.version");
}

/* ----------
 * The function
 * ----------
 */

static void
start(BulkChange *bulk, FunctionCallInfo fcinfo)
{
	memset(bulk, 0, sizeof(*bulk));
	memset(bulk->nulls, 'n', sizeof(bulk->nulls));
	bulk->operation = text_to_cstring(PG_GETARG_TEXT_PP(0));
	bulk->values[OPERATION] = PG_GETARG_DATUM(0);
	bulk->values[ARGUMENTS] = PG_GETARG_DATUM(1);
	bulk->values[OPPORTUNITIES] = PG_GETARG_DATUM(2);
	bulk->nulls[OPERATION] = bulk->nulls[ARGUMENTS] = bulk->nulls[OPPORTUNITIES] = ' ';
	run_as_caller(bulk, "SELECT salesopp.current_organization()");
	take(bulk, 1, ORGANIZATION);
}

/*
 * run_bulk_change(operation, arguments, opportunity_ids): changed, refusals. The operation is the function bulk_… of
 * that name.
 */
Datum
run_bulk_change(PG_FUNCTION_ARGS)
{
	BulkChange	bulk;
	TupleDesc	desc;
	Datum		values[2] = {(Datum) 0};
	bool		nulls[2] = {true, true};
	Datum		result;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	SPI_connect();
	start(&bulk, fcinfo);
	if (lock_opportunities(&bulk))
	{
		Relation	opportunity = table_open(get_relname_relid("opportunity", get_namespace_oid("salesopp", false)),
											 AccessShareLock);

		find_winners(&bulk, WINNERS_BEFORE);
		run_operation(opportunity, &bulk);
		values[0] = changed_opportunities(&bulk, &nulls[0]);
		if (!nulls[0])
		{
			find_winners(&bulk, WINNERS_AFTER);
			note_change(opportunity, &bulk);
		}
		values[1] = bulk.refusals;
		nulls[1] = !bulk.has_refusals;
		table_close(opportunity, NoLock);
	}
	result = PointerGetDatum(SPI_returntuple(heap_form_tuple(desc, values, nulls), desc));
	SPI_finish();
	PG_RETURN_DATUM(result);
}
