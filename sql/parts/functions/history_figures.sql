-- Figures of the past. Which version of an opportunity counts at an instant stands in src/search/history_states.c.

-- It reads the versions by the primary key, backwards: sorting them would take longer and use the disk, whatever statistics say.
-- As many rows as an organization with many opportunities has are expected, so that joins of them are hash joins.
CREATE OR REPLACE FUNCTION salesopp.states_at(instants timestamptz[], criteria jsonb DEFAULT '{}')
RETURNS TABLE (first integer, behind integer, opportunity_id bigint, version integer, status salesopp.opportunity_status,
	origin salesopp.history_origin, deleted boolean, decision_date date, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, in_scope boolean)
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_sort = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.states_at(timestamptz[], jsonb) IS
	'The versions of opportunities that count at one of the instants, which ascend: at those from the one numbered first to before the one numbered behind; and whether they meet all criteria';

CREATE OR REPLACE FUNCTION salesopp.opportunities_as_of(at timestamptz)
RETURNS SETOF salesopp.opportunity_history
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	opportunities bigint[];
	versions integer[];
BEGIN
	-- by itself: on a distributed engine, what joins tables cannot call what looks at others
	SELECT array_agg(s.opportunity_id), array_agg(s.version) INTO opportunities, versions
	FROM salesopp.states_at(ARRAY[opportunities_as_of.at]) s WHERE NOT s.deleted;
	-- planned each time, for as many as there are
	RETURN QUERY EXECUTE '
		SELECT h.*
		FROM unnest($2, $3) s (opportunity_id, version)
		JOIN salesopp.opportunity_history h
			ON h.organization_id = $1 AND h.opportunity_id = s.opportunity_id AND h.version = s.version'
	USING organization, opportunities, versions;
END;
$$;
COMMENT ON FUNCTION salesopp.opportunities_as_of(timestamptz) IS
	'What each opportunity was at an instant, without those that were deleted then';

CREATE OR REPLACE FUNCTION salesopp.pipeline_as_of(at timestamptz, criteria jsonb DEFAULT '{}')
RETURNS TABLE (status text, opportunities bigint, estimated_revenue numeric, pipeline numeric, highest numeric,
	reconstructed bigint)
LANGUAGE plpgsql STABLE ROWS 4 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT line.*
	FROM (
		SELECT salesopp.pipeline_summary(s.status, s.estimated_revenue, s.actual_revenue, s.progress) AS t,
			count(*) FILTER (WHERE s.origin = 'reconstructed' AND s.status = 'won') AS won,
			count(*) FILTER (WHERE s.origin = 'reconstructed' AND s.status = 'open') AS open,
			count(*) FILTER (WHERE s.origin = 'reconstructed' AND s.status = 'lost') AS lost
		FROM salesopp.states_at(ARRAY[pipeline_as_of.at], pipeline_as_of.criteria) s
		WHERE s.in_scope AND NOT s.deleted
	) f, LATERAL (VALUES
		('won', (f.t).won_opportunities, (f.t).won_estimated_revenue, (f.t).won_pipeline, (f.t).won_highest, f.won),
		('open', (f.t).open_opportunities, (f.t).open_estimated_revenue, (f.t).open_pipeline, (f.t).open_highest, f.open),
		('lost', (f.t).lost_opportunities, (f.t).lost_estimated_revenue, (f.t).lost_pipeline, (f.t).lost_highest, f.lost),
		('total', (f.t).total_opportunities, (f.t).total_estimated_revenue, (f.t).total_pipeline, (f.t).total_highest,
			f.won + f.open + f.lost)
	) line;
END;
$$;
COMMENT ON FUNCTION salesopp.pipeline_as_of(timestamptz, jsonb) IS
	'The summary as it was at an instant; and how many of the opportunities were made up from what was known when recording began';

-- What moved between two instants. A value is an estimate at a percentage: 100 when estimates are measured, so that
-- nothing becomes more likely then.
CREATE OR REPLACE FUNCTION salesopp.pipeline_moves(since timestamptz, until timestamptz DEFAULT now(), decision_from date DEFAULT NULL,
	decision_to date DEFAULT NULL, criteria jsonb DEFAULT '{}', measure text DEFAULT 'estimated_revenue')
