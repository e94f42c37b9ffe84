-- The same for every reader, and never below 0: what is typed in after it was closed took no time.
CREATE OR REPLACE FUNCTION salesopp.days_to_close(created_at timestamptz, close_date date, time_zone text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN close_date IS NOT NULL AND isfinite(created_at)
	THEN greatest(close_date - (created_at AT TIME ZONE time_zone)::date, 0) END;
COMMENT ON FUNCTION salesopp.days_to_close(timestamptz, date, text) IS
	'Days from creation to the close date in a time zone, 0 when it was closed before it was typed in; NULL while it is open';

-- Fixed reports. Those of a kind differ only in what they group by, so they are made from one text
-- each: %1$s the name, %2$s what the rows are grouped by, %3$s the joins that it needs, %4$s the
-- names that go with it, %5$s the joins for those.
DO $$
DECLARE
	pipeline_report constant text := $view$
		CREATE OR REPLACE VIEW salesopp.pipeline_by_%1$s WITH (security_invoker = true) AS
		SELECT g.organization_id, %4$s,
			(s).total_opportunities AS opportunities,
			(s).open_opportunities,
			(s).won_opportunities,
			(s).lost_opportunities,
			(s).total_estimated_revenue AS estimated_revenue,
			(s).open_pipeline,
			(s).won_pipeline AS won_revenue,
			(s).total_pipeline AS pipeline,
			round(100.0 * (s).won_opportunities
				/ NULLIF((s).won_opportunities + (s).lost_opportunities, 0), 2) AS win_rate,
			round(g.days_to_close, 1) AS average_days_to_close
		FROM (
			SELECT o.organization_id, %2$s,
				salesopp.pipeline_summary(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS s,
				avg(salesopp.days_to_close(o.created_at, o.close_date, here.time_zone)) AS days_to_close
			FROM salesopp.opportunity o
			JOIN salesopp.organization here ON here.id = o.organization_id %3$s
			WHERE o.deleted_at IS NULL
			GROUP BY o.organization_id, %2$s
		) g %5$s$view$;
	results_report constant text := $view$
		CREATE OR REPLACE VIEW salesopp.results_by_%1$s WITH (security_invoker = true) AS
		SELECT g.organization_id, %4$s,
			(s).total_opportunities AS opportunities,
			(s).won_opportunities,
			(s).lost_opportunities,
			(s).won_pipeline AS won_revenue,
			(s).lost_estimated_revenue AS lost_revenue,
			round(100.0 * (s).won_opportunities / (s).total_opportunities, 2) AS win_rate,
			round(g.days_to_close, 1) AS average_days_to_close
		FROM (
			SELECT o.organization_id, %2$s,
				salesopp.pipeline_summary(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS s,
				avg(salesopp.days_to_close(o.created_at, o.close_date, here.time_zone)) AS days_to_close
			FROM salesopp.opportunity o
			JOIN salesopp.organization here ON here.id = o.organization_id %3$s
			WHERE o.deleted_at IS NULL AND o.status <> 'open'
			GROUP BY o.organization_id, %2$s
		) g %5$s$view$;
	employee constant text := 'LEFT JOIN salesopp.employee e
		ON e.organization_id = g.organization_id AND e.id = g.responsible_id';
	process constant text := 'LEFT JOIN salesopp.sales_process p
		ON p.organization_id = g.organization_id AND p.id = g.sales_process_id';
	month_of constant text := 'CROSS JOIN LATERAL (
		SELECT date_trunc(''month'', o.%I::timestamp)::date AS month) m';
	report record;
BEGIN
	FOR report IN SELECT * FROM (VALUES
		(pipeline_report, 'employee', 'o.responsible_id', '',
			'g.responsible_id, e.initials, e.name', employee),
		(pipeline_report, 'department', 'o.department_id', '', 'g.department_id, d.name',
			'LEFT JOIN salesopp.department d
				ON d.organization_id = g.organization_id AND d.id = g.department_id'),
		(pipeline_report, 'region', 'o.sales_region_id', '', 'g.sales_region_id, r.name',
			'LEFT JOIN salesopp.sales_region r
				ON r.organization_id = g.organization_id AND r.id = g.sales_region_id'),
		(pipeline_report, 'process', 'o.sales_process_id', '', 'g.sales_process_id, p.name', process),
		(pipeline_report, 'stage', 'o.sales_process_id, f.position, f.name',
			-- it is pending, which is said since of these there are fewer to be hashed
			'LEFT JOIN salesopp.stage f ON f.organization_id = o.organization_id AND f.opportunity_id = o.id
				AND f.position = o.stage_position AND f.status = ''pending'' AND o.status = ''open''',
			'g.sales_process_id, p.name AS sales_process, g.position, g.name', process),
		(pipeline_report, 'month', 'm.month', format(month_of, 'decision_date'), 'g.month', ''),
		(results_report, 'employee', 'o.responsible_id', '',
			'g.responsible_id, e.initials, e.name', employee),
		(results_report, 'month', 'm.month', format(month_of, 'close_date'), 'g.month', ''),
		(results_report, 'loss_reason', 'o.loss_reason_id', '', 'g.loss_reason_id, l.name',
			'LEFT JOIN salesopp.loss_reason l
				ON l.organization_id = g.organization_id AND l.id = g.loss_reason_id'),
		(results_report, 'competitor', 'w.competitor_id, w.name',
			'LEFT JOIN salesopp.opportunity_competitor w ON w.organization_id = o.organization_id
				AND w.opportunity_id = o.id AND w.is_winner',
			'g.competitor_id, COALESCE(g.name, c.name) AS name',
			'LEFT JOIN salesopp.competitor c
				ON c.organization_id = g.organization_id AND c.id = g.competitor_id')
	) r (template, name, grouping, joins, names, name_joins)
	LOOP
		EXECUTE format(report.template, report.name, report.grouping, report.joins, report.names,
			report.name_joins);
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
