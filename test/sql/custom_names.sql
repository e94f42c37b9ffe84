-- Issue 15 item 10, F11.1 A custom field and its choices get other names while in use: the values follow
\set SHOW_CONTEXT never
INSERT INTO salesopp.organization (id, name) VALUES (7701501, 'Names'), (7701502, 'Names elsewhere');
CREATE ROLE regress_names_seller LOGIN;
CREATE ROLE regress_names_manager LOGIN;
SELECT salesopp.grant_access('regress_names_seller', 'seller'), salesopp.grant_access('regress_names_manager', 'manager');
INSERT INTO salesopp.employee (organization_id, id, initials, name) VALUES (7701501, 770150101, 'ANN', 'Ann'), (7701501, 770150102, 'BEN', 'Ben');

-- a larger organization has fields of the same names, and nothing of it is known to the planner
SET salesopp.organization_id = 7701502;
INSERT INTO salesopp.custom_field (name, data_type, choices) VALUES ('Size', 'choice', '{S,L}'), ('Weight', 'number', NULL);
INSERT INTO salesopp.opportunity (subject, custom)
SELECT 'Elsewhere ' || n, jsonb_build_object('Size', CASE n % 2 WHEN 0 THEN 'S' ELSE 'L' END, 'Weight', n) FROM generate_series(1, 300) n;

SET salesopp.organization_id = 7701501;
SET salesopp.employee_id = 770150101;
INSERT INTO salesopp.custom_field (id, name, data_type, choices) VALUES
	(770150101, 'Size', 'choice', '{S,M,L,""}'), (770150102, 'Weight', 'number', NULL), (770150103, 'Made on', 'date', NULL),
	(770150104, 'Unused', 'text', NULL), (770150105, 'It''s "so" {100%}', 'text', NULL);
-- 1 and 2 open · 3 won · 4 lost · 5 deleted · 6 won and deleted · 7 of other values · 8 of none
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, note, custom) VALUES
	(770150101, 'Open', 1, 'note', '{"Size": "S", "Weight": 1.50}'), (770150102, 'Open, too', 2, NULL, '{"Size": "M"}'),
	(770150103, 'Won', 3, NULL, '{"Size": "L", "Made on": "2024-02-29"}'), (770150104, 'Lost', 4, NULL, '{"Weight": 4, "Size": ""}'),
	(770150105, 'Deleted', 5, NULL, '{"Size": "L"}'), (770150106, 'Won and deleted', 6, NULL, '{"Size": "S"}'),
	(770150107, 'Other values', 7, NULL, '{"Weight": 7, "It''s \"so\" {100%}": "S"}'), (770150108, 'No values', 8, NULL, '{}');
SELECT status FROM salesopp.close_won(770150103);
SELECT status FROM salesopp.close_lost(770150104);
SELECT status FROM salesopp.close_won(770150106);
SELECT outcome FROM salesopp.delete_opportunities('{770150105,770150106}');
SELECT salesopp.last_bulk_change() AS deletion \gset

-- all but the custom values: the stamps and the version, too, the history, the events, the feed, and what others have
CREATE FUNCTION test.all_but_names() RETURNS text LANGUAGE sql AS $$
	SELECT md5(concat_ws('|', (SELECT jsonb_agg(to_jsonb(o) - 'custom' ORDER BY o.id) FROM salesopp.opportunity o WHERE o.organization_id = 7701501),
		(SELECT jsonb_agg(to_jsonb(h) ORDER BY h.opportunity_id, h.version) FROM salesopp.opportunity_history h WHERE h.organization_id = 7701501),
		(SELECT jsonb_agg(to_jsonb(e) ORDER BY e.id) FROM salesopp.status_event e WHERE e.organization_id = 7701501),
		(SELECT jsonb_agg(to_jsonb(b) ORDER BY b.bulk_change_id, b.opportunity_id) FROM salesopp.bulk_change_opportunity b WHERE b.organization_id = 7701501),
		(SELECT jsonb_agg(o.custom ORDER BY o.id) FROM salesopp.opportunity o WHERE o.organization_id = 7701502),
		(SELECT jsonb_agg(to_jsonb(f) ORDER BY f.id) FROM salesopp.custom_field f WHERE f.organization_id = 7701502)));
