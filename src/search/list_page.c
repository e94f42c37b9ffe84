/*
 * list_page.c
 *		A page of what a search has found.
 *
 * A page that people look at is found in two steps: first the ids of its rows, in their order, then what is wanted
 * of these alone. Where more rows than LARGEST_PAGE are wanted, one statement gives all.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"

#include "search/criteria.h"
#include "search/list_page.h"

#define LARGEST_PAGE 1000

/* A page while it is looked for. */
typedef struct PageSearch
{
	const ListPage *page;
	bool		is_large;
	bool	   *is_null;		/* whether the row "after" has no value, by sort key */
	int64		n_rows;			/* found so far */
	Datum		ids[LARGEST_PAGE];	/* theirs, unless the page is large */
	DestReceiver *receiver;
} PageSearch;

void
read_page_arguments(ListPage *page, FunctionCallInfo fcinfo, int max_rows, int after)
{
	page->max_rows = PG_ARGISNULL(max_rows) ? PG_INT64_MAX : PG_GETARG_INT32(max_rows);
	if (page->max_rows < 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("max_rows must not be negative"),
				errhint("Pass the number of rows of a page, or NULL for all."));
	page->has_after = !PG_ARGISNULL(after);
	if (page->has_after)
		page->after = PG_GETARG_INT64(after);
}

/* ----------
 * Behind a row
 *
 * The rows behind one are those that agree with it in all sort keys but come behind by their id, then those that agree in all
 * but the last key and come behind by that, and so on up to the first key. Rows with a value and rows without one may
 * follow. One condition for all this, with OR, would keep an index from being used: each kind has a statement
 * of its own, and they follow each other in the order of the list.
 * ----------
 */

static const char *
value_before(const SortKey *key)
{
	const char *join = join_of_column(key->column);

	return psprintf("(SELECT %s%s AND o.id = $1)", key->column->expression, own_opportunities(join == NULL ? "" : join));
}

/* Whether the row "after" has no value in the sort columns. It must be there, but need not meet the criteria. */
static void
look_at_row_before(PageSearch *search)
{
	const ListOrder *order = &search->page->order;
	SearchQuery query;
	bool		isnull;

	start_query(&query);
	add_parameter(&query, INT8OID, Int64GetDatum(search->page->after));
	appendStringInfoString(&query.sql, "SELECT ");
	for (int i = 0; i < order->n_keys; i++)
		appendStringInfo(&query.sql, "%s%s IS NULL", i == 0 ? "" : ", ", order->keys[i].column->expression);
	add_opportunities(&query, join_texts(add_joins_of_order(NIL, order)), NULL);
	appendStringInfoString(&query.sql, " AND o.id = $1");
	run_kept_query(&query, 0, NULL);
	if (SPI_processed == 0)
		ereport(ERROR,
				errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("no such opportunity: %lld", (long long) search->page->after),
				errhint("Pass the id of the last row of the page before as after, or NULL for the first page."));
	search->is_null = palloc(order->n_keys * sizeof(bool));
	for (int i = 0; i < order->n_keys; i++)
		search->is_null[i] = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &isnull));
}

/* Agrees with the row "after" in the first keys; ends with AND where there are any. */
static const char *
agreement(const PageSearch *search, int n_keys)
{
	StringInfoData condition;

	initStringInfo(&condition);
	for (int i = 0; i < n_keys; i++)
	{
		const SortKey *key = &search->page->order.keys[i];

		if (search->is_null[i])
			appendStringInfo(&condition, "%s IS NULL AND ", key->column->expression);
		else
			appendStringInfo(&condition, "%s = %s AND ", key->column->expression, value_before(key));
	}
	return condition.data;
}

/*
 * Under row security an index on numerics serves these functions, which are leakproof, and not operators. So this
 * comes before the comparison of rows, which says the same but for equal values.
 */
