-- The list as a file. Words stand in src/text/language.c, the rows come from src/export/list_export.c. JIT is
-- off, since compiling the statement takes longer than it saves.

CREATE OR REPLACE FUNCTION salesopp.export_csv(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	columns text[] DEFAULT NULL, language text DEFAULT NULL, bom boolean DEFAULT false)
RETURNS bytea LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.export_csv(jsonb, text, text[], text, boolean) IS
	'The list, as searched and sorted, as a CSV file in UTF-8; with bom it begins with a byte-order mark';

CREATE OR REPLACE FUNCTION salesopp.export_excel_csv(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	columns text[] DEFAULT NULL, language text DEFAULT NULL)
RETURNS bytea LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.export_excel_csv(jsonb, text, text[], text) IS
	'The list, as searched and sorted, as a CSV file that Excel of the language opens right';

CREATE OR REPLACE FUNCTION salesopp.export_xlsx(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	columns text[] DEFAULT NULL, language text DEFAULT NULL)
RETURNS bytea LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.export_xlsx(jsonb, text, text[], text) IS
	'The list, as searched and sorted, as an Excel workbook with the summary and its chart on a second sheet';

CREATE OR REPLACE FUNCTION salesopp.funnel_svg(opportunity_id bigint, language text DEFAULT NULL) RETURNS text
LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.funnel_svg(bigint, text) IS
	'An SVG picture of the opportunity''s sales process: its stages as bars that form a funnel';

CREATE OR REPLACE FUNCTION salesopp.pipeline_svg(criteria jsonb DEFAULT '{}', language text DEFAULT NULL) RETURNS text
LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.pipeline_svg(jsonb, text) IS
	'An SVG picture of the weighted pipeline by decision month, won and open, of the opportunities that meet the criteria';

CREATE OR REPLACE FUNCTION salesopp.export_pdf(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	columns text[] DEFAULT NULL, language text DEFAULT NULL)
RETURNS bytea LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.export_pdf(jsonb, text, text[], text) IS
	'The list, as searched and sorted, as a PDF document to print: A4 landscape, with the summary and a chart at the end';

CREATE OR REPLACE FUNCTION salesopp.change_svg(since timestamptz, until timestamptz DEFAULT now(), decision_from date DEFAULT NULL,
	decision_to date DEFAULT NULL, criteria jsonb DEFAULT '{}', measure text DEFAULT 'estimated_revenue', language text DEFAULT NULL)
RETURNS text LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.change_svg(timestamptz, timestamptz, date, date, jsonb, text, text) IS
	'An SVG picture of what became of the pipeline between two instants, step by step';

CREATE OR REPLACE FUNCTION salesopp.series_svg(since timestamptz, until timestamptz DEFAULT now(), step interval DEFAULT '1 week',
	criteria jsonb DEFAULT '{}', language text DEFAULT NULL)
RETURNS text LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.series_svg(timestamptz, timestamptz, interval, jsonb, text) IS
	'An SVG picture of the pipeline over time, estimated and weighted';
