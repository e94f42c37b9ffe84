-- N12 Quotas, forecast categories, submissions, teams with dates, attainment.
\pset null '(null)'
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET datestyle = ISO;
SELECT salesopp.create_organization('Quotas') AS organization, salesopp.create_organization('Quotas elsewhere') AS elsewhere \gset
SELECT current_user AS owner \gset
CREATE ROLE regress_quotas_reader LOGIN;
CREATE ROLE regress_quotas_seller LOGIN;
CREATE ROLE regress_quotas_manager LOGIN;
SELECT salesopp.grant_access('regress_quotas_reader', 'reader'), salesopp.grant_access('regress_quotas_seller', 'seller'),
	salesopp.grant_access('regress_quotas_manager', 'manager');
CREATE SCHEMA quotas;
GRANT USAGE ON SCHEMA quotas TO PUBLIC;
INSERT INTO salesopp.employee (organization_id, id, initials, name) VALUES (:elsewhere, 77740901, 'XX', 'Xenia');
INSERT INTO salesopp.department (organization_id, id, name) VALUES (:elsewhere, 77740901, 'Elsewhere');
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.department (id, name) VALUES (77740001, 'North'), (77740002, 'South');
INSERT INTO salesopp.employee (id, initials, name) VALUES (77740001, 'AA', 'Ada'), (77740002, 'BB', 'Bo'), (77740003, 'CC', 'Cy'), (77740004, 'DD', 'Di'),
	(77740005, 'EE', 'Ed'), (77740006, 'FF', 'Flo');

-- ---------- Forecast categories
-- What counts: won and lost whatever was chosen, open as was chosen, else by progress
SELECT s AS status, p AS progress, c AS chosen, salesopp.forecast_category(s, p, c)
FROM unnest('{open,won,lost}'::salesopp.opportunity_status[]) WITH ORDINALITY s (s, i), unnest('{NULL,best_case}'::salesopp.forecast_category[]) WITH ORDINALITY c (c, k),
	unnest('{0,0.01,49.99,50,74.99,75,100}'::numeric[]) p
WHERE s = 'open' AND c IS NULL OR p = 75 ORDER BY i, k, p;
SELECT salesopp.forecast_category(NULL, 50, 'commit') AS of_nothing, salesopp.forecast_category('open', NULL, NULL) AS of_no_progress;
INSERT INTO salesopp.opportunity (id, subject, progress_method, progress, estimated_revenue, forecast_category) VALUES
	(77740001, 'Chosen', 'manual', 10, 100, 'commit'), (77740002, 'By progress', 'manual', 60, 200, NULL);
SELECT test.outcome('UPDATE salesopp.opportunity SET forecast_category = ''closed'' WHERE id = 77740001');
UPDATE salesopp.opportunity SET forecast_category = 'closed' WHERE id = 77740001;
UPDATE salesopp.opportunity SET forecast_category = 'best_case' WHERE id = 77740001;
SELECT id, forecast_category, version FROM salesopp.opportunity_card WHERE id IN (77740001, 77740002) ORDER BY id;
-- closed, it is as immutable as the rest, and means nothing; open again, it is what it was
SELECT status, forecast_category FROM salesopp.close_won(77740001);
SELECT forecast_category FROM salesopp.opportunity_card WHERE id = 77740001;
SELECT test.outcome('UPDATE salesopp.opportunity SET forecast_category = ''commit'' WHERE id = 77740001'),
	test.outcome('UPDATE salesopp.opportunity SET status = ''open'', forecast_category = ''commit'' WHERE id = 77740001'),
	test.outcome('UPDATE salesopp.opportunity SET forecast_category = ''best_case'' WHERE id = 77740001');
SELECT status, forecast_category FROM salesopp.reopen(77740001);
-- a copy is judged anew
SELECT forecast_category FROM salesopp.copy_opportunity(77740001);
-- moving on in the process does not undo what was chosen; without a choice it moves along
UPDATE salesopp.opportunity SET progress = 80 WHERE id IN (77740001, 77740002);
SELECT forecast_category FROM salesopp.opportunity_card WHERE id IN (77740001, 77740002) ORDER BY id;
UPDATE salesopp.opportunity SET progress = 60 WHERE id IN (77740001, 77740002);
-- the history has it, and so do the versions
SELECT version, status, forecast_category FROM salesopp.opportunity_history WHERE opportunity_id = 77740001 ORDER BY version;
SELECT forecast_category FROM salesopp.opportunity_version WHERE opportunity_id = 77740001 AND valid_to IS NULL;
SELECT forecast_category FROM salesopp.opportunities_as_of(NULL) WHERE opportunity_id = 77740001;
-- undone, a change of status leaves it
SELECT outcome FROM salesopp.set_status('{77740001}', 'lost');
SELECT outcome FROM salesopp.undo_bulk_change(salesopp.last_bulk_change());
SELECT status, forecast_category FROM salesopp.opportunity WHERE id = 77740001;
-- who is searched for: what it counts as; now and in the past
SELECT c, (SELECT string_agg(s.id::text, ' ' ORDER BY s.id) FROM salesopp.search(jsonb_build_object('forecast_category', c, 'id', jsonb_build_object('<=', 77740002))) s) AS found,
	(SELECT p.opportunities FROM salesopp.pipeline_as_of(NULL, jsonb_build_object('forecast_category', c, 'id', jsonb_build_object('<=', 77740002))) p WHERE p.status = 'total') AS in_history
