/*
 * temporary_stream.h
 *		The temporary files of libxlsxwriter, kept where the server keeps its own.
 */
#ifndef SALESOPP_TEMPORARY_STREAM_H
#define SALESOPP_TEMPORARY_STREAM_H

#include "postgres.h"

/* To be called before the library; the first error of a file is kept in the current memory context. */
extern void start_temporary_streams(void);

/* Raises the first error that a file met, or the one that ends a cancelled query. */
extern void check_temporary_streams(void);

/* Frees the streams that are still open after an error, when the server has deleted their files already. */
extern void abandon_temporary_streams(void);

#endif
