/*
 * pdf_document.c
 *		PDF pages in the making: text that fits its place, and shapes. Built on libharu.
 *
 * What is on a page is written here: libharu's own functions for it clear a buffer for each operator
 * and measure each text again. libharu makes the document around it, with the fonts.
 *
 * libharu allocates in a memory context of ours, without errors: where there is no memory, it gets
 * none and stops. So it does while it puts the document together, which takes long, when somebody
 * wants the query to end or the document becomes too large. Its own errors are recorded and raised
 * by check_pdf(), never through its frames.
 */
#include "compat.h"

#include <math.h>
#include <hpdf.h>
#include <hpdf_doc.h>
#include <hpdf_fontdef.h>
#include <hpdf_pages.h>
#include <hpdf_streams.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "export/file_buffer.h"
#include "export/glyph_parts.h"
#include "export/pdf_document.h"
#include "export/text_line.h"
#include "export/truetype.h"
#include "text/character.h"

#define MAX_UNICODE 0xFFFF		/* libharu knows no characters beyond */
#define LONGEST_INFO 4096		/* in bytes of UTF-16 */
#define ROUNDING 0.01f			/* of the widths, in points */
#define UNKNOWN_WIDTH PG_INT16_MAX
#define MISSING_WIDTH (-1)

static char *font_setting;

struct PdfDocument
{
	MemoryContext context;
	MemoryContextCallback cleanup;
	HPDF_Doc	library;
	HPDF_STATUS error;
	HPDF_STATUS error_detail;

	bool		has_own_font;	/* of the setting: UTF-8, one weight */
	HPDF_Font	fonts[2];
	HPDF_FontDef font_definition;
	int16	   *widths[2];		/* of characters, in thousandths of the font's size */
	bool		lacked_character;

	HPDF_Page	page;
	HPDF_Page  *pages;
	int			n_pages;
	int			max_pages;

	/* of the page: what is on it, and how that leaves it */
	StringInfoData content;
	PdfWeight	weight;
	float		size;			/* 0 before the first text */
	int			color;
	bool		in_text;
	float		text_x;
	float		text_y;
};

/* ----------
 * The library
 * ----------
 */

/* libharu's allocator takes no argument of ours: one document at a time. */
static MemoryContext allocation_context = NULL;
static bool is_out_of_memory;
static bool is_finishing;
static Size finished_size;		/* about what the finished document takes so far */

