-- Views for reading. They are security_invoker: what row security hides from the reader is not in
-- them, and neither is what has been deleted. The organization comes first in each, for those who
-- see several.

CREATE OR REPLACE VIEW salesopp.opportunity_list WITH (security_invoker = true) AS
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
	sp.name AS sales_process,
	o.version
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
COMMENT ON COLUMN salesopp.opportunity_list.has_process IS 'Whether a sales process is attached (the funnel mark)';
COMMENT ON COLUMN salesopp.opportunity_list.quote_sum IS 'Sum of the last created quote, excluding VAT';
COMMENT ON COLUMN salesopp.opportunity_list.order_sum IS 'Sum of the last created sales order, excluding VAT';

CREATE OR REPLACE VIEW salesopp.stage_funnel WITH (security_invoker = true) AS
SELECT s.organization_id, s.opportunity_id, s.position, s.name, s.probability, s.status,
	s.position IS NOT DISTINCT FROM o.stage_position AS is_current,
	CASE
		WHEN s.position = o.stage_position THEN salesopp.color 'yellow'
		WHEN s.status = 'completed' THEN salesopp.color 'green'
		WHEN s.status = 'cancelled' THEN salesopp.color 'red'
		ELSE salesopp.color 'gray'
	END AS color
FROM salesopp.opportunity o
JOIN salesopp.stage s ON s.organization_id = o.organization_id AND s.opportunity_id = o.id
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW salesopp.stage_funnel IS 'The stages of opportunities as a funnel, with the colour of each';
COMMENT ON COLUMN salesopp.stage_funnel.is_current IS 'The earliest stage that is neither completed nor cancelled';
COMMENT ON COLUMN salesopp.stage_funnel.color IS 'Yellow current, green completed, red cancelled, gray the rest';

CREATE OR REPLACE VIEW salesopp.competitor_list WITH (security_invoker = true) AS
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

