-- N1, N2 Figures of the past: the pipeline as of an instant, what changed between two, a series.
\pset null '(null)'
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SELECT salesopp.create_organization('Past') AS organization \gset
SELECT salesopp.create_organization('Past elsewhere') AS elsewhere \gset
CREATE ROLE regress_past_reader LOGIN;
CREATE ROLE regress_past_nobody LOGIN;
SELECT salesopp.grant_access('regress_past_reader', 'reader');
ALTER ROLE regress_past_reader SET salesopp.organization_id = :'organization';

-- As rows of a dump: the history is what is given here. Both organizations have the same ids; they begin with 881.
SET row_security = off;
INSERT INTO salesopp.employee (organization_id, id, initials, name, created_at, changed_at)
SELECT o, 8810000 + n, 'P' || n, 'Past ' || n, now(), now() FROM unnest(ARRAY[:organization, :elsewhere]) o, generate_series(1, 3) n;
INSERT INTO salesopp.opportunity (organization_id, id, subject, created_at, changed_at)
SELECT o, 8810000 + n, 'Past ' || n, '2026-01-01', now() FROM unnest(ARRAY[:organization, :elsewhere]) o, generate_series(1, 399) n;
RESET row_security;
SET salesopp.organization_id = :organization;

CREATE FUNCTION test.was(id bigint, version integer, at timestamptz, estimate numeric, progress numeric, status text DEFAULT 'open',
	decision_date date DEFAULT '2026-06-15', responsible_id bigint DEFAULT 1, deleted boolean DEFAULT false, actual_revenue numeric DEFAULT NULL,
	origin text DEFAULT 'recorded') RETURNS void LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, version, at, estimated_revenue, progress, status, decision_date,
		responsible_id, deleted, actual_revenue, origin)
	VALUES (salesopp.current_organization(), 8810000 + id, version, at, estimate, progress, status::salesopp.opportunity_status, decision_date,
		8810000 + responsible_id, deleted, actual_revenue, origin::salesopp.history_origin);
END;