static void *
allocate(HPDF_UINT size)
{
	void	   *result;

	if (is_finishing)
	{
		finished_size += size;
		if (finished_size > MaxAllocSize || QueryCancelPending || ProcDiePending)
			return NULL;
	}
	result = MemoryContextAllocExtended(allocation_context, size, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	is_out_of_memory |= result == NULL;
	return result;
}

static void
deallocate(void *pointer)
{
	if (pointer != NULL)
		pfree(pointer);
}

static void
record_error(HPDF_STATUS error, HPDF_STATUS detail, void *user_data)
{
	PdfDocument *pdf = user_data;

	if (pdf->error == HPDF_OK)
	{
		pdf->error = error;
		pdf->error_detail = detail;
	}
}

/* It may hold the file of a font; its memory goes with the context. */
static void
free_library(void *arg)
{
	PdfDocument *pdf = arg;

	if (pdf->library != NULL)
		HPDF_Free(pdf->library);
	allocation_context = NULL;
}

/* What stops libharu from outside comes first: errors of its own follow from that. */
static void
check_resources(void)
{
	CHECK_FOR_INTERRUPTS();
	if (is_out_of_memory)
		ereport(ERROR,
				errcode(ERRCODE_OUT_OF_MEMORY),
				errmsg("out of memory while making a PDF document"),
				errhint("Export it in parts, with criteria such as a range of dates."));
	if (finished_size > MaxAllocSize)
		refuse_large_file();
}

/* Not all errors come with a call of the function that records them. */
static HPDF_STATUS
library_error(PdfDocument *pdf)
{
	return pdf->error != HPDF_OK ? pdf->error : HPDF_GetError(pdf->library);
}

pg_noreturn static void
refuse_library_error(PdfDocument *pdf)
{
	check_resources();
	ereport(ERROR,
			errcode(ERRCODE_SYSTEM_ERROR),
			errmsg("could not make the PDF document: libharu reports error 0x%04lX, detail %ld",
				   (long) library_error(pdf), (long) pdf->error_detail));
}

void
check_pdf(PdfDocument *pdf)
{
	check_resources();
	if (library_error(pdf) != HPDF_OK)
		refuse_library_error(pdf);
}

/* ----------
 * Fonts
 * ----------
 */

void
define_pdf_settings(void)
{
	DefineCustomStringVariable("salesopp.pdf_font",
							   "TrueType file for the text of PDF exports.",
							   "Empty: the built-in fonts, which have the characters of Latin-1.",
							   &font_setting, "", PGC_SUSET, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
}

static void
load_font(PdfDocument *pdf)
{
	const char *name;

	check_truetype_file(font_setting, "salesopp.pdf_font");
	name = HPDF_LoadTTFontFromFile(pdf->library, font_setting, HPDF_TRUE);
	if (name != NULL)
	{
		pdf->fonts[PDF_REGULAR] = HPDF_GetFont(pdf->library, name, "UTF-8");
		pdf->fonts[PDF_BOLD] = pdf->fonts[PDF_REGULAR];
		pdf->font_definition = HPDF_GetFontDef(pdf->library, name);
	}
	check_resources();
	/* at the end of a file it gives up without an error */
	if (library_error(pdf) != HPDF_OK || pdf->font_definition == NULL || pdf->fonts[PDF_REGULAR] == NULL)
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("could not load the font \"%s\": libharu reports error 0x%04lX",
					   font_setting, (long) library_error(pdf)),
				errhint("Set salesopp.pdf_font to a TrueType file that may be embedded, or to nothing."));
}

static void
find_fonts(PdfDocument *pdf)
{
	pdf->has_own_font = font_setting[0] != '\0';
	if (pdf->has_own_font)
		load_font(pdf);
	else
	{
		pdf->fonts[PDF_REGULAR] = HPDF_GetFont(pdf->library, "Helvetica", "WinAnsiEncoding");
		pdf->fonts[PDF_BOLD] = HPDF_GetFont(pdf->library, "Helvetica-Bold", "WinAnsiEncoding");
		check_pdf(pdf);
	}
	for (int weight = PDF_REGULAR; weight <= PDF_BOLD; weight++)
	{
		if (pdf->has_own_font && weight == PDF_BOLD)
		{
			pdf->widths[PDF_BOLD] = pdf->widths[PDF_REGULAR];
			break;
		}
		pdf->widths[weight] = MemoryContextAlloc(pdf->context, (MAX_UNICODE + 1) * sizeof(int16));
		for (int i = 0; i <= MAX_UNICODE; i++)
			pdf->widths[weight][i] = UNKNOWN_WIDTH;
	}
}

/* What Windows-1252, the encoding of the built-in fonts, has beyond Latin-1, from 0x80 on. */
static const uint16 windows_characters[] = {
	0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
	0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178
};

/* The character in Windows-1252, or 0. */
static unsigned char
windows_code(pg_wchar character)
{
	if (character < 0x80 || (character >= 0xA0 && character <= 0xFF))
		return character;
	for (int i = 0; i < lengthof(windows_characters); i++)
		if (windows_characters[i] != 0 && windows_characters[i] == character)
			return 0x80 + i;
	return 0;
}

static int16
find_width(PdfDocument *pdf, PdfWeight weight, pg_wchar character)
{
	if (pdf->has_own_font)
	{
		HPDF_UINT16 glyph = HPDF_TTFontDef_GetGlyphid(pdf->font_definition, character);

		if (glyph == 0)
			return MISSING_WIDTH;
		use_glyph(pdf->font_definition, glyph);
	}
	else if (windows_code(character) == 0)
		return MISSING_WIDTH;
	return HPDF_Font_GetUnicodeWidth(pdf->fonts[weight], character);
}

/* Of a character, in thousandths of the font's size; MISSING_WIDTH where the font lacks it. */
static int16
character_width(PdfDocument *pdf, PdfWeight weight, pg_wchar character)
{
	int16	   *width;

	if (character > MAX_UNICODE)
		return MISSING_WIDTH;
	width = &pdf->widths[weight][character];
	if (*width == UNKNOWN_WIDTH)
		*width = find_width(pdf, weight, character);
	return *width;
}

/* ----------
 * Text
 * ----------
 */

/* Adds the character to a PDF string: as a literal, or as two bytes in hexadecimal digits. */
static int
encode_character(PdfDocument *pdf, pg_wchar character, char *to)
{
	static const char digits[] = "0123456789ABCDEF";
	char		code;

	if (pdf->has_own_font)
	{
		for (int i = 0; i < 4; i++)
			to[i] = digits[character >> (12 - 4 * i) & 0xF];
		return 4;
	}
	code = windows_code(character);
	if (code != '(' && code != ')' && code != '\\')
	{
		*to = code;
		return 1;
	}
	to[0] = '\\';
	to[1] = code;
	return 2;
}

/* The font of a text, as the line is fitted to it. */
typedef struct TextFont
{
	LineFont	line_font;
	PdfDocument *pdf;
	PdfWeight	weight;
} TextFont;

static int
width_in_line(const LineFont *font, pg_wchar character)
{
	const TextFont *text_font = (const TextFont *) font;

	return character_width(text_font->pdf, text_font->weight, character);
}

PdfText
fit_pdf_text(PdfDocument *pdf, PdfStyle style, const char *text, float width)
{
	TextFont	font = {{width_in_line}, pdf, style.weight};
	TextLine	line;
	PdfText		result;
	char	   *p;

	fit_line(&line, text, (width + ROUNDING) * 1000 / style.size, &font.line_font);
	pdf->lacked_character |= line.lacks_characters;

	/* the longest of the encodings, and what stands around it */
	result.encoded = p = palloc(4 * line.n + 3);
	*p++ = pdf->has_own_font ? '<' : '(';
	for (int i = 0; i < line.n; i++)
		p += encode_character(pdf, line.characters[i], p);
	*p++ = pdf->has_own_font ? '>' : ')';
	*p = '\0';
	result.width = line.width * style.size / 1000;
	return result;
}

/* ----------
 * Pages
 * ----------
 */

static void
write_operator(PdfDocument *pdf, const char *operator)
{
	appendStringInfoString(&pdf->content, operator);
	appendStringInfoChar(&pdf->content, '\n');
}

/* With two decimals, as many as can be seen. */
static void
write_number(PdfDocument *pdf, float number)
{
	int			hundredths = (int) rintf(number * 100);
	char		digits[24];
	int			length;

	if (hundredths < 0)
		appendStringInfoChar(&pdf->content, '-');
	hundredths = abs(hundredths);
	length = pg_ltoa(hundredths / 100, digits);
	hundredths %= 100;
	if (hundredths != 0)
	{
		digits[length++] = '.';
		digits[length++] = '0' + hundredths / 10;
		if (hundredths % 10 != 0)
			digits[length++] = '0' + hundredths % 10;
	}
	digits[length++] = ' ';
	appendBinaryStringInfo(&pdf->content, digits, length);
}

static void
write_point(PdfDocument *pdf, float x, float y, const char *operator)
{
	write_number(pdf, x);
	write_number(pdf, y);
	write_operator(pdf, operator);
}

static void
write_color(PdfDocument *pdf, int color, const char *operator)
{
	/* three decimals tell all 256 shades apart */
	for (int shift = 16; shift >= 0; shift -= 8)
	{
		int			thousandths = ((color >> shift & 0xFF) * 1000 + 127) / 255;
		char		digits[] = "0.000 ";

		digits[0] += thousandths / 1000;
		digits[2] += thousandths / 100 % 10;
		digits[3] += thousandths / 10 % 10;
		digits[4] += thousandths % 10;
		appendBinaryStringInfo(&pdf->content, digits, strlen(digits));
	}
	write_operator(pdf, operator);
}

static void
set_fill_color(PdfDocument *pdf, int color)
{
	if (pdf->color != color)
		write_color(pdf, color, "rg");
	pdf->color = color;
}

static void
end_text(PdfDocument *pdf)
{
	if (pdf->in_text)
		write_operator(pdf, "ET");
	pdf->in_text = false;
}

/* What was drawn goes to the page. */
static void
end_drawing(PdfDocument *pdf)
{
	if (pdf->page == NULL)
		return;
	end_text(pdf);
	HPDF_Stream_Write(((HPDF_PageAttr) pdf->page->attr)->stream,
					  (const HPDF_BYTE *) pdf->content.data, pdf->content.len);
	check_pdf(pdf);
}

static void
start_drawing(PdfDocument *pdf, HPDF_Page page)
{
	end_drawing(pdf);
	pdf->page = page;
	resetStringInfo(&pdf->content);
	pdf->size = 0;
	pdf->color = -1;
}

void
add_pdf_page(PdfDocument *pdf)
{
	HPDF_Page	page = HPDF_AddPage(pdf->library);

	check_pdf(pdf);
	HPDF_Page_SetWidth(page, PDF_PAGE_WIDTH);
	HPDF_Page_SetHeight(page, PDF_PAGE_HEIGHT);
	if (pdf->n_pages == pdf->max_pages)
	{
		pdf->max_pages = Max(64, pdf->max_pages * 2);
		pdf->pages = pdf->pages == NULL ?
			MemoryContextAlloc(pdf->context, pdf->max_pages * sizeof(HPDF_Page)) :
			repalloc(pdf->pages, pdf->max_pages * sizeof(HPDF_Page));
	}
	pdf->pages[pdf->n_pages++] = page;
	start_drawing(pdf, page);
}

int
pdf_page_count(PdfDocument *pdf)
{
	return pdf->n_pages;
}

void
choose_pdf_page(PdfDocument *pdf, int number)
{
	start_drawing(pdf, pdf->pages[number - 1]);
}

void
draw_pdf_text(PdfDocument *pdf, PdfStyle style, float x, float y, PdfText text)
{
	if (!pdf->in_text)
	{
		write_operator(pdf, "BT");
		pdf->in_text = true;
		pdf->text_x = pdf->text_y = 0;
	}
	if (pdf->size != style.size || pdf->weight != style.weight)
	{
		const char *name = HPDF_Page_GetLocalFontName(pdf->page, pdf->fonts[style.weight]);

		if (name == NULL)
			refuse_library_error(pdf);
		pdf->weight = style.weight;
		pdf->size = style.size;
		appendStringInfo(&pdf->content, "/%s ", name);
		write_number(pdf, style.size);
		write_operator(pdf, "Tf");
	}
	set_fill_color(pdf, style.color);

	/* each place is given from the one before, in the hundredths that are written */
	x = rintf(x * 100) / 100;
	y = rintf(y * 100) / 100;
	write_point(pdf, x - pdf->text_x, y - pdf->text_y, "Td");
	pdf->text_x = x;
	pdf->text_y = y;
	appendStringInfoString(&pdf->content, text.encoded);
	write_operator(pdf, "Tj");
}

void
fill_pdf_box(PdfDocument *pdf, int color, float x, float y, float width, float height)
{
	end_text(pdf);
	set_fill_color(pdf, color);
	write_number(pdf, x);
	write_number(pdf, y);
	write_point(pdf, width, height, "re");
	write_operator(pdf, "f");
}

void
fill_pdf_shape(PdfDocument *pdf, int color, const PdfPoint *points, int n_points)
{
	end_text(pdf);
	set_fill_color(pdf, color);
	write_point(pdf, points[0].x, points[0].y, "m");
	for (int i = 1; i < n_points; i++)
		write_point(pdf, points[i].x, points[i].y, "l");
	write_operator(pdf, "f");
}

void
draw_pdf_line(PdfDocument *pdf, int color, float thickness, float x, float y, float x2, float y2)
{
	end_text(pdf);
	write_color(pdf, color, "RG");
	write_number(pdf, thickness);
	write_operator(pdf, "w");
	write_point(pdf, x, y, "m");
	write_point(pdf, x2, y2, "l");
	write_operator(pdf, "S");
}

/* ----------
 * Documents
 * ----------
 */

PdfDocument *
start_pdf(void)
{
	MemoryContext context;
	PdfDocument *pdf;

	if (allocation_context != NULL)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("an export cannot run within another"));
	context = AllocSetContextCreate(CurrentMemoryContext, "salesopp PDF document",
									ALLOCSET_DEFAULT_SIZES);
	pdf = MemoryContextAllocZero(context, sizeof(PdfDocument));
	pdf->context = context;
	pdf->cleanup.func = free_library;
	pdf->cleanup.arg = pdf;
	MemoryContextRegisterResetCallback(context, &pdf->cleanup);

	allocation_context = context;
	is_out_of_memory = false;
	is_finishing = false;
	finished_size = 0;
	pdf->library = HPDF_NewEx(record_error, allocate, deallocate, 0, pdf);
	if (pdf->library == NULL)
		ereport(ERROR,
				errcode(ERRCODE_OUT_OF_MEMORY),
				errmsg("out of memory while making a PDF document"));
	HPDF_SetCompressionMode(pdf->library, HPDF_COMP_ALL);
	initStringInfo(&pdf->content);
	HPDF_UseUTFEncodings(pdf->library);
	check_pdf(pdf);
	find_fonts(pdf);
	return pdf;
}

