/*
 * svg.h
 *		What the pictures have in common: the card that they are drawn on, their texts and legend.
 *
 * Coordinates are whole pixels of a picture that is SVG_WIDTH of them wide. A picture consists of
 * ASCII alone, with references for all other characters, so it is the same in every encoding. The
 * texts that go into it are UTF-8.
 *
 * The colours for light pages are attributes; those for dark pages are a style, which browsers apply for
 * readers who prefer dark pages. The card has its own background, so its texts can be read on any page,
 * also where styles are ignored.
 */
#ifndef SALESOPP_SVG_H
#define SALESOPP_SVG_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/numeric.h"

#include "palette.h"
#include "text/language.h"

#define SVG_WIDTH 600
#define SVG_MARGIN 24
#define SVG_RIGHT (SVG_WIDTH - SVG_MARGIN)
#define SVG_FONT_SIZE 14

/* Colours, with their classes for dark pages. */
#define SVG_CARD "class=\"so-card\" fill=\"" LIGHT_CARD "\""
#define SVG_INK "class=\"so-ink\" fill=\"" LIGHT_INK "\""
#define SVG_MUTED "class=\"so-muted\" fill=\"" LIGHT_MUTED "\""
#define SVG_AXIS "class=\"so-axis\" stroke=\"#8c959f\" shape-rendering=\"crispEdges\""
#define SVG_LINE "class=\"so-line\" stroke=\"" LIGHT_BORDER "\" shape-rendering=\"crispEdges\""

#define SVG_DARK LIGHT_INK

/* A place for a text that users wrote: too long a text ends in an ellipsis, and nothing is drawn outside. */
typedef struct TextBox
{
	int			x;
	int			y;
	int			width;
	int			height;
	int			size;			/* of the font */
	bool		is_bold;
	bool		is_centred;
} TextBox;

/* An item of a legend: a square with this fill (and more attributes), and what it stands for. */
typedef struct LegendItem
{
	const char *fill;
	const char *text;
} LegendItem;

/* The attribute that fills an area with a color. */
extern char *svg_fill(Color color);

/* The beginning: ids begin with the name, title and description say in words what is to be seen. */
extern void svg_start(StringInfo svg, Language language, const char *name, int height,
					  const char *title, const char *description);

/* The end of the picture, and all of it, for the function to return after SPI_finish(). */
extern text *svg_finish(StringInfo svg);

extern void svg_title(StringInfo svg, const char *title);
extern void svg_text(StringInfo svg, int x, int y, const char *attributes, const char *text);

extern void svg_boxed_text(StringInfo svg, const TextBox *box, const char *attributes, const char *text);

/*
 * Draws a legend on this baseline, or only measures it where svg is NULL. Returns by how much its
 * last line is lower than its first.
 */
extern int	svg_legend(StringInfo svg, int y, const LegendItem *items, int n_items);

/* How wide a text is at most, in most fonts. */
extern int	svg_text_width(const char *text, int size);

/* Numbers as people read them: a percentage; an amount with all its decimals, at least two. */
extern char *svg_percent(Language language, Numeric percent);
extern char *svg_amount(Language language, Numeric amount);

#endif
