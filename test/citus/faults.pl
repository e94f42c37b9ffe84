# Issue 17: two organizations on two workers, both written to through any node, while their rows move to other nodes and while servers are killed.
# What was told to be committed is there, what was not is there as a whole or not at all, also where it is of both organizations; nobody
# ever sees the other organization; what must always hold does.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use CitusCluster;
use Invariants;
use IPC::Run;
use KilledServer;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = PostgreSQL::Test::Utils::tempdir;
my ($coordinator, $one, $two) = map { start_node($_) } qw(coordinator one two);
my @nodes = ($coordinator, $one, $two);
foreach my $node (@nodes)
{
	$node->append_conf('postgresql.conf', "restart_after_crash = on\nlog_statement = none\ncitus.recover_2pc_interval = -1\n");
	$node->restart;
	$node->safe_psql('postgres', 'CREATE DATABASE sales');
	$node->safe_psql('sales', 'CREATE EXTENSION citus');
}
know_each_other('sales', $coordinator, $one, $two);
$coordinator->safe_psql('sales', 'SET client_min_messages = warning; CREATE EXTENSION salesopp CASCADE; SELECT salesopp.distribute(4)');

# ---------- two organizations, each on a worker of its own

sub ask { my ($query) = @_; return $coordinator->safe_psql('sales', $query); }

# The port of the worker that has an organization.
sub place_of
{
	my ($organization) = @_;
	return ask('SELECT nodeport ' . from_place($organization));
}

# Views of Citus leave out what belongs to an extension.
sub from_place
{
	my ($organization) = @_;
	return "FROM pg_dist_placement JOIN pg_dist_node USING (groupid) WHERE shardid = get_shard_id_for_distribution_column('salesopp.organization', $organization)";
}

my %by_place;
$by_place{ place_of($_) } //= $_ foreach map { ask("SELECT salesopp.create_organization('Organization $_')") } 1 .. 8;
my ($ours, $theirs) = @by_place{ $one->port, $two->port };
BAIL_OUT('the organizations are all on one worker') if !$ours || !$theirs;
my @organizations = ($ours, $theirs);

foreach my $organization (@organizations)
{
	ask($_) foreach "CREATE ROLE seller_$organization LOGIN", "ALTER ROLE seller_$organization SET salesopp.organization_id = '$organization'",
	  "SELECT salesopp.grant_access('seller_$organization', 'seller')",
	  # what all write to, and what is written together with the other organization's
	  map { "INSERT INTO salesopp.opportunity (organization_id, subject, estimated_revenue) VALUES ($organization, '$_', 1)" } (map { "Shared $_" } 1 .. 3),
	  (map { "Both $_" } 1 .. 4);
}

