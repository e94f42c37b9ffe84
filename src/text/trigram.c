/*
 * trigram.c
 *		The trigrams of names, as pg_trgm has them, and how alike two names are by these.
 *
 * Names are as plain_name() gives them: letters and digits, in words with a blank between them. A word begins with two
 * blanks, and ends with one.
 */
#include "compat.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "text/trigram.h"

PG_FUNCTION_INFO_V1(name_likeness);

#define BITS_OF_CHARACTER 21

/* Unlike for unlike characters; in other encodings than UTF-8, almost surely. */
static Trigram
character_code(const char *s, int size)
{
	if (size == 1)
		return (unsigned char) *s;
	if (GetDatabaseEncoding() == PG_UTF8)
		return utf8_to_unicode((const unsigned char *) s);
	return hash_bytes((const unsigned char *) s, size) & ((1 << BITS_OF_CHARACTER) - 1);
}

static Trigram
shift_in(Trigram trigram, Trigram character)
{
	return ((trigram << BITS_OF_CHARACTER) | character) & ((UINT64CONST(1) << 3 * BITS_OF_CHARACTER) - 1);
}

static int
compare_trigrams(const void *a, const void *b)
{
	Trigram		left = *(const Trigram *) a;
	Trigram		right = *(const Trigram *) b;

	return left < right ? -1 : left > right;
}

/* For how many trigrams there must be room. */
int
most_trigrams(Size length)
{
	return 2 * length + 1;
}

/* Each once, in ascending order. */
int
find_trigrams(const char *key, Size length, Trigram *trigrams)
{
	const char *end = key + length;
	int			n = 0;
	int			n_unique = 0;

	while (key < end)
	{
		Trigram		trigram = shift_in(' ', ' ');

		if (*key == ' ')
		{
			key++;
			continue;
		}

		while (key < end && *key != ' ')
		{
			int			size = Min(pg_mblen(key), end - key);

			trigrams[n++] = trigram = shift_in(trigram, character_code(key, size));
			key += size;
		}
		trigrams[n++] = shift_in(trigram, ' ');
	}
	qsort(trigrams, n, sizeof(Trigram), compare_trigrams);
	for (int i = 0; i < n; i++)
		if (i == 0 || trigrams[i] != trigrams[i - 1])
			trigrams[n_unique++] = trigrams[i];
	return n_unique;
}

static Trigram *
trigrams_of_text(text *key, int *n)
{
	Trigram    *trigrams = palloc(most_trigrams(VARSIZE_ANY_EXHDR(key)) * sizeof(Trigram));

	*n = find_trigrams(VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key), trigrams);
	return trigrams;
}

Datum
name_likeness(PG_FUNCTION_ARGS)
{
	int			n;
	int			n_others;
	Trigram    *trigrams = trigrams_of_text(PG_GETARG_TEXT_PP(0), &n);
	Trigram    *others = trigrams_of_text(PG_GETARG_TEXT_PP(1), &n_others);
	int			shared = 0;

	for (int i = 0, j = 0; i < n && j < n_others;)
	{
		if (trigrams[i] == others[j])
		{
			shared++;
			i++;
			j++;
		}
		else if (trigrams[i] < others[j])
			i++;
		else
			j++;
	}
	PG_RETURN_FLOAT4(likeness_of(shared, n, n_others));
}
