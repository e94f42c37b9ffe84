-- Issue 15 item 1, N11 A table for a CSV file, by its header
-- Also on several servers.
\set SHOW_CONTEXT never
CREATE FUNCTION test.headings(header text) RETURNS text[] LANGUAGE plpgsql SET client_min_messages = warning AS $$
DECLARE
	staging regclass := salesopp.make_staging('headings', header);
	names text[];
BEGIN
	names := ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = staging AND attnum > 0 ORDER BY attnum);
	EXECUTE format('DROP TABLE %s', staging);
	RETURN names;
END $$;

-- Delimiters, quotes, ends of lines, marks, entities and blanks; what is not seen is shown as _
SELECT translate(header, U&'\FEFF\200B', '__') AS header, test.headings(header) FROM unnest(ARRAY[
	'Name', 'Name,Amount', 'Name;Amount', E'Name\tAmount', 'Name|Amount', 'Name, first;Amount, NOK;Date', '"Name; first","Amount; NOK"',
	U&'\FEFFName;Amount', U&'\FEFF"Name";"Amount"', E'Name;Amount\r', E'Name;Amount\r\nAcme;5;6;7\r\n', E'Name;Amount\rAcme;5', E'Name;Amount\n',
	'"Name ""short""";Amount', E'"Amount\r\n(NOK)";" Name  \t of  it "', 'Na"me;A"mount;B', '"Name"; "Amount"', U&'Name\00A0;Re\200Bgion',
	'R&amp;D,K&oslash;penhavn,&nbsp;&lt;', U&'Cafe\0301', '"a,b"', 'a;b;c,d,e,f']) header;
-- What Excel is told
SELECT header, test.headings(header) FROM unnest(ARRAY[
	E'sep=;\r\nName;A,mount,x', E'SEP=,\nName,Amount;x;y', E'"sep=;"\nName;Amount', E'sep=\t\nName\tAmount', E'sep=^\nName^Amount', 'sep=;,Name', 'sep=x', 'sep=']) header;
-- Headings that are there twice, lack, are too long, or are PostgreSQL's own names
SELECT header, test.headings(header) FROM unnest(ARRAY[
	'Name,Name', 'Name,Name,Name', 'Name,Name,Name 2', 'Name 2,Name,Name', 'Name,name,NAME', ' Name ,"Name"', 'a,,b,', 'a,,column 2', ',column 1', 'xmin,ctid,xmin,xmin 2',
	'select;"drop table x; --";x" y"z;a''b;a\b;$$', 'Ø,ø,日本']) header;
SELECT header, test.headings(header) <> '{}' AS made, (SELECT array_agg(octet_length(name)) FROM unnest(test.headings(header)) name),
	(SELECT array_agg(right(name, 5)) FROM unnest(test.headings(header)) name)
FROM (SELECT string_agg(heading, ',') AS header FROM unnest(ARRAY[repeat('x', 63), repeat('x', 64), repeat('x', 70), repeat('å', 40), repeat('å', 41), repeat('x ', 40),
	repeat('x', 61) || ' 2']) heading) h;
-- 1,600 columns are what a table can have
SELECT cardinality(names), names[1], names[1600] FROM test.headings(repeat('Name;', 1599) || 'Name') names;
SELECT test.outcome(format('SELECT test.headings(%L)', header)) FROM unnest(ARRAY[repeat('Name;', 1600), repeat(',', 1000000), '', ' ', E'\n', E'\nName', ';;', E'sep=;\n', 'sep=;',
	U&'\FEFF', '"Name', 'Name,"Amount,NOK', E'"Name"",\nAmount', '""""']) header;

-- It is temporary, unless its name has a schema; it is the caller's, and nobody else's
CREATE ROLE regress_staging_reader LOGIN;
CREATE ROLE regress_staging_seller LOGIN;
SELECT salesopp.grant_access('regress_staging_reader', 'reader'), salesopp.grant_access('regress_staging_seller', 'seller');
CREATE SCHEMA staging AUTHORIZATION regress_staging_seller;
SET ROLE regress_staging_seller;
SELECT salesopp.make_staging('deals', 'Name,Amount') AS plain, salesopp.make_staging('"My deals"', 'Name,Amount') AS quoted,
	salesopp.make_staging('staging.deals', 'Name,Amount') AS elsewhere, salesopp.make_staging('Staging."A.b"', 'Name,Amount') AS odd;
SELECT relname, relpersistence, relnamespace = pg_my_temp_schema() AS is_temporary, relowner::regrole, relacl,
	(SELECT array_agg(DISTINCT format_type(atttypid, atttypmod)) FROM pg_attribute a WHERE attrelid = c.oid AND attnum > 0)
FROM pg_class c WHERE relowner = 'regress_staging_seller'::regrole AND relkind = 'r' ORDER BY relname, relpersistence;
COPY deals FROM stdin WITH (FORMAT csv, HEADER);
Name,Amount
Acme,"1 000,50"
\.
SELECT * FROM deals;

-- How to read what is not delimited by commas is said
SELECT salesopp.make_staging('semicolons', 'Name;Amount');
SELECT salesopp.make_staging('staging.tabs', E'Name\tAmount');

-- What is there is neither replaced nor hidden, whatever it is
SET search_path = staging, public;
SELECT arguments, test.outcome(format('SELECT salesopp.make_staging(%s)', arguments)) FROM unnest(ARRAY[
	'''deals'', ''a''', '''staging.deals'', ''a''', '''tabs'', ''a''', '''pg_class'', ''a''', '''pg_temp.deals'', ''a''', '''salesopp.opportunity'', ''a''',
	-- where there is nothing, or nobody may make anything
	'''nowhere.deals'', ''a''', '''salesopp.deals'', ''a''', '''pg_catalog.deals'', ''a''', '''elsewhere.staging.deals'', ''a''',
	-- no name
	''''', ''a''', ''' '', ''a''', '''my deals'', ''a''', '''a.b.c.d'', ''a''', '''deals;drop'', NULL', 'NULL, ''a''', '''"a'', ''a''']) arguments;
RESET search_path;
SELECT salesopp.make_staging('deals', 'a');
SELECT salesopp.make_staging('more', '"a');
SELECT salesopp.make_staging('more', 'sep=;');
SELECT salesopp.make_staging('more', repeat(',', 2000));
SELECT salesopp.make_staging('more', NULL);
SET ROLE regress_staging_reader;
SELECT salesopp.make_staging('more', 'a');
RESET ROLE;

-- Neither a name nor a heading is ever SQL; nothing is left behind by a failure
SELECT test.outcome($$SELECT salesopp.make_staging('x(y int); DROP SCHEMA staging CASCADE; --', 'a')$$);
SELECT salesopp.make_staging('x"y', 'a') AS odd;
SET ROLE regress_staging_seller;
DROP TABLE deals;
SELECT salesopp.make_staging('deals', 'x int, y') AS again;
RESET ROLE;
SET default_transaction_read_only = on;
SELECT test.outcome($$SELECT salesopp.make_staging('read_only', 'a')$$) AS read_only;
RESET default_transaction_read_only;

SET client_min_messages = warning;
DROP SCHEMA staging CASCADE;
RESET client_min_messages;
DROP TABLE "x""y";
DROP OWNED BY regress_staging_seller, regress_staging_reader;
DROP ROLE regress_staging_seller, regress_staging_reader;
DROP FUNCTION test.headings;
