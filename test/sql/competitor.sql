-- F5 Competitors of an opportunity, and which of them won it
\set SHOW_CONTEXT never
INSERT INTO salesopp.organization (id, name) VALUES (7700521, 'Competitors'), (7700522, 'Competitors elsewhere');
INSERT INTO salesopp.competitor (organization_id, id, name, website) VALUES
	(7700521, 770052101, 'Alpha', 'https://alpha.example'), (7700521, 770052102, 'Beta', NULL), (7700521, 770052103, 'Gamma', NULL),
	(7700522, 770052201, 'Alpha', 'https://elsewhere.example');
INSERT INTO salesopp.opportunity (organization_id, id, subject, estimated_revenue) VALUES
	(7700521, 770052101, 'One', 100), (7700521, 770052102, 'Two', 100), (7700521, 770052103, 'Three', 100),
	(7700521, 770052104, 'Four', 100),
	(7700522, 770052201, 'Elsewhere', 100);
SET salesopp.organization_id = 7700521;

-- F5.1 From the global list, or typed in by hand; each with an assessment
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, competitor_id, name, threat, note) VALUES
	(770052101, 770052101, 770052101, NULL, 2, 'Slow'),
	(770052102, 770052101, NULL, 'Zeta, typed in', 5, 'Knows the customer'),
	(770052103, 770052101, 770052102, NULL, 4, NULL),
	(770052104, 770052101, NULL, 'Delta, typed in', 4, NULL),
	(770052105, 770052101, 770052103, NULL, 1, NULL);
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, competitor_id) VALUES (770052106, 770052102, 770052101);
-- the worst first, then by name
SELECT id, competitor_id, name, website, threat, is_winner, note FROM salesopp.competitor_list WHERE opportunity_id = 770052101;
SELECT id, name, threat FROM salesopp.competitor_list WHERE opportunity_id = 770052102;
-- the list's name is the global one's; a typed-in name stays
UPDATE salesopp.competitor SET name = 'Alpha & Sons' WHERE id = 770052101;
SELECT id, name FROM salesopp.competitor_list WHERE organization_id = 7700521 AND competitor_id = 770052101 ORDER BY id;
UPDATE salesopp.opportunity_competitor SET threat = 5, note = 'Cheaper now' WHERE id = 770052105;
SELECT id, name, threat, note FROM salesopp.competitor_list WHERE opportunity_id = 770052101;

