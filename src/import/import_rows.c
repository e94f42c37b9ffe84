/*
 * import_rows.c
 *		The rows of a source, read once to see how its columns are written, and once more to make records of them.
 *
 * Both times they are those that the caller's statement sees. What is good is kept in a tuplestore, which goes to disk when it
 * grows, and so are the problems: memory does not grow with the rows, only with the different names in them.
 */
#include "compat.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "import/finish.h"
#include "import/import_cell.h"
#include "import/import_headings.h"
#include "import/import_new_names.h"
#include "import/import_problem.h"
#include "import/import_rows.h"
#include "import/import_survey.h"
#include "import/imported_text.h"
#include "work_progress.h"

/* ----------
 * Reading
 * ----------
 */

typedef void (*RowReader) (Import *import);

typedef struct SourceReceiver
{
	DestReceiver receiver;
	Import	   *import;
	RowReader	read;
} SourceReceiver;

static void
start_rows(DestReceiver *receiver, int operation, TupleDesc desc)
{
	((SourceReceiver *) receiver)->import->row_number = 0;
}

static void
no_more_rows(DestReceiver *receiver)
{
}

static void
take_cell(ImportColumn *column, const char *heading, const TupleTableSlot *slot, int place)
{
	struct varlena *cell;

	column->text = NULL;
	column->said_under = heading;
	if (slot->tts_isnull[place])
		return;
	cell = PG_DETOAST_DATUM_PACKED(slot->tts_values[place]);
	column->length = VARSIZE_ANY_EXHDR(cell);
	column->text = clean_text(VARDATA_ANY(cell), &column->length);
	/* so that Excel takes it for no formula, exports put it there */
	if (column->length > 1 && column->text[0] == '\'' && strchr("=+-@", column->text[1]) != NULL)
	{
		column->text++;
		column->length--;
	}
	/* reports write a dash where nothing stands */
	if (column->length == 0 || (column->length == 1 && column->text[0] == '-'))
		column->text = NULL;
}

static bool
take_cells(Import *import, const TupleTableSlot *slot)
{
	bool		is_blank = true;

	for (int i = 0; i < import->n_columns; i++)
		take_cell(&import->columns[i], import->columns[i].heading, slot, i);
	for (int i = 0; i < import->n_stand_ins; i++)
		if (import->stand_ins[i].column->text == NULL)
			take_cell(import->stand_ins[i].column, import->stand_ins[i].heading, slot, import->n_columns + i);
	for (int i = 0; i < import->n_columns; i++)
		is_blank = is_blank && import->columns[i].text == NULL;
	return !is_blank;
}

static bool
take_row(TupleTableSlot *slot, DestReceiver *receiver)
{
	SourceReceiver *source = (SourceReceiver *) receiver;
	Import	   *import = source->import;
	MemoryContext caller;

	CHECK_FOR_INTERRUPTS();
	MemoryContextReset(import->row_context);
	caller = MemoryContextSwitchTo(import->row_context);
	slot_getallattrs(slot);
	import->row_number++;
	if (take_cells(import, slot))
		source->read(import);
	if (import->shows_progress)
		show_work(import->row_number);
	MemoryContextSwitchTo(caller);
	return true;
}

static void
read_source(Import *import, RowReader read)
{
	SourceReceiver source = {
		{take_row, start_rows, no_more_rows, no_more_rows, DestNone}, import, read
	};
	List	   *headings = NIL;

	for (int i = 0; i < import->n_columns; i++)
		headings = lappend(headings, unconstify(char *, import->columns[i].heading));
	for (int i = 0; i < import->n_stand_ins; i++)
		headings = lappend(headings, unconstify(char *, import->stand_ins[i].heading));
	select_source(import->source, headings, &source.receiver);
}

/* ----------
 * How the columns are written
 * ----------
 */

static void
survey_row(Import *import)
{
	for (int i = 0; i < import->n_columns; i++)
		if (import->columns[i].text != NULL && needs_survey(&import->columns[i]))
			survey_cell(&import->columns[i], import->row_number);
}

static void
survey_source(Import *import)
{
	bool		is_needed = false;

	for (int i = 0; i < import->n_columns; i++)
		is_needed = is_needed || needs_survey(&import->columns[i]);
	if (!is_needed)
		return;
	read_source(import, survey_row);
	for (int i = 0; i < import->n_columns; i++)
		decide_readings(import, &import->columns[i]);
}

