/*
 * won_and_open.c
 *		What the pipeline is worth, won and open apart.
 */
#include "compat.h"

#include "utils/fmgrprotos.h"

#include "picture/number_scale.h"
#include "picture/svg.h"
#include "picture/won_and_open.h"

static Numeric
add(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b)));
}

Value
no_value(void)
{
	Value		none = {int64_to_numeric(0), int64_to_numeric(0)};

	return none;
}

void
add_value(Value *sum, const Value *value)
{
	sum->won = add(sum->won, value->won);
	sum->open = add(sum->open, value->open);
}

bool
is_worthless(const Value *value)
{
	return numeric_to_double(value_sum(value)) == 0;
}

Numeric
value_sum(const Value *value)
{
	return add(value->won, value->open);
}

const char *
describe_value(Language language, const char *name, const Value *value)
{
	return psprintf("%s: %s %s, %s %s, %s %s", name,
					word(language, WORD_WON), svg_amount(language, value->won),
					word(language, WORD_OPEN), svg_amount(language, value->open),
					word(language, WORD_TOTAL), svg_amount(language, value_sum(value)));
}
