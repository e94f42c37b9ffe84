/*
 * pdf_document.h
 *		PDF pages in the making: text that fits its place, and shapes. Built on libharu.
 *
 * Coordinates are points, from the lower left corner of the page. Texts are UTF-8.
 */
#ifndef SALESOPP_PDF_DOCUMENT_H
#define SALESOPP_PDF_DOCUMENT_H

#include "postgres.h"

typedef struct PdfDocument PdfDocument;

typedef enum PdfWeight
{
	PDF_REGULAR,
	PDF_BOLD
} PdfWeight;

/* How a text is set. */
typedef struct PdfStyle
{
	PdfWeight	weight;
	float		size;
	int			color;			/* 0xRRGGBB */
} PdfStyle;

static inline PdfStyle
pdf_style(PdfWeight weight, float size, int color)
{
	PdfStyle	result = {weight, size, color};

	return result;
}

/* A text as the font takes it, cut to its place. */
typedef struct PdfText
{
	const char *encoded;
	float		width;
} PdfText;

typedef struct PdfPoint
{
	float		x;
	float		y;
} PdfPoint;

#define PDF_PAGE_WIDTH 842.0f		/* A4, landscape */
#define PDF_PAGE_HEIGHT 595.0f

extern void define_pdf_settings(void);

/* Lives in a memory context of its own below the current one. */
extern PdfDocument *start_pdf(void);
extern void set_pdf_info(PdfDocument *pdf, const char *title, const char *author, const char *subject);

/* Everything is drawn on the page that was added last, or chosen since. */
extern void add_pdf_page(PdfDocument *pdf);
extern int	pdf_page_count(PdfDocument *pdf);
extern void choose_pdf_page(PdfDocument *pdf, int number);

/* At most so wide: where the text is longer, it ends in an ellipsis. */
extern PdfText fit_pdf_text(PdfDocument *pdf, PdfStyle style, const char *text, float width);
extern float pdf_text_width(PdfDocument *pdf, PdfStyle style, const char *text);
extern void draw_pdf_text(PdfDocument *pdf, PdfStyle style, float x, float y, PdfText text);

/* A text cut to a width: from the left on, or up to the right. */
extern void draw_pdf_left(PdfDocument *pdf, PdfStyle style, float x, float y, float width, const char *text);
extern void draw_pdf_right(PdfDocument *pdf, PdfStyle style, float right, float y, float width, const char *text);

/* A figure up to the right, set smaller where it is too wide: cut, it would be another. */
extern void draw_pdf_figure(PdfDocument *pdf, PdfStyle style, float right, float y, float width, const char *text);

extern void fill_pdf_box(PdfDocument *pdf, int color, float x, float y, float width, float height);
extern void fill_pdf_shape(PdfDocument *pdf, int color, const PdfPoint *points, int n_points);
extern void draw_pdf_line(PdfDocument *pdf, int color, float thickness, float x, float y, float x2, float y2);

/* Raises the first error that there was since the last time. */
extern void check_pdf(PdfDocument *pdf);

/* The finished document, allocated in the context; frees everything else. */
extern bytea *finish_pdf(PdfDocument *pdf, MemoryContext context);

#endif
