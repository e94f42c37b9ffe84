# An organization with a fiftieth of the rows out, in and gone, beside COPY of its rows table by table and DELETE past the triggers; another
# one as large stands beside it. Nothing has been analyzed.

# without its last lines, which analyze and grant
sed "/^VACUUM ANALYZE/,\$d" "$here/reading.sql" | sql -v rows=$((2 * changes)) -o /dev/null
tables=$(sql -At -c "SELECT unnest(salesopp.organization_tables())")
stored() { sql -At -c "SELECT array_to_string(salesopp.organization_columns('$1'), ', ')"; }
stream=$work/organization.jsonl
raw="WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')"
copy_out= copy_in="SET row_security = off;" delete="SET session_replication_role = replica;"
for table in $tables; do
	copy_out+="COPY (SELECT $(stored "$table") FROM $table WHERE organization_id = 1) TO '$work/$table.copy';"
	copy_in+="COPY $table ($(stored "$table")) FROM '$work/$table.copy';"
	delete+="DELETE FROM $table WHERE organization_id = 1;"
done
sql -c "$copy_out" -c "COPY (SELECT salesopp.export_organization(1)) TO '$stream' $raw" -c "CREATE TABLE stream (line text)" \
	-c "COPY stream FROM '$stream' $raw"
echo "$(wc -l <"$stream") lines, $(($(stat -c %s "$stream") >> 20)) MB; $(cat "$work"/*.copy | wc -c | awk '{ print int($1 / 1048576) }') MB by COPY"

compare 3 "export_organization() of $changes opportunities" "" "" \
	"COPY (SELECT salesopp.export_organization(1)) TO '$stream' $raw" \
	"COPY of each table" "$copy_out"
compare 1 "erase_organization()" "" "VACUUM" \
	"BEGIN; SELECT count(*) FROM salesopp.erase_organization(1, 'Organization 1'); ROLLBACK;" \
	"DELETE past the triggers" "BEGIN; $delete ROLLBACK;"
sql -o /dev/null -c "SELECT salesopp.erase_organization(1, 'Organization 1')" -c "VACUUM"
compare 1 "import_organization()" "" "VACUUM" \
	"BEGIN; SELECT count(*) FROM salesopp.import_organization('stream'); ROLLBACK;" \
	"COPY of each table" "BEGIN; $copy_in ROLLBACK;"

printf '\n%-58s %10s\n' "peak memory of a backend, MB" ""
memory() { printf '%-58s %10s\n' "$1" "$(peak "$2")"; }
memory "import_organization()" "SELECT count(*) FROM salesopp.import_organization('stream')"
memory "export_organization()" "COPY (SELECT salesopp.export_organization(1)) TO '$stream' $raw"
memory "erase_organization()" "SELECT count(*) FROM salesopp.erase_organization(1, 'Organization 1')"
