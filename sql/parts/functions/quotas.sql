-- Quotas and what has come of them, by who leads whom and by department; and what was submitted against what came (N12).

-- ---------- Who leads whom

-- In the order of a tree. Who leads somebody else comes before those, and what is below him is where his id is in the path.
CREATE OR REPLACE FUNCTION salesopp.team(of date DEFAULT CURRENT_DATE)
RETURNS TABLE (employee_id bigint, initials text, manager_id bigint, depth integer, path bigint[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	PERFORM salesopp.require(isfinite(of), '22023', 'a team is of a day, not of %s',
		'Pass a date, such as CURRENT_DATE.', COALESCE(of::text, 'NULL'));
	RETURN QUERY
	WITH RECURSIVE led AS MATERIALIZED (
		SELECT e.id, e.initials, m.manager_id
		FROM salesopp.employee e
		LEFT JOIN (
			SELECT DISTINCT ON (l.employee_id) l.employee_id, l.manager_id
			FROM salesopp.employee_manager l
			WHERE l.organization_id = organization AND l.valid_from <= of
			ORDER BY l.employee_id, l.valid_from DESC
		) m ON m.employee_id = e.id
		WHERE e.organization_id = organization
	), tree AS (
		SELECT l.id, l.initials, l.manager_id, ARRAY[l.id] AS path, ARRAY[l.initials] AS names
		FROM led l
		WHERE l.manager_id IS NULL
		UNION ALL
		SELECT l.id, l.initials, l.manager_id, t.path || l.id, t.names || l.initials
		FROM tree t
		JOIN led l ON l.manager_id = t.id
	)
	SELECT t.id, t.initials, t.manager_id, cardinality(t.path) - 1, t.path
	FROM tree t
	ORDER BY t.names;
END;
$$;
COMMENT ON FUNCTION salesopp.team(date) IS
	'Who leads whom on a day: each employee with how many are above him, and the path of these to him';

-- ---------- Quotas

CREATE OR REPLACE FUNCTION salesopp.require_period(period daterange) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(isfinite(lower(period)) AND isfinite(upper(period)), '22023',
		'a period has a first day and a last one, unlike %s',
		'Pass a range of dates, such as daterange(''2026-01-01'', ''2026-04-01''), whose end is the day after the last.',
		COALESCE(period::text, 'NULL'));
END;
$$;
COMMENT ON FUNCTION salesopp.require_period(daterange) IS
	'Raises an error unless the days of a period can be counted';

-- The figures of attainment() and department_attainment(). A member's quotas and opportunities count in the row of each holder that
-- he is of: himself and who leads him, or the department. What is of no member comes last, with the holder NULL.
CREATE OR REPLACE FUNCTION salesopp.attained(period daterange, of date, by_department boolean)
RETURNS TABLE (holder_id bigint, quota numeric, won numeric, open_pipeline numeric, commit numeric, best_case numeric,
	attainment numeric, coverage numeric, chance double precision)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	time_zone constant text := COALESCE((SELECT o.time_zone FROM salesopp.organization o WHERE o.id = organization), 'UTC');
	today constant date := (now() AT TIME ZONE time_zone)::date;
	first_day constant date := lower(period);
	next_day constant date := upper(period);
	-- today is the present, wherever the session is
	instant constant timestamptz := CASE WHEN of < LEAST(today, CURRENT_DATE)
		THEN (GREATEST(of, '0001-01-01') + 1)::timestamp AT TIME ZONE time_zone - interval '1 microsecond' END;
	-- by themselves: on a distributed engine, what joins tables cannot call what looks at others
	departments constant bigint[] := ARRAY(SELECT d.id FROM salesopp.department d WHERE d.organization_id = organization AND by_department);
	quotas constant salesopp.quota[] := ARRAY(SELECT q FROM salesopp.quota q
		WHERE q.organization_id = organization AND q.period && attained.period AND (q.department_id IS NOT NULL) = by_department);
BEGIN
	PERFORM salesopp.require_period(period);
	PERFORM salesopp.require(isfinite(of) AND of <= GREATEST(today, CURRENT_DATE), '22023',
		'attainment is of a day up to today, not of %s', 'Pass CURRENT_DATE, or a day of the past.', COALESCE(of::text, 'NULL'));
	RETURN QUERY
	WITH member AS MATERIALIZED (
		SELECT t.employee_id AS id, unnest(t.path) AS holder FROM salesopp.team(of) t WHERE NOT by_department
		UNION ALL
		SELECT d.id, d.id FROM unnest(departments) d (id)
	), deal AS MATERIALIZED (
		SELECT CASE WHEN by_department THEN o.department_id ELSE o.responsible_id END AS id,
			o.status, o.estimated_revenue, o.actual_revenue, o.progress, c.category
		FROM salesopp.opportunities_as_of(instant) o
		CROSS JOIN LATERAL (SELECT salesopp.forecast_category(o.status, o.progress, o.forecast_category) AS category) c
		WHERE CASE o.status WHEN 'won' THEN o.close_date ELSE o.decision_date END <@ attained.period AND c.category <> 'omitted'
	), counted AS (
		-- a quota counts by its days, and so that those of periods that adjoin add up to it
		SELECT CASE WHEN by_department THEN q.department_id ELSE q.employee_id END AS id,
			round(q.amount * (LEAST(upper(q.period), next_day) - lower(q.period)) / (upper(q.period) - lower(q.period)), 2)
				- round(q.amount * (GREATEST(lower(q.period), first_day) - lower(q.period)) / (upper(q.period) - lower(q.period)), 2) AS quota,
			0.00 AS won, 0.00 AS open, 0.00 AS commit, 0.00 AS best_case
		FROM unnest(quotas) q
		UNION ALL
		SELECT d.id, NULL, sum(d.actual_revenue) FILTER (WHERE d.category = 'closed'), sum(d.estimated_revenue) FILTER (WHERE d.category <> 'closed'),
			sum(d.estimated_revenue) FILTER (WHERE d.category = 'commit'), sum(d.estimated_revenue) FILTER (WHERE d.category = 'best_case')
		FROM deal d
		GROUP BY d.id
		UNION ALL
		-- who leads somebody has a row, whatever there is in it
		SELECT m.holder, NULL, 0.00, 0.00, 0.00, 0.00 FROM member m WHERE m.holder <> m.id GROUP BY m.holder
	), total AS MATERIALIZED (
		SELECT m.holder, sum(c.quota) AS quota, COALESCE(sum(c.won), 0.00) AS won, COALESCE(sum(c.open), 0.00) AS open,
			COALESCE(sum(c.commit), 0.00) AS commit, COALESCE(sum(c.best_case), 0.00) AS best_case
		FROM counted c
		LEFT JOIN member m ON m.id = c.id
		GROUP BY m.holder
	), likely AS (
		SELECT t.holder, salesopp.forecast_chance(d.status, d.estimated_revenue, d.actual_revenue, d.progress, t.quota) AS chance
		FROM total t
		LEFT JOIN (member m JOIN deal d ON d.id = m.id) ON m.holder = t.holder
		WHERE t.quota IS NOT NULL
		GROUP BY t.holder
	)
	SELECT t.holder, t.quota, t.won, t.open, t.won + t.commit, t.won + t.commit + t.best_case, trim_scale(t.won / NULLIF(t.quota, 0)),
		CASE WHEN t.won < t.quota THEN trim_scale(t.open / (t.quota - t.won)) END, l.chance
	FROM total t
	LEFT JOIN likely l ON l.holder = t.holder;
END;
$$;
COMMENT ON FUNCTION salesopp.attained(daterange, date, boolean) IS
	'The figures of attainment() and department_attainment(), by the id of the employee or the department';

CREATE OR REPLACE FUNCTION salesopp.attainment(period daterange, of date DEFAULT CURRENT_DATE)
RETURNS TABLE (employee_id bigint, initials text, depth integer, quota numeric, won numeric, open_pipeline numeric, commit numeric,
	best_case numeric, attainment numeric, coverage numeric, chance double precision)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT a.holder_id, t.initials, COALESCE(t.depth, 0), a.quota, a.won, a.open_pipeline, a.commit, a.best_case, a.attainment, a.coverage, a.chance
	FROM salesopp.attained(period, of, false) a
	LEFT JOIN salesopp.team(of) WITH ORDINALITY t (employee_id, initials, manager_id, depth, path, place) ON t.employee_id = a.holder_id
	ORDER BY t.place;
END;
$$;
COMMENT ON FUNCTION salesopp.attainment(daterange, date) IS
	'What employees, each with all whom he leads, have won in a period and may still win, against their quotas, as it was on a day';

CREATE OR REPLACE FUNCTION salesopp.department_attainment(period daterange, of date DEFAULT CURRENT_DATE)
RETURNS TABLE (department_id bigint, department text, quota numeric, won numeric, open_pipeline numeric, commit numeric,
	best_case numeric, attainment numeric, coverage numeric, chance double precision)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	departments constant salesopp.department[] := ARRAY(SELECT d FROM salesopp.department d WHERE d.organization_id = organization);
BEGIN
	RETURN QUERY
	SELECT a.holder_id, d.name, a.quota, a.won, a.open_pipeline, a.commit, a.best_case, a.attainment, a.coverage, a.chance
	FROM salesopp.attained(period, of, true) a
	LEFT JOIN unnest(departments) d ON d.id = a.holder_id
	ORDER BY d.name;
END;
$$;
COMMENT ON FUNCTION salesopp.department_attainment(daterange, date) IS
	'What departments have won in a period and may still win, against their quotas, as it was on a day';

-- ---------- Submissions

-- What came is what is known of it now: a sale that is registered after the last day came, too. Where statistics know only a few
-- submissions yet, comparing each with each would look cheap.
CREATE OR REPLACE FUNCTION salesopp.submission_accuracy(within daterange)
RETURNS TABLE (employee_id bigint, initials text, submission_id bigint, period daterange, submitted_at timestamptz, days_before_end integer,
	amount numeric, commit numeric, best_case numeric, came numeric, deviation numeric, deviation_percent numeric, is_over boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	time_zone constant text := COALESCE((SELECT o.time_zone FROM salesopp.organization o WHERE o.id = organization), 'UTC');
	today constant date := (now() AT TIME ZONE time_zone)::date;
BEGIN
	PERFORM salesopp.require_period(within);
	RETURN QUERY
	WITH said AS MATERIALIZED (
		SELECT s.*, upper(s.period) - 1 AS last_day
		FROM salesopp.forecast_submission s
		WHERE s.organization_id = organization AND s.period <@ within
	), asked AS MATERIALIZED (
		SELECT DISTINCT s.employee_id, s.period, LEAST(s.last_day, today) AS of FROM said s
	), won AS MATERIALIZED (
		SELECT p.period, o.responsible_id, sum(o.actual_revenue) AS amount
		FROM (SELECT DISTINCT a.period FROM asked a) p
		JOIN salesopp.opportunity o ON o.close_date <@ p.period
		WHERE o.organization_id = organization AND o.status = 'won' AND o.deleted_at IS NULL
		GROUP BY p.period, o.responsible_id
	), member AS MATERIALIZED (
		SELECT d.of, t.employee_id AS id, unnest(t.path) AS holder
		FROM (SELECT DISTINCT a.of FROM asked a) d
		CROSS JOIN LATERAL salesopp.team(d.of) t
	), result AS (
		SELECT a.employee_id, a.period, sum(w.amount) AS amount
		FROM asked a
		JOIN member m ON m.of = a.of AND m.holder = a.employee_id
		JOIN won w ON w.period = a.period AND w.responsible_id = m.id
		GROUP BY a.employee_id, a.period
	)
	SELECT s.employee_id, e.initials, s.id, s.period, s.created_at, CASE WHEN isfinite(s.created_at) THEN s.last_day - (s.created_at AT TIME ZONE time_zone)::date END,
		s.amount, s.commit, s.best_case, c.came, s.amount - c.came, trim_scale(100 * (s.amount - c.came) / NULLIF(c.came, 0)), s.last_day < today
	FROM said s
	JOIN salesopp.employee e ON e.organization_id = organization AND e.id = s.employee_id
	LEFT JOIN result r ON r.employee_id = s.employee_id AND r.period = s.period
	CROSS JOIN LATERAL (SELECT COALESCE(r.amount, 0.00) AS came) c
	ORDER BY s.period, e.initials, s.created_at, s.id;
END;
$$;
COMMENT ON FUNCTION salesopp.submission_accuracy(daterange) IS
	'What was submitted for periods within the one that is given, against what the employee and his team have won in them';
