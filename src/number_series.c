/*
 * number_series.c
 *		Numbers of quotes and sales orders, without gaps.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "plan_cache.h"
#include "stamp.h"

PG_FUNCTION_INFO_V1(assign_number);

/* The next number, or the given one, which the series then goes on from. */
static void
write_take_number(StringInfo sql, Relation rel)
{
	appendStringInfoString(sql,
						   "INSERT INTO salesopp.number_series AS s (organization_id, name, last_number)"
						   " VALUES ($1, $2, COALESCE($3, 1)) ON CONFLICT (organization_id, name) DO UPDATE"
						   " SET last_number = CASE WHEN $3 IS NULL THEN s.last_number OPERATOR(pg_catalog.+) 1"
						   " ELSE GREATEST(s.last_number, $3) END"
						   " RETURNING COALESCE($3, s.last_number)");
}

static const Statement take_number = {write_take_number, 3, {INT8OID, TEXTOID, INT8OID}};

/*
 * BEFORE INSERT trigger; the argument names the series. Who is under row security cannot choose
 * the number.
 */
Datum
assign_number(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	StampColumns columns;
	AttrNumber	number;
	Row			row;
	Datum		values[3];
	char		nulls[] = {' ', ' ', ' ', '\0'};
	bool		isnull;

	check_row_trigger(fcinfo, "assign_number", true);
	find_stamp_columns(&columns, trigger->tg_relation);
	if (is_loading(&columns))
		return PointerGetDatum(trigger->tg_trigtuple);

	desc = RelationGetDescr(trigger->tg_relation);
	number = column_number(desc, "number");
	row = row_of_tuple(trigger->tg_trigtuple, desc);
	if (!columns.bypasses_row_security)
		set_null(&row, number);

	values[0] = value_of(&row, columns.organization_id);
	values[1] = CStringGetTextDatum(trigger->tg_trigger->tgargs[0]);
	values[2] = value_of(&row, number);
	nulls[2] = is_null(&row, number) ? 'n' : ' ';
	SPI_connect();
	run_as_owner(trigger->tg_relation, &take_number, values, nulls);
	set_value(&row, number,
			  SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return PointerGetDatum(tuple_of_row(&row, trigger->tg_trigtuple));
}
