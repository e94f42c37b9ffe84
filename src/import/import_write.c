/*
 * import_write.c
 *		The good rows of an import, into the tables: a few statements for all of them, with the caller's rights.
 *
 * The statements know the rows that were read as the relation "imported", those that are there already, or stand twice in the
 * source, as "known", what is wrong as "problem", and what names make new as "new_company" and so on.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"

#include "import/import_problem.h"
#include "import/import_write.h"
#include "own_relation.h"
#include "owner_statement.h"
#include "table/permitted_change.h"

/* ----------
 * Statements
 * ----------
 */

static void
name_relation(const char *name, Tuplestorestate *rows, TupleDesc desc, double n_rows)
{
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));
	int			result;

	relation->md.name = pstrdup(name);
	relation->md.reliddesc = InvalidOid;
	relation->md.tupdesc = desc;
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = n_rows;
	relation->reldata = rows;
	result = SPI_register_relation(relation);
	if (result != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation returned %s", SPI_result_code_string(result));
}

/* $1 is the organization, $2 the custom fields that columns become. */
static uint64
run(const Import *import, const char *sql, Tuplestorestate *into, TupleDesc desc)
{
	Oid			types[] = {INT8OID, TEXTARRAYOID};
	Datum		values[] = {Int64GetDatum(import->organization_id), import->custom_keys};
	SPIPlanPtr	plan = SPI_prepare(sql, lengthof(types), types);
	SPIExecuteOptions options = {.read_only = false};
	int			result;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare returned %s for %s", SPI_result_code_string(SPI_result), sql);
	options.params = makeParamList(lengthof(types));
	for (int i = 0; i < lengthof(types); i++)
		options.params->params[i] = (ParamExternData) {values[i], false, PARAM_FLAG_CONST, types[i]};
	if (into != NULL)
	{
		options.dest = CreateDestReceiver(DestTuplestore);
		SetTuplestoreDestReceiverParams(options.dest, into, CurrentMemoryContext, false, NULL, NULL);
	}
	result = SPI_execute_plan_extended(plan, &options);
	if (result < 0)
		elog(ERROR, "SPI_execute_plan_extended returned %s for %s", SPI_result_code_string(result), sql);
	SPI_freeplan(plan);
	return SPI_processed;
}

/* ----------
 * What a row says of a record that is there
 * ----------
 */

static bool
is_mapped(const Import *import, int field)
{
	for (int i = 0; i < import->n_columns; i++)
		if (import->columns[i].field == field)
			return true;
	return false;
}

static bool
is_made(const Import *import, const ImportField *field)
{
	if (field->made_of == NULL)
		return false;
	for (int i = 0; i < import->n_columns; i++)
		if (strstr(field->made_of, psprintf("|%s|", import->columns[i].target)) != NULL)
			return true;
	return false;
}

static const char *
new_value(const ImportField *field)
{
	if (strcmp(field->name, "progress") == 0)
		/* what is automatic comes with the stages */
		return "CASE r.progress_method WHEN 'manual' THEN r.progress ELSE 0 END";
	return field->kind == VALUE_LABEL ? psprintf("CAST(r.%s AS salesopp.%s)", field->name, field->type) : psprintf("r.%s", field->name);
}

/*
 * What the column gets; NULL where the import does not touch it. The stamps are those of the change. Progress stays automatic, or
 * typed, where a row says what it is already, and what the stages say comes from them.
 */
static const char *
changed_value(const Import *import, int place)
{
	const ImportField *field = &import->record->fields[place];

	if (!is_stored(field) || is_stamp(field) || place == FIELD_ID || strcmp(field->name, "stage_reached") == 0 ||
		strcmp(field->name, "status_note") == 0 || !(is_mapped(import, place) || is_made(import, field)))
		return NULL;
	if (strcmp(field->name, "custom") == 0)
		return import->options.clear ? "(t.custom - $2) || r.custom" : "t.custom || r.custom";
	if (strcmp(field->name, "progress") == 0)
		return "CASE r.progress_method WHEN 'manual' THEN r.progress ELSE t.progress END";
	if (strcmp(field->name, "progress_method") == 0)
		return psprintf("CASE WHEN r.progress = t.progress%s THEN t.progress_method ELSE %s END",
						import->options.clear ? "" : " OR r.progress IS NULL", new_value(field));
	if (is_mapped(import, place) && import->options.clear && strcmp(field->name, import->record->required) != 0)
		return new_value(field);
	return psprintf("COALESCE(%s, t.%s)", new_value(field), field_column(field));
}

