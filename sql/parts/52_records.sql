-- Opportunities made from others and from calls.

CREATE OR REPLACE FUNCTION salesopp.copy_opportunity(opportunity_id bigint) RETURNS salesopp.opportunity
LANGUAGE sql
BEGIN ATOMIC
	-- the lock also makes sure that the newest copy, at the end, is the one made here
	SELECT salesopp.lock_opportunity(opportunity_id, 'open', 'won', 'lost');
	WITH copied AS (
		INSERT INTO salesopp.opportunity (organization_id, copied_from_id, estimated_revenue,
			progress, progress_method, priority, decision_date, delivery_date, rating,
			responsible_id, company_id, contact_id, project_id, department_id, sales_region_id,
			sales_process_id, subject, note, custom)
		SELECT o.organization_id, o.id, o.estimated_revenue,
			-- automatic progress comes with the stages
			CASE o.progress_method WHEN 'manual' THEN o.progress ELSE 0 END,
			o.progress_method, o.priority, o.decision_date, o.delivery_date, o.rating,
			o.responsible_id, o.company_id, o.contact_id, o.project_id, o.department_id,
			o.sales_region_id, o.sales_process_id, o.subject, o.note, o.custom
		FROM salesopp.opportunity o
		WHERE o.organization_id = salesopp.current_organization()
			AND o.id = copy_opportunity.opportunity_id
		RETURNING organization_id, id, copied_from_id
	), competitors AS (
		INSERT INTO salesopp.opportunity_competitor
			(organization_id, opportunity_id, competitor_id, name, threat, note)
		SELECT copied.organization_id, copied.id, c.competitor_id, c.name, c.threat, c.note
		FROM copied
		JOIN salesopp.opportunity_competitor c
			ON c.organization_id = copied.organization_id AND c.opportunity_id = copied.copied_from_id
	)
	INSERT INTO salesopp.opportunity_group_value (organization_id, opportunity_id, group_value_id)
	SELECT copied.organization_id, copied.id, g.group_value_id
	FROM copied
	JOIN salesopp.opportunity_group_value g
		ON g.organization_id = copied.organization_id AND g.opportunity_id = copied.copied_from_id;
	SELECT o.* FROM salesopp.opportunity o
	WHERE o.organization_id = salesopp.current_organization()
		AND o.copied_from_id = copy_opportunity.opportunity_id
	ORDER BY o.id DESC LIMIT 1;
END;
COMMENT ON FUNCTION salesopp.copy_opportunity(bigint) IS
	'A new open opportunity with the same details, competitors, groups, custom fields and stages';

CREATE OR REPLACE FUNCTION salesopp.create_from_call(activity_id bigint) RETURNS salesopp.opportunity
LANGUAGE sql
BEGIN ATOMIC
	SELECT salesopp.require(activity_id IS NOT NULL,
		'22023', 'the id of the call must not be null', 'Pass the id of a row of salesopp.activity of the kind call.');
	SELECT salesopp.require(EXISTS (SELECT FROM salesopp.activity a
			WHERE a.organization_id = salesopp.current_organization()
				AND a.id = create_from_call.activity_id AND a.kind = 'call'),
		'P0002', format('no such call: %s', activity_id),
		'Pass the id of a row of salesopp.activity of the kind call.');
	INSERT INTO salesopp.opportunity (organization_id, subject, company_id, contact_id, project_id,
		note, responsible_id)
	SELECT a.organization_id, a.subject, a.company_id, a.contact_id, a.project_id, a.body,
		a.responsible_id
	FROM salesopp.activity a
	WHERE a.organization_id = salesopp.current_organization()
		AND a.id = create_from_call.activity_id
	RETURNING *;
END;
COMMENT ON FUNCTION salesopp.create_from_call(bigint) IS
	'A new opportunity with the subject, company, contact, project, note and responsible of a logged phone call';
