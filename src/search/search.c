/*
 * search.c
 *		search(), search_ids(), summary() and letter_index(): opportunities by criteria.
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

#include "search/criteria.h"
#include "search/list_order.h"

PG_FUNCTION_INFO_V1(search);
PG_FUNCTION_INFO_V1(search_ids);
PG_FUNCTION_INFO_V1(summary);
PG_FUNCTION_INFO_V1(letter_index);

/* Puts the rows of a statement straight into the result of the function. */
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
 * Pages
 *
 * A page that people look at is found in two steps: first the ids of its rows, in their order, then the
 * columns of the list for these alone. Where more rows than LARGEST_PAGE are wanted, one statement gives all.
 * ----------
 */

#define LARGEST_PAGE 1000

/* Where "after" is given, the page begins behind the row with that id, which is $1 in the statements. */
typedef struct ListPage
{
	Jsonb	   *criteria;
	ListOrder	order;
	bool		has_after;
	int64		after;
	int64		max_rows;
	int64		n_rows;			/* found so far */
	int64		ids[LARGEST_PAGE];	/* theirs, unless more rows are wanted */
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
	return psprintf("(SELECT %s%s AND o.id = $1)", page->order.own, own_opportunities(page->order.joined));
}

/*
 * Under row security an index on numerics serves these functions, which are leakproof, and not operators. So this
 * comes before the comparison of rows, which says the same but for equal values.
 */
static const char *
index_condition(const ListPage *page)
{
	if (!page->order.is_numeric)
		return "";
	return psprintf("salesopp.%s(%s, %s) AND ", page->order.descending ? "is_at_most" : "is_at_least",
					sort_column(page), value_before(page));
}

/* Whether the row "after" has no value in the sort column. It must be there, but need not meet the criteria. */
static bool
is_null_before(const ListPage *page)
{
	SearchQuery query;
	bool		isnull;

	start_query(&query);
	add_parameter(&query, INT8OID, Int64GetDatum(page->after));
	appendStringInfo(&query.sql, "SELECT %s IS NULL", page->order.own);
	add_opportunities(&query, page->order.joined, NULL);
	appendStringInfoString(&query.sql, " AND o.id = $1");
	run_kept_query(&query, 0);
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
	bool		is_large = page->max_rows > LARGEST_PAGE;
	SearchQuery query;
	bool		isnull;

	if (page->n_rows >= page->max_rows)
		return;

	start_query(&query);
	if (page->has_after)
		add_parameter(&query, INT8OID, Int64GetDatum(page->after));
	appendStringInfoString(&query.sql, is_large ? "SELECT l.*" : "SELECT o.id");
	add_opportunities(&query, is_large ? join_by_id("opportunity_list", "l", "id") : page->order.joined, page->criteria);
	appendStringInfo(&query.sql, " AND %s ORDER BY %s %s, o.id %s LIMIT " INT64_FORMAT,
					 condition, sort_column(page), direction, direction, page->max_rows - page->n_rows);

	if (is_large)
		run_query(&query, page->receiver);
	else
	{
		run_kept_query(&query, 0);
		for (uint64 i = 0; i < SPI_processed; i++)
			page->ids[page->n_rows + i] =
				DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
		SPI_freetuptable(SPI_tuptable);
	}
	page->n_rows += SPI_processed;
}

/*
 * As in PostgreSQL, NULLs come last in ascending order and first in descending order. So rows with a value and
 * rows without one may follow a row. One condition for both, with OR, would keep an index from being used:
 * each kind has a statement of its own.
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

/* The rows of the list with the page's ids, in the order of the ids. */
static ListRow *
find_rows(const ListPage *page, int *n_rows)
{
	SearchQuery query;
	Datum		ids[LARGEST_PAGE];
	ListRow    *rows;
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
	run_kept_query(&query, CURSOR_OPT_GENERIC_PLAN);

	*n_rows = SPI_processed;
	rows = palloc(*n_rows * sizeof(ListRow));
	id_column = SPI_fnumber(SPI_tuptable->tupdesc, "id");
	for (int i = 0; i < *n_rows; i++)
	{
		rows[i].tuple = SPI_tuptable->vals[i];
		rows[i].id = DatumGetInt64(SPI_getbinval(rows[i].tuple, SPI_tuptable->tupdesc, id_column, &isnull));
	}
	qsort(rows, *n_rows, sizeof(ListRow), compare_ids);
	return rows;
}

/* The same in the order of the page. */
static void
return_page(ReturnSetInfo *result, const ListPage *page)
{
	int			n_rows;
	ListRow    *rows = find_rows(page, &n_rows);

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
