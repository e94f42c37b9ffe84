-- How far the history reaches and what of it is final, whether it is whole, and what keeps it so.

CREATE OR REPLACE FUNCTION salesopp.history_settled() RETURNS timestamptz
LANGUAGE C STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.history_settled() IS
	'The instant up to which, and including which, the history is final: no transaction that is still open, or begins later, adds to it';

CREATE OR REPLACE FUNCTION salesopp.history_begins() RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	RETURN (SELECT min(h.at) FROM salesopp.opportunity_history h WHERE h.organization_id = organization);
END;
$$;
COMMENT ON FUNCTION salesopp.history_begins() IS
	'The instant of the first row of the organization''s history; NULL: it has none';

-- The settings are part of how its rows are written as text.
CREATE OR REPLACE FUNCTION salesopp.history_digest(until timestamptz) RETURNS text
LANGUAGE C STABLE SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.history_digest(timestamptz) IS
	'SHA-256 of the organization''s history up to and including an instant that is settled: kept elsewhere, it shows later whether anything of it was changed';

-- Which columns are compared, the catalog says: those that both tables have. An opportunity's version, and who changed it, may
-- have moved on without a row of history, by a change of what is not tracked.
CREATE OR REPLACE FUNCTION salesopp.history_problems() RETURNS TABLE (opportunity_id bigint, problem text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	differing text;
BEGIN
	SELECT string_agg(format('CASE WHEN o.%1$I IS DISTINCT FROM h.%1$I THEN %1$L END', c.attname), ', ' ORDER BY c.attnum)
	INTO differing
	FROM pg_attribute c
	JOIN pg_attribute a ON a.attrelid = 'salesopp.opportunity'::regclass AND a.attname = c.attname AND NOT a.attisdropped
	WHERE c.attrelid = 'salesopp.opportunity_history'::regclass AND c.attnum > 0 AND NOT c.attisdropped
		AND c.attname NOT IN ('organization_id', 'version', 'changed_by');

	RETURN QUERY EXECUTE format($query$
		WITH history AS (
			SELECT h.*, row_number() OVER (PARTITION BY h.opportunity_id ORDER BY h.version DESC) AS from_last,
				lag(h.at) OVER (PARTITION BY h.opportunity_id ORDER BY h.version) AS at_before
			FROM salesopp.opportunity_history h WHERE h.organization_id = $1
		), compared AS (
			SELECT o.id, o.version, h.version AS last_version, concat_ws(', ', %s,
				CASE WHEN o.deleted_at IS NULL = h.deleted THEN 'deleted' END) AS differing
			FROM salesopp.opportunity o
			LEFT JOIN history h ON h.opportunity_id = o.id AND h.from_last = 1
			WHERE o.organization_id = $1
		), found AS (
			SELECT c.id, NULL::integer AS version, 'it has no history' AS problem FROM compared c WHERE c.last_version IS NULL
			UNION ALL
			SELECT c.id, c.last_version, format('version %%s of its history is above its own, %%s', c.last_version, c.version)
			FROM compared c WHERE c.last_version > c.version
			UNION ALL
			SELECT c.id, c.last_version, format('it differs from the last version of its history, %%s, in %%s', c.last_version, c.differing)
			FROM compared c WHERE c.last_version IS NOT NULL AND c.differing <> ''
			UNION ALL
			SELECT h.opportunity_id, h.version, format('version %%s of its history counts from before the one before it', h.version)
			FROM history h WHERE h.at < h.at_before
		)
		SELECT f.id, f.problem FROM found f ORDER BY f.id, f.version, f.problem COLLATE "C"
	$query$, differing) USING organization;
END;
$$;
COMMENT ON FUNCTION salesopp.history_problems() IS
	'Where the history does not go with the opportunities, as after an import or a change past the triggers; no rows: all is well';

CREATE OR REPLACE FUNCTION salesopp.complete_history() RETURNS bigint
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.complete_history() IS
	'Gives each opportunity that has no history a first row: how it stands, since it was last changed; returns their number. For the owner';

CREATE OR REPLACE FUNCTION salesopp.trim_history(before timestamptz) RETURNS bigint
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.trim_history(timestamptz) IS
	'Removes what was before an instant, but for how each opportunity stood at it; returns the number of rows. For the owner';
