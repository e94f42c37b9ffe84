-- The tables on several servers, by Citus. What Citus has is named in PL/pgSQL only, which looks for it when it is needed.

CREATE OR REPLACE FUNCTION salesopp.is_distributed() RETURNS boolean
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tables_are_distributed';
COMMENT ON FUNCTION salesopp.is_distributed() IS 'Whether the tables are on several servers';

-- Also of one that is not there yet.
CREATE OR REPLACE FUNCTION salesopp.organization_server(organization_id bigint, OUT host text, OUT port integer, OUT is_here boolean)
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF salesopp.is_distributed() THEN
		SELECT n.nodename, n.nodeport, n.groupid = l.groupid INTO host, port, is_here
		FROM pg_dist_placement p JOIN pg_dist_node n ON n.groupid = p.groupid CROSS JOIN pg_dist_local_group l
		WHERE p.shardid = get_shard_id_for_distribution_column('salesopp.organization', organization_id);
	ELSE
		is_here := true;
	END IF;
END;
$$;
COMMENT ON FUNCTION salesopp.organization_server(bigint) IS
	'Which of several servers has an organization, or will have it, and whether this is it; without others, this is it, and has no address';

CREATE OR REPLACE FUNCTION salesopp.current_organization_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.current_organization_support(internal) IS
	'Planner support for current_organization: on several servers, statements are sent to the one that has the organization';

-- On one server the planner is not told: its plans stay when another organization is chosen.
CREATE OR REPLACE FUNCTION salesopp.tell_planner() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	propagates constant text := current_setting('citus.enable_ddl_propagation');
BEGIN
	PERFORM set_config('citus.enable_ddl_propagation', 'off', true);
	ALTER FUNCTION salesopp.current_organization() SUPPORT salesopp.current_organization_support;
	PERFORM set_config('citus.enable_ddl_propagation', propagates, true);
END;
$$;
COMMENT ON FUNCTION salesopp.tell_planner() IS 'Lets the planner of this node know which organization is chosen';

-- An update has defined the function anew.
DO $$
BEGIN
	IF salesopp.is_distributed() THEN
		PERFORM salesopp.tell_planner();
	END IF;
END $$;

