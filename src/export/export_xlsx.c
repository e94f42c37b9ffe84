/*
 * export_xlsx.c
 *		The list as an Excel workbook, with the summary and its chart on a sheet of their own.
 *
 * Rows go to temporary files as they come (libxlsxwriter's constant-memory mode).
 */
#include "compat.h"

#include <ctype.h>
#include <xlsxwriter.h>

#include "access/xact.h"
#include "executor/spi.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "amount.h"
#include "export/file_buffer.h"
#include "export/list_export.h"
#include "export/temporary_stream.h"
#include "text/character.h"

PG_FUNCTION_INFO_V1(export_xlsx);

/* F1.1; the status shows as the flag, the decision date's colour in the date. */
static const char *const xlsx_columns[] = {
	"id", "flag", "has_process", "subject", "company", "project", "estimated_revenue", "quote_sum",
	"order_sum", "progress", "decision_date", "responsible", "changed_at", "changed_by"
};

/* What fits on a sheet below its headings. */
#define MAX_SHEET_ROWS (LXW_ROW_MAX - 1)

/* What fits into a cell, in UTF-16 units; of what is told about the workbook, no more either. */
#define LONGEST_TEXT 32767

/* A double tells numbers of so many digits apart. */
#define EXACT_DIGITS 15
#define EXACT_LIMIT INT64CONST(1000000000000000)

/* Days as Excel counts them. It takes 1900 for a leap year: before March of it programs differ. */
#define EXCEL_DAY_ZERO 2415019	/* Julian day of 1899-12-30 */
#define FIRST_EXCEL_DAY 61		/* 1900-03-01 */
#define LAST_EXCEL_DAY 2958465	/* 9999-12-31 */

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
	STYLE_DATE,
	STYLE_DATE_RED,
	STYLE_DATE_GREEN,
	STYLE_DATE_BLUE,
	STYLE_FLAG_YELLOW,
	STYLE_FLAG_GREEN,
	STYLE_FLAG_RED,
	STYLE_COUNT,
	STYLE_TOTAL,
	STYLE_TOTAL_COUNT,
	STYLE_TOTAL_AMOUNT,
	N_STYLES
} Style;

#define HEADING_FILL 0x37474F

/* While the library holds the workbook, "workbook" is set. */
typedef struct ExcelFile
{
	lxw_workbook *workbook;
	lxw_worksheet *sheet;
	lxw_row_t	row;			/* the last that was written */
	int			n_list_sheets;
	lxw_format *styles[N_STYLES];
	File		file;
	MemoryContextCallback cleanup;
} ExcelFile;

/* ----------
 * Texts
 * ----------
 */

/* _x0041_ would be read as A */
static bool
is_escape(const char *p)
{
	size_t		digits;

	/* LibreOffice takes fewer than four digits, too */
	if (p[0] != '_' || p[1] != 'x')
		return false;
	digits = strspn(p + 2, "0123456789ABCDEFabcdef");
	return digits > 0 && p[2 + digits] == '_';
}

/* Most texts: short, and without what is changed or may begin an escape. */
static bool
is_plain_cell(const char *value)
{
	return strlen(value) <= LONGEST_TEXT && strpbrk(value, "\xef_") == NULL;
}

/*
 * Every text of the workbook goes through this: it is cut where it is too long, and has nothing in
 * it that XML cannot hold. Only cells know escapes, by which the library keeps their controls.
 */
static const char *
workbook_text(const char *value, bool is_cell)
{
	StringInfoData result;
	int			room = LONGEST_TEXT;

	if (is_cell && is_plain_cell(value))
		return value;
	initStringInfo(&result);
	while (*value != '\0')
	{
		bool		escape = is_cell && is_escape(value);
		pg_wchar	character = next_character(&value);
		int			units = (character > 0xFFFF ? 2 : 1) + (escape ? strlen("_x005F") : 0);

		/* the last unit is kept for the ellipsis */
		if (room < units || (room == units && *value != '\0'))
		{
			append_character(&result, ELLIPSIS_CHARACTER);
			break;
		}
		if (escape)
			appendStringInfoString(&result, "_x005F");
		if (!is_cell || is_noncharacter(character))
			character = readable_character(character);
		append_character(&result, character);
		room -= units;
	}
	return result.data;
}

