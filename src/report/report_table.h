/*
 * report_table.h
 *		Tables of the report, made of the rows that a statement has found.
 */
#ifndef SALESOPP_REPORT_TABLE_H
#define SALESOPP_REPORT_TABLE_H

#include "postgres.h"
#include "lib/stringinfo.h"

#include "text/language.h"

/* So many rows are shown; how many more there are is said. */
#define MAX_ROWS 15
#define MAX_ROWS_TEXT CppAsString2(MAX_ROWS)

/* and so many stages */
#define MAX_STAGES_TEXT "50"

/* What a column shows, and of which columns of the statement. Where there is no value, "none". */
typedef enum CellKind
{
	CELL_OPPORTUNITY,			/* subject and company, both text */
	CELL_TEXT,					/* text that users wrote */
	CELL_LABEL,					/* a label of an enum, as text, and its color */
	CELL_DATE,					/* date */
	CELL_COLORED_DATE,			/* date, and its color */
	CELL_COUNT,					/* bigint */
	CELL_AMOUNT,				/* numeric */
	CELL_PERCENT,				/* numeric */
	CELL_BAR					/* bigint, and which part of the longest bar it is: double precision */
} CellKind;

typedef struct ReportColumn
{
	Word		heading;
	CellKind	kind;
} ReportColumn;

/*
 * The statement gives, for each row, how many rows there are in all (bigint) and the sum of what they are worth (numeric,
 * NULL where that is not to be said), before the columns.
 */
typedef struct ReportTable
{
	const char *id;
	Word		caption;
	bool		is_list;		/* how many there are is said in the caption */
	bool		is_grouped;		/* the rows of a group, which is the first column of the statement then, have a heading */
	int			n_columns;
	const ReportColumn *columns;
} ReportTable;

/* Of the rows in SPI_tuptable. */
extern void add_table(StringInfo page, Language language, const ReportTable *table);

#endif
