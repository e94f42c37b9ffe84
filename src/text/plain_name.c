/*
 * plain_name.c
 *		What is the same of names that people take for one: no case, accents, punctuation or legal form.
 */
#include "compat.h"

#include <ctype.h>

#include "catalog/pg_collation.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "text/text_form.h"

PG_FUNCTION_INFO_V1(plain_name);
extern Datum name_key(PG_FUNCTION_ARGS);

typedef struct Word
{
	char	   *s;
	int			length;
	int			n_characters;
} Word;

typedef struct Words
{
	int			first;
	int			end;
	Word	   *words;
} Words;

/* ----------
 * Words
 * ----------
 */

/* Punctuation beyond ASCII, in order: what stands between words, or around them. */
static bool
is_punctuation(pg_wchar c)
{
	static const struct
	{
		pg_wchar	first;
		pg_wchar	last;
	}			ranges[] = {
		{0x00A0, 0x00A9}, {0x00AB, 0x00B4}, {0x00B6, 0x00B9}, {0x00BB, 0x00BF}, {0x00D7, 0x00D7}, {0x00F7, 0x00F7},
		{0x2010, 0x205E}, {0x2100, 0x214F}, {0x3000, 0x3003}, {0x3008, 0x3020}, {0x30FB, 0x30FB}, {0xFF01, 0xFF0F},
		{0xFF1A, 0xFF20}
	};

	for (int i = 0; i < lengthof(ranges) && ranges[i].first <= c; i++)
		if (c <= ranges[i].last)
			return true;
	return false;
}

static bool
belongs_to_word(const char *s)
{
	if (!IS_HIGHBIT_SET(*s))
		return isalnum((unsigned char) *s);
	return GetDatabaseEncoding() != PG_UTF8 || !is_punctuation(utf8_to_unicode((const unsigned char *) s));
}

static Words
split_into_words(char *s, Size length)
{
	Words		result = {0, 0, palloc((length / 2 + 1) * sizeof(Word))};
	char	   *end = s + length;
	bool		in_word = false;

	while (s < end)
	{
		int			size = Min(pg_mblen(s), end - s);
		bool		belongs = belongs_to_word(s);

		if (belongs && !in_word)
			result.words[result.end++] = (Word) {.s = s};
		if (belongs)
		{
			result.words[result.end - 1].length += size;
			result.words[result.end - 1].n_characters++;
		}
		in_word = belongs;
		s += size;
	}
	return result;
}

/* Single letters that follow each other are one word, as in A/S and S.p.A. The letters are moved to the first. */
static void
join_single_letters(Words *words)
{
	int			n = 0;
	bool		was_single = false;

	for (int i = 0; i < words->end; i++)
	{
		Word		word = words->words[i];
		bool		is_single = word.n_characters == 1;

		if (is_single && was_single)
		{
			Word	   *joined = &words->words[n - 1];

			memmove(joined->s + joined->length, word.s, word.length);
			joined->length += word.length;
			joined->n_characters++;
		}
		else
			words->words[n++] = word;
		was_single = is_single;
	}
	words->end = n;
}

/* ----------
 * Words that say nothing
 * ----------
 */

static int
compare_to_word(const void *key, const void *listed)
{
	const Word *word = key;
	const char *other = *(const char *const *) listed;
	int			result = strncmp(word->s, other, word->length);

	return result != 0 ? result : other[word->length] == '\0' ? 0 : -1;
}

/* The lists are in order. */
static bool
is_one_of(const Word *word, const char *const *list, int n)
{
	return bsearch(word, list, n, sizeof(*list), compare_to_word) != NULL;
}

static bool
is_conjunction(const Word *word)
{
	static const char *const conjunctions[] = {"and", "et", "og", "och", "und"};

	for (int i = 0; i < lengthof(conjunctions); i++)
		if (word->length == strlen(conjunctions[i]) && memcmp(word->s, conjunctions[i], word->length) == 0)
			return true;
	return false;
}

static void
drop_conjunctions(Words *words)
{
	int			n = 0;

	for (int i = 0; i < words->end; i++)
		if (!is_conjunction(&words->words[i]))
			words->words[n++] = words->words[i];
	if (n > 0)
		words->end = n;
}

/* Legal forms at the end, as many as there are ("GmbH & Co. KG"), and those that also come first. A word is left. */
static void
drop_legal_forms(Words *words)
{
	static const char *const last[] = {
		"ab", "ad", "ag", "aksjeselskap", "aktiebolag", "aktiengesellschaft", "aktieselskab", "amba", "ans", "aps", "as",
		"asa", "ba", "bhd", "bv", "bvba", "cic", "co", "company", "corp", "corporation", "cv", "da", "dd", "doo", "ead",
		"eg", "ek", "enk", "eood", "eurl", "ev", "gbr", "gesmbh", "gmbh", "hb", "iks", "inc", "incorporated", "is", "ivs",
		"kb", "kf", "kft", "kg", "kgaa", "ks", "ky", "lda", "limited", "llc", "llp", "lp", "ltd", "ltda", "mbh", "nuf",
		"nv", "nyrt", "oao", "ohg", "ood", "ooo", "osuuskunta", "oy", "oyj", "plc", "pte", "pty", "pvt", "sa", "sarl",
		"sas", "sasu", "sca", "sci", "scs", "sdn", "se", "sf", "sia", "sl", "slu", "snc", "sp", "spa", "srl", "sro", "tmi",
		"uab", "ug", "vof", "zao", "zoo", "zrt"
	};
	static const char *const first[] = {"ab", "as", "oao", "ooo", "oy", "pt", "sia", "uab", "zao"};

	while (words->end - words->first > 1 && is_one_of(&words->words[words->end - 1], last, lengthof(last)))
		words->end--;
	while (words->end - words->first > 1 && is_one_of(&words->words[words->first], first, lengthof(first)))
		words->first++;
}

/* ----------
 * The name
 * ----------
 */

/* Letters that some write as two: Müller and Mueller, Haaland and Håland. Accents are off already. */
static void
append_word(StringInfo out, const Word *word)
{
	if (out->len > 0)
		appendStringInfoChar(out, ' ');
	for (int i = 0; i < word->length; i++)
	{
		char		before = i > 0 ? word->s[i - 1] : '\0';

		if ((word->s[i] == 'e' && (before == 'a' || before == 'o' || before == 'u')) || (word->s[i] == 'a' && before == 'a'))
			continue;
		appendStringInfoChar(out, word->s[i]);
	}
}

/* plain_name(name, of_company). What has no letters or digits stays as it is. */
Datum
plain_name(PG_FUNCTION_ARGS)
{
	text	   *seen = DatumGetTextPP(DirectFunctionCall1Coll(name_key, DEFAULT_COLLATION_OID, PG_GETARG_DATUM(0)));
	Size		length;
	char	   *bare = remove_accents(VARDATA_ANY(seen), VARSIZE_ANY_EXHDR(seen), &length);
	Words		words = split_into_words(bare, length);
	StringInfoData out;

	if (words.end == 0)
		PG_RETURN_TEXT_P(cstring_to_text_with_len(bare, length));
	join_single_letters(&words);
	drop_conjunctions(&words);
	if (PG_GETARG_BOOL(1))
		drop_legal_forms(&words);
	initStringInfo(&out);
	for (int i = words.first; i < words.end; i++)
		append_word(&out, &words.words[i]);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
