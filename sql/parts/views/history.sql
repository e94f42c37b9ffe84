-- The history of opportunities for reading: what was true when, and how long. Unlike all other views, these tell of
-- deleted opportunities as well.

-- What a later version of the same instant hides was never true, so it is not here. The table has it.
CREATE OR REPLACE VIEW salesopp.opportunity_version WITH (security_invoker = true) AS
SELECT h.organization_id, h.opportunity_id, h.version, h.at AS valid_from, h.valid_to, h.status, h.deleted,
	h.stage_position, h.stage_reached, h.estimated_revenue, h.actual_revenue, h.progress, h.decision_date, h.close_date,
	h.responsible_id, h.company_id, h.department_id, h.sales_region_id, h.sales_process_id, h.loss_reason_id,
	h.changed_by AS changed_by_id, h.origin, h.forecast_category
FROM (
	SELECT h.*, lead(h.at) OVER (PARTITION BY h.organization_id, h.opportunity_id ORDER BY h.version) AS valid_to
	FROM salesopp.opportunity_history h
) h
WHERE h.valid_to > h.at OR h.valid_to IS NULL;
COMMENT ON VIEW salesopp.opportunity_version IS 'What opportunities were, and from when until when';
COMMENT ON COLUMN salesopp.opportunity_version.version IS 'The version of the opportunity; 0 and below: what was before recording began';
COMMENT ON COLUMN salesopp.opportunity_version.valid_from IS 'The instant from which this is what the opportunity was';
COMMENT ON COLUMN salesopp.opportunity_version.valid_to IS 'The instant from which it was something else; NULL: it still is this';
COMMENT ON COLUMN salesopp.opportunity_version.deleted IS 'Whether it was deleted';
COMMENT ON COLUMN salesopp.opportunity_version.forecast_category IS 'How it was chosen to count in a forecast; NULL: by its progress';
COMMENT ON COLUMN salesopp.opportunity_version.origin IS 'How this came to be known: recorded, baseline, reconstructed or imported';

-- At which stage it was is not known of states that were made up of stamps and old events: those have versions of 0 and
-- below, or were reconstructed.
CREATE OR REPLACE VIEW salesopp.stage_visits WITH (security_invoker = true) AS
SELECT v.organization_id, v.opportunity_id, v.visit, v.position,
	COALESCE(
		(SELECT s.name FROM salesopp.stage s WHERE s.organization_id = v.organization_id
			AND s.opportunity_id = v.opportunity_id AND s.position = v.position LIMIT 1),
		(SELECT p.name FROM salesopp.sales_process_stage p WHERE p.organization_id = v.organization_id
			AND p.sales_process_id = v.sales_process_id AND p.position = v.position LIMIT 1)) AS name,
	v.entered_at, v.left_at, v.duration, v.left_at IS NULL AS is_current, v.ended_by, v.sales_process_id,
	v.duration IS NOT NULL AND v.origin <> 'baseline' AND v.origin = COALESCE(v.origin_of_end, v.origin) AS is_measured
FROM (
	SELECT v.*, CASE WHEN isfinite(v.entered_at) AND isfinite(COALESCE(v.left_at, now()))
		THEN greatest(COALESCE(v.left_at, now()), v.entered_at) - v.entered_at END AS duration
	FROM (
		SELECT change.organization_id, change.opportunity_id, change.position, change.sales_process_id, change.origin,
			count(change.position) OVER in_order AS visit,
			change.valid_from AS entered_at,
			lead(change.valid_from) OVER in_order AS left_at,
			lead(change.reason) OVER in_order AS ended_by,
			lead(change.origin) OVER in_order AS origin_of_end
		FROM (
			SELECT state.*, lag(state.position) OVER (PARTITION BY state.organization_id, state.opportunity_id
				ORDER BY state.version) AS position_before
			FROM (
				SELECT v.organization_id, v.opportunity_id, v.version, v.valid_from, v.sales_process_id, v.origin,
					CASE WHEN v.status = 'open' AND NOT v.deleted AND v.version > 0 AND v.origin <> 'reconstructed'
						THEN v.stage_position END AS position,
					CASE WHEN v.deleted THEN 'deleted' WHEN v.status = 'open' THEN 'stage' ELSE v.status::text END AS reason
				FROM salesopp.opportunity_version v
			) state
		) change
		WHERE change.position IS DISTINCT FROM change.position_before
		WINDOW in_order AS (PARTITION BY change.organization_id, change.opportunity_id ORDER BY change.version)
	) v
	WHERE v.position IS NOT NULL
) v;
COMMENT ON VIEW salesopp.stage_visits IS
	'When an opportunity was at which stage: from when it is open there until it is at another, closed or deleted';
COMMENT ON COLUMN salesopp.stage_visits.visit IS 'Number of the visit in the opportunity, from 1';
COMMENT ON COLUMN salesopp.stage_visits.position IS 'Position of the stage, which was the earliest neither completed nor cancelled';
COMMENT ON COLUMN salesopp.stage_visits.name IS 'Name of the opportunity''s stage at that position, else of its process''s; NULL: there is none any more';
COMMENT ON COLUMN salesopp.stage_visits.entered_at IS 'When the visit began';
COMMENT ON COLUMN salesopp.stage_visits.left_at IS 'When it ended; NULL: it has not';
COMMENT ON COLUMN salesopp.stage_visits.duration IS 'How long it took, or has taken until now; NULL: it began or ended at no finite time';
COMMENT ON COLUMN salesopp.stage_visits.is_current IS 'Whether the opportunity is still there';
COMMENT ON COLUMN salesopp.stage_visits.ended_by IS 'What ended it: stage (another, or none left), won, lost or deleted; NULL: nothing yet';
COMMENT ON COLUMN salesopp.stage_visits.sales_process_id IS 'Sales process that the stage was of; NULL: none';
COMMENT ON COLUMN salesopp.stage_visits.is_measured IS
	'Whether the duration is known: it is finite, and both ends were recorded, or both were brought along';
