/*
 * export_pdf.c
 *		The list as a PDF document to hand over: a table with the flags and colours of the list, and
 *		the summary with a small chart at the end.
 */
#include "compat.h"

#include <math.h>

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "export/list_export.h"
#include "export/pdf_document.h"

PG_FUNCTION_INFO_V1(export_pdf);

/* F1.1 */
static const char *const pdf_columns[] = {
	"flag", "has_process", "subject", "company", "project", "estimated_revenue", "quote_sum",
	"order_sum", "progress", "decision_date", "responsible", "changed_at", "changed_by"
};

#define MARGIN 34.0f
#define TABLE_WIDTH (PDF_PAGE_WIDTH - 2 * MARGIN)
#define TABLE_BOTTOM 44.0f
#define FOOTER_Y 24.0f
#define PADDING 4.0f

#define LARGEST_TEXT 7.5f
#define SMALLEST_TEXT 4.0f
/* What texts get of the width before all is set smaller. */
#define TEXT_SHARE 0.3f

/* The shortest texts that there are. */
#define INITIALS "MMMM"

#define INK 0x263238
#define MUTED 0x607D8B
#define HEADING_FILL 0x37474F
#define STRIPE 0xF3F6F7
#define LINE 0xCFD8DC
#define WHITE 0xFFFFFF
#define RED 0xC62828
#define GREEN 0x2E7D32
#define BLUE 0x1565C0
#define YELLOW 0xF9B800
#define GRAY 0x90A4AE

typedef struct PdfColumn
{
	float		x;
	float		width;			/* with padding on both sides */
	float		least_width;	/* what its heading and initials take */
	bool		is_right_aligned;
} PdfColumn;

typedef struct PdfList
{
	PdfDocument *pdf;
	PdfColumn  *columns;
	float		text_size;
	float		row_height;
	float		y;				/* below what has been drawn */
	bool		has_stripe;
} PdfList;

static PdfStyle
style(PdfWeight weight, float size, int color)
{
	PdfStyle	result = {weight, size, color};

	return result;
}

static void
draw_left(PdfList *page, PdfStyle style, float x, float y, float width, const char *text)
{
	draw_pdf_text(page->pdf, style, x, y, fit_pdf_text(page->pdf, style, text, width));
}

static void
draw_right(PdfList *page, PdfStyle style, float right, float y, float width, const char *text)
{
	PdfText		fitted = fit_pdf_text(page->pdf, style, text, width);

	draw_pdf_text(page->pdf, style, right - fitted.width, y, fitted);
}

/* ----------
 * Columns
 * ----------
 */

/* A flag with its word, a mark, and figures take what they need; texts share what is left. */
static const char *
widest_value(const ListExport *list, const ListColumn *column)
{
	bool		is_norwegian = list->language == NORWEGIAN;

	switch (column->kind)
	{
		case COLUMN_NUMBER:
			return "99999999";
		case COLUMN_RATING:
			return "99";
		case COLUMN_AMOUNT:
			return "999,999,999.99";
		case COLUMN_PERCENT:
			return "100.00";
		case COLUMN_DATE:
		case COLUMN_DECISION_DATE:
			return is_norwegian ? "30.09.2026" : "30 Mar 2026";
		case COLUMN_TIME:
			return is_norwegian ? "30.09.2026 23:59" : "30 Mar 2026 23:59";
		case COLUMN_BOOLEAN:
			return "MM";
		case COLUMN_FLAG:
			return is_norwegian ? "MM Ikke avgjort" : "MM Open";
		case COLUMN_LABEL:
			return is_norwegian ? "Ikke avgjort" : "Yellow";
		case COLUMN_TEXT:
			return NULL;
	}
	return NULL;
}

static bool
is_figure(ColumnKind kind)
{
	return kind == COLUMN_NUMBER || kind == COLUMN_RATING || kind == COLUMN_AMOUNT ||
		kind == COLUMN_PERCENT || kind == COLUMN_DATE || kind == COLUMN_DECISION_DATE ||
		kind == COLUMN_TIME;
}

static float
natural_width(PdfList *page, const char *text, float size)
{
	return fit_pdf_text(page->pdf, style(PDF_REGULAR, size, INK), text, TABLE_WIDTH).width + 2 * PADDING;
}

