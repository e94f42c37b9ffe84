/*
 * list_order.c
 *		The order of the list: by any of its columns, ties by id in the same direction.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "own_relation.h"
#include "search/list_order.h"
#include "search/search_query.h"

/* Columns of the list that are the opportunity's own, and may have an index there. */
static const char *const own_columns[] = {
	"id", "status", "subject", "estimated_revenue", "actual_revenue", "progress", "decision_date",
	"close_date", "priority", "rating", "changed_at", "version"
};

/* Columns that are the names of what the opportunity refers to. */
static const struct
{
	const char *column;
	const char *table;
	const char *name;
	const char *reference;
}			names[] = {
	{"company", "company", "name", "company_id"},
	{"project", "project", "name", "project_id"},
	{"responsible", "employee", "initials", "responsible_id"},
	{"changed_by", "employee", "initials", "changed_by"},
	{"sales_region", "sales_region", "name", "sales_region_id"},
	{"department", "department", "name", "department_id"},
	{"sales_process", "sales_process", "name", "sales_process_id"}
};

/*
 * Where the column comes from, so that rows can be put in order without all joins of the list. What the list
 * computes is taken from the list itself.
 */
static void
find_column(ListOrder *order, const char *column)
{
	for (int i = 0; i < lengthof(own_columns); i++)
		if (strcmp(own_columns[i], column) == 0)
		{
			order->own = psprintf("o.%s", column);
			order->joined = "";
			return;
		}
	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(names[i].column, column) == 0)
		{
			order->own = psprintf("r.%s", names[i].name);
			order->joined = psprintf(" LEFT%s", join_by_id(names[i].table, "r", names[i].reference));
			return;
		}
	order->own = psprintf("r.%s", quote_identifier(column));
	order->joined = psprintf(" LEFT%s", join_by_id("opportunity_list", "r", "id"));
}

static Oid
type_of_column(const char *column)
{
	Oid			list = own_relation("opportunity_list");
	StringInfoData names;
	char	   *name;

	if (get_attnum(list, column) > 0)
		return get_atttype(list, get_attnum(list, column));

	initStringInfo(&names);
	for (AttrNumber number = 1; (name = get_attname(list, number, true)) != NULL; number++)
		appendStringInfo(&names, "%s%s", number == 1 ? "" : ", ", name);
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("unknown sort column \"%s\"", column),
			errhint("The columns are %s.", names.data));
}

/* "column", "column asc" or "column desc"; NULL is "changed_at desc". */
ListOrder
parse_list_order(text *sort)
{
	ListOrder	order;
	char	   *given = sort == NULL ? pstrdup("changed_at desc") : text_to_cstring(sort);
	char	   *rest = NULL;
	char	   *copy = pstrdup(given);
	char	   *column = strtok_r(copy, " \t\r\n", &rest);
	char	   *direction = strtok_r(NULL, " \t\r\n", &rest);

	if (column == NULL || strtok_r(NULL, " \t\r\n", &rest) != NULL ||
		(direction != NULL && pg_strcasecmp(direction, "asc") != 0 &&
		 pg_strcasecmp(direction, "desc") != 0))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("invalid sort order \"%s\"", given),
				errhint("Pass the name of a column of salesopp.opportunity_list, then asc or desc."));
	order.is_numeric = type_of_column(column) == NUMERICOID;
	order.listed = psprintf("l.%s", quote_identifier(column));
	find_column(&order, column);
	order.descending = direction != NULL && pg_strcasecmp(direction, "desc") == 0;
	return order;
}
