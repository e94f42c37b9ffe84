/*
 * import_functions.c
 *		The functions that import: what is proposed, what is wrong, and the import itself.
 */
#include "compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "call_elsewhere.h"
#include "import/import_call.h"
#include "import/import_headings.h"
#include "import/import_known.h"
#include "import/import_mapping.h"
#include "import/import_rows.h"
#include "import/import_write.h"
#include "import/text_memo.h"
#include "organization.h"
#include "own_relation.h"
#include "work_progress.h"

PG_FUNCTION_INFO_V1(import_columns);
PG_FUNCTION_INFO_V1(import_check);
PG_FUNCTION_INFO_V1(import_check_of);
PG_FUNCTION_INFO_V1(import_records_of);
PG_FUNCTION_INFO_V1(import_opportunities);
PG_FUNCTION_INFO_V1(import_companies);
PG_FUNCTION_INFO_V1(import_contacts);
PG_FUNCTION_INFO_V1(import_employees);
PG_FUNCTION_INFO_V1(import_projects);
PG_FUNCTION_INFO_V1(import_activities);

/* ----------
 * An import
 * ----------
 */

static void
require_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the %s of an import must not be null", _(name)),
				errhint("Pass the %s.", _(name)));
}

static pg_tz *
zone_of_organization(int64 organization_id)
{
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(organization_id)};
	pg_tz	   *zone;

	SPI_execute_with_args("SELECT time_zone FROM salesopp.organization WHERE id = $1", 1, types, values, NULL, true, 0);
	if (SPI_processed == 0)
		refuse_without_organization();
	zone = pg_tzset(SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
	return zone == NULL ? session_timezone : zone;
}

static TupleDesc
row_desc(const ImportRecord *record)
{
	TupleDesc	desc = CreateTemplateTupleDesc(FIRST_FIELD + record->n_fields);

	TupleDescInitEntry(desc, 1, "row_number", INT8OID, -1, 0);
	TupleDescInitEntry(desc, 2, "new_id", INT8OID, -1, 0);
	for (int i = 0; i < record->n_fields; i++)
		TupleDescInitEntry(desc, FIRST_FIELD + 1 + i, record->fields[i].name, field_type(&record->fields[i]), -1, 0);
	return desc;
}

static TupleDesc
texts_desc(int n, const char *const *names, int n_ids)
{
	TupleDesc	desc = CreateTemplateTupleDesc(n);

	for (int i = 0; i < n; i++)
		TupleDescInitEntry(desc, i + 1, names[i], i < n_ids ? INT8OID : TEXTOID, -1, 0);
	return desc;
}

static void
set_relations(Import *import)
{
	static const char *const names[] = {"id", "parent", "name", "first_name", "detail"};
	static const char *const problems[] = {"row_number", "column_name", "value", "severity", "problem", "hint"};

	import->row_desc = row_desc(import->record);
	import->name_desc = texts_desc(lengthof(names), names, 2);
	import->problem_desc = texts_desc(lengthof(problems), problems, 1);
	import->refused_desc = texts_desc(1, problems, 1);
	import->problems = tuplestore_begin_heap(false, false, work_mem);
	import->refused = tuplestore_begin_heap(false, false, work_mem);
	import->rows = tuplestore_begin_heap(false, false, work_mem);
	import->known = tuplestore_begin_heap(false, false, work_mem);
	if (!import->is_trial)
		for (int kind = 1; kind < N_NAME_KINDS; kind++)
			import->new_names[kind] = tuplestore_begin_heap(false, false, work_mem);
}

/* Within SPI_connect(). What is to be the result is made before. */
static Import *
make_import(const ImportCall *call, bool is_trial)
{
	Import	   *import = palloc0(sizeof(Import));

	import->context = CurrentMemoryContext;
	import->row_context = AllocSetContextCreate(CurrentMemoryContext, "salesopp imported row", ALLOCSET_DEFAULT_SIZES);
	import->record = find_record(call->record);
	import->source = call->source;
	import->organization_id = call->organization_id;
	import->zone = zone_of_organization(import->organization_id);
	import->now = GetCurrentTransactionStartTimestamp();
	import->gives_stamps = is_manager();
	import->is_trial = is_trial;
	import->keeps_rows = true;
	import->last_trial_id = FIRST_TRIAL_ID;
	import->stage_words = make_text_memo(MOST_TEXTS);
	set_relations(import);
	set_options(import, call->options);
	set_mapping(import, call->mapping);
	import->shows_progress = start_work(is_trial ? "import_check" : "import", own_relation(call->record), false);
	return import;
}