# A piece of work; its mark is printed when its transaction is committed.
ask(<<'SQL');
CREATE FUNCTION public.work(mark text, number integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	process bigint;
	n bigint;
BEGIN
	SELECT min(p.id) INTO process FROM salesopp.sales_process p WHERE p.organization_id = organization;
	INSERT INTO salesopp.opportunity (subject, estimated_revenue, sales_process_id) VALUES (mark, 100, process) RETURNING id INTO n;
	PERFORM salesopp.set_stage_status(n, 2, 'completed');
	PERFORM salesopp.create_quote(n);
	UPDATE salesopp.opportunity SET status = (CASE WHEN status = 'open' THEN 'lost' ELSE 'open' END)::salesopp.opportunity_status
	WHERE organization_id = organization AND subject = 'Shared ' || 1 + number % 3;
	PERFORM salesopp.close_won(n);
	IF number % 2 = 0 THEN
		PERFORM salesopp.reopen(n, mark);
		PERFORM salesopp.close_won(n);
	END IF;
	IF (SELECT count(*) FROM salesopp.search(jsonb_build_object('subject', mark))) <> 1 THEN
		RAISE EXCEPTION 'what was written is not found';
	END IF;
	INSERT INTO salesopp.activity (kind, subject, opportunity_id) VALUES ('task', mark, n);
	RETURN mark;
END $$;
SQL

# Work that is not all there.
my $in_parts = <<'SQL';
SELECT mark FROM (
	SELECT o.subject AS mark FROM salesopp.opportunity o WHERE subject LIKE 'client%' AND NOT (status = 'won' AND progress > 0 AND actual_revenue = 100
		AND (SELECT count(*) FROM salesopp.stage s WHERE s.organization_id = o.organization_id AND s.opportunity_id = o.id) = 5
		AND (SELECT count(*) FROM salesopp.status_event e WHERE e.organization_id = o.organization_id AND e.opportunity_id = o.id) IN (1, 3)
		AND (SELECT count(*) FROM salesopp.quote q WHERE q.organization_id = o.organization_id AND q.opportunity_id = o.id) = 1
		AND (SELECT count(*) FROM salesopp.activity a WHERE a.organization_id = o.organization_id AND a.opportunity_id = o.id AND a.subject = o.subject) = 1)
	UNION ALL
	SELECT subject FROM salesopp.activity WHERE opportunity_id IS NULL) part
SQL

# ---------- who works, and what they were told

my @psql = ('psql', '--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set', 'VERBOSITY=sqlstate');
my $period = 0;
my %readers;

# Of each organization a session on each node that works, and one that reads.
sub start_work
{
	my @sessions;
	$period++;
	foreach my $organization (@organizations)
	{
		foreach my $node (@nodes)
		{
			my $name = "client of $organization on " . $node->name . ", period $period";
			push @sessions, start_session($node, "seller_$organization", $name, map { "SELECT work('$name, work $_', $_);" } 1 .. 20_000);
			$sessions[-1]{organization} = $organization;
		}
		push @sessions, start_session($coordinator, "seller_$organization", "reader of $organization, period $period",
			('SELECT DISTINCT organization_id FROM salesopp.opportunity;', 'SELECT DISTINCT organization_id FROM salesopp.status_event;') x 20_000);
		$sessions[-1]{reads} = $organization;
	}
	my $patience = time + $PostgreSQL::Test::Utils::timeout_default;
	foreach my $session (@sessions)
	{
		until ((() = told($session)) > 1)
		{
			die "$session->{name} does not work: " . substr(complaints($session), 0, 500) if time > $patience;
			sleep 0.05;
		}
	}
	return @sessions;
}

sub start_session
{
	my ($node, $role, $name, @statements) = @_;
	my $file = "$dir/" . $name =~ s/\W+/_/gr;
	append_to_file("$file.sql", join '', map { "$_\n" } @statements);
	return { name => $name, node => $node, file => $file,
		run => IPC::Run::start([ @psql, '--dbname', $node->connstr('sales') . " user=$role", '--file', "$file.sql" ], '<', \undef, '>', $file, '2>', "$file.err") };
}

sub told { my ($session) = @_; return split /\n/, slurp_file($session->{file}); }
sub complaints { my ($session) = @_; return slurp_file("$session->{file}.err"); }

# In the middle of what they do.
sub end_work
{
	my @sessions = @_;
	$_->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'seller%' AND application_name NOT LIKE 'citus%'}) foreach @nodes;
	$_->{run}->finish foreach @sessions;
	return;
}

# On a server without Citus, where any question can be asked.
my $single = PostgreSQL::Test::Cluster->new('single');
$single->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$single->append_conf('postgresql.conf', 'log_statement = none');
$single->start;
$single->safe_psql('postgres', join ';', map { "CREATE ROLE seller_$_" } @organizations);

