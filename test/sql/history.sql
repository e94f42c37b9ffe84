-- N1, issue 13: each change of what figures are made of becomes a row of history, whoever writes and how; the
-- version that counts changes; what an opportunity says of its stages.
\set SHOW_CONTEXT never
SET datestyle = ISO;
SET client_min_messages = warning;
INSERT INTO salesopp.organization (id, name, time_zone) VALUES (7701301, 'History', 'Pacific/Auckland'), (7701302, 'History elsewhere', 'UTC');
CREATE ROLE regress_history_reader LOGIN;
CREATE ROLE regress_history_seller LOGIN;
CREATE ROLE regress_history_manager LOGIN;
SELECT salesopp.grant_access('regress_history_reader', 'reader'), salesopp.grant_access('regress_history_seller', 'seller'),
	salesopp.grant_access('regress_history_manager', 'manager');
SET salesopp.organization_id = 7701302;
INSERT INTO salesopp.opportunity (id, subject) VALUES (770130201, 'Elsewhere');
SET salesopp.organization_id = 7701301;
INSERT INTO salesopp.employee (id, initials, name) VALUES (770130101, 'HA', 'Ann'), (770130102, 'HB', 'Bo');
INSERT INTO salesopp.department (id, name) VALUES (770130101, 'Sales');
INSERT INTO salesopp.sales_region (id, name) VALUES (770130101, 'North');
INSERT INTO salesopp.company (id, name) VALUES (770130101, 'Customer'), (770130102, 'Double');
INSERT INTO salesopp.contact (id, company_id, last_name) VALUES (770130101, 770130101, 'Person'), (770130102, 770130101, 'Twin');
INSERT INTO salesopp.loss_reason (id, name) VALUES (770130101, 'Price'), (770130102, 'Quality');
INSERT INTO salesopp.sales_process (id, name) VALUES (770130101, 'Two'), (770130102, 'None'), (770130103, 'Late');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES
	(770130101, 10, 'First', 20), (770130101, 20, 'Second', 60), (770130103, 5, 'Late', 90);
SET salesopp.employee_id = 770130101;

-- what has been added to the history since this was asked last
CREATE TABLE test.told (opportunity_id bigint, version integer, PRIMARY KEY (opportunity_id, version));
CREATE FUNCTION test.news() RETURNS TABLE (id bigint, version integer, status text, "position" integer, reached integer, progress numeric,
	estimated numeric, actual numeric, closed text, deleted boolean, origin text, by bigint) LANGUAGE sql AS $$
	WITH n AS (INSERT INTO test.told SELECT h.opportunity_id, h.version FROM salesopp.opportunity_history h
		WHERE h.organization_id = 7701301 ON CONFLICT DO NOTHING RETURNING *)
	SELECT h.opportunity_id % 100, h.version, h.status, stage_position, stage_reached, progress, estimated_revenue, actual_revenue,
		CASE h.close_date WHEN CURRENT_DATE THEN 'today' ELSE h.close_date::text END, deleted, NULLIF(origin::text, 'recorded'), h.changed_by % 100
	FROM n JOIN salesopp.opportunity_history h USING (opportunity_id, version) ORDER BY h.opportunity_id, h.version;
$$;
-- the history as it must be: its last row is the opportunity, and time does not go back
CREATE VIEW test.unfaithful AS
SELECT o.id, h.version FROM salesopp.opportunity o LEFT JOIN LATERAL (SELECT * FROM salesopp.opportunity_history h
	WHERE h.organization_id = o.organization_id AND h.opportunity_id = o.id ORDER BY version DESC LIMIT 1) h ON true
WHERE o.organization_id IN (7701301, 7701302) AND ((o.stage_position, o.stage_reached, o.decision_date, o.close_date, o.responsible_id, o.company_id,
		o.department_id, o.sales_region_id, o.sales_process_id, o.loss_reason_id, o.status, o.deleted_at IS NOT NULL, o.estimated_revenue,
		o.actual_revenue, o.progress)
	IS DISTINCT FROM (h.stage_position, h.stage_reached, h.decision_date, h.close_date, h.responsible_id, h.company_id,
		h.department_id, h.sales_region_id, h.sales_process_id, h.loss_reason_id, h.status, h.deleted, h.estimated_revenue,
		h.actual_revenue, h.progress) OR h.version > o.version OR h.version IS NULL)
