# ALTER EXTENSION salesopp UPDATE, from every version that was released: the catalog is in the end that of a
# new installation, every row and right is as it was, opportunities have a history (N1), and the regression suite
# passes beside them.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SampleDatabase;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('updated');
# as the regression suite is run
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->start;

my $dir = PostgreSQL::Test::Utils::tempdir;
my @psql = ('psql', '--no-psqlrc', '--quiet', '--output', "$dir/out", '--set', 'ON_ERROR_STOP=1', '--dbname');

sub new_database { return $node->safe_psql('postgres', "CREATE DATABASE $_[0]"); }

# Everything that the catalog has of the extension, as a file: for pg_upgrade, members are dumped one by one.
sub catalog
{
	my ($db) = @_;
	my $file = "$dir/catalog_of_$db.sql";
	$node->command_ok([ 'pg_dump', '--binary-upgrade', '--schema-only', '--file', "$dir/dump.sql", $db ], "catalog of $db");
	my $dump = slurp_file("$dir/dump.sql");
	$dump =~ s/^\\(un)?restrict .*\n//mg;
	$dump =~ s/^SELECT pg_catalog\.binary_upgrade_set_next_.*\n//mg;
	# the version is compared by itself
	$dump =~ s/(binary_upgrade_create_empty_extension\('salesopp', '\w+', \w+, )'[^']*'/$1.../;
	# oids and the age of rows are of this database alone
	$dump =~ s/'\{[\d,]+\}'/oids/g;
	# which rows are dumped is said table by table, in any order; most are
	$dump =~ s{(binary_upgrade_create_empty_extension\('salesopp'.* oids, ')(\{.*?\})'}{$1 . join(',', sort grep { $_ ne '""' } split m/,(?=")/, substr($2, 1, -1)) . "'"}e;
	# what is required comes in any order
	$dump =~ s/(?<=ARRAY\[)('\w+'(?:,'\w+')*)(?=\]::pg_catalog\.text\[\])/join ',', sort split m{,}, $1/ge;
	$dump =~ s/(WHERE oid =) '\d+'/$1 .../g;
	$dump =~ s/^(SET relfrozenxid =) '\d+', relminmxid = '\d+'/$1 .../mg;
	unlink $file;
	append_to_file($file, $dump);
	return $file;
}

sub is_the_same_catalog
{
	my ($db, $expected, $how) = @_;
	# the catalog knows what rows lack that are older than a column, until the table is written anew
	$node->safe_psql($db, "VACUUM FULL $_") foreach split /\n/, $node->safe_psql($db,
		q{SELECT DISTINCT attrelid::regclass FROM pg_attribute WHERE atthasmissing AND attrelid::regclass::text LIKE 'salesopp.%'});
	my ($out, $err) = run_command([ 'diff', '-U1', $expected, catalog($db) ]);
	is($out, '', $how);
	return;
}

new_database('fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION salesopp CASCADE');
my $catalog = catalog('fresh');
like(slurp_file($catalog), qr/^CREATE TABLE salesopp\.opportunity .*^CREATE POLICY own_organization ON salesopp\.opportunity /ms,
	'the catalog is told');

my ($newest, @released) = split /\n/, $node->safe_psql('postgres',
	q{SELECT v.version FROM pg_available_extensions e JOIN pg_available_extension_versions v USING (name)
		WHERE name = 'salesopp' ORDER BY v.version <> e.default_version, v.version});
cmp_ok(scalar(@released), '>', 0, 'there are older versions: ' . join ', ', @released);

# What the history says of each opportunity of an organization; and what is wrong in it, which is nothing.
my $told = q{SELECT o.subject || ':', string_agg(concat_ws(' ', h.version, h.status, h.actual_revenue, CASE WHEN h.deleted THEN 'deleted' END,
		left(h.origin::text, 1)), ', ' ORDER BY h.version)
	FROM salesopp.opportunity o JOIN salesopp.opportunity_history h ON (h.organization_id, h.opportunity_id) = (o.organization_id, o.id)
	WHERE o.organization_id = 1 GROUP BY o.id, o.subject ORDER BY o.id};
my $untrue = q{
	SELECT 'last', o.id FROM salesopp.opportunity o WHERE NOT EXISTS (SELECT FROM salesopp.opportunity_history h
		WHERE (h.organization_id, h.opportunity_id) = (o.organization_id, o.id) AND h.deleted = (o.deleted_at IS NOT NULL)
			AND h.version = (SELECT max(k.version) FROM salesopp.opportunity_history k
				WHERE (k.organization_id, k.opportunity_id) = (o.organization_id, o.id))
			AND (h.status, h.estimated_revenue, h.actual_revenue, h.progress, h.close_date, h.decision_date, h.loss_reason_id, h.responsible_id,
				h.company_id, h.department_id, h.sales_region_id, h.sales_process_id, h.stage_position, h.stage_reached, h.forecast_category)
			IS NOT DISTINCT FROM (o.status, o.estimated_revenue, o.actual_revenue, o.progress, o.close_date, o.decision_date, o.loss_reason_id,
				o.responsible_id, o.company_id, o.department_id, o.sales_region_id, o.sales_process_id, o.stage_position, o.stage_reached, o.forecast_category))
	UNION ALL SELECT 'event', e.id FROM salesopp.status_event e WHERE NOT EXISTS (SELECT FROM salesopp.opportunity_history h
		WHERE (h.organization_id, h.opportunity_id, h.at, h.status) = (e.organization_id, e.opportunity_id, e.created_at, e.to_status)
			AND (h.close_date, h.actual_revenue, h.loss_reason_id, h.changed_by)
				IS NOT DISTINCT FROM (e.close_date, e.actual_revenue, e.loss_reason_id, e.created_by))
	UNION ALL SELECT 'creation', o.id FROM salesopp.opportunity o WHERE NOT EXISTS (SELECT FROM salesopp.opportunity_history h
		WHERE (h.organization_id, h.opportunity_id, h.at, h.status, h.deleted) = (o.organization_id, o.id, o.created_at, 'open', false)
			AND h.changed_by IS NOT DISTINCT FROM o.created_by)
	UNION ALL SELECT 'time', opportunity_id FROM (SELECT opportunity_id, at < lag(at) OVER (PARTITION BY organization_id, opportunity_id ORDER BY version) AS back
		FROM salesopp.opportunity_history) b WHERE back
	UNION ALL SELECT 'stages', o.id FROM salesopp.opportunity o WHERE format('%s %s', o.stage_position, o.stage_reached) <>
		(SELECT format('%s %s', min(position) FILTER (WHERE s.status = 'pending'), max(position) FILTER (WHERE s.status = 'completed'))
		FROM salesopp.stage s WHERE (s.organization_id, s.opportunity_id) = (o.organization_id, o.id))};

# Names that look the same or are blank, and texts that are not composed, could be stored in 1.0 (issue 11, C6 and C7).
new_database('typed');
$node->safe_psql('typed', q{
	CREATE EXTENSION btree_gin;
	CREATE EXTENSION salesopp VERSION '1.0' CASCADE;
	CREATE ROLE typed_seller LOGIN;
	SELECT salesopp.grant_access('typed_seller', 'seller');
	SELECT salesopp.create_organization('Typed');
	INSERT INTO salesopp.opportunity (id, subject) VALUES (1, 'Closed'), (2, 'Open');
	SELECT salesopp.close_won(1);
	-- as the triggers of 1.0 let it pass
	SET session_replication_role = replica;
	INSERT INTO salesopp.employee (organization_id, initials, name, created_at, changed_at) VALUES (1, 'KB', 'a', now(), now()), (1, 'kb ', 'b', now(), now());
	INSERT INTO salesopp.custom_field (organization_id, name, data_type, choices, created_at, changed_at)
	VALUES (1, U&'Cle\0301', 'choice', ARRAY['x', U&'e\0301'], now(), now());
	ALTER TABLE salesopp.company DROP CONSTRAINT company_name_check;
	INSERT INTO salesopp.company (organization_id, id, name, created_at, changed_at) VALUES (1, 7, U&'\200B', now(), now());
	ALTER TABLE salesopp.company ADD CONSTRAINT company_name_check CHECK (NOT salesopp.is_blank(name)) NOT VALID;
	UPDATE salesopp.opportunity SET subject = U&'Cafe\0301', custom = U&'{"Cle\0301": "e\0301"}'::jsonb WHERE id = 1});
my $stamps = $node->safe_psql('typed', 'SELECT changed_at, closed_at FROM salesopp.opportunity WHERE id = 1');
my (undef, undef, $refused) = $node->psql('typed', 'ALTER EXTENSION salesopp UPDATE');
like($refused, qr/names that look the same, or are blank, keep salesopp from being updated/, 'names that look the same are refused');
like($refused, qr/employee\.initials look the same: organization 1, 'KB', 'kb '/, 'and listed');
like($refused, qr/company\.name is blank: organization 1, id 7/, 'so are blank ones');
like($refused, qr/HINT: .*Rename these rows/, 'with what to do');
is($node->safe_psql('typed', q{SELECT extversion FROM pg_extension WHERE extname = 'salesopp'}), '1.0', 'nothing is changed');
$node->safe_psql('typed', q{
	UPDATE salesopp.employee SET initials = 'KB2' WHERE initials = 'kb ';
	UPDATE salesopp.company SET name = 'Seven' WHERE id = 7;
	ALTER TABLE salesopp.company VALIDATE CONSTRAINT company_name_check;
	ALTER EXTENSION salesopp UPDATE});
is($node->safe_psql('typed', q{SELECT o.subject = U&'Caf\00E9', o.custom = U&'{"Cl\00E9": "\00E9"}'::jsonb, o.status, f.name = U&'Cl\00E9', f.choices = ARRAY['x', U&'\00E9']
		FROM salesopp.opportunity o, salesopp.custom_field f WHERE o.id = 1}), 't|t|won|t|t', 'texts are composed, of closed opportunities, too');
is($node->safe_psql('typed', 'SELECT changed_at, closed_at FROM salesopp.opportunity WHERE id = 1'), $stamps, 'which is no change');
my $written = q{INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) SELECT 2, 'Rival in ' || current_database();
	UPDATE salesopp.opportunity SET subject = 'Åpen' WHERE id = 2 RETURNING subject IS NOT NULL;
	SELECT id FROM salesopp.search('{"subject": "apen", "accents": "ignore"}');
	SELECT count(forecast_category) > 1 FROM salesopp.opportunity_card;
	SELECT octet_length(salesopp.export_csv(columns => '{id}')) > 3;
	SELECT DISTINCT outcome FROM salesopp.set_status('{2}', 'lost') UNION SELECT outcome FROM salesopp.delete_opportunities('{2}')
		UNION SELECT outcome FROM salesopp.restore_opportunities('{2}') UNION SELECT outcome FROM salesopp.set_status('{2}', 'open')};
is($node->safe_psql('typed', $written, extra_params => [ '-U', 'typed_seller' ]), "t\n2\nt\nt\nchanged", 'who could write can');
is($node->safe_psql('typed', q{INSERT INTO salesopp.opportunity (subject) VALUES ('Next') RETURNING id}), '3', 'ids go on behind those that were typed in');
$node->command_ok([ 'pg_dump', '--file', "$dir/typed.sql", 'typed' ], 'dumped after the update');
new_database('typed_again');
$node->safe_psql('typed_again', 'CREATE EXTENSION btree_gin');
$node->command_ok([ @psql, 'typed_again', '--file', "$dir/typed.sql" ], 'and restored');
is($node->safe_psql('typed_again', $written, extra_params => [ '-U', 'typed_seller' ]), "t\n2\nt\nt\nchanged", 'and can still');
$node->safe_psql('postgres', 'DROP DATABASE typed_again');
$node->safe_psql('postgres', $_) foreach 'DROP DATABASE typed', 'DROP ROLE typed_seller';

foreach my $version (@released)
{
	# ---------- the catalog

	new_database('updated');
	$node->safe_psql('updated', "CREATE EXTENSION salesopp VERSION '$version' CASCADE");
	# so a difference would be seen; from the last release there may be none yet
	isnt(slurp_file(catalog('updated')), slurp_file($catalog), "$version: its catalog is another") if $version ne $released[-1];
	# what the newer version needs has to be there, and the message says so
	if ($node->safe_psql('updated', q{SELECT NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gin')}) eq 't')
	{
		my ($code, $out, $err) = $node->psql('updated', 'ALTER EXTENSION salesopp UPDATE');
		like($err, qr/required extension "btree_gin" is not installed/, "$version: what is missing is named");
		$node->safe_psql('updated', 'CREATE EXTENSION btree_gin');
	}
	$node->safe_psql('updated', 'ALTER EXTENSION salesopp UPDATE');
	is_the_same_catalog('updated', $catalog, "$version: updated, its catalog is that of a new installation");

	# a distributed engine runs each script twice; those of older versions were tried when they were new
	my ($last) = reverse split /\n/, $node->safe_psql('postgres', "SELECT step FROM (SELECT regexp_split_to_array(path, '--') AS steps
		FROM pg_extension_update_paths('salesopp') WHERE source = '$version' AND target = '$newest') p,
		LATERAL (SELECT steps[cardinality(steps) - 1] AS step) s");
	my $extensions = $node->config_data('--sharedir') . '/extension';
	my $script = slurp_file("$extensions/salesopp--$last--$newest.sql");
	like($script, qr/\A\\echo .*\\quit\n/, "$last to $newest: the script cannot be run by mistake");
	append_to_file("$extensions/salesopp--$newest--again.sql", $script);
	$node->safe_psql('updated', "ALTER EXTENSION salesopp UPDATE TO 'again'");
	unlink "$extensions/salesopp--$newest--again.sql" or die "cannot remove what was added: $!";
	is_the_same_catalog('updated', $catalog, "$version: nothing comes of running it again");

	# ---------- until it is updated, the newer library serves it; the session that did that goes on afterwards

	new_database('served');
	$node->safe_psql('served', "CREATE EXTENSION salesopp VERSION '$version' CASCADE; CREATE EXTENSION IF NOT EXISTS btree_gin");
	# otherwise the update makes one up
	my $has_history = $node->safe_psql('served', q{SELECT to_regclass('salesopp.opportunity_history') IS NOT NULL}) eq 't';
	is($node->safe_psql('served', q{
			SET client_min_messages = warning;
			DO $$ BEGIN PERFORM salesopp.create_organization('Served'); END $$;
			INSERT INTO salesopp.opportunity (subject, estimated_revenue, sales_process_id) SELECT 'Served', 10, min(id) FROM salesopp.sales_process;
			INSERT INTO salesopp.opportunity (subject, progress_method, progress) VALUES ('By hand', 'manual', 5);
			INSERT INTO salesopp.stage (opportunity_id, position, name, probability) VALUES (2, 9, 'By hand', 60);
			DO $$ BEGIN
				PERFORM salesopp.set_stage_status(1, 1, 'completed');
				PERFORM salesopp.attach_process(2, (SELECT min(id) FROM salesopp.sales_process));
				PERFORM salesopp.copy_opportunity(1);
			END $$;
			UPDATE salesopp.stage SET status = 'completed' WHERE (opportunity_id, position) IN ((1, 2), (2, 9));
			UPDATE salesopp.opportunity SET progress_method = 'automatic' WHERE id = 2;
			DO $$ BEGIN PERFORM salesopp.close_won(1); PERFORM salesopp.reopen(1); PERFORM salesopp.close_lost(2); END $$;
			SELECT id, status, progress, (SELECT count(*) FROM salesopp.stage s WHERE s.opportunity_id = o.id) FROM salesopp.opportunity o ORDER BY id;
			ALTER EXTENSION salesopp UPDATE;
			UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id = 1 AND position = 3;
			SELECT progress, version, stage_position, stage_reached FROM salesopp.opportunity WHERE id = 1}),
		"1|open|25.00|5\n2|lost|60.00|6\n3|open|0.00|5\n50.00|" . ($has_history ? 6 : 2) . '|4|3', "$version: served before and after");
	is($node->safe_psql('served', $told) . "\n", $has_history ? <<'RECORDED' : <<'MADE_UP', "$version: what was before is told");
Served:|1 open r, 2 open r, 3 open r, 4 won 10.00 r, 5 open r, 6 open r
By hand:|1 open r, 2 open r, 3 open r, 4 open r, 5 open r, 6 lost r
Served:|1 open r, 2 open r
RECORDED
Served:|-2 open r, -1 won 10.00 r, 0 open r, 1 open b, 2 open r
By hand:|-1 open r, 0 lost r, 1 lost b
Served:|0 open r, 1 open b
MADE_UP
	is($node->safe_psql('served', $untrue), '', "$version: truly");
	$node->safe_psql('postgres', 'DROP DATABASE served');

	# ---------- the data

	create_sales($node, $version);
	my %expected = contents($node, 'sales');
	delete $expected{members};
	my $recorded = $has_history ? $node->safe_psql('sales', $told) . "\n" : '';
	$node->command_ok([ 'pg_dump', '--file', "$dir/sales.sql", 'sales' ], "$version: dumped");
	$node->safe_psql('sales', 'CREATE EXTENSION IF NOT EXISTS btree_gin; ALTER EXTENSION salesopp UPDATE');
	$node->command_ok([ 'pg_dump', '--file', "$dir/sales_updated.sql", 'sales' ], "$version, updated: dumped");
	is($node->safe_psql('sales', q{SELECT extversion FROM pg_extension WHERE extname = 'salesopp'}), $newest, "$version: updated to $newest");
	is_the_same($node, 'sales', \%expected, "$version, updated to $newest");

	# functions that views call are called with the rights of who reads them
	is($node->safe_psql('sales', q{DO $$ DECLARE read regclass; BEGIN
			FOR read IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'v' AND has_table_privilege(c.oid, 'SELECT')
			LOOP EXECUTE format('SELECT * FROM %s', read); END LOOP;
			PERFORM FROM salesopp.customer_opportunities(1), salesopp.latest_follow_ups(1);
		END $$; SELECT count(*) > 0 FROM salesopp.opportunity_card WHERE forecast_category IS NOT NULL}, extra_params => [ '-U', 'dump_seller' ]),
		't', "$version, updated to $newest: who could read can");

	# 1.0 could not correct a closing
	my $lost = $version eq '1.0' ? '-1 open r, 0 lost r' : '-2 open r, -1 lost r, 0 lost r';
	is($node->safe_psql('sales', $told) . "\n", $recorded || <<"TOLD", "$version, updated to $newest: what was before is told");
Deal 1:|0 open r, 1 open b
Deal 2:|0 open r, 1 open b
Deal 3:|-1 open r, 0 won 123.45 r, 1 won 123.45 b
Deal 4:|$lost, 1 lost b
Deal 5:|-4 open r, -3 won 5002.50 r, -2 open r, -1 lost r, 0 open r, 1 open b
Deal 6:|-1 open r, 0 open deleted r, 1 open deleted b
Deal 7:|-2 open r, -1 lost r, 0 lost deleted r, 1 lost deleted b
Deal 8:|-1 open r, 0 won 0.00 r, 1 won 0.00 b
Deal 1:|0 open r, 1 open b
Call:|0 open r, 1 open b
TOLD
	is($node->safe_psql('sales', $untrue), '', "$version, updated to $newest: truly");

	# A dump says nothing of the version that it comes from: it is restored into the newest. One from after the
	# update has the rights that were granted before, too. Those between the oldest and the last release were tried when
	# they were the last.
	foreach my $dump ($version eq $released[0] || $version eq $released[-1] ? ('sales', 'sales_updated') : ())
	{
		new_database('restored');
		$node->safe_psql('restored', 'CREATE EXTENSION btree_gin') if $dump eq 'sales';
		$node->command_ok([ @psql, 'restored', '--file', "$dir/$dump.sql" ], "$version: its dump is restored into $newest");
		is_the_same($node, 'restored', \%expected, "$version, $dump restored into $newest");
		$node->safe_psql('postgres', 'DROP DATABASE restored');
	}

	# ---------- the suite, beside the data of the older version

	$node->safe_psql('sales', 'DROP OWNED BY dump_seller, dump_manager, dump_pool, "dump ""odd"" reader"');
	$node->safe_psql('postgres', 'ALTER DATABASE sales RENAME TO updated_regression');
	# the way from the oldest version leads through all others
	if ($version eq $released[0])
	{
		# these take long, and ask only what the library and the catalog, which is the same, have the answer to
		my %is_left_out = map { $_ => 1 } qw(setup wildcard seen forecast isolation);
		my @tests = grep { !$is_left_out{$_} } split ' ', qx(make --silent --no-print-directory list-regress);
		cmp_ok(scalar(@tests), '>', 20, 'the tests are known');
		my $result = "$dir/suite_$version";
		# where pg_regress looks for them before it looks beside the tests
		symlink "$FindBin::RealBin/../../expected", "$dir/expected" or die "cannot make a link: $!" unless -e "$dir/expected";
		system("$ENV{PG_REGRESS} --use-existing --bindir= --inputdir=test --outputdir=$dir --host=" . $node->host . ' --port=' . $node->port
			  . " --dbname=updated_regression @tests >$result 2>&1");
		my $log = slurp_file($result);
		my $is_told = 0;
		foreach my $test (@tests)
		{
			ok($log =~ /^(?:test \Q$test\E +\.\.\. ok|ok \d+ +- \Q$test\E )/m, "$version, updated: $test")
				or $is_told++ or diag(-s "$dir/regression.diffs" ? slurp_file("$dir/regression.diffs") : $log);
		}
	}
	$node->safe_psql('postgres', "DROP DATABASE $_") foreach 'updated', 'updated_regression';
	$node->safe_psql('postgres', 'DROP ROLE dump_seller, dump_manager, dump_pool, "dump ""odd"" reader"');
}

$node->stop;
done_testing();
