/*
 * list_export.c
 *		The rows of the list for a file: what search() shows with the same criteria and order, all of
 *		it, in the columns that were asked for.
 *
 * The rows are not collected: the executor hands each to the writer as it comes.
 */
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "export/list_export.h"
#include "own_relation.h"
#include "search/criteria.h"
#include "search/saved_search.h"
#include "text/iso_date.h"
#include "work_progress.h"

/* ----------
 * What is known before the rows come
 * ----------
 */

static Numeric
number_or_null(HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(tuple, SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? NULL : DatumGetNumericCopy(value);
}

static void
find_summary(ListExport *list)
{
	SearchQuery query;
	bool		isnull;

	start_query(&query);
	add_parameter(&query, JSONBOID, JsonbPGetDatum(list->criteria));
	appendStringInfoString(&query.sql,
						   "SELECT status, opportunities, estimated_revenue, pipeline, highest,"
						   " CASE WHEN status <> 'total' THEN salesopp.status_flag(status::salesopp.opportunity_status) END"
						   " FROM salesopp.summary($1)");
	run_query(&query, NULL);
	if (SPI_processed != N_SUMMARY_LINES)
		elog(ERROR, "unexpected lines in the summary");
	for (int i = 0; i < N_SUMMARY_LINES; i++)
	{
		HeapTuple	tuple = SPI_tuptable->vals[i];
		SummaryLine *line = &list->summary[i];
		const char *status = SPI_getvalue(tuple, SPI_tuptable->tupdesc, 1);
		const char *flag = SPI_getvalue(tuple, SPI_tuptable->tupdesc, 6);

		line->is_total = flag == NULL;
		line->name = label_word(list->language, status);
		line->flag = line->is_total ? COLOR_BLACK : color_of_label(flag);
		line->opportunities = DatumGetInt64(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 2, &isnull));
		line->estimated_revenue = number_or_null(tuple, 3);
		line->pipeline = number_or_null(tuple, 4);
		line->highest = number_or_null(tuple, 5);
		if (line->is_total)
			list->n_rows = line->opportunities;
	}
}

static void
set_columns(ListExport *list, List *columns)
{
	ListCell   *cell;

	list->n_columns = list_length(columns);
	list->columns = palloc(list->n_columns * sizeof(ListColumn *));
	foreach(cell, columns)
		list->columns[foreach_current_index(cell)] = lfirst(cell);
	list->joins = add_joins_of_order(add_joins_of_columns(NIL, columns), &list->order);
}

ListExport *
prepare_list_export(FunctionCallInfo fcinfo, const char *const *default_columns,
					int n_default_columns)
{
	ListExport *list = palloc0(sizeof(ListExport));
	SavedSearch saved;
	ArrayType  *names;

	list->criteria = PG_ARGISNULL(0) ?
		DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"))) : PG_GETARG_JSONB_P(0);
	saved = find_saved_search(list->criteria);
	list->order = parse_list_order(PG_ARGISNULL(1) ? saved.sort : PG_GETARG_TEXT_PP(1));
	names = PG_ARGISNULL(2) ? saved.columns : PG_GETARG_ARRAYTYPE_P(2);
	set_columns(list, names == NULL ? list_columns_by_name(default_columns, n_default_columns) : list_columns_asked_for(names));
	list->language = language_argument(fcinfo, 3);
	find_summary(list);
	list->organization = find_organization();
	list->criteria_text = describe_criteria(list->criteria, list->language);
	return list;
}

/* ----------
 * Rows
 * ----------
 */

typedef struct RowReceiver
{
	DestReceiver pub;
	ListExport *list;
	WriteRow	write_row;
	void	   *writer;
	bool		shows_progress;
	MemoryContext row_context;
} RowReceiver;

static void
start_rows(DestReceiver *self, int operation, TupleDesc desc)
{
	ListExport *list = ((RowReceiver *) self)->list;

	list->outputs = palloc(desc->natts * sizeof(FmgrInfo));
	for (int i = 0; i < desc->natts; i++)
	{
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(TupleDescAttr(desc, i)->atttypid, &output, &is_varlena);
		fmgr_info(output, &list->outputs[i]);
	}
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	ListExport *list = receiver->list;
	MemoryContext old;

	CHECK_FOR_INTERRUPTS();
	MemoryContextReset(receiver->row_context);
	old = MemoryContextSwitchTo(receiver->row_context);

	slot_getallattrs(slot);
	list->values = slot->tts_values;
	list->nulls = slot->tts_isnull;
	list->row_number++;
	list->status = plain_value(list, list->n_columns);
	list->decision_color = plain_value(list, list->n_columns + 1);
	receiver->write_row(receiver->writer, list);

	MemoryContextSwitchTo(old);
	if (receiver->shows_progress)
		show_work(list->row_number);
	return true;
}