FROM unnest(enum_range(NULL::salesopp.forecast_category)) c;
SELECT string_agg(id::text, ' ' ORDER BY id) FROM salesopp.search('{"forecast_category": ["best_case", "closed"], "id": {"<=": 77740002}}');
SELECT test.outcome($$SELECT salesopp.search('{"forecast_category": "likely"}')$$), test.outcome($$SELECT salesopp.search('{"forecast_category": 3}')$$);

-- ---------- Quotas
SET ROLE regress_quotas_manager;
INSERT INTO salesopp.quota (id, employee_id, period, amount) VALUES (77740001, 77740001, '[2024-01-01,2024-04-01)', 100), (77740002, 77740001, '[2024-04-01,2024-07-01)', 200),
	(77740003, 77740002, '[2024-01-01,2024-07-01)', 300);
INSERT INTO salesopp.quota (id, department_id, period, amount) VALUES (77740004, 77740001, '[2024-01-01,2024-07-01)', 400);
-- they begin where the one before ends, and no day is in two; employees and departments do not get in each other's way
INSERT INTO salesopp.quota (id, employee_id, period, amount) VALUES (77740005, 77740001, '[2024-06-30,2024-07-02)', 1);
INSERT INTO salesopp.quota (id, department_id, period, amount) VALUES (77740005, 77740001, '[2024-06-30,2024-06-30]', 1);
UPDATE salesopp.quota SET employee_id = 77740001 WHERE id = 77740003;
UPDATE salesopp.quota SET period = '[2024-01-01,2024-04-02)' WHERE id = 77740001;
-- also two of the statement, in any order
INSERT INTO salesopp.quota (id, employee_id, period, amount) SELECT e * 10 + i, e, daterange(d, d + 10), 1 FROM unnest('{77740003,77740004}'::bigint[]) e,
	unnest('{2024-03-01,2024-02-01,2024-02-05}'::date[]) WITH ORDINALITY d (d, i);
-- they can change places, and holders, in one statement
UPDATE salesopp.quota SET period = CASE id WHEN 77740001 THEN '[2024-04-01,2024-07-01)' ELSE '[2024-01-01,2024-04-01)' END::daterange WHERE id IN (77740001, 77740002);
UPDATE salesopp.quota SET employee_id = CASE employee_id WHEN 77740001 THEN 77740002 ELSE 77740001 END WHERE employee_id IN (77740001, 77740002);
SELECT id, employee_id, department_id, period, amount FROM salesopp.quota ORDER BY id;
UPDATE salesopp.quota SET department_id = 77740002, employee_id = NULL WHERE id = 77740003;
INSERT INTO salesopp.quota (id, employee_id, period, amount) VALUES (77740001, 77740001, '[2030-01-01,2031-01-01)', 1) ON CONFLICT (organization_id, id) DO UPDATE SET note = 'kept';
SELECT count(*) AS kept FROM salesopp.quota WHERE note = 'kept';
-- what is no quota
SELECT v AS quota, test.outcome(format('INSERT INTO salesopp.quota (id, employee_id, department_id, period, amount) VALUES (77740099, %s)', v)) FROM unnest(ARRAY[
	$$77740001, 77740001, '[2025-01-01,2026-01-01)', 1$$, $$NULL, NULL, '[2025-01-01,2026-01-01)', 1$$, $$77740001, NULL, NULL, 1$$, $$77740001, NULL, 'empty', 1$$,
	$$77740001, NULL, '[2025-01-01,)', 1$$, $$77740001, NULL, '(,2025-01-01)', 1$$, $$77740001, NULL, '(,)', 1$$, $$77740001, NULL, '[2025-01-01,infinity)', 1$$,
	$$77740001, NULL, '[-infinity,2025-01-01)', 1$$, $$77740001, NULL, '[2025-02-01,2025-01-01)', 1$$, $$77740001, NULL, '[2025-01-01,2026-01-01)', NULL$$,
	$$77740001, NULL, '[2025-01-01,2026-01-01)', -0.01$$, $$77740001, NULL, '[2025-01-01,2026-01-01)', 'NaN'$$, $$77740001, NULL, '[2025-01-01,2026-01-01)', 'Infinity'$$,
	$$77740901, NULL, '[2025-01-01,2026-01-01)', 1$$, $$77740999, NULL, '[2025-01-01,2026-01-01)', 1$$, $$NULL, 77740901, '[2025-01-01,2026-01-01)', 1$$,
	$$77740001, NULL, '[4713-01-01 BC,5874897-12-30)', 0$$]) v;
-- to the word the same of an employee elsewhere and of none
INSERT INTO salesopp.quota (id, employee_id, period, amount) VALUES (77740098, 77740901, '[2025-01-01,2026-01-01)', 1);
INSERT INTO salesopp.quota (id, employee_id, period, amount) VALUES (77740098, 77740999, '[2025-01-01,2026-01-01)', 1);
INSERT INTO salesopp.quota (id, employee_id, period, amount) VALUES (77740098, 77740001, 'empty', 1);
-- who does what
SELECT created_by IS NULL AND created_at = changed_at AS stamped FROM salesopp.quota WHERE id = 77740004;
SELECT test.outcome('UPDATE salesopp.quota SET id = 5 WHERE id = 77740001');
SET ROLE regress_quotas_seller;
SELECT (SELECT count(*) FROM salesopp.quota) AS read, test.outcome('INSERT INTO salesopp.quota (employee_id, period, amount) VALUES (77740005, ''[2025-01-01,2026-01-01)'', 1)') AS insert,
	test.outcome('UPDATE salesopp.quota SET amount = 1') AS update, test.outcome('DELETE FROM salesopp.quota') AS delete;
