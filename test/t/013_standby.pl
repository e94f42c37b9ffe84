# A physical standby: every view and every function that reads gives what it gives on the primary, for the
# owner and for a role under row security; everything that writes is refused as on any standby. Promoted, it
# goes on where the primary was.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use Invariants;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SampleDatabase;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
# with a snapshot of its own it would keep what the VACUUM below is to remove
$primary->append_conf('postgresql.conf', 'autovacuum = off');
$primary->start;
create_sales($primary);
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

# what comes after the backup comes through the stream
$primary->safe_psql('sales', <<'SQL');
SET salesopp.organization_id = '1';
SELECT salesopp.close_won(min(id)) FROM salesopp.opportunity WHERE organization_id = 1 AND status = 'open' AND deleted_at IS NULL;
SELECT salesopp.delete_opportunities(ARRAY[max(id)]) FROM salesopp.opportunity WHERE organization_id = 1 AND status = 'open' AND deleted_at IS NULL;
INSERT INTO salesopp.opportunity (subject, estimated_revenue) SELECT 'Deal ' || n, n FROM generate_series(1, 1000) n;
SQL
$primary->wait_for_catchup($standby);

# ---------- reading

my $schema = q{'salesopp'::regnamespace};
my @relations = split /\n/, $primary->safe_psql('sales', "SELECT oid::regclass FROM pg_class WHERE relnamespace = $schema AND relkind IN ('r', 'v') ORDER BY 1");
# Functions that read, but not those that measure until now or are the owner's, and are asked of nothing or of one opportunity; and what is asked of values alone.
my @functions = split /\n/, $primary->safe_psql('sales', qq{
	SELECT proname || CASE WHEN pronargs > pronargdefaults THEN '(id)' ELSE '()' END || CASE WHEN prorettype = 'bytea'::regtype THEN ' bytea' ELSE '' END
	FROM pg_proc WHERE pronamespace = $schema AND prokind = 'f' AND provolatile = 's' AND proname NOT IN ('changes_since', 'history_settled', 'report_html', 'stage_times', 'stage_win_rates', 'stalled', 'organization_tables', 'require_stream_rights', 'is_worker', 'require_permissive_policies', 'undistribute_check') AND prorettype NOT IN ('trigger'::regtype, 'internal'::regtype)
		AND (pronargs = pronargdefaults OR (pronargs = pronargdefaults + 1 AND proargnames[1] = 'opportunity_id'))
	ORDER BY 1});
