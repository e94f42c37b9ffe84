/*
 * history_instant.c
 *		From when the changes of a transaction count, and up to when the history is final.
 *
 * The changes of a transaction count from its start. Whoever reads the history meanwhile does not see them, and
 * must not take it for final from there on. So a transaction that is about to change an opportunity first tells
 * everybody its instant: it holds a lock that nobody waits for, with the instant in its name, until it has ended. A
 * prepared transaction goes on holding it, also after a crash. Who asks what is settled looks at these locks; that takes no
 * rights on other sessions, and transactions that only read do not count.
 *
 * There is a gap between the start of a transaction and its lock. So what lies less than GRACE back is never called settled,
 * and a transaction whose lock comes later than that takes the time at which it asks instead of its start. If somebody
 * reads the clock and then looks at the locks in vain, the lock comes after that look, and the transaction's instant is
 * then at most GRACE before the time that was read: which is beyond what was called settled.
 *
 * A transaction lets go of its locks only when everybody can see its rows. So what is called settled is true of all that
 * is looked at afterwards, but not of a snapshot taken before.
 */
#include "compat.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/timestamp.h"

#include "opportunity/history_instant.h"

#define GRACE USECS_PER_SEC

/* Locks of users have 1 and 2 there, and other extensions small numbers. */
#define LOCK_CLASS 25193
#define LOCK_MODE AccessShareLock	/* in no other's way */

PG_FUNCTION_INFO_V1(history_settled);

static LOCKTAG
lock_tag(TimestampTz instant)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) ((uint64) instant >> 32), (uint32) instant, LOCK_CLASS);
	return tag;
}

static bool
is_lock_of_ours(const LOCKTAG *tag)
{
	return tag->locktag_type == LOCKTAG_ADVISORY && tag->locktag_field1 == MyDatabaseId &&
		tag->locktag_field4 == LOCK_CLASS;
}

static TimestampTz
instant_of(const LOCKTAG *tag)
{
	return (TimestampTz) ((uint64) tag->locktag_field2 << 32 | tag->locktag_field3);
}

static bool
is_late(TimestampTz instant)
{
	return GetCurrentTimestamp() - instant > GRACE;
}

/*
 * From when the changes of this transaction count: all from the same instant. A savepoint that is rolled back takes
 * along a lock that was taken in it, and all changes since; the next one then chooses again.
 */
TimestampTz
history_instant(void)
{
	static TimestampTz chosen = DT_NOBEGIN;
	LOCKTAG		tag = lock_tag(chosen);

	if (is_lock_held_by_me(&tag, LOCK_MODE))
		return chosen;

	chosen = GetCurrentTransactionStartTimestamp();
	do
	{
		if (is_late(chosen))
			chosen = GetCurrentTimestamp();
		tag = lock_tag(chosen);
		(void) LockAcquire(&tag, LOCK_MODE, false, false);
	} while (is_late(chosen));
	return chosen;
}

/* What counts from then or before is there to be seen, and stays as it is. */
TimestampTz
settled_instant(void)
{
	TimestampTz first_open = GetCurrentTimestamp() - GRACE;
	LockData   *held;

	if (RecoveryInProgress())
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("a standby does not know up to when the history is final"),
				errhint("Ask the primary; it is so on a standby that has replayed what the primary had written by then."));

	held = GetLockStatusData();
	for (int i = 0; i < held->nelements; i++)
		if (is_lock_of_ours(&held->locks[i].locktag))
			first_open = Min(first_open, instant_of(&held->locks[i].locktag));
	pfree(held->locks);
	pfree(held);
	return first_open - 1;
}

Datum
history_settled(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(settled_instant());
}
