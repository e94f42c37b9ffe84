# Writing, beside copies of the tables without rules or with the rules in PL/pgSQL, and the memory
# that it takes.

sql -f "$here/copies.sql"
sql -o /dev/null -c "SELECT salesopp.create_organization('One')" \
	-c "INSERT INTO salesopp.employee (initials, name) SELECT 'E' || i, 'Employee ' || i FROM generate_series(1, 35) i" \
	-c "INSERT INTO salesopp.company (name) SELECT 'Company ' || i FROM generate_series(1, 1000) i" \
	-c "CREATE TABLE new_opportunity AS SELECT i AS id, 'Opportunity number ' || i AS subject,
			(hashint8(i) & 268435455) / 100.0 AS revenue, date '2026-01-01' + (i % 400)::integer AS decision,
			1 + i % 35 AS employee, 1 + i % 1000 AS company FROM generate_series(1, $changes::bigint) i" \
	-c "VACUUM ANALYZE"

columns="organization_id, id, subject, estimated_revenue, decision_date, responsible_id, company_id, sales_process_id"
values="SELECT 1, id, subject, revenue, decision, employee, company, 1"
stages="(organization_id, opportunity_id, position, name, probability, created_at, changed_at)
	SELECT 1, o.id, s.position, s.name, s.probability, now(), now()
	FROM new_opportunity o, salesopp.sales_process_stage s"
insert_plain() {
	echo "BEGIN; INSERT INTO $1.opportunity ($columns, created_at, changed_at) $values, now(), now() FROM new_opportunity;
		INSERT INTO $1.stage $stages; ${2:-ROLLBACK};"
}
insert_ruled() {
	echo "BEGIN; INSERT INTO $1.opportunity ($columns) $values FROM new_opportunity; ${2:-ROLLBACK};"
}
vacuum="VACUUM salesopp.opportunity, salesopp.stage, salesopp.status_event, plain.opportunity, plain.stage,
	keyed.opportunity, keyed.stage, plpgsql.opportunity, plpgsql.stage, plpgsql.status_event"

compare 3 "insert $changes with five stages each" "<= 1.5" "$vacuum" \
	"$(insert_ruled salesopp)" \
	"copies without triggers" "$(insert_plain plain)" \
	"... with the foreign keys" "$(insert_plain keyed)" \
	"the rules in PL/pgSQL" "$(insert_ruled plpgsql)"

for schema in salesopp plpgsql; do sql -c "$(insert_ruled $schema COMMIT)"; done
sql -c "$(insert_plain plain COMMIT)" -c "VACUUM ANALYZE"

update="SET estimated_revenue = estimated_revenue + 1"
compare 5 "update $changes open ones" "<= 1.3" "$vacuum" \
	"BEGIN; UPDATE salesopp.opportunity $update; ROLLBACK;" \
	"copy without triggers" "BEGIN; UPDATE plain.opportunity $update, changed_at = now(); ROLLBACK;" \
	"the rules in PL/pgSQL" "BEGIN; UPDATE plpgsql.opportunity $update; ROLLBACK;"
closing="SET status = 'won', actual_revenue = estimated_revenue, close_date = CURRENT_DATE,
	closed_at = now(), changed_at = now()"
compare 5 "close $changes in one update" "<= 2.5" "$vacuum" \
	"BEGIN; UPDATE salesopp.opportunity SET status = 'won'; ROLLBACK;" \
	"copy without triggers" "BEGIN; UPDATE plain.opportunity $closing; ROLLBACK;" \
	"the rules in PL/pgSQL" "BEGIN; UPDATE plpgsql.opportunity SET status = 'won'; ROLLBACK;"
ids="(SELECT array_agg(id) FROM salesopp.opportunity)"
compare 3 "set_status() of $changes" "<= 1.5" "$vacuum" \
	"BEGIN; SELECT count(*) FROM salesopp.set_status($ids, 'won'); ROLLBACK;" \
	"one update" "BEGIN; UPDATE salesopp.opportunity SET status = 'won'; ROLLBACK;"

printf '\n%-58s %10s   %10s\n' "peak memory of a backend, MB" "a quarter" "all"
# memory CASE SQL: with "LIMITED" in its place for the condition that makes it a quarter
memory() {
	printf '%-58s %10s   %10s\n' "$1" "$(peak "BEGIN; ${2/LIMITED/WHERE id <= $changes / 4}; ROLLBACK;")" \
		"$(peak "BEGIN; ${2/LIMITED/}; ROLLBACK;")"
	sql -c "$vacuum"
}
memory "update $changes" "UPDATE salesopp.opportunity $update LIMITED"
memory "... copy without triggers" "UPDATE plain.opportunity $update LIMITED"
memory "close $changes" "UPDATE salesopp.opportunity SET status = 'won' LIMITED"
memory "... in PL/pgSQL" "UPDATE plpgsql.opportunity SET status = 'won' LIMITED"
memory "pipeline_summary by employee" "SELECT responsible_id, $summary FROM salesopp.opportunity LIMITED GROUP BY 1"
another="($columns) SELECT 1, id + 100000000, subject, revenue, decision, employee, company, 1 FROM new_opportunity LIMITED"
memory "insert $changes with stages" "INSERT INTO salesopp.opportunity $another"
memory "... in PL/pgSQL" "INSERT INTO plpgsql.opportunity $another"
echo
