-- F10.1 The list as a file: which rows, in which columns, in which words, for whom. What is in the files is
-- read by other programs in test/t.
\set SHOW_CONTEXT never
SELECT salesopp.create_organization('Exports') AS organization, salesopp.create_organization('Exports elsewhere') AS elsewhere \gset
CREATE ROLE regress_exports_reader LOGIN;
CREATE ROLE regress_exports_nobody LOGIN;
SELECT salesopp.grant_access('regress_exports_reader', 'reader');
GRANT USAGE ON SCHEMA salesopp TO regress_exports_nobody;

SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.opportunity (id, subject) VALUES (77131901, 'Elsewhere');
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.department (id, name) VALUES (77131001, 'Department');
INSERT INTO salesopp.sales_region (id, name) VALUES (77131001, 'Region');
INSERT INTO salesopp.employee (id, initials, name) VALUES (77131001, 'AA', 'Anna'), (77131002, 'BB', 'Bo');
INSERT INTO salesopp.company (id, name) VALUES (77131001, 'Customer'), (77131002, 'Other');
INSERT INTO salesopp.project (id, name) VALUES (77131001, 'Project');
INSERT INTO salesopp.sales_process (id, name) VALUES (77131001, 'Process');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
VALUES (77131001, 1, 'First', 40), (77131001, 2, 'Last', 100);
-- ties in every column but id and subject
INSERT INTO salesopp.opportunity (id, subject, status, sales_process_id, company_id, project_id,
	estimated_revenue, actual_revenue, decision_date,
	close_date, priority, rating, responsible_id, sales_region_id, department_id, created_at, changed_at, changed_by)
SELECT 77131100 + n, 'Deal ' || n, s, CASE WHEN n % 4 = 0 THEN 77131001 END, CASE WHEN n % 3 > 0 THEN 77131000 + n % 3 END,
	CASE WHEN n % 5 = 0 THEN 77131001 END, NULLIF(n % 6, 5) * 1000.25, CASE WHEN s = 'won' THEN n % 3 END,
	'2024-01-01'::date + NULLIF(n % 7, 6),
	CASE WHEN s <> 'open' THEN '2024-02-01'::date + n % 2 END, ('{low,normal,high}'::salesopp.priority[])[n % 3 + 1], NULLIF(n % 6, 0),
	CASE WHEN n % 3 > 0 THEN 77131000 + n % 3 END, CASE WHEN n % 2 > 0 THEN 77131001 END, CASE WHEN n % 5 > 2 THEN 77131001 END,
	'2024-01-01', '2024-01-01 12:00:00+00'::timestamptz + n % 9 * interval '1 hour', CASE WHEN n % 4 > 0 THEN 77131001 END
FROM generate_series(1, 60) n, LATERAL (SELECT ('{open,open,won,lost}'::salesopp.opportunity_status[])[n % 4 + 1]) v (s);
SELECT q.amount FROM salesopp.create_quote(77131104, 10) q;
SELECT s.amount FROM salesopp.create_order(77131104, 30) s;
SELECT outcome FROM salesopp.delete_opportunities('{77131160}');

-- The lines of a CSV file.
CREATE FUNCTION test.lines(file bytea) RETURNS SETOF text LANGUAGE sql
RETURN string_to_table(rtrim(convert_from(file, 'UTF8'), E'\r\n'), E'\r\n');
-- The headings of one.
CREATE FUNCTION test.headings(file bytea) RETURNS text LANGUAGE sql RETURN split_part(convert_from(file, 'UTF8'), E'\r\n', 1);

-- Bad input is refused by name, the same way by every format
SELECT arguments, count(DISTINCT o) AS ways, min(o) AS outcome
FROM unnest(ARRAY[
	$$columns => '{id,colour}'$$, $$columns => '{ID}'$$, $$columns => '{""}'$$, $$columns => '{"id; DROP TABLE x"}'$$,
	$$columns => '{ctid}'$$, $$columns => '{custom}'$$,
	$$columns => '{id,subject,id}'$$, $$columns => '{id,NULL}'$$, $$columns => '{}'$$, $$columns => '{{id,status},{subject,company}}'$$,
	$$language => 'de'$$, $$language => 'EN'$$, $$language => ''$$, $$language => 'no'$$,
	$$criteria => '[]'$$, $$criteria => '{"colour": 1}'$$, $$criteria => '{"id": "1"}'$$, $$criteria => '{"status": "gone"}'$$,
	$$criteria => '{"subject": null}'$$,
	$$criteria => '{"decision_date": {"from": "2024-02-30"}}'$$, $$sort => 'colour'$$, $$sort => 'id sideways'$$,
	$$sort => ''$$, $$sort => 'id; DROP TABLE x'$$]) WITH ORDINALITY a (arguments, n),
	unnest('{csv,xlsx,pdf}'::text[]) format, test.outcome(format('SELECT salesopp.export_%s(%s)', format, arguments)) o
