-- Rules that every object of the extension keeps, asked of the catalog: an object that is added and
-- does not keep them shows here. Every query but the first ones lists what breaks a rule.
CREATE TEMPORARY VIEW member AS
SELECT c.oid, c.relname AS name, c.relkind AS kind, c.relrowsecurity, c.reloptions, c.relacl, c.relowner
FROM pg_class c WHERE c.relnamespace = 'salesopp'::regnamespace;
SELECT count(*) FILTER (WHERE kind = 'r') > 20 AS tables, count(*) FILTER (WHERE kind = 'v') > 10 AS views,
	count(*) FILTER (WHERE kind = 'S') > 10 AS sequences FROM member;

-- Nothing is granted to PUBLIC: not the schema, no relation, no column, no routine, no type of its own.
-- (The row types that PostgreSQL makes for relations it lets everybody use; they need the schema.)
SELECT 'schema' AS kind, nspname AS name FROM pg_namespace, aclexplode(COALESCE(nspacl, acldefault('n', nspowner))) a
WHERE nspname = 'salesopp' AND a.grantee = 0
UNION ALL
SELECT 'relation', name FROM member, aclexplode(COALESCE(relacl, acldefault(CASE kind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) a
WHERE kind IN ('r', 'v', 'm', 'S', 'f', 'p') AND a.grantee = 0
UNION ALL
SELECT 'column', name || '.' || attname FROM member, pg_attribute, aclexplode(attacl) a
WHERE attrelid = member.oid AND a.grantee = 0
UNION ALL
SELECT 'routine', p.oid::regprocedure::text FROM pg_proc p, aclexplode(COALESCE(proacl, acldefault('f', proowner))) a
WHERE pronamespace = 'salesopp'::regnamespace AND a.grantee = 0
UNION ALL
SELECT 'type', typname FROM pg_type t, aclexplode(COALESCE(typacl, acldefault('T', typowner))) a
WHERE typnamespace = 'salesopp'::regnamespace AND a.grantee = 0 AND typelem = 0
	AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
UNION ALL
SELECT 'setting', parname FROM pg_parameter_acl, aclexplode(paracl) a WHERE parname LIKE 'salesopp.%' AND a.grantee = 0;

-- Everything belongs to the extension, and goes with it
SELECT 'relation' AS kind, name::text FROM member
WHERE kind <> 'i' AND NOT EXISTS (SELECT FROM pg_depend d
	WHERE d.classid = 'pg_class'::regclass AND d.objid = member.oid AND d.deptype IN ('e', 'i', 'a'))
UNION ALL
SELECT 'routine', oid::regprocedure::text FROM pg_proc p
WHERE pronamespace = 'salesopp'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend d
	WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e');

-- Every table has row security, with one policy: the current organization's rows, for everything; of saved searches
-- only those of the owner, and those that are shared for reading
SELECT name FROM member WHERE kind IN ('r', 'p', 'f') AND NOT relrowsecurity;
SELECT name, polname, polpermissive, polcmd, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
FROM member LEFT JOIN pg_policy ON polrelid = member.oid
WHERE kind = 'r' AND (polname, polpermissive, polcmd, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
	IS DISTINCT FROM ('own_organization'::name, true, '*'::"char", '{0}'::oid[],
		format('(%s = salesopp.current_organization())', CASE name WHEN 'organization' THEN 'id' ELSE 'organization_id' END), NULL::text)
ORDER BY name, polname;

-- Every table starts with the organization, which no row is without
SELECT name, attname FROM member JOIN pg_attribute ON attrelid = member.oid AND attnum = 1
WHERE kind = 'r' AND (attname, atttypid, attnotnull) <> ('organization_id', 'bigint'::regtype, true);
-- ... and so does every key but the organizations' own
SELECT i.indexrelid::regclass FROM member JOIN pg_index i ON i.indrelid = member.oid
WHERE kind = 'r' AND i.indisunique AND i.indkey[0] <> 1 AND name <> 'organization';
SELECT conrelid::regclass, conname FROM member JOIN pg_constraint ON conrelid = member.oid
WHERE contype = 'f' AND (conkey[1] <> 1 OR confkey[1] <> (CASE WHEN confrelid = 'salesopp.organization'::regclass THEN 2 ELSE 1 END));
SELECT name FROM member WHERE kind = 'r' AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = member.oid AND contype = 'p');
-- Every column that names another row has a foreign key; employees of stamps and what the history names may be gone, and external ids are those of others
SELECT name, attname FROM member JOIN pg_attribute a ON a.attrelid = member.oid AND attnum > 0 AND NOT attisdropped
WHERE kind = 'r' AND attname LIKE '%\_id' AND attname NOT IN ('organization_id', 'external_id')
	AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = member.oid AND c.contype = 'f' AND a.attnum = ANY (c.conkey))
ORDER BY name, attnum;
-- Foreign keys refuse or cascade, at once
SELECT conrelid::regclass, conname FROM member JOIN pg_constraint ON conrelid = member.oid
WHERE contype = 'f' AND (confdeltype NOT IN ('a', 'r', 'c') OR confupdtype <> 'a' OR condeferrable
	OR confrelid NOT IN (SELECT oid FROM member));

-- Every table has stamps, and a trigger that sets them; those without are named here
SELECT name FROM member WHERE kind = 'r' AND (SELECT count(*) FROM pg_attribute
	WHERE attrelid = member.oid AND attname IN ('created_at', 'created_by', 'changed_at', 'changed_by')) <> 4 ORDER BY name;
SELECT name FROM member WHERE kind = 'r' AND NOT EXISTS (SELECT FROM pg_trigger
	WHERE tgrelid = member.oid AND tgname IN ('guard', 'stamp') AND tgenabled = 'O' AND (tgtype & 23) = 23) ORDER BY name;

-- Views show what the reader may see, and are explained, each column too
SELECT name FROM member WHERE kind = 'v' AND NOT COALESCE('security_invoker=true' = ANY (reloptions), false);
SELECT name FROM member WHERE kind IN ('r', 'v') AND obj_description(oid, 'pg_class') IS NULL;
SELECT name, attname FROM member JOIN pg_attribute ON attrelid = member.oid AND attnum > 0 AND NOT attisdropped
WHERE kind = 'v' AND col_description(attrelid, attnum) IS NULL;
SELECT typname FROM pg_type t WHERE typnamespace = 'salesopp'::regnamespace AND typelem = 0
	AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
	AND obj_description(t.oid, 'pg_type') IS NULL;

-- Every routine that is granted to anyone is explained and takes its arguments by name
CREATE ROLE regress_salesopp_catalog LOGIN;
SELECT salesopp.grant_access('regress_salesopp_catalog', 'manager');
CREATE TEMPORARY VIEW public_routine AS
SELECT p.*, p.oid::regprocedure AS signature FROM pg_proc p
WHERE p.pronamespace = 'salesopp'::regnamespace
	AND (has_function_privilege('regress_salesopp_catalog', p.oid, 'EXECUTE') OR p.proname IN ('create_organization', 'grant_access'));
SELECT count(*) > 30 AS routines FROM public_routine;
SELECT signature FROM public_routine WHERE obj_description(oid, 'pg_proc') IS NULL;
SELECT signature FROM public_routine WHERE pronargs > 0 AND proargtypes[0] <> 'internal'::regtype
	AND (proargnames IS NULL OR '' = ANY (proargnames[:pronargs]));
-- what the contract leaves optional has a default
SELECT signature FROM public_routine
WHERE proname IN ('close_won', 'close_lost', 'reopen') AND pronargs - pronargdefaults <> 1;
-- None runs with more rights than its caller's; what is interpreted at run time has its search path
SELECT signature FROM public_routine WHERE prosecdef;
SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'salesopp'::regnamespace AND l.lanname NOT IN ('c', 'internal')
	AND p.prosqlbody IS NULL AND NOT COALESCE('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false);
DROP OWNED BY regress_salesopp_catalog;
DROP ROLE regress_salesopp_catalog;

-- All that was entered is dumped, and where the sequences stand
SELECT name FROM member WHERE kind IN ('r', 'S')
	AND NOT member.oid = ANY ((SELECT extconfig FROM pg_extension WHERE extname = 'salesopp')::oid[]);
SELECT relation::regclass, condition FROM pg_extension, unnest(extconfig, extcondition) c (relation, condition)
WHERE extname = 'salesopp' AND condition <> '';

-- Who may choose the settings (they come with the library)
SELECT count(salesopp.is_iso_date(''));
SELECT name, context, boot_val FROM pg_settings WHERE name IN ('salesopp.organization_id', 'salesopp.employee_id') ORDER BY name;
