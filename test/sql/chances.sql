-- N4 Measured chances: intervals, Brier's score, what becomes of those who reach a stage, whether what was said came true.
\pset null '(null)'
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SELECT salesopp.create_organization('Chances') AS organization, salesopp.create_organization('Chances elsewhere') AS elsewhere \gset
CREATE ROLE regress_chances_reader LOGIN;
CREATE ROLE regress_chances_nobody LOGIN;
SELECT salesopp.grant_access('regress_chances_reader', 'reader');
SET salesopp.organization_id = :organization;
-- Part for part the same, but for the last binary digits
CREATE FUNCTION test.is_about(a double precision, b double precision, digits double precision DEFAULT 1e-12) RETURNS boolean
LANGUAGE sql RETURN abs(a - b) <= digits * greatest(abs(a), abs(b));

-- Wilson (Newcombe 1998, table I) and Jeffreys, of 95 %
SELECT x, n, round(w.lower::numeric, 7) AS wilson_lower, round(w.upper::numeric, 7) AS wilson_upper, round(j.lower::numeric, 7) AS jeffreys_lower,
	round(j.upper::numeric, 7) AS jeffreys_upper
FROM (VALUES (81, 263), (15, 148), (0, 20), (1, 29), (23, 60), (29, 29), (0, 0), (0, 1), (1, 1)) v (x, n), salesopp.wilson(x, n) w, salesopp.jeffreys(x, n) j;
-- Few and many: from nothing at all to more than a double can count. Wilson by its formula in numeric; Jeffreys by what is left of it
-- where one count is small (half of a chi-square) or both are large (the normal distribution), and values computed with 60 digits
SELECT c, round(z::numeric, 9) AS z, bool_and(test.is_about(w.upper, (p + zz / (2 * n) + h) / (1 + zz / n))) AS upper_is,
	bool_and(test.is_about(w.lower, (p + zz / (2 * n) - h) / (1 + zz / n), 1e-9)) AS lower_is, count(*)
FROM (VALUES (0.95, 1.959963984540054), (0.5, 0.6744897501960817), (0.99999, 4.417173413469023)) c (c, z),
	(VALUES (1, 2), (1, 1000000), (500000, 1000000), (999999, 1000000), (4503599627370496, 9007199254740992), (1000, 9007199254740992)) v (x, n),
	LATERAL (SELECT (z ^ 2)::numeric AS zz, x::numeric / n AS p) a, LATERAL (SELECT sqrt(zz * round(p * (1 - p), 40) / n + zz ^ 2 / (4 * n::numeric ^ 2)) AS h) b,
	salesopp.wilson(x, n, c) w
GROUP BY c, z ORDER BY c;
SELECT x, n, c, test.is_about(j.lower, v.lower, 1e-13) AS lower_is, test.is_about(j.upper, v.upper, 1e-13) AS upper_is
FROM (VALUES (1, 29, 0.95, 0.00374617364905707593, 0.150077686002231734), (81, 263, 0.95, 0.254521934991023482, 0.365647499174082404),
		(15, 148, 0.95, 0.0604485170092964438, 0.157643143478741168), (200, 201, 0.95, 0.976985194100138204, 0.999462671004369678),
		(3, 1000, 0.5, 0.0021278231447238594, 0.0045140143943220972), (1, 1000000, 0.95, 1.07897662465418733e-7, 4.67419204672982857e-6),
		(0, 1000000, 0.95, 0, 2.51193931074678358e-6), (0, 1, 0.95, 0, 0.853253683690424813), (1, 2, 0.5, 0.298013623350241395, 0.701986376649758605),
		(7, 20, 0.999, 0.0894264849425119322, 0.704591446917239016), (0, 9007199254740992, 0.95, 0, 5.02388618731488887 / 2 / 9007199254740992),
		(4503599627370496, 9007199254740992, 0.95, 0.5 - 1.959963984540054 / 2 / 94906265.62425156, 0.5 + 1.959963984540054 / 2 / 94906265.62425156)) v (x, n, c, lower, upper),
	salesopp.jeffreys(x, n, c) j;
-- The one counts what the other leaves; more trials and less confidence make it narrower; Wilson's has the rate in it
SELECT bool_and(test.is_about(a.lower, 1 - b.upper, 1e-9) AND test.is_about(1 - a.upper, b.lower, 1e-9)) AS mirrored,
	bool_and(test.is_about(ja.lower, 1 - jb.upper, 1e-9) AND test.is_about(1 - ja.upper, jb.lower, 1e-9)) AS jeffreys_mirrored,
	bool_and(a.lower <= x::float8 / n AND a.upper >= x::float8 / n) AS has_rate,
	bool_and(more.upper - more.lower < a.upper - a.lower AND less.upper - less.lower < a.upper - a.lower
		AND jmore.upper - jmore.lower < ja.upper - ja.lower AND jless.upper - jless.lower < ja.upper - ja.lower) AS narrower, count(*)
FROM unnest('{1,2,7,100,12345}'::bigint[]) n, LATERAL (SELECT DISTINCT v AS x FROM unnest(ARRAY[0, 1, n / 3, n - 1, n]) v) x, salesopp.wilson(x, n) a, salesopp.wilson(n - x, n) b,
	salesopp.jeffreys(x, n) ja, salesopp.jeffreys(n - x, n) jb, salesopp.wilson(2 * x, 2 * n) more, salesopp.wilson(x, n, 0.9) less,
	salesopp.jeffreys(2 * x, 2 * n) jmore, salesopp.jeffreys(x, n, 0.9) jless;
-- Next to no confidence: z is c * sqrt(pi / 2)
SELECT test.is_about(w.upper, pi() / 2 * 1e-18 / 10) AS narrow FROM salesopp.wilson(0, 10, 1e-9) w;
-- Counts and their rate are the same
SELECT bool_and(a = b) AS same FROM generate_series(0, 20) x, salesopp.wilson(x, 20) a, salesopp.weighted_wilson(x / 20.0::float8, 20) b;

