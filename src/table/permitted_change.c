/*
 * permitted_change.c
 *		What a function's own statement may change that otherwise does not change, or not to that, or remove.
 *
 * Closed and deleted opportunities refuse changes, whoever writes, the time of a closing or deletion is when it happens,
 * what is not active is not chosen, what is closed gets no more parts, and history and events stay; there is no setting that a client could make. A few functions get
 * past: the one that corrects a closing, the one that merges duplicates, the one that undoes a bulk change, the one that
 * trims the history, the one that erases an organization, the import, which brings what belongs to opportunities that were closed elsewhere, and the trigger that gives
 * values the new name of a custom field or choice. They name the columns that their statement may change, or that it adds or removes rows. The permission holds for the rows of that statement alone: what other
 * triggers do meanwhile runs a level deeper, and is refused as ever.
 */
#include "compat.h"

#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "distributed_tables.h"
#include "table/permitted_change.h"

typedef struct Permission
{
	const char *const *columns;	/* that may change */
	int			n_columns;
	bool		puts_back;		/* also what could not be chosen any more */
	bool		renames;		/* what is only called otherwise: that counts as no change */
	Oid			removed_from;	/* the table whose rows it may remove */
	bool		addition;
	int			depth;			/* of triggers, where the statement is run */
} Permission;

static Permission permission;

/* How many triggers the statement that is being executed is inside of. */
static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

static void
run_with(Permission given, Relation rel, PermittedStatement statement, void *argument)
{
	Permission	outer = permission;

	given.depth = trigger_depth();
	permission = given;
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

/* Runs the statement, which may change these columns. */
void
run_permitted(Relation rel, const char *const *columns, int n_columns,
			  PermittedStatement statement, void *argument)
{
	run_with((Permission) {.columns = columns, .n_columns = n_columns}, rel, statement, argument);
}

/* The same for a statement that puts back what was there before. */
void
run_putting_back(Relation rel, const char *const *columns, int n_columns,
				 PermittedStatement statement, void *argument)
{
	run_with((Permission) {.columns = columns, .n_columns = n_columns, .puts_back = true}, rel, statement, argument);
}

/* The same for a statement that calls otherwise what stays the same. */
void
run_renaming(Relation rel, const char *const *columns, int n_columns,
			 PermittedStatement statement, void *argument)
{
	run_with((Permission) {.columns = columns, .n_columns = n_columns, .renames = true}, rel, statement, argument);
}

/* Runs the statement, which may remove rows of the table that stay otherwise. */
void
run_permitted_removal(Relation rel, PermittedStatement statement, void *argument)
{
	run_with((Permission) {.removed_from = RelationGetRelid(rel)}, rel, statement, argument);
}

/* Runs the statement, which may add what belongs to an opportunity that is closed. */
void
run_permitted_addition(Relation rel, PermittedStatement statement, void *argument)
{
	run_with((Permission) {.addition = true}, rel, statement, argument);
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

bool
is_put_back(const StampColumns *columns, AttrNumber column)
{
	return permission.puts_back && is_permitted_change(columns, column);
}

bool
is_renamed(const StampColumns *columns, AttrNumber column)
{
	return permission.renames && is_permitted_change(columns, column);
}

bool
is_permitted_removal(Relation rel)
{
	return OidIsValid(permission.removed_from) && is_part_of_table(rel, permission.removed_from) && trigger_depth() == permission.depth + 1;
}

bool
is_permitted_addition(void)
{
	return permission.addition && trigger_depth() == permission.depth + 1;
}
