# The keys of views that the reference tells: every view has one, no two rows have the same, none of its columns can be left out,
# and what it refers to is there. And what programs ask the catalog for, asked by a role under row security. Issue 16, 3
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SampleDatabase;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('keys');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
create_sales($node);

# Beside what the sample has: more of each, and of what reports have no name for
$node->safe_psql('sales', <<'SQL');
DO $$
DECLARE
	deals bigint[];
	customer bigint;
	person bigint;
BEGIN
	FOR organization IN 1..2 LOOP
		PERFORM set_config('salesopp.organization_id', organization::text, true), set_config('salesopp.employee_id', '', true);
		INSERT INTO salesopp.department (name) VALUES ('Service');
		INSERT INTO salesopp.sales_region (name) VALUES ('South');
		INSERT INTO salesopp.sales_process (name) VALUES ('Short');
		INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
		SELECT p.id, n, 'Step ' || n, n * 30 FROM salesopp.sales_process p, generate_series(1, 3) n WHERE p.organization_id = organization AND p.name = 'Short';
		INSERT INTO salesopp.employee (initials, name) VALUES ('CC', 'Cy');
		INSERT INTO salesopp.company (name) VALUES ('Second') RETURNING id INTO customer;
		INSERT INTO salesopp.contact (company_id, last_name) VALUES (customer, 'Li') RETURNING id INTO person;
		WITH made AS (
			INSERT INTO salesopp.opportunity (subject, estimated_revenue, company_id, contact_id, responsible_id, department_id, sales_region_id, sales_process_id, decision_date)
			SELECT 'More ' || n, 100 * n, CASE n % 2 WHEN 0 THEN customer END, CASE n % 2 WHEN 0 THEN person END, e.id, d.id, r.id, p.id,
				CASE WHEN n % 5 > 0 THEN '2024-01-15'::date + 20 * n END
			FROM generate_series(1, 12) n
			LEFT JOIN salesopp.employee e ON e.organization_id = organization AND e.initials = CASE n % 3 WHEN 0 THEN 'AA' WHEN 1 THEN 'CC' END
			LEFT JOIN salesopp.department d ON d.organization_id = organization AND d.name = CASE n % 3 WHEN 0 THEN 'Sales' WHEN 1 THEN 'Service' END
			LEFT JOIN salesopp.sales_region r ON r.organization_id = organization AND r.name = CASE n % 3 WHEN 0 THEN 'North' WHEN 1 THEN 'South' END
			LEFT JOIN salesopp.sales_process p ON p.organization_id = organization AND p.name = CASE n % 3 WHEN 0 THEN 'Short' END
			ORDER BY n
			RETURNING id)
		SELECT array_agg(id ORDER BY id) INTO deals FROM made;
		UPDATE salesopp.stage SET status = 'completed' WHERE opportunity_id = deals[3] AND position = 1;
		UPDATE salesopp.stage SET name = CASE position WHEN 1 THEN 'Step 2' ELSE 'Step 1' END WHERE opportunity_id = deals[9] AND position < 3;
		-- a competitor that is typed in as one that is listed, and won
		INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) SELECT id, 'Rival' FROM unnest(deals) id;
		INSERT INTO salesopp.opportunity_competitor (opportunity_id, name) SELECT id, 'Other' FROM unnest(deals) id;
		PERFORM salesopp.create_quote(id), salesopp.create_order(id) FROM unnest(deals[1:2]) id;
		PERFORM salesopp.close_lost(d.id, (SELECT max(id) FROM salesopp.loss_reason WHERE organization_id = organization),
			(SELECT c.id FROM salesopp.opportunity_competitor c WHERE c.opportunity_id = d.id AND c.name = CASE WHEN n < 4 THEN 'Rival' ELSE 'Other' END),
			'2024-03-01'::date + n::int)
		FROM unnest(deals[1:5]) WITH ORDINALITY d (id, n);
		PERFORM salesopp.close_won(deals[7], close_date => '2024-06-01');
		INSERT INTO salesopp.activity (kind, subject, company_id, contact_id, opportunity_id) VALUES ('meeting', 'Met', customer, person, deals[8]);
		INSERT INTO salesopp.activity_participant (activity_id, contact_id)
		SELECT a.id, c.id FROM salesopp.activity a, salesopp.contact c
		WHERE a.organization_id = organization AND a.subject = 'Met' AND c.organization_id = organization;
	END LOOP;
