-- What a database of 1.1 needs beside the parts that replace what is there. Run twice, it does nothing more.

DO $$
BEGIN
	IF to_regtype('salesopp.history_origin') IS NULL THEN
		CREATE TYPE salesopp.history_origin AS ENUM ('recorded', 'baseline', 'reconstructed', 'imported');
	END IF;
END $$;
COMMENT ON TYPE salesopp.history_origin IS
	'How a row of history came to be: recorded with the change, what was there when recording began, made up from what was known then, or brought along';

ALTER TABLE salesopp.opportunity
	ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1,
	ADD COLUMN IF NOT EXISTS stage_position integer,
	ADD COLUMN IF NOT EXISTS stage_reached integer;

CREATE TABLE IF NOT EXISTS salesopp.opportunity_history (
	organization_id bigint NOT NULL,
	opportunity_id bigint NOT NULL,
	at timestamptz NOT NULL,
	version integer NOT NULL,
	stage_position integer,
	stage_reached integer,
	decision_date date,
	close_date date,
	responsible_id bigint,
	company_id bigint,
	department_id bigint,
	sales_region_id bigint,
	sales_process_id bigint,
	loss_reason_id bigint,
	changed_by bigint,
	status salesopp.opportunity_status NOT NULL,
	origin salesopp.history_origin NOT NULL,
	deleted boolean NOT NULL,
	estimated_revenue numeric(18,2),
	actual_revenue numeric(18,2),
	progress numeric(5,2) NOT NULL,
	PRIMARY KEY (organization_id, opportunity_id, version),
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS opportunity_history_at ON salesopp.opportunity_history (organization_id, at, opportunity_id);

-- What the tables that exist say of the past. That is no change that a trigger should refuse, stamp or record.
DO $$
DECLARE
	triggers constant text := current_setting('session_replication_role');
BEGIN
	PERFORM set_config('session_replication_role', 'replica', true);

	UPDATE salesopp.opportunity o SET stage_position = s.stage_position, stage_reached = s.stage_reached
	FROM (SELECT organization_id, opportunity_id, min(position) FILTER (WHERE status = 'pending') AS stage_position,
			max(position) FILTER (WHERE status = 'completed') AS stage_reached
		FROM salesopp.stage GROUP BY organization_id, opportunity_id) s
	WHERE o.organization_id = s.organization_id AND o.id = s.opportunity_id
		AND (o.stage_position IS DISTINCT FROM s.stage_position OR o.stage_reached IS DISTINCT FROM s.stage_reached);

	-- Each opportunity was open at first; then came its events; then it may have been deleted. What it is now
	-- comes last and has its version. A closing that was brought from elsewhere may have no event.
	WITH state AS (
		SELECT organization_id, id AS opportunity_id, 1 AS step, created_at AS at, NULL::bigint AS event_id, created_by AS changed_by,
			'open'::salesopp.opportunity_status AS status, NULL::date AS close_date, NULL::numeric AS actual_revenue,
			NULL::bigint AS loss_reason_id, false AS deleted, 'reconstructed'::salesopp.history_origin AS origin
		FROM salesopp.opportunity
		UNION ALL
		SELECT organization_id, opportunity_id, 2, created_at, id, created_by,
			to_status, close_date, actual_revenue, loss_reason_id, false, 'reconstructed'
		FROM salesopp.status_event
		UNION ALL
		SELECT organization_id, id, 2, closed_at, NULL, NULL, status, close_date, actual_revenue, loss_reason_id, false, 'reconstructed'
		FROM salesopp.opportunity o
		WHERE status <> 'open' AND NOT EXISTS (SELECT FROM salesopp.status_event e
			WHERE e.organization_id = o.organization_id AND e.opportunity_id = o.id AND e.to_status = o.status)
		UNION ALL
		SELECT organization_id, id, 3, deleted_at, NULL, changed_by, status, close_date, actual_revenue, loss_reason_id, true, 'reconstructed'
		FROM salesopp.opportunity WHERE deleted_at IS NOT NULL
		UNION ALL
		SELECT organization_id, id, 4, now(), NULL, changed_by, status, close_date, actual_revenue, loss_reason_id,
			deleted_at IS NOT NULL, 'baseline'
		FROM salesopp.opportunity
	)
	INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, at, version, stage_position, stage_reached,
		decision_date, close_date, responsible_id, company_id, department_id, sales_region_id, sales_process_id, loss_reason_id,
		changed_by, status, origin, deleted, estimated_revenue, actual_revenue, progress)
	SELECT organization_id, opportunity_id,
		-- whatever the stamps say, time does not go back
		max(s.at) OVER so_far,
		o.version + (row_number() OVER so_far - count(*) OVER (PARTITION BY organization_id, opportunity_id))::integer,
		o.stage_position, o.stage_reached, o.decision_date, s.close_date, o.responsible_id, o.company_id, o.department_id,
		o.sales_region_id, o.sales_process_id, s.loss_reason_id, s.changed_by, s.status, s.origin, s.deleted,
		o.estimated_revenue, s.actual_revenue, o.progress
	FROM state s JOIN (SELECT organization_id, id AS opportunity_id, version, stage_position, stage_reached, decision_date,
			responsible_id, company_id, department_id, sales_region_id, sales_process_id, estimated_revenue, progress
		FROM salesopp.opportunity) o USING (organization_id, opportunity_id)
	WHERE NOT EXISTS (SELECT FROM salesopp.opportunity_history h
		WHERE h.organization_id = s.organization_id AND h.opportunity_id = s.opportunity_id)
	WINDOW so_far AS (PARTITION BY organization_id, opportunity_id ORDER BY s.step, s.at, s.event_id ROWS UNBOUNDED PRECEDING);

	PERFORM set_config('session_replication_role', triggers, true);
END $$;
