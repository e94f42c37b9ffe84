-- Changes of many opportunities, and imports, are taken back: each that has not been changed since becomes what it was. An undo is a
-- change of many itself, so it can be undone.

CREATE OR REPLACE FUNCTION salesopp.changed_since(opportunity_id bigint, changed_by text, changed_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(CASE WHEN changed_by IS NULL THEN salesopp.message('opportunity %1$s has been changed since, at %2$s')
	ELSE salesopp.message('opportunity %1$s has been changed since, by %3$s at %2$s') END, opportunity_id, changed_at, changed_by);
COMMENT ON FUNCTION salesopp.changed_since(bigint, text, timestamptz) IS
	'Why what was done to an opportunity is not undone: the initials of who has changed it, or NULL, and when';

CREATE OR REPLACE FUNCTION salesopp.bulk_undo(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	batch constant bigint := arguments ->> 'bulk_change_id';
	item record;
	problem text;
	accepted bigint[] := '{}';
	transitions bigint[] := '{}';
	refused text[] := '{}';
	problems text[] := '{}';
BEGIN
	FOR item IN
		-- what has been undone can be done again, by undoing the undo, and so on: of these, the last one counts
		WITH RECURSIVE undo AS (
			SELECT batch AS id, false AS is_undone
			UNION ALL
			SELECT c.id, NOT u.is_undone
			FROM undo u JOIN salesopp.bulk_change c ON c.organization_id = organization AND c.operation = 'undo'
				AND (c.arguments ->> 'bulk_change_id')::bigint = u.id
		), latest AS (
			SELECT DISTINCT ON (l.opportunity_id) l.opportunity_id, u.is_undone, l.version_after, l.winner_after
			FROM undo u JOIN salesopp.bulk_change_opportunity l ON l.organization_id = organization AND l.bulk_change_id = u.id
			WHERE l.opportunity_id = ANY (opportunity_ids)
			ORDER BY l.opportunity_id, l.version_after DESC
		)
		SELECT o.id, o.changed_at, e.initials AS changed_by,
			was.status AS status_before, was.loss_reason_id, was.responsible_id, b.winner_before,
			was.status IS NULL AS is_unknown, was.status <> o.status AS is_transition,
			was.responsible_id IS DISTINCT FROM o.responsible_id AS is_handover,
			latest.version_after <> o.version AS is_changed, latest.winner_after IS DISTINCT FROM w.id AS is_marked
		FROM latest
		JOIN salesopp.bulk_change_opportunity b ON b.organization_id = organization AND b.bulk_change_id = batch
			AND b.opportunity_id = latest.opportunity_id
		JOIN salesopp.opportunity o ON o.organization_id = organization AND o.id = b.opportunity_id
		LEFT JOIN LATERAL (
			SELECT h.* FROM salesopp.opportunity_history h
			WHERE h.organization_id = organization AND h.opportunity_id = b.opportunity_id AND h.version <= b.version_before
			ORDER BY h.version DESC LIMIT 1) was ON true
		LEFT JOIN salesopp.opportunity_competitor w ON w.organization_id = organization
			AND w.opportunity_id = b.opportunity_id AND w.is_winner
		LEFT JOIN salesopp.employee e ON e.organization_id = organization AND e.id = o.changed_by
		WHERE NOT latest.is_undone
		ORDER BY o.id
	LOOP
		problem := CASE
			WHEN item.is_changed THEN
				salesopp.changed_since(item.id, item.changed_by, item.changed_at)
			WHEN item.is_unknown THEN format(salesopp.message('opportunity %s has no history of what it was before'), item.id)
			WHEN item.is_handover AND item.responsible_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.employee e
				WHERE e.organization_id = organization AND e.id = item.responsible_id)
				THEN format(salesopp.message('opportunity %s belonged to employee %s, who is not there any more'), item.id, item.responsible_id)
			WHEN NOT item.is_transition THEN NULL
			WHEN item.is_marked THEN format(salesopp.message('opportunity %s has got or lost a winner''s mark since'), item.id)
			WHEN item.status_before = 'won' AND item.winner_before IS NOT NULL
				THEN format(salesopp.message('opportunity %s was won while a competitor was marked as its winner, which cannot be any more'), item.id)
			WHEN item.winner_before IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.opportunity_competitor c
				WHERE c.organization_id = organization AND c.opportunity_id = item.id AND c.id = item.winner_before)
				THEN format(salesopp.message('opportunity %s no longer has the competitor who was marked as its winner'), item.id)
			WHEN item.loss_reason_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.loss_reason r
				WHERE r.organization_id = organization AND r.id = item.loss_reason_id)
				THEN format(salesopp.message('opportunity %s was lost for reason %s, which is not there any more'), item.id, item.loss_reason_id) END;
		IF problem IS NOT NULL THEN
			refused := refused || item.id::text;
			problems := problems || problem;
			CONTINUE;
		END IF;
		IF item.is_handover AND NOT has_function_privilege('salesopp.reassign(bigint, bigint, jsonb)', 'EXECUTE') THEN
			RAISE EXCEPTION USING ERRCODE = '42501',
				MESSAGE = format(salesopp.message('opportunity %s was handed over, which only managers can undo'), item.id),
				HINT = salesopp.message('Have a manager call salesopp.undo_bulk_change().');
		END IF;

		accepted := accepted || item.id;
		IF item.is_transition THEN
			transitions := transitions || item.id;
		END IF;
	END LOOP;

	-- a closing is put back by way of the open opportunity, whose winner can be marked
	UPDATE salesopp.opportunity o SET status = 'open', status_note = b.status_note_before
	FROM salesopp.bulk_change_opportunity b
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (transitions)
		AND o.organization_id = organization AND o.id = b.opportunity_id AND o.status <> 'open';
	UPDATE salesopp.opportunity_competitor w SET is_winner = true
	FROM salesopp.bulk_change_opportunity b
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (transitions)
		AND w.organization_id = organization AND w.id = b.winner_before AND NOT w.is_winner;
	UPDATE salesopp.opportunity o SET status = was.status, closed_at = b.closed_before, close_date = was.close_date,
		actual_revenue = was.actual_revenue, loss_reason_id = was.loss_reason_id, status_note = b.status_note_before,
		deleted_at = b.deleted_before, responsible_id = was.responsible_id
	FROM salesopp.bulk_change_opportunity b
	CROSS JOIN LATERAL (
		SELECT h.* FROM salesopp.opportunity_history h
		WHERE h.organization_id = organization AND h.opportunity_id = b.opportunity_id AND h.version <= b.version_before
		ORDER BY h.version DESC LIMIT 1) was
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (accepted)
		AND o.organization_id = organization AND o.id = b.opportunity_id
		AND (o.status, o.deleted_at, o.responsible_id) IS DISTINCT FROM (was.status, b.deleted_before, was.responsible_id);
	RETURN jsonb_object(refused, problems);
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_undo(bigint[], jsonb) IS
	'What undo_bulk_change() does to the opportunities that it has locked';

