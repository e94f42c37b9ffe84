/*
 * export_csv.c
 *		The list as a CSV file: RFC 4180, in UTF-8, for COPY and for spreadsheets.
 */
#include "compat.h"

#include "executor/spi.h"

#include "export/file_buffer.h"
#include "export/list_export.h"

PG_FUNCTION_INFO_V1(export_csv);

/* F1.1; the decision date's colour is a column of its own here. */
static const char *const csv_columns[] = {
	"id", "status", "flag", "has_process", "subject", "company", "project", "estimated_revenue",
	"quote_sum", "order_sum", "progress", "decision_date", "decision_color", "responsible",
	"changed_at", "changed_by"
};

static const char byte_order_mark[] = "\xef\xbb\xbf";

/*
 * What spreadsheets take for a formula. An apostrophe in front makes it a text. A value that begins with
 * apostrophes and then looks like a formula gets one more, too: so a reader always takes off just one.
 */
static bool
looks_like_formula(const char *value)
{
	value += strspn(value, "'");
	return *value != '\0' && strchr("=+-@\t\r", *value) != NULL;
}

/* An empty text differs from NULL by its quotes; \. alone would end the data for COPY. */
static bool
needs_quotes(const char *value)
{
	return *value == '\0' || *value == ' ' || strpbrk(value, ",\"\r\n") != NULL ||
		strcmp(value, "\\.") == 0;
}

static void
append_field(FileBuffer *file, const char *value, bool is_text)
{
	Size		length = strlen(value);
	bool		is_guarded = is_text && looks_like_formula(value);
	char	   *start;
	char	   *out;

	if (!is_guarded && !(is_text && needs_quotes(value)))
	{
		append_to_file(file, value, length);
		return;
	}

	/* at most every character twice, and quotes and an apostrophe around */
	start = out = reserve_in_file(file, 2 * length + 3);
	*out++ = '"';
	if (is_guarded)
		*out++ = '\'';
	for (const char *p = value; *p != '\0'; p++)
	{
		if (*p == '"')
			*out++ = '"';
		*out++ = *p;
	}
	*out++ = '"';
	file->length += out - start;
}

static void
append_headings(FileBuffer *file, const ListExport *list)
{
	for (int i = 0; i < list->n_columns; i++)
	{
		if (i > 0)
			append_to_file(file, ",", 1);
		append_field(file, column_heading(list->columns[i], list->language), true);
	}
	append_to_file(file, "\r\n", 2);
}

static void
append_row(void *writer, const ListExport *list)
{
	FileBuffer *file = writer;

	for (int i = 0; i < list->n_columns; i++)
	{
		if (i > 0)
			append_to_file(file, ",", 1);
		if (!list->nulls[i])
			append_field(file, plain_value(list, i), list->columns[i]->kind == COLUMN_TEXT);
	}
	append_to_file(file, "\r\n", 2);
}

Datum
export_csv(PG_FUNCTION_ARGS)
{
	FileBuffer	file;
	ListExport *list;

	start_file(&file, 8192);
	if (!PG_ARGISNULL(4) && PG_GETARG_BOOL(4))
		append_to_file(&file, byte_order_mark, strlen(byte_order_mark));

	SPI_connect();
	list = prepare_list_export(fcinfo, csv_columns, lengthof(csv_columns));
	append_headings(&file, list);
	export_rows(list, append_row, &file);
	SPI_finish();
	PG_RETURN_BYTEA_P(finish_file(&file));
}
