/*
 * custom_value.c
 *		One value of a custom field, with the type of the field, to be compared, sorted and exported.
 *
 * What is of another type, which only loading can bring, is NULL: no error depends on the values, so these are leakproof.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/jsonb.h"

#include "text/iso_date.h"

PG_FUNCTION_INFO_V1(custom_number);
PG_FUNCTION_INFO_V1(custom_date);

/* NULL where there is none. */
static JsonbValue *
value_of_field(FunctionCallInfo fcinfo, JsonbValue *found)
{
	Jsonb	   *custom = PG_GETARG_JSONB_P(0);
	text	   *field = PG_GETARG_TEXT_PP(1);

	if (!JB_ROOT_IS_OBJECT(custom))
		return NULL;
	return getKeyJsonValueFromContainer(&custom->root, VARDATA_ANY(field), VARSIZE_ANY_EXHDR(field), found);
}

Datum
custom_number(PG_FUNCTION_ARGS)
{
	JsonbValue	found;
	JsonbValue *value = value_of_field(fcinfo, &found);

	if (value == NULL || value->type != jbvNumeric)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(datumCopy(NumericGetDatum(value->val.numeric), false, -1));
}

Datum
custom_date(PG_FUNCTION_ARGS)
{
	JsonbValue	found;
	JsonbValue *value = value_of_field(fcinfo, &found);
	DateADT		date;

	if (value == NULL || value->type != jbvString ||
		!parse_iso_date(cstring_to_text_with_len(value->val.string.val, value->val.string.len), &date))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date);
}
