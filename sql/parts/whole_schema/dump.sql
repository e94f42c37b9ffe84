-- Everything that an organization has entered is part of a dump, and so are the positions of the
-- sequences that ids come from.
DO $$
DECLARE
	relation regclass;
BEGIN
	FOR relation IN
		SELECT c.oid FROM pg_class c
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind IN ('r', 'S')
		ORDER BY c.oid
	LOOP
		-- A copy has a greater id than its original. In this order, dumps of single INSERTs can be restored, too.
		PERFORM pg_extension_config_dump(relation, CASE relation
			WHEN 'salesopp.opportunity'::regclass THEN 'WHERE true ORDER BY organization_id, id' ELSE '' END);
	END LOOP;
END $$;
