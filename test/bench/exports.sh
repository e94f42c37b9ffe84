# Exports, beside COPY and beside plain programs that write the same cells with the same libraries.

exported=$changes
cc -O2 -o "$work/bare_xlsx" "$here/bare_xlsx.c" -lxlsxwriter
cc -O2 -o "$work/bare_pdf" "$here/bare_pdf.c" -lhpdf -lm

# an_organization ROWS
an_organization() {
	sql -o /dev/null -c "SELECT salesopp.create_organization('One')" \
		-c "INSERT INTO salesopp.employee (initials, name)
			SELECT 'E' || i, 'Employee ' || i FROM generate_series(1, 35) i" \
		-c "INSERT INTO salesopp.company (name) SELECT 'Company ' || i FROM generate_series(1, 1000) i" \
		-c "INSERT INTO salesopp.opportunity (subject, estimated_revenue, decision_date, created_at,
				changed_at, company_id, responsible_id, changed_by)
			SELECT 'Deal ' || md5(i::text), (hashint8(i) & 268435455) / 100.0,
				date '2026-01-01' + (hashint8(i) & 511), now(),
				now() - (hashint8(i) & 1048575) * interval '1 minute',
				1 + i % 1000, 1 + i % 35, 1 + i % 35
			FROM generate_series(1, $1::bigint) i" \
		-c "VACUUM ANALYZE"
}
an_organization "$exported"

columns="id, status, flag, has_process, subject, company, project, estimated_revenue, quote_sum, order_sum,
	progress, decision_date, decision_color, responsible, changed_at, changed_by"
order="ORDER BY changed_at DESC, id DESC"
# as the workbook has them: days since the end of 1899
date="decision_date - DATE '1899-12-30'"
time="extract(epoch FROM changed_at) / 86400 + 25569"
numbers=${columns/decision_date/$date}
numbers=${numbers/changed_at/$time}
copy_rows="COPY (SELECT $numbers FROM salesopp.opportunity_list $order) TO STDOUT"
sql -o "$work/rows" -c "$copy_rows"

compare 5 "export_csv() of $exported, 16 columns" "<= 1.5" "" \
	"SELECT length(salesopp.export_csv())" \
	"COPY of the same" "!sql -c \"COPY (SELECT $columns FROM salesopp.opportunity_list $order) TO STDOUT CSV\""
compare 5 "export_xlsx() of $exported, 16 columns" "<= 1.3" "" \
	"SELECT length(salesopp.export_xlsx(columns => '{$columns}'))" \
	"program with libxlsxwriter" "!$work/bare_xlsx nssbsssnnnnnssns $work/bare.xlsx <$work/rows" \
	"... fed by COPY" "!sql -c \"$copy_rows\" | $work/bare_xlsx nssbsssnnnnnssns $work/bare.xlsx"
copy_texts="COPY (SELECT initcap(status::text), subject, company, project,
		to_char(estimated_revenue, 'FM999,999,990.00'), quote_sum, order_sum, progress::integer,
		to_char(decision_date, 'FMDD Mon YYYY'), responsible, to_char(changed_at, 'FMDD Mon YYYY HH24:MI'), changed_by
	FROM salesopp.opportunity_list $order) TO STDOUT"
sql -o "$work/texts" -c "$copy_texts"
compare 5 "export_pdf() of $exported, 13 columns" "<= 1.5" "" \
	"SELECT length(salesopp.export_pdf())" \
	"program with libharu" "!$work/bare_pdf 12 $work/bare.pdf <$work/texts" \
	"... fed by COPY" "!sql -c \"$copy_texts\" | $work/bare_pdf 12 $work/bare.pdf"

# The goal: no more than the file itself and 64 MB.
sql -c "CREATE DATABASE large_export"
export PGDATABASE=large_export
sql -c "SET client_min_messages = warning" -c "CREATE EXTENSION salesopp CASCADE"
an_organization "$listed"
printf '\n%-58s %10s   %10s\n' "peak memory of a backend, MB" "the file" "peak"
for format in csv xlsx; do
	export_large="SET work_mem = '4MB'; SELECT length(salesopp.export_$format()) / 1024 / 1024"
	printf '%-58s %10s   %10s\n' "export_$format() of $listed" "$(sql -At -c "$export_large" | tail -n 1)" "$(peak "$export_large;")"
done
echo
