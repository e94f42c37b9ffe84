/*
 * import_statement.h
 *		Statements about all rows of an import at once.
 */
#ifndef SALESOPP_IMPORT_STATEMENT_H
#define SALESOPP_IMPORT_STATEMENT_H

#include "import/import.h"

extern void name_relation(const char *name, Tuplestorestate *rows, TupleDesc desc, double n_rows);
extern const char *own_rows(const Import *import, const char *table);
extern uint64 run_import(const Import *import, const char *sql, Tuplestorestate *into, TupleDesc desc);
extern const char *new_value(const ImportField *field);
extern const char *changed_value(const Import *import, int place);

#endif
