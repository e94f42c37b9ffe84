# An organization is moved to another server, as doc/operations.md says, while programs write to it and to another one; either server is
# killed in the copying, after the fence, and before the fence is taken away. The move is undone once after the fence, and begun anew.
# No commit that was acknowledged is lost, and all tables are the same on both sides.
#
# How long nothing could be written is told in a note, and not tested.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use Invariants;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SampleDatabase;
use Test::More;
use Time::HiRes qw(time sleep);

my $dir = PostgreSQL::Test::Utils::tempdir;

# ---------- two servers

my ($source, $target) = map {
	my $node = PostgreSQL::Test::Cluster->new($_);
	$node->init(allows_streaming => 'logical');
	# one table after the other, so that there is a middle
	$node->append_conf('postgresql.conf', "max_prepared_transactions = 4\nwal_retrieve_retry_interval = 100ms\nmax_sync_workers_per_subscription = 1\nlog_statement = none\n");
	$node->start;
	$node;
} qw(source target);
create_sales($source);
copy_roles($source, $target);
$target->safe_psql('postgres', 'CREATE DATABASE sales');
$target->safe_psql('sales', 'CREATE EXTENSION salesopp CASCADE');
$source->safe_psql('sales', 'SELECT salesopp.set_organization_ids(1, 999)');
$target->safe_psql('sales', 'SELECT salesopp.set_organization_ids(1000, 1999)');
is($target->safe_psql('sales', q{SELECT salesopp.create_organization('At home');
	SELECT salesopp.grant_access('dump_seller', 'seller')}) =~ s/\n.*//sr, '1000', 'ids of the server');
$target->safe_psql('sales', q{SET salesopp.organization_id = 1000; INSERT INTO salesopp.company (name) SELECT 'Home ' || n FROM generate_series(1, 20) n;
	INSERT INTO salesopp.saved_search (name) VALUES ('At home');
	INSERT INTO salesopp.opportunity (subject, estimated_revenue) SELECT 'Home ' || n, n FROM generate_series(1, 20) n});
$source->safe_psql('sales', q{SET salesopp.organization_id = 1; INSERT INTO salesopp.company (name) SELECT 'Customer ' || n FROM generate_series(1, 5000) n;
	INSERT INTO salesopp.opportunity (subject, estimated_revenue) SELECT 'Deal ' || n, n FROM generate_series(1, 3000) n});

# What the document says to run at each step, told by its beginning.
my ($section) = slurp_file("$FindBin::RealBin/../../doc/operations.md") =~ /^(## Moving an organization to another server\n.*?)^### /ms;
my @steps = map { s/^   //gmr } $section =~ /^   ```sql\n(.*?)^   ```/gms;
my $conninfo = $source->connstr('sales') =~ s/'//gr;
s/'host=… dbname=…'/'$conninfo'/ foreach @steps;

sub step
{
	my ($node, $beginning) = @_;
	my @found = grep { /^\Q$beginning\E/ } @steps or die "operations.md says nothing like $beginning";
	# a statement a transaction, as psql runs a file
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('sales') ], '<', \$found[0], '>', \$out, '2>', \$err)
	  or return "failed: $err";
	chomp $out;
	return $out;
}

sub wait_until
{
	my ($what, $condition) = @_;
	my $end = time + $PostgreSQL::Test::Utils::timeout_default;
	until ($condition->())
	{
		die "waited in vain: $what" if time > $end;
		sleep 0.05;
	}
	return;
}

sub all_are_copied { return wait_until('copied', sub { step($target, 'SELECT r.srrelid') eq '' }); }
sub has_arrived { return wait_until('arrived', sub { step($target, 'SELECT o.fenced_at') eq 't' }); }

sub kill_and_restart
{
	foreach my $node (@_)
	{
		$node->stop('immediate');
		$node->start;
	}
	return;
}

# ---------- what an organization has

my @tables = relations($source, 'sales', 'r');

sub digests
{
	my ($node, $organization) = @_;
	return $node->safe_psql('sales', join ' UNION ALL ', map { "SELECT '$_', count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) "
		  . "FROM salesopp.$_ t WHERE organization_id = $organization" } @tables);
}

# The history up to now.
sub history_digest { return $_[0]->safe_psql('sales', qq{SET salesopp.organization_id = $_[1]; SELECT salesopp.history_digest(max(at)) FROM salesopp.opportunity_history WHERE organization_id = $_[1]}); }

# ---------- those who write, and those who follow

my $n_writers = 0;

# In a process of its own: companies, each named once, and a change of an opportunity with each. What was acknowledged is in a file.
sub start_writer
{
	my ($node, $organization) = @_;
	my $name = 'writer' . ++$n_writers;
	append_to_file("$dir/$name.sql", "SET salesopp.organization_id = '$organization';\n" . join '',
		map { "INSERT INTO salesopp.company (name) VALUES ('$name $_') RETURNING name;\n"
			  . "UPDATE salesopp.opportunity SET estimated_revenue = $_ WHERE organization_id = $organization AND subject = 'Deal 1' AND copied_from_id IS NULL;\n"
			  . "SELECT pg_sleep(0.002) IS NULL;\n" } 1 .. 100_000);
	local $ENV{PGAPPNAME} = $name;
	return { name => $name, organization => $organization, node => $node,
		process => IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('sales'), '-f', "$dir/$name.sql" ],
			'<', \undef, '>', "$dir/$name.out", '2>', "$dir/$name.err") };
}

