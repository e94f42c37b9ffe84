# Aggregates over the largest table.

sql -c "CREATE SCHEMA large" \
	-c "CREATE UNLOGGED TABLE large.opportunity (LIKE salesopp.opportunity)" \
	-c "INSERT INTO large.opportunity (organization_id, id, status, estimated_revenue,
			actual_revenue, progress, progress_method, priority, decision_date, responsible_id,
			company_id, created_at, changed_at, version, subject, custom)
		SELECT 1, i,
			(CASE WHEN h < 50 THEN 'open' WHEN h < 80 THEN 'won' ELSE 'lost' END)::salesopp.opportunity_status,
			(hashint8(i) & 268435455) / 100.0,
			CASE WHEN h BETWEEN 50 AND 79 THEN (hashint8(i + 1) & 268435455) / 100.0 END,
			(h % 5) * 25, 'automatic', 'normal', date '2026-01-01' + h, 1 + (h * 7 + i) % 35,
			1 + i % 1000, now(), now(), 1, 'Opportunity number ' || i, '{}'
		FROM (SELECT i, (hashint8(i * 3) & 1023) % 100 AS h FROM generate_series(1, $rows::bigint) i) s" \
	-c "VACUUM ANALYZE large.opportunity"

weighted="CASE status WHEN 'open' THEN estimated_revenue * progress / 100
	WHEN 'won' THEN COALESCE(actual_revenue, estimated_revenue) ELSE 0 END"
revenue="CASE status WHEN 'won' THEN COALESCE(actual_revenue, estimated_revenue) ELSE estimated_revenue END"
filtered=
for status in won open lost; do
	filtered="$filtered${filtered:+,} count(*) FILTER (WHERE status = '$status'),
		sum(estimated_revenue) FILTER (WHERE status = '$status'),
		sum($weighted) FILTER (WHERE status = '$status'),
		max($revenue) FILTER (WHERE status = '$status')"
done
from="FROM large.opportunity"
# A session's first sight of each page of shared memory costs more than what is compared.
seen="SELECT sum(id) $from"

compare 5 "pipeline_summary of $rows" "<= 0.9, <= 0.29" "" \
	"$seen;; SELECT $summary $from" \
	"sum(estimated_revenue)" "$seen;; SELECT sum(estimated_revenue) $from" \
	"twelve FILTER aggregates" "$seen;; SELECT $filtered $from"
compare 5 "pipeline_summary by employee" "<= 0.9, <= 0.29" "" \
	"$seen;; SELECT responsible_id, $summary $from GROUP BY 1" \
	"sum(estimated_revenue)" "$seen;; SELECT responsible_id, sum(estimated_revenue) $from GROUP BY 1" \
	"twelve FILTER aggregates" "$seen;; SELECT responsible_id, $filtered $from GROUP BY 1"
compare 5 "pipeline_summary with two workers" "<= 0.63" "" \
	"SET max_parallel_workers_per_gather = 2;; SELECT $summary $from" \
	"no worker" "SELECT $summary $from"
