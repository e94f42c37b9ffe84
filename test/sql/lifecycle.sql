-- F8.1, F8.2, F8.4, F8.5 Closing and reopening, by the functions and by plain SQL alike.
\set SHOW_CONTEXT never
SET datestyle = ISO;

INSERT INTO salesopp.organization (id, name) VALUES (7700501, 'Lifecycle'), (7700502, 'Lifecycle, another');
SET salesopp.organization_id = 7700501;
INSERT INTO salesopp.employee (id, initials, name) VALUES (770050101, 'LC', 'Lea Closer'), (770050102, 'RO', 'Rolf Opener');
INSERT INTO salesopp.employee (organization_id, id, initials, name) VALUES (7700502, 770050201, 'LC', 'Lars Closer');
INSERT INTO salesopp.loss_reason (id, name) VALUES (770050101, 'Price'), (770050102, 'Our own reason');
INSERT INTO salesopp.loss_reason (organization_id, id, name) VALUES (7700502, 770050201, 'Price');
SET salesopp.employee_id = 770050101;

CREATE TEMPORARY VIEW facts AS
SELECT id, status, estimated_revenue AS estimate, actual_revenue AS actual,
	CASE close_date WHEN CURRENT_DATE THEN 'today' ELSE close_date::text END AS close_date,
	closed_at IS NOT NULL AS closed, delivery_date, loss_reason_id AS reason, status_note
FROM salesopp.opportunity WHERE organization_id = salesopp.current_organization();

CREATE TEMPORARY VIEW events AS
SELECT opportunity_id AS id, from_status AS "from", to_status AS "to",
	CASE close_date WHEN CURRENT_DATE THEN 'today' ELSE close_date::text END AS close_date,
	actual_revenue AS actual, delivery_date, loss_reason_id AS reason, winner, note, created_by AS by,
	row_number() OVER (PARTITION BY opportunity_id ORDER BY e.id) AS nth
FROM salesopp.status_event e WHERE organization_id = salesopp.current_organization();

INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, delivery_date)
SELECT 770050100 + n, 'Opportunity ' || n, 100 * n, '2030-01-01' FROM generate_series(1, 30) n;
UPDATE salesopp.opportunity SET estimated_revenue = NULL WHERE id = 770050102;

-- F8.1 Won, with every default and every argument
SELECT * FROM facts WHERE id = 770050101;
SELECT status, actual_revenue, close_date = CURRENT_DATE AS today, delivery_date, status_note
FROM salesopp.close_won(770050101);
SELECT * FROM facts WHERE id = 770050101;
SELECT actual_revenue FROM salesopp.close_won(770050102); -- no estimate
SELECT actual_revenue FROM salesopp.close_won(770050103, 0);
SELECT actual_revenue FROM salesopp.close_won(770050104, 1234.565);
SELECT close_date FROM salesopp.close_won(770050105, close_date => '2024-02-29');
SELECT close_date = CURRENT_DATE AS today FROM salesopp.close_won(770050106, close_date => NULL);
SELECT delivery_date FROM salesopp.close_won(770050107, delivery_date => '2031-12-31');
SELECT status_note FROM salesopp.close_won(770050108, note => 'Signed.');
SELECT status, actual_revenue, close_date, delivery_date, status_note
FROM salesopp.close_won(770050109, 900.50, '2024-03-01', '2024-04-01', 'All of it');
SELECT * FROM facts WHERE id BETWEEN 770050101 AND 770050109 ORDER BY id;
SELECT * FROM events WHERE id BETWEEN 770050101 AND 770050109 ORDER BY id;

-- F8.1 the same by plain SQL
UPDATE salesopp.opportunity SET status = 'won' WHERE id = 770050110;
UPDATE salesopp.opportunity SET status = 'won', actual_revenue = 1, close_date = '2024-03-02',
	delivery_date = '2024-04-02', status_note = 'Plain', note = 'a note of its own' WHERE id = 770050111;
-- when it was closed cannot be chosen
UPDATE salesopp.opportunity SET status = 'won', closed_at = '2000-01-01' WHERE id = 770050112;
SELECT closed_at = changed_at AS closed_now FROM salesopp.opportunity WHERE id = 770050112;
-- what is set in the same statement is what is closed with
UPDATE salesopp.opportunity SET status = 'won', estimated_revenue = 77 WHERE id = 770050113;
-- many at once
UPDATE salesopp.opportunity SET status = 'won', status_note = 'all three' WHERE id BETWEEN 770050114 AND 770050116;
SELECT * FROM facts WHERE id BETWEEN 770050110 AND 770050116 ORDER BY id;
SELECT * FROM events WHERE id BETWEEN 770050110 AND 770050116 ORDER BY id;
-- born closed
INSERT INTO salesopp.opportunity (id, subject, status, estimated_revenue, status_note)
VALUES (770050131, 'Born won', 'won', 55, 'at birth');
INSERT INTO salesopp.opportunity (id, subject, status, loss_reason_id, close_date)
VALUES (770050132, 'Born lost', 'lost', 770050101, '2024-03-03');
INSERT INTO salesopp.opportunity (id, subject, status) VALUES (770050133, 'Born won, worth nothing', 'won');
SELECT * FROM facts WHERE id > 770050130 ORDER BY id;
SELECT * FROM events WHERE id > 770050130 ORDER BY id;

