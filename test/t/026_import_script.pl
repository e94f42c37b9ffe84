# doc/import.psql: what it says of a file, that it asks, and that nothing happens unless the answer is yes (issue 15 item 5)
use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $project = abs_path("$FindBin::Bin/../..");
my $script = "$project/doc/import.psql";
my $folder = PostgreSQL::Test::Utils::tempdir();

my $node = PostgreSQL::Test::Cluster->new('import_script');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;
$node->safe_psql('postgres', "CREATE EXTENSION salesopp CASCADE;
	SELECT salesopp.create_organization('Import');
	INSERT INTO salesopp.employee (initials, name) VALUES ('KB', 'Kari Bråten'), ('OL', 'Ola Lier');");

# file NAME TEXT
sub file
{
	my ($name, $text) = @_;
	open my $file, '>:raw', "$folder/$name" or die "$name: $!";
	print $file $text;
	close $file;
	return "$folder/$name";
}

# answered FILE ANSWER OPTIONS...: the exit status, and all that is said
sub answered
{
	my ($file, $answer, @options) = @_;
	my $said;
	# from a file, as it may end before it has asked
	my $typed = file('typed', $answer);
	IPC::Run::run([ 'psql', '-X', '-d', $node->connstr('postgres'), '-v', "file=$file", @options, '-f', $script ], '<', $typed, '>&', \$said);
	return ($? >> 8, $said);
}

sub opportunities
{
	return $node->safe_psql('postgres', 'SELECT count(*) FROM salesopp.opportunity');
}

my @lines = grep { !/^(--|$)/ } split /\n/, slurp_file($script);
cmp_ok(scalar @lines, '<=', 10, 'the script has at most ten lines');

# What a shell could take for something else, and SQL
my $text = slurp_file("$project/test/import/first-hour.csv");
my $bad = file(q(My "deals"; of `touch here` $(touch here) 'Q1' \ .csv), $text);
my ($status, $said) = answered($bad, "yes\n");
is($status, 3, 'a file with problems is not imported');
like($said, qr/Deal name +\| subject/, 'it says what becomes of the columns');
like($said, qr/^ error +\| +1 \| +5 \| Deal stage +\| Writen quote received +\| .*Nearest: "Written quote received"/m, 'what is wrong, and how it could be right');
like($said, qr/ERROR:  pg_temp\.imported cannot be imported: it has 3 problems/, 'and refuses');
is(opportunities(), 0, 'and nothing is there');
ok(!-e 'here' && !-e "$folder/here", 'the name of the file is nothing but its name');

($status, $said) = answered($bad, "yes\n", '-v', 'options={"partial": true}');
is($status, 0, 'with options');
like($said, qr/created +\| +4\n/, 'the good rows are imported');
like($said, qr/refused +\| +2\n/, 'and the others are not');
is(opportunities(), 4, 'and are there');

my $good = file('good.csv', $text =~ s/Writen/Written/r =~ s/Lyer/Lier/r =~ s/soon//r);
for my $answer ("no\n", "\n", '', "perhaps\n", "0\n")
{
	($status, $said) = answered($good, $answer);
	like($said, qr/\QImport it? (yes or no)\E/, 'it asks');
	unlike($said, qr/outcome|ERROR/, 'and without a yes nothing happens') or diag $answer;
}
is(opportunities(), 4, 'nothing has happened');

($status, $said) = answered($good, "yes\n");
is($status, 0, 'a good file is imported');
like($said, qr/created +\| +2\n/, 'what is new is created');
like($said, qr/unchanged +\| +4\n/, 'what is there stays as it is');
is(opportunities(), 6, 'all is there');

($status, $said) = answered("$folder/nothing.csv", "yes\n");
is($status, 3, 'a file that is not there is an error');
is(opportunities(), 6, 'of which nothing comes');

done_testing();
