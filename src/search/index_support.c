/*
 * index_support.c
 *		What the planner asks about the conditions of a search: can an index serve them, how many
 *		rows will they find?
 *
 * Indexes serve operators. Those that searches need are not leakproof: under row security PostgreSQL lets
 * the policy look at every row before it asks them. So searches call functions that are leakproof, and the
 * planner learns here with which operator an index can be asked in their place. The index may find more than
 * the function accepts, which is still called for every row that was found.
 */
#include "compat.h"

#include "catalog/namespace.h"
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
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "text/wildcard.h"

PG_FUNCTION_INFO_V1(matches_support);
PG_FUNCTION_INFO_V1(has_custom_values_support);
PG_FUNCTION_INFO_V1(has_custom_texts_support);
PG_FUNCTION_INFO_V1(is_at_least_support);
PG_FUNCTION_INFO_V1(is_at_most_support);

/* Turns the second argument of a function into the second operand of its operator, or gives NULL. */
typedef Expr *(*Translate) (Oid function, Node *asked, Oid collation, bool is_composed);

/* Texts in the tables of the extension are stored composed. In other tables they may be in any form. */
static bool
stores_composed(PlannerInfo *root, RelOptInfo *rel, Oid function)
{
	return get_rel_namespace(planner_rt_fetch(rel->relid, root)->relid) == get_func_namespace(function);
}

/*
 * The pattern as ILIKE takes it: made here where it is a constant, else by a function at run time. There is
 * none for collations in which different texts can be equal, since ILIKE refuses these.
 */
static Expr *
like_pattern(Oid matches_function, Node *pattern, Oid collation, bool is_composed)
{
	Oid			types[] = {TEXTOID};
	const char *name = is_composed ? "index_pattern" : "wide_index_pattern";
	Oid			index_pattern;

	if (!OidIsValid(collation) || !get_collation_isdeterministic(collation))
		return NULL;
	if (IsA(pattern, Const))
	{
		Const	   *known = (Const *) pattern;

		if (known->constisnull)
			return NULL;
		return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
								  PointerGetDatum(wildcard_for_index(DatumGetTextPP(known->constvalue),
																	 collation, is_composed)),
								  false, false);
	}

	index_pattern = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
									PointerGetDatum(buildoidvector(types, 1)),
									ObjectIdGetDatum(get_func_namespace(matches_function)));
	if (!OidIsValid(index_pattern))
		return NULL;
	return (Expr *) makeFuncExpr(index_pattern, TEXTOID, list_make1(pattern), DEFAULT_COLLATION_OID,
								 collation, COERCE_EXPLICIT_CALL);
}

static Expr *
as_it_is(Oid function, Node *asked, Oid collation, bool is_composed)
{
	return (Expr *) asked;
}

static Node *
index_condition(SupportRequestIndexCondition *request, Oid operator, Translate translate)
{
	FuncExpr   *call = (FuncExpr *) request->node;
	Node	   *asked;
	Expr	   *operand;

	if (!IsA(call, FuncExpr) || list_length(call->args) < 2 || request->indexarg != 0 ||
		!op_in_opfamily(operator, request->opfamily))
		return NULL;
	asked = lsecond(call->args);
	if (!is_pseudo_constant_for_index(request->root, asked, request->index))
		return NULL;
	operand = translate(request->funcid, asked, call->inputcollid,
						stores_composed(request->root, request->index->rel, request->funcid));
	if (operand == NULL)
		return NULL;
	return (Node *) list_make1(make_opclause(operator, BOOLOID, false, linitial(call->args), operand,
											 InvalidOid, call->inputcollid));
}

static Node *
selectivity(SupportRequestSelectivity *request, Oid operator, Translate translate)
{
	Expr	   *operand;

	if (request->is_join || list_length(request->args) < 2)
		return NULL;
	operand = translate(request->funcid,
						estimate_expression_value(request->root, lsecond(request->args)),
						request->inputcollid, true);
	if (operand == NULL)
		return NULL;
	request->selectivity = restriction_selectivity(request->root, operator,
												   list_make2(linitial(request->args), operand),
												   request->inputcollid, request->varRelid);
	return (Node *) request;
}

static Node *
answer(Node *request, Oid operator, Translate translate)
{
	if (IsA(request, SupportRequestIndexCondition))
		return index_condition((SupportRequestIndexCondition *) request, operator, translate);
	if (IsA(request, SupportRequestSelectivity))
		return selectivity((SupportRequestSelectivity *) request, operator, translate);
	return NULL;
}

Datum
matches_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(answer((Node *) PG_GETARG_POINTER(0), OID_TEXT_ICLIKE_OP, like_pattern));
}

static Datum
answer_for_operator(FunctionCallInfo fcinfo, char *name, Oid left, Oid right)
{
	Oid			operator = OpernameGetOprid(list_make2(makeString("pg_catalog"), makeString(name)), left, right);

	PG_RETURN_POINTER(answer((Node *) PG_GETARG_POINTER(0), operator, as_it_is));
}

Datum
has_custom_values_support(PG_FUNCTION_ARGS)
{
	return answer_for_operator(fcinfo, "@>", JSONBOID, JSONBOID);
}

/* What has texts in certain fields has these fields. */
Datum
has_custom_texts_support(PG_FUNCTION_ARGS)
{
	return answer_for_operator(fcinfo, "?&", JSONBOID, TEXTARRAYOID);
}

Datum
is_at_least_support(PG_FUNCTION_ARGS)
{
	return answer_for_operator(fcinfo, ">=", NUMERICOID, NUMERICOID);
}

Datum
is_at_most_support(PG_FUNCTION_ARGS)
{
	return answer_for_operator(fcinfo, "<=", NUMERICOID, NUMERICOID);
}
