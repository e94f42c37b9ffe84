-- F9 Search criteria, each against a condition in plain SQL of its own; and what is refused.
\pset null '(null)'
SET TIME ZONE 'Europe/Oslo';
SELECT salesopp.create_organization('Criteria') AS organization \gset
SELECT salesopp.create_organization('Criteria elsewhere') AS elsewhere \gset

-- Both organizations get the same, so that whatever leaks is seen. Ids: 771 and one digit for the organization.
SET row_security = off;
CREATE TABLE test.place AS SELECT * FROM (VALUES (:organization, 7710000), (:elsewhere, 7719000)) p (organization, base);
INSERT INTO salesopp.employee (organization_id, id, initials, name, created_at, changed_at)
SELECT organization, base + n, 'E' || n, 'Employee ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.company (organization_id, id, name, created_at, changed_at)
SELECT organization, base + n, 'Company ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.contact (organization_id, id, company_id, last_name, created_at, changed_at)
SELECT organization, base + n, base + n, 'Contact ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.project (organization_id, id, company_id, name, created_at, changed_at)
SELECT organization, base + n, base + n, 'Project ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.sales_region (organization_id, id, name, created_at, changed_at)
SELECT organization, base + n, 'Region ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.department (organization_id, id, name, created_at, changed_at)
SELECT organization, base + n, 'Department ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.sales_process (organization_id, id, name, created_at, changed_at)
SELECT organization, base + 1, 'Short one', now(), now() FROM test.place;
INSERT INTO salesopp.group_field (organization_id, id, name, created_at, changed_at)
SELECT organization, base + 1, 'Campaign', now(), now() FROM test.place;
INSERT INTO salesopp.group_value (organization_id, id, group_field_id, name, created_at, changed_at)
SELECT organization, base + n, base + 1, 'Group ' || n, now(), now() FROM test.place, generate_series(1, 3) n;
INSERT INTO salesopp.custom_field (organization_id, name, data_type, choices, created_at, changed_at)
SELECT organization, f.name, f.data_type::salesopp.custom_field_type, f.choices, now(), now()
FROM test.place, (VALUES ('Source', 'choice', '{Web,Fair}'::text[]), ('Seats', 'number', NULL), ('Urgent', 'boolean', NULL),
	('Seen', 'date', NULL), ('Remark', 'text', NULL)) f (name, data_type, choices);
INSERT INTO salesopp.opportunity (organization_id, id, subject, note, status, estimated_revenue, actual_revenue,
	progress_method, progress, priority, rating, decision_date, delivery_date, close_date, closed_at, company_id, contact_id,
	project_id, sales_region_id, department_id, sales_process_id, responsible_id, created_by, changed_by, created_at, changed_at,
	deleted_at, custom)
SELECT organization, base + n,
	(ARRAY['ærlig Deal', 'Ørsta 100% sure', 'åpen_dør', 'Zebra \ x', '10 pumps', '😀 smil', 'deal two', '_under'])[1 + n % 8] || ' ' || n,
	CASE WHEN n % 3 > 0 THEN (ARRAY['Call DEAL back', 'nothing', 'a%b', 'ÆØÅ'])[1 + n % 4] END,
	s.status, CASE WHEN n % 7 > 0 THEN (n % 10) * 1000.50 END, CASE WHEN s.status = 'won' THEN (n % 6) * 900.25 END,
	'manual', (n % 5) * 25, (ARRAY['low', 'normal', 'high'])[1 + n % 3]::salesopp.priority, NULLIF(n % 6, 0),
	CASE WHEN n % 4 > 0 THEN date '2024-02-25' + n % 9 END, CASE WHEN n % 5 > 0 THEN date '2024-06-28' + n % 7 END,
	CASE WHEN s.status <> 'open' THEN date '2024-03-28' + n % 6 END, CASE WHEN s.status <> 'open' THEN now() END,
	base + NULLIF(n % 5, 0), base + NULLIF(n % 5, 0), base + NULLIF(n % 5, 0), base + NULLIF(n % 5, 0), base + NULLIF((n + 1) % 5, 0),
	CASE WHEN n % 2 = 0 THEN base + 1 END,
	base + NULLIF(n % 5, 0), base + NULLIF((n + 2) % 5, 0), base + NULLIF((n + 3) % 5, 0),
	timestamptz '2024-03-30 22:00+01' + n * interval '1 hour', timestamptz '2024-10-26 21:30+02' + n * interval '37 minutes',
	CASE WHEN n % 13 = 0 THEN now() END,
	CASE n % 6 WHEN 0 THEN '{}' WHEN 1 THEN '{"Source": "Web", "Seats": 10}' WHEN 2 THEN '{"Source": "Fair", "Urgent": true}'
		WHEN 3 THEN '{"Seats": 10.0, "Urgent": false, "Remark": "100%"}' WHEN 4 THEN '{"Seen": "2024-02-29"}' ELSE '{"Remark": "æ"}' END::jsonb
