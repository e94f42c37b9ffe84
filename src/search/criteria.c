/*
 * criteria.c
 *		Search criteria (F9), from jsonb to conditions on opportunities, and to words.
 *
 * All that there is to know of a criterion stands in a line of the table. The conditions are made of the texts
 * in it; they speak of salesopp.opportunity as "o", or of a row of its history that has the same columns.
 */
#include "compat.h"

#include "utils/guc.h"

#include "search/criteria.h"
#include "search/criterion_condition.h"
#include "search/criterion_text.h"
#include "search/json_members.h"
#include "search/saved_search.h"
#include "text/text_form.h"

/* Whether patterns ignore accents, unless the criteria say it. */
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
 * The criteria
 * ----------
 */

/* How a value is checked and becomes a condition, and how it becomes words. */
static const CriterionKind pattern = {add_pattern, describe_scalar};
static const CriterionKind free_text = {add_text, describe_scalar};
static const CriterionKind texts_of_free_text = {check_texts, describe_labels};
static const CriterionKind letter = {add_letter, describe_scalar};
static const CriterionKind accents = {check_accents, describe_labels};
static const CriterionKind saved = {check_saved, describe_scalar};
static const CriterionKind labels = {add_labels, describe_labels};
static const CriterionKind ids = {add_ids, describe_ids};
static const CriterionKind whole_numbers = {add_ids, describe_scalars};
static const CriterionKind number = {add_number, describe_number};
static const CriterionKind dates = {add_dates, describe_dates};
static const CriterionKind custom = {add_custom, describe_custom};

/* The opportunity has a quote or an order, and the last one meets the condition. */
#define LAST_ONE(table) \
	"EXISTS (SELECT FROM salesopp." table " t" \
	" WHERE t.organization_id = o.organization_id AND t.opportunity_id = o.id AND %s" \
	" AND NOT EXISTS (SELECT FROM salesopp." table " later" \
	" WHERE later.organization_id = t.organization_id AND later.opportunity_id = t.opportunity_id" \
	" AND later.id > t.id))"

/* Texts that have accents are in an index of their own, which has them without. */
#define MATCHES(column) "salesopp.matches(" column ", ?)"
#define MATCHES_WITHOUT_ACCENTS(column) \
	"NOT salesopp.has_accents(" column ") AND salesopp.matches(" column ", ?)" \
	" OR salesopp.has_accents(" column ") AND salesopp.matches(salesopp.without_accents(" column "), ?)"

#define CONTACT_NAME "NULLIF(concat_ws(' ', t.first_name, t.last_name), '')"

