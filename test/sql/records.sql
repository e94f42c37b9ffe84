-- F4.3, F4.4 Opportunities made from others and from calls
\set SHOW_CONTEXT never
SELECT salesopp.create_organization('Records') AS organization, salesopp.create_organization('Records elsewhere') AS elsewhere \gset
CREATE ROLE regress_records_seller LOGIN;
SELECT salesopp.grant_access('regress_records_seller', 'seller');
SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.opportunity (id, subject) VALUES (77071901, 'Elsewhere');
INSERT INTO salesopp.activity (id, kind, subject) VALUES (77071901, 'call', 'Elsewhere');
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.department (id, name) VALUES (77071001, 'Department');
INSERT INTO salesopp.sales_region (id, name) VALUES (77071001, 'Region');
INSERT INTO salesopp.employee (id, initials, name) VALUES (77071001, 'ONE', 'One'), (77071002, 'TWO', 'Two');
INSERT INTO salesopp.company (id, name) VALUES (77071001, 'Customer');
INSERT INTO salesopp.contact (id, company_id, last_name) VALUES (77071001, 77071001, 'Contact');
INSERT INTO salesopp.project (id, company_id, name) VALUES (77071001, 77071001, 'Project');
INSERT INTO salesopp.competitor (id, name) VALUES (77071001, 'Listed');
INSERT INTO salesopp.group_field (id, name) VALUES (77071001, 'Group');
INSERT INTO salesopp.group_value (id, group_field_id, name) VALUES (77071001, 77071001, 'A'), (77071002, 77071001, 'B');
INSERT INTO salesopp.custom_field (name, data_type) VALUES ('Records', 'text');
INSERT INTO salesopp.sales_process (id, name) VALUES (77071001, 'Records');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES
	(77071001, 1, 'First', 10), (77071001, 2, 'Second', 40), (77071001, 3, 'Third', 70), (77071001, 4, 'Fourth', 100);

-- Four with every detail, and one with none
SET salesopp.employee_id = 77071001;
INSERT INTO salesopp.opportunity (id, subject, sales_process_id, company_id, contact_id, project_id, progress_method,
	priority, rating, estimated_revenue, decision_date, delivery_date, responsible_id, sales_region_id, department_id,
	note, custom)
SELECT 77071100 + n, subject, 77071001, 77071001, 77071001, 77071001, 'automatic', 'high', 4, 1234.56, '2024-02-29',
	'2024-03-31', 77071002, 77071001, 77071001, 'Note', '{"Records": "value"}'
FROM (VALUES (1, 'Open'), (2, 'Won'), (3, 'Lost'), (4, 'Manual')) v (n, subject);
INSERT INTO salesopp.opportunity (id, subject) VALUES (77071105, 'Bare');
INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id, name, threat, note)
SELECT o.id, v.* FROM salesopp.opportunity o, (VALUES (77071001, NULL, 5, 'Dangerous'), (NULL, 'Typed in', 2, NULL)) v
WHERE o.id BETWEEN 77071101 AND 77071104;
INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id)
SELECT o.id, v.id FROM salesopp.opportunity o, salesopp.group_value v
WHERE o.id BETWEEN 77071101 AND 77071104 AND v.id BETWEEN 77071001 AND 77071002;
SELECT o.id, s.position, s.status FROM salesopp.opportunity o, salesopp.set_stage_status(o.id, 2, 'completed') s
WHERE o.id BETWEEN 77071101 AND 77071104 ORDER BY o.id;
SELECT o.id, s.position, s.status FROM salesopp.opportunity o, salesopp.set_stage_status(o.id, 3, 'cancelled') s
WHERE o.id BETWEEN 77071101 AND 77071104 ORDER BY o.id;
UPDATE salesopp.opportunity SET progress_method = 'manual', progress = 33.33 WHERE id = 77071104;
SELECT q.amount FROM salesopp.create_quote(77071101) q;
SELECT q.amount FROM salesopp.create_quote(77071102) q;
SELECT s.amount FROM salesopp.create_order(77071102) s;
SELECT status FROM salesopp.close_won(77071102, 1000, '2024-01-31', note => 'Won it');
SELECT status FROM salesopp.close_lost(77071103, (SELECT min(id) FROM salesopp.loss_reason WHERE organization_id = :organization),
	(SELECT id FROM salesopp.opportunity_competitor WHERE opportunity_id = 77071103 AND name = 'Typed in'), '2024-01-30');
