/*
 * import_cell.h
 *		The value that a cell becomes.
 */
#ifndef SALESOPP_IMPORT_CELL_H
#define SALESOPP_IMPORT_CELL_H

#include "postgres.h"

#include "import/import.h"

extern void survey_cell(ImportColumn *column, int64 row_number);
extern void decide_readings(Import *import, ImportColumn *column);
extern bool needs_survey(const ImportColumn *column);
extern void read_cell(Import *import, ImportColumn *column);
extern const char *find_label(const ImportField *field, const char *text, Size length);

#endif