/* ----------
 * The library
 * ----------
 */

static void
discard_workbook(void *arg)
{
	ExcelFile  *excel = arg;

	abandon_temporary_streams();
	if (excel->workbook != NULL)
		lxw_workbook_free(excel->workbook);
}

/* For what the library gives back; an error of its files says more than its own. */
static void
check_library(lxw_error error)
{
	check_temporary_streams();
	if (error != LXW_NO_ERROR)
		ereport(ERROR,
				errcode(error == LXW_ERROR_MEMORY_MALLOC_FAILED ? ERRCODE_OUT_OF_MEMORY : ERRCODE_SYSTEM_ERROR),
				errmsg("could not write the workbook: %s", lxw_strerror(error)));
}

static void
check_allocated(const void *object)
{
	if (object == NULL)
		check_library(LXW_ERROR_MEMORY_MALLOC_FAILED);
	Assert(object != NULL);
}

static lxw_format *
add_format(ExcelFile *excel)
{
	lxw_format *format = workbook_add_format(excel->workbook);

	check_allocated(format);
	return format;
}

static lxw_format *
heading_format(ExcelFile *excel, uint8_t alignment)
{
	lxw_format *format = add_format(excel);

	format_set_bold(format);
	format_set_font_color(format, LXW_COLOR_WHITE);
	format_set_bg_color(format, HEADING_FILL);
	format_set_align(format, alignment);
	format_set_align(format, LXW_ALIGN_VERTICAL_CENTER);
	format_set_text_wrap(format);
	if (alignment == LXW_ALIGN_LEFT)
		format_set_indent(format, 1);
	return format;
}

static lxw_format *
number_format(ExcelFile *excel, const char *number, lxw_color_t color)
{
	lxw_format *format = add_format(excel);

	format_set_num_format(format, number);
	format_set_align(format, LXW_ALIGN_RIGHT);
	if (color != LXW_COLOR_UNSET)
	{
		format_set_font_color(format, color);
		format_set_bold(format);
	}
	return format;
}

static lxw_format *
flag_format(ExcelFile *excel, lxw_color_t color)
{
	lxw_format *format = add_format(excel);

	format_set_bg_color(format, color);
	format_set_align(format, LXW_ALIGN_CENTER);
	return format;
}

static lxw_format *
total_format(ExcelFile *excel, const char *number)
{
	lxw_format *format = add_format(excel);

	format_set_bold(format);
	format_set_top(format, LXW_BORDER_THIN);
	if (number != NULL)
		format_set_num_format(format, number);
	return format;
}

