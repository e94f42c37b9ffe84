/*
 * merge.c
 *		Duplicates become one: everything that refers to them is moved, and an account of it kept.
 *
 * What refers to them is asked of the catalog, so that tables of later versions and of users are moved,
 * too, each as its owner, like what a foreign key does by itself. Closed and deleted opportunities are moved
 * with the rest: just the column that refers may differ.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "call_elsewhere.h"
#include "organization.h"
#include "own_relation.h"
#include "owner_statement.h"
#include "table/permitted_change.h"

PG_FUNCTION_INFO_V1(merge_companies);
PG_FUNCTION_INFO_V1(merge_contacts);

/* What differs between companies and contacts. */
typedef struct Kind
{
	const char *table;			/* also what the account says */
	const char *plural;
	const char *merge_elsewhere;	/* function */
	const char *yield;			/* what the merged one gives up before its rows are moved, or NULL */
	const char *fill;			/* what the kept one takes over from the merged row $4 */
} Kind;

static const Kind company = {
	"company", gettext_noop("companies"), "merge_companies_of",
	/* of two primary contacts, or two for "Your ref.", the kept one's stays */
	"UPDATE ONLY salesopp.contact c SET is_primary = c.is_primary AND NOT k.has_primary,"
	" is_your_ref = c.is_your_ref AND NOT k.has_your_ref"
	" FROM (SELECT COALESCE(bool_or(is_primary), false) AS has_primary,"
	" COALESCE(bool_or(is_your_ref), false) AS has_your_ref FROM ONLY salesopp.contact"
	" WHERE organization_id = $1 AND company_id = $3) k"
	" WHERE c.organization_id = $1 AND c.company_id = $2"
	" AND (c.is_primary AND k.has_primary OR c.is_your_ref AND k.has_your_ref)",
	"UPDATE ONLY salesopp.company k SET phone = COALESCE(k.phone, m.phone), email = COALESCE(k.email, m.email)"
	" FROM jsonb_populate_record(NULL::salesopp.company, $4) m"
	" WHERE k.organization_id = $1 AND k.id = $3"
	" AND (k.phone IS NULL AND m.phone IS NOT NULL OR k.email IS NULL AND m.email IS NOT NULL)"
};

static const Kind contact = {
	"contact", gettext_noop("contacts"), "merge_contacts_of",
	NULL,
	"UPDATE ONLY salesopp.contact k SET first_name = f.first_name, gender = f.gender, job_title = f.job_title,"
	" email = f.email, mobile = f.mobile, direct_phone = f.direct_phone, is_primary = f.is_primary,"
	" is_your_ref = f.is_your_ref"
	" FROM (SELECT COALESCE(o.first_name, m.first_name) AS first_name, COALESCE(o.gender, m.gender) AS gender,"
	" COALESCE(o.job_title, m.job_title) AS job_title, COALESCE(o.email, m.email) AS email,"
	" COALESCE(o.mobile, m.mobile) AS mobile, COALESCE(o.direct_phone, m.direct_phone) AS direct_phone,"
	/* a mark counts among the contacts of one company */
	" o.is_primary OR m.is_primary AND m.company_id = o.company_id AS is_primary,"
	" o.is_your_ref OR m.is_your_ref AND m.company_id = o.company_id AS is_your_ref"
	" FROM ONLY salesopp.contact o, jsonb_populate_record(NULL::salesopp.contact, $4) m"
	" WHERE o.organization_id = $1 AND o.id = $3) f"
	" WHERE k.organization_id = $1 AND k.id = $3"
	" AND (f.first_name, f.gender, f.job_title, f.email, f.mobile, f.direct_phone, f.is_primary, f.is_your_ref)"
	" IS DISTINCT FROM"
	" (k.first_name, k.gender, k.job_title, k.email, k.mobile, k.direct_phone, k.is_primary, k.is_your_ref)"
};

/* A foreign key to the merged table. */
typedef struct Reference
{
	Oid			relid;
	const char *name;			/* of the table */
	const char *column;
	const char *lock;			/* statements */
	const char *move;
	const char *same;			/* FROM … WHERE …, or NULL where two rows cannot become the same */
	uint64		moved;			/* from the one that is being merged */
	uint64		moved_in_all;
} Reference;

typedef struct Merge
{
	const Kind *kind;
	Relation	rel;
	int64		kept;
	Reference  *references;
	int			n_references;
	Datum		values[4];		/* the organization, the merged and the kept id, the merged row */
	StringInfoData dropped;		/* rows that would have become the same as others, in JSON */
} Merge;

