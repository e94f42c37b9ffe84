/*
 * require.c
 *		How functions in SQL check what they were given.
 */
#include "compat.h"

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(require);

/* require(condition, sqlstate, message, hint): raises the error unless the condition is true. */
Datum
require(PG_FUNCTION_ARGS)
{
	const char *state;

	if (!PG_ARGISNULL(0) && PG_GETARG_BOOL(0))
		PG_RETURN_VOID();

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the error to raise must not be null"));
	state = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (strlen(state) != 5 || strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("invalid SQLSTATE: \"%s\"", state));
	ereport(ERROR,
			errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
			errmsg("%s", text_to_cstring(PG_GETARG_TEXT_PP(2))),
			errhint("%s", text_to_cstring(PG_GETARG_TEXT_PP(3))));
}
