# Many sessions at once do everything that can be done to a few opportunities: whatever they do, in
# whatever order, and whoever is killed in the middle of it, what must always hold holds afterwards.
# F3.2, F3.5, F4.4, F4.5, F5, F7, F8.
#
# SALESOPP_MIX_SECONDS: how long each of the six mixes runs (3), and goes on where the machine is so busy with
# other things that hardly anything has happened.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use Invariants;
use IPC::Run ();
use KilledServer;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{SALESOPP_MIX_SECONDS} || 3;
my $most_runs = 20;
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

# What the rules forbid and the rows do not tell afterwards is noted while it happens, and so is every change
# of a status, apart from the events.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE transition (opportunity_id bigint, from_status salesopp.opportunity_status, to_status salesopp.opportunity_status);
CREATE TABLE forbidden (what text, row_was jsonb, row_is jsonb);

CREATE FUNCTION note_transition() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	INSERT INTO public.transition VALUES (NEW.id, OLD.status, NEW.status);
	RETURN NULL;
END $$;
CREATE TRIGGER note_transition AFTER UPDATE ON salesopp.opportunity FOR EACH ROW WHEN (OLD.status <> NEW.status)
	EXECUTE FUNCTION note_transition();

CREATE FUNCTION note_forbidden() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	INSERT INTO public.forbidden VALUES (TG_ARGV[0], to_jsonb(OLD), to_jsonb(NEW));
	RETURN NULL;
END $$;
CREATE TRIGGER note_deleted AFTER UPDATE ON salesopp.opportunity FOR EACH ROW
	WHEN (OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NOT NULL AND OLD IS DISTINCT FROM NEW)
	EXECUTE FUNCTION note_forbidden('changed while deleted');
CREATE TRIGGER note_closed AFTER UPDATE ON salesopp.opportunity FOR EACH ROW
	WHEN (OLD.status <> 'open' AND NEW.status <> 'open' AND to_jsonb(OLD) - '{deleted_at,changed_at,changed_by,version}'::text[]
		<> to_jsonb(NEW) - '{deleted_at,changed_at,changed_by,version}'::text[])
	EXECUTE FUNCTION note_forbidden('changed while closed');

CREATE FUNCTION note_part() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	-- writing the same again is no change
	INSERT INTO public.forbidden
	SELECT 'a part changed while closed or deleted', to_jsonb(OLD), to_jsonb(NEW) FROM salesopp.opportunity
	WHERE id = COALESCE(NEW.opportunity_id, OLD.opportunity_id) AND (status::text <> ALL (TG_ARGV) OR deleted_at IS NOT NULL)
		AND OLD IS DISTINCT FROM NEW;
	RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON salesopp.stage FOR EACH ROW EXECUTE FUNCTION note_part('open');
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON salesopp.opportunity_competitor FOR EACH ROW EXECUTE FUNCTION note_part('open');
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON salesopp.quote FOR EACH ROW EXECUTE FUNCTION note_part('open');
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON salesopp.sales_order FOR EACH ROW EXECUTE FUNCTION note_part('open', 'won');
SQL

