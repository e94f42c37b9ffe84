-- Issue 14, 5: the weekly sales meeting on a page: what is on it is what the functions tell, in words of both languages, and no text of users is more than a text
\set SHOW_CONTEXT never
\pset null '(null)'
CREATE SCHEMA report_test;
SELECT salesopp.create_organization('Report elsewhere') AS elsewhere, salesopp.create_organization('Reports <b>&"''</b>') AS organization,
	salesopp.create_organization('Report of nothing') AS nothing \gset
CREATE ROLE regress_report_reader LOGIN;
CREATE ROLE regress_report_nobody LOGIN;
SELECT salesopp.grant_access('regress_report_reader', 'reader');
GRANT USAGE ON SCHEMA report_test TO regress_report_reader;
SET TimeZone = 'UTC';
UPDATE salesopp.organization SET time_zone = 'UTC' WHERE id IN (:elsewhere, :organization, :nothing);

-- how the test looks at a page: as XML
CREATE FUNCTION report_test.part(page text, path text) RETURNS SETOF text LANGUAGE sql STABLE
RETURN unnest(xpath(path, xmlparse(DOCUMENT page), '{{h, http://www.w3.org/1999/xhtml}, {s, http://www.w3.org/2000/svg}}')::text[]);
-- the cells of a table, without what they are made of
CREATE FUNCTION report_test.cells(page text, id text) RETURNS TABLE (n bigint, cells text) LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT r.n, (SELECT string_agg(regexp_replace(c.text, '\s+', ' ', 'g'), ' | ' ORDER BY c.n) FROM XMLTABLE(XMLNAMESPACES('http://www.w3.org/1999/xhtml' AS h), '/h:tr/*' PASSING r.line
		COLUMNS n FOR ORDINALITY, text text PATH 'string(.)') c)
	FROM XMLTABLE(XMLNAMESPACES('http://www.w3.org/1999/xhtml' AS h), '//h:table' PASSING (xmlparse(DOCUMENT page)) COLUMNS id text PATH 'h:caption/@id', body xml PATH 'h:tbody') t,
		XMLTABLE(XMLNAMESPACES('http://www.w3.org/1999/xhtml' AS h), '//h:tr' PASSING (xmlelement(NAME all, t.body)) COLUMNS n FOR ORDINALITY, line xml PATH '.') r
	WHERE t.id = cells.id || '-caption';
END;
CREATE FUNCTION report_test.caption(page text, id text) RETURNS SETOF text LANGUAGE sql STABLE
RETURN report_test.part(page, format('//h:caption[@id="%s-caption"]/h:span/text()', id));
-- a number as it is read in English
CREATE FUNCTION report_test.shown(number numeric) RETURNS text LANGUAGE sql STABLE
RETURN trim(to_char(number, 'FM999,999,999,990.00'));

-- ---------- another organization, which is larger
SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.opportunity (subject, estimated_revenue, decision_date, status) SELECT 'Elsewhere ' || n, n, CURRENT_DATE + n % 10, (CASE n % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'won' ELSE 'lost' END)::salesopp.opportunity_status
FROM generate_series(1, 500) n;
SET salesopp.organization_id = :organization;

-- ---------- names as somebody may give them
CREATE TABLE report_test.hostile (what text PRIMARY KEY, name text);
INSERT INTO report_test.hostile VALUES ('script', '<script>alert(1)</script>'), ('attribute', '" onmouseover="alert(1)'), ('entity', '&amp;&lt;&#60;&nbsp;'),
	('comment', '<!-- ]]> --> </style></svg></td>'), ('control', E'Bell\x07 and tab\tand line\nand \x1b[31mred'), ('emoji', '🚀 東京 é'), ('override', U&'abc \202E fed \2066 x'), ('long', repeat('W', 200));
