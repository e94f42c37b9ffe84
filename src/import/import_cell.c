/*
 * import_cell.c
 *		The value that a cell becomes, by the kind of its field.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"

#include "amount.h"
#include "import/import_cell.h"
#include "import/import_headings.h"
#include "import/import_name_cell.h"
#include "import/import_problem.h"
#include "import/imported_word.h"
#include "import/text_memo.h"
#include "text/iso_date.h"

/* ----------
 * Numbers
 * ----------
 */

/* One that could be read in two ways, once that is decided, or has been said already. */
static NumberReading
read_either(const ImportColumn *column, Numeric *number)
{
	bool		has_comma = memchr(column->text, ',', column->length) != NULL;
	bool		is_decimal = column->kind == VALUE_PERCENT;

	return read_number(column->text, column->length, has_comma == is_decimal ? DECIMAL_COMMA : DECIMAL_POINT, number);
}

static bool
read_column_number(Import *import, const ImportColumn *column, Numeric *number)
{
	NumberReading reading = read_number(column->text, column->length, column->mark, number);

	if (reading == NUMBER_EITHER && column->is_undecided)
	{
		import->is_refused = true;
		return false;
	}
	if (reading == NUMBER_EITHER)
		reading = read_either(column, number);
	if (reading != NUMBER_READ)
		refuse_cell(import, column, _("it is no number"), _("Leave the cell empty where there is none."));
	return reading == NUMBER_READ;
}

static Numeric
rounded(Numeric number)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(number), Int32GetDatum(2)));
}

static bool
is_above(Numeric number, int64 limit)
{
	return DatumGetBool(DirectFunctionCall2(numeric_gt, NumericGetDatum(number), NumericGetDatum(int64_to_numeric(limit))));
}

static bool
is_negative(Numeric number)
{
	return DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(number), NumericGetDatum(int64_to_numeric(0))));
}

/* What the columns of amounts, and the rules of opportunities, can take. */
static bool
fit_amount(Import *import, const ImportColumn *column, Numeric *number)
{
	int64		hundredths;

	if (numeric_to_hundredths(NumericGetDatum(*number), &hundredths) && hundredths >= 0 &&
		hundredths < INT64CONST(1000000000000000000))
		return true;
	if (is_negative(*number))
	{
		refuse_cell(import, column, _("it is below 0"), _("An opportunity is worth 0 or more; a discount goes into the amount."));
		return false;
	}
	if (is_above(*number, INT64CONST(9999999999999999)))
	{
		refuse_cell(import, column, _("it is too large"), _("An amount has at most 16 digits before the decimal mark."));
		return false;
	}
	*number = rounded(*number);
	warn_of_cell(import, column, _("it is rounded to two decimals"), NULL);
	return true;
}

static bool
fit_percentage(Import *import, const ImportColumn *column, Numeric *number)
{
	if (column->is_fraction && memchr(column->text, '%', column->length) == NULL)
		*number = DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(*number), NumericGetDatum(int64_to_numeric(100))));
	if (is_negative(*number) || is_above(*number, 100))
	{
		refuse_cell(import, column, _("it is not between 0 and 100 %"), NULL);
		return false;
	}
	*number = rounded(*number);
	return true;
}

static bool
read_fitting_number(Import *import, const ImportColumn *column, Numeric *number)
{
	return read_column_number(import, column, number) &&
		(column->kind != VALUE_AMOUNT || fit_amount(import, column, number)) &&
		(column->kind != VALUE_PERCENT || fit_percentage(import, column, number));
}

static void
read_rating(Import *import, const ImportColumn *column)
{
	if (column->length == 1 && column->text[0] >= '1' && column->text[0] <= '5')
		put_value(import, column->field, Int16GetDatum(column->text[0] - '0'));
	else
		warn_of_cell(import, column, _("it is no rating, and is left out"), _("Ratings are 1, 2, 3, 4 or 5."));
}

