-- Conveniences over the tables. Each acts within the current organization, starts by locking the
-- opportunity, and leaves the rules to the tables' triggers.

CREATE OR REPLACE FUNCTION salesopp.lock_opportunity(opportunity_id bigint,
	VARIADIC statuses salesopp.opportunity_status[]) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.lock_opportunity(bigint, salesopp.opportunity_status[]) IS
	'Locks an opportunity for the transaction; an error when it is not there or in none of the statuses';

CREATE OR REPLACE FUNCTION salesopp.close_won(opportunity_id bigint, actual_revenue numeric DEFAULT NULL,
	close_date date DEFAULT CURRENT_DATE, delivery_date date DEFAULT NULL, note text DEFAULT NULL)
RETURNS salesopp.opportunity LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	closed salesopp.opportunity;
BEGIN
	PERFORM salesopp.lock_opportunity(close_won.opportunity_id, 'open');
	UPDATE salesopp.opportunity o SET
		status = 'won',
		actual_revenue = close_won.actual_revenue,
		close_date = close_won.close_date,
		delivery_date = COALESCE(close_won.delivery_date, o.delivery_date),
		status_note = close_won.note
	WHERE o.organization_id = organization AND o.id = close_won.opportunity_id
	RETURNING o.* INTO closed;
	RETURN closed;
END;
$$;
COMMENT ON FUNCTION salesopp.close_won(bigint, numeric, date, date, text) IS
	'Closes an open opportunity as won; the actual revenue is the estimate unless given';

CREATE OR REPLACE FUNCTION salesopp.close_lost(opportunity_id bigint, loss_reason_id bigint DEFAULT NULL,
	winner_id bigint DEFAULT NULL, close_date date DEFAULT CURRENT_DATE,
	delivery_date date DEFAULT NULL, note text DEFAULT NULL)
RETURNS salesopp.opportunity LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	closed salesopp.opportunity;
BEGIN
	PERFORM salesopp.lock_opportunity(close_lost.opportunity_id, 'open');
	IF close_lost.loss_reason_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.loss_reason r
		WHERE r.organization_id = organization AND r.id = close_lost.loss_reason_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such loss reason for opportunity %s: %s'), close_lost.opportunity_id, close_lost.loss_reason_id),
			HINT = salesopp.message('Pass the id of a row of salesopp.loss_reason, or NULL.');
	END IF;
	IF close_lost.winner_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.opportunity_competitor c
		WHERE c.organization_id = organization
			AND c.opportunity_id = close_lost.opportunity_id AND c.id = close_lost.winner_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('winner %s is not a competitor of opportunity %s'), close_lost.winner_id, close_lost.opportunity_id),
			HINT = salesopp.message('Add it to the competitors of the opportunity first, and pass the id that it has there.');
	END IF;
	UPDATE salesopp.opportunity_competitor c SET is_winner = c.id = close_lost.winner_id
	WHERE c.organization_id = organization AND c.opportunity_id = close_lost.opportunity_id
		AND c.is_winner <> (c.id = close_lost.winner_id);
	UPDATE salesopp.opportunity o SET
		status = 'lost',
		loss_reason_id = close_lost.loss_reason_id,
		close_date = close_lost.close_date,
		delivery_date = COALESCE(close_lost.delivery_date, o.delivery_date),
		status_note = close_lost.note
	WHERE o.organization_id = organization AND o.id = close_lost.opportunity_id
	RETURNING o.* INTO closed;
	RETURN closed;
END;
$$;
COMMENT ON FUNCTION salesopp.close_lost(bigint, bigint, bigint, date, date, text) IS
	'Closes an open opportunity as lost, with the reason and the winning one of its competitors where known';

CREATE OR REPLACE FUNCTION salesopp.reopen(opportunity_id bigint, note text DEFAULT NULL)
RETURNS salesopp.opportunity LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	opened salesopp.opportunity;
BEGIN
	PERFORM salesopp.lock_opportunity(reopen.opportunity_id, 'won', 'lost');
	UPDATE salesopp.opportunity o SET status = 'open', status_note = reopen.note
	WHERE o.organization_id = organization AND o.id = reopen.opportunity_id
	RETURNING o.* INTO opened;
	RETURN opened;
END;
$$;
COMMENT ON FUNCTION salesopp.reopen(bigint, text) IS
	'Opens a won or lost opportunity again; what was known about its closing stays in status_event';

CREATE OR REPLACE FUNCTION salesopp.correct_closing(opportunity_id bigint, actual_revenue numeric DEFAULT NULL,
	close_date date DEFAULT NULL, delivery_date date DEFAULT NULL, loss_reason_id bigint DEFAULT NULL,
	winner_id bigint DEFAULT NULL, note text DEFAULT NULL)
