-- N7 A change of many opportunities at once is noted, and can be undone
\set SHOW_CONTEXT never
SET timezone = 'UTC';
INSERT INTO salesopp.organization (id, name) VALUES (7701341, 'Undo'), (7701342, 'Undo elsewhere');
CREATE ROLE regress_undo_seller LOGIN;
CREATE ROLE regress_undo_manager LOGIN;
CREATE ROLE regress_undo_reader LOGIN;
SELECT salesopp.grant_access('regress_undo_seller', 'seller'), salesopp.grant_access('regress_undo_manager', 'manager'),
	salesopp.grant_access('regress_undo_reader', 'reader');
INSERT INTO salesopp.employee (organization_id, id, initials, name) VALUES
	(7701341, 770134101, 'ANN', 'Ann'), (7701341, 770134102, 'BEN', 'Ben'), (7701341, 770134103, 'CAT', 'Cat'),
	(7701342, 770134201, 'ELS', 'Elsewhere');
INSERT INTO salesopp.loss_reason (organization_id, id, name) VALUES (7701341, 770134101, 'Price'), (7701341, 770134102, 'Delivery');
SET salesopp.organization_id = 7701341;
SET salesopp.employee_id = 770134101;

-- 1 open · 2 open, reopened with a note · 3 won · 4 lost to Alpha, with a reason · 5 open, with Beta marked · 6 won, without a note
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, responsible_id)
SELECT 770134100 + n, 'Deal ' || n, 100 * n, 770134101 FROM generate_series(1, 6) n;
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name, is_winner) VALUES
	(770134101, 770134104, 'Alpha', false), (770134102, 770134105, 'Beta', true), (770134103, 770134104, 'Gamma', false);
SELECT status FROM salesopp.close_won(770134102);
SELECT status FROM salesopp.reopen(770134102, 'Not yet');
SELECT status FROM salesopp.close_won(770134103, 333.33, '2024-01-31', '2024-02-01', 'Signed');
SELECT status FROM salesopp.close_lost(770134104, 770134101, 770134101, '2024-02-28', '2024-03-01', 'Too dear');
SELECT status FROM salesopp.close_won(770134106);

-- what an undo must bring back, to the letter: all of a row but who changed it when, and how often
CREATE FUNCTION test.undo_state() RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(to_jsonb(o) - '{changed_at,changed_by,version}'::text[] || jsonb_build_object('marked', (
		SELECT jsonb_agg(w.name) FROM salesopp.opportunity_competitor w WHERE w.opportunity_id = o.id AND w.is_winner)) ORDER BY id)
	FROM salesopp.opportunity o WHERE o.id BETWEEN 770134101 AND 770134106
$$;
CREATE TEMPORARY TABLE before AS SELECT test.undo_state() AS state;
GRANT SELECT ON before TO PUBLIC;
CREATE TEMPORARY VIEW batch WITH (security_invoker) AS
	SELECT id - (SELECT min(id) FROM salesopp.bulk_change) + 1 AS batch, changed_by - 770134100 AS changed_by, operation,
		arguments - 'bulk_change_id' AS arguments,
		(arguments ->> 'bulk_change_id')::bigint - (SELECT min(id) FROM salesopp.bulk_change) + 1 AS undone
	FROM salesopp.bulk_change;
GRANT SELECT ON batch TO PUBLIC;

-- Each operation undone. What was closed in another way is closed as it was, at the time at which it was.
SET ROLE regress_undo_seller;
SELECT salesopp.last_bulk_change();
SELECT * FROM salesopp.set_status('{770134106,770134105,770134104,770134103,770134102,770134101,1}', 'lost', 'Spring cleaning');
SELECT salesopp.last_bulk_change() AS lost \gset
SELECT id - 770134100 AS id, status, status_note FROM salesopp.opportunity ORDER BY id;
SELECT operation, arguments, at = changed_at AS at_its_changes, c.changed_by = o.changed_by AS by_its_changer, o.id - 770134100 AS id,
	version_before, version_after, o.version, closed_before IS NOT NULL AS was_closed, deleted_before, winner_before - 770134100 AS winner_before,
	winner_after - 770134100 AS winner_after, status_note_before
