-- The weekly sales meeting on one page. It is put together in src/report.

CREATE OR REPLACE FUNCTION salesopp.report_html(criteria jsonb DEFAULT '{}', since timestamptz DEFAULT now() - interval '7 days',
	quota numeric DEFAULT NULL, language text DEFAULT NULL)
RETURNS text LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.report_html(jsonb, timestamptz, numeric, text) IS
	'The weekly sales meeting as one page of HTML: summary, change, forecast, stages, stalls, decisions, wins and losses of the opportunities that meet the criteria';
