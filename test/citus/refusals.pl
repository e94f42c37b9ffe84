# Issue 17: what keeps the tables from being distributed, or nodes from being completed, is said with what to do, and changes nothing: the
# tables answer as before, and the next try, after the repair, succeeds.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use CitusCluster;
use PostgreSQL::Test::Utils;
use SampleDatabase;
use Test::More;

# ---------- an installation without the extension

sub configured
{
	my ($what) = @_;
	my ($value) = run_command([ 'pg_config', "--$what" ]);
	return $value;
}

# A copy of what is tested. PostgreSQL finds its files from where its programs stand.
my ($programs, $shared, $libraries) = map { configured($_) } qw(bindir sharedir pkglibdir);
my $root = $programs;
$root =~ s{/[^/]*\z}{} until index($shared, "$root/") == 0 && index($libraries, "$root/") == 0;
my $copy = "$PostgreSQL::Test::Utils::tmp_check/without";
system('cp', '-r', $root, $copy) == 0 or die 'the installation cannot be copied';
my ($copied_shared, $copied_libraries, $copied_programs) = map { s/^\Q$root\E/$copy/r } $shared, $libraries, $programs;
my ($control, $library) = ("$copied_shared/extension/salesopp.control", "$copied_libraries/salesopp.so");

my $coordinator = start_node('coordinator');
my $one = start_node('one');
my $two = start_node('two', install_path => $copied_programs =~ s{/bin\z}{}r);

sub refusal
{
	my ($node, $statement, @more) = @_;
	my ($code, $out, $err) = $node->psql('sales', "\\set VERBOSITY verbose\n$statement", @more);
	my ($message) = $err =~ /ERROR: +(.*)/;
	my ($hint) = $err =~ /HINT: +(.*)/;
	return join ' | ', $message // "none: $out", $hint // ();
}

sub all_rows
{
	return join "\n", sort split /\n/, $coordinator->safe_psql('sales', join ';', map { "SELECT '$_', t::text FROM salesopp.$_ t" } relations($coordinator, 'sales', 'r'));
}

my @as_seller = (extra_params => [ '-U', 'dump_seller' ]);
my $rows;

# On the workers are neither shards nor rights of this.
sub is_refused
{
	my ($expected, $what) = @_;
	like(refusal($coordinator, 'SELECT salesopp.distribute(4)'), $expected, $what);
	is($coordinator->safe_psql('sales', 'SELECT salesopp.is_distributed()'), 'f', "$what: not distributed");
	is($coordinator->safe_psql('sales', 'SELECT count(*) FROM pg_dist_partition'), '0', "$what: no table is");
	is($coordinator->safe_psql('sales', "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'salesopp'::regnamespace AND t.tgenabled <> 'O'"),
		'0', "$what: all triggers are on");
	is(all_rows(), $rows, "$what: every row is as it was");
	is($coordinator->safe_psql('sales', "BEGIN; INSERT INTO salesopp.opportunity (subject) VALUES ('x') RETURNING organization_id; ROLLBACK", @as_seller), '1', "$what: and is written");
	return;
}

create_sales($coordinator);
$rows = all_rows();
$one->safe_psql('postgres', 'CREATE DATABASE sales');
$two->safe_psql('postgres', 'CREATE DATABASE sales');
$_->safe_psql('sales', 'CREATE EXTENSION citus') foreach $coordinator, $one, $two;
copy_roles($coordinator, $_) foreach $one, $two;
know_each_other('sales', $coordinator, $one, $two);


# ---------- before they are distributed

my $repair = 'See to it that it is up and has the same files of the extension, and that what this is about has been committed.';

sub told_by
{
	my ($worker, $what) = @_;
	my $place = quotemeta($worker->host . ':' . $worker->port);
	return qr/^55000: the worker $place says: $what \| \Q$repair\E$/;
}

my $here_only = 'SET citus.enable_ddl_propagation = off;';

