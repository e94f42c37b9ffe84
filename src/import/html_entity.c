/*
 * html_entity.c
 *		Characters that are written as entities of HTML.
 */
#include "compat.h"

#include "import/html_entity.h"

/* The longest name is one of six letters. */
#define LONGEST_NAME 6

#define MAX_DIGITS 8

typedef struct Entity
{
	const char *name;
	pg_wchar	character;
} Entity;

/* Latin-1, and what word processors put into texts. In the order of the bytes of their names. */
static const Entity entities[] = {
	{"AElig", 0xC6}, {"AMP", 0x26}, {"Aacute", 0xC1}, {"Acirc", 0xC2}, {"Agrave", 0xC0}, {"Aring", 0xC5},
	{"Atilde", 0xC3}, {"Auml", 0xC4}, {"Ccedil", 0xC7}, {"Dagger", 0x2021}, {"ETH", 0xD0}, {"Eacute", 0xC9},
	{"Ecirc", 0xCA}, {"Egrave", 0xC8}, {"Euml", 0xCB}, {"GT", 0x3E}, {"Iacute", 0xCD}, {"Icirc", 0xCE},
	{"Igrave", 0xCC}, {"Iuml", 0xCF}, {"LT", 0x3C}, {"Ntilde", 0xD1}, {"OElig", 0x152}, {"Oacute", 0xD3},
	{"Ocirc", 0xD4}, {"Ograve", 0xD2}, {"Oslash", 0xD8}, {"Otilde", 0xD5}, {"Ouml", 0xD6}, {"Prime", 0x2033},
	{"QUOT", 0x22}, {"Scaron", 0x160}, {"THORN", 0xDE}, {"Uacute", 0xDA}, {"Ucirc", 0xDB}, {"Ugrave", 0xD9},
	{"Uuml", 0xDC}, {"Yacute", 0xDD}, {"Yuml", 0x178}, {"aacute", 0xE1}, {"acirc", 0xE2}, {"acute", 0xB4},
	{"aelig", 0xE6}, {"agrave", 0xE0}, {"amp", 0x26}, {"apos", 0x27}, {"aring", 0xE5}, {"asymp", 0x2248},
	{"atilde", 0xE3}, {"auml", 0xE4}, {"bdquo", 0x201E}, {"brvbar", 0xA6}, {"bull", 0x2022}, {"ccedil", 0xE7},
	{"cedil", 0xB8}, {"cent", 0xA2}, {"circ", 0x2C6}, {"copy", 0xA9}, {"curren", 0xA4}, {"dagger", 0x2020},
	{"darr", 0x2193}, {"deg", 0xB0}, {"divide", 0xF7}, {"eacute", 0xE9}, {"ecirc", 0xEA}, {"egrave", 0xE8},
	{"emsp", 0x2003}, {"ensp", 0x2002}, {"eth", 0xF0}, {"euml", 0xEB}, {"euro", 0x20AC}, {"fnof", 0x192},
	{"frac12", 0xBD}, {"frac14", 0xBC}, {"frac34", 0xBE}, {"ge", 0x2265}, {"gt", 0x3E}, {"hellip", 0x2026},
	{"iacute", 0xED}, {"icirc", 0xEE}, {"iexcl", 0xA1}, {"igrave", 0xEC}, {"infin", 0x221E}, {"iquest", 0xBF},
	{"iuml", 0xEF}, {"laquo", 0xAB}, {"larr", 0x2190}, {"ldquo", 0x201C}, {"le", 0x2264}, {"lrm", 0x200E},
	{"lsaquo", 0x2039}, {"lsquo", 0x2018}, {"lt", 0x3C}, {"macr", 0xAF}, {"mdash", 0x2014}, {"micro", 0xB5},
	{"middot", 0xB7}, {"minus", 0x2212}, {"nbsp", 0xA0}, {"ndash", 0x2013}, {"ne", 0x2260}, {"not", 0xAC},
	{"ntilde", 0xF1}, {"oacute", 0xF3}, {"ocirc", 0xF4}, {"oelig", 0x153}, {"ograve", 0xF2}, {"ordf", 0xAA},
	{"ordm", 0xBA}, {"oslash", 0xF8}, {"otilde", 0xF5}, {"ouml", 0xF6}, {"para", 0xB6}, {"permil", 0x2030},
	{"plusmn", 0xB1}, {"pound", 0xA3}, {"prime", 0x2032}, {"quot", 0x22}, {"raquo", 0xBB}, {"rarr", 0x2192},
	{"rdquo", 0x201D}, {"reg", 0xAE}, {"rlm", 0x200F}, {"rsaquo", 0x203A}, {"rsquo", 0x2019},
	{"sbquo", 0x201A}, {"scaron", 0x161}, {"sect", 0xA7}, {"shy", 0xAD}, {"sup1", 0xB9}, {"sup2", 0xB2},
	{"sup3", 0xB3}, {"szlig", 0xDF}, {"thinsp", 0x2009}, {"thorn", 0xFE}, {"tilde", 0x2DC}, {"times", 0xD7},
	{"trade", 0x2122}, {"uacute", 0xFA}, {"uarr", 0x2191}, {"ucirc", 0xFB}, {"ugrave", 0xF9}, {"uml", 0xA8},
	{"uuml", 0xFC}, {"yacute", 0xFD}, {"yen", 0xA5}, {"yuml", 0xFF}, {"zwj", 0x200D}, {"zwnj", 0x200C}
};

