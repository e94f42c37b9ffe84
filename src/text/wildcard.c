/*
 * wildcard.c
 *		Search patterns (F9.7).
 *
 * Only % is a wildcard, \% and \\ stand for themselves. With a wildcard the whole text must match,
 * without one the text must contain the pattern. Both sides are compared composed and in lower case.
 *
 * matches() is leakproof, so that an index can be used under row security: nothing in here may
 * raise an error that depends on the text that is searched.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "common/unicode_norm.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "text/text_form.h"
#include "text/wildcard.h"

PG_FUNCTION_INFO_V1(matches);
PG_FUNCTION_INFO_V1(to_like);
PG_FUNCTION_INFO_V1(index_pattern);
PG_FUNCTION_INFO_V1(wide_index_pattern);

/* Texts are put into lower case piece by piece, so that none is too long for it. */
#define FOLD_PIECE (16 * 1024 * 1024)

/* How a collation puts texts into lower case. */
typedef struct Folding
{
	Oid			collation;
	bool		ascii_is_plain; /* as ASCII does; in Turkish I becomes ı */
} Folding;

/* A pattern taken apart: the texts between its wildcards, in lower case. */
struct Pattern
{
	text	   *source;
	Folding		folding;
	bool		has_wildcard;
	int			n_pieces;
	Size	   *lengths;
	char	  **pieces;
};

/* ----------
 * Lower case
 * ----------
 */

static bool
is_ascii(const char *s, Size length)
{
	for (Size i = 0; i < length; i++)
		if (IS_HIGHBIT_SET(s[i]))
			return false;
	return true;
}

static void
fold_ascii(char *to, const char *from, Size length)
{
	for (Size i = 0; i < length; i++)
		to[i] = pg_ascii_tolower((unsigned char) from[i]);
}

static bool
folds_to(const char *s, const char *lower, Oid collation)
{
	return strcmp(str_tolower(s, strlen(s), collation), lower) == 0;
}

static Folding
folding_of(Oid collation)
{
	Folding		folding;

	folding.collation = collation;
	folding.ascii_is_plain = folds_to("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", collation);
	return folding;
}

/*
 * The bytes of a character can stand across two others in an encoding that is not UTF-8: there, a
 * byte that begins no character is put before each of several bytes, so bytes can be compared.
 */
static char *
mark_characters(char *s, Size *length)
{
	char	   *marked = palloc_extended(*length * 3 / 2 + 1, MCXT_ALLOC_HUGE);
	char	   *out = marked;
	const char *end = s + *length;

	for (const char *c = s; c < end;)
	{
		int			size = Min(pg_mblen(c), end - c);

		if (size > 1)
			*out++ = '\xFF';
		memcpy(out, c, size);
		out += size;
		c += size;
	}
	pfree(s);
	*length = out - marked;
	return marked;
}

static char *
lower_case(const char *s, Size length, Oid collation, Size *folded_length)
{
	char	   *whole;
	Size		done = 0;

	if (length <= FOLD_PIECE)
	{
		char	   *folded = str_tolower(s, length, collation);

		*folded_length = strlen(folded);
		return folded;
	}

	whole = palloc_extended(length * 2, MCXT_ALLOC_HUGE);
	*folded_length = 0;
	while (done < length)
	{
		Size		piece = Min(FOLD_PIECE, length - done);
		char	   *folded;
		Size		size;

		CHECK_FOR_INTERRUPTS();
		piece = pg_mbcliplen(s + done, piece, piece);
		folded = str_tolower(s + done, piece, collation);
		size = Min(strlen(folded), length * 2 - *folded_length);
		memcpy(whole + *folded_length, folded, size);
		*folded_length += size;
		pfree(folded);
		done += piece;
	}
	return whole;
}

/* The text as it is compared, allocated where the caller stands. */
static char *
fold(char *s, Size length, Folding folding, Size *folded_length)
{
	char	   *composed = compose(s, length, &length);
	char	   *folded = lower_case(composed, length, folding.collation, folded_length);
	int			encoding = GetDatabaseEncoding();

	if (composed != s)
		pfree(composed);
	/* part of a text is in lower case what it is within the text */
	unify_sigma(folded, *folded_length);
	if (encoding != PG_UTF8 && pg_encoding_max_length(encoding) > 1)
		folded = mark_characters(folded, folded_length);
	return folded;
}

/* ----------
 * Patterns
 * ----------
 */

/* One step through a pattern: a wildcard, or the byte that stands for itself. */
static bool
next_is_wildcard(const char **p, const char *end, char *literal)
{
	if (**p == '%')
	{
		(*p)++;
		return true;
	}
	if (**p == '\\' && *p + 1 < end && ((*p)[1] == '%' || (*p)[1] == '\\'))
		(*p)++;
	*literal = *(*p)++;
	return false;
}

