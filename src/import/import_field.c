/*
 * import_field.c
 *		What can be imported of each kind of record: a line for each field says how it is read and where it goes.
 */
#include "compat.h"

#include "catalog/pg_type.h"

#include "import/import_field.h"
#include "import/finish.h"

static const LabelWords statuses[] = {
	{"open", "|åpen|pending|inprogress|onhold|active|new|ongoing|notdecided|undecided|working|ikkeavgjort|ny|åpent|pågår|pågående|"
		"underarbeid|påvent|aktiv|iprosess|"},
	{"won", "|closedwon|closewon|accepted|contractsigned|success|succeeded|sale|signed|order|dealwon|vunnetoglukket|lukketvunnet|"
		"solgt|kontraktsignert|avsluttetvunnet|vant|"},
	{"lost", "|closedlost|outsold|canceled|cancelled|declined|rejected|abandoned|disqualified|failed|dead|deallost|nosale|"
		"taptoglukket|lukkettapt|avsluttettapt|avslått|kansellert|avbrutt|ikkesolgt|mistet|"},
	{NULL}
};
static const LabelWords priorities[] = {
	{"low", "|0|"}, {"normal", "|1|medium|vanlig|middels|defaultvalue|"}, {"high", "|2|3|veryhigh|urgent|haster|"}, {NULL}
};
static const LabelWords forecast_categories[] = {
	{"omitted", "|notforecasted|"}, {"pipeline", "|"}, {"best_case", "|upside|"}, {"commit", "|committed|forecast|mostlikely|"},
	{"closed", "|won|closedwon|closedlost|"}, {NULL}
};
static const LabelWords genders[] = {
	{"female", "|f|k|kvinne|woman|fru|frk|ms|mrs|"}, {"male", "|m|mann|man|herr|mr|"}, {"other", "|annet|nonbinary|"}, {NULL}
};
static const LabelWords activity_kinds[] = {
	{"call", "|phonecall|telefon|telefonsamtale|samtale|loggedcall|"}, {"appointment", "|avtale|lunch|demo|"},
	{"meeting", "|møte|event|"}, {"task", "|todo|oppgave|gjøremål|deadline|uploaddocument|followup|"},
	{"note", "|notat|merknad|"}, {"email_in", "|incomingemail|inboundemail|emailreply|"},
	{"email_out", "|email|epost|sentemail|"}, {"document", "|letter|fax|dokument|"}, {"case", "|sak|"},
	{"sms", "|textmessage|whatsapp|"}, {NULL}
};

#define HEADED(w) .word = (w), .has_word = true
#define NAMED(column_, names_) VALUE_NAME, .column = (column_), .names = (names_)
#define IDENTITY \
	[FIELD_ID] = {"id", VALUE_ID, HEADED(WORD_ID)}, \
	[FIELD_EXTERNAL_ID] = {"external_id", VALUE_TEXT, HEADED(WORD_EXTERNAL_ID)}
#define STAMPS \
	{"created_at", VALUE_INSTANT, HEADED(WORD_CREATED_AT)}, \
	{"created_by", NAMED("created_by", EMPLOYEE_NAMES), HEADED(WORD_CREATED_BY)}, \
	{"changed_at", VALUE_INSTANT, HEADED(WORD_CHANGED_AT)}, \
	{"changed_by", NAMED("changed_by", EMPLOYEE_NAMES), HEADED(WORD_CHANGED_BY)}

