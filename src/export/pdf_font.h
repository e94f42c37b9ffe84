/*
 * pdf_font.h
 *		The fonts of a PDF document, and texts cut to their place and encoded for them.
 */
#ifndef SALESOPP_PDF_FONT_H
#define SALESOPP_PDF_FONT_H

#include "export/pdf_library.h"

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

extern void define_pdf_settings(void);

/* Finds the fonts of a new document. */
extern void find_pdf_fonts(PdfDocument *pdf);

/* At most so wide: where the text is longer, it ends in an ellipsis. Texts are UTF-8. */
extern PdfText fit_pdf_text(PdfDocument *pdf, PdfStyle style, const char *text, float width);
extern float pdf_text_width(PdfDocument *pdf, PdfStyle style, const char *text);

#endif
