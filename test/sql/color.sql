-- The colours of the list: F1.2, F1.3
-- Also on several servers.
SET datestyle = iso;
SET search_path = salesopp, test, public;

--
-- F1.2 Status flag
--
SELECT status, status_flag(status)
FROM (VALUES ('open'::opportunity_status), ('won'), ('lost'), (NULL)) v (status);

--
-- F1.3 Decision date, seen from a given day: also across a leap day and a new year
--
SELECT today, decision_date - today AS days, decision_date,
	decision_color('open', decision_date, today) AS open,
	decision_color('won', decision_date, today) AS won,
	decision_color('lost', decision_date, today) AS lost
FROM (VALUES (date '2024-02-28'), (date '2025-12-31')) t (today),
	unnest('{-365,-1,0,1,2,6,7,8,365}'::int[]) days, LATERAL (SELECT today + days) d (decision_date)
ORDER BY today, days;

-- the leap day itself, as today and as the date
SELECT today, decision_color('open', '2024-02-29', today)
FROM (VALUES (date '2024-02-21'), ('2024-02-22'), ('2024-02-28'), ('2024-02-29'), ('2024-03-01')) v (today);

-- no date, no status, no today
SELECT status, decision_date, today, decision_color(status, decision_date, today)
FROM (VALUES (1, 'open'::opportunity_status, NULL::date, date '2024-01-01'),
	(2, 'won', NULL, '2024-01-01'),
	(3, 'lost', NULL, '2024-01-01'),
	(4, NULL, '2024-01-01', '2024-01-01'),
	(5, NULL, NULL, NULL),
	(6, 'open', '2024-01-01', NULL)) v (n, status, decision_date, today)
ORDER BY n;

-- infinities, and the last day that there is
SELECT status, decision_date, today, decision_color(status, decision_date, today)
FROM (VALUES (1, 'open'::opportunity_status, date 'infinity', date '2024-01-01'),
	(2, 'open', '-infinity', '2024-01-01'),
	(3, 'won', '-infinity', '2024-01-01'),
	(4, 'open', '2024-01-01', 'infinity'),
	(5, 'open', '2024-01-01', '-infinity'),
	(6, 'open', 'infinity', 'infinity'),
	(7, 'open', '-infinity', '-infinity'),
	(8, 'open', 'infinity', '-infinity'),
	(9, 'open', '5874897-12-31', '5874897-12-30'),
	(10, 'open', '5874897-12-31', '2024-01-01'),
	(11, 'open', '4714-11-24 BC', '2024-01-01'),
	(12, 'open', '4714-11-25 BC', '4714-11-24 BC'),
	(13, 'open', '5874897-12-31', '4714-11-24 BC')) v (n, status, decision_date, today)
ORDER BY n;

-- F1.3 every day of nine years against the rule, in words of its own
SELECT count(*) AS cases, count(*) FILTER (WHERE decision_color('open', today + days, today) = CASE
	WHEN days < 0 THEN 'red' WHEN days = 0 THEN 'green' WHEN days <= 7 THEN 'blue' ELSE 'black' END::color) AS same
FROM generate_series(timestamp '2020-01-01', '2028-12-31', '1 day') day, LATERAL (SELECT day::date) t (today),
	generate_series(-10, 10) days;

-- today, unless given, is the session's
BEGIN;
SELECT decision_color('open', CURRENT_DATE) AS today, decision_color('open', CURRENT_DATE - 1) AS yesterday,
	decision_color('open', CURRENT_DATE + 7) AS next_week, decision_color('open', CURRENT_DATE + 8) AS later,
	decision_color(status => 'open', decision_date => '2024-01-02', today => '2024-01-01') AS by_name;
SET LOCAL timezone = 'Etc/GMT-14';
SELECT CURRENT_DATE AS easternmost_today \gset
SELECT decision_color('open', :'easternmost_today');
SET LOCAL timezone = 'Etc/GMT+12';
SELECT decision_color('open', :'easternmost_today') AS still_to_come;
COMMIT;

--
-- F1.1, F1.2, F1.3 The list shows them
--
SELECT create_organization('Colours') AS organization \gset
SET salesopp.organization_id = :organization;
CREATE ROLE regress_salesopp_color LOGIN;
SELECT grant_access('regress_salesopp_color', 'seller');
SET ROLE regress_salesopp_color;
BEGIN;
INSERT INTO opportunity (id, subject, decision_date) VALUES
	(1, 'yesterday', CURRENT_DATE - 1), (2, 'today', CURRENT_DATE), (3, 'tomorrow', CURRENT_DATE + 1),
	(4, 'in 7 days', CURRENT_DATE + 7), (5, 'in 8 days', CURRENT_DATE + 8), (6, 'no date', NULL),
	(7, 'won, yesterday', CURRENT_DATE - 1), (8, 'lost, today', CURRENT_DATE), (9, 'lost, tomorrow', CURRENT_DATE + 1),
	(10, 'won, then open, today', CURRENT_DATE), (11, 'deleted', CURRENT_DATE);
UPDATE opportunity SET status = 'won' WHERE id IN (7, 10);
UPDATE opportunity SET status = 'lost' WHERE id IN (8, 9);
UPDATE opportunity SET status = 'open' WHERE id = 10;
UPDATE opportunity SET deleted_at = now() WHERE id = 11;
SELECT id, subject, status, flag, decision_color FROM opportunity_list ORDER BY id;

-- as time goes by: nothing of it is stored
UPDATE opportunity SET decision_date = decision_date + 1 WHERE id IN (1, 2, 4);
SELECT id, flag, decision_color FROM opportunity_list
WHERE id IN (1, 2, 4) ORDER BY id;
COMMIT;
RESET ROLE;
DROP OWNED BY regress_salesopp_color;
DROP ROLE regress_salesopp_color;