static void
end_rows(DestReceiver *self)
{
}

static void
run_rows(ListExport *list, const char *limit, bool shows_progress, WriteRow write_row, void *writer)
{
	RowReceiver receiver = {
		.pub = {receive_row, start_rows, end_rows, end_rows, DestNone},
		.list = list,
		.write_row = write_row,
		.writer = writer,
		.row_context = AllocSetContextCreate(CurrentMemoryContext, "salesopp exported row",
											 ALLOCSET_DEFAULT_SIZES)
	};
	SearchQuery query;

	start_query(&query);
	appendStringInfoString(&query.sql, "SELECT ");
	for (int i = 0; i < list->n_columns; i++)
		appendStringInfo(&query.sql, "%s, ", list->columns[i]->expression);
	appendStringInfo(&query.sql, "o.status, %s", known_list_column("decision_color")->expression);
	add_opportunities(&query, join_texts(list->joins), list->criteria);
	append_order(&query.sql, &list->order);
	appendStringInfoString(&query.sql, limit);

	receiver.shows_progress = shows_progress && start_work("export", own_relation("opportunity"), true);
	if (receiver.shows_progress)
		start_work_phase(WORK_READING, list->n_rows);
	run_query(&query, &receiver.pub);
	if (receiver.shows_progress)
		end_work();
	MemoryContextDelete(receiver.row_context);
}

void
export_rows(ListExport *list, WriteRow write_row, void *writer)
{
	run_rows(list, "", true, write_row, writer);
}

void
preview_rows(ListExport *list, int max_rows, WriteRow look_at_row, void *looker)
{
	run_rows(list, psprintf(" LIMIT %d", max_rows), false, look_at_row, looker);
	list->row_number = 0;
}

/* ----------
 * Values
 * ----------
 */

static const char *
iso_time(TimestampTz time)
{
	char	   *result = palloc(MAXDATELEN + 1);
	struct pg_tm tm;
	fsec_t		fraction;
	const char *zone_name;
	int			zone;

	if (TIMESTAMP_NOT_FINITE(time))
		EncodeSpecialTimestamp(time, result);
	else if (timestamp2tm(time, &zone, &tm, &fraction, &zone_name, NULL) == 0)
		EncodeDateTime(&tm, fraction, true, zone, zone_name, USE_ISO_DATES, result);
	else
		ereport(ERROR,
				errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				errmsg("timestamp out of range"));
	return result;
}

/* Behind the columns that were asked for come two more, the status and the decision color: labels. */
static ColumnKind
kind_of(const ListExport *list, int column)
{
	return column < list->n_columns ? list->columns[column]->kind : COLUMN_LABEL;
}

const char *
plain_value(const ListExport *list, int column)
{
	Datum		value = list->values[column];

	switch (kind_of(list, column))
	{
		case COLUMN_TEXT:
			return to_utf8(TextDatumGetCString(value));
		case COLUMN_BOOLEAN:
		case COLUMN_YES_NO:
			return DatumGetBool(value) ? "true" : "false";
		case COLUMN_DATE:
		case COLUMN_DECISION_DATE:
			return format_iso_date(DatumGetDateADT(value));
		case COLUMN_TIME:
			return iso_time(DatumGetTimestampTz(value));
		default:
			return OutputFunctionCall(&list->outputs[column], value);
	}
}

const char *
readable_value(const ListExport *list, int column)
{
	Language	language = list->language;
	Datum		value = list->values[column];

	switch (kind_of(list, column))
	{
		case COLUMN_AMOUNT:
			return format_number(language, DatumGetNumeric(value), 2);
		case COLUMN_PERCENT:
		case COLUMN_DECIMAL:
			return format_percent(language, DatumGetNumeric(value));
		case COLUMN_DATE:
		case COLUMN_DECISION_DATE:
			return format_date(language, DatumGetDateADT(value));
		case COLUMN_TIME:
			return format_time(language, DatumGetTimestampTz(value));
		case COLUMN_YES_NO:
			return word(language, DatumGetBool(value) ? WORD_YES : WORD_NO);
		case COLUMN_LABEL:
			return label_word(language, plain_value(list, column));
		case COLUMN_FLAG:
			return label_word(language, list->status);
		default:
			return plain_value(list, column);
	}
}
