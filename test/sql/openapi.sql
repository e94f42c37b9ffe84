-- The API as an OpenAPI document, made from the catalog
-- Also on several servers.
SET search_path = pg_catalog, test, public;
CREATE ROLE regress_salesopp_openapi_reader LOGIN;
CREATE ROLE regress_salesopp_openapi_manager LOGIN;
SELECT salesopp.grant_access('regress_salesopp_openapi_reader', 'reader'), salesopp.grant_access('regress_salesopp_openapi_manager', 'manager');
CREATE TEMP TABLE document AS SELECT 'owner' AS level, salesopp.openapi() AS d;
GRANT ALL ON document TO PUBLIC;
SET ROLE regress_salesopp_openapi_reader;
INSERT INTO document SELECT 'reader', salesopp.openapi();
SET ROLE regress_salesopp_openapi_manager;
INSERT INTO document SELECT 'manager', salesopp.openapi();
RESET ROLE;
CREATE TEMP VIEW path AS SELECT level, p.key AS path, p.value AS operations FROM document, jsonb_each(d -> 'paths') p;

-- one call, in both directions; of functions of one name, each way to call it
\pset format unaligned
SELECT jsonb_pretty(operations) FROM path WHERE level = 'owner' AND path = '/rpc/close_won';
SELECT jsonb_pretty(operations #> '{post,requestBody}') FROM path WHERE level = 'owner' AND path = '/rpc/set_status';
-- columns of a set, what a call without arguments passes, and what gets nothing
SELECT jsonb_pretty(operations #> '{post,responses,200}') FROM path WHERE level = 'owner' AND path = '/rpc/set_status';
SELECT operations #> '{post,requestBody}' FROM path WHERE level = 'owner' AND path = '/rpc/last_bulk_change';
SELECT operations #> '{post,responses}' FROM path WHERE level = 'owner' AND path = '/rpc/grant_access';
-- rows: what may be null, labels, arrays, documents, comments
SELECT column_name, jsonb_pretty(d #> ARRAY['components', 'schemas', 'opportunity', 'properties', column_name])
FROM document, unnest(ARRAY['id', 'status', 'estimated_revenue', 'decision_date', 'custom', 'created_at', 'priority']) column_name WHERE level = 'owner';
SELECT d #> '{components,schemas,saved_search,properties,columns}', d #> '{components,schemas,quota,properties,period}' FROM document WHERE level = 'owner';
SELECT jsonb_pretty(salesopp.json_schema('boolean')), jsonb_pretty(salesopp.json_schema('bytea[]', false)), jsonb_pretty(salesopp.json_schema('salesopp.stage_status', false));
\pset format aligned

-- what a role may do: a reader reads, and calls nothing that writes
SELECT level, count(*) FILTER (WHERE path LIKE '/rpc/%') > 50 AS calls, count(*) FILTER (WHERE operations ? 'get') > 30 AS reads,
	count(*) FILTER (WHERE operations ?| '{post,patch,delete}' AND path NOT LIKE '/rpc/%') AS writes, bool_or(path = '/rpc/close_won') AS closes, bool_or(path = '/rpc/trim_history') AS trims
FROM path GROUP BY 1 ORDER BY 1;
SELECT path, operations ? 'get' AS gets, operations ? 'post' AS posts, operations ? 'patch' AS patches, operations ? 'delete' AS deletes FROM path
WHERE level = 'manager' AND path IN ('/opportunity', '/opportunity_list', '/status_event', '/company', '/organization') ORDER BY 1;
-- a role without rights gets nothing, and is told so
CREATE ROLE regress_salesopp_openapi_nobody LOGIN;
SET ROLE regress_salesopp_openapi_nobody;
SELECT salesopp.openapi();
RESET ROLE;

-- each function is in it, or is named as one that others call; what is so named is there
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'salesopp'::regnamespace AND p.prokind = 'f' AND p.prorettype NOT IN ('trigger'::regtype, 'internal'::regtype)
	AND (p.pronargs = 0 OR p.proargtypes[0] <> 'bytea'::regtype)
	AND salesopp.is_inner_function(p.proname) = EXISTS (SELECT FROM path WHERE level = 'owner' AND path = format('/rpc/%s', p.proname));
SELECT names.name FROM pg_proc p, regexp_matches(p.prosrc, '''(\w+)''', 'g') m, LATERAL (SELECT m[1] AS name) names
WHERE p.oid = 'salesopp.is_inner_function'::regproc AND NOT EXISTS (SELECT FROM pg_proc f WHERE f.pronamespace = p.pronamespace AND f.proname = names.name);
-- every reference leads somewhere, every operation has a name of its own and says what it does
SELECT r.value #>> '{}' FROM document, jsonb_path_query(d, 'strict $.**."$ref"') r (value) WHERE level = 'owner'
	AND d #> string_to_array(substr(r.value #>> '{}', 3), '/') IS NULL;
SELECT count(*) - count(DISTINCT o.value ->> 'operationId') AS doubles, count(*) FILTER (WHERE COALESCE(o.value ->> 'summary', '') = '') AS silent
FROM path, jsonb_each(operations) o WHERE level = 'owner';
SELECT DISTINCT c.key AS without_comment FROM document, jsonb_each(d #> '{components,schemas}') s, jsonb_each(s.value -> 'properties') c
WHERE level = 'owner' AND s.key <> 'error' AND c.value -> 'description' IS NULL AND c.value -> '$ref' IS NULL
	AND EXISTS (SELECT FROM pg_class t WHERE t.relnamespace = 'salesopp'::regnamespace AND t.relname = s.key AND t.relkind <> 'c');
-- of nothing
SELECT salesopp.json_schema(NULL) IS NULL AS schema, salesopp.row_schema(NULL) IS NULL AS row, c.request IS NULL AS call FROM salesopp.call_schema(NULL) c;

DROP VIEW path;
DROP TABLE document;
DROP OWNED BY regress_salesopp_openapi_reader, regress_salesopp_openapi_manager;
DROP ROLE regress_salesopp_openapi_reader, regress_salesopp_openapi_manager, regress_salesopp_openapi_nobody;
