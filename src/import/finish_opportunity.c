/*
 * finish_opportunity.c
 *		What follows from the fields of a row that is to be an opportunity: its status, how far it has come, and how it ended.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "import/finish.h"
#include "import/import_cell.h"
#include "import/import_headings.h"
#include "import/import_name_cell.h"
#include "import/import_new_names.h"
#include "import/import_problem.h"
#include "import/imported_word.h"
#include "import/text_memo.h"

#define OPEN "open"
#define WON "won"
#define LOST "lost"

static bool
says(const char *status, const char *other)
{
	return status != NULL && strcmp(status, other) == 0;
}

static bool
is_number(Datum number, int64 other)
{
	return DatumGetBool(DirectFunctionCall2(numeric_eq, number, NumericGetDatum(int64_to_numeric(other))));
}

/* ----------
 * Stages
 * ----------
 */

typedef struct ProcessStage
{
	int64		process;
	int32		position;
	Datum		probability;
} ProcessStage;

/* Of all sales processes, by their positions. */
static List *
stages_of(Import *import)
{
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(import->organization_id)};
	bool		isnull;

	if (import->stages != NIL)
		return import->stages;
	SPI_connect();
	SPI_execute_with_args("SELECT sales_process_id, position, probability FROM salesopp.sales_process_stage"
						  " WHERE organization_id = $1 ORDER BY sales_process_id, position", 1, types, values, NULL, true, 0);
	MemoryContextSwitchTo(import->context);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		ProcessStage *stage = palloc(sizeof(ProcessStage));
		HeapTuple	tuple = SPI_tuptable->vals[i];

		stage->process = DatumGetInt64(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &isnull));
		stage->position = DatumGetInt32(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 2, &isnull));
		stage->probability = datumCopy(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 3, &isnull), false, -1);
		import->stages = lappend(import->stages, stage);
	}
	SPI_finish();
	return import->stages;
}

/* The last stage of the process that stands before the position, or at its end; NULL for none. */
static const ProcessStage *
stage_before(Import *import, int64 process, int32 position)
{
	const ProcessStage *found = NULL;
	ListCell   *cell;

	foreach(cell, stages_of(import))
	{
		const ProcessStage *stage = lfirst(cell);

		if (stage->process == process && stage->position < position)
			found = stage;
	}
	return found;
}

/* What a text in a column of stages says. */
typedef struct StageWord
{
	int64		process;
	int32		position;			/* 0: no stage */
	bool		is_ambiguous;
	const char *status;			/* won or lost, or NULL */
} StageWord;

/* Without a number in front of it, and without what stands in parentheses behind it: "3 - Offer (Sales Pipeline)". */
static const char *
bare_stage(const char *text)
{
	const char *start = text + strspn(text, "0123456789");
	const char *end = strrchr(text, '(');

	if (start > text)
		start += strspn(start, " -.)");
	if (start == text || *start == '\0')
		start = text;
	if (end == NULL || text[strlen(text) - 1] != ')')
		return start;
	while (end > start && end[-1] == ' ')
		end--;
	return end > start ? pnstrdup(start, end - start) : start;
}

static const Named *
find_stage(Import *import, int64 process, const char *text)
{
	int64		parent = process == 0 ? ANY_PARENT : process;
	const char *bare = bare_stage(text);
	const Named *named = find_name(names_of(import, STAGE_NAMES), parent, text, strlen(text));

	return named != NULL ? named : find_name(names_of(import, STAGE_NAMES), parent, bare, strlen(bare));
}

static const char *
closing_word(const char *text, const ImportField *status)
{
	const char *label = find_label(status, text, strlen(text));

	if (label == NULL)
	{
		const char *bare = bare_stage(text);

		label = find_label(status, bare, strlen(bare));
	}
	return says(label, OPEN) ? NULL : label;
}

static const StageWord *
read_stage(Import *import, const ImportColumn *column, int64 process)
{
	const StageWord *known = recall(import->stage_words, process, column->text, column->length);
	StageWord  *word;
	const char *text;
	const Named *stage;

	if (known != NULL)
		return known;
	text = pnstrdup(column->text, column->length);
	stage = find_stage(import, process, text);
	word = MemoryContextAllocZero(import->context, sizeof(StageWord));
	word->status = closing_word(text, &import->record->fields[OPPORTUNITY_STATUS]);
	word->is_ambiguous = stage != NULL && stage->is_ambiguous;
	if (stage != NULL && !stage->is_ambiguous && !stage->is_inactive)
	{
		word->process = stage->parent;
		word->position = (int32) stage->id;
	}
	memorize(import->stage_words, process, column->text, column->length, word);
	return word;
}