SET ROLE regress_quotas_reader;
SELECT (SELECT count(*) FROM salesopp.quota) AS read, test.outcome('DELETE FROM salesopp.quota') AS delete;
SET ROLE regress_quotas_manager;
DELETE FROM salesopp.quota;

-- ---------- Who leads whom
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES
	(77740002, 77740001, '2024-01-01'), (77740003, 77740002, '2024-01-01'), (77740004, 77740002, '2024-01-01'), (77740004, 77740001, '2024-07-01'), (77740005, NULL, '2024-01-01');
SELECT initials, depth, path FROM salesopp.team('2024-06-30') WHERE employee_id < 77740900;
SELECT initials, depth, path FROM salesopp.team('2024-07-01') WHERE employee_id < 77740900;
SELECT count(*), count(manager_id), max(depth) FROM salesopp.team('2023-12-31');
-- nobody leads himself; not on the day, nor on a later one, nor when what was between goes
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740006, 77740006, '2024-01-01');
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740001, 77740003, '2024-03-01');
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740001, 77740004, '2023-01-01');
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740002, NULL, '2024-09-01'), (77740001, 77740002, '2024-08-31');
-- but who led may be led by who was led, once that has ended; also in one statement, whatever the order of its rows
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740001, 77740002, '2024-09-01'), (77740002, NULL, '2024-09-01');
SELECT initials, depth, path FROM salesopp.team('2024-09-01') WHERE employee_id IN (77740001, 77740002, 77740004);
-- what ends it cannot go, be put off, or become another's
DELETE FROM salesopp.employee_manager WHERE employee_id = 77740002 AND manager_id IS NULL;
UPDATE salesopp.employee_manager SET valid_from = '2024-09-02' WHERE employee_id = 77740002 AND manager_id IS NULL;
UPDATE salesopp.employee_manager SET employee_id = 77740006 WHERE employee_id = 77740002 AND manager_id IS NULL;
UPDATE salesopp.employee_manager SET manager_id = 77740004 WHERE employee_id = 77740002 AND manager_id IS NULL;
-- nor can the row of one become another's who leads his manager
UPDATE salesopp.employee_manager SET employee_id = 77740001, valid_from = '2024-05-01' WHERE employee_id = 77740003;
-- a circle of days that nobody shares is none
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740005, 77740006, '2024-02-01'), (77740005, NULL, '2024-03-01'),
	(77740006, 77740005, '2024-03-01'), (77740006, NULL, '2024-04-01'), (77740005, 77740006, '2024-04-01');
UPDATE salesopp.employee_manager SET valid_from = '2024-04-02' WHERE employee_id = 77740006 AND valid_from = '2024-04-01';
DELETE FROM salesopp.employee_manager WHERE employee_id IN (77740005, 77740006) AND valid_from < '2024-04-01';
SELECT v AS manager, test.outcome(format('INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (%s)', v)) FROM unnest(ARRAY[
	$$77740003, 77740001, '2024-01-01'$$, $$77740003, 77740001, NULL$$, $$77740003, 77740001, 'infinity'$$, $$77740003, 77740001, '-infinity'$$, $$NULL, 77740001, '2024-02-01'$$,
	$$77740003, 77740901, '2024-02-01'$$, $$77740003, 77740999, '2024-02-01'$$, $$77740901, 77740001, '2024-02-01'$$, $$77740003, 77740001, '4713-01-01 BC'$$]) v;
DELETE FROM salesopp.employee_manager WHERE valid_from < '0001-01-01';
-- to the word the same of a manager elsewhere and of none
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740003, 77740901, '2024-02-01');
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740003, 77740999, '2024-02-01');
SET ROLE regress_quotas_seller;
SELECT (SELECT count(*) FROM salesopp.employee_manager) AS read, test.outcome('INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740006, NULL, ''2025-01-01'')') AS insert,
	test.outcome('DELETE FROM salesopp.employee_manager') AS delete;
RESET ROLE;
-- an employee who is led, has a quota or has submitted stays
SELECT test.outcome('DELETE FROM salesopp.employee WHERE id = 77740003');
-- what is restored comes in any order; that a circle is there already does not keep a trigger from ending
BEGIN;
SET row_security = off;
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740001, 77740003, '2026-01-01');
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740002, 77740001, '2026-01-01');
RESET row_security;
SELECT test.outcome('INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740006, 77740001, ''2026-01-01'')') AS led_by_one_of_a_circle,
	count(*) FILTER (WHERE initials < 'G') AS out_of_it FROM salesopp.team('2026-01-01');
ROLLBACK;
DELETE FROM salesopp.employee_manager WHERE employee_id BETWEEN 77740001 AND 77740006;

