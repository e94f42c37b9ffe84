/*
 * pdf_drawing.h
 *		What is on the pages of a PDF document: text that fits its place, and shapes.
 *
 * Coordinates are points, from the lower left corner of the page.
 */
#ifndef SALESOPP_PDF_DRAWING_H
#define SALESOPP_PDF_DRAWING_H

#include "export/pdf_font.h"

typedef struct PdfPoint
{
	float		x;
	float		y;
} PdfPoint;

/* Everything is drawn on the page that was added last, or chosen since. */
extern void add_pdf_page(PdfDocument *pdf);
extern int	pdf_page_count(PdfDocument *pdf);
extern void choose_pdf_page(PdfDocument *pdf, int number);

/* What was drawn goes to the page. */
extern void end_pdf_drawing(PdfDocument *pdf);

extern void draw_pdf_text(PdfDocument *pdf, PdfStyle style, float x, float y, PdfText text);

/* A text cut to a width: from the left on, or up to the right. */
extern void draw_pdf_left(PdfDocument *pdf, PdfStyle style, float x, float y, float width, const char *text);
extern void draw_pdf_right(PdfDocument *pdf, PdfStyle style, float right, float y, float width, const char *text);

/* A figure up to the right, set smaller where it is too wide: cut, it would be another. */
extern void draw_pdf_figure(PdfDocument *pdf, PdfStyle style, float right, float y, float width, const char *text);

extern void fill_pdf_box(PdfDocument *pdf, int color, float x, float y, float width, float height);
extern void fill_pdf_shape(PdfDocument *pdf, int color, const PdfPoint *points, int n_points);
extern void draw_pdf_line(PdfDocument *pdf, int color, float thickness, float x, float y, float x2, float y2);

#endif
