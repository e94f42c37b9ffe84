-- N13, N1 The history as it is kept: up to when it is final, what is wrong with it, its digest, what was restored
-- without one, trimming; and the feed of changes.
\set SHOW_CONTEXT never
SET datestyle = ISO;
SET timezone = UTC;
SET client_min_messages = warning;
SELECT current_user AS owner \gset
CREATE ROLE regress_keeping_reader LOGIN;
CREATE ROLE regress_keeping_seller LOGIN;
CREATE ROLE regress_keeping_manager LOGIN;
SELECT salesopp.grant_access('regress_keeping_reader', 'reader'), salesopp.grant_access('regress_keeping_seller', 'seller'),
	salesopp.grant_access('regress_keeping_manager', 'manager');
INSERT INTO salesopp.organization (id, name) VALUES (7701351, 'Keeping'), (7701352, 'Keeping elsewhere'), (7701353, 'Keeping nothing');
-- Waits until all that has been committed is settled.
CREATE FUNCTION test.settle() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	called constant timestamptz := clock_timestamp();
BEGIN
	WHILE salesopp.history_settled() < called LOOP
		PERFORM pg_sleep(0.02);
	END LOOP;
END;
$$;
-- The whole feed, in pages.
CREATE FUNCTION test.feed(page integer) RETURNS TABLE (cursor text, opportunity_id bigint, version integer, kind text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	reached text;
	change record;
	found boolean := true;
BEGIN
	WHILE found LOOP
		found := false;
		FOR change IN SELECT * FROM salesopp.changes_since(reached, page) LOOP
			found := true;
			reached := change.cursor;
			RETURN QUERY SELECT change.cursor, change.opportunity_id, change.version, change.kind;
		END LOOP;
	END LOOP;
END;
$$;

SET salesopp.organization_id = 7701352;
INSERT INTO salesopp.opportunity (id, subject) VALUES (770135201, 'Elsewhere');
SET salesopp.organization_id = 7701351;
INSERT INTO salesopp.employee (id, initials, name) VALUES (770135101, 'KK', 'Keeper');
SET salesopp.employee_id = 770135101;

--
-- The feed
--
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) VALUES (770135101, 'One', 100), (770135102, 'Two', 200);
UPDATE salesopp.opportunity SET estimated_revenue = 150 WHERE id = 770135101;
-- no change of what is tracked: no row, and the version goes on
UPDATE salesopp.opportunity SET note = 'A note' WHERE id = 770135101;
SELECT status FROM salesopp.close_won(770135101, 140, '2026-01-10');
-- facts of a closing set right: changed
SELECT actual_revenue FROM salesopp.correct_closing(770135101, actual_revenue => 145);
SELECT status FROM salesopp.reopen(770135101);
SELECT status FROM salesopp.close_lost(770135101);
SELECT outcome FROM salesopp.delete_opportunities('{770135101}');
SELECT outcome FROM salesopp.restore_opportunities('{770135101}');
-- closed and deleted at once: deleted
UPDATE salesopp.opportunity SET status = 'won', deleted_at = now() WHERE id = 770135102;
-- several in one transaction
BEGIN;
INSERT INTO salesopp.opportunity (id, subject) SELECT 770135110 + n, 'Of many ' || n FROM generate_series(1, 5) n;
UPDATE salesopp.opportunity SET estimated_revenue = 1 WHERE id BETWEEN 770135112 AND 770135114;
UPDATE salesopp.opportunity SET progress_method = 'manual', progress = 10 WHERE id = 770135113;
COMMIT;
-- brought along: at its own instants, behind those who have read on
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, status, close_date, created_at, changed_at)
VALUES (770135120, 'Imported', 300, 'lost', '2020-03-01', '2020-01-01', '2020-04-01');
SELECT test.settle();
SELECT opportunity_id % 100 AS id, version, at < '2021-01-01' AS old, changed_by, kind, (before).status AS was, (after).status AS "is",
	(before).version AS version_before, (after).opportunity_id = opportunity_id AND (after).version = version AND (after).at = at AS fits
