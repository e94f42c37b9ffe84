-- A sample organization: a Norwegian seller of energy installations to companies and municipalities
-- (all names are invented), with the 2,000 opportunities of the last 18 months and their history until last
-- night. The same on every run, except that the dates move with today.
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

-- ---- What becomes of each of the opportunities
--
-- From the day when the seller meets the customer it is settled how it goes and how it ends, also when that is still to
-- come. What has happened by last night is its history, and how it then stood is how it is.

-- Sometime in the office hours of a day.
CREATE FUNCTION pg_temp.sometime(day date, subject anynonarray, question text) RETURNS timestamptz
LANGUAGE sql STABLE
AS $$ SELECT day + time '08:00' + make_interval(mins => pg_temp.pick(subject, question, 540)) $$;

CREATE TEMP TABLE plan ON COMMIT DROP AS
WITH company AS (
	SELECT c.id, row_number() OVER (ORDER BY c.id) - 1 AS number, count(*) OVER ()::int AS companies,
		CASE WHEN c.name LIKE '%kommune' THEN 'Offentlig' END AS department
	FROM salesopp.company c WHERE c.organization_id = salesopp.current_organization()
), product (number, name, price, days, department) AS (VALUES
	(0, 'Batteripark', 1900000, 270, 'Bedrift'),
	(1, 'Energioppfølging', 95000, 60, 'Service'),
	(2, 'Ladestasjoner', 240000, 90, 'Bedrift'),
	(3, 'LED-belysning', 140000, 80, 'Bedrift'),
	(4, 'Serviceavtale', 60000, 50, 'Service'),
	(5, 'Solcelleanlegg', 850000, 200, 'Bedrift'),
	(6, 'Varmepumpe', 320000, 120, 'Bedrift'),
	(7, 'Ventilasjon', 460000, 150, 'Bedrift')
), seller AS (
	SELECT e.id, e.department_id, d.name AS department,
		row_number() OVER (PARTITION BY d.id ORDER BY e.id) - 1 AS number,
		count(*) OVER (PARTITION BY d.id)::int AS sellers
	FROM salesopp.employee e
	JOIN salesopp.department d ON d.organization_id = e.organization_id AND d.id = e.department_id
	WHERE e.organization_id = salesopp.current_organization()
), met AS (
	-- The customer means to decide in first_lead days, and may put that off.
	SELECT i, CURRENT_DATE - 560 + i * 560 / 2001 AS day, p.*, 20 + pg_temp.pick(i, 'lead', p.days) AS first_lead,
		('{0,0,0,0,1,1,2,3}'::int[])[1 + pg_temp.pick(i, 'put off', 8)] AS times_put_off,
		14 + 7 * pg_temp.pick(i, 'by', 3) AS put_off_by,
		CASE WHEN pg_temp.pick(i, 'won', 100) < 46 THEN 'won' ELSE 'lost' END AS fate
	FROM generate_series(1, 2000) i
	JOIN product p ON p.number = ('{0,1,1,2,2,3,3,3,4,4,5,5,6,6,7,7}'::int[])[1 + pg_temp.pick(i, 'product', 16)]
), decided AS (
	-- It is closed about then; of what is lost, sellers notice some much later.
	SELECT m.*, first_lead + times_put_off * put_off_by AS lead,
		CASE WHEN pg_temp.pick(i, 'late', 100) < CASE fate WHEN 'won' THEN 6 ELSE 30 END
			THEN 20 + pg_temp.pick(i, 'how late', 70) ELSE pg_temp.pick(i, 'close', 14) - 10 END AS delay,
		-- the stages that it gets past: what is lost is so most often once the quote is there
		CASE fate WHEN 'won' THEN 5 ELSE ('{0,1,1,2,2,3,3,3,3}'::int[])[1 + pg_temp.pick(i, 'stage', 9)] END AS stages
	FROM met m
), paced AS (
	-- Of those who do not put it off, some say no, and come back after all.
	SELECT d.*, (lead + LEAST(delay, 0)) / 5.0 AS pace, pg_temp.pick(i, 'skips', 100) < 10 AS skips_second,
		CASE WHEN times_put_off = 0 AND first_lead >= 60 AND pg_temp.pick(i, 'comes back', 100) < 20
			THEN 30 + pg_temp.pick(i, 'absent', 60) END AS absence
	FROM decided d
)
SELECT nextval('salesopp.opportunity_id_seq') AS id, d.i,
	d.name || ', ' || ('{hovedbygg,kontorfløy,lager,parkering,verksted}'::text[])[1 + pg_temp.pick(i, 'place', 5)] AS subject,
	-- estimates are rough, or there is none, until the quote is written
	estimate, CASE WHEN pg_temp.pick(i, 'unknown', 100) < 96
		THEN round(estimate * (ARRAY[0.7, 0.9, 1, 1, 1, 1.1, 1.4])[1 + pg_temp.pick(i, 'rough', 7)], -3) END AS first_estimate,
	fate, skips_second, put_off_by, absence, day + first_lead AS first_decision_date,
	pg_temp.sometime(day, i, 'met') AS created_at,
	ARRAY(SELECT CASE WHEN n = 5 THEN closed_at
			ELSE pg_temp.sometime(day + ((n - pg_temp.pick(i, 'stage' || n, 50) / 100.0) * pace)::int, i, 'at' || n) END
		FROM generate_series(1, stages) n ORDER BY n) AS passed_at,
	ARRAY(SELECT pg_temp.sometime(day + first_lead + (n - 1) * put_off_by - pg_temp.pick(i, 'off' || n, 5), i, 'off at' || n)
		FROM generate_series(1, times_put_off) n) AS put_off_at,
	CASE WHEN absence > 0 THEN pg_temp.sometime(day + (4.3 * pace)::int, i, 'leaves') END AS left_at,
	pg_temp.sometime(day + (4.3 * pace)::int + absence, i, 'returns') AS returned_at,
	closed_at,
	c.id AS company_id, c.number AS company_number, s.id AS seller_id, s.department_id, process.id AS process_id,
	reason.id AS loss_reason_id, reason.name IN ('Price too high', 'Competitor preferred') AS loses_to_somebody
