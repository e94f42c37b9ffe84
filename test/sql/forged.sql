-- Issue 17: the inner functions of the aggregates take states as bytea, so whoever may call them can forge one.
-- Bytes that are no state are refused with 22P03 (22003 where a number in them is too large), whatever they are.
\set SHOW_CONTEXT never
CREATE SCHEMA forged;
SET search_path = forged, test, salesopp, public;

-- Real states to begin with, and the ways in which a state reaches each function: as the one that is kept and
-- as the one that comes from elsewhere.
CREATE FUNCTION take(bytea, bytea) RETURNS bytea LANGUAGE sql IMMUTABLE RETURN $2;
CREATE AGGREGATE pipeline_state(opportunity_status, numeric, numeric, numeric) (SFUNC = pipeline_accum, STYPE = bytea);
CREATE AGGREGATE progress_state(stage_status, integer, numeric) (SFUNC = stage_progress_accum, STYPE = bytea);
CREATE AGGREGATE accumulated(opportunity_status, numeric, numeric, numeric ORDER BY bytea)
	(SFUNC = take, STYPE = bytea, FINALFUNC = pipeline_accum);
CREATE AGGREGATE taken_out(opportunity_status, numeric, numeric, numeric ORDER BY bytea)
	(SFUNC = take, STYPE = bytea, FINALFUNC = pipeline_accum_inv);
CREATE AGGREGATE combined(bytea ORDER BY bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = pipeline_combine);
CREATE AGGREGATE value_of(bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = pipeline_value_final);
CREATE AGGREGATE summary_of(bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = pipeline_summary_final);
CREATE AGGREGATE progress_accumulated(stage_status, integer, numeric ORDER BY bytea)
	(SFUNC = take, STYPE = bytea, FINALFUNC = stage_progress_accum);
CREATE AGGREGATE progress_taken_out(stage_status, integer, numeric ORDER BY bytea)
	(SFUNC = take, STYPE = bytea, FINALFUNC = stage_progress_accum_inv);
CREATE AGGREGATE progress_combined(bytea ORDER BY bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = stage_progress_combine);
CREATE AGGREGATE progress_of(bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = stage_progress_final);
CREATE AGGREGATE forecast_state(opportunity_status, numeric, numeric, numeric) (SFUNC = forecast_accum, STYPE = bytea);
CREATE AGGREGATE asked_state(opportunity_status, numeric, numeric, numeric, numeric, double precision) (SFUNC = forecast_accum, STYPE = bytea);
CREATE AGGREGATE forecast_accumulated(opportunity_status, numeric, numeric, numeric ORDER BY bytea)
	(SFUNC = take, STYPE = bytea, FINALFUNC = forecast_accum);
CREATE AGGREGATE forecast_combined(bytea ORDER BY bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = forecast_combine);
CREATE AGGREGATE range_of(bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = forecast_range_final);
CREATE AGGREGATE quantile_of(bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = forecast_quantile_final);
CREATE AGGREGATE chance_of(bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = forecast_chance_final);

CREATE AGGREGATE brier_state(numeric, boolean) (SFUNC = brier_accum, STYPE = bytea);
CREATE AGGREGATE brier_accumulated(numeric, boolean ORDER BY bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = brier_accum);
CREATE AGGREGATE brier_combined(bytea ORDER BY bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = brier_combine);
CREATE AGGREGATE brier_of(bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = brier_final);
CREATE AGGREGATE incidence_state(interval, opportunity_status) (SFUNC = incidence_accum, STYPE = bytea);
CREATE AGGREGATE incidence_accumulated(interval, opportunity_status ORDER BY bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = incidence_accum);
CREATE AGGREGATE incidence_combined(bytea ORDER BY bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = incidence_combine);
CREATE AGGREGATE incidence_of(bytea) (SFUNC = take, STYPE = bytea, FINALFUNC = incidence_final);

CREATE TABLE state AS
SELECT 'pipeline' AS kind, 'plain' AS name, pipeline_state('open', 100, NULL, 50) || '' AS bytes
UNION ALL SELECT 'pipeline', 'exact', pipeline_state(s, e, NULL, p) FROM (VALUES ('open'::opportunity_status, 0.001, 50),
	('won', 1e20, 1), ('lost', 5, 5), ('open', 7, 33.333), ('won', 'Infinity', NULL), ('lost', 'NaN', 1)) v (s, e, p)
