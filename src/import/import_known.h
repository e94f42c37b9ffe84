/*
 * import_known.h
 *		Which rows of an import are of records that are there already.
 */
#ifndef SALESOPP_IMPORT_KNOWN_H
#define SALESOPP_IMPORT_KNOWN_H

#include "import/import.h"

/* Within SPI_connect(). */
extern void find_known(Import *import);

#endif