$$;
CREATE FUNCTION test.custom_values() RETURNS TABLE (id bigint, custom jsonb) LANGUAGE sql AS $$
	SELECT o.id, o.custom FROM salesopp.opportunity o WHERE o.organization_id = 7701501 ORDER BY o.id;
$$;
SELECT test.all_but_names() AS all_but_names \gset

-- The name, in one statement
SET salesopp.employee_id = 770150102;
SET ROLE regress_names_manager;
UPDATE salesopp.custom_field SET name = 'Format' WHERE name = 'Size' RETURNING name, choices, changed_by;
RESET ROLE;
SELECT * FROM test.custom_values();
SELECT test.all_but_names() = :'all_but_names' AS nothing_else;
SET ROLE regress_names_seller;
SELECT id FROM salesopp.search('{"custom": {"Format": "S"}}', 'id');
SELECT id FROM salesopp.search('{"custom": {"Size": "S"}}', 'id');
SELECT key, opportunities FROM salesopp.pipeline('Format');
SELECT test.outcome($$UPDATE salesopp.opportunity SET custom = custom || '{"Size": "S"}' WHERE id = 770150108$$);
SELECT test.outcome($$UPDATE salesopp.opportunity SET custom = custom || '{"Format": "M"}' WHERE id = 770150108$$);
-- closed ones are no more open to others than before
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.opportunity SET custom = ''{\"Format\": \"S\", \"Made on\": \"2024-02-29\"}'' WHERE id = 770150103",
	"UPDATE salesopp.opportunity SET custom = ''{\"Size\": \"L\", \"Made on\": \"2024-02-29\"}'' WHERE id = 770150103",
	"UPDATE salesopp.opportunity SET custom = ''{}'' WHERE id = 770150105",
	"UPDATE salesopp.custom_field SET name = ''Mine'' WHERE name = ''Format''"}'::text[]) statement, test.outcome(statement);
RESET ROLE;
-- a change of many that came before can still be undone
SELECT outcome FROM salesopp.undo_bulk_change(:deletion);
SELECT outcome FROM salesopp.undo_bulk_change(salesopp.last_bulk_change());
SELECT test.all_but_names() AS all_but_names \gset

-- Names as they are stored, in other case, of others, and of no field
SET ROLE regress_names_manager;
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.custom_field SET name = ''  Format '' WHERE id = 770150101",
	"UPDATE salesopp.custom_field SET name = U&''  Gro\\0308\\00DFe '' WHERE id = 770150101",
	"UPDATE salesopp.custom_field SET name = ''GRÖßE'' WHERE id = 770150101",
	"UPDATE salesopp.custom_field SET name = ''Weight'' WHERE id = 770150101",
	"UPDATE salesopp.custom_field SET name = ''weight '' WHERE id = 770150101",
	"UPDATE salesopp.custom_field SET name = ''unused'' WHERE id = 770150101",
	"UPDATE salesopp.custom_field SET name = '' '' WHERE id = 770150101",
	"UPDATE salesopp.custom_field SET name = NULL WHERE id = 770150101",
	"UPDATE salesopp.custom_field SET name = ''Made'' WHERE id = 770150199",
	"UPDATE salesopp.custom_field SET name = ''it''''s {\"''''\\\\'' WHERE id = 770150105",
	"UPDATE salesopp.custom_field SET name = ''Given'' WHERE name = ''Unused''",
	"UPDATE salesopp.custom_field SET name = ''Mass'', data_type = ''text'' WHERE name = ''Weight''",
	"UPDATE salesopp.custom_field SET name = ''Mass'' WHERE name = ''Weight''",
	"DELETE FROM salesopp.custom_field WHERE name = ''Mass''"}'::text[]) statement, test.outcome(statement);
