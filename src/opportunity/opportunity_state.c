/*
 * opportunity_state.c
 *		In which state an opportunity takes which changes, and what is said when it does not.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "opportunity/opportunity_state.h"

PG_FUNCTION_INFO_V1(lock_opportunity);
PG_FUNCTION_INFO_V1(require);

void
refuse_closed(int64 opportunity_id, OpportunityStatus status)
{
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("opportunity " INT64_FORMAT " is closed (%s)", opportunity_id,
				   opportunity_status_labels.names[status]),
			errhint("Reopen it first, with salesopp.reopen() or by setting its status to open."));
}

void
refuse_deleted(int64 opportunity_id)
{
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("opportunity " INT64_FORMAT " is deleted", opportunity_id),
			errhint("Bring it back first, with salesopp.restore_opportunities() or by setting its deleted_at to NULL."));
}

/* The status is not one in which the step is possible. */
void
refuse_status(int64 opportunity_id, OpportunityStatus status)
{
	if (status != STATUS_OPEN)
		refuse_closed(opportunity_id, status);
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("opportunity " INT64_FORMAT " is open", opportunity_id),
			errhint("Only a won or lost opportunity can be reopened, or its closing corrected."));
}

/*
 * lock_opportunity(opportunity_id, VARIADIC statuses): how every function on one opportunity
 * starts. Locks it, before anything that belongs to it, and makes sure that it is there and in one
 * of the statuses. Runs as the caller: what row security hides is not there.
 */
Datum
lock_opportunity(PG_FUNCTION_ARGS)
{
	static const char *const query =
		"SELECT status FROM salesopp.opportunity"
		" WHERE organization_id OPERATOR(pg_catalog.=) salesopp.current_organization()"
		" AND id OPERATOR(pg_catalog.=) $1 AND deleted_at IS NULL FOR NO KEY UPDATE";
	Oid			types[] = {INT8OID};
	int64		opportunity_id;
	ArrayType  *allowed;
	Datum		values[1];
	ArrayIterator iterator;
	Datum		item;
	Datum		status;
	bool		isnull;
	bool		is_allowed = false;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the opportunity's id and the statuses must not be null"),
				errhint("Pass the id of an opportunity."));
	opportunity_id = PG_GETARG_INT64(0);
	allowed = PG_GETARG_ARRAYTYPE_P(1);
	values[0] = Int64GetDatum(opportunity_id);

	SPI_connect();
	if (SPI_execute_with_args(query, 1, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not lock opportunity " INT64_FORMAT, opportunity_id);
	if (SPI_processed == 0)
		ereport(ERROR,
				errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("no such opportunity: " INT64_FORMAT, opportunity_id),
				errhint("Check the id, that the opportunity is not deleted, and that salesopp.organization_id is its organization."));
	status = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	SPI_finish();

	iterator = array_create_iterator(allowed, 0, NULL);
	while (array_iterate(iterator, &item, &isnull))
		is_allowed |= DatumGetObjectId(item) == DatumGetObjectId(status);
	array_free_iterator(iterator);

	if (!is_allowed)
	{
		enum_labels_lookup(&opportunity_status_labels, ARR_ELEMTYPE(allowed));
		refuse_status(opportunity_id,
					  enum_position(&opportunity_status_labels, DatumGetObjectId(status)));
	}
	PG_RETURN_VOID();
}

/*
 * require(condition, sqlstate, message, hint): raises the error unless the condition is true. What
 * lets functions in SQL check what they were given.
 */
Datum
require(PG_FUNCTION_ARGS)
{
	const char *state;

	if (!PG_ARGISNULL(0) && PG_GETARG_BOOL(0))
		PG_RETURN_VOID();

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the error to raise must not be null"));
	state = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (strlen(state) != 5 || strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("invalid SQLSTATE: \"%s\"", state));
	ereport(ERROR,
			errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
			errmsg("%s", text_to_cstring(PG_GETARG_TEXT_PP(2))),
			errhint("%s", text_to_cstring(PG_GETARG_TEXT_PP(3))));
}
