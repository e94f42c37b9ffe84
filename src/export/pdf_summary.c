/*
 * pdf_summary.c
 *		The summary at the end of a PDF document, with a small chart.
 */
#include "compat.h"

#include "utils/builtins.h"

#include "export/pdf_table.h"

#define LINE 0xCFD8DC

#define SUMMARY_ROW 16.0f
#define SUMMARY_HEIGHT (40 + SUMMARY_ROW * (N_SUMMARY_LINES + 1))
#define SUMMARY_TEXT 8.5f

static const struct
{
	Word		heading;
	float		right;			/* of the column, from the left margin */
}			summary_columns[] = {
	{WORD_OPPORTUNITIES, 120}, {WORD_ESTIMATED_REVENUE, 230}, {WORD_PIPELINE, 330}, {WORD_HIGHEST_SALE, 430}
};

#define SUMMARY_RIGHT (MARGIN + summary_columns[lengthof(summary_columns) - 1].right)

static void
draw_summary_line(PdfTable *table, const ListExport *list, const SummaryLine *line, float y)
{
	PdfStyle	text = pdf_style(line->is_total ? PDF_BOLD : PDF_REGULAR, SUMMARY_TEXT, INK);
	const char *values[] = {
		format_count(list->language, line->opportunities),
		format_number(list->language, line->estimated_revenue, 2),
		format_number(list->language, line->pipeline, 2),
		line->highest == NULL ? "" : format_number(list->language, line->highest, 2)
	};

	if (line->is_total)
		draw_pdf_line(table->pdf, INK, 0.75f, MARGIN, y + SUMMARY_ROW - 5, SUMMARY_RIGHT, y + SUMMARY_ROW - 5);
	else
		draw_flag(table->pdf, line->flag, MARGIN + PADDING, y, SUMMARY_TEXT);
	draw_pdf_left(table->pdf, text, MARGIN + (line->is_total ? PADDING : 2 * PADDING + SUMMARY_TEXT), y, 80, line->name);
	for (int i = 0; i < lengthof(values); i++)
	{
		float		width = summary_columns[i].right - (i == 0 ? 70 : summary_columns[i - 1].right) - PADDING;

		draw_pdf_figure(table->pdf, text, MARGIN + summary_columns[i].right, y, width, values[i]);
	}
}

static double
as_double(Numeric number)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(number)));
}

/* Estimated revenue and pipeline of won, open and lost, side by side. */
static void
draw_chart(PdfTable *table, const ListExport *list, float top)
{
	float		left = MARGIN + 500;
	float		width = PDF_PAGE_WIDTH - MARGIN - left;
	PdfStyle	label = pdf_style(PDF_REGULAR, 7.5f, MUTED);
	double		largest = 0;

	for (int i = 0; i < N_SUMMARY_LINES - 1; i++)
		largest = Max(largest, Max(as_double(list->summary[i].estimated_revenue), as_double(list->summary[i].pipeline)));

	fill_pdf_box(table->pdf, palette[ESTIMATE_COLOR].ink, left, top, 6, 6);
	fill_pdf_box(table->pdf, palette[PIPELINE_COLOR].ink, left + width / 2, top, 6, 6);
	draw_pdf_left(table->pdf, label, left + 10, top, width / 2 - 10, word(list->language, WORD_ESTIMATED_REVENUE));
	draw_pdf_left(table->pdf, label, left + width / 2 + 10, top, width / 2 - 10, word(list->language, WORD_PIPELINE));
	for (int i = 0; i < N_SUMMARY_LINES - 1; i++)
	{
		const SummaryLine *line = &list->summary[i];
		float		y = top - 22 - i * 26;
		double		scale = largest > 0 ? width / largest : 0;

		fill_pdf_box(table->pdf, palette[ESTIMATE_COLOR].ink, left, y, Max(0.5f, as_double(line->estimated_revenue) * scale), 7);
		fill_pdf_box(table->pdf, palette[PIPELINE_COLOR].ink, left, y - 8, Max(0.5f, as_double(line->pipeline) * scale), 7);
		draw_pdf_right(table->pdf, label, left - PADDING, y - 4, 60, line->name);
	}
}

void
draw_summary(PdfTable *table, const ListExport *list)
{
	float		y;

	if (table->y - SUMMARY_HEIGHT < TABLE_BOTTOM)
	{
		add_pdf_page(table->pdf);
		table->y = PDF_PAGE_HEIGHT - MARGIN;
	}
	y = table->y - 30;
	draw_pdf_left(table->pdf, pdf_style(PDF_BOLD, 11, INK), MARGIN, y, 200, word(list->language, WORD_SUMMARY));
	draw_chart(table, list, y);
	y -= SUMMARY_ROW;
	for (int i = 0; i < lengthof(summary_columns); i++)
		draw_pdf_right(table->pdf, pdf_style(PDF_BOLD, 7.5f, MUTED), MARGIN + summary_columns[i].right, y, 100,
					   word(list->language, summary_columns[i].heading));
	draw_pdf_line(table->pdf, LINE, 0.5f, MARGIN, y - 5, SUMMARY_RIGHT, y - 5);
	for (int i = 0; i < N_SUMMARY_LINES; i++)
		draw_summary_line(table, list, &list->summary[i], y - SUMMARY_ROW * (i + 1));
}
