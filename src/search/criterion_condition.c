/*
 * criterion_condition.c
 *		The conditions that the values of search criteria become.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "search/criterion_condition.h"
#include "search/json_members.h"
#include "text/iso_date.h"
#include "text/text_form.h"

/* ----------
 * Values
 * ----------
 */

void
refuse_value(const Criterion *criterion, const char *wanted)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("invalid value for search criterion \"%s\"", criterion->key),
			errhint("It takes %s.", _(wanted)));
}

static text *
string_value(const Criterion *criterion, const JsonbValue *value, const char *wanted)
{
	if (value->type != jbvString)
		refuse_value(criterion, wanted);
	return cstring_to_text_with_len(value->val.string.val, value->val.string.len);
}

/* False for what is not a whole number, or is one of more than 64 bits. */
static bool
whole_number(Numeric number, int64 *result)
{
	Datum		truncated = DirectFunctionCall2(numeric_trunc, NumericGetDatum(number), Int32GetDatum(0));

	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, truncated, NumericGetDatum(number))) ||
		!DatumGetBool(DirectFunctionCall2(numeric_le,
										  DirectFunctionCall1(numeric_abs, truncated),
										  NumericGetDatum(int64_to_numeric(PG_INT64_MAX)))))
		return false;
	*result = DatumGetInt64(DirectFunctionCall1(numeric_int8, truncated));
	return true;
}

static int64
id_value(const Criterion *criterion, const JsonbValue *value)
{
	int64		id;

	if (value->type != jbvNumeric || !whole_number(value->val.numeric, &id))
		refuse_value(criterion, gettext_noop("a whole number, null for none, or a list of these"));
	return id;
}

static DateADT
date_value(const Criterion *criterion, const JsonbValue *value)
{
	static const char *const wanted = gettext_noop("dates that exist, as \"YYYY-MM-DD\"");
	DateADT		date;

	if (!parse_iso_date(string_value(criterion, value, wanted), &date))
		refuse_value(criterion, wanted);
	return date;
}

List *
members(const Criterion *criterion, const JsonbValue *value, const char *wanted)
{
	if (!is_json_object(value))
		refuse_value(criterion, wanted);
	return json_members(value->val.binary.data);
}

/* ----------
 * Conditions
 * ----------
 */

char *
with_parameter(SearchQuery *query, const char *expression, Oid type, Datum value)
{
	int			number = add_parameter(query, type, value);
	StringInfoData condition;

	initStringInfo(&condition);
	for (const char *p = expression; *p != '\0'; p++)
	{
		if (*p == '?')
			appendStringInfo(&condition, "$%d", number);
		else
			appendStringInfoChar(&condition, *p);
	}
	return condition.data;
}

void
add_condition(SearchQuery *query, const char *expression, Oid type, Datum value)
{
	appendStringInfo(&query->sql, " AND (%s)", with_parameter(query, expression, type, value));
}

bool
is_allowed(const Criterion *criterion, const JsonbValue *value)
{
	if (value->type != jbvString)
		return false;
	for (int i = 0; criterion->labels[i] != NULL; i++)
		if (strlen(criterion->labels[i]) == value->val.string.len &&
			memcmp(criterion->labels[i], value->val.string.val, value->val.string.len) == 0)
			return true;
	return false;
}

/*
 * The ids of the rows whose names match. They are looked up before, so that the opportunities that have them are found by
 * an index, also where a text of their own would do.
 */
static Datum
ids_of_names(const SearchQuery *query, const Criterion *criterion, text *pattern)
{
	SearchQuery names;
	bool		isnull;

	start_query(&names);
	add_parameter(&names, TEXTOID, PointerGetDatum(pattern));
	appendStringInfo(&names.sql, "SELECT COALESCE(array_agg(t.id ORDER BY t.id), '{}') FROM salesopp.%s t"
					 " WHERE t.organization_id = salesopp.current_organization() AND salesopp.matches(%s, $1)", criterion->table,
					 query->ignores_accents ? psprintf("salesopp.without_accents(%s)", criterion->name) : criterion->name);
	run_query(&names, NULL);
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
}

