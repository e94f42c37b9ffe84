/*
 * choice_elsewhere.c
 *		What a transaction chooses, the organization and the employee, is chosen on the other servers, too.
 *
 * Citus brings SET LOCAL to the servers where a transaction works, but not what set_config() sets, by which most
 * programs choose. So before the first statement afterwards, what has been chosen is set once more by SET LOCAL.
 * Outside of a transaction block there is none that could be told: what is chosen for a session alone does not get to
 * the other servers.
 */
#include "compat.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"

#include "choice_elsewhere.h"
#include "distributed_tables.h"
#include "organization.h"

static ExecutorStart_hook_type next_hook;

/* How many times something had been chosen when the others were told in this transaction; 0: they were not. */
static uint64 told = 0;

static void
forget_at_transaction_end(XactEvent event, void *arg)
{
	told = 0;
}

/* They have gone back to what was chosen before. */
static void
forget_at_subtransaction_abort(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		told = 0;
}

static bool
may_set(const char *name)
{
	return superuser() || pg_parameter_aclcheck(name, GetUserId(), ACL_SET) == ACLCHECK_OK;
}

/* By SPI, which has Citus see it. Nothing changes here. Who may not set it could not there, either. */
static void
tell(const char *setting, int64 id)
{
	const char *name = psprintf("salesopp.%s", setting);
	const char *sql = psprintf("SET LOCAL %s = '%s'", name, id == 0 ? "" : psprintf(INT64_FORMAT, id));

	if (!may_set(name))
		return;
	SPI_connect();
	if (SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not run %s", sql);
	SPI_finish();
}

static void
tell_what_is_new(void)
{
	Choice		organization;
	Choice		employee;

	if (session_choice(&organization, &employee) == told || !(organization.is_of_session || employee.is_of_session) ||
		!IsTransactionBlock() || IsInParallelMode() || !is_distributed())
		return;
	if (organization.is_of_session)
		tell("organization_id", organization.id);
	if (employee.is_of_session)
		tell("employee_id", employee.id);
	told = session_choice(&organization, &employee);
}

static void
start_executor(QueryDesc *query, int flags)
{
	tell_what_is_new();
	if (next_hook != NULL)
		next_hook(query, flags);
	else
		standard_ExecutorStart(query, flags);
}

void
follow_choice(void)
{
	next_hook = ExecutorStart_hook;
	ExecutorStart_hook = start_executor;
	RegisterXactCallback(forget_at_transaction_end, NULL);
	RegisterSubXactCallback(forget_at_subtransaction_abort, NULL);
}
