/*
 * finish.c
 *		What follows from the fields of a row, for records that have few rules.
 */
#include "compat.h"

#include <ctype.h>

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "import/finish.h"
#include "import/import_new_names.h"
#include "import/import_problem.h"

/* An index takes no more than 2,700 bytes. */
#define LONGEST_EXTERNAL_ID 1000

static bool
is_after(const Import *import, int field, TimestampTz instant)
{
	return has_value(import, field) && DatumGetTimestampTz(import->values[field]) > instant;
}

static void
default_to(Import *import, const char *field, Datum value)
{
	int			place = field_of(import->record, field);

	if (!has_value(import, place))
		put_value(import, place, value);
}

/* A long number that has gone through a spreadsheet: 2,70402E+11. */
static bool
is_rounded(const char *id)
{
	Size		length = strspn(id, "0123456789");

	if (length == 0 || strchr(".,", id[length]) == NULL || id[length] == '\0')
		return false;
	id += length + 1;
	id += strspn(id, "0123456789");
	if (id[0] != 'E' && id[0] != 'e')
		return false;
	id += id[1] == '+' ? 2 : 1;
	return *id != '\0' && id[strspn(id, "0123456789")] == '\0';
}

/* Of a GUID, which is the same with capitals and in braces, the form without them; NULL for what is none. */
static char *
bare_guid(const char *id)
{
	bool		has_braces = *id == '{';
	char	   *guid;

	if (strlen(id) != (has_braces ? 38 : 36) || (has_braces && id[37] != '}'))
		return NULL;
	guid = pnstrdup(id + has_braces, 36);
	for (int i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? guid[i] != '-' : !isxdigit((unsigned char) guid[i]))
			return NULL;
		else
			guid[i] = pg_tolower((unsigned char) guid[i]);
	return guid;
}

static void
check_external_id(Import *import)
{
	const char *id;
	const char *guid;

	if (!has_value(import, FIELD_EXTERNAL_ID))
		return;
	id = TextDatumGetCString(import->values[FIELD_EXTERNAL_ID]);
	guid = bare_guid(id);
	if (guid != NULL)
		put_value(import, FIELD_EXTERNAL_ID, CStringGetTextDatum(guid));
	if (strlen(id) > LONGEST_EXTERNAL_ID)
		refuse_field(import, FIELD_EXTERNAL_ID, _("it is too long"), _("An external id has at most 1,000 bytes."));
	else if (is_rounded(id))
		refuse_field(import, FIELD_EXTERNAL_ID, _("it is no id any more: a spreadsheet has rounded it"), _("Take it from the file as it was exported."));
}

/* What every record must have, and which times its stamps can say. */
void
finish_record(Import *import)
{
	int			required = field_of(import->record, import->record->required);
	int			created_at = field_of(import->record, "created_at");
	int			changed_at = field_of(import->record, "changed_at");

	if (!has_value(import, required) && !import->is_refused)
		refuse_field(import, required, psprintf(_("it has no %s"), import->record->fields[required].name), NULL);
	check_external_id(import);
	if (is_after(import, created_at, import->now))
		refuse_field(import, created_at, _("it is in the future"), NULL);
	else if (is_after(import, changed_at, import->now))
		refuse_field(import, changed_at, _("it is in the future"), NULL);
	else if (has_value(import, changed_at) && is_after(import, created_at, DatumGetTimestampTz(import->values[changed_at])))
		/* one may have a time of day, and the other not */
		put_value(import, changed_at, import->values[created_at]);
	if (has_value(import, changed_at) && !has_value(import, created_at))
		put_value(import, created_at, import->values[changed_at]);
}

/* Companies have a place of their own for these; the others' stand among their names. */
static Named *
find_by_external_id(Import *import, NameKind kind)
{
	const char *external_id;

	if (!has_value(import, FIELD_EXTERNAL_ID))
		return NULL;
	external_id = TextDatumGetCString(import->values[FIELD_EXTERNAL_ID]);
	return find_name(names_of(import, kind == COMPANY_NAMES ? COMPANY_EXTERNAL_IDS : kind), ANY_PARENT, external_id, strlen(external_id));
}

/* A row with an external id is the one of that name only if that has none yet. */
static bool
can_be(const Import *import, const Named *named)
{
	return !named->is_new && !named->is_ambiguous && !(has_value(import, FIELD_EXTERNAL_ID) && named->has_external_id);
}

/*
 * Whom an import brings again is known by the external id, else by the name, which must then stand only once, in the file and
 * here.
 */
