/*
 * list_order.c
 *		The order of the list: by any of its columns, ties by id in the direction of the last one.
 */
#include "compat.h"

#include "utils/builtins.h"

#include "search/list_order.h"

/* ----------
 * Reading
 * ----------
 */

typedef struct SortText
{
	const char *all;
	const char *rest;
} SortText;

pg_noreturn static void
refuse_order(const SortText *text)
{
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("invalid sort order \"%s\"", text->all),
			errhint("Pass names of columns, with commas between them, and behind each asc or desc and nulls first or nulls last"
					" where wanted. A name with blanks stands in double quotes."));
}

static void
skip_blanks(SortText *text)
{
	text->rest += strspn(text->rest, " \t\r\n");
}

/* A name in double quotes, in which two of them stand for one. */
static char *
read_quoted_name(SortText *text)
{
	StringInfoData name;

	initStringInfo(&name);
	for (text->rest++; *text->rest != '\0'; text->rest++)
	{
		if (*text->rest == '"' && *++text->rest != '"')
			return name.data;
		appendStringInfoChar(&name, *text->rest);
	}
	refuse_order(text);
}

static char *
read_name(SortText *text)
{
	size_t		length;
	char	   *name;

	skip_blanks(text);
	if (*text->rest == '"')
		return read_quoted_name(text);
	length = strcspn(text->rest, " \t\r\n,");
	if (length == 0)
		refuse_order(text);
	name = pnstrdup(text->rest, length);
	text->rest += length;
	return name;
}

/* Whether the next word is this one, which is then read. */
static bool
read_word(SortText *text, const char *wanted)
{
	size_t		length;

	skip_blanks(text);
	length = strcspn(text->rest, " \t\r\n,");
	if (length != strlen(wanted) || pg_strncasecmp(text->rest, wanted, length) != 0)
		return false;
	text->rest += length;
	return true;
}

/* As in PostgreSQL, NULLs come last in ascending order and first in descending order, where nothing else is said. */
static SortKey
read_key(SortText *text)
{
	SortKey		key = {.column = find_list_column(read_name(text), gettext_noop("sort column"))};

	key.descending = read_word(text, "desc");
	if (!key.descending)
		read_word(text, "asc");
	key.nulls_first = key.descending;
	if (read_word(text, "nulls"))
	{
		key.nulls_first = read_word(text, "first");
		if (!key.nulls_first && !read_word(text, "last"))
			refuse_order(text);
	}
	return key;
}

static void
add_key(ListOrder *order, SortKey key)
{
	for (int i = 0; i < order->n_keys; i++)
		if (strcmp(order->keys[i].column->expression, key.column->expression) == 0)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("sort column \"%s\" is given twice", key.column->name),
					errhint("Name each column once."));
	order->keys = order->keys == NULL ? palloc(sizeof(SortKey)) :
		repalloc(order->keys, (order->n_keys + 1) * sizeof(SortKey));
	order->keys[order->n_keys++] = key;
}

ListOrder
parse_list_order(text *sort)
{
	ListOrder	order = {0, NULL};
	SortText	text;

	text.all = text.rest = sort == NULL ? "changed_at desc" : text_to_cstring(sort);
	add_key(&order, read_key(&text));
	while (skip_blanks(&text), *text.rest == ',')
	{
		text.rest++;
		add_key(&order, read_key(&text));
	}
	if (*text.rest != '\0')
		refuse_order(&text);
	return order;
}

/* ----------
 * In statements
 * ----------
 */

List *
add_joins_of_order(List *joins, const ListOrder *order)
{
	for (int i = 0; i < order->n_keys; i++)
		joins = add_join(joins, join_of_column(order->keys[i].column));
	return joins;
}

bool
id_descends(const ListOrder *order)
{
	return order->keys[order->n_keys - 1].descending;
}

void
append_order(StringInfo sql, const ListOrder *order)
{
	appendStringInfoString(sql, " ORDER BY ");
	for (int i = 0; i < order->n_keys; i++)
	{
		const SortKey *key = &order->keys[i];

		appendStringInfo(sql, "%s %s NULLS %s, ", key->column->expression, key->descending ? "DESC" : "ASC",
						 key->nulls_first ? "FIRST" : "LAST");
	}
	appendStringInfo(sql, "o.id %s", id_descends(order) ? "DESC" : "ASC");
}
