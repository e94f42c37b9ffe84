/*
 * verify.c
 *		Which row breaks a constraint?
 *
 * PostgreSQL says the name of the constraint and, to those under row security, no more. This
 * trigger, the last before a row is written, evaluates the table's own constraints on it, so that
 * the message can name the row, the columns and their values. What the rules are stands in the
 * constraints alone.
 */
#include "compat.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "table/permitted_change.h"
#include "table/row_name.h"
#include "table/stamp.h"
#include "work_progress.h"

PG_FUNCTION_INFO_V1(verify);

typedef struct RowCheck
{
	const char *name;
	Node	   *expression;
	Bitmapset  *columns;		/* as pull_varattnos numbers them */
	ExprState  *state;
} RowCheck;

typedef struct RowChecks
{
	StampColumns stamps;
	AttrNumber	version;		/* none in most tables */
	bool		is_loading;
	ExprContext *context;
	int			n_needed;
	AttrNumber *needed;			/* columns that must not be null */
	int			n_checks;
	RowCheck   *checks;
} RowChecks;

static bool
is_generated(TupleDesc desc, AttrNumber column)
{
	return TupleDescAttr(desc, column - 1)->attgenerated != '\0';
}

/* Generated columns are computed after the triggers, so no trigger can look at them. */
static bool
uses_generated(TupleDesc desc, const Bitmapset *columns)
{
	int			member = -1;

	while ((member = bms_next_member(columns, member)) >= 0)
	{
		AttrNumber	column = member + FirstLowInvalidHeapAttributeNumber;

		if (column <= 0 || is_generated(desc, column))
			return true;
	}
	return false;
}

static void
find_needed(RowChecks *checks, TupleDesc desc)
{
	checks->needed = palloc(desc->natts * sizeof(AttrNumber));
	for (AttrNumber column = 1; column <= desc->natts; column++)
		if (TupleDescAttr(desc, column - 1)->attnotnull && !is_generated(desc, column))
			checks->needed[checks->n_needed++] = column;
}

static void
find_checks(RowChecks *checks, TupleDesc desc, EState *estate)
{
	TupleConstr *constraints = desc->constr;

	if (constraints == NULL)
		return;
	checks->checks = palloc0(constraints->num_check * sizeof(RowCheck));
	for (int i = 0; i < constraints->num_check; i++)
	{
		RowCheck   *check = &checks->checks[checks->n_checks];

		if (!is_enforced_check(&constraints->check[i]))
			continue;
		check->name = pstrdup(constraints->check[i].ccname);
		check->expression = stringToNode(constraints->check[i].ccbin);
		pull_varattnos(check->expression, 1, &check->columns);
		if (uses_generated(desc, check->columns))
			continue;
		check->state = ExecPrepareExpr((Expr *) check->expression, estate);
		checks->n_checks++;
	}
}

/* They are looked up at the first row of a statement. */
static RowChecks *
row_checks(FunctionCallInfo fcinfo)
{
	RowChecks  *checks = fcinfo->flinfo->fn_extra;
	Relation	rel = ((TriggerData *) fcinfo->context)->tg_relation;
	MemoryContext caller;
	EState	   *estate;

	if (checks != NULL)
		return checks;

	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	checks = palloc0(sizeof(RowChecks));
	find_stamp_columns(&checks->stamps, rel);
	checks->version = optional_column_number(RelationGetDescr(rel), "version");
	checks->is_loading = is_loading(&checks->stamps);
	if (!checks->is_loading)
	{
		estate = CreateExecutorState();
		checks->context = CreateExprContext(estate);
		find_needed(checks, RelationGetDescr(rel));
		find_checks(checks, RelationGetDescr(rel), estate);
	}
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = checks;
	return checks;
}

/* The columns that the constraint looks at, as "rating is 7". */
static char *
columns_of(Relation rel, const RowCheck *check, const Row *row)
{
	StringInfoData list;
	int			member = -1;

	initStringInfo(&list);
	while ((member = bms_next_member(check->columns, member)) >= 0)
		appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ",
						 shown_column(rel, row, member + FirstLowInvalidHeapAttributeNumber));
	return list.data;
}

/* The rule as SQL, the same whatever the caller's search_path is. */
static char *
rule_of(Relation rel, const RowCheck *check)
{
	int			level = NewGUCNestLevel();
	char	   *rule;

	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	rule = deparse_expression(check->expression,
							  deparse_context_for(RelationGetRelationName(rel), RelationGetRelid(rel)),
							  false, false);
	AtEOXact_GUC(true, level);
	return rule;
}

static void
refuse_row(Relation rel, const char *kind, const RowCheck *check, const Row *row)
{
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg("%s: %s, which breaks %s", row_name(rel, kind, row),
				   columns_of(rel, check, row), check->name),
			errhint("It must hold: %s", rule_of(rel, check)),
			errtableconstraint(rel, check->name));
}

static void
verify_slot(RowChecks *checks, const TriggerData *trigger, TupleTableSlot *slot, HeapTuple tuple)
{
	Relation	rel = trigger->tg_relation;
	const char *kind = trigger->tg_trigger->tgargs[0];

	slot_getallattrs(slot);
	for (int i = 0; i < checks->n_needed; i++)
		if (slot->tts_isnull[checks->needed[i] - 1])
		{
			Row			row = row_of_tuple(tuple, RelationGetDescr(rel));

			refuse_null(rel, kind, &row, checks->needed[i]);
		}

	checks->context->ecxt_scantuple = slot;
	for (int i = 0; i < checks->n_checks; i++)
		if (!ExecCheck(checks->checks[i].state, checks->context))
		{
			Row			row = row_of_tuple(tuple, RelationGetDescr(rel));

			refuse_row(rel, kind, &checks->checks[i], &row);
		}
	ResetExprContext(checks->context);
}

/*
 * A change that a trigger of somebody's own has made after the one that counts versions is a version, too: the
 * history has a row for each.
 */
static HeapTuple
count_late_change(const RowChecks *checks, const TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	Row			row = row_of_tuple(trigger->tg_newtuple, desc);
	Row			old = row_of_tuple(trigger->tg_trigtuple, desc);

	if (!same_value(&row, &old, checks->version) || !differs_beyond(&checks->stamps, &row, &old, is_renamed))
		return trigger->tg_newtuple;
	set_value(&row, checks->version, Int32GetDatum(DatumGetInt32(value_of(&old, checks->version)) + 1));
	return tuple_of_row(&row, trigger->tg_newtuple);
}

/* BEFORE INSERT OR UPDATE trigger; the argument says what the table's rows are. */
Datum
verify(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	RowChecks  *checks;
	bool		is_insert;
	HeapTuple	tuple;

	check_row_trigger(fcinfo, "verify", true);
	checks = row_checks(fcinfo);
	is_insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	tuple = is_insert ? trigger->tg_trigtuple : trigger->tg_newtuple;
	if (!checks->is_loading)
		verify_slot(checks, trigger, is_insert ? trigger->tg_trigslot : trigger->tg_newslot, tuple);
	if (!is_insert && checks->version != InvalidAttrNumber)
		tuple = count_late_change(checks, trigger);
	count_work(RelationGetRelid(trigger->tg_relation), WORK_WRITING);
	return PointerGetDatum(tuple);
}
