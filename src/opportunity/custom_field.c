/*
 * custom_field.c
 *		The values of custom fields and their definitions.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "opportunity/custom_field.h"
#include "owner_statement.h"
#include "table/foreign_key.h"
#include "table/permitted_change.h"
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

/*
 * Who renames a field holds its definition and waits for opportunities; who writes a value holds an opportunity and waits
 * here. The value gives up long before PostgreSQL would find that they wait for each other, and have the renaming fail.
 */
static void
wait_for_definitions(Relation opportunity, int64 opportunity_id, Datum *values)
{
	MemoryContext context = CurrentMemoryContext;
	int			given = LockTimeout;
	int			longest = Max(DeadlockTimeout / 10, 1);

	LockTimeout = given == 0 ? longest : Min(given, longest);
	PG_TRY();
	{
		lock_as_owner(opportunity, &lock_definitions, values, NULL);
	}
	PG_CATCH();
	{
		LockTimeout = given;
		if (geterrcode() != ERRCODE_LOCK_NOT_AVAILABLE)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		ereport(ERROR,
				errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				errmsg("opportunity %lld: the definition of one of its custom fields is being changed",
					   (long long) opportunity_id),
				errhint("Try again; the field may have another name then."));
	}
	PG_END_TRY();
	LockTimeout = given;
}

void
check_custom_values(Relation opportunity, Datum organization_id, int64 opportunity_id, Datum custom)
{
	Datum		values[] = {organization_id, custom};
	char	   *problem;

	if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(custom)) || JB_ROOT_COUNT(DatumGetJsonbP(custom)) == 0)
		return;

	SPI_connect();
	wait_for_definitions(opportunity, opportunity_id, values);
	run_as_owner(opportunity, &find_problem, values, NULL);
	problem = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (problem != NULL)
		ereport(ERROR,
				errcode(ERRCODE_CHECK_VIOLATION),
				errmsg("opportunity %lld: %s", (long long) opportunity_id, problem),
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

/* The parameters of all statements. The last two say which choice has got which name; one that stays is in neither. */
#define PARAMETER_TYPES INT8OID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID
enum
{
	ORGANIZATION, NAME, NEW_NAME, CHOICES, RENAMED, NEW_NAMES, N_PARAMETERS
};

/* Those of the definition's organization, to which both have a foreign key. */
static const char *
opportunities(Relation custom_field)
{
	Relation	organization = table_open(referenced_table(custom_field, "organization_id"), AccessShareLock);
	Oid			found = referencing_table(organization, "copied_from_id");

	table_close(organization, AccessShareLock);
	return qualified_name(found);
}

/*
 * The first opportunity, a deleted one too, that has a value; where choices are given, one that is none of these. It is
 * looked for by the value, in the index, and not in the order of ids: mostly there is none.
 */
static void
write_find_use(StringInfo sql, Relation custom_field)
{
	appendStringInfo(sql,
					 "SELECT id, value FROM (SELECT id, custom OPERATOR(pg_catalog.->>) $2 AS value"
					 " FROM %s WHERE organization_id OPERATOR(pg_catalog.=) $1"
					 " AND custom OPERATOR(pg_catalog.?) $2 OFFSET 0) u WHERE $4 IS NULL OR"
					 " value OPERATOR(pg_catalog.<>) ALL ($4 OPERATOR(pg_catalog.||) $5) ORDER BY id LIMIT 1",
					 opportunities(custom_field));
}

#define IS_RENAMED \
	"organization_id OPERATOR(pg_catalog.=) $1 AND custom OPERATOR(pg_catalog.?) $2" \
	" AND ($2 OPERATOR(pg_catalog.<>) $3 OR (custom OPERATOR(pg_catalog.->>) $2) OPERATOR(pg_catalog.=) ANY ($5))"

/* In the order of their ids, as every function does. */
static void
write_lock_renamed(StringInfo sql, Relation custom_field)
{
	appendStringInfo(sql,
					 "SELECT pg_catalog.count(*) FROM (SELECT FROM %s WHERE " IS_RENAMED " ORDER BY id FOR NO KEY UPDATE) l",
					 opportunities(custom_field));
}

static void
write_rename_in_values(StringInfo sql, Relation custom_field)
{
	appendStringInfo(sql,
					 "UPDATE %s SET custom = (custom OPERATOR(pg_catalog.-) $2)"
					 " OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object($3, COALESCE("
					 "pg_catalog.to_jsonb($6[pg_catalog.array_position($5, custom OPERATOR(pg_catalog.->>) $2)]),"
					 " custom OPERATOR(pg_catalog.->) $2)) WHERE " IS_RENAMED,
					 opportunities(custom_field));
}

static const Statement find_use = {write_find_use, N_PARAMETERS, {PARAMETER_TYPES}};
static const Statement lock_renamed = {write_lock_renamed, N_PARAMETERS, {PARAMETER_TYPES}};
static const Statement rename_in_values = {write_rename_in_values, N_PARAMETERS, {PARAMETER_TYPES}};

/* A definition that is being changed. */
typedef struct Change
{
	Relation	rel;
	bool		is_followed;	/* by the values, when it gets other names */
	int			n_renamed;		/* choices */
	Datum		values[N_PARAMETERS];
	char		nulls[N_PARAMETERS];
} Change;

static bool
is_in_use(Change *change)
{
	return run_as_owner(change->rel, &find_use, change->values, change->nulls) > 0;
}

static int64
user_of_field(void)
{
	bool		isnull;

	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

static void
keep_field(Change *change)
{
	change->nulls[CHOICES] = 'n';
	if (is_in_use(change))
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("custom field \"%s\" is in use by opportunity %lld",
					   TextDatumGetCString(change->values[NAME]), (long long) user_of_field()),
				errhint("Remove its values from the opportunities first, or define another field."));
}

static void
keep_choices(Change *change)
{
	if (is_in_use(change))
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("choice \"%s\" of custom field \"%s\" is in use by opportunity %lld",
					   SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2),
					   TextDatumGetCString(change->values[NAME]), (long long) user_of_field()),
				errhint("Leave it among the choices, or put its new name in its place: array_replace(choices, 'old', 'new')."));
}

