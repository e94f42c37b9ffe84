/*
 * column_statistics.c
 *		What the planner's estimates tell of the values in a column.
 *
 * PostgreSQL gathers statistics over the rows of all organizations, and EXPLAIN shows what it makes
 * of them: without this, the estimate for a subject would tell whether somebody else has many
 * opportunities of that name. Who is under row security gets estimates that are made from how many
 * different values there are, not from which.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "column_statistics.h"

static get_relation_stats_hook_type next_hook;

/*
 * Statuses and the like have the same few values for everybody. Dates are looked up by ranges, for which
 * there is no good estimate without them; how many rows of all together fall into a range is told.
 */
static bool
may_be_told(Oid relid, AttrNumber column)
{
	Oid			type = get_atttype(relid, column);
	char		category;
	bool		is_preferred;

	get_type_category_preferred(type, &category, &is_preferred);
	return category == TYPCATEGORY_ENUM || category == TYPCATEGORY_BOOLEAN ||
		category == TYPCATEGORY_DATETIME ||
		strcmp(get_attname(relid, column, false), "organization_id") == 0;
}

static HeapTuple
without_values(HeapTuple statistics)
{
	HeapTuple	copy = heap_copytuple(statistics);
	Form_pg_statistic form = (Form_pg_statistic) GETSTRUCT(copy);
	int16	   *kinds = &form->stakind1;

	for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
		if (kinds[i] != STATISTIC_KIND_CORRELATION)
			kinds[i] = 0;
	return copy;
}

static bool
tell_no_values(PlannerInfo *root, RangeTblEntry *table, AttrNumber column, VariableStatData *variable)
{
	const char *schema;
	HeapTuple	statistics;

	if (table->rtekind == RTE_RELATION && table->securityQuals != NIL && column > 0 &&
		(schema = get_namespace_name(get_rel_namespace(table->relid))) != NULL &&
		strcmp(schema, "salesopp") == 0 && !may_be_told(table->relid, column))
	{
		statistics = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table->relid),
									 Int16GetDatum(column), BoolGetDatum(table->inh));
		if (HeapTupleIsValid(statistics))
		{
			variable->statsTuple = without_values(statistics);
			variable->freefunc = heap_freetuple;
			variable->acl_ok = true;
			ReleaseSysCache(statistics);
		}
		return true;
	}
	return next_hook != NULL && next_hook(root, table, column, variable);
}

void
guard_column_statistics(void)
{
	next_hook = get_relation_stats_hook;
	get_relation_stats_hook = tell_no_values;
}