sub is_sound
{
	my ($when, @sessions) = @_;
	ask('SELECT recover_prepared_transactions()');
	is($_->safe_psql('sales', 'SELECT count(*) FROM pg_prepared_xacts'), '0', "$when: " . $_->name . ' has nothing prepared') foreach @nodes;
	my $file = "$dir/sales.$period.sql";
	$coordinator->command_ok([ 'pg_dump', '--extension', 'salesopp', '--extension', 'pg_trgm', '--extension', 'btree_gin', '--file', $file, 'sales' ], "$when: dumped");
	$single->safe_psql('postgres', $_) foreach 'DROP DATABASE IF EXISTS sales', 'CREATE DATABASE sales';
	$single->command_ok([ 'psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--output', "$dir/out", '--dbname', 'sales', '--file', $file ], "$when: restored");
	# ids are given by the node that writes, so they tell no order
	all_hold($single, 'sales', $when, 'the events of an opportunity are in the order of their times');
	is($single->safe_psql('sales', $in_parts), '', "$when: nothing is there in part");

	my @marks = map { told($_) } grep { $_->{organization} } @sessions;
	append_to_file("$file.marks", join '', map { "$_\n" } @marks);
	cmp_ok(scalar(@marks), '>', 10, "$when: " . scalar(@marks) . ' transactions were told to be committed');
	is($single->safe_psql('sales', "CREATE TABLE told (mark text); COPY told FROM '$file.marks'; SELECT mark FROM told EXCEPT SELECT subject FROM salesopp.activity"), '',
		"$when: all of them are there");
	foreach my $session (grep { $_->{reads} } @sessions)
	{
		is(join(' ', grep { $_ ne $session->{reads} } told($session)), '', "$when: $session->{name} sees no other");
	}
	return;
}

# Which of their errors are none of those.
sub other_errors
{
	my ($expected, @sessions) = @_;
	return join ' ', grep { $_ !~ $expected } map { complaints($_) =~ /(?:ERROR|FATAL): +(\w{5})/g } @sessions;
}

# ---------- rows that move

# What is ended by a deadlock can be tried again.
sub move
{
	my ($organization, $to, $mode) = @_;
	my $query = sprintf(q{SELECT count(citus_move_shard_placement(shardid, nodename, nodeport, '%s', %d, shard_transfer_mode => '%s')) },
		$to->host, $to->port, $mode) . from_place($organization);
	foreach my $try (1 .. 10)
	{
		my ($code, $out, $err) = $coordinator->psql('sales', "\\set VERBOSITY sqlstate\n$query");
		return $err || $out if $err !~ /ERROR: +40P01/;
	}
	return 'given up';
}

foreach my $mode ('force_logical', 'block_writes')
{
	my @sessions = start_work();
	is(move($ours, $two, $mode), '1', "$mode: to where the other organization is");
	is(place_of($ours), $two->port, "$mode: it is there");
	is(move($ours, $one, $mode), '1', "$mode: and back");
	end_work(@sessions);
	# a transaction of several statements may hold what the move waits for, and wait for the move: Citus ends it, and it can be tried again
	is(other_errors(qr/57P01|40P01/, @sessions), '', "$mode: nobody is kept from writing");
	is_sound($mode, @sessions);
}

# ---------- a worker that is killed, and comes back

