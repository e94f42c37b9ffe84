/*
 * organization.c
 *		Which organization, and which of its employees, this session works for.
 *
 * Both are settings that only a superuser, or who was granted SET on them, can change. Settings
 * hold at most 32-bit integers, and ids have 64, so they are strings of digits.
 */
#include "compat.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "organization.h"

#define NONE 0					/* no id is 0 */

static char *organization_setting;
static char *employee_setting;
static int64 chosen_organization = NONE;
static int64 chosen_employee = NONE;

/* What was looked up, for the rest of the transaction. */
static bool only_organization_known = false;
static int64 only_organization = NONE;
static int64 checked_organization = NONE;
static int64 checked_employee = NONE;

PG_FUNCTION_INFO_V1(current_organization);
PG_FUNCTION_INFO_V1(chosen_employee_id);
PG_FUNCTION_INFO_V1(forget_only_organization);

static bool
check_id_setting(char **newval, void **extra, GucSource source)
{
	int64		id = NONE;
	int64	   *result;

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

	result = allocate_for_setting(sizeof(int64));
	if (result == NULL)
		return false;
	*result = id;
	*extra = result;
	return true;
}

static void
assign_organization(const char *newval, void *extra)
{
	chosen_organization = *(int64 *) extra;
}

static void
assign_employee(const char *newval, void *extra)
{
	chosen_employee = *(int64 *) extra;
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

/*
 * The one organization there is, or NONE. Read past row security: the policies are what asks.
 */
static int64
find_only_organization(void)
{
	Relation	rel = table_open(directory_table("organization"), AccessShareLock);
	AttrNumber	id_column = get_attnum(RelationGetRelid(rel), "id");
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, GetActiveSnapshot(), 0, NULL);
	int64		found = NONE;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;

		if (found != NONE)
		{
			found = NONE;
			break;
		}
		found = DatumGetInt64(heap_getattr(tuple, id_column, RelationGetDescr(rel), &isnull));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

static int64
find_current_organization(void)
{
	if (chosen_organization != NONE)
		return chosen_organization;

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
	return find_current_organization() == organization_id;
}

/* What the setting says, without looking at the organizations that there are. */
bool
has_chosen_organization(void)
{
	return chosen_organization != NONE;
}

bool
is_chosen_organization(int64 organization_id)
{
	return chosen_organization == organization_id;
}

Datum
current_organization(PG_FUNCTION_ARGS)
{
	int64		organization_id = find_current_organization();

	if (organization_id == NONE)
		PG_RETURN_NULL();
	PG_RETURN_INT64(organization_id);
}

/* In C, so that the library, which says who may choose, is there before the setting is read. */
Datum
chosen_employee_id(PG_FUNCTION_ARGS)
{
	if (chosen_employee == NONE)
		PG_RETURN_NULL();
	PG_RETURN_INT64(chosen_employee);
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

static bool
find_employee(int64 organization_id, int64 employee_id)
{
	Relation	rel = table_open(directory_table("employee"), AccessShareLock);
	Oid			relid = RelationGetRelid(rel);
	ScanKeyData key[2];
	SysScanDesc scan;
	bool		found;

	ScanKeyInit(&key[0], get_attnum(relid, "organization_id"), BTEqualStrategyNumber,
				F_INT8EQ, Int64GetDatum(organization_id));
	ScanKeyInit(&key[1], get_attnum(relid, "id"), BTEqualStrategyNumber,
				F_INT8EQ, Int64GetDatum(employee_id));
	scan = systable_beginscan(rel, primary_key_index(rel), true,
							  GetActiveSnapshot(), 2, key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

bool
is_employee_of(int64 organization_id, int64 employee_id)
{
	if (checked_employee != employee_id || checked_organization != organization_id)
	{
		if (!find_employee(organization_id, employee_id))
			return false;
		checked_employee = employee_id;
		checked_organization = organization_id;
	}
	return true;
}

bool
current_employee(int64 organization_id, int64 *employee_id)
{
	if (chosen_employee == NONE)
		return false;

	if (!is_employee_of(organization_id, chosen_employee))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("employee " INT64_FORMAT " does not belong to organization " INT64_FORMAT,
					   chosen_employee, organization_id),
				errhint("Set salesopp.employee_id to an employee of that organization, or to an empty string."));
	*employee_id = chosen_employee;
	return true;
}
