# Issue 11 B: an organization that the statistics do not know is as fast as one that they know. Beside a larger
# one, every view and every function that reads is called as a seller: it reads at most some times the pages
# that the same call reads after ANALYZE. In a database that was never analyzed some pages for each
# opportunity may come to that. Nor does it put together each with each: rows of joins that are dropped again are not many times those
# that there are. Pages and rows are counted, not time. What is called comes from the catalog: a new view is
# read, a new function fails until it has a call.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ReadingCalls;
use List::Util 'max';
use Test::More;

# What a call may read without statistics: so many times what it reads with them, and a few pages.
my $times = 3;
my $few = 200;
my $few_for_each = 10;
# How many rows a join may put together in vain, for each opportunity of the organization.
my $in_vain_for_each = 100;

my ($known, $new, $first) = (6000, 400, 2000);

my $node = PostgreSQL::Test::Cluster->new('node');
$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
autovacuum = off
jit = off
max_parallel_workers_per_gather = 0
CONF
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE seller');

# Of every kind of row: ids begin behind 1,000,000 times the organization's.
sub import_organization
{
	my ($db, $organization, $opportunities) = @_;
	my $id = $organization * 1000000;
	my $companies = $opportunities / 40;
	$node->safe_psql($db, <<"SQL");
SET row_security = off;
INSERT INTO salesopp.organization (id, name) VALUES ($organization, 'Organization $organization');
SET salesopp.organization_id = '$organization';
INSERT INTO salesopp.employee (id, initials, name) SELECT $id + i, 'E' || i, 'Employee ' || i FROM generate_series(1, 10) i;
INSERT INTO salesopp.department (id, name) SELECT $id + i, 'Department ' || i FROM generate_series(1, 3) i;
INSERT INTO salesopp.sales_region (id, name) SELECT $id + i, 'Region ' || i FROM generate_series(1, 3) i;
INSERT INTO salesopp.loss_reason (id, name) SELECT $id + i, 'Reason ' || i FROM generate_series(1, 3) i;
INSERT INTO salesopp.competitor (id, name) SELECT $id + i, 'Competitor ' || i FROM generate_series(1, 5) i;
INSERT INTO salesopp.sales_process (id, name) VALUES ($id + 1, 'Process');
INSERT INTO salesopp.company (id, name) SELECT $id + i, 'Company ' || i FROM generate_series(1, $companies) i;
INSERT INTO salesopp.contact (id, company_id, last_name) SELECT $id + i, $id + 1 + i % $companies, 'Contact ' || i FROM generate_series(1, 2 * $companies) i;
INSERT INTO salesopp.project (id, company_id, name) SELECT $id + i, $id + 1 + i % $companies, 'Project ' || i FROM generate_series(1, 2 * $companies) i;
INSERT INTO salesopp.opportunity (id, subject, note, status, estimated_revenue, actual_revenue, loss_reason_id, close_date, closed_at, decision_date,
	responsible_id, company_id, contact_id, project_id, department_id, sales_region_id, sales_process_id, created_at, changed_at, changed_by)
SELECT $id + i, chr(65 + i % 26) || 'eal ' || i, 'Note', s.status::salesopp.opportunity_status, i, CASE s.status WHEN 'won' THEN i END,
	CASE s.status WHEN 'lost' THEN $id + 1 + i % 3 END, CASE WHEN s.status <> 'open' THEN date '2026-05-01' END,
	CASE WHEN s.status <> 'open' THEN now() END, date '2026-01-01' + i % 300, $id + 1 + i % 10, $id + 1 + i % $companies,
	$id + 1 + i % (2 * $companies), $id + 1 + i % (2 * $companies), $id + 1 + i % 3, $id + 1 + i % 3, $id + 1, now(), now() - i * interval '1 hour', $id + 1 + i % 10
FROM generate_series(1, $opportunities) i, LATERAL (SELECT CASE i % 5 WHEN 0 THEN 'won' WHEN 1 THEN 'lost' ELSE 'open' END AS status) s;
INSERT INTO salesopp.stage (opportunity_id, position, status, probability, name)
SELECT $id + i, p, CASE WHEN p <= i % 4 THEN 'completed' ELSE 'pending' END::salesopp.stage_status, 20 * p, 'Stage ' || p FROM generate_series(1, $opportunities) i, generate_series(1, 4) p;
INSERT INTO salesopp.opportunity_history (organization_id, opportunity_id, version, at, status, origin, deleted, estimated_revenue, progress, decision_date, responsible_id)
SELECT $organization, $id + i, v, now() - (4 - v) * interval '10 days', 'open', 'imported', false, i * v, 10 * v, date '2026-01-01' + i % 300, $id + 1 + i % 10
FROM generate_series(1, 3) v, generate_series(1, $opportunities) i;
INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id, is_winner) SELECT $id + i, $id + 1 + i % 5, i % 5 = 1 FROM generate_series(1, $opportunities) i;
INSERT INTO salesopp.quote (id, opportunity_id, number, amount) SELECT $id + i, $id + i, i, i FROM generate_series(1, $opportunities) i WHERE i % 2 = 0;
INSERT INTO salesopp.sales_order (opportunity_id, quote_id, number, amount) SELECT $id + i, $id + i, i, i FROM generate_series(1, $opportunities) i WHERE i % 4 = 0;
INSERT INTO salesopp.activity (id, kind, subject, company_id, contact_id, project_id, opportunity_id)
SELECT $id + i, CASE i % 2 WHEN 0 THEN 'call' ELSE 'meeting' END::salesopp.activity_kind, 'Follow-up', CASE i % 5 WHEN 0 THEN $id + 1 + i % $companies END,
	CASE i % 5 WHEN 1 THEN $id + 1 + i % (2 * $companies) END, CASE i % 5 WHEN 2 THEN $id + 1 + i % (2 * $companies) END, CASE i % 5 WHEN 3 THEN $id + i END