cmp_ok(scalar(@relations), '>', 40, 'all tables and views are read');
is(join(' ', map { s/\W.*//r } @functions), 'calibration calibration_score calibration_svg current_employee current_organization customer_opportunities export_csv export_excel_csv export_pdf export_xlsx '
	  . 'forecast forecast_curve forecast_svg function_paths funnel_svg history_begins history_problems is_distributed last_bulk_change latest_follow_ups letter_index listed_opportunity openapi pipeline_svg relation_paths search search_columns search_ids '
	  . 'stage_conversion stage_entries summary team', 'all functions that read are called');

# of a period, too
my @questions = map { "SELECT '$_', md5(string_agg(r::text, ' ')) FROM salesopp.$_('[2024-01-01,2027-01-01)') r" } 'attainment', 'department_attainment', 'submission_accuracy';
push @questions, map { "SELECT '$_', count(*), md5(string_agg(t, ' ' ORDER BY t)) FROM $_ r, LATERAL (SELECT (to_jsonb(r) - 'duration')::text AS t) s" } @relations;
foreach my $function (@functions)
{
	my ($name, $argument, $is_file) = $function =~ /^(\w+)\((\w*)\)( bytea)?$/;
	# a workbook and a document say when they were made
	my $told = $is_file && $name !~ /csv$/ ? 'octet_length(r) > 1000' : 'r::text';
	push @questions, $argument
	  ? "SELECT '$name', o.id, md5(string_agg(r::text, ' ')) FROM salesopp.opportunity o, LATERAL salesopp.$name(o.id) r
			WHERE o.organization_id = salesopp.current_organization() AND o.deleted_at IS NULL AND o.subject !~ '^Deal \\d\\d' GROUP BY o.id ORDER BY o.id"
	  : "SELECT '$name', md5(string_agg(($told)::text, ' ')) FROM salesopp.$name() r";
}
my $script = join ';', 'SET timezone = UTC', @questions;
my %as = (
	'the owner' => [ "SET salesopp.organization_id = '2';", [] ],
	'a seller' => [ '', [ '-U', 'dump_seller' ] ],
	'a manager' => [ '', [ '-U', 'dump_manager' ] ]);
my %answers;
foreach my $who (sort keys %as)
{
	my ($before, $options) = @{ $as{$who} };
	$answers{$who} = $primary->safe_psql('sales', $before . $script, extra_params => $options);
	my $lines = () = $answers{$who} =~ /\n/g;
	cmp_ok($lines, '>', @questions, "$who: each question has an answer");
	is($standby->safe_psql('sales', $before . $script, extra_params => $options), $answers{$who}, "$who reads the same on the standby");
}
isnt($answers{'a seller'}, $answers{'a manager'}, 'each reads the own organization');
my $stream = q~SELECT count(*), md5(string_agg(line, '' ORDER BY line COLLATE "C")) FROM salesopp.export_organization(1) line WHERE line LIKE '{"table"%'~;
is($standby->safe_psql('sales', $stream), $primary->safe_psql('sales', $stream), 'a whole organization is exported from the standby, too');

# What is still open on the primary is not known here (N1, N13). Whether both have the same history, its digest tells.
foreach my $call ('history_settled()', 'changes_since()')
{
	my ($code, $out, $err) = $standby->psql('sales', "\\set VERBOSITY verbose\nSELECT salesopp.$call");
	like($err, qr/ERROR: +55000: a standby does not know/, "$call is refused");
}
$primary->poll_query_until('sales', 'SELECT salesopp.history_settled() > max(at) FROM salesopp.opportunity_history');
my $settled = $primary->safe_psql('sales', 'SELECT salesopp.history_settled()');
my $digest = "SET salesopp.organization_id = '1'; SELECT salesopp.history_digest('$settled')";
is($standby->safe_psql('sales', $digest), $primary->safe_psql('sales', $digest), 'the digest of the history is that of the primary');

# ---------- writing

# What fits an argument of a type
my $argument = q{CASE type WHEN 'bigint' THEN n::text WHEN 'bigint[]' THEN '{2}' WHEN 'integer' THEN '1' WHEN 'regrole' THEN 'dump_seller'
	WHEN 'salesopp.opportunity_status' THEN 'lost' WHEN 'salesopp.opportunity_status[]' THEN '{open,won,lost}' WHEN 'salesopp.stage_status' THEN 'completed'
	WHEN 'text' THEN 'reader' WHEN 'bytea' THEN 'x' WHEN 'jsonb' THEN '{}' WHEN 'timestamp with time zone' THEN '2020-01-01' END};
my @writing = split /\n/, $primary->safe_psql('sales', qq{
	SELECT format('SELECT salesopp.%I(%s)', proname, (SELECT string_agg(format(CASE WHEN type LIKE '%[]' AND provariadic <> 0 THEN 'VARIADIC %L::%s' ELSE '%L::%s' END, $argument, type), ', ' ORDER BY n)
		FROM (SELECT format_type(t, NULL) AS type, n FROM unnest(proargtypes) WITH ORDINALITY a (t, n)) a WHERE n <= pronargs - pronargdefaults))
	FROM pg_proc WHERE pronamespace = $schema AND prokind = 'f' AND provolatile = 'v' AND prorettype <> 'trigger'::regtype AND proargtypes[0] <> 'internal'::regtype
		AND proargtypes[0] <> 'bytea'::regtype
		-- the first looks whether it is an import, and then calls undo_bulk_change(); others need a source or a table
		AND proname NOT IN ('undo_import', 'import_organization', 'import_stream_rows', 'reserve_id')
		-- these call what is called anyway
		AND proname NOT IN ('merge_companies_of', 'merge_contacts_of')
		-- these write only where a sequence is behind, or only look and wait
		AND proname NOT IN ('advance_sequences', 'require_organization', 'wait_for_writers')
		-- and these need workers
		AND proname NOT IN ('distribute', 'complete_nodes', 'run_on_workers', 'tell_planner', 'grant_inner_rights', 'repeat_grants', 'bring_rights_to_workers',
			'spread_ids', 'send_functions', 'distribute_tables')
	ORDER BY 1});
cmp_ok(scalar(@writing), '>', 15, 'all functions that write are called');
foreach my $table (split /\n/, $primary->safe_psql('sales', "SELECT oid::regclass FROM pg_class WHERE relnamespace = $schema AND relkind = 'r' ORDER BY 1"))
{
	push @writing, "DELETE FROM $table", "UPDATE $table SET organization_id = organization_id", "INSERT INTO $table SELECT * FROM $table LIMIT 1", "TRUNCATE $table CASCADE";
}
my @otherwise;
foreach my $statement (@writing)
{
	my ($code, $out, $err) = $standby->psql('sales', "\\set VERBOSITY verbose\nSET salesopp.organization_id = '1';\n$statement");
	push @otherwise, "$statement: $err" unless $err =~ /ERROR: +25006: /;
}
# the generated column is not for writing, which is said first
is(join("\n", grep { !/^(UPDATE|INSERT INTO) salesopp\.organization\b.*428C9/ } @otherwise), '', scalar(@writing) . ' writes are refused as on any standby');

# ---------- conflict

# A reader in whose way the vacuum of the primary is gives way, with an error that says to try again.
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = '10ms'\n");
$standby->reload;
my ($in, $out, $err) = ('', '', '');
my $reader = IPC::Run::start([ 'psql', '-X', '-At', '-q', '-v', 'VERBOSITY=sqlstate', '-d', $standby->connstr('sales') ], '<', \$in, '>', \$out, '2>', \$err);
$in = "SET salesopp.organization_id = '1';\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT octet_length(salesopp.export_csv()) > 1000;\n";
$reader->pump until $out =~ /^t$/m;
$primary->safe_psql('sales', q{UPDATE salesopp.opportunity SET note = 'changed' WHERE subject ~ '^Deal \d\d'; VACUUM salesopp.opportunity;});
$primary->wait_for_catchup($standby);
$in .= "SELECT octet_length(salesopp.export_csv());\n\\q\n";
$reader->finish;
like($err, qr/ERROR: +40001|FATAL: +(40001|57P0\d)|terminating connection due to conflict with recovery|server closed the connection/, 'an export gives way to what the primary has cleaned up');
is($standby->safe_psql('sales', q{SET salesopp.organization_id = '1'; SELECT octet_length(salesopp.export_csv()) > 1000}), 't', 'and the next one works');

# ---------- promoted

my %expected = contents($primary, 'sales');
$primary->wait_for_catchup($standby);
$primary->stop;
$standby->promote;
my %promoted = contents($standby, 'sales');
is($promoted{$_}, $expected{$_}, "promoted: same $_") foreach 'rows', 'rights', 'members';
# a sequence may skip some ids then, but gives none twice; numbers of quotes skip none
is($standby->safe_psql('sales', q{INSERT INTO salesopp.opportunity (subject) VALUES ('new') RETURNING id > (SELECT max(id) FROM salesopp.opportunity);
		SELECT number - (SELECT max(number) FROM salesopp.quote)
		FROM salesopp.create_quote((SELECT max(id) FROM salesopp.opportunity), 1);}, extra_params => [ '-U', 'dump_seller' ]),
	"t\n1", 'promoted: ids and numbers go on');
my ($code, $stdout, $stderr) = $standby->psql('sales', q{UPDATE salesopp.opportunity SET subject = 'x' WHERE status = 'won'});
like($stderr, qr/ERROR: +opportunity \d+ is closed \(won\)/, 'promoted: the rules hold');
$standby->safe_psql('sales', q{SET salesopp.organization_id = '1';
	SELECT salesopp.set_status(ARRAY(SELECT id FROM salesopp.opportunity WHERE organization_id = 1), 'lost')});
all_hold($standby, 'sales', 'promoted');

$standby->stop;
done_testing();
