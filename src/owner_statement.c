/*
 * owner_statement.c
 *		Statements that run as the owner of a table, like those of foreign keys.
 *
 * What a rule has to see or note does not depend on what the one who set it off may see or write. All names
 * and operators in the statements are qualified.
 */
#include "compat.h"

#include "access/table.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "owner_statement.h"

typedef struct PlanKey
{
	const Statement *statement;
	Oid			relid;
} PlanKey;

typedef struct PlanEntry
{
	PlanKey		key;
	SPIPlanPtr	plan;
} PlanEntry;

static HTAB *plans;

static PlanEntry *
find_entry(const Statement *statement, Oid relid)
{
	PlanKey		key;
	PlanEntry  *entry;
	bool		found;

	if (plans == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(PlanKey), .entrysize = sizeof(PlanEntry)};

		plans = hash_create("salesopp plans", 64, &control, HASH_ELEM | HASH_BLOBS);
	}
	memset(&key, 0, sizeof(key));
	key.statement = statement;
	key.relid = relid;
	entry = hash_search(plans, &key, HASH_ENTER, &found);
	if (!found)
		entry->plan = NULL;
	return entry;
}

static SPIPlanPtr
prepare(const char *sql, int n_arguments, const Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare(sql, n_arguments, (Oid *) types);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare returned %s for %s", SPI_result_code_string(SPI_result), sql);
	return plan;
}

/* Prepared once for each table. */
static SPIPlanPtr
kept_plan(Relation rel, const Statement *statement)
{
	PlanEntry  *entry = find_entry(statement, RelationGetRelid(rel));
	SPIPlanPtr	plan = entry->plan;
	StringInfoData sql;

	if (plan != NULL && SPI_plan_is_valid(plan))
		return plan;

	entry->plan = NULL;
	if (plan != NULL)
		SPI_freeplan(plan);

	initStringInfo(&sql);
	statement->write(&sql, rel);
	plan = prepare(sql.data, statement->n_arguments, statement->types);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	entry->plan = plan;
	return plan;
}

/* What a statement sees. */
typedef enum Sight
{
	WHAT_IS_THERE,				/* now, also where the transaction does not see it */
	WHAT_THE_TRANSACTION_SEES,
	WHAT_THE_CALLER_SEES		/* the statement that is being executed; nothing can be written */
} Sight;

/* Without a snapshot of its own, the statement has the one that a statement of the transaction has. */
static uint64
execute(SPIPlanPtr plan, Datum *values, const char *nulls, Sight sight)
{
	bool		latest = sight == WHAT_IS_THERE && IsolationUsesXactSnapshot();
	int			result = SPI_execute_snapshot(plan, values, nulls,
											  latest ? GetLatestSnapshot() : InvalidSnapshot,
											  latest ? GetTransactionSnapshot() : InvalidSnapshot,
											  sight == WHAT_THE_CALLER_SEES, true, 0);

	if (result < 0)
		elog(ERROR, "SPI_execute_snapshot returned %s", SPI_result_code_string(result));
	return SPI_processed;
}

typedef struct User
{
	Oid			id;
	int			context;
} User;

/* Returns the user to go back to. An error leaves it to the end of the transaction to go back, as in ri_triggers.c. */
static User
become_owner(Relation rel)
{
	User		user;

	GetUserIdAndSecContext(&user.id, &user.context);
	SetUserIdAndSecContext(rel->rd_rel->relowner,
						   user.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	return user;
}

static uint64
execute_as_owner(Relation rel, const Statement *statement, Datum *values, const char *nulls, Sight sight)
{
	User		caller = become_owner(rel);
	uint64		processed;

	processed = execute(kept_plan(rel, statement), values, nulls, sight);
	SetUserIdAndSecContext(caller.id, caller.context);
	return processed;
}

/*
 * Runs the statement inside the caller's SPI_connect; returns the number of rows, which are in
 * SPI_tuptable. It sees what is there now, also where the transaction does not: a rule looks at all
 * rows. An UPDATE or DELETE of a row that the transaction sees otherwise fails.
 */
uint64
run_as_owner(Relation rel, const Statement *statement, Datum *values, const char *nulls)
{
	return execute_as_owner(rel, statement, values, nulls, WHAT_IS_THERE);
}

/* As run_as_owner, for a statement that is run only once: no plan is kept. */
uint64
run_once_as_owner(Relation rel, const char *sql, int n_arguments, const Oid *types, Datum *values, const char *nulls)
{
	User		caller = become_owner(rel);
	SPIPlanPtr	plan;
	uint64		processed;

	plan = prepare(sql, n_arguments, types);
	processed = execute(plan, values, nulls, WHAT_IS_THERE);
	SPI_freeplan(plan);
	SetUserIdAndSecContext(caller.id, caller.context);
	return processed;
}

/*
 * As run_as_owner, but it sees what the transaction sees. Locking a row that has changed since then
 * fails.
 */
uint64
run_as_owner_in_snapshot(Relation rel, const Statement *statement, Datum *values, const char *nulls)
{
	return execute_as_owner(rel, statement, values, nulls, WHAT_THE_TRANSACTION_SEES);
}

/*
 * As run_as_owner, but it sees what the statement sees that is being executed, and cannot write: so it may run
 * in whatever can call a stable function, a parallel worker included.
 */
uint64
look_up_as_owner(Relation rel, const Statement *statement, Datum *values)
{
	return execute_as_owner(rel, statement, values, NULL, WHAT_THE_CALLER_SEES);
}

/*
 * For a statement that locks the rows that a rule looks at. They must be those that the transaction sees: otherwise
 * it would decide by one state and write to another. PostgreSQL itself refuses rows that have changed since.
 * Whether there are more or fewer of them now is found out by looking once more.
 */
uint64
lock_as_owner(Relation rel, const Statement *statement, Datum *values, const char *nulls)
{
	uint64		seen = run_as_owner_in_snapshot(rel, statement, values, nulls);

	if (IsolationUsesXactSnapshot() && run_as_owner(rel, statement, values, nulls) != seen)
		refuse_concurrent_change();
	return seen;
}

/* What PostgreSQL says of a row that has changed since the transaction's snapshot. */
void
refuse_concurrent_change(void)
{
	ereport(ERROR,
			errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			errmsg("could not serialize access due to concurrent update"));
}