GRANT SELECT ON report_test.hostile TO regress_report_reader;
CREATE FUNCTION report_test.hostile(what text) RETURNS text LANGUAGE sql STABLE RETURN (SELECT h.name FROM report_test.hostile h WHERE h.what = hostile.what);
INSERT INTO salesopp.company (id, name) VALUES (77900001, report_test.hostile('script')), (77900002, report_test.hostile('attribute'));
INSERT INTO salesopp.employee (id, initials, name) VALUES (77900001, '<i>&', 'Kari');
INSERT INTO salesopp.loss_reason (id, name) VALUES (77900001, 'Price <too> "high" & more'), (77900002, 'Silence');
INSERT INTO salesopp.competitor (id, name) VALUES (77900001, '</td><script src="//evil.example/x.js">');
INSERT INTO salesopp.sales_process (id, name) VALUES (77900001, 'Process <script>');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES (77900001, 1, 'First & "foremost"', 10), (77900001, 2, '<img src=x onerror=alert(1)>', 50), (77900001, 3, 'Signed', 100);
-- open: decided yesterday, today, in 7 and in 8 days
INSERT INTO salesopp.opportunity (id, subject, company_id, responsible_id, estimated_revenue, progress_method, progress, decision_date)
SELECT 77900100 + n, h.name, 77900001 + n % 2, 77900001, 1000 * n, 'manual', 10 * n, CURRENT_DATE + days
FROM (VALUES (1, 'script', -1), (2, 'attribute', 0), (3, 'entity', 7), (4, 'comment', 8), (5, 'control', 1), (6, 'emoji', 2), (7, 'override', 3), (8, 'long', 4)) v (n, what, days)
JOIN report_test.hostile h USING (what);
INSERT INTO salesopp.opportunity (id, subject, sales_process_id, estimated_revenue) SELECT 77900200 + n, 'Staged ' || n, 77900001, 100 FROM generate_series(1, 5) n;
SELECT count(s.position) FROM generate_series(77900201, 77900204) id, salesopp.set_stage_status(id, 1, 'completed') s;
-- closed: a month ago, and now
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, actual_revenue, status, created_at, changed_at, closed_at, close_date) VALUES
	(77900301, 'Won a month ago', 5000, 5000, 'won', now() - interval '60 days', now() - interval '30 days', now() - interval '30 days', CURRENT_DATE - 30),
	(77900302, 'Won six days ago', 6000, 6500.5, 'won', now() - interval '60 days', now() - interval '6 days', now() - interval '6 days', CURRENT_DATE - 6),
	(77900303, 'Lost six days ago', 7000, NULL, 'lost', now() - interval '60 days', now() - interval '6 days', now() - interval '6 days', CURRENT_DATE - 6);
SELECT id, status, closed_at < now() - interval '7 days' AS long_ago FROM salesopp.opportunity WHERE organization_id = :organization AND id > 77900300 AND status <> 'open' ORDER BY id;
SELECT o.status FROM salesopp.close_won(77900201, 123.45) o;
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, competitor_id) VALUES (77900001, 77900202, 77900001);
SELECT o.status FROM salesopp.close_lost(77900202, 77900001, 77900001) o;
SELECT o.status FROM salesopp.close_lost(77900203, 77900001) o;
-- twenty and more that were won quickly, so that it is known what is usual at the first stage
INSERT INTO salesopp.opportunity (id, subject, sales_process_id, estimated_revenue) SELECT 77900400 + n, 'Quick ' || n, 77900001, n FROM generate_series(1, 22) n;
SELECT count(s.position) FROM generate_series(77900401, 77900422) id, salesopp.set_stage_status(id, 1, 'completed') s;
SELECT count(*) FROM salesopp.set_status(ARRAY(SELECT 77900400 + n FROM generate_series(1, 22) n), 'won');
SET ROLE regress_report_reader;
SET search_path = report_test, salesopp, test, public;
SELECT report_html() AS page, report_html(language => 'nb') AS side, report_html('{"responsible_id": 77900001}', '-infinity', 5000) AS theirs \gset

-- ---------- it is one page, well-formed, of ASCII, that loads nothing and runs nothing
SELECT p.name, p.page ~ '^[\x20-\x7e\n]*$' AS is_ascii, p.page !~* '<(script|img|iframe|link|object|embed|base|form|a|i|b|image|use)[ />]' AS has_no_strangers,
	p.page !~* 'url|@import' AS loads_nothing, p.page LIKE '<!DOCTYPE html>%' AS is_html
