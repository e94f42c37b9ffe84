/*
 * imported_text.c
 *		What a cell says.
 */
#include "compat.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "import/html_entity.h"
#include "import/imported_text.h"
#include "text/blank.h"
#include "text/text_form.h"

/* A character that is left as it is. */
#define KEPT (-1)

/* Room for one in the server's encoding, on its way from UTF-8. */
#define CONVERTED_LENGTH (MAX_CONVERSION_GROWTH * MAX_MULTIBYTE_CHAR_LEN + 1)

/* What a character becomes: itself, a space, or nothing, as zero. */
static pg_wchar
meant_character(pg_wchar c)
{
	switch (c)
	{
		case 0x00A0:			/* no-break space, and its figure and narrow forms */
		case 0x2007:
		case 0x202F:
			return ' ';
		case 0x200B:			/* zero-width space, word joiner, byte-order mark */
		case 0x2060:
		case 0xFEFF:
			return 0;
		default:
			return c;
	}
}

/* Puts the character in the server's encoding and gives its length, or KEPT if that does not have it. */
static int
put_character(pg_wchar c, char *bytes)
{
	int			encoding = GetDatabaseEncoding();
	unsigned char utf8[MAX_MULTIBYTE_CHAR_LEN];
	int			length;
	Oid			conversion;

	if (c == 0)
		return 0;
	unicode_to_utf8(c, utf8);
	length = pg_utf_mblen(utf8);
	if (c < 0x80 || encoding == PG_UTF8)
	{
		memcpy(bytes, utf8, length);
		return length;
	}
	conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	if (!OidIsValid(conversion) ||
		pg_do_encoding_conversion_buf(conversion, PG_UTF8, encoding, utf8, length, (unsigned char *) bytes,
									  CONVERTED_LENGTH, true) != length)
		return KEPT;
	return strlen(bytes);
}

/* What the character or entity at a place becomes; also gives how long that is in the text. */
static inline int
replacement(const char *s, const char *end, int *size, char *bytes)
{
	pg_wchar	character;
	pg_wchar	meant;

	*size = 1;
	if (*s != '&' && !IS_HIGHBIT_SET(*s))
		return KEPT;
	if (*s == '&' && (character = find_entity(s, end, size)) != 0)
	{
		int			length = put_character(meant_character(character), bytes);

		if (length != KEPT)
			return length;
	}
	*size = 1;
	if (!IS_HIGHBIT_SET(*s))
		return KEPT;
	*size = Min(pg_mblen(s), end - s);
	character = to_unicode(s, *size);
	meant = meant_character(character);
	return meant == character ? KEPT : put_character(meant, bytes);
}

/* What takes the place of something is never longer than that. */
static char *
replace_characters(char *s, Size *length)
{
	const char *end = s + *length;
	char	   *result = NULL;
	char	   *out = NULL;
	int			size;

	for (const char *p = s; p < end; p += size)
	{
		char		bytes[CONVERTED_LENGTH];
		int			n;

		CHECK_FOR_INTERRUPTS();
		n = replacement(p, end, &size, bytes);
		if (n == KEPT && result == NULL)
			continue;
		if (result == NULL)
		{
			result = palloc(*length);
			memcpy(result, s, p - s);
			out = result + (p - s);
		}
		if (n == KEPT)
			memcpy(out, p, n = size);
		else
			memcpy(out, bytes, n);
		out += n;
	}
	if (result == NULL)
		return s;
	*length = out - result;
	return result;
}

/* Whether it is of ASCII's visible characters and spaces, without entities. */
static bool
is_ordinary(const char *s, Size length)
{
	for (Size i = 0; i < length; i++)
		if (s[i] < ' ' || s[i] == '&' || s[i] == '\x7F')
			return false;
	return true;
}

char *
clean_text(char *s, Size *length)
{
	if (*length == 0 || (s[0] != ' ' && s[*length - 1] != ' ' && is_ordinary(s, *length)))
		return s;
	s = replace_characters(s, length);
	trim_blanks(&s, length);
	return compose(s, *length, length);
}
