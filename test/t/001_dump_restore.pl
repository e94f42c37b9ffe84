# What pg_dump writes, psql and pg_restore bring back: every row and column, where the sequences stand,
# the rights, and the rules. On the same server and on a new one.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SampleDatabase;
use Test::More;

my $old = PostgreSQL::Test::Cluster->new('old');
$old->init;
$old->start;
create_sales($old);
my %expected = contents($old, 'sales');

# that the comparison sees everything
foreach my $table (relations($old, 'sales', 'r'))
{
	my $organizations = () = $expected{rows} =~ /^$table\t.*"organization_id": ([12])[,}]/mg;
	cmp_ok($organizations, '>=', 2, "there is something to dump in $table");
}
is($old->safe_psql('sales', q{SELECT string_agg(DISTINCT concat_ws(' ', status, CASE WHEN deleted_at IS NOT NULL THEN 'deleted' END), ', ')
	FROM salesopp.opportunity}), 'lost, lost deleted, open, open deleted, won', 'opportunities in every state');
like($expected{rights}, qr/^r\|opportunity\|.*\|dump_seller\|UPDATE\|f$/m, 'rights of roles are compared');
like($expected{rights}, qr/dump_pool\|SELECT\|t$/m, 'and of columns');

# ---------- the same server

my $dir = PostgreSQL::Test::Utils::tempdir;
$old->command_ok([ 'pg_dump', '--file', "$dir/plain.sql", 'sales' ], 'plain dump');
$old->command_ok([ 'pg_dump', '--format', 'custom', '--file', "$dir/custom.dump", 'sales' ], 'custom dump');

my @psql = ('psql', '--no-psqlrc', '--quiet', '--output', "$dir/out", '--set', 'ON_ERROR_STOP=1');

$old->safe_psql('postgres', 'CREATE DATABASE by_psql');
$old->command_ok([ @psql, '--dbname', 'by_psql', '--file', "$dir/plain.sql" ], 'restored by psql');
is_the_same($old, 'by_psql', \%expected, 'same server, psql');

$old->safe_psql('postgres', 'CREATE DATABASE by_pg_restore');
$old->command_ok([ 'pg_restore', '--exit-on-error', '--dbname', 'by_pg_restore', "$dir/custom.dump" ], 'restored by pg_restore');
is_the_same($old, 'by_pg_restore', \%expected, 'same server, pg_restore');

# ---------- a new server, which gets the roles first

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init;
$new->start;
copy_roles($old, $new);
my $settings = q{SELECT setrole::regrole, setconfig FROM pg_db_role_setting WHERE setrole::regrole::text LIKE 'dump%'
	UNION ALL SELECT NULL, ARRAY[parname, paracl::text] FROM pg_parameter_acl ORDER BY 2};
is($new->safe_psql('postgres', $settings), $old->safe_psql('postgres', $settings), 'roles are bound to their organizations');

$new->safe_psql('postgres', 'CREATE DATABASE by_psql');
$new->command_ok([ @psql, '--dbname', 'by_psql', '--file', "$dir/plain.sql" ], 'restored by psql on a new server');
sub without_tokens { return slurp_file($_[0]) =~ s/^\\(un)?restrict .*\n//mgr }
$new->command_ok([ 'pg_dump', '--file', "$dir/again.sql", 'by_psql' ], 'what was restored is dumped');
ok(without_tokens("$dir/again.sql") eq without_tokens("$dir/plain.sql"), 'its dump is the same text');
is_the_same($new, 'by_psql', \%expected, 'new server, psql');

$new->safe_psql('postgres', 'CREATE DATABASE by_pg_restore');
$new->command_ok([ 'pg_restore', '--exit-on-error', '--dbname', 'by_pg_restore', "$dir/custom.dump" ],
	'restored by pg_restore on a new server');
is_the_same($new, 'by_pg_restore', \%expected, 'new server, pg_restore');

is($new->safe_psql('by_psql', q{BEGIN; SET LOCAL salesopp.organization_id = 1;
		SELECT string_agg(outcome, ' ') FROM salesopp.undo_bulk_change((SELECT min(id) FROM salesopp.bulk_change WHERE organization_id = 1)); ROLLBACK}),
	'changed changed', 'N7 a bulk change that was restored is undone');

# In parallel, tables come in any order: foreign keys have to be off meanwhile.
$new->safe_psql('postgres', 'CREATE DATABASE by_jobs');
{
	local $ENV{PGOPTIONS} = '-c session_replication_role=replica';
	$new->command_ok([ 'pg_restore', '--exit-on-error', '--jobs', '4', '--dbname', 'by_jobs', "$dir/custom.dump" ],
		'restored by pg_restore in parallel');
}
is_the_same($new, 'by_jobs', \%expected, 'new server, in parallel');

$old->stop;
$new->stop;
done_testing();
