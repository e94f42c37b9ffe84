# pg_upgrade from the oldest PostgreSQL that is here, or that of OLD_PG_CONFIG, to the one that is
# tested: every row, right and rule is there afterwards, and the indexes are sound and used.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SampleDatabase;
use Test::More;

my $installation = older_installation();
plan skip_all => 'no older PostgreSQL to upgrade from' unless $installation;

# pg_upgrade wants both the same in these, and defaults differ between versions.
my @initdb = ('--encoding=UTF8', '--locale=C.UTF-8', '--data-checksums');
my $old = PostgreSQL::Test::Cluster->new('old', install_path => $installation);
$old->init(extra => \@initdb);
$old->start;
create_sales($old);
# enough that an index is worth its while, and that pages of indexes were split
$old->safe_psql('sales', <<'SQL');
SET salesopp.organization_id = '2';
INSERT INTO salesopp.opportunity (subject, note, decision_date, custom)
SELECT 'Blåbær ' || n, repeat(md5(n::text), 2), '2025-01-01'::date + n % 365,
	CASE WHEN n % 500 = 0 THEN '{"Colour": "red"}' ELSE '{}' END::jsonb
FROM generate_series(1, 5000) n;
SQL

my %expected = contents($old, 'sales');
my %statements = (
	opportunity_subject_trgm => q{SELECT id FROM salesopp.opportunity WHERE salesopp.matches(subject, '%BÆR 499%')},
	opportunity_note_trgm => q{SELECT id FROM salesopp.opportunity WHERE salesopp.matches(note, '%c4ca4238a0b9%')},
	opportunity_custom => q{SELECT id FROM salesopp.opportunity WHERE custom @> '{"Colour": "red"}'},
	opportunity_decision_date => q{SELECT id FROM salesopp.opportunity WHERE organization_id = 2 AND decision_date = '2025-03-01'},
	opportunity_pkey => q{SELECT id FROM salesopp.opportunity WHERE organization_id = 2 AND id BETWEEN 100 AND 110});
my %found = map { $_ => $old->safe_psql('sales', "$statements{$_} ORDER BY id") } keys %statements;

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init(extra => \@initdb);
cmp_ok($new->pg_version, '>', $old->pg_version, 'from ' . $old->pg_version . ' to ' . $new->pg_version);

$old->stop;
# It writes into the directory that it is started in.
chdir PostgreSQL::Test::Utils::tempdir;
my @pg_upgrade = ('pg_upgrade', '--no-sync', '--old-datadir', $old->data_dir, '--new-datadir', $new->data_dir,
	'--old-bindir', $old->config_data('--bindir'), '--new-bindir', $new->config_data('--bindir'),
	'--socketdir', $new->host, '--old-port', $old->port, '--new-port', $new->port);
$new->command_ok([ @pg_upgrade, '--check' ], 'pg_upgrade finds nothing in the way');
$new->command_ok(\@pg_upgrade, 'pg_upgrade');
$new->start;

# Trying it takes ids, so this comes first.
my $dir = PostgreSQL::Test::Utils::tempdir;
$new->command_ok([ 'pg_dump', '--format', 'custom', '--file', "$dir/upgraded.dump", 'sales' ], 'dumped after the upgrade');
is_the_same($new, 'sales', \%expected, 'upgraded');
$new->safe_psql('postgres', 'CREATE DATABASE restored');
$new->command_ok([ 'pg_restore', '--exit-on-error', '--dbname', 'restored', "$dir/upgraded.dump" ], 'restored after the upgrade');
is_the_same($new, 'restored', \%expected, 'upgraded, dumped, restored');
is($new->safe_psql('sales', q{SELECT extversion = (SELECT default_version FROM pg_available_extensions WHERE name = 'salesopp')
	FROM pg_extension WHERE extname = 'salesopp'}), 't', 'the extension is of the version that it was');

# ---------- indexes

$new->safe_psql('sales', 'VACUUM ANALYZE');
foreach my $index (sort keys %statements)
{
	like($found{$index}, qr/^\d+$/m, "$index: rows were found before");
	is($new->safe_psql('sales', "$statements{$index} ORDER BY id"), $found{$index}, "$index: the same rows are found");
	like($new->safe_psql('sales', "EXPLAIN (COSTS OFF) $statements{$index}"), qr/\b$index\b/, "$index: used");
}
is($new->safe_psql('sales', 'SELECT count(*) FROM pg_index WHERE NOT (indisvalid AND indisready)'), '0', 'all indexes are valid');

SKIP:
{
	skip 'amcheck is not installed', 1
	  unless $new->safe_psql('sales', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'});
	$new->safe_psql('sales', 'CREATE EXTENSION amcheck');
	$new->command_ok([ 'pg_amcheck', '--heapallindexed', '--parent-check', '--schema', 'salesopp', 'sales' ],
		'amcheck finds tables and B-trees sound');
	skip 'amcheck looks at GIN indexes from 18 on', 1
	  unless $new->safe_psql('sales', q{SELECT count(*) FROM pg_proc WHERE proname = 'gin_index_check'});
	is($new->safe_psql('sales', q{SELECT count(gin_index_check(i.oid)::text) FROM pg_class i JOIN pg_am m ON m.oid = relam
		WHERE amname = 'gin' AND relnamespace = 'salesopp'::regnamespace}), '5', 'amcheck finds the GIN indexes sound');
}

$new->stop;
done_testing();
