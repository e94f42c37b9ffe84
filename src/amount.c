/*
 * amount.c
 *		Amounts of money: PostgreSQL's numeric to and from whole numbers of small units.
 *
 * Adding up numerics costs more than reading the table that holds them. An amount of up to 16
 * digits before the point and two after it is therefore read straight from the stored digits into
 * an integer; every other takes the way through numeric's own functions.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "amount.h"

/*
 * The stored form of a numeric, which numeric.c keeps to itself but cannot change: a header of 16
 * bits (short form) or 32 (long form), then digits of base 10000.
 */
#define STORED_FORM_MASK		0xC000
#define STORED_NEGATIVE_LONG	0x4000
#define STORED_SHORT			0x8000
#define STORED_SPECIAL			0xC000	/* NaN and the infinities */
#define SHORT_NEGATIVE			0x2000
#define SHORT_WEIGHT_NEGATIVE	0x0040
#define SHORT_WEIGHT_MASK		0x003F

#define MAX_WEIGHT 3			/* 10000^4 hundredfold still fits 64 bits */

static inline uint16
stored_word(const char *data, int index)
{
	uint16		word;

	/* a short varlena is not aligned */
	memcpy(&word, data + index * sizeof(uint16), sizeof(uint16));
	return word;
}

/*
 * The amount in hundredths, or false when it has finer digits, is too large, is not a number, or
 * is stored compressed.
 */
bool
numeric_to_hundredths(Datum amount, int64 *hundredths)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(amount);
	const char *data = VARDATA_ANY(stored);
	int			words;
	int			word = 1;
	uint16		header;
	bool		negative;
	int			weight;
	int64		result = 0;

	if (VARATT_IS_EXTERNAL(stored) || VARATT_IS_COMPRESSED(stored))
		return false;

	words = VARSIZE_ANY_EXHDR(stored) / sizeof(uint16);
	header = stored_word(data, 0);
	switch (header & STORED_FORM_MASK)
	{
		case STORED_SPECIAL:
			return false;
		case STORED_SHORT:
			negative = (header & SHORT_NEGATIVE) != 0;
			weight = header & SHORT_WEIGHT_MASK;
			if (header & SHORT_WEIGHT_NEGATIVE)
				weight |= ~SHORT_WEIGHT_MASK;
			break;
		default:
			negative = (header & STORED_FORM_MASK) == STORED_NEGATIVE_LONG;
			weight = (int16) stored_word(data, word++);
			break;
	}
	if (weight > MAX_WEIGHT)
		return false;

	for (; word < words; word++, weight--)
	{
		int			digit = (int16) stored_word(data, word);

		if (weight >= 0)
			result = result * 10000 + digit;
		else if (weight == -1 && digit % 100 == 0)
		{
			*hundredths = result * 100 + digit / 100;
			if (word + 1 < words)
				return false;
			if (negative)
				*hundredths = -*hundredths;
			return true;
		}
		else
			return false;
	}

	/* digits end before the point: the zeros that follow are not stored */
	for (; weight >= 0; weight--)
		result *= 10000;
	*hundredths = (negative ? -result : result) * 100;
	return true;
}

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
