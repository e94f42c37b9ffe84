/*
 * list_column.c
 *		The columns that a list can have: those of opportunity_list, further ones, and custom and group fields.
 *
 * All that there is to know of a column stands in a line of the table; what is joined for none is not joined.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "search/list_column.h"
#include "search/search_query.h"

/*
 * What the view opportunity_list computes is computed here as there: a statement about one organization must name it wherever
 * it reads, for those to whom row security does not apply, or it asks all servers that have some. A view cannot.
 */
#define OF_THIS(alias) alias ".organization_id = salesopp.current_organization() AND " alias ".opportunity_id = o.id"

#define LAST_AMOUNT(table) "(SELECT t.amount FROM salesopp." table " t WHERE " OF_THIS("t") " ORDER BY t.id DESC LIMIT 1)"

#define LOOKUP(table, alias, key) &(const Lookup) {"salesopp." table, alias, key}
#define BY_ID(table, alias, reference) LOOKUP(table, alias, alias ".id = o." reference)

#define COMPANY BY_ID("company", "company", "company_id")
#define PROJECT BY_ID("project", "project", "project_id")
#define CONTACT BY_ID("contact", "contact", "contact_id")
#define RESPONSIBLE BY_ID("employee", "responsible", "responsible_id")
#define CREATOR BY_ID("employee", "creator", "created_by")
#define CHANGER BY_ID("employee", "changer", "changed_by")
#define SALES_REGION BY_ID("sales_region", "sales_region", "sales_region_id")
#define DEPARTMENT BY_ID("department", "department", "department_id")
#define SALES_PROCESS BY_ID("sales_process", "sales_process", "sales_process_id")
#define LOSS_REASON BY_ID("loss_reason", "loss_reason", "loss_reason_id")
#define STAGE LOOKUP("stage", "stage", "stage.opportunity_id = o.id AND stage.position = o.stage_position")

#define WINNER \
	" LEFT JOIN salesopp.opportunity_competitor winner" \
	" ON winner.organization_id = o.organization_id AND winner.opportunity_id = o.id AND winner.is_winner" \
	" LEFT JOIN salesopp.competitor listed_winner" \
	" ON listed_winner.organization_id = winner.organization_id AND listed_winner.id = winner.competitor_id"

#define NEXT_ACTIVITY \
	" LEFT JOIN LATERAL (SELECT a.subject, a.occurred_at FROM salesopp.activity a" \
	" WHERE " OF_THIS("a") " AND a.occurred_at > now()" \
	" ORDER BY a.occurred_at, a.id LIMIT 1) next_activity ON true"

#define STAGE_PROGRESS \
	"(SELECT salesopp.stage_progress(s.status, s.position, s.probability) FROM salesopp.stage s" \
	" WHERE " OF_THIS("s") " HAVING count(*) > 0)"

#define DAYS_IN_STAGE \
	"(SELECT extract(day FROM v.duration)::integer FROM salesopp.stage_visits v" \
	" WHERE " OF_THIS("v") " AND v.is_current)"

