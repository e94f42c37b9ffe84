# Faults in the middle of work: backends and servers that are killed, statements that are cancelled or run
# out of time, sessions that hold locks and are ended. What was told to be committed is there, what was not
# is there as a whole or not at all, what must always hold does, and no file is left. F3.2, F3.5, F5, F8, F10.1
#
# SALESOPP_FAULT_ROUNDS: how many times as long (1).
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use Invariants;
use IPC::Run;
use KilledServer;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $rounds = $ENV{SALESOPP_FAULT_ROUNDS} || 1;
my $clients = 8;
my $shared = 20;
my $dir = PostgreSQL::Test::Utils::tempdir;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', <<'CONF');
restart_after_crash = on
log_statement = none
max_connections = 40
CONF
$node->start;
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Acme');
INSERT INTO salesopp.employee (initials, name) VALUES ('AA', 'Ada');
INSERT INTO salesopp.company (name) VALUES ('Customer');
INSERT INTO salesopp.competitor (name) VALUES ('Rival');
-- what all write to
INSERT INTO salesopp.opportunity (subject, company_id, estimated_revenue)
SELECT 'Shared', 1, n FROM generate_series(1, $shared) n;
CREATE ROLE seller LOGIN;
SELECT salesopp.grant_access('seller', 'seller');
ALTER ROLE seller SET salesopp.employee_id = '1';

-- A piece of work and its mark, which is there exactly when the work is.
CREATE TABLE done (mark text PRIMARY KEY);
GRANT SELECT, INSERT ON done TO seller;
CREATE FUNCTION work(mark text) RETURNS text LANGUAGE plpgsql AS \$\$
DECLARE
	n bigint;
BEGIN
	INSERT INTO salesopp.opportunity (subject, company_id, estimated_revenue, sales_process_id)
	VALUES (mark, 1, 100, 1) RETURNING id INTO n;
	PERFORM salesopp.set_stage_status(n, 2, 'completed');
	PERFORM salesopp.convert_quote((salesopp.create_quote(n)).id, true);
	PERFORM salesopp.set_status(ARRAY(SELECT o.id FROM salesopp.opportunity o WHERE o.id <= $shared AND (o.id + n) % 3 > 0),
		(ARRAY['won', 'open', 'lost'])[1 + n % 3]::salesopp.opportunity_status, mark);
	INSERT INTO done VALUES (mark);
	RETURN mark;
END \$\$;
-- Work that is there and is not marked, or is not all there; marks without work.
CREATE VIEW in_parts AS
SELECT subject, mark FROM (
	SELECT o.subject FROM salesopp.opportunity o
	WHERE subject LIKE 'client%' AND status = 'won' AND progress = 25 AND actual_revenue = 100
		AND (SELECT count(*) FROM salesopp.stage s WHERE (s.organization_id, s.opportunity_id) = (1, o.id)) = 5
		AND (SELECT count(*) FROM salesopp.status_event e WHERE (e.organization_id, e.opportunity_id) = (1, o.id)) = 1
		AND (SELECT count(*) FROM salesopp.quote q JOIN salesopp.sales_order s ON (s.organization_id, s.quote_id) = (1, q.id) WHERE (q.organization_id, q.opportunity_id) = (1, o.id)) = 1) whole
FULL JOIN done ON mark = subject
WHERE subject IS NULL OR mark IS NULL
UNION ALL
SELECT subject, NULL FROM salesopp.opportunity WHERE subject LIKE 'client%' AND subject NOT IN (SELECT mark FROM done);

CREATE TABLE told (mark text);
SQL

my @psql = ('psql', '--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set', 'VERBOSITY=sqlstate');
sub psql_as { my ($role) = @_; return (@psql, '--dbname', $node->connstr('postgres') . " user=$role"); }

# ---------- who works, and what they were told

my ($period, $all_told) = (0, 0);

# What sessions were told: the marks of what is committed.
sub marks_told
{
	return map { split /\n/, slurp_file($_->{told}) } @_;
}

