/*
 * import_problem.h
 *		What is wrong with what is to be imported, and what becomes of it other than it says.
 */
#ifndef SALESOPP_IMPORT_PROBLEM_H
#define SALESOPP_IMPORT_PROBLEM_H

#include "postgres.h"

#include "import/import.h"

/* Of the current row. It cannot be imported so. */
extern void refuse_cell(Import *import, const ImportColumn *column, const char *problem, const char *hint);
extern void refuse_field(Import *import, int field, const char *problem, const char *hint);

/* It is imported otherwise than it says. */
extern void warn_of_cell(Import *import, const ImportColumn *column, const char *problem, const char *hint);
extern void warn_of_field(Import *import, int field, const char *problem, const char *hint);

/* Of a whole column. */
extern void refuse_column(Import *import, const char *heading, int64 row_number, const char *problem, const char *hint);
extern void note_column(Import *import, const char *heading, const char *problem, const char *hint);

/* Of a row that has been read before. */
extern void refuse_known_row(Import *import, int64 row_number, const char *value, const char *problem, const char *hint);

#endif
