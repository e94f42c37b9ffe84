/*
 * pdf_library.c
 *		libharu, which makes a PDF document around what is drawn and written: its memory and its errors.
 *
 * libharu allocates in a memory context of ours, and no error is raised through its frames. Where there is
 * no memory, it gets none and stops. It is stopped in the same way when the query is cancelled or the
 * document becomes too large while it puts that together, which takes long. Its own errors are recorded.
 * Once it has returned, check_pdf() raises what there was.
 */
#include "compat.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "export/file_buffer.h"
#include "export/pdf_library.h"

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

PdfDocument *
open_pdf_library(void)
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
	HPDF_UseUTFEncodings(pdf->library);
	check_pdf(pdf);
	return pdf;
}

void
save_pdf_library(PdfDocument *pdf)
{
	is_finishing = true;
	HPDF_SaveToStream(pdf->library);
	is_finishing = false;
	check_pdf(pdf);
}
