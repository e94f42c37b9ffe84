-- What happened: :opportunities opportunities of a hundred organizations as they came in over two years, so that neighbours are of
-- different ones, with eight versions each; and one organization with :changes opportunities to write to.
SET client_min_messages = warning;
SELECT count(salesopp.create_organization('Organization ' || i)) FROM generate_series(1, 101) i;

SET session_replication_role = replica;
SET row_security = off;
INSERT INTO salesopp.opportunity (organization_id, id, subject, status, estimated_revenue, actual_revenue, progress_method, progress,
	decision_date, close_date, closed_at, responsible_id, created_at, changed_at, version)
SELECT 1 + i % 100, i, 'Opportunity number ' || i,
	(CASE WHEN h < 50 THEN 'open' WHEN h < 80 THEN 'won' ELSE 'lost' END)::salesopp.opportunity_status,
	1000 + i % 100000, CASE WHEN h BETWEEN 50 AND 79 THEN 900 + i % 100000 END, 'manual', h % 5 * 25, date '2026-01-01' + h,
	CASE WHEN h >= 50 THEN date '2026-01-01' END, CASE WHEN h >= 50 THEN timestamptz '2026-01-01' END, 1 + i % 35,
	t.came, t.came, 8
FROM generate_series(1, :opportunities::integer) i, LATERAL (SELECT (hashint8(i) & 1048575) % 100 AS h) x,
	LATERAL (SELECT timestamptz '2024-10-01' + i * (interval '18 months' / :opportunities::integer) AS came) t;
INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, at, version, decision_date, close_date, responsible_id, status,
	origin, deleted, estimated_revenue, actual_revenue, progress)
SELECT o.organization_id, o.id, o.created_at + (v - 1) * (1 + o.id % 13) * interval '2 days', v, o.decision_date + v,
	CASE WHEN v = 8 THEN o.close_date END, 1 + (o.id + v / 4) % 35, CASE WHEN v = 8 THEN o.status ELSE 'open' END,
	'recorded', false, o.estimated_revenue + v / 3 * 100, CASE WHEN v = 8 THEN o.actual_revenue END, LEAST(100, v / 2 * 25)
FROM salesopp.opportunity o, generate_series(1, 8) v
ORDER BY 3;

SET session_replication_role = origin;
SET salesopp.organization_id = '101';
INSERT INTO salesopp.employee (initials, name) SELECT 'E' || i, 'Employee ' || i FROM generate_series(1, 35) i;
CREATE TABLE new_opportunity AS SELECT 100000000 + i AS id, 'Opportunity number ' || i AS subject,
	(hashint8(i) & 268435455) / 100.0 AS revenue, date '2026-01-01' + i % 400 AS decision, 1 + i % 35 AS employee
FROM generate_series(1, :changes::integer) i;
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, decision_date, responsible_id)
SELECT -id, subject, revenue, decision, employee FROM new_opportunity;
VACUUM ANALYZE;

CREATE ROLE history_seller LOGIN;
SELECT salesopp.grant_access('history_seller', 'seller');