FROM (VALUES ('page', :'page'), ('side', :'side'), ('theirs', :'theirs')) p (name, page);
SELECT DISTINCT e FROM (VALUES (:'page'), (:'side'), (:'theirs')) p (page), LATERAL (SELECT (regexp_matches(page, '</([a-z]\w*)>', 'g'))[1] AS e) e ORDER BY e;
SELECT DISTINCT a FROM (VALUES (:'page'), (:'side'), (:'theirs')) p (page), LATERAL (SELECT (regexp_matches(page, '<([a-z]\w*) ([^>]*)>', 'g'))[2] AS tag) t, LATERAL (SELECT (regexp_matches(tag, '([\w:-]+)="', 'g'))[1] AS a) a ORDER BY a;
SELECT part(:'page', '/h:html/h:head/h:meta[@http-equiv]/@content');
SELECT part(:'page', '/h:html/@lang') AS page, part(:'side', '/h:html/@lang') AS side, part(:'page', '/h:html/h:head/h:title/text()') AS title;
-- each id once, and what is referred to is there
SELECT count(*) > 20 AS ids, count(*) = count(DISTINCT id) AS each_once FROM part(:'page', '//@id') id;
SELECT array_agg(word) FILTER (WHERE word NOT IN (SELECT part(:'page', '//@id'))) AS missing, count(*) > 10 AS words FROM part(:'page', '//@aria-labelledby') l, regexp_split_to_table(l, ' ') word;
-- styles of pictures act on them alone
SELECT count(*) AS rules, bool_and(rule ~ '^#salesopp-\w+-[0-9a-f]{8} \.so-\w+ $') AS own FROM part(:'page', '//s:style/text()') style, LATERAL (SELECT (regexp_matches(style, '^([^@}\n]*)\{', 'gn'))[1] AS rule) r;
-- headings, and cells that say what they head
SELECT part(:'page', '//h:h1/text() | //h:h2/text()') ~ '^Won and lost since ' AS is_since, regexp_replace(part(:'page', '//h:h1/text() | //h:h2/text()'), 'since .*', 'since ...') AS en,
	regexp_replace(part(:'side', '//h:h1/text() | //h:h2/text()'), 'siden [^s].*', 'siden ...') AS nb;
SELECT (SELECT count(*) FROM part(:'page', '//h:table')) AS tables, (SELECT count(*) FROM part(:'page', '//h:table[h:caption and h:thead and h:tbody]')) AS whole,
	(SELECT count(*) FROM part(:'page', '//h:th[not(@scope)]')) AS unscoped, (SELECT count(*) FROM part(:'page', '//h:thead//h:td | //h:tr[not(h:th)]')) AS unheaded,
	(SELECT count(*) FROM part(:'page', '//h:tbody/h:tr[count(*) != count(../../h:thead/h:tr/*) and not(h:th[@scope="rowgroup"])]')) AS uneven;

-- ---------- what is on it is what the functions tell
SELECT c.cells = concat_ws(' | ', initcap(s.status), s.opportunities, shown(s.estimated_revenue), shown(s.pipeline), shown(s.highest)) AS same, s.status
FROM summary() WITH ORDINALITY s FULL JOIN cells(:'page', 'summary') c ON c.n = s.ordinality ORDER BY c.n;
SELECT part(:'page', '//h:table[h:caption/@id="summary-caption"]//s:rect/@fill') AS flag;
-- the pictures as they are; these of since and until now
SELECT strpos(:'page', forecast_svg()) > 0 AS forecast, strpos(:'theirs', forecast_svg('{"responsible_id": 77900001}', 5000)) > 0 AS theirs,
	strpos(:'side', forecast_svg(language => 'nb')) > 0 AS side, strpos(:'theirs', change_svg('-infinity', NULL, criteria => '{"responsible_id": 77900001}')) > 0 AS change;
