-- F9.7 Wildcards: AS% starts with AS, %AS ends with AS, AS contains AS, in any case; only % is one.
\pset null '(null)'
SET search_path = salesopp;

-- F9.7 what the words say
SELECT pattern, value, matches(value, pattern), to_like(pattern)
FROM (VALUES
	(1, 'AS%', 'AS Oslo'), (2, 'AS%', 'as oslo'), (3, 'AS%', 'Oslo AS'), (4, 'AS%', 'AS'),
	(5, '%AS', 'Oslo AS'), (6, '%AS', 'AS Oslo'), (7, '%AS', 'as'),
	(8, 'AS', 'Basar'), (9, 'AS', 'AS'), (10, 'AS', 'A S'), (11, 'AS', 'a'),
	(12, '%AS%', 'Basar'), (13, 'A%S', 'AS'), (14, 'A%S', 'Atlas'), (15, 'A%S', 'Atlas.'), (16, 'A%S', 'x AS'),
	-- a percent sign, a backslash, an underscore
	(20, '100\%', 'It is 100% sure'), (21, '100\%', 'It is 1000 sure'), (22, '100\%%', '100% sure'),
	(23, '100\%%', 'It is 100% sure'), (24, '%\%', 'sure 100%'), (25, '%\%', 'sure 100'),
	(30, 'a\\b', 'A\B'), (31, 'a\\b', 'A\\B'), (32, '\\%', '\x'), (33, '\\%', 'x\x'), (34, '\\\%', 'a\%'),
	(35, '\a', '\A'), (36, '\a', 'A'), (37, '\_', '\_'), (38, '\_', '_'),
	(40, 'a_b', 'a_b'), (41, 'a_b', 'axb'), (42, '_', 'x'), (43, '%_', 'x_'),
	-- a backslash at the end stands for itself
	(50, '\', 'a\b'), (51, '\', 'ab'), (52, 'a\', 'a\'), (53, '%\', 'x\'), (54, '%\', 'x\y'), (55, '\\\', 'a\\'), (56, '\\\', 'a\'),
	-- nothing
	(60, '', ''), (61, '', 'x'), (62, '%', ''), (63, '%', 'x'), (64, '%%', 'x'), (65, 'x', ''), (66, '%x', ''),
	(67, NULL, 'x'), (68, 'x', NULL),
	-- the pieces may not overlap
	(70, 'ab%ba', 'aba'), (71, 'ab%ba', 'abba'), (72, 'aa%aa', 'aaa'), (73, 'aa%aa', 'aaaa'), (74, 'a%a%a', 'aa'),
	(75, 'a%a%a', 'aaa'), (76, '%ab%ab%', 'abab'), (77, '%ab%ab%', 'ab'), (78, '%aab%', 'aaab')
	) v (n, pattern, value)
ORDER BY n;

-- F9.7 case, as the database's locale has it, and more bytes than one
SELECT pattern, value, matches(value, pattern)
FROM (VALUES
	(1, 'ÆRLIG%', 'ærlig talt'), (2, 'ø', 'BLØT'), (3, '%ÅS', 'Brekkås'), (4, 'Ä', 'Bär'), (5, 'strasse', 'Straße'),
	(6, 'STRAßE', 'Straße'), (7, 'ΣΟΦΙΑ', 'σοφια'), (8, 'привет', 'ПРИВЕТ'), (9, '😀%', '😀 smil'), (10, '😀', 'smil 😁'),
	(11, '東京%', '東京都'), (12, 'a', 'å'), (13, 'e' || U&'\0301', 'é'), (14, 'DŽ', 'dž'),
	-- a sigma at the end of a word is the same letter
	(15, 'ΟΔΟΣ', 'ΟΔΟΣΑ'), (16, 'ΟΔΟΣ%', 'οδοσ'), (17, 'Σ', 'ς'), (18, 'ς', 'ΟΔΟς'), (19, 'σας', 'ΣΑΣ'), (20, 'ΣΑΣ', 'σας'),
	-- composed or not, in each of the ways
	(21, 'Café', U&'Cafe\0301'), (22, U&'CAFE\0301%', 'café'), (23, 'cafe', U&'Cafe\0301'), (24, U&'o\0323\0302', U&'\1ED8'),
	(25, U&'\212B', 'å'), (26, U&'%\1112\1161\11AB', '한'),
	(27, U&'%\0301', 'é'), (28, 'kg', U&'5 \212Ag')) v (n, pattern, value)
ORDER BY n;

-- F9.7 no pattern takes long: each of these would, tried piece by piece from every place
SELECT matches(repeat('a', 1000000), '%a%a%a%a%a%a%a%a%b') AS many_wildcards,
	matches(repeat('a', 1000000), repeat('%a', 1000) || '%b') AS a_thousand,
	matches(repeat('a', 1000000), repeat('a%', 1000)) AS a_thousand_found,
	matches(repeat('ab', 500000), '%' || repeat('ab', 1000) || 'c%') AS almost,
	matches('b' || repeat('a', 1000000), 'a%') AS beginning;

-- F9.7 long texts, which are put into lower case in pieces: a character may stand across two
SELECT length, matches(value, 'ÆZ') AS found, matches(value, '%æz') AS ends, matches(value, 'ææ') AS no_other
FROM generate_series(16 * 1024 * 1024 - 3, 16 * 1024 * 1024 + 1) length,
	LATERAL (SELECT repeat('A', length::integer) || 'æZ') v (value);
SELECT matches(repeat('Ø', 9 * 1024 * 1024) || 'x', '%øX') AS two_bytes_each,
	matches(repeat('Ø', 9 * 1024 * 1024), 'x') AS not_in_it;
SELECT length(pattern), matches(pattern, pattern) AS itself, matches('x' || pattern, pattern) AS contained,
	matches('x' || pattern, pattern || '%') AS begins, matches('short', pattern) AS too_long,
	length(to_like(pattern))
FROM (SELECT repeat('ab_ø', 10 * 1024 * 1024 / 5)) p (pattern);

-- F9.7 values and patterns as tables keep them: compressed, out of line, both
CREATE TABLE test.kept (n integer, compressed text, outside text, mixed text, pattern text);
ALTER TABLE test.kept ALTER outside SET STORAGE EXTERNAL, ALTER pattern SET STORAGE EXTERNAL;
INSERT INTO test.kept SELECT n, v.text, v.text,
	v.text || (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 2000) i), right(v.text, 5000)
