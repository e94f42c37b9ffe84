/*
 * blank.c
 *		What people see of a text: which characters are blank, and which names look the same.
 */
#include "compat.h"

#include "access/detoast.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "text/blank.h"
#include "text/text_form.h"

PG_FUNCTION_INFO_V1(is_blank);
PG_FUNCTION_INFO_V1(name_key);

/* Bytes of a long text that are looked at first. */
#define FIRST_LOOK 1024

/* ----------
 * Characters
 * ----------
 */

/* In order: white space, controls, and what Unicode calls default ignorable. */
static Appearance
appearance_of_character(pg_wchar c)
{
	static const struct
	{
		pg_wchar	first;
		pg_wchar	last;
		Appearance	appearance;
	}			ranges[] = {
		{0x0000, 0x0008, INVISIBLE}, {0x0009, 0x000D, SPACE}, {0x000E, 0x001F, INVISIBLE},
		{0x0020, 0x0020, SPACE}, {0x007F, 0x0084, INVISIBLE}, {0x0085, 0x0085, SPACE},
		{0x0086, 0x009F, INVISIBLE}, {0x00A0, 0x00A0, SPACE}, {0x00AD, 0x00AD, INVISIBLE},
		{0x034F, 0x034F, ATTACHED}, {0x061C, 0x061C, INVISIBLE}, {0x115F, 0x1160, INVISIBLE},
		{0x1680, 0x1680, SPACE}, {0x17B4, 0x17B5, INVISIBLE}, {0x180B, 0x180D, ATTACHED},
		{0x180E, 0x180E, INVISIBLE}, {0x180F, 0x180F, ATTACHED}, {0x2000, 0x200A, SPACE},
		{0x200B, 0x200B, INVISIBLE}, {0x200C, 0x200D, ATTACHED}, {0x200E, 0x200F, INVISIBLE},
		{0x2028, 0x2029, SPACE}, {0x202A, 0x202E, INVISIBLE}, {0x202F, 0x202F, SPACE},
		{0x205F, 0x205F, SPACE}, {0x2060, 0x206F, INVISIBLE}, {0x2800, 0x2800, SPACE},
		{0x3000, 0x3000, SPACE}, {0x3164, 0x3164, SPACE}, {0xFE00, 0xFE0F, ATTACHED},
		{0xFEFF, 0xFEFF, INVISIBLE}, {0xFFA0, 0xFFA0, SPACE}, {0xFFF0, 0xFFFB, INVISIBLE},
		{0x1BCA0, 0x1BCA3, INVISIBLE}, {0x1D173, 0x1D17A, INVISIBLE}, {0xE0000, 0xE001F, INVISIBLE},
		{0xE0020, 0xE007F, ATTACHED}, {0xE0080, 0xE00FF, INVISIBLE}, {0xE0100, 0xE01EF, ATTACHED},
		{0xE01F0, 0xE0FFF, INVISIBLE}
	};

	for (int i = 0; i < lengthof(ranges) && ranges[i].first <= c; i++)
		if (c <= ranges[i].last)
			return ranges[i].appearance;
	return VISIBLE;
}

pg_wchar
to_unicode(const char *s, int length)
{
	int			encoding = GetDatabaseEncoding();
	unsigned char utf8[MAX_CONVERSION_GROWTH * MAX_MULTIBYTE_CHAR_LEN + 1];
	Oid			conversion;

	if (encoding == PG_UTF8)
		return utf8_to_unicode((const unsigned char *) s);
	conversion = FindDefaultConversionProc(encoding, PG_UTF8);
	if (!OidIsValid(conversion) ||
		pg_do_encoding_conversion_buf(conversion, encoding, PG_UTF8, (unsigned char *) unconstify(char *, s), length,
									  utf8, sizeof(utf8), true) != length)
		return 0xFFFD;
	return utf8_to_unicode(utf8);
}

