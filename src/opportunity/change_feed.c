/*
 * change_feed.c
 *		What has changed since somebody looked last (N13): the history in the order of time, page by page.
 *
 * The feed ends at what is settled, so that nothing comes in later before a place that has been read. That holds
 * for what is looked at afterwards: the statement is run with a snapshot of its own.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "opportunity/history_instant.h"
#include "organization.h"

PG_FUNCTION_INFO_V1(changes_since);

/* ----------
 * Cursors: the organization, and the place of a row in the order of the feed
 * ----------
 */

typedef struct Place
{
	int64		organization_id;
	TimestampTz at;
	int64		opportunity_id;
	int32		version;
} Place;

#define PLACE_SIZE (3 * sizeof(int64) + sizeof(int32))

/* As the statement below puts it together. */
#define PLACE_TEXT \
	"encode(int8send($1) || timestamptz_send(h.at) || int8send(h.opportunity_id) || int4send(h.version), 'hex')"

static bool
read_place(text *cursor, Place *place)
{
	static const char digits[] = "0123456789abcdef";
	const char *string = text_to_cstring(cursor);
	char		bytes[PLACE_SIZE];
	StringInfoData buffer = {.data = bytes, .len = PLACE_SIZE, .maxlen = PLACE_SIZE};

	if (strlen(string) != 2 * PLACE_SIZE || strspn(string, digits) != 2 * PLACE_SIZE)
		return false;
	hex_decode(string, 2 * PLACE_SIZE, bytes);
	place->organization_id = pq_getmsgint64(&buffer);
	place->at = pq_getmsgint64(&buffer);
	place->opportunity_id = pq_getmsgint64(&buffer);
	place->version = pq_getmsgint(&buffer, sizeof(int32));
	return place->organization_id == current_organization_id();
}

static Place
place_argument(FunctionCallInfo fcinfo)
{
	Place		place = {current_organization_id(), DT_NOBEGIN, PG_INT64_MIN, PG_INT32_MIN};

	if (!PG_ARGISNULL(0) && !read_place(PG_GETARG_TEXT_PP(0), &place))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("not a cursor of this organization's changes: \"%s\"", text_to_cstring(PG_GETARG_TEXT_PP(0))),
				errhint("Pass the cursor of the last row that salesopp.changes_since() gave, or NULL to start from the beginning."));
	return place;
}

static int64
rows_argument(FunctionCallInfo fcinfo)
{
	int64		max_rows = PG_ARGISNULL(1) ? PG_INT64_MAX : PG_GETARG_INT32(1);

	if (max_rows < 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("max_rows must not be negative"),
				errhint("Pass the number of changes that are wanted at once, or NULL for all."));
	return max_rows;
}

/* ----------
 * The feed
 * ----------
 */

static const char feed[] =
"SELECT " PLACE_TEXT ", h.opportunity_id, h.version, h.at, h.changed_by,"
" CASE WHEN b.row IS NULL THEN 'created'"
" WHEN h.deleted AND NOT b.deleted THEN 'deleted'"
" WHEN b.deleted AND NOT h.deleted THEN 'restored'"
" WHEN h.status = b.status THEN 'changed'"
" WHEN h.status = 'open' THEN 'reopened'"
" ELSE h.status::text END,"
" b.row, h.row"
" FROM (SELECT c AS row, c.opportunity_id, c.version, c.at, c.changed_by, c.status, c.deleted"
"  FROM salesopp.opportunity_history c"
"  WHERE c.organization_id = $1 AND (c.at, c.opportunity_id, c.version) > ($2, $3, $4) AND c.at <= $5"
"  ORDER BY c.at, c.opportunity_id, c.version LIMIT $6) h"
" LEFT JOIN LATERAL (SELECT p AS row, p.status, p.deleted FROM salesopp.opportunity_history p"
"  WHERE p.organization_id = $1 AND p.opportunity_id = h.opportunity_id AND p.version < h.version"
"  ORDER BY p.version DESC LIMIT 1) b ON true"
" ORDER BY h.at, h.opportunity_id, h.version";

static ParamListInfo
feed_parameters(const Place *after, TimestampTz until, int64 max_rows)
{
	static const Oid types[] = {INT8OID, TIMESTAMPTZOID, INT8OID, INT4OID, TIMESTAMPTZOID, INT8OID};
	Datum		values[] = {
		Int64GetDatum(after->organization_id), TimestampTzGetDatum(after->at), Int64GetDatum(after->opportunity_id),
		Int32GetDatum(after->version), TimestampTzGetDatum(until), Int64GetDatum(max_rows)
	};
	ParamListInfo parameters = makeParamList(lengthof(types));

	for (int i = 0; i < lengthof(types); i++)
		parameters->params[i] = (ParamExternData) {
			.value = values[i], .pflags = PARAM_FLAG_CONST, .ptype = types[i]
		};
	return parameters;
}

static void
run_feed(FunctionCallInfo fcinfo, ParamListInfo parameters)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SPIExecuteOptions options = {
		.params = parameters,
		.read_only = true,
		.must_return_tuples = true,
		.dest = CreateDestReceiver(DestTuplestore)
	};
	int			code;

	SetTuplestoreDestReceiverParams(options.dest, result->setResult, result->econtext->ecxt_per_query_memory, false,
									NULL, NULL);
	code = SPI_execute_extended(feed, &options);
	if (code < 0)
		elog(ERROR, "SPI_execute_extended returned %s", SPI_result_code_string(code));
}

Datum
changes_since(PG_FUNCTION_ARGS)
{
	Place		after = place_argument(fcinfo);
	int64		max_rows = rows_argument(fcinfo);
	ParamListInfo parameters = feed_parameters(&after, settled_instant(), max_rows);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	PushActiveSnapshot(GetLatestSnapshot());
	run_feed(fcinfo, parameters);
	PopActiveSnapshot();
	SPI_finish();
	return (Datum) 0;
}
