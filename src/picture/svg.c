/*
 * svg.c
 *		What the pictures have in common: the card that they are drawn on, their texts and legend.
 */
#include "compat.h"

#include "mb/pg_wchar.h"
#include "port/pg_crc32c.h"
#include "utils/builtins.h"

#include "picture/svg.h"
#include "text/character.h"
#include "text/markup.h"

static const char ellipsis[] = "\xe2\x80\xa6";
static const char no_break_space[] = "\xc2\xa0";

/* ----------
 * Characters
 * ----------
 */

#define ZERO_WIDTH_JOINER 0x200D

#define ELLIPSIS_WIDTH 100
/* Combining characters take no place; they count a little, so that a text of them alone ends, too. */
#define MARK_WIDTH 5

/*
 * Width in hundredths of the font's size. The font is chosen where the picture is shown, so these are the
 * widths of a wide one.
 */
static int
character_width(const char *text)
{
	if (strncmp(text, no_break_space, strlen(no_break_space)) == 0)
		return 36;
	if ((unsigned char) *text > 0x7f)
	{
		switch (pg_encoding_dsplen(PG_UTF8, text))
		{
			case 2:				/* emoji are wider than East Asian characters */
				return (unsigned char) *text >= 0xf0 ? 135 : 100;
			case 0:
				return MARK_WIDTH;
			default:
				return 78;
		}
	}
	if (strchr("!',.:;Iijl|` ", *text) != NULL)
		return 36;
	if (strchr("()[]{}-/\\\"*Jfrst", *text) != NULL)
		return 48;
	if (strchr("%@MWmw", *text) != NULL)
		return 98;
	if (strchr("abcdeghknopquvxyz0123456789_?$", *text) != NULL)
		return 64;
	return 78;
}

int
svg_text_width(const char *text, int size)
{
	int64		width = 0;

	for (; *text != '\0'; text += pg_encoding_mblen(PG_UTF8, text))
		width += character_width(text);
	return Min((width * size + 99) / 100, PG_INT32_MAX);
}

/* The text, or its beginning and an ellipsis where it is too long. */
static const char *
fitting_text(const char *text, int size, int width)
{
	int			limit = width * 100 / size;	/* in hundredths of the font's size */
	int			used = 0;
	const char *cut = text;		/* where the ellipsis can stand */
	bool		is_joined = false;

	for (const char *p = text; *p != '\0';)
	{
		int			own_width = character_width(p);
		pg_wchar	character;

		/* not between a character and what belongs to it */
		if (!is_joined && own_width > MARK_WIDTH && used + ELLIPSIS_WIDTH <= limit)
			cut = p;
		used += own_width;
		if (used > limit)
		{
			while (cut > text && cut[-1] == ' ')
				cut--;
			return psprintf("%.*s%s", (int) (cut - text), text, ellipsis);
		}
		character = next_character(&p);
		is_joined = character == ZERO_WIDTH_JOINER;
	}
	return text;
}

/* ----------
 * Elements
 * ----------
 */

char *
svg_fill(Color color)
{
	return psprintf("fill=\"#%06x\"", palette[color].area);
}

/*
 * The id of a picture, in which the others begin that it needs: its own among those of a page, unless the same is to be said of
 * another. So what refers to it, and its style, mean nothing but this picture, wherever it is put.
 */
static const char *
picture_id(const char *name, const char *title, const char *description)
{
	pg_crc32c	sum;

	INIT_CRC32C(sum);
	COMP_CRC32C(sum, title, strlen(title));
	COMP_CRC32C(sum, description, strlen(description));
	FIN_CRC32C(sum);
	return psprintf("%s-%08x", name, sum);
}

/* For readers who prefer dark pages, but on paper. */
static void
append_style(StringInfo svg, const char *id)
{
	static const struct
	{
		const char *class;
		const char *style;
	}			dark[] = {
		{"card", "fill: " DARK_CARD}, {"border", "stroke: " DARK_BORDER}, {"ink", "fill: " DARK_INK},
		{"muted", "fill: " DARK_MUTED}, {"axis", "stroke: #768390"}, {"line", "stroke: #373e47"}
	};

	appendStringInfoString(svg, "<style>\n@media screen and (prefers-color-scheme: dark) {\n");
	for (int i = 0; i < lengthof(dark); i++)
		appendStringInfo(svg, "#%s .so-%s { %s }\n", id, dark[i].class, dark[i].style);
	appendStringInfo(svg, "#%s .so-edge { stroke: #%06x }\n}\n</style>\n", id, palette[COLOR_YELLOW].area);
}

