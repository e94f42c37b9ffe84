-- N6 Time in stage: visits to stages, stalls, who goes on. And versions for reading (N1).
\pset null '(null)'
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SELECT salesopp.create_organization('Stages') AS organization, salesopp.create_organization('Stages elsewhere') AS elsewhere \gset
CREATE ROLE regress_stages_reader LOGIN;
CREATE ROLE regress_stages_nobody LOGIN;
SELECT salesopp.grant_access('regress_stages_reader', 'reader');
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.sales_process (id, name) VALUES (77600001, 'Three stages'), (77600002, 'Other');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES
	(77600001, 1, 'First', 10), (77600001, 2, 'Second', 40), (77600001, 3, 'Third', 70), (77600002, 1, 'Only', 50);

-- What cannot be told by its time: whether a visit begins when the one before it ends, and whether it lasted at all.
CREATE VIEW test.visits WITH (security_invoker = true) AS
SELECT v.opportunity_id, v.visit, v.position, v.name, v.ended_by, v.is_current, v.is_measured,
	v.entered_at = lag(v.left_at) OVER (PARTITION BY v.opportunity_id ORDER BY v.visit) AS follows,
	v.duration = COALESCE(v.left_at, now()) - v.entered_at AND v.duration >= interval '0' AS lasts
FROM salesopp.stage_visits v WHERE v.organization_id = salesopp.current_organization();
GRANT SELECT ON test.visits TO PUBLIC;

-- N6 Every way in which a visit begins and ends; each statement is a transaction
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (77600101, 'Every way', 77600001);
SELECT s.position FROM salesopp.set_stage_status(77600101, 1, 'completed') s;
SELECT s.position FROM salesopp.set_stage_status(77600101, 1, 'pending') s;
UPDATE salesopp.opportunity SET estimated_revenue = 1 WHERE id = 77600101;
SELECT s.position FROM salesopp.set_stage_status(77600101, 1, 'cancelled') s;
SELECT o.status FROM salesopp.close_lost(77600101) o;
SELECT o.status FROM salesopp.reopen(77600101) o;
SELECT outcome FROM salesopp.delete_opportunities('{77600101}');
SELECT outcome FROM salesopp.restore_opportunities('{77600101}');
SELECT o.status FROM salesopp.close_won(77600101, 5) o;
SELECT outcome FROM salesopp.delete_opportunities('{77600101}');
SELECT outcome FROM salesopp.restore_opportunities('{77600101}');
TABLE test.visits;
SELECT count(*) AS versions, count(*) FILTER (WHERE deleted) AS deleted, bool_and(valid_from < valid_to OR valid_to IS NULL) AS last,
	count(*) FILTER (WHERE valid_to IS NULL) AS now
FROM salesopp.opportunity_version WHERE opportunity_id = 77600101;
-- no stage left, and again one
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (77600102, 'None left', 77600002);
SELECT s.position FROM salesopp.set_stage_status(77600102, 1, 'completed') s;
SELECT position, ended_by, left_at < now() AS left FROM salesopp.stage_visits WHERE opportunity_id = 77600102;
INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (77600102, 7, 'Late', 90);
SELECT visit, position, name, ended_by, is_current, follows FROM test.visits WHERE opportunity_id = 77600102;
-- a process that is attached later; an opportunity without stages is never at one
INSERT INTO salesopp.opportunity (id, subject) VALUES (77600103, 'Attached'), (77600104, 'Without');
SELECT count(*) FROM salesopp.stage_visits WHERE opportunity_id IN (77600103, 77600104);
SELECT o.stage_position FROM salesopp.attach_process(77600103, 77600001) o;
-- stages of its own
INSERT INTO salesopp.opportunity (id, subject) VALUES (77600105, 'Its own');
INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (77600105, 2, 'Mine', 30), (77600105, 4, 'Mine, too', 30);
UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id = 77600105 AND position = 2;
SELECT opportunity_id, visit, position, name, ended_by, sales_process_id FROM salesopp.stage_visits
WHERE opportunity_id BETWEEN 77600103 AND 77600105 ORDER BY 1, 2;
-- what is closed or deleted from the start is at no stage
INSERT INTO salesopp.opportunity (id, subject, sales_process_id, status) VALUES (77600106, 'Closed', 77600001, 'won');
SELECT count(*) FROM salesopp.stage_visits WHERE opportunity_id = 77600106;
-- what comes in closed, or with a past: of the time before it is known that it was open, but not where
INSERT INTO salesopp.opportunity (id, subject, sales_process_id, status, created_at, changed_at, close_date) VALUES
	(77600108, 'Brought closed', 77600001, 'won', '2024-01-01', '2024-06-01', '2024-05-01');
