/*
 * enum_labels.c
 *		The extension's enum types, as C enums.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "utils/syscache.h"

#include "enum_labels.h"

EnumLabels	opportunity_status_labels = {.names = {"open", "won", "lost"}, .count = N_STATUSES};
EnumLabels	stage_status_labels = {.names = {"pending", "completed", "cancelled"}, .count = 3};
EnumLabels	progress_method_labels = {.names = {"automatic", "manual"}, .count = 2};

void
enum_labels_lookup(EnumLabels *labels, Oid type)
{
	/* the labels of a type keep their numbers; a type made anew has another one */
	if (OidIsValid(type) && labels->type == type)
		return;

	labels->type = InvalidOid;
	for (int i = 0; i < labels->count; i++)
	{
		HeapTuple	tuple = SearchSysCache2(ENUMTYPOIDNAME, ObjectIdGetDatum(type),
											CStringGetDatum(labels->names[i]));

		if (!HeapTupleIsValid(tuple))
			ereport(ERROR,
					errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("type %u has no value \"%s\"", type, labels->names[i]));
		labels->oids[i] = ((Form_pg_enum) GETSTRUCT(tuple))->oid;
		ReleaseSysCache(tuple);
	}
	labels->type = type;
}

/* The type is that of a value. */
void
enum_labels_lookup_by_value(EnumLabels *labels, Oid stored)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(stored));
	Oid			type;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for enum value %u", stored);
	type = ((Form_pg_enum) GETSTRUCT(tuple))->enumtypid;
	ReleaseSysCache(tuple);
	enum_labels_lookup(labels, type);
}