UNION ALL
SELECT opportunity_id, version FROM (SELECT opportunity_id, version, at < lag(at) OVER (PARTITION BY opportunity_id ORDER BY version) AS back
	FROM salesopp.opportunity_history WHERE organization_id IN (7701301, 7701302)) b WHERE back;

--
-- Every way of writing
--
-- INSERT, of one and of several, from a query, with a version that counts for nothing; what is returned is true
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, version) VALUES (770130101, 'One', 100, 77)
RETURNING id % 100 AS id, version, stage_position, stage_reached;
INSERT INTO salesopp.opportunity (id, subject, sales_process_id, estimated_revenue) VALUES
	(770130102, 'Two', 770130101, 200), (770130103, 'Three', 770130102, NULL)
RETURNING id % 100 AS id, version, stage_position, stage_reached, progress;
INSERT INTO salesopp.opportunity (id, subject, status, estimated_revenue, sales_process_id, close_date)
SELECT 770130104, 'Four', 'won', 400, 770130101, '2024-05-06' RETURNING id % 100 AS id, version, stage_position;
SELECT * FROM test.news();
-- UPDATE of each column that is tracked: a row each
UPDATE salesopp.opportunity SET estimated_revenue = 110 WHERE id = 770130101 RETURNING version;
UPDATE salesopp.opportunity SET decision_date = '2030-01-01' WHERE id = 770130101;
UPDATE salesopp.opportunity SET responsible_id = 770130102 WHERE id = 770130101;
UPDATE salesopp.opportunity SET company_id = 770130101 WHERE id = 770130101;
UPDATE salesopp.opportunity SET department_id = 770130101 WHERE id = 770130101;
UPDATE salesopp.opportunity SET sales_region_id = 770130101 WHERE id = 770130101;
UPDATE salesopp.opportunity SET progress_method = 'manual', progress = 12.5 WHERE id = 770130101;
SET salesopp.employee_id = 770130102;
UPDATE salesopp.opportunity SET sales_process_id = 770130101 WHERE id = 770130101 RETURNING version, stage_position, stage_reached, progress;
SELECT decision_date, responsible_id % 100 AS responsible, company_id % 100 AS company, department_id % 100 AS department,
	sales_region_id % 100 AS region, sales_process_id % 100 AS process, n.*
FROM test.news() n JOIN salesopp.opportunity_history h ON h.opportunity_id = 770130100 + n.id AND h.version = n.version ORDER BY n.id, n.version;
-- what is not tracked counts as a version, and is no row; the same again is neither, and what is typed as the version counts for nothing
UPDATE salesopp.opportunity SET subject = 'One, renamed', note = 'n', rating = 3, priority = 'high', delivery_date = '2031-01-01', custom = '{}',
	contact_id = 770130101 WHERE id = 770130101 RETURNING version;
UPDATE salesopp.opportunity SET progress_method = 'automatic' WHERE id = 770130103 RETURNING version;
UPDATE salesopp.opportunity SET estimated_revenue = 110.00, subject = subject, version = 5 WHERE id = 770130101 RETURNING version;
WITH u AS (UPDATE salesopp.opportunity SET version = version + 1 WHERE id IN (770130101, 770130104) RETURNING id % 100 AS id, version)
SELECT * FROM u ORDER BY id;
SELECT * FROM test.news();
-- N1 the column is for optimistic locking: who comes second touches nothing
UPDATE salesopp.opportunity SET note = 'mine' WHERE id = 770130101 AND version = 10 RETURNING version;
UPDATE salesopp.opportunity SET note = 'theirs' WHERE id = 770130101 AND version = 10 RETURNING version;
-- MERGE, ON CONFLICT, COPY, common table expressions
MERGE INTO salesopp.opportunity o USING (VALUES (770130101, 120), (770130105, 500)) v (id, estimate) ON o.organization_id = 7701301 AND o.id = v.id
WHEN MATCHED THEN UPDATE SET estimated_revenue = v.estimate
WHEN NOT MATCHED THEN INSERT (id, subject, estimated_revenue) VALUES (v.id, 'Five', v.estimate);
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) VALUES (770130105, 'Five', 510), (770130106, 'Six', 600)
ON CONFLICT (organization_id, id) DO UPDATE SET estimated_revenue = excluded.estimated_revenue RETURNING id % 100 AS id, version;
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) VALUES (770130105, 'Five', 520) ON CONFLICT DO NOTHING;
COPY salesopp.opportunity (id, subject, estimated_revenue) FROM stdin;
770130107	Seven	700
770130108	Eight	800
\.
WITH raised AS (UPDATE salesopp.opportunity SET estimated_revenue = 710 WHERE id = 770130107 RETURNING organization_id),
	made AS (INSERT INTO salesopp.opportunity (id, subject) VALUES (770130109, 'Nine') RETURNING id)