/* Server encodings never use the bytes of ASCII in other characters: bytes can be looked at singly. */
Pattern *
make_pattern(text *source, Oid collation)
{
	Pattern    *pattern = palloc0(sizeof(Pattern));
	Folding		folding = folding_of(collation);
	Size		length;
	char	   *folded = fold(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source), folding, &length);
	const char *p = folded;
	const char *end = folded + length;
	int			max_pieces = 1;
	char	   *out = palloc_extended(length + 1, MCXT_ALLOC_HUGE);

	for (const char *c = folded; c < end; c++)
		max_pieces += *c == '%';
	pattern->source = source;
	pattern->folding = folding;
	pattern->lengths = palloc_extended(max_pieces * sizeof(Size), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	pattern->pieces = palloc_extended(max_pieces * sizeof(char *), MCXT_ALLOC_HUGE);
	pattern->pieces[0] = out;
	pattern->n_pieces = 1;

	while (p < end)
	{
		char		literal;

		if (next_is_wildcard(&p, end, &literal))
		{
			pattern->has_wildcard = true;
			pattern->pieces[pattern->n_pieces++] = out;
		}
		else
		{
			*out++ = literal;
			pattern->lengths[pattern->n_pieces - 1]++;
		}
	}
	pfree(folded);
	return pattern;
}

static bool
matches_folded(const Pattern *pattern, const char *s, const char *end)
{
	int			last = pattern->n_pieces - 1;

	if (!pattern->has_wildcard)
		return memmem(s, end - s, pattern->pieces[0], pattern->lengths[0]) != NULL;

	/* the first piece begins the text, the last one ends it, each other stands as early as it can */
	for (int i = 0; i < last; i++)
	{
		Size		length = pattern->lengths[i];
		const char *found = s;

		if (i > 0)
			found = memmem(s, end - s, pattern->pieces[i], length);
		else if (end - s < length || memcmp(s, pattern->pieces[i], length) != 0)
			return false;
		if (found == NULL)
			return false;
		s = found + length;
	}
	return end - s >= pattern->lengths[last] &&
		memcmp(end - pattern->lengths[last], pattern->pieces[last], pattern->lengths[last]) == 0;
}

bool
matches_text(const Pattern *pattern, char *s, Size length)
{
	char		buffer[256];
	char	   *folded = buffer;
	Size		folded_length = length;
	bool		result;

	if (pattern->folding.ascii_is_plain && is_ascii(s, length))
	{
		if (length > sizeof(buffer))
			folded = palloc_extended(length, MCXT_ALLOC_HUGE);
		fold_ascii(folded, s, length);
	}
	else
		folded = fold(s, length, pattern->folding, &folded_length);

	result = matches_folded(pattern, folded, folded + folded_length);
	if (folded != buffer)
		pfree(folded);
	return result;
}

/* The pattern of this call; taken apart anew only when it is another than before. */
static Pattern *
pattern_of_call(FunctionCallInfo fcinfo, text *source)
{
	Pattern    *pattern = fcinfo->flinfo->fn_extra;
	Oid			collation = OidIsValid(PG_GET_COLLATION()) ? PG_GET_COLLATION() : DEFAULT_COLLATION_OID;
	MemoryContext call = fcinfo->flinfo->fn_mcxt;
	MemoryContext own;
	MemoryContext old;

	if (pattern != NULL && pattern->folding.collation == collation &&
		VARSIZE_ANY_EXHDR(pattern->source) == VARSIZE_ANY_EXHDR(source) &&
		memcmp(VARDATA_ANY(pattern->source), VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source)) == 0)
		return pattern;

	own = AllocSetContextCreate(call, "salesopp search pattern", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(own);
	pattern = make_pattern((text *) PG_DETOAST_DATUM_COPY(PointerGetDatum(source)), collation);
	MemoryContextSwitchTo(old);

	if (fcinfo->flinfo->fn_extra != NULL)
		MemoryContextDelete(GetMemoryChunkContext(fcinfo->flinfo->fn_extra));
	fcinfo->flinfo->fn_extra = pattern;
	return pattern;
}

Datum
matches(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	text	   *source = PG_GETARG_TEXT_PP(1);

	PG_RETURN_BOOL(matches_text(pattern_of_call(fcinfo, source),
								VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)));
}

/* ----------
 * Patterns for ILIKE, and for indexes
 * ----------
 */

/* What an index of trigrams knows of a pattern. */
typedef struct Lookup
{
	bool		only_ascii;
	bool		is_composed;	/* what is in the index */
	const char *left_out;		/* letters of ASCII */
} Lookup;

/* Whether an index has a letter in lower case as texts are compared, or the beginning of that. */
static bool
index_folds_alike(char *letter, Oid collation)
{
	char	   *in_index = lower_in_trigrams(letter);
	Size		length;
	char	   *composed = compose(letter, strlen(letter), &length);

	return strncmp(str_tolower(composed, length, collation), in_index, strlen(in_index)) == 0;
}

/*
 * The characters of a pattern that cannot be looked up in an index of trigrams: up to PostgreSQL 17
 * these are always in the lower case of the C library. Of ASCII, other letters than its own become
 * only k (the sign of Kelvin) and i (İ, in Lithuanian also Ì), and in Turkish I does not become i.
 * Where texts can be written in several ways, so can two marks of ASCII.
 */
