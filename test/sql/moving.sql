-- F3.1, F3.3, F5.2, F6.1 Uniqueness while moving: what a statement leaves in the end counts, whatever the order of the rows
\set SHOW_CONTEXT never
SELECT salesopp.create_organization('Moving') AS organization \gset
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.sales_process (id, name) VALUES (77441001, 'Process');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
SELECT 77441001, n, 'Stage ' || n, 20 * n FROM generate_series(1, 4) n;
INSERT INTO salesopp.company (id, name) VALUES (77441001, 'Customer'), (77441002, 'Other');
INSERT INTO salesopp.contact (id, company_id, last_name, is_primary, is_your_ref)
VALUES (77441001, 77441001, 'First', true, true), (77441002, 77441001, 'Second', false, false), (77441003, 77441002, 'Third', true, false);
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (77441001, 'Deal', 77441001);
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name, is_winner)
VALUES (77441001, 77441001, 'Alpha', true), (77441002, 77441001, 'Beta', false);
CREATE ROLE regress_moving_manager LOGIN;
SELECT salesopp.grant_access('regress_moving_manager', 'manager');
CREATE VIEW moved AS
SELECT 'stage' AS what, string_agg(concat_ws(' ', position, name), ', ' ORDER BY position) AS rows
FROM salesopp.stage WHERE opportunity_id = 77441001
UNION ALL
SELECT 'process', string_agg(concat_ws(' ', position, name), ', ' ORDER BY position)
FROM salesopp.sales_process_stage WHERE sales_process_id = 77441001
UNION ALL
SELECT 'contact', string_agg(concat_ws(' ', last_name, CASE WHEN is_primary THEN 'primary' END,
	CASE WHEN is_your_ref THEN 'your ref' END), ', ' ORDER BY id)
FROM salesopp.contact WHERE id BETWEEN 77441000 AND 77441999
UNION ALL
SELECT 'competitor', string_agg(concat_ws(' ', name, CASE WHEN is_winner THEN 'winner' END), ', ' ORDER BY id)
FROM salesopp.opportunity_competitor WHERE opportunity_id = 77441001;
GRANT SELECT ON moved TO regress_moving_manager;
SET ROLE regress_moving_manager;

-- Up, down, two places exchanged, all turned round
UPDATE salesopp.sales_process_stage SET position = position + 1 WHERE sales_process_id = 77441001;
UPDATE salesopp.stage SET position = position + 1 WHERE opportunity_id = 77441001 AND position > 1 RETURNING position, name;
SELECT * FROM moved LIMIT 2;
UPDATE salesopp.sales_process_stage SET position = position - 1 WHERE sales_process_id = 77441001;
UPDATE salesopp.stage SET position = position - 1 WHERE opportunity_id = 77441001 AND position > 1;
UPDATE salesopp.sales_process_stage SET position = 5 - position WHERE sales_process_id = 77441001;
UPDATE salesopp.stage SET position = CASE position WHEN 2 THEN 3 ELSE 2 END WHERE opportunity_id = 77441001 AND position IN (2, 3);
SELECT * FROM moved LIMIT 2;
-- progress follows
UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id = 77441001 AND position = 2;
SELECT progress FROM salesopp.opportunity WHERE id = 77441001;
-- a place made and taken in one statement
WITH up AS (UPDATE salesopp.stage SET position = position + 1 WHERE opportunity_id = 77441001 AND position > 2)
INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (77441001, 3, 'New', 50);
SELECT * FROM moved LIMIT 1;

-- A mark goes from one to the other and back, so that each order of the rows is met
UPDATE salesopp.contact SET is_primary = NOT is_primary, is_your_ref = NOT is_your_ref WHERE company_id = 77441001;
UPDATE salesopp.opportunity_competitor SET is_winner = NOT is_winner WHERE opportunity_id = 77441001;
SELECT * FROM moved OFFSET 2;
UPDATE salesopp.contact SET is_primary = NOT is_primary, is_your_ref = NOT is_your_ref WHERE company_id = 77441001;
UPDATE salesopp.opportunity_competitor SET is_winner = NOT is_winner WHERE opportunity_id = 77441001;
SELECT * FROM moved OFFSET 2;
-- a primary contact changes places with another's
UPDATE salesopp.contact SET company_id = 77441001 + 77441002 - company_id WHERE is_primary AND company_id IN (77441001, 77441002);
UPDATE salesopp.contact SET company_id = 77441001 + 77441002 - company_id WHERE is_primary AND company_id IN (77441001, 77441002);