-- In sessions and transactions of their own.
CREATE OR REPLACE FUNCTION salesopp.run_on_workers(command text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	answer record;
BEGIN
	FOR answer IN SELECT nodename, nodeport, success, result FROM run_command_on_workers(command) LOOP
		PERFORM salesopp.require(answer.success, '55000', 'the worker %s:%s says: %s',
			'See to it that it is up and has the same files of the extension, and that what this is about has been committed.',
			answer.nodename, answer.nodeport, answer.result);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.run_on_workers(text) IS 'Runs a statement on every worker; fails where one does';

-- A worker that computes a part of an aggregate, and the coordinator that puts the parts together, call its inner functions by name.
-- Where a query gives the rows, ids are drawn as the caller. On one server nobody needs these rights.
CREATE OR REPLACE FUNCTION salesopp.grant_inner_rights() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing record;
BEGIN
	FOR missing IN
		SELECT format('EXECUTE ON FUNCTION %s', f.function::regprocedure) AS privilege, x.grantee::regrole AS role
		FROM pg_aggregate a
		JOIN pg_proc p ON p.oid = a.aggfnoid AND p.pronamespace = 'salesopp'::regnamespace
		CROSS JOIN LATERAL aclexplode(p.proacl) x
		CROSS JOIN LATERAL unnest(ARRAY[a.aggtransfn, a.aggcombinefn, a.aggfinalfn]) f (function)
		WHERE f.function <> 0 AND x.grantee NOT IN (0, p.proowner)
			AND NOT has_function_privilege(x.grantee, f.function, 'EXECUTE')
		UNION ALL
		SELECT format('USAGE ON SEQUENCE %s', s.sequence), x.grantee::regrole
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
		CROSS JOIN LATERAL pg_get_serial_sequence(c.oid::regclass::text, a.attname) s (sequence)
		CROSS JOIN LATERAL aclexplode(c.relacl) x
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND x.privilege_type = 'INSERT' AND x.grantee NOT IN (0, c.relowner)
			AND NOT has_sequence_privilege(x.grantee, s.sequence, 'USAGE')
	LOOP
		EXECUTE format('GRANT %s TO %s', missing.privilege, missing.role);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.grant_inner_rights() IS 'Lets whoever may call an aggregate have it computed in parts, and whoever may insert rows draw their ids';

-- Citus brings to the workers what is granted on tables from then on. So it is granted once more.
CREATE OR REPLACE FUNCTION salesopp.repeat_grants() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	given record;
BEGIN
	FOR given IN
		SELECT x.privilege_type || m.part AS privilege, m.relation::regclass AS relation, x.grantee::regrole AS role
		FROM (
			SELECT '', c.oid, c.relacl, c.relowner FROM pg_class c WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r'
			UNION ALL
			SELECT format(' (%I)', a.attname), c.oid, a.attacl, c.relowner
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
			WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r'
		) m (part, relation, rights, owner)
		CROSS JOIN LATERAL aclexplode(m.rights) x
		WHERE x.grantee NOT IN (0, m.owner)
	LOOP
		EXECUTE format('GRANT %s ON %s TO %s', given.privilege, given.relation, given.role);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.repeat_grants() IS 'Grants what is granted on tables once more, so that Citus brings it to the workers';

-- The rest it does not bring to the workers where it belongs to an extension: of one role, or NULL: of all.
CREATE OR REPLACE FUNCTION salesopp.bring_rights_to_workers(of_role regrole) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	grants text;
BEGIN
	WITH member (kind, object, rights, owner) AS (
		SELECT 'SCHEMA', 'salesopp', n.nspacl, n.nspowner FROM pg_namespace n WHERE n.nspname = 'salesopp'
		UNION ALL
		SELECT 'ROUTINE', p.oid::regprocedure::text, p.proacl, p.proowner FROM pg_proc p WHERE p.oid IN (SELECT salesopp.extension_objects('pg_proc'))
		UNION ALL
		SELECT 'TYPE', t.oid::regtype::text, t.typacl, t.typowner FROM pg_type t WHERE t.oid IN (SELECT salesopp.extension_objects('pg_type'))
		UNION ALL
		SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass::text, c.relacl, c.relowner
		FROM pg_class c WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind IN ('S', 'v')
	)
	SELECT string_agg(statement, '; ' ORDER BY statement DESC) INTO grants
	FROM (
		SELECT format('REVOKE ALL ON %s %s FROM %s', k.kind, k.objects, r.role)
		FROM (SELECT m.kind, string_agg(m.object, ', ') FROM member m WHERE m.kind IN ('ROUTINE', 'SEQUENCE') GROUP BY m.kind) k (kind, objects),
			(SELECT DISTINCT x.grantee::regrole FROM member m CROSS JOIN LATERAL aclexplode(m.rights) x
			WHERE m.kind = 'SCHEMA' AND x.grantee NOT IN (0, m.owner) AND (of_role IS NULL OR x.grantee = of_role)) r (role)
		UNION ALL
		SELECT format('GRANT %s ON %s %s TO %s', x.privilege_type, m.kind, m.object, x.grantee::regrole)
		FROM member m CROSS JOIN LATERAL aclexplode(m.rights) x
		WHERE x.grantee NOT IN (0, m.owner) AND (of_role IS NULL OR x.grantee = of_role)
	) s (statement);
	IF grants IS NOT NULL THEN
		PERFORM salesopp.run_on_workers(format('DO %L', format(
			'BEGIN PERFORM set_config(''citus.enable_ddl_propagation'', ''off'', true),
				set_config(''lock_timeout'', ''10s'', true); %s; END', grants)));
	END IF;
END;
$$;
COMMENT ON FUNCTION salesopp.bring_rights_to_workers(regrole) IS
	'Gives roles on the workers the rights that they have here to the schema, its views, functions, types and sequences';

-- Functions that have to run where the organization is, which their first argument says: what they may do, what they hold locked and
-- the settings that they run with are of one session. Some are called there by others: src/call_elsewhere.c.
CREATE OR REPLACE FUNCTION salesopp.send_functions() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
	PERFORM create_distributed_function(p.oid::regprocedure, 'organization_id', colocate_with => 'salesopp.organization', force_delegation => true)
	FROM pg_proc p
	WHERE p.oid IN (SELECT salesopp.extension_objects('pg_proc'))
		AND p.proname IN ('run_bulk_change_of', 'merge_companies_of', 'merge_contacts_of', 'trim_history_of', 'import_check_of', 'import_records_of', 'write_correction',
			'export_organization', 'erase_organization', 'fence_organization', 'unfence_organization');
END;
$$;
COMMENT ON FUNCTION salesopp.send_functions() IS 'Has functions that must run where the organization is run on the worker that has it';

-- So that no two nodes give the same id, each takes them from a range of its own: the upper 16 bits say of which node.
CREATE OR REPLACE FUNCTION salesopp.spread_ids() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relation regclass;
	range record;
	reserved text[];
BEGIN
	FOR relation IN
		SELECT c.oid
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class'))
		ORDER BY c.oid
	LOOP
		FOR range IN EXECUTE format(
			'SELECT n.groupid, COALESCE(t.last, n.groupid::bigint << 48) AS last
			FROM (SELECT DISTINCT groupid FROM pg_dist_node) n
			LEFT JOIN (SELECT id >> 48 AS groupid, max(id) AS last FROM %s GROUP BY 1) t ON t.groupid = n.groupid
			WHERE n.groupid <> 0 OR t.last IS NOT NULL', relation)
		LOOP
			IF range.groupid = 0 THEN
				PERFORM salesopp.reserve_id(relation, range.last);
			ELSE
				reserved := reserved || format('(%s, %L::regclass, %s)', range.groupid, relation, range.last);
			END IF;
		END LOOP;
	END LOOP;
	PERFORM salesopp.run_on_workers(format('SELECT count(salesopp.reserve_id(r.relation, r.last))
		FROM (VALUES %s) r (groupid, relation, last) JOIN pg_dist_local_group USING (groupid)', array_to_string(reserved, ', ')));
END;
$$;
COMMENT ON FUNCTION salesopp.spread_ids() IS 'Gives each node a range of its own for the ids that it gives';

-- Citus makes of a restrictive policy a permissive one on the shards: it would let roles see rows that they must not, of other
-- organizations, too.
CREATE OR REPLACE FUNCTION salesopp.require_permissive_policies() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	restrictive record;
BEGIN
	SELECT p.polname AS policy, p.polrelid::regclass AS relation INTO restrictive
	FROM pg_policy p
	WHERE NOT p.polpermissive AND p.polrelid = ANY (salesopp.organization_tables())
	ORDER BY 2, 1 LIMIT 1;
	PERFORM salesopp.require(NOT FOUND, '0A000', 'policy "%s" of %s is restrictive, which Citus does not keep',
		'Drop it: on the shards it would open rows instead of closing them.', restrictive.policy, restrictive.relation);
END;
$$;
COMMENT ON FUNCTION salesopp.require_permissive_policies() IS 'Refuses policies that are restrictive, which they would not be on several servers';

-- In the order of their foreign keys.
CREATE OR REPLACE FUNCTION salesopp.distribute_tables(tables regclass[]) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
	relation regclass;
	rows bigint;
BEGIN
	PERFORM set_config('citus.enable_unsafe_triggers', 'on', true), set_config('citus.multi_shard_modify_mode', 'sequential', true),
		set_config('citus.enable_local_reference_table_foreign_keys', 'off', true);
	-- Rows are copied to the shards as they are.
	FOREACH relation IN ARRAY tables LOOP
		EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', relation);
	END LOOP;
	FOREACH relation IN ARRAY tables LOOP
		IF relation = 'salesopp.organization'::regclass THEN
			PERFORM create_distributed_table(relation, 'id', colocate_with => 'none');
		ELSE
			PERFORM create_distributed_table(relation, 'organization_id', colocate_with => 'salesopp.organization');
		END IF;
	END LOOP;
	FOR i IN REVERSE cardinality(tables) .. 1 LOOP
		PERFORM truncate_local_data_after_distributing_table(tables[i]);
	END LOOP;
	FOREACH relation IN ARRAY tables LOOP
		EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', relation);
		EXECUTE format('SELECT count(*) FROM %s', relation) INTO rows;
		RETURN NEXT format('%s: %s rows', relation, rows);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.distribute_tables(regclass[]) IS 'Puts tables, with all that is in them, on the workers; tells how many rows each has';

CREATE OR REPLACE FUNCTION salesopp.complete_nodes() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(salesopp.is_distributed(), '55000', 'the tables are on this server alone',
		'Distribute them first, with salesopp.distribute().');
	PERFORM salesopp.require_permissive_policies();
	-- as grant_access() does
	PERFORM pg_advisory_xact_lock('salesopp.grant_access'::regproc::oid::bigint);
	-- that an update has made
	PERFORM salesopp.distribute_tables(ARRAY(SELECT t.relation FROM unnest(salesopp.organization_tables()) WITH ORDINALITY t (relation, position)
		WHERE t.relation IN (SELECT salesopp.extension_objects('pg_class')) AND t.relation NOT IN (SELECT p.logicalrelid FROM pg_dist_partition p)
		ORDER BY t.position));
	PERFORM salesopp.tell_planner();
	PERFORM salesopp.run_on_workers('SELECT salesopp.tell_planner()');
	PERFORM salesopp.grant_inner_rights();
	PERFORM salesopp.repeat_grants();
	PERFORM salesopp.bring_rights_to_workers(NULL);
	PERFORM salesopp.spread_ids();
	PERFORM salesopp.send_functions();
END;
$$;
COMMENT ON FUNCTION salesopp.complete_nodes() IS
	'After an update, or when nodes, rights or typed ids were added: gives all nodes the tables, rights and ranges of ids that they lack';

CREATE OR REPLACE FUNCTION salesopp.distribute(shard_count integer DEFAULT 32) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
	version text;
BEGIN
	PERFORM salesopp.require(EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'citus'), '0A000',
		'without the extension citus the tables cannot be distributed',
		'Set shared_preload_libraries = ''citus'' on all nodes, restart them, CREATE EXTENSION citus on each, and add the workers with citus_add_node().');
	PERFORM salesopp.require(NOT salesopp.is_distributed(), '55000', 'the tables are distributed already',
		'After nodes were added, call salesopp.complete_nodes(). The number of shards cannot be changed; salesopp.undistribute_check() says how to go back.');
	PERFORM salesopp.require(shard_count BETWEEN 1 AND 10000, '22023', 'the number of shards must be between 1 and 10000, not %s',
		'Take as many as there will ever be processor cores in all workers, or 32.', COALESCE(shard_count::text, 'NULL'));
	PERFORM salesopp.require(EXISTS (SELECT FROM citus_get_active_worker_nodes()), '55000', 'there are no workers',
		'Add them with citus_add_node().');
	PERFORM salesopp.require_permissive_policies();
	SELECT e.extversion INTO STRICT version FROM pg_extension e WHERE e.extname = 'salesopp';
	PERFORM salesopp.run_on_workers(format('DO %L', format('BEGIN PERFORM set_config(''citus.enable_ddl_propagation'', ''off'', true);
		CREATE EXTENSION IF NOT EXISTS salesopp VERSION %L CASCADE; END', version)));
	PERFORM salesopp.run_on_workers(format('SELECT salesopp.require(e.extversion = %L, ''55000'', ''it has version %%s of salesopp, not %%s'', '''', e.extversion, %L)
		FROM pg_extension e WHERE e.extname = ''salesopp''', version, version));

	PERFORM set_config('citus.shard_count', shard_count::text, true);
	RETURN QUERY SELECT * FROM salesopp.distribute_tables(salesopp.organization_tables());
	PERFORM salesopp.complete_nodes();
END;
$$;
COMMENT ON FUNCTION salesopp.distribute(integer) IS
	'Puts the tables, with all that is in them, on the workers of a Citus cluster, in that many shards by organization; tells how many rows each has';

CREATE OR REPLACE FUNCTION salesopp.undistribute_check() RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(salesopp.is_distributed(), '55000', 'the tables are on this server alone',
		'Distribute them first, with salesopp.distribute().');
	RETURN NEXT salesopp.message('Citus cannot bring the tables back by itself. A dump does, restored into a new database without Citus:');
	RETURN NEXT salesopp.message('1. Let nobody write: stop the clients.');
	RETURN NEXT format(salesopp.message('2. On the coordinator: pg_dump --extension=salesopp --extension=pg_trgm --extension=btree_gin --file=salesopp.sql %s'),
		quote_ident(current_database()));
	RETURN NEXT salesopp.message('3. Where it is to go: CREATE DATABASE, the roles, then psql --set=ON_ERROR_STOP=1 --file=salesopp.sql');
	RETURN NEXT salesopp.message('4. There: SELECT salesopp.advance_sequences()');
	RETURN NEXT format(salesopp.message('New ids go on behind the largest, such as %s of the opportunities.'),
		(SELECT max(o.id) FROM salesopp.opportunity o));
END;
$$;
COMMENT ON FUNCTION salesopp.undistribute_check() IS 'How the tables come back from several servers to one';
