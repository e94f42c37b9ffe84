-- N1, N2 Pictures of the past: what is in them is what the functions tell, in order, in words and in both languages
-- Also on several servers.
\set SHOW_CONTEXT never
CREATE SCHEMA history_svg_test;
SELECT salesopp.create_organization('Pictures of the past') AS organization \gset
CREATE ROLE regress_history_svg_reader LOGIN;
SELECT salesopp.grant_access('regress_history_svg_reader', 'reader');
GRANT USAGE ON SCHEMA history_svg_test TO regress_history_svg_reader;
CREATE FUNCTION history_svg_test.part(picture text, path text) RETURNS SETOF text LANGUAGE sql STABLE
RETURN unnest(xpath(path, picture::xml, '{{s, http://www.w3.org/2000/svg}}')::text[]);
SET salesopp.organization_id = :organization;
SET TimeZone = 'UTC';
UPDATE salesopp.organization SET time_zone = 'UTC' WHERE id = :organization;
-- one stays, one comes, one is won and one is lost
INSERT INTO salesopp.opportunity (id, subject, progress_method, progress, estimated_revenue, status, close_date,
	created_at, changed_at) VALUES
	(770150001, 'Stays', 'manual', 50, 1000000, 'open', NULL, '2026-01-10', '2026-01-10'),
	(770150002, 'Comes', 'manual', 50, 500000.55, 'open', NULL, '2026-02-10', '2026-02-10'),
	(770150003, 'Is won', 'manual', 50, 700000, 'won', '2026-02-15', '2026-01-05', '2026-02-15 12:00'),
	(770150004, 'Is lost <&>', 'manual', 50, 300000, 'lost', '2026-02-20', '2026-01-05', '2026-02-20 12:00');
SET ROLE regress_history_svg_reader;
SET search_path = history_svg_test, salesopp, test, public;

-- N2 the steps, each with its colour; where the bar of one ends, that of the next begins
SELECT change_svg('2026-02-01', '2026-03-01') AS picture \gset
SELECT part(:'picture', '//s:g/s:title/text()') AS step, part(:'picture', '//s:g/s:rect[2]/@fill') AS fill;
SELECT sum(amount) FILTER (WHERE bucket <> 'end') = sum(amount) FILTER (WHERE bucket = 'end') AS adds_up,
	count(*) FILTER (WHERE opportunities > 0)
	= (SELECT count(*) FROM part(:'picture', '//s:g')) AS all_shown
FROM pipeline_change('2026-02-01', '2026-03-01') WHERE bucket NOT IN ('won_at', 'won_new', 'lost_new');
SELECT n, x > 0 AND width > 0 AND x + width <= 576 AS inside,
	CASE WHEN n IN (2, 3) THEN x = lag(x + width) OVER (ORDER BY n) - CASE n WHEN 3 THEN width ELSE 0 END
		WHEN n = 4 THEN abs(x + width - lag(x) OVER (ORDER BY n)) <= 1 END AS meets
FROM XMLTABLE(XMLNAMESPACES('http://www.w3.org/2000/svg' AS s), '//s:g' PASSING (:'picture'::xml)
	COLUMNS n FOR ORDINALITY, x int PATH 's:rect[2]/@x', width int PATH 's:rect[2]/@width') b ORDER BY n;
SELECT part(:'picture', '/s:svg/s:title/text()'), part(:'picture', '/s:svg/@width') AS width, part(:'picture', '/s:svg/@height') AS height;
SELECT part(:'picture', '/s:svg/s:desc/text()');
-- amounts in full, as they add up, where there is room
SELECT part(:'picture', '//s:g/s:text[2]/text()');
-- in Norwegian; of what meets criteria; weighted; of nothing
SELECT part(change_svg('2026-02-01', '2026-03-01', language => 'nb'), '//s:g/s:text[1]/text()');
SELECT part(change_svg('2026-02-01', '2026-03-01', criteria => '{"id": 770150001}'), '//s:g/s:title/text()');
SELECT part(change_svg('2026-02-01', '2026-03-01', measure => 'weighted'), '//s:g/s:title/text()');
-- which measure and which decision dates it is of; there is room for the longest
SELECT part(change_svg('2026-02-01', '2026-03-01', '2026-01-01', NULL, measure => 'weighted'), '/s:svg/s:text/text()');
SELECT part(change_svg('2026-02-01', '2026-03-01', '2026-01-01', 'infinity', language => 'nb'), '/s:svg/s:text/text()');
SELECT part(change_svg('2026-02-01', '2026-03-01', NULL, '2026-05-31', measure => 'weighted', language => 'nb'), '/s:svg/s:title/text()');
SELECT part(change_svg('-infinity', '2025-01-01'), '//s:g/s:title/text()');
SELECT part(change_svg('-infinity', NULL, language => 'nb'), '/s:svg/s:title/text()');

-- N1 a point for each instant, the estimates above the pipeline
SELECT series_svg('2026-01-01', '2026-03-01', '10 days') AS picture \gset
SELECT part(:'picture', '//s:rect/s:title/text()');
SELECT regexp_count(path, '[ML]') AS points FROM part(:'picture', '//s:path[@fill="none"]/@d') path;
SELECT part(:'picture', '//s:text[@text-anchor="start" or @text-anchor="middle" or @text-anchor="end"]/text()') AS label;
SELECT part(:'picture', '/s:svg/s:desc/text()');
SELECT part(series_svg('2025-01-01', '2025-02-01', language => 'nb'), '//s:text/text()');
-- however many instants there are, the dates keep apart: each is 70 pixels wide at most
SELECT more FROM generate_series(0, 13) more, LATERAL (
	SELECT x - CASE anchor WHEN 'start' THEN 0 WHEN 'middle' THEN 35 ELSE 70 END AS "left", lag(x + CASE anchor WHEN 'start' THEN 70 WHEN 'middle' THEN 35 ELSE 0 END) OVER (ORDER BY n) AS behind
	FROM XMLTABLE(XMLNAMESPACES('http://www.w3.org/2000/svg' AS s), '//s:text[@font-size="11" and contains(., " 202")]'
		PASSING (series_svg('2026-03-01', '2026-03-01'::timestamptz + make_interval(days => 20 * more), '20 days')::xml)
		COLUMNS n FOR ORDINALITY, x int PATH '@x', anchor text PATH '@text-anchor') d
) label WHERE behind + 4 > "left";
-- an instant alone, and more than can be pointed at
SELECT count(*) FROM part(series_svg('2026-02-01', '2026-02-01'), '//s:rect/s:title');
SELECT count(*) FROM part(series_svg('2026-01-01', '2026-02-28', '1 hour'), '//s:rect/s:title');

-- what the functions refuse, the pictures refuse
SELECT outcome(statement) FROM unnest('{"SELECT change_svg(''2999-01-01'', ''2999-02-01'')", "SELECT change_svg(''2026-03-01'', ''2026-02-01'')",
	"SELECT change_svg(''2026-02-01'', measure => ''x'')", "SELECT change_svg(''2026-02-01'', criteria => ''{\"subject\": \"x\"}'')",
	"SELECT change_svg(''2026-02-01'', language => ''xx'')", "SELECT series_svg(''2999-01-01'', ''2999-02-01'')",
	"SELECT series_svg(''2026-01-01'', step => ''0'')",
	"SELECT series_svg(''2026-01-01'', language => ''xx'')"}'::text[]) statement;
RESET ROLE;
RESET search_path;
RESET TimeZone;
DROP SCHEMA history_svg_test CASCADE;
DROP OWNED BY regress_history_svg_reader;
DROP ROLE regress_history_svg_reader;
