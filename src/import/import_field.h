/*
 * import_field.h
 *		What can be imported of each kind of record.
 */
#ifndef SALESOPP_IMPORT_FIELD_H
#define SALESOPP_IMPORT_FIELD_H

#include "postgres.h"

#include "import/import_names.h"
#include "text/language.h"

typedef enum ValueKind
{
	VALUE_TEXT,
	VALUE_AMOUNT,				/* of money, not below 0 */
	VALUE_NUMBER,
	VALUE_PERCENT,
	VALUE_RATING,
	VALUE_DATE,
	VALUE_INSTANT,
	VALUE_YES_NO,
	VALUE_LABEL,				/* of an enum type */
	VALUE_CHOICE,				/* of a custom field */
	VALUE_NAME,					/* of something that has an id */
	VALUE_ID,
	VALUE_POSITION,
	VALUE_JSON,
	VALUE_IDS
} ValueKind;

typedef struct LabelWords
{
	const char *label;
	const char *words;			/* that others say for it, as heading_key() makes them, with a bar around each */
} LabelWords;

typedef enum FieldRole
{
	STORED,						/* in a column of the record's table */
	DERIVED,					/* the same, but made of other fields: nothing maps to it */
	INPUT,						/* others are made of it */
	PART						/* goes into a table of what belongs to the record */
} FieldRole;

typedef struct ImportField
{
	const char *name;
	ValueKind	kind;
	FieldRole	role;
	const char *column;			/* where it is stored, if that has another name */
	Word		word;			/* the heading in this product's own exports */
	bool		has_word;
	NameKind	names;
	const char *type;			/* the enum type of the column */
	const LabelWords *labels;	/* end with a label that is NULL */
	const char *made_of;		/* other fields, with bars around each: then what it has stays where these say nothing */
} ImportField;

#define MAX_IMPORT_FIELDS 48

/* Each record begins with what identifies it. */
enum
{
	FIELD_ID, FIELD_EXTERNAL_ID
};

/* Fields of opportunities that are made of others, or that others are made of. */
enum
{
	OPPORTUNITY_SUBJECT = FIELD_EXTERNAL_ID + 1,
	OPPORTUNITY_COMPANY, OPPORTUNITY_COMPANY_EXTERNAL_ID, OPPORTUNITY_CONTACT, OPPORTUNITY_PROJECT, OPPORTUNITY_RESPONSIBLE,
	OPPORTUNITY_DEPARTMENT, OPPORTUNITY_SALES_REGION, OPPORTUNITY_SALES_PROCESS, OPPORTUNITY_STAGE, OPPORTUNITY_CURRENT_STAGE,
	OPPORTUNITY_STATUS, OPPORTUNITY_IS_WON, OPPORTUNITY_IS_CLOSED, OPPORTUNITY_IS_ACTIVE,
	OPPORTUNITY_IS_DELETED, OPPORTUNITY_ESTIMATED_REVENUE,
	OPPORTUNITY_ACTUAL_REVENUE, OPPORTUNITY_CURRENCY, OPPORTUNITY_PROGRESS, OPPORTUNITY_PRIORITY, OPPORTUNITY_RATING,
	OPPORTUNITY_FORECAST_CATEGORY, OPPORTUNITY_DECISION_DATE, OPPORTUNITY_DELIVERY_DATE, OPPORTUNITY_CLOSE_DATE,
	OPPORTUNITY_WON_AT, OPPORTUNITY_LOST_AT, OPPORTUNITY_LOSS_REASON, OPPORTUNITY_COMPETITOR, OPPORTUNITY_WINNER,
	OPPORTUNITY_NOTE, OPPORTUNITY_STATUS_NOTE, OPPORTUNITY_CREATED_AT, OPPORTUNITY_CREATED_BY, OPPORTUNITY_CHANGED_AT,
	OPPORTUNITY_CHANGED_BY, OPPORTUNITY_STAGE_REACHED, OPPORTUNITY_PROGRESS_METHOD, OPPORTUNITY_CUSTOM,
	OPPORTUNITY_GROUP_VALUES, N_OPPORTUNITY_FIELDS
};

struct Import;

typedef struct ImportRecord
{
	const char *name;			/* of the table, too */
	NameKind	kind;
	const ImportField *fields;
	int			n_fields;
	const char *required;		/* the field without which there is no record, */
	const char *required_else;	/* or which it can be made of */
	void		(*finish) (struct Import *import);	/* what follows from the fields of a row */
} ImportRecord;

extern const ImportRecord *find_record(const char *name);
extern int	find_field(const ImportRecord *record, const char *name);
extern int	field_of(const ImportRecord *record, const char *name);
extern bool is_mapped_to(const ImportField *field);
extern bool is_stored(const ImportField *field);
extern bool is_stamp(const ImportField *field);
extern const char *field_column(const ImportField *field);
extern Oid	field_type(const ImportField *field);

#endif
