/*
 * stage_progress.c
 *		Automatic progress on its way from the stages to their opportunity.
 *
 * It makes a round trip. A stage that has changed sends the progress to its opportunity, by an UPDATE; the
 * opportunity's own trigger does not believe what comes in, since anybody could have typed it, and asks the
 * stages.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/rel.h"

#include "opportunity/stage_progress.h"
#include "owner_statement.h"
#include "table/foreign_key.h"

/* The progress of the stages of one opportunity: one row, also where there are none. */
static void
append_progress(StringInfo sql, Oid stages)
{
	appendStringInfo(sql,
					 "SELECT salesopp.stage_progress(status, position, probability)"
					 "::pg_catalog.numeric(5,2) AS progress FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND opportunity_id OPERATOR(pg_catalog.=) $2",
					 qualified_name(stages));
}

static void
write_send(StringInfo sql, Relation stages)
{
	appendStringInfo(sql, "UPDATE ONLY %s o SET progress = s.progress FROM (",
					 qualified_name(referenced_table(stages, "opportunity_id")));
	append_progress(sql, RelationGetRelid(stages));
	appendStringInfoString(sql,
						   ") s WHERE o.organization_id OPERATOR(pg_catalog.=) $1"
						   " AND o.id OPERATOR(pg_catalog.=) $2"
						   " AND o.progress_method OPERATOR(pg_catalog.=) 'automatic'"
						   " AND o.progress OPERATOR(pg_catalog.<>) s.progress");
}

static const Statement send = {write_send, 2, {INT8OID, INT8OID}};

void
send_progress(Relation stages, Datum *keys)
{
	SPI_connect();
	run_as_owner(stages, &send, keys, NULL);
	SPI_finish();
}

static void
write_ask(StringInfo sql, Relation opportunity)
{
	append_progress(sql, referencing_table(opportunity, "position"));
}

static const Statement ask = {write_ask, 2, {INT8OID, INT8OID}};

/* In the caller's memory. */
Datum
progress_of_stages(Relation opportunity, Datum *keys)
{
	Datum		progress;
	bool		isnull;

	SPI_connect();
	run_as_owner(opportunity, &ask, keys, NULL);
	progress = SPI_datumTransfer(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull),
								 false, -1);
	SPI_finish();
	return progress;
}
