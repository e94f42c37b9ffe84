/*
 * file_buffer.c
 *		A file in the making, in memory: the bytea that an export returns.
 */
#include "compat.h"

#include "utils/memutils.h"

#include "export/file_buffer.h"

void
refuse_large_file(void)
{
	ereport(ERROR,
			errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("the export is larger than 1 GB"),
			errhint("Export it in parts, with criteria such as {\"id\": {\">=\": 1, \"<=\": 500000}} or a range of dates, or choose fewer columns."));
}

void
start_file(FileBuffer *file, Size expected_size)
{
	file->capacity = Min(expected_size + VARHDRSZ, MaxAllocSize);
	file->data = palloc(file->capacity);
	file->length = VARHDRSZ;
}

char *
reserve_in_file(FileBuffer *file, Size size)
{
	Size		needed = file->length + size;

	if (needed > MaxAllocSize)
		refuse_large_file();
	if (needed > file->capacity)
	{
		file->capacity = Min(Max(needed, file->capacity * 2), MaxAllocSize);
		file->data = repalloc(file->data, file->capacity);
	}
	return (char *) file->data + file->length;
}

void
append_to_file(FileBuffer *file, const char *bytes, Size size)
{
	memcpy(reserve_in_file(file, size), bytes, size);
	file->length += size;
}

bytea *
finish_file(FileBuffer *file)
{
	SET_VARSIZE(file->data, file->length);
	return file->data;
}
