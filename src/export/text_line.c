/*
 * text_line.c
 *		A line of text as it is drawn: cut to its place, with accents on their letters, and with what is
 *		written from right to left in that order (by FriBidi).
 *
 * FriBidi calls nothing of ours and frees what it allocates before it returns, so no error can make
 * it leak. What it gets is as long as a line at most: it sorts brackets by calling itself.
 */
#include "compat.h"

#include <fribidi/fribidi.h>

#include "common/unicode_norm.h"

#include "export/text_line.h"
#include "text/character.h"

/* A text in the order of reading, with what FriBidi finds out about it. */
typedef struct Layout
{
	int			n;
	pg_wchar	characters[LONGEST_LINE + 1];	/* as they are drawn */
	int			widths[LONGEST_LINE + 1];
	int			width;
	bool		lacks_characters;
	bool		is_directed;	/* something in it is written from right to left; what follows is set */
	FriBidiParType direction;
	FriBidiCharType types[LONGEST_LINE + 1];
	FriBidiLevel levels[LONGEST_LINE + 1];
} Layout;

/* ----------
 * Characters
 * ----------
 */

/* Characters that are not drawn: they join letters, give a direction or choose a variant. */
static bool
is_invisible(pg_wchar character)
{
	if (character < 0xAD)
		return false;
	return character == 0xAD || character == 0x061C || (character >= 0x200B && character <= 0x200F) ||
		(character >= 0x202A && character <= 0x202E) || (character >= 0x2060 && character <= 0x206F) ||
		(character >= 0xFE00 && character <= 0xFE0F) || character == 0xFEFF ||
		(character >= 0xE0000 && character <= 0xE0FFF);
}

/*
 * Isolates are left out, since the versions of FriBidi that are in use write beyond their memory where
 * some are nested. Telephones put them around a whole text, where they change nothing.
 */
static bool
is_isolate(pg_wchar character)
{
	return character >= 0x2066 && character <= 0x2069;
}

/* From U+0300 on, most are accents that follow their letters. */
static bool
is_accent(pg_wchar character)
{
	return character >= 0x0300 && character < 0x0380;
}

/* One character for a letter and its accents, where there is one. Returns how many there are then. */
static int
compose(pg_wchar *characters)
{
	const pg_wchar *composed = unicode_normalize(UNICODE_NFC, characters);
	int			n = 0;

	while (n < LONGEST_LINE && composed[n] != 0)
		n++;
	memcpy(characters, composed, n * sizeof(pg_wchar));
	return n;
}

/* As many characters as a line has at most; returns how many. What is left begins at *text. */
static int
read_characters(const char **text, pg_wchar *characters)
{
	bool		has_accents = false;
	int			n = 0;

	while (**text != '\0' && n < LONGEST_LINE)
	{
		pg_wchar	character = readable_character(next_character(text));

		/* of a heap of the same invisible character one is enough; the others would take up the line */
		if (is_isolate(character) ||
			(n > 0 && character == characters[n - 1] && is_invisible(character)))
			continue;
		has_accents |= is_accent(character);
		/* the narrow space that no line breaks at; the plain one is in every font */
		characters[n++] = character == 0x202F ? 0xA0 : character;
	}
	characters[n] = 0;
	return has_accents ? compose(characters) : n;
}

static bool
has_character(const LineFont *font, pg_wchar character)
{
	return is_invisible(character) || font->width(font, character) >= 0;
}

/* ----------
 * Directions
 * ----------
 */

/* Letters written from right to left, and characters that set this direction. Hebrew has the first of them. */
static bool
is_right_to_left(pg_wchar character)
{
	return character >= 0x0590 && FRIBIDI_IS_RTL(fribidi_get_bidi_type(character));
}

/* FriBidi has one kind of ligature, that of lam and alef. Whether the font has all of them. */
static bool
has_ligatures(const LineFont *font)
{
	for (pg_wchar c = 0xFEF5; c <= 0xFEFC; c++)
		if (!has_character(font, c))
			return false;
	return true;
}

static void
check_fribidi(FriBidiLevel result)
{
	if (result == 0)
		ereport(ERROR,
				errcode(ERRCODE_OUT_OF_MEMORY),
				errmsg("out of memory while ordering a text that is written from right to left"));
}

