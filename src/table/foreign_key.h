/*
 * foreign_key.h
 *		Other tables, found through the foreign keys.
 */
#ifndef SALESOPP_FOREIGN_KEY_H
#define SALESOPP_FOREIGN_KEY_H

#include "postgres.h"
#include "utils/relcache.h"

extern Oid	referenced_table(Relation rel, const char *column);
extern Oid	organization_table(Relation rel);
extern Oid	referencing_table(Relation rel, const char *column);
extern const char *qualified_name(Oid relid);

#endif