/* ----------
 * Status
 * ----------
 */

static const char *
status_of_yes_no(const Import *import)
{
	const ImportColumn *won = column_of(import, OPPORTUNITY_IS_WON);
	bool		is_closed = has_value(import, OPPORTUNITY_IS_CLOSED) && DatumGetBool(import->values[OPPORTUNITY_IS_CLOSED]);
	bool		is_won;

	if (won != NULL && won->text != NULL)
	{
		if (!read_yes_no(won->text, won->length, &is_won))
			return find_label(&import->record->fields[OPPORTUNITY_STATUS], won->text, won->length);
		if (is_won)
			return WON;
	}
	if (has_value(import, OPPORTUNITY_IS_CLOSED))
		return is_closed ? (won == NULL ? NULL : LOST) : OPEN;
	return NULL;
}

/* Odoo has no other mark of what is lost. */
static bool
is_put_aside_as_lost(const Import *import)
{
	return has_value(import, OPPORTUNITY_IS_ACTIVE) && !DatumGetBool(import->values[OPPORTUNITY_IS_ACTIVE]) &&
		has_value(import, OPPORTUNITY_PROGRESS) && is_number(import->values[OPPORTUNITY_PROGRESS], 0);
}

/* The column of statuses comes first, then whether it is won or closed, then what the stage is called. */
static const char *
decide_status(Import *import, const StageWord *stage, int stage_field)
{
	const char *said = has_value(import, OPPORTUNITY_STATUS) ? TextDatumGetCString(import->values[OPPORTUNITY_STATUS]) : status_of_yes_no(import);

	if (said == NULL && is_put_aside_as_lost(import))
		return LOST;
	if (said == NULL)
		return stage != NULL && stage->status != NULL ? stage->status : OPEN;
	if (stage != NULL && stage->status != NULL && stage->position == 0 && !says(said, stage->status))
		refuse_field(import, stage_field, psprintf(_("the stage says %s, but the status %s"), stage->status, said), NULL);
	return said;
}

/* ----------
 * How far it has come
 * ----------
 */

static void
refuse_unknown_stage(Import *import, const ImportColumn *column, int64 process)
{
	refuse_cell(import, column, _("no active sales process has a stage of that name"),
				hint_of_nearest(names_of(import, STAGE_NAMES), process == 0 ? ANY_PARENT : process, column->text, column->length,
								_("Make the stage, or leave the column out.")));
}

/* Of a closed one, 0 and 100 say how it ended; what is between is what was said while it was open. */
static void
put_progress(Import *import, const char *status, Datum automatic)
{
	bool		is_manual = false;

	if (has_value(import, OPPORTUNITY_PROGRESS))
	{
		Datum		said = import->values[OPPORTUNITY_PROGRESS];

		if (says(status, OPEN))
			is_manual = !DatumGetBool(DirectFunctionCall2(numeric_eq, said, automatic));
		else if (is_number(said, 0) || is_number(said, 100))
			put_none(import, OPPORTUNITY_PROGRESS);
		else
			is_manual = true;
	}
	put_value(import, OPPORTUNITY_PROGRESS_METHOD, CStringGetTextDatum(is_manual ? "manual" : "automatic"));
}

/* A stage is completed with all before it; all before the current one are; and all of what is won. */
static void
put_stages(Import *import, const char *status, const StageWord *stage, const StageWord *current, int64 process)
{
	const ProcessStage *reached = NULL;

	if (says(status, WON))
		reached = stage_before(import, process, PG_INT32_MAX);
	else if (stage != NULL && stage->position != 0)
		reached = stage_before(import, process, stage->position + 1);
	else if (current != NULL && current->position != 0)
		reached = stage_before(import, process, current->position);
	if (process != 0)
		put_value(import, OPPORTUNITY_SALES_PROCESS, Int64GetDatum(process));
	if (reached != NULL)
		put_value(import, OPPORTUNITY_STAGE_REACHED, Int32GetDatum(reached->position));
	put_progress(import, status, reached != NULL ? reached->probability : NumericGetDatum(int64_to_numeric(0)));
}

/* What the column says; NULL where there is none, or nothing stands in it. */
static const StageWord *
stage_in(Import *import, int field, int64 process)
{
	const ImportColumn *column = column_of(import, field);
	const StageWord *word;

	if (column == NULL || column->text == NULL)
		return NULL;
	word = read_stage(import, column, process);
	if (word->is_ambiguous)
		refuse_cell(import, column, _("several sales processes have a stage of that name"), _("Map a column to sales_process, or pass the option {\"sales_process\": \"...\"}."));
	else if (word->position == 0 && word->status == NULL)
		refuse_unknown_stage(import, column, process);
	return word;
}

