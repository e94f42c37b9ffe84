-- What opportunities are worth, alone and added up: F2.1, F1.4
-- Also on several servers.
CREATE SCHEMA pipeline_test;
SET search_path = pipeline_test, salesopp, test, public;

--
-- F2.1 One opportunity
--
SELECT status, estimated, actual, progress, weighted_value(status, estimated, actual, progress)
FROM (VALUES
	-- open: the estimate times progress, whatever stands as actual revenue
	(1, 'open'::opportunity_status, 1000.00, NULL::numeric, 25.00),
	(2, 'open', 1000, NULL, 0),
	(3, 'open', 1000, NULL, 100),
	(4, 'open', 100, NULL, 33.33),
	(5, 'open', 0.01, NULL, 0.01),
	(6, 'open', 1000, 7, 50),
	(7, 'open', 0, NULL, 50),
	-- won: all of the actual revenue, or of the estimate where it is not known
	(8, 'won', 1000, 900.50, 25),
	(9, 'won', 1000, NULL, 25),
	(10, 'won', NULL, 900, NULL),
	(11, 'won', 1000, 0, 25),
	-- lost: nothing
	(12, 'lost', 1000, NULL, 75),
	(13, 'lost', 1000, 500, 75),
	(14, 'lost', NULL, NULL, NULL),
	-- what is not known makes it unknown
	(15, 'open', NULL, NULL, 50),
	(16, 'open', NULL, 500, 50),
	(17, 'open', 1000, NULL, NULL),
	(18, 'won', NULL, NULL, 100),
	(19, NULL, 1000, 1000, 50)) v (n, status, estimated, actual, progress)
ORDER BY n;

-- F2.1 The edges of what the table can hold, and beyond them: exact
SELECT status, estimated, progress, weighted_value(status, estimated, NULL, progress)
FROM (VALUES
	(1, 'open'::opportunity_status, 9999999999999999.99, 100.00),
	(2, 'open', 9999999999999999.99, 99.99),
	(3, 'open', 9999999999999999.99, 33.33),
	(4, 'open', 9999999999999999.99, 0.01),
	(5, 'won', 9999999999999999.99, 0),
	(6, 'open', 10000000000000000.00, 99.99),
	(7, 'open', 99999999999999999999999999999999999999.99, 33.33),
	(8, 'won', 123456789012345678901234567890.123456789, 0),
	(9, 'open', 0.001, 50),
	(10, 'open', 0.0001, 100),
	(11, 'open', 0.00001, 0.01),
	(12, 'open', 12.345678901234567890, 12.5),
	(13, 'open', 100, 33.333333333333333333),
	(14, 'open', 100, 250),
	(15, 'open', 100, -25),
	(16, 'open', -100, 25),
	(17, 'won', -0.01, 0),
	(18, 'won', -123.456, 0),
	-- digits that say nothing
	(19, 'open', 100.0000000000, 50.000000),
	(20, 'won', 1.10000000000000000000000000000000000000000000000000000000000000000000000000, 0),
	(21, 'won', -2.50000000000000000000000000000000000000000000000000000000000000000000000000, 0),
	(22, 'won', 20000, 0),
	(23, 'won', 100000000000000000000, 0)) v (n, status, estimated, progress)
ORDER BY n;

SELECT status, estimated, progress, weighted_value(status, estimated, NULL, progress)
FROM (VALUES
	(1, 'open'::opportunity_status, 'NaN'::numeric, 50::numeric),
	(2, 'open', 'Infinity', 50),
	(3, 'open', '-Infinity', 50),
	(4, 'open', 100, 'NaN'),
	(5, 'open', 100, 'Infinity'),
	(6, 'open', 'Infinity', 0),
	(7, 'won', 'NaN', 0),
	(8, 'won', 'Infinity', 0),
	(9, 'lost', 'NaN', 0)) v (n, status, estimated, progress)
ORDER BY n;

-- numbers so long that they are stored compressed, or out of line
CREATE TABLE long_number (id int, compressed numeric, outside numeric);
ALTER TABLE long_number ALTER compressed SET STORAGE MAIN, ALTER outside SET STORAGE EXTERNAL;
INSERT INTO long_number SELECT 1, n, n FROM CAST(repeat('1234', 5000) || '.25' AS numeric) n;
SELECT pg_column_size(compressed) < 1000 AS is_compressed,
	pg_column_size(outside) > 8000 AS is_long,
	weighted_value('won', compressed, NULL, NULL) = compressed AS won_compressed,
	weighted_value('won', NULL, outside, NULL) = outside AS won_outside,
	weighted_value('open', outside, NULL, 50) * 2 = outside AS open_outside