static const Criterion criteria_table[] = {
	{"saved", &saved, WORD_SAVED_SEARCH},
	{"subject", &pattern, WORD_SUBJECT, MATCHES("o.subject"), .without_accents = MATCHES_WITHOUT_ACCENTS("o.subject")},
	{"note", &pattern, WORD_NOTE, MATCHES("o.note"), .without_accents = MATCHES_WITHOUT_ACCENTS("o.note")},
	{"company", &pattern, WORD_COMPANY_NAME, "o.company_id = ANY (?)", .table = "company", .name = "t.name"},
	{"contact", &pattern, WORD_CONTACT_NAME, "o.contact_id = ANY (?)", .table = "contact", .name = CONTACT_NAME},
	{"text", &free_text, WORD_TEXT},
	{"text_in", &texts_of_free_text, WORD_TEXT_IN, NULL, {"subject", "note", "company", "contact"}},
	{"accents", &accents, WORD_ACCENTS, NULL, {"distinguish", "ignore"}},
	{"company_id", &ids, WORD_COMPANY, "o.company_id = ANY (?)", .table = "company", .name = "t.name", .in_history = true},
	{"project_id", &ids, WORD_PROJECT, "o.project_id = ANY (?)", .table = "project", .name = "t.name"},
	{"contact_id", &ids, WORD_CONTACT, "o.contact_id = ANY (?)", .table = "contact",
		.name = CONTACT_NAME},
	{"sales_region_id", &ids, WORD_SALES_REGION, "o.sales_region_id = ANY (?)", .table = "sales_region", .name = "t.name",
		.in_history = true},
	{"department_id", &ids, WORD_DEPARTMENT, "o.department_id = ANY (?)", .table = "department", .name = "t.name", .in_history = true},
	{"sales_process_id", &ids, WORD_SALES_PROCESS, "o.sales_process_id = ANY (?)", .table = "sales_process", .name = "t.name",
		.in_history = true},
	{"group_value_id", &ids, WORD_GROUP, "EXISTS (SELECT FROM salesopp.opportunity_group_value g"
		" WHERE g.organization_id = o.organization_id AND g.opportunity_id = o.id"
		" AND g.group_value_id = ANY (?))", .table = "group_value", .name = "t.name",
		.none = "NOT EXISTS (SELECT FROM salesopp.opportunity_group_value g"
		" WHERE g.organization_id = o.organization_id AND g.opportunity_id = o.id)"},
	{"responsible_id", &ids, WORD_RESPONSIBLE, "o.responsible_id = ANY (?)", .table = "employee", .name = "t.name", .in_history = true},
	{"created_by", &ids, WORD_CREATED_BY, "o.created_by = ANY (?)", .table = "employee", .name = "t.name"},
	{"changed_by", &ids, WORD_LAST_CHANGED_BY, "o.changed_by = ANY (?)", .table = "employee", .name = "t.name", .in_history = true},
	{"custom", &custom, WORD_CUSTOM, "salesopp.has_custom_values(o.custom, ?)"},
	{"status", &labels, WORD_STATUS, "o.status = ANY (CAST(? AS salesopp.opportunity_status[]))", {"open", "won", "lost"}, .in_history = true},
	{"priority", &labels, WORD_PRIORITY, "o.priority = ANY (CAST(? AS salesopp.priority[]))", {"low", "normal", "high"}},
	{"forecast_category", &labels, WORD_FORECAST_CATEGORY,
		"salesopp.forecast_category(o.status, o.progress, o.forecast_category) = ANY (CAST(? AS salesopp.forecast_category[]))",
		{"omitted", "pipeline", "best_case", "commit", "closed"}, .in_history = true},
	{"rating", &whole_numbers, WORD_RATING, "o.rating = ANY (?)"},
	{"id", &number, WORD_ID, "o.id", .is_whole = true, .in_history = true},
	{"progress", &number, WORD_PROGRESS, "o.progress", .in_history = true},
	{"estimated_revenue", &number, WORD_ESTIMATED_REVENUE, "o.estimated_revenue", .in_history = true},
	{"actual_revenue", &number, WORD_ACTUAL_REVENUE, "o.actual_revenue", .in_history = true},
	{"quote_sum", &number, WORD_QUOTE_SUM, "t.amount", .around = LAST_ONE("quote")},
	{"order_sum", &number, WORD_ORDER_SUM, "t.amount", .around = LAST_ONE("sales_order")},
	{"decision_date", &dates, WORD_DECISION_DATE, "o.decision_date", .in_history = true},
	{"close_date", &dates, WORD_CLOSE_DATE, "o.close_date", .in_history = true},
	{"delivery_date", &dates, WORD_DELIVERY_DATE, "o.delivery_date"},
	{"created_at", &dates, WORD_CREATED_AT, "o.created_at"},
	{"changed_at", &dates, WORD_CHANGED_AT, "o.changed_at"},
	{"letter", &letter, WORD_LETTER, "salesopp.initial_letter(o.subject) = \"left\"(upper(?), 1)"},
};

/* The keys of all criteria, or of those that history has a column for. */
static const char *
keys(bool of_history)
{
	StringInfoData keys;

	initStringInfo(&keys);
	for (int i = 0; i < lengthof(criteria_table); i++)
		if (criteria_table[i].in_history || !of_history)
			appendStringInfo(&keys, "%s%s", keys.len == 0 ? "" : ", ", criteria_table[i].key);
	return keys.data;
}

static const Criterion *
find_criterion(const char *key)
{
	for (int i = 0; i < lengthof(criteria_table); i++)
		if (strcmp(criteria_table[i].key, key) == 0)
			return &criteria_table[i];
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("unknown search criterion \"%s\"", key),
			errhint("The criteria are %s.", keys(false)));
}

