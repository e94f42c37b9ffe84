-- F7 Quotes and sales orders
\set SHOW_CONTEXT never
SELECT salesopp.create_organization('Trade') AS organization, salesopp.create_organization('Trade elsewhere') AS elsewhere \gset
CREATE ROLE regress_trade_seller LOGIN;
SELECT salesopp.grant_access('regress_trade_seller', 'seller');
SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) VALUES (77081901, 'Elsewhere', 100);
INSERT INTO salesopp.quote (id, opportunity_id, amount) VALUES (77081901, 77081901, 1);
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.employee (id, initials, name) VALUES (77081001, 'TRD', 'Trader');
SET salesopp.employee_id = 77081001;
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, note) VALUES
	(77081101, 'Open', 1000.10, 'Note of the opportunity'), (77081102, 'Won', 2000, NULL), (77081103, 'Lost', 3000, 'Lost note'),
	(77081104, 'No estimate', NULL, NULL), (77081105, 'Deleted', 5000, NULL), (77081106, 'To convert', 6000, 'Six');
SET ROLE regress_trade_seller;

-- F7.2 From the opportunity's data: the amount is the estimate and the note is its note unless given
SELECT opportunity_id, number, amount, note, created_by, changed_by FROM salesopp.create_quote(77081101);
SELECT opportunity_id, number, amount, note FROM salesopp.create_quote(77081101, 900);
SELECT opportunity_id, number, amount, note FROM salesopp.create_quote(77081101, note => 'Given');
SELECT opportunity_id, number, amount, note FROM salesopp.create_quote(77081101, 0, '');
SELECT opportunity_id, number, amount, note FROM salesopp.create_quote(77081102);
SELECT opportunity_id, number, amount, note FROM salesopp.create_quote(77081103);
SELECT opportunity_id, number, amount, note FROM salesopp.create_quote(77081104, 12.345);
SELECT opportunity_id, number, amount, note FROM salesopp.create_quote(77081105);
-- F1.1 The list has the last created
SELECT id, quote_sum, order_sum FROM salesopp.opportunity_list ORDER BY id;

-- Only while it is open, and there
SELECT status, actual_revenue FROM salesopp.close_won(77081102, 1999);
SELECT status FROM salesopp.close_lost(77081103);
SELECT outcome FROM salesopp.delete_opportunities('{77081105}');
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.create_quote(77081102)",
	"SELECT salesopp.create_quote(77081103)",
	"SELECT salesopp.create_quote(77081105)",
	"SELECT salesopp.create_quote(77081901)",
	"SELECT salesopp.create_quote(0)",
	"SELECT salesopp.create_quote(NULL)",
	"SELECT salesopp.create_quote(77081104)",
	"SELECT salesopp.create_quote(77081101, -0.01)",
	"SELECT salesopp.create_quote(77081101, ''NaN'')",
	"SELECT salesopp.create_quote(77081101, 1e17)",
	"INSERT INTO salesopp.quote (opportunity_id, amount) VALUES (77081102, 1)",
	"INSERT INTO salesopp.quote (opportunity_id, amount) VALUES (77081103, 1)",
	"INSERT INTO salesopp.quote (opportunity_id, amount) VALUES (77081105, 1)",
	"UPDATE salesopp.quote SET amount = 1 WHERE opportunity_id = 77081102",
	"UPDATE salesopp.quote SET opportunity_id = 77081104 WHERE opportunity_id = 77081101",
	"DELETE FROM salesopp.quote WHERE opportunity_id = 77081101"}'::text[]) statement, test.outcome(statement);