/* The longest word of a heading, which is set in two lines where it must be. */
static float
heading_width(PdfList *page, const char *heading, float size)
{
	float		widest = 0;
	char	   *rest = NULL;

	for (char *w = strtok_r(pstrdup(heading), " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
		widest = Max(widest, fit_pdf_text(page->pdf, style(PDF_BOLD, size, INK), w, TABLE_WIDTH).width);
	return widest + 2 * PADDING;
}

/* Sets the widths of all but texts, for a size of text; returns what is left for texts. */
static float
lay_out_figures(PdfList *page, const ListExport *list, float size)
{
	float		left = TABLE_WIDTH;

	for (int i = 0; i < list->n_columns; i++)
	{
		const ListColumn *column = list->columns[i];
		const char *widest = widest_value(list, column);
		float		heading = heading_width(page, word(list->language, column->heading), size);

		page->columns[i].width = 0;
		page->columns[i].least_width = Max(heading, natural_width(page, INITIALS, size));
		if (widest == NULL)
			continue;
		page->columns[i].width = Max(natural_width(page, widest, size), heading);
		left -= page->columns[i].width;
	}
	return left;
}

/*
 * Shares the width among the texts by their usual lengths, but none gets less than its heading
 * and initials take: who would is given that, and the others share the rest.
 */
static void
lay_out_texts(PdfList *page, const ListExport *list, float left)
{
	bool		is_settled = false;

	while (!is_settled)
	{
		int			weight = 0;

		for (int i = 0; i < list->n_columns; i++)
			if (page->columns[i].width == 0)
				weight += list->columns[i]->width;

		is_settled = true;
		for (int i = 0; i < list->n_columns && is_settled; i++)
			if (page->columns[i].width == 0 &&
				left * list->columns[i]->width / weight < page->columns[i].least_width)
			{
				page->columns[i].width = page->columns[i].least_width;
				left -= page->columns[i].width;
				is_settled = false;
			}
		if (is_settled)
			for (int i = 0; i < list->n_columns; i++)
				if (page->columns[i].width == 0)
					page->columns[i].width = left * list->columns[i]->width / weight;
	}
}

static void
lay_out_columns(PdfList *page, const ListExport *list)
{
	float		size = LARGEST_TEXT;
	float		x = MARGIN;
	float		for_texts;
	bool		has_texts = false;

	page->columns = palloc0(list->n_columns * sizeof(PdfColumn));
	for (int i = 0; i < list->n_columns; i++)
		has_texts |= list->columns[i]->kind == COLUMN_TEXT;
	for (;;)
	{
		for_texts = lay_out_figures(page, list, size);
		if (size <= SMALLEST_TEXT || for_texts >= (has_texts ? TEXT_SHARE * TABLE_WIDTH : 0))
			break;
		size -= 0.25f;
	}
	lay_out_texts(page, list, for_texts);
	for (int i = 0; i < list->n_columns; i++)
	{
		PdfColumn  *place = &page->columns[i];

		place->is_right_aligned = is_figure(list->columns[i]->kind);
		place->x = x;
		x += place->width;
	}
	/* figures alone do not stretch, and too many of them are squeezed */
	if (x - MARGIN > TABLE_WIDTH)
		for (int i = 0; i < list->n_columns; i++)
		{
			page->columns[i].x = MARGIN + (page->columns[i].x - MARGIN) * TABLE_WIDTH / (x - MARGIN);
			page->columns[i].width *= TABLE_WIDTH / (x - MARGIN);
		}
	page->text_size = size;
	page->row_height = size * 1.75f;
}

/* ----------
 * Pages
 * ----------
 */

static void
draw_title(PdfList *page, const ListExport *list)
{
	float		y = PDF_PAGE_HEIGHT - MARGIN - 12;
	float		half = TABLE_WIDTH / 2;

	draw_left(page, style(PDF_BOLD, 17, INK), MARGIN, y, half, word(list->language, WORD_SALES_OPPORTUNITIES));
	if (list->organization != NULL)
		draw_right(page, style(PDF_BOLD, 9, INK), PDF_PAGE_WIDTH - MARGIN, y + 4, half, list->organization);
	draw_right(page, style(PDF_REGULAR, 8, MUTED), PDF_PAGE_WIDTH - MARGIN, y - 8, half,
			   format_time(list->language, GetCurrentTransactionStartTimestamp()));
	draw_left(page, style(PDF_REGULAR, 8, MUTED), MARGIN, y - 16, TABLE_WIDTH - 120, list->criteria_text);
	page->y = y - 28;
}

/* Where a heading that is too wide for one line goes on, or NULL. */
static char *
second_line(PdfList *page, PdfStyle heading, char *text, float width)
{
	char	   *space = strrchr(text, ' ');

	if (space == NULL || fit_pdf_text(page->pdf, heading, text, TABLE_WIDTH).width <= width)
		return NULL;
	*space = '\0';
	return space + 1;
}

static void
draw_headings(PdfList *page, const ListExport *list)
{
	PdfStyle	heading = style(PDF_BOLD, page->text_size, WHITE);
	float		height = page->text_size * 3.2f;
	float		middle = page->y - height / 2 - page->text_size * 0.35f;

	fill_pdf_box(page->pdf, HEADING_FILL, MARGIN, page->y - height, TABLE_WIDTH, height);
	for (int i = 0; i < list->n_columns; i++)
	{
		const PdfColumn *column = &page->columns[i];
		float		width = column->width - 2 * PADDING;
		char	   *lines[] = {pstrdup(word(list->language, list->columns[i]->heading)), NULL};

		lines[1] = second_line(page, heading, lines[0], width);
		for (int n = 0; n < lengthof(lines) && lines[n] != NULL; n++)
		{
			float		y = lines[1] == NULL ? middle : middle + page->text_size * (n == 0 ? 0.6f : -0.6f);

			if (column->is_right_aligned)
				draw_right(page, heading, column->x + column->width - PADDING, y, width, lines[n]);
			else
				draw_left(page, heading, column->x + PADDING, y, width, lines[n]);
		}
	}
	page->y -= height;
	page->has_stripe = false;
}

static void
add_list_page(PdfList *page, const ListExport *list)
{
	bool		is_first = pdf_page_count(page->pdf) == 0;

	add_pdf_page(page->pdf);
	page->y = PDF_PAGE_HEIGHT - MARGIN;
	if (is_first)
		draw_title(page, list);
	draw_headings(page, list);
}

static void
draw_footers(PdfList *page, const ListExport *list)
{
	PdfStyle	footer = style(PDF_REGULAR, 7.5f, MUTED);
	int			n_pages = pdf_page_count(page->pdf);

	for (int number = 1; number <= n_pages; number++)
	{
		choose_pdf_page(page->pdf, number);
		draw_left(page, footer, MARGIN, FOOTER_Y, TABLE_WIDTH / 2, word(list->language, WORD_SALES_OPPORTUNITIES));
		draw_right(page, footer, PDF_PAGE_WIDTH - MARGIN, FOOTER_Y, TABLE_WIDTH / 2,
				   psprintf("%s %d %s %d", word(list->language, WORD_PAGE), number,
							word(list->language, WORD_PAGE_OF), n_pages));
		check_pdf(page->pdf);
	}
}

/* ----------
 * Rows
 * ----------
 */

static int
flag_color(const char *status)
{
	if (strcmp(status, "won") == 0)
		return GREEN;
	if (strcmp(status, "lost") == 0)
		return RED;
	return YELLOW;
}

static int
decision_date_color(const char *color)
{
	if (strcmp(color, "red") == 0)
		return RED;
	if (strcmp(color, "green") == 0)
		return GREEN;
	if (strcmp(color, "blue") == 0)
		return BLUE;
	return INK;
}

/* A flag on its pole, as high as the letters beside it. */
static void
draw_flag(PdfList *page, int color, float x, float y, float size)
{
	PdfPoint	cloth[] = {
		{x, y + size * 0.95f}, {x + size * 0.95f, y + size * 0.62f}, {x, y + size * 0.28f}
	};

	fill_pdf_shape(page->pdf, color, cloth, lengthof(cloth));
	/* last, as text in the same colour follows */
	fill_pdf_box(page->pdf, INK, x - size * 0.08f, y - size * 0.12f, size * 0.09f, size * 1.07f);
}

static void
draw_funnel(PdfList *page, float x, float y, float size)
{
	PdfPoint	funnel[] = {
		{x, y + size * 0.75f}, {x + size * 0.95f, y + size * 0.75f}, {x + size * 0.58f, y + size * 0.33f},
		{x + size * 0.58f, y - size * 0.12f}, {x + size * 0.37f, y}, {x + size * 0.37f, y + size * 0.33f}
	};

	fill_pdf_shape(page->pdf, GRAY, funnel, lengthof(funnel));
}

/* A figure that is too wide for its place is set smaller, since cut it would be another. */
static void
draw_figure(PdfList *page, PdfStyle figure, float right, float y, float width, const char *value)
{
	PdfText		fitted = fit_pdf_text(page->pdf, figure, value, TABLE_WIDTH);

	if (fitted.width > width)
	{
		figure.size *= width / fitted.width;
		fitted.width = width;
	}
	draw_pdf_text(page->pdf, figure, right - fitted.width, y, fitted);
}

static void
draw_shapes(PdfList *page, const ListExport *list, float y)
{
	for (int i = 0; i < list->n_columns; i++)
	{
		ColumnKind	kind = list->columns[i]->kind;
		float		x = page->columns[i].x + PADDING;

		if (kind == COLUMN_FLAG)
			draw_flag(page, flag_color(list->status), x, y, page->text_size);
		else if (kind == COLUMN_BOOLEAN && !list->nulls[i] && DatumGetBool(list->values[i]))
			draw_funnel(page, x, y, page->text_size);
	}
}

static void
draw_value(PdfList *page, const ListExport *list, int column, float y)
{
	ColumnKind	kind = list->columns[column]->kind;
	const PdfColumn *place = &page->columns[column];
	const char *value = readable_value(list, column);
	PdfStyle	text = style(PDF_REGULAR, page->text_size, INK);
	float		x = place->x + PADDING;
	float		width = place->width - 2 * PADDING;

	if (kind == COLUMN_FLAG)
	{
		x += page->text_size * 1.4f;
		width -= page->text_size * 1.4f;
	}
	if (kind == COLUMN_DECISION_DATE)
	{
		text.color = decision_date_color(list->decision_color);
		text.weight = text.color == INK ? PDF_REGULAR : PDF_BOLD;
	}
	if (place->is_right_aligned)
		draw_figure(page, text, place->x + place->width - PADDING, y, width, value);
	else
		draw_left(page, text, x, y, width, value);
}

static void
draw_row(void *writer, const ListExport *list)
{
	PdfList    *page = writer;
	float		y;

	if (page->y - page->row_height < TABLE_BOTTOM)
		add_list_page(page, list);
	if (page->has_stripe)
		fill_pdf_box(page->pdf, STRIPE, MARGIN, page->y - page->row_height, TABLE_WIDTH, page->row_height);
	page->has_stripe = !page->has_stripe;

	/* shapes first: text is drawn in one go */
	y = page->y - page->row_height + page->text_size * 0.55f;
	draw_shapes(page, list, y);
	for (int i = 0; i < list->n_columns; i++)
		if (!list->nulls[i] && list->columns[i]->kind != COLUMN_BOOLEAN)
			draw_value(page, list, i, y);
	page->y -= page->row_height;
	check_pdf(page->pdf);
}

/* ----------
 * Summary
 * ----------
 */

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

static void
draw_summary_line(PdfList *page, const ListExport *list, const SummaryLine *line, float y)
{
	bool		is_total = strcmp(line->status, "total") == 0;
	PdfStyle	text = style(is_total ? PDF_BOLD : PDF_REGULAR, SUMMARY_TEXT, INK);
	const char *values[] = {
		format_count(list->language, line->opportunities),
		format_number(list->language, line->estimated_revenue, 2),
		format_number(list->language, line->pipeline, 2),
		line->highest == NULL ? "" : format_number(list->language, line->highest, 2)
	};

	if (is_total)
		draw_pdf_line(page->pdf, INK, 0.75f, MARGIN, y + SUMMARY_ROW - 5, MARGIN + summary_columns[3].right, y + SUMMARY_ROW - 5);
	else
		draw_flag(page, flag_color(line->status), MARGIN + PADDING, y, SUMMARY_TEXT);
	draw_left(page, text, MARGIN + (is_total ? PADDING : 2 * PADDING + SUMMARY_TEXT), y, 80,
			  is_total ? word(list->language, WORD_TOTAL) : label_word(list->language, line->status));
	for (int i = 0; i < lengthof(values); i++)
	{
		float		width = summary_columns[i].right - (i == 0 ? 70 : summary_columns[i - 1].right) - PADDING;

		draw_figure(page, text, MARGIN + summary_columns[i].right, y, width, values[i]);
	}
}

static double
as_double(Numeric number)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(number)));
}

