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
		float		heading = heading_width(table, word(list->language, column->heading), size);

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

/*
 * Shares the width among the texts by their usual lengths. None gets less than its heading and initials
 * take: a column whose share is smaller gets so much, and the others share what is left then.
 */
static void
lay_out_texts(PdfTable *table, const ListExport *list, float left)
{
	bool		is_settled = false;

	while (!is_settled)
	{
		int			weight = 0;

		for (int i = 0; i < list->n_columns; i++)
			if (table->columns[i].width == 0)
				weight += list->columns[i]->width;

		is_settled = true;
		for (int i = 0; i < list->n_columns && is_settled; i++)
			if (table->columns[i].width == 0 &&
				left * list->columns[i]->width / weight < table->columns[i].least_width)
			{
				table->columns[i].width = table->columns[i].least_width;
				left -= table->columns[i].width;
				is_settled = false;
			}
		if (is_settled)
			for (int i = 0; i < list->n_columns; i++)
				if (table->columns[i].width == 0)
					table->columns[i].width = left * list->columns[i]->width / weight;
	}
}

void
lay_out_columns(PdfTable *table, const ListExport *list)
{
	float		size = LARGEST_TEXT;
	float		x = MARGIN;
	float		for_texts;
	bool		has_texts = false;

	table->columns = palloc0(list->n_columns * sizeof(PdfColumn));
	for (int i = 0; i < list->n_columns; i++)
		has_texts |= list->columns[i]->kind == COLUMN_TEXT;
	for (;;)
	{
		for_texts = lay_out_figures(table, list, size);
		if (size <= SMALLEST_TEXT || for_texts >= (has_texts ? TEXT_SHARE * TABLE_WIDTH : 0))
			break;
		size -= 0.25f;
	}
	lay_out_texts(table, list, for_texts);
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
