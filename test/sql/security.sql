-- Organizations, settings, row security and access levels
\set SHOW_CONTEXT never
SELECT current_user AS owner \gset
CREATE ROLE regress_salesopp_reader LOGIN;
CREATE ROLE regress_salesopp_seller LOGIN;
CREATE ROLE regress_salesopp_manager LOGIN;
CREATE ROLE regress_salesopp_elsewhere LOGIN;
CREATE ROLE regress_salesopp_unpinned LOGIN;
CREATE ROLE regress_salesopp_pool LOGIN;
CREATE ROLE regress_salesopp_none LOGIN;

-- Two organizations with data that looks alike
INSERT INTO salesopp.organization (id, name) VALUES (7700531, 'Acme'), (7700532, 'Acme Elsewhere');
CREATE FUNCTION pg_temp.furnish(organization bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO salesopp.department (organization_id, id, name) VALUES (organization, organization * 100 + 1, 'Sales');
	INSERT INTO salesopp.sales_region (organization_id, id, name) VALUES (organization, organization * 100 + 1, 'North');
	INSERT INTO salesopp.employee (organization_id, id, initials, name, department_id)
	VALUES (organization, organization * 100 + 1, 'AA', 'Ada', organization * 100 + 1),
	(organization, organization * 100 + 2, 'BB', 'Bo', NULL);
	INSERT INTO salesopp.company (organization_id, id, name) VALUES (organization, organization * 100 + 1, 'Customer');
	INSERT INTO salesopp.contact (organization_id, id, company_id, last_name, is_primary)
	VALUES (organization, organization * 100 + 1, organization * 100 + 1, 'Contact', true);
	INSERT INTO salesopp.merge_event (organization_id, id, kind, kept, merged, merged_row, moved, dropped, created_at)
	VALUES (organization, organization * 100 + 1, 'company', organization * 100 + 1, organization * 100 + 9, '{}', '[]', '[]', now());
	INSERT INTO salesopp.project (organization_id, id, company_id, name)
	VALUES (organization, organization * 100 + 1, organization * 100 + 1, 'Project');
	INSERT INTO salesopp.sales_process (organization_id, id, name) VALUES (organization, organization * 100 + 1, 'Process');
	INSERT INTO salesopp.sales_process_stage (organization_id, sales_process_id, position, name, probability)
	VALUES (organization, organization * 100 + 1, 1, 'One', 30), (organization, organization * 100 + 1, 2, 'Two', 60);
	INSERT INTO salesopp.loss_reason (organization_id, id, name) VALUES (organization, organization * 100 + 1, 'Price');
	INSERT INTO salesopp.competitor (organization_id, id, name) VALUES (organization, organization * 100 + 1, 'Rival');
	INSERT INTO salesopp.group_field (organization_id, id, name) VALUES (organization, organization * 100 + 1, 'Campaign');
	INSERT INTO salesopp.group_value (organization_id, id, group_field_id, name)
	VALUES (organization, organization * 100 + 1, organization * 100 + 1, 'Spring');
	INSERT INTO salesopp.custom_field (organization_id, id, name, data_type) VALUES (organization, organization * 100 + 1, 'Field', 'text');
	INSERT INTO salesopp.opportunity (organization_id, id, subject, estimated_revenue, responsible_id, company_id, contact_id,
		project_id, department_id, sales_region_id, sales_process_id, decision_date, custom)
	SELECT organization, organization * 100 + n, 'Deal ' || n, 1000 * n, organization * 100 + 1,
	organization * 100 + 1, organization * 100 + 1,
		organization * 100 + 1, organization * 100 + 1, organization * 100 + 1, organization * 100 + 1, '2024-05-05', '{"Field": "text"}'
	FROM generate_series(1, 4) n;
	INSERT INTO salesopp.opportunity_competitor (organization_id, id, opportunity_id, competitor_id)
	VALUES (organization, organization * 100 + 1, organization * 100 + 1, organization * 100 + 1),
		(organization, organization * 100 + 3, organization * 100 + 3, organization * 100 + 1);
	INSERT INTO salesopp.opportunity_group_value (organization_id, opportunity_id, group_value_id)
	VALUES (organization, organization * 100 + 1, organization * 100 + 1);
	INSERT INTO salesopp.quote (organization_id, id, opportunity_id, amount)
	VALUES (organization, organization * 100 + 1, organization * 100 + 1, 10);
	INSERT INTO salesopp.sales_order (organization_id, id, opportunity_id, quote_id, amount)
	VALUES (organization, organization * 100 + 1, organization * 100 + 1, organization * 100 + 1, 10);
	INSERT INTO salesopp.activity (organization_id, id, kind, subject, company_id, contact_id, project_id, opportunity_id)
	VALUES (organization, organization * 100 + 1, 'call', 'Call', organization * 100 + 1, organization * 100 + 1,
		organization * 100 + 1, organization * 100 + 1);
	INSERT INTO salesopp.activity_participant (organization_id, activity_id, contact_id)
	VALUES (organization, organization * 100 + 1, organization * 100 + 1);
	UPDATE salesopp.opportunity SET status = 'won' WHERE id = organization * 100 + 2;
	UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE id = organization * 100 + 3;
	UPDATE salesopp.opportunity SET status = 'lost', loss_reason_id = organization * 100 + 1 WHERE id = organization * 100 + 3;
	INSERT INTO salesopp.bulk_change (organization_id, id, at, operation, arguments)
	VALUES (organization, organization * 100 + 1, now(), 'set_status', '{}');
	INSERT INTO salesopp.bulk_change_opportunity (organization_id, bulk_change_id, opportunity_id, version_before, version_after)
	VALUES (organization, organization * 100 + 1, organization * 100 + 2, 1, 2);
	INSERT INTO salesopp.quota (organization_id, id, employee_id, period, amount)
	VALUES (organization, organization * 100 + 1, organization * 100 + 1, '[2024-01-01,2025-01-01)', 1000);
	INSERT INTO salesopp.employee_manager (organization_id, employee_id, manager_id, valid_from)
	VALUES (organization, organization * 100 + 1, organization * 100 + 2, '2024-01-01');
	INSERT INTO salesopp.saved_search (organization_id, id, name, shared) VALUES (organization, organization * 100 + 1, 'Search', true);
	INSERT INTO salesopp.forecast_submission (organization_id, id, employee_id, period, amount)
	VALUES (organization, organization * 100 + 1, organization * 100 + 1, '[2024-01-01,2025-01-01)', 900);
$$;
SELECT pg_temp.furnish(7700531), pg_temp.furnish(7700532);

-- Before access is granted
SET ROLE regress_salesopp_none;
SELECT outcome, statement FROM (VALUES
	('SELECT FROM salesopp.opportunity'),
	('SELECT FROM salesopp.opportunity_list'),
	('SELECT salesopp.current_organization()'),
	('SELECT salesopp.close_won(770053101)'),
	('SELECT ''open''::salesopp.opportunity_status'),
	('CREATE TABLE salesopp.mine ()')
) v (statement), test.outcome(statement);
RESET ROLE;
-- also with the way in alone
GRANT USAGE ON SCHEMA salesopp TO regress_salesopp_none;
SET ROLE regress_salesopp_none;
SELECT outcome, statement FROM (VALUES
	('SELECT FROM salesopp.opportunity'),
	('SELECT FROM salesopp.opportunity_list'),
	('SELECT salesopp.current_organization()'),
	('SELECT salesopp.close_won(770053101)'),
	('SELECT nextval(''salesopp.opportunity_id_seq'')'),
	('CREATE TEMPORARY TABLE mine (status salesopp.opportunity_status)'),
	('CREATE TABLE salesopp.mine ()')
) v (statement), test.outcome(statement);
RESET ROLE;

--
-- Access levels
--
SELECT salesopp.grant_access('regress_salesopp_reader', 'reader'), salesopp.grant_access('regress_salesopp_seller', 'seller'),
	salesopp.grant_access('regress_salesopp_manager', 'manager'), salesopp.grant_access('regress_salesopp_elsewhere', 'seller'),
	salesopp.grant_access('regress_salesopp_unpinned', 'seller'), salesopp.grant_access('regress_salesopp_pool', 'seller');
CREATE FUNCTION pg_temp.rights(role regrole, target oid) RETURNS text LANGUAGE sql
RETURN concat(
	CASE WHEN has_table_privilege(role, target, 'SELECT') THEN 'S' ELSE '-' END,
	CASE WHEN has_table_privilege(role, target, 'INSERT') THEN 'I' ELSE '-' END,
	CASE WHEN has_table_privilege(role, target, 'UPDATE') THEN 'U' ELSE '-' END,
	CASE WHEN has_table_privilege(role, target, 'DELETE') THEN 'D' ELSE '-' END,
	CASE WHEN has_table_privilege(role, target, 'TRUNCATE, REFERENCES, TRIGGER') THEN '!' END);
SELECT c.relname AS "table", pg_temp.rights('regress_salesopp_reader', c.oid) AS reader,
	pg_temp.rights('regress_salesopp_seller', c.oid) AS seller, pg_temp.rights('regress_salesopp_manager', c.oid) AS manager
FROM pg_class c WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r' ORDER BY c.relname;
-- single columns
SELECT attrelid::regclass, attname, grantee::regrole, privilege_type
FROM pg_attribute, aclexplode(attacl) WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace)
ORDER BY 1, 2, 3, 4;
-- views are for reading
SELECT c.relname FROM pg_class c, unnest('{regress_salesopp_reader, regress_salesopp_seller, regress_salesopp_manager}'::regrole[]) role
WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'v' AND pg_temp.rights(role, c.oid) <> 'S---';
SELECT c.relname FROM pg_class c, unnest('{regress_salesopp_reader, regress_salesopp_seller, regress_salesopp_manager}'::regrole[]) role
WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'S' AND has_sequence_privilege(role, c.oid, 'SELECT, USAGE, UPDATE');
SELECT role FROM unnest('{regress_salesopp_reader, regress_salesopp_seller, regress_salesopp_manager}'::regrole[]) role
WHERE has_schema_privilege(role, 'salesopp', 'CREATE');
-- functions that write are for those who sell; a few are for the owner alone
SELECT p.proname, has_function_privilege('regress_salesopp_reader', p.oid, 'EXECUTE') AS reader,
	has_function_privilege('regress_salesopp_seller', p.oid, 'EXECUTE') AS seller,
	has_function_privilege('regress_salesopp_manager', p.oid, 'EXECUTE') AS manager
