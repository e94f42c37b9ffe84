/*
 * criteria_text.c
 *		Search criteria in words.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "search/criterion_text.h"
#include "text/iso_date.h"

/* Of a list of ids, so many are named. */
#define MAX_NAMES 10

typedef struct CriterionText CriterionText;

typedef void (*DescribeValue) (StringInfo out, const CriterionText *criterion,
							   const JsonbValue *value, Language language);

struct CriterionText
{
	const char *key;
	Word		heading;
	DescribeValue describe;
	const char *table;			/* where an id is looked up, as "t", and what it is called there */
	const char *name;
};

/* ----------
 * Values
 * ----------
 */

static const char *
scalar_text(const JsonbValue *value, Language language)
{
	switch (value->type)
	{
		case jbvString:
			return to_utf8(pnstrdup(value->val.string.val, value->val.string.len));
		case jbvNumeric:
			return format_percent(language, value->val.numeric);
		case jbvBool:
			return word(language, value->val.boolean ? WORD_YES : WORD_NO);
		default:
			return "";
	}
}

static void
describe_scalar(StringInfo out, const CriterionText *criterion, const JsonbValue *value,
				Language language)
{
	appendStringInfoString(out, scalar_text(value, language));
}

/* Describes a value, or each of a list; returns how many there are. */
static int
describe_each(StringInfo out, const JsonbValue *value, Language language,
			  const char *(*describe) (const JsonbValue *, Language))
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	item;
	int			n = 0;

	if (value->type != jbvBinary)
	{
		appendStringInfoString(out, describe(value, language));
		return 1;
	}
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
		if (token == WJB_ELEM)
			appendStringInfo(out, "%s%s", n++ == 0 ? "" : ", ", describe(&item, language));
	return n;
}

static void
describe_list(StringInfo out, const JsonbValue *value, Language language,
			  const char *(*describe) (const JsonbValue *, Language))
{
	if (describe_each(out, value, language, describe) == 0)
		appendStringInfoString(out, word(language, WORD_NONE));
}

static void
describe_scalars(StringInfo out, const CriterionText *criterion, const JsonbValue *value,
				 Language language)
{
	describe_list(out, value, language, scalar_text);
}

static const char *
label_text(const JsonbValue *value, Language language)
{
	return label_word(language, scalar_text(value, language));
}

static void
describe_labels(StringInfo out, const CriterionText *criterion, const JsonbValue *value,
				Language language)
{
	describe_list(out, value, language, label_text);
}

static const char *
id_text(const JsonbValue *value, Language language)
{
	Datum		id = DirectFunctionCall1(numeric_int8, NumericGetDatum(value->val.numeric));

	return psprintf(INT64_FORMAT, DatumGetInt64(id));
}

/* By the names of what the ids stand for, as far as the caller sees them. */
static void
describe_ids(StringInfo out, const CriterionText *criterion, const JsonbValue *value,
			 Language language)
{
	StringInfoData ids;
	char	   *sql = psprintf("SELECT COALESCE(%s, i.id::text)"
							   " FROM unnest($1::bigint[]) WITH ORDINALITY i (id, number)"
							   " LEFT JOIN salesopp.%s t"
							   " ON t.organization_id = salesopp.current_organization() AND t.id = i.id"
							   " ORDER BY i.number LIMIT %d", criterion->name, criterion->table,
							   MAX_NAMES + 1);
	Oid			types[] = {TEXTOID};
	Datum		values[1];

	initStringInfo(&ids);
	appendStringInfoChar(&ids, '{');
	if (describe_each(&ids, value, language, id_text) == 0)
	{
		appendStringInfoString(out, word(language, WORD_NONE));
		return;
	}
	appendStringInfoChar(&ids, '}');
	values[0] = CStringGetTextDatum(ids.data);
	if (SPI_execute_with_args(sql, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look up names of %s", criterion->key);
	for (uint64 i = 0; i < SPI_processed; i++)
		appendStringInfo(out, "%s%s", i == 0 ? "" : ", ", i == MAX_NAMES ? "…" :
						 to_utf8(SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1)));
}

/* Calls it for each member of an object. */
static void
describe_members(StringInfo out, const JsonbValue *value, Language language,
				 void (*describe) (StringInfo, const char *key, const JsonbValue *, Language))
{
	JsonbIterator *iterator = JsonbIteratorInit(value->val.binary.data);
	JsonbIteratorToken token;
	JsonbValue	item;
	char	   *key = NULL;
	bool		is_first = true;

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(item.val.string.val, item.val.string.len);
		else if (token == WJB_VALUE)
		{
			if (!is_first)
				appendStringInfoString(out, ", ");
			is_first = false;
			describe(out, key, &item, language);
		}
	}
}

static void
describe_comparison(StringInfo out, const char *operator, const JsonbValue *value, Language language)
{
	appendStringInfo(out, "%s %s", operator, scalar_text(value, language));
}

