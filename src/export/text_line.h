/*
 * text_line.h
 *		A line of text as it is drawn: cut to its place, with accents on their letters, and with what is
 *		written from right to left in that order (by FriBidi).
 */
#ifndef SALESOPP_TEXT_LINE_H
#define SALESOPP_TEXT_LINE_H

#include "postgres.h"
#include "mb/pg_wchar.h"

/* In characters. No place has room for so many, unless they are of the kind that has no width. */
#define LONGEST_LINE 1000

/* What a line has to know of its font. */
typedef struct LineFont LineFont;

struct LineFont
{
	/* of a character, in thousandths of the font's size; negative where the font lacks it */
	int			(*width) (const LineFont *font, pg_wchar character);
};

typedef struct TextLine
{
	int			n;
	pg_wchar	characters[LONGEST_LINE + 1];	/* from left to right */
	int			width;
	bool		lacks_characters;	/* of the text: marks stand for them */
} TextLine;

/* Where the text (UTF-8) is wider than its room, its end is an ellipsis. */
extern void fit_line(TextLine *line, const char *text, int room, const LineFont *font);

#endif