/* ----------
 * Dates
 * ----------
 */

/* What cannot be read for want of the order has been said of the column. */
static bool
read_column_date(Import *import, const ImportColumn *column, ReadTime *time)
{
	switch (read_date(column->text, column->length, column->order, time))
	{
		case DATE_READ:
			return true;
		case DATE_NONE:
			warn_of_cell(import, column, _("it is taken as no date"), _("Years before 1900 and from 2900 on stand for none."));
			return false;
		case DATE_EITHER:
			import->is_refused = true;
			return false;
		case DATE_WRONG:
			refuse_cell(import, column, _("it is no date"), _("Dates are YYYY-MM-DD, D.M.YYYY, or with names of months; leave the cell empty where there is none."));
			return false;
	}
	return false;
}

static void
read_instant(Import *import, const ImportColumn *column)
{
	ReadTime	time;

	if (read_column_date(import, column, &time))
		put_value(import, column->field, TimestampTzGetDatum(instant_in_zone(&time, import->zone)));
}

static bool
read_day(Import *import, const ImportColumn *column, DateADT *day)
{
	ReadTime	time;

	if (!read_column_date(import, column, &time))
		return false;
	*day = date_in_zone(&time, import->zone);
	return true;
}

/* ----------
 * Words
 * ----------
 */

static bool
is_word_for(const ImportField *field, const char *key, const char *label)
{
	if (field->has_word)
		for (Language language = 0; language < N_LANGUAGES; language++)
			if (is_key_of_word(key, label_word(language, label)))
				return true;
	return false;
}

/* By the label itself, this product's words for it, or those of others; NULL for none. */
const char *
find_label(const ImportField *field, const char *text, Size length)
{
	const char *key = heading_key(pnstrdup(text, length));

	for (const LabelWords *words = field->labels; words->label != NULL; words++)
		if (strcmp(key, heading_key(words->label)) == 0 || is_word_for(field, key, words->label) || key_in(words->words, key))
			return words->label;
	return NULL;
}

static const char *
labels_of(const ImportField *field)
{
	StringInfoData labels;

	initStringInfo(&labels);
	for (const LabelWords *words = field->labels; words->label != NULL; words++)
		appendStringInfo(&labels, "%s%s", labels.len == 0 ? "" : ", ", words->label);
	return labels.data;
}

static void
read_column_label(Import *import, ImportColumn *column)
{
	const ImportField *field = &import->record->fields[column->field];
	const char *label = recall(column->labels, 0, column->text, column->length);

	if (label == NULL)
	{
		label = find_label(field, column->text, column->length);
		if (label != NULL)
			memorize(column->labels, 0, column->text, column->length, label);
	}
	if (label != NULL)
		put_value(import, column->field, CStringGetTextDatum(label));
	else
		refuse_cell(import, column, psprintf(_("it is no %s"), field->name),
					psprintf(_("Known are %s, and their words in English and Norwegian."), labels_of(field)));
}

static bool
read_column_yes_no(Import *import, const ImportColumn *column, bool *value)
{
	if (read_yes_no(column->text, column->length, value))
		return true;
	refuse_cell(import, column, _("it is neither yes nor no"), _("Known are yes and no, true and false, 1 and 0, ja and nei."));
	return false;
}

/* ----------
 * Custom fields
 * ----------
 */

static void
put_custom(Import *import, const ImportColumn *column, JsonbValue value)
{
	JsonbValue	key = {.type = jbvString};

	if (import->custom == NULL)
		pushJsonbValue(&import->custom, WJB_BEGIN_OBJECT, NULL);
	key.val.string.val = unconstify(char *, column->custom);
	key.val.string.len = strlen(column->custom);
	pushJsonbValue(&import->custom, WJB_KEY, &key);
	pushJsonbValue(&import->custom, WJB_VALUE, &value);
}

