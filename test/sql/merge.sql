-- F11.4 Duplicates with history become one. Issue: duplicates cannot be merged.
\set SHOW_CONTEXT never
INSERT INTO salesopp.organization (id, name) VALUES (7700441, 'Merge'), (7700442, 'Merge elsewhere');
CREATE ROLE regress_merge_manager LOGIN;
CREATE ROLE regress_merge_seller LOGIN;
CREATE ROLE regress_merge_owner LOGIN;
SELECT salesopp.grant_access('regress_merge_manager', 'manager'), salesopp.grant_access('regress_merge_seller', 'seller');
INSERT INTO salesopp.company (organization_id, id, name) VALUES (7700442, 770044201, 'Elsewhere'), (7700442, 770044102, 'Same id');
INSERT INTO salesopp.contact (organization_id, id, company_id, last_name) VALUES (7700442, 770044201, 770044201, 'Elsewhere');
INSERT INTO salesopp.opportunity (organization_id, id, subject, company_id) VALUES (7700442, 770044201, 'Elsewhere', 770044102);
SET salesopp.organization_id = 7700441;
INSERT INTO salesopp.employee (id, initials, name) VALUES (770044101, 'MS', 'Seller'), (770044102, 'MM', 'Manager');
SET salesopp.employee_id = 770044101;
INSERT INTO salesopp.company (id, name, phone, email) VALUES (770044101, 'Kept', NULL, 'kept@example.com'),
	(770044102, 'Double', '22 33 44 55', 'double@example.com'), (770044103, 'Triple', '1', NULL), (770044104, 'Another', NULL, NULL);
INSERT INTO salesopp.contact (id, company_id, last_name, mobile, is_primary, is_your_ref) VALUES
	(770044101, 770044101, 'Kept', NULL, true, false), (770044102, 770044102, 'Double', '2', true, true),
	(770044103, 770044103, 'Triple', '3', false, true), (770044104, 770044104, 'Another', NULL, false, false),
	(770044105, 770044104, 'Moved on', '5', true, true);
INSERT INTO salesopp.project (id, company_id, name) VALUES (770044102, 770044102, 'Project');
-- 1 of the kept; 2 open, 3 won, 4 lost, 5 won and deleted, 6 open and deleted of the double; 7 lost of the triple; 8 another's
INSERT INTO salesopp.opportunity (id, subject, company_id, contact_id, estimated_revenue)
SELECT 770044100 + n, 'Deal ' || n, 770044100 + c, 770044100 + c, 100
FROM unnest('{1,2,2,2,2,2,3,4}'::int[]) WITH ORDINALITY v (c, n);
SELECT status FROM salesopp.close_won(770044103, note => 'Signed');
SELECT status FROM salesopp.close_lost(770044104);
SELECT status FROM salesopp.close_won(770044105);
SELECT status FROM salesopp.close_lost(770044107);
SELECT outcome FROM salesopp.delete_opportunities('{770044105,770044106}');
INSERT INTO salesopp.activity (id, kind, subject, company_id, contact_id, opportunity_id) VALUES
	(770044101, 'meeting', 'With both', 770044101, 770044101, NULL),
	(770044102, 'call', 'With the double', 770044102, 770044102, 770044103);
INSERT INTO salesopp.activity_participant (activity_id, contact_id) VALUES
	(770044101, 770044101), (770044101, 770044102), (770044102, 770044102), (770044102, 770044103), (770044102, 770044105);
CREATE TABLE before AS SELECT id, to_jsonb(o) - '{company_id,contact_id,changed_at,changed_by,version}'::text[] AS details
FROM salesopp.opportunity o WHERE organization_id = 7700441;
GRANT SELECT ON before TO regress_merge_manager;
-- Tables that users made, of their own, under row security of their own and with names that need quotes: one beside
-- each company, one with several rows, a partitioned one, one that would cascade
CREATE SCHEMA "regress Merge" AUTHORIZATION regress_merge_owner;
GRANT USAGE ON SCHEMA salesopp TO regress_merge_owner;
GRANT REFERENCES ON salesopp.company, salesopp.contact TO regress_merge_owner;
SET ROLE regress_merge_owner;
CREATE TABLE "regress Merge"."extra %I" (org bigint, "the Company" bigint, erp text, PRIMARY KEY (org, "the Company"),
	FOREIGN KEY (org, "the Company") REFERENCES salesopp.company ON DELETE CASCADE);
