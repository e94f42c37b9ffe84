-- What the definitions of tables call.

CREATE OR REPLACE FUNCTION salesopp.is_blank(value text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.is_blank(text) IS
	'Whether nothing is seen of a text: white space, control characters and those that are invisible';

CREATE OR REPLACE FUNCTION salesopp.name_key(name text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.name_key(text) IS
	'What is the same of two names that look the same, in any case; a unique index of names is on it';

CREATE OR REPLACE FUNCTION salesopp.composed(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.composed(text) IS
	'A text in the form in which texts are stored: Unicode''s NFC, where the database is in UTF-8';

CREATE OR REPLACE FUNCTION salesopp.composed_json(value jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.composed_json(jsonb) IS 'A value with all its texts as they are stored';

-- Leakproof, so that an index on them can be used under row security.
CREATE OR REPLACE FUNCTION salesopp.has_accents(value text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 5 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.has_accents(text) IS
	'Whether a text is another without accents, and letters with a stroke or two in one';

CREATE OR REPLACE FUNCTION salesopp.without_accents(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.without_accents(text) IS
	'A text as who cannot type accents writes it, letters with a stroke and two in one included';

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
