/*
 * search.c
 *		search(), search_columns(), search_ids(), summary() and letter_index(): opportunities by criteria.
 *
 * The functions are declared with a search_path of pg_catalog, so what is not qualified in the
 * statements is PostgreSQL's own.
 */
#include "compat.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "distributed_tables.h"
#include "search/criteria.h"
#include "search/list_page.h"
#include "search/saved_search.h"
#include "search/search_query.h"

PG_FUNCTION_INFO_V1(search);
PG_FUNCTION_INFO_V1(search_columns);
PG_FUNCTION_INFO_V1(search_ids);
PG_FUNCTION_INFO_V1(summary);
PG_FUNCTION_INFO_V1(letter_index);

static Jsonb *
criteria_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0);
}

/* ----------
 * Pages
 * ----------
 */

typedef const char *(*ValueOfColumn) (const ListColumn *column);
typedef const char *(*RowOfColumns) (List *columns, ValueOfColumn value);

/* The value where what it needs is joined. */
static const char *
joined_value(const ListColumn *column)
{
	return column->expression;
}

static const char *
rows_by_id(const char *wanted, List *joins)
{
	return psprintf("SELECT %s%s AND o.id = ANY ($1) ORDER BY array_position($1, o.id)",
					wanted, own_opportunities(join_texts(joins)));
}

/*
 * Joins take long to plan, the more so the more there are of them, and that is done once: the plan is kept. Where tables
 * are on several servers, the server that has the rows plans for each call; there they are looked up, each by itself.
 */
static void
want(ListPage *page, List *columns, RowOfColumns row)
{
	page->wanted = row(columns, joined_value);
	page->joins = add_joins_of_columns(NIL, columns);
	page->by_id = is_distributed() ? rows_by_id(row(columns, looked_up_value), joins_beside_looked_up_values(columns)) :
		rows_by_id(page->wanted, page->joins);
}

static void
want_list(ListPage *page)
{
	page->wanted = "l.*";
	page->joins = list_make1(" JOIN salesopp.opportunity_list l ON l.organization_id = o.organization_id AND l.id = o.id");
	page->by_id = "SELECT l.* FROM salesopp.opportunity_list l WHERE l.organization_id = salesopp.current_organization()"
		" AND l.id = ANY ($1) ORDER BY array_position($1, l.id)";
}

/* The columns of the list; NIL where the view has been given further ones, which only itself can compute. */
static List *
columns_of_list(FunctionCallInfo fcinfo)
{
	TupleDesc	desc = ((ReturnSetInfo *) fcinfo->resultinfo)->setDesc;
	List	   *columns = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		const ListColumn *column = known_list_column(NameStr(TupleDescAttr(desc, i)->attname));

		if (column == NULL)
			return NIL;
		columns = lappend(columns, unconstify(ListColumn *, column));
	}
	return columns;
}

/* The columns side by side. */
static const char *
values_of_columns(List *columns, ValueOfColumn value)
{
	StringInfoData values;
	ListCell   *cell;

	initStringInfo(&values);
	foreach(cell, columns)
		appendStringInfo(&values, "%s%s", values.len == 0 ? "" : ", ", value(lfirst(cell)));
	return values.data;
}

Datum
search(PG_FUNCTION_ARGS)
{
	ListPage	page = {.criteria = criteria_argument(fcinfo)};
	List	   *columns;
	SavedSearch saved;

	read_page_arguments(&page, fcinfo, 2, 3);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	saved = find_saved_search(page.criteria);
	page.order = parse_list_order(PG_ARGISNULL(1) ? saved.sort : PG_GETARG_TEXT_PP(1));
	columns = is_distributed() ? columns_of_list(fcinfo) : NIL;
	if (columns != NIL)
		want(&page, columns, values_of_columns);
	else
		want_list(&page);
	return_page(fcinfo, &page);
	SPI_finish();
	return (Datum) 0;
}