static void
recognize(Import *import, NameKind kind, int64 parent, int name)
{
	Named	   *known = find_by_external_id(import, kind);
	bool		has_external_id = has_value(import, FIELD_EXTERNAL_ID);
	const char *called;

	if (has_value(import, FIELD_ID) || !has_value(import, name) || import->is_refused)
		return;
	called = TextDatumGetCString(import->values[name]);
	if (known == NULL)
		known = find_name(names_of(import, kind), parent, called, strlen(called));
	if (known == NULL)
		add_name(names_of(import, kind), parent, called, strlen(called), next_id(import, kind))->is_stored = true;
	else if (known->is_ambiguous && !has_external_id)
		refuse_field(import, name, psprintf(_("more than one %s is called so"), name_kind_words(kind)),
					 _("Map a column to external_id, or merge them."));
	else if (known->is_new && !has_external_id)
		refuse_field(import, name, _("a row before has the same name"), _("Map a column to external_id, or leave one of them out."));
	else if (known == find_by_external_id(import, kind) || can_be(import, known))
	{
		put_value(import, FIELD_ID, Int64GetDatum(known->id));
		known->has_external_id = known->has_external_id || has_external_id;
		/* how it is written here stays, where that is what it is known by */
		if (known != find_by_external_id(import, kind))
			put_none(import, name);
	}
}

void
finish_company(Import *import)
{
	finish_record(import);
	recognize(import, COMPANY_NAMES, NO_PARENT, field_of(import->record, "name"));
}

void
finish_project(Import *import)
{
	int			company = field_of(import->record, "company");

	finish_record(import);
	recognize(import, PROJECT_NAMES, has_value(import, company) ? DatumGetInt64(import->values[company]) : NO_PARENT,
			  field_of(import->record, "name"));
}

/* ----------
 * People
 * ----------
 */

/* The first name, where there is one, and the last. */
static Datum
full_name(const Import *import)
{
	int			first = field_of(import->record, "first_name");
	int			last = field_of(import->record, "last_name");

	if (!has_value(import, first))
		return import->values[last];
	return CStringGetTextDatum(psprintf("%s %s", TextDatumGetCString(import->values[first]), TextDatumGetCString(import->values[last])));
}

/* By the e-mail address rather than by the name. */
static void
recognize_contact(Import *import)
{
	int			email = field_of(import->record, "email");
	int			company = field_of(import->record, "company");
	int			name = field_of(import->record, "name");

	if (!has_value(import, company))
		return;
	if (has_value(import, field_of(import->record, "last_name")))
		put_value(import, name, full_name(import));
	recognize(import, CONTACT_NAMES, DatumGetInt64(import->values[company]), has_value(import, email) ? email : name);
}

void
finish_contact(Import *import)
{
	int			company = field_of(import->record, "company");
	int			name = field_of(import->record, "name");

	if (has_value(import, name) && !has_value(import, field_of(import->record, "last_name")))
	{
		PersonName	split = split_name(TextDatumGetCString(import->values[name]));

		default_to(import, "last_name", CStringGetTextDatum(split.last));
		if (split.first != NULL)
			default_to(import, "first_name", CStringGetTextDatum(split.first));
	}
	if (!has_value(import, company) && !import->is_refused)
		refuse_field(import, company, _("it has no company"), _("A contact belongs to one."));
	default_to(import, "is_primary", BoolGetDatum(false));
	default_to(import, "is_your_ref", BoolGetDatum(false));
	finish_record(import);
	recognize_contact(import);
}

/* Who is there already keeps the initials. */
static void
give_initials(Import *import, int name, int initials)
{
	const char *letters;

	if (has_value(import, FIELD_ID) || has_value(import, initials) || !has_value(import, name))
		return;
	letters = new_initials(import, TextDatumGetCString(import->values[name]));
	put_value(import, initials, CStringGetTextDatum(letters));
	add_name(names_of(import, EMPLOYEE_NAMES), NO_PARENT, letters, strlen(letters), next_id(import, EMPLOYEE_NAMES));
}

/* Who of the employees has the initials of the row; NULL: nobody, or there are none. */
static const Named *
bearer_of(Import *import, int initials)
{
	const char *letters;

	if (!has_value(import, initials))
		return NULL;
	letters = TextDatumGetCString(import->values[initials]);
	return find_name(names_of(import, EMPLOYEE_NAMES), NO_PARENT, letters, strlen(letters));
}

void
finish_employee(Import *import)
{
	int			name = field_of(import->record, "name");
	int			initials = field_of(import->record, "initials");
	const Named *bearer = bearer_of(import, initials);

	if (has_value(import, field_of(import->record, "last_name")))
		default_to(import, "name", full_name(import));
	default_to(import, "is_active", BoolGetDatum(true));
	finish_record(import);
	recognize(import, EMPLOYEE_NAMES, NO_PARENT, has_value(import, initials) ? initials : name);
	if (bearer != NULL && !import->is_refused && !(has_value(import, FIELD_ID) && DatumGetInt64(import->values[FIELD_ID]) == bearer->id))
		refuse_field(import, initials, _("somebody else has these initials"), _("Give others, or leave the cell empty: then they are made of the name."));
	give_initials(import, name, initials);
}

/* ----------
 * Activities
 * ----------
 */

void
finish_activity(Import *import)
{
	default_to(import, "kind", CStringGetTextDatum("note"));
	default_to(import, "occurred_at", TimestampTzGetDatum(import->now));
	finish_record(import);
}