-- What is not valid in the end is refused, naming the parent
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.sales_process_stage SET position = 1 WHERE sales_process_id = 77441001 AND position = 2",
	"INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES (77441001, 2, ''Two'', 1)",
	"INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES (77441001, 7, ''Two'', 1), (77441001, 7, ''Two'', 1)",
	"UPDATE salesopp.stage SET position = 3 WHERE opportunity_id = 77441001 AND position IN (1, 2)",
	"UPDATE salesopp.stage SET probability = 1, position = CASE position WHEN 1 THEN 2 ELSE position END WHERE opportunity_id = 77441001",
	"UPDATE salesopp.stage SET probability = 1, position = CASE position WHEN 4 THEN 3 ELSE position END WHERE opportunity_id = 77441001",
	"INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (77441001, 2, ''Two'', 1) ON CONFLICT DO NOTHING",
	"UPDATE salesopp.contact SET is_primary = true WHERE company_id = 77441001",
	"UPDATE salesopp.contact SET company_id = 77441001 WHERE id = 77441003",
	"INSERT INTO salesopp.contact (company_id, last_name, is_your_ref) VALUES (77441001, ''Next'', true)",
	"UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE opportunity_id = 77441001",
	"INSERT INTO salesopp.opportunity_competitor (opportunity_id, name, is_winner) VALUES (77441001, ''Gamma'', true)"}'::text[]) statement,
	test.outcome(statement);
UPDATE salesopp.contact SET is_primary = true WHERE company_id = 77441001;

-- ON CONFLICT is as it was for ids
INSERT INTO salesopp.contact (id, company_id, last_name, is_primary) VALUES (77441001, 77441001, 'Again', true),
	(77441004, 77441001, 'Fourth', false)
ON CONFLICT DO NOTHING RETURNING last_name;
INSERT INTO salesopp.contact (id, company_id, last_name) VALUES (77441002, 77441001, 'Second')
ON CONFLICT (organization_id, id) DO UPDATE SET is_primary = false RETURNING last_name;
INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (77441001, 9, 'Nine', 1) ON CONFLICT DO NOTHING
RETURNING name;
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
VALUES (77441001, 9, 'Nine', 1) ON CONFLICT DO NOTHING RETURNING name;
-- the stages of a process are copied with ids of their own
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (77441002, 'Next deal', 77441001);
SELECT count(*), count(DISTINCT id) FROM salesopp.stage WHERE opportunity_id = 77441002;
SELECT id AS copy FROM salesopp.copy_opportunity(77441001) \gset
SELECT count(*), count(DISTINCT id) FROM salesopp.stage WHERE opportunity_id = :copy;

-- Of many parents in one statement each is looked at, also where one organization's has the id of another's
INSERT INTO salesopp.company (id, name) VALUES (77441003, 'Third'), (77441004, 'Fourth');
SELECT test.outcome('INSERT INTO salesopp.contact (company_id, last_name, is_primary) SELECT c, ''Many'', true FROM unnest(''{77441003,77441004,77441004}''::bigint[]) c');
SELECT test.outcome('INSERT INTO salesopp.stage (opportunity_id, position, name, probability) SELECT o, 20, ''Many'', 1 FROM unnest(''{77441001,77441002,77441002}''::bigint[]) o');
SELECT test.outcome('UPDATE salesopp.stage SET position = CASE opportunity_id WHEN 77441001 THEN position + 1 ELSE 30 END WHERE opportunity_id IN (77441001, 77441002)');
RESET ROLE;
SELECT salesopp.create_organization('Moving elsewhere') AS elsewhere \gset
INSERT INTO salesopp.company (organization_id, id, name) VALUES (:elsewhere, 77441003, 'Elsewhere');
SELECT test.outcome(format('INSERT INTO salesopp.contact (organization_id, company_id, last_name, is_primary) SELECT o, 77441003, ''Many'', true FROM unnest(ARRAY[%s, %s, %s]) o', :organization, :elsewhere, :elsewhere));
SELECT test.outcome(format('INSERT INTO salesopp.contact (organization_id, company_id, last_name, is_primary) SELECT o, 77441003, ''Many'', true FROM unnest(ARRAY[%s, %s]) o', :organization, :elsewhere));

-- Also for rows that are loaded
SET row_security = off;
SELECT test.outcome('INSERT INTO salesopp.contact (company_id, last_name, is_primary) VALUES (77441001, ''Loaded'', true)');
SELECT test.outcome('INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (77441002, 2, ''Loaded'', 1)');
RESET row_security;

DROP VIEW moved;
RESET salesopp.organization_id;
DROP OWNED BY regress_moving_manager;
DROP ROLE regress_moving_manager;