static void
add_styles(ExcelFile *excel, Language language)
{
	static const char *const amount = "#,##0.00";
	static const char *const count = "#,##0";
	const char *date = language == NORWEGIAN ? "dd.mm.yyyy" : "d mmm yyyy";
	const char *time = language == NORWEGIAN ? "dd.mm.yyyy hh:mm" : "d mmm yyyy hh:mm";
	lxw_format **styles = excel->styles;

	styles[STYLE_TITLE] = add_format(excel);
	format_set_bold(styles[STYLE_TITLE]);
	format_set_font_size(styles[STYLE_TITLE], 16);
	styles[STYLE_HEADING] = heading_format(excel, LXW_ALIGN_LEFT);
	styles[STYLE_NUMBER_HEADING] = heading_format(excel, LXW_ALIGN_RIGHT);
	styles[STYLE_TEXT] = add_format(excel);
	format_set_align(styles[STYLE_TEXT], LXW_ALIGN_LEFT);
	format_set_indent(styles[STYLE_TEXT], 1);
	styles[STYLE_LABEL] = add_format(excel);
	format_set_align(styles[STYLE_LABEL], LXW_ALIGN_CENTER);
	/* without it LibreOffice shows 1 and 0 */
	styles[STYLE_BOOLEAN] = add_format(excel);
	format_set_align(styles[STYLE_BOOLEAN], LXW_ALIGN_CENTER);
	format_set_num_format(styles[STYLE_BOOLEAN], "\"TRUE\";\"TRUE\";\"FALSE\"");
	styles[STYLE_NUMBER] = number_format(excel, "General", LXW_COLOR_UNSET);
	styles[STYLE_AMOUNT] = number_format(excel, amount, LXW_COLOR_UNSET);
	styles[STYLE_TIME] = number_format(excel, time, LXW_COLOR_UNSET);
	styles[STYLE_DATE] = number_format(excel, date, LXW_COLOR_UNSET);
	styles[STYLE_DATE_RED] = number_format(excel, date, 0xC62828);
	styles[STYLE_DATE_GREEN] = number_format(excel, date, 0x2E7D32);
	styles[STYLE_DATE_BLUE] = number_format(excel, date, 0x1565C0);
	styles[STYLE_FLAG_YELLOW] = flag_format(excel, 0xFFEB3B);
	styles[STYLE_FLAG_GREEN] = flag_format(excel, 0x81C784);
	styles[STYLE_FLAG_RED] = flag_format(excel, 0xE57373);
	styles[STYLE_COUNT] = number_format(excel, count, LXW_COLOR_UNSET);
	styles[STYLE_TOTAL] = total_format(excel, NULL);
	format_set_indent(styles[STYLE_TOTAL], 1);
	styles[STYLE_TOTAL_COUNT] = total_format(excel, count);
	styles[STYLE_TOTAL_AMOUNT] = total_format(excel, amount);
}

static void
set_properties(ExcelFile *excel, const ListExport *list)
{
	const char *company = list->organization == NULL ? NULL : workbook_text(list->organization, false);
	lxw_doc_properties properties = {
		.title = unconstify(char *, word(list->language, WORD_SALES_OPPORTUNITIES)),
		.company = unconstify(char *, company),
		.comments = unconstify(char *, workbook_text(list->criteria_text, false)),
		.created = timestamptz_to_time_t(GetCurrentTransactionStartTimestamp())
	};

	check_library(workbook_set_properties(excel->workbook, &properties));
}

static void
start_workbook(ExcelFile *excel, const ListExport *list)
{
	lxw_workbook_options options = {.constant_memory = LXW_TRUE};

	start_temporary_streams();
	excel->cleanup.func = discard_workbook;
	excel->cleanup.arg = excel;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &excel->cleanup);

	excel->file = OpenTemporaryFile(false);
	excel->workbook = workbook_new_opt(FilePathName(excel->file), &options);
	check_allocated(excel->workbook);
	add_styles(excel, list->language);
	set_properties(excel, list);
}

/* The library puts the workbook together, and frees it whatever happens. */
static void
finish_workbook(ExcelFile *excel)
{
	lxw_workbook *workbook = excel->workbook;
	lxw_error	error;
	int			cause;

	excel->workbook = NULL;
	errno = 0;
	error = workbook_close(workbook);
	cause = errno;
	check_temporary_streams();
	if (error == LXW_ERROR_ZIP_FILE_OPERATION && cause != 0)
	{
		errno = cause;
		ereport(ERROR,
				errcode_for_file_access(),
				errmsg("could not write to temporary file \"%s\": %m", FilePathName(excel->file)));
	}
	check_library(error);
}

/* The workbook as it stands in its file. */
static bytea *
read_file(ExcelFile *excel, MemoryContext context)
{
	off_t		size = FileSize(excel->file);
	off_t		done = 0;
	FileBuffer	result;
	MemoryContext old = MemoryContextSwitchTo(context);

	start_file(&result, size);
	while (done < size)
	{
		int			amount = Min(size - done, 1024 * 1024);

		CHECK_FOR_INTERRUPTS();
		amount = FileRead(excel->file, reserve_in_file(&result, amount), amount, done,
						  WAIT_EVENT_BUFFILE_READ);
		if (amount <= 0)
			ereport(ERROR,
					errcode_for_file_access(),
					errmsg("could not read from temporary file \"%s\": %m", FilePathName(excel->file)));
		result.length += amount;
		done += amount;
	}
	FileClose(excel->file);
	MemoryContextSwitchTo(old);
	return finish_file(&result);
}

