/*
 * permitted_change.c
 *		What a function's own statement may change of rows that take no changes.
 *
 * Closed and deleted opportunities refuse changes, whoever writes, and there is no setting that a client
 * could make. Two functions get past: the one that corrects a closing, and the one that merges duplicates.
 * They name the columns that their statement may change. A third removes history. The permission holds for the rows of that
 * statement alone: what other triggers do meanwhile runs a level deeper, and is refused as ever.
 */
#include "compat.h"

#include "nodes/bitmapset.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

#include "opportunity/permitted_change.h"

typedef struct Permission
{
	Bitmapset  *columns;		/* that may change */
	bool		removal;
	int			depth;			/* of triggers, where the statement is run */
} Permission;

static Permission permitted;

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

static Bitmapset *
column_numbers(Relation rel, const char *const *columns, int n_columns)
{
	Bitmapset  *numbers = NULL;

	for (int i = 0; i < n_columns; i++)
		numbers = bms_add_member(numbers, column_number(RelationGetDescr(rel), columns[i]));
	return numbers;
}

static void
run_with(Permission permission, Relation rel, PermittedStatement statement, void *argument)
{
	Permission	outer = permitted;

	permitted = permission;
	permitted.depth = trigger_depth();
	PG_TRY();
	{
		statement(rel, argument);
	}
	PG_FINALLY();
	{
		permitted = outer;
	}
	PG_END_TRY();
}

/* Runs the statement, which may change these columns of rel. */
void
run_permitted(Relation rel, const char *const *columns, int n_columns,
			  PermittedStatement statement, void *argument)
{
	run_with((Permission) {.columns = column_numbers(rel, columns, n_columns)}, rel, statement, argument);
}

/* Runs the statement, which may remove rows that stay otherwise. */
void
run_permitted_removal(Relation rel, PermittedStatement statement, void *argument)
{
	run_with((Permission) {.removal = true}, rel, statement, argument);
}

/* Asked by the trigger on the row: whether it is such a statement that changes the column. */
bool
is_permitted_change(const StampColumns *columns, AttrNumber column)
{
	return bms_is_member(column, permitted.columns) && trigger_depth() == permitted.depth + 1;
}

bool
is_permitted_removal(void)
{
	return permitted.removal && trigger_depth() == permitted.depth + 1;
}
