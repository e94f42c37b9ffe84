/*
 * make_staging.h
 *		A table for a CSV file.
 */
#ifndef SALESOPP_MAKE_STAGING_H
#define SALESOPP_MAKE_STAGING_H

#include "postgres.h"
#include "nodes/primnodes.h"

/* Gives its name, with its schema. */
extern RangeVar *make_staging_table(text *name, char **columns, int n);

#endif