FROM pg_proc p WHERE p.pronamespace = 'salesopp'::regnamespace
	AND p.proname IN ('current_organization', 'close_won', 'close_lost', 'reopen', 'set_status', 'set_stage_status', 'attach_process',
		'copy_opportunity', 'create_from_call', 'delete_opportunities', 'restore_opportunities', 'create_quote', 'convert_quote',
		'create_order', 'search', 'summary', 'letter_index', 'latest_follow_ups', 'customer_opportunities', 'matches',
		'pipeline_value', 'pipeline_summary', 'stage_progress', 'weighted_value', 'decision_color', 'status_flag',
		'create_organization', 'grant_access', 'guard_opportunity', 'pipeline_accum')
ORDER BY p.proname;

-- A lower level takes away what a higher one gave
SELECT salesopp.grant_access('regress_salesopp_none', 'manager');
SELECT pg_temp.rights('regress_salesopp_none', 'salesopp.loss_reason'::regclass),
	pg_temp.rights('regress_salesopp_none', 'salesopp.opportunity'::regclass),
	has_column_privilege('regress_salesopp_none', 'salesopp.organization', 'name', 'UPDATE') AS organization_name,
	has_function_privilege('regress_salesopp_none', 'salesopp.reopen(bigint, text)', 'EXECUTE') AS reopen;