FROM paced d
CROSS JOIN LATERAL (SELECT round(d.price * (50 + pg_temp.pick(i, 'size', 151)) / 100.0, -3) AS estimate,
	pg_temp.sometime(day + lead + delay + COALESCE(absence, 0), i, 'closed') AS closed_at) p
JOIN company c ON c.number = pg_temp.pick(i, 'company', c.companies)
JOIN seller s ON s.department = COALESCE(c.department, d.department)
	AND s.number = LEAST(pg_temp.pick(i, 'seller', s.sellers), pg_temp.pick(i, 'again', s.sellers) + 1)
LEFT JOIN salesopp.sales_process process ON process.organization_id = salesopp.current_organization()
	AND process.name = CASE WHEN s.department = 'Offentlig' THEN 'Offentlig anbud'
		WHEN pg_temp.pick(i, 'process', 100) < 80 THEN 'Standard sales process' END
JOIN salesopp.loss_reason reason ON reason.organization_id = salesopp.current_organization()
	AND reason.name = (ARRAY['Price too high', 'Price too high', 'Price too high',
		'Competitor preferred', 'Competitor preferred', 'Competitor preferred',
		'Missing functionality', 'Delivery time too long', 'No budget',
		'Project cancelled or postponed', 'No decision made', 'No longer in contact'
		])[1 + pg_temp.pick(i, 'reason', 12)]
ORDER BY d.i;

-- What each was, from each instant at which something happened.
CREATE TEMP TABLE state ON COMMIT DROP AS
SELECT p.id, at, row_number() OVER in_order AS version, lead(at) OVER in_order IS NULL AS is_last, status,
	lag(status) OVER in_order AS status_before, passed,
	CASE WHEN p.process_id IS NULL THEN 20 * passed ELSE COALESCE(s.probability, 0) END AS progress,
	CASE WHEN p.process_id IS NOT NULL AND passed < 5 THEN passed + 1 END AS stage_position,
	CASE WHEN p.process_id IS NOT NULL THEN NULLIF(completed, 0) END AS stage_reached,
	CASE WHEN passed >= 3 THEN p.estimate ELSE p.first_estimate END AS estimate,
	p.first_decision_date + p.put_off_by * put_off + CASE WHEN at >= p.returned_at THEN p.absence ELSE 0 END AS decision_date,
	CASE WHEN status <> 'open' THEN at::date END AS close_date,
	CASE status WHEN 'won' THEN round(p.estimate * (88 + pg_temp.pick(i, 'actual', 20)) / 100, -2) END AS actual_revenue,
	CASE status WHEN 'lost' THEN p.loss_reason_id END AS loss_reason_id
FROM plan p
CROSS JOIN LATERAL (SELECT DISTINCT at
	FROM unnest(p.passed_at || p.put_off_at || ARRAY[p.created_at, p.left_at, p.returned_at, p.closed_at]) at
	WHERE at < CURRENT_DATE) happened
CROSS JOIN LATERAL (SELECT
	(SELECT count(*)::int FROM unnest(p.passed_at) passed_at WHERE passed_at <= at),
	(SELECT count(*)::int FROM unnest(p.put_off_at) put_off_at WHERE put_off_at <= at),
	(CASE WHEN at >= p.closed_at THEN p.fate WHEN at >= p.left_at AND at < p.returned_at THEN 'lost' ELSE 'open'
		END)::salesopp.opportunity_status) was (passed, put_off, status)
