-- What the definitions of tables call.

-- A look at the beginning is enough, and keeps the cost of a text of any length small.
CREATE OR REPLACE FUNCTION salesopp.is_blank(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN "left"(value, 1000) !~ '\S';
COMMENT ON FUNCTION salesopp.is_blank(text) IS
	'Whether a text holds nothing but white space (judged by its first 1000 characters)';

CREATE OR REPLACE FUNCTION salesopp.is_time_zone(name text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.is_time_zone(text) IS 'Whether the server knows a time zone of that name';

CREATE OR REPLACE FUNCTION salesopp.current_organization() RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.current_organization() IS
	'The organization that this session works in: the setting salesopp.organization_id, else the only organization there is, else NULL';

CREATE OR REPLACE FUNCTION salesopp.current_employee() RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'chosen_employee_id';
COMMENT ON FUNCTION salesopp.current_employee() IS
	'The employee for whom this session works: the setting salesopp.employee_id';
