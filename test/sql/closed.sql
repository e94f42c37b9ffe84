-- F8.3, F4.5 What is closed or deleted does not change, by any route. The columns and the tables that
-- belong to an opportunity are taken from the catalog: one that is added shows here.
\set SHOW_CONTEXT never
SET datestyle = ISO;
INSERT INTO salesopp.organization (id, name) VALUES (7700511, 'Closed');
SET salesopp.organization_id = 7700511;
INSERT INTO salesopp.employee (id, initials, name) VALUES (770051101, 'CC', 'Carla Closed');
INSERT INTO salesopp.department (id, name) VALUES (770051101, 'Department');
INSERT INTO salesopp.sales_region (id, name) VALUES (770051101, 'Region');
INSERT INTO salesopp.company (id, name) VALUES (770051101, 'Company');
INSERT INTO salesopp.contact (id, company_id, last_name) VALUES (770051101, 770051101, 'Contact');
INSERT INTO salesopp.project (id, name) VALUES (770051101, 'Project');
INSERT INTO salesopp.loss_reason (id, name) VALUES (770051101, 'Reason');
INSERT INTO salesopp.custom_field (id, name, data_type) VALUES (770051101, 'Field', 'text');
INSERT INTO salesopp.group_field (id, name) VALUES (770051101, 'Groups');
INSERT INTO salesopp.group_value (id, group_field_id, name) VALUES (770051101, 770051101, 'A'), (770051102, 770051101, 'B');
INSERT INTO salesopp.sales_process (id, name) VALUES (770051101, 'Process');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
VALUES (770051101, 1, 'One', 30), (770051101, 2, 'Two', 60);

-- 1 is open, 2 won, 3 lost, 4 deleted while open, 5 deleted after it was lost; each with all that
-- can belong to it
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, decision_date, delivery_date, rating,
	responsible_id, company_id, contact_id, project_id, department_id, sales_region_id, sales_process_id,
	note, custom)
SELECT 770051100 + n, 'Opportunity', 100, '2024-01-01', '2024-02-02', 3,
	770051101, 770051101, 770051101, 770051101, 770051101, 770051101, 770051101, 'note', '{"Field": "text"}'
FROM generate_series(1, 5) n;
UPDATE salesopp.opportunity SET copied_from_id = 770051101 WHERE organization_id = 7700511;
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name, note)
SELECT id, id, 'Competitor', 'note' FROM salesopp.opportunity WHERE organization_id = 7700511 ORDER BY id;
INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id)
SELECT id, 770051101 FROM salesopp.opportunity WHERE organization_id = 7700511 ORDER BY id;
INSERT INTO salesopp.quote (id, opportunity_id, number, amount, note)
SELECT id, id, id, 100, 'note' FROM salesopp.opportunity WHERE organization_id = 7700511 ORDER BY id;
INSERT INTO salesopp.sales_order (id, opportunity_id, number, amount, quote_id, note)
SELECT id, id, id, 100, id, 'note' FROM salesopp.opportunity WHERE organization_id = 7700511 ORDER BY id;
SELECT status FROM salesopp.close_won(770051102, note => 'won');
SELECT status FROM salesopp.close_lost(770051103, 770051101, 770051103, note => 'lost');
SELECT status FROM salesopp.close_lost(770051105, 770051101, 770051105, note => 'lost');
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id IN (770051104, 770051105);
SELECT id, status, deleted_at IS NOT NULL AS deleted FROM salesopp.opportunity WHERE organization_id = 7700511 ORDER BY id;

-- A value of a column's type that none of the rows here has
CREATE FUNCTION pg_temp.another(column_name name, column_type regtype) RETURNS text LANGUAGE sql
RETURN CASE
	WHEN column_type::text IN ('bigint', 'integer', 'smallint', 'numeric') THEN '4'
	WHEN column_type::text = 'boolean' THEN format('NOT %I', column_name)
	WHEN column_type::text = 'text' THEN '''another'''
	WHEN column_type::text IN ('date', 'timestamp with time zone') THEN '''2001-01-01'''
	WHEN column_type::text = 'jsonb' THEN '''{"Field": "another"}'''
	ELSE (SELECT quote_literal(enumlabel) FROM pg_enum WHERE enumtypid = column_type
		ORDER BY enumsortorder DESC LIMIT 1) END;

