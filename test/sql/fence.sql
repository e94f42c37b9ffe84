-- Organizations on several servers: fenced while they are moved, and ids of a range of the server's own. What happens
-- between sessions is in the specs, and the move itself in test/t.
SELECT last_value AS before, is_called AS was_called FROM salesopp.organization_id_seq \gset
SELECT setval('salesopp.organization_id_seq', 50000000) IS NOT NULL AS known_ids;
SELECT salesopp.create_organization('Moving') AS moving, salesopp.create_organization('Staying') AS staying \gset
CREATE ROLE regress_salesopp_fence_manager LOGIN;
SELECT salesopp.grant_access('regress_salesopp_fence_manager', 'manager');
SET salesopp.organization_id = :'moving';
INSERT INTO salesopp.employee (initials, name) VALUES ('AA', 'Ada') RETURNING id AS employee \gset
INSERT INTO salesopp.company (name) VALUES ('Customer') RETURNING id AS company \gset
INSERT INTO salesopp.opportunity (subject, estimated_revenue, company_id) VALUES ('Deal', 100, :company) RETURNING id AS deal \gset
INSERT INTO salesopp.opportunity (subject, sales_process_id)
SELECT 'Process', id FROM salesopp.sales_process WHERE organization_id = :moving RETURNING id AS process \gset
UPDATE salesopp.opportunity SET estimated_revenue = 150 WHERE id = :deal;
SELECT id FROM salesopp.create_quote(:deal, 10) \gset quote_

-- ---------- who may, and what is said
SELECT test.outcome('SELECT salesopp.fence_organization(NULL)'), test.outcome('SELECT salesopp.fence_organization(987654321)'),
	test.outcome('SELECT salesopp.unfence_organization(NULL)'), test.outcome('SELECT salesopp.publish_organization(987654321)'),
	test.outcome('SELECT salesopp.advance_sequences(987654321)');
SET ROLE regress_salesopp_fence_manager;
SELECT test.outcome(format('SELECT salesopp.fence_organization(%s)', :moving)), test.outcome(format('SELECT salesopp.unfence_organization(%s)', :moving)),
	test.outcome('UPDATE salesopp.organization SET fenced_at = now()');
RESET ROLE;
-- nor who may write the column otherwise
GRANT UPDATE ON salesopp.organization TO regress_salesopp_fence_manager;
GRANT EXECUTE ON FUNCTION salesopp.fence_organization(bigint), salesopp.wait_for_writers(bigint), salesopp.require_organization(bigint) TO regress_salesopp_fence_manager;
SET ROLE regress_salesopp_fence_manager;
SELECT test.outcome('UPDATE salesopp.organization SET fenced_at = now()'), test.outcome(format('SELECT salesopp.fence_organization(%s)', :moving));
RESET ROLE;

SELECT salesopp.fence_organization(:moving) AS fenced_at \gset
SELECT salesopp.fence_organization(:moving) = :'fenced_at' AS once_is_enough;
SELECT id = :moving AS moving, fenced_at = :'fenced_at' AS fenced FROM salesopp.organization WHERE id IN (:moving, :staying) ORDER BY id;