static const ImportField opportunity_fields[N_OPPORTUNITY_FIELDS] = {
	IDENTITY,
	{"subject", VALUE_TEXT, HEADED(WORD_SUBJECT)},
	{"company", NAMED("company_id", COMPANY_NAMES), HEADED(WORD_COMPANY), .made_of = "|company_external_id|contact|project|"},
	{"company_external_id", NAMED(NULL, COMPANY_EXTERNAL_IDS), .role = INPUT},
	{"contact", NAMED("contact_id", CONTACT_NAMES), HEADED(WORD_CONTACT)},
	{"project", NAMED("project_id", PROJECT_NAMES), HEADED(WORD_PROJECT)},
	{"responsible", NAMED("responsible_id", EMPLOYEE_NAMES), HEADED(WORD_RESPONSIBLE)},
	{"department", NAMED("department_id", DEPARTMENT_NAMES), HEADED(WORD_DEPARTMENT)},
	{"sales_region", NAMED("sales_region_id", SALES_REGION_NAMES), HEADED(WORD_SALES_REGION)},
	{"sales_process", NAMED("sales_process_id", SALES_PROCESS_NAMES), HEADED(WORD_SALES_PROCESS), .made_of = "|stage|current_stage|"},
	{"stage", VALUE_TEXT, HEADED(WORD_STAGE), .role = INPUT},
	{"current_stage", VALUE_TEXT, HEADED(WORD_CURRENT_STAGE), .role = INPUT},
	{"status", VALUE_LABEL, HEADED(WORD_STATUS), .type = "opportunity_status", .labels = statuses, .made_of = "|stage|current_stage|is_won|is_closed|"},
	{"is_won", VALUE_TEXT, .role = INPUT},
	{"is_closed", VALUE_YES_NO, .role = INPUT},
	{"is_active", VALUE_YES_NO, .role = INPUT},
	{"is_deleted", VALUE_YES_NO, .role = INPUT},
	{"estimated_revenue", VALUE_AMOUNT, HEADED(WORD_ESTIMATED_REVENUE)},
	{"actual_revenue", VALUE_AMOUNT, HEADED(WORD_ACTUAL_REVENUE)},
	{"currency", VALUE_TEXT, .role = INPUT},
	{"progress", VALUE_PERCENT, HEADED(WORD_PROGRESS)},
	{"priority", VALUE_LABEL, HEADED(WORD_PRIORITY), .type = "priority", .labels = priorities},
	{"rating", VALUE_RATING, HEADED(WORD_RATING)},
	{"forecast_category", VALUE_LABEL, HEADED(WORD_FORECAST_CATEGORY), .type = "forecast_category", .labels = forecast_categories},
	{"decision_date", VALUE_DATE, HEADED(WORD_DECISION_DATE), .made_of = "|close_date|"},
	{"delivery_date", VALUE_DATE, HEADED(WORD_DELIVERY_DATE)},
	{"close_date", VALUE_DATE, HEADED(WORD_CLOSE_DATE), .made_of = "|won_at|lost_at|"},
	{"won_at", VALUE_DATE, .role = INPUT},
	{"lost_at", VALUE_DATE, .role = INPUT},
	{"loss_reason", NAMED("loss_reason_id", LOSS_REASON_NAMES), HEADED(WORD_REASON_OF_LOSS)},
	{"competitor", VALUE_TEXT, .role = PART},
	{"winner", VALUE_TEXT, HEADED(WORD_WINNER), .role = PART},
	{"note", VALUE_TEXT, HEADED(WORD_NOTE)},
	{"status_note", VALUE_TEXT},
	STAMPS,
	{"stage_reached", VALUE_POSITION, .role = DERIVED, .made_of = "|stage|current_stage|"},
	{"progress_method", VALUE_LABEL, .role = DERIVED, .type = "progress_method", .made_of = "|progress|"},
	{"custom", VALUE_JSON, .role = DERIVED},
	{"group_values", VALUE_IDS, .role = PART},
};

static const ImportField company_fields[] = {
	IDENTITY,
	{"name", VALUE_TEXT, HEADED(WORD_COMPANY)},
	{"phone", VALUE_TEXT},
	{"email", VALUE_TEXT},
	{"is_company", VALUE_YES_NO, .role = INPUT},
	{"is_deleted", VALUE_YES_NO, .role = INPUT},
	STAMPS,
};

static const ImportField contact_fields[] = {
	IDENTITY,
	{"company", NAMED("company_id", COMPANY_NAMES), HEADED(WORD_COMPANY), .made_of = "|company_external_id|"},
	{"company_external_id", NAMED(NULL, COMPANY_EXTERNAL_IDS), .role = INPUT},
	{"name", VALUE_TEXT, HEADED(WORD_CONTACT), .role = INPUT},
	{"first_name", VALUE_TEXT, .made_of = "|name|"},
	{"last_name", VALUE_TEXT, .made_of = "|name|"},
	{"gender", VALUE_LABEL, .type = "gender", .labels = genders},
	{"job_title", VALUE_TEXT},
	{"email", VALUE_TEXT},
	{"mobile", VALUE_TEXT},
	{"direct_phone", VALUE_TEXT},
	{"is_primary", VALUE_YES_NO},
	{"is_your_ref", VALUE_YES_NO},
	{"is_company", VALUE_YES_NO, .role = INPUT},
	{"is_deleted", VALUE_YES_NO, .role = INPUT},
	STAMPS,
};

static const ImportField employee_fields[] = {
	IDENTITY,
	{"initials", VALUE_TEXT},
	{"name", VALUE_TEXT, HEADED(WORD_RESPONSIBLE), .made_of = "|first_name|last_name|"},
	{"first_name", VALUE_TEXT, .role = INPUT},
	{"last_name", VALUE_TEXT, .role = INPUT},
	{"email", VALUE_TEXT},
	{"department", NAMED("department_id", DEPARTMENT_NAMES), HEADED(WORD_DEPARTMENT)},
	{"is_active", VALUE_YES_NO},
	STAMPS,
};

