-- What the list's summary and the forecasts show. Each is one pass of pipeline_summary.

CREATE FUNCTION salesopp.summary()
RETURNS TABLE (status text, opportunities bigint, estimated_revenue numeric, pipeline numeric,
	highest numeric)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT line.*
	FROM (
		SELECT salesopp.pipeline_summary(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS s
		FROM salesopp.opportunity o
		WHERE o.organization_id = salesopp.current_organization() AND o.deleted_at IS NULL
	) total, LATERAL (VALUES
		('won', (s).won_opportunities, (s).won_estimated_revenue, (s).won_pipeline, (s).won_highest),
		('open', (s).open_opportunities, (s).open_estimated_revenue, (s).open_pipeline, (s).open_highest),
		('lost', (s).lost_opportunities, (s).lost_estimated_revenue, (s).lost_pipeline, (s).lost_highest),
		('total', (s).total_opportunities, (s).total_estimated_revenue, (s).total_pipeline, (s).total_highest)
	) line;
END;
COMMENT ON FUNCTION salesopp.summary() IS
	'The summary under the list: number, estimated revenue, pipeline and highest sale of won, open, lost and all opportunities';

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