FROM long_number;
SELECT pipeline_value('won', compressed, outside, NULL) = sum(outside) AS added_up,
	pipeline_value('open', compressed, outside, 0.01) * 10000 = sum(outside) AS weighted
FROM long_number, generate_series(1, 3);

-- as many decimals as a number can have
SELECT weighted_value('won', n, NULL, NULL) = n AS won, weighted_value('open', n, NULL, 10) * 10 = n AS open
FROM CAST('0.' || repeat('0', 5000) || '7' AS numeric) n;

--
-- F1.4 Over no rows, and over unknown ones
--
SELECT pipeline_value('open', 1, 1, 1) WHERE false;
SELECT * FROM (SELECT (pipeline_summary('open', 1, 1, 1)).* WHERE false) s \gx
SELECT pipeline_value(NULL, NULL, NULL, NULL), pipeline_value(NULL, 1, 1, 1),
	pipeline_value('open', NULL, 1, 1), pipeline_value('won', NULL, NULL, 1), pipeline_value('lost', NULL, NULL, NULL);
SELECT (pipeline_summary(status, NULL, NULL, NULL)).*
FROM (VALUES ('won'::opportunity_status), ('open'), ('open'), ('lost'), (NULL)) v (status) \gx

-- F1.4 The four figures of each status: the highest is of the revenue that counts
SELECT (pipeline_summary(status, estimated, actual, progress)).*
FROM (VALUES
	('won'::opportunity_status, 500.00, 450.00, 0.00),
	('won', 100, NULL, 0),
	('won', NULL, 50, 0),
	('open', 300, NULL, 33.33),
	('open', NULL, NULL, 50),
	('open', 200, 9999, NULL),
	('lost', 700, NULL, 75),
	('lost', 800, 900, 75)) v (status, estimated, actual, progress) \gx

-- also where all are negative
SELECT (pipeline_summary(status, estimated, NULL, 50)).*
FROM (VALUES ('open'::opportunity_status, -20.00), ('open', -10), ('won', -30), ('lost', -5.123)) v (status, estimated) \gx

-- F1.4 NaN and infinities
SELECT status, (s).total_opportunities AS opportunities, (s).total_estimated_revenue AS estimated,
	(s).total_pipeline AS pipeline, (s).total_highest AS highest
FROM (
	SELECT n, status, pipeline_summary(v.status, estimated, NULL, 50) AS s
	FROM (VALUES
		(1, 'open'::opportunity_status, '{1,NaN,2}'::numeric[]),
		(2, 'open', '{1,Infinity,2}'),
		(3, 'open', '{1,-Infinity,2}'),
		(4, 'won', '{Infinity,-Infinity}'),
		(5, 'won', '{Infinity,NaN}'),
		(6, 'lost', '{NaN,7}')) v (n, status, amounts), unnest(amounts) estimated
	GROUP BY n, status) g
ORDER BY n;

-- the largest amounts of the table, many of them: no overflow, no rounding
SELECT pipeline_value('open', 9999999999999999.99, NULL, 99.99),
	pipeline_value('won', 1, 9999999999999999.99, 0),
	(pipeline_summary('open', 9999999999999999.99, NULL, 99.99)).total_estimated_revenue
FROM generate_series(1, 1000000);

--
-- F1.4 Thousands of rows against the same in plain SQL
--
CREATE TABLE deal (n int PRIMARY KEY, part int GENERATED ALWAYS AS (n % 10) STORED,
	status opportunity_status, estimated numeric, actual numeric, progress numeric);

