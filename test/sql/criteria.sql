-- F9 Search criteria, each against a condition in plain SQL of its own; and what is refused.
\pset null '(null)'
SET TIME ZONE 'Europe/Oslo';
SELECT salesopp.create_organization('Criteria') AS organization \gset
SELECT salesopp.create_organization('Criteria elsewhere') AS elsewhere \gset

-- Both organizations have the same ids with other values, so that whatever leaks is seen. All ids begin with 771.
SET row_security = off;
CREATE TABLE test.place AS SELECT * FROM (VALUES (:organization, 0), (:elsewhere, 1)) p (organization, shift);
INSERT INTO salesopp.employee (organization_id, id, initials, name, created_at, changed_at)
SELECT organization, 7710000 + n, 'E' || n, 'Employee ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.company (organization_id, id, name, created_at, changed_at)
SELECT organization, 7710000 + n, 'Company ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.contact (organization_id, id, company_id, last_name, created_at, changed_at)
SELECT organization, 7710000 + n, 7710000 + n, 'Contact ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.project (organization_id, id, company_id, name, created_at, changed_at)
SELECT organization, 7710000 + n, 7710000 + n, 'Project ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.sales_region (organization_id, id, name, created_at, changed_at)
SELECT organization, 7710000 + n, 'Region ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.department (organization_id, id, name, created_at, changed_at)
SELECT organization, 7710000 + n, 'Department ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.sales_process (organization_id, id, name, created_at, changed_at)
SELECT organization, 7710000 + n, 'Process ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.group_field (organization_id, id, name, created_at, changed_at)
SELECT organization, 7710001, 'Campaign', now(), now() FROM test.place;
INSERT INTO salesopp.group_value (organization_id, id, group_field_id, name, created_at, changed_at)
SELECT organization, 7710000 + n, 7710001, 'Group ' || n, now(), now() FROM test.place, generate_series(1, 4) n;
INSERT INTO salesopp.custom_field (organization_id, name, data_type, choices, created_at, changed_at)
SELECT organization, f.name, f.data_type::salesopp.custom_field_type, f.choices, now(), now()
FROM test.place, (VALUES ('Source', 'choice', '{Web,Fair}'::text[]), ('Seats', 'number', NULL), ('Urgent', 'boolean', NULL),
	('Seen', 'date', NULL), ('Remark', 'text', NULL), ('It''s "odd" $1 ? %s', 'text', NULL)) f (name, data_type, choices);
-- a name that means something else elsewhere
INSERT INTO salesopp.custom_field (organization_id, name, data_type, created_at, changed_at)
VALUES (:organization, 'Code', 'number', now(), now()), (:elsewhere, 'Code', 'text', now(), now());
INSERT INTO salesopp.opportunity (organization_id, id, subject, note, status, estimated_revenue, actual_revenue,
	progress_method, progress, priority, rating, decision_date, delivery_date, close_date, closed_at, company_id, contact_id,
	project_id, sales_region_id, department_id, sales_process_id, responsible_id, created_by, changed_by, created_at, changed_at,
	deleted_at, custom)
SELECT organization, 7710000 + id,
	(ARRAY['ærlig Deal', 'Ørsta 100% sure', 'åpen_dør', 'Zebra \ x', '10 pumps', '😀 smil', 'deal two', '_under',
		' o''Hara $1 ?', 'dealer''s'])[1 + n % 10] || ' ' || n,
	CASE WHEN n % 3 > 0 THEN (ARRAY['Call DEAL back', 'nothing', 'a%b', 'ÆØÅ', ''])[1 + n / 10 % 5] END,
	s.status, CASE WHEN n % 7 > 0 THEN (n % 10) * 1000.50 END, CASE WHEN s.status = 'won' THEN (n % 5) * 900.25 END,
	'manual', (n % 5) * 25, (ARRAY['low', 'normal', 'high'])[1 + n % 3]::salesopp.priority, NULLIF(n % 6, 0),
	CASE WHEN n % 4 > 0 THEN date '2024-02-25' + n % 9 END, CASE WHEN n % 5 > 0 THEN date '2024-06-28' + n % 7 END,
	CASE WHEN s.status <> 'open' THEN date '2024-03-28' + n % 6 END, CASE WHEN s.status <> 'open' THEN now() END,
	7710000 + NULLIF(n % 5, 0), 7710000 + NULLIF((n + 1) % 5, 0), 7710000 + NULLIF((n + 2) % 5, 0), 7710000 + NULLIF((n + 3) % 5, 0),
	7710000 + NULLIF((n + 4) % 5, 0), 7710000 + NULLIF(n / 2 % 5, 0),
	7710000 + NULLIF((n + n / 5) % 5, 0), 7710000 + NULLIF((n + n / 5 + 2) % 5, 0), 7710000 + NULLIF((n + n / 5 + 3) % 5, 0),
	timestamptz '2024-03-30 22:00+01' + n * interval '1 hour', timestamptz '2024-10-26 21:30+02' + n * interval '30 minutes',
	CASE WHEN n % 13 = 0 THEN now() END,
	CASE n % 7 WHEN 0 THEN '{}' WHEN 1 THEN '{"Source": "Web", "Seats": 10}' WHEN 2 THEN '{"Source": "Fair", "Urgent": true}'
		WHEN 3 THEN '{"Seats": 10.0, "Urgent": false, "Remark": "100%"}' WHEN 4 THEN '{"Seen": "2024-02-29", "Remark": ""}'
		WHEN 5 THEN '{"Remark": "æ", "It''s \"odd\" $1 ? %s": "'' OR true --"}' ELSE '{"Seats": 0.5, "Remark": "10"}' END::jsonb
FROM test.place, generate_series(1, 96) id, LATERAL (SELECT id + shift AS n) m,
	LATERAL (SELECT (ARRAY['open', 'won', 'lost', 'open'])[1 + n % 4]::salesopp.opportunity_status AS status) s;
