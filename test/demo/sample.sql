-- A sample organization: a Norwegian seller of energy installations to companies and municipalities
-- (all names are invented), with 2,000 opportunities whose decision dates lie between 15 months ago
-- and 9 months ahead. The same on every run, except that the dates move with today.
--
-- psql -f sample.sql, in a database that has the extension, as a role that may create organizations.
\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;

SELECT salesopp.create_organization('Fjellbris Energi AS') AS organization \gset
SELECT set_config('salesopp.organization_id', :'organization', false) AS organization \gset

-- A number from 0 to n - 1 that looks like chance, and is the same whenever the same is asked.
CREATE FUNCTION pg_temp.pick(subject anynonarray, question text, n int) RETURNS int
LANGUAGE sql IMMUTABLE
AS $$ SELECT mod(('x' || left(md5(question || subject), 8))::bit(32)::bigint, n) $$;

-- ---- The organization and its customers

INSERT INTO salesopp.department (name) VALUES ('Bedrift'), ('Offentlig'), ('Service');
INSERT INTO salesopp.sales_region (name) VALUES ('Midt'), ('Nord'), ('Sør'), ('Vest'), ('Øst');

INSERT INTO salesopp.employee (initials, name, email, department_id)
SELECT e.initials, e.name, lower(translate(e.initials, 'ÅØÆ', 'AOA')) || '@fjellbris.example', d.id
FROM (VALUES
	('ASH', 'Astrid Solhaugen', 'Bedrift'),
	('BJM', 'Bjørn Myrvangen', 'Bedrift'),
	('ELF', 'Eline Fossåkeren', 'Bedrift'),
	('GUK', 'Gunnar Kvistadli', 'Bedrift'),
	('HÅL', 'Håkon Lindtveiten', 'Bedrift'),
	('INØ', 'Ingrid Østgårdsmo', 'Offentlig'),
	('JOR', 'Jonas Rønnåsen', 'Offentlig'),
	('MAT', 'Marte Tangvikdal', 'Offentlig'),
	('SIB', 'Sigurd Bråtebekken', 'Service'),
	('TOV', 'Tone Vårdalshaug', 'Service')) e (initials, name, department)
JOIN salesopp.department d ON d.name = e.department
	AND d.organization_id = salesopp.current_organization()
ORDER BY e.initials;

INSERT INTO salesopp.company (name, email)
SELECT name, 'post@' || translate(lower(name), 'æøå ', 'aoa-') || '.example'
FROM unnest('{Bjørkelund,Elvestrand,Fjordgløtt,Granåsli,Havneset,Kvernbekk,Lyngværet,Storøyvik,Sølvdalen,Tyrihaug,Vindskaret,Åsmoen}'::text[]) place,
	unnest('{Bygg AS,Eiendom AS,Hotell AS,Logistikk AS,Sjømat AS,kommune}'::text[]) trade,
	LATERAL (SELECT place || ' ' || trade AS name) company
ORDER BY name;

INSERT INTO salesopp.contact (company_id, first_name, last_name, job_title, email, is_primary)
SELECT c.id, p.first_name, p.last_name, p.job_title,
	translate(lower(p.first_name || '.' || p.last_name), 'æøå', 'aoa') || substr(c.email, 5), n = 1
FROM salesopp.company c, generate_series(1, 2) n, LATERAL (SELECT
	('{Anders,Berit,Dag,Frøydis,Geir,Hilde,Kåre,Liv,Nils,Randi,Sølvi,Terje}'::text[])[1 + pg_temp.pick(c.name, 'first' || n, 12)],
	('{Aspelien,Bekkeseter,Dalhaugen,Engåsen,Furumoen,Hagelia,Kråkvåg,Moseng,Nyløkken,Sætherlund,Tveitåsen,Ødeskar}'::text[])[1 + pg_temp.pick(c.name, 'last' || n, 12)],
	('{Daglig leder,Driftssjef,Innkjøpssjef,Prosjektleder,Teknisk sjef}'::text[])[1 + pg_temp.pick(c.name, 'title' || n, 5)]
	) p (first_name, last_name, job_title)
WHERE c.organization_id = salesopp.current_organization()
ORDER BY c.id, n;