-- N2 One opportunity for each thing that can happen between the first of February and the first of March, in June's
-- pipeline of employee 1. Values tell them apart.
\o /dev/null
-- stays
SELECT test.was(1, 1, '2026-01-01', 1000, 50);
-- new, restored, reopened, moved in, transferred in
SELECT test.was(2, 1, '2026-02-10', 200, 25);
SELECT test.was(3, 1, '2026-01-01', 300, 25, deleted => true), test.was(3, 2, '2026-02-10', 300, 25);
SELECT test.was(4, 1, '2026-01-01', 400, 25, 'won', actual_revenue => 390), test.was(4, 2, '2026-02-10', 400, 25);
SELECT test.was(5, 1, '2026-01-01', 500, 25, decision_date => '2026-07-15'), test.was(5, 2, '2026-02-10', 500, 25);
SELECT test.was(6, 1, '2026-01-01', 600, 25, responsible_id => 2), test.was(6, 2, '2026-02-10', 600, 25);
-- the first test that holds: deleted and won and elsewhere; won and outside and elsewhere; outside and elsewhere
SELECT test.was(7, 1, '2026-01-01', 1, 25, 'won', '2026-07-15', 2, true, 1), test.was(7, 2, '2026-02-10', 7, 25);
SELECT test.was(8, 1, '2026-01-01', 1, 25, 'won', '2026-07-15', 2, false, 1), test.was(8, 2, '2026-02-10', 8, 25);
SELECT test.was(9, 1, '2026-01-01', 1, 25, decision_date => '2026-07-15', responsible_id => 2), test.was(9, 2, '2026-02-10', 9, 25);
-- increased, decreased, more likely, less likely, increased and less likely
SELECT test.was(11, 1, '2026-01-01', 1100, 50), test.was(11, 2, '2026-02-10', 1150, 50);
SELECT test.was(12, 1, '2026-01-01', 1200, 50), test.was(12, 2, '2026-02-10', 1120, 50);
SELECT test.was(13, 1, '2026-01-01', 1300, 25), test.was(13, 2, '2026-02-10', 1300, 75);
SELECT test.was(14, 1, '2026-01-01', 1400, 75), test.was(14, 2, '2026-02-10', 1400, 25);
SELECT test.was(15, 1, '2026-01-01', 1500, 75), test.was(15, 2, '2026-02-10', 1600, 25);
-- an estimate that comes, goes, is no more than 0; 0 % and 100 %
SELECT test.was(16, 1, '2026-01-01', NULL, 50), test.was(16, 2, '2026-02-10', 1600, 50);
SELECT test.was(17, 1, '2026-01-01', 1700, 50), test.was(17, 2, '2026-02-10', NULL, 50);
SELECT test.was(18, 1, '2026-01-01', NULL, 50), test.was(18, 2, '2026-02-10', 0, 50);
SELECT test.was(19, 1, '2026-01-01', 1900, 0), test.was(19, 2, '2026-02-10', 1950, 100);
SELECT test.was(20, 1, '2026-01-01', 2000, 100), test.was(20, 2, '2026-02-10', 2050, 0);
-- won, lost, moved out, transferred out, deleted
SELECT test.was(21, 1, '2026-01-01', 2100, 50), test.was(21, 2, '2026-02-10', 2100, 50, 'won', actual_revenue => 2090);
SELECT test.was(22, 1, '2026-01-01', 2200, 50), test.was(22, 2, '2026-02-10', 2200, 50, 'lost');
SELECT test.was(23, 1, '2026-01-01', 2300, 50), test.was(23, 2, '2026-02-10', 2300, 50, decision_date => '2026-07-15');
SELECT test.was(24, 1, '2026-01-01', 2400, 50), test.was(24, 2, '2026-02-10', 2400, 50, responsible_id => 2);
SELECT test.was(25, 1, '2026-01-01', 2500, 50), test.was(25, 2, '2026-02-10', 2500, 50, deleted => true);
-- the first test that holds
SELECT test.was(26, 1, '2026-01-01', 26, 50), test.was(26, 2, '2026-02-10', 26, 50, 'won', '2026-07-15', 2, true, 1);
SELECT test.was(27, 1, '2026-01-01', 27, 50), test.was(27, 2, '2026-02-10', 27, 50, 'won', '2026-07-15', 2, false, 20);
SELECT test.was(28, 1, '2026-01-01', 28, 50), test.was(28, 2, '2026-02-10', 28, 50, 'lost', '2026-07-15', 2);
SELECT test.was(29, 1, '2026-01-01', 29, 50), test.was(29, 2, '2026-02-10', 29, 50, decision_date => '2026-07-15', responsible_id => 2);
-- came and went within: won, lost, deleted, lost and elsewhere
SELECT test.was(31, 1, '2026-02-05', 3100, 50), test.was(31, 2, '2026-02-10', 3100, 50, 'won', actual_revenue => 3090);
SELECT test.was(32, 1, '2026-02-05', 3200, 50), test.was(32, 2, '2026-02-10', 3200, 50, 'lost');
SELECT test.was(33, 1, '2026-02-05', 3300, 50), test.was(33, 2, '2026-02-10', 3300, 50, deleted => true);
SELECT test.was(34, 1, '2026-02-05', 3400, 50), test.was(34, 2, '2026-02-10', 3400, 50, 'lost', responsible_id => 2);
-- no decision date; on the first and on the last day of June; the days around
SELECT test.was(35, 1, '2026-01-01', 3500, 50, decision_date => NULL);
SELECT test.was(36, 1, '2026-01-01', 3600, 50, decision_date => '2026-06-01'), test.was(37, 1, '2026-01-01', 3700, 50, decision_date => '2026-06-30');
SELECT test.was(38, 1, '2026-01-01', 3800, 50, decision_date => '2026-05-31'), test.was(39, 1, '2026-01-01', 3900, 50, decision_date => '2026-07-01');
-- several changes in one transaction: only the last is ever seen
SELECT test.was(41, 1, '2026-01-01', 4100, 50), test.was(41, 2, '2026-02-10', 1, 50, 'lost'), test.was(41, 3, '2026-02-10', 4150, 50);
-- at the instants themselves: there from the first on, and no more at the second
SELECT test.was(42, 1, '2026-02-01', 4200, 50), test.was(42, 2, '2026-03-01', 4200, 50, 'lost');
-- a microsecond later is too late
SELECT test.was(43, 1, '2026-02-01 00:00:00.000001', 4300, 50), test.was(43, 2, '2026-03-01 00:00:00.000001', 4300, 50, 'lost');
-- there and back: nothing is seen of it
SELECT test.was(44, 1, '2026-01-01', 4400, 50), test.was(44, 2, '2026-02-10', 1, 50, 'lost'), test.was(44, 3, '2026-02-11', 4400, 50);
-- a time that fell: the highest version that had come counts
SELECT test.was(45, 1, '2026-01-20', 1, 50), test.was(45, 2, '2026-01-10', 4500, 50);
-- closed, deleted all along; from after the period; made up
SELECT test.was(46, 1, '2026-01-01', 4600, 50, 'won', actual_revenue => 4590), test.was(47, 1, '2026-01-01', 4700, 50, deleted => true);
SELECT test.was(48, 1, '2026-03-02', 4800, 50);
SELECT test.was(49, -1, '2025-12-01', 4900, 50, origin => 'reconstructed'), test.was(49, 0, '2026-01-15', 4900, 50, 'lost', origin => 'reconstructed'),
	test.was(49, 1, '2026-02-15', 4900, 50, 'lost', origin => 'baseline');