FROM test.place, generate_series(1, 96) n,
	LATERAL (SELECT (ARRAY['open', 'won', 'lost', 'open'])[1 + n % 4]::salesopp.opportunity_status AS status) s;
INSERT INTO salesopp.opportunity_group_value (organization_id, opportunity_id, group_value_id, created_at, changed_at)
SELECT organization, base + n, base + g, now(), now() FROM test.place, generate_series(1, 96) n, generate_series(1, 3) g WHERE n % (g + 3) = 0;
INSERT INTO salesopp.quote (organization_id, opportunity_id, number, amount, created_at, changed_at)
SELECT organization, base + n, n * 2 + k, n % 4 * 100 + k, now(), now() FROM test.place, generate_series(1, 96) n, generate_series(0, 1) k
WHERE n % 3 = 0 ORDER BY n, k;
INSERT INTO salesopp.sales_order (organization_id, opportunity_id, number, amount, created_at, changed_at)
SELECT organization, base + n, n * 2 + k, n % 4 * 50 + k, now(), now() FROM test.place, generate_series(1, 96) n, generate_series(0, 1) k
WHERE n % 6 = 0 ORDER BY n, k;
RESET row_security;

CREATE ROLE regress_criteria_seller;
SELECT salesopp.grant_access('regress_criteria_seller', 'seller');
SET salesopp.organization_id = :organization;

