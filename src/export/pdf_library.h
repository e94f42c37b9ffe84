/*
 * pdf_library.h
 *		A PDF document as libharu has it: for those files that make it, pdf_document.c, pdf_font.c and
 *		pdf_drawing.c. All others know what is in pdf_document.h.
 */
#ifndef SALESOPP_PDF_LIBRARY_H
#define SALESOPP_PDF_LIBRARY_H

#include "compat.h"

#include <hpdf.h>

#include "lib/stringinfo.h"

#include "export/pdf_document.h"

struct PdfDocument
{
	MemoryContext context;
	MemoryContextCallback cleanup;
	HPDF_Doc	library;
	HPDF_STATUS error;
	HPDF_STATUS error_detail;

	bool		has_own_font;	/* of the setting: UTF-8, one weight */
	HPDF_Font	fonts[2];
	HPDF_FontDef font_definition;
	int16	   *widths[2];		/* of characters, in thousandths of the font's size */
	bool		lacked_character;

	HPDF_Page	page;
	HPDF_Page  *pages;
	int			n_pages;
	int			max_pages;

	/* the operators of the page at hand, and the state in which they leave it */
	StringInfoData content;
	PdfWeight	weight;
	float		size;			/* 0 before the first text */
	int			color;
	bool		in_text;
	float		text_x;
	float		text_y;
};

/* Raises what stops libharu from outside: somebody wants the query to end, or there is no memory. */
extern void check_pdf_resources(void);

/* The error that libharu met, or HPDF_OK. */
extern HPDF_STATUS pdf_library_error(PdfDocument *pdf);
pg_noreturn extern void refuse_pdf_error(PdfDocument *pdf);

/* Finds the fonts of a new document. */
extern void find_pdf_fonts(PdfDocument *pdf);

/* What was drawn goes to the page. */
extern void end_pdf_drawing(PdfDocument *pdf);

#endif
