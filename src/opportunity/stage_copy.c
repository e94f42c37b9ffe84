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
					 "INSERT INTO %s (%sorganization_id, opportunity_id, position, name, probability)"
					 " SELECT %s$1, $2, position, name, probability FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND sales_process_id OPERATOR(pg_catalog.=) $3 RETURNING position",
					 qualified_name(stages), have_ids(stages) ? "id, " : "", have_ids(stages) ? next_id : "",
					 qualified_name(referencing_table(process, "position")));
	table_close(process, AccessShareLock);
}

static const Statement copy = {write_copy, 3, {INT8OID, INT8OID, INT8OID}};

static int32
first_of_copied(void)
{
	int32		first = 0;
	bool		isnull;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		int32		position = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));

		if (first == 0 || position < first)
			first = position;
	}
	return first;
}

/*
 * Call this and the last function within SPI_connect(). What is copied is what the transaction sees, as in any
 * INSERT … SELECT. Returns the first position; 0 for no stages.
 */
int32
copy_stages(Relation opportunity, Datum organization_id, Datum opportunity_id, Datum sales_process_id)
{
	Datum		values[] = {organization_id, opportunity_id, sales_process_id};

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
	return first_of_copied();
}

static void
write_first(StringInfo sql, Relation opportunity)
{
	Relation	process = table_open(referenced_table(opportunity, "sales_process_id"), AccessShareLock);

	appendStringInfo(sql,
					 "SELECT COALESCE(pg_catalog.min(position), 0) FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND sales_process_id OPERATOR(pg_catalog.=) $2",
					 qualified_name(referencing_table(process, "position")));
	table_close(process, AccessShareLock);
}

static const Statement first = {write_first, 2, {INT8OID, INT8OID}};

/* The position that the first stage will have when they are copied; 0 for no stages. */
int32
first_stage_to_copy(Relation opportunity, Datum organization_id, Datum sales_process_id)
{
	Datum		values[] = {organization_id, sales_process_id};
	int32		position;
	bool		isnull;

	SPI_connect();
	run_as_owner_in_snapshot(opportunity, &first, values, NULL);
	position = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return position;
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
