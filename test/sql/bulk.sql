-- F4.5, F8.6 Many opportunities in one operation
\set SHOW_CONTEXT never
SELECT salesopp.create_organization('Bulk') AS organization, salesopp.create_organization('Bulk elsewhere') AS elsewhere \gset
CREATE ROLE regress_bulk_seller LOGIN;
SELECT salesopp.grant_access('regress_bulk_seller', 'seller');
SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) VALUES (77061901, 'Elsewhere', 100);
SET salesopp.organization_id = :organization;
INSERT INTO salesopp.employee (id, initials, name) VALUES (77061001, 'BLK', 'Bulk');
SET salesopp.employee_id = 77061001;

INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) VALUES
	(77061101, 'Open', 101), (77061102, 'Won', 102), (77061103, 'Lost', 103), (77061104, 'Marked', 104),
	(77061105, 'Deleted', 105), (77061106, 'No estimate', NULL);
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name, is_winner) VALUES
	(77061101, 77061103, 'Alpha', false), (77061102, 77061104, 'Beta', true);
SELECT status FROM salesopp.close_won(77061102, 99, '2024-02-01');
SELECT status FROM salesopp.close_lost(77061103, winner_id => 77061101, close_date => '2024-02-02');
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id = 77061105;

SET ROLE regress_bulk_seller;
-- F8.6 The outcome of each id, in the order given: repeated, NULL, unknown, another organization's,
-- deleted and refused ones too; the rest is done all the same
SELECT * FROM salesopp.set_status('{77061106,77061102,NULL,77061104,1,77061901,77061105,77061101,77061106,77061103,77061102,NULL,1}',
	'won', 'First round');
SELECT id, status, actual_revenue, close_date = CURRENT_DATE AS closed_today, status_note FROM salesopp.opportunity ORDER BY id;
-- what was lost has been reopened on its way, and both steps are on record
SELECT opportunity_id, from_status, to_status, actual_revenue, winner, note FROM salesopp.status_event
ORDER BY opportunity_id, id;
SELECT id, opportunity_id, is_winner FROM salesopp.opportunity_competitor ORDER BY id;
-- from won to lost
SELECT * FROM salesopp.set_status(ARRAY[77061103, 77061101, 77061101, 77061104], 'lost', 'Second round');
SELECT opportunity_id, from_status, to_status, actual_revenue, winner, note FROM salesopp.status_event
WHERE note = 'Second round' ORDER BY opportunity_id, id;
-- the mark was no obstacle to losing, and has been kept
SELECT winner FROM salesopp.opportunity_card WHERE id = 77061104;
-- to open, without a note
SELECT * FROM salesopp.set_status(ARRAY[77061101, 77061102, 77061103, 77061104, 77061101], 'open');
SELECT id, status, num_nonnulls(actual_revenue, close_date, closed_at, loss_reason_id, status_note) AS closing_facts
FROM salesopp.opportunity ORDER BY id;
SELECT count(*) FILTER (WHERE is_winner) AS marked FROM salesopp.opportunity_competitor;
-- multi-dimensional arrays are read row by row
SELECT * FROM salesopp.set_status('{{77061101,77061102},{77061103,NULL}}', 'open');

-- F8.6, F4.5 Nothing passed, nothing done
SELECT * FROM salesopp.set_status(NULL, 'won');
SELECT * FROM salesopp.set_status('{}', 'won');
SELECT * FROM salesopp.set_status('{NULL}', 'won');
SELECT * FROM salesopp.delete_opportunities(NULL);
SELECT * FROM salesopp.delete_opportunities('{}');
SELECT * FROM salesopp.delete_opportunities('{NULL}');
SELECT * FROM salesopp.restore_opportunities(NULL);
SELECT * FROM salesopp.restore_opportunities('{}');
SELECT * FROM salesopp.restore_opportunities('{NULL}');
SELECT status, count(*), count(deleted_at) AS deleted FROM salesopp.opportunity GROUP BY status ORDER BY status;
-- no status
SELECT * FROM salesopp.set_status(ARRAY[77061101], NULL);
RESET ROLE;

-- F4.5 Deleting and restoring, open and closed ones
SET ROLE regress_bulk_seller;
SELECT status FROM salesopp.close_won(77061102, 50);
SELECT status FROM salesopp.close_lost(77061103);
SELECT * FROM salesopp.delete_opportunities('{77061103,NULL,77061102,77061901,77061105,77061101,77061103,1}');
SELECT id, status, deleted_at IS NOT NULL AS deleted FROM salesopp.opportunity ORDER BY id;
SELECT id, subject FROM salesopp.search(sort => 'id');
SELECT * FROM salesopp.set_status(ARRAY[77061102, 77061104], 'open');
SELECT * FROM salesopp.restore_opportunities('{77061106,77061105,NULL,77061105,77061901,1,77061103}');
SELECT id, status, deleted_at IS NOT NULL AS deleted FROM salesopp.opportunity ORDER BY id;
SELECT * FROM salesopp.restore_opportunities('{77061101,77061102}');
RESET ROLE;
-- another organization's stays as it was
SELECT subject, status, deleted_at FROM salesopp.opportunity WHERE id = 77061901;

