/*
 * import_source.h
 *		What is imported from: a table or view, or the rows of one that another server has sent.
 */
#ifndef SALESOPP_IMPORT_SOURCE_H
#define SALESOPP_IMPORT_SOURCE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/tuplestore.h"

typedef struct ImportSource
{
	const char *name;			/* quoted, as the caller knows it */
	const char *relation;		/* that statements select its rows from */
	List	   *headings;		/* of its columns */
	List	   *typed;			/* those of columns of numbers, dates or the like */
	Tuplestorestate *sent;		/* the rows, where another server has sent them */
} ImportSource;

extern ImportSource *open_source(Oid source);
extern void close_source(ImportSource *source);
pg_noreturn extern void refuse_what_was_sent(void);
extern bool has_heading(List *headings, const char *heading);

/* These within SPI_connect(). */
extern void select_source(const ImportSource *source, List *headings, DestReceiver *receiver);
extern ArrayType *source_cells(const ImportSource *source, int64 organization_id);
extern ImportSource *sent_source(const char *name, ArrayType *headings, ArrayType *typed, ArrayType *cells);

#endif
