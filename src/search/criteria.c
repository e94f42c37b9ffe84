/*
 * criteria.c
 *		Search criteria (F9), from jsonb to conditions on opportunities.
 *
 * The conditions are made of the texts in this file alone; what the caller gave becomes parameters.
 * They speak of salesopp.opportunity as "o".
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/numeric.h"

#include "search/criteria.h"
#include "text/iso_date.h"
#include "text/text_form.h"

typedef struct Criterion Criterion;

typedef void (*AddCondition) (SearchQuery *query, const Criterion *criterion, const JsonbValue *value);

struct Criterion
{
	const char *key;
	AddCondition add;
	const char *expression;		/* the condition with ? for the parameter, or what is compared */
	const char *labels[4];		/* what may be given, where that is fixed */
	bool		is_whole;		/* compared with whole numbers */
	const char *around;			/* where a comparison stands in a wider condition: that, with %s for it */
	const char *without_accents;	/* the condition where accents are ignored */
};

/* What becomes of accents in patterns, unless a call says it. */
static int	accents_setting;
static const struct config_enum_entry accents_options[] = {
	{"distinguish", false, false}, {"ignore", true, false}, {NULL, 0, false}
};

void
define_search_settings(void)
{
	DefineCustomEnumVariable("salesopp.accents",
							 "Whether searches distinguish letters with accents from those without.",
							 "The key \"accents\" of search criteria comes before it.",
							 &accents_setting, false, accents_options, PGC_USERSET, 0,
							 NULL, NULL, NULL);
}

/* ----------
 * Statements and parameters
 * ----------
 */

void
start_query(SearchQuery *query)
{
	initStringInfo(&query->sql);
	query->parameters = makeParamList(MAX_PARAMETERS);
	query->parameters->numParams = 0;
	query->ignores_accents = false;
}

int
add_parameter(SearchQuery *query, Oid type, Datum value)
{
	ParamExternData *parameter;

	if (query->parameters->numParams == MAX_PARAMETERS)
		elog(ERROR, "too many search parameters");
	parameter = &query->parameters->params[query->parameters->numParams++];
	parameter->value = value;
	parameter->isnull = false;
	parameter->pflags = PARAM_FLAG_CONST;
	parameter->ptype = type;
	return query->parameters->numParams;
}

/* ----------
 * Values
 * ----------
 */

pg_noreturn static void
refuse_value(const Criterion *criterion, const char *wanted)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("invalid value for search criterion \"%s\"", criterion->key),
			errhint("It takes %s.", wanted));
}

static text *
string_value(const Criterion *criterion, const JsonbValue *value, const char *wanted)
{
	if (value->type != jbvString)
		refuse_value(criterion, wanted);
	return cstring_to_text_with_len(value->val.string.val, value->val.string.len);
}

/* The value as a list: the elements of an array, or the one value that it is. */
static List *
value_list(const Criterion *criterion, const JsonbValue *value, const char *wanted)
{
	List	   *result = NIL;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	item;

	if (value->type != jbvBinary)
		return list_make1(unconstify(JsonbValue *, value));
	if (!JsonContainerIsArray(value->val.binary.data))
		refuse_value(criterion, wanted);

	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
		if (token == WJB_ELEM)
		{
			JsonbValue *copy = palloc(sizeof(JsonbValue));

			*copy = item;
			result = lappend(result, copy);
		}
	return result;
}

static const char *const number_or_list = "a whole number, or a list of them";

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
		refuse_value(criterion, number_or_list);
	return id;
}

static DateADT
date_value(const Criterion *criterion, const JsonbValue *value)
{
	static const char *const wanted = "dates that exist, as \"YYYY-MM-DD\"";
	DateADT		date;

	if (!parse_iso_date(string_value(criterion, value, wanted), &date))
		refuse_value(criterion, wanted);
	return date;
}

/* Calls the function for each member of an object. */
typedef void (*AddMember) (SearchQuery *query, const Criterion *criterion, const char *key, const JsonbValue *value);

static void
for_each_member(SearchQuery *query, const Criterion *criterion, const JsonbValue *value,
				AddMember add, const char *wanted)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	item;
	char	   *key = NULL;

	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		refuse_value(criterion, wanted);

	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(item.val.string.val, item.val.string.len);
		else if (token == WJB_VALUE)
			add(query, criterion, key, &item);
	}
}

/* ----------
 * Conditions
 * ----------
 */

/* Adds the criterion's expression with the parameter in the place of each question mark. */
static void
add_condition(SearchQuery *query, const char *expression, Oid type, Datum value)
{
	int			number = add_parameter(query, type, value);

	appendStringInfoString(&query->sql, " AND (");
	for (const char *p = expression; *p != '\0'; p++)
	{
		if (*p == '?')
			appendStringInfo(&query->sql, "$%d", number);
		else
			appendStringInfoChar(&query->sql, *p);
	}
	appendStringInfoChar(&query->sql, ')');
}

