/*
 * pdf_library.h
 *		libharu, which makes a PDF document around what is drawn and written: its memory and its errors.
 */
#ifndef SALESOPP_PDF_LIBRARY_H
#define SALESOPP_PDF_LIBRARY_H

#include "compat.h"

#include <hpdf.h>

#include "lib/stringinfo.h"

#define PDF_PAGE_WIDTH 842.0f		/* in points: A4, landscape */
#define PDF_PAGE_HEIGHT 595.0f

typedef enum PdfWeight
{
	PDF_REGULAR,
	PDF_BOLD
} PdfWeight;

/* A document in the making. */
typedef struct PdfDocument
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
} PdfDocument;

/* Lives in a memory context of its own below the current one. */
extern PdfDocument *open_pdf_library(void);

/* Puts the document together, in the library's own memory. */
extern void save_pdf_library(PdfDocument *pdf);

/* Raises the first error that there was since the last time. */
extern void check_pdf(PdfDocument *pdf);

/* Raises what stops libharu from outside: somebody wants the query to end, or there is no memory. */
extern void check_pdf_resources(void);

/* The error that libharu met, or HPDF_OK. */
extern HPDF_STATUS pdf_library_error(PdfDocument *pdf);
pg_noreturn extern void refuse_pdf_error(PdfDocument *pdf);

#endif
