/*
 * json_members.h
 *		The members of an object and the items of a list in JSON, as lists in C.
 */
#ifndef SALESOPP_JSON_MEMBERS_H
#define SALESOPP_JSON_MEMBERS_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

typedef struct JsonMember
{
	const char *key;
	JsonbValue	value;
} JsonMember;

extern bool is_json_object(const JsonbValue *value);

/* A list of JsonMember. */
extern List *json_members(JsonbContainer *object);

/* A list of JsonbValue: what stands in a list, or else the value itself. */
extern List *json_items(const JsonbValue *value);

#endif
