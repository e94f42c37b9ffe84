/*
 * import_headings.c
 *		Which field each column of a source becomes, by its heading.
 *
 * Case, spaces and punctuation do not matter. A field is known by its name, by the words of this product's own exports, and
 * by known_headings.c. What is none of these may be a custom field or a group field of the organization.
 */
#include "compat.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "import/import_headings.h"
#include "import/imported_text.h"
#include "import/known_headings.h"

extern Datum name_key(PG_FUNCTION_ARGS);

/* ----------
 * Keys
 * ----------
 */

/*
 * In small letters, of letters and digits only. The letters of western languages become small here, as they are none to the
 * locale C; other ones are what the locale makes of them.
 */
static char *
plain_key(char *utf8)
{
	char	   *out = utf8;

	for (const char *in = utf8; *in != '\0'; in++)
		if (IS_HIGHBIT_SET(*in))
		{
			bool		is_capital = in > utf8 && (unsigned char) in[-1] == 0xC3 && (unsigned char) *in >= 0x80 &&
				(unsigned char) *in <= 0x9E && (unsigned char) *in != 0x97;

			*out++ = is_capital ? *in + 0x20 : *in;
		}
		else if (isalnum((unsigned char) *in))
			*out++ = pg_ascii_tolower(*in);
	*out = '\0';
	return utf8;
}

/* What is the same of headings that say the same: in UTF-8, as all headings and words are that this is compared with. */
char *
heading_key(const char *heading)
{
	char	   *bare = pstrdup(heading);
	Size		length = strlen(bare);
	char	   *key;

	bare = clean_text(bare, &length);
	key = text_to_cstring(DatumGetTextPP(DirectFunctionCall1Coll(name_key, DEFAULT_COLLATION_OID,
																 PointerGetDatum(cstring_to_text_with_len(bare, length)))));
	return plain_key(pg_server_to_any(key, strlen(key), PG_UTF8));
}

static char *
word_key(const char *text)
{
	return plain_key(pstrdup(text));
}

bool
is_key_of_word(const char *key, const char *words)
{
	return strcmp(key, word_key(words)) == 0;
}

/* Whether the key stands among those that have bars around them. */
bool
key_in(const char *keys, const char *key)
{
	return *key != '\0' && strstr(keys, psprintf("|%s|", key)) != NULL;
}

static bool
is_headed(const char *key, Word w)
{
	for (Language language = 0; language < N_LANGUAGES; language++)
		if (is_key_of_word(key, word(language, w)))
			return true;
	return false;
}

/* ----------
 * What the organization has of its own
 * ----------
 */

/* The elements of an array of texts. */
List *
texts_of(Datum array)
{
	Datum	   *elements;
	int			n;
	List	   *texts = NIL;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &n);
	for (int i = 0; i < n; i++)
		texts = lappend(texts, TextDatumGetCString(elements[i]));
	return texts;
}

static OwnField *
own_field(HeapTuple tuple, TupleDesc desc)
{
	OwnField   *own = palloc0(sizeof(OwnField));
	bool		isnull;
	Datum		choices;

	own->name = TextDatumGetCString(SPI_getbinval(tuple, desc, 1, &isnull));
	own->id = DatumGetInt64(SPI_getbinval(tuple, desc, 2, &isnull));
	own->data_type = SPI_getvalue(tuple, desc, 3);
	choices = SPI_getbinval(tuple, desc, 4, &isnull);
	if (!isnull)
		own->choices = texts_of(choices);
	return own;
}

/* Its custom fields and its group fields, as a list of OwnField in the current memory context. */
List *
own_fields(int64 organization_id)
{
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(organization_id)};
	MemoryContext context = CurrentMemoryContext;
	List	   *own = NIL;

	SPI_connect();
	SPI_execute_with_args("SELECT name, id, data_type::text, choices FROM salesopp.custom_field WHERE organization_id = $1"
						  " UNION ALL SELECT name, id, NULL, NULL FROM salesopp.group_field WHERE organization_id = $1",
						  lengthof(types), types, values, NULL, true, 0);
	MemoryContextSwitchTo(context);
	for (uint64 i = 0; i < SPI_processed; i++)
		own = lappend(own, own_field(SPI_tuptable->vals[i], SPI_tuptable->tupdesc));
	SPI_finish();
	return own;
}

static const char *
own_target(const OwnField *own)
{
	return psprintf("%s%s", own->data_type != NULL ? CUSTOM_TARGET : GROUP_TARGET, own->name);
}

/* The one that a target names; NULL when there is none. */
const OwnField *
find_own_field(List *own, const char *target)
{
	ListCell   *cell;

	foreach(cell, own)
		if (strcmp(own_target(lfirst(cell)), target) == 0)
			return lfirst(cell);
	return NULL;
}

/* ----------
 * Proposals
 * ----------
 */

typedef struct Headings
{
	const ImportRecord *record;
	int			n;
	const char **keys;
	Proposal   *proposals;
} Headings;

static bool
has_key(const Headings *headings, const char *key)
{
	for (int i = 0; i < headings->n; i++)
		if (strcmp(headings->keys[i], key) == 0)
			return true;
	return false;
}

/*
 * Where a file says of whom the customer is, the company is the one that sells. "Closed" is yes or no beside another such
 * column, or the date; alone it is a date.
 */
