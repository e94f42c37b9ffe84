/*
 * import_write.h
 *		The good rows of an import, into the tables.
 */
#ifndef SALESOPP_IMPORT_WRITE_H
#define SALESOPP_IMPORT_WRITE_H

#include "import/import.h"

/* Both within SPI_connect(). */
extern int64 write_import(Import *import);
extern uint64 put_outcomes(Import *import, Tuplestorestate *result, TupleDesc desc);

#endif
