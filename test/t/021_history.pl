# What is called settled is final, and the feed of changes loses nothing and gives nothing twice, whatever writes at
# the same time: several sessions change what there is at random, in transactions that are short, long, late, undone or
# prepared, and the server is killed in the middle of it. N1, N13
#
# One session notes the pipeline and the instant that is settled; later, the history as of that instant gives what it gave
# when it was noted. Another reads the feed all the while, with its cursor in a table of its own.
#
# SALESOPP_HISTORY_SECONDS: how long they write before and after the server is killed (8).
use strict;
use warnings FATAL => 'all';

use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $seconds = $ENV{SALESOPP_HISTORY_SECONDS} || 8;
my $clients = 6;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_prepared_transactions = 10\nrestart_after_crash = on\ndeadlock_timeout = 100ms\nlog_statement = none\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Acme'), salesopp.create_organization('Other');
SET salesopp.organization_id = '1';
INSERT INTO salesopp.opportunity (subject, estimated_revenue, sales_process_id)
SELECT 'Deal ' || n, n * 1000, CASE WHEN n % 2 = 0 THEN 1 END FROM generate_series(1, 30) n;
CREATE ROLE seller LOGIN;
CREATE ROLE reader LOGIN;
SELECT salesopp.grant_access('seller', 'seller'), salesopp.grant_access('reader', 'reader');
ALTER ROLE seller SET salesopp.organization_id = '1';
ALTER ROLE reader SET salesopp.organization_id = '1';

-- What a reader of the feed keeps: where it stands, and what it was given, in the order in which it was.
CREATE TABLE place (cursor text);
INSERT INTO place VALUES (NULL);
CREATE TABLE received (n bigserial, opportunity_id bigint, version integer, at timestamptz, kind text, after text);
GRANT SELECT, UPDATE ON place TO reader;
GRANT SELECT, INSERT ON received TO reader;
GRANT USAGE ON SEQUENCE received_n_seq TO reader;
CREATE FUNCTION receive(page integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	reached text := (SELECT cursor FROM place FOR UPDATE);
	change record;
	n bigint := 0;
BEGIN
	FOR change IN SELECT * FROM salesopp.changes_since(reached, page) LOOP
		INSERT INTO received (opportunity_id, version, at, kind, after)
		VALUES (change.opportunity_id, change.version, change.at, change.kind, change.after::text);
		reached := change.cursor;
		n := n + 1;
	END LOOP;
	UPDATE place SET cursor = reached;
	RETURN n;
END;
$$;

-- The pipeline as of an instant, from the history alone, as a text.
CREATE FUNCTION figures_as_of(instant timestamptz) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT string_agg(format('%s %s %s %s', s.status, s.n, s.estimated, s.weighted), E'\n' ORDER BY s.status) FROM (
		SELECT h.status, count(*) AS n, sum(h.estimated_revenue) AS estimated, sum(h.estimated_revenue * h.progress / 100) AS weighted
		FROM (SELECT DISTINCT ON (opportunity_id) * FROM salesopp.opportunity_history
			WHERE organization_id = salesopp.current_organization() AND at <= instant ORDER BY opportunity_id, version DESC) h
		WHERE NOT h.deleted GROUP BY h.status) s);
END;
$$;
-- The same of the opportunities as they stand.
CREATE FUNCTION figures() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT string_agg(format('%s %s %s %s', s.status, s.n, s.estimated, s.weighted), E'\n' ORDER BY s.status) FROM (
		SELECT o.status, count(*) AS n, sum(o.estimated_revenue) AS estimated, sum(o.estimated_revenue * o.progress / 100) AS weighted
		FROM salesopp.opportunity o WHERE o.organization_id = salesopp.current_organization() AND o.deleted_at IS NULL GROUP BY o.status) s);
END;
$$;
CREATE TABLE noted (settled timestamptz, digest text, as_of text, present text, present_from_history text);
GRANT SELECT, INSERT ON noted TO reader;
SQL

# ---------- those who write

