# Search in databases of other locales and encodings: what lower case is there, characters of several
# bytes that are not UTF-8, and an index that finds what reading the table does. F9.7, F9.8
use strict;
use warnings FATAL => 'all';

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Texts stand here in UTF-8; the server puts them into the encoding of the database.
$ENV{PGCLIENTENCODING} = 'UTF8';

my $node = PostgreSQL::Test::Cluster->new('locales');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

my $definition = slurp_file("$FindBin::Bin/../definitions/wildcard.sql");
my $setup = <<'SQL';
SET client_min_messages = warning;
CREATE EXTENSION salesopp CASCADE;
CREATE FUNCTION random_text(letters text[], max_length integer) RETURNS text LANGUAGE sql AS $$
	SELECT COALESCE(string_agg(letters[1 + floor(random() * cardinality(letters))::integer], ''), '')
	FROM generate_series(1, floor(random() * (max_length + 1))::integer)
$$;
CREATE TABLE texts (n integer GENERATED ALWAYS AS IDENTITY, value text);
CREATE TABLE patterns (n integer GENERATED ALWAYS AS IDENTITY, pattern text);
CREATE TABLE found (how text, text_number integer, pattern_number integer);
SQL

# Three ways to the same pairs. Parts of the texts are among the patterns, so that long ones match too.
my $three_ways = <<'SQL';
SELECT setseed(0.42);
INSERT INTO texts (value) SELECT random_text(letters, 12) FROM alphabet, generate_series(1, 200);
INSERT INTO patterns (pattern) SELECT random_text(letters || '{%,_}', 5) FROM alphabet, generate_series(1, 100);
INSERT INTO patterns (pattern)
SELECT CASE n % 4 WHEN 0 THEN '%' ELSE '' END || CASE n % 3 WHEN 0 THEN lower(part) WHEN 1 THEN upper(part) ELSE part END
	|| CASE n % 5 WHEN 0 THEN '%' ELSE '' END
FROM texts, LATERAL (SELECT substr(value, 1 + n % 3, 3 + n % 3)) p (part) WHERE n <= 100;
CREATE INDEX texts_trgm ON texts USING gin (value public.gin_trgm_ops);
ANALYZE texts;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
INSERT INTO found SELECT 'table', t.n, p.n FROM texts t, patterns p WHERE salesopp.matches(t.value, p.pattern);
INSERT INTO found SELECT 'expression', t.n, p.n FROM (SELECT n, wildcard.folded(value) AS value FROM texts OFFSET 0) t,
	(SELECT n, wildcard.expression(pattern) AS expression FROM patterns OFFSET 0) p
WHERE t.value ~ p.expression;
SET enable_bitmapscan = on;
SET enable_seqscan = off;
-- with the pattern known only at run time, and with one that is known when it is planned
INSERT INTO found SELECT 'join', t.n, p.n FROM patterns p JOIN texts t ON salesopp.matches(t.value, p.pattern);
DO $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT * FROM patterns LOOP
		EXECUTE format('INSERT INTO found SELECT ''constant'', n, %s FROM texts WHERE salesopp.matches(value, %L)', p.n, p.pattern);
	END LOOP;
END;
$$;
SQL

# The first of these that the server can make of template0, or undef.
sub create_database
{
	my ($name, @options) = @_;
	my ($code, $out, $err);

	foreach my $options (@options)
	{
		($code, $out, $err) = $node->psql('postgres', "CREATE DATABASE $name TEMPLATE template0 $options");
		return $options if $code == 0;
		# not built with ICU, or a locale that the machine does not have
		die $err unless $err =~ /ICU is not supported in this build|invalid (LC_\w+ )?locale name/;
	}
	return undef;
}

sub libc { my ($encoding, @locales) = @_; return map { "ENCODING '$encoding' LOCALE '$_'" } @locales }
sub icu { my ($encoding, $language, $ctype) = @_; return "ENCODING '$encoding' LOCALE_PROVIDER icu ICU_LOCALE '$language' LOCALE '$ctype'" }

my @norwegian = (
	[ 'ØRE%', 'øre' ], [ 'ærlig', 'ÆRLIG talt' ], [ '%ås', 'BREKKÅS' ], [ 'SKI', 'ski' ], [ 'ø\%', 'Ø%' ], [ 'stra%e', 'STRA e' ]);
my @not_norwegian = ([ 'o', 'Ø' ], [ 'a', 'Å' ], [ '%ø', 'øre' ], [ 'ss', 'ß' ], [ 'ø_', 'øl' ]);
my @turkish = (
	[ 'ığdır', 'IĞDIR' ], [ 'IĞDIR%', 'ığdır ili' ], [ '%İZMİR', 'izmir' ], [ 'diyarbakır', 'DİYARBAKIR' ], [ 'isi%', 'İSİ' ],
	[ 'kız%', 'KIZ KULESİ' ]);
