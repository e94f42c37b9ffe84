-- Operations on many opportunities at once. Rows are locked in the order of their ids, so that two
-- such calls never wait for each other in a circle. Every id that was passed gets its outcome, in
-- the order in which they were passed.

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
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT passed.id,
		CASE WHEN f.id IS NULL THEN 'not found'
			WHEN r.id IS NOT NULL THEN 'refused'
			WHEN c.id IS NOT NULL AND passed.mention = 1 THEN 'changed'
			ELSE 'unchanged' END,
		CASE WHEN passed.id IS NULL THEN 'the id is NULL'
			WHEN f.id IS NULL THEN format('no such opportunity: %s', passed.id)
			WHEN r.id IS NOT NULL THEN format('opportunity %s %s', passed.id, why_refused)
			WHEN c.id IS NULL THEN format('opportunity %s %s', passed.id, why_unchanged)
			WHEN passed.mention > 1 THEN format('opportunity %s was passed more than once', passed.id)
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

CREATE OR REPLACE FUNCTION salesopp.set_status(opportunity_ids bigint[], status salesopp.opportunity_status,
	note text DEFAULT NULL)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	present bigint[];
	marked bigint;
	message text;
	refusals jsonb := '{}';		-- by id, in the words of the trigger
	refused bigint[];
	changed bigint[];
BEGIN
	IF set_status.status IS NULL THEN
		RAISE EXCEPTION 'the new status must not be null'
			USING ERRCODE = '22023', HINT = 'Pass open, won or lost.';
	END IF;
	PERFORM salesopp.lock_opportunities(opportunity_ids);
	present := ARRAY(SELECT o.id FROM salesopp.opportunity o
		WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NULL);

	-- from won to lost, or back, the way leads through open
	UPDATE salesopp.opportunity o SET status = 'open', status_note = set_status.note
	WHERE o.organization_id = organization AND o.id = ANY (present)
		AND o.status NOT IN ('open', set_status.status) AND set_status.status <> 'open';

	-- With a winner's mark, the trigger may refuse to have it won: each is tried for itself, so that the others are
	-- changed all the same.
	FOR marked IN
		SELECT DISTINCT w.opportunity_id FROM salesopp.opportunity_competitor w
		WHERE w.organization_id = organization AND w.opportunity_id = ANY (present) AND w.is_winner
			AND set_status.status = 'won'
		ORDER BY 1
	LOOP
		BEGIN
			UPDATE salesopp.opportunity o SET status = set_status.status, status_note = set_status.note
			WHERE o.organization_id = organization AND o.id = marked AND o.status <> set_status.status;
			IF FOUND THEN
				changed := changed || marked;
			END IF;
		EXCEPTION WHEN check_violation THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
			refusals := refusals || jsonb_build_object(marked, message);
		END;
	END LOOP;
	refused := ARRAY(SELECT k.id::bigint FROM jsonb_object_keys(refusals) k (id));

	WITH updated AS (
		UPDATE salesopp.opportunity o SET status = set_status.status, status_note = set_status.note
		WHERE o.organization_id = organization AND o.id = ANY (present)
			AND o.status <> set_status.status AND o.id <> ALL (refused)
		RETURNING o.id
	)
	SELECT changed || array_agg(u.id) INTO changed FROM updated u;

	RETURN QUERY SELECT b.opportunity_id, b.outcome, COALESCE(refusals ->> b.opportunity_id::text, b.detail)
	FROM salesopp.bulk_outcomes(opportunity_ids, present, changed, refused, format('is %s already', set_status.status), NULL) b;
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
	present bigint[];
	changed bigint[];
	opportunity record;
