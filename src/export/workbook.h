/*
 * workbook.h
 *		An Excel workbook in the making: its file, sheets, styles and cells. Built on libxlsxwriter.
 *
 * Rows go to temporary files as they come (the library's constant-memory mode). Texts are UTF-8.
 */
#ifndef SALESOPP_WORKBOOK_H
#define SALESOPP_WORKBOOK_H

#include "postgres.h"

#include <xlsxwriter.h>

#include "storage/fd.h"
#include "utils/numeric.h"

#include "palette.h"
#include "text/language.h"

typedef enum Style
{
	STYLE_TITLE,
	STYLE_HEADING,
	STYLE_NUMBER_HEADING,
	STYLE_TEXT,
	STYLE_LABEL,
	STYLE_BOOLEAN,
	STYLE_NUMBER,
	STYLE_AMOUNT,
	STYLE_TIME,
	STYLE_COUNT,
	STYLE_TOTAL,
	STYLE_TOTAL_COUNT,
	STYLE_TOTAL_AMOUNT,
	STYLE_DATE,					/* and behind it those of the other colors: STYLE_DATE + COLOR_RED */
	STYLE_FLAG = STYLE_DATE + N_COLORS,
	N_STYLES = STYLE_FLAG + N_COLORS
} Style;

/* While the library holds the workbook, "workbook" is set. */
typedef struct ExcelFile
{
	lxw_workbook *workbook;
	lxw_worksheet *sheet;		/* that is written to */
	lxw_row_t	row;			/* the one that is written */
	lxw_format *styles[N_STYLES];
	File		file;
	MemoryContextCallback cleanup;
} ExcelFile;

/* A workbook is discarded with the current memory context if it is not finished before. */
extern void start_workbook(ExcelFile *excel, Language language);
extern void set_workbook_properties(ExcelFile *excel, const char *title, const char *company, const char *comments);

/* The workbook as a file, allocated in the context. */
extern bytea *finish_workbook(ExcelFile *excel, MemoryContext context);

extern void add_workbook_sheet(ExcelFile *excel, const char *name);

/* Into a column of the row at hand. What a double would not hold exactly becomes a text. */
extern void write_text_cell(ExcelFile *excel, int column, const char *value, Style style);
extern void write_double_cell(ExcelFile *excel, int column, double value, Style style);
extern void write_integer_cell(ExcelFile *excel, int column, int64 value, Style style);
extern void write_numeric_cell(ExcelFile *excel, int column, Numeric value, Style style);

/* For what functions of the library return: raises the error that there was. */
extern void check_workbook(lxw_error error);
extern void check_workbook_part(const void *part);

#endif
