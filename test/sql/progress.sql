-- Sales processes, stages and progress: F2.3, F3.1 to F3.5
SET search_path = salesopp, test, public;
SELECT create_organization('Progress') AS organization, create_organization('Progress elsewhere') AS elsewhere \gset
SET salesopp.organization_id = :organization;
SELECT id AS standard_elsewhere FROM sales_process WHERE organization_id = :elsewhere \gset
CREATE ROLE regress_salesopp_progress LOGIN;
SELECT grant_access('regress_salesopp_progress', 'manager');
SET ROLE regress_salesopp_progress;

--
-- F2.3 A new organization has the standard sales process
--
SELECT p.name AS process, p.is_active, s.position, s.name AS stage, s.probability
FROM sales_process p
JOIN sales_process_stage s ON s.organization_id = p.organization_id AND s.sales_process_id = p.id
ORDER BY s.position;
SELECT id AS standard FROM sales_process \gset

CREATE FUNCTION pg_temp.progress(opportunity_id bigint) RETURNS numeric LANGUAGE sql
RETURN (SELECT o.progress FROM salesopp.opportunity o
	WHERE o.id = opportunity_id);
CREATE FUNCTION pg_temp.funnel(opportunity_id bigint) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(f.position || ' ' || f.name || ' ' || f.probability || ' ' || f.status || ' ' || f.color,
	E'\n' ORDER BY f.position)
	FROM salesopp.stage_funnel f
	WHERE f.opportunity_id = funnel.opportunity_id);

--
-- F3.1 Processes and their stages
--
INSERT INTO sales_process (id, name, is_active) VALUES (900001, 'Short', true), (900002, 'Without stages', true);
INSERT INTO sales_process_stage (sales_process_id, position, name, probability) VALUES
	(900001, 30, 'Third', 90), (900001, 10, 'First', 10), (900001, 20, 'Second', 40);
SELECT outcome('INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES ' || v) AS outcome, v
FROM unnest(ARRAY[
	$$(900001, 20, 'Two at one position', 50)$$,
	$$(900001, 0, 'Position 0', 50)$$,
	$$(900001, -1, 'Position -1', 50)$$,
	$$(900001, NULL, 'No position', 50)$$,
	$$(900001, 40, 'Negative', -0.01)$$,
	$$(900001, 40, 'More than certain', 100.01)$$,
	$$(900001, 40, 'Not a number', 'NaN')$$,
	$$(900001, 40, 'Infinite', 'Infinity')$$,
	$$(900001, 40, 'Unknown', NULL)$$,
	$$(900001, 40, ' ', 50)$$,
	$$(900001, 40, NULL, 50)$$,
	$$(900003, 40, 'No such process', 50)$$]) v;