void
svg_start(StringInfo svg, Language language, const char *name, int height,
		  const char *title, const char *description)
{
	const char *id = picture_id(name, title, description);

	appendStringInfo(svg,
					 "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" id=\"%s\" width=\"%d\" height=\"%d\""
					 " viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-title %s-description\""
					 " xml:lang=\"%s\" font-family=\"" FONT_FAMILY "\" font-size=\"%d\">\n",
					 id, SVG_WIDTH, height, SVG_WIDTH, height, id, id, language_code(language),
					 SVG_FONT_SIZE);
	appendStringInfo(svg, "<title id=\"%s-title\">", id);
	append_escaped(svg, title);
	appendStringInfo(svg, "</title>\n<desc id=\"%s-description\">", id);
	append_escaped(svg, description);
	appendStringInfoString(svg, "</desc>\n");
	append_style(svg, id);
	appendStringInfo(svg,
					 "<rect class=\"so-card so-border\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\""
					 " fill=\"" LIGHT_CARD "\" stroke=\"" LIGHT_BORDER "\"/>\n", SVG_WIDTH - 1, height - 1);
}

text *
svg_finish(StringInfo svg)
{
	appendStringInfoString(svg, "</svg>\n");
	return returned_text(svg);
}

void
svg_title(StringInfo svg, const char *title)
{
	appendStringInfoString(svg, "<title>");
	append_escaped(svg, title);
	appendStringInfoString(svg, "</title>");
}

void
svg_text(StringInfo svg, int x, int y, const char *attributes, const char *text)
{
	appendStringInfo(svg, "<text x=\"%d\" y=\"%d\" %s>", x, y, attributes);
	append_escaped(svg, text);
	appendStringInfoString(svg, "</text>\n");
}

void
svg_boxed_text(StringInfo svg, const TextBox *box, const char *attributes, const char *text)
{
	/* bold characters are wider */
	int			measure = box->is_bold ? box->size + (box->size + 7) / 8 : box->size;

	/*
	 * An element svg cuts off what reaches out of it, as heaps of combining characters do. In which
	 * direction a text is read depends on itself.
	 */
	appendStringInfo(svg, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\">",
					 box->x, box->y, box->width, box->height);
	svg_text(svg, box->is_centred ? box->width / 2 : 0, (box->height + box->size * 7 / 10) / 2,
			 psprintf("font-size=\"%d\" unicode-bidi=\"plaintext\"%s%s %s", box->size,
					  box->is_bold ? " font-weight=\"600\"" : "",
					  box->is_centred ? " text-anchor=\"middle\"" : "", attributes),
			 fitting_text(text, measure, box->width));
	appendStringInfoString(svg, "</svg>\n");
}

#define LEGEND_SIZE 12
#define LEGEND_SQUARE 12
#define LEGEND_GAP 6
#define LEGEND_LINE 20

int
svg_legend(StringInfo svg, int y, const LegendItem *items, int n_items)
{
	int			x = SVG_MARGIN;
	int			line = y;

	for (int i = 0; i < n_items; i++)
	{
		int			width = LEGEND_SQUARE + LEGEND_GAP +
			svg_text_width(items[i].text, LEGEND_SIZE);

		if (x > SVG_MARGIN && x + width > SVG_RIGHT)
		{
			x = SVG_MARGIN;
			line += LEGEND_LINE;
		}
		if (svg != NULL)
		{
			appendStringInfo(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" %s/>",
							 x, line - 10, LEGEND_SQUARE, LEGEND_SQUARE, items[i].fill);
			svg_text(svg, x + LEGEND_SQUARE + LEGEND_GAP, line, "font-size=\"12\" " SVG_MUTED,
					 items[i].text);
		}
		x += width + 2 * LEGEND_GAP;
	}
	return line - y;
}

/* ----------
 * Numbers
 * ----------
 */

char *
svg_percent(Language language, Numeric percent)
{
	return psprintf("%s%s%%", format_percent(language, percent),
					language == NORWEGIAN ? no_break_space : "");
}

char *
svg_amount(Language language, Numeric amount)
{
	int			scale = DatumGetInt32(DirectFunctionCall1(numeric_min_scale, NumericGetDatum(amount)));

	return format_number(language, amount, Max(scale, 2));
}
