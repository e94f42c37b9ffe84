# Every view and every function that reads, as a seller under row security, beside SQL written by hand for
# the same question under the same row security; and how it grows from a tenth of the rows. The test
# 018_new_organization compares this list with the catalog.

# reads NAME KIND CALL SQL. KIND: "one" shows one record, one customer or one page, and should take the same
# however much there is; "all" reads everything, and its growth is that per row.
names=() kinds=() calls=() by_hand=()
reads() { names+=("$1") kinds+=("$2") calls+=("$3") by_hand+=("$4"); }

s=salesopp
of_one="organization_id = 1 AND opportunity_id = 1000"
listed_columns="o.*, c.name, p.name, e.initials, ch.initials, r.name, d.name, sp.name,
	(SELECT amount FROM $s.quote q WHERE q.organization_id = 1 AND q.opportunity_id = o.id ORDER BY q.id DESC LIMIT 1),
	(SELECT amount FROM $s.sales_order q WHERE q.organization_id = 1 AND q.opportunity_id = o.id ORDER BY q.id DESC LIMIT 1)"
listed_joins="LEFT JOIN $s.company c ON c.organization_id = 1 AND c.id = o.company_id
	LEFT JOIN $s.project p ON p.organization_id = 1 AND p.id = o.project_id
	LEFT JOIN $s.employee e ON e.organization_id = 1 AND e.id = o.responsible_id
	LEFT JOIN $s.employee ch ON ch.organization_id = 1 AND ch.id = o.changed_by
	LEFT JOIN $s.sales_region r ON r.organization_id = 1 AND r.id = o.sales_region_id
	LEFT JOIN $s.department d ON d.organization_id = 1 AND d.id = o.department_id
	LEFT JOIN $s.sales_process sp ON sp.organization_id = 1 AND sp.id = o.sales_process_id"
live="o.organization_id = 1 AND o.deleted_at IS NULL"
list="SELECT $listed_columns FROM (SELECT * FROM $s.opportunity o WHERE $live ORDER BY changed_at DESC, id DESC LIMIT 50) o $listed_joins"
figures="count(*), count(*) FILTER (WHERE status = 'open'), count(*) FILTER (WHERE status = 'won'),
	count(*) FILTER (WHERE status = 'lost'), sum(estimated_revenue),
	sum(estimated_revenue * progress / 100) FILTER (WHERE status = 'open'), sum(actual_revenue) FILTER (WHERE status = 'won'),
	avg(o.close_date - (o.created_at AT TIME ZONE 'UTC')::date)"
closed="$live AND o.status <> 'open'"
# report GROUPING [JOIN [CONDITION]]
report() { echo "SELECT $1, $figures FROM $s.opportunity o ${2:-} WHERE ${3:-$live} GROUP BY $1"; }
customer="(SELECT company_id FROM $s.opportunity WHERE organization_id = 1 AND id = 1000)"
followed="SELECT a.id, a.kind::text, a.subject, a.changed_at FROM $s.activity a WHERE a.organization_id = 1"
follow_ups="$followed AND a.company_id = $customer
	UNION $followed AND a.contact_id IN (SELECT id FROM $s.contact WHERE organization_id = 1 AND company_id = $customer)
	UNION $followed AND a.project_id IN (SELECT id FROM $s.project WHERE organization_id = 1 AND company_id = $customer)
	UNION $followed AND a.opportunity_id IN (SELECT id FROM $s.opportunity WHERE organization_id = 1 AND company_id = $customer)
	UNION $followed AND a.id IN (SELECT activity_id FROM $s.activity_participant WHERE organization_id = 1
		AND contact_id IN (SELECT id FROM $s.contact WHERE organization_id = 1 AND company_id = $customer))"
history="FROM $s.opportunity_history h WHERE h.organization_id = 1"
history_of_live="FROM $s.opportunity_history h JOIN $s.opportunity o ON o.organization_id = 1 AND o.id = h.opportunity_id
	WHERE h.organization_id = 1 AND o.deleted_at IS NULL"
