/*
 * import_rows.h
 *		The rows of a source, as records.
 */
#ifndef SALESOPP_IMPORT_ROWS_H
#define SALESOPP_IMPORT_ROWS_H

#include "import/import.h"

/* In a row that is kept, its number and the id that it may get stand before the fields. */
#define FIRST_FIELD 2

extern void read_rows(Import *import);

#endif
