/*
 * list_page.h
 *		A page of what a search has found.
 */
#ifndef SALESOPP_LIST_PAGE_H
#define SALESOPP_LIST_PAGE_H

#include "postgres.h"
#include "fmgr.h"
#include "utils/jsonb.h"

#include "search/list_order.h"

/* Where "after" is given, the page begins behind the row with that id, which is $1 in the statements. */
typedef struct ListPage
{
	Jsonb	   *criteria;		/* NULL for none */
	ListOrder	order;
	const char *wanted;			/* what the rows are made of: expressions of "o" and what is joined to it */
	List	   *joins;			/* what that is */
	const char *by_id;			/* the statement for the rows whose ids are the array $1, in its order */
	bool		has_after;
	int64		after;
	int64		max_rows;
} ListPage;

/* The arguments max_rows and after of a function. */
extern void read_page_arguments(ListPage *page, FunctionCallInfo fcinfo, int max_rows, int after);

/* Puts the rows of the page into the result of the function. Needs SPI. */
extern void return_page(FunctionCallInfo fcinfo, const ListPage *page);

#endif