SELECT salesopp.grant_access('regress_salesopp_none', 'reader');
SELECT pg_temp.rights('regress_salesopp_none', 'salesopp.loss_reason'::regclass),
	pg_temp.rights('regress_salesopp_none', 'salesopp.opportunity'::regclass),
	has_column_privilege('regress_salesopp_none', 'salesopp.organization', 'name', 'UPDATE') AS organization_name,
	has_function_privilege('regress_salesopp_none', 'salesopp.reopen(bigint, text)', 'EXECUTE') AS reopen;
-- exactly what a new reader has
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'v')
	AND pg_temp.rights('regress_salesopp_none', c.oid) <> pg_temp.rights('regress_salesopp_reader', c.oid);
SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'salesopp'::regnamespace
	AND has_function_privilege('regress_salesopp_none', p.oid,
		'EXECUTE') <> has_function_privilege('regress_salesopp_reader', p.oid, 'EXECUTE');
-- a role with any name
CREATE ROLE "regress_salesopp_An ""odd"" one";
SELECT salesopp.grant_access('"regress_salesopp_An ""odd"" one"', 'reader');
SELECT pg_temp.rights('"regress_salesopp_An ""odd"" one"', 'salesopp.opportunity'::regclass);
DROP OWNED BY "regress_salesopp_An ""odd"" one";
DROP ROLE "regress_salesopp_An ""odd"" one";

