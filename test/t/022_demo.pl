# The demo: its sample organization has a history that goes with it, on whatever day it is brought in, and the tour and
# the exports have nothing to complain about. N1, N2, N6, N11, N12; issue 14, 5
use strict;
use warnings FATAL => 'all';

use FindBin;
use IPC::Run ();
use List::Util 'sum';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $demo = "$FindBin::Bin/../demo";
my $sample = slurp_file("$demo/sample.sql");

my $node = PostgreSQL::Test::Cluster->new('demo');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

# fill DATABASE [DAY]: as on that day
sub fill
{
	my ($db, $day) = @_;
	my $text = $sample;
	$text =~ s/\bCURRENT_DATE\b/DATE '$day'/g if defined $day;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, 'CREATE EXTENSION salesopp CASCADE');
	IPC::Run::run([ 'psql', '-X', '-q', '-d', $db ], '<', \$text, '>&', \my $out);
	is($out, '', "$db is filled");
	return;
}

# Rows that tell of something that cannot have been.
my %impossible = (
	'the history goes with the opportunities' => 'SELECT opportunity_id, problem FROM salesopp.history_problems()',
	'all of it is known' => q{SELECT id FROM salesopp.opportunity WHERE id NOT IN
		(SELECT opportunity_id FROM salesopp.opportunity_history WHERE version = 1 AND status = 'open' AND origin = 'imported' AND at = created_at)},
	'only what is open changes' => q{SELECT opportunity_id, version FROM (
		SELECT *, lag(status) OVER w AS was, lag(ROW(progress, stage_position, estimated_revenue)) OVER w AS facts
		FROM salesopp.opportunity_history WINDOW w AS (PARTITION BY opportunity_id ORDER BY version)) h
		WHERE was <> 'open' AND (status <> 'open' OR facts IS DISTINCT FROM ROW(progress, stage_position, estimated_revenue))},
	'every closing and reopening is an event' => q{(SELECT opportunity_id, at, was, status FROM (
		SELECT *, lag(status) OVER (PARTITION BY opportunity_id ORDER BY version) AS was FROM salesopp.opportunity_history) h WHERE was <> status)
		EXCEPT SELECT opportunity_id, created_at, from_status, to_status FROM salesopp.status_event},
	'and every event is in the history' => q{SELECT opportunity_id, created_at, to_status FROM salesopp.status_event
		EXCEPT SELECT opportunity_id, at, status FROM salesopp.opportunity_history},
	'opportunities say what their stages are' => q{SELECT o.id FROM salesopp.opportunity o, LATERAL (
		SELECT min(position) FILTER (WHERE status = 'pending') AS next, max(position) FILTER (WHERE status = 'completed') AS reached,
			salesopp.stage_progress(status, position, probability) AS progress FROM salesopp.stage s WHERE s.opportunity_id = o.id) s
		WHERE (o.stage_position, o.stage_reached) IS DISTINCT FROM (s.next, s.reached)
			OR o.progress_method = 'automatic' AND o.progress <> s.progress},
	'the competitor who won is one of those who were there' => q{SELECT opportunity_id, winner FROM salesopp.status_event e
		WHERE winner IS NOT NULL AND winner NOT IN (SELECT name FROM salesopp.competitor_list c WHERE c.opportunity_id = e.opportunity_id)},
);

sub check_sample
{
	my ($db) = @_;
	is($node->safe_psql($db, $impossible{$_}), '', "$db: $_") for sort keys %impossible;
	cmp_ok($node->safe_psql($db, 'SELECT extract(day FROM max(at) - min(at)) FROM salesopp.opportunity_history'), '>=', 365, "$db: a year and more");
	return;
}

