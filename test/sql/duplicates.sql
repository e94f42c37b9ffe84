-- Issue 15 item 11, F11.4 Which companies, contacts and opportunities may be the same
-- Also on several servers.
\set SHOW_CONTEXT never
INSERT INTO salesopp.organization (id, name) VALUES (7701511, 'Duplicates'), (7701512, 'Duplicates elsewhere');
CREATE ROLE regress_duplicates_reader LOGIN;
CREATE ROLE regress_duplicates_manager LOGIN;
SELECT salesopp.grant_access('regress_duplicates_reader', 'reader'), salesopp.grant_access('regress_duplicates_manager', 'manager');

-- Plain names: of companies without their legal form, of others with it
SELECT replace(name, U&'\200B', '_') AS name, salesopp.plain_name(name, true) AS company, salesopp.plain_name(name, false) AS other FROM unnest(ARRAY[
	'Fjord Bygg AS', 'FJORD-BYGG A/S', 'Fjord Bygg, Inc.', '«Fjord – Bygg» ASA', U&'Fjord\00A0Byg\200Bg', 'AS Fjord Bygg',
	'Müller GmbH & Co. KG', 'Mueller', 'MULLER S.p.A.', 'Håland AB', 'Haaland Oy', 'Søster & Bror', 'Søster og Bror', 'Soester und Bror Ltd',
	'AT&T', 'AT & T', 'A.T.&T.', 'A T T', 'Nord Sp. z o.o.', 'O''Brien (UK) Limited', 'AS', 'Co & Co', 'Og', '???', '3M', 'ΑΒΓ Α.Ε.', '株式会社 日本']) name;
SELECT salesopp.plain_name(NULL, true) IS NULL AND salesopp.plain_name('a', NULL) IS NULL AS strict;

-- Alike is what pg_trgm's similarity() says: all pairs of names made up, in scopes, compared one with one
CREATE TABLE test.names AS
SELECT n AS id, n % 3 AS scope, concat_ws(' ', (ARRAY['fjord', 'fjor', 'berg', 'bergen', 'østre', 'vestre', 'nord', '日本', 'norden', 'sør'])[1 + n * 7 % 10],
	(ARRAY['bygg', 'byggeri', 'elektro', 'elektrisk', 'invest', 'b', '', 'bygger'])[1 + n * 5 % 8],
	(ARRAY['oslo', '', 'oslo øst', 'bergen', '', 'og sønn'])[1 + n / 7 % 6], CASE WHEN n % 11 = 0 THEN n % 2 END) AS name
FROM generate_series(1, 400) n;
SELECT at_least, count(*) AS pairs, count(*) FILTER (WHERE is_same) AS same, bool_and(is_found IS TRUE) AS as_pg_trgm
FROM unnest('{0.3,0.45,0.6,0.75,0.999,1}'::real[]) at_least, LATERAL (
	SELECT true, replace(a.name, ' ', '') = replace(b.name, ' ', ''), l.likeness = CASE WHEN replace(a.name, ' ', '') = replace(b.name, ' ', '')
		THEN 1 ELSE similarity(a.name, b.name) END AND l.id < l.other_id
	FROM salesopp.like_names(ARRAY(SELECT id FROM test.names ORDER BY id), ARRAY(SELECT scope FROM test.names ORDER BY id),
		ARRAY(SELECT name FROM test.names ORDER BY id), at_least) l
	FULL JOIN (test.names a JOIN test.names b ON b.scope = a.scope AND b.id > a.id
		-- of those that are the same, each with the first, and no other is compared
		AND CASE WHEN replace(a.name, ' ', '') = replace(b.name, ' ', '')
			THEN NOT EXISTS (SELECT FROM test.names f WHERE f.scope = a.scope AND f.id < a.id AND replace(f.name, ' ', '') = replace(a.name, ' ', ''))
			ELSE similarity(a.name, b.name) >= at_least
				AND (a.name !~ '\d' OR b.name !~ '\d' OR regexp_replace(a.name, '\D', '', 'g') = regexp_replace(b.name, '\D', '', 'g'))
				AND NOT EXISTS (SELECT FROM test.names f WHERE f.scope = a.scope AND f.id < a.id AND replace(f.name, ' ', '') = replace(a.name, ' ', ''))
				AND NOT EXISTS (SELECT FROM test.names f WHERE f.scope = b.scope AND f.id < b.id AND replace(f.name, ' ', '') = replace(b.name, ' ', '')) END)
		ON l.id = a.id AND l.other_id = b.id) found (exists, is_same, is_found)
