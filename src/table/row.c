/*
 * row.c
 *		The row that a trigger is about to write, column by column.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "utils/datum.h"

#include "library_version.h"
#include "table/row.h"

/* The function is called by a row trigger of the given timing, of no newer version, or that is an error. */
void
check_row_trigger(FunctionCallInfo fcinfo, const char *function, bool before)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("function \"%s\" was not called by trigger manager", function));
	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		(before ? !TRIGGER_FIRED_BEFORE(trigger->tg_event) : !TRIGGER_FIRED_AFTER(trigger->tg_event)))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("function \"%s\" must be fired %s ROW", function, before ? "BEFORE" : "AFTER"));
	check_library_version();
}

AttrNumber
optional_column_number(TupleDesc desc, const char *name)
{
	int			number = SPI_fnumber(desc, name);

	return number > 0 ? number : InvalidAttrNumber;
}

AttrNumber
column_number(TupleDesc desc, const char *name)
{
	AttrNumber	number = optional_column_number(desc, name);

	if (number == InvalidAttrNumber)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_COLUMN),
				errmsg("a salesopp trigger needs a column \"%s\"", name));
	return number;
}

Row
row_of_tuple(HeapTuple tuple, TupleDesc desc)
{
	Row			row;

	row.desc = desc;
	row.values = palloc(desc->natts * sizeof(Datum));
	row.nulls = palloc(desc->natts * sizeof(bool));
	heap_deform_tuple(tuple, desc, row.values, row.nulls);
	return row;
}

HeapTuple
tuple_of_row(const Row *row, HeapTuple original)
{
	HeapTuple	tuple = heap_form_tuple(row->desc, row->values, row->nulls);

	/* as heap_modify_tuple does: it is still the same row of the table */
	tuple->t_data->t_ctid = original->t_data->t_ctid;
	tuple->t_self = original->t_self;
	tuple->t_tableOid = original->t_tableOid;
	return tuple;
}

bool
same_value(const Row *a, const Row *b, AttrNumber column)
{
	Form_pg_attribute attribute = TupleDescAttr(a->desc, column - 1);

	if (is_null(a, column) || is_null(b, column))
		return is_null(a, column) == is_null(b, column);
	return datum_image_eq(value_of(a, column), value_of(b, column),
						  attribute->attbyval, attribute->attlen);
}
