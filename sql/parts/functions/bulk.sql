-- Operations on many opportunities at once. Rows are locked in the order of their ids, so that two
-- such calls never wait for each other in a circle. Every id that was passed gets its outcome, in
-- the order in which they were passed.
--
-- What an operation does to the opportunities that are locked is a function bulk_...() of two arguments; it returns,
-- by id, why some were refused. run_bulk_change() locks them, has it done, and notes what it has changed, so that
-- it can be undone.

-- run_bulk_change() locks in the same way; this is for statements of one's own.
CREATE OR REPLACE FUNCTION salesopp.lock_opportunities(opportunity_ids bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	locked bigint;
BEGIN
	PERFORM FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids)
	ORDER BY o.id FOR NO KEY UPDATE;
	GET DIAGNOSTICS locked = ROW_COUNT;
	RETURN locked;
END;
$$;
COMMENT ON FUNCTION salesopp.lock_opportunities(bigint[]) IS
	'Locks opportunities for the transaction, deleted ones too; returns how many there are';

CREATE OR REPLACE FUNCTION salesopp.bulk_outcomes(opportunity_ids bigint[], found bigint[], changed bigint[],
	refused bigint[], why_unchanged text, why_refused text)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT passed.id,
		CASE WHEN f.id IS NULL THEN 'not found'
			WHEN r.id IS NOT NULL THEN 'refused'
			WHEN c.id IS NOT NULL AND passed.mention = 1 THEN 'changed'
			ELSE 'unchanged' END,
		CASE WHEN passed.id IS NULL THEN salesopp.message('the id is NULL')
			WHEN f.id IS NULL THEN format(salesopp.message('no such opportunity: %s'), passed.id)
			WHEN r.id IS NOT NULL THEN format(why_refused, passed.id)
			WHEN c.id IS NULL THEN format(why_unchanged, passed.id)
			WHEN passed.mention > 1 THEN format(salesopp.message('opportunity %s was passed more than once'), passed.id)
		END
	FROM (
		SELECT p.id, p.ordinal, row_number() OVER (PARTITION BY p.id ORDER BY p.ordinal) AS mention
		FROM unnest(opportunity_ids) WITH ORDINALITY p (id, ordinal)
	) passed
	LEFT JOIN unnest(found) f (id) ON f.id = passed.id
	LEFT JOIN unnest(changed) c (id) ON c.id = passed.id
	LEFT JOIN unnest(refused) r (id) ON r.id = passed.id
	ORDER BY passed.ordinal;
END;
COMMENT ON FUNCTION salesopp.bulk_outcomes(bigint[], bigint[], bigint[], bigint[], text, text) IS
	'What became of each opportunity that was passed to a bulk operation';

CREATE OR REPLACE FUNCTION salesopp.bulk_outcomes(opportunity_ids bigint[], found bigint[], changed bigint[],
	refusals jsonb, why_unchanged text)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT b.opportunity_id, b.outcome, COALESCE(refusals ->> b.opportunity_id::text, b.detail)
	FROM salesopp.bulk_outcomes(opportunity_ids, found, changed,
		ARRAY(SELECT k.id::bigint FROM jsonb_object_keys(refusals) k (id)), why_unchanged, NULL) b;
END;
COMMENT ON FUNCTION salesopp.bulk_outcomes(bigint[], bigint[], bigint[], jsonb, text) IS
	'What became of each opportunity that was passed to a bulk operation, with a reason of its own for each that was refused';

CREATE OR REPLACE FUNCTION salesopp.run_bulk_change(operation text, arguments jsonb, opportunity_ids bigint[],
	OUT changed bigint[], OUT refusals jsonb)
LANGUAGE C STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.run_bulk_change(text, jsonb, bigint[]) IS
	'Locks opportunities, does to them what the bulk_ function of that name does, and notes what has changed';

