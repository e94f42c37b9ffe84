/*
 * saved_search.h
 *		Searches that somebody has given a name.
 */
#ifndef SALESOPP_SAVED_SEARCH_H
#define SALESOPP_SAVED_SEARCH_H

#include "postgres.h"
#include "utils/array.h"
#include "utils/jsonb.h"

/* What a saved search consists of; all NULL where there is none. Its order and columns may be NULL: the usual ones. */
typedef struct SavedSearch
{
	Jsonb	   *criteria;
	text	   *sort;
	ArrayType  *columns;
} SavedSearch;

/* The one that criteria name as "saved", if they do. They may be NULL. Needs SPI. */
extern SavedSearch find_saved_search(Jsonb *criteria);

#endif