SELECT (SELECT count(*) FROM raised) AS raised, (SELECT count(*) FROM made) AS made;
SELECT * FROM test.news();

--
-- The stages
--
-- of a process, also while progress is manual; several at once are one change
SELECT s.position FROM salesopp.set_stage_status(770130101, 10, 'completed') s;
UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id = 770130102;
SELECT * FROM test.news();
UPDATE salesopp.stage SET status = 'cancelled' WHERE opportunity_id = 770130102 AND position = 20;
UPDATE salesopp.stage SET name = 'Renamed' WHERE opportunity_id = 770130102 AND position = 20;
UPDATE salesopp.stage SET position = 15 WHERE opportunity_id = 770130102 AND position = 10;
DELETE FROM salesopp.stage WHERE opportunity_id = 770130102;
-- by hand, and then a process behind, before and none at all
INSERT INTO salesopp.stage (opportunity_id, position, name, probability, status) VALUES
	(770130105, 7, 'By hand', 10, 'pending'), (770130106, 7, 'By hand', 10, 'completed'), (770130107, 7, 'By hand', 10, 'pending');
SELECT * FROM test.news();
WITH u AS (UPDATE salesopp.opportunity SET sales_process_id = CASE id WHEN 770130105 THEN 770130101 WHEN 770130106 THEN 770130103 ELSE 770130102 END
	WHERE id IN (770130105, 770130106, 770130107) RETURNING id % 100 AS id, version, stage_position, stage_reached)
SELECT * FROM u ORDER BY id;
SELECT id % 100 AS id, version FROM salesopp.attach_process(770130109, 770130103);
SELECT * FROM test.news();
-- what it says of them is not typed
SELECT test.outcome(v.statement), v.statement FROM (VALUES
	('INSERT INTO salesopp.opportunity (id, subject, stage_position) VALUES (770130190, ''x'', 1)'),
	('INSERT INTO salesopp.opportunity (id, subject, sales_process_id, stage_position) VALUES (770130190, ''x'', 770130101, 10)'),
	('INSERT INTO salesopp.opportunity (id, subject, stage_reached) VALUES (770130190, ''x'', 1)'),
	('UPDATE salesopp.opportunity SET stage_position = 20 WHERE id = 770130109'),
	('UPDATE salesopp.opportunity SET stage_position = NULL WHERE id = 770130109'),
	('UPDATE salesopp.opportunity SET stage_reached = 5 WHERE id = 770130109'),
	('UPDATE salesopp.opportunity SET stage_position = 5, stage_reached = NULL WHERE id = 770130109'),
	('UPDATE salesopp.opportunity SET stage_position = 10, sales_process_id = 770130101 WHERE id = 770130108'),
	('UPDATE salesopp.opportunity SET stage_reached = 10 WHERE id = 770130104'),
	('INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (770130190, ''x'', 1)'),
	('UPDATE salesopp.opportunity SET sales_process_id = 1 WHERE id = 770130108')) v (statement);
SELECT * FROM test.news();

