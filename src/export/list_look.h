/*
 * list_look.h
 *		How the list looks in every format that has a look: what stands at the right, what is shown in
 *		which color, and how much room values need.
 */
#ifndef SALESOPP_LIST_LOOK_H
#define SALESOPP_LIST_LOOK_H

#include "nodes/pg_list.h"

#include "export/list_export.h"
#include "palette.h"

/* Figures stand at the right of their column, so that digits of the same weight stand below each other. */
extern bool is_figure(ColumnKind kind);

/* The color in which people read a value of the row at hand: black but for flags and decision dates. */
extern Color value_color(const ListExport *list, int column);

/*
 * Values as people read them, one of which is the widest that a column has, as a rule; in which font
 * is not known here, so there may be several. NIL for texts, of which no length is the usual one.
 */
extern List *wide_values(Language language, const ListColumn *column);

#endif
