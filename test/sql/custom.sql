-- F11.1, F11.2 Custom fields and groups
\set SHOW_CONTEXT never
SELECT salesopp.create_organization('Custom') AS organization, salesopp.create_organization('Custom elsewhere') AS elsewhere \gset
CREATE ROLE regress_custom_seller LOGIN;
SELECT salesopp.grant_access('regress_custom_seller', 'seller');
CREATE ROLE regress_custom_manager LOGIN;
SELECT salesopp.grant_access('regress_custom_manager', 'manager');
SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.custom_field (name, data_type) VALUES ('Elsewhere only', 'text'), ('Text', 'number');
INSERT INTO salesopp.opportunity (id, subject, custom) VALUES (77091901, 'Elsewhere', '{"Text": 1}');
SET salesopp.organization_id = :organization;

-- F11.1 Definitions
SET ROLE regress_custom_manager;
INSERT INTO salesopp.custom_field (id, name, data_type, choices) VALUES
	(77091001, 'Text', 'text', NULL), (77091002, 'Number', 'number', NULL), (77091003, 'Date', 'date', NULL),
	(77091004, 'Boolean', 'boolean', NULL), (77091005, 'Choice', 'choice', '{red,green,"dark, blue",""}'),
	(77091006, 'Størrelse "på" 100%', 'number', NULL), (77091007, 'Unused', 'text', NULL);
SELECT outcome, statement FROM (SELECT 'INSERT INTO salesopp.custom_field (name, data_type, choices) VALUES ' || v FROM unnest('{
	"(''Text'', ''number'', NULL)",
	"('' '', ''text'', NULL)",
	"(NULL, ''text'', NULL)",
	"(''A'', NULL, NULL)",
	"(''A'', ''choice'', NULL)",
	"(''A'', ''choice'', ''{}'')",
	"(''A'', ''choice'', ''{a,NULL}'')",
	"(''A'', ''number'', ''{1,2}'')",
	"(''A'', ''money'', NULL)"}'::text[]) v) s (statement), test.outcome(statement);
RESET ROLE;

-- Values of each type, right and wrong; and what is in no definition
SET ROLE regress_custom_seller;
INSERT INTO salesopp.opportunity (id, subject) VALUES (77091101, 'Values');
SELECT replace(outcome, 'opportunity 77091101: ', '') AS outcome, value FROM unnest(ARRAY[
	'{}', '{"Text": "a"}', '{"Text": ""}', '{"Text": "2024-01-01"}', '{"Text": "æøå"}', '{"Text": 1}', '{"Text": true}',
	'{"Text": null}', '{"Text": {"a": 1}}', '{"Text": ["a"]}', '{"Text": []}',
	'{"Number": 1}', '{"Number": -1.50}', '{"Number": 0}', '{"Number": 1e400}', '{"Number": "1"}', '{"Number": true}',
	'{"Number": null}', '{"Number": [1]}', '{"Number": {}}',
	'{"Date": "2024-02-29"}', '{"Date": "2000-02-29"}', '{"Date": "2023-02-29"}', '{"Date": "1900-02-29"}', '{"Date": "2024-04-31"}',
	'{"Date": "2024-13-01"}', '{"Date": "2024-00-01"}', '{"Date": "2024-01-00"}', '{"Date": "2024-1-1"}', '{"Date": "01/02/2024"}',
	'{"Date": "2024-01-01 "}', '{"Date": "2024-01-01T00:00:00"}', '{"Date": "today"}', '{"Date": "infinity"}',
	'{"Date": ""}', '{"Date": 20240101}',
	'{"Date": null}', '{"Date": {"from": "2024-01-01"}}',
	'{"Boolean": true}', '{"Boolean": false}', '{"Boolean": "true"}', '{"Boolean": 1}', '{"Boolean": null}', '{"Boolean": [true]}',
	'{"Choice": "red"}', '{"Choice": "dark, blue"}', '{"Choice": ""}', '{"Choice": "Red"}', '{"Choice": "red "}',
	'{"Choice": "blue"}', '{"Choice": 1}',
	'{"Choice": null}', '{"Choice": ["red"]}',
	'{"Unknown": "a"}', '{"text": "a"}', '{"": 1}', '{"Elsewhere only": "a"}', '{"Unknown": null}',
	'{"Text": "a", "Number": 1, "Date": "2024-01-01", "Boolean": true, "Choice": "green"}',
	'{"Text": "a", "Number": "wrong"}', '{"Størrelse \"på\" 100%": 1}', '{"Størrelse \"på\" 100%": "1"}',
	'[]', '[{"Text": "a"}]', '"Text"', '1', 'null', 'true']) value,
	test.outcome(format('UPDATE salesopp.opportunity SET custom = %L WHERE id = 77091101', value)) outcome;
SELECT custom FROM salesopp.opportunity WHERE id = 77091101;
-- the same when it is inserted; NULL is not "none"
SELECT outcome, statement FROM unnest('{
	"INSERT INTO salesopp.opportunity (id, subject, custom) VALUES (77091102, ''Right'', ''{\"Choice\": \"red\", \"Date\": \"2024-02-29\"}'')",
	"INSERT INTO salesopp.opportunity (id, subject, custom) VALUES (77091103, ''Wrong'', ''{\"Choice\": \"blue\"}'')",
	"INSERT INTO salesopp.opportunity (id, subject, custom) VALUES (77091103, ''Unknown'', ''{\"Unknown\": 1}'')",
	"INSERT INTO salesopp.opportunity (id, subject, custom) VALUES (77091103, ''NULL'', NULL)",
	"UPDATE salesopp.opportunity SET custom = jsonb_set(custom, ''{Choice}'', ''\"green\"'') WHERE id = 77091102",
	"UPDATE salesopp.opportunity SET custom = custom - ''Date'' WHERE id = 77091102"}'::text[]) statement, test.outcome(statement);
SELECT id, custom FROM salesopp.opportunity ORDER BY id;

-- Closed: no custom value changes
UPDATE salesopp.opportunity SET custom = '{"Text": "closed"}' WHERE id = 77091101;
SELECT status FROM salesopp.close_won(77091101, 1);
SELECT test.outcome($$UPDATE salesopp.opportunity SET custom = '{"Text": "changed"}' WHERE id = 77091101$$);
SELECT test.outcome($$UPDATE salesopp.opportunity SET custom = '{}' WHERE id = 77091101$$);
SELECT custom FROM salesopp.opportunity WHERE id = 77091101;

-- A seller does not define fields
SELECT outcome, statement FROM unnest('{
	"INSERT INTO salesopp.custom_field (name, data_type) VALUES (''Mine'', ''text'')",
	"UPDATE salesopp.custom_field SET name = ''Mine'' WHERE id = 77091007",
	"DELETE FROM salesopp.custom_field WHERE id = 77091007"}'::text[]) statement, test.outcome(statement);
RESET ROLE;

-- Definitions in use: by a closed one, by a deleted one too
SET ROLE regress_custom_manager;
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.custom_field SET name = ''Renamed'' WHERE id = 77091001",
	"UPDATE salesopp.custom_field SET name = ''Text'' WHERE id = 77091001",
	"UPDATE salesopp.custom_field SET data_type = ''number'' WHERE id = 77091001",
	"UPDATE salesopp.custom_field SET data_type = ''choice'', choices = ''{closed}'' WHERE id = 77091001",
	"DELETE FROM salesopp.custom_field WHERE id = 77091001",
	"UPDATE salesopp.custom_field SET data_type = ''text'', choices = NULL WHERE id = 77091005",
	"UPDATE salesopp.custom_field SET choices = ''{red}'' WHERE id = 77091005",
	"DELETE FROM salesopp.custom_field WHERE id = 77091005",
	"UPDATE salesopp.custom_field SET choices = ''{red,green,yellow}'' WHERE id = 77091005",
	"UPDATE salesopp.custom_field SET choices = ''{green}'' WHERE id = 77091005",
	"UPDATE salesopp.custom_field SET choices = ''{}'' WHERE id = 77091005",
	"UPDATE salesopp.custom_field SET name = name WHERE id = 77091001",
	"UPDATE salesopp.custom_field SET name = ''Date of birth'' WHERE id = 77091003",
	"UPDATE salesopp.custom_field SET data_type = ''boolean'' WHERE id = 77091003",
	"DELETE FROM salesopp.custom_field WHERE id = 77091003"}'::text[]) statement, test.outcome(statement);