INSERT INTO salesopp.opportunity (id, subject, sales_process_id, created_at) VALUES (77600109, 'Brought open', 77600001, '2024-01-01');
SELECT s.position FROM salesopp.set_stage_status(77600109, 1, 'completed') s;
SELECT opportunity_id, visit, position, ended_by, is_measured FROM test.visits WHERE opportunity_id IN (77600108, 77600109);

-- Names: the opportunity's own, else the process's, else none
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (77600107, 'Names', 77600001);
UPDATE salesopp.stage SET name = 'My second' WHERE opportunity_id = 77600107 AND position = 2;
SELECT s.position FROM salesopp.set_stage_status(77600107, 1, 'completed') s;
DELETE FROM salesopp.stage WHERE opportunity_id = 77600107 AND position = 1;
UPDATE salesopp.stage SET position = 9 WHERE opportunity_id = 77600107 AND position = 2;
DELETE FROM salesopp.stage WHERE opportunity_id = 77600107 AND position = 3;
SELECT visit, position, name, ended_by FROM test.visits WHERE opportunity_id = 77600107;

-- What no instant shows makes no visit: several changes in one transaction
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (77600110, 'At once', 77600001);
BEGIN;
SELECT s.position FROM salesopp.set_stage_status(77600110, 1, 'completed') s;
SELECT s.position FROM salesopp.set_stage_status(77600110, 2, 'completed') s;
COMMIT;
-- there and back, closed and reopened, deleted and brought back: it has stayed
BEGIN;
SELECT s.position FROM salesopp.set_stage_status(77600110, 3, 'completed') s;
SELECT s.position FROM salesopp.set_stage_status(77600110, 3, 'pending') s;
COMMIT;
BEGIN;
SELECT o.status FROM salesopp.close_lost(77600110) o;
SELECT o.status FROM salesopp.reopen(77600110) o;
COMMIT;
BEGIN;
SELECT outcome FROM salesopp.delete_opportunities('{77600110}');
SELECT outcome FROM salesopp.restore_opportunities('{77600110}');
COMMIT;
SELECT visit, position, ended_by, is_current, follows FROM test.visits WHERE opportunity_id = 77600110;
-- closed and deleted at once
BEGIN;
SELECT o.status FROM salesopp.close_lost(77600110) o;
SELECT outcome FROM salesopp.delete_opportunities('{77600110}');
COMMIT;
SELECT visit, position, ended_by, is_current FROM test.visits WHERE opportunity_id = 77600110;
-- all of it in the first transaction
BEGIN;
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (77600111, 'Short', 77600001);
SELECT o.status FROM salesopp.close_won(77600111, 1) o;
COMMIT;
SELECT count(*) AS visits FROM salesopp.stage_visits WHERE opportunity_id = 77600111;

