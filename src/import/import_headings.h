/*
 * import_headings.h
 *		Which field each column of a source becomes, by its heading.
 */
#ifndef SALESOPP_IMPORT_HEADINGS_H
#define SALESOPP_IMPORT_HEADINGS_H

#include "postgres.h"
#include "nodes/pg_list.h"

#include "import/import_field.h"

/* What else an organization has that a column can become. */
typedef struct OwnField
{
	const char *name;
	int64		id;
	const char *data_type;		/* of a custom field; NULL for a group field */
	List	   *choices;
} OwnField;

typedef struct Proposal
{
	const char *heading;
	const char *target;			/* NULL: none */
	const char *stands_in_for;	/* the field of a surer column, on rows where that one is empty */
	const char *note;			/* NULL: nothing to say */
} Proposal;

#define CUSTOM_TARGET "custom."
#define GROUP_TARGET "group."

extern char *heading_key(const char *heading);
extern bool is_key_of_word(const char *key, const char *words);
extern bool key_in(const char *keys, const char *key);
extern List *own_fields(int64 organization_id);
extern const OwnField *find_own_field(List *own, const char *target);
extern List *texts_of(Datum array);
extern bool is_heading_of(const ImportRecord *record, const char *field, const char *heading);
extern Proposal *propose_targets(const ImportRecord *record, List *own, List *headings);

#endif