-- the process changes after it was attached
UPDATE salesopp.sales_process_stage SET name = 'Renamed', probability = 20 WHERE sales_process_id = 77071001 AND position = 2;
DELETE FROM salesopp.sales_process_stage WHERE sales_process_id = 77071001 AND position = 4;
UPDATE salesopp.sales_process SET is_active = false WHERE id = 77071001;

-- F4.4 Copies of an open, a won and a lost one
SET salesopp.employee_id = 77071002;
SET ROLE regress_records_seller;
CREATE TEMPORARY TABLE copy AS
SELECT s.id AS source_id, s.status AS source_status, c.* FROM salesopp.opportunity s, salesopp.copy_opportunity(s.id) c
WHERE s.id BETWEEN 77071101 AND 77071105;
SELECT source_id, subject, status, copied_from_id = source_id AS knows_source, progress_method, progress FROM copy ORDER BY source_id;
-- what was returned is what is stored, and the source is as it was
SELECT count(*) AS stored FROM copy c JOIN salesopp.opportunity o USING (id)
WHERE to_jsonb(o) = to_jsonb(c) - '{source_id,source_status}'::text[];
SELECT id, status, changed_by, progress FROM salesopp.opportunity WHERE id BETWEEN 77071101 AND 77071105 ORDER BY id;

-- The details, column by column of the catalog: in which of the copies each differs from its source.
-- Only what makes a record of its own, its closing, and who saved it, may stand here.
CREATE FUNCTION pg_temp.differences() RETURNS TABLE (column_name name, differs text) LANGUAGE plpgsql AS $$
BEGIN
	FOR column_name IN
		SELECT attname FROM pg_attribute
		WHERE attrelid = 'salesopp.opportunity'::regclass AND attnum > 0 AND NOT attisdropped
	LOOP
		EXECUTE format('SELECT string_agg(s.subject, '', '' ORDER BY s.id) FROM copy c
			JOIN salesopp.opportunity s ON s.id = c.source_id
			WHERE s.%1$I IS DISTINCT FROM c.%1$I', column_name) INTO differs;
		RETURN NEXT;
	END LOOP;
END;
$$;
SELECT * FROM pg_temp.differences() WHERE differs IS NOT NULL ORDER BY column_name COLLATE "C";
-- and so that "the same" is not "both NULL": details that no source had
SELECT a.attname FROM pg_attribute a, (SELECT jsonb_object_agg(key, value) AS given
	FROM salesopp.opportunity o, jsonb_each(to_jsonb(o)) WHERE o.id BETWEEN 77071101 AND 77071105 AND value <> 'null') g
WHERE a.attrelid = 'salesopp.opportunity'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND NOT given ? a.attname
ORDER BY a.attname COLLATE "C";
SELECT DISTINCT created_by, changed_by, deleted_at, closed_at, close_date, actual_revenue, loss_reason_id, status_note FROM copy;

-- competitors without the winner's mark, groups, stages as far as they had come
SELECT c.source_status, oc.competitor_id, oc.name, oc.threat, oc.is_winner, oc.note
FROM copy c JOIN salesopp.opportunity_competitor oc ON oc.opportunity_id = c.id
ORDER BY c.source_id, oc.threat;
SELECT c.source_id, array_agg(g.group_value_id ORDER BY g.group_value_id) AS groups
FROM copy c JOIN salesopp.opportunity_group_value g ON g.opportunity_id = c.id
GROUP BY 1 ORDER BY 1;
SELECT c.source_id, string_agg(format('%s %s %s%% %s', s.position, s.name, s.probability, s.status), ', ' ORDER BY s.position) AS stages
FROM copy c JOIN salesopp.stage s ON s.opportunity_id = c.id
GROUP BY 1 ORDER BY 1;
-- the source keeps its own
SELECT o.id, (SELECT count(*) FROM salesopp.opportunity_competitor x WHERE x.opportunity_id = o.id) AS competitors,
	(SELECT count(*) FROM salesopp.opportunity_group_value x WHERE x.opportunity_id = o.id) AS groups,
	(SELECT count(*) FROM salesopp.stage x WHERE x.opportunity_id = o.id) AS stages
FROM salesopp.opportunity o WHERE o.id BETWEEN 77071101 AND 77071105 ORDER BY 1;
-- in every table of what belongs to an opportunity, those that the copies have
SELECT (SELECT count(*) FROM salesopp.quote JOIN copy ON copy.id = opportunity_id) AS quotes,
	(SELECT count(*) FROM salesopp.sales_order JOIN copy ON copy.id = opportunity_id) AS orders,
	(SELECT count(*) FROM salesopp.status_event JOIN copy ON copy.id = opportunity_id) AS events,
	(SELECT count(*) FROM salesopp.activity JOIN copy ON copy.id = opportunity_id) AS activities;
-- progress goes on from there: the copy's own stages count
SELECT s.name, s.probability FROM copy c, salesopp.set_stage_status(c.id, 4, 'completed') s WHERE c.source_id = 77071101;
SELECT progress FROM salesopp.opportunity WHERE copied_from_id = 77071101;
SELECT progress FROM salesopp.opportunity WHERE id = 77071101;
-- a copy of a copy
SELECT cc.copied_from_id = c.id AS from_the_copy, cc.progress
FROM copy c, salesopp.copy_opportunity(c.id) cc WHERE c.source_id = 77071102;
SELECT s.position, s.name, s.probability, s.status FROM copy c JOIN salesopp.opportunity cc ON cc.copied_from_id = c.id
JOIN salesopp.stage s ON s.opportunity_id = cc.id WHERE c.source_id = 77071102 ORDER BY s.position;
-- of several copies, the one just made
SELECT c.source_id, again.id > c.id AS newer FROM copy c, salesopp.copy_opportunity(c.source_id) again
WHERE c.source_id = 77071101;

-- What cannot be copied
SELECT outcome FROM salesopp.delete_opportunities('{77071105}');
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.copy_opportunity(77071105)",
	"SELECT salesopp.copy_opportunity(77071901)",
	"SELECT salesopp.copy_opportunity(0)",
	"SELECT salesopp.copy_opportunity(NULL)"}'::text[]) statement, test.outcome(statement);
