/*
 * csv_reader_target.c
 *		libFuzzer target: the reader of CSV files. A file that is written as RFC 4180 says comes back as it was; any other
 *		comes to its end, with texts that are in it, and with lines that are counted right.
 */
#include "import/csv_reader.c"

#include "postgres_memory.h"

/* The most bytes of an input, and so of records, cells and letters. */
#define INPUT_LENGTH 40

static const char letters[] = {'a', 'b', ' ', '"', '"', ',', ';', '\n', '\r', '\t', '\'', '='};

static void
fail(const char *what, const char *file, Size length)
{
	fprintf(stderr, "%s: <%.*s>\n", what, (int) length, file);
	abort();
}

/* ----------
 * What somebody wrote
 * ----------
 */

typedef struct Cell
{
	char		text[INPUT_LENGTH];
	Size		length;
} Cell;

static Cell cells[INPUT_LENGTH][INPUT_LENGTH];
static int	n_cells[INPUT_LENGTH];
static int	n_records;

static bool
needs_quotes(const Cell *cell)
{
	for (Size i = 0; i < cell->length; i++)
		if (strchr("\",\n\r ", cell->text[i]) != NULL)
			return true;
	return false;
}

static char *
write_cell(char *to, const Cell *cell, bool is_quoted)
{
	if (!is_quoted && !needs_quotes(cell))
	{
		memcpy(to, cell->text, cell->length);
		return to + cell->length;
	}
	*to++ = '"';
	for (Size i = 0; i < cell->length; i++)
	{
		if (cell->text[i] == '"')
			*to++ = '"';
		*to++ = cell->text[i];
	}
	*to++ = '"';
	return to;
}

/* Of each byte a letter, or the end of a cell or of a record. */
static void
make_cells(const uint8_t *data, size_t size)
{
	memset(cells, 0, sizeof(cells));
	n_records = 1;
	n_cells[0] = 1;
	for (size_t i = 0; i < size; i++)
	{
		int			record = n_records - 1;
		int			what = data[i] % (lengthof(letters) + 4);
		Cell	   *cell = &cells[record][n_cells[record] - 1];

		if (what < lengthof(letters))
			cell->text[cell->length++] = letters[what];
		else if (what < lengthof(letters) + 3 && n_cells[record] < INPUT_LENGTH)
			n_cells[record]++;
		else if (n_records < INPUT_LENGTH)
			n_cells[n_records++] = 1;
	}
}

static void
check_written(const uint8_t *data, size_t size, bool is_quoted, const char *line_end)
{
	char	   *file = allocate(8 * INPUT_LENGTH);
	char	   *end = file;
	CsvReader  *reader;

	make_cells(data, size);
	for (int record = 0; record < n_records; record++)
	{
		for (int i = 0; i < n_cells[record]; i++)
		{
			if (i > 0)
				*end++ = ',';
			end = write_cell(end, &cells[record][i], is_quoted);
		}
		end += strlen(strcpy(end, line_end));
	}
	reader = make_reader(file, end, ',');
	reader->is_all_quoted = is_quoted;
	for (int record = 0; record < n_records; record++)
	{
		if (!read_record(reader) || reader->n_fields != n_cells[record])
			fail("a record is lost or torn", file, end - file);
		if (reader->has_open_quote || reader->has_lone_quote)
			fail("a quote is taken for wrong", file, end - file);
		for (int i = 0; i < reader->n_fields; i++)
			if (reader->fields[i].length != cells[record][i].length ||
				memcmp(reader->fields[i].text, cells[record][i].text, cells[record][i].length) != 0)
				fail("a text comes back changed", file, end - file);
	}
	if (read_record(reader))
		fail("a record comes from nowhere", file, end - file);
}

/* ----------
 * What a file may be
 * ----------
 */

static void
check_any(const uint8_t *data, size_t size, bool is_all_quoted, int n_headings)
{
	char	   *file = allocate(size + 1);
	CsvReader  *reader = make_reader(file, file + size, ',');
	Size		n = 0;

	for (size_t i = 0; i < size; i++)
		file[i] = letters[data[i] % lengthof(letters)];
	reader->is_all_quoted = is_all_quoted;
	reader->n_headings = n_headings;
	for (;;)
	{
		const char *start = reader->next;

		if (reader->line != 1 + count_line_ends(file, start))
			fail("a line is not counted", file, size);
		if (!read_record(reader))
			break;
		if (reader->next <= start && reader->next < reader->end)
			fail("the reader stands still", file, size);
		if (reader->n_fields < 1 || ++n > size)
			fail("a record comes from nowhere", file, size);
		for (int i = 0; i < Min(reader->n_fields, lengthof(reader->fields)); i++)
			if (reader->fields[i].length > size || (reader->fields[i].length > 0 && memchr(reader->fields[i].text, 0, reader->fields[i].length) != NULL))
				fail("a text is not in the file", file, size);
		if (reader->surplus != NULL && (reader->surplus < file || reader->surplus + reader->surplus_length > file + size))
			fail("the surplus is not in the file", file, size);
	}
	if (reader->next != reader->end)
		fail("the reader stops too early", file, size);
}

/* The first byte says how the rest is meant. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const line_ends[] = {"\n", "\r\n", "\r"};

	if (size < 1 || size > INPUT_LENGTH)
		return -1;
	if (data[0] & 1)
		check_written(data + 1, size - 1, data[0] & 2, line_ends[(data[0] >> 2) % 3]);
	else
		check_any(data + 1, size - 1, data[0] & 2, (data[0] >> 2) % 4);
	free_all();
	return 0;
}
