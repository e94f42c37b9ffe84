# A server whose processes get no more memory: what needs too much fails with 53200 and changes nothing, its
# session goes on, and gives right answers.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use Invariants;
use POSIX qw(sysconf _SC_PAGESIZE);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'prlimit is not here' if system('prlimit --version >/dev/null 2>&1') != 0;

my $node = PostgreSQL::Test::Cluster->new('narrow');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "shared_buffers = 16MB\njit = off\nmax_parallel_workers_per_gather = 0\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Acme');
-- small on disk, large when they are read
INSERT INTO salesopp.opportunity (subject, estimated_revenue, sales_process_id) SELECT n || repeat('x', 2000000), n, 1 FROM generate_series(1, 200) n;
SQL
my $state = q{SELECT md5(string_agg(concat_ws(' ', o.id, o.status, o.progress, o.custom, o.changed_at), ' ' ORDER BY o.id)) FROM salesopp.opportunity o};
my $before = $node->safe_psql('postgres', $state);

# What a process has mapped at its start, and some more; those that come from now on are bound by it.
my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
my ($mapped) = slurp_file("/proc/$postmaster/statm") =~ /^(\d+)/;
my $bytes = $mapped * sysconf(_SC_PAGESIZE) + 300 * 1024 * 1024;
is(system('prlimit', '--pid', $postmaster, "--as=$bytes"), 0, 'the server gets no more memory');

# Each fails for lack of memory; behind it, in the same session, a small one of its kind does not.
my @tries = (
	[ q{SELECT octet_length(salesopp.export_csv())}, q{SELECT octet_length(salesopp.export_csv('{"id": 1}')) > 2000000} ],
	[ q{SELECT length(string_agg(s.subject, '')) FROM salesopp.search('{}', 'id', NULL) s}, q{SELECT count(*) = 1 FROM salesopp.search('{"id": 1}')} ],
	[ q{SELECT salesopp.matches(repeat('Æ', 100000000), 'x%y')}, q{SELECT salesopp.matches('Æble', 'æ%')} ],
	[ q{SELECT salesopp.matches('x', repeat('%a', 60000000))}, q{SELECT salesopp.matches('xay', 'x%y')} ],
	[ q{SELECT salesopp.to_like(repeat('_', 150000000))}, q{SELECT salesopp.to_like('_') = '%\_%'} ],
	[ q{SELECT opportunities FROM salesopp.summary(jsonb_build_object('subject', repeat('a', 200000000)))}, q{SELECT max(opportunities) = 200 FROM salesopp.summary()} ],
	[ q{UPDATE salesopp.opportunity SET custom = jsonb_build_object('none', repeat('a', 200000000))}, q{SELECT count(*) = 200 FROM salesopp.opportunity WHERE custom = '{}'} ],
	[ q{SELECT count(*) FROM salesopp.set_status(ARRAY(SELECT n % 200 + 1 FROM generate_series(1, 30000000) n), 'won')},
		q{SELECT outcome = 'unchanged' FROM salesopp.set_status('{1}', 'open')} ]);
my $script = "\\set VERBOSITY sqlstate\n";
foreach my $try (@tries)
{
	# on its own, and within a transaction that goes on
	$script .= "$try->[0];\n$try->[1];\nBEGIN; SAVEPOINT s;\n$try->[0];\nROLLBACK TO s; $try->[1]; COMMIT;\n";
}
my ($code, $out, $err) = $node->psql('postgres', $script, on_error_stop => 0);
is(join(' ', $err =~ /ERROR: +(\w{5})/g), join(' ', ('53200') x (2 * @tries)), 'each fails for lack of memory');
is($out, join("\n", ('t') x (2 * @tries)), 'and the session goes on');
is($node->safe_psql('postgres', $state), $before, 'nothing is changed');
all_hold($node, 'postgres', 'afterwards');

$node->stop;
done_testing();