-- One card is read more often than many, and planning a join takes longer than looking up a name: so only what gives several
-- columns is joined, and by whom cards are selected.
CREATE OR REPLACE VIEW salesopp.opportunity_card WITH (security_invoker = true) AS
SELECT o.organization_id, o.id, o.subject, o.status, salesopp.status_flag(o.status) AS flag,
	o.progress_method, o.progress, o.priority, o.rating, o.estimated_revenue, o.actual_revenue,
	salesopp.weighted_value(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS weighted_value,
	o.decision_date, salesopp.decision_color(o.status, o.decision_date) AS decision_color,
	o.delivery_date, o.close_date,
	(SELECT r.name FROM salesopp.loss_reason r WHERE r.organization_id = o.organization_id AND r.id = o.loss_reason_id) AS loss_reason,
	(SELECT COALESCE(w.name, c.name) FROM salesopp.opportunity_competitor w
		LEFT JOIN salesopp.competitor c ON c.organization_id = w.organization_id AND c.id = w.competitor_id
		WHERE w.organization_id = o.organization_id AND w.opportunity_id = o.id AND w.is_winner LIMIT 1) AS winner,
	o.status_note,
	responsible.initials AS responsible,
	(SELECT r.name FROM salesopp.sales_region r WHERE r.organization_id = o.organization_id AND r.id = o.sales_region_id) AS sales_region,
	(SELECT d.name FROM salesopp.department d WHERE d.organization_id = o.organization_id AND d.id = o.department_id) AS department,
	o.note, o.custom,
	o.company_id, c.name AS company, c.phone AS company_phone, c.email AS company_email,
	(SELECT p.name FROM salesopp.project p WHERE p.organization_id = o.organization_id AND p.id = o.project_id) AS project,
	o.contact_id, concat_ws(' ', ct.first_name, ct.last_name) AS contact,
	COALESCE(ct.mobile, ct.direct_phone) AS contact_phone, ct.email AS contact_email,
	(SELECT sp.name FROM salesopp.sales_process sp WHERE sp.organization_id = o.organization_id AND sp.id = o.sales_process_id) AS sales_process,
	current.position AS current_stage_position, current.name AS current_stage,
	process.stages, process.completed_stages,
	o.created_at,
	(SELECT e.initials FROM salesopp.employee e WHERE e.organization_id = o.organization_id AND e.id = o.created_by) AS created_by,
	o.changed_at,
	(SELECT e.initials FROM salesopp.employee e WHERE e.organization_id = o.organization_id AND e.id = o.changed_by) AS changed_by,
	o.version, salesopp.forecast_category(o.status, o.progress, o.forecast_category) AS forecast_category
FROM salesopp.opportunity o
LEFT JOIN salesopp.company c ON c.organization_id = o.organization_id AND c.id = o.company_id
LEFT JOIN salesopp.contact ct ON ct.organization_id = o.organization_id AND ct.id = o.contact_id
LEFT JOIN salesopp.employee responsible
	ON responsible.organization_id = o.organization_id AND responsible.id = o.responsible_id
CROSS JOIN LATERAL (
	SELECT count(*) AS stages, count(*) FILTER (WHERE s.status = 'completed') AS completed_stages
	FROM salesopp.stage s
	WHERE s.organization_id = o.organization_id AND s.opportunity_id = o.id
) process
LEFT JOIN salesopp.stage current ON current.organization_id = o.organization_id
	AND current.opportunity_id = o.id AND current.position = o.stage_position
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW salesopp.opportunity_card IS 'Summary of an opportunity, its customer and its process';

CREATE OR REPLACE VIEW salesopp.contact_list WITH (security_invoker = true) AS
SELECT c.organization_id, c.company_id, c.id, concat_ws(' ', c.first_name, c.last_name) AS name,
	c.first_name, c.last_name, c.gender, c.is_primary, c.is_your_ref, c.job_title, c.email,
	COALESCE(c.mobile, c.direct_phone) AS phone, c.changed_at, changer.initials AS changed_by
FROM salesopp.contact c
LEFT JOIN salesopp.employee changer
	ON changer.organization_id = c.organization_id AND changer.id = c.changed_by
ORDER BY c.organization_id, c.company_id, c.is_primary DESC, c.last_name, c.first_name, c.id;
COMMENT ON VIEW salesopp.contact_list IS 'Contacts of customers: the primary contact first, the rest by last name';

CREATE OR REPLACE VIEW salesopp.follow_up WITH (security_invoker = true) AS
SELECT a.organization_id, customer.company_id, a.kind, a.id, a.subject, a.body, a.occurred_at,
	a.contact_id, a.project_id, o.id AS opportunity_id, responsible.initials AS responsible,
	a.created_by AS created_by_id, a.changed_at, a.changed_by AS changed_by_id,
	changer.initials AS changed_by
FROM (
	-- an arm for each way that leads from a customer to its follow-ups, so that an index serves each
	SELECT organization_id, id, company_id FROM salesopp.activity WHERE company_id IS NOT NULL
	UNION
	SELECT a.organization_id, a.id, c.company_id
	FROM salesopp.activity a
	JOIN salesopp.contact c ON c.organization_id = a.organization_id AND c.id = a.contact_id
	UNION
	SELECT a.organization_id, a.id, p.company_id
	FROM salesopp.activity a
	JOIN salesopp.project p ON p.organization_id = a.organization_id AND p.id = a.project_id
	WHERE p.company_id IS NOT NULL
	UNION
	SELECT a.organization_id, a.id, o.company_id
	FROM salesopp.activity a
	JOIN salesopp.opportunity o ON o.organization_id = a.organization_id AND o.id = a.opportunity_id
	WHERE o.company_id IS NOT NULL AND o.deleted_at IS NULL
	UNION
	SELECT a.organization_id, a.id, c.company_id
	FROM salesopp.activity a
	JOIN salesopp.activity_participant ap
		ON ap.organization_id = a.organization_id AND ap.activity_id = a.id
	JOIN salesopp.contact c ON c.organization_id = ap.organization_id AND c.id = ap.contact_id
	WHERE a.kind = 'meeting'
) customer
JOIN salesopp.activity a ON a.organization_id = customer.organization_id AND a.id = customer.id
LEFT JOIN salesopp.opportunity o
	ON o.organization_id = a.organization_id AND o.id = a.opportunity_id AND o.deleted_at IS NULL
LEFT JOIN salesopp.employee responsible
	ON responsible.organization_id = a.organization_id AND responsible.id = a.responsible_id
LEFT JOIN salesopp.employee changer
	ON changer.organization_id = a.organization_id AND changer.id = a.changed_by;
COMMENT ON VIEW salesopp.follow_up IS
	'Follow-ups by customer: of the customer, its contacts, projects and opportunities, and meetings that its contacts took part in';

CREATE OR REPLACE VIEW salesopp.quote_list WITH (security_invoker = true) AS
SELECT q.organization_id, q.opportunity_id, q.id, q.number, q.amount, q.note,
	s.number AS order_number, q.created_at, creator.initials AS created_by, q.changed_at,
	changer.initials AS changed_by
FROM salesopp.quote q
JOIN salesopp.opportunity o ON o.organization_id = q.organization_id AND o.id = q.opportunity_id
LEFT JOIN salesopp.sales_order s ON s.organization_id = q.organization_id AND s.quote_id = q.id
LEFT JOIN salesopp.employee creator
	ON creator.organization_id = q.organization_id AND creator.id = q.created_by
LEFT JOIN salesopp.employee changer
	ON changer.organization_id = q.organization_id AND changer.id = q.changed_by
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW salesopp.quote_list IS 'Quotes made from opportunities';

CREATE OR REPLACE VIEW salesopp.order_list WITH (security_invoker = true) AS
SELECT s.organization_id, s.opportunity_id, s.id, s.number, s.amount, s.note,
	q.number AS quote_number, s.created_at, creator.initials AS created_by, s.changed_at,
	changer.initials AS changed_by
FROM salesopp.sales_order s
JOIN salesopp.opportunity o ON o.organization_id = s.organization_id AND o.id = s.opportunity_id
LEFT JOIN salesopp.quote q ON q.organization_id = s.organization_id AND q.id = s.quote_id
LEFT JOIN salesopp.employee creator
	ON creator.organization_id = s.organization_id AND creator.id = s.created_by
LEFT JOIN salesopp.employee changer
	ON changer.organization_id = s.organization_id AND changer.id = s.changed_by
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW salesopp.order_list IS 'Sales orders made from opportunities';
