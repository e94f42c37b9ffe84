-- Opportunities made from others and from calls.

CREATE OR REPLACE FUNCTION salesopp.copy_opportunity(opportunity_id bigint) RETURNS salesopp.opportunity
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	source salesopp.opportunity;
	copied salesopp.opportunity;
	competitor salesopp.opportunity_competitor;
BEGIN
	PERFORM salesopp.lock_opportunity(opportunity_id, 'open', 'won', 'lost');
	SELECT o.* INTO source FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = copy_opportunity.opportunity_id;
	INSERT INTO salesopp.opportunity (organization_id, copied_from_id, estimated_revenue,
		progress, progress_method, priority, decision_date, delivery_date, rating,
		responsible_id, company_id, contact_id, project_id, department_id, sales_region_id,
		sales_process_id, subject, note, custom)
	VALUES (organization, source.id, source.estimated_revenue,
		-- automatic progress comes with the stages
		CASE WHEN source.progress_method = 'manual' THEN source.progress ELSE 0 END,
		source.progress_method, source.priority, source.decision_date, source.delivery_date, source.rating,
		source.responsible_id, source.company_id, source.contact_id, source.project_id, source.department_id,
		source.sales_region_id, source.sales_process_id, source.subject, source.note, source.custom)
	RETURNING * INTO copied;

	-- one by one: on a distributed engine, those under row security cannot insert what a query with ids of its own gives
	FOR competitor IN
		SELECT c.* FROM salesopp.opportunity_competitor c
		WHERE c.organization_id = organization AND c.opportunity_id = copy_opportunity.opportunity_id
		ORDER BY c.id
	LOOP
		INSERT INTO salesopp.opportunity_competitor (organization_id, opportunity_id, competitor_id, name, threat, note)
		VALUES (organization, copied.id, competitor.competitor_id, competitor.name, competitor.threat, competitor.note);
	END LOOP;
	INSERT INTO salesopp.opportunity_group_value (organization_id, opportunity_id, group_value_id)
	SELECT g.organization_id, copied.id, g.group_value_id
	FROM salesopp.opportunity_group_value g
	WHERE g.organization_id = organization AND g.opportunity_id = copy_opportunity.opportunity_id;

	-- with the progress that came with the stages
	SELECT o.* INTO copied FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = copied.id;
	RETURN copied;
END;
$$;
COMMENT ON FUNCTION salesopp.copy_opportunity(bigint) IS
	'A new open opportunity with the same details, competitors, groups, custom fields and stages';

-- Left out is what would be refused by now: a responsible employee who has left, a contact or a project that has
-- gone to another customer.
CREATE OR REPLACE FUNCTION salesopp.create_from_call(activity_id bigint) RETURNS salesopp.opportunity
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	call salesopp.activity;
	contact salesopp.contact;
	project salesopp.project;
	responsible bigint;
	created salesopp.opportunity;
BEGIN
	PERFORM salesopp.require(activity_id IS NOT NULL,
		'22023', 'the id of the call must not be null', 'Pass the id of a row of salesopp.activity of the kind call.');
	SELECT a.* INTO call FROM salesopp.activity a
	WHERE a.organization_id = organization AND a.id = create_from_call.activity_id AND a.kind = 'call'
	FOR NO KEY UPDATE;
	PERFORM salesopp.require(FOUND, 'P0002', 'no such call: %s', 'Pass the id of a row of salesopp.activity of the kind call.', activity_id);

	SELECT c.* INTO contact FROM salesopp.contact c
	WHERE c.organization_id = organization AND c.id = call.contact_id;
	SELECT p.* INTO project FROM salesopp.project p
	WHERE p.organization_id = organization AND p.id = call.project_id;
	call.company_id := COALESCE(call.company_id, contact.company_id, project.company_id);
	SELECT e.id INTO responsible FROM salesopp.employee e
	WHERE e.organization_id = organization AND e.id = call.responsible_id AND e.is_active;

	INSERT INTO salesopp.opportunity (organization_id, subject, company_id, contact_id, project_id,
		note, responsible_id)
	VALUES (organization, call.subject, call.company_id,
		CASE WHEN contact.company_id = call.company_id THEN contact.id END,
		CASE WHEN project.company_id = call.company_id OR project.company_id IS NULL THEN project.id END,
		call.body, responsible)
	RETURNING * INTO created;
	UPDATE salesopp.activity a SET opportunity_id = created.id
	WHERE a.organization_id = organization AND a.id = call.id AND a.opportunity_id IS NULL;
	RETURN created;
END;
$$;
COMMENT ON FUNCTION salesopp.create_from_call(bigint) IS
	'A new opportunity with the subject, company, contact, project, note and responsible of a logged phone call, which is linked to it';
