/*
 * file_buffer.h
 *		A file in the making, in memory: the bytea that an export returns.
 */
#ifndef SALESOPP_FILE_BUFFER_H
#define SALESOPP_FILE_BUFFER_H

#include "postgres.h"

#include "compat.h"

typedef struct FileBuffer
{
	bytea	   *data;			/* with room for "capacity" bytes, its header among them */
	Size		length;			/* used, with the header */
	Size		capacity;
} FileBuffer;

/* Allocates in the current memory context. */
extern void start_file(FileBuffer *file, Size expected_size);

/* Makes room for more bytes, and says where to write them. Count them with file->length then. */
extern char *reserve_in_file(FileBuffer *file, Size size);
extern void append_to_file(FileBuffer *file, const char *bytes, Size size);
extern bytea *finish_file(FileBuffer *file);

/* Raises the error for a file that is larger than a bytea can be. */
pg_noreturn extern void refuse_large_file(void);

#endif
