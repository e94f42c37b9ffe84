/*
 * report_table.c
 *		Tables of the report, made of the rows that a statement has found.
 */
#include "compat.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "report/page.h"
#include "report/report_table.h"
#include "text/markup.h"

/* A row that was found, read from its first column on. */
typedef struct RowReader
{
	HeapTuple	row;
	int			column;
} RowReader;

static Datum
next_value(RowReader *reader, bool *isnull)
{
	return SPI_getbinval(reader->row, SPI_tuptable->tupdesc, ++reader->column, isnull);
}

/* In UTF-8, or NULL. */
static const char *
next_text(RowReader *reader)
{
	char	   *text = SPI_getvalue(reader->row, SPI_tuptable->tupdesc, ++reader->column);

	return text == NULL ? NULL : to_utf8(text);
}

/* ----------
 * Cells
 * ----------
 */

/* How a cell looks, as an attribute. */
static const char *
look_of(CellKind kind)
{
	switch (kind)
	{
		case CELL_COUNT:
		case CELL_AMOUNT:
		case CELL_PERCENT:
		case CELL_DATE:
		case CELL_COLORED_DATE:
			return " class=\"figure\"";
		case CELL_BAR:
			return " class=\"bar\"";
		default:
			return "";
	}
}

static void
append_text(StringInfo page, Language language, const char *text)
{
	if (text == NULL)
		append_escaped(page, word(language, WORD_NONE));
	else
		append_user_text(page, text);
}

static void
append_opportunity(StringInfo page, RowReader *reader)
{
	const char *company;

	append_user_text(page, next_text(reader));
	company = next_text(reader);
	if (company != NULL)
	{
		appendStringInfoString(page, "<small>");
		append_user_text(page, company);
		appendStringInfoString(page, "</small>");
	}
}

/* The color of a value, which comes behind it; NULL for none. */
static void
append_color(StringInfo page, RowReader *reader)
{
	const char *color = next_text(reader);

	if (color != NULL)
		append_square(page, color_of_label(color));
}

static const char *
format_value(Language language, CellKind kind, Datum value)
{
	switch (kind)
	{
		case CELL_DATE:
		case CELL_COLORED_DATE:
			return DATE_NOT_FINITE(DatumGetDateADT(value)) ? DatumGetCString(DirectFunctionCall1(date_out, value)) :
				format_date(language, DatumGetDateADT(value));
		case CELL_AMOUNT:
			return format_number(language, DatumGetNumeric(value), 2);
		case CELL_PERCENT:
			return format_percent(language, DatumGetNumeric(value));
		default:
			return format_count(language, DatumGetInt64(value));
	}
}

static void
append_value(StringInfo page, Language language, CellKind kind, RowReader *reader)
{
	bool		isnull;
	Datum		value = next_value(reader, &isnull);
	const char *text = isnull ? word(language, WORD_NONE) : format_value(language, kind, value);

	if (kind == CELL_COLORED_DATE)
		append_color(page, reader);
	if (kind == CELL_BAR)
		append_bar(page, DatumGetFloat8(next_value(reader, &isnull)));
	append_escaped(page, text);
}

static void
append_cell(StringInfo page, Language language, CellKind kind, RowReader *reader)
{
	const char *label;

	switch (kind)
	{
		case CELL_OPPORTUNITY:
			append_opportunity(page, reader);
			break;
		case CELL_TEXT:
			append_text(page, language, next_text(reader));
			break;
		case CELL_LABEL:
			label = next_text(reader);
			append_color(page, reader);
			append_escaped(page, label_word(language, label));
			break;
		default:
			append_value(page, language, kind, reader);
			break;
	}
}

/* ----------
 * Rows
 * ----------
 */

static void
add_headings(StringInfo page, Language language, const ReportTable *table)
{
	appendStringInfoString(page, "<thead><tr>");
	for (int i = 0; i < table->n_columns; i++)
	{
		appendStringInfo(page, "<th scope=\"col\"%s>", look_of(table->columns[i].kind));
		append_escaped(page, word(language, table->columns[i].heading));
		appendStringInfoString(page, "</th>");
	}
	appendStringInfoString(page, "</tr></thead>\n");
}

/* What the row is about stands in its first cell. */
static void
add_row(StringInfo page, Language language, const ReportTable *table, RowReader *reader)
{
	appendStringInfoString(page, "<tr>");
	for (int i = 0; i < table->n_columns; i++)
	{
		CellKind	kind = table->columns[i].kind;

		appendStringInfo(page, "<%s%s>", i == 0 ? "th scope=\"row\"" : "td", look_of(kind));
		append_cell(page, language, kind, reader);
		appendStringInfoString(page, i == 0 ? "</th>" : "</td>");
	}
	appendStringInfoString(page, "</tr>\n");
}

static void
add_group(StringInfo page, Language language, const ReportTable *table, const char *name)
{
	appendStringInfo(page, "<tr><th scope=\"rowgroup\" colspan=\"%d\">", table->n_columns);
	append_text(page, language, name);
	appendStringInfoString(page, "</th></tr>\n");
}

static bool
is_new_group(uint64 row)
{
	HeapTuple  *rows = SPI_tuptable->vals;
	TupleDesc	desc = SPI_tuptable->tupdesc;
	const char *name = SPI_getvalue(rows[row], desc, 3);
	const char *before = row == 0 ? NULL : SPI_getvalue(rows[row - 1], desc, 3);

	return row == 0 || (name == NULL) != (before == NULL) || (name != NULL && strcmp(name, before) != 0);
}

static void
add_rows(StringInfo page, Language language, const ReportTable *table)
{
	appendStringInfoString(page, "<tbody>\n");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		RowReader	reader = {SPI_tuptable->vals[i], 2};

		if (table->is_grouped)
		{
			const char *group = next_text(&reader);

			if (is_new_group(i))
			{
				appendStringInfoString(page, i == 0 ? "" : "</tbody>\n<tbody>\n");
				add_group(page, language, table, group);
			}
		}
		add_row(page, language, table, &reader);
	}
	appendStringInfoString(page, "</tbody>\n");
}

/* ----------
 * Tables
 * ----------
 */

static const char *
describe_table(Language language, const ReportTable *table, int64 total)
{
	const char *caption = word(language, table->caption);
	bool		isnull;
	Datum		sum;

	if (!table->is_list)
		return caption;
	sum = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	return psprintf("%s: %s%s%s", caption, format_count(language, total), isnull ? "" : " \xc2\xb7 ",
					isnull ? "" : format_number(language, DatumGetNumeric(sum), 2));
}

static void
add_rest(StringInfo page, Language language, int64 more)
{
	appendStringInfoString(page, "<p class=\"more\">");
	append_escaped(page, format_rest(language, more));
	appendStringInfoString(page, "</p>\n");
}

void
add_table(StringInfo page, Language language, const ReportTable *table)
{
	bool		isnull;
	int64		total;

	if (SPI_processed == 0)
	{
		add_paragraph(page, psprintf("%s: %s", word(language, table->caption), word(language, WORD_NONE)));
		return;
	}
	total = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	appendStringInfo(page, "<div class=\"wide\" role=\"group\" tabindex=\"0\" aria-labelledby=\"%s-caption\">\n"
					 "<table>\n<caption id=\"%s-caption\"><span>", table->id, table->id);
	append_escaped(page, describe_table(language, table, total));
	appendStringInfoString(page, "</span></caption>\n");
	add_headings(page, language, table);
	add_rows(page, language, table);
	appendStringInfoString(page, "</table>\n</div>\n");
	if (total > SPI_processed)
		add_rest(page, language, total - SPI_processed);
}