RETURNS salesopp.opportunity LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	closed salesopp.opportunity;
BEGIN
	PERFORM salesopp.lock_opportunity(correct_closing.opportunity_id, 'won', 'lost');
	SELECT o.* INTO closed FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = correct_closing.opportunity_id;
	IF num_nonnulls(correct_closing.actual_revenue, correct_closing.close_date, correct_closing.delivery_date,
		correct_closing.loss_reason_id, correct_closing.winner_id) = 0
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('nothing is given to correct in the closing of opportunity %s'), closed.id),
			HINT = salesopp.message('Pass what changes; a note alone corrects nothing.');
	END IF;
	IF closed.status = 'won' AND num_nonnulls(correct_closing.loss_reason_id, correct_closing.winner_id) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('opportunity %s is won, and has neither a loss reason nor a winning competitor'), closed.id),
			HINT = salesopp.message('Reopen it, and close it as lost, if it was lost.');
	END IF;
	IF closed.status = 'lost' AND correct_closing.actual_revenue IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('opportunity %s is lost, and has no actual revenue'), closed.id),
			HINT = salesopp.message('Reopen it, and close it as won, if it was won.');
	END IF;
	IF correct_closing.loss_reason_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.loss_reason r
		WHERE r.organization_id = organization AND r.id = correct_closing.loss_reason_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such loss reason for opportunity %s: %s'), closed.id, correct_closing.loss_reason_id),
			HINT = salesopp.message('Pass the id of a row of salesopp.loss_reason, or NULL.');
	END IF;
	IF correct_closing.winner_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.opportunity_competitor c
		WHERE c.organization_id = organization AND c.opportunity_id = closed.id AND c.id = correct_closing.winner_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('winner %s is not a competitor of opportunity %s'), correct_closing.winner_id, closed.id),
			HINT = salesopp.message('Pass the id that it has in salesopp.opportunity_competitor.');
	END IF;
	PERFORM salesopp.write_correction(organization, closed.id, correct_closing.actual_revenue,
		correct_closing.close_date, correct_closing.delivery_date, correct_closing.loss_reason_id,
		correct_closing.winner_id, correct_closing.note);
	SELECT o.* INTO closed FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = correct_closing.opportunity_id;
	RETURN closed;
END;
$$;
COMMENT ON FUNCTION salesopp.correct_closing(bigint, numeric, date, date, bigint, bigint, text) IS
	'Sets facts of the closing of a won or lost opportunity right, those that are given; an event keeps them as they were';

CREATE OR REPLACE FUNCTION salesopp.write_correction(organization_id bigint, opportunity_id bigint,
	actual_revenue numeric, close_date date, delivery_date date, loss_reason_id bigint, winner_id bigint, note text)
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.write_correction(bigint, bigint, numeric, date, date, bigint, bigint, text) IS
	'What correct_closing() does when it has looked at its arguments';

CREATE OR REPLACE FUNCTION salesopp.attach_process(opportunity_id bigint, sales_process_id bigint)
RETURNS salesopp.opportunity LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	attached salesopp.opportunity;
BEGIN
	PERFORM salesopp.lock_opportunity(attach_process.opportunity_id, 'open');
	IF NOT EXISTS (SELECT FROM salesopp.sales_process p
		WHERE p.organization_id = organization AND p.id = attach_process.sales_process_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such sales process: %s'), COALESCE(attach_process.sales_process_id::text, 'NULL')),
			HINT = salesopp.message('Pass the id of a row of salesopp.sales_process.');
	END IF;
	-- the trigger refuses that a process is exchanged; taking away the one that is there already is refused alike
	UPDATE salesopp.opportunity o SET sales_process_id = NULLIF(attach_process.sales_process_id, o.sales_process_id)
	WHERE o.organization_id = organization AND o.id = attach_process.opportunity_id
	RETURNING o.* INTO attached;
	RETURN attached;
END;
$$;
COMMENT ON FUNCTION salesopp.attach_process(bigint, bigint) IS
	'Attaches a sales process to an open opportunity that has none, which gets its own copy of the stages';

CREATE OR REPLACE FUNCTION salesopp.set_stage_status(opportunity_id bigint, stage_position integer,
	status salesopp.stage_status)
RETURNS salesopp.stage LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	changed salesopp.stage;
BEGIN
	PERFORM salesopp.lock_opportunity(set_stage_status.opportunity_id, 'open');
	IF set_stage_status.status IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('the new status of a stage of opportunity %s must not be null'), set_stage_status.opportunity_id),
			HINT = salesopp.message('Pass pending, completed or cancelled.');
	END IF;
	UPDATE salesopp.stage s SET status = set_stage_status.status
	WHERE s.organization_id = organization
		AND s.opportunity_id = set_stage_status.opportunity_id AND s.position = stage_position
	RETURNING s.* INTO changed;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('opportunity %s has no stage at position %s'), set_stage_status.opportunity_id, COALESCE(stage_position::text, 'NULL')),
			HINT = salesopp.message('See the positions of its stages in salesopp.stage_funnel.');
	END IF;
	RETURN changed;
END;
$$;
COMMENT ON FUNCTION salesopp.set_stage_status(bigint, integer, salesopp.stage_status) IS
	'Sets the status of one stage of an open opportunity; automatic progress follows';

CREATE OR REPLACE FUNCTION salesopp.create_organization(name text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made bigint;
	process bigint;
BEGIN
	INSERT INTO salesopp.organization (name) VALUES (create_organization.name) RETURNING id INTO made;
	INSERT INTO salesopp.sales_process (organization_id, name) VALUES (made, 'Standard sales process') RETURNING id INTO process;
	INSERT INTO salesopp.sales_process_stage (organization_id, sales_process_id, position, name, probability)
	VALUES (made, process, 1, 'Created', 0),
		(made, process, 2, 'First contact made', 25),
		(made, process, 3, 'Written quote received', 50),
		(made, process, 4, 'Verbally accepted', 75),
		(made, process, 5, 'Contract', 100);
	INSERT INTO salesopp.loss_reason (organization_id, name, is_predefined)
	VALUES (made, 'Price too high', true),
		(made, 'Competitor preferred', true),
		(made, 'Missing functionality', true),
		(made, 'Delivery time too long', true),
		(made, 'No budget', true),
		(made, 'Project cancelled or postponed', true),
		(made, 'No decision made', true),
		(made, 'No longer in contact', true),
		(made, 'Other', true);
	RETURN made;
END;
$$;
COMMENT ON FUNCTION salesopp.create_organization(text) IS
	'Makes an organization with the standard sales process and the predefined loss reasons; returns its id';