SELECT outcome, statement
FROM (SELECT 'INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id, name, threat) VALUES ' || v
	FROM unnest('{
	"(770052102, 770052102, ''Both'', 3)",
	"(770052102, NULL, NULL, 3)",
	"(770052102, NULL, ''  '', 3)",
	"(770052102, NULL, '''', 3)",
	"(770052102, 770052101, NULL, 3)",
	"(770052101, NULL, ''Zeta, typed in'', 3)",
	"(770052102, 770052102, NULL, 0)",
	"(770052102, 770052102, NULL, 6)",
	"(770052102, 770052102, NULL, NULL)",
	"(770052102, 770052201, NULL, 3)",
	"(770052201, 770052102, NULL, 3)",
	"(0, 770052102, NULL, 3)",
	"(NULL, 770052102, NULL, 3)"}'::text[]) v) s (statement), test.outcome(statement);
SELECT outcome, statement FROM (VALUES
	('DELETE FROM salesopp.competitor WHERE id = 770052101'),	-- in use
	('INSERT INTO salesopp.competitor (name) VALUES (''Beta'')'),
	('INSERT INTO salesopp.competitor (name) VALUES ('' '')'),
	('INSERT INTO salesopp.competitor (name) VALUES (NULL)'),
	('UPDATE salesopp.opportunity_competitor SET competitor_id = 770052102 WHERE id = 770052101'),
	('UPDATE salesopp.opportunity_competitor SET name = ''Typed in'' WHERE id = 770052101'),
	('UPDATE salesopp.opportunity_competitor SET competitor_id = 770052201 WHERE id = 770052101')
) v (statement), test.outcome(statement);

-- F5.2 The winner on a loss: one of this opportunity's competitors, or nobody
SELECT outcome, statement FROM (VALUES
	('SELECT salesopp.close_lost(770052102, winner_id => 770052101)'),		-- of another opportunity
	('SELECT salesopp.close_lost(770052102, winner_id => 770052102)'),		-- an id of the global list
	('SELECT salesopp.close_lost(770052102, winner_id => 0)'),
	('SELECT salesopp.close_lost(770052201, winner_id => 770052106)')		-- another organization's
) v (statement), test.outcome(statement);
SELECT status FROM salesopp.opportunity WHERE id = 770052102;
SELECT status FROM salesopp.close_lost(770052102, winner_id => 770052106);
SELECT id, name, is_winner FROM salesopp.competitor_list WHERE opportunity_id = 770052102;
SELECT winner FROM salesopp.opportunity_card WHERE id = 770052102;
-- the event keeps the name as it was
UPDATE salesopp.competitor SET name = 'Alpha' WHERE id = 770052101;
SELECT winner FROM salesopp.status_event WHERE opportunity_id = 770052102;
SELECT winner FROM salesopp.opportunity_card WHERE id = 770052102;
-- a typed-in winner, and none
SELECT status FROM salesopp.close_lost(770052101, winner_id => 770052102);
SELECT status FROM salesopp.close_lost(770052103);
SELECT opportunity_id, winner FROM salesopp.status_event WHERE opportunity_id IN (770052101, 770052103) ORDER BY 1;
-- reopened, nobody has won, and the event still knows
SELECT status FROM salesopp.reopen(770052101);
SELECT count(*) FROM salesopp.opportunity_competitor WHERE opportunity_id = 770052101 AND is_winner;
SELECT from_status, to_status, winner FROM salesopp.status_event WHERE opportunity_id = 770052101 ORDER BY id;

-- The mark can be set while the opportunity is open, on one competitor at most
UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE id = 770052103;
SELECT test.outcome('UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE id = 770052104');
SELECT test.outcome('INSERT INTO salesopp.opportunity_competitor (opportunity_id, name, is_winner) VALUES (770052101, ''Late'', true)');
-- then it cannot be won
SELECT test.outcome('SELECT salesopp.close_won(770052101)');
UPDATE salesopp.opportunity SET status = 'won' WHERE id = 770052101;
SELECT status FROM salesopp.opportunity WHERE id = 770052101;
-- lost without naming a winner the mark counts, with another one it moves
BEGIN;
SELECT status FROM salesopp.close_lost(770052101);
SELECT winner FROM salesopp.status_event WHERE opportunity_id = 770052101 ORDER BY id DESC LIMIT 1;
ROLLBACK;
SELECT status FROM salesopp.close_lost(770052101, winner_id => 770052104);
SELECT winner FROM salesopp.status_event WHERE opportunity_id = 770052101 ORDER BY id DESC LIMIT 1;
SELECT id, name, is_winner FROM salesopp.competitor_list WHERE opportunity_id = 770052101;
-- winner and other competitors are settled then
SELECT outcome, statement FROM (VALUES
	('UPDATE salesopp.opportunity_competitor SET is_winner = false WHERE id = 770052104'),
	('UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE id = 770052101'),
	('UPDATE salesopp.opportunity_competitor SET threat = 1 WHERE id = 770052101'),
	('DELETE FROM salesopp.opportunity_competitor WHERE id = 770052101'),
	('INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) VALUES (770052101, ''Late'')')
) v (statement), test.outcome(statement);
-- removing a competitor from an open opportunity
SELECT status FROM salesopp.reopen(770052101);
DELETE FROM salesopp.opportunity_competitor WHERE id = 770052104;
SELECT id, name FROM salesopp.competitor_list WHERE opportunity_id = 770052101;

-- Of a deleted opportunity none are listed
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id = 770052101;
SELECT count(*) FROM salesopp.competitor_list WHERE opportunity_id = 770052101;