FROM salesopp.changes_since();
-- pages of any size give the same, in the same order
SELECT page, count(*), string_agg(f::text, ' ' ORDER BY f.n) = (
		SELECT string_agg(c::text, ' ' ORDER BY c.n)
		FROM (SELECT row_number() OVER () AS n, cursor, opportunity_id, version, kind FROM salesopp.changes_since(NULL, NULL)) c) AS same
FROM generate_series(1, 8) page, LATERAL (SELECT row_number() OVER () AS n, x.* FROM test.feed(page) x) f
GROUP BY page ORDER BY page;
-- the rows are those of the history
SELECT count(*), count(DISTINCT cursor) FROM salesopp.changes_since()
WHERE after = (SELECT h FROM salesopp.opportunity_history h
	WHERE h.organization_id = 7701351 AND h.opportunity_id = (after).opportunity_id AND h.version = (after).version);
-- a place stays one when its row is gone, and the feed knows nothing of what is removed for good
SELECT cursor AS place FROM salesopp.changes_since() WHERE opportunity_id = 770135115 \gset
DELETE FROM salesopp.opportunity WHERE id = 770135115;
SELECT opportunity_id % 100 AS id, version, kind FROM salesopp.changes_since(:'place');
SELECT count(*) FROM salesopp.changes_since() WHERE opportunity_id = 770135115;
-- what is there is read at every isolation level, also where the transaction does not see it
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM salesopp.changes_since();
COMMIT;

-- bad input
SELECT count(*) FROM salesopp.changes_since(max_rows => 0);
SELECT test.outcome($$SELECT salesopp.changes_since(NULL, -1)$$);
SELECT test.outcome($$SELECT salesopp.changes_since('')$$), test.outcome($$SELECT salesopp.changes_since('abc')$$);
SELECT cursor AS ours FROM salesopp.changes_since() LIMIT 1 \gset
SELECT what, count(*) AS refused FROM (VALUES ('shorter', left(:'ours', -1)), ('longer', :'ours' || '0'), ('upper case', upper(:'ours')),
	('blank', ' ' || :'ours'), ('no digit', overlay(:'ours' PLACING 'g' FROM 20)), ('accents', overlay(:'ours' PLACING 'é' FROM 20))) v (what, cursor),
	test.outcome(format('SELECT salesopp.changes_since(%L)', cursor)) o
WHERE o = '22023 not a cursor of this organization''s changes: "' || cursor || '"' GROUP BY what ORDER BY what COLLATE "C";
-- another organization's is refused like none
SET salesopp.organization_id = 7701352;
SELECT cursor AS elsewhere FROM salesopp.changes_since() \gset
SET salesopp.organization_id = 7701351;
SELECT * FROM salesopp.changes_since('nowhere');
SELECT test.outcome(format('SELECT salesopp.changes_since(%L)', :'elsewhere')) = format('22023 not a cursor of this organization''s changes: "%s"', :'elsewhere') AS refused;
-- no organization, and one without opportunities
SET salesopp.organization_id = '';
SELECT count(*) FROM salesopp.changes_since();
SELECT test.outcome(format('SELECT salesopp.changes_since(%L)', :'ours')) LIKE '22023 not a cursor%' AS refused;
SELECT salesopp.history_begins(), (SELECT count(*) FROM salesopp.history_problems()) AS problems;
SELECT test.outcome('SELECT salesopp.complete_history()'), test.outcome('SELECT salesopp.trim_history(now())');
SET salesopp.organization_id = 7701353;
SELECT salesopp.history_begins(), salesopp.complete_history(), salesopp.trim_history(now()) AS trimmed, (SELECT count(*) FROM salesopp.history_problems()) AS problems,
	(SELECT count(*) FROM salesopp.changes_since()) AS changes, salesopp.history_digest(now() - interval '1 minute') = encode(sha256(''), 'hex') AS digest_of_nothing;
SET salesopp.organization_id = 7701351;
SELECT salesopp.history_begins();

