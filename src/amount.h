/*
 * amount.h
 *		Amounts of money: PostgreSQL's numeric to and from whole numbers of small units.
 *
 * Adding up numerics costs more than reading the table that holds them. An amount of up to 16
 * digits before the point and two after it is therefore read straight from the stored digits into
 * an integer; every other takes the way through numeric's own functions.
 */
#ifndef SALESOPP_AMOUNT_H
#define SALESOPP_AMOUNT_H

#include "compat.h"

#include "utils/numeric.h"

#define HUNDREDTHS_DIGITS 2

extern Numeric units_to_numeric(int128 units, int digits);
extern Numeric numeric_presentable(Numeric value);
extern bool numeric_is_finite(Numeric value);
extern bool is_stored_numeric(const char *bytes, Size length);

/*
 * The stored form of a numeric, which numeric.c keeps to itself but cannot change: a header of 16
 * bits (short form) or 32 (long form), then digits of base 10000.
 */
#define STORED_FORM_MASK		0xC000
#define STORED_NEGATIVE_LONG	0x4000
#define STORED_SHORT			0x8000
#define STORED_SPECIAL			0xC000	/* NaN and the infinities */
#define STORED_NAN				0xC000
#define STORED_INFINITY			0xD000
#define STORED_NEGATIVE_INFINITY 0xF000
#define SHORT_NEGATIVE			0x2000
#define SHORT_WEIGHT_NEGATIVE	0x0040
#define SHORT_WEIGHT_MASK		0x003F
#define STORED_BASE				10000

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
 * is not stored plainly.
 */
static inline bool
numeric_to_hundredths(Datum amount, int64 *hundredths)
{
	const char *stored = DatumGetPointer(amount);
	const char *data;
	int			digits;
	int			weight;
	int			place;
	uint16		header;
	bool		negative;
	int64		result = 0;
	int			last;

	if (VARATT_IS_SHORT(stored) && !VARATT_IS_EXTERNAL(stored))
		digits = VARSIZE_SHORT(stored) - VARHDRSZ_SHORT;
	else if (VARATT_IS_4B_U(stored))
		digits = VARSIZE(stored) - VARHDRSZ;
	else
		return false;

	data = VARDATA_ANY(stored);
	digits = digits / sizeof(uint16) - 1;
	header = stored_word(data, 0);
	data += sizeof(uint16);
	if ((header & STORED_FORM_MASK) == STORED_SHORT)
	{
		negative = (header & SHORT_NEGATIVE) != 0;
		weight = header & SHORT_WEIGHT_MASK;
		if (header & SHORT_WEIGHT_NEGATIVE)
			weight |= ~SHORT_WEIGHT_MASK;
	}
	else if ((header & STORED_FORM_MASK) == STORED_SPECIAL)
		return false;
	else
	{
		negative = (header & STORED_FORM_MASK) == STORED_NEGATIVE_LONG;
		weight = (int16) stored_word(data, 0);
		data += sizeof(uint16);
		digits--;
	}

	if (digits == 0)
	{
		*hundredths = 0;
		return true;
	}

	/* the power of 10000 that the last digit counts */
	place = weight - digits + 1;
	if (weight > MAX_WEIGHT || place < -1)
		return false;

	for (int i = 0; i < digits - 1; i++)
		result = result * 10000 + stored_word(data, i);
	last = stored_word(data, digits - 1);
	if (place < 0)
	{
		if (last % 100 != 0)
			return false;
		result = result * 100 + last / 100;
	}
	else
	{
		result = (result * 10000 + last) * 100;
		for (; place > 0; place--)
			result *= 10000;
	}
	*hundredths = negative ? -result : result;
	return true;
}

#endif
