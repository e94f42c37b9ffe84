/*
 * lock_opportunity.c
 *		How every function on one opportunity starts.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"

#include "opportunity/opportunity_state.h"

PG_FUNCTION_INFO_V1(lock_opportunity);

/*
 * lock_opportunity(opportunity_id, VARIADIC statuses): locks it, before anything that belongs to it, and makes
 * sure that it is there and in one of the statuses. Runs as the caller: what row security hides is not there.
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
				errmsg("no such opportunity: %lld", (long long) opportunity_id),
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
