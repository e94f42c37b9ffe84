# What the documents say of the project is so: links lead somewhere, numbers of requirements are explained,
# tables name the files that there are, and what the tours show is what comes of their statements.
use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $project = abs_path("$FindBin::Bin/../..");
chdir $project or die "no project: $!";
# midnights as far from each other as the days that statements count
$ENV{PGTZ} = 'UTC';

my %document = map { $_ => slurp_file($_) } glob('*.md doc/*.md');

sub without_code
{
	my ($text) = @_;
	$text =~ s/^```.*?^```//gsm;
	return $text;
}

# section DOCUMENT HEADING: until the next heading of that level
sub section
{
	my ($name, $heading) = @_;
	my ($text) = $document{$name} =~ /^## \Q$heading\E\n(.*?)(?=^## |\z)/sm;
	die "no section $heading in $name" unless defined $text;
	return $text;
}

# ---------- links

# as GitHub makes them
sub anchors
{
	my ($text) = @_;
	my %anchors;
	for my $anchor (map { lc } without_code($text) =~ /^#+ (.*)$/gm)
	{
		$anchor =~ s/[^\w\- ]//g;
		$anchor =~ tr/ /-/;
		$anchors{$anchor} = 1;
	}
	return \%anchors;
}

my %anchors = map { $_ => anchors($document{$_}) } keys %document;

sub leads_nowhere
{
	my ($from, $link) = @_;
	my ($path, $anchor) = split /#/, $link, 2;
	my $target = $path eq '' ? $from : $from =~ m{^doc/} ? "doc/$path" : $path;
	$target =~ s{doc/\.\./}{};
	return !-e $target || defined $anchor && !$anchors{$target}{$anchor};
}

my @broken;
for my $from (sort keys %document)
{
	push @broken, map { "$from: $_" } grep { !/^\w+:/ && leads_nowhere($from, $_) } without_code($document{$from}) =~ /\]\(([^)\s]+)\)/g;
}
is("@broken", '', 'every link leads to a file and a heading that there are');

# ---------- requirements

my @sources = split /\n/, `find src sql test doc -type f ! -name '*.png' ! -name '*.o' ! -name '*.bc' ! -path doc/requirements.md`;
my %named = map { $_ => 1 } map { slurp_file($_) =~ /\bF\d+\.\d+\b/g } @sources;
my %listed = map { $_ => 1 } $document{'doc/requirements.md'} =~ /^- \*\*(F\d+\.\d+)\*\*/gm;
is(join(' ', sort grep { !$listed{$_} } keys %named), '', 'every requirement that is named is explained');
is(join(' ', sort grep { !$named{$_} } keys %listed), '', 'every requirement that is explained is named by a test or the reference');

# ---------- files

