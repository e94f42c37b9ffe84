-- Measured chances (N4): what becomes of those who reach a stage, and whether what was said came true. Rates and chances are
-- parts of 1, as those of intervals are; a probability that somebody has stated is in percent, as everywhere.

-- ---------- Intervals, and the estimates that the functions below are made of

CREATE OR REPLACE FUNCTION salesopp.wilson(successes bigint, trials bigint, confidence double precision DEFAULT 0.95,
	OUT lower double precision, OUT upper double precision)
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.wilson(bigint, bigint, double precision) IS
	'Wilson''s interval of a rate of which so many successes in so many trials are known';

CREATE OR REPLACE FUNCTION salesopp.jeffreys(successes bigint, trials bigint, confidence double precision DEFAULT 0.95,
	OUT lower double precision, OUT upper double precision)
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.jeffreys(bigint, bigint, double precision) IS
	'Jeffreys'' interval of a rate of which so many successes in so many trials are known; from 0 where there is none, to 1 where all are';

CREATE OR REPLACE FUNCTION salesopp.weighted_wilson(rate double precision, trials double precision,
	confidence double precision DEFAULT 0.95, OUT lower double precision, OUT upper double precision)
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.weighted_wilson(double precision, double precision, double precision) IS
	'Wilson''s interval of a rate that is known by trials that count for more or less, and need not be whole';

