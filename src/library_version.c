/*
 * library_version.c
 *		The library is not older than the extension that it serves.
 *
 * A session goes on with the library that it has loaded, and a server that preloads it does so until it is
 * restarted, while the extension is updated in the database. A newer library serves the functions of an older
 * version. An older one lacks what newer functions call, and would not do what newer tables need. So it refuses,
 * and says what to do, before PostgreSQL misses a function in it.
 */
#include "compat.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "library_version.h"

static object_access_hook_type next_hook;

/* Whether the library was found to be new enough, since functions last changed: an update changes some. */
static bool found_new_enough = false;

static void
forget_finding(Datum argument, int cache, uint32 hash)
{
	found_new_enough = false;
}

/* 1.10 is newer than 1.9. What is no number is not a release, and newer than nothing. */
static int
number_of_version(const char *version)
{
	char	   *end;
	long		first = strtol(version, &end, 10);

	return *end == '.' ? first * 1000 + strtol(end + 1, NULL, 10) : 0;
}

/* The version that is installed in this database, or NULL. */
static char *
installed_version(void)
{
	Relation	extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	char	   *version = NULL;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("salesopp"));
	scan = systable_beginscan(extensions, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(extensions), &isnull);

		version = TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return version;
}

void
check_library_version(void)
{
	char	   *version;

	if (found_new_enough)
		return;
	version = installed_version();
	if (version != NULL && number_of_version(version) > number_of_version(SALESOPP_VERSION))
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("this session has loaded the library of salesopp %s, which is too old for the functions of %s in this database",
					   SALESOPP_VERSION, version),
				errhint("Connect again. If that does not help, salesopp is preloaded and the server must be restarted,"
						" or the files of %s are not installed on it.", version));
	if (version != NULL)
		pfree(version);
	found_new_enough = true;
}

static bool
is_own_function(Oid function)
{
	Oid			schema = get_namespace_oid("salesopp", true);

	return OidIsValid(schema) && get_func_namespace(function) == schema;
}

static bool
is_own_script_running(void)
{
	return creating_extension && CurrentExtensionObject == get_extension_oid("salesopp", true);
}

/* Functions about to be called, and those that a script makes. */
static void
look_at_function(ObjectAccessType access, Oid class, Oid object, int part, void *argument)
{
	if (next_hook != NULL)
		next_hook(access, class, object, part, argument);
	if (found_new_enough || class != ProcedureRelationId)
		return;
	if ((access == OAT_FUNCTION_EXECUTE && is_own_function(object)) ||
		(access == OAT_POST_CREATE && is_own_script_running()))
		check_library_version();
}

void
guard_library_version(void)
{
	next_hook = object_access_hook;
	object_access_hook = look_at_function;
	CacheRegisterSyscacheCallback(PROCOID, forget_finding, (Datum) 0);
}
