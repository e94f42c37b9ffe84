-- F3.4, F10.1 Pictures: what is in them, in which colours, and that their figures are those of plain SQL
\set SHOW_CONTEXT never
CREATE SCHEMA svg_test;
SELECT salesopp.create_organization('Other pictures') AS other_organization \gset
SELECT salesopp.create_organization('Pictures') AS organization \gset
CREATE ROLE regress_svg_reader LOGIN;
CREATE ROLE regress_svg_nobody LOGIN;
SELECT salesopp.grant_access('regress_svg_reader', 'reader');
SET salesopp.organization_id = :other_organization;
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) VALUES (77209001, 'Of another organization', 1000);
SET salesopp.organization_id = :organization;

-- how the tests look at pictures
CREATE FUNCTION svg_test.part(picture text, path text) RETURNS text LANGUAGE sql STABLE
RETURN (SELECT string_agg(part::text, ' | ') FROM unnest(xpath(path, picture::xml,
	'{{s, http://www.w3.org/2000/svg}}')) part);
CREATE FUNCTION svg_test.bars(picture text)
RETURNS TABLE (n bigint, x int, width int, fill text, dashes text, name text, percent text, ink text, title text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT b.* FROM XMLTABLE(XMLNAMESPACES('http://www.w3.org/2000/svg' AS s), '//s:g' PASSING (picture::xml)
		COLUMNS n FOR ORDINALITY, x int PATH 's:rect[1]/@x', width int PATH 's:rect[1]/@width', fill text PATH 's:rect[1]/@fill',
			dashes text PATH 's:rect/@stroke-dasharray', name text PATH 's:svg/s:text', percent text PATH 's:text',
			ink text PATH 's:text/@fill', title text PATH 's:title') b;
END;
CREATE FUNCTION svg_test.amounts(picture text)
RETURNS TABLE (n bigint, name text, won numeric, open numeric, total numeric) LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT b.n, m.parts[1], m.parts[2]::numeric, m.parts[3]::numeric, m.parts[4]::numeric
	FROM svg_test.bars(picture) b
	CROSS JOIN LATERAL (SELECT regexp_match(replace(b.title, ',', ''), '^(.*): Won ([\d.]+) Open ([\d.]+) Total ([\d.]+)$') AS parts) m;
END;
-- the ticks of the axis, and what stands under the bars
CREATE FUNCTION svg_test.ticks(picture text) RETURNS text LANGUAGE sql STABLE
RETURN svg_test.part(picture, '//s:text[@text-anchor="end"]/text()');
CREATE FUNCTION svg_test.names(picture text) RETURNS text LANGUAGE sql STABLE
RETURN svg_test.part(picture, '/s:svg/s:text[@text-anchor="middle"]/text()');
-- by WCAG
CREATE FUNCTION svg_test.luminance(color text) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN (SELECT sum(w * CASE WHEN c <= 0.04045 THEN c / 12.92 ELSE ((c + 0.055) / 1.055) ^ 2.4 END)
	FROM (SELECT get_byte(decode(substr(color, 2), 'hex'), i) / 255.0::float8 AS c, ('{0.2126,0.7152,0.0722}'::float8[])[i + 1] AS w
		FROM generate_series(0, 2) i) part);
CREATE FUNCTION svg_test.contrast(a text, b text) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN trunc(((greatest(svg_test.luminance(a), svg_test.luminance(b)) + 0.05)
	/ (least(svg_test.luminance(a), svg_test.luminance(b)) + 0.05))::numeric, 1);
SET search_path = svg_test, salesopp, test, public;
SELECT contrast('#ffffff', '#000000'), contrast('#777777', '#ffffff');

--
-- F3.4 The funnel
--
INSERT INTO sales_process (id, name) VALUES (77201001, 'Salg & "service" <nord>'), (77201002, 'Empty'),
	(77201003, 'Alone'), (77201004, 'Long');
INSERT INTO sales_process_stage (sales_process_id, position, name, probability) VALUES
	(77201001, 10, 'Første <kontakt> & "tilbud"', 0), (77201001, 20, 'It''s blåbær ]]>', 12.50),
	(77201001, 30, 'Rakett 🚀 til 東京', 33.33), (77201001, 40, 'A stage with a name that is much too long for its bar', 50),
	(77201001, 50, E'Tab\tline\nbell\x07 ' || U&'\FFFE', 75), (77201001, 60, 'Contract', 100),
	(77201003, 1, 'Only one', 100);
INSERT INTO sales_process_stage (sales_process_id, position, name, probability)
SELECT 77201004, n, 'Stage ' || n, n FROM generate_series(1, 100) n;
INSERT INTO opportunity (id, subject, sales_process_id) VALUES
	(77202001, 'Fiber <til> & "alle" ''her'' på Ås 🚀', 77201001), (77202002, 'No process', NULL), (77202003, 'No stages', 77201002),
	(77202004, 'One stage', 77201003), (77202005, 'A hundred', 77201004), (77202006, 'Deleted', NULL),
	(77202007, repeat('Long', 250000), 77201003);
UPDATE opportunity SET deleted_at = now() WHERE id = 77202006;
SELECT funnel_svg(77202001) AS first \gset
SELECT (set_stage_status(77202001, position, new_status)).status
FROM (VALUES (10, stage_status 'completed'), (20, 'cancelled'), (40, 'completed')) v (position, new_status);
SELECT funnel_svg(77202001) AS funnel, funnel_svg(77202001, 'nb') AS trakt \gset

-- the bars: names that fit, escaped; the first pending stage is dashed and yellow
\pset format unaligned
SELECT n, fill, dashes, name, percent, title FROM bars(:'funnel');
SELECT n, percent, title FROM bars(:'trakt');
-- before anything was done
SELECT n, fill, dashes IS NOT NULL AS is_dashed FROM bars(:'first');
-- these are the colours of stage_funnel
SELECT count(*) FILTER (WHERE b.fill = c.hex AND (b.dashes IS NOT NULL) = f.is_current) AS right_color, count(*)
FROM stage_funnel f
JOIN bars(:'funnel') b ON b.n = f.position / 10
JOIN (VALUES ('green', '#2e7d32'), ('yellow', '#f9c80e'), ('red', '#c62828'), ('gray', '#c4cad1')) c (color, hex) ON c.color = f.color::text
WHERE f.opportunity_id = 77202001;
-- a funnel: each bar is narrower than the one before, and all stand in the middle
SELECT n, x, width, 2 * x + width AS both_sides FROM bars(:'funnel');
SELECT count(*), min(width), max(width), bool_and(width <= before), bool_and(2 * x + width = 600)
FROM (SELECT *, lag(width) OVER (ORDER BY n) AS before FROM bars(funnel_svg(77202005))) b WHERE before IS NOT NULL;
SELECT n, x, width, name, percent FROM bars(funnel_svg(77202004));

-- what screen readers and others read
SELECT part(:'funnel', '/s:svg/s:title/text()'), part(:'funnel', '/s:svg/s:desc/text()');
SELECT part(:'trakt', '/s:svg/s:title/text()'), part(:'trakt', '/s:svg/s:desc/text()');
SELECT part(:'funnel', '/s:svg/@xml:lang'), part(:'trakt', '/s:svg/@xml:lang'), part(:'funnel', '/s:svg/@role'),
	part(:'funnel', '/s:svg/@viewBox'), part(:'funnel', '/s:svg/@aria-labelledby'), part(:'funnel', '/s:svg/*/@id');
SELECT part(:'funnel', '/s:svg/s:svg/s:text/text()'), part(:'trakt', '/s:svg/s:text/text()');

-- nothing to show
SELECT part(funnel_svg(77202002), '//s:text/text()'), part(funnel_svg(77202002, 'nb'), '/s:svg/s:text/text()'),
	part(funnel_svg(77202003), '//s:text/text()'), part(funnel_svg(77202003, 'nb'), '/s:svg/s:text/text()');
SELECT part(funnel_svg(77202002), '/s:svg/s:desc/text()'), part(funnel_svg(77202003, 'nb'), '/s:svg/s:desc/text()');
-- a long subject is cut where it is drawn, and nowhere else
SELECT part(picture, '/s:svg/s:svg[1]/s:text/text()'), length(part(picture, '/s:svg/s:title/text()')) FROM funnel_svg(77202007) picture;
-- a closed one shows how far it came
SELECT (close_lost(77202004)).status;
SELECT part(picture, '/s:svg/s:svg/s:text/text()'), part(picture, '/s:svg/s:desc/text()') FROM funnel_svg(77202004) picture;

-- well-formed, in ASCII alone, and the same each time
SELECT picture IS DOCUMENT AS is_document, octet_length(p) = length(p) AND p !~ '[^\n -~]' AS is_ascii, p = funnel_svg(id) AS is_same
FROM opportunity o, funnel_svg(o.id) p, xmlparse(DOCUMENT p) picture
WHERE id BETWEEN 77202001 AND 77202007 AND deleted_at IS NULL ORDER BY id;

-- what is refused
SELECT outcome('SELECT salesopp.funnel_svg(NULL)'), outcome('SELECT salesopp.funnel_svg(77202999)'),
	outcome('SELECT salesopp.funnel_svg(77202006)'), outcome('SELECT salesopp.funnel_svg(77209001)'),
	outcome('SELECT salesopp.funnel_svg(77202001, ''de'')'), outcome('SELECT salesopp.pipeline_svg(''{}'', ''EN'')');

--
-- F2.1, F10.1 The pipeline by decision month
--
INSERT INTO department (id, name) VALUES (77203001, 'A year'), (77203002, 'Ten years'), (77203003, 'Far away'), (77203004, 'Nothing'),
	(77203005, 'Worth nothing'), (77203006, 'One month'), (77203007, 'No dates');
-- a year from November on, in which nothing stands in March; amounts with all their decimals
INSERT INTO opportunity (subject, department_id, estimated_revenue, progress_method, progress, decision_date, status)
SELECT 'Deal', 77203001, CASE WHEN n % 10 > 0 THEN n * 1997.37 END, 'manual', n * 7.77 % 100,
	CASE WHEN n % 9 > 0 AND month <> 3 THEN make_date(CASE WHEN month > 10 THEN 2025 ELSE 2026 END, month, 1 + n % 28) END,
	(ARRAY['open', 'won', 'won', 'lost'])[1 + n / 7 % 4]::opportunity_status
FROM (SELECT n, 1 + n % 12 AS month FROM generate_series(1, 200) n) deal;
INSERT INTO opportunity (subject, department_id, estimated_revenue, progress_method, progress, decision_date, status)
SELECT 'Deal', 77203002, 100000 + m, 'manual', 33.33, date '2015-02-10' + m * interval '1 month',
	(CASE WHEN m % 3 = 0 THEN 'won' ELSE 'open' END)::opportunity_status
FROM generate_series(0, 119) m;
INSERT INTO opportunity (subject, department_id, estimated_revenue, progress_method, progress, decision_date) VALUES
	('Typed wrong', 77203003, 9000, 'manual', 50, '2205-04-01'), ('Last day', 77203003, 10, 'manual', 50, '5874897-12-31'),
	('First day', 77203003, 10, 'manual', 50, '4713-11-24 BC'), ('Meant', 77203003, 9000, 'manual', 50, '2025-04-01'),
	('Meant', 77203003, 2000, 'manual', 50, '2025-06-30'), ('Lost', 77203005, 100, 'manual', 50, '2025-06-30'),
	('No progress', 77203005, 100, 'manual', 0, '2025-06-30'), ('No estimate', 77203005, NULL, 'manual', 50, NULL),
	('Largest', 77203006, 9999999999999999.99, 'manual', 99.99, '2025-12-31'), ('Smallest', 77203006, 0.01, 'manual', 0.01, '2025-12-01'),
	('Undated', 77203007, 200, 'manual', 50, NULL);
UPDATE opportunity SET status = 'lost' WHERE department_id = 77203005 AND subject = 'Lost';
SELECT pipeline_svg('{"department_id": 77203001}') AS picture, pipeline_svg('{"department_id": 77203001}', 'nb') AS bilde \gset

-- every bar is what plain SQL says, and every month that has a value has a bar
SELECT count(*) FILTER (WHERE (a.won, a.open, a.total) = (p.won, p.open, p.won + p.open)) AS same, count(p.name) AS months, count(*) AS bars
FROM amounts(:'picture') a
FULL JOIN (SELECT COALESCE(to_char(decision_date, 'Mon YYYY'), 'No date') AS name,
		COALESCE(sum(weighted_value) FILTER (WHERE status = 'won'), 0) AS won,
		COALESCE(sum(weighted_value) FILTER (WHERE status = 'open'), 0) AS open
	FROM opportunity_list WHERE department = 'A year' GROUP BY 1 HAVING sum(weighted_value) > 0) p USING (name);
SELECT part(:'picture', '/s:svg/s:title/text()'), (SELECT pipeline FROM summary('{"department_id": 77203001}') WHERE status = 'total');
SELECT name, won, open FROM amounts(:'picture') WHERE n IN (1, 2, 11, 12);
SELECT part(:'picture', '/s:svg/s:desc/text()');
SELECT ticks(:'picture'), names(:'picture');
SELECT part(:'bilde', '/s:svg/s:title/text()'), part(:'bilde', '//s:g[1]/s:title/text()'), part(:'bilde', '//s:g[12]/s:title/text()');
SELECT ticks(:'bilde'), names(:'bilde'), part(:'bilde', '/s:svg/s:text[@font-size="12"]/text()');
SELECT part(:'picture', '/s:svg/@role'), part(:'picture', '/s:svg/@viewBox'),
	part(:'picture', '/s:svg/@aria-labelledby'), part(:'picture', '/s:svg/*/@id');
-- green won, yellow open; a place without a value between February and April
SELECT a.name, part(:'picture', format('//s:g[%s]/s:path/@fill', a.n)) AS fills,
	part(:'picture', format('//s:g[%s]/s:rect[1]/@x', a.n)) AS x
FROM amounts(:'picture') a WHERE a.name IN ('Feb 2026', 'Apr 2026', 'Sep 2026') ORDER BY n;

-- the criteria are those of search()
SELECT criteria, replace(substr(part(picture, '/s:svg/s:title/text()'), 20), ',', '')::numeric = pipeline AS same_total,
	count(a.n) AS bars, sum(a.won) > 0 AS won, sum(a.open) > 0 AS open, sum(a.total) = pipeline AS same_sum
FROM unnest('{"{}", "{\"status\": \"won\"}", "{\"status\": [\"open\"]}", "{\"decision_date\": {\"from\": \"2026-01-01\", \"to\": \"2026-03-31\"}}",
	"{\"estimated_revenue\": {\">=\": 250000}}"}'::jsonb[]) WITH ORDINALITY c (given, i)
CROSS JOIN LATERAL (SELECT given || '{"department_id": 77203001}' AS criteria) g
CROSS JOIN LATERAL pipeline_svg(criteria) picture
CROSS JOIN LATERAL (SELECT pipeline FROM summary(criteria) WHERE status = 'total') s
CROSS JOIN LATERAL amounts(picture) a
GROUP BY i, criteria, picture, pipeline ORDER BY i;
SELECT outcome($$SELECT salesopp.pipeline_svg('{"colour": 1}')$$), outcome($$SELECT salesopp.pipeline_svg('{"letter": "a'' OR true"}')$$);
SELECT pipeline_svg(NULL) = pipeline_svg() AS all_of_them;

-- more months than can be told apart: years
SELECT n, name, total FROM amounts(pipeline_svg('{"department_id": 77203002}'));
SELECT sum(total), (SELECT pipeline FROM summary('{"department_id": 77203002}') WHERE status = 'total')
FROM amounts(pipeline_svg('{"department_id": 77203002}'));
SELECT to_char(to_date, 'YYYY-MM-DD') AS to_date, count(*) AS bars, names(picture) FROM unnest('{2018-01-31, 2018-02-28}'::date[]) to_date
CROSS JOIN LATERAL pipeline_svg(jsonb_build_object('department_id', 77203002, 'decision_date', jsonb_build_object('to', to_date))) picture
CROSS JOIN LATERAL amounts(picture) a GROUP BY to_date, picture ORDER BY 1;
-- dates that nobody means are one bar
SELECT n, name, open FROM amounts(pipeline_svg('{"department_id": 77203003}'));
SELECT n, name, open FROM amounts(pipeline_svg('{"department_id": 77203003, "decision_date": {"from": "2206-01-01"}}'));
SELECT n, name, open FROM amounts(pipeline_svg('{"department_id": 77203003, "decision_date": {"to": "2000-01-01"}}'));

-- nothing there, and nothing worth anything
SELECT part(pipeline_svg('{"department_id": 77203004}'), '//s:text/text()'),
	part(pipeline_svg('{"department_id": 77203005}', 'nb'), '//s:text/text()');
SELECT part(pipeline_svg('{"department_id": 77203004}'), '/s:svg/s:desc/text()');
-- the largest and the smallest in one bar; a bar beside the axis of time alone
SELECT name, won, open FROM amounts(pipeline_svg('{"department_id": 77203006}'));
SELECT part(p, '/s:svg/s:text/text()'), part(p, '//s:g/s:text/text()') FROM pipeline_svg('{"department_id": 77203006}') p;
SELECT part(p, '/s:svg/s:text/text()'), part(p, '//s:g/s:text/text()') FROM pipeline_svg('{"department_id": 77203007}') p;

-- the axis of each size: round numbers, the last of them not below the bar
INSERT INTO opportunity (id, subject, estimated_revenue, progress_method, progress, decision_date)
SELECT 77204000 + n, 'Size', amount, 'manual', 100, '2025-05-05'
FROM unnest('{0.01, 0.07, 1, 42, 99.99, 100, 8765.43, 500000, 999999.99, 1000000, 1500000, 123456789, 5e9, 1.23e12, 9876543210987654.32}'::numeric[])
	WITH ORDINALITY u (amount, n);
SELECT o.estimated_revenue, ticks(en) AS en, part(en, '//s:g/s:text/text()') AS amount, ticks(nb) AS nb,
	part(nb, '//s:g/s:text/text()') AS belop
FROM opportunity o, pipeline_svg(jsonb_build_object('id', o.id)) en, pipeline_svg(jsonb_build_object('id', o.id), 'nb') nb
WHERE o.subject = 'Size' ORDER BY o.id;

-- well-formed, in ASCII alone, and the same each time
SELECT d.name, picture IS DOCUMENT AS is_document, octet_length(p) = length(p) AND p !~ '[^\n -~]' AS is_ascii,
	p = pipeline_svg(jsonb_build_object('department_id', d.id), 'nb') AS is_same
FROM department d, pipeline_svg(jsonb_build_object('department_id', d.id), 'nb') p, xmlparse(DOCUMENT p) picture
WHERE d.id BETWEEN 77203001 AND 77203007 ORDER BY d.id;

--
-- Text can be read on what is behind it: 4.5 to 1 at least, on light and on dark
--
SELECT DISTINCT fill, ink, contrast(fill, ink) FROM bars(:'funnel') ORDER BY 1;
SELECT picture, mode, card, name, color, contrast(card, color)
FROM (VALUES ('funnel', :'funnel'), ('pipeline', :'picture')) p (picture, svg)
CROSS JOIN LATERAL (
	SELECT 'dark' AS mode, m[1] AS name, m[2] AS color FROM regexp_matches(svg, '\.(so-\w+) { fill: (#\w+) }', 'g') m
	UNION
	SELECT 'light', m[1], m[2] FROM regexp_matches(svg, 'class="(so-\w+)[^"]*" fill="(#\w+)"', 'g') m
) c
CROSS JOIN LATERAL (
	SELECT (regexp_match(svg, CASE mode WHEN 'dark' THEN 'so-card { fill: (#\w+) }'
		ELSE '"so-card [^"]*"[^>]* fill="(#\w+)"' END))[1] AS card
) k
WHERE name <> 'so-card' ORDER BY 1, 2, 4;

--
-- Language and rights
--
SET salesopp.language = 'nb';
SELECT funnel_svg(77202001) = :'trakt' AS funnel, pipeline_svg('{"department_id": 77203001}') = :'bilde' AS pipeline,
	funnel_svg(77202001, 'en') = :'funnel' AS english;
RESET salesopp.language;
SET ROLE regress_svg_reader;
SET search_path = pg_catalog;
SELECT salesopp.funnel_svg(77202001) = :'funnel' AS funnel, salesopp.pipeline_svg('{"department_id": 77203001}') = :'picture' AS pipeline;
RESET ROLE;
SET search_path = svg_test, salesopp, test, public;
GRANT USAGE ON SCHEMA salesopp TO regress_svg_nobody;
SET ROLE regress_svg_nobody;
SELECT test.outcome('SELECT salesopp.funnel_svg(77202001)'), test.outcome('SELECT salesopp.pipeline_svg()');
RESET ROLE;
GRANT EXECUTE ON FUNCTION funnel_svg, pipeline_svg, current_organization TO regress_svg_nobody;
SET ROLE regress_svg_nobody;
SELECT test.outcome('SELECT salesopp.funnel_svg(77202001)'), test.outcome('SELECT salesopp.pipeline_svg()');
RESET ROLE;
-- a reader of another organization sees its own
SET salesopp.organization_id = :other_organization;
SET ROLE regress_svg_reader;
SELECT test.outcome('SELECT salesopp.funnel_svg(77202001)');
SELECT (xpath('/s:svg/s:title/text()', salesopp.pipeline_svg()::xml, '{{s,http://www.w3.org/2000/svg}}'))[1];
RESET ROLE;

DROP OWNED BY regress_svg_reader, regress_svg_nobody;
DROP ROLE regress_svg_reader, regress_svg_nobody;
