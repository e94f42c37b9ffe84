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

CREATE OR REPLACE FUNCTION salesopp.import_records(source regclass, mapping jsonb, options jsonb, record text)
RETURNS TABLE (row_number bigint, outcome text, id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_records(regclass, jsonb, jsonb, text) IS
	'Imports the rows of a source as records of one kind; returns what became of each: created, updated, unchanged or refused';

CREATE OR REPLACE FUNCTION salesopp.import_opportunities(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, opportunity_id bigint, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT * FROM salesopp.import_records(source, mapping, options, 'opportunity');
END;
$$;
COMMENT ON FUNCTION salesopp.import_opportunities(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as opportunities, all or, with the option partial, the good ones; returns what became of each: created, updated, unchanged or refused';
