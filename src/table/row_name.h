/*
 * row_name.h
 *		How messages name a row and show its values.
 */
#ifndef SALESOPP_ROW_NAME_H
#define SALESOPP_ROW_NAME_H

#include "table/row.h"

extern char *row_name(Relation rel, const char *kind, const Row *row);
extern char *row_label(Relation rel, const Row *row);
extern char *shown_column(Relation rel, const Row *row, AttrNumber column);
pg_noreturn extern void refuse_null(Relation rel, const char *kind, const Row *row, AttrNumber column);

#endif