# What a session does: statements with the ids :a and :b of opportunities. Who writes parts that are there
# takes their opportunity first, and who takes several does so in the order of their ids, as
# doc/operations.md says under "Locks".
my $take = 'PERFORM FROM salesopp.opportunity WHERE id = :a FOR NO KEY UPDATE;';
my %scripts = (
	close_won => 'PERFORM salesopp.close_won(:a, :amount);',
	close_lost => 'PERFORM salesopp.close_lost(:a, 1, (SELECT max(id) FROM salesopp.opportunity_competitor WHERE opportunity_id = :a));',
	close_two => 'PERFORM salesopp.close_won(LEAST(:a, :b)); PERFORM salesopp.close_won(GREATEST(:a, :b));',
	reopen => "PERFORM salesopp.reopen(:a, 'again');",
	edit => 'UPDATE salesopp.opportunity SET estimated_revenue = :amount, rating = 1 + :amount % 5 WHERE id = :a;',
	status => "UPDATE salesopp.opportunity SET status = (ARRAY['open', 'won', 'lost'])[1 + :amount % 3]::salesopp.opportunity_status WHERE id = :a;",
	progress => "UPDATE salesopp.opportunity SET progress_method = (ARRAY['automatic', 'manual'])[1 + :amount % 2]::salesopp.progress_method WHERE id = :a;",
	stage => "PERFORM salesopp.set_stage_status(:a, 1 + :amount % 5, (ARRAY['pending', 'completed', 'cancelled'])[1 + :b % 3]::salesopp.stage_status);",
	stage_edit => "$take UPDATE salesopp.stage SET status = (ARRAY['pending', 'completed'])[1 + :b % 2]::salesopp.stage_status WHERE opportunity_id = :a AND position > 3;",
	attach => 'PERFORM salesopp.attach_process(:a, 1);',
	competitor => 'INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id, threat, is_winner) VALUES (:a, 1, 3, :b % 2 = 0);',
	winner => "$take UPDATE salesopp.opportunity_competitor SET is_winner = NOT is_winner WHERE opportunity_id = :a;",
	quote => 'PERFORM salesopp.create_quote(:a);',
	quote_edit => "$take UPDATE salesopp.quote SET amount = :amount WHERE opportunity_id = :a;",
	convert => 'PERFORM salesopp.convert_quote((salesopp.create_quote(:a)).id, :b % 2 = 0);',
	convert_old => 'PERFORM salesopp.convert_quote((SELECT max(id) FROM salesopp.quote WHERE opportunity_id = :a));',
	delete => 'PERFORM salesopp.delete_opportunities(ARRAY[:a]);',
	restore => 'PERFORM salesopp.restore_opportunities(ARRAY(SELECT generate_series(20, 1, -1)));',
	delete_and_restore => 'PERFORM salesopp.delete_opportunities(ARRAY[:a, :b]); PERFORM salesopp.restore_opportunities(ARRAY[:b, :a]);',
	copy => 'PERFORM salesopp.copy_opportunity(:a);',
	bulk => "PERFORM salesopp.set_status(ARRAY(SELECT id FROM salesopp.opportunity WHERE id <= 20 AND (id + :b) % 3 > 0 ORDER BY id DESC), (ARRAY['open', 'won', 'lost'])[1 + :amount % 3]::salesopp.opportunity_status);",
);
# Those who write parts without taking the opportunity first; these can deadlock.
my %rash = (
	rash_stage => $scripts{stage_edit} =~ s/^\Q$take\E //r,
	rash_winner => $scripts{winner} =~ s/^\Q$take\E //r,
);

# The command that runs such scripts for so many seconds.
my $dir = PostgreSQL::Test::Utils::tempdir();
sub mix
{
	my ($time, %of) = @_;
	my @files;
	foreach my $what (sort keys %of)
	{
		my $file = "$dir/$what";
		append_to_file($file, "\\set a random(1, 20)\n\\set b random(1, 20)\n\\set amount random(1, 1000)\n"
			  . "DO \$do\$ BEGIN $of{$what} EXCEPTION WHEN OTHERS THEN INSERT INTO public.outcome VALUES ('$what', SQLSTATE, SQLERRM); END \$do\$;\n")
		  unless -e $file;
		push @files, '-f', $file;
	}
	return [
		'pgbench', '-n', '-c', $clients, '-j', 2, '-T', $time, '-U', 'seller', '-h', $node->host,
		'-p', $node->port, @files, 'postgres'
	];
}

sub events
{
	return $node->safe_psql('postgres', 'SELECT count(*) FROM salesopp.status_event');
}

sub kinds_of_outcome
{
	return $node->safe_psql('postgres', 'SELECT count(DISTINCT what) FROM outcome');
}

