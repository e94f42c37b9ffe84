/*
 * export_pdf.c
 *		The list as a PDF document to hand over: a table with the flags and colours of the list, and
 *		the summary with a small chart at the end.
 */
#include "compat.h"

#include "executor/spi.h"
#include "utils/timestamp.h"

#include "export/list_look.h"
#include "export/pdf_table.h"

PG_FUNCTION_INFO_V1(export_pdf);

/* F1.1 */
static const char *const pdf_columns[] = {
	"flag", "has_process", "subject", "company", "project", "estimated_revenue", "quote_sum",
	"order_sum", "progress", "decision_date", "responsible", "changed_at", "changed_by"
};

#define FOOTER_Y 24.0f

#define STRIPE 0xF3F6F7
#define WHITE 0xFFFFFF

/* ----------
 * Pages
 * ----------
 */

static void
draw_title(PdfTable *table, const ListExport *list)
{
	float		y = PDF_PAGE_HEIGHT - MARGIN - 12;
	float		half = TABLE_WIDTH / 2;

	draw_pdf_left(table->pdf, pdf_style(PDF_BOLD, 17, INK), MARGIN, y, half, word(list->language, WORD_SALES_OPPORTUNITIES));
	if (list->organization != NULL)
		draw_pdf_right(table->pdf, pdf_style(PDF_BOLD, 9, INK), PDF_PAGE_WIDTH - MARGIN, y + 4, half, list->organization);
	draw_pdf_right(table->pdf, pdf_style(PDF_REGULAR, 8, MUTED), PDF_PAGE_WIDTH - MARGIN, y - 8, half,
				   format_time(list->language, GetCurrentTransactionStartTimestamp()));
	draw_pdf_left(table->pdf, pdf_style(PDF_REGULAR, 8, MUTED), MARGIN, y - 16, TABLE_WIDTH - 120, list->criteria_text);
	table->y = y - 28;
}

/* Where a heading that is too wide for one line goes on, or NULL. */
static char *
second_line(PdfTable *table, PdfStyle heading, char *text, float width)
{
	char	   *space = strrchr(text, ' ');

	if (space == NULL || pdf_text_width(table->pdf, heading, text) <= width)
		return NULL;
	*space = '\0';
	return space + 1;
}

static void
draw_headings(PdfTable *table, const ListExport *list)
{
	PdfStyle	heading = pdf_style(PDF_BOLD, table->text_size, WHITE);
	float		height = table->text_size * 3.2f;
	float		middle = table->y - height / 2 - table->text_size * 0.35f;

	fill_pdf_box(table->pdf, HEADING_COLOR, MARGIN, table->y - height, TABLE_WIDTH, height);
	for (int i = 0; i < list->n_columns; i++)
	{
		const PdfColumn *column = &table->columns[i];
		float		width = column->width - 2 * PADDING;
		char	   *lines[] = {pstrdup(column_heading(list->columns[i], list->language)), NULL};

		lines[1] = second_line(table, heading, lines[0], width);
		for (int n = 0; n < lengthof(lines) && lines[n] != NULL; n++)
		{
			float		y = lines[1] == NULL ? middle : middle + table->text_size * (n == 0 ? 0.6f : -0.6f);

			if (column->is_right_aligned)
				draw_pdf_right(table->pdf, heading, column->x + column->width - PADDING, y, width, lines[n]);
			else
				draw_pdf_left(table->pdf, heading, column->x + PADDING, y, width, lines[n]);
		}
	}
	table->y -= height;
	table->has_stripe = false;
}

static void
add_list_page(PdfTable *table, const ListExport *list)
{
	bool		is_first = pdf_page_count(table->pdf) == 0;

	add_pdf_page(table->pdf);
	table->y = PDF_PAGE_HEIGHT - MARGIN;
	if (is_first)
		draw_title(table, list);
	draw_headings(table, list);
}

