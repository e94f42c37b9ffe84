/*
 * enum_labels.h
 *		The extension's enum types, as C enums.
 */
#ifndef SALESOPP_ENUM_LABELS_H
#define SALESOPP_ENUM_LABELS_H

#include "postgres.h"
#include "fmgr.h"

typedef enum OpportunityStatus
{
	STATUS_OPEN,
	STATUS_WON,
	STATUS_LOST
} OpportunityStatus;

#define N_STATUSES 3

typedef enum StageStatus
{
	STAGE_PENDING,
	STAGE_COMPLETED,
	STAGE_CANCELLED
} StageStatus;

typedef enum ProgressMethod
{
	PROGRESS_AUTOMATIC,
	PROGRESS_MANUAL
} ProgressMethod;

#define MAX_ENUM_LABELS 3

/* Which label of an enum type has which number in the database; filled at first use. */
typedef struct EnumLabels
{
	const char *names[MAX_ENUM_LABELS];
	int			count;
	Oid			type;
	Oid			oids[MAX_ENUM_LABELS];
} EnumLabels;

extern EnumLabels opportunity_status_labels;
extern EnumLabels stage_status_labels;
extern EnumLabels progress_method_labels;

extern void enum_labels_lookup(EnumLabels *labels, Oid type);
extern void enum_labels_lookup_by_value(EnumLabels *labels, Oid stored);

/*
 * For functions that take the enum: looked up at the first call of a query. Who calls without an expression,
 * as the fast path of the protocol and a distributed engine do, does not say what the argument's type is.
 */
static inline void
enum_labels_lookup_for_argument(EnumLabels *labels, FunctionCallInfo fcinfo, int argument)
{
	Oid			type;

	if (fcinfo->flinfo->fn_extra == labels)
		return;
	type = get_fn_expr_argtype(fcinfo->flinfo, argument);
	if (OidIsValid(type))
		enum_labels_lookup(labels, type);
	else
		enum_labels_lookup_by_value(labels, PG_GETARG_OID(argument));
	fcinfo->flinfo->fn_extra = labels;
}

/* The C enum's value for a stored one; the labels of its type must have been looked up. */
static inline int
enum_position(const EnumLabels *labels, Oid stored)
{
	for (int i = 0; i < labels->count; i++)
		if (labels->oids[i] == stored)
			return i;
	elog(ERROR, "unexpected enum value %u of type %u", stored, labels->type);
}

#endif