static void
describe_number(StringInfo out, const CriterionText *criterion, const JsonbValue *value,
				Language language)
{
	if (value->type == jbvBinary)
		describe_members(out, value, language, describe_comparison);
	else
		describe_comparison(out, "=", value, language);
}

/* from a day, to a day, or both */
static void
describe_dates(StringInfo out, const CriterionText *criterion, const JsonbValue *value,
			   Language language)
{
	static const struct
	{
		const char *key;
		Word		word;
	}			bounds[] = {{"from", WORD_FROM}, {"to", WORD_TO}};
	const char *separator = "";

	for (int i = 0; i < lengthof(bounds); i++)
	{
		JsonbValue	found;
		JsonbValue *bound = getKeyJsonValueFromContainer(value->val.binary.data, bounds[i].key,
														 strlen(bounds[i].key), &found);
		DateADT		date;

		if (bound == NULL ||
			!parse_iso_date(cstring_to_text_with_len(bound->val.string.val, bound->val.string.len), &date))
			continue;
		appendStringInfo(out, "%s%s %s", separator, word(language, bounds[i].word),
						 format_date(language, date));
		separator = " ";
	}
}

static void
describe_custom_value(StringInfo out, const char *field, const JsonbValue *value, Language language)
{
	appendStringInfo(out, "%s = %s", to_utf8(field), scalar_text(value, language));
}

static void
describe_custom(StringInfo out, const CriterionText *criterion, const JsonbValue *value,
				Language language)
{
	describe_members(out, value, language, describe_custom_value);
}

/* ----------
 * Criteria
 * ----------
 */

static const CriterionText criteria_texts[] = {
	{"subject", WORD_SUBJECT, describe_scalar},
	{"note", WORD_NOTE, describe_scalar},
	{"text", WORD_TEXT, describe_scalar},
	{"accents", WORD_ACCENTS, describe_labels},
	{"company_id", WORD_COMPANY, describe_ids, "company", "t.name"},
	{"project_id", WORD_PROJECT, describe_ids, "project", "t.name"},
	{"contact_id", WORD_CONTACT, describe_ids, "contact", "NULLIF(concat_ws(' ', t.first_name, t.last_name), '')"},
	{"sales_region_id", WORD_SALES_REGION, describe_ids, "sales_region", "t.name"},
	{"department_id", WORD_DEPARTMENT, describe_ids, "department", "t.name"},
	{"sales_process_id", WORD_SALES_PROCESS, describe_ids, "sales_process", "t.name"},
	{"group_value_id", WORD_GROUP, describe_ids, "group_value", "t.name"},
	{"responsible_id", WORD_RESPONSIBLE, describe_ids, "employee", "t.name"},
	{"created_by", WORD_CREATED_BY, describe_ids, "employee", "t.name"},
	{"changed_by", WORD_LAST_CHANGED_BY, describe_ids, "employee", "t.name"},
	{"custom", WORD_CUSTOM, describe_custom},
	{"status", WORD_STATUS, describe_labels},
	{"priority", WORD_PRIORITY, describe_labels},
	{"rating", WORD_RATING, describe_scalars},
	{"id", WORD_ID, describe_number},
	{"progress", WORD_PROGRESS, describe_number},
	{"estimated_revenue", WORD_ESTIMATED_REVENUE, describe_number},
	{"actual_revenue", WORD_ACTUAL_REVENUE, describe_number},
	{"quote_sum", WORD_QUOTE_SUM, describe_number},
	{"order_sum", WORD_ORDER_SUM, describe_number},
	{"decision_date", WORD_DECISION_DATE, describe_dates},
	{"close_date", WORD_CLOSE_DATE, describe_dates},
	{"delivery_date", WORD_DELIVERY_DATE, describe_dates},
	{"created_at", WORD_CREATED_AT, describe_dates},
	{"changed_at", WORD_CHANGED_AT, describe_dates},
	{"letter", WORD_LETTER, describe_scalar},
};

static const CriterionText *
find_criterion(const char *key)
{
	for (int i = 0; i < lengthof(criteria_texts); i++)
		if (strcmp(criteria_texts[i].key, key) == 0)
			return &criteria_texts[i];
	elog(ERROR, "no words for search criterion \"%s\"", key);
}

const char *
describe_criteria(Jsonb *criteria, Language language)
{
	JsonbIterator *iterator = JsonbIteratorInit(&criteria->root);
	JsonbIteratorToken token;
	JsonbValue	item;
	const CriterionText *criterion = NULL;
	StringInfoData out;

	initStringInfo(&out);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			criterion = find_criterion(pnstrdup(item.val.string.val, item.val.string.len));
		else if (token == WJB_VALUE)
		{
			Assert(criterion != NULL);
			appendStringInfo(&out, "%s%s: ", out.len == 0 ? "" : "; ",
							 word(language, criterion->heading));
			criterion->describe(&out, criterion, &item, language);
		}
	}
	return out.len == 0 ? word(language, WORD_ALL_OPPORTUNITIES) : out.data;
}
