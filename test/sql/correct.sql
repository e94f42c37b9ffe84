-- F8.7 Facts of a closing set right, and one loss reason for many. Issue: no way to correct.
\set SHOW_CONTEXT never
SET datestyle = ISO;
INSERT INTO salesopp.organization (id, name) VALUES (7700421, 'Correct'), (7700422, 'Correct elsewhere');
CREATE ROLE regress_correct_manager LOGIN;
CREATE ROLE regress_correct_seller LOGIN;
SELECT salesopp.grant_access('regress_correct_manager', 'manager'), salesopp.grant_access('regress_correct_seller', 'seller');
SET salesopp.organization_id = 7700422;
INSERT INTO salesopp.loss_reason (id, name) VALUES (770042201, 'Elsewhere');
INSERT INTO salesopp.opportunity (id, subject, status) VALUES (770042201, 'Elsewhere', 'won');
SET salesopp.organization_id = 7700421;
INSERT INTO salesopp.employee (id, initials, name) VALUES (770042101, 'CS', 'Seller'), (770042102, 'CM', 'Manager');
INSERT INTO salesopp.loss_reason (id, name) VALUES (770042101, 'Price'), (770042102, 'Quality');
INSERT INTO salesopp.competitor (id, name) VALUES (770042101, 'Alpha');
SET salesopp.employee_id = 770042101;
-- 1 won; 2 lost; 3 open; 4 won and deleted; 5 lost, nothing known; 6 to 9 for many
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, delivery_date)
SELECT 770042100 + n, 'Deal ' || n, 100 * n, '2030-01-01' FROM generate_series(1, 9) n;
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, competitor_id, name) VALUES
	(770042101, 770042102, 770042101, NULL), (770042102, 770042102, NULL, 'Beta'), (770042103, 770042102, NULL, 'Alpha'),
	(770042104, 770042101, NULL, 'Of the won'), (770042105, 770042105, NULL, 'Of the fifth');
SELECT status FROM salesopp.close_won(770042101, 90, '2024-01-10', note => 'Signed');
SELECT status FROM salesopp.close_lost(770042102, 770042101, 770042101, '2024-02-10', note => 'Too dear');
SELECT status FROM salesopp.close_won(770042104);
SELECT outcome FROM salesopp.delete_opportunities('{770042104}');
SELECT status FROM salesopp.close_lost(770042105, close_date => '2024-03-10');
SET salesopp.employee_id = 770042102;
CREATE TEMPORARY VIEW facts AS
SELECT id % 100 AS id, status, actual_revenue AS actual, close_date, closed_at IS NOT NULL AS closed,
	delivery_date, loss_reason_id % 100 AS reason,
	(SELECT string_agg((w.id % 100)::text, ',') FROM salesopp.opportunity_competitor w
		WHERE w.opportunity_id = o.id AND w.is_winner) AS winner,
	status_note, changed_by % 100 AS by
FROM salesopp.opportunity o WHERE organization_id = 7700421;
CREATE TEMPORARY VIEW events AS
SELECT opportunity_id % 100 AS id, from_status AS "from", to_status AS "to", close_date, actual_revenue AS actual, delivery_date,
	loss_reason_id % 100 AS reason, winner, note, created_by % 100 AS by, before
FROM salesopp.status_event WHERE organization_id = 7700421 AND before IS NOT NULL ORDER BY status_event.id;
GRANT SELECT ON facts, events TO regress_correct_manager, regress_correct_seller;
SET ROLE regress_correct_manager;

-- Only what is given changes; one event keeps before and after
SELECT actual_revenue, close_date, status_note FROM salesopp.correct_closing(770042101, 95.555, note => 'Discount forgotten');
SELECT close_date, delivery_date FROM salesopp.correct_closing(770042101, close_date => '2024-01-09', delivery_date => '2024-05-05');
SELECT loss_reason_id FROM salesopp.correct_closing(770042102, loss_reason_id => 770042102, note => 'Mistyped');
-- the winner alone; also between two of one name, the listed and a typed one; the first known at all
SELECT status FROM salesopp.correct_closing(770042102, winner_id => 770042102);
SELECT status FROM salesopp.correct_closing(770042102, winner_id => 770042101);
SELECT status FROM salesopp.correct_closing(770042102, winner_id => 770042103);
SELECT status FROM salesopp.correct_closing(770042105, winner_id => 770042105, loss_reason_id => 770042101,
	close_date => '2024-03-11', delivery_date => '2024-06-06');
SELECT * FROM facts WHERE id IN (1, 2, 5) ORDER BY id;
SELECT * FROM events;
-- the card and the list show it; what is right already is no event
SELECT winner, loss_reason FROM salesopp.opportunity_card WHERE id = 770042105;
SELECT actual_revenue FROM salesopp.correct_closing(770042101, 95.56, '2024-01-09', '2024-05-05', note => 'again');
SELECT count(*) FROM events;
-- the event has the time of the history, also where its transaction has begun long before
BEGIN;
SELECT FROM pg_sleep(1.1);
SELECT actual_revenue FROM salesopp.correct_closing(770042101, 96);
SELECT status FROM salesopp.correct_closing(770042102, winner_id => 770042102);
SELECT e.opportunity_id % 100 AS id, e.created_at > now() AS later, o.changed_at = e.created_at AS also_changed,
	(SELECT max(h.at) FROM salesopp.opportunity_history h WHERE h.organization_id = o.organization_id AND h.opportunity_id = o.id) = e.created_at AS as_recorded
