-- What is read: ten organizations with :rows opportunities, half of them in the first; five stages, of which one to
-- three are completed, a row of history for each of these steps, an activity and a share of quotes, orders and
-- competitors each. A customer has a hundred opportunities, whatever the number of rows. Loaded as from a dump:
-- without triggers.
SELECT salesopp.create_organization('Organization ' || i) FROM generate_series(1, 10) i;
SET session_replication_role = replica;

CREATE TEMPORARY TABLE given AS
SELECT o, i, customer, o * 1000 + i % 35 AS employee, at, h,
	CASE WHEN h < 50 THEN 'open' WHEN h < 80 THEN 'won' ELSE 'lost' END AS status
FROM generate_series(1, :rows) i
CROSS JOIN LATERAL (SELECT CASE WHEN i % 2 = 0 THEN 1 ELSE 2 + i % 9 END AS o,
	(hashint8(i) & 1048575) % 100 AS h,
	timestamptz '2026-06-01' - (hashint8(i + 1) & 1048575) * interval '1 minute' AS at) one
CROSS JOIN LATERAL (SELECT o * 10000000 + i / 2 % (:rows / 200) AS customer) its;

INSERT INTO salesopp.employee (organization_id, id, initials, name, created_at, changed_at)
SELECT o, o * 1000 + i, 'E' || i, 'Employee ' || i, now(), now() FROM generate_series(1, 10) o, generate_series(0, 34) i;
INSERT INTO salesopp.competitor (organization_id, id, name, created_at, changed_at)
SELECT o, o * 1000 + i, 'Competitor ' || i, now(), now() FROM generate_series(1, 10) o, generate_series(0, 19) i;
INSERT INTO salesopp.company (organization_id, id, name, created_at, changed_at)
SELECT o, customer, 'Company ' || customer, now(), now() FROM given GROUP BY o, customer;
INSERT INTO salesopp.contact (organization_id, id, company_id, last_name, created_at, changed_at)
SELECT organization_id, id, id, 'Contact ' || id, now(), now() FROM salesopp.company;
INSERT INTO salesopp.project (organization_id, id, company_id, name, created_at, changed_at)
SELECT organization_id, id, id, 'Project ' || id, now(), now() FROM salesopp.company;
INSERT INTO salesopp.opportunity (organization_id, id, subject, status, estimated_revenue, actual_revenue, progress,
	decision_date, close_date, closed_at, company_id, contact_id, project_id, responsible_id, sales_process_id,
	loss_reason_id, created_at, changed_at, changed_by, stage_position, stage_reached, version)
SELECT o, i, chr(65 + h % 26) || ' deal ' || md5(i::text), status::salesopp.opportunity_status, (hashint8(i) & 268435455) / 100.0,
	CASE status WHEN 'won' THEN (hashint8(i) & 268435455) / 100.0 END, 25, date '2026-01-01' + h,
	CASE WHEN status <> 'open' THEN at::date + h END, CASE WHEN status <> 'open' THEN at + h * interval '1 day' END,
	customer, customer, customer, employee, p.id, CASE status WHEN 'lost' THEN r.id END, at, at, employee,
	2 + h % 3, 1 + h % 3, 2 + h % 3 + (status <> 'open')::integer
FROM given
JOIN (SELECT organization_id, min(id) AS id FROM salesopp.sales_process GROUP BY 1) p ON p.organization_id = o
JOIN (SELECT organization_id, min(id) AS id FROM salesopp.loss_reason GROUP BY 1) r ON r.organization_id = o;
INSERT INTO salesopp.stage (organization_id, opportunity_id, position, status, name, probability, created_at, changed_at)
SELECT o, i, position, (CASE WHEN position <= 1 + h % 3 THEN 'completed' ELSE 'pending' END)::salesopp.stage_status,
	'Stage ' || position, 20 * position, at, at
FROM given, generate_series(1, 5) position;
INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, at, version, stage_position, stage_reached,
	decision_date, close_date, responsible_id, company_id, sales_process_id, loss_reason_id, changed_by, status, origin, deleted,
	estimated_revenue, actual_revenue, progress)
SELECT o.organization_id, o.id, o.created_at + CASE WHEN closes THEN h ELSE h * (step - 1) / 10.0 END * interval '1 day', step,
	least(step, o.stage_position), NULLIF(least(step - 1, o.stage_reached), 0), o.decision_date,
	CASE WHEN closes THEN o.close_date END, o.responsible_id, o.company_id, o.sales_process_id,
	CASE WHEN closes THEN o.loss_reason_id END, o.changed_by, CASE WHEN closes THEN o.status ELSE 'open' END, 'recorded', false,
	o.estimated_revenue, CASE WHEN closes THEN o.actual_revenue END, o.progress
FROM given
JOIN salesopp.opportunity o ON o.organization_id = given.o AND o.id = i
CROSS JOIN LATERAL (SELECT step, step > o.stage_position AS closes FROM generate_series(1, o.version) step) s;
INSERT INTO salesopp.activity (organization_id, id, kind, subject, company_id, opportunity_id, contact_id,
	occurred_at, responsible_id, created_at, changed_at, changed_by)
SELECT o, i, (CASE WHEN h < 10 THEN 'meeting' ELSE 'call' END)::salesopp.activity_kind, 'Talk ' || i,
	CASE WHEN h >= 20 THEN customer END, i, CASE WHEN h < 10 THEN customer END, at, employee, at, at, employee
FROM given;
INSERT INTO salesopp.activity_participant (organization_id, activity_id, contact_id, created_at, changed_at)
SELECT o, i, customer, at, at FROM given WHERE h < 10;
INSERT INTO salesopp.quote (organization_id, id, opportunity_id, number, amount, created_at, changed_at)
SELECT o, i, i, i, 1000 + i % 1000, at, at FROM given WHERE i % 8 IN (0, 1);
INSERT INTO salesopp.sales_order (organization_id, id, opportunity_id, quote_id, number, amount, created_at, changed_at)
SELECT o, i, i, i, i, 1000 + i % 1000, at, at FROM given WHERE i % 16 IN (0, 1);
INSERT INTO salesopp.opportunity_competitor (organization_id, id, opportunity_id, competitor_id, is_winner, created_at, changed_at)
SELECT o, i, i, o * 1000 + i / 8 % 20, status = 'lost', at, at FROM given WHERE i % 8 IN (0, 1);

INSERT INTO salesopp.saved_search (organization_id, name, shared, sort, columns, created_at, changed_at)
VALUES (1, 'Saved', true, 'changed_at desc', '{id,subject,company,responsible,quote_sum,order_sum}', now(), now());

SET session_replication_role = origin;
VACUUM ANALYZE;
SELECT salesopp.grant_access('reading_seller', 'seller');
