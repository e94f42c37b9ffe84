/*
 * stage_facts.c
 *		What an opportunity says of its stages, on its way from there: automatic progress, the stage that comes
 *		next, and the last that is completed.
 *
 * It makes a round trip. A stage that has changed sends it to its opportunity, by an UPDATE; the opportunity's
 * own trigger does not believe what comes in, since anybody could have typed it, and asks the stages.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "opportunity/stage_facts.h"
#include "owner_statement.h"
#include "table/foreign_key.h"

#define POSITIONS \
	"pg_catalog.min(position) FILTER (WHERE status OPERATOR(pg_catalog.=) 'pending') AS stage_position," \
	" pg_catalog.max(position) FILTER (WHERE status OPERATOR(pg_catalog.=) 'completed') AS stage_reached"

/* The facts of the stages of one opportunity: one row, also where there are none. */
static void
append_facts(StringInfo sql, Oid stages)
{
	appendStringInfo(sql,
					 "SELECT salesopp.stage_progress(status, position, probability)::pg_catalog.numeric(5,2) AS progress, " POSITIONS
					 " FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND opportunity_id OPERATOR(pg_catalog.=) $2",
					 qualified_name(stages));
}

/* Opportunities have columns for all of them since 1.2, and this library serves earlier versions until they are updated. */
static bool
has_positions(Oid opportunity)
{
	return get_attnum(opportunity, "stage_position") != InvalidAttrNumber;
}

#define NEW_PROGRESS \
	"CASE WHEN o.progress_method OPERATOR(pg_catalog.=) 'automatic' THEN s.progress ELSE o.progress END"
#define DIFFERS(column) \
	" OR COALESCE(o." column ", 0) OPERATOR(pg_catalog.<>) COALESCE(s." column ", 0)"

static void
write_send(StringInfo sql, Relation stages)
{
	Oid			opportunity = referenced_table(stages, "opportunity_id");

	appendStringInfo(sql, "UPDATE ONLY %s o SET progress = " NEW_PROGRESS "%s FROM (", qualified_name(opportunity),
					 has_positions(opportunity) ? ", stage_position = s.stage_position, stage_reached = s.stage_reached" : "");
	append_facts(sql, RelationGetRelid(stages));
	appendStringInfo(sql,
					 ") s WHERE o.organization_id OPERATOR(pg_catalog.=) $1"
					 " AND o.id OPERATOR(pg_catalog.=) $2"
					 " AND (o.progress OPERATOR(pg_catalog.<>) " NEW_PROGRESS "%s)",
					 has_positions(opportunity) ? DIFFERS("stage_position") DIFFERS("stage_reached") : "");
}

static const Statement send = {write_send, 2, {INT8OID, INT8OID}};

void
send_stage_facts(Relation stages, Datum *keys)
{
	SPI_connect();
	run_as_owner(stages, &send, keys, NULL);
	SPI_finish();
}

static void
write_ask(StringInfo sql, Relation opportunity)
{
	append_facts(sql, referencing_table(opportunity, "position"));
}

static const Statement ask = {write_ask, 2, {INT8OID, INT8OID}};

/* In the caller's memory. */
StageFacts
stage_facts(Relation opportunity, Datum *keys)
{
	StageFacts	facts;
	HeapTuple	tuple;
	TupleDesc	desc;
	bool		isnull;

	SPI_connect();
	run_as_owner(opportunity, &ask, keys, NULL);
	tuple = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	facts.progress = SPI_datumTransfer(SPI_getbinval(tuple, desc, 1, &isnull), false, -1);
	facts.position = SPI_getbinval(tuple, desc, 2, &isnull);
	facts.has_position = !isnull;
	facts.reached = SPI_getbinval(tuple, desc, 3, &isnull);
	facts.has_reached = !isnull;
	SPI_finish();
	return facts;
}

/* ----------
 * Opportunities that a restore brought, from a version that did not have the positions
 * ----------
 */

static void
write_fill_in(StringInfo sql, Relation opportunity)
{
	appendStringInfo(sql,
					 "UPDATE ONLY %s o SET stage_position = s.stage_position, stage_reached = s.stage_reached"
					 " FROM (SELECT opportunity_id, " POSITIONS " FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1 GROUP BY opportunity_id) s"
					 " WHERE o.organization_id OPERATOR(pg_catalog.=) $1 AND o.id OPERATOR(pg_catalog.=) s.opportunity_id"
					 " AND (false" DIFFERS("stage_position") DIFFERS("stage_reached") ")"
					 " AND NOT EXISTS (SELECT FROM ONLY %s h WHERE h.organization_id OPERATOR(pg_catalog.=) $1"
					 " AND h.opportunity_id OPERATOR(pg_catalog.=) o.id)",
					 qualified_name(RelationGetRelid(opportunity)), qualified_name(referencing_table(opportunity, "position")),
					 qualified_name(referencing_table(opportunity, "origin")));
}

static const Statement fill_in = {write_fill_in, 1, {INT8OID}};

/*
 * Of one organization's opportunities that have no history yet. That is no change that a trigger should refuse or stamp:
 * it concerns closed ones, too. Call this within SPI_connect().
 */
void
fill_in_positions(Relation history, Datum organization_id)
{
	Relation	opportunity = table_open(referenced_table(history, "opportunity_id"), RowExclusiveLock);
	int			settings = NewGUCNestLevel();

	(void) set_config_option("session_replication_role", "replica", PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	run_as_owner(opportunity, &fill_in, &organization_id, NULL);
	AtEOXact_GUC(true, settings);
	table_close(opportunity, NoLock);
}