-- Brier's score: what is said in percent against what came. Over no rows, and where one is not known
SELECT salesopp.brier_score(p, i <= w), round(251 / 1500.0, 16) AS is
FROM (VALUES (10, 3, 40), (30, 14, 50), (50, 17, 30), (70, 15, 20), (90, 9, 10)) v (p, w, n), generate_series(1, n) i;
SELECT salesopp.brier_score(p, w) FROM (VALUES (NULL, true), (50, NULL)) v (p, w);
SELECT salesopp.brier_score(p, w) FROM (VALUES (NULL, true), (50, NULL), (100, true), (0, false)) v (p, w);
SELECT salesopp.brier_score(p, w) FROM (VALUES (100, false), (0, true)) v (p, w);
SELECT salesopp.brier_score(p, w) FROM (VALUES (33.333, false), (0.00000001, true)) v (p, w);
SELECT test.outcome(format('SELECT salesopp.brier_score(%s, true)', p)) FROM unnest('{-0.01, 100.01, ''NaN'', ''Infinity'', ''-Infinity''}'::text[]) p;
-- in parallel, and in windows, the same
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
CREATE TABLE test.said AS SELECT i % 10001 / 100.0 AS p, (hashint8(i) & 1023) < 300 AS won, ((hashint8extended(i, 7) & 1023) || ' days')::interval AS duration,
	(CASE (hashint8extended(i, 8) & 3) WHEN 0 THEN 'won' WHEN 1 THEN 'lost' ELSE 'open' END)::salesopp.opportunity_status AS outcome FROM generate_series(1, 20000) i;
SELECT test.plan_steps('SELECT salesopp.brier_score(p, won), salesopp.incidence(duration, outcome) FROM test.said', 'Partial Aggregate') AS in_parallel;
SELECT salesopp.brier_score(p, won) = round(round(sum((p - CASE WHEN won THEN 100 ELSE 0 END) ^ 2), 40) / count(*) / 10000, 16) AS same FROM test.said;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE test.alone AS SELECT salesopp.incidence(duration, outcome) AS parts FROM test.said;
SET max_parallel_workers_per_gather = 2;
SELECT salesopp.incidence(duration, outcome) = (SELECT parts FROM test.alone) AS same FROM test.said;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

-- Incidence by Aalen and Johansen. Where nothing competes, what is open is Kaplan and Meier's estimate: Freireich's 6-MP arm, weeks in remission
CREATE TABLE test.freireich AS SELECT * FROM unnest('{6,6,6,6,7,9,10,10,11,13,16,17,19,20,22,23,25,32,32,34,35}'::int[],
	'{lost,lost,lost,open,lost,open,lost,open,open,lost,lost,open,open,open,lost,lost,open,open,open,open,open}'::salesopp.opportunity_status[]) f (weeks, outcome);
-- What happens up to a horizon: who is still there then is open
CREATE FUNCTION test.incidence_at(source regclass, horizon integer) RETURNS double precision[] LANGUAGE plpgsql AS $$
DECLARE
	parts double precision[];
BEGIN
	EXECUTE format('SELECT salesopp.incidence(make_interval(weeks => LEAST(weeks, $1)), CASE WHEN weeks > $1 THEN ''open'' ELSE outcome END) FROM %s', source)
	INTO parts USING horizon;
	RETURN parts;
END $$;
SELECT weeks, round(i[3]::numeric, 4) AS open, test.is_about(i[3], s) AS is, i[1] AS won FROM (VALUES (6, 6 / 7.0), (7, 96 / 119.0), (10, 64 / 85.0), (13, 176 / 255.0),
	(16, 32 / 51.0), (22, 64 / 119.0), (23, 160 / 357.0)) v (weeks, s), test.incidence_at('test.freireich', weeks) i;
-- of 305 at risk (British Journal of Cancer 91, table 2), and the nine of them that are listed
CREATE TABLE test.nine AS SELECT * FROM unnest('{7,10,14,16,18,23,24,26,27}'::int[],
	'{open,won,open,won,lost,won,open,lost,won}'::salesopp.opportunity_status[]) f (weeks, outcome);
CREATE TABLE test.all_of_them AS SELECT * FROM test.nine UNION ALL SELECT 100, 'open' FROM generate_series(1, 296);
SELECT weeks, round(100 * i[1]::numeric, 6) AS percent_won FROM unnest('{10,16,23,27}'::int[]) weeks, test.incidence_at('test.all_of_them', weeks) i;
SELECT weeks, test.is_about(i[1], won) AS won, test.is_about(i[2], lost) AS lost, i[1] + i[2] + i[3] AS all
FROM (VALUES (10, 1 / 8.0, 0), (16, 13 / 48.0, 0), (18, 13 / 48.0, 7 / 48.0), (23, 5 / 12.0, 7 / 48.0), (26, 5 / 12.0, 35 / 96.0), (27, 61 / 96.0, 35 / 96.0)) v (weeks, won, lost),
	test.incidence_at('test.nine', weeks) i;
SELECT i[3] AS open_in_the_end FROM test.incidence_at('test.nine', 27) i;
-- Ties: whoever leaves without a decision when others are closed was still there
SELECT salesopp.incidence(duration, outcome) FROM (VALUES ('1 day'::interval, 'won'::salesopp.opportunity_status), ('1 day', 'open'), ('1 day', 'open'), ('2 days', 'lost')) v (duration, outcome);
-- The sum is 1, and each part that of the definition, forwards in fractions: at each time d of n
SELECT a.parts[1] + a.parts[2] + a.parts[3] BETWEEN 1 - 1e-14 AND 1 + 1e-14 AS adds_up FROM test.alone a;
DO $$
DECLARE
	n bigint;
	day record;
	-- over a common denominator, so that all of it is exact
	won numeric := 0;
	lost numeric := 0;
	open numeric := 1;
	denominator numeric := 1;
	parts double precision[];
BEGIN
	SELECT salesopp.incidence(duration, outcome), count(*) INTO parts, n FROM test.said WHERE p < 3;
	FOR day IN SELECT s.duration, count(*) AS here, count(*) FILTER (WHERE outcome = 'won') AS w, count(*) FILTER (WHERE outcome = 'lost') AS l
		FROM test.said s WHERE p < 3 GROUP BY 1 ORDER BY 1
	LOOP
		won := won * n + open * day.w;
		lost := lost * n + open * day.l;
		open := open * (n - day.w - day.l);
		denominator := denominator * n;
		n := n - day.here;
		IF won + lost + open <> denominator THEN
			RAISE 'fractions do not add up';
		END IF;
	END LOOP;
	RAISE NOTICE 'won %, lost %, open %', test.is_about(parts[1], (won / denominator)::float8), test.is_about(parts[2], (lost / denominator)::float8),
		abs(parts[3] - (open / denominator)::float8) < 1e-14;
END $$;
SELECT salesopp.incidence(NULL, 'won'), salesopp.incidence('1 day', NULL), salesopp.incidence('178000000 years', 'won'), salesopp.incidence('0', 'lost');
SELECT salesopp.incidence('-1 microsecond', 'open');
SELECT bool_and(w.parts = (SELECT salesopp.incidence(duration, outcome) FROM test.said s WHERE s.p <= w.p AND s.p < 1)) AS by_window, count(*)
FROM (SELECT p, salesopp.incidence(duration, outcome) OVER (ORDER BY p) AS parts, salesopp.brier_score(p, won) OVER (ORDER BY p) FROM test.said WHERE p < 1) w;
DROP TABLE test.said, test.alone, test.freireich, test.nine, test.all_of_them;
DROP FUNCTION test.incidence_at;

