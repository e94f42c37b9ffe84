-- Organizations on several servers: whose ids are whose, and how one is moved. The rules stand in src/table/fence.c and identity.c.

CREATE OR REPLACE FUNCTION salesopp.reserve_id(relation regclass, id bigint) RETURNS void
LANGUAGE C STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.reserve_id(regclass, bigint) IS 'Sees to it that a table gives no id up to this one any more';

CREATE OR REPLACE FUNCTION salesopp.wait_for_writers(organization_id bigint) RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.wait_for_writers(bigint) IS
	'Waits until nobody writes what is of the organization, and keeps them out until the transaction ends';

CREATE OR REPLACE FUNCTION salesopp.require_organization(organization_id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(EXISTS (SELECT FROM salesopp.organization o WHERE o.id = require_organization.organization_id),
		'P0002', 'no such organization: %s', 'Pass the id of a row of salesopp.organization.',
		COALESCE(organization_id::text, 'NULL'));
END;
$$;
COMMENT ON FUNCTION salesopp.require_organization(bigint) IS 'Refuses an id that no organization has';

CREATE OR REPLACE FUNCTION salesopp.fence_organization(organization_id bigint) RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	instant timestamptz;
BEGIN
	PERFORM salesopp.require_organization(organization_id);
	PERFORM salesopp.wait_for_writers(organization_id);
	instant := clock_timestamp();
	UPDATE salesopp.organization o SET fenced_at = instant
	WHERE o.id = fence_organization.organization_id AND o.fenced_at IS NULL;
	RETURN (SELECT o.fenced_at FROM salesopp.organization o WHERE o.id = fence_organization.organization_id);
END;
$$;
COMMENT ON FUNCTION salesopp.fence_organization(bigint) IS
	'Nothing of the organization is written any more, by nobody; waits for those who are writing, and returns since when. For the owner';

-- Whoever follows the changes may have read all that has come from another server, whose clock may be ahead. What is changed
-- here from now on has to count from later: not from up to a second before it is written, nor from when a transaction that is
-- open already has changed an opportunity of another organization.
CREATE OR REPLACE FUNCTION salesopp.unfence_organization(organization_id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	last_change constant timestamptz := (SELECT max(h.at) FROM salesopp.opportunity_history h
		WHERE h.organization_id = unfence_organization.organization_id);
	ahead constant interval := last_change + interval '1 second' - clock_timestamp();
	deadline constant timestamptz := clock_timestamp() + greatest(ahead, interval '0') + interval '10 seconds';
BEGIN
	PERFORM salesopp.require_organization(organization_id);
	-- before it asks what a standby cannot know
	PERFORM salesopp.require(NOT pg_is_in_recovery(), '25006', 'no fence is taken away on a standby', 'Call it on the primary.');
	PERFORM salesopp.require(ahead IS NULL OR ahead <= interval '10 seconds',
		'55000', 'the clock of this server is %s seconds behind the last change of organization %s', 'Set the clock right, or wait as long.',
		ceil(extract(epoch FROM ahead)), organization_id);
	WHILE salesopp.history_settled() < last_change LOOP
		PERFORM salesopp.require(clock_timestamp() < deadline,
			'55000', 'a transaction that is older than the last change of organization %s is changing opportunities',
			'Try again when it has ended; its lock is one of pg_locks, with the objsubid 25193.', organization_id);
		PERFORM pg_sleep(0.02);
	END LOOP;
	UPDATE salesopp.organization o SET fenced_at = NULL
	WHERE o.id = unfence_organization.organization_id AND o.fenced_at IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION salesopp.unfence_organization(bigint) IS
	'Opposite of fence_organization(); waits until what is changed from then on counts from later than the organization''s last change. For the owner';

-- Row filters do not hold for TRUNCATE, which would empty the other server's tables for all organizations. Published is what a
-- fence keeps as it is.
CREATE OR REPLACE FUNCTION salesopp.publish_organization(organization_id bigint) RETURNS name
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	publication constant name := 'salesopp_organization_' || organization_id;
BEGIN
	PERFORM salesopp.require_organization(organization_id);
	EXECUTE (
		SELECT format('CREATE PUBLICATION %I FOR TABLE %s WITH (publish = %L)', publication,
			string_agg(format('ONLY %s WHERE (%I = %s)', c.oid::regclass, salesopp.organization_key(c.oid), organization_id), ', ' ORDER BY c.oid),
			'insert, update, delete')
		FROM pg_class c
		WHERE c.relnamespace = 'salesopp'::regnamespace
			AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'zz_fence'));
	RETURN publication;
END;
$$;
COMMENT ON FUNCTION salesopp.publish_organization(bigint) IS
	'Creates a publication of one organization''s rows in all tables, for another server to subscribe to; returns its name. For the owner';

CREATE OR REPLACE FUNCTION salesopp.advance_sequences(organization_id bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	identity regclass;
	last_id bigint;
BEGIN
	IF organization_id IS NOT NULL THEN
		PERFORM salesopp.require_organization(organization_id);
	END IF;
	FOR identity IN
		SELECT a.attrelid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind = 'r' AND a.attidentity <> ''
	LOOP
		IF identity = 'salesopp.organization'::regclass THEN
			last_id := (SELECT max(o.id) FROM salesopp.organization o, salesopp.organization_end_of_ids e
				WHERE o.id <= e.last_value AND (advance_sequences.organization_id IS NULL OR o.id = advance_sequences.organization_id));
		ELSE
			EXECUTE format('SELECT max(l.id) FROM salesopp.organization o
				CROSS JOIN LATERAL (SELECT max(t.id) AS id FROM %s t WHERE t.organization_id = o.id) l
				WHERE $1 IS NULL OR o.id = $1', identity) INTO last_id USING organization_id;
		END IF;
		PERFORM salesopp.reserve_id(identity, last_id);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.advance_sequences(bigint) IS
	'Moves the sequences of ids beyond those that an organization, or NULL: any, has brought along past the triggers. For the owner';

-- The first id is where the sequence stands, and the last is in a sequence of its own, which a dump has, too.
CREATE OR REPLACE FUNCTION salesopp.set_organization_ids(first bigint, last bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ids constant regclass := pg_get_serial_sequence('salesopp.organization', 'id');
	reached bigint;
BEGIN
	PERFORM salesopp.require(first > 0 AND last >= first, '22023', 'not a range of ids: %s to %s',
		'Pass the first and the last id that organizations get on this server.', COALESCE(first::text, 'NULL'), COALESCE(last::text, 'NULL'));
	LOCK TABLE salesopp.organization IN SHARE ROW EXCLUSIVE MODE;
	EXECUTE format('SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s', ids) INTO reached;
	PERFORM salesopp.require(reached <= last, '55000', 'organizations of this server have had ids up to %s already',
		'Choose a range that does not end before that.', reached);
	PERFORM setval('salesopp.organization_end_of_ids', last);
	PERFORM setval(ids, greatest(first, reached + 1,
		(SELECT max(o.id) + 1 FROM salesopp.organization o WHERE o.id BETWEEN first AND last)), false);
END;
$$;
COMMENT ON FUNCTION salesopp.set_organization_ids(bigint, bigint) IS
	'From which ids the organizations that are made on this server get theirs, so that no two servers give the same. For the owner';
