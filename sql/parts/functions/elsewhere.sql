-- What functions call on the server that has the rows of the organization, where tables are on several: see
-- src/call_elsewhere.c. The organization is there for Citus, which looks at it to know where to.

CREATE OR REPLACE FUNCTION salesopp.run_bulk_change_of(organization_id bigint, operation text, arguments jsonb, opportunity_ids bigint[],
	OUT changed bigint[], OUT refusals jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT r.changed, r.refusals INTO changed, refusals FROM salesopp.run_bulk_change(operation, arguments, opportunity_ids) r;
END;
$$;
COMMENT ON FUNCTION salesopp.run_bulk_change_of(bigint, text, jsonb, bigint[]) IS
	'run_bulk_change() on the server that has the organization';

CREATE OR REPLACE FUNCTION salesopp.merge_companies_of(organization_id bigint, kept bigint, merged bigint[])
RETURNS TABLE (relation text, moved_rows bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT * FROM salesopp.merge_companies(kept, merged);
END;
$$;
COMMENT ON FUNCTION salesopp.merge_companies_of(bigint, bigint, bigint[]) IS 'merge_companies() on the server that has the organization';

CREATE OR REPLACE FUNCTION salesopp.merge_contacts_of(organization_id bigint, kept bigint, merged bigint[])
RETURNS TABLE (relation text, moved_rows bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT * FROM salesopp.merge_contacts(kept, merged);
END;
$$;
COMMENT ON FUNCTION salesopp.merge_contacts_of(bigint, bigint, bigint[]) IS 'merge_contacts() on the server that has the organization';

CREATE OR REPLACE FUNCTION salesopp.trim_history_of(organization_id bigint, before timestamptz) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN salesopp.trim_history(before);
END;
$$;
COMMENT ON FUNCTION salesopp.trim_history_of(bigint, timestamptz) IS 'trim_history() on the server that has the organization';

-- What is imported from is sent along as texts: all cells, row by row.
CREATE OR REPLACE FUNCTION salesopp.import_check_of(organization_id bigint, source text, headings text[], typed_headings text[], cells text[],
	mapping jsonb, options jsonb, record text)
RETURNS TABLE (row_number bigint, column_name text, value text, severity text, problem text, hint text)
LANGUAGE C STABLE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_check_of(bigint, text, text[], text[], text[], jsonb, jsonb, text) IS
	'import_check() on the server that has the organization';

CREATE OR REPLACE FUNCTION salesopp.import_records_of(organization_id bigint, source text, headings text[], typed_headings text[], cells text[],
	mapping jsonb, options jsonb, record text)
RETURNS TABLE (row_number bigint, outcome text, record_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_records_of(bigint, text, text[], text[], text[], jsonb, jsonb, text) IS
	'import_opportunities() and the like on the server that has the organization';
