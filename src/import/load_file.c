/*
 * load_file.c
 *		A CSV file, as other systems write it, into a table of its own: every line of it, and what was not as it should be.
 *
 * COPY takes a file that is right. Here each line becomes a row: what is missing stays empty, what is too much stays at the end of
 * the last column, and all of it is told.
 */
#include "compat.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "import/csv_header.h"
#include "import/csv_reader.h"
#include "import/file_text.h"
#include "import/import_statement.h"
#include "import/make_staging.h"

/* PostgreSQL has a load_file() of its own. */
PG_FUNCTION_INFO_V1(load_csv_file);

/* So many records tell what delimits them. */
#define SAMPLE_RECORDS 100

typedef struct Loading
{
	FileText	file;
	CsvReader  *reader;
	char	  **columns;
	MemoryContext record_context;
	TupleDesc	row_desc;
	Tuplestorestate *rows;
	int64		n_rows;
	ReturnSetInfo *result;
} Loading;

static void
tell(const Loading *loading, int64 line, const char *remark)
{
	Datum		values[] = {Int64GetDatum(line), CStringGetTextDatum(remark)};
	bool		nulls[] = {line == 0, false};

	tuplestore_putvalues(loading->result->setResult, loading->result->setDesc, values, nulls);
}

static const char *
delimiter_words(char delimiter)
{
	return delimiter == '\t' ? _("tabs") : psprintf("\"%c\"", delimiter);
}

/* ----------
 * The delimiter
 * ----------
 */

static bool
read_next(CsvReader *reader)
{
	while (read_record(reader))
		if (!is_blank_record(reader))
			return true;
	return false;
}

/* How many of the first records have as many fields as there are headings. */
static int
fitting_records(const CsvReader *start, char delimiter, int *n_headings)
{
	CsvReader  *reader = make_reader(start->next, start->end, delimiter);
	int			n = 0;

	*n_headings = read_next(reader) ? reader->n_fields : 0;
	if (*n_headings > 1)
		for (int i = 0; i < SAMPLE_RECORDS && read_next(reader); i++)
			n += reader->n_fields == *n_headings;
	pfree(reader);
	return n;
}

static char
find_delimiter(const CsvReader *start)
{
	char		delimiter = ',';
	int			most_fitting = 0;
	int			most_headings = 1;

	for (const char *tried = delimiters; *tried != '\0'; tried++)
	{
		int			n_headings;
		int			n_fitting = fitting_records(start, *tried, &n_headings);

		if (n_headings > 1 && (n_fitting > most_fitting || (n_fitting == most_fitting && n_headings > most_headings)))
		{
			delimiter = *tried;
			most_fitting = n_fitting;
			most_headings = n_headings;
		}
	}
	return delimiter;
}

static char
given_delimiter(text *argument)
{
	const char *delimiter = VARDATA_ANY(argument);

	if (VARSIZE_ANY_EXHDR(argument) != 1 || IS_HIGHBIT_SET(*delimiter) || isalnum((unsigned char) *delimiter) ||
		strchr("\"\r\n", *delimiter) != NULL)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("fields cannot be delimited by \"%s\"", text_to_cstring(argument)),
				errhint("Pass one character, such as ';' or E'\\t', or NULL for what fits the file."));
	return *delimiter;
}

/* The line that names it comes first; the argument counts before that. */
static void
start_reading(Loading *loading, text *argument)
{
	const char *start = loading->file.start;
	const char *rest;
	char		said = '\0';

	rest = skip_delimiter_line(start, loading->file.end, &said);
	loading->reader = make_reader(rest, loading->file.end, said);
	if (rest > start)
	{
		loading->reader->line++;
		tell(loading, 1, psprintf(_("the line says that fields are delimited by %s, and is left out"), delimiter_words(said)));
	}
	if (argument != NULL)
		loading->reader->delimiter = given_delimiter(argument);
	else if (said == '\0')
		loading->reader->delimiter = find_delimiter(loading->reader);
}

/* ----------
 * What is told of a record
 * ----------
 */

static bool
is_surplus_empty(const CsvReader *reader)
{
	for (Size i = 0; i < reader->surplus_length; i++)
		if (reader->surplus[i] != reader->delimiter && reader->surplus[i] != ' ' && reader->surplus[i] != '"')
			return false;
	return true;
}