RETURNS TABLE (opportunity_id bigint, bucket text, before numeric, after numeric, amount numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(COALESCE(since, 'infinity') <= COALESCE(until, 'infinity'),
		'22023', 'the period ends at %s, before it begins at %s', 'Pass since and until in this order; NULL is the present.',
		COALESCE(until::text, salesopp.message('the present')), COALESCE(since::text, salesopp.message('the present')));
	PERFORM salesopp.require(decision_from <= decision_to OR decision_from IS NULL OR decision_to IS NULL,
		'22023', 'the decision dates end on %s, before they begin on %s',
		'Pass decision_from and decision_to in this order, both inclusive; NULL for no bound.', decision_to, decision_from);
	PERFORM salesopp.require(measure IN ('estimated_revenue', 'weighted'),
		'22023', 'unknown measure of the pipeline: %L', 'Pass estimated_revenue or weighted.', measure);
	RETURN QUERY
	WITH state AS MATERIALIZED (
		SELECT s.*, p.in_period, s.in_scope AND p.in_period AND s.status = 'open' AND NOT s.deleted AS is_member,
			COALESCE(s.estimated_revenue, 0) AS estimate, CASE measure WHEN 'weighted' THEN s.progress ELSE 100 END AS percent
		FROM salesopp.states_at(ARRAY[since, until], pipeline_moves.criteria) s,
			LATERAL (SELECT ((decision_from IS NULL OR s.decision_date >= decision_from)
				AND (decision_to IS NULL OR s.decision_date <= decision_to)) IS TRUE AS in_period) p
	), opportunity AS MATERIALIZED (
		-- what was there at the first instant is there at the second
		SELECT s2.opportunity_id AS id, s1.is_member IS TRUE AS was_member, s2.is_member, s1.opportunity_id IS NOT NULL AS was_there,
			s1.deleted AS was_deleted, s1.status AS status1, s1.in_period AS was_in_period, s1.estimate AS estimate1, s1.percent AS percent1,
			s2.deleted, s2.status AS status2, s2.in_period, s2.in_scope, s2.estimate AS estimate2, s2.percent AS percent2, s2.actual_revenue,
			CASE WHEN s1.is_member THEN salesopp.weighted_value('open', s1.estimate, NULL, s1.percent) END AS value1,
			CASE WHEN s2.is_member THEN salesopp.weighted_value('open', s2.estimate, NULL, s2.percent) END AS value2
		FROM state s2
		LEFT JOIN state s1 ON s1.opportunity_id = s2.opportunity_id AND s1.first = 1
		WHERE s2.behind = 3
	)
	SELECT o.id, 'start', o.value1, o.value2, o.value1 FROM opportunity o WHERE o.was_member
	UNION ALL
	SELECT o.id, CASE
			WHEN NOT o.was_there THEN 'new'
			WHEN o.was_deleted THEN 'restored'
			WHEN o.status1 <> 'open' THEN 'reopened'
			WHEN NOT o.was_in_period THEN 'moved_in'
			ELSE 'transferred_in' END, o.value1, o.value2, o.value2
	FROM opportunity o WHERE o.is_member AND NOT o.was_member
	UNION ALL
	SELECT o.id, CASE WHEN o.estimate1 < o.estimate2 THEN 'increased' ELSE 'decreased' END, o.value1, o.value2,
		salesopp.weighted_value('open', o.estimate2 - o.estimate1, NULL, o.percent1)
	FROM opportunity o WHERE o.was_member AND o.is_member AND o.estimate1 <> o.estimate2
	UNION ALL
	SELECT o.id, CASE WHEN o.percent1 < o.percent2 THEN 'more_likely' ELSE 'less_likely' END, o.value1, o.value2,
		salesopp.weighted_value('open', o.estimate2, NULL, o.percent2 - o.percent1)
	FROM opportunity o WHERE o.was_member AND o.is_member AND o.percent1 <> o.percent2
	UNION ALL
	SELECT o.id, CASE
			WHEN o.deleted THEN 'deleted'
			WHEN o.status2 <> 'open' THEN o.status2::text
			WHEN NOT o.in_period THEN 'moved_out'
			ELSE 'transferred_out' END, o.value1, o.value2, -o.value1
	FROM opportunity o WHERE o.was_member AND NOT o.is_member
	UNION ALL
	SELECT o.id, 'end', o.value1, o.value2, o.value2 FROM opportunity o WHERE o.is_member
	UNION ALL
	SELECT o.id, 'won_at', o.value1, o.value2, o.actual_revenue
	FROM opportunity o WHERE o.was_member AND o.status2 = 'won' AND NOT o.deleted
	UNION ALL
	SELECT o.id, o.status2 || '_new', o.value1, o.value2, CASE o.status2
			WHEN 'won' THEN o.actual_revenue
			ELSE salesopp.weighted_value('open', o.estimate2, NULL, o.percent2) END
	FROM opportunity o
	WHERE NOT o.was_there AND o.status2 <> 'open' AND NOT o.deleted AND o.in_scope AND o.in_period;
END;
$$;
COMMENT ON FUNCTION salesopp.pipeline_moves(timestamptz, timestamptz, date, date, jsonb, text) IS
	'What each opportunity has to do with the change of the open pipeline between two instants: a row for each bucket of pipeline_change() that it counts in';

-- Sums are those of the pipeline: exact, with at least two decimals. So an amount stands there as a value that is certain.
CREATE OR REPLACE FUNCTION salesopp.pipeline_change(since timestamptz, until timestamptz DEFAULT now(), decision_from date DEFAULT NULL,
	decision_to date DEFAULT NULL, criteria jsonb DEFAULT '{}', measure text DEFAULT 'estimated_revenue')
RETURNS TABLE ("position" integer, bucket text, opportunities bigint, amount numeric)
LANGUAGE plpgsql STABLE ROWS 19 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT b.position::integer, b.name, count(m.bucket), salesopp.pipeline_value('open', m.amount, NULL, 100)
	FROM unnest('{start, new, restored, reopened, moved_in, transferred_in, increased, decreased, more_likely, less_likely,
		won, lost, moved_out, transferred_out, deleted, end, won_at, won_new, lost_new}'::text[]) WITH ORDINALITY b (name, position)
	LEFT JOIN salesopp.pipeline_moves(since, until, decision_from, decision_to, pipeline_change.criteria, measure) m ON m.bucket = b.name
	GROUP BY b.position, b.name
	ORDER BY b.position;
END;
$$;
COMMENT ON FUNCTION salesopp.pipeline_change(timestamptz, timestamptz, date, date, jsonb, text) IS
	'What the open pipeline was at an instant, what it was at a later one, and what happened between: the first and all that happened add up to the second, to the cent';

CREATE OR REPLACE FUNCTION salesopp.pipeline_series(since timestamptz, until timestamptz, step interval, criteria jsonb DEFAULT '{}')
RETURNS TABLE (at timestamptz, open_opportunities bigint, estimated_revenue numeric, pipeline numeric, won_revenue numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most constant integer := 10000;
	present constant timestamptz := clock_timestamp();
	start constant timestamptz := COALESCE(NULLIF(since, 'infinity'), present);
	stop constant timestamptz := LEAST(until, present);
	instants timestamptz[] := ARRAY[start];
	instant timestamptz;
BEGIN
	PERFORM salesopp.require(COALESCE(since, 'infinity') <= COALESCE(until, 'infinity'),
		'22023', 'the series ends at %s, before it begins at %s', 'Pass since and until in this order; NULL is the present.',
		COALESCE(until::text, salesopp.message('the present')), COALESCE(since::text, salesopp.message('the present')));
	PERFORM salesopp.require(isfinite(start), '22023', 'a series must begin at an instant', 'Pass when it begins as since.');
	PERFORM salesopp.require(isfinite(step) AND step > '0', '22023',
		'the step of a series must be positive: %s', 'Pass an interval such as 1 week.', COALESCE(step::text, 'NULL'));
	LOOP
		-- steps are counted from the start, so that the last of a month stays the last; a longer one would leave the calendar
		instant := start + cardinality(instants) * LEAST(step, '10000 years');
		EXIT WHEN instant > stop;
		PERFORM salesopp.require(cardinality(instants) < most, '22023',
			'a series of more than %s instants from %s to %s', 'Take a longer step, or a shorter period.', most, start, stop);
		instants := instants || instant;
	END LOOP;
	RETURN QUERY
	WITH counted AS MATERIALIZED (
		SELECT s.first, s.behind,
			salesopp.pipeline_summary(s.status, s.estimated_revenue, s.actual_revenue, s.progress) AS t
		FROM salesopp.states_at(instants, pipeline_series.criteria) s
		WHERE s.in_scope AND NOT s.deleted
		GROUP BY GROUPING SETS ((s.first), (s.behind))
	)
	-- what begins to count at an instant comes in there, what counts no more goes out
	SELECT i.at, (sum(COALESCE((c.t).open_opportunities, 0) - COALESCE((g.t).open_opportunities, 0)) OVER so_far)::bigint,
		salesopp.pipeline_value('open', COALESCE((c.t).open_estimated_revenue, 0) - COALESCE((g.t).open_estimated_revenue, 0), NULL, 100) OVER so_far,
		salesopp.pipeline_value('open', COALESCE((c.t).open_pipeline, 0) - COALESCE((g.t).open_pipeline, 0), NULL, 100) OVER so_far,
		salesopp.pipeline_value('open', COALESCE((c.t).won_pipeline, 0) - COALESCE((g.t).won_pipeline, 0), NULL, 100) OVER so_far
	FROM unnest(instants) WITH ORDINALITY i (at, number)
	LEFT JOIN counted c ON c.first = i.number
	LEFT JOIN counted g ON g.behind = i.number
	WINDOW so_far AS (ORDER BY i.number)
	ORDER BY i.number;
END;
$$;
COMMENT ON FUNCTION salesopp.pipeline_series(timestamptz, timestamptz, interval, jsonb) IS
	'What pipeline_as_of() says of open and won ones at each instant from since to until, a step apart, and not beyond now';
