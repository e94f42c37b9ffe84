-- The values of custom fields and their definitions.

CREATE OR REPLACE FUNCTION salesopp.is_iso_date(value text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.is_iso_date(text) IS 'Whether a text is a date that exists, as YYYY-MM-DD';

CREATE OR REPLACE FUNCTION salesopp.custom_problem(organization_id bigint, custom jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (
		SELECT CASE WHEN f.name IS NULL THEN format(salesopp.message('there is no custom field "%s"'), v.key)
				WHEN f.data_type = 'choice' THEN format(salesopp.message('custom field "%s" takes one of %s'), v.key, f.choices)
				ELSE format(salesopp.message('custom field "%s" takes a %s'), v.key, f.data_type) END
		FROM jsonb_each(custom_problem.custom) v
		LEFT JOIN salesopp.custom_field f
			ON f.organization_id = custom_problem.organization_id AND f.name = v.key
		WHERE NOT COALESCE(CASE f.data_type
			WHEN 'text' THEN jsonb_typeof(v.value) = 'string'
			WHEN 'number' THEN jsonb_typeof(v.value) = 'number'
			WHEN 'boolean' THEN jsonb_typeof(v.value) = 'boolean'
			WHEN 'date' THEN jsonb_typeof(v.value) = 'string' AND salesopp.is_iso_date(v.value #>> '{}')
			WHEN 'choice' THEN jsonb_typeof(v.value) = 'string' AND v.value #>> '{}' = ANY (f.choices)
			END, false)
		ORDER BY v.key LIMIT 1);
END;
$$;
COMMENT ON FUNCTION salesopp.custom_problem(bigint, jsonb) IS
	'What is wrong with custom values by the definitions of the custom fields, or NULL';