CREATE OR REPLACE FUNCTION salesopp.bulk_set_status(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	new_status constant salesopp.opportunity_status := arguments ->> 'status';
	new_note constant text := arguments ->> 'note';
	reason constant bigint := arguments ->> 'loss_reason_id';
	present constant bigint[] := ARRAY(SELECT o.id FROM salesopp.opportunity o
		WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NULL);
	marked bigint;
	message text;
	refusals jsonb := '{}';		-- by id, in the words of the trigger
	refused bigint[];
BEGIN
	-- from won to lost, or back, the way leads through open
	UPDATE salesopp.opportunity o SET status = 'open', status_note = new_note
	WHERE o.organization_id = organization AND o.id = ANY (present)
		AND o.status NOT IN ('open', new_status) AND new_status <> 'open';

	-- With a winner's mark, the trigger may refuse to have it won: each is tried for itself, so that the others are
	-- changed all the same.
	FOR marked IN
		SELECT DISTINCT w.opportunity_id FROM salesopp.opportunity_competitor w
		WHERE w.organization_id = organization AND w.opportunity_id = ANY (present) AND w.is_winner
			AND new_status = 'won'
		ORDER BY 1
	LOOP
		BEGIN
			UPDATE salesopp.opportunity o SET status = new_status, status_note = new_note
			WHERE o.organization_id = organization AND o.id = marked AND o.status <> new_status;
		EXCEPTION WHEN check_violation THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
			refusals := refusals || jsonb_build_object(marked, message);
		END;
	END LOOP;
	refused := ARRAY(SELECT k.id::bigint FROM jsonb_object_keys(refusals) k (id));

	UPDATE salesopp.opportunity o SET status = new_status, status_note = new_note,
		loss_reason_id = COALESCE(reason, o.loss_reason_id)
	WHERE o.organization_id = organization AND o.id = ANY (present)
		AND o.status <> new_status AND o.id <> ALL (refused);
	RETURN refusals;
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_set_status(bigint[], jsonb) IS
	'What set_status() does to the opportunities that it has locked';

CREATE OR REPLACE FUNCTION salesopp.set_status(opportunity_ids bigint[], status salesopp.opportunity_status,
	note text DEFAULT NULL)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	done record;
BEGIN
	IF set_status.status IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = salesopp.message('the new status must not be null'),
			HINT = salesopp.message('Pass open, won or lost.');
	END IF;
	SELECT r.changed, r.refusals INTO done FROM salesopp.run_bulk_change('set_status',
		jsonb_strip_nulls(jsonb_build_object('status', set_status.status, 'note', set_status.note)), opportunity_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids,
		ARRAY(SELECT o.id FROM salesopp.opportunity o
			WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NULL),
		done.changed, done.refusals, format(salesopp.message('opportunity %s is %s already'), '%s', set_status.status));
END;
$$;
COMMENT ON FUNCTION salesopp.set_status(bigint[], salesopp.opportunity_status, text) IS
	'Sets many opportunities to won, lost or open; returns the outcome of each: changed, unchanged, not found or refused';

-- A second function, and not a parameter more of the first: with one more it would be another function, to which
-- the roles that were granted the first, in this database or by a dump, had no right.
CREATE OR REPLACE FUNCTION salesopp.set_status(opportunity_ids bigint[], status salesopp.opportunity_status,
	loss_reason_id bigint, note text DEFAULT NULL)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	done record;
BEGIN
	IF set_status.status IS DISTINCT FROM 'lost' THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('a loss reason does not go with the status %s'), COALESCE(set_status.status::text, 'NULL')),
			HINT = salesopp.message('Pass lost, or leave the loss reason out.');
	END IF;
	IF set_status.loss_reason_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.loss_reason r
		WHERE r.organization_id = organization AND r.id = set_status.loss_reason_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such loss reason: %s'), set_status.loss_reason_id),
			HINT = salesopp.message('Pass the id of a row of salesopp.loss_reason, or NULL.');
	END IF;
	SELECT r.changed INTO done FROM salesopp.run_bulk_change('set_status', jsonb_strip_nulls(jsonb_build_object(
		'status', set_status.status, 'loss_reason_id', set_status.loss_reason_id, 'note', set_status.note)), opportunity_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids,
		ARRAY(SELECT o.id FROM salesopp.opportunity o
			WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NULL),
		done.changed, NULL, salesopp.message('opportunity %s is lost already'), NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.set_status(bigint[], salesopp.opportunity_status, bigint, text) IS
	'Sets many opportunities to lost with one reason; returns the outcome of each: changed, unchanged or not found';

CREATE OR REPLACE FUNCTION salesopp.bulk_delete(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	UPDATE salesopp.opportunity o SET deleted_at = now()
	WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NULL;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_delete(bigint[], jsonb) IS
	'What delete_opportunities() does to the opportunities that it has locked';

CREATE OR REPLACE FUNCTION salesopp.delete_opportunities(opportunity_ids bigint[])
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	changed bigint[];
BEGIN
	SELECT r.changed INTO changed FROM salesopp.run_bulk_change('delete', '{}', opportunity_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids,
		ARRAY(SELECT o.id FROM salesopp.opportunity o WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids)),
		changed, NULL, salesopp.message('opportunity %s is deleted already'), NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.delete_opportunities(bigint[]) IS
	'Deletes opportunities, with all that belongs to them, until they are restored; returns the outcome of each';

CREATE OR REPLACE FUNCTION salesopp.bulk_restore(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	UPDATE salesopp.opportunity o SET deleted_at = NULL
	WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NOT NULL;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_restore(bigint[], jsonb) IS
	'What restore_opportunities() does to the opportunities that it has locked';

CREATE OR REPLACE FUNCTION salesopp.restore_opportunities(opportunity_ids bigint[])
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	changed bigint[];
BEGIN
	SELECT r.changed INTO changed FROM salesopp.run_bulk_change('restore', '{}', opportunity_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids,
		ARRAY(SELECT o.id FROM salesopp.opportunity o WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids)),
		changed, NULL, salesopp.message('opportunity %s is not deleted'), NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.restore_opportunities(bigint[]) IS
	'Brings deleted opportunities back; returns the outcome of each';

CREATE OR REPLACE FUNCTION salesopp.bulk_reassign(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	UPDATE salesopp.opportunity o SET responsible_id = (arguments ->> 'to_employee')::bigint
	WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids)
		-- until it was locked, it may have become another's
		AND o.responsible_id = (arguments ->> 'from_employee')::bigint AND o.status = 'open' AND o.deleted_at IS NULL;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_reassign(bigint[], jsonb) IS
	'What reassign() does to the opportunities that it has locked';

CREATE OR REPLACE FUNCTION salesopp.reassign(from_employee bigint, to_employee bigint, criteria jsonb DEFAULT '{}')
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	unknown bigint;
	found_ids bigint[];
	changed bigint[];
BEGIN
	IF num_nulls(from_employee, to_employee) > 0 OR from_employee = to_employee THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = salesopp.message('opportunities are handed over from one employee to another'),
			HINT = salesopp.message('Pass the ids of two rows of salesopp.employee.');
	END IF;
	SELECT p.id INTO unknown FROM unnest(ARRAY[from_employee, to_employee]) WITH ORDINALITY p (id, ordinal)
	WHERE NOT EXISTS (SELECT FROM salesopp.employee e WHERE e.organization_id = organization AND e.id = p.id)
	ORDER BY p.ordinal LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such employee: %s'), unknown),
			HINT = salesopp.message('Pass the ids of two rows of salesopp.employee.');
	END IF;
	IF criteria ? 'responsible_id' THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = salesopp.message('the criteria must not name responsible_id'),
			HINT = salesopp.message('It is the employee whose opportunities are handed over.');
	END IF;
	found_ids := ARRAY(SELECT s.id
		FROM salesopp.search(COALESCE(criteria, '{}') || jsonb_build_object('responsible_id', from_employee), 'id', NULL) s
		WHERE s.status = 'open' ORDER BY s.id);
	SELECT r.changed INTO changed FROM salesopp.run_bulk_change('reassign', jsonb_build_object(
		'from_employee', from_employee, 'to_employee', to_employee, 'criteria', COALESCE(criteria, '{}')), found_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(found_ids, found_ids, changed, NULL,
		salesopp.message('opportunity %s has been closed, deleted or handed over by somebody else meanwhile'), NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.reassign(bigint, bigint, jsonb) IS
	'Makes another employee responsible for the open opportunities of one who leaves, those that meet the criteria; returns the outcome of each: changed or unchanged';