Appearance
appearance(const char *s, const char *end, int *length)
{
	if (!IS_HIGHBIT_SET(*s))
	{
		*length = 1;
		return *s > ' ' && *s != '\x7F' ? VISIBLE : appearance_of_character((unsigned char) *s);
	}
	*length = pg_mblen(s);
	if (*length > end - s)
	{
		*length = end - s;
		return VISIBLE;
	}
	return appearance_of_character(to_unicode(s, *length));
}

/* The first character that is seen, or the end. */
static const char *
first_visible(const char *s, const char *end)
{
	while (s < end)
	{
		int			length;

		CHECK_FOR_INTERRUPTS();
		if (appearance(s, end, &length) == VISIBLE)
			break;
		s += length;
	}
	return s;
}

/* ----------
 * Texts
 * ----------
 */

/*
 * Of a long text that is stored outside its row, no more is fetched than is needed. Such a beginning may end in the
 * middle of a character: what seems to be seen at its very end does not count.
 */
Datum
is_blank(PG_FUNCTION_ARGS)
{
	Datum		value = PG_GETARG_DATUM(0);
	int64		length = toast_raw_datum_size(value) - VARHDRSZ;

	for (int64 look = FIRST_LOOK;; look *= 16)
	{
		text	   *beginning = length <= look ? DatumGetTextPP(value) : DatumGetTextPSlice(value, 0, look);
		const char *s = VARDATA_ANY(beginning);
		const char *end = s + VARSIZE_ANY_EXHDR(beginning);
		const char *visible = first_visible(s, end);

		if (length <= look)
			PG_RETURN_BOOL(visible == end);
		if (end - visible >= MAX_MULTIBYTE_CHAR_LEN)
			PG_RETURN_BOOL(false);
		pfree(beginning);
	}
}

/* Where the last character that is seen ends. Looked for from the end, if the encoding can be read backwards. */
static const char *
end_of_visible(const char *s, const char *end)
{
	bool		is_utf8 = GetDatabaseEncoding() == PG_UTF8;
	bool		backwards = is_utf8 || pg_database_encoding_max_length() == 1;
	const char *result = s;
	int			length;

	while (backwards && end > s)
	{
		const char *last = end - 1;

		while (is_utf8 && last > s && ((unsigned char) *last & 0xC0) == 0x80)
			last--;
		if (appearance(last, end, &length) == VISIBLE)
			return end;
		end = last;
	}
	for (; s < end; s += length)
	{
		CHECK_FOR_INTERRUPTS();
		if (appearance(s, end, &length) == VISIBLE)
			result = s + length;
	}
	return result;
}

void
trim_blanks(char **s, Size *length)
{
	const char *end = *s + *length;
	const char *begin = first_visible(*s, end);
	const char *visible = end_of_visible(begin, end);
	int			size;

	/* invisible characters that change how the last one looks stay with it, as what makes a heart red */
	while (visible < end && appearance(visible, end, &size) == ATTACHED)
		visible += size;
	*s = unconstify(char *, begin);
	*length = visible - begin;
}

/* The text as it is seen: nothing invisible, one space where there are several blanks, none at the ends. */
static char *
seen(const char *s, Size length, Size *seen_length)
{
	const char *end = s + length;
	char	   *result = palloc(length + 1);
	char	   *out = result;
	bool		is_separate = false;

	while (s < end)
	{
		int			size;
		Appearance	what = appearance(s, end, &size);

		if (what == SPACE)
			is_separate = out > result;
		else if (what == VISIBLE)
		{
			if (is_separate)
				*out++ = ' ';
			is_separate = false;
			memcpy(out, s, size);
			out += size;
		}
		s += size;
	}
	*seen_length = out - result;
	return result;
}

Datum
name_key(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	Oid			collation = OidIsValid(PG_GET_COLLATION()) ? PG_GET_COLLATION() : DEFAULT_COLLATION_OID;
	Size		length;
	char	   *key = seen(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &length);

	key = compose(key, length, &length);
	key = str_tolower(key, length, collation);
	unify_sigma(key, strlen(key));
	PG_RETURN_TEXT_P(cstring_to_text(key));
}