-- N1 Versions: each instant shows one of each opportunity, the last of those of that instant, and the last is what it is now
SELECT count(*) AS versions, count(DISTINCT opportunity_id) AS opportunities FROM salesopp.opportunity_version
WHERE organization_id = :organization;
SELECT v.opportunity_id FROM salesopp.opportunity_version v
JOIN salesopp.opportunity_version other ON other.organization_id = v.organization_id AND other.opportunity_id = v.opportunity_id AND other.version <> v.version
	AND other.valid_from >= v.valid_from AND (other.valid_from < v.valid_to OR v.valid_to IS NULL);
SELECT h.opportunity_id, h.version FROM salesopp.opportunity_history h
LEFT JOIN salesopp.opportunity_version v ON v.organization_id = h.organization_id AND v.opportunity_id = h.opportunity_id AND v.version = h.version
WHERE h.organization_id = :organization
	AND (v.version IS NULL) <> EXISTS (SELECT FROM salesopp.opportunity_history later
		WHERE later.organization_id = h.organization_id AND later.opportunity_id = h.opportunity_id
		AND later.at = h.at AND later.version > h.version);
SELECT count(*) AS hidden FROM salesopp.opportunity_history h WHERE h.organization_id = :organization
	AND NOT EXISTS (SELECT FROM salesopp.opportunity_version v WHERE v.organization_id = h.organization_id
		AND v.opportunity_id = h.opportunity_id AND v.version = h.version);
SELECT o.id FROM salesopp.opportunity o JOIN salesopp.opportunity_version v ON v.organization_id = o.organization_id AND v.opportunity_id = o.id AND v.valid_to IS NULL
WHERE o.organization_id = :organization
	AND (o.status, o.deleted_at IS NOT NULL, o.progress, o.version, o.stage_position, o.stage_reached)
		IS DISTINCT FROM (v.status, v.deleted, v.progress, v.version, v.stage_position, v.stage_reached);

-- Opportunities with a past that was brought along: days at each position (NULL: open, none left), until now or until they
-- were closed.
CREATE PROCEDURE test.bring(id bigint, process bigint, positions integer[], days numeric[], ended salesopp.opportunity_status,
	origin salesopp.history_origin DEFAULT 'imported', last_origin salesopp.history_origin DEFAULT NULL, gone boolean DEFAULT false)
LANGUAGE plpgsql SET row_security = off AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	n constant integer := cardinality(positions);
	start constant timestamptz := now() - (SELECT sum(d) FROM unnest(days) d) * interval '1 day';
	is_won constant boolean := ended = 'won';
BEGIN
	INSERT INTO salesopp.opportunity (organization_id, id, subject, sales_process_id, status, closed_at, close_date, actual_revenue,
		stage_position, version, created_at, changed_at, deleted_at)
	VALUES (organization, bring.id, 'Brought ' || bring.id, process, ended, CASE WHEN ended <> 'open' THEN now() END,
		CASE WHEN ended <> 'open' THEN CURRENT_DATE END, CASE WHEN is_won THEN 1 END, positions[n], n + (ended <> 'open')::integer,
		start, now(), CASE WHEN gone THEN now() END);
	INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, at, version, stage_position, sales_process_id, status,
		origin, deleted, actual_revenue, progress)
	SELECT organization, bring.id, start + COALESCE((SELECT sum(d) FROM unnest(days[:step - 1]) d), 0) * interval '1 day', step,
		positions[least(step, n)], process, CASE WHEN step > n THEN ended ELSE 'open' END,
		CASE WHEN step = n + (ended <> 'open')::integer THEN COALESCE(last_origin, bring.origin) ELSE bring.origin END,
		gone AND step > n, CASE WHEN step > n AND is_won THEN 1 END, 0
	FROM generate_series(1, n + (ended <> 'open')::integer) step;
END $$;
SELECT salesopp.create_organization('Stalls') AS organization \gset
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.sales_process (id, name) VALUES (77600011, 'Three stages'), (77600012, 'Other');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES
	(77600011, 1, 'First', 10), (77600011, 2, 'Second', 40), (77600011, 3, 'Third', 70), (77600012, 1, 'Only', 50);
