/*
 * owner_statement.c
 *		Statements that triggers run as the owner of their table, prepared once per table.
 *
 * They run as the owner of the relation, like those of foreign keys: what a rule has to see or
 * note does not depend on what the one who set it off may see or write. All names and operators in
 * them are qualified.
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

#include "table/owner_statement.h"

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
prepared(Relation rel, const Statement *statement)
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
	plan = SPI_prepare(sql.data, statement->n_arguments, (Oid *) statement->types);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare returned %s for %s", SPI_result_code_string(SPI_result), sql.data);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	entry->plan = plan;
	return plan;
}

/*
 * An error leaves the user to transaction abort to restore, as in ri_triggers.c. Without a snapshot
 * the statement has the one that a statement of the transaction has.
 */
static uint64
execute_as_owner(Relation rel, const Statement *statement, Datum *values, const char *nulls,
				 Snapshot snapshot, Snapshot crosscheck)
{
	SPIPlanPtr	plan;
	Oid			user;
	int			context;
	int			result;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(rel->rd_rel->relowner,
						   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	plan = prepared(rel, statement);
	result = SPI_execute_snapshot(plan, values, nulls, snapshot, crosscheck, false, true, 0);
	SetUserIdAndSecContext(user, context);

	if (result < 0)
		elog(ERROR, "SPI_execute_snapshot returned %s", SPI_result_code_string(result));
	return SPI_processed;
}

/*
 * Runs the statement inside the caller's SPI_connect; returns the number of rows, which are in
 * SPI_tuptable. It sees what is there now, also where the transaction does not: a rule looks at all
 * rows. An UPDATE or DELETE of a row that the transaction sees otherwise fails.
 */
uint64
run_as_owner(Relation rel, const Statement *statement, Datum *values, const char *nulls)
{
	if (!IsolationUsesXactSnapshot())
		return run_as_owner_in_snapshot(rel, statement, values, nulls);
	return execute_as_owner(rel, statement, values, nulls, GetLatestSnapshot(), GetTransactionSnapshot());
}

/*
 * As run_as_owner, but it sees what the transaction sees. Locking a row that has changed since then
 * fails.
 */
uint64
run_as_owner_in_snapshot(Relation rel, const Statement *statement, Datum *values, const char *nulls)
{
	return execute_as_owner(rel, statement, values, nulls, InvalidSnapshot, InvalidSnapshot);
}

/*
 * For a statement that locks the rows that a rule looks at: they must be those that the transaction
 * sees, or what it does would rest on two states. PostgreSQL itself refuses those that have changed;
 * that there are others now is told by looking once more.
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
