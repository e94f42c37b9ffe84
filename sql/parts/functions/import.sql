-- Import of rows that other systems have exported, most often from a staging table of texts.

CREATE OR REPLACE FUNCTION salesopp.import_columns(source regclass, record text DEFAULT 'opportunity')
RETURNS TABLE (source_column text, target text, sample text[], note text)
LANGUAGE C STABLE SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_columns(regclass, text) IS
	'What each column of a source is imported as, by its heading: a field of the record, or none';

-- The settings are part of how values that are no texts become texts, and have rows come in the order in which they were filled in.
CREATE OR REPLACE FUNCTION salesopp.import_check(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}',
	record text DEFAULT 'opportunity')
RETURNS TABLE (row_number bigint, column_name text, value text, severity text, problem text, hint text)
LANGUAGE C STABLE SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_check(regclass, jsonb, jsonb, text) IS
	'Every problem of every row of a source, without importing it: errors keep a row out, warnings tell what becomes of it otherwise than it says';

CREATE OR REPLACE FUNCTION salesopp.import_opportunities(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, opportunity_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_opportunities(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as opportunities, all or, with the option partial, the good ones; returns what became of each: created, updated, unchanged or refused';

CREATE OR REPLACE FUNCTION salesopp.import_companies(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, company_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_companies(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as companies, as import_opportunities() does';

CREATE OR REPLACE FUNCTION salesopp.import_contacts(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, contact_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_contacts(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as contacts, as import_opportunities() does';

CREATE OR REPLACE FUNCTION salesopp.import_employees(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, employee_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_employees(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as employees, as import_opportunities() does';

CREATE OR REPLACE FUNCTION salesopp.import_projects(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, project_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_projects(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as projects, as import_opportunities() does';

CREATE OR REPLACE FUNCTION salesopp.import_activities(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, activity_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_activities(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as activities, as import_opportunities() does';

CREATE OR REPLACE FUNCTION salesopp.undo_import(batch_id bigint)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	PERFORM salesopp.require(NOT EXISTS (SELECT FROM salesopp.bulk_change c
			WHERE c.organization_id = organization AND c.id = batch_id AND c.operation <> 'import'),
		'22023', 'bulk change %s is no import', 'Undo it with salesopp.undo_bulk_change().', batch_id);
	RETURN QUERY SELECT * FROM salesopp.undo_bulk_change(batch_id);
END;
$$;
COMMENT ON FUNCTION salesopp.undo_import(bigint) IS
	'Deletes the opportunities that an import made, and puts back what it changed; returns the outcome of each: changed, unchanged or refused';
