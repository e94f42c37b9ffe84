/*
 * import_new_names.c
 *		The names that an import knows and makes.
 *
 * What is new gets its id at once, so that rows can refer to it, and is kept for being written as soon as a row that is good
 * names it.
 */
#include "compat.h"

#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "import/import_new_names.h"
#include "own_relation.h"

/* Read when they are asked for first. */
Names *
names_of(Import *import, NameKind kind)
{
	if (import->names[kind] == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(import->context);

		import->names[kind] = load_names(kind, import->organization_id, import->is_trial);
		MemoryContextSwitchTo(caller);
	}
	return import->names[kind];
}

static Oid
id_sequence(const char *table)
{
	Relation	rel = table_open(own_relation(table), AccessShareLock);
	Oid			sequence = find_identity_sequence(rel, get_attnum(RelationGetRelid(rel), "id"));

	table_close(rel, AccessShareLock);
	return sequence;
}

/* For something of the kind. A trial takes none from the sequence. */
int64
next_id(Import *import, NameKind kind)
{
	if (import->is_trial)
		return --import->last_trial_id;
	if (!OidIsValid(import->sequences[kind]))
		import->sequences[kind] = id_sequence(name_kind_table(kind));
	return nextval_internal(import->sequences[kind], false);
}

/* For something that belongs to what the parent says; NULL where that must be known and is not. */
Named *
new_name(Import *import, NameKind kind, int64 parent, const char *name, Size length)
{
	if (kind == CONTACT_NAMES && parent == ANY_PARENT)
		return NULL;
	return add_name(names_of(import, kind), parent == ANY_PARENT ? NO_PARENT : parent, name, length, next_id(import, kind));
}

/* By the current row: if that is good, the name is written, if it is new. */
void
use_name(Import *import, Named *named)
{
	if (named->is_new && !named->is_stored)
		import->used = lappend(import->used, named);
}

/* ----------
 * Initials
 * ----------
 */

static void
append_beginning(StringInfo initials, const char *word, int n_letters)
{
	while (n_letters-- > 0 && *word != '\0' && *word != ' ')
	{
		int			length = pg_mblen(word);

		appendBinaryStringInfo(initials, word, length);
		word += length;
	}
}

static const char *
last_word(const char *name)
{
	const char *space = strrchr(name, ' ');

	return space == NULL ? name : space + 1;
}

/* The first letter of the name, and as many of its last word as it takes to be the only one; then with a number. */
const char *
new_initials(Import *import, const char *name)
{
	for (int n = 1;; n++)
	{
		StringInfoData initials;
		const char *letters;

		initStringInfo(&initials);
		if (last_word(name) != name)
			append_beginning(&initials, name, 1);
		append_beginning(&initials, last_word(name), last_word(name) == name ? n + 1 : n);
		if (n > 4)
			appendStringInfo(&initials, "%d", n - 3);
		letters = TextDatumGetCString(DirectFunctionCall1Coll(upper, DEFAULT_COLLATION_OID, CStringGetTextDatum(initials.data)));
		if (find_name(names_of(import, EMPLOYEE_NAMES), NO_PARENT, letters, strlen(letters)) == NULL)
			return letters;
	}
}

/* ----------
 * Keeping them
 * ----------
 */

/* "Kari Nordmann" and "Nordmann, Kari". */
PersonName
split_name(const char *name)
{
	const char *comma = strchr(name, ',');
	const char *space = strrchr(name, ' ');

	if (comma != NULL && comma[strspn(comma, ", ")] != '\0')
		return (PersonName) {comma + strspn(comma, ", "), pnstrdup(name, comma - name)};
	if (space != NULL)
		return (PersonName) {pnstrdup(name, space - name), space + 1};
	return (PersonName) {NULL, name};
}

/* An employee's initials, the e-mail address that a contact is known by; NULL for none. */
static const char *
detail_of(Import *import, const Named *named)
{
	if (named->kind == EMPLOYEE_NAMES)
		return new_initials(import, named->name);
	return named->kind == CONTACT_NAMES && strchr(named->name, '@') != NULL ? named->name : NULL;
}

static void
store_name(Import *import, Named *named)
{
	const char *detail = detail_of(import, named);
	PersonName	person = named->kind == CONTACT_NAMES ? split_name(named->name) : (PersonName) {NULL, named->name};
	Datum		values[] = {
		Int64GetDatum(named->id), Int64GetDatum(named->parent), CStringGetTextDatum(person.last),
		person.first == NULL ? (Datum) 0 : CStringGetTextDatum(person.first),
		detail == NULL ? (Datum) 0 : CStringGetTextDatum(detail)
	};
	bool		nulls[] = {false, named->parent == NO_PARENT, false, person.first == NULL, detail == NULL};

	if (named->kind == EMPLOYEE_NAMES)
		add_key(names_of(import, EMPLOYEE_NAMES), detail, named);
	if (!import->is_trial)
		tuplestore_putvalues(import->new_names[named->kind], import->name_desc, values, nulls);
	named->is_stored = true;
}

void
store_new_names(Import *import)
{
	ListCell   *cell;

	foreach(cell, import->used)
		if (!((Named *) lfirst(cell))->is_stored)
			store_name(import, lfirst(cell));
}