-- F7.4 A sales order from an open or a won one, not from a lost one
SELECT opportunity_id, quote_id, number, amount, note FROM salesopp.create_order(77081101);
SELECT opportunity_id, quote_id, number, amount, note FROM salesopp.create_order(77081101, 7, 'Given');
-- the actual revenue of a won one
SELECT opportunity_id, quote_id, number, amount, note FROM salesopp.create_order(77081102);
SELECT opportunity_id, quote_id, number, amount, note FROM salesopp.create_order(77081104, 0.01);
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.create_order(77081103)",
	"SELECT salesopp.create_order(77081103, 1)",
	"SELECT salesopp.create_order(77081105)",
	"SELECT salesopp.create_order(77081901)",
	"SELECT salesopp.create_order(NULL)",
	"SELECT salesopp.create_order(77081104)",
	"SELECT salesopp.create_order(77081101, -1)",
	"INSERT INTO salesopp.sales_order (opportunity_id, amount) VALUES (77081103, 1)"}'::text[]) statement, test.outcome(statement);
SELECT id, status, quote_sum, order_sum FROM salesopp.opportunity_list ORDER BY id;

-- F7.3 Converting: the order has the quote's amount and note; once
SELECT id AS quote FROM salesopp.create_quote(77081106, 5900, 'Six quoted') \gset
SELECT opportunity_id, quote_id = :quote AS of_the_quote, number, amount, note FROM salesopp.convert_quote(:quote);
SELECT status FROM salesopp.opportunity WHERE id = 77081106;
SELECT salesopp.convert_quote(:quote) \gset ignored_
\echo :LAST_ERROR_SQLSTATE
SELECT salesopp.convert_quote(:quote, true) \gset ignored_
\echo :LAST_ERROR_SQLSTATE
-- and not by plain SQL either
SELECT test.outcome(format('INSERT INTO salesopp.sales_order (opportunity_id, quote_id, amount) VALUES (77081106, %s, 1)', :quote));
SELECT status FROM salesopp.opportunity WHERE id = 77081106;
-- another one, and the opportunity is won in the same step, at the amount of the quote
SELECT id AS quote FROM salesopp.create_quote(77081106, 5800) \gset
SELECT opportunity_id, number, amount, note FROM salesopp.convert_quote(:quote, mark_won => true);
SELECT status, actual_revenue, close_date = CURRENT_DATE AS today FROM salesopp.opportunity WHERE id = 77081106;
SELECT from_status, to_status, actual_revenue FROM salesopp.status_event WHERE opportunity_id = 77081106;
-- the quote of one that is won already: no second winning
SELECT id AS quote FROM salesopp.quote WHERE opportunity_id = 77081102 \gset
SELECT opportunity_id, number, amount FROM salesopp.convert_quote(:quote, true);
SELECT status, actual_revenue FROM salesopp.opportunity WHERE id = 77081102;
SELECT count(*) AS events FROM salesopp.status_event WHERE opportunity_id = 77081102;
-- NULL is not true
SELECT min(id) AS quote FROM salesopp.quote WHERE opportunity_id = 77081101 \gset
SELECT opportunity_id, number, amount FROM salesopp.convert_quote(:quote, NULL);
SELECT status FROM salesopp.opportunity WHERE id = 77081101;
-- not while a competitor is marked as the winner: then nothing is done
INSERT INTO salesopp.opportunity_competitor (opportunity_id, name, is_winner) VALUES (77081104, 'Competitor', true);
SELECT id AS quote FROM salesopp.quote WHERE opportunity_id = 77081104 \gset
SELECT test.outcome(format('SELECT salesopp.convert_quote(%s, true)', :quote));
SELECT status FROM salesopp.opportunity WHERE id = 77081104;
SELECT count(*) AS orders FROM salesopp.sales_order WHERE quote_id = :quote;
-- quotes of lost, deleted and others' opportunities
SELECT o.subject, test.outcome(format('SELECT salesopp.convert_quote(%s)', q.id))
FROM salesopp.quote q JOIN salesopp.opportunity o ON o.id = q.opportunity_id WHERE o.id IN (77081103, 77081105) ORDER BY o.id;
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.convert_quote(77081901)",
	"SELECT salesopp.convert_quote(0)"}'::text[]) statement, test.outcome(statement);