FROM salesopp.bulk_change c JOIN salesopp.bulk_change_opportunity b ON b.bulk_change_id = c.id JOIN salesopp.opportunity o ON o.id = b.opportunity_id
WHERE c.id = :lost ORDER BY o.id;
RESET ROLE;
SET salesopp.employee_id = 770134102;
SET ROLE regress_undo_seller;
SELECT * FROM salesopp.undo_bulk_change(:lost);
SELECT test.undo_state() = state AS as_before FROM before;
SELECT id - 770134100 AS id, changed_by - 770134100 AS changed_by, changed_at = now() AS now, version FROM salesopp.opportunity ORDER BY id;
-- true events, of who undid, now
SELECT opportunity_id - 770134100 AS id, from_status, to_status, close_date = CURRENT_DATE AS closed_today, actual_revenue, loss_reason_id - 770134100 AS loss_reason,
	winner, note, created_by - 770134100 AS created_by
FROM salesopp.status_event WHERE created_by = 770134102 ORDER BY opportunity_id, from_status DESC, id;
-- and both are in the history
SELECT opportunity_id - 770134100 AS id, string_agg(status::text, ' ' ORDER BY version) AS statuses FROM salesopp.opportunity_history GROUP BY 1 ORDER BY 1;
-- once more: nothing to do, no batch
SELECT outcome, detail FROM salesopp.undo_bulk_change(:lost);
SELECT * FROM batch ORDER BY batch;

-- With one reason for all; from the events it can be told what had been
SELECT outcome, count(*) FROM salesopp.set_status('{770134101,770134103,770134104}', 'lost', 770134102, 'Delivery') GROUP BY 1 ORDER BY 1;
SELECT arguments FROM salesopp.bulk_change WHERE id = salesopp.last_bulk_change();
SELECT outcome FROM salesopp.undo_bulk_change(salesopp.last_bulk_change());
SELECT test.undo_state() = state AS as_before FROM before;
-- to won (5 has a mark, and is refused), to open
SELECT outcome, count(*) FROM salesopp.set_status(ARRAY(SELECT id FROM salesopp.opportunity), 'won') GROUP BY 1 ORDER BY 1;
SELECT outcome, count(*) FROM salesopp.undo_bulk_change(salesopp.last_bulk_change()) GROUP BY 1;
SELECT test.undo_state() = state AS as_before FROM before;
SELECT outcome, count(*) FROM salesopp.set_status(ARRAY(SELECT id FROM salesopp.opportunity), 'open', 'All over again') GROUP BY 1 ORDER BY 1;
SELECT outcome, count(*) FROM salesopp.undo_bulk_change(salesopp.last_bulk_change()) GROUP BY 1;
SELECT test.undo_state() = state AS as_before FROM before;
-- deleted, and brought back: with the time of the deletion
SELECT outcome, count(*) FROM salesopp.delete_opportunities(ARRAY(SELECT id FROM salesopp.opportunity)) GROUP BY 1;
SELECT salesopp.last_bulk_change() AS deleted \gset
SELECT outcome, count(*) FROM salesopp.undo_bulk_change(:deleted) GROUP BY 1;
SELECT test.undo_state() = state AS as_before FROM before;
SELECT outcome FROM salesopp.delete_opportunities('{770134101,770134103}');
CREATE TEMPORARY TABLE when_deleted AS SELECT id, deleted_at FROM salesopp.opportunity WHERE deleted_at IS NOT NULL;
SELECT outcome FROM salesopp.restore_opportunities('{770134101,770134103}');
SELECT outcome FROM salesopp.undo_bulk_change(salesopp.last_bulk_change());
SELECT o.deleted_at = d.deleted_at AS when_it_was FROM salesopp.opportunity o JOIN when_deleted d USING (id);
SELECT outcome FROM salesopp.restore_opportunities('{770134101,770134103}');
SELECT test.undo_state() = state AS as_before FROM before;
RESET ROLE;