RESET ROLE;
SELECT * FROM test.custom_values();

-- Several at once, one in the place of another; and each other's, which goes by way of a third name
SET ROLE regress_names_manager;
SELECT test.outcome($$UPDATE salesopp.custom_field SET name = CASE id WHEN 770150102 THEN 'Made on' ELSE 'Mass' END WHERE id IN (770150102, 770150103)$$);
UPDATE salesopp.custom_field SET name = 'Third' WHERE id = 770150102;
UPDATE salesopp.custom_field SET name = 'Mass' WHERE id = 770150103;
UPDATE salesopp.custom_field SET name = 'Made on' WHERE id = 770150102;
UPDATE salesopp.custom_field SET name = name || '!' WHERE id <> 770150101;
RESET ROLE;
SELECT * FROM test.custom_values();
SELECT salesopp.custom_problem(7701501, custom) AS problem, count(*) FROM test.custom_values() GROUP BY 1;
SELECT test.all_but_names() = :'all_but_names' AS nothing_else;

-- Choices: what stands in the place of one that is gone is its new name
SET ROLE regress_names_manager;
UPDATE salesopp.custom_field SET name = 'Size' WHERE id = 770150101;
UPDATE salesopp.custom_field SET choices = array_replace(choices, 'S', 'Small "s"') WHERE name = 'Size' RETURNING choices;
RESET ROLE;
SELECT * FROM test.custom_values() WHERE custom ? 'Size';
SET ROLE regress_names_manager;
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.custom_field SET choices = ''{m,M,\"Small \\\"s\\\"\",L,\"\"}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{small,M,L,\"\"}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{M,medium,\"Small \\\"s\\\"\",L,\"\"}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{M,medium,small,LARGE,none}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{medium,small,LARGE,none,M}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{small,LARGE,none,M,XL}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{extra,small,none,M,XL}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{medium,small,small,none,M}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{medium,all,all,none,M}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{medium,small}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{medium,NULL,LARGE,none,M}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{{medium,small},{LARGE,none}}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = NULL, data_type = ''text'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{medium,small,LARGE,none,M,none}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{medium,small,LARGE,nothing,M,none}'' WHERE name = ''Size''",
	"UPDATE salesopp.custom_field SET choices = ''{medium,small,LARGE,none,M}'' WHERE name = ''Size''"}'::text[]) statement, test.outcome(statement);
RESET ROLE;
SELECT * FROM test.custom_values() WHERE custom ? 'Size';
-- composed, however they are given; both names at once, and a choice that nobody has is gone
SET ROLE regress_names_manager;
UPDATE salesopp.custom_field SET name = 'Format', choices = ARRAY['medium', U&'kle\0301in', 'LARGE', 'none', 'M'] WHERE name = 'Size' RETURNING name, choices;
UPDATE salesopp.custom_field SET choices = ARRAY['medium', U&'kle\0301in', 'LARGE', 'none', 'M', 'more'] WHERE name = 'Format' RETURNING choices;
SELECT test.outcome($$UPDATE salesopp.custom_field SET name = 'Form', choices = '{M,klein,BIG,nothing}' WHERE name = 'Format'$$);
SELECT test.outcome($$UPDATE salesopp.custom_field SET name = 'Form', choices = '{medium,klein,BIG,nothing,M,more}' WHERE name = 'Format'$$);
SELECT id FROM salesopp.search('{"custom": {"Form": "klein"}}', 'id');
RESET ROLE;
SELECT * FROM test.custom_values() WHERE custom ?| '{Size,Form,Format}';
SELECT salesopp.custom_problem(7701501, custom) AS problem, count(*) FROM test.custom_values() GROUP BY 1;
SELECT test.all_but_names() = :'all_but_names' AS nothing_else;