SELECT outcome, statement FROM (VALUES
	('SELECT salesopp.grant_access(''regress_salesopp_none'', ''owner'')'),
	('SELECT salesopp.grant_access(''regress_salesopp_none'', ''Reader'')'),
	('SELECT salesopp.grant_access(''regress_salesopp_none'', '''')'),
	('SELECT salesopp.grant_access(''regress_salesopp_none'', NULL)'),
	('SELECT salesopp.grant_access(NULL, ''reader'')'),
	('SELECT salesopp.grant_access(0::regrole, ''reader'')'),
	('SELECT salesopp.grant_access(''regress_salesopp_nobody'', ''reader'')'),
	('SELECT salesopp.create_organization(NULL)'),
	('SELECT salesopp.create_organization('' '')')
) v (statement), test.outcome(statement);
SELECT salesopp.grant_access('regress_salesopp_none', 'owner');
-- by who is not the owner, also when they were let in
SET ROLE regress_salesopp_manager;
SELECT test.outcome('SELECT salesopp.grant_access(''regress_salesopp_manager'', ''manager'')'),
	test.outcome('SELECT salesopp.create_organization(''Mine'')');
RESET ROLE;
GRANT EXECUTE ON FUNCTION salesopp.grant_access(regrole, text) TO regress_salesopp_manager;
SET ROLE regress_salesopp_manager;
SELECT salesopp.grant_access('regress_salesopp_manager', 'manager');
RESET ROLE;
SELECT salesopp.grant_access('regress_salesopp_manager', 'manager');

--
-- Settings: who is pinned to an organization cannot choose another
--
ALTER ROLE regress_salesopp_reader SET salesopp.organization_id = '7700531';
ALTER ROLE regress_salesopp_seller SET salesopp.organization_id = '7700531';
ALTER ROLE regress_salesopp_seller SET salesopp.employee_id = '770053101';
ALTER ROLE regress_salesopp_manager SET salesopp.organization_id = '7700531';
ALTER ROLE regress_salesopp_elsewhere SET salesopp.organization_id = '7700532';
ALTER ROLE regress_salesopp_elsewhere SET salesopp.employee_id = '770053101'; -- not one of theirs
GRANT SET ON PARAMETER salesopp.organization_id TO regress_salesopp_pool;

\c - regress_salesopp_seller
\set SHOW_CONTEXT never
-- before the library is loaded
SELECT outcome, statement FROM (VALUES
	('SET salesopp.organization_id = 7700532'),
	('SELECT set_config(''salesopp.organization_id'', ''7700532'', true)'),
	('ALTER ROLE regress_salesopp_seller SET salesopp.organization_id = 7700532')
) v (statement), test.outcome(statement);
SELECT salesopp.current_organization(), salesopp.current_employee();
SELECT id, subject FROM salesopp.opportunity ORDER BY id;
-- and after
SELECT outcome, statement FROM (VALUES
	('SET salesopp.organization_id = 7700532'),
	('SET LOCAL salesopp.organization_id = 7700532'),
	('SET salesopp.organization_id = '''''),
	('SET salesopp.organization_id TO DEFAULT'),
	('SELECT set_config(''salesopp.organization_id'', ''7700532'', false)'),
	('SELECT set_config(''salesopp.organization_id'', ''7700532'', true)'),
	('UPDATE pg_settings SET setting = 7700532 WHERE name = ''salesopp.organization_id'''),
	('SET salesopp.employee_id = 770053102'),
	('ALTER ROLE regress_salesopp_seller SET salesopp.organization_id = 7700532'),
	('ALTER ROLE regress_salesopp_seller RESET salesopp.organization_id'),
	('SET salesopp.another = 1'),
	('SET ROLE regress_salesopp_elsewhere'),
	('SET SESSION AUTHORIZATION regress_salesopp_elsewhere')
) v (statement), test.outcome(statement);
RESET ALL;
SELECT salesopp.current_organization(), salesopp.current_employee();
-- nor when the library is loaded while the other one is set
\c - regress_salesopp_seller
SET salesopp.organization_id = 7700532;
BEGIN;
SET LOCAL salesopp.organization_id = 7700532;
SAVEPOINT one;
SET LOCAL salesopp.organization_id = 7700532;
SELECT salesopp.current_organization();
ROLLBACK TO one;
SELECT salesopp.current_organization();
COMMIT;
SELECT salesopp.current_organization();
RESET salesopp.organization_id;

