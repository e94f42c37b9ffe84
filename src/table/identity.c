/*
 * identity.c
 *		Ids that are typed in, and the sequence that gives the others.
 *
 * An id that the sequence has not reached yet moves the sequence on, so that it never gives the same id later.
 * Most ids have just been given by the sequence: for those it costs a look at its last value.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/dependency.h"
#include "catalog/pg_sequence.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "own_relation.h"
#include "table/identity.h"

PG_FUNCTION_INFO_V1(reserve_id);

/*
 * Roles under row security cannot give an id that is further beyond the sequence than this. As many ids are left
 * behind any id, for the rows that follow: they take long to use up.
 */
#define MANY_IDS (INT64CONST(1) << 32)

/*
 * A sequence that is no further behind is moved on by taking its values: unlike setting it, that goes well with
 * other sessions that take values.
 */
#define FEW_IDS 100000

typedef struct Identity
{
	Oid			relid;
	Oid			sequence;		/* none where the table has none, as a shard of a distributed engine */
	bool		is_organization;
} Identity;

static HTAB *identities;

static void
forget_identity(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS all;
	Identity   *identity;

	hash_seq_init(&all, identities);
	while ((identity = hash_seq_search(&all)) != NULL)
		if (!OidIsValid(relid) || identity->relid == relid)
			hash_search(identities, &identity->relid, HASH_REMOVE, NULL);
}

static Identity
find_identity(Oid relid, AttrNumber column)
{
	Identity   *identity;
	Relation	rel;
	Oid			sequence;

	if (identities == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(Oid), .entrysize = sizeof(Identity)};

		identities = hash_create("salesopp identities", 32, &control, HASH_ELEM | HASH_BLOBS);
		CacheRegisterRelcacheCallback(forget_identity, (Datum) 0);
	}
	identity = hash_search(identities, &relid, HASH_FIND, NULL);
	if (identity != NULL)
		return *identity;

	rel = relation_open(relid, NoLock);
	sequence = find_identity_sequence(rel, column);
	relation_close(rel, NoLock);
	identity = hash_search(identities, &relid, HASH_ENTER, NULL);
	identity->sequence = sequence;
	identity->is_organization = relid == own_relation("organization");
	return *identity;
}

/* The last value that the sequence has given to anybody; false when there is no such sequence any more. */
static bool
last_given(Oid sequence, int64 *last)
{
	Relation	rel = try_relation_open(sequence, AccessShareLock);
	Buffer		buffer;
	Page		page;
	HeapTupleHeader tuple;
	Form_pg_sequence_data data;

	if (rel == NULL)
		return false;
	buffer = ReadBuffer(rel, 0);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	tuple = (HeapTupleHeader) PageGetItem(page, PageGetItemId(page, FirstOffsetNumber));
	data = (Form_pg_sequence_data) ((char *) tuple + tuple->t_hoff);
	*last = data->is_called ? data->last_value : data->last_value - 1;
	UnlockReleaseBuffer(buffer);
	relation_close(rel, AccessShareLock);
	return true;
}

static FormData_pg_sequence
sequence_parameters(Oid sequence)
{
	HeapTuple	tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	FormData_pg_sequence parameters;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for sequence %u", sequence);
	parameters = *(Form_pg_sequence) GETSTRUCT(tuple);
	ReleaseSysCache(tuple);
	return parameters;
}

static void
set_sequence(Oid sequence, int64 value)
{
	Relation	rel = relation_open(sequence, NoLock);
	Oid			user;
	int			context;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(rel->rd_rel->relowner, context | SECURITY_LOCAL_USERID_CHANGE);
	DirectFunctionCall2(setval_oid, ObjectIdGetDatum(sequence), Int64GetDatum(value));
	SetUserIdAndSecContext(user, context);
	relation_close(rel, NoLock);
}