/* Its sales process, or that of the options. A closing word alone tells of none. */
static int64
process_of(const Import *import, const StageWord *stage, const StageWord *current)
{
	return has_value(import, OPPORTUNITY_SALES_PROCESS) ? DatumGetInt64(import->values[OPPORTUNITY_SALES_PROCESS]) :
		stage != NULL && stage->process != 0 ? stage->process :
		current != NULL && current->process != 0 ? current->process : import->default_process;
}

/* ----------
 * How it ended
 * ----------
 */

static void
leave_out(Import *import, int field, const char *status)
{
	if (has_value(import, field))
		warn_of_field(import, field, psprintf(_("it is left out, as the opportunity is %s"), status), NULL);
	put_none(import, field);
}

static void
leave_out_revenue(Import *import, const char *status)
{
	if (has_value(import, OPPORTUNITY_ACTUAL_REVENUE) && is_number(import->values[OPPORTUNITY_ACTUAL_REVENUE], 0))
		put_none(import, OPPORTUNITY_ACTUAL_REVENUE);
	leave_out(import, OPPORTUNITY_ACTUAL_REVENUE, status);
}

/* Where there is one date of closing, that of an open one is when it is expected. */
static void
finish_open(Import *import)
{
	if (has_value(import, OPPORTUNITY_CLOSE_DATE) && !has_value(import, OPPORTUNITY_DECISION_DATE))
	{
		put_value(import, OPPORTUNITY_DECISION_DATE, import->values[OPPORTUNITY_CLOSE_DATE]);
		put_none(import, OPPORTUNITY_CLOSE_DATE);
	}
	leave_out(import, OPPORTUNITY_CLOSE_DATE, OPEN);
	leave_out_revenue(import, OPEN);
	leave_out(import, OPPORTUNITY_STATUS_NOTE, OPEN);
}

/* When it was closed, the change that closed it was made, unless another is told. */
static void
put_closing_stamp(Import *import)
{
	TimestampTz created_at;
	TimestampTz closed;
	ReadTime	midnight = {.date = DatumGetDateADT(import->values[OPPORTUNITY_CLOSE_DATE])};

	if (!has_value(import, OPPORTUNITY_CREATED_AT) || has_value(import, OPPORTUNITY_CHANGED_AT))
		return;
	created_at = DatumGetTimestampTz(import->values[OPPORTUNITY_CREATED_AT]);
	closed = instant_in_zone(&midnight, import->zone);
	put_value(import, OPPORTUNITY_CHANGED_AT, TimestampTzGetDatum(Max(created_at, Min(closed, import->now))));
}

/* Where a system has one date, and calls it the expected one of what is closed, too. */
static void
take_expected_date(Import *import)
{
	const ImportColumn *expected = column_of(import, OPPORTUNITY_DECISION_DATE);

	if (expected == NULL || !has_value(import, OPPORTUNITY_DECISION_DATE) || column_of(import, OPPORTUNITY_CLOSE_DATE) != NULL ||
		column_of(import, OPPORTUNITY_WON_AT) != NULL || !is_heading_of(import->record, "close_date", expected->heading))
		return;
	put_value(import, OPPORTUNITY_CLOSE_DATE, import->values[OPPORTUNITY_DECISION_DATE]);
	put_none(import, OPPORTUNITY_DECISION_DATE);
}

static void
finish_closed(Import *import, int closed_at)
{
	const ImportColumn *column = column_of(import, OPPORTUNITY_CLOSE_DATE);

	if (!has_value(import, OPPORTUNITY_CLOSE_DATE) && has_value(import, closed_at))
		put_value(import, OPPORTUNITY_CLOSE_DATE, import->values[closed_at]);
	take_expected_date(import);
	if (has_value(import, OPPORTUNITY_CLOSE_DATE))
		put_closing_stamp(import);
	else if (!has_value(import, FIELD_ID) && !(import->is_refused && column != NULL && column->text != NULL))
		/* one that is there knows it, and what cannot be read has been said */
		refuse_field(import, OPPORTUNITY_CLOSE_DATE, _("it is closed, but nothing says when"), _("Map a column with the date of closing to close_date, or fill the cell."));
}

