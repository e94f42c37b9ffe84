/*
 * stage_progress.h
 *		Automatic progress on its way from the stages to their opportunity.
 */
#ifndef SALESOPP_STAGE_PROGRESS_H
#define SALESOPP_STAGE_PROGRESS_H

#include "postgres.h"
#include "utils/relcache.h"

/* The keys are the organization and the opportunity. */
extern void send_progress(Relation stages, Datum *keys);
extern Datum progress_of_stages(Relation opportunity, Datum *keys);

#endif