/* ----------
 * Statements
 * ----------
 */

static char *
result_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

static uint64
run_on(Merge *merge, Relation rel, const char *sql)
{
	const Oid	types[] = {INT8OID, INT8OID, INT8OID, JSONBOID};
	const char	nulls[] = {' ', ' ', ' ', merge->values[3] == (Datum) 0 ? 'n' : ' '};

	return run_once_as_owner(rel, sql, lengthof(types), types, merge->values, nulls);
}

/* ----------
 * What refers
 * ----------
 */

/*
 * In the order in which the foreign keys were made, so that what others refer to comes first: contacts and
 * projects before the opportunities and activities that must agree with them. Rows are locked in the order
 * of their keys, as every function does. Where the column is part of the primary key, the row that would
 * become the same as one of the kept is dropped.
 */
static const char *const references_query =
"SELECT r.oid, format('%I.%I', n.nspname, r.relname), f.id_column,"
" format('SELECT FROM %s x WHERE %s%s FOR NO KEY UPDATE', f.target, f.is_merged, ' ORDER BY ' || p.columns),"
" format('UPDATE %s x SET %I = $3 WHERE %s', f.target, f.id_column, f.is_merged),"
" CASE WHEN p.has_id_column THEN format('FROM %s x WHERE %s AND EXISTS (SELECT FROM %s y WHERE y.%I"
" OPERATOR(pg_catalog.=) $3%s)', f.target, f.is_merged, f.target, f.id_column, p.is_same) END,"
" f.is_by_id, c.conname"
" FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace"
" CROSS JOIN LATERAL (SELECT CASE r.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END || format('%I.%I', n.nspname, r.relname) AS target,"
"  string_agg(format('x.%I OPERATOR(pg_catalog.=) %s', a.attname, CASE k.attname WHEN 'id' THEN '$2' ELSE '$1' END), ' AND ') AS is_merged,"
"  COALESCE(max(a.attname::text) FILTER (WHERE k.attname = 'id'), '') AS id_column,"
"  max(a.attnum) FILTER (WHERE k.attname = 'id') AS id_number,"
"  bool_and(k.attname IN ('id', 'organization_id')) AND bool_or(k.attname = 'id') AS is_by_id"
"  FROM unnest(c.conkey, c.confkey) u (own, other)"
"  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.own"
"  JOIN pg_attribute k ON k.attrelid = c.confrelid AND k.attnum = u.other) f"
" LEFT JOIN LATERAL (SELECT string_agg(format('x.%I', a.attname), ', ' ORDER BY u.ordinal) AS columns,"
"  bool_or(a.attnum = f.id_number) AS has_id_column,"
"  COALESCE(string_agg(format(' AND y.%1$I = x.%1$I', a.attname), '') FILTER (WHERE a.attnum <> f.id_number), '') AS is_same"
"  FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY u (own, ordinal)"
"  JOIN pg_attribute a ON a.attnum = u.own"
"  WHERE i.indrelid = c.conrelid AND i.indisprimary AND a.attrelid = c.conrelid) p ON true"
" WHERE c.contype = 'f' AND c.confrelid = $1 AND c.conparentid = 0"
" ORDER BY c.oid";

