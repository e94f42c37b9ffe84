-- Loads the export of another CRM into an organization of its own: four CSV files, as doc/tutorial.md describes them. Run it in
-- their folder, in a database that has the extension, as a role that may create organizations:
--
--     psql -f .../test/real/load.sql
\set ON_ERROR_STOP on
BEGIN;
SELECT salesopp.create_organization('Maven Hardware') AS organization \gset
SET salesopp.organization_id = :organization;

-- 1. The files, as they are
\set header `head -n 1 sales_teams.csv`
SELECT salesopp.make_staging('sales_teams', :'header');
\copy sales_teams FROM 'sales_teams.csv' WITH (FORMAT csv, HEADER)
\set header `head -n 1 accounts.csv`
SELECT salesopp.make_staging('accounts', :'header');
\copy accounts FROM 'accounts.csv' WITH (FORMAT csv, HEADER)
\set header `head -n 1 products.csv`
SELECT salesopp.make_staging('products', :'header');
\copy products FROM 'products.csv' WITH (FORMAT csv, HEADER)
\set header `head -n 1 sales_pipeline.csv`
SELECT salesopp.make_staging('sales_pipeline', :'header');
\copy sales_pipeline FROM 'sales_pipeline.csv' WITH (FORMAT csv, HEADER)

-- 2. How they sell: what comes past Prospecting is as likely won as those were that are decided. And what.
SELECT round(100.0 * count(*) FILTER (WHERE deal_stage = 'Won') / count(close_date)) AS likely FROM sales_pipeline \gset
INSERT INTO salesopp.sales_process (name) VALUES ('Hardware sales') RETURNING id AS process \gset
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
VALUES (:process, 1, 'Prospecting', :likely), (:process, 2, 'Engaging', 100);
INSERT INTO salesopp.custom_field (name, data_type, choices) SELECT 'Product', 'choice', array_agg(product ORDER BY product) FROM products;

-- 3. Who sells, and who buys
UPDATE sales_teams SET manager = 'Team ' || manager;
SELECT count(*) AS employees
FROM salesopp.import_employees('sales_teams', '{"sales_agent": "name", "manager": "department"}', '{"create": ["department"]}');
SELECT count(*) AS companies FROM salesopp.import_companies('accounts');

-- 4. The deals, with what other files say of them; one product is called otherwise there. What has an engage date has come past Prospecting.
UPDATE sales_pipeline SET product = 'GTX Pro' WHERE product = 'GTXPro';
CREATE TEMP VIEW deals AS
SELECT opportunity_id, product || COALESCE(' for ' || account, '') AS subject, account, product, sales_price AS estimated_revenue, close_value,
	sales_agent, manager AS department, regional_office AS sales_region, engage_date, close_date AS decision_date, close_date,
	CASE WHEN close_date IS NULL THEN 'open' ELSE deal_stage END AS status,
	CASE WHEN engage_date IS NULL THEN 'Prospecting' ELSE 'Engaging' END AS current_stage,
	CASE WHEN engage_date IS NULL THEN 0 ELSE :likely END AS progress
FROM sales_pipeline LEFT JOIN products USING (product) LEFT JOIN sales_teams USING (sales_agent)
ORDER BY engage_date, opportunity_id;
SELECT count(*) AS opportunities
FROM salesopp.import_opportunities('deals', NULL, '{"sales_process": "Hardware sales", "create": ["sales_region"]}');
COMMIT;
ANALYZE salesopp.opportunity, salesopp.opportunity_history, salesopp.stage, salesopp.status_event;

SELECT * FROM salesopp.summary();