SELECT outcome FROM salesopp.delete_opportunities('{77091102}');
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.custom_field SET choices = ''{red,blue}'' WHERE id = 77091005",
	"DELETE FROM salesopp.custom_field WHERE id = 77091005"}'::text[]) statement, test.outcome(statement);
SELECT outcome FROM salesopp.restore_opportunities('{77091102}');
-- the value removed, so can the definition be
UPDATE salesopp.opportunity SET custom = '{}' WHERE id = 77091102;
SELECT outcome, statement FROM unnest('{
	"UPDATE salesopp.custom_field SET data_type = ''number'', choices = NULL WHERE id = 77091005",
	"DELETE FROM salesopp.custom_field WHERE id = 77091005"}'::text[]) statement, test.outcome(statement);
-- another organization's field of the same name is another field
SELECT test.outcome($$UPDATE salesopp.opportunity SET custom = '{"Number": 5}' WHERE id = 77091102$$);
RESET ROLE;
SELECT name, data_type, choices FROM salesopp.custom_field WHERE organization_id = :organization ORDER BY id;
SELECT data_type FROM salesopp.custom_field WHERE organization_id = :elsewhere AND name = 'Text';

-- F9.2 Search by custom fields, with the index
SET salesopp.organization_id = :organization;
SET ROLE regress_custom_seller;
INSERT INTO salesopp.opportunity (id, subject, custom)
SELECT 77092000 + n, 'Search ' || n, jsonb_build_object('Number', n % 20, 'Text', 'text ' || n % 3, 'Boolean', n % 2 = 0)
FROM generate_series(1, 200) n;
RESET ROLE;
ANALYZE salesopp.opportunity;
SET ROLE regress_custom_seller;
SELECT count(*) FROM salesopp.search('{"custom": {"Number": 7}}');
SELECT count(*) FROM salesopp.search('{"custom": {"Number": 7.0, "Text": "text 1"}}');
SELECT count(*) FROM generate_series(1, 200) n WHERE n % 20 = 7 AND n % 3 = 1;
SELECT count(*) FROM salesopp.search('{"custom": {"Number": "7"}}');
SELECT count(*) FROM salesopp.search('{"custom": {"Boolean": false, "Number": 7}}');
SELECT count(*) FROM salesopp.search('{"custom": {"Boolean": true, "Number": 7}}');
SELECT id FROM salesopp.search('{"custom": {"Text": "closed"}}');
RESET ROLE;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT o.id FROM salesopp.opportunity o WHERE o.custom @> '{"Number": 7}';
-- F9.2 under row security the operator waits for the policy, has_custom_values() does not
CREATE TABLE test.custom_values (organization_id bigint, custom jsonb);
CREATE INDEX custom_values_custom ON test.custom_values USING gin (custom);
ALTER TABLE test.custom_values ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_organization ON test.custom_values
	USING (organization_id = salesopp.current_organization());
