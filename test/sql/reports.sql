-- F2.2, F10.2 Reports: their parts add up, and each figure is what plain SQL makes of the rows
\set SHOW_CONTEXT never
SELECT salesopp.create_organization('Reports') AS organization \gset
CREATE ROLE regress_reports_reader LOGIN;
SELECT salesopp.grant_access('regress_reports_reader', 'reader');
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.department (id, name) VALUES (77101001, 'North'), (77101002, 'South');
INSERT INTO salesopp.sales_region (id, name) VALUES (77101001, 'Coast'), (77101002, 'Inland');
INSERT INTO salesopp.employee (id, initials, name) VALUES (77101001, 'AAA', 'Anna'), (77101002, 'BBB', 'Bo');
INSERT INTO salesopp.competitor (id, name) VALUES (77101001, 'Alpha');
INSERT INTO salesopp.sales_process (id, name) VALUES (77101001, 'Short');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES
	(77101001, 1, 'Offer', 33.33), (77101001, 2, 'Contract', 100);
INSERT INTO salesopp.loss_reason (id, name) VALUES (77101001, 'Too late'), (77101002, 'Too dear');

-- 120 of them, with amounts and a progress whose products have all their decimals; what a number is
-- divisible by decides what it lacks
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, progress_method, progress, responsible_id,
	department_id, sales_region_id, decision_date, created_at)
SELECT 77102000 + n, 'Report ' || n, CASE WHEN n % 11 > 0 THEN n * 997.37 END, 'manual', n * 7.77 % 100,
	CASE WHEN n % 5 > 0 THEN 77101001 + n % 2 END, CASE WHEN n % 7 > 0 THEN 77101001 + n % 3 % 2 END,
	CASE WHEN n % 3 > 0 THEN 77101000 + n % 3 END, CASE WHEN n % 4 > 0 THEN date '2024-01-15' + n END,
	timestamptz '2024-01-01 12:00' + n * interval '1 day'
FROM generate_series(1, 120) n;
UPDATE salesopp.opportunity SET progress_method = 'automatic', sales_process_id = 77101001
WHERE id BETWEEN 77102001 AND 77102120 AND id % 6 = 0;
UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id % 12 = 0 AND position = 1;
UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id % 24 = 0 AND position = 2;
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, competitor_id, name)
SELECT id, id, CASE id % 2 WHEN 0 THEN 77101001 END, CASE id % 2 WHEN 1 THEN 'Typed in' END
FROM salesopp.opportunity WHERE id BETWEEN 77102001 AND 77102120;
SELECT count((salesopp.close_won(o.id, CASE WHEN o.id % 8 > 0 THEN (o.id - 77102000) * 1000.01 END,
	o.created_at::date + 30 + (o.id % 41)::int)).id)
FROM salesopp.opportunity o WHERE o.id BETWEEN 77102001 AND 77102120 AND o.id % 4 = 1;
SELECT count((salesopp.close_lost(o.id, CASE WHEN o.id % 3 > 0 THEN 77101000 + o.id % 3 END,
	CASE WHEN o.id % 5 > 0 THEN o.id END, o.created_at::date + 10 + (o.id % 17)::int)).id)
FROM salesopp.opportunity o WHERE o.id BETWEEN 77102001 AND 77102120 AND o.id % 4 = 2;
-- deleted ones of each status, large enough to be noticed
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, status, responsible_id, deleted_at)
VALUES (77102201, 'Deleted open', 1e12, 'open', 77101001, NULL), (77102202, 'Deleted won', 1e12, 'won', 77101001, NULL),
	(77102203, 'Deleted lost', 1e12, 'lost', 77101001, NULL);
SELECT outcome FROM salesopp.delete_opportunities('{77102201,77102202,77102203}');

SET ROLE regress_reports_reader;
SELECT * FROM salesopp.summary();