-- F8.1 refused
SELECT outcome, statement FROM (VALUES
	('SELECT salesopp.close_won(770050101)'),			-- closed already
	('SELECT salesopp.close_lost(770050101)'),
	('SELECT salesopp.close_won(NULL)'),
	('SELECT salesopp.close_won(0)'),
	('SELECT salesopp.close_won(-1)'),
	('SELECT salesopp.close_won(9223372036854775807)'),
	('SELECT salesopp.close_won(770050120, -0.01)'),
	('SELECT salesopp.close_won(770050120, ''NaN'')'),
	('SELECT salesopp.close_won(770050120, ''Infinity'')'),
	('SELECT salesopp.close_won(770050120, 10000000000000000)'),
	('SELECT salesopp.close_won(770050120, close_date => ''infinity'')'),
	('SELECT salesopp.close_won(770050120, delivery_date => ''-infinity'')'),
	('UPDATE salesopp.opportunity SET status = ''lost'' WHERE id = 770050101'),	-- won to lost
	('UPDATE salesopp.opportunity SET status = NULL WHERE id = 770050120'),
	('UPDATE salesopp.opportunity SET status = ''won'', loss_reason_id = 770050101 WHERE id = 770050120'),
	('UPDATE salesopp.opportunity SET status = ''lost'', actual_revenue = 1 WHERE id = 770050120'),
	-- closing facts of an open one, and a note without a change of status
	('UPDATE salesopp.opportunity SET actual_revenue = 1 WHERE id = 770050120'),
	('UPDATE salesopp.opportunity SET close_date = CURRENT_DATE WHERE id = 770050120'),
	('UPDATE salesopp.opportunity SET closed_at = now() WHERE id = 770050120'),
	('UPDATE salesopp.opportunity SET loss_reason_id = 770050101 WHERE id = 770050120'),
	('UPDATE salesopp.opportunity SET status_note = ''why'' WHERE id = 770050120'),
	('INSERT INTO salesopp.opportunity (subject, status, loss_reason_id) VALUES (''x'', ''won'', 770050101)'),
	('INSERT INTO salesopp.opportunity (id, subject, status_note) VALUES (770050140, ''x'', ''why'')')
) v (statement), test.outcome(statement);
SELECT * FROM facts WHERE id = 770050120;
SELECT count(*) FROM events WHERE id = 770050120;
-- as a client sees it, with the hint
SELECT salesopp.close_won(770050101);
SELECT salesopp.reopen(770050120);
SELECT salesopp.close_won(0);
SELECT salesopp.close_won(NULL);
UPDATE salesopp.opportunity SET status_note = 'why' WHERE id = 770050120;
-- one of many that is refused keeps all from being changed
UPDATE salesopp.opportunity SET status = 'lost' WHERE id IN (770050119, 770050101, 770050120);
SELECT id, status FROM salesopp.opportunity WHERE id IN (770050119, 770050120) ORDER BY id;
SELECT count(*) FROM events WHERE id IN (770050119, 770050120);

-- F8.2 Lost, with every default and every argument
SELECT status, actual_revenue, close_date = CURRENT_DATE AS today, loss_reason_id, status_note FROM salesopp.close_lost(770050117);
SELECT loss_reason_id FROM salesopp.close_lost(770050118, 770050101);
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name)
VALUES (770050101, 770050119, 'Rival'), (770050102, 770050120, 'Rival');
INSERT INTO salesopp.opportunity_competitor (organization_id, id, opportunity_id, name)
SELECT organization_id, 770050103, id, 'Another''s rival' FROM salesopp.opportunity WHERE id = 770050121;
SELECT status, loss_reason_id, close_date, delivery_date, status_note
FROM salesopp.close_lost(770050119, 770050102, 770050101, '2024-05-01', '2024-06-01', 'Too dear');
SELECT id, is_winner FROM salesopp.opportunity_competitor WHERE opportunity_id = 770050119;
-- by plain SQL: the winner's mark, then the status; or neither reason nor winner
UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE id = 770050102;
UPDATE salesopp.opportunity SET status = 'lost', loss_reason_id = 770050101 WHERE id = 770050120;
UPDATE salesopp.opportunity SET status = 'lost' WHERE id = 770050122;
SELECT * FROM facts WHERE id BETWEEN 770050117 AND 770050122 ORDER BY id;
SELECT * FROM events WHERE id BETWEEN 770050117 AND 770050122 ORDER BY id;

