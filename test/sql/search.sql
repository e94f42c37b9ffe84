-- F9 The list by search(): every order, every page of it, for every role.
\pset null '(null)'
SELECT salesopp.create_organization('Search') AS organization \gset
SELECT salesopp.create_organization('Search elsewhere') AS elsewhere \gset
CREATE ROLE regress_search_reader LOGIN;
CREATE ROLE regress_search_seller LOGIN;
CREATE ROLE regress_search_manager LOGIN;
CREATE ROLE regress_search_nobody LOGIN;
SELECT salesopp.grant_access('regress_search_reader', 'reader');
SELECT salesopp.grant_access('regress_search_seller', 'seller');
SELECT salesopp.grant_access('regress_search_manager', 'manager');
-- Both organizations have the same ids with other values, so that whatever leaks is seen; ids begin with 772.
SET row_security = off;
CREATE TABLE test.place AS SELECT * FROM (VALUES (:organization, 0), (:elsewhere, 1)) p (organization, shift);
INSERT INTO salesopp.employee (organization_id, id, initials, name, created_at, changed_at)
SELECT organization, 7720000 + n, 'E' || n, 'Employee ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.company (organization_id, id, name, created_at, changed_at)
SELECT organization, 7720000 + n, (ARRAY['Å', 'Østlie', 'ås', 'Ærfugl', 'Aas', 'Ås'])[n], now(), now()
FROM test.place, generate_series(1, 6) n;
INSERT INTO salesopp.project (organization_id, id, company_id, name, created_at, changed_at)
SELECT organization, 7720000 + n, 7720000 + n, 'Project ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.sales_region (organization_id, id, name, created_at, changed_at)
SELECT organization, 7720000 + n, 'Region ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.department (organization_id, id, name, created_at, changed_at)
SELECT organization, 7720000 + n, 'Department ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.sales_process (organization_id, id, name, created_at, changed_at)
SELECT organization, 7720000 + n, 'Process ' || n, now(), now() FROM test.place, generate_series(1, 2) n;
-- Many ties, and NULLs wherever there can be some; neither goes with the id.
INSERT INTO salesopp.opportunity (organization_id, id, subject, status, estimated_revenue, actual_revenue, progress_method, progress,
	priority, rating, decision_date, close_date, closed_at, company_id, project_id, sales_region_id, department_id, sales_process_id,
	responsible_id, changed_by, created_at, changed_at, deleted_at, version)
SELECT organization, 7720000 + id, 'Deal ' || n % 11, s.status, CASE WHEN n % 7 > 0 THEN n % 4 * 1000 END,
	CASE WHEN s.status = 'won' THEN n % 3 * 900 END, 'manual', n % 3 * 25, (ARRAY['low', 'normal', 'high'])[1 + n % 3]::salesopp.priority,
	NULLIF(n % 6, 0), CASE WHEN n % 4 > 0 THEN CURRENT_DATE - 3 + n % 13 END,
		CASE WHEN s.status <> 'open' THEN date '2024-03-28' + n % 6 END,
	CASE WHEN s.status <> 'open' THEN now() END, 7720000 + NULLIF(n % 7, 0), 7720000 + NULLIF(n % 3, 0),
	7720000 + NULLIF(n % 4, 0), 7720000 + NULLIF(n % 5, 0),
	7720000 + NULLIF(n % 3, 0), 7720000 + NULLIF(n % 5, 0), 7720000 + NULLIF(n % 4, 0), now(),
	timestamptz '2024-10-26 21:30+02' + n % 9 * interval '37 minutes',
	CASE WHEN id % 13 = 0 THEN now() END, 1 + n % 8
FROM test.place, generate_series(1, 104) id, LATERAL (SELECT id + shift AS n) m,
	LATERAL (SELECT (ARRAY['open', 'won', 'lost', 'open'])[1 + n % 4]::salesopp.opportunity_status AS status) s;
