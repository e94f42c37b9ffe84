-- What a database of 1.0 needs beside the parts that replace what is there. Run twice, it does nothing more.

-- Names that look the same, and texts of which nothing is seen, were possible in 1.0. Nobody but the owner can
-- say what they should be, so nothing is changed until he has.
DO $$
DECLARE
	looked record;
	found text[];
	problems text[] := '{}';
BEGIN
	FOR looked IN
		SELECT c.conrelid::regclass AS relation, a.attname
		FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		WHERE c.connamespace = 'salesopp'::regnamespace AND c.contype = 'c'
			AND pg_get_constraintdef(c.oid) LIKE '%salesopp.is_blank(%'
		ORDER BY 1
	LOOP
		EXECUTE format('SELECT array_agg(p) FROM (SELECT format(%L, %L, t.organization_id, to_jsonb(t) ->> ''id'')
			FROM %s t WHERE salesopp.is_blank(%I) LIMIT 11) f (p)',
			'%s is blank: organization %s, id %s', looked.relation || '.' || looked.attname, looked.relation, looked.attname) INTO found;
		problems := problems || found;
	END LOOP;
	FOR looked IN
		SELECT t.oid::regclass AS relation, v.keys, v.name
		FROM (VALUES ('department', 'organization_id', 'name'), ('sales_region', 'organization_id', 'name'),
			('employee', 'organization_id', 'initials'), ('sales_process', 'organization_id', 'name'),
			('loss_reason', 'organization_id', 'name'), ('competitor', 'organization_id', 'name'),
			('opportunity_competitor', 'organization_id, opportunity_id', 'name'), ('group_field', 'organization_id', 'name'),
			('group_value', 'organization_id, group_field_id', 'name'), ('custom_field', 'organization_id', 'name')) v (relation, keys, name)
		JOIN pg_class t ON t.relnamespace = 'salesopp'::regnamespace AND t.relname = v.relation
	LOOP
		EXECUTE format('SELECT array_agg(p) FROM (SELECT format(%L, %L, organization_id, string_agg(quote_literal(%I), '', '' ORDER BY id))
			FROM %s WHERE %I IS NOT NULL GROUP BY %s, salesopp.name_key(%I) HAVING count(*) > 1 LIMIT 11) f (p)',
			'%s look the same: organization %s, %s', looked.relation || '.' || looked.name, looked.name, looked.relation, looked.name,
			looked.keys, looked.name) INTO found;
		problems := problems || found;
	END LOOP;
	IF problems <> '{}' THEN
		RAISE EXCEPTION 'names that look the same, or are blank, keep salesopp from being updated'
			USING ERRCODE = '23505', DETAIL = array_to_string(problems[:10], E'\n')
				|| CASE WHEN cardinality(problems) > 10 THEN E'\nand more.' ELSE '' END,
			HINT = 'Rename these rows, or let what refers to one refer to another and delete it; then update again.';
	END IF;
END $$;

-- Texts of 1.0 are stored as they were typed. Composed, they are found by whoever types them otherwise. That is no
-- change that a trigger should refuse or stamp: it concerns closed opportunities and events, too.
DO $$
DECLARE
	triggers constant text := current_setting('session_replication_role');
	stored record;