/* What the pattern demands of the text of the criterion. */
static char *
pattern_condition(SearchQuery *query, const Criterion *criterion, text *pattern)
{
	Size		length;

	if (query->ignores_accents)
	{
		char	   *bare = remove_accents(VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern), &length);

		pattern = cstring_to_text_with_len(bare, length);
	}
	if (criterion->table != NULL)
		return with_parameter(query, criterion->expression, INT8ARRAYOID, ids_of_names(query, criterion, pattern));
	return with_parameter(query, query->ignores_accents ? criterion->without_accents : criterion->expression, TEXTOID,
						  PointerGetDatum(pattern));
}

/* That one of the texts matches. An empty pattern restricts nothing. */
static void
add_pattern_of_texts(SearchQuery *query, List *texts, text *pattern)
{
	const char *separator = " AND (";
	ListCell   *cell;

	if (VARSIZE_ANY_EXHDR(pattern) == 0 || texts == NIL)
		return;
	foreach(cell, texts)
	{
		const char *condition = pattern_condition(query, lfirst(cell), pattern);

		appendStringInfo(&query->sql, "%s%s", separator, condition);
		separator = " OR ";
	}
	appendStringInfoChar(&query->sql, ')');
}

void
add_pattern(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	add_pattern_of_texts(query, list_make1(unconstify(Criterion *, criterion)), string_value(criterion, value, "a text"));
}

void
add_text(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	add_pattern_of_texts(query, query->texts, string_value(criterion, value, "a text"));
}

/* The criterion says what patterns mean, so its value has been read before all others. */
void
check_accents(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	if (!is_allowed(criterion, value))
		refuse_value(criterion, gettext_noop("\"distinguish\" or \"ignore\""));
}

/* Its criteria have been added before all others. */
void
check_saved(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	string_value(criterion, value, gettext_noop("the name of a saved search"));
}

void
add_letter(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	static const char *const wanted = gettext_noop("one letter, or \"#\" for everything else");
	text	   *letter = string_value(criterion, value, wanted);

	if (pg_mbstrlen_with_len(VARDATA_ANY(letter), VARSIZE_ANY_EXHDR(letter)) != 1)
		refuse_value(criterion, wanted);
	add_condition(query, criterion->expression, TEXTOID, PointerGetDatum(letter));
}

/* That the opportunity has none of it. */
static const char *
none(const Criterion *criterion)
{
	return criterion->none != NULL ? criterion->none : psprintf("o.%s IS NULL", criterion->key);
}

void
add_ids(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	List	   *items = json_items(value);
	Datum	   *ids = palloc((list_length(items) + 1) * sizeof(Datum));
	int			n = 0;
	bool		or_none;
	ListCell   *cell;

	foreach(cell, items)
		if (((JsonbValue *) lfirst(cell))->type != jbvNull)
			ids[n++] = Int64GetDatum(id_value(criterion, lfirst(cell)));
	or_none = n < list_length(items);
	if (or_none && n == 0)
		appendStringInfo(&query->sql, " AND %s", none(criterion));
	else
		add_condition(query, or_none ? psprintf("%s OR %s", criterion->expression, none(criterion)) : criterion->expression,
					  INT8ARRAYOID, PointerGetDatum(construct_array(ids, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
																	TYPALIGN_DOUBLE)));
}

pg_noreturn static void
refuse_label(const Criterion *criterion)
{
	StringInfoData labels;

	initStringInfo(&labels);
	for (int i = 0; criterion->labels[i] != NULL; i++)
		appendStringInfo(&labels, "%s\"%s\"", i == 0 ? "" : ", ", criterion->labels[i]);
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("invalid value for search criterion \"%s\"", criterion->key),
			errhint("It takes %s, or a list of these.", labels.data));
}

