-- Where the file of another system is read to. The headings are read in src/import/csv_header.c.

-- Without a search path of its own: the table is named in the caller's.
CREATE OR REPLACE FUNCTION salesopp.make_staging(name text, header text) RETURNS regclass
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.make_staging(text, text) IS
	'Makes a table of texts for a CSV file, by its header line; a temporary one, unless the name has a schema';
