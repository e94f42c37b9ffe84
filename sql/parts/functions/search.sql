-- Finding opportunities. Wildcards stand in src/text/wildcard.c, the criteria in src/search/criteria.c.

CREATE OR REPLACE FUNCTION salesopp.to_like(pattern text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.to_like(text) IS 'A search pattern as ILIKE takes it';

CREATE OR REPLACE FUNCTION salesopp.index_pattern(pattern text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.index_pattern(text) IS
	'A search pattern as ILIKE takes it with an index of trigrams, which may know fewer letters than the locale';

CREATE OR REPLACE FUNCTION salesopp.wide_index_pattern(pattern text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.wide_index_pattern(text) IS
	'The same for an index of texts that need not be composed';

CREATE OR REPLACE FUNCTION salesopp.matches_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.matches_support(internal) IS 'Tells the planner how an index serves matches()';

-- Leakproof: no error in it depends on the value, so it can use an index under row security.
CREATE OR REPLACE FUNCTION salesopp.matches(value text, pattern text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 10
SUPPORT salesopp.matches_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.matches(text, text) IS
	'Whether a text matches a search pattern: AS% starts with, %AS ends with, AS contains; in any case and form, \% is a percent sign and \\ a backslash';

CREATE OR REPLACE FUNCTION salesopp.has_custom_values_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.has_custom_values_support(internal) IS
	'Tells the planner how an index serves has_custom_values()';

CREATE OR REPLACE FUNCTION salesopp.has_custom_values(custom jsonb, wanted jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
SUPPORT salesopp.has_custom_values_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.has_custom_values(jsonb, jsonb) IS
	'Whether custom fields have the values that are wanted';

CREATE OR REPLACE FUNCTION salesopp.has_custom_texts_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.has_custom_texts_support(internal) IS
	'Tells the planner how an index serves has_custom_texts()';

CREATE OR REPLACE FUNCTION salesopp.has_custom_texts(custom jsonb, fields text[], patterns text[],
	ignore_accents boolean DEFAULT false) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 10
SUPPORT salesopp.has_custom_texts_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.has_custom_texts(jsonb, text[], text[], boolean) IS
	'Whether the texts in custom fields match a pattern each';

CREATE OR REPLACE FUNCTION salesopp.custom_number(custom jsonb, field text) RETURNS numeric
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.custom_number(jsonb, text) IS
	'The number in a custom field; NULL where there is none. An index on it serves ranges and orders';

CREATE OR REPLACE FUNCTION salesopp.custom_date(custom jsonb, field text) RETURNS date
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.custom_date(jsonb, text) IS
	'The date in a custom field; NULL where there is none. An index on it serves ranges and orders';

-- PostgreSQL's comparisons of numerics raise no error, but are not declared leakproof as those of other
-- types are.
CREATE OR REPLACE FUNCTION salesopp.is_at_least_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.is_at_least_support(internal) IS 'Tells the planner how an index serves is_at_least()';

CREATE OR REPLACE FUNCTION salesopp.is_at_most_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.is_at_most_support(internal) IS 'Tells the planner how an index serves is_at_most()';

CREATE OR REPLACE FUNCTION salesopp.is_at_least(value numeric, bound numeric) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
SUPPORT salesopp.is_at_least_support AS 'numeric_ge';
COMMENT ON FUNCTION salesopp.is_at_least(numeric, numeric) IS 'value >= bound, with an index also under row security';

CREATE OR REPLACE FUNCTION salesopp.is_at_most(value numeric, bound numeric) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
SUPPORT salesopp.is_at_most_support AS 'numeric_le';
COMMENT ON FUNCTION salesopp.is_at_most(numeric, numeric) IS 'value <= bound, with an index also under row security';

CREATE OR REPLACE FUNCTION salesopp.initial_letter(subject text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN "left"(upper("left"(subject, 1)), 1) ~ '[[:alpha:]]' THEN "left"(upper("left"(subject, 1)), 1) ELSE '#' END;
COMMENT ON FUNCTION salesopp.initial_letter(text) IS
	'The first letter of a subject in upper case; # for digits and symbols';

CREATE OR REPLACE FUNCTION salesopp.search(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	max_rows integer DEFAULT 100, after bigint DEFAULT NULL)
RETURNS SETOF salesopp.opportunity_list
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.search(jsonb, text, integer, bigint) IS
	'A page of the list: opportunities that meet all criteria, sorted by columns that a list can have, behind the one with the id after';

CREATE OR REPLACE FUNCTION salesopp.search_columns(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	columns text[] DEFAULT NULL, max_rows integer DEFAULT NULL, after bigint DEFAULT NULL)
RETURNS SETOF jsonb
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.search_columns(jsonb, text, text[], integer, bigint) IS
	'What is asked for of the opportunities that meet all criteria, an object each: columns of the list, further ones, and custom and group fields by name';

CREATE OR REPLACE FUNCTION salesopp.search_saved(name text, max_rows integer DEFAULT NULL, after bigint DEFAULT NULL)
RETURNS SETOF jsonb LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT salesopp.search_columns(jsonb_build_object('saved', name), NULL, NULL, max_rows, after);
END;
$$;
COMMENT ON FUNCTION salesopp.search_saved(text, integer, bigint) IS
	'What a saved search finds, in its order, an object of its columns for each opportunity';

CREATE OR REPLACE FUNCTION salesopp.search_ids(criteria jsonb DEFAULT '{}') RETURNS SETOF bigint
LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.search_ids(jsonb) IS
	'The ids of all opportunities that meet the criteria, from the least: what search() would list';

CREATE OR REPLACE FUNCTION salesopp.summary(criteria jsonb DEFAULT '{}')
RETURNS TABLE (status text, opportunities bigint, estimated_revenue numeric, pipeline numeric,
	highest numeric)
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 4 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.summary(jsonb) IS
	'The summary under the list: number, estimated revenue, pipeline and highest sale of won, open, lost and all opportunities that meet the criteria';

CREATE OR REPLACE FUNCTION salesopp.letter_index(criteria jsonb DEFAULT '{}')
RETURNS TABLE (letter text, opportunities bigint)
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 30 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.letter_index(jsonb) IS
	'How many opportunities that meet the criteria start with each letter; digits and symbols count as #';
