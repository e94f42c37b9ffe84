-- What has changed, for those who follow it. Without sorting there is one plan, which reads a page from the index; with it,
-- what statistics do not know of yet, as all of a new customer's, would be read and sorted for each page.

CREATE OR REPLACE FUNCTION salesopp.changes_since(cursor text DEFAULT NULL, max_rows integer DEFAULT 1000)
RETURNS TABLE (cursor text, opportunity_id bigint, version integer, at timestamptz, changed_by bigint, kind text,
	before salesopp.opportunity_history, after salesopp.opportunity_history)
LANGUAGE C STABLE SET search_path = pg_catalog, pg_temp SET enable_sort = off AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.changes_since(text, integer) IS
	'The changes of opportunities behind a cursor, in the order of time, as far as they are settled; each has the cursor to go on from';