FROM salesopp.status_event e JOIN salesopp.opportunity o ON o.organization_id = e.organization_id AND o.id = e.opportunity_id
WHERE e.organization_id = 7700421 AND e.created_at >= now() ORDER BY e.id;
ROLLBACK;
-- reopened, all is as after any closing
BEGIN;
SELECT status FROM salesopp.reopen(770042102);
SELECT * FROM facts WHERE id = 2;
ROLLBACK;

-- Refused
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.correct_closing(770042101)",
	"SELECT salesopp.correct_closing(770042101, note => ''x'')",
	"SELECT salesopp.correct_closing(770042101, loss_reason_id => 770042101)",
	"SELECT salesopp.correct_closing(770042101, winner_id => 770042104)",
	"SELECT salesopp.correct_closing(770042102, 1)",
	"SELECT salesopp.correct_closing(770042103, close_date => ''2024-01-01'')",
	"SELECT salesopp.correct_closing(770042104, 1)",
	"SELECT salesopp.correct_closing(770042201, 1)",
	"SELECT salesopp.correct_closing(0, 1)",
	"SELECT salesopp.correct_closing(NULL, 1)",
	"SELECT salesopp.correct_closing(770042102, loss_reason_id => 0)",
	"SELECT salesopp.correct_closing(770042102, loss_reason_id => 770042201)",
	"SELECT salesopp.correct_closing(770042102, winner_id => 770042105)",
	"SELECT salesopp.correct_closing(770042101, -1)",
	"SELECT salesopp.correct_closing(770042101, ''NaN'')",
	"SELECT salesopp.correct_closing(770042101, 1e17)",
	"SELECT salesopp.correct_closing(770042101, close_date => ''infinity'')",
	"SELECT salesopp.correct_closing(770042102, winner_id => 770042102, close_date => ''infinity'')"}'::text[]) statement,
		test.outcome(statement);
SELECT salesopp.correct_closing(770042103, 1);
SELECT salesopp.correct_closing(770042101);
-- the inner part goes no further
SELECT salesopp.write_correction(7700421, 770042103, 1, '2001-01-01', '2001-01-01', NULL, NULL, 'open'),
	salesopp.write_correction(7700421, 770042104, 1, '2001-01-01', '2001-01-01', NULL, NULL, 'deleted'),
	salesopp.write_correction(7700422, 770042201, 1, '2001-01-01', '2001-01-01', NULL, NULL, 'elsewhere'),
	salesopp.write_correction(7700421, 770042201, 1, '2001-01-01', '2001-01-01', NULL, NULL, 'elsewhere'),
	salesopp.write_correction(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT test.outcome('SELECT salesopp.write_correction(7700421, 770042101, 1, NULL, NULL, 770042101, NULL, NULL)');
SELECT count(*) FROM salesopp.status_event WHERE note IN ('open', 'deleted', 'elsewhere');
-- plain SQL is refused as before, also in the transaction of a correction, and of one that failed
BEGIN;
SELECT status FROM salesopp.correct_closing(770042101, 96);
SAVEPOINT s;
UPDATE salesopp.opportunity SET actual_revenue = 1 WHERE id = 770042101;
ROLLBACK TO s;
SELECT test.outcome('SELECT salesopp.correct_closing(770042101, -1)');
ROLLBACK TO s;
UPDATE salesopp.opportunity SET actual_revenue = 1 WHERE id = 770042101;
ROLLBACK TO s;
UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE id = 770042102;
ROLLBACK;
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.opportunity SET loss_reason_id = 770042101 WHERE id = 770042102",
	"UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE id = 770042102",
	"UPDATE salesopp.status_event SET before = NULL",
	"INSERT INTO salesopp.status_event (organization_id, opportunity_id, from_status, to_status, before, created_at) VALUES (7700421, 770042101, ''won'', ''won'', ''{}'', now())"}'::text[]) statement, test.outcome(statement);
RESET ROLE;
-- what an event is
SELECT outcome, statement FROM unnest('{
	"INSERT INTO salesopp.status_event (organization_id, opportunity_id, from_status, to_status, created_at) VALUES (7700421, 770042101, ''won'', ''won'', now())",
	"INSERT INTO salesopp.status_event (organization_id, opportunity_id, from_status, to_status, before, created_at) VALUES (7700421, 770042101, ''open'', ''open'', ''{}'', now())",
	"INSERT INTO salesopp.status_event (organization_id, opportunity_id, from_status, to_status, before, created_at) VALUES (7700421, 770042101, ''open'', ''won'', ''{}'', now())"}'::text[]) statement, test.outcome(statement);