-- what no other has
INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, version, at, estimated_revenue, progress, status, close_date, company_id,
	department_id, sales_region_id, sales_process_id, responsible_id, changed_by, deleted, origin)
VALUES (:organization, 8810050, 1, '2026-01-01', 5000, 50, 'lost', '2026-01-01', 1, 1, 1, 1, 8810003, 1, false, 'imported');
-- nothing of it is another organization's
SET salesopp.organization_id = :elsewhere;
SELECT test.was(1, 1, '2026-01-01', 5, 50), test.was(2, 1, '2026-01-01', 7, 50), test.was(99, 1, '2026-01-01', 11, 50);
SET salesopp.organization_id = :organization;
\o

\c - regress_past_reader
SET timezone = 'UTC';
\set scope 'decision_from => ''2026-06-01'', decision_to => ''2026-06-30'', criteria => ''{"responsible_id": 8810001}'''
SELECT opportunity_id - 8810000 AS id, bucket, before, after, amount FROM salesopp.pipeline_moves('2026-02-01', '2026-03-01', :scope)
WHERE bucket NOT IN ('start', 'end') ORDER BY id, bucket;
SELECT opportunity_id - 8810000 AS id, bucket, before, after, amount
FROM salesopp.pipeline_moves('2026-02-01', '2026-03-01', :scope, measure => 'weighted') WHERE bucket NOT IN ('start', 'end') ORDER BY id, bucket;
-- the start and the end are moves, too
SELECT bucket, array_agg(opportunity_id - 8810000 ORDER BY opportunity_id), bool_and(amount = CASE bucket WHEN 'start' THEN before ELSE after END) AS same
FROM salesopp.pipeline_moves('2026-02-01', '2026-03-01', :scope) WHERE bucket IN ('start', 'end') GROUP BY bucket ORDER BY bucket DESC;
SELECT * FROM salesopp.pipeline_change('2026-02-01', '2026-03-01', :scope);
SELECT * FROM salesopp.pipeline_change('2026-02-01', '2026-03-01', :scope, measure => 'weighted');
-- without a period and a scope
SELECT * FROM salesopp.pipeline_change('2026-02-01', '2026-03-01') WHERE opportunities > 0;
-- one bound: what has no decision date is in no period
SELECT c.bucket, c.opportunities, c.amount, d.opportunities, d.amount FROM salesopp.pipeline_change('2026-02-01', '2026-03-01', decision_from => '2026-06-30') c
JOIN salesopp.pipeline_change('2026-02-01', '2026-03-01', decision_to => '2026-06-01') d USING (position) WHERE c.bucket IN ('start', 'end');
SELECT amount FROM salesopp.pipeline_change('2026-02-01', '2026-03-01') WHERE bucket = 'end'
EXCEPT SELECT amount + 3500 FROM salesopp.pipeline_change('2026-02-01', '2026-03-01', '-infinity') WHERE bucket = 'end';
-- no time between, before everything, up to the present
SELECT bucket, opportunities, amount FROM salesopp.pipeline_change('2026-03-01', '2026-03-01') WHERE opportunities > 0;
SELECT bucket, opportunities, amount FROM salesopp.pipeline_change('-infinity', '2026-03-01') WHERE opportunities > 0;
SELECT bucket, opportunities, amount FROM salesopp.pipeline_change('-infinity', '-infinity') WHERE opportunities > 0;
SELECT count(*), count(DISTINCT amount) AS amounts FROM salesopp.pipeline_change('-infinity', '-infinity');
SELECT p.until, c.bucket, c.opportunities, c.amount FROM unnest('{NULL, infinity}'::timestamptz[]) p(until),
	LATERAL salesopp.pipeline_change('2026-03-01', p.until) c WHERE c.opportunities > 0 ORDER BY 1, c.position;
