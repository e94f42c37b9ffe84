/*
 * import_source.c
 *		What is imported from: a table or view, or the rows of one that another server has sent.
 *
 * Where tables are on several servers, the server that has the organization does not have what a caller elsewhere imports from.
 * So its rows are sent there, as texts, in one array of all cells.
 */
#include "compat.h"

#include "access/detoast.h"
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "import/import_headings.h"
#include "import/import_source.h"
#include "import/import_statement.h"

/* ----------
 * A relation
 * ----------
 */

static void
check_source(Relation rel)
{
	if (rel->rd_rel->relkind != RELKIND_RELATION && rel->rd_rel->relkind != RELKIND_VIEW &&
		rel->rd_rel->relkind != RELKIND_MATVIEW && rel->rd_rel->relkind != RELKIND_FOREIGN_TABLE &&
		rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("\"%s\" is no table or view to import from", RelationGetRelationName(rel)),
				errhint("Make a table with salesopp.make_staging(), and fill it with \\copy."));
}

static void
take_columns(ImportSource *source, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		char	   *heading;

		if (column->attisdropped)
			continue;
		heading = pstrdup(NameStr(column->attname));
		source->headings = lappend(source->headings, heading);
		if (TypeCategory(getBaseType(column->atttypid)) != TYPCATEGORY_STRING)
			source->typed = lappend(source->typed, heading);
	}
}

ImportSource *
open_source(Oid relid)
{
	ImportSource *source = palloc0(sizeof(ImportSource));
	Relation	rel;

	if (get_rel_name(relid) == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("relation with OID %u does not exist", relid));
	rel = relation_open(relid, AccessShareLock);
	check_source(rel);
	source->name = quote_qualified_identifier(get_namespace_name_or_temp(RelationGetNamespace(rel)), RelationGetRelationName(rel));
	source->relation = source->name;
	take_columns(source, RelationGetDescr(rel));
	if (source->headings == NIL)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("\"%s\" has no columns to import", RelationGetRelationName(rel)),
				errhint("Make a table with salesopp.make_staging(), which takes the first line of a file."));
	relation_close(rel, AccessShareLock);
	return source;
}

void
close_source(ImportSource *source)
{
	if (source->sent != NULL)
		tuplestore_end(source->sent);
}

bool
has_heading(List *headings, const char *heading)
{
	ListCell   *cell;

	foreach(cell, headings)
		if (strcmp(lfirst(cell), heading) == 0)
			return true;
	return false;
}

/* All rows of these columns, as texts, with the caller's rights and the snapshot of its statement. */
void
select_source(const ImportSource *source, List *headings, DestReceiver *receiver)
{
	SPIExecuteOptions options = {.read_only = true, .dest = receiver};
	const char *separator = "SELECT";
	StringInfoData sql;
	SPIPlanPtr	plan;
	ListCell   *cell;
	int			result;

	initStringInfo(&sql);
	foreach(cell, headings)
	{
		appendStringInfo(&sql, "%s CAST(%s AS pg_catalog.text)", separator, quote_identifier(lfirst(cell)));
		separator = ",";
	}
	appendStringInfo(&sql, " FROM %s", source->relation);
	plan = SPI_prepare(sql.data, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare returned %s for %s", SPI_result_code_string(SPI_result), sql.data);
	result = SPI_execute_plan_extended(plan, &options);
	if (result < 0)
		elog(ERROR, "SPI_execute_plan_extended returned %s", SPI_result_code_string(result));
	SPI_freeplan(plan);
}

/* ----------
 * Sending
 * ----------
 */

/* They go as one text, and sending that takes more than in proportion. */
#define MOST_SENT (Size) (64 * 1024 * 1024)
/* What a cell takes beside what stands in it. */
#define CELL_OVERHEAD 5

typedef struct CellReceiver
{
	DestReceiver receiver;
	MemoryContext context;		/* of the array */
	ArrayBuildState *cells;
	Size		size;
	const ImportSource *source;
	int64		organization_id;
} CellReceiver;

static void
start_cells(DestReceiver *receiver, int operation, TupleDesc desc)
{
}

static void
no_more_cells(DestReceiver *receiver)
{
}

static void
refuse_size(const CellReceiver *cells)
{
	ereport(ERROR,
			errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("%s is too large to be sent to the server that has organization %lld: it has more than %d MB", cells->source->name,
				   (long long) cells->organization_id, (int) (MOST_SENT / (1024 * 1024))),
			errhint("Import it in parts, or a view of the columns that matter, or connect to that server, which salesopp.organization_server() names, and import it there."));
}

static bool
take_row_of_cells(TupleTableSlot *slot, DestReceiver *receiver)
{
	CellReceiver *cells = (CellReceiver *) receiver;

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		cells->size += CELL_OVERHEAD;
		if (!slot->tts_isnull[i])
			cells->size += toast_raw_datum_size(slot->tts_values[i]) - VARHDRSZ;
		if (cells->size > MOST_SENT)
			refuse_size(cells);
		cells->cells = accumArrayResult(cells->cells, slot->tts_values[i], slot->tts_isnull[i], TEXTOID, cells->context);
	}
	return true;
}

