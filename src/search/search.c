/*
 * search.c
 *		search(), summary() and letter_index(): opportunities by criteria.
 *
 * The functions are declared with a search_path of pg_catalog, so what is not qualified in the
 * statements is PostgreSQL's own.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "search/criteria.h"
#include "search/list_order.h"

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
 * Kept plans
 *
 * Planning the joins of the list, and many a search for a page, takes longer than running them.
 * The same text always has parameters of the same types: see add_comparison().
 * ----------
 */

#define KEPT_PLANS 32

typedef struct KeptPlan
{
	char	   *sql;
	SPIPlanPtr	plan;
} KeptPlan;

static SPIPlanPtr
kept_plan(const SearchQuery *query, int cursor_options)
{
	static KeptPlan kept[KEPT_PLANS];
	static int	next = 0;
	Oid			types[MAX_PARAMETERS];
	SPIPlanPtr	plan;
	char	   *sql;

	for (int i = 0; i < KEPT_PLANS; i++)
		if (kept[i].sql != NULL && strcmp(kept[i].sql, query->sql.data) == 0)
			return kept[i].plan;

	for (int i = 0; i < query->parameters->numParams; i++)
		types[i] = query->parameters->params[i].ptype;
	plan = SPI_prepare_cursor(query->sql.data, query->parameters->numParams, types, cursor_options);
	if (plan == NULL)
		elog(ERROR, "could not prepare a search: %s", SPI_result_code_string(SPI_result));

	sql = MemoryContextStrdup(TopMemoryContext, query->sql.data);
	if (kept[next].sql != NULL)
	{
		pfree(kept[next].sql);
		kept[next].sql = NULL;
		SPI_freeplan(kept[next].plan);
	}
	SPI_keepplan(plan);
	kept[next].plan = plan;
	kept[next].sql = sql;
	next = (next + 1) % KEPT_PLANS;
	return plan;
}

static void
run_kept(const SearchQuery *query, int cursor_options)
{
	SPIExecuteOptions options = {
		.params = query->parameters,
		.read_only = true,
		.must_return_tuples = true
	};
	int			result = SPI_execute_plan_extended(kept_plan(query, cursor_options), &options);

	if (result < 0)
		elog(ERROR, "SPI_execute_plan_extended returned %s", SPI_result_code_string(result));
}

/* ----------
 * Pages
 *
 * For a page to look at, the ids are picked and ordered before the list is joined for them. More
 * rows than that come from one statement.
 * ----------
 */

#define LARGEST_PAGE 1000

/* A page begins behind the row with the id "after", where one is given: $1 in its conditions. */
typedef struct ListPage
{
	Jsonb	   *criteria;
	ListOrder	order;
	bool		has_after;
	int64		after;
	int64		max_rows;
	int64		n_rows;			/* found so far */
	int64		ids[LARGEST_PAGE];	/* of these, where max_rows is not larger */
	DestReceiver *receiver;
} ListPage;

static const char *
sort_column(const ListPage *page)
{
	return page->max_rows > LARGEST_PAGE && page->order.joined[0] != '\0' ? page->order.listed : page->order.own;
}

static const char *
value_before(const ListPage *page)
{
	return psprintf("(SELECT %s FROM salesopp.opportunity o%s"
					" WHERE o.organization_id = salesopp.current_organization() AND o.id = $1)",
					page->order.own, page->order.joined);
}

/* Behind a policy, an index on numerics serves these only, and not a comparison with the row. */
static const char *
index_condition(const ListPage *page)
{
	if (!page->order.is_numeric)
		return "";
	return psprintf("salesopp.%s(%s, %s) AND ", page->order.descending ? "is_at_most" : "is_at_least",
					sort_column(page), value_before(page));
}