/* Only what was loaded can have values of no field. */
static void
keep_values_apart(Change *change)
{
	Change		other = *change;

	other.values[NAME] = change->values[NEW_NAME];
	other.nulls[CHOICES] = 'n';
	if (is_in_use(&other))
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("opportunity %lld already has a value named \"%s\"",
					   (long long) user_of_field(), TextDatumGetCString(change->values[NEW_NAME])),
				errhint("Give the field another name, or remove that value first."));
}

static int
count_choice(const Datum *choices, int n, Datum choice)
{
	int			count = 0;

	for (int i = 0; i < n; i++)
		count += datum_image_eq(choices[i], choice, false, -1);
	return count;
}

static Datum
text_array(Datum *elements, int n)
{
	return PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* A choice has got another name when that, which is new, stands in its place; an array that is shorter or longer renames none. */
static void
find_renamed_choices(Change *change, Datum old, Datum new)
{
	Datum	   *was;
	Datum	   *is;
	Datum	   *renamed;
	Datum	   *new_names;
	int			n_was;
	int			n_is;
	int			n = 0;

	deconstruct_array(DatumGetArrayTypeP(old), TEXTOID, -1, false, TYPALIGN_INT, &was, NULL, &n_was);
	deconstruct_array(DatumGetArrayTypeP(new), TEXTOID, -1, false, TYPALIGN_INT, &is, NULL, &n_is);
	renamed = palloc(n_was * sizeof(Datum));
	new_names = palloc(n_was * sizeof(Datum));
	for (int i = 0; n_was == n_is && i < n_is; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (datum_image_eq(was[i], is[i], false, -1) ||
			count_choice(is, n_is, was[i]) > 0 || count_choice(was, n_was, is[i]) > 0 ||
			count_choice(was, n_was, was[i]) > 1 || count_choice(is, n_is, is[i]) > 1)
			continue;
		renamed[n] = was[i];
		new_names[n++] = is[i];
	}
	change->n_renamed = n;
	change->values[RENAMED] = text_array(renamed, n);
	change->values[NEW_NAMES] = text_array(new_names, n);
}

static void
rename_values(Relation custom_field, void *argument)
{
	Change	   *change = argument;

	run_as_owner(custom_field, &rename_in_values, change->values, change->nulls);
}

/* A name is a label, of closed and deleted ones, too: all values have the new one. */
static void
follow_renaming(Change *change)
{
	static const char *const columns[] = {"custom"};

	run_as_owner(change->rel, &lock_renamed, change->values, change->nulls);
	run_renaming(change->rel, columns, lengthof(columns), rename_values, change);
}

/* The names in "row" may be others; or there are other choices, which will do as long as no value is among those that went. */
static void
follow_definition(Change *change, const Row *old, const Row *row)
{
	AttrNumber	name = column_number(row->desc, "name");
	AttrNumber	choices = column_number(row->desc, "choices");

	change->values[NEW_NAME] = value_of(row, name);
	if (!is_null(row, choices))
	{
		change->values[CHOICES] = value_of(row, choices);
		change->nulls[CHOICES] = ' ';
		if (change->is_followed && !is_null(old, choices))
			find_renamed_choices(change, value_of(old, choices), value_of(row, choices));
		if (!same_value(row, old, choices))
			keep_choices(change);
	}
	if (!same_value(row, old, name))
		keep_values_apart(change);
	if (!same_value(row, old, name) || change->n_renamed > 0)
		follow_renaming(change);
}

static Change
change_of(const TriggerData *trigger, const Row *old)
{
	Change		change = {.rel = trigger->tg_relation, .is_followed = TRIGGER_FIRED_AFTER(trigger->tg_event)};

	memset(change.nulls, ' ', sizeof(change.nulls));
	change.values[ORGANIZATION] = value_of(old, column_number(old->desc, "organization_id"));
	change.values[NAME] = change.values[NEW_NAME] = value_of(old, column_number(old->desc, "name"));
	change.nulls[CHOICES] = 'n';
	change.values[RENAMED] = change.values[NEW_NAMES] = text_array(NULL, 0);
	return change;
}

static void
guard_new_definition(Change *change, const Row *old, const Row *row)
{
	bool		has_other_name = !same_value(row, old, column_number(row->desc, "name"));
	bool		has_other_type = !same_value(row, old, column_number(row->desc, "data_type"));

	if (has_other_type || (has_other_name && !change->is_followed))
		keep_field(change);
	else if (has_other_name || !same_value(row, old, column_number(row->desc, "choices")))
		follow_definition(change, old, row);
}

/* AFTER trigger on definitions. In a database that is still of 1.2 it fires before: then values do not follow, and names stay. */
Datum
guard_custom_field(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	result;
	Change		change;
	Row			old;

	check_row_trigger(fcinfo, "guard_custom_field",
					  !CALLED_AS_TRIGGER(fcinfo) || TRIGGER_FIRED_BEFORE(trigger->tg_event));
	result = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	old = row_of_tuple(trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation));
	change = change_of(trigger, &old);

	SPI_connect();
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		Row			row = row_of_tuple(result, RelationGetDescr(trigger->tg_relation));

		guard_new_definition(&change, &old, &row);
	}
	else if (!is_permitted_removal(trigger->tg_relation))
		keep_field(&change);
	SPI_finish();
	return PointerGetDatum(result);
}
