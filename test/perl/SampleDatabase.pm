# A database with something in every table, and whether what came of it is the same: for the tests of
# dumps and upgrades.
package SampleDatabase;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use FindBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(create_sales contents relations is_the_same copy_roles older_installation);

# ---------- the database

# Of the newest version, or of that which is given.
sub create_sales
{
	my ($node, $version) = @_;
	$node->safe_psql('postgres', 'CREATE DATABASE sales');
	$node->safe_psql('sales', 'CREATE EXTENSION salesopp' . ($version ? " VERSION '$version'" : '') . ' CASCADE');
	$node->safe_psql('sales', <<'SQL');
CREATE ROLE dump_seller LOGIN;
CREATE ROLE dump_manager LOGIN;
CREATE ROLE dump_pool LOGIN;
CREATE ROLE "dump ""odd"" reader" LOGIN;
SELECT salesopp.create_organization('Acme'), salesopp.create_organization('Blåbær & "Sønner"');
SELECT salesopp.grant_access('dump_seller', 'seller'), salesopp.grant_access('dump_manager', 'manager'),
	salesopp.grant_access('dump_pool', 'seller'), salesopp.grant_access('"dump ""odd"" reader"', 'reader');
ALTER ROLE dump_seller SET salesopp.organization_id = '1';
ALTER ROLE dump_seller SET salesopp.employee_id = '1';
ALTER ROLE dump_manager SET salesopp.organization_id = '2';
GRANT SET ON PARAMETER salesopp.organization_id TO dump_pool;
-- rights beyond those of a level, too
GRANT SELECT (name) ON salesopp.organization TO dump_pool WITH GRANT OPTION;
GRANT TRUNCATE ON salesopp.activity TO dump_manager;

-- each organization gets the same, written by different employees
CREATE PROCEDURE fill(organization bigint) LANGUAGE plpgsql AS $$
DECLARE
	first_employee bigint;
	second_employee bigint;
	process bigint := (SELECT id FROM salesopp.sales_process WHERE organization_id = organization);
	customer bigint;
	person bigint;
	call bigint;
	o bigint[];
BEGIN
	PERFORM set_config('salesopp.organization_id', organization::text, false), set_config('salesopp.employee_id', '', false);
	INSERT INTO salesopp.department (name) VALUES ('Sales');
	INSERT INTO salesopp.sales_region (name) VALUES ('North');
	INSERT INTO salesopp.employee (initials, name, department_id)
	SELECT 'AA', 'Ada', id FROM salesopp.department WHERE organization_id = organization RETURNING id INTO first_employee;
	INSERT INTO salesopp.employee (initials, name, is_active) VALUES ('BB', E'Bo\t"Bobby"\\', false) RETURNING id INTO second_employee;
	PERFORM set_config('salesopp.employee_id', first_employee::text, false);
	INSERT INTO salesopp.company (name, phone) VALUES ('Customer', '') RETURNING id INTO customer;
	INSERT INTO salesopp.contact (company_id, first_name, last_name, gender, is_primary) VALUES (customer, 'Kåre', 'Ø', 'male', true)
	RETURNING id INTO person;
	INSERT INTO salesopp.project (company_id, name) VALUES (customer, 'Project');
	INSERT INTO salesopp.competitor (name, website) VALUES ('Rival', 'https://rival.example');
	INSERT INTO salesopp.group_field (name) VALUES ('Campaign');
	INSERT INTO salesopp.group_value (group_field_id, name) SELECT id, 'Spring' FROM salesopp.group_field WHERE organization_id = organization;
	INSERT INTO salesopp.custom_field (name, data_type, choices) VALUES ('Colour', 'choice', '{red,"light blue"}'), ('Size', 'number', NULL);

	-- 1, 2 open; 3 won; 4 lost; 5 won, reopened, lost, reopened; 6 deleted; 7 lost and deleted; 8 won at nothing
	WITH made AS (
		INSERT INTO salesopp.opportunity (subject, estimated_revenue, sales_process_id, company_id, contact_id, project_id,
			responsible_id, decision_date, rating, note, custom)
		SELECT 'Deal ' || n, NULLIF(n, 8) * 1000.5, CASE WHEN n <> 2 THEN process END, customer, person,
			(SELECT id FROM salesopp.project WHERE organization_id = organization), first_employee, '2024-05-01'::date + n, 1 + n % 5,
			E'line\nline\t"tab" \\ \\N €', CASE WHEN n % 2 = 0 THEN '{"Colour": "light blue", "Size": 1.50}' ELSE '{}' END::jsonb
		FROM generate_series(1, 8) n RETURNING id
	)
	SELECT array_agg(id ORDER BY id) INTO o FROM made;
	UPDATE salesopp.opportunity SET progress_method = 'manual', progress = 33.33 WHERE id = o[2];
	INSERT INTO salesopp.opportunity_competitor (opportunity_id, competitor_id, threat)
	SELECT id, (SELECT id FROM salesopp.competitor WHERE organization_id = organization), 5 FROM unnest(o) id;
	INSERT INTO salesopp.opportunity_competitor (opportunity_id, name, note) SELECT id, 'Typed in', '' FROM unnest(o) id;
	INSERT INTO salesopp.opportunity_group_value (opportunity_id, group_value_id)
	SELECT id, (SELECT id FROM salesopp.group_value WHERE organization_id = organization) FROM unnest(o) id;
	PERFORM salesopp.set_stage_status(id, 2, 'completed') FROM unnest(o) id WHERE id <> o[2];
	PERFORM salesopp.set_stage_status(o[1], 3, 'cancelled');
	PERFORM salesopp.create_quote(id, 10) FROM unnest(o) id;
	PERFORM salesopp.convert_quote((SELECT id FROM salesopp.quote WHERE opportunity_id = o[1]));
	PERFORM salesopp.create_order(o[3], 7, 'order');
	INSERT INTO salesopp.activity (kind, subject, company_id, opportunity_id) VALUES ('call', 'Call', customer, o[1]) RETURNING id INTO call;
	INSERT INTO salesopp.activity_participant (activity_id, contact_id) VALUES (call, person);
	PERFORM salesopp.close_won(o[3], 123.45, '2024-02-29', '2024-03-01', 'Signed');
	PERFORM salesopp.close_lost(o[4], (SELECT min(id) FROM salesopp.loss_reason WHERE organization_id = organization),
		(SELECT min(id) FROM salesopp.opportunity_competitor WHERE opportunity_id = o[4]), '2024-02-28');
	PERFORM salesopp.close_won(o[5]);
	PERFORM set_config('salesopp.employee_id', second_employee::text, false);
	PERFORM salesopp.reopen(o[5], 'Not yet');
	PERFORM salesopp.close_lost(o[5], NULL, (SELECT max(id) FROM salesopp.opportunity_competitor WHERE opportunity_id = o[5]));
	PERFORM salesopp.reopen(o[5]);
	PERFORM salesopp.close_lost(o[7]);
	PERFORM salesopp.close_won(o[8]);
	PERFORM salesopp.delete_opportunities(o[6:7]);
	PERFORM salesopp.copy_opportunity(o[1]);
	PERFORM salesopp.create_from_call(call);
END $$;
CALL fill(1);
CALL fill(2);
-- what the newer versions keep an account of
DO $$
DECLARE
	double bigint;
BEGIN
	IF to_regprocedure('salesopp.merge_companies(bigint, bigint[])') IS NULL THEN
		RETURN;
	END IF;
	FOR organization IN 1..2 LOOP
		PERFORM set_config('salesopp.organization_id', organization::text, true), set_config('salesopp.employee_id', '', true);
		INSERT INTO salesopp.company (name) VALUES ('Double') RETURNING id INTO double;
		PERFORM salesopp.merge_companies((SELECT min(id) FROM salesopp.company WHERE organization_id = organization), ARRAY[double]);
		PERFORM salesopp.correct_closing((SELECT id FROM salesopp.opportunity WHERE organization_id = organization AND subject = 'Deal 4'),
			close_date => '2024-02-27');
	END LOOP;
END $$;
-- and what is to be sold. Row by row, as they are restored, the employees lead each other until the third has come
DO $$
BEGIN
	IF to_regclass('salesopp.quota') IS NULL THEN
		RETURN;
	END IF;
	FOR organization IN 1..2 LOOP
		PERFORM set_config('salesopp.organization_id', organization::text, true), set_config('salesopp.employee_id', '', true);
		INSERT INTO salesopp.employee_manager (employee_id, manager_id, valid_from)
		SELECT CASE WHEN n = 2 THEN b ELSE a END, CASE n WHEN 1 THEN b WHEN 2 THEN a END, CASE WHEN n = 1 THEN date '2024-01-01' ELSE '2024-03-01' END
		FROM (SELECT min(id) AS a, max(id) AS b FROM salesopp.employee WHERE organization_id = organization) e, generate_series(1, 3) n;
		INSERT INTO salesopp.quota (employee_id, period, amount, note) SELECT min(id), '[2024-01-01,2024-04-01)', 1000.01, 'first' FROM salesopp.employee WHERE organization_id = organization;
		INSERT INTO salesopp.quota (department_id, period, amount) SELECT min(id), '[2024-01-01,2025-01-01)', 0 FROM salesopp.department WHERE organization_id = organization;
		INSERT INTO salesopp.forecast_submission (employee_id, period, amount, commit, best_case) SELECT max(id), '[2024-01-01,2024-04-01)', 900, 100, NULL FROM salesopp.employee WHERE organization_id = organization;
		IF to_regclass('salesopp.saved_search') IS NOT NULL THEN
			INSERT INTO salesopp.saved_search (name, owner_id, shared, criteria, sort, columns)
			SELECT n, CASE WHEN n = 'Mine' THEN min(id) END, n = 'Ours', '{"status": "open"}', 'company desc nulls last, id', '{id,subject}'
			FROM salesopp.employee, unnest('{Mine,Ours,Nobody''s}'::text[]) n WHERE organization_id = organization GROUP BY n;
		END IF;
		UPDATE salesopp.opportunity SET forecast_category = 'best_case' WHERE organization_id = organization AND subject = 'Deal 2' AND copied_from_id IS NULL;
	END LOOP;
END $$;
DROP PROCEDURE fill;
RESET ALL;
-- the original of the copy comes after it in the table
UPDATE salesopp.opportunity SET note = 'moved' WHERE subject = 'Deal 1' AND copied_from_id IS NULL;
CLUSTER salesopp.opportunity USING opportunity_changed_at;
ALTER TABLE salesopp.opportunity SET WITHOUT CLUSTER;
-- imported history keeps the stamps that it came with
INSERT INTO salesopp.company (organization_id, name, created_at, created_by, changed_at, changed_by)
VALUES (1, 'Imported', '2001-02-03 04:05:06', 2, '2002-02-03 04:05:06', 1);
SQL
	return;
}

