/*
 * import.h
 *		An import: rows of a table, most often of texts from a file of another system, become records.
 */
#ifndef SALESOPP_IMPORT_H
#define SALESOPP_IMPORT_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "pgtime.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

#include "import/import_field.h"
#include "import/import_names.h"
#include "import/import_source.h"
#include "import/imported_date.h"
#include "import/imported_number.h"

/* A column of the source that becomes something. */
typedef struct ImportColumn
{
	const char *heading;
	const char *target;
	ValueKind	kind;
	int			field;			/* of the record */
	const char *custom;			/* the custom field that it becomes */
	List	   *choices;		/* of that */
	int64		group;			/* the group field that it becomes a value of */
	NumberSurvey numbers;
	DecimalMark mark;
	DateSurvey	dates;
	DayOrder	order;
	bool		is_fraction;	/* percentages are written as parts of 1 */
	int64		above_one_row;
	int64		fraction_row;
	struct TextMemo *labels;	/* that texts have turned out to say */
	bool		is_undecided;	/* how its numbers are written; that has been said */
	char	   *text;			/* of the current row; NULL: nothing stands there */
	Size		length;
	const char *said_under;		/* the heading under which the text stands, its own or that of a stand-in */
} ImportColumn;

/* A further column of the source for what another becomes, on rows where that one is empty. */
typedef struct StandIn
{
	const char *heading;
	ImportColumn *column;
} StandIn;

typedef struct ImportOptions
{
	bool		partial;
	DecimalMark mark;
	DayOrder	order;
	uint32		creates;		/* a bit for each NameKind of which new ones are made */
	const char *sales_process;
	bool		clear;			/* an empty cell clears what is there */
} ImportOptions;

typedef struct Import
{
	const ImportRecord *record;
	ImportSource *source;
	int64		organization_id;
	pg_tz	   *zone;			/* of the organization */
	ImportOptions options;
	ImportColumn *columns;
	int			n_columns;
	StandIn    *stand_ins;
	int			n_stand_ins;
	Datum		custom_keys;	/* the names of the custom fields that columns become, an array */
	bool		is_trial;		/* nothing is to be written */
	bool		keeps_rows;
	bool		shows_progress;
	bool		gives_stamps;	/* the role may */
	MemoryContext context;
	Names	   *names[N_NAME_KINDS];

	/* the current row */
	MemoryContext row_context;
	int64		row_number;
	bool		is_refused;
	bool		is_below_total;	/* and no record since */
	Datum		values[MAX_IMPORT_FIELDS];
	bool		nulls[MAX_IMPORT_FIELDS];
	List	   *used;			/* new names */
	JsonbParseState *custom;
	List	   *group_values;

	/* what has been read */
	int64		n_rows;
	int64		n_refused;
	int64		n_errors;
	char	   *first_errors;
	const char *currency;		/* of the first amount that says it */
	List	   *stages;			/* of all sales processes */
	struct TextMemo *stage_words;
	int64		default_process;	/* 0: none */
	TimestampTz now;
	Tuplestorestate *rows;		/* those that are good */
	TupleDesc	row_desc;
	Tuplestorestate *known;		/* what of them is there already */
	TupleDesc	name_desc;
	Tuplestorestate *refused;	/* the numbers of those that are not */
	TupleDesc	refused_desc;
	Tuplestorestate *problems;
	TupleDesc	problem_desc;
	Tuplestorestate *new_names[N_NAME_KINDS];
	int64		last_trial_id;
	Oid			sequences[N_NAME_KINDS];
} Import;

extern bool is_opportunity(const Import *import);

/* The column that becomes the field; NULL where none does. */
static inline ImportColumn *
column_of(const Import *import, int field)
{
	for (int i = 0; i < import->n_columns; i++)
		if (import->columns[i].field == field && import->columns[i].custom == NULL && import->columns[i].group == 0)
			return &import->columns[i];
	return NULL;
}

static inline bool
has_value(const Import *import, int field)
{
	return !import->nulls[field];
}

static inline void
put_value(Import *import, int field, Datum value)
{
	import->values[field] = value;
	import->nulls[field] = false;
}

static inline void
put_none(Import *import, int field)
{
	import->nulls[field] = true;
}

#endif
