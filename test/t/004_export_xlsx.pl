# Excel workbooks as others read them: openpyxl and LibreOffice find what the list and the summary have, in
# its types, formats and colours. F10.1, F1.2, F1.3, F1.4
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $helpers = "$FindBin::RealBin/../export";
my $dir = PostgreSQL::Test::Utils::tempdir;
my $json = JSON::PP->new->utf8->allow_nonref;
my ($python) = grep { system("$_ -c 'import openpyxl' >/dev/null 2>&1") == 0 } qw(/usr/bin/python3 python3);
my ($office) = grep { system("command -v $_ >/dev/null 2>&1") == 0 } qw(soffice libreoffice);
$ENV{PGCLIENTENCODING} = 'UTF8';

my $node = PostgreSQL::Test::Cluster->new('xlsx');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "timezone = 'Europe/Oslo'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE sales');
$node->safe_psql('sales', slurp_file("$helpers/opportunities.sql"));
$node->safe_psql('sales', 'ALTER DATABASE sales SET salesopp.organization_id = 1');

# Texts longer than a cell holds, by UTF-16 units
my $limit = 32767;
my %long = (
	300 => [ q{repeat('Blåbær ', 150000)}, 'cut' ],
	301 => [ "repeat('a', $limit)", 'whole' ],
	302 => [ "repeat('a', $limit + 1)", 'cut' ],
	303 => [ "repeat('é', $limit)", 'whole' ],
	304 => [ "repeat('é', $limit + 1)", 'cut' ],
	305 => [ q{repeat('🚀', 16383)}, 'whole' ],
	306 => [ q{repeat('🚀', 16384)}, 'cut' ],
	307 => [ q{repeat('🚀', 16383) || 'a'}, 'whole' ],
	308 => [ q{repeat('🚀', 250000)}, 'cut' ],
	309 => [ q{'a' || repeat('🚀', 16383) || 'b'}, 'cut' ],
	310 => [ q{repeat('€', 20000)}, 'whole' ],
	311 => [ q{repeat(U&'\FFFE', 40000)}, 'cut' ]);
# that escapes are cut, too, is seen at every place where one can stand across the end
$long{ 319 + $_ } = [ "repeat('a', $limit - $_) || '_x0041_' || repeat('b', 100)", 'cut' ] foreach 1 .. 24;
$long{350} = [ q{repeat('_x0041_', 100000)}, 'cut' ];
$node->safe_psql('sales', join ';', map { my $sql = "INSERT INTO salesopp.opportunity (id, subject, created_at, changed_at) VALUES ($_, $long{$_}[0], '2024-01-01', '2024-01-01')"; utf8::encode($sql); $sql } sort keys %long);