sub acknowledged
{
	my ($writer) = @_;
	return grep { /^writer/ } split /\n/, slurp_file("$dir/$writer->{name}.out");
}

sub all_have_written
{
	my @all = @_;
	return wait_until('writing', sub { !grep { acknowledged($_) <= 10 } @all });
}

sub stop_writer
{
	my ($writer) = @_;
	$writer->{process}->signal('INT');
	$writer->{process}->kill_kill;
	# its server may still be about to commit the last statement
	$writer->{node}->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = '$writer->{name}'");
	return;
}

sub is_kept
{
	my ($how, $node, @writers) = @_;
	foreach my $writer (@writers)
	{
		my %there = map { $_ => 1 } split /\n/, $node->safe_psql('sales',
			"SELECT name FROM salesopp.company WHERE organization_id = $writer->{organization} AND name LIKE '$writer->{name} %'");
		my @acknowledged = acknowledged($writer);
		cmp_ok(scalar @acknowledged, '>', 10, "$how: $writer->{name} wrote");
		is(scalar(grep { !$there{$_} } @acknowledged), 0, "$how: nothing of " . @acknowledged . ' commits is lost');
		cmp_ok(scalar(keys %there) - @acknowledged, '<=', 1, "$how: and what was not acknowledged is one at most");
	}
	return;
}

# The feed of the organization 1, with its cursor; it may be read at either server.
my $cursor = 'NULL';
my @followed;

sub follow
{
	my ($node) = @_;
	foreach (split /\n/, $node->safe_psql('sales', "SET salesopp.organization_id = 1; SELECT cursor, opportunity_id || '/' || version FROM salesopp.changes_since($cursor, NULL)"))
	{
		my ($place, $change) = split /\|/;
		$cursor = "'$place'";
		push @followed, $change;
	}
	return;
}

my @writers = (start_writer($source, 1), start_writer($source, 1));
my $neighbour = start_writer($source, 2);
my @all_writers = @writers;
follow($source);

# ---------- copying, and both are killed in the middle of it

like(step($source, 'SELECT salesopp.publish_organization'), qr/^salesopp_organization_1$/, 'published');

# Where either is killed just when a table has been copied, PostgreSQL may wait for ever for a slot that is gone. So both are killed in the
# middle of a table: another session has written a row with the same id, and the copying waits for what becomes of it.
sub hold_copying
{
	my ($table) = @_;
	my $id = $source->safe_psql('sales', "SELECT id FROM salesopp.$table WHERE organization_id = 1 ORDER BY id OFFSET (SELECT count(*) / 2 FROM salesopp.$table WHERE organization_id = 1) LIMIT 1");
	my ($out, $err) = ('', '');
	my $holder = IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $target->connstr('sales'), map { ('-c', $_) } 'SET session_replication_role = replica', 'BEGIN',
		"INSERT INTO salesopp.$table (organization_id, id, name, created_at, changed_at) VALUES (1, $id, 'in the way', now(), now())", 'SELECT pg_backend_pid()', 'SELECT pg_sleep(600)' ],
		'<', \undef, '>', \$out, '2>', \$err);
	$holder->pump until $out =~ /^\d+\n/ or $err;
	return { process => $holder, pid => $out =~ /^(\d+)\n/ ? $1 : die $err };
}

