-- F1.1, F4.2, F5.1, F6, F7.1 Views
-- Also on several servers.
\set SHOW_CONTEXT never
SELECT salesopp.create_organization('Views') AS organization, salesopp.create_organization('Views elsewhere') AS elsewhere \gset
CREATE ROLE regress_views_seller LOGIN;
SELECT salesopp.grant_access('regress_views_seller', 'seller');

-- Every public view, with the columns that clients depend on: what is missing
WITH required (view_name, columns) AS (VALUES
	('opportunity_list', 'id,status,flag,has_process,subject,company,project,estimated_revenue,quote_sum,order_sum,progress,decision_date,decision_color,responsible,changed_at,changed_by,actual_revenue,weighted_value,close_date,priority,rating,sales_region,department,sales_process,version'),
	('opportunity_card', 'id,subject,status,progress,estimated_revenue,company,contact,project,sales_process,priority,rating,progress_method,decision_date,delivery_date,responsible,sales_region,department,created_at,created_by,changed_at,changed_by,note,version'),
	('stage_funnel', 'opportunity_id,position,name,probability,status,is_current,color'),
	('opportunity_version', 'opportunity_id,version,valid_from,valid_to,status,deleted,stage_position,stage_reached,origin'),
	('stage_visits', 'opportunity_id,visit,position,name,entered_at,left_at,duration,is_current,ended_by'),
	('competitor_list', 'opportunity_id,name,threat,note,is_winner'),
	('contact_list', 'company_id,name,gender,is_primary,is_your_ref,job_title,email,phone,changed_at,changed_by'),
	('follow_up', 'company_id,kind,id,subject,changed_at,changed_by'),
	('quote_list', 'opportunity_id,number,amount,note'), ('order_list', 'opportunity_id,number,amount,note'),
	('pipeline_by_employee', 'opportunities,estimated_revenue,pipeline,won_revenue,win_rate,average_days_to_close'),
	('pipeline_by_department', ''), ('pipeline_by_region', ''), ('pipeline_by_stage', ''),
	('pipeline_by_process', ''), ('pipeline_by_month', 'month'),
	('results_by_loss_reason', 'opportunities,won_revenue,win_rate,average_days_to_close'), ('results_by_competitor', ''),
	('results_by_employee', ''), ('results_by_month', 'month'))
