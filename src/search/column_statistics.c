/*
 * column_statistics.c
 *		What the planner knows of the values in a column.
 *
 * PostgreSQL gathers statistics over the rows of all organizations. A statement is about one of them: its
 * plan has to be right for the number of rows that this one has, and must tell nothing about the others.
 *
 * - An organization that came after the last ANALYZE is not in the statistics. PostgreSQL would expect it
 *   to have one row. To find one row, any index that begins with the organization seems as good as the
 *   right one; in fact all rows of the organization would be read, and that again and again in joins. So
 *   every organization is expected to have at least as many rows as the others have on average.
 * - EXPLAIN shows the planner's estimates: the one for a subject would tell whether another organization
 *   has many opportunities of that name. Under row security, estimates are made from how many different
 *   values a column has, and not from the values themselves.
 * - Of a table that was never analyzed, PostgreSQL expects a column to have many values and hardly ever none: all
 *   opportunities but a few would be deleted. Where the column itself says more than that, it is told.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "parser/parsetree.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "organization.h"
#include "search/column_statistics.h"

/* How many organizations share a table that has never been analyzed. */
#define ASSUMED_ORGANIZATIONS 2

/* What part of them is deleted there. */
#define ASSUMED_DELETED 0.01

/*
 * How many rows an organization is expected to have at least, as far as a table has so many. With a few
 * rows PostgreSQL would find an index on the organization alone as good as one that has the id, too.
 */
#define FEWEST_ROWS 10

static get_relation_stats_hook_type next_relation_hook;
static get_index_stats_hook_type next_index_hook;

/* ----------
 * Statistics
 * ----------
 */

/* A copy of the statistics of a column, or NULL. */
static HeapTuple
copy_statistics(Oid relid, AttrNumber column, bool inherited)
{
	return SearchSysCacheCopy3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(column),
							   BoolGetDatum(inherited));
}

/* Statistics that say nothing yet. */
static HeapTuple
empty_statistics(Oid relid, AttrNumber column)
{
	Datum		values[Natts_pg_statistic] = {0};
	bool		nulls[Natts_pg_statistic] = {false};
	Relation	catalog = table_open(StatisticRelationId, AccessShareLock);
	HeapTuple	result;

	values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(relid);
	values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum(column);
	for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
		nulls[Anum_pg_statistic_stanumbers1 - 1 + i] = nulls[Anum_pg_statistic_stavalues1 - 1 + i] = true;
	result = heap_form_tuple(RelationGetDescr(catalog), values, nulls);
	table_close(catalog, AccessShareLock);
	return result;
}

static Form_pg_statistic
form_of(HeapTuple statistics)
{
	return (Form_pg_statistic) GETSTRUCT(statistics);
}

/* Takes the values out; what is left is how many there are and how they lie. */
static void
forget_values(HeapTuple statistics)
{
	int16	   *kinds = &form_of(statistics)->stakind1;

	for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
		if (kinds[i] != STATISTIC_KIND_CORRELATION)
			kinds[i] = 0;
}

/* ----------
 * How much is the organization's
 * ----------
 */

/* The rows of a table that is being planned for. */
static double
rows_of(PlannerInfo *root, RangeTblEntry *table)
{
	for (int i = 1; i < root->simple_rel_array_size; i++)
		if (root->simple_rte_array[i] == table && root->simple_rel_array[i] != NULL)
			return root->simple_rel_array[i]->tuples;
	return 0;
}

/* What part of the rows the chosen organization had when the table was analyzed. */
static double
known_share(HeapTuple statistics)
{
	AttStatsSlot slot;
	double		share = 0;

	if (get_attstatsslot(&slot, statistics, STATISTIC_KIND_MCV, InvalidOid,
						 ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS))
	{
		for (int i = 0; i < slot.nvalues; i++)
			if (is_chosen_organization(DatumGetInt64(slot.values[i])))
				share = slot.numbers[i];
		free_attstatsslot(&slot);
	}
	return share;
}

/* What part of the rows it is expected to have now, by the statistics of organization_id. */
static double
expected_share(PlannerInfo *root, RangeTblEntry *table, HeapTuple statistics)
{
	double		n_rows = rows_of(root, table);
	double		share = 1.0 / ASSUMED_ORGANIZATIONS;

	if (statistics != NULL)
	{
		double		organizations = form_of(statistics)->stadistinct;

		/* a fraction of the rows, where there are few of each */
		if (organizations < 0)
			organizations *= -n_rows;
		share = Max(known_share(statistics), 1 / (organizations + 1));
	}
	return n_rows > FEWEST_ROWS ? Max(share, FEWEST_ROWS / n_rows) : 1;
}

/* Statistics of organization_id by which any organization has the share of the chosen one. */
static HeapTuple
statistics_of_organizations(PlannerInfo *root, RangeTblEntry *table, AttrNumber column, HeapTuple statistics)
{
	double		share = expected_share(root, table, statistics);

	if (statistics == NULL)
		statistics = empty_statistics(table->relid, column);
	forget_values(statistics);
	form_of(statistics)->stadistinct = 1 / share;
	return statistics;
}

