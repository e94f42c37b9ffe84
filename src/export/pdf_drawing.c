/*
 * pdf_drawing.c
 *		What is on the pages of a PDF document: texts and shapes, as the operators of the format.
 *
 * They are written here, since libharu's own functions for them clear a buffer for each operator and
 * measure each text again.
 */
#include "compat.h"

#include <math.h>
#include <hpdf_pages.h>
#include <hpdf_streams.h>

#include "utils/builtins.h"

#include "export/pdf_drawing.h"

/* ----------
 * Pages
 * ----------
 */

static void
write_operator(PdfDocument *pdf, const char *operator)
{
	appendStringInfoString(&pdf->content, operator);
	appendStringInfoChar(&pdf->content, '\n');
}

/* With two decimals, as many as can be seen. */
static void
write_number(PdfDocument *pdf, float number)
{
	int			hundredths = (int) rintf(number * 100);
	char		digits[24];
	int			length;

	if (hundredths < 0)
		appendStringInfoChar(&pdf->content, '-');
	hundredths = abs(hundredths);
	length = pg_ltoa(hundredths / 100, digits);
	hundredths %= 100;
	if (hundredths != 0)
	{
		digits[length++] = '.';
		digits[length++] = '0' + hundredths / 10;
		if (hundredths % 10 != 0)
			digits[length++] = '0' + hundredths % 10;
	}
	digits[length++] = ' ';
	appendBinaryStringInfo(&pdf->content, digits, length);
}

static void
write_point(PdfDocument *pdf, float x, float y, const char *operator)
{
	write_number(pdf, x);
	write_number(pdf, y);
	write_operator(pdf, operator);
}

static void
write_color(PdfDocument *pdf, int color, const char *operator)
{
	/* three decimals tell all 256 shades apart */
	for (int shift = 16; shift >= 0; shift -= 8)
	{
		int			thousandths = ((color >> shift & 0xFF) * 1000 + 127) / 255;
		char		digits[] = "0.000 ";

		digits[0] += thousandths / 1000;
		digits[2] += thousandths / 100 % 10;
		digits[3] += thousandths / 10 % 10;
		digits[4] += thousandths % 10;
		appendBinaryStringInfo(&pdf->content, digits, strlen(digits));
	}
	write_operator(pdf, operator);
}

static void
set_fill_color(PdfDocument *pdf, int color)
{
	if (pdf->color != color)
		write_color(pdf, color, "rg");
	pdf->color = color;
}

static void
end_text(PdfDocument *pdf)
{
	if (pdf->in_text)
		write_operator(pdf, "ET");
	pdf->in_text = false;
}

void
end_pdf_drawing(PdfDocument *pdf)
{
	if (pdf->page == NULL)
		return;
	end_text(pdf);
	HPDF_Stream_Write(((HPDF_PageAttr) pdf->page->attr)->stream,
					  (const HPDF_BYTE *) pdf->content.data, pdf->content.len);
	check_pdf(pdf);
}

static void
start_drawing(PdfDocument *pdf, HPDF_Page page)
{
	end_pdf_drawing(pdf);
	pdf->page = page;
	resetStringInfo(&pdf->content);
	pdf->size = 0;
	pdf->color = -1;
}

void
add_pdf_page(PdfDocument *pdf)
{
	HPDF_Page	page = HPDF_AddPage(pdf->library);

	check_pdf(pdf);
	HPDF_Page_SetWidth(page, PDF_PAGE_WIDTH);
	HPDF_Page_SetHeight(page, PDF_PAGE_HEIGHT);
	if (pdf->n_pages == pdf->max_pages)
	{
		pdf->max_pages = Max(64, pdf->max_pages * 2);
		pdf->pages = pdf->pages == NULL ?
			MemoryContextAlloc(pdf->context, pdf->max_pages * sizeof(HPDF_Page)) :
			repalloc(pdf->pages, pdf->max_pages * sizeof(HPDF_Page));
	}
	pdf->pages[pdf->n_pages++] = page;
	start_drawing(pdf, page);
}

int
pdf_page_count(PdfDocument *pdf)
{
	return pdf->n_pages;
}

void
choose_pdf_page(PdfDocument *pdf, int number)
{
	start_drawing(pdf, pdf->pages[number - 1]);
}

void
draw_pdf_text(PdfDocument *pdf, PdfStyle style, float x, float y, PdfText text)
{
	if (!pdf->in_text)
	{
		write_operator(pdf, "BT");
		pdf->in_text = true;
		pdf->text_x = pdf->text_y = 0;
	}
	if (pdf->size != style.size || pdf->weight != style.weight)
	{
		const char *name = HPDF_Page_GetLocalFontName(pdf->page, pdf->fonts[style.weight]);

		if (name == NULL)
			refuse_pdf_error(pdf);
		pdf->weight = style.weight;
		pdf->size = style.size;
		appendStringInfo(&pdf->content, "/%s ", name);
		write_number(pdf, style.size);
		write_operator(pdf, "Tf");
	}
	set_fill_color(pdf, style.color);

	/* each place is given from the one before, in the hundredths that are written */
	x = rintf(x * 100) / 100;
	y = rintf(y * 100) / 100;
	write_point(pdf, x - pdf->text_x, y - pdf->text_y, "Td");
	pdf->text_x = x;
	pdf->text_y = y;
	appendStringInfoString(&pdf->content, text.encoded);
	write_operator(pdf, "Tj");
}

void
draw_pdf_left(PdfDocument *pdf, PdfStyle style, float x, float y, float width, const char *text)
{
	draw_pdf_text(pdf, style, x, y, fit_pdf_text(pdf, style, text, width));
}

void
draw_pdf_right(PdfDocument *pdf, PdfStyle style, float right, float y, float width, const char *text)
{
	PdfText		fitted = fit_pdf_text(pdf, style, text, width);

	draw_pdf_text(pdf, style, right - fitted.width, y, fitted);
}

void
draw_pdf_figure(PdfDocument *pdf, PdfStyle style, float right, float y, float width, const char *text)
{
	PdfText		fitted = fit_pdf_text(pdf, style, text, PDF_PAGE_WIDTH);

	if (fitted.width > width)
	{
		style.size *= width / fitted.width;
		fitted.width = width;
	}
	draw_pdf_text(pdf, style, right - fitted.width, y, fitted);
}

void
fill_pdf_box(PdfDocument *pdf, int color, float x, float y, float width, float height)
{
	end_text(pdf);
	set_fill_color(pdf, color);
	write_number(pdf, x);
	write_number(pdf, y);
	write_point(pdf, width, height, "re");
	write_operator(pdf, "f");
}

void
fill_pdf_shape(PdfDocument *pdf, int color, const PdfPoint *points, int n_points)
{
	end_text(pdf);
	set_fill_color(pdf, color);
	write_point(pdf, points[0].x, points[0].y, "m");
	for (int i = 1; i < n_points; i++)
		write_point(pdf, points[i].x, points[i].y, "l");
	write_operator(pdf, "f");
}

void
draw_pdf_line(PdfDocument *pdf, int color, float thickness, float x, float y, float x2, float y2)
{
	end_text(pdf);
	write_color(pdf, color, "RG");
	write_number(pdf, thickness);
	write_operator(pdf, "w");
	write_point(pdf, x, y, "m");
	write_point(pdf, x2, y2, "l");
	write_operator(pdf, "S");
}
