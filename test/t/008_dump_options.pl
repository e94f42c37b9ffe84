# Dumps that order or leave out things in ways of their own come back as well: rows as INSERTs, several
# jobs, a directory, data only, one section after the other, over what is there already; and into a
# newer PostgreSQL than they came from.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SampleDatabase;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dumped');
$node->init;
$node->start;
create_sales($node);
my %expected = contents($node, 'sales');

my $dir = PostgreSQL::Test::Utils::tempdir;
my @psql = ('psql', '--no-psqlrc', '--quiet', '--output', "$dir/out", '--set', 'ON_ERROR_STOP=1', '--dbname');
my @pg_restore = ('pg_restore', '--exit-on-error', '--dbname');

# What doc/operations.md says to set where rows come before what they refer to.
my $without_triggers = '-c session_replication_role=replica';

sub dump_to
{
	my ($file, @options) = @_;
	$node->command_ok([ 'pg_dump', @options, '--file', "$dir/$file", 'sales' ], join ' ', 'pg_dump', @options);
	return;
}

sub new_database { return $node->safe_psql('postgres', "CREATE DATABASE $_[0]"); }

# ---------- rows as INSERTs

dump_to('inserts.sql', '--inserts');
new_database('inserts');
$node->command_ok([ @psql, 'inserts', '--file', "$dir/inserts.sql" ], 'INSERTs restored');
is_the_same($node, 'inserts', \%expected, 'INSERTs');

# ---------- several jobs

dump_to('custom.dump', '--format', 'custom');
dump_to('directory', '--format', 'directory', '--jobs', '2');
foreach my $archive ('custom.dump', 'directory')
{
	my $db = ($archive =~ s/\..*//r) . '_jobs';
	local $ENV{PGOPTIONS} = $without_triggers;
	new_database($db);
	$node->command_ok([ @pg_restore, $db, '--jobs', '2', "$dir/$archive" ], "$archive restored by two jobs");
}
is_the_same($node, 'custom_jobs', \%expected, 'custom, two jobs');
is_the_same($node, 'directory_jobs', \%expected, 'directory, two jobs');

new_database('directory');
$node->command_ok([ @pg_restore, 'directory', "$dir/directory" ], 'directory restored by one job');
is_the_same($node, 'directory', \%expected, 'directory, one job');

# ---------- data only, into what CREATE EXTENSION makes; rights are no data

my %data = %expected;
delete $data{rights};

sub with_extension
{
	my ($db) = @_;
	new_database($db);
	$node->safe_psql($db, 'CREATE EXTENSION salesopp CASCADE');
	return;
}

sub grant_levels
{
	my ($db) = @_;
	$node->safe_psql($db, q{SELECT salesopp.grant_access('dump_seller', 'seller'), salesopp.grant_access('dump_manager', 'manager')});
	return;
}

dump_to('data.sql', '--data-only');
with_extension('data_only');
$node->command_ok([ @psql, 'data_only', '--file', "$dir/data.sql" ], 'data restored by psql');
grant_levels('data_only');
is_the_same($node, 'data_only', \%data, 'data only, psql');

with_extension('data_only_custom');
$node->command_ok([ @pg_restore, 'data_only_custom', '--data-only', "$dir/custom.dump" ], 'data restored by pg_restore');
grant_levels('data_only_custom');
is_the_same($node, 'data_only_custom', \%data, 'data only, pg_restore');

dump_to('data_inserts.sql', '--data-only', '--inserts', '--disable-triggers');
with_extension('data_inserts');
$node->command_ok([ @psql, 'data_inserts', '--file', "$dir/data_inserts.sql" ], 'INSERTs of data restored');
grant_levels('data_inserts');
is_the_same($node, 'data_inserts', \%data, 'data only, INSERTs with triggers disabled');
is($node->safe_psql('data_inserts', q{SELECT DISTINCT tgenabled FROM pg_trigger}), 'O', 'the triggers are enabled again');

# Twice is refused, not added up.
$node->command_fails_like([ @psql, 'data_only', '--file', "$dir/data.sql" ], qr/duplicate key value/, 'data restored again');
my %again = contents($node, 'data_only');
is($again{rows}, $data{rows}, 'and no row is there twice');

# ---------- section by section

my @sections = ('pre-data', 'data', 'post-data');
new_database('sections');
new_database('sections_custom');
foreach my $section (@sections)
{
	dump_to("$section.sql", "--section=$section");
	$node->command_ok([ @psql, 'sections', '--file', "$dir/$section.sql" ], "$section restored by psql");
	$node->command_ok([ @pg_restore, 'sections_custom', "--section=$section", "$dir/custom.dump" ], "$section restored by pg_restore");
}
is_the_same($node, 'sections', \%expected, 'sections, psql');
is_the_same($node, 'sections_custom', \%expected, 'sections, pg_restore');

# ---------- over what is there

$node->safe_psql('sections', q{UPDATE salesopp.opportunity SET subject = 'changed' WHERE status = 'open' AND deleted_at IS NULL});
$node->command_ok([ @pg_restore, 'sections', '--clean', '--if-exists', "$dir/custom.dump" ], 'restored over another state');
is_the_same($node, 'sections', \%expected, 'cleaned first');

# ---------- into a newer PostgreSQL

SKIP:
{
	my $installation = older_installation();
	skip 'no older PostgreSQL to restore from', 1 unless $installation;

	my $older = PostgreSQL::Test::Cluster->new('older', install_path => $installation);
	$older->init;
	$older->start;
	create_sales($older);
	my %older_expected = contents($older, 'sales');

	my $newer = PostgreSQL::Test::Cluster->new('newer');
	$newer->init;
	$newer->start;
	copy_roles($older, $newer);
	cmp_ok($newer->safe_psql('postgres', 'SHOW server_version_num'), '>', $older->safe_psql('postgres', 'SHOW server_version_num'),
		'from ' . $older->pg_version . ' to ' . $newer->pg_version);

	$older->command_ok([ 'pg_dump', '--file', "$dir/older.sql", 'sales' ], 'dumped by the older pg_dump');
	$newer->command_ok([ 'pg_dump', '--host', $older->host, '--port', $older->port, '--format', 'custom', '--file', "$dir/older.dump",
			'sales' ], 'dumped by the newer pg_dump');
	$newer->safe_psql('postgres', "CREATE DATABASE $_") foreach 'by_psql', 'by_pg_restore';
	$newer->command_ok([ @psql, 'by_psql', '--file', "$dir/older.sql" ], 'restored by psql on the newer server');
	is_the_same($newer, 'by_psql', \%older_expected, 'newer server, psql');
	$newer->command_ok([ @pg_restore, 'by_pg_restore', "$dir/older.dump" ], 'restored by pg_restore on the newer server');
	is_the_same($newer, 'by_pg_restore', \%older_expected, 'newer server, pg_restore');
	$older->stop;
	$newer->stop;
}

$node->stop;
done_testing();