-- What becomes of those who reach a stage. Opportunities with a past that is brought along: which stage they had reached at most at each step, for
-- how many days, what was said, and how they ended (after the last step) or that they are open still
CREATE PROCEDURE test.bring(id bigint, process bigint, reached integer[], days numeric[], ended salesopp.opportunity_status, said numeric[] DEFAULT '{}',
	start timestamptz DEFAULT NULL, origins salesopp.history_origin[] DEFAULT '{imported}', first_version integer DEFAULT 1, gone boolean DEFAULT false)
LANGUAGE plpgsql SET row_security = off AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	n constant integer := cardinality(reached);
	lasted constant interval := (SELECT sum(d) FROM unnest(days) d) * interval '1 day';
	begins constant timestamptz := COALESCE(start, now() - lasted - CASE ended WHEN 'open' THEN '0' ELSE interval '1000 days' END);
	closes constant integer := (ended <> 'open')::integer;
BEGIN
	INSERT INTO salesopp.opportunity (organization_id, id, subject, sales_process_id, status, closed_at, close_date, actual_revenue,
		stage_reached, version, created_at, changed_at, deleted_at, progress_method, progress)
	VALUES (organization, bring.id, 'Brought ' || bring.id, process, ended, CASE WHEN ended <> 'open' THEN begins + lasted END,
		CASE WHEN ended <> 'open' THEN (begins + lasted)::date END, CASE WHEN ended = 'won' THEN 1 END, NULLIF(reached[n], 0), n + closes,
		begins, begins + lasted, CASE WHEN gone THEN now() END, 'manual', COALESCE(said[n], 0));
	INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, at, version, stage_reached, sales_process_id, status, origin, deleted,
		actual_revenue, progress)
	SELECT organization, bring.id, begins + COALESCE((SELECT sum(d) FROM unnest(days[:step - 1]) d), 0) * interval '1 day', step + first_version - 1,
		NULLIF(reached[least(step, n)], 0), process, CASE WHEN step > n THEN ended ELSE 'open' END,
		COALESCE(origins[step], origins[cardinality(origins)]), false, CASE WHEN step > n AND ended = 'won' THEN 1 END, COALESCE(said[least(step, n)], 0)
	FROM generate_series(1, n + closes) step;
END $$;
INSERT INTO salesopp.sales_process (id, name) VALUES (77700001, 'Three stages'), (77700002, 'Other'), (77700003, 'Nobody');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES
	(77700001, 1, 'First', 10), (77700001, 3, 'Third', 40), (77700001, 5, 'Fifth', 70), (77700002, 1, 'Only', 50), (77700003, 1, 'Never', 50);
SET ROLE regress_chances_reader;
SELECT * FROM salesopp.stage_win_rates();
RESET ROLE;
CALL test.bring(77700101, 77700001, '{0,1,3,5}', '{1,1,1,1}', 'won');    -- all the way
CALL test.bring(77700102, 77700001, '{0,5}', '{1,10}', 'won');           -- past two stages at once: they are reached, too
CALL test.bring(77700103, 77700001, '{1,3}', '{2,3}', 'lost');           -- reached when it was created
CALL test.bring(77700104, 77700001, '{0,3,1}', '{1,1,1}', 'lost');       -- taken back: it had been there
CALL test.bring(77700105, 77700001, '{0,1}', '{1,40}', 'open');
CALL test.bring(77700106, 77700001, '{0,1}', '{1,2}', 'open');
CALL test.bring(77700107, 77700001, '{0}', '{1}', 'won');                -- reached nothing
CALL test.bring(77700108, 77700001, '{0,2}', '{1,4}', 'lost');           -- a stage of its own between two: the one before is reached
CALL test.bring(77700109, 77700002, '{0,1}', '{1,1}', 'lost');
CALL test.bring(77700110, NULL, '{0,1}', '{1,1}', 'won');                -- no process, no probability of a stage
CALL test.bring(77700111, 77700001, '{0,5}', '{1,1}', 'won', gone => true);
-- At the first: lost after 2 (of 7), won after 3 (one was open for as long as the first: of 5), lost after 4 (of 4) and 5 (of 3), won after 10 (of 2): won is
-- 6/35 + 6/35. (Of those who are closed, two in five are.)
SET ROLE regress_chances_reader;
PREPARE rates AS SELECT sales_process_id - 77700000 AS process, position, name, probability, reached, won, lost, open, round(win_rate, 4) AS win_rate,
	round(lower::numeric, 4) AS lower, round(upper::numeric, 4) AS upper, round(incidence::numeric, 6) AS incidence FROM salesopp.stage_win_rates($1, $2, $3);
