-- One statement for each question, and the organization known when it is planned: so each reads what
-- belongs to the customer or the project, and nothing else.

CREATE OR REPLACE FUNCTION salesopp.listed_opportunity(opportunity_id bigint) RETURNS salesopp.opportunity
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	found salesopp.opportunity;
BEGIN
	PERFORM salesopp.require(opportunity_id IS NOT NULL,
		'22023', 'the opportunity''s id must not be null', 'Pass the id of a row of salesopp.opportunity_list.');
	SELECT o.* INTO found FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = listed_opportunity.opportunity_id AND o.deleted_at IS NULL;
	PERFORM salesopp.require(found.id IS NOT NULL,
		'P0002', 'no such opportunity: %s', 'Pass the id of a row of salesopp.opportunity_list.', opportunity_id);
	RETURN found;
END;
$$;
COMMENT ON FUNCTION salesopp.listed_opportunity(bigint) IS
	'An opportunity that is not deleted; an error when there is none with that id';

CREATE OR REPLACE FUNCTION salesopp.customer_opportunities(opportunity_id bigint)
RETURNS SETOF salesopp.opportunity_list
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	this constant salesopp.opportunity := salesopp.listed_opportunity(opportunity_id);
	others constant bigint[] := ARRAY(SELECT o.id FROM salesopp.opportunity o
		WHERE o.organization_id = this.organization_id AND o.company_id = this.company_id AND o.id <> this.id);
BEGIN
	RETURN QUERY
	SELECT l.* FROM salesopp.opportunity_list l
	WHERE l.organization_id = this.organization_id AND l.id = ANY (others)
	ORDER BY l.changed_at DESC, l.id DESC;
END;
$$;
COMMENT ON FUNCTION salesopp.customer_opportunities(bigint) IS
	'All other opportunities of the same customer, the last changed first';

CREATE OR REPLACE FUNCTION salesopp.latest_follow_ups(opportunity_id bigint, scope text DEFAULT 'company',
	mine boolean DEFAULT false)
RETURNS TABLE (kind text, id bigint, subject text, changed_at timestamptz, changed_by text)
LANGUAGE plpgsql STABLE ROWS 30 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	this constant salesopp.opportunity := salesopp.listed_opportunity(opportunity_id);
BEGIN
	PERFORM salesopp.require(scope IN ('company', 'project'),
		'22023', 'unknown scope of the follow-ups of opportunity %s: %L', 'Pass company or project.', opportunity_id, scope);
	-- a statement for each: in one, the tables of the other would be planned to be read
	IF scope = 'company' THEN
		RETURN QUERY
		SELECT item.kind, item.id, item.subject, item.changed_at, e.initials
		FROM (
			SELECT f.kind::text, f.id, f.subject, f.created_by_id AS created_by, f.changed_at,
				f.changed_by_id AS changed_by
			FROM salesopp.follow_up f
			WHERE f.organization_id = this.organization_id AND f.company_id = this.company_id
			UNION ALL
			SELECT 'opportunity', o.id, o.subject, o.created_by, o.changed_at, o.changed_by
			FROM salesopp.opportunity o
			WHERE o.organization_id = this.organization_id AND o.company_id = this.company_id
				AND o.deleted_at IS NULL
		) item
		LEFT JOIN salesopp.employee e ON e.organization_id = this.organization_id AND e.id = item.changed_by
		WHERE mine IS NOT TRUE OR salesopp.current_employee() IN (item.created_by, item.changed_by)
		ORDER BY item.changed_at DESC, item.kind, item.id DESC
		LIMIT 30;
	ELSE
		RETURN QUERY
		SELECT item.kind, item.id, item.subject, item.changed_at, e.initials
		FROM (
			SELECT a.kind::text, a.id, a.subject, a.created_by, a.changed_at, a.changed_by
			FROM salesopp.activity a
			WHERE a.organization_id = this.organization_id AND a.project_id = this.project_id
			UNION ALL
			SELECT a.kind::text, a.id, a.subject, a.created_by, a.changed_at, a.changed_by
			FROM salesopp.opportunity o
			JOIN salesopp.activity a ON a.organization_id = o.organization_id AND a.opportunity_id = o.id
			WHERE o.organization_id = this.organization_id AND o.project_id = this.project_id
				AND o.deleted_at IS NULL AND a.project_id IS DISTINCT FROM this.project_id
			UNION ALL
			SELECT 'opportunity', o.id, o.subject, o.created_by, o.changed_at, o.changed_by
			FROM salesopp.opportunity o
			WHERE o.organization_id = this.organization_id AND o.project_id = this.project_id
				AND o.deleted_at IS NULL
		) item
		LEFT JOIN salesopp.employee e ON e.organization_id = this.organization_id AND e.id = item.changed_by
		WHERE mine IS NOT TRUE OR salesopp.current_employee() IN (item.created_by, item.changed_by)
		ORDER BY item.changed_at DESC, item.kind, item.id DESC
		LIMIT 30;
	END IF;
END;
$$;
COMMENT ON FUNCTION salesopp.latest_follow_ups(bigint, text, boolean) IS
	'The 30 last changed follow-ups and opportunities of the customer, or of the project; with mine only those that the current employee created or changed last';
