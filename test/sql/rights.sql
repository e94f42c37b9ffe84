-- The table "object × level" of doc/security.md, cell by cell: every object of the extension with what
-- each level may do with it, as the catalog says it. A new object shows as a difference.
CREATE ROLE regress_salesopp_rights_none LOGIN;
CREATE ROLE regress_salesopp_rights_reader LOGIN;
CREATE ROLE regress_salesopp_rights_seller LOGIN;
CREATE ROLE regress_salesopp_rights_manager LOGIN;
-- Every access list that there is, by its parts; the owner's own rights go without saying
CREATE SCHEMA rights;
CREATE VIEW rights.list AS
SELECT * FROM (
SELECT 'pg_namespace'::regclass AS class, oid, 0 AS part, unnest(nspacl) AS item FROM pg_namespace WHERE nspname = 'salesopp'
UNION ALL SELECT 'pg_class', oid, 0, unnest(relacl) FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace
UNION ALL SELECT 'pg_class', attrelid, attnum, unnest(attacl) FROM pg_attribute
WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace)
UNION ALL SELECT 'pg_proc', oid, 0, unnest(proacl) FROM pg_proc WHERE pronamespace = 'salesopp'::regnamespace
UNION ALL SELECT 'pg_type', oid, 0, unnest(typacl) FROM pg_type WHERE typnamespace = 'salesopp'::regnamespace) l
WHERE item::text NOT LIKE current_user || '=%';
CREATE TABLE rights.untouched AS SELECT * FROM rights.list;

SELECT salesopp.grant_access('regress_salesopp_rights_reader', 'reader'), salesopp.grant_access('regress_salesopp_rights_seller', 'seller'),
	salesopp.grant_access('regress_salesopp_rights_manager', 'manager');

-- S, I, U, D as in the document; of single columns with their names; ! is anything beyond
CREATE FUNCTION rights.of_relation(role name, relation oid) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(CASE
		WHEN has_table_privilege(role, relation, privilege) THEN letter
		ELSE (SELECT letter || ' (' || string_agg(attname, ', ' ORDER BY attnum) || ')' FROM pg_attribute
			WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
				AND CASE WHEN privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
					THEN has_column_privilege(role, relation, attnum, privilege) END
			HAVING count(*) > 0) END, ' ' ORDER BY position)
	FROM (VALUES (1, 'S', 'SELECT'), (2, 'I', 'INSERT'), (3, 'U', 'UPDATE'), (4, 'D', 'DELETE'),
		(5, '!truncate', 'TRUNCATE'), (6, '!references', 'REFERENCES'), (7, '!trigger', 'TRIGGER')) p (position, letter, privilege));
CREATE FUNCTION rights.of(role name) RETURNS TABLE (kind text, object text, rights text) LANGUAGE sql AS $$
	SELECT 'schema', nspname::text, concat_ws(' ', CASE WHEN has_schema_privilege(role, oid, 'USAGE') THEN 'yes' END,
		CASE WHEN has_schema_privilege(role, oid, 'CREATE') THEN '!create' END)
	FROM pg_namespace WHERE nspname = 'salesopp'
	UNION ALL
	SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' ELSE 'relation of kind ' || relkind::text END,
	relname::text, rights.of_relation(role, oid)
	FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind NOT IN ('i', 'S', 'c')
	UNION ALL
	SELECT 'sequence', relname::text, concat_ws(' ', CASE WHEN has_sequence_privilege(role, oid, 'SELECT') THEN 'select' END,
		CASE WHEN has_sequence_privilege(role, oid, 'USAGE') THEN 'usage' END,
			CASE WHEN has_sequence_privilege(role, oid, 'UPDATE') THEN 'update' END)
	FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind = 'S'
	UNION ALL
	SELECT CASE prokind WHEN 'a' THEN 'aggregate' ELSE 'function' END, substring(oid::regprocedure::text, '^salesopp\.(.*)'),
		CASE WHEN has_function_privilege(role, oid, 'EXECUTE') THEN 'yes' END
	FROM pg_proc WHERE pronamespace = 'salesopp'::regnamespace
	UNION ALL
	-- types of their own; the row types of relations and the types of arrays go with them
	SELECT 'type', typname::text, CASE WHEN has_type_privilege(role, t.oid, 'USAGE') THEN 'yes' END
	FROM pg_type t WHERE typnamespace = 'salesopp'::regnamespace AND typelem = 0
		AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
$$;
CREATE VIEW rights.matrix AS
SELECT kind, object, NULLIF(n.rights, '') AS none, NULLIF(r.rights, '') AS reader,
	NULLIF(s.rights, '') AS seller, NULLIF(m.rights, '') AS manager
FROM rights.of('regress_salesopp_rights_none') n
FULL JOIN rights.of('regress_salesopp_rights_reader') r USING (kind, object)
FULL JOIN rights.of('regress_salesopp_rights_seller') s USING (kind, object)
FULL JOIN rights.of('regress_salesopp_rights_manager') m USING (kind, object);
SELECT * FROM rights.matrix ORDER BY kind, object COLLATE "C";

-- What a role may not grant to others, nobody has with grant option
SELECT c.oid::regclass, a.grantee::regrole, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
WHERE c.relnamespace = 'salesopp'::regnamespace AND a.is_grantable AND a.grantee <> c.relowner;
-- All objects have one owner
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'salesopp' AND relowner <> nspowner
UNION ALL
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
WHERE nspname = 'salesopp' AND proowner <> nspowner
UNION ALL
SELECT t.oid::regtype::text FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE nspname = 'salesopp' AND typowner <> nspowner;

