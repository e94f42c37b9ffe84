/*
 * import_names.c
 *		From names, as people write them, to ids of the organization.
 *
 * All names of a kind are read once, and kept as keys that are the same for names that look the same. What one name could
 * say of several is ambiguous. What is not there can be added, and a name that is not known keeps those that are nearest.
 */
#include "compat.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "import/import_names.h"
#include "import/text_memo.h"

extern Datum name_key(PG_FUNCTION_ARGS);

/* Of more names that are not known, the nearest are not looked for. */
#define MOST_UNKNOWN 1000

typedef struct NameKindFacts
{
	const char *table;			/* where new ones go */
	const char *words;			/* what one of them is called */
	bool		is_exact;		/* compared letter by letter */
	const char *sql;			/* parent, name, id, whether it cannot be chosen, has an external id; $1 is the organization */
} NameKindFacts;

static const NameKindFacts facts[N_NAME_KINDS] = {
	[COMPANY_NAMES] = {"company", gettext_noop("company"), false,
		"SELECT 0, name, id, false, external_id IS NOT NULL FROM salesopp.company WHERE organization_id = $1"},
	[COMPANY_EXTERNAL_IDS] = {"company", gettext_noop("company with the external id"), true,
		"SELECT 0, external_id, id, false, true FROM salesopp.company WHERE organization_id = $1 AND external_id IS NOT NULL"},
	[CONTACT_NAMES] = {"contact", gettext_noop("contact"), false,
		"SELECT company_id, n.name, id, false, external_id IS NOT NULL FROM salesopp.contact,"
		" LATERAL (VALUES (concat_ws(' ', first_name, last_name)), (email), (external_id)) n (name)"
		" WHERE organization_id = $1 AND n.name IS NOT NULL"},
	[PROJECT_NAMES] = {"project", gettext_noop("project"), false,
		"SELECT COALESCE(company_id, 0), n.name, id, false, external_id IS NOT NULL FROM salesopp.project,"
		" LATERAL (VALUES (project.name), (external_id)) n (name) WHERE organization_id = $1 AND n.name IS NOT NULL"},
	[EMPLOYEE_NAMES] = {"employee", gettext_noop("employee"), false,
		"SELECT 0, n.name, id, NOT is_active, external_id IS NOT NULL FROM salesopp.employee,"
		" LATERAL (VALUES (initials), (employee.name), (email), (external_id)) n (name)"
		" WHERE organization_id = $1 AND n.name IS NOT NULL"},
	[DEPARTMENT_NAMES] = {"department", gettext_noop("department"), false,
		"SELECT 0, name, id, false, false FROM salesopp.department WHERE organization_id = $1"},
	[SALES_REGION_NAMES] = {"sales_region", gettext_noop("sales region"), false,
		"SELECT 0, name, id, false, false FROM salesopp.sales_region WHERE organization_id = $1"},
	[SALES_PROCESS_NAMES] = {"sales_process", gettext_noop("sales process"), false,
		"SELECT 0, name, id, NOT is_active, false FROM salesopp.sales_process WHERE organization_id = $1"},
	/* the id of a stage is its position, which its sales process gives a meaning */
	[STAGE_NAMES] = {"sales_process_stage", gettext_noop("stage"), false,
		"SELECT s.sales_process_id, s.name, s.position, NOT p.is_active, false FROM salesopp.sales_process_stage s"
		" JOIN salesopp.sales_process p ON p.organization_id = $1 AND p.id = s.sales_process_id WHERE s.organization_id = $1"},
	[LOSS_REASON_NAMES] = {"loss_reason", gettext_noop("loss reason"), false,
		"SELECT 0, name, id, NOT is_active, false FROM salesopp.loss_reason WHERE organization_id = $1"},
	[COMPETITOR_NAMES] = {"competitor", gettext_noop("competitor"), false,
		"SELECT 0, name, id, false, false FROM salesopp.competitor WHERE organization_id = $1"},
	[GROUP_VALUE_NAMES] = {"group_value", gettext_noop("group"), false,
		"SELECT group_field_id, name, id, false, false FROM salesopp.group_value WHERE organization_id = $1"},
	[OPPORTUNITY_NAMES] = {"opportunity", gettext_noop("opportunity"), false,
		"SELECT COALESCE(company_id, 0), n.name, id, deleted_at IS NOT NULL, external_id IS NOT NULL FROM salesopp.opportunity,"
		" LATERAL (VALUES (external_id), (subject)) n (name) WHERE organization_id = $1 AND n.name IS NOT NULL"},
	[ACTIVITIES] = {"activity", gettext_noop("activity")},
};