-- What a statement would do
CREATE FUNCTION pg_temp.trial(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	BEGIN
		result := test.outcome(statement);
		RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZZZZ';
	EXCEPTION WHEN SQLSTATE 'ZZZZZ' THEN
		RETURN result;
	END;
END $$;

-- What would become of one row when each of its columns is given another value, and none
CREATE FUNCTION pg_temp.try_columns(target regclass, condition text)
RETURNS TABLE ("column" name, another_value text, no_value text) LANGUAGE plpgsql AS $$
DECLARE
	value text;
BEGIN
	FOR "column", value IN
		SELECT attname, pg_temp.another(attname, atttypid) FROM pg_attribute
		WHERE attrelid = target AND attnum > 0 AND NOT attisdropped ORDER BY attnum
	LOOP
		IF value IS NULL THEN
			RAISE EXCEPTION 'no value for column %', "column";
		END IF;
		another_value := pg_temp.trial(format('UPDATE %s SET %I = %s WHERE %s', target, "column", value, condition));
		no_value := pg_temp.trial(format('UPDATE %s SET %I = NULL WHERE %s', target, "column", condition));
		RETURN NEXT;
	END LOOP;
END $$;

CREATE TEMPORARY TABLE before AS SELECT o.id, to_jsonb(o) AS opportunity FROM salesopp.opportunity o WHERE organization_id = 7700511;
-- F8.3 every column of a won and of a lost one ('lost' is what the status is changed to; stamps
-- cannot be chosen, and no value where there is none changes nothing)
SELECT * FROM pg_temp.try_columns('salesopp.opportunity', 'id = 770051102');
SELECT * FROM pg_temp.try_columns('salesopp.opportunity', 'id = 770051103');
-- F4.5 a deleted one takes nothing but to be brought back
SELECT * FROM pg_temp.try_columns('salesopp.opportunity', 'id = 770051104');
SELECT * FROM pg_temp.try_columns('salesopp.opportunity', 'id = 770051105');
-- ... while an open one takes every detail
SELECT * FROM pg_temp.try_columns('salesopp.opportunity', 'id = 770051101')
WHERE "column" IN ('subject', 'note', 'custom', 'priority', 'rating', 'estimated_revenue', 'decision_date',
	'delivery_date', 'progress_method');

-- Writing the same again is allowed, and does not count as a change
SET salesopp.employee_id = 770051101;
UPDATE salesopp.opportunity SET subject = subject, status = status, custom = custom, actual_revenue = actual_revenue,
	created_at = '2001-01-01', created_by = 4, changed_at = '2001-01-01', changed_by = 4
WHERE id IN (770051102, 770051103, 770051104, 770051105);
UPDATE salesopp.opportunity SET estimated_revenue = 100.0, note = 'note', status = 'won' WHERE id = 770051102;
SELECT b.id FROM before b JOIN salesopp.opportunity o ON o.id = b.id WHERE to_jsonb(o) <> b.opportunity;
-- what only looks the same is another value
UPDATE salesopp.opportunity SET note = 'note ' WHERE id = 770051102;
-- other routes
INSERT INTO salesopp.opportunity (id, subject) VALUES (770051102, 'x') ON CONFLICT (organization_id, id) DO UPDATE SET subject = 'x';
MERGE INTO salesopp.opportunity o USING (VALUES (770051102)) v (id) ON o.id = v.id WHEN MATCHED THEN UPDATE SET note = 'merged';
DELETE FROM salesopp.opportunity WHERE id = 770051102;
UPDATE salesopp.opportunity SET decision_date = CURRENT_DATE WHERE id IN (770051101, 770051102);
SELECT salesopp.attach_process(770051102, 770051101);
SELECT salesopp.set_stage_status(770051102, 1, 'completed');
SELECT salesopp.create_quote(770051102);
-- loading mode is for new rows alone
BEGIN;
SET LOCAL row_security = off;
UPDATE salesopp.opportunity SET subject = 'x' WHERE id = 770051102;
ROLLBACK;
SELECT b.id FROM before b JOIN salesopp.opportunity o ON o.id = b.id WHERE to_jsonb(o) <> b.opportunity;

-- F8.3 What belongs to an opportunity: every table that refers to one, and when it may change
SELECT c.conrelid::regclass AS "table",
	(SELECT string_agg(encode(substring(t.tgargs FROM 1), 'escape'), ', ') FROM pg_trigger t
		WHERE t.tgrelid = c.conrelid AND t.tgfoid = 'salesopp.guard_part'::regproc) AS changes_while
FROM pg_constraint c
WHERE c.confrelid = 'salesopp.opportunity'::regclass AND c.conparentid = 0 AND c.contype = 'f'
ORDER BY c.conrelid::regclass::text;

CREATE FUNCTION pg_temp.try_part(part regclass, opportunity bigint)
RETURNS TABLE (opportunity_id bigint, inserted text, updated text, deleted text) LANGUAGE plpgsql AS $$
DECLARE
	row_of text := format('opportunity_id = %s%s', opportunity,
		CASE WHEN part = 'salesopp.stage'::regclass THEN ' AND position = 2' ELSE '' END);
	insert_of text := format(CASE part
		WHEN 'salesopp.stage'::regclass
			THEN 'INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (%s, 3, ''Three'', 90)'
		WHEN 'salesopp.opportunity_competitor'::regclass
			THEN 'INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) VALUES (%s, ''Another'')'
		WHEN 'salesopp.opportunity_group_value'::regclass
			THEN 'INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (%s, 770051102)'
		WHEN 'salesopp.quote'::regclass
			THEN 'INSERT INTO salesopp.quote (opportunity_id, amount) VALUES (%s, 1)'
		WHEN 'salesopp.sales_order'::regclass
			THEN 'INSERT INTO salesopp.sales_order (opportunity_id, amount) VALUES (%s, 1)'
		END, opportunity);
	mutable name := (SELECT attname FROM pg_attribute WHERE attrelid = part
		AND attname IN ('note', 'probability', 'group_value_id') LIMIT 1);
BEGIN
	opportunity_id := opportunity;
	IF part = 'salesopp.quote'::regclass THEN
		-- the order that was made from it keeps it otherwise
		SET LOCAL session_replication_role = replica;
		UPDATE salesopp.sales_order s SET quote_id = NULL WHERE s.opportunity_id = opportunity;
		SET LOCAL session_replication_role = origin;
	END IF;
	updated := test.outcome(format('UPDATE %s SET %I = %s WHERE %s', part, mutable,
		CASE mutable WHEN 'note' THEN '''another''' WHEN 'probability' THEN '44' ELSE '770051102' END, row_of));
	deleted := test.outcome(format('DELETE FROM %s WHERE %s', part, row_of));
	inserted := test.outcome(insert_of);
	RETURN NEXT;
END $$;
BEGIN;
SELECT part, result.* FROM unnest('{salesopp.stage, salesopp.opportunity_competitor, salesopp.opportunity_group_value,
	salesopp.quote, salesopp.sales_order}'::regclass[]) part,
	generate_series(770051101, 770051105) opportunity, pg_temp.try_part(part, opportunity) result;
ROLLBACK;

-- every column of each of them
CREATE FUNCTION pg_temp.try_parts(opportunity bigint)
RETURNS TABLE (part regclass, "column" name, another_value text, no_value text) LANGUAGE sql AS $$
	SELECT part, t.* FROM unnest('{salesopp.stage, salesopp.opportunity_competitor,
		salesopp.opportunity_group_value, salesopp.quote, salesopp.sales_order}'::regclass[]) part,
		pg_temp.try_columns(part, format('opportunity_id = %s%s', opportunity,
			CASE WHEN part = 'salesopp.stage'::regclass THEN ' AND position = 1' ELSE '' END)) t
$$;
SELECT * FROM pg_temp.try_parts(770051103);
-- of a won and of deleted ones, those that are not refused because of that
SELECT * FROM pg_temp.try_parts(770051102)
WHERE another_value <> '55000 opportunity 770051102 is closed (won)' OR no_value <> '55000 opportunity 770051102 is closed (won)';
SELECT * FROM pg_temp.try_parts(770051105)
WHERE another_value <> '55000 opportunity 770051105 is deleted' OR no_value <> '55000 opportunity 770051105 is deleted';
-- writing the same again
UPDATE salesopp.stage SET name = name, status = status WHERE opportunity_id = 770051102;
UPDATE salesopp.opportunity_competitor SET is_winner = is_winner WHERE opportunity_id = 770051103;
SELECT changed_by FROM salesopp.opportunity_competitor WHERE opportunity_id = 770051103;
-- it does not move to another opportunity either, not even from one open one to another
UPDATE salesopp.opportunity_competitor SET opportunity_id = 770051102 WHERE opportunity_id = 770051101;
UPDATE salesopp.stage SET position = 9, opportunity_id = 770051102 WHERE opportunity_id = 770051101 AND position = 1;
-- as a client sees it
INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) VALUES (770051102, 'Another');
UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id = 770051103 AND position = 1;
DELETE FROM salesopp.opportunity_group_value WHERE opportunity_id = 770051104;
-- one of many
UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id IN (770051101, 770051102);
SELECT DISTINCT status FROM salesopp.stage WHERE organization_id = 7700511;

