-- An organization with everything that belongs to it, as lines of JSON, and an organization made of such lines.

-- The catalog says which tables there are, and in which order: what a table refers to stands before it.
CREATE OR REPLACE FUNCTION salesopp.organization_tables() RETURNS regclass[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	remaining regclass[] := ARRAY(SELECT c.oid FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		ORDER BY c.relname COLLATE "C");
	placed regclass[] := '{}';
	next_ones regclass[];
BEGIN
	IF salesopp.is_distributed() THEN
		remaining := ARRAY(SELECT r.relation FROM unnest(remaining) WITH ORDINALITY r (relation, position)
			WHERE NOT relation_is_a_known_shard(r.relation) ORDER BY r.position);
	END IF;
	WHILE remaining <> '{}' LOOP
		next_ones := ARRAY(SELECT r.relation FROM unnest(remaining) WITH ORDINALITY r (relation, position)
			WHERE NOT EXISTS (SELECT FROM pg_constraint k
				WHERE k.contype = 'f' AND k.conrelid = r.relation AND k.confrelid <> r.relation AND k.confrelid = ANY (remaining))
			ORDER BY r.position);
		PERFORM salesopp.require(next_ones <> '{}', '0A000', 'foreign keys lead from these tables in a circle: %s',
			'Drop one that you have added.', array_to_string(remaining, ', '));
		placed := placed || next_ones;
		remaining := ARRAY(SELECT r.relation FROM unnest(remaining) WITH ORDINALITY r (relation, position)
			WHERE r.relation <> ALL (next_ones) ORDER BY r.position);
	END LOOP;
	RETURN placed;
END;
$$;
COMMENT ON FUNCTION salesopp.organization_tables() IS
	'The tables that hold rows of organizations; what a table refers to stands before it';

-- What is generated follows from the others.
CREATE OR REPLACE FUNCTION salesopp.organization_columns(relation regclass) RETURNS text[]
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT ARRAY(SELECT a.attname::text FROM pg_attribute a
		WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum)
$$;
COMMENT ON FUNCTION salesopp.organization_columns(regclass) IS 'The columns of a table whose values are stored';

-- What is generated of the id, is not what rows are distributed and published by.
CREATE OR REPLACE FUNCTION salesopp.organization_key(relation regclass) RETURNS name
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE a.attgenerated WHEN '' THEN a.attname ELSE 'id' END
	FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = 'organization_id'
$$;
COMMENT ON FUNCTION salesopp.organization_key(regclass) IS 'The column of a table that stores of which organization a row is';

CREATE OR REPLACE FUNCTION salesopp.stream_digest_add(digest bytea, line text) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.stream_digest_add(bytea, text) IS 'One line more in a digest of lines';

CREATE OR REPLACE AGGREGATE salesopp.stream_digest(line text) (
	SFUNC = salesopp.stream_digest_add, STYPE = bytea, PARALLEL = SAFE,
	INITCOND = '\x0000000000000000000000000000000000000000000000000000000000000000'
);
COMMENT ON AGGREGATE salesopp.stream_digest(text) IS
	'The sum of the SHA-256 of lines in UTF-8, as numbers of 256 bits: the same in whatever order they come';

-- What a line of a row begins with; it ends with }.
CREATE OR REPLACE FUNCTION salesopp.stream_prefix(relation regclass) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('{"table":%s,"row":', to_json(c.relname)) FROM pg_class c WHERE c.oid = relation
$$;
COMMENT ON FUNCTION salesopp.stream_prefix(regclass) IS 'What the lines of a table begin with in the stream of an organization';

