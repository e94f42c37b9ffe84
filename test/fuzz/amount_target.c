/*
 * amount_target.c
 *		libFuzzer target: amounts read from the digits that numerics are stored as, beside the same read
 *		digit by digit.
 */
#include "amount.h"

#undef fprintf

/* As numeric.c stores it: header, then digits of base 10000, without zeros at either end. */
static Size
store(char *to, bool short_varlena, bool short_form, bool negative, int weight, int scale, const uint16 *digits, int n_digits)
{
	char	   *start = to;
	uint16		word;
	Size		length;

	to += short_varlena ? VARHDRSZ_SHORT : VARHDRSZ;
	if (short_form)
	{
		word = STORED_SHORT | (negative ? SHORT_NEGATIVE : 0) | (scale << 7) |
			(weight < 0 ? SHORT_WEIGHT_NEGATIVE : 0) | (weight & SHORT_WEIGHT_MASK);
		memcpy(to, &word, sizeof(word));
		to += sizeof(word);
	}
	else
	{
		word = (negative ? STORED_NEGATIVE_LONG : 0) | scale;
		memcpy(to, &word, sizeof(word));
		to += sizeof(word);
		word = (uint16) weight;
		memcpy(to, &word, sizeof(word));
		to += sizeof(word);
	}
	memcpy(to, digits, n_digits * sizeof(uint16));
	length = to + n_digits * sizeof(uint16) - start;
	if (short_varlena)
		SET_VARSIZE_SHORT(start, length);
	else
		SET_VARSIZE(start, length);
	return length;
}

/*
 * The decimal digits one by one, in hundredths; false where there are finer ones, or more before the point
 * than are read.
 */
static bool
read_slowly(bool negative, int weight, const uint16 *digits, int n_digits, int64 *hundredths)
{
	__int128	result = 0;

	if (n_digits > 0 && weight > MAX_WEIGHT)
		return false;
	for (int i = 0; i < n_digits; i++)
	{
		int			place = 4 * (weight - i);

		for (int divisor = 1000, power = place + 3; divisor > 0; divisor /= 10, power--)
		{
			int			digit = digits[i] / divisor % 10;
			__int128	value = digit;

			if (digit == 0)
				continue;
			if (power < -2)
				return false;
			for (int p = power + 2; p > 0; p--)
				value *= 10;
			result += value;
		}
	}
	*hundredths = negative ? -result : result;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16		digits[8];
	int			n_digits;
	int			weight;
	char	   *stored;
	int64		fast = 0;
	int64		slow = 0;
	bool		is_fast;
	bool		is_slow;

	if (size < 20)
		return 0;
	n_digits = data[0] % 8;
	weight = (int8_t) data[1] % 8;
	for (int i = 0; i < n_digits; i++)
	{
		memcpy(&digits[i], data + 4 + 2 * i, sizeof(uint16));
		digits[i] %= 10000;
		/* often so that hundredths can be exact */
		if (data[2] & 1)
			digits[i] -= digits[i] % 100;
	}
	while (n_digits > 0 && digits[n_digits - 1] == 0)
		n_digits--;
	if (n_digits > 0 && digits[0] == 0)
		digits[0] = 1;
	if (n_digits == 0)
		weight = 0;

	/* of just the length, so that reading beyond it is seen; a short one stands at an odd address */
	for (int form = 0; form < 4; form++)
	{
		bool		short_varlena = form & 1;
		char	   *block = malloc(128);
		Size		length = store(block, short_varlena, form & 2, data[3] & 1, weight, 20, digits, n_digits);

		stored = malloc(length + 1);
		memcpy(stored + short_varlena, block, length);
		is_fast = numeric_to_hundredths(PointerGetDatum(stored + short_varlena), &fast);
		is_slow = read_slowly(data[3] & 1, weight, digits, n_digits, &slow);
		/* what is read fast is right, and what is plain is read fast */
		if (is_fast ? !is_slow || fast != slow : is_slow && weight - n_digits + 1 >= -1)
		{
			fprintf(stderr, "weight %d, %d digits, form %d: %d %lld, %d %lld\n", weight, n_digits, form, is_fast, (long long) fast, is_slow, (long long) slow);
			abort();
		}
		free(stored);
		free(block);
	}
	return 0;
}
