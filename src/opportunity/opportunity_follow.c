/*
 * opportunity_follow.c
 *		What follows in other tables when an opportunity has been written.
 *
 * The AFTER trigger adds it: the stages of a process that was attached, the event of a closing or a reopening.
 * And it takes the winner's mark away where there is none any more.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

#include "opportunity/opportunity_row.h"
#include "table/permitted_change.h"
#include "opportunity/stage_copy.h"
#include "opportunity/stage_facts.h"
#include "owner_statement.h"
#include "table/foreign_key.h"

PG_FUNCTION_INFO_V1(follow_opportunity);

static void
write_clear_winner(StringInfo sql, Relation rel)
{
	appendStringInfo(sql,
					 "UPDATE ONLY %s SET is_winner = false"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND opportunity_id OPERATOR(pg_catalog.=) $2 AND is_winner",
					 qualified_name(referencing_table(rel, "is_winner")));
}

static const Statement clear_winner = {write_clear_winner, 2, {INT8OID, INT8OID}};

static void
write_add_event(StringInfo sql, Relation rel)
{
	Relation	competitors = table_open(referencing_table(rel, "is_winner"), AccessShareLock);

	appendStringInfo(sql,
					 "INSERT INTO %s (id, organization_id, opportunity_id, created_at, created_by,"
					 " from_status, to_status, close_date, actual_revenue, delivery_date,"
					 " loss_reason_id, note, winner) VALUES ("
					 "pg_catalog.nextval('salesopp.status_event_id_seq'), $1, $2, $3, $4,"
					 " CAST($5 AS salesopp.opportunity_status),"
					 " CAST($6 AS salesopp.opportunity_status), $7, $8, $9, $10, $11,"
					 " (SELECT COALESCE(w.name, c.name) FROM ONLY %s w LEFT JOIN ONLY %s c"
					 " ON c.organization_id OPERATOR(pg_catalog.=) w.organization_id"
					 " AND c.id OPERATOR(pg_catalog.=) w.competitor_id"
					 " WHERE w.organization_id OPERATOR(pg_catalog.=) $1"
					 " AND w.opportunity_id OPERATOR(pg_catalog.=) $2 AND w.is_winner))"
					 " RETURNING winner",
					 qualified_name(referencing_table(rel, "from_status")),
					 qualified_name(RelationGetRelid(competitors)),
					 qualified_name(referenced_table(competitors, "competitor_id")));
	table_close(competitors, AccessShareLock);
}

static const Statement add_event = {
	write_add_event, 11,
	{INT8OID, INT8OID, TIMESTAMPTZOID, INT8OID, TEXTOID, TEXTOID, DATEOID, NUMERICOID, DATEOID,
	INT8OID, TEXTOID}
};

static void
refuse_winner_of_won(int64 opportunity_id, const char *winner)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("opportunity %lld cannot be won while the competitor \"%s\" is marked as its winner",
				   (long long) opportunity_id, winner),
			errhint("Set is_winner of that competitor to false first, or close the opportunity as lost."));
}

/* Reopening takes the winner's mark away; the event of the loss keeps the name. */
static void
note_transition(const OpportunityColumns *columns, Relation rel, const Row *row, OpportunityStatus from)
{
	OpportunityStatus to = status_of(columns, row);
	const AttrNumber facts[] = {
		columns->close_date, columns->actual_revenue, columns->delivery_date,
		columns->loss_reason_id, columns->status_note
	};
	Datum		values[11] = {
		value_of(row, columns->stamps.organization_id),
		value_of(row, columns->stamps.id),
		value_of(row, columns->stamps.changed_at),
		value_of(row, columns->stamps.changed_by),
		CStringGetTextDatum(opportunity_status_labels.names[from]),
		CStringGetTextDatum(opportunity_status_labels.names[to])
	};
	char		nulls[11];

	memset(nulls, ' ', sizeof(nulls));
	if (is_null(row, columns->stamps.changed_by))
		nulls[3] = 'n';
	for (int i = 0; i < lengthof(facts); i++)
	{
		values[6 + i] = value_of(row, facts[i]);
		if (is_null(row, facts[i]))
			nulls[6 + i] = 'n';
	}

	if (to == STATUS_OPEN)
		run_as_owner(rel, &clear_winner, values, NULL);
	run_as_owner(rel, &add_event, values, nulls);
	if (to == STATUS_WON)
	{
		char	   *winner = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);

		if (winner != NULL)
			refuse_winner_of_won(id_of(columns, row), winner);
	}
}

static void
send_facts(Relation rel, void *keys)
{
	Relation	stages = table_open(referencing_table(rel, "position"), AccessShareLock);

	send_stage_facts(stages, keys);
	table_close(stages, NoLock);
}

static int32
position_of(const Row *row, AttrNumber column)
{
	return column == InvalidAttrNumber || is_null(row, column) ? 0 : DatumGetInt32(value_of(row, column));
}

/* Whether the opportunity says of the stages that were copied what they are. */
static bool
says_stages(const OpportunityColumns *columns, const Row *row, const StageCopy *stages)
{
	return stages->next == position_of(row, columns->stage_position) &&
		(stages->reached == 0 || progress_method_of(columns, row) != PROGRESS_AUTOMATIC ||
		 DatumGetBool(DirectFunctionCall2(numeric_eq, stages->progress, value_of(row, columns->progress))));
}

/*
 * The opportunity already says what the stages will be; only if the process has changed meanwhile, they are others. This
 * statement may have closed it, too. Where one has no process yet, what it has reached is of stages of its own.
 */
static void
add_stages(const OpportunityColumns *columns, Relation rel, const Row *row, bool is_insert)
{
	static const char *const facts[] = {"stage_position", "stage_reached", "progress"};
	Datum		keys[] = {value_of(row, columns->stamps.organization_id), value_of(row, columns->stamps.id)};
	StageCopy	stages = copy_stages(rel, keys[0], keys[1], value_of(row, columns->sales_process_id),
									 is_insert ? position_of(row, columns->stage_reached) : 0);

	if (columns->stage_position != InvalidAttrNumber && !says_stages(columns, row, &stages))
		run_permitted(rel, facts, lengthof(facts), send_facts, keys);
}

Datum
follow_opportunity(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	rel = trigger->tg_relation;
	bool		is_insert;
	bool		had_process = false;
	OpportunityStatus old_status = STATUS_OPEN;
	const OpportunityColumns *columns;
	Row			row;

	check_row_trigger(fcinfo, "follow_opportunity", false);
	columns = opportunity_columns(fcinfo);
	is_insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);

	if (is_insert && is_loading(&columns->stamps))
		return PointerGetDatum(NULL);

	row = row_of_tuple(is_insert ? trigger->tg_trigtuple : trigger->tg_newtuple, RelationGetDescr(rel));
	if (!is_insert)
	{
		Row			old = row_of_tuple(trigger->tg_trigtuple, RelationGetDescr(rel));

		had_process = !is_null(&old, columns->sales_process_id);
		old_status = status_of(columns, &old);
	}

	SPI_connect();
	if (!had_process && !is_null(&row, columns->sales_process_id))
	{
		if (is_insert && !is_null(&row, columns->copied_from_id))
			copy_stages_from_opportunity(rel, value_of(&row, columns->stamps.organization_id), value_of(&row, columns->stamps.id),
										 value_of(&row, columns->copied_from_id));
		else
			add_stages(columns, rel, &row, is_insert);
	}
	if (status_of(columns, &row) != old_status)
		note_transition(columns, rel, &row, old_status);
	SPI_finish();
	return PointerGetDatum(NULL);
}
