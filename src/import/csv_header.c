/*
 * csv_header.c
 *		The headings of a CSV file as names of columns.
 *
 * Quotes are as COPY has them: a delimiter or an end of line between two is part of the heading, wherever they stand.
 */
#include "compat.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/hsearch.h"

#include "import/csv_header.h"
#include "import/html_entity.h"
#include "import/imported_text.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

const char	delimiters[] = "\t;|,";

/* ----------
 * The line
 * ----------
 */

static bool
begins(const char *s, const char *end, const char *with)
{
	return end - s >= strlen(with) && pg_strncasecmp(s, with, strlen(with)) == 0;
}

static bool
is_end_of_line(char c)
{
	return c == '\r' || c == '\n';
}

const char *
skip_delimiter_line(const char *s, const char *end, char *delimiter)
{
	const char *p = s;

	if (p < end && *p == '"')
		p++;
	if (!begins(p, end, "sep=") || end - p < strlen("sep=;"))
		return s;
	p += strlen("sep=");
	if (IS_HIGHBIT_SET(*p) || isalnum((unsigned char) *p) || *p == '"' || is_end_of_line(*p))
		return s;
	*delimiter = *p++;
	if (p < end && *p == '"')
		p++;
	if (p < end && !is_end_of_line(*p))
		return s;
	if (p < end && *p == '\r')
		p++;
	if (p < end && *p == '\n')
		p++;
	return p;
}

/* Where the first line ends; "counts" has how often each delimiter stands in it. */
static const char *
find_end_of_line(const char *s, const char *end, int *counts)
{
	bool		is_quoted = false;
	int			size;

	for (; s < end && (is_quoted || !is_end_of_line(*s)); s += size)
	{
		const char *delimiter;

		CHECK_FOR_INTERRUPTS();
		/* the semicolon of &oslash; delimits nothing */
		if (*s == '&' && find_entity(s, end, &size) != 0)
			continue;
		size = 1;
		if (*s == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted && (delimiter = strchr(delimiters, *s)) != NULL)
			counts[delimiter - delimiters]++;
	}
	if (is_quoted)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("a quote in the header is never closed"),
				errhint("Pass all lines of the header: a heading in quotes may have several."));
	return s;
}

static char
most_frequent(const int *counts)
{
	int			most = 0;

	for (int i = 1; i < strlen(delimiters); i++)
		if (counts[i] > counts[most])
			most = i;
	return counts[most] > 0 ? delimiters[most] : ',';
}

static int
count_headings(const char *s, const char *end, char delimiter)
{
	bool		is_quoted = false;
	int			result = 1;

	for (; s < end; s++)
		if (*s == '"')
			is_quoted = !is_quoted;
		else if (*s == delimiter && !is_quoted)
			result++;
	return result;
}

/* ----------
 * A heading
 * ----------
 */

/* Takes it without its quotes, of which two are one in it. Gives where the next one begins. */
static const char *
take_heading(const char *s, const char *end, char delimiter, char *heading)
{
	bool		is_quoted = false;

	for (; s < end && (is_quoted || *s != delimiter); s++)
		if (*s != '"')
			*heading++ = *s;
		else if (is_quoted && end - s > 1 && s[1] == '"')
			*heading++ = *s++;
		else
			is_quoted = !is_quoted;
	*heading = '\0';
	return s + 1;
}

/* Its text on one line. */
static char *
cleaned(char *heading)
{
	Size		length = strlen(heading);
	char	   *text = clean_text(heading, &length);
	char	   *result = palloc(length + 1);
	char	   *out = result;

	for (Size i = 0; i < length; i++)
	{
		bool		is_blank = (unsigned char) text[i] <= ' ' || text[i] == '\x7F';

		if (!is_blank)
			*out++ = text[i];
		else if (out > result && out[-1] != ' ')
			*out++ = ' ';
	}
	*out = '\0';
	return result;
}