-- ---------- Submissions
SET ROLE regress_quotas_seller;
INSERT INTO salesopp.forecast_submission (id, employee_id, period, amount, commit, best_case, note, created_at, created_by)
VALUES (77740001, 77740003, '[2024-01-01,2024-04-01)', 900, 1000, 800, 'as people do', '2024-01-01', 77740001);
SELECT now() - created_at < '1 hour' AS now, created_by FROM salesopp.forecast_submission;
SELECT test.outcome(statement), statement FROM unnest(ARRAY['UPDATE salesopp.forecast_submission SET amount = 1', 'DELETE FROM salesopp.forecast_submission', 'TRUNCATE salesopp.forecast_submission']) statement;
SET ROLE regress_quotas_manager;
SELECT test.outcome(statement), statement FROM unnest(ARRAY['UPDATE salesopp.forecast_submission SET amount = 1', 'DELETE FROM salesopp.forecast_submission', 'TRUNCATE salesopp.forecast_submission']) statement;
-- a manager imports what was submitted elsewhere
INSERT INTO salesopp.forecast_submission (id, employee_id, period, amount, created_at, created_by) VALUES (77740002, 77740003, '[2024-01-01,2024-04-01)', 850, '2024-03-01 12:00+00', 77740003);
SELECT created_at, created_by FROM salesopp.forecast_submission WHERE id = 77740002;
SELECT left(test.outcome('INSERT INTO salesopp.forecast_submission (employee_id, period, amount, created_at) VALUES (77740003, ''[2024-01-01,2024-04-01)'', 1, now() + interval ''1 day'')'), 44) AS from_the_future,
	test.outcome('INSERT INTO salesopp.forecast_submission (employee_id, period, amount, created_by) VALUES (77740003, ''[2024-01-01,2024-04-01)'', 1, 77740901)') LIKE '23503 created_by of the new row is 77740901, which is not an employee of organization %' AS by_another;
SET ROLE regress_quotas_reader;
SELECT (SELECT count(*) FROM salesopp.forecast_submission) AS read, test.outcome('INSERT INTO salesopp.forecast_submission (employee_id, period, amount) VALUES (77740003, ''[2024-01-01,2024-04-01)'', 1)') AS insert;
RESET ROLE;
UPDATE salesopp.forecast_submission SET note = note;
DELETE FROM salesopp.forecast_submission WHERE false;
TRUNCATE salesopp.forecast_submission;
SELECT v AS submission, test.outcome(format('INSERT INTO salesopp.forecast_submission (id, employee_id, period, amount, commit, best_case) VALUES (77740099, %s)', v)) FROM unnest(ARRAY[
	$$77740001, '[2025-01-01,2026-01-01)', NULL, NULL, NULL$$, $$77740001, '[2025-01-01,2026-01-01)', -1, NULL, NULL$$, $$77740001, '[2025-01-01,2026-01-01)', 1, -1, NULL$$,
	$$77740001, '[2025-01-01,2026-01-01)', 1, NULL, -1$$, $$77740001, '[2025-01-01,2026-01-01)', 'NaN', NULL, NULL$$, $$77740001, '[2025-01-01,2026-01-01)', 1, 'NaN', NULL$$,
	$$77740001, '[2025-01-01,2026-01-01)', 1, NULL, 'Infinity'$$, $$77740001, NULL, 1, NULL, NULL$$, $$77740001, 'empty', 1, NULL, NULL$$, $$77740001, '[2025-01-01,)', 1, NULL, NULL$$,
	$$NULL, '[2025-01-01,2026-01-01)', 1, NULL, NULL$$, $$77740901, '[2025-01-01,2026-01-01)', 1, NULL, NULL$$, $$77740999, '[2025-01-01,2026-01-01)', 1, NULL, NULL$$]) v;

-- ---------- Attainment: two quarters of 2024
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (77740002, 77740001, '2024-01-01'), (77740003, 77740002, '2024-01-01'),
	(77740004, 77740002, '2024-01-01'), (77740004, 77740001, '2024-02-15'), (77740006, 77740005, '2024-01-01');
INSERT INTO salesopp.quota (employee_id, department_id, period, amount) VALUES (77740001, NULL, '[2024-01-01,2025-01-01)', 3660), (77740003, NULL, '[2024-01-01,2024-04-01)', 1000),
	(77740004, NULL, '[2024-03-01,2024-05-01)', 610), (NULL, 77740001, '[2024-01-01,2024-04-01)', 5000);
-- brought from elsewhere, with what it was when
INSERT INTO salesopp.opportunity (id, subject, responsible_id, department_id, status, estimated_revenue, actual_revenue, progress_method, progress, forecast_category,
	decision_date, close_date, created_at, changed_at)
SELECT 77740100 + i, 'Deal ' || i, e, d, s::salesopp.opportunity_status, est, act, 'manual', p, c::salesopp.forecast_category, dd::date, cd::date, cr::timestamptz, COALESCE(cd, cr)::timestamptz
FROM (VALUES (1, 77740003, 77740001, 'won', 450, 400, 40, NULL, '2024-01-31', '2024-01-20', '2024-01-05'),
	(2, 77740003, 77740001, 'won', 500, 500, 60, NULL, '2024-02-28', '2024-02-20', '2024-01-10'),
	(3, 77740004, 77740002, 'open', 300, NULL, 80, NULL, '2024-03-15', NULL, '2024-01-10'),
	(4, 77740004, 77740002, 'open', 200, NULL, 10, 'best_case', '2024-03-20', NULL, '2024-01-10'),
	(5, 77740002, 77740001, 'open', 100, NULL, 10, NULL, '2024-03-20', NULL, '2024-01-10'),
	(6, 77740002, 77740001, 'open', 1000, NULL, 0, NULL, '2024-03-20', NULL, '2024-01-10'),
	(7, 77740002, 77740001, 'lost', 5000, NULL, 90, 'commit', '2024-03-20', '2024-01-15', '2024-01-10'),
	(8, 77740001, 77740001, 'open', 700, NULL, 80, NULL, '2024-04-01', NULL, '2024-01-10'),
	(9, NULL, NULL, 'won', 50, 50.25, 80, NULL, '2024-03-31', '2024-03-31', '2024-01-10'),
	(10, NULL, NULL, 'open', 60, NULL, 30, NULL, '2024-03-01', NULL, '2024-01-10'),
	(11, 77740003, 77740001, 'open', NULL, NULL, 99, NULL, '2024-03-01', NULL, '2024-01-10'),
	(12, 77740003, 77740001, 'open', 9999, NULL, 99, 'omitted', '2024-03-01', NULL, '2024-01-10'),
	(13, 77740003, 77740001, 'open', 7777, NULL, 99, NULL, NULL, NULL, '2024-01-10')) v (i, e, d, s, est, act, p, c, dd, cd, cr);
