/*
 * workbook.c
 *		An Excel workbook in the making: its file, sheets, styles and cells. Built on libxlsxwriter.
 *
 * The library frees the workbook when it is closed; until then a callback of the memory context does.
 */
#include "compat.h"

#include <ctype.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "amount.h"
#include "export/file_buffer.h"
#include "export/temporary_stream.h"
#include "export/workbook.h"
#include "text/character.h"

/* As long as a text can be in a cell, in UTF-16 units. The properties of the workbook are cut there, too. */
#define LONGEST_TEXT 32767

/* A double tells numbers of so many digits apart. */
#define EXACT_DIGITS 15
#define EXACT_LIMIT INT64CONST(1000000000000000)

/* ----------
 * Texts
 * ----------
 */

/* Whether what begins here would be read as an escape, as _x0041_ would be as A. */
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
 * Every text of the workbook goes through this: too long a text is cut, and characters that XML cannot
 * hold are replaced. In cells the library writes control characters as escapes, such as _x0001_; so what
 * looks like an escape there gets one of its own.
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

/* An error of the temporary files says more than the library's own that follows from it. */
void
check_workbook(lxw_error error)
{
	check_temporary_streams();
	if (error != LXW_NO_ERROR)
		ereport(ERROR,
				errcode(error == LXW_ERROR_MEMORY_MALLOC_FAILED ? ERRCODE_OUT_OF_MEMORY : ERRCODE_SYSTEM_ERROR),
				errmsg("could not write the workbook: %s", lxw_strerror(error)));
}

void
check_workbook_part(const void *part)
{
	if (part == NULL)
		check_workbook(LXW_ERROR_MEMORY_MALLOC_FAILED);
	Assert(part != NULL);
}

/* ----------
 * Styles
 * ----------
 */

static lxw_format *
add_format(ExcelFile *excel)
{
	lxw_format *format = workbook_add_format(excel->workbook);

	check_workbook_part(format);
	return format;
}

static lxw_format *
heading_format(ExcelFile *excel, uint8_t alignment)
{
	lxw_format *format = add_format(excel);

	format_set_bold(format);
	format_set_font_color(format, LXW_COLOR_WHITE);
	format_set_bg_color(format, HEADING_COLOR);
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
	for (int color = 0; color < N_COLORS; color++)
	{
		/* black is what cells are anyhow */
		styles[STYLE_DATE + color] = number_format(excel, date, color == COLOR_BLACK ? LXW_COLOR_UNSET :
												   palette[color].ink);
		styles[STYLE_FLAG + color] = flag_format(excel, palette[color].tint);
	}
	styles[STYLE_COUNT] = number_format(excel, count, LXW_COLOR_UNSET);
	styles[STYLE_TOTAL] = total_format(excel, NULL);
	format_set_indent(styles[STYLE_TOTAL], 1);
	styles[STYLE_TOTAL_COUNT] = total_format(excel, count);
	styles[STYLE_TOTAL_AMOUNT] = total_format(excel, amount);
}

/* ----------
 * The file
 * ----------
 */

void
start_workbook(ExcelFile *excel, Language language)
{
	lxw_workbook_options options = {.constant_memory = LXW_TRUE};

	start_temporary_streams();
	excel->cleanup.func = discard_workbook;
	excel->cleanup.arg = excel;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &excel->cleanup);

	excel->file = OpenTemporaryFile(false);
	excel->workbook = workbook_new_opt(FilePathName(excel->file), &options);
	check_workbook_part(excel->workbook);
	add_styles(excel, language);
}

void
set_workbook_properties(ExcelFile *excel, const char *title, const char *company, const char *comments)
{
	lxw_doc_properties properties = {
		.title = unconstify(char *, title),
		.company = company == NULL ? NULL : unconstify(char *, workbook_text(company, false)),
		.comments = unconstify(char *, workbook_text(comments, false)),
		.created = timestamptz_to_time_t(GetCurrentTransactionStartTimestamp())
	};

	check_workbook(workbook_set_properties(excel->workbook, &properties));
}

/* The library puts the workbook together. It frees it, also when it fails. */
static void
close_workbook(ExcelFile *excel)
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
	check_workbook(error);
}

/* The workbook as it stands in its file. */
static bytea *
read_workbook(ExcelFile *excel, MemoryContext context)
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

bytea *
finish_workbook(ExcelFile *excel, MemoryContext context)
{
	close_workbook(excel);
	return read_workbook(excel, context);
}

/* ----------
 * Sheets and cells
 * ----------
 */

void
add_workbook_sheet(ExcelFile *excel, const char *name)
{
	excel->sheet = workbook_add_worksheet(excel->workbook, name);
	check_workbook_part(excel->sheet);
	excel->row = 0;
	worksheet_set_landscape(excel->sheet);
	worksheet_set_paper(excel->sheet, 9);	/* A4 */
	worksheet_fit_to_pages(excel->sheet, 1, 0);
}

void
write_text_cell(ExcelFile *excel, int column, const char *value, Style style)
{
	check_workbook(worksheet_write_string(excel->sheet, excel->row, column, workbook_text(value, true),
										 excel->styles[style]));
}

void
write_double_cell(ExcelFile *excel, int column, double value, Style style)
{
	check_workbook(worksheet_write_number(excel->sheet, excel->row, column, value,
										 excel->styles[style]));
}

void
write_integer_cell(ExcelFile *excel, int column, int64 value, Style style)
{
	if (value > -EXACT_LIMIT && value < EXACT_LIMIT)
		write_double_cell(excel, column, value, style);
	else
		write_text_cell(excel, column, psprintf(INT64_FORMAT, value), style);
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

void
write_numeric_cell(ExcelFile *excel, int column, Numeric value, Style style)
{
	int64		hundredths;
	char	   *text;

	if (numeric_to_hundredths(NumericGetDatum(value), &hundredths) &&
		hundredths > -EXACT_LIMIT && hundredths < EXACT_LIMIT)
	{
		write_double_cell(excel, column, hundredths / 100.0, style);
		return;
	}
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value)));
	if (has_exact_digits(text))
		write_double_cell(excel, column, strtod(text, NULL), style);
	else
		write_text_cell(excel, column, text, style);
}