SELECT view_name, column_name
FROM required LEFT JOIN LATERAL string_to_table(columns, ',') column_name ON true
LEFT JOIN pg_class c ON c.relnamespace = 'salesopp'::regnamespace AND c.relname = view_name AND c.relkind = 'v'
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = column_name AND a.attnum > 0
WHERE c.oid IS NULL OR (column_name IS NOT NULL AND a.attname IS NULL);
-- all views of the catalog: without the organization, without a comment, without a comment on a
-- column, or with their owner's rights
SELECT count(*) >= 18 AS there FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind = 'v';
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'v' AND (obj_description(c.oid, 'pg_class') IS NULL
	OR COALESCE('security_invoker=true' <> ALL (c.reloptions), true)
	OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organization_id'));
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'v'
	AND COALESCE(salesopp.is_blank(col_description(c.oid, a.attnum)), true);

SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.company (id, name) VALUES (77111901, 'Elsewhere');
INSERT INTO salesopp.opportunity (id, subject, company_id) VALUES (77111901, 'Elsewhere', 77111901);
INSERT INTO salesopp.activity (kind, subject, company_id) VALUES ('call', 'Elsewhere', 77111901);
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.department (id, name) VALUES (77111001, 'Department');
INSERT INTO salesopp.sales_region (id, name) VALUES (77111001, 'Region');
INSERT INTO salesopp.employee (id, initials, name) VALUES (77111001, 'AAA', 'Anna'), (77111002, 'BBB', 'Bo');
SET salesopp.employee_id = 77111001;
INSERT INTO salesopp.company (id, name, phone, email)
VALUES (77111001, 'Customer', '123', 'c@example.com'), (77111002, 'Other', NULL, NULL);
INSERT INTO salesopp.project (id, company_id, name) VALUES (77111001, 77111001, 'Project'), (77111002, 77111001, 'Empty');
INSERT INTO salesopp.contact (id, company_id, first_name, last_name, gender, job_title, email, mobile,
	direct_phone, is_primary, is_your_ref) VALUES
	(77111001, 77111001, 'Zoe', 'Young', 'female', 'Director', 'z@example.com', NULL, '22', true, false),
	(77111002, 77111001, 'Bob', 'Berg', 'male', NULL, NULL, '91', '23', false, true),
	(77111003, 77111001, 'Ann', 'Berg', NULL, NULL, NULL, NULL, NULL, false, false),
	(77111004, 77111001, NULL, 'Aas', 'other', NULL, NULL, '92', NULL, false, false),
	(77111005, 77111002, 'Only', 'One', NULL, NULL, NULL, NULL, NULL, false, false);
INSERT INTO salesopp.sales_process (id, name) VALUES (77111001, 'Process');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES
	(77111001, 1, 'First', 10), (77111001, 2, 'Second', 40), (77111001, 3, 'Third', 70), (77111001, 4, 'Last', 100);
INSERT INTO salesopp.competitor (id, name, website) VALUES (77111001, 'Alpha', 'https://alpha.example');
INSERT INTO salesopp.loss_reason (id, name) VALUES (77111001, 'Reason');
INSERT INTO salesopp.opportunity (id, subject, sales_process_id, company_id, contact_id, project_id, priority, rating, estimated_revenue,
	decision_date, delivery_date, responsible_id, sales_region_id, department_id, note) VALUES
	(77111101, 'Full', 77111001, 77111001, 77111001, 77111001, 'high', 4, 1000.50, CURRENT_DATE + 7, '2030-01-01',
		77111002, 77111001, 77111001, 'Note');
INSERT INTO salesopp.opportunity (id, subject, company_id, estimated_revenue, decision_date) VALUES
	(77111102, 'Passed', 77111001, 200, CURRENT_DATE - 1), (77111103, 'Today', 77111001, NULL, CURRENT_DATE),
	(77111104, 'Won', 77111001, 300, CURRENT_DATE - 1), (77111105, 'Lost', 77111001, 400, CURRENT_DATE),
	(77111106, 'Deleted', 77111001, 500, NULL), (77111107, 'Other''s', 77111002, 600, CURRENT_DATE + 8),
	(77111108, 'Nobody''s', NULL, 700, NULL);
SELECT s.name, s.status FROM salesopp.set_stage_status(77111101, 1, 'cancelled') s;
SELECT s.name, s.status FROM salesopp.set_stage_status(77111101, 2, 'completed') s;
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, competitor_id, name, threat, note) VALUES
	(77111101, 77111101, 77111001, NULL, 2, NULL), (77111102, 77111101, NULL, 'Worst', 5, 'Note'),
	(77111103, 77111105, 77111001, NULL, 3, NULL),
	(77111104, 77111101, NULL, 'Aardvark', 2, NULL);
SELECT q.amount FROM salesopp.create_quote(77111101, 10) q;
SELECT q.amount FROM salesopp.create_quote(77111101, 20) q;
SELECT s.amount FROM salesopp.create_order(77111101, 30) s;
SELECT s.amount FROM salesopp.create_order(77111101, 40) s;
SELECT status FROM salesopp.close_won(77111104, 350, '2024-01-02');
SELECT status FROM salesopp.close_lost(77111105, 77111001, 77111103, '2024-01-03', note => 'Lost it');
SELECT outcome FROM salesopp.delete_opportunities('{77111106}');
SET ROLE regress_views_seller;

-- F1.1, F1.2, F1.3 The list
SELECT id, status, flag, has_process, subject, company, project, estimated_revenue, quote_sum, order_sum, progress,
	decision_date - CURRENT_DATE AS decision_in, decision_color FROM salesopp.opportunity_list ORDER BY id;
SELECT id, responsible, changed_by, actual_revenue, weighted_value, close_date, priority, rating, sales_region, department, sales_process
FROM salesopp.opportunity_list ORDER BY id;
-- F4.2 The summary of an opportunity, its customer and its process
SELECT key, value FROM salesopp.opportunity_card c,
	jsonb_each_text(to_jsonb(c) - '{organization_id,created_at,changed_at,decision_date}'::text[])
