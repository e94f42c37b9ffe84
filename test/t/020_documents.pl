# What the documents say of the project is so: links lead somewhere, numbers of requirements are explained,
# tables name the files that there are, and what the tours show is what comes of their statements.
use strict;
use warnings FATAL => 'all';

use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chdir "$FindBin::Bin/../.." or die "no project: $!";

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
	report => 'picture forecast search text src');
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

# Each statement with the lines that are shown below it.
sub statements
{
	my ($text) = @_;
	my @statements;
	for my $block ($text =~ /^```\n(.*?)^```/gsm)
	{
		for my $session (split /^(?==[#>] )/m, $block)
		{
			my ($statement, $shown) = $session =~ /^=[#>] (\\[^\n]*\n|.*?;\n)(.*)\z/s;
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
	$text =~ s/^(?:INSERT 0|UPDATE|DELETE) \d+$//gm;
	$text =~ s/[ \t]+$//gm;
	$text =~ s/\n+\z//;
	return $text;
}

sub try_tour
{
	my ($name, $text, @before) = @_;
	my @statements = statements($text);
	my $script = join '', "\\pset footer off\n", map { "$_\n" } @before;
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
	$node->safe_psql('postgres', 'DROP DATABASE tour');
	$node->safe_psql('postgres', 'DROP ROLE kari');
}

try_tour('the tour of the README', section('README.md', 'A tour'));
try_tour('the tour of the tutorial',
	section('doc/tutorial.md', 'A tour') . section('doc/tutorial.md', 'Your weekly sales meeting in five statements'),
	'CREATE DATABASE tour;', '\c tour', 'CREATE EXTENSION salesopp CASCADE;');

done_testing();