-- Undoing is a batch, too: undone, it is done again, and so on
SET ROLE regress_undo_seller;
SELECT outcome, count(*) FROM salesopp.set_status(ARRAY(SELECT id FROM salesopp.opportunity), 'lost', 'Round and round') GROUP BY 1 ORDER BY 1;
CREATE TEMPORARY TABLE done AS SELECT salesopp.last_bulk_change() AS id, test.undo_state() AS state;
SELECT outcome, count(*) FROM salesopp.undo_bulk_change((SELECT id FROM done)) GROUP BY 1;
SELECT salesopp.last_bulk_change() AS undo \gset
SELECT outcome, count(*) FROM salesopp.undo_bulk_change(:undo) GROUP BY 1;
SELECT test.undo_state() = state AS as_done FROM done;
-- the first can be undone once more, and then is undone already
SELECT outcome, count(*) FROM salesopp.undo_bulk_change((SELECT id FROM done)) GROUP BY 1;
SELECT test.undo_state() = state AS as_before FROM before;
SELECT outcome, count(*) FROM salesopp.undo_bulk_change((SELECT id FROM done)) GROUP BY 1;
-- the undo has been undone, and then undone by another
SELECT outcome, count(*) FROM salesopp.undo_bulk_change(:undo) GROUP BY 1;
SELECT operation, count(*) FROM batch GROUP BY 1 ORDER BY 1;
RESET ROLE;

-- What has been changed since is refused, and who did it when is said; the rest is undone. A note is a change, too; what is deleted, closed
-- or put back since; a corrected closing; another winner's mark, of which the opportunity does not know.
INSERT INTO salesopp.opportunity (id, subject) SELECT 770134110 + n, 'Since ' || n FROM generate_series(1, 9) n;
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name, is_winner)
SELECT 770134110 + n, 770134110 + n, 'Rival', n IN (7, 8) FROM generate_series(1, 9) n;
SET ROLE regress_undo_seller;
SELECT outcome, count(*) FROM salesopp.set_status(ARRAY(SELECT id FROM salesopp.opportunity WHERE id BETWEEN 770134111 AND 770134119), 'lost') GROUP BY 1;
SELECT salesopp.last_bulk_change() AS since \gset
RESET ROLE;
SET salesopp.employee_id = 770134103;
SELECT status FROM salesopp.reopen(770134112);
UPDATE salesopp.opportunity SET note = 'Call them' WHERE id = 770134112;
SELECT outcome FROM salesopp.delete_opportunities('{770134113}');
SELECT outcome FROM salesopp.delete_opportunities('{770134114}');
SELECT outcome FROM salesopp.restore_opportunities('{770134114}');
SELECT status FROM salesopp.correct_closing(770134115, close_date => '2024-04-01');
SELECT status FROM salesopp.correct_closing(770134116, winner_id => 770134116);
RESET salesopp.employee_id;
SELECT status FROM salesopp.reopen(770134117);
SET salesopp.employee_id = 770134102;
SET ROLE regress_undo_seller;
SELECT opportunity_id - 770134110 AS n, outcome, regexp_replace(detail, ' at .*', ' at …') AS detail FROM salesopp.undo_bulk_change(:since);
SELECT detail = format('opportunity 770134112 has been changed since, by CAT at %s', changed_at) AS says_when
FROM salesopp.undo_bulk_change(:since) JOIN salesopp.opportunity ON id = opportunity_id WHERE id = 770134112;
SELECT id - 770134110 AS n, status, deleted_at IS NOT NULL AS deleted, (SELECT string_agg(name, ' ') FROM salesopp.opportunity_competitor c
	WHERE c.opportunity_id = o.id AND is_winner) AS marked FROM salesopp.opportunity o WHERE id BETWEEN 770134111 AND 770134119 ORDER BY id;
-- undone already, and changed since: still undone
UPDATE salesopp.opportunity SET note = 'Later' WHERE id = 770134111;
SELECT outcome, detail FROM salesopp.undo_bulk_change(:since) WHERE opportunity_id = 770134111;
-- ... but the undo cannot be undone there
SELECT salesopp.last_bulk_change() AS undo \gset
SELECT opportunity_id - 770134110 AS n, outcome FROM salesopp.undo_bulk_change(:undo);
RESET ROLE;

-- Whoever was marked is gone, or another is marked since
INSERT INTO salesopp.opportunity (id, subject) SELECT 770134120 + n, 'Winner ' || n FROM generate_series(1, 3) n;
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name) SELECT 770134120 + n, 770134120 + n, 'Winner' FROM generate_series(1, 3) n;
SELECT status FROM generate_series(770134121, 770134123) n, salesopp.close_lost(n, winner_id => n);
SET ROLE regress_undo_seller;
SELECT outcome FROM salesopp.set_status('{770134121,770134122,770134123}', 'open');
DELETE FROM salesopp.opportunity_competitor WHERE id = 770134122;
UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE id = 770134123;
SELECT opportunity_id - 770134120 AS n, outcome, detail FROM salesopp.undo_bulk_change(salesopp.last_bulk_change());
SELECT id - 770134120 AS n, status FROM salesopp.opportunity WHERE id BETWEEN 770134121 AND 770134123 ORDER BY id;
RESET ROLE;