static const ListColumn list_columns[] = {
	/* those of opportunity_list */
	{"organization_id", COLUMN_NUMBER, WORD_ORGANIZATION, 12, "o.organization_id"},
	{"id", COLUMN_NUMBER, WORD_ID, 8, "o.id"},
	{"status", COLUMN_LABEL, WORD_STATUS, 12, "o.status", .labels = "opportunity_status"},
	{"flag", COLUMN_FLAG, WORD_FLAG, 12, "salesopp.status_flag(o.status)", .labels = "opportunity_status"},
	{"has_process", COLUMN_BOOLEAN, WORD_HAS_PROCESS, 8, "o.sales_process_id IS NOT NULL"},
	{"subject", COLUMN_TEXT, WORD_SUBJECT, 40, "o.subject"},
	{"company", COLUMN_TEXT, WORD_COMPANY, 28, "company.name", .lookup = COMPANY},
	{"project", COLUMN_TEXT, WORD_PROJECT, 22, "project.name", .lookup = PROJECT},
	{"estimated_revenue", COLUMN_AMOUNT, WORD_ESTIMATED_REVENUE, 18, "o.estimated_revenue"},
	{"quote_sum", COLUMN_AMOUNT, WORD_QUOTE_SUM, 16, LAST_AMOUNT("quote")},
	{"order_sum", COLUMN_AMOUNT, WORD_ORDER_SUM, 16, LAST_AMOUNT("sales_order")},
	{"progress", COLUMN_PERCENT, WORD_PROGRESS, 11, "o.progress"},
	{"decision_date", COLUMN_DECISION_DATE, WORD_DECISION_DATE, 14, "o.decision_date"},
	{"decision_color", COLUMN_LABEL, WORD_DECISION_COLOR, 14, "salesopp.decision_color(o.status, o.decision_date)", .labels = "color"},
	{"responsible", COLUMN_TEXT, WORD_RESPONSIBLE, 11, "responsible.initials", .lookup = RESPONSIBLE},
	{"changed_at", COLUMN_TIME, WORD_CHANGED_AT, 17, "o.changed_at"},
	{"changed_by", COLUMN_TEXT, WORD_CHANGED_BY, 8, "changer.initials", .lookup = CHANGER},
	{"actual_revenue", COLUMN_AMOUNT, WORD_ACTUAL_REVENUE, 18, "o.actual_revenue"},
	{"weighted_value", COLUMN_AMOUNT, WORD_WEIGHTED_VALUE, 18,
		"salesopp.weighted_value(o.status, o.estimated_revenue, o.actual_revenue, o.progress)"},
	{"close_date", COLUMN_DATE, WORD_CLOSE_DATE, 13, "o.close_date"},
	{"priority", COLUMN_LABEL, WORD_PRIORITY, 10, "o.priority", .labels = "priority"},
	{"rating", COLUMN_RATING, WORD_RATING, 8, "o.rating"},
	{"sales_region", COLUMN_TEXT, WORD_SALES_REGION, 18, "sales_region.name", .lookup = SALES_REGION},
	{"department", COLUMN_TEXT, WORD_DEPARTMENT, 18, "department.name", .lookup = DEPARTMENT},
	{"sales_process", COLUMN_TEXT, WORD_SALES_PROCESS, 22, "sales_process.name", .lookup = SALES_PROCESS},
	{"version", COLUMN_COUNT, WORD_VERSION, 8, "o.version"},
	/* further ones */
	{"external_id", COLUMN_TEXT, WORD_EXTERNAL_ID, 16, "o.external_id"},
	{"note", COLUMN_TEXT, WORD_NOTE, 40, "o.note"},
	{"created_at", COLUMN_TIME, WORD_CREATED_AT, 17, "o.created_at"},
	{"created_by", COLUMN_TEXT, WORD_CREATED_BY, 11, "creator.initials", .lookup = CREATOR},
	{"delivery_date", COLUMN_DATE, WORD_DELIVERY_DATE, 13, "o.delivery_date"},
	{"loss_reason", COLUMN_TEXT, WORD_REASON_OF_LOSS, 22, "loss_reason.name", .lookup = LOSS_REASON},
	{"winner", COLUMN_TEXT, WORD_WINNER, 22, "COALESCE(winner.name, listed_winner.name)", .join = WINNER},
	{"contact", COLUMN_TEXT, WORD_CONTACT, 22, "NULLIF(concat_ws(' ', contact.first_name, contact.last_name), '')", .lookup = CONTACT},
	{"contact_email", COLUMN_TEXT, WORD_CONTACT_EMAIL, 28, "contact.email", .lookup = CONTACT},
	{"contact_phone", COLUMN_TEXT, WORD_CONTACT_PHONE, 16, "COALESCE(contact.mobile, contact.direct_phone)", .lookup = CONTACT},
	{"forecast_category", COLUMN_LABEL, WORD_FORECAST_CATEGORY, 14,
		"salesopp.forecast_category(o.status, o.progress, o.forecast_category)", .labels = "forecast_category"},
	{"stage", COLUMN_TEXT, WORD_CURRENT_STAGE, 22, "stage.name", .lookup = STAGE},
	{"stage_progress", COLUMN_PERCENT, WORD_STAGE_PROGRESS, 11, STAGE_PROGRESS},
	{"days_in_stage", COLUMN_COUNT, WORD_DAYS_IN_STAGE, 9, DAYS_IN_STAGE},
	{"next_activity", COLUMN_TEXT, WORD_NEXT_ACTIVITY, 28, "next_activity.subject", .join = NEXT_ACTIVITY},
	{"next_activity_at", COLUMN_TIME, WORD_NEXT_ACTIVITY_AT, 17, "next_activity.occurred_at", .join = NEXT_ACTIVITY},
};