static bool
means_other(const Headings *headings, const ImportField *field, const char *key)
{
	if (strcmp(field->name, "company") == 0 && strcmp(key, "company") == 0)
		return has_key(headings, "customer");
	if (strcmp(field->name, "is_closed") == 0 && strcmp(key, "closed") == 0)
		return !has_key(headings, "won") && !has_key(headings, "closedate");
	return false;
}

static const char *
heading_of(const Headings *headings, const ImportField *field)
{
	for (int i = 0; i < headings->n; i++)
		if (headings->proposals[i].target != NULL && strcmp(headings->proposals[i].target, field->name) == 0)
			return headings->proposals[i].heading;
	return NULL;
}

/* Amounts may be in different currencies, dates of different events, and ids of different systems; names and texts tell the same. */
static bool
can_stand_in(const ImportRecord *record, const ImportField *field)
{
	return (field->kind == VALUE_NAME || field->kind == VALUE_TEXT) && field != &record->fields[FIELD_EXTERNAL_ID];
}

/* The first column with the key that is nothing yet becomes the field; others say so, or stand in for it. */
static void
claim(Headings *headings, const ImportField *field, const char *key)
{
	for (int i = 0; i < headings->n; i++)
	{
		Proposal   *proposal = &headings->proposals[i];
		const char *taken;

		if (proposal->target != NULL || strcmp(headings->keys[i], key) != 0 || means_other(headings, field, key))
			continue;
		taken = heading_of(headings, field);
		proposal->target = taken == NULL ? field->name : NULL;
		proposal->stands_in_for = taken != NULL && can_stand_in(headings->record, field) ? field->name : NULL;
		proposal->note = taken == NULL ? NULL :
			psprintf(proposal->stands_in_for != NULL ? _("%s only where \"%s\" is empty") : _("not imported: %s is what \"%s\" says"),
					 field->name, taken);
	}
}

static void
claim_words(Headings *headings, const ImportField *field)
{
	claim(headings, field, heading_key(field->name));
	if (field->has_word)
		for (Language language = 0; language < N_LANGUAGES; language++)
			claim(headings, field, word_key(word(language, field->word)));
}

static void
claim_known(Headings *headings, const ImportField *field)
{
	for (const KnownHeadings *known = known_headings; known->record != NULL; known++)
		if (strcmp(known->record, headings->record->name) == 0 && strcmp(known->field, field->name) == 0)
			for (char *key = strtok(pstrdup(known->keys), "|"); key != NULL; key = strtok(NULL, "|"))
				claim(headings, field, key);
}

/* Whether it is this product's own: only there, the column Id has ids of this organization. */
static bool
is_own_export(const Headings *headings)
{
	static const Word own[] = {WORD_WEIGHTED_VALUE, WORD_DECISION_COLOR, WORD_HAS_PROCESS};

	for (int i = 0; i < headings->n; i++)
		for (int j = 0; j < lengthof(own); j++)
			if (is_headed(headings->keys[i], own[j]) || key_in("|weightedvalue|decisioncolor|hasprocess|", headings->keys[i]))
				return true;
	return false;
}

static bool
is_known(const Headings *headings, const char *key)
{
	for (const KnownHeadings *known = known_headings; known->record != NULL; known++)
		if (strcmp(known->record, headings->record->name) == 0 && key_in(known->keys, key))
			return true;
	return false;
}

/* Whether other systems head so what becomes the field. */
bool
is_heading_of(const ImportRecord *record, const char *field, const char *heading)
{
	for (const KnownHeadings *known = known_headings; known->record != NULL; known++)
		if (strcmp(known->record, record->name) == 0 && strcmp(known->field, field) == 0)
			return key_in(known->keys, heading_key(heading));
	return false;
}

/* What is none of the record's fields. */
static void
propose_own(const Headings *headings, int column, List *own)
{
	Proposal   *proposal = &headings->proposals[column];
	ListCell   *cell;

	foreach(cell, own)
		if (strcmp(headings->keys[column], heading_key(((OwnField *) lfirst(cell))->name)) == 0)
		{
			proposal->target = own_target(lfirst(cell));
			proposal->stands_in_for = NULL;
			proposal->note = NULL;
			return;
		}
	if (proposal->note != NULL)
		return;
	proposal->note = is_known(headings, headings->keys[column]) ?
		_("not imported: it follows from others, or has no place here") :
		_("not imported: no field is headed so");
}

/* An array with one for each heading. */
Proposal *
propose_targets(const ImportRecord *record, List *own, List *names)
{
	Headings	headings = {record, list_length(names)};

	headings.keys = palloc(headings.n * sizeof(char *) + 1);
	headings.proposals = palloc0(headings.n * sizeof(Proposal) + 1);
	for (int i = 0; i < headings.n; i++)
	{
		headings.proposals[i].heading = list_nth(names, i);
		headings.keys[i] = heading_key(list_nth(names, i));
	}

	for (int i = is_own_export(&headings) ? FIELD_ID : FIELD_EXTERNAL_ID; i < record->n_fields; i++)
		if (is_mapped_to(&record->fields[i]))
			claim_words(&headings, &record->fields[i]);
	for (int i = FIELD_EXTERNAL_ID; i < record->n_fields; i++)
		if (is_mapped_to(&record->fields[i]))
			claim_known(&headings, &record->fields[i]);
	for (int i = 0; i < headings.n; i++)
		if (headings.proposals[i].target == NULL)
			propose_own(&headings, i, own);
	return headings.proposals;
}