CROSS JOIN LATERAL (SELECT CASE WHEN passed = 2 AND p.skips_second THEN 1 ELSE passed END) stage (completed)
LEFT JOIN salesopp.sales_process_stage s ON s.organization_id = salesopp.current_organization()
	AND s.sales_process_id = p.process_id AND s.position = completed
WINDOW in_order AS (PARTITION BY p.id ORDER BY at);

-- ---- It is brought in as it was

-- In loading mode triggers add nothing and refuse nothing: what they would have added is brought along, the history too.
SET LOCAL row_security = off;

INSERT INTO salesopp.opportunity (id, subject, company_id, contact_id, project_id, status, estimated_revenue,
	actual_revenue, sales_process_id, progress_method, progress, stage_position, stage_reached, version, priority, rating,
	decision_date, close_date, closed_at, delivery_date, loss_reason_id, responsible_id, department_id, sales_region_id,
	created_at, created_by, changed_at, changed_by)
SELECT p.id, p.subject, p.company_id, contact.id, project.id, s.status, s.estimate, s.actual_revenue,
	p.process_id, (CASE WHEN p.process_id IS NULL THEN 'manual' ELSE 'automatic' END)::salesopp.progress_method,
	s.progress, s.stage_position, s.stage_reached, s.version,
	('{low,normal,normal,normal,high}'::salesopp.priority[])[1 + pg_temp.pick(i, 'priority', 5)],
	1 + pg_temp.pick(i, 'rating', 5), s.decision_date, s.close_date, CASE WHEN s.status <> 'open' THEN s.at END,
	CASE s.status WHEN 'won' THEN s.close_date + 30 + pg_temp.pick(i, 'delivery', 60) END, s.loss_reason_id,
	p.seller_id, p.department_id, region.id, p.created_at, p.seller_id, s.at, p.seller_id
FROM plan p
JOIN state s ON s.id = p.id AND s.is_last
JOIN salesopp.contact contact ON contact.company_id = p.company_id
	AND contact.is_primary = (pg_temp.pick(i, 'contact', 100) < 70)
LEFT JOIN salesopp.project project ON project.company_id = p.company_id AND pg_temp.pick(i, 'in project', 100) < 40
JOIN (SELECT r.id, row_number() OVER (ORDER BY r.name) - 1 AS number FROM salesopp.sales_region r
		WHERE r.organization_id = salesopp.current_organization()) region
	ON region.number = mod(p.company_number, 5)
ORDER BY p.id;

INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, version, at, origin, status, deleted,
	estimated_revenue, actual_revenue, progress, stage_position, stage_reached, decision_date, close_date, loss_reason_id,
	responsible_id, company_id, department_id, sales_region_id, sales_process_id, changed_by)
SELECT o.organization_id, s.id, s.version, s.at, 'imported', s.status, false,
	s.estimate, s.actual_revenue, s.progress, s.stage_position, s.stage_reached, s.decision_date, s.close_date, s.loss_reason_id,
	o.responsible_id, o.company_id, o.department_id, o.sales_region_id, o.sales_process_id, o.changed_by
FROM state s
JOIN salesopp.opportunity o ON o.organization_id = salesopp.current_organization() AND o.id = s.id
ORDER BY s.at, s.id;

INSERT INTO salesopp.stage (opportunity_id, position, name, probability, status, created_at, created_by, changed_by)
SELECT p.id, t.position, t.name, t.probability,
	(CASE WHEN t.position > s.passed THEN 'pending' WHEN t.position = 2 AND p.skips_second THEN 'cancelled'
		ELSE 'completed' END)::salesopp.stage_status,
	p.created_at, p.seller_id, p.seller_id
FROM plan p
JOIN state s ON s.id = p.id AND s.is_last
JOIN salesopp.sales_process_stage t ON t.organization_id = salesopp.current_organization() AND t.sales_process_id = p.process_id
ORDER BY p.id, t.position;

INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id, name, threat, is_winner, created_at, created_by, changed_by)
SELECT p.id, CASE WHEN typed IS NULL THEN rival.id END, typed, threat,
	s.status = 'lost' AND p.loses_to_somebody AND row_number() OVER (PARTITION BY p.id ORDER BY threat DESC, n) = 1,
	p.created_at, p.seller_id, p.seller_id
FROM plan p
JOIN state s ON s.id = p.id AND s.is_last
CROSS JOIN generate_series(1, 3) n
CROSS JOIN LATERAL (SELECT 1 + pg_temp.pick(i, 'threat' || n, 5) AS threat, CASE WHEN n = 3
	THEN ('{Egen drift,Lokal installatør,Ukjent tilbyder}'::text[])[1 + pg_temp.pick(i, 'typed', 3)] END AS typed) t
