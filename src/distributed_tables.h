/*
 * distributed_tables.h
 *		Whether the tables are distributed over several servers.
 */
#ifndef SALESOPP_DISTRIBUTED_TABLES_H
#define SALESOPP_DISTRIBUTED_TABLES_H

#include "postgres.h"

extern bool is_distributed(void);

#endif