static bool
is_allowed(const Criterion *criterion, const JsonbValue *value)
{
	for (int i = 0; criterion->labels[i] != NULL; i++)
		if (strlen(criterion->labels[i]) == value->val.string.len &&
			memcmp(criterion->labels[i], value->val.string.val, value->val.string.len) == 0)
			return true;
	return false;
}

static void
add_pattern(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	text	   *pattern = string_value(criterion, value, "a text");
	Size		length;
	char	   *bare;

	/* an empty pattern restricts nothing */
	if (VARSIZE_ANY_EXHDR(pattern) == 0)
		return;
	if (!query->ignores_accents)
	{
		add_condition(query, criterion->expression, TEXTOID, PointerGetDatum(pattern));
		return;
	}
	bare = remove_accents(VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern), &length);
	add_condition(query, criterion->without_accents, TEXTOID,
				  PointerGetDatum(cstring_to_text_with_len(bare, length)));
}

/* It changes what the others mean, and has been looked at before them. */
static void
add_accents(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	if (value->type != jbvString || !is_allowed(criterion, value))
		refuse_value(criterion, "\"distinguish\" or \"ignore\"");
}

static void
add_letter(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	static const char *const wanted = "one letter, or \"#\" for everything else";
	text	   *letter = string_value(criterion, value, wanted);

	if (pg_mbstrlen_with_len(VARDATA_ANY(letter), VARSIZE_ANY_EXHDR(letter)) != 1)
		refuse_value(criterion, wanted);
	add_condition(query, criterion->expression, TEXTOID, PointerGetDatum(letter));
}