SELECT bucket, opportunities, amount FROM salesopp.pipeline_change('2026-03-01') WHERE opportunities > 0;
SELECT bucket, opportunities, amount FROM salesopp.pipeline_change(NULL, NULL) WHERE opportunities > 0;

-- N1 As of an instant
SELECT * FROM salesopp.pipeline_as_of('2026-02-01');
SELECT * FROM salesopp.pipeline_as_of('2026-02-01', '{"responsible_id": 8810001, "decision_date": {"from": "2026-06-01", "to": "2026-06-30"}}');
SELECT * FROM salesopp.pipeline_as_of('-infinity');
SELECT at, status, opportunities, estimated_revenue, reconstructed FROM unnest('{2025-11-30 23:59:59, 2025-12-01, 2026-01-14 23:59:59, 2026-01-15, 2026-02-14, 2026-02-15}'::timestamptz[]) at,
	LATERAL salesopp.pipeline_as_of(at, '{"id": 8810049}') WHERE status <> 'won';
SELECT count(*), count(DISTINCT opportunity_id) AS ids, max(opportunity_id) - 8810000 AS last, bool_or(deleted) AS deleted, max(at) AS at
FROM salesopp.opportunities_as_of('2026-02-01');
SELECT opportunity_id - 8810000 AS id, version, at, status, estimated_revenue FROM salesopp.opportunities_as_of('2026-02-10')
WHERE opportunity_id - 8810000 IN (3, 25, 41, 45) ORDER BY 1;
SELECT * FROM salesopp.opportunities_as_of('-infinity');
-- every criterion that can be asked of the past, met and not
SELECT c.criteria, string_agg(f.opportunities::text, ' ') AS won_open_lost_total
FROM unnest('{"{\"company_id\": 1}", "{\"sales_region_id\": 1}", "{\"department_id\": 1}", "{\"sales_process_id\": 1}", "{\"responsible_id\": [8810002]}",
	"{\"changed_by\": 1}", "{\"status\": [\"won\", \"lost\"]}", "{\"id\": {\"<=\": 8810003}}", "{\"progress\": {\">=\": 75}}",
	"{\"estimated_revenue\": {\">=\": 4000}}", "{\"actual_revenue\": {\"<>\": 390}}", "{\"decision_date\": {\"to\": \"2026-06-01\"}}",
	"{\"close_date\": {\"from\": \"2026-01-01\"}}", "{}"}'::jsonb[]) WITH ORDINALITY c (criteria, n),
	LATERAL salesopp.pipeline_as_of('2026-02-01', c.criteria) f GROUP BY c.n, c.criteria ORDER BY c.n;
SELECT count(*) FROM salesopp.pipeline_as_of('2026-02-01', NULL) f JOIN salesopp.pipeline_as_of('2026-02-01') g USING (status, opportunities, pipeline);

-- N1 Series: steps from the start, to the end inclusive
SELECT * FROM salesopp.pipeline_series('2026-01-31', '2026-03-31', '1 month');
SELECT at, open_opportunities FROM salesopp.pipeline_series('2026-02-01', '2026-02-01', '1 day');
SELECT at, open_opportunities FROM salesopp.pipeline_series('2026-02-01', '2026-02-09 23:59', '4 days', '{"responsible_id": 8810002}');
SELECT at, open_opportunities FROM salesopp.pipeline_series('4713-01-01 BC', '2026-01-01', '290000 years');
-- it stops at now, and begins there where it begins with the present
SELECT count(*), max(at) <= clock_timestamp() AS in_time FROM salesopp.pipeline_series(now() - interval '10 days 1 minute', now() + interval '10 days', '1 day');
SELECT count(*) = count(*) FILTER (WHERE at <= clock_timestamp()) AS in_time, count(*) FROM salesopp.pipeline_series(now() - interval '10 days 1 minute', NULL, '1 day');
SELECT count(*), bool_and(at <= clock_timestamp()) AS in_time FROM salesopp.pipeline_series(NULL, 'infinity', '1 day');
SELECT count(*) FROM salesopp.pipeline_series('2026-01-01', '2026-01-01 02:46:39', '1 second');

