/*
 * distributed_tables.h
 *		Whether the tables are distributed over several servers, and which are the parts of one.
 */
#ifndef SALESOPP_DISTRIBUTED_TABLES_H
#define SALESOPP_DISTRIBUTED_TABLES_H

#include "postgres.h"
#include "utils/relcache.h"

extern bool is_distributed(void);
extern const char *rows_on_this_server(const char *table, int64 organization_id);
extern Relation open_rows_on_this_server(const char *table, int64 organization_id);
extern bool is_part_of_table(Relation rel, Oid table);

#endif