--
-- The functions
--
SELECT version FROM salesopp.close_won(770130101, 99, '2024-01-10', note => 'Signed');
SELECT version FROM salesopp.reopen(770130101, 'Not yet');
SELECT version FROM salesopp.close_lost(770130101, 770130101, close_date => '2024-02-10');
SELECT version FROM salesopp.correct_closing(770130101, loss_reason_id => 770130102, close_date => '2024-02-11');
SELECT loss_reason_id % 100 AS reason, n.* FROM test.news() n
JOIN salesopp.opportunity_history h ON h.opportunity_id = 770130100 + n.id AND h.version = n.version ORDER BY n.version;
-- many at once: from won to lost goes through open
SELECT opportunity_id % 100 AS id, outcome FROM salesopp.set_status('{770130104, 770130105, 770130106, 770130106, 1}', 'lost');
SELECT opportunity_id % 100 AS id, outcome FROM salesopp.delete_opportunities('{770130105, 770130106}');
SELECT opportunity_id % 100 AS id, outcome FROM salesopp.restore_opportunities('{770130105, 770130105}');
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id = 770130107;
SELECT * FROM test.news();
-- duplicates merged and opportunities handed over, closed and deleted ones too; a contact is not tracked
UPDATE salesopp.opportunity SET company_id = 770130102 WHERE id IN (770130102, 770130108);
SELECT status FROM salesopp.close_won(770130108);
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id = 770130102;
UPDATE salesopp.opportunity SET contact_id = 770130102, company_id = 770130101, responsible_id = 770130102 WHERE id = 770130103;
SELECT count(*) FROM test.news();
SELECT salesopp.merge_companies(770130101, '{770130102}') IS NOT NULL AS merged;
SELECT salesopp.merge_contacts(770130101, '{770130102}') IS NOT NULL AS merged;
SELECT opportunity_id % 100 AS id, outcome FROM salesopp.reassign(770130102, 770130101);
SELECT version FROM salesopp.opportunity WHERE id = 770130103;
SELECT company_id % 100 AS company, responsible_id % 100 AS responsible, n.* FROM test.news() n
JOIN salesopp.opportunity_history h ON h.opportunity_id = 770130100 + n.id AND h.version = n.version ORDER BY n.id, n.version;
-- made from others: the copied stages come with their statuses
SELECT (c.o).version, (c.o).stage_position, (c.o).stage_reached, (c.o).progress FROM (SELECT salesopp.copy_opportunity(770130101) AS o) c;
INSERT INTO salesopp.activity (id, kind, subject) VALUES (770130101, 'call', 'Call');
SELECT version FROM salesopp.create_from_call(770130101);
SELECT version, status, "position", reached, progress, estimated FROM test.news();

--
-- Transactions
--
-- several changes in one are a row each, of one instant; what is rolled back leaves no gap
BEGIN;
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) VALUES (770130120, 'In one', 1);
UPDATE salesopp.opportunity SET estimated_revenue = 2 WHERE id = 770130120;
SAVEPOINT s;
UPDATE salesopp.opportunity SET estimated_revenue = 3 WHERE id = 770130120;
UPDATE salesopp.opportunity SET estimated_revenue = 4 WHERE id = 770130120 RETURNING version;
ROLLBACK TO s;
UPDATE salesopp.opportunity SET estimated_revenue = 5 WHERE id = 770130120 RETURNING version;
DO $$
BEGIN
	UPDATE salesopp.opportunity SET estimated_revenue = 6 WHERE id = 770130120;
	RAISE division_by_zero;
EXCEPTION WHEN division_by_zero THEN
	NULL;
END $$;
UPDATE salesopp.opportunity SET estimated_revenue = 7, deleted_at = now() WHERE id = 770130120 RETURNING version;
COMMIT;
SELECT count(DISTINCT at) AS instants, bool_and(h.at = o.changed_at) AS of_the_change FROM salesopp.opportunity_history h
JOIN salesopp.opportunity o ON o.id = h.opportunity_id WHERE o.id = 770130120;
SELECT * FROM test.news();
-- triggers of others that change what comes in, or write once more
CREATE FUNCTION test.raise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_WHEN = 'BEFORE' THEN
		NEW.estimated_revenue := NEW.estimated_revenue + 1;
		RETURN NEW;
	END IF;
	UPDATE salesopp.opportunity SET decision_date = '2030-02-02' WHERE organization_id = NEW.organization_id AND id = NEW.id;
	RETURN NULL;
END $$;
CREATE TRIGGER a_before BEFORE UPDATE ON salesopp.opportunity FOR EACH ROW WHEN (NEW.id = 770130109) EXECUTE FUNCTION test.raise();
CREATE TRIGGER a_after AFTER UPDATE OF estimated_revenue ON salesopp.opportunity FOR EACH ROW WHEN (NEW.id = 770130109) EXECUTE FUNCTION test.raise();
UPDATE salesopp.opportunity SET estimated_revenue = 10 WHERE id = 770130109 RETURNING version;
DROP TRIGGER a_before ON salesopp.opportunity;
DROP TRIGGER a_after ON salesopp.opportunity;
SELECT decision_date, n.* FROM test.news() n JOIN salesopp.opportunity_history h ON h.opportunity_id = 770130100 + n.id AND h.version = n.version
ORDER BY n.id, n.version;