-- F8.2 refused
SELECT outcome, statement FROM (VALUES
	('SELECT salesopp.close_lost(770050117)'),
	('SELECT salesopp.close_won(770050117)'),
	('SELECT salesopp.close_lost(NULL)'),
	('SELECT salesopp.close_lost(0)'),
	('SELECT salesopp.close_lost(770050121, winner_id => 770050101)'),		-- of another opportunity
	('SELECT salesopp.close_lost(770050121, winner_id => 0)'),
	('SELECT salesopp.close_lost(770050121, 0)'),
	('SELECT salesopp.close_lost(770050121, 770050201)'),					-- another organization's reason
	('UPDATE salesopp.opportunity SET status = ''lost'', loss_reason_id = 770050201 WHERE id = 770050121'),
	('SELECT salesopp.close_lost(770050121, winner_id => 770050103, close_date => ''infinity'')'),
	('UPDATE salesopp.opportunity SET status = ''won'' WHERE id = 770050117')		-- lost to won
) v (statement), test.outcome(statement);
SELECT salesopp.close_lost(770050121, winner_id => 770050101);
-- nothing of a call that failed is left, the winner's mark neither
SELECT * FROM facts WHERE id = 770050121;
SELECT is_winner FROM salesopp.opportunity_competitor WHERE id = 770050103;
SELECT count(*) FROM events WHERE id = 770050121;

-- Another organization's opportunities are not there
SET salesopp.organization_id = 7700502;
SET salesopp.employee_id = 770050201;
SELECT outcome, statement FROM (VALUES
	('SELECT salesopp.close_won(770050121)'),
	('SELECT salesopp.close_lost(770050121)'),
	('SELECT salesopp.reopen(770050101)')
) v (statement), test.outcome(statement);
SET salesopp.organization_id = 7700501;
SET salesopp.employee_id = 770050102;

-- F8.4 Reopening clears the facts from the record and keeps them in the events
SELECT status, actual_revenue, close_date, closed_at, delivery_date, status_note FROM salesopp.reopen(770050109);
SELECT status, loss_reason_id, close_date, closed_at, delivery_date, status_note FROM salesopp.reopen(770050119, 'They think again');
SELECT is_winner FROM salesopp.opportunity_competitor WHERE id = 770050101;
UPDATE salesopp.opportunity SET status = 'open' WHERE id = 770050111;
UPDATE salesopp.opportunity SET status = 'open', note = 'and a note', status_note = 'plainly' WHERE id = 770050120;
SELECT is_winner FROM salesopp.opportunity_competitor WHERE id = 770050102;
UPDATE salesopp.opportunity SET status = 'open' WHERE id BETWEEN 770050114 AND 770050116;
SELECT * FROM facts WHERE id IN (770050109, 770050111, 770050114, 770050115, 770050116, 770050119, 770050120) ORDER BY id;
SELECT * FROM events WHERE id IN (770050109, 770050111, 770050114, 770050115, 770050116, 770050119, 770050120) ORDER BY id, nth;
-- and again: won, reopened, lost, reopened
SELECT status FROM salesopp.close_won(770050109, 1, '2025-01-01', note => 'second');
SELECT status FROM salesopp.reopen(770050109, 'third');
SELECT status FROM salesopp.close_lost(770050109, 770050101, NULL, '2025-02-02', note => 'fourth');
SELECT status FROM salesopp.reopen(770050109);
SELECT * FROM events WHERE id = 770050109 ORDER BY nth;
SELECT * FROM facts WHERE id = 770050109;
-- the note: given again with the same text it counts, not given it goes
UPDATE salesopp.opportunity SET status = 'won', status_note = 'same' WHERE id = 770050123;
UPDATE salesopp.opportunity SET status = 'open', status_note = 'same' WHERE id = 770050123;
UPDATE salesopp.opportunity SET status = 'lost' WHERE id = 770050123;
SELECT "from", "to", note FROM events WHERE id = 770050123 ORDER BY nth;
-- within one transaction, the events stand in the order in which it happened
BEGIN;
SELECT status FROM salesopp.close_won(770050124);
SELECT status FROM salesopp.reopen(770050124);
SELECT status FROM salesopp.close_lost(770050124);
COMMIT;
SELECT "from", "to" FROM events WHERE id = 770050124 ORDER BY nth;
-- rolled back, there are none
BEGIN;
SELECT status FROM salesopp.close_won(770050125);
ROLLBACK;
SELECT count(*) FROM events WHERE id = 770050125;