# from when until when an opportunity had a position
stays="SELECT opportunity_id, stage_position, min(at) AS since, max(until) AS until, max(status) AS status FROM (
	SELECT h.opportunity_id, h.stage_position, h.at, h.status,
		lead(h.at) OVER (PARTITION BY h.opportunity_id ORDER BY h.version) AS until $history) h WHERE status = 'open' GROUP BY 1, 2"
list_of_all="SELECT $listed_columns FROM $s.opportunity o $listed_joins WHERE $live ORDER BY o.changed_at DESC, o.id DESC"

reads opportunity_list one "SELECT * FROM $s.opportunity_list WHERE id = 1000" \
	"SELECT $listed_columns FROM $s.opportunity o $listed_joins WHERE $live AND o.id = 1000"
reads opportunity_card one "SELECT * FROM $s.opportunity_card WHERE id = 1000" \
	"SELECT $listed_columns, t.*, l.name, w.*, n.* FROM $s.opportunity o $listed_joins
		LEFT JOIN $s.contact t ON t.organization_id = 1 AND t.id = o.contact_id
		LEFT JOIN $s.loss_reason l ON l.organization_id = 1 AND l.id = o.loss_reason_id
		LEFT JOIN $s.opportunity_competitor w ON w.organization_id = 1 AND w.opportunity_id = o.id AND w.is_winner
		CROSS JOIN LATERAL (SELECT count(*), count(*) FILTER (WHERE status = 'completed'),
			min(position) FILTER (WHERE status = 'pending') FROM $s.stage WHERE organization_id = 1 AND opportunity_id = o.id) n
		WHERE $live AND o.id = 1000"
reads stage_funnel one "SELECT * FROM $s.stage_funnel WHERE opportunity_id = 1000" \
	"SELECT *, position = min(position) FILTER (WHERE status = 'pending') OVER () FROM $s.stage WHERE $of_one"
reads competitor_list one "SELECT * FROM $s.competitor_list WHERE opportunity_id = 1000" \
	"SELECT oc.*, c.name, c.website FROM $s.opportunity_competitor oc LEFT JOIN $s.competitor c
		ON c.organization_id = 1 AND c.id = oc.competitor_id WHERE oc.organization_id = 1 AND oc.opportunity_id = 1000"
reads contact_list one "SELECT * FROM $s.contact_list WHERE company_id = $customer" \
	"SELECT c.*, e.initials FROM $s.contact c LEFT JOIN $s.employee e ON e.organization_id = 1 AND e.id = c.changed_by
		WHERE c.organization_id = 1 AND c.company_id = $customer ORDER BY is_primary DESC, last_name, first_name, c.id"
reads follow_up one "SELECT * FROM $s.follow_up WHERE company_id = $customer" "$follow_ups"
reads quote_list one "SELECT * FROM $s.quote_list WHERE opportunity_id = 1000" \
	"SELECT q.*, t.number FROM $s.quote q LEFT JOIN $s.sales_order t ON t.organization_id = 1 AND t.quote_id = q.id
		WHERE q.organization_id = 1 AND q.opportunity_id = 1000"
reads order_list one "SELECT * FROM $s.order_list WHERE opportunity_id = 1000" \
	"SELECT t.*, q.number FROM $s.sales_order t LEFT JOIN $s.quote q ON q.organization_id = 1 AND q.id = t.quote_id
		WHERE t.organization_id = 1 AND t.opportunity_id = 1000"
reads customer_opportunities one "SELECT * FROM $s.customer_opportunities(1000)" \
	"SELECT $listed_columns FROM $s.opportunity o $listed_joins WHERE $live AND o.company_id = $customer ORDER BY o.changed_at DESC"
