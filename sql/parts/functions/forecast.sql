-- What opportunities may come to, with which chance (N3). It is computed in src/forecast; the states of the
-- aggregates are plain bytea, as those of the pipeline are.

-- A database that is updated has no such type yet, or has it from being updated before.
DO $$
BEGIN
	IF to_regtype('salesopp.forecast_range') IS NULL THEN
		CREATE TYPE salesopp.forecast_range AS (
			opportunities bigint,
			certain numeric,
			possible numeric,
			mean numeric,
			standard_deviation numeric,
			p10 numeric,
			p50 numeric,
			p90 numeric,
			chance double precision,
			error numeric,
			chance_error double precision
		);
	END IF;
END $$;
COMMENT ON TYPE salesopp.forecast_range IS
	'What opportunities may come to: what is certain, the most, mean, standard deviation, the amounts that are reached with a chance of 90, 50 and 10 %, the chance of a quota, and how far off these may be';

CREATE OR REPLACE FUNCTION salesopp.forecast_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric, quota numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric, quota numeric, correlation double precision)
RETURNS bytea LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_quantile_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric, quantile double precision) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_quantile_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric, quantile double precision, correlation double precision)
RETURNS bytea LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_combine(state bytea, other bytea) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_range_final(state bytea) RETURNS salesopp.forecast_range
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_quantile_final(state bytea) RETURNS numeric
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_chance_final(state bytea) RETURNS double precision
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE OR REPLACE AGGREGATE salesopp.forecast_range(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric) (
	SFUNC = salesopp.forecast_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_range_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_range(salesopp.opportunity_status, numeric, numeric, numeric) IS
	'What opportunities may come to, if each is decided and none depends on another: exact, or with an error that is said';

CREATE OR REPLACE AGGREGATE salesopp.forecast_range(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, quota numeric, correlation double precision) (
	SFUNC = salesopp.forecast_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_range_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_range(salesopp.opportunity_status, numeric, numeric, numeric, numeric, double precision) IS
	'The same with the chance of a quota, and for opportunities that go well or badly together; both are the same in all rows';

CREATE OR REPLACE AGGREGATE salesopp.forecast_quantile(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, quantile double precision) (
	SFUNC = salesopp.forecast_quantile_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_quantile_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_quantile(salesopp.opportunity_status, numeric, numeric, numeric, double precision) IS
	'The least amount that opportunities do not exceed with a chance of so much, from 0 to 1: 0.1 is pessimistic';

CREATE OR REPLACE AGGREGATE salesopp.forecast_quantile(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, quantile double precision, correlation double precision) (
	SFUNC = salesopp.forecast_quantile_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_quantile_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_quantile(salesopp.opportunity_status, numeric, numeric, numeric, double precision, double precision) IS
	'The same for opportunities that go well or badly together';

CREATE OR REPLACE AGGREGATE salesopp.forecast_chance(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, quota numeric) (
	SFUNC = salesopp.forecast_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_chance_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_chance(salesopp.opportunity_status, numeric, numeric, numeric, numeric) IS
	'The chance that opportunities come to a quota or more';

CREATE OR REPLACE AGGREGATE salesopp.forecast_chance(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, quota numeric, correlation double precision) (
	SFUNC = salesopp.forecast_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_chance_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_chance(salesopp.opportunity_status, numeric, numeric, numeric, numeric, double precision) IS
	'The same for opportunities that go well or badly together';

CREATE OR REPLACE FUNCTION salesopp.forecast(criteria jsonb DEFAULT '{}', quota numeric DEFAULT NULL,
	correlation double precision DEFAULT 0) RETURNS salesopp.forecast_range
LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.forecast(jsonb, numeric, double precision) IS
	'What the opportunities that meet the criteria may come to, with the chance of a quota';

CREATE OR REPLACE FUNCTION salesopp.forecast_curve(criteria jsonb DEFAULT '{}', points integer DEFAULT 100,
	correlation double precision DEFAULT 0) RETURNS TABLE (amount numeric, chance_at_least double precision)
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.forecast_curve(jsonb, integer, double precision) IS
	'With which chance the opportunities that meet the criteria come to an amount or more, at amounts an even step apart';

CREATE OR REPLACE FUNCTION salesopp.forecast_svg(criteria jsonb DEFAULT '{}', quota numeric DEFAULT NULL, language text DEFAULT NULL)
RETURNS text LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.forecast_svg(jsonb, numeric, text) IS
	'An SVG picture of what the opportunities that meet the criteria may come to, with the chance of a quota';