foreach my $victim ($two, $one)
{
	my $gone = $victim == $two ? $theirs : $ours;
	my @sessions = start_work();
	sleep 0.5 + rand 0.5;
	kill_server($victim);
	my %before = map { $_->{name} => scalar(() = told($_)) } @sessions;
	sleep 1;
	my @others = grep { $_->{node} != $victim && ($_->{organization} // '') ne $gone && !$_->{reads} } @sessions;
	is(join(', ', map { $_->{name} } grep { scalar(() = told($_)) <= $before{ $_->{name} } } @others), '', $victim->name . ' killed: the other organization works on');
	is(other_errors(qr/^$/, @others), '', $victim->name . ' killed: and has no errors');
	$victim->start;
	my $on_the_coordinator = (grep { $_->{node} == $coordinator && ($_->{organization} // '') eq $gone } @sessions)[0];
	my $patience = time + $PostgreSQL::Test::Utils::timeout_default;
	my $so_far = () = told($on_the_coordinator);
	sleep 0.1 until time > $patience || (() = told($on_the_coordinator)) > $so_far;
	cmp_ok(scalar(() = told($on_the_coordinator)), '>', $so_far, $victim->name . ' started: its organization works on in the same session');
	end_work(@sessions);
	is_sound($victim->name . ' killed', @sessions);
}

# ---------- both organizations in one transaction

# The owner changes rows of both organizations, in sessions that go on until they are ended.
sub start_owners
{
	my ($round) = @_;
	return map {
		my $n = $_;
		start_session($coordinator, $coordinator->safe_psql('postgres', 'SELECT current_user'), "owner $n, round $round",
			map { "UPDATE salesopp.opportunity SET note = '" . ($round * 100_000 + $_) . "' WHERE subject = 'Both $n' RETURNING note;" } 1 .. 10_000)
	} 1 .. 4;
}

sub all_prepared { return join ' ', map { $_->safe_psql('sales', 'SELECT count(*) FROM pg_prepared_xacts') } $one, $two; }

sub is_the_same_in_both
{
	my ($when, @sessions) = @_;
	ask('SELECT recover_prepared_transactions()');
	is(all_prepared(), '0 0', "$when: nothing is left prepared");
	my %notes = map { my ($subject, $min, $max, $n) = split /\|/; $subject => [ $min, $max, $n ] }
	  split /\n/, ask(q{SELECT subject, min(note::bigint), max(note::bigint), count(*) FROM salesopp.opportunity WHERE subject LIKE 'Both%' GROUP BY subject});
	foreach my $n (1 .. 4)
	{
		my ($min, $max, $count) = @{ $notes{"Both $n"} };
		my $last = (told($sessions[ $n - 1 ]))[-1];
		is("$count $min", "2 $max", "$when: row $n is the same in both organizations");
		cmp_ok($min, '>=', $last, "$when: row $n is not older than was told");
	}
	return %notes;
}

sub are_under_way
{
	my $patience = time + $PostgreSQL::Test::Utils::timeout_default;
	foreach my $session (@_)
	{
		sleep 0.01 until (() = told($session)) > 4 || time > $patience;
	}
	return;
}

# Killed at any moment.
my $round = 0;
foreach my $victim ($coordinator, $one, $coordinator, $two)
{
	my @sessions = start_owners(++$round);
	are_under_way(@sessions);
	sleep rand 0.3;
	kill_server($victim);
	# where only a worker is gone, they would go on
	$coordinator->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'UPDATE%'}) if $victim != $coordinator;
	$_->{run}->finish foreach @sessions;
	$victim->start;
	is_the_same_in_both("round $round, " . $victim->name . ' killed', @sessions);
}

# Killed when the workers have prepared and the coordinator has decided, but nobody has been told: it waits for a standby that there is not.
# Afterwards it does not tell the workers by itself, so that what they are left with can be seen.
my @sessions = start_owners(++$round);
are_under_way(@sessions);
$coordinator->safe_psql('postgres', $_) foreach q{ALTER SYSTEM SET synchronous_standby_names = 'nobody'}, 'SELECT pg_reload_conf()';
# one at a time changes rows on all workers
$coordinator->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE 'UPDATE%'}) or die 'no session waits';
my $prepared = all_prepared();
like($prepared, qr/^[1-9]\d* [1-9]\d*$/, 'prepared on both workers');
kill_server($coordinator);
$_->{run}->finish foreach @sessions;
PostgreSQL::Test::Utils::append_to_file($coordinator->data_dir . '/postgresql.auto.conf', "synchronous_standby_names = ''\ncitus.recover_2pc_interval = -1\n");
$coordinator->start;
is(all_prepared(), $prepared, 'the workers still wait to hear what was decided');
my %notes = is_the_same_in_both('between being prepared and committed', @sessions);
is(join(' ', sort map { $notes{"Both $_"}[0] - (told($sessions[ $_ - 1 ]))[-1] } 1 .. 4), '0 0 0 1', 'what had been decided is done, though it was not told');
is_sound('after all', start_and_end());

sub start_and_end
{
	my @sessions = start_work();
	sleep 1;
	end_work(@sessions);
	return @sessions;
}

$_->stop foreach $single, $one, $two, $coordinator;
done_testing();