--
-- With a past
--
-- Who may give stamps brings opportunities from elsewhere: open from the creation, closed from the start of the close date in the
-- organization's time zone (not before the creation, nor after the last change that is told), deleted from the mark on
SET ROLE regress_history_manager;
INSERT INTO salesopp.opportunity (id, subject, status, close_date, created_at, changed_at, deleted_at, created_by) VALUES
	(770130130, 'Open', 'open', NULL, '2020-01-02 12:00+00', '2021-01-02 12:00+00', NULL, 770130102),
	(770130131, 'Won', 'won', '2020-06-15', '2020-01-02 12:00+00', '2021-01-02 12:00+00', NULL, 770130102),
	(770130132, 'Lost before it was there', 'lost', '2019-06-15', '2020-01-02 12:00+00', '2021-01-02 12:00+00', NULL, 770130102),
	(770130133, 'Lost after its change', 'lost', '2022-06-15', '2020-01-02 12:00+00', '2021-01-02 12:00+00', NULL, 770130102),
	(770130134, 'Won, no change told', 'won', '2022-06-15', '2020-01-02 12:00+00', NULL, NULL, NULL),
	(770130135, 'Won in the future', 'won', '5874897-12-31', '2020-01-02 12:00+00', NULL, NULL, NULL),
	(770130136, 'Deleted', 'open', NULL, '2020-01-02 12:00+00', '2021-01-02 12:00+00', '2020-08-01 00:00+00', NULL),
	(770130137, 'Won and deleted', 'won', '2020-06-15', '2020-01-02 12:00+00', '2021-01-02 12:00+00', '2020-08-01 00:00+00', NULL),
	(770130138, 'Deleted in the future', 'won', '2020-06-15', '2020-01-02 12:00+00', '2021-01-02 12:00+00', '2999-01-01', NULL),
	(770130139, 'Now', 'won', '2020-06-15', now(), NULL, NULL, NULL);
RESET ROLE;
SET timezone = 'Pacific/Auckland';
SELECT id, n.version, n.status, closed, n.deleted, n.origin, by, CASE WHEN h.at > '2026-01-01' THEN 'now' ELSE h.at::text END AS at
FROM test.news() n JOIN salesopp.opportunity_history h ON h.opportunity_id = 770130100 + n.id AND h.version = n.version ORDER BY n.id, n.version;
RESET timezone;
-- a seller gives none
SET ROLE regress_history_seller;
INSERT INTO salesopp.opportunity (id, subject, status, close_date, created_at, changed_at)
VALUES (770130140, 'Won', 'won', '2020-06-15', '2020-01-02', '2021-01-02') RETURNING version;
RESET ROLE;
SELECT * FROM test.news();
-- they go on like others
UPDATE salesopp.opportunity SET status = 'open' WHERE id IN (770130130, 770130133, 770130134);
SELECT * FROM test.news();
-- the owner may give any stamp
INSERT INTO salesopp.opportunity (id, subject, status, created_at, changed_at) VALUES
	(770130141, 'Ever', 'won', '-infinity', NULL), (770130142, 'Never', 'won', 'infinity', 'infinity'),
	(770130143, 'Changed before', 'won', '2020-01-02', '2019-01-02');
UPDATE salesopp.opportunity SET status = 'open' WHERE id BETWEEN 770130141 AND 770130143;
SELECT id, n.version, n.status, n.origin, h.at IN ('infinity', '-infinity') AS infinite
FROM test.news() n JOIN salesopp.opportunity_history h ON h.opportunity_id = 770130100 + n.id AND h.version = n.version ORDER BY n.id, n.version;

--
-- Loading mode: rows are as they are, with their versions and positions, and their history comes beside them
--
BEGIN;
SET LOCAL row_security = off;
INSERT INTO salesopp.opportunity (id, subject, version, stage_position, stage_reached) VALUES (770130150, 'Loaded', 7, 20, 10);
INSERT INTO salesopp.stage (opportunity_id, position, name, probability, status) VALUES (770130150, 10, 'a', 20, 'completed'), (770130150, 20, 'b', 60, 'pending');
COMMIT;
SELECT * FROM test.news();
SELECT version, stage_position, stage_reached FROM salesopp.opportunity WHERE id = 770130150;
UPDATE salesopp.opportunity SET estimated_revenue = 1 WHERE id = 770130150;
SELECT * FROM test.news();

--
-- What is recorded stays
--
SELECT test.outcome(v.statement), v.statement FROM (VALUES
	('UPDATE salesopp.opportunity_history SET estimated_revenue = 0 WHERE opportunity_id = 770130101'),
	('UPDATE salesopp.opportunity_history SET version = version'),
	('DELETE FROM salesopp.opportunity_history WHERE opportunity_id = 770130101'),
	('MERGE INTO salesopp.opportunity_history h USING (SELECT) s ON h.opportunity_id = 770130101 WHEN MATCHED THEN DELETE'),
	('TRUNCATE salesopp.opportunity_history'),
	('TRUNCATE salesopp.opportunity CASCADE'),
	('SET LOCAL row_security = off; DELETE FROM salesopp.opportunity_history')) v (statement);
