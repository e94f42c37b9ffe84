/*
 * distribution.h
 *		Whether the tables are distributed over several servers.
 */
#ifndef SALESOPP_DISTRIBUTION_H
#define SALESOPP_DISTRIBUTION_H

#include "postgres.h"

extern bool is_distributed(void);

#endif
