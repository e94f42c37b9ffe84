# Every operation against every other on the same opportunity, at each isolation level, the first one
# committed or rolled back: what comes of it is what comes of one after the other, in the state that is
# left and in what each session is told; or one of them is told to try again, where its isolation level
# has that. F3, F4, F5, F7, F8
#
# isolationtester runs the two sessions, since it knows when one waits for the other. What may come of them
# is not written down here: each pair is also run one after the other, in both orders.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use Invariants;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# TARGET is the opportunity, WHO the session (A or B), FIRST and SECOND are 1 and 2 in A, 2 and 1 in B, so
# that the two change what is the same or what is beside it.
my %operations = (
	close => q{SELECT FROM salesopp.close_won(TARGET, 50FIRST, note => 'WHO')},
	close_as_lost => q{SELECT FROM salesopp.close_lost(TARGET, NULL, own(10 * TARGET_NUMBER + FIRST), note => 'WHO')},
	close_by_update => q{UPDATE salesopp.opportunity SET status = 'won', status_note = 'WHO' WHERE id = TARGET},
	reopen => q{SELECT FROM salesopp.reopen(TARGET, 'WHO')},
	reopen_by_update => q{UPDATE salesopp.opportunity SET status = 'open', status_note = 'WHO' WHERE id = TARGET},
	correct => q{SELECT FROM salesopp.correct_closing(TARGET, close_date => '2020-01-0FIRST', winner_id => own(30 + FIRST), note => 'WHO')},
	edit => q{UPDATE salesopp.opportunity SET subject = subject || ' WHO', estimated_revenue = estimated_revenue + FIRST WHERE id = TARGET},
	change_stage => q{SELECT FROM salesopp.set_stage_status(TARGET, FIRST, 'completed')},
	change_stage_by_update => q{UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id = TARGET AND position = SECOND},
	attach_process => q{SELECT FROM salesopp.attach_process(TARGET, own(FIRST))},
	add_competitor => q{INSERT INTO salesopp.opportunity_competitor (opportunity_id, name, threat) VALUES (TARGET, 'Typed by WHO', 4)},
	mark_winner => q{UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE id = own(10 * TARGET_NUMBER + FIRST)},
	quote => q{SELECT FROM salesopp.create_quote(TARGET, FIRST)},
	order => q{SELECT FROM salesopp.create_order(TARGET, FIRST)},
	convert => q{SELECT FROM salesopp.convert_quote(own(TARGET_NUMBER), FIRST = 1)},
	delete => q{SELECT FROM salesopp.delete_opportunities(ARRAY[own(6), TARGET])},
	delete_by_update => q{UPDATE salesopp.opportunity SET deleted_at = now() WHERE id = TARGET AND deleted_at IS NULL},
	restore => q{SELECT FROM salesopp.restore_opportunities(ARRAY[TARGET, own(6)])},
	restore_by_update => q{UPDATE salesopp.opportunity SET deleted_at = NULL WHERE id = TARGET},
	copy => q{SELECT FROM salesopp.copy_opportunity(TARGET)},
	bulk_change => q{SELECT FROM salesopp.set_status(ARRAY[own(5 + FIRST), TARGET, own(5 + SECOND)], CASE FIRST WHEN 1 THEN 'won' ELSE 'lost' END::salesopp.opportunity_status, 'WHO')},
);
my @names = sort keys %operations;

# The opportunities of each organization: 1 open with a process, 3 lost, 4 deleted, 5 open without a process,
# 6 and 7 others. The first operation of a pair meets the one that it is made for.
my %targets = (correct => 3, reopen => 3, reopen_by_update => 3, restore => 4, restore_by_update => 4, attach_process => 5);

sub statement
{
	my ($name, $who, $target) = @_;
	my ($first, $second) = $who eq 'A' ? (1, 2) : (2, 1);
	return $operations{$name} =~ s/TARGET_NUMBER/$target/gr =~ s/TARGET/own($target)/gr =~ s/WHO/$who/gr =~ s/FIRST/$first/gr
	  =~ s/SECOND/$second/gr;
}

my @levels = (
	[ 'read committed', 'commit' ], [ 'read committed', 'rollback' ],
	[ 'repeatable read', 'commit' ], [ 'serializable', 'commit' ]);
