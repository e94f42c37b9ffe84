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
	ADD CHECK ((deal_stage = 'Prospecting') = (engage_date IS NULL)),
	ADD CHECK ((deal_stage IN ('Won', 'Lost')) = (close_date IS NOT NULL)),
	ADD CHECK (engage_date <= close_date);

-- 3. The organization, chosen for the rest of this session. Its days, and those of the files, begin when they do in the
-- session's time zone.
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
-- won from there is what the closed deals tell, all of which were engaged. The process begins with what engaged
-- deals have still before them: each gets a copy of the stages that there are when it is inserted.
SELECT round(100.0 * count(*) FILTER (WHERE deal_stage = 'Won') / count(*)) AS likely
FROM deal WHERE deal_stage IN ('Won', 'Lost') \gset

INSERT INTO salesopp.sales_process (name) VALUES ('Hardware sales') RETURNING id AS process \gset
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
VALUES (:process, 2, 'Engaging', 100);

-- 7. What the old system knew that has no column of its own becomes custom fields
INSERT INTO salesopp.custom_field (name, data_type) VALUES ('CRM id', 'text');
INSERT INTO salesopp.custom_field (name, data_type, choices)
SELECT 'Product', 'choice', array_agg(product ORDER BY product) FROM product;

-- 8. The deals that were engaged, as they were and as they ended: open from the engage date on, as likely as that, and
-- closed from the close date on. This is their history from now on.
CREATE TEMP VIEW opportunity AS
SELECT d.product || COALESCE(' for ' || d.account, '') AS subject, c.id AS company_id,
	p.sales_price AS estimated_revenue, e.id AS responsible_id, e.department_id, r.id AS sales_region_id,
	jsonb_build_object('CRM id', d.opportunity_id, 'Product', d.product) AS custom, d.*
FROM deal d
JOIN product p ON p.product = d.product
JOIN sales_team t ON t.sales_agent = d.sales_agent
JOIN salesopp.employee e ON e.organization_id = :organization AND e.name = d.sales_agent
JOIN salesopp.sales_region r ON r.organization_id = :organization AND r.name = t.regional_office
LEFT JOIN salesopp.company c ON c.organization_id = :organization AND c.name = d.account;

INSERT INTO salesopp.opportunity (subject, company_id, sales_process_id, estimated_revenue, responsible_id,
	department_id, sales_region_id, custom, progress_method, progress, created_at, status, decision_date, close_date,
	changed_at, actual_revenue)
SELECT subject, company_id, :process, estimated_revenue, responsible_id, department_id, sales_region_id, custom,
	'manual', :likely, engage_date,
	CASE deal_stage WHEN 'Won' THEN 'won' WHEN 'Lost' THEN 'lost' ELSE 'open' END::salesopp.opportunity_status,
	close_date, close_date, close_date, CASE deal_stage WHEN 'Won' THEN close_value END
FROM opportunity
WHERE deal_stage <> 'Prospecting'
ORDER BY engage_date, opportunity_id;

-- 9. From here on progress is that of the stages. What is behind those that are open is Prospecting.
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
VALUES (:process, 1, 'Prospecting', :likely);

INSERT INTO salesopp.stage (opportunity_id, position, name, probability, status)
SELECT o.id, 1, 'Prospecting', :likely, 'completed'
FROM salesopp.opportunity o WHERE o.organization_id = :organization AND o.status = 'open';

UPDATE salesopp.opportunity o SET progress_method = 'automatic'
WHERE o.organization_id = :organization AND o.status = 'open';

-- 10. The deals that are still in Prospecting. Nobody knows since when, so they begin now.
INSERT INTO salesopp.opportunity (subject, company_id, sales_process_id, estimated_revenue, responsible_id,
	department_id, sales_region_id, custom)
SELECT subject, company_id, :process, estimated_revenue, responsible_id, department_id, sales_region_id, custom
FROM opportunity
WHERE deal_stage = 'Prospecting'
ORDER BY opportunity_id;

DROP VIEW opportunity;
COMMIT;
ANALYZE salesopp.opportunity, salesopp.opportunity_history, salesopp.stage, salesopp.status_event;

SELECT * FROM salesopp.summary();
