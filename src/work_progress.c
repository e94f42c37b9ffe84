/*
 * work_progress.c
 *		How far long work is: imports, changes of many opportunities, exports.
 *
 * PostgreSQL lets a command show numbers to other sessions, but only as one of the commands that it knows. So work shows itself as
 * a COPY: in pg_stat_progress_copy, and with what a COPY has no number for in places behind those of COPY, where the view
 * salesopp.progress finds it. An error takes it all back.
 */
#include "compat.h"

#include "commands/progress.h"
#include "funcapi.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"

#include "organization.h"
#include "work_progress.h"

PG_FUNCTION_INFO_V1(work_words);

/* The view reads them one further on, as they are counted from 1 there. A COPY has zeros there. */
#define WORK_ORGANIZATION 15
#define WORK_OPERATION 16
#define WORK_PHASE 17

static const char *const operations[] = {
	"other", "export", "import_check", "import", "set_status", "delete", "restore", "reassign", "undo", "undo_import"
};

static const char *const phases[N_WORK_PHASES] = {
	[WORK_READING] = "reading", [WORK_WRITING] = "writing", [WORK_RECORDING] = "recording history"
};

/* Of the work that is shown. */
static struct
{
	Oid			table;
	int64		rows[N_WORK_PHASES];
}			work;

/* Counted from 1: 0 is no work. */
static int64
operation_number(const char *operation)
{
	for (int i = 1; i < lengthof(operations); i++)
		if (strcmp(operations[i], operation) == 0)
			return 1 + i;
	return 1;
}

static inline bool
is_shown(void)
{
	return MyBEEntry != NULL && MyBEEntry->st_progress_command == PROGRESS_COMMAND_COPY &&
		MyBEEntry->st_progress_param[WORK_OPERATION] != 0;
}

bool
start_work(const char *operation, Oid table, bool is_export)
{
	const int	places[] = {PROGRESS_COPY_COMMAND, PROGRESS_COPY_TYPE, WORK_ORGANIZATION, WORK_OPERATION};
	const int64 values[] = {
		is_export ? PROGRESS_COPY_COMMAND_TO : PROGRESS_COPY_COMMAND_FROM, PROGRESS_COPY_TYPE_CALLBACK,
		current_organization_id(), operation_number(operation)
	};

	if (MyBEEntry == NULL || MyBEEntry->st_progress_command != PROGRESS_COMMAND_INVALID)
		return false;
	memset(&work, 0, sizeof(work));
	work.table = table;
	pgstat_progress_start_command(PROGRESS_COMMAND_COPY, table);
	pgstat_progress_update_multi_param(lengthof(places), places, values);
	return true;
}

void
end_work(void)
{
	if (is_shown())
		pgstat_progress_end_command();
}

/* A COPY has no number of rows to come, so its numbers of bytes are numbers of rows here. */
void
start_work_phase(WorkPhase phase, int64 rows_total)
{
	const int	places[] = {WORK_PHASE, PROGRESS_COPY_BYTES_TOTAL, PROGRESS_COPY_TUPLES_PROCESSED, PROGRESS_COPY_BYTES_PROCESSED};
	const int64 values[] = {phase, rows_total, 0, 0};

	if (!is_shown())
		return;
	work.rows[phase] = 0;
	pgstat_progress_update_multi_param(lengthof(places), places, values);
}

void
show_work(int64 rows_done)
{
	const int	places[] = {PROGRESS_COPY_TUPLES_PROCESSED, PROGRESS_COPY_BYTES_PROCESSED};
	const int64 values[] = {rows_done, rows_done};

	if (is_shown())
		pgstat_progress_update_multi_param(lengthof(places), places, values);
}

void
count_work(Oid table, WorkPhase phase)
{
	if (!is_shown() || table != work.table)
		return;
	if (MyBEEntry->st_progress_param[WORK_PHASE] != phase)
		pgstat_progress_update_param(WORK_PHASE, phase);
	show_work(++work.rows[phase]);
}

/* work_words(operation, phase): what the numbers say */
Datum
work_words(PG_FUNCTION_ARGS)
{
	int64		operation = PG_GETARG_INT64(0);
	int64		phase = PG_GETARG_INT64(1);
	TupleDesc	desc;
	Datum		values[2] = {(Datum) 0};
	bool		nulls[2] = {operation < 1 || operation > lengthof(operations), phase < 0 || phase >= N_WORK_PHASES};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (!nulls[0])
		values[0] = CStringGetTextDatum(operations[operation - 1]);
	if (!nulls[1])
		values[1] = CStringGetTextDatum(phases[phase]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}
