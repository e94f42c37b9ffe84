/*
 * part_trigger.c
 *		What belongs to an opportunity changes only while the opportunity allows it; events do not change.
 *
 * The opportunity is locked first, so that nobody closes it meanwhile, and two sessions that change its parts come
 * one after the other.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "opportunity/opportunity_state.h"
#include "opportunity/stage_copy.h"
#include "opportunity/stage_facts.h"
#include "owner_statement.h"
#include "table/foreign_key.h"
#include "table/keep_unique.h"
#include "table/permitted_change.h"
#include "table/stamp.h"

PG_FUNCTION_INFO_V1(guard_part);
PG_FUNCTION_INFO_V1(follow_stage);

typedef struct PartColumns
{
	StampColumns stamps;
	AttrNumber	opportunity_id;
} PartColumns;

static void
find_part_columns(PartColumns *columns, Relation rel)
{
	find_stamp_columns(&columns->stamps, rel);
	columns->opportunity_id = column_number(RelationGetDescr(rel), "opportunity_id");
}

static PartColumns *
part_columns(FunctionCallInfo fcinfo)
{
	PartColumns *columns = fcinfo->flinfo->fn_extra;

	if (columns == NULL)
	{
		columns = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(PartColumns));
		find_part_columns(columns, ((TriggerData *) fcinfo->context)->tg_relation);
		fcinfo->flinfo->fn_extra = columns;
	}
	return columns;
}

/* ----------
 * Before: may it change?
 * ----------
 */

static void
write_lock(StringInfo sql, Relation rel)
{
	appendStringInfo(sql,
					 "SELECT status, deleted_at IS NOT NULL FROM ONLY %s"
					 " WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND id OPERATOR(pg_catalog.=) $2 FOR NO KEY UPDATE",
					 qualified_name(referenced_table(rel, "opportunity_id")));
}

static const Statement lock = {write_lock, 2, {INT8OID, INT8OID}};

/* The trigger's arguments are the statuses in which the part may change. */
static bool
allows(const Trigger *trigger, OpportunityStatus status)
{
	for (int i = 0; i < trigger->tgnargs; i++)
		if (strcmp(trigger->tgargs[i], opportunity_status_labels.names[status]) == 0)
			return true;
	return false;
}

static void
check_opportunity(const PartColumns *columns, const TriggerData *trigger, const Row *row)
{
	Datum		keys[2] = {
		value_of(row, columns->stamps.organization_id), value_of(row, columns->opportunity_id)
	};
	int64		opportunity_id = DatumGetInt64(keys[1]);

	SPI_connect();

	/* without a row, the foreign key will report it, or the opportunity is just being deleted with its parts */
	if (lock_as_owner(trigger->tg_relation, &lock, keys, NULL) > 0)
	{
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		isnull;
		OpportunityStatus status;

		enum_labels_lookup(&opportunity_status_labels, SPI_gettypeid(desc, 1));
		status = enum_position(&opportunity_status_labels,
							   DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], desc, 1, &isnull)));
		if (DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], desc, 2, &isnull)))
			refuse_deleted(opportunity_id);
		if (!allows(trigger->tg_trigger, status))
			refuse_closed(opportunity_id, status);
	}
	SPI_finish();
}

static void
guard_part_update(const PartColumns *columns, const TriggerData *trigger, Row *row, const Row *old)
{
	stamp_updated(&columns->stamps, row, old);
	if (!differs_beyond(&columns->stamps, row, old, NULL))
	{
		keep_stamps(&columns->stamps, row, old);
		return;
	}
	if (!same_value(row, old, columns->opportunity_id))
		ereport(ERROR,
				errcode(ERRCODE_CHECK_VIOLATION),
				errmsg("what belongs to opportunity %lld cannot move to another",
					   (long long) DatumGetInt64(value_of(old, columns->opportunity_id))),
				errhint("Insert it anew for the other opportunity."));
	if (differs_beyond(&columns->stamps, row, old, is_permitted_change))
		check_opportunity(columns, trigger, old);
}

