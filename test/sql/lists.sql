-- Issue 15, 6 and 7: columns beyond the list, custom and group fields among them, and orders by several columns.
\set SHOW_CONTEXT never
\pset null '(null)'
SET TIME ZONE 'UTC';
SELECT salesopp.create_organization('Lists') AS organization, salesopp.create_organization('Lists elsewhere') AS elsewhere \gset
CREATE ROLE regress_lists_seller LOGIN;
SELECT salesopp.grant_access('regress_lists_seller', 'seller');
GRANT SET ON PARAMETER salesopp.organization_id, salesopp.employee_id TO regress_lists_seller;

SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.custom_field (name, data_type) VALUES ('Elsewhere', 'number'), ('Budget', 'text');
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.custom_field (name, data_type, choices) VALUES ('Budget', 'number', NULL), ('Signed on', 'date', NULL), ('Urgent', 'boolean', NULL),
	('Source', 'choice', '{Fair,Web}'), ('Remark', 'text', NULL), ('Area', 'text', NULL), ('subject', 'text', NULL), ('It''s "odd" \ $1 ? %s, æ', 'text', NULL),
	(repeat('Very long name, ', 6) || 'at last', 'number', NULL);
INSERT INTO salesopp.group_field (id, name) VALUES (77151001, 'Campaign'), (77151002, 'Area');
INSERT INTO salesopp.group_value (id, group_field_id, name) VALUES (77151001, 77151001, 'Spring'), (77151002, 77151001, 'Autumn'), (77151003, 77151002, 'North');
INSERT INTO salesopp.employee (id, initials, name) VALUES (77151001, 'AA', 'Anna'), (77151002, 'BB', 'Bo');
INSERT INTO salesopp.company (id, name) SELECT 77151000 + n, (ARRAY['Beta', 'alpha', 'Ærlig', 'Beta'])[n] || CASE n WHEN 4 THEN ' ' || n ELSE '' END FROM generate_series(1, 4) n;
INSERT INTO salesopp.contact (id, company_id, first_name, last_name, email, mobile, direct_phone) VALUES
	(77151001, 77151001, 'Kari', 'Nordmann', 'kari@beta.example', NULL, '+47 22 00 00 00'), (77151002, 77151002, NULL, 'Olsen', NULL, '900 00 000', '22 00 00 01');
INSERT INTO salesopp.loss_reason (id, name) VALUES (77151001, 'Price'), (77151002, 'Time');
INSERT INTO salesopp.competitor (id, name) VALUES (77151001, 'Rival');
INSERT INTO salesopp.sales_process (id, name) VALUES (77151001, 'Process');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
VALUES (77151001, 1, 'First', 10), (77151001, 2, 'Middle', 40), (77151001, 3, 'Last', 90);
-- ties and NULLs in every column
INSERT INTO salesopp.opportunity (id, subject, note, status, sales_process_id, progress_method, progress, company_id, contact_id, estimated_revenue, decision_date,
	delivery_date, close_date, priority, responsible_id, forecast_category, created_at, created_by, changed_at, custom)
SELECT 77151100 + n, 'Deal ' || n, CASE WHEN n % 3 > 0 THEN (ARRAY['=1+1', E'two\nlines'])[n % 3] END, s, CASE WHEN n % 4 = 0 THEN 77151001 END,
	'manual', n % 3 * 25, CASE WHEN n % 5 > 0 THEN 77151000 + n % 5 END,
	CASE n % 5 WHEN 1 THEN 77151001 WHEN 2 THEN 77151002 END, NULLIF(n % 4, 3) * 1000.25, '2026-01-01'::date + NULLIF(n % 6, 5), '2026-03-01'::date + NULLIF(n % 3, 0),
	CASE WHEN s <> 'open' THEN '2026-02-01'::date + n % 2 END, ('{low,normal,high}'::salesopp.priority[])[n % 3 + 1], CASE WHEN n % 3 > 0 THEN 77151000 + n % 3 END,
	CASE n % 7 WHEN 1 THEN 'commit' WHEN 2 THEN 'omitted' END::salesopp.forecast_category, '2026-01-01 10:00+00'::timestamptz + n % 4 * interval '1 day',
	CASE WHEN n % 4 > 1 THEN 77151001 + n % 2 END, '2026-02-01 12:00:00+00'::timestamptz + n % 5 * interval '1 hour',
	jsonb_strip_nulls(jsonb_build_object('Budget', NULLIF(n % 5, 0) * 2.50 - 5, 'Signed on', to_char('2026-05-01'::date + NULLIF(n % 4, 0), 'YYYY-MM-DD'),
		'Urgent', CASE n % 3 WHEN 1 THEN true WHEN 2 THEN false END, 'Source', (ARRAY['Web', 'Fair'])[n % 3], 'Remark', (ARRAY['ål', 'Zebra', 'apple'])[n % 4],
		'Area', CASE WHEN n % 2 = 0 THEN 'custom ' || n % 3 END, 'subject', (ARRAY['b', 'a'])[n % 4], 'It''s "odd" \ $1 ? %s, æ', (ARRAY['x', 'y'])[n % 5]))
