-- F8.3: tries to change every opportunity by several routes, for real, and takes it all back at the end.
-- Prints route|status|tried|changed|refused, where refused means: SQLSTATE 55000, and the message
-- names the opportunity. Any other error ends it.
\set ON_ERROR_STOP on
SELECT set_config('salesopp.organization_id', :'organization', false) \gset
BEGIN;

CREATE FUNCTION pg_temp.try_all()
RETURNS TABLE (route text, status text, tried bigint, changed bigint, refused bigint)
LANGUAGE plpgsql AS $$
DECLARE
	o record;
	attempt record;
	rows_changed bigint;
	message text;
BEGIN
	CREATE TEMP TABLE outcome (route text, status text, changed boolean, refused boolean) ON COMMIT DROP;
	FOR attempt IN
		SELECT * FROM (VALUES
			('field', 'UPDATE salesopp.opportunity SET subject = subject || ''!'' WHERE id = $1'),
			('stage', 'UPDATE salesopp.stage SET name = name || ''!'' WHERE opportunity_id = $1 AND position = 2'),
			('competitor', 'INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) VALUES ($1, ''A rival'')'),
			('quote', 'INSERT INTO salesopp.quote (opportunity_id, number, amount) VALUES ($1, $1, 1)'))
			routes (route, statement)
	LOOP
		FOR o IN SELECT l.id, l.status FROM salesopp.opportunity l
			WHERE l.organization_id = salesopp.current_organization() ORDER BY l.id
		LOOP
			BEGIN
				EXECUTE attempt.statement USING o.id;
				GET DIAGNOSTICS rows_changed = ROW_COUNT;
				INSERT INTO outcome VALUES (attempt.route, o.status, rows_changed = 1, false);
			EXCEPTION WHEN object_not_in_prerequisite_state THEN
				GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
				INSERT INTO outcome VALUES (attempt.route, o.status, false,
					message = format('opportunity %s is closed (%s)', o.id, o.status));
			END;
		END LOOP;
	END LOOP;
	RETURN QUERY SELECT r.route, r.status, count(*), count(*) FILTER (WHERE r.changed),
		count(*) FILTER (WHERE r.refused)
	FROM outcome r GROUP BY 1, 2 ORDER BY 1, 2;
END $$;

SELECT * FROM pg_temp.try_all();
ROLLBACK;
