/*
 * stage_copy.h
 *		An opportunity's own copy of the stages of its sales process.
 */
#ifndef SALESOPP_STAGE_COPY_H
#define SALESOPP_STAGE_COPY_H

#include "postgres.h"
#include "utils/relcache.h"

/* What an opportunity will say of the stages that are copied. */
typedef struct StageCopy
{
	int32		next;			/* position of the first that is pending; 0: none */
	int32		reached;		/* of the last that is completed; 0: none */
	Datum		progress;		/* its probability, where there is one */
} StageCopy;

extern StageCopy stages_to_copy(Relation opportunity, Datum organization_id, Datum sales_process_id, int32 reached);
extern StageCopy copy_stages(Relation opportunity, Datum organization_id, Datum opportunity_id,
							 Datum sales_process_id, int32 reached);
extern void copy_stages_from_opportunity(Relation opportunity, Datum organization_id,
										 Datum opportunity_id, Datum copied_from_id);
extern bool is_copying_stages(void);

#endif