# Sessions that do one piece of work after the other. A mark is printed when its transaction is committed. They are
# well under way, however slow the machine is.
sub start_work
{
	my @sessions;
	$period++;
	foreach my $client (1 .. $clients)
	{
		my $file = "$dir/work.$period.$client";
		append_to_file("$file.sql", join '', map { "SELECT work('client $client, period $period, work $_');\n" } 1 .. 20_000);
		push @sessions, { told => $file, run => IPC::Run::start([ psql_as('seller'), '--file', "$file.sql" ], '<', \undef, '>', $file, '2>', "$file.err") };
	}
	my $patience = time + $PostgreSQL::Test::Utils::timeout_default;
	until (marks_told(@sessions) > $clients)
	{
		die 'the sessions do not work' if time > $patience;
		sleep 0.05;
	}
	return @sessions;
}

sub end_work
{
	my @sessions = @_;
	$_->{run}->finish foreach @sessions;
	return join '', map { slurp_file("$_->{told}.err") } @sessions;
}

# That what the sessions were told is so.
sub is_kept
{
	my ($when, @sessions) = @_;
	my @marks = marks_told(@sessions);
	my $told = @marks;
	append_to_file("$dir/marks.$period", join '', map { "$_\n" } @marks);
	$node->safe_psql('postgres', "TRUNCATE told; COPY told FROM '$dir/marks.$period'");
	cmp_ok($told, '>', $clients, "$when: $told transactions were told to be committed");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM told'), $told, "$when: each is looked for");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM (SELECT mark FROM told EXCEPT SELECT mark FROM done) lost'), '0', "$when: all of them are there");
	is($node->safe_psql('postgres', 'SELECT * FROM in_parts'), '', "$when: nothing is there in part");
	$all_told += $told;
	is_sound($when);
	return;
}

sub is_sound
{
	my ($when) = @_;
	is($node->safe_psql('postgres', broken_invariants()), '', "$when: what must always hold holds");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_ls_dir('base/pgsql_tmp', true, false)"), '0', "$when: no file is left");
	return;
}

# ---------- killed while many write

sub kill_process
{
	my ($type) = @_;
	my $pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = '$type' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1");
	kill 'KILL', $pid or die "cannot kill $type $pid";
	return;
}

foreach my $round (1 .. $rounds)
{
	foreach my $victim ('client backend', 'the server', 'walwriter', 'the server', 'checkpointer', 'client backend')
	{
		my @sessions = start_work();
		sleep 0.4 + rand 0.8;
		if ($victim eq 'the server')
		{
			kill_server($node);
			end_work(@sessions);
			$node->start;
		}
		else
		{
			kill_process($victim);
			like(end_work(@sessions), qr/server closed the connection|terminating connection|connection to server was lost/, "$victim killed: all sessions end");
			wait_until_back($node);
		}
		is_kept("round $round, $victim killed", @sessions);
	}
}

# ---------- cancelled and terminated while many write