GROUP BY at_least ORDER BY at_least;
SELECT bool_and(salesopp.name_likeness(a.name, b.name) = similarity(a.name, b.name)) AS as_pg_trgm FROM test.names a, test.names b;
SELECT count(*) AS none FROM salesopp.like_names('{}', '{}', '{}', 0.6);
SELECT outcome, arguments FROM unnest('{"''{1}'', ''{1,2}'', ''{a}'', 0.6", "''{1}'', ''{1}'', ''{a,b}'', 0.6", "''{1,NULL}'', ''{1,1}'', ''{a,b}'', 0.6",
	"''{1,2}'', ''{1,1}'', ''{a,NULL}'', 0.6", "''{1}'', ''{1}'', ''{a}'', 0.29", "''{1}'', ''{1}'', ''{a}'', 1.01", "''{1}'', ''{1}'', ''{a}'', ''NaN''",
	"''{2,1}'', ''{1,1}'', ''{\" \",\"\"}'', 0.6", "''{{1},{2}}'', ''{1,1}'', ''{a,a}'', 1", "NULL, ''{1}'', ''{a}'', 0.6"}'::text[]) arguments,
	test.outcome(format('SELECT * FROM salesopp.like_names(%s)', arguments));

-- Companies. A larger organization, of which the planner knows nothing either, has the same ones, and many more
SET salesopp.organization_id = 7701512;
INSERT INTO salesopp.company (name, email, phone) SELECT 'Fjord Bygg ' || n, 'post@fjordbygg.no', '22 33 44 55' FROM generate_series(1, 300) n;
INSERT INTO salesopp.company (name, email, phone) VALUES ('Fjord Bygg AS', 'post@fjordbygg.no', '22 33 44 55');
SET salesopp.organization_id = 7701511;
INSERT INTO salesopp.company (id, name, email, phone) VALUES
	(770151101, 'Fjord Bygg AS', 'post@fjordbygg.no', NULL), (770151102, 'FJORD-BYGG ASA', NULL, '+47 22 33 44 55'), (770151103, 'Fjordbygg', NULL, NULL),
	(770151104, 'Fjord Byggeri', NULL, NULL), (770151105, 'Havneset Hotell', 'Post <POST@Fjordbygg.no>', NULL), (770151106, 'Nordic Data', 'salg@nordicdata.se', '0047 22334455'),
	(770151107, 'Nordisk Regnskap', 'support@nordicdata.se', NULL), (770151108, 'Anna Larsen', 'anna@gmail.com', '+44 (0)20 7946 0958'),
	(770151109, 'Tore Vik', 'tore@gmail.com', '020 7946 0958 ext. 12'), (770151110, 'Kari Moe', 'kari@hotmail.co.uk', '00000000'), (770151111, 'Per Dal', 'per@Hotmail.co.uk', '00000000'),
	(770151112, 'Bakeri 1', NULL, '(555) 321-4422'), (770151113, 'Bakeri 2', 'ukjent', '+1 555 321 4422 / 555 999 0000'), (770151114, 'Bakeri', NULL, '1-555-321-4422'),
	(770151115, '???', NULL, '113'), (770151116, '!!!', NULL, '113'), (770151117, 'Müller GmbH & Co. KG', NULL, 'Tel.: 030 / 1234'), (770151118, 'Mueller', NULL, '555 999 0000'),
	(770151119, 'AT&T', NULL, NULL), (770151120, 'A.T.&T. Inc', NULL, NULL), (770151121, 'Soda Capital', NULL, '12345678'), (770151122, 'ACY Capital', NULL, '12345678');
