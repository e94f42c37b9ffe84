/*
 * pdf_document.c
 *		A PDF document from its start to the finished file. Built on libharu.
 */
#include "compat.h"

#include <hpdf_doc.h>
#include <hpdf_streams.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "export/file_buffer.h"
#include "export/pdf_document.h"
#include "text/character.h"

#define LONGEST_INFO 4096		/* in bytes of UTF-16 */

PdfDocument *
start_pdf(void)
{
	PdfDocument *pdf = open_pdf_library();

	initStringInfo(&pdf->content);
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
	save_pdf_library(pdf);
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