-- digits that look random and are the same everywhere
CREATE FUNCTION noise(n int, topic text, below bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
RETURN ('x' || left(md5(topic || n), 12))::bit(48)::bigint % below;

-- Two rows of three are of the table's kind; the rest is larger, finer or negative.
INSERT INTO deal (n, status, estimated, actual, progress)
SELECT n,
	(enum_range(NULL::opportunity_status))[1 + noise(n, 'status', 3)],
	CASE WHEN noise(n, 'no estimate', 10) > 0 THEN estimated END,
	CASE WHEN noise(n, 'no actual', 3) > 0 THEN estimated * noise(n, 'actual', 150) / 100.0 END,
	CASE WHEN noise(n, 'no progress', 12) > 0 THEN
		CASE noise(n, 'fine progress', 9) WHEN 0 THEN noise(n, 'progress', 100000000) * 0.000001
			WHEN 1 THEN noise(n, 'progress', 500) - 200
			ELSE noise(n, 'progress', 10001) * 0.01 END END
FROM generate_series(1, 6000) n, LATERAL (SELECT CASE noise(n, 'kind', 12)
	WHEN 0 THEN noise(n, 'a', 1000000000000) * 1000000000000000.0
	WHEN 1 THEN noise(n, 'a', 1000000000000) * 0.00000001
	WHEN 2 THEN noise(n, 'a', 1000000000000) * 0.001 + noise(n, 'b', 1000000000000) * 100000000000.0
	WHEN 3 THEN -noise(n, 'a', 1000000) * 0.01
	WHEN 4 THEN noise(n, 'a', 1000000000000)
	ELSE noise(n, 'a', 100000000) * 0.01 END) v (estimated);
UPDATE deal SET status = NULL WHERE n % 500 = 0;

-- The same rules in plain SQL, and the same way of showing them.
CREATE FUNCTION shown(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN CASE WHEN scale(amount) IS NULL THEN amount ELSE round(amount, greatest(2, min_scale(amount))) END;
CREATE VIEW plain_deal AS
SELECT *,
	CASE status WHEN 'open' THEN estimated * progress * 0.01 WHEN 'won' THEN COALESCE(actual, estimated)
		WHEN 'lost' THEN 0 END AS weighted,
	CASE WHEN status = 'won' THEN COALESCE(actual, estimated) WHEN status IS NOT NULL THEN estimated END AS revenue
FROM deal;
CREATE FUNCTION plain_totals(rows int4range, every int, remainder int) RETURNS pipeline_totals LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT
		count(*) FILTER (WHERE status = 'won'),
		shown(COALESCE(sum(estimated) FILTER (WHERE status = 'won'), 0)),
		shown(COALESCE(sum(weighted) FILTER (WHERE status = 'won'), 0)),
		shown(max(revenue) FILTER (WHERE status = 'won')),
		count(*) FILTER (WHERE status = 'open'),
		shown(COALESCE(sum(estimated) FILTER (WHERE status = 'open'), 0)),
		shown(COALESCE(sum(weighted) FILTER (WHERE status = 'open'), 0)),
		shown(max(revenue) FILTER (WHERE status = 'open')),
		count(*) FILTER (WHERE status = 'lost'),
		shown(COALESCE(sum(estimated) FILTER (WHERE status = 'lost'), 0)),
		shown(COALESCE(sum(weighted) FILTER (WHERE status = 'lost'), 0)),
		shown(max(revenue) FILTER (WHERE status = 'lost')),
		count(status),
		shown(COALESCE(sum(estimated) FILTER (WHERE status IS NOT NULL), 0)),
		shown(COALESCE(sum(weighted), 0)),
		shown(max(revenue))
	FROM plain_deal d
	WHERE d.n BETWEEN lower(plain_totals.rows) AND upper(plain_totals.rows) - 1
		AND d.n % plain_totals.every = plain_totals.remainder;
END;

-- there are rows of each kind
SELECT count(*) AS rows, count(*) FILTER (WHERE status IS NULL) > 0 AS no_status,
	count(*) FILTER (WHERE estimated IS NULL) > 500 AS no_estimate, count(*) FILTER (WHERE progress IS NULL) > 400 AS no_progress,
	count(*) FILTER (WHERE estimated < 0) > 300 AS negative, count(*) FILTER (WHERE estimated >= 1e16) > 400 AS large,
	count(*) FILTER (WHERE min_scale(estimated) > 2) > 400 AS fine,
	count(*) FILTER (WHERE estimated BETWEEN 0 AND 1e16 AND min_scale(estimated) <= 2) > 3000 AS fit
FROM deal;

-- each row
SELECT count(*) AS differing FROM plain_deal
WHERE weighted_value(status, estimated, actual, progress)::text IS DISTINCT FROM shown(weighted)::text;

-- all of them: the figures, their decimals too
SELECT pipeline_value(status, estimated, actual, progress)::text
	= (plain_totals('[1,6000]', 1, 0)).total_pipeline::text AS same_pipeline,
	pipeline_summary(status, estimated, actual, progress)::text
	= plain_totals('[1,6000]', 1, 0)::text AS same_summary
FROM deal;

-- groups
SELECT count(*) AS groups, count(*) FILTER (WHERE summary::text = plain_totals('[1,6000]', 100, remainder)::text
		AND value::text = (summary).total_pipeline::text) AS same
FROM (SELECT n % 100 AS remainder, pipeline_summary(status, estimated, actual, progress) AS summary,
		pipeline_value(status, estimated, actual, progress) AS value
	FROM deal GROUP BY n % 100) g;
SELECT status, count(*) > 0 AS has_rows, sum(value) FILTER (WHERE level = 1) = sum(value) FILTER (WHERE level = 0) AS adds_up
FROM (SELECT status, n % 7, grouping(n % 7) AS level, pipeline_value(status, estimated, actual, progress) AS value
	FROM deal GROUP BY status, ROLLUP (n % 7)) g
GROUP BY status ORDER BY status;

--
-- F1.4 In parallel: partial sums, then combined
--
CREATE VIEW sums AS SELECT pipeline_summary(status, estimated, actual, progress) AS summary,
	pipeline_value(status, estimated, actual, progress) AS value FROM deal;
CREATE VIEW grouped_sums AS SELECT part, pipeline_summary(status, estimated, actual, progress) AS summary
FROM deal GROUP BY part;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET max_parallel_workers_per_gather = 2;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
ANALYZE deal;
EXPLAIN (COSTS OFF) SELECT * FROM sums;
SELECT * FROM sums \gset
SELECT :'summary' = plain_totals('[1,6000]', 1, 0)::text AS same,
	:'value' = (plain_totals('[1,6000]', 1, 0)).total_pipeline::text AS same_value;
SELECT plan_steps('SELECT * FROM grouped_sums', 'Partial HashAggregate') AS partial_sums;
CREATE TABLE grouped AS SELECT * FROM grouped_sums;
SELECT count(*) AS groups, count(*) FILTER (WHERE summary::text = plain_totals('[1,6000]', 10, part)::text) AS same
FROM grouped;
-- only workers, and no rows for some of them
SET parallel_leader_participation = off;
SELECT * FROM sums \gset
SELECT :'summary' = plain_totals('[1,6000]', 1, 0)::text AS same;
SELECT pipeline_summary(status, estimated, actual, progress) AS summary FROM deal WHERE n = 17 \gset
SELECT :'summary' = plain_totals('[17,17]', 1, 0)::text AS same;
SELECT pipeline_value(status, estimated, actual, progress) FROM deal WHERE n = 0;
RESET parallel_leader_participation;
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET max_parallel_workers_per_gather;
RESET enable_indexscan;
RESET enable_indexonlyscan;

-- The same with a partial sum for each partition, so that what is combined is known: nothing, only
-- amounts of the table's kind, only others, none known.
CREATE TABLE parted (part int, status opportunity_status, estimated numeric, actual numeric, progress numeric)
PARTITION BY LIST (part);
CREATE TABLE parted_none PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_fit PARTITION OF parted FOR VALUES IN (2);
CREATE TABLE parted_other PARTITION OF parted FOR VALUES IN (3);
CREATE TABLE parted_unknown PARTITION OF parted FOR VALUES IN (4);
INSERT INTO parted VALUES
	(2, 'open', 100, NULL, 33.33), (2, 'won', 300, 250, 0), (2, 'lost', 75, NULL, 0),
	(3, 'open', 1e20, NULL, 33.33), (3, 'open', 0.00001, NULL, 50), (3, 'lost', 1e30, NULL, 50),
	(4, 'open', NULL, NULL, 50), (4, 'won', NULL, NULL, 50), (4, NULL, 5, 5, 5);
SET enable_partitionwise_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SELECT plan_steps('SELECT pipeline_summary(status, estimated, actual, progress) FROM parted', 'Partial Aggregate') AS partial_sums;
SELECT (pipeline_summary(status, estimated, actual, progress)).* FROM parted \gx
SELECT pipeline_value(status, estimated, actual, progress) FROM parted;
INSERT INTO parted VALUES (3, 'won', 'NaN', 10, 0);
SELECT (s).won_estimated_revenue, (s).won_pipeline, (s).won_highest, (s).total_estimated_revenue, (s).total_pipeline, (s).total_highest
FROM (SELECT pipeline_summary(status, estimated, actual, progress) AS s FROM parted) p;
RESET enable_partitionwise_aggregate;
RESET max_parallel_workers_per_gather;

--
-- F1.4 As window functions over moving frames, against a sum over each frame's rows
--
SELECT count(*) AS rows, count(*) FILTER (WHERE value::text = (plain_totals(frame, 1, 0)).total_pipeline::text
		AND summary::text = plain_totals(frame, 1, 0)::text) AS same
FROM (SELECT int4range(n - 3, n + 2, '[]') AS frame,
		pipeline_value(status, estimated, actual, progress) OVER w AS value,
		pipeline_summary(status, estimated, actual, progress) OVER w AS summary
	FROM deal WINDOW w AS (ORDER BY n ROWS BETWEEN 3 PRECEDING AND 2 FOLLOWING)) f;

-- NaN and infinities enter and leave
UPDATE deal SET estimated = (ARRAY['NaN', 'Infinity', '-Infinity'])[1 + n % 3]::numeric WHERE n % 41 = 0;
UPDATE deal SET actual = 'NaN' WHERE n % 43 = 0;
UPDATE deal SET progress = 'NaN' WHERE n % 47 = 0;
SELECT count(*) AS rows, count(*) FILTER (WHERE value::text = (plain_totals(frame, 1, 0)).total_pipeline::text
		AND summary::text = plain_totals(frame, 1, 0)::text) AS same
FROM (SELECT int4range(n - 12, n - 2, '[]') AS frame,
		pipeline_value(status, estimated, actual, progress) OVER w AS value,
		pipeline_summary(status, estimated, actual, progress) OVER w AS summary
	FROM deal WINDOW w AS (ORDER BY n ROWS BETWEEN 12 PRECEDING AND 2 PRECEDING)) f;

-- step by step: a fine amount, the largest, NaN and NULL come and go, and so does everything
SELECT n, status, estimated, pipeline_value(status, estimated, NULL, 50) OVER w AS value,
	(pipeline_summary(status, estimated, NULL, 50) OVER w).total_highest AS highest,
	(pipeline_summary(status, estimated, NULL, 50) OVER w).total_opportunities AS opportunities
FROM (VALUES
	(1, 'open'::opportunity_status, 10.00), (2, 'open', 900), (3, 'open', 900), (4, 'open', 0.001), (5, 'lost', 'NaN'),
	(6, 'open', NULL), (7, 'open', 'NaN'), (8, 'open', 5), (9, 'won', 1e20), (10, 'open', 1), (11, NULL, 1)) v (n, status, estimated)
WINDOW w AS (ORDER BY n ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)
ORDER BY n;

-- from each row to the end; and without the row itself
SELECT n, pipeline_value('open', amount, NULL, 10) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS to_the_end,
	pipeline_value('open', amount, NULL, 10) OVER (ORDER BY n RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS neighbours,
	pipeline_value('open', amount, NULL, 10) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) AS others
FROM (VALUES (1, 10.00), (2, 20), (3, 1.23456), (4, 1e18)) v (n, amount)
ORDER BY n;

--
-- F2.1 Nothing is rounded, so parts add up to their total
--
SELECT part, pipeline_value('open', 100, NULL, 33.33) AS exact,
	pipeline_value('open', 0.01, NULL, 33.33) AS tiny
FROM generate_series(1, 3) part GROUP BY ROLLUP (part) ORDER BY part;

--
-- DISTINCT, FILTER, ORDER BY, HAVING
--
SELECT pipeline_value(DISTINCT status, estimated, NULL, 50) AS distinct_ones,
	pipeline_value(status, estimated, NULL, 50) AS all_ones,
	pipeline_value(status, estimated, NULL, 50) FILTER (WHERE estimated > 10) AS over_10,
	pipeline_value(status, estimated, NULL, 50) FILTER (WHERE estimated > 99) AS over_99,
	pipeline_value(status, estimated, NULL, 50 ORDER BY estimated DESC) AS in_order,
	(pipeline_summary(DISTINCT status, estimated, NULL, 50)).total_opportunities AS distinct_count
FROM (VALUES ('open'::opportunity_status, 10.00), ('open', 10.00), ('open', 20), ('won', 20), ('won', 20)) v (status, estimated);
SELECT status FROM (VALUES ('open'::opportunity_status, 10.00), ('won', 20)) v (status, estimated)
GROUP BY status HAVING pipeline_value(status, estimated, NULL, 50) > 5;

--
-- The inner functions of the aggregates are of no use outside
--
SELECT statement, outcome('SELECT ' || statement) FROM (VALUES
	($$pipeline_accum(NULL, 'open', 1, 1, 1)$$),
	($$pipeline_accum('\x00', 'open', 1, 1, 1)$$),
	($$pipeline_accum_inv(NULL, 'open', 1, 1, 1)$$),
	($$pipeline_combine(NULL, NULL)$$),
	($$pipeline_combine('\x00', '\x00')$$),
	($$pipeline_value_final('\x00')$$),
	($$pipeline_summary_final(NULL)$$)) v (statement);

SET client_min_messages = warning;
DROP SCHEMA pipeline_test CASCADE;