Datum
guard_part(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	PartColumns *columns;
	TupleDesc	desc;
	Row			first;
	Row			row;

	check_row_trigger(fcinfo, "guard_part", true);
	columns = part_columns(fcinfo);
	desc = RelationGetDescr(trigger->tg_relation);
	first = row_of_tuple(trigger->tg_trigtuple, desc);

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
	{
		stamp_inserted(&columns->stamps, &first);
		if (!is_loading(&columns->stamps) && !is_copying_stages() && !is_permitted_addition() &&
			!is_null(&first, columns->opportunity_id))
			check_opportunity(columns, trigger, &first);
		return PointerGetDatum(tuple_of_row(&first, trigger->tg_trigtuple));
	}
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		if (!is_permitted_removal(trigger->tg_relation))
			check_opportunity(columns, trigger, &first);
		return PointerGetDatum(trigger->tg_trigtuple);
	}
	row = row_of_tuple(trigger->tg_newtuple, desc);
	guard_part_update(columns, trigger, &row, &first);
	return PointerGetDatum(tuple_of_row(&row, trigger->tg_newtuple));
}

/* ----------
 * After: the opportunity follows the stages, of which there is one at a position
 * ----------
 */

/* In fn_extra. */
typedef struct StageFollower
{
	PartColumns columns;
	AttrNumber	position;
	LastParent	positions_of;
	LastParent	facts_of;
} StageFollower;

static StageFollower *
stage_follower(FunctionCallInfo fcinfo)
{
	StageFollower *follower = fcinfo->flinfo->fn_extra;
	Relation	stages = ((TriggerData *) fcinfo->context)->tg_relation;

	if (follower == NULL)
	{
		follower = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(StageFollower));
		find_part_columns(&follower->columns, stages);
		follower->position = column_number(RelationGetDescr(stages), "position");
		fcinfo->flinfo->fn_extra = follower;
	}
	return follower;
}

static bool
has_new_position(const StageFollower *follower, const TriggerData *trigger, const Row *row)
{
	Row			written;

	if (!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	written = row_of_tuple(trigger->tg_newtuple, row->desc);
	return !same_value(&written, row, follower->position);
}

/*
 * AFTER trigger. The positions of stages that are copied are unique because those of the process are, and what the
 * opportunity says of them it has said already. Those that are being restored are looked at, but the opportunity is restored, too;
 * and those that are erased go with it.
 */
Datum
follow_stage(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		is_insert;
	StageFollower *follower;
	Row			row;
	Datum		keys[2];

	check_row_trigger(fcinfo, "follow_stage", false);
	is_insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	if ((is_insert && is_copying_stages()) || is_permitted_removal(trigger->tg_relation))
		return PointerGetDatum(NULL);

	follower = stage_follower(fcinfo);
	row = row_of_tuple(trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation));
	keys[0] = value_of(&row, follower->columns.stamps.organization_id);
	keys[1] = value_of(&row, follower->columns.opportunity_id);

	if (has_new_position(follower, trigger, &row) && is_next_parent(&follower->positions_of, keys))
		keep_positions_unique(trigger->tg_relation, keys);
	if (!(is_insert && is_loading(&follower->columns.stamps)) && is_next_parent(&follower->facts_of, keys))
		send_stage_facts(trigger->tg_relation, keys);
	return PointerGetDatum(NULL);
}

PG_FUNCTION_INFO_V1(refuse_event_change);

/* Trigger on a table of events: its first argument says of what they are, its second what to do instead. */
Datum
refuse_event_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("function \"%s\" was not called by trigger manager", "refuse_event_change"));
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event) && is_permitted_removal(trigger->tg_relation))
		return PointerGetDatum(NULL);
	ereport(ERROR,
			errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			errmsg("events of %s cannot be changed or removed", _(trigger->tg_trigger->tgargs[0])),
			errhint("%s", _(trigger->tg_trigger->tgargs[1])));
}
