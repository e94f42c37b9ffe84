/*
 * palette.h
 *		What the colors of the type salesopp.color look like in files and pictures.
 */
#ifndef SALESOPP_PALETTE_H
#define SALESOPP_PALETTE_H

#include "postgres.h"

typedef enum Color
{
	COLOR_RED,
	COLOR_YELLOW,
	COLOR_GREEN,
	COLOR_BLUE,
	COLOR_BLACK,
	COLOR_GRAY
} Color;

#define N_COLORS 6

/* A color has several shades, each as 0xRRGGBB; 0 where nothing is shown in that one. */
typedef struct Shades
{
	const char *label;			/* in salesopp.color */
	int			ink;			/* of texts and small shapes on white */
	int			tint;			/* behind black text */
	int			area;			/* of the bars of pictures */
} Shades;

extern const Shades palette[N_COLORS];

/* The headings of a list are white on this. */
#define HEADING_COLOR 0x37474F

/* The bars of the chart of the summary */
#define ESTIMATE_COLOR COLOR_GRAY
#define PIPELINE_COLOR COLOR_BLUE

/* What lies around them on a page: light, and for readers who prefer dark ones */
#define LIGHT_CARD "#ffffff"
#define LIGHT_BORDER "#d8dee4"
#define LIGHT_INK "#1f2328"
#define LIGHT_MUTED "#57606a"
#define DARK_CARD "#1c2128"
#define DARK_BORDER "#444c56"
#define DARK_INK "#e6edf3"
#define DARK_MUTED "#adbac7"

/* The reader's own font */
#define FONT_FAMILY "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

extern Color color_of_label(const char *label);

#endif