BEGIN
	PERFORM set_config('session_replication_role', 'replica', true);
	FOR stored IN
		SELECT c.oid::regclass AS relation, string_agg(format('%I = %s', a.attname, v.composed), ', ') AS assignments,
			string_agg(format('%s <> %I', v.composed, a.attname), ' OR ') AS condition
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
		LATERAL (SELECT CASE a.atttypid
			WHEN 'text'::regtype THEN format('salesopp.composed(%I)', a.attname)
			WHEN 'jsonb'::regtype THEN format('salesopp.composed_json(%I)', a.attname)
			WHEN 'text[]'::regtype THEN format('CASE WHEN %1$I IS NOT NULL THEN ARRAY(SELECT salesopp.composed(e)
				FROM unnest(%1$I) WITH ORDINALITY u (e, n) ORDER BY n) END', a.attname) END) v (composed)
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r' AND v.composed IS NOT NULL
		GROUP BY c.oid
	LOOP
		EXECUTE format('UPDATE ONLY %s SET %s WHERE %s', stored.relation, stored.assignments, stored.condition);
	END LOOP;
	PERFORM set_config('session_replication_role', triggers, true);
END $$;

-- Of names that must not be the same, none may look like another either.
CREATE UNIQUE INDEX IF NOT EXISTS department_name_as_seen ON salesopp.department (organization_id, salesopp.name_key(name));
CREATE UNIQUE INDEX IF NOT EXISTS sales_region_name_as_seen ON salesopp.sales_region (organization_id, salesopp.name_key(name));
CREATE UNIQUE INDEX IF NOT EXISTS employee_initials_as_seen ON salesopp.employee (organization_id, salesopp.name_key(initials));
CREATE UNIQUE INDEX IF NOT EXISTS sales_process_name_as_seen ON salesopp.sales_process (organization_id, salesopp.name_key(name));
CREATE UNIQUE INDEX IF NOT EXISTS loss_reason_name_as_seen ON salesopp.loss_reason (organization_id, salesopp.name_key(name));
CREATE UNIQUE INDEX IF NOT EXISTS competitor_name_as_seen ON salesopp.competitor (organization_id, salesopp.name_key(name));
CREATE UNIQUE INDEX IF NOT EXISTS opportunity_competitor_name_as_seen
	ON salesopp.opportunity_competitor (organization_id, opportunity_id, salesopp.name_key(name)) WHERE name IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS group_field_name_as_seen ON salesopp.group_field (organization_id, salesopp.name_key(name));
CREATE UNIQUE INDEX IF NOT EXISTS group_value_name_as_seen
	ON salesopp.group_value (organization_id, group_field_id, salesopp.name_key(name));
CREATE UNIQUE INDEX IF NOT EXISTS custom_field_name_as_seen ON salesopp.custom_field (organization_id, salesopp.name_key(name));

-- Who could write to the tables still can: what their constraints and indexes call is called as the one who writes.
-- What a script of an extension grants counts as the extension's own and is in no dump, so that is put right.
DO $$
DECLARE
	called constant regprocedure[] := '{salesopp.name_key(text), salesopp.has_accents(text), salesopp.without_accents(text)}';
	writer record;
BEGIN
	FOR writer IN
		SELECT DISTINCT quote_ident(r.rolname) AS name
		FROM pg_proc p, aclexplode(p.proacl) a, pg_roles r
		WHERE p.oid = 'salesopp.is_blank(text)'::regprocedure AND a.privilege_type = 'EXECUTE' AND r.oid = a.grantee
			AND a.grantee <> p.proowner
	LOOP
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', array_to_string(called, ', '), writer.name);
	END LOOP;
	EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', array_to_string(called, ', '));
	UPDATE pg_init_privs i SET initprivs = ARRAY[makeaclitem(p.proowner, p.proowner, 'EXECUTE', false)]
	FROM pg_proc p
	WHERE p.oid = ANY (called) AND i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid AND i.objsubid = 0;
END $$;

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
			('opportunity_note_trgm', format('note %I.gin_trgm_ops', pg_trgm)),
			('opportunity_subject_without_accents', format('salesopp.without_accents(subject) %I.gin_trgm_ops', pg_trgm)),
			('opportunity_note_without_accents', format('salesopp.without_accents(note) %I.gin_trgm_ops', pg_trgm))) v (name, definition)
		WHERE NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
			WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relname = v.name AND i.indnkeyatts = 2)
	LOOP
		EXECUTE format('DROP INDEX IF EXISTS salesopp.%I', searched.name);
		EXECUTE format('CREATE INDEX %I ON salesopp.opportunity USING gin (organization_id %I.int8_ops, %s)%s',
			searched.name, btree_gin, searched.definition,
			replace(substring(searched.definition FROM 'salesopp\.without_accents\(\w+\)'), 'salesopp.without', ' WHERE salesopp.has'));
	END LOOP;
END $$;

-- Choices in several dimensions were an error of PostgreSQL's own, 0A000.
ALTER TABLE salesopp.custom_field
	DROP CONSTRAINT IF EXISTS custom_field_choices,
	ADD CONSTRAINT custom_field_choices CHECK (CASE data_type
		WHEN 'choice' THEN CASE array_ndims(choices) WHEN 1 THEN array_position(choices, NULL) IS NULL ELSE false END
		ELSE choices IS NULL END);