my $ready = q{SELECT count(*) FILTER (WHERE srsubstate = 'r'), count(*) FILTER (WHERE srsubstate <> 'r') FROM pg_subscription_rel};
sub kill_while_held
{
	my ($node, $held) = @_;
	my $holder;
	wait_until('copying', sub {
		my $pid = $target->safe_psql('sales', 'SELECT unnest(pg_blocking_pids(pid)) FROM pg_locks WHERE NOT granted');
		($holder) = grep { $_->{pid} eq $pid } @$held;
		return $holder;
	});
	@$held = grep { $_ != $holder } @$held;
	all_have_written(@writers, $neighbour);
	my ($done, $left) = split /\|/, $target->safe_psql('sales', $ready);
	cmp_ok($left, '>', 0, "killed in the copying: $done tables are there, $left not");
	kill_and_restart($node);
	$target->safe_psql('sales', "SELECT pg_terminate_backend($holder->{pid})") if $node eq $source;
	$holder->{process}->finish;
	return;
}

my @held = map { hold_copying($_) } qw(company saved_search);
is(step($target, 'CREATE SUBSCRIPTION'), '', 'subscribed');
kill_while_held($source, \@held);
stop_writer($_) foreach @writers, $neighbour;
@writers = (start_writer($source, 1), start_writer($source, 1));
push @all_writers, $neighbour;
$neighbour = start_writer($source, 2);
push @all_writers, @writers;
kill_while_held($target, \@held);
all_are_copied();
follow($source);

# ---------- fenced, both are killed, and it is undone

my $elsewhere = start_writer($target, 1000);
all_have_written(@writers, $neighbour, $elsewhere);
is(step($source, 'SET lock_timeout') =~ /^\d{4}-/, 1, 'fenced');
kill_and_restart($target);
push @all_writers, $elsewhere;
kill_and_restart($source);
stop_writer($_) foreach @writers, $neighbour, $elsewhere;
push @all_writers, $neighbour;

sub is_fenced
{
	my ($code, $out, $err) = $_[0]->psql('sales', q{SET salesopp.organization_id = 1; INSERT INTO salesopp.company (name) VALUES ('Late')});
	return $err =~ /organization 1 is fenced/;
}
ok(is_fenced($source), 'killed after the fence: it is fenced still');
is_kept('fenced', $source, grep { $_->{node} eq $source } @all_writers);
is_kept('fenced', $target, $elsewhere);
has_arrived();
ok(is_fenced($target), 'and so it is where it has arrived');
is(digests($target, 1), digests($source, 1), 'all tables are the same');

my $home = digests($target, 1000);
my ($remove) = grep { /^DROP PUBLICATION/ } @steps;
my ($drop) = grep { /^DROP SUBSCRIPTION/ } @steps;
my ($drop_subscription) = $drop =~ /^(.*)$/m;
my ($drop_publication, $remove_rows) = $remove =~ /^(.*?)\n(.*)/s;
$target->safe_psql('sales', $drop_subscription);
my $before = digests($source, 1);
# as if it had been given up before all was copied
$target->safe_psql('sales', 'SET session_replication_role = replica; DELETE FROM salesopp.organization WHERE id = 1');
is(step($target, 'INSERT INTO salesopp.organization'), '', 'its own row, where that was not copied');
IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $target->connstr('sales') ], '<', \$remove_rows) or die;
is($target->safe_psql('sales', 'SELECT count(*) FROM salesopp.organization WHERE id = 1'), '0', 'undone: nothing is left at the target');
is(digests($target, 1000), $home, 'and what was there is as it was');
$source->safe_psql('sales', $drop_publication);
is(digests($source, 1), $before, 'nor has anything changed at the source');
is(step($target, 'SELECT salesopp.unfence_organization') =~ /no such organization: 1/, 1, 'what is not there is not unfenced');
step($source, 'SELECT salesopp.unfence_organization');
is($source->safe_psql('sales', q{SELECT fenced_at IS NULL FROM salesopp.organization WHERE id = 1}), 't', 'it can be written again');
is($source->safe_psql('sales', q{SELECT count(*) FROM pg_replication_slots}), '0', 'no slot is left');

