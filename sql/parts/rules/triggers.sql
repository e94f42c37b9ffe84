-- The tables protect themselves: whoever writes to them, and how, the same rules hold. They stand in
-- src/opportunity and src/table.

CREATE OR REPLACE FUNCTION salesopp.check_fence() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.stamp() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.verify() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.check_references() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forget_only_organization() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.guard_opportunity() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.follow_opportunity() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.record_history() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.keep_history() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.guard_part() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.follow_stage() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.refuse_event_change() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.keep_unique() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.keep_apart() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.refuse_circle() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';

CREATE OR REPLACE FUNCTION salesopp.assign_number() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.guard_custom_field() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';

-- Which fields there are is known of the current organization alone; and nothing is looked at while a dump is restored.
CREATE OR REPLACE FUNCTION salesopp.check_saved_search() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF current_setting('row_security') = 'on' AND NEW.organization_id = salesopp.current_organization() THEN
		PERFORM salesopp.require(NOT NEW.criteria ? 'saved',
			'22023', 'a saved search cannot name another one', 'Give it the criteria themselves.');
		PERFORM salesopp.search_columns(NEW.criteria, NEW.sort, NEW.columns, 1);
	END IF;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION salesopp.check_saved_search() IS 'Trigger: a search that is saved can be made';
COMMENT ON FUNCTION salesopp.check_fence() IS 'Trigger: nothing is written of an organization that is fenced';
COMMENT ON FUNCTION salesopp.stamp() IS 'Trigger: who created and last changed a row, and when';
COMMENT ON FUNCTION salesopp.verify() IS 'Trigger: names the row that breaks a constraint; its argument says what it is';
COMMENT ON FUNCTION salesopp.check_references() IS
	'Trigger: what a row refers to is there and of its company, and active in the columns that its other arguments name';
COMMENT ON FUNCTION salesopp.forget_only_organization() IS 'Trigger: the number of organizations has changed';
COMMENT ON FUNCTION salesopp.guard_opportunity() IS 'Trigger: what an opportunity may become, and what follows from it in its row';
COMMENT ON FUNCTION salesopp.follow_opportunity() IS 'Trigger: the stages of an attached process and the event of a closing or reopening';
COMMENT ON FUNCTION salesopp.record_history() IS 'Trigger: each change of what figures are made of becomes a row of history';
COMMENT ON FUNCTION salesopp.keep_history() IS 'Trigger: history is neither changed nor removed, but with its opportunity';
COMMENT ON FUNCTION salesopp.guard_part() IS 'Trigger: what belongs to an opportunity changes only in the statuses that its arguments name';
COMMENT ON FUNCTION salesopp.follow_stage() IS 'Trigger: one stage of an opportunity at a position; automatic progress follows the stages';
COMMENT ON FUNCTION salesopp.keep_unique() IS 'Trigger: among the rows of one parent, one at a position, or one with the mark that its argument names';
COMMENT ON FUNCTION salesopp.keep_apart() IS 'Trigger: the quotas of one employee, or one department, do not overlap';
COMMENT ON FUNCTION salesopp.refuse_circle() IS 'Trigger: nobody comes to lead himself, on any day, by way of others or not';
COMMENT ON FUNCTION salesopp.assign_number() IS 'Trigger: the next number of the series that its argument names, which follows numbers that are given';
COMMENT ON FUNCTION salesopp.guard_custom_field() IS 'Trigger: the definition of a custom field stays true to the values there are, which follow its new names';
COMMENT ON FUNCTION salesopp.refuse_event_change() IS 'Trigger: events are neither changed nor removed';

