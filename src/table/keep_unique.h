/*
 * keep_unique.h
 *		What is there once at most among the rows of one parent.
 */
#ifndef SALESOPP_KEEP_UNIQUE_H
#define SALESOPP_KEEP_UNIQUE_H

#include "postgres.h"
#include "utils/relcache.h"

/* The parent whose rows a statement's trigger has looked at last; all zero at first. */
typedef struct LastParent
{
	bool		is_known;
	int64		organization_id;
	int64		id;
} LastParent;

extern bool is_next_parent(LastParent *last, const Datum *keys);
extern void keep_positions_unique(Relation stages, Datum *keys);

#endif