INSERT INTO salesopp.opportunity_group_value (organization_id, opportunity_id, group_value_id, created_at, changed_at)
SELECT organization, 7710000 + n, 7710000 + g, now(), now()
FROM test.place, generate_series(1, 96) n, generate_series(1, 4) g WHERE (n + shift) % (g + 3) = 0;
-- Several for each, where the last created has neither the highest sum nor the highest number.
INSERT INTO salesopp.quote (organization_id, opportunity_id, number, amount, created_at, changed_at)
SELECT organization, 7710000 + n, n * 3 - k, (n + shift) % 4 * 100 + (k + 1 + n / 3) % 3, now(), now()
FROM test.place, generate_series(1, 96) n, generate_series(0, 2) k
WHERE (n + shift) % 3 = 0 ORDER BY n, k;
INSERT INTO salesopp.sales_order (organization_id, opportunity_id, number, amount, created_at, changed_at)
SELECT organization, 7710000 + n, n * 3 - k, (n + shift) % 4 * 50 + (k + 1 + n / 3) % 3, now(), now()
FROM test.place, generate_series(1, 96) n, generate_series(0, 2) k
WHERE (n + shift) % 5 = 0 ORDER BY n, k;
RESET row_security;

-- What a criterion means in plain SQL, where "o" is the opportunity with the sums of its last quote and order.
CREATE TABLE test.criterion (n integer, criteria jsonb, meaning text);
INSERT INTO test.criterion VALUES
	-- F9.1 text
	(101, '{"subject": "deal"}', $$o.subject ILIKE '%deal%'$$),
	(102, '{"subject": "DEAL%"}', $$o.subject ILIKE 'deal%'$$),
	(103, '{"subject": "%1"}', $$right(o.subject, 1) = '1'$$),
	(104, '{"note": "deal"}', $$position('deal' IN lower(o.note)) > 0$$),
	(105, '{"text": "deal"}', $$o.subject ILIKE '%deal%' OR o.note ILIKE '%deal%'$$),
	(106, '{"text": ""}', 'true'), (107, '{"note": ""}', 'true'), (108, '{"note": "%"}', 'o.note IS NOT NULL'),
	(109, '{"subject": ""}', 'true'),
	(110, '{"note": "NOTHING"}', $$o.note = 'nothing'$$), (111, '{"text": "nothing%"}', $$o.note = 'nothing'$$),
	(112, '{"text": " "}', $$o.subject LIKE '% %' OR o.note LIKE '% %'$$), (113, '{"note": "no such text"}', 'false'),
	-- F9.7 only % is a wildcard
	(171, '{"subject": "100\\%"}', $$position('100%' IN o.subject) > 0$$), (172, '{"subject": "\\"}', $$position('\' IN o.subject) > 0$$),
	(173, '{"subject": "_"}', $$position('_' IN o.subject) > 0$$), (174, '{"subject": "ÆRLIG%"}', $$left(o.subject, 5) = 'ærlig'$$),
	(175, '{"subject": "😀"}', $$o.subject LIKE '😀%'$$), (176, '{"note": "a\\%b"}', $$o.note = 'a%b'$$), (177, '{"note": "a_b"}', 'false'),
	(178, '{"subject": "%\\\\%"}', $$position('\' IN o.subject) > 0$$), (179, '{"subject": "d%l%6"}', $$lower(o.subject) ~ '^d.*l.*6$'$$),
	(180, '{"text": "$1 ?"}', $$position('$1 ?' IN o.subject) > 0$$), (181, '{"subject": "''"}', $$position('''' IN o.subject) > 0$$),
	(182, '{"text": "'' OR true --"}', 'false'), (183, '{"subject": "%''); DROP TABLE salesopp.quote; --%"}', 'false'),
	(184, '{"subject": "ØRSTA 100\\% sure%"}', $$o.subject LIKE 'Ør%'$$);
-- F9.2, F9.5, F9.3 what takes ids: one, several, of no row, none
INSERT INTO test.criterion
SELECT 200 + c * 10 + v, jsonb_build_object(key, given::jsonb), format(meaning, ids)
FROM unnest('{company_id, project_id, contact_id, sales_region_id, department_id, sales_process_id, responsible_id, created_by, changed_by, group_value_id, rating}'::text[])
		WITH ORDINALITY k (key, c),
	LATERAL (SELECT CASE key WHEN 'rating' THEN 0 ELSE 7710000 END AS base, CASE key WHEN 'group_value_id' THEN
		'EXISTS (SELECT FROM salesopp.opportunity_group_value g WHERE g.organization_id = o.organization_id AND g.opportunity_id = o.id AND g.group_value_id IN (%s))'
		ELSE 'o.' || key || ' IN (%s)' END AS meaning) m,
	LATERAL (VALUES (1, (base + 2)::text, (base + 2)::text),
		(2, format('[%s, %s, %1$s, -7]', base + 1, base + 4), format('%s, %s', base + 1, base + 4)),
		(3, '[]', 'NULL'), (4, '-1', 'NULL'), (5, format('[%s.0]', base + 3), (base + 3)::text), (6, '9223372036854775807', 'NULL'),
		(7, '[-9223372036854775807, 0]', 'NULL')) f (v, given, ids);
-- issue 15 item 6: null is none, alone and beside ids
INSERT INTO test.criterion
SELECT 1000 + c * 10 + v, jsonb_build_object(key, given::jsonb), format(meaning, none, ids)
FROM unnest('{company_id, project_id, contact_id, sales_region_id, department_id, sales_process_id, responsible_id, created_by, changed_by, group_value_id, rating}'::text[])
		WITH ORDINALITY k (key, c),
	LATERAL (SELECT CASE key WHEN 'rating' THEN 0 ELSE 7710000 END AS base, CASE key WHEN 'group_value_id' THEN
		'EXISTS (SELECT FROM salesopp.opportunity_group_value g WHERE g.organization_id = o.organization_id AND g.opportunity_id = o.id%s)' END AS part) m,
	LATERAL (SELECT COALESCE('NOT ' || format(part, ''), 'o.' || key || ' IS NULL') AS none) n,
	LATERAL (VALUES (1, 'null', '%s', NULL), (2, '[null, null]', '%s', NULL), (3, format('[%s, null, %s]', base + 2, base + 3), '%s OR %s',
		COALESCE(format(part, format(' AND g.group_value_id IN (%s, %s)', base + 2, base + 3)), format('o.%s IN (%s, %s)', key, base + 2, base + 3))),
		(4, '[null, -1]', '%s', NULL)) f (v, given, meaning, ids);
INSERT INTO test.criterion
SELECT 1200 + c, jsonb_build_object(key, NULL), format('o.%s IS NULL', key)
FROM unnest('{decision_date, close_date, delivery_date, created_at, changed_at}'::text[]) WITH ORDINALITY k (key, c);
INSERT INTO test.criterion VALUES
	(1210, '{"company_id": null, "decision_date": null, "status": "open", "text": "e"}',
		$$o.company_id IS NULL AND o.decision_date IS NULL AND o.status = 'open' AND (o.subject ILIKE '%e%' OR o.note ILIKE '%e%')$$),
	-- names of companies and contacts, as patterns and in the free text
	(1301, '{"company": "company 2"}', 'o.company_id = 7710002'), (1302, '{"company": "%3"}', 'o.company_id = 7710003'), (1303, '{"company": ""}', 'true'),
	(1304, '{"company": "no such"}', 'false'), (1305, '{"contact": "TACT"}', 'o.contact_id IS NOT NULL'), (1306, '{"contact": "contact 4", "company": "COMPANY 3"}',
		'o.contact_id = 7710004 AND o.company_id = 7710003'), (1307, '{"company": "2", "company_id": [7710001, null]}', 'false'),
	(1308, '{"text": "company 2", "text_in": ["subject", "note", "company", "contact"]}', 'o.company_id = 7710002'),
	(1309, '{"text": "4", "text_in": ["company", "contact"]}', 'o.company_id = 7710004 OR o.contact_id = 7710004'),
	(1310, '{"text": "deal", "text_in": "note"}', $$o.note ILIKE '%deal%'$$), (1311, '{"text_in": ["company"]}', 'true'),
	(1312, '{"text": "", "text_in": ["company"]}', 'true'), (1313, '{"text": "%deal%", "text_in": ["note", "contact", "note"], "status": "open"}',
		$$o.note ILIKE '%deal%' AND o.status = 'open'$$), (1314, '{"text": "4", "text_in": ["contact", "subject"], "accents": "ignore"}',
		$$o.contact_id = 7710004 OR o.subject LIKE '%4%'$$), (1315, '{"company": "Cömpany 1", "accents": "ignore"}', 'o.company_id = 7710001'),
	(1316, '{"company": "Cömpany 1"}', 'false'),
	(1211, '{"contact_id": [null, 7710001], "responsible_id": [7710001, 7710002, null], "group_value_id": null}',
		$$(o.contact_id IS NULL OR o.contact_id = 7710001) AND (o.responsible_id IS NULL OR o.responsible_id IN (7710001, 7710002))
			AND NOT EXISTS (SELECT FROM salesopp.opportunity_group_value g WHERE g.organization_id = o.organization_id AND g.opportunity_id = o.id)$$);
INSERT INTO test.criterion VALUES
	-- F9.2 custom fields: of each type; all that are given; numbers by value, texts as they stand
	(381, '{"custom": {"Source": "Web"}}', $$o.custom ->> 'Source' = 'Web'$$),
	(382, '{"custom": {"Seats": 10}}', $$(o.custom ->> 'Seats')::numeric = 10$$),
	(383, '{"custom": {"Urgent": false}}', $$o.custom ->> 'Urgent' = 'false'$$),
	(384, '{"custom": {"Seen": "2024-02-29"}}', $$o.custom ->> 'Seen' = '2024-02-29'$$),
	(385, '{"custom": {"Seats": 1e1, "Source": "Web"}}', $$(o.custom ->> 'Seats')::numeric = 10 AND o.custom ->> 'Source' = 'Web'$$),
	(386, '{"custom": {}}', 'true'), (387, '{"custom": {"Remark": "100%"}}', $$o.custom ->> 'Remark' LIKE '100%'$$),
	(388, '{"custom": {"Remark": ""}}', 'true'), (389, '{"custom": {"Remark": "Æ"}}', $$o.custom ->> 'Remark' ILIKE '%æ%'$$),
	(390, '{"custom": {"Seats": 0.50}}', $$(o.custom ->> 'Seats')::numeric = 0.5$$),
	(391, '{"custom": {"It''s \"odd\" $1 ? %s": "'' OR true --"}}', $$o.custom ->> 'Remark' = 'æ'$$),
	(392, '{"custom": {"Seats": 1e400}}', 'false'),
	(393, '{"custom": {"Source": "Fair", "Seats": 10}}', 'false'),
	(394, '{"custom": {"Remark": "10"}}', $$o.custom ->> 'Remark' LIKE '%10%'$$),
	-- issue 15, 6: ranges, lists and none
	(3941, '{"custom": {"Seats": {"from": 0.5, "to": 1e1}}}', $$(o.custom ->> 'Seats')::numeric BETWEEN 0.5 AND 10$$),
	(3942, '{"custom": {"Seats": {"from": 0.51}}}', $$(o.custom ->> 'Seats')::numeric >= 0.51$$),
	(3943, '{"custom": {"Seats": {"to": 9.99}}}', $$(o.custom ->> 'Seats')::numeric <= 9.99$$),
	(3944, '{"custom": {"Seats": {"from": 10, "to": 10.0}}}', $$(o.custom ->> 'Seats')::numeric = 10$$),
	(3945, '{"custom": {"Seats": {"from": -1e400, "to": 1e400}}}', $$o.custom ? 'Seats'$$),
	(3946, '{"custom": {"Seats": {}, "Seen": {}}}', 'true'),
	(3947, '{"custom": {"Seats": null}}', $$NOT o.custom ? 'Seats'$$),
	(3948, '{"custom": {"Seats": [0.5, null, 7]}}', $$COALESCE((o.custom ->> 'Seats')::numeric, 0.5) = 0.5$$),
	(3949, '{"custom": {"Seats": []}}', 'false'), (3950, '{"custom": {"Remark": []}}', 'false'),
	(3951, '{"custom": {"Seen": {"from": "2024-02-29", "to": "2024-02-29"}}}', $$o.custom ->> 'Seen' = '2024-02-29'$$),
	(3952, '{"custom": {"Seen": {"from": "2024-03-01"}}}', 'false'), (3953, '{"custom": {"Seen": {"to": "2024-02-28"}}}', 'false'),
	(3954, '{"custom": {"Seen": {"to": "9999-12-31"}}}', $$o.custom ? 'Seen'$$),
	(3955, '{"custom": {"Seen": null}}', $$NOT o.custom ? 'Seen'$$),
	(3956, '{"custom": {"Source": ["Web", "Fair"]}}', $$o.custom ? 'Source'$$), (3957, '{"custom": {"Source": ["Fair"]}}', $$o.custom ->> 'Source' = 'Fair'$$),
	(3958, '{"custom": {"Source": [null, "Web"], "Urgent": null}}', $$COALESCE(o.custom ->> 'Source', 'Web') = 'Web' AND NOT o.custom ? 'Urgent'$$),
	(3959, '{"custom": {"Urgent": [true, false]}}', $$o.custom ? 'Urgent'$$), (3960, '{"custom": {"Urgent": [true, null]}}', $$COALESCE(o.custom ->> 'Urgent', 'true') = 'true'$$),
	(3961, '{"custom": {"Remark": null}}', $$NOT o.custom ? 'Remark'$$), (3962, '{"custom": {"Remark": ["%0", "æ%", "x"]}}', $$o.custom ->> 'Remark' IN ('10', 'æ')$$),
	(3963, '{"custom": {"Remark": [null, "100\\%"]}}', $$COALESCE(o.custom ->> 'Remark', '100%') = '100%'$$), (3964, '{"custom": {"Remark": ["nowhere", ""]}}', 'true'),
	(3965, '{"custom": {"It''s \"odd\" $1 ? %s": null, "Seats": {"from": 1}}}', $$(o.custom ->> 'Seats')::numeric >= 1$$),
	-- F9.3
	(401, '{"status": "open"}', $$o.status = 'open'$$), (402, '{"status": ["won", "lost"]}', $$o.status <> 'open'$$),
	(403, '{"status": []}', 'false'),
	(404, '{"priority": "high"}', $$o.priority = 'high'$$), (405, '{"priority": ["low", "high"]}', $$o.priority <> 'normal'$$),
	(406, '{"priority": []}', 'false'),
	(407, '{"status": ["won", "won"]}', $$o.status = 'won'$$), (408, '{"status": "lost"}', $$o.status = 'lost'$$),
	(409, '{"priority": "low"}', $$o.priority = 'low'$$),
	(410, '{"status": ["lost", "open", "won"]}', 'true'), (411, '{"priority": ["normal"]}', $$o.priority = 'normal'$$),
	(412, '{"rating": [1, 2, 99]}', 'o.rating < 3'),
	-- N12, which nobody has chosen here
	(413, '{"forecast_category": "closed"}', $$o.status = 'won'$$), (414, '{"forecast_category": ["omitted"]}', $$o.status = 'lost' OR o.status = 'open' AND o.progress = 0$$),
	(415, '{"forecast_category": ["pipeline", "commit"]}', $$o.status = 'open' AND o.progress IN (25, 75, 100)$$), (416, '{"forecast_category": []}', 'false'),
	(417, '{"forecast_category": "best_case", "status": "open"}', $$o.status = 'open' AND o.progress = 50$$);
-- F9.4 comparisons with a value that there is: each by itself, and the value alone; several at once
INSERT INTO test.criterion
SELECT 500 + c * 10 + v, jsonb_build_object(key, given::jsonb), format(meaning, expression)
FROM (VALUES (1, 'id', 'o.id', 7710050), (2, 'progress', 'o.progress', 50), (3, 'estimated_revenue', 'o.estimated_revenue', 3001.50),
		(4, 'actual_revenue', 'o.actual_revenue', 900.25), (5, 'quote_sum', 'o.last_quote', 101),
		(6, 'order_sum', 'o.last_order', 51)) k (c, key, expression, value),
	LATERAL (VALUES (1, '{">=": %s}', '%%s >= %s'), (2, '{"<=": %s}', '%%s <= %s'), (3, '{"=": %s}', '%%s = %s'),
		(4, '{"<>": %s}', '%%s <> %s'), (5, '%s', '%%s = %s'),
		(6, '{"<>": %s, ">=": %1$s}', '%%s > %s'), (7, '{">=": 0, "<=": %s, "<>": 0}', '%%s BETWEEN 0 AND %s AND %%1$s <> 0'),
		(8, '{}', 'true'), (9, '{"<=": %s, ">=": %1$s, "=": %1$s}', '%%s = %s')) f (v, template, meaning_template),
	LATERAL (SELECT format(template, value) AS given, format(meaning_template, value) AS meaning) m;
INSERT INTO test.criterion VALUES
	(571, '{"estimated_revenue": 1e400}', 'false'), (572, '{"estimated_revenue": {"<=": 1e400}}', 'o.estimated_revenue IS NOT NULL'),
	(573, '{"estimated_revenue": {">=": -1e400}}', 'o.estimated_revenue IS NOT NULL'),
	(574, '{"id": 7710005.5}', 'false'), (575, '{"progress": {"=": 25.000}}', 'o.progress = 25'),
	(576, '{"quote_sum": {">=": 0}}', 'o.last_quote IS NOT NULL'),
	(577, '{"order_sum": {"<>": 1e-9}}', 'o.last_order IS NOT NULL'), (578, '{"actual_revenue": 0}', 'o.actual_revenue = 0'),
	(579, '{"progress": {">=": 25.01}}', 'o.progress >= 50');
-- F9.6 dates: from, to, both, one day; both ends included, the days of times those of the session's time zone
INSERT INTO test.criterion
SELECT 600 + c * 10 + v, jsonb_build_object(key, given::jsonb), format(meaning, expression)
FROM (VALUES (1, 'decision_date', 'o.decision_date', date '2024-02-29'), (2, 'close_date', 'o.close_date', '2024-03-30'),
	(3, 'delivery_date', 'o.delivery_date', '2024-06-30'),
		(4, 'created_at', $$(o.created_at AT TIME ZONE 'Europe/Oslo')::date$$, '2024-03-31'),
		(5, 'changed_at', $$(o.changed_at AT TIME ZONE 'Europe/Oslo')::date$$, '2024-10-27')) k (c, key, expression, day),
	LATERAL (VALUES (1, '{"from": "%s"}', '%%s >= ''%s'''), (2, '{"to": "%s"}', '%%s <= ''%s'''),
		(3, '{"from": "%s", "to": "%s"}', '%%s BETWEEN ''%s'' AND ''%s'''),
		(4, '{"from": "%s", "to": "%1$s"}', '%%s = ''%s'''), (5, '{"from": "%2$s", "to": "%1$s"}', 'false'), (6, '{}', 'true'),
		(7, '{"from": "0001-01-01", "to": "9999-12-31"}', '%%s IS NOT NULL')) f (v, template, meaning_template),
	LATERAL (SELECT to_char(day, 'YYYY-MM-DD') AS one, to_char(day + 1, 'YYYY-MM-DD') AS next) d,
	LATERAL (SELECT format(template, one, next) AS given, format(meaning_template, one, next) AS meaning) m;
INSERT INTO test.criterion VALUES
	-- F9.8 the first letter
	(801, '{"letter": "D"}', $$o.subject ILIKE 'd%'$$), (802, '{"letter": "d"}', $$o.subject ILIKE 'd%'$$),
	(803, '{"letter": "ø"}', $$o.subject LIKE 'Ø%'$$),
	(804, '{"letter": "#"}', $$o.subject ~ '^(10|😀|_| )'$$), (805, '{"letter": "Å"}', $$o.subject LIKE 'åpen%'$$),
	(806, '{"letter": "1"}', 'false'), (807, '{"letter": "%"}', 'false'),
	(808, '{"letter": "Æ"}', $$o.subject LIKE 'ærlig%'$$), (809, '{"letter": "😀"}', 'false'),
	(810, '{"letter": "O"}', 'false'), (811, '{"letter": "''"}', 'false'),
	-- together
	(901, '{}', 'true'),
	(902, '{"status": "open", "text": "deal", "progress": {">=": 25}}',
		$$o.status = 'open' AND (o.subject ILIKE '%deal%' OR o.note ILIKE '%deal%') AND o.progress >= 25$$),
	-- F9.6 three ranges
	(903, '{"decision_date": {"from": "2024-02-26"}, "close_date": {"to": "2024-03-31"}, "changed_at": {"from": "2024-10-27"}}',
		$$o.decision_date >= '2024-02-26' AND o.close_date <= '2024-03-31' AND o.changed_at >= '2024-10-27 00:00+02'$$),
	(904, '{"company_id": [7710001, 7710002], "responsible_id": [7710001, 7710002], "priority": "normal", "custom": {"Source": "Web"}}',
		$$o.company_id IN (7710001, 7710002) AND o.responsible_id IN (7710001, 7710002) AND o.priority = 'normal' AND o.custom ->> 'Source' = 'Web'$$),
	(905, '{"subject": "deal", "note": "A", "text": "d", "letter": "D"}', $$o.subject ILIKE 'deal%' AND o.note ILIKE '%a%'$$),
	(906, '{"group_value_id": [7710001, 7710002], "quote_sum": {">=": 100}, "order_sum": {"<=": 150}, "letter": "#"}',
		$$o.last_quote >= 100 AND o.last_order <= 150 AND o.subject ~ '^(10|😀|_| )' AND EXISTS (SELECT FROM salesopp.opportunity_group_value g
			WHERE g.organization_id = o.organization_id AND g.opportunity_id = o.id AND g.group_value_id IN (7710001, 7710002))$$),
	(907, '{"status": [], "text": "deal"}', 'false'), (908, '{"text": "", "custom": {}, "id": {}, "close_date": {}}', 'true');

-- What the plain conditions find in each organization.
CREATE FUNCTION test.ids(organization bigint, meaning text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[];
BEGIN
	EXECUTE format('WITH o AS (
			SELECT p.*, (SELECT (array_agg(amount ORDER BY id DESC))[1] FROM salesopp.quote WHERE organization_id = p.organization_id AND opportunity_id = p.id) AS last_quote,
				(SELECT (array_agg(amount ORDER BY id DESC))[1] FROM salesopp.sales_order WHERE organization_id = p.organization_id AND opportunity_id = p.id) AS last_order
			FROM salesopp.opportunity p WHERE p.organization_id = $1 AND p.deleted_at IS NULL)
		SELECT array_agg(o.id ORDER BY o.id) FROM o WHERE %s', meaning) INTO ids USING organization;
	RETURN COALESCE(ids, '{}');
END;
$$;
CREATE TABLE test.plain AS SELECT organization, n, criteria, test.ids(organization, meaning) AS ids FROM test.criterion, test.place;
-- How what was found differs from that.
CREATE FUNCTION test.difference(plain bigint[], found bigint[]) RETURNS text LANGUAGE sql
RETURN CASE WHEN found = plain THEN 'same' ELSE format('missing %s, too many %s',
	ARRAY(SELECT unnest(plain) EXCEPT SELECT unnest(found) ORDER BY 1),
	ARRAY(SELECT unnest(found) EXCEPT SELECT unnest(plain) ORDER BY 1)) END;
CREATE FUNCTION test.found(criteria jsonb, max_rows integer DEFAULT 1000) RETURNS bigint[] LANGUAGE sql
RETURN ARRAY(SELECT id FROM salesopp.search(criteria, 'id', max_rows));
-- How many were created on a day, as that is in a time zone.
CREATE FUNCTION test.days(zone text, OUT plain text, OUT by_search text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('TimeZone', zone, true);
	SELECT (SELECT concat_ws(' ', count(*), min(id), max(id)) FROM salesopp.opportunity o
		WHERE (o.created_at AT TIME ZONE zone)::date = '2024-03-31' AND o.deleted_at IS NULL),
		(SELECT concat_ws(' ', count(*), min(id), max(id))
			FROM salesopp.search('{"created_at": {"from": "2024-03-31", "to": "2024-03-31"}}', max_rows => 1000)) INTO plain, by_search;
END;
$$;
CREATE ROLE regress_criteria_seller LOGIN;
SELECT salesopp.grant_access('regress_criteria_seller', 'seller');
GRANT SELECT ON test.plain, test.place TO regress_criteria_seller;

-- As a seller under row security,
SET salesopp.organization_id = :organization;
SET ROLE regress_criteria_seller;
\pset format unaligned
SELECT n, left(criteria::text, 90) AS criteria, cardinality(ids) AS hits,
	test.difference(ids, test.found(criteria, CASE WHEN n % 10 > 1 THEN 1000 END)) AS search
FROM test.plain WHERE organization = :organization ORDER BY n;
\pset format aligned
-- and with no row security between the organizations.
RESET ROLE;
SELECT count(*) AS criteria, sum(cardinality(ids)) AS hits FROM test.plain WHERE organization = :organization;
SELECT n, criteria, test.difference(ids, test.found(criteria)) AS search FROM test.plain
WHERE organization = :organization AND test.found(criteria) <> ids ORDER BY n;
SET salesopp.organization_id = :elsewhere;
SELECT count(*) AS criteria, sum(cardinality(ids)) AS hits FROM test.plain WHERE organization = :elsewhere;
SELECT n, criteria, test.difference(ids, test.found(criteria)) AS search FROM test.plain
WHERE organization = :elsewhere AND test.found(criteria) <> ids ORDER BY n;
-- a custom field of the same name has another type there
SELECT outcome, given FROM unnest(ARRAY['{"custom": {"Code": "1"}}', '{"custom": {"Code": 1}}']) given,
	LATERAL (SELECT test.outcome(format('SELECT FROM salesopp.search(%L)', given)) AS outcome) o;
SET salesopp.organization_id = :organization;
SELECT outcome, given FROM unnest(ARRAY['{"custom": {"Code": "1"}}', '{"custom": {"Code": 1}}']) given,
	LATERAL (SELECT test.outcome(format('SELECT FROM salesopp.search(%L)', given)) AS outcome) o;

-- F1.4 the summary and F9.8 the letters of the same, for both
CREATE FUNCTION test.plain_summary(organization bigint, ids bigint[]) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(concat_ws(' ', line.status, n, trim_scale(estimate), trim_scale(pipeline),
	COALESCE(trim_scale(highest)::text, 'none')), ', ' ORDER BY line.position)
	FROM unnest('{won, open, lost, total}'::text[]) WITH ORDINALITY line (status, position),
	LATERAL (SELECT count(*) AS n, COALESCE(sum(o.estimated_revenue), 0) AS estimate,
		COALESCE(sum(CASE o.status WHEN 'open' THEN o.estimated_revenue * o.progress / 100 WHEN 'won' THEN o.actual_revenue
			ELSE 0 END), 0) AS pipeline,
		max(CASE o.status WHEN 'won' THEN o.actual_revenue ELSE o.estimated_revenue END) AS highest
		FROM salesopp.opportunity o
		WHERE o.organization_id = organization AND o.id = ANY (ids) AND line.status IN (o.status::text, 'total')) figures);
CREATE FUNCTION test.summary(criteria jsonb) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(concat_ws(' ', status, opportunities, trim_scale(estimated_revenue), trim_scale(pipeline),
	COALESCE(trim_scale(highest)::text, 'none')), ', ' ORDER BY ordinality)
	FROM salesopp.summary(criteria) WITH ORDINALITY);
CREATE FUNCTION test.plain_letters(organization bigint, ids bigint[]) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(letter || n, ' ' ORDER BY letter)
	FROM (SELECT CASE WHEN subject ~ '^(10|😀|_| )' THEN '#' ELSE upper(left(subject, 1)) END AS letter, count(*) AS n
		FROM salesopp.opportunity o WHERE o.organization_id = organization AND o.id = ANY (ids) GROUP BY 1) l);
CREATE FUNCTION test.letters(criteria jsonb) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(letter || opportunities, ' ' ORDER BY ordinality) FROM salesopp.letter_index(criteria) WITH ORDINALITY);
SELECT n, criteria, test.plain_summary(organization, ids), test.summary(criteria),
	test.plain_letters(organization, ids), test.letters(criteria)
FROM test.plain WHERE organization = :organization AND (test.plain_summary(organization, ids) IS DISTINCT FROM test.summary(criteria)
	OR test.plain_letters(organization, ids) IS DISTINCT FROM test.letters(criteria)) ORDER BY n;
SET salesopp.organization_id = :elsewhere;
SELECT n, criteria, test.plain_summary(organization, ids), test.summary(criteria),
	test.plain_letters(organization, ids), test.letters(criteria)
FROM test.plain WHERE organization = :elsewhere AND (test.plain_summary(organization, ids) IS DISTINCT FROM test.summary(criteria)
	OR test.plain_letters(organization, ids) IS DISTINCT FROM test.letters(criteria)) ORDER BY n;
SET salesopp.organization_id = :organization;
SET ROLE regress_criteria_seller;
SELECT n, criteria, test.plain_summary(organization, ids), test.summary(criteria),
	test.plain_letters(organization, ids), test.letters(criteria)
FROM test.plain WHERE organization = :organization AND (test.plain_summary(organization, ids) IS DISTINCT FROM test.summary(criteria)
	OR test.plain_letters(organization, ids) IS DISTINCT FROM test.letters(criteria)) ORDER BY n;
SELECT * FROM salesopp.letter_index();
SELECT * FROM salesopp.summary('{"letter": "Ø"}');
SELECT * FROM salesopp.summary('{"status": []}');
SELECT * FROM salesopp.letter_index('{"status": []}');

-- F9.6 the days of times are those of the session's time zone, also of one that is set later
SELECT z.zone, d.* FROM unnest('{UTC, Europe/Oslo, America/New_York, Pacific/Kiritimati, Europe/Oslo}'::text[]) WITH ORDINALITY z (zone, n), test.days(z.zone) d ORDER BY n;
SET TIME ZONE 'Europe/Oslo';

-- All criteria at once, of a row that meets them; and with each of them in turn as the row does not meet it.
RESET ROLE;
SET row_security = off;
INSERT INTO salesopp.opportunity (organization_id, id, subject, note, status, estimated_revenue, actual_revenue,
	progress_method, progress, priority, rating,
	decision_date, delivery_date, close_date, closed_at, company_id, contact_id, project_id, sales_region_id,
	department_id, sales_process_id,
	responsible_id, created_by, changed_by, created_at, changed_at, custom)
VALUES (:organization, 7710100, 'Every criterion', 'A note', 'won', 1000, 900, 'manual', 50, 'high', 3,
	'2024-02-01', '2024-02-02', '2024-02-03', now(),
	7710001, 7710001, 7710001, 7710001, 7710001, 7710001, 7710001, 7710002, 7710003, '2024-01-01 12:00',
	'2024-01-02 12:00', '{"Seats": 7}');
INSERT INTO salesopp.opportunity_group_value (organization_id, opportunity_id, group_value_id, created_at, changed_at)
VALUES (:organization, 7710100, 7710002, now(), now());
INSERT INTO salesopp.quote (organization_id, opportunity_id, number, amount, created_at, changed_at)
VALUES (:organization, 7710100, 1000, 77, now(), now());
INSERT INTO salesopp.sales_order (organization_id, opportunity_id, number, amount, created_at, changed_at)
VALUES (:organization, 7710100, 1000, 66, now(), now());
RESET row_security;
CREATE TABLE test.every AS SELECT key, met::jsonb, unmet::jsonb FROM (VALUES
	('subject', '"every%"', '"no"'), ('note', '"note"', '"every"'), ('text', '"%rion"', '"zz"'),
	('company', '"company 1"', '"company 2"'), ('contact', '"%1"', '"contact 2"'), ('company_id', '7710001', '[]'),
	('project_id', '[7710001, 7710002]', '7710002'), ('contact_id', '7710001', '[7710002]'),
	('sales_region_id', '7710001', '1'), ('department_id', '7710001', '2'),
	('sales_process_id', '7710001', '7710002'), ('group_value_id', '[7710002]', '7710001'),
	('responsible_id', '7710001', '7710002'), ('created_by', '7710002', '7710003'),
	('changed_by', '7710003', '7710001'), ('custom', '{"Seats": 7}', '{"Seats": 8}'), ('status', '"won"', '["open", "lost"]'),
	('priority', '["high"]', '["low"]'), ('rating', '3', '2'),
	('forecast_category', '["closed"]', '["omitted", "pipeline", "best_case", "commit"]'),
	('id', '{">=": 7710100, "<=": 7710100, "=": 7710100, "<>": 1}', '{">=": 7710100, "<=": 7710100, "=": 7710100, "<>": 7710100}'),
	('progress', '{">=": 50, "<=": 50, "=": 50, "<>": 1}', '{">=": 50.01, "<=": 50, "=": 50, "<>": 1}'),
	('estimated_revenue', '{">=": 1000, "<=": 1000, "=": 1000, "<>": 1}', '{">=": 1000, "<=": 999.99, "=": 1000, "<>": 1}'),
	('actual_revenue', '{">=": 900, "<=": 900, "=": 900, "<>": 1}', '{">=": 900, "<=": 900, "=": 1000, "<>": 1}'),
	('quote_sum', '{">=": 77, "<=": 77, "=": 77, "<>": 66}', '66'), ('order_sum', '{">=": 66, "<=": 66, "=": 66, "<>": 77}', '77'),
	('decision_date', '{"from": "2024-02-01", "to": "2024-02-01"}', '{"from": "2024-02-02", "to": "2024-02-02"}'),
	('close_date', '{"from": "2024-02-03", "to": "2024-02-03"}', '{"to": "2024-02-02"}'),
	('delivery_date', '{"from": "2024-02-02", "to": "2024-02-02"}', '{"from": "2024-02-03"}'),
	('created_at', '{"from": "2024-01-01", "to": "2024-01-01"}', '{"from": "2024-01-02"}'),
	('changed_at', '{"from": "2024-01-02", "to": "2024-01-02"}', '{"to": "2024-01-01"}'),
	('letter', '"e"', '"A"')) e (key, met, unmet);
GRANT SELECT ON test.every TO regress_criteria_seller;
SET ROLE regress_criteria_seller;
SELECT count(*) AS criteria, test.found(jsonb_object_agg(key, met)) AS all_met,
	test.found(jsonb_object_agg(key, met) - 'id' - 'subject') AS all_but_two FROM test.every;
SELECT missed.key FROM test.every missed,
	LATERAL (SELECT jsonb_object_agg(key, CASE WHEN key = missed.key THEN unmet ELSE met END) AS criteria FROM test.every) e
WHERE test.found(e.criteria) <> '{}';
-- behind a row as well, which takes a parameter more
SELECT id FROM test.every e, LATERAL (SELECT jsonb_object_agg(key, met) AS criteria FROM test.every) c,
	salesopp.search(c.criteria, 'changed_at desc', 10, 7710001) WHERE e.key = 'id';

-- What is refused, here: which of these values each criterion takes. What it does not take is
-- refused with 22023 and its name.
CREATE TEMPORARY TABLE given (n serial, value text);
INSERT INTO given (value) VALUES ('null'), ('true'), ('1'), ('-1'), ('1.5'), ('1e400'), ('9223372036854775808'),
	('""'), ('"1"'), ('"%\\"'), ('"won"'), ('"2024-02-29"'), ('"'' OR true --"'),
	('[]'), ('[1]'), ('[1, "1"]'), ('[1, 1.5]'), ('[1, null]'), ('[[1]]'), ('[{}]'), ('["won"]'), ('["won", 1]'),
	('["high"]'), ('["won", "1; DROP TABLE x"]'),
	('{}'), ('{"=": 1}'), ('{"=": "1"}'), ('{"=": null}'), ('{"=": [1]}'), ('{"=": {"=": 1}}'), ('{">": 1}'),
	('{"=": 1, "!=": 1}'), ('{"= 1 OR 1": 1}'),
	('{"from": "2024-02-29"}'), ('{"from": "2023-02-29"}'), ('{"from": "2024-2-9"}'), ('{"from": "29.02.2024"}'),
	('{"from": "today"}'), ('{"to": "infinity"}'), ('{"to": ""}'), ('{"to": "0000-01-01"}'), ('{"to": "10000-01-01"}'),
	('{"to": "2024-02-29 12:00"}'), ('{"to": "2024-02-29'' OR true --"}'), ('{"from": 20240229}'), ('{"from": null}'),
	('{"to": ["2024-02-29"]}'), ('{"from": "2024-02-29", "until": "2024-02-29"}'),
	('{"Seats": 1}'), ('{"Seats": null}'), ('{"Seats": [1]}'), ('{"Seats": {"=": 1}}'), ('{"a": {"b": [{"c": []}]}}');
CREATE TEMPORARY TABLE answer AS
SELECT e.key, g.n, g.value, test.outcome(format('SELECT FROM salesopp.search(%L)', format('{"%s": %s}', e.key, g.value))) AS outcome
FROM test.every e, given g;
\pset format unaligned
SELECT key, string_agg(value, '  ' ORDER BY n) AS takes FROM answer WHERE outcome NOT LIKE '22023 %' GROUP BY key ORDER BY key;
\pset format aligned
SELECT key, value, outcome FROM answer WHERE outcome !~ format('^(\d+ rows?|22023 invalid value for search criterion "%s"(: .*)?)$', key);
SELECT count(*) AS tried, count(DISTINCT key) AS criteria, count(DISTINCT value) AS values FROM answer;

-- What the messages are; the hint says what is allowed.
SELECT outcome, given FROM unnest(ARRAY[
	'{"colour": "red"}', '{"Subject": "x"}', '{" subject": "x"}', '{"": 1}', '{"subject; DROP TABLE x": "x"}',
	'{"o.subject": "x"}', '{"subject = '''' OR o.subject": "x"}', '{"deleted_at": {}}',
	'{"organization_id": 1}', '{"status": "open", "colour": "red"}', '{"æ%s$1?": 1}', '{"subject": 1}',
	'{"text_in": []}', '{"text_in": null}', '{"text_in": [1]}', '{"text_in": {}}', '{"text": "x", "text_in": ["note", "notes"]}', '{"text": 1, "text_in": "note"}',
	'{"subject": null}', '{"letter": "AB"}', '{"letter": ""}', '{"letter": "👩‍🚀"}',
	'{"company_id": "1"}', '{"company_id": "1 OR true"}', '{"company_id": -9223372036854775809}', '{"status": "Open"}',
	'{"status": ["open", ""]}', '{"priority": "urgent"}', '{"priority": "high "}',
	'{"progress": {">": 1}}', '{"estimated_revenue": {"= 1 OR 1": 1}}', '{"decision_date": "2024-01-01"}',
	'{"decision_date": {"from": "2024-02-30"}}', '{"decision_date": {"since": "2024-01-01"}}',
	'{"custom": "Web"}', '{"custom": {"Sauce": "Web"}}', '{"custom": {"source": "Web"}}',
	'{"custom": {"": 1}}', '{"custom": {"x'' OR true --": 1}}', '{"custom": {"Seats": "10"}}', '{"custom": {"Urgent": "true"}}',
	'{"custom": {"Remark": 1}}', '{"custom": {"Source": "Elsewhere"}}', '{"custom": {"Source": "web"}}',
	'{"custom": {"Seen": "2024-02-30"}}', '{"custom": {"Source": "Web", "Seats": true}}',
	'{"custom": {"Sauce": null}}', '{"custom": {"Sauce": []}}', '{"custom": {"Sauce": {"from": 1}}}', '{"custom": {"Seats": [1, "2"]}}',
	'{"custom": {"Seats": [[1]]}}', '{"custom": {"Seats": {"from": {"x": 1}}}}', '{"custom": {"Seats": {"min": 1}}}', '{"custom": {"Seats": {">=": 1}}}',
	'{"custom": {"Seats": {"from": 2, "to": 1}}}', '{"custom": {"Seats": {"from": "1"}}}', '{"custom": {"Seats": {"to": "NaN"}}}', '{"custom": {"Seats": "Infinity"}}',
	'{"custom": {"Seen": {"from": "2024-03-01", "to": "2024-02-29"}}}', '{"custom": {"Seen": {"from": "infinity"}}}', '{"custom": {"Seen": {"to": 2024}}}',
	'{"custom": {"Seen": {"from": "2024-02-30"}}}', '{"custom": {"Seen": {"from": null}}}', '{"custom": {"Remark": {"from": "a", "to": "b"}}}',
	'{"custom": {"Source": {"from": "Fair"}}}', '{"custom": {"Urgent": {"to": true}}}', '{"custom": {"Source": ["Web", "Elsewhere"]}}', '{"custom": [{"Seats": 1}]}',
	'[]', '[{"status": "open"}]', '"open"', '1', 'true', 'null']) given,
	LATERAL (SELECT test.outcome(format('SELECT FROM salesopp.search(%L)', given)) AS outcome) o;
SELECT given, count(*) AS functions, count(DISTINCT outcome) AS outcomes, min(outcome)
FROM unnest(ARRAY['{"colour": "red"}', '{"status": "closed"}', '{"custom": {"Sauce": 1}}', '[]']) given,
	unnest('{search, summary, letter_index}'::text[]) f,
	LATERAL (SELECT test.outcome(format('SELECT FROM salesopp.%s(%L)', f, given)) AS outcome) o GROUP BY given ORDER BY given COLLATE "C";
SELECT * FROM salesopp.search('{"colour": "red"}');
SELECT * FROM salesopp.search('{"priority": "urgent"}');
SELECT * FROM salesopp.search('{"custom": {"Sauce": "Web"}}');
-- There is no criterion that is not above, but "accents" and "text_in", which say what the others mean, and "saved" (lists).
SELECT key, e.key IS NULL AS is_untested FROM test.criteria_keys() key FULL JOIN test.every e USING (key)
WHERE (e.key IS NULL OR key NOT IN (SELECT test.criteria_keys())) AND key NOT IN ('accents', 'text_in', 'saved');
-- The reference's table of criteria names all, each once, and no other.
\set reference `cat "$PG_ABS_SRCDIR/../doc/reference.md"`
CREATE TEMPORARY VIEW documented AS
SELECT key[1] AS key FROM regexp_matches(substring(:'reference' FROM '\n## Search criteria\n(.*?)\n## '), '^\| (`[^|]*) \|', 'gn') line,
	regexp_matches(line[1], '`([^`]*)`', 'g') key;
SELECT key, count(d.key) AS times_documented FROM test.criteria_keys() key FULL JOIN documented d USING (key)
GROUP BY key HAVING count(d.key) <> 1 OR key NOT IN (SELECT test.criteria_keys());

-- NULL is no criteria; a pattern of 10 MB, deep nesting, and a thousand ids, are no harm.
SELECT (SELECT count(*) FROM salesopp.search(NULL, NULL, NULL, NULL)) AS rows,
	(SELECT opportunities FROM salesopp.summary(NULL) WHERE status = 'total') AS total,
	(SELECT sum(opportunities) FROM salesopp.letter_index(NULL)) AS letters,
	(SELECT count(*) FROM salesopp.search(jsonb_build_object('subject', repeat('deal', 2621440)))) AS long_pattern,
	(SELECT count(*) FROM salesopp.search(jsonb_build_object('text', repeat('%', 1000000)))) AS many_wildcards,
	(SELECT count(*) FROM salesopp.search(jsonb_build_object('custom', jsonb_build_object('Remark', repeat('æ', 5000000))))) AS long_value,
	(SELECT count(*) FROM salesopp.search(jsonb_build_object('company_id',
		(SELECT jsonb_agg(n) FROM generate_series(7709500, 7710500) n)))) AS many_ids,
	(SELECT count(*) FROM salesopp.opportunity WHERE deleted_at IS NULL AND company_id IS NOT NULL) AS with_company;
SELECT left(test.outcome(format('SELECT FROM salesopp.search(%L)', jsonb_build_object('letter', repeat('d', 10000000)))),
	80) AS long_letter,
	left(test.outcome(format('SELECT FROM salesopp.search(%L)', jsonb_build_object(repeat('d', 10000000), 1))), 40) AS long_key,
	left(test.outcome(format('SELECT FROM salesopp.search(%L)',
		format('{"company_id": %s%s}', repeat('[', 1000), repeat(']', 1000)))), 80) AS nested_lists,
	left(test.outcome(format('SELECT FROM salesopp.search(%L)', format('{"id": %s1%s}', repeat('{"=": ', 1000), repeat('}', 1000)))),
		80) AS nested_objects;
RESET ROLE;

DROP TABLE test.plain, test.criterion, test.place, test.every;
DROP FUNCTION test.ids, test.found, test.difference, test.plain_summary, test.summary, test.plain_letters, test.letters, test.days;
DROP OWNED BY regress_criteria_seller;
DROP ROLE regress_criteria_seller;
RESET TIME ZONE;
