CREATE OR REPLACE FUNCTION salesopp.status_flag(status salesopp.opportunity_status) RETURNS salesopp.color
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
	WHEN status = 'open' THEN salesopp.color 'yellow'
	WHEN status = 'won' THEN salesopp.color 'green'
	ELSE salesopp.color 'red' END;
COMMENT ON FUNCTION salesopp.status_flag(salesopp.opportunity_status) IS
	'Colour of the status flag: yellow open, green won, red lost';

CREATE OR REPLACE FUNCTION salesopp.decision_color(status salesopp.opportunity_status, decision_date date,
	today date DEFAULT CURRENT_DATE) RETURNS salesopp.color
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN status IS NULL OR today IS NULL THEN NULL
	WHEN status <> 'open' OR decision_date IS NULL THEN salesopp.color 'black'
	WHEN decision_date < today THEN salesopp.color 'red'
	WHEN decision_date = today THEN salesopp.color 'green'
	WHEN isfinite(decision_date) AND isfinite(today) AND decision_date - today <= 7 THEN salesopp.color 'blue'
	ELSE salesopp.color 'black' END;
COMMENT ON FUNCTION salesopp.decision_color(salesopp.opportunity_status, date, date) IS
	'Colour of the decision date: red open and passed, green open and today, blue open and within the next 7 days, black everything else';
