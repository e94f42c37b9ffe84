/*
 * own_relation.h
 *		Tables and views of the schema, by name.
 */
#ifndef SALESOPP_OWN_RELATION_H
#define SALESOPP_OWN_RELATION_H

#include "postgres.h"

extern Oid	own_relation(const char *name);

#endif
