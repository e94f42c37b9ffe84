-- Issue 15 item 1, N11 A CSV file as other systems write it, into a table of its own: every line, and what was not as it should be
-- Also on several servers.
\set SHOW_CONTEXT never
SET client_min_messages = warning;

-- What is told of a file, and the rows that it becomes
CREATE FUNCTION test.load(file bytea, encoding text DEFAULT NULL, delimiter text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	told text[] := ARRAY(SELECT concat_ws(' ', line_number, remark) FROM salesopp.load_file('loaded', file, encoding, delimiter));
BEGIN
	RETURN QUERY SELECT unnest(told);
	RETURN QUERY EXECUTE 'SELECT r::text FROM loaded r';
	DROP TABLE loaded;
END $$;
CREATE FUNCTION test.load(file text) RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC
	SELECT * FROM test.load(convert_to(file, 'UTF8'));
END;

-- Delimiters: what gives most lines as many fields as the headings; a line that says it; an argument
SELECT * FROM test.load(E'Name,Amount\nAcme,1\n');
SELECT * FROM test.load(E'Name;Amount\nAcme;1,5\nBolt;2,5\nCog;3');
SELECT * FROM test.load(E'Name, first;Amount\nAcme;1\nBolt;2');
SELECT * FROM test.load(E'Name, first;Amount, NOK;Date\nAcme;1,5;2\nBolt;2,5;3');
SELECT * FROM test.load(E'Name\tAmount, NOK\nAcme\t1,5\nBolt, Cog\t2,5');
SELECT * FROM test.load(E'Name|Amount\nAcme|1');
SELECT * FROM test.load(E'Name\nAcme, Ltd\nBolt; Cog\n');
SELECT * FROM test.load(E'"Name, of it","Amount; of it"\nAcme,1');
SELECT * FROM test.load(E'sep=^\r\nName^Amount\r\nAcme;,^1\r\n');
SELECT * FROM test.load(E'sep=;\nName,x;Amount\nAcme;1', NULL, ',');
SELECT * FROM test.load(E'Name~Amount\nAcme~1', NULL, '~');
SELECT * FROM test.load(E'Name Amount\n"Acme Ltd" 1', NULL, ' ');

-- Headings as make_staging has them, over two lines, too
SELECT * FROM test.load(E'\n  \n\n"Na""me"\n');
SELECT r.* FROM salesopp.load_file('odd', convert_to(E'"Amount\r\n(NOK)";Amount;;Amount;ctid;x"); DROP TABLE odd; --\n1;2;3;4;5;''6', 'UTF8')) r;
SELECT attname FROM pg_attribute WHERE attrelid = 'odd'::regclass AND attnum > 0 ORDER BY attnum;
SELECT * FROM odd;
DROP TABLE odd;

-- Ends of lines: all kinds, mixed, none at the end; those in a text are part of it
SELECT * FROM test.load(E'a,b\r1,2\r3,4');
SELECT * FROM test.load(E'a,b\r\n1,2\r\n"x\ny",4\r\n');
SELECT * FROM test.load(E'a,b\n1,2\r\n3,4\n');
SELECT * FROM test.load(E'a,b\n1,2\r3,4\r\n5,6');
SELECT * FROM test.load(E'a,b\n\n1,2\n\r\n \t\n3,4\n\n');
SELECT * FROM test.load(E'a,b\r\r1,2\r3,4');
-- the line is that of the file, also behind a text of several lines
SELECT * FROM test.load(E'a,b\n"x\r\n\r\ny",2\n3\n');

-- Fields that lack, and that are too many; those that are empty are no loss
SELECT * FROM test.load(E'a,b,c\n1\n1,2\n1,2,3\n1,2,3,\n1,2,3," ",""\n1,2,3,4\n1,2,"3","4, ""x""",5\n,,\n,,,x\n');

-- Quotes: doubled, not doubled, inside a field, with spaces around, with a line end behind
SELECT * FROM test.load(E'a,b\n"say ""hi""",1\n"""",2\n"","3"\n"x", "y, z" \n5" pipe,6"\n');
SELECT * FROM test.load(E'a,b\n"5" pipe",1\n"6" and 8" long",2\n');
SELECT * FROM test.load(E'"a","b"\n"5", bent","1"\n"6"","2"\n"7"" and 8""","3"\n"","4"\n"say "hi"\nand "bye"","5"\n"a "" b",\n');
-- texts in quotes, numbers not
SELECT * FROM test.load(E'"a","b"\n"5",1\n"x, y",2\n');
SELECT * FROM test.load(E'"a","b"\n"5","1"\n"x, y",2\n"x, y",2\n');

-- A quote that is never closed takes nothing with it: to the end of the file, up to another one, up to one in a text
SELECT * FROM test.load(E'a,b\n"1,2\n3,4\n5,6');
SELECT * FROM test.load(E'a,b\n"1,2\n3,"4"\n"5",6\n7,"8');
SELECT * FROM test.load(E'a,b\n1,"2\n3,say "x"\n5,6\n');
SELECT * FROM test.load(E'"a","b"\n"1","2"\n"3","4\n"5","6"\n"7,"8"\n');
SELECT * FROM test.load(E'a,b\n1,"');
SELECT * FROM test.load(E'a,b\n"');
-- in the headings
SELECT * FROM test.load(E'"a,b\n1,2\n');

-- Encodings: marks, what is valid UTF-8, else Windows-1252; an argument
SELECT * FROM test.load('\xEFBBBF4E616D650AC3B8'::bytea);
SELECT * FROM test.load('\xEFBBBF7365703D3B0A413B420A313B32'::bytea);
SELECT * FROM test.load(convert_to(E'Navn;Bel\u00f8p\n\u00c5s \u2013 \u20ac;1\n', 'WIN1252'));
SELECT * FROM test.load('\xFFFE4E0061006D0065000A00F8003DD800DE0A00'::bytea);
SELECT * FROM test.load('\xFEFF004E0061006D0065000D000A00F8D83DDE00'::bytea);
SELECT * FROM test.load('\x4E0061006D0065000A00F800'::bytea, 'UTF-16LE');
SELECT * FROM test.load('\x004E0061006D0065000A00F8'::bytea, 'utf-16be');
SELECT * FROM test.load('\xFEFF004E0061006D0065000A00F8'::bytea, 'UTF-16');
SELECT * FROM test.load(convert_to(E'\u0418\u043c\u044f\n\u0414\u0430\n', 'WIN1251'), 'WIN1251');
SELECT * FROM test.load(convert_to(E'Navn\n\u00c5s', 'LATIN1'), 'iso-8859-1');
SELECT * FROM test.load(convert_to(E'Navn\n\u00c5s', 'WIN1252'), 'Windows-1252');
-- a delimiter can be a byte of other characters, there
SELECT * FROM test.load(convert_to(E'a|b\n\u30dd|\u8868\n', 'SJIS'), 'SJIS', '|');

-- What is no such file
SELECT arguments, test.outcome(format('SELECT * FROM salesopp.load_file(''loaded'', %s)', arguments)) FROM unnest(ARRAY[
	'''''', 'NULL', $$E'\n \n'$$, '''sep=;''', $$E';;\n'$$, $$E'""\nx'$$, '''\xEFBBBF''', '''\xFFFE''',
	$$'\x610A620063'$$, $$'\x504B030400'$$, $$'\xFFFE610000000A00'$$, $$'\xFFFE61000A0062'$$, $$'\xFFFE61000A003DD8'$$, $$'\xFFFE00DE'$$, $$'\xFFFE3DD83DD8'$$,
	$$'\x610AFF0A'$$ || ', ''UTF8''', $$'\x610A620A81'$$, $$'\xEFBBBF610AFF'$$, '''a'', ''no such''', '''a'', ''''', '''a'', repeat(''x'', 100)',
	'''a'', NULL, ''''', '''a'', NULL, '';;''', '''a'', NULL, ''"''', $$'a', NULL, E'\n'$$, '''a'', NULL, ''a''', $$'a', NULL, U&'\00a7'$$]) arguments;
SELECT test.outcome($$SELECT * FROM salesopp.load_file(NULL, 'a')$$), test.outcome($$SELECT * FROM salesopp.load_file('pg_class', 'a')$$),
	test.outcome($$SELECT * FROM salesopp.load_file('x; DROP TABLE y', 'a')$$), test.outcome($$SELECT * FROM salesopp.load_file('loaded', convert_to(repeat(',', 2000), 'UTF8'))$$);
SELECT relname FROM pg_class WHERE relname = 'loaded';

-- Hostile ones take time in proportion: quotes that never close, in each line; one field; many fields; many blank lines
SELECT count(*), min(told), max(told) FROM (SELECT test.load(E'a,b\n' || repeat(E'x,""y\n', 100000)) AS told) t;
SELECT count(*), min(told), max(told) FROM (SELECT test.load(E'a,b\n' || repeat(E'"x,y\n', 100000)) AS told) t;
SELECT count(*), min(told), max(told) FROM (SELECT test.load(E'"a","b"\n"1","2"\n' || repeat(E'"x,y\n', 100000)) AS told) t;
SELECT count(*), max(length(told)) FROM (SELECT test.load(E'a,b\n"' || repeat('"', 1000000)) AS told) t;
SELECT count(*), max(length(told)) FROM (SELECT test.load(E'a,b\n1,' || repeat('x,', 1000000)) AS told) t;
SELECT count(*), max(length(told)) FROM (SELECT test.load(E'a,b\n"' || repeat(E'x\n', 1000000) || '",2') AS told) t;
SELECT count(*), max(length(told)) FROM (SELECT test.load(E'a,b\n' || repeat(E'\n', 100000)) AS told) t;
SELECT count(*) FROM (SELECT test.load(E'a\n' || repeat(E'" x, "\n', 100000)) AS told) t;

-- It is the caller's, as make_staging's, and goes by that name in the caller's search path
RESET client_min_messages;
CREATE ROLE regress_load_seller LOGIN;
SELECT salesopp.grant_access('regress_load_seller', 'seller');
CREATE SCHEMA loads AUTHORIZATION regress_load_seller;
SET ROLE regress_load_seller;
SELECT * FROM salesopp.load_file('deals', E'Name,Amount\nAcme,1');
SELECT * FROM salesopp.load_file('loads."My deals"', E'Name,Amount\nAcme,1');
SELECT relname, relpersistence, relowner::regrole FROM pg_class WHERE relowner = 'regress_load_seller'::regrole AND relkind = 'r' ORDER BY relname;
SELECT * FROM deals, loads."My deals" m;
SELECT * FROM salesopp.load_file('deals', 'Name');
SET search_path = loads;
CREATE TABLE lines (a text);
SELECT * FROM salesopp.load_file('other', 'a');
SELECT * FROM other;
RESET ROLE;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA loads CASCADE;
DROP OWNED BY regress_load_seller;
DROP ROLE regress_load_seller;
DROP FUNCTION test.load(bytea, text, text), test.load(text);
