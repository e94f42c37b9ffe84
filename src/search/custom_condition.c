/*
 * custom_condition.c
 *		The conditions that the values of the search criterion "custom" become, by the types of the fields.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "search/criterion_condition.h"
#include "search/json_members.h"
#include "text/iso_date.h"

static const char *const wanted =
	gettext_noop("an object by the names of custom fields of a value, null for none, or a list of these;"
				 " of a number or a date also an object with \"from\", \"to\" or both");

/* The bounds of a range, as they were given; NULL where there is none. */
typedef struct Bounds
{
	const JsonbValue *from;
	const JsonbValue *to;
} Bounds;

/* ----------
 * What is asked of a field
 * ----------
 */

static void
add_bound(const Criterion *criterion, Bounds *bounds, const JsonMember *bound)
{
	if (strcmp(bound->key, "from") == 0)
		bounds->from = &bound->value;
	else if (strcmp(bound->key, "to") == 0)
		bounds->to = &bound->value;
	else
		refuse_value(criterion, wanted);
}

/* The values by themselves: the bounds of a range, the items of a list, or the one value. */
static List *
values_of_field(const Criterion *criterion, const JsonMember *field)
{
	bool		is_range = is_json_object(&field->value);
	List	   *values = NIL;
	ListCell   *cell;

	if (is_range)
		foreach(cell, json_members(field->value.val.binary.data))
			values = lappend(values, &((JsonMember *) lfirst(cell))->value);
	else
		values = json_items(&field->value);
	foreach(cell, values)
	{
		const JsonbValue *value = lfirst(cell);

		if (value->type == jbvBinary || (is_range && value->type == jbvNull))
			refuse_value(criterion, wanted);
	}
	return values;
}

pg_noreturn static void
refuse_field(const Criterion *criterion, const char *problem, const char *hint)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("invalid value for search criterion \"%s\": %s", criterion->key, problem),
			errhint("%s", hint));
}

/* NULL where there is no such field. */
static char *
find_type(const JsonMember *field)
{
	SearchQuery query;

	start_query(&query);
	add_parameter(&query, TEXTOID, CStringGetTextDatum(field->key));
	appendStringInfoString(&query.sql,
						   "SELECT data_type FROM salesopp.custom_field"
						   " WHERE organization_id = salesopp.current_organization() AND name = $1");
	run_query(&query, NULL);
	return SPI_processed == 0 ? NULL : SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

/* The type of the field, whose values must fit it: what no opportunity can have is a mistake. */
static const char *
type_of_field(const Criterion *criterion, const JsonMember *field, List *values)
{
	static JsonbValue none = {.type = jbvNull};
	SearchQuery query;
	Datum	   *given;
	ListCell   *cell;
	char	   *data_type;

	if (values == NIL)
		values = list_make1(&none);
	given = palloc(list_length(values) * sizeof(Datum));
	foreach(cell, values)
		given[foreach_current_index(cell)] = JsonbPGetDatum(JsonbValueToJsonb(lfirst(cell)));

	data_type = find_type(field);
	start_query(&query);
	add_parameter(&query, TEXTOID, CStringGetTextDatum(field->key));
	add_parameter(&query, JSONBARRAYOID,
				  PointerGetDatum(construct_array(given, list_length(values), JSONBOID, -1, false, TYPALIGN_INT)));
	add_parameter(&query, BOOLOID, BoolGetDatum(data_type == NULL));
	appendStringInfoString(&query.sql,
						   "SELECT p.problem FROM unnest($2) v (value),"
						   " salesopp.custom_problem(salesopp.current_organization(), jsonb_build_object($1, v.value)) p (problem)"
						   " WHERE p.problem IS NOT NULL AND ($3 OR v.value <> 'null') LIMIT 1");
	run_query(&query, NULL);
	if (SPI_processed > 0)
		refuse_field(criterion, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1),
					 _("The custom fields and their types are in salesopp.custom_field."));
	/* where other servers are asked, it may have come between the two statements */
	return data_type != NULL ? data_type : find_type(field);
}

/* ----------
 * Ranges
 * ----------
 */

static Datum
number_of(const JsonbValue *value)
{
	return NumericGetDatum(value->val.numeric);
}

static Datum
date_of(const JsonbValue *value)
{
	DateADT		date = 0;

	parse_iso_date(cstring_to_text_with_len(value->val.string.val, value->val.string.len), &date);
	return DateADTGetDatum(date);
}

static bool
number_is_above(Datum number, Datum other)
{
	return DatumGetBool(DirectFunctionCall2(numeric_gt, number, other));
}

