-- Reports of a period and of the opportunities that meet criteria, grouped by whatever is wanted. What they are
-- made of stands in views/reports.

-- The beginning of a statement: the groups as "r", and all periods as "p", so that those of which there is nothing are
-- not missing. Parameters: the organization, the opportunities that meet the criteria, what it is grouped by, the first and the
-- last day of a closing.
CREATE OR REPLACE FUNCTION salesopp.report_statement(kind text, by text, criteria jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	fields constant text[] := '{group_field, custom_field}';
	wanted record;
BEGIN
	SELECT g.* INTO wanted
	FROM salesopp.report_groupings(report_statement.kind) g
	WHERE g.by = report_statement.by AND g.by <> ALL (fields)
		OR g.by = 'group_field' AND EXISTS (SELECT FROM salesopp.group_field f
			WHERE f.organization_id = organization AND f.name = report_statement.by)
		OR g.by = 'custom_field' AND EXISTS (SELECT FROM salesopp.custom_field f
			WHERE f.organization_id = organization AND f.name = report_statement.by)
	-- a field may be called like one of the others, which come first
	ORDER BY array_position(fields, g.by) NULLS FIRST
	LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('opportunities cannot be grouped by %s'), COALESCE(quote_literal(report_statement.by), 'NULL')),
			HINT = format(salesopp.message('Group them by %s, or by the name of a group field or a custom field.'),
				(SELECT string_agg(g.by, ', ' ORDER BY g.by) FROM salesopp.report_groupings(report_statement.kind) g
				WHERE g.by <> ALL (fields)));
	END IF;
	RETURN format('WITH r AS (%s), p AS (%s)',
		salesopp.report_query(kind, wanted.group_by, wanted.joins,
			concat('AND o.organization_id = $1 AND ($4 IS NULL OR o.close_date >= $4) AND ($5 IS NULL OR o.close_date <= $5)',
				CASE WHEN criteria <> '{}' THEN ' AND o.id IN (SELECT unnest($2))' END),
			format('%s AS key, %s AS name, row_number() OVER (ORDER BY %s) AS rank', wanted.key, wanted.name, wanted.sort),
			wanted.name_joins),
		CASE WHEN wanted.step IS NULL THEN 'SELECT NULL::text AS key, NULL::text AS name, NULL::date AS day WHERE false'
		ELSE format('SELECT day::date::text AS key, to_char(day, %1$L) AS name, day::date AS day
			FROM (SELECT min(r.key::date) AS first, max(r.key::date) AS last FROM r) found,
				LATERAL (SELECT date_trunc(%2$L, COALESCE($4, found.first)::timestamp) AS first_day) start,
				-- so many, as a year may be mistyped: what lies beyond is there, but not what is empty between
				generate_series(start.first_day, least(COALESCE($5, found.last)::timestamp, start.first_day + 1200 * %3$L::interval), %3$L) day',
			wanted.form, report_statement.by, wanted.step) END);
END;
$$;
COMMENT ON FUNCTION salesopp.report_statement(text, text, jsonb) IS
	'How the statement of a report begins: its groups and periods';

-- All at once, before the statement: on a distributed engine, what joins tables cannot call what looks at others.
CREATE OR REPLACE FUNCTION salesopp.report_ids(criteria jsonb) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN criteria <> '{}' THEN ARRAY(SELECT salesopp.search_ids(criteria)) END;
END;
$$;
COMMENT ON FUNCTION salesopp.report_ids(jsonb) IS 'The opportunities that a report is about, or NULL for all';

CREATE OR REPLACE FUNCTION salesopp.pipeline(by text, criteria jsonb DEFAULT '{}')
RETURNS TABLE (key text, name text, opportunities bigint, open_opportunities bigint, won_opportunities bigint,
	lost_opportunities bigint, estimated_revenue numeric, open_pipeline numeric, won_revenue numeric, pipeline numeric,
	win_rate numeric, average_days_to_close numeric)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' AS $$
BEGIN
	RETURN QUERY EXECUTE salesopp.report_statement('pipeline', salesopp.composed(by), criteria) || '
		SELECT COALESCE(r.key, p.key), COALESCE(r.name, p.name), COALESCE(r.opportunities, 0), COALESCE(r.open_opportunities, 0),
			COALESCE(r.won_opportunities, 0), COALESCE(r.lost_opportunities, 0), COALESCE(r.estimated_revenue, 0.00),
			COALESCE(r.open_pipeline, 0.00), COALESCE(r.won_revenue, 0.00), COALESCE(r.pipeline, 0.00), r.win_rate, r.average_days_to_close
		FROM r FULL JOIN p ON p.key = r.key ORDER BY p.day, r.rank'
	USING salesopp.current_organization(), salesopp.report_ids(criteria), salesopp.composed(by), NULL::date, NULL::date;
END;
$$;
COMMENT ON FUNCTION salesopp.pipeline(text, jsonb) IS
	'Forecast by employee, department, region, process, stage, loss_reason, competitor, month, quarter, company, or a field''s name';

CREATE OR REPLACE FUNCTION salesopp.results(by text, "from" date DEFAULT NULL, "to" date DEFAULT NULL, criteria jsonb DEFAULT '{}')
RETURNS TABLE (key text, name text, opportunities bigint, won_opportunities bigint, lost_opportunities bigint,
	won_revenue numeric, lost_revenue numeric, win_rate numeric, average_days_to_close numeric)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' AS $$
BEGIN
	IF "from" > "to" OR NOT isfinite("from") OR NOT isfinite("to") THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('the period from %s to %s is none'), COALESCE("from"::text, '<NULL>'), COALESCE("to"::text, '<NULL>')),
			HINT = salesopp.message('Pass the first and the last day of a period, or NULL where it is open.');
	END IF;
	RETURN QUERY EXECUTE salesopp.report_statement('results', salesopp.composed(by), criteria) || '
		SELECT COALESCE(r.key, p.key), COALESCE(r.name, p.name), COALESCE(r.opportunities, 0), COALESCE(r.won_opportunities, 0),
			COALESCE(r.lost_opportunities, 0), COALESCE(r.won_revenue, 0.00), COALESCE(r.lost_revenue, 0.00), r.win_rate,
			r.average_days_to_close
		FROM r FULL JOIN p ON p.key = r.key ORDER BY p.day, r.rank'
	USING salesopp.current_organization(), salesopp.report_ids(criteria), salesopp.composed(by), "from", "to";
END;
$$;
COMMENT ON FUNCTION salesopp.results(text, date, date, jsonb) IS
	'Wins and losses that were closed in a period, by employee, department, region, process, stage, loss_reason, competitor, month, quarter, company, or a field''s name';