INSERT INTO salesopp.opportunity (id, subject, responsible_id, estimated_revenue, progress_method, progress, decision_date, created_at, deleted_at) VALUES
	(77740114, 'Deleted', 77740003, 12345, 'manual', 90, '2024-03-01', '2024-01-10', '2024-01-11');
GRANT EXECUTE ON FUNCTION test.outcome(text) TO PUBLIC;
SET ROLE regress_quotas_reader;
\set quarter '''[2024-01-01,2024-04-01)'''
-- on 1 February: what was won by then; Di with Bo
SELECT initials, depth, quota, won, open_pipeline, commit, best_case, round(attainment, 4) AS attainment, round(coverage, 4) AS coverage, round(chance::numeric, 6) AS chance
FROM salesopp.attainment(:quarter, '2024-02-01');
-- on the last day, and now: Di is with Ada
SELECT initials, depth, quota, won, open_pipeline, commit, best_case, round(attainment, 4) AS attainment, round(coverage, 4) AS coverage, round(chance::numeric, 6) AS chance
FROM salesopp.attainment(:quarter, '2024-03-31');
SELECT (SELECT md5(string_agg(a::text, ' ')) FROM salesopp.attainment(:quarter) a) = (SELECT md5(string_agg(a::text, ' ')) FROM salesopp.attainment(:quarter, '2024-03-31') a) AS same_now;
SELECT count(*) AS before_any, sum(quota), sum(won) FROM salesopp.attainment(:quarter, '2023-12-31');
SELECT department, quota, won, open_pipeline, commit, best_case, round(attainment, 4) AS attainment, round(coverage, 4) AS coverage, round(chance::numeric, 6) AS chance
FROM salesopp.department_attainment(:quarter, '2024-02-01');
SELECT department, quota, won, open_pipeline, commit, best_case, attainment, coverage, round(chance::numeric, 6) AS chance FROM salesopp.department_attainment(:quarter);
-- the rows at the top are everything, by whatever way it is taken apart; the chance of what is known to have come is 1 or 0
SELECT sum(won) = (SELECT sum(actual_revenue) FROM salesopp.opportunity WHERE close_date <@ daterange(:quarter)) AS won,
	sum(open_pipeline) = (SELECT sum(estimated_revenue) FROM salesopp.search(jsonb_build_object('status', 'open', 'decision_date', '{"from": "2024-01-01", "to": "2024-03-31"}'::jsonb,
		'forecast_category', '["pipeline", "best_case", "commit"]'::jsonb))) AS open,
	ROW(sum(won), sum(open_pipeline), sum(commit), sum(best_case)) = (SELECT sum(d.won), sum(d.open_pipeline), sum(d.commit), sum(d.best_case) FROM salesopp.department_attainment(:quarter) d) AS departments
