/*
 * pdf_table.c
 *		The table of the list on the pages of a PDF document: how wide its columns are, and its
 *		flags.
 */
#include "compat.h"

#include "export/list_look.h"
#include "export/pdf_table.h"

#define LARGEST_TEXT 7.5f
#define SMALLEST_TEXT 4.0f
/* What texts get of the width at least, before everything is set smaller. */
#define TEXT_SHARE 0.3f
/* How wide texts are is looked up in so many rows, and so many in a hundred of these are to fit. */
#define PREVIEWED_ROWS 500
#define MOST_OF_HUNDRED 95

/* The shortest texts that there are. */
#define INITIALS "MMMM"
/* As wide as a mark and the gap behind it */
#define MARK "MM"

/*
 * What may be the widest in a column: a flag with its word, a mark, or a figure, which get what they need.
 * NIL for texts, which share what is left.
 */
static List *
widest_values(Language language, const ListColumn *column)
{
	List	   *values = wide_values(language, column);
	ListCell   *cell;

	if (column->kind == COLUMN_BOOLEAN)
		return list_make1(MARK);
	if (column->kind == COLUMN_FLAG)
		foreach(cell, values)
			lfirst(cell) = psprintf(MARK " %s", (char *) lfirst(cell));
	return values;
}

static float
natural_width(PdfTable *table, PdfWeight weight, const char *text, float size)
{
	return pdf_text_width(table->pdf, pdf_style(weight, size, INK), text) + 2 * PADDING;
}