static void
finish_won(Import *import)
{
	finish_closed(import, OPPORTUNITY_WON_AT);
	if (has_value(import, OPPORTUNITY_ACTUAL_REVENUE))
		return;
	if (has_value(import, OPPORTUNITY_ESTIMATED_REVENUE))
		put_value(import, OPPORTUNITY_ACTUAL_REVENUE, import->values[OPPORTUNITY_ESTIMATED_REVENUE]);
	else if (!import->is_refused)
	{
		put_value(import, OPPORTUNITY_ACTUAL_REVENUE, NumericGetDatum(int64_to_numeric(0)));
		warn_of_field(import, OPPORTUNITY_ACTUAL_REVENUE, _("it is won, but nothing says for how much: it counts as 0"), NULL);
	}
}

static void
finish_lost(Import *import)
{
	finish_closed(import, OPPORTUNITY_LOST_AT);
	leave_out_revenue(import, LOST);
}

/* ----------
 * The row
 * ----------
 */

/* A code of three capitals beside the digits; NULL for none. */
static const char *
currency_in(const ImportColumn *amount)
{
	static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *text;

	if (amount == NULL || amount->text == NULL)
		return NULL;
	text = pnstrdup(amount->text, amount->length);
	text += strcspn(text, capitals);
	return strspn(text, capitals) == 3 ? pnstrdup(text, 3) : NULL;
}

/* Amounts in several currencies cannot be added up. */
static void
check_currency(Import *import)
{
	int			field = has_value(import, OPPORTUNITY_CURRENCY) ? OPPORTUNITY_CURRENCY : OPPORTUNITY_ESTIMATED_REVENUE;
	const char *currency = field == OPPORTUNITY_CURRENCY ? TextDatumGetCString(import->values[field]) : has_value(import, field) ? currency_in(column_of(import, field)) : NULL;

	if (currency == NULL)
		return;
	if (import->currency == NULL)
		import->currency = MemoryContextStrdup(import->context, currency);
	else if (pg_strcasecmp(import->currency, currency) != 0)
		refuse_field(import, field, psprintf(_("the amount is not in %s, as those before"), import->currency),
					 _("Convert the amounts into one currency first."));
}

/* A column of reasons may say no more than the status does, as Dynamics' status reasons: only what is lost has one. */
static void
read_loss_reason(Import *import, const char *status)
{
	ImportColumn *column = column_of(import, OPPORTUNITY_LOSS_REASON);
	const char *label;

	if (column == NULL || column->text == NULL)
		return;
	label = find_label(&import->record->fields[OPPORTUNITY_STATUS], column->text, column->length);
	if (says(status, LOST) &&
		(label == NULL || find_name(names_of(import, LOSS_REASON_NAMES), NO_PARENT, column->text, column->length) != NULL))
		read_name(import, column);
	else if (label == NULL)
		warn_of_cell(import, column, psprintf(_("it is left out, as the opportunity is %s"), status), NULL);
	else if (!says(label, status))
		refuse_cell(import, column, psprintf(_("it says %s, but the status %s"), label, status), NULL);
}

static void
put_defaults(Import *import, const char *status)
{
	put_value(import, OPPORTUNITY_STATUS, CStringGetTextDatum(status));
	if (!has_value(import, OPPORTUNITY_PRIORITY))
		put_value(import, OPPORTUNITY_PRIORITY, CStringGetTextDatum("normal"));
	/* winning makes it */
	if (has_value(import, OPPORTUNITY_FORECAST_CATEGORY) &&
		strcmp(TextDatumGetCString(import->values[OPPORTUNITY_FORECAST_CATEGORY]), "closed") == 0)
		put_none(import, OPPORTUNITY_FORECAST_CATEGORY);
}

void
finish_opportunity(Import *import)
{
	int64		process = has_value(import, OPPORTUNITY_SALES_PROCESS) ? DatumGetInt64(import->values[OPPORTUNITY_SALES_PROCESS]) : import->default_process;
	const StageWord *stage;
	const StageWord *current;
	const char *status;

	check_currency(import);
	stage = stage_in(import, OPPORTUNITY_STAGE, process);
	current = stage_in(import, OPPORTUNITY_CURRENT_STAGE, process);
	status = stage != NULL ? decide_status(import, stage, OPPORTUNITY_STAGE) : decide_status(import, current, OPPORTUNITY_CURRENT_STAGE);
	put_stages(import, status, stage, current, process_of(import, stage, current));
	put_defaults(import, status);
	read_loss_reason(import, status);
	if (says(status, WON))
		finish_won(import);
	else if (says(status, LOST))
		finish_lost(import);
	else
		finish_open(import);
	finish_record(import);
}
