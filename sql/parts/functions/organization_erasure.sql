-- The end of an organization. There is no way by which a part of it could go: src/table/erasure.c.

CREATE OR REPLACE FUNCTION salesopp.erase_organization(organization_id bigint, name text) RETURNS TABLE (table_name text, rows bigint)
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.erase_organization(bigint, text) IS
	'Removes an organization of this name for good, with history and events; returns how many rows of each table. For the owner';
