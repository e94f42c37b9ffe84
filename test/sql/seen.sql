-- Texts as people see them (issue 11, C6 and C7): what is blank, what is the same, and what is found.
\set SHOW_CONTEXT never
\pset null '(null)'
SET client_min_messages = warning;
CREATE ROLE regress_seen_manager;
SELECT salesopp.grant_access('regress_seen_manager', 'manager');
INSERT INTO salesopp.organization (id, name) VALUES (7705001, 'Seen'), (7705002, 'Seen elsewhere');
SET salesopp.organization_id = 7705001;
SET ROLE regress_seen_manager;

-- C6 What is blank: in Unicode's words white space, controls and default ignorable characters; and nothing else.
SELECT name, bool_and(salesopp.is_blank(chr(c))) AS blank, bool_and(salesopp.is_blank(' ' || chr(c) || chr(c))) AS several,
	bool_or(salesopp.is_blank(chr(c) || 'x')) AS with_a_letter
FROM (VALUES ('ASCII', 1, 32), ('controls', 127, 160), ('soft hyphen', 173, 173), ('grapheme joiner', 847, 847), ('Arabic mark', 1564, 1564),
	('Hangul fillers', 4447, 4448), ('Ogham', 5760, 5760), ('Khmer', 6068, 6069), ('Mongolian', 6155, 6159), ('spaces', 8192, 8207),
	('separators, directions', 8232, 8239), ('invisible', 8287, 8303), ('Braille', 10240, 10240), ('ideographic', 12288, 12288),
	('filler', 12644, 12644), ('variations', 65024, 65039), ('byte order', 65279, 65279), ('half filler', 65440, 65440),
	('tags', 917504, 917631), ('more variations', 917760, 917999)) v (name, first, last), generate_series(first, last) c
GROUP BY name ORDER BY min(first);
SELECT count(*) AS letters_and_numbers FROM generate_series(1, 1114111) c
WHERE c NOT BETWEEN 55296 AND 57343 AND chr(c) ~ '[[:alnum:]]' AND salesopp.is_blank(chr(c))
	AND c NOT IN (4447, 4448, 12644, 65440); -- these count as letters

-- wherever the first character stands that is seen
SELECT n, bool_and(salesopp.is_blank(v)) AS blank, bool_or(salesopp.is_blank(v || 'x')) AS x, bool_or(salesopp.is_blank(v || '😀')) AS smile,
	bool_or(salesopp.is_blank(v || 'ø' || v)) AS inside
FROM unnest('{0,1,500,1022,1023,1024,1025,16383,16384,300000}'::int[]) n,
	LATERAL (VALUES (repeat(' ', n)), (repeat(U&'\00A0', n)), (' ' || repeat(U&'\200B', n))) r (v)
GROUP BY n ORDER BY n;
SELECT salesopp.is_blank(NULL);

-- C6 Blank names and subjects, from every table that has such a column (in the order of the catalog)
SELECT test.outcome(format('INSERT INTO salesopp.department (name) VALUES (%L)', v)) AS department,
	test.outcome(format('INSERT INTO salesopp.opportunity (subject) VALUES (%L)', v)) AS opportunity,
	test.outcome(format('INSERT INTO salesopp.activity (kind, subject) VALUES (''note'', %L)', v)) AS activity
FROM unnest(ARRAY['', U&'\00A0', U&'\200B', U&' \FEFF\00A0', U&'\00AD', U&'\3164', U&'\2800', E'\x01', repeat(U&'\2003', 3000)]) v;
SELECT c.conrelid::regclass AS "table", a.attname, pg_get_constraintdef(c.oid) LIKE '%NOT salesopp.is_blank(' || a.attname || ')%' AS guarded
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.connamespace = 'salesopp'::regnamespace AND c.contype = 'c' AND a.atttypid = 'text'::regtype ORDER BY c.conrelid::regclass::text, 2;

-- C6 Blanks at the ends are taken off, inside they stay; what belongs to the last character stays with it
INSERT INTO salesopp.department (id, name) VALUES (7705001, U&'\00A0 Sales\00A0North \200B') RETURNING replace(name, U&'\00A0', '~') AS name;
INSERT INTO salesopp.employee (id, initials, name) VALUES (7705001, E'\tKB ', U&' Kari\3000Berg\FEFF ') RETURNING initials, replace(name, U&'\3000', '~') AS name;
INSERT INTO salesopp.company (id, name, phone) VALUES (7705001, E' Fjord\nAS\n', ' 12 ') RETURNING replace(name, E'\n', '~') AS name, '<' || phone || '>' AS other_texts_stay;
INSERT INTO salesopp.contact (id, company_id, first_name, last_name, job_title) VALUES (7705001, 7705001, ' Å ', U&'\202ABø\202C', ' ')
RETURNING first_name, last_name, job_title = '' AS empty_title;
INSERT INTO salesopp.opportunity (id, subject, note) VALUES (7705001, U&' Love \2764\FE0F \200B', ' note '), (7705002, U&'x \200D', NULL)
RETURNING encode(convert_to(subject, 'UTF8'), 'escape') AS subject, '<' || note || '>' AS note;
INSERT INTO salesopp.activity (kind, subject, body) VALUES ('note', ' Call ', ' body ') RETURNING '<' || subject || '>' AS subject, '<' || body || '>' AS body;
UPDATE salesopp.department SET name = ' North ' WHERE id = 7705001 RETURNING '<' || name || '>' AS name;