rename $control, "$control.away" or die;
is_refused(told_by($two, 'ERROR:  extension "salesopp" is not available'), 'a worker without the files');
rename "$control.away", $control or die;
rename $library, "$library.away" or die;
is_refused(told_by($two, q{ERROR:  could not access file "\$libdir/salesopp": No such file or directory}), 'a worker without the library');
rename "$library.away", $library or die;
my $version = $coordinator->safe_psql('sales', "SELECT extversion FROM pg_extension WHERE extname = 'salesopp'");
$one->safe_psql('sales', "$here_only DROP EXTENSION salesopp; CREATE EXTENSION salesopp VERSION '1.5' CASCADE");
is_refused(told_by($one, "ERROR:  it has version 1.5 of salesopp, not $version"), 'a worker with an older version');
$one->safe_psql('sales', "$here_only ALTER EXTENSION salesopp UPDATE");
$two->stop('immediate');
is_refused(told_by($two, 'failed to connect to .*'), 'a worker that is down');
$two->start;
$coordinator->safe_psql('sales', 'CREATE POLICY narrow ON salesopp.opportunity AS RESTRICTIVE FOR SELECT TO dump_manager USING (id < 3)');
is_refused(qr/^0A000: policy "narrow" of salesopp\.opportunity is restrictive, which Citus does not keep \| Drop it/, 'a restrictive policy');
$coordinator->safe_psql('sales', 'DROP POLICY narrow ON salesopp.opportunity');
is(refusal($coordinator, 'SELECT salesopp.distribute(4)', @as_seller), '42501: permission denied for function distribute', 'a seller distributes nothing');

# ---------- repaired

# Citus brings a role that has rights on the tables, with its settings.
$coordinator->safe_psql('sales', "$here_only CREATE ROLE brought LOGIN; ALTER ROLE brought SET salesopp.organization_id = 2; SELECT salesopp.grant_access('brought', 'seller')");
is($coordinator->safe_psql('sales', 'SELECT count(*) FROM salesopp.distribute(4)'), scalar(relations($coordinator, 'sales', 'r')), 'when all is repaired, it is distributed');
is(all_rows(), $rows, 'every row is as it was');
foreach my $node ($coordinator, $one, $two)
{
	is($node->safe_psql('sales', 'SELECT DISTINCT organization_id FROM salesopp.opportunity', extra_params => [ '-U', 'brought' ]), '2', $node->name . ': a role that the workers did not have reads its organization');
}

# ---------- rights, when they are

