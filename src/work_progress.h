/*
 * work_progress.h
 *		How far long work is: imports, changes of many opportunities, exports.
 */
#ifndef SALESOPP_WORK_PROGRESS_H
#define SALESOPP_WORK_PROGRESS_H

#include "postgres.h"

typedef enum WorkPhase
{
	WORK_READING,				/* rows of a source, or of a list */
	WORK_WRITING,				/* rows of the table that the work is about */
	WORK_RECORDING				/* these in the history */
} WorkPhase;

#define N_WORK_PHASES (WORK_RECORDING + 1)

/* False where the work is part of a command that shows progress itself; then it shows none. */
extern bool start_work(const char *operation, Oid table, bool is_export);
extern void end_work(void);

/* How many rows there will be in the phase that begins; 0: nobody knows. */
extern void start_work_phase(WorkPhase phase, int64 rows_total);
extern void show_work(int64 rows_done);

/* A row of the table has been written, or recorded: counts where the work under way is about that table. */
extern void count_work(Oid table, WorkPhase phase);

#endif