/* As "accents", it has been read before all others. */
void
check_texts(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	List	   *items = json_items(value);
	ListCell   *cell;

	if (items == NIL)
		refuse_label(criterion);
	foreach(cell, items)
		if (!is_allowed(criterion, lfirst(cell)))
			refuse_label(criterion);
}

void
add_labels(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	List	   *items = json_items(value);
	Datum	   *labels = palloc((list_length(items) + 1) * sizeof(Datum));
	ListCell   *cell;

	foreach(cell, items)
	{
		const JsonbValue *item = lfirst(cell);

		if (!is_allowed(criterion, item))
			refuse_label(criterion);
		labels[foreach_current_index(cell)] =
			PointerGetDatum(cstring_to_text_with_len(item->val.string.val, item->val.string.len));
	}
	add_condition(query, criterion->expression, TEXTARRAYOID,
				  PointerGetDatum(construct_array(labels, list_length(items), TEXTOID, -1, false,
												  TYPALIGN_INT)));
}

static const char *const number_or_comparisons =
	gettext_noop("a number, or an object of numbers by >=, <=, = and <>");

/* The form that an index serves also under row security, with %s for what is compared. NULL for no operator. */
static const char *
numeric_comparison(const char *operator)
{
	static const struct
	{
		const char *operator;
		const char *form;
	}			comparisons[] = {
		{">=", "salesopp.is_at_least(%s, ?)"}, {"<=", "salesopp.is_at_most(%s, ?)"},
		{"=", "%s::numeric = ?"}, {"<>", "%s::numeric <> ?"}
	};

	for (int i = 0; i < lengthof(comparisons); i++)
		if (strcmp(operator, comparisons[i].operator) == 0)
			return comparisons[i].form;
	return NULL;
}

static void
add_comparison(SearchQuery *query, const Criterion *criterion, const char *operator, const JsonbValue *value)
{
	const char *form = numeric_comparison(operator);
	const char *condition;
	int64		whole;

	if (form == NULL || value->type != jbvNumeric)
		refuse_value(criterion, number_or_comparisons);

	/* an index on whole numbers serves only these; with their type the text is another, too, for kept plans */
	if (criterion->is_whole && whole_number(value->val.numeric, &whole))
	{
		add_condition(query, psprintf("%s %s ?", criterion->expression, operator), INT8OID, Int64GetDatum(whole));
		return;
	}
	condition = psprintf(form, criterion->expression);
	if (criterion->around != NULL)
		condition = psprintf(criterion->around, condition);
	add_condition(query, condition, NUMERICOID, NumericGetDatum(value->val.numeric));
}

void
add_number(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	ListCell   *cell;

	if (value->type == jbvNumeric)
		add_comparison(query, criterion, "=", value);
	else
		foreach(cell, members(criterion, value, number_or_comparisons))
		{
			const JsonMember *member = lfirst(cell);

			add_comparison(query, criterion, member->key, &member->value);
		}
}

static const char *const range_of_dates = gettext_noop("an object with \"from\", \"to\" or both, or null for none");

static void
add_bound(SearchQuery *query, const Criterion *criterion, const JsonMember *bound)
{
	bool		is_from = strcmp(bound->key, "from") == 0;

	if (!is_from && strcmp(bound->key, "to") != 0)
		refuse_value(criterion, range_of_dates);
	add_condition(query, psprintf(is_from ? "%s >= ?" : "%s < ? + 1", criterion->expression), DATEOID,
				  DateADTGetDatum(date_value(criterion, &bound->value)));
}

void
add_dates(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	ListCell   *cell;

	if (value->type == jbvNull)
	{
		appendStringInfo(&query->sql, " AND %s", none(criterion));
		return;
	}
	foreach(cell, members(criterion, value, range_of_dates))
		add_bound(query, criterion, lfirst(cell));
}