-- What a criterion means, in plain SQL, where "o" is the opportunity.
CREATE TABLE test.criterion (n integer, criteria jsonb, meaning text);
INSERT INTO test.criterion VALUES
	-- F9.1 text
	(101, '{"subject": "deal"}', $$o.subject ILIKE '%deal%'$$),
	(102, '{"subject": "DEAL%"}', $$o.subject ILIKE 'deal%'$$),
	(103, '{"subject": "%1"}', $$right(o.subject, 1) = '1'$$),
	(104, '{"note": "deal"}', $$position('deal' IN lower(o.note)) > 0$$),
	(105, '{"text": "deal"}', $$o.subject ILIKE '%deal%' OR o.note ILIKE '%deal%'$$),
	(106, '{"text": ""}', 'true'), (107, '{"note": ""}', 'true'), (108, '{"note": "%"}', 'o.note IS NOT NULL'),
	-- F9.7
	(171, '{"subject": "100\\%"}', $$position('100%' IN o.subject) > 0$$), (172, '{"subject": "\\"}', $$position('\' IN o.subject) > 0$$),
	(173, '{"subject": "_"}', $$position('_' IN o.subject) > 0$$), (174, '{"subject": "ÆRLIG%"}', $$left(o.subject, 5) = 'ærlig'$$),
	(175, '{"subject": "😀"}', $$o.subject LIKE '😀%'$$), (176, '{"note": "a\\%b"}', $$o.note = 'a%b'$$),
	-- F9.2 links
	(201, '{"company_id": 7710001}', 'o.company_id = 7710001'), (202, '{"company_id": [7710001, 7710002, 7719001]}', 'o.company_id IN (7710001, 7710002)'),
	(203, '{"project_id": 7710003}', 'o.project_id = 7710003'), (204, '{"contact_id": [7710004]}', 'o.contact_id = 7710004'),
	(205, '{"sales_region_id": 7710001}', 'o.sales_region_id = 7710001'), (206, '{"department_id": 7710001}', 'o.department_id = 7710001'),
	(207, '{"sales_process_id": 7710001}', 'o.sales_process_id IS NOT NULL'),
	(208, '{"group_value_id": 7710001}', 'o.id % 10000 % 4 = 0'), (209, '{"group_value_id": [7710002, 7710003]}', 'o.id % 10000 % 5 = 0 OR o.id % 10000 % 6 = 0'),
	(210, '{"company_id": []}', 'false'), (211, '{"company_id": 7719001}', 'false'), (212, '{"company_id": 7710001.0}', 'o.company_id = 7710001'),
	(213, '{"company_id": -1}', 'false'), (214, '{"group_value_id": 7719001}', 'false'),
	(221, '{"custom": {"Source": "Web"}}', $$o.custom ->> 'Source' = 'Web'$$), (222, '{"custom": {"Seats": 10}}', $$(o.custom ->> 'Seats')::numeric = 10$$),
	(223, '{"custom": {"Urgent": false}}', $$o.custom ->> 'Urgent' = 'false'$$), (224, '{"custom": {"Seen": "2024-02-29"}}', $$o.custom ->> 'Seen' = '2024-02-29'$$),
	(225, '{"custom": {"Seats": 10, "Source": "Web"}}', $$(o.custom ->> 'Seats')::numeric = 10 AND o.custom ->> 'Source' = 'Web'$$),
	(226, '{"custom": {}}', 'true'), (227, '{"custom": {"Remark": "100%"}}', $$o.custom ->> 'Remark' = '100%'$$),
	-- F9.3
	(301, '{"status": "open"}', $$o.status = 'open'$$), (302, '{"status": ["won", "lost"]}', $$o.status <> 'open'$$), (303, '{"status": []}', 'false'),
	(304, '{"priority": "high"}', $$o.priority = 'high'$$), (305, '{"priority": ["low", "high"]}', $$o.priority <> 'normal'$$),
	(306, '{"rating": 5}', 'o.rating = 5'), (307, '{"rating": [1, 2, 99]}', 'o.rating < 3'), (308, '{"status": ["won", "won"]}', $$o.status = 'won'$$),
	-- F9.4
	(401, '{"id": 7710005}', 'o.id = 7710005'), (402, '{"id": {">=": 7710005, "<=": 7710010, "<>": 7710007}}', 'o.id BETWEEN 7710005 AND 7710010 AND o.id <> 7710007'),
	(403, '{"progress": {">=": 50}}', 'o.progress >= 50'), (404, '{"progress": {"=": 25.00}}', 'o.progress = 25'), (405, '{"progress": {}}', 'true'),
	(406, '{"estimated_revenue": {"<=": 3001.50}}', 'o.estimated_revenue <= 3001.5'), (407, '{"estimated_revenue": {"<>": 0}}', 'o.estimated_revenue <> 0'),
	(408, '{"actual_revenue": {">=": 900.25}}', 'o.actual_revenue >= 900.25'), (409, '{"quote_sum": 101}', '(o.id % 10000) % 3 = 0 AND (o.id % 10000) % 4 = 1'),
	(410, '{"quote_sum": {">=": 0}}', '(o.id % 10000) % 3 = 0'), (411, '{"order_sum": {"<=": 51}}', '(o.id % 10000) % 6 = 0 AND (o.id % 10000) % 4 < 2'),
	(412, '{"estimated_revenue": 1e400}', 'false'), (413, '{"estimated_revenue": {"<=": 1e400}}', 'o.estimated_revenue IS NOT NULL'),
	(414, '{"id": 7710005.5}', 'false'),
	-- F9.5 people
	(501, '{"responsible_id": 7710001}', 'o.responsible_id = 7710001'), (502, '{"created_by": [7710002, 7710003]}', 'o.created_by IN (7710002, 7710003)'),
	(503, '{"changed_by": 7710004}', 'o.changed_by = 7710004'),
	-- F9.6 dates, both ends included; days of the session's time zone, where clocks change
	(601, '{"decision_date": {"from": "2024-02-28", "to": "2024-03-01"}}', $$o.decision_date >= '2024-02-28' AND o.decision_date <= '2024-03-01'$$),
	(602, '{"decision_date": {"from": "2024-02-29"}}', $$o.decision_date >= '2024-02-29'$$), (603, '{"decision_date": {"to": "2024-02-29"}}', $$o.decision_date <= '2024-02-29'$$),
	(604, '{"close_date": {"from": "2024-03-31", "to": "2024-03-31"}}', $$o.close_date = '2024-03-31'$$),
	(605, '{"delivery_date": {"from": "2024-07-01"}}', $$o.delivery_date >= '2024-07-01'$$),
	(606, '{"created_at": {"from": "2024-03-31", "to": "2024-03-31"}}', $$o.created_at::date = '2024-03-31'$$),
	(607, '{"changed_at": {"from": "2024-10-27", "to": "2024-10-27"}}', $$o.changed_at::date = '2024-10-27'$$),
	(608, '{"changed_at": {"to": "2024-10-26"}}', $$o.changed_at < '2024-10-27 00:00'$$), (609, '{"decision_date": {}}', 'true'),
	(610, '{"decision_date": {"from": "2024-03-01", "to": "2024-02-28"}}', 'false'),
	-- F9.8 the first letter
	(801, '{"letter": "D"}', $$o.subject ILIKE 'd%'$$), (802, '{"letter": "d"}', $$o.subject ILIKE 'd%'$$), (803, '{"letter": "ø"}', $$o.subject LIKE 'Ø%'$$),
	(804, '{"letter": "#"}', $$o.subject ~ '^(10|😀|_)'$$), (805, '{"letter": "Å"}', $$o.subject LIKE 'åpen%'$$), (806, '{"letter": "1"}', 'false'),
	-- together
	(901, '{}', 'true'),
	(902, '{"status": "open", "text": "deal", "progress": {">=": 25}}', $$o.status = 'open' AND (o.subject ILIKE '%deal%' OR o.note ILIKE '%deal%') AND o.progress >= 25$$),
	(903, '{"decision_date": {"from": "2024-02-26"}, "close_date": {"to": "2024-03-31"}, "changed_at": {"from": "2024-10-27"}}',
		$$o.decision_date >= '2024-02-26' AND o.close_date <= '2024-03-31' AND o.changed_at::date >= '2024-10-27'$$),
	(904, '{"company_id": [7710001, 7710002], "responsible_id": 7710001, "priority": "normal", "custom": {"Source": "Web"}}',
		$$o.company_id IN (7710001, 7710002) AND o.responsible_id = 7710001 AND o.priority = 'normal' AND o.custom ->> 'Source' = 'Web'$$),
	(905, '{"subject": "deal", "note": "A", "text": "d", "letter": "D"}', $$o.subject ILIKE 'deal%' AND o.note ILIKE '%a%'$$);

-- The ids that the plain condition finds; the functions are asked as the seller.
CREATE FUNCTION test.ids(meaning text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[];
BEGIN
	EXECUTE format('SELECT array_agg(o.id ORDER BY o.id) FROM salesopp.opportunity o
		WHERE o.id BETWEEN 7710000 AND 7718999 AND o.deleted_at IS NULL AND (%s)', meaning) INTO ids;
	RETURN ids;
END;
$$;
CREATE TABLE test.plain AS SELECT n, criteria, meaning, COALESCE(test.ids(meaning), '{}') AS ids FROM test.criterion;
GRANT SELECT ON test.plain TO regress_criteria_seller;
SET ROLE regress_criteria_seller;
\pset format unaligned
SELECT p.n, left(p.criteria::text, 90) AS criteria, cardinality(p.ids) AS hits,
	CASE WHEN found.ids = p.ids THEN 'same' ELSE format('missing %s, too many %s',
		ARRAY(SELECT unnest(p.ids) EXCEPT SELECT unnest(found.ids)), ARRAY(SELECT unnest(found.ids) EXCEPT SELECT unnest(p.ids))) END AS search
FROM test.plain p, LATERAL (SELECT COALESCE(array_agg(id ORDER BY id), '{}') AS ids FROM salesopp.search(p.criteria, max_rows => NULL)) found
ORDER BY p.n;
\pset format aligned

-- F1.4 the summary and F9.8 the letters of the same
SELECT count(*) AS criteria,
	count(*) FILTER (WHERE plain.lines = found.lines) AS same_summary,
	count(*) FILTER (WHERE letters.plain = letters.found) AS same_letters
FROM test.plain p,
	LATERAL (SELECT array_agg((s.status, f.n, f.estimate, f.pipeline, f.highest)::text ORDER BY s.status) AS lines
		FROM (VALUES ('won'), ('open'), ('lost'), ('total')) s (status),
		LATERAL (SELECT count(*) AS n, COALESCE(sum(estimated_revenue), 0.00) AS estimate,
			salesopp.pipeline_value(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS pipeline,
			max(CASE o.status WHEN 'won' THEN actual_revenue ELSE estimated_revenue END) AS highest
			FROM salesopp.opportunity o WHERE o.id = ANY (p.ids) AND s.status IN (o.status::text, 'total')) f) plain,
	LATERAL (SELECT array_agg((s.status, s.opportunities, s.estimated_revenue, s.pipeline, s.highest)::text ORDER BY s.status) AS lines
		FROM salesopp.summary(p.criteria) s) found,
	LATERAL (SELECT (SELECT array_agg((letter, n)::text ORDER BY letter COLLATE "C") FROM (
			SELECT CASE WHEN subject ~ '^(10|😀|_)' THEN '#' ELSE upper(left(subject, 1)) END AS letter, count(*) AS n
			FROM salesopp.opportunity o WHERE o.id = ANY (p.ids) GROUP BY 1) l) AS plain,
		(SELECT array_agg((letter, opportunities)::text ORDER BY letter COLLATE "C") FROM salesopp.letter_index(p.criteria)) AS found) AS letters_of,
	LATERAL (SELECT COALESCE(letters_of.plain, '{}') AS plain, COALESCE(letters_of.found, '{}') AS found) letters;
SELECT * FROM salesopp.letter_index();

-- What is refused: the message names the criterion, the hint says what is allowed.
SELECT outcome, given FROM unnest(ARRAY[
	'{"colour": "red"}', '{"Subject": "x"}', '{"": 1}', '{"subject; DROP TABLE x": "x"}',
	'{"subject": 1}', '{"subject": null}', '{"subject": ["x"]}', '{"subject": {"x": 1}}', '{"text": true}', '{"letter": "AB"}', '{"letter": ""}', '{"letter": 1}',
	'{"company_id": "1"}', '{"company_id": "1 OR true"}', '{"company_id": 1.5}', '{"company_id": 1e400}', '{"company_id": 9223372036854775808}',
	'{"company_id": {"=": 1}}', '{"company_id": [1, "2"]}', '{"company_id": [1, null]}', '{"company_id": [[1]]}', '{"company_id": null}', '{"company_id": true}',
	'{"status": "closed"}', '{"status": "Open"}', '{"status": 1}', '{"status": ["open", 1]}', '{"status": {"open": true}}', '{"priority": "urgent"}', '{"rating": "5"}', '{"rating": 2.5}',
	'{"id": "1"}', '{"id": [1]}', '{"progress": {">": 1}}', '{"progress": {">=": "1"}}', '{"progress": {">=": null}}', '{"progress": {">=": {"=": 1}}}', '{"progress": true}', '{"quote_sum": "100"}',
	'{"estimated_revenue": {"= 1 OR 1": 1}}',
	'{"decision_date": "2024-01-01"}', '{"decision_date": {"from": "2024-02-30"}}', '{"decision_date": {"from": "2023-02-29"}}', '{"decision_date": {"from": "01.02.2024"}}',
	'{"decision_date": {"from": "today"}}', '{"decision_date": {"from": "infinity"}}', '{"decision_date": {"from": 20240101}}', '{"decision_date": {"since": "2024-01-01"}}',
	'{"decision_date": {"from": null}}', '{"decision_date": []}', '{"created_at": {"to": "2024-01-01 12:00"}}', '{"changed_at": {"from": ""}}',
	'{"custom": "Web"}', '{"custom": {"Source": null}}', '{"custom": {"Source": ["Web"]}}', '{"custom": {"Source": {"a": 1}}}', '{"custom": []}',
	'{"custom": {"Sauce": "Web"}}', '{"custom": {"Seats": "10"}}', '{"custom": {"Source": "Elsewhere"}}', '{"custom": {"Seen": "2024-02-30"}}',
	'[]', '[{"status": "open"}]', '"open"', '1', 'true', 'null']) given,
	LATERAL (SELECT test.outcome(format('SELECT FROM salesopp.search(%L)', given)) AS outcome) o;
SELECT given, count(*) AS functions, count(DISTINCT outcome) AS outcomes, min(outcome)
FROM unnest(ARRAY['{"colour": "red"}', '{"status": "closed"}', '[]']) given,
	unnest('{search, summary, letter_index}'::text[]) f, LATERAL (SELECT test.outcome(format('SELECT FROM salesopp.%s(%L)', f, given)) AS outcome) o GROUP BY given ORDER BY given COLLATE "C";
SELECT * FROM salesopp.search('{"colour": "red"}');
SELECT * FROM salesopp.search('{"priority": "urgent"}');

-- NULL is no criteria; a pattern of 10 MB, and a thousand ids, are no harm.
SELECT (SELECT count(*) FROM salesopp.search(NULL, NULL, NULL, NULL)) AS rows,
	(SELECT opportunities FROM salesopp.summary(NULL) WHERE status = 'total') AS total, (SELECT sum(opportunities) FROM salesopp.letter_index(NULL)) AS letters,
	(SELECT count(*) FROM salesopp.search(jsonb_build_object('subject', repeat('deal', 2621440)))) AS long_pattern,
	(SELECT count(*) FROM salesopp.search(jsonb_build_object('text', repeat('%', 1000000)))) AS many_wildcards,
	(SELECT count(*) FROM salesopp.search(jsonb_build_object('company_id', (SELECT jsonb_agg(n) FROM generate_series(7709500, 7710500) n)))) AS many_ids;
RESET ROLE;

DROP TABLE test.plain, test.criterion, test.place;
DROP FUNCTION test.ids;
DROP OWNED BY regress_criteria_seller;
DROP ROLE regress_criteria_seller;
RESET TIME ZONE;