static void
append_utf16(StringInfo text, uint16 unit)
{
	appendStringInfoChar(text, unit >> 8);
	appendStringInfoChar(text, unit & 0xFF);
}

/* In UTF-16 with its mark. libharu would do it itself, but knows no characters beyond U+FFFF. */
static void
set_info(PdfDocument *pdf, const char *key, const char *text)
{
	StringInfoData utf16;

	if (text == NULL)
		return;
	initStringInfo(&utf16);
	append_utf16(&utf16, 0xFEFF);
	while (*text != '\0' && utf16.len < LONGEST_INFO)
	{
		pg_wchar	character = readable_character(next_character(&text));

		if (character > 0xFFFF)
		{
			append_utf16(&utf16, 0xD800 + ((character - 0x10000) >> 10));
			character = 0xDC00 + (character & 0x3FF);
		}
		append_utf16(&utf16, character);
	}
	HPDF_Dict_Add(pdf->library->info, key,
				  HPDF_Binary_New(pdf->library->mmgr, (HPDF_BYTE *) utf16.data, utf16.len));
}

void
set_pdf_info(PdfDocument *pdf, const char *title, const char *author, const char *subject)
{
	struct pg_tm tm;
	fsec_t		fraction;
	int			zone;
	HPDF_Date	created;

	/* first, as it makes what holds the others, too */
	HPDF_SetInfoAttr(pdf->library, HPDF_INFO_CREATOR, "salesopp " SALESOPP_VERSION);
	check_pdf(pdf);
	set_info(pdf, "Title", title);
	set_info(pdf, "Author", author);
	set_info(pdf, "Subject", subject);

	if (timestamp2tm(GetCurrentTimestamp(), &zone, &tm, &fraction, NULL, NULL) != 0)
		return;
	created.year = tm.tm_year;
	created.month = tm.tm_mon;
	created.day = tm.tm_mday;
	created.hour = tm.tm_hour;
	created.minutes = tm.tm_min;
	created.seconds = tm.tm_sec;
	/* PostgreSQL counts west of Greenwich */
	created.ind = zone > 0 ? '-' : '+';
	created.off_hour = abs(zone) / SECS_PER_HOUR;
	created.off_minutes = abs(zone) / SECS_PER_MINUTE % MINS_PER_HOUR;
	HPDF_SetInfoDateAttr(pdf->library, HPDF_INFO_CREATION_DATE, created);
}

