/*
 * number_series.c
 *		Numbers of quotes and sales orders, without gaps.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "owner_statement.h"
#include "table/stamp.h"

PG_FUNCTION_INFO_V1(assign_number);

static void
write_lock_series(StringInfo sql, Relation rel)
{
	appendStringInfoString(sql,
						   "SELECT last_number FROM salesopp.number_series"
						   " WHERE organization_id OPERATOR(pg_catalog.=) $1"
						   " AND name OPERATOR(pg_catalog.=) $2 FOR NO KEY UPDATE");
}

static void
write_start_series(StringInfo sql, Relation rel)
{
	appendStringInfoString(sql,
						   "INSERT INTO salesopp.number_series (organization_id, name, last_number)"
						   " VALUES ($1, $2, 0) ON CONFLICT DO NOTHING");
}

static void
write_move_series(StringInfo sql, Relation rel)
{
	appendStringInfoString(sql,
						   "UPDATE salesopp.number_series SET last_number = $3"
						   " WHERE organization_id OPERATOR(pg_catalog.=) $1"
						   " AND name OPERATOR(pg_catalog.=) $2");
}

static const Statement lock_series = {write_lock_series, 2, {INT8OID, TEXTOID}};
static const Statement start_series = {write_start_series, 2, {INT8OID, TEXTOID}};
static const Statement move_series = {write_move_series, 3, {INT8OID, TEXTOID, INT8OID}};

/* Locks the series, which starts with its first number; returns the last number. */
static int64
last_number(Relation rel, Datum *series)
{
	bool		isnull;

	if (lock_as_owner(rel, &lock_series, series, NULL) == 0)
	{
		run_as_owner(rel, &start_series, series, NULL);
		if (lock_as_owner(rel, &lock_series, series, NULL) == 0)
			elog(ERROR, "a number series could not be started");
	}
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/*
 * Whether the row can be inserted: no other has the same key in a unique index of the table. ON CONFLICT looks at
 * the same before it inserts a row, and like this function not at deferrable indexes.
 */
static bool
can_be_inserted(Relation rel, const Row *row)
{
	EState	   *estate = CreateExecutorState();
	ResultRelInfo *result = makeNode(ResultRelInfo);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(row->desc, &TTSOpsVirtual);
	List	   *immediate = NIL;
	bool		is_free;

	memcpy(slot->tts_values, row->values, row->desc->natts * sizeof(Datum));
	memcpy(slot->tts_isnull, row->nulls, row->desc->natts * sizeof(bool));
	ExecStoreVirtualTuple(slot);

	InitResultRelInfo(result, rel, 0, NULL, 0);
	ExecOpenIndices(result, true);
	for (int i = 0; i < result->ri_NumIndices; i++)
		if (result->ri_IndexRelationDescs[i]->rd_index->indimmediate)
			immediate = lappend_oid(immediate, RelationGetRelid(result->ri_IndexRelationDescs[i]));
	is_free = check_index_constraints(result, slot, estate, immediate);
	ExecCloseIndices(result);
	ExecDropSingleTupleTableSlot(slot);
	FreeExecutorState(estate);
	return is_free;
}

/* Roles under row security cannot choose the number: they get the next one. */
static void
number_inserted(const TriggerData *trigger, const StampColumns *columns, AttrNumber number, Row *row,
				Datum *series)
{
	Relation	rel = trigger->tg_relation;
	int64		last = last_number(rel, series);

	if (!columns->bypasses_row_security || is_null(row, number))
		set_value(row, number, Int64GetDatum(last + 1));
	series[2] = value_of(row, number);
	/* the series is locked, so every transaction that inserted such a row before has ended */
	if (DatumGetInt64(series[2]) > last && can_be_inserted(rel, row))
		run_as_owner(rel, &move_series, series, NULL);
}

/* Only the owner can change a number. The series goes on behind it, as behind the number of a new row. */
static void
number_changed(const TriggerData *trigger, AttrNumber number, const Row *row, Datum *series)
{
	series[2] = value_of(row, number);
	if (DatumGetInt64(series[2]) > last_number(trigger->tg_relation, series))
		run_as_owner(trigger->tg_relation, &move_series, series, NULL);
}

/*
 * BEFORE trigger of rows that are inserted, or whose number is updated; the argument names the series.
 * A row that ON CONFLICT will not insert gets the next number, since the column must have a value, but the series
 * does not move on.
 */
Datum
assign_number(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		is_insert;
	HeapTuple	written;
	StampColumns columns;
	AttrNumber	number;
	Row			row;
	Datum		series[3];

	check_row_trigger(fcinfo, "assign_number", true);
	is_insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	written = is_insert ? trigger->tg_trigtuple : trigger->tg_newtuple;
	find_stamp_columns(&columns, trigger->tg_relation);
	if (is_insert && is_loading(&columns))
		return PointerGetDatum(written);

	number = column_number(RelationGetDescr(trigger->tg_relation), "number");
	row = row_of_tuple(written, RelationGetDescr(trigger->tg_relation));
	series[0] = value_of(&row, columns.organization_id);
	series[1] = CStringGetTextDatum(trigger->tg_trigger->tgargs[0]);
	SPI_connect();
	if (is_insert)
		number_inserted(trigger, &columns, number, &row, series);
	else
		number_changed(trigger, number, &row, series);
	SPI_finish();
	return PointerGetDatum(tuple_of_row(&row, written));
}
