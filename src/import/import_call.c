/*
 * import_call.c
 *		What a call of a function that imports says, and how it is sent to the server that has the organization.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "call_elsewhere.h"
#include "import/import_call.h"
#include "organization.h"

/* The arguments of the functions that are called there. */
enum
{
	SENT_ORGANIZATION,
	SENT_SOURCE,
	SENT_HEADINGS,
	SENT_TYPED,
	SENT_CELLS,
	SENT_MAPPING,
	SENT_OPTIONS,
	SENT_RECORD,
	N_SENT
};

static Jsonb *
no_options(void)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")));
}

/* Of a function that people call: its first three arguments. */
ImportCall
call_with_source(FunctionCallInfo fcinfo, const char *record)
{
	ImportCall	call = {.record = record, .organization_id = current_organization_id()};

	call.source = open_source(PG_GETARG_OID(0));
	call.mapping = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1);
	call.options = PG_ARGISNULL(2) ? no_options() : PG_GETARG_JSONB_P(2);
	return call;
}

/* Of a function that is called for another server, within SPI_connect(). */
ImportCall
call_with_rows(FunctionCallInfo fcinfo)
{
	ImportCall	call = {.organization_id = current_organization_id()};

	for (int i = 0; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i) && i != SENT_MAPPING)
			ereport(ERROR,
					errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					errmsg("nothing has been sent to be imported"),
					errhint("Call the functions that import, such as salesopp.import_opportunities()."));
	call.source = sent_source(text_to_cstring(PG_GETARG_TEXT_PP(SENT_SOURCE)), PG_GETARG_ARRAYTYPE_P(SENT_HEADINGS),
							  PG_GETARG_ARRAYTYPE_P(SENT_TYPED), PG_GETARG_ARRAYTYPE_P(SENT_CELLS));
	call.record = text_to_cstring(PG_GETARG_TEXT_PP(SENT_RECORD));
	call.mapping = PG_ARGISNULL(SENT_MAPPING) ? NULL : PG_GETARG_JSONB_P(SENT_MAPPING);
	call.options = PG_GETARG_JSONB_P(SENT_OPTIONS);
	return call;
}

static ArrayType *
array_of_texts(List *texts)
{
	ArrayBuildState *array = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	ListCell   *cell;

	foreach(cell, texts)
		accumArrayResult(array, CStringGetTextDatum(lfirst(cell)), false, TEXTOID, CurrentMemoryContext);
	return DatumGetArrayTypeP(makeArrayResult(array, CurrentMemoryContext));
}

/* Calls the function that does it where the organization is; its rows become those of the function that is being called. */
void
send_call(FunctionCallInfo fcinfo, const ImportCall *call, const char *function)
{
	Oid			types[N_SENT] = {INT8OID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, JSONBOID, JSONBOID, TEXTOID};
	char		nulls[N_SENT + 1] = "        ";
	Datum		values[N_SENT] = {
		[SENT_ORGANIZATION] = Int64GetDatum(call->organization_id),
		[SENT_SOURCE] = CStringGetTextDatum(call->source->name),
		[SENT_HEADINGS] = PointerGetDatum(array_of_texts(call->source->headings)),
		[SENT_TYPED] = PointerGetDatum(array_of_texts(call->source->typed)),
		[SENT_CELLS] = PointerGetDatum(source_cells(call->source, call->organization_id)),
		[SENT_MAPPING] = JsonbPGetDatum(call->mapping),
		[SENT_OPTIONS] = JsonbPGetDatum(call->options),
		[SENT_RECORD] = CStringGetTextDatum(call->record)
	};

	if (call->mapping == NULL)
		nulls[SENT_MAPPING] = 'n';
	call_elsewhere_with(function, N_SENT, types, values, nulls);
	put_rows_from_elsewhere(fcinfo);
}