-- ---------- every table refuses every way of writing
-- a row of the organization is changed, removed, and put in, whatever it lacks
CREATE FUNCTION test.ways(relation regclass, organization bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	own text := CASE relation WHEN 'salesopp.organization'::regclass THEN 'id' ELSE 'organization_id' END;
	found text := '';
	way text;
BEGIN
	FOREACH way IN ARRAY ARRAY[
		format('UPDATE %s SET %I = %2$I WHERE %2$I = %s', relation, own, organization),
		format('DELETE FROM %s WHERE %I = %s', relation, own, organization),
		format('INSERT INTO %s (%I) VALUES (%s)', relation, own, organization)] LOOP
		found := found || ' ' || regexp_replace(test.outcome(way), ':.*', '');
	END LOOP;
	RETURN found;
END;
$$;
SELECT test.ways(c.oid, :moving), string_agg(relname, ' ' ORDER BY relname)
FROM pg_class c WHERE relnamespace = 'salesopp'::regnamespace AND relkind = 'r' GROUP BY 1 ORDER BY 1;
-- where there was no row to try it with, the trigger is the same
SELECT relname FROM pg_class c WHERE relnamespace = 'salesopp'::regnamespace AND relkind = 'r'
	AND (SELECT array_agg(tgname::text || tgtype ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid AND tgfoid = 'salesopp.check_fence'::regproc)
		IS DISTINCT FROM '{zz_fence31,zz_fence_all34}';
SELECT test.outcome('TRUNCATE salesopp.activity_participant');

-- functions, and who is told what
SET ROLE regress_salesopp_fence_manager;
INSERT INTO salesopp.company (name) VALUES ('New');
UPDATE salesopp.opportunity SET subject = 'Other' WHERE id = :deal;
SELECT test.outcome(format('SELECT salesopp.close_won(%s)', :deal)), test.outcome(format('SELECT salesopp.set_stage_status(%s, 1, ''completed'')', :process)),
	test.outcome(format('SELECT salesopp.create_quote(%s)', :deal)), test.outcome(format('SELECT salesopp.convert_quote(%s)', :quote_id)),
	test.outcome(format('SELECT salesopp.copy_opportunity(%s)', :deal));
SELECT * FROM salesopp.delete_opportunities(ARRAY[:deal]);
SELECT * FROM salesopp.set_status(ARRAY[:deal, :process], 'lost', 'All');
CREATE TEMP TABLE file AS SELECT 'Imported' AS "Name";
SELECT * FROM salesopp.import_companies('file');
DROP TABLE file;
-- reading goes on
SELECT count(*) FROM salesopp.search('{}', 'id', NULL);
SELECT count(*) FROM salesopp.opportunity_list;
UPDATE salesopp.organization SET name = 'Renamed';
RESET ROLE;
-- the owner neither
UPDATE salesopp.organization SET name = 'Renamed' WHERE id = :moving;
UPDATE salesopp.organization SET fenced_at = now() WHERE id = :moving;
DELETE FROM salesopp.organization WHERE id = :moving;
SELECT test.outcome('SELECT salesopp.trim_history(now())');
COPY salesopp.company (name) FROM STDIN;
Copied
\.
-- but statements that write nothing
UPDATE salesopp.company SET name = 'x' WHERE organization_id = :moving AND false;
-- others go on
SET salesopp.organization_id = :'staying';
INSERT INTO salesopp.company (name) VALUES ('Customer');
UPDATE salesopp.organization SET name = 'Stays' WHERE id = :staying RETURNING name;
RESET salesopp.organization_id;
-- a row that would come from another organization, in the one table that lets it
INSERT INTO salesopp.number_series (organization_id, name, last_number) VALUES (:staying, 'sales order', 7);
UPDATE salesopp.number_series SET organization_id = :moving WHERE organization_id = :staying;
UPDATE salesopp.number_series SET organization_id = :staying WHERE organization_id = :staying RETURNING last_number;
DELETE FROM salesopp.number_series WHERE organization_id = :staying;

-- tables of users beside them, which know no organization
BEGIN;
CREATE TABLE salesopp.regress_place (id bigint PRIMARY KEY);
CREATE TABLE salesopp.regress_area (organization_id bigint, id bigint, PRIMARY KEY (organization_id, id));
ALTER TABLE salesopp.company ADD COLUMN place_id bigint CONSTRAINT a REFERENCES salesopp.regress_place;
ALTER TABLE salesopp.quote ADD COLUMN area_id bigint,
	ADD CONSTRAINT a FOREIGN KEY (organization_id, area_id) REFERENCES salesopp.regress_area,
	ADD CONSTRAINT z FOREIGN KEY (organization_id, area_id) REFERENCES salesopp.regress_area;
INSERT INTO salesopp.company (organization_id, name) VALUES (:staying, 'Placed');
SAVEPOINT a;
INSERT INTO salesopp.company (organization_id, name) VALUES (:moving, 'Placed');
ROLLBACK TO a;
INSERT INTO salesopp.quote (organization_id) VALUES (:moving);
ROLLBACK;

-- ---------- in one transaction
BEGIN;
INSERT INTO salesopp.company (organization_id, name) VALUES (:staying, 'Before');
SELECT salesopp.fence_organization(:staying) IS NOT NULL AS fenced;
SAVEPOINT a;
INSERT INTO salesopp.company (organization_id, name) VALUES (:staying, 'After');
ROLLBACK TO a;
SELECT salesopp.unfence_organization(:staying);
INSERT INTO salesopp.company (organization_id, name) VALUES (:staying, 'Then');
SAVEPOINT b;
SELECT salesopp.fence_organization(:staying) IS NOT NULL AS fenced;
ROLLBACK TO b;
INSERT INTO salesopp.company (organization_id, name) VALUES (:staying, 'At last');
COMMIT;
SELECT string_agg(name, ', ' ORDER BY id) FROM salesopp.company WHERE organization_id = :staying;

-- ---------- a dump of what is fenced can be restored, in loading mode; that goes no further
BEGIN;
SET LOCAL row_security = off;
INSERT INTO salesopp.company (organization_id, name) VALUES (:moving, 'Restored');
UPDATE salesopp.company SET name = 'x' WHERE organization_id = :moving;
ROLLBACK;
BEGIN;
SET LOCAL row_security = off;
INSERT INTO salesopp.company (organization_id, name) VALUES (:moving, 'Restored');
SET LOCAL row_security = on;
INSERT INTO salesopp.company (organization_id, name) VALUES (:moving, 'Not restored');
ROLLBACK;
-- but not as somebody who is under row security
SET salesopp.organization_id = :'moving';
SET ROLE regress_salesopp_fence_manager;
BEGIN;
SET LOCAL row_security = off;
INSERT INTO salesopp.company (name) VALUES ('Restored');
ROLLBACK;
RESET ROLE;
RESET salesopp.organization_id;

-- ---------- more organizations in a transaction than it takes locks of
BEGIN;
INSERT INTO salesopp.organization (name, fenced_at) SELECT 'Many ' || n, CASE WHEN n = 90 THEN now() END FROM generate_series(1, 100) n;
INSERT INTO salesopp.company (organization_id, name) SELECT id, 'Customer' FROM salesopp.organization WHERE name LIKE 'Many %' AND fenced_at IS NULL;
SELECT mode, count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 25194 AND pid = pg_backend_pid() GROUP BY 1;
SELECT id AS many_90 FROM salesopp.organization WHERE name = 'Many 90' \gset
SELECT id AS many_91 FROM salesopp.organization WHERE name = 'Many 91' \gset
SAVEPOINT a;
INSERT INTO salesopp.company (organization_id, name) SELECT unnest(ARRAY[:many_91, :many_90, :many_91]), 'Customer';
ROLLBACK TO a;
INSERT INTO salesopp.company (organization_id, name) SELECT unnest(ARRAY[:many_91, :many_91]), 'Customer';
SELECT salesopp.fence_organization(:many_91) IS NOT NULL AS fenced;
INSERT INTO salesopp.company (organization_id, name) VALUES (:many_91, 'Customer');
ROLLBACK;

-- ---------- taking it away
SELECT salesopp.unfence_organization(:moving), salesopp.unfence_organization(:moving);
UPDATE salesopp.organization SET name = 'Moved' WHERE id = :moving RETURNING name, fenced_at;
SET salesopp.organization_id = :'moving';
UPDATE salesopp.opportunity SET estimated_revenue = 200 WHERE id = :deal RETURNING version;
-- a change counts from later than all that is there: what has come from a server whose clock is ahead is waited for, or refused
SELECT salesopp.fence_organization(:moving) IS NOT NULL AS fenced;
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, at, version, status, origin, deleted, progress)
SELECT organization_id, id, clock_timestamp() + interval '1 hour', version + 1, 'open', 'recorded', false, 0 FROM salesopp.opportunity WHERE id = :deal;
SET LOCAL session_replication_role = origin;
SELECT test.outcome(format('SELECT salesopp.unfence_organization(%s)', :moving)) ~ '^55000 the clock of this server is 36\d\d seconds behind the last change of' AS refused;
SET LOCAL session_replication_role = replica;
UPDATE salesopp.opportunity_history SET at = clock_timestamp() + interval '0.5 seconds' WHERE opportunity_id = :deal AND at > clock_timestamp();
SET LOCAL session_replication_role = origin;
SELECT salesopp.unfence_organization(:moving);
SELECT clock_timestamp() - max(at) BETWEEN interval '1 second' AND interval '5 seconds' AS waited FROM salesopp.opportunity_history WHERE opportunity_id = :deal;
ROLLBACK;
SELECT salesopp.unfence_organization(:moving);

-- ---------- a publication of one organization
CREATE TABLE salesopp.regress_place (id bigint PRIMARY KEY);
SET client_min_messages = error;	-- of a server that does not write what it takes
SELECT regexp_replace(salesopp.publish_organization(:moving), '\d+', 'N');
RESET client_min_messages;
SELECT count(*) = (SELECT count(*) - 1 FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind = 'r') AS all_tables_of_ours,
	bool_and(rowfilter IN (format('(organization_id = %s)', :moving), format('(id = %s)', :moving))) AS filtered
FROM pg_publication_tables WHERE pubname = format('salesopp_organization_%s', :moving);
-- whose keys tell of each change to which organization it belongs, and that is never emptied for all
UPDATE salesopp.opportunity SET estimated_revenue = 300 WHERE id = :deal RETURNING version;
SELECT pubinsert, pubupdate, pubdelete, pubtruncate FROM pg_publication WHERE pubname = format('salesopp_organization_%s', :moving);
SELECT regexp_replace(test.outcome(format('SELECT salesopp.publish_organization(%s)', :moving)), '\d+"', 'N"');
SELECT format('DROP PUBLICATION salesopp_organization_%s', :moving) \gexec
DROP TABLE salesopp.regress_place;

-- ---------- sequences behind what has come past the triggers
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO salesopp.company (organization_id, id, name, created_at, changed_at)
SELECT :moving, last_value + 1000, 'Arrived', now(), now() FROM salesopp.company_id_seq RETURNING id AS arrived \gset
SET LOCAL session_replication_role = origin;
SELECT salesopp.advance_sequences(:staying);
INSERT INTO salesopp.company (name) VALUES ('Between') RETURNING id < :arrived AS between;
SELECT salesopp.advance_sequences(:moving);
INSERT INTO salesopp.company (name) VALUES ('Behind') RETURNING id - :arrived AS behind;
SELECT salesopp.advance_sequences(), salesopp.advance_sequences();
INSERT INTO salesopp.company (name) VALUES ('Behind') RETURNING id - :arrived AS behind;
ROLLBACK;

-- ---------- ids of organizations
RESET salesopp.organization_id;
SELECT test.outcome('SELECT salesopp.set_organization_ids(NULL, 5)'), test.outcome('SELECT salesopp.set_organization_ids(5, NULL)'),
	test.outcome('SELECT salesopp.set_organization_ids(0, 5)'), test.outcome('SELECT salesopp.set_organization_ids(6, 5)');
SELECT test.outcome('SELECT salesopp.set_organization_ids(1, 50000000)');
SELECT salesopp.set_organization_ids(70000001, 70000004);
SELECT salesopp.create_organization('First of the server'), salesopp.create_organization('Second of the server');
-- what is moved here does not take the sequence along, whether from before or from beyond
INSERT INTO salesopp.organization (id, name) VALUES (90000001, 'Of another server'), (60000001, 'Of yet another');
INSERT INTO salesopp.organization (id, name) VALUES (70000003, 'Typed in');
SELECT salesopp.create_organization('Fourth of the server');
SELECT test.outcome($$SELECT salesopp.create_organization('Fifth of the server')$$);
INSERT INTO salesopp.organization (name) VALUES ('Fifth of the server');
-- those of another server are still to be had
INSERT INTO salesopp.organization (id, name) VALUES (70000005, 'Of the next server'), (90000002, 'Of another server, too');
-- more
SELECT salesopp.set_organization_ids(70000001, 70000009);
SELECT salesopp.create_organization('Fifth of the server') AS next;
SELECT test.outcome('SELECT salesopp.set_organization_ids(1, 70000003)');
SELECT salesopp.set_organization_ids(90000001, 90000100);
SELECT salesopp.create_organization('Beyond those that are there');
-- what has come past the triggers
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO salesopp.organization (id, name, created_at, changed_at) VALUES (90000050, 'Arrived', now(), now()), (95000000, 'From elsewhere', now(), now());
SET LOCAL session_replication_role = origin;
SELECT salesopp.advance_sequences();
SELECT salesopp.create_organization('Behind');
ROLLBACK;
SET ROLE regress_salesopp_fence_manager;
SELECT test.outcome('SELECT salesopp.set_organization_ids(1, 5)');
RESET ROLE;

-- as it was, and so that its ids do not come again
DELETE FROM salesopp.organization WHERE id IN (90000001, 90000002, 60000001, 70000003, 70000005);
SELECT setval('salesopp.organization_id_seq', :before, :'was_called') IS NOT NULL AS reset, setval('salesopp.organization_end_of_ids', 9223372036854775807, false) IS NOT NULL AS no_end;
DROP FUNCTION test.ways(regclass, bigint);
REVOKE UPDATE ON salesopp.organization FROM regress_salesopp_fence_manager;
DROP OWNED BY regress_salesopp_fence_manager;
DROP ROLE regress_salesopp_fence_manager;
