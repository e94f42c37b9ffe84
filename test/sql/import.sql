-- Import: N11
SET search_path = salesopp, test, public;
SET TimeZone = 'Europe/Oslo';
SELECT create_organization('Import') AS organization, create_organization('Import elsewhere') AS elsewhere \gset
SET salesopp.organization_id = :organization;
ALTER SEQUENCE opportunity_id_seq RESTART 770150001;
ALTER SEQUENCE company_id_seq RESTART 770150001;
ALTER SEQUENCE contact_id_seq RESTART 770150001;
ALTER SEQUENCE bulk_change_id_seq RESTART 770150001;
CREATE ROLE regress_salesopp_import LOGIN;
SELECT grant_access('regress_salesopp_import', 'manager');
CREATE ROLE regress_salesopp_import_seller LOGIN;
SELECT grant_access('regress_salesopp_import_seller', 'seller');
CREATE SCHEMA import_test;
GRANT ALL ON SCHEMA import_test TO PUBLIC;
SET ROLE regress_salesopp_import;
INSERT INTO department (name) VALUES ('North'), ('South');
INSERT INTO employee (initials, name, email, is_active) VALUES ('KN', 'Kari Nordmann', 'kari@example.com', true), ('OH', 'Ola Hansen', NULL, true),
	('OH2', 'Ola Hansen', NULL, true), ('GO', 'Gone Person', NULL, false);
INSERT INTO custom_field (name, data_type, choices) VALUES ('Product', 'choice', '{"Bolts, small", Nuts}'), ('Seats', 'number', NULL), ('Renewal', 'date', NULL),
	('Pilot', 'boolean', NULL), ('Remark', 'text', NULL);
INSERT INTO group_field (name) VALUES ('Segment') RETURNING id AS segment \gset
INSERT INTO group_value (group_field_id, name) VALUES (:segment, 'Large'), (:segment, 'Small');

-- What the rows of an import have become
CREATE VIEW import_test.imported WITH (security_invoker = true) AS
SELECT o.external_id, o.subject, o.status, c.name AS company, e.initials AS who, o.estimated_revenue AS estimated, o.actual_revenue AS actual, o.progress,
	o.progress_method AS method, o.decision_date AS decision, o.close_date AS closed, o.stage_reached AS reached, o.version
FROM opportunity o
LEFT JOIN company c ON (c.organization_id, c.id) = (o.organization_id, o.company_id)
LEFT JOIN employee e ON (e.organization_id, e.id) = (o.organization_id, o.responsible_id)
WHERE o.deleted_at IS NULL;

--
-- Headings: case, spaces and punctuation do not matter; each field is taken once
--
CREATE TABLE import_test.headings ("OPPORTUNITY name" text, "Account_Name" text, "Stage" text, "Amount" text, "Expected Revenue" text, "close-date" text,
	"Product" text, "segment" text, "Owner Role" text, "Whatever" text, "Probability (%)" text, "Beslutningsdato" text);
SELECT source_column, target, note FROM import_columns('import_test.headings');
CREATE TABLE import_test.own ("Id" text, "Subject" text, "Weighted value" text, "Company" text, "Av" text, "Sist endret" text);
SELECT source_column, target, note FROM import_columns('import_test.own');
CREATE TABLE import_test.people ("First Name" text, "Last Name" text, "Account Name" text, "Email" text, "Mailing City" text);
SELECT source_column, target, note FROM import_columns('import_test.people', 'contact');

--
-- The import of one file of many forms; blank lines, totals and repeated headings are no rows
--
CREATE TABLE import_test.deals ("Deal Name" text, "Account Name" text, "Deal Stage" text, "Amount" text, "Close Date" text, "Deal owner" text, "Record ID" text,
	"Product" text, "Seats" text, "Renewal" text, "Pilot" text, "Remark" text, "Segment" text, "Create Date" text);