static void
add_ids(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	List	   *items = value_list(criterion, value, number_or_list);
	Datum	   *ids = palloc((list_length(items) + 1) * sizeof(Datum));
	ListCell   *cell;

	foreach(cell, items)
		ids[foreach_current_index(cell)] = Int64GetDatum(id_value(criterion, lfirst(cell)));
	add_condition(query, criterion->expression, INT8ARRAYOID,
				  PointerGetDatum(construct_array(ids, list_length(items), INT8OID,
												  sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
}

static void
add_labels(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	StringInfoData wanted;
	List	   *items;
	Datum	   *labels;
	ListCell   *cell;

	initStringInfo(&wanted);
	for (int i = 0; criterion->labels[i] != NULL; i++)
		appendStringInfo(&wanted, "\"%s\", ", criterion->labels[i]);
	appendStringInfoString(&wanted, "or a list of these");

	items = value_list(criterion, value, wanted.data);
	labels = palloc((list_length(items) + 1) * sizeof(Datum));
	foreach(cell, items)
	{
		JsonbValue *item = lfirst(cell);

		if (item->type != jbvString || !is_allowed(criterion, item))
			refuse_value(criterion, wanted.data);
		labels[foreach_current_index(cell)] =
			PointerGetDatum(cstring_to_text_with_len(item->val.string.val, item->val.string.len));
	}
	add_condition(query, criterion->expression, TEXTARRAYOID,
				  PointerGetDatum(construct_array(labels, list_length(items), TEXTOID, -1, false,
												  TYPALIGN_INT)));
}

static const char *const number_or_comparisons =
	"a number, or an object of numbers by >=, <=, = and <>";

static void
add_comparison(SearchQuery *query, const Criterion *criterion, const char *key, const JsonbValue *value)
{
	/* in the form that an index serves also behind a policy */
	static const struct
	{
		const char *operator;
		const char *numeric;
	}			comparisons[] = {
		{">=", "salesopp.is_at_least(%s, ?)"}, {"<=", "salesopp.is_at_most(%s, ?)"}, {"=", "%s::numeric = ?"}, {"<>", "%s::numeric <> ?"}
	};

	for (int i = 0; i < lengthof(comparisons); i++)
		if (strcmp(key, comparisons[i].operator) == 0 && value->type == jbvNumeric)
		{
			int64		whole;
			const char *condition = psprintf(comparisons[i].numeric, criterion->expression);

			/* an index on whole numbers serves only these */
			if (criterion->is_whole && whole_number(value->val.numeric, &whole))
				add_condition(query, psprintf("%s %s ?", criterion->expression, comparisons[i].operator),
							  INT8OID, Int64GetDatum(whole));
			else
				add_condition(query, criterion->around == NULL ? condition : psprintf(criterion->around, condition),
							  NUMERICOID, NumericGetDatum(value->val.numeric));
			return;
		}
	refuse_value(criterion, number_or_comparisons);
}

static void
add_number(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	if (value->type == jbvNumeric)
		add_comparison(query, criterion, "=", value);
	else
		for_each_member(query, criterion, value, add_comparison, number_or_comparisons);
}

static const char *const range_of_dates = "an object with \"from\", \"to\" or both";

static void
add_bound(SearchQuery *query, const Criterion *criterion, const char *key, const JsonbValue *value)
{
	Datum		date;

	if (strcmp(key, "from") != 0 && strcmp(key, "to") != 0)
		refuse_value(criterion, range_of_dates);
	date = DateADTGetDatum(date_value(criterion, value));
	if (strcmp(key, "from") == 0)
		add_condition(query, psprintf("%s >= ?", criterion->expression), DATEOID, date);
	else
		add_condition(query, psprintf("%s < ? + 1", criterion->expression), DATEOID, date);
}

static void
add_dates(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	for_each_member(query, criterion, value, add_bound, range_of_dates);
}

static const char *const custom_values = "an object of values by the names of custom fields";

static void
check_custom_value(SearchQuery *query, const Criterion *criterion, const char *key, const JsonbValue *value)
{
	if (value->type == jbvBinary || value->type == jbvNull)
		refuse_value(criterion, custom_values);
}

/*
 * Looks at the definitions of the fields: for values that no opportunity can have, which are a mistake, and for
 * texts, which are patterns.
 */
static void
look_up_custom_fields(const Criterion *criterion, Datum custom)
{
	Oid			types[] = {JSONBOID};
	char	   *problem;

	if (SPI_execute_with_args("SELECT salesopp.custom_problem(salesopp.current_organization(), $1),"
							  " jsonb_object_agg(v.key, v.value) FILTER (WHERE f.data_type <> 'text'),"
							  " array_agg(v.key ORDER BY v.key) FILTER (WHERE f.data_type = 'text' AND v.value <> '\"\"'),"
							  " array_agg(v.value #>> '{}' ORDER BY v.key) FILTER (WHERE f.data_type = 'text' AND v.value <> '\"\"')"
							  " FROM jsonb_each($1) v LEFT JOIN salesopp.custom_field f"
							  " ON f.organization_id = salesopp.current_organization() AND f.name = v.key",
							  lengthof(types), types, &custom, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look up custom fields");
	problem = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (problem != NULL)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("invalid value for search criterion \"%s\": %s", criterion->key, problem),
				errhint("The custom fields and their types are in salesopp.custom_field."));
}

static void
add_custom(SearchQuery *query, const Criterion *criterion, const JsonbValue *value)
{
	TupleDesc	desc;
	HeapTuple	found;
	Datum		exact;
	Datum		fields;
	Datum		patterns;
	bool		no_exact;
	bool		no_patterns;

	for_each_member(query, criterion, value, check_custom_value, custom_values);
	look_up_custom_fields(criterion, JsonbPGetDatum(JsonbValueToJsonb(unconstify(JsonbValue *, value))));
	found = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	exact = SPI_getbinval(found, desc, 2, &no_exact);
	fields = SPI_getbinval(found, desc, 3, &no_patterns);
	patterns = SPI_getbinval(found, desc, 4, &no_patterns);

	if (!no_exact)
		add_condition(query, criterion->expression, JSONBOID, exact);
	if (!no_patterns)
		add_condition(query, psprintf("salesopp.has_custom_texts(o.custom, $%d, ?, %s)",
									  add_parameter(query, TEXTARRAYOID, fields),
									  query->ignores_accents ? "true" : "false"), TEXTARRAYOID, patterns);
}

/* ----------
 * The criteria
 * ----------
 */

/* There is a last one of the opportunity's, and it meets the condition. */
#define LAST_ONE(table) \
	"EXISTS (SELECT FROM salesopp." table " t" \
	" WHERE t.organization_id = o.organization_id AND t.opportunity_id = o.id AND %s" \
	" AND NOT EXISTS (SELECT FROM salesopp." table " later" \
	" WHERE later.organization_id = t.organization_id AND later.opportunity_id = t.opportunity_id" \
	" AND later.id > t.id))"

/* Texts that have accents have an index of their own, without them. */
#define MATCHES(column) "salesopp.matches(" column ", ?)"
#define MATCHES_WITHOUT_ACCENTS(column) \
	"NOT salesopp.has_accents(" column ") AND salesopp.matches(" column ", ?)" \
	" OR salesopp.has_accents(" column ") AND salesopp.matches(salesopp.without_accents(" column "), ?)"

static const Criterion criteria_table[] = {
	{"subject", add_pattern, MATCHES("o.subject"), .without_accents = MATCHES_WITHOUT_ACCENTS("o.subject")},
	{"note", add_pattern, MATCHES("o.note"), .without_accents = MATCHES_WITHOUT_ACCENTS("o.note")},
	{"text", add_pattern, MATCHES("o.subject") " OR " MATCHES("o.note"),
		.without_accents = MATCHES_WITHOUT_ACCENTS("o.subject") " OR " MATCHES_WITHOUT_ACCENTS("o.note")},
	{"accents", add_accents, NULL, {"distinguish", "ignore"}},
	{"company_id", add_ids, "o.company_id = ANY (?)"},
	{"project_id", add_ids, "o.project_id = ANY (?)"},
	{"contact_id", add_ids, "o.contact_id = ANY (?)"},
	{"sales_region_id", add_ids, "o.sales_region_id = ANY (?)"},
	{"department_id", add_ids, "o.department_id = ANY (?)"},
	{"sales_process_id", add_ids, "o.sales_process_id = ANY (?)"},
	{"group_value_id", add_ids, "EXISTS (SELECT FROM salesopp.opportunity_group_value g"
		" WHERE g.organization_id = o.organization_id AND g.opportunity_id = o.id"
		" AND g.group_value_id = ANY (?))"},
	{"responsible_id", add_ids, "o.responsible_id = ANY (?)"},
	{"created_by", add_ids, "o.created_by = ANY (?)"},
	{"changed_by", add_ids, "o.changed_by = ANY (?)"},
	{"custom", add_custom, "salesopp.has_custom_values(o.custom, ?)"},
	{"status", add_labels, "o.status = ANY (CAST(? AS salesopp.opportunity_status[]))",
		{"open", "won", "lost"}},
	{"priority", add_labels, "o.priority = ANY (CAST(? AS salesopp.priority[]))",
		{"low", "normal", "high"}},
	{"rating", add_ids, "o.rating = ANY (?)"},
	{"id", add_number, "o.id", {NULL}, true},
	{"progress", add_number, "o.progress"},
	{"estimated_revenue", add_number, "o.estimated_revenue"},
	{"actual_revenue", add_number, "o.actual_revenue"},
	{"quote_sum", add_number, "t.amount", {NULL}, false, LAST_ONE("quote")},
	{"order_sum", add_number, "t.amount", {NULL}, false, LAST_ONE("sales_order")},
	{"decision_date", add_dates, "o.decision_date"},
	{"close_date", add_dates, "o.close_date"},
	{"delivery_date", add_dates, "o.delivery_date"},
	{"created_at", add_dates, "o.created_at"},
	{"changed_at", add_dates, "o.changed_at"},
	{"letter", add_letter, "salesopp.initial_letter(o.subject) = \"left\"(upper(?), 1)"},
};

static void
add_criterion(SearchQuery *query, const char *key, const JsonbValue *value)
{
	StringInfoData allowed;

	Assert(key != NULL);
	for (int i = 0; i < lengthof(criteria_table); i++)
		if (strcmp(criteria_table[i].key, key) == 0)
		{
			criteria_table[i].add(query, &criteria_table[i], value);
			return;
		}

	initStringInfo(&allowed);
	for (int i = 0; i < lengthof(criteria_table); i++)
		appendStringInfo(&allowed, "%s%s", i == 0 ? "" : ", ", criteria_table[i].key);
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("unknown search criterion \"%s\"", key),
			errhint("The criteria are %s.", allowed.data));
}

static bool
ignores_accents(Jsonb *criteria)
{
	JsonbValue	found;
	JsonbValue *accents = getKeyJsonValueFromContainer(&criteria->root, "accents", strlen("accents"), &found);

	if (accents == NULL || accents->type != jbvString)
		return accents_setting;
	return accents->val.string.len == strlen("ignore") && memcmp(accents->val.string.val, "ignore", strlen("ignore")) == 0;
}

/*
 * Adds the condition that an opportunity is one of the current organization's, not deleted, and
 * meets all criteria.
 */
void
add_criteria(SearchQuery *query, Jsonb *criteria)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	item;
	char	   *key = NULL;

	appendStringInfoString(&query->sql,
						   "o.organization_id = salesopp.current_organization()"
						   " AND o.deleted_at IS NULL");
	if (criteria == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(criteria))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("search criteria must be an object"),
				errhint("Pass '{}' for no criteria."));

	/* as the values that they are compared with */
	criteria = compose_jsonb(criteria);
	query->ignores_accents = ignores_accents(criteria);
	iterator = JsonbIteratorInit(&criteria->root);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(item.val.string.val, item.val.string.len);
		else if (token == WJB_VALUE)
			add_criterion(query, key, &item);
	}
}