JOIN (SELECT c.id, row_number() OVER (ORDER BY c.name) - 1 AS number FROM salesopp.competitor c
		WHERE c.organization_id = salesopp.current_organization()) rival
	ON rival.number = mod(pg_temp.pick(i, 'rival', 6) + n, 6)
WHERE pg_temp.pick(i, 'competes' || n, 100) < (ARRAY[60, 30, 12])[n]
ORDER BY p.id, n;

INSERT INTO salesopp.status_event (organization_id, opportunity_id, from_status, to_status, close_date, actual_revenue,
	delivery_date, loss_reason_id, winner, note, created_at, created_by)
SELECT o.organization_id, s.id, s.status_before, s.status, s.close_date, s.actual_revenue, CASE WHEN s.is_last THEN o.delivery_date END,
	s.loss_reason_id, CASE WHEN s.is_last THEN winner.name END, CASE s.status WHEN 'open' THEN 'They want it after all' END,
	s.at, o.changed_by
FROM state s
JOIN salesopp.opportunity o ON o.organization_id = salesopp.current_organization() AND o.id = s.id
LEFT JOIN salesopp.competitor_list winner ON winner.organization_id = o.organization_id AND winner.opportunity_id = o.id AND winner.is_winner
WHERE s.status <> s.status_before
ORDER BY s.at, s.id;

-- The third stage is a quote, sometimes after an earlier one that was too dear.
INSERT INTO salesopp.quote (opportunity_id, number, amount, created_at, created_by, changed_by)
SELECT p.id, 10000 + row_number() OVER (ORDER BY quoted_at, p.id, n),
	round(p.estimate * (96 + pg_temp.pick(i, 'quote', 8) + CASE n WHEN 1 THEN 6 ELSE 0 END) / 100, -2),
	quoted_at, p.seller_id, p.seller_id
FROM plan p
JOIN state s ON s.id = p.id AND s.is_last AND s.passed >= 3
CROSS JOIN generate_series(1, 2) n
CROSS JOIN LATERAL (SELECT GREATEST(p.created_at, p.passed_at[3] - (2 - n) * interval '7 days') AS quoted_at) q
WHERE n = 2 OR pg_temp.pick(i, 'revised', 100) < 15
ORDER BY 2;

-- Most of what was won has been ordered, from the last quote.
INSERT INTO salesopp.sales_order (opportunity_id, quote_id, number, amount, created_at, created_by, changed_by)
SELECT s.id, q.id, 20000 + row_number() OVER (ORDER BY s.at, s.id), s.actual_revenue, s.at, q.created_by, q.created_by
FROM state s
JOIN LATERAL (SELECT q.* FROM salesopp.quote q WHERE q.opportunity_id = s.id ORDER BY q.id DESC LIMIT 1) q ON true
WHERE s.is_last AND s.status = 'won' AND pg_temp.pick(s.id, 'ordered', 100) < 85
ORDER BY 3;

-- Each department has somebody who leads the others in it. The quota of this quarter is a tenth above a quarter of what one has won in a year.
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from)
SELECT e.id, m.id, (CURRENT_DATE - interval '2 years')::date
FROM salesopp.employee m
JOIN salesopp.employee e ON e.organization_id = m.organization_id AND e.department_id = m.department_id AND e.id <> m.id
WHERE m.organization_id = salesopp.current_organization() AND m.initials IN ('ASH', 'INØ', 'SIB');

INSERT INTO salesopp.quota (employee_id, period, amount)
SELECT responsible_id, daterange(date_trunc('quarter', CURRENT_DATE)::date, (date_trunc('quarter', CURRENT_DATE) + interval '3 months')::date),
	round(1.1 * sum(actual_revenue) / 4, -5)
FROM salesopp.opportunity
WHERE organization_id = salesopp.current_organization() AND close_date > CURRENT_DATE - 365
GROUP BY responsible_id;

INSERT INTO salesopp.number_series (organization_id, name, last_number)
SELECT organization_id, 'quote', max(number) FROM salesopp.quote WHERE organization_id = salesopp.current_organization() GROUP BY 1
UNION ALL
SELECT organization_id, 'sales order', max(number) FROM salesopp.sales_order WHERE organization_id = salesopp.current_organization() GROUP BY 1;

DO $$
DECLARE
	found text := (SELECT string_agg(format('opportunity %s: %s', opportunity_id, problem), E'\n') FROM salesopp.history_problems());
BEGIN
	IF found IS NOT NULL THEN
		RAISE EXCEPTION E'the history that was brought in does not go with the opportunities\n%', found;
	END IF;
END $$;

COMMIT;
ANALYZE salesopp.opportunity, salesopp.opportunity_history, salesopp.stage, salesopp.quote, salesopp.sales_order;