SET ROLE regress_correct_seller;
SELECT test.outcome('SELECT salesopp.correct_closing(770042101, 1)'),
	test.outcome('SELECT salesopp.write_correction(7700421, 770042101, 1, NULL, NULL, NULL, NULL, NULL)');
RESET ROLE;

-- Triggers of one's own get nothing through: neither what they do to the row, nor to others, nor to what belongs to it
CREATE FUNCTION test.intrude() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE TG_ARGV[0];
	RETURN NEW;
END $$;
CREATE FUNCTION test.meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.subject := 'meddled';
	RETURN NEW;
END $$;
CREATE FUNCTION test.with_trigger(definition text, action text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('CREATE TRIGGER %s FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION %s', definition, action);
	result := test.outcome('SELECT salesopp.correct_closing(770042102, loss_reason_id => 770042101, winner_id => 770042102)');
	RAISE SQLSTATE 'U0000';
EXCEPTION WHEN SQLSTATE 'U0000' THEN
	RETURN result;
END $$;
SELECT test.with_trigger(definition, action), definition, action FROM
	unnest('{a BEFORE UPDATE ON salesopp.opportunity, z BEFORE UPDATE ON salesopp.opportunity, a AFTER UPDATE ON salesopp.opportunity,
		a BEFORE UPDATE ON salesopp.opportunity_competitor, a AFTER UPDATE ON salesopp.opportunity_competitor}'::text[]) definition,
	unnest('{
		"test.intrude(''UPDATE salesopp.opportunity SET loss_reason_id = NULL WHERE id = 770042105'')",
		"test.intrude(''UPDATE salesopp.opportunity SET actual_revenue = 1 WHERE id = 770042101'')",
		"test.intrude(''UPDATE salesopp.opportunity_competitor SET is_winner = false WHERE id = 770042105'')",
		"test.intrude(''SELECT 1'')"}'::text[]) action;
SELECT test.with_trigger('a BEFORE UPDATE ON salesopp.opportunity', 'test.meddle()');
-- a correction within a trigger is one of its own
SELECT test.with_trigger('a AFTER UPDATE ON salesopp.opportunity_competitor',
	'test.intrude(''SELECT salesopp.correct_closing(770042101, 97)'')');
DROP FUNCTION test.intrude, test.meddle, test.with_trigger;
SELECT * FROM facts WHERE id IN (1, 2, 5) ORDER BY id;

-- Who waited for another may have begun before that one did: the event comes after the last (here one whose clock was ahead)
INSERT INTO salesopp.opportunity (id, subject, status, created_at, changed_at) VALUES (770042110, 'Ahead', 'won', '2999-01-01', '2999-01-02');
SELECT actual_revenue FROM salesopp.correct_closing(770042110, 5);
SELECT created_at >= '2999-01-01' AS ahead, before ->> 'actual_revenue' AS before, actual_revenue FROM salesopp.status_event WHERE opportunity_id = 770042110 ORDER BY id;

-- F8.6 One loss reason for many: won ones are reopened on the way, lost ones stay as they are
SELECT status FROM salesopp.close_won(770042107);
SELECT status FROM salesopp.close_lost(770042108, 770042102);
SET ROLE regress_correct_seller;
SELECT * FROM salesopp.set_status('{770042109, 770042108, 770042107, NULL, 770042201, 770042104, 770042109}',
	'lost', loss_reason_id => 770042101, note => 'All of them');
SELECT id, status, loss_reason_id, status_note FROM salesopp.opportunity WHERE id BETWEEN 770042107 AND 770042109 ORDER BY id;
SELECT opportunity_id, from_status, to_status, loss_reason_id, note FROM salesopp.status_event
WHERE opportunity_id BETWEEN 770042107 AND 770042109 ORDER BY opportunity_id, id;
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.set_status(''{770042106}'', ''won'', 770042101)",
	"SELECT salesopp.set_status(''{770042106}'', ''open'', 770042101)",
	"SELECT salesopp.set_status(''{770042106}'', NULL, 770042101)",
	"SELECT salesopp.set_status(''{}'', ''lost'', 0)",
	"SELECT salesopp.set_status(''{770042106}'', ''lost'', 770042201)",
	"SELECT salesopp.set_status(''{}'', ''lost'', 770042101)",
	"SELECT salesopp.set_status(NULL, ''lost'', 770042101)"}'::text[]) statement, test.outcome(statement);
-- calls of before mean what they meant
SELECT outcome FROM salesopp.set_status('{770042106}', 'lost', NULL);
SELECT outcome FROM salesopp.set_status('{770042106}', 'open', 'a note');
SELECT status_note FROM salesopp.opportunity WHERE id = 770042106;
SELECT outcome FROM salesopp.set_status('{770042106}', 'lost', note => 'a note', loss_reason_id => 770042102);
SELECT loss_reason_id, status_note FROM salesopp.opportunity WHERE id = 770042106;
RESET ROLE;

DROP OWNED BY regress_correct_manager, regress_correct_seller;
DROP ROLE regress_correct_manager, regress_correct_seller;
