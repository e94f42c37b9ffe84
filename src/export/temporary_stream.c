/*
 * temporary_stream.c
 *		The temporary files of libxlsxwriter, kept where the server keeps its own.
 *
 * The library asks lxw_tmpfile() for its temporary files so that a program can supply another, as
 * is done here. So they count as the query's, are gone when it ends however it ends, a full disk is
 * noticed, and so is a cancel while the library works, which stops as soon as a file fails. No
 * error is raised through the library's frames: it is remembered until the library has returned.
 */
#include "compat.h"

#include <stdio.h>

#include "lib/ilist.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"

#include "export/temporary_stream.h"

typedef struct TemporaryStream
{
	dlist_node	node;
	FILE	   *stream;
	File		file;
	off_t		position;
	off_t		size;
} TemporaryStream;

static dlist_head open_streams = DLIST_STATIC_INIT(open_streams);
static bool is_abandoned = false;
static ErrorData *first_error = NULL;
static MemoryContext error_context = NULL;

extern PGDLLEXPORT FILE *lxw_tmpfile(const char *directory);

static void
remember_error(void)
{
	MemoryContextSwitchTo(error_context);
	if (first_error == NULL)
		first_error = CopyErrorData();
	FlushErrorState();
}

/* As FileWrite(), but false instead of an error. */
static bool
write_file(TemporaryStream *stream, const char *bytes, size_t size)
{
	MemoryContext old = CurrentMemoryContext;
	volatile bool result = false;

	PG_TRY();
	{
		errno = 0;
		if (FileWrite(stream->file, unconstify(char *, bytes), size, stream->position,
					  WAIT_EVENT_BUFFILE_WRITE) != size)
		{
			/* as PostgreSQL does when there is no errno */
			if (errno == 0)
				errno = ENOSPC;
			ereport(ERROR,
					errcode_for_file_access(),
					errmsg("could not write to temporary file \"%s\": %m", FilePathName(stream->file)));
		}
		result = true;
	}
	PG_CATCH();
	{
		remember_error();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	return result;
}

static ssize_t
write_stream(void *cookie, const char *bytes, size_t size)
{
	TemporaryStream *stream = cookie;

	/* the buffer of a stream that is abandoned goes nowhere */
	if (is_abandoned)
		return size;
	if (first_error != NULL || !write_file(stream, bytes, size))
		return 0;
	stream->position += size;
	stream->size = Max(stream->size, stream->position);
	return size;
}

static ssize_t
read_stream(void *cookie, char *bytes, size_t size)
{
	TemporaryStream *stream = cookie;
	int			result;

	if (is_abandoned || first_error != NULL || QueryCancelPending || ProcDiePending)
	{
		errno = EINTR;
		return -1;
	}
	result = FileRead(stream->file, bytes, size, stream->position, WAIT_EVENT_BUFFILE_READ);
	if (result > 0)
		stream->position += result;
	return result;
}

static int
seek_stream(void *cookie, off64_t *offset, int whence)
{
	TemporaryStream *stream = cookie;

	if (whence == SEEK_CUR)
		*offset += stream->position;
	else if (whence == SEEK_END)
		*offset += stream->size;
	stream->position = *offset;
	return 0;
}

static int
close_stream(void *cookie)
{
	TemporaryStream *stream = cookie;

	if (!is_abandoned)
		FileClose(stream->file);
	dlist_delete(&stream->node);
	free(stream);
	return 0;
}

/* As OpenTemporaryFile(), but -1 instead of an error. */
static File
open_file(void)
{
	MemoryContext old = CurrentMemoryContext;
	volatile File result = -1;

	PG_TRY();
	{
		result = OpenTemporaryFile(false);
	}
	PG_CATCH();
	{
		remember_error();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	return result;
}

/* What libxlsxwriter calls in place of its own function of this name. */
FILE *
lxw_tmpfile(const char *directory)
{
	static const cookie_io_functions_t functions = {
		read_stream, write_stream, seek_stream, close_stream
	};
	TemporaryStream *stream = calloc(1, sizeof(TemporaryStream));

	if (stream == NULL)
		return NULL;
	stream->file = open_file();
	if (stream->file < 0)
	{
		free(stream);
		return NULL;
	}
	stream->stream = fopencookie(stream, "w+", functions);
	if (stream->stream == NULL)
	{
		FileClose(stream->file);
		free(stream);
		return NULL;
	}
	dlist_push_tail(&open_streams, &stream->node);
	return stream->stream;
}

void
start_temporary_streams(void)
{
	if (!dlist_is_empty(&open_streams))
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("an export cannot run within another"));
	is_abandoned = false;
	first_error = NULL;
	error_context = CurrentMemoryContext;
}

void
check_temporary_streams(void)
{
	CHECK_FOR_INTERRUPTS();
	if (first_error != NULL)
		ReThrowError(first_error);
}

void
abandon_temporary_streams(void)
{
	dlist_mutable_iter iter;

	is_abandoned = true;
	dlist_foreach_modify(iter, &open_streams)
		(void) fclose(dlist_container(TemporaryStream, node, iter.cur)->stream);
	first_error = NULL;
}
