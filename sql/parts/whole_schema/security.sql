-- One rule everywhere: a session sees and writes the rows of its current organization, no others.
-- And nobody does anything here before access is granted.
DO $$
DECLARE
	protected regclass;
	computed record;
	type_name regtype;
BEGIN
	FOR protected IN
		SELECT c.oid FROM pg_class c WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind = 'r'
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', protected);
		IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = protected) THEN
			EXECUTE format('CREATE POLICY own_organization ON %s
				USING (organization_id = salesopp.current_organization())', protected);
		END IF;
	END LOOP;
	-- By its key: otherwise a plan would tell whether an id that is asked for is another's.
	ALTER POLICY own_organization ON salesopp.organization USING (id = salesopp.current_organization());

	-- Whose it is writes a saved search; those that are shared all read.
	ALTER POLICY own_organization ON salesopp.saved_search USING (organization_id = salesopp.current_organization()
		AND owner_id IS NOT DISTINCT FROM salesopp.current_employee());
	IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = 'salesopp.saved_search'::regclass AND p.polname = 'shared') THEN
		CREATE POLICY shared ON salesopp.saved_search FOR SELECT
			USING (organization_id = salesopp.current_organization() AND shared);
	END IF;

	-- Of what indexes are on beside columns there are no statistics, as these would be of all organizations.
	FOR computed IN
		SELECT a.attrelid::regclass AS index, a.attnum
		FROM pg_index i
		JOIN pg_attribute a ON a.attrelid = i.indexrelid AND i.indkey[a.attnum - 1] = 0
		WHERE i.indrelid IN (SELECT salesopp.extension_objects('pg_class'))
	LOOP
		EXECUTE format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS 0', computed.index, computed.attnum);
	END LOOP;

	FOR type_name IN
		SELECT t.oid FROM pg_type t
		WHERE t.oid IN (SELECT salesopp.extension_objects('pg_type'))
			AND (t.typtype = 'e' OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
			AND EXISTS (SELECT FROM aclexplode(COALESCE(t.typacl, acldefault('T', t.typowner))) a WHERE a.grantee = 0)
	LOOP
		EXECUTE format('REVOKE ALL ON TYPE %s FROM PUBLIC', type_name);
	END LOOP;
END $$;

CREATE OR REPLACE FUNCTION salesopp.grant_access(role regrole, level text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	schema_owner oid := (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'salesopp');
	reads constant boolean := level IN ('reader', 'seller', 'manager');
	sells constant boolean := level IN ('seller', 'manager');
	manages constant boolean := level = 'manager';
	propagates constant text := current_setting('citus.enable_ddl_propagation', true);
	member record;
BEGIN
	IF reads IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('unknown access level: %s'), COALESCE(quote_literal(level), 'NULL')),
			HINT = salesopp.message('The levels are reader, seller and manager.');
	END IF;
	IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = role) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such role: %s'), COALESCE(role::text, 'NULL')),
			HINT = salesopp.message('Create it first with CREATE ROLE.');
	END IF;
	IF NOT pg_has_role(schema_owner, 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = '42501',
			MESSAGE = salesopp.message('only the owner of the schema salesopp can grant access to it'),
			HINT = salesopp.message('Call salesopp.grant_access() as that role, or as a superuser.');
	END IF;

	IF salesopp.is_distributed() THEN
		PERFORM salesopp.run_on_workers(format(
			'SELECT salesopp.require(EXISTS (SELECT FROM pg_roles r WHERE r.rolname = %L), ''42704'', ''it has no role %%s'', '''', %L)',
			(SELECT r.rolname FROM pg_roles r WHERE r.oid = role), role));
	END IF;
	-- PostgreSQL gives up when two sessions change the rights of one object
	PERFORM pg_advisory_xact_lock('salesopp.grant_access'::regproc::oid::bigint);
	-- so that a lower level takes away what a higher one gave
	EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA salesopp FROM %s', role);

	EXECUTE format('GRANT USAGE ON SCHEMA salesopp TO %s', role);
	EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA salesopp TO %s', role);
	FOR member IN
		SELECT t.oid::regtype AS name FROM pg_type t
		WHERE t.typnamespace = 'salesopp'::regnamespace
			AND (t.typtype = 'e' OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
	LOOP
		EXECUTE format('GRANT USAGE ON TYPE %s TO %s', member.name, role);
	END LOOP;

	IF salesopp.is_distributed() THEN
		-- Citus would bring some of the functions' to the workers now, where bring_rights_to_workers() brings all
		PERFORM set_config('citus.enable_ddl_propagation', 'off', true);
	END IF;
	EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA salesopp FROM %s', role);
	-- Functions run with the caller's rights, and those that write are the volatile ones. Left out are triggers, the
	-- inner functions of aggregates (their states are bytea), and what only the owner may do.
	FOR member IN
		SELECT p.oid::regprocedure AS name, p.prokind
		FROM pg_proc p
		WHERE p.pronamespace = 'salesopp'::regnamespace
			AND p.prorettype NOT IN ('trigger'::regtype, 'internal'::regtype)
			AND (p.pronargs = 0 OR p.proargtypes[0] <> 'bytea'::regtype)
			AND p.proname NOT IN ('grant_access', 'create_organization', 'complete_history', 'trim_history', 'export_organization',
				'import_organization', 'erase_organization', 'extension_objects', 'organization_tables', 'organization_columns', 'organization_key', 'stream_digest', 'stream_prefix',
				'stream_query', 'stream_parts', 'read_stream', 'stream_tables', 'import_stream_rows', 'reserve_id', 'require_stream_rights',
				'fence_organization', 'unfence_organization', 'publish_organization', 'advance_sequences', 'set_organization_ids',
				'require_organization', 'wait_for_writers', 'distribute', 'complete_nodes', 'run_on_workers', 'tell_planner', 'grant_inner_rights',
				'repeat_grants', 'bring_rights_to_workers', 'spread_ids', 'send_functions', 'distribute_tables', 'is_worker', 'require_permissive_policies', 'undistribute_check', 'trim_history_of')
			AND (manages OR p.proname NOT IN ('correct_closing', 'write_correction', 'merge_companies',
				'merge_companies_of', 'merge_contacts', 'merge_contacts_of', 'reassign', 'bulk_reassign'))
			AND (sells OR p.provolatile <> 'v')
	LOOP
		EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %s', member.name, role);
	END LOOP;
	IF salesopp.is_distributed() THEN
		PERFORM set_config('citus.enable_ddl_propagation', propagates, true);
	END IF;

	IF sells THEN
		EXECUTE format('GRANT INSERT, UPDATE, DELETE ON salesopp.company, salesopp.contact,
			salesopp.project, salesopp.activity, salesopp.activity_participant,
			salesopp.stage, salesopp.opportunity_competitor,
			salesopp.opportunity_group_value, salesopp.saved_search TO %s', role);
		EXECUTE format('GRANT INSERT, UPDATE ON salesopp.opportunity TO %s', role);
		EXECUTE format('GRANT INSERT ON salesopp.forecast_submission TO %s', role);
		EXECUTE format('GRANT INSERT, UPDATE (amount, note) ON salesopp.quote, salesopp.sales_order TO %s', role);
	END IF;
	IF manages THEN
		EXECUTE format('GRANT INSERT, UPDATE, DELETE ON salesopp.department, salesopp.sales_region,
			salesopp.sales_process, salesopp.sales_process_stage,
			salesopp.loss_reason, salesopp.competitor, salesopp.group_field,
			salesopp.group_value, salesopp.custom_field,
			salesopp.quota, salesopp.employee_manager TO %s', role);
		EXECUTE format('GRANT INSERT, UPDATE ON salesopp.employee TO %s', role);
		EXECUTE format('GRANT UPDATE (name, time_zone) ON salesopp.organization TO %s', role);
	END IF;
	IF salesopp.is_distributed() THEN
		EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA salesopp FROM %s', role);
		PERFORM salesopp.grant_inner_rights();
		PERFORM salesopp.bring_rights_to_workers(role);
	END IF;
END;
$$;
COMMENT ON FUNCTION salesopp.grant_access(regrole, text) IS
	'Gives a role the rights of a reader, a seller or a manager, and takes away any others it had in salesopp';

-- Only routines that are new are touched: once this script has granted or revoked a right to an object, all rights
-- to it count as the extension's own, and pg_dump leaves them out.
DO $$
DECLARE
	routine regprocedure;
BEGIN
	FOR routine IN
		SELECT p.oid FROM pg_proc p
		WHERE p.oid IN (SELECT salesopp.extension_objects('pg_proc'))
			AND EXISTS (SELECT FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)
	LOOP
		EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', routine);
	END LOOP;
END $$;

-- Whoever may call a function of an earlier version may call what it calls since, and what views call beside it since.
-- What a script of an extension grants counts as the extension's own and is in no dump, so that is put right.
DO $$
DECLARE
	called regprocedure[];
	missing record;
BEGIN
	FOR missing IN
		SELECT DISTINCT c.called, quote_ident(r.rolname) AS grantee
		FROM (VALUES ('weighted_value', 'days_to_close'), ('customer_opportunities', 'listed_opportunity'), ('latest_follow_ups', 'listed_opportunity'),
			('set_status', 'run_bulk_change'), ('set_status', 'bulk_outcomes'), ('set_status', 'bulk_set_status'),
			('delete_opportunities', 'run_bulk_change'), ('delete_opportunities', 'bulk_outcomes'), ('delete_opportunities', 'bulk_delete'),
			('restore_opportunities', 'run_bulk_change'), ('restore_opportunities', 'bulk_outcomes'), ('restore_opportunities', 'bulk_restore'),
			('reassign', 'run_bulk_change'), ('reassign', 'bulk_outcomes'), ('reassign', 'bulk_reassign'), ('undo_bulk_change', 'bulk_undo_import'), ('undo_bulk_change', 'changed_since'),
			('run_bulk_change', 'run_bulk_change_of'), ('run_bulk_change', 'organization_server'), ('merge_companies', 'merge_companies_of'), ('merge_contacts', 'merge_contacts_of'),
			('import_check', 'import_check_of'), ('import_check', 'organization_server'), ('import_opportunities', 'import_records_of'),
			-- as does every function that may refuse something
			('current_organization', 'message'), ('require', 'require'),
			-- opportunity_card calls both
			('weighted_value', 'forecast_category'),
			-- search calls these for ranges
			('has_custom_values', 'custom_number'), ('has_custom_values', 'custom_date'),
			('pipeline', 'report_ids'), ('results', 'report_ids')) v (caller, called)
		JOIN pg_proc caller ON caller.pronamespace = 'salesopp'::regnamespace AND caller.proname = v.caller
		JOIN pg_proc p ON p.pronamespace = 'salesopp'::regnamespace AND p.proname = v.called
		CROSS JOIN LATERAL (SELECT p.oid::regprocedure AS called) c
		CROSS JOIN LATERAL aclexplode(caller.proacl) a
		JOIN pg_roles r ON r.oid = a.grantee
		WHERE a.privilege_type = 'EXECUTE' AND a.grantee <> caller.proowner AND NOT EXISTS (
			SELECT FROM aclexplode(p.proacl) b WHERE b.grantee = a.grantee AND b.privilege_type = 'EXECUTE')
	LOOP
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', missing.called, missing.grantee);
		called := called || missing.called;
	END LOOP;
	UPDATE pg_init_privs i SET initprivs = ARRAY[makeaclitem(p.proowner, p.proowner, 'EXECUTE', false)]
	FROM pg_proc p
	WHERE p.oid = ANY (called) AND i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid AND i.objsubid = 0;
END $$;