-- five won ones were at the first stage for 1 to 5 days, and at the second for ten times as long
DO $$
BEGIN
	FOR i IN 1..5 LOOP
		CALL test.bring(77600200 + i, 77600011, '{1,2}', ARRAY[i, 10 * i], 'won');
	END LOOP;
END $$;
-- of these nothing counts for stalls: lost, won and reopened, won of another process, without one, deleted
CALL test.bring(77600211, 77600011, '{1}', '{100}', 'lost');
CALL test.bring(77600212, 77600011, '{1}', '{100}', 'won');
SELECT o.status FROM salesopp.reopen(77600212) o;
CALL test.bring(77600213, 77600012, '{1}', '{200}', 'won');
CALL test.bring(77600214, NULL, '{1}', '{300}', 'won');
CALL test.bring(77600215, 77600011, '{1}', '{400}', 'won', gone => true);
-- nor what began before recording did, or before it was brought; what was made up of old events has no stages
CALL test.bring(77600216, 77600011, '{1}', '{500}', 'won', 'baseline', 'recorded');
CALL test.bring(77600217, 77600011, '{1}', '{600}', 'won', 'imported', 'recorded');
CALL test.bring(77600218, 77600011, '{1}', '{700}', 'won', 'reconstructed', 'recorded');
-- open ones: an hour less than 4 days, an hour more, long; a stage of which there is nothing to compare with; no process; none left
CALL test.bring(77600221, 77600011, '{1}', ARRAY[4 - 1 / 24.0], 'open');
CALL test.bring(77600222, 77600011, '{1}', ARRAY[4 + 1 / 24.0], 'open');
CALL test.bring(77600223, 77600011, '{1,2}', '{1,90}', 'open', 'recorded');
CALL test.bring(77600224, 77600011, '{1,2,3}', '{1,1,90}', 'open');
CALL test.bring(77600225, NULL, '{1}', '{90}', 'open');
CALL test.bring(77600226, 77600011, '{1,NULL}', '{1,90}', 'open');
CALL test.bring(77600227, 77600011, '{1}', '{90}', 'open', 'baseline');
SELECT opportunity_id, visit, position, name, ended_by, is_measured, round(extract(epoch FROM duration) / 86400, 1) AS days
FROM salesopp.stage_visits WHERE opportunity_id IN (77600201, 77600216, 77600217, 77600218, 77600223, 77600224, 77600226, 77600227)
ORDER BY 1, 2;

-- N6 How long stages take: ten visits to the first that are measured: 1 to 5 days, 100, 100, and 1 day each of three open ones
SET ROLE regress_stages_reader;
SELECT * FROM salesopp.stage_times();
SELECT * FROM salesopp.stage_times('{"status": "won", "id": {"<=": 77600204}}');
SELECT * FROM salesopp.stage_times('{"status": "lost"}');
SELECT count(*) FROM salesopp.stage_times('{"id": 0}');
-- N6 Stalls: four in five of the five took 4 days, or 40
CREATE TEMP TABLE stalls AS SELECT * FROM salesopp.stalled(at_least => 5);
SELECT opportunity_id, subject, position, date_trunc('hour', in_stage) AS in_stage, usual, compared_with, next_activity_at FROM stalls;
-- the longest first
SELECT array_agg(in_stage) = array_agg(in_stage ORDER BY in_stage DESC) AS in_order FROM stalls;
DROP TABLE stalls;
-- fewer than at_least, as 20 are meant, are not enough
SELECT count(*) FROM salesopp.stalled();
SELECT count(*) FROM salesopp.stalled(at_least => 6);
SELECT opportunity_id FROM salesopp.stalled('{"id": 77600222}', at_least => 5);
SELECT opportunity_id FROM salesopp.stalled('{"status": ["won", "lost"]}', at_least => 5);
SELECT opportunity_id FROM salesopp.stalled('{"sales_process_id": 77600011}', at_least => 5);
RESET ROLE;
-- just as long is not longer
BEGIN;
CALL test.bring(77600228, 77600011, '{1}', '{4}', 'open');
SELECT in_stage FROM salesopp.stalled(at_least => 5) WHERE opportunity_id = 77600228;
SELECT in_stage, usual FROM salesopp.stalled(quantile => 0.6, at_least => 5) WHERE opportunity_id = 77600228;
ROLLBACK;
-- quantiles, by their definition: the least length that at least this share of the visits did not exceed
SELECT q, s.usual, s.usual IS NOT DISTINCT FROM (
	SELECT min(d) FROM generate_series(1, 5) n, LATERAL (SELECT n * interval '1 day' AS d) l WHERE n / 5.0 >= q) AS right
