/*
 * saved_search.c
 *		Searches that somebody has given a name.
 *
 * A field that they name may get another name, or go, after they were stored: then they are refused when they are
 * made, as any search is that names what is not there.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "search/saved_search.h"
#include "search/search_query.h"

static const JsonbValue *
saved_name(Jsonb *criteria, JsonbValue *found)
{
	if (criteria == NULL || !JB_ROOT_IS_OBJECT(criteria))
		return NULL;
	return getKeyJsonValueFromContainer(&criteria->root, "saved", strlen("saved"), found);
}

/* Where somebody's own and a shared one have the same name, his own. */
static void
look_up_search(text *name)
{
	SearchQuery query;

	start_query(&query);
	add_parameter(&query, TEXTOID, PointerGetDatum(name));
	appendStringInfoString(&query.sql,
						   "SELECT criteria, sort, columns FROM salesopp.saved_search"
						   " WHERE organization_id = salesopp.current_organization() AND salesopp.name_key(name) = salesopp.name_key($1)"
						   " ORDER BY owner_id IS NOT DISTINCT FROM salesopp.current_employee() DESC, shared DESC, id LIMIT 1");
	run_query(&query, NULL);
	if (SPI_processed == 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("no saved search \"%s\"", text_to_cstring(name)),
				errhint("The saved searches are in salesopp.saved_search."));
}

/* NULL for SQL's NULL. */
static struct varlena *
column_of_search(int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? NULL : PG_DETOAST_DATUM(value);
}

SavedSearch
find_saved_search(Jsonb *criteria)
{
	SavedSearch result = {NULL, NULL, NULL};
	JsonbValue	found;
	const JsonbValue *name = saved_name(criteria, &found);

	/* what is no text is refused in its turn */
	if (name == NULL || name->type != jbvString)
		return result;

	look_up_search(cstring_to_text_with_len(name->val.string.val, name->val.string.len));
	result.criteria = (Jsonb *) column_of_search(1);
	result.sort = (text *) column_of_search(2);
	result.columns = (ArrayType *) column_of_search(3);
	return result;
}