static void
find_directions(Layout *layout)
{
	FriBidiBracketType brackets[LONGEST_LINE + 1];

	layout->direction = FRIBIDI_PAR_ON;
	fribidi_get_bidi_types(layout->characters, layout->n, layout->types);
	fribidi_get_bracket_types(layout->characters, layout->n, layout->types, brackets);
	check_fribidi(fribidi_get_par_embedding_levels_ex(layout->types, brackets, layout->n,
													  &layout->direction, layout->levels));
}

/* Arabic letters in the forms in which they are joined, as far as the font has these; mirrored brackets. */
static void
shape(Layout *layout, const pg_wchar *text, const LineFont *font)
{
	FriBidiArabicProp joining[LONGEST_LINE + 1];
	FriBidiFlags flags = FRIBIDI_FLAG_SHAPE_MIRRORING | FRIBIDI_FLAG_SHAPE_ARAB_PRES;

	if (has_ligatures(font))
		flags |= FRIBIDI_FLAG_SHAPE_ARAB_LIGA;
	fribidi_get_joining_types(text, layout->n, joining);
	fribidi_join_arabic(layout->types, layout->n, layout->levels, joining);
	fribidi_shape(flags, layout->levels, layout->n, joining, layout->characters);
	for (int i = 0; i < layout->n; i++)
		if (!has_character(font, layout->characters[i]))
			layout->characters[i] = text[i];
}

/* ----------
 * Lines
 * ----------
 */

/* A mark stands for what the font lacks. */
static pg_wchar
mark(const LineFont *font)
{
	return has_character(font, REPLACEMENT_CHARACTER) ? REPLACEMENT_CHARACTER : '?';
}

static void
measure(Layout *layout, const LineFont *font)
{
	layout->width = 0;
	layout->lacks_characters = false;
	for (int i = 0; i < layout->n; i++)
	{
		pg_wchar   *character = &layout->characters[i];
		int			width = is_invisible(*character) ? 0 : font->width(font, *character);

		if (width < 0)
		{
			*character = mark(font);
			width = font->width(font, *character);
			layout->lacks_characters = true;
		}
		layout->widths[i] = width;
		layout->width += width;
	}
}

static void
lay_out(Layout *layout, const pg_wchar *text, int n, const LineFont *font)
{
	layout->n = n;
	memcpy(layout->characters, text, n * sizeof(pg_wchar));
	layout->is_directed = false;
	for (int i = 0; i < n && !layout->is_directed; i++)
		layout->is_directed = is_right_to_left(text[i]);
	if (layout->is_directed)
	{
		find_directions(layout);
		shape(layout, text, font);
	}
	measure(layout, font);
}

/* How many characters, in the order of reading, have room. */
static int
count_fitting(const Layout *layout, int room)
{
	int			n = 0;

	while (n < layout->n && layout->widths[n] <= room)
		room -= layout->widths[n++];
	return n;
}

/* Leaves as much of the text as has room beside an ellipsis, which stands where reading ends. */
static void
cut(Layout *layout, pg_wchar *text, int room, const LineFont *font)
{
	pg_wchar	ellipsis = has_character(font, ELLIPSIS_CHARACTER) ? ELLIPSIS_CHARACTER : '.';
	int			n = count_fitting(layout, room - font->width(font, ellipsis));

	/* before the ellipsis an Arabic letter has another form, which may be wider */
	do
	{
		text[n] = ellipsis;
		lay_out(layout, text, n + 1, font);
	} while (n-- > 0 && layout->width > room);
}

static void
draw(TextLine *line, Layout *layout)
{
	if (layout->is_directed)
		/* marks stay before their letters, which most fonts that have such marks want */
		check_fribidi(fribidi_reorder_line(0, layout->types, layout->n, 0, layout->direction,
										   layout->levels, layout->characters, NULL));
	line->n = 0;
	for (int i = 0; i < layout->n; i++)
		if (!is_invisible(layout->characters[i]))
			line->characters[line->n++] = layout->characters[i];
	line->width = layout->width;
	line->lacks_characters = layout->lacks_characters;
}

void
fit_line(TextLine *line, const char *text, int room, const LineFont *font)
{
	pg_wchar	characters[LONGEST_LINE + 1];
	int			n = read_characters(&text, characters);
	Layout		layout;

	lay_out(&layout, characters, n, font);
	if (*text != '\0' || layout.width > room)
		cut(&layout, characters, room, font);
	draw(line, &layout);
}
