# Issue 17: imports while the tables are on several servers, of the files of test/import: what they become on one server they become
# here, for a manager on the coordinator and for one on a worker, who has the organization or not.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use CitusCluster;
use ImportedFiles;
use PostgreSQL::Test::Cluster;
use Test::More;
use Time::HiRes qw(usleep);

my ($coordinator, @workers) = map { start_node($_) } qw(coordinator one two);
$_->safe_psql('postgres', 'CREATE EXTENSION citus') foreach $coordinator, @workers;
know_each_other('postgres', $coordinator, @workers);
create_importer($coordinator);
$coordinator->safe_psql('postgres', 'SELECT salesopp.distribute(4)');
my $server = $coordinator->safe_psql('postgres', 'SELECT port FROM salesopp.organization_server(1)');
my ($home) = grep { $_->port == $server } @workers;
my ($other) = grep { $_->port != $server } @workers;
import_files($_) foreach $coordinator, $home, $other;

my @as_manager = (extra_params => [ '-U', 'importer' ]);
my $import = q{SELECT * FROM salesopp.import_opportunities('deals', NULL, '{"create": ["company"]}')};
sub answer
{
	my ($statement, $node) = @_;
	return ($node // $coordinator)->safe_psql('postgres', $statement, @as_manager);
}

# SQLSTATE, message and hint of a statement that fails.
sub refusal
{
	my ($statement, $node) = @_;
	my ($code, $out, $err) = ($node // $coordinator)->psql('postgres', "\\set VERBOSITY verbose\n$statement", @as_manager);
	my ($message) = $err =~ /ERROR: +(.*)/;
	my ($hint) = $err =~ /HINT: +(.*)/;
	return join ' | ', $message // 'none', $hint // ();
}

# ---------- what was imported, again, changed, and undone

answer(q{CREATE TABLE deals (id text, "Subject" text, "Company" text, amount numeric, note text);
	INSERT INTO deals VALUES ('a', 'One, "quoted" \\ and ''', 'Acme', 1000.5, E'two\nlines'), ('b', 'Æøå 😀', 'Acme', NULL, NULL), ('c', 'NULL', 'Beta', 0.005, '{"a": [1]}')});
my $rows = q{SELECT subject, estimated_revenue, note, status, version FROM salesopp.opportunity ORDER BY subject COLLATE "C"};
is(answer(q{SELECT row_number, column_name, problem FROM salesopp.import_check('deals', NULL, '{"create": ["company"]}')}), '3|amount|it is rounded to two decimals', 'what is said of the rows');
like(answer($import), qr/^1\|created\|\d+\|\n2\|created\|\d+\|\n3\|created\|\d+\|$/, 'created');
is(answer($rows), qq{NULL|0.01|{"a": [1]}|open|1\nOne, "quoted" \\ and '|1000.50|two\nlines|open|1\nÆøå 😀|||open|1}, 'texts and numbers arrive as they are');
is(answer('SELECT count(DISTINCT id) FROM salesopp.company'), '2', 'with their companies');
is(answer("SELECT outcome, count(*) FROM salesopp.import_opportunities('deals') GROUP BY 1"), 'unchanged|3', 'again: nothing new');
is(answer("UPDATE deals SET amount = 7, note = 'changed' WHERE id = 'b'; SELECT outcome, count(*) FROM salesopp.import_opportunities('deals') GROUP BY 1 ORDER BY 1"),
	"unchanged|2\nupdated|1", 'what is changed');
my $batch = answer('SELECT max(id) FROM salesopp.bulk_change');
is(answer("SELECT outcome FROM salesopp.undo_import($batch)"), 'changed', 'undone');
like(answer($rows), qr/^Æøå 😀\|\|\|open\|3$/m, 'it is as it was');
answer('CREATE TABLE exported AS SELECT * FROM salesopp.opportunity_list');
is(answer("SELECT outcome, count(*) FROM salesopp.import_opportunities('exported') GROUP BY 1"), 'unchanged|3', 'what is read comes back unchanged');
like(answer("BEGIN READ ONLY; SELECT count(*) FROM salesopp.import_check('deals'); COMMIT"), qr/^1$/m, 'checked in a transaction that only reads');

# ---------- all or nothing

my $companies = 'SELECT count(*) FROM salesopp.company';
answer("INSERT INTO deals VALUES ('d', 'Four', 'Gamma', 4, NULL), ('e', NULL, 'Delta', 5, NULL)");
like(refusal($import), qr/^22023: public\.deals cannot be imported: it has 1 problem \| salesopp\.import_check/, 'one row has a problem');
is(answer($companies), '2', 'and nothing has come');
is(answer(q{SELECT outcome, count(*) FROM salesopp.import_opportunities('deals', NULL, '{"partial": true, "create": ["company"]}') GROUP BY 1 ORDER BY 1}),
	"created|1\nrefused|1\nunchanged|2\nupdated|1", 'but for the good ones');
answer("DELETE FROM deals WHERE id = 'e'");
is(answer(q{BEGIN; SAVEPOINT s; UPDATE deals SET note = 'x'; SELECT count(*) FROM salesopp.import_opportunities('deals');
	ROLLBACK TO s; SELECT count(*) FROM salesopp.opportunity WHERE note = 'x'; COMMIT}), "4\n0", 'undone to a savepoint');

# ---------- what is sent

my $large = q{CREATE TABLE large AS SELECT repeat('x', 1000000) AS subject FROM generate_series(1, 70)};
my $check_large = "SELECT severity, count(*) FROM salesopp.import_check('large') GROUP BY 1";
answer($large);
like(refusal($check_large),
	qr/^54000: public\.large is too large to be sent to the server that has organization 1: it has more than 64 MB \| Import it in parts, or a view of the columns that matter, or connect to that server/, 'too large to be sent');
answer($large, $home);
is(answer($check_large, $home), '', 'but not where the organization is');

my $of = q{SELECT outcome FROM salesopp.import_records_of(1, 'x', %s, '{}', %s, NULL, '{}', 'opportunity')};
my $no_rows = qr/^22023: what was sent to be imported are no rows of a table or view \| Call the functions that import/;
like(refusal(sprintf $of, q{'{subject,note}'}, q{'{a,b,c}'}), $no_rows, 'no whole rows');
like(refusal(sprintf $of, q{'{subject}'}, 'NULL'), $no_rows, 'nothing sent');
is(answer(sprintf $of, q{'{subject,note}'}, q{'{Sent,NULL,Also,"{1}"}'}), "created\ncreated", 'rows by hand');
$coordinator->safe_psql('postgres', "SELECT salesopp.create_organization('Other ' || n) FROM generate_series(1, 8) n");
my ($elsewhere) = grep { $coordinator->safe_psql('postgres', "SELECT port FROM salesopp.organization_server($_)") != $home->port } 2 .. 9;
my ($beside) = grep { $coordinator->safe_psql('postgres', "SELECT port FROM salesopp.organization_server($_)") == $home->port } 2 .. 9;
my $of_other = sprintf($of, q{'{subject}'}, q{'{a}'}) =~ s/_of\(1/_of(OTHER/r;
like(refusal($of_other =~ s/OTHER/$elsewhere/r), qr/^22023: organization $elsewhere is not the one that is chosen where it is \| Choose it for the role/, 'another organization, elsewhere');
like(refusal($of_other =~ s/OTHER/$beside/r), qr/^22023: organization $beside is not the one that is chosen where it is/, 'another organization, beside it');
like(refusal("SET citus.enable_local_execution = off; $check_large", $home), qr/^0A000: this cannot be done while citus\.enable_local_execution is off \| SET/, 'not in several sessions of one server');

# ---------- other sessions

# An import that is not committed keeps its organization where it is.
my $importing = $coordinator->background_psql('postgres', extra_params => [ '-U', 'importer' ]);
answer("UPDATE deals SET note = 'moving'");
$importing->query_safe('SET client_min_messages = warning; BEGIN');
$importing->query_safe("SELECT count(*) FROM salesopp.import_opportunities('deals')");
my $shard = $coordinator->safe_psql('postgres', "SELECT get_shard_id_for_distribution_column('salesopp.organization', 1)");
sub move_statement
{
	my ($from, $to) = @_;
	return sprintf "SELECT citus_move_shard_placement($shard, '%s', %d, '%s', %d, 'block_writes');", $from->host, $from->port, $to->host, $to->port;
}
# Tried again while somebody still looks at what the move before has left behind.
sub move
{
	my ($from, $to) = @_;
	foreach (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if $coordinator->psql('postgres', move_statement($from, $to)) == 0;
		usleep(100_000);
	}
	die "the shard does not move\n";
}
my $moving = $coordinator->background_psql('postgres');
$moving->query_until(qr/begins/, "\\echo begins\n" . move_statement($home, $other) . "\n");
ok($home->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND NOT granted)}), 'a move waits for it');
is($coordinator->safe_psql('postgres', 'SELECT port FROM salesopp.organization_server(1)'), $home->port, 'and is not done');
$importing->query_safe('COMMIT');
$importing->quit;
$moving->quit;
is($coordinator->safe_psql('postgres', 'SELECT port FROM salesopp.organization_server(1)'), $other->port, 'then it is');
is(answer("SELECT count(*) FROM salesopp.opportunity WHERE note = 'moving'"), '4', 'with all that was imported');
is(answer("UPDATE deals SET amount = 99; SELECT outcome, count(*) FROM salesopp.import_opportunities('deals') GROUP BY 1"), 'updated|4', 'the next import goes there');
is(answer("SELECT count(*) FROM salesopp.opportunity_history WHERE estimated_revenue = 99"), '4', 'with history');

# The other way round: an import that has begun while a move goes on, and one whose transaction began before it.
answer("CREATE TABLE deals AS SELECT 'm'::text AS id, 'Moved meanwhile'::text AS subject", $_) foreach $home, $other;
my $found = "SELECT count(*) FROM salesopp.opportunity WHERE subject = 'Moved meanwhile'";
foreach my $begin ('BEGIN', 'BEGIN ISOLATION LEVEL REPEATABLE READ')
{
	# it is on the one that is called the other, at first
	my $mover = $coordinator->background_psql('postgres');
	my $importer = $other->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'importer' ]);
	$importer->query_until(qr/0/, "\\set VERBOSITY verbose\n$begin;\n$found;\n");
	$mover->query_safe('BEGIN');
	$mover->query_safe(move_statement($other, $home));
	$importer->query_until(qr/begins/, "\\echo begins\nSELECT outcome FROM salesopp.import_opportunities('deals');\nCOMMIT;\n\\echo ends\n");
	ok($other->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND NOT granted)}), "$begin: an import waits for the move");
	$mover->query_safe('COMMIT');
	$mover->quit;
	$importer->query_until(qr/ends/, '');
	like($importer->{stderr}, qr/ERROR: +40001: organization 1 has just been moved to another server\nHINT: +Run the transaction once more/, "$begin: and is told to begin anew");
	$importer->quit;
	is(answer($found), '0', "$begin: nothing has come");
	move($home, $other);
}
$importing = $other->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'importer' ]);
$importing->query_until(qr/0/, "\\set VERBOSITY verbose\nBEGIN ISOLATION LEVEL REPEATABLE READ;\n$found;\n");
move($other, $home);
$importing->query_until(qr/ends/, "SELECT outcome FROM salesopp.import_opportunities('deals');\nCOMMIT;\n\\echo ends\n");
like($importing->{stderr}, qr/ERROR: +40001: organization 1 has just been moved/, 'a transaction that began before the move');
$importing->quit;
is(answer($found), '0', 'nothing of it has come');
is(answer("SELECT outcome FROM salesopp.import_opportunities('deals')", $home), 'created', 'and begun anew it does');
move($home, $other);

# Two of the same: the second waits for the first, wherever it comes from, and finds what that has made.
answer('DROP TABLE deals', $_) foreach $coordinator, $home;
answer("CREATE TABLE deals AS SELECT 'z'::text AS id, 'Twice'::text AS subject", $_) foreach $coordinator, $home;
$importing = $coordinator->background_psql('postgres', extra_params => [ '-U', 'importer' ]);
$importing->query_safe('SET client_min_messages = warning; BEGIN');
$importing->query_safe("SELECT count(*) FROM salesopp.import_opportunities('deals')");
my $second = $home->background_psql('postgres', extra_params => [ '-U', 'importer' ]);
$second->query_until(qr/begins/, "\\echo begins\nSELECT 'second ' || outcome FROM salesopp.import_opportunities('deals');\n\\echo ends\n");
ok($other->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)}), 'the second waits');
$importing->query_safe('COMMIT');
$importing->quit;
like($second->query_until(qr/ends/, ''), qr/second unchanged/, 'and makes nothing twice');
$second->quit;

done_testing();