FROM unnest('{0, 0.01, 0.2, 0.21, 0.4, 0.5, 0.6, 0.799, 0.8, 0.81, 1}'::numeric[]) q
LEFT JOIN LATERAL salesopp.stalled('{"id": 77600227}', q, 1) s ON true ORDER BY q;

-- the next activity is shown: the earliest that is to come, of this opportunity
INSERT INTO salesopp.activity (kind, subject, opportunity_id, occurred_at) VALUES
	('call', 'Past', 77600222, now() - interval '1 day'), ('call', 'Later', 77600223, '2100-01-02'), ('task', 'Next', 77600223, '2100-01-01'),
	('call', 'Past', 77600223, '2000-01-01'), ('call', 'Other', 77600201, '2100-01-01');
SELECT opportunity_id, next_activity_at AT TIME ZONE 'UTC' AS next FROM salesopp.stalled(at_least => 5) ORDER BY 1;

-- N6 Conversion: reached = went_on + lost + won + still_there
SELECT salesopp.create_organization('Conversion') AS organization \gset
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.sales_process (id, name) VALUES (77600021, 'Three stages');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES
	(77600021, 1, 'First', 10), (77600021, 2, 'Second', 40), (77600021, 3, 'Third', 70);
CALL test.bring(77600301, 77600021, '{1,2,3}', '{1,1,1}', 'won');          -- won at the third
CALL test.bring(77600302, 77600021, '{1,2,3,NULL}', '{1,1,1,1}', 'won');   -- with no stage left
CALL test.bring(77600303, 77600021, '{1,2}', '{1,1}', 'lost');             -- lost at the second
CALL test.bring(77600304, 77600021, '{1,3}', '{1,1}', 'lost');             -- past the second, lost at the third
CALL test.bring(77600305, 77600021, '{1,2,1}', '{1,1,1}', 'lost');         -- back at the first, but counted where it got to
CALL test.bring(77600306, 77600021, '{1,2,1,2}', '{1,1,1,50}', 'open');    -- there for the second time
CALL test.bring(77600307, 77600021, '{1}', '{60}', 'open');
CALL test.bring(77600308, 77600021, '{3,1,NULL}', '{1,1,1}', 'open');      -- from the third to the first, and past all
CALL test.bring(77600309, 77600021, '{1,NULL,2}', '{1,1,1}', 'lost');      -- none left after the first, then another
CALL test.bring(77600310, 77600021, '{1}', '{1}', 'lost', gone => true);   -- deleted
SET ROLE regress_stages_reader;
SELECT * FROM salesopp.stage_conversion();
SELECT * FROM salesopp.stage_conversion('{"status": "lost"}');
SELECT position, reached, went_on, lost, won, still_there FROM salesopp.stage_conversion(reached_since => now() - interval '10 days');
SELECT count(*) FROM salesopp.stage_conversion(reached_since => 'infinity');
SELECT bool_and(reached = went_on + lost + won + still_there) AS adds_up, count(*) FROM unnest(ARRAY['{}', '{"status": "open"}',
	'{"status": "won"}', '{"id": {">=": 77600304}}']::jsonb[]) criteria, unnest('{-infinity, now, 2020-01-01}'::timestamptz[] || NULL) since,
	salesopp.stage_conversion(criteria, since);
