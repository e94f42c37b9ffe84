/*
 * opportunity_row.h
 *		The columns of opportunities that rules look at.
 */
#ifndef SALESOPP_OPPORTUNITY_ROW_H
#define SALESOPP_OPPORTUNITY_ROW_H

#include "compat.h"

#include "enum_labels.h"
#include "table/stamp.h"

typedef struct OpportunityColumns
{
	StampColumns stamps;
	AttrNumber	status;
	AttrNumber	estimated_revenue;
	AttrNumber	actual_revenue;
	AttrNumber	progress;
	AttrNumber	progress_method;
	AttrNumber	delivery_date;
	AttrNumber	close_date;
	AttrNumber	closed_at;
	AttrNumber	loss_reason_id;
	AttrNumber	sales_process_id;
	AttrNumber	copied_from_id;
	AttrNumber	custom;
	AttrNumber	deleted_at;
	AttrNumber	note;
	AttrNumber	status_note;
	AttrNumber	version;		/* these since 1.2; none until it is updated */
	AttrNumber	stage_position;
	AttrNumber	stage_reached;
} OpportunityColumns;

extern void find_opportunity_columns(OpportunityColumns *columns, Relation rel);
extern const OpportunityColumns *opportunity_columns(FunctionCallInfo fcinfo);
extern int64 id_of(const OpportunityColumns *columns, const Row *row);
extern OpportunityStatus status_of(const OpportunityColumns *columns, const Row *row);
extern ProgressMethod progress_method_of(const OpportunityColumns *columns, const Row *row);

#endif
