# The range of the forecast (N3) beside lots that are drawn, which know nothing of how it is computed: within five standard
# errors of what so many lots can tell, with a seed that is always the same.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('forecast');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers_per_gather = 0\njit = off\nwork_mem = '64MB'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION salesopp CASCADE');
$node->safe_psql('postgres', <<'SQL');
-- thresholds are those of the normal distribution, at which the percentage is reached
CREATE TABLE deal AS
SELECT n, round(exp(9 + 2.5 * sin(n * n))::numeric, 2) AS amount, (ARRAY[15.87, 50, 84.13])[1 + n * 7 % 3] AS percent, (ARRAY[-1, 0, 1])[1 + n * 7 % 3] AS threshold
FROM generate_series(1, 400) n;
SQL

# How far the share of lots that reach an amount may be from its chance, and their mean from the mean
sub compare_with_lots
{
	my ($deals, $rounds, $correlation, $seed) = @_;
	my $name = "$deals deals, correlation $correlation, $rounds lots";
	my $wins = $correlation == 0 ? 'random() * 100 < percent'
		: "sqrt($correlation) * z + sqrt(1 - $correlation) * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) < threshold";
	my $script = <<"SQL";
SELECT setseed($seed) \\g /dev/null
CREATE TEMP TABLE lot AS
SELECT COALESCE(sum(amount) FILTER (WHERE $wins), 0) AS total
FROM (SELECT round, sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) AS z FROM generate_series(1, $rounds) round) r, (SELECT * FROM deal WHERE n <= $deals) d
GROUP BY round;
CREATE TEMP TABLE told AS SELECT (salesopp.forecast_range('open', amount, NULL, percent, 0, $correlation)).* FROM deal WHERE n <= $deals;
SELECT share, round((of_lots - chance)::numeric, 6), abs(of_lots - chance) <= 5 * sqrt(chance * (1 - chance) / $rounds) + chance_error
FROM generate_series(0.05, 0.95, 0.05) share, LATERAL (SELECT salesopp.forecast_quantile('open', amount, NULL, percent, share, $correlation) FROM deal WHERE n <= $deals) q (amount),
	LATERAL (SELECT (salesopp.forecast_range('open', d.amount, NULL, percent, q.amount, $correlation)).* FROM deal d WHERE n <= $deals) f,
	LATERAL (SELECT avg((total >= q.amount)::int)::float8 FROM lot) l (of_lots);
SELECT 'mean', avg(total) - mean, abs(avg(total) - mean) <= 5 * standard_deviation / sqrt($rounds) FROM lot, told GROUP BY mean, standard_deviation;
SELECT 'deviation', stddev(total) / standard_deviation, abs(stddev(total) / standard_deviation - 1) < 10 / sqrt($rounds) FROM lot, told GROUP BY standard_deviation;
SQL
	my @lines = split /\n/, $node->safe_psql('postgres', $script);
	is(scalar(@lines), 21, "$name: all is compared");
	is(join("\n", grep { !/\|t$/ } @lines), '', "$name: as the lots have it");
}

# a few that have more sums than are listed, of which most lots are drawn
compare_with_lots(25, 300_000, 0, 0.1);
compare_with_lots(400, 10_000, 0, 0.2);
compare_with_lots(12, 100_000, 0.3, 0.3);
compare_with_lots(100, 20_000, 0.15, 0.4);

$node->stop;
done_testing();
