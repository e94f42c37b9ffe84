/*
 * search.c
 *		search(), summary() and letter_index(): opportunities by criteria.
 *
 * The functions are declared with a search_path of pg_catalog, so what is not qualified in the
 * statements is PostgreSQL's own.
 */
#include "compat.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "criteria.h"

PG_FUNCTION_INFO_V1(search);
PG_FUNCTION_INFO_V1(summary);
PG_FUNCTION_INFO_V1(letter_index);

/* ----------
 * Running a statement
 * ----------
 */

/* All statements of a call read what the query that called it reads. */
static void
run(SearchQuery *query, DestReceiver *receiver)
{
	SPIExecuteOptions options = {
		.params = query->parameters,
		.read_only = true,
		.must_return_tuples = true,
		.dest = receiver
	};
	int			result = SPI_execute_extended(query->sql.data, &options);

	if (result < 0)
		elog(ERROR, "SPI_execute_extended returned %s", SPI_result_code_string(result));
}

/* What receives the rows of a statement as the result of the function. */
static DestReceiver *
result_receiver(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DestReceiver *receiver = CreateDestReceiver(DestTuplestore);

	SetTuplestoreDestReceiverParams(receiver, result->setResult,
									result->econtext->ecxt_per_query_memory, false, NULL, NULL);
	return receiver;
}

static Jsonb *
criteria_argument(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0);
}

/* ----------
 * The order of the list
 * ----------
 */

typedef struct SortOrder
{
	const char *expression;
	bool		descending;
} SortOrder;

/*
 * Columns of the list that are the opportunity's own, and may have an index there; the others are
 * looked up in the list.
 */
static const char *const own_columns[] = {
	"id", "status", "subject", "estimated_revenue", "actual_revenue", "progress", "decision_date",
	"close_date", "priority", "rating", "changed_at"
};

static char *
list_columns(Oid list)
{
	StringInfoData names;
	char	   *name;

	initStringInfo(&names);
	for (AttrNumber column = 1; (name = get_attname(list, column, true)) != NULL; column++)
		appendStringInfo(&names, "%s%s", column == 1 ? "" : ", ", name);
	return names.data;
}

static const char *
sort_expression(const char *column)
{
	Oid			list = get_relname_relid("opportunity_list", get_namespace_oid("salesopp", false));

	for (int i = 0; i < lengthof(own_columns); i++)
		if (strcmp(own_columns[i], column) == 0)
			return psprintf("o.%s", own_columns[i]);

	if (get_attnum(list, column) <= 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("unknown sort column \"%s\"", column),
				errhint("The columns are %s.", list_columns(list)));
	return psprintf("(SELECT l.%s FROM salesopp.opportunity_list l"
					" WHERE l.organization_id = o.organization_id AND l.id = o.id)",
					quote_identifier(column));
}

/* "column", "column asc" or "column desc" */
static SortOrder
parse_sort(const char *sort)
{
	SortOrder	order = {NULL, false};
	char	   *rest = NULL;
	char	   *copy = pstrdup(sort);
	char	   *column = strtok_r(copy, " \t\r\n", &rest);
	char	   *direction = strtok_r(NULL, " \t\r\n", &rest);

	if (column == NULL || strtok_r(NULL, " \t\r\n", &rest) != NULL ||
		(direction != NULL && pg_strcasecmp(direction, "asc") != 0 &&
		 pg_strcasecmp(direction, "desc") != 0))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("invalid sort order \"%s\"", sort),
				errhint("Pass the name of a column of salesopp.opportunity_list, then asc or desc."));
	order.expression = sort_expression(column);
	order.descending = direction != NULL && pg_strcasecmp(direction, "desc") == 0;
	return order;
}

/* ----------
 * Pages
 * ----------
 */

/* A page begins behind the row with the id "after", where one is given: $1 in its conditions. */
typedef struct ListPage
{
	Jsonb	   *criteria;
	SortOrder	order;
	bool		has_after;
	int64		after;
	int64		max_rows;
	ArrayBuildState *ids;
	int64		n_ids;
} ListPage;

static const char *
value_before(const ListPage *page)
{
	return psprintf("(SELECT %s FROM salesopp.opportunity o"
					" WHERE o.organization_id = salesopp.current_organization() AND o.id = $1)",
					page->order.expression);
}

/* Whether that row has no value in the sort column. It need not meet the criteria. */
static bool
is_null_before(const ListPage *page)
{
	SearchQuery		query;
	bool		isnull;

	start_query(&query);
	add_parameter(&query, INT8OID, Int64GetDatum(page->after));
	appendStringInfo(&query.sql, "SELECT %s IS NULL FROM salesopp.opportunity o WHERE o.id = $1 AND ",
					 page->order.expression);
	add_criteria(&query, NULL);
	run(&query, NULL);
	if (SPI_processed == 0)
		ereport(ERROR,
				errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("no such opportunity: " INT64_FORMAT, page->after),
				errhint("Pass the id of the last row of the page before as after, or NULL for the first page."));
	return DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* Adds the next ids that meet the criteria and the condition, until the page is full. */
static void
add_ids_where(ListPage *page, const char *condition)
{
	const char *direction = page->order.descending ? "DESC" : "ASC";
	SearchQuery		query;

	if (page->n_ids >= page->max_rows)
		return;

	start_query(&query);
	if (page->has_after)
		add_parameter(&query, INT8OID, Int64GetDatum(page->after));
	appendStringInfo(&query.sql, "SELECT o.id FROM salesopp.opportunity o WHERE %s AND ", condition);
	add_criteria(&query, page->criteria);
	appendStringInfo(&query.sql, " ORDER BY %s %s, o.id %s LIMIT " INT64_FORMAT,
					 page->order.expression, direction, direction, page->max_rows - page->n_ids);
	run(&query, NULL);

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;

		page->ids = accumArrayResult(page->ids,
									 SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull),
									 false, INT8OID, CurrentMemoryContext);
	}
	page->n_ids += SPI_processed;
	SPI_freetuptable(SPI_tuptable);
}

