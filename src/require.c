/*
 * require.c
 *		How functions in SQL check what they were given, and what they say then.
 */
#include "compat.h"

#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

PG_FUNCTION_INFO_V1(message);
PG_FUNCTION_INFO_V1(require);

/* The arguments of require(). */
enum
{
	CONDITION,
	STATE,
	MESSAGE,
	HINT,
	ABOUT						/* and those behind it */
};

/* An empty text is no message: a catalog has its head there. */
static const char *
translation(const char *english)
{
	return *english == '\0' ? english : _(english);
}

Datum
message(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(translation(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

/* format(text, VARIADIC "any") of what require() was given behind the hint. */
static const char *
filled_in(FunctionCallInfo fcinfo, const char *said)
{
	const FuncExpr *called = castNode(FuncExpr, fcinfo->flinfo->fn_expr);
	FuncExpr   *format = makeFuncExpr(F_FORMAT_TEXT_ANY, TEXTOID, list_copy_tail(called->args, ABOUT - 1), InvalidOid,
									  PG_GET_COLLATION(), COERCE_EXPLICIT_CALL);
	FmgrInfo	function;
	LOCAL_FCINFO(call, FUNC_MAX_ARGS);

	format->funcvariadic = called->funcvariadic;
	fmgr_info(F_FORMAT_TEXT_ANY, &function);
	fmgr_info_set_expr((Node *) format, &function);
	InitFunctionCallInfoData(*call, &function, PG_NARGS() - ABOUT + 1, PG_GET_COLLATION(), NULL, NULL);
	/* the message stands where the hint did */
	memcpy(call->args, fcinfo->args + ABOUT - 1, call->nargs * sizeof(NullableDatum));
	call->args[0] = (NullableDatum) {CStringGetTextDatum(said), false};
	return TextDatumGetCString(FunctionCallInvoke(call));
}

/* require(condition, sqlstate, message, hint, about...): raises the error unless the condition is true. */
Datum
require(PG_FUNCTION_ARGS)
{
	const char *state;
	const char *said;

	if (!PG_ARGISNULL(CONDITION) && PG_GETARG_BOOL(CONDITION))
		PG_RETURN_VOID();

	if (PG_ARGISNULL(STATE) || PG_ARGISNULL(MESSAGE) || PG_ARGISNULL(HINT))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the error to raise must not be null"));
	state = text_to_cstring(PG_GETARG_TEXT_PP(STATE));
	if (strlen(state) != 5 || strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("invalid SQLSTATE: \"%s\"", state));
	said = translation(text_to_cstring(PG_GETARG_TEXT_PP(MESSAGE)));
	ereport(ERROR,
			errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
			errmsg_internal("%s", PG_NARGS() > ABOUT ? filled_in(fcinfo, said) : said),
			errhint("%s", translation(text_to_cstring(PG_GETARG_TEXT_PP(HINT)))));
}