-- In a block, as a distributed engine wants triggers to be replaced.
DO $$
BEGIN
	CREATE OR REPLACE TRIGGER organization_count AFTER INSERT OR DELETE OR TRUNCATE ON salesopp.organization
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.forget_only_organization();

	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.opportunity
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_opportunity();
	CREATE OR REPLACE TRIGGER follow_insert AFTER INSERT ON salesopp.opportunity
		FOR EACH ROW WHEN (NEW.sales_process_id IS NOT NULL OR NEW.status <> 'open')
		EXECUTE FUNCTION salesopp.follow_opportunity();
	CREATE OR REPLACE TRIGGER follow_update AFTER UPDATE ON salesopp.opportunity
		FOR EACH ROW WHEN (OLD.status <> NEW.status
			OR OLD.sales_process_id IS DISTINCT FROM NEW.sales_process_id)
		EXECUTE FUNCTION salesopp.follow_opportunity();

	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.stage
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_part('open');
	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.opportunity_competitor
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_part('open');
	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.opportunity_group_value
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_part('open');
	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.quote
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_part('open');
	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.sales_order
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_part('open', 'won');

	CREATE OR REPLACE TRIGGER follow_insert_or_delete AFTER INSERT OR DELETE ON salesopp.stage
		FOR EACH ROW EXECUTE FUNCTION salesopp.follow_stage();
	CREATE OR REPLACE TRIGGER follow_update AFTER UPDATE ON salesopp.stage
		FOR EACH ROW WHEN (OLD.status <> NEW.status OR OLD.position <> NEW.position
			OR OLD.probability <> NEW.probability)
		EXECUTE FUNCTION salesopp.follow_stage();

	-- After "guard", which has locked the opportunity: the series is always the last to be locked.
	CREATE OR REPLACE TRIGGER number BEFORE INSERT ON salesopp.quote
		FOR EACH ROW EXECUTE FUNCTION salesopp.assign_number('quote');
	CREATE OR REPLACE TRIGGER number BEFORE INSERT ON salesopp.sales_order
		FOR EACH ROW EXECUTE FUNCTION salesopp.assign_number('sales order');
	CREATE OR REPLACE TRIGGER number_update BEFORE UPDATE ON salesopp.quote
		FOR EACH ROW WHEN (OLD.number <> NEW.number) EXECUTE FUNCTION salesopp.assign_number('quote');
	CREATE OR REPLACE TRIGGER number_update BEFORE UPDATE ON salesopp.sales_order
		FOR EACH ROW WHEN (OLD.number <> NEW.number) EXECUTE FUNCTION salesopp.assign_number('sales order');

	CREATE OR REPLACE TRIGGER guard_values AFTER UPDATE OR DELETE ON salesopp.custom_field
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_custom_field();

	CREATE OR REPLACE TRIGGER search AFTER INSERT OR UPDATE ON salesopp.saved_search
		FOR EACH ROW EXECUTE FUNCTION salesopp.check_saved_search();

	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON salesopp.status_event
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.refuse_event_change('closing and reopening',
			'Close or reopen the opportunity; that adds an event.');
	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON salesopp.merge_event
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.refuse_event_change('merging',
			'Merge duplicates; that adds an event.');
	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON salesopp.bulk_change
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.refuse_event_change('bulk changes',
			'Undo it with salesopp.undo_bulk_change(); that adds another.');
	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE ON salesopp.bulk_change_opportunity
		FOR EACH ROW EXECUTE FUNCTION salesopp.keep_history();
	CREATE OR REPLACE TRIGGER keep_all BEFORE TRUNCATE ON salesopp.bulk_change_opportunity
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.refuse_event_change('bulk changes',
			'Remove an opportunity, and what was changed of it goes with it.');

	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON salesopp.forecast_submission
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.refuse_event_change('submitting a forecast',
			'Submit it anew; both are kept.');
	-- these are written by everybody, unlike the events that other triggers add
	CREATE OR REPLACE TRIGGER stamp BEFORE INSERT ON salesopp.forecast_submission
		FOR EACH ROW EXECUTE FUNCTION salesopp.stamp();

	CREATE OR REPLACE TRIGGER apart_insert AFTER INSERT ON salesopp.quota
		FOR EACH ROW EXECUTE FUNCTION salesopp.keep_apart();
	CREATE OR REPLACE TRIGGER apart_update AFTER UPDATE ON salesopp.quota
		FOR EACH ROW WHEN (OLD.period <> NEW.period OR OLD.employee_id IS DISTINCT FROM NEW.employee_id
			OR OLD.department_id IS DISTINCT FROM NEW.department_id)
		EXECUTE FUNCTION salesopp.keep_apart();

	CREATE OR REPLACE TRIGGER circle_insert_or_delete AFTER INSERT OR DELETE ON salesopp.employee_manager
		FOR EACH ROW EXECUTE FUNCTION salesopp.refuse_circle();
	CREATE OR REPLACE TRIGGER circle_update AFTER UPDATE ON salesopp.employee_manager
		FOR EACH ROW WHEN (OLD.employee_id <> NEW.employee_id OR OLD.valid_from <> NEW.valid_from
			OR OLD.manager_id IS DISTINCT FROM NEW.manager_id)
		EXECUTE FUNCTION salesopp.refuse_circle();

	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE ON salesopp.opportunity_history
		FOR EACH ROW EXECUTE FUNCTION salesopp.keep_history();
	CREATE OR REPLACE TRIGGER keep_all BEFORE TRUNCATE ON salesopp.opportunity_history
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.keep_history();
END $$;

