-- The tables around the record and its details: F11.3, F4.1, F5.1, F11.2
SET client_encoding = 'utf8';
SET datestyle = iso;
SET search_path = salesopp, test, public;
SELECT create_organization('Directory') AS organization, create_organization('Directory elsewhere') AS elsewhere \gset

-- every key starts with the organization, so nothing can refer to another one's rows
SELECT conrelid::regclass AS table_name, pg_get_constraintdef(oid) AS key
FROM pg_constraint
WHERE connamespace = 'salesopp'::regnamespace AND contype IN ('p', 'u', 'f') AND conparentid = 0
	AND pg_get_constraintdef(oid) !~ '^(PRIMARY KEY|UNIQUE|FOREIGN KEY) \(organization_id, '
	AND pg_get_constraintdef(oid) <> 'FOREIGN KEY (organization_id) REFERENCES salesopp.organization(id)'
	AND pg_get_constraintdef(oid) <> 'FOREIGN KEY (organization_id) REFERENCES organization(id)'
ORDER BY 1, 2;

--
-- F11.3 One row of each table, by who may write it all, as an employee
--
SET salesopp.organization_id = :organization;
INSERT INTO employee (id, initials, name) VALUES (1, 'ÆØÅ', 'Ærlig Øyvind Ås'), (2, 'bb', 'Berit');
CREATE ROLE regress_salesopp_directory LOGIN;
SELECT grant_access('regress_salesopp_directory', 'manager');
SET salesopp.employee_id = 1;
SET ROLE regress_salesopp_directory;
BEGIN;
INSERT INTO department (id, name) VALUES (1, 'Sør');
INSERT INTO sales_region (id, name) VALUES (1, 'Nord');
INSERT INTO employee (id, initials, name, email, department_id) VALUES (3, 'cc', 'Cecilie', 'cc@example.org', 1);
INSERT INTO company (id, name, phone, email) VALUES (1, 'Ås & Sønn', '+47 22 00 00 00', 'post@example.org');
INSERT INTO contact (id, company_id, first_name, last_name, gender, job_title, email, mobile, direct_phone, is_primary, is_your_ref)
VALUES (1, 1, 'Åse', 'Østby', 'female', 'Director', 'ase@example.org', '900 00 000', '22 00 00 01', true, true);
INSERT INTO project (id, company_id, name) VALUES (1, 1, 'Bridge'), (2, NULL, 'Nobody''s');
INSERT INTO sales_process (id, name) VALUES (900001, 'Process');
INSERT INTO sales_process_stage (sales_process_id, position, name, probability) VALUES (900001, 1, 'Stage', 50);
INSERT INTO loss_reason (id, name) VALUES (900001, 'Weather');
INSERT INTO competitor (id, name, website, note) VALUES (1, 'Rival', 'https://example.org', 'Cheap');
INSERT INTO group_field (id, name) VALUES (1, 'Trade');
INSERT INTO group_value (id, group_field_id, name) VALUES (1, 1, 'Shipping'), (2, 1, 'Fishing');
INSERT INTO custom_field (id, name, data_type) VALUES (1, 'Colour', 'text');
INSERT INTO opportunity (id, subject, company_id, contact_id, project_id, responsible_id, sales_region_id, department_id, sales_process_id)
VALUES (1, 'Everything', 1, 1, 1, 1, 1, 1, 900001);
INSERT INTO opportunity (id, subject) VALUES (2, 'Nothing');
INSERT INTO opportunity_competitor (id, opportunity_id, competitor_id, threat, note) VALUES (1, 1, 1, 5, 'Knows them');
INSERT INTO opportunity_competitor (id, opportunity_id, name) VALUES (2, 1, 'Typed in');
INSERT INTO opportunity_group_value (opportunity_id, group_value_id) VALUES (1, 1);
INSERT INTO quote (id, opportunity_id, amount) VALUES (1, 1, 100);
INSERT INTO sales_order (id, opportunity_id, quote_id, amount) VALUES (1, 1, 1, 100);
INSERT INTO activity (id, kind, subject, company_id, contact_id, project_id, opportunity_id, responsible_id)
VALUES (1, 'meeting', 'Lunch', 1, 1, 1, 1, 1);
INSERT INTO activity_participant (activity_id, contact_id) VALUES (1, 1);
INSERT INTO quota (id, employee_id, period, amount) VALUES (1, 3, '[2024-01-01,2025-01-01)', 100);
INSERT INTO employee_manager (employee_id, manager_id, valid_from) VALUES (3, 1, '2024-01-01');