CREATE TABLE "regress Merge".note (org bigint, company int8, other int8, body text,
	FOREIGN KEY (org, company) REFERENCES salesopp.company (organization_id, id) ON DELETE CASCADE,
	FOREIGN KEY (org, other) REFERENCES salesopp.company (organization_id, id) ON DELETE SET NULL);
CREATE TABLE "regress Merge".visit (org bigint, contact bigint, day date,
	FOREIGN KEY (org, contact) REFERENCES salesopp.contact) PARTITION BY RANGE (day);
CREATE TABLE "regress Merge".visit_old PARTITION OF "regress Merge".visit FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');
CREATE TABLE "regress Merge".visit_new PARTITION OF "regress Merge".visit DEFAULT;
RESET ROLE;
INSERT INTO "regress Merge"."extra %I" VALUES (7700441, 770044101, 'of the kept'),
	(7700441, 770044102, 'of the double'), (7700442, 770044102, 'elsewhere');
INSERT INTO "regress Merge".note VALUES (7700441, 770044101, 770044102, 'a'), (7700441, 770044102, 770044103, 'b'),
	(7700441, 770044104, NULL, 'c'), (7700442, 770044102, 770044201, 'd');
INSERT INTO "regress Merge".visit VALUES (7700441, 770044102, '2010-01-01'),
	(7700441, 770044103, '2025-01-01'), (7700441, 770044101, '2025-01-01');
ALTER TABLE "regress Merge".note ENABLE ROW LEVEL SECURITY;
SET salesopp.employee_id = 770044102;
SET ROLE regress_merge_manager;

-- Refused: nothing is done
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.merge_companies(NULL, ''{770044102}'')",
	"SELECT salesopp.merge_companies(770044101, NULL)",
	"SELECT salesopp.merge_companies(770044101, ''{770044102,NULL}'')",
	"SELECT salesopp.merge_companies(770044101, ''{770044102,770044101}'')",
	"SELECT salesopp.merge_companies(770044101, ''{770044102,0}'')",
	"SELECT salesopp.merge_companies(770044101, ''{770044102,770044201}'')",
	"SELECT salesopp.merge_companies(770044201, ''{770044102}'')",
	"SELECT salesopp.merge_companies(0, ''{770044102}'')",
	"SELECT salesopp.merge_companies(0, ''{1}'')",
	"SELECT salesopp.merge_companies(0, ''{}'')",
	"SELECT salesopp.merge_companies(770044101, ''{}'')",
	"SELECT salesopp.merge_contacts(770044101, ''{770044201}'')",
	"SELECT salesopp.merge_contacts(770044101, ''{770044101}'')"}'::text[]) statement, test.outcome(statement);
SELECT salesopp.merge_companies(770044101, '{770044201}');
SELECT count(*) FROM salesopp.company;

-- Companies: opportunities in every state, and what users have made
SELECT * FROM salesopp.merge_companies(770044101, '{770044103, 770044102, 770044103}');
SELECT id, name, phone, email, changed_by FROM salesopp.company ORDER BY id;
SELECT id, company_id, last_name, is_primary, is_your_ref FROM salesopp.contact ORDER BY id;
SELECT o.id, status, company_id, contact_id, deleted_at IS NOT NULL AS deleted, changed_by,
	b.details = to_jsonb(o) - '{company_id,contact_id,changed_at,changed_by,version}'::text[] AS as_before
FROM salesopp.opportunity o JOIN before b USING (id) ORDER BY o.id;
SELECT id, company_id FROM salesopp.activity ORDER BY id;
SELECT id, company_id FROM salesopp.project ORDER BY id;
SELECT opportunity_id, from_status, to_status, note FROM salesopp.status_event ORDER BY id;
SELECT kind, kept, merged, merged_row ->> 'name' AS name, merged_row ->> 'phone' AS phone, moved, dropped, created_by
FROM salesopp.merge_event ORDER BY id;
-- the customer's list has them all
SELECT id FROM salesopp.customer_opportunities(770044101) ORDER BY id;

