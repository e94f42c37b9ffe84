/*
 * custom_field.c
 *		The values of custom fields and their definitions.
 */
#include "compat.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "opportunity/custom_field.h"
#include "owner_statement.h"
#include "table/row.h"
#include "text/text_form.h"
#include "text/wildcard.h"

PG_FUNCTION_INFO_V1(has_custom_values);
PG_FUNCTION_INFO_V1(has_custom_texts);
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

/* The fields that are asked for, and the pattern of each. */
typedef struct WantedTexts
{
	ArrayType  *fields_array;
	ArrayType  *patterns_array;
	bool		ignore_accents;
	int			n;
	Datum	   *fields;
	Pattern   **patterns;
} WantedTexts;

static bool
same_array(const ArrayType *a, const ArrayType *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

static WantedTexts *
make_wanted_texts(ArrayType *fields, ArrayType *patterns, bool ignore_accents, Oid collation)
{
	WantedTexts *wanted = palloc(sizeof(WantedTexts));
	Datum	   *sources;
	int			n;

	wanted->fields_array = DatumGetArrayTypePCopy(PointerGetDatum(fields));
	wanted->patterns_array = DatumGetArrayTypePCopy(PointerGetDatum(patterns));
	wanted->ignore_accents = ignore_accents;
	deconstruct_array(wanted->fields_array, TEXTOID, -1, false, TYPALIGN_INT, &wanted->fields, NULL, &wanted->n);
	deconstruct_array(wanted->patterns_array, TEXTOID, -1, false, TYPALIGN_INT, &sources, NULL, &n);
	if (n != wanted->n)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("there must be one pattern for each field"),
				errhint("Pass two arrays of the same length."));
	wanted->patterns = palloc((n + 1) * sizeof(Pattern *));
	for (int i = 0; i < n; i++)
	{
		text	   *source = DatumGetTextPP(sources[i]);
		char	   *s = VARDATA_ANY(source);
		Size		length = VARSIZE_ANY_EXHDR(source);

		if (ignore_accents)
			s = remove_accents(s, length, &length);
		wanted->patterns[i] = make_pattern(cstring_to_text_with_len(s, length), collation);
	}
	return wanted;
}

/* What the call asks for. The arrays are taken apart again only when they are others than before. */
static WantedTexts *
wanted_texts_of_call(FunctionCallInfo fcinfo)
{
	WantedTexts *wanted = fcinfo->flinfo->fn_extra;
	ArrayType  *fields = PG_GETARG_ARRAYTYPE_P(1);
	ArrayType  *patterns = PG_GETARG_ARRAYTYPE_P(2);
	MemoryContext own;
	MemoryContext old;

	if (wanted != NULL && wanted->ignore_accents == PG_GETARG_BOOL(3) && same_array(wanted->fields_array, fields) && same_array(wanted->patterns_array, patterns))
		return wanted;

	own = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "salesopp custom texts", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(own);
	wanted = make_wanted_texts(fields, patterns, PG_GETARG_BOOL(3),
							   OidIsValid(PG_GET_COLLATION()) ? PG_GET_COLLATION() : DEFAULT_COLLATION_OID);
	MemoryContextSwitchTo(old);

	if (fcinfo->flinfo->fn_extra != NULL)
		MemoryContextDelete(GetMemoryChunkContext(fcinfo->flinfo->fn_extra));
	fcinfo->flinfo->fn_extra = wanted;
	return wanted;
}

static bool
has_custom_text(Jsonb *custom, text *field, const Pattern *pattern, bool ignore_accents)
{
	JsonbValue	found;
	JsonbValue *value = getKeyJsonValueFromContainer(&custom->root, VARDATA_ANY(field),
													 VARSIZE_ANY_EXHDR(field), &found);
	char	   *given;
	char	   *text;
	Size		length;
	bool		result;

	if (value == NULL || value->type != jbvString)
		return false;
	given = text = value->val.string.val;
	length = value->val.string.len;
	if (ignore_accents)
		text = remove_accents(given, length, &length);
	result = matches_text(pattern, text, length);
	if (text != given)
		pfree(text);
	return result;
}

/* Leakproof as well: errors depend on the patterns alone. */
Datum
has_custom_texts(PG_FUNCTION_ARGS)
{
	Jsonb	   *custom = PG_GETARG_JSONB_P(0);
	WantedTexts *wanted = wanted_texts_of_call(fcinfo);

	if (!JB_ROOT_IS_OBJECT(custom))
		PG_RETURN_BOOL(false);
	for (int i = 0; i < wanted->n; i++)
		if (!has_custom_text(custom, DatumGetTextPP(wanted->fields[i]), wanted->patterns[i], wanted->ignore_accents))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(true);
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
