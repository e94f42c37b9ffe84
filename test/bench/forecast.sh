# The range of the forecast, beside the usual way to it: drawing lots, ten thousand times.

sql -o /dev/null -c "SELECT setseed(0.5)" \
	-c "CREATE TABLE deal AS SELECT n, 'open'::salesopp.opportunity_status AS status,
			round(exp(11 + sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))::numeric, 2) AS amount,
			(10 + 10 * floor(random() * 9))::numeric AS percent FROM generate_series(1, 100000) n" \
	-c "ALTER TABLE deal ADD PRIMARY KEY (n)" -c "VACUUM ANALYZE deal"

# Of so many deals, with an amount that is made of "amount", and a correlation. Once before, as the library is loaded then and
# memory is got from the system, which on virtual machines can take longer than what is measured.
range_of() {
	local range="SELECT salesopp.forecast_range(status, $2, NULL, percent, 1000000, $3) FROM deal WHERE n <= $1"
	echo "$range;; $range"
}
lots_of() {
	echo "SELECT percentile_disc('{0.1, 0.5, 0.9}'::float8[]) WITHIN GROUP (ORDER BY total), avg((total >= 1000000)::int)
		FROM (SELECT COALESCE(sum(amount) FILTER (WHERE random() * 100 < percent), 0) AS total
			FROM deal, generate_series(1, 10000) round WHERE n <= $1 GROUP BY round) drawn"
}

compare 5 "forecast of 100, in cents" "<= 40 ms" "" "$(range_of 100 amount 0)" "10,000 lots" "$(lots_of 100)"
compare 3 "forecast of 1,000, in cents" "<= 100 ms, <= 0.05" "" "$(range_of 1000 amount 0)" "10,000 lots" "$(lots_of 1000)"
compare 5 "forecast of 1,000, in hundreds" "<= 100 ms" "" "$(range_of 1000 "round(amount, -2)" 0)" \
	"sum" "SELECT sum(amount * percent) FROM deal WHERE n <= 1000"
compare 5 "forecast of 10,000, in cents" "<= 250 ms" "" "$(range_of 10000 amount 0)" \
	"sum" "SELECT sum(amount * percent) FROM deal WHERE n <= 10000"
compare 5 "forecast of 10,000, in thousands" "<= 250 ms" "" "$(range_of 10000 "round(amount, -3)" 0)" \
	"sum" "SELECT sum(amount * percent) FROM deal WHERE n <= 10000"
compare 3 "forecast of 100,000, in cents" "<= 3000 ms" "" "$(range_of 100000 amount 0)" \
	"sum" "SELECT sum(amount * percent) FROM deal"
# both on the same lattice
compare 3 "forecast of 1,000, in two thousands, correlation 0.2" "<= 64" "" "$(range_of 1000 "2000 * round(amount / 2000)" 0.2)" \
	"without correlation" "$(range_of 1000 "2000 * round(amount / 2000)" 0)"
compare 3 "forecast of 1,000, in cents, correlation 0.2" "" "" "$(range_of 1000 amount 0.2)" \
	"without correlation" "$(range_of 1000 amount 0)"

printf '%-58s %10s   %s\n' "memory of a forecast" MB target
printf '%-58s %10d   %s\n' "100,000, in cents" "$(peak "$(range_of 100000 amount 0)")" "<= 64" \
	"100,000, in cents, correlation 0.2" "$(peak "$(range_of 100000 amount 0.2)")" "<= 64"