--
-- Settled
--
-- behind the clock, but not far
SELECT clock_timestamp() - settled BETWEEN interval '1 second' AND interval '1 minute' AS close_behind FROM (SELECT salesopp.history_settled() AS settled OFFSET 0) s;
-- a transaction that has changed something holds it back, and what it has changed is not in the feed
BEGIN;
UPDATE salesopp.opportunity SET estimated_revenue = 2 WHERE id = 770135111;
SELECT pg_sleep(1.2);
SELECT now() - salesopp.history_settled() AS behind_its_start, (SELECT count(*) FROM salesopp.changes_since() c WHERE c.at = now()) AS in_feed;
COMMIT;
SELECT salesopp.history_settled() > changed_at AS goes_on, (SELECT count(*) FROM salesopp.changes_since() c WHERE c.at = changed_at) AS in_feed
FROM salesopp.opportunity WHERE id = 770135111;
-- one that has only read, or written other things, does not; its first change counts from when it is made, as it was settled beyond its start
BEGIN;
UPDATE salesopp.organization SET name = 'Keeping it' WHERE id = 7701351;
SELECT pg_sleep(1.2);
SELECT salesopp.history_settled() AS settled, salesopp.history_settled() > now() AS goes_on \gset
SELECT :'goes_on' AS goes_on;
INSERT INTO salesopp.opportunity (id, subject) VALUES (770135130, 'Late');
UPDATE salesopp.opportunity SET estimated_revenue = 3 WHERE id IN (770135111, 770135112);
SELECT pg_sleep(1.2);
UPDATE salesopp.opportunity SET estimated_revenue = 4 WHERE id IN (770135130, 770135112);
SELECT status FROM salesopp.close_won(770135112);
SELECT count(*), count(DISTINCT h.at) AS instants, bool_and(h.at > :'settled') AS after_settled, bool_and(h.origin = 'recorded') AS recorded,
	bool_or(salesopp.history_settled() >= h.at) AS settled
FROM salesopp.opportunity_history h WHERE h.organization_id = 7701351 AND h.at > now();
SELECT DISTINCT o.changed_at = h.at AS same, (o.created_at = h.at) = (o.id = 770135130) AS created_then, o.closed_at = h.at AS closed_then,
	(SELECT e.created_at = o.closed_at FROM salesopp.status_event e WHERE e.organization_id = 7701351 AND e.opportunity_id = o.id) AS event_then
FROM salesopp.opportunity o JOIN salesopp.opportunity_history h ON h.organization_id = 7701351 AND h.opportunity_id = o.id AND h.version = o.version
WHERE o.changed_at > now() ORDER BY 3;
COMMIT;
-- a savepoint that is rolled back takes the promise along
BEGIN;
SAVEPOINT first;
UPDATE salesopp.opportunity SET estimated_revenue = 5 WHERE id = 770135111;
ROLLBACK TO first;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 25193;
SELECT pg_sleep(1.2);
SELECT salesopp.history_settled() AS settled \gset
UPDATE salesopp.opportunity SET estimated_revenue = 6 WHERE id = 770135111 RETURNING changed_at > :'settled' AS after_settled;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 25193;
COMMIT;
-- stamps that are given before the instant are a past that is brought along
BEGIN;
INSERT INTO salesopp.opportunity (id, subject, created_at) VALUES (770135131, 'Just now', now());
SELECT pg_sleep(1.2);
INSERT INTO salesopp.opportunity (id, subject, created_at) VALUES (770135132, 'Just now', now());
INSERT INTO salesopp.opportunity (id, subject, changed_at) VALUES (770135133, 'Not created yet', '2020-01-01');
COMMIT;
SELECT opportunity_id % 100 AS id, version, origin, at < now() - interval '1 day' AS old FROM salesopp.opportunity_history
WHERE opportunity_id BETWEEN 770135131 AND 770135133 ORDER BY opportunity_id;
BEGIN;
SELECT pg_sleep(1.2);
INSERT INTO salesopp.opportunity (id, subject, created_at) VALUES (770135134, 'A second ago', now());
SELECT origin, at = now() AS from_then FROM salesopp.opportunity_history WHERE opportunity_id = 770135134;
ROLLBACK;