SELECT outcome(format('INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
	VALUES (%s, 6, %L, 50)', :standard_elsewhere, 'Of another organization'));
SELECT outcome($$INSERT INTO salesopp.sales_process (name) VALUES ('Short')$$) AS twice,
	outcome($$INSERT INTO salesopp.sales_process (name) VALUES (E'\t')$$) AS blank;

--
-- F3.1 An opportunity gets its own copy of the stages
--
INSERT INTO opportunity (id, subject, sales_process_id) VALUES (1, 'Attached at once', 900001);
INSERT INTO opportunity (id, subject) VALUES (2, 'Attached by function'), (3, 'Attached by update'), (4, 'Never attached');
SELECT id, sales_process_id, progress_method, progress FROM attach_process(2, 900001);
UPDATE opportunity SET sales_process_id = :standard WHERE id = 3;
SELECT o.id, f.position, f.name, f.probability, f.status, f.is_current, f.color
FROM opportunity o LEFT JOIN stage_funnel f ON f.organization_id = o.organization_id AND f.opportunity_id = o.id
ORDER BY o.id, f.position;
-- many at once; a process without stages gives none
INSERT INTO opportunity (id, subject, sales_process_id)
SELECT id, 'Many', CASE WHEN id % 2 = 0 THEN 900001 ELSE 900002 END FROM generate_series(101, 200) id;
SELECT sales_process_id, count(DISTINCT o.id) AS opportunities, count(s.position) AS stages
FROM opportunity o LEFT JOIN stage s ON s.organization_id = o.organization_id AND s.opportunity_id = o.id
WHERE o.id > 100 GROUP BY sales_process_id ORDER BY sales_process_id;

-- also one that was closed before it was entered
INSERT INTO opportunity (id, subject, sales_process_id, status) VALUES (9, 'Closed at once', 900001, 'won');
SELECT count(*) AS stages, max(status) AS status FROM stage WHERE opportunity_id = 9;

-- later changes of the process do not change the copies
UPDATE sales_process_stage SET name = 'Renamed', probability = 11
WHERE sales_process_id = 900001 AND position = 10;
UPDATE sales_process_stage SET position = 25
WHERE sales_process_id = 900001 AND position = 20;
DELETE FROM sales_process_stage WHERE sales_process_id = 900001 AND position = 30;
INSERT INTO sales_process_stage (sales_process_id, position, name, probability) VALUES (900001, 5, 'Before all', 1);
SELECT pg_temp.funnel(1) AS before_the_change, pg_temp.funnel(1) = pg_temp.funnel(2) AS the_same;
INSERT INTO opportunity (id, subject, sales_process_id) VALUES (5, 'After the change', 900001);
SELECT pg_temp.funnel(5) AS after_the_change;
-- and a change of a copy changes nothing else
UPDATE stage SET name = 'My own', probability = 15 WHERE opportunity_id = 2 AND position = 10;
SELECT split_part(pg_temp.funnel(2), E'\n', 1) AS mine, split_part(pg_temp.funnel(1), E'\n', 1) AS other,
	(SELECT name FROM sales_process_stage WHERE sales_process_id = 900001 AND position = 10) AS process;

--
-- F3.2 An attached process can never be exchanged
--
SELECT outcome(v) AS outcome, v AS statement FROM unnest(ARRAY[
	'UPDATE salesopp.opportunity SET sales_process_id = 900002 WHERE id = 1',
	'UPDATE salesopp.opportunity SET sales_process_id = NULL WHERE id = 1',
	'SELECT salesopp.attach_process(1, 900002)',
	'SELECT salesopp.attach_process(1, 900001)',
	'UPDATE salesopp.opportunity SET sales_process_id = 900001 WHERE id = 1',
	'DELETE FROM salesopp.sales_process WHERE id = 900001']) v;
SELECT sales_process_id, pg_temp.funnel(1) FROM opportunity WHERE id = 1;

-- nor is there any other way to a wrong one
SELECT outcome(v) AS outcome, v AS statement FROM unnest(ARRAY[
	'SELECT salesopp.attach_process(4, 900003)',
	'SELECT salesopp.attach_process(999, 900001)',
	'UPDATE salesopp.opportunity SET sales_process_id = 900003 WHERE id = 4']) v;
SELECT outcome(format('SELECT salesopp.attach_process(4, %s)',
	:standard_elsewhere)) LIKE '22023 no such sales process: %' AS function_refused,
	outcome(format('UPDATE salesopp.opportunity SET sales_process_id = %s WHERE id = 4', :standard_elsewhere)) AS update_refused;
RESET ROLE;
SET salesopp.organization_id = :elsewhere;
SET ROLE regress_salesopp_progress;
SELECT outcome('SELECT salesopp.attach_process(4, 900001)') AS of_another_organization,
	outcome('SELECT salesopp.set_stage_status(1, 10, ''completed'')') AS its_stage;
RESET ROLE;
SET salesopp.organization_id = :organization;
SET ROLE regress_salesopp_progress;
SELECT pg_temp.funnel(4) IS NULL AS still_without;

--
-- F3.5 Automatic progress: the completed stage that stands last
--
SELECT opportunity_id, position, name, status FROM set_stage_status(3, 2, 'completed');
CREATE FUNCTION pg_temp.after(stage_position int, status salesopp.stage_status) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	PERFORM salesopp.set_stage_status(3, stage_position, status);
	RETURN pg_temp.progress(3);
END $$;
SELECT n, stage_position, status, pg_temp.after(stage_position, status) AS progress
FROM (VALUES
	(1, 2, 'completed'::stage_status), -- again: no change
	(2, 4, 'completed'),               -- out of order
	(3, 3, 'completed'),               -- an earlier one makes no difference
	(4, 3, 'cancelled'),
	(5, 4, 'cancelled'),               -- back to the second
	(6, 3, 'completed'),
	(7, 3, 'pending'),
	(8, 1, 'completed'),
	(9, 2, 'pending'),                 -- the first is worth 0
	(10, 5, 'completed'),
	(11, 5, 'pending'),
	(12, 1, 'pending')) v (n, stage_position, status)  -- none is left
ORDER BY n;

-- by plain SQL just the same, several rows at once too
UPDATE stage SET status = 'completed' WHERE opportunity_id = 3 AND position <= 3;
SELECT pg_temp.progress(3);
UPDATE stage SET status = (ARRAY['cancelled', 'completed', 'pending', 'pending', 'pending'])[position]::stage_status
WHERE opportunity_id = 3;
SELECT pg_temp.progress(3), pg_temp.funnel(3);
-- what is completed moves, is worth something else, goes, or is new
UPDATE stage SET probability = 33.33 WHERE opportunity_id = 3 AND position = 2;
SELECT pg_temp.progress(3) AS worth_something_else;
UPDATE stage SET status = 'completed' WHERE opportunity_id = 3 AND position = 4;
SELECT pg_temp.progress(3) AS two_completed;
UPDATE stage SET position = 20 WHERE opportunity_id = 3 AND position = 2;
SELECT pg_temp.progress(3) AS moved_to_the_end;
DELETE FROM stage WHERE opportunity_id = 3 AND position = 20;
SELECT pg_temp.progress(3) AS gone;
INSERT INTO stage (opportunity_id, position, name, probability, status) VALUES
	(3, 30, 'Extra', 99.5, 'completed'), (3, 40, 'Extra pending', 100, 'pending');
SELECT pg_temp.progress(3) AS new_one;
DELETE FROM stage WHERE opportunity_id = 3;
SELECT pg_temp.progress(3) AS without_stages;
-- F4.1 stages without a process
INSERT INTO stage (opportunity_id, position, name, probability, status) VALUES (4, 1, 'My own', 12.5, 'completed');
SELECT pg_temp.progress(4), sales_process_id, (SELECT has_process FROM opportunity_list l WHERE l.id = o.id)
FROM opportunity o WHERE id = 4;

-- F3.5 it cannot be typed
SELECT outcome(v) AS outcome, v AS statement FROM unnest(ARRAY[
	'UPDATE salesopp.opportunity SET progress = 50 WHERE id = 4',
	'UPDATE salesopp.opportunity SET progress = 0 WHERE id = 4',
	'UPDATE salesopp.opportunity SET progress = 12.5 WHERE id = 4',
	'UPDATE salesopp.opportunity SET progress = 101 WHERE id = 4',
	'UPDATE salesopp.opportunity SET progress = 100, status = ''won'' WHERE id = 4',
	'INSERT INTO salesopp.opportunity (id, subject, progress) VALUES (6, ''Typed'', 10)',
	'INSERT INTO salesopp.opportunity (id, subject, progress, sales_process_id) VALUES (6, ''Typed'', 10, 900001)',
	'INSERT INTO salesopp.opportunity (id, subject, progress) VALUES (7, ''Zero'', 0)']) v;
SELECT pg_temp.progress(4);

-- F3.5 manual: typed, and stages make no difference
SELECT outcome(v) AS outcome, v AS statement, pg_temp.progress(4) AS progress FROM unnest(ARRAY[
	'UPDATE salesopp.opportunity SET progress_method = ''manual'' WHERE id = 4',
	'UPDATE salesopp.opportunity SET progress = 66.67 WHERE id = 4',
	'UPDATE salesopp.stage SET status = ''pending'' WHERE opportunity_id = 4',
	'INSERT INTO salesopp.stage (opportunity_id, position, name, probability, status) VALUES (4, 2, ''Second'', 40, ''completed'')',
	'UPDATE salesopp.opportunity SET progress = 100.01 WHERE id = 4',
	'UPDATE salesopp.opportunity SET progress = -0.01 WHERE id = 4',
	'UPDATE salesopp.opportunity SET progress = ''NaN'' WHERE id = 4',
	'UPDATE salesopp.opportunity SET progress = 100 WHERE id = 4',
	'UPDATE salesopp.opportunity SET progress = 0 WHERE id = 4',
	'UPDATE salesopp.opportunity SET progress = 33.335 WHERE id = 4']) v;
SELECT pg_temp.progress(4) AS to_two_decimals;
-- and back: computed anew, whatever was typed
UPDATE opportunity SET progress_method = 'automatic' WHERE id = 4;
SELECT pg_temp.progress(4) AS automatic_again;
UPDATE opportunity SET progress_method = 'manual', progress = 7 WHERE id = 4;
SELECT pg_temp.progress(4) AS manual_and_typed,
	outcome('UPDATE salesopp.opportunity SET progress_method = ''automatic'', progress = 8 WHERE id = 4') AS typed_something_else,
	outcome('UPDATE salesopp.opportunity SET progress_method = ''automatic'', progress = 40 WHERE id = 4') AS typed_the_same;
SELECT progress_method, progress FROM opportunity WHERE id = 4;
-- never unknown
SELECT left(outcome('UPDATE salesopp.opportunity SET ' || v || ' WHERE id = 4'), 5) AS code, v AS change FROM unnest(ARRAY[
	'progress = NULL', 'progress_method = NULL', 'progress_method = ''manual'', progress = NULL',
	'progress_method = NULL, progress = 1', 'status = ''won'', progress = NULL']) v;
SELECT progress_method, progress FROM opportunity WHERE id = 4;
INSERT INTO opportunity (id, subject, progress_method, progress, sales_process_id)
VALUES (8, 'Manual from the start', 'manual', 60, :standard);
SELECT pg_temp.progress(8) AS typed, pg_temp.progress(7) AS automatic;
UPDATE opportunity SET progress_method = 'automatic' WHERE id = 8;
SELECT pg_temp.progress(8) AS none_completed;

--
-- F3.3 Stage status: what cannot be
--
SELECT left(outcome(v), 5) AS code, v AS statement FROM unnest(ARRAY[
	'SELECT salesopp.attach_process(4, NULL)',
	'SELECT salesopp.attach_process(NULL, 900001)',
	'SELECT salesopp.set_stage_status(1, NULL, ''completed'')',
	'SELECT salesopp.set_stage_status(1, 10, NULL)',
	'SELECT salesopp.set_stage_status(NULL, 10, ''completed'')']) v;
SELECT outcome(v) AS outcome, v AS statement FROM unnest(ARRAY[
	'SELECT salesopp.set_stage_status(1, 11, ''completed'')',
	'SELECT salesopp.set_stage_status(999, 10, ''completed'')',
	'SELECT salesopp.set_stage_status(1, 10, ''done'')',
	'UPDATE salesopp.stage SET status = NULL WHERE opportunity_id = 1',
	'INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (1, 10, ''Two at one position'', 50)',
	'UPDATE salesopp.stage SET position = 10 WHERE opportunity_id = 1 AND position = 20',
	'INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (1, 0, ''Position 0'', 50)',
	'INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (1, NULL, ''No position'', 50)',
	'INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (NULL, 1, ''No opportunity'', 50)',
	'INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (999, 1, ''No such opportunity'', 50)',
	'INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (1, 40, '' '', 50)',
	'UPDATE salesopp.stage SET probability = 100.01 WHERE opportunity_id = 1',
	'UPDATE salesopp.stage SET probability = -1 WHERE opportunity_id = 1',
	'UPDATE salesopp.stage SET probability = ''NaN'' WHERE opportunity_id = 1',
	'UPDATE salesopp.stage SET probability = NULL WHERE opportunity_id = 1',
	'UPDATE salesopp.stage SET opportunity_id = 7 WHERE opportunity_id = 1',
	'UPDATE salesopp.stage SET opportunity_id = 999 WHERE opportunity_id = 1']) v;
SELECT pg_temp.funnel(1), pg_temp.progress(1);

-- F3.3 only while the opportunity is open
SELECT position, status FROM set_stage_status(1, 20, 'completed');
UPDATE opportunity SET status = 'won' WHERE id = 1;
UPDATE opportunity SET status = 'lost' WHERE id = 2;
CREATE FUNCTION pg_temp.stage_changes() RETURNS TABLE (outcome text, statement text) LANGUAGE sql
BEGIN ATOMIC
	SELECT test.outcome(v), v FROM unnest(ARRAY[
		'SELECT salesopp.set_stage_status(1, 10, ''completed'')',
		'SELECT salesopp.set_stage_status(2, 10, ''completed'')',
		'UPDATE salesopp.stage SET status = ''cancelled'' WHERE opportunity_id = 1',
		'UPDATE salesopp.stage SET status = ''cancelled'' WHERE opportunity_id = 2',
		'UPDATE salesopp.stage SET name = ''Other'' WHERE opportunity_id = 1',
		'UPDATE salesopp.stage SET status = status, name = name WHERE opportunity_id = 1',
		'INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (1, 40, ''Late'', 50)',
		'DELETE FROM salesopp.stage WHERE opportunity_id = 1']) v;
END;
SELECT * FROM pg_temp.stage_changes();
\set VERBOSITY default
\set SHOW_CONTEXT never
UPDATE stage SET status = 'completed' WHERE opportunity_id = 1;
SELECT attach_process(2, 900001);
\set VERBOSITY terse
SELECT pg_temp.funnel(1), pg_temp.progress(1);
-- a process or a progress method neither
SELECT outcome(v) AS outcome, v AS statement FROM unnest(ARRAY[
	'UPDATE salesopp.opportunity SET status = ''won'' WHERE id = 7',
	'SELECT salesopp.attach_process(7, 900001)',
	'UPDATE salesopp.opportunity SET sales_process_id = 900001 WHERE id = 7',
	'UPDATE salesopp.opportunity SET progress_method = ''manual'' WHERE id = 7',
	'UPDATE salesopp.opportunity SET progress = 100 WHERE id = 7']) v;
-- deleted
UPDATE opportunity SET deleted_at = now() WHERE id IN (5, 8);
SELECT outcome(v) AS outcome, v AS statement FROM unnest(ARRAY[
	'SELECT salesopp.set_stage_status(5, 5, ''completed'')',
	'SELECT salesopp.attach_process(5, 900001)',
	'UPDATE salesopp.stage SET status = ''completed'' WHERE opportunity_id = 5',
	'INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (5, 40, ''Late'', 50)',
	'DELETE FROM salesopp.stage WHERE opportunity_id = 5']) v;
SELECT count(*) AS in_the_funnel FROM stage_funnel WHERE opportunity_id IN (5, 8);
-- reopened, brought back
SELECT status FROM reopen(1);
UPDATE opportunity SET deleted_at = NULL WHERE id = 5;
SELECT outcome(v) AS outcome, v AS statement FROM unnest(ARRAY[
	'SELECT salesopp.set_stage_status(1, 10, ''completed'')',
	'SELECT salesopp.set_stage_status(1, 20, ''cancelled'')',
	'SELECT salesopp.set_stage_status(5, 5, ''completed'')']) v;
SELECT pg_temp.funnel(1), pg_temp.progress(1), pg_temp.funnel(5) AS funnel_5, pg_temp.progress(5) AS progress_5;

-- stages of another organization
RESET ROLE;
SET salesopp.organization_id = :elsewhere;
SET ROLE regress_salesopp_progress;
SELECT outcome('INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (1, 40, ''Theirs'', 50)') AS inserted,
	pg_temp.funnel(1) IS NULL AS not_seen;
SELECT outcome(format('UPDATE salesopp.stage SET organization_id = %s WHERE organization_id = %s AND opportunity_id = 1',
	:elsewhere, :organization)) AS not_seen_either;
RESET ROLE;
SET salesopp.organization_id = :organization;
-- not by the owner either, who sees them all
SELECT outcome(format('UPDATE salesopp.stage SET organization_id = %s WHERE organization_id = %s AND opportunity_id = 1',
	:elsewhere, :organization)) AS moved;
SET ROLE regress_salesopp_progress;

--
-- F3.4 Colours in all combinations of three stages, and the progress that goes with them
--
INSERT INTO sales_process (id, name) VALUES (900004, 'Three stages');
INSERT INTO sales_process_stage (sales_process_id, position, name, probability) VALUES
	(900004, 1, 'a', 10), (900004, 2, 'b', 40), (900004, 3, 'c', 90);
INSERT INTO opportunity (id, subject, sales_process_id) SELECT 300 + n, 'Combination', 900004 FROM generate_series(0, 26) n;
UPDATE stage SET status = (ARRAY['pending', 'completed', 'cancelled'])[1 + (opportunity_id - 300) / (3 ^ (3 - position))::int % 3]::stage_status
WHERE opportunity_id BETWEEN 300 AND 326;
SELECT string_agg(rpad(f.status::text, 9), ' ' ORDER BY f.position) AS stages,
	string_agg(f.color::text, ' ' ORDER BY f.position) AS colors,
	min(f.position) FILTER (WHERE f.is_current) AS current,
	count(*) FILTER (WHERE f.is_current) <= 1 AS at_most_one,
	pg_temp.progress(f.opportunity_id) AS progress
FROM stage_funnel f
WHERE f.opportunity_id BETWEEN 300 AND 326
GROUP BY f.opportunity_id ORDER BY f.opportunity_id;
-- by position, not by the order in which they were made; as wide a range as there is
INSERT INTO opportunity (id, subject) VALUES (400, 'Positions');
INSERT INTO stage (opportunity_id, position, name, probability, status) VALUES
	(400, 2147483647, 'last', 100, 'pending'), (400, 7, 'middle', 70, 'pending'), (400, 1, 'first', 1, 'completed');
SELECT pg_temp.funnel(400), pg_temp.progress(400);
UPDATE stage SET status = 'completed' WHERE opportunity_id = 400 AND position = 2147483647;
SELECT pg_temp.progress(400);

-- F3.3 F3.4 in a closed opportunity they are shown as they were
UPDATE opportunity SET status = 'lost' WHERE id = 400;
SELECT pg_temp.funnel(400);

--
-- F3.5 The aggregate
--
RESET ROLE;
SELECT stage_progress(status, stage_position, probability) FROM
	(VALUES ('completed'::stage_status, 2, 50.00), ('completed', 1, 75), ('cancelled', 3, 90),
		('pending', 4, 100)) v (status, stage_position, probability);
SELECT stage_progress('completed', 1, 50) AS integer, stage_progress('completed', -5, 12.3456789) AS fine,
	stage_progress('completed', 1, 33.330000) AS idle_zeros, stage_progress('pending', 1, 50) AS pending,
	stage_progress('completed', 1, 1e30) AS large,
	stage_progress(NULL, 1, 50) AS no_status, stage_progress('completed', NULL, 50) AS no_position,
	stage_progress('completed', 1, NULL) AS no_probability;
SELECT stage_progress('completed', 1, 50) AS no_rows WHERE false;
SELECT stage_progress('completed', g, g) FILTER (WHERE g < 3) AS filtered, stage_progress(DISTINCT 'completed', g % 2, g) AS distinct_ones,
	stage_progress('completed', g, 10 * g ORDER BY g DESC) AS in_order FROM generate_series(1, 5) g;

-- against plain SQL, rows of one position with one probability
CREATE SCHEMA progress_test;
CREATE TABLE progress_test.step AS
SELECT n, n % 10 AS part, (enum_range(NULL::salesopp.stage_status))[1 + d % 4] AS status, -- there is no fourth
	CASE WHEN d % 11 > 0 THEN (d / 4 % 4001)::int - 2000 END AS stage_position,
	((d / 4 % 4001) * 7919 % 10000) * CASE d / 4 % 3 WHEN 0 THEN 1 WHEN 1 THEN 0.01 ELSE 0.000001 END AS probability
FROM generate_series(1, 5000) n, LATERAL (SELECT ('x' || left(md5('step' || n), 12))::bit(48)::bigint) v (d);
CREATE INDEX ON progress_test.step (n);
ANALYZE progress_test.step;
CREATE FUNCTION progress_test.plain(first int, last int, one_part int DEFAULT NULL) RETURNS numeric LANGUAGE sql STABLE
RETURN (SELECT round(probability, greatest(2, min_scale(probability))) FROM (
	SELECT COALESCE((SELECT probability FROM progress_test.step
		WHERE n BETWEEN first AND last AND (part = one_part OR one_part IS NULL) AND status = 'completed' AND stage_position IS NOT NULL
		ORDER BY stage_position DESC LIMIT 1), 0) AS probability) p);
SELECT stage_progress(status, stage_position, probability)::text = progress_test.plain(1, 5000)::text AS same FROM progress_test.step;
SELECT part, stage_progress(status, stage_position, probability)::text = progress_test.plain(1, 5000, part)::text AS same
FROM progress_test.step GROUP BY part ORDER BY part;
SELECT count(*) AS rows, count(*) FILTER (WHERE p::text = progress_test.plain(n - 4, n + 1)::text) AS same,
	count(DISTINCT p) > 500 AS they_differ
FROM (SELECT n, stage_progress(status, stage_position, probability) OVER (ORDER BY n ROWS BETWEEN 4 PRECEDING AND 1 FOLLOWING) AS p
	FROM progress_test.step) w;
SELECT count(*) AS rows, count(*) FILTER (WHERE p::text = progress_test.plain(n, n + 60)::text) AS same
FROM (SELECT n, stage_progress(status, stage_position, probability) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND 60 FOLLOWING) AS p
	FROM progress_test.step) w;
-- the frame moves past everything
SELECT n, stage_progress('completed', n, 10 * n) OVER w AS one_before, stage_progress('completed', -n, 10 * n) OVER w AS backwards,
	stage_progress('pending', n, 10 * n) OVER w AS pending
FROM generate_series(1, 5) n WINDOW w AS (ORDER BY n ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) ORDER BY n;

-- in parallel
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT stage_progress(status, stage_position, probability) FROM progress_test.step;
SELECT stage_progress(status, stage_position, probability) AS all_steps FROM progress_test.step \gset
SELECT :'all_steps' = progress_test.plain(1, 5000)::text AS same;
SELECT plan_steps('SELECT part, stage_progress(status, stage_position, probability) AS p FROM progress_test.step GROUP BY part',
	'Partial HashAggregate') AS partial_ones;
CREATE TABLE progress_test.part AS
SELECT part, stage_progress(status, stage_position, probability) AS p FROM progress_test.step GROUP BY part;
SELECT count(*) AS groups, count(*) FILTER (WHERE p::text = progress_test.plain(1, 5000, part)::text) AS same
FROM progress_test.part;
SET parallel_leader_participation = off;
SELECT stage_progress(status, stage_position, probability) AS all_steps FROM progress_test.step \gset
SELECT :'all_steps' = progress_test.plain(1, 5000)::text AS same;
SELECT stage_progress(status, stage_position, probability) FROM progress_test.step WHERE status = 'pending';
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation;

SELECT statement, outcome('SELECT salesopp.' || statement) FROM (VALUES
	($$stage_progress_accum(NULL, 'completed', 1, 1)$$),
	($$stage_progress_accum_inv('\x00', 'completed', 1, 1)$$),
	($$stage_progress_combine('\x00', '\x00')$$),
	($$stage_progress_final(NULL)$$)) v (statement);

SET client_min_messages = warning;
DROP SCHEMA progress_test CASCADE;
DROP OWNED BY regress_salesopp_progress;
DROP ROLE regress_salesopp_progress;
