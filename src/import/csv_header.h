/*
 * csv_header.h
 *		The headings of a CSV file as names of columns.
 */
#ifndef SALESOPP_CSV_HEADER_H
#define SALESOPP_CSV_HEADER_H

#include "postgres.h"

typedef struct CsvHeader
{
	char		delimiter;
	int			n;
	char	  **names;			/* fit for columns: none is empty, too long, or there twice */
} CsvHeader;

extern CsvHeader read_csv_header(const char *s, Size length);

#endif