DELETE FROM salesopp.opportunity_history WHERE opportunity_id = 770130101;
-- it goes with its opportunity
SELECT count(*) FROM salesopp.opportunity_history WHERE opportunity_id = 770130109;
DELETE FROM salesopp.opportunity WHERE id = 770130109;
SELECT count(*) FROM salesopp.opportunity_history WHERE opportunity_id = 770130109;
-- a closed one is there for good, and so is what was
SELECT test.outcome('DELETE FROM salesopp.opportunity WHERE id = 770130101');

--
-- What a trigger of somebody's own changes after the others is a version, too
--
BEGIN;
CREATE FUNCTION test.fill_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.estimated_revenue := COALESCE(NEW.estimated_revenue, 7);
	RETURN NEW;
END;
$$;
INSERT INTO salesopp.opportunity (id, subject) VALUES (770130190, 'Filled in later');
CREATE TRIGGER set_estimate BEFORE UPDATE ON salesopp.opportunity FOR EACH ROW EXECUTE FUNCTION test.fill_in();
UPDATE salesopp.opportunity SET subject = subject WHERE id = 770130190 RETURNING version, estimated_revenue;
UPDATE salesopp.opportunity SET subject = subject WHERE id = 770130190 RETURNING version, estimated_revenue;
UPDATE salesopp.opportunity SET subject = 'Changed' WHERE id = 770130190 RETURNING version, estimated_revenue;
SELECT version, estimated_revenue FROM salesopp.opportunity_history WHERE opportunity_id = 770130190 ORDER BY version;
ROLLBACK;
-- "now" is not the past, also where a transaction has come to its first change late
BEGIN;
SELECT pg_sleep(1.1);
INSERT INTO salesopp.opportunity (id, subject, created_at, changed_at) VALUES (770130191, 'Now', now(), now());
INSERT INTO salesopp.opportunity (id, subject, created_at) VALUES (770130192, 'Before now', now() - interval '1 second');
SELECT h.opportunity_id % 10 AS id, h.origin, h.at = o.created_at AS since_creation, o.created_at > now() AS late
FROM salesopp.opportunity_history h JOIN salesopp.opportunity o ON o.id = h.opportunity_id AND o.organization_id = h.organization_id
WHERE o.id IN (770130191, 770130192) ORDER BY 1;
ROLLBACK;

--
-- Who reads
--
SET ROLE regress_history_reader;
SELECT count(*) > 50 AS own, count(*) FILTER (WHERE organization_id <> 7701301) AS others FROM salesopp.opportunity_history;
SET ROLE regress_history_manager;
SELECT test.outcome(v.statement), v.statement FROM (VALUES
	('SELECT FROM salesopp.opportunity_history WHERE opportunity_id = 770130201'),
	('INSERT INTO salesopp.opportunity_history SELECT * FROM salesopp.opportunity_history'),
	('UPDATE salesopp.opportunity_history SET estimated_revenue = 0'),
	('DELETE FROM salesopp.opportunity_history'),
	('TRUNCATE salesopp.opportunity_history')) v (statement);
RESET ROLE;
SELECT test.outcome('SELECT salesopp.record_history()'), test.outcome('SELECT salesopp.keep_history()');

--
-- All that was done is told
--
SELECT * FROM test.unfaithful;
-- without gaps: each version but those of which no tracked column changed
SELECT o.id % 100 AS id, o.version, array_agg(v ORDER BY v) AS not_tracked
FROM salesopp.opportunity o, generate_series(1, o.version) v
WHERE o.organization_id = 7701301 AND NOT EXISTS (SELECT FROM salesopp.opportunity_history h
	WHERE h.organization_id = o.organization_id AND h.opportunity_id = o.id AND h.version = v)
GROUP BY o.organization_id, o.id ORDER BY o.id;

DROP VIEW test.unfaithful;
DROP FUNCTION test.news(), test.raise();
DROP TABLE test.told;
DROP OWNED BY regress_history_reader, regress_history_seller, regress_history_manager;
DROP ROLE regress_history_reader, regress_history_seller, regress_history_manager;
