-- What the tests that follow look at statements with.
CREATE SCHEMA test;
GRANT USAGE ON SCHEMA test TO PUBLIC;

-- The constraint that a message is about: on several servers errors come without its name.
CREATE FUNCTION test.constraint_of(message text) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.conname
	FROM pg_constraint c,
		regexp_match(message, '^([a-z ]+?)(?: \d+| of ).*: (\w+) is \d+, (?:and there is no such row|which has another)') part
	WHERE c.connamespace = 'salesopp'::regnamespace AND (message ~ concat('which breaks ', c.conname, '$')
		OR message ~ concat('constraint "', c.conname, '_\d+"')
		OR c.conname ~ format('^%s_organization_id_(?:\w+_)?%s_fkey$', replace(part[1], ' ', '_'), part[2]));
END;

-- How a statement ended: the rows that it touched, or the SQLSTATE with the constraint that it
-- broke or else the message.
CREATE FUNCTION test.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	touched bigint;
	message text;
	broken text;
BEGIN
	EXECUTE statement;
	GET DIAGNOSTICS touched = ROW_COUNT;
	RETURN touched || CASE touched WHEN 1 THEN ' row' ELSE ' rows' END;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, broken = CONSTRAINT_NAME;
	-- the id of a row that lacks a value may have been made for it
	IF SQLSTATE = '23502' THEN
		message := regexp_replace(message, '^([a-z ]+) \d+', '\1 N');
	END IF;
	RETURN concat_ws(' ', SQLSTATE, COALESCE(NULLIF(broken, ''), test.constraint_of(message), message));
END;
$$;

-- All search criteria that there are, as the hint about an unknown one names them.
CREATE FUNCTION test.criteria_keys() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	PERFORM salesopp.summary('{"": 1}');
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN QUERY SELECT unnest(string_to_array(substring(hint FROM '^The criteria are (.*)\.$'), ', '));
END;
$$;

-- How many steps of that kind the plan of a query has.
CREATE FUNCTION test.plan_steps(query text, step text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	line text;
	steps bigint := 0;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		steps := steps + (line LIKE '%' || step || '%')::int;
	END LOOP;
	RETURN steps;
END;
$$;
