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

extern Color color_of_label(const char *label);

#endif