/* ----------
 * Lines that are no records
 * ----------
 */

static const ImportColumn *
first_filled(const Import *import)
{
	for (int i = 0; i < import->n_columns; i++)
		if (import->columns[i].text != NULL)
			return &import->columns[i];
	return NULL;
}

static bool
is_field(const Import *import, const ImportColumn *column, const char *field)
{
	return column->custom == NULL && column->group == 0 && strcmp(import->record->fields[column->field].name, field) == 0;
}

/* Numbers, and the currency that they are in, may stand in a total. */
static bool
has_other_text(const Import *import, const ImportColumn *first)
{
	for (int i = 0; i < import->n_columns; i++)
	{
		const ImportColumn *column = &import->columns[i];

		if (column != first && column->text != NULL && column->kind != VALUE_AMOUNT && column->kind != VALUE_NUMBER &&
			column->kind != VALUE_PERCENT && !is_field(import, column, "currency"))
			return true;
	}
	return false;
}

/* One cell: the first, in a column that no record is made of alone, or below a total, where it tells of the report. */
static bool
is_lonely(const Import *import, const ImportColumn *first)
{
	for (int i = 0; i < import->n_columns; i++)
		if (&import->columns[i] != first && import->columns[i].text != NULL)
			return false;
	return import->is_below_total ||
		(import->n_columns > 1 && first == &import->columns[0] && !is_field(import, first, import->record->required) &&
		 !is_field(import, first, import->record->required_else));
}

/* As reports end with: a total, perhaps with a number of records, or what the program says of itself. */
static bool
is_total(const ImportColumn *first)
{
	static const char *const beginnings[] = {"subtotal", "grandtotal", "total", "sum", "copyrightc", "confidentialinformation", "generatedby"};
	const char *key;

	if (first->length > 100)
		return false;
	key = heading_key(pnstrdup(first->text, first->length));
	for (int i = 0; i < lengthof(beginnings); i++)
		if (strncmp(key, beginnings[i], strlen(beginnings[i])) == 0)
		{
			key += strlen(beginnings[i]);
			/* totals, totalt */
			key += strspn(key, "st");
			key += strspn(key, "0123456789");
			return i >= 4 || key_in("|records|record|rows|deals|opportunities|count|poster|rader|me|mer|", key) || *key == '\0';
		}
	return false;
}

static bool
repeats_headings(const Import *import)
{
	int			n_filled = 0;

	for (int i = 0; i < import->n_columns; i++)
	{
		const ImportColumn *column = &import->columns[i];

		if (column->text == NULL)
			continue;
		if (strncmp(column->heading, column->text, column->length) != 0 || column->heading[column->length] != '\0')
			return false;
		n_filled++;
	}
	return n_filled > 1;
}

/* It is left out, and that is said. */
static bool
is_no_record(Import *import)
{
	const ImportColumn *first = first_filled(import);
	bool		is_sum = !has_other_text(import, first) && is_total(first);

	if (repeats_headings(import))
		warn_of_cell(import, first, _("the line repeats the headings, and is left out"), NULL);
	else if (is_sum || is_lonely(import, first))
		warn_of_cell(import, first, _("the line is a total or what a report ends with, and is left out"), NULL);
	else
		return false;
	import->is_below_total = import->is_below_total || is_sum;
	return true;
}

/* ----------
 * Records
 * ----------
 */

/* What of an opportunity that is not lost stands for a reason is none. */
static bool
is_read_at_last(const Import *import, const ImportColumn *column)
{
	return is_opportunity(import) && column->field == OPPORTUNITY_LOSS_REASON;
}

static bool
is_later(const ImportColumn *column)
{
	return column->kind == VALUE_NAME && column->group == 0 && column->custom == NULL;
}

/* Odoo calls a person of a company "Company, Person". */
static void
cut_person(Import *import)
{
	ImportColumn *company = column_of(import, OPPORTUNITY_COMPANY);
	const ImportColumn *contact = column_of(import, OPPORTUNITY_CONTACT);
	Size		behind;

	if (company == NULL || contact == NULL || company->text == NULL || contact->text == NULL)
		return;
	behind = strlen(", ") + contact->length;
	if (company->length > behind && memcmp(company->text + company->length - behind, ", ", strlen(", ")) == 0 &&
		memcmp(company->text + company->length - contact->length, contact->text, contact->length) == 0)
		company->length -= behind;
}