# Everything that is in the database, as text: every row with every column, where the sequences stand,
# the rights, what belongs to the extension. Those that name a kind of relation are asked of each of
# them. A right that only newer versions have is the owner's. What a newer version of the extension has beside
# is not told.
my %question = (
	columns => [ '', q{SELECT attrelid::regclass || '.' || attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r' AND attnum > 0 AND NOT attisdropped} ],
	rows => [ 'r', q{COPY (SELECT 'RELATION', (SELECT jsonb_object_agg(key, value) FROM jsonb_each(jsonb_strip_nulls(to_jsonb(t)))
		WHERE 'salesopp.RELATION.' || key = ANY ('{COLUMNS}')) FROM salesopp.RELATION t) TO STDOUT} ],
	sequences => [ 'S', q{SELECT 'RELATION', last_value FROM salesopp.RELATION WHERE is_called} ],
	rights => [ '', q{
		WITH acl (kind, name, owner, acl) AS (
			SELECT 'schema', nspname::text, nspowner, nspacl FROM pg_namespace WHERE nspname = 'salesopp'
			UNION ALL
			SELECT relkind::text, relname::text, relowner, relacl FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind <> 'i'
			UNION ALL
			SELECT 'column', attrelid::regclass || '.' || attname, NULL, attacl FROM pg_attribute
			WHERE attacl IS NOT NULL AND attrelid::regclass::text LIKE 'salesopp.%'
			UNION ALL
			SELECT 'routine', oid::regprocedure::text, proowner, proacl FROM pg_proc WHERE pronamespace = 'salesopp'::regnamespace
			UNION ALL
			SELECT 'type', typname::text, typowner, typacl FROM pg_type WHERE typnamespace = 'salesopp'::regnamespace
		)
		SELECT kind, name, owner::regrole, a.grantor::regrole, a.grantee::regrole, a.privilege_type, a.is_grantable
		FROM acl, aclexplode(acl.acl) a
		WHERE a.privilege_type <> 'MAINTAIN' AND a.grantee <> a.grantor} ],
	members => [ '', q{
		SELECT pg_describe_object(classid, objid, 0) FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'salesopp')
		-- from 17 on, the types that come with others are members, too
		AND NOT EXISTS (SELECT FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
			WHERE classid = 'pg_type'::regclass AND t.oid = objid AND (t.typcategory = 'A' OR c.relkind <> 'c'))} ]);

sub relations
{
	my ($node, $db, $kind) = @_;
	return split /\n/, $node->safe_psql($db,
		"SELECT relname FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind = '$kind' ORDER BY relname");
}

# answer(node, database, question, the answer about columns): of rows, only these columns are told
sub answer
{
	my ($node, $db, $what, $columns) = @_;
	my ($kind, $query) = @{ $question{$what} };
	$query =~ s/COLUMNS/join ',', split m{\n}, $columns/e if $what eq 'rows';
	my @relations = $kind ? relations($node, $db, $kind) : ();
	@relations = grep { $columns =~ /^salesopp\.$_\./m } @relations if $what eq 'rows';
	my @queries = $kind ? map { $query =~ s/RELATION/$_/gr } @relations : $query;
	return join "\n", sort split /\n/, $node->safe_psql($db, join ';', 'SET datestyle = ISO', 'SET timezone = UTC', @queries);
}

sub contents
{
	my ($node, $db) = @_;
	my $columns = answer($node, $db, 'columns');
	return map { $_ => answer($node, $db, $_, $columns) } keys %question;
}

# ---------- what came back

# What is expected is contents(), or that part of it which should be the same.

sub is_the_same
{
	my ($node, $db, $expected, $how) = @_;
	my ($code, $out, $err);

	foreach my $what (sort keys %$expected)
	{
		my $is = answer($node, $db, $what, $expected->{columns});
		if (my $name = { rights => qr/^(\w+\|[^|]*)/, sequences => qr/^(\w+)/, columns => qr/(.*)/ }->{$what})
		{
			# what a newer version brings along was not there before
			my %known = map { /$name/ => 1 } split /\n/, $expected->{$what};
			$is = join "\n", grep { /$name/ && $known{$1} } split /\n/, $is;
		}
		is($is, $expected->{$what}, "$how: same $what");
	}

	# who had something still has it, and no more
	is($node->safe_psql($db, 'SELECT DISTINCT organization_id FROM salesopp.opportunity', extra_params => [ '-U', 'dump_seller' ]),
		'1', "$how: a seller reads the own organization");
	($code, $out, $err) = $node->psql($db, 'SELECT salesopp.grant_access(\'dump_seller\', \'manager\')',
		extra_params => [ '-U', 'dump_seller' ]);
	like($err, qr/permission denied for function grant_access/, "$how: a seller grants nothing");

	# new rows go on where the old ones ended
	is($node->safe_psql($db, q{BEGIN; SET LOCAL salesopp.organization_id = 1;
			INSERT INTO salesopp.opportunity (subject) VALUES ('new') RETURNING id - (SELECT max(id) FROM salesopp.opportunity);
			SELECT number - (SELECT max(number) FROM salesopp.quote WHERE organization_id = 1)
			FROM salesopp.create_quote((SELECT min(id) FROM salesopp.opportunity WHERE organization_id = 1), 1);
			SELECT salesopp.create_organization('new') - 2; ROLLBACK;}),
		"1\n1\n1", "$how: ids and numbers go on");

	# the rules hold
	my %refused = (
		q{UPDATE salesopp.opportunity SET subject = 'x' WHERE status = 'won'} => qr/ERROR: +55000: opportunity \d+ is closed \(won\)/,
		q{UPDATE salesopp.stage SET status = 'pending' WHERE status = 'completed' AND opportunity_id IN (SELECT id FROM salesopp.opportunity
			WHERE status = 'won')} => qr/ERROR: +55000: opportunity \d+ is closed \(won\)/,
		q{DELETE FROM salesopp.opportunity_competitor WHERE is_winner} => qr/ERROR: +55000: opportunity \d+ is closed \(lost\)/,
		q{UPDATE salesopp.opportunity SET subject = 'x' WHERE deleted_at IS NOT NULL} => qr/ERROR: +55000: opportunity \d+ is deleted/,
		q{DELETE FROM salesopp.status_event} => qr/ERROR: +42501: events of closing and reopening/,
		q{UPDATE salesopp.opportunity SET sales_process_id = 2 WHERE status = 'open' AND sales_process_id = 1 AND deleted_at IS NULL}
			=> qr/ERROR: +55000: opportunity \d+ already has a sales process/);
	foreach my $statement (sort keys %refused)
	{
		($code, $out, $err) = $node->psql($db, "\\set VERBOSITY verbose\n$statement");
		like($err, $refused{$statement}, "$how: refused: " . ($statement =~ s/\s+/ /gr));
	}
	is($node->safe_psql($db, q{BEGIN; UPDATE salesopp.opportunity SET status = 'open' WHERE status = 'won' AND organization_id = 2;
			SELECT count(*) FROM salesopp.status_event WHERE to_status = 'open' AND created_at >= now(); ROLLBACK}),
		'2', "$how: a reopening makes its event");
	return;
}

# Gives a server the roles of another one, with their settings.
sub copy_roles
{
	my ($from, $to) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir;
	my $superuser = $from->safe_psql('postgres', 'SELECT current_user');

	$from->command_ok([ 'pg_dumpall', '--roles-only', '--file', "$dir/roles.sql" ], 'roles dumped');
	my $roles = slurp_file("$dir/roles.sql");
	$roles =~ s/^CREATE ROLE "?\Q$superuser\E"?;$//m;
	append_to_file("$dir/new_roles.sql", $roles);
	$to->command_ok([ 'psql', '--no-psqlrc', '--quiet', '--output', "$dir/out", '--set', 'ON_ERROR_STOP=1', '--dbname', 'postgres',
			'--file', "$dir/new_roles.sql" ], 'roles restored');
	return;
}

# ---------- an older PostgreSQL

# An installation of the oldest one that is here, or of that of OLD_PG_CONFIG, with the extension; undef
# where none is older than the one that is tested. The tests of a run share it, also those that run at the same time.
sub older_installation
{
	my $dir = "$PostgreSQL::Test::Utils::tmp_check/older";
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'bash', '-euc', <<'SH', 'bash', "$FindBin::Bin/../shell/installation.sh", $dir ], '>', \$out, '2>', \$err)
		. "$1"
		exec 9>"$2.lock"
		flock 9
		[ ! -e "$2/bin" ] || exit 0
		newest=$(major_version pg_config)
		for candidate in ${OLD_PG_CONFIG:-$(ls -d /usr/lib/postgresql/*/bin/pg_config | sort -V)}; do
			if is_usable "$candidate" && [ "$(major_version "$candidate")" -lt "$newest" ]; then
				PG_CONFIG=$candidate private_install "$2" ""
				break
			fi
		done
SH
	  or die "the extension cannot be built for an older PostgreSQL: $err";
	return -e "$dir/bin" ? $dir : undef;
}

1;