/*
 * An id belongs to one organization, so that among the rows of one there are as many ids as that one has, and not
 * those of all. PostgreSQL takes the two columns for independent: the more organizations there are, the fewer
 * rows it would expect a join by id to find.
 */
static void
leave_ids_of_one(PlannerInfo *root, RangeTblEntry *table, HeapTuple statistics)
{
	HeapTuple	organizations = copy_statistics(table->relid, get_attnum(table->relid, "organization_id"), table->inh);
	double		share = expected_share(root, table, organizations);
	double		ids = form_of(statistics)->stadistinct;

	form_of(statistics)->stadistinct = ids > 0 ? Max(ids * share, 1) : ids * share;
}

/* ----------
 * Before anything was counted
 * ----------
 */

static bool
is_analyzed(Oid relid, AttrNumber column, bool inherited)
{
	return SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(column),
								 BoolGetDatum(inherited));
}

static int
number_of_labels(Oid enum_type)
{
	CatCList   *labels = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(enum_type));
	int			result = labels->n_members;

	ReleaseSysCacheList(labels);
	return result;
}

/* What can be said of a column without having looked at its values; NULL where that is nothing. */
static HeapTuple
assumed_statistics(Oid relid, AttrNumber column, Oid type)
{
	bool		marks_deletion = column == get_attnum(relid, "deleted_at");
	HeapTuple	statistics;

	if (!marks_deletion && get_typtype(type) != TYPTYPE_ENUM)
		return NULL;
	statistics = empty_statistics(relid, column);
	if (marks_deletion)
		form_of(statistics)->stanullfrac = 1 - ASSUMED_DELETED;
	else
		form_of(statistics)->stadistinct = number_of_labels(type);
	return statistics;
}

/* ----------
 * What is told
 * ----------
 */

static bool
is_ours(Oid relid)
{
	const char *schema = get_namespace_name(get_rel_namespace(relid));

	return schema != NULL && strcmp(schema, "salesopp") == 0;
}

/*
 * Statuses and the like have the same few values for everybody. Dates are looked up by ranges, for which
 * there is no good estimate without them; how many rows of all together fall into a range is told.
 */
static bool
may_be_told(Oid type)
{
	char		category;
	bool		is_preferred;

	get_type_category_preferred(type, &category, &is_preferred);
	return category == TYPCATEGORY_ENUM || category == TYPCATEGORY_BOOLEAN ||
		category == TYPCATEGORY_DATETIME;
}

/* Hands out statistics, or that there are none. */
static bool
tell(VariableStatData *variable, HeapTuple statistics)
{
	variable->statsTuple = statistics;
	variable->freefunc = heap_freetuple;
	variable->acl_ok = statistics != NULL;
	return true;
}

static bool
tell_of_column(PlannerInfo *root, RangeTblEntry *table, AttrNumber column, VariableStatData *variable)
{
	if (table->rtekind == RTE_RELATION && column > 0 && is_ours(table->relid))
	{
		bool		is_guarded = table->securityQuals != NIL;
		Oid			type = get_atttype(table->relid, column);
		HeapTuple	statistics;

		if (column == get_attnum(table->relid, "organization_id"))
		{
			statistics = copy_statistics(table->relid, column, table->inh);
			if (is_guarded || statistics == NULL || has_chosen_organization())
				return tell(variable, statistics_of_organizations(root, table, column, statistics));
		}
		else if (is_guarded && !may_be_told(type))
		{
			statistics = copy_statistics(table->relid, column, table->inh);
			if (statistics != NULL)
				forget_values(statistics);
			if (statistics != NULL && type == INT8OID)
				leave_ids_of_one(root, table, statistics);
			return tell(variable, statistics);
		}
		else if (!is_analyzed(table->relid, column, table->inh))
		{
			statistics = assumed_statistics(table->relid, column, type);
			if (statistics != NULL)
				return tell(variable, statistics);
		}
	}
	return next_relation_hook != NULL && next_relation_hook(root, table, column, variable);
}

/* The same of the expressions that an index is on. */
static bool
tell_of_index(PlannerInfo *root, Oid index, AttrNumber column, VariableStatData *variable)
{
	RelOptInfo *rel = variable->rel;
	bool		is_guarded = rel == NULL || !IS_SIMPLE_REL(rel) ||
		planner_rt_fetch(rel->relid, root)->securityQuals != NIL;

	if (is_guarded && is_ours(index) && !may_be_told(get_atttype(index, column)))
	{
		HeapTuple	statistics = copy_statistics(index, column, false);

		if (statistics != NULL)
			forget_values(statistics);
		return tell(variable, statistics);
	}
	return next_index_hook != NULL && next_index_hook(root, index, column, variable);
}

void
guard_column_statistics(void)
{
	next_relation_hook = get_relation_stats_hook;
	get_relation_stats_hook = tell_of_column;
	next_index_hook = get_index_stats_hook;
	get_index_stats_hook = tell_of_index;
}
