-- N3: what opportunities may come to. Reference values are exact fractions, or published ones that were reproduced.
-- Also on several servers.
\set SHOW_CONTEXT never
CREATE SCHEMA forecast;
SET search_path = forecast, test, salesopp, public;

CREATE TABLE deal (kind text, status opportunity_status DEFAULT 'open', estimate numeric, revenue numeric, percent numeric);

-- The distribution by its definition: each deal with and without, in numeric.
CREATE TABLE outcome (sum numeric, chance numeric);
CREATE FUNCTION enumerate(of_kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	d record;
BEGIN
	TRUNCATE outcome;
	INSERT INTO outcome SELECT COALESCE(sum(CASE status WHEN 'won' THEN COALESCE(revenue, estimate) ELSE estimate END), 0), 1
	FROM deal WHERE kind = of_kind AND (status = 'won' OR status = 'open' AND percent = 100);
	FOR d IN SELECT estimate, percent / 100 AS p FROM deal WHERE kind = of_kind AND status = 'open' AND percent < 100 AND percent > 0 AND estimate > 0 LOOP
		WITH o AS (DELETE FROM outcome RETURNING *)
		INSERT INTO outcome
		SELECT s, sum(c) FROM (SELECT sum, chance * (1 - d.p) FROM o UNION ALL SELECT sum + d.estimate, chance * d.p FROM o) x (s, c) GROUP BY s;
	END LOOP;
END $$;
CREATE FUNCTION least_sum(quantile numeric) RETURNS numeric LANGUAGE sql AS $$
	SELECT min(sum) FROM (SELECT sum, sum(chance) OVER (ORDER BY sum) AS so_far FROM outcome) o WHERE so_far >= quantile
$$;
CREATE FUNCTION chance_of(quota numeric) RETURNS numeric LANGUAGE sql AS 'SELECT COALESCE(sum(chance), 0) FROM outcome WHERE sum >= quota';
CREATE FUNCTION range_of(of_kind text, quota numeric DEFAULT NULL, correlation double precision DEFAULT 0) RETURNS forecast_range LANGUAGE sql AS $$
	SELECT forecast_range(status, estimate, revenue, percent, quota, correlation) FROM deal WHERE kind = of_kind
$$;
CREATE FUNCTION chance(of_kind text, quota numeric, correlation double precision DEFAULT 0) RETURNS double precision LANGUAGE sql AS $$
	SELECT forecast_chance(status, estimate, revenue, percent, quota, correlation) FROM deal WHERE kind = of_kind
$$;
-- of exactly so much
CREATE FUNCTION chance_at(of_kind text, amount numeric) RETURNS double precision LANGUAGE sql AS 'SELECT chance(of_kind, amount) - chance(of_kind, amount + 0.01)';

-- ---------- reference values

-- poibin's manual
INSERT INTO deal (kind, estimate, percent) SELECT 'poibin', 1, p * 10 FROM generate_series(1, 5) p, generate_series(1, 2);
SELECT k, round(chance_at('poibin', k)::numeric, 12) AS chance, abs(chance_at('poibin', k) - expected) < 1e-15 AS is_right
FROM unnest('{.02286144, .11231136, .23694372, .28171848, .20829484, .09968032, .03113484, .00623848, .00076372, .00005136, .00000144}'::float8[])
	WITH ORDINALITY v (expected, n), LATERAL (SELECT n - 1) x (k);
SELECT * FROM range_of('poibin', 3);
SELECT round(standard_deviation ^ 2, 3) AS variance FROM range_of('poibin');

-- GPB's manual; the base is certain
INSERT INTO deal (kind, status, estimate, percent) VALUES ('gpb', 'won', 1, 0), ('gpb', 'open', 1, 10), ('gpb', 'open', 3, 20), ('gpb', 'open', 3, 20),
	('gpb', 'open', 1, 30), ('gpb', 'open', 1, 30);
SELECT enumerate('gpb') \g /dev/null
SELECT sum, trim_scale(chance) AS chance, abs(chance_at('gpb', sum) - chance::float8) < 1e-15 AS is_right FROM outcome ORDER BY sum;

-- poibin of tsakim: chances of one in a hundredth of a percent and finer are not percentages here, so by those that are nearest
INSERT INTO deal (kind, estimate, percent) SELECT 'tsakim 3', 1, round(p * 100, 2) FROM unnest('{.4163448, .3340270, .9689613}'::numeric[]) p;
INSERT INTO deal (kind, estimate, percent) SELECT 'tsakim 8', 1, round(p * 100, 2)
FROM unnest('{.9955901, .5696224, .8272597, .3818746, .4290036, .8707646, .8858267, .7557183}'::numeric[]) p;
SELECT kind, k, abs(chance_at(kind, k) - published) < 1e-4 AS is_near
FROM (VALUES ('tsakim 3', 0, .01206470), ('tsakim 3', 1, .39129134), ('tsakim 3', 2, .46189012), ('tsakim 3', 3, .13475384),
	('tsakim 8', 0, 4.17079659e-7), ('tsakim 8', 2, 2.46250608e-3), ('tsakim 8', 7, .202460933), ('tsakim 8', 8, .0448023378)) v (kind, k, published);

-- PoissonBinomial's vignette: 61 deals of a value or another
INSERT INTO deal (kind, status, estimate, percent)
SELECT 'vignette', 'won', sum(least(u, v) * times), 0 FROM unnest('{4, 8, 8, 4, 4, 1, 9, 8, 0, 3}'::int[], '{2, 5, 9, 9, 5, 3, 3, 9, 8, 6}'::int[], '{3, 1, 5, 5, 10, 6, 10, 7, 9, 5}'::int[]) w (u, v, times);
INSERT INTO deal (kind, estimate, percent)
SELECT 'vignette', abs(u - v), round(100 * CASE WHEN u > v THEN p ELSE 1 - p END, 2)
FROM unnest('{.26550866, .37212390, .57285336, .90820779, .20168193, .89838968, .94467527, .66079779, .62911404, .06178627}'::numeric[],
	'{4, 8, 8, 4, 4, 1, 9, 8, 0, 3}'::int[], '{2, 5, 9, 9, 5, 3, 3, 9, 8, 6}'::int[], '{3, 1, 5, 5, 10, 6, 10, 7, 9, 5}'::int[]) w (p, u, v, times), generate_series(1, times);
SELECT certain, possible, round(mean, 1) AS mean, round(standard_deviation, 2) AS standard_deviation, p10, p50, p90, error FROM range_of('vignette');
SELECT abs(chance_at('vignette', 318) - 1.502576e-02) < 1e-4 AS at_318, abs(chance_at('vignette', 332) - 2.969655e-02) < 1e-4 AS at_332,
	abs(1 - chance('vignette', 319) - .1199163) < 3e-4 AS to_318, abs(1 - chance('vignette', 339) - .6310070) < 3e-4 AS to_338;
-- and by the definition, with percentages as they are here
SELECT enumerate('vignette') \g /dev/null
SELECT count(*) AS sums, count(*) FILTER (WHERE abs(chance_of(sum) - chance('vignette', sum)::numeric) > 1e-14) AS wrong FROM outcome WHERE sum % 5 = 0;

-- one big deal
INSERT INTO deal (kind, estimate, percent) SELECT 'big', a, 50 FROM (SELECT 1000000 UNION ALL SELECT 20000 FROM generate_series(1, 10)) v (a);
SELECT mean, standard_deviation, p10, p50, p90, error, chance, chance_error FROM range_of('big', 500000);
SELECT chance('big', 1100000);

-- ten in cents
INSERT INTO deal (kind, estimate, percent) VALUES ('cents', 12500.50, 10), ('cents', 99000, 25), ('cents', 40000, 50), ('cents', 7999.99, 75), ('cents', 150000, 25),
	('cents', 320000, 50), ('cents', 18000, 90), ('cents', 62500, 10), ('cents', 5400.25, 75), ('cents', 210000, 25);
SELECT mean, standard_deviation, p10, p50, p90, error, chance, chance_error FROM range_of('cents', 300000);
SELECT chance('cents', 300000), chance('cents', 500000);
SELECT enumerate('cents') \g /dev/null
SELECT count(*) FROM outcome;

-- copula
INSERT INTO deal (kind, estimate, percent) VALUES ('two', 1, 50), ('two', 1, 50);
SELECT c, abs(chance('two', 2, c) - (0.25 + asin(c) / (2 * pi()))) < 1e-11 AS is_right FROM unnest('{0.001, 0.05, 0.2, 0.5, 0.8, 0.95}'::float8[]) c;
SELECT c, q, abs(chance('poibin', q, c) - expected) < 1e-11 AS is_right
FROM (VALUES (.05, 1, .963830354585), (.05, 3, .605800829342), (.05, 5, .164474327197), (.05, 7, .015351936095), (.2, 1, .916355402917), (.2, 3, .557428140133),
	(.2, 5, .217786085433), (.2, 7, .0494864349457), (.5, 1, .800789465289), (.5, 3, .493267894766), (.5, 5, .271996407423), (.5, 7, .121835694698)) v (c, q, expected);
SELECT abs(chance('big', 1100000, .1) - .329227819095) < 1e-11 AS "0.1", abs(chance('big', 1100000, .3) - .358911881218) < 1e-11 AS "0.3",
	abs(chance('big', 500000, .3) - .5) < 1e-11 AS half;
-- the closer to 1, the harder to compute: not so exact, but what is said of that is true
SELECT c, (f).chance_error > 0 AS is_said, abs((f).chance - exact) <= (f).chance_error * 0.75 + 1e-11 AS is_true
FROM (SELECT c, 0.25 + asin(c) / (2 * pi()) AS exact, range_of('two', 2, c) AS f FROM unnest('{1e-12, 1e-6, 0.99, 0.999, 0.9999, 0.999999, 0.99999999}'::float8[]) c) x;
-- Basel II: of many small deals at 1 %, the share that comes at the 99.9th percentile is the conditional chance, .140272678, and so the risk weight is 92.3168 %
INSERT INTO deal (kind, estimate, percent) SELECT 'basel', 1, 1 FROM generate_series(1, 4000);
SELECT abs(q / 4000 - .140272678) < .002 AS is_near, round(((q / 4000 - .01) * .45 / (1 - 1.5 * b) * 12.5 * 100)::numeric) BETWEEN 91 AND 94 AS risk_weight_is_near
FROM (SELECT forecast_quantile(status, estimate, revenue, percent, .999, .192783679)::float8 AS q, (.11852 - .05478 * ln(.01)) ^ 2 AS b FROM deal WHERE kind = 'basel') f;

-- ---------- by the definition: random sets of up to 20 deals, with all kinds of them

SELECT setseed(0.14) \g /dev/null
INSERT INTO deal
SELECT 'random ' || s, (ARRAY['open', 'open', 'open', 'open', 'won', 'lost']::opportunity_status[])[1 + floor(random() * CASE WHEN s < 10 THEN 4 ELSE 6 END)],
	CASE WHEN random() < 0.95 THEN CASE s % 3 WHEN 0 THEN floor(random() * 50) * 1000 WHEN 1 THEN floor(random() * 9) * 99.99 ELSE round((random() * 1000)::numeric, 2)::float8 END END,
	CASE WHEN random() < 0.5 THEN floor(random() * 100) END,
	CASE s % 4 WHEN 0 THEN (ARRAY[0, 10, 25, 50, 75, 90, 100])[1 + floor(random() * 7)] WHEN 1 THEN round((random() * 100)::numeric, 2) ELSE floor(random() * 11) * 10 END
FROM generate_series(1, 40) s, LATERAL (SELECT 1 + s * 7 % CASE s % 3 WHEN 2 THEN 12 ELSE 20 END AS n) v, LATERAL generate_series(1, v.n);
CREATE TABLE compared (kind text, what text, ours numeric, right_one numeric);
DO $$
DECLARE
	k text;
	q numeric;
	f forecast_range;
BEGIN
	FOR k IN SELECT DISTINCT kind FROM deal WHERE kind LIKE 'random %' LOOP
		PERFORM enumerate(k);
		-- a quota that is a sum is reached by it
		q := (SELECT sum FROM outcome ORDER BY sum OFFSET (SELECT count(*) / 2 FROM outcome) LIMIT 1);
		f := range_of(k, q);
		INSERT INTO compared VALUES (k, 'mean', f.mean, (SELECT sum(sum * chance) FROM outcome)), (k, 'certain', f.certain, (SELECT min(sum) FROM outcome)),
			(k, 'possible', f.possible, (SELECT max(sum) FROM outcome)), (k, 'p10', f.p10, least_sum(0.1)), (k, 'p50', f.p50, least_sum(0.5)), (k, 'p90', f.p90, least_sum(0.9)),
			(k, 'standard deviation', f.standard_deviation, round(sqrt((SELECT sum((sum - f.mean) ^ 2 * chance) FROM outcome)), 4)),
			(k, 'chance', round(f.chance::numeric, 13), round(chance_of(q), 13)), (k, 'above', round(chance(k, q + 0.01)::numeric, 13), round(chance_of(q + 0.01), 13)),
			(k, 'error', f.error + f.chance_error::numeric, 0),
			(k, 'least', (SELECT forecast_quantile(status, estimate, revenue, percent, 0) FROM deal WHERE kind = k), (SELECT min(sum) FROM outcome)),
			(k, 'greatest', (SELECT forecast_quantile(status, estimate, revenue, percent, 1) FROM deal WHERE kind = k), (SELECT max(sum) FROM outcome)),
			(k, '0.33', (SELECT forecast_quantile(status, estimate, revenue, percent, 0.33) FROM deal WHERE kind = k), least_sum(0.33));
	END LOOP;
END $$;
SELECT what, count(*), count(*) FILTER (WHERE ours IS DISTINCT FROM right_one) AS wrong FROM compared GROUP BY what ORDER BY what;

-- Chances that are half, or next to it: a big deal above many small ones, of which all come with a chance that no floating-point number can tell from none.
INSERT INTO deal (kind, estimate, percent) SELECT 'tie ' || s, 1e6 + s / 100.0, 50 FROM generate_series(0, 2) s;
INSERT INTO deal (kind, estimate, percent) SELECT 'tie ' || s, CASE s WHEN 0 THEN 1000 ELSE 1000 + round(sqrt(n)::numeric, 2) END, 3 + s FROM generate_series(0, 2) s, generate_series(1, 13 - s) n;
SELECT kind, p50, possible - 1e6 AS small, error FROM (SELECT DISTINCT kind FROM deal WHERE kind LIKE 'tie %') k, LATERAL range_of(kind) ORDER BY kind;
-- 1 % more, and it is next to half: then which of them it is cannot be told, and that is said
UPDATE deal SET percent = 50.01 WHERE kind = 'tie 0' AND percent = 50;
INSERT INTO deal (kind, estimate, percent) SELECT 'near', 1000, 3 FROM generate_series(1, 9);
INSERT INTO deal (kind, estimate, percent) VALUES ('near', 1e6, 49.99), ('near', 1e7, 0.02);
DO $$
DECLARE
	k text;
	f forecast_range;
BEGIN
	TRUNCATE compared;
	FOREACH k IN ARRAY '{near, tie 0, tie 1}'::text[] LOOP
		PERFORM enumerate(k);
		f := range_of(k);
		INSERT INTO compared VALUES (k, 'p50', abs(f.p50 - least_sum(0.5)), f.error), (k, 'p90', abs(f.p90 - least_sum(0.9)), f.error), (k, 'p10', abs(f.p10 - least_sum(0.1)), f.error);
	END LOOP;
END $$;
SELECT kind, what, ours <= right_one AS is_true FROM compared ORDER BY kind, what;

-- ---------- amounts that are neither round nor few: the error that is said is true

-- so large that their sums are not listed, but few, so that they can be here
INSERT INTO deal (kind, estimate, percent)
SELECT 'large ' || s, 9000000000000000 + round((random() * 999999999999999)::numeric, 2), 1 + floor(random() * 98) FROM generate_series(1, 12) s, generate_series(1, 11 + s % 3);
TRUNCATE compared;
DO $$
DECLARE
	k text;
	q numeric;
	f forecast_range;
BEGIN
	FOR k IN SELECT DISTINCT kind FROM deal WHERE kind LIKE 'large %' LOOP
		PERFORM enumerate(k);
		FOREACH q IN ARRAY ARRAY[least_sum(0.2), least_sum(0.5) + 0.01, least_sum(0.7), least_sum(0.3) + 10 ^ 12] LOOP
			f := range_of(k, q);
			INSERT INTO compared VALUES (k, 'chance', abs(f.chance - chance_of(q)), f.chance_error);
		END LOOP;
		INSERT INTO compared VALUES (k, 'p10', abs(f.p10 - least_sum(0.1)), f.error), (k, 'p50', abs(f.p50 - least_sum(0.5)), f.error),
			(k, 'p90', abs(f.p90 - least_sum(0.9)), f.error), (k, 'mean', abs(f.mean - (SELECT sum(sum * chance) FROM outcome)), 0);
	END LOOP;
END $$;
SELECT what, count(*), count(*) FILTER (WHERE ours > right_one) AS wrong, bool_or(right_one > 0) AS errors_are_said FROM compared GROUP BY what ORDER BY what;

-- and many: off by no more than that from round amounts that differ by a cent each
INSERT INTO deal (kind, estimate, percent)
SELECT 'round ' || n, ceil(exp(9 + random() * 3) / 1000) * 1000, 10 + 10 * floor(random() * 9) FROM unnest('{30, 100, 1000, 10000}'::int[]) n, generate_series(1, n);
INSERT INTO deal (kind, estimate, percent)
SELECT replace(kind, 'round', 'awkward'), estimate + (row_number() OVER () % 3 - 1) * 0.01, percent FROM deal WHERE kind LIKE 'round %';
SELECT n, (r).error AS exact, (a).error > 0 AS is_rounded, (a).error <= (a).possible * CASE WHEN n <= 1000 THEN 0.0001 ELSE 0.001 END AS keeps_promise,
	abs((a).p10 - (r).p10) <= (a).error + n * 0.01 AND abs((a).p50 - (r).p50) <= (a).error + n * 0.01 AND abs((a).p90 - (r).p90) <= (a).error + n * 0.01 AS is_true,
	(a).chance - (a).chance_error <= chance('round ' || n, q - n * 0.01) AND (a).chance + (a).chance_error >= chance('round ' || n, q + n * 0.01) AS chance_is_true
FROM unnest('{30, 100, 1000, 10000}'::int[]) n, LATERAL (SELECT range_of('round ' || n)) x (r), LATERAL (SELECT (x.r).p50 + 5000) y (q), LATERAL (SELECT range_of('awkward ' || n, q)) z (a);

-- one giant among them leaves the others no narrower range
INSERT INTO deal (kind, estimate, percent) SELECT 'giant ' || n, 3e10 + 0.01, 45 FROM unnest('{30, 100, 1000, 10000}'::int[]) n;
INSERT INTO deal (kind, estimate, percent) SELECT replace(kind, 'awkward', 'giant'), round(estimate * 77.77, 2), 40 FROM deal WHERE kind LIKE 'awkward %';
SELECT n, (a).error > 0 AS is_rounded, (a).error <= (a).possible * CASE WHEN n <= 1000 THEN 0.0001 ELSE 0.001 END AS keeps_promise
FROM unnest('{30, 100, 1000, 10000}'::int[]) n, LATERAL (SELECT range_of('giant ' || n)) z (a);

-- correlated ones, rounded: still as true, and the mean is the same
SELECT n, c, abs((a).p10 - (r).p10) <= (a).error + (r).error + n * 0.01 AND abs((a).p90 - (r).p90) <= (a).error + (r).error + n * 0.01 AS is_true,
	(a).mean = (i).mean AS same_mean, (a).standard_deviation > (i).standard_deviation AS is_wider, (a).p10 < (i).p10 AND (a).p90 > (i).p90 AS ends_are_farther
FROM (VALUES (30, 0.1), (30, 0.9), (100, 0.2)) v (n, c), LATERAL (SELECT range_of('round ' || n, NULL, c), range_of('awkward ' || n, NULL, c), range_of('awkward ' || n)) x (r, a, i);

-- ---------- the same digits in any order, by groups, and with workers

CREATE TABLE shuffled AS SELECT row_number() OVER (ORDER BY random()) AS n, d.* FROM deal d WHERE kind IN ('awkward 1000', 'gpb', 'large 1');
SELECT count(DISTINCT f) FROM (
	SELECT forecast_range(status, estimate, revenue, percent, 5000000, c ORDER BY n) AS f FROM shuffled, (VALUES (0)) v (c)
	UNION ALL SELECT forecast_range(status, estimate, revenue, percent, 5000000, 0 ORDER BY n DESC) FROM shuffled
	UNION ALL SELECT forecast_range(status, estimate, revenue, percent, 5000000, 0 ORDER BY estimate) FROM shuffled) x;
CREATE TABLE spread (LIKE shuffled);
INSERT INTO spread SELECT * FROM shuffled;
ALTER TABLE spread SET (parallel_workers = 4);
ANALYZE spread;
SELECT (forecast_range(status, estimate, revenue, percent, 5000000, 0.05)) AS alone, forecast_quantile(status, estimate, revenue, percent, 0.3) AS quantile_alone,
	forecast_chance(status, estimate, revenue, percent, 5000000) AS chance_alone FROM spread \gset
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT plan_steps('SELECT forecast_range(status, estimate, revenue, percent) FROM spread', 'Partial Aggregate'),
	plan_steps('SELECT forecast_quantile(status, estimate, revenue, percent, 0.3) FROM spread', 'Partial Aggregate'),
	plan_steps('SELECT forecast_chance(status, estimate, revenue, percent, 3) FROM spread', 'Partial Aggregate');
SELECT forecast_range(status, estimate, revenue, percent, 5000000, 0.05)::text = :'alone' AS range,
	forecast_quantile(status, estimate, revenue, percent, 0.3) = :'quantile_alone' AS quantile,
	forecast_chance(status, estimate, revenue, percent, 5000000) = :'chance_alone' AS chance FROM spread;
SELECT outcome('SELECT forecast_chance(status, estimate, revenue, percent, n % 2) FROM forecast.spread');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
-- a frame that grows asks the same state again and again
SELECT estimate, forecast_quantile(status, estimate, revenue, percent, 0.9) OVER (ORDER BY estimate ROWS UNBOUNDED PRECEDING) FROM deal WHERE kind = 'cents' ORDER BY 1;

-- ---------- edges

SELECT * FROM range_of('none', 0);
SELECT chance('none', 0), (SELECT forecast_quantile('open', 1, 1, 1, 0.5) FROM deal WHERE kind = 'none');
INSERT INTO deal VALUES ('one', 'open', 100, NULL, 10), ('certain', 'won', 100, 250.5, 3), ('certain', 'won', 1.25, NULL, 0), ('certain', 'open', 10, 99, 100),
	('nothing', 'lost', 5, 6, 7), ('nothing', 'won', NULL, NULL, 100), ('nothing', 'open', NULL, 5, 50), ('nothing', 'open', 5, NULL, 0), ('nothing', 'open', 5, NULL, NULL),
	('nothing', NULL, 5, NULL, 50), ('free', 'open', 0, NULL, 50);
SELECT 'one' AS of, f.* FROM range_of('one', 100) f UNION ALL SELECT 'certain', f.* FROM range_of('certain', 261.75) f UNION ALL SELECT 'more', f.* FROM range_of('certain', 261.76) f
UNION ALL SELECT 'nothing', f.* FROM range_of('nothing', 0) f UNION ALL SELECT 'more than it', f.* FROM range_of('nothing', 0.001) f UNION ALL SELECT 'free', f.* FROM range_of('free', 0) f
UNION ALL SELECT 'no quota', f.* FROM range_of('one') f UNION ALL SELECT 'correlated', f.* FROM range_of('one', 100, 0.5) f;
-- a quota is reached by what it is rounded up to; one below 0 always
SELECT q, chance('one', q) FROM unnest('{-1, 0, 0.000001, 99.99, 99.991, 100, 100.001, 1e33}'::numeric[]) q;
SELECT forecast_quantile(status, estimate, revenue, percent, q) FROM deal, unnest('{0, 0.5, 0.9, 0.900001, 1}'::float8[]) q WHERE kind = 'one' GROUP BY q ORDER BY q;
SELECT forecast_quantile(status, estimate, revenue, percent, NULL), forecast_chance(status, estimate, revenue, percent, NULL), forecast_chance(status, estimate, revenue, percent, 1, NULL)
FROM deal WHERE kind = 'one';
-- the largest amounts that a table can hold, of which nine are more cents than an integer can be
SELECT f.* FROM (SELECT forecast_range('open', 9999999999999999.99, NULL, 99.99, 9999999999999999.99, 0) FROM generate_series(1, 20)) x (f), LATERAL (SELECT (x.f).*) f;
SELECT f.* FROM (SELECT forecast_range('won', 9999999999999999.99, NULL, 0) FROM generate_series(1, 2000)) x (f), LATERAL (SELECT (x.f).*) f;
-- many at the ends of the scale: numbers too small for the processor are no trouble
SELECT f.p10, f.p50, f.p90, f.error FROM (SELECT forecast_range('open', 100 * (1 + n % 7), NULL, CASE n % 2 WHEN 0 THEN 0.01 ELSE 99.99 END) FROM generate_series(1, 20000) n) x (f), LATERAL (SELECT (x.f).*) f;

SELECT statement, outcome(format('SELECT %s', statement)) FROM unnest(ARRAY[
	$$forecast_range('open', -0.01, NULL, 50)$$, $$forecast_range('won', 1, -1, 50)$$, $$forecast_range('open', 1, NULL, 100.01)$$, $$forecast_range('open', 1, NULL, -1)$$,
	$$forecast_range('open', 'NaN', NULL, 50)$$, $$forecast_range('open', 'infinity', NULL, 50)$$, $$forecast_range('open', 1, NULL, 'NaN')$$, $$forecast_range('open', 0.001, NULL, 50)$$,
	$$forecast_range('open', 1, NULL, 33.333)$$, $$forecast_range('open', 1e16, NULL, 50)$$,
	$$forecast_range('open', 1, NULL, 50, 'NaN', 0)$$, $$forecast_range('open', 1, NULL, 50, '-infinity', 0)$$, $$forecast_chance('open', 1, NULL, 50, 1e34)$$,
	$$forecast_range('open', 1, NULL, 50, 1, 1)$$, $$forecast_range('open', 1, NULL, 50, 1, -0.1)$$, $$forecast_range('open', 1, NULL, 50, 1, 'NaN')$$, $$forecast_chance('open', 1, NULL, 50, 1, 'infinity')$$,
	$$forecast_quantile('open', 1, NULL, 50, 1.1)$$, $$forecast_quantile('open', 1, NULL, 50, -0.1)$$, $$forecast_quantile('open', 1, NULL, 50, 'NaN')$$, $$forecast_quantile('open', 1, NULL, 50, 0.5, 2)$$,
	$$forecast_chance('open', 1, NULL, 50, n) FROM generate_series(1, 2) n$$, $$forecast_chance('open', 1, NULL, 50, NULLIF(n, 1)) FROM generate_series(1, 2) n$$,
	$$forecast_chance('open', 1, NULL, 50, 1, n / 10.0) FROM generate_series(1, 2) n$$, $$forecast_quantile('open', 1, NULL, 50, n / 10.0) FROM generate_series(1, 2) n$$,
	$$forecast_chance(NULL, 1, NULL, 50, n) FROM generate_series(1, 2) n$$,
	$$forecast_range('lost', -1, NULL, 500)$$, $$forecast_chance('open', 1, NULL, 50, 1, n * 0) FROM generate_series(1, 2) n$$]) statement;
SELECT forecast_range('open', 1, NULL, 50, 1, 1);
SELECT forecast_quantile('open', 1, NULL, 50, n / 10.0) FROM generate_series(1, 2) n;
SELECT forecast_range('open', 1, NULL, 101);
SELECT count(*) > 0 AS too_many FROM (SELECT outcome($$SELECT forecast_range('open', 1, NULL, 50) FROM generate_series(1, 5000001)$$)) x (o) WHERE o LIKE '54000 %';

-- What other implementations have got wrong: chances below 0 of what is certain, complex ones of five, none of more than 64, sums above 1, and numbers that
-- overflow on the way to a small chance.
SELECT f.certain, f.possible, f.p10, f.p90, f.chance FROM (SELECT forecast_range('open', 1, NULL, 100, 11, 0) FROM generate_series(1, 100)) x (f), LATERAL (SELECT (x.f).*) f;
INSERT INTO deal (kind, estimate, percent) SELECT 'five', 1, p FROM unnest('{8.07, 0.8, 3.43, 90.14, 0.82}'::numeric[]) p;
SELECT enumerate('five') \g /dev/null
SELECT sum, abs(chance('five', sum)::numeric - chance_of(sum)) < 1e-15 AS is_right FROM outcome ORDER BY sum;
SELECT n, chance <= 1 AS is_chance, abs(chance - 1) < 1e-12 AS is_whole, median FROM unnest('{65, 1021, 10000}'::int[]) n, LATERAL (
	SELECT max(c) AS chance, max(m) AS median FROM (SELECT forecast_chance('open', 1, NULL, 50, 0.01) AS c, forecast_quantile('open', 1, NULL, 50, 0.5) AS m FROM generate_series(1, n)) x) f;
-- P(X >= 170) of 5000 at 1.92 %, beside the sum of its terms by logarithms
SELECT abs(ln(c) - ln(s)) < 1e-9 AS is_right, c BETWEEN 1e-12 AND 1e-10 AS is_small FROM (SELECT forecast_chance('open', 1, NULL, 1.92, 170) FROM generate_series(1, 5000)) x (c),
	(SELECT sum(exp(l + (5000 - k) * ln(1 - .0192::float8) + k * ln(.0192::float8))) FROM (SELECT k, sum(ln((5001 - k)::float8 / k)) OVER (ORDER BY k) AS l FROM generate_series(1, 400) k) t WHERE k >= 170) y (s);

-- ---------- opportunities that meet criteria

SELECT create_organization('Forecast') AS organization, create_organization('Another') AS another \gset
SET salesopp.organization_id = :another;
INSERT INTO opportunity (subject, estimated_revenue, progress_method, progress) VALUES ('Foreign', 7777, 'manual', 50);
SET salesopp.organization_id = :organization;
INSERT INTO opportunity (subject, estimated_revenue, progress_method, progress, rating)
SELECT 'Deal ' || n, CASE WHEN n % 9 > 0 THEN n * 1000.5 END, 'manual', n * 7 % 101, 1 + n % 2 FROM generate_series(1, 60) n;
UPDATE opportunity SET status = 'won', actual_revenue = 1234.56 WHERE subject LIKE 'Deal 1_';
UPDATE opportunity SET status = 'lost' WHERE subject LIKE 'Deal 2_';
UPDATE opportunity SET deleted_at = now() WHERE subject LIKE 'Deal 3_';
-- the mean is the pipeline of the summary
SELECT c, (forecast(c, 0, 0.3)).mean = s.pipeline AS same, (forecast(c)).mean FROM unnest('{"{}", "{\"rating\": 1}", "{\"status\": \"open\"}", "{\"subject\": \"nothing\"}"}'::jsonb[]) c,
	LATERAL (SELECT pipeline FROM summary(c) WHERE status = 'total') s;
SELECT f AS range FROM forecast('{"rating": 2}', 300000, 0.1) f \gset
SELECT :'range' = forecast_range(status, estimated_revenue, actual_revenue, progress, 300000, 0.1)::text AS same_as_aggregate
FROM opportunity WHERE rating = 2 AND deleted_at IS NULL AND organization_id = :organization;
SELECT * FROM forecast('{"subject": "nothing"}', 1);
SELECT (forecast(NULL, NULL, NULL)).opportunities;
-- the curve falls from nearly 1 to nearly 0, and says what forecast() says
SELECT count(*), min(amount), max(amount), bool_and(chance_at_least = (forecast('{}', amount)).chance) AS as_forecast, bool_and(chance_at_least <= before) AS falls,
	max(chance_at_least) >= 0.999 AS begins, min(chance_at_least) BETWEEN 0.001 AND 0.01 AS ends
FROM (SELECT amount, chance_at_least, lag(chance_at_least) OVER (ORDER BY amount) AS before FROM forecast_curve('{}', 50)) c;
SELECT count(*), count(DISTINCT amount) FROM forecast_curve(correlation => 0.4);
SELECT * FROM forecast_curve('{"status": "won"}');
SELECT * FROM forecast_curve('{"subject": "Deal 1"}', 3);
SELECT statement, outcome('SELECT * FROM ' || statement) FROM unnest('{"forecast(''{\"x\": 1}'')", "forecast(quota => ''NaN'')", "forecast(correlation => 1)", "forecast_curve(points => 1)",
	"forecast_curve(points => 10001)", "forecast_curve(points => NULL)", "forecast_curve(correlation => -1)"}'::text[]) statement;
-- ---------- the picture

CREATE FUNCTION forecast.part(picture text, path text) RETURNS SETOF text LANGUAGE sql STABLE
RETURN unnest(xpath(path, picture::xml, '{{s, http://www.w3.org/2000/svg}}')::text[]);
SELECT forecast_svg('{}', 500000) AS picture \gset
SELECT part(:'picture', '/s:svg/s:title/text()'), part(:'picture', '/s:svg/@height') AS height;
SELECT part(:'picture', '/s:svg/s:desc/text()');
SELECT part(:'picture', '/s:svg/s:text/text()');
-- bars lie side by side within the picture; their heights are their chances, and the marks stand where their amounts are
SELECT count(*) AS bars, bool_and(x >= 24 AND x + width <= 577 AND y >= 110 AND y + height = 280) AS inside, max(height) AS highest, bool_and(next_x IS NULL OR x + width <= next_x + 1) AS apart
FROM (SELECT *, lead(x) OVER (ORDER BY x) AS next_x FROM XMLTABLE(XMLNAMESPACES('http://www.w3.org/2000/svg' AS s), '//s:rect[s:title]' PASSING (:'picture'::xml)
	COLUMNS x int PATH '@x', y int PATH '@y', width int PATH '@width', height int PATH '@height')) b;
SELECT abs(m.x + 1 - (24 + v.amount / 800000 * 552)) <= 1 AS is_in_place
FROM XMLTABLE(XMLNAMESPACES('http://www.w3.org/2000/svg' AS s), '//s:rect[@width="2" and not(s:title)]' PASSING (:'picture'::xml) COLUMNS n FOR ORDINALITY, x int PATH '@x') m
JOIN (SELECT n, amount FROM forecast('{}', 500000) f, unnest(ARRAY[f.p10, f.p50, f.p90, 500000]) WITH ORDINALITY u (amount, n)) v USING (n);
SELECT part(:'picture', '//s:rect/s:title/text()') AS bars LIMIT 2;
-- a half is rounded as round() does
BEGIN;
INSERT INTO opportunity (subject, estimated_revenue, progress_method, progress) VALUES ('Halves', 100, 'manual', 62.5);
SELECT part(forecast_svg('{"subject": "Halves"}', 100), '/s:svg/s:desc/text()');
ROLLBACK;
SELECT part(forecast_svg('{}', 500000.005, 'nb'), '/s:svg/s:text/text()');
SELECT part(forecast_svg('{"status": "won"}', language => 'nb'), '/s:svg/s:desc/text()');
SELECT part(forecast_svg('{"subject": "nothing"}', 5), '/s:svg/s:text/text()');
-- whatever the quota is, the picture is one
SELECT q, count(*) FROM unnest('{-1e30, 0, 0.01, 1e15, 1e33}'::numeric[]) q, LATERAL part(forecast_svg('{}', q), '//s:rect') GROUP BY q ORDER BY q;
-- no label, 40 wide, is crossed by another mark
SELECT q, count(*) AS labels, count(*) FILTER (WHERE EXISTS (SELECT FROM XMLTABLE(XMLNAMESPACES('http://www.w3.org/2000/svg' AS s), '//s:rect[@width="2" and not(s:title)]' PASSING p.picture
	COLUMNS x int PATH '@x', y int PATH '@y') m WHERE m.y < l.y AND m.x BETWEEN l.x - CASE l.anchor WHEN 'end' THEN 40 ELSE 0 END AND l.x + CASE l.anchor WHEN 'end' THEN 0 ELSE 40 END)) AS crossed
FROM unnest('{1, 250000, 300000, 330000, 350000, 360000, 380000, 5e5, 2e6}'::numeric[]) q, LATERAL (SELECT forecast_svg('{}', q)::xml AS picture) p,
	LATERAL XMLTABLE(XMLNAMESPACES('http://www.w3.org/2000/svg' AS s), '//s:text[@font-size="11" and @y < 200]' PASSING p.picture COLUMNS x int PATH '@x', y int PATH '@y', anchor text PATH '@text-anchor') l
GROUP BY q ORDER BY q;
SELECT outcome(statement) FROM unnest('{"SELECT forecast_svg(quota => ''NaN'')", "SELECT forecast_svg(language => ''xx'')", "SELECT forecast_svg(''{\"x\": 1}'')"}'::text[]) statement;
-- amounts that are rounded say so
INSERT INTO opportunity (subject, estimated_revenue, progress_method, progress) SELECT 'Odd ' || n, 10000 + n * 333.33 + round(sqrt(n)::numeric, 2), 'manual', 30 FROM generate_series(1, 40) n;
SELECT count(*) FROM part(forecast_svg('{"subject": "Odd"}'), '//s:text') t WHERE t LIKE '% ± %';

-- it can be stopped
SELECT clock_timestamp() AS started \gset
SET statement_timeout = '1500ms';
SELECT outcome($$SELECT forecast_chance('open', n + 0.37 * (n % 1009), NULL, 50, 5e9) FROM generate_series(1, 500000) n$$);
RESET statement_timeout;
SELECT clock_timestamp() - :'started' < interval '4 s' AS soon;

RESET salesopp.organization_id;
SET client_min_messages = warning;
DROP SCHEMA forecast CASCADE;
