-- Views for reading. They are security_invoker: what row security hides from the reader is not in
-- them, and neither is what has been deleted. The organization comes first in each, for those who
-- see several.

CREATE VIEW salesopp.opportunity_list WITH (security_invoker = true) AS
SELECT
	o.organization_id,
	o.id,
	o.status,
	salesopp.status_flag(o.status) AS flag,
	o.sales_process_id IS NOT NULL AS has_process,
	o.subject,
	c.name AS company,
	p.name AS project,
	o.estimated_revenue,
	(SELECT q.amount FROM salesopp.quote q
		WHERE q.organization_id = o.organization_id AND q.opportunity_id = o.id
		ORDER BY q.id DESC LIMIT 1) AS quote_sum,
	(SELECT so.amount FROM salesopp.sales_order so
		WHERE so.organization_id = o.organization_id AND so.opportunity_id = o.id
		ORDER BY so.id DESC LIMIT 1) AS order_sum,
	o.progress,
	o.decision_date,
	salesopp.decision_color(o.status, o.decision_date) AS decision_color,
	responsible.initials AS responsible,
	o.changed_at,
	changer.initials AS changed_by,
	o.actual_revenue,
	salesopp.weighted_value(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS weighted_value,
	o.close_date,
	o.priority,
	o.rating,
	r.name AS sales_region,
	d.name AS department,
	sp.name AS sales_process
FROM salesopp.opportunity o
LEFT JOIN salesopp.company c ON c.organization_id = o.organization_id AND c.id = o.company_id
LEFT JOIN salesopp.project p ON p.organization_id = o.organization_id AND p.id = o.project_id
LEFT JOIN salesopp.employee responsible
	ON responsible.organization_id = o.organization_id AND responsible.id = o.responsible_id
LEFT JOIN salesopp.employee changer
	ON changer.organization_id = o.organization_id AND changer.id = o.changed_by
LEFT JOIN salesopp.sales_region r ON r.organization_id = o.organization_id AND r.id = o.sales_region_id
LEFT JOIN salesopp.department d ON d.organization_id = o.organization_id AND d.id = o.department_id
LEFT JOIN salesopp.sales_process sp
	ON sp.organization_id = o.organization_id AND sp.id = o.sales_process_id
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW salesopp.opportunity_list IS 'The list of opportunities';
COMMENT ON COLUMN salesopp.opportunity_list.flag IS 'Colour of the status flag: yellow open, green won, red lost';
COMMENT ON COLUMN salesopp.opportunity_list.has_process IS 'Whether a sales process is attached (the funnel mark)';
COMMENT ON COLUMN salesopp.opportunity_list.estimated_revenue IS 'Estimated revenue, excluding VAT';
COMMENT ON COLUMN salesopp.opportunity_list.actual_revenue IS 'Agreed revenue of a won opportunity, excluding VAT';
COMMENT ON COLUMN salesopp.opportunity_list.quote_sum IS 'Sum of the last created quote, excluding VAT';
COMMENT ON COLUMN salesopp.opportunity_list.order_sum IS 'Sum of the last created sales order, excluding VAT';
COMMENT ON COLUMN salesopp.opportunity_list.progress IS 'Probability of the sale, in percent';
COMMENT ON COLUMN salesopp.opportunity_list.decision_color IS 'Colour of the decision date: red open and passed, green today, blue within 7 days, else black';
COMMENT ON COLUMN salesopp.opportunity_list.weighted_value IS 'What the opportunity adds to the pipeline: revenue times probability';
COMMENT ON COLUMN salesopp.opportunity_list.responsible IS 'Initials of the responsible employee';
COMMENT ON COLUMN salesopp.opportunity_list.changed_by IS 'Initials of who changed it last';

CREATE VIEW salesopp.stage_funnel WITH (security_invoker = true) AS
SELECT f.*,
	CASE
		WHEN f.is_current THEN salesopp.color 'yellow'
		WHEN f.status = 'completed' THEN salesopp.color 'green'
		WHEN f.status = 'cancelled' THEN salesopp.color 'red'
		ELSE salesopp.color 'gray'
	END AS color
FROM (
	SELECT s.organization_id, s.opportunity_id, s.position, s.name, s.probability, s.status,
		s.status = 'pending' AND NOT EXISTS (
			SELECT FROM salesopp.stage earlier
			WHERE earlier.organization_id = s.organization_id
				AND earlier.opportunity_id = s.opportunity_id
				AND earlier.status = 'pending' AND earlier.position < s.position) AS is_current
	FROM salesopp.stage s
	JOIN salesopp.opportunity o ON o.organization_id = s.organization_id AND o.id = s.opportunity_id
	WHERE o.deleted_at IS NULL
) f;
COMMENT ON VIEW salesopp.stage_funnel IS 'The stages of opportunities as a funnel, with the colour of each';
COMMENT ON COLUMN salesopp.stage_funnel.is_current IS 'The earliest stage that is neither completed nor cancelled';
COMMENT ON COLUMN salesopp.stage_funnel.color IS 'Yellow current, green completed, red cancelled, gray the rest';
COMMENT ON COLUMN salesopp.stage_funnel.probability IS 'Probability of the sale in percent once the stage is completed';

CREATE VIEW salesopp.competitor_list WITH (security_invoker = true) AS
SELECT oc.organization_id, oc.opportunity_id, oc.id, oc.competitor_id,
	COALESCE(oc.name, c.name) AS name, c.website, oc.threat, oc.is_winner, oc.note
FROM salesopp.opportunity_competitor oc
JOIN salesopp.opportunity o ON o.organization_id = oc.organization_id AND o.id = oc.opportunity_id
LEFT JOIN salesopp.competitor c
	ON c.organization_id = oc.organization_id AND c.id = oc.competitor_id
WHERE o.deleted_at IS NULL
ORDER BY oc.organization_id, oc.opportunity_id, oc.threat DESC, 5, oc.id;
COMMENT ON VIEW salesopp.competitor_list IS 'Competitors of opportunities, the worst first';
COMMENT ON COLUMN salesopp.competitor_list.id IS 'What close_lost() takes as winner_id';
COMMENT ON COLUMN salesopp.competitor_list.threat IS 'Assessment from 1 (harmless) to 5 (worst)';
