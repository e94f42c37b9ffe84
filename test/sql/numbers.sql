-- F7 Numbers without gaps: a number belongs to a row that is really inserted
\set SHOW_CONTEXT never
SELECT salesopp.create_organization('Numbers') AS organization \gset
SET salesopp.organization_id = :organization;
CREATE ROLE regress_numbers_seller LOGIN;
SELECT salesopp.grant_access('regress_numbers_seller', 'seller');
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) VALUES (77331101, 'Open', 100), (77331102, 'To close', 200);
CREATE VIEW numbers_taken AS
SELECT 'quote' AS series,
	(SELECT string_agg(format('%s/%s', id - 77331000, number), ' ' ORDER BY number) FROM salesopp.quote
	WHERE id BETWEEN 77331000 AND 77331999) AS rows,
	(SELECT last_number FROM salesopp.number_series WHERE organization_id = salesopp.current_organization() AND name = 'quote') AS last
UNION ALL
SELECT 'sales order', (SELECT string_agg(format('%s/%s', id - 77331000, number), ' ' ORDER BY number)
	FROM salesopp.sales_order WHERE id BETWEEN 77331000 AND 77331999),
	(SELECT last_number FROM salesopp.number_series WHERE organization_id = salesopp.current_organization() AND name = 'sales order');
GRANT SELECT ON numbers_taken TO regress_numbers_seller;
SET ROLE regress_numbers_seller;

-- The same id again: nothing is inserted and no number is taken, whichever way
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331001, 77331101, 1) RETURNING number;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331001, 77331101, 2) ON CONFLICT DO NOTHING RETURNING number;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331001, 77331101, 2) ON CONFLICT (organization_id, id) DO NOTHING
RETURNING number;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331001, 77331101, 3)
ON CONFLICT (organization_id, id) DO UPDATE SET amount = EXCLUDED.amount RETURNING number, amount;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331001, 77331101, 4), (77331002, 77331101, 4),
	(77331002, 77331101, 5), (77331003, 77331101, 6)
ON CONFLICT DO NOTHING RETURNING id - 77331000 AS id, number;
INSERT INTO salesopp.quote (id, opportunity_id, amount) SELECT 77331000 + n, 77331101, n FROM generate_series(5, 1, -1) n
ON CONFLICT DO NOTHING RETURNING id - 77331000 AS id, number;
MERGE INTO salesopp.quote q USING (VALUES (77331004), (77331006)) v (id) ON q.id = v.id
WHEN MATCHED THEN UPDATE SET amount = 9 WHEN NOT MATCHED THEN INSERT (id, opportunity_id, amount) VALUES (v.id, 77331101, 9);
-- a quote becomes one order
INSERT INTO salesopp.sales_order (id, opportunity_id, quote_id, amount) VALUES (77331001, 77331101, 77331001, 1) RETURNING number;
INSERT INTO salesopp.sales_order (id, opportunity_id, quote_id, amount)
VALUES (77331002, 77331101, 77331001, 1) ON CONFLICT DO NOTHING RETURNING number;
INSERT INTO salesopp.sales_order (id, opportunity_id, quote_id, amount) VALUES (77331002, 77331101, 77331001, 2)
ON CONFLICT (organization_id, quote_id) DO UPDATE SET amount = EXCLUDED.amount RETURNING number, amount;
INSERT INTO salesopp.sales_order (id, opportunity_id, amount) VALUES (77331002, 77331101, 1) RETURNING number;
SELECT * FROM numbers_taken;

-- Who is under row security cannot choose one
INSERT INTO salesopp.quote (id, opportunity_id, number, amount) VALUES (77331020, 77331101, 500, 1) RETURNING number;
INSERT INTO salesopp.sales_order (id, opportunity_id, number, amount) VALUES (77331020, 77331101, 1, 1) RETURNING number;