/*
 * Moves the sequence far on, in one step. Two sessions that do so come one after the other. Others can take values
 * meanwhile: only if they took FEW_IDS, the sequence would go back behind them. A sequence with an increment above
 * 1 stays on its steps.
 */
static void
jump_to(Oid sequence, int64 id, int64 step)
{
	int64		last;

	LockRelationOid(sequence, ShareUpdateExclusiveLock);
	if (last_given(sequence, &last) && last < id)
	{
		int64		beyond = (id - last) % step;

		set_sequence(sequence, beyond == 0 ? id : id + (step - beyond));
	}
	UnlockRelationOid(sequence, ShareUpdateExclusiveLock);
}

static void
refuse_id(int64 id, const char *hint)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("the id %lld cannot be taken", (long long) id),
			errhint("%s", _(hint)));
}

static void
move_on(Oid sequence, int64 last, int64 id, IdRange range)
{
	FormData_pg_sequence parameters = sequence_parameters(sequence);

	if (parameters.seqincrement < 0)
		return;
	if (id > parameters.seqmax - MANY_IDS)
	{
		if (range == RESTORED_IDS)
			return;
		refuse_id(id, gettext_noop("It would leave no ids for other rows. Leave the column out to get its default."));
	}
	if (range == NEAR_IDS && id - last > MANY_IDS)
		refuse_id(id, gettext_noop("It is far beyond the ids in use. Leave the column out to get its default, or have the owner import the row."));

	if ((id - last) / parameters.seqincrement > FEW_IDS)
		jump_to(sequence, id, parameters.seqincrement);
	else
		while (nextval_internal(sequence, false) < id)
			CHECK_FOR_INTERRUPTS();
}

/*
 * Ids of organizations beyond those of this server come along with organizations that were moved here. The sequence does not
 * follow them; so what it has reached there, it has given.
 */
static bool
is_of_another_server(const Identity *identity, int64 id, int64 *end)
{
	Oid			end_of_ids = identity->is_organization ? own_relation("organization_end_of_ids") : InvalidOid;

	return OidIsValid(end_of_ids) && last_given(end_of_ids, end) && id > *end;
}

/* The sequence goes back to the end: what is beyond it stays another's. */
static void
refuse_used_up(Oid sequence, int64 id, int64 end)
{
	set_sequence(sequence, end);
	ereport(ERROR,
			errcode(ERRCODE_SEQUENCE_GENERATOR_LIMIT_EXCEEDED),
			errmsg("no id of this server is left for organization %lld", (long long) id),
			errhint("Give the server more ids with salesopp.set_organization_ids()."));
}

void
take_id(Oid relid, AttrNumber column, int64 id, IdRange range)
{
	Identity	identity;
	int64		last;
	int64		end;

	if (id <= 0)
	{
		if (range == RESTORED_IDS)
			return;
		refuse_id(id, gettext_noop("Ids are above 0. Leave the column out to get its default."));
	}
	identity = find_identity(relid, column);
	if (!OidIsValid(identity.sequence) || !last_given(identity.sequence, &last))
		return;
	if (!is_of_another_server(&identity, id, &end))
	{
		if (id > last)
			move_on(identity.sequence, last, id, range);
	}
	else if (id <= last)
		refuse_used_up(identity.sequence, id, end);
}

/*
 * reserve_id(relation, id): for rows that have come with their ids past the triggers, or into tables whose triggers do not look at
 * these. For the owner, who alone may call it.
 */
Datum
reserve_id(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	AttrNumber	column = get_attnum(relid, "id");

	if (column == InvalidAttrNumber)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_COLUMN),
				errmsg("a relation without a column \"id\" has no ids to be reserved"),
				errhint("Pass a table of the schema salesopp that has ids."));
	LockRelationOid(relid, AccessShareLock);
	if (!is_owner_of_table(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(relid));
	take_id(relid, column, PG_GETARG_INT64(1), RESTORED_IDS);
	PG_RETURN_VOID();
}
