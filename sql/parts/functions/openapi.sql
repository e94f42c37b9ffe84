-- The API as programs describe it to each other: an OpenAPI document, made from the catalog. Paths are those of REST layers that
-- call functions as POST /rpc/name, with an object of named arguments, and read and write relations as /name (PostgREST).

-- What a value of the type is in JSON.
CREATE OR REPLACE FUNCTION salesopp.json_schema(type regtype, is_nullable boolean DEFAULT true) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t record;
	name text;
	format text;
BEGIN
	SELECT y.typtype, y.typcategory, y.typelem, y.typbasetype, y.typname, y.typrelid INTO t FROM pg_type y WHERE y.oid = type;
	IF t.typbasetype <> 0 THEN
		RETURN salesopp.json_schema(t.typbasetype, is_nullable);
	ELSIF t.typcategory = 'A' THEN
		RETURN jsonb_build_object('type', CASE WHEN is_nullable THEN '["array", "null"]'::jsonb ELSE '"array"' END,
			'items', salesopp.json_schema(t.typelem));
	ELSIF t.typrelid <> 0 AND is_nullable THEN
		RETURN jsonb_build_object('anyOf', jsonb_build_array(salesopp.json_schema(type, false), '{"type": "null"}'::jsonb));
	ELSIF t.typrelid <> 0 THEN
		RETURN jsonb_build_object('$ref', format('#/components/schemas/%s', t.typname));
	ELSIF t.typname IN ('json', 'jsonb') THEN
		RETURN '{}';
	END IF;
	SELECT v.name, v.format INTO name, format
	FROM (VALUES ('bool', 'boolean', NULL), ('int2', 'integer', 'int32'), ('int4', 'integer', 'int32'), ('int8', 'integer', 'int64'),
		('numeric', 'number', NULL), ('float4', 'number', 'float'), ('float8', 'number', 'double'), ('date', 'string', 'date'),
		('timestamptz', 'string', 'date-time')) v (type, name, format)
	WHERE v.type = t.typname;
	name := COALESCE(name, 'string');
	RETURN jsonb_strip_nulls(jsonb_build_object(
		'type', CASE WHEN is_nullable THEN jsonb_build_array(name, 'null') ELSE to_jsonb(name) END,
		'format', COALESCE(format, CASE WHEN name = 'string' AND t.typtype <> 'e' AND t.typcategory <> 'S' THEN t.typname END)))
		|| COALESCE((SELECT jsonb_build_object('enum', jsonb_agg(e.label ORDER BY e.position)) FROM (
			SELECT to_jsonb(l.enumlabel) AS label, l.enumsortorder AS position FROM pg_enum l WHERE l.enumtypid = type
			UNION ALL SELECT 'null', 'infinity' WHERE is_nullable AND t.typtype = 'e') e HAVING count(*) > 0), '{}');
END;
$$;
COMMENT ON FUNCTION salesopp.json_schema(regtype, boolean) IS 'What a value of a type is in JSON, as a schema of OpenAPI 3.1';

-- Relations and row types: their columns by name.
CREATE OR REPLACE FUNCTION salesopp.row_schema(relation regclass) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT jsonb_strip_nulls(jsonb_build_object('type', 'object', 'description', obj_description(relation, 'pg_class'),
			'properties', jsonb_object_agg(a.attname, salesopp.json_schema(a.atttypid, NOT a.attnotnull)
				|| jsonb_strip_nulls(jsonb_build_object('description', col_description(relation, a.attnum))))))
		FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped);
END;
$$;
COMMENT ON FUNCTION salesopp.row_schema(regclass) IS 'What a row of a relation is in JSON, as a schema of OpenAPI 3.1';

-- What a call passes, and what it gets.
CREATE OR REPLACE FUNCTION salesopp.call_schema(called regprocedure, OUT request jsonb, OUT response jsonb)
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	f record;
	result jsonb;