-- Writing the same again is no change, with or without blanks, also where nothing may change.
SELECT (salesopp.close_won(7705001)).id;
SELECT changed_at AS before FROM salesopp.opportunity WHERE id = 7705001 \gset
UPDATE salesopp.opportunity SET subject = '  ' || subject || ' ' WHERE id = 7705001 RETURNING changed_at = :'before' AS unchanged;
SELECT test.outcome('UPDATE salesopp.opportunity SET subject = subject || ''x'' WHERE id = 7705001');
RESET ROLE;
-- What is loaded is taken as it is, and stays so when something else is written.
SET row_security = off;
INSERT INTO salesopp.opportunity (organization_id, id, subject, status, closed_at, close_date, actual_revenue, created_at, changed_at)
VALUES (7705001, 7705003, ' loaded ', 'won', now(), CURRENT_DATE, 1, now(), now()), (7705001, 7705004, ' loaded too ', 'open', NULL, NULL, NULL, now(), now());
RESET row_security;
UPDATE salesopp.opportunity SET subject = subject, note = note WHERE id = 7705003 RETURNING '<' || subject || '>' AS subject;
UPDATE salesopp.opportunity SET estimated_revenue = 1 WHERE id = 7705004 RETURNING '<' || subject || '>' AS subject;
UPDATE salesopp.opportunity SET subject = subject || ' ' WHERE id = 7705004 RETURNING '<' || subject || '>' AS subject;
SET ROLE regress_seen_manager;

-- C6 Two names that look the same: each pair is the same everywhere
CREATE FUNCTION pg_temp.second(spelling text) RETURNS TABLE ("table" text, outcome text) LANGUAGE sql AS $$
	SELECT t, test.outcome(format(s, spelling)) FROM (VALUES
		(1, 'department', 'INSERT INTO salesopp.department (name) VALUES (%L)'), (2, 'sales_region', 'INSERT INTO salesopp.sales_region (name) VALUES (%L)'),
		(3, 'employee', 'INSERT INTO salesopp.employee (initials, name) VALUES (%L, ''x'')'), (4, 'sales_process', 'INSERT INTO salesopp.sales_process (name) VALUES (%L)'),
		(5, 'loss_reason', 'INSERT INTO salesopp.loss_reason (name) VALUES (%L)'), (6, 'competitor', 'INSERT INTO salesopp.competitor (name) VALUES (%L)'),
		(7, 'opportunity_competitor', 'INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) VALUES (7705002, %L)'),
		(8, 'group_field', 'INSERT INTO salesopp.group_field (name) VALUES (%L)'),
		(9, 'group_value', 'INSERT INTO salesopp.group_value (group_field_id, name) SELECT id, %L FROM salesopp.group_field WHERE name = ''Segment'''),
		(10, 'custom_field', 'INSERT INTO salesopp.custom_field (name, data_type) VALUES (%L, ''text'')')) v (n, t, s) ORDER BY n
$$;
INSERT INTO salesopp.group_field (name) VALUES ('Segment');
SELECT * FROM pg_temp.second('Café Øst');
SELECT * FROM pg_temp.second(U&'\00A0 CAFE\0301\3000 \00D8ST\200B');
SELECT DISTINCT outcome, encode(convert_to(v, 'UTF8'), 'escape') AS spelling
FROM unnest(ARRAY[' Café Øst', 'café øst ', 'CAFÉ  ØST', U&'Ca\00ADfé \200DØst', U&'Café\00A0Øst', 'Café Øst']) v, LATERAL (SELECT left(s.outcome, 5) AS outcome FROM pg_temp.second(v) s) s ORDER BY 2;
SELECT DISTINCT left(outcome, 5) AS outcome, v FROM unnest(ARRAY['Kroner ΛΟΓΟΣ', 'kroner λογος']) v, LATERAL pg_temp.second(v) s ORDER BY 1, 2;
-- what people can tell apart
SELECT DISTINCT v, outcome FROM unnest(ARRAY['Cafe Øst', 'CaféØst', 'Café-Øst', 'Ｃafé Øst']) v, LATERAL pg_temp.second(v) s ORDER BY 1;
-- names of customers, contacts and projects may be the same, and so may a name elsewhere
INSERT INTO salesopp.company (name) VALUES ('Fjord'), ('FJORD ');
INSERT INTO salesopp.project (name) VALUES ('P'), ('p');
RESET ROLE;
SET salesopp.organization_id = 7705002;
INSERT INTO salesopp.department (name) VALUES ('CAFÉ ØST');
SET salesopp.organization_id = 7705001;
SET ROLE regress_seen_manager;
-- clients that write by the name still can; of one that only looks the same they are told
INSERT INTO salesopp.department (name) VALUES ('Café Øst ') ON CONFLICT (organization_id, name) DO UPDATE SET name = EXCLUDED.name RETURNING name;
INSERT INTO salesopp.department (name) VALUES ('CAFÉ ØST') ON CONFLICT DO NOTHING RETURNING name;
SELECT test.outcome('INSERT INTO salesopp.department (name) VALUES (''CAFÉ ØST'') ON CONFLICT (organization_id, name) DO NOTHING');
-- and the case of a name can be mended
UPDATE salesopp.department SET name = 'CAFÉ ØST' WHERE name = 'Café Øst' RETURNING name;

-- What the indexes are on tells nothing of others: there are no statistics of it.
RESET ROLE;
ANALYZE salesopp.department;
SELECT i.indexrelid::regclass::text AS index, a.attname, a.attstattarget, EXISTS (SELECT FROM pg_statistic s WHERE s.starelid = a.attrelid AND s.staattnum = a.attnum) AS known
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = i.indexrelid AND i.indkey[a.attnum - 1] = 0
WHERE c.relnamespace = 'salesopp'::regnamespace ORDER BY 1;
SET ROLE regress_seen_manager;

RESET ROLE;
RESET salesopp.organization_id;
DROP OWNED BY regress_seen_manager;
DROP ROLE regress_seen_manager;
