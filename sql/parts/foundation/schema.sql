-- The script makes its own schema: so it belongs to the extension, goes with it, and a schema of
-- that name that somebody planted is refused.
CREATE SCHEMA salesopp;
COMMENT ON SCHEMA salesopp IS 'Sales opportunities: records, pipeline, rules and reports';