FROM generate_series(1, 4) n, LATERAL (SELECT repeat('Ø', 20000) || 'End ' || n) v (text);
SELECT n, pg_column_size(compressed) < 2000 AS compressed, pg_column_size(outside) > 40000 AS outside,
	pg_column_size(pattern) > 5000 AS pattern_outside FROM test.kept ORDER BY n;
SELECT v.n, string_agg(p.n::text, ' ' ORDER BY p.n) AS patterns FROM test.kept v JOIN test.kept p ON matches(v.compressed, p.pattern)
	AND matches(v.outside, '%' || p.pattern) AND matches(v.mixed, p.pattern) AND NOT matches(v.mixed, '%' || p.pattern)
	GROUP BY v.n ORDER BY v.n;
DROP TABLE test.kept;

-- the pattern may change from row to row
SELECT string_agg(pattern, ' ' ORDER BY n) FROM (VALUES (1, 'a%'), (2, 'b%'), (3, '%a'), (4, 'a%'), (5, 'A%')) p (n, pattern)
WHERE matches('axb', pattern);

-- It is leakproof, which an index needs under row security, and parallel safe.
SELECT proname, proleakproof, provolatile, proparallel, proisstrict FROM pg_catalog.pg_proc
WHERE pronamespace = 'salesopp'::regnamespace AND proname IN ('matches', 'to_like') ORDER BY 1;

-- F9.7 Random texts and patterns of an alphabet that hurts: the index, the table read through, and a
-- translation into regular expressions agree.
CREATE FUNCTION test.random_text(max_length integer) RETURNS text LANGUAGE sql AS $$
	SELECT COALESCE(string_agg(substr(U&'aAbB%_\\ .*(æÆøØ😀éeσςΣ\0301\0323kK\212A;\037E\1EB9', 1 + floor(random() * 29)::integer, 1),
		''), '')
	FROM generate_series(1, floor(random() * (max_length + 1))::integer)
$$;
\getenv tests PG_ABS_SRCDIR
\set definition :tests '/definitions/wildcard.sql'
\set ECHO none
\i :definition
\set ECHO all
SELECT setseed(0.42);
CREATE TABLE test.random_texts AS SELECT n, test.random_text(12) AS value FROM generate_series(1, 400) n;
CREATE TABLE test.random_patterns AS SELECT n, test.random_text(5) AS pattern FROM generate_series(1, 400) n;
CREATE INDEX random_texts_trgm ON test.random_texts USING gin (value public.gin_trgm_ops);
ANALYZE test.random_texts;
CREATE TABLE test.found (how text, text_number integer, pattern_number integer);

INSERT INTO test.found SELECT 'expression', t.n, p.n
FROM (SELECT n, wildcard.folded(value) AS value FROM test.random_texts OFFSET 0) t,
	(SELECT n, wildcard.expression(pattern) AS expression FROM test.random_patterns OFFSET 0) p