EXECUTE rates('{}', NULL, NULL);
SELECT bool_and((r.lower, r.upper) = (w.lower, w.upper) AND r.reached = r.won + r.lost + r.open) AS is FROM salesopp.stage_win_rates() r, salesopp.wilson(r.won, r.won + r.lost) w;
-- within a time, its end included
SELECT within, (SELECT round(incidence::numeric, 6) FROM salesopp.stage_win_rates(within => w.within) WHERE position = 1 AND sales_process_id = 77700001) AS incidence
FROM unnest('{1 second, 2 days, 71:59:59, 3 days, 239:59:59, 10 days, 1000 years}'::interval[]) w (within);
-- criteria are asked of what they are now
EXECUTE rates('{"status": "open"}', NULL, NULL);
EXECUTE rates('{"sales_process_id": 77700002}', NULL, NULL);
EXECUTE rates('{"id": 0}', NULL, NULL);
SELECT count(*) FROM salesopp.stage_win_rates(NULL, NULL, NULL);
-- each by itself or all at once: the same
SELECT count(*), bool_and(a IS NOT DISTINCT FROM b) AS same FROM salesopp.stage_entries() a FULL JOIN salesopp.stage_entries('{"id": {">=": 0}}') b USING (opportunity_id, above);
RESET ROLE;
-- Reopened: the last closing counts, with the time until then; open again: open. What no instant shows was never reached, nor was it a closing
BEGIN;
SET LOCAL session_replication_role = replica;
CALL test.bring(77700121, 77700002, '{0,1,1,1}', '{1,3,2,3}', 'lost');
CALL test.bring(77700122, 77700002, '{0,1,1,1}', '{1,3,2,3}', 'open');
UPDATE salesopp.opportunity_history SET status = 'won' WHERE opportunity_id IN (77700121, 77700122) AND version = 3;
CALL test.bring(77700123, 77700002, '{0,1,0}', '{1,0,8}', 'won');
CALL test.bring(77700124, 77700002, '{0,1,1}', '{1,2,0}', 'won');
UPDATE salesopp.opportunity_history SET status = 'lost' WHERE opportunity_id = 77700124 AND version = 3;
SELECT opportunity_id, above, reached, status, CASE status WHEN 'open' THEN now() ELSE status_since END - reached_at AS duration
FROM salesopp.stage_entries('{"id": {">=": 77700121}}') ORDER BY 1, 2;
ROLLBACK;
-- When it was reached is not known of what was there when recording began, or is all that is left of older history: it is counted, and in no time
BEGIN;
SET LOCAL session_replication_role = replica;
CALL test.bring(77700131, 77700002, '{1,1}', '{1,3}', 'won', origins => '{baseline,recorded}');
CALL test.bring(77700132, 77700002, '{1,1,1,1}', '{1,1,1,1}', 'won', origins => '{reconstructed,reconstructed,baseline,recorded}', first_version => -1);
CALL test.bring(77700133, 77700002, '{1,1}', '{1,1}', 'lost', origins => '{recorded}', first_version => 5);
UPDATE salesopp.opportunity SET created_at = created_at - interval '1 day' WHERE id = 77700133;
CALL test.bring(77700134, 77700002, '{0,1}', '{1,1}', 'lost', origins => '{baseline,recorded}');
CALL test.bring(77700135, 77700002, '{1,1}', '{1,3}', 'won', origins => '{recorded}');
CALL test.bring(77700136, 77700002, '{1,0,0}', '{1,1,1}', 'won', origins => '{imported}', first_version => -1);
SELECT opportunity_id, reached, reached_at IS NOT NULL AS is_known FROM salesopp.stage_entries('{"id": {">=": 77700131}}') ORDER BY 1;
EXECUTE rates('{"id": {">=": 77700131}}', NULL, NULL);
EXECUTE rates('{"id": {"<=": 77700133, ">=": 77700131}}', NULL, NULL);
EXECUTE rates('{"id": {">=": 77700131}}', '2000-01-01', NULL);
ROLLBACK;
-- A tie, by the clock of one transaction: who is still open after just as long was there
BEGIN;
CALL test.bring(77700141, 77700002, '{1}', '{5}', 'won');
CALL test.bring(77700142, 77700002, '{1}', '{5}', 'open');
EXECUTE rates('{"id": {">=": 77700141}}', NULL, NULL);
ROLLBACK;
-- Since a date, of the organization's time zone
UPDATE salesopp.organization SET time_zone = 'Pacific/Kiritimati' WHERE id = :organization;
BEGIN;
CALL test.bring(77700151, 77700002, '{1}', '{5}', 'won', start => '2024-05-31 09:59:59+00');
CALL test.bring(77700152, 77700002, '{1}', '{5}', 'lost', start => '2024-05-31 10:00:00+00');
CALL test.bring(77700153, 77700002, '{0,1}', '{5,1}', 'lost', start => '2024-05-31 09:00:00+00');
SELECT since, r.reached, r.won, r.lost FROM unnest('{2024-05-31, 2024-06-01, 2024-06-05, 2024-06-06}'::date[]) since
LEFT JOIN LATERAL salesopp.stage_win_rates('{"id": {">=": 77700151}}', since) r ON true;
ROLLBACK;
UPDATE salesopp.organization SET time_zone = 'UTC' WHERE id = :organization;
-- and days are as long as there, not as in the session's, where one of these has 23 hours
BEGIN;
CALL test.bring(77700154, 77700002, '{1}', '{3}', 'won', start => '2025-03-08 00:00+00');
SET LOCAL timezone = 'America/New_York';
SELECT incidence FROM salesopp.stage_win_rates('{"id": 77700154}', within => '3 days');
UPDATE salesopp.organization SET time_zone = 'America/New_York' WHERE id = :organization;
SET LOCAL timezone = 'UTC';
SELECT incidence FROM salesopp.stage_win_rates('{"id": 77700154}', within => '3 days');
ROLLBACK;
-- As it is lived: each statement is a transaction
SELECT salesopp.create_organization('Chances, live') AS live \gset
SET salesopp.organization_id = :live;
INSERT INTO salesopp.sales_process (id, name) VALUES (77700011, 'Two stages');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES (77700011, 1, 'First', 10), (77700011, 2, 'Second', 40);
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) SELECT 77700200 + i, 'Deal ' || i, 77700011 FROM generate_series(1, 5) i;
SELECT count(s.position) FROM generate_series(77700201, 77700204) id, salesopp.set_stage_status(id, 1, 'completed') s;
SELECT s.position FROM salesopp.set_stage_status(77700201, 2, 'completed') s;
SELECT o.status FROM salesopp.close_won(77700201) o;
SELECT o.status FROM salesopp.close_won(77700202) o;
SELECT o.status FROM salesopp.close_won(77700203) o;
SELECT o.status FROM salesopp.reopen(77700203) o;
SELECT o.status FROM salesopp.close_lost(77700203) o;
SELECT o.status FROM salesopp.close_lost(77700204) o;
SELECT o.status FROM salesopp.reopen(77700204) o;
SELECT position, reached, won, lost, open, win_rate, incidence > 0.49 AND incidence < 0.51 AS half FROM salesopp.stage_win_rates();
-- completed by mistake and put right in one transaction: it has never been there
BEGIN;
SELECT s.position FROM salesopp.set_stage_status(77700205, 1, 'completed') s;
SELECT s.position FROM salesopp.set_stage_status(77700205, 1, 'pending') s;
COMMIT;
SELECT count(*) FROM salesopp.stage_entries('{"id": 77700205}');
SELECT count(*) FROM salesopp.stage_entries() WHERE opportunity_id = 77700205;
-- a correction, a change of what was said, deleting and bringing back: nothing of it is another closing
SELECT o.actual_revenue FROM salesopp.correct_closing(77700201, 5) o;
SELECT outcome FROM salesopp.delete_opportunities('{77700201}');
SELECT outcome FROM salesopp.restore_opportunities('{77700201}');
SELECT DISTINCT status, status_since = (SELECT closed_at FROM salesopp.opportunity WHERE id = 77700201) AS is FROM salesopp.stage_entries('{"id": 77700201}');

