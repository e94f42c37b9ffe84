-- Two organizations with the same names in them, and roles that have nothing but what grant_access gives.
SET client_min_messages = warning;
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Fjord AS'), salesopp.create_organization('Fjell AS');

CREATE FUNCTION pg_temp.fill(organization bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	customer bigint;
	seller bigint;
	process bigint;
BEGIN
	PERFORM set_config('salesopp.organization_id', organization::text, true);
	INSERT INTO salesopp.employee (initials, name) VALUES ('KH', 'Kari ' || organization) RETURNING id INTO seller;
	INSERT INTO salesopp.company (name) VALUES ('Havneset ' || organization) RETURNING id INTO customer;
	INSERT INTO salesopp.competitor (name) VALUES ('Rival');
	INSERT INTO salesopp.quota (employee_id, period, amount) VALUES (seller, '[2026-01-01,2027-01-01)', 1000000);
	process := (SELECT id FROM salesopp.sales_process WHERE organization_id = organization);
	INSERT INTO salesopp.opportunity (subject, estimated_revenue, responsible_id, company_id, sales_process_id, decision_date)
	SELECT format('Heat pump %s of %s', n, organization), 100000 * n + 0.25, seller, customer, process, '2026-10-01'::date + n
	FROM generate_series(1, 5) n;
	UPDATE salesopp.stage SET status = 'completed' WHERE organization_id = organization AND position = 1;
	INSERT INTO salesopp.activity (kind, subject, company_id, occurred_at) VALUES ('call', 'Called', customer, '2026-09-01');
END;
$$;
SELECT pg_temp.fill(1), pg_temp.fill(2);

DO $$
DECLARE
	level text;
BEGIN
	FOREACH level IN ARRAY ARRAY['reader', 'seller', 'manager'] LOOP
		EXECUTE format('CREATE ROLE client_graphql_%s LOGIN', level);
		PERFORM salesopp.grant_access(format('client_graphql_%s', level)::regrole, level);
		EXECUTE format('GRANT SET ON PARAMETER salesopp.organization_id, salesopp.employee_id TO client_graphql_%s', level);
	END LOOP;
END $$;
