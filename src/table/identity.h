/*
 * identity.h
 *		Ids that are typed in, and the sequence that gives the others.
 */
#ifndef SALESOPP_IDENTITY_H
#define SALESOPP_IDENTITY_H

#include "postgres.h"
#include "access/attnum.h"

/* How far beyond the sequence an id may be: a privilege, as all organizations share the sequence. */
typedef enum IdRange
{
	NEAR_IDS,					/* of those under row security */
	FAR_IDS,					/* of those who bypass it */
	RESTORED_IDS				/* whatever there was */
} IdRange;

/* After that, no default is the id again. */
extern void take_id(Oid relid, AttrNumber column, int64 id, IdRange range);

#endif