-- start-up options: what was not allowed is not taken, and another organization never chosen
\c -reuse-previous=on "user=regress_salesopp_seller options='-c salesopp.organization_id=7700532 -c salesopp.employee_id=770053201'"
SELECT salesopp.current_organization() = 7700532;
SELECT DISTINCT organization_id FROM salesopp.opportunity;
\c -reuse-previous=on "user=regress_salesopp_unpinned options='-c salesopp.organization_id=7700532'"
SELECT salesopp.current_organization() = 7700532;
SELECT count(*) FROM salesopp.opportunity;

--
-- None chosen, with several there: nothing is read, and writing fails
--
\c -reuse-previous=on "user=regress_salesopp_unpinned options=''"
\set SHOW_CONTEXT never
SELECT salesopp.current_organization();
SELECT count(*) FROM salesopp.opportunity;
SELECT count(*) FROM salesopp.opportunity_list;
UPDATE salesopp.opportunity SET note = 'x';
DELETE FROM salesopp.stage;
INSERT INTO salesopp.opportunity (subject) VALUES ('x');
INSERT INTO salesopp.company (name) VALUES ('x');
-- issue 17: the same of every table to which the role can add rows
SELECT split_part(outcome, ' ', 1) AS state, outcome LIKE '22023 no organization is chosen for the new row' AS names_it, count(*) > 0 AS tables
FROM pg_class c, test.outcome(format('INSERT INTO salesopp.%I DEFAULT VALUES', c.relname))
WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r' AND has_table_privilege(c.oid, 'INSERT') GROUP BY 1, 2;
SELECT outcome, statement FROM (VALUES
	('INSERT INTO salesopp.opportunity (organization_id, subject) VALUES (7700531, ''x'')'),
	('SELECT salesopp.close_won(770053101)'),
	('SELECT salesopp.reopen(770053102)')
) v (statement), test.outcome(statement);

--
-- An application's pool chooses for each transaction
--
\c - regress_salesopp_pool
BEGIN;
SET LOCAL salesopp.organization_id = 7700532;
SELECT salesopp.current_organization();
SELECT DISTINCT organization_id FROM salesopp.opportunity;
COMMIT;
SELECT salesopp.current_organization();
BEGIN;
SET LOCAL salesopp.organization_id = 7700531;
SELECT DISTINCT organization_id FROM salesopp.opportunity;
SAVEPOINT one;
SET LOCAL salesopp.organization_id = 7700532;
SELECT DISTINCT organization_id FROM salesopp.opportunity;
ROLLBACK TO one;
SELECT DISTINCT organization_id FROM salesopp.opportunity;
COMMIT;
SELECT outcome, statement FROM (VALUES
	('SET salesopp.employee_id = 770053101'),	-- was not granted
	('SET salesopp.organization_id = ''Acme'''),
	('SET salesopp.organization_id = 0'),
	('SET salesopp.organization_id = ''-1'''),
	('SET salesopp.organization_id = ''7700531; 7700532'''),
	('SET salesopp.organization_id = ''99999999999999999999''')
) v (statement), test.outcome(statement);
-- an organization that is not there has no rows, and takes none
SET salesopp.organization_id = 7700539;
SELECT count(*) FROM salesopp.opportunity;
SELECT test.outcome('INSERT INTO salesopp.opportunity (subject) VALUES (''x'')');

