-- Objects that somebody else named like ours or PostgreSQL's, and put first on the search path, change
-- nothing
SELECT current_user AS owner \gset
CREATE ROLE regress_salesopp_victim LOGIN;
SELECT salesopp.grant_access('regress_salesopp_victim', 'seller');
INSERT INTO salesopp.organization (id, name) VALUES (7700541, 'Hostile');
ALTER ROLE regress_salesopp_victim SET salesopp.organization_id = '7700541';
INSERT INTO salesopp.sales_process (organization_id, id, name) VALUES (7700541, 770054101, 'Process');
INSERT INTO salesopp.sales_process_stage (organization_id, sales_process_id, position, name, probability)
VALUES (7700541, 770054101, 1, 'One', 30), (7700541, 770054101, 2, 'Two', 60);
INSERT INTO salesopp.loss_reason (organization_id, id, name) VALUES (7700541, 770054101, 'Price');
INSERT INTO salesopp.custom_field (organization_id, id, name, data_type) VALUES (7700541, 770054101, 'Field', 'text'),
	(7700541, 770054102, 'Day', 'date');
INSERT INTO salesopp.company (organization_id, id, name) VALUES (7700541, 770054101, 'Customer');
INSERT INTO salesopp.activity (organization_id, id, kind, subject, company_id) VALUES (7700541, 770054101, 'call', 'Call', 770054101);

-- A twin of every operator on the types that are used here, of many functions on them, and of all that
-- is ours
CREATE SCHEMA regress_salesopp_hostile;
GRANT USAGE ON SCHEMA regress_salesopp_hostile TO PUBLIC;
DO $do$
DECLARE
	types constant regtype[] := '{bigint, integer, smallint, numeric, text, boolean, date, timestamptz, jsonb, "text[]", "bigint[]", name, oid, regclass}';
	twin record;
	n integer := 0;
BEGIN
	FOR twin IN
		SELECT o.oprname AS name, o.oprleft::regtype AS l, o.oprright::regtype AS r, o.oprresult::regtype AS result
		FROM pg_operator o
		WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprkind = 'b'
			AND o.oprleft = ANY (types) AND o.oprright = ANY (types)
		UNION ALL
		SELECT operator, t.oid::regtype, t.oid::regtype, 'boolean'
		FROM unnest('{=, <>, <, <=, >, >=}'::text[]) operator, pg_type t
		WHERE t.typnamespace = 'salesopp'::regnamespace AND t.typtype = 'e'
	LOOP
		n := n + 1;
		EXECUTE format('CREATE FUNCTION regress_salesopp_hostile.operator_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L',
			n, twin.l, twin.r, twin.result,
			format('BEGIN RAISE EXCEPTION %L; END', 'hijacked by operator ' || replace(twin.name, '%', '%%')));
		EXECUTE format('CREATE OPERATOR regress_salesopp_hostile.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = regress_salesopp_hostile.operator_%s)',
			twin.name, twin.l, twin.r, n);
	END LOOP;
	FOR twin IN
		SELECT p.proname AS name, pg_get_function_identity_arguments(p.oid) AS arguments, p.prorettype::regtype AS result
		FROM pg_proc p
		WHERE p.prokind = 'f' AND NOT p.proretset AND p.provariadic = 0
			AND (p.pronamespace = 'salesopp'::regnamespace AND p.prorettype <> 'trigger'::regtype
				AND 'internal'::regtype <> ALL (p.proargtypes::oid[])
				OR p.pronamespace = 'pg_catalog'::regnamespace AND p.prorettype = ANY (types)
					AND NOT EXISTS (SELECT FROM unnest(p.proargtypes::oid[]) t WHERE t <> ALL (types))
					AND p.proname ~ '^(now|lower|upper|left|right|length|substr|substring|position|strpos|replace|nextval|current_setting|set_config|jsonb_.*|round|abs|isfinite|date|numeric|text|int8|int4|date_part|date_trunc|btrim|has_.*|pg_has_role|starts_with|like|notlike)$')
	LOOP
		EXECUTE format('CREATE FUNCTION regress_salesopp_hostile.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
			twin.name, twin.arguments, twin.result, format('BEGIN RAISE EXCEPTION %L; END', 'hijacked by function ' || twin.name));
	END LOOP;
	FOR twin IN SELECT relname AS name FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind IN ('r', 'v') LOOP
		EXECUTE format('CREATE TABLE regress_salesopp_hostile.%I (id bigint)', twin.name);
	END LOOP;
	FOR twin IN SELECT typname AS name FROM pg_type WHERE typnamespace = 'salesopp'::regnamespace AND typtype = 'e' LOOP
		EXECUTE format('CREATE DOMAIN regress_salesopp_hostile.%I AS integer', twin.name);
	END LOOP;
END $do$;
GRANT ALL ON ALL TABLES IN SCHEMA regress_salesopp_hostile TO PUBLIC;
SELECT count(*) > 100 AS operators FROM pg_operator WHERE oprnamespace = 'regress_salesopp_hostile'::regnamespace;
SELECT count(*) > 100 AS functions FROM pg_proc
WHERE pronamespace = 'regress_salesopp_hostile'::regnamespace AND proname NOT LIKE 'operator%';

