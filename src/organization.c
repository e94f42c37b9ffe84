/*
 * organization.c
 *		Which organization, and which of its employees, this session works for.
 *
 * Both are settings that only superusers, and roles that were granted SET on them, can change. Settings hold
 * integers of at most 32 bits, and ids have 64, so the settings are strings of digits.
 *
 * What has to be looked up is asked of the tables by statements: on a distributed engine, a table by that name may
 * be an empty shell here, and its rows on other nodes.
 */
#include "compat.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rel.h"

#include "distributed_tables.h"
#include "organization.h"
#include "owner_statement.h"

#define NONE 0					/* no id is 0 */

static char *organization_setting;
static char *employee_setting;
static Choice chosen_organization;
static Choice chosen_employee;
static uint64 n_choices = 0;

/* What was looked up, for the rest of the transaction. */
static bool only_organization_known = false;
static int64 only_organization = NONE;
static int64 checked_organization = NONE;
static int64 checked_employee = NONE;

/* Whether plans have been made here that are good for the chosen organization only. */
static bool plans_know_organization = false;

PG_FUNCTION_INFO_V1(current_organization);
PG_FUNCTION_INFO_V1(current_organization_support);
PG_FUNCTION_INFO_V1(chosen_employee_id);
PG_FUNCTION_INFO_V1(forget_only_organization);

static bool
check_id_setting(char **newval, void **extra, GucSource source)
{
	int64		id = NONE;
	Choice	   *result;

	if ((*newval)[0] != '\0')
	{
		char	   *end;

		errno = 0;
		id = strtoll(*newval, &end, 10);
		if (errno != 0 || *end != '\0' || id <= 0)
		{
			GUC_check_errdetail("It must be the id of a row, a positive number, or empty for none.");
			return false;
		}
	}

	result = allocate_for_setting(sizeof(Choice));
	if (result == NULL)
		return false;
	result->id = id;
	result->is_of_session = source >= PGC_S_CLIENT;
	*extra = result;
	return true;
}

static void
assign_organization(const char *newval, void *extra)
{
	const Choice *chosen = extra;

	if (plans_know_organization && chosen->id != chosen_organization.id)
	{
		ResetPlanCache();
		plans_know_organization = false;
	}
	chosen_organization = *chosen;
	n_choices++;
}

static void
assign_employee(const char *newval, void *extra)
{
	chosen_employee = *(const Choice *) extra;
	n_choices++;
}

/* What is chosen now, and how many times something was chosen up to now. */
uint64
session_choice(Choice *organization, Choice *employee)
{
	*organization = chosen_organization;
	*employee = chosen_employee;
	return n_choices;
}

static void
forget_lookups(void)
{
	only_organization_known = false;
	checked_organization = NONE;
}

static void
forget_at_transaction_end(XactEvent event, void *arg)
{
	forget_lookups();
}

static void
forget_at_subtransaction_abort(SubXactEvent event, SubTransactionId mine,
							   SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_lookups();
}

void
define_organization_settings(void)
{
	DefineCustomStringVariable("salesopp.organization_id",
							   "Organization whose data this session works with.",
							   "Empty: the only organization there is; with several, none.",
							   &organization_setting, "", PGC_SUSET, 0,
							   check_id_setting, assign_organization, NULL);
	DefineCustomStringVariable("salesopp.employee_id",
							   "Employee whom the stamps of changed rows name.",
							   "Empty: nobody.",
							   &employee_setting, "", PGC_SUSET, 0,
							   check_id_setting, assign_employee, NULL);
	RegisterXactCallback(forget_at_transaction_end, NULL);
	RegisterSubXactCallback(forget_at_subtransaction_abort, NULL);
}

static Oid
directory_table(const char *name)
{
	Oid			schema = get_namespace_oid("salesopp", false);
	Oid			relid = get_relname_relid(name, schema);

	if (!OidIsValid(relid))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("table salesopp.%s does not exist", name));
	return relid;
}

bool
is_manager(void)
{
	return pg_class_aclcheck(directory_table("employee"), GetUserId(), ACL_INSERT) == ACLCHECK_OK;
}

