# What history costs to write, and figures of the past beside those of the present, as a seller of one of a hundred organizations:
# with the rows as they came in over two years, and with those of an organization together.

sql -o /dev/null -v opportunities="$listed" -v changes="$changes" -f "$here/history.sql"

# writes CASE GOAL TRIGGER STATEMENT: with and without the trigger that writes history
writes() {
	local of="SET salesopp.organization_id = '101'"
	compare 5 "$1" "$2" "VACUUM salesopp.opportunity, salesopp.opportunity_history" \
		"$of; BEGIN;; $4; ROLLBACK;" \
		"without history" "$of; BEGIN; ALTER TABLE salesopp.opportunity DISABLE TRIGGER $3;; $4; ROLLBACK;"
}
update="UPDATE salesopp.opportunity SET COLUMN WHERE organization_id = 101"
writes "update $changes, what is tracked" "<= 1.3" history_update "${update/COLUMN/estimated_revenue = estimated_revenue + 1}"
writes "update $changes, what is not" "<= 1.07" history_update "${update/COLUMN/note = \'seen\'}"
writes "insert $changes" "<= 1.15" history_insert \
	"INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, decision_date, responsible_id)
		SELECT id, subject, revenue, decision, employee FROM new_opportunity"

# bytes LABEL: of a row of history with its part of the indexes
bytes() {
	sql -At -F ' ' -c "SELECT pg_table_size(c.oid) / n, pg_indexes_size(c.oid) / n FROM pg_class c,
		(SELECT count(*) AS n FROM salesopp.opportunity_history) h WHERE c.oid = 'salesopp.opportunity_history'::regclass" |
		{ read -r table indexes; printf '%-58s %10s   %-28s %10s %7s   %s\n' "bytes of a change, $1" $((table + indexes)) \
			"the table's alone" "$table" "" "<= 230"; }
}
# as_seller ORGANIZATION CALL: the session has seen both tables, and has the plans
as_seller() {
	echo "SET salesopp.organization_id = '$1'; SET ROLE history_seller; SELECT count(subject) FROM salesopp.opportunity;
		SELECT count(progress) FROM salesopp.opportunity_history; $2;; $2;"
}
# past LAYOUT
past() {
	local summary="SELECT * FROM salesopp.summary()" then="SELECT * FROM salesopp.pipeline_as_of('2026-02-01')" since cursor
	bytes "$1"
	compare 5 "pipeline_as_of, $1" "<= 3" "" "$(as_seller 7 "$then")" "summary" "$(as_seller 7 "$summary")" \
		"sum of the versions" "$(as_seller 7 "SELECT sum(estimated_revenue) FROM salesopp.opportunity_history")"
	compare 5 "pipeline_change of three months" "<= 6" "" \
		"$(as_seller 7 "SELECT * FROM salesopp.pipeline_change('2025-11-01', '2026-02-01')")" "summary" "$(as_seller 7 "$summary")"
	compare 5 "pipeline_series of 52 weeks" "<= 10" "" \
		"$(as_seller 7 "SELECT * FROM salesopp.pipeline_series('2025-02-02', '2026-02-01', '1 week')")" "one instant" "$(as_seller 7 "$then")"
	since=$(sql -At -c "SET salesopp.organization_id = '7'" -c "SELECT cursor FROM salesopp.changes_since(NULL, $listed) OFFSET $((listed * 7 / 100))
		LIMIT 1")
	compare 5 "changes_since far on, 1,000 rows" "<= 1.3" "" \
		"$(as_seller 7 "SELECT * FROM salesopp.changes_since('$since')")" "from the first" "$(as_seller 7 "SELECT * FROM salesopp.changes_since()")"
}
past "as they came"
every="DO \$do\$ BEGIN FOR i IN 1..ORGANIZATIONS LOOP PERFORM set_config('salesopp.organization_id', i::text, true);
	PERFORM * FROM salesopp.pipeline_as_of('2026-02-01'); END LOOP; END \$do\$"
compare 3 "pipeline_as_of of all 100, one by one" "<= 10" "" "${every/ORGANIZATIONS/100}" "of ten" "${every/ORGANIZATIONS/10}"
sql -c "CLUSTER salesopp.opportunity_history USING opportunity_history_pkey" -c "VACUUM ANALYZE salesopp.opportunity_history"
past "together"
echo
