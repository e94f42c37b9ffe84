/*
 * list_order.h
 *		The order of the list: by any of its columns, ties by id in the direction of the last one.
 */
#ifndef SALESOPP_LIST_ORDER_H
#define SALESOPP_LIST_ORDER_H

#include "postgres.h"
#include "lib/stringinfo.h"

#include "search/list_column.h"

typedef struct SortKey
{
	const ListColumn *column;
	bool		descending;
	bool		nulls_first;
} SortKey;

typedef struct ListOrder
{
	int			n_keys;
	SortKey    *keys;
} ListOrder;

/* "column", then asc or desc and nulls first or last where wanted, and more behind commas; NULL is "changed_at desc". Needs SPI. */
extern ListOrder parse_list_order(text *sort);

/* What the columns need to be joined, behind what is joined anyway. */
extern List *add_joins_of_order(List *joins, const ListOrder *order);

extern void append_order(StringInfo sql, const ListOrder *order);

/* Whether the id of equal rows ascends or descends. */
extern bool id_descends(const ListOrder *order);

#endif