/* Estimated revenue and pipeline of won, open and lost, side by side. */
static void
draw_chart(PdfList *page, const ListExport *list, float top)
{
	float		left = MARGIN + 500;
	float		width = PDF_PAGE_WIDTH - MARGIN - left;
	PdfStyle	label = style(PDF_REGULAR, 7.5f, MUTED);
	double		largest = 0;

	for (int i = 0; i < N_SUMMARY_LINES - 1; i++)
		largest = Max(largest, Max(as_double(list->summary[i].estimated_revenue), as_double(list->summary[i].pipeline)));

	fill_pdf_box(page->pdf, GRAY, left, top, 6, 6);
	fill_pdf_box(page->pdf, BLUE, left + width / 2, top, 6, 6);
	draw_left(page, label, left + 10, top, width / 2 - 10, word(list->language, WORD_ESTIMATED_REVENUE));
	draw_left(page, label, left + width / 2 + 10, top, width / 2 - 10, word(list->language, WORD_PIPELINE));
	for (int i = 0; i < N_SUMMARY_LINES - 1; i++)
	{
		const SummaryLine *line = &list->summary[i];
		float		y = top - 22 - i * 26;
		double		scale = largest > 0 ? width / largest : 0;

		fill_pdf_box(page->pdf, GRAY, left, y, Max(0.5f, as_double(line->estimated_revenue) * scale), 7);
		fill_pdf_box(page->pdf, BLUE, left, y - 8, Max(0.5f, as_double(line->pipeline) * scale), 7);
		draw_right(page, label, left - PADDING, y - 4, 60, label_word(list->language, line->status));
	}
}