static const char *
index_condition(const SortKey *key)
{
	if (!is_numeric_column(key->column))
		return "";
	return psprintf("salesopp.%s(%s, %s) AND ", key->descending ? "is_at_most" : "is_at_least",
					key->column->expression, value_before(key));
}

/* Comes behind by the value of a key; by that of the last one, or its id. */
static const char *
comes_behind(const SortKey *key, bool is_last)
{
	const char *direction = key->descending ? "<" : ">";

	if (is_last)
		return psprintf("%s(%s, o.id) %s (%s, $1)", index_condition(key), key->column->expression, direction, value_before(key));
	return psprintf("%s%s %s %s", index_condition(key), key->column->expression, direction, value_before(key));
}

/* ----------
 * The rows
 * ----------
 */

/* Adds the next rows that meet the criteria and the condition, until the page is full. */
static void
add_rows_where(PageSearch *search, const char *condition)
{
	const ListPage *page = search->page;
	List	   *joins = search->is_large ? list_copy(page->joins) : NIL;
	SearchQuery query;
	bool		isnull;

	if (search->n_rows >= page->max_rows)
		return;

	start_query(&query);
	if (page->has_after)
		add_parameter(&query, INT8OID, Int64GetDatum(page->after));
	appendStringInfo(&query.sql, "SELECT %s", search->is_large ? page->wanted : "o.id");
	add_opportunities(&query, join_texts(add_joins_of_order(joins, &page->order)), page->criteria);
	appendStringInfo(&query.sql, " AND %s", condition);
	append_order(&query.sql, &page->order);
	appendStringInfo(&query.sql, " LIMIT " INT64_FORMAT, page->max_rows - search->n_rows);

	if (search->is_large)
		run_query(&query, search->receiver);
	else
	{
		run_kept_query(&query, 0, NULL);
		for (uint64 i = 0; i < SPI_processed; i++)
			search->ids[search->n_rows + i] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);
		SPI_freetuptable(SPI_tuptable);
	}
	search->n_rows += SPI_processed;
}

/* Those that agree with the row "after" in the keys before this one, and come behind by this one. */
static void
add_rows_behind(PageSearch *search, int i)
{
	const ListOrder *order = &search->page->order;
	const SortKey *key = &order->keys[i];
	const char *expression = key->column->expression;
	const char *agreeing = agreement(search, i);
	bool		is_last = i == order->n_keys - 1;

	if (search->is_null[i])
	{
		if (is_last)
			add_rows_where(search, psprintf("%s%s IS NULL AND o.id %s $1", agreeing, expression, key->descending ? "<" : ">"));
		if (key->nulls_first)
			add_rows_where(search, psprintf("%s%s IS NOT NULL", agreeing, expression));
	}
	else
	{
		add_rows_where(search, psprintf("%s%s", agreeing, comes_behind(key, is_last)));
		if (!key->nulls_first)
			add_rows_where(search, psprintf("%s%s IS NULL", agreeing, expression));
	}
}

/* What is wanted of the rows that were found, in their order. */
static void
return_rows(PageSearch *search)
{
	SearchQuery query;

	start_query(&query);
	add_parameter(&query, INT8ARRAYOID,
				  PointerGetDatum(construct_array(search->ids, search->n_rows, INT8OID, sizeof(int64),
												  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
	appendStringInfoString(&query.sql, search->page->by_id);
	run_kept_query(&query, CURSOR_OPT_GENERIC_PLAN, search->receiver);
}

void
return_page(FunctionCallInfo fcinfo, const ListPage *page)
{
	PageSearch	search = {.page = page, .is_large = page->max_rows > LARGEST_PAGE, .receiver = result_receiver(fcinfo)};

	if (!page->has_after)
		add_rows_where(&search, "true");
	else
	{
		look_at_row_before(&search);
		for (int i = page->order.n_keys - 1; i >= 0; i--)
			add_rows_behind(&search, i);
	}
	if (!search.is_large && search.n_rows > 0)
		return_rows(&search);
}