-- F4.5 What is deleted is in no view, no search, no summary and no report, keeps all that belongs to
-- it, and comes back whole. The views, and the tables of what belongs to an opportunity, are those
-- of the catalog.
CREATE FUNCTION test.bulk_shown() RETURNS TABLE (source text, content jsonb) LANGUAGE plpgsql AS $$
DECLARE
	query text;
BEGIN
	FOR source, query IN
		SELECT c.relname, format('salesopp.%I', c.relname) FROM pg_class c
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('v', 'm')
			-- these tell of the past, and of what goes on
			AND c.relname NOT IN ('opportunity_version', 'stage_visits', 'progress')
		UNION ALL VALUES
			('search()', 'salesopp.search()'),
			('search(group)', 'salesopp.search(''{"group_value_id": 77062001}'')'),
			('search(custom)', 'salesopp.search(''{"custom": {"Bulk": 1}}'')'),
			('search(id)', 'salesopp.search(''{"id": {">=": 77062101}}'')'),
			('summary()', 'salesopp.summary()'),
			('letter_index()', 'salesopp.letter_index()'),
			('customer_opportunities()', 'salesopp.customer_opportunities(77062100)'),
			('latest_follow_ups()', 'salesopp.latest_follow_ups(77062100)'),
			('latest_follow_ups(project)', 'salesopp.latest_follow_ups(77062100, ''project'')')
	LOOP
		EXECUTE format('SELECT jsonb_agg(to_jsonb(r) - ''changed_at'' - ''changed_by'' - ''version'' ORDER BY to_jsonb(r)
			- ''changed_at'' - ''changed_by'' - ''version'') FROM %s r', query) INTO content;
		content := COALESCE(content, '[]');
		RETURN NEXT;
	END LOOP;
END;
$$;
CREATE FUNCTION test.bulk_stored() RETURNS TABLE (source text, lines bigint, content jsonb) LANGUAGE plpgsql AS $$
BEGIN
	FOR source IN
		SELECT c.relname FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = CASE c.relname WHEN 'opportunity' THEN 'id' ELSE 'opportunity_id' END
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r'
			AND c.relname NOT IN ('opportunity_history', 'bulk_change_opportunity') -- they grow
	LOOP
		EXECUTE format('SELECT count(*), jsonb_agg(s.r ORDER BY s.r) FROM (
			SELECT CASE %L WHEN ''opportunity'' THEN to_jsonb(r) - ''{deleted_at, changed_at, changed_by, version}''::text[]
				ELSE to_jsonb(r) END AS r
			FROM salesopp.%I r WHERE %I BETWEEN 77062101 AND 77062103) s', source, source,
			CASE source WHEN 'opportunity' THEN 'id' ELSE 'opportunity_id' END) INTO lines, content;
		RETURN NEXT;
	END LOOP;
END;
$$;

INSERT INTO salesopp.employee (id, initials, name) VALUES (77062001, 'BDL', 'Deleting');
INSERT INTO salesopp.department (id, name) VALUES (77062001, 'Bulk department');
INSERT INTO salesopp.sales_region (id, name) VALUES (77062001, 'Bulk region');
INSERT INTO salesopp.company (id, name) VALUES (77062001, 'Bulk customer');
INSERT INTO salesopp.contact (id, company_id, last_name) VALUES (77062001, 77062001, 'Bulkson');
INSERT INTO salesopp.project (id, company_id, name) VALUES (77062001, 77062001, 'Bulk project');
INSERT INTO salesopp.group_field (id, name) VALUES (77062001, 'Bulk group');
INSERT INTO salesopp.group_value (id, group_field_id, name) VALUES (77062001, 77062001, 'Bulk value');
INSERT INTO salesopp.custom_field (name, data_type) VALUES ('Bulk', 'number');
INSERT INTO salesopp.opportunity (id, subject, company_id, project_id) VALUES (77062100, 'Stays', 77062001, 77062001);

SET ROLE regress_bulk_seller;
CREATE TEMPORARY TABLE shown_before AS SELECT * FROM test.bulk_shown();
RESET ROLE;
INSERT INTO salesopp.opportunity (id, subject, company_id, project_id, contact_id, estimated_revenue, responsible_id,
	department_id, sales_region_id, sales_process_id, decision_date, custom)
SELECT 77062100 + n, 'Goes ' || n, 77062001, 77062001, 77062001, 1000 * n, 77062001, 77062001, 77062001, p.id,
	'2024-05-01', '{"Bulk": 1}'
FROM generate_series(1, 3) n, salesopp.sales_process p WHERE p.organization_id = :organization;
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name) SELECT id, id, 'Bulk competitor'
	FROM salesopp.opportunity WHERE id BETWEEN 77062101 AND 77062103;
INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) SELECT id, 77062001
	FROM salesopp.opportunity WHERE id BETWEEN 77062101 AND 77062103;
INSERT INTO salesopp.activity (kind, subject, opportunity_id) SELECT 'note', 'Note', id
	FROM salesopp.opportunity WHERE id BETWEEN 77062101 AND 77062103;
SELECT s.position FROM salesopp.set_stage_status(77062101, 2, 'completed') s;
SELECT q.amount FROM salesopp.create_quote(77062101) q;
SELECT q.amount FROM salesopp.create_quote(77062102) q;
SELECT s.amount FROM salesopp.create_order(77062102) s;
SELECT status FROM salesopp.close_won(77062102, close_date => '2024-04-01');
SELECT status FROM salesopp.close_lost(77062103, (SELECT min(id) FROM salesopp.loss_reason WHERE organization_id = :organization),
	77062103, '2024-04-02');

SET ROLE regress_bulk_seller;
CREATE TEMPORARY TABLE shown AS SELECT * FROM test.bulk_shown();
CREATE TEMPORARY TABLE stored AS SELECT * FROM test.bulk_stored();
SELECT source, lines FROM stored ORDER BY source;
SELECT outcome FROM salesopp.delete_opportunities('{77062101,77062102,77062103}');
CREATE TEMPORARY TABLE shown_deleted AS SELECT * FROM test.bulk_shown();
CREATE TEMPORARY TABLE stored_deleted AS SELECT * FROM test.bulk_stored();
SELECT outcome FROM salesopp.restore_opportunities('{77062101,77062102,77062103}');
-- each source showed them, then showed what it had shown before there were any, then the same again
SELECT source, now.content <> old.content AS shown, deleted.content = old.content AS vanished,
	now.content = restored.content AS restored
FROM shown now JOIN shown_before old USING (source) JOIN shown_deleted deleted USING (source)
FULL JOIN test.bulk_shown() restored USING (source) ORDER BY source COLLATE "C";
SELECT source, now.content = deleted.content AS kept, now.content = restored.content AS restored
FROM stored now JOIN stored_deleted deleted USING (source) FULL JOIN test.bulk_stored() restored USING (source)
ORDER BY source;
RESET ROLE;

-- A reader does none of it
CREATE ROLE regress_bulk_reader LOGIN;
SELECT salesopp.grant_access('regress_bulk_reader', 'reader');
SET ROLE regress_bulk_reader;
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.set_status(ARRAY[77061101], ''won'')",
	"SELECT salesopp.delete_opportunities(''{77061101}'')",
	"SELECT salesopp.restore_opportunities(''{77061101}'')"}'::text[]) statement, test.outcome(statement);
RESET ROLE;

-- F8.6 As many as there are
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue) SELECT 77063000 + n, 'Many ' || n, n FROM generate_series(1, 500) n;
SELECT outcome, count(*) FROM salesopp.set_status((SELECT array_agg(77063000 + n ORDER BY n DESC) FROM generate_series(1, 501) n), 'won')
GROUP BY outcome ORDER BY outcome;
SELECT status, count(*), sum(actual_revenue) FROM salesopp.opportunity WHERE id BETWEEN 77063001 AND 77063500 GROUP BY status;
SELECT count(*) AS events FROM salesopp.status_event WHERE opportunity_id BETWEEN 77063001 AND 77063500;
-- in the order given, however many
SELECT string_agg(opportunity_id::text, ',') = string_agg(id::text, ',' ORDER BY ordinal) AS in_order
FROM (SELECT array_agg(77063000 + (n * 7919) % 501 ORDER BY n) AS ids FROM generate_series(1, 1000) n) given,
	ROWS FROM (salesopp.delete_opportunities(ids), unnest(ids)) WITH ORDINALITY d (opportunity_id, outcome, detail, id, ordinal);

-- F8.6 A won one with a mark, as only a restore can bring it, is unchanged, and the others are changed
INSERT INTO salesopp.opportunity (id, subject, status) VALUES (77064001, 'Restored', 'won'), (77064002, 'Beside', 'open');
SET session_replication_role = replica;
INSERT INTO salesopp.opportunity_competitor (id, organization_id, opportunity_id, name, is_winner, created_at, changed_at)
VALUES (77064003, :organization, 77064001, 'Marked', true, '2024-01-01', '2024-01-01');
RESET session_replication_role;
SELECT * FROM salesopp.set_status('{77064001,77064002}', 'won', 'another note');
SELECT id, status FROM salesopp.opportunity WHERE id IN (77064001, 77064002) ORDER BY id;

DROP FUNCTION test.bulk_shown, test.bulk_stored;
DROP TABLE shown_before, shown, stored, shown_deleted, stored_deleted;
DROP OWNED BY regress_bulk_seller, regress_bulk_reader;
DROP ROLE regress_bulk_seller, regress_bulk_reader;