INSERT INTO salesopp.project (company_id, name)
SELECT c.id, ('{Byggetrinn 2,Klimaplan,Nytt hovedbygg,Rehabilitering}'::text[])[1 + pg_temp.pick(c.name, 'project', 4)]
FROM salesopp.company c
WHERE c.organization_id = salesopp.current_organization() AND pg_temp.pick(c.name, 'has project', 100) < 60
ORDER BY c.id;

INSERT INTO salesopp.competitor (name, website)
SELECT name, 'https://' || translate(lower(split_part(name, ' ', 1)), 'æøå', 'aoa') || '.example'
FROM unnest('{Grønnkraftpartner AS,Kuldegraden AS,Lysverkstad AS,Nordavindteknikk AS,Solvindkraft AS,Termodalen AS}'::text[]) name;

-- The standard sales process comes with the organization; this one is its own.
WITH process AS (
	INSERT INTO salesopp.sales_process (name) VALUES ('Offentlig anbud') RETURNING id
)
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
SELECT process.id, s.*
FROM process, (VALUES
	(1, 'Kunngjort', 5), (2, 'Prekvalifisert', 20), (3, 'Tilbud levert', 40), (4, 'Innstilt', 85),
	(5, 'Kontrakt', 100)) s (position, name, probability);

-- ---- What happens with each of the opportunities

CREATE TEMP TABLE plan ON COMMIT DROP AS
WITH company AS (
	SELECT c.id, c.name, row_number() OVER (ORDER BY c.id) - 1 AS number,
		count(*) OVER ()::int AS companies,
		CASE WHEN c.name LIKE '%kommune' THEN 'Offentlig' END AS department
	FROM salesopp.company c WHERE c.organization_id = salesopp.current_organization()
), product (number, name, price, department) AS (VALUES
	(0, 'Batteripark', 1900000, 'Bedrift'),
	(1, 'Energioppfølging', 95000, 'Service'),
	(2, 'Ladestasjoner', 240000, 'Bedrift'),
	(3, 'LED-belysning', 140000, 'Bedrift'),
	(4, 'Serviceavtale', 60000, 'Service'),
	(5, 'Solcelleanlegg', 850000, 'Bedrift'),
	(6, 'Varmepumpe', 320000, 'Bedrift'),
	(7, 'Ventilasjon', 460000, 'Bedrift')
), seller AS (
	SELECT e.id, e.department_id, d.name AS department,
		row_number() OVER (PARTITION BY d.id ORDER BY e.id) - 1 AS number,
		count(*) OVER (PARTITION BY d.id)::int AS sellers
	FROM salesopp.employee e
	JOIN salesopp.department d ON d.organization_id = e.organization_id AND d.id = e.department_id
	WHERE e.organization_id = salesopp.current_organization()
), dated AS (
	SELECT i, i * 730 / 2000 - 450 AS day FROM generate_series(1::bigint, 2000) i
), decided AS (
	SELECT i, day, CURRENT_DATE + day::int AS decision_date,
		CASE WHEN NOT (day < -60 OR day < 0 AND pg_temp.pick(i, 'late', 100) < 85
				OR day BETWEEN 1 AND 90 AND pg_temp.pick(i, 'early', 100) < 8) THEN 'open'
			WHEN pg_temp.pick(i, 'won', 100) < 46 THEN 'won'
			ELSE 'lost' END AS fate
	FROM dated
)
SELECT nextval('salesopp.opportunity_id_seq') AS id, d.i, d.day, d.fate,
	-- what there is to sell: fewer batteries than lamps
	p.name || ', ' || ('{hovedbygg,kontorfløy,lager,parkering,verksted}'::text[])[1 + pg_temp.pick(i, 'place', 5)] AS subject,
	CASE WHEN d.fate <> 'open' OR pg_temp.pick(i, 'estimate', 100) >= 3
		THEN round(p.price * (50 + pg_temp.pick(i, 'size', 151)) / 100, -3) END AS estimate,
	CASE WHEN d.fate <> 'open' OR pg_temp.pick(i, 'dated', 100) >= 4 THEN d.decision_date END AS decision_date,
	created.day + time '08:00' + make_interval(mins => pg_temp.pick(i, 'minute', 540)) AS created_at,
	CASE WHEN d.day < 0 THEN LEAST(d.decision_date - 4 + pg_temp.pick(i, 'close', 12), CURRENT_DATE)
		ELSE GREATEST(created.day, CURRENT_DATE - pg_temp.pick(i, 'close', 14)) END AS close_date,
	c.id AS company_id, c.number AS company_number, s.id AS seller_id, s.department_id, s.department,
	-- how many stages are completed
	CASE d.fate WHEN 'won' THEN 5 WHEN 'lost' THEN 1 + pg_temp.pick(i, 'stage', 3)
		ELSE pg_temp.pick(i, 'stage', 3) + CASE WHEN d.day <= 14 THEN 2 WHEN d.day <= 60 THEN 1 ELSE 0 END
		END AS completed
