-- What belongs to the extension, which is not all that the schema has: users may make tables, views and functions of their own in it.

-- In its scripts, too: what they make belongs to it from then on.
CREATE OR REPLACE FUNCTION salesopp.extension_objects(catalog regclass) RETURNS SETOF oid
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT d.objid
	FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
	WHERE d.classid = catalog AND d.objsubid = 0 AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'salesopp';
END;
$$;
COMMENT ON FUNCTION salesopp.extension_objects(regclass) IS 'Which rows of a catalog are of objects that belong to the extension';