FROM generate_series(1, $opportunities) i;
INSERT INTO salesopp.activity_participant (activity_id, contact_id) SELECT $id + i, $id + 1 + i % (2 * $companies) FROM generate_series(1, $opportunities) i WHERE i % 3 = 0;
INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from) SELECT $id + i, $id + i / 2, date '2026-01-01' + d FROM generate_series(2, 10) i, generate_series(0, 40, 10) d;
INSERT INTO salesopp.quota (employee_id, period, amount) SELECT $id + i, daterange(date '2026-01-01' + 30 * m, date '2026-01-01' + 30 * m + 30), 100 * i FROM generate_series(1, 10) i, generate_series(0, 11) m;
INSERT INTO salesopp.quota (department_id, period, amount) SELECT $id + i, '[2026-01-01,2027-01-01)', 10000 FROM generate_series(1, 3) i;
INSERT INTO salesopp.forecast_submission (employee_id, period, amount, created_at) SELECT $id + 1 + i % 10, daterange(date '2026-01-01' + 30 * (i % 6), date '2026-01-01' + 30 * (i % 6) + 30), i, now() FROM generate_series(1, $opportunities / 10) i;
INSERT INTO salesopp.saved_search (name, shared, criteria, sort, columns) SELECT 'Search ' || i, true, '{"status": "open"}', 'company, decision_date desc', '{id,company,stage}' FROM generate_series(1, 100) i;
INSERT INTO salesopp.group_field (id, name) VALUES ($id + 1, 'Group field');
INSERT INTO salesopp.group_value (id, group_field_id, name) SELECT $id + i, $id + 1, 'Group ' || i FROM generate_series(1, 3) i;
INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id) SELECT $id + i, $id + 1 + i % 3 FROM generate_series(1, $opportunities) i WHERE i % 2 = 0;
SQL
	return;
}

