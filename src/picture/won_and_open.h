/*
 * won_and_open.h
 *		What the pipeline is worth, won and open apart.
 */
#ifndef SALESOPP_WON_AND_OPEN_H
#define SALESOPP_WON_AND_OPEN_H

#include "postgres.h"
#include "utils/numeric.h"

#include "text/language.h"

typedef struct Value
{
	Numeric		won;
	Numeric		open;
} Value;

extern Value no_value(void);
extern void add_value(Value *sum, const Value *value);
extern Numeric value_sum(const Value *value);
extern bool is_worthless(const Value *value);

/* The name, and the values in words. */
extern const char *describe_value(Language language, const char *name, const Value *value);

#endif
