/*
 * file_text.c
 *		The bytes of a file as a text in the server's encoding.
 *
 * A byte-order mark says how it is written. Without one it is UTF-8 if all of it can be, and else Windows-1252, which is what
 * spreadsheets in Western Europe write. It is converted line by line, so that what cannot be converted is named by its line.
 */
#include "compat.h"

#include <ctype.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "import/file_text.h"

/* Beside PostgreSQL's encodings. */
#define UTF16_LE (-2)
#define UTF16_BE (-3)

#define FIRST_ROOM 65536

typedef struct Conversion
{
	int			encoding;
	const char *next;			/* of the bytes */
	const char *end;
	int64		line;
	char	   *text;
	Size		length;
	Size		room;
} Conversion;

/* ----------
 * Which encoding
 * ----------
 */

static bool
is_utf16(int encoding)
{
	return encoding == UTF16_LE || encoding == UTF16_BE;
}

static const char *
encoding_words(int encoding)
{
	return encoding == UTF16_LE || encoding == UTF16_BE ? "UTF-16" : encoding == PG_UTF8 ? "UTF-8" :
		encoding == PG_WIN1252 ? "Windows-1252" : pg_encoding_to_char(encoding);
}

/* Skips the mark. Gives -1 where there is none. */
static int
take_mark(const char **bytes, const char *end)
{
	static const struct
	{
		const char *mark;
		int			encoding;
	}			marks[] = {
		{"\xEF\xBB\xBF", PG_UTF8}, {"\xFF\xFE", UTF16_LE}, {"\xFE\xFF", UTF16_BE}
	};

	for (int i = 0; i < lengthof(marks); i++)
		if (end - *bytes >= strlen(marks[i].mark) && memcmp(*bytes, marks[i].mark, strlen(marks[i].mark)) == 0)
		{
			*bytes += strlen(marks[i].mark);
			return marks[i].encoding;
		}
	return -1;
}

/* Whether both are the same but for case and punctuation. */
static bool
is_called(const char *name, const char *key)
{
	for (; *name != '\0'; name++)
		if (isalnum((unsigned char) *name) && pg_tolower((unsigned char) *name) != (unsigned char) *key++)
			return false;
	return *key == '\0';
}

static int
encoding_called(const char *name, int marked)
{
	int			encoding = strlen(name) < NAMEDATALEN ? pg_char_to_encoding(name) : -1;

	if (is_called(name, "utf16be") || (is_called(name, "utf16") && marked == UTF16_BE))
		return UTF16_BE;
	if (is_called(name, "utf16le") || is_called(name, "utf16"))
		return UTF16_LE;
	if (is_called(name, "windows1252") || is_called(name, "cp1252"))
		return PG_WIN1252;
	if (encoding < 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("there is no encoding \"%s\"", name),
				errhint("Pass one that PostgreSQL knows, UTF-16LE or UTF-16BE, or NULL for what the file shows."));
	return encoding;
}

static bool
is_valid(int encoding, const char *bytes, const char *end)
{
	return pg_encoding_verifymbstr(encoding, bytes, end - bytes) == end - bytes;
}

/* ----------
 * Conversion
 * ----------
 */

static void
refuse_zero(const char *bytes, const char *zero)
{
	int64		line = 1;

	for (; bytes < zero; bytes++)
		line += *bytes == '\n';
	ereport(ERROR,
			errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			errmsg("the file is no text: there is a zero byte in line %lld", (long long) line),
			errhint("A workbook must be saved as CSV first. If it is UTF-16 without a byte-order mark, pass 'UTF-16LE' as its encoding."));
}

static void
append(Conversion *conversion, const char *s, Size length)
{
	if (conversion->room - conversion->length < length)
	{
		conversion->room = Max(conversion->room * 2, conversion->length + length);
		conversion->text = repalloc_huge(conversion->text, conversion->room);
	}
	memcpy(conversion->text + conversion->length, s, length);
	conversion->length += length;
}

/* In no encoding are the bytes of line ends part of other characters. */
static Size
line_length(const Conversion *conversion)
{
	const char *feed = memchr(conversion->next, '\n', conversion->end - conversion->next);

	return (feed == NULL ? conversion->end : feed + 1) - conversion->next;
}

static pg_wchar
utf16_unit(const Conversion *conversion)
{
	const unsigned char *p = (const unsigned char *) conversion->next;

	return conversion->encoding == UTF16_LE ? p[0] | p[1] << 8 : p[0] << 8 | p[1];
}