static void
write_find_organizations(StringInfo sql, Relation organization)
{
	appendStringInfoString(sql, "SELECT id FROM salesopp.organization LIMIT 2");
}

static const Statement find_organizations = {write_find_organizations, 0};

/*
 * The one organization there is, or NONE. Looked up past row security, since it is the policies that ask. On a
 * distributed engine it has to be said which, as a policy cannot look at other nodes.
 */
static int64
find_only_organization(void)
{
	Relation	rel;
	int64		found = NONE;
	bool		isnull;

	if (is_distributed())
		return NONE;
	rel = table_open(directory_table("organization"), AccessShareLock);
	SPI_connect();
	if (look_up_as_owner(rel, &find_organizations, NULL) == 1)
		found = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	table_close(rel, AccessShareLock);
	return found;
}

int64
current_organization_id(void)
{
	if (chosen_organization.id != NONE)
		return chosen_organization.id;

	if (!only_organization_known)
	{
		only_organization = find_only_organization();
		only_organization_known = true;
	}
	return only_organization;
}

bool
is_current_organization(int64 organization_id)
{
	return current_organization_id() == organization_id;
}

/* What the setting says, without looking at the organizations that there are. */
bool
has_chosen_organization(void)
{
	return chosen_organization.id != NONE;
}

bool
is_chosen_organization(int64 organization_id)
{
	return chosen_organization.id == organization_id;
}

Datum
current_organization(PG_FUNCTION_ARGS)
{
	int64		organization_id = current_organization_id();

	if (organization_id == NONE)
		PG_RETURN_NULL();
	PG_RETURN_INT64(organization_id);
}

/*
 * Where tables are on several servers, the planner must know the organization to know which server to ask. So it is told
 * there which is chosen, in every statement and every policy. The plans are made anew when another is chosen; a cursor
 * that is open goes on with the one that it was opened for, as after SET ROLE.
 */
Datum
current_organization_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	/* that there is none, too */
	plans_know_organization = true;
	if (chosen_organization.id == NONE)
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(chosen_organization.id),
								false, FLOAT8PASSBYVAL));
}

/* In C, and not by current_setting(), so that the library has been loaded, and with it the rule who may set it. */
Datum
chosen_employee_id(PG_FUNCTION_ARGS)
{
	if (chosen_employee.id == NONE)
		PG_RETURN_NULL();
	PG_RETURN_INT64(chosen_employee.id);
}

/* Trigger on the organizations themselves: how many there are has changed. */
Datum
forget_only_organization(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("function \"%s\" was not called by trigger manager", "forget_only_organization"));
	forget_lookups();
	return PointerGetDatum(NULL);
}

static void
write_find_employee(StringInfo sql, Relation employee)
{
	appendStringInfo(sql, "SELECT FROM %s WHERE organization_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(employee)), RelationGetRelationName(employee)));
}

static const Statement find_employee = {write_find_employee, 2, {INT8OID, INT8OID}};

static bool
is_there(int64 organization_id, int64 employee_id)
{
	Relation	rel = open_rows_on_this_server("employee", organization_id);
	Datum		keys[] = {Int64GetDatum(organization_id), Int64GetDatum(employee_id)};
	bool		found;

	SPI_connect();
	found = look_up_as_owner(rel, &find_employee, keys) > 0;
	SPI_finish();
	table_close(rel, AccessShareLock);
	return found;
}

bool
is_employee_of(int64 organization_id, int64 employee_id)
{
	if (checked_employee != employee_id || checked_organization != organization_id)
	{
		if (!is_there(organization_id, employee_id))
			return false;
		checked_employee = employee_id;
		checked_organization = organization_id;
	}
	return true;
}

bool
current_employee(int64 organization_id, int64 *employee_id)
{
	if (chosen_employee.id == NONE)
		return false;

	if (!is_employee_of(organization_id, chosen_employee.id))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("employee %lld does not belong to organization %lld",
					   (long long) chosen_employee.id, (long long) organization_id),
				errhint("Set salesopp.employee_id to an employee of that organization, or to an empty string."));
	*employee_id = chosen_employee.id;
	return true;
}