FROM generate_series(1, 40) n, LATERAL (SELECT (ARRAY['open', 'open', 'won', 'lost'])[n % 4 + 1]::salesopp.opportunity_status) v (s);
INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id)
SELECT 77151100 + n, 77151001 + g FROM generate_series(1, 40) n, generate_series(0, 2) g WHERE n % (g + 2) = 0 AND n % 4 < 2;
SELECT test.outcome(format('SELECT salesopp.set_stage_status(%s, 1, ''completed'')', 77151100 + n)) FROM generate_series(8, 40, 8) n GROUP BY 1;
UPDATE salesopp.opportunity SET progress_method = 'automatic' WHERE id = 77151104;
INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id, name) VALUES
	(77151101, 77151001, NULL), (77151105, NULL, 'Typed'), (77151105, 77151001, NULL);
SELECT test.outcome(format('SELECT salesopp.close_lost(%s, %s, (SELECT min(id) FROM salesopp.opportunity_competitor WHERE opportunity_id = %1$s))', id, reason))
FROM (VALUES (77151101, 77151001), (77151105, 77151002)) l (id, reason);
INSERT INTO salesopp.activity (kind, subject, opportunity_id, occurred_at) VALUES
	('call', 'Past', 77151102, now() - interval '1 minute'), ('meeting', 'Later', 77151102, now() + interval '3 days'), ('call', 'Sooner', 77151102, now() + interval '2 days'),
	('call', 'Past only', 77151103, now() - interval '1 day'), ('call', 'Next', 77151104, now() + interval '1 year');

SET ROLE regress_lists_seller;
-- Item 7: one object for an opportunity, its values typed
SELECT jsonb_pretty(o) FROM salesopp.search_columns('{"id": 77151105}', columns => '{id,subject,custom.subject,status,flag,has_process,estimated_revenue,quote_sum,decision_date,note,
	created_at,created_by,delivery_date,loss_reason,winner,contact,contact_email,forecast_category,stage,days_in_stage,next_activity,Budget,Signed on,Urgent,Source,Campaign,custom.Area,group.Area}') o;
SELECT jsonb_pretty(o - 'next_activity_at' - 'days_in_stage'), (o ->> 'next_activity_at')::timestamptz > now() AS is_next, o -> 'days_in_stage' = to_jsonb(floor(extract(epoch FROM v.duration) / 86400)) AS days
FROM salesopp.search_columns('{"id": 77151104}', columns => '{id,contact,contact_email,contact_phone,stage,stage_progress,progress,days_in_stage,next_activity,next_activity_at,winner,Campaign}') o,
	salesopp.stage_visits v WHERE v.opportunity_id = 77151104 AND v.is_current;
SELECT o FROM salesopp.search_columns('{"id": {">=": 77151101, "<=": 77151103}}', 'id', '{id,contact,contact_email,contact_phone,stage,stage_progress,days_in_stage,next_activity}') o;
-- without columns, what a list usually shows
SELECT o - 'changed_at' FROM salesopp.search_columns('{"id": 77151103}') o;
-- against other ways to the same: what differs
SELECT c.id, d.key, d.value, l.o -> d.key FROM salesopp.opportunity_card c
JOIN salesopp.search_columns(columns => '{id,note,created_at,created_by,delivery_date,loss_reason,winner,contact_email,contact_phone,forecast_category,stage,company,project,changed_by,
	sales_region,department,sales_process,weighted_value,decision_color,flag,responsible,priority,rating,actual_revenue,version}') l (o) ON (l.o ->> 'id')::bigint = c.id