FROM salesopp.attainment(:quarter) WHERE depth = 0;
SELECT initials, won, quota, coverage, chance FROM salesopp.attainment('[2024-01-01,2024-02-01)') WHERE quota IS NOT NULL ORDER BY initials;
-- who has left leads until somebody else does, and what is his stays his; his own is what his row has beyond those of whom he leads directly
RESET ROLE;
UPDATE salesopp.employee SET is_active = false WHERE id IN (77740002, 77740003);
SELECT (SELECT md5(string_agg(a::text, ' ')) FROM salesopp.attainment(:quarter) a) = (SELECT md5(string_agg(a::text, ' ')) FROM salesopp.attainment(:quarter, '2024-03-31') a) AS same;
UPDATE salesopp.employee SET is_active = true WHERE id IN (77740002, 77740003);
SELECT a.initials, a.quota - sum(b.quota) AS own_quota, a.open_pipeline - sum(b.open_pipeline) AS own_pipeline FROM salesopp.attainment(:quarter) a
JOIN salesopp.team() t ON t.manager_id = a.employee_id JOIN salesopp.attainment(:quarter) b ON b.employee_id = t.employee_id GROUP BY a.initials, a.quota, a.open_pipeline ORDER BY a.initials;
-- a quota of nothing is reached at once, and nothing is left to cover
INSERT INTO salesopp.quota (employee_id, period, amount) VALUES (77740006, '[2024-01-01,2024-04-01)', 0);
SELECT initials, quota, attainment, coverage, chance FROM salesopp.attainment(:quarter) WHERE initials IN ('EE', 'FF');
DELETE FROM salesopp.quota WHERE employee_id = 77740006;
-- a period in which nothing is: who leads is there all the same
SELECT initials, depth, quota, won, open_pipeline, commit, best_case, attainment, coverage, chance FROM salesopp.attainment('[2019-01-01,2019-02-01)', '2024-03-01');
-- a day ends where the organization is
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, progress_method, progress, decision_date, created_at) VALUES (77740121, 'Late', 10, 'manual', 50, '2024-06-30', '2024-05-10 12:00+00');
SELECT sum(open_pipeline) AS utc, (SELECT sum(open_pipeline) FROM salesopp.attainment('[2024-06-01,2024-07-01)', '2024-05-09')) AS day_before FROM salesopp.attainment('[2024-06-01,2024-07-01)', '2024-05-10');
UPDATE salesopp.organization SET time_zone = 'Pacific/Kiritimati' WHERE id = :organization;
SELECT sum(open_pipeline) AS kiritimati FROM salesopp.attainment('[2024-06-01,2024-07-01)', '2024-05-10');
SELECT sum(open_pipeline) AS kiritimati FROM salesopp.attainment('[2024-06-01,2024-07-01)', '2024-05-11');
-- and today is the present for those who are in another, for whom it is another day
UPDATE salesopp.opportunity SET estimated_revenue = 20 WHERE id = 77740121;
SET timezone = 'Etc/GMT+12';
SELECT sum(open_pipeline) AS today FROM salesopp.attainment('[2024-06-01,2024-07-01)');
UPDATE salesopp.organization SET time_zone = 'Etc/GMT+12' WHERE id = :organization;
SET timezone = 'Pacific/Kiritimati';
SELECT sum(open_pipeline) AS today FROM salesopp.attainment('[2024-06-01,2024-07-01)');
SET timezone = 'UTC';
UPDATE salesopp.organization SET time_zone = 'UTC' WHERE id = :organization;
-- periods that adjoin add up to the quota, whatever they cut it into
INSERT INTO salesopp.quota (employee_id, period, amount) SELECT 77740002, daterange(date '2025-01-01' + 100 * n + n, date '2025-01-01' + 100 * (n + 1)), 1000.01 * n + 0.01 FROM generate_series(0, 6) n;
SELECT step, sum(a.quota) = (SELECT sum(amount) FROM salesopp.quota WHERE employee_id = 77740002) AS adds_up, count(*) FILTER (WHERE scale(a.quota) > 2) AS parts_of_cents
FROM unnest('{1,7,30,365,700}'::int[]) step, generate_series(0, 699, step) d, salesopp.attained(daterange(date '2025-01-01' + d, date '2025-01-01' + d + step), CURRENT_DATE, false) a
WHERE a.holder_id = 77740002 GROUP BY step ORDER BY step;
DELETE FROM salesopp.quota WHERE employee_id = 77740002;

-- ---------- What was submitted against what came
INSERT INTO salesopp.forecast_submission (id, employee_id, period, amount, commit, best_case, created_at) VALUES (77740011, 77740002, '[2024-01-01,2024-04-01)', 1000, 800, 1200, '2024-01-15 23:30+00'),
	(77740012, 77740001, '[2024-01-01,2024-02-01)', 400, NULL, NULL, '2024-02-02'), (77740013, 77740005, '[2024-01-01,2024-04-01)', 5, NULL, NULL, '2024-03-31'),
	(77740014, 77740001, '[2024-03-01,2024-06-01)', 5, NULL, NULL, '2024-03-31'), (77740015, 77740001, daterange(CURRENT_DATE, CURRENT_DATE + 2), 7, NULL, NULL, now());
SET ROLE regress_quotas_reader;
SELECT initials, submission_id, period, CASE WHEN submission_id <> 77740001 THEN submitted_at END AS submitted_at, CASE WHEN submission_id <> 77740001 THEN days_before_end END AS days_before_end, amount, commit, best_case, came, deviation, round(deviation_percent, 2) AS percent, is_over
FROM salesopp.submission_accuracy('[2024-01-01,2024-04-01)');
SELECT submission_id, days_before_end, amount, came, deviation, deviation_percent, is_over FROM salesopp.submission_accuracy(daterange(CURRENT_DATE - 5, CURRENT_DATE + 5));
RESET ROLE;
-- the team is that of the last day; a sale that is registered afterwards has come, too, and one that is opened again has not
INSERT INTO salesopp.forecast_submission (id, employee_id, period, amount, created_at) VALUES (77740016, 77740002, '[2024-02-01,2024-02-15)', 5, '2024-02-01'), (77740017, 77740002, '[2024-02-01,2024-02-16)', 5, '2024-02-01');
INSERT INTO salesopp.opportunity (id, subject, responsible_id, status, actual_revenue, close_date, created_at) VALUES (77740131, 'Registered late', 77740004, 'won', 33, '2024-02-10', now());
SELECT submission_id, came FROM salesopp.submission_accuracy('[2024-02-01,2024-03-01)');
SELECT status FROM salesopp.reopen(77740131);
SELECT submission_id, came FROM salesopp.submission_accuracy('[2024-02-01,2024-03-01)');

-- nobody may know when one was submitted
BEGIN;
INSERT INTO salesopp.forecast_submission (employee_id, period, amount, created_at) SELECT id, '[2023-01-01,2023-02-01)', 5, '-infinity' FROM salesopp.employee WHERE organization_id = :organization AND initials = 'BB';
SELECT initials, submitted_at, days_before_end, amount, came FROM salesopp.submission_accuracy('[2023-01-01,2023-02-01)');
ROLLBACK;

