/*
 * import_survey.h
 *		How the numbers and dates of a column are written.
 */
#ifndef SALESOPP_IMPORT_SURVEY_H
#define SALESOPP_IMPORT_SURVEY_H

#include "import/import.h"

extern bool needs_survey(const ImportColumn *column);
extern void survey_cell(ImportColumn *column, int64 row_number);
extern void decide_readings(Import *import, ImportColumn *column);

#endif