/* They may have files. */
static void
end_import(Import *import)
{
	tuplestore_end(import->rows);
	tuplestore_end(import->known);
	tuplestore_end(import->refused);
	tuplestore_end(import->problems);
	for (int kind = 1; kind < N_NAME_KINDS; kind++)
		if (import->new_names[kind] != NULL)
			tuplestore_end(import->new_names[kind]);
	close_source(import->source);
	if (import->shows_progress)
		end_work();
}

/*
 * Imports into one organization come one after the other: what the one has made, the other knows. It is the first thing that is
 * done, and what is looked up afterwards is what is there then.
 */
static void
wait_for_other_imports(int64 organization_id)
{
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(organization_id)};

	SPI_execute_with_args("SELECT pg_advisory_xact_lock(CAST(CAST(CAST('salesopp.import_check' AS regproc) AS oid) AS bigint) << 32"
						  " | $1 & 4294967295)", 1, types, values, NULL, false, 0);
}

/* ----------
 * import_columns(source, record)
 * ----------
 */

#define SAMPLE_SIZE 3
#define SAMPLE_ROWS 1000

/* The first few different values of a column, in the current memory context. */
static Datum
sample_of(const char *source, const char *heading)
{
	MemoryContext context = CurrentMemoryContext;
	const char *sql = psprintf("SELECT COALESCE(array_agg(s.value ORDER BY s.place), '{}') FROM (SELECT \"left\"(v.value, 80) AS value, min(v.place) AS place"
							   " FROM (SELECT CAST(%s AS text) AS value, row_number() OVER () AS place FROM %s LIMIT %d) v"
							   " WHERE v.value <> '' GROUP BY 1 ORDER BY 2 LIMIT %d) s",
							   quote_identifier(heading), source, SAMPLE_ROWS, SAMPLE_SIZE);
	bool		isnull;
	Datum		sample;

	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run %s", sql);
	MemoryContextSwitchTo(context);
	sample = datumCopy(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull), false, -1);
	SPI_freetuptable(SPI_tuptable);
	return sample;
}

static void
put_proposal(ReturnSetInfo *result, const Proposal *proposal, const char *source)
{
	Datum		values[] = {
		CStringGetTextDatum(proposal->heading), proposal->target == NULL ? (Datum) 0 : CStringGetTextDatum(proposal->target),
		sample_of(source, proposal->heading), proposal->note == NULL ? (Datum) 0 : CStringGetTextDatum(proposal->note)
	};
	bool		nulls[] = {false, proposal->target == NULL, false, proposal->note == NULL};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
import_columns(PG_FUNCTION_ARGS)
{
	ImportSource *source;
	Proposal   *proposals;

	require_argument(fcinfo, 0, gettext_noop("source"));
	require_argument(fcinfo, 1, gettext_noop("record"));
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	source = open_source(PG_GETARG_OID(0));
	proposals = propose_targets(find_record(text_to_cstring(PG_GETARG_TEXT_PP(1))), own_fields(current_organization_id()), source->headings);
	for (int i = 0; i < list_length(source->headings); i++)
		put_proposal((ReturnSetInfo *) fcinfo->resultinfo, &proposals[i], source->name);
	SPI_finish();
	return (Datum) 0;
}

/* ----------
 * import_check(source, mapping, options, record)
 * ----------
 */

/* Rows whose record may be there already, or stand twice. Without a name for what it is, each is a new one. */
static bool
can_be_known(const Import *import)
{
	for (int i = 0; i < import->n_columns; i++)
		if (import->columns[i].field <= FIELD_EXTERNAL_ID)
			return true;
	return !is_opportunity(import) && strcmp(import->record->name, "activity") != 0;
}

static void
put_problems(const Import *import, ReturnSetInfo *result)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(import->problem_desc, &TTSOpsMinimalTuple);

	while (tuplestore_gettupleslot(import->problems, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		tuplestore_puttupleslot(result->setResult, slot);
	}
	ExecDropSingleTupleTableSlot(slot);
}

static void
check_rows(FunctionCallInfo fcinfo, const ImportCall *call)
{
	Import	   *import;

	hold_organization_here(call->organization_id);
	import = make_import(call, true);
	import->keeps_rows = can_be_known(import);
	read_rows(import);
	if (import->keeps_rows)
		find_known(import);
	put_problems(import, (ReturnSetInfo *) fcinfo->resultinfo);
	end_import(import);
}

Datum
import_check(PG_FUNCTION_ARGS)
{
	ImportCall	call;

	require_argument(fcinfo, 0, gettext_noop("source"));
	require_argument(fcinfo, 3, gettext_noop("record"));
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	call = call_with_source(fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(3)));
	if (organization_is_elsewhere(call.organization_id))
		send_call(fcinfo, &call, "import_check_of");
	else
		check_rows(fcinfo, &call);
	SPI_finish();
	return (Datum) 0;
}