sub statements
{
	my ($db, $organization) = @_;
	my $id = $organization * 1000000 + 77;
	my @statements;
	for my $line (split /\n/, $node->safe_psql($db, q{SELECT c.relname, string_agg(a.attname, ' ') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'v' GROUP BY 1 ORDER BY 1}))
	{
		my ($view, $columns) = split /\|/, $line;
		push @statements, "SELECT count(v) FROM salesopp.$view v";
		for my $column (grep { $columns =~ /\b$_\b/ } qw(id opportunity_id company_id))
		{
			my $wanted = $column eq 'company_id' ? $organization * 1000000 + 2 : $id;
			push @statements, "SELECT count(v) FROM salesopp.$view v WHERE $column = $wanted";
		}
	}
	for my $function (split /\n/, $node->safe_psql($db, q{SELECT DISTINCT p.proname FROM pg_proc p WHERE p.pronamespace = 'salesopp'::regnamespace
		AND p.provolatile = 's' AND p.prokind = 'f' AND has_function_privilege('seller', p.oid, 'EXECUTE') ORDER BY 1}))
	{
		ok(exists $reading_calls{$function}, "there is a call of $function()");
		push @statements, map { "SELECT count(r) FROM salesopp.$function(" . s/ID/$id/r . ') r' } @{ $reading_calls{$function} // [] };
	}
	return @statements;
}

# Rows that joins dropped, as plans have it, those of statements in functions included: a node says how many, in each of its loops
sub rows_in_vain
{
	my ($plans) = @_;
	my ($rows, $loops) = (0, 1);
	for my $line (split /\n/, $plans)
	{
		$loops = $1 if $line =~ / loops=(\d+)\)/;
		$rows += $1 * $loops if $line =~ /Rows Removed by Join Filter: (\d+)/;
	}
	return $rows;
}

# "make bench" times them, too, but for what reads at most a row for others to use, or the catalog, and what reads a whole organization as the owner.
sub bench_has_all
{
	my ($db) = @_;
	my %not_timed = map { $_ => 1 } qw(bulk_outcomes call_schema changed_since current_employee current_organization custom_problem export_organization
	  extension_objects function_paths import_check_of is_distributed is_time_zone is_worker json_schema listed_opportunity message organization_columns organization_key
	  organization_server organization_tables read_stream relation_paths report_ids report_statement require require_period require_permissive_policies require_stream_rights
	  row_schema stream_parts stream_prefix stream_query stream_tables undistribute_check);
	my @catalog = split /\n/, $node->safe_psql($db, q{SELECT relname FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind = 'v'
		UNION SELECT proname FROM pg_proc WHERE pronamespace = 'salesopp'::regnamespace AND provolatile = 's'});
	my @timed = slurp_file("$FindBin::RealBin/../bench/reading.sh") =~ /^reads (\w+)/mg;
	is(join(' ', sort @timed), join(' ', sort grep { !$not_timed{$_} } @catalog), 'the bench reads all that there is to be read');
	return;
}

