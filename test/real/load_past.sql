-- N6: takes the deals of the organization once more, into one of their own, with what the export knows of the stages in the
-- past: in loading mode, as who imports more than INSERT of opportunities takes. An engaged deal had come past Prospecting
-- when it began, and what was won has come past Engaging, too.
\set ON_ERROR_STOP on
BEGIN;
SELECT salesopp.current_organization() AS source, salesopp.create_organization('Maven Hardware') AS organization \gset
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.sales_process (name) VALUES ('Hardware sales') RETURNING id AS process \gset
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
SELECT :process, position, name, probability FROM salesopp.sales_process_stage
WHERE organization_id = :source AND sales_process_id = (SELECT id FROM salesopp.sales_process WHERE organization_id = :source AND name = 'Hardware sales');

SET LOCAL row_security = off;
CREATE TEMP TABLE deal ON COMMIT DROP AS
SELECT nextval('salesopp.opportunity_id_seq') AS id, o.subject, o.status, o.estimated_revenue, o.actual_revenue, o.close_date,
	o.created_at, o.closed_at, o.external_id, CASE WHEN o.progress > 0 THEN 2 ELSE 1 END AS position,
	CASE WHEN o.progress > 0 THEN 1 END AS reached, o.progress AS likely
FROM (SELECT * FROM salesopp.opportunity WHERE organization_id = :source ORDER BY id) o;

INSERT INTO salesopp.opportunity (id, subject, status, estimated_revenue, actual_revenue, progress, close_date, closed_at,
	sales_process_id, stage_position, stage_reached, version, created_at, changed_at, external_id)
SELECT id, subject, status, estimated_revenue, actual_revenue, CASE status WHEN 'won' THEN 100 ELSE likely END, close_date,
	closed_at, :process, CASE WHEN status <> 'won' THEN position END, CASE status WHEN 'won' THEN 2 ELSE reached END,
	CASE status WHEN 'open' THEN 1 ELSE 2 END, created_at, COALESCE(closed_at, created_at), external_id
FROM deal;

INSERT INTO salesopp.stage (opportunity_id, position, name, probability, status)
SELECT d.id, s.position, s.name, s.probability,
	CASE WHEN s.position < d.position OR d.status = 'won' THEN 'completed' ELSE 'pending' END::salesopp.stage_status
FROM deal d, (VALUES (1, 'Prospecting', (SELECT max(likely) FROM deal)), (2, 'Engaging', 100)) s (position, name, probability);

INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, version, at, origin, deleted, status, estimated_revenue,
	progress, sales_process_id, stage_position, stage_reached)
SELECT :organization, id, 1, created_at, 'imported', false, 'open', estimated_revenue, likely, :process, position, reached
FROM deal;

INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, version, at, origin, deleted, status, estimated_revenue,
	progress, sales_process_id, stage_position, stage_reached, close_date, actual_revenue)
SELECT o.organization_id, o.id, o.version, o.closed_at, 'imported', false, o.status, o.estimated_revenue, o.progress,
	o.sales_process_id, o.stage_position, o.stage_reached, o.close_date, o.actual_revenue
FROM salesopp.opportunity o WHERE o.organization_id = :organization AND o.status <> 'open';

COMMIT;
SELECT :organization;