RESET ROLE;

-- F4.3 From nothing, from a company, from a logged phone call
SET salesopp.employee_id = 77071001;
SET ROLE regress_records_seller;
INSERT INTO salesopp.opportunity (subject) VALUES ('From nothing')
RETURNING status, progress_method, progress, priority, created_by, company_id;
INSERT INTO salesopp.opportunity (subject, company_id) VALUES ('From a company', 77071001) RETURNING status, company_id;
INSERT INTO salesopp.activity (id, kind, subject, body, company_id, contact_id, project_id, responsible_id, opportunity_id) VALUES
	(77071101, 'call', 'Called', 'What was said', 77071001, 77071001, 77071001, 77071002, NULL),
	(77071102, 'call', 'Unknown caller', NULL, NULL, NULL, NULL, NULL, NULL),
	(77071103, 'call', 'About another', 'Body', 77071001, NULL, NULL, 77071001, 77071101);
SELECT subject, company_id, contact_id, project_id, note, responsible_id, status, progress, created_by, copied_from_id
FROM salesopp.create_from_call(77071101);
SELECT subject, company_id, contact_id, project_id, note, responsible_id, status, progress, created_by, copied_from_id
FROM salesopp.create_from_call(77071102);
SELECT subject, company_id, contact_id, project_id, note, responsible_id, status, progress, created_by, copied_from_id
FROM salesopp.create_from_call(77071103);
-- twice is two opportunities; the call stays with the first
SELECT subject FROM salesopp.create_from_call(77071101);
SELECT count(*) FROM salesopp.opportunity WHERE subject = 'Called';
SELECT a.id, a.kind, a.subject, o.subject AS opportunity FROM salesopp.activity a
LEFT JOIN salesopp.opportunity o ON o.id = a.opportunity_id WHERE a.id BETWEEN 77071101 AND 77071103 ORDER BY a.id;
-- no other kind of follow-up, nobody else's call
INSERT INTO salesopp.activity (id, kind, subject)
SELECT 77071200 + row_number() OVER (ORDER BY k), k, 'A ' || k FROM unnest(enum_range(NULL::salesopp.activity_kind)) k;
SELECT a.kind, test.outcome(format('SELECT salesopp.create_from_call(%s)', a.id)) FROM salesopp.activity a
WHERE a.id BETWEEN 77071200 AND 77071299 ORDER BY a.kind;
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.create_from_call(77071901)",
	"SELECT salesopp.create_from_call(77071101000)"}'::text[]) statement, test.outcome(statement);
RESET ROLE;

DROP TABLE copy;
DROP OWNED BY regress_records_seller;
DROP ROLE regress_records_seller;
