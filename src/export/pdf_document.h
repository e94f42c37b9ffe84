/*
 * pdf_document.h
 *		A PDF document from its start to the finished file.
 */
#ifndef SALESOPP_PDF_DOCUMENT_H
#define SALESOPP_PDF_DOCUMENT_H

#include "export/pdf_drawing.h"

/* Lives in a memory context of its own below the current one. */
extern PdfDocument *start_pdf(void);
extern void set_pdf_info(PdfDocument *pdf, const char *title, const char *author, const char *subject);

/* The finished document, allocated in the context; frees everything else. */
extern bytea *finish_pdf(PdfDocument *pdf, MemoryContext context);

#endif
