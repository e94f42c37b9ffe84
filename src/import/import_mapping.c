/*
 * import_mapping.c
 *		What a call says of an import: which column of the source becomes what, and the options.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "import/import_headings.h"
#include "import/import_mapping.h"
#include "import/import_new_names.h"
#include "import/import_problem.h"
#include "import/text_memo.h"
#include "search/json_members.h"

/* ----------
 * Options
 * ----------
 */

static void
refuse_option(const char *key, const char *hint)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("the option \"%s\" of the import cannot have this value", key),
			errhint("%s", hint));
}

static bool
says(const JsonbValue *value, const char *text)
{
	return value->type == jbvString && value->val.string.len == strlen(text) &&
		memcmp(value->val.string.val, text, value->val.string.len) == 0;
}

static void
set_partial(ImportOptions *options, const JsonbValue *value)
{
	if (value->type != jbvBool)
		refuse_option("partial", _("It is true to import the good rows, or false for all or nothing."));
	options->partial = value->val.boolean;
}

static void
set_decimal(ImportOptions *options, const JsonbValue *value)
{
	options->mark = says(value, ",") ? DECIMAL_COMMA : says(value, ".") ? DECIMAL_POINT : DECIMAL_UNKNOWN;
	if (options->mark == DECIMAL_UNKNOWN)
		refuse_option("decimal", _("It is \",\" or \".\"."));
}

static void
set_date_order(ImportOptions *options, const JsonbValue *value)
{
	options->order = says(value, "dmy") ? DAY_FIRST : says(value, "mdy") ? MONTH_FIRST : ORDER_UNKNOWN;
	if (options->order == ORDER_UNKNOWN)
		refuse_option("date_order", _("It is \"dmy\", for day before month, or \"mdy\"."));
}

static void
set_clear(ImportOptions *options, const JsonbValue *value)
{
	if (value->type != jbvBool)
		refuse_option("clear", _("It is true if an empty cell clears what is there already."));
	options->clear = value->val.boolean;
}

static void
set_sales_process(ImportOptions *options, const JsonbValue *value)
{
	if (value->type != jbvString)
		refuse_option("sales_process", _("It is the name of the sales process of all rows that name none."));
	options->sales_process = pnstrdup(value->val.string.val, value->val.string.len);
}

static void
find_sales_process(Import *import)
{
	const char *name = import->options.sales_process;
	const Named *process = find_name(names_of(import, SALES_PROCESS_NAMES), NO_PARENT, name, strlen(name));

	if (process == NULL || process->is_inactive)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("there is no active sales process \"%s\"", name),
				errhint("Make it in salesopp.sales_process, with its stages."));
	import->default_process = process->id;
}

static const struct
{
	const char *name;
	NameKind	kind;
}			creatable[] = {
	{"company", COMPANY_NAMES}, {"contact", CONTACT_NAMES}, {"project", PROJECT_NAMES}, {"employee", EMPLOYEE_NAMES},
	{"department", DEPARTMENT_NAMES}, {"sales_region", SALES_REGION_NAMES}, {"loss_reason", LOSS_REASON_NAMES},
	{"group_value", GROUP_VALUE_NAMES}
};

static void
set_create(ImportOptions *options, const JsonbValue *value)
{
	ListCell   *cell;

	options->creates = 0;
	foreach(cell, json_items(value))
	{
		bool		is_known = false;

		for (int i = 0; i < lengthof(creatable); i++)
			if (says(lfirst(cell), creatable[i].name))
			{
				options->creates |= 1 << creatable[i].kind;
				is_known = true;
			}
		if (!is_known)
			refuse_option("create", _("It is a list of what is made where a name is not known yet:"
							" company, contact, project, employee, department, sales_region, loss_reason, group_value."));
	}
}

static const struct
{
	const char *key;
	void		(*set) (ImportOptions *options, const JsonbValue *value);
}			known_options[] = {
	{"partial", set_partial}, {"decimal", set_decimal}, {"date_order", set_date_order}, {"create", set_create},
	{"clear", set_clear}, {"sales_process", set_sales_process}
};

static void
set_option(ImportOptions *options, const JsonMember *member)
{
	for (int i = 0; i < lengthof(known_options); i++)
		if (strcmp(known_options[i].key, member->key) == 0)
		{
			known_options[i].set(options, &member->value);
			return;
		}
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("unknown option of the import \"%s\"", member->key),
			errhint("The options are partial, decimal, date_order, create, clear and sales_process."));
}

void
set_options(Import *import, Jsonb *options)
{
	ListCell   *cell;

	import->options.creates = 1 << COMPANY_NAMES | 1 << CONTACT_NAMES | 1 << PROJECT_NAMES;
	if (!JB_ROOT_IS_OBJECT(options))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the options of an import must be an object"),
				errhint("Pass '{}' for no options."));
	foreach(cell, json_members(&options->root))
		set_option(&import->options, lfirst(cell));
	if (import->options.sales_process != NULL)
		find_sales_process(import);
}

/* ----------
 * The mapping
 * ----------
 */

static const char *
targets_of(const ImportRecord *record)
{
	StringInfoData targets;

	initStringInfo(&targets);
	for (int i = 0; i < record->n_fields; i++)
		if (is_mapped_to(&record->fields[i]))
			appendStringInfo(&targets, "%s%s", targets.len == 0 ? "" : ", ", record->fields[i].name);
	return targets.data;
}

static ValueKind
kind_of_custom(const char *data_type)
{
	return strcmp(data_type, "number") == 0 ? VALUE_NUMBER : strcmp(data_type, "date") == 0 ? VALUE_DATE :
		strcmp(data_type, "boolean") == 0 ? VALUE_YES_NO : strcmp(data_type, "choice") == 0 ? VALUE_CHOICE : VALUE_TEXT;
}

