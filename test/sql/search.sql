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
SET row_security = off;
CREATE TABLE test.place AS SELECT * FROM (VALUES (:organization, 7720000), (:elsewhere, 7729000)) p (organization, base);
INSERT INTO salesopp.employee (organization_id, id, initials, name, created_at, changed_at)
SELECT organization, base + n, 'E' || n, 'Employee ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.company (organization_id, id, name, created_at, changed_at)
SELECT organization, base + n, 'Company ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.project (organization_id, id, company_id, name, created_at, changed_at)
SELECT organization, base + n, base + n, 'Project ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.sales_region (organization_id, id, name, created_at, changed_at)
SELECT organization, base + n, 'Region ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.department (organization_id, id, name, created_at, changed_at)
SELECT organization, base + n, 'Department ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.sales_process (organization_id, id, name, created_at, changed_at)
SELECT organization, base + n, 'Process ' || n, now(), now() FROM test.place, generate_series(1, 2) n;
-- Many ties, and NULLs wherever there can be some.
INSERT INTO salesopp.opportunity (organization_id, id, subject, status, estimated_revenue, actual_revenue, progress_method, progress,
	priority, rating, decision_date, close_date, closed_at, company_id, project_id, sales_region_id, department_id, sales_process_id,
	responsible_id, changed_by, created_at, changed_at, deleted_at)
SELECT organization, base + n, 'Deal ' || n % 11, s.status, CASE WHEN n % 7 > 0 THEN n % 4 * 1000 END,
	CASE WHEN s.status = 'won' THEN n % 3 * 900 END, 'manual', n % 3 * 25, (ARRAY['low', 'normal', 'high'])[1 + n % 3]::salesopp.priority,
	NULLIF(n % 6, 0), CASE WHEN n % 4 > 0 THEN CURRENT_DATE - 3 + n % 13 END, CASE WHEN s.status <> 'open' THEN date '2024-03-28' + n % 6 END,
	CASE WHEN s.status <> 'open' THEN now() END, base + NULLIF(n % 5, 0), base + NULLIF(n % 3, 0), base + NULLIF(n % 4, 0), base + NULLIF(n % 5, 0),
	base + NULLIF(n % 3, 0), base + NULLIF(n % 5, 0), base + NULLIF(n % 4, 0), now(), timestamptz '2024-10-26 21:30+02' + n % 9 * interval '37 minutes',
	CASE WHEN n % 13 = 0 THEN now() END
FROM test.place, generate_series(1, 104) n,
	LATERAL (SELECT (ARRAY['open', 'won', 'lost', 'open'])[1 + n % 4]::salesopp.opportunity_status AS status) s;
INSERT INTO salesopp.quote (organization_id, opportunity_id, number, amount, created_at, changed_at)
SELECT organization, base + n, n, n % 4 * 100, now(), now() FROM test.place, generate_series(1, 104) n WHERE n % 3 = 0;
INSERT INTO salesopp.sales_order (organization_id, opportunity_id, number, amount, created_at, changed_at)
SELECT organization, base + n, n, n % 4 * 50, now(), now() FROM test.place, generate_series(1, 104) n WHERE n % 6 = 0;
RESET row_security;
SET salesopp.organization_id = :organization;