/* As much of a name as there is room for beside what comes behind it. */
static char *
cut_name(const char *name, const char *behind)
{
	int			length = pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1 - strlen(behind));

	while (length > 0 && name[length - 1] == ' ')
		length--;
	return psprintf("%.*s%s", length, name, behind);
}

/* ----------
 * Names
 * ----------
 */

typedef struct ColumnName
{
	char		name[NAMEDATALEN];
	bool		is_taken;		/* else it is a heading whose column comes later */
	int			last_number;	/* that made a name of it that is there once */
} ColumnName;

static bool
enter_name(HTAB *names, const char *name, bool is_taken)
{
	bool		found;
	ColumnName *entry = hash_search(names, name, HASH_ENTER, &found);

	if (!found)
	{
		entry->is_taken = is_taken;
		entry->last_number = 1;
	}
	return !found;
}

/* A heading that is there again gets a number, as do those that are names of PostgreSQL's own columns. */
static void
make_unique(char **headings, int n)
{
	static const char *const system_columns[] = {"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"};
	HASHCTL		control = {.keysize = NAMEDATALEN, .entrysize = sizeof(ColumnName), .hcxt = CurrentMemoryContext};
	HTAB	   *names = hash_create("headings", n, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);

	for (int i = 0; i < lengthof(system_columns); i++)
		enter_name(names, system_columns[i], true);
	for (int i = 0; i < n; i++)
		enter_name(names, headings[i], false);
	for (int i = 0; i < n; i++)
	{
		const char *heading = headings[i];
		ColumnName *entry = hash_search(names, heading, HASH_FIND, NULL);

		if (entry->is_taken)
			do
				headings[i] = cut_name(heading, psprintf(" %d", ++entry->last_number));
			while (!enter_name(names, headings[i], true));
		entry->is_taken = true;
	}
	hash_destroy(names);
}

/* ----------
 * The header
 * ----------
 */

void
check_number_of_headings(int n)
{
	if (n > MaxHeapAttributeNumber)
		ereport(ERROR,
				errcode(ERRCODE_TOO_MANY_COLUMNS),
				errmsg("the header has %d headings, and a table has %d columns at most", n, MaxHeapAttributeNumber),
				errhint("Leave out columns of the file that nobody needs."));
}

/* Makes names for columns of the headings, in their places. */
void
name_columns(char **headings, int n)
{
	bool		has_one = false;

	for (int i = 0; i < n; i++)
	{
		char	   *text = cleaned(headings[i]);

		has_one |= *text != '\0';
		headings[i] = cut_name(*text != '\0' ? text : psprintf("column %d", i + 1), "");
	}
	if (!has_one)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the header has no headings"),
				errhint("Pass the line of the file that has them; if a line such as sep=; comes before it, both."));
	make_unique(headings, n);
}

static char **
take_headings(const char *s, const char *end, char delimiter, int n)
{
	char	   *heading = palloc(end - s + 1);
	char	  **headings = palloc(n * sizeof(char *));

	for (int i = 0; i < n; i++)
	{
		s = take_heading(s, end, delimiter, heading);
		headings[i] = pstrdup(heading);
	}
	return headings;
}

CsvHeader
read_csv_header(const char *s, Size length)
{
	const char *end = s + length;
	int			counts[sizeof(delimiters)] = {0};
	CsvHeader	header = {0};

	if (GetDatabaseEncoding() == PG_UTF8 && begins(s, end, BYTE_ORDER_MARK))
		s += strlen(BYTE_ORDER_MARK);
	s = skip_delimiter_line(s, end, &header.delimiter);
	end = find_end_of_line(s, end, counts);
	if (header.delimiter == '\0')
		header.delimiter = most_frequent(counts);
	header.n = count_headings(s, end, header.delimiter);
	check_number_of_headings(header.n);
	header.names = take_headings(s, end, header.delimiter, header.n);
	name_columns(header.names, header.n);
	return header;
}