my $dir = PostgreSQL::Test::Utils::tempdir();
# Only what is open is changed: an error would end the client.
my $open = "status = 'open' AND deleted_at IS NULL";
my %scripts = (
	edit => "UPDATE salesopp.opportunity SET estimated_revenue = :amount WHERE id = :a AND $open;",
	close => "SELECT salesopp.set_status(ARRAY[:a, :b], (ARRAY['open', 'won', 'lost'])[1 + :amount % 3]::salesopp.opportunity_status);",
	delete => 'SELECT salesopp.delete_opportunities(ARRAY[:a]);',
	restore => 'SELECT salesopp.restore_opportunities(ARRAY(SELECT generate_series(1, 30)));',
	stage => "SELECT salesopp.set_stage_status(o.id, 1 + :amount % 5, (ARRAY['pending', 'completed'])[1 + :b % 2]::salesopp.stage_status) FROM (SELECT id FROM salesopp.opportunity WHERE id = 2 * (1 + :a / 2 % 15) AND $open FOR NO KEY UPDATE) o;",
	new => "INSERT INTO salesopp.opportunity (subject, estimated_revenue) VALUES ('New', :amount);",
	several => "BEGIN;\nUPDATE salesopp.opportunity SET estimated_revenue = :amount WHERE id = LEAST(:a, :b) AND $open;\nUPDATE salesopp.opportunity SET estimated_revenue = :amount + 1 WHERE id = GREATEST(:a, :b) AND $open;\nCOMMIT;",
	long => "BEGIN;\nUPDATE salesopp.opportunity SET estimated_revenue = :amount WHERE id = :a AND $open;\n\\sleep :pause ms\nINSERT INTO salesopp.opportunity (subject) VALUES ('After a while');\n\\sleep :pause ms\nCOMMIT;",
	late => "BEGIN;\nSELECT count(*) FROM salesopp.opportunity;\n\\sleep :pause ms\n\\sleep :pause ms\nUPDATE salesopp.opportunity SET estimated_revenue = :amount WHERE id = :a AND $open;\n\\sleep :short ms\nCOMMIT;",
	savepoint => "BEGIN;\nSAVEPOINT a;\nUPDATE salesopp.opportunity SET estimated_revenue = :amount WHERE id = :a AND $open;\nROLLBACK TO a;\n\\sleep :pause ms\nUPDATE salesopp.opportunity SET estimated_revenue = :amount WHERE id = :b AND $open;\nCOMMIT;",
	undone => "BEGIN;\nUPDATE salesopp.opportunity SET estimated_revenue = :amount WHERE id = :a AND $open;\n\\sleep :short ms\nROLLBACK;",
	repeatable => "BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT count(*) FROM salesopp.opportunity;\n\\sleep :pause ms\nINSERT INTO salesopp.opportunity (subject, estimated_revenue) VALUES ('Repeatable', :amount);\n\\sleep :short ms\nCOMMIT;",
);
foreach my $name (keys %scripts)
{
	PostgreSQL::Test::Utils::append_to_file("$dir/$name.sql",
		"\\set a random(1, 30)\n\\set b random(1, 30)\n\\set amount random(1, 100000)\n\\set short random(0, 200)\n\\set pause random(0, 900)\n$scripts{$name}\n");
}

sub start_writers
{
	my @command = ('pgbench', '-n', '-h', $node->host, '-p', $node->port, '-U', 'seller', '-c', $clients, '-T', $seconds, '--max-tries=20',
		(map { ('-f', "$dir/$_.sql@" . ($_ =~ /^(long|late|savepoint|repeatable)$/ ? 1 : 6)) } sort keys %scripts), 'postgres');
	my $output = '';
	return (IPC::Run::start(\@command, '<', \undef, '>&', \$output), \$output);
}

# ---------- those who read

# Asked of a session of its own each time, as it is a role that is shown nothing of other sessions.
sub as_reader
{
	my ($sql) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-U', 'reader' ]);
	return $code == 0 ? $out : undef;
}

# What is settled, then, by a snapshot that is taken afterwards, what it was; and the present, from both tables in one snapshot.
sub note_figures
{
	as_reader(q{
		SELECT salesopp.history_settled() AS settled \gset
		BEGIN ISOLATION LEVEL REPEATABLE READ;
		INSERT INTO noted SELECT :'settled', salesopp.history_digest(:'settled'), figures_as_of(:'settled'), figures(), figures_as_of('infinity');
		COMMIT;});
}

sub noted
{
	return $node->safe_psql('postgres', 'SELECT count(DISTINCT settled) FROM noted');
}

sub write_and_read
{
	my ($at_end) = @_;
	my ($writers, $output) = start_writers();
	my $end = time + $seconds - 1;
	while (time < $end)
	{
		note_figures();
		as_reader('SELECT receive(' . (1 + int rand 20) . ')');
		as_reader('SELECT receive(NULL)') if rand() < 0.3;
	}
	if ($at_end)
	{
		$at_end->();
		eval { $writers->finish };
	}
	else
	{
		ok($writers->finish, 'all go on to the end') or diag($$output);
	}
}

sub settle
{
	return $node->poll_query_until('postgres', q{SELECT salesopp.history_settled() > (SELECT max(at) FROM salesopp.opportunity_history)});
}