-- Arrays whose first index is not 1, which JSON does not know, are written as PostgreSQL does, in a text: that is read as well.
CREATE OR REPLACE FUNCTION salesopp.stream_query(relation regclass, columns text[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('SELECT %L || row_to_json(r)::text || ''}'' FROM (SELECT %s FROM %s o WHERE o.%I = $1) r',
		salesopp.stream_prefix(relation),
		(SELECT string_agg(CASE WHEN t.typcategory = 'A'
				THEN format('CASE WHEN o.%1$I::text LIKE ''[%%'' THEN to_json(o.%1$I::text) ELSE to_json(o.%1$I) END AS %1$I', c.name)
				ELSE format('o.%I', c.name) END, ', ' ORDER BY c.position)
			FROM unnest(columns) WITH ORDINALITY c (name, position)
			JOIN pg_attribute a ON a.attrelid = relation AND a.attname = c.name
			JOIN pg_type t ON t.oid = a.atttypid),
		relation, salesopp.organization_key(relation));
END;
$$;
COMMENT ON FUNCTION salesopp.stream_query(regclass, text[]) IS
	'The query for the lines of a table in the stream of an organization, which is its parameter';

CREATE OR REPLACE FUNCTION salesopp.require_stream_rights() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(pg_has_role((SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'salesopp'), 'USAGE'),
		'42501', 'only the owner of the schema salesopp can export and import whole organizations', 'Do it as that role, or as a superuser.');
END;
$$;
COMMENT ON FUNCTION salesopp.require_stream_rights() IS 'Raises an error unless the role may export and import organizations';

-- STABLE, so that all its statements see what the one that calls it does. The settings are part of how values are written.
CREATE OR REPLACE FUNCTION salesopp.export_organization(organization_id bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD'
SET "IntervalStyle" = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
	tables regclass[];
	relation regclass;
	line text;
	header_digest bytea;
	no_lines constant bytea := (SELECT salesopp.stream_digest(NULL));
	digest bytea;
	lines bigint;
	counted json[] := '{}';
BEGIN
	PERFORM salesopp.require_stream_rights();
	tables := salesopp.organization_tables();
	SELECT row_to_json(s)::text INTO line
	FROM (SELECT row_to_json(h) AS header
		FROM (SELECT 'salesopp organization' AS format, 1 AS format_version,
				(SELECT e.extversion FROM pg_extension e WHERE e.extname = 'salesopp') AS extension_version,
				o.id AS organization_id, o.name, statement_timestamp() AS exported_at,
				ARRAY(SELECT row_to_json(p) FROM (SELECT c.relname AS table, salesopp.organization_columns(c.oid) AS columns
					FROM unnest(tables) WITH ORDINALITY t (relation, position) JOIN pg_class c ON c.oid = t.relation ORDER BY t.position) p) AS tables
			FROM salesopp.organization o WHERE o.id = export_organization.organization_id) h) s;
	PERFORM salesopp.require(line IS NOT NULL, 'P0002', 'no such organization: %s', 'Pass the id of a row of salesopp.organization.',
		COALESCE(organization_id::text, 'NULL'));
	header_digest := salesopp.stream_digest_add(no_lines, line);
	RETURN NEXT line;

	FOREACH relation IN ARRAY tables LOOP
		digest := no_lines;
		lines := 0;
		FOR line IN EXECUTE salesopp.stream_query(relation, salesopp.organization_columns(relation)) USING organization_id LOOP
			digest := salesopp.stream_digest_add(digest, line);
			lines := lines + 1;
			RETURN NEXT line;
		END LOOP;
		counted := counted || (SELECT row_to_json(t)
			FROM (SELECT c.relname AS table, lines AS rows, encode(digest, 'hex') AS digest FROM pg_class c WHERE c.oid = relation) t);
	END LOOP;
	SELECT row_to_json(s)::text INTO line
	FROM (SELECT row_to_json(e) AS "end" FROM (SELECT encode(header_digest, 'hex') AS header, counted AS tables) e) s;
	RETURN NEXT line;
END;
$$;
COMMENT ON FUNCTION salesopp.export_organization(bigint) IS
	'Everything of an organization as lines of JSON: a header, each row of each table, an end that tells whether it is whole. For the owner';

-- What the lines of a source are: header, end, a row, or none of these.
CREATE OR REPLACE FUNCTION salesopp.stream_parts(source regclass)
RETURNS TABLE (part text, table_name text, lines bigint, digest text, line text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_source constant text[] := ARRAY(SELECT a.attname::text FROM pg_attribute a
		WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'text'::regtype);
BEGIN
	PERFORM salesopp.require(cardinality(of_source) = 1
			AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped) = 1,
		'22023', 'the source %s must have one column, of type text', 'Create a table with one column of type text, and copy the stream into it.',
		COALESCE(source::text, 'NULL'));
	RETURN QUERY EXECUTE format($query$
		SELECT k.part, k.table_name, count(*), encode(salesopp.stream_digest(k.line), 'hex'),
			min(k.line COLLATE "C") FILTER (WHERE k.part IN ('header', 'end'))
		FROM (SELECT l.line, CASE WHEN starts_with(l.line, '{"table":"') THEN 'row' WHEN starts_with(l.line, '{"header":{') THEN 'header'
					WHEN starts_with(l.line, '{"end":{') THEN 'end' ELSE 'other' END AS part,
				CASE WHEN starts_with(l.line, '{"table":"') THEN split_part(left(l.line, 100), '"', 4) END AS table_name
			FROM %2$s s CROSS JOIN LATERAL (SELECT s.%1$I) l (line) WHERE l.line <> '') k
		GROUP BY k.part, k.table_name
	$query$, of_source[1], source);
END;
$$;
COMMENT ON FUNCTION salesopp.stream_parts(regclass) IS 'What the lines of a source are parts of, their number and their digest';

-- Inserts the rows of a table, of this organization alone, with the columns that the stream has; the others take their defaults.
CREATE OR REPLACE FUNCTION salesopp.import_stream_rows(source regclass, relation regclass, columns text[], organization_id bigint)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	prefix constant text := salesopp.stream_prefix(relation);
	inserted bigint;
	last_id bigint;
BEGIN
	-- In one statement, at the end of which foreign keys are looked at: a row may refer to one that comes later.
	EXECUTE format('INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE
			SELECT %3$s FROM (SELECT json_populate_record(NULL::%1$s, left(substr(s.%4$I, %5$s), -1)::json) AS r
				FROM %6$s s WHERE starts_with(s.%4$I, %7$L) OFFSET 0) p
			WHERE (p.r).%8$I = $1',
		relation, (SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.position) FROM unnest(columns) WITH ORDINALITY c (name, position)),
		(SELECT string_agg(format('(p.r).%I', c.name), ', ' ORDER BY c.position) FROM unnest(columns) WITH ORDINALITY c (name, position)),
		(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped),
		length(prefix) + 1, source, prefix, salesopp.organization_key(relation))
	USING organization_id;
	GET DIAGNOSTICS inserted = ROW_COUNT;

	-- on several servers, complete_nodes() sees to those of all
	IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = 'id' AND a.attidentity <> '')
		AND NOT salesopp.is_distributed()
	THEN
		EXECUTE format('SELECT max(o.id) FROM %s o WHERE o.organization_id = $1', relation) INTO last_id USING organization_id;
		PERFORM salesopp.reserve_id(relation, last_id);
	END IF;
	RETURN inserted;
END;
$$;
COMMENT ON FUNCTION salesopp.import_stream_rows(regclass, regclass, text[], bigint) IS
	'Inserts the rows of one table from the stream of an organization; returns their number';

-- Whether it is whole is known before anything that it says is believed. Returns the header, and what the end says of each table.
CREATE OR REPLACE FUNCTION salesopp.read_stream(source regclass) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found jsonb := (SELECT COALESCE(jsonb_agg(p), '[]') FROM salesopp.stream_parts(source) p);
	count_of constant jsonb := (SELECT jsonb_object_agg(k.part, COALESCE((SELECT sum(p.lines)
			FROM jsonb_to_recordset(found) p (part text, lines bigint) WHERE p.part = k.part), 0))
		FROM unnest('{header,end,other}'::text[]) k (part));
	first_line constant jsonb := (SELECT jsonb_object_agg(p.part, to_jsonb(p.*))
		FROM jsonb_to_recordset(found) p (part text, line text, digest text) WHERE p.part IN ('header', 'end'));
	header jsonb;
	ending jsonb;
	differing text;
BEGIN
	PERFORM salesopp.require(count_of ->> 'other' = '0', '22023', 'the source %s has lines that are not of an organization''s stream: %s',
		'Copy into it what salesopp.export_organization() has returned, as it was, and nothing else.', source, count_of ->> 'other');
	PERFORM salesopp.require(count_of ->> 'header' = '1' AND count_of ->> 'end' = '1',
		'22023', 'the source %s is not one whole stream: it has %s headers and %s ends',
		'Copy into it all lines of one stream of salesopp.export_organization().', source, count_of ->> 'header', count_of ->> 'end');
	BEGIN
		header := (first_line #>> '{header,line}')::jsonb -> 'header';
		ending := (first_line #>> '{end,line}')::jsonb -> 'end';
		SELECT min(COALESCE(f.table_name, e."table") COLLATE "C") INTO differing
		FROM (SELECT * FROM jsonb_to_recordset(found) f (part text, table_name text, lines text, digest text) WHERE f.part = 'row') f
		FULL JOIN (SELECT * FROM jsonb_to_recordset(ending -> 'tables') e ("table" text, rows text, digest text) WHERE e.rows <> '0') e
			ON e."table" = f.table_name
		WHERE e.rows IS DISTINCT FROM f.lines OR e.digest IS DISTINCT FROM f.digest;
		IF first_line #>> '{header,digest}' IS DISTINCT FROM ending ->> 'header' THEN
			differing := 'header';
		END IF;
	EXCEPTION WHEN data_exception THEN
		differing := 'end';
	END;
	PERFORM salesopp.require(differing IS NULL, '22000', 'the stream is not as it was exported: it differs in "%s"',
		'It was cut off or altered on its way. Export it again, and copy it as it is.', differing);
	RETURN header || jsonb_build_object('counted', ending -> 'tables');
END;
$$;
COMMENT ON FUNCTION salesopp.read_stream(regclass) IS
	'What the stream of an organization says of itself; an error unless all of it is there, as it was';

-- The tables that a stream has, in the order in which they can be filled; an error unless this version knows them all.
CREATE OR REPLACE FUNCTION salesopp.stream_tables(stream jsonb)
RETURNS TABLE (relation regclass, table_name text, columns text[], rows bigint, digest text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	own_version constant text := (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'salesopp');
	unknown record;
BEGIN
	PERFORM salesopp.require(stream ->> 'format' = 'salesopp organization' AND stream ->> 'format_version' = '1',
		'0A000', 'the format of the stream is not known here: %s, version %s', 'Export it with salesopp.export_organization().',
		stream ->> 'format', stream ->> 'format_version');
	PERFORM salesopp.require(string_to_array(stream ->> 'extension_version', '.')::integer[] <= string_to_array(own_version, '.')::integer[],
		'0A000', 'the stream is of version %s of the extension, and this is %s', 'Update the extension here first.',
		stream ->> 'extension_version', own_version);
	-- a table of which there are rows, or a column of one
	SELECT c."table" AS name, o.relation, k.name AS column_name INTO unknown
	FROM jsonb_to_recordset(stream -> 'counted') c ("table" text, rows bigint)
	LEFT JOIN jsonb_to_recordset(stream -> 'tables') t ("table" text, columns text[]) ON t."table" = c."table"
	LEFT JOIN (SELECT o.relation, r.relname FROM unnest(salesopp.organization_tables()) o (relation) JOIN pg_class r ON r.oid = o.relation) o
		ON o.relname = t."table"
	LEFT JOIN LATERAL unnest(t.columns) k (name) ON o.relation IS NOT NULL
	WHERE c.rows > 0 AND (o.relation IS NULL OR k.name <> ALL (salesopp.organization_columns(o.relation)))
	ORDER BY c."table" COLLATE "C", k.name COLLATE "C" LIMIT 1;
	PERFORM salesopp.require(unknown.name IS NULL OR unknown.relation IS NOT NULL,
		'42P01', 'the stream has a table that is not known here: %s', 'Make it here, too, if it is your own, or export without it.',
		unknown.name);
	PERFORM salesopp.require(unknown.name IS NULL,
		'42703', 'table %s of the stream has a column that is not known here: %s', 'Make it here, too, if it is your own, or export without it.',
		unknown.name, unknown.column_name);

	-- without it, a row would be of whatever organization is chosen here
	SELECT t."table" AS name INTO unknown
	FROM jsonb_to_recordset(stream -> 'counted') c ("table" text, rows bigint)
	JOIN jsonb_to_recordset(stream -> 'tables') t ("table" text, columns text[]) ON t."table" = c."table"
	WHERE c.rows > 0 AND CASE t."table" WHEN 'organization' THEN 'id' ELSE 'organization_id' END <> ALL (t.columns)
	ORDER BY t."table" COLLATE "C" LIMIT 1;
	PERFORM salesopp.require(unknown.name IS NULL, '22000', 'table %s of the stream does not say of which organization its rows are',
		'Export it with salesopp.export_organization().', unknown.name);

	RETURN QUERY SELECT o.relation, t."table", t.columns, c.rows, c.digest
	FROM unnest(salesopp.organization_tables()) WITH ORDINALITY o (relation, position)
	JOIN pg_class r ON r.oid = o.relation
	JOIN jsonb_to_recordset(stream -> 'tables') t ("table" text, columns text[]) ON t."table" = r.relname
	JOIN jsonb_to_recordset(stream -> 'counted') c ("table" text, rows bigint, digest text) ON c."table" = t."table"
	ORDER BY o.position;
END;
$$;
COMMENT ON FUNCTION salesopp.stream_tables(jsonb) IS
	'The tables of a stream in the order in which they can be filled; an error unless its format, version, tables and columns are known';

-- row_security = off is loading mode: triggers take rows as they are. What has come is written as a stream again, and must be the same.
CREATE OR REPLACE FUNCTION salesopp.import_organization(source regclass) RETURNS TABLE (table_name text, rows bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD'
SET "IntervalStyle" = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
#variable_conflict use_column
DECLARE
	stream jsonb;
	organization bigint;
	home record;
	sent record;
	digest text;
BEGIN
	PERFORM salesopp.require_stream_rights();
	stream := salesopp.read_stream(source);
	organization := stream ->> 'organization_id';
	SELECT s.* INTO home FROM salesopp.organization_server(organization) s;
	PERFORM salesopp.require(home.is_here, '0A000', 'organization %s belongs on another server: %s:%s',
		'Connect to that one, copy the stream into a table there, and import it there.', organization, home.host, home.port);
	PERFORM salesopp.stream_tables(stream);
	PERFORM salesopp.require(NOT EXISTS (SELECT FROM salesopp.organization o WHERE o.id = organization),
		'23505', 'organization %s is here already',
		'Import it into another database, or erase the one that is here with salesopp.erase_organization().',
		organization);

	FOR sent IN SELECT * FROM salesopp.stream_tables(stream) LOOP
		IF sent.rows > 0 THEN
			PERFORM salesopp.require(salesopp.import_stream_rows(source, sent.relation, sent.columns, organization) = sent.rows,
				'22000', 'table %s of the stream has rows of another organization than %s',
				'Export it with salesopp.export_organization().', sent.table_name, organization);
		END IF;
		table_name := sent.table_name;
		rows := sent.rows;
		RETURN NEXT;
	END LOOP;

	FOR sent IN SELECT * FROM salesopp.stream_tables(stream) t WHERE t.rows > 0 LOOP
		EXECUTE format('SELECT encode(salesopp.stream_digest(l.line), ''hex'') FROM (%s) l (line)',
			salesopp.stream_query(sent.relation, sent.columns))
		INTO digest USING organization;
		PERFORM salesopp.require(digest = sent.digest, '22000', 'the rows of table %s have not arrived as they were sent',
			'Look for triggers of your own that change new rows, and for texts in the source that are not in composed form.', sent.table_name);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.import_organization(regclass) IS
	'Makes the organization whose stream stands in a table, with its ids, as it was; returns how many rows of each table. For the owner';