# The workbook that a call returns, as a file.
sub export
{
	my ($name, $arguments, $settings) = @_;
	my $out = $node->safe_psql('sales', ($settings // '') . "; SELECT salesopp.export_xlsx($arguments)");
	append_to_file("$dir/$name.xlsx", pack 'H*', substr $out, 2);
	return "$dir/$name.xlsx";
}

sub rows { return @{ $json->decode($node->safe_psql('sales', "SET datestyle = ISO; SELECT COALESCE(json_agg(q), '[]') FROM ($_[0]) q")) } }

my @columns = map { $_->{name} } rows(q{SELECT attname AS name FROM pg_attribute WHERE attrelid = 'salesopp.opportunity_list'::regclass AND attnum > 0 ORDER BY attnum});
my $all = "columns => '{" . (join ',', @columns) . "}'";
my %kind = (
	(map { $_ => 'integer' } qw(organization_id id rating version)),
	(map { $_ => 'amount' } qw(estimated_revenue quote_sum order_sum actual_revenue weighted_value)),
	progress => 'number', decision_date => 'date', close_date => 'date', changed_at => 'time', has_process => 'boolean',
	(map { $_ => 'word' } qw(status flag decision_color priority)),
	(map { $_ => 'text' } qw(subject company project responsible changed_by sales_region department sales_process)));
is_deeply([ sort keys %kind ], [ sort @columns ], 'every column of the list');

my %file = (
	all => export('all', "sort => 'id asc', $all"),
	norwegian => export('norwegian', "'{\"status\": [\"open\", \"won\", \"lost\"], \"id\": {\"<=\": 8}}', 'id asc', $all, language => 'nb'"),
	sums => export('sums', '', 'SET salesopp.organization_id = 2'),
	empty => export('empty', q{'{"id": 0}'}),
	few => export('few', q{'{"id": {"<=": 8}}', 'subject desc', '{subject,id}'}));

# What the list has, in the order of the workbook; times in the session's time zone, to the millisecond.
my @list = rows(q{SELECT l.*, l.estimated_revenue::text AS estimated_revenue, l.quote_sum::text AS quote_sum, l.order_sum::text AS order_sum,
	l.actual_revenue::text AS actual_revenue, l.weighted_value::text AS weighted_value, l.progress::text AS progress, l.id::text AS id,
	l.decision_date::text AS decision_date, l.close_date::text AS close_date, l.changed_at::text AS changed_at,
	CASE WHEN l.changed_at >= '1900-03-01' AND l.changed_at < '10000-01-01' THEN to_char(date_trunc('milliseconds', l.changed_at + interval '500 us'), 'YYYY-MM-DD HH24:MI:SS.MS') END AS excel_time,
	l.decision_date BETWEEN '1900-03-01' AND '9999-12-31' AS excel_date
	FROM salesopp.opportunity_list l WHERE l.organization_id = 1 ORDER BY l.id});
cmp_ok(scalar(@list), '>', 150, 'there is something to export');

my %words = (
	en => { open => 'Open', won => 'Won', lost => 'Lost', low => 'Low', normal => 'Normal', high => 'High', red => 'Red', green => 'Green', blue => 'Blue', black => 'Black' },
	nb => { open => 'Ikke avgjort', won => 'Vunnet', lost => 'Tapt', low => 'Lav', normal => 'Normal', high => 'Høy', red => 'Rød', green => 'Grønn', blue => 'Blå', black => 'Svart' });
my %headings = (
	en => [ 'Organization', 'Id', 'Status', 'Flag', 'Process', 'Subject', 'Company', 'Project', 'Estimated revenue', 'Quote sum', 'Order sum', 'Progress %', 'Decision date',
		'Decision colour', 'Responsible', 'Last changed', 'By', 'Actual revenue', 'Weighted value', 'Close date', 'Priority', 'Rating', 'Sales region', 'Department', 'Sales process', 'Version' ],
	nb => [ 'Organisasjon', 'Id', 'Status', 'Flagg', 'Prosess', 'Emne', 'Firma', 'Prosjekt', 'Estimert omsetning', 'Tilbudssum', 'Ordresum', 'Fremdrift %', 'Beslutningsdato',
		'Beslutningsfarge', 'Ansvarlig', 'Sist endret', 'Av', 'Reell omsetning', 'Vektet verdi', 'Lukkedato', 'Prioritet', 'Vurdering', 'Salgsregion', 'Avdeling', 'Salgsprosess', 'Versjon' ]);
my %flag_fill = (open => 'FFEB3B', won => '81C784', lost => 'E57373');
my %date_color = (red => 'C62828', green => '2E7D32', blue => '1565C0', black => undef);

# As much of a number's digits as matter: a double tells 15 of them apart.
sub is_exact { my $digits = $_[0] =~ s/^-|\.//gr; $digits =~ s/^0+|0+$//g; return length $digits <= 15 }
# Escapes as the format has them, for readers that leave them as they are
sub unescape { return $_[0] =~ s/_x([0-9A-Fa-f]{4})_/chr hex $1/ger }
sub without_noncharacters { return $_[0] =~ s/[\x{FFFE}\x{FFFF}]/\x{FFFD}/gr }
sub units { my $n = () = $_[0] =~ /[\x{10000}-\x{10FFFF}]/g; return $n + length $_[0] }

# The cell for a value, as read_xlsx.py prints it.
sub expected_cell
{
	my ($row, $column, $language) = @_;
	my $value = $row->{$column};
	my $kind = $kind{$column};
	my ($date, $time) = $language eq 'nb' ? ('dd.mm.yyyy', 'dd.mm.yyyy hh:mm') : ('d mmm yyyy', 'd mmm yyyy hh:mm');

	return undef unless defined $value;
	return [ abs($value) < 1e15 ? 'n' : 's', $value, 'General', undef, undef ] if $kind eq 'integer';
	return [ is_exact($value) ? 'n' : 's', $value, $kind eq 'amount' ? '#,##0.00' : 'General', undef, undef ] if $kind eq 'amount' || $kind eq 'number';
	if ($kind eq 'date')
	{
		my $is_day = $column eq 'close_date' || $row->{excel_date};
		return [ $is_day ? 'd' : 's', $value . ($is_day ? ' 00:00:00.000' : ''), $date, $column eq 'close_date' ? undef : $date_color{ $row->{decision_color} }, undef ];
	}
	return [ defined $row->{excel_time} ? 'd' : 's', $row->{excel_time} // $value, $time, undef, undef ] if $kind eq 'time';
	return [ 'b', $value, '"TRUE";"TRUE";"FALSE"', undef, undef ] if $kind eq 'boolean';
	return [ 's', $words{$language}{ $row->{status} }, 'General', undef, $flag_fill{ $row->{status} } ] if $column eq 'flag';
	return [ 's', $words{$language}{$value}, 'General', undef, undef ] if $kind eq 'word';
	return [ 's', without_noncharacters($value), 'General', undef, undef ];
}

# Whether a text is what the other begins with, and an ellipsis, as long as a cell can be.
sub is_cut
{
	my ($read, $whole, $least) = @_;
	return units($read) <= $limit && units($read) >= $least && $read =~ /^(.*)…$/s && index(without_noncharacters($whole), $1) == 0;
}

sub is_same_cell
{
	my ($got, $wanted) = @_;
	return !defined $got && !defined $wanted unless defined $got && defined $wanted;
	return 0 if grep { ($got->[$_] // 'none') ne ($wanted->[$_] // 'none') } 0, 2, 3, 4;
	return $got->[1] == $wanted->[1] if $wanted->[0] eq 'n' || $wanted->[0] eq 'b';
	return unescape($got->[1]) eq $wanted->[1];
}

# ---------- openpyxl

SKIP:
{
	skip 'openpyxl is not there to read workbooks', 40 unless $python;

	my ($out, $err) = run_command([ $python, "$helpers/read_xlsx.py", map { $file{$_} } sort keys %file ]);
	is($err, '', 'openpyxl reads the workbooks, and all their parts are well-formed XML');
	my $books = $json->decode($out);
	my %book = map { $_ => $books->{ $file{$_} } } keys %file;

	is(scalar(grep { $_->{formulas} } values %book), 0, 'there is no formula anywhere');

	# every value, in English and Norwegian
	foreach my $language (qw(en nb))
	{
		my $book = $book{ $language eq 'en' ? 'all' : 'norwegian' };
		my $sheet = $book->{sheets}[0];
		my ($headings, @rows) = @{ $sheet->{rows} };
		my @expected = $language eq 'en' ? @list : grep { $_->{id} <= 8 } @list;
		my @wrong;

		is_deeply([ map { $_->[1] } @$headings ], $headings{$language}, "$language: headings");
		is(scalar(@rows), scalar(@expected), "$language: as many rows as the list has");
		foreach my $r (0 .. $#expected)
		{
			foreach my $c (0 .. $#columns)
			{
				next if $columns[$c] eq 'subject' && $long{ $expected[$r]{id} };
				my $wanted = expected_cell($expected[$r], $columns[$c], $language);
				push @wrong, [ $expected[$r]{id}, $columns[$c], $rows[$r][$c], $wanted ] unless is_same_cell($rows[$r][$c], $wanted);
			}
		}
		is(substr(JSON::PP->new->ascii->canonical->encode(\@wrong), 0, 1000), '[]', "$language: every value, in its type, format and colours");
		is_deeply([ $sheet->{freeze}, $sheet->{filter}, $sheet->{titles} ], [ 'A2', 'A1:Z' . (@expected + 1), '$1:$1' ], "$language: the headings stay, and filter all rows");
	}

	# that the comparison has seen what it is for
	my @seen = map { @$_ } @{ $book{all}{sheets}[0]{rows} };
	foreach my $what (
		[ 'a number as text', sub { $_->[0] eq 's' && $_->[1] eq '9999999999999999.99' } ], [ 'an id as text', sub { $_->[0] eq 's' && $_->[1] eq '9223372036854775807' } ],
		[ 'an id of 15 digits', sub { $_->[0] eq 'n' && $_->[1] == 999999999999999 } ], [ '15 digits', sub { $_->[0] eq 'n' && $_->[1] == 9999999999999.99 } ],
		[ 'a date before those of Excel', sub { $_->[0] eq 's' && $_->[1] eq '1900-02-28' } ], [ 'the first date', sub { $_->[0] eq 'd' && $_->[1] eq '1900-03-01 00:00:00.000' } ],
		[ 'the last date', sub { $_->[0] eq 'd' && $_->[1] eq '9999-12-31 00:00:00.000' && $_->[2] eq 'd mmm yyyy' } ], [ 'a date after it', sub { $_->[0] eq 's' && $_->[1] eq '10000-01-01' } ],
		[ 'a date before Christ', sub { $_->[0] eq 's' && $_->[1] eq '0044-03-15 BC' } ], [ 'a time with its milliseconds', sub { $_->[1] eq '2024-03-05 13:34:56.789' } ],
		[ 'a formula as a text', sub { $_->[0] eq 's' && $_->[1] eq '=HYPERLINK("http://a.example","x")' } ], [ 'a plus as a text', sub { $_->[1] eq '+1' } ],
		[ 'a date that has passed', sub { ($_->[3] // '') eq 'C62828' && $_->[0] eq 'd' } ], [ 'today', sub { ($_->[3] // '') eq '2E7D32' } ], [ 'this week', sub { ($_->[3] // '') eq '1565C0' } ],
		(map { my $fill = $_; [ "a $fill flag", sub { ($_->[4] // '') eq $fill } ] } values %flag_fill))
	{
		cmp_ok(scalar(grep { defined && $what->[1]->() } @seen), '>', 0, "seen: $what->[0]");
	}

	# texts that are too long
	my ($id, $subject) = map { my $name = $_; grep { $columns[$_] eq $name } 0 .. $#columns } qw(id subject);
	my %subject = map { $_->{id} => $_->{subject} } @list;
	my @wrong;
	foreach my $row (grep { $long{ $_->[$id][1] } } @{ $book{all}{sheets}[0]{rows} })
	{
		my ($whole, $read) = ($subject{ $row->[$id][1] }, $row->[$subject][1]);
		my $n = $row->[$id][1];
		my $right = $long{$n}[1] eq 'whole' ? unescape($read) eq $whole : units($read) <= $limit && is_cut(unescape($read), $whole, $n < 320 ? $limit - 1 : 10000);
		push @wrong, "$n: $long{$n}[0]: " . length($read) . ' ' . substr($read, -20) unless $right;
	}
	is(substr(JSON::PP->new->ascii->canonical->encode(\@wrong), 0, 1000), '[]', 'long texts are cut where a cell ends, with an ellipsis, and no others');

	# the summary
	my $sheet = $book{sums}{sheets}[1];
	my @summary = rows(q{SELECT s.* FROM set_config('salesopp.organization_id', '2', false), LATERAL salesopp.summary() s});
	my ($title, $organization, $criteria, undef, $headings, @lines) = @{ $sheet->{rows} };
	is_deeply([ map { $_->{name} } @{ $book{sums}{sheets} } ], [ 'Sales opportunities', 'Summary' ], 'two sheets');
	is_deeply([ map { $_->[0][1] } $title, $organization, $criteria ], [ 'Sales opportunities', 'Sums', 'All opportunities' ], 'what the summary is about');
	is_deeply([ map { $_->[1] } @$headings ], [ 'Status', 'Number', 'Estimated revenue', 'Pipeline', 'Highest sale' ], 'its headings');
	is_deeply([ map { [ map { $_->[1] } @$_[ 0 .. 4 ] ] } @lines[ 0 .. 3 ] ],
		[ map { [ $_->{status} eq 'total' ? 'Total' : $words{en}{ $_->{status} }, map { 0 + $_ } @$_{qw(opportunities estimated_revenue pipeline highest)} ] } @summary ],
		'the summary is that of summary()');
	is_deeply([ map { $_->[2] } @{ $lines[0] }[ 1 .. 4 ] ], [ '#,##0', ('#,##0.00') x 3 ], 'its number formats');
	is($sheet->{charts}, 1, 'it has a chart');
	is_deeply($book{sums}{ranges}, [ map { "Summary!\$$_\$6:\$$_\$8" } qw(A C A D) ], 'of won, open and lost, without the total');
	is_deeply($book{norwegian}{ranges}, [ map { "Oppsummering!\$$_\$6:\$$_\$8" } qw(A C A D) ], 'also in Norwegian');

	# the list adds up to it, by the colours of the flags, too
	my ($head, @rows) = @{ $book{sums}{sheets}[0]{rows} };
	is_deeply([ map { $_->[1] } @$head ], [ @{ $headings{en} }[ 1, 3 .. 12, 14 .. 16 ] ], 'the usual columns');
	my ($flag, $revenue) = map { my $name = $_; grep { $head->[$_][1] eq $name } 0 .. $#$head } 'Flag', 'Estimated revenue';
	foreach my $line (@summary)
	{
		my @of_line = grep { $line->{status} eq 'total' || $_->[$flag][4] eq $flag_fill{ $line->{status} } } @rows;
		my $sum = 0;
		$sum += $_->[$revenue][1] foreach grep { $_->[$revenue] } @of_line;
		is(scalar(@of_line) . sprintf(' %.2f', $sum), "$line->{opportunities} " . sprintf('%.2f', $line->{estimated_revenue}), "$line->{status}: the rows add up to the summary");
	}
	is_deeply([ map { [ map { $_->[$flag - 1][1] } @$_ ] } [@rows[ 0, 1, -1 ]] ], [ [ 400, 399, 1 ] ], 'what was changed last comes first');

	# the rest
	is_deeply([ map { [ map { $_->[1] } @$_ ] } @{ $book{few}{sheets}[0]{rows} } ], [ [ 'Subject', 'Id' ], map { [ $_->{subject}, $_->{id} ] } sort { $b->{subject} cmp $a->{subject} } grep { $_->{id} <= 8 } @list ],
		'columns and order as asked for');
	is_deeply([ map { [ @{ $_->{sheets}[0] }{qw(name widths)} ] } @book{qw(few)} ], [ [ 'Sales opportunities', [ 42.7109375, 10.7109375 ] ] ], 'columns are as wide as they need');
	is_deeply([ map { scalar @{ $_->{rows} } } @{ $book{empty}{sheets} } ], [ 1, 9 ], 'without rows there are the headings and the summary');
	is($book{empty}{sheets}[1]{rows}[8][1][1], 0, 'of nothing');
	is_deeply([ map { $_->{name} } @{ $book{norwegian}{sheets} } ], [ 'Salgsmuligheter', 'Oppsummering' ], 'sheets in Norwegian');
	is_deeply($book{norwegian}{properties}, [ 'Salgsmuligheter', undef, 'Id: <= 8; Status: Ikke avgjort, Vunnet, Tapt' ], 'the properties say what it is');
	cmp_ok(abs($node->safe_psql('sales', "SELECT extract(epoch FROM '$book{all}{created}Z'::timestamptz - now())")), '<', 600, 'and when it was made');
	is(scalar(grep { $_ eq 'xl/charts/chart1.xml' } @{ $book{all}{parts} }), 1, 'parts stand where they should');
}
SKIP:
{
	skip 'unzip is not there', 1 if system('command -v unzip >/dev/null') != 0;
	is(scalar(grep { system("unzip -tqq $file{$_} >/dev/null 2>&1") != 0 } keys %file), 0, 'unzip finds nothing wrong');
	is(scalar(grep { `unzip -p $file{$_} docProps/app.xml` !~ m{<Company>Acme &amp; "S.*nner"</Company>} } qw(all norwegian empty)), 0, 'the organization is a property');
}

# ---------- LibreOffice

# Both sheets of a workbook as CSV, with values as they are rather than as they are shown; by name
sub open_in_office
{
	my ($name) = @_;
	my %sheets;

	local %ENV = (%ENV, HOME => $dir, LC_ALL => 'C.UTF-8');
	run_command([ $office, "-env:UserInstallation=file://$dir/office", qw(--headless --convert-to), 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1',
		'--outdir', "$dir/office-$name", $file{$name} ]);
	foreach my $path (glob "$dir/office-$name/*.csv")
	{
		my ($sheet) = $path =~ /$name-(.*)\.csv$/;
		my ($out) = run_command([ 'python3', "$helpers/read_csv.py", $path ]);
		$sheets{$sheet} = $json->decode($out)->[0];
	}
	return \%sheets;
}

SKIP:
{
	skip 'LibreOffice is not there to read workbooks', 6 unless $office && $python;

	my $sheets = open_in_office('all');
	is_deeply([ sort keys %$sheets ], [ 'Sales opportunities', 'Summary' ], 'LibreOffice opens both sheets');
	my ($headings, @rows) = @{ $sheets->{'Sales opportunities'} };
	my @wrong;

	is_deeply($headings, $headings{en}, 'and has the headings');
	is(scalar(@rows), scalar(@list), 'and all rows');
	foreach my $r (0 .. $#list)
	{
		foreach my $c (0 .. $#columns)
		{
			next if $columns[$c] eq 'subject' && $long{ $list[$r]{id} };
			my $wanted = expected_cell($list[$r], $columns[$c], 'en');
			my ($type, $value) = $wanted ? @$wanted : ('s', '');
			my $read = $rows[$r][$c];
			$value = $value ? 'TRUE' : 'FALSE' if $type eq 'b';
			# it shows no fractions of seconds, and breaks lines by LF
			$value =~ s{^(\d{4})-(\d\d)-(\d\d) (.{8})\.\d+}{"$2/$3/$1" . ($columns[$c] eq 'changed_at' ? " $4" : '')}e if $type eq 'd';
			$value =~ s/\r\n/\n/g;
			push @wrong, [ $list[$r]{id}, $columns[$c], $read, $value ] unless $type eq 'n' ? $read ne '' && $read == $value : $read eq $value;
		}
	}
	is(substr(JSON::PP->new->ascii->canonical->encode(\@wrong), 0, 1000), '[]', 'it reads every value');

	$sheets = open_in_office('sums');
	($headings, @rows) = @{ $sheets->{'Sales opportunities'} };
	my ($revenue) = grep { $headings->[$_] eq 'Estimated revenue' } 0 .. $#$headings;
	my ($sum, %flags) = (0);
	$sum += $_->[$revenue] || 0, $flags{ $_->[1] }++ foreach @rows;
	my ($total) = rows(q{SELECT s.* FROM set_config('salesopp.organization_id', '2', false), LATERAL salesopp.summary() s WHERE s.status = 'total'});
	is(sprintf('%d %.2f', scalar(@rows), $sum), sprintf('%d %.2f', $total->{opportunities}, $total->{estimated_revenue}), 'there, too, the list adds up to summary()');
	is_deeply([ map { 0 + $_ } @{ $sheets->{Summary}[8] }[ 1 .. 4 ] ], [ map { 0 + $_ } @$total{qw(opportunities estimated_revenue pipeline highest)} ], 'which is on the second sheet');
}

# ---------- more rows than a sheet holds

SKIP:
{
	skip 'unzip is not there', 1 if system('command -v unzip >/dev/null') != 0;

	my $most = 1048575;
	# without rules and indexes they are there soon
	my $drop = $node->safe_psql('sales', q{SELECT string_agg('DROP INDEX ' || indexrelid::regclass, '; ') FROM pg_index WHERE indrelid = 'salesopp.opportunity'::regclass AND NOT indisprimary});
	$node->safe_psql('sales', qq{SET session_replication_role = replica; $drop;
		INSERT INTO salesopp.opportunity (organization_id, id, subject, created_at, changed_at) SELECT 2, 1000 + n, 'Row', '2024-01-01', '2024-01-01' FROM generate_series(1, $most + 5 - 400) n});
	my $start = time;
	my $file = export('large', q{sort => 'id asc', columns => '{id}'}, 'SET salesopp.organization_id = 2');
	note('exported in ' . (time - $start) . ' seconds');
	my %sheet = map { $_ => scalar(`unzip -p $file xl/worksheets/sheet$_.xml`) } 1 .. 3;
	is_deeply([ map { scalar(() = $sheet{$_} =~ /<row /g) } 1, 3 ], [ $most + 1, 6 ], 'what one sheet cannot hold goes on to another');
	is_deeply([ map { $sheet{$_} =~ /<autoFilter ref="(.*?)"/ } 1, 3 ], [ 'A1:A1048576', 'A1:A6' ], 'both are filtered');
	is_deeply([ map { $sheet{$_} =~ /<c r="A1".*?<t>(.*?)</ } 1, 3 ], [ 'Id', 'Id' ], 'and have headings');
	is_deeply([ map { [ ($sheet{$_} =~ /<v>(\d+)</g)[ 0, -1 ] ] } 1, 3 ], [ [ 1, $most + 600 ], [ $most + 601, $most + 605 ] ], 'no row is missing between them');
	is_deeply([ `unzip -p $file xl/workbook.xml` =~ /<sheet name="(.*?)"/g ], [ 'Sales opportunities', 'Summary', 'Sales opportunities 2' ], 'named alike');
}

$node->stop;
done_testing();
