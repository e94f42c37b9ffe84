# Exports that do not come to their end: cancelled, terminated, killed, out of room. They leave no file, no
# memory and nothing that shows them as running, and the next one works. F10.1
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use IPC::Run;
use KilledServer;
use List::Util qw(min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $dir = PostgreSQL::Test::Utils::tempdir;
my $rows = 100_000;

# The compiler makes a library that lets the disk become full.
my $full_disk = "$dir/full_disk.so";
my $can_fill = $^O eq 'linux'
	&& system("cc -shared -fPIC -o $full_disk $FindBin::RealBin/../export/full_disk.c -ldl >$dir/cc.log 2>&1") == 0;

my $node = PostgreSQL::Test::Cluster->new('faults');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
restart_after_crash = on
autovacuum = off
# so that no temporary file is there but those of the export
work_mem = '256MB'
max_parallel_workers_per_gather = 0
# what it compiles stays in memory for some time, and takes longer than these exports
jit = off
CONF
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE sales');
$node->safe_psql('sales', <<"SQL");
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Acme');
-- these rows need no rules, and are there in no time without them
SET session_replication_role = replica;
DROP INDEX salesopp.opportunity_subject_trgm;
INSERT INTO salesopp.opportunity (organization_id, id, subject, estimated_revenue, decision_date, created_at, changed_at)
SELECT 1, n, md5(n::text), n, '2024-01-01'::date + n % 1000, '2024-01-01', '2024-01-01'::timestamptz + n * interval '1 second' FROM generate_series(1, $rows) n;
RESET session_replication_role;
ANALYZE salesopp.opportunity;

-- Waits for an export to be where it is wanted: while it writes rows it shows its progress.
CREATE TABLE progress AS SELECT pid, relid::regclass AS relation, command, type, tuples_processed, bytes_processed, bytes_total FROM pg_stat_progress_copy;
CREATE FUNCTION wait_for_export(moment text) RETURNS integer LANGUAGE plpgsql AS \$\$
DECLARE
	deadline timestamptz := clock_timestamp() + interval '60 seconds';
	running integer;
	export progress%ROWTYPE;
BEGIN
	LOOP
		PERFORM pg_stat_clear_snapshot();
		SELECT pid, relid::regclass, command, type, tuples_processed, bytes_processed, bytes_total INTO export FROM pg_stat_progress_copy;
		IF FOUND THEN
			running := export.pid;
			IF moment = 'packaging' THEN
				INSERT INTO progress SELECT export.*;
			ELSIF export.tuples_processed > $rows / 4 THEN
				RETURN running;
			END IF;
		ELSIF running IS NOT NULL THEN
			RETURN running;
		END IF;
		IF clock_timestamp() > deadline THEN
			RAISE EXCEPTION 'no export is at its %', moment;
		END IF;
		PERFORM pg_sleep(0.005);
	END LOOP;
END \$\$;
SQL

my @psql = ('psql', '--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set', 'VERBOSITY=sqlstate', '--dbname', $node->connstr('sales'));
my %call = (csv => 'salesopp.export_csv()', xlsx => 'salesopp.export_xlsx()');

# What is in a directory of the server's files.
sub files
{
	my ($path) = @_;
	opendir my $handle, $node->data_dir . "/$path" or return ();
	return grep { !/^\.\.?$/ } readdir $handle;
}

# That nothing is left, and that the next export works.
sub is_clean
{
	my ($what) = @_;
	# a backend that was terminated may still be about to leave
	$node->poll_query_until('sales', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' AND backend_type = 'client backend'});
	is(join(' ', files('base/pgsql_tmp')), '', "$what: no file is left");
	is($node->safe_psql('sales', q{SELECT (SELECT count(*) FROM pg_stat_progress_copy), (SELECT count(*) FROM pg_locks WHERE relation = 'salesopp.opportunity'::regclass),
		octet_length(salesopp.export_xlsx('{"id": 1}')) > 5000, octet_length(salesopp.export_csv('{"id": 1}')) > 100}), '0|0|t|t', "$what: nothing is running, and the next exports work");
}

# A statement in a session of its own, while others look at it.
sub start_statement
{
	my ($sql) = @_;
	my ($out, $err) = ('', '');
	my $run = IPC::Run::start([ @psql, '--command', $sql ], '<', \undef, '>', \$out, '2>', \$err);
	return { run => $run, out => \$out, err => \$err };
}

# What it ended with.
sub outcome
{
	my ($statement) = @_;
	$statement->{run}->finish;
	return ${ $statement->{err} } =~ /^(?:ERROR|FATAL): +(\w{5})/m ? $1 : ${ $statement->{err} } || ${ $statement->{out} } =~ s/\s+//gr;
}

# An export, and what a session gives that has begun to look for it before it is there.
sub start_export
{
	my ($export, $look) = @_;
	my $looking = start_statement($look);
	$node->poll_query_until('sales', q{SELECT count(*) > 0 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%wait_for_export%'});
	my $running = start_statement($export);
	return ($running, outcome($looking));
}

# As others work meanwhile, the least of some runs.
sub seconds_for
{
	my ($call) = @_;
	return min(map { my $begin = time; outcome(start_statement("SELECT octet_length($call)")); time - $begin } 1 .. 3);
}

# ---------- what a running export shows

foreach my $format (sort keys %call)
{
	$node->safe_psql('sales', 'TRUNCATE progress');
	my ($export) = start_export("SELECT octet_length($call{$format}) > 1000000", q{SELECT wait_for_export('packaging')});
	is(outcome($export), 't', "$format: $rows rows");
	is($node->safe_psql('sales', "SELECT DISTINCT relation, command, type, bytes_total, tuples_processed <= bytes_total, tuples_processed - bytes_processed IN (0, 1) FROM progress"),
		"salesopp.opportunity|COPY TO|CALLBACK|$rows|t|t", "$format: shows how many of the rows are done");
	cmp_ok($node->safe_psql('sales', 'SELECT count(DISTINCT tuples_processed) FROM progress'), '>', 3, "$format: and goes on");
	is_clean("$format, when it is done");
}
# A COPY shows itself, not the export in it.
$node->safe_psql('sales', 'TRUNCATE progress');
my ($copy) = start_export("COPY (SELECT octet_length($call{csv}) > 0) TO STDOUT", q{SELECT wait_for_export('packaging')});
is(outcome($copy), 't', 'an export within a COPY');
is($node->safe_psql('sales', 'SELECT DISTINCT relation, type, bytes_total FROM progress'), '-|PIPE|0', 'which shows itself');

# ---------- ended from outside

my %moments = (csv => ['rows'], xlsx => [ 'rows', 'packaging' ]);
my %ways = (pg_cancel_backend => '57014', pg_terminate_backend => '57P01');
foreach my $format (sort keys %call)
{
	foreach my $moment (@{ $moments{$format} })
	{
		foreach my $way (sort keys %ways)
		{
			# files are there, or it would not be the moment
			my ($export, $ended) = start_export("SELECT octet_length($call{$format})", "SELECT $way(pid) FROM wait_for_export('$moment') pid");
			is($ended, 't', "$format: $way among the $moment");
			is(outcome($export), $ways{$way}, "$format: it stops");
			is_clean("$format, $way among the $moment");
		}
	}
	# whenever the time is over
	my $seconds = seconds_for($call{$format});
	foreach my $part (0.02, 0.05, 0.1, 0.2, 0.3)
	{
		my $timeout = int($part * $seconds * 1000) . 'ms';
		my $start = time;
		is(outcome(start_statement("SET statement_timeout = '$timeout'; SELECT octet_length($call{$format})")), '57014', "$format: timeout after $part of its time");
		cmp_ok(time - $start - $part * $seconds, '<', 10, "$format: at once");
	}
	is_clean("$format, after timeouts");
}

# ---------- killed

foreach my $moment (@{ $moments{xlsx} })
{
	my ($export, $pid) = start_export("SELECT octet_length($call{xlsx})", "SELECT wait_for_export('$moment')");
	my $files = files('base/pgsql_tmp');
	kill 'KILL', $pid;
	outcome($export);
	wait_until_back($node);
	cmp_ok($files, '>=', 3, "there are files among the $moment");
	is_clean("xlsx, killed among the $moment");
}

# ---------- too large for temp_file_limit

# of some rows only
my %some = map { $_ => "salesopp.export_$_('{\"id\": {\"<=\": 5000}}')" } qw(csv xlsx);
foreach my $limit ('0', '1kB', '64kB', '1MB')
{
	is(outcome(start_statement("SET temp_file_limit = '$limit'; SELECT octet_length($some{xlsx})")), '53400', "xlsx: temp_file_limit of $limit");
}
is_clean('xlsx, after temp_file_limit');

# ---------- within a transaction that goes on

is($node->safe_psql('sales', <<"SQL"), "53400 0 t\n53400 0 t\nt", 'a transaction that caught the error goes on');
BEGIN;
SET temp_file_limit = '1MB';
CREATE FUNCTION pg_temp.try() RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN
	PERFORM $some{xlsx};
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	PERFORM pg_stat_clear_snapshot();
	RETURN concat_ws(' ', SQLSTATE, (SELECT count(*) FROM pg_stat_progress_copy), octet_length(salesopp.export_xlsx('{"id": 1}')) > 5000);
END \$\$;
SELECT pg_temp.try();
SELECT pg_temp.try();
RESET temp_file_limit;
SELECT octet_length($some{xlsx}) > 100000;
COMMIT;
SQL
is_clean('xlsx, after errors that were caught');

# ---------- many in one backend

# of fewer rows, which takes less time
$node->safe_psql('sales', 'SET session_replication_role = replica; DELETE FROM salesopp.opportunity WHERE id > 5000');
$node->safe_psql('sales', 'VACUUM FULL ANALYZE salesopp.opportunity');
my $script = <<"SQL";
CREATE TEMP TABLE state (n serial, contexts bigint, rss bigint, files bigint);
CREATE FUNCTION pg_temp.note() RETURNS void LANGUAGE sql AS \$\$
	INSERT INTO state (contexts, rss, files)
	SELECT (SELECT sum(total_bytes) FROM pg_backend_memory_contexts),
		substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\\s*(\\d+)')::bigint * 1024,
		(SELECT count(*) FROM pg_ls_dir('/proc/self/fd'));
\$\$;
CREATE FUNCTION pg_temp.fail(times integer) RETURNS bigint LANGUAGE plpgsql AS \$\$
DECLARE
	failed bigint := 0;
BEGIN
	FOR i IN 1 .. times LOOP
		BEGIN
			PERFORM $some{xlsx};
		EXCEPTION WHEN configuration_limit_exceeded THEN
			failed := failed + 1;
		END;
	END LOOP;
	RETURN failed;
END \$\$;
SELECT pg_temp.note();
SQL
# Timeouts all over the time that it takes; most of them come before its end.
my $milliseconds = 500 * (seconds_for($some{csv}) + seconds_for($some{xlsx}));
my $cancels = join '', map { 'SET statement_timeout = ' . int(1 + $milliseconds * $_ / 60) . ";\nSELECT octet_length($some{ $_ % 2 ? 'csv' : 'xlsx' });\n" } 1 .. 40;
my $fails = "SELECT octet_length($some{xlsx});\n" x 20;
my $round = "SET temp_file_limit = '256kB';\nSELECT pg_temp.fail(60);\n${fails}RESET temp_file_limit;\n" . $cancels . "RESET statement_timeout;\n";
$script .= "${round}SELECT pg_temp.note();\n" . $round x 3 . <<'SQL';
SELECT pg_temp.note();
SELECT b.contexts - a.contexts, b.rss - a.rss, b.files - a.files FROM state a, state b WHERE a.n = 2 AND b.n = 3;
SQL
my ($out, $err) = ('', '');
IPC::Run::run([@psql], '<', \$script, '>', \$out, '2>', \$err);
my ($contexts, $rss, $files) = split /\|/, (split /\n/, $out)[-1];
my ($limits, $timeouts) = map { scalar(() = $err =~ /$_/g) } '53400', '57014';
is(scalar(() = $out =~ /^60$/mg), 4, 'exports failed in blocks that caught it');
is($limits, 80, 'others failed with their transaction') or diag(substr($err, 0, 500));
cmp_ok($timeouts, '>', 40, 'others were cancelled');
cmp_ok($contexts, '<', 128 * 1024, 'the memory contexts of their backend have not grown');
cmp_ok($rss, '<', 3 * 1024 * 1024, 'nor has its memory');
cmp_ok($files, '<=', 0, 'nor have its open files');
note("$timeouts cancelled; after 360 exports more: contexts $contexts, memory $rss, open files $files");
is_clean('after many');

# ---------- a full disk

SKIP:
{
	skip 'no compiler is there to make a disk full', 1 unless $can_fill;

	my $some = $some{xlsx};
	my $room = "$dir/room";
	my $fill = sub { unlink $room, "$room.written"; append_to_file($room, $_[0]) };
	{
		local $ENV{LD_PRELOAD} = $full_disk;
		local $ENV{FULL_DISK} = $room;
		$node->restart;
	}
	$fill->('1000000000');
	is(outcome(start_statement("SELECT octet_length($some) > 100000")), 't', 'there is room enough');
	# a backend says how much it wrote when it has ended
	$node->poll_query_until('sales', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'});
	for (my $end = time + $PostgreSQL::Test::Utils::timeout_default; !-s "$room.written" && time < $end;)
	{
		sleep 0.01;
	}
	my $all = slurp_file("$room.written") + 0;
	cmp_ok($all, '>', 1000000, 'it is known how much is written');

	my $zip = $node->safe_psql('sales', "SELECT octet_length($some)");
	my $before = $all - $zip;
	my %at = (0 => 'the first byte', 1 => 'the second', 100_000 => 'a row', int($all / 3) => 'a later row', $before - 1 => 'the last row',
		$before => 'the first byte of the workbook', $before + 1000 => 'its beginning', $before + int($zip / 2) => 'its middle', $all - 1000 => 'its end', $all - 100 => 'its last bytes');
	foreach my $bytes (sort { $a <=> $b } keys %at)
	{
		$fill->($bytes);
		is(outcome(start_statement("SELECT octet_length($some)")), '53100', "the disk is full at $at{$bytes}");
		is(join(' ', files('base/pgsql_tmp')), '', "and no file is left");
	}
	# the time of its making makes it some bytes longer or shorter
	$fill->($all + 100);
	is(outcome(start_statement("SELECT octet_length($some) > 100000")), 't', 'it is just large enough');
	$fill->($before);
	my ($code, $stdout, $stderr) = $node->psql('sales', "SELECT octet_length($some)");
	like($stderr, qr{ERROR: +could not write to temporary file "base/pgsql_tmp/pgsql_tmp[\d.]+": No space left on device}, 'the message says so');
	$fill->('1000000000');
	$node->restart;
	is_clean('after the disk was full');
}

$node->stop;
done_testing();