INSERT INTO import_test.deals VALUES
	('  Open one ', 'Acme AS', 'Written quote received', 'kr 1 234,50', '31.12.2026', 'Kari Nordmann', '1', 'nuts', '12', '2027-02-28', 'ja', 'a &amp; b', 'large', '01.03.2026'),
	('Won one', 'ACME as', 'Closed Won', '2.000,00', '13.04.2026', 'kn', '2', 'Bolts, small', '1.000,5', '28.02.2027', 'false', '''=1+1', 'Small', '01.03.2026'),
	('Lost one', 'Zed' || U&'\00A0' || 'Ltd', 'closedlost', '3.000', '01.05.2026', 'KARI@example.com', '3', NULL, NULL, NULL, NULL, NULL, NULL, '01.03.2026 14:30'),
	(NULL, ' ', NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('Deal Name', 'Account Name', 'Deal Stage', 'Amount', 'Close Date', 'Deal owner', 'Record ID', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('No stage', NULL, NULL, '€ 7', '31.12.3999', NULL, '4', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('Total (4 records)', NULL, NULL, '6.241,50', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT * FROM import_check('import_test.deals');
SELECT * FROM import_opportunities('import_test.deals');
SELECT * FROM import_test.imported ORDER BY external_id;
SELECT external_id, custom, (SELECT string_agg(g.name, ', ') FROM opportunity_group_value v JOIN group_value g ON g.id = v.group_value_id WHERE v.opportunity_id = o.id) AS segment,
	CASE WHEN created_at < '2026-11-01' THEN created_at END AS created, CASE WHEN changed_at < '2026-11-01' THEN changed_at END AS changed
FROM opportunity o ORDER BY external_id;
SELECT s.position, s.status FROM stage s JOIN opportunity o ON o.id = s.opportunity_id WHERE o.external_id = '1' ORDER BY s.position;
-- the history is what the file tells
SELECT o.external_id, h.version, CASE h.origin WHEN 'imported' THEN h.at END AS at, h.status, h.origin, h.stage_reached, h.progress FROM opportunity_history h JOIN opportunity o ON o.id = h.opportunity_id ORDER BY 1, 2;
SELECT * FROM history_problems();

--
-- A dash is nothing; behind a total comes what a report tells of itself, but a record is one
--
CREATE TABLE import_test.report (subject text, company text, loss_reason text, estimated_revenue text);
INSERT INTO import_test.report VALUES ('Above', '-', '-', '-'), ('Subtotals (1 record)', NULL, NULL, '5'), ('-', 'Acme AS', '-', '-'), ('Grand Totals (3 records)', NULL, NULL, '5'),
	('Below', NULL, NULL, '7'), ('Alone', NULL, NULL, NULL), ('Totalt 4 poster', NULL, NULL, NULL), ('Report of all teams', NULL, NULL, NULL), ('Fjord AS', NULL, NULL, NULL);
SELECT row_number, column_name, value, severity, problem FROM import_check('import_test.report');

--
-- The same file twice changes nothing; a changed row updates an open one, and is refused for a closed one
--
SELECT * FROM import_opportunities('import_test.deals');
UPDATE import_test.deals SET "Amount" = '5.000,00', "Deal Stage" = CASE "Record ID" WHEN '1' THEN 'Verbally accepted' ELSE "Deal Stage" END, "Seats" = '13', "Remark" = NULL
WHERE "Record ID" IN ('1', '2');
SELECT row_number, column_name, value, severity, problem, hint FROM import_check('import_test.deals') WHERE severity = 'error';
SELECT * FROM import_opportunities('import_test.deals');
SELECT * FROM import_test.imported ORDER BY external_id;
SELECT row_number, outcome, opportunity_id, detail FROM import_opportunities('import_test.deals', NULL, '{"partial": true}');
SELECT * FROM import_test.imported ORDER BY external_id;
SELECT external_id, custom FROM opportunity ORDER BY external_id;

--
-- An import is undone: what it changed is as it was, what it made is deleted, and can be imported anew
--
SELECT * FROM undo_import(last_bulk_change());
SELECT * FROM import_test.imported WHERE external_id = '1';
SELECT custom FROM opportunity WHERE external_id = '1';
SELECT * FROM undo_import(last_bulk_change());
UPDATE opportunity SET note = 'Somebody was here' WHERE external_id = '4';
SELECT id AS first_import FROM bulk_change WHERE operation = 'import' ORDER BY id LIMIT 1 \gset
SELECT opportunity_id, outcome, left(detail, 47) AS detail FROM undo_import(:first_import);
SELECT opportunity_id, outcome, left(detail, 47) AS detail FROM undo_import(:first_import);
SELECT external_id, subject, deleted_at IS NOT NULL AS is_deleted FROM opportunity ORDER BY id;
SELECT row_number, outcome, detail FROM import_opportunities('import_test.deals');
SELECT outcome('SELECT undo_import(1)'), outcome('SELECT undo_import(NULL)');

--
-- Every problem of every row, with what could be done
--
CREATE TABLE import_test.bad (subject text, company text, contact text, responsible text, department text, sales_process text, stage text, status text, estimated_revenue text,
	progress text, priority text, rating text, decision_date text, close_date text, loss_reason text, created_at text, external_id text, currency text,
	product text, seats text, renewal text, pilot text);
INSERT INTO import_test.bad VALUES
	('a', 'Acme AS', NULL, 'Karl', 'Nord', 'Standard', 'Verbal', 'perhaps', 'abc', '101', 'urgently', '6', '31.02.2026', 'never', 'Bad luck', '01.01.2999', 'x', 'NOK', 'Screws', 'many', '2026-13-01', 'perhaps'),
	('b', NULL, 'Nobody', 'Ola Hansen', NULL, NULL, NULL, 'won', '-5', '-1', NULL, '0', NULL, NULL, NULL, NULL, 'y', 'EUR', NULL, NULL, NULL, NULL),
	(NULL, 'Acme AS', NULL, 'Gone Person', NULL, NULL, 'Closed Won', 'open', '(100)', '50', NULL, NULL, NULL, NULL, NULL, NULL, 'z', NULL, NULL, NULL, NULL, NULL),
	('d', NULL, NULL, NULL, NULL, NULL, NULL, 'open', '99999999999999999', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'x', NULL, NULL, NULL, NULL, NULL),
	('e', NULL, NULL, NULL, NULL, NULL, NULL, 'open', '1.005', NULL, NULL, NULL, NULL, NULL, NULL, NULL, repeat('e', 1001), NULL, NULL, NULL, NULL, NULL);
SELECT row_number AS row, column_name, CASE WHEN length(value) > 20 THEN left(value, 20) || '...' ELSE value END AS value, severity, problem, hint FROM import_check('import_test.bad');
SELECT outcome('SELECT import_opportunities(''import_test.bad'')');
SELECT row_number AS row, outcome, left(detail, 60) AS detail FROM import_opportunities('import_test.bad', NULL, '{"partial": true}');

-- What is not known, is made where that is wanted
SELECT row_number AS row, column_name, problem FROM import_check('import_test.bad', NULL,
	'{"create": ["company", "contact", "employee", "department", "loss_reason"], "partial": true}') WHERE column_name IN ('responsible', 'department', 'loss_reason', 'contact');
SELECT row_number AS row, column_name, problem FROM import_check('import_test.bad', NULL, '{"create": []}') WHERE column_name = 'company';

--
-- How numbers and dates are written is decided over the column, or asked for
--
CREATE TABLE import_test.written (subject text, decision_date text, estimated_revenue text, seats text);
INSERT INTO import_test.written VALUES ('a', '01/02/2026', '1.234', '1.234'), ('b', '03/04/2026', '5.678', '5.678');
SELECT row_number, column_name, severity, problem, hint FROM import_check('import_test.written');
SELECT row_number, outcome, detail FROM import_opportunities('import_test.written', NULL, '{"partial": true}');
SELECT count(*) FROM import_check('import_test.written', NULL, '{"date_order": "mdy", "decimal": ","}');
BEGIN;
SELECT outcome FROM import_opportunities('import_test.written', NULL, '{"date_order": "mdy", "decimal": ","}');
SELECT subject, decision_date, estimated_revenue, custom FROM opportunity WHERE subject IN ('a', 'b') ORDER BY 1;
ROLLBACK;
INSERT INTO import_test.written VALUES ('c', '13/04/2026', '0,5', '0,5');
SELECT count(*) FROM import_check('import_test.written');
INSERT INTO import_test.written VALUES ('d', '04/13/2026', '0.5', '0.5');
SELECT row_number, column_name, severity, problem FROM import_check('import_test.written');
-- columns that are no texts say by their type how they are written
CREATE VIEW import_test.typed AS SELECT 'Typed' AS subject, 1234.567 AS estimated_revenue, date '2026-02-03' AS decision_date, true AS pilot, 12.345::float8 AS seats;
SET DateStyle = 'SQL, DMY';
BEGIN;
SELECT row_number, column_name, severity, problem FROM import_check('import_test.typed');
SELECT outcome FROM import_opportunities('import_test.typed');
SELECT estimated_revenue, decision_date, custom FROM opportunity WHERE subject = 'Typed';
ROLLBACK;
RESET DateStyle;

--
-- Stages and statuses
--
CREATE TABLE import_test.stages (subject text, stage text, current_stage text, status text, is_won text, is_closed text, progress text, close_date text);
INSERT INTO import_test.stages VALUES
	('current', NULL, 'Verbally accepted', NULL, NULL, NULL, NULL, NULL), ('first is current', NULL, 'Created', NULL, NULL, NULL, NULL, NULL),
	('numbered', '3 - Written quote received (Standard)', NULL, NULL, NULL, NULL, NULL, NULL), ('likely', 'Created', NULL, NULL, NULL, NULL, '62,5 %', NULL),
	('as likely', 'Verbally accepted', NULL, NULL, NULL, NULL, '75', NULL), ('said', NULL, NULL, NULL, NULL, NULL, '30', NULL),
	('yes', NULL, NULL, NULL, 'true', 'true', '100', '2026-01-02'), ('no', 'Verbally accepted', NULL, NULL, 'false', 'true', '0', '2026-01-02'),
	('Norwegian', NULL, NULL, 'Vunnet', NULL, NULL, NULL, '2026-01-02'), ('current is won', NULL, 'Closed Won', NULL, NULL, NULL, NULL, '2026-01-02');
SELECT row_number, column_name, severity, problem FROM import_check('import_test.stages');
BEGIN;
SELECT DISTINCT outcome FROM import_opportunities('import_test.stages');
SELECT subject, status, actual, progress, method, reached, closed FROM import_test.imported WHERE external_id IS NULL ORDER BY subject;
ROLLBACK;

--
-- Mappings and options that say nothing
--
SELECT statement, outcome('SELECT * FROM ' || statement) FROM (VALUES
	($$import_check('import_test.deals', '{"Deal Name": "subject", "Amount": "subject"}')$$), ($$import_check('import_test.deals', '{"Deal Name": "subject", "Nothing": "note"}')$$),
	($$import_check('import_test.deals', '{"Deal Name": "title"}')$$), ($$import_check('import_test.deals', '{"Deal Name": "stage_reached"}')$$),
	($$import_check('import_test.deals', '{"Deal Name": "custom.Nothing"}')$$), ($$import_check('import_test.deals', '{"Deal Name": 1}')$$),
	($$import_check('import_test.deals', '["Deal Name"]')$$), ($$import_check('import_test.deals', '{"Deal Name": null}')$$), ($$import_check('import_test.deals', '{}')$$),
	($$import_check('import_test.deals', NULL, '{"partly": true}')$$), ($$import_check('import_test.deals', NULL, '{"partial": 1}')$$),
	($$import_check('import_test.deals', NULL, '{"decimal": ";"}')$$), ($$import_check('import_test.deals', NULL, '{"date_order": "ymd"}')$$),
	($$import_check('import_test.deals', NULL, '{"create": ["world"]}')$$), ($$import_check('import_test.deals', NULL, '{"sales_process": "Nothing"}')$$),
	($$import_check('import_test.deals', NULL, '[]')$$), ($$import_check(NULL)$$), ($$import_check('import_test.deals', NULL, '{}', 'quote')$$),
	($$import_check('import_test.deals', NULL, '{}', NULL)$$), ($$import_check('opportunity_id_seq')$$), ($$import_columns(1)$$),
	($$import_check('import_test.headings', '{"Stage": "stage"}')$$)) v (statement);
CREATE TABLE import_test.nothing ();
SELECT outcome('SELECT import_columns(''import_test.nothing'')'), outcome('SELECT import_check(''import_test.nothing'')');
-- what the options say of all rows that say nothing; an empty cell clears only where that is wanted
INSERT INTO sales_process (name) VALUES ('Other') RETURNING id AS other \gset
INSERT INTO sales_process_stage (sales_process_id, position, name, probability) VALUES (:other, 10, 'Created', 5), (:other, 20, 'Signed', 95);
SELECT row_number, problem, hint FROM import_check('import_test.stages') WHERE severity = 'error';
BEGIN;
SELECT row_number, outcome, detail FROM import_opportunities('import_test.stages', NULL, '{"sales_process": "other", "partial": true}');
SELECT subject, status, progress, method, reached FROM import_test.imported WHERE external_id IS NULL ORDER BY subject;
ROLLBACK;
CREATE TABLE import_test.emptied (external_id text, subject text, note text, estimated_revenue text, seats text);
INSERT INTO import_test.emptied VALUES ('1', 'Open one', 'Noted', NULL, NULL);
BEGIN;
SELECT outcome FROM import_opportunities('import_test.emptied');
SELECT note, estimated_revenue, custom FROM opportunity WHERE external_id = '1';
SELECT outcome FROM import_opportunities('import_test.emptied', NULL, '{"clear": true}');
SELECT note, estimated_revenue, custom FROM opportunity WHERE external_id = '1';
ROLLBACK;
SELECT count(*) FROM import_check('import_test.headings');
SELECT count(*) FROM import_opportunities('import_test.headings');

-- a source that changes while it is read: what the statement sees, both times; and one that fails: nothing of it stays
CREATE TABLE import_test.growing (subject text);
INSERT INTO import_test.growing VALUES ('First'), ('Second');
CREATE FUNCTION import_test.grow() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO import_test.growing VALUES ('More');
	RETURN '01/02/2026';
END;
$$;
CREATE VIEW import_test.changing WITH (security_invoker = true) AS SELECT subject, import_test.grow() AS decision_date FROM import_test.growing;
BEGIN;
SELECT row_number, outcome FROM import_opportunities('import_test.changing', NULL, '{"partial": true}');
SELECT count(*) FROM import_test.growing;
ROLLBACK;
CREATE VIEW import_test.failing AS SELECT 'Company of failing ' || i AS company, 'Failing ' || 10 / (3 - i) AS subject FROM generate_series(1, 3) i;
SELECT outcome('SELECT import_opportunities(''import_test.failing'')');
SELECT count(*) FROM company WHERE name LIKE 'Company of failing%';
-- names that would be SQL if they were taken for it, and texts of all kinds
CREATE TABLE import_test."od""d; --" ("sub""ject'; DROP TABLE x; --" text, "%s" text, "note" text);
INSERT INTO import_test."od""d; --" VALUES ('''; DELETE FROM salesopp.opportunity; --', '$1', repeat('æ', 3000000)), ('100 % _ \ 🎉', 'ÆØÅ', E'line\nline');
SELECT row_number, outcome FROM import_opportunities('import_test."od""d; --"', '{"sub\"ject''; DROP TABLE x; --": "subject", "%s": "company", "note": "note"}');
SELECT o.subject, c.name, length(o.note) FROM opportunity o JOIN company c ON c.id = o.company_id WHERE c.name IN ('$1', 'ÆØÅ') ORDER BY c.name;

--
-- Companies, contacts, employees, projects and activities
--
CREATE TABLE import_test.companies ("Company name" text, "Phone" text, "E-mail" text, "Record ID" text);
INSERT INTO import_test.companies VALUES ('Beta', '+47 22 33 44 55', 'post@beta.example', 'c1'), ('acme as', '1234', NULL, NULL), ('Beta', NULL, NULL, NULL), (NULL, '5', NULL, NULL),
	('Zed Ltd', NULL, NULL, 'c3'), ('Zed Ltd', '77', NULL, 'c4');
SELECT row_number, column_name, value, problem FROM import_check('import_test.companies', NULL, '{}', 'company');
SELECT row_number, outcome, detail FROM import_companies('import_test.companies', NULL, '{"partial": true}');
SELECT row_number, outcome, detail FROM import_companies('import_test.companies', NULL, '{"partial": true}');
SELECT name, phone, email, external_id FROM company ORDER BY name, id;
CREATE TABLE import_test.contacts ("Name" text, "Associated Company IDs" text, "Company" text, "Email" text, "Mobile" text);
INSERT INTO import_test.contacts VALUES ('Nora Vik', 'c1', NULL, 'nora@beta.example', '1'), ('Dahl, Per Olav', NULL, 'Gamma', NULL, NULL), ('Nobody', NULL, NULL, NULL, NULL), ('X', 'c2', NULL, NULL, NULL);
SELECT row_number, column_name, value, problem FROM import_check('import_test.contacts', NULL, '{}', 'contact');
SELECT row_number, outcome FROM import_contacts('import_test.contacts', NULL, '{"partial": true}');
UPDATE import_test.contacts SET "Mobile" = '2';
SELECT row_number, outcome FROM import_contacts('import_test.contacts', NULL, '{"partial": true}');
SELECT t.first_name, t.last_name, t.email, t.mobile, c.name FROM contact t JOIN company c ON c.id = t.company_id ORDER BY t.last_name;
CREATE TABLE import_test.employees (name text, department text, email text);
INSERT INTO import_test.employees VALUES ('Anna Berg', 'East', 'anna@example.com'), ('Anne Berge', 'North', NULL), ('Kari Nordmann', 'South', NULL), ('Æ', NULL, NULL);
SELECT row_number, outcome, detail FROM import_employees('import_test.employees');
SELECT row_number, outcome, detail FROM import_employees('import_test.employees', NULL, '{"create": ["department"]}');
SELECT e.initials, e.name, e.email, d.name AS department FROM employee e LEFT JOIN department d ON d.id = e.department_id ORDER BY e.id;
-- initials are one's own, also where others have no external id
CREATE TABLE import_test.aliases (name text, initials text, external_id text);
INSERT INTO import_test.aliases VALUES ('Eva Ny', 'EN', 'u1'), ('Even Ny', 'en', 'u2'), ('Anna Berg', 'AB', 'u3');
SELECT row_number, column_name, value, problem, hint FROM import_check('import_test.aliases', NULL, '{}', 'employee');
SELECT row_number, outcome FROM import_employees('import_test.aliases', NULL, '{"partial": true}');
UPDATE import_test.aliases SET initials = 'KN' WHERE external_id = 'u1';
SELECT row_number, column_name, value, problem FROM import_check('import_test.aliases', NULL, '{}', 'employee');
CREATE TABLE import_test.projects (name text, company text);
INSERT INTO import_test.projects VALUES ('Bridge', 'Beta'), ('Tunnel', NULL), ('Bridge', 'Gamma');
SELECT row_number, outcome FROM import_projects('import_test.projects');
SELECT row_number, outcome FROM import_projects('import_test.projects');
CREATE TABLE import_test.activities ("Activity - Subject" text, "Activity - Type" text, "Activity - Due date" text, "Activity - Deal" text, "Activity - Person" text, "Activity - Organization" text, "Activity - ID" text);
INSERT INTO import_test.activities VALUES ('Called', 'Call', '2026-03-01 09:00', 'Open one', 'Nora Vik', 'Beta', '1'), ('Met', 'Møte', '2026-03-02', '2', NULL, NULL, '2'), ('Called', 'Call', '2026-03-01', 'Lost one', 'Per Olav Dahl', NULL, '4'), ('?', 'Dance', NULL, 'No such', NULL, NULL, '3');
SELECT row_number, column_name, value, problem FROM import_check('import_test.activities', NULL, '{}', 'activity');
SELECT row_number, outcome FROM import_activities('import_test.activities', NULL, '{"partial": true}');
SELECT row_number, outcome FROM import_activities('import_test.activities', NULL, '{"partial": true}');
SELECT a.subject, a.kind, a.occurred_at, o.subject AS opportunity, t.last_name, c.name FROM activity a LEFT JOIN opportunity o ON o.id = a.opportunity_id
LEFT JOIN contact t ON t.id = a.contact_id LEFT JOIN company c ON c.id = a.company_id ORDER BY a.subject;

-- What several are called says none of them, however many they are, and also where they come to be while the import goes on
INSERT INTO company (name) VALUES ('Triple'), ('triple'), ('TRIPLE'), ('Site one'), ('Site two');
INSERT INTO contact (company_id, last_name) SELECT id, 'Samename' FROM company WHERE name = 'Site one';
CREATE TABLE import_test.same (subject text, company text, contact text);
INSERT INTO import_test.same VALUES ('a', 'Triple', NULL), ('b', NULL, 'Samename'), ('c', 'Site two', 'samename'), ('d', NULL, 'Samename'), ('e', 'Site one', 'SAMENAME');
SELECT row_number, column_name, value, problem FROM import_check('import_test.same');
BEGIN;
SELECT row_number, outcome FROM import_opportunities('import_test.same', NULL, '{"partial": true}');
SELECT o.subject, c.name, t.last_name FROM opportunity o LEFT JOIN company c ON c.id = o.company_id LEFT JOIN contact t ON t.id = o.contact_id WHERE c.name LIKE 'Site%' ORDER BY 1;
ROLLBACK;

--
-- Opportunities that were closed elsewhere bring what belongs to them: competitor, contact, project
--
CREATE TABLE import_test.parts (subject text, company text, contact text, project text, status text, close_date text, winner text, competitor text, segment text);
INSERT INTO import_test.parts VALUES ('Lost to Rival', 'Beta', 'Nora Vik', 'bridge', 'lost', '2026-02-01', 'Rival', 'Other', 'Large'),
	('Open with Rival', NULL, 'nora@beta.example', NULL, 'open', NULL, NULL, 'Rival', NULL), ('New people', 'Delta', 'Nina Ny', 'Harbour', 'open', NULL, NULL, NULL, NULL),
	('New people again', 'delta', 'nina ny', 'harbour', 'open', NULL, NULL, NULL, NULL);
SELECT * FROM import_check('import_test.parts');
SELECT row_number, outcome FROM import_opportunities('import_test.parts');
SELECT o.subject, c.name, concat_ws(' ', t.first_name, t.last_name) AS contact, p.name AS project, o.status, (SELECT string_agg(x.name || CASE WHEN x.is_winner THEN ' won' ELSE '' END, ', ' ORDER BY x.name)
	FROM opportunity_competitor x WHERE x.opportunity_id = o.id) AS competitors
FROM opportunity o LEFT JOIN company c ON c.id = o.company_id LEFT JOIN contact t ON t.id = o.contact_id LEFT JOIN project p ON p.id = o.project_id
WHERE o.subject ~ 'Rival|people' ORDER BY o.subject;

--
-- The list, as it is exported, changes nothing: not what is closed, nor whether progress is typed or that of the stages
--
CREATE TABLE import_test.list_made (subject text, status text, current_stage text, progress text, created_at text, close_date text);
INSERT INTO import_test.list_made VALUES ('List: stages', 'open', 'Verbally accepted', NULL, NULL, NULL), ('List: typed', 'open', 'Verbally accepted', '0', NULL, NULL),
	('List: won', 'won', 'Contract', '100', '2026-01-05', '2026-02-05'), ('List: won at 60', 'won', 'Contract', '60', '2026-01-05', '2026-02-05'),
	('List: lost', 'lost', 'Contract', '0', '2026-01-05', '2026-02-05'), ('List: lost at 75', 'lost', 'Contract', '75', '2026-01-05', '2026-02-05');
SELECT DISTINCT outcome FROM import_opportunities('import_test.list_made');
SELECT subject, status, progress, method, reached FROM import_test.imported WHERE subject ~ '^List' ORDER BY subject;
-- what was said of a closed one while it was open is in its history, at no stage
SELECT o.subject, h.version, h.status, h.progress, h.stage_position, h.stage_reached FROM opportunity_history h JOIN opportunity o ON o.id = h.opportunity_id
WHERE o.subject ~ '^List: (won|lost)' ORDER BY 1, 2;
CREATE VIEW import_test.list AS SELECT id AS "Id", status AS "Status", subject AS "Subject", company AS "Company", estimated_revenue AS "Estimated revenue",
	progress AS "Progress %", decision_date AS "Decision date", decision_color AS "Decision colour", responsible AS "Responsible" FROM opportunity_list
WHERE company IS DISTINCT FROM 'Zed Ltd';
SELECT row_number, column_name, problem FROM import_check('import_test.list') WHERE severity = 'error';
SELECT outcome, count(*) FROM import_opportunities('import_test.list') GROUP BY outcome;
-- an empty cell leaves it as it is
CREATE VIEW import_test.silent AS SELECT id AS "Id", subject, NULL AS progress, NULL AS "Weighted value" FROM opportunity WHERE subject ~ '^List: (stages|typed)' ORDER BY subject;
SELECT outcome FROM import_opportunities('import_test.silent');
-- what is typed and what is said otherwise is a change
CREATE VIEW import_test.said AS SELECT id AS "Id", subject, '55' AS progress, NULL AS "Weighted value" FROM opportunity WHERE subject ~ '^List: (stages|typed)' ORDER BY subject;
SELECT outcome FROM import_opportunities('import_test.said');
SELECT subject, status, progress, method, reached FROM import_test.imported WHERE subject ~ '^List: (stages|typed)' ORDER BY subject;

--
-- Of several columns for a name or a text the first says it, and where it is empty the next that is not, under its own heading;
-- what an amount means may differ between columns, so there only the first counts
--
CREATE TABLE import_test.owners ("Name" text, "OWNER.NAME" text, "OWNERID" text, "Owner email" text, "Amount" text, "Deal value" text);
INSERT INTO import_test.owners VALUES ('By name', 'Kari Nordmann', 'OH2', 'nobody@example.com', '1', '2'), ('By id', ' ', 'OH2', 'nobody@example.com', NULL, '3'),
	('By e-mail', NULL, '-', 'kari@example.com', '4', NULL), ('By nobody', NULL, NULL, 'nobody@example.com', '5', NULL), ('Without', NULL, NULL, NULL, '6', NULL);
SELECT source_column, target, note FROM import_columns('import_test.owners');
SELECT * FROM import_check('import_test.owners');
SELECT * FROM import_check('import_test.owners', '{"Name": "subject", "OWNERID": "responsible"}');
BEGIN;
SELECT outcome, count(*) FROM import_opportunities('import_test.owners', NULL, '{"partial": true}') GROUP BY 1;
SELECT subject, who, estimated FROM import_test.imported WHERE subject ~ '^(By|Without)' ORDER BY subject;
ROLLBACK;

--
-- Who may: sellers without stamps, nobody in another organization, and not by reading what one may not
--
GRANT SELECT ON ALL TABLES IN SCHEMA import_test TO regress_salesopp_import_seller;
REVOKE ALL ON import_test.bad FROM regress_salesopp_import_seller;
RESET ROLE;
SET ROLE regress_salesopp_import_seller;
CREATE TEMP TABLE sold ("Subject" text, "Created" text, "Id" text, "Weighted value" text);
INSERT INTO sold VALUES ('Mine', '2020-01-01', NULL, '5'), ('Not there', NULL, '1', NULL);
SELECT row_number, column_name, value, severity, problem, hint FROM import_check('sold');
SELECT row_number, outcome, detail FROM import_opportunities('sold', NULL, '{"partial": true}');
SELECT subject, created_at > now() - interval '1 day' AS is_new FROM opportunity WHERE subject = 'Mine';
SELECT outcome('SELECT import_check(''import_test.bad'')'), outcome('SELECT import_employees(''import_test.employees'')');
-- What is meant for several servers: anybody may call it with anything
SELECT * FROM import_check_of(current_organization(), 'x', '{subject,amount}', '{}', '{One,5,NULL,"six"}', NULL, '{}', 'opportunity');
SELECT h.case, outcome(format('SELECT import_check_of(%s, %L, %L, ''{}'', %L, NULL, ''{}'', ''opportunity'')', COALESCE(h.organization, current_organization()), h.name, h.headings, h.cells))
FROM (VALUES ('more columns than a table has', NULL, 'x', (SELECT array_agg('h' || n) FROM generate_series(1, 32768) n), '{}'::text[]),
	('one more', NULL, 'x', (SELECT array_agg('h' || n) FROM generate_series(1, 1665) n), '{}'), ('none', NULL, 'x', '{}', '{}'), ('an empty one', NULL, 'x', '{subject,""}', '{}'),
	('too long', NULL, 'x', ARRAY['subject', repeat('x', 64)], '{}'), ('twice', NULL, 'x', '{subject,subject}', '{}'), ('without a name', NULL, 'x', '{subject,NULL}', '{}'),
	('no whole rows', NULL, 'x', '{subject,note}', '{a}'), ('a name that none has', NULL, repeat('x', 300), '{subject}', '{}'), ('another organization', 999999, 'x', '{subject}', '{}'))
	h ("case", organization, name, headings, cells);
RESET ROLE;
SET salesopp.organization_id = :elsewhere;
SET ROLE regress_salesopp_import;
SELECT row_number, outcome FROM import_opportunities('import_test.deals', '{"Deal Name": "subject", "Record ID": "external_id", "Account Name": "company"}');
SELECT o.subject, c.name, c.organization_id = :elsewhere AS is_own FROM opportunity o LEFT JOIN company c ON c.id = o.company_id ORDER BY o.subject;
SELECT outcome('SELECT undo_import(' || :first_import || ')');
CREATE TEMP TABLE theirs AS SELECT 'Stolen' AS subject, '5' AS "Weighted value", 770150001 AS id;
SELECT row_number, problem, hint FROM import_check('theirs') WHERE severity = 'error';
RESET ROLE;
RESET salesopp.organization_id;
SELECT outcome('SELECT import_check(''import_test.deals'')'), outcome('SELECT import_opportunities(''import_test.deals'')');

SET client_min_messages = warning;
DROP SCHEMA import_test CASCADE;
DROP OWNED BY regress_salesopp_import, regress_salesopp_import_seller CASCADE;
DROP ROLE regress_salesopp_import, regress_salesopp_import_seller;
