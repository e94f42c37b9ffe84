/*
 * import_cell.h
 *		The value that a cell becomes.
 */
#ifndef SALESOPP_IMPORT_CELL_H
#define SALESOPP_IMPORT_CELL_H

#include "postgres.h"

#include "import/import.h"

extern void read_cell(Import *import, ImportColumn *column);
extern const char *find_label(const ImportField *field, const char *text, Size length);

#endif
