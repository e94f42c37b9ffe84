/*
 * text_line_target.c
 *		libFuzzer target: how a line of text is cut to its place and put into the order in which it is
 *		drawn, with FriBidi.
 *
 * In place of UTF-8, each byte of a text stands for one of a list of characters: letters of both
 * directions, what joins and marks them, digits, brackets, and all that says a direction.
 */
#include "export/text_line.c"

#undef fprintf

static const pg_wchar list[] = {
	'a', 'B', ' ', '1', '.', '(', ')', '[', ']', '<', '+', '%', 0xE9, 0x301, 0x5D0, 0x5E9, 0x5B8, 0x5BE,
	0x627, 0x628, 0x644, 0x642, 0x64E, 0x651, 0x640, 0x661, 0x6AF, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F,
	0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0x61C, 0x2026, 0xFFFD, 0xFEFB,
	0x2329, 0x1F680, 0x10A00, 0x1E900, 0xAD
};

/* ----------
 * The rest of the library
 * ----------
 */

pg_wchar
next_character(const char **text)
{
	return list[(unsigned char) *(*text)++ % lengthof(list)];
}

pg_wchar
readable_character(pg_wchar character)
{
	return character;
}

pg_wchar *
unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input)
{
	static pg_wchar result[LONGEST_LINE + 1];

	memcpy(result, input, sizeof(result));
	return result;
}

/* ----------
 * The font
 * ----------
 */

static bool has_forms;

/* It lacks one letter, and the forms of all where it is said so; marks have no width. */
static int
width_of(const LineFont *font, pg_wchar character)
{
	if (character == 0x642 || (!has_forms && character >= 0xFE80 && character <= 0xFEFC))
		return -1;
	if (character == 0x301 || character == 0x5B8 || character == 0x64E || character == 0x651)
		return 0;
	return 100 + character % 7 * 100;
}

static int
total_width(const TextLine *line)
{
	int			width = 0;

	for (int i = 0; i < line->n; i++)
		width += width_of(NULL, line->characters[i]);
	return width;
}

/* The input is the room, whether the font has forms, how often the text is repeated, and the text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const LineFont font = {width_of};
	static char text[32 * 40 + 1];
	static TextLine line;
	int			n = 0;
	int			room;

	if (size < 4 || size > 40)
		return -1;
	room = 800 + data[0] * data[0] * 4;
	has_forms = data[1] % 4 != 0;
	for (int repeated = 0; repeated <= data[2] % 32; repeated++)
		for (size_t i = 3; i < size; i++)
			text[n++] = data[i] == 0 ? 1 : data[i];
	text[n] = '\0';

	fit_line(&line, text, room, &font);
	if (line.n > LONGEST_LINE + 1 || line.width > room || line.width != total_width(&line))
	{
		fprintf(stderr, "%d characters, width %d (%d) of %d\n", line.n, line.width, total_width(&line), room);
		abort();
	}
	return 0;
}