static bool
date_is_above(Datum date, Datum other)
{
	return DatumGetDateADT(date) > DatumGetDateADT(other);
}

/* The types that have ranges. In the conditions %d is the name of the field, and ? the bound. */
typedef struct RangeType
{
	const char *data_type;
	Oid			type;
	const char *from;
	const char *to;
	Datum		(*value_of) (const JsonbValue *value);
	bool		(*is_above) (Datum value, Datum other);
} RangeType;

static const RangeType range_types[] = {
	{"number", NUMERICOID, "salesopp.is_at_least(salesopp.custom_number(o.custom, $%d), ?)",
		"salesopp.is_at_most(salesopp.custom_number(o.custom, $%d), ?)", number_of, number_is_above},
	{"date", DATEOID, "salesopp.custom_date(o.custom, $%d) >= ?",
		"salesopp.custom_date(o.custom, $%d) <= ?", date_of, date_is_above},
};

static void
add_range(SearchQuery *query, const Criterion *criterion, const JsonMember *field, const RangeType *type, int name)
{
	Bounds		bounds = {NULL, NULL};
	ListCell   *cell;

	foreach(cell, json_members(field->value.val.binary.data))
		add_bound(criterion, &bounds, lfirst(cell));
	if (bounds.from != NULL && bounds.to != NULL && type->is_above(type->value_of(bounds.from), type->value_of(bounds.to)))
		refuse_field(criterion, psprintf(_("the range of custom field \"%s\" ends before it begins"), field->key),
					 _("\"from\" must not be above \"to\"."));
	if (bounds.from != NULL)
		add_condition(query, psprintf(type->from, name), type->type, type->value_of(bounds.from));
	if (bounds.to != NULL)
		add_condition(query, psprintf(type->to, name), type->type, type->value_of(bounds.to));
}

static const RangeType *
find_range_type(const Criterion *criterion, const JsonMember *field, const char *data_type)
{
	for (int i = 0; i < lengthof(range_types); i++)
		if (strcmp(range_types[i].data_type, data_type) == 0)
			return &range_types[i];
	refuse_field(criterion, psprintf(_("custom field \"%s\" is a %s, which has no range"), field->key, data_type),
				 _("Ranges are for numbers and dates; a text takes a pattern, a choice a list."));
}

/* ----------
 * Values
 * ----------
 */

static Datum
field_with_value(const JsonMember *field, JsonbValue *value)
{
	JsonbParseState *state = NULL;
	JsonbValue	key = {.type = jbvString, .val.string = {.val = unconstify(char *, field->key), .len = strlen(field->key)}};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	pushJsonbValue(&state, WJB_KEY, &key);
	pushJsonbValue(&state, WJB_VALUE, value);
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}

/* That the field matches the pattern. An empty one restricts nothing. */
static const char *
matches_pattern(SearchQuery *query, const JsonbValue *pattern, int name)
{
	if (pattern->val.string.len == 0)
		return "true";
	return with_parameter(query, psprintf("salesopp.has_custom_texts(o.custom, ARRAY[$%d], ARRAY[?], %s)", name,
										  query->ignores_accents ? "true" : "false"),
						  TEXTOID, PointerGetDatum(cstring_to_text_with_len(pattern->val.string.val, pattern->val.string.len)));
}

/* That the field has one of the values. Each is a condition of its own, which an index serves. */
static void
add_values(SearchQuery *query, const Criterion *criterion, const JsonMember *field, List *values, const char *data_type, int name)
{
	bool		is_text = strcmp(data_type, "text") == 0;
	ListCell   *cell;

	appendStringInfoString(&query->sql, " AND (false");
	foreach(cell, values)
	{
		JsonbValue *value = lfirst(cell);
		const char *condition;

		if (value->type == jbvNull)
			condition = psprintf("(o.custom ->> $%d) IS NULL", name);
		else if (is_text)
			condition = matches_pattern(query, value, name);
		else
			condition = with_parameter(query, criterion->expression, JSONBOID, field_with_value(field, value));
		appendStringInfo(&query->sql, " OR %s", condition);
	}
	appendStringInfoChar(&query->sql, ')');
}

void
add_custom(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	ListCell   *cell;

	foreach(cell, members(criterion, value, wanted))
	{
		const JsonMember *field = lfirst(cell);
		List	   *values = values_of_field(criterion, field);
		const char *data_type = type_of_field(criterion, field, values);
		int			name = add_parameter(query, TEXTOID, CStringGetTextDatum(field->key));

		if (is_json_object(&field->value))
			add_range(query, criterion, field, find_range_type(criterion, field, data_type), name);
		else
			add_values(query, criterion, field, values, data_type, name);
	}
}
