/*
 * text_form.c
 *		The forms of a text that are compared: composed, and without accents.
 *
 * The same letters can be written in several ways: é is one character, or an e and an accent. Composed
 * (Unicode's form NFC) they are the same bytes. Only UTF-8 has more than one way: in other encodings a
 * text is left as it is.
 *
 * A text is worked through in pieces, so that none is too long for PostgreSQL's functions, and none keeps
 * them busy for long. No error in here depends on the text.
 */
#include "compat.h"

#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "text/text_form.h"

PG_FUNCTION_INFO_V1(composed);
PG_FUNCTION_INFO_V1(composed_json);
PG_FUNCTION_INFO_V1(has_accents);
PG_FUNCTION_INFO_V1(without_accents);

/* Characters of a piece. A letter with its accents is far shorter, unless somebody wants to keep the server busy. */
#define PIECE_LENGTH 256

/* The lowest character that combines with the one before it. */
#define FIRST_COMBINING 0x0300

/* The byte that it begins with in UTF-8. All characters below it begin with lower bytes. */
#define FIRST_BYTE_OF_COMBINING 0xCC

/* The same for the lowest character with an accent, À. */
#define FIRST_BYTE_OF_ACCENTED 0xC3

typedef struct Piece
{
	pg_wchar	characters[PIECE_LENGTH + 1];
	const char *starts[PIECE_LENGTH + 1];
	int			length;
} Piece;

/* Gives the characters in another form, or NULL where they are in it already. */
typedef pg_wchar *(*PutIntoForm) (const Piece *piece);

typedef struct Output
{
	char	   *data;			/* NULL while it is the text itself */
	Size		length;
	Size		capacity;
} Output;

/* ----------
 * Pieces
 * ----------
 */

static bool
never_combines(pg_wchar c)
{
	pg_wchar	alone[] = {c, 0};

	return unicode_is_normalized_quickcheck(UNICODE_NFC, alone) == UNICODE_NORM_QC_YES;
}

/* Where a piece ends when the text goes on: before a character that never combines with the one before it. */
static int
place_to_cut(const Piece *piece)
{
	for (int i = piece->length - 1; i > 0; i--)
		if (piece->characters[i] < FIRST_COMBINING)
			return i;
	for (int i = piece->length - 1; i > 0; i--)
		if (never_combines(piece->characters[i]))
			return i;
	return piece->length;
}

/* Takes the characters at the beginning of a text; returns what comes after them. */
static const char *
take_piece(Piece *piece, const char *s, const char *end)
{
	piece->length = 0;
	while (s < end && piece->length < PIECE_LENGTH)
	{
		piece->starts[piece->length] = s;
		piece->characters[piece->length++] = utf8_to_unicode((const unsigned char *) s);
		s += Min(pg_utf_mblen((const unsigned char *) s), end - s);
	}
	piece->starts[piece->length] = s;
	if (s < end)
		piece->length = place_to_cut(piece);
	piece->characters[piece->length] = 0;
	return piece->starts[piece->length];
}

static void
append(Output *out, const char *s, Size length)
{
	if (out->length + length > out->capacity)
	{
		out->capacity = (out->length + length) * 2;
		out->data = repalloc_huge(out->data, out->capacity);
	}
	memcpy(out->data + out->length, s, length);
	out->length += length;
}

static void
append_characters(Output *out, const pg_wchar *characters)
{
	for (; *characters != 0; characters++)
	{
		unsigned char bytes[4];

		unicode_to_utf8(*characters, bytes);
		append(out, (char *) bytes, pg_utf_mblen(bytes));
	}
}

