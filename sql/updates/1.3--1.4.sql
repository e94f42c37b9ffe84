-- What a database of 1.3 needs beside the parts that replace what is there. Run twice, it does nothing more.

-- What other systems call their rows.
DO $$
DECLARE
	brought text;
BEGIN
	FOREACH brought IN ARRAY ARRAY['employee', 'company', 'contact', 'project', 'opportunity', 'activity'] LOOP
		EXECUTE format('ALTER TABLE salesopp.%I ADD COLUMN IF NOT EXISTS external_id text CHECK (NOT salesopp.is_blank(external_id))', brought);
		EXECUTE format('CREATE UNIQUE INDEX IF NOT EXISTS %I ON salesopp.%I (organization_id, external_id) WHERE external_id IS NOT NULL',
			brought || '_external_id', brought);
	END LOOP;
END $$;

ALTER TABLE salesopp.bulk_change_opportunity ADD COLUMN IF NOT EXISTS values_before jsonb;