-- stamps are filled, everywhere
CREATE FUNCTION pg_temp.stamps() RETURNS TABLE (table_name text, rows bigint, created_by bigint[], changed_by bigint[],
	created_now boolean, changed_now boolean) LANGUAGE plpgsql AS $$
BEGIN
	FOR table_name IN
		SELECT c.relname FROM pg_class c
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r'
			AND c.relname NOT IN ('organization', 'status_event', 'merge_event', 'number_series', 'opportunity_history',
				'bulk_change', 'bulk_change_opportunity', 'forecast_submission')
		ORDER BY c.relname
	LOOP
		RETURN QUERY EXECUTE format('SELECT %1$L::text, count(*), array_agg(DISTINCT created_by), array_agg(DISTINCT changed_by),
			bool_and(created_at = now()), bool_and(changed_at = now()) FROM salesopp.%1$I
			WHERE created_by IS NOT NULL', table_name);
	END LOOP;
END $$;
SELECT * FROM pg_temp.stamps();
COMMIT;

-- who one is cannot be chosen; a change stamps anew, and what was given is not heeded; a manager gives the stamps of new rows
SET salesopp.employee_id = 3;
RESET ROLE;
SET salesopp.employee_id = 2;
SET ROLE regress_salesopp_directory;
BEGIN;
UPDATE company SET phone = '1', created_at = '2000-01-01', created_by = 3, changed_at = '2000-01-01', changed_by = 3;
UPDATE opportunity SET note = 'new', created_at = '2000-01-01', created_by = 3, changed_at = '2000-01-01', changed_by = 3;
UPDATE stage SET name = 'Renamed', created_at = '2000-01-01', created_by = 3, changed_at = '2000-01-01', changed_by = 3;
SELECT * FROM pg_temp.stamps() WHERE table_name IN ('company', 'opportunity', 'stage');
INSERT INTO company (id, name, created_at, created_by, changed_at, changed_by) VALUES (2, 'Imported', '2000-01-01', 3, '2000-01-01', 3);
SELECT created_at = now() AS created_now, created_by, changed_at = now() AS changed_now, changed_by FROM company WHERE id = 2;
COMMIT;
-- nobody is an employee of another organization; without an employee nobody is named
RESET ROLE;
SET salesopp.organization_id = :elsewhere;
SELECT left(outcome('INSERT INTO salesopp.company (id, name) VALUES (4, ''Strange employee'')'), 5) AS code;
SET salesopp.employee_id = '';
INSERT INTO company (id, name) VALUES (1, 'Elsewhere');
SELECT name, created_by, changed_by, changed_at = created_at AS stamped FROM company WHERE organization_id = :elsewhere;
-- who is not under row security may give those of new rows, for history that is imported
SET salesopp.organization_id = :organization;
INSERT INTO company (id, name, created_at, created_by) VALUES (3, 'Imported', '2001-02-03 04:05:06+00', 3);
SELECT created_at = '2001-02-03 04:05:06+00' AS created_then, created_by, changed_at = created_at AS changed_then, changed_by
FROM company WHERE organization_id = :organization AND id = 3;
UPDATE company SET created_at = '1999-01-01', created_by = 1 WHERE organization_id = :organization AND id = 3;
SELECT created_at = '2001-02-03 04:05:06+00' AS created_then, created_by, changed_by FROM company
WHERE organization_id = :organization AND id = 3;
SET salesopp.employee_id = 1;

--
-- F11.3 References to another organization's rows are refused, and so are those to nothing
--
SET salesopp.organization_id = :elsewhere;
SET salesopp.employee_id = '';
INSERT INTO department (id, name) VALUES (900050, 'Sør');
INSERT INTO sales_region (id, name) VALUES (900050, 'Nord');
INSERT INTO employee (id, initials, name, department_id) VALUES (900050, 'cc', 'Cecilie', 900050);
INSERT INTO company (id, name) VALUES (900050, 'Ås & Sønn');
INSERT INTO contact (id, company_id, last_name) VALUES (900050, 900050, 'Østby');
INSERT INTO project (id, company_id, name) VALUES (900050, 900050, 'Bridge');
INSERT INTO sales_process (id, name) VALUES (900050, 'Process');
INSERT INTO loss_reason (id, name) VALUES (900050, 'Weather');
INSERT INTO competitor (id, name) VALUES (900050, 'Rival');
INSERT INTO group_field (id, name) VALUES (900050, 'Trade');
INSERT INTO group_value (id, group_field_id, name) VALUES (900050, 900050, 'Shipping');
INSERT INTO custom_field (id, name, data_type) VALUES (900050, 'Colour', 'text');
INSERT INTO opportunity (id, subject) VALUES (900050, 'Theirs');
INSERT INTO quote (id, opportunity_id, number, amount) VALUES (900050, 900050, 1, 100);
INSERT INTO activity (id, kind, subject) VALUES (900050, 'call', 'Theirs');
SET salesopp.organization_id = :organization;
SET ROLE regress_salesopp_directory;
CREATE FUNCTION pg_temp.refer(to_id bigint) RETURNS TABLE (outcome text, statement text) LANGUAGE sql
BEGIN ATOMIC
	SELECT test.outcome(replace(v, '%', to_id::text)), v FROM unnest(ARRAY[
		'UPDATE salesopp.employee SET department_id = % WHERE id = 3',
		'UPDATE salesopp.contact SET company_id = % WHERE id = 1',
		'UPDATE salesopp.project SET company_id = % WHERE id = 1',
		'UPDATE salesopp.sales_process_stage SET sales_process_id = % WHERE position = 1 AND sales_process_id = 900001',
		'UPDATE salesopp.group_value SET group_field_id = % WHERE id = 1',
		'UPDATE salesopp.opportunity SET company_id = % WHERE id = 2',
		'UPDATE salesopp.opportunity SET contact_id = % WHERE id = 2',
		'UPDATE salesopp.opportunity SET project_id = % WHERE id = 2',
		'UPDATE salesopp.opportunity SET responsible_id = % WHERE id = 2',
		'UPDATE salesopp.opportunity SET sales_region_id = % WHERE id = 2',
		'UPDATE salesopp.opportunity SET department_id = % WHERE id = 2',
		'UPDATE salesopp.opportunity SET sales_process_id = % WHERE id = 2',
		'UPDATE salesopp.opportunity SET status = ''lost'', loss_reason_id = % WHERE id = 2',
		'INSERT INTO salesopp.opportunity (id, subject, company_id) VALUES (3, ''New'', %)',
		'INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, competitor_id) VALUES (3, 2, %)',
		'INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name) VALUES (3, %, ''Typed in'')',
		'INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (2, %)',
		'INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (%, 1)',
		'INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (3, %, 1)',
		'INSERT INTO salesopp.sales_order (id, opportunity_id, amount) VALUES (3, %, 1)',
		'INSERT INTO salesopp.sales_order (id, opportunity_id, quote_id, amount) VALUES (3, 1, %, 1)',
		'UPDATE salesopp.activity SET company_id = % WHERE id = 1',
		'UPDATE salesopp.activity SET contact_id = % WHERE id = 1',
		'UPDATE salesopp.activity SET project_id = % WHERE id = 1',
		'UPDATE salesopp.activity SET opportunity_id = % WHERE id = 1',
		'UPDATE salesopp.activity SET responsible_id = % WHERE id = 1',
		'INSERT INTO salesopp.activity_participant (activity_id, contact_id) VALUES (1, %)',
		'INSERT INTO salesopp.activity_participant (activity_id, contact_id) VALUES (%, 1)']) v;
END;
SELECT * FROM pg_temp.refer(900050);
SELECT count(*) AS tried, count(*) FILTER (WHERE outcome LIKE '23503 %') AS refused FROM pg_temp.refer(999999);
-- not even in one's own words
SELECT outcome(format('INSERT INTO salesopp.company (id, organization_id, name) VALUES (4, %s, ''Theirs'')', :elsewhere)) AS inserted,
	outcome(format('UPDATE salesopp.company SET organization_id = %s', :elsewhere)) AS moved,
	outcome('UPDATE salesopp.company SET id = 77 WHERE id = 1') AS renumbered,
	outcome('UPDATE salesopp.company SET name = ''Mine now'' WHERE id = 900050') AS not_seen;
-- what is referred to stays
SELECT left(outcome(v), 5) AS outcome, v AS statement FROM unnest(ARRAY[
	'DELETE FROM salesopp.company WHERE id = 1',
	'DELETE FROM salesopp.contact WHERE id = 1',
	'DELETE FROM salesopp.project WHERE id = 1',
	'DELETE FROM salesopp.department WHERE id = 1',
	'DELETE FROM salesopp.sales_region WHERE id = 1',
	'DELETE FROM salesopp.competitor WHERE id = 1',
	'DELETE FROM salesopp.group_value WHERE id = 1',
	'DELETE FROM salesopp.group_field WHERE id = 1',
	'DELETE FROM salesopp.project WHERE id = 2']) v;
RESET ROLE;
SELECT left(outcome(format('DELETE FROM salesopp.employee WHERE organization_id = %s AND id = 1', :organization)), 5) AS employee,
	left(outcome(format('DELETE FROM salesopp.organization WHERE id = %s', :organization)), 5) AS organization;
SET ROLE regress_salesopp_directory;

--
-- F11.3 Names: required, not blank, and where they serve as keys unique, each organization for itself
--
CREATE FUNCTION pg_temp.named(id bigint, name text) RETURNS TABLE (what text, outcome text) LANGUAGE sql
BEGIN ATOMIC
	SELECT v.what, test.outcome(format(v.statement, named.name, named.id)) FROM (VALUES
		(1, 'department', 'INSERT INTO salesopp.department (id, name) VALUES (%2$s, %1$L)'),
		(2, 'sales_region', 'INSERT INTO salesopp.sales_region (id, name) VALUES (%2$s, %1$L)'),
		(3, 'employee initials', 'UPDATE salesopp.employee SET initials = %L WHERE id = 2'),
		(4, 'employee', 'UPDATE salesopp.employee SET name = %L WHERE id = 2'),
		(5, 'company', 'INSERT INTO salesopp.company (id, name) VALUES (%2$s, %1$L)'),
		(6, 'contact', 'INSERT INTO salesopp.contact (id, company_id, last_name) VALUES (%2$s, 1, %1$L)'),
		(7, 'project', 'INSERT INTO salesopp.project (id, name) VALUES (%2$s, %1$L)'),
		(8, 'sales_process', 'INSERT INTO salesopp.sales_process (id, name) VALUES (%2$s, %1$L)'),
		(9, 'sales_process_stage', 'UPDATE salesopp.sales_process_stage SET name = %L WHERE sales_process_id = 900001'),
		(10, 'loss_reason', 'INSERT INTO salesopp.loss_reason (id, name) VALUES (%2$s, %1$L)'),
		(11, 'competitor', 'INSERT INTO salesopp.competitor (id, name) VALUES (%2$s, %1$L)'),
		(12, 'group_field', 'INSERT INTO salesopp.group_field (id, name) VALUES (%2$s, %1$L)'),
		(13, 'group_value', 'INSERT INTO salesopp.group_value (id, group_field_id, name) VALUES (%2$s, 1, %1$L)'),
		(14, 'custom_field', 'INSERT INTO salesopp.custom_field (id, name, data_type) VALUES (%2$s, %1$L, ''text'')'),
		(15, 'activity', 'INSERT INTO salesopp.activity (id, kind, subject) VALUES (%2$s, ''call'', %1$L)'),
		(16, 'opportunity', 'INSERT INTO salesopp.opportunity (id, subject) VALUES (%2$s, %1$L)'),
		(17, 'stage', 'UPDATE salesopp.stage SET name = %L WHERE opportunity_id = 1'),
		(18, 'opportunity_competitor', 'UPDATE salesopp.opportunity_competitor SET name = %L WHERE id = 2'),
		(19, 'organization', 'UPDATE salesopp.organization SET name = %L')) v (n, what, statement)
	ORDER BY n;
END;
BEGIN;
-- space, tab, line breaks, nothing
SELECT what, min(outcome) AS outcome, count(*) FILTER (WHERE outcome LIKE '23514 %') AS refused, count(*) AS tried
FROM (VALUES (''), (' '), (E'\t'), (E'\n'), (E'\r\n'), (E' \t\n '), (repeat(' ', 2000))) v (name), pg_temp.named(100, name)
GROUP BY what ORDER BY what COLLATE "C";
SELECT * FROM pg_temp.named(100, NULL);
-- one that is fine; and once more
SELECT count(*) FILTER (WHERE outcome = '1 row') AS accepted, count(*) AS tried FROM pg_temp.named(100, E' \n Blåbær 🫐 "x" ''y'' \\ % ');
SELECT * FROM pg_temp.named(101, E' \n Blåbær 🫐 "x" ''y'' \\ % ') WHERE outcome <> '1 row';
ROLLBACK;
-- the name of an employee is theirs, initials are not anyone else's
SELECT outcome('UPDATE salesopp.employee SET initials = ''ÆØÅ'' WHERE id = 2') AS initials,
	outcome('UPDATE salesopp.employee SET name = ''Cecilie'' WHERE id = 2') AS name;
-- in the other organization the same names were free; organizations differ from each other
RESET ROLE;
SELECT d.name, count(*) FROM department d WHERE organization_id IN (:organization, :elsewhere) GROUP BY name;
SELECT outcome('SELECT salesopp.create_organization(''Directory'')') AS twins,
	outcome('SELECT salesopp.create_organization('' '')') AS blank,
	left(outcome('SELECT salesopp.create_organization(NULL)'), 5) AS unnamed;
SET ROLE regress_salesopp_directory;

--
-- F11.3, F6.1 Contacts: at most one primary, and one "Your ref.", of each company
--
SELECT outcome(v) AS outcome, v AS statement FROM unnest(ARRAY[
	'INSERT INTO salesopp.contact (id, company_id, last_name, is_primary) VALUES (2, 1, ''Second'', true)',
	'INSERT INTO salesopp.contact (id, company_id, last_name, is_your_ref) VALUES (2, 1, ''Second'', true)',
	'INSERT INTO salesopp.contact (id, company_id, last_name) VALUES (2, 1, ''Second'')',
	'UPDATE salesopp.contact SET is_primary = true WHERE id = 2',
	'INSERT INTO salesopp.contact (id, company_id, last_name, is_primary, is_your_ref) VALUES (3, 2, ''Of another company'', true, true)',
	'UPDATE salesopp.contact SET company_id = 1 WHERE id = 3',
	'UPDATE salesopp.contact SET is_primary = false WHERE id = 1',
	'UPDATE salesopp.contact SET is_primary = true WHERE id = 2',
	'INSERT INTO salesopp.contact (id, company_id, last_name, gender) VALUES (4, 1, ''Third'', ''unknown'')',
	'INSERT INTO salesopp.contact (id, last_name) VALUES (4, ''Without a company'')']) v;
SELECT company_id, id, last_name, is_primary, is_your_ref FROM contact ORDER BY company_id, is_primary DESC, last_name, id;

-- F5.1 a competitor is on the list or typed in, and once in an opportunity
SELECT outcome('INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, competitor_id, name, threat) VALUES ('
	|| 10 + n || ', ' || v || ')') AS outcome, v AS competitor
FROM unnest(ARRAY['1, 1, NULL, 3', '1, NULL, ''Typed in'', 3', '1, NULL, NULL, 3', '1, 1, ''Both'', 3', '2, 1, NULL, 0', '2, 1, NULL, 6',
	'2, 1, NULL, NULL', '2, 1, NULL, 1', '2, NULL, ''Typed in'', 5']) WITH ORDINALITY v (v, n);
-- F11.2 a group once
SELECT outcome('INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (1, 1)') AS again,
	outcome('INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (1, 2)') AS another;
-- F11.1 what a custom field can be
SELECT outcome('INSERT INTO salesopp.custom_field (id, name, data_type, choices) VALUES (' || 10 + n || ', ' || v || ')') AS outcome,
	v AS definition
FROM unnest(ARRAY['''a'', ''choice'', NULL', '''a'', ''choice'', ''{}''', '''a'', ''choice'', ''{x,NULL}''', '''a'', ''text'', ''{x}''',
	'''a'', ''money'', NULL', '''a'', NULL, NULL', '''a'', ''choice'', ''{x,y}''', '''b'', ''date'', NULL']) WITH ORDINALITY v (v, n);

--
-- F4.1 Details of an opportunity: what there is unless it is given
--
INSERT INTO opportunity (id, subject) VALUES (10, 'Defaults');
SELECT status, progress_method, progress, priority, rating, estimated_revenue, actual_revenue, decision_date, delivery_date,
	responsible_id, custom, num_nonnulls(company_id, contact_id, project_id, sales_process_id,
		sales_region_id, department_id, loss_reason_id,
	copied_from_id, closed_at, close_date, deleted_at, note, status_note) AS others
FROM opportunity WHERE id = 10;

-- F4.1 what cannot be
SELECT outcome('INSERT INTO salesopp.opportunity (id, ' || detail || ') VALUES (11, ' || value || ')') AS outcome, detail, value
FROM (VALUES
	(1, 'subject', 'NULL'), (2, 'subject', ''''''), (3, 'subject', E'E''\\t\\n'''),
	(4, 'subject, estimated_revenue', '''x'', ''NaN'''), (5, 'subject, estimated_revenue', '''x'', ''Infinity'''),
	(6, 'subject, estimated_revenue', '''x'', ''-Infinity'''), (7, 'subject, estimated_revenue', '''x'', -0.01'),
	(8, 'subject, estimated_revenue', '''x'', 10000000000000000'), (9, 'subject, estimated_revenue', '''x'', 9999999999999999.995'),
	(10, 'subject, status, actual_revenue', '''x'', ''won'', ''NaN'''), (11, 'subject, status, actual_revenue', '''x'', ''won'', -1'),
	(12, 'subject, actual_revenue', '''x'', 5'), (13, 'subject, status, actual_revenue', '''x'', ''lost'', 5'),
	(14, 'subject, loss_reason_id', '''x'', 900001'), (15, 'subject, status, loss_reason_id', '''x'', ''won'', 900001'),
	(16, 'subject, close_date', '''x'', ''2024-01-01'''), (17, 'subject, closed_at', '''x'', ''2024-01-01'''),
	(18, 'subject, progress_method, progress', '''x'', ''manual'', 101'),
	(19, 'subject, progress_method, progress', '''x'', ''manual'', -1'),
	(20, 'subject, progress_method, progress', '''x'', ''manual'', ''NaN'''),
	(22, 'subject, decision_date', '''x'', ''infinity'''), (23, 'subject, decision_date', '''x'', ''-infinity'''),
	(24, 'subject, delivery_date', '''x'', ''infinity'''), (25, 'subject, status, close_date', '''x'', ''won'', ''infinity'''),
	(26, 'subject, decision_date', '''x'', ''2023-02-29'''),
	(27, 'subject, rating', '''x'', 0'), (28, 'subject, rating', '''x'', 6'), (29, 'subject, rating', '''x'', -1'),
	(30, 'subject, rating', '''x'', 40000'),
	(31, 'subject, priority', '''x'', ''urgent'''), (32, 'subject, priority', '''x'', NULL'), (33, 'subject, status', '''x'', ''pending'''),
	(34, 'subject, custom', '''x'', ''[]'''), (35, 'subject, custom', '''x'', ''"text"'''), (36, 'subject, custom', '''x'', ''7'''),
	(37, 'subject, custom', '''x'', ''null'''), (38, 'subject, custom', '''x'', NULL'), (39, 'subject, custom', '''x'', ''{'''),
	(40, 'subject, custom', '''x'', ''{"Size": 1}''')) v (n, detail, value)
ORDER BY n;
-- what is required
SELECT left(outcome(format('INSERT INTO salesopp.opportunity (id, subject, %s) VALUES (11, ''x'', NULL)', detail)), 5) AS new,
	left(outcome(format('UPDATE salesopp.opportunity SET %s = NULL WHERE id = 10', detail)), 5) AS existing, detail
FROM unnest(ARRAY['status', 'progress', 'progress_method', 'priority', 'custom']) detail;
SELECT count(*) AS made FROM opportunity WHERE id = 11;

-- nor later
SELECT outcome('UPDATE salesopp.opportunity SET ' || v || ' WHERE id = 10') AS outcome, v AS change
FROM unnest(ARRAY['subject = NULL', 'subject = '' ''', 'estimated_revenue = ''NaN''', 'estimated_revenue = -1', 'estimated_revenue = 1e16',
	'actual_revenue = 1', 'rating = 6', 'priority = NULL', 'decision_date = ''infinity''', 'delivery_date = ''-infinity''',
	'close_date = ''2024-01-01''', 'closed_at = now()', 'loss_reason_id = 900001', 'custom = ''[]''',
	'custom = NULL', 'custom = ''{"Colour": 7}''',
	'id = 12', 'id = NULL', 'organization_id = NULL', 'status = ''lost'', actual_revenue = 5', 'status = ''won'', loss_reason_id = 900001',
	'status = ''won'', close_date = ''infinity''', 'status = ''won'', actual_revenue = ''NaN''']) v;
SELECT subject, estimated_revenue, status, custom FROM opportunity WHERE id = 10;

-- F4.1 what can be, to the edge
SELECT outcome('UPDATE salesopp.opportunity SET ' || v || ' WHERE id = 10') AS outcome, v AS change
FROM unnest(ARRAY['estimated_revenue = 9999999999999999.994', 'rating = 1', 'rating = 5', 'rating = NULL', 'priority = ''high''',
	'decision_date = ''4714-11-24 BC''', 'decision_date = ''5874897-12-31''', 'delivery_date = ''2024-02-29''',
	'custom = ''{"Colour": "blå 🫐"}''',
	'note = ''''', 'subject = E''\u00A0x'', note = E''line\nline'', progress_method = ''manual'', progress = 100']) v;
\pset format unaligned
SELECT estimated_revenue, rating, priority, decision_date, delivery_date, custom, length(subject), note, progress
FROM opportunity WHERE id = 10;
UPDATE opportunity SET estimated_revenue = 0.005 WHERE id = 10;
SELECT estimated_revenue FROM opportunity WHERE id = 10;
UPDATE opportunity SET estimated_revenue = 0 WHERE id = 10;
SELECT estimated_revenue FROM opportunity WHERE id = 10;

-- F4.1 any text
INSERT INTO opportunity (id, subject, note) VALUES
	(20, 'Blåbærsyltetøy Æ Ø Å', 'ærlig'), (21, '🫐👩‍👩‍👧‍👦🇳🇴', '😀'), (22, 'Ünïcödé 漢字 عربى עברית', E'\u200B'),
	(23, $$'; DROP TABLE opportunity; --$$, $$\'"`%_$$), (24, E'a\tb\nc', NULL), (25, 'a' || chr(1114111), NULL);
SELECT id, subject, length(subject) AS characters, octet_length(subject) AS bytes, note FROM opportunity_list l
JOIN opportunity o USING (organization_id, id, subject)
WHERE id BETWEEN 20 AND 25 ORDER BY id;
\pset format aligned
-- and one of ten megabytes, of words that differ
INSERT INTO opportunity (id, subject) SELECT 30, string_agg(md5(n::text), ' ' ORDER BY n) || ' slutt på blåbær'
FROM generate_series(1, 320000) n;
SELECT octet_length(subject) AS bytes, right(subject, 15), status, flag FROM opportunity_list WHERE id = 30;
UPDATE opportunity SET status = 'won' WHERE id = 30;
SELECT outcome('UPDATE salesopp.opportunity SET subject = ''short'' WHERE id = 30') AS closed;
UPDATE opportunity SET status = 'open' WHERE id = 30;
UPDATE opportunity SET subject = repeat('å', 5000000) WHERE id = 30;
SELECT octet_length(subject) AS bytes, left(subject, 3) FROM opportunity WHERE id = 30;

RESET ROLE;
DROP OWNED BY regress_salesopp_directory;
DROP ROLE regress_salesopp_directory;
