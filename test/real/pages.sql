-- F9: reads a whole search in pages of 500, each asked for with the last id of the one before, and prints
-- page|CRM id in the order in which they came. Wants the variables criteria and sort.
\set ON_ERROR_STOP on
CREATE FUNCTION pg_temp.pages(criteria jsonb, sort text)
RETURNS TABLE (page integer, place bigint, id bigint)
LANGUAGE plpgsql AS $$
DECLARE
	last bigint;
BEGIN
	page := 0;
	LOOP
		page := page + 1;
		FOR place, id IN
			SELECT s.ordinality, s.id
			FROM salesopp.search(criteria, sort, 500, last) WITH ORDINALITY s
			ORDER BY s.ordinality
		LOOP
			last := id;
			RETURN NEXT;
		END LOOP;
		-- One that skips nothing ends; one that goes round in circles must end as well.
		EXIT WHEN NOT FOUND OR page > 100;
	END LOOP;
END $$;

SELECT p.page, o.custom ->> 'CRM id'
FROM pg_temp.pages(:'criteria', :'sort') p
JOIN salesopp.opportunity o ON o.organization_id = salesopp.current_organization() AND o.id = p.id
ORDER BY p.page, p.place;