static void
find_references(Merge *merge)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(RelationGetRelid(merge->rel))};

	if (SPI_execute_with_args(references_query, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look up what refers to %s", RelationGetRelationName(merge->rel));
	merge->n_references = SPI_processed;
	merge->references = palloc0(Max(SPI_processed, 1) * sizeof(Reference));
	for (int i = 0; i < merge->n_references; i++)
	{
		if (strcmp(result_text(i, 7), "t") != 0)
			ereport(ERROR,
					errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("the foreign key \"%s\" of %s does not refer by id",
						   result_text(i, 8), result_text(i, 2)),
					errhint("Have it refer to organization_id and id, or drop it, and merge then."));
		merge->references[i].relid = atooid(result_text(i, 1));
		merge->references[i].name = result_text(i, 2);
		merge->references[i].column = result_text(i, 3);
		merge->references[i].lock = result_text(i, 4);
		merge->references[i].move = result_text(i, 5);
		merge->references[i].same = result_text(i, 6);
	}
}

/* Rows that would become the same as others go, and stay in the account: all of them, or one of the others has gone meanwhile. */
static void
drop_same(Merge *merge, const Reference *reference, Relation rel)
{
	uint64		n_rows = run_on(merge, rel, psprintf("SELECT to_jsonb(x) %s", reference->same));

	for (uint64 i = 0; i < n_rows; i++)
	{
		appendStringInfoString(&merge->dropped, merge->dropped.len == 0 ? "{\"relation\": " : ", {\"relation\": ");
		escape_json(&merge->dropped, reference->name);
		appendStringInfo(&merge->dropped, ", \"row\": %s}", result_text(i, 1));
	}
	if (run_on(merge, rel, psprintf("DELETE %s", reference->same)) != n_rows)
		refuse_concurrent_change();
}

typedef struct Move
{
	Merge	   *merge;
	Reference  *reference;
} Move;

static void
move_rows(Relation rel, void *argument)
{
	Move	   *move = argument;

	move->reference->moved = run_on(move->merge, rel, move->reference->move);
}

static void
move_reference(Merge *merge, Reference *reference)
{
	Relation	rel = table_open(reference->relid, AccessShareLock);
	Move		move = {merge, reference};

	run_on(merge, rel, reference->lock);
	SPI_freetuptable(SPI_tuptable);
	if (reference->same != NULL)
		drop_same(merge, reference, rel);
	run_permitted(rel, &reference->column, 1, move_rows, &move);
	reference->moved_in_all += reference->moved;
	table_close(rel, NoLock);
}

/* ----------
 * One after the other
 * ----------
 */

/* The account: the row as it was, how many were moved from where, and what went. */
static void
write_account(Merge *merge)
{
	StringInfoData sql;
	StringInfoData moved;
	Relation	account = table_open(get_relname_relid("merge_event", RelationGetNamespace(merge->rel)),
									 AccessShareLock);

	initStringInfo(&moved);
	for (int i = 0; i < merge->n_references; i++)
	{
		if (merge->references[i].moved == 0)
			continue;
		appendStringInfoString(&moved, moved.len == 0 ? "{\"relation\": " : ", {\"relation\": ");
		escape_json(&moved, merge->references[i].name);
		appendStringInfoString(&moved, ", \"column\": ");
		escape_json(&moved, merge->references[i].column);
		appendStringInfo(&moved, ", \"rows\": " UINT64_FORMAT "}", merge->references[i].moved);
	}
	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "INSERT INTO salesopp.merge_event (id, organization_id, kind, kept, merged, merged_row, moved,"
					 " dropped, created_at, created_by) VALUES (nextval('salesopp.merge_event_id_seq'), $1, %s, $3, $2,"
					 " $4, %s, %s, now(), salesopp.current_employee())",
					 quote_literal_cstr(merge->kind->table),
					 quote_literal_cstr(psprintf("[%s]", moved.data)),
					 quote_literal_cstr(psprintf("[%s]", merge->dropped.data)));
	run_on(merge, account, sql.data);
	table_close(account, NoLock);
}

/* The row as it is when nothing refers to it any more. */
static void
remove_merged(Merge *merge)
{
	const char *merged = psprintf("FROM ONLY salesopp.%s x WHERE organization_id = $1 AND id = $2", merge->kind->table);
	bool		isnull;

	if (run_on(merge, merge->rel, psprintf("SELECT to_jsonb(x) %s", merged)) != 1)
		elog(ERROR, "could not find the %s to be removed", merge->kind->table);
	merge->values[3] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (run_on(merge, merge->rel, psprintf("DELETE %s", merged)) != 1)
		elog(ERROR, "could not remove the %s", merge->kind->table);
}

static void
merge_one(Merge *merge, int64 merged)
{
	merge->values[1] = Int64GetDatum(merged);
	merge->values[3] = (Datum) 0;
	resetStringInfo(&merge->dropped);

	if (merge->kind->yield != NULL)
		run_on(merge, merge->rel, merge->kind->yield);
	for (int i = 0; i < merge->n_references; i++)
		move_reference(merge, &merge->references[i]);

	remove_merged(merge);
	run_on(merge, merge->rel, merge->kind->fill);
	write_account(merge);
}

/* ----------
 * The functions
 * ----------
 */

static int
compare_ids(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}