reads latest_follow_ups one "SELECT * FROM $s.latest_follow_ups(1000)" \
	"SELECT * FROM ($follow_ups UNION ALL SELECT id, 'opportunity', subject, changed_at FROM $s.opportunity
		WHERE organization_id = 1 AND company_id = $customer) f ORDER BY changed_at DESC LIMIT 30"
reads search one "SELECT * FROM $s.search('{}', 'changed_at desc', 50)" "$list"
reads search_columns one "SELECT * FROM $s.search_columns('{}', 'changed_at desc', '{id,subject,company,responsible,quote_sum,order_sum}', 50)" "$list"
reads search_saved one "SELECT * FROM $s.search_saved('Saved', 50)" "$list"
reads funnel_svg one "SELECT $s.funnel_svg(1000)" "SELECT * FROM $s.stage WHERE $of_one ORDER BY position"
reads pipeline_by_employee all "SELECT * FROM $s.pipeline_by_employee" "$(report responsible_id)"
reads pipeline_by_department all "SELECT * FROM $s.pipeline_by_department" "$(report department_id)"
reads pipeline_by_region all "SELECT * FROM $s.pipeline_by_region" "$(report sales_region_id)"
reads pipeline_by_process all "SELECT * FROM $s.pipeline_by_process" "$(report sales_process_id)"
reads pipeline_by_stage all "SELECT * FROM $s.pipeline_by_stage" \
	"$(report "sales_process_id, position" "LEFT JOIN (SELECT opportunity_id, min(position) AS position FROM $s.stage
		WHERE organization_id = 1 AND status = 'pending' GROUP BY 1) f ON f.opportunity_id = o.id AND o.status = 'open'")"
reads pipeline_by_month all "SELECT * FROM $s.pipeline_by_month" "$(report "date_trunc('month', decision_date)")"
reads results_by_employee all "SELECT * FROM $s.results_by_employee" "$(report responsible_id "" "$closed")"
reads results_by_month all "SELECT * FROM $s.results_by_month" "$(report "date_trunc('month', close_date)" "" "$closed")"
reads results_by_loss_reason all "SELECT * FROM $s.results_by_loss_reason" "$(report loss_reason_id "" "$closed")"
reads results_by_competitor all "SELECT * FROM $s.results_by_competitor" \
	"$(report "w.competitor_id" "LEFT JOIN $s.opportunity_competitor w ON w.organization_id = 1 AND w.opportunity_id = o.id
		AND w.is_winner" "$closed")"
reads opportunity_version all "SELECT count(valid_to) FROM $s.opportunity_version" \
	"SELECT count(until) FROM (SELECT lead(h.at) OVER (PARTITION BY h.opportunity_id ORDER BY h.version) AS until $history) h"
reads stage_visits all "SELECT count(duration) FROM $s.stage_visits" "SELECT count(until - since) FROM ($stays) v"
reads stage_times all "SELECT * FROM $s.stage_times()" \
	"SELECT stage_position, percentile_disc(0.5) WITHIN GROUP (ORDER BY until - since), count(*) FROM ($stays) v GROUP BY 1"
reads stalled all "SELECT count(*) FROM $s.stalled()" \
	"WITH v AS MATERIALIZED ($stays), won AS (SELECT v.stage_position, percentile_disc(0.8) WITHIN GROUP (ORDER BY until - since) AS usual
		FROM v JOIN $s.opportunity o ON o.organization_id = 1 AND o.id = v.opportunity_id AND o.status = 'won' GROUP BY 1)
		SELECT count(*) FROM v JOIN won ON won.stage_position = v.stage_position JOIN $s.opportunity o ON o.organization_id = 1
		AND o.id = v.opportunity_id AND o.status = 'open' WHERE until IS NULL AND now() - since > usual"
reads stage_conversion all "SELECT * FROM $s.stage_conversion()" \
	"SELECT v.stage_position, o.status, count(*) FROM ($stays) v JOIN $s.opportunity o ON o.organization_id = 1
		AND o.id = v.opportunity_id GROUP BY 1, 2"
