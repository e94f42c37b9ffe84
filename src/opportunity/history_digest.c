/*
 * history_digest.c
 *		One figure for all of the history up to an instant: whoever keeps it elsewhere sees later whether
 *		anything of it has changed.
 *
 * It is the SHA-256 of the rows as text, a line each, so that it can be computed without this library, too.
 */
#include "compat.h"

#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "opportunity/history_instant.h"
#include "organization.h"

PG_FUNCTION_INFO_V1(history_digest);

#define ROWS_AT_ONCE 1000

/* Those of 1.2. A digest that was archived must come out again: a column that is added later counts where it has a value. */
static const char line[] =
"SELECT ROW(h.opportunity_id, h.version, h.at, h.origin, h.changed_by, h.status, h.deleted, h.estimated_revenue,"
" h.actual_revenue, h.progress, h.decision_date, h.close_date, h.stage_position, h.stage_reached, h.responsible_id,"
" h.company_id, h.department_id, h.sales_region_id, h.sales_process_id, h.loss_reason_id)::text";
static const char category[] = " || COALESCE(' ' || h.forecast_category::text, '')";
static const char lines[] =
" || E'\n' FROM salesopp.opportunity_history h WHERE h.organization_id = $1 AND h.at <= $2 ORDER BY h.opportunity_id, h.version";

/* The column is there since 1.3, and not until the extension is updated. */
static const char *
find_lines(void)
{
	Oid			history = get_relname_relid("opportunity_history", get_namespace_oid("salesopp", false));
	bool		has_category = get_attnum(history, "forecast_category") != InvalidAttrNumber;

	return psprintf("%s%s%s", line, has_category ? category : "", lines);
}

static void
add_lines(pg_cryptohash_ctx *hash)
{
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *line = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);

		if (pg_cryptohash_update(hash, (uint8 *) line, strlen(line)) < 0)
			elog(ERROR, "could not compute a digest: %s", pg_cryptohash_error(hash));
		pfree(line);
	}
}

static void
add_history(pg_cryptohash_ctx *hash, Datum until)
{
	Datum		values[] = {Int64GetDatum(current_organization_id()), until};
	Portal		rows = SPI_cursor_open_with_args(NULL, find_lines(), 2, (Oid[]) {INT8OID, TIMESTAMPTZOID}, values, NULL, true,
												 CURSOR_OPT_NO_SCROLL);

	do
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(rows, true, ROWS_AT_ONCE);
		add_lines(hash);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(rows);
}

/* What is settled is there, but a snapshot from before may not see it. */
static void
digest_history(pg_cryptohash_ctx *hash, Datum until, uint8 *digest)
{
	SPI_connect();
	PushActiveSnapshot(GetLatestSnapshot());
	if (pg_cryptohash_init(hash) < 0)
		elog(ERROR, "could not compute a digest: %s", pg_cryptohash_error(hash));
	add_history(hash, until);
	if (pg_cryptohash_final(hash, digest, PG_SHA256_DIGEST_LENGTH) < 0)
		elog(ERROR, "could not compute a digest: %s", pg_cryptohash_error(hash));
	PopActiveSnapshot();
	SPI_finish();
}

/* A standby cannot know whether it is; there the digest tells whether it has what the primary has. */
static void
check_settled(TimestampTz until)
{
	if (!RecoveryInProgress() && until > settled_instant())
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the history up to %s is not final yet", timestamptz_to_str(until)),
				errhint("Pass what salesopp.history_settled() has given, or an earlier instant."));
}

Datum
history_digest(PG_FUNCTION_ARGS)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	char		text[2 * PG_SHA256_DIGEST_LENGTH];
	pg_cryptohash_ctx *hash;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the instant of a digest must not be null"),
				errhint("Pass what salesopp.history_settled() has given, or an earlier instant."));
	check_settled(PG_GETARG_TIMESTAMPTZ(0));

	hash = pg_cryptohash_create(PG_SHA256);
	PG_TRY();
	{
		digest_history(hash, PG_GETARG_DATUM(0), digest);
	}
	PG_FINALLY();
	{
		pg_cryptohash_free(hash);
	}
	PG_END_TRY();
	hex_encode((const char *) digest, PG_SHA256_DIGEST_LENGTH, text);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text, sizeof(text)));
}
