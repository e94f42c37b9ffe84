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

void
refuse_without_organization(void)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("no organization is chosen to import into"),
			errhint("Choose one with SET salesopp.organization_id, or have it set for the role."));
}

static int64
chosen_organization(void)
{
	int64		organization_id = current_organization_id();

	if (organization_id == 0)
		refuse_without_organization();
	return organization_id;
}

static Jsonb *
no_options(void)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")));
}

/* Of a function that people call: its first three arguments. */
ImportCall
call_with_source(FunctionCallInfo fcinfo, const char *record)
{
	ImportCall	call = {.record = record, .organization_id = chosen_organization()};

	call.source = open_source(PG_GETARG_OID(0));
	call.mapping = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1);
	call.options = PG_ARGISNULL(2) ? no_options() : PG_GETARG_JSONB_P(2);
	return call;
}

/* Of a function that is called for another server, within SPI_connect(). */
ImportCall
call_with_rows(FunctionCallInfo fcinfo)
{
	ImportCall	call = {.organization_id = chosen_organization()};

	for (int i = 0; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i) && i != SENT_MAPPING)
			refuse_what_was_sent();
	if (PG_GETARG_INT64(SENT_ORGANIZATION) != call.organization_id)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("organization %lld is not the one that is chosen where it is", (long long) PG_GETARG_INT64(SENT_ORGANIZATION)),
				errhint("Choose it for the role, or within a transaction by SET LOCAL salesopp.organization_id."));
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