/* Whether a row says anything else than the record. */
static const char *
differs(const Import *import)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "(false");
	for (int i = 0; i < import->record->n_fields; i++)
	{
		const char *value = changed_value(import, i);

		if (value != NULL)
			appendStringInfo(&sql, " OR t.%s IS DISTINCT FROM %s", field_column(&import->record->fields[i]), value);
	}
	if (is_opportunity(import))
		appendStringInfoString(&sql, " OR r.stage_reached <> t.stage_reached OR (r.stage_reached IS NULL) <> (t.stage_reached IS NULL) AND r.stage_reached IS NOT NULL"
							   " OR EXISTS (SELECT FROM unnest(r.group_values) g (id) WHERE NOT EXISTS (SELECT FROM salesopp.opportunity_group_value v"
							   " WHERE v.organization_id = $1 AND v.opportunity_id = t.id AND v.group_value_id = g.id))");
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* ----------
 * Those that are there
 * ----------
 */

/* Also why it cannot be changed; NULL: it can. */
static const char *
refusal(const Import *import)
{
	if (!is_opportunity(import))
		return "CAST(NULL AS text)";
	return "CASE WHEN t.deleted_at IS NOT NULL THEN format('opportunity %s is deleted', t.id)"
		" WHEN t.status <> 'open' THEN format('opportunity %s is closed (%s)', t.id, t.status)"
		" WHEN t.sales_process_id <> r.sales_process THEN format('opportunity %s has another sales process, which cannot be exchanged', t.id) END";
}

/* What undoing the import puts back. */
static const char *
values_before(const Import *import)
{
	StringInfoData sql;

	if (!is_opportunity(import))
		return "CAST(NULL AS jsonb)";
	initStringInfo(&sql);
	appendStringInfoString(&sql, "jsonb_build_object(");
	for (int i = 0; i < import->record->n_fields; i++)
		if (changed_value(import, i) != NULL)
			appendStringInfo(&sql, "'%1$s', t.%1$s, ", field_column(&import->record->fields[i]));
	appendStringInfoString(&sql, "'stage_reached', t.stage_reached)");
	return sql.data;
}

#define NOT_KNOWN_YET "NOT EXISTS (SELECT FROM repeated e WHERE e.row_number = r.row_number)"

static void
append_repeated(StringInfo sql, const char *field, const char *words)
{
	appendStringInfo(sql, "SELECT r.row_number, CAST(NULL AS bigint), false, 0, CAST(NULL AS jsonb), CAST(r.%1$s AS text) AS name,"
					 " format('row %%s %2$s already', f.first_row) AS refusal"
					 " FROM (SELECT i.%1$s, min(i.row_number) AS first_row FROM imported i WHERE i.%1$s IS NOT NULL"
					 " GROUP BY i.%1$s HAVING count(*) > 1) f"
					 " JOIN imported r ON r.%1$s = f.%1$s AND r.row_number > f.first_row", field, words);
}

static void
append_known(StringInfo sql, const Import *import, const char *columns, const char *condition)
{
	appendStringInfo(sql, " UNION ALL SELECT r.row_number, t.id, d.differs, %s FROM imported r"
					 " JOIN salesopp.%s t ON t.organization_id = $1 AND %s"
					 " CROSS JOIN LATERAL (SELECT %s AS differs) d WHERE " NOT_KNOWN_YET,
					 columns, import->record->name, condition, differs(import));
}

/* They are locked in the order of their ids, so that imports and other changes wait for each other, and never in a circle. */
static void
lock_known(const Import *import)
{
	run(import, psprintf("SELECT FROM salesopp.%1$s t WHERE t.organization_id = $1 AND t.id IN ("
						 "SELECT k.id FROM imported r JOIN salesopp.%1$s k ON k.organization_id = $1 AND k.external_id = r.external_id"
						 " UNION ALL SELECT r.id FROM imported r WHERE r.id IS NOT NULL) ORDER BY t.id FOR NO KEY UPDATE OF t",
						 import->record->name), NULL, NULL);
}

