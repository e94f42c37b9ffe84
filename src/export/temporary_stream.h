/*
 * temporary_stream.h
 *		The temporary files of libxlsxwriter, kept where the server keeps its own.
 */
#ifndef SALESOPP_TEMPORARY_STREAM_H
#define SALESOPP_TEMPORARY_STREAM_H

#include "postgres.h"

/* Before the first one; what goes wrong is remembered in the current memory context. */
extern void start_temporary_streams(void);

/* Raises the error that one of them met, or that somebody wants the query to end. */
extern void check_temporary_streams(void);

/* Frees what was not closed, when the files are gone already: after an error. */
extern void abandon_temporary_streams(void);

#endif
