/*
 * permitted_change.h
 *		What a function's own statement may change that otherwise does not change, or not to that, or remove.
 */
#ifndef SALESOPP_PERMITTED_CHANGE_H
#define SALESOPP_PERMITTED_CHANGE_H

#include "postgres.h"
#include "utils/relcache.h"

#include "table/stamp.h"

typedef void (*PermittedStatement) (Relation rel, void *argument);

extern void run_permitted(Relation rel, const char *const *columns, int n_columns,
						  PermittedStatement statement, void *argument);
extern void run_putting_back(Relation rel, const char *const *columns, int n_columns,
							 PermittedStatement statement, void *argument);
extern void run_renaming(Relation rel, const char *const *columns, int n_columns,
						 PermittedStatement statement, void *argument);
extern bool is_permitted_change(const StampColumns *columns, AttrNumber column);
extern bool is_put_back(const StampColumns *columns, AttrNumber column);
extern bool is_renamed(const StampColumns *columns, AttrNumber column);
extern void run_permitted_addition(Relation rel, PermittedStatement statement, void *argument);
extern bool is_permitted_addition(void);
extern void run_permitted_removal(Relation rel, PermittedStatement statement, void *argument);
extern bool is_permitted_removal(Relation rel);

#endif
