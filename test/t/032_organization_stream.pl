# An organization goes from one server to another that has other settings and an organization of its own, and is erased where it was. N14
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use Invariants;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SampleDatabase;
use Test::More;

my $old = PostgreSQL::Test::Cluster->new('old');
$old->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$old->start;
create_sales($old);
my $new = PostgreSQL::Test::Cluster->new('new');
$new->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$new->append_conf('postgresql.conf', "TimeZone = 'America/St_Johns'\nDateStyle = 'SQL, DMY'\nIntervalStyle = 'iso_8601'\nextra_float_digits = -3\n");
$new->start;
# another organization, with the same ids
copy_roles($old, $new);
$new->safe_psql('postgres', 'CREATE DATABASE sales');
$new->safe_psql('sales', q{CREATE EXTENSION salesopp CASCADE;
	INSERT INTO salesopp.organization (id, name) VALUES (1, 'Here before');
	INSERT INTO salesopp.opportunity (organization_id, id, subject, status) VALUES (1, 1, 'One', 'open'), (1, 2, 'Two', 'won');});

my @tables = relations($old, 'sales', 'r');

# Of each table, how many rows of the organization there are and what stands in them, as text that depends on no setting.
sub rows_of
{
	my ($node, $organization) = @_;
	return join "\n", split /\n/, $node->safe_psql('sales', "SET DateStyle = ISO; SET TimeZone = UTC; SET extra_float_digits = 1;"
		. join ';', map { "SELECT '$_', count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")) FROM salesopp.$_ t WHERE organization_id = $organization" } @tables);
}

sub digest
{
	my ($node, $until) = @_;
	return $node->safe_psql('sales', "SET salesopp.organization_id = 2; SELECT salesopp.history_digest('$until')");
}

my %before = map { $_ => rows_of($old, $_) } 1, 2;
unlike($before{2}, qr/^\w+\|0\|/m, 'there is something of it in every table');
my $here_before = rows_of($new, 1);
my $broken = $old->safe_psql('sales', broken_invariants());
$old->poll_query_until('sales', 'SELECT salesopp.history_settled() > (SELECT max(at) FROM salesopp.opportunity_history)') or die;
my $settled = $old->safe_psql('sales', 'SET TimeZone = UTC; SELECT salesopp.history_settled()');
my $history = digest($old, $settled);

# ---------- out

