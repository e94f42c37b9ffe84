/*
 * csv_reader.c
 *		The records of a CSV file, as they were meant.
 *
 * A quoted text may go over line ends, and has its quotes doubled. Where a quote in it is not, the text ends only with one that a
 * delimiter or a line end follows. In a valid file every text that goes over a line end is closed by the next quote that is not
 * doubled. Where that one closes nothing, the first was never closed, and is none.
 */
#include "compat.h"

#include "import/csv_reader.h"

CsvReader *
make_reader(const char *start, const char *end, char delimiter)
{
	CsvReader  *reader = palloc0(sizeof(CsvReader));

	reader->next = start;
	reader->end = end;
	reader->line = 1;
	reader->delimiter = delimiter;
	reader->unclosed_until = start;
	return reader;
}

/* ----------
 * Lines
 * ----------
 */

static bool
is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* Also gives which one it is. */
static const char *
skip_line_end(const char *s, const char *end, int *which)
{
	if (*s == '\n')
	{
		*which = LINE_FEED;
		return s + 1;
	}
	*which = end - s > 1 && s[1] == '\n' ? RETURN_AND_FEED : CARRIAGE_RETURN;
	return s + (*which == RETURN_AND_FEED ? 2 : 1);
}

static int64
count_line_ends(const char *s, const char *end)
{
	int64		n = 0;
	int			which;

	while (s < end)
		if (is_line_end(*s))
		{
			s = skip_line_end(s, end, &which);
			n++;
		}
		else
			s++;
	return n;
}

static void
end_record(CsvReader *reader)
{
	int			which;

	if (reader->next >= reader->end)
		return;
	reader->next = skip_line_end(reader->next, reader->end, &which);
	reader->line_ends |= which;
	reader->line++;
}

/* ----------
 * Fields
 * ----------
 */

static bool
is_space(const CsvReader *reader, const char *s)
{
	return s < reader->end && *s == ' ' && reader->delimiter != ' ';
}

static bool
ends_field(const CsvReader *reader, const char *s)
{
	return s >= reader->end || *s == reader->delimiter || is_line_end(*s);
}

/* Whether a quoted text can end with the quote. */
static bool
closes(const CsvReader *reader, const char *quote)
{
	const char *s = quote + 1;

	while (is_space(reader, s))
		s++;
	if (!ends_field(reader, s))
		return false;
	return !reader->is_all_quoted || s >= reader->end || *s != reader->delimiter || s[1] == '"' || ends_field(reader, s + 1);
}

/* Whether one can begin with it, so that the text before it has ended. */
static bool
opens(const CsvReader *reader, const char *quote)
{
	return quote[-1] == reader->delimiter || is_line_end(quote[-1]);
}

/* The quote that ends a text which begins at s; NULL when there is none. */
static const char *
find_closing_quote(CsvReader *reader, const char *s, bool *is_doubled, bool *is_lone)
{
	bool		is_on_later_line = false;

	for (; s < reader->end; s++)
		if (is_line_end(*s) && !is_on_later_line)
		{
			if (s < reader->unclosed_until || reader->is_on_one_line)
				return NULL;
			is_on_later_line = true;
		}
		else if (*s != '"')
			continue;
		else if (reader->end - s > 1 && s[1] == '"')
		{
			s++;
			if (reader->is_undoubled && closes(reader, s))
				return s;
			*is_doubled = true;
		}
		else if (closes(reader, s))
			return s;
		else if (is_on_later_line && (!reader->is_all_quoted || opens(reader, s)))
			break;
		else
			*is_lone = true;
	reader->unclosed_until = s;
	return NULL;
}

static void
undouble_quotes(CsvField *field)
{
	const char *end = field->text + field->length;
	char	   *text = MemoryContextAllocHuge(CurrentMemoryContext, field->length);
	char	   *out = text;

	for (const char *s = field->text; s < end; s++)
	{
		*out++ = *s;
		if (*s == '"' && end - s > 1 && s[1] == '"')
			s++;
	}
	field->text = text;
	field->length = out - text;
}

