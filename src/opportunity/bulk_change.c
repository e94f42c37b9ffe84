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
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "call_elsewhere.h"
#include "organization.h"
#include "own_relation.h"
#include "owner_statement.h"
#include "table/permitted_change.h"
#include "work_progress.h"

PG_FUNCTION_INFO_V1(run_bulk_change);

/*
 * The parameters of all statements. Those from VERSIONS on are arrays with an item for each of OPPORTUNITIES, and the last for
 * each of CHANGED.
 */
#define PARAMETER_TYPES \
	INT8OID, TEXTOID, JSONBOID, INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TEXTARRAYOID, \
	INT8ARRAYOID, INT8ARRAYOID, INT8OID, INT8ARRAYOID, INT4ARRAYOID
enum
{
	ORGANIZATION, OPERATION, ARGUMENTS, OPPORTUNITIES, VERSIONS, CLOSED, DELETED, NOTES, WINNERS_BEFORE, WINNERS_AFTER,
	BULK_CHANGE, CHANGED, VERSIONS_AFTER, N_PARAMETERS
};

typedef struct BulkChange
{
	Relation	opportunity;
	const char *operation;
	Datum		values[N_PARAMETERS];
	char		nulls[N_PARAMETERS];
} BulkChange;

/* Makes a column of the row that a statement has returned a parameter. */
static void
take(BulkChange *bulk, int column, int parameter)
{
	bool		isnull;

	bulk->values[parameter] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);
	bulk->nulls[parameter] = isnull ? 'n' : ' ';
}

/* Sees what the operation sees: that is what it changes. */
static void
run(BulkChange *bulk, const Statement *statement)
{
	run_as_owner_in_snapshot(bulk->opportunity, statement, bulk->values, bulk->nulls);
}

/* ----------
 * Before and after
 * ----------
 */

static void
write_lock(StringInfo sql, Relation opportunity)
{
	appendStringInfoString(sql,
						   "SELECT pg_catalog.array_agg(o.id), pg_catalog.array_agg(o.version),"
						   " pg_catalog.array_agg(o.closed_at), pg_catalog.array_agg(o.deleted_at),"
						   " pg_catalog.array_agg(o.status_note) FROM ("
						   "SELECT id, version, closed_at, deleted_at, status_note FROM ONLY salesopp.opportunity"
						   " WHERE organization_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) ANY ($4)"
						   " ORDER BY id FOR NO KEY UPDATE) o");
}

static void
write_winners(StringInfo sql, Relation opportunity)
{
	appendStringInfoString(sql,
						   "SELECT pg_catalog.array_agg((SELECT pg_catalog.min(w.id)"
						   " FROM ONLY salesopp.opportunity_competitor w WHERE w.organization_id OPERATOR(pg_catalog.=) $1"
						   " AND w.opportunity_id OPERATOR(pg_catalog.=) o.id AND w.is_winner) ORDER BY o.position)"
						   " FROM pg_catalog.unnest($4) WITH ORDINALITY o (id, position)");
}

static void
write_changed(StringInfo sql, Relation opportunity)
{
	appendStringInfoString(sql,
						   "SELECT pg_catalog.array_agg(o.id), pg_catalog.array_agg(o.version)"
						   " FROM ROWS FROM (pg_catalog.unnest($4), pg_catalog.unnest($5)) b (id, version)"
						   " JOIN ONLY salesopp.opportunity o ON o.organization_id OPERATOR(pg_catalog.=) $1"
						   " AND o.id OPERATOR(pg_catalog.=) b.id WHERE o.version OPERATOR(pg_catalog.<>) b.version");
}

static const Statement lock = {write_lock, N_PARAMETERS, {PARAMETER_TYPES}};
static const Statement winners = {write_winners, N_PARAMETERS, {PARAMETER_TYPES}};
static const Statement changed = {write_changed, N_PARAMETERS, {PARAMETER_TYPES}};

/* Locks the opportunities, deleted ones too; from now on, they are those that are there. */
static bool
lock_opportunities(BulkChange *bulk)
{
	run(bulk, &lock);
	for (int i = 0; i < 5; i++)
		take(bulk, 1 + i, OPPORTUNITIES + i);
	return bulk->nulls[OPPORTUNITIES] == ' ';
}

static int
number_of_opportunities(const BulkChange *bulk)
{
	ArrayType  *ids = DatumGetArrayTypeP(bulk->values[OPPORTUNITIES]);

	return ArrayGetNItems(ARR_NDIM(ids), ARR_DIMS(ids));
}

static void
find_winners(BulkChange *bulk, int parameter)
{
	run(bulk, &winners);
	take(bulk, 1, parameter);
}

static bool
find_changed(BulkChange *bulk)
{
	run(bulk, &changed);
	take(bulk, 1, CHANGED);
	take(bulk, 2, VERSIONS_AFTER);
	return bulk->nulls[CHANGED] == ' ';
}

/* ----------
 * The operation
 * ----------
 */