WHERE t.value ~ p.expression;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
INSERT INTO test.found SELECT 'table', t.n, p.n FROM test.random_texts t, test.random_patterns p
WHERE matches(t.value, p.pattern);
RESET enable_bitmapscan;
SET enable_seqscan = off;
-- in a join, with a plan of its own for each pattern, and with one for all
SELECT test.plan_steps('SELECT FROM test.random_patterns p JOIN test.random_texts t ON salesopp.matches(t.value, p.pattern)',
	'random_texts_trgm') AS join_uses_index,
	test.plan_steps($$SELECT FROM test.random_texts WHERE salesopp.matches(value, 'a\%b')$$, 'random_texts_trgm') AS constant_uses_index;
PREPARE by_value(text) AS SELECT FROM test.random_texts WHERE matches(value, $1);
SET plan_cache_mode = force_generic_plan;
SELECT test.plan_steps($$EXECUTE by_value('x')$$, 'random_texts_trgm') AS parameter_uses_index;
RESET plan_cache_mode;
DEALLOCATE by_value;
INSERT INTO test.found SELECT 'join', t.n, p.n FROM test.random_patterns p
JOIN test.random_texts t ON matches(t.value, p.pattern);
DO $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT * FROM test.random_patterns LOOP
		SET LOCAL plan_cache_mode = force_custom_plan;
		INSERT INTO test.found SELECT 'constant', t.n, p.n FROM test.random_texts t
		WHERE salesopp.matches(t.value, p.pattern);
	END LOOP;
	FOR p IN SELECT * FROM test.random_patterns LOOP
		SET LOCAL plan_cache_mode = force_generic_plan;
		INSERT INTO test.found SELECT 'parameter', t.n, p.n FROM test.random_texts t
		WHERE salesopp.matches(t.value, p.pattern);
	END LOOP;
END;
$$;
RESET enable_seqscan;
RESET enable_indexscan;
SELECT count(*) AS pairs, count(DISTINCT value) > 300 AS texts_differ, count(DISTINCT pattern) > 200 AS patterns_differ
FROM test.random_texts, test.random_patterns;
SELECT how, count(*) > 1000 AS finds, count(*) FILTER (WHERE NOT EXISTS (
		SELECT FROM test.found e WHERE e.how = 'expression' AND e.text_number = f.text_number
			AND e.pattern_number = f.pattern_number)) AS too_many,
	(SELECT count(*) FROM test.found e WHERE e.how = 'expression') - count(*) AS too_few
FROM test.found f GROUP BY how ORDER BY how COLLATE "C";

-- F9.7 The index of the list's subjects, for whom row security hides other organizations too
CREATE ROLE regress_wildcard_seller LOGIN;
SELECT grant_access('regress_wildcard_seller', 'seller');
SELECT create_organization('Wildcards') AS organization \gset
SELECT create_organization('Wildcards elsewhere') AS elsewhere \gset
SET row_security = off;
INSERT INTO opportunity (organization_id, id, subject, note, created_at, changed_at)
SELECT CASE WHEN n % 2 = 0 THEN :organization ELSE :elsewhere END, 770100000 + n,
	md5(n::text) || CASE WHEN n % 500 < 2 THEN ' zebrawood' ELSE '' END, 'Note ' || n, now(), now()
FROM generate_series(1, 10000) n;
RESET row_security;
VACUUM ANALYZE opportunity;
SET salesopp.organization_id = :organization;
PREPARE by_subject(text) AS SELECT id FROM opportunity WHERE matches(subject, $1);
PREPARE by_note(text) AS SELECT id FROM opportunity WHERE matches(note, $1);
CREATE TABLE test.wanted AS SELECT 'zebrawood' AS pattern;
GRANT SELECT ON test.wanted TO regress_wildcard_seller;
-- who sees all
SELECT test.plan_steps($$SELECT id FROM salesopp.opportunity WHERE salesopp.matches(subject, 'zebrawood')$$,
	'Bitmap Index Scan on opportunity_subject_trgm') AS constant_uses_index,
	test.plan_steps($$SELECT o.id FROM test.wanted w JOIN salesopp.opportunity o ON salesopp.matches(o.subject, w.pattern)$$,
		'Bitmap Index Scan on opportunity_subject_trgm') AS join_uses_index;