BEGIN
	PERFORM salesopp.lock_opportunities(opportunity_ids);
	IF set_status.status IS DISTINCT FROM 'lost' THEN
		RAISE EXCEPTION 'a loss reason does not go with the status %', COALESCE(set_status.status::text, 'NULL')
			USING ERRCODE = '22023', HINT = 'Pass lost, or leave the loss reason out.';
	END IF;
	IF set_status.loss_reason_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.loss_reason r
		WHERE r.organization_id = organization AND r.id = set_status.loss_reason_id)
	THEN
		RAISE EXCEPTION 'no such loss reason: %', set_status.loss_reason_id
			USING ERRCODE = '22023', HINT = 'Pass the id of a row of salesopp.loss_reason, or NULL.';
	END IF;
	FOR opportunity IN
		SELECT o.id, o.status FROM salesopp.opportunity o
		WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NULL
	LOOP
		present := present || opportunity.id;
		CONTINUE WHEN opportunity.status = 'lost';
		IF opportunity.status = 'won' THEN
			PERFORM salesopp.reopen(opportunity.id, set_status.note);
		END IF;
		PERFORM salesopp.close_lost(opportunity.id, set_status.loss_reason_id, note => set_status.note);
		changed := changed || opportunity.id;
	END LOOP;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids, present, changed, NULL,
		'is lost already', NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.set_status(bigint[], salesopp.opportunity_status, bigint, text) IS
	'Sets many opportunities to lost with one reason; returns the outcome of each: changed, unchanged or not found';

CREATE OR REPLACE FUNCTION salesopp.delete_opportunities(opportunity_ids bigint[])
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	present bigint[];
	changed bigint[];
BEGIN
	PERFORM salesopp.lock_opportunities(opportunity_ids);
	present := ARRAY(SELECT o.id FROM salesopp.opportunity o
		WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids));
	WITH updated AS (
		UPDATE salesopp.opportunity o SET deleted_at = now()
		WHERE o.organization_id = organization AND o.id = ANY (present) AND o.deleted_at IS NULL
		RETURNING o.id
	)
	SELECT array_agg(u.id) INTO changed FROM updated u;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids, present, changed, NULL,
		'is deleted already', NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.delete_opportunities(bigint[]) IS
	'Deletes opportunities, with all that belongs to them, until they are restored; returns the outcome of each';

CREATE OR REPLACE FUNCTION salesopp.restore_opportunities(opportunity_ids bigint[])
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	present bigint[];
	changed bigint[];
BEGIN
	PERFORM salesopp.lock_opportunities(opportunity_ids);
	present := ARRAY(SELECT o.id FROM salesopp.opportunity o
		WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids));
	WITH updated AS (
		UPDATE salesopp.opportunity o SET deleted_at = NULL
		WHERE o.organization_id = organization AND o.id = ANY (present) AND o.deleted_at IS NOT NULL
		RETURNING o.id
	)
	SELECT array_agg(u.id) INTO changed FROM updated u;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids, present, changed, NULL,
		'is not deleted', NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.restore_opportunities(bigint[]) IS
	'Brings deleted opportunities back; returns the outcome of each';

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
		RAISE EXCEPTION 'opportunities are handed over from one employee to another'
			USING ERRCODE = '22023', HINT = 'Pass the ids of two rows of salesopp.employee.';
	END IF;
	SELECT p.id INTO unknown FROM unnest(ARRAY[from_employee, to_employee]) WITH ORDINALITY p (id, ordinal)
	WHERE NOT EXISTS (SELECT FROM salesopp.employee e WHERE e.organization_id = organization AND e.id = p.id)
	ORDER BY p.ordinal LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'no such employee: %', unknown
			USING ERRCODE = '22023', HINT = 'Pass the ids of two rows of salesopp.employee.';
	END IF;
	IF criteria ? 'responsible_id' THEN
		RAISE EXCEPTION 'the criteria must not name responsible_id'
			USING ERRCODE = '22023', HINT = 'It is the employee whose opportunities are handed over.';
	END IF;
	found_ids := ARRAY(SELECT s.id
		FROM salesopp.search(COALESCE(criteria, '{}') || jsonb_build_object('responsible_id', from_employee), 'id', NULL) s
		WHERE s.status = 'open' ORDER BY s.id);
	PERFORM salesopp.lock_opportunities(found_ids);
	WITH updated AS (
		UPDATE salesopp.opportunity o SET responsible_id = to_employee
		WHERE o.organization_id = organization AND o.id = ANY (found_ids)
			-- until it was locked, it may have become another's
			AND o.responsible_id = from_employee AND o.status = 'open' AND o.deleted_at IS NULL
		RETURNING o.id
	)
	SELECT array_agg(u.id) INTO changed FROM updated u;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(found_ids, found_ids, changed, NULL,
		'has been closed, deleted or handed over by somebody else meanwhile', NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.reassign(bigint, bigint, jsonb) IS
	'Makes another employee responsible for the open opportunities of one who leaves, those that meet the criteria; returns the outcome of each: changed or unchanged';
