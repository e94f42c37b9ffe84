-- Issue 11: ids that are typed in and what a row refers to (C12), what is not active (C8), which row breaks a rule (C9),
-- stamps of imported rows (C3), opportunities from calls (C5)
\set SHOW_CONTEXT never
SET client_encoding = 'utf8';
SET datestyle = ISO;
SET timezone = UTC;
SELECT salesopp.create_organization('References') AS organization, salesopp.create_organization('References elsewhere') AS elsewhere \gset
CREATE ROLE regress_references_seller LOGIN;
CREATE ROLE regress_references_manager LOGIN;
CREATE ROLE regress_references_typist LOGIN;
SELECT salesopp.grant_access('regress_references_seller', 'seller'), salesopp.grant_access('regress_references_manager', 'manager');
GRANT USAGE ON SCHEMA salesopp TO regress_references_typist;
GRANT SELECT (organization_id, id), UPDATE (note) ON salesopp.quote TO regress_references_typist;
-- the whole message and its hint, unlike test.outcome()
CREATE FUNCTION pg_temp.told(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
	broken text;
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, broken = CONSTRAINT_NAME;
	-- ids from sequences are not the same in every run
	RETURN regexp_replace(concat_ws(' ', SQLSTATE, '[' || NULLIF(broken, '') || ']', message, '/', hint),
		'\m(opportunity|activity|company|contact|quote|stage) \d+(?= \(|:| of )|(organization) \d+', '\1\2 N', 'g');
END;
$$;
SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.company (id, name) VALUES (770910901, 'Theirs');
INSERT INTO salesopp.employee (id, initials, name) VALUES (770910901, 'TH', 'Theirs');
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.employee (id, initials, name, is_active) VALUES (770910001, 'KB', 'Kari', true), (770910002, 'OL', 'Ola', true);
INSERT INTO salesopp.company (id, name) VALUES (770910001, 'One'), (770910002, 'Two');
INSERT INTO salesopp.contact (id, company_id, last_name) VALUES (770910001, 770910001, 'Berg'), (770910002, 770910002, 'Dahl');
INSERT INTO salesopp.project (id, company_id, name) VALUES (770910001, 770910001, 'Harbour'), (770910002, NULL, 'Anybody''s');
INSERT INTO salesopp.sales_process (id, name) VALUES (770910001, 'Process');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES (770910001, 1, 'Stage', 50);
INSERT INTO salesopp.loss_reason (id, name) VALUES (770910001, 'Reason');

--
-- C12 An id that was typed in collided with the sequence when that came to it
--
INSERT INTO salesopp.department (id, name) SELECT max(last_value) + 3, 'Typed' FROM salesopp.department_id_seq;
INSERT INTO salesopp.department (name) SELECT 'Default ' || n FROM generate_series(1, 5) n;
INSERT INTO salesopp.department (id, name) SELECT last_value + 1000000, 'Typed far away' FROM salesopp.department_id_seq;
INSERT INTO salesopp.department (name) VALUES ('Default after that');
SELECT name, id - lag(id) OVER (ORDER BY id) AS step FROM salesopp.department WHERE organization_id = :organization ORDER BY id;
-- one that is behind is no matter, and the sequence does not go back
INSERT INTO salesopp.department (id, name) SELECT min(id) - 1, 'Behind' FROM salesopp.department WHERE organization_id = :organization;
INSERT INTO salesopp.department (name) VALUES ('Newest');
SELECT name FROM salesopp.department WHERE organization_id = :organization ORDER BY id DESC LIMIT 1;
-- nor does one that nothing was taken from yet give what was typed in
SELECT last_value + 10 AS first_competitor FROM salesopp.competitor_id_seq \gset
ALTER SEQUENCE salesopp.competitor_id_seq RESTART WITH :first_competitor;
INSERT INTO salesopp.competitor (id, name) VALUES (:first_competitor, 'Typed before any other');
INSERT INTO salesopp.competitor (name) VALUES ('First from the sequence') RETURNING id - :first_competitor AS behind;
-- a sequence in steps stays on them; who is loading moves it on, too
ALTER SEQUENCE salesopp.sales_region_id_seq INCREMENT BY 10;
SELECT last_value AS region FROM salesopp.sales_region_id_seq \gset
INSERT INTO salesopp.sales_region (id, name) VALUES (:region + 25, 'Near');
INSERT INTO salesopp.sales_region (name) VALUES ('After near');
INSERT INTO salesopp.sales_region (id, name) VALUES ((:region)::bigint + 2000000005, 'Far');
INSERT INTO salesopp.sales_region (name) VALUES ('After far');
BEGIN;
SET LOCAL row_security = off;
INSERT INTO salesopp.sales_region (id, name) VALUES ((:region)::bigint + 2000000055, 'Loaded'), (-5, 'Loaded from 1.0'),
	(9223372036854775807, 'Loaded, the last');
COMMIT;
INSERT INTO salesopp.sales_region (name) VALUES ('After loading');
SELECT name, id - :region AS ahead FROM salesopp.sales_region WHERE organization_id = :organization AND name LIKE 'After%' ORDER BY id;
DELETE FROM salesopp.sales_region WHERE organization_id = :organization;
ALTER SEQUENCE salesopp.sales_region_id_seq INCREMENT BY 1;
-- what is no id, and what would use them up
SELECT pg_temp.told('INSERT INTO salesopp.company (id, name) VALUES (0, ''Zero'')');
SELECT pg_temp.told('INSERT INTO salesopp.company (id, name) VALUES (-5, ''Less'')');
SELECT pg_temp.told('INSERT INTO salesopp.company (id, name) VALUES (9223372036854775807, ''The last'')');
SET ROLE regress_references_seller;
SELECT pg_temp.told('INSERT INTO salesopp.company (id, name) VALUES (4503599627370496, ''A seller''''s'')');
INSERT INTO salesopp.company (id, name) VALUES (4000000000, 'A seller''s');
RESET ROLE;
-- organizations as well
INSERT INTO salesopp.organization (id, name) SELECT last_value + 2, 'Typed' FROM salesopp.organization_id_seq RETURNING id AS typed \gset
SELECT salesopp.create_organization('Not typed') - :typed AS step;

--
-- C8 What is not active could be chosen
--
INSERT INTO salesopp.opportunity (id, subject, responsible_id, sales_process_id, company_id, contact_id)
VALUES (770910001, 'Has them', 770910001, 770910001, 770910001, 770910001);
INSERT INTO salesopp.opportunity (id, subject) VALUES (770910002, 'Has none'), (770910003, 'Lost'), (770910004, 'Lost later');
SELECT status FROM salesopp.close_lost(770910003, 770910001);
INSERT INTO salesopp.activity (id, kind, subject, responsible_id) VALUES (770910001, 'call', 'Has one', 770910001),
	(770910002, 'call', 'Has none', NULL);
UPDATE salesopp.employee SET is_active = false WHERE id = 770910001;
UPDATE salesopp.sales_process SET is_active = false WHERE id = 770910001;
UPDATE salesopp.loss_reason SET is_active = false WHERE id = 770910001;
SET ROLE regress_references_seller;
SELECT pg_temp.told(v) FROM unnest('{
	"INSERT INTO salesopp.opportunity (subject, responsible_id) VALUES (''New'', 770910001)",
	"INSERT INTO salesopp.opportunity (subject, sales_process_id) VALUES (''New'', 770910001)",
	"INSERT INTO salesopp.opportunity (subject, status, loss_reason_id) VALUES (''New'', ''lost'', 770910001)",
	"INSERT INTO salesopp.activity (kind, subject, responsible_id) VALUES (''call'', ''New'', 770910001)",
	"UPDATE salesopp.opportunity SET responsible_id = 770910001 WHERE id = 770910002",
	"UPDATE salesopp.opportunity SET sales_process_id = 770910001 WHERE id = 770910002",
	"UPDATE salesopp.opportunity SET status = ''lost'', loss_reason_id = 770910001 WHERE id = 770910002",
	"SELECT salesopp.attach_process(770910002, 770910001)",
	"SELECT salesopp.close_lost(770910002, 770910001)",
	"UPDATE salesopp.activity SET responsible_id = 770910001 WHERE id = 770910002"}'::text[]) v;
-- what has it keeps it, also when it is written again; a copy keeps it, unless it is given another's
UPDATE salesopp.opportunity SET note = 'Changed', responsible_id = 770910001, sales_process_id = 770910001 WHERE id = 770910001;
UPDATE salesopp.opportunity SET loss_reason_id = 770910001 WHERE id = 770910003;
UPDATE salesopp.activity SET body = 'Changed', responsible_id = 770910001 WHERE id = 770910001;
INSERT INTO salesopp.opportunity (organization_id, id, subject, responsible_id) VALUES (:organization, 770910001, 'Same again', 770910001)
ON CONFLICT (organization_id, id) DO UPDATE SET note = 'Synchronized', responsible_id = excluded.responsible_id;
INSERT INTO salesopp.opportunity (organization_id, id, subject, responsible_id) VALUES (:organization, 770910001, 'Same again', 770910001)
ON CONFLICT DO NOTHING;
SELECT responsible_id, sales_process_id FROM salesopp.copy_opportunity(770910001);
SELECT pg_temp.told('INSERT INTO salesopp.opportunity (subject, copied_from_id, responsible_id) VALUES (''Not what it had'', 770910002, 770910001)');
RESET ROLE;
-- what is remembered of one row in a statement is not taken for another's: 64 ids on, or of the same id elsewhere
INSERT INTO salesopp.employee (id, initials, name, is_active) VALUES (770910002 + 64, 'LB', 'Left before', false);
SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.employee (id, initials, name, is_active) VALUES (770910002, 'OX', 'Ola elsewhere', false);
SET salesopp.organization_id = :organization;
SELECT pg_temp.told('INSERT INTO salesopp.activity (kind, subject, responsible_id) SELECT ''call'', ''Of '' || n, 770910002 + 64 * n FROM generate_series(0, 1) n');
SELECT pg_temp.told(format('INSERT INTO salesopp.activity (organization_id, kind, subject, responsible_id) SELECT o, ''call'', ''Of '' || n, 770910002 FROM unnest(ARRAY[%s, %s]) WITH ORDINALITY v (o, n)', :organization, :elsewhere));
SET ROLE regress_references_manager;
-- nor by a function; a process that is no longer chosen can still be put right, and those who have it work on
SELECT pg_temp.told(v) FROM unnest('{
	"SELECT salesopp.reassign(770910002, 770910001)",
	"SELECT salesopp.reassign(770910001, 770910002)",
	"SELECT salesopp.reassign(770910002, 770910001)",
	"INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES (770910001, 2, ''Late'', 75)",
	"UPDATE salesopp.sales_process_stage SET position = 3 WHERE sales_process_id = 770910001 AND position = 2",
	"SELECT salesopp.set_stage_status(770910001, 1, ''completed'')",
	"SELECT salesopp.close_lost(770910004)",
	"SELECT salesopp.correct_closing(770910004, loss_reason_id => 770910001)",
	"SELECT salesopp.correct_closing(770910003, loss_reason_id => 770910001)",
	"SELECT salesopp.reopen(770910004)",
	"SELECT salesopp.set_status(''{770910002}'', ''lost'', 770910001)"}'::text[]) v;
RESET ROLE;
BEGIN;
SET LOCAL row_security = off;
INSERT INTO salesopp.opportunity (subject, responsible_id, sales_process_id, company_id, contact_id)
VALUES ('Loaded', 770910001, 770910001, 770910001, 770910002);
ROLLBACK;

--
-- C12 A contact or a project of another company was accepted
--
SET ROLE regress_references_seller;
SELECT pg_temp.told(v) FROM unnest('{
	"INSERT INTO salesopp.opportunity (subject, company_id, contact_id) VALUES (''New'', 770910002, 770910001)",
	"INSERT INTO salesopp.opportunity (subject, company_id, project_id) VALUES (''New'', 770910002, 770910001)",
	"INSERT INTO salesopp.activity (kind, subject, company_id, contact_id) VALUES (''call'', ''New'', 770910002, 770910001)",
	"UPDATE salesopp.opportunity SET company_id = 770910002 WHERE id = 770910001",
	"UPDATE salesopp.opportunity SET contact_id = 770910002 WHERE id = 770910001",
	"UPDATE salesopp.opportunity SET company_id = 770910002, contact_id = 770910002 WHERE id = 770910001",
	"UPDATE salesopp.opportunity SET project_id = 770910002 WHERE id = 770910001",
	"INSERT INTO salesopp.opportunity (subject, contact_id, project_id) VALUES (''Without a company'', 770910001, 770910002)"}'::text[]) v;
-- a contact that moves leaves the references as they are, and these can be written again and copied
UPDATE salesopp.contact SET company_id = 770910001 WHERE id = 770910002;
UPDATE salesopp.opportunity SET note = 'After the move', contact_id = 770910002, company_id = 770910002 WHERE id = 770910001;
UPDATE salesopp.opportunity SET project_id = NULL WHERE id = 770910001;
SELECT company_id, contact_id FROM salesopp.copy_opportunity(770910001);

--
-- C9 Which of thousands?
--
SELECT pg_temp.told(v) FROM unnest('{
	"INSERT INTO salesopp.opportunity (subject, estimated_revenue) SELECT ''Deal '' || n, 1500 - n FROM generate_series(1, 2000) n",
	"INSERT INTO salesopp.opportunity (subject, rating) SELECT ''Deal '' || n, n FROM generate_series(1, 2000) n",
	"INSERT INTO salesopp.opportunity (subject, decision_date) VALUES (''Never'', ''infinity'')",
	"INSERT INTO salesopp.opportunity (subject, custom) VALUES (''List'', ''[1, 2]'')",
	"INSERT INTO salesopp.opportunity (subject, estimated_revenue) SELECT NULLIF(''Deal '' || n, ''Deal 1000''), n FROM generate_series(1, 2000) n",
	"INSERT INTO salesopp.opportunity (subject, priority) VALUES (''No priority'', NULL)",
	"INSERT INTO salesopp.opportunity (subject, status) VALUES (''No status'', NULL)",
	"INSERT INTO salesopp.opportunity (subject, company_id) SELECT ''Deal '' || n, CASE n WHEN 1000 THEN 770910901 ELSE 770910001 END FROM generate_series(1, 2000) n",
	"INSERT INTO salesopp.opportunity (subject, company_id) SELECT ''Deal '' || n, CASE n WHEN 1000 THEN 770910999 ELSE 770910001 END FROM generate_series(1, 2000) n",
	"INSERT INTO salesopp.opportunity (subject, department_id) VALUES (''Nowhere'', 770910999)",
	"INSERT INTO salesopp.contact (company_id, last_name) VALUES (770910999, ''Nobody'')",
	"INSERT INTO salesopp.company (name) SELECT NULLIF(''Company '' || n, ''Company 1000'') FROM generate_series(1, 2000) n",
	"INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (770910002, 1, ''Too likely'', 101)",
	"INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (770910999, 1, ''Nowhere'', 10)",
	"INSERT INTO salesopp.quote (opportunity_id, amount) VALUES (770910002, -1)",
	"UPDATE salesopp.opportunity SET rating = 7 WHERE id = 770910002",
	"UPDATE salesopp.opportunity SET subject = repeat('' '', 100) WHERE id = 770910002",
	"UPDATE salesopp.opportunity SET subject = ''x'' || repeat(''æ'', 100), rating = 7 WHERE id = 770910002",
	"INSERT INTO salesopp.activity_participant (activity_id, contact_id) SELECT 770910001, n FROM unnest(ARRAY[770910001, 770910999]) n"}'::text[]) v;
-- the rule reads the same whatever the search_path is
SET search_path = salesopp, pg_catalog;
SELECT pg_temp.told('UPDATE opportunity SET subject = '''' WHERE id = 770910002');
RESET search_path;
-- a quote of another opportunity, and one that is not there: only the constraint's name was said
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (770910011, 770910001, 1), (770910012, 770910001, 2), (770910013, 770910002, 3);
SELECT pg_temp.told(v) FROM unnest('{
	"INSERT INTO salesopp.sales_order (id, opportunity_id, quote_id, amount) SELECT q, 770910001, q, 1 FROM generate_series(770910011, 770910013) q",
	"INSERT INTO salesopp.sales_order (id, opportunity_id, quote_id, amount) VALUES (770910011, 770910001, 770910999, 1)",
	"INSERT INTO salesopp.sales_order (id, opportunity_id, quote_id, amount) VALUES (770910011, 770910001, 770910011, 1)"}'::text[]) v;
-- rows of one statement may refer to each other
WITH customer AS (INSERT INTO salesopp.company (name) VALUES ('At once') RETURNING id)
INSERT INTO salesopp.opportunity (subject, company_id) SELECT 'At once', id FROM customer;
INSERT INTO salesopp.opportunity (id, subject, copied_from_id) VALUES (770910021, 'Copied from the next', 770910022), (770910022, 'The next', NULL);
RESET ROLE;
-- a trigger of one's own, which fills in what is missing, comes before; so do the numbers of quotes
CREATE FUNCTION pg_temp.fill_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.subject := COALESCE(NEW.subject, 'Filled in');
	RETURN NEW;
END;
$$;
CREATE TRIGGER zz_fill_in BEFORE INSERT ON salesopp.opportunity FOR EACH ROW EXECUTE FUNCTION pg_temp.fill_in();
INSERT INTO salesopp.opportunity (subject) VALUES (NULL) RETURNING subject;
DROP TRIGGER zz_fill_in ON salesopp.opportunity;
-- constraints that somebody adds are named, too
ALTER TABLE salesopp.quote ADD CONSTRAINT note_of_quotes CHECK (note <> 'no' AND amount < 1000) NOT VALID;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (770910001, 770910002, 999);
SELECT pg_temp.told('UPDATE salesopp.quote SET note = ''no'' WHERE id = 770910001');
-- and who must not see a value is not shown it
GRANT EXECUTE ON FUNCTION salesopp.current_organization() TO regress_references_typist;
SET ROLE regress_references_typist;
SELECT pg_temp.told('UPDATE salesopp.quote SET note = ''no'' WHERE id = 770910001');
RESET ROLE;
-- not even the id
REVOKE SELECT (id) ON salesopp.quote FROM regress_references_typist;
SET ROLE regress_references_typist;
SELECT pg_temp.told('UPDATE salesopp.quote SET note = ''no''');
RESET ROLE;
ALTER TABLE salesopp.quote DROP CONSTRAINT note_of_quotes;
-- nor the name by which the row is known
GRANT SELECT (organization_id, id), UPDATE (rating) ON salesopp.opportunity TO regress_references_typist;
GRANT EXECUTE ON FUNCTION salesopp.is_blank(text) TO regress_references_typist;
SET ROLE regress_references_typist;
SELECT pg_temp.told('UPDATE salesopp.opportunity SET rating = 7 WHERE id = 770910002');
RESET ROLE;
-- a foreign key of the owner's own, of which one column is empty, refers to nothing
BEGIN;
ALTER TABLE salesopp.activity ADD COLUMN quote_id bigint, ADD FOREIGN KEY (organization_id, opportunity_id, quote_id) REFERENCES salesopp.quote (organization_id, opportunity_id, id);
SELECT pg_temp.told(format('INSERT INTO salesopp.activity (kind, subject, opportunity_id, quote_id) VALUES (''note'', ''Quote'', %s, 770910013)', v)) FROM unnest(ARRAY['NULL', '770910002', '770910001']) v;
ROLLBACK;
-- what is computed after the triggers is left to PostgreSQL
ALTER TABLE salesopp.organization ADD CONSTRAINT computed CHECK (organization_id IS NOT NULL);
SELECT pg_temp.told('INSERT INTO salesopp.organization (name) VALUES (''Computed'')');
ALTER TABLE salesopp.organization DROP CONSTRAINT computed;

--
-- C3 Managers could not say when it was
--
SET salesopp.employee_id = 770910002;
SET ROLE regress_references_manager;
INSERT INTO salesopp.opportunity (subject, status, estimated_revenue, close_date, created_at, created_by, changed_at, changed_by)
VALUES ('History', 'won', 100, '2019-06-14', '2019-03-01 09:00', 770910001, '2019-06-14 15:00', 770910002)
RETURNING created_at, created_by, changed_at, changed_by, closed_at, close_date;
INSERT INTO salesopp.company (name, created_at) VALUES ('History', '2019-03-01') RETURNING created_at, created_by, changed_at, changed_by;
INSERT INTO salesopp.company (name, created_at) VALUES ('Just now', clock_timestamp()) RETURNING created_at >= now() AS now;
SELECT pg_temp.told(v) FROM unnest('{
	"INSERT INTO salesopp.company (name, created_at) VALUES (''Later'', ''2999-01-01'')",
	"INSERT INTO salesopp.company (name, changed_at, created_at) VALUES (''Later'', ''2999-01-01'', ''2019-01-01'')",
	"INSERT INTO salesopp.company (name, created_at, changed_at) VALUES (''Backwards'', ''2019-01-02'', ''2019-01-01'')",
	"INSERT INTO salesopp.company (name, created_at) VALUES (''Ever'', ''-infinity'')",
	"INSERT INTO salesopp.company (name, created_by) VALUES (''Nobody'', 770910999)",
	"INSERT INTO salesopp.company (name, created_by) VALUES (''Nobody'', 0)",
	"INSERT INTO salesopp.company (name, changed_by) VALUES (''Theirs'', 770910901)"}'::text[]) v;
UPDATE salesopp.company SET created_at = '2001-01-01', created_by = 770910001 WHERE name = 'History' RETURNING created_at, created_by;
SET ROLE regress_references_seller;
INSERT INTO salesopp.company (name, created_at, created_by, changed_at, changed_by)
VALUES ('A seller''s', '2019-03-01', 770910001, '2019-03-01', 770910999) RETURNING created_at = now() AS now, created_by, changed_by;

--
-- C5 Opportunities from calls
--
INSERT INTO salesopp.activity (id, kind, subject, company_id, contact_id, project_id, responsible_id, opportunity_id) VALUES
	(770910011, 'call', 'Only a contact', NULL, 770910001, NULL, 770910002, NULL),
	(770910012, 'call', 'Only a project', NULL, NULL, 770910001, NULL, NULL),
	(770910013, 'call', 'A project of nobody', NULL, NULL, 770910002, NULL, NULL),
	(770910014, 'call', 'Linked already', NULL, NULL, NULL, NULL, 770910002),
	(770910015, 'call', 'Contact has moved', 770910001, 770910001, 770910001, 770910002, NULL);
UPDATE salesopp.contact SET company_id = 770910002 WHERE id = 770910001;
SELECT a.subject, o.company_id, o.contact_id, o.project_id, o.responsible_id
FROM salesopp.activity a, salesopp.create_from_call(a.id) o WHERE a.id BETWEEN 770910011 AND 770910015 ORDER BY a.id;
SELECT a.subject, o.subject AS opportunity FROM salesopp.activity a LEFT JOIN salesopp.opportunity o ON o.id = a.opportunity_id
WHERE a.id BETWEEN 770910011 AND 770910015 ORDER BY a.id;
-- its responsible has left
SELECT responsible_id FROM salesopp.create_from_call(770910001);
SELECT pg_temp.told('SELECT salesopp.create_from_call(NULL)'), pg_temp.told('SELECT salesopp.create_from_call(770910999)');
RESET ROLE;

DROP OWNED BY regress_references_seller, regress_references_manager, regress_references_typist;
DROP ROLE regress_references_seller, regress_references_manager, regress_references_typist;