-- F8.3, F7.4 Sales orders of an open and a won opportunity, not of a lost one
BEGIN;
SELECT amount FROM salesopp.create_order(770051101);
SELECT amount FROM salesopp.create_order(770051102, 7);
SELECT salesopp.create_order(770051103);
ROLLBACK;
-- after reopening everything goes again
BEGIN;
SELECT status FROM salesopp.reopen(770051102);
UPDATE salesopp.opportunity SET subject = 'reopened' WHERE id = 770051102;
UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id = 770051102 AND position = 1;
INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) VALUES (770051102, 'Another');
SELECT subject, progress, changed_by FROM salesopp.opportunity WHERE id = 770051102;
ROLLBACK;

-- F4.5 The deletion mark: on open and closed ones, by plain SQL
SELECT test.outcome('UPDATE salesopp.opportunity SET deleted_at = ''2001-01-01'' WHERE id = ' || id) AS outcome, status, id
FROM salesopp.opportunity WHERE organization_id = 7700511 ORDER BY id;
-- when cannot be chosen
SELECT bool_and(deleted_at = changed_at) FROM salesopp.opportunity WHERE organization_id = 7700511;
SELECT count(*) FROM salesopp.opportunity_list WHERE organization_id = 7700511;
SELECT count(*) FROM salesopp.stage_funnel WHERE organization_id = 7700511;
SELECT count(*) FROM salesopp.competitor_list WHERE organization_id = 7700511;
-- for functions it is not there
SELECT outcome, statement FROM (VALUES
	('SELECT salesopp.close_won(770051101)'),
	('SELECT salesopp.close_lost(770051101)'),
	('SELECT salesopp.reopen(770051102)'),
	('SELECT salesopp.set_stage_status(770051101, 1, ''completed'')'),
	('SELECT salesopp.attach_process(770051101, 770051101)'),
	('SELECT salesopp.copy_opportunity(770051101)'),
	('SELECT salesopp.create_quote(770051101)'),
	('SELECT salesopp.create_order(770051102)'),
	-- bringing it back with anything else is refused
	('UPDATE salesopp.opportunity SET deleted_at = NULL, subject = ''x'' WHERE id = 770051101'),
	('UPDATE salesopp.opportunity SET deleted_at = NULL, status = ''won'' WHERE id = 770051101'),
	('UPDATE salesopp.opportunity SET deleted_at = NULL, status = ''open'' WHERE id = 770051102')
) v (statement), test.outcome(statement);
UPDATE salesopp.opportunity SET status = 'won' WHERE id = 770051101;
UPDATE salesopp.opportunity SET deleted_at = NULL WHERE organization_id = 7700511;
-- as it was before it was deleted
SELECT b.id FROM before b JOIN salesopp.opportunity o ON o.id = b.id
WHERE to_jsonb(o) - '{changed_at, changed_by, version}'::text[] <> b.opportunity - '{changed_at, changed_by, version, deleted_at}'::text[]
	|| '{"deleted_at": null}';
SELECT id, changed_by FROM salesopp.opportunity WHERE organization_id = 7700511 ORDER BY id;
-- closing and deleting in one statement
UPDATE salesopp.opportunity SET status = 'lost', deleted_at = now() WHERE id = 770051101;
SELECT status, deleted_at IS NOT NULL AS deleted FROM salesopp.opportunity WHERE id = 770051101;
SELECT from_status, to_status FROM salesopp.status_event WHERE opportunity_id = 770051101;
UPDATE salesopp.opportunity SET deleted_at = NULL WHERE id = 770051101;

-- Removing altogether: an open one without a history, with what belongs to it
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (770051106, 'A mistake', 770051101);
INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) VALUES (770051106, 'Competitor');
DELETE FROM salesopp.opportunity WHERE id = 770051106;
SELECT (SELECT count(*) FROM salesopp.stage WHERE opportunity_id = 770051106) AS stages,
	(SELECT count(*) FROM salesopp.opportunity_competitor WHERE opportunity_id = 770051106) AS competitors;