# the first time at each stage, and what became of it
entered="SELECT h.opportunity_id, h.stage_reached, min(h.at) AS since, o.status, o.closed_at $history_of_live GROUP BY 1, 2, 4, 5"
reads stage_entries all "SELECT count(*) FROM $s.stage_entries()" "SELECT count(*) FROM ($entered) e"
reads stage_win_rates all "SELECT * FROM $s.stage_win_rates()" \
	"SELECT e.stage_reached, count(*), count(*) FILTER (WHERE e.status = 'won'), count(*) FILTER (WHERE e.status = 'lost') FROM ($entered) e GROUP BY 1"
said="SELECT i, h.progress, h.opportunity_id FROM generate_series(now() - interval '2 years', now(), '1 month') i
	JOIN (SELECT h.*, lead(h.at) OVER (PARTITION BY h.opportunity_id ORDER BY h.version) AS until $history) h ON h.at <= i AND (h.until > i OR h.until IS NULL)
	WHERE h.status = 'open'"
reads calibration all "SELECT * FROM $s.calibration()" \
	"SELECT f.progress, count(*), count(*) FILTER (WHERE o.status = 'won') FROM ($said) f JOIN $s.opportunity o ON o.organization_id = 1
		AND o.id = f.opportunity_id AND o.status <> 'open' GROUP BY 1"
reads calibration_score all "SELECT * FROM $s.calibration_score()" \
	"SELECT count(*), avg((f.progress / 100 - CASE WHEN o.status = 'won' THEN 1 ELSE 0 END) ^ 2) FROM ($said) f JOIN $s.opportunity o
		ON o.organization_id = 1 AND o.id = f.opportunity_id AND o.status <> 'open'"
reads calibration_svg all "SELECT $s.calibration_svg()" "SELECT * FROM $s.calibration(bins => 5), $s.calibration_score(bins => 5)"
reads chance_by all "SELECT $s.chance_by(1000, CURRENT_DATE + 30)" \
	"SELECT avg((e.status = 'won')::int) FROM ($entered) e WHERE e.stage_reached = 1"
reads find_duplicates all "SELECT count(*) FROM $s.find_duplicates('company')" \
	"SELECT count(*), count(DISTINCT lower(c.email)), count(DISTINCT c.phone) FROM $s.company c WHERE c.organization_id = 1"
reads import_columns one "SELECT count(*) FROM $s.import_columns('$s.company')" "SELECT count(*) FROM $s.company LIMIT 1000"
reads import_check all "SELECT count(*) FROM $s.import_check('$s.company', NULL, '{}', 'company')" \
	"SELECT count(*), count(DISTINCT name) FROM $s.company WHERE organization_id = 1"
reads history_settled one "SELECT $s.history_settled()" "SELECT now()"
reads history_begins one "SELECT $s.history_begins()" "SELECT min(h.at) $history"
reads history_digest all "SELECT $s.history_digest($s.history_settled())" "SELECT sha256(string_agg(h::text, '' ORDER BY opportunity_id, version)::bytea) $history"
reads history_problems all "SELECT count(*) FROM $s.history_problems()" \
	"SELECT count(*) FROM $s.opportunity o LEFT JOIN $s.opportunity_history h ON h.organization_id = 1 AND h.opportunity_id = o.id
		AND h.version = o.version WHERE o.organization_id = 1 AND h.status IS DISTINCT FROM o.status"
reads changes_since one "SELECT * FROM $s.changes_since(NULL, 1000)" \
	"SELECT h.* $history ORDER BY h.at, h.opportunity_id, h.version LIMIT 1000"
reads search_ids all "SELECT count(*) FROM $s.search_ids()" "SELECT count(id) FROM $s.opportunity o WHERE $live"
reads summary all "SELECT * FROM $s.summary()" \
	"SELECT status, count(*), sum(estimated_revenue), max(estimated_revenue) FROM $s.opportunity o WHERE $live GROUP BY 1"