/* As the caller. What it returns is left in SPI_tuptable. */
static void
run_function(Relation rel, void *argument)
{
	BulkChange *bulk = argument;
	Oid			types[] = {INT8ARRAYOID, JSONBOID};
	Datum		values[] = {bulk->values[OPPORTUNITIES], bulk->values[ARGUMENTS]};
	const char *sql = psprintf("SELECT salesopp.%s($1, $2)", quote_identifier(psprintf("bulk_%s", bulk->operation)));

	if (SPI_execute_with_args(sql, lengthof(types), types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run %s", sql);
}

/* Returns the refusals. What is undone gets back the times that it had, and what could not be chosen any more. */
static Datum
run_operation(BulkChange *bulk, bool *isnull)
{
	static const char *const put_back[] = {"closed_at", "deleted_at", "responsible_id", "loss_reason_id", "external_id"};

	if (strcmp(bulk->operation, "undo") == 0 || strcmp(bulk->operation, "undo_import") == 0)
		run_putting_back(bulk->opportunity, put_back, lengthof(put_back), run_function, bulk);
	else
		run_function(bulk->opportunity, bulk);
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, isnull);
}

/* ----------
 * The account
 * ----------
 */

static void
write_note_change(StringInfo sql, Relation opportunity)
{
	appendStringInfoString(sql,
						   "INSERT INTO salesopp.bulk_change (id, organization_id, at, changed_by, operation, arguments)"
						   " VALUES (pg_catalog.nextval('salesopp.bulk_change_id_seq'), $1, pg_catalog.now(),"
						   " salesopp.current_employee(), $2, $3) RETURNING id");
}

static void
write_note_opportunities(StringInfo sql, Relation opportunity)
{
	appendStringInfoString(sql,
						   "INSERT INTO salesopp.bulk_change_opportunity (organization_id, bulk_change_id, opportunity_id,"
						   " version_before, version_after, closed_before, deleted_before, status_note_before,"
						   " winner_before, winner_after) SELECT $1, $11, b.id, b.version, c.version,"
						   " b.closed_at, b.deleted_at, b.status_note, b.winner_before, b.winner_after"
						   " FROM ROWS FROM (pg_catalog.unnest($4), pg_catalog.unnest($5), pg_catalog.unnest($6),"
						   " pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9), pg_catalog.unnest($10))"
						   " b (id, version, closed_at, deleted_at, status_note, winner_before, winner_after)"
						   " JOIN ROWS FROM (pg_catalog.unnest($12), pg_catalog.unnest($13)) c (id, version)"
						   " ON c.id OPERATOR(pg_catalog.=) b.id");
}

static const Statement note_change = {write_note_change, N_PARAMETERS, {PARAMETER_TYPES}};
static const Statement note_opportunities = {write_note_opportunities, N_PARAMETERS, {PARAMETER_TYPES}};

static void
keep_account(BulkChange *bulk)
{
	run(bulk, &note_change);
	take(bulk, 1, BULK_CHANGE);
	find_winners(bulk, WINNERS_AFTER);
	run(bulk, &note_opportunities);
}

/* ----------
 * The function
 * ----------
 */

static BulkChange
bulk_change_of(FunctionCallInfo fcinfo)
{
	BulkChange	bulk = {.operation = text_to_cstring(PG_GETARG_TEXT_PP(0))};

	memset(bulk.nulls, 'n', sizeof(bulk.nulls));
	bulk.values[ORGANIZATION] = Int64GetDatum(current_organization_id());
	bulk.values[OPERATION] = PG_GETARG_DATUM(0);
	bulk.values[ARGUMENTS] = PG_GETARG_DATUM(1);
	bulk.values[OPPORTUNITIES] = PG_GETARG_DATUM(2);
	memset(bulk.nulls, ' ', VERSIONS);
	bulk.opportunity = table_open(own_relation("opportunity"), AccessShareLock);
	return bulk;
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
	bool		is_shown;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	SPI_connect();
	bulk = bulk_change_of(fcinfo);
	if (organization_is_elsewhere(current_organization_id()))
	{
		call_elsewhere(fcinfo, "run_bulk_change_of", current_organization_id());
		for (int i = 0; i < 2; i++)
			values[i] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &nulls[i]);
	}
	else if (lock_opportunities(&bulk))
	{
		is_shown = start_work(bulk.operation, RelationGetRelid(bulk.opportunity), false);
		if (is_shown)
			start_work_phase(WORK_WRITING, number_of_opportunities(&bulk));
		find_winners(&bulk, WINNERS_BEFORE);
		values[1] = run_operation(&bulk, &nulls[1]);
		if (find_changed(&bulk))
		{
			values[0] = bulk.values[CHANGED];
			nulls[0] = false;
			keep_account(&bulk);
		}
		if (is_shown)
			end_work();
	}
	table_close(bulk.opportunity, NoLock);
	result = PointerGetDatum(SPI_returntuple(heap_form_tuple(desc, values, nulls), desc));
	SPI_finish();
	PG_RETURN_DATUM(result);
}