-- A seller in a new session, which has prepared nothing yet
\c - regress_salesopp_victim
\set SHOW_CONTEXT never
CREATE TEMPORARY TABLE opportunity (id bigint, status text);
CREATE TEMPORARY TABLE stage (id bigint, status text);
CREATE TEMPORARY TABLE status_event (id bigint);
CREATE TEMPORARY TABLE number_series (id bigint);
CREATE TEMPORARY TABLE organization (id bigint);
CREATE TEMPORARY TABLE employee (id bigint);
SET search_path = regress_salesopp_hostile, pg_temp, pg_catalog;
-- the trap works
SELECT 1::bigint = 1::bigint;
SELECT lower('X'::text);
SELECT is_blank('x');
-- and ours does not step into it
INSERT INTO salesopp.opportunity (id, subject, sales_process_id, company_id, estimated_revenue, custom)
VALUES (770054101, 'Hijack me', 770054101, 770054101, 500, '{"Field": "text", "Day": "2024-01-01"}');
SELECT status FROM salesopp.set_stage_status(770054101, 1, 'completed');
UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id OPERATOR(pg_catalog.=) 770054101 AND position OPERATOR(pg_catalog.=) 2;
UPDATE salesopp.opportunity SET progress_method = 'manual', progress = 10 WHERE id OPERATOR(pg_catalog.=) 770054101;
UPDATE salesopp.opportunity SET progress_method = 'automatic' WHERE id OPERATOR(pg_catalog.=) 770054101;
INSERT INTO salesopp.opportunity_competitor (id, opportunity_id, name) VALUES (770054101, 770054101, 'Rival');
SELECT number, amount FROM salesopp.create_quote(770054101);
SELECT number, amount FROM salesopp.create_order(770054101);
SELECT actual_revenue FROM salesopp.close_won(770054101, 1);
SELECT status FROM salesopp.reopen(770054101);
SELECT status FROM salesopp.close_lost(770054101, 770054101, 770054101);
UPDATE salesopp.opportunity SET note = 'x' WHERE id OPERATOR(pg_catalog.=) 770054101;
UPDATE salesopp.opportunity SET status = 'open' WHERE id OPERATOR(pg_catalog.=) 770054101;
SELECT subject FROM salesopp.copy_opportunity(770054101);
SELECT subject FROM salesopp.create_from_call(770054101);
SELECT salesopp.attach_process(770054101, 770054101);
INSERT INTO salesopp.opportunity (id, subject, custom) VALUES (770054102, 'x', '{"Day": "2024-02-30"}');
SELECT outcome FROM salesopp.set_status(ARRAY[770054101], 'won');
SELECT outcome FROM salesopp.delete_opportunities(ARRAY[770054101]);
SELECT outcome FROM salesopp.restore_opportunities(ARRAY[770054101]);
SELECT subject, quote_sum, order_sum FROM salesopp.search('{"text": "hijack", "status": ["won"], "estimated_revenue": {">=": 1, "<>": 7},
	"created_at": {"from": "2001-01-01"}, "custom": {"Field": "text"}, "sales_process_id": 770054101, "quote_sum": {"=": 500}, "letter": "H"}');
SELECT subject FROM salesopp.search('{"subject": "hijack%", "status": "won", "id": {">=": 770054101}, "company_id": [770054101]}',
	'subject', 5);
SELECT subject FROM salesopp.search('{"subject": "hijack%"}', 'estimated_revenue', 5, 770054101);
SELECT status, opportunities FROM salesopp.summary('{"subject": "hijack%"}');
SELECT letter, opportunities FROM salesopp.letter_index('{"subject": "hijack"}');
SELECT kind, subject FROM salesopp.latest_follow_ups(770054101) ORDER BY kind, subject;
SELECT subject FROM salesopp.customer_opportunities(770054101);
SELECT status, progress, weighted_value, quote_sum FROM salesopp.opportunity_list WHERE id OPERATOR(pg_catalog.=) 770054101;
SELECT from_status, to_status, winner FROM salesopp.status_event WHERE opportunity_id OPERATOR(pg_catalog.=) 770054101 ORDER BY id;
SELECT salesopp.matches('Hijack', 'hi%'), salesopp.weighted_value('open', 100, NULL, 50),
	salesopp.decision_color('open', '2024-01-02', '2024-01-01');
-- nothing went to the impostors
RESET search_path;
SELECT (SELECT count(*) FROM pg_temp.opportunity) + (SELECT count(*) FROM pg_temp.status_event)
	+ (SELECT count(*) FROM regress_salesopp_hostile.status_event) AS rows;

-- The owner, who has more to lose
\c - :owner
SET search_path = regress_salesopp_hostile, pg_temp, pg_catalog;
SELECT salesopp.grant_access('regress_salesopp_victim', 'manager');
BEGIN;
SELECT salesopp.create_organization('Hijack me') IS NULL AS failed;
ROLLBACK;
UPDATE salesopp.custom_field SET name = 'Field, renamed' WHERE id OPERATOR(pg_catalog.=) 770054101;
SELECT custom FROM salesopp.opportunity WHERE id OPERATOR(pg_catalog.=) 770054101;
RESET search_path;

-- Clearing up
SET client_min_messages = warning;
DROP SCHEMA regress_salesopp_hostile CASCADE;
DROP OWNED BY regress_salesopp_victim;
DROP ROLE regress_salesopp_victim;
