-- What became of :opportunities opportunities of one organization, with five versions each as they came in over two years, beside
-- a second organization.
SET client_min_messages = warning;
SELECT count(salesopp.create_organization('Organization ' || i)) FROM generate_series(1, 2) i;
SET salesopp.organization_id = '1';
INSERT INTO salesopp.sales_process (name) VALUES ('New customers') RETURNING id AS process \gset
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
SELECT :process, i, 'Stage ' || i, 10 * i FROM generate_series(1, 4) i;

SET session_replication_role = replica;
SET row_security = off;
CREATE TABLE became AS
SELECT i AS id, (CASE WHEN h < 20 THEN 'open' WHEN h < 55 THEN 'won' ELSE 'lost' END)::salesopp.opportunity_status AS status,
	1 + h % 4 AS reached, timestamptz '2024-10-01' + i * (interval '18 months' / :opportunities::integer) AS came, 1 + i % 13 AS step
FROM generate_series(1, :opportunities::integer) i, LATERAL (SELECT (hashint8(i) & 1048575) % 100 AS h) x;
INSERT INTO salesopp.opportunity (organization_id, id, subject, status, estimated_revenue, actual_revenue, progress_method, progress,
	decision_date, close_date, closed_at, sales_process_id, created_at, changed_at, version, stage_reached)
SELECT 1, id, 'Opportunity number ' || id, status, 1000 + id % 100000, CASE status WHEN 'won' THEN 900 + id % 100000 END, 'manual',
	reached * 10, date '2026-01-01' + step, CASE WHEN status <> 'open' THEN (came + 9 * step * interval '1 day')::date END,
	CASE WHEN status <> 'open' THEN came + 9 * step * interval '1 day' END, :process, came, came, 5, reached
FROM became;
INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, at, version, stage_position, stage_reached, sales_process_id,
	status, origin, deleted, estimated_revenue, actual_revenue, progress)
SELECT 1, id, came + CASE v WHEN 5 THEN 9 ELSE v - 1 END * step * interval '1 day', v, LEAST(v, reached) + 1,
	LEAST(v, reached), :process, CASE v WHEN 5 THEN status ELSE 'open' END, 'recorded', false, 1000 + id % 100000,
	CASE WHEN v = 5 AND status = 'won' THEN 900 + id % 100000 END, LEAST(v, reached) * 10
FROM became, generate_series(1, 5) v
ORDER BY 3;
SET session_replication_role = origin;
VACUUM ANALYZE;

CREATE ROLE chances_seller LOGIN;
SELECT salesopp.grant_access('chances_seller', 'seller');