GROUP BY n, arguments ORDER BY n;
SELECT salesopp.export_csv(columns => '{id,colour}');
SELECT salesopp.export_xlsx(columns => '{id,id}');
SELECT salesopp.export_csv(columns => '{}');
SELECT salesopp.export_xlsx(columns => '{NULL}');
SELECT salesopp.export_csv(language => 'de');
SET salesopp.language = 'de';
-- criteria and sort are those of search(), and so are its errors
SELECT arguments FROM unnest(ARRAY[
	$$criteria => '{"colour": 1}'$$, $$criteria => '{"id": "1"}'$$, $$criteria => '{"status": "gone"}'$$,
	$$criteria => '{"custom": {"No such field": 1}}'$$,
	$$sort => 'colour'$$, $$sort => 'id sideways'$$, $$sort => ''$$]) arguments
WHERE test.outcome(format('SELECT salesopp.export_csv(%s)', arguments)) <> test.outcome(format('SELECT salesopp.search(%s)', arguments));

-- NULL stands for the default
SELECT salesopp.export_csv(NULL, NULL, NULL, NULL, NULL) = salesopp.export_csv() AS csv,
	salesopp.export_csv() = salesopp.export_csv('{}', 'changed_at desc', bom => false) AS defaults,
	octet_length(salesopp.export_xlsx(NULL, NULL, NULL, NULL)) BETWEEN octet_length(salesopp.export_xlsx()) - 10
		AND octet_length(salesopp.export_xlsx()) + 10 AS xlsx;

-- Headings and their languages: the argument, else the setting
SELECT test.headings(salesopp.export_csv());
SELECT test.headings(salesopp.export_csv(language => 'nb'));
SET salesopp.language = 'nb';
SELECT test.headings(salesopp.export_csv(columns => '{subject,id,priority}')),
	test.headings(salesopp.export_csv(columns => '{subject,id,priority}', language => 'en'));
RESET salesopp.language;
-- values are the same in every language
SELECT salesopp.export_csv(columns => '{id,status,has_process,estimated_revenue,decision_date}', language => 'en') <>
		salesopp.export_csv(columns => '{id,status,has_process,estimated_revenue,decision_date}', language => 'nb') AS headings_differ,
	(SELECT array_agg(l) FROM (SELECT l
		FROM test.lines(salesopp.export_csv(columns => '{id,status,has_process,estimated_revenue,decision_date}',
		language => 'en')) l OFFSET 1) e) =
		(SELECT array_agg(l) FROM (SELECT l
			FROM test.lines(salesopp.export_csv(columns => '{id,status,has_process,estimated_revenue,decision_date}',
			language => 'nb')) l OFFSET 1) n) AS values_agree;
-- the columns asked for, in their order
SELECT line FROM test.lines(salesopp.export_csv('{"id": {"<=": 77131104}}', 'id asc',
	'{subject,id,status,flag,has_process,quote_sum,order_sum,close_date,actual_revenue,decision_color}')) line;
SELECT line FROM test.lines(salesopp.export_csv('{"id": 77131104}',
	columns => '{changed_at,decision_date,responsible,rating,department,sales_process}')) line;
-- a byte-order mark when asked for
SELECT substr(salesopp.export_csv(columns => '{id}', bom => true), 1, 5) AS with_mark,
	substr(salesopp.export_csv(columns => '{id}'), 1, 2) AS without;
-- nothing found: the headings
SELECT convert_from(salesopp.export_csv('{"id": 0}', columns => '{id,subject}'), 'UTF8') = E'Id,Subject\r\n' AS csv,
	octet_length(salesopp.export_xlsx('{"id": 0}')) > 4000 AS xlsx;