my @not_turkish = ([ 'igdir', 'IGDIR' ], [ 'i', 'I' ], [ 'I', 'i' ], [ 'ı', 'İ' ], [ 'kiz', 'KIZ' ]);
my @greek = ([ 'ΟΔΟΣ', 'ΟΔΟΣΑ' ], [ 'οδος', 'ΟΔΟΣ' ], [ 'ΟΔΟΣ%', 'οδος' ], [ 'οδοσ%', 'ΟΔΟΣ' ], [ 'ΟΣ%Α', 'οσ ας α' ]);
# the sign of Kelvin is a k in lower case; İ is an i, with or without a dot of its own
my @other_i_and_k = ([ 'kelner%', "\xE2\x84\xAAELNER" ], [ 'tri', 'TRİ' ]);
my @japanese = ([ '亜', 'x亜y' ], [ '%亜', '丂亜' ], [ '亜%丂', '亜ｱ丂' ], [ 'ＡB%', 'Ａb亜' ], [ '＾', '亜＾' ]);
my @not_japanese = ([ '＾', '亜亜' ], [ '%＾%', '亜亜亜' ], [ '%亜', '丂' ], [ '亜', '丂' ], [ '%亜亜', '丂亜' ], [ 'ｱ', '亜' ]);

# Of what random texts are made.
my @few = (qw(a B k I i . %), '\\');
my @latin = (@few, qw(K s Æ æ Ø ø Å ß é É), ' ');
my @unicode = (@latin, "\xE2\x84\xAA", "\xCC\x81", "\xCC\x87", qw(e ; İ ı Σ σ ς ö Ω ω 東 😀 ț Ț));

# What each database has in lower case: [ pattern, text ] that match, and those that do not.
my @databases = (
	{ name => 'nb', options => [ icu('UTF8', 'nb', 'C') ], letters => \@unicode,
		match => [ @norwegian, @greek, @other_i_and_k ], other => \@not_norwegian },
	{ name => 'nb_utf8', options => [ icu('UTF8', 'nb', 'C.UTF-8'), icu('UTF8', 'nb', 'en_US.UTF-8') ],
		letters => \@unicode, match => [ @norwegian, @greek, @other_i_and_k ], other => \@not_norwegian },
	{ name => 'tr', options => [ icu('UTF8', 'tr', 'C') ], letters => \@unicode,
		match => [ @turkish, @greek, @other_i_and_k ], other => \@not_turkish },
	{ name => 'tr_utf8', options => [ icu('UTF8', 'tr', 'C.UTF-8'), icu('UTF8', 'tr', 'en_US.UTF-8') ],
		letters => \@unicode, match => [ @turkish, @greek, @other_i_and_k ], other => \@not_turkish },
	{ name => 'tr_libc', options => [ libc('UTF8', 'tr_TR.UTF-8') ], letters => \@unicode, match => \@turkish, other => \@not_turkish },
	{ name => 'c_utf8', options => [ libc('UTF8', 'C') ], letters => \@unicode, match => [ [ 'aø', 'Aø' ], [ 'SKI', 'ski' ] ],
		other => [ [ 'ø', 'Ø' ] ] },
	{ name => 'latin1', options => [ libc('LATIN1', 'C') ], letters => \@latin, match => [ [ 'aø', 'Aø' ], [ 'SKI', 'ski' ] ],
		other => [ [ 'ø', 'Ø' ], @not_norwegian ] },
	{ name => 'latin1_nb', options => [ icu('LATIN1', 'nb', 'C') ], letters => \@latin, match => \@norwegian, other => \@not_norwegian },
	{ name => 'latin1_libc', options => [ libc('LATIN1', qw(nb_NO.ISO-8859-1 no_NO.ISO-8859-1 de_DE.ISO-8859-1 en_US.ISO-8859-1)) ],
		letters => \@latin, match => \@norwegian, other => \@not_norwegian },
	{ name => 'latin5_tr', options => [ icu('LATIN5', 'tr', 'C') ], letters => [ @latin, 'ı', 'İ' ], match => \@turkish, other => \@not_turkish },
	{ name => 'euc_jp', options => [ libc('EUC_JP', 'C') ], letters => [ @few, qw(亜 ＾ 丂 ｱ Ａ ａ) ], match => \@japanese,
		other => [ [ 'Ａ', 'ａ' ], @not_japanese ] },
	{ name => 'euc_jp_ja', options => [ icu('EUC_JP', 'ja', 'C') ], letters => [ @few, qw(亜 ＾ 丂 ｱ Ａ ａ Я я) ],
		match => [ [ 'Ａ', 'ａ' ], @japanese ], other => \@not_japanese },
	{ name => 'euc_tw', options => [ libc('EUC_TW', 'C') ], letters => [ @few, qw(一 歈 ︷) ],
		match => [ [ '一', '︷一' ], [ '%歈', '一歈' ], [ '一%歈', '一b歈' ], [ '歈', 'x歈︷' ] ],
		other => [ [ '一', '歈' ], [ '%一', '歈' ], [ '︷', '一一' ], [ '%一一', '歈一' ] ] });

