/*
 * correction.c
 *		Facts of a closing that were typed wrongly are set right, and the event keeps both.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "call_elsewhere.h"
#include "opportunity/history_instant.h"
#include "organization.h"
#include "own_relation.h"
#include "owner_statement.h"
#include "table/foreign_key.h"
#include "table/permitted_change.h"

PG_FUNCTION_INFO_V1(write_correction);

/* The parameters of write_correction(), behind the organization: each statement gets them all. */
#define CORRECTION_TYPES \
	INT8OID, INT8OID, NUMERICOID, DATEOID, DATEOID, INT8OID, INT8OID, TEXTOID, JSONBOID, TIMESTAMPTZOID
enum
{
	ORGANIZATION, OPPORTUNITY, ACTUAL_REVENUE, CLOSE_DATE, DELIVERY_DATE, LOSS_REASON, WINNER, NOTE,
	BEFORE, INSTANT, N_PARAMETERS
};

typedef struct Correction
{
	const Statement *statement;
	Datum		values[N_PARAMETERS];
	char		nulls[N_PARAMETERS];
} Correction;

/* ----------
 * The statements
 * ----------
 */

/* FROM the closing as it stands and the name of the winner, which are called f. */
static void
append_closing(StringInfo sql, Relation opportunity)
{
	Oid			competitors = referencing_table(opportunity, "is_winner");
	Relation	rel = table_open(competitors, AccessShareLock);

	appendStringInfo(sql,
					 " FROM (SELECT o.*, w.id AS winner_id, COALESCE(w.name, c.name) AS winner"
					 " FROM ONLY %s o LEFT JOIN ONLY %s w"
					 " ON w.organization_id OPERATOR(pg_catalog.=) $1"
					 " AND w.opportunity_id OPERATOR(pg_catalog.=) $2 AND w.is_winner"
					 " LEFT JOIN ONLY %s c ON c.organization_id OPERATOR(pg_catalog.=) $1"
					 " AND c.id OPERATOR(pg_catalog.=) w.competitor_id"
					 " WHERE o.organization_id OPERATOR(pg_catalog.=) $1"
					 " AND o.id OPERATOR(pg_catalog.=) $2) f",
					 qualified_name(RelationGetRelid(opportunity)), qualified_name(competitors),
					 qualified_name(referenced_table(rel, "competitor_id")));
	table_close(rel, AccessShareLock);
}

#define FACTS \
	"pg_catalog.jsonb_build_object('close_date', f.close_date, 'actual_revenue', f.actual_revenue," \
	" 'delivery_date', f.delivery_date, 'loss_reason_id', f.loss_reason_id," \
	" 'winner_id', f.winner_id, 'winner', f.winner)"

static void
write_lock(StringInfo sql, Relation opportunity)
{
	appendStringInfo(sql,
					 "SELECT FROM ONLY %s WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND id OPERATOR(pg_catalog.=) $2 AND deleted_at IS NULL"
					 " AND status OPERATOR(pg_catalog.<>) 'open' FOR NO KEY UPDATE",
					 qualified_name(RelationGetRelid(opportunity)));
}

static void
write_facts(StringInfo sql, Relation opportunity)
{
	appendStringInfoString(sql, "SELECT " FACTS);
	append_closing(sql, opportunity);
}

static void
write_correct_row(StringInfo sql, Relation opportunity)
{
	appendStringInfo(sql,
					 "UPDATE ONLY %s SET actual_revenue = COALESCE($3, actual_revenue),"
					 " close_date = COALESCE($4, close_date), delivery_date = COALESCE($5, delivery_date),"
					 " loss_reason_id = COALESCE($6, loss_reason_id)"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
					 qualified_name(RelationGetRelid(opportunity)));
}

static void
write_move_winner(StringInfo sql, Relation competitor)
{
	appendStringInfo(sql,
					 "UPDATE ONLY %s SET is_winner = id OPERATOR(pg_catalog.=) $7"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND opportunity_id OPERATOR(pg_catalog.=) $2"
					 " AND is_winner OPERATOR(pg_catalog.<>) (id OPERATOR(pg_catalog.=) $7)",
					 qualified_name(RelationGetRelid(competitor)));
}

