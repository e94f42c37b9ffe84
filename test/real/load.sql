-- Loads the export of another CRM into an organization of its own.
--
-- The export is four CSV files, as described in doc/tutorial.md; run this in their folder, in a
-- database that has the extension, as a role that may create organizations:
--
--     psql -f .../test/real/load.sql
\set ON_ERROR_STOP on
BEGIN;

-- 1. The files, as they are
CREATE TEMP TABLE sales_team (sales_agent text PRIMARY KEY, manager text NOT NULL,
	regional_office text NOT NULL) ON COMMIT DROP;
CREATE TEMP TABLE account (account text PRIMARY KEY, sector text, year_established int,
	revenue numeric, employees int, office_location text, subsidiary_of text) ON COMMIT DROP;
CREATE TEMP TABLE product (product text PRIMARY KEY, series text, sales_price numeric NOT NULL)
	ON COMMIT DROP;
CREATE TEMP TABLE deal (opportunity_id text PRIMARY KEY, sales_agent text NOT NULL,
	product text NOT NULL, account text, deal_stage text NOT NULL, engage_date date,
	close_date date, close_value numeric) ON COMMIT DROP;

\copy sales_team FROM 'sales_teams.csv' WITH (FORMAT csv, HEADER)
\copy account FROM 'accounts.csv' WITH (FORMAT csv, HEADER)
\copy product FROM 'products.csv' WITH (FORMAT csv, HEADER)
\copy deal FROM 'sales_pipeline.csv' WITH (FORMAT csv, HEADER)

-- 2. Their faults: what is known is mended, and what is not known stops here
UPDATE deal SET product = 'GTX Pro' WHERE product = 'GTXPro';

ALTER TABLE deal
	ADD FOREIGN KEY (sales_agent) REFERENCES sales_team,
	ADD FOREIGN KEY (product) REFERENCES product,
	ADD FOREIGN KEY (account) REFERENCES account,
	ADD CHECK (deal_stage IN ('Prospecting', 'Engaging', 'Won', 'Lost')),
	ADD CHECK ((deal_stage IN ('Won', 'Lost')) = (close_date IS NOT NULL));

-- 3. The organization, chosen for the rest of this session
SELECT salesopp.create_organization('Maven Hardware') AS organization \gset
SET salesopp.organization_id = :organization;

-- 4. Who sells: offices are regions, managers' teams departments
INSERT INTO salesopp.sales_region (name)
SELECT DISTINCT regional_office FROM sales_team ORDER BY 1;

INSERT INTO salesopp.department (name)
SELECT DISTINCT 'Team ' || manager FROM sales_team ORDER BY 1;

-- Initials must be unique: the first letter of the first name and as many of the last name as it
-- takes to be the only one. Whoever has no such initials gets none, and the INSERT fails.
INSERT INTO salesopp.employee (initials, name, department_id)
SELECT i.initials, t.sales_agent, d.id
FROM sales_team t
JOIN salesopp.department d ON d.organization_id = :organization AND d.name = 'Team ' || t.manager
LEFT JOIN (
	SELECT DISTINCT ON (sales_agent) sales_agent, initials
	FROM (
		SELECT sales_agent, letters, initials, count(*) OVER (PARTITION BY initials) AS bearers
		FROM sales_team, generate_series(1, 3) letters,
			LATERAL (SELECT upper(left(sales_agent, 1) || left(split_part(sales_agent, ' ', 2), letters)) AS initials) i
	) candidate
	WHERE bearers = 1
	ORDER BY sales_agent, letters
) i ON i.sales_agent = t.sales_agent
ORDER BY t.sales_agent;

-- 5. Who buys
INSERT INTO salesopp.company (name)
SELECT account FROM account ORDER BY account;

-- 6. How they sell. A deal has come past Prospecting when the customer is engaged; how likely it is
-- won from there is what the closed deals tell, all of which were engaged.
WITH process AS (
	INSERT INTO salesopp.sales_process (name) VALUES ('Hardware sales') RETURNING id
)
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
SELECT process.id, 1, 'Prospecting', round(100.0 * won / (won + lost))
FROM process, (SELECT count(*) FILTER (WHERE deal_stage = 'Won') AS won,
	count(*) FILTER (WHERE deal_stage = 'Lost') AS lost FROM deal) history
UNION ALL
SELECT process.id, 2, 'Engaging', 100 FROM process;

-- 7. What the old system knew that has no column of its own becomes custom fields
INSERT INTO salesopp.custom_field (name, data_type) VALUES ('CRM id', 'text');
INSERT INTO salesopp.custom_field (name, data_type, choices)
SELECT 'Product', 'choice', array_agg(product ORDER BY product) FROM product;

-- 8. The deals, all open at first: the process brings the stages
INSERT INTO salesopp.opportunity (subject, company_id, sales_process_id, estimated_revenue,
	decision_date, responsible_id, department_id, sales_region_id, created_at, custom)
SELECT d.product || COALESCE(' for ' || d.account, ''), c.id, s.id, p.sales_price,
	d.close_date, e.id, e.department_id, r.id, d.engage_date,
	jsonb_build_object('CRM id', d.opportunity_id, 'Product', d.product)
FROM deal d
JOIN product p ON p.product = d.product
JOIN sales_team t ON t.sales_agent = d.sales_agent
JOIN salesopp.employee e ON e.organization_id = :organization AND e.name = d.sales_agent
JOIN salesopp.sales_region r ON r.organization_id = :organization AND r.name = t.regional_office
JOIN salesopp.sales_process s ON s.organization_id = :organization AND s.name = 'Hardware sales'
LEFT JOIN salesopp.company c ON c.organization_id = :organization AND c.name = d.account
ORDER BY d.engage_date, d.opportunity_id;

CREATE TEMP TABLE loaded ON COMMIT DROP AS
SELECT o.id, d.deal_stage, d.close_date, d.close_value
FROM deal d
JOIN salesopp.opportunity o ON o.organization_id = :organization AND o.custom ->> 'CRM id' = d.opportunity_id;

-- 9. How far they have come; progress follows
UPDATE salesopp.stage s
SET status = 'completed'
FROM loaded l
WHERE s.organization_id = :organization AND s.opportunity_id = l.id
	AND (s.position = 1 AND l.deal_stage <> 'Prospecting' OR s.position = 2 AND l.deal_stage = 'Won');

-- 10. And how they ended. A plain UPDATE does it: each leaves its event.
UPDATE salesopp.opportunity o
SET status = 'won', close_date = l.close_date, actual_revenue = l.close_value
FROM loaded l
WHERE o.organization_id = :organization AND o.id = l.id AND l.deal_stage = 'Won';

UPDATE salesopp.opportunity o
SET status = 'lost', close_date = l.close_date
FROM loaded l
WHERE o.organization_id = :organization AND o.id = l.id AND l.deal_stage = 'Lost';

COMMIT;
ANALYZE salesopp.opportunity, salesopp.stage;

SELECT * FROM salesopp.summary();
