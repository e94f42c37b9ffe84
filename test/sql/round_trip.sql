-- What is exported comes back in through the import unchanged: N11
SET search_path = salesopp, test, public;
SET TimeZone = 'Europe/Oslo';
SET client_min_messages = warning;
SELECT create_organization('Round trip') AS organization, create_organization('Round trip elsewhere') AS elsewhere \gset
UPDATE organization SET time_zone = 'Europe/Oslo' WHERE id IN (:organization, :elsewhere);
CREATE ROLE regress_salesopp_round_trip LOGIN;
SELECT grant_access('regress_salesopp_round_trip', 'manager');

-- What both organizations have
CREATE FUNCTION pg_temp.people(organization bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	segment bigint;
BEGIN
	INSERT INTO department (organization_id, name) VALUES (organization, 'Nord; "sør"'), (organization, 'B');
	INSERT INTO sales_region (organization_id, name) VALUES (organization, 'Øst');
	INSERT INTO employee (organization_id, initials, name) VALUES (organization, 'ÅÅ', 'Åse Å'), (organization, 'B2', 'B B');
	INSERT INTO loss_reason (organization_id, name) VALUES (organization, 'Too, dear');
	INSERT INTO custom_field (organization_id, name, data_type, choices) VALUES (organization, 'Budget', 'number', NULL), (organization, 'Kick-off', 'date', NULL),
		(organization, 'Pilot', 'boolean', NULL), (organization, 'Remark', 'text', NULL), (organization, 'Model', 'choice', '{"A;1","=B"}');
	INSERT INTO group_field (organization_id, name) VALUES (organization, 'Segment') RETURNING id INTO segment;
	INSERT INTO group_value (organization_id, group_field_id, name) VALUES (organization, segment, 'Large'), (organization, segment, 'Små');
END;
$$;
SELECT pg_temp.people(:organization), pg_temp.people(:elsewhere);

SET salesopp.organization_id = :organization;
SET ROLE regress_salesopp_round_trip;
INSERT INTO company (name) VALUES ('=SUM(A1)'), ('Søn; & "Co"'), (E'Two\nlines');
INSERT INTO contact (company_id, first_name, last_name, email, mobile) SELECT id, 'Per Olav', 'Dahl', 'per@example.com', '+47 22 33 44 55' FROM company WHERE name LIKE 'Søn%';
INSERT INTO project (name, company_id) SELECT '-5 %', id FROM company WHERE name LIKE 'Søn%';
INSERT INTO opportunity (subject, external_id, status, estimated_revenue, actual_revenue, progress_method, progress, priority, rating, decision_date, delivery_date, close_date, note, company_id,
	contact_id, project_id, responsible_id, department_id, sales_region_id, sales_process_id, stage_reached, loss_reason_id, custom, created_at, changed_at, forecast_category)
SELECT v.subject, v.external_id, v.status::opportunity_status, v.estimated, v.actual, CASE WHEN v.progress IS NULL THEN 'automatic' ELSE 'manual' END::progress_method, COALESCE(v.progress, 0),
	v.priority::priority, v.rating, v.decision, v.delivery, v.closed, v.note, c.id, t.id, p.id, e.id, d.id, r.id, sp.id, v.reached, l.id, v.custom::jsonb, v.created, v.changed, v.category::forecast_category
FROM (VALUES
	('Plain', 'e1', 'open', 1234567.89, NULL, NULL, 'normal', NULL, date '2026-12-31', NULL::date, NULL::date, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3, NULL, '{"Budget": 1234.5, "Kick-off": "2026-02-28", "Pilot": true}',
		timestamptz '2026-01-02 03:04+01', timestamptz '2026-02-03 04:05+01', NULL),
	('=1+1', NULL, 'open', 0, NULL, 12.5, 'high', 5, NULL, '2028-02-29', NULL, E'several\nlines; "quoted", æøå 🎉', 'Søn; & "Co"', 'Dahl', '-5 %', 'ÅÅ', 'Nord; "sør"', 'Øst', NULL, NULL, '{"Remark": "+47", "Model": "=B", "Budget": -0.001}',
		'2026-03-29 01:30+01', '2026-03-29 03:30+02', 'commit'),
	('+', 'e3', 'won', NULL, 0.01, NULL, 'low', 1, '2026-04-01', NULL, '2026-04-02', '@here', '=SUM(A1)', NULL, NULL, 'B2', 'B', NULL, 5, NULL, '{"Remark": "1.234", "Model": "A;1"}', '2026-03-01', '2026-04-02', NULL),
	('100 % _ \ ''quoted''', 'e4', 'lost', 99999999999999.99, NULL, NULL, 'normal', 3, NULL, NULL, '2026-05-17', 'ja', E'Two\nlines', NULL, NULL, NULL, NULL, NULL, 2, 'Too, dear', '{"Pilot": false}', '2026-03-01', '2026-05-17', NULL)
) v (subject, external_id, status, estimated, actual, progress, priority, rating, decision, delivery, closed, note, company, contact, project, responsible, department, region, reached, reason, custom, created, changed, category)
LEFT JOIN company c ON c.name = v.company LEFT JOIN contact t ON t.last_name = v.contact LEFT JOIN project p ON p.name = v.project LEFT JOIN employee e ON e.initials = v.responsible
LEFT JOIN department d ON d.name = v.department LEFT JOIN sales_region r ON r.name = v.region LEFT JOIN sales_process sp ON v.reached IS NOT NULL LEFT JOIN loss_reason l ON l.name = v.reason;
INSERT INTO opportunity_group_value (opportunity_id, group_value_id) SELECT o.id, g.id FROM opportunity o, group_value g WHERE o.subject IN ('Plain', '=1+1') AND g.name = CASE o.subject WHEN 'Plain' THEN 'Large' ELSE 'Små' END;

-- In both dialects and languages; every column that there is, or those of the list
CREATE TEMP TABLE columns AS SELECT * FROM (VALUES ('list', NULL::text[]),
	('all', '{id,external_id,status,flag,has_process,subject,company,project,estimated_revenue,quote_sum,order_sum,progress,decision_date,decision_color,responsible,changed_at,changed_by,actual_revenue,weighted_value,close_date,priority,rating,sales_region,department,sales_process,version,note,created_at,created_by,delivery_date,loss_reason,winner,contact,contact_email,contact_phone,forecast_category,stage,stage_progress,days_in_stage,next_activity,next_activity_at,Budget,Kick-off,Pilot,Remark,Model,Segment}')) c (which, columns);
CREATE TEMP TABLE form AS SELECT which, columns, language, dialect, format('back_%s_%s_%s', which, language, COALESCE(dialect, 'rfc')) AS name FROM columns, unnest('{en,nb}'::text[]) language, unnest('{NULL,excel}'::text[]) dialect;
SELECT f.name, string_agg(l.remark, '; ') AS remarks FROM form f, load_file(f.name, CASE WHEN f.dialect = 'excel' THEN export_excel_csv('{}', 'id', f.columns, f.language) ELSE export_csv('{}', 'id', f.columns, f.language) END) l WHERE l.line_number IS NOT NULL GROUP BY 1 ORDER BY 1;
SELECT f.name, c.row_number, c.column_name, c.value, c.problem FROM form f, import_check(f.name::regclass) c WHERE c.severity = 'error' ORDER BY 1, 2, 3;
-- what is not imported follows from the rest
SELECT DISTINCT c.column_name, c.problem FROM form f, import_check(f.name::regclass) c WHERE c.row_number IS NULL AND f.language = 'en' ORDER BY 1, 2;
SELECT f.name, i.outcome, count(*) FROM form f, import_opportunities(f.name::regclass, NULL, '{"partial": true}') i GROUP BY 1, 2 ORDER BY 1, 2;
-- cleared or not, nothing is said that is not so
SELECT f.name, i.outcome, count(*) FROM form f, import_opportunities(f.name::regclass, NULL, '{"partial": true, "clear": true}') i WHERE f.which = 'all' GROUP BY 1, 2 ORDER BY 1, 2;

-- Into another organization: as new ones
CREATE TEMP TABLE before AS
SELECT o.subject, o.external_id, o.status, o.estimated_revenue, o.actual_revenue, o.progress, o.priority, o.rating, o.decision_date, o.delivery_date, o.close_date, o.note, o.custom, o.stage_reached,
	date_trunc('minute', o.created_at) AS created_at, date_trunc('minute', o.changed_at) AS changed_at, c.name AS company, t.last_name, p.name AS project, e.initials, d.name AS department, r.name AS region, l.name AS reason,
	(SELECT string_agg(g.name, ',') FROM opportunity_group_value v JOIN group_value g ON g.organization_id = v.organization_id AND g.id = v.group_value_id WHERE v.opportunity_id = o.id AND v.organization_id = o.organization_id) AS segment
FROM opportunity o LEFT JOIN company c ON c.id = o.company_id LEFT JOIN contact t ON t.id = o.contact_id LEFT JOIN project p ON p.id = o.project_id LEFT JOIN employee e ON e.id = o.responsible_id
LEFT JOIN department d ON d.id = o.department_id LEFT JOIN sales_region r ON r.id = o.sales_region_id LEFT JOIN loss_reason l ON l.id = o.loss_reason_id;
RESET ROLE;
GRANT SELECT ON before, form TO PUBLIC;
SET salesopp.organization_id = :elsewhere;
SET ROLE regress_salesopp_round_trip;
CREATE TEMP TABLE comes AS TABLE before WITH NO DATA;
DO $$
DECLARE
	back text;
	outcomes text;
BEGIN
	FOR back IN SELECT name FROM form WHERE which = 'all' ORDER BY name LOOP
		BEGIN
			SELECT string_agg(DISTINCT i.outcome, ',') INTO outcomes
			FROM import_opportunities(back::regclass, (SELECT jsonb_object_agg(source_column, target) FROM import_columns(back::regclass) WHERE target <> 'id'), '{"create": ["company", "contact", "project"]}') i;
			INSERT INTO comes SELECT o.subject, o.external_id, o.status, o.estimated_revenue, o.actual_revenue, o.progress, o.priority, o.rating, o.decision_date, o.delivery_date, o.close_date, o.note, o.custom, o.stage_reached,
				date_trunc('minute', o.created_at), date_trunc('minute', o.changed_at), c.name, t.last_name, p.name, e.initials, d.name, r.name, l.name,
				(SELECT string_agg(g.name, ',') FROM opportunity_group_value v JOIN group_value g ON g.organization_id = v.organization_id AND g.id = v.group_value_id WHERE v.opportunity_id = o.id AND v.organization_id = o.organization_id)
			FROM opportunity o LEFT JOIN company c ON c.id = o.company_id LEFT JOIN contact t ON t.id = o.contact_id LEFT JOIN project p ON p.id = o.project_id LEFT JOIN employee e ON e.id = o.responsible_id
			LEFT JOIN department d ON d.id = o.department_id LEFT JOIN sales_region r ON r.id = o.sales_region_id LEFT JOIN loss_reason l ON l.id = o.loss_reason_id;
			RAISE WARNING '%: %, % of % differ', back, outcomes, (SELECT count(*) FROM (TABLE comes EXCEPT TABLE before) x), (SELECT count(*) FROM comes);
			RAISE EXCEPTION 'enough';
		EXCEPTION WHEN raise_exception THEN NULL;
		END;
	END LOOP;
END $$;
RESET ROLE;
DROP OWNED BY regress_salesopp_round_trip CASCADE;
DROP ROLE regress_salesopp_round_trip;