# Whether a role has the rights of a level: on all nodes that are up.
sub may
{
	my ($role, $right, @nodes) = @_;
	return join ' ', map { $_->safe_psql('sales', "SELECT has_schema_privilege(oid, 'salesopp', 'USAGE') AND has_table_privilege(oid, 'salesopp.opportunity_list', 'SELECT')
		AND has_table_privilege(oid, 'salesopp.opportunity', '$right') FROM pg_roles WHERE rolname = '$role'") } @nodes;
}

$coordinator->safe_psql('sales', "$here_only CREATE ROLE late LOGIN; ALTER ROLE late SET salesopp.organization_id = 1");
my $grant = "SELECT salesopp.grant_access('late', 'reader')";
like(refusal($coordinator, $grant), told_by($one, 'ERROR:  it has no role late'), 'rights of a role that no worker has');
$one->safe_psql('sales', "$here_only CREATE ROLE late LOGIN; ALTER ROLE late SET salesopp.organization_id = 1");
like(refusal($coordinator, $grant), told_by($two, 'ERROR:  it has no role late'), 'rights of a role that one worker does not have');
is(may('late', 'SELECT', $coordinator, $one), 'f f', 'what was refused has given it nothing');
$two->safe_psql('sales', "$here_only CREATE ROLE late LOGIN; ALTER ROLE late SET salesopp.organization_id = 1");
$coordinator->safe_psql('sales', $grant);
is($_->safe_psql('sales', 'SELECT DISTINCT organization_id FROM salesopp.opportunity_list', extra_params => [ '-U', 'late' ]), '1', $_->name . ': when all have it, it reads') foreach $coordinator, $one, $two;

$coordinator->safe_psql('sales', "$here_only CREATE ROLE by_hand LOGIN; GRANT USAGE ON SCHEMA salesopp TO by_hand");
like(refusal($coordinator, 'SELECT salesopp.complete_nodes()'), told_by($one, 'ERROR:  role "by_hand" does not exist'), 'nodes that lack a role with rights by hand');
$_->safe_psql('sales', "$here_only CREATE ROLE by_hand LOGIN") foreach $one, $two;
$coordinator->safe_psql('sales', 'SELECT salesopp.complete_nodes()');
is($two->safe_psql('sales', "SELECT has_schema_privilege('by_hand', 'salesopp', 'USAGE')"), 't', 'and when they have it');

$two->stop('immediate');
my $less = "SELECT salesopp.grant_access('dump_seller', 'reader')";
like(refusal($coordinator, $less), told_by($two, 'failed to connect to .*'), 'rights while a worker is down');
like(refusal($coordinator, 'SELECT salesopp.complete_nodes()'), told_by($two, 'failed to connect to .*'), 'nodes of which one is down');
is(may('dump_seller', 'INSERT', $coordinator, $one), 't t', 'what was refused has taken nothing');
$two->start;
is(may('dump_seller', 'INSERT', $two), 't', 'nor where it was down');
$coordinator->safe_psql('sales', $less);
is(may('dump_seller', 'INSERT', $coordinator, $one, $two), 'f f f', 'when it is up, it is taken everywhere');
is(may('dump_seller', 'SELECT', $coordinator, $one, $two), 't t t', 'and the rest is given');

# ---------- settings that are missing

$coordinator->safe_psql('sales', q{CREATE ROLE no_login; SELECT salesopp.grant_access('no_login', 'reader')});
$coordinator->safe_psql('sales', 'ALTER ROLE no_login SET salesopp.organization_id = 1');
like(refusal($coordinator, 'SET ROLE no_login; SELECT count(*) FROM salesopp.opportunity WHERE organization_id = 1'), qr/^08006: .*role "no_login" is not permitted to log in/, 'a role that cannot log in to the workers');
$_->safe_psql('sales', "$here_only GRANT SET ON PARAMETER salesopp.organization_id TO dump_pool") foreach $coordinator, $one, $two;
my $for_a_transaction = 'SET citus.propagate_set_commands = %s; BEGIN; SET LOCAL salesopp.organization_id = 1;';
my @as_pool = (extra_params => [ '-U', 'dump_pool' ]);
is($coordinator->safe_psql('sales', sprintf("$for_a_transaction SELECT DISTINCT organization_id FROM salesopp.opportunity", 'local'), @as_pool), '1', 'SET LOCAL, when it is brought to the workers');
is($coordinator->safe_psql('sales', sprintf("$for_a_transaction SELECT DISTINCT organization_id FROM salesopp.opportunity", 'none'), @as_pool), '', 'and when it is not: nothing is seen');
like(refusal($coordinator, sprintf("$for_a_transaction INSERT INTO salesopp.company (name) VALUES ('x')", 'none'), @as_pool), qr/^42501: /, 'nor written');

$coordinator->safe_psql('sales', 'CREATE POLICY narrow ON salesopp.opportunity AS RESTRICTIVE FOR SELECT TO dump_manager USING (id < 3)');
like(refusal($coordinator, 'SELECT salesopp.complete_nodes()'), qr/^0A000: policy "narrow" of salesopp\.opportunity is restrictive/, 'a restrictive policy is named afterwards, too');

$_->stop foreach $one, $two, $coordinator;
done_testing();