-- What fails takes none either: undone, refused, broken
BEGIN;
SAVEPOINT s;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331007, 77331101, 1) RETURNING number;
ROLLBACK TO s;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331001, 77331101, 1) ON CONFLICT DO NOTHING RETURNING number;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331008, 77331101, 1) RETURNING number;
COMMIT;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331103, 77331102, 1) RETURNING number;
SELECT status FROM salesopp.close_won(77331102);
SELECT outcome, statement FROM unnest('{
	"INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331001, 77331101, 1)",
	"INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331009, 77331101, -1) ON CONFLICT DO NOTHING",
	"INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331103, 77331102, 2) ON CONFLICT DO NOTHING",
	"INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331103, 77331102, 2) ON CONFLICT (organization_id, id) DO UPDATE SET amount = 2",
	"INSERT INTO salesopp.sales_order (id, opportunity_id, quote_id, amount) VALUES (77331001, 77331101, 77331002, 1) ON CONFLICT (organization_id, quote_id) DO NOTHING"}'::text[]) statement,
	test.outcome(statement);
SELECT * FROM numbers_taken;
RESET ROLE;

-- Any other unique index, of an expression or of some rows, too; a constraint that is checked in the end gives an error anyway
CREATE UNIQUE INDEX numbers_note ON salesopp.quote (organization_id, lower(note)) WHERE amount > 10 AND opportunity_id = 77331101;
ALTER TABLE salesopp.quote ADD CONSTRAINT numbers_later UNIQUE (organization_id, id) DEFERRABLE;
INSERT INTO salesopp.quote (id, opportunity_id, amount, note) VALUES (77331010, 77331101, 11, 'Once') RETURNING number;
INSERT INTO salesopp.quote (id, opportunity_id, amount, note) VALUES (77331011, 77331101, 11, 'ONCE'), (77331012, 77331101, 1, 'once')
ON CONFLICT (organization_id, lower(note)) WHERE amount > 10 AND opportunity_id = 77331101 DO NOTHING RETURNING id - 77331000 AS id, number;
ALTER TABLE salesopp.quote DROP CONSTRAINT numbers_later;
DROP INDEX salesopp.numbers_note;

-- The owner's own numbers: ahead, taken, behind; the series goes on from what is there
INSERT INTO salesopp.quote (id, opportunity_id, number, amount) VALUES (77331013, 77331101, 20, 1) RETURNING number;
INSERT INTO salesopp.quote (id, opportunity_id, number, amount) VALUES (77331013, 77331101, 30, 1) ON CONFLICT DO NOTHING;
INSERT INTO salesopp.quote (id, opportunity_id, number, amount) VALUES (77331014, 77331101, 20, 1) ON CONFLICT DO NOTHING;
INSERT INTO salesopp.quote (id, opportunity_id, number, amount) VALUES (77331015, 77331101, 15, 1) RETURNING number;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331016, 77331101, 1) RETURNING number;
-- also where it is an update in the end
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331016, 77331101, 2)
ON CONFLICT (organization_id, id) DO UPDATE SET number = EXCLUDED.number RETURNING number;
INSERT INTO salesopp.quote (id, opportunity_id, number, amount) VALUES (77331016, 77331101, 30, 2)
ON CONFLICT (organization_id, id) DO UPDATE SET number = EXCLUDED.number RETURNING number;
UPDATE salesopp.sales_order SET number = 10 WHERE id = 77331002;
-- a lower one does not take the series back
UPDATE salesopp.quote SET number = 16 WHERE id = 77331016;
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77331017, 77331101, 1) RETURNING number;
INSERT INTO salesopp.sales_order (id, opportunity_id, amount) VALUES (77331003, 77331101, 1) RETURNING number;
SELECT * FROM numbers_taken;

-- Rows that are loaded come with the last number of their series, which they do not move
SET row_security = off;
INSERT INTO salesopp.quote (id, opportunity_id, number, amount, created_at, changed_at) VALUES (77331018, 77331101, 90, 1, now(), now()) RETURNING number;
RESET row_security;
SELECT last FROM numbers_taken;

DROP VIEW numbers_taken;
RESET salesopp.organization_id;
DROP OWNED BY regress_numbers_seller;
DROP ROLE regress_numbers_seller;