CREATE FUNCTION rights.differences(before name, after name) RETURNS TABLE (side text, class regclass, oid oid,
	part int, item text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('(SELECT %1$L, l.class, l.oid, l.part, l.item::text FROM rights.%1$I l EXCEPT SELECT %1$L, l.class, l.oid, l.part, l.item::text FROM rights.%2$I l)
		UNION ALL (SELECT %2$L, l.class, l.oid, l.part, l.item::text FROM rights.%2$I l EXCEPT SELECT %2$L, l.class, l.oid, l.part, l.item::text FROM rights.%1$I l)', before, after);
END $$;

-- Granted again, each level is what it was
CREATE TABLE rights.before AS SELECT * FROM rights.list;
SELECT salesopp.grant_access('regress_salesopp_rights_reader', 'reader'), salesopp.grant_access('regress_salesopp_rights_seller', 'seller'),
	salesopp.grant_access('regress_salesopp_rights_manager', 'manager');
SELECT * FROM rights.differences('before', 'list');

-- From every level to every other: exactly what a new role of that level has
CREATE ROLE regress_salesopp_rights_other LOGIN;
CREATE FUNCTION rights.changed(before text, after text) RETURNS TABLE (kind text, object text, rights text,
	of_new_role text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM salesopp.grant_access('regress_salesopp_rights_other', before);
	PERFORM salesopp.grant_access('regress_salesopp_rights_other', after);
	RETURN QUERY SELECT o.kind, o.object, o.rights, n.rights FROM rights.of('regress_salesopp_rights_other') o
		FULL JOIN rights.of(('regress_salesopp_rights_' || after)::name) n USING (kind, object) WHERE o.rights IS DISTINCT FROM n.rights;
END $$;
SELECT l.before, l.after, count(c.object) AS different
FROM (VALUES ('reader', 'reader'), ('reader', 'seller'), ('seller', 'manager'), ('manager', 'seller'),
	('seller', 'reader'), ('reader', 'manager'), ('manager', 'reader'))
	l (before, after) LEFT JOIN LATERAL rights.changed(l.before, l.after) c ON true
GROUP BY l.before, l.after ORDER BY l.before, l.after;

-- A role that has rights from elsewhere. What it was granted on tables, columns and functions goes;
-- rights on sequences, on the schema and on settings are not the levels'.
GRANT ALL ON salesopp.opportunity, salesopp.opportunity_list TO regress_salesopp_rights_other;
GRANT UPDATE (name) ON salesopp.company TO regress_salesopp_rights_other;
GRANT EXECUTE ON FUNCTION salesopp.create_organization(text) TO regress_salesopp_rights_other;
GRANT USAGE ON SEQUENCE salesopp.company_id_seq TO regress_salesopp_rights_other;
GRANT CREATE ON SCHEMA salesopp TO regress_salesopp_rights_other;
SELECT salesopp.grant_access('regress_salesopp_rights_other', 'reader');
SELECT o.kind, o.object, o.rights, n.rights AS of_new_role FROM rights.of('regress_salesopp_rights_other') o
JOIN rights.of('regress_salesopp_rights_reader') n USING (kind, object) WHERE o.rights IS DISTINCT FROM n.rights ORDER BY 1, 2;
REVOKE ALL ON SEQUENCE salesopp.company_id_seq FROM regress_salesopp_rights_other;
REVOKE CREATE ON SCHEMA salesopp FROM regress_salesopp_rights_other;
-- what it may do as a member of another role stays
GRANT regress_salesopp_rights_manager TO regress_salesopp_rights_other;
SELECT rights.of_relation('regress_salesopp_rights_other', 'salesopp.loss_reason'::regclass);
REVOKE regress_salesopp_rights_manager FROM regress_salesopp_rights_other;
SELECT rights.of_relation('regress_salesopp_rights_other', 'salesopp.loss_reason'::regclass);
-- what it was granted by somebody else whom the owner gave that right, too; and that somebody's own
-- rights cannot be changed before
CREATE ROLE regress_salesopp_rights_giver LOGIN;
GRANT USAGE ON SCHEMA salesopp TO regress_salesopp_rights_giver;
GRANT SELECT, DELETE ON salesopp.quote TO regress_salesopp_rights_giver WITH GRANT OPTION;
SET ROLE regress_salesopp_rights_giver;
GRANT DELETE ON salesopp.quote TO regress_salesopp_rights_other;
RESET ROLE;
SELECT salesopp.grant_access('regress_salesopp_rights_other', 'reader');
SELECT rights.of_relation('regress_salesopp_rights_other', 'salesopp.quote'::regclass);
SELECT test.outcome('SELECT salesopp.grant_access(''regress_salesopp_rights_giver'', ''reader'')');
REVOKE ALL ON salesopp.quote FROM regress_salesopp_rights_giver CASCADE;
SELECT salesopp.grant_access('regress_salesopp_rights_giver', 'reader');

-- Taking everything away: the role goes, and the access lists are what they were before
GRANT SET ON PARAMETER salesopp.organization_id TO regress_salesopp_rights_other;
SELECT test.outcome('DROP ROLE regress_salesopp_rights_reader');
DROP OWNED BY regress_salesopp_rights_reader, regress_salesopp_rights_seller,
	regress_salesopp_rights_manager, regress_salesopp_rights_other,
	regress_salesopp_rights_giver;
SELECT DISTINCT rights FROM rights.of('regress_salesopp_rights_manager') WHERE rights <> '';
SELECT * FROM rights.differences('untouched', 'list');
SELECT count(*) FROM pg_parameter_acl WHERE paracl::text LIKE '%regress_salesopp_rights%';
DROP ROLE regress_salesopp_rights_reader, regress_salesopp_rights_seller, regress_salesopp_rights_manager, regress_salesopp_rights_other,
	regress_salesopp_rights_giver, regress_salesopp_rights_none;
SET client_min_messages = warning;
DROP SCHEMA rights CASCADE;
