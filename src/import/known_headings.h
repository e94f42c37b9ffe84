/*
 * known_headings.h
 *		How other systems head the columns of what they export.
 */
#ifndef SALESOPP_KNOWN_HEADINGS_H
#define SALESOPP_KNOWN_HEADINGS_H

#include "postgres.h"

typedef struct KnownHeadings
{
	const char *record;
	const char *field;
	const char *keys;			/* with a bar around each */
} KnownHeadings;

/* Ends with a record that is NULL. */
extern const KnownHeadings known_headings[];

#endif
