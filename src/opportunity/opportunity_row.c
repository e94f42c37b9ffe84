/*
 * opportunity_row.c
 *		The columns of opportunities that rules look at.
 */
#include "compat.h"

#include "utils/rel.h"

#include "opportunity/history_instant.h"
#include "opportunity/opportunity_row.h"

void
find_opportunity_columns(OpportunityColumns *columns, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);

	find_stamp_columns(&columns->stamps, rel);
	columns->stamps.instant = history_instant;
	columns->status = column_number(desc, "status");
	columns->estimated_revenue = column_number(desc, "estimated_revenue");
	columns->actual_revenue = column_number(desc, "actual_revenue");
	columns->progress = column_number(desc, "progress");
	columns->progress_method = column_number(desc, "progress_method");
	columns->delivery_date = column_number(desc, "delivery_date");
	columns->close_date = column_number(desc, "close_date");
	columns->closed_at = column_number(desc, "closed_at");
	columns->loss_reason_id = column_number(desc, "loss_reason_id");
	columns->sales_process_id = column_number(desc, "sales_process_id");
	columns->copied_from_id = column_number(desc, "copied_from_id");
	columns->custom = column_number(desc, "custom");
	columns->deleted_at = column_number(desc, "deleted_at");
	columns->note = column_number(desc, "note");
	columns->status_note = column_number(desc, "status_note");
	columns->version = optional_column_number(desc, "version");
	columns->stage_position = optional_column_number(desc, "stage_position");
	columns->stage_reached = optional_column_number(desc, "stage_reached");
	enum_labels_lookup(&opportunity_status_labels, TupleDescAttr(desc, columns->status - 1)->atttypid);
	enum_labels_lookup(&progress_method_labels,
					   TupleDescAttr(desc, columns->progress_method - 1)->atttypid);
}

/* The columns and types, looked up once a statement. */
const OpportunityColumns *
opportunity_columns(FunctionCallInfo fcinfo)
{
	OpportunityColumns *columns = fcinfo->flinfo->fn_extra;

	if (columns == NULL)
	{
		columns = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(OpportunityColumns));
		find_opportunity_columns(columns, ((TriggerData *) fcinfo->context)->tg_relation);
		fcinfo->flinfo->fn_extra = columns;
	}
	return columns;
}

int64
id_of(const OpportunityColumns *columns, const Row *row)
{
	return DatumGetInt64(value_of(row, columns->stamps.id));
}

OpportunityStatus
status_of(const OpportunityColumns *columns, const Row *row)
{
	return enum_position(&opportunity_status_labels, DatumGetObjectId(value_of(row, columns->status)));
}

ProgressMethod
progress_method_of(const OpportunityColumns *columns, const Row *row)
{
	return enum_position(&progress_method_labels,
						 DatumGetObjectId(value_of(row, columns->progress_method)));
}