static CsvField
read_plain_field(CsvReader *reader)
{
	CsvField	field = {reader->next};

	while (!ends_field(reader, reader->next))
		reader->next++;
	field.length = reader->next - field.text;
	return field;
}

static CsvField
read_field(CsvReader *reader)
{
	const char *quote = reader->next;
	const char *close;
	CsvField	field = {.is_quoted = true};
	bool		is_doubled = false;
	bool		is_lone = false;

	while (is_space(reader, quote))
		quote++;
	if (quote >= reader->end || *quote != '"')
		return read_plain_field(reader);
	reader->has_quotes = true;
	field.text = quote + 1;
	close = find_closing_quote(reader, field.text, &is_doubled, &is_lone);
	if (close == NULL)
	{
		reader->has_open_quote = true;
		reader->next = field.text;
		return read_plain_field(reader);
	}
	reader->has_lone_quote |= is_lone;
	reader->line += count_line_ends(field.text, close);
	field.length = close - field.text;
	if (is_doubled)
		undouble_quotes(&field);
	for (reader->next = close + 1; is_space(reader, reader->next);)
		reader->next++;
	return field;
}

/* ----------
 * Records
 * ----------
 */

static void
read_fields(CsvReader *reader)
{
	reader->record_line = reader->line;
	reader->n_fields = 0;
	reader->has_lone_quote = false;
	reader->has_quotes = false;
	reader->has_open_quote = false;
	reader->surplus = NULL;
	for (;;)
	{
		CsvField	field = read_field(reader);

		if (reader->n_fields < lengthof(reader->fields))
			reader->fields[reader->n_fields] = field;
		if (++reader->n_fields == reader->n_headings)
			reader->surplus = reader->next;
		if (reader->next >= reader->end || *reader->next != reader->delimiter)
			break;
		reader->next++;
	}
	if (reader->surplus != NULL)
		reader->surplus_length = reader->next - reader->surplus;
}

static bool
fits(const CsvReader *reader)
{
	return reader->n_headings == 0 || reader->n_fields == reader->n_headings;
}

static bool
read_fields_again(CsvReader *reader, const char *start)
{
	reader->next = start;
	read_fields(reader);
	return fits(reader);
}

/* With quotes around some of the texts only. */
static bool
read_some_quoted(CsvReader *reader, const char *start)
{
	bool		is_fitting;

	if (!reader->is_all_quoted)
		return false;
	reader->is_all_quoted = false;
	is_fitting = read_fields_again(reader, start);
	reader->is_all_quoted = true;
	return is_fitting;
}

/* Where quotes are not doubled, two of them can be one that is meant, and one that closes. */
static bool
read_undoubled(CsvReader *reader, const char *start)
{
	bool		is_fitting;

	reader->is_undoubled = true;
	is_fitting = read_fields_again(reader, start);
	reader->is_undoubled = false;
	reader->has_lone_quote = true;
	return is_fitting;
}

/* One of a line that has more or fewer fields than there are headings may be written otherwise than the others. */
static void
read_fields_otherwise(CsvReader *reader, const char *start)
{
	bool		is_fitting;

	reader->is_on_one_line = true;
	is_fitting = read_some_quoted(reader, start) || read_undoubled(reader, start);
	reader->is_on_one_line = false;
	if (!is_fitting)
		read_fields_again(reader, start);
}

bool
read_record(CsvReader *reader)
{
	const char *start = reader->next;

	if (start >= reader->end)
		return false;
	read_fields(reader);
	if (!fits(reader) && reader->has_quotes && reader->line == reader->record_line)
		read_fields_otherwise(reader, start);
	end_record(reader);
	return true;
}

bool
is_blank_record(const CsvReader *reader)
{
	if (reader->n_fields != 1 || reader->has_quotes)
		return false;
	for (Size i = 0; i < reader->fields[0].length; i++)
		if (reader->fields[0].text[i] != ' ' && reader->fields[0].text[i] != '\t')
			return false;
	return true;
}