--
-- An employee of another organization is nobody here
--
\c - regress_salesopp_elsewhere
\set SHOW_CONTEXT never
SELECT count(*) FROM salesopp.opportunity;
INSERT INTO salesopp.company (name) VALUES ('x');
UPDATE salesopp.opportunity SET note = 'x' WHERE id = 770053201;
SELECT test.outcome('SELECT salesopp.close_won(770053201)'), test.outcome('SELECT salesopp.set_stage_status(770053201, 1, ''completed'')');

--
-- A seller: own organization only, whatever is tried
--
\c - regress_salesopp_seller
\set SHOW_CONTEXT never
-- in no table or view is a row of another organization
CREATE FUNCTION pg_temp.foreign_rows(target regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s WHERE organization_id IS DISTINCT FROM 7700531', target) INTO n;
	RETURN n;
END $$;
CREATE FUNCTION pg_temp.own_rows(target regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s WHERE organization_id = 7700531', target) INTO n;
	RETURN n;
END $$;
SELECT c.oid::regclass, pg_temp.own_rows(c.oid) AS own, pg_temp.foreign_rows(c.oid) AS others
FROM pg_class c WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'v')
	-- nothing goes on while it is asked
	AND (pg_temp.own_rows(c.oid) = 0 AND c.oid <> 'salesopp.progress'::regclass OR pg_temp.foreign_rows(c.oid) > 0);
SELECT id, name FROM salesopp.organization;
SELECT outcome, statement FROM (VALUES
	-- another organization's rows are not there
	('UPDATE salesopp.opportunity SET note = ''x'' WHERE id = 770053201'),
	('UPDATE salesopp.stage SET status = ''completed'' WHERE opportunity_id = 770053201'),
	('DELETE FROM salesopp.opportunity_competitor WHERE id = 770053201'),
	('SELECT salesopp.close_won(770053201)'),
	('SELECT salesopp.close_lost(770053101, 770053201)'),
	('SELECT salesopp.close_lost(770053101, winner_id => 770053201)'),
	('SELECT salesopp.reopen(770053202)'),
	('SELECT salesopp.set_stage_status(770053201, 1, ''completed'')'),
	('SELECT salesopp.attach_process(770053101, 770053201)'),
	('SELECT salesopp.copy_opportunity(770053201)'),
	('SELECT salesopp.create_from_call(770053201)'),
	('SELECT salesopp.create_quote(770053201)'),
	('SELECT salesopp.create_order(770053201)'),
	('SELECT salesopp.convert_quote(770053201)'),
	-- rows are not written to it, nor moved there
	('INSERT INTO salesopp.opportunity (organization_id, subject) VALUES (7700532, ''x'')'),
	('INSERT INTO salesopp.stage (organization_id, opportunity_id, position, name, probability) VALUES (7700532, 770053201, 9, ''x'', 1)'),
	('INSERT INTO salesopp.company (organization_id, name) VALUES (7700532, ''x'')'),
	('INSERT INTO salesopp.activity (organization_id, kind, subject) VALUES (7700532, ''note'', ''x'')'),
	('UPDATE salesopp.opportunity SET organization_id = 7700532 WHERE id = 770053101'),
	('UPDATE salesopp.company SET organization_id = 7700532 WHERE id = 770053101'),
	-- nor referred to
	('INSERT INTO salesopp.opportunity (subject, company_id) VALUES (''x'', 770053201)'),
	('UPDATE salesopp.opportunity SET responsible_id = 770053201 WHERE id = 770053101'),
	('UPDATE salesopp.opportunity SET sales_process_id = 770053201 WHERE id = 770053104'),
	('UPDATE salesopp.opportunity SET loss_reason_id = 770053201, status = ''lost'' WHERE id = 770053101'),
	('INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id) VALUES (770053102, 770053201)'),
	('INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id) VALUES (770053101, 770053201)'),
	('INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (770053104, 770053201)'),
	('INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (770053201, 9, ''x'', 1)'),
	('INSERT INTO salesopp.quote (opportunity_id, amount) VALUES (770053201, 1)'),
	-- what is no seller's business
	('INSERT INTO salesopp.status_event (organization_id, opportunity_id, from_status, to_status, created_at) VALUES (7700531, 770053101, ''open'', ''won'', now())'),
	('UPDATE salesopp.status_event SET note = ''x'''),
	('DELETE FROM salesopp.status_event'),
	('TRUNCATE salesopp.status_event'),
	('DELETE FROM salesopp.opportunity WHERE id = 770053104'),
	('DELETE FROM salesopp.quote'),
	('TRUNCATE salesopp.stage'),
	('UPDATE salesopp.number_series SET last_number = 100'),
	('INSERT INTO salesopp.number_series VALUES (7700531, ''mine'', 1)'),
	('INSERT INTO salesopp.loss_reason (name) VALUES (''x'')'),
	('UPDATE salesopp.organization SET name = ''x'''),
	('INSERT INTO salesopp.employee (initials, name) VALUES (''X'', ''x'')'),
	('SELECT setval(''salesopp.opportunity_id_seq'', 1)'),
	('SELECT nextval(''salesopp.status_event_id_seq'')'),
	('ALTER TABLE salesopp.opportunity DISABLE TRIGGER guard'),
	('ALTER TABLE salesopp.opportunity DISABLE ROW LEVEL SECURITY'),
	('CREATE POLICY mine ON salesopp.opportunity USING (true)'),
	('DROP TRIGGER guard ON salesopp.opportunity'),
	('SET session_replication_role = replica'),
	-- the inner functions
	('SELECT salesopp.guard_opportunity()'),
	('SELECT salesopp.lock_opportunity(770053201, ''open'')')
) v (statement), test.outcome(statement);
-- an id that another organization has is free here, so that nothing is learnt from trying
INSERT INTO salesopp.company (id, name) VALUES (770053201, 'Same id');
SELECT organization_id, name FROM salesopp.company WHERE id = 770053201;
DELETE FROM salesopp.company WHERE id = 770053201;

-- Row security cannot be turned off, and that is no loading mode for a seller
BEGIN;
SET LOCAL row_security = off;
SELECT count(*) FROM salesopp.opportunity;
ROLLBACK;
BEGIN;
SET LOCAL row_security = off;
INSERT INTO salesopp.opportunity (id, subject, status, created_at, changed_at, created_by)
VALUES (770053190, 'x', 'won', '2001-01-01', '2001-01-01', 770053102);
ROLLBACK;

-- Stamps cannot be forged
INSERT INTO salesopp.opportunity (id, subject, created_at, created_by, changed_at, changed_by)
VALUES (770053150, 'Forged', '2001-01-01', 770053102, '2001-01-01', 770053102);
INSERT INTO salesopp.company (id, name, created_at, created_by, changed_at, changed_by)
VALUES (770053150, 'Forged', '2001-01-01', 770053102, '2001-01-01', 770053102);
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name, created_at, created_by, changed_at, changed_by)
VALUES (770053150, 770053150, 'Forged', '2001-01-01', 770053102, '2001-01-01', 770053102);
CREATE TEMPORARY VIEW stamps AS
SELECT 'opportunity' AS "table", created_at > '2002-01-01' AS created, created_by, changed_at > '2002-01-01' AS changed, changed_by
FROM salesopp.opportunity WHERE id = 770053150
UNION ALL
SELECT 'company', created_at > '2002-01-01', created_by, changed_at > '2002-01-01', changed_by FROM salesopp.company WHERE id = 770053150
UNION ALL
SELECT 'competitor', created_at > '2002-01-01', created_by, changed_at > '2002-01-01', changed_by
FROM salesopp.opportunity_competitor WHERE id = 770053150;
TABLE stamps;
UPDATE salesopp.opportunity SET created_at = '2001-01-01', created_by = 770053102, changed_at = '2001-01-01', changed_by = 770053102
WHERE id = 770053150;
UPDATE salesopp.company SET created_at = '2001-01-01', created_by = NULL, changed_at = NULL, changed_by = NULL WHERE id = 770053150;
UPDATE salesopp.opportunity_competitor SET note = 'x', created_at = NULL, created_by = 770053102, changed_by = 770053102
WHERE id = 770053150;
TABLE stamps;
-- nor who closed, nor when
UPDATE salesopp.opportunity SET status = 'won', closed_at = '2001-01-01' WHERE id = 770053150;
SELECT closed_at > '2002-01-01' AS closed_now FROM salesopp.opportunity WHERE id = 770053150;
SELECT created_by, created_at > '2002-01-01' AS created_now FROM salesopp.status_event WHERE opportunity_id = 770053150;
-- nor the numbers of quotes and orders
INSERT INTO salesopp.quote (opportunity_id, number, amount) VALUES (770053101, 100, 1) RETURNING number;
INSERT INTO salesopp.sales_order (opportunity_id, number, amount) VALUES (770053101, 100, 1) RETURNING number;

