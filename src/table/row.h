/*
 * row.h
 *		The row that a trigger is about to write, column by column.
 */
#ifndef SALESOPP_ROW_H
#define SALESOPP_ROW_H

#include "postgres.h"
#include "access/htup.h"
#include "access/tupdesc.h"
#include "commands/trigger.h"
#include "utils/relcache.h"

typedef struct Row
{
	TupleDesc	desc;
	Datum	   *values;
	bool	   *nulls;
} Row;

extern void check_row_trigger(FunctionCallInfo fcinfo, const char *function, bool before);
extern AttrNumber column_number(TupleDesc desc, const char *name);
extern AttrNumber optional_column_number(TupleDesc desc, const char *name);
extern Row	row_of_tuple(HeapTuple tuple, TupleDesc desc);
extern HeapTuple tuple_of_row(const Row *row, HeapTuple original);
extern bool same_value(const Row *a, const Row *b, AttrNumber column);

static inline bool
is_null(const Row *row, AttrNumber column)
{
	return row->nulls[column - 1];
}

static inline Datum
value_of(const Row *row, AttrNumber column)
{
	return row->values[column - 1];
}

static inline void
set_value(Row *row, AttrNumber column, Datum value)
{
	row->values[column - 1] = value;
	row->nulls[column - 1] = false;
}

static inline void
set_null(Row *row, AttrNumber column)
{
	row->values[column - 1] = (Datum) 0;
	row->nulls[column - 1] = true;
}

static inline void
copy_value(Row *row, const Row *from, AttrNumber column)
{
	row->values[column - 1] = from->values[column - 1];
	row->nulls[column - 1] = from->nulls[column - 1];
}

#endif