foreach my $way ('pg_cancel_backend', 'pg_terminate_backend')
{
	my @sessions = start_work();
	my $end = time + 1.5 * $rounds;
	my $hits = 0;
	# longer where the machine is so busy that hardly any was hit, but not for ever
	my $latest = $end + $PostgreSQL::Test::Utils::timeout_default;
	while (time < $end || $way eq 'pg_cancel_backend' && $hits < 100 && time < $latest)
	{
		# what is terminated does not work on
		my $others = $way eq 'pg_cancel_backend' ? $clients : 1;
		$hits += $node->safe_psql('postgres', "SELECT count($way(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE usename = 'seller' AND state = 'active'
			ORDER BY random() LIMIT $others) victim");
		last if $way eq 'pg_terminate_backend' && $hits >= $clients / 2;
	}
	# the rest is ended so
	$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'seller'");
	my $errors = end_work(@sessions);
	my %states;
	$states{$_}++ foreach $errors =~ /(?:ERROR|FATAL): +(\w{5})/g;
	cmp_ok($states{57014} // 0, '>', 10, "$way: $states{57014} statements were cancelled") if $way eq 'pg_cancel_backend';
	is($states{'57P01'}, $clients, "$way: all sessions were ended");
	is(join(' ', grep { !/^57(014|P01)$/ } sort keys %states), '', "$way: no other error");
	is_kept($way, @sessions);
}

# ---------- killed while it exports

$node->safe_psql('postgres', <<'SQL');
INSERT INTO salesopp.opportunity (subject, company_id, estimated_revenue, decision_date)
SELECT md5(n::text), 1, n, '2024-01-01'::date + n % 500 FROM generate_series(1, 3000) n;
SQL

my %exports = (
	csv => 'octet_length(salesopp.export_csv())',
	xlsx => 'octet_length(salesopp.export_xlsx())',
	pdf => 'octet_length(salesopp.export_pdf())',
	funnel => "length(salesopp.funnel_svg((SELECT min(id) FROM salesopp.opportunity WHERE subject LIKE 'client%') + 0 * n))",
	pipeline => 'length(salesopp.pipeline_svg())');

# What files a process has open, apart from those of the server.
sub foreign_files
{
	my ($pid) = @_;
	my $data = $node->data_dir;
	my $log = $node->logfile;
	return grep { m{^/} && !m{^(?:/dev/|\Q$data\E/|\Q$log\E)} } map { readlink($_) // () } glob "/proc/$pid/fd/*";
}

foreach my $round (1 .. $rounds)
{
	foreach my $what (sort keys %exports)
	{
		my ($pid, $out, $err) = ('', '', '');
		# one after the other, so that it is in the middle of one at any moment
		my $session = IPC::Run::start([ psql_as('seller'), '--command', 'SELECT pg_backend_pid()', '--command',
				"SELECT count($exports{$what} + n) FROM generate_series(1, 100000) n" ], '<', \undef, '>', \$out, '2>', \$err);
		$session->pump until $out =~ /^(\d+)\n/;
		$pid = $1;
		sleep 0.2 + rand 0.3;
		is(join(' ', foreign_files($pid)), '', "$what: it has no files open but the server's own");
		if ($round % 2)
		{
			kill 'KILL', $pid or die "cannot kill $pid";
			$session->finish;
			wait_until_back($node);
		}
		else
		{
			kill_server($node);
			$session->finish;
			$node->start;
		}
		like($err, qr/connection to server was lost|server closed the connection/, "$what: killed in the middle of it");
		is_sound("$what killed");
	}
}

# ---------- out of time at any moment of a change to many

# In one session, which goes on afterwards: what it remembers (plans, that stages are being copied) must be
# right after each error.
my $bulk = 300;
$node->safe_psql('postgres', <<"SQL");
INSERT INTO salesopp.opportunity (subject, company_id, estimated_revenue) SELECT 'Bulk', 1, n FROM generate_series(1, $bulk) n;
-- those of 'Bulk' change all together, and so do their events and stages
CREATE FUNCTION bulk_state() RETURNS text LANGUAGE sql AS \$\$
	SELECT concat_ws('|', count(DISTINCT status), count(DISTINCT sales_process_id IS NULL), count(DISTINCT (SELECT count(*) FROM salesopp.stage s WHERE (s.organization_id, s.opportunity_id) = (1, o.id))),
		count(DISTINCT (SELECT count(*) FROM salesopp.status_event e WHERE (e.organization_id, e.opportunity_id) = (1, o.id))))
	FROM salesopp.opportunity o WHERE subject = 'Bulk'
\$\$;
-- that a new opportunity gets its stages, and that they are followed
CREATE FUNCTION stages_are_followed() RETURNS boolean LANGUAGE sql AS \$\$
	INSERT INTO salesopp.opportunity (subject, sales_process_id) VALUES ('Probe', 1);
	SELECT salesopp.set_stage_status(max(id), 2, 'completed') FROM salesopp.opportunity WHERE subject = 'Probe';
	UPDATE salesopp.stage SET probability = 30 WHERE position = 2 AND opportunity_id = (SELECT max(id) FROM salesopp.opportunity WHERE subject = 'Probe');
	INSERT INTO salesopp.stage (opportunity_id, position, name, probability, status) SELECT max(id), 6, 'Extra', 40, 'completed' FROM salesopp.opportunity WHERE subject = 'Probe';
	DELETE FROM salesopp.stage WHERE position = 6 AND opportunity_id = (SELECT max(id) FROM salesopp.opportunity WHERE subject = 'Probe');
	SELECT progress = 30 FROM salesopp.opportunity WHERE subject = 'Probe' ORDER BY id DESC LIMIT 1
\$\$;
SQL

my $of_bulk = "FROM salesopp.opportunity WHERE subject = 'Bulk'";
my @changes = (
	(map { "SELECT count(*) FROM salesopp.set_status(ARRAY(SELECT id $of_bulk), '$_')" } qw(won open lost)),
	"UPDATE salesopp.opportunity SET sales_process_id = 1 WHERE subject = 'Bulk' AND sales_process_id IS NULL AND status = 'open'",
	"INSERT INTO salesopp.opportunity (subject, sales_process_id) SELECT 'New', 1 FROM generate_series(1, $bulk)",
	"SELECT count(salesopp.create_quote(id)) $of_bulk AND status = 'open'",
	"SELECT count(*) FROM salesopp.delete_opportunities(ARRAY(SELECT id $of_bulk)), salesopp.restore_opportunities(ARRAY(SELECT id $of_bulk))",
	'SELECT sum(opportunities) FROM salesopp.summary(), generate_series(1, 20)',
	'SELECT octet_length(salesopp.export_pdf())');
my $script = '';
my $tries = 60 * $rounds;
foreach my $try (1 .. $tries)
{
	my $change = $changes[ $try % @changes ];
	my $timeout = 'SET LOCAL statement_timeout = ' . (1 + int rand 25);
	$script .= "\\echo $try\n";
	# with the whole transaction, or only with a part of it; what ends them can run out of time itself, before it has begun
	$script .= $try % 2 ? "BEGIN; $timeout; $change;\nEND;\nROLLBACK;\n" : "BEGIN; SAVEPOINT s;\n$timeout;\n$change;\nROLLBACK TO s;\nROLLBACK TO s;\nSET LOCAL statement_timeout = 0; SELECT bulk_state(); $change;\nEND;\n";
	$script .= "SELECT bulk_state();\nBEGIN; SELECT stages_are_followed(); ROLLBACK;\n";
}
my ($out, $err) = ('', '');
# as the owner, who may insert stages
IPC::Run::run([ @psql, '--dbname', $node->connstr('postgres') ], '<', \$script, '>', \$out, '2>', \$err);
my $timeouts = () = $err =~ /ERROR: +57014/g;
cmp_ok($timeouts, '>', $tries / 4, "$timeouts of $tries changes to many run out of time");
is(join(' ', grep { !/ERROR: +57014/ } $err =~ /^.*ERROR: .*$/mg), '', 'there is no other error');
my @states = $out =~ /^(\d+\|.*)$/mg;
cmp_ok(scalar(@states), '>=', $tries, 'what they left was looked at');
is(join(' ', grep { $_ ne '1|1|1|1' } @states), '', 'each changed all or nothing');
is(scalar(() = $out =~ /^t\n(?=\d|\z)/mg), $tries, 'after each, stages are copied and followed in the same session') or diag substr($out, 0, 500);
is_sound('out of time');

# ---------- locks that are held

# A session that is talked to.
sub start_session
{
	my ($role) = @_;
	my %session = (in => '', out => '', err => '');
	$session{run} = IPC::Run::start([ psql_as($role) ], '<', \$session{in}, '>', \$session{out}, '2>', \$session{err}, IPC::Run::timeout(180));
	return \%session;
}

sub say_to
{
	my ($session, $statements) = @_;
	$session->{in} .= "$statements\n\\echo .\n\\warn .\n";
	$session->{out} = $session->{err} = '';
	$session->{run}->pump until $session->{out} =~ /^\.\n/m && $session->{err} =~ /^\.\n/m;
	return join ' ', grep { $_ ne '.' } map { /(?:ERROR|FATAL): +(\w{5})/ ? $1 : $_ } split /\n/, $session->{out} . $session->{err};
}

my ($holder, $other) = (start_session('seller'), start_session('seller'));
my $events = "(SELECT count(*) FROM salesopp.status_event WHERE opportunity_id = 1)";
$node->safe_psql('postgres', "SELECT salesopp.set_status('{1}', 'open')");
my $before = $node->safe_psql('postgres', "SELECT $events");
say_to($holder, "BEGIN; SELECT salesopp.set_status(ARRAY(SELECT id FROM salesopp.opportunity WHERE id <= $shared), 'won');");
say_to($other, "SET lock_timeout = '50ms';");
foreach my $statement ('SELECT salesopp.close_won(1)', "SELECT salesopp.set_status('{1,2}', 'lost')", 'SELECT salesopp.create_quote(1)', 'SELECT salesopp.copy_opportunity(1)',
	'SELECT salesopp.attach_process(1, 1)', "SELECT salesopp.delete_opportunities('{3,1}')",
	"INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id) VALUES (1, 1)", "UPDATE salesopp.opportunity SET rating = 1 WHERE id = 1")
{
	is(say_to($other, "$statement;"), '55P03', "lock_timeout: $statement");
	# within a transaction that goes on
	is(say_to($other, "BEGIN; INSERT INTO done VALUES ('kept'); SAVEPOINT s; $statement;\nROLLBACK TO s; SELECT mark FROM done WHERE mark = 'kept'; ROLLBACK;"),
		'kept 55P03', "lock_timeout in a subtransaction: $statement");
}
is(say_to($other, "SELECT octet_length(salesopp.export_csv()) > 1000, $events;"), "t|$before", 'readers do not wait');

# who holds the locks is idle for too long; who waits for them goes on
say_to($other, "SET lock_timeout = 0;");
say_to($holder, "SET LOCAL idle_in_transaction_session_timeout = '300ms';");
like(say_to($other, "SELECT outcome FROM salesopp.set_status('{1}', 'lost', 'waited');"), qr/^changed$/, 'who waited for the locks of a session that was idle for too long goes on');
$holder->{in} .= "SELECT 1;\n";
$holder->{run}->finish;
like($holder->{err}, qr/FATAL: +25P03/, 'which was ended');
is(say_to($other, "SELECT o.status, o.status_note, $events FROM salesopp.opportunity o WHERE id = 1;"), 'lost|waited|' . ($before + 1), 'nothing is there of what it did');
is(say_to($other, "SELECT status FROM salesopp.reopen(1);"), 'open', 'and its locks are gone');

# a backend that holds locks is killed while others wait for them
$holder = start_session('seller');
my $pid = say_to($holder, 'SELECT pg_backend_pid(); BEGIN; SELECT FROM salesopp.close_won(1);') =~ s/\s+//gr;
$other->{in} .= "SELECT salesopp.close_lost(1);\n";
$other->{run}->pump_nb;
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $pid = ANY (pg_blocking_pids(pid))") or die 'nobody waits';
kill 'KILL', $pid or die "cannot kill $pid";
$_->{run}->finish foreach $holder, $other;
wait_until_back($node);
is($node->safe_psql('postgres', "SELECT status, $events FROM salesopp.opportunity WHERE id = 1"), 'open|' . ($before + 2), 'nothing is there of what a killed session, and who waited for it, did');

all_hold($node, 'postgres', 'in the end');
is($node->safe_psql('postgres', 'SELECT salesopp.set_status(ARRAY[1, 2], \'open\')') ne '', 1, 'and it works');
note("$all_told transactions were told to be committed, and are there");

$node->stop;
done_testing();