-- Every column of the list, whichever there will be, goes into every format: those that do not
SELECT a.attname, format, o AS outcome
FROM pg_attribute a, unnest('{csv,xlsx,pdf}'::text[]) format,
	test.outcome(format('SELECT salesopp.export_%s(columns => ARRAY[%L])', format, a.attname)) o
WHERE a.attrelid = 'salesopp.opportunity_list'::regclass AND a.attnum > 0 AND o <> '1 row';
-- and what it has there, without quotes and in the session's formats
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE FUNCTION test.column_differs(name text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	listed text;
BEGIN
	EXECUTE format('SELECT string_agg(CASE l.%1$I::text WHEN ''t'' THEN ''true'' WHEN ''f'' THEN ''false'' ELSE COALESCE(l.%1$I::text, '''') END || E''\r\n'', '''' ORDER BY n)
		FROM salesopp.search(sort => ''id asc'', max_rows => NULL) WITH ORDINALITY l
			(organization_id, id, status, flag, has_process, subject, company, project, estimated_revenue, quote_sum, order_sum, progress, decision_date, decision_color, responsible,
			changed_at, changed_by, actual_revenue, weighted_value, close_date, priority, rating, sales_region, department, sales_process, version, n)', name) INTO listed;
	RETURN listed IS DISTINCT FROM regexp_replace(convert_from(salesopp.export_csv(sort => 'id asc', columns => ARRAY[name]), 'UTF8'),
		'^[^\r]*\r\n', '');
END $$;
SELECT count(*), count(*) FILTER (WHERE test.column_differs(attname)) AS differ FROM pg_attribute
WHERE attrelid = 'salesopp.opportunity_list'::regclass AND attnum > 0;
RESET timezone;
RESET datestyle;

-- The rows are those of search(), all of them, in its order: those that differ
CREATE FUNCTION test.ids(criteria jsonb, sort text) RETURNS text LANGUAGE sql
RETURN 'Id' || E'\r\n' || COALESCE((SELECT string_agg(s.id || E'\r\n', '' ORDER BY s.n)
	FROM (SELECT id, row_number() OVER () AS n FROM salesopp.search(criteria, sort, NULL)) s), '');
CREATE TABLE test.export_criteria AS SELECT criteria::jsonb
FROM unnest(ARRAY['{}', '{"status": "open"}', '{"status": ["won", "lost"]}', '{"status": []}', '{"subject": "DEAL%1"}', '{"text": "%2"}',
	'{"company_id": 77131001}', '{"project_id": [77131001, 5]}', '{"priority": "high", "rating": [1, 2, 3]}',
	'{"id": {">=": 77131110, "<=": 77131150}}', '{"estimated_revenue": {"<>": 1000.25}}',
	'{"quote_sum": {">=": 1}}', '{"order_sum": 30}', '{"progress": 0}',
	'{"decision_date": {"from": "2024-01-02", "to": "2024-01-04"}}', '{"close_date": {"to": "2024-02-01"}}',
	'{"changed_at": {"from": "2024-01-01"}}', '{"responsible_id": 77131002}', '{"changed_by": 77131001}',
	'{"letter": "D"}', '{"letter": "X"}', '{"id": 0}', '{"id": 77131901}', '{"id": 77131160}']) criteria;
-- every sort with all rows, every criterion with one sort
CREATE TABLE test.export_calls AS
SELECT c.criteria, a.attname || ' ' || direction AS sort
FROM test.export_criteria c, pg_attribute a, unnest('{asc,desc}'::text[]) direction
WHERE a.attrelid = 'salesopp.opportunity_list'::regclass AND a.attnum > 0 AND (c.criteria = '{}' OR a.attname = 'rating');
ALTER TABLE test.export_calls ADD file text;
UPDATE test.export_calls SET file = convert_from(salesopp.export_csv(criteria, sort, '{id}'), 'UTF8');
SELECT count(*) AS calls, count(DISTINCT file) > 40 AS varied FROM test.export_calls;
SELECT criteria, sort FROM test.export_calls WHERE file IS DISTINCT FROM test.ids(criteria, sort);
SELECT criteria FROM test.export_criteria
WHERE test.ids(criteria, NULL) <> convert_from(salesopp.export_csv(criteria, columns => '{id}'), 'UTF8');

-- What the transaction itself has changed, before it is committed
BEGIN;
UPDATE salesopp.opportunity SET subject = 'Changed' WHERE id = 77131101;
INSERT INTO salesopp.opportunity (id, subject) VALUES (77131199, 'New');
SELECT outcome FROM salesopp.delete_opportunities('{77131102}');
SELECT line FROM test.lines(salesopp.export_csv(sort => 'id asc', columns => '{id,subject}')) line WHERE line ~ 'Id|101|102|103|199';
ROLLBACK;
SELECT line FROM test.lines(salesopp.export_csv('{"id": {"<=": 77131102}}', 'id asc', '{id,subject}')) line;
-- but not what the statement itself is changing
WITH changed AS (UPDATE salesopp.opportunity SET subject = 'Later' WHERE id = 77131101 RETURNING id)
SELECT (SELECT id FROM changed) AS id, line FROM test.lines(salesopp.export_csv('{"id": 77131101}', columns => '{subject}')) line;
BEGIN READ ONLY;
SELECT octet_length(salesopp.export_csv()) > 100 AS csv, octet_length(salesopp.export_xlsx()) > 5000 AS xlsx;
ROLLBACK;

-- Rights: a reader exports what a reader sees; who has none exports nothing
SET ROLE regress_exports_reader;
SELECT count(*) FROM test.lines(salesopp.export_csv(columns => '{id}'));
SELECT octet_length(salesopp.export_xlsx()) > 5000 AS xlsx;
SELECT count(*) FROM test.lines(salesopp.export_csv('{"id": 77131901}', columns => '{id}'));
SET ROLE regress_exports_nobody;
SELECT salesopp.export_csv();
SELECT salesopp.export_xlsx();
RESET ROLE;
-- the right to call is not the right to read
GRANT EXECUTE ON FUNCTION salesopp.export_csv, salesopp.export_xlsx TO regress_exports_nobody;
SET ROLE regress_exports_nobody;
SELECT test.outcome('SELECT salesopp.export_csv()') ~ '^42501 permission denied' AS csv,
	test.outcome('SELECT salesopp.export_xlsx()') ~ '^42501 permission denied' AS xlsx;
RESET ROLE;
SET salesopp.organization_id = :elsewhere;
SET ROLE regress_exports_reader;
SELECT line FROM test.lines(salesopp.export_csv(columns => '{id,subject}')) line;
RESET ROLE;
SET salesopp.organization_id = :organization;
-- a policy of one's own counts, too
CREATE POLICY regress_exports ON salesopp.opportunity AS RESTRICTIVE FOR SELECT TO regress_exports_reader USING (id < 77131103);
SET ROLE regress_exports_reader;
SELECT line FROM test.lines(salesopp.export_csv(sort => 'id asc', columns => '{id}')) line;
RESET ROLE;
DROP POLICY regress_exports ON salesopp.opportunity;

-- Objects named like ours or PostgreSQL's, first on the search path
CREATE SCHEMA regress_exports_hostile;
CREATE TABLE regress_exports_hostile.opportunity (id bigint);
CREATE VIEW regress_exports_hostile.opportunity_list AS SELECT 1 AS id;
CREATE FUNCTION regress_exports_hostile.equal(bigint, bigint) RETURNS boolean LANGUAGE plpgsql
	AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE OPERATOR regress_exports_hostile.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = regress_exports_hostile.equal);
CREATE FUNCTION regress_exports_hostile.summary(jsonb) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
SELECT md5(salesopp.export_csv()) AS file \gset
SET search_path = regress_exports_hostile, salesopp, pg_catalog;
SELECT md5(salesopp.export_csv()) OPERATOR(pg_catalog.=) :'file' AS csv,
	octet_length(salesopp.export_xlsx('{"company_id": [77131001], "id": {">=": 1}}')) > 5000 AS xlsx;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA regress_exports_hostile CASCADE;
RESET client_min_messages;

DROP TABLE test.export_criteria, test.export_calls;
DROP FUNCTION test.lines, test.headings, test.column_differs, test.ids;
DROP OWNED BY regress_exports_reader, regress_exports_nobody;
DROP ROLE regress_exports_reader, regress_exports_nobody;