static const char *
known_query(const Import *import)
{
	StringInfoData sql;
	const char *columns = psprintf("%s, CASE WHEN d.differs THEN %s END, r.external_id, CASE WHEN d.differs THEN %s END",
								   is_opportunity(import) ? "t.version" : "0", values_before(import), refusal(import));

	initStringInfo(&sql);
	appendStringInfoString(&sql, "WITH repeated (row_number, id, differs, version, before, name, refusal) AS MATERIALIZED (");
	append_repeated(&sql, "external_id", "has the same external id");
	appendStringInfoString(&sql, " UNION ");
	append_repeated(&sql, "id", psprintf("is the same %s", name_kind_words(import->record->kind)));
	appendStringInfoString(&sql, ") SELECT * FROM repeated");
	append_known(&sql, import, columns, "t.id = r.id");
	append_known(&sql, import, columns, "t.external_id = r.external_id AND r.id IS NULL");
	appendStringInfo(&sql, " UNION ALL SELECT r.row_number, CAST(NULL AS bigint), false, 0, CAST(NULL AS jsonb), CAST(r.id AS text),"
					 " format('there is no %s %%s', r.id) FROM imported r WHERE r.id IS NOT NULL AND " NOT_KNOWN_YET
					 " AND NOT EXISTS (SELECT FROM salesopp.%s t WHERE t.organization_id = $1 AND t.id = r.id)",
					 name_kind_words(import->record->kind), import->record->name);
	return sql.data;
}

static TupleDesc
known_desc(void)
{
	TupleDesc	desc = CreateTemplateTupleDesc(7);

	TupleDescInitEntry(desc, 1, "row_number", INT8OID, -1, 0);
	TupleDescInitEntry(desc, 2, "id", INT8OID, -1, 0);
	TupleDescInitEntry(desc, 3, "differs", BOOLOID, -1, 0);
	TupleDescInitEntry(desc, 4, "version", INT4OID, -1, 0);
	TupleDescInitEntry(desc, 5, "before", JSONBOID, -1, 0);
	TupleDescInitEntry(desc, 6, "name", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 7, "refusal", TEXTOID, -1, 0);
	return desc;
}

static const char *
hint_of_refusal(const char *refusal)
{
	if (strstr(refusal, " is closed ") != NULL)
		return "Reopen it with salesopp.reopen(), or leave the row out.";
	if (strstr(refusal, " is deleted") != NULL)
		return "Bring it back with salesopp.restore_opportunities(), or leave the row out.";
	if (strstr(refusal, "there is no") != NULL)
		return "Ids are those of this organization; map what another calls a row to external_id.";
	return NULL;
}

static void
report_refusals(Import *import)
{
	SPI_execute("SELECT row_number, name, refusal FROM known WHERE refusal IS NOT NULL ORDER BY row_number", true, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		bool		isnull;
		const char *refusal = SPI_getvalue(tuple, SPI_tuptable->tupdesc, 3);

		refuse_known_row(import, DatumGetInt64(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &isnull)),
						 SPI_getvalue(tuple, SPI_tuptable->tupdesc, 2), refusal, hint_of_refusal(refusal));
	}
	SPI_freetuptable(SPI_tuptable);
}

/* The rows of the import have been read. Says what is wrong with those that are known. */
void
find_known(Import *import)
{
	name_relation("imported", import->rows, import->row_desc, import->n_rows - import->n_refused);
	if (!import->is_trial)
		lock_known(import);
	run(import, known_query(import), import->known, NULL);
	name_relation("known", import->known, known_desc(), tuplestore_tuple_count(import->known));
	report_refusals(import);
}

/* ----------
 * Writing
 * ----------
 */

static const char *const insert_names[N_NAME_KINDS] = {
	[COMPANY_NAMES] = "INSERT INTO salesopp.company (organization_id, id, name) SELECT $1, n.id, n.name",
	[CONTACT_NAMES] = "INSERT INTO salesopp.contact (organization_id, id, company_id, first_name, last_name, email)"
	" SELECT $1, n.id, n.parent, n.first_name, n.name, n.detail",
	[PROJECT_NAMES] = "INSERT INTO salesopp.project (organization_id, id, company_id, name) SELECT $1, n.id, n.parent, n.name",
	[EMPLOYEE_NAMES] = "INSERT INTO salesopp.employee (organization_id, id, initials, name) SELECT $1, n.id, n.detail, n.name",
	[DEPARTMENT_NAMES] = "INSERT INTO salesopp.department (organization_id, id, name) SELECT $1, n.id, n.name",
	[SALES_REGION_NAMES] = "INSERT INTO salesopp.sales_region (organization_id, id, name) SELECT $1, n.id, n.name",
	[LOSS_REASON_NAMES] = "INSERT INTO salesopp.loss_reason (organization_id, id, name) SELECT $1, n.id, n.name",
	[GROUP_VALUE_NAMES] = "INSERT INTO salesopp.group_value (organization_id, id, group_field_id, name) SELECT $1, n.id, n.parent, n.name",
};