/* What is wanted of opportunities when no columns are asked for. */
static const char *const usual_columns[] = {
	"id", "status", "subject", "company", "estimated_revenue", "progress", "decision_date", "responsible", "changed_at"
};

/* A function takes no more arguments than this, and a column is two. */
#define COLUMNS_OF_CALL (FUNC_MAX_ARGS / 2)

/* The columns as one object. */
static const char *
object_of_columns(List *columns, ValueOfColumn value)
{
	StringInfoData object;
	ListCell   *cell;

	initStringInfo(&object);
	foreach(cell, columns)
	{
		const ListColumn *column = lfirst(cell);
		int			n = foreach_current_index(cell) % COLUMNS_OF_CALL;

		if (n == 0)
			appendStringInfo(&object, "%sjsonb_build_object(", object.len == 0 ? "" : ") || ");
		appendStringInfo(&object, "%s%s, %s", n == 0 ? "" : ", ", quote_literal_cstr(column->name), value(column));
	}
	appendStringInfoChar(&object, ')');
	return object.data;
}

Datum
search_columns(PG_FUNCTION_ARGS)
{
	ListPage	page = {.criteria = criteria_argument(fcinfo)};
	SavedSearch saved;
	ArrayType  *names;
	List	   *columns;

	read_page_arguments(&page, fcinfo, 3, 4);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	saved = find_saved_search(page.criteria);
	page.order = parse_list_order(PG_ARGISNULL(1) ? saved.sort : PG_GETARG_TEXT_PP(1));
	names = PG_ARGISNULL(2) ? saved.columns : PG_GETARG_ARRAYTYPE_P(2);
	columns = names == NULL ? list_columns_by_name(usual_columns, lengthof(usual_columns)) : list_columns_asked_for(names);
	want(&page, columns, object_of_columns);
	return_page(fcinfo, &page);
	SPI_finish();
	return (Datum) 0;
}

/* ----------
 * Figures, and ids to compute others from
 * ----------
 */

/* Runs a statement that takes its rows from the opportunities that meet the criteria; gives what stands before and after that. */
static Datum
figures(FunctionCallInfo fcinfo, const char *before, const char *after)
{
	Jsonb	   *criteria = criteria_argument(fcinfo);
	SearchQuery query;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	start_query(&query);
	appendStringInfoString(&query.sql, before);
	add_opportunities(&query, "", criteria);
	appendStringInfoString(&query.sql, after);
	run_query(&query, result_receiver(fcinfo));
	SPI_finish();
	return (Datum) 0;
}

Datum
search_ids(PG_FUNCTION_ARGS)
{
	return figures(fcinfo, "SELECT o.id", " ORDER BY o.id");
}

Datum
summary(PG_FUNCTION_ARGS)
{
	return figures(fcinfo,
				   "SELECT line.* FROM (SELECT salesopp.pipeline_summary(o.status,"
				   " o.estimated_revenue, o.actual_revenue, o.progress) AS s",
				   ") total, LATERAL (VALUES"
				   " ('won', (s).won_opportunities, (s).won_estimated_revenue, (s).won_pipeline, (s).won_highest),"
				   " ('open', (s).open_opportunities, (s).open_estimated_revenue, (s).open_pipeline, (s).open_highest),"
				   " ('lost', (s).lost_opportunities, (s).lost_estimated_revenue, (s).lost_pipeline, (s).lost_highest),"
				   " ('total', (s).total_opportunities, (s).total_estimated_revenue, (s).total_pipeline, (s).total_highest)"
				   ") line");
}

Datum
letter_index(PG_FUNCTION_ARGS)
{
	/* initial_letter() is called once for each first character that occurs, not for each row */
	return figures(fcinfo, "SELECT salesopp.initial_letter(l.first), pg_catalog.sum(l.n)::bigint"
				   " FROM (SELECT \"left\"(o.subject, 1) AS first, pg_catalog.count(*) AS n",
				   " GROUP BY 1) l GROUP BY 1 ORDER BY 1");
}
