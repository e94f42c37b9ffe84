/*
 * plain_cell.c
 *		A cell that may be a number or a date, in ASCII.
 *
 * The same sign is written with many characters: a blank with twenty, a minus with ten. Here each becomes the one
 * that a keyboard has. Letters become small ones, invisible characters vanish, as do blanks at the ends.
 */
#include "compat.h"

#include "mb/pg_wchar.h"

#include "import/plain_cell.h"
#include "text/blank.h"

static bool
is_currency(pg_wchar c)
{
	static const pg_wchar ranges[][2] = {
		{0xA3, 0xA5}, {0x058F, 0x058F}, {0x060B, 0x060B}, {0x09F2, 0x09F3}, {0x0AF1, 0x0AF1}, {0x0BF9, 0x0BF9},
		{0x0E3F, 0x0E3F}, {0x17DB, 0x17DB}, {0x20A0, 0x20CF}, {0x5143, 0x5143}, {0x5186, 0x5186}, {0x5706, 0x5706},
		{0x5713, 0x5713}, {0xC6D0, 0xC6D0}, {0xFDFC, 0xFDFC}, {0xFE69, 0xFE69}, {0xFF04, 0xFF04}, {0xFFE1, 0xFFE1},
		{0xFFE5, 0xFFE6}
	};

	for (int i = 0; i < lengthof(ranges) && ranges[i][0] <= c; i++)
		if (c <= ranges[i][1])
			return true;
	return false;
}

static char
plain_visible(pg_wchar c)
{
	/* hyphens, dashes and minus signs */
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFE58 || c == 0xFE63 || c == 0xFF0D)
		return '-';
	if (c == 0xB4 || c == 0x02BC || c == 0x2018 || c == 0x2019 || c == 0x2032)
		return '\'';
	/* of names of days: lørdag, søndag */
	if (c == 0xD8 || c == 0xF8)
		return 'o';
	if (c >= 0xC0 && c <= 0x024F && c != 0xD7 && c != 0xF7)
		return PLAIN_LETTER;
	return is_currency(c) ? PLAIN_CURRENCY : PLAIN_OTHER;
}

/* The character that the rest of the cell begins with, or zero for one that is not seen. */
static char
plain_character(const char **s, const char *end)
{
	int			length;
	Appearance	what = appearance(*s, end, &length);
	const char *character = *s;

	*s += length;
	if (what == SPACE)
		return ' ';
	if (what != VISIBLE)
		return '\0';
	if (length == 1 && !IS_HIGHBIT_SET(*character))
		return *character;
	return plain_visible(to_unicode(character, length));
}

int
make_plain(const char *s, Size length, char *plain)
{
	const char *end = s + length;
	int			n = 0;

	plain[0] = '\0';
	if (length > MAX_PLAIN * MAX_MULTIBYTE_CHAR_LEN)
		return 0;
	while (s < end)
	{
		char		c;

		if (*s > ' ' && *s < '\x7F')
			c = *s >= 'A' && *s <= 'Z' ? *s + ('a' - 'A') : *s, s++;
		else
			c = plain_character(&s, end);
		/* an apostrophe in front tells a spreadsheet that a text follows */
		if (c == '\0' || (n == 0 && (c == ' ' || c == '\'')))
			continue;
		if (n == MAX_PLAIN)
			return 0;
		plain[n++] = c;
	}
	while (n > 0 && plain[n - 1] == ' ')
		n--;
	plain[n] = '\0';
	return n;
}
