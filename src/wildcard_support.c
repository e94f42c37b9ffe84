/*
 * wildcard_support.c
 *		What the planner asks about matches(): can an index serve it, how many rows will it find?
 *
 * Any index that serves ILIKE does: the condition that it is given is the same or wider, and
 * matches() itself stays as the filter.
 */
#include "compat.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/plancat.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "wildcard.h"

PG_FUNCTION_INFO_V1(matches_support);

/* The pattern as ILIKE takes it: put over now where it is known, else by to_like() at run time. */
static Expr *
like_pattern(Oid matches_function, Node *pattern)
{
	Oid			types[] = {TEXTOID};
	Oid			to_like;

	if (IsA(pattern, Const))
	{
		Const	   *known = (Const *) pattern;

		if (known->constisnull)
			return NULL;
		return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
								  PointerGetDatum(wildcard_to_like(DatumGetTextPP(known->constvalue))),
								  false, false);
	}

	to_like = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("to_like"),
							  PointerGetDatum(buildoidvector(types, 1)),
							  ObjectIdGetDatum(get_func_namespace(matches_function)));
	if (!OidIsValid(to_like))
		return NULL;
	return (Expr *) makeFuncExpr(to_like, TEXTOID, list_make1(pattern), DEFAULT_COLLATION_OID,
								 exprCollation(pattern), COERCE_EXPLICIT_CALL);
}

static Node *
index_condition(SupportRequestIndexCondition *request)
{
	FuncExpr   *call = (FuncExpr *) request->node;
	Node	   *pattern;
	Expr	   *like;

	if (!IsA(call, FuncExpr) || list_length(call->args) != 2 || request->indexarg != 0 ||
		!op_in_opfamily(OID_TEXT_ICLIKE_OP, request->opfamily))
		return NULL;
	pattern = lsecond(call->args);
	if (!is_pseudo_constant_for_index(request->root, pattern, request->index))
		return NULL;
	like = like_pattern(request->funcid, pattern);
	if (like == NULL)
		return NULL;
	return (Node *) list_make1(make_opclause(OID_TEXT_ICLIKE_OP, BOOLOID, false,
											 linitial(call->args), like,
											 InvalidOid, call->inputcollid));
}

static Node *
selectivity(SupportRequestSelectivity *request)
{
	Expr	   *like;

	if (request->is_join || list_length(request->args) != 2)
		return NULL;
	like = like_pattern(request->funcid,
						estimate_expression_value(request->root, lsecond(request->args)));
	if (like == NULL)
		return NULL;
	request->selectivity = restriction_selectivity(request->root, OID_TEXT_ICLIKE_OP,
												   list_make2(linitial(request->args), like),
												   request->inputcollid, request->varRelid);
	return (Node *) request;
}

Datum
matches_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *answer = NULL;

	if (IsA(request, SupportRequestIndexCondition))
		answer = index_condition((SupportRequestIndexCondition *) request);
	else if (IsA(request, SupportRequestSelectivity))
		answer = selectivity((SupportRequestSelectivity *) request);
	PG_RETURN_POINTER(answer);
}