struct Names
{
	NameKind	kind;
	int64		organization_id;
	MemoryContext context;
	TextMemo   *by_key;			/* all of them: a Named for each */
	TextMemo   *by_text;		/* those that were found, which spares making a key of the text */
	int			n_unknown;
};

static Named ambiguous = {.is_ambiguous = true};

const char *
name_kind_table(NameKind kind)
{
	return facts[kind].table;
}

/* What one of the kind is called in messages. */
const char *
name_kind_words(NameKind kind)
{
	return _(facts[kind].words);
}

typedef struct NameKey
{
	const char *text;
	Size		length;
} NameKey;

/* What is the same of names that look the same; it is in the current memory context, or the text itself. */
static NameKey
key_of(const Names *names, const char *name, Size length)
{
	text	   *seen;

	if (facts[names->kind].is_exact)
		return (NameKey) {name, length};
	seen = DatumGetTextPP(DirectFunctionCall1Coll(name_key, DEFAULT_COLLATION_OID,
												  PointerGetDatum(cstring_to_text_with_len(name, length))));
	return (NameKey) {VARDATA_ANY(seen), VARSIZE_ANY_EXHDR(seen)};
}

static Named *
named_by(const Names *names, int64 parent, NameKey key)
{
	return unconstify(void *, recall(names->by_key, parent, key.text, key.length));
}

static bool
is_unknown(const Named *named)
{
	return named == NULL || (named->id == 0 && !named->is_ambiguous);
}

/* What says two things says neither, unless only one of them can be chosen. */
static Named *
either_of(Named *before, Named *named)
{
	if (is_unknown(before) || (before->is_inactive && !named->is_inactive))
		return named;
	if (before->id == named->id && before->parent == named->parent)
		return before;
	return named->is_inactive && !before->is_inactive && !before->is_ambiguous ? before : &ambiguous;
}

static void
put_name(Names *names, int64 parent, NameKey key, Named *named)
{
	Named	   *before = named_by(names, parent, key);
	Named	   *after = either_of(before, named);

	/* texts that said the one say it no more */
	if (!is_unknown(before) && after != before)
		forget_texts(names->by_text);
	memorize(names->by_key, parent, key.text, key.length, after);
}

/* Once with what it belongs to, and once for those who do not know that. */
static void
put_with_parent(Names *names, const char *name, Size length, Named *named)
{
	NameKey		key = key_of(names, name, length);

	put_name(names, named->parent, key, named);
	put_name(names, ANY_PARENT, key, named);
}

static void
take_loaded(Names *names, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	text	   *name = DatumGetTextPP(SPI_getbinval(tuple, desc, 2, &isnull));
	Named	   *named = MemoryContextAllocZero(names->context, sizeof(Named));

	named->parent = DatumGetInt64(SPI_getbinval(tuple, desc, 1, &isnull));
	named->id = DatumGetInt64(SPI_getbinval(tuple, desc, 3, &isnull));
	named->is_inactive = DatumGetBool(SPI_getbinval(tuple, desc, 4, &isnull));
	named->has_external_id = DatumGetBool(SPI_getbinval(tuple, desc, 5, &isnull));
	named->is_stored = true;
	put_with_parent(names, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), named);
}

/*
 * All of the organization's names of that kind that there are now, or, for a trial, that the caller's statement sees; in the
 * current memory context.
 */
