# Many sessions at once do everything that can be done to a few opportunities: whatever they do, in
# whatever order, and whoever is killed in the middle of it, what must always hold holds afterwards.
# F3.2, F3.5, F4.4, F4.5, F5, F7, F8.
#
# SALESOPP_MIX_SECONDS: how long each of the mixes runs (3).
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use Invariants;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{SALESOPP_MIX_SECONDS} || 3;
my $clients = 16;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_connections = 40\nrestart_after_crash = on\ndeadlock_timeout = 100ms\nlog_statement = none\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Acme'), salesopp.create_organization('Other');
SET salesopp.organization_id = '1';
INSERT INTO salesopp.employee (initials, name) VALUES ('AA', 'Ada');
INSERT INTO salesopp.company (name) VALUES ('Customer');
INSERT INTO salesopp.competitor (name) VALUES ('Rival');
INSERT INTO salesopp.opportunity (subject, company_id, estimated_revenue, sales_process_id)
SELECT 'Deal ' || n, 1, n * 1000, CASE WHEN n % 2 = 0 THEN 1 END FROM generate_series(1, 20) n;
CREATE ROLE seller LOGIN;
SELECT salesopp.grant_access('seller', 'seller');
ALTER ROLE seller SET salesopp.organization_id = '1';
ALTER ROLE seller SET salesopp.employee_id = '1';
CREATE TABLE outcome (what text, sqlstate text, message text);
GRANT INSERT ON outcome TO seller;
SQL

# What a session does: statements with the ids :a and :b of opportunities.
my %scripts = (
	close_won => 'PERFORM salesopp.close_won(:a, :amount);',
	close_lost => 'PERFORM salesopp.close_lost(:a, 1, (SELECT max(id) FROM salesopp.opportunity_competitor WHERE opportunity_id = :a));',
	reopen => "PERFORM salesopp.reopen(:a, 'again');",
	edit => 'UPDATE salesopp.opportunity SET estimated_revenue = :amount, rating = 1 + :amount % 5 WHERE id = :a;',
	stage => "PERFORM salesopp.set_stage_status(:a, 1 + :amount % 5, (ARRAY['pending', 'completed', 'cancelled'])[1 + :b % 3]::salesopp.stage_status);",
	attach => 'PERFORM salesopp.attach_process(:a, 1);',
	competitor => 'INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id, threat, is_winner) VALUES (:a, 1, 3, :b % 2 = 0);',
	convert => 'PERFORM salesopp.convert_quote((salesopp.create_quote(:a)).id, :b % 2 = 0);',
	delete => 'PERFORM salesopp.delete_opportunities(ARRAY[:a, :b]); PERFORM salesopp.restore_opportunities(ARRAY[:b, :a]);',
	copy => 'PERFORM salesopp.copy_opportunity(:a);',
	bulk => "PERFORM salesopp.set_status(ARRAY(SELECT id FROM salesopp.opportunity WHERE id <= 20 AND (id + :b) % 3 > 0), (ARRAY['open', 'won', 'lost'])[1 + :amount % 3]::salesopp.opportunity_status);",
);
my $dir = PostgreSQL::Test::Utils::tempdir();
my @files;
for my $what (sort keys %scripts)
{
	my $file = "$dir/$what";
	append_to_file($file, "\\set a random(1, 20)\n\\set b random(1, 20)\n\\set amount random(1, 1000)\n"
		  . "DO \$do\$ BEGIN $scripts{$what} EXCEPTION WHEN OTHERS THEN INSERT INTO public.outcome VALUES ('$what', SQLSTATE, SQLERRM); END \$do\$;\n");
	push @files, '-f', $file;
}

sub mix
{
	return [
		'pgbench', '-n', '-c', $clients, '-j', 2, '-T', $seconds, '-U', 'seller', '-h', $node->host,
		'-p', $node->port, @files, 'postgres'
	];
}

# Refusals are part of it; these are those that can be met.
my $refusals = "'55000', '22023', 'P0002', '23514', '23505'";

for my $isolation ('read committed', 'repeatable read', 'serializable')
{
	$node->safe_psql('postgres', 'TRUNCATE outcome');
	my $before = $node->safe_psql('postgres', 'SELECT max(id) FROM salesopp.status_event') || 0;
	{
		local $ENV{PGOPTIONS} = '-c default_transaction_isolation=' . ($isolation =~ s/ /\\ /gr);
		command_ok(mix(), "$isolation: $clients sessions for $seconds seconds");
	}
	# who loses against another session is told so, and only where that is the rule
	my $allowed = $isolation eq 'read committed' ? $refusals : "$refusals, '40001'";
	is( $node->safe_psql('postgres', "SELECT what, sqlstate, message, count(*) FROM outcome
			WHERE sqlstate NOT IN ($allowed) GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 10"),
		'', "$isolation: no deadlock, nothing unexpected");
	cmp_ok($node->safe_psql('postgres', 'SELECT max(id) FROM salesopp.status_event'), '>', $before + 20, "$isolation: much was closed and reopened");
	cmp_ok($node->safe_psql('postgres', 'SELECT count(DISTINCT what) FROM outcome'), '>', 3, "$isolation: much was refused");
	all_hold($node, 'postgres', $isolation);
}

# One session is killed in the middle of it, which takes the server down; then all of the server.
for my $victim ('a backend', 'the server')
{
	my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM salesopp.status_event');
	my ($out, $err) = ('', '');
	my $pgbench = IPC::Run::start(mix(), '>', \$out, '2>', \$err);
	sleep 1 + $seconds / 2;
	if ($victim eq 'a backend')
	{
		my $pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE usename = 'seller' LIMIT 1");
		kill 'KILL', $pid or die "cannot kill backend $pid";
		$pgbench->finish;
		$node->poll_query_until('postgres', 'SELECT true') or die 'the server does not come back';
	}
	else
	{
		$node->stop('immediate');
		$pgbench->finish;
		$node->start;
	}
	like($err, qr/server closed the connection|terminating connection|connection to server|aborted/, "$victim was killed in the middle of it");
	cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM salesopp.status_event'), '>', $before, "$victim killed: what was committed is there");
	all_hold($node, 'postgres', "$victim killed");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_ls_dir('base/pgsql_tmp', true, false)"), '0', "$victim killed: no file is left");
}

$node->stop;
done_testing();