reads states_at all "SELECT count(*) FROM $s.states_at('{NULL}')" "SELECT DISTINCT ON (opportunity_id) * FROM $s.opportunity_history WHERE organization_id = 1 ORDER BY opportunity_id, version DESC"
reads opportunities_as_of all "SELECT * FROM $s.opportunities_as_of(NULL)" "SELECT DISTINCT ON (opportunity_id) * FROM $s.opportunity_history WHERE organization_id = 1 ORDER BY opportunity_id, version DESC"
reads pipeline_as_of all "SELECT * FROM $s.pipeline_as_of(NULL)" \
	"SELECT status, count(*), sum(estimated_revenue), max(estimated_revenue) FROM $s.opportunity o WHERE $live GROUP BY 1"
reads pipeline_moves all "SELECT * FROM $s.pipeline_moves('-infinity', NULL)" "SELECT DISTINCT ON (opportunity_id) * FROM $s.opportunity_history WHERE organization_id = 1 ORDER BY opportunity_id, version DESC"
reads pipeline_change all "SELECT * FROM $s.pipeline_change('-infinity', NULL)" \
	"SELECT status, count(*), sum(estimated_revenue), max(estimated_revenue) FROM $s.opportunity o WHERE $live GROUP BY 1"
reads pipeline_series all "SELECT * FROM $s.pipeline_series(now() - interval '52 weeks', NULL, '1 week')" \
	"SELECT status, count(*), sum(estimated_revenue), max(estimated_revenue) FROM $s.opportunity o WHERE $live GROUP BY 1"
reads forecast all "SELECT * FROM $s.forecast()" \
	"SELECT status, estimated_revenue, actual_revenue, progress FROM $s.opportunity o WHERE $live ORDER BY 2, 4"
reads forecast_curve all "SELECT * FROM $s.forecast_curve()" "SELECT * FROM $s.forecast()"
reads forecast_svg all "SELECT $s.forecast_svg('{}', 1000000)" "SELECT * FROM $s.forecast('{}', 1000000)"
reads team all "SELECT * FROM $s.team()" "SELECT * FROM $s.employee WHERE organization_id = 1"
won_of_each="SELECT responsible_id, sum(actual_revenue) FROM $s.opportunity o WHERE $closed AND close_date BETWEEN '2026-01-01' AND '2026-12-31' GROUP BY 1"
reads attainment all "SELECT * FROM $s.attainment('[2026-01-01,2027-01-01)')" "$won_of_each"
reads attained all "SELECT * FROM $s.attained('[2026-01-01,2027-01-01)', CURRENT_DATE, false)" "$won_of_each"
reads department_attainment all "SELECT * FROM $s.department_attainment('[2026-01-01,2027-01-01)')" "$won_of_each"
reads submission_accuracy all "SELECT * FROM $s.submission_accuracy('[2026-01-01,2027-01-01)')" "$won_of_each"
reads pipeline all "SELECT * FROM $s.pipeline('employee')" "$(report responsible_id)"
reads results all "SELECT * FROM $s.results('employee')" "$(report responsible_id "" "$closed")"
reads change_svg all "SELECT $s.change_svg('-infinity', NULL)" "SELECT * FROM $s.pipeline_change('-infinity', NULL)"
reads series_svg all "SELECT $s.series_svg(now() - interval '52 weeks')" \
	"SELECT * FROM $s.pipeline_series(now() - interval '52 weeks', NULL, '1 week')"
# what it is made of
reads report_html all "SELECT length($s.report_html('{}', now() - interval '7 days', 1000000))" \
	"SELECT (SELECT count(*) FROM $s.summary()), length($s.change_svg(now() - interval '7 days', NULL)), length($s.forecast_svg('{}', 1000000)),
		(SELECT count(*) FROM $s.stage_conversion()), (SELECT count(*) FROM $s.stalled())"
