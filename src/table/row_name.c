/*
 * row_name.c
 *		How messages name a row and show its values.
 *
 * They show only what the current user may read: a role that may change a column need not be allowed to see the
 * others.
 */
#include "compat.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "table/row_name.h"

#define SHOWN_CHARACTERS 60

static bool
is_readable(Relation rel, AttrNumber column)
{
	Oid			relid = RelationGetRelid(rel);

	return pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck(relid, column, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

/* The beginning of the value, in quotes where it is text. */
static char *
shown_value(const Row *row, AttrNumber column)
{
	Oid			type = TupleDescAttr(row->desc, column - 1)->atttypid;
	const char *quote = type == TEXTOID ? "\"" : "";
	Oid			output;
	bool		is_varlena;
	char	   *value;
	int			length;
	int			shown;

	if (is_null(row, column))
		return "NULL";
	getTypeOutputInfo(type, &output, &is_varlena);
	value = OidOutputFunctionCall(output, value_of(row, column));
	length = strlen(value);
	shown = pg_mbcharcliplen(value, length, SHOWN_CHARACTERS);
	return psprintf("%s%.*s%s%s", quote, shown, value, shown < length ? "..." : "", quote);
}

/* As "rating is 7"; the name alone where the value must not be shown. */
char *
shown_column(Relation rel, const Row *row, AttrNumber column)
{
	const char *name = NameStr(TupleDescAttr(row->desc, column - 1)->attname);

	return is_readable(rel, column) ? psprintf(_("%s is %s"), name, shown_value(row, column)) : pstrdup(name);
}

/* What people know the row by, as ' ("Heat pump")', or nothing. */
char *
row_label(Relation rel, const Row *row)
{
	static const char *const labels[] = {"subject", "initials", "name", "last_name"};

	for (int i = 0; i < lengthof(labels); i++)
	{
		AttrNumber	column = optional_column_number(row->desc, labels[i]);

		if (column != InvalidAttrNumber && !is_null(row, column) && is_readable(rel, column))
			return psprintf(" (%s)", shown_value(row, column));
	}
	return "";
}

/* The parts of the row's key that are not the organization, and may be read. */
static char *
shown_key(Relation rel, const Row *row)
{
	StringInfoData shown;
	Bitmapset  *key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	AttrNumber	organization = optional_column_number(row->desc, "organization_id");

	initStringInfo(&shown);
	for (AttrNumber column = 1; column <= row->desc->natts; column++)
		if (column != organization &&
			bms_is_member(column - FirstLowInvalidHeapAttributeNumber, key) && is_readable(rel, column))
			appendStringInfo(&shown, "%s%s %s", shown.len == 0 ? "" : ", ",
							 NameStr(TupleDescAttr(row->desc, column - 1)->attname), shown_value(row, column));
	return shown.data;
}

static char *
name_by_key(Relation rel, const char *kind, const Row *row)
{
	const char *key = shown_key(rel, row);

	return psprintf("%s%s", *key == '\0' ? _(kind) : psprintf(_("%s of %s"), _(kind), key), row_label(rel, row));
}

static char *
name_by_id(Relation rel, const char *kind, const Row *row, AttrNumber id)
{
	const char *label = row_label(rel, row);

	return is_null(row, id) || !is_readable(rel, id) ? psprintf("%s%s", _(kind), label) :
		psprintf("%s %lld%s", _(kind), (long long) DatumGetInt64(value_of(row, id)), label);
}

/* As 'opportunity 12 ("Heat pump")', or 'stage 34 ("Contract") of opportunity 12'. */
char *
row_name(Relation rel, const char *kind, const Row *row)
{
	AttrNumber	id = optional_column_number(row->desc, "id");
	AttrNumber	opportunity_id = optional_column_number(row->desc, "opportunity_id");
	char	   *name;

	if (id == InvalidAttrNumber)
		return name_by_key(rel, kind, row);
	name = name_by_id(rel, kind, row, id);
	if (opportunity_id == InvalidAttrNumber || is_null(row, opportunity_id) || !is_readable(rel, opportunity_id))
		return name;
	return psprintf(_("%s of opportunity %lld"), name, (long long) DatumGetInt64(value_of(row, opportunity_id)));
}

void
refuse_null(Relation rel, const char *kind, const Row *row, AttrNumber column)
{
	ereport(ERROR,
			errcode(ERRCODE_NOT_NULL_VIOLATION),
			errmsg("%s: %s must not be NULL", row_name(rel, kind, row),
				   NameStr(TupleDescAttr(row->desc, column - 1)->attname)),
			errhint("Give a value, or leave the column out where it has a default."),
			errtablecol(rel, column));
}