--
-- The digest
--
SELECT test.settle();
SELECT salesopp.history_settled() AS settled \gset
SELECT salesopp.history_digest(:'settled') AS digest \gset
SELECT :'digest' ~ '^[0-9a-f]{64}$' AS is_sha256;
-- anybody can compute it
SELECT encode(sha256(convert_to(string_agg(ROW(opportunity_id, version, at, origin, changed_by, status, deleted, estimated_revenue, actual_revenue,
	progress, decision_date, close_date, stage_position, stage_reached, responsible_id, company_id, department_id, sales_region_id,
	sales_process_id, loss_reason_id)::text || E'\n', '' ORDER BY opportunity_id, version), 'UTF8')), 'hex') = :'digest' AS same
FROM salesopp.opportunity_history WHERE organization_id = 7701351 AND at <= :'settled';
-- whatever the session's settings, and whoever asks
SET datestyle = 'SQL, DMY';
SET timezone = 'Asia/Kathmandu';
SET extra_float_digits = -5;
SET intervalstyle = 'iso_8601';
SELECT salesopp.history_digest(:'settled') = :'digest' AS same;
SET ROLE regress_keeping_reader;
SELECT salesopp.history_digest(:'settled') = :'digest' AS same;
RESET ROLE;
SET datestyle = ISO;
SET timezone = UTC;
SHOW timezone;
-- later changes leave it as it is; a row more or less, or one other value, does not
UPDATE salesopp.opportunity SET estimated_revenue = 7 WHERE id = 770135111;
SELECT salesopp.history_digest(:'settled') = :'digest' AS same;
SELECT salesopp.history_digest('2020-02-01') <> salesopp.history_digest('2020-03-02') AS others, salesopp.history_digest('2019-01-01') = encode(sha256(''), 'hex') AS none;
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE salesopp.opportunity_history SET estimated_revenue = 300.01 WHERE opportunity_id = 770135120 AND version = 0;
SELECT salesopp.history_digest(:'settled') = :'digest' AS same;
ROLLBACK;
-- what history has since 1.3 counts where there is something: so digests of before come out again
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE salesopp.opportunity_history SET forecast_category = 'commit' WHERE opportunity_id = 770135120 AND version = 0;
SELECT salesopp.history_digest(:'settled') = :'digest' AS same, encode(sha256(convert_to(string_agg(concat(ROW(opportunity_id, version, at, origin, changed_by, status, deleted,
	estimated_revenue, actual_revenue, progress, decision_date, close_date, stage_position, stage_reached, responsible_id, company_id, department_id, sales_region_id,
	sales_process_id, loss_reason_id), ' ' || forecast_category, E'\n'), '' ORDER BY opportunity_id, version), 'UTF8')), 'hex') = salesopp.history_digest(:'settled') AS computed
FROM salesopp.opportunity_history WHERE organization_id = 7701351 AND at <= :'settled';
ROLLBACK;
-- more rows than are fetched at once
BEGIN;
INSERT INTO salesopp.opportunity (subject, created_at) SELECT 'Old ' || n, timestamptz '2019-01-01' + n * interval '1 minute' FROM generate_series(1, 2000) n;
SELECT encode(sha256(convert_to(string_agg(ROW(opportunity_id, version, at, origin, changed_by, status, deleted, estimated_revenue, actual_revenue,
	progress, decision_date, close_date, stage_position, stage_reached, responsible_id, company_id, department_id, sales_region_id,
	sales_process_id, loss_reason_id)::text || E'\n', '' ORDER BY opportunity_id, version), 'UTF8')), 'hex') = salesopp.history_digest('2020-01-01') AS same,
	count(*)
FROM salesopp.opportunity_history WHERE organization_id = 7701351 AND at <= '2020-01-01';
ROLLBACK;
-- bad input
SELECT test.outcome('SELECT salesopp.history_digest(NULL)');
SELECT regexp_replace(test.outcome('SELECT salesopp.history_digest(clock_timestamp())'), '\d{4,}-.*', '...') AS present, test.outcome($$SELECT salesopp.history_digest('infinity')$$);
SELECT salesopp.history_digest('-infinity') = encode(sha256(''), 'hex') AS nothing;

