/*
 * amount.c
 *		Amounts of money: PostgreSQL's numeric to and from whole numbers of small units.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "amount.h"

/*
 * units / 10^digits as a numeric, with as many decimals as it needs and at least two.
 */
Numeric
units_to_numeric(int128 units, int digits)
{
	char		text[64];
	char	   *p = text + sizeof(text);
	bool		negative = units < 0;
	int			position = 0;

	while (digits > HUNDREDTHS_DIGITS && units % 10 == 0)
	{
		units /= 10;
		digits--;
	}
	if (units >= PG_INT64_MIN && units <= PG_INT64_MAX)
		return int64_div_fast_to_numeric((int64) units, digits);

	*--p = '\0';
	for (; units != 0 || position <= digits; position++)
	{
		if (position == digits)
			*--p = '.';
		*--p = '0' + (int) (negative ? -(units % 10) : units % 10);
		units /= 10;
	}
	if (negative)
		*--p = '-';
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(p),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

bool
numeric_is_finite(Numeric value)
{
	return !numeric_is_nan(value) && !numeric_is_inf(value);
}

/*
 * The same value with as many decimals as it needs, and at least two.
 */
Numeric
numeric_presentable(Numeric value)
{
	int			scale;

	if (!numeric_is_finite(value))
		return value;
	scale = DatumGetInt32(DirectFunctionCall1(numeric_min_scale, NumericGetDatum(value)));
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(value),
											   Int32GetDatum(Max(scale, HUNDREDTHS_DIGITS))));
}

/*
 * Whether the bytes are a numeric as this file's header describes it, not packed: numeric's own functions
 * believe what they are given, and some bytes make them write beyond their memory.
 */
bool
is_stored_numeric(const char *bytes, Size length)
{
	const char *data = bytes + VARHDRSZ;
	int			words = ((int64) length - VARHDRSZ) / (int64) sizeof(uint16);
	uint16		header;

	if (words < 1 || length % sizeof(uint16) != 0 || !VARATT_IS_4B_U(bytes) || VARSIZE(bytes) != length)
		return false;
	header = stored_word(data, 0);
	if ((header & STORED_FORM_MASK) == STORED_SPECIAL)
		return words == 1 && (header == STORED_NAN || header == STORED_INFINITY || header == STORED_NEGATIVE_INFINITY);
	if ((header & STORED_FORM_MASK) != STORED_SHORT && words < 2)
		return false;
	for (int i = (header & STORED_FORM_MASK) == STORED_SHORT ? 1 : 2; i < words; i++)
		if (stored_word(data, i) >= STORED_BASE)
			return false;
	return true;
}
