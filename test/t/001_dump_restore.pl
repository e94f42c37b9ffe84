# What pg_dump writes, psql and pg_restore bring back: every row and column, where the sequences stand,
# the rights, and the rules. On the same server and on a new one.
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = PostgreSQL::Test::Cluster->new('old');
$old->init;
$old->start;
$old->safe_psql('postgres', 'CREATE DATABASE sales');
$old->safe_psql('sales', <<'SQL');
CREATE EXTENSION salesopp CASCADE;
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
DROP PROCEDURE fill;
RESET ALL;
-- the original of the copy comes after it in the table
UPDATE salesopp.opportunity SET note = 'moved' WHERE subject = 'Deal 1' AND copied_from_id IS NULL;
-- imported history keeps the stamps that it came with
INSERT INTO salesopp.company (organization_id, name, created_at, created_by, changed_at, changed_by)
VALUES (1, 'Imported', '2001-02-03 04:05:06', 2, '2002-02-03 04:05:06', 1);
SQL

# Everything that is in the database, as text: every row with every column, where the sequences stand,
# the rights, what belongs to the extension. Those that name a kind of relation are asked of each of
# them.
my %question = (
	rows => [ 'r', q{COPY (SELECT 'RELATION', t FROM salesopp.RELATION t) TO STDOUT} ],
	sequences => [ 'S', q{SELECT 'RELATION', last_value, is_called FROM salesopp.RELATION} ],
	rights => [ '', q{
		WITH acl (kind, name, owner, acl) AS (
			SELECT 'schema', nspname::text, nspowner, nspacl FROM pg_namespace WHERE nspname = 'salesopp'
			UNION ALL
			SELECT relkind::text, relname::text, relowner, relacl FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace
			UNION ALL
			SELECT 'column', attrelid::regclass || '.' || attname, NULL, attacl FROM pg_attribute
			WHERE attacl IS NOT NULL AND attrelid::regclass::text LIKE 'salesopp.%'
			UNION ALL
			SELECT 'routine', oid::regprocedure::text, proowner, proacl FROM pg_proc WHERE pronamespace = 'salesopp'::regnamespace
			UNION ALL
			SELECT 'type', typname::text, typowner, typacl FROM pg_type WHERE typnamespace = 'salesopp'::regnamespace
		)
		SELECT kind, name, owner::regrole, a.grantor::regrole, a.grantee::regrole, a.privilege_type, a.is_grantable
		FROM acl LEFT JOIN aclexplode(acl.acl) a ON true} ],
	members => [ '', q{
		SELECT pg_describe_object(classid, objid, 0) FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'salesopp')} ]);

sub relations
{
	my ($node, $db, $kind) = @_;
	return split /\n/, $node->safe_psql($db,
		"SELECT relname FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind = '$kind' ORDER BY relname");
}

sub answer
{
	my ($node, $db, $what) = @_;
	my ($kind, $query) = @{ $question{$what} };
	my @queries = $kind ? map { $query =~ s/RELATION/$_/gr } relations($node, $db, $kind) : $query;
	return join "\n", sort split /\n/, $node->safe_psql($db, join ';', 'SET datestyle = ISO', 'SET timezone = UTC', @queries);
}

my %expected = map { $_ => answer($old, 'sales', $_) } keys %question;

# that the comparison sees everything
foreach my $table (relations($old, 'sales', 'r'))
{
	my $organizations = () = $expected{rows} =~ /^$table\t\(([12]),/mg;
	cmp_ok($organizations, '>=', 2, "there is something to dump in $table");
}
is($old->safe_psql('sales', q{SELECT string_agg(DISTINCT concat_ws(' ', status, CASE WHEN deleted_at IS NOT NULL THEN 'deleted' END), ', ')
	FROM salesopp.opportunity}), 'lost, lost deleted, open, open deleted, won', 'opportunities in every state');
like($expected{rights}, qr/^r\|opportunity\|.*\|dump_seller\|UPDATE\|f$/m, 'rights of roles are compared');
like($expected{rights}, qr/dump_pool\|SELECT\|t$/m, 'and of columns');

# ---------- what came back

sub is_the_same
{
	my ($node, $db, $how) = @_;
	my ($code, $out, $err);

	foreach my $what (sort keys %question)
	{
		is(answer($node, $db, $what), $expected{$what}, "$how: same $what");
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
			SELECT count(*) FROM salesopp.status_event WHERE to_status = 'open' AND created_at = now(); ROLLBACK}),
		'2', "$how: a reopening makes its event");
}