END $$;
-- at the same stage twice, each visit at an instant of its own
UPDATE salesopp.stage SET status = 'completed' WHERE position = 1 AND opportunity_id IN (SELECT id FROM salesopp.opportunity WHERE subject = 'More 12');
UPDATE salesopp.stage SET status = 'pending' WHERE position = 1 AND opportunity_id IN (SELECT id FROM salesopp.opportunity WHERE subject = 'More 12');
UPDATE salesopp.stage SET status = 'completed' WHERE position = 1 AND opportunity_id IN (SELECT id FROM salesopp.opportunity WHERE subject = 'More 12');
SQL

my $reference = slurp_file("$FindBin::RealBin/../../doc/reference.md");
my ($chapter) = $reference =~ /^### Keys of views\n(.*?)^### /ms;
my %view = map { my ($name, $key, $refers) = /^\| `(\w+)` \| (.*?) \|(.*)\|$/; $name ? ($name => { key => $key, refers => $refers }) : () }
	split /\n/, $chapter;
is_deeply([ sort keys %view ], [ relations($node, 'sales', 'v') ], 'the table has every view, and no others');

# rows that have the same of these columns
sub same
{
	my ($view, @columns) = @_;
	my $list = join ', ', @columns;
	return $node->safe_psql('sales', "SELECT count(*) FROM (SELECT FROM salesopp.$view GROUP BY $list HAVING count(*) > 1) same");
}

# nothing goes on here that progress could show
for my $name (grep { $_ ne 'progress' } sort keys %view)
{
	my @key = $view{$name}{key} =~ /`(\w+)`/g;
	is(same($name, 'organization_id', @key), 0, "$name: no two rows have the same key");
	for my $without (@key)
	{
		isnt(same($name, 'organization_id', grep { $_ ne $without } @key), 0, "$name: without $without, some have");
	}
	my $nulls = $node->safe_psql('sales', "SELECT count(*) FROM salesopp.$name WHERE " . join ' OR ', map { "$_ IS NULL" } @key);
	my $told = $view{$name}{key} =~ /NULL/;
	ok($told ? $nulls > 0 : $nulls == 0, "$name: its key " . ($told ? 'can be NULL' : 'is never NULL'));

	my %refers = $view{$name}{refers} =~ /`(\w+)` \S+ `(\w+)`/g;
	for my $column (sort keys %refers)
	{
		is($node->safe_psql('sales', "SELECT count(*) FROM salesopp.$name v WHERE v.$column IS NOT NULL AND NOT EXISTS
				(SELECT FROM salesopp.$refers{$column} t WHERE t.organization_id = v.organization_id AND t.id = v.$column)"),
			0, "$name: $column is of a row of $refers{$column}");
	}
	# a column that is called as a reference is one
	my @ids = split /\n/, $node->safe_psql('sales', "SELECT attname FROM pg_attribute WHERE attrelid = 'salesopp.$name'::regclass
		AND attnum > 0 AND attname ~ '_id\$' AND attname <> 'organization_id' ORDER BY attname COLLATE \"C\"");
	is_deeply([ sort grep { /_id$/ } keys %refers ], \@ids, "$name: every id is told what it is of");
}

# ---------- what programs ask the catalog for

my $asked = <<'SQL';
SELECT c.relname, con.contype, pg_get_constraintdef(con.oid) FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid
WHERE con.connamespace = 'salesopp'::regnamespace ORDER BY c.relname, con.conname;
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, obj_description(c.oid), col_description(c.oid, a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'v')
ORDER BY c.relname, a.attnum;
SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'salesopp' ORDER BY 1, ordinal_position;
SQL
$node->safe_psql('sales', q{ALTER ROLE "dump ""odd"" reader" SET salesopp.organization_id = '1'});
is($node->safe_psql('sales', $asked, extra_params => [ '-U', 'dump "odd" reader' ]), $node->safe_psql('sales', $asked),
	'a role under row security sees all keys, types and comments in the catalog');
is($node->safe_psql('sales', q{SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
	AND col_description(c.oid, a.attnum) IS NULL}), 0, 'and every column has a comment');
my $keys_in_the_standard = q{SELECT count(*) FROM information_schema.table_constraints WHERE table_schema = 'salesopp' AND constraint_type <> 'CHECK'};
is($node->safe_psql('sales', $keys_in_the_standard, extra_params => [ '-U', 'dump "odd" reader' ]), 0,
	"information_schema shows who only reads no keys, which is PostgreSQL's way");
isnt($node->safe_psql('sales', $keys_in_the_standard, extra_params => [ '-U', 'dump_seller' ]), 0, 'and who writes those of what he writes');

done_testing();