/* ----------
 * Cells
 * ----------
 */

static void
write_text(ExcelFile *excel, int column, const char *value, Style style)
{
	check_library(worksheet_write_string(excel->sheet, excel->row, column, workbook_text(value, true),
										 excel->styles[style]));
}

static void
write_double(ExcelFile *excel, int column, double value, Style style)
{
	check_library(worksheet_write_number(excel->sheet, excel->row, column, value,
										 excel->styles[style]));
}

/* As a number, or as text where a double would not hold all its digits. */
static void
write_integer(ExcelFile *excel, int column, int64 value, Style style)
{
	if (value > -EXACT_LIMIT && value < EXACT_LIMIT)
		write_double(excel, column, value, style);
	else
		write_text(excel, column, psprintf(INT64_FORMAT, value), style);
}

static bool
has_exact_digits(const char *number)
{
	int			digits = 0;
	int			significant = 0;

	for (const char *p = number; *p != '\0'; p++)
		if (isdigit((unsigned char) *p) && (digits > 0 || *p != '0'))
		{
			digits++;
			if (*p != '0')
				significant = digits;
		}
	return significant <= EXACT_DIGITS;
}

static void
write_numeric(ExcelFile *excel, int column, Numeric value, Style style)
{
	int64		hundredths;
	char	   *text;

	if (numeric_to_hundredths(NumericGetDatum(value), &hundredths) &&
		hundredths > -EXACT_LIMIT && hundredths < EXACT_LIMIT)
	{
		write_double(excel, column, hundredths / 100.0, style);
		return;
	}
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value)));
	if (has_exact_digits(text))
		write_double(excel, column, strtod(text, NULL), style);
	else
		write_text(excel, column, text, style);
}

static Style
date_style(const ListExport *list, ColumnKind kind)
{
	if (kind != COLUMN_DECISION_DATE)
		return STYLE_DATE;
	if (strcmp(list->decision_color, "red") == 0)
		return STYLE_DATE_RED;
	if (strcmp(list->decision_color, "green") == 0)
		return STYLE_DATE_GREEN;
	if (strcmp(list->decision_color, "blue") == 0)
		return STYLE_DATE_BLUE;
	return STYLE_DATE;
}

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
		write_double(excel, column, day, style);
	else
		write_text(excel, column, plain_value(list, column), style);
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
		write_double(excel, column,
					 day + ((tm.tm_hour * MINS_PER_HOUR + tm.tm_min) * SECS_PER_MINUTE + tm.tm_sec +
							fraction / (double) USECS_PER_SEC) / SECS_PER_DAY, STYLE_TIME);
	else
		write_text(excel, column, plain_value(list, column), STYLE_TIME);
}

static Style
flag_style(const ListExport *list)
{
	if (strcmp(list->status, "won") == 0)
		return STYLE_FLAG_GREEN;
	if (strcmp(list->status, "lost") == 0)
		return STYLE_FLAG_RED;
	return STYLE_FLAG_YELLOW;
}