# The pages that each statement reads once it has been planned; and the rows that it puts together in vain, by the plan
# of its first call or of its second, which may be one for any parameters.
sub pages_and_rows
{
	my ($db, $organization, @statements) = @_;
	my $script = "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off;
		SET auto_explain.log_nested_statements = on; SET client_min_messages = log;\n";
	$script .= "SET salesopp.organization_id = '$organization'; SET salesopp.employee_id = '${organization}000001'; SET ROLE seller; SET statement_timeout = '${PostgreSQL::Test::Utils::timeout_default}s';\n";
	for my $i (0 .. $#statements)
	{
		my $statement = $statements[$i];
		$script .= "\\warn == $i\n\\o /dev/null\n$statement;\n\\o\n\\warn == again\nEXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) $statement;\n";
	}
	my ($status, $output, $messages) = $node->psql($db, $script);
	my @errors = $messages =~ /^\S*(ERROR: .*)/mg;
	diag("@errors") if @errors;
	my (@pages, @rows);
	while ($messages =~ /^== (\d+)\n(.*?)^== again\n(.*?)(?=^== |\z)/gsm)
	{
		$rows[$1] = max(rows_in_vain($2), rows_in_vain($3));
	}
	for my $plan (split /(?=^\[)/m, $output)
	{
		my ($hit) = $plan =~ /"Shared Hit Blocks": (\d+)/;
		my ($read) = $plan =~ /"Shared Read Blocks": (\d+)/;
		push @pages, $hit + $read;
	}
	return (\@pages, \@rows);
}

sub compare
{
	my ($db, $organization, $how, $allowed) = @_;
	my @statements = statements($db, $organization);
	my ($pages, $in_vain) = pages_and_rows($db, $organization, @statements);
	my @without = @$pages;
	$node->safe_psql($db, 'ANALYZE');
	my @with = @{ (pages_and_rows($db, $organization, @statements))[0] };
	my $opportunities = $node->safe_psql($db, "SELECT count(*) FROM salesopp.opportunity WHERE organization_id = $organization");
	is(scalar(@without), scalar(@statements), "$how: every statement comes to an end");
	is(scalar(@with), scalar(@statements), "$how: and after ANALYZE");
	for my $i (0 .. $#statements)
	{
		# Once it is known how many stages there are, they are joined in one pass; until then they are looked up by their
		# key, which takes a page or two for each opportunity, however many others have.
		my $by_key = $statements[$i] =~ /pipeline_by_stage v$|stage_funnel v$|pipeline\('stage'\)/ ? 2 * $new : 0;
		cmp_ok($without[$i] // 1e9, '<=', max($times * ($with[$i] // 0) + $allowed, $by_key), "$how: $statements[$i]");
		cmp_ok($in_vain->[$i] // 1e9, '<=', $in_vain_for_each * $opportunities, "$how, rows: $statements[$i]");
	}
	return;
}

# ---------- what the planner expects

# How many rows of an organization a statement is expected to have; as a seller, or as the owner, whom no policy holds.
# Organization 0: none is chosen.
sub expected
{
	my ($db, $role, $organization, $statement) = @_;
	my $chosen = $organization ? "SET salesopp.organization_id = '$organization';" : '';
	my ($rows) = $node->safe_psql($db, "LOAD 'salesopp'; $chosen SET ROLE $role; EXPLAIN SELECT FROM $statement") =~ /rows=(\d+)/;
	return $rows;
}

$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(beside alone);
for my $db (qw(beside alone))
{
	$node->safe_psql($db, "CREATE EXTENSION salesopp CASCADE; SELECT salesopp.grant_access('seller', 'seller')");
}

bench_has_all('beside');
import_organization('beside', 1, $known);
$node->safe_psql('beside', 'ANALYZE');
import_organization('beside', 2, $new);
compare('beside', 2, 'beside a larger one', $few);

# From here on the statistics know both: 1 with 6000 opportunities, 2 with 400. A third comes later. The planner takes
# an organization's part of the rows for one of so many equal ones.
my $all = $known + $new;
my $average = int($all / 3 + 0.5);
is(expected('beside', 'seller', 1, 'salesopp.opportunity'), $all, 'an organization that the statistics have is as large as they say');
is(expected('beside', 'seller', $_, 'salesopp.opportunity'), $average, "organization $_: no smaller than the average, itself included") for 2, 3;
is(expected('beside', 'postgres', $_, "salesopp.opportunity WHERE organization_id = $_"), $_ == 1 ? $all : $average,
	"organization $_: so does the owner expect it who has chosen it") for 1 .. 3;
is(expected('beside', 'postgres', 0, 'salesopp.opportunity WHERE organization_id = 2'), $new, 'who has chosen none is told what there is');
is(expected('beside', 'seller', 2, 'salesopp.department'), 6, 'of a few rows all may be its own');
# ids are one organization's: 10 companies have 400 opportunities, each of which has four stages
is(expected('beside', 'seller', 2, 'salesopp.opportunity WHERE company_id = 2000002'), 40, 'opportunities of a company');
is(expected('beside', 'seller', 2, 'salesopp.stage WHERE opportunity_id = 2000002'), 4, 'stages of an opportunity');
# other values are not
is(expected('beside', 'seller', 2, q{salesopp.stage WHERE name = 'Stage 1'}), $average, 'a quarter of the stages has a name');
# of what is the same for everybody, and of dates, values are told
is(expected('beside', 'seller', 1, q{salesopp.opportunity_competitor WHERE is_winner}), $all / 5, 'how many competitors have won');
my $late = expected('beside', 'seller', 1, q{salesopp.opportunity WHERE decision_date >= '2026-10-01'});
ok($late > $all / 15 && $late < $all / 8, "how many are decided late: $late");

# what a pattern finds is expected to be little, and nothing of one that is known only when it is asked
cmp_ok(expected('beside', 'seller', 1, q{salesopp.opportunity WHERE salesopp.matches(subject, 'zebrawood')}), '<', $all / 10, 'a pattern');
cmp_ok(expected('beside', 'seller', 1, q{salesopp.opportunity WHERE salesopp.matches(subject, current_setting('no.pattern', true))}), '>', 0, 'a pattern that is NULL');
# rows of an organization lie together, which makes their index cheap
my $by_index = q{SET enable_seqscan = off; SET enable_bitmapscan = off; EXPLAIN SELECT note FROM salesopp.opportunity WHERE organization_id = 1};
my @costs = map { $node->safe_psql('beside', "LOAD 'salesopp'; SET salesopp.organization_id = '1'; $_ $by_index") =~ /\.\.([\d.]+) rows/ } 'SET ROLE postgres;', 'RESET salesopp.organization_id;';
cmp_ok($costs[0], '<', 1.2 * $costs[1], "where rows lie is known: @costs");

# Tables of one's own are estimated as PostgreSQL does it, and so are expressions.
$node->safe_psql('beside', q{CREATE TABLE own (organization_id bigint, company_id bigint, word text);
	INSERT INTO own SELECT 1, 1, CASE WHEN i <= 900 THEN 'Often' ELSE 'Rare ' || i END FROM generate_series(1, 1000) i;
	CREATE INDEX ON own (lower(word));
	ALTER TABLE own ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON own USING (organization_id = salesopp.current_organization());
	GRANT SELECT ON own TO seller;
	CREATE INDEX opportunity_by_status ON salesopp.opportunity (organization_id, (status = 'won'), lower("left"(subject, 1)));
	ANALYZE own, salesopp.opportunity});
is(expected('beside', 'seller', 1, q{own WHERE word = 'Often'}), 900, 'a table of one\'s own');
is(expected('beside', 'seller', 1, q{own WHERE lower(word) = 'often'}), 900, '... and an expression that an index of it is on');
is(expected('beside', 'postgres', 0, q{salesopp.opportunity WHERE lower("left"(subject, 1)) = 'a'}),
	$node->safe_psql('beside', q{SELECT count(*) FROM salesopp.opportunity WHERE lower("left"(subject, 1)) = 'a'}), 'whom no policy holds is told of expressions');
is(expected('beside', 'seller', 1, q{salesopp.opportunity WHERE (status = 'won') = (salesopp.current_organization() = 1)}), $all / 5,
	'how many are won, by an expression');

# Many small ones: none is expected to have less than some rows, whatever share of all these are.
$node->safe_psql('beside', q{SET row_security = off;
	INSERT INTO salesopp.organization (id, name) SELECT i, 'Small ' || i FROM generate_series(1001, 1500) i;
	INSERT INTO salesopp.department (organization_id, name) SELECT i, 'Only one' FROM generate_series(1001, 1500) i;
	ANALYZE salesopp.organization, salesopp.department});
is(expected('beside', 'seller', $_, 'salesopp.department'), 10, "organization $_: ten of 506 departments") for 2, 1001, 3000;

import_organization('alone', 1, $first);
# what nobody has counted may be another's by half
my $pages = expected('alone', 'postgres', 0, 'salesopp.opportunity');
is(expected('alone', 'seller', 1, 'salesopp.opportunity'), int($pages / 2 + 0.5), 'never analyzed: half of the rows are expected to be its own');
# nearly all are not deleted, and there are three statuses
cmp_ok(abs(expected('alone', $_, 1, 'salesopp.opportunity WHERE organization_id = 1 AND deleted_at IS NULL') - 0.99 * $pages / 2), '<=', 1, "never analyzed, $_: what is not deleted") for qw(seller postgres);
cmp_ok(abs(expected('alone', $_, 1, q{salesopp.opportunity WHERE organization_id = 1 AND status = 'open'}) - $pages / 6), '<=', 1, "never analyzed, $_: what is open") for qw(seller postgres);
compare('alone', 1, 'never analyzed', $few_for_each * $first);

is($node->safe_psql('beside', q{SELECT string_agg(relname, ' ' ORDER BY relname COLLATE "C") FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace
	AND reloptions @> '{autovacuum_analyze_scale_factor=0.02}'}),
	'activity activity_participant bulk_change_opportunity company contact forecast_submission opportunity opportunity_competitor opportunity_group_value opportunity_history project quota quote sales_order stage status_event',
	'the tables that grow are analyzed soon');

done_testing();
