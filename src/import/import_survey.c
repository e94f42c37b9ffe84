/*
 * import_survey.c
 *		How the numbers and dates of a column are written: decided over the whole column before any of them is read.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "import/import_problem.h"
#include "import/import_survey.h"

static bool
is_number(ValueKind kind)
{
	return kind == VALUE_AMOUNT || kind == VALUE_NUMBER || kind == VALUE_PERCENT;
}

static bool
is_date(ValueKind kind)
{
	return kind == VALUE_DATE || kind == VALUE_INSTANT;
}

bool
needs_survey(const ImportColumn *column)
{
	return (is_number(column->kind) && column->mark == DECIMAL_UNKNOWN) || column->kind == VALUE_PERCENT ||
		(is_date(column->kind) && column->order == ORDER_UNKNOWN);
}

static void
survey_percentage(ImportColumn *column, int64 row_number)
{
	Numeric		number;
	double		value;

	if (read_number(column->text, column->length, column->mark, &number) != NUMBER_READ)
		return;
	value = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(number)));
	if (value > 1)
		column->above_one_row = row_number;
	else if (value > 0 && value < 1 && memchr(column->text, '%', column->length) == NULL)
		column->fraction_row = row_number;
}

void
survey_cell(ImportColumn *column, int64 row_number)
{
	if (is_date(column->kind))
		survey_date(&column->dates, column->text, column->length, row_number);
	else
		survey_number(&column->numbers, column->text, column->length, row_number);
	if (column->kind == VALUE_PERCENT)
		survey_percentage(column, row_number);
}

static void
decide_mark(Import *import, ImportColumn *column)
{
	const NumberSurvey *seen = &column->numbers;

	if (seen->point_row != 0 && seen->comma_row == 0)
		column->mark = DECIMAL_POINT;
	else if (seen->comma_row != 0 && seen->point_row == 0)
		column->mark = DECIMAL_COMMA;
	else if (seen->either_row != 0 && column->kind == VALUE_AMOUNT && seen->comma_row == 0)
		note_column(import, column->heading, _("points and commas are read as marks between thousands, as three digits follow each"),
					_("If they are decimal marks, pass the option {\"decimal\": \",\"} or {\"decimal\": \".\"}."));
	else if (seen->either_row != 0 && column->kind != VALUE_PERCENT)
	{
		column->is_undecided = true;
		refuse_column(import, column->heading, seen->either_row, _("the number can be read in two ways, and no other row tells which"),
					  _("Pass the option {\"decimal\": \",\"} or {\"decimal\": \".\"}."));
	}
}

static void
decide_order(Import *import, ImportColumn *column)
{
	const char *hint = _("Pass the option {\"date_order\": \"dmy\"} if the day comes before the month, or {\"date_order\": \"mdy\"}.");
	const DateSurvey *seen = &column->dates;

	if (seen->day_first_row != 0 && seen->month_first_row != 0)
		refuse_column(import, column->heading, seen->month_first_row,
					  psprintf(_("the month comes first here, and the day in row %lld"), (long long) seen->day_first_row), hint);
	else if (seen->day_first_row != 0)
		column->order = DAY_FIRST;
	else if (seen->month_first_row != 0)
		column->order = MONTH_FIRST;
	else if (seen->either_row != 0)
		refuse_column(import, column->heading, seen->either_row, _("day and month can be read in two ways, and no other row tells which"), hint);
}

/* After the survey. What stays open is a problem of the column, and not of each of its rows. */
void
decide_readings(Import *import, ImportColumn *column)
{
	if (is_number(column->kind) && column->mark == DECIMAL_UNKNOWN)
		decide_mark(import, column);
	if (is_date(column->kind) && column->order == ORDER_UNKNOWN)
		decide_order(import, column);
	column->is_fraction = column->fraction_row != 0 && column->above_one_row == 0;
}
