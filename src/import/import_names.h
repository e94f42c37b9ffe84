/*
 * import_names.h
 *		From names, as people write them, to ids of the organization.
 */
#ifndef SALESOPP_IMPORT_NAMES_H
#define SALESOPP_IMPORT_NAMES_H

#include "postgres.h"
#include "lib/stringinfo.h"

/* In the order in which the names in a row are looked up: what belongs to a company comes after it. */
typedef enum NameKind
{
	NO_NAMES,
	COMPANY_EXTERNAL_IDS,
	COMPANY_NAMES,
	CONTACT_NAMES,
	PROJECT_NAMES,
	EMPLOYEE_NAMES,
	DEPARTMENT_NAMES,
	SALES_REGION_NAMES,
	SALES_PROCESS_NAMES,
	STAGE_NAMES,
	LOSS_REASON_NAMES,
	COMPETITOR_NAMES,
	GROUP_VALUE_NAMES,
	OPPORTUNITY_NAMES,
	ACTIVITIES,					/* which nothing names */
	N_NAME_KINDS
} NameKind;

/* What a name says. There may be several of it. */
typedef struct Named
{
	NameKind	kind;
	int64		id;				/* 0: there is none */
	int64		parent;			/* company of a contact or project, sales process of a stage; 0: none */
	bool		is_ambiguous;
	bool		is_inactive;
	bool		has_external_id;
	bool		is_new;			/* made by this import */
	bool		is_stored;		/* no row has to be made of it any more */
	const char *name;			/* of a new one */
	const char *nearest;		/* those that are like one that is not there */
} Named;

typedef struct Names Names;

/* Whatever belongs to nothing, and whatever it belongs to. */
#define NO_PARENT INT64CONST(0)
#define ANY_PARENT INT64CONST(-1)

/* Ids that stand only for this import are below. */
#define FIRST_TRIAL_ID INT64CONST(-10)

extern const char *name_kind_table(NameKind kind);
extern const char *name_kind_words(NameKind kind);
extern Names *load_names(NameKind kind, int64 organization_id, bool is_trial);
extern Named *find_name(Names *names, int64 parent, const char *name, Size length);
extern Named *add_name(Names *names, int64 parent, const char *name, Size length, int64 id);
extern void add_key(Names *names, const char *name, Named *named);
extern const char *hint_of_nearest(Names *names, int64 parent, const char *name, Size length, const char *advice);

#endif
