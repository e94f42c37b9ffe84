/*
 * history_instant.h
 *		From when the changes of a transaction count, and up to when the history is final.
 */
#ifndef SALESOPP_HISTORY_INSTANT_H
#define SALESOPP_HISTORY_INSTANT_H

#include "postgres.h"
#include "datatype/timestamp.h"

extern TimestampTz history_instant(void);
extern TimestampTz settled_instant(void);

#endif
