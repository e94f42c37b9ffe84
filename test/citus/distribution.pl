# Issue 17: the tables on several servers. What is there before is there afterwards; whatever can be called or read gives what
# it gave on one server, by asking one node; and the rules, rights and organizations are as they were.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use CitusCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ReadingCalls;
use SampleDatabase;
use Test::More;

my ($coordinator, @workers) = map { start_node($_) } qw(coordinator one two);

# SQLSTATE, message and hint of a statement that fails.
sub refusal
{
	my ($node, $db, $statement, @more) = @_;
	my ($code, $out, $err) = $node->psql($db, "\\set VERBOSITY verbose\n$statement", @more);
	my ($message) = $err =~ /ERROR: +(.*)/;
	my ($hint) = $err =~ /HINT: +(.*)/;
	return join ' | ', $message // 'none', $hint // ();
}

sub all_rows
{
	my ($node) = @_;
	return join "\n", sort split /\n/, $node->safe_psql('sales', join ';', map { "SELECT '$_', t::text FROM salesopp.$_ t" } relations($node, 'sales', 'r'));
}

# An organization as it is exported, but for when.
sub stream_lines
{
	my ($node, $organization) = @_;
	return join "\n", sort grep { /^{"table"/ } split /\n/, $node->safe_psql('sales', "SELECT * FROM salesopp.export_organization($organization)");
}

# The worker that has it.
sub home_of
{
	my ($organization) = @_;
	my $port = $coordinator->safe_psql('sales', "SELECT port FROM salesopp.organization_server($organization)");
	return grep { $_->port == $port } @workers;
}

# The roles of the sample, with their settings.
sub copy_sample_roles
{
	my ($node) = @_;
	return copy_roles($coordinator, $node);
}

# ---------- what cannot be distributed

$coordinator->safe_psql('postgres', 'CREATE DATABASE alone');
$coordinator->safe_psql('alone', 'CREATE EXTENSION salesopp CASCADE');
like(refusal($coordinator, 'alone', 'SELECT salesopp.distribute()'), qr/^0A000: without the extension citus .* \| Set shared_preload_libraries/,
	'without Citus');
like(refusal($coordinator, 'alone', 'SELECT salesopp.complete_nodes()'), qr/^55000: the tables are on this server alone \| Distribute them first/,
	'nodes of what is not distributed');
is($coordinator->safe_psql('alone', 'SELECT salesopp.is_distributed()'), 'f', 'one server');
$coordinator->safe_psql('postgres', 'DROP DATABASE alone');

# ---------- one server, full

create_sales($coordinator);
# to be merged
$coordinator->safe_psql('sales', q{ALTER ROLE dump_manager SET salesopp.employee_id = '3'});
$coordinator->safe_psql('sales', <<'SQL', extra_params => [ '-U', 'dump_manager' ]);
INSERT INTO salesopp.company (name, email) VALUES ('Double', 'double@example.com');
INSERT INTO salesopp.contact (company_id, last_name, job_title, is_primary) SELECT id, 'Ø', 'Buyer', true FROM salesopp.company WHERE name = 'Double';
INSERT INTO salesopp.opportunity (subject, company_id, contact_id) SELECT 'Of the double', company_id, id FROM salesopp.contact WHERE job_title = 'Buyer';
INSERT INTO salesopp.activity (kind, subject, company_id) SELECT 'call', 'With both', id FROM salesopp.company WHERE name = 'Double';
INSERT INTO salesopp.activity_participant (activity_id, contact_id) SELECT a.id, c.id FROM salesopp.activity a, salesopp.contact c WHERE a.subject = 'With both';
SQL
my $rows = all_rows($coordinator);
my $id = $coordinator->safe_psql('sales', 'SELECT min(id) FROM salesopp.opportunity WHERE organization_id = 1');
my $other = $coordinator->safe_psql('sales', 'SELECT min(id) FROM salesopp.opportunity WHERE organization_id = 2');

# What is different each time: of these only that something comes.
my %is_of_the_moment = map { $_ => 1 } qw(export_xlsx export_pdf report_html progress stage_visits pipeline_series series_svg change_svg);

sub reading_statements
{
	my @statements;
	foreach my $relation (split /\n/, $coordinator->safe_psql('sales',
			q{SELECT relname FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1}))
	{
		push @statements, $is_of_the_moment{$relation} ? "SELECT count(*) FROM salesopp.$relation" : "SELECT r::text FROM salesopp.$relation r";
	}
	foreach my $function (split /\n/, $coordinator->safe_psql('sales', q{SELECT DISTINCT p.proname FROM pg_proc p WHERE p.pronamespace = 'salesopp'::regnamespace
		AND p.provolatile = 's' AND p.prokind = 'f' AND has_function_privilege('dump_seller', p.oid, 'EXECUTE') ORDER BY 1}))
	{
		ok(exists $reading_calls{$function}, "there is a call of $function()");
		my $what = $is_of_the_moment{$function} ? 'count(r)' : 'r::text';
		push @statements, map { "SELECT $what FROM salesopp.$function(" . s/ID/$id/r . ') r' } @{ $reading_calls{$function} // [] };
	}
	return @statements;
}

# What changes something, and is taken back; with what can be told of it whenever it happens.
my @changes = (
	"SELECT status, actual_revenue FROM salesopp.close_won($id, 5)",
	"SELECT status, loss_reason_id IS NULL FROM salesopp.close_lost($id)",
	"SELECT status FROM salesopp.close_won($id); SELECT status FROM salesopp.reopen($id, 'again');
		SELECT from_status, to_status, note, created_by FROM salesopp.status_event WHERE opportunity_id = $id ORDER BY id",
	"SELECT name, status FROM salesopp.set_stage_status($id, 4, 'completed'); SELECT progress, stage_position FROM salesopp.opportunity WHERE id = $id",
	"SELECT subject, copied_from_id, progress, created_by FROM salesopp.copy_opportunity($id); SELECT count(*) FROM salesopp.opportunity_competitor",
	"SELECT number, amount FROM salesopp.create_quote($id, 77); SELECT number, amount FROM salesopp.create_order($id, 78)",
	"SELECT number, amount FROM salesopp.convert_quote(QUOTE)",
	"SELECT subject, company_id, created_by FROM salesopp.create_from_call(CALL)",
	"SELECT status, progress FROM salesopp.attach_process($id + 1, 1)",
	"INSERT INTO salesopp.company (name) VALUES ('New') RETURNING organization_id, name, created_by",
	"INSERT INTO salesopp.opportunity (subject, custom, stage_reached, sales_process_id) VALUES ('New', '{\"Size\": 3}', 2, 1) RETURNING organization_id, progress, created_by;
		SELECT count(*) FROM salesopp.stage; SELECT count(*) FROM salesopp.opportunity_history",
	"UPDATE salesopp.opportunity SET estimated_revenue = 1, note = 'x' WHERE id = $id RETURNING estimated_revenue, note, version, changed_by; SELECT count(*) FROM salesopp.opportunity_history",
	"UPDATE salesopp.opportunity SET status = 'lost' WHERE status = 'open' AND deleted_at IS NULL; SELECT count(*) FROM salesopp.status_event",
	"UPDATE salesopp.opportunity SET deleted_at = now() WHERE id = $id; SELECT count(*) FROM salesopp.opportunity_list",
	"INSERT INTO salesopp.activity (kind, subject, opportunity_id) VALUES ('task', 'Call back', $id) RETURNING subject",
	"INSERT INTO salesopp.saved_search (name, criteria) VALUES ('Of mine', '{\"status\": \"won\"}') RETURNING name, owner_id; SELECT count(*) FROM salesopp.search('{\"saved\": \"Of mine\"}')",
	"SELECT * FROM salesopp.set_status(ARRAY[$id, $id + 1, $id + 3, $id + 5, 999999, NULL, $id], 'won', 'Many'); SELECT operation, arguments, changed_by FROM salesopp.bulk_change;
		SELECT opportunity_id, version_before, version_after, winner_before FROM salesopp.bulk_change_opportunity; SELECT id, status, status_note FROM salesopp.opportunity",
	"SELECT * FROM salesopp.set_status(ARRAY[$id, $id + 2], 'lost', 1, 'Dear'); SELECT id, status, loss_reason_id FROM salesopp.opportunity",
	"SELECT * FROM salesopp.restore_opportunities(ARRAY[$id + 5, $id + 6, $id]); SELECT id FROM salesopp.opportunity_list",
	"SELECT * FROM salesopp.delete_opportunities(ARRAY[$id, $id + 2]); SELECT count(*) FROM salesopp.opportunity_list; SELECT * FROM salesopp.undo_bulk_change(salesopp.last_bulk_change());
		SELECT count(*) FROM salesopp.opportunity_list; SELECT operation FROM salesopp.bulk_change",
	"SELECT * FROM salesopp.set_status(ARRAY[$id + 3], 'won'); SELECT * FROM salesopp.undo_bulk_change(salesopp.last_bulk_change()); SELECT id, status, closed_at, close_date FROM salesopp.opportunity",
	"SAVEPOINT before; SELECT * FROM salesopp.set_status(ARRAY[$id], 'won'); ROLLBACK TO before; SELECT status FROM salesopp.opportunity WHERE id = $id;
		SAVEPOINT again; SELECT * FROM salesopp.undo_bulk_change(999999); ROLLBACK TO again; SELECT * FROM salesopp.set_status(ARRAY[$id], 'lost'); SELECT count(*) FROM salesopp.bulk_change_opportunity");

# The same by a manager of another organization.
my @managed = (
	"SELECT status, actual_revenue, close_date FROM salesopp.correct_closing($other + 2, 1, '2024-02-01', note => 'Typed wrongly');
		SELECT from_status, to_status, note, before, created_by FROM salesopp.status_event WHERE opportunity_id = $other + 2",
	"SELECT loss_reason_id FROM salesopp.correct_closing($other + 3, winner_id => (COMPETITOR)); SELECT id FROM salesopp.opportunity_competitor WHERE is_winner",
	'SELECT * FROM salesopp.merge_companies(CUSTOMER, ARRAY[DOUBLE]); SELECT kind, kept, merged, merged_row, moved, dropped, created_by FROM salesopp.merge_event;
		SELECT name, email FROM salesopp.company; SELECT subject, company_id FROM salesopp.opportunity',
	'SELECT * FROM salesopp.merge_companies(CUSTOMER, ARRAY[DOUBLE]); SELECT * FROM salesopp.merge_contacts(PERSON, ARRAY[BUYER]); SELECT kind, kept, merged, moved, dropped FROM salesopp.merge_event;
		SELECT last_name, job_title, is_primary FROM salesopp.contact; SELECT count(*) FROM salesopp.activity_participant',
	'UPDATE salesopp.employee SET is_active = true WHERE id = 4; SELECT * FROM salesopp.reassign(3, 4); SELECT * FROM salesopp.undo_bulk_change(salesopp.last_bulk_change()); SELECT id, responsible_id FROM salesopp.opportunity',
	# what is refused
	"SELECT salesopp.correct_closing($other, 1)",
	"SELECT salesopp.correct_closing($id + 2, 1)",
	'SELECT * FROM salesopp.merge_companies(CUSTOMER, ARRAY[CUSTOMER])',
	'SELECT * FROM salesopp.merge_companies(CUSTOMER, ARRAY[1])',
	'SELECT * FROM salesopp.reassign(3, 1)',
	"SELECT * FROM salesopp.set_status(ARRAY[$id, $other], 'lost')");
my %of_other = (
	CUSTOMER => [ 'company', q{name = 'Customer'} ], DOUBLE => [ 'company', q{name = 'Double'} ], PERSON => [ 'contact', q{first_name = 'Kåre'} ], BUYER => [ 'contact', q{job_title = 'Buyer'} ],
	COMPETITOR => [ 'opportunity_competitor', "opportunity_id = $other + 3 AND NOT is_winner" ]);
foreach my $name (keys %of_other)
{
	my ($table, $condition) = @{ $of_other{$name} };
	my $found = $coordinator->safe_psql('sales', "SELECT min(id) FROM salesopp.$table WHERE organization_id = 2 AND $condition");
	s/\b$name\b/$found/g foreach @managed;
}

s/QUOTE/one_of('quote', "opportunity_id = $id + 1")/e, s/CALL/one_of('activity', q{kind = 'call'})/e foreach @changes;

# The first row of organization 1 that is so.
sub one_of
{
	my ($table, $condition) = @_;
	return $coordinator->safe_psql('sales', "SELECT min(id) FROM salesopp.$table WHERE organization_id = 1 AND $condition");
}

# What is refused, with the SQLSTATE, the message and the hint.
my @refused = (
	"UPDATE salesopp.opportunity SET subject = 'x' WHERE status = 'won'",
	"UPDATE salesopp.opportunity SET subject = 'x' WHERE id = $id + 3",
	'DELETE FROM salesopp.opportunity_competitor WHERE is_winner',
	"UPDATE salesopp.stage SET status = 'pending' WHERE status = 'completed' AND opportunity_id = $id + 2",
	'DELETE FROM salesopp.status_event',
	'DELETE FROM salesopp.opportunity_history',
	"SELECT salesopp.close_won($id + 2)",
	'SELECT salesopp.close_won(999999)',
	"SELECT salesopp.set_stage_status($id, 99, 'completed')",
	"SELECT * FROM salesopp.search('{\"nothing\": 1}')",
	"INSERT INTO salesopp.opportunity (organization_id, subject) VALUES (2, 'x')",
	"INSERT INTO salesopp.opportunity (subject) VALUES (' ')",
	"INSERT INTO salesopp.opportunity (subject, custom) VALUES ('x', '{\"Size\": \"big\"}')",
	"INSERT INTO salesopp.opportunity (subject, company_id) VALUES ('x', 999999)",
	"UPDATE salesopp.opportunity SET id = 7 WHERE id = $id",
	"UPDATE salesopp.opportunity SET decision_date = 'infinity' WHERE id = $id",
	"INSERT INTO salesopp.custom_field (name, data_type) VALUES ('x', 'text')",
	"SELECT * FROM salesopp.set_status(ARRAY[$id], NULL)",
	'SELECT * FROM salesopp.undo_bulk_change(999999)',
	"SELECT salesopp.correct_closing($id + 2, 1)",
	"DELETE FROM salesopp.bulk_change",
	"SELECT salesopp.trim_history(now())");

my @as_seller = (extra_params => [ '-U', 'dump_seller' ]);
my @as_manager = (extra_params => [ '-U', 'dump_manager' ]);
my $one_node = q{SET citus.multi_task_query_log_level = 'error';};

# A statement's rows in any order, or its refusal.
sub outcome
{
	my ($before, $statement, $after, @who) = @_;
	my ($code, $out, $err) = $coordinator->psql('sales', "\\set VERBOSITY verbose\n$before\n$statement;$after", on_error_stop => 0, @who);
	my ($error) = $err =~ /(ERROR: .*)/;
	my ($hint) = $err =~ /(HINT: .*)/;
	# ids go on with each try; constraints of shards carry their numbers
	s/_\d{6,}//g, s/((?:opportunity|company) )\d+( \("|: custom field)/$1N$2/ foreach grep { defined } $error;
	return join "\n", sort(split /\n/, $out), $error // (), $hint // ();
}

my @reading = reading_statements();
my %read = map { $_ => outcome('', $_, '', @as_seller) } @reading;
# Plans that are kept may become general ones with the sixth call. The owner is under no row security.
my @calls = grep { /FROM salesopp\.\w+\(/ } @reading;
# whose source the owner sees of all organizations
my @own_calls = grep { !/import_/ } @calls;
my $by_owner = q{BEGIN; SET LOCAL salesopp.organization_id = '1'; SET LOCAL salesopp.employee_id = '1';};
sub again { return join ';', ($_[0]) x 7 }
my %again = map { $_ => outcome('', again($_), '', @as_seller) } @calls;
my %owned = map { $_ => outcome($by_owner, again($_), ';COMMIT;') } @own_calls;
my @relations = grep { !/FROM salesopp\.\w+\(/ } @reading;
my %of_all = map { $_ => outcome('', $_, '') } @relations;
my %changed = map { $_ => outcome('BEGIN;', $_, ';ROLLBACK;', @as_seller) } @changes;
my %refused = map { $_ => outcome('BEGIN;', $_, ';ROLLBACK;', @as_seller) } @refused;
my %managed = map { $_ => outcome('BEGIN;', $_, ';ROLLBACK;', @as_manager) } @managed;
my $lines = stream_lines($coordinator, 2);
my $trimmed = outcome(q{BEGIN; SET LOCAL salesopp.organization_id = '1';}, 'SELECT salesopp.trim_history(now()); SELECT count(*) FROM salesopp.opportunity_history', ';ROLLBACK;');
# some ask for what only other organizations have
cmp_ok(scalar(grep { $read{$_} !~ /^ERROR/m } @reading), '>', 0.9 * @reading, 'what reads on one server');
unlike($changed{$_}, qr/^ERROR/m, "on one server: $_") foreach grep { !/SAVEPOINT/ } @changes;
cmp_ok(scalar(grep { $managed{$_} !~ /^ERROR/m } @managed), '==', @managed - 5, 'what a manager can do');
unlike($trimmed, qr/^ERROR/m, 'the history is trimmed on one server');
like($refused{$_}, qr/^ERROR/m, "on one server, refused: $_") foreach @refused;
my $card = $coordinator->safe_psql('sales', "SELECT forecast_category, company FROM salesopp.opportunity_card WHERE id = $id", @as_seller);
my $sum_of_all = q{SELECT salesopp.pipeline_value(status, estimated_revenue, actual_revenue, progress),
	salesopp.pipeline_summary(status, estimated_revenue, actual_revenue, progress), count(*) FROM salesopp.opportunity WHERE deleted_at IS NULL};
my $expected_of_all = outcome('', $sum_of_all, '');

# ---------- distributed

foreach my $node ($coordinator, @workers)
{
	$node->safe_psql('postgres', 'CREATE DATABASE sales') unless $node == $coordinator;
	$node->safe_psql('sales', 'CREATE EXTENSION citus');
}
like(refusal($coordinator, 'sales', 'SELECT salesopp.distribute()'), qr/^55000: there are no workers/, 'no workers');
copy_sample_roles($_) foreach @workers;
know_each_other('sales', $coordinator, @workers);
like(refusal($coordinator, 'sales', "SELECT salesopp.distribute($_)"), qr/^22023: the number of shards must be between 1 and 10000/, "$_ shards")
  foreach 0, -1, 1000000, 'NULL';
is(outcome('', $reading[0], '', @as_seller), $read{ $reading[0] }, 'what was refused has changed nothing');
my $opportunities = $coordinator->safe_psql('sales', 'SELECT count(*) FROM salesopp.opportunity');
like($coordinator->safe_psql('sales', 'SELECT salesopp.distribute(8)'), qr/^salesopp\.opportunity: $opportunities rows$/m, 'it tells how many rows there are');
like(refusal($coordinator, 'sales', 'SELECT salesopp.distribute(8)'), qr/^55000: the tables are distributed already/, 'not twice');
is(all_rows($coordinator), $rows, 'every row is as it was');

# ---------- everything as before, on one node

is(outcome($one_node, $_, '', @as_seller), $read{$_}, $_) foreach @reading;
is(outcome("${one_node}BEGIN;", $_, ';ROLLBACK;', @as_seller), $changed{$_}, $_) foreach @changes;
is(outcome("${one_node}BEGIN;", $_, ';ROLLBACK;', @as_seller), $refused{$_}, "refused: $_") foreach @refused;
is(outcome("${one_node}BEGIN;", $_, ';ROLLBACK;', @as_manager), $managed{$_}, "by a manager: $_") foreach @managed;
is(outcome(q{BEGIN; SET LOCAL salesopp.organization_id = '1';}, 'SELECT salesopp.trim_history(now()); SELECT count(*) FROM salesopp.opportunity_history', ';ROLLBACK;'), $trimmed, 'trim_history()');

is(outcome($one_node, again($_), '', @as_seller), $again{$_}, "again: $_") foreach @calls;
# what reads views that cannot name the organization wherever they read; under row security the policies do. The stages are found on
# one node by PostgreSQL 15, and by 17 on all.
my $from_views = qr/FROM salesopp\.(?:customer_opportunities\(|pipeline\('stage')/;
is(outcome(($_ =~ $from_views ? '' : $one_node) . $by_owner, again($_), ';COMMIT;'), $owned{$_}, "by the owner, again: $_") foreach @own_calls;
is(outcome('', $_, ''), $of_all{$_}, "of all organizations: $_") foreach @relations;

# chosen for a transaction, as behind a pooler
my $chosen = "BEGIN; SET LOCAL salesopp.organization_id = '1'; SET LOCAL salesopp.employee_id = '1';";
$coordinator->safe_psql('sales', 'GRANT SET ON PARAMETER salesopp.organization_id, salesopp.employee_id TO dump_pool');
$_->safe_psql('sales', 'SET citus.enable_ddl_propagation = off; GRANT SET ON PARAMETER salesopp.organization_id, salesopp.employee_id TO dump_pool') foreach @workers;
my @as_pool = (extra_params => [ '-U', 'dump_pool' ]);
is(outcome("$one_node$chosen", $_, ';COMMIT;', @as_pool), $read{$_}, "SET LOCAL: $_") foreach @reading;
is(outcome("$one_node$chosen", $_, ';ROLLBACK;', @as_pool), $changed{$_}, "SET LOCAL: $_") foreach @changes;
# as most programs choose
my $by_function = "BEGIN; SELECT set_config('salesopp.organization_id', '1', true), set_config('salesopp.employee_id', '1', true) \\g /dev/null\n";
is(outcome("$one_node$by_function", $_, ';COMMIT;', @as_pool), $read{$_}, "set_config: $_") foreach @reading[ 0 .. 9 ];
is(outcome("$one_node$by_function", $_, ';ROLLBACK;', @as_pool), $changed{$_}, "set_config: $_") foreach @changes;
my $others = q{SELECT DISTINCT organization_id FROM salesopp.opportunity};
my $choose = q{SELECT set_config('salesopp.organization_id', '%s', true) \\g /dev/null};
is($coordinator->safe_psql('sales', sprintf("BEGIN;\n$choose\n$others;\n$choose\n$others;\nSAVEPOINT s;\n$choose\n$others; ROLLBACK TO s; $others; SET LOCAL salesopp.organization_id = '1';
	RESET salesopp.organization_id; $others;\n$choose\n$others;\n$choose\n$others; COMMIT; $others", 1, 2, 1, 1, ''), @as_pool), "1\n2\n1\n2\n1", 'each choice is followed, and taken back, by set_config()');
is($coordinator->safe_psql('sales', "SET salesopp.organization_id = '1'; BEGIN; $others; SET salesopp.organization_id = '2'; $others; ROLLBACK; BEGIN; $others; COMMIT; $others", @as_pool), "1\n2\n1",
	'and by SET, in a transaction');
is($coordinator->safe_psql('sales', "BEGIN; SET LOCAL citus.propagate_set_commands = 'none';\n" . sprintf("$choose\n$others; COMMIT", 1), @as_pool), '', 'where it is not to be told, nothing is seen');
is($coordinator->safe_psql('sales', "$others; BEGIN;\n" . sprintf($choose, 1) . "\nSAVEPOINT s; SELECT 'not yet'; RELEASE s; $others; COMMIT", @as_pool), "not yet\n1", 'what was told in a savepoint is not forgotten with it');
is($coordinator->safe_psql('sales', "SELECT salesopp.is_distributed() \\g /dev/null\nBEGIN; SELECT set_config('salesopp.employee_id', '1', true) \\g /dev/null\n"
	. "COPY salesopp.company (organization_id, name) FROM STDIN;\n1\tCopied\n\\.\nSELECT created_by FROM salesopp.company WHERE name = 'Copied'; ROLLBACK"), '1', 'COPY, too, knows who');
$coordinator->safe_psql('sales', "CREATE FUNCTION number_of_second() RETURNS bigint LANGUAGE plpgsql SET salesopp.organization_id = '2' AS 'BEGIN RETURN (SELECT count(*) FROM salesopp.organization); END'");
$coordinator->safe_psql('sales', q{ALTER ROLE dump_pool SET salesopp.organization_id = '1'});
is($coordinator->safe_psql('sales', "BEGIN; SELECT number_of_second(); $others; COMMIT", @as_pool), "1\n1", 'after a function that has chosen for itself, what the role has counts again');
$coordinator->safe_psql('sales', 'DROP FUNCTION number_of_second; ALTER ROLE dump_pool RESET salesopp.organization_id');
# the plan for one organization is not for the next
is($coordinator->safe_psql('sales', "PREPARE mine AS SELECT DISTINCT organization_id FROM salesopp.opportunity;
	BEGIN; SET LOCAL salesopp.organization_id = '1'; EXECUTE mine; COMMIT; BEGIN; SET LOCAL salesopp.organization_id = '2'; EXECUTE mine; COMMIT;
	BEGIN; SET LOCAL salesopp.organization_id = '1'; SAVEPOINT s; SET LOCAL salesopp.organization_id = '2'; EXECUTE mine; ROLLBACK TO s; EXECUTE mine; COMMIT; EXECUTE mine", @as_pool),
	"1\n2\n2\n1", 'a prepared statement follows the organization, and without one finds nothing');

# one that is chosen for the session does not get to the workers: nothing is seen
foreach my $relation (relations($coordinator, 'sales', 'r'))
{
	is($coordinator->safe_psql('sales', "SET salesopp.organization_id = '1'; SELECT count(*) FROM salesopp.$relation", @as_pool), '0', "plain SET: $relation");
}
like(outcome(q{SET salesopp.organization_id = '1';}, "INSERT INTO salesopp.company (name) VALUES ('x')", '', @as_pool),
	qr/ERROR: +42501: the server that has the rows does not know the organization\nHINT: +Choose it for the role, or within a transaction/, 'plain SET: nothing is written');

# all organizations, added up on the workers
is(outcome('', $sum_of_all, ''), $expected_of_all, 'of all organizations');
like($coordinator->safe_psql('sales', "EXPLAIN (VERBOSE, COSTS OFF) $sum_of_all"), qr/worker_(binary_)?partial_agg\('salesopp\.pipeline_value/, 'each worker adds up its part');

# ---------- functions that run where the organization is

# changes of two organizations, on two workers, in one transaction
is($coordinator->safe_psql('sales', "$chosen UPDATE salesopp.opportunity SET note = 'Before' WHERE id = $id; SELECT count(*) FROM salesopp.set_status(ARRAY[$id, $other], 'won') s WHERE s.outcome = 'changed';
	SET LOCAL salesopp.organization_id = '2'; SET LOCAL salesopp.employee_id = '3'; SELECT count(*) FROM salesopp.set_status(ARRAY[$id, $other], 'won') s WHERE s.outcome = 'changed';
	SELECT organization_id, status, note = 'Before' FROM salesopp.opportunity WHERE id IN ($id, $other); ROLLBACK", @as_pool), "1\n1\n2|won|f", 'two organizations in one transaction');
# where the other's rows are, nothing of it is found, and nothing of the own
like(outcome('', "SELECT * FROM salesopp.run_bulk_change_of(2, 'delete', '{}', ARRAY[$other, $id])", '', @as_seller), qr/ERROR: +0A000/, 'sent to where another organization is');
is(all_rows($coordinator), $rows, 'and nothing has changed');
# unless Citus knows that it has to send the function, nothing is done here
my $sends = q{UPDATE pg_dist_object SET force_delegation = %s WHERE objid = 'salesopp.run_bulk_change_of'::regproc};
$coordinator->safe_psql('sales', sprintf $sends, 'NULL');
like(outcome('BEGIN;', "SELECT * FROM salesopp.set_status(ARRAY[$id], 'won')", ';ROLLBACK;', @as_seller), qr/0A000: this cannot be done for organization 1 from here.*HINT:/s, 'a function that is not sent');
$coordinator->safe_psql('sales', sprintf $sends, 'true');

# what Citus makes of CASE, as the documents say
like(outcome('BEGIN;', "UPDATE salesopp.opportunity SET rating = CASE status WHEN 'open' THEN 1 END WHERE id = $id", ';ROLLBACK;', @as_seller), qr/42883/, 'a CASE that compares');
is(outcome('BEGIN;', "UPDATE salesopp.opportunity SET rating = CASE WHEN status = 'open' THEN 1 END WHERE id = $id RETURNING rating", ';ROLLBACK;', @as_seller), '1', 'a CASE with conditions');

is(outcome('BEGIN;', "UPDATE salesopp.opportunity o SET forecast_category = c.forecast_category, note = c.company FROM salesopp.opportunity_card c WHERE c.organization_id = o.organization_id AND c.id = o.id AND o.id = $id
	RETURNING o.forecast_category, o.note",
	';ROLLBACK;', @as_seller), $card, 'none stands in a card that is written from');

# with the setting that the documents give: without it, PostgreSQL's planner crashes in what Citus asks of it
foreach my $nothing ('false', 'k.oid IS NULL', 's.organization_id = 2', 's.id = NULL')
{
	is(outcome('', "SELECT count(*) FROM pg_class k JOIN salesopp.employee s ON true WHERE $nothing", '', @as_seller), '0', "a table of one's own joined with nothing: $nothing");
}

# ---------- an organization goes and comes back

is(stream_lines($coordinator, 2), $lines, 'the same lines are exported');
my $writer_of_other = $coordinator->background_psql('sales', extra_params => [ '-U', 'dump_manager' ]);
$writer_of_other->query_safe("BEGIN; UPDATE salesopp.opportunity SET note = 'Last' WHERE id = $other; SET application_name = 'writer of 2'");
my ($fenced, $complaint) = ('', '');
my $fencing = IPC::Run::start([ 'psql', '--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--dbname', $coordinator->connstr('sales'), '--command', 'SELECT salesopp.fence_organization(2) IS NOT NULL' ],
	'<', \undef, '>', \$fenced, '2>', \$complaint);
ok((grep { $_->poll_query_until('sales', q{SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 25194 AND NOT granted)}) } home_of(2)), 'fencing waits for who is writing, on the worker');
$writer_of_other->query_safe('COMMIT');
$writer_of_other->quit;
$fencing->finish;
is("$fenced$complaint", "t\n", 'and is done when that ends');
like(outcome('', "UPDATE salesopp.opportunity SET note = 'Later' WHERE id = $other", '', @as_manager), qr/ERROR: +25006: organization 2 is fenced/, 'nothing more is written');
is(outcome('BEGIN;', $changes[0], ';ROLLBACK;', @as_seller), $changed{ $changes[0] }, 'but of others');
my $sent = $coordinator->safe_psql('sales', 'SELECT * FROM salesopp.export_organization(2)');
my $rows_of_all = all_rows($coordinator);
like(refusal($coordinator, 'sales', q{SELECT * FROM salesopp.erase_organization(2, 'Nobody')}), qr/^22023: organization 2 is not called "Nobody"/, 'not without its name');
my $name = $coordinator->safe_psql('sales', 'SELECT quote_literal(name) FROM salesopp.organization WHERE id = 2');
like(refusal($coordinator, 'sales', "SELECT * FROM salesopp.erase_organization(2, $name)"), qr/^25006: organization 2 is fenced/, 'nor while it is fenced');
$coordinator->safe_psql('sales', "BEGIN; SELECT salesopp.unfence_organization(2); SELECT * FROM salesopp.erase_organization(2, $name); COMMIT");
is($coordinator->safe_psql('sales', "SELECT count(*) FROM salesopp.$_ WHERE organization_id = 2"), '0', "nothing of it in $_") foreach relations($coordinator, 'sales', 'r');
foreach my $node ($coordinator, home_of(2))
{
	$node->safe_psql('sales', 'CREATE TABLE stream (line text)');
	$node->safe_psql('sales', join '', "COPY stream FROM STDIN WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02');\n", $sent, "\n\\.\n");
}
like(refusal($coordinator, 'sales', q{SELECT * FROM salesopp.import_organization('stream')}), qr/^0A000: organization 2 belongs on another server: \S+:\d+ \| Connect to that one/, 'it is imported where it belongs');
is((home_of(2))[0]->safe_psql('sales', q{SELECT rows FROM salesopp.import_organization('stream') WHERE table_name = 'organization'}), '1', 'which is said');
$_->safe_psql('sales', 'DROP TABLE stream') foreach $coordinator, home_of(2);
$coordinator->safe_psql('sales', 'SELECT salesopp.complete_nodes()');
is(all_rows($coordinator), $rows_of_all, 'every row is back as it was');
$coordinator->safe_psql('sales', 'SELECT salesopp.unfence_organization(2)');
is($coordinator->safe_psql('sales', "SELECT status FROM salesopp.close_won($other)", @as_manager), 'won', 'and work goes on');

# ---------- ids

my @given = map { $_->safe_psql('sales', sprintf(q{INSERT INTO salesopp.company (name) VALUES ('By %s') RETURNING id >> 48}, $_->name), @as_seller) } $coordinator, @workers;
is(join(' ', sort @given), '0 1 2', 'each node gives ids of its own');
$coordinator->safe_psql('sales', q{INSERT INTO salesopp.company (id, name) VALUES (5000, 'Typed')}, @as_seller);
$coordinator->safe_psql('sales', 'SELECT salesopp.complete_nodes()');
is($coordinator->safe_psql('sales', q{INSERT INTO salesopp.company (name) VALUES ('Behind') RETURNING id}, @as_seller), '5001', 'ids go on behind one that was typed in');

# ---------- rights are on all nodes

$coordinator->safe_psql('sales', $_) foreach 'CREATE ROLE late LOGIN', q{ALTER ROLE late SET salesopp.organization_id = '2'}, q{SELECT salesopp.grant_access('late', 'reader')};
foreach my $node ($coordinator, @workers)
{
	is($node->safe_psql('sales', 'SELECT DISTINCT organization_id FROM salesopp.opportunity_list', extra_params => [ '-U', 'late' ]), '2', $node->name . ': a new reader reads');
	my (undef, undef, $err) = $node->psql('sales', 'SELECT salesopp.close_won(1)', extra_params => [ '-U', 'late' ]);
	like($err, qr/permission denied for function close_won/, $node->name . ': and does not write');
}

# ---------- another node, and rows that move while they are written

my $three = start_node('three');
$three->safe_psql('postgres', $_) foreach 'CREATE DATABASE sales', 'CREATE ROLE late LOGIN';
$three->safe_psql('sales', 'CREATE EXTENSION citus');
add_worker('sales', $coordinator, $three);
$coordinator->safe_psql('sales', 'SELECT salesopp.complete_nodes()');
my ($written, $complaints) = ('', '');
my $inserts = join "\n", map { "INSERT INTO salesopp.opportunity (subject, estimated_revenue) VALUES ('Moving', $_) RETURNING 'written';" } 1 .. 300;
my $writer = IPC::Run::start([ 'psql', '--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--dbname', $coordinator->connstr('sales') . ' user=dump_seller' ],
	'<', \$inserts, '>', \$written, '2>', \$complaints);
my $place_of = q{(SELECT n.%s FROM pg_dist_node n WHERE n.groupid = 3)};
my $moved = $coordinator->safe_psql('sales', sprintf q{SELECT count(citus_move_shard_placement(shardid, nodename, nodeport, %s, %s, shard_transfer_mode => 'force_logical'))
	FROM pg_dist_placement JOIN pg_dist_shard USING (shardid) JOIN pg_dist_node USING (groupid)
	WHERE logicalrelid = 'salesopp.organization'::regclass AND shardid = get_shard_id_for_distribution_column('salesopp.organization', 1)},
	sprintf($place_of, 'nodename'), sprintf($place_of, 'nodeport'));
$writer->finish;
is($moved, '1', 'the shard of an organization moves to the new node');
is($complaints, '', 'nobody is kept from writing meanwhile');
is(scalar(() = $written =~ /written/g), 300, 'all was written');
is($coordinator->safe_psql('sales', q{SELECT count(*) FROM salesopp.opportunity WHERE subject = 'Moving'}, @as_seller), '300', 'and is there');
is($three->safe_psql('sales', q{INSERT INTO salesopp.company (name) VALUES ('By three') RETURNING id >> 48}, @as_seller), '3', 'the new node gives ids of its own');
is(outcome("${one_node}BEGIN;", $_, ';ROLLBACK;', @as_seller), $refused{$_}, "after the move, refused: $_") foreach @refused;

my $moving = join ',', split /\n/, $coordinator->safe_psql('sales', q{SELECT id FROM salesopp.opportunity WHERE subject = 'Moving' ORDER BY id LIMIT 2}, @as_seller);
is($coordinator->safe_psql('sales', "SELECT count(*) FROM salesopp.set_status(ARRAY[$moving], 'won') s WHERE s.outcome = 'changed'", @as_seller), '2', 'a change of many there');

# ---------- a worker that is down

$three->stop('immediate');
like(outcome('', 'SELECT count(*) FROM salesopp.opportunity', '', @as_seller), qr/ERROR: +08/, 'what is on a worker that is down cannot be read');
is($coordinator->safe_psql('sales', 'SELECT count(*) > 0 FROM salesopp.opportunity', extra_params => [ '-U', 'late' ]), 't', 'others go on');
$three->start;
is($coordinator->safe_psql('sales', q{SELECT count(*) FROM salesopp.opportunity WHERE subject = 'Moving'}, @as_seller), '300', 'nothing is lost');

# ---------- and back to one server

$rows = all_rows($coordinator);
my @back = split /\n/, $coordinator->safe_psql('sales', 'SELECT salesopp.undistribute_check()');
my $dir = PostgreSQL::Test::Utils::tempdir;
$coordinator->command_ok([ 'pg_dump', '--extension', 'salesopp', '--extension', 'pg_trgm', '--extension', 'btree_gin', '--file', "$dir/sales.sql", 'sales' ], 'dumped');
my $single = PostgreSQL::Test::Cluster->new('single');
$single->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$single->start;
copy_sample_roles($single);
$single->safe_psql('postgres', 'CREATE DATABASE sales');
$single->command_ok([ 'psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--output', "$dir/out", '--dbname', 'sales', '--file', "$dir/sales.sql" ], 'restored where there is no Citus');
is(all_rows($single), $rows, 'every row is there');
is($single->safe_psql('sales', 'SELECT salesopp.is_distributed()'), 'f', 'on one server');
is($single->safe_psql('sales', "SELECT status FROM salesopp.close_won($id)", @as_seller), 'won', 'and work goes on');
my $more = $single->safe_psql('sales', q{SELECT max(id) FROM salesopp.opportunity WHERE subject = 'Moving'}, @as_seller);
is($single->safe_psql('sales', "SELECT count(*) FROM salesopp.set_status(ARRAY[$more], 'lost'); SELECT opportunity_id FROM salesopp.undo_bulk_change(salesopp.last_bulk_change()) WHERE outcome = 'changed'", @as_seller), "1\n$more",
	'the last change of many is the last, whatever ids other servers gave');
my ($advance) = grep { /advance_sequences/ } @back;
$single->safe_psql('sales', $advance =~ s/^4\. There: //r);
is($single->safe_psql('sales', "INSERT INTO salesopp.company (name) VALUES ('Behind all') RETURNING id > (SELECT max(id) FROM salesopp.company)", @as_seller), 't', 'and new ids go on behind the largest');

$_->stop foreach $single, $three, @workers, $coordinator;
done_testing();