-- What sellers do
SELECT status FROM salesopp.set_stage_status(770053101, 1, 'completed');
SELECT progress, changed_by FROM salesopp.opportunity WHERE id = 770053101;
SELECT status FROM salesopp.close_lost(770053101, 770053101, 770053101);
SELECT status FROM salesopp.reopen(770053101);
SELECT from_status, to_status, winner, created_by FROM salesopp.status_event WHERE opportunity_id = 770053101 ORDER BY id;

--
-- A manager and a reader
--
\c - regress_salesopp_manager
SELECT outcome, statement FROM (VALUES
	('INSERT INTO salesopp.loss_reason (name) VALUES (''Our own'')'),
	('INSERT INTO salesopp.employee (initials, name) VALUES (''CC'', ''Cy'')'),
	('UPDATE salesopp.sales_process SET is_active = false WHERE id = 770053101'),
	('UPDATE salesopp.organization SET name = ''Acme, renamed'''),
	('UPDATE salesopp.organization SET name = ''x'' WHERE id = 7700532'),
	('UPDATE salesopp.organization SET id = 7700533'),
	('UPDATE salesopp.organization SET changed_at = ''2001-01-01'''),
	('INSERT INTO salesopp.organization (name) VALUES (''x'')'),
	('INSERT INTO salesopp.loss_reason (organization_id, name) VALUES (7700532, ''x'')'),
	('UPDATE salesopp.loss_reason SET name = ''x'' WHERE id = 770053201'),
	('DELETE FROM salesopp.employee WHERE id = 770053102'),
	('DELETE FROM salesopp.organization'),
	('UPDATE salesopp.status_event SET note = ''x''')
) v (statement), test.outcome(statement);
SELECT id, name, changed_by FROM salesopp.organization;
\c - regress_salesopp_reader
SELECT count(*) > 0 AS reads FROM salesopp.opportunity_list;
SELECT opportunities FROM salesopp.summary() WHERE status = 'total';
SELECT count(*) > 0 AS searches FROM salesopp.search('{"subject": "deal"}');
SELECT outcome, statement FROM (VALUES
	('UPDATE salesopp.opportunity SET note = ''x'' WHERE id = 770053101'),
	('INSERT INTO salesopp.opportunity (subject) VALUES (''x'')'),
	('SELECT salesopp.close_won(770053101)'),
	('SELECT FROM salesopp.opportunity FOR UPDATE')
) v (statement), test.outcome(statement);

-- Clearing up
\c - :owner
DROP OWNED BY regress_salesopp_reader, regress_salesopp_seller, regress_salesopp_manager, regress_salesopp_elsewhere,
	regress_salesopp_unpinned, regress_salesopp_pool, regress_salesopp_none;
DROP ROLE regress_salesopp_reader, regress_salesopp_seller, regress_salesopp_manager, regress_salesopp_elsewhere,
	regress_salesopp_unpinned, regress_salesopp_pool, regress_salesopp_none;