static void
draw_footers(PdfTable *table, const ListExport *list)
{
	PdfStyle	footer = pdf_style(PDF_REGULAR, 7.5f, MUTED);
	int			n_pages = pdf_page_count(table->pdf);

	for (int number = 1; number <= n_pages; number++)
	{
		choose_pdf_page(table->pdf, number);
		draw_pdf_left(table->pdf, footer, MARGIN, FOOTER_Y, TABLE_WIDTH / 2, word(list->language, WORD_SALES_OPPORTUNITIES));
		draw_pdf_right(table->pdf, footer, PDF_PAGE_WIDTH - MARGIN, FOOTER_Y, TABLE_WIDTH / 2,
					   psprintf("%s %d %s %d", word(list->language, WORD_PAGE), number,
								word(list->language, WORD_OF), n_pages));
		check_pdf(table->pdf);
	}
}

/* ----------
 * Rows
 * ----------
 */

static void
draw_funnel(PdfDocument *pdf, float x, float y, float size)
{
	PdfPoint	funnel[] = {
		{x, y + size * 0.75f}, {x + size * 0.95f, y + size * 0.75f}, {x + size * 0.58f, y + size * 0.33f},
		{x + size * 0.58f, y - size * 0.12f}, {x + size * 0.37f, y}, {x + size * 0.37f, y + size * 0.33f}
	};

	fill_pdf_shape(pdf, palette[COLOR_GRAY].ink, funnel, lengthof(funnel));
}

static void
draw_shapes(PdfTable *table, const ListExport *list, float y)
{
	for (int i = 0; i < list->n_columns; i++)
	{
		ColumnKind	kind = list->columns[i]->kind;
		float		x = table->columns[i].x + PADDING;

		if (kind == COLUMN_FLAG)
			draw_flag(table->pdf, value_color(list, i), x, y, table->text_size);
		else if (kind == COLUMN_BOOLEAN && !list->nulls[i] && DatumGetBool(list->values[i]))
			draw_funnel(table->pdf, x, y, table->text_size);
	}
}

static void
draw_value(PdfTable *table, const ListExport *list, int column, float y)
{
	ColumnKind	kind = list->columns[column]->kind;
	const PdfColumn *place = &table->columns[column];
	const char *value = readable_value(list, column);
	PdfStyle	text = pdf_style(PDF_REGULAR, table->text_size, INK);
	float		x = place->x + PADDING;
	float		width = place->width - 2 * PADDING;

	if (kind == COLUMN_FLAG)
	{
		x += table->text_size * 1.4f;
		width -= table->text_size * 1.4f;
	}
	/* beside a flag, its word is black */
	else if (value_color(list, column) != COLOR_BLACK)
		text = pdf_style(PDF_BOLD, table->text_size, palette[value_color(list, column)].ink);
	if (place->is_right_aligned)
		draw_pdf_figure(table->pdf, text, place->x + place->width - PADDING, y, width, value);
	else
		draw_pdf_left(table->pdf, text, x, y, width, value);
}

static void
draw_row(void *writer, const ListExport *list)
{
	PdfTable   *table = writer;
	float		y;

	if (table->y - table->row_height < TABLE_BOTTOM)
		add_list_page(table, list);
	if (table->has_stripe)
		fill_pdf_box(table->pdf, STRIPE, MARGIN, table->y - table->row_height, TABLE_WIDTH, table->row_height);
	table->has_stripe = !table->has_stripe;

	/* shapes come first, since a shape ends the operators of a text and the next text begins them anew */
	y = table->y - table->row_height + table->text_size * 0.55f;
	draw_shapes(table, list, y);
	for (int i = 0; i < list->n_columns; i++)
		if (!list->nulls[i] && list->columns[i]->kind != COLUMN_BOOLEAN)
			draw_value(table, list, i, y);
	table->y -= table->row_height;
	check_pdf(table->pdf);
}

Datum
export_pdf(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	PdfTable	table = {0};
	ListExport *list;
	bytea	   *result;

	SPI_connect();
	list = prepare_list_export(fcinfo, pdf_columns, lengthof(pdf_columns));
	table.pdf = start_pdf();
	set_pdf_info(table.pdf, word(list->language, WORD_SALES_OPPORTUNITIES), list->organization,
				 list->criteria_text);
	lay_out_columns(&table, list);

	add_list_page(&table, list);
	export_rows(list, draw_row, &table);
	draw_summary(&table, list);
	draw_footers(&table, list);

	result = finish_pdf(table.pdf, caller);
	SPI_finish();
	PG_RETURN_BYTEA_P(result);
}