# numbers LINE: those in it, without the commas between thousands
sub numbers
{
	my ($line) = @_;
	return map { tr/,+//dr } $line =~ /[-+]?\d[\d,]*/g;
}

# tour DATABASE COLUMNS: whether it comes to its end, and what it prints in a terminal that wide
sub tour
{
	my ($db, $columns) = @_;
	local @ENV{qw(COLUMNS PGDATABASE)} = ($columns, $db);
	my $succeeded = IPC::Run::run([ "$demo/show" ], '>&', \my $out);
	utf8::decode($out);
	return ($succeeded, $out);
}

# ---------- today

fill('today');
check_sample('today');

my ($succeeded, $tour);
for my $columns (80, 100)
{
	($succeeded, $tour) = tour('today', $columns);
	ok($succeeded, 'the tour comes to its end') or diag($tour);
	is(join("\n", grep { length > $columns } split /\n/, $tour), '', "it fits into $columns columns");
}

my ($change) = $tour =~ /^(start .*?^end [^\n]*)$/ms;
my @steps = map { [ numbers($_) ] } split /\n/, $change;
my $end = pop @steps;
cmp_ok(scalar @steps, '>=', 5, 'it tells what came and what went');
is(sum(map { $_->[1] } @steps), $end->[1], 'what it prints adds up to the end');
my ($open) = $tour =~ /^O open (.*)$/m;
is((numbers($open))[1], $end->[1], 'which is what it prints of the summary');
like($tour, qr/^ASH Astrid Solhaugen .*%\n  BJM .*%$/m, 'it tells who leads whom, and of their quotas');
is_deeply([ $tour =~ /^ +outcome .*\n.*\n((?: \w+ .*\n)+)/m ? $1 =~ /(\w+)/g : () ], [ 'unchanged', $node->safe_psql('today', 'SELECT count(*) FROM salesopp.opportunity_list') ],
	'what it exports comes back, and changes nothing');
unlike($tour, qr/^ERROR(?!:  opportunity \d+ is closed \(lost\))/m, 'nothing fails but what shall');

my $exports = PostgreSQL::Test::Utils::tempdir();
{
	local $ENV{PGDATABASE} = 'today';
	command_like([ "$demo/exports", $exports ], qr{^The weekly sales meeting.*: \Q$exports\E/report\.html$}m, 'the exports are written, and it is said where');
}
like(slurp_file("$exports/$_"), qr{^<svg.*</svg>\s*\z}s, "$_ is a picture") for qw(funnel.svg pipeline.svg change.svg series.svg calibration.svg);

my $page = slurp_file("$exports/report.html");
like($page, qr{^<!DOCTYPE html>.*</html>\s*\z}s, 'the report is a page');
is(() = $page =~ /<section /g, 7, 'with its sections');
like($page, qr{<caption id="$_-caption">}, "with a table: $_") for qw(summary stages stalled);
like($page, qr/Quota: (?:&#6[02]; )?\d+% chance of at least 85,000,000\.00/, 'and the chance of the quota');

# ---------- what is wrong is noticed

my $wrong = $sample =~ s/\bs\.estimate, s\.actual_revenue, s\.progress, s\.stage_position\b/s.estimate + 1, s.actual_revenue, s.progress, s.stage_position/r;
isnt($wrong, $sample, 'the history can be made wrong');
$node->safe_psql('postgres', 'CREATE DATABASE wrong');
$node->safe_psql('wrong', 'CREATE EXTENSION salesopp CASCADE');
IPC::Run::run([ 'psql', '-X', '-q', '-d', 'wrong' ], '<', \$wrong, '>&', \my $out);
like($out, qr/ERROR:  the history that was brought in does not go with the opportunities\nopportunity \d+: it differs/, 'a history that differs is refused');

$node->safe_psql('today', q{SET session_replication_role = replica; UPDATE salesopp.opportunity_history h SET estimated_revenue = 1
	FROM salesopp.opportunity o WHERE o.id = h.opportunity_id AND o.version = h.version AND o.status = 'open'});
($succeeded, $tour) = tour('today', 100);
ok(!$succeeded, 'the tour ends where the changes do not add up');
like($tour, qr/ERROR:  the changes of the pipeline do not add up/, 'and says so');

# ---------- other days, as seen from there

for my $day (qw(2024-02-29 2025-03-01))
{
	my $db = 'on_' . $day =~ tr/-/_/r;
	fill($db, $day);
	check_sample($db);
	is($node->safe_psql($db, "SELECT count(*) FROM salesopp.opportunity_history WHERE at >= '$day'"), 0, "$db: and nothing of that day or later");
}

done_testing();