static const ImportField project_fields[] = {
	IDENTITY,
	{"name", VALUE_TEXT, HEADED(WORD_PROJECT)},
	{"company", NAMED("company_id", COMPANY_NAMES), HEADED(WORD_COMPANY), .made_of = "|company_external_id|"},
	{"company_external_id", NAMED(NULL, COMPANY_EXTERNAL_IDS), .role = INPUT},
	{"is_deleted", VALUE_YES_NO, .role = INPUT},
	STAMPS,
};

static const ImportField activity_fields[] = {
	IDENTITY,
	{"kind", VALUE_LABEL, .type = "activity_kind", .labels = activity_kinds},
	{"subject", VALUE_TEXT, HEADED(WORD_SUBJECT)},
	{"body", VALUE_TEXT, HEADED(WORD_NOTE)},
	{"company", NAMED("company_id", COMPANY_NAMES), HEADED(WORD_COMPANY), .made_of = "|company_external_id|contact|project|"},
	{"company_external_id", NAMED(NULL, COMPANY_EXTERNAL_IDS), .role = INPUT},
	{"contact", NAMED("contact_id", CONTACT_NAMES), HEADED(WORD_CONTACT)},
	{"project", NAMED("project_id", PROJECT_NAMES), HEADED(WORD_PROJECT)},
	{"opportunity", NAMED("opportunity_id", OPPORTUNITY_NAMES), HEADED(WORD_OPPORTUNITY)},
	{"occurred_at", VALUE_INSTANT},
	{"responsible", NAMED("responsible_id", EMPLOYEE_NAMES), HEADED(WORD_RESPONSIBLE)},
	{"is_deleted", VALUE_YES_NO, .role = INPUT},
	STAMPS,
};

#define RECORD(record, kind, required, required_else) \
	{#record, kind, record##_fields, lengthof(record##_fields), required, required_else, finish_##record}

static const ImportRecord records[] = {
	RECORD(opportunity, OPPORTUNITY_NAMES, "subject", "subject"),
	RECORD(company, COMPANY_NAMES, "name", "name"),
	RECORD(contact, CONTACT_NAMES, "last_name", "name"),
	RECORD(employee, EMPLOYEE_NAMES, "name", "last_name"),
	RECORD(project, PROJECT_NAMES, "name", "name"),
	RECORD(activity, ACTIVITIES, "subject", "subject"),
};

const ImportRecord *
find_record(const char *name)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(records); i++)
	{
		if (strcmp(records[i].name, name) == 0)
			return &records[i];
		appendStringInfo(&names, "%s%s", i == 0 ? "" : ", ", records[i].name);
	}
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("\"%s\" cannot be imported", name),
			errhint("What can be imported is %s.", names.data));
}

/* -1 when it has no such field. */
int
find_field(const ImportRecord *record, const char *name)
{
	for (int i = 0; i < record->n_fields; i++)
		if (strcmp(record->fields[i].name, name) == 0)
			return i;
	return -1;
}

/* For one that the record is known to have, as all of that table have it. */
int
field_of(const ImportRecord *record, const char *name)
{
	int			field = find_field(record, name);

	if (field < 0)
		elog(ERROR, "%s has no field \"%s\"", record->name, name);
	return field;
}

/* Whether a column of the source can become it. */
bool
is_mapped_to(const ImportField *field)
{
	return field->role != DERIVED && field->kind != VALUE_IDS;
}

/* Whether it has a column in the record's table. */
bool
is_stored(const ImportField *field)
{
	return field->role == STORED || field->role == DERIVED;
}

bool
is_stamp(const ImportField *field)
{
	return strcmp(field->name, "created_at") == 0 || strcmp(field->name, "created_by") == 0 ||
		strcmp(field->name, "changed_at") == 0 || strcmp(field->name, "changed_by") == 0;
}

bool
is_opportunity(const Import *import)
{
	return import->record == &records[0];
}

const char *
field_column(const ImportField *field)
{
	return field->column != NULL ? field->column : field->name;
}

/* Of what a row has of it. */
Oid
field_type(const ImportField *field)
{
	switch (field->kind)
	{
		case VALUE_TEXT:
		case VALUE_LABEL:
		case VALUE_CHOICE:
			return TEXTOID;
		case VALUE_AMOUNT:
		case VALUE_NUMBER:
		case VALUE_PERCENT:
			return NUMERICOID;
		case VALUE_RATING:
			return INT2OID;
		case VALUE_DATE:
			return DATEOID;
		case VALUE_INSTANT:
			return TIMESTAMPTZOID;
		case VALUE_YES_NO:
			return BOOLOID;
		case VALUE_NAME:
		case VALUE_ID:
			return INT8OID;
		case VALUE_POSITION:
			return INT4OID;
		case VALUE_JSON:
			return JSONBOID;
		case VALUE_IDS:
			return INT8ARRAYOID;
	}
	elog(ERROR, "unexpected kind of a value: %d", field->kind);
}