-- Whether what was said came true. The score's reference: of 150 of which something was said once, at the turn of a month
SELECT salesopp.create_organization('Chances, said') AS said \gset
SET salesopp.organization_id = :said;
SET ROLE regress_chances_reader;
SELECT * FROM salesopp.calibration();
SELECT * FROM salesopp.calibration_score();
RESET ROLE;
DO $$
DECLARE
	id bigint := 77701000;
	s record;
BEGIN
	FOR s IN SELECT v.*, i FROM (VALUES (10, 3, 40), (30, 14, 50), (50, 17, 30), (70, 15, 20), (90, 9, 10)) v (p, w, n), generate_series(1, n) i
	LOOP
		id := id + 1;
		CALL test.bring(id, NULL, '{0}', '{20}', CASE WHEN s.i <= s.w THEN 'won' ELSE 'lost' END::salesopp.opportunity_status, ARRAY[s.p], '2025-01-20');
	END LOOP;
END $$;
SET ROLE regress_chances_reader;
SELECT probability, forecasts, won, win_rate, (c.lower, c.upper) = (w.lower, w.upper) AS is
FROM salesopp.calibration() c, salesopp.wilson(c.won, c.forecasts) w;
SELECT forecasts, round(brier, 7) AS brier, round(reliability, 7) AS reliability, round(resolution, 7) AS resolution, round(uncertainty, 7) AS uncertainty,
	round(skill, 7) AS skill, brier = reliability - resolution + uncertainty AS adds_up FROM salesopp.calibration_score();
RESET ROLE;
-- What was said then counts, each time, and not what was said last: 20 % at two turns of a month, then 80 % at one, and it was lost
CALL test.bring(77701201, NULL, '{0,0}', '{59,31}', 'lost', '{20,80}', '2025-03-15');
-- and of these nothing counts: open still, deleted, won in the month in which it came, closed from the start
CALL test.bring(77701202, NULL, '{0}', '{100}', 'open', '{11}');
CALL test.bring(77701203, NULL, '{0}', '{100}', 'won', '{12}', '2025-01-02', gone => true);
CALL test.bring(77701204, NULL, '{0}', '{20}', 'won', '{13}', '2025-03-05');
INSERT INTO salesopp.opportunity (id, subject, status, progress_method, progress, created_at, close_date) VALUES (77701205, 'Brought closed', 'won', 'manual', 14, '2025-01-01', '2025-06-01');
-- what was made up of old events was not said; a baseline was, from when it was taken on
CALL test.bring(77701206, NULL, '{0,0,0}', '{100,100,100}', 'won', '{15,16,17}', '2025-01-01', '{reconstructed,baseline,recorded}');
-- deleted for a while, closed for a while: not then
CALL test.bring(77701207, NULL, '{0,0,0,0,0}', '{31,28,31,30,31}', 'won', '{21,22,23,24,25}', '2025-01-01');
SET session_replication_role = replica;
UPDATE salesopp.opportunity_history SET deleted = true WHERE opportunity_id = 77701207 AND version = 2;
UPDATE salesopp.opportunity_history SET status = 'lost' WHERE opportunity_id = 77701207 AND version = 4;
RESET session_replication_role;
SELECT probability, forecasts, won FROM salesopp.calibration('{"id": {">=": 77701201}}');
-- criteria are asked of what it was then
SELECT probability, forecasts FROM salesopp.calibration('{"id": {">=": 77701201}, "progress": {"<=": 20}}');
SELECT probability, forecasts FROM salesopp.calibration('{"id": {">=": 77701201}, "status": "won"}');
-- more often, less often; from the first of the month on, by the organization's calendar
SELECT every, array_agg((probability, forecasts)::text) FROM unnest('{1 day, 1 week, 2 months, 100 years}'::interval[]) every
LEFT JOIN LATERAL salesopp.calibration('{"id": 77701201}', every) ON true GROUP BY every ORDER BY every;
BEGIN;
CALL test.bring(77701209, NULL, '{0,0}', '{0.1,30}', 'won', '{31,32}', '2025-02-01');
SELECT probability, forecasts FROM salesopp.calibration('{"id": 77701209}');
UPDATE salesopp.organization SET time_zone = 'America/New_York' WHERE id = :said;
SELECT probability, forecasts FROM salesopp.calibration('{"id": 77701209}');
SELECT count(*) AS from_december_on FROM salesopp.calibration('{"id": 77701207}', '2 months');
ROLLBACK;
-- In bins: what was said on average; the upper end is in the last. Each opportunity is one trial, however often it was spoken of
SELECT round(probability, 4) AS probability, forecasts, won, round(lower::numeric, 4) AS lower, round(upper::numeric, 4) AS upper FROM salesopp.calibration('{"id": {">=": 77701201}}', bins => 4);
SELECT count(*), sum(forecasts) AS forecasts, sum(won) AS won FROM salesopp.calibration(bins => 1);
-- what is not known is in none
SELECT bins, p AS probability, salesopp.bin_of(p, bins) FROM unnest('{5,NULL}'::int[]) bins, unnest('{0,19.99,20,99.99,100,NULL}'::numeric[]) p;
SELECT a.probability, a.forecasts, (a.lower, a.upper) = (w.lower, w.upper) AS is_one_trial FROM salesopp.calibration('{"id": 77701201}', '1 day', 1) a, salesopp.wilson(0, 1) w;
BEGIN;
CALL test.bring(77701208, NULL, '{0}', '{40}', 'won', '{100}', '2025-01-15');
SELECT probability, forecasts FROM salesopp.calibration('{"id": {">=": 77701208}}', bins => 100);
ROLLBACK;
SELECT bins, s.forecasts, round(s.reliability, 6) AS reliability, s.brier = s.reliability - s.resolution + s.uncertainty AS adds_up
FROM unnest('{NULL,1,2,10,100,1000000}'::int[]) bins, salesopp.calibration_score('{}', '1 month', bins) s;
-- All right, all wrong, always the same
SELECT s.* FROM salesopp.calibration_score('{"id": 77701204}', '1 day') s;
CREATE TABLE test.case (first bigint, what text, won numeric, lost numeric);
INSERT INTO test.case VALUES (77701300, 'certain, and right', 100, 0), (77701310, 'certain, and wrong', 0, 100), (77701320, 'always a half', 50, 50), (77701330, 'always a third', 33.33, 33.33);
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT k.first + i AS id, i < 2 AS is_won, CASE WHEN i < 2 THEN k.won ELSE k.lost END AS said FROM test.case k, generate_series(0, 3) i
	LOOP
		CALL test.bring(c.id, NULL, '{0}', '{20}', CASE WHEN c.is_won THEN 'won' ELSE 'lost' END::salesopp.opportunity_status, ARRAY[c.said], '2025-01-20');
	END LOOP;