WHERE c.id = 77111101 ORDER BY key COLLATE "C";
SELECT id, status, close_date, actual_revenue, loss_reason, winner, status_note, current_stage, stages, completed_stages
FROM salesopp.opportunity_card ORDER BY id;
-- F3.4 The funnel
SELECT position, name, probability, status, is_current, color FROM salesopp.stage_funnel WHERE opportunity_id = 77111101 ORDER BY position;
-- F5.1 Competitors, the worst first
SELECT opportunity_id, name, website, threat, is_winner, note FROM salesopp.competitor_list;
-- F7.1
SELECT opportunity_id, number, amount, order_number, created_by FROM salesopp.quote_list ORDER BY number;
SELECT opportunity_id, number, amount, quote_number, created_by FROM salesopp.order_list ORDER BY number;
-- F6.1 The primary contact first, the rest by last name; mobile, else direct number
SELECT name, gender, is_primary, is_your_ref, job_title, email, phone, changed_by FROM salesopp.contact_list WHERE company_id = 77111001;

-- F6.2 All other opportunities of the same customer
SELECT id, subject, status FROM salesopp.customer_opportunities(77111101) ORDER BY id;
SELECT id, subject FROM salesopp.customer_opportunities(77111107);
SELECT id, subject FROM salesopp.customer_opportunities(77111108);
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.customer_opportunities(77111106)",
	"SELECT salesopp.customer_opportunities(77111901)",
	"SELECT salesopp.customer_opportunities(0)",
	"SELECT salesopp.latest_follow_ups(77111106)",
	"SELECT salesopp.latest_follow_ups(77111901)",
	"SELECT salesopp.latest_follow_ups(77111101, ''customer'')",
	"SELECT salesopp.latest_follow_ups(77111101, NULL)"}'::text[]) statement, test.outcome(statement);
RESET ROLE;

-- F6.3 Follow-ups by customer: of the ten types, through the contact too; a meeting, and nothing
-- else, also through those who took part in it
INSERT INTO salesopp.activity (id, kind, subject, company_id, created_at, changed_at)
SELECT 77111100 + row_number() OVER (ORDER BY k), k, 'Direct', 77111001, '2024-01-01', '2024-01-01'
FROM unnest(enum_range(NULL::salesopp.activity_kind)) k;
INSERT INTO salesopp.activity (id, kind, subject, company_id, contact_id, created_at, changed_at) VALUES
	(77111201, 'call', 'Through the contact', NULL, 77111002, '2024-01-02', '2024-01-02'),
	(77111202, 'meeting', 'With a participant', NULL, NULL, '2024-01-02', '2024-01-02'),
	(77111203, 'call', 'A call with a participant', NULL, NULL, '2024-01-02', '2024-01-02'),
	(77111204, 'meeting', 'With two of ours', 77111001, 77111002, '2024-01-02', '2024-01-02'),
	(77111205, 'meeting', 'Of both customers', 77111002, NULL, '2024-01-02', '2024-01-02'),
	(77111206, 'note', 'Nobody''s', NULL, NULL, '2024-01-02', '2024-01-02');
INSERT INTO salesopp.activity_participant (activity_id, contact_id) VALUES
	(77111202, 77111003), (77111203, 77111003), (77111204, 77111003), (77111204, 77111004), (77111205, 77111001);
-- issue 11 C5: through the project and the opportunity as well, once however many ways lead there; not
-- through what is deleted, nor through what has no customer
INSERT INTO salesopp.project (id, company_id, name) VALUES (77111301, 77111001, 'Ours'),
	(77111302, NULL, 'Nobody''s'), (77111303, 77111002, 'Theirs');
INSERT INTO salesopp.opportunity (id, subject, company_id, project_id) VALUES
	(77111301, 'Ours', 77111001, NULL), (77111302, 'Nobody''s', NULL, 77111302), (77111303, 'Deleted', 77111001, 77111301);