BEGIN
	SELECT p.proretset, p.prorettype, p.pronargs, p.pronargdefaults,
		COALESCE(p.proallargtypes, p.proargtypes::oid[]) AS types, p.proargmodes AS modes, p.proargnames AS names
	INTO f FROM pg_proc p WHERE p.oid = called;
	SELECT jsonb_build_object('type', 'object', 'additionalProperties', false,
			'properties', COALESCE(jsonb_object_agg(a.name, salesopp.json_schema(a.type)) FILTER (WHERE a.is_input), '{}'),
			'required', COALESCE(jsonb_agg(a.name ORDER BY a.position) FILTER (WHERE a.is_input AND a.position <= f.pronargs - f.pronargdefaults), '[]')),
		jsonb_build_object('type', 'object', 'properties', jsonb_object_agg(a.name, salesopp.json_schema(a.type)) FILTER (WHERE NOT a.is_input))
	INTO request, result
	FROM (
		SELECT t.type, t.position, COALESCE(f.names[t.position], format('$%s', t.position)) AS name,
			COALESCE(f.modes[t.position] IN ('i', 'v'), true) AS is_input
		FROM unnest(f.types) WITH ORDINALITY t (type, position)) a;
	IF f.prorettype = 'void'::regtype THEN
		RETURN;
	ELSIF f.prorettype <> 'record'::regtype THEN
		-- whole rows are there
		result := salesopp.json_schema(f.prorettype, NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = f.prorettype AND t.typrelid <> 0));
	END IF;
	response := CASE WHEN f.proretset THEN jsonb_build_object('type', 'array', 'items', result) ELSE result END;
END;
$$;
COMMENT ON FUNCTION salesopp.call_schema(regprocedure) IS
	'What a call of a function passes and gets in JSON, as schemas of OpenAPI 3.1; the response is NULL where it gets nothing';

-- What the SQLSTATEs of the API's own errors mean to a program.
CREATE OR REPLACE FUNCTION salesopp.error_schema() RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('type', 'object', 'required', '["code", "message"]'::jsonb, 'properties', jsonb_build_object(
		'code', jsonb_build_object('description', 'SQLSTATE', 'anyOf', (
			SELECT jsonb_agg(jsonb_build_object('const', e.code, 'description', e.meaning) ORDER BY e.code COLLATE "C")
			FROM (VALUES
				('55000', 'not in the state that it takes: closed, open or deleted'), ('22023', 'an argument that cannot be'), ('P0002', 'no such opportunity'),
				('23514', 'a rule on values is broken'), ('42501', 'not permitted'), ('23502', 'a required value is missing'),
				('23503', 'a reference to nothing, or to what is referred to'), ('23P01', 'periods overlap'), ('23505', 'taken already'),
				('22003', 'an amount is too large'), ('0A000', 'not supported'), ('22P03', 'not a state of the aggregate'),
				('55P03', 'being changed: try again'), ('25006', 'being moved to another server: try again later'), ('2200H', 'no id of this server is left'),
				('40001', 'try the transaction again'), ('40P01', 'try the transaction again'),
				('54000', 'too large: ask for less'), ('53100', 'the disk is full'), ('53400', 'temp_file_limit is reached'), ('54011', 'too many columns'),
				('3F000', 'no such schema'), ('42602', 'no name'), ('42P07', 'the name is taken'), ('42704', 'no such role'), ('42809', 'not a table or view'),
				('22021', 'not in that encoding'), ('22P05', 'not in the encoding of the database'),
				('22000', 'a stream was cut off or altered'), ('42P01', 'no such table'), ('42703', 'no such column')) e (code, meaning)) || '{"type": "string"}'::jsonb),
		'message', '{"type": "string"}'::jsonb, 'details', '{"type": ["string", "null"]}'::jsonb,
		'hint', '{"type": ["string", "null"], "description": "What to do"}'::jsonb));
$$;
COMMENT ON FUNCTION salesopp.error_schema() IS 'What an error is in JSON, as a schema of OpenAPI 3.1, with the SQLSTATEs of the API';