-- What cannot be asked
SELECT test.outcome('SELECT FROM salesopp.' || call) AS outcome, call FROM unnest(ARRAY[
	'opportunities_as_of(''2999-01-01'')', 'pipeline_as_of(''2999-01-01'')', 'pipeline_change(''2026-01-01'', ''2999-01-01'')', 'pipeline_moves(''2999-01-01'', ''2999-01-01'')',
	'pipeline_series(''2999-01-01'', ''2999-01-02'', ''1 day'')', 'pipeline_change(''2026-03-01'', ''2026-02-01'')', 'pipeline_moves(NULL, ''2026-02-01'')',
	'pipeline_moves(''infinity'', ''2026-02-01'')', 'pipeline_series(''2026-03-01'', ''2026-02-01'', ''1 day'')',
	'pipeline_series(NULL, ''2026-02-01'', ''1 day'')', 'pipeline_series(''-infinity'', ''2026-02-01'', ''1 day'')',
	'pipeline_series(''2026-01-01'', ''2026-02-01'', ''0'')', 'pipeline_series(''2026-01-01'', ''2026-02-01'', ''-1 day'')', 'pipeline_series(''2026-01-01'', ''2026-02-01'', NULL)',
	'pipeline_series(''2026-01-01'', ''2026-02-01'', ''1 month -29 days'')', 'pipeline_series(''2026-01-01'', ''2026-01-01 02:46:40'', ''1 second'')',
	'pipeline_change(''2026-01-01'', measure => ''actual_revenue'')', 'pipeline_change(''2026-01-01'', measure => NULL)', 'pipeline_moves(''2026-01-01'', measure => ''Weighted'')',
	'pipeline_change(''2026-01-01'', decision_from => ''2026-07-01'', decision_to => ''2026-06-30'')',
	'pipeline_as_of(''2026-01-01'', ''{"subject": "x"}'')', 'pipeline_change(''2026-01-01'', criteria => ''{"rating": 1}'')', 'pipeline_as_of(''2026-01-01'', ''{"accents": "ignore"}'')',
	'pipeline_as_of(''2026-01-01'', ''{"colour": "red"}'')', 'pipeline_as_of(''2026-01-01'', ''[]'')', 'pipeline_series(''2026-01-01'', ''2026-01-01'', ''1 day'', ''{"status": "gone"}'')',
	'states_at(''{2026-02-01, 2026-01-01}'')', 'states_at(''{NULL, 2026-01-01}'')', 'states_at(''{}'')', 'states_at(NULL)']) call;
SELECT FROM salesopp.pipeline_as_of('2999-01-01');
SELECT FROM salesopp.pipeline_as_of('2026-01-01', '{"subject": "x"}');
SELECT FROM salesopp.pipeline_change('2026-03-01', '2026-02-01');
SELECT FROM salesopp.pipeline_series('2026-01-01', '2026-02-01', '1 second');
-- which criteria can be asked of the past is what history has a column for
SELECT count(*) AS criteria, count(*) FILTER (WHERE is_kept) AS kept, count(*) FILTER (WHERE is_kept = (outcome NOT LIKE '%history does not tell%')) AS as_expected
FROM test.criteria_keys() key,
	LATERAL (SELECT key IN (SELECT replace(attname, 'opportunity_id', 'id') FROM pg_attribute
		WHERE attrelid = 'salesopp.opportunity_history'::regclass) AS is_kept,
		test.outcome(format('SELECT FROM salesopp.pipeline_as_of(NULL, %L)', jsonb_build_object(key, NULL))) AS outcome) t;

-- Who may: another organization sees its own, who has no organization nothing, nobody else anything
\c - postgres
SET timezone = 'UTC';
SET salesopp.organization_id = :elsewhere;
SELECT bucket, opportunities, amount FROM salesopp.pipeline_change('-infinity') WHERE opportunities > 0;
SELECT opportunity_id - 8810000 AS id, estimated_revenue FROM salesopp.opportunities_as_of(NULL) ORDER BY 1;
RESET salesopp.organization_id;
SELECT bucket, opportunities, amount FROM salesopp.pipeline_change('-infinity') WHERE opportunities > 0;
SELECT sum(opportunities) FROM salesopp.pipeline_as_of(NULL);
SET ROLE regress_past_nobody;
SELECT FROM salesopp.pipeline_as_of(NULL);
RESET ROLE;
-- rights that are taken away, policies of one's own
SET salesopp.organization_id = :organization;
BEGIN;
CREATE POLICY less ON salesopp.opportunity_history AS RESTRICTIVE USING (opportunity_id <= 8810002);
SET LOCAL ROLE regress_past_reader;
SELECT bucket, opportunities, amount FROM salesopp.pipeline_change('2026-02-01', '2026-03-01') WHERE opportunities > 0;
RESET ROLE;
REVOKE SELECT ON salesopp.opportunity_history FROM regress_past_reader;
SET LOCAL ROLE regress_past_reader;
SELECT FROM salesopp.pipeline_as_of('2026-02-01');
ROLLBACK;

