-- Where the file of another system is read to. The headings are read in src/import/csv_header.c.

-- Without a search path of its own: the table is named in the caller's.
CREATE OR REPLACE FUNCTION salesopp.make_staging(name text, header text) RETURNS regclass
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.make_staging(text, text) IS
	'Makes a table of texts for a CSV file, by its header line; a temporary one, unless the name has a schema';

CREATE OR REPLACE FUNCTION salesopp.load_file(name text, file bytea, encoding text DEFAULT NULL, delimiter text DEFAULT NULL)
RETURNS TABLE (line_number bigint, remark text)
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'load_csv_file';
COMMENT ON FUNCTION salesopp.load_file(text, bytea, text, text) IS
	'Makes a table of texts for a CSV file and fills it with all lines, also of one that COPY refuses; returns what was not as it should be';