my @pairs;
for my $level (@levels)
{
	for my $a (@names)
	{
		push @pairs, { a => $a, b => $_, target => $targets{$a} || 1, isolation => $level->[0], end => $level->[1] } for @names;
	}
}

# ---------- an organization for each, all alike, and one to run one after the other in

my $node = PostgreSQL::Test::Cluster->new('pairs');
$node->init;
$node->append_conf('postgresql.conf', "deadlock_timeout = 200ms\nautovacuum = off\n");
$node->start;
# numbers that are no others
my $first = 10001;
my $last = $first + @pairs;
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION salesopp CASCADE;
-- ids of the organization 10017 are 1001700 and what follows
CREATE FUNCTION own(number bigint) RETURNS bigint LANGUAGE sql STABLE RETURN salesopp.current_organization() * 100 + number;
INSERT INTO salesopp.organization (id, name) SELECT o, 'Organization ' || o FROM generate_series($first, $last) o;
INSERT INTO salesopp.employee (organization_id, id, initials, name) SELECT o, o * 100, 'AA', 'Ada' FROM generate_series($first, $last) o;
INSERT INTO salesopp.sales_process (organization_id, id, name)
SELECT o, o * 100 + p, 'Process ' || p FROM generate_series($first, $last) o, generate_series(1, 2) p;
INSERT INTO salesopp.sales_process_stage (organization_id, sales_process_id, position, name, probability)
SELECT o, o * 100 + p, s, 'Stage ' || s, 20 * s + p FROM generate_series($first, $last) o, generate_series(1, 2) p, generate_series(1, 3) s;
INSERT INTO salesopp.opportunity (organization_id, id, subject, estimated_revenue, sales_process_id, responsible_id)
SELECT o, o * 100 + n, 'Deal ' || n, 100, CASE WHEN n <> 5 THEN o * 100 + 1 END, o * 100
FROM generate_series($first, $last) o, unnest('{1, 3, 4, 5, 6, 7}'::int[]) n;
INSERT INTO salesopp.opportunity_competitor (organization_id, id, opportunity_id, name)
SELECT o, o * 100 + 10 * n + c, o * 100 + n, 'Competitor ' || c
FROM generate_series($first, $last) o, unnest('{1, 3, 4, 5}'::int[]) n, generate_series(1, 2) c;
INSERT INTO salesopp.quote (organization_id, id, opportunity_id, amount)
SELECT o, o * 100 + n, o * 100 + n, 10 FROM generate_series($first, $last) o, unnest('{1, 3, 4, 5}'::int[]) n;
UPDATE salesopp.opportunity_competitor SET is_winner = true WHERE id % 100 = 32;
UPDATE salesopp.opportunity SET status = 'lost' WHERE id % 100 = 3;
UPDATE salesopp.opportunity SET deleted_at = now() WHERE id % 100 = 4;
-- what is made meanwhile gets ids behind all these
SELECT setval(oid::regclass, ${last}99) FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relname LIKE '%_id_seq';
ANALYZE;

CREATE ROLE seller LOGIN;
SELECT salesopp.grant_access('seller', 'manager');	-- who sells, and corrects what was closed
GRANT SET ON PARAMETER salesopp.organization_id, salesopp.employee_id TO seller;
-- the sessions take the organizations one after the other
CREATE SEQUENCE turn_of_a START $first;
CREATE SEQUENCE turn_of_b START $first;
GRANT USAGE ON turn_of_a, turn_of_b TO seller;
CREATE FUNCTION take(organization bigint) RETURNS void LANGUAGE sql AS \$\$
	SELECT set_config('salesopp.organization_id', organization::text, false), set_config('salesopp.employee_id', (organization * 100)::text, false);
\$\$;

