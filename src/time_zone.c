/*
 * time_zone.c
 *		Which time zones there are.
 */
#include "compat.h"

#include "pgtime.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(is_time_zone);

Datum
is_time_zone(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(pg_tzset(text_to_cstring(PG_GETARG_TEXT_PP(0))) != NULL);
}
