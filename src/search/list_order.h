/*
 * list_order.h
 *		The order of the list: by any of its columns, ties by id in the same direction.
 */
#ifndef SALESOPP_LIST_ORDER_H
#define SALESOPP_LIST_ORDER_H

#include "postgres.h"

typedef struct ListOrder
{
	const char *listed;			/* the column, in opportunity_list as "l" */
	const char *own;			/* the same, in opportunity as "o" and what is joined to it as "r" */
	const char *joined;			/* that join, or empty */
	bool		descending;
	bool		is_numeric;
} ListOrder;

extern ListOrder parse_list_order(text *sort);

#endif