my $dir = PostgreSQL::Test::Utils::tempdir;
my $raw = q{WITH (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02', ENCODING 'UTF8')};
my @psql = ('psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname', 'sales');
$old->command_ok([ @psql, '--command', "\\copy (SELECT salesopp.export_organization(2)) TO '$dir/copied.jsonl' $raw" ], 'written by COPY');
$old->command_ok([ @psql, '-At', '--command', 'SELECT salesopp.export_organization(2)', '--output', "$dir/selected.jsonl" ], 'written by SELECT');
sub without_times { return slurp_file($_[0]) =~ s/"exported_at":"[^"]*"|"header":"[^"]*"//gr }
ok(without_times("$dir/copied.jsonl") eq without_times("$dir/selected.jsonl"), 'which is the same file');
# read by somebody else: the digests are what the reference says
like((PostgreSQL::Test::Utils::run_command([ 'python3', '-c', <<'PYTHON', "$dir/copied.jsonl" ]))[0], qr/^\d+ rows of \d+ tables$/, 'and JSON, with digests that anybody can compute');
import hashlib, json, sys
sums, rows = {}, {}
for line in open(sys.argv[1], 'rb'):
    line = line.rstrip(b'\n')
    value = json.loads(line)
    part = next(iter(value))
    key = value['table'] if part == 'table' else part
    sums[key] = (sums.get(key, 0) + int.from_bytes(hashlib.sha256(line).digest(), 'big')) % 2**256
    rows[key] = rows.get(key, 0) + 1
end = value['end']
assert end['header'] == '%064x' % sums['header']
for t in end['tables']:
    assert t['rows'] == rows.get(t['table'], 0) and t['digest'] == '%064x' % sums.get(t['table'], 0), t
print(sum(t['rows'] for t in end['tables']), 'rows of', len(end['tables']), 'tables')
PYTHON

# ---------- in

sub import_file
{
	my ($file) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run([ @psql, '-At', '--host', $new->host, '--port', $new->port, '--command', '\set VERBOSITY verbose', '--command', 'DROP TABLE IF EXISTS stream; CREATE TABLE stream (line text)',
			'--command', "\\copy stream FROM '$file' $raw", '--command', 'SELECT * FROM salesopp.import_organization($$stream$$)' ], '>', \$out, '2>', \$err);
	return $err =~ /^ERROR:  (.*)/m ? $1 : $out;
}

sub altered_file
{
	my ($change) = @_;
	local $_ = slurp_file("$dir/copied.jsonl");
	$change->();
	unlink "$dir/altered.jsonl";
	append_to_file("$dir/altered.jsonl", $_);
	return "$dir/altered.jsonl";
}

my $length = length slurp_file("$dir/copied.jsonl");
like(import_file(altered_file(sub { $_ = substr $_, 0, $length / 2 })), qr/^22023: .* is not one whole stream: it has 1 headers and 0 ends/, 'half a file is refused');
like(import_file(altered_file(sub { $_ = substr $_, 0, $length - 1000 })), qr/^22(000|023): /, 'one that lacks the last bytes is refused');
foreach my $n (1 .. 30)
{
	my $place = int $n * $length / 31;
	like(import_file(altered_file(sub { my $byte = substr $_, $place, 1; substr($_, $place, 1) = $byte =~ /[a-z]/ ? uc $byte : $byte eq 'X' ? 'Y' : 'X' })),
		qr/^(22000|22023|22021|22P04): /, "one with another byte $place is refused");
}
is(rows_of($new, 2) =~ s/\|0\|$//mgr, join("\n", @tables), 'and nothing is changed');

like(import_file("$dir/copied.jsonl"), qr/^opportunity\|10$/m, 'the whole file is taken');
is(rows_of($new, 2), $before{2}, 'every row of every table is the same');
is(rows_of($new, 1), $here_before, 'and those of the other organization are what they were');
is(digest($new, $settled), $history, 'the history has the same digest');
is($new->safe_psql('sales', 'SET salesopp.organization_id = 2; SELECT count(*) FROM salesopp.history_problems()'), '0', 'and goes with the opportunities');
like(import_file("$dir/copied.jsonl"), qr/^23505: organization 2 is here already/, 'a second time is refused');
is($new->safe_psql('sales', q{SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> '',
	LATERAL (SELECT (xpath('/row/max/text()', query_to_xml(format('SELECT max(id) FROM %s', c.oid::regclass), false, true, '')))[1]::text::bigint AS last) m
	WHERE c.relnamespace = 'salesopp'::regnamespace AND COALESCE(pg_sequence_last_value(pg_get_serial_sequence(c.oid::regclass::text, a.attname)::regclass), 0) < m.last}),
	'0', 'no sequence is behind the ids that came');

# back again, it is the same file
$new->command_ok([ @psql, '--command', "\\copy (SELECT salesopp.export_organization(2)) TO '$dir/again.jsonl' $raw" ], 'written again');
sub sorted { return join "\n", sort grep { !/^\{"end"/ } split /\n/, without_times($_[0]) }
ok(sorted("$dir/again.jsonl") eq sorted("$dir/copied.jsonl"), 'the same lines');

# ---------- in a database of another encoding

$new->safe_psql('postgres', "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN9' LOCALE 'C'");
$new->safe_psql('latin', 'CREATE EXTENSION salesopp CASCADE; CREATE TABLE stream (line text)');
my @latin = map { $_ eq 'sales' ? 'latin' : $_ } @psql;
$new->command_ok([ @latin, '--output', "$dir/out", '--command', "\\copy stream FROM '$dir/copied.jsonl' $raw", '--command', 'SELECT salesopp.import_organization($$stream$$)',
		'--command', "\\copy (SELECT salesopp.export_organization(2)) TO '$dir/latin.jsonl' $raw" ], 'in LATIN9, and out');
ok(sorted("$dir/latin.jsonl") eq sorted("$dir/copied.jsonl"), 'the same lines, in UTF-8');

# ---------- it goes on there

is($new->safe_psql('sales', q{BEGIN; SET LOCAL salesopp.organization_id = 2;
		SELECT max(number) AS quotes FROM salesopp.quote WHERE organization_id = 2 \gset
		SELECT id AS deal FROM salesopp.opportunity WHERE organization_id = 2 AND subject = 'Deal 1' AND copied_from_id IS NULL \gset
		SELECT number - :quotes FROM salesopp.create_quote(:deal, 5);
		INSERT INTO salesopp.opportunity (subject, sales_process_id) SELECT 'New', id FROM salesopp.sales_process WHERE organization_id = 2 RETURNING stage_position;
		SELECT status FROM salesopp.close_won(:deal);
		SELECT status FROM salesopp.reopen(:deal);
		SELECT string_agg(DISTINCT outcome, ' ') FROM salesopp.undo_bulk_change((SELECT min(id) FROM salesopp.bulk_change WHERE organization_id = 2));
		COMMIT}), "1\n1\nwon\nopen\nchanged", 'new ones, quotes, closing, reopening, and undoing what was done before');
my ($code, $out, $err) = $new->psql('sales', q{\set VERBOSITY verbose
	UPDATE salesopp.opportunity SET subject = 'x' WHERE organization_id = 2 AND status = 'won'});
like($err, qr/ERROR:  55000: opportunity \d+ is closed \(won\)/, 'what is closed is closed');
is($new->safe_psql('sales', broken_invariants()), $broken, 'what holds in every database holds here, too');

# ---------- gone where it was

is($old->safe_psql('sales', q{SELECT count(*), count(*) FILTER (WHERE rows > 0) FROM salesopp.erase_organization(2, 'Blåbær & "Sønner"')}), @tables . '|' . @tables, 'erased from every table');
is(rows_of($old, 2) =~ s/\|0\|$//mgr, join("\n", @tables), 'nothing of it is left');
is(rows_of($old, 1), $before{1}, 'the other one is as it was');
is($old->safe_psql('sales', q{SET salesopp.organization_id = 1; SELECT count(*) FROM salesopp.history_problems();
	SELECT salesopp.create_organization('Another')}), "0\n3", 'and works; the id is not given again');

# ---------- without statistics, and in proportion to how much there is

$old->safe_psql('sales', q{ALTER SYSTEM SET autovacuum = off; SELECT pg_reload_conf();
	INSERT INTO salesopp.organization (id, name) VALUES (11, 'Small'), (12, 'Large');
	SELECT set_config('salesopp.organization_id', '11', false);
	INSERT INTO salesopp.employee (initials, name) SELECT 'E' || n, 'E' FROM generate_series(1, 20) n;
	INSERT INTO salesopp.opportunity (subject, responsible_id) SELECT 'S ' || n, (SELECT min(id) FROM salesopp.employee WHERE organization_id = 11) + n % 20 FROM generate_series(1, 1000) n;
	INSERT INTO salesopp.activity (kind, subject, opportunity_id, responsible_id) SELECT 'call', 'Call', id, responsible_id FROM salesopp.opportunity WHERE organization_id = 11;
	SELECT set_config('salesopp.organization_id', '12', false);
	INSERT INTO salesopp.employee (initials, name) SELECT 'E' || n, 'E' FROM generate_series(1, 2000) n;
	INSERT INTO salesopp.opportunity (subject, responsible_id) SELECT 'L ' || n, (SELECT min(id) FROM salesopp.employee WHERE organization_id = 12) + n % 2000 FROM generate_series(1, 10000) n;
	INSERT INTO salesopp.activity (kind, subject, opportunity_id, responsible_id) SELECT 'call', 'Call', id, responsible_id FROM salesopp.opportunity WHERE organization_id = 12;});
# Pages looked at tell it better than a clock does.
sub pages
{
	my ($statement) = @_;
	my $plan = $old->safe_psql('sales', "BEGIN; EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) $statement; ROLLBACK");
	my ($hit, $read) = ($plan =~ /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/);
	return ($hit // 0) + ($read // 0);
}
my ($small, $large) = map { pages("SELECT * FROM salesopp.erase_organization($_)") } "11, 'Small'", "12, 'Large'";
cmp_ok($large, '<', 12 * $small, "to erase ten times as much is to look at about ten times as many pages ($small, $large)");

# ---------- cancelled, it has done nothing

$before{12} = rows_of($old, 12);
($code, $out, $err) = $old->psql('sales', q{SET statement_timeout = 100; SELECT salesopp.erase_organization(12, 'Large')});
like($err, qr/canceling statement due to statement timeout/, 'erasing can be cancelled');
is(rows_of($old, 12), $before{12}, 'and then nothing is gone');

done_testing();
