-- Duplicates become one. What refers to them is found in the catalog: src/merge.c.

CREATE OR REPLACE FUNCTION salesopp.merge_companies(kept bigint, merged bigint[])
RETURNS TABLE (relation text, moved_rows bigint)
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.merge_companies(bigint, bigint[]) IS
	'Moves everything that refers to the merged companies to the kept one, and removes them; returns how many rows of which table were moved';

CREATE OR REPLACE FUNCTION salesopp.merge_contacts(kept bigint, merged bigint[])
RETURNS TABLE (relation text, moved_rows bigint)
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.merge_contacts(bigint, bigint[]) IS
	'Moves everything that refers to the merged contacts to the kept one, and removes them; returns how many rows of which table were moved';
