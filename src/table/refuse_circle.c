/*
 * refuse_circle.c
 *		Nobody comes to lead himself, on any day, by way of others or not.
 *
 * A row says who leads an employee from a day on, until the day of the next row. So a row that comes, changes or goes
 * changes who leads its employee and nobody else, and a circle that is made by it has this employee in it: it is found on
 * the way up from him, on which the days narrow to those on which each leads the next.
 */
#include "compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

#include "owner_statement.h"
#include "table/foreign_key.h"
#include "table/keep_unique.h"
#include "table/stamp.h"

PG_FUNCTION_INFO_V1(refuse_circle);

/* Two who make a circle together may write of different employees, but these are of one organization. */
static void
write_lock(StringInfo sql, Relation rel)
{
	appendStringInfo(sql, "SELECT FROM ONLY %s WHERE id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
					 qualified_name(referenced_table(rel, "organization_id")));
}

static const Statement lock = {write_lock, 1, {INT8OID}};

/* ----------
 * The way up
 * ----------
 */

/* Who leads an employee, from when until when, within the days from $3 until $4. */
static void
write_find(StringInfo sql, Relation rel)
{
	appendStringInfo(sql,
					 "SELECT manager_id, GREATEST(valid_from, $3), LEAST(valid_to, $4) FROM (SELECT manager_id, valid_from,"
					 " pg_catalog.lead(valid_from, 1, 'infinity') OVER (ORDER BY valid_from) AS valid_to"
					 " FROM ONLY %s WHERE organization_id OPERATOR(pg_catalog.=) $1 AND employee_id OPERATOR(pg_catalog.=) $2) m"
					 " WHERE manager_id IS NOT NULL AND valid_from OPERATOR(pg_catalog.<) $4 AND valid_to OPERATOR(pg_catalog.>) $3",
					 qualified_name(RelationGetRelid(rel)));
}

static const Statement find = {write_find, 4, {INT8OID, INT8OID, DATEOID, DATEOID}};

typedef uint64 (*RunStatement) (Relation rel, const Statement *statement, Datum *values, const char *nulls);

/* An employee on the way, and the days on which each up to him leads the one before. */
typedef struct Step
{
	int64		employee_id;
	Datum		valid_from;
	Datum		valid_to;
	struct Step *before;
} Step;

static Step *
make_step(int64 employee_id, Datum valid_from, Datum valid_to, Step *before)
{
	Step	   *step = palloc(sizeof(Step));

	*step = (Step) {.employee_id = employee_id, .valid_from = valid_from, .valid_to = valid_to, .before = before};
	return step;
}

static bool
has_been_met(const Step *step, int64 employee_id)
{
	for (; step != NULL; step = step->before)
		if (step->employee_id == employee_id)
			return true;
	return false;
}

/* Adds who leads the last of a way. Nobody is met twice, so that it ends also where there is a circle already. */
static void
add_leaders(List **ways, Step *step, int64 first)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		found[3];
		bool		isnull;

		for (int column = 0; column < lengthof(found); column++)
			found[column] = SPI_getbinval(SPI_tuptable->vals[i], desc, column + 1, &isnull);
		if (DatumGetInt64(found[0]) == first || !has_been_met(step, DatumGetInt64(found[0])))
			*ways = lappend(*ways, make_step(DatumGetInt64(found[0]), found[1], found[2], step));
	}
	SPI_freetuptable(SPI_tuptable);
}

/* The way from the employee to himself, from its end; NULL if there is none. */
static const Step *
find_circle(Relation rel, const Datum *keys, RunStatement run)
{
	int64		first = DatumGetInt64(keys[1]);
	List	   *ways = list_make1(make_step(first, DateADTGetDatum(DATEVAL_NOBEGIN), DateADTGetDatum(DATEVAL_NOEND), NULL));

	for (int i = 0; i < list_length(ways); i++)
	{
		Step	   *step = list_nth(ways, i);
		Datum		values[] = {keys[0], Int64GetDatum(step->employee_id), step->valid_from, step->valid_to};

		CHECK_FOR_INTERRUPTS();
		if (step->before != NULL && step->employee_id == first)
			return step;
		run(rel, &find, values, NULL);
		add_leaders(&ways, step, first);
	}
	return NULL;
}

static void
refuse(const Step *circle)
{
	char	   *way = psprintf("%lld", (long long) circle->employee_id);
	char	   *day = DatumGetCString(DirectFunctionCall1(date_out, circle->valid_from));

	for (const Step *step = circle->before; step != NULL; step = step->before)
		way = psprintf(_("%lld, who is led by %s"), (long long) step->employee_id, way);
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("employee %lld would lead himself on %s: %s", (long long) circle->employee_id, day, way),
			errhint("End what one of them leads before that day, with a row whose manager_id is NULL or another."));
}

/* ----------
 * The trigger
 * ----------
 */

static void
check_employee(Relation rel, Datum *keys)
{
	const Step *circle;

	SPI_connect();
	run_as_owner(rel, &lock, keys, NULL);
	circle = find_circle(rel, keys, run_as_owner);
	if (circle != NULL)
	{
		if (IsolationUsesXactSnapshot() && find_circle(rel, keys, run_as_owner_in_snapshot) == NULL)
			refuse_concurrent_change();
		refuse(circle);
	}
	SPI_finish();
}

/* In fn_extra. */
typedef struct CircleFinder
{
	StampColumns stamps;
	AttrNumber	employee_id;
	LastParent	last;
} CircleFinder;

static CircleFinder *
circle_finder(FunctionCallInfo fcinfo)
{
	CircleFinder *finder = fcinfo->flinfo->fn_extra;
	Relation	rel = ((TriggerData *) fcinfo->context)->tg_relation;

	if (finder == NULL)
	{
		finder = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CircleFinder));
		find_stamp_columns(&finder->stamps, rel);
		finder->employee_id = column_number(RelationGetDescr(rel), "employee_id");
		fcinfo->flinfo->fn_extra = finder;
	}
	return finder;
}

static void
check_tuple(CircleFinder *finder, Relation rel, HeapTuple tuple)
{
	Row			row = row_of_tuple(tuple, RelationGetDescr(rel));
	Datum		keys[] = {value_of(&row, finder->stamps.organization_id), value_of(&row, finder->employee_id)};

	if (is_next_parent(&finder->last, keys))
		check_employee(rel, keys);
}

/*
 * AFTER trigger. Rows that are being restored may come in an order in which some of them make a circle until the
 * others have come.
 */
Datum
refuse_circle(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	CircleFinder *finder;

	check_row_trigger(fcinfo, "refuse_circle", false);
	finder = circle_finder(fcinfo);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event) && is_loading(&finder->stamps))
		return PointerGetDatum(NULL);
	check_tuple(finder, trigger->tg_relation, trigger->tg_trigtuple);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		check_tuple(finder, trigger->tg_relation, trigger->tg_newtuple);
	return PointerGetDatum(NULL);
}