# The invariants, and what was seen meanwhile.
sub all_is_well
{
	my ($when) = @_;
	all_hold($node, 'postgres', $when);
	is($node->safe_psql('postgres', 'SELECT DISTINCT what FROM forbidden'), '', "$when: nothing closed or deleted was changed");
	is( $node->safe_psql('postgres', q{SELECT * FROM (SELECT opportunity_id, from_status, to_status, count(*) FROM transition GROUP BY 1, 2, 3) t
			FULL JOIN (SELECT opportunity_id, from_status, to_status, count(*) FROM salesopp.status_event GROUP BY 1, 2, 3) e
				USING (opportunity_id, from_status, to_status) WHERE t.count IS DISTINCT FROM e.count}),
		'', "$when: as many events as changes of status");
	is($node->safe_psql('postgres', 'SELECT id FROM salesopp.opportunity WHERE organization_id <> 1'),
		'', "$when: nothing went to the other organization");
	return;
}

# Refusals are part of it; these are those that can be met.
my $refusals = "'55000', '22023', 'P0002', '23514', '23505'";

# Each is [ what, isolation level, scripts, SQLSTATEs beside the refusals ].
foreach my $mix (
	[ 'read committed', 'read committed', \%scripts, [] ],
	[ 'repeatable read', 'repeatable read', \%scripts, ['40001'] ],
	[ 'serializable', 'serializable', \%scripts, ['40001'] ],
	[ 'rash', 'read committed', { %scripts, %rash }, ['40P01'] ])
{
	my ($what, $isolation, $scripts, $more) = @$mix;
	my ($out, $err) = ('', '');
	my $much = events() + 20;
	$node->safe_psql('postgres', 'TRUNCATE outcome');
	{
		local $ENV{PGOPTIONS} = '-c default_transaction_isolation=' . ($isolation =~ s/ /\\ /gr);
		my ($runs, $ended) = (0);
		do
		{
			$ended = IPC::Run::run(mix($seconds, %$scripts), '>', \$out, '2>', \$err);
		} while ($ended && (events() <= $much || kinds_of_outcome() <= 3) && ++$runs < $most_runs);
		ok($ended, "$what: $clients sessions for $seconds seconds") or diag($err);
	}
	# who loses against another session is told so, and only where that is the rule
	my $allowed = join ', ', $refusals, map { "'$_'" } @$more;
	is( $node->safe_psql('postgres', "SELECT what, sqlstate, message, count(*) FROM outcome
			WHERE sqlstate NOT IN ($allowed) GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 10"),
		'', "$what: no deadlock, nothing unexpected");
	cmp_ok(events(), '>', $much, "$what: much was closed and reopened");
	cmp_ok(kinds_of_outcome(), '>', 3, "$what: much was refused");
	all_is_well($what);
	note("$what: ", $out =~ /^(number of (?:transactions actually processed|failed transactions).*)$/mg, '; ',
		$node->safe_psql('postgres', q{SELECT string_agg(format('%s %s', sqlstate, count), ', ')
			FROM (SELECT sqlstate, count(*) FROM outcome GROUP BY 1 ORDER BY 2 DESC) o}));
}

# One session is killed in the middle of it, which takes the server down; then all of the server. That ends what would
# go on much longer.
for my $victim ('a backend', 'the server')
{
	my $before = events();
	my ($out, $err) = ('', '');
	my $pgbench = IPC::Run::start(mix(100 * $seconds, %scripts), '>', \$out, '2>', \$err);
	sleep 1 + $seconds / 2;
	$node->poll_query_until('postgres', "SELECT count(*) > $before FROM salesopp.status_event") or die 'nothing is closed';
	if ($victim eq 'a backend')
	{
		my $pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE usename = 'seller' LIMIT 1");
		kill 'KILL', $pid or die "cannot kill backend $pid";
		$pgbench->finish;
		wait_until_back($node);
	}
	else
	{
		$node->stop('immediate');
		$pgbench->finish;
		$node->start;
	}
	like($err, qr/server closed the connection|terminating connection|connection to server|aborted/, "$victim was killed in the middle of it");
	cmp_ok(events(), '>', $before, "$victim killed: what was committed is there");
	all_is_well("$victim killed");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_ls_dir('base/pgsql_tmp', true, false)"), '0', "$victim killed: no file is left");
}

$node->stop;
done_testing();