Datum
import_check_of(PG_FUNCTION_ARGS)
{
	ImportCall	call;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	call = call_with_rows(fcinfo);
	check_rows(fcinfo, &call);
	SPI_finish();
	return (Datum) 0;
}

/* ----------
 * import_opportunities(source, mapping, options), and those of other records
 * ----------
 */

static void
refuse_import(const Import *import)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg_plural("%s cannot be imported: it has %lld problem", "%s cannot be imported: it has %lld problems",
						  import->n_errors, import->source->name, (long long) import->n_errors),
			errdetail("%s", import->first_errors),
			errhint("salesopp.import_check() lists all problems; the option {\"partial\": true} imports the rows that have none."));
}

static void
import_rows(FunctionCallInfo fcinfo, const ImportCall *call)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Import	   *import;
	int64		account;

	hold_organization_here(call->organization_id);
	wait_for_other_imports(call->organization_id);
	import = make_import(call, false);
	read_rows(import);
	find_known(import);
	if (import->n_errors > 0 && !import->options.partial)
		refuse_import(import);
	if (import->shows_progress)
		start_work_phase(WORK_WRITING, tuplestore_tuple_count(import->rows));
	account = write_import(import);
	put_outcomes(import, result->setResult, result->setDesc);
	end_import(import);
	if (account != 0)
		ereport(NOTICE,
				errmsg("this is import %lld", (long long) account),
				errhint("SELECT * FROM salesopp.undo_import(%lld) undoes it.", (long long) account));
}

static Datum
import_records(FunctionCallInfo fcinfo, const char *record)
{
	ImportCall	call;

	PreventCommandIfReadOnly(psprintf("an import of the kind %s", record));
	require_argument(fcinfo, 0, gettext_noop("source"));
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	call = call_with_source(fcinfo, record);
	if (organization_is_elsewhere(call.organization_id))
		send_call(fcinfo, &call, "import_records_of");
	else
		import_rows(fcinfo, &call);
	SPI_finish();
	return (Datum) 0;
}

Datum
import_records_of(PG_FUNCTION_ARGS)
{
	ImportCall	call;

	PreventCommandIfReadOnly("an import");
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	call = call_with_rows(fcinfo);
	import_rows(fcinfo, &call);
	SPI_finish();
	return (Datum) 0;
}

Datum
import_opportunities(PG_FUNCTION_ARGS)
{
	return import_records(fcinfo, "opportunity");
}

Datum
import_companies(PG_FUNCTION_ARGS)
{
	return import_records(fcinfo, "company");
}

Datum
import_contacts(PG_FUNCTION_ARGS)
{
	return import_records(fcinfo, "contact");
}

Datum
import_employees(PG_FUNCTION_ARGS)
{
	return import_records(fcinfo, "employee");
}

Datum
import_projects(PG_FUNCTION_ARGS)
{
	return import_records(fcinfo, "project");
}

Datum
import_activities(PG_FUNCTION_ARGS)
{
	return import_records(fcinfo, "activity");
}
