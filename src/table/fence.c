/*
 * fence.c
 *		An organization that is being moved to another server is fenced: nothing of it is written any more.
 *
 * Whoever is about to write holds a lock of the organization, from the first row to the end of the transaction, and looks once
 * whether it is fenced, when he has got it: at what is there now, also where the transaction does not see it. Whoever fences
 * it (or takes the fence away) gets the lock alone. So he waits for those who write, and who comes later sees the fence, however
 * old the snapshot.
 *
 * Who holds the lock has looked. That needs no memory of its own: a savepoint that is rolled back takes along the lock that was
 * taken in it, as PostgreSQL does. But locks are few, and a dump is restored in one transaction. Who writes to more organizations
 * than some holds a lock of all of them instead, and looks again whenever it comes to another one.
 *
 * The organization's row is found through the foreign keys, and the lock is taken beside it: on a distributed engine, where
 * the row is.
 */
#include "compat.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "own_relation.h"
#include "owner_statement.h"
#include "table/fence.h"
#include "table/foreign_key.h"
#include "table/row.h"
#include "table/stamp.h"

PG_FUNCTION_INFO_V1(check_fence);
PG_FUNCTION_INFO_V1(wait_for_writers);

/* As that of history_instant.c: users have 1 and 2 there. */
#define LOCK_CLASS 25194
#define WRITING ShareLock
#define FENCING ExclusiveLock

#define EVERY_ORGANIZATION 0	/* no organization has this id */
#define MANY_ORGANIZATIONS 32

static int	n_entered;			/* by this transaction, at most */
static int64 last_entered;		/* while it holds the lock of all */

static LOCKTAG
lock_tag(int64 organization_id)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) ((uint64) organization_id >> 32), (uint32) organization_id, LOCK_CLASS);
	return tag;
}

static bool
holds(int64 organization_id, LOCKMODE mode)
{
	LOCKTAG		tag = lock_tag(organization_id);

	return is_lock_held_by_me(&tag, mode);
}

static void
lock_organization(int64 organization_id, LOCKMODE mode)
{
	LOCKTAG		tag = lock_tag(organization_id);

	(void) LockAcquire(&tag, mode, false, false);
}

static void
begin_anew(XactEvent event, void *arg)
{
	n_entered = 0;
}

/* ----------
 * Whether it is fenced
 * ----------
 */

static void
write_any_fenced(StringInfo sql, Relation organization)
{
	appendStringInfo(sql,
					 "SELECT id FROM ONLY %s WHERE fenced_at IS NOT NULL ORDER BY id LIMIT 1",
					 qualified_name(RelationGetRelid(organization)));
}

static const Statement any_fenced = {write_any_fenced, 0};

/* By the key and without a statement, which would cost five times as much, in every transaction that writes. */
static bool
is_fenced(Relation rel, int64 organization_id)
{
	Relation	organization = table_open(organization_table(rel), AccessShareLock);
	TupleDesc	desc = RelationGetDescr(organization);
	Snapshot	now = RegisterSnapshot(GetLatestSnapshot());
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;
	bool		found;

	ScanKeyInit(&key, column_number(desc, "id"), BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(organization_id));
	scan = systable_beginscan(organization, primary_key_index(organization), true, now, 1, &key);
	row = systable_getnext(scan);
	found = HeapTupleIsValid(row) && !heap_attisnull(row, column_number(desc, "fenced_at"), desc);
	systable_endscan(scan);
	UnregisterSnapshot(now);
	table_close(organization, NoLock);
	return found;
}

static void
refuse_fenced(int64 organization_id)
{
	ereport(ERROR,
			errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
			errmsg("organization %lld is fenced: nothing of it is written", (long long) organization_id),
			errhint("It is being moved to another server. Try again later, and ask where it is then."));
}

/* ----------
 * Those who write
 * ----------
 */

/* What is restored had been fenced where it was dumped; who comes after it is looked at all the same. */
static bool
may_be_restored(const TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_INSERT(trigger->tg_event) && !row_security &&
		bypasses_row_security(RelationGetRelid(trigger->tg_relation));
}

static void
enter_one(const TriggerData *trigger, int64 organization_id)
{
	LOCKTAG		tag = lock_tag(organization_id);

	lock_organization(organization_id, WRITING);
	n_entered++;
	if (!is_fenced(trigger->tg_relation, organization_id))
		return;
	if (!may_be_restored(trigger))
		refuse_fenced(organization_id);
	LockRelease(&tag, WRITING, false);
}

static void
enter_all(const TriggerData *trigger, int64 organization_id)
{
	if (!holds(EVERY_ORGANIZATION, WRITING))
		lock_organization(EVERY_ORGANIZATION, WRITING);
	else if (organization_id == last_entered)
		return;
	last_entered = EVERY_ORGANIZATION;
	if (!is_fenced(trigger->tg_relation, organization_id))
		last_entered = organization_id;
	else if (!may_be_restored(trigger))
		refuse_fenced(organization_id);
}

