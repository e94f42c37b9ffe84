/*
 * pdf_table.h
 *		The table of the list on the pages of a PDF document, and the marks in it.
 */
#ifndef SALESOPP_PDF_TABLE_H
#define SALESOPP_PDF_TABLE_H

#include "export/list_export.h"
#include "export/pdf_document.h"
#include "palette.h"

#define MARGIN 34.0f
#define TABLE_WIDTH (PDF_PAGE_WIDTH - 2 * MARGIN)
#define TABLE_BOTTOM 44.0f
#define PADDING 4.0f

#define INK (palette[COLOR_BLACK].ink)
#define MUTED 0x607D8B

typedef struct PdfColumn
{
	float		x;
	float		width;			/* with padding on both sides */
	float		least_width;	/* what its heading and initials take */
	float		most;			/* what most of its texts take, in the largest size; 0 for other columns */
	float		widest;			/* the same of the widest */
	float		wanted;			/* of these, what it is being given, in the size of the table */
	bool		is_right_aligned;
} PdfColumn;

typedef struct PdfTable
{
	PdfDocument *pdf;
	PdfColumn  *columns;
	float		text_size;
	float		row_height;
	float		y;				/* below what has been drawn */
	bool		has_stripe;		/* the row that comes next */
} PdfTable;

/* Finds the places of the columns and the size of the text. */
extern void lay_out_columns(PdfTable *table, ListExport *list);

/* A flag on its pole, as high as the letters beside it. */
extern void draw_flag(PdfDocument *pdf, Color color, float x, float y, float size);

/* The summary, below what has been drawn or on a page of its own. */
extern void draw_summary(PdfTable *table, const ListExport *list);

#endif