-- Functions that others call, and that say nothing to a program.
CREATE OR REPLACE FUNCTION salesopp.is_inner_function(name name) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT name IN ('attained', 'bin_of', 'bulk_delete', 'bulk_outcomes', 'bulk_reassign', 'bulk_restore', 'bulk_set_status', 'bulk_undo', 'bulk_undo_import',
		'call_schema', 'changed_since', 'composed', 'composed_json', 'custom_problem', 'days_to_close', 'error_schema', 'extension_objects', 'function_paths', 'has_accents', 'has_custom_texts', 'index_pattern',
		'import_stream_rows', 'initial_letter', 'is_at_least', 'is_at_most', 'is_blank', 'is_inner_function', 'is_iso_date', 'is_time_zone', 'json_schema', 'like_names',
		'listed_opportunity', 'message', 'name_key', 'name_likeness', 'organization_columns', 'organization_key', 'organization_tables', 'plain_name', 'read_stream', 'relation_paths',
		'report_groupings', 'report_ids', 'report_query', 'report_statement', 'require', 'require_organization', 'require_period', 'require_stream_rights', 'reserve_id', 'row_schema',
		'run_bulk_change', 'stream_parts', 'stream_prefix', 'stream_query', 'stream_tables', 'to_like', 'wait_for_writers', 'weighted_wilson', 'wide_index_pattern',
		'work_words', 'write_correction', 'run_on_workers', 'tell_planner', 'grant_inner_rights', 'repeat_grants', 'bring_rights_to_workers', 'spread_ids', 'send_functions', 'distribute_tables', 'is_worker', 'require_permissive_policies',
		'run_bulk_change_of', 'merge_companies_of', 'merge_contacts_of', 'trim_history_of', 'import_check_of', 'import_records_of');
$$;
COMMENT ON FUNCTION salesopp.is_inner_function(name) IS 'Whether a function is there for others to call, and no part of the API that openapi() describes';

-- Those that the role may call. Functions of one name are one path, whose request is that of one of them.
CREATE OR REPLACE FUNCTION salesopp.function_paths() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT COALESCE(jsonb_object_agg(format('/rpc/%s', f.proname), jsonb_build_object('post', jsonb_build_object(
			'operationId', f.proname, 'tags', jsonb_build_array('functions'), 'summary', f.summary,
			'requestBody', jsonb_build_object('required', f.is_required, 'content', jsonb_build_object('application/json', jsonb_build_object('schema',
				CASE WHEN jsonb_array_length(f.requests) = 1 THEN f.requests -> 0 ELSE jsonb_build_object('anyOf', f.requests) END))),
			'responses', jsonb_build_object(
				CASE WHEN f.response IS NULL THEN '204' ELSE '200' END, jsonb_strip_nulls(jsonb_build_object('description', 'done',
					'content', CASE WHEN f.response IS NOT NULL THEN jsonb_build_object('application/json', jsonb_build_object('schema', f.response)) END)),
				'default', '{"$ref": "#/components/responses/error"}'::jsonb)))), '{}')
		FROM (
			SELECT p.proname, string_agg(obj_description(p.oid, 'pg_proc'), '; ' ORDER BY p.oid) AS summary,
				bool_and(p.pronargs > p.pronargdefaults) AS is_required, jsonb_agg(s.request ORDER BY p.oid) AS requests,
				(array_agg(s.response ORDER BY p.oid))[1] AS response
			FROM pg_proc p CROSS JOIN LATERAL salesopp.call_schema(p.oid) s
			WHERE p.pronamespace = 'salesopp'::regnamespace AND p.prokind = 'f' AND NOT salesopp.is_inner_function(p.proname)
				AND has_function_privilege(p.oid, 'EXECUTE')
				AND NOT EXISTS (SELECT FROM pg_type t WHERE t.typtype = 'p' AND t.typname NOT IN ('void', 'record')
					AND (t.oid = p.prorettype OR t.oid = ANY (p.proargtypes::oid[])))
				AND (p.pronargs = 0 OR p.proargtypes[0] <> 'bytea'::regtype)
			GROUP BY p.proname) f);
END;
$$;
COMMENT ON FUNCTION salesopp.function_paths() IS 'The functions that the role may call, as paths of OpenAPI 3.1';