/* Characters that begin with a byte lower than "first" are in the form already, unless an accent follows. */
static char *
put_into_form(char *s, Size length, unsigned char first, PutIntoForm form, Size *new_length)
{
	const char *end = s + length;
	const char *kept = s;		/* what the output does not have yet */
	const char *p = s;
	Output		out = {0};

	*new_length = length;
	if (GetDatabaseEncoding() != PG_UTF8)
		return s;

	while (p < end)
	{
		const char *begin = p;
		const char *next;
		pg_wchar   *formed;
		Piece		piece;

		CHECK_FOR_INTERRUPTS();
		while (p < end && (unsigned char) *p < first)
			p++;
		if (p == end)
			break;
		/* an accent belongs to the character before it */
		if (p > begin)
			do
				p--;
			while (p > begin && ((unsigned char) *p & 0xC0) == 0x80);

		next = take_piece(&piece, p, end);
		formed = form(&piece);
		if (formed != NULL)
		{
			if (out.data == NULL)
			{
				out.capacity = length + length / 8 + 64;
				out.data = palloc_extended(out.capacity, MCXT_ALLOC_HUGE);
			}
			append(&out, kept, p - kept);
			append_characters(&out, formed);
			pfree(formed);
			kept = next;
		}
		p = next;
	}
	if (out.data == NULL)
		return s;
	append(&out, kept, end - kept);
	*new_length = out.length;
	return out.data;
}

/* The characters that a piece became, or NULL where these are the same as before. */
static pg_wchar *
unless_same(const Piece *piece, pg_wchar *formed)
{
	int			i = 0;

	while (formed[i] != 0 && formed[i] == piece->characters[i])
		i++;
	if (formed[i] != piece->characters[i])
		return formed;
	pfree(formed);
	return NULL;
}

/* ----------
 * Composed
 * ----------
 */

static pg_wchar *
compose_piece(const Piece *piece)
{
	if (unicode_is_normalized_quickcheck(UNICODE_NFC, piece->characters) == UNICODE_NORM_QC_YES)
		return NULL;
	return unless_same(piece, unicode_normalize(UNICODE_NFC, piece->characters));
}

char *
compose(char *s, Size length, Size *new_length)
{
	return put_into_form(s, length, FIRST_BYTE_OF_COMBINING, compose_piece, new_length);
}

Datum
composed(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	Size		length;
	char	   *formed = compose(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &length);

	if (formed == VARDATA_ANY(value))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(formed, length));
}

Jsonb *
compose_jsonb(Jsonb *json)
{
	JsonbIterator *iterator = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbParseState *state = NULL;
	JsonbValue *result = NULL;
	JsonbValue	item;
	bool		is_same = true;

	while ((token = JsonbIteratorNext(&iterator, &item, false)) != WJB_DONE)
	{
		bool		has_value = token == WJB_KEY || token == WJB_VALUE || token == WJB_ELEM;

		if (has_value && item.type == jbvString)
		{
			char	   *given = item.val.string.val;
			Size		length;

			item.val.string.val = compose(given, item.val.string.len, &length);
			item.val.string.len = length;
			is_same &= item.val.string.val == given;
		}
		result = pushJsonbValue(&state, token, has_value || (token == WJB_BEGIN_ARRAY && item.val.array.rawScalar) ? &item : NULL);
	}
	return is_same ? json : JsonbValueToJsonb(result);
}

Datum
composed_json(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(compose_jsonb(PG_GETARG_JSONB_P(0)));
}

/* At the end of a word σ is written ς, which is another letter only to a computer. */
void
unify_sigma(char *s, Size length)
{
	char	   *end = s + length;

	if (GetDatabaseEncoding() != PG_UTF8)
		return;
	while ((s = memmem(s, end - s, "\xCF\x82", 2)) != NULL)
		s[1] = '\x83';
}

/* ----------
 * Without accents
 * ----------
 */

/*
 * Accents of Latin, Greek and Cyrillic, the points of Hebrew and the vowel signs of Arabic. In other
 * scripts the marks are letters. In ascending order. They are written out, since indexes rest on what they are:
 * it may not change with PostgreSQL's version of Unicode.
 */