-- All that the organization has, with nothing in it that chance or time decides: what was made by an operation
-- is told by what it is, not by its id.
CREATE FUNCTION state(organization bigint) RETURNS text LANGUAGE sql STABLE AS \$\$
	WITH o AS (
		SELECT o.*, CASE WHEN copied_from_id IS NULL THEN (id % 100)::text ELSE 'copy of ' || copied_from_id % 100 END AS called
		FROM salesopp.opportunity o WHERE organization_id = organization
	), told AS (
		SELECT concat_ws(' ', called, subject, status, estimated_revenue, actual_revenue, progress, progress_method, priority,
			'process', sales_process_id % 100, CASE WHEN deleted_at IS NOT NULL THEN 'deleted' END, close_date IS NOT NULL, closed_at IS NOT NULL,
			'note', status_note, changed_by % 100) AS line FROM o
		UNION ALL
		SELECT concat_ws(' ', called, 'stage', s.position, s.name, s.probability, s.status) FROM o JOIN salesopp.stage s ON s.opportunity_id = o.id
		UNION ALL
		SELECT concat_ws(' ', called, 'competitor', c.name, c.threat, c.is_winner) FROM o JOIN salesopp.opportunity_competitor c ON c.opportunity_id = o.id
		UNION ALL
		SELECT concat_ws(' ', called, 'quote', q.number, q.amount) FROM o JOIN salesopp.quote q ON q.opportunity_id = o.id
		UNION ALL
		SELECT concat_ws(' ', called, 'order', r.number, r.amount, 'of quote', q.number)
		FROM o JOIN salesopp.sales_order r ON r.opportunity_id = o.id LEFT JOIN salesopp.quote q ON q.id = r.quote_id
		UNION ALL
		SELECT concat_ws(' ', called, 'event', row_number() OVER (PARTITION BY o.id ORDER BY e.id), e.from_status, e.to_status, e.actual_revenue, e.winner, e.note)
		FROM o JOIN salesopp.status_event e ON e.opportunity_id = o.id
		UNION ALL
		SELECT concat_ws(' ', 'series', name, last_number) FROM salesopp.number_series WHERE organization_id = organization
	)
	SELECT string_agg(line, E'; ' ORDER BY line) FROM told;
\$\$;

-- How statements end one after the other, and what state they leave, which is taken back
CREATE FUNCTION serial(VARIADIC statements text[]) RETURNS text LANGUAGE plpgsql AS \$\$
DECLARE
	statement text;
	outcome text := '';
BEGIN
	FOREACH statement IN ARRAY statements LOOP
		BEGIN
			EXECUTE statement;
			outcome := outcome || 'ok | ';
		EXCEPTION WHEN OTHERS THEN
			outcome := outcome || SQLERRM || ' | ';
		END;
	END LOOP;
	outcome := outcome || state(salesopp.current_organization());
	RAISE SQLSTATE 'U0000';
EXCEPTION WHEN SQLSTATE 'U0000' THEN
	RETURN outcome;
END \$\$;
SQL

# What an error says of ids differs between organizations; an id is told as #17 here.
sub without_organization
{
	my ($text, $organization) = @_;
	return $text =~ s/\b$organization(\d\d)\b/#$1/gr;
}

# ---------- one after the other

my (%serial, @queries);
for my $pair (grep { $_->{isolation} eq 'read committed' && $_->{end} eq 'commit' } @pairs)
{
	my $a = statement($pair->{a}, 'A', $pair->{target});
	my $b = statement($pair->{b}, 'B', $pair->{target});
	push @queries, map { [ "$pair->{a} $pair->{b} $_->[0]", $_->[1] ] } [ AB => [ $a, $b ] ], [ BA => [ $b, $a ] ], [ A => [$a] ], [ B => [$b] ];
}
my $script = "SET salesopp.organization_id = $last; SET salesopp.employee_id = ${last}00;\n"
  . join '', map { "SELECT serial(" . join(', ', map { "\$_\$$_\$_\$" } @{ $_->[1] }) . ");\n" } @queries;
my @answers = split /\n/, $node->safe_psql('postgres', $script, extra_params => [ '-U', 'seller' ], timeout => 600);
is(scalar(@answers), scalar(@queries), 'each pair was run one after the other, in both orders, and alone');
$serial{ $queries[$_][0] } = without_organization($answers[$_], $last) foreach 0 .. $#queries;

# that there is something to see
foreach my $name (@names)
{
	like($serial{"$name $name A"}, qr/^ok \| /, "$name is possible");
	my $before = $node->safe_psql('postgres', "SELECT state($last)");
	isnt($serial{"$name $name A"}, 'ok | ' . $before, "$name changes the state");
}

# ---------- at the same time