/* Who has fenced it himself, or is about to take the fence away, looks each time. */
static void
enter(const TriggerData *trigger, int64 organization_id)
{
	if (holds(organization_id, WRITING) && !holds(organization_id, FENCING))
		return;
	if (n_entered < MANY_ORGANIZATIONS)
		enter_one(trigger, organization_id);
	else
		enter_all(trigger, organization_id);
}

/* ----------
 * Those who fence
 * ----------
 */

void
shut_out_writers(int64 organization_id)
{
	lock_organization(organization_id, FENCING);
	lock_organization(EVERY_ORGANIZATION, FENCING);
	last_entered = EVERY_ORGANIZATION;
}

static void
require_owner(Relation organization)
{
	if (!is_owner_of_table(RelationGetRelid(organization), GetUserId()))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("only the owner of the table salesopp.organization can fence an organization"),
				errhint("Do it as that role, or as a superuser."));
}

static void
check_organization_update(const TriggerData *trigger, int64 organization_id, AttrNumber fenced_at)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);

	if (heap_attisnull(trigger->tg_trigtuple, fenced_at, desc) != heap_attisnull(trigger->tg_newtuple, fenced_at, desc))
	{
		require_owner(trigger->tg_relation);
		shut_out_writers(organization_id);
	}
	else
		enter(trigger, organization_id);
}

/*
 * So that a function can wait before it locks the organization's row, which those who write may lock, too. The trigger waits as
 * well, where the row is.
 */
Datum
wait_for_writers(PG_FUNCTION_ARGS)
{
	Relation	organization = table_open(own_relation("organization"), RowExclusiveLock);

	require_owner(organization);
	table_close(organization, NoLock);
	shut_out_writers(PG_GETARG_INT64(0));
	PG_RETURN_VOID();
}

/* ----------
 * The trigger
 * ----------
 */

/* In fn_extra. */
typedef struct FenceColumns
{
	AttrNumber	organization;
	AttrNumber	fenced_at;		/* in the table of organizations alone */
} FenceColumns;

static const FenceColumns *
fence_columns(FunctionCallInfo fcinfo, TupleDesc desc)
{
	FenceColumns *columns = fcinfo->flinfo->fn_extra;

	if (columns == NULL)
	{
		columns = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(FenceColumns));
		columns->fenced_at = optional_column_number(desc, "fenced_at");
		columns->organization = column_number(desc, columns->fenced_at != InvalidAttrNumber ? "id" : "organization_id");
		fcinfo->flinfo->fn_extra = columns;
	}
	return columns;
}

static Datum
check_all(const TriggerData *trigger)
{
	Relation	organization = table_open(organization_table(trigger->tg_relation), AccessShareLock);
	bool		isnull;

	lock_organization(EVERY_ORGANIZATION, WRITING);
	SPI_connect();
	if (run_as_owner(organization, &any_fenced, NULL, NULL) > 0)
		refuse_fenced(DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull)));
	SPI_finish();
	table_close(organization, NoLock);
	return PointerGetDatum(NULL);
}

/* A row may come from one organization to another. One that is to be of none is refused by others. */
static void
enter_both(const TriggerData *trigger, int64 organization_id, AttrNumber column)
{
	bool		isnull;
	Datum		next = heap_getattr(trigger->tg_newtuple, column, RelationGetDescr(trigger->tg_relation), &isnull);

	enter(trigger, organization_id);
	if (!isnull && DatumGetInt64(next) != organization_id)
		enter(trigger, DatumGetInt64(next));
}

/* A BEFORE trigger of the rows of every table, behind the guards, which may refuse first; and of TRUNCATE. */
Datum
check_fence(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	const FenceColumns *columns;
	HeapTuple	row;
	TupleDesc	desc;
	Datum		organization;
	bool		isnull;

	if (CALLED_AS_TRIGGER(fcinfo) && TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		return check_all(trigger);
	check_row_trigger(fcinfo, "check_fence", true);
	desc = RelationGetDescr(trigger->tg_relation);
	columns = fence_columns(fcinfo, desc);
	row = trigger->tg_trigtuple;
	organization = heap_getattr(row, columns->organization, desc, &isnull);

	/* one without an organization is refused by others, and one that is only coming cannot be fenced by another meanwhile */
	if (isnull || (columns->fenced_at != InvalidAttrNumber && TRIGGER_FIRED_BY_INSERT(trigger->tg_event)))
		return PointerGetDatum(row);
	if (columns->fenced_at != InvalidAttrNumber && TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		check_organization_update(trigger, DatumGetInt64(organization), columns->fenced_at);
	else if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		enter_both(trigger, DatumGetInt64(organization), columns->organization);
	else
		enter(trigger, DatumGetInt64(organization));
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : row);
}

void
define_fence(void)
{
	RegisterXactCallback(begin_anew, NULL);
}
