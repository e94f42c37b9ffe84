/*
 * criteria.h
 *		Search criteria (F9), from jsonb to conditions on opportunities.
 */
#ifndef SALESOPP_CRITERIA_H
#define SALESOPP_CRITERIA_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "nodes/params.h"
#include "utils/jsonb.h"

/* More than all criteria together can need. */
#define MAX_PARAMETERS 100

/* A statement in the making: its text, and the values of its parameters. */
typedef struct SearchQuery
{
	StringInfoData sql;
	ParamListInfo parameters;
	bool		ignores_accents;	/* in patterns */
} SearchQuery;

extern void define_search_settings(void);
extern void start_query(SearchQuery *query);
extern int	add_parameter(SearchQuery *query, Oid type, Datum value);
extern void add_criteria(SearchQuery *query, Jsonb *criteria);

#endif