CREATE OR REPLACE FUNCTION salesopp.brier_accum(state bytea, probability numeric, won boolean) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.brier_combine(state bytea, other bytea) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.brier_final(state bytea) RETURNS numeric
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE AGGREGATE salesopp.brier_score(probability numeric, won boolean) (
	SFUNC = salesopp.brier_accum, STYPE = bytea, SSPACE = 32,
	COMBINEFUNC = salesopp.brier_combine, FINALFUNC = salesopp.brier_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.brier_score(numeric, boolean) IS
	'Mean square of how far probabilities that were stated, in percent, are from what came: 0 is perfect, 0.25 is what 50 % for everything gets; NULL over no rows';

CREATE OR REPLACE FUNCTION salesopp.incidence_accum(state bytea, duration interval, outcome salesopp.opportunity_status) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.incidence_combine(state bytea, other bytea) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.incidence_final(state bytea) RETURNS double precision[]
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE AGGREGATE salesopp.incidence(duration interval, outcome salesopp.opportunity_status) (
	SFUNC = salesopp.incidence_accum, STYPE = bytea, SSPACE = 10000,
	COMBINEFUNC = salesopp.incidence_combine, FINALFUNC = salesopp.incidence_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.incidence(interval, salesopp.opportunity_status) IS
	'What part is won, lost and open in the end, when some have been watched for a shorter time than others: {won, lost, open} by Aalen and Johansen';

CREATE OR REPLACE FUNCTION salesopp.stage_entries(criteria jsonb DEFAULT '{}')
RETURNS TABLE (opportunity_id bigint, sales_process_id bigint, above integer, reached integer, reached_at timestamptz,
	status salesopp.opportunity_status, status_since timestamptz)
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100000 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.stage_entries(jsonb) IS
	'When opportunities first had completed a stage behind the position above, up to the one reached (NULL: it is not known when), and what has become of them since when';

-- ---------- What becomes of those who reach a stage

CREATE OR REPLACE FUNCTION salesopp.stage_win_rates(criteria jsonb DEFAULT '{}', reached_since date DEFAULT NULL,
	within interval DEFAULT NULL)
RETURNS TABLE (sales_process_id bigint, "position" integer, name text, probability numeric, reached bigint, won bigint, lost bigint,
	open bigint, win_rate numeric, lower double precision, upper double precision, incidence double precision)
LANGUAGE plpgsql STABLE ROWS 30 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	time_zone constant text := COALESCE((SELECT o.time_zone FROM salesopp.organization o WHERE o.id = organization), 'UTC');
	-- by themselves: on a distributed engine, what joins tables cannot call what looks at others
	stages constant salesopp.sales_process_stage[] := ARRAY(SELECT s FROM salesopp.sales_process_stage s WHERE s.organization_id = organization);
BEGIN
	PERFORM salesopp.require(reached_since IS NULL OR (isfinite(reached_since) AND reached_since <= (now() AT TIME ZONE time_zone)::date),
		'22023', 'no stage has been reached since %s yet', 'Pass a date up to today, or NULL for all.', reached_since);
	PERFORM salesopp.require(within IS NULL OR (within > '0' AND within <= '1000 years'),
		'22023', 'the time in which they are won must be positive, and no more than 1000 years: %s',
		'Pass an interval such as 90 days, or NULL for all the time that they were watched.', within);
	RETURN QUERY
	SELECT c.sales_process_id, c.position, s.name, s.probability, c.reached, c.won, c.lost, c.reached - c.won - c.lost,
		trim_scale(c.won::numeric / NULLIF(c.won + c.lost, 0)), i.lower, i.upper, c.parts[1]
	FROM (
		SELECT s.sales_process_id, s.position, count(*) AS reached, count(*) FILTER (WHERE e.status = 'won') AS won,
			count(*) FILTER (WHERE e.status = 'lost') AS lost,
			salesopp.incidence(greatest(w.left_at, e.reached_at) - e.reached_at, CASE WHEN w.left_at < t.left_at THEN 'open' ELSE e.status END)
				FILTER (WHERE isfinite(e.reached_at) AND isfinite(w.left_at)) AS parts
		FROM salesopp.stage_entries(stage_win_rates.criteria) e
		JOIN unnest(stages) s ON s.sales_process_id = e.sales_process_id
			AND s.position > e.above AND s.position <= e.reached
		CROSS JOIN LATERAL (SELECT CASE e.status WHEN 'open' THEN now() ELSE e.status_since END AS left_at) t
		CROSS JOIN LATERAL (SELECT CASE WHEN within IS NULL THEN t.left_at
			ELSE least(t.left_at, (e.reached_at AT TIME ZONE time_zone + within) AT TIME ZONE time_zone) END AS left_at) w
		WHERE reached_since IS NULL OR e.reached_at >= reached_since::timestamp AT TIME ZONE time_zone
		GROUP BY s.sales_process_id, s.position
	) c
	JOIN unnest(stages) s ON s.sales_process_id = c.sales_process_id AND s.position = c.position
	CROSS JOIN LATERAL salesopp.wilson(c.won, c.won + c.lost) i
	ORDER BY c.sales_process_id, c.position;
END;
$$;
COMMENT ON FUNCTION salesopp.stage_win_rates(jsonb, date, interval) IS
	'What has become of those who reached each stage, beside the probability of the stage; and what part of them is won in the end, or within a time, when those who are open still are reckoned with';

-- ---------- Whether what was said came true

CREATE OR REPLACE FUNCTION salesopp.bin_of(probability numeric, bins integer) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN probability = 100 THEN bins - 1 ELSE floor(probability * bins / 100) END;
COMMENT ON FUNCTION salesopp.bin_of(numeric, integer) IS
	'In which of so many equal parts of the scale from 0 to 100 a probability is, from 0 on; 100 is in the last';

-- All that was said of one opportunity comes true, or not, at once: so it counts for one trial in the interval, or for less
-- where others were spoken of more often.
CREATE OR REPLACE FUNCTION salesopp.calibration(criteria jsonb DEFAULT '{}', every interval DEFAULT '1 month', bins integer DEFAULT NULL)
RETURNS TABLE (probability numeric, forecasts bigint, won bigint, win_rate numeric, lower double precision, upper double precision)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most constant integer := 10000;
	organization constant bigint := salesopp.current_organization();
	time_zone constant text := (SELECT o.time_zone FROM salesopp.organization o WHERE o.id = organization);
	begins constant timestamptz := (SELECT min(h.at) FROM salesopp.opportunity_history h
		WHERE h.organization_id = organization AND h.at > '-infinity');
	start constant timestamp := date_trunc('month', begins AT TIME ZONE time_zone);
	instants timestamptz[] := '{}';
	instant timestamptz;
	decided bigint[];
	are_won boolean[];
BEGIN
	PERFORM salesopp.require(every > '0', '22023', 'the time between two looks at what was said must be positive: %s',
		'Pass an interval such as 1 month.', COALESCE(every::text, 'NULL'));
	PERFORM salesopp.require(bins >= 1 OR bins IS NULL, '22023', 'there must be at least one bin: %s',
		'Pass how many equal parts the scale from 0 to 100 is cut into, or NULL for each probability by itself.', bins);
	LOOP
		-- a longer step would leave the calendar
		instant := (start + cardinality(instants) * LEAST(every, '10000 years')) AT TIME ZONE time_zone;
		EXIT WHEN instant IS NULL OR instant > now();
		PERFORM salesopp.require(cardinality(instants) < most, '22023',
			'more than %s instants at which to look at what was said, since %s', 'Take a longer step.', most, start);
		instants := instants || instant;
	END LOOP;
	-- by itself: on a distributed engine, what joins tables cannot call what looks at others
	SELECT array_agg(o.id), array_agg(o.status = 'won') INTO decided, are_won
	FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.status <> 'open' AND o.deleted_at IS NULL;
	RETURN QUERY
	WITH said AS (
		-- what was made up of stamps and old events was not said then (as in the view stage_visits)
		SELECT s.opportunity_id, s.progress, salesopp.bin_of(s.progress, calibration.bins) AS bin,
			o.is_won, sum(s.behind - s.first) AS times
		FROM salesopp.states_at(instants, calibration.criteria) s
		JOIN unnest(decided, are_won) o (id, is_won) ON o.id = s.opportunity_id
		WHERE s.in_scope AND NOT s.deleted AND s.status = 'open' AND s.version > 0 AND s.origin <> 'reconstructed'
		GROUP BY s.opportunity_id, s.progress, o.is_won
	), opportunity AS (
		SELECT CASE WHEN s.bin IS NULL THEN s.progress END AS progress, s.bin, s.is_won, sum(s.times) AS times, sum(s.progress * s.times) AS percent
		FROM said s
		GROUP BY s.opportunity_id, 1, s.bin, s.is_won
	), rate AS (
		SELECT COALESCE(o.progress, trim_scale(sum(o.percent) / sum(o.times))) AS probability, sum(o.times) AS forecasts,
			COALESCE(sum(o.times) FILTER (WHERE o.is_won), 0) AS won, sum(o.times) * sum(o.times) / sum(o.times * o.times) AS trials
		FROM opportunity o
		GROUP BY o.progress, o.bin
	)
	SELECT r.probability, r.forecasts::bigint, r.won::bigint, trim_scale(r.won / r.forecasts), i.lower, i.upper
	FROM rate r
	CROSS JOIN LATERAL salesopp.weighted_wilson((r.won / r.forecasts)::double precision, r.trials::double precision) i
	ORDER BY r.probability;
END;
$$;
COMMENT ON FUNCTION salesopp.calibration(jsonb, interval, integer) IS
	'How many of those of which a probability was said, at each instant, were won in the end: beside the probability, when what is said is true';

-- The uncertainty takes what rounding leaves, so that the parts add up to the last digit: it is 0 only where the others are exact.
CREATE OR REPLACE FUNCTION salesopp.calibration_score(criteria jsonb DEFAULT '{}', every interval DEFAULT '1 month', bins integer DEFAULT NULL)
RETURNS TABLE (forecasts bigint, brier numeric, reliability numeric, resolution numeric, uncertainty numeric, skill numeric)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT s.number, trim_scale(s.brier), trim_scale(s.reliability), trim_scale(s.resolution), trim_scale(u.uncertainty),
		trim_scale(round(1 - s.brier / NULLIF(u.uncertainty, 0), 16))
	FROM (
		SELECT COALESCE(sum(c.forecasts), 0)::bigint AS number,
			round(round(sum(c.won * m.to_won * m.to_won + (c.forecasts - c.won) * c.probability * c.probability), 40) / (sum(c.forecasts) * 10000), 16) AS brier,
			round(sum(round(m.too_many * m.too_many, 40) / c.forecasts) / (sum(c.forecasts) * 10000), 16) AS reliability,
			round((sum(round(m.won * m.won, 40) / c.forecasts) - round(sum(m.won) * sum(m.won), 40) / sum(c.forecasts)) / sum(c.forecasts), 16) AS resolution
		FROM salesopp.calibration(calibration_score.criteria, calibration_score.every, calibration_score.bins) c
		CROSS JOIN LATERAL (SELECT c.won::numeric AS won, 100 - c.probability AS to_won, c.forecasts * c.probability - c.won * 100 AS too_many) m
	) s, LATERAL (SELECT s.brier - s.reliability + s.resolution AS uncertainty) u;
END;
$$;
COMMENT ON FUNCTION salesopp.calibration_score(jsonb, interval, integer) IS
	'Brier''s score of all that was said, and its parts: reliability (how far it is from what came) - resolution (how well it tells apart) + uncertainty (how hard to tell it was)';

CREATE OR REPLACE FUNCTION salesopp.calibration_svg(criteria jsonb DEFAULT '{}', every interval DEFAULT '1 month', bins integer DEFAULT 5,
	language text DEFAULT NULL) RETURNS text
LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.calibration_svg(jsonb, interval, integer, text) IS
	'An SVG picture of what was said against what came, with how sure that is';

-- ---------- The chance of one

CREATE OR REPLACE FUNCTION salesopp.chance_by(opportunity_id bigint, by date) RETURNS double precision
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	this constant salesopp.opportunity := salesopp.listed_opportunity(opportunity_id);
	organization constant bigint := this.organization_id;
	time_zone constant text := (SELECT o.time_zone FROM salesopp.organization o WHERE o.id = organization);
	waited interval;
	waits interval;
BEGIN
	PERFORM salesopp.require(isfinite(by) AND by >= (now() AT TIME ZONE time_zone)::date AND by <= '9999-12-31',
		'22023', 'a chance is of a date from today on, not of %s', 'Pass today or a later date.', COALESCE(by::text, 'NULL'));
	IF this.status <> 'open' THEN
		RETURN CASE this.status WHEN 'won' THEN 1 ELSE 0 END;
	END IF;
	waited := (SELECT greatest(now() - e.reached_at, '0') FROM salesopp.stage_entries(jsonb_build_object('id', this.id)) e
		WHERE this.stage_reached > e.above AND this.stage_reached <= e.reached AND isfinite(e.reached_at));
	waits := ((by + 1)::timestamp AT TIME ZONE time_zone) - now();
	IF waited IS NULL OR this.sales_process_id IS NULL THEN
		RETURN NULL;
	END IF;
	-- those of whom it is known what came after as long a time
	RETURN (
		SELECT (salesopp.incidence(LEAST(d.duration, waited + waits), CASE WHEN d.duration > waited + waits THEN 'open' ELSE e.status END))[1]
		FROM salesopp.stage_entries() e
		CROSS JOIN LATERAL (SELECT CASE e.status WHEN 'open' THEN now() ELSE e.status_since END - e.reached_at AS duration) d
		WHERE e.sales_process_id = this.sales_process_id AND this.stage_reached > e.above AND this.stage_reached <= e.reached
			AND isfinite(e.reached_at) AND isfinite(e.status_since) AND d.duration > waited);
END;
$$;
COMMENT ON FUNCTION salesopp.chance_by(bigint, date) IS
	'The chance that an open opportunity is won by the end of a date: what part of those who had reached its stage, and were still open after as long a time, were won within as long a time again; NULL where none is known';