-- Handing over is the managers', and so is undoing it, which gives opportunities back to one who is not active any more. A reason
-- that is not active any more is put back likewise.
SET ROLE regress_undo_manager;
UPDATE salesopp.employee SET is_active = false WHERE id = 770134101;
UPDATE salesopp.loss_reason SET is_active = false WHERE id = 770134101;
SELECT outcome, count(*) FROM salesopp.reassign(770134101, 770134103, '{"subject": "deal%"}') GROUP BY 1;
SELECT arguments FROM salesopp.bulk_change WHERE id = salesopp.last_bulk_change();
SELECT salesopp.last_bulk_change() AS handed_over \gset
RESET ROLE;
SET ROLE regress_undo_seller;
SELECT test.outcome(format('SELECT salesopp.undo_bulk_change(%s)', :handed_over));
SELECT salesopp.undo_bulk_change(:handed_over);
RESET ROLE;
SET ROLE regress_undo_manager;
SELECT outcome, count(*) FROM salesopp.undo_bulk_change(:handed_over) GROUP BY 1;
SELECT test.undo_state() = state AS as_before FROM before;
SELECT salesopp.last_bulk_change() AS given_back \gset
RESET ROLE;
-- nor does a seller get there by undoing the undo
SET ROLE regress_undo_seller;
SELECT test.outcome(format('SELECT salesopp.undo_bulk_change(%s)', :given_back));
SELECT outcome FROM salesopp.set_status('{770134104}', 'won');
SELECT outcome, detail FROM salesopp.undo_bulk_change(salesopp.last_bulk_change());
SELECT test.undo_state() = state AS as_before FROM before;
-- who cannot be chosen cannot be chosen by other statements meanwhile
SELECT test.outcome('UPDATE salesopp.opportunity SET responsible_id = 770134101 WHERE id = 770134111');
RESET ROLE;
UPDATE salesopp.employee SET is_active = true WHERE id = 770134101;
UPDATE salesopp.loss_reason SET is_active = true WHERE id = 770134101;

-- Gone meanwhile: the employee, the reason (no event keeps it of what was loaded), the opportunity
INSERT INTO salesopp.employee (id, initials, name) VALUES (770134109, 'GON', 'Gone');
INSERT INTO salesopp.opportunity (id, subject, responsible_id) VALUES (770134131, 'Gone 1', 770134109), (770134132, 'Gone 2', NULL), (770134133, 'Stays', NULL);
SELECT outcome FROM salesopp.reassign(770134109, 770134102);
SELECT salesopp.last_bulk_change() AS from_gone \gset
DELETE FROM salesopp.employee WHERE id = 770134109;
SELECT outcome, detail FROM salesopp.undo_bulk_change(:from_gone);
SET row_security = off;
INSERT INTO salesopp.opportunity (id, subject, status, loss_reason_id, close_date, closed_at)
VALUES (770134134, 'Loaded', 'lost', 770134102, '2020-01-01', '2020-01-01'), (770134135, 'Loaded', 'lost', NULL, '2020-01-01', '2020-01-01');
INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, at, version, status, origin, deleted, close_date, loss_reason_id, progress)
VALUES (7701341, 770134134, '2020-01-01', 1, 'lost', 'imported', false, '2020-01-01', 770134102, 0);
RESET row_security;
SET session_replication_role = replica;		-- the only way to make these forget a reason
DELETE FROM salesopp.status_event WHERE loss_reason_id = 770134102;
RESET session_replication_role;
SET ROLE regress_undo_seller;
SELECT outcome FROM salesopp.set_status('{770134132,770134133,770134134,770134135}', 'won');
SELECT salesopp.last_bulk_change() AS won \gset
RESET ROLE;
DELETE FROM salesopp.loss_reason WHERE id = 770134102;
SELECT opportunity_id - 770134130 AS n, outcome, detail FROM salesopp.undo_bulk_change(:won);
SELECT outcome FROM salesopp.delete_opportunities('{770134131,770134101}');
SELECT salesopp.last_bulk_change() AS deleted \gset
DELETE FROM salesopp.opportunity WHERE id = 770134131;
SELECT opportunity_id, outcome FROM salesopp.undo_bulk_change(:deleted);
SELECT test.undo_state() = state AS as_before FROM before;
-- all of them gone
INSERT INTO salesopp.opportunity (id, subject) VALUES (770134136, 'Gone 6');
SELECT outcome FROM salesopp.delete_opportunities('{770134136}');
SELECT salesopp.last_bulk_change() AS all_gone \gset
DELETE FROM salesopp.opportunity WHERE id = 770134136;
SELECT * FROM salesopp.undo_bulk_change(:all_gone);

