-- A role that is pinned to one organization can neither read, change, infer nor refer to anything of
-- another. What is tried comes from the catalog: a new table, view or function is tried too, and one
-- for which there is no data, or no call in the list below, shows as a difference.
--
-- Three organizations: Ours, to which the roles are pinned; Secret, whose ids, texts, amounts and
-- dates all carry a mark; Hidden, which has the same ids as Ours. Every statement that names
-- something of Secret has a twin that names what is nowhere: 7700959 for 7700952, Nobody for Secret,
-- 2059 for 2052. The two must end alike, to the last word of the error.
\set SHOW_CONTEXT never
SELECT current_user AS owner \gset
CREATE ROLE regress_salesopp_iso_reader LOGIN;
CREATE ROLE regress_salesopp_iso_seller LOGIN;
CREATE ROLE regress_salesopp_iso_manager LOGIN;
CREATE ROLE regress_salesopp_iso_none LOGIN;
SELECT salesopp.grant_access('regress_salesopp_iso_reader', 'reader'), salesopp.grant_access('regress_salesopp_iso_seller', 'seller'),
	salesopp.grant_access('regress_salesopp_iso_manager', 'manager');
-- hostile objects are to be found by ours alone
ALTER ROLE regress_salesopp_iso_reader SET search_path = pg_catalog, pg_temp;
ALTER ROLE regress_salesopp_iso_seller SET search_path = pg_catalog, pg_temp;
ALTER ROLE regress_salesopp_iso_manager SET search_path = pg_catalog, pg_temp;
ALTER ROLE regress_salesopp_iso_reader SET salesopp.organization_id = '7700951';
ALTER ROLE regress_salesopp_iso_seller SET salesopp.organization_id = '7700951';
ALTER ROLE regress_salesopp_iso_manager SET salesopp.organization_id = '7700951';
ALTER ROLE regress_salesopp_iso_reader SET salesopp.employee_id = '770095101';
ALTER ROLE regress_salesopp_iso_seller SET salesopp.employee_id = '770095101';
ALTER ROLE regress_salesopp_iso_manager SET salesopp.employee_id = '770095101';
ALTER ROLE regress_salesopp_iso_none SET salesopp.organization_id = '7700951';

--
-- What the catalog must say
--
-- kinds of objects that the extension has
SELECT DISTINCT type FROM pg_depend, pg_identify_object(classid, objid, objsubid)
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'salesopp') ORDER BY type;
-- relations that are neither under row security with the one policy, nor a view that reads with the reader's rights
SELECT c.oid::regclass FROM pg_class c
WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind NOT IN ('i', 'S', 'c') AND CASE c.relkind
	WHEN 'v' THEN NOT COALESCE('security_invoker=true' = ANY (c.reloptions), false)
	WHEN 'r' THEN NOT c.relrowsecurity
		OR (SELECT string_agg(concat_ws(' ', polpermissive, polcmd, polroles, pg_get_expr(polqual, polrelid), polwithcheck), ',')
			FROM pg_policy WHERE polrelid = c.oid) IS DISTINCT FROM
			format('t * {0} (%s = salesopp.current_organization())', CASE c.relname WHEN 'organization' THEN 'id'
				ELSE 'organization_id' END)
	ELSE true END;
-- functions that run with other rights than their caller's, and leakproof ones
SELECT p.oid::regprocedure, p.prosecdef, p.proleakproof FROM pg_proc p
WHERE p.pronamespace = 'salesopp'::regnamespace AND (p.prosecdef OR p.proleakproof) ORDER BY p.proname;
-- rights of PUBLIC (row types of relations and array types are of use only to who may use the schema)
SELECT 'schema' AS kind, nspname::text AS name FROM pg_namespace, aclexplode(COALESCE(nspacl, acldefault('n', nspowner))) a
WHERE nspname = 'salesopp' AND a.grantee = 0
UNION ALL
SELECT 'relation', c.oid::regclass::text FROM pg_class c,
	aclexplode(COALESCE(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) a
WHERE relnamespace = 'salesopp'::regnamespace AND relkind NOT IN ('i', 'c') AND a.grantee = 0
UNION ALL
SELECT 'column', attrelid::regclass || '.' || attname FROM pg_attribute, aclexplode(attacl) a
WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace) AND a.grantee = 0
UNION ALL
SELECT 'routine', p.oid::regprocedure::text FROM pg_proc p, aclexplode(COALESCE(proacl, acldefault('f', proowner))) a
WHERE pronamespace = 'salesopp'::regnamespace AND a.grantee = 0
UNION ALL
SELECT 'type', typname FROM pg_type t, aclexplode(COALESCE(typacl, acldefault('T', typowner))) a
WHERE typnamespace = 'salesopp'::regnamespace AND a.grantee = 0 AND typelem = 0
	AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
UNION ALL
SELECT 'default', defaclacl::text FROM pg_default_acl WHERE defaclnamespace = 'salesopp'::regnamespace;

--
-- The instruments
--
CREATE SCHEMA isolation;
GRANT USAGE ON SCHEMA isolation TO PUBLIC;

