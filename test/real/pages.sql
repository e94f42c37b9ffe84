-- F9: reads a whole search page by page, each asked for with the last id of the one before, and prints
-- page|external id in the order in which they came. Wants the variables criteria, sort and rows (of a page).
\set ON_ERROR_STOP on
CREATE FUNCTION pg_temp.pages(criteria jsonb, sort text, rows integer)
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
			FROM salesopp.search(criteria, sort, rows, last) WITH ORDINALITY s
			ORDER BY s.ordinality
		LOOP
			last := id;
			RETURN NEXT;
		END LOOP;
		-- One that skips nothing ends; one that goes round in circles must end as well.
		EXIT WHEN NOT FOUND OR page * rows > 20000;
	END LOOP;
END $$;

SELECT p.page, o.external_id
FROM pg_temp.pages(:'criteria', :'sort', :rows) p
JOIN salesopp.opportunity o ON o.organization_id = salesopp.current_organization() AND o.id = p.id
ORDER BY p.page, p.place;
