/*
 * pdf_document.c
 *		PDF pages in the making: text that fits its place, and shapes. Built on libharu.
 *
 * pdf_drawing.c writes what is on a page, pdf_font.c knows the fonts; here libharu makes the document around it.
 *
 * libharu allocates in a memory context of ours, and no error is raised through its frames. Where there is
 * no memory, it gets none and stops. It is stopped in the same way when the query is cancelled or the
 * document becomes too large while it puts that together, which takes long. Its own errors are recorded.
 * Once it has returned, check_pdf() raises what there was.
 */
#include "compat.h"

#include <hpdf_doc.h>
#include <hpdf_streams.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "export/file_buffer.h"
#include "export/pdf_library.h"
#include "text/character.h"

#define LONGEST_INFO 4096		/* in bytes of UTF-16 */

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
void
check_pdf_resources(void)
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
HPDF_STATUS
pdf_library_error(PdfDocument *pdf)
{
	return pdf->error != HPDF_OK ? pdf->error : HPDF_GetError(pdf->library);
}

void
refuse_pdf_error(PdfDocument *pdf)
{
	check_pdf_resources();
	ereport(ERROR,
			errcode(ERRCODE_SYSTEM_ERROR),
			errmsg("could not make the PDF document: libharu reports error 0x%04lX, detail %ld",
				   (long) pdf_library_error(pdf), (long) pdf->error_detail));
}

void
check_pdf(PdfDocument *pdf)
{
	check_pdf_resources();
	if (pdf_library_error(pdf) != HPDF_OK)
		refuse_pdf_error(pdf);
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
	find_pdf_fonts(pdf);
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

	end_pdf_drawing(pdf);
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
