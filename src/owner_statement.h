/*
 * owner_statement.h
 *		Statements that run as the owner of a table, like those of foreign keys.
 */
#ifndef SALESOPP_OWNER_STATEMENT_H
#define SALESOPP_OWNER_STATEMENT_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/relcache.h"

#define MAX_PLAN_ARGUMENTS 22

/* A statement: how its text is made for a table, and the types of its parameters. Its plan is kept. */
typedef struct Statement
{
	void		(*write) (StringInfo sql, Relation rel);
	int			n_arguments;
	Oid			types[MAX_PLAN_ARGUMENTS];
} Statement;

extern uint64 run_as_owner(Relation rel, const Statement *statement, Datum *values, const char *nulls);
extern uint64 run_as_owner_in_snapshot(Relation rel, const Statement *statement, Datum *values,
									   const char *nulls);
extern uint64 look_up_as_owner(Relation rel, const Statement *statement, Datum *values);
extern uint64 run_once_as_owner(Relation rel, const char *sql, int n_arguments, const Oid *types, Datum *values,
								const char *nulls);
extern uint64 lock_as_owner(Relation rel, const Statement *statement, Datum *values, const char *nulls);
extern void refuse_concurrent_change(void);

#endif
