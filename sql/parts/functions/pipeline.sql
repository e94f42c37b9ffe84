-- What an opportunity is worth (F2.1) is decided in src/pipeline/pipeline.c, for the function and the
-- aggregates alike. The aggregate states are plain bytea: PostgreSQL and a distributed engine can
-- both pass them between processes as they are.

CREATE OR REPLACE FUNCTION salesopp.weighted_value(status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) RETURNS numeric
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.weighted_value(salesopp.opportunity_status, numeric, numeric, numeric) IS
	'Revenue times probability: open estimate x progress / 100, won the actual revenue (or the estimate), lost 0; exact';

CREATE OR REPLACE FUNCTION salesopp.forecast_category(status salesopp.opportunity_status, progress numeric,
	chosen salesopp.forecast_category) RETURNS salesopp.forecast_category
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE	-- Citus 13.2 loses what CASE x WHEN compares, where this stands in UPDATE and INSERT
	WHEN status = 'won' THEN 'closed'::salesopp.forecast_category
	WHEN status = 'lost' THEN 'omitted'::salesopp.forecast_category
	WHEN status = 'open' THEN COALESCE(chosen, CASE
		WHEN progress = 0 THEN 'omitted'::salesopp.forecast_category
		WHEN progress < 50 THEN 'pipeline'::salesopp.forecast_category
		WHEN progress < 75 THEN 'best_case'::salesopp.forecast_category
		WHEN progress <= 100 THEN 'commit'::salesopp.forecast_category END)
END;
COMMENT ON FUNCTION salesopp.forecast_category(salesopp.opportunity_status, numeric, salesopp.forecast_category) IS
	'How an opportunity counts in a forecast: closed when it is won, omitted when it is lost; while it is open as was chosen, else by its progress';

CREATE OR REPLACE FUNCTION salesopp.pipeline_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.pipeline_accum_inv(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.pipeline_combine(state bytea, other bytea) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.pipeline_value_final(state bytea) RETURNS numeric
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE OR REPLACE AGGREGATE salesopp.pipeline_value(status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) (
	SFUNC = salesopp.pipeline_accum, STYPE = bytea, SSPACE = 208,
	COMBINEFUNC = salesopp.pipeline_combine, FINALFUNC = salesopp.pipeline_value_final,
	MSFUNC = salesopp.pipeline_accum, MINVFUNC = salesopp.pipeline_accum_inv,
	MSTYPE = bytea, MSSPACE = 208, MFINALFUNC = salesopp.pipeline_value_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.pipeline_value(salesopp.opportunity_status, numeric, numeric, numeric) IS
	'Sum of the weighted values: the pipeline; exact, 0.00 over no rows';

CREATE OR REPLACE FUNCTION salesopp.pipeline_summary_final(state bytea) RETURNS salesopp.pipeline_totals
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE OR REPLACE AGGREGATE salesopp.pipeline_summary(status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) (
	SFUNC = salesopp.pipeline_accum, STYPE = bytea, SSPACE = 208,
	COMBINEFUNC = salesopp.pipeline_combine, FINALFUNC = salesopp.pipeline_summary_final,
	MSFUNC = salesopp.pipeline_accum, MINVFUNC = salesopp.pipeline_accum_inv,
	MSTYPE = bytea, MSSPACE = 208, MFINALFUNC = salesopp.pipeline_summary_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.pipeline_summary(salesopp.opportunity_status, numeric, numeric, numeric) IS
	'Number, estimated revenue, pipeline and highest sale, split by won, open, lost and in total, in one pass; exact';

CREATE OR REPLACE FUNCTION salesopp.stage_progress_accum(state bytea, status salesopp.stage_status,
	stage_position integer, probability numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.stage_progress_accum_inv(state bytea, status salesopp.stage_status,
	stage_position integer, probability numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.stage_progress_combine(state bytea, other bytea) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.stage_progress_final(state bytea) RETURNS numeric
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE OR REPLACE AGGREGATE salesopp.stage_progress(status salesopp.stage_status, stage_position integer,
	probability numeric) (
	SFUNC = salesopp.stage_progress_accum, STYPE = bytea, SSPACE = 32,
	COMBINEFUNC = salesopp.stage_progress_combine, FINALFUNC = salesopp.stage_progress_final,
	MSFUNC = salesopp.stage_progress_accum, MINVFUNC = salesopp.stage_progress_accum_inv,
	MSTYPE = bytea, MSSPACE = 32, MFINALFUNC = salesopp.stage_progress_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.stage_progress(salesopp.stage_status, integer, numeric) IS
	'Automatic progress: the probability of the completed stage that stands last, 0.00 if none is completed';