static void
write_value(ExcelFile *excel, const ListExport *list, int column)
{
	ColumnKind	kind = list->columns[column]->kind;
	Datum		value = list->values[column];

	switch (kind)
	{
		case COLUMN_NUMBER:
			write_integer(excel, column, DatumGetInt64(value), STYLE_NUMBER);
			break;
		case COLUMN_RATING:
			write_integer(excel, column, DatumGetInt16(value), STYLE_NUMBER);
			break;
		case COLUMN_AMOUNT:
			write_numeric(excel, column, DatumGetNumeric(value), STYLE_AMOUNT);
			break;
		case COLUMN_PERCENT:
			write_numeric(excel, column, DatumGetNumeric(value), STYLE_NUMBER);
			break;
		case COLUMN_DATE:
		case COLUMN_DECISION_DATE:
			write_date(excel, list, column, date_style(list, kind));
			break;
		case COLUMN_TIME:
			write_time(excel, list, column);
			break;
		case COLUMN_BOOLEAN:
			check_library(worksheet_write_boolean(excel->sheet, excel->row, column,
												  DatumGetBool(value), excel->styles[STYLE_BOOLEAN]));
			break;
		case COLUMN_FLAG:
			write_text(excel, column, readable_value(list, column), flag_style(list));
			break;
		case COLUMN_LABEL:
			write_text(excel, column, readable_value(list, column), STYLE_LABEL);
			break;
		case COLUMN_TEXT:
			write_text(excel, column, plain_value(list, column), STYLE_TEXT);
			break;
	}
}

/* ----------
 * Sheets
 * ----------
 */

static void
add_sheet(ExcelFile *excel, const char *name)
{
	excel->sheet = workbook_add_worksheet(excel->workbook, name);
	check_allocated(excel->sheet);
	excel->row = 0;
	worksheet_set_landscape(excel->sheet);
	worksheet_set_paper(excel->sheet, 9);	/* A4 */
	worksheet_fit_to_pages(excel->sheet, 1, 0);
}

static bool
is_right_aligned(ColumnKind kind)
{
	return kind == COLUMN_NUMBER || kind == COLUMN_RATING || kind == COLUMN_AMOUNT ||
		kind == COLUMN_PERCENT || kind == COLUMN_DATE || kind == COLUMN_DECISION_DATE ||
		kind == COLUMN_TIME;
}

