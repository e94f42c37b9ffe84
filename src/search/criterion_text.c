/*
 * criterion_text.c
 *		The words that the values of search criteria become.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "search/criterion_text.h"
#include "search/json_members.h"
#include "text/iso_date.h"

/* Of a list of ids, so many are named. */
#define MAX_NAMES 10

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
		case jbvNull:
			return word(language, WORD_NONE);
		default:
			return "";
	}
}

void
describe_scalar(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language)
{
	appendStringInfoString(out, scalar_text(value, language));
}

typedef const char *(*DescribeItem) (const JsonbValue *, Language);

static void
append_items(StringInfo out, List *items, Language language, DescribeItem describe)
{
	ListCell   *cell;

	foreach(cell, items)
		appendStringInfo(out, "%s%s", foreach_current_index(cell) == 0 ? "" : ", ", describe(lfirst(cell), language));
}

/* A value, or each of a list. */
static void
describe_list(StringInfo out, const JsonbValue *value, Language language, DescribeItem describe)
{
	List	   *items = json_items(value);

	if (items == NIL)
		appendStringInfoString(out, word(language, WORD_NONE));
	append_items(out, items, language, describe);
}

void
describe_scalars(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language)
{
	describe_list(out, value, language, scalar_text);
}

static const char *
label_text(const JsonbValue *value, Language language)
{
	return label_word(language, scalar_text(value, language));
}

void
describe_labels(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language)
{
	describe_list(out, value, language, label_text);
}

static const char *
id_text(const JsonbValue *value, Language language)
{
	Datum		id;

	if (value->type == jbvNull)
		return "NULL";
	id = DirectFunctionCall1(numeric_int8, NumericGetDatum(value->val.numeric));
	return psprintf(INT64_FORMAT, DatumGetInt64(id));
}

/* The names of what the ids of a list stand for, as far as the caller sees them. */
static void
look_up_names(const Criterion *criterion, const char *list)
{
	SearchQuery query;

	start_query(&query);
	add_parameter(&query, TEXTOID, CStringGetTextDatum(list));
	appendStringInfo(&query.sql, "SELECT COALESCE(%s, i.id::text)"
					 " FROM unnest($1::bigint[]) WITH ORDINALITY i (id, number)"
					 " LEFT JOIN salesopp.%s t"
					 " ON t.organization_id = salesopp.current_organization() AND t.id = i.id"
					 " ORDER BY i.number LIMIT %d", criterion->name, criterion->table, MAX_NAMES + 1);
	run_query(&query, NULL);
}

void
describe_ids(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language)
{
	StringInfoData list;
	List	   *items = json_items(value);

	if (items == NIL)
	{
		appendStringInfoString(out, word(language, WORD_NONE));
		return;
	}
	initStringInfo(&list);
	appendStringInfoChar(&list, '{');
	append_items(&list, items, language, id_text);
	appendStringInfoChar(&list, '}');
	look_up_names(criterion, list.data);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *name = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);

		appendStringInfo(out, "%s%s", i == 0 ? "" : ", ", i == MAX_NAMES ? "…" :
						 name == NULL ? word(language, WORD_NONE) : to_utf8(name));
	}
}

static void
append_members(StringInfo out, JsonbContainer *object, Language language)
{
	ListCell   *cell;

	foreach(cell, json_members(object))
	{
		const JsonMember *member = lfirst(cell);

		appendStringInfo(out, "%s%s %s", foreach_current_index(cell) == 0 ? "" : ", ",
						 to_utf8(member->key), scalar_text(&member->value, language));
	}
}

void
describe_number(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language)
{
	if (is_json_object(value))
		append_members(out, value->val.binary.data, language);
	else
		appendStringInfo(out, "= %s", scalar_text(value, language));
}

/* A bound of a range: what is a text there is a date. */
static const char *
bound_text(const JsonbValue *value, Language language)
{
	DateADT		date;

	if (value->type != jbvString ||
		!parse_iso_date(cstring_to_text_with_len(value->val.string.val, value->val.string.len), &date))
		return scalar_text(value, language);
	return format_date(language, date);
}

/* From which and to which, in this order, whichever is given. */
static void
append_range(StringInfo out, JsonbContainer *range, Language language)
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
		JsonbValue *bound = getKeyJsonValueFromContainer(range, bounds[i].key, strlen(bounds[i].key), &found);

		if (bound == NULL)
			continue;
		appendStringInfo(out, "%s%s %s", separator, word(language, bounds[i].word), bound_text(bound, language));
		separator = " ";
	}
}

void
describe_dates(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language)
{
	if (value->type == jbvNull)
		appendStringInfoString(out, word(language, WORD_NONE));
	else
		append_range(out, value->val.binary.data, language);
}

void
describe_custom(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language)
{
	ListCell   *cell;

	foreach(cell, json_members(value->val.binary.data))
	{
		const JsonMember *field = lfirst(cell);

		appendStringInfo(out, "%s%s ", foreach_current_index(cell) == 0 ? "" : ", ", to_utf8(field->key));
		if (is_json_object(&field->value))
			append_range(out, field->value.val.binary.data, language);
		else
		{
			appendStringInfoString(out, "= ");
			describe_list(out, &field->value, language, scalar_text);
		}
	}
}