static Lookup
lookup_in_index(Oid collation, bool is_composed)
{
	static const char *const left_out[2][2][2] = {
		{{"", "kK"}, {"iI", "kKiI"}}, {{";`", "kK;`"}, {"iI;`", "kKiI;`"}}
	};
	HeapTuple	database = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	bool		c_library = HeapTupleIsValid(database) &&
		((Form_pg_database) GETSTRUCT(database))->datlocprovider == COLLPROVIDER_LIBC;
	const char *ctype = setlocale(LC_CTYPE, NULL);
	Lookup		lookup = {.is_composed = is_composed};
	bool		k = false;
	bool		i = false;

	if (HeapTupleIsValid(database))
		ReleaseSysCache(database);
	lookup.only_ascii = !(c_library && collation == DEFAULT_COLLATION_OID);
	/* where the C library knows the letters of ASCII alone, a word of the index ends at every other */
	if (!lookup.only_ascii)
		k = i = true;
	else if (GetDatabaseEncoding() == PG_UTF8 && strcmp(ctype, "C") != 0 && strcmp(ctype, "POSIX") != 0)
	{
		k = index_folds_alike("\xE2\x84\xAA", collation);
		i = index_folds_alike("I", collation) && index_folds_alike("\xC4\xB0", collation) &&
			index_folds_alike("\xC3\x8C", collation);
	}
	/* the sign of Kelvin is a K that is written otherwise */
	if (!is_composed)
		k = k && index_folds_alike("\xE2\x84\xAA", collation);
	lookup.left_out = left_out[!is_composed][!i][!k];
	return lookup;
}

/*
 * Whether a letter can only be written in one way. Most can; these are those of which it is certain, of
 * Latin, Greek and Cyrillic.
 */
static bool
has_one_spelling(pg_wchar c)
{
	pg_wchar	alone[] = {c, 0};

	/* what others are made of or become: two marks, iota, omega */
	if (c == 0xB4 || c == 0xB7 || c == 0x2B9 || c == 0x399 || c == 0x3B9 || c == 0x3A9 || c == 0x3C9)
		return false;
	return (c < 0x300 || (c >= 0x370 && c < 0x530)) &&
		unicode_is_normalized_quickcheck(UNICODE_NFD, alone) == UNICODE_NORM_QC_YES;
}

static bool
is_in_index(const Lookup *lookup, const char *character)
{
	pg_wchar	c;

	if (!IS_HIGHBIT_SET(*character))
		return *character == '\0' || strchr(lookup->left_out, *character) == NULL;
	if (lookup->only_ascii || GetDatabaseEncoding() != PG_UTF8)
		return !lookup->only_ascii;
	c = utf8_to_unicode((const unsigned char *) character);
	/* there, Σ σ ς are two letters */
	return c != 0x3A3 && c != 0x3C2 && c != 0x3C3 && (lookup->is_composed || has_one_spelling(c));
}

/* The pattern as ILIKE takes it, with a wildcard for each character that cannot be looked up. */
static text *
like(const char *p, Size length, const Lookup *lookup)
{
	const char *end = p + length;
	bool		has_wildcard = false;
	StringInfoData like;

	initStringInfo(&like);
	appendStringInfoChar(&like, '%');
	while (p < end)
	{
		char		literal;
		int			more;

		if (next_is_wildcard(&p, end, &literal))
		{
			has_wildcard = true;
			appendStringInfoChar(&like, '%');
			continue;
		}
		more = Min(pg_mblen(p - 1) - 1, end - p);
		if (lookup != NULL && !is_in_index(lookup, p - 1))
			appendStringInfoChar(&like, '%');
		else
		{
			if (literal == '%' || literal == '_' || literal == '\\')
				appendStringInfoChar(&like, '\\');
			appendBinaryStringInfo(&like, p - 1, 1 + more);
		}
		p += more;
	}
	if (has_wildcard)
		return cstring_to_text_with_len(like.data + 1, like.len - 1);
	appendStringInfoChar(&like, '%');
	return cstring_to_text_with_len(like.data, like.len);
}

Datum
to_like(PG_FUNCTION_ARGS)
{
	text	   *pattern = PG_GETARG_TEXT_PP(0);

	PG_RETURN_TEXT_P(like(VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern), NULL));
}

/* What ILIKE is asked with in an index, of texts that are all composed or not: the same as the pattern or wider. */
text *
wildcard_for_index(text *pattern, Oid collation, bool is_composed)
{
	Lookup		lookup = lookup_in_index(collation, is_composed);
	Size		length;
	char	   *composed = compose(VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern), &length);

	return like(composed, length, &lookup);
}

static Datum
pattern_for_index(FunctionCallInfo fcinfo, bool is_composed)
{
	Oid			collation = OidIsValid(PG_GET_COLLATION()) ? PG_GET_COLLATION() : DEFAULT_COLLATION_OID;

	PG_RETURN_TEXT_P(wildcard_for_index(PG_GETARG_TEXT_PP(0), collation, is_composed));
}

Datum
index_pattern(PG_FUNCTION_ARGS)
{
	return pattern_for_index(fcinfo, true);
}

Datum
wide_index_pattern(PG_FUNCTION_ARGS)
{
	return pattern_for_index(fcinfo, false);
}