static void
put_custom_text(Import *import, const ImportColumn *column, const char *text, Size length)
{
	JsonbValue	value = {.type = jbvString};

	value.val.string.val = unconstify(char *, text);
	value.val.string.len = length;
	put_custom(import, column, value);
}

static void
read_choice(Import *import, const ImportColumn *column)
{
	const char *key = heading_key(pnstrdup(column->text, column->length));
	ListCell   *cell;
	StringInfoData choices;

	initStringInfo(&choices);
	foreach(cell, column->choices)
	{
		const char *choice = lfirst(cell);

		if (strlen(choice) == column->length && memcmp(choice, column->text, column->length) == 0)
		{
			put_custom_text(import, column, choice, strlen(choice));
			return;
		}
		appendStringInfo(&choices, "%s%s", choices.len == 0 ? "" : ", ", choice);
	}
	foreach(cell, column->choices)
		if (strcmp(heading_key(lfirst(cell)), key) == 0)
		{
			put_custom_text(import, column, lfirst(cell), strlen(lfirst(cell)));
			return;
		}
	refuse_cell(import, column, psprintf(_("it is none of the choices of %s"), column->custom), psprintf(_("They are %s."), choices.data));
}

static void
read_custom(Import *import, const ImportColumn *column)
{
	JsonbValue	value;
	DateADT		day;

	switch (column->kind)
	{
		case VALUE_NUMBER:
			value.type = jbvNumeric;
			if (read_fitting_number(import, column, &value.val.numeric))
				put_custom(import, column, value);
			break;
		case VALUE_YES_NO:
			value.type = jbvBool;
			if (read_column_yes_no(import, column, &value.val.boolean))
				put_custom(import, column, value);
			break;
		case VALUE_DATE:
			if (read_day(import, column, &day))
			{
				const char *iso = format_iso_date(day);

				put_custom_text(import, column, iso, strlen(iso));
			}
			break;
		case VALUE_CHOICE:
			read_choice(import, column);
			break;
		default:
			put_custom_text(import, column, column->text, column->length);
	}
}

/* ----------
 * Cells
 * ----------
 */

static void
read_id(Import *import, const ImportColumn *column)
{
	char	   *end;
	int64		id;

	errno = 0;
	id = strtoi64(pnstrdup(column->text, column->length), &end, 10);
	if (errno != 0 || *end != '\0' || id <= 0)
		refuse_cell(import, column, _("it is no id"), _("Ids are whole numbers; map what another system calls a row to external_id."));
	else
		put_value(import, column->field, Int64GetDatum(id));
}

/* A cell in which something stands, into the row. */
void
read_cell(Import *import, ImportColumn *column)
{
	Numeric		number;
	DateADT		day;
	bool		yes;

	if (column->custom != NULL)
	{
		read_custom(import, column);
		return;
	}
	switch (column->kind)
	{
		case VALUE_TEXT:
			put_value(import, column->field, PointerGetDatum(cstring_to_text_with_len(column->text, column->length)));
			break;
		case VALUE_AMOUNT:
		case VALUE_NUMBER:
		case VALUE_PERCENT:
			if (read_fitting_number(import, column, &number))
				put_value(import, column->field, NumericGetDatum(number));
			break;
		case VALUE_RATING:
			read_rating(import, column);
			break;
		case VALUE_DATE:
			if (read_day(import, column, &day))
				put_value(import, column->field, DateADTGetDatum(day));
			break;
		case VALUE_INSTANT:
			read_instant(import, column);
			break;
		case VALUE_YES_NO:
			if (read_column_yes_no(import, column, &yes))
				put_value(import, column->field, BoolGetDatum(yes));
			break;
		case VALUE_LABEL:
			read_column_label(import, column);
			break;
		case VALUE_NAME:
			read_name(import, column);
			break;
		case VALUE_ID:
			read_id(import, column);
			break;
		default:
			elog(ERROR, "unexpected kind of a column: %d", column->kind);
	}
}
