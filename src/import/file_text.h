/*
 * file_text.h
 *		The bytes of a file as a text in the server's encoding.
 */
#ifndef SALESOPP_FILE_TEXT_H
#define SALESOPP_FILE_TEXT_H

#include "postgres.h"

typedef struct FileText
{
	const char *start;
	const char *end;
	const char *encoding;		/* what the file is written in */
} FileText;

/* In the encoding of that name; NULL: what the file itself shows. The text may be the bytes themselves. */
extern FileText read_file_text(const char *bytes, Size length, const char *encoding);

#endif