# ---------- the same server

my $dir = PostgreSQL::Test::Utils::tempdir;
$old->command_ok([ 'pg_dump', '--file', "$dir/plain.sql", 'sales' ], 'plain dump');
$old->command_ok([ 'pg_dump', '--format', 'custom', '--file', "$dir/custom.dump", 'sales' ], 'custom dump');

my @psql = ('psql', '--no-psqlrc', '--quiet', '--output', "$dir/out", '--set', 'ON_ERROR_STOP=1');

$old->safe_psql('postgres', 'CREATE DATABASE by_psql');
$old->command_ok([ @psql, '--dbname', 'by_psql', '--file', "$dir/plain.sql" ], 'restored by psql');
is_the_same($old, 'by_psql', 'same server, psql');

$old->safe_psql('postgres', 'CREATE DATABASE by_pg_restore');
$old->command_ok([ 'pg_restore', '--exit-on-error', '--dbname', 'by_pg_restore', "$dir/custom.dump" ], 'restored by pg_restore');
is_the_same($old, 'by_pg_restore', 'same server, pg_restore');

# ---------- a new server, which gets the roles first

$old->command_ok([ 'pg_dumpall', '--roles-only', '--file', "$dir/roles.sql" ], 'roles dumped');
my $roles = slurp_file("$dir/roles.sql");
my $superuser = $old->safe_psql('postgres', 'SELECT current_user');
$roles =~ s/^CREATE ROLE "?\Q$superuser\E"?;$//m;
append_to_file("$dir/new_roles.sql", $roles);

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init;
$new->start;
$new->command_ok([ @psql, '--dbname', 'postgres', '--file', "$dir/new_roles.sql" ], 'roles restored');
my $settings = q{SELECT setrole::regrole, setconfig FROM pg_db_role_setting WHERE setrole::regrole::text LIKE 'dump%'
	UNION ALL SELECT NULL, ARRAY[parname, paracl::text] FROM pg_parameter_acl ORDER BY 2};
is($new->safe_psql('postgres', $settings), $old->safe_psql('postgres', $settings), 'roles are bound to their organizations');

$new->safe_psql('postgres', 'CREATE DATABASE by_psql');
$new->command_ok([ @psql, '--dbname', 'by_psql', '--file', "$dir/plain.sql" ], 'restored by psql on a new server');
sub without_tokens { return slurp_file($_[0]) =~ s/^\\(un)?restrict .*\n//mgr }
$new->command_ok([ 'pg_dump', '--file', "$dir/again.sql", 'by_psql' ], 'what was restored is dumped');
ok(without_tokens("$dir/again.sql") eq without_tokens("$dir/plain.sql"), 'its dump is the same text');
is_the_same($new, 'by_psql', 'new server, psql');

$new->safe_psql('postgres', 'CREATE DATABASE by_pg_restore');
$new->command_ok([ 'pg_restore', '--exit-on-error', '--dbname', 'by_pg_restore', "$dir/custom.dump" ],
	'restored by pg_restore on a new server');
is_the_same($new, 'by_pg_restore', 'new server, pg_restore');

# In parallel, tables come in any order: foreign keys have to be off meanwhile.
$new->safe_psql('postgres', 'CREATE DATABASE by_jobs');
{
	local $ENV{PGOPTIONS} = '-c session_replication_role=replica';
	$new->command_ok([ 'pg_restore', '--exit-on-error', '--jobs', '4', '--dbname', 'by_jobs', "$dir/custom.dump" ],
		'restored by pg_restore in parallel');
}
is_the_same($new, 'by_jobs', 'new server, in parallel');

$old->stop;
$new->stop;
done_testing();
