-- What an update does on which node, where the tables are on several servers.

CREATE OR REPLACE FUNCTION salesopp.is_worker() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF to_regclass('pg_catalog.pg_dist_local_group') IS NULL THEN
		RETURN false;
	END IF;
	RETURN EXISTS (SELECT FROM pg_dist_local_group g WHERE g.groupid <> 0);
END;
$$;
COMMENT ON FUNCTION salesopp.is_worker() IS 'Whether this is a worker of a Citus cluster: a script leaves rows to the coordinator there';

-- It begins on the workers, in a transaction of each: what is then done here Citus brings to the shards there, which need the
-- functions and types that it names. On the workers themselves it is done to all but the shards.
DO $$
DECLARE
	version constant text := (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'salesopp');
	step constant text := COALESCE(current_setting('salesopp_update.step', true), '');
BEGIN
	-- a new installation, or an update from a version that could not be distributed
	IF to_regprocedure('salesopp.is_distributed()') IS NULL OR salesopp.is_worker() THEN
		RETURN;
	END IF;
	IF salesopp.is_distributed() THEN
		-- the workers would wait for what this transaction has locked there
		PERFORM salesopp.require(step = '', '0A000', 'tables on several servers are updated to %s and %s one after the other',
			'Name one version after the other in ALTER EXTENSION salesopp UPDATE TO, with SELECT salesopp.complete_nodes() after each.', step, version);
		PERFORM set_config('salesopp_update.step', version, true), set_config('citus.enable_ddl_propagation', 'on', true),
			set_config('citus.enable_unsafe_triggers', 'on', true), set_config('citus.multi_shard_modify_mode', 'sequential', true);
		PERFORM salesopp.run_on_workers(format('DO %L', format('BEGIN PERFORM set_config(''citus.enable_ddl_propagation'', ''off'', true),
			set_config(''lock_timeout'', ''10s'', true); ALTER EXTENSION salesopp UPDATE TO %L; END', version)));
	END IF;
END $$;