-- Retroactivity: what began before and is committed later changes the answer
SELECT opportunities, estimated_revenue FROM salesopp.pipeline_as_of('2026-02-01') WHERE status = 'open';
SELECT test.was(51, 1, '2026-01-31', 51, 50);
SELECT opportunities, estimated_revenue FROM salesopp.pipeline_as_of('2026-02-01') WHERE status = 'open';

-- What the triggers record: the present is summary(), and what was is what summary() said
CREATE FUNCTION test.differences(criteria jsonb DEFAULT '{}') RETURNS bigint LANGUAGE sql
RETURN (SELECT count(*) FROM salesopp.summary(criteria) s FULL JOIN salesopp.pipeline_as_of(NULL, criteria) p USING (status)
	WHERE (s.opportunities, s.estimated_revenue, s.pipeline, s.highest) IS DISTINCT FROM (p.opportunities, p.estimated_revenue, p.pipeline, p.highest));
SELECT salesopp.create_organization('Past of today') AS organization \gset
SET salesopp.organization_id = :organization;
CREATE TABLE test.said (step integer, at timestamptz, status text, opportunities bigint, estimated_revenue numeric, pipeline numeric, highest numeric);
-- each in a transaction of its own; what it left counts from when it began
PREPARE say AS INSERT INTO test.said SELECT COALESCE(max(t.step), 0) + 1, clock_timestamp(), s.* FROM salesopp.summary() s LEFT JOIN test.said t ON true
	GROUP BY s.status, s.opportunities, s.estimated_revenue, s.pipeline, s.highest;
EXECUTE say;
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, progress_method, progress)
SELECT 8811000 + n, 'Today ' || n, n * 1000.01, 'manual', n * 10 FROM generate_series(1, 6) n;
EXECUTE say;
\o /dev/null
SELECT salesopp.close_won(8811001, 999), salesopp.close_lost(8811002);
EXECUTE say;
SELECT salesopp.reopen(8811001);
SELECT salesopp.delete_opportunities('{8811003, 8811002}');
EXECUTE say;
BEGIN;
UPDATE salesopp.opportunity SET estimated_revenue = 1 WHERE id = 8811004;
SAVEPOINT before;
UPDATE salesopp.opportunity SET estimated_revenue = 2, decision_date = '2026-06-01' WHERE id IN (8811004, 8811005);
ROLLBACK TO before;
UPDATE salesopp.opportunity SET estimated_revenue = NULL, progress = 33.33 WHERE id = 8811004;
COMMIT;
EXECUTE say;
SELECT salesopp.restore_opportunities('{8811003, 8811002}');
SELECT salesopp.set_status('{8811002, 8811004, 8811006}', 'won');
DELETE FROM salesopp.opportunity WHERE id = 8811005;
EXECUTE say;
\o
SELECT test.differences(), test.differences('{"status": ["open", "won"]}') AS by_status, test.differences('{"estimated_revenue": {">=": 2000}}') AS by_estimate,
	test.differences('{"progress": {"<=": 30}}') AS by_progress;
-- one is gone, with its history: of it nothing is said any more
SELECT s.step, s.status, s.opportunities - p.opportunities AS opportunities, s.estimated_revenue - p.estimated_revenue AS estimated_revenue
FROM test.said s, LATERAL salesopp.pipeline_as_of(s.at) p
WHERE p.status = s.status AND (s.opportunities, s.estimated_revenue, s.pipeline, s.highest) IS DISTINCT FROM (p.opportunities, p.estimated_revenue, p.pipeline, p.highest)
ORDER BY s.step, s.status;
SELECT count(*), sum(opportunities) AS opportunities FROM test.said;
SELECT bucket, opportunities, amount FROM salesopp.pipeline_change((SELECT max(at) FROM test.said WHERE step = 2), clock_timestamp(), measure => 'weighted') WHERE opportunities > 0;