--
-- Problems, and what was restored without a history
--
SELECT * FROM salesopp.history_problems();
SET row_security = off;
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, status, actual_revenue, close_date, closed_at, created_at, changed_at, deleted_at, version)
VALUES (770135140, 'Restored', 400, 'open', NULL, NULL, NULL, '2018-01-01', '2018-06-01', NULL, 1),
	(770135141, 'Restored and deleted', 500, 'won', 480, '2018-05-01', '2018-05-01', '2018-01-01', '2018-07-01', '2018-07-01', 9);
-- as from a dump of 1.1: the stages are there, and the opportunity says nothing of them
INSERT INTO salesopp.stage (opportunity_id, position, name, probability, status) VALUES (770135140, 1, 'First', 10, 'completed'),
	(770135140, 2, 'Second', 20, 'pending'), (770135141, 1, 'First', 10, 'completed'), (770135141, 2, 'Second', 20, 'cancelled');
RESET row_security;
SELECT opportunity_id % 100 AS id, problem FROM salesopp.history_problems();
SELECT salesopp.complete_history();
SELECT salesopp.complete_history() AS once_more;
SELECT opportunity_id % 100 AS id, version, at, origin, status, deleted, estimated_revenue AS estimated, actual_revenue AS actual, close_date
FROM salesopp.opportunity_history WHERE opportunity_id IN (770135140, 770135141) ORDER BY 1;
SELECT o.id % 100 AS id, o.stage_position, o.stage_reached, o.version, o.changed_at,
	(h.stage_position, h.stage_reached) IS NOT DISTINCT FROM (o.stage_position, o.stage_reached) AS in_history
FROM salesopp.opportunity o JOIN salesopp.opportunity_history h ON h.organization_id = o.organization_id AND h.opportunity_id = o.id
WHERE o.id IN (770135140, 770135141) ORDER BY 1;
SHOW session_replication_role;
SELECT count(*) FROM salesopp.history_problems();
-- it goes on from there
UPDATE salesopp.opportunity SET estimated_revenue = 410 WHERE id = 770135140;
SELECT test.settle();
SELECT version, kind, (before).estimated_revenue AS was, (after).estimated_revenue AS "is" FROM salesopp.changes_since() WHERE opportunity_id = 770135140;
-- a stamp in the future, which a restore takes, does not put the history there
BEGIN;
SET LOCAL row_security = off;
INSERT INTO salesopp.opportunity (id, subject, created_at, changed_at) VALUES (770135142, 'Of the future', '2100-01-01', '2100-01-01');
SELECT salesopp.complete_history();
SELECT at <= clock_timestamp() AS past FROM salesopp.opportunity_history WHERE opportunity_id = 770135142;
ROLLBACK;
-- what goes past the triggers is found
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE salesopp.opportunity SET estimated_revenue = 1, progress = 5, changed_at = now() WHERE id = 770135101;
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id = 770135111;
UPDATE salesopp.opportunity SET version = 1 WHERE id = 770135112;
UPDATE salesopp.opportunity_history SET at = '2026-01-01' WHERE opportunity_id = 770135113 AND version = 2;
DELETE FROM salesopp.opportunity_history WHERE opportunity_id IN (770135114, 770135201);
SET LOCAL session_replication_role = origin;
SELECT opportunity_id % 100 AS id, problem FROM salesopp.history_problems();
ROLLBACK;

--
-- Trimming
--
CREATE FUNCTION test.as_of(instant timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(s::text, ' ' ORDER BY s.opportunity_id)) FROM (SELECT DISTINCT ON (opportunity_id) * FROM salesopp.opportunity_history
		WHERE organization_id = salesopp.current_organization() AND at <= instant ORDER BY opportunity_id, version DESC) s