SELECT (part(:'page', '//s:desc/text()') LIKE 'At the start: %. New: +%. At the end: ' || shown(s.estimated_revenue) || ' (' || s.opportunities || ').') AS ends_with_summary FROM summary() s WHERE s.status = 'open' LIMIT 1;
SELECT c.cells FROM cells(:'page', 'stages') c ORDER BY n;
SELECT c.cells = concat_ws(' | ', s.name, s.reached, s.went_on, s.won, s.lost, s.still_there, round(100.0 * (s.went_on + s.won) / s.reached)) AS same
FROM stage_conversion() WITH ORDINALITY s JOIN cells(:'page', 'stages') c ON c.n = s.ordinality + 1;
SELECT part(:'page', '//h:table[h:caption/@id="stages-caption"]//s:rect/@width') AS bar;
SELECT caption(:'page', 'stalled'), (SELECT array_agg(opportunity_id) FROM stalled()) AS stalled;
SELECT c.cells FROM cells(:'page', 'stalled') c;
-- today and the next 7 days, with the colours of the view; and those that have passed
SELECT caption(:'page', 'soon'), caption(:'page', 'passed');
SELECT c.n, l.id, l.decision_color, strpos(c.cells, btrim(regexp_replace(l.subject, '[\s\x01-\x1f]+', ' ', 'g'))) = 1 AS subject, strpos(c.cells, to_char(l.decision_date, 'FMDD Mon YYYY')) > 0 AS date,
	c.cells LIKE '%' || concat_ws(' | ', shown(l.estimated_revenue), trim_scale(l.progress), shown(l.weighted_value)) AS figures
FROM cells(:'page', 'soon') c FULL JOIN (SELECT row_number() OVER (ORDER BY decision_date, id) AS n, * FROM opportunity_list WHERE decision_color IN ('green', 'blue')) l USING (n) ORDER BY n;
SELECT part(:'page', '//h:table[h:caption/@id="soon-caption"]//s:rect/@fill') AS color;
SELECT c.cells ~ '^<script>alert\(1\)</script>" onmouseover' AS passed, part(:'page', '//h:table[h:caption/@id="passed-caption"]//s:rect/@fill') AS color FROM cells(:'page', 'passed') c;
-- closed since then: the most valuable first, no more than are shown, and how many more
SELECT caption(:'page', 'won'), caption(:'page', 'lost'), caption(:'page', 'reasons');
SELECT c.n, replace(c.cells, to_char(CURRENT_DATE, 'FMDD Mon YYYY'), 'today') AS cells FROM cells(:'page', 'won') c WHERE n <> 1;
SELECT c.cells = concat_ws(' | ', 'Won six days ago', 'none', to_char(CURRENT_DATE - 6, 'FMDD Mon YYYY'), '6,500.50') AS first FROM cells(:'page', 'won') c WHERE n = 1;
SELECT part(:'page', '//h:p[@class="more"]/text()') AS en, part(:'side', '//h:p[@class="more"]/text()') AS nb;
SELECT replace(replace(c.cells, to_char(CURRENT_DATE, 'FMDD Mon YYYY'), 'today'), to_char(CURRENT_DATE - 6, 'FMDD Mon YYYY'), 'six days ago') AS cells FROM cells(:'page', 'lost') c;
SELECT c.cells FROM cells(:'page', 'reasons') c;
-- since: an instant
SELECT caption(report_html(since => closed_at), 'won') AS with_it, caption(report_html(since => closed_at + interval '1 microsecond'), 'won') AS without FROM opportunity WHERE id = 77900301;
SELECT part(report_html('{"id": 77900301}', '-infinity'), '//h:h2[@id="results-heading"]/text()');
-- what it is of
SELECT part(:'page', '//h:main/h:p/h:bdi/text()') AS organization, regexp_replace(part(:'page', '//h:main/h:p/text()'), '.*\d\d:\d\d', '...') AS of;
SELECT part(report_html('{"subject": "<b>%", "status": "open"}', language => 'nb'), '//h:main/h:p[last()]/text()');
-- what the history does not know of is said, and the rest is there; what there is none of, too
SELECT part(report_html('{"text": "Staged", "accents": "ignore", "status": "open"}'), '//h:section[@aria-labelledby="change-heading"]/h:p/text()') AS en,
	part(report_html('{"priority": "high"}', language => 'nb'), '//h:section[@aria-labelledby="change-heading"]/h:p/text()') AS nb;