GRANT SELECT ON test.custom_values TO regress_custom_seller;
INSERT INTO test.custom_values SELECT organization_id, custom FROM salesopp.opportunity;
SET ROLE regress_custom_seller;
SELECT test.plan_steps('SELECT FROM test.custom_values WHERE ' || condition, 'Index Cond: (custom @>') AS uses_index, condition
FROM (VALUES ($$custom @> '{"Number": 7}'$$), ($$salesopp.has_custom_values(custom, '{"Number": 7}')$$)) c (condition);
PREPARE by_custom(jsonb) AS SELECT FROM test.custom_values WHERE salesopp.has_custom_values(custom, $1);
SET plan_cache_mode = force_generic_plan;
SELECT test.plan_steps($$EXECUTE by_custom('{"Number": 7}')$$, 'Index Cond: (custom @>') AS uses_index;
RESET plan_cache_mode;
DEALLOCATE by_custom;
SELECT count(*) AS pairs, count(*) FILTER (WHERE custom @> wanted) AS holding,
	count(*) FILTER (WHERE (custom @> wanted) <> salesopp.has_custom_values(custom, wanted)) AS different
FROM test.custom_values, unnest('{"{}", "{\"Number\": 7}", "{\"Number\": 7.0, \"Boolean\": false}", "{\"Text\": \"x\"}"}'::jsonb[]) wanted;
RESET ROLE;
RESET enable_seqscan;

-- F11.2 Groups
SET ROLE regress_custom_manager;
INSERT INTO salesopp.group_field (id, name) VALUES (77091001, 'Campaign'), (77091002, 'Line');
INSERT INTO salesopp.group_value (id, group_field_id, name) VALUES
	(77091001, 77091001, 'Spring'), (77091002, 77091001, 'Autumn'), (77091003, 77091002, 'Spring');
RESET ROLE;
SET salesopp.organization_id = :elsewhere;
INSERT INTO salesopp.group_field (id, name) VALUES (77091901, 'Campaign');
INSERT INTO salesopp.group_value (id, group_field_id, name) VALUES (77091901, 77091901, 'Spring');
SET salesopp.organization_id = :organization;
SET ROLE regress_custom_seller;
INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES
	(77092001, 77091001), (77092001, 77091002), (77092001, 77091003), (77092002, 77091001);
SELECT id FROM salesopp.search('{"group_value_id": 77091001}', 'id');
SELECT id FROM salesopp.search('{"group_value_id": [77091002, 77091003]}', 'id');
SELECT outcome, statement FROM unnest('{
	"INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (77092001, 77091001)",
	"INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (77092001, 77091901)",
	"INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (77091901, 77091001)",
	"INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (77091101, 77091001)",
	"UPDATE salesopp.opportunity_group_value SET group_value_id = 77091002 WHERE opportunity_id = 77092002",
	"DELETE FROM salesopp.opportunity_group_value WHERE opportunity_id = 77092001 AND group_value_id = 77091003",
	"INSERT INTO salesopp.group_field (name) VALUES (''Mine'')"}'::text[]) statement, test.outcome(statement);
RESET ROLE;
SET ROLE regress_custom_manager;
SELECT outcome, statement FROM unnest('{
	"DELETE FROM salesopp.group_value WHERE id = 77091001",
	"DELETE FROM salesopp.group_value WHERE id = 77091003",
	"DELETE FROM salesopp.group_field WHERE id = 77091001",
	"DELETE FROM salesopp.group_field WHERE id = 77091002",
	"INSERT INTO salesopp.group_value (group_field_id, name) VALUES (77091001, ''Spring'')",
	"INSERT INTO salesopp.group_value (group_field_id, name) VALUES (77091901, ''Other'')",
	"INSERT INTO salesopp.group_field (name) VALUES (''Campaign'')"}'::text[]) statement, test.outcome(statement);
RESET ROLE;

DROP TABLE test.custom_values;
DROP OWNED BY regress_custom_seller, regress_custom_manager;
DROP ROLE regress_custom_seller, regress_custom_manager;