# ---------- once more, to the end

@writers = (start_writer($source, 1), start_writer($source, 1));
$neighbour = start_writer($source, 2);
$elsewhere = start_writer($target, 1000);
step($source, 'SELECT salesopp.publish_organization');
is(step($target, 'CREATE SUBSCRIPTION'), '', 'subscribed once more');
all_are_copied();
sleep 1;
follow($source);
# all kinds of changes, and rows that go
my $changes = $source->safe_psql('sales', q{SET salesopp.organization_id = 1;
	SELECT salesopp.close_won(min(id)) FROM salesopp.opportunity WHERE organization_id = 1 AND status = 'open' AND deleted_at IS NULL AND subject <> 'Deal 1';
	SELECT salesopp.delete_opportunities(ARRAY(SELECT id FROM salesopp.opportunity WHERE organization_id = 1 AND subject LIKE 'Deal 2_'));
	DELETE FROM salesopp.opportunity_group_value v USING salesopp.opportunity o WHERE o.id = v.opportunity_id AND o.status = 'open' AND o.deleted_at IS NULL AND o.organization_id = 1;
	WITH gone AS (DELETE FROM salesopp.activity_participant WHERE organization_id = 1 RETURNING 1) SELECT 'gone ' || count(*) FROM gone});
like($changes, qr/^gone [1-9]/m, 'and other changes meanwhile');

# one that is prepared is waited for
$source->safe_psql('sales', q{SET salesopp.organization_id = 1; BEGIN; INSERT INTO salesopp.company (name) VALUES ('Prepared'); PREPARE TRANSACTION 'prepared'});
like($source->safe_psql('sales', q{SELECT count(*) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 25194
	AND l.classid::bigint << 32 | l.objid::bigint IN (1, 0) AND l.granted AND pid IS NULL}), qr/^1$/, 'who keeps the fence waiting is found');
my ($code, $out, $err) = $source->psql('sales', "SET lock_timeout = '300ms'; SELECT salesopp.fence_organization(1)");
like($err, qr/canceling statement due to lock timeout/, 'fencing gives up');
$source->safe_psql('sales', q{COMMIT PREPARED 'prepared'});

my $since = time;
step($source, 'SET lock_timeout');
has_arrived();
my $arrived = time;
is(digests($target, 1), digests($source, 1), 'it has arrived: all tables are the same');
sleep 1.1;
is(history_digest($target, 1), history_digest($source, 1), 'and so is the digest of the history');
is($target->safe_psql('sales', 'SELECT string_agg(id::text, \' \' ORDER BY id) FROM salesopp.organization'), '1 1000', 'nothing of others has come along');
stop_writer($_) foreach @writers;
push @all_writers, @writers;
my $compared = time;
is(step($target, 'DROP SUBSCRIPTION'), '', 'no subscription any more');
my $stepped = time;
kill_and_restart($target);
stop_writer($elsewhere);
push @all_writers, $elsewhere;
ok(is_fenced($target), 'killed before the end: it is fenced still');
is($target->safe_psql('sales', 'SELECT salesopp.advance_sequences(1)'), '', 'a step that was not answered is repeated');
my $unfencing = time;
step($target, 'SELECT salesopp.unfence_organization');
note(sprintf 'nothing could be written for %.1f s: %.1f until all had arrived, %.1f for the subscription and sequences, %.1f to take the fence away',
	$arrived - $since + $stepped - $compared + time - $unfencing, $arrived - $since, $stepped - $compared, time - $unfencing);

# ---------- it goes on there

