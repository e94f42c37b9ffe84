/*
 * plan_cache.h
 *		Statements that triggers run, prepared once per relation.
 */
#ifndef SALESOPP_PLAN_CACHE_H
#define SALESOPP_PLAN_CACHE_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/relcache.h"

#define MAX_PLAN_ARGUMENTS 14

/* A statement: how its text is made for a relation, and the types of its parameters. */
typedef struct Statement
{
	void		(*write) (StringInfo sql, Relation rel);
	int			n_arguments;
	Oid			types[MAX_PLAN_ARGUMENTS];
} Statement;

extern uint64 run_as_owner(Relation rel, const Statement *statement, Datum *values, const char *nulls);
extern uint64 run_as_owner_in_snapshot(Relation rel, const Statement *statement, Datum *values,
									   const char *nulls);
extern uint64 lock_as_owner(Relation rel, const Statement *statement, Datum *values, const char *nulls);
extern void refuse_concurrent_change(void);
extern Oid	referenced_table(Relation rel, const char *column);
extern Oid	referencing_table(Relation rel, const char *column);
extern const char *qualified_name(Oid relid);

#endif