-- Contacts: of one company the mark passes on; the same participant stands once
SELECT * FROM salesopp.merge_contacts(770044101, '{770044102}');
SELECT * FROM salesopp.merge_contacts(770044101, '{770044103}');
-- of another company, it does not
SELECT * FROM salesopp.merge_contacts(770044101, '{770044105}');
SELECT id, company_id, last_name, mobile, is_primary, is_your_ref FROM salesopp.contact ORDER BY id;
SELECT activity_id, contact_id FROM salesopp.activity_participant ORDER BY 1, 2;
SELECT id, contact_id FROM salesopp.opportunity ORDER BY id;
SELECT kind, kept, merged, moved, dropped #- '{0,row,created_at}' #- '{0,row,changed_at}' AS dropped
FROM salesopp.merge_event WHERE kind = 'contact' ORDER BY id;
-- plain SQL is refused as before
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.opportunity SET company_id = 770044104 WHERE id = 770044103",
	"UPDATE salesopp.opportunity SET company_id = 770044104 WHERE id = 770044106",
	"INSERT INTO salesopp.merge_event SELECT * FROM salesopp.merge_event",
	"UPDATE salesopp.merge_event SET kept = 1",
	"DELETE FROM salesopp.merge_event"}'::text[]) statement, test.outcome(statement);
RESET ROLE;
SELECT * FROM "regress Merge"."extra %I" ORDER BY 1, 2;
SELECT * FROM "regress Merge".note ORDER BY body;
SELECT * FROM "regress Merge".visit ORDER BY 1, 2, 3;
-- nor can the owner change the account
SELECT test.outcome('UPDATE salesopp.merge_event SET kept = 1');
DELETE FROM salesopp.merge_event;
SELECT test.outcome('TRUNCATE salesopp.merge_event');
SET ROLE regress_merge_seller;
SELECT test.outcome('SELECT salesopp.merge_companies(770044101, ''{770044104}'')'),
	test.outcome('SELECT salesopp.merge_contacts(770044101, ''{770044104}'')');
RESET ROLE;

-- A unique key of the user's own that two rows would share is for the user to decide: all or nothing
CREATE UNIQUE INDEX regress_merge_project ON salesopp.project (organization_id, company_id, name);
INSERT INTO salesopp.project (company_id, name) VALUES (770044104, 'Project');
SELECT test.outcome('SELECT salesopp.merge_companies(770044101, ''{770044104}'')');
SELECT count(*) FROM salesopp.company WHERE id = 770044104;
DROP INDEX salesopp.regress_merge_project;
-- triggers of one's own get nothing through
CREATE FUNCTION test.intrude() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE salesopp.opportunity SET company_id = 770044104 WHERE id = 770044103;
	RETURN NEW;
END $$;
CREATE TRIGGER a AFTER UPDATE ON salesopp.opportunity FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION test.intrude();
SELECT test.outcome('SELECT salesopp.merge_companies(770044101, ''{770044104}'')');
DROP TRIGGER a ON salesopp.opportunity;
DROP FUNCTION test.intrude;
-- what refers otherwise than by id is not forgotten
ALTER TABLE salesopp.company ADD CONSTRAINT regress_merge_phone UNIQUE (organization_id, phone);
CREATE TABLE "regress Merge".by_phone (org bigint, phone text,
	FOREIGN KEY (org, phone) REFERENCES salesopp.company (organization_id, phone) ON DELETE CASCADE);
SELECT test.outcome('SELECT salesopp.merge_companies(770044101, ''{770044104}'')');
DROP TABLE "regress Merge".by_phone;
ALTER TABLE salesopp.company DROP CONSTRAINT regress_merge_phone;
SELECT * FROM salesopp.merge_companies(770044101, '{770044104}');

SET client_min_messages = warning;
DROP SCHEMA "regress Merge" CASCADE;
DROP TABLE before;
DROP OWNED BY regress_merge_manager, regress_merge_seller, regress_merge_owner;
DROP ROLE regress_merge_manager, regress_merge_seller, regress_merge_owner;
