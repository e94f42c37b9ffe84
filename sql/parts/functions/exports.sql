-- The list as a file. Words stand in src/language.c, the rows come from src/list_export.c. Compiling the
-- statement would take longer than it saves.

CREATE OR REPLACE FUNCTION salesopp.export_csv(criteria jsonb DEFAULT '{}', sort text DEFAULT 'changed_at desc',
	columns text[] DEFAULT NULL, language text DEFAULT NULL, bom boolean DEFAULT false)
RETURNS bytea LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.export_csv(jsonb, text, text[], text, boolean) IS
	'The list, as searched and sorted, as a CSV file in UTF-8; with bom it begins with a byte-order mark';

CREATE OR REPLACE FUNCTION salesopp.export_xlsx(criteria jsonb DEFAULT '{}', sort text DEFAULT 'changed_at desc',
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

CREATE OR REPLACE FUNCTION salesopp.export_pdf(criteria jsonb DEFAULT '{}', sort text DEFAULT 'changed_at desc',
	columns text[] DEFAULT NULL, language text DEFAULT NULL)
RETURNS bytea LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.export_pdf(jsonb, text, text[], text) IS
	'The list, as searched and sorted, as a PDF document to print: A4 landscape, with the summary and a chart at the end';
