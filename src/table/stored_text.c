/*
 * stored_text.c
 *		The form in which texts are stored: composed, so that what looks the same is found the same; names
 *		without blanks at their ends.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "table/stored_text.h"
#include "text/blank.h"
#include "text/text_form.h"

static Datum
form_text(Datum value, bool trims)
{
	text	   *given = DatumGetTextPP(value);
	char	   *s = VARDATA_ANY(given);
	Size		length = VARSIZE_ANY_EXHDR(given);

	if (trims)
		trim_blanks(&s, &length);
	s = compose(s, length, &length);
	if (s == VARDATA_ANY(given) && length == VARSIZE_ANY_EXHDR(given))
		return value;
	return PointerGetDatum(cstring_to_text_with_len(s, length));
}

static Datum
form_text_array(Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	bool		is_same = true;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
		if (!nulls[i])
		{
			Datum		formed = form_text(elements[i], false);

			is_same &= formed == elements[i];
			elements[i] = formed;
		}
	if (is_same)
		return value;
	return PointerGetDatum(construct_md_array(elements, nulls, ARR_NDIM(array), ARR_DIMS(array), ARR_LBOUND(array),
											  TEXTOID, -1, false, TYPALIGN_INT));
}

static bool
is_name(const char *column)
{
	static const char *const names[] = {"name", "initials", "first_name", "last_name", "job_title", "subject"};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(names[i], column) == 0)
			return true;
	return false;
}

/*
 * Whether the same is written again. The bytes are compared as they stand in the row, so that a value that is
 * stored outside it is not fetched.
 */
static bool
is_unchanged(const Row *row, const Row *old, AttrNumber column)
{
	Pointer		value = DatumGetPointer(value_of(row, column));
	Pointer		before = DatumGetPointer(value_of(old, column));

	return !is_null(old, column) && VARSIZE_ANY(value) == VARSIZE_ANY(before) &&
		memcmp(value, before, VARSIZE_ANY(value)) == 0;
}

/* What is loaded keeps its blanks: it may have been stored when they were not taken off. */
void
put_texts_into_form(Row *row, const Row *old, bool is_loading)
{
	for (AttrNumber column = 1; column <= row->desc->natts; column++)
	{
		Form_pg_attribute attribute = TupleDescAttr(row->desc, column - 1);

		if (attribute->attisdropped || attribute->attlen != -1 || is_null(row, column) ||
			(old != NULL && is_unchanged(row, old, column)))
			continue;
		if (attribute->atttypid == TEXTOID)
			set_value(row, column, form_text(value_of(row, column), !is_loading && is_name(NameStr(attribute->attname))));
		else if (attribute->atttypid == TEXTARRAYOID)
			set_value(row, column, form_text_array(value_of(row, column)));
		else if (attribute->atttypid == JSONBOID)
			set_value(row, column, JsonbPGetDatum(compose_jsonb(DatumGetJsonbP(value_of(row, column)))));
	}
}