static void
check_in_history(const Criterion *criterion)
{
	if (!criterion->in_history)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("history does not tell what \"%s\" was", criterion->key),
				errhint("The criteria that can be asked of the past are %s.", keys(true)));
}

/* ----------
 * What was given
 * ----------
 */

static bool
ignores_accents(Jsonb *criteria)
{
	JsonbValue	found;
	JsonbValue *given = getKeyJsonValueFromContainer(&criteria->root, "accents", strlen("accents"), &found);

	if (given == NULL || given->type != jbvString)
		return accents_setting;
	return given->val.string.len == strlen("ignore") && memcmp(given->val.string.val, "ignore", strlen("ignore")) == 0;
}

/* The criteria that "text_in" names, or those that "text" looks at without it. What else it says is refused in its turn. */
static List *
texts_to_look_at(Jsonb *criteria)
{
	JsonbValue	found;
	JsonbValue *given = getKeyJsonValueFromContainer(&criteria->root, "text_in", strlen("text_in"), &found);
	List	   *result = NIL;
	ListCell   *cell;

	if (given == NULL)
		return list_make2((void *) find_criterion("subject"), (void *) find_criterion("note"));
	foreach(cell, json_items(given))
		if (is_allowed(find_criterion("text_in"), lfirst(cell)))
		{
			const JsonbValue *item = lfirst(cell);

			result = list_append_unique_ptr(result, (void *) find_criterion(pnstrdup(item->val.string.val, item->val.string.len)));
		}
	return result;
}

static void
add_conditions(SearchQuery *query, Jsonb *criteria, bool of_history)
{
	ListCell   *cell;

	if (!JB_ROOT_IS_OBJECT(criteria))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("search criteria must be an object"),
				errhint("Pass '{}' for no criteria."));

	/* as the values that they are compared with */
	criteria = compose_jsonb(criteria);
	query->ignores_accents = ignores_accents(criteria);
	query->texts = texts_to_look_at(criteria);
	foreach(cell, json_members(&criteria->root))
	{
		const JsonMember *member = lfirst(cell);
		const Criterion *criterion = find_criterion(member->key);

		if (of_history)
			check_in_history(criterion);
		criterion->kind->add_condition(query, criterion, &member->value);
	}
}

/* Those of the saved search that is named, if one is, and these. */
static void
add_criteria(SearchQuery *query, Jsonb *criteria, bool of_history)
{
	SavedSearch search = find_saved_search(criteria);

	if (search.criteria != NULL)
		add_conditions(query, search.criteria, of_history);
	add_conditions(query, criteria, of_history);
}

void
add_opportunities(SearchQuery *query, const char *joins, Jsonb *criteria)
{
	appendStringInfo(&query->sql, "%s AND o.deleted_at IS NULL", own_opportunities(joins));
	if (criteria != NULL)
		add_criteria(query, criteria, false);
}

void
add_criteria_of_history(SearchQuery *query, Jsonb *criteria)
{
	if (criteria != NULL)
		add_criteria(query, criteria, true);
}

const char *
describe_criteria(Jsonb *criteria, Language language)
{
	StringInfoData out;
	ListCell   *cell;

	initStringInfo(&out);
	foreach(cell, json_members(&criteria->root))
	{
		const JsonMember *member = lfirst(cell);
		const Criterion *criterion = find_criterion(member->key);

		appendStringInfo(&out, "%s%s: ", out.len == 0 ? "" : "; ", word(language, criterion->word));
		criterion->kind->describe(&out, criterion, &member->value, language);
	}
	return out.len == 0 ? word(language, WORD_ALL_OPPORTUNITIES) : out.data;
}

const char *
describe_untold(Jsonb *criteria, Language language)
{
	StringInfoData out;
	ListCell   *cell;

	initStringInfo(&out);
	foreach(cell, json_members(&criteria->root))
	{
		const JsonMember *member = lfirst(cell);
		const Criterion *criterion = find_criterion(member->key);

		if (!criterion->in_history)
			appendStringInfo(&out, "%s%s", out.len == 0 ? "" : ", ", word(language, criterion->word));
	}
	return out.len == 0 ? NULL : out.data;
}
