/*
 * csv_header.h
 *		The headings of a CSV file as names of columns.
 */
#ifndef SALESOPP_CSV_HEADER_H
#define SALESOPP_CSV_HEADER_H

#include "postgres.h"

/* What files are delimited by. Of those that fit equally well, the first counts: headings have commas in them. */
extern const char delimiters[];

typedef struct CsvHeader
{
	char		delimiter;
	int			n;
	char	  **names;			/* fit for columns: none is empty, too long, or there twice */
} CsvHeader;

/* A line that reads sep=; tells Excel the delimiter. Gives what comes after it, or the text itself. */
extern const char *skip_delimiter_line(const char *s, const char *end, char *delimiter);

extern void check_number_of_headings(int n);
extern void name_columns(char **headings, int n);

extern CsvHeader read_csv_header(const char *s, Size length);

#endif
