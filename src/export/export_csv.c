/*
 * export_csv.c
 *		The list as a CSV file in UTF-8: as RFC 4180 has it, for COPY and for programs, or as Excel opens it.
 */
#include "compat.h"

#include "executor/spi.h"
#include "utils/datetime.h"

#include "export/file_buffer.h"
#include "export/list_export.h"

PG_FUNCTION_INFO_V1(export_csv);
PG_FUNCTION_INFO_V1(export_excel_csv);

/* F1.1; the decision date's colour is a column of its own here. */
static const char *const csv_columns[] = {
	"id", "status", "flag", "has_process", "subject", "company", "project", "estimated_revenue",
	"quote_sum", "order_sum", "progress", "decision_date", "decision_color", "responsible",
	"changed_at", "changed_by"
};

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* What separates the fields, and how a value of the row at hand that is not NULL is written. */
typedef struct CsvDialect
{
	char		separator;
	const char *(*written) (const ListExport *list, int column);
} CsvDialect;

typedef struct CsvFile
{
	FileBuffer	buffer;
	CsvDialect	dialect;
} CsvFile;

/* ----------
 * Dialects
 * ----------
 */

/*
 * A time in the session's time zone, to the second: Excel knows no zones. Days are those of readable dates in Norwegian. In English
 * they are ISO dates, as Excel reads these alike in all countries, and others not.
 */
static const char *
excel_time(const ListExport *list, int column)
{
	TimestampTz time = DatumGetTimestampTz(list->values[column]);
	struct pg_tm tm;
	fsec_t		fraction;
	int			zone;

	if (TIMESTAMP_NOT_FINITE(time) || timestamp2tm(time, &zone, &tm, &fraction, NULL, NULL) != 0 || tm.tm_year <= 0)
		return plain_value(list, column);
	return psprintf(list->language == NORWEGIAN ? "%3$02d.%2$02d.%1$04d %4$02d:%5$02d:%6$02d" : "%1$04d-%2$02d-%3$02d %4$02d:%5$02d:%6$02d",
					tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static const char *
excel_number(const ListExport *list, int column)
{
	char	   *number = pstrdup(plain_value(list, column));
	char	   *point = strchr(number, '.');

	if (point != NULL && list->language == NORWEGIAN)
		*point = ',';
	return number;
}

/* As people read it, but that Excel takes it for a number or a date where it is one. */
static const char *
excel_value(const ListExport *list, int column)
{
	switch (list->columns[column]->kind)
	{
		case COLUMN_AMOUNT:
		case COLUMN_PERCENT:
		case COLUMN_DECIMAL:
			return excel_number(list, column);
		case COLUMN_DATE:
		case COLUMN_DECISION_DATE:
			return list->language == NORWEGIAN ? readable_value(list, column) : plain_value(list, column);
		case COLUMN_TIME:
			return excel_time(list, column);
		case COLUMN_BOOLEAN:
		case COLUMN_YES_NO:
			return word(list->language, DatumGetBool(list->values[column]) ? WORD_YES : WORD_NO);
		case COLUMN_FLAG:
		case COLUMN_LABEL:
			return label_word(list->language, plain_value(list, column));
		default:
			return plain_value(list, column);
	}
}

/* ----------
 * Fields
 * ----------
 */

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
needs_quotes(const CsvFile *file, const char *value)
{
	return *value == '\0' || *value == ' ' || strpbrk(value, ",\"\r\n") != NULL ||
		strchr(value, file->dialect.separator) != NULL || strcmp(value, "\\.") == 0;
}

static void
append_field(CsvFile *file, const char *value, bool is_text)
{
	Size		length = strlen(value);
	bool		is_guarded = is_text && looks_like_formula(value);
	char	   *start;
	char	   *out;

	if (!is_guarded && !(is_text && needs_quotes(file, value)))
	{
		append_to_file(&file->buffer, value, length);
		return;
	}

	/* at most every character twice, and quotes and an apostrophe around */
	start = out = reserve_in_file(&file->buffer, 2 * length + 3);
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
	file->buffer.length += out - start;
}

static void
append_headings(CsvFile *file, const ListExport *list)
{
	for (int i = 0; i < list->n_columns; i++)
	{
		if (i > 0)
			append_to_file(&file->buffer, &file->dialect.separator, 1);
		append_field(file, column_heading(list->columns[i], list->language), true);
	}
	append_to_file(&file->buffer, "\r\n", 2);
}

static void
append_row(void *writer, const ListExport *list)
{
	CsvFile    *file = writer;

	for (int i = 0; i < list->n_columns; i++)
	{
		if (i > 0)
			append_to_file(&file->buffer, &file->dialect.separator, 1);
		if (!list->nulls[i])
			append_field(file, file->dialect.written(list, i), list->columns[i]->kind == COLUMN_TEXT);
	}
	append_to_file(&file->buffer, "\r\n", 2);
}

static bytea *
export_list(FunctionCallInfo fcinfo, bool with_mark, bool for_excel)
{
	CsvFile		file = {.dialect = {',', plain_value}};
	ListExport *list;

	start_file(&file.buffer, 8192);
	if (with_mark)
		append_to_file(&file.buffer, byte_order_mark, strlen(byte_order_mark));

	SPI_connect();
	list = prepare_list_export(fcinfo, csv_columns, lengthof(csv_columns));
	if (for_excel)
	{
		file.dialect.separator = list->language == NORWEGIAN ? ';' : ',';
		file.dialect.written = excel_value;
	}
	append_headings(&file, list);
	export_rows(list, append_row, &file);
	SPI_finish();
	return finish_file(&file.buffer);
}

Datum
export_csv(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(export_list(fcinfo, !PG_ARGISNULL(4) && PG_GETARG_BOOL(4), false));
}

/* Without a byte-order mark Excel takes the file for one in the code page of the machine. */
Datum
export_excel_csv(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(export_list(fcinfo, true, true));
}
