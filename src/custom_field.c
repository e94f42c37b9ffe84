/*
 * custom_field.c
 *		The values of custom fields and their definitions.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/rel.h"

#include "custom_field.h"
#include "plan_cache.h"
#include "row.h"

PG_FUNCTION_INFO_V1(has_custom_values);
PG_FUNCTION_INFO_V1(guard_custom_field);

/* ----------
 * Values
 * ----------
 */

/* The definitions are locked, so that they stay as they are until the values are stored. */
static void
write_lock_definitions(StringInfo sql, Relation opportunity)
{
	appendStringInfoString(sql,
						   "SELECT FROM salesopp.custom_field"
						   " WHERE organization_id OPERATOR(pg_catalog.=) $1"
						   " AND name OPERATOR(pg_catalog.=) ANY"
						   " (ARRAY(SELECT pg_catalog.jsonb_object_keys($2))) ORDER BY id FOR SHARE");
}

static const Statement lock_definitions = {write_lock_definitions, 2, {INT8OID, JSONBOID}};

static void
write_find_problem(StringInfo sql, Relation opportunity)
{
	appendStringInfoString(sql, "SELECT salesopp.custom_problem($1, $2)");
}

static const Statement find_problem = {write_find_problem, 2, {INT8OID, JSONBOID}};

void
check_custom_values(Relation opportunity, Datum organization_id, int64 opportunity_id, Datum custom)
{
	Datum		values[] = {organization_id, custom};
	char	   *problem;

	if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(custom)) || JB_ROOT_COUNT(DatumGetJsonbP(custom)) == 0)
		return;

	SPI_connect();
	lock_as_owner(opportunity, &lock_definitions, values, NULL);
	run_as_owner(opportunity, &find_problem, values, NULL);
	problem = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (problem != NULL)
		ereport(ERROR,
				errcode(ERRCODE_CHECK_VIOLATION),
				errmsg("opportunity " INT64_FORMAT ": %s", opportunity_id, problem),
				errhint("The custom fields and their types are in salesopp.custom_field."));
	SPI_finish();
}

/*
 * The values that are asked for are texts, numbers and booleans, so no error in here depends on the
 * values that are searched: it is leakproof.
 */
Datum
has_custom_values(PG_FUNCTION_ARGS)
{
	return jsonb_contains(fcinfo);
}

/* ----------
 * Definitions
 * ----------
 */

/* Whether an opportunity, a deleted one too, has a value that the new definition does not allow. */
static void
write_find_use(StringInfo sql, Relation custom_field)
{
	appendStringInfoString(sql,
						   "SELECT FROM salesopp.opportunity"
						   " WHERE organization_id OPERATOR(pg_catalog.=) $1"
						   " AND custom OPERATOR(pg_catalog.?) $2 AND ($3 IS NULL OR"
						   " (custom OPERATOR(pg_catalog.->>) $2)"
						   " OPERATOR(pg_catalog.<>) ALL ($3)) LIMIT 1");
}

static const Statement find_use = {write_find_use, 3, {INT8OID, TEXTOID, TEXTARRAYOID}};

Datum
guard_custom_field(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	AttrNumber	name;
	AttrNumber	data_type;
	AttrNumber	choices;
	Row			old;
	Datum		values[3];
	char		nulls[] = {' ', ' ', 'n', '\0'};
	HeapTuple	result = trigger->tg_trigtuple;

	check_row_trigger(fcinfo, "guard_custom_field", true);
	desc = RelationGetDescr(trigger->tg_relation);
	name = column_number(desc, "name");
	data_type = column_number(desc, "data_type");
	choices = column_number(desc, "choices");
	old = row_of_tuple(trigger->tg_trigtuple, desc);
	values[0] = value_of(&old, column_number(desc, "organization_id"));
	values[1] = value_of(&old, name);
	values[2] = (Datum) 0;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		Row			row = row_of_tuple(trigger->tg_newtuple, desc);

		result = trigger->tg_newtuple;
		if (same_value(&row, &old, name) && same_value(&row, &old, data_type))
		{
			/* other choices will do as long as no value is among those that went */
			if (same_value(&row, &old, choices) || is_null(&row, choices))
				return PointerGetDatum(result);
			values[2] = value_of(&row, choices);
			nulls[2] = ' ';
		}
	}

	SPI_connect();
	if (run_as_owner(trigger->tg_relation, &find_use, values, nulls) > 0)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("custom field \"%s\" is in use", TextDatumGetCString(values[1])),
				errhint("Remove its values from the opportunities first, or define another field."));
	SPI_finish();
	return PointerGetDatum(result);
}