CROSS JOIN jsonb_each(to_jsonb(c) || jsonb_build_object('stage', c.current_stage)) d
WHERE l.o ? d.key AND l.o -> d.key IS DISTINCT FROM d.value;
SELECT count(*) AS rows, count(*) FILTER (WHERE l.o = to_jsonb(s)) AS same FROM salesopp.search(max_rows => NULL) s
JOIN salesopp.search_columns(columns => '{organization_id,id,status,flag,has_process,subject,company,project,estimated_revenue,quote_sum,order_sum,progress,decision_date,
	decision_color,responsible,changed_at,changed_by,actual_revenue,weighted_value,close_date,priority,rating,sales_region,department,sales_process,version}') l (o) ON (l.o ->> 'id')::bigint = s.id;
SELECT count(*) FILTER (WHERE l.o - 'id' IS DISTINCT FROM
		(SELECT jsonb_object_agg(f.name, o.custom -> f.name) FROM salesopp.custom_field f WHERE f.name NOT IN ('subject', 'Area'))) AS custom_differs,
	count(*) FILTER (WHERE (l.o ->> 'id')::bigint IN (SELECT opportunity_id FROM salesopp.stage_visits v WHERE v.is_current)) AS at_a_stage
FROM salesopp.search_columns(columns => ARRAY['id', 'Budget', 'Signed on', 'Urgent', 'Source', 'Remark', 'It''s "odd" \ $1 ? %s, æ', repeat('Very long name, ', 6) || 'at last']) l (o)
JOIN salesopp.opportunity o ON o.id = (l.o ->> 'id')::bigint;
-- pages, as those of search()
SELECT array_agg(o -> 'id') FROM salesopp.search_columns(sort => 'id', columns => '{id}', max_rows => 3, after => 77151105) o;
SELECT array_agg(o -> 'id') FROM salesopp.search_columns(sort => 'id desc', columns => '{id}', max_rows => 2000, after => 77151104) o;
SELECT count(*) FROM salesopp.search_columns();
SELECT count(*) FROM salesopp.search_columns(NULL, NULL, NULL, 0, NULL);

-- Exports have them as well, with headings in both languages; the usual columns are what they were
SELECT line FROM convert_from(salesopp.export_csv('{"id": {">=": 77151101, "<=": 77151106}}', 'id', ARRAY['id', 'note', 'loss_reason', 'winner', 'contact', 'contact_email', 'contact_phone',
	'forecast_category', 'stage', 'stage_progress', 'Budget', 'Signed on', 'Urgent', 'Source', 'Campaign', 'custom.Area', 'group.Area', 'It''s "odd" \ $1 ? %s, æ'], 'en'), 'UTF8') file,
	string_to_table(rtrim(file, E'\r\n'), E'\r\n') line;
