/*
 * import_statement.c
 *		Statements about all rows of an import at once, with the caller's rights.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "utils/queryenvironment.h"

#include "distributed_tables.h"
#include "import/import_statement.h"

/* ----------
 * Statements
 * ----------
 */

void
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

/*
 * What statements name for a table: also on several servers they are this one's alone, as none of the others knows what has been
 * read here.
 */
const char *
own_rows(const Import *import, const char *table)
{
	return rows_on_this_server(table, import->organization_id);
}

/* $1 is the organization, $2 the custom fields that columns become. */
uint64
run_import(const Import *import, const char *sql, Tuplestorestate *into, TupleDesc desc)
{
	Oid			types[] = {INT8OID, TEXTARRAYOID};
	Datum		values[] = {Int64GetDatum(import->organization_id), import->custom_keys};
	SPIPlanPtr	plan = SPI_prepare(sql, lengthof(types), types);
	SPIExecuteOptions options = {.read_only = import->is_trial};
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

const char *
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
const char *
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
	if (strcmp(field->name, "forecast_category") == 0)
		/* exports say which counts, chosen or not */
		return psprintf("CASE WHEN %1$s = salesopp.forecast_category(t.status, t.progress, t.forecast_category)%2$s"
						" THEN t.forecast_category ELSE %1$s END", new_value(field), import->options.clear ? "" : " OR r.forecast_category IS NULL");
	if (strcmp(field->name, "progress_method") == 0)
		return psprintf("CASE WHEN r.progress = t.progress%s THEN t.progress_method ELSE %s END",
						import->options.clear ? "" : " OR r.progress IS NULL", new_value(field));
	if (is_mapped(import, place) && import->options.clear && strcmp(field->name, import->record->required) != 0)
		return new_value(field);
	return psprintf("COALESCE(%s, t.%s)", new_value(field), field_column(field));
}