/* Whether that row has no value in the sort column. It need not meet the criteria. */
static bool
is_null_before(const ListPage *page)
{
	SearchQuery query;
	bool		isnull;

	start_query(&query);
	add_parameter(&query, INT8OID, Int64GetDatum(page->after));
	appendStringInfo(&query.sql, "SELECT %s IS NULL FROM salesopp.opportunity o%s WHERE o.id = $1 AND ",
					 page->order.own, page->order.joined);
	add_criteria(&query, NULL);
	run_kept(&query, 0);
	if (SPI_processed == 0)
		ereport(ERROR,
				errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("no such opportunity: " INT64_FORMAT, page->after),
				errhint("Pass the id of the last row of the page before as after, or NULL for the first page."));
	return DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* Adds the next rows that meet the criteria and the condition, until the page is full. */
static void
add_rows_where(ListPage *page, const char *condition)
{
	const char *direction = page->order.descending ? "DESC" : "ASC";
	SearchQuery query;
	bool		isnull;

	if (page->n_rows >= page->max_rows)
		return;

	start_query(&query);
	if (page->has_after)
		add_parameter(&query, INT8OID, Int64GetDatum(page->after));
	if (page->max_rows > LARGEST_PAGE)
		appendStringInfoString(&query.sql,
							   "SELECT l.* FROM salesopp.opportunity o JOIN salesopp.opportunity_list l"
							   " ON l.organization_id = o.organization_id AND l.id = o.id");
	else
		appendStringInfo(&query.sql, "SELECT o.id FROM salesopp.opportunity o%s", page->order.joined);
	appendStringInfo(&query.sql, " WHERE %s AND ", condition);
	add_criteria(&query, page->criteria);
	appendStringInfo(&query.sql, " ORDER BY %s %s, o.id %s LIMIT " INT64_FORMAT,
					 sort_column(page), direction, direction, page->max_rows - page->n_rows);

	if (page->max_rows > LARGEST_PAGE)
		run(&query, page->receiver);
	else
	{
		run_kept(&query, 0);
		for (uint64 i = 0; i < SPI_processed; i++)
			page->ids[page->n_rows + i] =
				DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
		SPI_freetuptable(SPI_tuptable);
	}
	page->n_rows += SPI_processed;
}

/*
 * NULLs stand last in ascending order and first in descending order, as in PostgreSQL. A condition
 * that says both "after the row" and "or NULL" would keep an index from being used, so these are
 * asked for one after the other.
 */
static void
collect_page(ListPage *page)
{
	const char *own = sort_column(page);

	if (!page->has_after)
		add_rows_where(page, "true");
	else if (!is_null_before(page))
	{
		add_rows_where(page, psprintf("%s(%s, o.id) %s (%s, $1)", index_condition(page), own,
									  page->order.descending ? "<" : ">", value_before(page)));
		if (!page->order.descending)
			add_rows_where(page, psprintf("%s IS NULL", own));
	}
	else
	{
		add_rows_where(page, psprintf("%s IS NULL AND o.id %s $1", own,
									  page->order.descending ? "<" : ">"));
		if (page->order.descending)
			add_rows_where(page, psprintf("%s IS NOT NULL", own));
	}
}

typedef struct ListRow
{
	int64		id;
	HeapTuple	tuple;
} ListRow;

static int
compare_ids(const void *a, const void *b)
{
	int64		left = ((const ListRow *) a)->id;
	int64		right = ((const ListRow *) b)->id;

	return left < right ? -1 : left > right;
}

/* The rows of the list for the page's ids, in their order. */
static void
return_page(ReturnSetInfo *result, const ListPage *page)
{
	SearchQuery query;
	Datum		ids[LARGEST_PAGE];
	ListRow    *rows;
	int			n_rows;
	int			id_column;
	bool		isnull;

	for (int64 i = 0; i < page->n_rows; i++)
		ids[i] = Int64GetDatum(page->ids[i]);
	start_query(&query);
	add_parameter(&query, INT8ARRAYOID,
				  PointerGetDatum(construct_array(ids, page->n_rows, INT8OID, sizeof(int64),
												  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
	appendStringInfoString(&query.sql,
						   "SELECT l.* FROM salesopp.opportunity_list l"
						   " WHERE l.organization_id = salesopp.current_organization()"
						   " AND l.id = ANY ($1)");
	run_kept(&query, CURSOR_OPT_GENERIC_PLAN);

	n_rows = SPI_processed;
	rows = palloc(n_rows * sizeof(ListRow));
	id_column = SPI_fnumber(SPI_tuptable->tupdesc, "id");
	for (int i = 0; i < n_rows; i++)
	{
		rows[i].tuple = SPI_tuptable->vals[i];
		rows[i].id = DatumGetInt64(SPI_getbinval(rows[i].tuple, SPI_tuptable->tupdesc, id_column, &isnull));
	}
	qsort(rows, n_rows, sizeof(ListRow), compare_ids);
	for (int64 i = 0; i < page->n_rows; i++)
	{
		ListRow		wanted = {.id = page->ids[i]};
		ListRow    *row = bsearch(&wanted, rows, n_rows, sizeof(ListRow), compare_ids);

		if (row != NULL)
			tuplestore_puttuple(result->setResult, row->tuple);
	}
}

Datum
search(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListPage	page = {
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
	page.order = parse_list_order(PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1));
	page.receiver = result_receiver(fcinfo);
	collect_page(&page);

	if (page.max_rows <= LARGEST_PAGE && page.n_rows > 0)
		return_page(result, &page);
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
	SearchQuery query;

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
	/* asked once for each first character: the answer depends on nothing else */
	return figures(fcinfo, "SELECT salesopp.initial_letter(l.first), pg_catalog.sum(l.n)::bigint"
				   " FROM (SELECT \"left\"(o.subject, 1) AS first, pg_catalog.count(*) AS n",
				   " GROUP BY 1) l GROUP BY 1 ORDER BY 1");
}
