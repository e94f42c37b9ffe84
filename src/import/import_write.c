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
#include "utils/builtins.h"

#include "distributed_tables.h"
#include "import/import_statement.h"
#include "import/import_write.h"
#include "own_relation.h"
#include "owner_statement.h"
#include "table/permitted_change.h"

/* The columns that what a name makes gets, beside the organization and its id. */
static const struct
{
	const char *columns;
	const char *values;
}			made[N_NAME_KINDS] = {
	[COMPANY_NAMES] = {"name", "n.name"},
	[CONTACT_NAMES] = {"company_id, first_name, last_name, email", "n.parent, n.first_name, n.name, n.detail"},
	[PROJECT_NAMES] = {"company_id, name", "n.parent, n.name"},
	[EMPLOYEE_NAMES] = {"initials, name", "n.detail, n.name"},
	[DEPARTMENT_NAMES] = {"name", "n.name"},
	[SALES_REGION_NAMES] = {"name", "n.name"},
	[LOSS_REASON_NAMES] = {"name", "n.name"},
	[GROUP_VALUE_NAMES] = {"group_field_id, name", "n.parent, n.name"},
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
		run_import(import, psprintf("INSERT INTO %s (organization_id, id, %s) SELECT $1, n.id, %s FROM %s n",
									own_rows(import, name_kind_table(kind)), made[kind].columns, made[kind].values, relation), NULL, NULL);
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
	run_import(import, psprintf("INSERT INTO %s (organization_id, id%s) SELECT $1, r.new_id%s" UNKNOWN,
						 own_rows(import, import->record->name), columns.data, values.data), NULL, NULL);
}

static void
write_changed(const Import *import)
{
	StringInfoData sql;
	const char *separator = " SET ";

	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE %s t", own_rows(import, import->record->name));
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
		run_import(import, sql.data, NULL, NULL);
}

/* ----------
 * What belongs to opportunities
 * ----------
 */

/* While those that are there are still open. */
static void
write_stages(const Import *import)
{
	run_import(import, psprintf("UPDATE %s t SET sales_process_id = r.sales_process" CHANGED
		" WHERE t.organization_id = $1 AND t.id = k.id AND t.sales_process_id IS NULL AND r.sales_process IS NOT NULL" IS_CHANGED,
		own_rows(import, "opportunity")), NULL, NULL);
	run_import(import, psprintf("UPDATE %s s SET status = w.status" CHANGED
		" CROSS JOIN LATERAL (VALUES (salesopp.stage_status 'completed'), (salesopp.stage_status 'pending')) w (status)"
		" WHERE s.organization_id = $1 AND s.opportunity_id = k.id AND (w.status = 'completed') = (s.position <= r.stage_reached)"
		" AND s.status <> 'cancelled' AND s.status <> w.status" IS_CHANGED, own_rows(import, "stage")), NULL, NULL);
}

#define OF_CREATED "SELECT r.new_id AS opportunity_id, r.*" UNKNOWN
#define OF_CHANGED "SELECT k.id AS opportunity_id, r.*" CHANGED " WHERE true" IS_CHANGED

static void
write_group_values(const Import *import, const char *rows)
{
	run_import(import, psprintf("INSERT INTO %s (organization_id, opportunity_id, group_value_id)"
						 " SELECT $1, r.opportunity_id, g.id FROM (%s) r CROSS JOIN LATERAL unnest(r.group_values) g (id)"
						 " ON CONFLICT DO NOTHING", own_rows(import, "opportunity_group_value"), rows), NULL, NULL);
}