FROM decided d
CROSS JOIN LATERAL (SELECT LEAST(d.decision_date - 30 - pg_temp.pick(i, 'lead', 120),
	CURRENT_DATE - 1 - pg_temp.pick(i, 'fresh', 20)) AS day) created
JOIN product p ON p.number = ('{0,1,1,2,2,3,3,3,4,4,5,5,6,6,7,7}'::int[])[1 + pg_temp.pick(i, 'product', 16)]
JOIN company c ON c.number = pg_temp.pick(i, 'company', c.companies)
JOIN seller s ON s.department = COALESCE(c.department, p.department)
	AND s.number = LEAST(pg_temp.pick(i, 'seller', s.sellers), pg_temp.pick(i, 'again', s.sellers) + 1)
ORDER BY d.i;

INSERT INTO salesopp.opportunity (id, subject, company_id, contact_id, project_id, estimated_revenue,
	sales_process_id, progress_method, progress, priority, rating, decision_date, responsible_id,
	department_id, sales_region_id, created_at, created_by, changed_by)
SELECT p.id, p.subject, p.company_id, contact.id, project.id, p.estimate,
	process.id,
	(CASE WHEN process.id IS NULL THEN 'manual' ELSE 'automatic' END)::salesopp.progress_method,
	CASE WHEN process.id IS NULL THEN 10 + 10 * pg_temp.pick(i, 'progress', 8) ELSE 0 END,
	('{low,normal,normal,normal,high}'::salesopp.priority[])[1 + pg_temp.pick(i, 'priority', 5)],
	1 + pg_temp.pick(i, 'rating', 5), p.decision_date, p.seller_id, p.department_id, region.id,
	p.created_at, p.seller_id, p.seller_id
FROM plan p
JOIN salesopp.contact contact ON contact.company_id = p.company_id
	AND contact.is_primary = (pg_temp.pick(i, 'contact', 100) < 70)
LEFT JOIN salesopp.project project ON project.company_id = p.company_id AND pg_temp.pick(i, 'in project', 100) < 40
LEFT JOIN salesopp.sales_process process ON process.organization_id = salesopp.current_organization()
	AND process.name = CASE WHEN p.department = 'Offentlig' THEN 'Offentlig anbud'
		WHEN pg_temp.pick(i, 'process', 100) < 80 THEN 'Standard sales process' END
JOIN (SELECT r.id, row_number() OVER (ORDER BY r.name) - 1 AS number FROM salesopp.sales_region r
		WHERE r.organization_id = salesopp.current_organization()) region
	ON region.number = mod(p.company_number, 5)
ORDER BY p.id;

-- ---- What the sellers have done since

INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id, name, threat)
SELECT p.id,
	CASE WHEN typed IS NULL THEN rival.id END, typed, 1 + pg_temp.pick(i, 'threat' || n, 5)
FROM plan p
CROSS JOIN generate_series(1, 3) n
CROSS JOIN LATERAL (SELECT CASE WHEN n = 3
	THEN ('{Egen drift,Lokal installatør,Ukjent tilbyder}'::text[])[1 + pg_temp.pick(i, 'typed', 3)] END AS typed) t
JOIN (SELECT c.id, row_number() OVER (ORDER BY c.name) - 1 AS number FROM salesopp.competitor c
		WHERE c.organization_id = salesopp.current_organization()) rival
	ON rival.number = mod(pg_temp.pick(i, 'rival', 6) + n, 6)