Names *
load_names(NameKind kind, int64 organization_id, bool is_trial)
{
	Names	   *names = palloc0(sizeof(Names));
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(organization_id)};
	SPIPlanPtr	plan;
	Portal		portal;
	MemoryContext batch = AllocSetContextCreate(CurrentMemoryContext, "salesopp names", ALLOCSET_DEFAULT_SIZES);

	names->kind = kind;
	names->organization_id = organization_id;
	names->context = CurrentMemoryContext;
	names->by_key = make_text_memo(ANY_NUMBER_OF_TEXTS);
	names->by_text = make_text_memo(MOST_TEXTS);

	SPI_connect();
	plan = SPI_prepare(psprintf("SELECT CAST(l.parent AS bigint), l.name, CAST(l.id AS bigint), l.is_inactive, l.has_external_id"
								" FROM (%s) l (parent, name, id, is_inactive, has_external_id)", facts[kind].sql), 1, types);
	portal = SPI_cursor_open(NULL, plan, values, NULL, is_trial);
	do
	{
		MemoryContext caller;

		SPI_cursor_fetch(portal, true, 1000);
		caller = MemoryContextSwitchTo(batch);
		for (uint64 i = 0; i < SPI_processed; i++)
			take_loaded(names, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(batch);
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	SPI_finish();
	MemoryContextDelete(batch);
	return names;
}

/* NULL when there is none. */
Named *
find_name(Names *names, int64 parent, const char *name, Size length)
{
	Named	   *named = unconstify(void *, recall(names->by_text, parent, name, length));

	if (named != NULL)
		return named;
	named = named_by(names, parent, key_of(names, name, length));
	if (is_unknown(named))
		return NULL;
	memorize(names->by_text, parent, name, length, named);
	return named;
}

Named *
add_name(Names *names, int64 parent, const char *name, Size length, int64 id)
{
	Named	   *named = MemoryContextAllocZero(names->context, sizeof(Named));

	named->kind = names->kind;
	named->id = id;
	named->parent = parent;
	named->is_new = true;
	named->name = MemoryContextStrdup(names->context, pnstrdup(name, length));
	put_with_parent(names, name, length, named);
	return named;
}

/* Another name of the same. */
void
add_key(Names *names, const char *name, Named *named)
{
	put_with_parent(names, name, strlen(name), named);
}

static char *
look_for_nearest(const Names *names, int64 parent, const char *name, Size length)
{
	Oid			types[] = {INT8OID, INT8OID, TEXTOID};
	Datum		values[] = {
		Int64GetDatum(names->organization_id), Int64GetDatum(parent), PointerGetDatum(cstring_to_text_with_len(name, length))
	};
	char	   *nearest;

	SPI_connect();
	SPI_execute_with_args(psprintf("SELECT COALESCE(string_agg(quote_ident(n.name), ', ' ORDER BY n.likeness DESC, n.name), '')"
								   " FROM (SELECT l.name, max(salesopp.name_likeness(salesopp.plain_name(l.name, false), salesopp.plain_name($3, false)))"
								   " AS likeness FROM (%s) l (parent, name, id, is_inactive, has_external_id)"
								   " WHERE $2 IN (l.parent, -1) AND NOT l.is_inactive GROUP BY l.name"
								   " ORDER BY likeness DESC, l.name LIMIT 3) n WHERE n.likeness >= 0.2", facts[names->kind].sql),
						  lengthof(types), types, values, NULL, true, 0);
	nearest = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	nearest = MemoryContextStrdup(names->context, nearest);
	SPI_finish();
	return nearest;
}

/* The advice, behind those that are like one that is not there; only the advice where there are none, or they are not looked for. */
const char *
hint_of_nearest(Names *names, int64 parent, const char *name, Size length, const char *advice)
{
	NameKey		key = key_of(names, name, length);
	Named	   *named = named_by(names, parent, key);

	if (named == NULL && names->n_unknown++ < MOST_UNKNOWN)
	{
		named = MemoryContextAllocZero(names->context, sizeof(Named));
		named->nearest = look_for_nearest(names, parent, name, length);
		memorize(names->by_key, parent, key.text, key.length, named);
	}
	if (named == NULL || named->nearest == NULL || *named->nearest == '\0')
		return advice;
	return psprintf(_("Nearest: %s. %s"), named->nearest, advice);
}