-- Properties, with changes at random: 300 opportunities, 1 to 12 versions each, 40 instants; some times fall.
SELECT salesopp.create_organization('Past at random') AS organization \gset
SET row_security = off;
INSERT INTO salesopp.opportunity (organization_id, id, subject, created_at, changed_at)
SELECT :organization, 8812000 + n, 'Random ' || n, '2025-01-01', now() FROM generate_series(1, 300) n;
RESET row_security;
SELECT setseed(0.13);
INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, version, at, estimated_revenue, actual_revenue, progress, status, decision_date, responsible_id, deleted, origin)
SELECT :organization, r.id, row_number() OVER (PARTITION BY r.id ORDER BY CASE WHEN r.id % 10 > 0 THEN r.day ELSE random() END),
	timestamptz '2025-01-01' + r.day * interval '1 day', CASE WHEN random() < 0.9 THEN round((random() * 1e6)::numeric, 2) END,
	CASE WHEN r.status < 0.15 THEN round((random() * 1e6)::numeric, 2) END, (ARRAY[0, 10, 25, 33.33, 50, 66.67, 75, 100])[1 + floor(random() * 8)],
	CASE WHEN r.status < 0.15 THEN 'won' WHEN r.status < 0.3 THEN 'lost' ELSE 'open' END::salesopp.opportunity_status,
	CASE WHEN random() < 0.9 THEN date '2025-06-01' + floor(random() * 60)::int END, 1 + floor(random() * 3), random() < 0.1, 'recorded'
FROM (SELECT 8812000 + n AS id, floor(random() * 40) AS day, random() AS status FROM generate_series(1, 300) n, LATERAL generate_series(1, 1 + n % 12) v) r;
CREATE TABLE test.scope AS SELECT * FROM (VALUES (1, '{}'::jsonb, NULL::date, NULL::date), (2, '{"responsible_id": [1, 2]}', '2025-06-10', '2025-07-05'),
	(3, '{"estimated_revenue": {">=": 250000}, "progress": {"<=": 75}}', '2025-06-20', NULL), (4, '{"decision_date": {"from": "2025-06-15"}}', NULL, '2025-07-15')) s (id, criteria, decision_from, decision_to);
CREATE TABLE test.pair AS SELECT n AS id, n % 4 + 1 AS scope_id, CASE n % 3 WHEN 0 THEN 'estimated_revenue' ELSE 'weighted' END AS measure,
	timestamptz '2025-01-01' + LEAST(a, b) * interval '12 hours' AS since, timestamptz '2025-01-01' + GREATEST(a, b) * interval '12 hours' AS until
FROM (SELECT n, floor(random() * 84) - 2 AS a, floor(random() * 84) - 2 AS b FROM generate_series(1, 240) n) r;
GRANT SELECT ON test.scope, test.pair TO regress_past_reader;
ANALYZE salesopp.opportunity_history;
SET salesopp.organization_id = :organization;
SET ROLE regress_past_reader;
SELECT count(*), count(DISTINCT (since, until)) > 200 AS different FROM test.pair;
-- start and all that happened make the end; of every opportunity, too
SELECT count(*) AS pairs, count(*) FILTER (WHERE c.expected = c.ended) AS same, count(*) FILTER (WHERE c.expected <> 0) > 200 AS not_nothing, sum(c.lines) AS lines, sum(c.used) > 2000 AS used
FROM test.pair p JOIN test.scope s ON s.id = p.scope_id, LATERAL (
	SELECT sum(amount) FILTER (WHERE position < 16) AS expected, sum(amount) FILTER (WHERE bucket = 'end') AS ended, count(*) AS lines, count(*) FILTER (WHERE opportunities > 0) AS used
	FROM salesopp.pipeline_change(p.since, p.until, s.decision_from, s.decision_to, s.criteria, p.measure)) c;
SELECT count(*) > 20000 AS many, bool_and(o.expected = o.ended) AS same, bool_and(o.expected = COALESCE(o.after, 0)) AS same_as_after
FROM test.pair p JOIN test.scope s ON s.id = p.scope_id, LATERAL (
	SELECT opportunity_id, COALESCE(sum(amount) FILTER (WHERE bucket NOT IN ('end', 'won_at', 'won_new', 'lost_new')), 0) AS expected,
		COALESCE(sum(amount) FILTER (WHERE bucket = 'end'), 0) AS ended, max(after) AS after
	FROM salesopp.pipeline_moves(p.since, p.until, s.decision_from, s.decision_to, s.criteria, p.measure) GROUP BY opportunity_id) o;
