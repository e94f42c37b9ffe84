-- What a database of 1.0 needs beside the parts that replace what is there. Run twice, it does nothing more.

-- What plans and errors told of other organizations: whether a name is taken, whether an id is one, and how
-- many of their rows have what is searched for.
ALTER TABLE salesopp.organization DROP CONSTRAINT IF EXISTS organization_name_key;
DO $$
DECLARE
	btree_gin name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
		WHERE e.extname = 'btree_gin');
	pg_trgm name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
		WHERE e.extname = 'pg_trgm');
	searched record;
BEGIN
	FOR searched IN
		SELECT v.name, v.definition
		FROM (VALUES ('opportunity_custom', 'custom'),
			('opportunity_subject_trgm', format('subject %I.gin_trgm_ops', pg_trgm)),
			('opportunity_note_trgm', format('note %I.gin_trgm_ops', pg_trgm))) v (name, definition)
		WHERE NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
			WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relname = v.name AND i.indnkeyatts = 2)
	LOOP
		EXECUTE format('DROP INDEX IF EXISTS salesopp.%I', searched.name);
		EXECUTE format('CREATE INDEX %I ON salesopp.opportunity USING gin (organization_id %I.int8_ops, %s)',
			searched.name, btree_gin, searched.definition);
	END LOOP;
END $$;

-- Choices in several dimensions were an error of PostgreSQL's own, 0A000.
ALTER TABLE salesopp.custom_field
	DROP CONSTRAINT IF EXISTS custom_field_choices,
	ADD CONSTRAINT custom_field_choices CHECK (CASE data_type
		WHEN 'choice' THEN CASE array_ndims(choices) WHEN 1 THEN array_position(choices, NULL) IS NULL ELSE false END
		ELSE choices IS NULL END);

-- A correction of a closing is an event of its own kind, which keeps what was corrected.
ALTER TABLE salesopp.status_event
	ADD COLUMN IF NOT EXISTS before jsonb,
	DROP CONSTRAINT IF EXISTS status_event_check,
	DROP CONSTRAINT IF EXISTS status_event_kind;
ALTER TABLE salesopp.status_event
	ADD CONSTRAINT status_event_kind CHECK (CASE WHEN before IS NULL THEN from_status <> to_status
		ELSE from_status = to_status AND from_status <> 'open' END);
