/*
 * import_problem.c
 *		What is wrong with what is to be imported, and what becomes of it other than it says: every problem, not the first.
 */
#include "compat.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "import/import_problem.h"

#define MOST_SHOWN 200			/* bytes of a value */
#define FIRST_ERRORS 5

/* The beginning of a long one. */
static const char *
shown_value(const char *text, Size length)
{
	int			clipped;

	if (text == NULL)
		return NULL;
	if (length <= MOST_SHOWN)
		return pnstrdup(text, length);
	clipped = pg_mbcliplen(text, length, MOST_SHOWN);
	return psprintf("%.*s...", clipped, text);
}

static void
keep_first(Import *import, int64 row_number, const char *heading, const char *problem)
{
	MemoryContext caller = MemoryContextSwitchTo(import->context);

	const char *first = heading == NULL ? psprintf(_("Row %lld: %s."), (long long) row_number, problem) :
		psprintf(_("Row %lld, %s: %s."), (long long) row_number, heading, problem);

	import->first_errors = import->first_errors == NULL ? pstrdup(first) : psprintf("%s\n%s", import->first_errors, first);
	MemoryContextSwitchTo(caller);
}

static void
put_problem(Import *import, int64 row_number, const char *heading, const char *value, bool is_error, const char *problem,
			const char *hint)
{
	Datum		values[] = {
		Int64GetDatum(row_number), heading == NULL ? (Datum) 0 : CStringGetTextDatum(heading),
		value == NULL ? (Datum) 0 : CStringGetTextDatum(value), CStringGetTextDatum(is_error ? "error" : "warning"),
		CStringGetTextDatum(problem), hint == NULL ? (Datum) 0 : CStringGetTextDatum(hint)
	};
	bool		nulls[] = {row_number == 0, heading == NULL, value == NULL, false, false, hint == NULL};

	if (is_error && import->n_errors++ < FIRST_ERRORS)
		keep_first(import, row_number, heading, problem);
	tuplestore_putvalues(import->problems, import->problem_desc, values, nulls);
}

void
refuse_cell(Import *import, const ImportColumn *column, const char *problem, const char *hint)
{
	import->is_refused = true;
	put_problem(import, import->row_number, column->said_under, shown_value(column->text, column->length), true, problem, hint);
}

void
warn_of_cell(Import *import, const ImportColumn *column, const char *problem, const char *hint)
{
	put_problem(import, import->row_number, column->said_under, shown_value(column->text, column->length), false, problem, hint);
}

static void
put_field_problem(Import *import, int field, bool is_error, const char *problem, const char *hint)
{
	const ImportColumn *column = column_of(import, field);

	put_problem(import, import->row_number, column == NULL ? import->record->fields[field].name : column->said_under,
				column == NULL ? NULL : shown_value(column->text, column->length), is_error, problem, hint);
}

void
refuse_field(Import *import, int field, const char *problem, const char *hint)
{
	import->is_refused = true;
	put_field_problem(import, field, true, problem, hint);
}

void
warn_of_field(Import *import, int field, const char *problem, const char *hint)
{
	put_field_problem(import, field, false, problem, hint);
}

void
refuse_column(Import *import, const char *heading, int64 row_number, const char *problem, const char *hint)
{
	put_problem(import, row_number, heading, NULL, true, problem, hint);
}

void
note_column(Import *import, const char *heading, const char *problem, const char *hint)
{
	put_problem(import, 0, heading, NULL, false, problem, hint);
}

void
refuse_known_row(Import *import, int64 row_number, const char *value, const char *problem, const char *hint)
{
	put_problem(import, row_number, NULL, value, true, problem, hint);
}
