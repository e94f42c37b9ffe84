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

#include "catalog/pg_collation.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/memutils.h"

#include "wildcard.h"

PG_FUNCTION_INFO_V1(matches);
PG_FUNCTION_INFO_V1(to_like);

/* Texts are put into lower case piece by piece, so that none is too long for it. */
#define FOLD_PIECE (16 * 1024 * 1024)

/* A pattern taken apart: the texts between its wildcards, in lower case. */
typedef struct Pattern
{
	text	   *source;
	Oid			collation;
	bool		has_wildcard;
	int			n_pieces;
	Size	   *lengths;
	char	  **pieces;
	bool		ascii_is_plain; /* see ascii_folds_plainly() */
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

/* Whether the locale puts ASCII letters into lower case as ASCII does; in Turkish I becomes ı. */
static bool
ascii_folds_plainly(Oid collation)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char	   *folded = str_tolower(letters, strlen(letters), collation);

	return strcmp(folded, "abcdefghijklmnopqrstuvwxyz") == 0;
}

/* The text in lower case, allocated where the caller stands. */
static char *
fold(const char *s, Size length, Oid collation, Size *folded_length)
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
	Size		length;
	char	   *folded = fold(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source), collation, &length);
	const char *p = folded;
	const char *end = folded + length;
	int			max_pieces = 1;
	char	   *out = palloc_extended(length + 1, MCXT_ALLOC_HUGE);

	for (const char *c = folded; c < end; c++)
		max_pieces += *c == '%';
	pattern->source = source;
	pattern->collation = collation;
	pattern->ascii_is_plain = ascii_folds_plainly(collation);
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

/* Where the piece stands first, or NULL. */
static const char *
find(const char *s, const char *end, const char *piece, Size length)
{
	int			encoding = GetDatabaseEncoding();

	if (encoding == PG_UTF8 || pg_encoding_max_length(encoding) == 1)
		return memmem(s, end - s, piece, length);

	/* in other encodings the bytes of a character can stand across two others */
	for (; s + length <= end; s += pg_mblen(s))
	{
		if (memcmp(s, piece, length) == 0)
			return s;
		if (s == end)
			break;
	}
	return NULL;
}

static bool
matches_folded(const Pattern *pattern, const char *s, const char *end)
{
	int			last = pattern->n_pieces - 1;

	if (!pattern->has_wildcard)
		return find(s, end, pattern->pieces[0], pattern->lengths[0]) != NULL;

	/* the first piece begins the text, the last one ends it, each other stands as early as it can */
	for (int i = 0; i < last; i++)
	{
		Size		length = pattern->lengths[i];
		const char *found = s;

		if (i > 0)
			found = find(s, end, pattern->pieces[i], length);
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

	if (pattern->ascii_is_plain && is_ascii(s, length))
	{
		if (length > sizeof(buffer))
			folded = palloc_extended(length, MCXT_ALLOC_HUGE);
		fold_ascii(folded, s, length);
	}
	else
		folded = fold(s, length, pattern->collation, &folded_length);

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

	if (pattern != NULL && pattern->collation == collation &&
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

/* The pattern as ILIKE takes it. */
text *
wildcard_to_like(text *pattern)
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
	PG_RETURN_TEXT_P(wildcard_to_like(PG_GETARG_TEXT_PP(0)));
}
