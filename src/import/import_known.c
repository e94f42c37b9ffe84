/*
 * import_known.c
 *		Which rows of an import are of records that are there already, and whether they say anything else.
 *
 * The rows that were read are the relation "imported"; those that are known, or stand twice in the source, become "known".
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "import/import_known.h"
#include "import/import_problem.h"
#include "import/import_statement.h"

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
		appendStringInfo(&sql, " OR r.stage_reached IS NOT NULL AND r.stage_reached IS DISTINCT FROM t.stage_reached"
							   " OR EXISTS (SELECT FROM unnest(r.group_values) g (id) WHERE NOT EXISTS (SELECT FROM %s v"
							   " WHERE v.organization_id = $1 AND v.opportunity_id = t.id AND v.group_value_id = g.id))", own_rows(import, "opportunity_group_value"));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* Also why it cannot be changed, and what to do then; NULL: it can. */
static const char *
refusal(const Import *import)
{
	if (!is_opportunity(import))
		return "CAST(NULL AS text), CAST(NULL AS text)";
	return psprintf("CASE WHEN NOT d.differs THEN NULL WHEN t.deleted_at IS NOT NULL THEN format(%s, t.id)"
					" WHEN t.status <> 'open' THEN format(%s, t.id, t.status)"
					" WHEN t.sales_process_id <> r.sales_process THEN format(%s, t.id) END,"
					" CASE WHEN t.deleted_at IS NOT NULL THEN %s WHEN t.status <> 'open' THEN %s END",
					quote_literal_cstr(_("opportunity %s is deleted")), quote_literal_cstr(_("opportunity %s is closed (%s)")),
					quote_literal_cstr(_("opportunity %s has another sales process, which cannot be exchanged")),
					quote_literal_cstr(_("Bring it back with salesopp.restore_opportunities(), or leave the row out.")),
					quote_literal_cstr(_("Reopen it with salesopp.reopen(), or leave the row out.")));
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
append_repeated(StringInfo sql, const char *field, const char *refusal)
{
	appendStringInfo(sql, "SELECT r.row_number, CAST(NULL AS bigint), false, 0, CAST(NULL AS jsonb), CAST(r.%1$s AS text) AS name,"
					 " format(%2$s, f.first_row) AS refusal, CAST(NULL AS text)"
					 " FROM (SELECT i.%1$s, min(i.row_number) AS first_row FROM imported i WHERE i.%1$s IS NOT NULL"
					 " GROUP BY i.%1$s HAVING count(*) > 1) f"
					 " JOIN imported r ON r.%1$s = f.%1$s AND r.row_number > f.first_row", field, refusal);
}

static void
append_known(StringInfo sql, const Import *import, const char *columns, const char *condition)
{
	appendStringInfo(sql, " UNION ALL SELECT r.row_number, t.id, d.differs, %s FROM imported r"
					 " JOIN %s t ON t.organization_id = $1 AND %s"
					 " CROSS JOIN LATERAL (SELECT %s AS differs) d WHERE " NOT_KNOWN_YET,
					 columns, own_rows(import, import->record->name), condition, differs(import));
}

/* They are locked in the order of their ids, so that imports and other changes wait for each other, and never in a circle. */
static void
lock_known(const Import *import)
{
	run_import(import, psprintf("SELECT FROM %1$s t WHERE t.organization_id = $1 AND t.id IN ("
						 "SELECT k.id FROM imported r JOIN %1$s k ON k.organization_id = $1 AND k.external_id = r.external_id"
						 " UNION ALL SELECT r.id FROM imported r WHERE r.id IS NOT NULL) ORDER BY t.id FOR NO KEY UPDATE OF t",
						 own_rows(import, import->record->name)), NULL, NULL);
}

static const char *
known_query(const Import *import)
{
	StringInfoData sql;
	const char *word = quote_literal_cstr(name_kind_words(import->record->kind));
	const char *columns = psprintf("%s, CASE WHEN d.differs THEN %s END, r.external_id, %s",
								   is_opportunity(import) ? "t.version" : "0", values_before(import), refusal(import));

	initStringInfo(&sql);
	appendStringInfoString(&sql, "WITH repeated (row_number, id, differs, version, before, name, refusal, hint) AS MATERIALIZED (");
	append_repeated(&sql, "external_id", quote_literal_cstr(_("row %s has the same external id already")));
	appendStringInfoString(&sql, " UNION ");
	append_repeated(&sql, "id", psprintf("format(%s, '%%s', %s)", quote_literal_cstr(_("row %s is the same %s already")), word));
	appendStringInfoString(&sql, ") SELECT * FROM repeated");
	append_known(&sql, import, columns, "t.id = r.id");
	append_known(&sql, import, columns, "t.external_id = r.external_id AND r.id IS NULL");
	appendStringInfo(&sql, " UNION ALL SELECT r.row_number, CAST(NULL AS bigint), false, 0, CAST(NULL AS jsonb), CAST(r.id AS text),"
					 " format(%s, %s, r.id), %s FROM imported r WHERE r.id IS NOT NULL AND " NOT_KNOWN_YET
					 " AND NOT EXISTS (SELECT FROM %s t WHERE t.organization_id = $1 AND t.id = r.id)",
					 quote_literal_cstr(_("there is no %s %s")), word,
					 quote_literal_cstr(_("Ids are those of this organization; map what another calls a row to external_id.")),
					 own_rows(import, import->record->name));
	return sql.data;
}

static TupleDesc
known_desc(void)
{
	TupleDesc	desc = CreateTemplateTupleDesc(8);

	TupleDescInitEntry(desc, 1, "row_number", INT8OID, -1, 0);
	TupleDescInitEntry(desc, 2, "id", INT8OID, -1, 0);
	TupleDescInitEntry(desc, 3, "differs", BOOLOID, -1, 0);
	TupleDescInitEntry(desc, 4, "version", INT4OID, -1, 0);
	TupleDescInitEntry(desc, 5, "before", JSONBOID, -1, 0);
	TupleDescInitEntry(desc, 6, "name", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 7, "refusal", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 8, "hint", TEXTOID, -1, 0);
	return desc;
}

static void
report_refusals(Import *import)
{
	SPI_execute("SELECT row_number, name, refusal, hint FROM known WHERE refusal IS NOT NULL ORDER BY row_number", true, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		bool		isnull;
		refuse_known_row(import, DatumGetInt64(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &isnull)),
						 SPI_getvalue(tuple, SPI_tuptable->tupdesc, 2), SPI_getvalue(tuple, SPI_tuptable->tupdesc, 3),
						 SPI_getvalue(tuple, SPI_tuptable->tupdesc, 4));
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
	run_import(import, known_query(import), import->known, NULL);
	name_relation("known", import->known, known_desc(), tuplestore_tuple_count(import->known));
	report_refusals(import);
}