# The first column of the tables, behind the wing that stands above each.
sub files_of_library
{
	my @files;
	for my $wing (split /^(?=\*\*`src)/m, section('doc/development.md', 'The library'))
	{
		my ($folder) = $wing =~ m{^\*\*`(src/\w*/?)`\*\*} or next;
		push @files, map { "$folder$_" } map { /`(\w+\.[ch])`/g } $wing =~ /^\|([^|]*)\|/gm;
	}
	return @files;
}

# differences NAMED THERE: what only one of two lists has, or has twice
sub differences
{
	my ($named, $there) = @_;
	my %count;
	$count{$_}++ for @$named;
	$count{$_}-- for @$there;
	return join ' ', map { $count{$_} > 0 ? "$_ (only named)" : "$_ (not named)" } grep { $count{$_} } sort keys %count;
}

my @files = files_of_library();
is(differences(\@files, [ glob('src/*.c src/*/*.c'), grep { /\.h$/ && -e $_ } @files ]), '', 'the tables of the wings name every file once');

# as in the picture
my %below = (
	'src' => '', text => 'src', pipeline => 'src', chances => 'pipeline src', table => 'text src', search => 'text src', opportunity => 'table text src',
	forecast => 'pipeline search text src', export => 'search text src', picture => 'forecast search text src',
	report => 'picture forecast search text src', import => 'search table text src');
my %upwards;
for my $file (grep { $_ ne 'src/module.c' } glob('src/*.[ch] src/*/*.[ch]'))
{
	my ($wing) = $file =~ m{(\w+)/\w+\.[ch]$};
	for my $include (slurp_file($file) =~ /^#include "([\w\/]+\.h)"/gm)
	{
		my ($from) = "src/$include" =~ m{(\w+)/\w+\.h$};
		$upwards{"$file: $include"} = 1 if -e "src/$include" && $from ne $wing && " $below{$wing} " !~ / $from /;
	}
}
is(join(' ', sort keys %upwards), '', 'a wing includes only what is below it');

# ---------- PostgreSQL's versions

# "True" is no name of PostgreSQL's, memory is not always a setting's, and lower case not always that of trigrams.
my %differs = map { $_ => 1 } grep { !/^(?:true|malloc|guc_malloc|str_tolower)$/ } slurp_file('src/compat.h') =~ /^#define \w+(?:\([\w, ]*\))?(?: \\\n)?\s+(\w+)/gm;
cmp_ok(scalar(keys %differs), '>', 5, 'there is what the versions of PostgreSQL call differently');
my %beside;
for my $file (grep { $_ ne 'src/compat.h' } glob('src/*.[ch] src/*/*.[ch]'))
{
	$beside{"$file: $_"} = 1 for grep { $differs{$_} } slurp_file($file) =~ /\b(\w+)\b/g;
}
is(join(' ', sort keys %beside), '', 'what they call differently is called as compat.h calls it');

# what a program is told of errors, and what the reference says
my ($errors) = slurp_file('doc/reference.md') =~ /^## Errors\n(.*?)(?=^## |\z)/ms;
my ($codes) = slurp_file('sql/parts/functions/openapi.sql') =~ /FROM \(VALUES\s+(\('55000'.*?)\) e \(code/s;
my %explained = map { $_ => 1 } map { /\b\w{5}\b/g } $errors =~ /^\| ([0-9A-Z, ]+) \|/gm;
is(join(' ', sort $codes =~ /\('(\w{5})'/g), join(' ', sort map { /\b\w{5}\b/g } $errors =~ /^\| ([0-9A-Z, ]+) \|/gm),
	'openapi() names the SQLSTATEs of the reference');
is(join(' ', sort grep { !$explained{$_} } map { /(?<![\w,.-])(?:\d\d[\dA-Z]\d\d|[0-9]F\d{3}|P0\d{3}|42P\d\d)(?![\w,.-])/g } slurp_file('doc/reference.md') =~ /Errors(?: of all functions)?: .*?(?=\n\n|\n```)/gs), '',
	'each SQLSTATE of the reference has a row that says what to do');