-- All pages, one after the other, as an application turns them.
CREATE FUNCTION test.pages(criteria jsonb, sort text, page_rows integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[] := '{}';
	page bigint[];
BEGIN
	LOOP
		SELECT array_agg(id ORDER BY position) INTO page
		FROM salesopp.search(criteria, sort, page_rows, ids[cardinality(ids)]) WITH ORDINALITY AS t (organization_id, id, status, flag, has_process, subject, company,
			project, estimated_revenue, quote_sum, order_sum, progress, decision_date, decision_color, responsible, changed_at, changed_by, actual_revenue,
			weighted_value, close_date, priority, rating, sales_region, department, sales_process, position);
		EXIT WHEN page IS NULL;
		ids := ids || page;
		EXIT WHEN cardinality(ids) > 1000;
	END LOOP;
	RETURN ids;
END;
$$;
CREATE FUNCTION test.in_order(sort_column text, direction text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[];
BEGIN
	EXECUTE format('SELECT array_agg(id ORDER BY %1$I %2$s, id %2$s) FROM salesopp.opportunity_list', sort_column, direction) INTO ids;
	RETURN ids;
END;
$$;
-- F9, F1.1: by every column there is, in both directions, in pages of 7, of all but one, of more than there are
-- and of more than a page to look at.
SET ROLE regress_search_seller;
SELECT a.attname AS sort_column, direction, cardinality(expected.ids) AS rows,
	test.pages('{}', a.attname || ' ' || direction, 7) = expected.ids AS by_7, test.pages('{}', a.attname || ' ' || direction, 95) = expected.ids AS by_95,
	test.pages('{}', a.attname || ' ' || direction, 500) = expected.ids AS by_500, test.pages('{}', a.attname || ' ' || direction, 5000) = expected.ids AS by_5000
FROM pg_attribute a, unnest('{asc, desc}'::text[]) direction, LATERAL (SELECT test.in_order(a.attname, direction) AS ids) expected
WHERE a.attrelid = 'salesopp.opportunity_list'::regclass AND a.attnum > 0
ORDER BY a.attnum, direction;
-- with criteria as well
SELECT test.pages('{"status": "won", "progress": {">=": 25}}', 'company desc', 3) =
	(SELECT array_agg(id ORDER BY company DESC, id DESC) FROM salesopp.opportunity_list WHERE status = 'won' AND progress >= 25) AS filtered,
	test.pages('{"subject": "deal 1%"}', 'decision_date', 2) =
	(SELECT array_agg(id ORDER BY decision_date, id) FROM salesopp.opportunity_list WHERE subject LIKE 'Deal 1%') AS searched;
-- the rows are those of the list
SELECT count(*), count(l.id) AS in_list FROM salesopp.search(max_rows => 2000) s
LEFT JOIN salesopp.opportunity_list l ON l.id = s.id AND l IS NOT DISTINCT FROM s;
SELECT count(*), count(l.id) AS in_list FROM salesopp.search(max_rows => 50) s
LEFT JOIN salesopp.opportunity_list l ON l.id = s.id AND l IS NOT DISTINCT FROM s;

-- what sort takes
SELECT outcome, sort FROM unnest(ARRAY['id', 'id asc', 'ID', ' id  DESC ', E'\tid\ndesc', '"id"', 'salesopp.id', 'o.id', 'id descending', 'id desc nulls last', 'id, subject', 'id;', 'note',
	'deleted_at', 'ctid', 'tableoid', '1', '(SELECT 1)', 'id desc; DROP TABLE salesopp.quote', 'id/**/desc', 'random()', '', ' ', 'æ', NULL]) sort,
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
SELECT id, status FROM salesopp.search('{"status": "lost"}', 'id', 2, 7720005);
SELECT status FROM salesopp.opportunity WHERE id = 7720005;

-- used as a table: in a function, a cursor, a join, beside other conditions
SELECT o.name, s.id FROM (VALUES ('won', 'id'), ('lost', 'id desc')) o (name, sort), LATERAL salesopp.search(jsonb_build_object('status', o.name), o.sort, 2) s;
SELECT count(*) FROM salesopp.search(max_rows => NULL) WHERE company IS NULL AND flag = 'yellow';
BEGIN;
DECLARE list SCROLL CURSOR FOR SELECT id FROM salesopp.search('{}', 'id', 5);
FETCH 2 FROM list;
FETCH BACKWARD 1 FROM list;
-- what this transaction did is seen, what it deleted is not
UPDATE salesopp.opportunity SET subject = 'Zebrawood' WHERE id = 7720003;
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id = 7720002;
SELECT id FROM salesopp.search('{"subject": "zebrawood"}');
SELECT id FROM salesopp.search('{}', 'id', 3);
SELECT count(*) FROM salesopp.search(max_rows => NULL);
ROLLBACK;
SELECT id FROM salesopp.search('{}', 'id', 3);
RESET ROLE;

-- The plans that are kept follow what happens to the tables and to the role.
SELECT id FROM salesopp.search('{"rating": 5}', 'decision_date', 2);
BEGIN;
DROP INDEX salesopp.opportunity_decision_date;
SELECT id FROM salesopp.search('{"rating": 5}', 'decision_date', 2);
ROLLBACK;
ANALYZE salesopp.opportunity;
SELECT id FROM salesopp.search('{"rating": 5}', 'decision_date', 2);
SET salesopp.organization_id = :elsewhere;
SELECT id FROM salesopp.search('{"rating": 5}', 'decision_date', 2);
SET salesopp.organization_id = :organization;
SET ROLE regress_search_seller;
SELECT id FROM salesopp.search('{"rating": 5}', 'decision_date', 2);
RESET ROLE;
-- more statements than are kept
SELECT count(*) AS statements, sum(found.n) AS rows FROM generate_series(1, 100) max_rows,
	LATERAL (SELECT count(*) AS n FROM salesopp.search('{}', 'id', max_rows)) found;

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
SELECT id FROM salesopp.search('{"id": 7720001}');
SELECT id FROM salesopp.search(after => 7720001);
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
SELECT id FROM salesopp.search('{"letter": "d", "rating": [5]}', 'id', 2);
SELECT count(*) FROM salesopp.search(max_rows => NULL);
SELECT opportunities FROM salesopp.summary() WHERE status::text OPERATOR(pg_catalog.=) 'total';
\c - postgres
DROP SCHEMA planted CASCADE;
DROP TABLE test.place;
DROP FUNCTION test.pages, test.in_order;
DROP OWNED BY regress_search_reader, regress_search_seller, regress_search_manager, regress_search_nobody;
DROP ROLE regress_search_reader, regress_search_seller, regress_search_manager, regress_search_nobody;
