-- The same for every reader, and never below 0: what is typed in after it was closed took no time.
CREATE OR REPLACE FUNCTION salesopp.days_to_close(created_at timestamptz, close_date date, time_zone text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN close_date IS NOT NULL AND isfinite(created_at)
	THEN greatest(close_date - (created_at AT TIME ZONE time_zone)::date, 0) END;
COMMENT ON FUNCTION salesopp.days_to_close(timestamptz, date, text) IS
	'Days from creation to the close date in a time zone, 0 when it was closed before it was typed in; NULL while it is open';

-- What reports are grouped by: how (of opportunities "o"), with which joins, what they call it (of the groups "g") and the joins
-- for that; then, for the functions, the key of a group, its name, what it is sorted by, and of periods the step from one to the
-- next and the form of the name.
CREATE OR REPLACE FUNCTION salesopp.report_groupings(kind text)
RETURNS TABLE (by text, group_by text, joins text, columns text, name_joins text, key text, name text, sort text,
	step text, form text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH directory (by, id, relation, columns, name) AS (VALUES
		('employee', 'responsible_id', 'employee', 'n.initials, n.name', 'n.initials'),
		('department', 'department_id', 'department', 'n.name', 'n.name'),
		('region', 'sales_region_id', 'sales_region', 'n.name', 'n.name'),
		('process', 'sales_process_id', 'sales_process', 'n.name', 'n.name'),
		('company', 'company_id', 'company', 'n.name', 'n.name'),
		('loss_reason', 'loss_reason_id', 'loss_reason', 'n.name', 'n.name')
	), period (by, step, form) AS (VALUES
		('month', '1 month', 'YYYY-MM'),
		('quarter', '3 months', 'YYYY-"Q"Q'))
	SELECT d.by, 'o.' || d.id, '', format('g.%s, %s', d.id, d.columns),
		format('LEFT JOIN salesopp.%s n ON n.organization_id = g.organization_id AND n.id = g.%s', d.relation, d.id),
		format('g.%s::text', d.id), d.name, d.name, NULL, NULL
	FROM directory d
	UNION ALL
	SELECT p.by, format('m.%I', p.by), format('CROSS JOIN LATERAL (SELECT date_trunc(%L, o.%I::timestamp)::date AS %I) m',
			p.by, CASE report_groupings.kind WHEN 'results' THEN 'close_date' ELSE 'decision_date' END, p.by),
		format('g.%I', p.by), '', format('g.%I::text', p.by), format('to_char(g.%I, %L)', p.by, p.form), format('g.%I', p.by),
		p.step, p.form
	FROM period p
	UNION ALL
	SELECT 'stage', 'o.sales_process_id, f.position, f.name',
		-- in the pipeline, the current ones of stage_funnel; in results, where they stood when they were closed. It is pending, which
		-- is said since of these there are fewer to be hashed.
		format('LEFT JOIN salesopp.stage f ON f.organization_id = o.organization_id AND f.opportunity_id = o.id
			AND f.position = o.stage_position AND f.status = ''pending'' %s',
			CASE report_groupings.kind WHEN 'pipeline' THEN 'AND o.status = ''open''' END),
		'g.sales_process_id, n.name AS sales_process, g.position, g.name',
		'LEFT JOIN salesopp.sales_process n ON n.organization_id = g.organization_id AND n.id = g.sales_process_id',
		'NULLIF(concat_ws(''/'', g.sales_process_id, g.position, g.name), '''')', 'NULLIF(concat_ws('': '', n.name, g.name), '''')',
		'n.name, g.position, g.name', NULL, NULL
	UNION ALL
	SELECT 'competitor', 'w.competitor_id, w.name',
		'LEFT JOIN salesopp.opportunity_competitor w ON w.organization_id = o.organization_id
			AND w.opportunity_id = o.id AND w.is_winner',
		'g.competitor_id, COALESCE(g.name, n.name) AS name',
		'LEFT JOIN salesopp.competitor n ON n.organization_id = g.organization_id AND n.id = g.competitor_id',
		'COALESCE(g.competitor_id::text, g.name)', 'COALESCE(g.name, n.name)', 'COALESCE(g.name, n.name)', NULL, NULL
	UNION ALL
	-- of the field that the parameter $3 of the statement names
	SELECT 'group_field', 'v.group_value_id, v.name',
		'LEFT JOIN (SELECT i.organization_id, i.opportunity_id, i.group_value_id, gv.name
			FROM salesopp.group_field gf
			JOIN salesopp.group_value gv ON gv.organization_id = gf.organization_id AND gv.group_field_id = gf.id
			JOIN salesopp.opportunity_group_value i ON i.organization_id = gv.organization_id AND i.group_value_id = gv.id
			WHERE gf.name = $3) v ON v.organization_id = o.organization_id AND v.opportunity_id = o.id',
		'g.group_value_id, g.name', '', 'g.group_value_id::text', 'g.name', 'g.name', NULL, NULL
	UNION ALL
	SELECT 'custom_field', 'v.value', 'CROSS JOIN LATERAL (SELECT NULLIF(o.custom -> $3, ''null'') AS value) v',
		'g.value', '', 'g.value #>> ''{}''', 'g.value #>> ''{}''', 'g.value', NULL, NULL;
END;
COMMENT ON FUNCTION salesopp.report_groupings(text) IS
	'What reports are grouped by, as pieces of their statements: pipeline, or results';

-- The figures of a kind of report are made from one text, for its views and for its function.
CREATE OR REPLACE FUNCTION salesopp.report_query(kind text, group_by text, joins text, condition text, columns text, name_joins text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format($text$
	SELECT g.organization_id, %1$s, %2$s,
		round(g.days_to_close, 1) AS average_days_to_close
	FROM (
		SELECT o.organization_id, %3$s,
			salesopp.pipeline_summary(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS s,
			avg(salesopp.days_to_close(o.created_at, o.close_date, here.time_zone)) AS days_to_close
		FROM salesopp.opportunity o
		JOIN salesopp.organization here ON here.id = o.organization_id %4$s
		WHERE o.deleted_at IS NULL %5$s
		GROUP BY o.organization_id, %3$s
	) g %6$s$text$,
	columns,
	CASE kind WHEN 'results' THEN
		'(s).total_opportunities AS opportunities,
		(s).won_opportunities,
		(s).lost_opportunities,
		(s).won_pipeline AS won_revenue,
		(s).lost_estimated_revenue AS lost_revenue,
		round(100.0 * (s).won_opportunities / (s).total_opportunities, 2) AS win_rate'
	ELSE
		'(s).total_opportunities AS opportunities,
		(s).open_opportunities,
		(s).won_opportunities,
		(s).lost_opportunities,
		(s).total_estimated_revenue AS estimated_revenue,
		(s).open_pipeline,
		(s).won_pipeline AS won_revenue,
		(s).total_pipeline AS pipeline,
		round(100.0 * (s).won_opportunities
			/ NULLIF((s).won_opportunities + (s).lost_opportunities, 0), 2) AS win_rate'
	END,
	group_by, joins, CASE kind WHEN 'results' THEN 'AND o.status <> ''open'' ' ELSE '' END || condition, name_joins);
COMMENT ON FUNCTION salesopp.report_query(text, text, text, text, text, text) IS
	'The statement of a report, put together of the pieces that salesopp.report_groupings() has';

DO $$
DECLARE
	report record;
BEGIN
	FOR report IN
		SELECT format('%s_by_%s', v.kind, v.by) AS name,
			salesopp.report_query(v.kind, g.group_by, g.joins, '', g.columns, g.name_joins) AS query
		FROM (VALUES ('pipeline', 'employee'), ('pipeline', 'department'), ('pipeline', 'region'), ('pipeline', 'process'),
			('pipeline', 'stage'), ('pipeline', 'month'), ('results', 'employee'), ('results', 'month'),
			('results', 'loss_reason'), ('results', 'competitor')) v (kind, by),
			LATERAL (SELECT * FROM salesopp.report_groupings(v.kind) r WHERE r.by = v.by) g
	LOOP
		EXECUTE format('CREATE OR REPLACE VIEW salesopp.%I WITH (security_invoker = true) AS %s', report.name, report.query);
	END LOOP;
END $$;

COMMENT ON VIEW salesopp.pipeline_by_employee IS 'Forecast by responsible employee';
COMMENT ON VIEW salesopp.pipeline_by_department IS 'Forecast by department';
COMMENT ON VIEW salesopp.pipeline_by_region IS 'Forecast by sales region';
COMMENT ON VIEW salesopp.pipeline_by_process IS 'Forecast by sales process';
COMMENT ON VIEW salesopp.pipeline_by_stage IS 'Forecast by the current stage of open opportunities; closed ones, and those with all stages done, have none';
COMMENT ON VIEW salesopp.pipeline_by_month IS 'Forecast by the month of the decision date';
COMMENT ON VIEW salesopp.results_by_employee IS 'Wins and losses by responsible employee';
COMMENT ON VIEW salesopp.results_by_month IS 'Wins and losses by the month of closing';
COMMENT ON VIEW salesopp.results_by_loss_reason IS 'Losses by their reason; wins, and losses of unknown reason, have none';
COMMENT ON VIEW salesopp.results_by_competitor IS 'Losses by the competitor who won; wins, and losses to nobody known, have none';