my %step_of = ('read committed' => 'committed', 'repeatable read' => 'repeatable', 'serializable' => 'serializable');
my $spec = '';
for my $who ('A', 'B')
{
	my $session = lc $who;
	$spec .= "session $session\nsetup { SET client_min_messages = warning; DO \$do\$ BEGIN PERFORM public.take(nextval('turn_of_$session')); END \$do\$; }\n";
	# a transaction has its snapshot from its first query on
	$spec .= "step ${session}_$step_of{$_} { BEGIN ISOLATION LEVEL $_; SELECT FROM pg_class LIMIT 0; }\n" foreach sort keys %step_of;
	$spec .= "step ${session}_$_ { $_; }\n" foreach 'commit', 'rollback';
	for my $name (@names)
	{
		my @targets = $who eq 'A' ? ($targets{$name} || 1) : (1, 3, 4, 5);
		$spec .= "step ${session}_${name}_$_ { " . statement($name, $who, $_) . "; }\n" foreach @targets;
	}
}
for my $pair (@pairs)
{
	my $begin = $step_of{ $pair->{isolation} };
	$spec .= "permutation a_$begin b_$begin a_$pair->{a}_$pair->{target} b_$pair->{b}_$pair->{target} a_$pair->{end} b_commit\n";
}
my $isolationtester = (($ENV{PG_REGRESS} || '') =~ s,[^/]+/[^/]+$,isolation/isolationtester,r);
my ($out, $err) = ('', '');
ok( IPC::Run::run([ $isolationtester, 'host=' . $node->host . ' port=' . $node->port . ' dbname=postgres user=seller' ], '<', \$spec, '>', \$out, '2>', \$err),
	'isolationtester runs all pairs') or diag($err);

my @told = split /^starting permutation: .*\n/m, $out;
shift @told;
is(scalar(@told), scalar(@pairs), 'each was tried: ' . @pairs . ' interleavings');
my @states = split /\n/, $node->safe_psql('postgres', 'SELECT state(o) FROM generate_series(' . $first . ', ' . ($last - 1) . ') o ORDER BY o');

# How a session's step ended: "ok" or the error.
sub ending
{
	my ($told, $step) = @_;
	my @errors = $told =~ /^step $step: (?:.*\n(?!step ))*?ERROR:  (.*)$/mg;
	return @errors ? $errors[-1] : 'ok';
}

my (%count, @wrong);
for my $number (0 .. $#pairs)
{
	my $pair = $pairs[$number];
	my $told = without_organization($told[$number], $first + $number);
	my $state = without_organization($states[$number], $first + $number);
	my $a = ending($told, "a_$pair->{a}_$pair->{target}");
	my $b = ending($told, "b_$pair->{b}_$pair->{target}");
	my $end = ending($told, 'b_commit');
	my ($ab, $ba, $alone_a, $alone_b) = map { $serial{"$pair->{a} $pair->{b} $_"} } 'AB', 'BA', 'A', 'B';
	# B may have been before A, then it is told first
	$ba =~ s/^(.*?) \| (.*?) \| /$2 | $1 | /;
	my $again = qr/could not serialize access/;
	my $retried = $pair->{isolation} ne 'read committed' && ($b =~ $again || $end =~ $again);
	my $waited = $told =~ /<waiting/;
	my $expected =
		$pair->{end} eq 'rollback' ? ("ok | $b | $state" eq "ok | $alone_b")
	  : $retried ? ("$a | $state" eq $alone_a)
	  : ($end eq 'ok' && ("$a | $b | $state" eq $ab || "$a | $b | $state" eq $ba));
	$count{ $waited ? 'waited' : 'not waited' }++;
	$count{ $retried ? 'told to try again' : $b eq 'ok' ? 'both done' : 'second refused' }++;
	push @wrong, "$pair->{a} and $pair->{b} at $pair->{isolation}, $pair->{end}:\n$told\nstate: $state\nA, B: $ab\nB, A: $ba\nA: $alone_a\nB: $alone_b\n"
	  unless $expected;
}
is(scalar(@wrong), 0, 'all came out as one after the other') or diag(join "\n", scalar(@wrong), @wrong[ 0 .. ($#wrong < 5 ? $#wrong : 5) ]);
unlike($out, qr/deadlock detected/, 'no deadlock');
cmp_ok($count{'waited'}, '>', @pairs / 2, 'most waited for the other');
cmp_ok($count{$_}, '>', @pairs / 20, "there are pairs that were $_") foreach 'both done', 'second refused', 'told to try again';
note(join ', ', map { "$_: $count{$_}" } sort keys %count);
all_hold($node, 'postgres', 'afterwards');

$node->stop;
done_testing();
