/*
 * search_query.c
 *		Statements about opportunities: put together, given parameters, run.
 */
#include "compat.h"

#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"

#include "search/search_query.h"
#include "text/language.h"

/* There is room for so many at first. */
#define INITIAL_PARAMETERS 32

/* ----------
 * Texts and parameters
 * ----------
 */

void
start_query(SearchQuery *query)
{
	initStringInfo(&query->sql);
	query->parameters = NULL;
	query->max_parameters = 0;
	query->ignores_accents = false;
	query->texts = NIL;
}

/* A list of parameters points to itself, so one with more room is another. */
static void
make_room_for_parameter(SearchQuery *query)
{
	int			n = query->parameters == NULL ? 0 : query->parameters->numParams;
	ParamListInfo wider;

	if (n < query->max_parameters)
		return;
	query->max_parameters = Max(2 * n, INITIAL_PARAMETERS);
	wider = makeParamList(query->max_parameters);
	wider->numParams = n;
	if (n > 0)
	{
		memcpy(wider->params, query->parameters->params, n * sizeof(ParamExternData));
		pfree(query->parameters);
	}
	query->parameters = wider;
}

int
add_parameter(SearchQuery *query, Oid type, Datum value)
{
	ParamExternData *parameter;

	make_room_for_parameter(query);
	parameter = &query->parameters->params[query->parameters->numParams++];
	parameter->value = value;
	parameter->isnull = false;
	parameter->pflags = PARAM_FLAG_CONST;
	parameter->ptype = type;
	return query->parameters->numParams;
}

int
add_argument(SearchQuery *query, Oid type, FunctionCallInfo fcinfo, int argument)
{
	int			number = add_parameter(query, type, PG_GETARG_DATUM(argument));

	query->parameters->params[number - 1].isnull = PG_ARGISNULL(argument);
	return number;
}

char *
own_opportunities(const char *joins)
{
	return psprintf(" FROM salesopp.opportunity o%s"
					" WHERE o.organization_id = salesopp.current_organization()", joins);
}

/* ----------
 * Running
 * ----------
 */

void
run_query(const SearchQuery *query, DestReceiver *receiver)
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

DestReceiver *
result_receiver(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DestReceiver *receiver = CreateDestReceiver(DestTuplestore);

	SetTuplestoreDestReceiverParams(receiver, result->setResult,
									result->econtext->ecxt_per_query_memory, false, NULL, NULL);
	return receiver;
}

const char *
find_organization(void)
{
	SearchQuery query;

	start_query(&query);
	appendStringInfoString(&query.sql,
						   "SELECT name FROM salesopp.organization WHERE id = salesopp.current_organization()");
	run_query(&query, NULL);
	return SPI_processed == 0 ? NULL : to_utf8(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
}

/* ----------
 * Kept plans
 *
 * Planning the joins of the list, and many a search for a page, takes longer than running them.
 * ----------
 */

#define KEPT_PLANS 32

typedef struct KeptPlan
{
	char	   *sql;
	SPIPlanPtr	plan;
} KeptPlan;

static SPIPlanPtr
prepare(const SearchQuery *query, int cursor_options)
{
	int			n_types = query->parameters == NULL ? 0 : query->parameters->numParams;
	Oid		   *types = palloc((n_types + 1) * sizeof(Oid));
	SPIPlanPtr	plan;

	for (int i = 0; i < n_types; i++)
		types[i] = query->parameters->params[i].ptype;
	plan = SPI_prepare_cursor(query->sql.data, n_types, types, cursor_options);
	if (plan == NULL)
		elog(ERROR, "could not prepare a search: %s", SPI_result_code_string(SPI_result));
	return plan;
}

/* A new one takes the place of the one that was made first. */
static SPIPlanPtr
kept_plan(const SearchQuery *query, int cursor_options)
{
	static KeptPlan kept[KEPT_PLANS];
	static int	next = 0;
	SPIPlanPtr	plan;
	char	   *sql;

	for (int i = 0; i < KEPT_PLANS; i++)
		if (kept[i].sql != NULL && strcmp(kept[i].sql, query->sql.data) == 0)
			return kept[i].plan;

	plan = prepare(query, cursor_options);
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

void
run_kept_query(const SearchQuery *query, int cursor_options, DestReceiver *receiver)
{
	SPIExecuteOptions options = {
		.params = query->parameters,
		.read_only = true,
		.must_return_tuples = true,
		.dest = receiver
	};
	int			result = SPI_execute_plan_extended(kept_plan(query, cursor_options), &options);

	if (result < 0)
		elog(ERROR, "SPI_execute_plan_extended returned %s", SPI_result_code_string(result));
}