-- The owner, in several organizations at once
RESET salesopp.employee_id;
BEGIN;
UPDATE salesopp.custom_field SET name = 'Everybody''s' WHERE organization_id IN (7701501, 7701502) AND name IN ('Form', 'Size');
SELECT organization_id, count(*) FILTER (WHERE custom ? 'Everybody''s') AS renamed, count(*) FILTER (WHERE custom ?| '{Form,Size}') AS forgotten
FROM salesopp.opportunity WHERE organization_id IN (7701501, 7701502) GROUP BY 1 ORDER BY 1;
ROLLBACK;
SELECT test.all_but_names() = :'all_but_names' AS nothing_else;

-- What was loaded may have values of no field: they are not written over
SET row_security = off;
INSERT INTO salesopp.opportunity (id, organization_id, subject, custom, created_at, changed_at)
VALUES (770150109, 7701501, 'Loaded', '{"Stray": 1, "Mass!": "2024-01-01"}', now(), now());
RESET row_security;
SELECT test.outcome($$UPDATE salesopp.custom_field SET name = 'Stray' WHERE organization_id = 7701501 AND name = 'Mass!'$$);
SELECT test.outcome($$UPDATE salesopp.custom_field SET name = 'Stray' WHERE organization_id = 7701501 AND name = 'Form'$$);

-- Triggers of users: one of the definitions has the last word, one of the opportunities writes nothing into closed ones
CREATE FUNCTION test.in_capitals() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
CREATE TRIGGER zzz_capitals BEFORE UPDATE ON salesopp.custom_field FOR EACH ROW EXECUTE FUNCTION test.in_capitals();
UPDATE salesopp.custom_field SET name = 'Shape' WHERE organization_id = 7701501 AND name = 'Form';
DROP TRIGGER zzz_capitals ON salesopp.custom_field;
SELECT count(*) FROM test.custom_values() WHERE custom ? 'SHAPE';
CREATE FUNCTION test.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'touched'; NEW.changed_at := '2001-01-01'; RETURN NEW; END $$;
CREATE TRIGGER a_touch BEFORE UPDATE ON salesopp.opportunity FOR EACH ROW WHEN (OLD.status <> 'open') EXECUTE FUNCTION test.touch();
SELECT test.outcome($$UPDATE salesopp.custom_field SET name = 'Form' WHERE organization_id = 7701501 AND name = 'SHAPE'$$);
DROP TRIGGER a_touch ON salesopp.opportunity;
UPDATE salesopp.custom_field SET name = 'Form' WHERE organization_id = 7701501 AND name = 'SHAPE';
DELETE FROM salesopp.opportunity WHERE id = 770150109;
SELECT test.all_but_names() = :'all_but_names' AS nothing_else;

-- Until the update the trigger is that of 1.2, which fires before: then names that are in use stay
BEGIN;
CREATE OR REPLACE TRIGGER guard_values BEFORE UPDATE OR DELETE ON salesopp.custom_field
	FOR EACH ROW EXECUTE FUNCTION salesopp.guard_custom_field();
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.custom_field SET name = ''Shape'' WHERE organization_id = 7701501 AND name = ''Form''",
	"UPDATE salesopp.custom_field SET choices = array_replace(choices, ''BIG'', ''big'') WHERE organization_id = 7701501 AND name = ''Form''",
	"UPDATE salesopp.custom_field SET choices = choices || ''{big}'' WHERE organization_id = 7701501 AND name = ''Form''",
	"UPDATE salesopp.custom_field SET name = ''Not given'' WHERE organization_id = 7701501 AND name = ''Given!''",
	"DELETE FROM salesopp.custom_field WHERE organization_id = 7701501 AND name = ''Form''"}'::text[]) statement, test.outcome(statement);
ROLLBACK;

DROP FUNCTION test.all_but_names, test.custom_values, test.in_capitals, test.touch;
DROP OWNED BY regress_names_seller, regress_names_manager;
DROP ROLE regress_names_seller, regress_names_manager;