-- Tables and views that the role may read, and what else it may do to them.
CREATE OR REPLACE FUNCTION salesopp.relation_paths() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT COALESCE(jsonb_object_agg(format('/%s', r.relname), r.operations), '{}')
		FROM (
			SELECT c.relname, jsonb_object_agg(o.method, jsonb_strip_nulls(jsonb_build_object(
				'operationId', format('%s_%s', o.verb, c.relname), 'tags', jsonb_build_array(CASE c.relkind WHEN 'v' THEN 'views' ELSE 'tables' END),
				'summary', obj_description(c.oid, 'pg_class'),
				'parameters', CASE WHEN o.method <> 'post' THEN jsonb_build_array('{"$ref": "#/components/parameters/filter"}'::jsonb)
					|| CASE WHEN o.method = 'get' THEN '[{"$ref": "#/components/parameters/select"}, {"$ref": "#/components/parameters/order"},
						{"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/offset"}]'::jsonb ELSE '[]' END END,
				'requestBody', CASE WHEN o.method IN ('post', 'patch') THEN jsonb_build_object('required', true, 'content',
					jsonb_build_object('application/json', jsonb_build_object('schema', jsonb_build_object('type', 'object')))) END,
				'responses', jsonb_build_object(
					o.status, CASE o.status WHEN '200' THEN jsonb_build_object('description', 'rows', 'content', jsonb_build_object('application/json', jsonb_build_object('schema',
						jsonb_build_object('type', 'array', 'items', jsonb_build_object('$ref', format('#/components/schemas/%s', c.relname))))))
						ELSE '{"description": "done"}'::jsonb END,
					'default', '{"$ref": "#/components/responses/error"}'::jsonb)))) AS operations
			FROM pg_class c
			CROSS JOIN (VALUES ('get', 'read', 'SELECT', '200'), ('post', 'add', 'INSERT', '201'), ('patch', 'change', 'UPDATE', '204'), ('delete', 'remove', 'DELETE', '204'))
				o (method, verb, privilege, status)
			WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'v')
				AND CASE o.privilege WHEN 'DELETE' THEN has_table_privilege(c.oid, 'DELETE') ELSE has_any_column_privilege(c.oid, o.privilege) END
				AND (c.relkind = 'r' OR o.method = 'get')
			GROUP BY c.oid, c.relname) r);
END;
$$;
COMMENT ON FUNCTION salesopp.relation_paths() IS 'The tables and views that the role may read or write, as paths of OpenAPI 3.1';

CREATE OR REPLACE FUNCTION salesopp.openapi() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN jsonb_build_object('openapi', '3.1.0',
		'info', (SELECT jsonb_build_object('title', 'salesopp', 'version', e.extversion, 'description', obj_description(e.oid, 'pg_extension'))
			FROM pg_extension e WHERE e.extname = 'salesopp'),
		'servers', '[{"url": "/"}]'::jsonb,
		'paths', salesopp.function_paths() || salesopp.relation_paths(),
		'components', jsonb_build_object(
			'schemas', (SELECT jsonb_object_agg(c.relname, salesopp.row_schema(c.oid)) FROM pg_class c
				WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'v', 'c')) || jsonb_build_object('error', salesopp.error_schema()),
			'responses', '{"error": {"description": "It is refused, and nothing has changed",
				"content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}}}'::jsonb,
			'parameters', '{
				"filter": {"name": "filter", "in": "query", "style": "form", "explode": true, "description": "Columns with an operator and a value: id=eq.7",
					"schema": {"type": "object", "additionalProperties": {"type": "string"}}},
				"select": {"name": "select", "in": "query", "description": "Columns, with commas between them", "schema": {"type": "string"}},
				"order": {"name": "order", "in": "query", "description": "Columns, each perhaps with .desc", "schema": {"type": "string"}},
				"limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 0}},
				"offset": {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0}}}'::jsonb));
END;
$$;
COMMENT ON FUNCTION salesopp.openapi() IS 'The functions, tables and views that the role may use, as an OpenAPI 3.1 document';