-- no opportunity is twice in a bucket, and every bucket occurs
SELECT count(*) > 50000 AS many, count(*) = count(DISTINCT (p.id, m.opportunity_id, m.bucket)) AS different, count(DISTINCT m.bucket) AS buckets
FROM test.pair p JOIN test.scope s ON s.id = p.scope_id, LATERAL salesopp.pipeline_moves(p.since, p.until, s.decision_from, s.decision_to, s.criteria, p.measure) m;
-- windows add up: what one ends with the next begins with, and start and end are open ones of pipeline_as_of()
SELECT count(*) AS windows, count(*) FILTER (WHERE a.amount = b.amount AND a.opportunities = b.opportunities) AS same,
	count(*) FILTER (WHERE a.opportunities = f.opportunities AND a.amount = CASE p.measure WHEN 'weighted' THEN f.pipeline ELSE f.estimated_revenue END) AS same_as_of
FROM test.pair p JOIN test.scope s ON s.id = p.scope_id,
	LATERAL salesopp.pipeline_change('-infinity', p.since, criteria => s.criteria, measure => p.measure) a,
	LATERAL salesopp.pipeline_change(p.since, p.until, criteria => s.criteria, measure => p.measure) b,
	LATERAL salesopp.pipeline_as_of(p.since, s.criteria) f
WHERE a.bucket = 'end' AND b.bucket = 'start' AND f.status = 'open' AND p.id <= 60;
-- as of an instant, said in plain SQL
SELECT count(*), count(*) FILTER (WHERE (f.opportunities, f.estimated_revenue, f.pipeline, f.highest) IS NOT DISTINCT FROM (e.opportunities, e.estimated_revenue, e.pipeline, e.highest)) AS same, sum(e.opportunities) > 10000 AS many
FROM test.pair p, LATERAL salesopp.pipeline_as_of(p.until, '{"responsible_id": [1, 3]}') f, LATERAL (
	SELECT count(*) AS opportunities, COALESCE(sum(h.estimated_revenue), 0) AS estimated_revenue,
		COALESCE(sum(CASE h.status WHEN 'won' THEN h.actual_revenue WHEN 'open' THEN h.estimated_revenue * h.progress / 100 ELSE 0 END), 0) AS pipeline,
		max(CASE h.status WHEN 'won' THEN h.actual_revenue ELSE h.estimated_revenue END) AS highest
	FROM salesopp.opportunity_history h
	WHERE h.at <= p.until AND NOT h.deleted AND h.responsible_id IN (1, 3) AND f.status IN (h.status::text, 'total')
		AND NOT EXISTS (SELECT FROM salesopp.opportunity_history later WHERE later.opportunity_id = h.opportunity_id AND later.version > h.version AND later.at <= p.until)) e
WHERE p.id <= 60;
SELECT count(*), count(*) FILTER (WHERE o.n = e.n AND o.versions IS NOT DISTINCT FROM e.versions) AS same FROM test.pair p, LATERAL (
	SELECT count(*) AS n, array_agg(opportunity_id || '.' || version ORDER BY opportunity_id) AS versions FROM salesopp.opportunities_as_of(p.since)) o, LATERAL (
	SELECT count(*) AS n, array_agg(opportunity_id || '.' || version ORDER BY opportunity_id) AS versions FROM (SELECT DISTINCT ON (opportunity_id) *
		FROM salesopp.opportunity_history WHERE at <= p.since ORDER BY opportunity_id, version DESC) h WHERE NOT deleted) e
WHERE p.id <= 60;
-- a series says at each instant what pipeline_as_of() says
SELECT s.id, count(*) AS instants, count(*) FILTER (WHERE f.same) AS same, sum(l.open_opportunities) > 0 AS some
FROM test.scope s, LATERAL salesopp.pipeline_series('2024-12-30', '2025-02-15', '11 hours', s.criteria) l, LATERAL (
	SELECT bool_and(CASE status WHEN 'open' THEN (opportunities, estimated_revenue::text, pipeline::text) = (l.open_opportunities, l.estimated_revenue::text, l.pipeline::text)
		ELSE pipeline::text = l.won_revenue::text END) AS same
	FROM salesopp.pipeline_as_of(l.at, s.criteria) WHERE status IN ('open', 'won')) f
GROUP BY s.id ORDER BY s.id;
RESET ROLE;

\c - postgres
DROP TABLE test.said, test.scope, test.pair;
DROP FUNCTION test.was, test.differences;
DROP OWNED BY regress_past_reader;
DROP ROLE regress_past_reader, regress_past_nobody;