/* There is no event where everything was right already. */
static void
write_event(StringInfo sql, Relation opportunity)
{
	appendStringInfo(sql,
					 "INSERT INTO %1$s (id, organization_id, opportunity_id, created_at, created_by,"
					 " from_status, to_status, close_date, actual_revenue, delivery_date,"
					 " loss_reason_id, winner, note, before)"
					 " SELECT pg_catalog.nextval('salesopp.status_event_id_seq'), $1, $2,"
					 /* a transaction that waited for another may have begun before it: time does not go back */
					 " (SELECT GREATEST($10, pg_catalog.max(e.created_at)) FROM ONLY %1$s e"
					 " WHERE e.organization_id OPERATOR(pg_catalog.=) $1"
					 " AND e.opportunity_id OPERATOR(pg_catalog.=) $2), salesopp.current_employee(),"
					 " f.status, f.status, f.close_date, f.actual_revenue, f.delivery_date,"
					 " f.loss_reason_id, f.winner, $8, $9",
					 qualified_name(referencing_table(opportunity, "from_status")));
	append_closing(sql, opportunity);
	appendStringInfoString(sql, " WHERE " FACTS " OPERATOR(pg_catalog.<>) $9");
}

static const Statement lock = {write_lock, N_PARAMETERS, {CORRECTION_TYPES}};
static const Statement facts = {write_facts, N_PARAMETERS, {CORRECTION_TYPES}};
static const Statement correct_row = {write_correct_row, N_PARAMETERS, {CORRECTION_TYPES}};
static const Statement move_winner = {write_move_winner, N_PARAMETERS, {CORRECTION_TYPES}};
static const Statement event = {write_event, N_PARAMETERS, {CORRECTION_TYPES}};

/* ----------
 * The correction
 * ----------
 */

static void
run_statement(Relation rel, void *argument)
{
	Correction *correction = argument;

	run_as_owner(rel, correction->statement, correction->values, correction->nulls);
}

static void
correct(Relation rel, const char *const *columns, int n_columns, Correction *correction,
		const Statement *statement)
{
	correction->statement = statement;
	run_permitted(rel, columns, n_columns, run_statement, correction);
}

static Correction
correction_of(FunctionCallInfo fcinfo)
{
	Correction	correction = {.statement = NULL};

	memset(correction.nulls, ' ', sizeof(correction.nulls));
	for (int i = 0; i < fcinfo->nargs; i++)
	{
		correction.values[i] = PG_GETARG_DATUM(i);
		if (PG_ARGISNULL(i))
			correction.nulls[i] = 'n';
	}
	correction.nulls[BEFORE] = 'n';
	correction.values[INSTANT] = TimestampTzGetDatum(history_instant());
	return correction;
}

static void
correct_winner(Relation opportunity, Correction *correction)
{
	static const char *const mark[] = {"is_winner"};
	Relation	competitor = table_open(referencing_table(opportunity, "is_winner"), AccessShareLock);

	correct(competitor, mark, lengthof(mark), correction, &move_winner);
	table_close(competitor, NoLock);
}

/*
 * Called by correct_closing(), which has looked at the arguments. Managers can call it directly, too. As it writes
 * as the owner, it looks at the organization and the status by itself, so that they get no further in that way.
 */
Datum
write_correction(PG_FUNCTION_ARGS)
{
	static const char *const closing[] = {
		"actual_revenue", "close_date", "delivery_date", "loss_reason_id"
	};
	Correction	correction = correction_of(fcinfo);
	Relation	opportunity;
	bool		isnull;

	if (PG_ARGISNULL(ORGANIZATION) || PG_ARGISNULL(OPPORTUNITY) ||
		!is_current_organization(PG_GETARG_INT64(ORGANIZATION)))
		PG_RETURN_VOID();

	opportunity = table_open(own_relation("opportunity"), AccessShareLock);
	SPI_connect();
	if (organization_is_elsewhere(PG_GETARG_INT64(ORGANIZATION)))
		call_elsewhere(fcinfo, "write_correction", PG_GETARG_INT64(ORGANIZATION));
	else if (run_as_owner(opportunity, &lock, correction.values, correction.nulls) == 1)
	{
		run_as_owner(opportunity, &facts, correction.values, correction.nulls);
		correction.values[BEFORE] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
		correction.nulls[BEFORE] = ' ';

		correct(opportunity, closing, lengthof(closing), &correction, &correct_row);
		if (correction.nulls[WINNER] == ' ')
			correct_winner(opportunity, &correction);
		run_as_owner(opportunity, &event, correction.values, correction.nulls);
	}
	SPI_finish();
	table_close(opportunity, NoLock);
	PG_RETURN_VOID();
}