bytea *
finish_pdf(PdfDocument *pdf, MemoryContext context)
{
	MemoryContext old;
	FileBuffer	file;
	Size		left;

	end_drawing(pdf);
	is_finishing = true;
	HPDF_SaveToStream(pdf->library);
	is_finishing = false;
	check_pdf(pdf);
	HPDF_ResetStream(pdf->library);
	left = HPDF_GetStreamSize(pdf->library);

	old = MemoryContextSwitchTo(context);
	start_file(&file, left);
	while (left > 0)
	{
		HPDF_UINT32 size = Min(left, 1024 * 1024);
		HPDF_STATUS status = HPDF_ReadFromStream(pdf->library, (HPDF_BYTE *) reserve_in_file(&file, size), &size);

		CHECK_FOR_INTERRUPTS();
		if (size == 0 || (status != HPDF_OK && status != HPDF_STREAM_EOF))
			break;
		file.length += size;
		left -= size;
	}
	if (left > 0)
		elog(ERROR, "could not read the PDF document: libharu returned too little");
	MemoryContextSwitchTo(old);

	if (pdf->lacked_character)
		ereport(NOTICE,
				errmsg("the font of the PDF document lacks some characters, which are shown as a mark"),
				pdf->has_own_font ? 0 : errhint("Set salesopp.pdf_font to a TrueType file that has them."));
	MemoryContextDelete(pdf->context);
	return finish_file(&file);
}