/* The ids to merge, each once and in order; the array must have no NULLs, and not the kept one. */
static int
ids_to_merge(FunctionCallInfo fcinfo, const Kind *kind, int64 **ids)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n_elements;
	int			n = 0;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the ids of the %s to merge must not be null", _(kind->plural)),
				errhint("Pass the id of the one to keep, and an array of the others'."));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &elements, &nulls, &n_elements);
	*ids = palloc(Max(n_elements, 1) * sizeof(int64));
	for (int i = 0; i < n_elements; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the ids of the %s to merge must not be null", _(kind->plural)),
					errhint("Pass the id of the one to keep, and an array of the others'."));
		(*ids)[i] = DatumGetInt64(elements[i]);
		if ((*ids)[i] == PG_GETARG_INT64(0))
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("%s %lld cannot be merged into itself", _(kind->table), (long long) (*ids)[i]),
					errhint("Leave it out of the array."));
	}
	qsort(*ids, n_elements, sizeof(int64), compare_ids);
	for (int i = 0; i < n_elements; i++)
		if (i == 0 || (*ids)[i] != (*ids)[i - 1])
			(*ids)[n++] = (*ids)[i];
	return n;
}

static void
refuse_missing(const Kind *kind, int64 id)
{
	ereport(ERROR,
			errcode(ERRCODE_NO_DATA_FOUND),
			errmsg("no such %s: %lld", _(kind->table), (long long) id),
			errhint("Pass the ids of rows of salesopp.%s.", kind->table));
}

/*
 * Locks all of them in the order of their ids, so that nobody refers to them anew, and gives the
 * organization. Runs as the caller: what row security hides is not there.
 */
static Datum
lock_all(const Kind *kind, int64 kept, const int64 *ids, int n_ids)
{
	Oid			types[] = {INT8OID, INT8ARRAYOID};
	Datum	   *elements = palloc((n_ids + 1) * sizeof(Datum));
	Datum		values[2];
	Datum		organization_id = (Datum) 0;
	bool		isnull;
	bool		has_kept = false;
	int			n_found = 0;

	for (int i = 0; i < n_ids; i++)
		elements[i] = Int64GetDatum(ids[i]);
	values[0] = Int64GetDatum(kept);
	values[1] = PointerGetDatum(construct_array(elements, n_ids, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
												TYPALIGN_DOUBLE));
	if (SPI_execute_with_args(psprintf("SELECT id, organization_id FROM salesopp.%s"
									   " WHERE organization_id = salesopp.current_organization()"
									   " AND (id = $1 OR id = ANY ($2)) ORDER BY id FOR UPDATE", kind->table),
							  2, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not lock what is merged");

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		int64		id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));

		organization_id = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2, &isnull);
		if (id == kept)
			has_kept = true;
		else if (id == ids[n_found])
			n_found++;
		else
			break;
	}
	if (!has_kept && n_found == SPI_processed)
		refuse_missing(kind, kept);
	if (n_found < n_ids)
		refuse_missing(kind, ids[n_found]);
	return organization_id;
}

static void
merge_all(const Kind *kind, int64 kept, const int64 *ids, int n_ids, ReturnSetInfo *result)
{
	Merge		merge = {.kind = kind, .kept = kept};

	merge.values[0] = lock_all(kind, merge.kept, ids, n_ids);
	merge.values[2] = Int64GetDatum(merge.kept);
	merge.rel = table_open(own_relation(kind->table), AccessShareLock);
	initStringInfo(&merge.dropped);
	find_references(&merge);
	for (int i = 0; i < n_ids; i++)
		merge_one(&merge, ids[i]);

	for (int i = 0; i < merge.n_references; i++)
	{
		const Reference *reference = &merge.references[i];
		Datum		values[] = {
			CStringGetTextDatum(reference->name), Int64GetDatum((int64) reference->moved_in_all)
		};
		bool		nulls[] = {false, false};

		if (reference->moved_in_all > 0)
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	table_close(merge.rel, NoLock);
}

static Datum
merge(FunctionCallInfo fcinfo, const Kind *kind)
{
	int64	   *ids;
	int			n_ids = ids_to_merge(fcinfo, kind, &ids);

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (organization_is_elsewhere(current_organization_id()))
	{
		call_elsewhere(fcinfo, kind->merge_elsewhere, current_organization_id());
		put_rows_from_elsewhere(fcinfo);
	}
	else
		merge_all(kind, PG_GETARG_INT64(0), ids, n_ids, (ReturnSetInfo *) fcinfo->resultinfo);
	SPI_finish();
	return (Datum) 0;
}

Datum
merge_companies(PG_FUNCTION_ARGS)
{
	return merge(fcinfo, &company);
}

Datum
merge_contacts(PG_FUNCTION_ARGS)
{
	return merge(fcinfo, &contact);
}
