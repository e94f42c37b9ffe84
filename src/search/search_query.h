/*
 * search_query.h
 *		Statements about opportunities: put together, given parameters, run.
 *
 * In their texts an opportunity is "o". All statements of a call read what the query that called it reads.
 */
#ifndef SALESOPP_SEARCH_QUERY_H
#define SALESOPP_SEARCH_QUERY_H

#include "postgres.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/params.h"
#include "nodes/pg_list.h"
#include "tcop/dest.h"

/* A statement in the making: its text, and the values of its parameters. */
typedef struct SearchQuery
{
	StringInfoData sql;
	ParamListInfo parameters;	/* NULL while there are none */
	int			max_parameters;	/* that there is room for */
	bool		ignores_accents;	/* in patterns */
	List	   *texts;			/* the criteria whose texts the criterion "text" looks at */
} SearchQuery;

extern void start_query(SearchQuery *query);

/* Returns the number by which the text names the parameter. */
extern int	add_parameter(SearchQuery *query, Oid type, Datum value);

/* The same with an argument of the function that was called, which may be NULL. */
extern int	add_argument(SearchQuery *query, Oid type, FunctionCallInfo fcinfo, int argument);

/* FROM and WHERE: the opportunities of the current organization, with what is joined to them. More conditions can follow. */
extern char *own_opportunities(const char *joins);

/* The name of the current organization, in UTF-8; NULL where there is none. Needs SPI. */
extern const char *find_organization(void);

/* Puts the rows of a statement straight into the result of the function, which InitMaterializedSRF() has made ready. */
extern DestReceiver *result_receiver(FunctionCallInfo fcinfo);

/* Without a receiver, the rows are in SPI_tuptable. */
extern void run_query(const SearchQuery *query, DestReceiver *receiver);

/* With a plan that is kept for statements of the same text: their parameters must have the same types. */
extern void run_kept_query(const SearchQuery *query, int cursor_options, DestReceiver *receiver);

#endif