INSERT INTO salesopp.quote (organization_id, opportunity_id, number, amount, created_at, changed_at)
SELECT organization, 7720000 + n, n * 2 - k, (n + shift) % 4 * 100 - k, now(), now()
FROM test.place, generate_series(1, 104) n, generate_series(0, 1) k
WHERE (n + shift) % 3 = 0 AND (n + shift) % 4 > 0 ORDER BY n, k;
INSERT INTO salesopp.sales_order (organization_id, opportunity_id, number, amount, created_at, changed_at)
SELECT organization, 7720000 + n, n, (n + shift) % 4 * 50, now(), now()
FROM test.place, generate_series(1, 104) n WHERE (n + shift) % 6 = 0;
INSERT INTO salesopp.opportunity (organization_id, id, subject, created_at, changed_at)
VALUES (:elsewhere, 7729001, 'Elsewhere alone', now(), now());
RESET row_security;
SET salesopp.organization_id = :organization;

-- All pages, one after the other, as an application turns them.
CREATE FUNCTION test.pages(criteria jsonb, sort text, page_rows integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[] := '{}';
	page bigint[];
BEGIN
	-- no more than there can be, should a row come again and again
	FOR n IN 1..30 LOOP
		SELECT array_agg(id ORDER BY ordinality) INTO page
		FROM salesopp.search(criteria, sort, page_rows, ids[cardinality(ids)]) WITH ORDINALITY;
		EXIT WHEN page IS NULL;
		ids := ids || page;
	END LOOP;
	RETURN ids;
END;
$$;
CREATE FUNCTION test.in_order(sort_column text, direction text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[];
BEGIN
	EXECUTE format('SELECT array_agg(id ORDER BY %1$I %2$s, id %2$s) FROM salesopp.opportunity_list
		WHERE organization_id = salesopp.current_organization()', sort_column, direction) INTO ids;
	RETURN ids;
END;
$$;
-- Behind how many of some rows something else comes than the rest of the list.
CREATE FUNCTION test.wrong_tails(expected bigint[], sort text, max_rows integer, step integer) RETURNS bigint LANGUAGE sql
RETURN (SELECT count(*) FROM generate_series(2, cardinality(expected), step) n
	WHERE ARRAY(SELECT id FROM salesopp.search('{}', sort, max_rows, expected[n])) <> expected[n + 1:n + max_rows]);
-- F9, F1.1: by every column there is, in both directions, in pages of 7, of all but one, of more than there are
-- and of more than a page to look at; and what follows single rows.
SET ROLE regress_search_seller;
SELECT a.attname AS sort_column, direction, cardinality(expected.ids) AS rows,
	test.pages('{}', a.attname || ' ' || direction, 7) = expected.ids AS by_7,
	test.pages('{}', a.attname || ' ' || direction, 95) = expected.ids AS by_95,
	test.pages('{}', a.attname || ' ' || direction, 500) = expected.ids AS by_500,
	test.pages('{}', a.attname || ' ' || direction, 5000) = expected.ids AS by_5000,
	test.wrong_tails(expected.ids, a.attname || ' ' || direction, 3, 6) AS wrong_next,
	test.wrong_tails(expected.ids, a.attname || ' ' || direction, 2000, 24) AS wrong_rest
FROM pg_attribute a, unnest('{asc, desc}'::text[]) direction, LATERAL (SELECT test.in_order(a.attname, direction) AS ids) expected
WHERE a.attrelid = 'salesopp.opportunity_list'::regclass AND a.attnum > 0
ORDER BY a.attnum, direction;
-- the order has to be told from the other direction's, and from that of the ids
SELECT a.attname AS sort_column FROM pg_attribute a
WHERE a.attrelid = 'salesopp.opportunity_list'::regclass AND a.attnum > 0
	AND (test.in_order(a.attname, 'asc') = test.in_order(a.attname, 'desc')
		OR a.attname NOT IN ('id', 'organization_id') AND test.in_order(a.attname, 'asc') = test.in_order('id', 'asc'));
-- where no row security keeps the organizations apart
RESET ROLE;
SET salesopp.organization_id = :elsewhere;
SELECT count(*) AS orders, count(*) FILTER (WHERE test.pages('{}', a.attname || ' ' || direction, 11) = expected.ids) AS same,
	min(cardinality(expected.ids)) AS rows
FROM pg_attribute a, unnest('{asc, desc}'::text[]) direction, LATERAL (SELECT test.in_order(a.attname, direction) AS ids) expected
WHERE a.attrelid = 'salesopp.opportunity_list'::regclass AND a.attnum > 0;
SET salesopp.organization_id = :organization;
SET ROLE regress_search_seller;
-- with criteria as well
SELECT test.pages('{"status": "won", "progress": {">=": 25}}', 'company desc', 3) =
	(SELECT array_agg(id ORDER BY company DESC, id DESC) FROM salesopp.opportunity_list WHERE status = 'won'
		AND progress >= 25) AS filtered,
	test.pages('{"subject": "deal 1%"}', 'decision_date', 2) =
	(SELECT array_agg(id ORDER BY decision_date, id) FROM salesopp.opportunity_list WHERE subject LIKE 'Deal 1%') AS searched;
-- the rows are those of the list
SELECT count(*), count(l.id) AS in_list FROM salesopp.search(max_rows => 2000) s
LEFT JOIN salesopp.opportunity_list l ON l.id = s.id AND l IS NOT DISTINCT FROM s;
SELECT count(*), count(l.id) AS in_list FROM salesopp.search(max_rows => 50) s
LEFT JOIN salesopp.opportunity_list l ON l.id = s.id AND l IS NOT DISTINCT FROM s;
-- and so are its columns by name
SELECT count(*), count(c) AS found, count(*) FILTER (WHERE to_jsonb(l) = c) AS same
FROM salesopp.opportunity_list l LEFT JOIN salesopp.search_columns(columns => ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = 'salesopp.opportunity_list'::regclass AND attnum > 0)) c
	ON (c ->> 'id')::bigint = l.id;

-- what sort takes
SELECT outcome, sort FROM unnest(ARRAY['id', 'id asc', 'ID', ' id  DESC ', E'\tid\ndesc', '"id"', 'salesopp.id',
	'o.id', 'id descending', 'id desc nulls last', 'id, subject', 'id;', 'note',
	'deleted_at', 'ctid', 'tableoid', '1', '(SELECT 1)', 'id desc; DROP TABLE salesopp.quote', 'id/**/desc',
	'random()', '''', 'id"', '\x69', 'id' || chr(160) || 'desc', 'id -- desc', 'id desc desc', repeat('id', 40), '', ' ', 'æ', NULL]) sort,
	LATERAL (SELECT test.outcome(format('SELECT FROM salesopp.search(sort => %L)', sort)) AS outcome) o;
SELECT FROM salesopp.search(sort => 'colour');
SELECT FROM salesopp.search(sort => 'id sideways');
-- how many rows
SELECT outcome, max_rows FROM unnest(ARRAY[0, 1, 96, 97, 999, 1000, 1001, 2147483647, -1, -2147483648, NULL]) max_rows,
	LATERAL (SELECT test.outcome(format('SELECT FROM salesopp.search(max_rows => %L)', max_rows)) AS outcome) o;
-- F9 after a row that is gone, is deleted, is another organization's, is last; or that does not meet the criteria
SELECT outcome, after FROM unnest(ARRAY[7729999999, 7720013, 7729001, 0, -1, 9223372036854775807]) after,
	LATERAL (SELECT test.outcome(format('SELECT FROM salesopp.search(after => %s)', after)) AS outcome) o;
SELECT id FROM salesopp.search('{}', 'id', 10, 7720103);
SELECT outcome, after FROM unnest(ARRAY[7720001, 7720013, 7729001]) after,
	LATERAL (SELECT test.outcome(format('SELECT FROM salesopp.search(max_rows => 0, after => %s)', after)) AS outcome) o;
SELECT id, status FROM salesopp.search('{"status": "lost"}', 'id', 2, 7720005);
SELECT status FROM salesopp.opportunity WHERE id = 7720005;

-- used as a table: in a join, beside other conditions, in the select list, in a prepared statement, in a view, in a function
SELECT o.name, s.id FROM (VALUES ('won', 'id'), ('lost', 'id desc')) o (name, sort),
	LATERAL salesopp.search(jsonb_build_object('status', o.name), o.sort, 2) s;
SELECT count(*) = (SELECT count(*) FROM salesopp.opportunity_list WHERE company IS NULL AND status = 'open') AS same, count(*) > 0 AS some
FROM salesopp.search(max_rows => NULL) WHERE company IS NULL AND flag = 'yellow';
SELECT c.name, count(*) FROM salesopp.company c
JOIN salesopp.search('{"status": "won"}', max_rows => NULL) s ON s.company = c.name GROUP BY c.name ORDER BY c.name;
SELECT (salesopp.search('{}', 'id desc', 2)).id;
SELECT (SELECT count(*) FROM salesopp.search('{"status": "won"}')) AS won,
	(SELECT count(*) FROM salesopp.search('{"status": "lost"}')) AS lost, (SELECT count(*) FROM salesopp.search('{}')) AS all;
PREPARE page (jsonb, text, integer, bigint) AS SELECT array_agg(id) FROM salesopp.search($1, $2, $3, $4);
EXECUTE page ('{"rating": 2}', 'id', 2, NULL);
EXECUTE page ('{"rating": 2}', 'id desc', 2, 7720050);
EXECUTE page ('{"rating": 3}', 'id', 2, 7720050);
DEALLOCATE page;
CREATE TEMPORARY VIEW latest AS SELECT id, changed_at FROM salesopp.search('{}', 'changed_at desc', 3);
SELECT array_agg(id) = (test.in_order('changed_at', 'desc'))[:3] AS same FROM latest;
DROP VIEW latest;
BEGIN;
DECLARE list SCROLL CURSOR FOR SELECT id FROM salesopp.search('{}', 'id', 5);
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM salesopp.search('{}', 'id', 2000);
FETCH 2 FROM list;
-- what is done meanwhile is not seen by what was begun
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id IN (7720001, 7720003);
FETCH BACKWARD 1 FROM list;
FETCH 3 FROM list;
COMMIT;
FETCH 3 FROM held;
CLOSE held;
SELECT id FROM salesopp.search('{}', 'id', 2);
UPDATE salesopp.opportunity SET deleted_at = NULL WHERE id IN (7720001, 7720003);
SELECT id FROM salesopp.search('{}', 'id', 2);
-- what this transaction did is seen, what it deleted is not
BEGIN;
UPDATE salesopp.opportunity SET subject = 'Zebrawood' WHERE id = 7720003;
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) VALUES (7720200, 'Zebrafish', 9000);
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id = 7720002;
SELECT id FROM salesopp.search('{"subject": "zebrawood"}');
SELECT id FROM salesopp.search('{"subject": "zebra%"}', 'subject');
SELECT id FROM salesopp.search('{}', 'id', 3);
SELECT id FROM salesopp.search('{"estimated_revenue": {">=": 9000}}', max_rows => NULL);
SELECT count(*) FROM salesopp.search(max_rows => NULL);
SAVEPOINT before;
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id = 7720200;
SELECT count(*) FROM salesopp.search('{"subject": "zebra%"}', 'subject', 7);
ROLLBACK TO before;
SELECT count(*) FROM salesopp.search('{"subject": "zebra%"}', 'subject', 7);
-- what the same statement does is not, as in any query; what a function did before is
WITH added AS (INSERT INTO salesopp.opportunity (id, subject) VALUES (7720201, 'Zebrafinch') RETURNING id)
SELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM salesopp.search('{"subject": "zebrafinch"}')) AS seen;
DO $$
BEGIN
	FOR n IN 1..3 LOOP
		UPDATE salesopp.opportunity SET subject = 'Zebra ' || n WHERE id = 7720201;
		RAISE NOTICE 'zebra %: %, the one before: %', n,
		(SELECT array_agg(id) FROM salesopp.search(jsonb_build_object('subject', 'zebra ' || n))),
			(SELECT array_agg(id) FROM salesopp.search(jsonb_build_object('subject', 'zebra ' || n - 1)));
	END LOOP;
END;
$$;
ROLLBACK;
SELECT id FROM salesopp.search('{}', 'id', 3);
-- one that fails leaves the next as it was
BEGIN;
DO $$
BEGIN
	FOR n IN 1..3 LOOP
		BEGIN
			PERFORM FROM salesopp.search('{"subject": "deal 1", "rating": 3}', 'rating', 9, 7720000 + n * 13);
			RAISE NOTICE 'not reached';
		EXCEPTION WHEN no_data_found THEN
			RAISE NOTICE '%, %', SQLERRM, (SELECT count(*) FROM salesopp.search('{"subject": "deal 1", "rating": 3}', 'rating', 9));
		END;
	END LOOP;
END;
$$;
COMMIT;
SELECT count(*) FROM salesopp.opportunity_list WHERE subject ILIKE '%deal 1%' AND rating = 3;
RESET ROLE;

-- The plans that are kept follow what happens to the tables, the role, the session and its settings.
CREATE FUNCTION test.two() RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(concat_ws(' ', id, decision_date - CURRENT_DATE, company), ', ' ORDER BY ordinality)
	FROM salesopp.search('{"rating": 5}', 'decision_date', 2) WITH ORDINALITY);
SELECT test.two();
BEGIN;
DROP INDEX salesopp.opportunity_decision_date;
SELECT test.two();
CREATE INDEX opportunity_decision_date ON salesopp.opportunity (decision_date);
SELECT test.two();
ROLLBACK;
BEGIN;
ALTER TABLE salesopp.opportunity ADD COLUMN extra text DEFAULT 'x';
SELECT test.two();
ALTER TABLE salesopp.opportunity DROP COLUMN extra;
ALTER INDEX salesopp.opportunity_decision_date RENAME TO something_else;
CLUSTER salesopp.opportunity USING something_else;
SELECT test.two();
ROLLBACK;
SELECT test.two();
ANALYZE salesopp.opportunity, salesopp.company;
SELECT test.two();
-- a row that changes its place, and a name that is looked up
BEGIN;
UPDATE salesopp.company SET name = 'Renamed' WHERE name = 'Ærfugl';
UPDATE salesopp.opportunity SET decision_date = CURRENT_DATE - 100 WHERE id = 7720095;
SELECT test.two();
ROLLBACK;
-- rights and policies
BEGIN;
SET LOCAL ROLE regress_search_seller;
SELECT test.two();
RESET ROLE;
CREATE POLICY less ON salesopp.opportunity AS RESTRICTIVE USING (id > 7720050);
SET LOCAL ROLE regress_search_seller;
SELECT test.two();
RESET ROLE;
REVOKE SELECT ON salesopp.opportunity FROM regress_search_seller;
SET LOCAL ROLE regress_search_seller;
SELECT test.two();
ROLLBACK;
-- a column more in the list, at once and by search
BEGIN;
DO $$
BEGIN
	EXECUTE 'CREATE OR REPLACE VIEW salesopp.opportunity_list WITH (security_invoker = true) AS '
		|| replace(pg_get_viewdef('salesopp.opportunity_list'), 'o.version', 'o.version, -o.id AS negative');
END;
$$;
SELECT test.two();
SELECT id, negative, sales_process FROM salesopp.search('{"rating": 5}', 'id desc', 2);
SELECT id, negative, sales_process FROM salesopp.search('{"rating": 5}', 'id desc', 2000) LIMIT 2;
ROLLBACK;
SELECT test.two();
SELECT test.outcome('SELECT FROM salesopp.search(sort => ''negative'')');
-- another organization, the role, all of the session
SET salesopp.organization_id = :elsewhere;
SELECT test.two();
SET salesopp.organization_id = :organization;
SET ROLE regress_search_seller;
SELECT test.two();
RESET ROLE;
SET plan_cache_mode = force_generic_plan;
SELECT test.two();
SET plan_cache_mode = force_custom_plan;
SELECT test.two();
DISCARD ALL;
SET salesopp.organization_id = :organization;
SELECT test.two();
\pset null '(null)'
-- more statements than are kept
SELECT count(*) AS statements, sum(found.n) AS rows FROM generate_series(1, 100) max_rows,
	LATERAL (SELECT count(*) AS n FROM salesopp.search('{}', 'id', max_rows)) found;

-- How many entries of an index are read for a page of 50.
CREATE FUNCTION test.entries_read(index regclass, sort text, after bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	before bigint := pg_stat_get_xact_tuples_returned(index);
BEGIN
	PERFORM FROM salesopp.search('{}', sort, 50, after);
	RETURN pg_stat_get_xact_tuples_returned(index) - before;
END;
$$;

-- More rows than a page to look at has, in pages around that size
SELECT salesopp.create_organization('Search large') AS large \gset
SET row_security = off;
INSERT INTO salesopp.opportunity (organization_id, id, subject, estimated_revenue, decision_date, created_at, changed_at)
SELECT :large, 7720000 + n, 'Deal ' || n, NULLIF(n % 40, 0) * 100, date '2024-01-01' + NULLIF(n % 30, 0), now(),
	timestamptz '2024-01-01' + n % 700 * interval '1 hour'
FROM generate_series(1, 2100) n;
RESET row_security;
ANALYZE salesopp.opportunity;
SET salesopp.organization_id = :large;
SET ROLE regress_search_seller;
SELECT sort_column, direction, cardinality(expected.ids) AS rows,
	test.pages('{}', sort_column || ' ' || direction, 999) = expected.ids AS by_999,
	test.pages('{}', sort_column || ' ' || direction, 1000) = expected.ids AS by_1000,
	test.pages('{}', sort_column || ' ' || direction, 1001) = expected.ids AS by_1001,
	ARRAY(SELECT id FROM salesopp.search('{}', sort_column || ' ' || direction, NULL)) = expected.ids AS at_once
FROM unnest('{changed_at, decision_date, estimated_revenue, flag}'::text[]) sort_column, unnest('{asc, desc}'::text[]) direction,
	LATERAL (SELECT test.in_order(sort_column, direction) AS ids) expected ORDER BY 1, 2;
SELECT count(*) AS default_rows FROM salesopp.search();
-- A page reads its index, and not much more of it than the page: first, in the middle, among the NULLs.
SELECT sort_column, direction, place,
	test.entries_read(format('salesopp.opportunity_%s', sort_column)::regclass, sort_column || ' ' || direction,
	after) BETWEEN 40 AND 100 AS page_alone
FROM unnest('{changed_at, decision_date, estimated_revenue}'::text[]) sort_column, unnest('{asc, desc}'::text[]) direction,
	LATERAL (SELECT test.in_order(sort_column, direction) AS ids) expected,
	LATERAL (VALUES (1, 'first', NULL), (2, 'near the start', ids[20]), (3, 'middle', ids[1000]),
		(4, 'near the end', ids[2060])) p (n, place, after)
ORDER BY sort_column, direction, n;
RESET ROLE;
SET salesopp.organization_id = :organization;

-- Who may: readers, sellers, managers see their own organization; nobody else anything.
ALTER ROLE regress_search_reader SET salesopp.organization_id = :'organization';
ALTER ROLE regress_search_manager SET salesopp.organization_id = :'elsewhere';
\c - regress_search_reader
SELECT count(*), min(id), max(id) FROM salesopp.search(max_rows => NULL);
SELECT count(*), min(id), max(id) FROM salesopp.search('{}', 'id', 500);
SELECT opportunities FROM salesopp.summary() WHERE status = 'total';
SELECT letter, opportunities FROM salesopp.letter_index();
\c - regress_search_manager
SELECT count(*), min(id), max(id) FROM salesopp.search(max_rows => NULL);
SELECT id, subject FROM salesopp.search('{"id": 7720002}');
SELECT id FROM salesopp.search('{}', 'id desc', 2, 7729001);
SET salesopp.organization_id = '1';
-- who has none chosen, where there are several, sees nothing
\c - regress_search_seller
SELECT count(*) FROM salesopp.search(max_rows => NULL);
SELECT opportunities FROM salesopp.summary();
\c - regress_search_nobody
SELECT FROM salesopp.search();
SELECT FROM salesopp.summary();
SELECT FROM salesopp.letter_index();

-- What somebody plants in the way is not found.
\c - postgres
CREATE SCHEMA planted;
GRANT CREATE, USAGE ON SCHEMA planted TO regress_search_reader;
\c - regress_search_reader
CREATE FUNCTION planted.equal(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
CREATE OPERATOR planted.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = planted.equal);
CREATE FUNCTION planted.upper(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
CREATE FUNCTION planted.unnest(bigint[]) RETURNS SETOF bigint LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
CREATE TEMP TABLE opportunity (id bigint);
CREATE TEMP TABLE opportunity_list (id bigint);
SET search_path = planted, pg_temp, pg_catalog;
-- the trap works
SELECT 1::bigint = 1::bigint;
SELECT upper('x'::text);
SELECT count(*) FROM opportunity_list;
SELECT id FROM salesopp.search('{"letter": "d", "rating": [5]}', 'id', 2);
SELECT count(*) FROM salesopp.search(max_rows => NULL);
SELECT opportunities FROM salesopp.summary() WHERE status::text OPERATOR(pg_catalog.=) 'total';
\c - postgres
DROP SCHEMA planted CASCADE;
DROP TABLE test.place;
DROP FUNCTION test.pages, test.in_order, test.wrong_tails, test.two, test.entries_read;
DROP OWNED BY regress_search_reader, regress_search_seller, regress_search_manager, regress_search_nobody;
DROP ROLE regress_search_reader, regress_search_seller, regress_search_manager, regress_search_nobody;