CREATE FUNCTION isolation.is_marked(value text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN value ~ 'Secret|Hidden|7700952|7700953|2052-|-2052';
CREATE FUNCTION isolation.twin(statement text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN replace(replace(regexp_replace(statement, '2052(?=-)|(?<=-)2052', '2059', 'g'), '7700952', '7700959'), 'Secret', 'Nobody');
CREATE FUNCTION isolation.of_twin(outcome text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN replace(replace(regexp_replace(outcome, '2059(?=-)|(?<=-)2059', '2052', 'g'), '7700959', '7700952'), 'Nobody', 'Secret');
CREATE FUNCTION isolation.our_own(statement text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN replace(replace(regexp_replace(statement, '2052(?=-)|(?<=-)2052', '2051', 'g'), '7700952', '7700951'), 'Secret', 'Ours');

-- All that a client gets to see of a statement, which is taken back: the rows, or the whole error.
-- Left out are ids that were made for the occasion, and the time of it.
CREATE FUNCTION isolation.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line record;
	touched bigint := 0;
	content text := '';
	message text;
	detail text;
	hint text;
	broken text;
	at_column text;
BEGIN
	BEGIN
		IF statement ~ '^SELECT|RETURNING' THEN
			FOR line IN EXECUTE statement LOOP
				touched := touched + 1;
				content := concat_ws(E'\n', content, to_jsonb(line));
			END LOOP;
		ELSE
			EXECUTE statement;
			GET DIAGNOSTICS touched = ROW_COUNT;
		END IF;
		RAISE SQLSTATE 'U0000';
	EXCEPTION
		WHEN SQLSTATE 'U0000' THEN
			content := regexp_replace(content, '"(created|changed|closed|deleted|occurred)_at": "[^"]*"', '"\1_at": *', 'g');
			content := regexp_replace(content, '"((?:\w+_)?id)": (?!77009)\d+', '"\1": *', 'g');
			RETURN touched || ' rows' || content;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
				broken = CONSTRAINT_NAME, at_column = COLUMN_NAME;
			message := regexp_replace(message, '^([a-z ]+) (?!77009)\d+(?= \(|:| of )', '\1 *');
			RETURN concat_ws(' | ', SQLSTATE, message, detail, hint, broken, at_column);
	END;
END $$;

CREATE TABLE isolation.probe (kind text NOT NULL, object text NOT NULL, statement text NOT NULL);
GRANT SELECT ON isolation.probe TO PUBLIC;
-- What happens to those that name Secret's, and whether it is what happens to their twins. A query that
-- has found something marked has failed in any case.
CREATE TABLE isolation.tried (role name NOT NULL DEFAULT current_user, kind text, object text,
	statement text, outcome text, is_same boolean);
GRANT SELECT, INSERT ON isolation.tried TO PUBLIC;
CREATE FUNCTION isolation.attempt() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	probe record;
	outcome text;
BEGIN
	FOR probe IN SELECT DISTINCT p.kind, p.object, p.statement FROM isolation.probe p ORDER BY 1, 2, 3 LOOP
		outcome := isolation.outcome(probe.statement);
		INSERT INTO isolation.tried (kind, object, statement, outcome, is_same) VALUES (probe.kind, probe.object, probe.statement, outcome,
			NOT (probe.kind LIKE 'read%' AND outcome ~ '^\d+ rows' AND isolation.is_marked(outcome)) AND CASE probe.kind
				WHEN 'read with a leaky function' THEN outcome ~ '^(\d+ rows|42501)'
				ELSE outcome = isolation.of_twin(isolation.outcome(isolation.twin(probe.statement))) END);
	END LOOP;
END $$;

-- What a role sees and what it does in its own organization, in different circumstances
CREATE TABLE isolation.seen (role name NOT NULL DEFAULT current_user, circumstance text, statement text, outcome text);
GRANT SELECT, INSERT ON isolation.seen TO PUBLIC;
-- What is imported has the names of the other organization's rows, or of its twin's
DO $$
DECLARE
	whose text;
BEGIN
	FOREACH whose IN ARRAY ARRAY['Secret', 'Nobody', 'Ours'] LOOP
		EXECUTE format('CREATE TABLE isolation.%I AS SELECT %L AS external_id, %L AS subject, %L AS company, %L AS contact, %L AS project', whose || ' source',
			whose, whose || ' deal', whose || ' company', whose || ' contact', whose || ' project');
		EXECUTE format('GRANT SELECT ON isolation.%I TO PUBLIC', whose || ' source');
	END LOOP;
END $$;
CREATE TABLE isolation.call (function name NOT NULL, statement text NOT NULL);
GRANT SELECT ON isolation.call TO PUBLIC;
CREATE VIEW isolation.relation AS
SELECT c.oid::regclass::text AS name, c.oid, c.relname, c.relkind AS kind
FROM pg_class c WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind NOT IN ('i', 'S', 'c');
GRANT SELECT ON isolation.relation TO PUBLIC;
CREATE FUNCTION isolation.rows(statement text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
	line record;
BEGIN
	FOR line IN EXECUTE statement LOOP
		RETURN NEXT pg_catalog.to_jsonb(line);
	END LOOP;
END $$;
CREATE FUNCTION isolation.look(circumstance text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO isolation.seen (circumstance, statement, outcome)
	SELECT circumstance, s.statement, isolation.outcome(format('SELECT * FROM isolation.rows(%L)', s.statement)) FROM (
		-- how long something has lasted by now is another each time
		SELECT format('SELECT pg_catalog.count(*), pg_catalog.string_agg(t.text, '','' ORDER BY t.text) FROM %s r,'
			' LATERAL (SELECT (pg_catalog.to_jsonb(r) OPERATOR(pg_catalog.-) CAST(''duration'' AS pg_catalog.text))::pg_catalog.text) t (text)', name) AS statement
		FROM isolation.relation
		UNION ALL
		SELECT isolation.our_own(c.statement) FROM isolation.call c WHERE c.function NOT IN ('create_organization', 'grant_access')) s;
$$;

--
-- Ours, alone
--
-- so that ids made for the occasion are told from those that are typed in
DO $$ BEGIN PERFORM setval(c.oid, 790000000) FROM pg_class c WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relname LIKE '%_id_seq'; END $$;
INSERT INTO salesopp.organization (id, name) VALUES (7700951, 'Ours Ltd');
-- ids begin behind "base"; everything is of full width: no table and no reference is without a row
CREATE FUNCTION isolation.furnish(organization bigint, base bigint, mark text, amount numeric, day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO salesopp.department (organization_id, id, name) VALUES (organization, base + 1, mark || ' department');
	INSERT INTO salesopp.sales_region (organization_id, id, name) VALUES (organization, base + 1, mark || ' region');
	INSERT INTO salesopp.employee (organization_id, id, initials, name, email, department_id)
	VALUES (organization, base + 1, mark, mark || ' employee', mark || '@example.com', base + 1);
	PERFORM set_config('salesopp.organization_id', organization::text, true), set_config('salesopp.employee_id', (base + 1)::text, true);
	INSERT INTO salesopp.company (id, name, phone, email) VALUES (base + 1, mark || ' company', mark, mark);
	INSERT INTO salesopp.contact (id, company_id, first_name, last_name, job_title, email, mobile, direct_phone, is_primary, is_your_ref)
	VALUES (base + 1, base + 1, mark, mark || ' contact', mark, mark, mark, mark, true, true);
	INSERT INTO salesopp.project (id, company_id, name) VALUES (base + 1, base + 1, mark || ' project');
	INSERT INTO salesopp.sales_process (id, name) VALUES (base + 1, mark || ' process');
	INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
	VALUES (base + 1, 1, mark || ' first', 30), (base + 1, 2, mark || ' second', 60);
	INSERT INTO salesopp.loss_reason (id, name) VALUES (base + 1, mark || ' reason');
	INSERT INTO salesopp.competitor (id, name, website, note) VALUES (base + 1, mark || ' competitor', mark, mark);
	INSERT INTO salesopp.group_field (id, name) VALUES (base + 1, mark || ' group field');
	INSERT INTO salesopp.group_value (id, group_field_id, name) VALUES (base + 1, base + 1, mark || ' group');
	INSERT INTO salesopp.custom_field (id, name, data_type, choices)
	VALUES (base + 1, mark || ' field', 'text', NULL), (base + 2, mark || ' choice', 'choice', ARRAY[mark, 'other']);
	-- 1 is open, 2 will be won, 3 lost, 4 open and without a process, 5 deleted
	INSERT INTO salesopp.opportunity (id, subject, note, estimated_revenue, rating, responsible_id, company_id, contact_id, project_id,
		department_id, sales_region_id, sales_process_id, decision_date, delivery_date, custom)
	SELECT base + n, mark || ' deal ' || n, mark || ' note', amount, 3, base + 1, base + 1, base + 1, base + 1, base + 1, base + 1,
		CASE WHEN n <> 4 THEN base + 1 END, day, day, jsonb_build_object(mark || ' field', mark || ' text', mark || ' choice', mark)
	FROM generate_series(1, 5) n;
	INSERT INTO salesopp.opportunity (id, subject, copied_from_id) VALUES (base + 6, mark || ' copy', base + 1);
	INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, competitor_id, note)
	VALUES (base + 1, base + 1, base + 1, mark), (base + 3, base + 3, base + 1, mark);
	INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) VALUES (base + 1, base + 1);
	INSERT INTO salesopp.quote (id, opportunity_id, number, amount, note)
	VALUES (base + 1, base + 1, base + 1, amount, mark), (base + 2, base + 2, base + 2, amount, mark);
	INSERT INTO salesopp.sales_order (id, opportunity_id, quote_id, number, amount, note)
	VALUES (base + 1, base + 1, base + 1, base + 1, amount, mark);
	INSERT INTO salesopp.activity (id, kind, subject, body, company_id, contact_id, project_id, opportunity_id, responsible_id)
	VALUES (base + 1, 'call', mark || ' call', mark, base + 1, base + 1, base + 1, base + 1, base + 1);
	INSERT INTO salesopp.activity_participant (activity_id, contact_id) VALUES (base + 1, base + 1);
	UPDATE salesopp.stage SET status = 'completed' WHERE organization_id = organization AND opportunity_id = base + 1 AND position = 1;
	UPDATE salesopp.opportunity SET status = 'won', status_note = mark WHERE organization_id = organization AND id = base + 2;
	UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE organization_id = organization AND id = base + 3;
	UPDATE salesopp.opportunity SET status = 'lost', status_note = mark, loss_reason_id = base + 1
	WHERE organization_id = organization AND id = base + 3;
	UPDATE salesopp.opportunity SET deleted_at = now() WHERE organization_id = organization AND id = base + 5;
	INSERT INTO salesopp.merge_event (organization_id, id, kind, kept, merged, merged_row, moved, dropped, created_at, created_by)
	VALUES (organization, base + 1, 'company', base + 1, base + 2, jsonb_build_object('name', mark),
		jsonb_build_array(mark), '[]', now(), base + 1);
	INSERT INTO salesopp.bulk_change (organization_id, id, at, changed_by, operation, arguments)
	VALUES (organization, base + 1, now(), base + 1, 'set_status', jsonb_build_object('status', 'won', 'note', mark));
	INSERT INTO salesopp.bulk_change_opportunity (organization_id, bulk_change_id, opportunity_id, version_before, version_after, status_note_before)
	SELECT organization, base + 1, o.id, o.version - 1, o.version, mark FROM salesopp.opportunity o WHERE o.organization_id = organization AND o.id = base + 2;
	INSERT INTO salesopp.employee (id, initials, name) VALUES (base + 2, mark || ' 2', mark || ' manager');
	INSERT INTO salesopp.quota (id, employee_id, department_id, period, amount, note)
	VALUES (base + 1, base + 1, NULL, daterange(day, day + 1), amount, mark), (base + 2, NULL, base + 1, daterange(day, day + 1), amount, mark);
	INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) VALUES (base + 1, base + 2, day);
	INSERT INTO salesopp.saved_search (id, name, owner_id, shared, criteria, sort, columns) VALUES (base + 1, mark, base + 1, true, jsonb_build_object('subject', mark), 'id', '{id,subject}');
	INSERT INTO salesopp.forecast_submission (id, employee_id, period, amount, commit, best_case, note)
	VALUES (base + 1, base + 1, daterange(day, day + 1), amount, amount, amount, mark);
END $$;
SELECT isolation.furnish(7700951, 770095100, 'Ours', 7700951.51, '2051-07-07');

--
-- How to call each function, with what is Secret's
--
INSERT INTO isolation.call (function, statement)
SELECT function, format('SELECT * FROM salesopp.%s(%s)', function, arguments) FROM (VALUES
	('current_organization', ''), ('current_employee', ''),
	('is_blank', '''x'''), ('name_key', '''x'''), ('composed', '''x'''), ('composed_json', '''{}'''),
	('has_accents', '''x'''), ('without_accents', '''x'''), ('is_iso_date', '''2024-07-07'''), ('to_like', '''x%'''),
	('index_pattern', '''x%'''), ('wide_index_pattern', '''x%'''), ('is_at_least', '2, 1'), ('is_at_most', '2, 1'),
	('initial_letter', '''x'''), ('matches', '''x'', ''x%'''),
	('is_time_zone', '''Europe/Oslo'''), ('days_to_close', '''2024-07-07'', ''2024-07-09'', ''UTC'''),
	('listed_opportunity', '770095201'), ('listed_opportunity', '770095205'),
	('has_custom_texts', '''{"x": "y"}'', ''{x}'', ''{y}'''), ('has_custom_values', '''{"x": "y"}'', ''{"x": "y"}'''),
	('search_saved', '''Secret'''), ('search_ids', '''{"saved": "Secret"}'''), ('search_columns', '''{}'''), ('search_columns', '''{}'', ''Secret field''' ), ('search_columns', '''{}'', NULL, ''{id,Secret field}'''), ('search_columns', '''{}'', ''changed_at desc'', NULL, 10, 770095201'),
	('custom_number', '''{"x": 1}'', ''x'''), ('custom_date', '''{"x": "2024-07-07"}'', ''x'''),
	('status_flag', '''won'''), ('decision_color', '''open'', ''2024-07-07'', ''2024-07-06'''),
	('weighted_value', '''open'', 100, NULL, 10'),
	('custom_problem', '7700952, ''{"Secret field": "Secret text"}'''), ('custom_problem', '7700952, ''{"Secret choice": "no such"}'''),
	('custom_problem', '7700951, ''{"Secret field": "Secret text"}'''),
	('require', 'true, ''P0001'', ''Secret'', ''Secret'''), ('message', '''Secret'''),
	('changed_since', '770095201, ''Secret'', ''2024-07-07 UTC'''),
	('lock_opportunity', '770095201, ''open'''), ('lock_opportunity', '770095202, ''won'', ''lost'''),
	('lock_opportunity', '770095205, ''open'''),
	('close_won', '770095201'), ('close_won', '770095202'), ('close_won', '770095205'), ('close_won', '770095201, -1'),
	('close_lost', '770095201'), ('close_lost', '770095203'), ('close_lost', '770095205'),
	('close_lost', '770095101, 770095201'), ('close_lost', '770095101, NULL, 770095201'), ('close_lost', '770095201, 770095201, 770095201'),
	('reopen', '770095201'), ('reopen', '770095202'), ('reopen', '770095205'),
	('attach_process', '770095204, 770095101'), ('attach_process', '770095104, 770095201'), ('attach_process', '770095204, 770095201'),
	('set_stage_status', '770095201, 1, ''completed'''), ('set_stage_status', '770095202, 9, ''pending'''),
	('lock_opportunities', '''{770095201, 770095202, 770095205}'''), ('lock_opportunities', '''{770095201}'''),
	('bulk_outcomes', '''{770095201}'', ''{770095201}'', ''{770095201}'', NULL, ''Secret'', ''Secret'''),
	('set_status', '''{770095201, 770095202, 770095203, 770095205}'', ''won'''), ('set_status', '''{770095201}'', ''lost'', ''Secret'''),
	('set_status', '''{770095203}'', ''open'''), ('set_status', '''{770095201}'', ''lost'', 770095101'),
	('set_status', '''{770095101}'', ''lost'', 770095201'),
	('bulk_outcomes', '''{770095201}'', ''{770095201}'', ''{}'', ''{"770095201": "Secret"}'', ''Secret'''),
	('run_bulk_change', '''delete'', ''{}'', ''{770095201, 770095205}'''),
	('run_bulk_change', '''undo'', ''{"bulk_change_id": 770095201}'', ''{770095202}'''),
	('run_bulk_change', '''undo'', ''{"bulk_change_id": 770095201}'', ''{770095102}'''),
	('run_bulk_change_of', '7700952, ''delete'', ''{}'', ''{770095201, 770095205}'''),
	('merge_companies_of', '7700952, 770095201, ''{770095201}'''), ('merge_contacts_of', '7700952, 770095201, ''{770095201}'''),
	('bulk_set_status', '''{770095201}'', ''{"status": "lost", "loss_reason_id": 770095201, "note": "Secret"}'''),
	('bulk_delete', '''{770095201}'', ''{}'''), ('bulk_restore', '''{770095205}'', ''{}'''),
	('bulk_reassign', '''{770095201}'', ''{"from_employee": 770095201, "to_employee": 770095201}'''),
	('bulk_undo', '''{770095202}'', ''{"bulk_change_id": 770095201}'''),
	('undo_bulk_change', '770095201'), ('last_bulk_change', ''),
	('correct_closing', '770095202, 1'), ('correct_closing', '770095203, winner_id => 770095203'),
	('correct_closing', '770095103, NULL, NULL, NULL, 770095201'),
	('correct_closing', '770095103, winner_id => 770095203'),
	('write_correction', '7700952, 770095202, 1, NULL, NULL, NULL, NULL, ''Secret'''),
	('write_correction', '7700951, 770095202, 1, NULL, NULL, NULL, NULL, ''Secret'''),
	('write_correction', '7700951, 770095103, NULL, NULL, NULL, NULL, 770095203, NULL'),
	('merge_companies', '770095201, ''{770095101}'''), ('merge_companies', '770095101, ''{770095201}'''),
	('merge_companies', '770095201, ''{}'''),
	('merge_contacts', '770095201, ''{770095101}'''), ('merge_contacts', '770095101, ''{770095201}'''),
	('reassign', '770095201, 770095101'), ('reassign', '770095101, 770095201'), ('reassign', '770095201, 770095201'),
	('delete_opportunities', '''{770095201, 770095205}'''), ('restore_opportunities', '''{770095201, 770095205}'''),
	('copy_opportunity', '770095201'), ('copy_opportunity', '770095205'), ('create_from_call', '770095201'),
	('create_quote', '770095201'), ('create_quote', '770095202, 1'), ('create_order', '770095202'), ('create_order', '770095203, 1'),
	('convert_quote', '770095201'), ('convert_quote', '770095202'), ('convert_quote', '770095202, true'),
	('customer_opportunities', '770095201'), ('customer_opportunities', '770095205'),
	('latest_follow_ups', '770095201'), ('latest_follow_ups', '770095201, ''project'''),
	('latest_follow_ups', '770095201, ''company'', true'),
	('funnel_svg', '770095201'), ('funnel_svg', '770095205'), ('funnel_svg', '770095204, ''nb'''),
	('search', '''{}'', ''changed_at desc'', 100, 770095201'), ('search', '''{}'', ''subject'', 100, 770095201'),
	('search', '''{}'', ''subject'', 1, 770095205'),
	('states_at', '''{NULL}'''), ('states_at', '''{-infinity, NULL}'', ''{"company_id": 770095201}'''),
	('opportunities_as_of', 'NULL'), ('pipeline_as_of', 'NULL'), ('pipeline_as_of', 'NULL, ''{"id": 770095201}'''),
	('pipeline_moves', '''-infinity'', NULL'), ('pipeline_moves', '''-infinity'', NULL, ''2052-07-07'', ''2052-07-07'''),
	('pipeline_change', '''-infinity'', NULL'), ('pipeline_change', '''-infinity'', NULL, NULL, NULL, ''{"responsible_id": 770095201}'', ''weighted'''),
	('pipeline_series', '''2001-01-01'', NULL, ''1000 years'''),
	('stage_times', '''{}'''), ('stalled', '''{}'', 0.8, 0'),
	('stage_entries', '''{}'''), ('stage_entries', '''{"id": 770095201}'''), ('stage_win_rates', '''{}'', ''2001-01-01'', ''1000 years'''),
	('calibration', '''{}'', ''1 month'''), ('calibration', '''{"id": 770095202}'', ''1 month'', 10'), ('calibration_score', '''{}'', ''1 month'''),
	('calibration_svg', '''{}'', ''1 month'''), ('calibration_svg', '''{"id": 770095202}'', ''1 month'', 10'), ('bin_of', '50, 5'),
	('chance_by', '770095201, ''2052-07-07'''), ('chance_by', '770095202, ''2052-07-07'''), ('wilson', '1, 10'), ('jeffreys', '1, 10'),
	('weighted_wilson', '0.5, 10'), ('work_words', '4, 1'), ('openapi', ''), ('function_paths', ''),
	('relation_paths', ''), ('json_schema', '''bigint'''), ('row_schema', '''salesopp.opportunity'''), ('call_schema', '''salesopp.close_won(pg_catalog.int8,pg_catalog.numeric,pg_catalog.date,pg_catalog.date,pg_catalog.text)'''),
	('error_schema', ''), ('is_inner_function', '''search'''),
	('forecast_category', '''open'', 50, NULL'), ('team', ''), ('team', '''2052-07-07'''), ('require_period', '''[2052-07-07,2052-07-08)'''),
	('attainment', '''[2052-07-07,2052-07-08)'''), ('attainment', '''[2001-01-01,2099-01-01)'''), ('department_attainment', '''[2001-01-01,2099-01-01)'''),
	('attained', '''[2001-01-01,2099-01-01)'', CURRENT_DATE, false'), ('submission_accuracy', '''[2001-01-01,2099-01-01)'''),
	('find_duplicates', '''company'', 0.3'), ('find_duplicates', '''contact'', 0.3'), ('find_duplicates', '''opportunity'', 0.3'),
	('make_staging', '''staging'', ''x'''), ('load_file', '''loaded'', ''x'''),
	('import_columns', '''salesopp.organization'''), ('import_check', '''isolation."Secret source"'''),
	('import_check', '''isolation."Secret source"'', ''{"contact": "name", "company": "company", "external_id": "external_id"}'', ''{}'', ''contact'''),
	('import_opportunities', '''isolation."Secret source"'''),
	('import_companies', '''isolation."Secret source"'', ''{"company": "name", "external_id": "external_id"}'''), ('import_contacts', '''isolation."Secret source"'', ''{"contact": "name", "company": "company"}'''),
	('import_employees', '''isolation."Secret source"'', ''{"contact": "name"}'''), ('import_projects', '''isolation."Secret source"'', ''{"project": "name"}'''),
	('import_activities', '''isolation."Secret source"'', ''{"subject": "subject", "company": "company"}'''),
	('import_check_of', '7700952, ''x'', ''{subject,company,contact}'', ''{}'', ''{Mine,Secret,Secret}'', NULL, ''{}'', ''opportunity'''),
	('import_records_of', '7700952, ''x'', ''{subject,company}'', ''{}'', ''{Secret,NULL,Mine,Secret}'', NULL, ''{"create": ["company"]}'', ''opportunity'''),
	('undo_import', '770095201'), ('bulk_undo_import', '''{770095201}'', ''{"bulk_change_id": 770095201}'''),
	('like_names', '''{1,2}'', ''{1,1}'', ''{x,x}'', 0.6'), ('plain_name', '''x Ltd'', true'), ('name_likeness', '''x'', ''xy'''),
	('pipeline', '''company'''), ('pipeline', '''stage'', ''{"id": 770095201}'''), ('pipeline', '''month'''),
	('results', '''employee'''), ('results', '''quarter'', ''2001-01-01'', ''2001-01-01'''),
	('report_groupings', '''pipeline'''), ('report_query', '''results'', ''o.id'', '''', '''', ''g.id'', '''''),
	('report_statement', '''pipeline'', ''month'', ''{"id": 770095201}'''), ('report_ids', '''{"id": 770095201}'''), ('is_distributed', ''), ('organization_server', '7700952'),
	('change_svg', '''-infinity'', NULL'), ('series_svg', '''2001-01-01'', NULL, ''1000 years'''),
	('create_organization', '''Secret Ltd'''), ('grant_access', '''regress_salesopp_iso_none'', ''manager''')
) v (function, arguments)
UNION ALL
SELECT * FROM (VALUES ('changes_since', 'SELECT * FROM salesopp.changes_since()'),
	('changes_since', 'SELECT * FROM salesopp.changes_since(''00000000007580180000000000000000000000000000000000000000'')'),
	('history_settled', 'SELECT r IS NOT NULL AS settled FROM salesopp.history_settled() r'),
	('history_begins', 'SELECT * FROM salesopp.history_begins()'), ('history_digest', 'SELECT * FROM salesopp.history_digest(''2026-01-01'')'),
	('history_problems', 'SELECT pg_catalog.count(*) FROM salesopp.history_problems()')) h (function, statement)
UNION ALL
-- every criterion, in everything that takes them
SELECT function, format('SELECT %s FROM salesopp.%s(%L) r', COALESCE(result, '*'), function, criteria)
FROM (VALUES ('search', NULL), ('search_ids', NULL), ('stage_conversion', NULL), ('forecast', NULL), ('forecast_curve', NULL),
	('summary', NULL), ('letter_index', NULL), ('export_csv', 'pg_catalog.convert_from(r, ''UTF8'') AS csv'), ('export_excel_csv', 'pg_catalog.convert_from(r, ''UTF8'') AS csv'),
	-- a workbook and a document say when they were made
	('export_xlsx', 'pg_catalog.length(r) OPERATOR(pg_catalog.>) 0 AS workbook'),
	('export_pdf', 'pg_catalog.length(r) OPERATOR(pg_catalog.>) 0 AS document'), ('pipeline_svg', NULL), ('forecast_svg', NULL),
	-- what is asked stands in the head of the page, and times in it, of which ids depend
	('report_html', 'pg_catalog.regexp_replace(pg_catalog.substr(r, pg_catalog.strpos(r, ''<section'')), '' [0-9][0-9]:[0-9][0-9]|-[0-9a-f]{8}'', '''', ''g'') AS page')) f (function, result),
	(VALUES ('{}'), ('{"subject": "Secret%"}'), ('{"subject": "%DEAL 1"}'), ('{"note": "Secret"}'), ('{"text": "Secret"}'),
		('{"company_id": 770095201}'), ('{"project_id": 770095201}'), ('{"contact_id": [770095201]}'), ('{"sales_region_id": 770095201}'),
		('{"department_id": 770095201}'), ('{"sales_process_id": 770095201}'), ('{"group_value_id": 770095201}'),
		('{"responsible_id": 770095201}'), ('{"created_by": 770095201}'), ('{"changed_by": 770095201}'),
		('{"custom": {"Secret field": "Secret text"}}'), ('{"custom": {"Secret field": null}}'), ('{"custom": {"Ours field": "Secret text"}}'),
		('{"id": 770095201}'), ('{"id": {">=": 770095201}}'),
		('{"estimated_revenue": {">=": 7700952}}'), ('{"actual_revenue": {">=": 7700952}}'), ('{"quote_sum": {">=": 7700952}}'),
		('{"order_sum": {">=": 7700952}}'), ('{"decision_date": {"from": "2052-01-01"}}'), ('{"close_date": {"from": "2001-01-01"}}'),
		('{"created_at": {"from": "2001-01-01"}}'), ('{"forecast_category": "closed"}'), ('{"changed_at": {"from": "2001-01-01"}}'),
		('{"delivery_date": {"to": "2052-07-07", "from": "2052-07-07"}}'), ('{"letter": "S"}'), ('{"status": ["won", "lost"]}'),
		('{"priority": "normal"}'), ('{"rating": 3}'), ('{"progress": {">=": 0}}'), ('{"text": "déal", "accents": "ignore"}'),
		('{"company": "%"}'), ('{"contact": "%"}'), ('{"text": "%", "text_in": ["subject", "company", "contact"]}'), ('{"company_id": [null, 770095201]}')) c (criteria)
UNION ALL
SELECT function, format('SELECT salesopp.%s(%s) FROM salesopp.%s r WHERE r::pg_catalog.text OPERATOR(pg_catalog.~) ''Secret|7700952'' OR organization_id OPERATOR(pg_catalog.>) 7700950', function, arguments, relation)
FROM (VALUES ('pipeline_value', 'status, estimated_revenue, actual_revenue, progress', 'opportunity'),
	('pipeline_summary', 'status, estimated_revenue, actual_revenue, progress', 'opportunity'),
	('forecast_range', 'status, estimated_revenue, actual_revenue, progress', 'opportunity'),
	('forecast_range', 'status, estimated_revenue, actual_revenue, progress, 7700952, 0.1', 'opportunity'),
	('forecast_quantile', 'status, estimated_revenue, actual_revenue, progress, 0.9', 'opportunity'),
	('forecast_chance', 'status, estimated_revenue, actual_revenue, progress, 7700952', 'opportunity'),
	('brier_score', 'progress, status OPERATOR(pg_catalog.=) ''won''', 'opportunity'), ('incidence', '''1 day'', status', 'opportunity'),
	('stage_progress', 'status, position, probability', 'stage')) a (function, arguments, relation);
-- functions that a level may call and that are not in the list; names in the list that are none; names with two meanings
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'salesopp'::regnamespace AND p.proname NOT IN (SELECT function FROM isolation.call)
	AND (has_function_privilege('regress_salesopp_iso_manager', p.oid, 'EXECUTE')
		OR has_function_privilege('regress_salesopp_iso_reader', p.oid, 'EXECUTE'))
	AND 'internal'::regtype <> ALL (p.proargtypes::oid[]);
SELECT DISTINCT function FROM isolation.call
WHERE function NOT IN (SELECT proname FROM pg_proc WHERE pronamespace = 'salesopp'::regnamespace);
SELECT proname FROM pg_proc WHERE pronamespace = 'salesopp'::regnamespace GROUP BY proname HAVING count(*) > 1 ORDER BY proname;
-- criteria that are not in the list: the message names all that there are
SELECT key FROM test.criteria_keys() key
WHERE NOT EXISTS (SELECT FROM isolation.call c WHERE c.statement LIKE '%"' || key || '"%') ORDER BY key;

-- what the feed of changes gives is a second old
SELECT pg_sleep(1.1);

\c - regress_salesopp_iso_reader
SELECT isolation.look('alone');
\c - regress_salesopp_iso_seller
SELECT isolation.look('alone');
\c - regress_salesopp_iso_manager
SELECT isolation.look('alone');
\c - :owner
-- those that give no rows at all would not tell whether anything came in
SELECT DISTINCT statement FROM isolation.seen
WHERE outcome ~ '^(0 rows|42|22|23)' AND statement NOT LIKE '%"custom": {"Secret field"%' AND role = 'regress_salesopp_iso_manager'
ORDER BY 1;

--
-- The others come
--
INSERT INTO salesopp.organization (id, name) VALUES (7700952, 'Secret Ltd'), (7700953, 'Hidden Ltd');
SELECT isolation.furnish(7700952, 770095200, 'Secret', 7700952.52, '2052-07-07');
SELECT isolation.furnish(7700953, 770095100, 'Hidden', 7700953.53, '2052-07-07');
-- enough of them for statistics to know them; each text has as many trigrams as its twin, so both are planned alike
INSERT INTO salesopp.opportunity (organization_id, id, subject, note, company_id, estimated_revenue, decision_date)
SELECT 7700952, 770095200 + n, 'Secret deal', 'Secret plan', 770095201, 7700952.52, '2052-07-07' FROM generate_series(10, 99) n;
CREATE STATISTICS isolation.together ON company_id, decision_date FROM salesopp.opportunity;
ANALYZE salesopp.opportunity, salesopp.company, salesopp.activity;

-- Rows as they are written, for the statements to be made from: column -> text
CREATE TABLE isolation.row (relation oid, organization_id bigint, ordinal bigint, place tid, columns jsonb);
DO $$
DECLARE
	relation record;
BEGIN
	FOR relation IN
		SELECT r.name, r.oid, string_agg(format('%L, %I::text', attname, attname), ', ' ORDER BY attnum) AS columns
		FROM isolation.relation r JOIN pg_attribute ON attrelid = r.oid AND attnum > 0 AND NOT attisdropped
		WHERE r.kind = 'r' GROUP BY r.name, r.oid
	LOOP
		EXECUTE format('INSERT INTO isolation.row SELECT %s, organization_id, row_number() OVER (PARTITION BY organization_id ORDER BY r::text), ctid,
			jsonb_build_object(%s) FROM %s r WHERE organization_id IN (7700951, 7700952)', relation.oid, relation.columns, relation.name);
	END LOOP;
END $$;
-- tables in which one of the organizations has no row, and references that no row has
SELECT r.name FROM isolation.relation r
WHERE r.kind = 'r' AND (SELECT count(DISTINCT w.organization_id) FROM isolation.row w WHERE w.relation = r.oid) < 2;
CREATE VIEW isolation.reference AS
SELECT r.name, r.oid, a.attname AS "column" FROM isolation.relation r
JOIN pg_constraint c ON c.conrelid = r.oid AND c.contype = 'f' JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = ANY (c.conkey)
WHERE a.attname <> 'organization_id' GROUP BY r.name, r.oid, a.attname;
SELECT name, "column" FROM isolation.reference f
WHERE (SELECT count(DISTINCT w.organization_id) FROM isolation.row w WHERE w.relation = f.oid AND w.columns ->> f."column" IS NOT NULL) < 2;

--
-- What is tried
--
CREATE FUNCTION isolation.insertion(name text, columns jsonb) RETURNS text LANGUAGE sql
RETURN (SELECT format('INSERT INTO %s (%s) VALUES (%s)', name,
	string_agg(quote_ident(c.key), ', ' ORDER BY c.key), string_agg(quote_nullable(c.value), ', ' ORDER BY c.key))
		FROM jsonb_each_text(columns) c);
CREATE FUNCTION isolation.condition(columns jsonb, keys name[]) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(format('r.%I = %L', k, columns ->> k::text), ' AND ' ORDER BY k) FROM unnest(keys) k);

-- of each table: its key, a row of Secret's, a row of Ours, and that row as a new one may be
CREATE TABLE isolation.subject AS
SELECT r.name, r.oid, k.keys, theirs.columns - g.generated AS theirs, ours.columns AS ours,
	ours.columns - g.generated - '{id, number, created_at, created_by, changed_at, changed_by, closed_at, stage_position, stage_reached}'::text[]
		|| (SELECT COALESCE(jsonb_object_agg(c.key, CASE c.key WHEN 'position' THEN '50' WHEN 'progress' THEN '0'
				WHEN 'is_primary' THEN 'false' WHEN 'is_your_ref' THEN 'false' WHEN 'is_winner' THEN 'false'
				ELSE c.value || ', new' END), '{}')
			FROM jsonb_each_text(ours.columns) c
			WHERE c.key IN ('position', 'progress', 'is_primary', 'is_your_ref', 'is_winner', 'name', 'initials')
				AND c.value IS NOT NULL AND (c.key <> 'name' OR r.name <> 'salesopp.number_series')) AS fresh
FROM isolation.relation r
JOIN isolation.row theirs ON theirs.relation = r.oid AND theirs.organization_id = 7700952
JOIN isolation.row ours ON ours.relation = r.oid AND ours.organization_id = 7700951 AND ours.ordinal = theirs.ordinal
CROSS JOIN LATERAL (SELECT array_agg(attname) AS keys FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
	WHERE indrelid = r.oid AND indisprimary) k
CROSS JOIN LATERAL (SELECT COALESCE(array_agg(attname::text), '{}') AS generated FROM pg_attribute
	WHERE attrelid = r.oid AND attgenerated <> '') g;
SELECT name FROM isolation.relation WHERE kind = 'r' AND oid NOT IN (SELECT oid FROM isolation.subject);

-- Reading: every relation, by every way there is
INSERT INTO isolation.probe
SELECT 'read', r.name, format(template, r.name)
FROM isolation.relation r, (VALUES
	('SELECT r FROM %s r WHERE r.organization_id <> 7700951'), ('SELECT r FROM %s r WHERE r.organization_id IN (7700952, 7700953)'),
	('SELECT r FROM %s r WHERE r::text ~ ''Secret|7700952'''), ('SELECT to_jsonb(r) FROM %s r'), ('SELECT r.* FROM %s r'),
	('SELECT max(r::text), min(r::text), count(r), count(*) FROM %s r WHERE r::text ~ ''Secret|7700952'''),
	('SELECT EXISTS (SELECT FROM %s r WHERE r.organization_id = 7700952)'),
	('SELECT (SELECT count(*) FROM %s WHERE organization_id = 7700952)'),
	('SELECT array_agg(r) FROM %s r'), ('SELECT l FROM isolation.seen s, LATERAL (SELECT r FROM %s r WHERE r.organization_id > 7700951) l'),
	('SELECT count(*) FILTER (WHERE r::text ~ ''Secret'') FROM %s r'),
	('SELECT r, s FROM %s r FULL JOIN (VALUES (7700952)) s (id) ON s.id = r.organization_id WHERE r.organization_id <> 7700951'),
	('SELECT query_to_xml(''SELECT * FROM %s'', true, true, '''')::text')) t (template);
INSERT INTO isolation.probe
SELECT 'read by place', r.name,
	format(template, r.name, (SELECT array_agg(w.place) FROM isolation.row w WHERE w.relation = r.oid AND w.organization_id = 7700952))
FROM isolation.relation r, (VALUES
	('SELECT r FROM %s r TABLESAMPLE BERNOULLI (100)'), ('SELECT r FROM %s r TABLESAMPLE SYSTEM (100) REPEATABLE (1)'),
	('SELECT r FROM %s r WHERE r.ctid = ANY (%2$L)'), ('SELECT r FROM %s r WHERE r.ctid >= ''(0,0)'' AND r.ctid < ''(1000,0)'''),
	('SELECT r.xmin <> ''0'', r FROM %s r WHERE r.tableoid = ''%1$s''::regclass')) t (template)
WHERE r.kind = 'r';
-- Rows by their keys, to read, lock, change and remove
INSERT INTO isolation.probe
SELECT kind, s.name, format(template, s.name, condition)
FROM isolation.subject s
CROSS JOIN LATERAL (VALUES (isolation.condition(s.theirs, s.keys)),
	(isolation.condition(s.theirs, array_remove(s.keys, 'organization_id')))) c (condition),
	(VALUES ('read by key', 'SELECT r FROM %s r WHERE %s'), ('lock', 'SELECT r FROM %s r WHERE %s FOR UPDATE'),
		('lock', 'SELECT r FROM %s r WHERE %s FOR KEY SHARE NOWAIT'), ('delete', 'DELETE FROM %s r WHERE %s RETURNING r'),
		('merge', 'MERGE INTO %s r USING (SELECT) s ON (%s) WHEN MATCHED THEN DELETE'),
		('merge', 'MERGE INTO %s r USING (SELECT) s ON (%s) WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT DEFAULT VALUES')) t (kind, template)
WHERE isolation.is_marked(condition);
INSERT INTO isolation.probe
SELECT kind, s.name, format(template, s.name, c.key, CASE WHEN isolation.is_marked(c.value) THEN c.value
	ELSE s.ours ->> c.key END, isolation.condition(s.theirs, s.keys))
FROM isolation.subject s, jsonb_each_text(s.theirs) c,
	(VALUES ('update', 'UPDATE %s r SET %I = %L WHERE %s RETURNING r'),
		('merge', 'MERGE INTO %s r USING (SELECT) s ON (%4$s) WHEN MATCHED THEN UPDATE SET %2$I = %3$L')) t (kind, template);
-- Rows for the other organization
INSERT INTO isolation.probe
SELECT 'insert for it', s.name, isolation.insertion(s.name, columns) || ending
FROM isolation.subject s
CROSS JOIN LATERAL (VALUES (s.theirs), (s.fresh || '{"organization_id": 7700952}'), (s.ours || '{"organization_id": 7700952}')) v (columns),
	(VALUES (' RETURNING *'), (' ON CONFLICT DO NOTHING RETURNING *')) e (ending);
INSERT INTO isolation.probe
SELECT 'move to it', s.name,
	format('UPDATE %s r SET organization_id = 7700952 WHERE %s RETURNING r', s.name, isolation.condition(s.ours, s.keys))
FROM isolation.subject s;
-- References to its rows, each alone and all together
INSERT INTO isolation.probe
SELECT 'refer to it', f.name || '.' || f."column", statement
FROM isolation.reference f JOIN isolation.subject s USING (oid)
CROSS JOIN LATERAL (VALUES
	(isolation.insertion(f.name, s.fresh || jsonb_build_object(f."column", s.theirs -> f."column")) || ' RETURNING *'),
	(format('UPDATE %s r SET %I = %L WHERE %s RETURNING r', f.name, f."column", s.theirs ->> f."column",
		isolation.condition(s.ours, s.keys))),
	(isolation.insertion(f.name, s.theirs - '{number, organization_id}'::text[]) || ' RETURNING *')) v (statement)
WHERE s.theirs ->> f."column" IS NOT NULL;
-- Values that are taken there: every unique index
INSERT INTO isolation.probe
SELECT 'take what it has', s.name, statement
FROM isolation.subject s
JOIN pg_index i ON i.indrelid = s.oid AND i.indisunique
CROSS JOIN LATERAL (SELECT jsonb_object_agg(a.attname, s.theirs -> a.attname) AS taken,
	string_agg(format('%I = %L', a.attname, s.theirs ->> a.attname), ', ') AS assignments,
		string_agg(quote_ident(a.attname), ', ') AS names
	FROM pg_attribute a WHERE a.attrelid = s.oid AND a.attnum = ANY (i.indkey) AND a.attname <> 'organization_id') u
CROSS JOIN LATERAL (VALUES
	(isolation.insertion(s.name, s.fresh || u.taken) || ' RETURNING *'),
	(isolation.insertion(s.name, s.fresh || u.taken) || ' ON CONFLICT DO NOTHING RETURNING *'),
	(isolation.insertion(s.name, s.fresh || u.taken) || ' ON CONFLICT (' || CASE
		WHEN s.name = 'salesopp.organization' THEN '' ELSE 'organization_id, ' END
		|| u.names || ') DO UPDATE SET organization_id = EXCLUDED.organization_id RETURNING *'),
	(format('UPDATE %s r SET %s WHERE %s RETURNING *', s.name, u.assignments, isolation.condition(s.ours, s.keys)))) v (statement)
WHERE isolation.is_marked(u.taken::text);
-- Functions
INSERT INTO isolation.probe
SELECT CASE WHEN function IN ('search', 'search_ids', 'stage_times', 'stalled', 'stage_conversion', 'summary', 'letter_index',
	'pipeline', 'results', 'change_svg', 'series_svg', 'export_csv', 'export_excel_csv', 'export_xlsx', 'export_pdf', 'pipeline_svg', 'pipeline_value',
	'pipeline_summary', 'stage_progress', 'states_at', 'opportunities_as_of', 'pipeline_as_of', 'pipeline_moves', 'pipeline_change',
	'pipeline_series', 'stage_entries', 'stage_win_rates', 'calibration', 'calibration_score', 'calibration_svg', 'brier_score', 'incidence', 'forecast',
	'forecast_curve', 'forecast_svg', 'report_html', 'forecast_range', 'forecast_quantile', 'forecast_chance',
	'team', 'attainment', 'department_attainment', 'attained', 'submission_accuracy', 'find_duplicates', 'import_columns', 'import_check', 'import_check_of')
	THEN 'read by function' ELSE 'call' END, 'salesopp.' || function, statement FROM isolation.call;
-- Operators and functions that tell what they are given, and that the planner takes for cheap
CREATE SEQUENCE isolation.told;
GRANT USAGE, SELECT ON isolation.told TO PUBLIC;
CREATE FUNCTION isolation.tell(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$
BEGIN
	PERFORM nextval('isolation.told');
	IF isolation.is_marked(value) THEN
		RAISE NOTICE 'told: %', value;
	END IF;
	RETURN value;
END $$;
CREATE FUNCTION isolation.tell(value text, other text) RETURNS boolean
	LANGUAGE sql IMMUTABLE COST 0.0001 RETURN isolation.tell(value) IS NOT NULL;
CREATE OPERATOR isolation.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = isolation.tell, RESTRICT = eqsel);
INSERT INTO isolation.probe
SELECT 'read with a leaky function', r.name, format(template, r.name)
FROM isolation.relation r, (VALUES
	('SELECT count(*) FROM %s r WHERE isolation.tell(r::text) IS NOT NULL'),
	('SELECT count(*) FROM %s r WHERE r::text OPERATOR(isolation.===) ''x'''),
	('SELECT count(*) FROM %1$s r JOIN %1$s o ON isolation.tell(r::text || o::text) IS NOT NULL'),
	('SELECT count(isolation.tell(r::text)) FROM %s r'),
	('SELECT count(*) FILTER (WHERE isolation.tell(r::text) IS NOT NULL) FROM %s r'),
	('SELECT count(*) FROM %s r GROUP BY isolation.tell(r::text)'),
	('SELECT FROM %s r ORDER BY isolation.tell(r::text)'),
	('SELECT 1 WHERE EXISTS (SELECT FROM %s r WHERE isolation.tell(r::text) IS NOT NULL)'),
	('SELECT count(*) FROM (SELECT * FROM %s OFFSET 0) r WHERE isolation.tell(r::text) IS NOT NULL'),
	('SELECT count(*) FROM %s r WHERE CASE WHEN r::text ~ ''Secret|7700952'' THEN r::text::integer END = 0')) t (template)
UNION ALL
SELECT 'read with a leaky function', r.name, format(template, r.name, a.attname)
FROM isolation.relation r JOIN pg_attribute a ON a.attrelid = r.oid AND attnum > 0 AND NOT attisdropped, (VALUES
	('SELECT r FROM %s r WHERE r.%I::text OPERATOR(isolation.===) ''x''', NULL),
	('SELECT r FROM %s r WHERE CASE WHEN r.%I::text ~ ''Secret|7700952'' THEN r.%2$I::text::integer END = 0', NULL),
	('SELECT r FROM %s r WHERE 1 / (r.%I - 7700952.52) IS NULL', 'numeric'),
	('SELECT r FROM %s r WHERE 1 / (r.%I - 770095201) IS NULL', 'bigint'),
	('SELECT r FROM %s r WHERE 1 / (r.%I - 7700952) IS NULL', 'bigint'),
	('SELECT r FROM %s r WHERE 1 / (r.%I - ''2052-07-07'') IS NULL', 'date'),
	('SELECT r FROM %s r WHERE r.%I::integer IS NULL AND r.%2$I LIKE ''Secret%%''', 'text'),
	('SELECT r FROM %s r WHERE salesopp.matches(r.%I, ''Secret%%'')', 'text'),
	('SELECT r FROM %s r WHERE salesopp.matches(r.%I, isolation.tell(r.%2$I))', 'text'),
	('SELECT r FROM %s r WHERE salesopp.matches(isolation.tell(r.%I), ''Secret%%'')', 'text'),
	('SELECT r FROM %s r WHERE salesopp.has_custom_values(r.%I, ''{"Secret field": "Secret text"}'')', 'jsonb'),
	('SELECT r FROM %s r WHERE salesopp.has_custom_values(r.%I, isolation.tell(r.%2$I::text)::jsonb)', 'jsonb')) t (template, type)
WHERE a.atttypid = to_regtype(type) OR type IS NULL;
-- relations and functions that nothing is tried on
SELECT r.name, tried FROM isolation.relation r,
	unnest('{read, read by place, read by key, read with a leaky function, lock, delete, merge, update,
	insert for it, move to it}'::text[]) tried
WHERE (r.kind = 'r' OR tried IN ('read', 'read with a leaky function'))
	AND NOT EXISTS (SELECT FROM isolation.probe p WHERE p.object = r.name AND p.kind = tried);
SELECT count(DISTINCT (kind, statement)) > 3000 AS enough FROM isolation.probe;


-- Settings: whatever is tried, the organization and the employee stay
CREATE FUNCTION isolation.persist() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	outcome text;
	chosen text;
BEGIN
	FOREACH statement IN ARRAY ARRAY[
		'SET %s = ''7700952''', 'SET LOCAL %s = ''7700952''', 'SET SESSION %s = ''7700952''', 'SET %s = ''''',
		'SET %s TO DEFAULT', 'RESET %s', 'RESET ALL',
		'SELECT set_config(''%s'', ''7700952'', false)', 'SELECT set_config(''%s'', ''7700952'', true)',
		'UPDATE pg_settings SET setting = ''7700952'' WHERE name = ''%s''',
		'ALTER ROLE CURRENT_USER SET %s = ''7700952''', 'ALTER ROLE CURRENT_USER RESET %s', 'ALTER ROLE CURRENT_USER RESET ALL',
		'ALTER ROLE ALL SET %s = ''7700952''',
		'ALTER ROLE CURRENT_USER IN DATABASE ' || quote_ident(current_database()) || ' SET %s = ''7700952''',
		'ALTER DATABASE ' || quote_ident(current_database()) || ' SET %s = ''7700952''', 'GRANT SET ON PARAMETER %s TO CURRENT_USER',
		'CREATE FUNCTION pg_temp.chosen() RETURNS bigint LANGUAGE sql SET %s = ''7700952'' RETURN salesopp.current_organization()',
		'ALTER FUNCTION isolation.outcome(text) SET %s = ''7700952''', 'DO $do$ BEGIN SET LOCAL %s = ''7700952''; END $do$',
		'SET ROLE regress_salesopp_iso_none', 'SET SESSION AUTHORIZATION DEFAULT', 'LOAD ''salesopp''',
		'SET row_security = off', 'SET session_replication_role = replica']
	LOOP
		FOREACH chosen IN ARRAY '{salesopp.organization_id, salesopp.employee_id}'::text[] LOOP
			outcome := isolation.outcome(replace(statement, '%s', chosen));
			-- a statement that is accepted is looked at from inside
			IF outcome NOT LIKE '_____ |%' THEN
				BEGIN
					EXECUTE replace(statement, '%s', chosen);
					outcome := format('accepted: organization %s, employee %s, %s settings', current_setting('salesopp.organization_id'),
						current_setting('salesopp.employee_id'), (SELECT count(*) FROM pg_db_role_setting, unnest(setconfig) c
							WHERE setrole = current_user::regrole AND c LIKE 'salesopp.%'));
					RAISE SQLSTATE 'U0000';
				EXCEPTION WHEN SQLSTATE 'U0000' THEN
				END;
			END IF;
			INSERT INTO isolation.tried (kind, object, statement, outcome, is_same) VALUES ('setting', chosen,
				replace(statement, quote_ident(current_database()), 'DATABASE'), regexp_replace(outcome, '(\w{5}) \|.*', '\1'), true);
		END LOOP;
	END LOOP;
END $$;

-- Objects of all kinds with the names that are used in ours, and twins of operators and functions of
-- PostgreSQL's that raise an error when they are called: in public, which comes first on the search
-- path, and in pg_temp.
CREATE ROLE regress_salesopp_iso_hostile LOGIN;
GRANT CREATE ON SCHEMA public TO regress_salesopp_iso_hostile;
GRANT CREATE, USAGE ON SCHEMA isolation TO regress_salesopp_iso_hostile;
-- a role that may use the schema, to copy the signatures of what is in it
SELECT salesopp.grant_access('regress_salesopp_iso_hostile', 'manager');
SET ROLE regress_salesopp_iso_hostile;
DO $do$
DECLARE
	types constant regtype[] := '{bigint, integer, smallint, numeric, text, boolean, date, timestamptz, jsonb, "text[]", "bigint[]", name, oid, regclass, tid, bytea}';
	twin record;
	n integer := 0;
BEGIN
	FOR twin IN
		SELECT o.oprname AS name, o.oprleft::regtype AS l, o.oprright::regtype AS r, o.oprresult::regtype AS result
		FROM pg_operator o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprkind = 'b'
			AND o.oprleft = ANY (types) AND o.oprright = ANY (types)
		UNION ALL
		SELECT operator, t.oid::regtype, t.oid::regtype, 'boolean'
		FROM unnest('{=, <>, <, <=, >, >=}'::text[]) operator, pg_type t WHERE t.typnamespace = 'salesopp'::regnamespace AND t.typtype = 'e'
	LOOP
		n := n + 1;
		EXECUTE format('CREATE FUNCTION public.regress_hostile_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L',
			n, twin.l, twin.r, twin.result,
			format('BEGIN RAISE EXCEPTION %L, current_user; END', 'operator ' || replace(twin.name, '%', '%%') || ' ran as %'));
		EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.regress_hostile_%s)',
			twin.name, twin.l, twin.r, n);
	END LOOP;
	FOR twin IN
		SELECT p.proname AS name, pg_get_function_identity_arguments(p.oid) AS arguments, p.prorettype::regtype AS result FROM pg_proc p
		WHERE p.prokind = 'f' AND NOT p.proretset AND p.provariadic = 0
			AND (p.pronamespace = 'salesopp'::regnamespace AND p.prorettype <> 'trigger'::regtype
				AND 'internal'::regtype <> ALL (p.proargtypes::oid[])
			OR p.pronamespace = 'pg_catalog'::regnamespace AND p.prorettype = ANY (types)
				AND p.proname !~ '^(pg_|_|lo_|ts_|bt|gin|brin|hash|numeric_)'
				AND p.pronargs < 4 AND p.oid < 10000 AND NOT EXISTS (SELECT FROM unnest(p.proargtypes::oid[]) t WHERE t <> ALL (types)))
	LOOP
		EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', twin.name, twin.arguments, twin.result,
			format('BEGIN RAISE EXCEPTION %L, current_user; END', 'function ' || twin.name || ' ran as %'));
	END LOOP;
	-- casts of its own types, to and from those that are used
	CREATE TYPE public.regress_hostile AS (a text);
	FOR twin IN SELECT t AS name FROM unnest('{text, bigint, numeric, date, jsonb}'::regtype[]) t LOOP
		EXECUTE format('CREATE FUNCTION public.regress_hostile_cast(%s) RETURNS public.regress_hostile LANGUAGE plpgsql AS
			$$BEGIN RAISE EXCEPTION ''cast ran as %%'', current_user; END$$', twin.name);
		EXECUTE format('CREATE CAST (%s AS public.regress_hostile) WITH FUNCTION public.regress_hostile_cast(%1$s) AS IMPLICIT', twin.name);
	END LOOP;
END $do$;
RESET ROLE;
SELECT (SELECT count(*) > 300 FROM pg_operator WHERE oprowner = 'regress_salesopp_iso_hostile'::regrole) AS operators,
	(SELECT count(*) > 800 FROM pg_proc WHERE proowner = 'regress_salesopp_iso_hostile'::regrole) AS functions;
CREATE FUNCTION isolation.plant() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	twin name;
BEGIN
	FOR twin IN SELECT relname FROM isolation.relation UNION SELECT relname FROM pg_class
	WHERE relnamespace = 'salesopp'::regnamespace AND relkind = 'S' LOOP
		EXECUTE format('CREATE TEMPORARY TABLE %I (organization_id bigint, id bigint, hostile boolean)', twin);
	END LOOP;
	FOR twin IN SELECT typname FROM pg_type WHERE typnamespace = 'salesopp'::regnamespace AND typtype = 'e'
		UNION SELECT unnest('{text, int8, int4, numeric, date, jsonb, bool, timestamptz, bytea, name, oid, regclass, regrole}'::name[])
	LOOP
		EXECUTE format('CREATE DOMAIN pg_temp.%I AS point', twin);
	END LOOP;
END $$;

--
-- The four roles try
--
\c - regress_salesopp_iso_reader
\set SHOW_CONTEXT never
SELECT isolation.attempt(), isolation.look('beside others'), isolation.persist();
-- statistics
SELECT count(*) FROM pg_stats WHERE schemaname = 'salesopp';
SELECT count(*) FROM pg_stats_ext WHERE schemaname = 'salesopp' OR tablename = 'opportunity';
SELECT count(*) FROM pg_stats_ext_exprs WHERE schemaname = 'salesopp' OR tablename = 'opportunity';
SELECT count(*) FROM pg_sequences WHERE schemaname = 'salesopp' AND last_value IS NOT NULL;
SELECT test.outcome('SELECT FROM pg_statistic'), test.outcome('SELECT FROM pg_statistic_ext_data');

\c - regress_salesopp_iso_seller
\set SHOW_CONTEXT never
SELECT isolation.attempt(), isolation.look('beside others'), isolation.persist();
SELECT count(*) FROM pg_stats WHERE schemaname = 'salesopp';

\c - regress_salesopp_iso_manager
\set SHOW_CONTEXT never
SELECT isolation.attempt(), isolation.look('beside others'), isolation.persist();
SELECT count(*) FROM pg_stats WHERE schemaname = 'salesopp';

\c - regress_salesopp_iso_none
\set SHOW_CONTEXT never
SELECT isolation.attempt();
SELECT count(*) FROM pg_stats WHERE schemaname = 'salesopp';

\c - :owner
-- the owner sees that there are statistics
SELECT count(*) > 10 AS statistics FROM pg_stats WHERE schemaname = 'salesopp';
SELECT count(*) FROM pg_stats_ext WHERE statistics_name = 'together';
SELECT last_value > 5000 AS told FROM isolation.told;
-- What ended otherwise than its twin
SELECT substring(role, '[a-z]+$') AS role, kind, object, statement, outcome FROM isolation.tried WHERE NOT is_same
ORDER BY role, kind, object, statement;
-- How the rest ended
SELECT kind, string_agg(DISTINCT outcome, ', ') FILTER (WHERE role = 'regress_salesopp_iso_none') AS none,
	string_agg(DISTINCT outcome, ', ') FILTER (WHERE role = 'regress_salesopp_iso_reader') AS reader,
	string_agg(DISTINCT outcome, ', ') FILTER (WHERE role = 'regress_salesopp_iso_seller') AS seller,
	string_agg(DISTINCT outcome, ', ') FILTER (WHERE role = 'regress_salesopp_iso_manager') AS manager
FROM (SELECT role, kind, CASE WHEN outcome LIKE '0 rows%' THEN '0 rows' WHEN outcome ~ '^\d+ rows' THEN 'rows'
	ELSE left(outcome, 5) END AS outcome
	FROM isolation.tried WHERE kind <> 'setting') t
GROUP BY kind ORDER BY kind;
-- settings
SELECT DISTINCT statement, outcome FROM isolation.tried WHERE kind = 'setting' ORDER BY 1, 2;
-- references that never came to the foreign key
SELECT f.name, f."column" FROM isolation.reference f WHERE NOT EXISTS (SELECT FROM isolation.tried t
	WHERE t.object = f.name || '.' || f."column" AND t.kind = 'refer to it' AND t.outcome LIKE '23503%') ORDER BY 1, 2;

--
-- Hostile objects; isolation.rows() runs statements with them in front
--
ALTER FUNCTION isolation.rows(text) SET search_path = public, pg_temp, pg_catalog;
\c - regress_salesopp_iso_reader
SELECT isolation.plant(), isolation.look('under attack');
\c - regress_salesopp_iso_seller
SELECT isolation.plant(), isolation.look('under attack');
\c - regress_salesopp_iso_manager
SELECT isolation.plant(), isolation.look('under attack');
-- the trap works
SELECT isolation.outcome('SELECT isolation.rows(' || quote_literal(statement) || ')')
FROM (VALUES ('SELECT 1::bigint = 1::bigint'), ('SELECT lower(''X''::pg_catalog.text)'),
	('SELECT is_blank(''x''::pg_catalog.text)'), ('SELECT ''x''::text'),
	('SELECT count(*) FROM opportunity')) v (statement);
\c - :owner
-- what a role sees and does is the same before there are others, beside them, and among hostile objects
SELECT a.role, o.circumstance, a.statement, a.outcome, o.outcome AS otherwise
FROM isolation.seen a LEFT JOIN isolation.seen o ON o.role = a.role AND o.statement = a.statement AND o.circumstance <> 'alone'
WHERE a.circumstance = 'alone' AND a.outcome IS DISTINCT FROM o.outcome ORDER BY 1, 2, 3;
SELECT role, circumstance, count(*) > 250 AS enough, count(*) FILTER (WHERE outcome ~ 'ran as|hostile') AS hijacked
FROM isolation.seen GROUP BY role, circumstance ORDER BY role, circumstance;
SET client_min_messages = warning;
DROP OWNED BY regress_salesopp_iso_hostile CASCADE;
RESET client_min_messages;

--
-- Beyond single statements
--
-- Statements, plans and portals from before a role was taken on
ALTER FUNCTION isolation.rows(text) RESET search_path;
SET salesopp.organization_id = 7700952;
PREPARE kept AS SELECT DISTINCT organization_id FROM salesopp.opportunity WHERE organization_id BETWEEN 7700951 AND 7700953 ORDER BY 1;
PREPARE kept_list AS SELECT subject FROM salesopp.search('{"subject": "%DEAL 1"}');
EXECUTE kept;
EXECUTE kept_list;
SET salesopp.organization_id = 7700951;
EXECUTE kept_list;
SET ROLE regress_salesopp_iso_seller;
EXECUTE kept;
EXECUTE kept_list;
SELECT salesopp.current_organization();
UPDATE salesopp.company SET phone = 'x' WHERE id = 770095201;
RESET ROLE;
RESET salesopp.organization_id;
DEALLOCATE ALL;

-- The owner's functions change the current organization alone, although Hidden has the same ids
SET salesopp.organization_id = 7700951;
CREATE FUNCTION isolation.others() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	relation text;
	digest text;
	result text := '';
BEGIN
	FOR relation IN SELECT name FROM isolation.relation WHERE kind = 'r' ORDER BY name LOOP
		EXECUTE format('SELECT md5(string_agg(r::text, chr(10) ORDER BY r::text)) FROM %s r WHERE organization_id <> 7700951',
			relation) INTO digest;
		result := concat_ws(' ', result, digest);
	END LOOP;
	RETURN result;
END $$;
SELECT isolation.others() AS others \gset
SELECT count(*) > 100 AS called FROM isolation.call, isolation.rows(isolation.our_own(statement))
WHERE function NOT IN ('create_organization', 'grant_access', 'require') AND function NOT LIKE 'import\_%s' AND isolation.outcome(isolation.our_own(statement)) ~ '^\d+ rows';
SELECT isolation.others() = :'others' AS untouched;
RESET salesopp.organization_id;

-- COPY, cursors and DISCARD, which only a client can send
\c - regress_salesopp_iso_seller
\o | awk '/Secret|Hidden|770095[23]|2052-|-2052/ { marked++ } END { print (NR > 50 ? "copied" : "nothing"), marked + 0 }'
SELECT format('COPY %s TO STDOUT', name) FROM isolation.relation WHERE kind = 'r' ORDER BY name \gexec
SELECT format('COPY (SELECT * FROM %s) TO STDOUT', name) FROM isolation.relation WHERE kind = 'v' ORDER BY name \gexec
\o
\set VERBOSITY sqlstate
COPY salesopp.opportunity TO '/nowhere';
COPY salesopp.opportunity TO PROGRAM 'true';
\set VERBOSITY default
BEGIN;
DECLARE everything SCROLL CURSOR WITH HOLD FOR SELECT organization_id FROM salesopp.opportunity;
COMMIT;
MOVE FORWARD ALL IN everything;
FETCH BACKWARD 1 FROM everything;
DISCARD ALL;
SELECT salesopp.current_organization(), salesopp.current_employee();
-- before the library is there, a setting is anything's; with it, the role's own again
\c - regress_salesopp_iso_seller
SET salesopp.organization_id = 7700952;
SET salesopp.employee_id = 770095201;
SELECT salesopp.current_employee();
SELECT DISTINCT organization_id FROM salesopp.opportunity;
SELECT salesopp.current_organization(), salesopp.current_employee();
\c -reuse-previous=on "user=regress_salesopp_iso_manager options='-c salesopp.organization_id=7700952 -c salesopp.employee_id=770095201'"
SELECT DISTINCT organization_id FROM salesopp.opportunity WHERE organization_id <> 7700951;

--
-- What plans tell
--
\c -reuse-previous=on "user=regress_salesopp_iso_reader options=''"
\c - :owner
-- indexes that do not begin with the organization: EXPLAIN ANALYZE would count what was found in them and belongs to others
SELECT i.indexrelid::regclass FROM pg_index i JOIN isolation.relation r ON r.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE a.attname <> 'organization_id'
ORDER BY i.indexrelid::regclass::text;
INSERT INTO salesopp.opportunity (organization_id, subject) SELECT 7700951, 'Deal ' || n FROM generate_series(1, 3000) n;
-- every table has statistics, which stay as they are from one plan to the next, and nothing is left of the rows that were
-- written above and taken back, which a bitmap index scan would count until something clears them away
SELECT format('ALTER TABLE %s SET (autovacuum_enabled = off)', name), format('VACUUM (ANALYZE, INDEX_CLEANUP ON) %s', name)
FROM isolation.relation WHERE kind = 'r' ORDER BY name COLLATE "C" \gexec
-- What a plan says when it was run: the estimates of rows, or how many were found and removed
CREATE FUNCTION isolation.plan(query text, pattern text) RETURNS text LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	line text;
	told text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) ' || query LOOP
		told := concat_ws(', ', told, (regexp_match(line, pattern))[1]);
	END LOOP;
	RETURN told;
END $$;
-- Every column, asked for what stands in it most often and is Secret's, and more that an index serves
CREATE TABLE isolation.asked AS
SELECT r.relname AS relation, format('%I %s %L', a.attname, CASE t.typname WHEN 'jsonb' THEN '@>' ELSE '=' END, w.value) AS condition,
	t.typname = 'date' AS is_date
FROM isolation.relation r
JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'organization_id'
JOIN pg_type t ON t.oid = a.atttypid
CROSS JOIN LATERAL (SELECT columns ->> a.attname AS value FROM isolation.row
	WHERE relation = r.oid AND organization_id = 7700952 AND isolation.is_marked(columns ->> a.attname)
	GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) w
WHERE r.kind = 'r'
UNION ALL
SELECT 'opportunity', condition, condition ~ '_date ' FROM (VALUES ('salesopp.matches(subject, ''Secret%'')'), ('salesopp.matches(note, ''Secret'')'),
	('subject ILIKE ''Secret%'''), ('subject ~ ''^Secret'''), ('salesopp.has_custom_values(custom, ''{"Secret field": "Secret text"}'')'),
	('salesopp.is_at_least(estimated_revenue, 7700952.52)'), ('estimated_revenue >= 7700952'),
	('company_id BETWEEN 770095200 AND 770095202'), ('company_id IN (770095201, 770095202)'),
	('decision_date BETWEEN ''2052-01-01'' AND ''2052-12-31''')) v (condition);
GRANT SELECT ON isolation.asked TO PUBLIC;
-- The first plan of a session is made before the library is there
\c - regress_salesopp_iso_reader
SELECT isolation.plan('SELECT FROM salesopp.opportunity WHERE subject = ''Secret deal''', '(\d+) width') AS secret \gset
\c - regress_salesopp_iso_reader
SELECT isolation.plan('SELECT FROM salesopp.opportunity WHERE subject = ''Nobody deal''', '(\d+) width') = :'secret' AS tells_nothing;
SELECT count(*) > 100 AS asked, count(DISTINCT relation) AS relations FROM isolation.asked;
-- Left out: how many rows of all together have a date is told
SELECT relation, condition
FROM isolation.asked, format('SELECT FROM salesopp.%s WHERE %s', relation, condition) query,
	unnest(ARRAY['(\d+) width', '(?:Removed by .*: |actual rows=)(\d+)']) pattern
WHERE NOT is_date AND isolation.plan(query, pattern) <> isolation.plan(isolation.twin(query), pattern)
GROUP BY 1, 2 ORDER BY 1, 2;
-- the owner, who sees all, is told
\c - :owner
SELECT count(*) > 10 AS estimates_tell
FROM isolation.asked, format('SELECT FROM salesopp.%s WHERE %s', relation, condition) query
WHERE isolation.plan(query, '(\d+) width') <> isolation.plan(isolation.twin(query), '(\d+) width');

-- Clearing up
\c - :owner
SET client_min_messages = warning;
SELECT format('ALTER TABLE %s RESET (autovacuum_enabled)', name) FROM isolation.relation WHERE kind = 'r' ORDER BY name COLLATE "C" \gexec
DROP SCHEMA isolation CASCADE;
DROP OWNED BY regress_salesopp_iso_reader, regress_salesopp_iso_seller, regress_salesopp_iso_manager,
	regress_salesopp_iso_none, regress_salesopp_iso_hostile;
DROP ROLE regress_salesopp_iso_reader, regress_salesopp_iso_seller, regress_salesopp_iso_manager,
	regress_salesopp_iso_none, regress_salesopp_iso_hostile;