/* A shard has no ids to give: they come from the sequence of its table. */
static void
write_competitors(const Import *import, const char *rows)
{
	bool		gives_ids = !is_distributed();

	run_import(import, psprintf("INSERT INTO %s (%sorganization_id, opportunity_id, competitor_id, name, is_winner)"
						 " SELECT %s$1, n.opportunity_id, c.id, CASE WHEN c.id IS NULL THEN n.name END, n.is_winner"
						 " FROM (SELECT DISTINCT ON (r.opportunity_id, salesopp.name_key(p.name)) r.opportunity_id, p.name, p.is_winner"
						 " FROM (%s) r CROSS JOIN LATERAL (VALUES (r.winner, r.status = 'lost'), (r.competitor, false)) p (name, is_winner)"
						 " WHERE p.name IS NOT NULL ORDER BY r.opportunity_id, salesopp.name_key(p.name), p.is_winner DESC) n"
						 " LEFT JOIN %s c ON c.organization_id = $1 AND salesopp.name_key(c.name) = salesopp.name_key(n.name)"
						 " ON CONFLICT DO NOTHING", own_rows(import, "opportunity_competitor"), gives_ids ? "" : "id, ",
						 gives_ids ? "" : "nextval('salesopp.opportunity_competitor_id_seq'), ", rows, own_rows(import, "competitor")), NULL, NULL);
}

static void
write_parts(const Import *import, const char *rows)
{
	write_group_values(import, rows);
	write_competitors(import, rows);
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
	run_import(import, "SELECT EXISTS (SELECT" UNKNOWN ") OR EXISTS (SELECT FROM known k WHERE true" IS_CHANGED ")", NULL, NULL);
	return strcmp(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1), "t") == 0;
}

/* As the other bulk changes have; of what was not there before, the version before is 0. Returns its id; 0 where nothing changed. */
static int64
keep_account(const Import *import)
{
	Relation	opportunity;
	Oid			types[] = {INT8OID, TEXTOID, INT8OID};
	Datum		values[] = {Int64GetDatum(import->organization_id), CStringGetTextDatum(import->source->name), (Datum) 0};
	bool		isnull;

	if (!has_changed_anything(import))
		return 0;
	opportunity = table_open(own_relation("opportunity"), AccessShareLock);
	run_once_as_owner(opportunity, psprintf(
					  "INSERT INTO %s (id, organization_id, at, changed_by, operation, arguments)"
					  " VALUES (pg_catalog.nextval('salesopp.bulk_change_id_seq'), $1, pg_catalog.now(),"
					  " salesopp.current_employee(), 'import', pg_catalog.jsonb_build_object('source', $2)) RETURNING id", own_rows(import, "bulk_change")),
					  2, types, values, NULL);
	values[2] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	run_once_as_owner(opportunity, psprintf(
					  "INSERT INTO %s (organization_id, bulk_change_id, opportunity_id,"
					  " version_before, version_after, values_before) SELECT $1, $3, o.id, i.version, o.version, i.before FROM ("
					  "SELECT r.new_id AS id, 0 AS version, CAST(NULL AS pg_catalog.jsonb) AS before" UNKNOWN
					  " UNION ALL SELECT k.id, k.version, k.before FROM known k WHERE k.differs AND k.refusal IS NULL) i"
					  " JOIN ONLY %s o ON o.organization_id OPERATOR(pg_catalog.=) $1"
					  " AND o.id OPERATOR(pg_catalog.=) i.id WHERE $2 IS NOT NULL",
					  own_rows(import, "bulk_change_opportunity"), own_rows(import, "opportunity")), 3, types, values, NULL);
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
	return run_import(import, psprintf("SELECT r.row_number, CASE WHEN k.row_number IS NULL THEN 'created' WHEN k.refusal IS NOT NULL THEN 'refused'"
			   " WHEN k.differs THEN 'updated' ELSE 'unchanged' END, COALESCE(k.id, CASE WHEN k.refusal IS NULL THEN r.new_id END), k.refusal"
			   " FROM imported r LEFT JOIN known k ON k.row_number = r.row_number"
			   " UNION ALL SELECT f.row_number, 'refused', NULL, COALESCE(string_agg(concat_ws(': ', p.column_name, p.problem), '; '),"
			   " %s)"
			   " FROM refused f LEFT JOIN problem p ON p.row_number = f.row_number GROUP BY f.row_number"
			   " ORDER BY 1", quote_literal_cstr(_("a number or a date can be read in two ways, as its whole column"))), result, desc);
}
