/*
 * stage_copy.h
 *		An opportunity's own copy of the stages of its sales process.
 */
#ifndef SALESOPP_STAGE_COPY_H
#define SALESOPP_STAGE_COPY_H

#include "postgres.h"
#include "utils/relcache.h"

extern int32 first_stage_to_copy(Relation opportunity, Datum organization_id, Datum sales_process_id);
extern int32 copy_stages(Relation opportunity, Datum organization_id, Datum opportunity_id,
						 Datum sales_process_id);
extern void copy_stages_from_opportunity(Relation opportunity, Datum organization_id,
										 Datum opportunity_id, Datum copied_from_id);
extern bool is_copying_stages(void);

#endif
