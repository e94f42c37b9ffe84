-- Forecasts. Each is one pass of pipeline_summary.

CREATE VIEW salesopp.pipeline_by_employee WITH (security_invoker = true) AS
SELECT g.organization_id, g.responsible_id, e.initials, e.name,
	(s).total_opportunities AS opportunities,
	(s).open_opportunities,
	(s).won_opportunities,
	(s).lost_opportunities,
	(s).total_estimated_revenue AS estimated_revenue,
	(s).open_pipeline,
	(s).won_pipeline AS won_revenue,
	(s).total_pipeline AS pipeline
FROM (
	SELECT o.organization_id, o.responsible_id,
		salesopp.pipeline_summary(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS s
	FROM salesopp.opportunity o
	WHERE o.deleted_at IS NULL
	GROUP BY o.organization_id, o.responsible_id
) g
LEFT JOIN salesopp.employee e ON e.organization_id = g.organization_id AND e.id = g.responsible_id;
COMMENT ON VIEW salesopp.pipeline_by_employee IS 'Forecast by responsible employee';

CREATE VIEW salesopp.pipeline_by_month WITH (security_invoker = true) AS
SELECT g.organization_id, g.month,
	(s).total_opportunities AS opportunities,
	(s).open_opportunities,
	(s).won_opportunities,
	(s).lost_opportunities,
	(s).total_estimated_revenue AS estimated_revenue,
	(s).open_pipeline,
	(s).won_pipeline AS won_revenue,
	(s).total_pipeline AS pipeline
FROM (
	SELECT o.organization_id, date_trunc('month', o.decision_date::timestamp)::date AS month,
		salesopp.pipeline_summary(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS s
	FROM salesopp.opportunity o
	WHERE o.deleted_at IS NULL
	GROUP BY 1, 2
) g;
COMMENT ON VIEW salesopp.pipeline_by_month IS 'Forecast by the month of the decision date';
COMMENT ON COLUMN salesopp.pipeline_by_month.month IS 'First day of the month; NULL: no decision date';