/* The rows that are to come say how far the filter reaches. */
static void
add_list_sheet(ExcelFile *excel, const ListExport *list)
{
	const char *title = word(list->language, WORD_SALES_OPPORTUNITIES);
	int64		rows_left = list->n_rows - (int64) excel->n_list_sheets * MAX_SHEET_ROWS;

	excel->n_list_sheets++;
	add_sheet(excel, excel->n_list_sheets == 1 ? title : psprintf("%s %d", title, excel->n_list_sheets));
	worksheet_freeze_panes(excel->sheet, 1, 0);
	check_library(worksheet_repeat_rows(excel->sheet, 0, 0));
	check_library(worksheet_autofilter(excel->sheet, 0, 0, Max(1, Min(rows_left, MAX_SHEET_ROWS)),
									   list->n_columns - 1));
	check_library(worksheet_set_row(excel->sheet, 0, 30, NULL));
	for (int i = 0; i < list->n_columns; i++)
	{
		const ListColumn *column = list->columns[i];

		check_library(worksheet_set_column(excel->sheet, i, i, column->width + 2, NULL));
		write_text(excel, i, word(list->language, column->heading),
				   is_right_aligned(column->kind) ? STYLE_NUMBER_HEADING : STYLE_HEADING);
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

#define FIRST_SUMMARY_ROW 5

static void
add_chart(ExcelFile *excel, const ListExport *list, const char *sheet_name)
{
	lxw_chart  *chart = workbook_add_chart(excel->workbook, LXW_CHART_COLUMN);
	lxw_chart_options options = {.x_scale = 1.5, .y_scale = 1.2};
	lxw_chart_line gridline = {.color = 0xD9D9D9, .width = 0.75};
	struct
	{
		Word		heading;
		int			column;
		lxw_color_t color;
	}			bars[] = {{WORD_ESTIMATED_REVENUE, 2, 0x90A4AE}, {WORD_PIPELINE, 3, 0x1565C0}};

	check_allocated(chart);
	for (int i = 0; i < lengthof(bars); i++)
	{
		lxw_chart_series *series = chart_add_series(chart, NULL, NULL);
		lxw_chart_fill fill = {.color = bars[i].color};

		check_allocated(series);
		/* the total, which stands last, is not a bar */
		chart_series_set_categories(series, sheet_name, FIRST_SUMMARY_ROW, 0,
									FIRST_SUMMARY_ROW + N_SUMMARY_LINES - 2, 0);
		chart_series_set_values(series, sheet_name, FIRST_SUMMARY_ROW, bars[i].column,
								FIRST_SUMMARY_ROW + N_SUMMARY_LINES - 2, bars[i].column);
		chart_series_set_name(series, word(list->language, bars[i].heading));
		chart_series_set_fill(series, &fill);
	}
	chart_title_set_name(chart, word(list->language, WORD_SUMMARY));
	chart_legend_set_position(chart, LXW_CHART_LEGEND_BOTTOM);
	chart_axis_set_num_format(chart->y_axis, "#,##0");
	chart_axis_major_gridlines_set_line(chart->y_axis, &gridline);
	check_library(worksheet_insert_chart_opt(excel->sheet, FIRST_SUMMARY_ROW + N_SUMMARY_LINES + 1, 0,
											 chart, &options));
}

static void
write_summary_line(ExcelFile *excel, const ListExport *list, const SummaryLine *line)
{
	bool		is_total = strcmp(line->status, "total") == 0;
	Style		text = is_total ? STYLE_TOTAL : STYLE_TEXT;
	Style		amount = is_total ? STYLE_TOTAL_AMOUNT : STYLE_AMOUNT;

	write_text(excel, 0, is_total ? word(list->language, WORD_TOTAL) :
			   label_word(list->language, line->status), text);
	write_integer(excel, 1, line->opportunities, is_total ? STYLE_TOTAL_COUNT : STYLE_COUNT);
	write_numeric(excel, 2, line->estimated_revenue, amount);
	write_numeric(excel, 3, line->pipeline, amount);
	if (line->highest != NULL)
		write_numeric(excel, 4, line->highest, amount);
	else if (is_total)
		check_library(worksheet_write_blank(excel->sheet, excel->row, 4, excel->styles[amount]));
	excel->row++;
}

static void
add_summary_sheet(ExcelFile *excel, const ListExport *list)
{
	static const Word headings[] = {
		WORD_STATUS, WORD_OPPORTUNITIES, WORD_ESTIMATED_REVENUE, WORD_PIPELINE, WORD_HIGHEST_SALE
	};
	const char *name = word(list->language, WORD_SUMMARY);

	add_sheet(excel, name);
	check_library(worksheet_set_column(excel->sheet, 0, 0, 20, NULL));
	check_library(worksheet_set_column(excel->sheet, 1, 1, 12, NULL));
	check_library(worksheet_set_column(excel->sheet, 2, 4, 22, NULL));

	write_text(excel, 0, word(list->language, WORD_SALES_OPPORTUNITIES), STYLE_TITLE);
	excel->row = 1;
	if (list->organization != NULL)
		write_text(excel, 0, list->organization, STYLE_TEXT);
	excel->row = 2;
	write_text(excel, 0, list->criteria_text, STYLE_TEXT);

	excel->row = FIRST_SUMMARY_ROW - 1;
	for (int i = 0; i < lengthof(headings); i++)
		write_text(excel, i, word(list->language, headings[i]),
				   i == 0 ? STYLE_HEADING : STYLE_NUMBER_HEADING);
	excel->row = FIRST_SUMMARY_ROW;
	for (int i = 0; i < N_SUMMARY_LINES; i++)
		write_summary_line(excel, list, &list->summary[i]);
	add_chart(excel, list, name);
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
	start_workbook(excel, list);

	add_list_sheet(excel, list);
	list_sheet = excel->sheet;
	add_summary_sheet(excel, list);
	excel->sheet = list_sheet;
	excel->row = 0;
	export_rows(list, write_row, excel);

	finish_workbook(excel);
	result = read_file(excel, caller);
	SPI_finish();
	PG_RETURN_BYTEA_P(result);
}