-- Nothing changed, nothing noted
CREATE TEMPORARY TABLE noted AS SELECT count(*) FROM salesopp.bulk_change;
SET ROLE regress_undo_seller;
SELECT count(*) FROM salesopp.set_status('{770134101,770134102,1,NULL}', 'open');
SELECT count(*) FROM salesopp.set_status('{}', 'won');
SELECT count(*) FROM salesopp.set_status(NULL, 'won');
SELECT count(*) FROM salesopp.set_status('{770134105}', 'won');
SELECT count(*) FROM salesopp.set_status('{770134104}', 'lost', 770134101);
SELECT count(*) FROM salesopp.restore_opportunities('{770134101}');
RESET ROLE;
SELECT count(*) FROM salesopp.reassign(770134102, 770134103, '{"subject": "none such"}');
SELECT count(*) - (SELECT count FROM noted) AS noted_since FROM salesopp.bulk_change;

-- Which batch there is
SET ROLE regress_undo_seller;
SELECT salesopp.undo_bulk_change(NULL);
SELECT salesopp.undo_bulk_change(0);
RESET ROLE;
-- another organization's is not there
SELECT max(id) AS ours FROM salesopp.bulk_change \gset
SET salesopp.organization_id = 7701342;
SET salesopp.employee_id = 770134201;
SET ROLE regress_undo_manager;
SELECT replace(test.outcome(format('SELECT salesopp.undo_bulk_change(%s)', :ours)), :'ours', 'ours');
SELECT salesopp.last_bulk_change(), (SELECT count(*) FROM salesopp.bulk_change) AS batches,
	(SELECT count(*) FROM salesopp.bulk_change_opportunity) AS opportunities;
SELECT changed, refusals FROM salesopp.run_bulk_change('undo', jsonb_build_object('bulk_change_id', :ours), '{770134101,770134102,770134103}');
RESET ROLE;
SET salesopp.organization_id = 7701341;
SET salesopp.employee_id = 770134102;
SELECT test.undo_state() = state AS as_before FROM before;

-- A reader reads batches, and undoes none
SET ROLE regress_undo_reader;
SELECT count(*) > 0 AS reads FROM salesopp.bulk_change JOIN salesopp.bulk_change_opportunity ON bulk_change_id = id;
SELECT salesopp.last_bulk_change() IS NOT NULL AS reads;
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.undo_bulk_change(1)",
	"SELECT salesopp.bulk_undo(''{1}'', ''{}'')",
	"SELECT salesopp.run_bulk_change(''delete'', ''{}'', ''{1}'')"}'::text[]) statement, test.outcome(statement);
RESET ROLE;

-- Nobody forges a batch, or changes one
CREATE FUNCTION test.forged(kind text DEFAULT '') RETURNS TABLE (outcome text, statement text) LANGUAGE sql AS $$
	SELECT test.outcome(statement), statement FROM unnest('{
		"INSERT INTO salesopp.bulk_change (organization_id, at, operation, arguments) VALUES (7701341, now(), ''set_status'', ''{}'')",
		"INSERT INTO salesopp.bulk_change_opportunity (organization_id, bulk_change_id, opportunity_id, version_before, version_after) VALUES (7701341, 1, 770134101, 1, 2)",
		"UPDATE salesopp.bulk_change SET operation = ''undo''",
		"UPDATE salesopp.bulk_change_opportunity SET version_after = 1",
		"DELETE FROM salesopp.bulk_change",
		"DELETE FROM salesopp.bulk_change_opportunity",
		"TRUNCATE salesopp.bulk_change_opportunity",
		"TRUNCATE salesopp.bulk_change CASCADE",
		"SELECT salesopp.run_bulk_change(''everything'', ''{}'', ''{770134101}'')",
		"SELECT salesopp.run_bulk_change(''outcomes'', ''{}'', ''{770134101}'')",
		"SELECT salesopp.run_bulk_change(''x($4,$3); SELECT 1 --'', ''{}'', ''{770134101}'')",
		"SELECT salesopp.run_bulk_change(''undo'', ''{\"bulk_change_id\": \"first\"}'', ''{770134101}'')",
		"SELECT salesopp.bulk_undo(''{770134101}'', ''[]'')"}'::text[]) statement WHERE statement ~ kind