SELECT part(report_html('{"text": "Staged"}'), '//h:section//h:table/h:caption/h:span/text()') AS caption;
SELECT part(report_html('{"id": 0}'), '//h:section/h:p/text() | //s:svg/s:text[not(contains(., ":"))]/text()') AS none;
SELECT report_html('{}') = report_html(NULL) AS by_null, (SELECT count(*) FROM part(report_html(NULL, '-infinity', NULL, NULL), '//h:section')) AS sections;
-- no text of users does anything, wherever it stands
SELECT h.what, count(*) FROM hostile h JOIN part(:'page', '//h:bdi') b ON b = format('<bdi xmlns="http://www.w3.org/1999/xhtml">%s</bdi>', replace(replace(replace(regexp_replace(h.name, '[\x01-\x1f]', ' ', 'g'), '&', '&amp;'), '<', '&lt;'), '>', '&gt;')) GROUP BY h.what ORDER BY h.what;

-- ---------- before anything is computed
SELECT regexp_replace(outcome('SELECT report_html(' || arguments || ')'), '\d{4}-.*', '...') AS outcome, arguments FROM unnest(ARRAY['since => NULL', 'since => now() + interval ''1 day''', 'since => ''infinity''', 'quota => ''NaN''', 'quota => ''Infinity''', 'quota => ''-Infinity''', 'quota => -0.01', 'quota => 1e40',
	'language => ''xx''', 'language => ''''', '''[]''', '''{"colour": 1}''', '''{"id": 0}'', now() - interval ''1 day'', 0, ''en''', 'NULL, ''-infinity'', NULL, NULL']) arguments ORDER BY 1, 2;
SELECT outcome('SELECT report_html(''{"colour": 1}'', NULL, ''NaN'', ''xx'')') AS first, outcome('SELECT report_html(''{"colour": 1}'', NULL, ''NaN'')') AS second, outcome('SELECT report_html(''{"colour": 1}'', quota => ''NaN'')') AS third;
RESET ROLE;
SET ROLE regress_report_nobody;
SELECT outcome('SELECT salesopp.report_html()');
RESET ROLE;

-- ---------- of an organization that has nothing, and of none
SET salesopp.organization_id = :nothing;
SET ROLE regress_report_reader;
SELECT part(report_html(), '//h:section/h:p/text() | //s:svg/s:text[not(contains(., ":"))]/text()') AS none;
SELECT cells FROM cells(report_html(language => 'nb'), 'summary');
RESET ROLE;
-- a process with more stages than are shown
INSERT INTO salesopp.sales_process (id, name) VALUES (77900002, 'Long');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) SELECT 77900002, n, 'Stage ' || n, n FROM generate_series(1, 52) n;
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (77900501, 'Slow', 77900002);
DO $$
BEGIN
	FOR stage IN 1..51 LOOP
		PERFORM salesopp.set_stage_status(77900501, stage, 'completed');
		COMMIT;
	END LOOP;
END $$;
SET ROLE regress_report_reader;
SELECT (SELECT count(*) FROM stage_conversion()) AS stages, (SELECT count(*) FROM cells(page, 'stages')) AS lines, part(page, '//h:p[@class="more"]/text()') FROM report_html() page;
RESET ROLE;
RESET salesopp.organization_id;
SET ROLE regress_report_reader;
SELECT count(*) FROM part(report_html(), '//h:section');
RESET ROLE;
-- the same without statistics, and whatever numbers and dates look like in SQL
SET salesopp.organization_id = :organization;
SET ROLE regress_report_reader;
CREATE TEMP TABLE before AS SELECT report_html('{"status": ["open", "lost"]}', '2026-01-01') AS page;
RESET ROLE;
ANALYZE salesopp.opportunity, salesopp.opportunity_history, salesopp.stage;
SET ROLE regress_report_reader;
SET datestyle = 'german'; SET extra_float_digits = -15; SET lc_numeric = 'C'; SET intervalstyle = 'sql_standard';
SELECT regexp_replace(report_html('{"status": ["open", "lost"]}', '2026-01-01'), ' \d\d:\d\d', '', 'g') = regexp_replace(page, ' \d\d:\d\d', '', 'g') AS same FROM before;
DROP TABLE before;
RESET datestyle; RESET extra_float_digits; RESET lc_numeric; RESET intervalstyle;
RESET ROLE;
RESET search_path;
RESET TimeZone;
RESET salesopp.organization_id;
DROP SCHEMA report_test CASCADE;
DROP OWNED BY regress_report_reader;
DROP ROLE regress_report_reader, regress_report_nobody;
