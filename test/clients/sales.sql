-- Two organizations of which one is asked, by a role that only reads. psql variables: role.
SET client_min_messages = warning;
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Fjord AS'), salesopp.create_organization('Fjell AS');

CREATE FUNCTION pg_temp.fill(organization bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	process bigint := (SELECT id FROM salesopp.sales_process WHERE organization_id = organization);
	reason bigint := (SELECT min(id) FROM salesopp.loss_reason WHERE organization_id = organization);
	deals bigint[];
BEGIN
	PERFORM set_config('salesopp.organization_id', organization::text, true);
	INSERT INTO salesopp.department (name) VALUES ('Sales'), ('Service');
	INSERT INTO salesopp.sales_region (name) VALUES ('North'), ('South');
	INSERT INTO salesopp.employee (initials, name) VALUES ('KH', 'Kåre Hansen'), ('BØ', 'Bjørg Ødegård');
	INSERT INTO salesopp.company (name) VALUES ('Havneset'), ('Blåbær & Sønner');
	INSERT INTO salesopp.contact (company_id, last_name) SELECT id, 'Li' FROM salesopp.company WHERE organization_id = organization;
	WITH made AS (
		INSERT INTO salesopp.opportunity (subject, estimated_revenue, company_id, responsible_id, department_id, sales_region_id, sales_process_id, decision_date, priority)
		SELECT format('Deal %s of %s', n, organization), organization * 1000 * n + 0.25, c.id, e.id, d.id, r.id, process,
			CASE WHEN n % 7 > 0 THEN date '2026-01-31' + 15 * n END, CASE n % 3 WHEN 0 THEN 'high' ELSE 'normal' END::salesopp.priority
		FROM generate_series(1, 20) n
		JOIN salesopp.company c ON c.organization_id = organization AND c.name = CASE n % 2 WHEN 0 THEN 'Havneset' ELSE 'Blåbær & Sønner' END
		LEFT JOIN salesopp.employee e ON e.organization_id = organization AND e.initials = CASE n % 3 WHEN 0 THEN 'KH' WHEN 1 THEN 'BØ' END
		LEFT JOIN salesopp.department d ON d.organization_id = organization AND d.name = CASE n % 2 WHEN 0 THEN 'Sales' ELSE 'Service' END
		LEFT JOIN salesopp.sales_region r ON r.organization_id = organization AND r.name = CASE n % 4 WHEN 0 THEN 'North' WHEN 1 THEN 'South' END
		ORDER BY n
		RETURNING id)
	SELECT array_agg(id ORDER BY id) INTO deals FROM made;
	UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id = ANY (deals) AND position <= opportunity_id % 4;
	PERFORM salesopp.create_quote(id) FROM unnest(deals[1:4]) id;
	PERFORM salesopp.create_order(id) FROM unnest(deals[1:2]) id;
	INSERT INTO salesopp.activity (kind, subject, opportunity_id) SELECT 'call', 'Called', id FROM unnest(deals[1:5]) id;
	INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) SELECT id, 'Rival' FROM unnest(deals[1:10]) id;
	PERFORM salesopp.close_won(id, close_date => date '2026-03-01' + (id % 60)::int) FROM unnest(deals[1:5]) id;
	PERFORM salesopp.close_lost(id, reason, (SELECT c.id FROM salesopp.opportunity_competitor c WHERE c.opportunity_id = o.id),
		close_date => date '2026-03-01' + (o.id % 60)::int) FROM unnest(deals[6:9]) o (id);
	PERFORM salesopp.delete_opportunities(deals[20:20]);
END;
$$;
SELECT pg_temp.fill(1), pg_temp.fill(2);

CREATE ROLE :role LOGIN;
SELECT salesopp.grant_access(:'role', 'reader');
SELECT format('ALTER ROLE %I IN DATABASE %I SET salesopp.organization_id = %L', :'role', current_database(), 1) \gexec
