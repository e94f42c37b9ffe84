/*
 * list_export.h
 *		The rows of the list for a file: what search() shows with the same criteria and order, all of
 *		it, in the columns that were asked for.
 */
#ifndef SALESOPP_LIST_EXPORT_H
#define SALESOPP_LIST_EXPORT_H

#include "postgres.h"
#include "fmgr.h"
#include "utils/jsonb.h"

#include "palette.h"
#include "search/list_order.h"
#include "text/language.h"

/* A line of the summary (F1.4); highest is NULL where there is none. */
typedef struct SummaryLine
{
	const char *name;			/* of the status or the total, in words */
	bool		is_total;		/* the last one is, and has no flag */
	Color		flag;
	int64		opportunities;
	Numeric		estimated_revenue;
	Numeric		pipeline;
	Numeric		highest;
} SummaryLine;

#define N_SUMMARY_LINES 4

typedef struct ListExport
{
	Language	language;
	int			n_columns;
	const ListColumn **columns;
	const char *organization;	/* its name, in UTF-8; NULL where there is none */
	const char *criteria_text;	/* the criteria in words, in UTF-8 */
	SummaryLine summary[N_SUMMARY_LINES];
	int64		n_rows;			/* that there will be */

	/* the row at hand; what is made of it lives until the next one */
	int64		row_number;		/* from 1 */
	Datum	   *values;
	bool	   *nulls;
	const char *status;			/* "open", "won" or "lost" */
	const char *decision_color;

	/* what the rows are made with */
	Jsonb	   *criteria;
	ListOrder	order;
	List	   *joins;
	FmgrInfo   *outputs;
} ListExport;

typedef void (*WriteRow) (void *writer, const ListExport *list);

/*
 * The arguments criteria, sort, columns and language of an export function, and what is known
 * before the rows come. Stands between SPI_connect() and SPI_finish().
 */
extern ListExport *prepare_list_export(FunctionCallInfo fcinfo, const char *const *default_columns,
									   int n_default_columns);
extern void export_rows(ListExport *list, WriteRow write_row, void *writer);

/* The first rows alone, to be looked at before all of them are exported. */
extern void preview_rows(ListExport *list, int max_rows, WriteRow look_at_row, void *looker);

/* A value of the row at hand that is not NULL, as people read it in this language, in UTF-8. */
extern const char *readable_value(const ListExport *list, int column);

/* A value of the row at hand that is not NULL, as COPY would write it with ISO dates, in UTF-8. */
extern const char *plain_value(const ListExport *list, int column);

#endif