static bool
is_accent(pg_wchar c)
{
	static const pg_wchar ranges[][2] = {
		{0x0300, 0x036F}, {0x0483, 0x0487}, {0x0591, 0x05BD}, {0x05BF, 0x05BF}, {0x05C1, 0x05C2},
		{0x05C4, 0x05C5}, {0x05C7, 0x05C7}, {0x0610, 0x061A}, {0x064B, 0x065F}, {0x0670, 0x0670},
		{0x06D6, 0x06DC}, {0x06DF, 0x06E4}, {0x06E7, 0x06E8}, {0x06EA, 0x06ED}, {0x1AB0, 0x1AFF},
		{0x1DC0, 0x1DFF}, {0x20D0, 0x20F0}, {0xFE20, 0xFE2F}
	};

	for (int i = 0; i < lengthof(ranges) && ranges[i][0] <= c; i++)
		if (c <= ranges[i][1])
			return true;
	return false;
}

/*
 * Letters with a stroke such as ø, and two in one such as æ, have no accent in Unicode: they are letters of their
 * own. People who cannot type é cannot type these either. They become what is typed in their place.
 */
static const char *
plain_letters(pg_wchar c)
{
	static const struct
	{
		pg_wchar	letter;
		const char *plain;
	}			letters[] = {
		{0xC6, "AE"}, {0xD0, "D"}, {0xD8, "O"}, {0xDE, "TH"}, {0xDF, "ss"}, {0xE6, "ae"}, {0xF0, "d"},
		{0xF8, "o"}, {0xFE, "th"}, {0x110, "D"}, {0x111, "d"}, {0x126, "H"}, {0x127, "h"}, {0x131, "i"},
		{0x141, "L"}, {0x142, "l"}, {0x152, "OE"}, {0x153, "oe"}, {0x166, "T"}, {0x167, "t"},
		{0x1E9E, "SS"}
	};

	for (int i = 0; i < lengthof(letters) && letters[i].letter <= c; i++)
		if (letters[i].letter == c)
			return letters[i].plain;
	return NULL;
}

static pg_wchar *
remove_accents_of_piece(const Piece *piece)
{
	pg_wchar   *decomposed = unicode_normalize(UNICODE_NFD, piece->characters);
	pg_wchar   *bare;
	pg_wchar   *out;
	pg_wchar   *composed;
	Size		length = 0;

	while (decomposed[length] != 0)
		length++;
	/* one character becomes two at most */
	bare = out = palloc((2 * length + 1) * sizeof(pg_wchar));
	for (const pg_wchar *c = decomposed; *c != 0; c++)
	{
		const char *plain = plain_letters(*c);

		if (plain != NULL)
			while (*plain != '\0')
				*out++ = (unsigned char) *plain++;
		else if (!is_accent(*c))
			*out++ = *c;
	}
	*out = 0;
	composed = unicode_normalize(UNICODE_NFC, bare);
	pfree(decomposed);
	pfree(bare);
	return unless_same(piece, composed);
}

char *
remove_accents(char *s, Size length, Size *new_length)
{
	return put_into_form(s, length, FIRST_BYTE_OF_ACCENTED, remove_accents_of_piece, new_length);
}

Datum
has_accents(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	Size		length;
	char	   *bare = remove_accents(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &length);

	if (bare == VARDATA_ANY(value))
		PG_RETURN_BOOL(false);
	pfree(bare);
	PG_RETURN_BOOL(true);
}

/* A text that would become longer than texts can be is cut. */
Datum
without_accents(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	Size		length;
	char	   *bare = remove_accents(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &length);
	text	   *result;

	if (bare == VARDATA_ANY(value))
		PG_RETURN_TEXT_P(value);
	if (length > MaxAllocSize - VARHDRSZ)
		length = pg_mbcliplen(bare, MaxAllocSize - VARHDRSZ, MaxAllocSize - VARHDRSZ);
	result = cstring_to_text_with_len(bare, length);
	pfree(bare);
	PG_RETURN_TEXT_P(result);
}