/*
 * NULLs stand last in ascending order and first in descending order, as in PostgreSQL. A condition
 * that says both "after the row" and "or NULL" would keep an index from being used, so these are
 * asked for one after the other.
 */
static void
collect_page(ListPage *page)
{
	const char *expression = page->order.expression;

	if (!page->has_after)
		add_ids_where(page, "true");
	else if (!is_null_before(page))
	{
		add_ids_where(page, psprintf("(%s, o.id) %s (%s, $1)", expression,
									 page->order.descending ? "<" : ">", value_before(page)));
		if (!page->order.descending)
			add_ids_where(page, psprintf("%s IS NULL", expression));
	}
	else
	{
		add_ids_where(page, psprintf("%s IS NULL AND o.id %s $1", expression,
									 page->order.descending ? "<" : ">"));
		if (page->order.descending)
			add_ids_where(page, psprintf("%s IS NOT NULL", expression));
	}
}

/* Planning the joins of the list takes longer than running them for a page, so that is kept. */
#define LARGEST_KEPT_PAGE 1000

static SPIPlanPtr
list_plan(const char *sql)
{
	static SPIPlanPtr kept = NULL;
	Oid			types[] = {INT8ARRAYOID};

	if (kept != NULL && SPI_plan_is_valid(kept))
		return kept;
	if (kept != NULL)
		SPI_freeplan(kept);
	kept = NULL;
	kept = SPI_prepare_cursor(sql, lengthof(types), types, CURSOR_OPT_GENERIC_PLAN);
	if (kept == NULL || SPI_keepplan(kept) != 0)
		elog(ERROR, "could not prepare the list: %s", SPI_result_code_string(SPI_result));
	return kept;
}

/* The rows of the list for the page's ids, in their order. */
static void
return_page(FunctionCallInfo fcinfo, const ListPage *page)
{
	SearchQuery query;

	/* the list joins so much already that the planner would not start from the ids by itself */
	start_query(&query);
	add_parameter(&query, INT8ARRAYOID, makeArrayResult(page->ids, CurrentMemoryContext));
	appendStringInfoString(&query.sql,
						   "SELECT l.* FROM salesopp.opportunity_list l"
						   " JOIN unnest($1) WITH ORDINALITY page (id, position) ON page.id = l.id"
						   " WHERE l.organization_id = salesopp.current_organization()"
						   " AND l.id = ANY ($1) ORDER BY page.position");
	if (page->n_ids > LARGEST_KEPT_PAGE)
		run(&query, result_receiver(fcinfo));
	else
	{
		SPIExecuteOptions options = {
			.params = query.parameters,
			.read_only = true,
			.must_return_tuples = true,
			.dest = result_receiver(fcinfo)
		};
		int			result = SPI_execute_plan_extended(list_plan(query.sql.data), &options);

		if (result < 0)
			elog(ERROR, "SPI_execute_plan_extended returned %s", SPI_result_code_string(result));
	}
}

Datum
search(PG_FUNCTION_ARGS)
{
	ListPage		page = {
		.criteria = criteria_argument(fcinfo),
		.max_rows = PG_ARGISNULL(2) ? PG_INT64_MAX : PG_GETARG_INT32(2),
		.has_after = !PG_ARGISNULL(3),
	};

	if (page.max_rows < 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("max_rows must not be negative"),
				errhint("Pass the number of rows of a page, or NULL for all."));
	if (page.has_after)
		page.after = PG_GETARG_INT64(3);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	page.order = parse_sort(PG_ARGISNULL(1) ? "changed_at desc" : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	collect_page(&page);

	if (page.n_ids > 0)
		return_page(fcinfo, &page);
	SPI_finish();
	return (Datum) 0;
}

/* ----------
 * Figures
 * ----------
 */

/* The result of a statement around the opportunities that meet the criteria. */
static Datum
figures(FunctionCallInfo fcinfo, const char *before, const char *after)
{
	Jsonb	   *criteria = criteria_argument(fcinfo);
	SearchQuery		query;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	start_query(&query);
	appendStringInfoString(&query.sql, before);
	appendStringInfoString(&query.sql, " FROM salesopp.opportunity o WHERE ");
	add_criteria(&query, criteria);
	appendStringInfoString(&query.sql, after);
	run(&query, result_receiver(fcinfo));
	SPI_finish();
	return (Datum) 0;
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
	return figures(fcinfo, "SELECT salesopp.initial_letter(o.subject), count(*)",
				   " GROUP BY 1 ORDER BY 1");
}