/* The kinds stand in the order in which they refer to each other. */
static void
write_names(Import *import)
{
	for (int kind = 1; kind < N_NAME_KINDS; kind++)
	{
		const char *relation;

		if (import->new_names[kind] == NULL || tuplestore_tuple_count(import->new_names[kind]) == 0)
			continue;
		relation = psprintf("new_%s", name_kind_table(kind));
		name_relation(relation, import->new_names[kind], import->name_desc, tuplestore_tuple_count(import->new_names[kind]));
		run(import, psprintf("%s FROM %s n", insert_names[kind], relation), NULL, NULL);
	}
}

#define UNKNOWN " FROM imported r WHERE NOT EXISTS (SELECT FROM known k WHERE k.row_number = r.row_number)"
#define CHANGED " FROM known k JOIN imported r ON r.row_number = k.row_number"
#define IS_CHANGED " AND k.differs AND k.refusal IS NULL"

static void
write_new(const Import *import)
{
	StringInfoData columns;
	StringInfoData values;

	initStringInfo(&columns);
	initStringInfo(&values);
	for (int i = FIELD_EXTERNAL_ID; i < import->record->n_fields; i++)
	{
		const ImportField *field = &import->record->fields[i];

		if (!is_stored(field))
			continue;
		appendStringInfo(&columns, ", %s", field_column(field));
		appendStringInfo(&values, ", %s", new_value(field));
	}
	run(import, psprintf("INSERT INTO salesopp.%s (organization_id, id%s) SELECT $1, r.new_id%s" UNKNOWN,
						 import->record->name, columns.data, values.data), NULL, NULL);
}

static void
write_changed(const Import *import)
{
	StringInfoData sql;
	const char *separator = " SET ";

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE salesopp.%s t", import->record->name);
	for (int i = 0; i < import->record->n_fields; i++)
	{
		const char *value = changed_value(import, i);

		if (value == NULL)
			continue;
		appendStringInfo(&sql, "%s%s = %s", separator, field_column(&import->record->fields[i]), value);
		separator = ", ";
	}
	appendStringInfoString(&sql, CHANGED " WHERE t.organization_id = $1 AND t.id = k.id" IS_CHANGED);
	if (*separator == ',')
		run(import, sql.data, NULL, NULL);
}

/* ----------
 * What belongs to opportunities
 * ----------
 */

/* While those that are there are still open. */
static void
write_stages(const Import *import)
{
	run(import, "UPDATE salesopp.opportunity t SET sales_process_id = r.sales_process" CHANGED
		" WHERE t.organization_id = $1 AND t.id = k.id AND t.sales_process_id IS NULL AND r.sales_process IS NOT NULL" IS_CHANGED, NULL, NULL);
	run(import, "UPDATE salesopp.stage s SET status = w.status" CHANGED
		" CROSS JOIN LATERAL (VALUES (salesopp.stage_status 'completed'), (salesopp.stage_status 'pending')) w (status)"
		" WHERE s.organization_id = $1 AND s.opportunity_id = k.id AND (w.status = 'completed') = (s.position <= r.stage_reached)"
		" AND s.status <> 'cancelled' AND s.status <> w.status" IS_CHANGED, NULL, NULL);
}

#define OF_CREATED "SELECT r.new_id AS opportunity_id, r.*" UNKNOWN
#define OF_CHANGED "SELECT k.id AS opportunity_id, r.*" CHANGED " WHERE true" IS_CHANGED

static void
write_parts(const Import *import, const char *rows)
{
	run(import, psprintf("INSERT INTO salesopp.opportunity_group_value (organization_id, opportunity_id, group_value_id)"
						 " SELECT $1, r.opportunity_id, g.id FROM (%s) r CROSS JOIN LATERAL unnest(r.group_values) g (id)"
						 " ON CONFLICT DO NOTHING", rows), NULL, NULL);
	run(import, psprintf("INSERT INTO salesopp.opportunity_competitor (organization_id, opportunity_id, competitor_id, name, is_winner)"
						 " SELECT $1, n.opportunity_id, c.id, CASE WHEN c.id IS NULL THEN n.name END, n.is_winner"
						 " FROM (SELECT DISTINCT ON (r.opportunity_id, salesopp.name_key(p.name)) r.opportunity_id, p.name, p.is_winner"
						 " FROM (%s) r CROSS JOIN LATERAL (VALUES (r.winner, r.status = 'lost'), (r.competitor, false)) p (name, is_winner)"
						 " WHERE p.name IS NOT NULL ORDER BY r.opportunity_id, salesopp.name_key(p.name), p.is_winner DESC) n"
						 " LEFT JOIN salesopp.competitor c ON c.organization_id = $1 AND salesopp.name_key(c.name) = salesopp.name_key(n.name)"
						 " ON CONFLICT DO NOTHING", rows), NULL, NULL);
}