-- What an import made is deleted, and gives its external id up, so that it can be imported anew. What it changed becomes what it
-- was, but for a sales process that came with it, which stays.
CREATE OR REPLACE FUNCTION salesopp.bulk_undo_import(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	batch constant bigint := arguments ->> 'bulk_change_id';
	undone constant bigint[] := ARRAY(SELECT l.opportunity_id FROM salesopp.bulk_change c
		JOIN salesopp.bulk_change_opportunity l ON l.organization_id = organization AND l.bulk_change_id = c.id
		WHERE c.organization_id = organization AND c.operation = 'undo_import' AND (c.arguments ->> 'bulk_change_id')::bigint = batch);
	refusals jsonb;
	accepted bigint[];
BEGIN
	SELECT jsonb_object_agg(o.id, salesopp.changed_since(o.id, e.initials, o.changed_at))
			FILTER (WHERE o.version <> b.version_after),
		array_agg(o.id) FILTER (WHERE o.version = b.version_after)
	INTO refusals, accepted
	FROM salesopp.bulk_change_opportunity b
	JOIN salesopp.opportunity o ON o.organization_id = organization AND o.id = b.opportunity_id
	LEFT JOIN salesopp.employee e ON e.organization_id = organization AND e.id = o.changed_by
	WHERE b.organization_id = organization AND b.bulk_change_id = batch
		AND b.opportunity_id = ANY (opportunity_ids) AND b.opportunity_id <> ALL (undone);

	UPDATE salesopp.opportunity o SET deleted_at = now(), external_id = NULL
	FROM salesopp.bulk_change_opportunity b
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (accepted) AND b.version_before = 0
		AND o.organization_id = organization AND o.id = b.opportunity_id;

	-- what the import has closed is open again before anything else is put back
	UPDATE salesopp.opportunity o SET status = 'open'
	FROM salesopp.bulk_change_opportunity b
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (accepted) AND b.version_before > 0
		AND o.organization_id = organization AND o.id = b.opportunity_id AND o.status <> 'open';
	UPDATE salesopp.stage s SET status = w.status
	FROM salesopp.bulk_change_opportunity b
	CROSS JOIN (VALUES (salesopp.stage_status 'completed'), (salesopp.stage_status 'pending')) w (status)
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (accepted) AND b.values_before ? 'stage_reached'
		AND s.organization_id = organization AND s.opportunity_id = b.opportunity_id AND s.status NOT IN ('cancelled', w.status)
		AND (w.status = 'completed') = (s.position <= COALESCE((b.values_before ->> 'stage_reached')::integer, 0));
	UPDATE salesopp.opportunity o SET
		subject = was.subject, company_id = was.company_id, contact_id = was.contact_id, project_id = was.project_id,
		responsible_id = was.responsible_id, department_id = was.department_id, sales_region_id = was.sales_region_id,
		estimated_revenue = was.estimated_revenue, progress_method = was.progress_method,
		progress = CASE WHEN was.progress_method = 'manual' THEN was.progress ELSE o.progress END,
		priority = was.priority, rating = was.rating, forecast_category = was.forecast_category, decision_date = was.decision_date,
		delivery_date = was.delivery_date, note = was.note, custom = was.custom, external_id = was.external_id
	FROM salesopp.bulk_change_opportunity b
	JOIN salesopp.opportunity present ON present.organization_id = organization AND present.id = b.opportunity_id
	CROSS JOIN LATERAL jsonb_populate_record(present, b.values_before) was
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (accepted) AND b.version_before > 0
		AND o.organization_id = organization AND o.id = b.opportunity_id;
	RETURN COALESCE(refusals, '{}');
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_undo_import(bigint[], jsonb) IS
	'What undo_bulk_change() does to the opportunities of an import that it has locked';

CREATE OR REPLACE FUNCTION salesopp.undo_bulk_change(batch_id bigint)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	changed_ids constant bigint[] := ARRAY(SELECT b.opportunity_id FROM salesopp.bulk_change_opportunity b
		WHERE b.organization_id = organization AND b.bulk_change_id = batch_id ORDER BY b.opportunity_id);
	operation text;
	done record;
BEGIN
	IF batch_id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = salesopp.message('the id of the bulk change must not be null'),
			HINT = salesopp.message('Pass the id of a row of salesopp.bulk_change.');
	END IF;
	SELECT CASE c.operation WHEN 'import' THEN 'undo_import' ELSE 'undo' END INTO operation
	FROM salesopp.bulk_change c WHERE c.organization_id = organization AND c.id = batch_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'P0002',
			MESSAGE = format(salesopp.message('no such bulk change: %s'), batch_id),
			HINT = salesopp.message('Pass the id of a row of salesopp.bulk_change; salesopp.last_bulk_change() is your last one.');
	END IF;
	SELECT r.changed, r.refusals INTO done
	FROM salesopp.run_bulk_change(operation, jsonb_build_object('bulk_change_id', batch_id), changed_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(changed_ids, changed_ids, done.changed, done.refusals,
		salesopp.message('opportunity %s has been put back already'));
END;
$$;
COMMENT ON FUNCTION salesopp.undo_bulk_change(bigint) IS
	'Puts the opportunities of a bulk change back to what they were; returns the outcome of each: changed, unchanged or refused';

CREATE OR REPLACE FUNCTION salesopp.last_bulk_change() RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	employee constant bigint := salesopp.current_employee();
BEGIN
	RETURN (SELECT c.id FROM salesopp.bulk_change c
		WHERE c.organization_id = organization AND c.changed_by IS NOT DISTINCT FROM employee
		-- by ids only where all are of one server: another gives its own
		ORDER BY c.at DESC, c.id DESC LIMIT 1);
END;
$$;
COMMENT ON FUNCTION salesopp.last_bulk_change() IS
	'The last bulk change by the employee of this session; NULL: none';
