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
sql -o "$work/rows" -c "COPY (SELECT ${columns/decision_date,/decision_date - date '1899-12-30',} FROM salesopp.opportunity_list $order) TO STDOUT"
sed -i 's/\([0-9]\) [0-9:.]*+00/\1/' "$work/rows"

compare 5 "export_csv() of $exported, 16 columns" "<= 1.5" "" \
	"SELECT length(salesopp.export_csv())" \
	"COPY of the same" "!sql -c \"COPY (SELECT $columns FROM salesopp.opportunity_list $order) TO STDOUT CSV\""
compare 5 "export_xlsx() of $exported, 16 columns" "<= 1.3" "" \
	"SELECT length(salesopp.export_xlsx(columns => '{$columns}'))" \
	"program with libxlsxwriter" "!$work/bare_xlsx nssbsssnnnnnssss $work/bare.xlsx <$work/rows"