static void
tell_of_quotes(const Loading *loading)
{
	const CsvReader *reader = loading->reader;

	if (reader->has_lone_quote)
		tell(loading, reader->record_line, _("a quote in a quoted text is not doubled: it is taken as part of the text"));
	if (reader->has_open_quote)
		tell(loading, reader->record_line, _("a quote is never closed: it is left out, and the text ends at the next delimiter or with the line"));
}

static void
tell_of_number(const Loading *loading)
{
	const CsvReader *reader = loading->reader;

	if (reader->n_fields < reader->n_headings)
		tell(loading, reader->record_line,
			 psprintf(_("%d of %d fields: the others are left empty"), reader->n_fields, reader->n_headings));
	else if (reader->n_fields > reader->n_headings && !is_surplus_empty(reader))
		tell(loading, reader->record_line,
			 psprintf(dngettext(TEXTDOMAIN, "%d fields, but only %d heading: what is over is put into the last column, \"%s\"",
								"%d fields, but only %d headings: what is over is put into the last column, \"%s\"", reader->n_headings),
					  reader->n_fields, reader->n_headings, loading->columns[reader->n_headings - 1]));
}

/* ----------
 * Rows
 * ----------
 */

/* The next record that has something in it. */
static bool
read_filled(Loading *loading)
{
	CsvReader  *reader = loading->reader;

	while (read_record(reader))
	{
		CHECK_FOR_INTERRUPTS();
		if (!is_blank_record(reader))
		{
			tell_of_quotes(loading);
			return true;
		}
		tell(loading, reader->record_line, _("the line is blank, and left out"));
	}
	return false;
}

static bool
are_all_quoted(const CsvReader *reader)
{
	for (int i = 0; i < reader->n_fields && i < lengthof(reader->fields); i++)
		if (!reader->fields[i].is_quoted && reader->fields[i].length > 0)
			return false;
	return true;
}

/* Whether the next record, too, has all its fields in quotes. */
static bool
is_next_all_quoted(const CsvReader *reader)
{
	CsvReader  *copy = palloc(sizeof(CsvReader));
	bool		result;

	memcpy(copy, reader, sizeof(CsvReader));
	copy->is_all_quoted = true;
	result = read_next(copy) && copy->n_fields == reader->n_headings && are_all_quoted(copy);
	pfree(copy);
	return result;
}

static void
read_headings(Loading *loading)
{
	CsvReader  *reader = loading->reader;

	if (!read_filled(loading))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the file is empty: it has not even headings"),
				errhint("Export it again."));
	check_number_of_headings(reader->n_fields);
	reader->n_headings = reader->n_fields;
	loading->columns = palloc(reader->n_headings * sizeof(char *));
	for (int i = 0; i < reader->n_headings; i++)
		loading->columns[i] = pnstrdup(reader->fields[i].text, reader->fields[i].length);
	name_columns(loading->columns, reader->n_headings);
	reader->is_all_quoted = are_all_quoted(reader) && is_next_all_quoted(reader);
}

/* Behind the last one stands what is over. */
static Size
surplus_behind(const CsvReader *reader, int i)
{
	return i == reader->n_headings - 1 && !is_surplus_empty(reader) ? reader->surplus_length : 0;
}

static Datum
make_cell(const CsvReader *reader, const CsvField *field, Size surplus)
{
	Size		length = field->length + surplus;
	text	   *cell;

	if (length > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("a text in line %lld of the file is too long", (long long) reader->record_line));
	cell = palloc(VARHDRSZ + length);
	SET_VARSIZE(cell, VARHDRSZ + length);
	memcpy(VARDATA(cell), field->text, field->length);
	if (surplus > 0)
		memcpy(VARDATA(cell) + field->length, reader->surplus, surplus);
	return PointerGetDatum(cell);
}

