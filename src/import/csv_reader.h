/*
 * csv_reader.h
 *		The records of a CSV file, as they were meant.
 */
#ifndef SALESOPP_CSV_READER_H
#define SALESOPP_CSV_READER_H

#include "postgres.h"
#include "access/htup_details.h"

/* Its text is in the file, or in the memory context in which it was read. */
typedef struct CsvField
{
	const char *text;
	Size		length;
	bool		is_quoted;
} CsvField;

/* How lines end. */
#define LINE_FEED 1
#define CARRIAGE_RETURN 2
#define RETURN_AND_FEED 4

typedef struct CsvReader
{
	const char *next;
	const char *end;
	int64		line;			/* in which the next record begins */
	char		delimiter;
	int			n_headings;		/* 0: not known yet */
	bool		is_all_quoted;	/* a delimiter separates only where a quote, or nothing, follows it */
	bool		is_undoubled;	/* of two quotes, the second may close */
	bool		is_on_one_line;	/* no text goes over a line end */
	const char *unclosed_until;	/* a quoted text that goes over a line end before this is never closed */
	int			line_ends;		/* those that have been met */

	/* the current record */
	int64		record_line;
	int			n_fields;		/* also those that have no room here */
	CsvField	fields[MaxHeapAttributeNumber];
	const char *surplus;		/* what stands behind as many fields as there are headings */
	Size		surplus_length;
	bool		has_quotes;		/* around a text */
	bool		has_lone_quote;	/* a quote in a quoted text that is not doubled */
	bool		has_open_quote;	/* one that is never closed */
} CsvReader;

extern CsvReader *make_reader(const char *start, const char *end, char delimiter);

/* The next record; false at the end. */
extern bool read_record(CsvReader *reader);

/* Whether nothing stands in it, not even a delimiter. */
extern bool is_blank_record(const CsvReader *reader);

#endif
