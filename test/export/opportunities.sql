-- Opportunities that a file has to hold: every column with and without a value, every status, decision
-- dates in every colour, and texts, dates and numbers that formats disagree about.
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Acme & "Sønner"');
INSERT INTO salesopp.department (id, name) VALUES (1, 'Sales, north');
INSERT INTO salesopp.sales_region (id, name) VALUES (1, 'Øst "1"');
INSERT INTO salesopp.employee (id, initials, name) VALUES (1, 'AA', 'Anna'), (2, '=BB', 'Bo');
INSERT INTO salesopp.company (id, name) VALUES (1, 'Blåbær AS');
INSERT INTO salesopp.project (id, company_id, name) VALUES (1, 1, '+47 22 33 44 55');
INSERT INTO salesopp.sales_process (id, name) VALUES (9, 'Process');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES (9, 1, 'First', 33.33), (9, 2, 'Last', 100);

-- 1 everything, 2 nothing, 3 to 6 decision dates, 7 won, 8 lost
INSERT INTO salesopp.opportunity (id, subject, sales_process_id, company_id, project_id, priority, rating, estimated_revenue, decision_date,
	responsible_id, sales_region_id, department_id, created_at, created_by, changed_at, changed_by) VALUES
	(1, 'Everything', 9, 1, 1, 'high', 4, 1234567.89, CURRENT_DATE + 3, 2, 1, 1, '2024-01-01', 1, '2024-02-29 12:34:56.789012+00', 2);
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, decision_date, created_at, changed_at) VALUES
	(2, 'Nothing', NULL, NULL, '2024-01-01', '2024-03-01'),
	(3, 'Passed', 0.01, CURRENT_DATE - 1, '2024-01-01', '2024-03-02'), (4, 'Today', 0, CURRENT_DATE, '2024-01-01', '2024-03-03'),
	(5, 'Within a week', 99.99, CURRENT_DATE + 7, '2024-01-01', '2024-03-04'), (6, 'Later', 100.10, CURRENT_DATE + 8, '2024-01-01', '2024-03-05 12:34:56.789012+00');
INSERT INTO salesopp.opportunity (id, subject, status, estimated_revenue, actual_revenue, close_date, decision_date, created_at, changed_at) VALUES
	(7, 'Won', 'won', 500, 450.50, '2024-02-29', '2024-02-28', '2024-01-01', '2024-03-06'),
	(8, 'Lost', 'lost', 700, NULL, '2024-03-01', CURRENT_DATE, '2024-01-01', '2024-03-07');
SELECT salesopp.set_stage_status(1, 1, 'completed');
SELECT salesopp.create_quote(1, 10), salesopp.create_quote(1, 20.5), salesopp.create_order(1, 30), salesopp.create_order(1, 40.25);

-- 100 ... dates and times that not everybody knows
INSERT INTO salesopp.opportunity (id, subject, decision_date, created_at, changed_at)
SELECT 99 + n, 'Day ' || n, day::date, '2024-01-01', at::timestamptz
FROM unnest('{4713-01-01 BC, 0044-03-15 BC, 0001-01-01, 0999-12-31, 1899-12-31, 1900-01-01, 1900-02-28, 1900-03-01, 1970-01-01, 9999-12-31, 10000-01-01, 5874897-12-31}'::text[],
	'{4713-01-01 00:00:00+00 BC, 0044-03-15 12:00:00+00 BC, 0001-01-01 00:00:00+00, 1850-06-01 00:00:00+00, 1899-12-31 23:59:59+00, 1900-01-01 00:00:00+00, 1900-02-28 12:00:00+00, 1900-03-02 00:00:00+00, infinity, 9999-12-31 00:00:00.000001+00, 10000-01-02 00:00:00+00, 294276-12-31 23:59:59.999999+00}'::text[])
	WITH ORDINALITY d (day, at, n);

-- 200 ... numbers at the edges of what doubles hold
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, progress_method, progress, created_at, changed_at)
SELECT 199 + n, 'Amount ' || n, amount, 'manual', progress, '2024-01-01', '2024-03-08'
FROM unnest('{0.00, 0.10, 1234567890123.45, 9999999999999.99, 10000000000000.00, 12345678901234.50, 12345678901234.56, 9007199254740993.00, 9999999999999999.99}'::numeric[],
	'{0, 0.01, 1, 33.33, 50, 66.67, 99.99, 100, 100}'::numeric[]) WITH ORDINALITY a (amount, progress, n);