SELECT language, split_part(convert_from(salesopp.export_csv('{"id": 0}', columns => '{note,created_at,created_by,delivery_date,loss_reason,winner,contact,contact_email,contact_phone,
	forecast_category,stage,stage_progress,days_in_stage,next_activity,next_activity_at,Budget,custom.subject,Campaign}', language => language), 'UTF8'), E'\r\n', 1) AS headings
FROM unnest('{en,nb}'::text[]) language;
SELECT split_part(convert_from(salesopp.export_csv(), 'UTF8'), E'\r\n', 1);
-- every column goes into every format, and has an own heading in each language
RESET ROLE;
CREATE FUNCTION test.column_names() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	PERFORM salesopp.search(sort => '?');
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN string_to_array(substring(hint FROM 'The columns are (.*), and'), ', ')
		|| ARRAY(SELECT 'custom.' || name FROM salesopp.custom_field WHERE organization_id = salesopp.current_organization())
		|| ARRAY(SELECT 'group.' || name FROM salesopp.group_field WHERE organization_id = salesopp.current_organization());
END $$;
SELECT name, format, o FROM unnest(test.column_names()) name, unnest('{csv,xlsx,pdf}'::text[]) format,
	test.outcome(format('SELECT salesopp.export_%s(columns => ARRAY[%L])', format, name)) o WHERE o <> '1 row';
SELECT language, count(*) AS columns, count(DISTINCT heading) AS headings
FROM unnest('{en,nb}'::text[]) language, unnest(test.column_names()) name, split_part(convert_from(salesopp.export_csv('{"id": 0}', columns => ARRAY[name], language => language), 'UTF8'), E'\r\n', 1) heading
WHERE name NOT LIKE '%.Area' AND name <> 'custom.subject' GROUP BY 1;
SELECT (SELECT count(*) FROM jsonb_object_keys(o)) = cardinality(test.column_names()) AS all_columns
FROM salesopp.search_columns('{"id": 77151101}', columns => test.column_names()) o;
SET ROLE regress_lists_seller;

-- What is refused
SELECT outcome, columns FROM unnest(ARRAY['{colour}', '{Elsewhere}', '{Area}', '{custom.Campaign}', '{group.Budget}', '{budget}', '{custom.}', '{""}', '{Budget,custom.Budget}', '{id,id}', '{}',
	'{NULL}', '{{id,status},{subject,company}}', '{custom.subject,subject}', '{custom.Area,group.Area}']::text[]) columns,
	test.outcome(format('SELECT salesopp.search_columns(columns => %L)', columns)) outcome;
SELECT outcome, arguments FROM unnest(ARRAY[$$max_rows => -1$$, $$after => 1$$, $$sort => 'Area'$$, $$sort => 'Elsewhere'$$, $$criteria => '{"colour": 1}'$$]) arguments,
	test.outcome(format('SELECT salesopp.search_columns(%s)', arguments)) outcome;
SELECT salesopp.search_columns(columns => '{Area}');
SELECT salesopp.search_columns(columns => '{Budget,custom.Budget}');

-- Item 6: orders by several columns. The list with its values, to be sorted by hand
CREATE TEMP TABLE listed AS SELECT l.*, o.note, o.created_at, creator.initials AS created_by, o.delivery_date, c.loss_reason, c.winner, NULLIF(c.contact, '') AS contact, c.contact_email, c.contact_phone,
	c.forecast_category, c.current_stage AS stage, (o.custom ->> 'Budget')::numeric AS "Budget", (o.custom ->> 'Signed on')::date AS "Signed on", (o.custom ->> 'Urgent')::boolean AS "Urgent",
	o.custom ->> 'Source' AS "Source", o.custom ->> 'Remark' AS "Remark", o.custom ->> 'subject' AS "custom.subject",
	(SELECT string_agg(v.name, '; ' ORDER BY v.name) FROM salesopp.opportunity_group_value g JOIN salesopp.group_value v ON v.id = g.group_value_id
		WHERE g.opportunity_id = o.id AND v.group_field_id = 77151001) AS "Campaign",
	o.custom ->> 'It''s "odd" \ $1 ? %s, æ' AS "It's ""odd"" \ $1 ? %s, æ"
FROM salesopp.opportunity_list l JOIN salesopp.opportunity o ON o.id = l.id JOIN salesopp.opportunity_card c ON c.id = l.id
LEFT JOIN salesopp.employee creator ON creator.id = o.created_by;
CREATE FUNCTION pg_temp.pages(sort text, page_rows integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[] := '{}';
	page bigint[];
BEGIN
	FOR n IN 1..60 LOOP
		SELECT array_agg(id ORDER BY ordinality) INTO page FROM salesopp.search('{}', sort, page_rows, ids[cardinality(ids)]) WITH ORDINALITY;
		EXIT WHEN page IS NULL;
		ids := ids || page;
	END LOOP;
	RETURN ids;
END $$;
CREATE FUNCTION pg_temp.by_hand(sort text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	ids bigint[];
BEGIN
	EXECUTE format('SELECT array_agg(id ORDER BY %s, id %s) FROM listed', sort, CASE WHEN sort ~* 'desc( nulls \w+)?$' THEN 'DESC' ELSE 'ASC' END) INTO ids;
	RETURN ids;
END $$;
-- every pair of a column and one of some, in every direction, with NULLs at either end
CREATE TEMP TABLE sorts AS
SELECT format('%I %s, %I %s', a.attname, one, b.name, two) AS sort
FROM (SELECT attname, (row_number() OVER (ORDER BY attnum))::integer AS n FROM pg_attribute WHERE attrelid = 'listed'::regclass AND attnum > 0) a,
	unnest('{company,Budget,decision_date,Urgent,loss_reason,status,winner}'::text[]) WITH ORDINALITY b (name, m),
	unnest('{asc,desc,ASC NULLS FIRST,Desc Nulls Last}'::text[]) WITH ORDINALITY d (one, i), unnest('{asc,desc,nulls first,desc nulls last}'::text[]) WITH ORDINALITY e (two, j)
WHERE a.attname <> b.name AND (a.n + b.m + 3 * i + 5 * j) % 32 = 0;
SELECT count(*) AS sorts, count(*) FILTER (WHERE pg_temp.pages(sort, 7) = by_hand) AS by_7, count(*) FILTER (WHERE pg_temp.pages(sort, 2000) = by_hand) AS by_2000,
	count(DISTINCT by_hand) > 40 AS varied
FROM sorts, pg_temp.by_hand(sort) by_hand;
SELECT count(*) FILTER (WHERE pg_temp.pages(sort, 1) = pg_temp.by_hand(sort)) AS by_1 FROM (SELECT sort FROM sorts ORDER BY md5(sort) LIMIT 10) s;
SELECT sort, pg_temp.pages(sort, 3) = by_hand AS by_3, pg_temp.pages(sort, 39) = by_hand AS by_39
FROM unnest(ARRAY['company DESC NULLS LAST, decision_date', 'status, company nulls first, "Budget" desc nulls last, priority', '"Source" , "Urgent" desc,"Signed on" nulls first,loss_reason, winner desc',
	'"It''s ""odd"" \ $1 ? %s, æ" desc nulls last, "Campaign"', 'contact_phone nulls first, "custom.subject" desc']) sort,
	pg_temp.by_hand(sort) by_hand;
-- exports take the same
SELECT count(*) AS sorts, count(*) FILTER (WHERE rtrim(file, E'\r\n') = E'Id\r\n' || array_to_string(by_hand, E'\r\n')) AS same
FROM (SELECT sort FROM sorts ORDER BY md5(sort) LIMIT 30) s, pg_temp.by_hand(sort) by_hand, convert_from(salesopp.export_csv('{}', sort, '{id}'), 'UTF8') file;
-- and further columns that depend on the day
SELECT sort, cardinality(ids) = 40 AND ids @> ARRAY(SELECT id FROM listed) AS all, ids[1]
FROM unnest(ARRAY['next_activity_at, id', 'next_activity desc nulls last, company', 'days_in_stage desc nulls last, stage_progress desc', 'stage_progress desc nulls last, company', '"group.Area" desc nulls last, "custom.Area"']) sort,
	pg_temp.pages(sort, 6) ids;
SELECT outcome, sort FROM unnest(ARRAY['company,', ',company', 'company,,status', 'company nulls', 'company nulls first last', 'company first', 'company desc asc', 'company, company desc', 'Budget, custom.Budget',
	'"company', '""', '"company"desc', 'Signed on', 'Signed', '"Signed on" desc', 'Budget desc nulls last', 'custom.Budget', 'group.Campaign', 'company nulls last desc', 'colour, company', 'company, colour', 'id; select', '"id" , "subject"', E'"id\\""']) sort,
	test.outcome(format('SELECT FROM salesopp.search(sort => %L, max_rows => 1)', sort)) outcome;
SELECT FROM salesopp.search(sort => 'company nulls');
-- more values, and fields, than a search has room for at first
SELECT count(*) AS found, count(*) = (SELECT count(*) FROM salesopp.opportunity WHERE custom ? 'Budget') AS all
FROM salesopp.search_ids(jsonb_build_object('custom', jsonb_build_object('Budget', (SELECT jsonb_agg(n / 2.0) FROM generate_series(-100, 100) n))));

-- Item 8: CSV as Excel opens it
RESET ROLE;
INSERT INTO salesopp.opportunity (id, subject, note, estimated_revenue, progress_method, progress, decision_date, status, close_date, actual_revenue, created_at, changed_at, company_id, custom) VALUES
	(77151201, '=HYPERLINK("http://x")', E'a;b,c\n"quoted"', 1234567.5, 'manual', 33.33, '2026-02-01', 'won', '2026-12-31', 0.05, '2026-01-31 23:59:59.999999+00', '2026-07-01 12:00+00', 77151004,
		'{"Budget": -0.125, "Signed on": "1899-01-01", "Urgent": true, "Source": "Web", "Remark": "\u0027@x", "Area": "1;2"}'),
	(77151202, '007', '', 0, 'manual', 100, NULL, 'open', NULL, NULL, '2026-03-04 05:06:07+00', '2026-07-01 12:00+00', NULL, '{"Budget": 1e20, "Signed on": "9999-12-31", "Urgent": false, "Remark": "-", "Area": ""}'),
	(77151203, '\.', E'\t=1', NULL, 'manual', 0, NULL, 'open', NULL, NULL, '-infinity', 'infinity', NULL, '{}');
SET ROLE regress_lists_seller;
CREATE FUNCTION pg_temp.excel(language text) RETURNS bytea LANGUAGE sql RETURN salesopp.export_excel_csv('{"id": {">=": 77151201}}', 'id',
	ARRAY['id', 'status', 'flag', 'has_process', 'subject', 'note', 'estimated_revenue', 'actual_revenue', 'progress', 'decision_date', 'close_date', 'decision_color', 'priority', 'forecast_category',
	'created_at', 'company', 'version', 'Budget', 'Signed on', 'Urgent', 'Source', 'Remark', 'custom.Area'], language);
SELECT language, substr(f, 1, 3) AS mark, convert_from(substr(f, 4), 'UTF8') AS file
FROM unnest('{en,nb}'::text[]) language, pg_temp.excel(language) f;
SET TIME ZONE 'Europe/Oslo';
SELECT translate(convert_from(salesopp.export_excel_csv('{"id": {">=": 77151201}}', 'id', '{created_at,changed_at}', language), 'UTF8'), U&'\FEFF', '') FROM unnest('{en,nb}'::text[]) language;
SET TIME ZONE 'UTC';

-- Item 6: saved searches: criteria, order and columns by a name, one's own or shared
SET salesopp.employee_id = 77151001;
INSERT INTO salesopp.saved_search (name, criteria, sort, columns) VALUES
	('My open', '{"status": "open"}', 'company desc nulls last, id', '{id,company,Budget}'), ('Plain', '{"custom": {"Budget": {"from": 1}}}', NULL, NULL);
INSERT INTO salesopp.saved_search (name, shared, criteria, sort, columns) VALUES
	('Big', true, '{"estimated_revenue": {">=": 2000}}', 'Budget desc nulls last, id', '{subject,estimated_revenue,Budget,Campaign}') RETURNING owner_id, created_by;
SELECT o FROM salesopp.search_saved('My open', 3) o;
SELECT o FROM salesopp.search_saved('My open', 2, (SELECT (o ->> 'id')::bigint FROM salesopp.search_saved('my  OPEN', 3) o OFFSET 2)) o;
SELECT count(*) FROM salesopp.search_saved('Plain');
-- wherever criteria are taken, others with it; the order and the columns where none are asked for
SELECT 'My open' AS saved, count(*) = (SELECT count(*) FROM salesopp.search_ids('{"status": "open"}')) AS search, (SELECT count(*) FROM salesopp.search_ids('{"saved": "My open", "company_id": 77151001}')) =
	(SELECT count(*) FROM salesopp.search_ids('{"status": "open", "company_id": 77151001}')) AS both, (SELECT count(*) FROM salesopp.search_ids('{"saved": "My open", "status": "won"}')) AS none,
	array_agg(id ORDER BY n) = (SELECT array_agg(id ORDER BY n) FROM salesopp.search('{"status": "open"}', 'company desc nulls last, id') WITH ORDINALITY s (organization_id, id, status, flag, has_process, subject, company, project,
		estimated_revenue, quote_sum, order_sum, progress, decision_date, decision_color, responsible, changed_at, changed_by, actual_revenue, weighted_value, close_date, priority, rating, sales_region, department, sales_process, version, n)) AS in_order
FROM salesopp.search('{"saved": "My open"}') WITH ORDINALITY s (organization_id, id, status, flag, has_process, subject, company, project,
	estimated_revenue, quote_sum, order_sum, progress, decision_date, decision_color, responsible, changed_at, changed_by, actual_revenue, weighted_value, close_date, priority, rating, sales_region, department, sales_process, version, n);
SELECT salesopp.export_csv('{"saved": "Big"}') = salesopp.export_csv('{"estimated_revenue": {">=": 2000}}', 'Budget desc nulls last, id', '{subject,estimated_revenue,Budget,Campaign}') AS all_of_it,
	salesopp.export_csv('{"saved": "Big"}', 'id', '{id}') = salesopp.export_csv('{"estimated_revenue": {">=": 2000}}', 'id', '{id}') AS asked_for,
	octet_length(salesopp.export_xlsx('{"saved": "Big"}')) > 5000 AS xlsx, octet_length(salesopp.export_pdf('{"saved": "Big"}')) > 1000 AS pdf,
	salesopp.export_csv('{"saved": "Plain"}') = salesopp.export_csv('{"custom": {"Budget": {"from": 1}}}') AS usual;
SELECT s = p AS summary FROM (SELECT array_agg(s::text) AS s FROM salesopp.summary('{"saved": "Big"}') s) a, (SELECT array_agg(s::text) AS p FROM salesopp.summary('{"estimated_revenue": {">=": 2000}}') s) b;
-- a colleague sees what is shared, and changes nothing; his own of the same name comes first
SET salesopp.employee_id = 77151002;
SELECT name, owner_id, shared FROM salesopp.saved_search ORDER BY name;
SELECT outcome, statement FROM unnest(ARRAY[$$SELECT FROM salesopp.search_saved('My open')$$, $$SELECT FROM salesopp.search_saved('no such')$$, $$UPDATE salesopp.saved_search SET name = 'Taken'$$, $$DELETE FROM salesopp.saved_search$$,
	$$INSERT INTO salesopp.saved_search (name, owner_id) VALUES ('Planted', 77151001)$$, $$INSERT INTO salesopp.saved_search (name, shared) VALUES ('BIG', true)$$,
	$$INSERT INTO salesopp.saved_search (name, columns) VALUES ('big', '{id}')$$, $$INSERT INTO salesopp.saved_search (name) VALUES ('My open')$$, $$INSERT INTO salesopp.saved_search (name) VALUES ('my open')$$,
	$$UPDATE salesopp.saved_search SET owner_id = 77151001 WHERE name = 'big'$$]) statement, test.outcome(statement) outcome;
SELECT jsonb_object_keys(o) FROM salesopp.search_saved('Big', 1) o;
RESET salesopp.employee_id;
SELECT name, owner_id FROM salesopp.saved_search ORDER BY name;
INSERT INTO salesopp.saved_search (name) VALUES ('Nobody''s') RETURNING owner_id;
SELECT count(*) FROM salesopp.search_saved('Nobody''s');
RESET ROLE;
SET salesopp.organization_id = :elsewhere;
SET ROLE regress_lists_seller;
SELECT count(*) FROM salesopp.saved_search;
SELECT salesopp.search_saved('Big');
SELECT salesopp.search_saved('no such');
SET salesopp.organization_id = :organization;
-- what cannot be made is not stored
SELECT outcome, statement FROM unnest(ARRAY[$$(name, criteria) VALUES ('x', '{"colour": 1}')$$, $$(name, criteria) VALUES ('x', '[]')$$, $$(name, criteria) VALUES ('x', '{"custom": {"Gone": 1}}')$$,
	$$(name, criteria) VALUES ('x', '{"custom": {"Budget": {"from": 2, "to": 1}}}')$$, $$(name, criteria) VALUES ('x', '{"saved": "Big"}')$$, $$(name, sort) VALUES ('x', 'colour')$$, $$(name, sort) VALUES ('x', 'company nulls')$$,
	$$(name, columns) VALUES ('x', '{id,Gone}')$$, $$(name, columns) VALUES ('x', '{}')$$, $$(name) VALUES (' ')$$, $$(name) VALUES (NULL)$$]) statement, test.outcome('INSERT INTO salesopp.saved_search ' || statement) outcome;
SELECT outcome, criteria FROM unnest('{"{\"saved\": 1}","{\"saved\": null}","{\"saved\": \"\"}","{\"saved\": [\"Big\"]}"}'::text[]) criteria, test.outcome(format('SELECT salesopp.search(%L)', criteria)) outcome;
SELECT test.outcome($$SELECT salesopp.pipeline_as_of(now(), '{"saved": "Big"}')$$);
SELECT FROM salesopp.search('{"saved": "nothing"}');
-- a field that is called otherwise now is named by the search that still calls it so
RESET ROLE;
UPDATE salesopp.custom_field SET name = 'Money' WHERE name = 'Budget' AND organization_id = :organization;
SET ROLE regress_lists_seller;
SET salesopp.employee_id = 77151001;
SELECT outcome, name FROM salesopp.saved_search, test.outcome(format('SELECT salesopp.search_saved(%L)', name)) outcome ORDER BY name;
UPDATE salesopp.saved_search SET criteria = '{"custom": {"Money": {"from": 1}}}' WHERE name = 'Plain';
SELECT count(*) FROM salesopp.search_saved('Plain');
RESET salesopp.employee_id;
RESET ROLE;
DROP OWNED BY regress_lists_seller;
DROP ROLE regress_lists_seller;