static void
put_row(Loading *loading)
{
	const CsvReader *reader = loading->reader;
	Datum		values[MaxHeapAttributeNumber];
	bool		nulls[MaxHeapAttributeNumber];

	for (int i = 0; i < reader->n_headings; i++)
	{
		Size		surplus = surplus_behind(reader, i);

		nulls[i] = i >= reader->n_fields || reader->fields[i].length + surplus == 0;
		values[i] = nulls[i] ? (Datum) 0 : make_cell(reader, &reader->fields[i], surplus);
	}
	tuplestore_putvalues(loading->rows, loading->row_desc, values, nulls);
	loading->n_rows++;
}

static void
read_rows_of_file(Loading *loading)
{
	MemoryContext caller = CurrentMemoryContext;

	loading->row_desc = CreateTemplateTupleDesc(loading->reader->n_headings);
	for (int i = 0; i < loading->reader->n_headings; i++)
		TupleDescInitEntry(loading->row_desc, i + 1, loading->columns[i], TEXTOID, -1, 0);
	loading->record_context = AllocSetContextCreate(caller, "salesopp CSV record", ALLOCSET_DEFAULT_SIZES);
	loading->rows = tuplestore_begin_heap(false, false, work_mem);

	MemoryContextSwitchTo(loading->record_context);
	while (read_filled(loading))
	{
		tell_of_number(loading);
		put_row(loading);
		MemoryContextReset(loading->record_context);
	}
	MemoryContextSwitchTo(caller);
}

/* With the caller's rights. */
static void
insert_rows(const Loading *loading, const RangeVar *table)
{
	SPI_connect();
	name_relation("lines", loading->rows, loading->row_desc, loading->n_rows);
	if (SPI_execute(psprintf("INSERT INTO %s SELECT * FROM lines", quote_qualified_identifier(table->schemaname, table->relname)),
					false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not insert the lines of a file");
	SPI_finish();
}

/* ----------
 * The whole file
 * ----------
 */

static void
tell_of_line_ends(const Loading *loading)
{
	static const char *const words[] = {
		[LINE_FEED | CARRIAGE_RETURN] = gettext_noop("line feeds and carriage returns"),
		[LINE_FEED | RETURN_AND_FEED] = gettext_noop("line feeds, with a carriage return before some"),
		[CARRIAGE_RETURN | RETURN_AND_FEED] = gettext_noop("carriage returns, with a line feed behind some"),
		[LINE_FEED | CARRIAGE_RETURN | RETURN_AND_FEED] = gettext_noop("line feeds, carriage returns, and both together")
	};
	const char *word = words[loading->reader->line_ends];

	if (word != NULL)
		tell(loading, 0, psprintf(_("lines end in several ways: %s"), _(word)));
}

static void
tell_result(const Loading *loading, text *name)
{
	const char *rows = psprintf(dngettext(TEXTDOMAIN, "%lld row", "%lld rows", loading->n_rows), (long long) loading->n_rows);
	int			n = loading->reader->n_headings;
	const char *columns = psprintf(dngettext(TEXTDOMAIN, "%d column", "%d columns", n), n);

	tell(loading, 0, psprintf(_("%s has %s of %s, read as %s with %s between fields"), text_to_cstring(name), rows, columns,
							  loading->file.encoding, delimiter_words(loading->reader->delimiter)));
}

static void
require_arguments(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				PG_ARGISNULL(0) ? errmsg("the name of a staging table must not be NULL") : errmsg("the file must not be NULL"),
				errhint("Pass a name, and the bytes of a CSV file."));
}

Datum
load_csv_file(PG_FUNCTION_ARGS)
{
	Loading		loading = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	struct varlena *bytes;
	const RangeVar *table;

	require_arguments(fcinfo);
	InitMaterializedSRF(fcinfo, 0);
	bytes = PG_GETARG_BYTEA_PP(1);
	loading.file = read_file_text(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes),
								  PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	start_reading(&loading, PG_ARGISNULL(3) ? NULL : PG_GETARG_TEXT_PP(3));
	read_headings(&loading);
	table = make_staging_table(PG_GETARG_TEXT_PP(0), loading.columns, loading.reader->n_headings);
	read_rows_of_file(&loading);
	insert_rows(&loading, table);
	tell_of_line_ends(&loading);
	tell_result(&loading, PG_GETARG_TEXT_PP(0));
	tuplestore_end(loading.rows);
	return (Datum) 0;
}