UNION ALL SELECT 'forecast', 'plain', forecast_state('open', 100, NULL, 50) || ''
UNION ALL SELECT 'forecast', 'asked', asked_state(s, e, NULL, 40, 7, 0.25) FROM (VALUES ('open'::opportunity_status, 1.25), ('won', 10), ('open', 3)) v (s, e)
UNION ALL SELECT 'progress', 'none', progress_state('pending', 1, 10)
UNION ALL SELECT 'progress', 'some', progress_state('completed', 3, 12.34)
UNION ALL SELECT 'brier', 'squares', brier_state(p, true) FROM unnest('{10, 33.333}'::numeric[]) p
UNION ALL SELECT 'incidence', 'courses', incidence_state(make_interval(days => n), CASE n % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'won' ELSE 'lost' END::opportunity_status) FROM generate_series(1, 16) n;

-- What each function makes of a state, %1$L, and what puts the result to use.
CREATE TABLE call AS SELECT * FROM (VALUES
	('pipeline', 'SELECT value_of(x.s) FROM (SELECT accumulated(''open'', 1, NULL, 1) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('pipeline', 'SELECT value_of(x.s) FROM (SELECT accumulated(''won'', 0.001, NULL, 1) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('pipeline', 'SELECT value_of(x.s) FROM (SELECT taken_out(''open'', 1, NULL, 1) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('pipeline', 'SELECT value_of(x.s) FROM (SELECT taken_out(''won'', 0.001, NULL, 1) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('pipeline', 'SELECT summary_of(x.s) FROM (SELECT combined(%1$L::bytea) WITHIN GROUP (ORDER BY s) AS s FROM (SELECT bytes FROM forged.state WHERE name = ''exact'') v (s)) x'),
	('pipeline', 'SELECT summary_of(x.s) FROM (SELECT combined((SELECT bytes FROM forged.state WHERE name = ''exact'')) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('pipeline', 'SELECT value_of(%1$L::bytea)'),
	('pipeline', 'SELECT summary_of(%1$L::bytea)'),
	('forecast', 'SELECT range_of(x.s) FROM (SELECT forecast_combined(%1$L::bytea) WITHIN GROUP (ORDER BY s) AS s FROM (SELECT bytes FROM forged.state WHERE bytes = %1$L OR name = ''asked'' ORDER BY bytes = %1$L DESC LIMIT 1) v (s)) x'),
	('forecast', 'SELECT range_of(x.s) FROM (SELECT forecast_combined(NULL) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('forecast', 'SELECT range_of(%1$L::bytea)'),
	('forecast', 'SELECT quantile_of(%1$L::bytea)'),
	('forecast', 'SELECT chance_of(%1$L::bytea)'),
	('progress', 'SELECT progress_of(x.s) FROM (SELECT progress_accumulated(''completed'', 3, 1.5) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('progress', 'SELECT progress_of(x.s) FROM (SELECT progress_taken_out(''completed'', 1, 1.5) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('progress', 'SELECT progress_of(x.s) FROM (SELECT progress_combined(%1$L::bytea) WITHIN GROUP (ORDER BY s) AS s FROM (SELECT bytes FROM forged.state WHERE name = ''some'') v (s)) x'),
	('progress', 'SELECT progress_of(x.s) FROM (SELECT progress_combined((SELECT bytes FROM forged.state WHERE name = ''some'')) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('progress', 'SELECT progress_of(%1$L::bytea)'),
	('brier', 'SELECT brier_of(x.s) FROM (SELECT brier_accumulated(1.5, true) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('brier', 'SELECT brier_of(x.s) FROM (SELECT brier_combined(%1$L::bytea) WITHIN GROUP (ORDER BY s) AS s FROM (SELECT bytes FROM forged.state WHERE kind = ''brier'') v (s)) x'),
	('brier', 'SELECT brier_of(x.s) FROM (SELECT brier_combined((SELECT bytes FROM forged.state WHERE kind = ''brier'')) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('brier', 'SELECT brier_of(%1$L::bytea)'),
	('incidence', 'SELECT incidence_of(x.s) FROM (SELECT incidence_accumulated(''1 day'', ''won'') WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('incidence', 'SELECT incidence_of(x.s) FROM (SELECT incidence_combined(%1$L::bytea) WITHIN GROUP (ORDER BY s) AS s FROM (SELECT bytes FROM forged.state WHERE kind = ''incidence'') v (s)) x'),
	('incidence', 'SELECT incidence_of(x.s) FROM (SELECT incidence_combined((SELECT bytes FROM forged.state WHERE kind = ''incidence'')) WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%1$L::bytea)) v (s)) x'),
	('incidence', 'SELECT incidence_of(%1$L::bytea)')) v (kind, statement);

-- Real states pass.
SELECT s.kind, s.name, count(*) AS calls, count(*) FILTER (WHERE outcome(format(c.statement, s.bytes)) = '1 row') AS pass
FROM state s JOIN call c USING (kind) GROUP BY 1, 2 ORDER BY 1, 2;

-- No part of one is a state, nor is one with more behind it. (The first bytes of a progress are one without.)
SELECT s.kind, s.name, count(*) > 0 AS calls,
	count(*) FILTER (WHERE outcome(format(c.statement, part)) NOT LIKE '22P03 %') AS not_refused
FROM state s JOIN call c USING (kind),
	LATERAL (SELECT substr(s.bytes, 1, n) FROM generate_series(0, length(s.bytes) - 1) n
		WHERE NOT (s.kind = 'progress' AND n = 4)
		UNION ALL SELECT s.bytes || b FROM (VALUES ('\x00'::bytea), ('\x0000000000000000'), (s.bytes)) v (b)) p (part)
GROUP BY 1, 2 ORDER BY 1, 2;

-- Each byte of one changed to others: refused, or a number like another.
SELECT s.kind, s.name, count(*) > 0 AS calls, count(*) FILTER (WHERE result ~ '^22P03 ') > 0 AS some_refused,
	-- a question may become another, which cannot be combined
	count(*) FILTER (WHERE result !~ '^(22P03|22003) |^1 row$|^22023 the (quota|quantile|correlation) of a forecast must be the same') AS wrong
FROM state s JOIN call c USING (kind), generate_series(0, length(s.bytes) - 1) n, unnest('{0, 128, 255}'::integer[]) b,
	LATERAL (SELECT outcome(format(c.statement, set_byte(s.bytes, n, b))) AS result) r
GROUP BY 1, 2 ORDER BY 1, 2;

-- As a client sees it: by an aggregate of its own, by a window that takes out what was never in, and outside
-- of any aggregate.
CREATE AGGREGATE begun(opportunity_status, numeric, numeric, numeric)
	(SFUNC = pipeline_accum, STYPE = bytea, INITCOND = '\x0001', FINALFUNC = pipeline_value_final);
SELECT begun('open', 1, 1, 1);
SELECT value_of('\xdeadbeef');
SELECT progress_of('\xdeadbe');
SELECT range_of('\xdeadbe');
CREATE AGGREGATE begun_forecast(opportunity_status, numeric, numeric, numeric)
	(SFUNC = forecast_accum, STYPE = bytea, INITCOND = '\x0001', FINALFUNC = forecast_range_final);
SELECT begun_forecast('open', 1, 1, 1);
SELECT forecast_accum('\x00', 'open', 1, 1, 1);
CREATE AGGREGATE never_in(opportunity_status, numeric, numeric, numeric) (SFUNC = pipeline_accum, STYPE = bytea, FINALFUNC = pipeline_value_final,
	MSFUNC = pipeline_accum_inv, MINVFUNC = pipeline_accum_inv, MSTYPE = bytea, MFINALFUNC = pipeline_value_final);
SELECT e, never_in('open', e, NULL, 50) OVER (ORDER BY e ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
FROM (VALUES (0.001), (2), (3), ('Infinity')) v (e);
SELECT pipeline_accum('\x00', 'open', 1, 1, 1);

SET client_min_messages = warning;
DROP SCHEMA forged CASCADE;