END $$;
SELECT c.what, s.* FROM test.case c, salesopp.calibration_score(format('{"id": {">=": %s, "<=": %s}}', c.first, c.first + 9)::jsonb) s ORDER BY c.first;
SELECT s.* FROM salesopp.calibration_score('{"id": {">=": 77701300, "<=": 77701301}}') s;
DROP TABLE test.case;

-- Two teams. Chances of 30, 50 or 70 % become 20 more or less, by a coin, and come true as often as they say; how long anything takes has nothing to do with it.
-- The one says what is true, the other says 10 more.
CREATE PROCEDURE test.team(more numeric) LANGUAGE plpgsql SET row_security = off AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	CREATE TEMP TABLE course ON COMMIT DROP AS
	SELECT 77710000 + 10000 * more::bigint + i AS id, first, second, begins, begins + (10 + 90 * test.chance(i, 3)) * interval '1 day' AS changes, begins + (110 + 90 * test.chance(i, 4)) * interval '1 day' AS ends,
		CASE WHEN 100 * test.chance(i, 5) < second THEN 'won' ELSE 'lost' END::salesopp.opportunity_status AS ended
	FROM generate_series(1, 2000) i, LATERAL (SELECT 30 + 20 * (i % 3) AS first, timestamptz '2023-01-01' + 700 * test.chance(i, 1) * interval '1 day' AS begins) f,
		LATERAL (SELECT first + CASE WHEN test.chance(i, 2) < 0.5 THEN -20 ELSE 20 END AS second) s;
	INSERT INTO salesopp.opportunity (organization_id, id, subject, status, closed_at, close_date, actual_revenue, version, created_at, changed_at, progress_method, progress)
	SELECT organization, c.id, 'Course', c.ended, c.ends, c.ends::date, CASE c.ended WHEN 'won' THEN 1 END, 3, c.begins, c.ends, 'manual', c.second + more FROM course c;
	INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, at, version, status, origin, deleted, actual_revenue, progress)
	SELECT organization, c.id, v.at, v.version, v.status, 'imported', false, CASE v.status WHEN 'won' THEN 1 END, v.said + more
	FROM course c, LATERAL (VALUES (1, c.begins, 'open'::salesopp.opportunity_status, c.first), (2, c.changes, 'open', c.second), (3, c.ends, c.ended, c.second)) v (version, at, status, said);
END $$;
-- between 0 and 1, the same on every machine
CREATE FUNCTION test.chance(i bigint, what bigint) RETURNS double precision LANGUAGE sql IMMUTABLE RETURN (hashint8extended(i, what) & 1048575) / 1048576.0;
SELECT salesopp.create_organization('Chances, honest') AS honest, salesopp.create_organization('Chances, boasting') AS boasting \gset
SET salesopp.organization_id = :honest;
CALL test.team(0);
SET salesopp.organization_id = :boasting;
CALL test.team(10);
SET salesopp.organization_id = :honest;
SET ROLE regress_chances_reader;
SELECT probability, round(100 * win_rate, 1) AS came, probability / 100 BETWEEN lower AND upper AS true FROM salesopp.calibration();
SELECT reliability < 0.001 AS reliable, resolution > 0.03 AS tells_apart, skill > 0.1 AS skilled FROM salesopp.calibration_score();
RESET ROLE;
SET salesopp.organization_id = :boasting;
SET ROLE regress_chances_reader;
SELECT probability, round(100 * win_rate, 1) AS came, probability / 100 BETWEEN lower AND upper AS true, (probability - 10) / 100 BETWEEN lower AND upper AS boasts_by_10 FROM salesopp.calibration();
SELECT round(sqrt(reliability), 2) AS off_by FROM salesopp.calibration_score();
SELECT round(probability, 1) AS said, round(100 * win_rate, 1) AS came FROM salesopp.calibration(bins => 1);
RESET ROLE;
SET salesopp.organization_id = :honest;
-- The picture of the same: a point for each bin where it was said and what came, as high as its interval; larger, the more was said
CREATE FUNCTION test.part(picture text, path text) RETURNS SETOF text LANGUAGE sql STABLE
RETURN unnest(xpath(path, picture::xml, '{{s, http://www.w3.org/2000/svg}}')::text[]);
SET salesopp.organization_id = :boasting;
SET ROLE regress_chances_reader;
SELECT salesopp.calibration_svg() AS picture \gset
SELECT test.part(:'picture', '/s:svg/s:title/text()') AS title, test.part(:'picture', '/s:svg/@height') AS height;
SELECT test.part(:'picture', '/s:svg/s:text[@font-size="12" or not(@text-anchor)]/text()');
SELECT c.probability, c.forecasts, p.x = round(64 + 512 * c.probability::float8 / 100) AS said, p.y = round(328 - 250 * c.win_rate::float8) AS came,
	p.line LIKE format('M%s %sV%sM%%', p.x, round(328 - 250 * c.lower), round(328 - 250 * c.upper)) AS interval, p.radius, p.fill
FROM (SELECT row_number() OVER (ORDER BY probability) AS n, * FROM salesopp.calibration(bins => 5)) c FULL JOIN XMLTABLE(XMLNAMESPACES('http://www.w3.org/2000/svg' AS s), '//s:g'
	PASSING (:'picture'::xml) COLUMNS n FOR ORDINALITY, line text PATH 's:path/@d', x int PATH 's:circle/@cx', y int PATH 's:circle/@cy', radius int PATH 's:circle/@r', fill text PATH 's:circle/@fill') p USING (n);