# what is described to programs, is described to people
my ($inner) = slurp_file('sql/parts/functions/openapi.sql') =~ /SELECT name IN \((.*?)\)/s;
my %inner = map { $_ => 1 } $inner =~ /'(\w+)'/g;
my $reference = slurp_file('doc/reference.md');
my %undocumented;
for my $part (glob('sql/parts/*/*.sql'))
{
	for my $function (slurp_file($part) =~ /^CREATE OR REPLACE FUNCTION salesopp\.(\w+\((?!(?:\w+ )?(?:bytea|internal)\b).*?)\bLANGUAGE/gms)
	{
		my ($name) = $function =~ /^(\w+)/;
		$undocumented{$name} = 1 unless $function =~ /RETURNS (?:trigger|internal)\b/ || $inner{$name} || $reference =~ /`$name\b/;
	}
}
is(join(' ', sort keys %undocumented), '', 'every function that openapi() describes is in the reference');

my @parts = map { s{^sql/parts/|\.sql$}{}gr } glob('sql/parts/*/*.sql');
is(differences([ section('doc/development.md', 'The install script') =~ /^\| `(\w+\/\w+)` \|/gm ], \@parts),
	'', 'the table of the install script names every part once');

my %gone;
for my $source (grep { !/salesopp--/ } @sources)
{
	$gone{"$source: $_"} = 1 for grep { !-e $_ } slurp_file($source) =~ m{\b((?:src|sql|test|doc)/[\w/]+\.(?:c|h|sql|pl|pm|sh|md))\b}g;
}
is(join(' ', sort keys %gone), '', 'files that comments and documents name are there');

# A rule's place is `wing/file.c`: `function`, …
my @missing;
for my $row (section('doc/development.md', 'Where each rule stands') =~ /^\| [^|]* \| ([^|]*) \|$/gm)
{
	my $file;
	for my $name ($row =~ /`([^`]+)`/g)
	{
		$file = "src/$name" if $name =~ /\.c$/;
		push @missing, $name if $name =~ /\.c$/ && !-e $file;
		push @missing, "$name of $file" if $file && -e $file && $name =~ /^\w+$/ && slurp_file($file) !~ /\b$name\b/;
		push @missing, $name if $name =~ m{^(\w+)/\w+$} && !-e "sql/parts/$name.sql";
	}
}
is("@missing", '', 'rules stand where the table says');

# ---------- tours

my $node = PostgreSQL::Test::Cluster->new('documents');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;

# Each statement with the lines that are shown below it; so that a file of this project is run, from the shell as well.
sub statements
{
	my ($text) = @_;
	my @statements;
	$text =~ s/^```\w+\n.*?^```$//gsm;
	for my $block ($text =~ /^```\n(.*?)^```/gsm)
	{
		for my $session (split /^(?==[#>] |\$ )/m, $block)
		{
			$session =~ s/^\$ psql .*-f /=# \\i /;
			next unless $session =~ /^=[#>] (\\[^\n]*\n|.*?(?:;|\\g\w+)\n)(.*)\z/s;
			my ($statement, $shown) = ($1, $2);
			$statement =~ s{^\\i ~/salesopp/(.*\n)}{\\i $project/$1\\set ON_ERROR_STOP off\n};
			push @statements, [ $statement, $shown ];
		}
	}
	return @statements;
}

# Days go by, the one who runs the tests is called otherwise, and row counts are mostly left out.
sub comparable
{
	my ($text) = @_;
	my $superuser = getpwuid($<);
	$text =~ s/\d{4}-\d\d-\d\d/yyyy-mm-dd/g;
	$text =~ s/as user "\Q$superuser\E"/as user "postgres"/g;
	$text =~ s/^LINE \d+:.*\n.*\n//gm;
	$text =~ s/^psql:\S+: (?=NOTICE)//gm;
	$text =~ s/^(?:(?:INSERT 0|UPDATE|DELETE) \d+|\(\d+ rows?\))$//gm;
	$text =~ s/[ \t]+$//gm;
	$text =~ s/\n+\z//;
	return $text;
}

# try_tour NAME TEXT FOLDER BEFORE...: in the folder, after some statements
sub try_tour
{
	my ($name, $text, $folder, @before) = @_;
	my @statements = statements($text);
	my $script = join '', "\\cd $folder\n\\pset footer off\n", map { "$_\n" } @before;
	my ($out, @wrong);

	$script .= "\\echo == $_\n$statements[$_][0]" for 0 .. $#statements;
	$script =~ s/^\\c - postgres$/'\c - ' . getpwuid($<)/me;
	IPC::Run::run([ 'psql', '-X', '-d', $node->connstr('postgres') ], '<', \$script, '>&', \$out);
	my %answer = $out =~ /^== (\d+)\n(.*?)(?=^== |\z)/gsm;
	for my $i (0 .. $#statements)
	{
		my ($statement, $shown) = map { comparable($_) } @{ $statements[$i] };
		my $answer = comparable($answer{$i} // 'nothing');
		push @wrong, "$statement\n$answer" if $shown ne '' ? $answer ne $shown : $answer =~ /^(ERROR|FATAL|psql|invalid)/m;
	}
	cmp_ok(scalar @statements, '>', 10, "$name has statements");
	is(join("\n", @wrong), '', "$name shows what comes of its statements");
}

sub end_tour
{
	$node->safe_psql('postgres', 'DROP DATABASE tour');
	$node->safe_psql('postgres', 'DROP ROLE IF EXISTS kari');
}

my @empty_database = ('CREATE DATABASE tour;', '\c tour', 'CREATE EXTENSION salesopp CASCADE;');

try_tour('the tour of the README', section('README.md', 'A tour'), $project);
end_tour();
try_tour('the import of the tutorial', section('doc/tutorial.md', 'Bring your data'), $project, @empty_database);
end_tour();
try_tour('the tour of the tutorial',
	join('', map { section('doc/tutorial.md', $_) } 'A tour', 'Your weekly sales meeting in five statements', 'Will we make the quarter?'),
	$project, @empty_database);

# What the tutorial's quarter comes to, from each choice of its deals that may be won: with one more or less it would be otherwise.
my ($certain, @deals) = (0);
for my $row (split /\n/, $node->safe_psql('tour', "SELECT status, round(100 * COALESCE(actual_revenue, estimated_revenue)), round(progress)
	FROM salesopp.opportunity WHERE status <> 'lost' AND decision_date <= CURRENT_DATE + 45"))
{
	my ($status, $cents, $percent) = split /\|/, $row;
	$certain += $cents if $status eq 'won';
	push @deals, [ $cents, $percent ] if $status eq 'open';
}
my %weight = ($certain => 1);
for my $deal (@deals)
{
	my %with;
	for my $sum (keys %weight)
	{
		$with{$sum} += $weight{$sum} * (100 - $deal->[1]);
		$with{ $sum + $deal->[0] } += $weight{$sum} * $deal->[1];
	}
	%weight = %with;
}
sub weight { my $sum = 0; $sum += $_ for @_; return $sum }
my @sums = sort { $a <=> $b } keys %weight;
my $all = 100**@deals;
sub quantile { my ($part) = @_; my $sum = 0; for (@sums) { $sum += $weight{$_}; return $_ if $sum >= $part * $all } }
my $mean = weight(map { $_ * $weight{$_} } @sums) / $all;
cmp_ok(scalar @sums, '>', 8, 'the quarter of the tutorial may come to several amounts');
my $quarter = "jsonb_build_object('decision_date', jsonb_build_object('to', CURRENT_DATE + 45)), 2600000";
is( $node->safe_psql('tour', "SELECT concat_ws(' ', 100 * certain, 100 * possible, 100 * mean, 100 * p10, 100 * p50, 100 * p90, chance)
	FROM salesopp.forecast($quarter)") =~ s/\.00\b//gr,
	join(' ', $certain, $sums[-1], $mean, quantile(0.1), quantile(0.5), quantile(0.9), weight(map { $weight{$_} } grep { $_ >= 260000000 } @sums) / $all),
	'and is forecast to come to these');
is($node->safe_psql('tour', "SELECT salesopp.forecast_svg($quarter)") . "\n", slurp_file('doc/pictures/quarter.svg'), 'which is the picture of it');
end_tour();

# The export is not part of the project.
SKIP:
{
	my $export = $ENV{SALESOPP_REAL_DATA} // '';
	skip "the tutorial's export: SALESOPP_REAL_DATA names no folder with it", 2 unless -f "$export/sales_pipeline.csv";
	try_tour("the tutorial's export", section('doc/tutorial.md', 'Bring your own CRM export'), $export, @empty_database);
	end_tour();
}

done_testing();