/* The longest word of a heading, which is set in two lines where it must be. */
static float
heading_width(PdfTable *table, const char *heading, float size)
{
	float		widest = 0;
	char	   *rest = NULL;

	for (char *w = strtok_r(pstrdup(heading), " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
		widest = Max(widest, pdf_text_width(table->pdf, pdf_style(PDF_BOLD, size, INK), w));
	return widest + 2 * PADDING;
}

/* Sets the widths of all but texts, for a size of text; returns what is left for texts. */
static float
lay_out_figures(PdfTable *table, const ListExport *list, float size)
{
	float		left = TABLE_WIDTH;

	for (int i = 0; i < list->n_columns; i++)
	{
		const ListColumn *column = list->columns[i];
		List	   *values = widest_values(list->language, column);
		ListCell   *cell;
		/* in color they are bold */
		PdfWeight	weight = column->kind == COLUMN_DECISION_DATE ? PDF_BOLD : PDF_REGULAR;
		float		heading = heading_width(table, column_heading(column, list->language), size);

		table->columns[i].width = 0;
		table->columns[i].least_width = Max(heading, natural_width(table, PDF_REGULAR, INITIALS, size));
		if (values == NIL)
			continue;
		table->columns[i].width = heading;
		foreach(cell, values)
			table->columns[i].width = Max(table->columns[i].width, natural_width(table, weight, lfirst(cell), size));
		left -= table->columns[i].width;
	}
	return left;
}

/* ----------
 * Texts
 * ----------
 */

typedef struct Preview
{
	PdfTable   *table;
	int			n_rows;
	float	   *widths;			/* those of the rows of a column stand together */
} Preview;

static void
look_at_row(void *looker, const ListExport *list)
{
	Preview    *preview = looker;

	for (int i = 0; i < list->n_columns; i++)
		if (list->columns[i]->kind == COLUMN_TEXT)
			preview->widths[i * PREVIEWED_ROWS + preview->n_rows] = list->nulls[i] ? 0 :
				natural_width(preview->table, PDF_REGULAR, readable_value(list, i), LARGEST_TEXT);
	preview->n_rows++;
}

static int
compare_widths(const void *a, const void *b)
{
	float		left = *(const float *) a;
	float		right = *(const float *) b;

	return (left > right) - (left < right);
}

/* What is wide enough for most texts of the first rows: a few that are very long take no room that others need. */
static void
find_text_widths(PdfTable *table, ListExport *list)
{
	Preview		preview = {.table = table, .widths = palloc(list->n_columns * PREVIEWED_ROWS * sizeof(float))};

	preview_rows(list, PREVIEWED_ROWS, look_at_row, &preview);
	for (int i = 0; i < list->n_columns; i++)
		if (list->columns[i]->kind == COLUMN_TEXT && preview.n_rows > 0)
		{
			float	   *widths = preview.widths + i * PREVIEWED_ROWS;

			qsort(widths, preview.n_rows, sizeof(float), compare_widths);
			table->columns[i].most = widths[(preview.n_rows * MOST_OF_HUNDRED + 99) / 100 - 1];
			table->columns[i].widest = widths[preview.n_rows - 1];
		}
	pfree(preview.widths);
}

/*
 * Widens columns to what they want. Those that want less than an equal share of what is left get it, and the others
 * share the rest. Returns what nobody wants.
 */
static float
widen(PdfTable *table, int n_columns, float left)
{
	for (;;)
	{
		int			n = 0;
		float		share;
		bool		is_any_content = false;

		for (int i = 0; i < n_columns; i++)
			n += table->columns[i].wanted > table->columns[i].width;
		if (n == 0)
			return left;
		share = left / n;
		for (int i = 0; i < n_columns; i++)
		{
			PdfColumn  *place = &table->columns[i];
			float		more = place->wanted - place->width;

			if (more <= 0 || more > share)
				continue;
			place->width = place->wanted;
			left -= more;
			is_any_content = true;
		}
		if (is_any_content)
			continue;
		for (int i = 0; i < n_columns; i++)
			if (table->columns[i].wanted > table->columns[i].width)
				table->columns[i].width += share;
		return 0;
	}
}

/*
 * Texts get what their headings and initials take, then what is wide enough for most, then what the widest takes, as far as
 * there is room; what is left then goes to all, by their usual lengths.
 */
static void
lay_out_texts(PdfTable *table, const ListExport *list, float left, float size)
{
	float		scale = size / LARGEST_TEXT;
	int			usual = 0;

	for (int i = 0; i < list->n_columns; i++)
	{
		PdfColumn  *place = &table->columns[i];

		if (list->columns[i]->kind != COLUMN_TEXT)
			continue;
		place->width = place->least_width;
		place->wanted = place->most * scale;
		left -= place->width;
		usual += list->columns[i]->width;
	}
	if (left <= 0)
		return;
	left = widen(table, list->n_columns, left);
	for (int i = 0; i < list->n_columns; i++)
		table->columns[i].wanted = table->columns[i].widest * scale;
	left = widen(table, list->n_columns, left);
	for (int i = 0; i < list->n_columns; i++)
		if (list->columns[i]->kind == COLUMN_TEXT)
			table->columns[i].width += left * list->columns[i]->width / usual;
}

void
lay_out_columns(PdfTable *table, ListExport *list)
{
	float		size = LARGEST_TEXT;
	float		x = MARGIN;
	float		for_texts;
	bool		has_texts = false;

	table->columns = palloc0(list->n_columns * sizeof(PdfColumn));
	find_text_widths(table, list);
	for (int i = 0; i < list->n_columns; i++)
		has_texts |= list->columns[i]->kind == COLUMN_TEXT;
	for (;;)
	{
		for_texts = lay_out_figures(table, list, size);
		if (size <= SMALLEST_TEXT || for_texts >= (has_texts ? TEXT_SHARE * TABLE_WIDTH : 0))
			break;
		size -= 0.25f;
	}
	lay_out_texts(table, list, for_texts, size);
	for (int i = 0; i < list->n_columns; i++)
	{
		PdfColumn  *place = &table->columns[i];

		place->is_right_aligned = is_figure(list->columns[i]->kind);
		place->x = x;
		x += place->width;
	}
	/* columns without texts do not fill the page; too many of them are squeezed into its width */
	if (x - MARGIN > TABLE_WIDTH)
		for (int i = 0; i < list->n_columns; i++)
		{
			table->columns[i].x = MARGIN + (table->columns[i].x - MARGIN) * TABLE_WIDTH / (x - MARGIN);
			table->columns[i].width *= TABLE_WIDTH / (x - MARGIN);
		}
	table->text_size = size;
	table->row_height = size * 1.75f;
}

void
draw_flag(PdfDocument *pdf, Color color, float x, float y, float size)
{
	PdfPoint	cloth[] = {
		{x, y + size * 0.95f}, {x + size * 0.95f, y + size * 0.62f}, {x, y + size * 0.28f}
	};

	fill_pdf_shape(pdf, palette[color].ink, cloth, lengthof(cloth));
	/* the pole comes last: text follows, mostly in its color */
	fill_pdf_box(pdf, INK, x - size * 0.08f, y - size * 0.12f, size * 0.09f, size * 1.07f);
}
