/*
 * json_members.c
 *		The members of an object and the items of a list in JSON, as lists in C.
 */
#include "compat.h"

#include "search/json_members.h"

bool
is_json_object(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

List *
json_members(JsonbContainer *object)
{
	List	   *members = NIL;
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	part;

	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			JsonMember *member = palloc(sizeof(JsonMember));

			member->key = pnstrdup(part.val.string.val, part.val.string.len);
			members = lappend(members, member);
		}
		else if (token == WJB_VALUE)
			((JsonMember *) llast(members))->value = part;
	}
	return members;
}

List *
json_items(const JsonbValue *value)
{
	List	   *items = NIL;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	part;

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		return list_make1(unconstify(JsonbValue *, value));

	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &part, true)) != WJB_DONE)
		if (token == WJB_ELEM)
		{
			JsonbValue *item = palloc(sizeof(JsonbValue));

			*item = part;
			items = lappend(items, item);
		}
	return items;
}