/* ----------
 * Fields
 *
 * A field is called by its name; where something else has that name, too, by "custom.NAME" or "group.NAME".
 * ----------
 */

/* How a value of each type of custom field is a column; %s is its name, as a literal. */
static const struct
{
	const char *data_type;
	ColumnKind kind;
	int			width;
	const char *expression;
}			custom_types[] = {
	{"text", COLUMN_TEXT, 22, "(o.custom ->> %s)"},
	{"choice", COLUMN_TEXT, 16, "(o.custom ->> %s)"},
	{"number", COLUMN_DECIMAL, 14, "salesopp.custom_number(o.custom, %s)"},
	{"date", COLUMN_DATE, 13, "salesopp.custom_date(o.custom, %s)"},
	{"boolean", COLUMN_YES_NO, 8, "CASE o.custom -> %s WHEN 'true' THEN true WHEN 'false' THEN false END"},
};

static void
describe_custom_field(ListColumn *column, const char *data_type)
{
	for (int i = 0; i < lengthof(custom_types); i++)
		if (strcmp(custom_types[i].data_type, data_type) == 0)
		{
			column->kind = custom_types[i].kind;
			column->width = custom_types[i].width;
			column->expression = psprintf(custom_types[i].expression, quote_literal_cstr(column->field));
			return;
		}
	elog(ERROR, "unexpected type of a custom field: %s", data_type);
}

/* All values of the group that the opportunity has. */
static void
describe_group_field(ListColumn *column, const char *id)
{
	column->kind = COLUMN_TEXT;
	column->width = 22;
	column->expression =
		psprintf("(SELECT string_agg(v.name, '; ' ORDER BY v.name) FROM salesopp.opportunity_group_value g"
				 " JOIN salesopp.group_value v ON v.organization_id = g.organization_id AND v.id = g.group_value_id"
				 " WHERE " OF_THIS("g") " AND v.group_field_id = %s)", id);
}

/* The fields that are called so, one in a row: its name; the type of a custom field; the id of a group. */
static uint64
look_up_fields(const char *name)
{
	SearchQuery query;

	start_query(&query);
	add_parameter(&query, TEXTOID, CStringGetTextDatum(name));
	appendStringInfoString(&query.sql,
						   "SELECT f.name, f.data_type::text, f.id FROM"
						   " (SELECT name, data_type, NULL AS id, 'custom.' AS prefix FROM salesopp.custom_field"
						   " WHERE organization_id = salesopp.current_organization()"
						   " UNION ALL SELECT name, NULL, id, 'group.' FROM salesopp.group_field"
						   " WHERE organization_id = salesopp.current_organization()) f"
						   " WHERE $1 IN (f.name, f.prefix || f.name) ORDER BY f.name, f.data_type");
	run_query(&query, NULL);
	return SPI_processed;
}

static const ListColumn *
column_of_field(const char *name)
{
	ListColumn *column = palloc0(sizeof(ListColumn));
	HeapTuple	row = SPI_tuptable->vals[0];
	char	   *data_type = SPI_getvalue(row, SPI_tuptable->tupdesc, 2);

	column->name = pstrdup(name);
	column->field = SPI_getvalue(row, SPI_tuptable->tupdesc, 1);
	if (data_type != NULL)
		describe_custom_field(column, data_type);
	else
		describe_group_field(column, SPI_getvalue(row, SPI_tuptable->tupdesc, 3));
	return column;
}

/* ----------
 * Finding columns
 * ----------
 */

static const char *
names_of_columns(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(list_columns); i++)
		appendStringInfo(&names, "%s%s", i == 0 ? "" : ", ", list_columns[i].name);
	return names.data;
}

const ListColumn *
known_list_column(const char *name)
{
	for (int i = 0; i < lengthof(list_columns); i++)
		if (strcmp(list_columns[i].name, name) == 0)
			return &list_columns[i];
	return NULL;
}

