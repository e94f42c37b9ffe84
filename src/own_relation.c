/*
 * own_relation.c
 *		Tables and views of the schema, by name: where a function begins. A trigger finds other tables through the
 *		foreign keys of its own.
 */
#include "compat.h"

#include "catalog/namespace.h"
#include "utils/lsyscache.h"

#include "own_relation.h"

Oid
own_relation(const char *name)
{
	return get_relname_relid(name, get_namespace_oid("salesopp", false));
}
