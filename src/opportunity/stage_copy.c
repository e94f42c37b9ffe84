/*
 * stage_copy.c
 *		An opportunity's own copy of the stages of its sales process.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "opportunity/stage_copy.h"
#include "owner_statement.h"
#include "table/foreign_key.h"

static bool copying = false;

/*
 * Whether the stages being inserted are such a copy: they belong to an opportunity that this
 * statement wrote, which may be closed already, and do not change what it says of its stages.
 */
bool
is_copying_stages(void)
{
	return copying;
}

/*
 * A row that a trigger inserts supplies its own id, as a distributed engine needs it. The table has had
 * one since 1.1, and this library serves 1.0 until it is updated.
 */
static bool
have_ids(Oid stages)
{
	return get_attnum(stages, "id") != InvalidAttrNumber;
}

static const char *const next_id = "pg_catalog.nextval('salesopp.stage_id_seq'), ";

static void
write_copy(StringInfo sql, Relation opportunity)
{
	Oid			stages = referencing_table(opportunity, "position");
	Relation	process = table_open(referenced_table(opportunity, "sales_process_id"), AccessShareLock);

	appendStringInfo(sql,
					 "INSERT INTO %s (%sorganization_id, opportunity_id, position, name, probability, status)"
					 " SELECT %s$1, $2, position, name, probability, CAST(CASE WHEN position OPERATOR(pg_catalog.<=) $4"
					 " THEN 'completed' ELSE 'pending' END AS salesopp.stage_status) FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND sales_process_id OPERATOR(pg_catalog.=) $3"
					 " RETURNING position, probability, status OPERATOR(pg_catalog.=) 'completed'",
					 qualified_name(stages), have_ids(stages) ? "id, " : "", have_ids(stages) ? next_id : "",
					 qualified_name(referencing_table(process, "position")));
	table_close(process, AccessShareLock);
}

static const Statement copy = {write_copy, 4, {INT8OID, INT8OID, INT8OID, INT4OID}};

/*
 * Of stages with their positions, probabilities, and whether they are completed, which the last statement returned. No two
 * have one position.
 */
static StageCopy
stages_returned(void)
{
	StageCopy	stages = {0};
	bool		isnull;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		int32		position = DatumGetInt32(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &isnull));

		if (!DatumGetBool(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 3, &isnull)))
			stages.next = stages.next == 0 ? position : Min(stages.next, position);
		else if (position > stages.reached)
		{
			stages.reached = position;
			stages.progress = SPI_getbinval(tuple, SPI_tuptable->tupdesc, 2, &isnull);
		}
	}
	if (stages.reached != 0)
		stages.progress = SPI_datumTransfer(stages.progress, false, -1);
	return stages;
}

/*
 * Call this and the last function within SPI_connect(). What is copied is what the transaction sees, as in any
 * INSERT … SELECT; up to the position that was reached, the copies are completed.
 */
StageCopy
copy_stages(Relation opportunity, Datum organization_id, Datum opportunity_id, Datum sales_process_id, int32 reached)
{
	Datum		values[] = {organization_id, opportunity_id, sales_process_id, Int32GetDatum(reached)};

	copying = true;
	PG_TRY();
	{
		run_as_owner_in_snapshot(opportunity, &copy, values, NULL);
	}
	PG_FINALLY();
	{
		copying = false;
	}
	PG_END_TRY();
	return stages_returned();
}

static void
write_look(StringInfo sql, Relation opportunity)
{
	Relation	process = table_open(referenced_table(opportunity, "sales_process_id"), AccessShareLock);

	appendStringInfo(sql,
					 "SELECT position, probability, position OPERATOR(pg_catalog.<=) $3 FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND sales_process_id OPERATOR(pg_catalog.=) $2",
					 qualified_name(referencing_table(process, "position")));
	table_close(process, AccessShareLock);
}

static const Statement look = {write_look, 3, {INT8OID, INT8OID, INT4OID}};

/* What copy_stages() will make. */
StageCopy
stages_to_copy(Relation opportunity, Datum organization_id, Datum sales_process_id, int32 reached)
{
	Datum		values[] = {organization_id, sales_process_id, Int32GetDatum(reached)};
	StageCopy	stages;

	SPI_connect();
	run_as_owner_in_snapshot(opportunity, &look, values, NULL);
	stages = stages_returned();
	SPI_finish();
	return stages;
}

static void
write_copy_from_opportunity(StringInfo sql, Relation opportunity)
{
	Oid			stages = referencing_table(opportunity, "position");

	appendStringInfo(sql,
					 "INSERT INTO %s (%sorganization_id, opportunity_id, position, name, probability, status)"
					 " SELECT %s$1, $2, position, name, probability, status FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND opportunity_id OPERATOR(pg_catalog.=) $3",
					 qualified_name(stages), have_ids(stages) ? "id, " : "", have_ids(stages) ? next_id : "",
					 qualified_name(stages));
}

static const Statement copy_from_opportunity = {
	write_copy_from_opportunity, 3, {INT8OID, INT8OID, INT8OID}
};

/* A copied opportunity gets the stages as the other has them; automatic progress follows. */
void
copy_stages_from_opportunity(Relation opportunity, Datum organization_id, Datum opportunity_id,
							 Datum copied_from_id)
{
	Datum		values[] = {organization_id, opportunity_id, copied_from_id};

	run_as_owner_in_snapshot(opportunity, &copy_from_opportunity, values, NULL);
}