SELECT count(*), count(*) FILTER (WHERE organization_id = :organization) AS own FROM opportunity WHERE matches(subject, 'ZEBRAWOOD');
SET ROLE regress_wildcard_seller;
SELECT test.plan_steps(query, 'Bitmap Index Scan on opportunity_subject_trgm') AS uses_index, query
FROM (VALUES
	(1, $$SELECT id FROM salesopp.opportunity WHERE salesopp.matches(subject, 'zebrawood')$$),
	(2, $$SELECT id FROM salesopp.opportunity WHERE salesopp.matches(subject, '%zebrawood')$$),
	(3, $$SELECT id FROM salesopp.opportunity WHERE salesopp.matches(subject, 'zeb%wood%')$$),
	(4, $$SELECT id FROM salesopp.opportunity WHERE salesopp.matches(subject, (SELECT 'zebrawood'))$$),
	(5, $$SELECT o.id FROM test.wanted w JOIN salesopp.opportunity o ON salesopp.matches(o.subject, w.pattern)$$),
	(6, $$SELECT id FROM salesopp.opportunity_list WHERE salesopp.matches(subject, 'zebrawood')$$),
	-- for these, which are not leakproof, it waits for the policy
	(7, $$SELECT id FROM salesopp.opportunity WHERE subject ILIKE '%zebrawood%'$$)) q (n, query)
ORDER BY n;
SET plan_cache_mode = force_generic_plan;
SELECT test.plan_steps($$EXECUTE by_subject('zebrawood')$$, 'Bitmap Index Scan on opportunity_subject_trgm') AS subject_uses_index,
	test.plan_steps($$EXECUTE by_note('1999')$$, 'Bitmap Index Scan on opportunity_note_trgm') AS note_uses_index;
RESET plan_cache_mode;
SELECT count(*), min(id), max(id) FROM opportunity WHERE matches(subject, 'ZEBRAWOOD');
SELECT count(*) FROM opportunity WHERE matches(subject, '%zebrawood') AND matches(note, 'Note 1%');
SELECT count(*) FROM test.wanted w JOIN opportunity o ON matches(o.subject, w.pattern);
-- the planner knows how rare a word is
SELECT test.plan_steps($$SELECT id FROM salesopp.opportunity WHERE salesopp.matches(subject, '%')$$,
	'opportunity_subject_trgm') AS index_for_all;
RESET ROLE;
DEALLOCATE by_subject;
DEALLOCATE by_note;

-- F9.7 a table of one's own with row security of one's own
CREATE TABLE test.own (n integer, owner name DEFAULT 'regress_wildcard_seller', value text);
INSERT INTO test.own SELECT n, CASE WHEN n % 2 = 0 THEN 'regress_wildcard_seller' END, md5(n::text)
	|| CASE WHEN n % 500 < 2 THEN ' ZebraWood' ELSE '' END
FROM generate_series(1, 10000) n;
CREATE INDEX own_trgm ON test.own USING gin (value public.gin_trgm_ops);
ANALYZE test.own;
ALTER TABLE test.own ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON test.own USING (owner = current_user);
GRANT SELECT ON test.own TO regress_wildcard_seller;
SET ROLE regress_wildcard_seller;
PREPARE own(text) AS SELECT n FROM test.own WHERE matches(value, $1);
SET plan_cache_mode = force_generic_plan;
SELECT test.plan_steps($$SELECT FROM test.own WHERE salesopp.matches(value, 'zebrawood')$$,
	'Bitmap Index Scan on own_trgm') AS constant_uses_index,
	test.plan_steps($$EXECUTE own('zebrawood')$$, 'Bitmap Index Scan on own_trgm') AS parameter_uses_index,
	test.plan_steps($$SELECT FROM test.wanted w JOIN test.own ON salesopp.matches(value, pattern)$$,
		'Bitmap Index Scan on own_trgm') AS join_uses_index;
RESET plan_cache_mode;
SELECT count(*), count(*) FILTER (WHERE n % 2 = 1) AS of_others FROM test.own WHERE matches(value, '%zebrawood');
RESET ROLE;
DEALLOCATE own;

-- F9.8 letters: digits and symbols together; the locale's upper case
SELECT subject, initial_letter(subject) FROM (VALUES (1, 'abc'), (2, 'Abc'), (3, 'ærlig'), (4, 'Øl'), (5, 'åpen'), (6, '1a'), (7, ' a'),
	(8, '😀'), (9, 'ßa'), (10, '_'), (11, 'éa'), (12, 'щ'), (13, ''), (14, NULL)) v (n, subject) ORDER BY n;

SET row_security = off;
DELETE FROM opportunity WHERE organization_id IN (:organization, :elsewhere);
RESET row_security;
DROP TABLE test.wanted, test.own, test.random_texts, test.random_patterns, test.found;
DROP FUNCTION test.random_text, wildcard.folded, wildcard.expression;
DROP SCHEMA wildcard;
DROP OWNED BY regress_wildcard_seller;
DROP ROLE regress_wildcard_seller;