-- Days to close were counted in the reader's time zone. The table is rewritten, as a default would leave a
-- trace in the catalog that a new installation does not have.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_attribute
		WHERE attrelid = 'salesopp.organization'::regclass AND attname = 'time_zone') THEN
		ALTER TABLE salesopp.organization ADD COLUMN time_zone text;
		ALTER TABLE salesopp.organization
			ALTER COLUMN time_zone TYPE text USING current_setting('TimeZone'),
			ALTER COLUMN time_zone SET DEFAULT current_setting('TimeZone'),
			ALTER COLUMN time_zone SET NOT NULL,
			ADD CONSTRAINT organization_time_zone_known CHECK (salesopp.is_time_zone(time_zone));
	END IF;
END $$;
-- A correction of a closing is an event of its own kind, which keeps what was corrected.
ALTER TABLE salesopp.status_event
	ADD COLUMN IF NOT EXISTS before jsonb,
	DROP CONSTRAINT IF EXISTS status_event_check,
	DROP CONSTRAINT IF EXISTS status_event_kind;
ALTER TABLE salesopp.status_event
	ADD CONSTRAINT status_event_kind CHECK (CASE WHEN before IS NULL THEN from_status <> to_status
		ELSE from_status = to_status AND from_status <> 'open' END);

CREATE TABLE IF NOT EXISTS salesopp.merge_event (
	organization_id bigint NOT NULL REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	kind text NOT NULL CHECK (kind IN ('company', 'contact')),
	kept bigint NOT NULL,
	merged bigint NOT NULL,
	merged_row jsonb NOT NULL,
	moved jsonb NOT NULL,
	dropped jsonb NOT NULL,
	created_at timestamptz NOT NULL,
	created_by bigint,
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX IF NOT EXISTS merge_event_kept ON salesopp.merge_event (organization_id, kind, kept);
CREATE INDEX IF NOT EXISTS merge_event_merged ON salesopp.merge_event (organization_id, kind, merged);
-- Stages can change places, and a mark can go from one row to another, in one statement: unique indexes, which
-- look at each row, gave way to triggers. Stages so have a key of their own.
ALTER TABLE salesopp.sales_process_stage ADD COLUMN IF NOT EXISTS id bigint GENERATED BY DEFAULT AS IDENTITY;
ALTER TABLE salesopp.stage ADD COLUMN IF NOT EXISTS id bigint GENERATED BY DEFAULT AS IDENTITY;
DO $$
DECLARE
	stages regclass;
BEGIN
	FOR stages IN
		SELECT i.indrelid FROM pg_index i
		WHERE i.indrelid IN ('salesopp.sales_process_stage'::regclass, 'salesopp.stage'::regclass)
			AND i.indisprimary AND i.indnkeyatts = 3
	LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD PRIMARY KEY (organization_id, id)',
			stages, (SELECT c.conname FROM pg_constraint c WHERE c.conrelid = stages AND c.contype = 'p'));
	END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS sales_process_stage_position
	ON salesopp.sales_process_stage (organization_id, sales_process_id, position);
CREATE INDEX IF NOT EXISTS stage_position ON salesopp.stage (organization_id, opportunity_id, position);
DROP INDEX IF EXISTS salesopp.contact_one_primary, salesopp.contact_one_your_ref, salesopp.opportunity_competitor_one_winner;
CREATE INDEX IF NOT EXISTS contact_primary ON salesopp.contact (organization_id, company_id) WHERE is_primary;
CREATE INDEX IF NOT EXISTS contact_your_ref ON salesopp.contact (organization_id, company_id) WHERE is_your_ref;
CREATE INDEX IF NOT EXISTS opportunity_competitor_winner
	ON salesopp.opportunity_competitor (organization_id, opportunity_id) WHERE is_winner;

-- Ids that were typed in did not move their sequences on.
DO $$
DECLARE
	typed record;
BEGIN
	FOR typed IN
		SELECT c.oid::regclass AS relation, a.attname AS id, pg_get_serial_sequence(c.oid::regclass::text, a.attname) AS sequence
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r'
	LOOP
		EXECUTE format('SELECT setval(%1$L, max(%2$I)) FROM %3$s
			WHERE %2$I BETWEEN (SELECT last_value + is_called::int FROM %1$s) AND 9223372036854775807 - (1::bigint << 32)
			HAVING max(%2$I) IS NOT NULL', typed.sequence, typed.id, typed.relation);
	END LOOP;
END $$;
