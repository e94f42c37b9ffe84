/*
 * number_scale.c
 *		Round numbers for an axis, and amounts in short.
 */
#include "compat.h"

#include <math.h>

#include "utils/builtins.h"

#include "picture/number_scale.h"

double
numeric_to_double(Numeric number)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(number)));
}

typedef struct Unit
{
	double		size;
	const char *factor;			/* that makes amounts multiples of it */
	int			exponent;
	Word		word;
} Unit;

/* Up to a million, numbers are written in full. */
static const Unit units[] = {
	{1e12, "1e-12", 12, WORD_TRILLION},
	{1e9, "1e-9", 9, WORD_BILLION},
	{1e6, "1e-6", 6, WORD_MILLION},
	{0, "1", 0, N_WORDS},
};

static const Unit *
unit_for(double amount)
{
	const Unit *unit = units;

	while (amount < unit->size)
		unit++;
	return unit;
}

static Numeric
make_numeric(const char *number)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(number),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

static char *
format_in_unit(Language language, Numeric amount, const Unit *unit, int decimals)
{
	Datum		multiple = DirectFunctionCall2(numeric_mul, NumericGetDatum(amount),
											   NumericGetDatum(make_numeric(unit->factor)));
	char	   *number = format_number(language, DatumGetNumeric(multiple), decimals);

	if (unit->exponent == 0)
		return number;
	return psprintf("%s\xc2\xa0%s", number, word(language, unit->word));
}

char *
short_amount(Language language, Numeric amount)
{
	double		size = numeric_to_double(amount);
	const Unit *unit = unit_for(size);

	return format_in_unit(language, amount, unit, unit->exponent > 0 ? 1 : size < 100 ? 2 : 0);
}

#define MAX_TICKS 5

Scale
choose_scale(double maximum)
{
	static const int digits[] = {1, 2, 5};
	double		power = 0.01;

	for (int exponent = -2;; exponent++, power *= 10)
		for (int i = 0; i < lengthof(digits); i++)
		{
			double		step = digits[i] * power;

			if (step * MAX_TICKS >= maximum)
			{
				Scale		scale = {digits[i], exponent, (int) ceil(maximum / step)};

				scale.top = scale.n_ticks * step;
				return scale;
			}
		}
}

/* All ticks are in one unit, with as many decimals. */
char *
tick_label(Language language, const Scale *scale, int tick)
{
	const Unit *unit = unit_for(scale->top);

	if (tick == 0)
		return "0";
	return format_in_unit(language, make_numeric(psprintf("%de%d", tick * scale->digit, scale->exponent)),
						  unit, Max(unit->exponent - scale->exponent, 0));
}