/* Numbers that are no characters, but were meant as those of Windows-1252. */
static const pg_wchar of_windows[] = {
	0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
	0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178
};

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static pg_wchar
find_named(const char *name, int length)
{
	int			low = 0;
	int			high = lengthof(entities) - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;
		int			order = strncmp(entities[middle].name, name, length);

		if (order == 0 && entities[middle].name[length] == '\0')
			return entities[middle].character;
		if (order < 0)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return 0;
}

/* Controls are none, but for tabs and ends of lines; nor are the halves of pairs of UTF-16. */
static pg_wchar
character_of_number(pg_wchar number)
{
	if (number < ' ')
		return number == '\t' || number == '\n' || number == '\r' ? number : 0;
	if (number >= 0x7F && number < 0xA0)
		return number >= 0x80 ? of_windows[number - 0x80] : 0;
	if ((number >= 0xD800 && number <= 0xDFFF) || (number & 0xFFFE) == 0xFFFE || number > 0x10FFFF)
		return 0;
	return number;
}

static pg_wchar
find_numbered(const char *digits, int length)
{
	bool		is_hexadecimal = digits[0] == 'x' || digits[0] == 'X';
	pg_wchar	number = 0;

	for (int i = is_hexadecimal ? 1 : 0; i < length; i++)
	{
		char		c = digits[i] | ('a' ^ 'A');	/* digits have that bit */

		if (digits[i] >= '0' && digits[i] <= '9')
			number = number * (is_hexadecimal ? 16 : 10) + (digits[i] - '0');
		else if (is_hexadecimal && c >= 'a' && c <= 'f')
			number = number * 16 + (c - 'a' + 10);
		else
			return 0;
	}
	return character_of_number(number);
}

pg_wchar
find_entity(const char *s, const char *end, int *length)
{
	bool		is_numbered = end - s > 1 && s[1] == '#';
	const char *name = s + (is_numbered ? 2 : 1);
	const char *p = name;
	int			longest = is_numbered ? MAX_DIGITS : LONGEST_NAME;

	while (p < end && p - name <= longest && is_alphanumeric(*p))
		p++;
	if (p == name || p == end || *p != ';' || p - name > longest)
		return 0;
	*length = p + 1 - s;
	return is_numbered ? find_numbered(name, p - name) : find_named(name, p - name);
}