INSERT INTO salesopp.activity (id, kind, subject, company_id, contact_id, project_id, opportunity_id, created_at, changed_at) VALUES
	(77111301, 'sms', 'Through the project', NULL, NULL, 77111301, NULL, '2024-01-03', '2024-01-03'),
	(77111302, 'sms', 'Through the opportunity', NULL, NULL, NULL, 77111301, '2024-01-04', '2024-01-04'),
	(77111303, 'sms', 'Through everything', 77111001, 77111002, 77111301, 77111301, '2024-01-05', '2024-01-05'),
	(77111304, 'sms', 'Of two customers', NULL, 77111002, 77111303, NULL, '2024-01-06', '2024-01-06'),
	(77111305, 'sms', 'Of a deleted one', NULL, NULL, NULL, 77111303, '2024-01-07', '2024-01-07'),
	(77111306, 'sms', 'Of no customer', NULL, NULL, 77111302, 77111302, '2024-01-08', '2024-01-08'),
	(77111307, 'sms', 'Of no customer, through the project''s opportunity', NULL, NULL, NULL, 77111302, '2024-01-09', '2024-01-09');
SELECT outcome FROM salesopp.delete_opportunities('{77111303}');
SET ROLE regress_views_seller;
SELECT kind, id, subject FROM salesopp.latest_follow_ups(77111301) WHERE id BETWEEN 77111201 AND 77111399;
-- of a project, also through its opportunities
SELECT kind, id, subject FROM salesopp.latest_follow_ups(77111302, 'project');
SELECT kind, id, subject, changed_by FROM salesopp.follow_up WHERE company_id = 77111001 ORDER BY kind, id;
SELECT kind, id, subject FROM salesopp.follow_up WHERE company_id = 77111002 ORDER BY kind, id;
SELECT count(*) FROM salesopp.follow_up WHERE company_id IS NULL OR company_id = 77111901;
RESET ROLE;

-- F6.4 The 30 last changed follow-ups and opportunities: newest first, ties by kind and then by the
-- newest id. Given times, which only the owner can choose.
INSERT INTO salesopp.company (id, name) VALUES (77112001, 'Latest');
INSERT INTO salesopp.project (id, company_id, name) VALUES (77112001, 77112001, 'Latest project');
INSERT INTO salesopp.opportunity (id, subject, company_id, project_id, created_at, created_by, changed_at, changed_by) VALUES
	(77112101, 'This', 77112001, 77112001, '2024-03-01', 77111001, '2024-03-01', 77111001),
	(77112102, 'Another', 77112001, NULL, '2024-02-20', 77111002, '2024-02-20', 77111002),
	(77112103, 'Deleted', 77112001, 77112001, '2024-04-01', 77111002, '2024-04-01', 77111002),
	(77112104, 'Old', 77112001, 77112001, '2023-01-01', 77111001, '2023-01-01', 77111001);
SELECT outcome FROM salesopp.delete_opportunities('{77112103}');
INSERT INTO salesopp.activity (id, kind, subject, company_id, project_id, created_at, created_by, changed_at, changed_by)
SELECT 77112200 + n, CASE n % 3 WHEN 0 THEN 'call' WHEN 1 THEN 'task' ELSE 'sms' END::salesopp.activity_kind, 'Item ' || n,
	CASE WHEN n <> 7 THEN 77112001 END, CASE WHEN n <= 9 THEN 77112001 END,
	date '2024-02-01' + n / 4, 77111001 + (n % 5 = 0)::int, date '2024-02-01' + n / 4, 77111001 + (n % 2)
FROM generate_series(1, 40) n;
SET ROLE regress_views_seller;
SELECT kind, id, subject, changed_at::date, changed_by FROM salesopp.latest_follow_ups(77112101);
SELECT kind, id, subject, changed_at::date, changed_by FROM salesopp.latest_follow_ups(77112101, 'project');
SELECT count(*) FROM salesopp.latest_follow_ups(77112102, 'project');
-- only mine: what I created or changed last
SELECT kind, id, subject, changed_at::date, changed_by FROM salesopp.latest_follow_ups(77112101, 'project', true);
SELECT count(*) FROM salesopp.latest_follow_ups(77112101, mine => NULL);
RESET ROLE;
SET salesopp.employee_id = 77111002;
SET ROLE regress_views_seller;
SELECT kind, id, subject, changed_at::date, changed_by FROM salesopp.latest_follow_ups(77112101, 'project', true);
RESET ROLE;
-- nobody's session has nothing of its own
SET salesopp.employee_id = '';
SET ROLE regress_views_seller;
SELECT count(*) FROM salesopp.latest_follow_ups(77112101, 'project', true);
RESET ROLE;

DROP OWNED BY regress_views_seller;
DROP ROLE regress_views_seller;