/* Opportunities that the import has just made get what belongs to them, also where they are closed. */
static void
write_first_parts(Relation opportunity, void *import)
{
	write_parts(import, OF_CREATED);
}

static void
write_opportunities(Import *import)
{
	Relation	opportunity = table_open(own_relation("opportunity"), AccessShareLock);

	write_new(import);
	run_permitted_addition(opportunity, write_first_parts, import);
	write_stages(import);
	write_parts(import, OF_CHANGED);
	write_changed(import);
	table_close(opportunity, NoLock);
}

/* ----------
 * The account
 * ----------
 */

static bool
has_changed_anything(const Import *import)
{
	run(import, "SELECT EXISTS (SELECT" UNKNOWN ") OR EXISTS (SELECT FROM known k WHERE true" IS_CHANGED ")", NULL, NULL);
	return strcmp(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1), "t") == 0;
}

/* As the other bulk changes have; of what was not there before, the version before is 0. Returns its id; 0 where nothing changed. */
static int64
keep_account(const Import *import)
{
	Relation	opportunity;
	Oid			types[] = {INT8OID, TEXTOID, INT8OID};
	Datum		values[] = {Int64GetDatum(import->organization_id), CStringGetTextDatum(import->source), (Datum) 0};
	bool		isnull;

	if (!has_changed_anything(import))
		return 0;
	opportunity = table_open(own_relation("opportunity"), AccessShareLock);
	run_once_as_owner(opportunity,
					  "INSERT INTO salesopp.bulk_change (id, organization_id, at, changed_by, operation, arguments)"
					  " VALUES (pg_catalog.nextval('salesopp.bulk_change_id_seq'), $1, pg_catalog.now(),"
					  " salesopp.current_employee(), 'import', pg_catalog.jsonb_build_object('source', $2)) RETURNING id",
					  2, types, values, NULL);
	values[2] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	run_once_as_owner(opportunity,
					  "INSERT INTO salesopp.bulk_change_opportunity (organization_id, bulk_change_id, opportunity_id,"
					  " version_before, version_after, values_before) SELECT $1, $3, o.id, i.version, o.version, i.before FROM ("
					  "SELECT r.new_id AS id, 0 AS version, CAST(NULL AS pg_catalog.jsonb) AS before" UNKNOWN
					  " UNION ALL SELECT k.id, k.version, k.before FROM known k WHERE k.differs AND k.refusal IS NULL) i"
					  " JOIN ONLY salesopp.opportunity o ON o.organization_id OPERATOR(pg_catalog.=) $1"
					  " AND o.id OPERATOR(pg_catalog.=) i.id WHERE $2 IS NOT NULL", 3, types, values, NULL);
	table_close(opportunity, NoLock);
	return DatumGetInt64(values[2]);
}

/* Returns the id of its account, which only imports of opportunities have; else 0. */
int64
write_import(Import *import)
{
	write_names(import);
	if (is_opportunity(import))
	{
		write_opportunities(import);
		return keep_account(import);
	}
	write_new(import);
	write_changed(import);
	return 0;
}

/* What became of each row, into a tuplestore. */
uint64
put_outcomes(Import *import, Tuplestorestate *result, TupleDesc desc)
{
	name_relation("refused", import->refused, import->refused_desc, import->n_refused);
	name_relation("problem", import->problems, import->problem_desc, tuplestore_tuple_count(import->problems));
	return run(import, "SELECT r.row_number, CASE WHEN k.row_number IS NULL THEN 'created' WHEN k.refusal IS NOT NULL THEN 'refused'"
			   " WHEN k.differs THEN 'updated' ELSE 'unchanged' END, COALESCE(k.id, CASE WHEN k.refusal IS NULL THEN r.new_id END), k.refusal"
			   " FROM imported r LEFT JOIN known k ON k.row_number = r.row_number"
			   " UNION ALL SELECT f.row_number, 'refused', NULL, COALESCE(string_agg(concat_ws(': ', p.column_name, p.problem), '; '),"
			   " 'a number or a date can be read in two ways, as its whole column')"
			   " FROM refused f LEFT JOIN problem p ON p.row_number = f.row_number GROUP BY f.row_number"
			   " ORDER BY 1", result, desc);
}
