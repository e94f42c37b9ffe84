/*
 * export_xlsx.c
 *		The list as an Excel workbook, with the summary and its chart on a sheet of their own.
 */
#include "compat.h"

#include "executor/spi.h"
#include "utils/datetime.h"

#include "export/list_look.h"
#include "export/workbook.h"
#include "export/xlsx_summary.h"

PG_FUNCTION_INFO_V1(export_xlsx);

/* F1.1; the status shows as the flag, the decision date's colour in the date. */
static const char *const xlsx_columns[] = {
	"id", "flag", "has_process", "subject", "company", "project", "estimated_revenue", "quote_sum",
	"order_sum", "progress", "decision_date", "responsible", "changed_at", "changed_by"
};

/* What fits on a sheet below its headings. */
#define MAX_SHEET_ROWS (LXW_ROW_MAX - 1)

/* Days as Excel counts them. It takes 1900 for a leap year: before March of it programs differ. */
#define EXCEL_DAY_ZERO 2415019	/* Julian day of 1899-12-30 */
#define FIRST_EXCEL_DAY 61		/* 1900-03-01 */
#define LAST_EXCEL_DAY 2958465	/* 9999-12-31 */

/* ----------
 * Values
 * ----------
 */

static bool
is_excel_day(int day)
{
	return day >= FIRST_EXCEL_DAY && day <= LAST_EXCEL_DAY;
}

static void
write_date(ExcelFile *excel, const ListExport *list, int column, Style style)
{
	int			day = DatumGetDateADT(list->values[column]) + POSTGRES_EPOCH_JDATE - EXCEL_DAY_ZERO;

	if (is_excel_day(day))
		write_double_cell(excel, column, day, style);
	else
		write_text_cell(excel, column, plain_value(list, column), style);
}

/* In the session's time zone: Excel knows none. */
static void
write_time(ExcelFile *excel, const ListExport *list, int column)
{
	TimestampTz time = DatumGetTimestampTz(list->values[column]);
	struct pg_tm tm;
	fsec_t		fraction;
	int			zone;
	int			day = 0;

	if (!TIMESTAMP_NOT_FINITE(time) && timestamp2tm(time, &zone, &tm, &fraction, NULL, NULL) == 0)
		day = date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - EXCEL_DAY_ZERO;
	if (is_excel_day(day))
		write_double_cell(excel, column,
						  day + ((tm.tm_hour * MINS_PER_HOUR + tm.tm_min) * SECS_PER_MINUTE + tm.tm_sec +
								 fraction / (double) USECS_PER_SEC) / SECS_PER_DAY, STYLE_TIME);
	else
		write_text_cell(excel, column, plain_value(list, column), STYLE_TIME);
}

static void
write_value(ExcelFile *excel, const ListExport *list, int column)
{
	Datum		value = list->values[column];

	switch (list->columns[column]->kind)
	{
		case COLUMN_NUMBER:
			write_integer_cell(excel, column, DatumGetInt64(value), STYLE_NUMBER);
			break;
		case COLUMN_RATING:
			write_integer_cell(excel, column, DatumGetInt16(value), STYLE_NUMBER);
			break;
		case COLUMN_COUNT:
			write_integer_cell(excel, column, DatumGetInt32(value), STYLE_NUMBER);
			break;
		case COLUMN_AMOUNT:
			write_numeric_cell(excel, column, DatumGetNumeric(value), STYLE_AMOUNT);
			break;
		case COLUMN_PERCENT:
		case COLUMN_DECIMAL:
			write_numeric_cell(excel, column, DatumGetNumeric(value), STYLE_NUMBER);
			break;
		case COLUMN_DATE:
		case COLUMN_DECISION_DATE:
			write_date(excel, list, column, STYLE_DATE + value_color(list, column));
			break;
		case COLUMN_TIME:
			write_time(excel, list, column);
			break;
		case COLUMN_BOOLEAN:
		case COLUMN_YES_NO:
			check_workbook(worksheet_write_boolean(excel->sheet, excel->row, column,
												   DatumGetBool(value), excel->styles[STYLE_BOOLEAN]));
			break;
		case COLUMN_FLAG:
			write_text_cell(excel, column, readable_value(list, column),
							STYLE_FLAG + value_color(list, column));
			break;
		case COLUMN_LABEL:
			write_text_cell(excel, column, readable_value(list, column), STYLE_LABEL);
			break;
		case COLUMN_TEXT:
			write_text_cell(excel, column, plain_value(list, column), STYLE_TEXT);
			break;
	}
}

/* ----------
 * The list
 * ----------
 */

/* A sheet for the row at hand, if there is one yet, and those behind it. */
static void
add_list_sheet(ExcelFile *excel, const ListExport *list)
{
	const char *title = word(list->language, WORD_SALES_OPPORTUNITIES);
	int64		rows_before = Max(list->row_number - 1, 0);
	int			number = rows_before / MAX_SHEET_ROWS + 1;

	add_workbook_sheet(excel, number == 1 ? title : psprintf("%s %d", title, number));
	worksheet_freeze_panes(excel->sheet, 1, 0);
	check_workbook(worksheet_repeat_rows(excel->sheet, 0, 0));
	check_workbook(worksheet_autofilter(excel->sheet, 0, 0, Max(1, Min(list->n_rows - rows_before, MAX_SHEET_ROWS)),
										list->n_columns - 1));
	check_workbook(worksheet_set_row(excel->sheet, 0, 30, NULL));
	for (int i = 0; i < list->n_columns; i++)
	{
		const ListColumn *column = list->columns[i];

		check_workbook(worksheet_set_column(excel->sheet, i, i, column->width + 2, NULL));
		write_text_cell(excel, i, column_heading(column, list->language),
						is_figure(column->kind) ? STYLE_NUMBER_HEADING : STYLE_HEADING);
	}
}

static void
write_row(void *writer, const ListExport *list)
{
	ExcelFile  *excel = writer;

	if (excel->row == MAX_SHEET_ROWS)
		add_list_sheet(excel, list);
	excel->row++;
	for (int i = 0; i < list->n_columns; i++)
		if (!list->nulls[i])
			write_value(excel, list, i);
}

Datum
export_xlsx(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	ExcelFile  *excel;
	ListExport *list;
	lxw_worksheet *list_sheet;
	bytea	   *result;

	SPI_connect();
	excel = palloc0(sizeof(ExcelFile));
	list = prepare_list_export(fcinfo, xlsx_columns, lengthof(xlsx_columns));
	start_workbook(excel, list->language);
	set_workbook_properties(excel, word(list->language, WORD_SALES_OPPORTUNITIES), list->organization,
							list->criteria_text);

	add_list_sheet(excel, list);
	list_sheet = excel->sheet;
	add_summary_sheet(excel, list);
	excel->sheet = list_sheet;
	excel->row = 0;
	export_rows(list, write_row, excel);

	result = finish_workbook(excel, caller);
	SPI_finish();
	PG_RETURN_BYTEA_P(result);
}
