/*
 * import_name_cell.h
 *		What a name in a cell says.
 */
#ifndef SALESOPP_IMPORT_NAME_CELL_H
#define SALESOPP_IMPORT_NAME_CELL_H

#include "import/import.h"

extern void read_name(Import *import, ImportColumn *column);

#endif
