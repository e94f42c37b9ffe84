-- Everything that an organization has entered is part of a dump, and so are the positions of the
-- sequences that ids come from.
DO $$
DECLARE
	relation regclass;
BEGIN
	FOR relation IN
		SELECT c.oid FROM pg_class c
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'S')
		ORDER BY c.oid
	LOOP
		PERFORM pg_extension_config_dump(relation, '');
	END LOOP;
END $$;