/* Names come last, as those of contacts and projects are looked for at the company. */
static void
read_cells(Import *import)
{
	if (is_opportunity(import))
		cut_person(import);
	for (int i = 0; i < import->n_columns; i++)
		if (import->columns[i].text != NULL && !is_later(&import->columns[i]))
			read_cell(import, &import->columns[i]);
	for (int kind = 1; kind < N_NAME_KINDS; kind++)
		for (int i = 0; i < import->n_columns; i++)
		{
			ImportColumn *column = &import->columns[i];

			if (column->text != NULL && is_later(column) && import->record->fields[column->field].names == kind &&
				!is_read_at_last(import, column))
				read_cell(import, column);
		}
}

static void
put_custom_and_groups(Import *import)
{
	int			custom = find_field(import->record, "custom");
	int			n = list_length(import->group_values);

	if (custom < 0)
		return;
	if (import->custom == NULL)
		pushJsonbValue(&import->custom, WJB_BEGIN_OBJECT, NULL);
	put_value(import, custom, JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&import->custom, WJB_END_OBJECT, NULL))));
	if (n > 0)
	{
		Datum	   *ids = palloc(n * sizeof(Datum));

		for (int i = 0; i < n; i++)
			ids[i] = Int64GetDatum(((Named *) list_nth(import->group_values, i))->id);
		put_value(import, field_of(import->record, "group_values"),
				  PointerGetDatum(construct_array(ids, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
	}
}

static void
put_row(Import *import)
{
	Datum		values[FIRST_FIELD + MAX_IMPORT_FIELDS];
	bool		nulls[FIRST_FIELD + MAX_IMPORT_FIELDS] = {false};

	values[0] = Int64GetDatum(import->row_number);
	values[1] = Int64GetDatum(next_id(import, import->record->kind));
	memcpy(values + FIRST_FIELD, import->values, import->record->n_fields * sizeof(Datum));
	memcpy(nulls + FIRST_FIELD, import->nulls, import->record->n_fields * sizeof(bool));
	tuplestore_putvalues(import->rows, import->row_desc, values, nulls);
}

static void
put_refused(Import *import)
{
	Datum		number = Int64GetDatum(import->row_number);
	bool		isnull = false;

	import->n_refused++;
	tuplestore_putvalues(import->refused, import->refused_desc, &number, &isnull);
}

static bool
says(const Import *import, const char *name, bool expected)
{
	int			field = find_field(import->record, name);

	return field >= 0 && has_value(import, field) && DatumGetBool(import->values[field]) == expected;
}

/* Of what another system keeps together with the records, or keeps of them after they were deleted. */
static bool
is_left_out(Import *import)
{
	const char *name = import->record->name;

	if (says(import, "is_deleted", true))
		warn_of_field(import, field_of(import->record, "is_deleted"), _("it is deleted, and left out"), NULL);
	else if (says(import, "is_company", strcmp(name, "contact") == 0))
		warn_of_field(import, field_of(import->record, "is_company"), psprintf(_("it is no %s, and left out"), name), NULL);
	else
		return false;
	return true;
}

static void
read_record(Import *import)
{
	if (is_no_record(import))
		return;
	memset(import->nulls, true, sizeof(import->nulls));
	import->is_refused = false;
	import->is_below_total = false;
	import->used = NIL;
	import->custom = NULL;
	import->group_values = NIL;
	import->n_rows++;

	read_cells(import);
	put_custom_and_groups(import);
	if (is_left_out(import))
		import->is_refused = true;
	else
		import->record->finish(import);
	if (import->is_refused)
	{
		put_refused(import);
		return;
	}
	store_new_names(import);
	if (import->keeps_rows)
		put_row(import);
}

/* The survey, where there is one, tells how many rows there are. */
void
read_rows(Import *import)
{
	if (import->shows_progress)
		start_work_phase(WORK_READING, 0);
	survey_source(import);
	if (import->shows_progress)
		start_work_phase(WORK_READING, import->row_number);
	read_source(import, read_record);
}