-- an order of another opportunity's quote
SELECT id AS quote FROM salesopp.quote WHERE number = 2 \gset
SELECT test.outcome(format('INSERT INTO salesopp.sales_order (opportunity_id, quote_id, amount) VALUES (77081102, %s, 1)', :quote));
SELECT test.outcome('INSERT INTO salesopp.sales_order (opportunity_id, quote_id, amount) VALUES (77081101, 77081901, 1)');

-- F7.1 The quotes and the orders of an opportunity
SELECT opportunity_id, number, amount, note, order_number, created_by, changed_by FROM salesopp.quote_list ORDER BY number;
SELECT opportunity_id, number, amount, note, quote_number, created_by, changed_by FROM salesopp.order_list ORDER BY number;

-- Numbers: gapless, of each kind, whatever is undone
BEGIN;
SELECT number FROM salesopp.create_quote(77081101);
SELECT number FROM salesopp.create_order(77081101);
SAVEPOINT s;
SELECT number FROM salesopp.create_quote(77081101);
ROLLBACK TO s;
SELECT number FROM salesopp.create_quote(77081101);
ROLLBACK;
SELECT number FROM salesopp.create_quote(77081101);
SELECT number FROM salesopp.create_order(77081101);
-- a seller cannot choose them
INSERT INTO salesopp.quote (opportunity_id, number, amount) VALUES (77081101, 4711, 1) RETURNING number;
INSERT INTO salesopp.sales_order (opportunity_id, number, amount) VALUES (77081101, 4711, 1), (77081101, 1, 1) RETURNING number;
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.number_series SET last_number = 4711",
	"INSERT INTO salesopp.number_series VALUES (1, ''quote'', 1)",
	"DELETE FROM salesopp.number_series",
	"UPDATE salesopp.quote SET number = 4711 WHERE opportunity_id = 77081101",
	"UPDATE salesopp.sales_order SET number = 4711 WHERE opportunity_id = 77081101",
	"UPDATE salesopp.sales_order SET quote_id = NULL WHERE quote_id IS NOT NULL"}'::text[]) statement, test.outcome(statement);
SELECT count(*), min(number), max(number) FROM salesopp.quote;
SELECT count(*), min(number), max(number) FROM salesopp.sales_order;
RESET ROLE;

-- the owner can, and the series goes on from the highest
INSERT INTO salesopp.quote (opportunity_id, number, amount) VALUES (77081101, 100, 1) RETURNING number;
INSERT INTO salesopp.quote (opportunity_id, number, amount) VALUES (77081101, 50, 1) RETURNING number;
INSERT INTO salesopp.quote (opportunity_id, amount) VALUES (77081101, 1) RETURNING number;
SET ROLE regress_trade_seller;
SELECT number FROM salesopp.create_quote(77081101);
RESET ROLE;
SELECT outcome, statement FROM unnest('{
	"INSERT INTO salesopp.quote (opportunity_id, number, amount) VALUES (77081101, 100, 1)",
	"INSERT INTO salesopp.quote (opportunity_id, number, amount) VALUES (77081101, 0, 1)",
	"INSERT INTO salesopp.quote (opportunity_id, number, amount) VALUES (77081101, -1, 1)"}'::text[]) statement, test.outcome(statement);
-- each organization has its own
SET salesopp.organization_id = :elsewhere;
SET salesopp.employee_id = '';
SET ROLE regress_trade_seller;
SELECT number FROM salesopp.create_quote(77081901);
SELECT number FROM salesopp.create_order(77081901);
SELECT number FROM salesopp.create_quote(77081901);
RESET ROLE;
SELECT name, last_number FROM salesopp.number_series WHERE organization_id = :elsewhere ORDER BY name;

DROP OWNED BY regress_trade_seller;
DROP ROLE regress_trade_seller;