const ListColumn *
find_list_column(const char *name, const char *what)
{
	const ListColumn *column = known_list_column(name);
	uint64		n_fields;

	if (column != NULL)
		return column;

	n_fields = look_up_fields(name);
	if (n_fields > 1)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s \"%s\" could be more than one field", _(what), name),
				errhint("Write \"custom.\" or \"group.\" before the name of the field."));
	if (n_fields == 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("unknown %s \"%s\"", _(what), name),
				errhint("The columns are %s, and the names of custom and group fields.", names_of_columns()));
	return column_of_field(name);
}

/* A column by another name is the same, too. */
static List *
add_column(List *columns, const char *name)
{
	const ListColumn *column = find_list_column(name, gettext_noop("column"));
	ListCell   *cell;

	foreach(cell, columns)
		if (strcmp(((ListColumn *) lfirst(cell))->expression, column->expression) == 0)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("column \"%s\" is given twice", name),
					errhint("Name each column once."));
	return lappend(columns, unconstify(ListColumn *, column));
}

List *
list_columns_by_name(const char *const *names, int n_names)
{
	List	   *columns = NIL;

	for (int i = 0; i < n_names; i++)
		columns = add_column(columns, names[i]);
	return columns;
}

List *
list_columns_asked_for(ArrayType *given)
{
	List	   *columns = NIL;
	Datum	   *names;
	bool	   *nulls;
	int			n_names;

	if (ARR_NDIM(given) > 1)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the columns must be a plain list of names"),
				errhint("Name columns of salesopp.opportunity_list, or pass NULL for the usual ones."));
	deconstruct_array(given, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n_names);
	if (n_names == 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("there are no columns"),
				errhint("Name columns of salesopp.opportunity_list, or pass NULL for the usual ones."));
	for (int i = 0; i < n_names; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the name of a column must not be null"),
					errhint("Name columns of salesopp.opportunity_list, or pass NULL for the usual ones."));
		columns = add_column(columns, TextDatumGetCString(names[i]));
	}
	return columns;
}

const char *
column_heading(const ListColumn *column, Language language)
{
	return column->field == NULL ? word(language, column->heading) : to_utf8(column->field);
}

bool
is_numeric_column(const ListColumn *column)
{
	return column->kind == COLUMN_AMOUNT || column->kind == COLUMN_PERCENT || column->kind == COLUMN_DECIMAL;
}

/* ----------
 * Values
 *
 * A value that is another table's is there if that is joined. Or, for few rows, it is looked up for each by itself.
 * ----------
 */

const char *
looked_up_value(const ListColumn *column)
{
	const Lookup *lookup = column->lookup;

	if (lookup == NULL)
		return column->expression;
	return psprintf("(SELECT %s FROM %s %s WHERE %s.organization_id = salesopp.current_organization() AND %s LIMIT 1)",
					column->expression, lookup->table, lookup->alias, lookup->alias, lookup->key);
}

/* ----------
 * Joins
 * ----------
 */

const char *
join_of_column(const ListColumn *column)
{
	const Lookup *lookup = column->lookup;

	if (lookup == NULL)
		return column->join;
	return psprintf(" LEFT JOIN %s %s ON %s.organization_id = o.organization_id AND %s",
					lookup->table, lookup->alias, lookup->alias, lookup->key);
}

List *
joins_beside_looked_up_values(List *columns)
{
	List	   *joins = NIL;
	ListCell   *cell;

	foreach(cell, columns)
	{
		const ListColumn *column = lfirst(cell);

		joins = add_join(joins, column->join);
	}
	return joins;
}

List *
add_joins_of_columns(List *joins, List *columns)
{
	ListCell   *cell;

	foreach(cell, columns)
		joins = add_join(joins, join_of_column(lfirst(cell)));
	return joins;
}

List *
add_join(List *joins, const char *join)
{
	ListCell   *cell;

	if (join == NULL)
		return joins;
	foreach(cell, joins)
		if (strcmp(lfirst(cell), join) == 0)
			return joins;
	return lappend(joins, unconstify(char *, join));
}

char *
join_texts(List *joins)
{
	StringInfoData texts;
	ListCell   *cell;

	initStringInfo(&texts);
	foreach(cell, joins)
		appendStringInfoString(&texts, lfirst(cell));
	return texts.data;
}