-- Tracked is what the history has a column for, but for who changed it.
DO $$
BEGIN
	EXECUTE (SELECT format('CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON salesopp.opportunity
			FOR EACH ROW WHEN (OLD.deleted_at IS NULL <> (NEW.deleted_at IS NULL) OR %s)
			EXECUTE FUNCTION salesopp.record_history()',
			string_agg(format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', h.attname), ' OR ' ORDER BY h.attnum))
		FROM pg_attribute h
		JOIN pg_attribute o ON o.attrelid = 'salesopp.opportunity'::regclass AND o.attname = h.attname
		WHERE h.attrelid = 'salesopp.opportunity_history'::regclass AND h.attnum > 0
			AND h.attname NOT IN ('organization_id', 'version', 'changed_by'));
	CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON salesopp.opportunity
		FOR EACH ROW EXECUTE FUNCTION salesopp.record_history();
END $$;

-- One at most: looked at when the statement has written all its rows, so that they can change places. The
-- positions of an opportunity's stages are looked at by follow_stage().
DO $$
DECLARE
	unique_column record;
BEGIN
	FOR unique_column IN
		SELECT c.name, c.relation, c.parent, is_new, is_other
		FROM (VALUES ('position', 'sales_process_stage', 'sales_process_id'),
			('is_primary', 'contact', 'company_id'),
			('is_your_ref', 'contact', 'company_id'),
			('is_winner', 'opportunity_competitor', 'opportunity_id')) c (name, relation, parent),
			LATERAL (SELECT CASE c.name WHEN 'position' THEN 'true' ELSE format('NEW.%I', c.name) END,
				format('OLD.%1$I <> NEW.%1$I OR OLD.%2$I <> NEW.%2$I', c.name, c.parent)) w (is_new, is_other)
	LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON salesopp.%I FOR EACH ROW
			WHEN (%s) EXECUTE FUNCTION salesopp.keep_unique(%L)',
			'unique_' || unique_column.name || '_insert', unique_column.relation, unique_column.is_new, unique_column.name);
		EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON salesopp.%I FOR EACH ROW
			WHEN ((%s) AND (%s)) EXECUTE FUNCTION salesopp.keep_unique(%L)',
			'unique_' || unique_column.name || '_update', unique_column.relation, unique_column.is_new,
			unique_column.is_other, unique_column.name);
	END LOOP;
END $$;

-- Every other table has stamps and no further rules.
DO $$
DECLARE
	unguarded regclass;
BEGIN
	FOR unguarded IN
		SELECT c.oid FROM pg_class c
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind = 'r'
			AND NOT EXISTS (SELECT FROM pg_trigger t
				WHERE t.tgrelid = c.oid AND t.tgname IN ('guard', 'keep'))
			AND c.relname <> 'number_series'
	LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER stamp BEFORE INSERT OR UPDATE ON %s
			FOR EACH ROW EXECUTE FUNCTION salesopp.stamp()', unguarded);
	END LOOP;
END $$;

-- Behind the guards: a session that still has the library of 1.5, which lacks this function, is told so by them.
DO $$
DECLARE
	written regclass;
BEGIN
	FOR written IN
		SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind = 'r'
	LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER "zz_fence" BEFORE INSERT OR UPDATE OR DELETE ON %s
			FOR EACH ROW EXECUTE FUNCTION salesopp.check_fence()', written);
		EXECUTE format('CREATE OR REPLACE TRIGGER "zz_fence_all" BEFORE TRUNCATE ON %s
			FOR EACH STATEMENT EXECUTE FUNCTION salesopp.check_fence()', written);
	END LOOP;
END $$;

-- PostgreSQL fires triggers in the order of their names. zz_verify is the last before a row is written, when the
-- others have filled in what they do; only triggers of users may have names behind it. 0_references is the first
-- after it, before those of the foreign keys, whose names begin with RI.
DO $$
DECLARE
	written record;
	arguments text;
BEGIN
	FOR written IN
		SELECT c.oid::regclass AS name, replace(c.relname, '_', ' ') AS kind, (
			SELECT string_agg(format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', a.attname), ' OR ' ORDER BY a.attnum)
			FROM pg_attribute a
			WHERE a.attrelid = c.oid AND a.attname <> 'organization_id' AND EXISTS (
				SELECT FROM pg_constraint k
				WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey))) AS changes
		FROM pg_class c
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind = 'r'
			-- not the tables that only triggers write to
			AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname IN ('guard', 'stamp'))
	LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER zz_verify BEFORE INSERT OR UPDATE ON %s
			FOR EACH ROW EXECUTE FUNCTION salesopp.verify(%L)', written.name, written.kind);
		CONTINUE WHEN written.changes IS NULL;
		arguments := quote_literal(written.kind) || CASE written.kind
			WHEN 'opportunity' THEN $text$, 'responsible_id', 'sales_process_id', 'loss_reason_id'$text$
			WHEN 'activity' THEN $text$, 'responsible_id'$text$ ELSE '' END;
		EXECUTE format('CREATE OR REPLACE TRIGGER "0_references_insert" AFTER INSERT ON %s
			FOR EACH ROW EXECUTE FUNCTION salesopp.check_references(%s)', written.name, arguments);
		EXECUTE format('CREATE OR REPLACE TRIGGER "0_references_update" AFTER UPDATE ON %s
			FOR EACH ROW WHEN (%s) EXECUTE FUNCTION salesopp.check_references(%s)',
			written.name, written.changes, arguments);
	END LOOP;
END $$;