SELECT bool_and(strpos(d, t) > 0) AS described, count(*) FROM test.part(:'picture', '//s:g/s:title/text()') t, test.part(:'picture', '/s:svg/s:desc/text()') d;
SELECT salesopp.calibration_svg('{}', '1 month') = :'picture' AS by_default;
-- each percentage by itself; in Norwegian, in other bins, of what meets criteria
SELECT test.part(salesopp.calibration_svg(bins => NULL), '//s:g/s:title/text()');
SELECT test.part(salesopp.calibration_svg(bins => 3, language => 'nb'), '/s:svg/s:desc/text()');
SELECT test.part(salesopp.calibration_svg('{"progress": 40}', '1 year', 1, 'nb'), '/s:svg/s:text/text()');
-- what comes as it is said, what comes otherwise, and what all comes true
RESET ROLE;
SET salesopp.organization_id = :said;
SELECT test.part(salesopp.calibration_svg('{"id": {">=": 77701300, "<=": 77701303}}'), '/s:svg/s:desc/text()');
SELECT test.part(salesopp.calibration_svg('{"id": {">=": 77701310, "<=": 77701313}}'), '/s:svg/s:desc/text()');
SELECT test.part(salesopp.calibration_svg('{"id": 77701204}', '1 day'), '/s:svg/s:desc/text()');
SET salesopp.organization_id = :honest;
SET ROLE regress_chances_reader;
SELECT test.part(salesopp.calibration_svg(), '/s:svg/s:desc/text()');
-- of more than can be listed the first are; bins that are narrower than a percent have no names
RESET ROLE;
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE salesopp.opportunity_history SET progress = opportunity_id % 97 WHERE organization_id = :honest;
SET LOCAL ROLE regress_chances_reader;
SELECT count(*) FROM test.part(salesopp.calibration_svg(bins => NULL), '//s:g');
SELECT count(*) FILTER (WHERE t LIKE 'Said to be%') AS listed, max(t) FILTER (WHERE t LIKE 'and%') AS rest, max(t) FILTER (WHERE t LIKE 'Said to be 12%') AS named
FROM unnest('{NULL,100,101}'::int[]) WITH ORDINALITY b (bins, n), test.part(salesopp.calibration_svg(bins => b.bins), '/s:svg/s:text/text()') t GROUP BY n ORDER BY n;
ROLLBACK;
-- nothing was said, or nobody is asked
SET ROLE regress_chances_reader;
SELECT test.part(salesopp.calibration_svg('{"id": 0}'), '/s:svg/s:text/text()'), test.part(salesopp.calibration_svg('{"id": 0}', language => 'nb'), '/s:svg/s:desc/text()');
RESET ROLE;
RESET salesopp.organization_id;
SET ROLE regress_chances_reader;
SELECT test.part(salesopp.calibration_svg(), '/s:svg/s:desc/text()');
RESET ROLE;
SET salesopp.organization_id = :honest;
-- By the definition: of each instant the last version up to it, and what has become of the opportunity
CREATE VIEW test.forecast AS SELECT i.at, o.id, h.progress, o.status = 'won' AS won
FROM generate_series(timestamptz '2023-01-01', now(), '1 month') i (at)
JOIN salesopp.opportunity o ON o.organization_id = salesopp.current_organization() AND o.status <> 'open'
CROSS JOIN LATERAL (SELECT h.* FROM salesopp.opportunity_history h WHERE h.organization_id = o.organization_id AND h.opportunity_id = o.id AND h.at <= i.at ORDER BY h.version DESC LIMIT 1) h
WHERE h.status = 'open';
SELECT count(*) AS probabilities, bool_and((c.probability, c.forecasts, c.won) IS NOT DISTINCT FROM (f.progress, f.forecasts, f.won)) AS same
FROM salesopp.calibration() c FULL JOIN (SELECT progress, count(*) AS forecasts, count(*) FILTER (WHERE f.won) AS won FROM test.forecast f GROUP BY 1) f ON f.progress = c.probability;
-- ... with so many trials that each opportunity is one, in the mean
SELECT bool_and((c.lower, c.upper) = (w.lower, w.upper)) AS same
FROM (SELECT progress, sum(n) AS forecasts, sum(n) ^ 2 / sum(n ^ 2) AS trials, sum(n) FILTER (WHERE won) AS won
	FROM (SELECT f.progress, f.won, count(*) AS n FROM test.forecast f GROUP BY f.progress, f.won, f.id) f GROUP BY 1) f
JOIN salesopp.calibration() c ON c.probability = f.progress, salesopp.weighted_wilson((f.won / f.forecasts)::float8, f.trials::float8) w;
SELECT s.brier = (SELECT salesopp.brier_score(progress, won) FROM test.forecast) AS brier, s.brier = s.reliability - s.resolution + s.uncertainty AS adds_up,
	abs(s.reliability - (sum(p.n * (p.progress / 100 - p.rate) ^ 2) / sum(p.n))) < 1e-15 AS reliability, abs(s.resolution - sum(p.n * (p.rate - p.mean) ^ 2) / sum(p.n)) < 1e-15 AS resolution,
	abs(s.uncertainty - min(p.mean * (1 - p.mean))) < 3e-16 AS uncertainty
FROM salesopp.calibration_score() s, (SELECT f.progress, count(*) AS n, avg(f.won::int) AS rate, (SELECT avg(f.won::int) FROM test.forecast f) AS mean FROM test.forecast f GROUP BY 1) p
GROUP BY s.brier, s.reliability, s.resolution, s.uncertainty;
-- Nothing of it hangs on statistics
DELETE FROM pg_statistic WHERE starelid IN ('salesopp.opportunity'::regclass, 'salesopp.opportunity_history'::regclass);
CREATE TABLE test.without AS SELECT c.* FROM salesopp.calibration() c;
CREATE TABLE test.entries_without AS SELECT e.* FROM salesopp.stage_entries() e UNION ALL SELECT e.* FROM salesopp.stage_entries('{"status": "won"}') e;
ANALYZE salesopp.opportunity, salesopp.opportunity_history;
SELECT (SELECT count(*) FROM (TABLE test.without EXCEPT ALL SELECT c.* FROM salesopp.calibration() c) d) AS differing,
	(SELECT count(*) FROM (TABLE test.entries_without EXCEPT ALL (SELECT e.* FROM salesopp.stage_entries() e UNION ALL SELECT e.* FROM salesopp.stage_entries('{"status": "won"}') e)) d) AS differing_entries;
DROP TABLE test.without, test.entries_without;

-- The chance of one: at the first stage for two days now. Of those who were still open then, one of five was won within a week and two within a month: (I(a + h) - I(a)) / S(a)
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (77700112, 'New', 77700001), (77700113, 'Without', NULL);
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (77700114, 'The first of its process', 77700003);
SELECT s.position FROM salesopp.set_stage_status(77700114, 1, 'completed') s;
SET ROLE regress_chances_reader;
SELECT round(salesopp.chance_by(77700106, CURRENT_DATE + 5)::numeric, 12) AS week, round(salesopp.chance_by(77700106, CURRENT_DATE + 30)::numeric, 12) AS month,
	salesopp.chance_by(77700106, CURRENT_DATE) IS NOT NULL AS today, round(salesopp.chance_by(77700106, '9999-12-31')::numeric, 12) AS ever;