static void
refuse_utf16(const Conversion *conversion)
{
	ereport(ERROR,
			errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			errmsg("the file is no UTF-16: half of a character stands in line %lld", (long long) conversion->line),
			errhint("Pass its encoding, or save it as CSV in UTF-8."));
}

static pg_wchar
take_utf16(Conversion *conversion)
{
	pg_wchar	first = 0;

	while (conversion->next < conversion->end)
	{
		pg_wchar	unit;

		if (conversion->end - conversion->next < 2)
			break;
		unit = utf16_unit(conversion);
		conversion->next += 2;
		if (first == 0 && is_utf16_surrogate_first(unit))
			first = unit;
		else if (first != 0 && is_utf16_surrogate_second(unit))
			return surrogate_pair_to_codepoint(first, unit);
		else if (first != 0 || is_utf16_surrogate_second(unit))
			break;
		else
			return unit;
	}
	refuse_utf16(conversion);
	return 0;
}

/* Gives the line in UTF-8, in a buffer that is kept for the next one. */
static StringInfo
take_utf16_line(Conversion *conversion, StringInfo line)
{
	const char *start = conversion->next;
	pg_wchar	character = 0;

	resetStringInfo(line);
	while (conversion->next < conversion->end && character != '\n')
	{
		unsigned char bytes[MAX_MULTIBYTE_CHAR_LEN];

		character = take_utf16(conversion);
		if (character == 0)
			refuse_zero(start, start);
		unicode_to_utf8(character, bytes);
		appendBinaryStringInfo(line, (char *) bytes, pg_utf_mblen(bytes));
	}
	return line;
}

/* By way of UTF-8, into which there is a conversion of each encoding, and from which there is one. */
static void
convert_line(Conversion *conversion, const char *s, Size length, int encoding)
{
	bool		is_direct = encoding == GetDatabaseEncoding();
	char	   *utf8 = is_direct ? unconstify(char *, s) :
		(char *) pg_do_encoding_conversion((unsigned char *) unconstify(char *, s), length, encoding, PG_UTF8);
	Size		utf8_length = utf8 == s ? length : strlen(utf8);
	char	   *converted = pg_any_to_server(utf8, utf8_length, is_direct ? encoding : PG_UTF8);

	append(conversion, converted, converted == utf8 ? utf8_length : strlen(converted));
	if (converted != utf8)
		pfree(converted);
	if (utf8 != s)
		pfree(utf8);
	conversion->line++;
}

static void
name_line(void *conversion)
{
	errcontext("line " INT64_FORMAT " of the file", ((Conversion *) conversion)->line);
}

static void
convert_lines(Conversion *conversion)
{
	ErrorContextCallback callback = {error_context_stack, name_line, conversion};
	StringInfoData utf8;

	initStringInfo(&utf8);
	error_context_stack = &callback;
	while (conversion->next < conversion->end)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_utf16(conversion->encoding))
		{
			take_utf16_line(conversion, &utf8);
			convert_line(conversion, utf8.data, utf8.len, PG_UTF8);
		}
		else
		{
			const char *line = conversion->next;

			conversion->next += line_length(conversion);
			convert_line(conversion, line, conversion->next - line, conversion->encoding);
		}
	}
	error_context_stack = callback.previous;
	pfree(utf8.data);
}

/* ----------
 * The text
 * ----------
 */

FileText
read_file_text(const char *bytes, Size length, const char *encoding)
{
	const char *end = bytes + length;
	int			marked = take_mark(&bytes, end);
	Conversion	conversion = {.next = bytes, .end = end, .line = 1, .room = FIRST_ROOM};
	const char *zero;

	conversion.encoding = encoding != NULL ? encoding_called(encoding, marked) : marked != -1 ? marked :
		is_valid(PG_UTF8, bytes, end) ? PG_UTF8 : PG_WIN1252;
	zero = is_utf16(conversion.encoding) ? NULL : memchr(bytes, '\0', end - bytes);
	if (zero != NULL)
		refuse_zero(bytes, zero);
	if (conversion.encoding == GetDatabaseEncoding() && is_valid(conversion.encoding, bytes, end))
		return (FileText) {bytes, end, encoding_words(conversion.encoding)};

	conversion.text = palloc(conversion.room);
	convert_lines(&conversion);
	return (FileText) {conversion.text, conversion.text + conversion.length, encoding_words(conversion.encoding)};
}