$$;
SELECT test.settle();
SELECT DISTINCT at AS before FROM salesopp.opportunity_history WHERE opportunity_id = 770135113 \gset
SELECT salesopp.history_digest(:'before') AS digest_before \gset
SET salesopp.organization_id = 7701352;
SELECT count(*) AS elsewhere FROM salesopp.opportunity_history WHERE organization_id = 7701352 \gset
SET salesopp.organization_id = 7701351;
CREATE TEMPORARY TABLE figures AS SELECT at, test.as_of(at) AS was FROM (SELECT DISTINCT at FROM salesopp.opportunity_history WHERE organization_id = 7701351) a;
SELECT salesopp.trim_history(:'before') > 0 AS trimmed, salesopp.trim_history(:'before') AS once_more;
-- at the instant and after it, nothing has changed
SELECT at >= :'before' AS after, test.as_of(at) IS NOT DISTINCT FROM was AS same, count(*) > 0 FROM figures GROUP BY 1, 2 ORDER BY 1, 2;
SELECT salesopp.history_digest(:'before') = :'digest_before' AS same;
SELECT count(*) AS problems FROM salesopp.history_problems();
-- the last row before stays, one an opportunity
SELECT max(count) FROM (SELECT count(*) FROM salesopp.opportunity_history WHERE organization_id = 7701351 AND at < :'before' GROUP BY opportunity_id) c;
-- whom the feed tells of for the first time is created
SELECT version, kind FROM salesopp.changes_since() WHERE opportunity_id = 770135101;
SELECT count(*) = :elsewhere AS untouched FROM salesopp.opportunity_history WHERE organization_id = 7701352;
-- nothing else is let through by it, not even from within
SELECT test.outcome('DELETE FROM salesopp.opportunity_history WHERE opportunity_id = 770135101');
SELECT test.outcome('UPDATE salesopp.opportunity_history SET estimated_revenue = 0 WHERE opportunity_id = 770135101');
SELECT test.outcome('TRUNCATE salesopp.opportunity_history');
CREATE FUNCTION test.remove_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM salesopp.opportunity_history WHERE opportunity_id = 770135120;
	RETURN NULL;
END;
$$;
CREATE TRIGGER remove_more AFTER DELETE ON salesopp.opportunity_history FOR EACH ROW EXECUTE FUNCTION test.remove_more();
SELECT test.outcome('SELECT salesopp.trim_history(clock_timestamp())');
DROP TRIGGER remove_more ON salesopp.opportunity_history;
SELECT test.outcome('DELETE FROM salesopp.opportunity_history WHERE opportunity_id = 770135101');
-- bad input
SELECT test.outcome('SELECT salesopp.trim_history(NULL)'), test.outcome($$SELECT salesopp.trim_history('infinity')$$),
	test.outcome($$SELECT salesopp.trim_history(clock_timestamp() + interval '1 hour')$$);
SELECT salesopp.trim_history('-infinity');

--
-- Rights
--
SELECT p.oid::regprocedure AS function, p.provolatile AS volatile, has_function_privilege('regress_keeping_reader', p.oid, 'EXECUTE') AS reader,
	has_function_privilege('regress_keeping_seller', p.oid, 'EXECUTE') AS seller, has_function_privilege('regress_keeping_manager', p.oid, 'EXECUTE') AS manager
FROM pg_proc p WHERE p.oid IN ('salesopp.history_settled()'::regprocedure, 'salesopp.history_begins()'::regprocedure,
	'salesopp.history_digest(timestamptz)'::regprocedure, 'salesopp.history_problems()'::regprocedure, 'salesopp.complete_history()'::regprocedure,
	'salesopp.trim_history(timestamptz)'::regprocedure, 'salesopp.changes_since(text, integer)'::regprocedure)