-- F8.4 refused
SELECT outcome, statement FROM (VALUES
	('SELECT salesopp.reopen(770050109)'),			-- open
	('SELECT salesopp.reopen(NULL)'),
	('SELECT salesopp.reopen(0)'),
	-- reopening is no way to change anything else
	('UPDATE salesopp.opportunity SET status = ''open'', subject = ''x'' WHERE id = 770050101'),
	('UPDATE salesopp.opportunity SET status = ''open'', estimated_revenue = 1 WHERE id = 770050101'),
	('UPDATE salesopp.opportunity SET status = ''open'', delivery_date = NULL WHERE id = 770050101'),
	('UPDATE salesopp.opportunity SET status = ''open'', progress_method = ''manual'' WHERE id = 770050101'),
	('UPDATE salesopp.opportunity SET status = ''open'', deleted_at = now() WHERE id = 770050101'),
	('UPDATE salesopp.opportunity SET status = ''open'', actual_revenue = 5 WHERE id = 770050101'),
	('UPDATE salesopp.opportunity SET status = ''open'', close_date = ''2020-01-01'' WHERE id = 770050101'),
	('UPDATE salesopp.opportunity SET status = ''open'', loss_reason_id = 770050101 WHERE id = 770050101')
) v (statement), test.outcome(statement);
SELECT * FROM facts WHERE id = 770050101;

-- F8.4 Events are only added; not even the owner changes or removes one
SET client_min_messages = warning;
SELECT outcome, statement FROM (VALUES
	('UPDATE salesopp.status_event SET note = ''x'' WHERE opportunity_id = 770050109'),
	('UPDATE salesopp.status_event SET note = ''x'' WHERE false'),
	('DELETE FROM salesopp.status_event WHERE opportunity_id = 770050109'),
	('TRUNCATE salesopp.status_event'),
	('TRUNCATE salesopp.opportunity CASCADE'),
	('DELETE FROM salesopp.opportunity WHERE id = 770050109'),	-- open, but it has a history
	('DELETE FROM salesopp.opportunity WHERE id = 770050101'),	-- closed
	('MERGE INTO salesopp.status_event e USING (VALUES (770050109)) v (id) ON e.opportunity_id = v.id WHEN MATCHED THEN DELETE')
) v (statement), test.outcome(statement);
UPDATE salesopp.status_event SET note = 'x';
SELECT count(*) FROM events WHERE id = 770050109;
-- for every opportunity the events lead from open, step by step, to what it is now
SELECT o.id FROM salesopp.opportunity o
LEFT JOIN LATERAL (SELECT array_agg(e.from_status ORDER BY e.id) AS "from", array_agg(e.to_status ORDER BY e.id) AS "to"
	FROM salesopp.status_event e WHERE e.organization_id = o.organization_id AND e.opportunity_id = o.id) e ON true
WHERE o.organization_id = 7700501
	AND (COALESCE(e."from" || o.status, ARRAY[o.status]) <> '{open}' || COALESCE(e."to", '{}'));
-- when, and by whom
SELECT id, "from", "to", by FROM events WHERE id IN (770050101, 770050109) ORDER BY id, nth;
SELECT bool_and(created_at BETWEEN now() - interval '1 hour' AND now()) FROM salesopp.status_event WHERE organization_id = 7700501;

-- F8.5 The predefined reasons, and one's own
SET salesopp.employee_id = '';
SELECT salesopp.create_organization('Lifecycle, reasons') AS organization \gset
SET salesopp.organization_id = :organization;
SELECT name, is_predefined, is_active FROM salesopp.loss_reason WHERE organization_id = :organization ORDER BY id;
INSERT INTO salesopp.loss_reason (id, name) VALUES (770050301, 'Moved abroad');
SELECT is_predefined, is_active FROM salesopp.loss_reason WHERE id = 770050301;
INSERT INTO salesopp.opportunity (id, subject) VALUES (770050301, 'Reasons'), (770050302, 'Reasons');
SELECT loss_reason_id FROM salesopp.close_lost(770050301, 770050301);
SELECT r.name FROM salesopp.close_lost(770050302, (SELECT id FROM salesopp.loss_reason
	WHERE organization_id = :organization AND name = 'No budget')) o
JOIN salesopp.loss_reason r ON r.organization_id = o.organization_id AND r.id = o.loss_reason_id;
SELECT outcome, statement FROM (VALUES
	('INSERT INTO salesopp.loss_reason (name) VALUES (''No budget'')'),
	('INSERT INTO salesopp.loss_reason (name) VALUES (''  '')'),
	('DELETE FROM salesopp.loss_reason WHERE id = 770050301')
) v (statement), test.outcome(statement);