my %made;

sub quote { return "'" . ($_[0] =~ s/'/''/gr) . "'" }

foreach my $db (@databases)
{
	SKIP:
	{
		my $name = $db->{name};
		my $options = create_database($name, @{ $db->{options} })
			or skip "the server has no locale for the database $name", 4;
		$made{$name} = 1;
		my $letters = join ', ', map { quote($_) } @{ $db->{letters} };
		my $cases = join ', ', map { '(' . quote($_->[0]) . ', ' . quote($_->[1]) . ')' } @{ $db->{match} };
		my $others = join ', ', map { '(' . quote($_->[0]) . ', ' . quote($_->[1]) . ')' } @{ $db->{other} };

		$node->safe_psql($name, $setup . $definition);
		is($node->safe_psql($name, "SELECT pattern, value FROM (VALUES $cases) v (pattern, value) WHERE salesopp.matches(value, pattern) IS NOT TRUE"),
			'', "$name: what should match does");
		is($node->safe_psql($name, "SELECT pattern, value FROM (VALUES $others) v (pattern, value) WHERE salesopp.matches(value, pattern) IS NOT FALSE"),
			'', "$name: what should not match does not");
		$node->safe_psql($name, "INSERT INTO texts (value) SELECT value FROM (VALUES $cases, $others) v (pattern, value);
			INSERT INTO patterns (pattern) SELECT pattern FROM (VALUES $cases, $others) v (pattern, value);
			CREATE TABLE alphabet AS SELECT ARRAY[$letters] AS letters;");
		$node->safe_psql($name, $three_ways);
		is($node->safe_psql($name, q{
			SELECT how, count(*) > 1000 AS finds, count(*) FILTER (WHERE e IS NULL) AS too_many,
				(SELECT count(*) FROM found WHERE how = 'expression') - count(e) AS too_few
			FROM found f LEFT JOIN (SELECT text_number, pattern_number FROM found WHERE how = 'expression') e USING (text_number, pattern_number)
			GROUP BY how ORDER BY how COLLATE "C"}),
			"constant|t|0|0\nexpression|t|0|0\njoin|t|0|0\ntable|t|0|0", "$name: the index, the table and an expression agree");
		like($node->safe_psql($name, q{SET enable_seqscan = off; EXPLAIN (COSTS OFF)
				SELECT FROM patterns p JOIN texts t ON salesopp.matches(t.value, p.pattern)}),
			qr/Bitmap Index Scan on texts_trgm/, "$name: in a join the index serves");
	}
}

# ---------- F9.7 columns of other collations than the database's

foreach my $name (grep { $made{$_} } 'c_utf8', 'nb_utf8', 'tr')
{
	my @collations = ('"C"');
	my $words = join ', ', map { '(' . quote($_) . ')' } qw(KIZ kız KIZILAY kızılay IŞIK ışık kiz ØRE øre ÅRE);
	$node->safe_psql($name, "INSERT INTO texts (value) VALUES $words; INSERT INTO patterns (pattern) VALUES $words");
	my ($code) = $node->psql($name, q{CREATE COLLATION alike (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false)});
	push @collations, '"tr-x-icu"', '"nb-x-icu"', 'alike' if $code == 0;

	foreach my $collation (@collations)
	{
		$node->safe_psql($name, qq{
			CREATE TABLE other AS SELECT n, value COLLATE $collation AS value FROM texts;
			CREATE INDEX other_trgm ON other USING gin (value public.gin_trgm_ops);
			ANALYZE other;
			CREATE TABLE by_table AS SELECT t.n, p.pattern FROM other t JOIN patterns p ON salesopp.matches(value, pattern)
			UNION ALL SELECT n, 'known' FROM other WHERE salesopp.matches(value, 'kız%');
			SET enable_seqscan = off;
			CREATE TABLE by_index AS SELECT t.n, p.pattern FROM other t JOIN patterns p ON salesopp.matches(value, pattern)
			UNION ALL SELECT n, 'known' FROM other WHERE salesopp.matches(value, 'kız%')});
		is($node->safe_psql($name, q{SELECT count(*) > 500, (SELECT count(*) FROM (TABLE by_table EXCEPT ALL TABLE by_index) x),
				(SELECT count(*) FROM (TABLE by_index EXCEPT ALL TABLE by_table) x) FROM by_index}),
			't|0|0', "$name: a column with the collation $collation");
		is($node->safe_psql($name, "SELECT salesopp.matches('SKI' COLLATE $collation, 'ski')"),
			$collation eq '"tr-x-icu"' ? 'f' : 't', "$name: case in the collation $collation");
		$node->safe_psql($name, 'DROP TABLE other, by_table, by_index');
	}
}

# ---------- F9.7 no pattern takes long

foreach my $name (grep { $made{$_} } 'euc_jp', 'tr')
{
	my ($one, $other) = $name eq 'tr' ? ('ı', 'İ') : ('亜', '＾');

	is($node->safe_psql($name, qq{SELECT salesopp.matches(text, pattern || '$other'), salesopp.matches(text, '%$other%' || pattern),
				salesopp.matches(text, '%' || pattern), salesopp.matches(text, repeat('%$one', 1000) || '%$other')
			FROM (SELECT repeat('$one', 1000000), repeat('$one', 500000)) v (text, pattern)}),
		'f|f|t|f', "$name: a million characters");
}

# ---------- F9.8 the first letters

sub letters_of
{
	my ($name) = @_;
	return $node->safe_psql($name, q{SELECT string_agg(letter || opportunities, ' ') FROM salesopp.letter_index()});
}

# Each letter, as it is given back, finds as many as it says.
sub letters_that_lie
{
	my ($name) = @_;
	return $node->safe_psql($name, q{SELECT letter, opportunities, n FROM salesopp.letter_index(),
		LATERAL (SELECT count(*) AS n FROM salesopp.search(jsonb_build_object('letter', letter), max_rows => NULL)) found WHERE n <> opportunities});
}

my @subjects = ('abc', 'Abel', 'Aasen', 'zebra', 'Zoo', 'ærlig', 'Ære', 'øl', 'Øre', 'ØY', 'Åre', 'åpen', '1a', '_x', ' b', '"q"', 'b', 'I', 'izmir');
my %letters = (
	nb => [ [ 'élan', 'ßa', 'ıl', 'İl', '😀' ], '#4 A3 B2 É1 I3 İ1 S1 Z2 Æ2 Ø3 Å2',
		{ i => 3, 'å' => 2, 'é' => 1, 'ß' => 1, e => 0, 8 => 0 } ],
	nb_utf8 => [ [ 'élan', 'ßa', 'ıl', 'İl', '😀' ], '#4 A3 B2 É1 I3 İ1 S1 Z2 Æ2 Ø3 Å2',
		{ i => 3, 'å' => 2, 'é' => 1, 'ß' => 1, e => 0, 8 => 0 } ],
	tr => [ [ 'ıl', 'İl', 'ILI' ], '#3 A3 Å2 Æ2 B2 I3 İ2 Ø3 Z2', { i => 2, 'ı' => 3, 'å' => 2 } ],
	tr_utf8 => [ [ 'ıl', 'İl', 'ILI' ], '#3 A3 Å2 Æ2 B2 I3 İ2 Ø3 Z2', { i => 2, 'ı' => 3, 'å' => 2 } ],
	latin1_nb => [ [], '#3 A3 B2 I2 Z2 Æ2 Ø3 Å2', { i => 2, 'ø' => 3 } ]);

foreach my $name (sort keys %letters)
{
	SKIP:
	{
		skip "there is no database $name", 3 if not $made{$name};
		my ($more, $expected, $asked) = @{ $letters{$name} };
		my $values = join ', ', map { '(' . quote($_) . ')' } @subjects, @$more;

		$node->safe_psql($name, "SELECT salesopp.create_organization('Letters'); INSERT INTO salesopp.opportunity (subject) VALUES $values");
		is(letters_of($name), $expected, "$name: letters in the order of the language");
		is(letters_that_lie($name), '', "$name: each finds what it says");
		is($node->safe_psql($name, 'SELECT ' . join ', ', map {
				"(SELECT count(*) FROM salesopp.search(jsonb_build_object('letter', " . quote($_) . ")))" } sort keys %$asked),
			join('|', map { $asked->{$_} } sort keys %$asked), "$name: so do small letters");
	}
}

$node->stop;
done_testing();