ORDER BY p.proname;
GRANT EXECUTE ON FUNCTION salesopp.complete_history(), salesopp.trim_history(timestamptz) TO regress_keeping_manager;
SELECT count(*) AS owner_sees FROM salesopp.changes_since() \gset
SET ROLE regress_keeping_reader;
SELECT count(*) = :owner_sees AS same FROM salesopp.changes_since();
SELECT count(*) FROM salesopp.history_problems();
SELECT salesopp.history_begins() IS NOT NULL AS begins, salesopp.history_settled() > salesopp.history_begins() AS settled;
-- others' transactions count, whose start this role is not shown
SELECT bool_or(xact_start IS NOT NULL) AS shown FROM pg_stat_activity WHERE usename = :'owner';
SET ROLE regress_keeping_manager;
SELECT test.outcome('SELECT salesopp.complete_history()'), test.outcome('SELECT salesopp.trim_history(now())');
SELECT test.outcome('DELETE FROM salesopp.opportunity_history'), test.outcome('INSERT INTO salesopp.opportunity_history SELECT * FROM salesopp.opportunity_history LIMIT 1');
RESET ROLE;
-- the owner of the table, who is no superuser
REVOKE EXECUTE ON FUNCTION salesopp.complete_history(), salesopp.trim_history(timestamptz) FROM regress_keeping_manager;
BEGIN;
ALTER TABLE salesopp.opportunity_history OWNER TO regress_keeping_reader;
GRANT EXECUTE ON FUNCTION salesopp.complete_history(), salesopp.trim_history(timestamptz) TO regress_keeping_reader;
SET ROLE regress_keeping_reader;
SELECT salesopp.complete_history() AS completed, salesopp.trim_history(now()) > 0 AS trimmed;
ROLLBACK;

--
-- A page costs the same wherever it is, also among many changes of one instant
--
SET salesopp.organization_id = 7701351;
BEGIN;
INSERT INTO salesopp.opportunity (subject, created_at) SELECT 'At once ' || n, '2019-01-01' FROM generate_series(1, 5000) n;
SELECT cursor AS middle FROM salesopp.changes_since(NULL, 2500) OFFSET 2499 \gset
SELECT cursor AS near_end FROM salesopp.changes_since(:'middle', 2400) OFFSET 2399 \gset
SET LOCAL ROLE regress_keeping_reader;
CREATE TEMPORARY VIEW reads AS SELECT COALESCE(seq_tup_read, 0) + COALESCE(idx_tup_fetch, 0) AS rows
FROM pg_stat_xact_user_tables WHERE relid = 'salesopp.opportunity_history'::regclass;
SELECT rows AS rows_before FROM reads \gset
SELECT count(*) FROM salesopp.changes_since(max_rows => 100);
SELECT rows - :rows_before < 1000 AS few FROM reads;
SELECT rows AS rows_before FROM reads \gset
SELECT count(*) FROM salesopp.changes_since(:'middle', 100);
SELECT rows - :rows_before < 1000 AS few FROM reads;
SELECT rows AS rows_before FROM reads \gset
SELECT count(*) FROM salesopp.changes_since(:'near_end', 100);
SELECT rows - :rows_before < 1000 AS few FROM reads;
ROLLBACK;

SET session_replication_role = replica;
DELETE FROM salesopp.opportunity_history WHERE organization_id BETWEEN 7701351 AND 7701353;
DELETE FROM salesopp.status_event WHERE organization_id BETWEEN 7701351 AND 7701353;
DELETE FROM salesopp.bulk_change_opportunity WHERE organization_id BETWEEN 7701351 AND 7701353;
DELETE FROM salesopp.bulk_change WHERE organization_id BETWEEN 7701351 AND 7701353;
DELETE FROM salesopp.opportunity WHERE organization_id BETWEEN 7701351 AND 7701353;
RESET session_replication_role;
RESET salesopp.employee_id;
RESET salesopp.organization_id;
DELETE FROM salesopp.employee WHERE organization_id = 7701351;
DELETE FROM salesopp.organization WHERE id BETWEEN 7701351 AND 7701353;
DROP FUNCTION test.settle(), test.feed(integer), test.as_of(timestamptz), test.remove_more();
DROP OWNED BY regress_keeping_reader, regress_keeping_seller, regress_keeping_manager;
DROP ROLE regress_keeping_reader, regress_keeping_seller, regress_keeping_manager;
