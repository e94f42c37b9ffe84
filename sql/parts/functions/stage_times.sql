-- How long opportunities are at a stage, which of them are there for too long, and which go on (N6). Criteria are those
-- of search(), and find opportunities by what they are now.
--
-- The visits of one opportunity are few and next to each other, so they are read for each that was found, and not for
-- all of the organization. A subquery that is no more than a join would be planned as one: hence OFFSET 0. The names are
-- those of the view stage_visits, looked up once more: a statement about one organization must name it wherever it reads, for
-- those to whom row security does not apply, or several servers refuse it. A view cannot.

CREATE OR REPLACE FUNCTION salesopp.stage_times(criteria jsonb DEFAULT '{}')
RETURNS TABLE (sales_process_id bigint, "position" integer, name text, visits bigint, median interval,
	p80_of_won interval, won_visits bigint)
LANGUAGE plpgsql STABLE ROWS 30 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	ids constant bigint[] := ARRAY(SELECT salesopp.search_ids(criteria));
BEGIN
	RETURN QUERY
	SELECT v.sales_process_id, v.position, v.name, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY v.duration),
		percentile_disc(0.8) WITHIN GROUP (ORDER BY v.duration) FILTER (WHERE v.status = 'won'),
		count(*) FILTER (WHERE v.status = 'won')
	FROM (
		SELECT o.status, v.sales_process_id, v.position, v.duration, COALESCE(
			(SELECT s.name FROM salesopp.stage s
				WHERE s.organization_id = organization AND s.opportunity_id = o.id AND s.position = v.position LIMIT 1),
			(SELECT p.name FROM salesopp.sales_process_stage p
				WHERE p.organization_id = organization AND p.sales_process_id = v.sales_process_id AND p.position = v.position LIMIT 1)) AS name
		FROM unnest(ids) found (id)
		JOIN salesopp.opportunity o ON o.organization_id = organization AND o.id = found.id
		CROSS JOIN LATERAL (
			SELECT v.* FROM salesopp.stage_visits v WHERE v.organization_id = organization AND v.opportunity_id = o.id OFFSET 0
		) v
		WHERE NOT v.is_current AND v.is_measured
	) v
	GROUP BY v.sales_process_id, v.position, v.name
	ORDER BY v.sales_process_id, v.position, v.name;
END;
$$;
COMMENT ON FUNCTION salesopp.stage_times(jsonb) IS
	'How long finished visits to each stage took: the median, and how long four in five of those of won opportunities took at most';

CREATE OR REPLACE FUNCTION salesopp.stalled(criteria jsonb DEFAULT '{}', quantile numeric DEFAULT 0.8,
	at_least integer DEFAULT 20)
