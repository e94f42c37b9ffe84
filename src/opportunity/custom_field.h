/*
 * custom_field.h
 *		The values of custom fields and their definitions.
 */
#ifndef SALESOPP_CUSTOM_FIELD_H
#define SALESOPP_CUSTOM_FIELD_H

#include "postgres.h"
#include "utils/relcache.h"

extern void check_custom_values(Relation opportunity, Datum organization_id, int64 opportunity_id,
								Datum custom);

#endif