/* All of them, row by row, as the caller's statement sees them, in the current memory context. */
ArrayType *
source_cells(const ImportSource *source, int64 organization_id)
{
	CellReceiver cells = {
		.receiver = {take_row_of_cells, start_cells, no_more_cells, no_more_cells, DestNone},
		.context = CurrentMemoryContext,
		.source = source,
		.organization_id = organization_id
	};

	select_source(source, source->headings, &cells.receiver);
	if (cells.cells == NULL)
		return construct_empty_array(TEXTOID);
	return DatumGetArrayTypeP(makeArrayResult(cells.cells, CurrentMemoryContext));
}

/* ----------
 * What has been sent
 * ----------
 */

void
refuse_what_was_sent(void)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("what was sent to be imported are no rows of a table or view"),
			errhint("Call the functions that import, such as salesopp.import_opportunities()."));
}

static TupleDesc
desc_of(List *headings)
{
	TupleDesc	desc = CreateTemplateTupleDesc(list_length(headings));
	ListCell   *cell;

	foreach(cell, headings)
		TupleDescInitEntry(desc, foreach_current_index(cell) + 1, lfirst(cell), TEXTOID, -1, 0);
	return desc;
}

static Tuplestorestate *
rows_of(ArrayType *cells, TupleDesc desc)
{
	Tuplestorestate *rows = tuplestore_begin_heap(false, false, work_mem);
	ArrayIterator iterator = array_create_iterator(cells, 0, NULL);
	Datum	   *values = palloc(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc(desc->natts * sizeof(bool));
	int			n = 0;

	while (array_iterate(iterator, &values[n], &nulls[n]))
	{
		if (++n < desc->natts)
			continue;
		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(rows, desc, values, nulls);
		n = 0;
	}
	array_free_iterator(iterator);
	return rows;
}

/* Of a table or view, which can be named so. */
#define LONGEST_IDENTIFIER (2 * (NAMEDATALEN - 1) + 2)
#define LONGEST_NAME (2 * LONGEST_IDENTIFIER + 1)

static bool
are_column_names(List *headings)
{
	if (list_length(headings) > MaxTupleAttributeNumber)
		return false;
	for (int i = 0; i < list_length(headings); i++)
	{
		const char *heading = list_nth(headings, i);

		if (*heading == '\0' || strlen(heading) >= NAMEDATALEN)
			return false;
		for (int j = 0; j < i; j++)
			if (strcmp(list_nth(headings, j), heading) == 0)
				return false;
	}
	return true;
}

/* It can be selected from in this SPI_connect(). Anybody may call with anything. */
ImportSource *
sent_source(const char *name, ArrayType *headings, ArrayType *typed, ArrayType *cells)
{
	ImportSource *source = palloc0(sizeof(ImportSource));
	int			n_headings;
	TupleDesc	desc;

	source->name = name;
	source->relation = "sent";
	source->headings = texts_of(PointerGetDatum(headings));
	source->typed = texts_of(PointerGetDatum(typed));
	n_headings = list_length(source->headings);
	if (strlen(name) > LONGEST_NAME || n_headings == 0 || !are_column_names(source->headings) ||
		ArrayGetNItems(ARR_NDIM(cells), ARR_DIMS(cells)) % n_headings != 0)
		refuse_what_was_sent();
	desc = desc_of(source->headings);
	source->sent = rows_of(cells, desc);
	name_relation(source->relation, source->sent, desc, tuplestore_tuple_count(source->sent));
	return source;
}