SELECT bool_and(test.is_about(salesopp.chance_by(77700106, CURRENT_DATE + h), (later.incidence - now.incidence) / (1 - now.incidence - 1 / 7.0))) AS is
FROM unnest('{3,5,30}'::int[]) h, salesopp.stage_win_rates(within => '2 days') now, salesopp.stage_win_rates(within => make_interval(days => h + 2)) later
WHERE now.sales_process_id = 77700001 AND now.position = 1 AND later.sales_process_id = 77700001 AND later.position = 1;
-- nobody was open for as long as this one; it has reached nothing; it has no process; none has come after the first; decided already
SELECT id, salesopp.chance_by(id, CURRENT_DATE + 30) FROM unnest('{77700105,77700112,77700113,77700114,77700101,77700103}'::bigint[]) id;
SELECT test.outcome(format('SELECT salesopp.chance_by(%s)', arguments)), arguments FROM unnest(ARRAY['77700111, ''2100-01-01''', '77701201, ''2100-01-01''', '0, ''2100-01-01''', 'NULL, ''2100-01-01''']) arguments;
RESET ROLE;

-- Another organization: nothing, for the reader and for the owner. Without one, and for a role without rights
SET salesopp.organization_id = :elsewhere;
SELECT (SELECT count(*) FROM salesopp.stage_win_rates()) AS rates, (SELECT count(*) FROM salesopp.calibration()) AS calibration, (SELECT forecasts FROM salesopp.calibration_score()) AS scored,
	(SELECT count(*) FROM salesopp.stage_entries()) AS entries, test.outcome('SELECT salesopp.chance_by(77700106, ''2100-01-01'')') AS chance;
SET ROLE regress_chances_reader;
SELECT (SELECT count(*) FROM salesopp.stage_win_rates('{"id": 77700101}')) AS rates, (SELECT count(*) FROM salesopp.calibration('{"id": 77701201}')) AS calibration,
	(SELECT count(*) FROM salesopp.stage_entries('{"id": 77700101}')) AS entries, test.outcome('SELECT salesopp.chance_by(77700106, ''2100-01-01'')') AS chance;
RESET ROLE;
RESET salesopp.organization_id;
SELECT (SELECT count(*) FROM salesopp.stage_win_rates()) AS rates, (SELECT count(*) FROM salesopp.stage_win_rates(reached_since => '2000-01-01')) AS since, (SELECT count(*) FROM salesopp.calibration()) AS calibration;
SET salesopp.organization_id = :organization;
SET ROLE regress_chances_nobody;
SELECT test.outcome(format('SELECT salesopp.%s', call)), call FROM unnest(ARRAY['stage_win_rates()', 'calibration()', 'calibration_score()', 'calibration_svg()', 'stage_entries()', 'wilson(1, 2)', 'jeffreys(1, 2)', 'chance_by(1, ''2100-01-01'')',
	'brier_score(1, true)', 'incidence(''1'', ''won'')']) call;
RESET ROLE;

-- Bad input, also where there is nothing to compute
SET salesopp.organization_id = :said;
SELECT test.outcome(format('SELECT salesopp.%s', call)), call FROM unnest(ARRAY[
	'wilson(NULL, 1)', 'wilson(1, NULL)', 'wilson(-1, 1)', 'wilson(2, 1)', 'wilson(0, -1)', 'wilson(1, 2, NULL)', 'wilson(1, 2, 0)', 'wilson(1, 2, 1)', 'wilson(1, 2, -0.5)', 'wilson(1, 2, 95)',
	'wilson(1, 2, ''NaN'')', 'wilson(1, 2, ''Infinity'')', 'jeffreys(NULL, 1)', 'jeffreys(2, 1)', 'jeffreys(-1, 1)', 'jeffreys(1, 2, 1)', 'jeffreys(1, 2, ''NaN'')',
	'weighted_wilson(1.1, 2)', 'weighted_wilson(-0.1, 2)', 'weighted_wilson(''NaN'', 2)', 'weighted_wilson(0.5, -1)', 'weighted_wilson(0.5, ''NaN'')', 'weighted_wilson(0.5, ''Infinity'')', 'weighted_wilson(NULL, 1)', 'weighted_wilson(0.5, 0)',
	'stage_win_rates(''{"colour": 1}'')', 'stage_win_rates(''[]'')', 'stage_win_rates(reached_since => ''infinity'')', 'stage_win_rates(reached_since => ''-infinity'')',
	'stage_win_rates(reached_since => ''2999-01-01'')', 'stage_win_rates(reached_since => ''4713-01-01 BC'')', 'stage_win_rates(within => ''0'')', 'stage_win_rates(within => ''-1 day'')', 'stage_win_rates(within => ''1001 years'')',
	'stage_entries(''{"colour": 1}'')', 'calibration(''{"colour": 1}'')', 'calibration(''{"text": "x"}'')', 'calibration(every => NULL)', 'calibration(every => ''0'')', 'calibration(every => ''-1 month'')', 'calibration(every => ''1 second'')',
	'calibration(every => ''1 month -29 days'')', 'calibration(bins => 0)', 'calibration(bins => -1)', 'calibration_score(every => ''0'')', 'calibration_score(bins => 0)', 'calibration_score(''{"colour": 1}'')', 'calibration_svg(''{"colour": 1}'')', 'calibration_svg(every => NULL)', 'calibration_svg(bins => 0)', 'calibration_svg(language => ''xx'')',
	'chance_by(77701202, NULL)', 'chance_by(77701202, ''infinity'')', 'chance_by(77701202, ''-infinity'')', 'chance_by(77701202, ''2000-01-01'')', 'chance_by(77701202, ''10000-01-01'')']) call;
DO $$
DECLARE
	hint text;
	call text;
BEGIN
	FOREACH call IN ARRAY ARRAY['wilson(2, 1)', 'wilson(1, 2, 1)', 'stage_win_rates(within => ''0'')', 'calibration(bins => 0)', 'chance_by(77701202, NULL)'] LOOP
		BEGIN
			EXECUTE 'SELECT salesopp.' || call;
		EXCEPTION WHEN invalid_parameter_value THEN
			GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
			RAISE NOTICE '%', hint;
		END;
	END LOOP;
END $$;
-- No finite time: counted, and in no time
SET salesopp.organization_id = :organization;
BEGIN;
CALL test.bring(77700161, 77700002, '{0,1}', '{1,3}', 'won');
SET LOCAL session_replication_role = replica;
UPDATE salesopp.opportunity_history SET at = '-infinity' WHERE opportunity_id = 77700161 AND version <= 2;
SELECT reached, won, incidence FROM salesopp.stage_win_rates('{"id": 77700161}');
SELECT count(*) > 0 AS still FROM salesopp.calibration();
ROLLBACK;

DROP OWNED BY regress_chances_reader;
DROP ROLE regress_chances_reader, regress_chances_nobody;
DROP PROCEDURE test.bring, test.team;
DROP VIEW test.forecast;
DROP FUNCTION test.is_about, test.chance, test.part;
