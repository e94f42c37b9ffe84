/*
 * stage_facts.h
 *		What an opportunity says of its stages, on its way from there.
 */
#ifndef SALESOPP_STAGE_FACTS_H
#define SALESOPP_STAGE_FACTS_H

#include "postgres.h"
#include "utils/relcache.h"

/* The positions are NULL where there is no such stage. */
typedef struct StageFacts
{
	Datum		progress;
	Datum		position;		/* of the earliest pending one */
	Datum		reached;		/* of the completed one that stands last */
	bool		has_position;
	bool		has_reached;
} StageFacts;

/* The keys are the organization and the opportunity. */
extern void send_stage_facts(Relation stages, Datum *keys);
extern StageFacts stage_facts(Relation opportunity, Datum *keys);
extern void fill_in_positions(Relation history, Datum organization_id);

#endif
