/*
 * permitted_change.c
 *		What a function's own statement may change that otherwise does not change, or not to that.
 *
 * Closed and deleted opportunities refuse changes, whoever writes, the time of a closing or deletion is when it happens,
 * and what is not active is not chosen; there is no setting that a client could make. Three functions get past: the one
 * that corrects a closing, the one that merges duplicates, and the one that undoes a bulk change. They name the columns
 * that their statement may change. The permission holds for the rows of that statement alone: what other triggers do
 * meanwhile runs a level deeper, and is refused as ever.
 */
#include "compat.h"

#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "table/permitted_change.h"

typedef struct Permission
{
	const char *const *columns;
	int			n_columns;
	int			depth;
} Permission;

static Permission permission;

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

/* Runs the statement, which may change these columns. */
void
run_permitted(Relation rel, const char *const *columns, int n_columns,
			  PermittedStatement statement, void *argument)
{
	Permission	outer = permission;

	permission = (Permission) {columns, n_columns, trigger_depth()};
	PG_TRY();
	{
		statement(rel, argument);
	}
	PG_FINALLY();
	{
		permission = outer;
	}
	PG_END_TRY();
}

/* Asked by the trigger on the row: whether it is such a statement that changes the column. */
bool
is_permitted_change(const StampColumns *columns, AttrNumber column)
{
	const char *name;

	if (permission.n_columns == 0 || trigger_depth() != permission.depth + 1)
		return false;
	name = get_attname(columns->relid, column, false);
	for (int i = 0; i < permission.n_columns; i++)
		if (strcmp(permission.columns[i], name) == 0)
			return true;
	return false;
}