sub compare
{
	my ($when) = @_;
	ok(settle(), "$when: all is settled in the end");
	1 while as_reader('SELECT receive(50)');
	cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM received'), '>', 100, "$when: the feed has given something");
	my $history = q{SELECT opportunity_id, version, at, h::text AS after FROM salesopp.opportunity_history h WHERE organization_id = 1};
	my $received = 'SELECT opportunity_id, version, at, after FROM received';
	is($node->safe_psql('postgres', "SELECT * FROM ($history EXCEPT ALL $received) lost"), '', "$when: nothing is lost");
	is($node->safe_psql('postgres', "SELECT * FROM ($received EXCEPT ALL $history) more"), '', "$when: nothing comes twice");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT (at, opportunity_id, version) < lag((at, opportunity_id, version)) OVER (ORDER BY n) AS back FROM received) r WHERE back}),
		0, "$when: it comes in the order of time");
	cmp_ok(noted(), '>', 5, "$when: instants were noted");
	is($node->safe_psql('postgres', q{SET salesopp.organization_id = '1'; SELECT count(*) FROM noted WHERE as_of IS DISTINCT FROM figures_as_of(settled)}),
		0, "$when: as of what was settled, the figures are what they were");
	is($node->safe_psql('postgres', q{SET salesopp.organization_id = '1'; SELECT count(*) FROM noted WHERE digest <> salesopp.history_digest(settled)}),
		0, "$when: and the digests");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM noted WHERE present IS DISTINCT FROM present_from_history'),
		0, "$when: the present was the same in the history and in the opportunities");
	is($node->safe_psql('postgres', q{SET salesopp.organization_id = '1'; SELECT * FROM salesopp.history_problems()}), '', "$when: the history is whole");
}

# ---------- many at once

# more than once where the machine is so busy with other things that hardly any was noted
my $runs = 0;
do
{
	write_and_read();
} while ((noted() <= 5 || $node->safe_psql('postgres', 'SELECT count(*) FROM salesopp.opportunity_history') <= 150) && ++$runs < 20);
compare('many at once');

# ---------- a prepared transaction

my $prepared = q{SET salesopp.organization_id = '1'; BEGIN; UPDATE salesopp.opportunity SET estimated_revenue = 4711 WHERE id = 1; PREPARE TRANSACTION 'open'};
$node->safe_psql('postgres', "SELECT salesopp.restore_opportunities('{1}')", extra_params => [ '-U', 'seller' ]);
$node->safe_psql('postgres', "SELECT salesopp.set_status('{1}', 'open')", extra_params => [ '-U', 'seller' ]);
my $before = $node->safe_psql('postgres', 'SELECT clock_timestamp()');
$node->safe_psql('postgres', $prepared);
$node->safe_psql('postgres', q{SET salesopp.organization_id = '1'; INSERT INTO salesopp.opportunity (subject) VALUES ('Beside the prepared one')});
sleep 1.5;
my $held_back = "SELECT salesopp.history_settled() >= '$before' AND salesopp.history_settled() < (SELECT max(at) FROM salesopp.opportunity_history)";
is($node->safe_psql('postgres', $held_back), 't', 'a prepared transaction holds back what is settled, to its start');
1 while as_reader('SELECT receive(50)');
is($node->safe_psql('postgres', "SELECT count(*) FROM received WHERE at > '$before'"), 0, 'and the feed');

# ---------- the server is killed, while many write and the prepared transaction is open

write_and_read(sub { $node->stop('immediate') });
$node->start;
is($node->safe_psql('postgres', $held_back), 't', 'it holds it back when the server has crashed');
1 while as_reader('SELECT receive(50)');
is($node->safe_psql('postgres', "SELECT count(*) FROM received WHERE at > '$before'"), 0, 'and the feed');
$node->safe_psql('postgres', "COMMIT PREPARED 'open'");
write_and_read();
compare('after a crash');
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM received WHERE opportunity_id = 1 AND after LIKE '%,4711.00,%'"), '>', 0, 'what was prepared has come');

# ---------- one that is killed lets go

my $killed = $node->background_psql('postgres', on_error_stop => 0);
$killed->query_safe("SET salesopp.organization_id = '1'; BEGIN; INSERT INTO salesopp.opportunity (subject) VALUES ('Never there')");
sleep 1.5;
my $is_close = q{SELECT clock_timestamp() - salesopp.history_settled() < interval '1100 ms'};
is($node->safe_psql('postgres', $is_close), 'f', 'an open session holds it back');
$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'});
ok($node->poll_query_until('postgres', $is_close), 'one that is ended does not');
$killed->{run}->finish;

done_testing();
