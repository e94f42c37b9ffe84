/*
 * call_elsewhere.h
 *		Functions that must run on the server that has the rows of an organization.
 */
#ifndef SALESOPP_CALL_ELSEWHERE_H
#define SALESOPP_CALL_ELSEWHERE_H

#include "postgres.h"
#include "fmgr.h"

extern bool organization_is_elsewhere(int64 organization_id);
extern void hold_organization_here(int64 organization_id);
extern void call_elsewhere(FunctionCallInfo fcinfo, const char *function, int64 organization_id);
extern void call_elsewhere_with(const char *function, int n_arguments, Oid *types, Datum *values, const char *nulls);
extern void put_rows_from_elsewhere(FunctionCallInfo fcinfo);

#endif