static void
map_to_own(Import *import, ImportColumn *column, const char *target, List *own)
{
	const OwnField *field = find_own_field(own, target);

	if (field == NULL || find_field(import->record, "custom") < 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("column \"%s\" cannot become \"%s\", which %s does not have", column->heading, target, import->record->name),
				errhint("A column can become %s, and for opportunities custom.<field> and group.<field>.", targets_of(import->record)));
	if (field->data_type == NULL)
	{
		column->kind = VALUE_NAME;
		column->field = field_of(import->record, "group_values");
		column->group = field->id;
		return;
	}
	column->kind = kind_of_custom(field->data_type);
	column->field = field_of(import->record, "custom");
	column->custom = field->name;
	column->choices = field->choices;
}

static void
map_column(Import *import, const char *heading, const char *target, List *own)
{
	ImportColumn *column = &import->columns[import->n_columns];
	int			field = find_field(import->record, target);

	if (field >= 0 && is_stamp(&import->record->fields[field]) && !import->gives_stamps)
	{
		note_column(import, heading, _("it is not kept: the rows get the stamps of this import"), _("Have a manager import them."));
		return;
	}
	import->n_columns++;

	column->heading = heading;
	column->target = target;
	column->mark = has_heading(import->source->typed, heading) ? DECIMAL_POINT : import->options.mark;
	column->order = import->options.order;
	column->labels = make_text_memo(MOST_TEXTS);
	if (field < 0 || !is_mapped_to(&import->record->fields[field]))
	{
		map_to_own(import, column, target, own);
		return;
	}
	column->field = field;
	column->kind = import->record->fields[field].kind;
}

static void
check_member(const Import *import, const JsonMember *member)
{
	if (!has_heading(import->source->headings, member->key))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("%s has no column \"%s\" to be mapped", import->source->name, member->key),
				errhint("SELECT * FROM salesopp.import_columns() shows its columns."));
	if (member->value.type != jbvString && member->value.type != jbvNull)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("column \"%s\" is mapped to something that is no text", member->key),
				errhint("Pass the name of a field, or null to leave the column out."));
}

static void
map_as_given(Import *import, List *own, Jsonb *mapping)
{
	ListCell   *cell;

	if (!JB_ROOT_IS_OBJECT(mapping))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the mapping of an import must be an object"),
				errhint("Its keys are columns of the source, its values fields; NULL maps by the headings."));
	foreach(cell, json_members(&mapping->root))
	{
		const JsonMember *member = lfirst(cell);

		check_member(import, member);
		if (member->value.type == jbvNull)
			continue;
		map_column(import, member->key, pnstrdup(member->value.val.string.val, member->value.val.string.len), own);
	}
}

/* None where nothing becomes the field: that has been said of the surer column. */
static void
add_stand_in(Import *import, const Proposal *proposal)
{
	ImportColumn *column = column_of(import, field_of(import->record, proposal->stands_in_for));

	if (column != NULL)
		import->stand_ins[import->n_stand_ins++] = (StandIn) {proposal->heading, column};
}

static void
map_by_heading(Import *import, List *own)
{
	List	   *headings = import->source->headings;
	Proposal   *proposals = propose_targets(import->record, own, headings);

	for (int i = 0; i < list_length(headings); i++)
		if (proposals[i].target != NULL)
			map_column(import, proposals[i].heading, proposals[i].target, own);
	for (int i = 0; i < list_length(headings); i++)
		if (proposals[i].stands_in_for != NULL)
			add_stand_in(import, &proposals[i]);
		else if (proposals[i].target == NULL)
			note_column(import, proposals[i].heading, proposals[i].note, _("Pass a mapping in which it becomes a field, or custom.<name of a custom field>."));
}

static bool
is_mapped(const Import *import, const char *target)
{
	for (int i = 0; i < import->n_columns; i++)
		if (strcmp(import->columns[i].target, target) == 0)
			return true;
	return false;
}

static void
check_targets(const Import *import)
{
	const ImportRecord *record = import->record;

	for (int i = 0; i < import->n_columns; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(import->columns[i].target, import->columns[j].target) == 0)
				ereport(ERROR,
						errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("columns \"%s\" and \"%s\" cannot both become %s", import->columns[j].heading,
							   import->columns[i].heading, import->columns[i].target),
						errhint("Map one of them to something else; a view can put two columns together."));
	if (!is_mapped(import, record->required) && !is_mapped(import, record->required_else))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("no column of %s becomes %s, without which there is no %s", import->source->name, record->required,
					   record->name),
				errhint("Pass a mapping, such as '{\"column\": \"%s\"}'; salesopp.import_columns() shows what is proposed.",
						record->required));
}

static Datum
custom_keys(const Import *import)
{
	Datum	   *keys = palloc(Max(import->n_columns, 1) * sizeof(Datum));
	int			n = 0;

	for (int i = 0; i < import->n_columns; i++)
		if (import->columns[i].custom != NULL)
			keys[n++] = CStringGetTextDatum(import->columns[i].custom);
	return PointerGetDatum(construct_array(keys, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* By the headings where the mapping is NULL. The options have been set. */
void
set_mapping(Import *import, Jsonb *mapping)
{
	int			n = list_length(import->source->headings);
	List	   *own = own_fields(import->organization_id);

	import->columns = palloc0(n * sizeof(ImportColumn));
	import->stand_ins = palloc0(n * sizeof(StandIn));
	if (mapping != NULL)
		map_as_given(import, own, mapping);
	else
		map_by_heading(import, own);
	check_targets(import);
	import->custom_keys = custom_keys(import);
}