WHERE pg_temp.pick(i, 'competes' || n, 100) < (ARRAY[60, 30, 12])[n]
ORDER BY p.id, n;

-- A quote is sent once three stages are completed, sometimes after an earlier one that was too dear.
INSERT INTO salesopp.quote (opportunity_id, number, amount, created_at, created_by, changed_by)
SELECT p.id, 10000 + row_number() OVER (ORDER BY quoted.day, p.id, version),
	round(p.estimate * (96 + pg_temp.pick(i, 'quote', 8) + CASE version WHEN 1 THEN 6 ELSE 0 END) / 100, -2),
	quoted.day + time '13:00', p.seller_id, p.seller_id
FROM plan p
CROSS JOIN generate_series(1, 2) version
CROSS JOIN LATERAL (SELECT GREATEST(p.created_at::date, LEAST(p.close_date, CURRENT_DATE - 1) - 16 + 7 * version) AS day) quoted
WHERE p.estimate IS NOT NULL AND p.completed >= 3 AND (version = 2 OR pg_temp.pick(i, 'revised', 100) < 15)
ORDER BY 2;

-- Everybody works with their own opportunities, so that the stamps name them.
DO $$
DECLARE
	seller bigint;
BEGIN
	FOR seller IN SELECT DISTINCT seller_id FROM plan ORDER BY 1 LOOP
		PERFORM set_config('salesopp.employee_id', seller::text, true);

		-- Sometimes a stage is skipped; what is lost stops at one.
		UPDATE salesopp.stage s
		SET status = (CASE
			WHEN s.position > p.completed OR s.position = 2 AND p.completed > 2 AND pg_temp.pick(i, 'skipped', 100) < 8
			THEN 'cancelled' ELSE 'completed' END)::salesopp.stage_status
		FROM plan p
		WHERE s.opportunity_id = p.id AND p.seller_id = seller
			AND s.position <= p.completed + CASE p.fate WHEN 'lost' THEN 1 ELSE 0 END;

		UPDATE salesopp.opportunity o
		SET status = 'won', close_date = p.close_date,
			actual_revenue = round(p.estimate * (88 + pg_temp.pick(i, 'actual', 20)) / 100, -2),
			delivery_date = p.close_date + 30 + pg_temp.pick(i, 'delivery', 60)
		FROM plan p
		WHERE o.id = p.id AND p.fate = 'won' AND p.seller_id = seller;

		PERFORM salesopp.close_lost(p.id, reason.id, winner.id, p.close_date)
		FROM plan p
		JOIN salesopp.loss_reason reason ON reason.organization_id = salesopp.current_organization()
			AND reason.name = (ARRAY['Price too high', 'Price too high', 'Price too high',
				'Competitor preferred', 'Competitor preferred', 'Competitor preferred',
				'Missing functionality', 'Delivery time too long', 'No budget',
				'Project cancelled or postponed', 'No decision made', 'No longer in contact'
				])[1 + pg_temp.pick(i, 'reason', 12)]
		LEFT JOIN LATERAL (
			SELECT c.id FROM salesopp.opportunity_competitor c
			WHERE c.opportunity_id = p.id AND reason.name IN ('Price too high', 'Competitor preferred')
			ORDER BY c.threat DESC, c.id LIMIT 1) winner ON true
		WHERE p.fate = 'lost' AND p.seller_id = seller;
	END LOOP;
END $$;

-- Most of what was won has been ordered, from the last quote.
INSERT INTO salesopp.sales_order (opportunity_id, quote_id, number, amount, created_at, created_by, changed_by)
SELECT o.id, q.id, 20000 + row_number() OVER (ORDER BY p.close_date, o.id), o.actual_revenue,
	p.close_date + time '14:00', p.seller_id, p.seller_id
FROM plan p
JOIN salesopp.opportunity o ON o.id = p.id
JOIN LATERAL (SELECT q.id FROM salesopp.quote q WHERE q.opportunity_id = o.id ORDER BY q.id DESC LIMIT 1) q ON true
WHERE o.status = 'won' AND p.close_date < CURRENT_DATE AND pg_temp.pick(i, 'ordered', 100) < 85
ORDER BY 3;

COMMIT;
ANALYZE salesopp.opportunity, salesopp.stage, salesopp.quote, salesopp.sales_order;