-- ---------- Without a meaning
SELECT call, test.outcome('SELECT salesopp.' || call) FROM unnest(ARRAY[
	'attainment(NULL)', 'attainment(''empty'')', 'attainment(''[2024-01-01,)'')', 'attainment(''(,2024-01-01]'')', 'attainment(''[2024-01-01,infinity)'')', 'attainment(''[-infinity,2024-01-01)'')',
	'attainment(''[2024-01-01,2024-04-01)'', ''2999-01-01'')', 'attainment(''[2024-01-01,2024-04-01)'', NULL)', 'attainment(''[2024-01-01,2024-04-01)'', ''infinity'')',
	'attainment(''[2024-01-01,2024-04-01)'', ''-infinity'')', 'department_attainment(''[2024-01-01,)'')', 'department_attainment(''[2024-01-01,2024-04-01)'', ''2999-01-01'')',
	'submission_accuracy(NULL)', 'submission_accuracy(''empty'')', 'submission_accuracy(''(,)'')', 'team(NULL)', 'team(''infinity'')']) call;
-- far from today, whatever the calendar has
SELECT test.outcome('SELECT salesopp.' || call) FROM unnest(ARRAY['attainment(''[4713-01-01 BC,5874897-12-30)'', ''4713-01-01 BC'')', 'attainment(''[4713-01-01 BC,5874897-12-30)'')',
	'submission_accuracy(''[4713-01-01 BC,5874897-12-30)'')', 'team(''5874897-12-30'')', 'team(''4713-01-01 BC'')']) call;
-- no organization, or another's: nothing of this one
RESET salesopp.organization_id;
SELECT (SELECT count(*) FROM salesopp.team()) AS team, (SELECT count(*) FROM salesopp.attainment(:quarter)) AS attainment, (SELECT count(*) FROM salesopp.submission_accuracy(:quarter)) AS submissions;
SET salesopp.organization_id = :elsewhere;
SELECT (SELECT string_agg(initials, ' ') FROM salesopp.team()) AS team, (SELECT count(*) FROM salesopp.attainment(:quarter)) AS attainment, (SELECT count(*) FROM salesopp.submission_accuracy(:quarter)) AS submissions;

-- ---------- Against a plain computation: one employee at a time, down from him. As a reader, beside a larger organization; no statistics know any of it
CREATE FUNCTION quotas.populate(organization bigint, base bigint, employees integer, deals integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('salesopp.organization_id', organization::text, true);
	INSERT INTO salesopp.department (id, name) SELECT base + i, 'D' || i FROM generate_series(1, 4) i;
	INSERT INTO salesopp.employee (id, initials, name) SELECT base + i, 'E' || i, 'Employee ' || i FROM generate_series(1, employees) i;
	-- some change their manager now and then, and some have none for a time
	INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from)
	SELECT base + i, CASE WHEN (hashint4(i * 7 + k) & 7) > 0 THEN base + 1 + (hashint4(i * 11 + k) & 1023) % (i - 1) END, date '2024-01-01' + 40 * k + i % 30
	FROM generate_series(2, employees) i, generate_series(0, i % 4) k;
	-- so many a day that parts of a quota are whole
	INSERT INTO salesopp.quota (employee_id, period, amount)
	SELECT base + i, p, (upper(p) - lower(p)) * (100 + i % 7) FROM generate_series(1, employees, 2) i, generate_series(0, 5) k, LATERAL (SELECT daterange(date '2024-01-01' + 50 * k + i % 11, date '2024-01-01' + 50 * (k + 1) + i % 11) AS p) p;
	INSERT INTO salesopp.quota (department_id, period, amount) SELECT base + i, '[2024-01-01,2025-01-01)', 366 * 50 * i FROM generate_series(1, 3) i;
	INSERT INTO salesopp.opportunity (subject, responsible_id, department_id, status, estimated_revenue, actual_revenue, progress_method, progress, forecast_category, decision_date, close_date)
	SELECT 'Deal ' || i, CASE WHEN i % 17 > 0 THEN base + 1 + (hashint4(i) & 65535) % employees END, CASE WHEN i % 5 > 0 THEN base + i % 5 END, s, CASE WHEN i % 13 > 0 THEN 1000 + 50 * (hashint4(i + 1) & 31) END,
		CASE s WHEN 'won' THEN 900 + 50 * (hashint4(i + 1) & 31) END, 'manual', (hashint4(i + 2) & 127) % 101,
		CASE WHEN s = 'open' AND i % 4 = 0 THEN (enum_range(NULL::salesopp.forecast_category))[1 + i % 3] END, date '2024-01-01' + i % 300, CASE WHEN s <> 'open' THEN date '2024-01-01' + i % 250 END
	FROM generate_series(1, deals) i, LATERAL (SELECT (ARRAY['open', 'won', 'open', 'lost'])[1 + i % 4]::salesopp.opportunity_status AS s) s;
END $$;
CREATE FUNCTION quotas.plain(days daterange, of date) RETURNS TABLE (employee_id bigint, quota numeric, won numeric, open_pipeline numeric, commit numeric, best_case numeric, chance double precision)
LANGUAGE plpgsql AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	team bigint[];
	more bigint[];
