# Search, as a role under row security.

# list_of ROWS: ten organizations with so many opportunities, half of them in the first
list_of() {
	sql -o /dev/null -c "SELECT salesopp.create_organization('Organization ' || i) FROM generate_series(1, 10) i" \
		-c "SET row_security = off" \
		-c "INSERT INTO salesopp.employee (organization_id, id, initials, name)
			SELECT o, 100 * o + i, 'E' || i, 'Employee ' || i FROM generate_series(1, 10) o, generate_series(1, 35) i" \
		-c "INSERT INTO salesopp.company (organization_id, id, name)
			SELECT o, 10000 * o + i, 'Company ' || i FROM generate_series(1, 10) o, generate_series(1, 1000) i" \
		-c "INSERT INTO salesopp.opportunity (organization_id, id, subject, estimated_revenue, decision_date,
				created_at, changed_at, note, company_id, responsible_id, changed_by)
			SELECT o, i,
				'Deal ' || md5(i::text) || CASE WHEN i % ($1 / 100) = 0 THEN ' zebrawood' ELSE '' END,
				(hashint8(i) & 268435455) / 100.0, date '2026-01-01' + (hashint8(i) & 511),
				now(), now() - (hashint8(i) & 1048575) * interval '1 minute', 'Note ' || i,
				10000 * o + 1 + i % 1000, 100 * o + 1 + i % 35, 100 * o + 1 + i % 35
			FROM generate_series(1, $1::bigint) i
			CROSS JOIN LATERAL (SELECT CASE WHEN i % 2 = 0 THEN 1 ELSE 2 + i % 9 END AS o) organization" \
		-c "VACUUM ANALYZE" \
		-c "SELECT salesopp.grant_access('seller', 'seller')"
}
sql -c "CREATE ROLE seller LOGIN"
list_of "$listed"

# A page takes less than the way to the server and back, so what is short is run many times at once.
times=200
many() { echo "DO \$do\$ BEGIN FOR i IN 1..$times LOOP EXECUTE \$q\$ $1 \$q\$; END LOOP; END \$do\$;"; }
as_seller="SET salesopp.organization_id = '1'; SET ROLE seller;;"
table="salesopp.opportunity"
for pattern in '%zebrawood%' '%zebrawood'; do
	compare 5 "search for $pattern, $times times" "<= 1.3" "" \
		"$as_seller $(many "SELECT id FROM salesopp.search('{\"subject\": \"$pattern\"}', 'id', 100)")" \
		"ILIKE, as superuser" "$(many "SELECT id FROM $table WHERE subject ILIKE '$pattern' AND organization_id = 1 ORDER BY id LIMIT 100")" \
		"ILIKE on opportunity_list" "$(many "SELECT * FROM salesopp.opportunity_list WHERE subject ILIKE '$pattern' AND organization_id = 1 ORDER BY id LIMIT 100")"
	compare 5 "matches(subject, '$pattern'), $times times" "<= 1.3" "" \
		"$as_seller $(many "SELECT id FROM $table WHERE salesopp.matches(subject, '$pattern')")" \
		"ILIKE, as superuser" "$(many "SELECT id FROM $table WHERE subject ILIKE '$pattern' AND organization_id = 1")"
	compare 5 "matches(subject, '$pattern')" "<= 0.02" "" \
		"$as_seller SELECT id FROM $table WHERE salesopp.matches(subject, '$pattern')" \
		"without index scans" "SET enable_bitmapscan = off; SET enable_indexscan = off; $as_seller SELECT id FROM $table WHERE salesopp.matches(subject, '$pattern')"
done
for column in decision_date changed_at estimated_revenue; do
	compare 5 "first page by $column, $times times" "<= 3" "" \
		"$as_seller $(many "SELECT * FROM salesopp.search('{}', '$column desc', 50)")" \
		"ids of $table" "$as_seller $(many "SELECT id FROM $table ORDER BY id LIMIT 50")" \
		"rows of $table" "$as_seller $(many "SELECT * FROM $table ORDER BY $column DESC, id DESC LIMIT 50")" \
		"rows of opportunity_list" "$as_seller $(many "SELECT * FROM salesopp.opportunity_list ORDER BY $column DESC, id DESC LIMIT 50")"
done
after=$(sql -At -c "SET salesopp.organization_id = '1'" \
	-c "SELECT id FROM salesopp.search('{}', 'decision_date', 49950) OFFSET 49949")
compare 5 "page 1,000 by after, $times times" "<= 1.3" "" \
	"$as_seller $(many "SELECT * FROM salesopp.search('{}', 'decision_date', 50, ${after:-NULL})")" \
	"page 1" "$as_seller $(many "SELECT * FROM salesopp.search('{}', 'decision_date', 50)")"
compare 5 "summary('{}')" "<= 1.3" "" \
	"$as_seller SELECT * FROM salesopp.summary('{}')" \
	"pipeline_summary" "$as_seller SELECT $summary FROM $table WHERE deleted_at IS NULL"

# The word is in 100 rows whatever the size. The page of the largest list comes first.
printf '\n%-58s %10s %10s %10s\n' "ms as the list grows, $times times" "$((listed / 100))" "$((listed / 10))" "$listed"
databases=()
for size in $((listed / 100)) $((listed / 10)); do
	sql -c "CREATE DATABASE listed_$size"
	PGDATABASE=listed_$size sql -c "SET client_min_messages = warning" -c "CREATE EXTENSION salesopp CASCADE"
	PGDATABASE=listed_$size list_of "$size"
	databases+=("listed_$size")
done
databases+=("$PGDATABASE")
# growth CASE SQL
growth() {
	local database i
	printf '%-58s' "$1"
	for database in "${databases[@]}"; do
		for i in 1 2 3 4 5; do PGDATABASE=$database ms "$2"; done | median | xargs printf ' %10.2f'
	done
	echo
}
growth "first page by decision_date" "$as_seller $(many "SELECT * FROM salesopp.search('{}', 'decision_date desc', 50)")"
growth "first page by changed_at" "$as_seller $(many "SELECT * FROM salesopp.search('{}', 'changed_at desc', 50)")"
growth "search for %zebrawood%" "$as_seller $(many "SELECT * FROM salesopp.search('{\"subject\": \"%zebrawood%\"}', 'id', 50)")"
growth "summary('{}'), once" "$as_seller SELECT * FROM salesopp.summary('{}')"
echo
