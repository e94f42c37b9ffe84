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

#include "access/xact.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/acl.h"

#include "choice_elsewhere.h"
#include "distributed_tables.h"
#include "organization.h"

static ExecutorStart_hook_type next_start;
static ProcessUtility_hook_type next_utility;

/* How many times something had been chosen when the others were told in this transaction, and where in it; 0: they were not. */
static uint64 told = 0;
static SubTransactionId told_in;

/* Whether something was said in this transaction: then they do not have by themselves any more what the role has. */
static bool has_told = false;

static void
forget_at_transaction_end(XactEvent event, void *arg)
{
	told = 0;
	has_told = false;
}

/* When it is rolled back, they go back to what was chosen before. When it is released, those that are connected to later are not told. */
static void
forget_at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if ((event == SUBXACT_EVENT_ABORT_SUB || event == SUBXACT_EVENT_COMMIT_SUB) && mine == told_in)
		told = 0;
}

/*
 * By SPI, which has Citus see it. Nothing changes here. Who may not set it could not there, either: so nobody is told until
 * another role, who may, goes on.
 */
static bool
tell(const char *setting, Choice choice)
{
	const char *sql;

	if (!choice.is_of_session && !has_told)
		return true;
	if (pg_parameter_aclcheck(setting, GetUserId(), ACL_SET) != ACLCHECK_OK)
		return false;
	sql = psprintf("SET LOCAL %s = '%s'", setting, choice.id == 0 ? "" : psprintf(INT64_FORMAT, choice.id));
	SPI_connect();
	if (SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not run %s", sql);
	SPI_finish();
	return true;
}

static void
tell_what_is_new(void)
{
	Choice		organization;
	Choice		employee;
	bool		knows_organization;
	bool		knows_employee;

	if (session_choice(&organization, &employee) == told || !(organization.is_of_session || employee.is_of_session || has_told) ||
		!IsTransactionBlock() || IsInParallelMode() || !is_distributed())
		return;
	knows_organization = tell("salesopp.organization_id", organization);
	knows_employee = tell("salesopp.employee_id", employee);
	if (!knows_organization || !knows_employee)
		return;
	told = session_choice(&organization, &employee);
	told_in = GetCurrentSubTransactionId();
	has_told = true;
}

static void
start_executor(QueryDesc *query, int flags)
{
	tell_what_is_new();
	if (next_start != NULL)
		next_start(query, flags);
	else
		standard_ExecutorStart(query, flags);
}

/* COPY writes rows without the executor. */
static void
run_utility(PlannedStmt *statement, const char *text, bool is_read_only, ProcessUtilityContext context, ParamListInfo parameters,
			QueryEnvironment *environment, DestReceiver *destination, QueryCompletion *completion)
{
	if (IsA(statement->utilityStmt, CopyStmt))
		tell_what_is_new();
	if (next_utility != NULL)
		next_utility(statement, text, is_read_only, context, parameters, environment, destination, completion);
	else
		standard_ProcessUtility(statement, text, is_read_only, context, parameters, environment, destination, completion);
}

void
follow_choice(void)
{
	next_start = ExecutorStart_hook;
	ExecutorStart_hook = start_executor;
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = run_utility;
	RegisterXactCallback(forget_at_transaction_end, NULL);
	RegisterSubXactCallback(forget_at_subtransaction_end, NULL);
}
