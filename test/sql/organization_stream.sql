-- N14 An organization's data as a stream: out, in and gone, beside another one
\set SHOW_CONTEXT never
SET datestyle = ISO;
SET timezone = UTC;
SET client_min_messages = warning;
CREATE ROLE regress_stream_manager LOGIN;
CREATE ROLE regress_stream_owner LOGIN;
SELECT salesopp.grant_access('regress_stream_manager', 'manager');
INSERT INTO salesopp.organization (id, name, time_zone) VALUES (7701601, E'Strøm & "Sønn"\\ \U0001F600', 'Europe/Oslo'), (7701602, 'Beside it', 'UTC');

-- Each table's rows of an organization, to the last bit that PostgreSQL shows of them.
CREATE FUNCTION test.organization_rows(organization bigint) RETURNS TABLE (name text, rows bigint, digest text) LANGUAGE plpgsql AS $$
DECLARE
	relation regclass;
BEGIN
	FOR relation IN
		SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r' ORDER BY c.relname COLLATE "C"
	LOOP
		RETURN QUERY EXECUTE format('SELECT %L, count(*), md5(string_agg(md5(t::text), '''' ORDER BY md5(t::text))) FROM %s t WHERE organization_id = $1',
			relation, relation) USING organization;
	END LOOP;
END;
$$;
CREATE FUNCTION test.fill_organization(organization bigint, deals integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	base constant bigint := organization * 100000;
BEGIN
	PERFORM set_config('salesopp.organization_id', organization::text, false), set_config('salesopp.employee_id', '', false);
	INSERT INTO salesopp.department (id, name) VALUES (base + 1, 'Sales');
	INSERT INTO salesopp.sales_region (id, name) VALUES (base + 1, 'North');
	INSERT INTO salesopp.employee (id, initials, name, department_id, email) VALUES (base + 1, 'ÅA', 'Åse', base + 1, ''), (base + 2, 'BB', 'Bo', NULL, NULL);
	PERFORM set_config('salesopp.employee_id', (base + 1)::text, false);
	INSERT INTO salesopp.sales_process (id, name) VALUES (base + 1, 'Process');
	INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES (base + 1, 1, 'One', 33.30), (base + 1, 2, 'Two', 60);
	INSERT INTO salesopp.loss_reason (id, name) VALUES (base + 1, 'Price');
	INSERT INTO salesopp.competitor (id, name) VALUES (base + 1, 'Rival');
	INSERT INTO salesopp.company (id, name, phone) VALUES (base + 1, 'Customer', ''), (base + 2, 'Double', NULL);
	INSERT INTO salesopp.contact (id, company_id, last_name, gender, is_primary) VALUES (base + 1, base + 1, 'Contact', 'other', true);
	INSERT INTO salesopp.project (id, company_id, name) VALUES (base + 1, base + 1, 'Project');
	INSERT INTO salesopp.group_field (id, name) VALUES (base + 1, 'Campaign');
	INSERT INTO salesopp.group_value (id, group_field_id, name) VALUES (base + 1, base + 1, 'Spring');
	INSERT INTO salesopp.custom_field (id, name, data_type, choices) VALUES (base + 1, 'Colour', 'choice', '{"light, blue","\"quoted\\",NULLs,""}'),
		(base + 2, 'From nought', 'choice', '[0:1]={a,b}'), (base + 3, 'No choices', 'choice', '{x}'), (base + 4, 'Size', 'number', NULL);
	INSERT INTO salesopp.opportunity (id, subject, note, estimated_revenue, responsible_id, company_id, contact_id, project_id, department_id, sales_region_id,
		sales_process_id, decision_date, rating, custom)
	SELECT base + n, 'Deal ' || n, CASE WHEN n = 8 THEN '' END, CASE WHEN n <> 3 THEN 1000.10 * n END, base + 1, base + 1, base + 1, base + 1, base + 1, base + 1,
		CASE WHEN n % 4 <> 0 THEN base + 1 END, date '2024-05-05' + n, 1 + n % 5, '{"Size": 1.500, "Colour": "light, blue"}'
	FROM generate_series(1, deals) n;
	-- refers to one that has a greater id
	INSERT INTO salesopp.opportunity (id, subject, copied_from_id) VALUES (base + 90000, 'Copied', base + 2);
	SET session_replication_role = replica;
	UPDATE salesopp.opportunity SET copied_from_id = base + 90000 WHERE id = base + 1;
	RESET session_replication_role;
	INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, competitor_id) VALUES (base + 1, base + 3, base + 1);
	INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name) VALUES (base + 2, base + 3, 'Typed in');
	INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (base + 1, base + 1);
	PERFORM salesopp.set_stage_status(base + n, 1, 'completed') FROM generate_series(1, 3) n;
	PERFORM salesopp.create_quote(base + n, 10.10) FROM generate_series(1, 3) n;
	PERFORM salesopp.convert_quote((SELECT min(id) FROM salesopp.quote q WHERE q.organization_id = organization));
	INSERT INTO salesopp.activity (id, kind, subject, company_id, opportunity_id, responsible_id) VALUES (base + 1, 'call', 'Call', base + 1, base + 1, base + 2);
	INSERT INTO salesopp.activity_participant (activity_id, contact_id) VALUES (base + 1, base + 1);
	PERFORM salesopp.close_won(base + 2, 999.99, '2024-05-06', NULL, 'Signed');
	PERFORM salesopp.close_lost(base + 3, base + 1, base + 1);
	PERFORM salesopp.close_won(base + 4);
	PERFORM salesopp.reopen(base + 4);
	PERFORM salesopp.correct_closing(base + 2, 1000.01);
	PERFORM salesopp.delete_opportunities(ARRAY[base + 5]), salesopp.set_status(ARRAY[base + 6, base + 7], 'lost', 'All at once');
	PERFORM salesopp.merge_companies(base + 1, ARRAY[base + 2]);
	INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (base + 1, base + 2, '2024-01-01'), (base + 1, NULL, '2024-02-01'),
		(base + 2, base + 1, '2024-03-01');
	INSERT INTO salesopp.quota (id, employee_id, period, amount) VALUES (base + 1, base + 1, '[2024-01-01,2024-04-01)', 1000.10);
	INSERT INTO salesopp.forecast_submission (employee_id, period, amount) VALUES (base + 1, '[2024-01-01,2024-04-01)', 900);
	INSERT INTO salesopp.saved_search (name, owner_id, criteria, columns) VALUES ('Mine', base + 1, '{"estimated_revenue": {">=": 1.50}}', '{id,subject}'),
		('Of another', base + 2, '{}', NULL);
	PERFORM set_config('salesopp.employee_id', '', false);
END;
$$;
SELECT test.fill_organization(7701601, 8), test.fill_organization(7701602, 300);

-- What is written with more care than it is read
SET salesopp.organization_id = 7701601;
UPDATE salesopp.opportunity SET note = (SELECT string_agg(chr(n), '') FROM generate_series(1, 300) n)
	|| E'\\n \\u0000 \\\\ "quoted" </script> \\. \r\n\ttab æøå \U0001F600 \u2028' WHERE id = 770160100001;
BEGIN;
SET LOCAL row_security = off;
INSERT INTO salesopp.activity (id, kind, subject, occurred_at, created_at, changed_at) VALUES
	(770160100011, 'note', 'Ever', 'infinity', '-infinity', 'infinity'), (770160100012, 'note', 'Long ago', '0044-03-15 12:00:00.000001+00 BC', '1850-01-01 00:00:00+01:12:12', now()),
	-- an hour that is there twice in Oslo
	(770160100013, 'note', 'Once', '2024-10-27 00:30:00.123456+00', now(), now()), (770160100014, 'note', 'Again', '2024-10-27 01:30:00.123456+00', now(), now()),
	(770160100015, 'note', 'Late', '294276-12-31 23:59:59.999999+00', now(), now());
INSERT INTO salesopp.status_event (id, organization_id, opportunity_id, from_status, to_status, close_date, actual_revenue, delivery_date, created_at, before)
VALUES (770160100099, 7701601, 770160100003, 'lost', 'lost', '-infinity', 'NaN', '0044-03-15 BC', now(), '{"n": 1.5000, "big": 1e300, "text": "\\u0000 \n \" é", "nested": [null, [], {}, ""]}');
INSERT INTO salesopp.merge_event (id, organization_id, kind, kept, merged, merged_row, moved, dropped, created_at)
VALUES (770160100099, 7701601, 'contact', 1, 2, '{}', '[]', '[]', now());
INSERT INTO salesopp.bulk_change (id, organization_id, at, operation, arguments) VALUES (770160100099, 7701601, now(), 'set_status', '{}');
COMMIT;
SELECT * FROM test.organization_rows(7701601) WHERE rows = 0;
CREATE TABLE test.rows_before AS SELECT 7701601 AS organization, r.* FROM test.organization_rows(7701601) r UNION ALL SELECT 7701602, r.* FROM test.organization_rows(7701602) r;
CREATE FUNCTION test.changed_rows() RETURNS TABLE (organization integer, name text, rows_before bigint, rows bigint) LANGUAGE sql AS $$
	SELECT b.organization, b.name, b.rows, r.rows FROM test.rows_before b
	JOIN LATERAL (SELECT r.* FROM test.organization_rows(b.organization) r WHERE r.name = b.name) r ON r.digest IS DISTINCT FROM b.digest ORDER BY 1, 2
$$;
SELECT pg_sleep(1.1);
SELECT salesopp.history_settled() AS settled \gset
SELECT salesopp.history_digest(:'settled') AS history_digest \gset

--
-- Out
--
CREATE TABLE test.stream AS SELECT line FROM salesopp.export_organization(7701601) WITH ORDINALITY s (line, n) ORDER BY md5(line);
SELECT h ->> 'format' AS format, h ->> 'format_version' AS format_version, h ->> 'extension_version' = (SELECT extversion FROM pg_extension WHERE extname = 'salesopp') AS version,
	h ->> 'organization_id' AS id, h ->> 'name' AS name, (h ->> 'exported_at')::timestamptz BETWEEN now() - interval '1 minute' AND now() AS exported_now
FROM test.stream, LATERAL (SELECT line::json -> 'header') x (h) WHERE line LIKE '{"header"%';
-- every table with organization_id is in it, with all of its columns but those that are generated
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'p')
EXCEPT
SELECT t ->> 'table', json_array_elements_text(t -> 'columns') FROM test.stream, json_array_elements(line::json -> 'header' -> 'tables') t WHERE line LIKE '{"header"%';
SELECT count(*) AS tables, bool_and(t ->> 'rows' = b.rows::text) AS rows_as_counted
FROM test.stream, json_array_elements(line::json -> 'end' -> 'tables') t JOIN test.rows_before b ON b.organization = 7701601 AND b.name = 'salesopp.' || (t ->> 'table')
WHERE line LIKE '{"end"%';
-- what a table refers to stands before it
SELECT k.conrelid::regclass, k.confrelid::regclass FROM pg_constraint k, LATERAL (SELECT salesopp.organization_tables() AS all_of_them) t
WHERE k.contype = 'f' AND k.connamespace = 'salesopp'::regnamespace AND k.conrelid <> k.confrelid
	AND array_position(all_of_them, k.conrelid::regclass) < array_position(all_of_them, k.confrelid::regclass);
-- the header comes first, the end last, and a line is a line
SELECT bool_and(n = 1) FILTER (WHERE line LIKE '{"header"%') AS first, bool_and(n = total) FILTER (WHERE line LIKE '{"end"%') AS last,
	bool_or(line ~ '[\n\r\t]') AS broken
FROM (SELECT s.line, s.n, count(*) OVER () AS total FROM salesopp.export_organization(7701601) WITH ORDINALITY s (line, n)) s;
-- the digest is anybody's to compute: a sum of SHA-256
SELECT sum(('x' || right(encode(sha256(convert_to(line, 'UTF8')), 'hex'), 8))::bit(32)::bigint)::bigint & 4294967295 = ('x' || right(encode(salesopp.stream_digest(line), 'hex'), 8))::bit(32)::bigint AS same
FROM test.stream;
-- types of columns: whoever adds one sees to it that it comes through
SELECT string_agg(DISTINCT format_type(a.atttypid, NULL), ', ' ORDER BY format_type(a.atttypid, NULL)) AS types
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r';
-- the same whatever the session's settings
SET datestyle = 'SQL, DMY';
SET timezone = 'Asia/Kathmandu';
SET intervalstyle = 'iso_8601';
SET bytea_output = 'escape';
SET extra_float_digits = -5;
SELECT left(line, 9) AS differs FROM (SELECT salesopp.export_organization(7701601) EXCEPT ALL SELECT line FROM test.stream) x (line) ORDER BY 1;
SHOW timezone;
RESET intervalstyle;
RESET bytea_output;
RESET extra_float_digits;
SET datestyle = ISO;
SET timezone = UTC;
SELECT test.outcome('SELECT salesopp.export_organization(77016011)'), test.outcome('SELECT salesopp.export_organization(NULL)');

--
-- Gone
--
\set VERBOSITY default
SELECT salesopp.erase_organization(7701601, 'Strøm');
SELECT test.outcome('SELECT salesopp.erase_organization(7701601, NULL)'), test.outcome($$SELECT salesopp.erase_organization(NULL, 'Beside it')$$);
SELECT test.outcome($$SELECT salesopp.erase_organization(77016011, 'Beside it')$$), test.outcome($$SELECT salesopp.erase_organization(7701601, 'Beside it')$$) LIKE '22023%' AS refused;
-- what refers to it from elsewhere keeps it
CREATE TABLE test.refers (organization_id bigint, company_id bigint, FOREIGN KEY (organization_id, company_id) REFERENCES salesopp.company);
INSERT INTO test.refers VALUES (7701601, 770160100001);
SELECT test.outcome($$SELECT salesopp.erase_organization(7701601, (SELECT name FROM salesopp.organization WHERE id = 7701601))$$);
DROP TABLE test.refers;
SELECT * FROM test.changed_rows();
-- what is removed is its own, and nothing else goes by it, neither while it runs nor afterwards
CREATE FUNCTION test.remove_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF OLD.organization_id = 7701601 THEN
		EXECUTE TG_ARGV[0];
	END IF;
	RETURN NULL;
END;
$$;
SELECT relation, statement, test.outcome(format($do$DO $$ BEGIN
		CREATE TRIGGER remove_more AFTER DELETE ON salesopp.%s FOR EACH ROW EXECUTE FUNCTION test.remove_more(%L);
		PERFORM salesopp.erase_organization(7701601, (SELECT name FROM salesopp.organization WHERE id = 7701601));
		RAISE EXCEPTION 'gone through' USING ERRCODE = 'ZZ999'; END $$ $do$, relation, statement))
FROM (VALUES ('status_event', 'DELETE FROM salesopp.status_event WHERE organization_id = 7701602'),
	('opportunity', 'DELETE FROM salesopp.status_event WHERE organization_id = 7701602'),
	('opportunity', 'DELETE FROM salesopp.opportunity_history WHERE organization_id = 7701602'),
	('opportunity', 'DELETE FROM salesopp.opportunity WHERE id = 770160200002'),
	('opportunity', 'DELETE FROM salesopp.stage WHERE opportunity_id = 770160200002'),
	('merge_event', 'DELETE FROM salesopp.merge_event'), ('bulk_change', 'DELETE FROM salesopp.bulk_change'),
	('bulk_change', 'TRUNCATE salesopp.forecast_submission'), ('forecast_submission', 'UPDATE salesopp.status_event SET note = NULL'),
	('opportunity', 'DELETE FROM salesopp.forecast_submission'), ('opportunity', 'DELETE FROM salesopp.custom_field WHERE organization_id = 7701602'),
	('custom_field', 'SELECT 1')) v (relation, statement);
CREATE FUNCTION test.what_stays() RETURNS TABLE (statement text, outcome text) LANGUAGE sql AS $$
	SELECT s, test.outcome(s) FROM unnest(ARRAY['DELETE FROM salesopp.status_event WHERE organization_id = 7701602', 'UPDATE salesopp.status_event SET note = NULL',
		'TRUNCATE salesopp.status_event', 'DELETE FROM salesopp.merge_event WHERE organization_id = 7701602', 'DELETE FROM salesopp.bulk_change WHERE organization_id = 7701602',
		'DELETE FROM salesopp.bulk_change_opportunity WHERE organization_id = 7701602', 'DELETE FROM salesopp.forecast_submission WHERE organization_id = 7701602',
		'DELETE FROM salesopp.opportunity_history WHERE organization_id = 7701602', 'DELETE FROM salesopp.opportunity WHERE id = 770160200002',
		'DELETE FROM salesopp.stage WHERE opportunity_id = 770160200002', 'DELETE FROM salesopp.quote WHERE opportunity_id = 770160200002',
		'DELETE FROM salesopp.custom_field WHERE id = 770160200004', 'DELETE FROM salesopp.organization WHERE id = 7701602']) s
$$;
SELECT * FROM test.what_stays();
-- a manager may not, not even where somebody has granted all functions
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA salesopp TO regress_stream_manager;
GRANT SELECT ON test.stream TO regress_stream_manager;
SET ROLE regress_stream_manager;
SELECT test.outcome($$SELECT salesopp.erase_organization(7701601, 'x')$$), test.outcome('SELECT salesopp.export_organization(7701601)'),
	test.outcome($$SELECT salesopp.import_organization('test.stream')$$);
RESET ROLE;
SELECT salesopp.grant_access('regress_stream_manager', 'manager');
SELECT p.proname, has_function_privilege('regress_stream_manager', p.oid, 'EXECUTE') AS manager FROM pg_proc p
WHERE p.pronamespace = 'salesopp'::regnamespace AND (p.proname LIKE '%stream%' OR p.proname ~ '_organization$' AND p.proname NOT LIKE 'c%' OR p.proname ~ '^organization_|^reserve_id$') ORDER BY 1;
SELECT * FROM test.changed_rows();
-- as the owner, whatever organization is chosen, with all rows counted
SET salesopp.organization_id = 7701602;
SELECT e.table_name, e.rows = b.rows AS as_counted FROM salesopp.erase_organization(7701601, E'Strøm & "Sønn"\\ \U0001F600') WITH ORDINALITY e
JOIN test.rows_before b ON b.organization = 7701601 AND b.name = 'salesopp.' || e.table_name ORDER BY e.ordinality;
SELECT * FROM test.organization_rows(7701601) WHERE rows > 0;
SELECT organization, count(*) FROM test.changed_rows() GROUP BY organization;
SELECT * FROM test.what_stays() WHERE outcome ~ ' rows?$';

--
-- In: the rows stand in the table in no order
--
SELECT i.table_name, i.rows = b.rows AS as_counted FROM salesopp.import_organization('test.stream') WITH ORDINALITY i
JOIN test.rows_before b ON b.organization = 7701601 AND b.name = 'salesopp.' || i.table_name ORDER BY i.ordinality;
SELECT * FROM test.changed_rows();
SET salesopp.organization_id = 7701601;
SELECT salesopp.history_digest(:'settled') = :'history_digest' AS same_history, (SELECT count(*) FROM salesopp.history_problems()) AS problems;
SELECT left(line, 9) AS differs FROM (SELECT salesopp.export_organization(7701601) EXCEPT ALL SELECT line FROM test.stream) x (line) ORDER BY 1;
-- no sequence gives an id that came: of the tables, too, whose triggers do not look at ids
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> '',
	LATERAL (SELECT pg_get_serial_sequence(c.oid::regclass::text, a.attname) AS sequence) s,
	LATERAL (SELECT (xpath('/row/max/text()', query_to_xml(format('SELECT max(id) FROM %s WHERE organization_id = 7701601', c.oid::regclass), false, true, '')))[1]::text::bigint AS last) m
WHERE c.relnamespace = 'salesopp'::regnamespace AND pg_sequence_last_value(s.sequence::regclass) < m.last;
-- and it goes on
SELECT number FROM salesopp.create_quote(770160100001, 5);
SELECT number FROM salesopp.create_order(770160100001, 5);
SELECT status FROM salesopp.close_won(770160100001);
SELECT status FROM salesopp.reopen(770160100001);
SELECT outcome FROM salesopp.delete_opportunities('{770160100008}');
INSERT INTO salesopp.company (id, name) VALUES (770160100002, 'Double again');
SELECT kept FROM salesopp.merge_event WHERE merged = 770160100002;
SELECT test.outcome('SELECT salesopp.merge_companies(770160100001, ''{770160100002}'')');
SELECT test.outcome('UPDATE salesopp.opportunity SET subject = ''x'' WHERE id = 770160100002');
SELECT count(*) FROM salesopp.history_problems();

--
-- What is refused changes nothing
--
SELECT test.outcome($$SELECT salesopp.import_organization('test.stream')$$);
SELECT count(*) FROM salesopp.erase_organization(7701601, E'Strøm & "Sønn"\\ \U0001F600');
-- Changes a copy of the stream, and makes an end that fits to it where that is asked for.
CREATE FUNCTION test.import_changed(change text, is_forged boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	outcome text;
BEGIN
	CREATE TEMPORARY TABLE changed AS SELECT line FROM test.stream;
	EXECUTE change;
	IF is_forged THEN
		DELETE FROM changed WHERE line LIKE '{"end"%';
		INSERT INTO changed SELECT row_to_json(e)::text FROM (SELECT row_to_json(x) AS "end" FROM (
			SELECT (SELECT encode(salesopp.stream_digest(line), 'hex') FROM changed WHERE line LIKE '{"header"%') AS header,
				ARRAY(SELECT row_to_json(t) FROM (SELECT line::json ->> 'table' AS table, count(*) AS rows, encode(salesopp.stream_digest(line), 'hex') AS digest
					FROM changed WHERE line LIKE '{"table"%' GROUP BY 1) t) AS tables) x) e;
	END IF;
	outcome := test.outcome($t$SELECT salesopp.import_organization('pg_temp.changed')$t$);
	DROP TABLE changed;
	RETURN outcome;
END;
$$;
-- with an end that fits, it is taken
BEGIN;
SELECT test.import_changed('SELECT', true);
SELECT organization, name FROM test.changed_rows() WHERE rows <> rows_before;
ROLLBACK;
SELECT what, test.import_changed(change, false) FROM (VALUES
	('the last line is missing', $$DELETE FROM changed WHERE line LIKE '{"end"%'$$),
	('the first line is missing', $$DELETE FROM changed WHERE line LIKE '{"header"%'$$),
	('all behind the first table', $$DELETE FROM changed WHERE line !~ '^{"header"|^{"table":"organization"'$$),
	('nothing', $$DELETE FROM changed$$),
	('one row is missing', $$DELETE FROM changed WHERE line LIKE '%"Deal 2"%' AND line LIKE '{"table":"opportunity"%'$$),
	('one row is there twice', $$INSERT INTO changed SELECT line FROM changed WHERE line LIKE '{"table":"department"%'$$),
	('a table is missing', $$DELETE FROM changed WHERE line LIKE '{"table":"saved_search"%'$$),
	('a letter of a row', $$UPDATE changed SET line = replace(line, 'Deal 2', 'Deal 3') WHERE line LIKE '{"table":"opportunity"%'$$),
	('a blank between', $$UPDATE changed SET line = replace(line, '"row":', '"row": ') WHERE line LIKE '{"table":"department"%'$$),
	('a letter of the header', $$UPDATE changed SET line = replace(line, 'Str', 'str') WHERE line LIKE '{"header"%'$$),
	('the end is cut off', $$UPDATE changed SET line = left(line, -10) WHERE line LIKE '{"end"%'$$),
	('a number of the end', $$UPDATE changed SET line = replace(line, '"rows":1,', '"rows":2,') WHERE line LIKE '{"end"%'$$),
	('the end without tables', $$UPDATE changed SET line = '{"end":{"header":"","tables":7}}' WHERE line LIKE '{"end"%'$$),
	('carriage returns', $$UPDATE changed SET line = line || E'\r'$$),
	('lines of something else', $$INSERT INTO changed VALUES ('id;name'), ('1;Acme')$$),
	('another stream behind it', $$INSERT INTO changed SELECT salesopp.export_organization(7701602)$$)) v (what, change);
-- lines that are empty do not count
BEGIN;
SELECT test.import_changed($$INSERT INTO changed VALUES (''), (NULL)$$, false);
ROLLBACK;
SELECT what, regexp_replace(test.import_changed(change, true), 'and this is [\d.]+', 'and this is another') FROM (VALUES
	('another format', $$UPDATE changed SET line = replace(line, '"salesopp organization"', '"acme dump"') WHERE line LIKE '{"header"%'$$),
	('a later format', $$UPDATE changed SET line = replace(line, '"format_version":1', '"format_version":2') WHERE line LIKE '{"header"%'$$),
	('a newer version', $$UPDATE changed SET line = regexp_replace(line, '"extension_version":"1.\d+"', '"extension_version":"1.100"') WHERE line LIKE '{"header"%'$$),
	('a column that is not known', $$UPDATE changed SET line = replace(replace(line, '"initials",', '"initials","salary",'), '"initials":', '"salary":7,"initials":')
		WHERE line LIKE '{"header"%' OR line LIKE '{"table":"employee"%'$$),
	('one that the header does not name', $$UPDATE changed SET line = replace(line, '"initials":', '"salary":7,"initials":') WHERE line LIKE '{"table":"employee"%'$$),
	('the generated one', $$UPDATE changed SET line = replace(line, '"tables":[{"table":"organization","columns":["id",', '"tables":[{"table":"organization","columns":["organization_id","id",')
		WHERE line LIKE '{"header"%'$$),
	('a table that is not known', $$INSERT INTO changed VALUES ('{"table":"pg_authid","row":{"rolname":"x"}}')$$),
	('one that the header names', $$UPDATE changed SET line = replace(line, '"tables":[', '"tables":[{"table":"pg_authid","columns":["rolname"]},') WHERE line LIKE '{"header"%';
		INSERT INTO changed VALUES ('{"table":"pg_authid","row":{"rolname":"x"}}')$$),
	('a view', $$UPDATE changed SET line = replace(line, '"tables":[', '"tables":[{"table":"opportunity_list","columns":["id"]},') WHERE line LIKE '{"header"%';
		INSERT INTO changed VALUES ('{"table":"opportunity_list","row":{"id":1}}')$$),
	('rows of another organization', $$INSERT INTO changed VALUES ('{"table":"department","row":{"organization_id":7701602,"id":770160200077,"name":"Smuggled","created_at":"2024-01-01T00:00:00+00:00","changed_at":"2024-01-01T00:00:00+00:00"}}')$$),
	('another organization', $$INSERT INTO changed SELECT replace(replace(line, '"id":7701601', '"id":7701699'), 'Str', 'str') FROM changed WHERE line LIKE '{"table":"organization"%'$$),
	('no organization', $$DELETE FROM changed WHERE line LIKE '{"table":"organization"%'$$),
	('a row that others refer to is missing', $$DELETE FROM changed WHERE line LIKE '{"table":"department"%'$$),
	('a value that is not allowed', $$UPDATE changed SET line = regexp_replace(line, '"threat":\d', '"threat":9') WHERE line LIKE '{"table":"opportunity_competitor"%'$$),
	('a value of another type', $$UPDATE changed SET line = regexp_replace(line, '"threat":\d', '"threat":"x"') WHERE line LIKE '{"table":"opportunity_competitor"%'$$),
	('a text that is not stored so', $$UPDATE changed SET line = replace(line, '"Sales"', U&'"A\030A"') WHERE line LIKE '{"table":"department"%'$$),
	('an amount of another scale', $$UPDATE changed SET line = replace(line, '"amount":1000.10', '"amount":1000.1') WHERE line LIKE '{"table":"quota"%'$$)) v (what, change);
SELECT organization, count(*) FROM test.changed_rows() WHERE organization = 7701602 OR rows > 0 GROUP BY organization;
-- hints, and sources that are none
SELECT * FROM salesopp.import_organization('test.rows_before');
SELECT test.outcome('SELECT salesopp.import_organization(NULL)'), test.outcome($$SELECT salesopp.import_organization('test.no_such')$$);
-- a trigger of one's own that changes what comes is found out
CREATE FUNCTION test.meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'meddled'; RETURN NEW; END; $$;
CREATE TRIGGER meddle BEFORE INSERT ON salesopp.quote FOR EACH ROW EXECUTE FUNCTION test.meddle();
SELECT * FROM salesopp.import_organization('test.stream');
DROP TRIGGER meddle ON salesopp.quote;
-- an older stream, which lacks columns: those take their defaults
BEGIN;
SELECT test.import_changed($$UPDATE changed SET line = regexp_replace(regexp_replace(line, '"priority",|"external_id",', '', 'g'), '"priority":"[a-z]+",|"extension_version":"1.\d+",', '')
	WHERE line LIKE '{"table":"opportunity"%';
	UPDATE changed SET line = regexp_replace(regexp_replace(line, '"priority",', '', 'g'), '"extension_version":"1.\d+"', '"extension_version":"1.2"') WHERE line LIKE '{"header"%'$$, true);
SELECT organization, name FROM test.changed_rows() WHERE rows <> rows_before;
SELECT DISTINCT priority FROM salesopp.opportunity WHERE organization_id = 7701601;
ROLLBACK;

--
-- A table of one's own goes along, whatever is in it
--
BEGIN;
CREATE TYPE test.mood AS ENUM ('sad, or so', 'glad');
CREATE TABLE salesopp.aa_added (organization_id bigint NOT NULL REFERENCES salesopp.organization (id), id bigint PRIMARY KEY, opportunity_id bigint,
	raw bytea, moods test.mood[], span tstzrange, day date, days daterange, wait interval, ratio float8, ratios float4[], plain numeric, flags bit(3),
	address inet, words text[], items jsonb, spread nummultirange, clock timetz, letter "char", twice numeric GENERATED ALWAYS AS (plain * 2) STORED,
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity);
INSERT INTO salesopp.aa_added VALUES
	(7701602, 1, 770160200001, '\x00ff0a5c', '{glad,"sad, or so",NULL}', '[2024-01-01 00:00:00.000001+00,infinity)', 'infinity', 'empty', '1 mon -2 days 03:04:05.678901', 'NaN',
		'{-Infinity,1.1,NULL}', 'NaN', B'101', '10.0.0.1/8', '[-1:0][3:4]={{a,"b,\"\\"},{NULL,""}}', '[1.50, {"x": null}, "\\"]', '{[1.0,2.00),(3,)}', '12:00:00.000001+05:30', E'\\377', DEFAULT),
	(7701602, 2, NULL, '', '{}', '(,)', '-infinity', '(,2024-01-01)', '-1 year', '-0', '{}', 'Infinity', B'000', '::1', '{}', '{}', '{}', '00:00:00-15:59', 'x', DEFAULT),
	(7701602, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1e-320, NULL, 1.2300000000000000000000000000000000000001, NULL, NULL, NULL, NULL, NULL, NULL, NULL, DEFAULT);
CREATE TABLE test.added_before AS SELECT t::text AS row FROM salesopp.aa_added t;
TABLE test.added_before;
CREATE TABLE test.stream2 AS SELECT salesopp.export_organization(7701602) AS line;
SELECT rows FROM salesopp.erase_organization(7701602, 'Beside it') WHERE table_name = 'aa_added';
SELECT rows FROM salesopp.import_organization('test.stream2') WHERE table_name = 'aa_added';
SELECT * FROM test.added_before EXCEPT SELECT t::text FROM salesopp.aa_added t;
SELECT name FROM test.changed_rows() WHERE organization = 7701602;
-- where tables refer to each other in a circle, there is no order
ALTER TABLE salesopp.opportunity ADD COLUMN added_id bigint REFERENCES salesopp.aa_added;
SELECT test.outcome('SELECT salesopp.organization_tables()') LIKE '0A000 foreign keys lead%salesopp.opportunity%' AS refused;
ROLLBACK;

--
-- The owner of the extension's objects, who is no superuser, can do all of it
--
BEGIN;
DO $$
DECLARE
	object record;
BEGIN
	ALTER SCHEMA salesopp OWNER TO regress_stream_owner;
	FOR object IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r' LOOP
		EXECUTE format('ALTER TABLE %s OWNER TO regress_stream_owner', object.name);
	END LOOP;
	FOR object IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'salesopp'::regnamespace LOOP
		EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO regress_stream_owner', object.name);
	END LOOP;
END $$;
GRANT USAGE ON SCHEMA test TO regress_stream_owner;
GRANT SELECT ON test.stream TO regress_stream_owner;
SET ROLE regress_stream_owner;
SELECT sum(rows) = (SELECT count(*) - 2 FROM test.stream) AS imported FROM salesopp.import_organization('test.stream');
SELECT count(*) = (SELECT count(*) FROM test.stream) AS exported FROM salesopp.export_organization(7701601);
SELECT sum(rows) = (SELECT count(*) - 2 FROM test.stream) AS erased FROM salesopp.erase_organization(7701601, E'Strøm & "Sønn"\\ \U0001F600');
RESET ROLE;
ROLLBACK;

-- digests of anything else than lines
SELECT test.outcome($$SELECT salesopp.stream_digest_add('\x00', 'x')$$), salesopp.stream_digest(x) = decode(repeat('00', 32), 'hex') AS of_nothing FROM unnest('{NULL,NULL}'::text[]) x;
SELECT test.outcome($$SELECT salesopp.reserve_id('salesopp.opportunity_history', 1)$$), test.outcome($$SELECT salesopp.reserve_id('salesopp.opportunity', -1)$$);

RESET salesopp.organization_id;
SELECT count(*) > 20 AS erased FROM salesopp.erase_organization(7701602, 'Beside it');
SELECT count(*) AS left_behind FROM test.organization_rows(7701602) WHERE rows > 0;
DROP FUNCTION test.organization_rows(bigint), test.fill_organization(bigint, integer), test.changed_rows(), test.what_stays(), test.import_changed(text, boolean),
	test.remove_more(), test.meddle();
DROP TABLE test.stream, test.rows_before;
DROP OWNED BY regress_stream_manager, regress_stream_owner;
DROP ROLE regress_stream_manager, regress_stream_owner;
