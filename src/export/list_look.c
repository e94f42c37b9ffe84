/*
 * list_look.c
 *		How the list looks in every format that has a look: what stands at the right, what is shown in
 *		which color, and how much room values need.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/catcache.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "amount.h"
#include "export/list_look.h"
#include "own_relation.h"

bool
is_figure(ColumnKind kind)
{
	return kind == COLUMN_NUMBER || kind == COLUMN_RATING || kind == COLUMN_COUNT ||
		kind == COLUMN_AMOUNT || kind == COLUMN_PERCENT || kind == COLUMN_DECIMAL || kind == COLUMN_DATE ||
		kind == COLUMN_DECISION_DATE || kind == COLUMN_TIME;
}

/* Which status has which flag, and which date which color, is said by the view (functions/colors.sql). */
Color
value_color(const ListExport *list, int column)
{
	switch (list->columns[column]->kind)
	{
		case COLUMN_FLAG:
			return color_of_label(plain_value(list, column));
		case COLUMN_DECISION_DATE:
			return color_of_label(list->decision_color);
		default:
			return COLOR_BLACK;
	}
}

/* ----------
 * Room
 * ----------
 */

/* The words for all labels of an enum type. */
static List *
words_of_type(Language language, const char *type_name)
{
	Oid			schema = get_rel_namespace(own_relation("opportunity"));
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(type_name), ObjectIdGetDatum(schema));
	CatCList   *labels = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type));
	List	   *result = NIL;

	for (int i = 0; i < labels->n_members; i++)
	{
		Form_pg_enum label = (Form_pg_enum) GETSTRUCT(&labels->members[i]->tuple);

		result = lappend(result, unconstify(char *, label_word(language, NameStr(label->enumlabel))));
	}
	ReleaseSysCacheList(labels);
	return result;
}

/* A date in each month, whose names differ in width; with the time of day or without. */
static List *
wide_dates(Language language, bool with_time)
{
	List	   *result = NIL;

	for (int month = 1; month <= MONTHS_PER_YEAR; month++)
	{
		DateADT		date = date2j(2026, month, 28) - POSTGRES_EPOCH_JDATE;

		result = lappend(result, with_time ? format_time(language, date * USECS_PER_DAY) :
						 format_date(language, date));
	}
	return result;
}

List *
wide_values(Language language, const ListColumn *column)
{
	switch (column->kind)
	{
		case COLUMN_NUMBER:
			return list_make1("99999999");
		case COLUMN_RATING:
			return list_make1("99");
		case COLUMN_COUNT:
			return list_make1("9999");
		case COLUMN_AMOUNT:
			return list_make1(format_number(language, units_to_numeric(INT64CONST(99999999999), 2), 2));
		case COLUMN_PERCENT:
			return list_make1(format_percent(language, units_to_numeric(9999, 2)));
		case COLUMN_DATE:
		case COLUMN_DECISION_DATE:
			return wide_dates(language, false);
		case COLUMN_TIME:
			return wide_dates(language, true);
		case COLUMN_BOOLEAN:
			return list_make2("true", "false");
		case COLUMN_YES_NO:
			return list_make2(unconstify(char *, word(language, WORD_YES)), unconstify(char *, word(language, WORD_NO)));
		case COLUMN_FLAG:
		case COLUMN_LABEL:
			return words_of_type(language, column->labels);
		case COLUMN_DECIMAL:
			return list_make1(format_percent(language, units_to_numeric(INT64CONST(99999999), 2)));
		case COLUMN_TEXT:
			return NIL;
	}
	return NIL;
}