-- the ids that the functions begin with
SELECT array_agg(id ORDER BY id) = (SELECT array_agg(id ORDER BY id) FROM salesopp.search('{"status": "lost"}', max_rows => NULL)) AS same,
	count(*) FROM salesopp.search_ids('{"status": "lost"}') id;
RESET ROLE;

-- Another organization: not by the views, not by the functions, for the reader nor for the owner
SET salesopp.organization_id = :elsewhere;
SELECT count(*) FROM salesopp.stage_times();
SELECT count(*) FROM salesopp.stalled(at_least => 0);
SELECT count(*) FROM salesopp.stalled('{"id": 77600223}', at_least => 0);
SELECT count(*) FROM salesopp.stage_conversion('{"id": 77600301}');
SELECT count(*) FROM salesopp.stage_conversion();
SET ROLE regress_stages_reader;
SELECT (SELECT count(*) FROM salesopp.stage_visits) AS visits, (SELECT count(*) FROM salesopp.opportunity_version) AS versions;
RESET ROLE;
-- a role without rights
SET ROLE regress_stages_nobody;
SELECT test.outcome(statement), statement FROM unnest('{SELECT FROM salesopp.stage_visits, SELECT FROM salesopp.opportunity_version,
	SELECT salesopp.stage_times(), SELECT salesopp.stalled(), SELECT salesopp.stage_conversion()}'::text[]) statement;
RESET ROLE;
SET salesopp.organization_id = :organization;

-- Bad input, also where there is nothing to compute
SELECT test.outcome('SELECT salesopp.' || call), call FROM unnest(ARRAY[
	'stalled(quantile => -0.1)', 'stalled(quantile => 1.00001)', 'stalled(quantile => ''NaN'')', 'stalled(quantile => ''Infinity'')',
	'stalled(quantile => NULL)', 'stalled(at_least => -1)', 'stalled(at_least => NULL)', 'stalled(quantile => 0, at_least => 0)',
	'stalled(''{"colour": 1}'')', 'stalled(''[]'')', 'stage_times(''{"colour": 1}'')', 'stage_times(''{"id": "1"}'')',
	'stage_conversion(''{"colour": 1}'')', 'stage_conversion(''7'')', 'search_ids(''{"colour": 1}'')']) call;
SELECT count(*) FROM salesopp.stage_times(NULL);
SELECT count(*) FROM salesopp.stalled(NULL);
SELECT count(*) FROM salesopp.stage_conversion(NULL, NULL);
-- no finite time: no duration, and nothing to compare
CALL test.bring(77600401, 77600021, '{1,2}', '{1,1}', 'won');
SET session_replication_role = replica;
UPDATE salesopp.opportunity_history SET at = '-infinity' WHERE opportunity_id = 77600401 AND version = 1;
RESET session_replication_role;
SELECT visit, isfinite(entered_at) AS finite, duration IS NULL AS unknown, is_measured FROM salesopp.stage_visits WHERE opportunity_id = 77600401 ORDER BY visit;
SELECT position, visits, won_visits FROM salesopp.stage_times('{"id": 77600401}');

-- A small part of a large organization is found by the key
SET salesopp.organization_id = :organization;
SET enable_seqscan = off;
SELECT test.plan_steps('SELECT * FROM salesopp.stage_visits WHERE opportunity_id = 77600301', 'Index Cond') AS by_key,
	test.plan_steps('SELECT * FROM salesopp.stage_visits WHERE opportunity_id = 77600301', 'Seq Scan on opportunity_history') AS read_all;
RESET enable_seqscan;

DROP OWNED BY regress_stages_reader;
DROP ROLE regress_stages_reader, regress_stages_nobody;
DROP PROCEDURE test.bring;
DROP VIEW test.visits;