follow($source);
my $at_target = start_writer($target, 1);
all_have_written($at_target);
stop_writer($at_target);
push @all_writers, $at_target;
ok(is_fenced($source), 'at the source it stays fenced');
is_kept('moved', $target, grep { $_->{organization} != 2 } @all_writers);
is($target->safe_psql('sales', q{SELECT count(*), count(DISTINCT id) = count(*) FROM salesopp.company WHERE organization_id = 1 AND name = 'Prepared'}), '1|t', 'what was prepared, too');
all_hold($target, 'sales', 'moved');
is($target->safe_psql('sales', 'SET salesopp.organization_id = 1; SELECT * FROM salesopp.history_problems()'), '', 'the history is whole');
is($target->safe_psql('sales', q{BEGIN; SET LOCAL salesopp.organization_id = 1;
		INSERT INTO salesopp.opportunity (subject) VALUES ('new') RETURNING id > (SELECT max(id) FROM salesopp.opportunity WHERE organization_id = 1);
		SELECT number - (SELECT max(number) FROM salesopp.quote WHERE organization_id = 1)
		FROM salesopp.create_quote((SELECT max(id) FROM salesopp.opportunity WHERE organization_id = 1), 1);
		SELECT string_agg(outcome, ' ') FROM salesopp.undo_bulk_change((SELECT min(id) FROM salesopp.bulk_change WHERE organization_id = 1));
		RESET salesopp.organization_id; SELECT salesopp.create_organization('New here') BETWEEN 1001 AND 1999; ROLLBACK}), "t\n1\nchanged changed\nt", 'ids and numbers go on, and bulk changes are undone');
sleep 1.5;
follow($target);
my @recorded = split /\n/, $target->safe_psql('sales', q{SELECT opportunity_id || '/' || version FROM salesopp.opportunity_history WHERE organization_id = 1 ORDER BY at, opportunity_id, version});
is_deeply([ sort @followed ], [ sort @recorded ], 'who follows the changes misses none and gets none twice');
is_deeply(\@followed, \@recorded, 'in their order');

# ---------- and is removed where it was

stop_writer($neighbour);
push @all_writers, $neighbour;
my $other = digests($source, 2);
my $there = digests($target, 1);
like(step($source, 'DROP PUBLICATION'), qr/^opportunity\|\d+$/m, 'removed at the source');
is($source->safe_psql('sales', join ' UNION ALL ', map { "SELECT '$_' FROM salesopp.$_ WHERE organization_id = 1" } @tables), '', 'nothing is left');
is(digests($source, 2), $other, 'of the other organization nothing is missing');
is_kept('the other organization', $source, grep { $_->{organization} == 2 } @all_writers);
is(join('', map { grep { /fenced/ } split /\n/, slurp_file("$dir/$_->{name}.err") } grep { $_->{organization} == 2 } @all_writers), '', 'which noticed nothing');
is(digests($target, 1), $there, 'and at the target all is there');
all_hold($source, 'sales', 'removed');

# ---------- dumps know of ids and fences

$source->safe_psql('sales', 'SELECT salesopp.fence_organization(2)');
$source->command_ok([ 'pg_dump', '--format', 'custom', '--file', "$dir/sales.dump", 'sales' ], 'a server with a fenced organization is dumped');
$source->safe_psql('postgres', 'CREATE DATABASE restored');
$source->command_ok([ 'pg_restore', '--exit-on-error', '--dbname', 'restored', "$dir/sales.dump" ], 'and restored');
($code, $out, $err) = $source->psql('restored', q{SET salesopp.organization_id = 2; INSERT INTO salesopp.company (name) VALUES ('x')});
like($err, qr/organization 2 is fenced/, 'it is fenced there');
is($source->safe_psql('restored', q{INSERT INTO salesopp.organization (id, name) VALUES (5000, 'From elsewhere'); SELECT salesopp.create_organization('Next') BETWEEN 3 AND 999}), 't', 'ids go on in the range');
($code, $out, $err) = $source->psql('restored', q{SELECT setval('salesopp.organization_id_seq', 999); SELECT salesopp.create_organization('One more')});
like($err, qr/no id of this server is left for organization 1000/, 'which has its end');

$source->stop;
$target->stop;
done_testing();
