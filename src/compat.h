/*
 * compat.h
 *		Every difference between the supported PostgreSQL versions, in one place.
 */
#ifndef SALESOPP_COMPAT_H
#define SALESOPP_COMPAT_H

#include "postgres.h"
#include "fmgr.h"

#include "message.h"

#if PG_VERSION_NUM < 150000
#error "salesopp needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* What a setting's check hook hands over is freed by the settings machinery, each in its own way. */
#if PG_VERSION_NUM >= 160000
#define allocate_for_setting(size) guc_malloc(LOG, size)
#else
#define allocate_for_setting(size) malloc(size)
#endif

/* PostgreSQL 18 has this word, which stands in front of a declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* Whether it may be deferrable has to be said from 18 on. */
#if PG_VERSION_NUM >= 180000
#define primary_key_index(relation) RelationGetPrimaryKeyIndex(relation, false)
#else
#define primary_key_index(relation) RelationGetPrimaryKeyIndex(relation)
#endif

/* Which row stands in the way is not asked; that the row itself is there already can be said from 18 on. */
#if PG_VERSION_NUM >= 180000
#define check_index_constraints(result, slot, estate, indexes) \
	ExecCheckIndexConstraints(result, slot, estate, &(ItemPointerData) {0}, &(ItemPointerData) {0}, indexes)
#else
#define check_index_constraints(result, slot, estate, indexes) \
	ExecCheckIndexConstraints(result, slot, estate, &(ItemPointerData) {0}, indexes)
#endif

/* Whether a stronger one counts has to be said from 17 on. */
#if PG_VERSION_NUM >= 170000
#define is_lock_held_by_me(tag, mode) LockHeldByMe(tag, mode, false)
#else
#define is_lock_held_by_me(tag, mode) LockHeldByMe(tag, mode)
#endif

#if PG_VERSION_NUM >= 160000
#define is_owner_of_table(relid, role) object_ownercheck(RelationRelationId, relid, role)
#else
#define is_owner_of_table(relid, role) pg_class_ownercheck(relid, role)
#endif

#if PG_VERSION_NUM >= 180000
#define is_enforced_check(constraint) ((constraint)->ccenforced)
#else
#define is_enforced_check(constraint) true
#endif

/* The sequence of an identity column, or none. */
#if PG_VERSION_NUM >= 170000
#define find_identity_sequence(relation, column) getIdentitySequence(relation, column, true)
#else
#define find_identity_sequence(relation, column) getIdentitySequence(RelationGetRelid(relation), column, true)
#endif

/* How pg_trgm has a text in lower case: by the C library, until it followed the database's locale. */
#if PG_VERSION_NUM >= 180000
#include "catalog/pg_collation.h"
#include "utils/formatting.h"
#define lower_in_trigrams(string) str_tolower(string, strlen(string), DEFAULT_COLLATION_OID)
#else
/* as tsearch/ts_locale.h declares it, which needs the headers of ICU */
extern char *lowerstr(const char *str);
#define lower_in_trigrams(string) lowerstr(string)
#endif

#if PG_VERSION_NUM >= 180000
#define SALESOPP_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "salesopp", .version = SALESOPP_VERSION)
#else
#define SALESOPP_MODULE_MAGIC PG_MODULE_MAGIC
#endif

#endif