-- eleven share a switchboard and their provider's domain
INSERT INTO salesopp.company (id, name, email, phone)
SELECT 770151150 + n, (ARRAY['Alfa', 'Gamma', 'Delta', 'Epsilon', 'Zeta', 'Theta', 'Jota', 'Kappa', 'Lambda', 'Omikron', 'Sigma'])[n], n || '@provider.example', '99887766'
FROM generate_series(1, 11) n;
SET ROLE regress_duplicates_reader;
SELECT id, name, other_id, other_name, round(likeness::numeric, 2) AS likeness, reasons FROM salesopp.find_duplicates('company');
SELECT id, other_id, round(likeness::numeric, 2) AS likeness FROM salesopp.find_duplicates('company', 0.45) WHERE reasons = '{name}' AND likeness < 0.6;
SELECT count(*) FROM salesopp.find_duplicates('company', 1) WHERE 'name' = ANY (reasons) AND likeness < 1;
RESET ROLE;
-- without one of the eleven, what they share is theirs again
DELETE FROM salesopp.company WHERE id = 770151161;
SELECT reasons, count(*) FROM salesopp.find_duplicates('company') WHERE id > 770151150 GROUP BY 1;

-- Contacts: names count among those of one company, e-mail and phones among all
INSERT INTO salesopp.contact (id, company_id, first_name, last_name, email, mobile, direct_phone) VALUES
	(770151101, 770151101, 'Robert', 'Smith', 'rs@fjordbygg.no', NULL, '22334455'), (770151102, 770151101, NULL, 'SMITH, ROBERT', NULL, '+47 900 11 222', NULL),
	(770151103, 770151101, 'Roberta', 'Smith', NULL, NULL, NULL), (770151104, 770151102, 'Robert', 'Smith', NULL, NULL, '90011222'),
	(770151105, 770151102, 'Bob', 'Smith', 'RS@fjordbygg.no', NULL, NULL), (770151106, 770151103, 'Robert', 'Smith', 'robert.smith@fjordbygg.no', '900 11 222', '900 11 222'),
	(770151107, 770151103, NULL, 'Åse', NULL, NULL, NULL), (770151108, 770151103, NULL, 'Aase', NULL, '', ' ');
SET ROLE regress_duplicates_reader;
SELECT id, name, other_id, other_name, round(likeness::numeric, 2) AS likeness, reasons FROM salesopp.find_duplicates('contact');
RESET ROLE;

-- Opportunities: open ones of one company, or of none
INSERT INTO salesopp.opportunity (id, company_id, subject) VALUES
	(770151101, 770151101, 'Heat pump'), (770151102, 770151101, 'heat-pump'), (770151103, 770151102, 'Heat pump'), (770151104, NULL, 'Heat pump'),
	(770151105, NULL, 'Heat  pumps'), (770151106, 770151101, 'Heat pump 2'), (770151107, 770151101, 'Heat pump 3'), (770151108, 770151101, 'Heat pump'), (770151109, 770151101, 'Heat pump');
SELECT status FROM salesopp.close_won(770151108);
SELECT outcome FROM salesopp.delete_opportunities('{770151109}');
SET ROLE regress_duplicates_reader;
SELECT id, name, other_id, other_name, round(likeness::numeric, 2) AS likeness, reasons FROM salesopp.find_duplicates('opportunity', 0.8);
SELECT outcome, arguments FROM unnest('{"''deal''", "NULL", "''company'', NULL", "''company'', 0.2", "''company'', 2", "''company'', ''NaN''"}'::text[]) arguments,
	test.outcome(format('SELECT * FROM salesopp.find_duplicates(%s)', arguments));
RESET ROLE;

-- From the pair to the merge
SET ROLE regress_duplicates_manager;
SELECT relation, moved_rows FROM salesopp.find_duplicates('company') d, salesopp.merge_companies(d.id, ARRAY[d.other_id])
WHERE d.reasons = '{name}' AND d.id = 770151101 AND d.other_id = 770151102 ORDER BY relation;
SELECT id, other_id, round(likeness::numeric, 2) AS likeness, reasons FROM salesopp.find_duplicates('company') WHERE 770151101 IN (id, other_id);
RESET ROLE;
-- no organization, no rows; and none that are there once
SET salesopp.organization_id = '';
SELECT count(*) FROM unnest('{company,contact,opportunity}'::text[]) kind, salesopp.find_duplicates(kind);

RESET salesopp.organization_id;
DROP TABLE test.names;
DROP OWNED BY regress_duplicates_reader, regress_duplicates_manager;
DROP ROLE regress_duplicates_reader, regress_duplicates_manager;