reads last_bulk_change one "SELECT $s.last_bulk_change()" "SELECT max(id) FROM $s.bulk_change WHERE organization_id = 1"
reads letter_index all "SELECT * FROM $s.letter_index()" \
	"SELECT upper(left(subject, 1)), count(*) FROM $s.opportunity o WHERE $live GROUP BY 1 ORDER BY 1"
reads pipeline_svg all "SELECT $s.pipeline_svg()" \
	"SELECT status, count(*), sum(estimated_revenue), max(estimated_revenue) FROM $s.opportunity o WHERE $live GROUP BY 1"
reads export_csv all "SELECT length($s.export_csv())" "COPY ($list_of_all) TO STDOUT WITH (FORMAT csv)"
reads export_excel_csv all "SELECT length($s.export_excel_csv())" "COPY ($list_of_all) TO STDOUT WITH (FORMAT csv)"
reads export_xlsx all "SELECT length($s.export_xlsx())" "COPY ($list_of_all) TO STDOUT WITH (FORMAT csv)"
reads export_pdf all "SELECT length($s.export_pdf())" "COPY ($list_of_all) TO STDOUT WITH (FORMAT csv)"
reads progress one "SELECT * FROM $s.progress" "SELECT * FROM pg_stat_progress_copy"
reads openapi one "SELECT length($s.openapi()::text)" \
	"SELECT count(col_description(attrelid, attnum)) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = '$s'::regnamespace"

sql -c "CREATE ROLE reading_seller LOGIN"
sql -c "CREATE DATABASE reading_tenth"
PGDATABASE=reading_tenth sql -c "SET client_min_messages = warning" -c "CREATE EXTENSION salesopp CASCADE"
PGDATABASE=reading_tenth sql -o /dev/null -v rows=$((listed / 10)) -f "$here/reading.sql"
sql -o /dev/null -v rows="$listed" -f "$here/reading.sql"

# fastest DATABASE KIND SQL: milliseconds of the fastest of three; what is short runs ten times, and the figure is for all ten.
fastest() {
	local i statement="SET salesopp.organization_id = '1'; SET ROLE reading_seller;; $3"
	if [ "$2" = one ]; then
		statement="SET salesopp.organization_id = '1'; SET ROLE reading_seller;; DO \$do\$ DECLARE r record; BEGIN
			FOR i IN 1..10 LOOP FOR r IN EXECUTE \$q\$ $3 \$q\$ LOOP END LOOP; END LOOP; END \$do\$;"
	fi
	for i in 1 2 3; do PGDATABASE=$1 ms "$statement" | tail -n 1; done | sort -n | head -n 1
}

printf '\n%-26s %-4s %10s %10s %7s %8s %8s\n' "reading $listed" "" ms "by hand" ratio growth "by hand"
for i in "${!names[@]}"; do
	ours=$(fastest reading "${kinds[i]}" "${calls[i]}") hand=$(fastest reading "${kinds[i]}" "${by_hand[i]}")
	ours_tenth=$(fastest reading_tenth "${kinds[i]}" "${calls[i]}") hand_tenth=$(fastest reading_tenth "${kinds[i]}" "${by_hand[i]}")
	awk -v name="${names[i]}" -v kind="${kinds[i]}" -v ours="$ours" -v hand="$hand" -v ours_tenth="$ours_tenth" \
		-v hand_tenth="$hand_tenth" 'BEGIN { more = kind == "all" ? 10 : 1
			printf "%-26s %-4s %10.2f %10.2f %7.2f %8.2f %8.2f\n", name, kind, ours, hand, ours / hand,
				ours / ours_tenth / more, hand / hand_tenth / more }'
done
echo
as_seller="SET salesopp.organization_id = '1'; SET ROLE reading_seller;;"
compare 3 "stage_win_rates" "<= 10" "" "$as_seller SELECT * FROM salesopp.stage_win_rates()" "summary" "$as_seller SELECT * FROM salesopp.summary()"
echo
