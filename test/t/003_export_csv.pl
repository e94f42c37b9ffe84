# CSV files as others read them: Python's csv module and COPY find what the list has, whatever the
# values, the encoding and the settings. F10.1
use strict;
use warnings FATAL => 'all';

use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $helpers = "$FindBin::RealBin/../export";
my $dir = PostgreSQL::Test::Utils::tempdir;
my $json = JSON::PP->new->utf8;
my ($python) = grep { -x $_ || system("command -v $_ >/dev/null 2>&1") == 0 } qw(/usr/bin/python3 python3);
$ENV{PGCLIENTENCODING} = 'UTF8';

my $node = PostgreSQL::Test::Cluster->new('csv');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "timezone = 'Europe/Oslo'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE sales');
$node->safe_psql('sales', slurp_file("$helpers/opportunities.sql"));
# an organization of its own for all that connect from here on
$node->safe_psql('sales', 'ALTER DATABASE sales SET salesopp.organization_id = 1');

# The file that a call returns; it is kept under this name.
sub export
{
	my ($name, $arguments, $db, $settings) = @_;
	my $out = $node->safe_psql($db // 'sales', ($settings // '') . "; SELECT salesopp.export_csv($arguments)");
	my $bytes = pack 'H*', substr $out, 2;

	unlink "$dir/$name.csv";
	append_to_file("$dir/$name.csv", $bytes);
	return $bytes;
}

my @columns = split /\n/, $node->safe_psql('sales',
	q{SELECT attname FROM pg_attribute WHERE attrelid = 'salesopp.opportunity_list'::regclass AND attnum > 0 ORDER BY attnum});
my $all = "columns => '{" . (join ',', @columns) . "}'";
my %texts = map { $_ => 1 } split /\n/, $node->safe_psql('sales',
	q{SELECT attname FROM pg_attribute WHERE attrelid = 'salesopp.opportunity_list'::regclass AND atttypid = 'text'::regtype});
cmp_ok(scalar(@columns), '>=', 25, 'every column of the list');

# What SQL has in the same place: every value as text; NULL is undef.
sub expected_rows
{
	my ($settings, $sort, @names) = @_;
	my $values = join ', ', map { "$_\::text" } @names;
	return $json->decode($node->safe_psql('sales', "SET datestyle = ISO; $settings;
		SELECT json_agg(json_build_array($values) ORDER BY $sort) FROM salesopp.opportunity_list WHERE organization_id = 1"));
}

# How a spreadsheet is kept from running a text: by an apostrophe, also before the apostrophes of one that
# would look so without them.
sub guarded { return $_[0] =~ /^'*[-=+\@\t\r]/ ? "'$_[0]" : $_[0] }

# ---------- Python

my $file = export('all', "sort => 'id asc', $all");
export('norwegian', "sort => 'id desc', language => 'nb', columns => '{subject,decision_date,id}', bom => true");
export('empty', q{'{"id": 0}'});
my $settings = "SET timezone = 'America/St_Johns'";
export('settings', "sort => 'id asc', columns => '{id,changed_at,decision_date,close_date,estimated_revenue}'", 'sales',
	"SET datestyle = 'German, DMY'; SET extra_float_digits = -15; SET lc_numeric = 'C'; $settings");

SKIP:
{
	skip 'python3 is not there to read CSV', 7 unless $python;

	my ($out, $err) = run_command([ $python, "$helpers/read_csv.py", map { "$dir/$_.csv" } qw(all empty settings norwegian) ]);
	is($err, '', 'Python reads the files');
	my ($rows, $empty, $other, $norwegian) = @{ $json->decode($out) };
	my $expected = expected_rows('', 'id', @columns);

	shift @$rows;
	is(scalar(@$rows), scalar(@$expected), 'as many rows as the list has');
	my %wrong;
	foreach my $r (0 .. $#$expected)
	{
		foreach my $c (0 .. $#columns)
		{
			my $value = $expected->[$r][$c] // '';
			$value = guarded($value) if $texts{ $columns[$c] };
			$value =~ s/^t$/true/, $value =~ s/^f$/false/ if $columns[$c] eq 'has_process';
			push @{ $wrong{ $columns[$c] } }, [ $expected->[$r][0], $expected->[$r][1], $rows->[$r][$c], $value ] if ($rows->[$r][$c] // '<none>') ne $value;
		}
	}
	is(substr(JSON::PP->new->ascii->canonical->encode(\%wrong), 0, 1000), '{}', 'every value is that of the list');
	# that the comparison above has seen what it is for
	my $subject = (grep { $columns[$_] eq 'subject' } 0 .. $#columns)[0];
	my %is = map { $_->[$subject] => 1 } @$rows;
	is_deeply([ grep { !$is{$_} } q{'=1+2}, q{'+1}, q{'-1}, q{'@SUM(A1)}, "'\tx", "'\rx", q{''=1}, q{'''=1}, q{''''-1}, "''\tx", q{'}, q{''}, q{'x}, ' =1', '\.', "a\r\nb", "\x{1F680}" ],
		[], 'formulas have an apostrophe in front, and nothing else has');
	is_deeply([ grep { my $f = $_->[$subject]; $f =~ /^[-=+\@\t\r]/ } @$rows ], [], 'no text is left that a spreadsheet runs');

	is(scalar(@$empty), 1, 'without rows there are the headings');
	shift @$other;
	is_deeply([ map { [ map { $_ // '' } @$_ ] } @$other ],
		[ map { [ map { $_ // '' } @$_ ] } @{ expected_rows($settings, 'id', qw(id changed_at decision_date close_date estimated_revenue)) } ],
		'ISO dates and times with their offset, whatever the settings');
	is_deeply($norwegian->[0], [ "\x{FEFF}Emne", 'Beslutningsdato', 'Id' ], 'a byte-order mark and Norwegian headings, in the order given');
}

# ---------- COPY

# Of all the columns: the types of the list, and NULL where it has NULL.
$node->safe_psql('sales', 'CREATE TABLE back (LIKE salesopp.opportunity_list)');
my $apostrophe_off = join ', ', map { "$_ = regexp_replace($_, '^''(?=''*[-=+\@\\t\\r])', '')" } sort keys %texts;
my $difference = q{SELECT count(*), (SELECT count(*) FROM back) > 100 FROM (
		SELECT * FROM (TABLE back EXCEPT ALL SELECT * FROM salesopp.opportunity_list WHERE organization_id = 1) more
		UNION ALL
		SELECT * FROM (SELECT * FROM salesopp.opportunity_list WHERE organization_id = 1 EXCEPT ALL TABLE back) fewer) difference};

sub copy_back
{
	my ($name) = @_;
	return $node->safe_psql('sales', "TRUNCATE back; COPY back FROM '$dir/$name.csv' (FORMAT csv, HEADER, ENCODING 'UTF8');
		UPDATE back SET $apostrophe_off; $difference");
}
is(copy_back('all'), '0|t', 'COPY gives the same rows back');
is($node->safe_psql('sales', 'SELECT count(*) FROM back WHERE company IS NULL AND project IS NULL AND decision_date IS NULL'),
	$node->safe_psql('sales', 'SELECT count(*) FROM salesopp.opportunity_list WHERE company IS NULL AND project IS NULL AND decision_date IS NULL AND organization_id = 1'),
	'NULL comes back as NULL');

# Nothing that is exported today may be empty, but that is a matter of the tables' rules.
$node->safe_psql('sales', q{ALTER TABLE salesopp.company DROP CONSTRAINT company_name_check; ALTER TABLE salesopp.opportunity DROP CONSTRAINT opportunity_subject_not_blank;
	SET row_security = off;
	INSERT INTO salesopp.company (id, name) VALUES (90, ''), (91, ' '), (92, E'\t'), (93, E'\n'), (94, E'\r');
	INSERT INTO salesopp.opportunity (id, subject, company_id) SELECT id, name, id FROM salesopp.company WHERE id BETWEEN 90 AND 94});
export('blank', "sort => 'id asc', $all");
is(copy_back('blank'), '0|t', 'the same with texts that are empty or blank');
is($node->safe_psql('sales', q{SELECT string_agg(id::text, ',' ORDER BY id) FROM back WHERE company = ''}), '90', 'empty is not NULL');
# One column only: a line with a text that is empty is not an empty line, which COPY and others leave out.
export('one', q{'{"id": {">=": 90, "<=": 94}}', sort => 'id asc', columns => '{subject}'});
is($node->safe_psql('sales', "CREATE TEMP TABLE one (subject text); COPY one FROM '$dir/one.csv' (FORMAT csv, HEADER);
	SELECT string_agg(encode(convert_to(subject, 'UTF8'), 'hex'), ',') FROM one"), ',20,2709,0a,270d', 'a column alone, too');
# A single row that is the end-of-data mark, in a column alone
export('mark', q{'{"subject": "\\\\\\\\."}', sort => 'id asc', columns => '{subject}'});
is($node->safe_psql('sales', "CREATE TEMP TABLE one (subject text); COPY one FROM '$dir/mark.csv' (FORMAT csv, HEADER);
	SELECT count(*) FROM one WHERE subject LIKE '\\\\.%'"), '3', 'a text that is the mark of the end ends nothing');

# ---------- bytes

is(substr($file, 0, 40), 'Organization,Id,Status,Flag,Process,Subj', 'no byte-order mark unless asked for');
is(substr(export('mark_first', "'{\"id\": 1}', columns => '{id}', bom => true"), 0, 50), "\xef\xbb\xbfId\r\n1\r\n", 'and one when asked for');
is(export('empty', q{'{"id": 0}'}), "Id,Status,Flag,Process,Subject,Company,Project,Estimated revenue,Quote sum,Order sum,Progress %,Decision date,"
	. "Decision colour,Responsible,Last changed,By\r\n", 'the usual columns; lines end with CR LF');
is(export('row', q{'{"id": 1}', columns => '{subject,company,project,estimated_revenue,quote_sum,order_sum,progress,has_process,status,flag,priority,responsible,sales_region,department,actual_revenue}'},
		'sales') =~ s/^.*?\r\n//r,
	qq{Everything,Bl\xc3\xa5b\xc3\xa6r AS,"'+47 22 33 44 55",1234567.89,20.50,40.25,33.33,true,open,yellow,high,"'=BB","\xc3\x98st ""1""","Sales, north",\r\n},
	'a row, byte by byte');
is(export('row', q{'{"id": 7}', columns => '{id,actual_revenue,close_date,changed_at,flag,decision_color}'}, 'sales', q{SET timezone = 'Asia/Kolkata'}),
	"Id,Actual revenue,Close date,Last changed,Flag,Decision colour\r\n7,450.50,2024-02-29,2024-03-06 04:30:00+05:30,green,black\r\n", 'and another');
my @lines = split /\r\n/, export('ids', q{'{}', columns => '{id,estimated_revenue,changed_at}'});
is(scalar(grep { !/^[^,]+,[0-9.]*,[^,]+$/ } @lines[ 1 .. $#lines ]), 0, 'numbers, dates and times stand without quotes');
is($node->safe_psql('sales', q{SELECT salesopp.export_csv() = salesopp.export_csv(NULL, NULL, NULL, NULL, NULL)}), 't', 'NULL stands for the default');

# ---------- another encoding

my $western = <<'SQL';
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Åse');
INSERT INTO salesopp.company (id, name) VALUES (1, 'Blåbær & "sønner", é ñ ß ÿ ½');
INSERT INTO salesopp.opportunity (id, subject, company_id, estimated_revenue, decision_date, created_at, changed_at) VALUES (1, '=ÆØÅ', 1, 1.5, '2024-02-29', '2024-01-01', '2024-01-02 UTC');
SQL
$node->safe_psql('postgres', q{CREATE DATABASE latin1 ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'; CREATE DATABASE utf8});
$node->safe_psql($_, $western) foreach qw(latin1 utf8);
foreach my $language (qw(en nb))
{
	my $latin1 = export('latin1', "language => '$language', $all", 'latin1');
	is($latin1, export('utf8', "language => '$language', $all", 'utf8'), "$language: a LATIN1 database writes the same file");
	like($latin1, qr/\xc2\xbd/, "$language: in UTF-8");
	is(export('client', "language => '$language', $all", 'latin1', 'SET client_encoding = latin1'), $latin1, "$language: whatever the client's encoding");
}

$node->stop;
done_testing();