$$;
SET ROLE regress_undo_seller;
SELECT * FROM test.forged();
SELECT test.outcome('SELECT salesopp.run_bulk_change(''reassign'', ''{"from_employee": 770134101, "to_employee": 770134103}'', ''{770134101}'')');
RESET ROLE;
SET ROLE regress_undo_manager;
SELECT * FROM test.forged();
RESET ROLE;
-- the owner could write one, but changes none
SELECT outcome, statement FROM test.forged('^(UPDATE|DELETE|TRUNCATE)');
SELECT count(*) - (SELECT count FROM noted) AS noted_since FROM salesopp.bulk_change;

-- What runs an operation notes what was done, and no more, whoever calls it with what
SET ROLE regress_undo_seller;
SELECT changed, refusals FROM salesopp.run_bulk_change('set_status', '{"status": "won", "for": "nothing"}', '{770134133,770134102,1}');
SELECT arguments FROM salesopp.bulk_change WHERE id = salesopp.last_bulk_change();
SELECT outcome FROM salesopp.undo_bulk_change(salesopp.last_bulk_change());
SELECT changed, refusals FROM salesopp.run_bulk_change('set_status', NULL, '{770134133}');
SELECT changed, refusals FROM salesopp.run_bulk_change('set_status', '[]', '{770134133}');
SELECT changed, refusals FROM salesopp.run_bulk_change('undo', '{}', '{770134133}');
-- an operation by itself, without the permission to put times back: then they are those of now
SELECT outcome FROM salesopp.set_status('{770134103}', 'open');
SELECT salesopp.bulk_undo('{770134103}', jsonb_build_object('bulk_change_id', salesopp.last_bulk_change()));
SELECT status, actual_revenue, close_date, closed_at = changed_at AS closed_now FROM salesopp.opportunity WHERE id = 770134103;
-- such a change is no batch, so it counts as one since
SELECT outcome FROM salesopp.undo_bulk_change(salesopp.last_bulk_change());
RESET ROLE;

-- Savepoints, and one transaction
BEGIN;
SET LOCAL ROLE regress_undo_seller;
SELECT outcome FROM salesopp.set_status('{770134101}', 'won');
SELECT salesopp.last_bulk_change() AS first \gset
SAVEPOINT s;
SELECT outcome FROM salesopp.undo_bulk_change(:first);
ROLLBACK TO s;
SELECT salesopp.last_bulk_change() = :first AS is_last;
SELECT outcome FROM salesopp.undo_bulk_change(:first);
SELECT status FROM salesopp.opportunity WHERE id = 770134101;
COMMIT;

-- The last one is that of the employee, or that of nobody
SELECT operation FROM salesopp.bulk_change WHERE id = salesopp.last_bulk_change();
SET salesopp.employee_id = 770134103;
SELECT operation FROM salesopp.bulk_change WHERE id = salesopp.last_bulk_change();
RESET salesopp.employee_id;
SELECT salesopp.last_bulk_change();
SELECT outcome FROM salesopp.delete_opportunities('{770134133}');
SELECT operation, changed_by FROM salesopp.bulk_change WHERE id = salesopp.last_bulk_change();

-- As many as there are
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) SELECT 770139000 + n, 'Many ' || n, n FROM generate_series(1, 500) n;
SET ROLE regress_undo_seller;
SELECT outcome, count(*) FROM salesopp.set_status((SELECT array_agg(770139000 + n ORDER BY n DESC) FROM generate_series(1, 500) n), 'won') GROUP BY 1;
SELECT outcome, count(*) FROM salesopp.undo_bulk_change(salesopp.last_bulk_change()) GROUP BY 1;
SELECT status, count(*), count(actual_revenue) FROM salesopp.opportunity WHERE id > 770139000 GROUP BY 1;
RESET ROLE;

DROP FUNCTION test.undo_state, test.forged;
DROP VIEW batch;
DROP TABLE before, when_deleted, done, noted;
DROP OWNED BY regress_undo_seller, regress_undo_manager, regress_undo_reader;
DROP ROLE regress_undo_seller, regress_undo_manager, regress_undo_reader;