-- F2.2, F10.2 Every report of the catalog: its parts add up to the summary's totals, to the last
-- digit; the results to those of the closed ones
CREATE FUNCTION pg_temp.total(report name, figure text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	result numeric;
BEGIN
	EXECUTE format('SELECT sum(%I) FROM salesopp.%I', figure, report) INTO result;
	RETURN result;
END;
$$;
WITH expected AS (
	SELECT kind, figure, value FROM salesopp.summary() s
	CROSS JOIN LATERAL (VALUES
		('pipeline', 'total', 'opportunities', s.opportunities::numeric),
		('pipeline', 'total', 'estimated_revenue', s.estimated_revenue),
		('pipeline', 'total', 'pipeline', s.pipeline),
		('pipeline', 'open', 'open_pipeline', s.pipeline),
		('pipeline', 'won', 'won_revenue', s.pipeline),
		('pipeline', 'open', 'open_opportunities', s.opportunities),
		('pipeline', 'won', 'won_opportunities', s.opportunities),
		('pipeline', 'lost', 'lost_opportunities', s.opportunities),
		('results', 'won', 'won_revenue', s.pipeline),
		('results', 'won', 'won_opportunities', s.opportunities),
		('results', 'lost', 'lost_opportunities', s.opportunities),
		('results', 'lost', 'lost_revenue', s.estimated_revenue)) v (kind, status, figure, value)
	WHERE v.status = s.status
)
SELECT c.relname AS report, count(*) AS figures,
	COALESCE(string_agg(e.figure, ', ') FILTER (WHERE pg_temp.total(c.relname, e.figure) IS DISTINCT FROM e.value), 'none') AS wrong
FROM pg_class c JOIN expected e ON c.relname LIKE e.kind || '\_by\_%'
WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'v'
GROUP BY c.relname ORDER BY c.relname COLLATE "C";

-- F10.2 Figure by figure against plain SQL, for a report of each grouping: rows that differ, in either
-- direction
CREATE TEMPORARY VIEW closed AS
SELECT o.*, o.close_date - o.created_at::date AS days, date_trunc('month', o.close_date::timestamp)::date AS close_month,
	date_trunc('month', o.decision_date::timestamp)::date AS decision_month,
	(SELECT COALESCE(oc.name, c.name) FROM salesopp.opportunity_competitor oc
		LEFT JOIN salesopp.competitor c ON c.id = oc.competitor_id WHERE oc.opportunity_id = o.id AND oc.is_winner) AS winner,
	CASE WHEN o.status = 'open' THEN (SELECT s.name FROM salesopp.stage s WHERE s.opportunity_id = o.id AND s.status = 'pending'
		ORDER BY s.position LIMIT 1) END AS stage_name
FROM salesopp.opportunity o WHERE o.deleted_at IS NULL;
CREATE FUNCTION pg_temp.differences(report text, key text, source text) RETURNS TABLE (groups bigint, differing bigint)
LANGUAGE plpgsql AS $$
DECLARE
	figures constant text := CASE WHEN report LIKE 'pipeline%' THEN
		'count(*), count(*) FILTER (WHERE status = ''open''), count(*) FILTER (WHERE status = ''won''),
		count(*) FILTER (WHERE status = ''lost''), COALESCE(sum(estimated_revenue), 0),
		COALESCE(sum(estimated_revenue * progress / 100) FILTER (WHERE status = ''open''), 0),
		COALESCE(sum(COALESCE(actual_revenue, estimated_revenue)) FILTER (WHERE status = ''won''), 0)'
		ELSE 'count(*), count(*) FILTER (WHERE status = ''won''), count(*) FILTER (WHERE status = ''lost''),
		COALESCE(sum(COALESCE(actual_revenue, estimated_revenue)) FILTER (WHERE status = ''won''), 0),
		COALESCE(sum(estimated_revenue) FILTER (WHERE status = ''lost''), 0)' END;
	columns constant text := CASE WHEN report LIKE 'pipeline%' THEN
		'opportunities, open_opportunities, won_opportunities, lost_opportunities, estimated_revenue, open_pipeline, won_revenue'
		ELSE 'opportunities, won_opportunities, lost_opportunities, won_revenue, lost_revenue' END;
BEGIN
	RETURN QUERY EXECUTE format('WITH shown AS (SELECT %1$s, %2$s, win_rate, average_days_to_close FROM salesopp.%3$s),
		reckoned AS (SELECT %4$s, %5$s,
			round(count(*) FILTER (WHERE status = ''won'') * 100.0 / NULLIF(count(*) FILTER (WHERE status <> ''open''), 0), 2),
			round(sum(days)::numeric / count(days), 1)
			FROM closed %6$s GROUP BY %4$s)
		SELECT (SELECT count(*) FROM shown), (SELECT count(*) FROM (
			(TABLE shown EXCEPT ALL TABLE reckoned) UNION ALL (TABLE reckoned EXCEPT ALL TABLE shown)) d)',
		key, columns, report, source, figures, CASE WHEN report LIKE 'results%' THEN 'WHERE status <> ''open''' ELSE '' END);
END;
$$;
SELECT r.*, d.* FROM (VALUES
	('pipeline_by_employee', 'responsible_id', 'responsible_id'),
	('pipeline_by_department', 'department_id', 'department_id'),
	('pipeline_by_region', 'sales_region_id', 'sales_region_id'),
	('pipeline_by_process', 'sales_process_id', 'sales_process_id'),
	('pipeline_by_stage', 'sales_process_id, name', 'sales_process_id, stage_name'),
	('pipeline_by_month', 'month', 'decision_month'),
	('results_by_employee', 'responsible_id', 'responsible_id'),
	('results_by_month', 'month', 'close_month'),
	('results_by_loss_reason', 'loss_reason_id', 'loss_reason_id'),
	('results_by_competitor', 'name', 'winner')) r (report, key, source), pg_temp.differences(report, key, source) d;

-- what cannot be placed has a group of its own, without a name
SELECT responsible_id, initials, name, opportunities, win_rate, average_days_to_close FROM salesopp.pipeline_by_employee ORDER BY 1;
SELECT department_id, name, opportunities FROM salesopp.pipeline_by_department ORDER BY 1;
SELECT sales_region_id, name, opportunities FROM salesopp.pipeline_by_region ORDER BY 1;
SELECT sales_process_id, name, opportunities FROM salesopp.pipeline_by_process ORDER BY 1;
SELECT sales_process_id, sales_process, position, name, opportunities, open_opportunities, win_rate
FROM salesopp.pipeline_by_stage ORDER BY 1, 3;
SELECT month, opportunities, open_opportunities, won_opportunities FROM salesopp.pipeline_by_month ORDER BY 1;
SELECT initials, opportunities, won_opportunities, lost_opportunities, win_rate, average_days_to_close
FROM salesopp.results_by_employee ORDER BY 1;
SELECT month, opportunities, won_opportunities, lost_opportunities FROM salesopp.results_by_month ORDER BY 1;
SELECT loss_reason_id, name, opportunities, won_opportunities, win_rate FROM salesopp.results_by_loss_reason ORDER BY 1;
SELECT competitor_id, name, opportunities, lost_opportunities, win_rate FROM salesopp.results_by_competitor ORDER BY 2;

-- F10.2 The functions: of a view's grouping the same figures as the view, to the last digit
CREATE FUNCTION pg_temp.as_view(kind text, by text, key text) RETURNS TABLE (groups bigint, empty bigint, differing bigint)
LANGUAGE plpgsql AS $$
DECLARE
	columns constant text := CASE kind WHEN 'pipeline' THEN
		'opportunities, open_opportunities, won_opportunities, lost_opportunities, estimated_revenue, open_pipeline, won_revenue,
		pipeline, win_rate, average_days_to_close'
		ELSE 'opportunities, won_opportunities, lost_opportunities, won_revenue, lost_revenue, win_rate, average_days_to_close' END;
BEGIN
	RETURN QUERY EXECUTE format('WITH f AS (SELECT key, %1$s FROM salesopp.%2$s(%3$L)), v AS (SELECT %4$s, %1$s FROM salesopp.%2$s_by_%3$s)
		SELECT (SELECT count(*) FROM f), (SELECT count(*) FROM f WHERE opportunities = 0), (SELECT count(*) FROM (
			(SELECT * FROM f WHERE opportunities > 0 EXCEPT ALL TABLE v) UNION ALL (TABLE v EXCEPT ALL TABLE f)) d)', columns, kind, by, key);
END;
$$;
SELECT kind, by, r.* FROM (VALUES ('pipeline', 'employee', 'responsible_id::text'), ('pipeline', 'department', 'department_id::text'),
	('pipeline', 'region', 'sales_region_id::text'), ('pipeline', 'process', 'sales_process_id::text'),
	('pipeline', 'stage', 'NULLIF(concat_ws(''/'', sales_process_id, position, name), '''')'), ('pipeline', 'month', 'to_char(month, ''YYYY-MM-DD'')'),
	('results', 'employee', 'responsible_id::text'), ('results', 'month', 'to_char(month, ''YYYY-MM-DD'')'), ('results', 'loss_reason', 'loss_reason_id::text'),
	('results', 'competitor', 'COALESCE(competitor_id::text, name)')) v (kind, by, key), pg_temp.as_view(kind, by, key) r;

-- periods of which there is nothing are there, in order; a quarter is its three months
SELECT key, name, opportunities, won_revenue, win_rate FROM salesopp.results('month', '2024-05-20', '2024-08-01');
SELECT key, name, opportunities, won_revenue FROM salesopp.results('quarter', NULL, '2025-03-31');
SELECT q.key, q.opportunities = sum(m.opportunities) AND q.pipeline = sum(m.pipeline) AS adds_up
FROM salesopp.pipeline('quarter') q JOIN salesopp.pipeline('month') m ON date_trunc('quarter', m.key::timestamp)::date = q.key::date
GROUP BY q.key, q.opportunities, q.pipeline ORDER BY 1;
-- the first and the last day count
SELECT (SELECT sum(opportunities) FROM salesopp.results('employee', d, d)) = count(*) AS that_day
FROM (SELECT min(close_date) AS d FROM closed) x JOIN closed ON close_date = d AND status <> 'open' GROUP BY d;
-- only what meets the criteria
SELECT name, opportunities, open_pipeline FROM salesopp.pipeline('region', '{"status": "open", "responsible_id": 77101001}');
SELECT name, opportunities, lost_revenue FROM salesopp.results('stage', criteria => '{"status": "lost"}');
SELECT opportunities FROM salesopp.results('month', criteria => '{"id": 0}');
-- by fields: a value, or none; one that is called like another way comes second
RESET ROLE;
INSERT INTO salesopp.custom_field (name, data_type) VALUES ('Seats', 'number'), ('Team''s "name"', 'text'), ('month', 'text');
INSERT INTO salesopp.group_field (id, name) VALUES (77101001, 'Campaign');
INSERT INTO salesopp.group_value (id, group_field_id, name) VALUES (77101001, 77101001, 'Autumn'), (77101002, 77101001, 'Spring');
INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id)
SELECT id, g FROM closed, generate_series(77101001, 77101002) g
WHERE status = 'open' AND id % 10 = 0 AND (g = 77101001 OR id % 40 = 0);
UPDATE salesopp.opportunity SET custom = jsonb_build_object('Seats', id % 3 * 9, 'Team''s "name"', 'T')
WHERE status = 'open' AND deleted_at IS NULL AND id BETWEEN 77102001 AND 77102120 AND id % 7 > 0;
SET ROLE regress_reports_reader;
SELECT key, name, opportunities FROM salesopp.pipeline('Seats', '{"status": "open"}');
SELECT key, name, opportunities FROM salesopp.pipeline('Team''s "name"', '{"status": "open"}');
SELECT key, name, opportunities FROM salesopp.pipeline('Campaign', '{"status": "open"}');
SELECT count(*) > 1 AS by_month FROM salesopp.pipeline('month');
-- a year that is mistyped does not make a report of thousands of empty months; names are found in any form
RESET ROLE;
BEGIN;
UPDATE salesopp.opportunity SET decision_date = '20240-06-01' WHERE id = (SELECT min(id) FROM closed WHERE status = 'open');
INSERT INTO salesopp.custom_field (name, data_type) VALUES (U&'Cl\00E9', 'text');
SET LOCAL ROLE regress_reports_reader;
SELECT count(*) AS months, sum(opportunities) = (SELECT opportunities FROM salesopp.summary() WHERE status = 'total') AS all_there,
	bool_or(key LIKE '20240%') AS mistyped FROM salesopp.pipeline('month');
SELECT count(*) FROM salesopp.pipeline(U&'Cle\0301');
ROLLBACK;
SET ROLE regress_reports_reader;
-- names and keys are the same whatever the session's form of dates
SET DateStyle = 'SQL, DMY';
SELECT key, name FROM salesopp.results('quarter') LIMIT 1;
RESET DateStyle;
SELECT by, test.outcome(format('SELECT * FROM salesopp.pipeline(%L)', by)) FROM unnest('{nothing,NULL,"",group_field,o.id}'::text[]) by;
SELECT test.outcome(format('SELECT * FROM salesopp.results(''month'', %L, %L)', f, t))
FROM (VALUES ('2024-02-02', '2024-02-01'), ('-infinity', NULL), (NULL, 'infinity')) v (f, t);
SELECT test.outcome(format('SELECT * FROM salesopp.results(''month'', criteria => %L)', c)) FROM unnest('{"{\"x\": 1}",5,"[]"}'::text[]) c;
RESET ROLE;

-- issue 11 C3: days to close are those of the organization, whoever reads, and never below 0
SELECT salesopp.create_organization('Reports of days') AS days \gset
SET salesopp.organization_id = :days;
SELECT time_zone = current_setting('TimeZone') AS session_time_zone FROM salesopp.organization WHERE id = :days;
CREATE ROLE regress_reports_manager LOGIN;
SELECT salesopp.grant_access('regress_reports_manager', 'manager');
SET ROLE regress_reports_manager;
SELECT outcome, zone FROM unnest('{Nowhere/Atall,"",UTC+99:99:99,Europe/Oslo}'::text[]) zone,
	test.outcome(format('UPDATE salesopp.organization SET time_zone = %L', zone));
SELECT test.outcome('UPDATE salesopp.organization SET time_zone = NULL');
RESET ROLE;
SET row_security = off;
-- 23:30 UTC on the 1st is the 2nd in Oslo
INSERT INTO salesopp.employee (id, initials, name) VALUES (77103001, 'AA', 'On the 5th'), (77103002, 'BB', 'A week before'),
	(77103003, 'CC', 'Created when nobody knows');
INSERT INTO salesopp.opportunity (subject, responsible_id, status, actual_revenue, created_at, changed_at, close_date, closed_at) VALUES
	('On the 5th', 77103001, 'won', 1, '2024-05-01 23:30+00', '2024-05-05', '2024-05-05', '2024-05-05'),
	('A week before', 77103002, 'won', 1, '2024-05-08 12:00+00', '2024-05-08', '2024-05-01', '2024-05-08'),
	('Created when nobody knows', 77103003, 'won', 1, '-infinity', '2024-05-08', '2024-05-01', '2024-05-08');
RESET row_security;
CREATE VIEW pg_temp.days WITH (security_invoker = true) AS
SELECT current_setting('TimeZone') AS reader, p.initials, p.average_days_to_close AS pipeline, r.average_days_to_close AS results
FROM salesopp.pipeline_by_employee p JOIN salesopp.results_by_employee r USING (responsible_id);
GRANT SELECT ON pg_temp.days TO regress_reports_reader;
SET ROLE regress_reports_reader;
SET TimeZone = 'Pacific/Kiritimati';
SELECT * FROM pg_temp.days ORDER BY 2;
SET TimeZone = 'America/Los_Angeles';
SELECT * FROM pg_temp.days ORDER BY 2;
RESET ROLE;
UPDATE salesopp.organization SET time_zone = 'America/New_York' WHERE id = :days;
SET ROLE regress_reports_reader;
SELECT * FROM pg_temp.days ORDER BY 2;
RESET TimeZone;
RESET ROLE;
SELECT salesopp.days_to_close('2024-05-01 23:30+00', '2024-05-02', 'UTC') AS utc,
	salesopp.days_to_close('2024-05-01 23:30+00', '2024-05-02', 'Europe/Oslo') AS oslo,
	salesopp.days_to_close('2024-05-01', NULL, 'UTC') AS open;
DROP VIEW pg_temp.days;
DROP OWNED BY regress_reports_manager;
DROP ROLE regress_reports_manager;

-- nothing to report
SELECT salesopp.create_organization('Reports on nothing') AS empty \gset
SET salesopp.organization_id = :empty;
SET ROLE regress_reports_reader;
SELECT * FROM salesopp.summary();
SELECT c.relname, pg_temp.total(c.relname, 'opportunities') FROM pg_class c
WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relname ~ '^(pipeline|results)_by_' AND c.relkind = 'v'
	AND pg_temp.total(c.relname, 'opportunities') IS NOT NULL;
RESET ROLE;
DROP VIEW closed CASCADE;
DROP OWNED BY regress_reports_reader;
DROP ROLE regress_reports_reader;
