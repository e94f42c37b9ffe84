# The import of a fifth of the rows, of 15 columns, beside COPY of the file and the same INSERT … SELECT by hand, and the
# memory that it takes.

# an import says by a notice which it is
sql -c "ALTER DATABASE import SET client_min_messages = warning"
sql -o /dev/null -c "SELECT salesopp.create_organization('One')" \
	-c "INSERT INTO salesopp.employee (initials, name) SELECT 'E' || i, 'Employee ' || i FROM generate_series(1, 100) i" \
	-c "INSERT INTO salesopp.department (name) SELECT 'Department ' || i FROM generate_series(1, 10) i" \
	-c "INSERT INTO salesopp.sales_region (name) SELECT 'Region ' || i FROM generate_series(1, 10) i" \
	-c "INSERT INTO salesopp.company (name) SELECT 'Company number ' || i FROM generate_series(1, 10000) i"
row="SELECT 'Deal ' || i AS \"Opportunity Name\", 'Company number ' || 1 + i % 10000 AS \"Account Name\",
	(ARRAY['Created', 'First contact made', 'Verbally accepted'])[1 + i % 3] AS \"Stage\", to_char(1000 + i % 100000, 'FM999,999') || '.50' AS \"Amount\",
	to_char(date '2026-01-01' + i % 700, 'DD.MM.YYYY') AS \"Close Date\", 'Employee ' || 1 + i % 100 AS \"Owner\", '006' || i AS \"Opportunity ID\",
	i % 100 || '%' AS \"Probability (%)\", to_char(date '2024-01-01' + i % 700, 'DD.MM.YYYY') AS \"Created Date\", 'Region ' || 1 + i % 10 AS \"Region\",
	'Department ' || 1 + i % 10 AS \"Department\", 'Some note about the deal ' || i AS \"Note\", 'High' AS \"Priority\", '3' AS \"Rating\", 'Open' AS \"Status\"
	FROM generate_series(1, $listed) i"
file=$work/deals.csv
sql -c "COPY ($row) TO '$file' WITH (FORMAT csv, HEADER)" -c "CREATE TABLE deals AS $row LIMIT 0" -c "CREATE TABLE copied (LIKE deals)" \
	-c "COPY deals FROM '$file' WITH (FORMAT csv, HEADER)" -c "VACUUM ANALYZE"

compare 3 "import_check of $listed, 15 columns" "<= 4" "" \
	"SELECT count(*) FROM salesopp.import_check('deals')" \
	"COPY of the file" "BEGIN; COPY copied FROM '$file' WITH (FORMAT csv, HEADER); ROLLBACK;"

by_hand="INSERT INTO salesopp.opportunity (organization_id, subject, company_id, estimated_revenue, decision_date, responsible_id, external_id,
		progress, progress_method, created_at, sales_region_id, department_id, note, priority, rating, sales_process_id, stage_reached)
	SELECT 1, d.\"Opportunity Name\", c.id, replace(d.\"Amount\", ',', '')::numeric, to_date(d.\"Close Date\", 'DD.MM.YYYY'), e.id, d.\"Opportunity ID\",
		replace(d.\"Probability (%)\", '%', '')::numeric, 'manual', to_date(d.\"Created Date\", 'DD.MM.YYYY'), r.id, t.id, d.\"Note\",
		lower(d.\"Priority\")::salesopp.priority, d.\"Rating\"::smallint, s.sales_process_id, s.position
	FROM deals d JOIN salesopp.company c ON c.name = d.\"Account Name\" JOIN salesopp.employee e ON e.name = d.\"Owner\"
	JOIN salesopp.sales_region r ON r.name = d.\"Region\" JOIN salesopp.department t ON t.name = d.\"Department\"
	JOIN salesopp.sales_process_stage s ON s.name = d.\"Stage\""
vacuum="VACUUM salesopp.opportunity, salesopp.stage, salesopp.opportunity_history"
compare 1 "import_opportunities of $listed" "<= 1.5" "$vacuum" \
	"BEGIN; SELECT count(*) FROM salesopp.import_opportunities('deals'); ROLLBACK;" \
	"INSERT … SELECT by hand" "BEGIN; $by_hand; ROLLBACK;"

printf '\n%-58s %10s   %10s\n' "peak memory of a backend, MB" "a quarter" "all"
sql -c "CREATE TABLE quarter AS SELECT * FROM deals LIMIT $listed / 4"
printf '%-58s %10s   %10s\n' "import_check of $listed" "$(peak "SELECT count(*) FROM salesopp.import_check('quarter')")" \
	"$(peak "SELECT count(*) FROM salesopp.import_check('deals')")"
printf '%-58s %10s   %10s\n' "import_opportunities of $listed" "$(peak "BEGIN; SELECT count(*) FROM salesopp.import_opportunities('quarter'); ROLLBACK;")" \
	"$(peak "BEGIN; SELECT count(*) FROM salesopp.import_opportunities('deals'); ROLLBACK;")"
printf '%-58s %10s   %10s\n' "the same INSERT by hand" "$(peak "BEGIN; ${by_hand/FROM deals/FROM quarter}; ROLLBACK;")" "$(peak "BEGIN; $by_hand; ROLLBACK;")"