-- ids beyond what doubles hold; these and the texts that follow as a dump may bring them
SET row_security = off;
INSERT INTO salesopp.opportunity (id, subject, created_at, changed_at)
SELECT id, 'Id', '2024-01-01', '2024-03-09' FROM unnest('{999999999999999, 1000000000000000, 9007199254740993, 9223372036854775807}'::bigint[]) id;

-- 1000 ... texts, as subject, customer and project
CREATE TABLE odd (n bigint PRIMARY KEY, value text NOT NULL);
INSERT INTO odd SELECT 999 + n, value FROM unnest(ARRAY[
	-- what spreadsheets run, and what is one apostrophe away from it
	'=1+2', '+1', '-1', '@SUM(A1)', E'\tx', E'\rx', '=', '-', '=cmd|'' /C calc''!A0', '=HYPERLINK("http://a.example","x")', '="a,b"', E'=1\r\n+2',
	'''', '''''', '''x', '''=1', '''''=1', '''''''-1', E'''\tx', E'''\rx', '''"=1', 'x=1', ' =1', E'\n=1', '"=1"', ',=1', ';=1', '''' || ' =1',
	-- what CSV has to quote
	'\.', E'\\.\n', '\.x', '\N', 'NULL', 'null', '"', '""', '"x', 'x"', 'a"b', 'a""b', 'a,b', ',', 'a;b', E'a\tb', E'a\nb', E'a\rb', E'a\r\nb', E'x\n', E'x\r', E'\n\n"x"',
	' x', 'x ', '  x  ', E'x\t', '#x', E'a\\', '\', 'N/A', 'TRUE', '007', '1e5', '1/2', '2024-01-01', '0x1F', '%41', '&amp;', '<b>&</b>', ']]>', '<?x?>', '<!--',
	-- escapes of the format itself
	'_x0041_', '_x005F_', '_x005f_x0041_', '__x0041__', 'a_x0041_b', '_x0041__x0042_', '_x004_', '_x04_', '_x4_', '_x_', '_x00041_', '_x000041_', '_x00G1_', '_X0041_', '_x000D_', '_xD83D_', '_xFFFF_', '_x0041',
	-- letters
	'æøåÆØÅ', 'éüßñ', 'e' || U&'\0301', '€', '日本語', 'العربية', U&'\202Eabc', U&'\200Bx', U&'\00A0x', U&'\FEFFx', U&'a\2028b', U&'a\0085b', U&'\+01F680', U&'\+01F469\200D\+01F4BB', U&'\FF1D1'
]) WITH ORDINALITY v (value, n);
-- every control character, the two that XML excludes, and both ends of every plane
INSERT INTO odd SELECT 2000 + n, 'a' || chr(n) || 'b' FROM generate_series(1, 31) n UNION ALL SELECT 2032, 'a' || chr(127) || 'b';
INSERT INTO odd SELECT 2100, U&'a\FFFEb' UNION ALL SELECT 2101, U&'a\FFFFb' UNION ALL SELECT 2102, U&'a\FDD0b';
INSERT INTO odd SELECT 2200 + plane, 'a' || chr((plane << 16) + 1) || chr((plane << 16) + 65533) || 'b' FROM generate_series(0, 16) plane;
INSERT INTO salesopp.company (id, name) SELECT n, value FROM odd;
INSERT INTO salesopp.project (id, name) SELECT n, value FROM odd;
INSERT INTO salesopp.opportunity (id, subject, company_id, project_id, created_at, changed_at) SELECT n, value, n, n, '2024-01-01', '2024-03-10' FROM odd;
RESET row_security;

-- a second organization, with numbers to add up
SELECT salesopp.create_organization('Sums');
SET salesopp.organization_id = 2;
INSERT INTO salesopp.opportunity (id, subject, status, estimated_revenue, actual_revenue, progress_method, progress, created_at, changed_at)
SELECT n, 'Sum ' || n, s, NULLIF(n % 10, 7) * 1234.57 + n, CASE WHEN s = 'won' THEN n * 99.99 END, 'manual', n % 101, '2024-01-01', '2024-01-01'::timestamptz + n * interval '1 hour'
FROM generate_series(1, 400) n, LATERAL (SELECT ('{open,open,won,lost}'::salesopp.opportunity_status[])[n % 4 + 1]) v (s);
SET salesopp.organization_id = 1;

-- one that was deleted
INSERT INTO salesopp.opportunity (id, subject) VALUES (98, 'Deleted');
SELECT salesopp.delete_opportunities('{98}');
