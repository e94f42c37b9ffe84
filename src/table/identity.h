/*
 * identity.h
 *		Ids that are typed in, and the sequence that gives the others.
 */
#ifndef SALESOPP_IDENTITY_H
#define SALESOPP_IDENTITY_H

#include "postgres.h"
#include "access/attnum.h"

/*
 * How far beyond the sequence an id may be. Organizations share the sequence, so a far one would take ids from
 * all of them.
 */
typedef enum IdRange
{
	NEAR_IDS,					/* of those under row security */
	FAR_IDS,					/* of those who bypass it */
	RESTORED_IDS				/* whatever there was */
} IdRange;

/* Afterwards the sequence does not give this id any more. */
extern void take_id(Oid relid, AttrNumber column, int64 id, IdRange range);

#endif