static void
draw_summary(PdfList *page, const ListExport *list)
{
	float		y;

	if (page->y - SUMMARY_HEIGHT < TABLE_BOTTOM)
	{
		add_pdf_page(page->pdf);
		page->y = PDF_PAGE_HEIGHT - MARGIN;
	}
	y = page->y - 30;
	draw_left(page, style(PDF_BOLD, 11, INK), MARGIN, y, 200, word(list->language, WORD_SUMMARY));
	draw_chart(page, list, y);
	y -= SUMMARY_ROW;
	for (int i = 0; i < lengthof(summary_columns); i++)
		draw_right(page, style(PDF_BOLD, 7.5f, MUTED), MARGIN + summary_columns[i].right, y, 100,
				   word(list->language, summary_columns[i].heading));
	draw_pdf_line(page->pdf, LINE, 0.5f, MARGIN, y - 5, MARGIN + summary_columns[3].right, y - 5);
	for (int i = 0; i < N_SUMMARY_LINES; i++)
		draw_summary_line(page, list, &list->summary[i], y - SUMMARY_ROW * (i + 1));
}

Datum
export_pdf(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	PdfList		page = {0};
	ListExport *list;
	bytea	   *result;

	SPI_connect();
	list = prepare_list_export(fcinfo, pdf_columns, lengthof(pdf_columns));
	page.pdf = start_pdf();
	set_pdf_info(page.pdf, word(list->language, WORD_SALES_OPPORTUNITIES), list->organization,
				 list->criteria_text);
	lay_out_columns(&page, list);

	add_list_page(&page, list);
	export_rows(list, draw_row, &page);
	draw_summary(&page, list);
	draw_footers(&page, list);

	result = finish_pdf(page.pdf, caller);
	SPI_finish();
	PG_RETURN_BYTEA_P(result);
}