RETURNS TABLE (opportunity_id bigint, subject text, "position" integer, in_stage interval, usual interval,
	compared_with bigint, next_activity_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	ids constant bigint[] := ARRAY(SELECT salesopp.search_ids(criteria));
BEGIN
	PERFORM salesopp.require(quantile BETWEEN 0 AND 1,
		'22023', 'the quantile must be from 0 to 1, not %s',
		'Pass 0.8 for what four in five visits of won opportunities did not exceed.', COALESCE(quantile::text, 'NULL'));
	PERFORM salesopp.require(at_least >= 0,
		'22023', 'at_least must be 0 or more, not %s',
		'Pass the number of visits of won opportunities below which a stage is not judged.', COALESCE(at_least::text, 'NULL'));
	RETURN QUERY
	WITH won AS (
		SELECT v.sales_process_id, v.position, count(*) AS visits,
			percentile_disc(quantile::double precision) WITHIN GROUP (ORDER BY v.duration) AS duration
		FROM salesopp.opportunity o
		JOIN salesopp.stage_visits v ON v.organization_id = o.organization_id AND v.opportunity_id = o.id
		WHERE o.organization_id = organization AND v.organization_id = organization
			AND o.status = 'won' AND o.deleted_at IS NULL AND NOT v.is_current AND v.is_measured
		GROUP BY v.sales_process_id, v.position
		HAVING count(*) >= at_least
	)
	SELECT o.id, o.subject, v.position, v.duration, won.duration, won.visits, (
		SELECT min(a.occurred_at) FROM salesopp.activity a
		WHERE a.organization_id = organization AND a.opportunity_id = o.id AND a.occurred_at > now())
	FROM unnest(ids) found (id)
	JOIN salesopp.opportunity o ON o.organization_id = organization AND o.id = found.id AND o.status = 'open'
	CROSS JOIN LATERAL (
		SELECT v.* FROM salesopp.stage_visits v WHERE v.organization_id = organization AND v.opportunity_id = o.id OFFSET 0
	) v
	JOIN won ON won.sales_process_id = v.sales_process_id AND won.position = v.position
	WHERE v.is_current AND v.duration > won.duration
	ORDER BY v.duration DESC, o.id;
END;
$$;
COMMENT ON FUNCTION salesopp.stalled(jsonb, numeric, integer) IS
	'Open opportunities that have been at their stage for longer than most that were won: the longest first, with their next activity';

-- Each opportunity ends at the stage that stands last of those where it has been: went_on, lost, won and still_there add
-- up to reached.
CREATE OR REPLACE FUNCTION salesopp.stage_conversion(criteria jsonb DEFAULT '{}', reached_since timestamptz DEFAULT NULL)
RETURNS TABLE (sales_process_id bigint, "position" integer, name text, reached bigint, went_on bigint, lost bigint,
	won bigint, still_there bigint)
LANGUAGE plpgsql STABLE ROWS 30 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	ids constant bigint[] := ARRAY(SELECT salesopp.search_ids(criteria));
BEGIN
	RETURN QUERY
	SELECT s.sales_process_id, s.position, s.name, count(*), count(*) FILTER (WHERE s.went_on),
		count(*) FILTER (WHERE o.status = 'lost' AND NOT s.went_on), count(*) FILTER (WHERE o.status = 'won' AND NOT s.went_on),
		count(*) FILTER (WHERE o.status = 'open' AND NOT s.went_on)
	FROM unnest(ids) found (id)
	JOIN salesopp.opportunity o ON o.organization_id = organization AND o.id = found.id
	CROSS JOIN LATERAL (
		SELECT v.sales_process_id, v.position, v.name, min(v.entered_at) AS reached_at,
			v.position < max(max(v.position)) OVER ()
				OR COALESCE(min(v.entered_at) < max(max(v.left_at) FILTER (WHERE v.leaves_none)) OVER (), false) AS went_on
		FROM (
			SELECT v.sales_process_id, v.position, v.entered_at, v.left_at, COALESCE(
				(SELECT s.name FROM salesopp.stage s
					WHERE s.organization_id = organization AND s.opportunity_id = o.id AND s.position = v.position LIMIT 1),
				(SELECT p.name FROM salesopp.sales_process_stage p
					WHERE p.organization_id = organization AND p.sales_process_id = v.sales_process_id AND p.position = v.position LIMIT 1)) AS name,
				v.ended_by = 'stage' AND v.left_at IS DISTINCT FROM lead(v.entered_at) OVER (ORDER BY v.visit) AS leaves_none
			FROM salesopp.stage_visits v
			WHERE v.organization_id = organization AND v.opportunity_id = o.id
		) v
		GROUP BY v.sales_process_id, v.position, v.name
	) s
	WHERE reached_since IS NULL OR s.reached_at >= reached_since
	GROUP BY s.sales_process_id, s.position, s.name
	ORDER BY s.sales_process_id, s.position, s.name;
END;
$$;
COMMENT ON FUNCTION salesopp.stage_conversion(jsonb, timestamptz) IS
	'How many opportunities have been at each stage, and what became of them: they went on, or were lost or won, or are there';