BEGIN
	FOR employee_id IN SELECT e.id FROM salesopp.employee e WHERE e.organization_id = organization UNION ALL SELECT NULL LOOP
		team := '{}';
		more := ARRAY[employee_id];
		WHILE cardinality(more) > 0 LOOP
			team := team || more;
			more := ARRAY(SELECT e.id FROM salesopp.employee e WHERE e.organization_id = organization AND (SELECT m.manager_id FROM salesopp.employee_manager m
				WHERE m.organization_id = organization AND m.employee_id = e.id AND m.valid_from <= of ORDER BY m.valid_from DESC LIMIT 1) = ANY (more));
		END LOOP;
		quota := (SELECT sum(q.amount / (upper(q.period) - lower(q.period))) FROM salesopp.quota q, LATERAL generate_series(lower(q.period), upper(q.period) - 1, interval '1 day') d
			WHERE q.organization_id = organization AND q.employee_id = ANY (team) AND d::date <@ days);
		SELECT COALESCE(sum(o.actual_revenue), 0), COALESCE(sum(o.estimated_revenue) FILTER (WHERE o.status = 'open'), 0),
			COALESCE(sum(o.actual_revenue), 0) + COALESCE(sum(o.estimated_revenue) FILTER (WHERE o.status = 'open' AND (o.forecast_category = 'commit' OR o.forecast_category IS NULL AND o.progress >= 75)), 0),
			salesopp.forecast_chance(o.status, o.estimated_revenue, o.actual_revenue, o.progress, plain.quota)
		INTO won, open_pipeline, commit, chance
		FROM salesopp.opportunity o WHERE o.organization_id = organization AND (o.responsible_id = ANY (team) OR o.responsible_id IS NULL AND employee_id IS NULL)
			AND (o.status = 'won' AND o.close_date <@ days OR o.status = 'open' AND o.decision_date <@ days AND (o.forecast_category <> 'omitted' OR o.forecast_category IS NULL AND o.progress > 0));
		best_case := commit + (SELECT COALESCE(sum(o.estimated_revenue), 0) FROM salesopp.opportunity o WHERE o.organization_id = organization AND (o.responsible_id = ANY (team) OR o.responsible_id IS NULL AND employee_id IS NULL)
			AND o.status = 'open' AND o.decision_date <@ days AND (o.forecast_category = 'best_case' OR o.forecast_category IS NULL AND o.progress >= 50 AND o.progress < 75));
		chance := CASE WHEN quota IS NOT NULL THEN COALESCE(chance, 0) END;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT salesopp.create_organization('Quotas large') AS large, salesopp.create_organization('Quotas new') AS new \gset
SELECT quotas.populate(:large, 77750000, 120, 4000);
SELECT quotas.populate(:new, 77760000, 40, 400);
SET salesopp.organization_id = :new;
SET ROLE regress_quotas_reader;
WITH told AS (SELECT employee_id, quota, won, open_pipeline, commit, best_case, round(chance::numeric, 9) AS chance FROM salesopp.attainment('[2024-02-10,2024-06-20)')),
	plain AS (SELECT employee_id, quota, won, open_pipeline, commit, best_case, round(chance::numeric, 9) FROM quotas.plain('[2024-02-10,2024-06-20)', CURRENT_DATE))
SELECT (SELECT count(*) FROM told) AS told, (SELECT count(*) FROM (TABLE told EXCEPT TABLE plain) x) AS otherwise,
	(SELECT count(*) FROM (TABLE plain EXCEPT TABLE told) x WHERE (quota, won, open_pipeline) IS DISTINCT FROM (NULL::numeric, 0::numeric, 0::numeric)) AS left_out,
	(SELECT max(depth) FROM salesopp.attainment('[2024-02-10,2024-06-20)')) AS deep;
-- with the team of another day
WITH told AS (SELECT employee_id, quota FROM salesopp.attainment('[2024-02-10,2024-06-20)', '2024-03-20') WHERE quota IS NOT NULL),
	plain AS (SELECT employee_id, quota FROM quotas.plain('[2024-02-10,2024-06-20)', '2024-03-20') WHERE quota IS NOT NULL)
SELECT (SELECT count(*) FROM told) AS told, (SELECT count(*) FROM (TABLE told EXCEPT TABLE plain) x) AS otherwise, (SELECT count(*) FROM (TABLE plain EXCEPT TABLE told) x) AS left_out;
WITH led AS (SELECT employee_id, path FROM salesopp.team('2024-02-20'))
SELECT count(*) AS employees, count(DISTINCT path) FILTER (WHERE cardinality(path) = 1) AS at_the_top,
	bool_and((SELECT count(*) FROM led m WHERE l.employee_id = ANY (m.path)) = (SELECT count(*) FROM led m, unnest(m.path) p WHERE p = l.employee_id)) AS each_once,
	bool_and(NOT EXISTS (SELECT FROM unnest(path) WITH ORDINALITY p (id, i) WHERE i > 1 AND path[i - 1] IS DISTINCT FROM (SELECT m.manager_id FROM salesopp.employee_manager m
		WHERE m.employee_id = p.id AND m.valid_from <= '2024-02-20' ORDER BY m.valid_from DESC LIMIT 1))) AS each_led FROM led l;
SELECT sum(quota) = 366 * 50 * 6 AS quotas, sum(won) = (SELECT sum(actual_revenue) FROM salesopp.opportunity WHERE close_date < '2025-01-01') AS won, count(*) FROM salesopp.department_attainment('[2024-01-01,2025-01-01)');
RESET ROLE;
RESET salesopp.organization_id;
SET client_min_messages = warning;
DROP SCHEMA quotas CASCADE;
RESET client_min_messages;
DROP OWNED BY regress_quotas_reader, regress_quotas_seller, regress_quotas_manager;
DROP ROLE regress_quotas_reader, regress_quotas_seller, regress_quotas_manager;
