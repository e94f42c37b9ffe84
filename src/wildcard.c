/*
 * wildcard.c
 *		Search patterns (F9.7).
 *
 * Only % is a wildcard, \% and \\ stand for themselves. With a wildcard the whole text must match,
 * without one the text must contain the pattern. Both sides are compared in lower case.
 *
 * matches() is leakproof, so that an index can be used under row security: nothing in here may
 * raise an error that depends on the text that is searched.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "wildcard.h"

PG_FUNCTION_INFO_V1(matches);
PG_FUNCTION_INFO_V1(to_like);
PG_FUNCTION_INFO_V1(index_pattern);

/* Texts are put into lower case piece by piece, so that none is too long for it. */
#define FOLD_PIECE (16 * 1024 * 1024)

/* How a collation puts texts into lower case. */
typedef struct Folding
{
	Oid			collation;
	bool		ascii_is_plain; /* as ASCII does; in Turkish I becomes ı */
	bool		final_sigma;	/* Σ becomes ς where a word ends */
} Folding;

/* A pattern taken apart: the texts between its wildcards, in lower case. */
typedef struct Pattern
{
	text	   *source;
	Folding		folding;
	bool		has_wildcard;
	int			n_pieces;
	Size	   *lengths;
	char	  **pieces;
} Pattern;

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
	folding.final_sigma = GetDatabaseEncoding() == PG_UTF8 &&
		folds_to("\xCE\x91\xCE\xA3", "\xCE\xB1\xCF\x82", collation);
	return folding;
}

/* Part of a text is in lower case what it is within the text: ς as σ. */
static void
unify_sigma(char *s, Size length)
{
	char	   *end = s + length;

	while ((s = memmem(s, end - s, "\xCF\x82", 2)) != NULL)
		s[1] = '\x83';
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

/* The text in lower case, allocated where the caller stands. */
static char *
fold(const char *s, Size length, Folding folding, Size *folded_length)
{
	char	   *folded = lower_case(s, length, folding.collation, folded_length);
	int			encoding = GetDatabaseEncoding();

	if (folding.final_sigma)
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
static Pattern *
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

static bool
matches_text(const Pattern *pattern, const char *s, Size length)
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

/* Whether an index has a letter in lower case as the collation has it, or the beginning of that. */
static bool
index_folds_alike(const char *letter, Oid collation)
{
	char	   *in_index = lower_in_trigrams(letter);

	return strncmp(str_tolower(letter, strlen(letter), collation), in_index, strlen(in_index)) == 0;
}

/*
 * The characters of a pattern that cannot be looked up in an index of trigrams: up to PostgreSQL 17
 * these are always in the lower case of the C library. Of ASCII, other letters than its own become
 * only k (the sign of Kelvin) and i (İ, in Lithuanian also Ì), and in Turkish I does not become i.
 */
static const char *
not_in_index(Oid collation, bool *only_ascii)
{
	HeapTuple	database = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	bool		c_library = HeapTupleIsValid(database) &&
		((Form_pg_database) GETSTRUCT(database))->datlocprovider == COLLPROVIDER_LIBC;
	const char *ctype = setlocale(LC_CTYPE, NULL);
	bool		k = false;
	bool		i = false;

	if (HeapTupleIsValid(database))
		ReleaseSysCache(database);
	*only_ascii = !(c_library && collation == DEFAULT_COLLATION_OID);
	if (!*only_ascii)
		return "";
	/* where the C library knows the letters of ASCII alone, a word of the index ends at every other */
	if (GetDatabaseEncoding() == PG_UTF8 && strcmp(ctype, "C") != 0 && strcmp(ctype, "POSIX") != 0)
	{
		k = index_folds_alike("\xE2\x84\xAA", collation);
		i = index_folds_alike("I", collation) && index_folds_alike("\xC4\xB0", collation) &&
			index_folds_alike("\xC3\x8C", collation);
	}
	return k ? (i ? "" : "iI") : (i ? "kK" : "kKiI");
}

/* The pattern as ILIKE takes it, with a wildcard for each byte that is left out. */
static text *
like(text *pattern, bool only_ascii, const char *left_out)
{
	const char *p = VARDATA_ANY(pattern);
	const char *end = p + VARSIZE_ANY_EXHDR(pattern);
	bool		has_wildcard = false;
	StringInfoData like;

	initStringInfo(&like);
	appendStringInfoChar(&like, '%');
	while (p < end)
	{
		char		literal;

		if (next_is_wildcard(&p, end, &literal))
		{
			has_wildcard = true;
			appendStringInfoChar(&like, '%');
			continue;
		}
		if ((only_ascii && IS_HIGHBIT_SET(literal)) || (literal != '\0' && strchr(left_out, literal)))
		{
			appendStringInfoChar(&like, '%');
			continue;
		}
		if (literal == '%' || literal == '_' || literal == '\\')
			appendStringInfoChar(&like, '\\');
		appendStringInfoChar(&like, literal);
	}
	if (has_wildcard)
		return cstring_to_text_with_len(like.data + 1, like.len - 1);
	appendStringInfoChar(&like, '%');
	return cstring_to_text_with_len(like.data, like.len);
}

Datum
to_like(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(like(PG_GETARG_TEXT_PP(0), false, ""));
}

/* What ILIKE is asked with in an index: the same as the pattern or wider. */
text *
wildcard_for_index(text *pattern, Oid collation)
{
	bool		only_ascii;
	const char *left_out = not_in_index(collation, &only_ascii);

	return like(pattern, only_ascii, left_out);
}

Datum
index_pattern(PG_FUNCTION_ARGS)
{
	Oid			collation = OidIsValid(PG_GET_COLLATION()) ? PG_GET_COLLATION() : DEFAULT_COLLATION_OID;

	PG_RETURN_TEXT_P(wildcard_for_index(PG_GETARG_TEXT_PP(0), collation));
}
