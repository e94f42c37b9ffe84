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

#define LIST_BY_ID \
	"SELECT l.* FROM salesopp.opportunity_list l WHERE l.organization_id = salesopp.current_organization()" \
	" AND l.id = ANY ($1) ORDER BY array_position($1, l.id)"

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
static const char *
looked_up_list_by_id(TupleDesc list)
{
	const char **names = palloc(list->natts * sizeof(char *));
	StringInfoData values;
	List	   *columns;
	ListCell   *cell;

	for (int i = 0; i < list->natts; i++)
		names[i] = NameStr(TupleDescAttr(list, i)->attname);
	columns = list_columns_by_name(names, list->natts);
	initStringInfo(&values);
	foreach(cell, columns)
		appendStringInfo(&values, "%s%s", values.len == 0 ? "" : ", ", looked_up_value(lfirst(cell)));
	return rows_by_id(values.data, joins_beside_looked_up_values(columns));
}

Datum
search(PG_FUNCTION_ARGS)
{
	ListPage	page = {.criteria = criteria_argument(fcinfo), .wanted = "l.*"};
	SavedSearch saved;

	read_page_arguments(&page, fcinfo, 2, 3);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	saved = find_saved_search(page.criteria);
	page.order = parse_list_order(PG_ARGISNULL(1) ? saved.sort : PG_GETARG_TEXT_PP(1));
	page.joins = add_join(NIL, join_of_lookup(&row_of_list));
	page.by_id = is_distributed() ? looked_up_list_by_id(((ReturnSetInfo *) fcinfo->resultinfo)->setDesc) : LIST_BY_ID;
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
object_of_columns(List *columns, bool looks_up)
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
		appendStringInfo(&object, "%s%s, %s", n == 0 ? "" : ", ", quote_literal_cstr(column->name),
						 looks_up ? looked_up_value(column) : column->expression);
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
	page.wanted = object_of_columns(columns, false);
	page.joins = add_joins_of_columns(NIL, columns);
	page.by_id = is_distributed() ? rows_by_id(object_of_columns(columns, true), joins_beside_looked_up_values(columns)) :
		rows_by_id(page.wanted, page.joins);
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
