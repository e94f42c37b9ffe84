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

# Twenty columns more, of what is beside the opportunity or computed
sql -o /dev/null -c "INSERT INTO salesopp.custom_field (name, data_type, choices) VALUES ('Budget', 'number', NULL), ('Signed', 'date', NULL), ('Urgent', 'boolean', NULL), ('Source', 'choice', '{Web,Fair}'), ('Remark', 'text', NULL)" \
	-c "INSERT INTO salesopp.contact (company_id, first_name, last_name, email, mobile) SELECT id, 'Kari', 'Number ' || id, 'kari@' || id || '.example', '900 00 ' || id FROM salesopp.company" \
	-c "UPDATE salesopp.opportunity SET note = 'Note ' || id, contact_id = company_id, created_by = responsible_id, delivery_date = decision_date + 30, custom = jsonb_build_object('Budget', id % 1000 + 0.5,
		'Signed', to_char(date '2026-01-01' + id::integer % 300, 'YYYY-MM-DD'), 'Urgent', id % 2 = 0, 'Source', CASE id % 2 WHEN 0 THEN 'Web' ELSE 'Fair' END, 'Remark', 'Remark ' || id)" \
	-c "INSERT INTO salesopp.activity (kind, subject, opportunity_id, occurred_at) SELECT 'call', 'Call ' || id, id, now() + id % 90 * interval '1 day' FROM salesopp.opportunity WHERE id % 4 = 0" \
	-c "VACUUM ANALYZE"
further="note, created_at, created_by, delivery_date, loss_reason, winner, contact, contact_email, contact_phone, forecast_category, stage, stage_progress,
	days_in_stage, next_activity, next_activity_at"
fields="Budget, Signed, Urgent, Source, Remark"
further_by_hand="o.note, o.created_at, b.initials, o.delivery_date, r.name, COALESCE(w.name, wc.name), concat_ws(' ', c.first_name, c.last_name), c.email, COALESCE(c.mobile, c.direct_phone),
	salesopp.forecast_category(o.status, o.progress, o.forecast_category), s.name,
	(SELECT salesopp.stage_progress(s.status, s.position, s.probability) FROM salesopp.stage s WHERE s.organization_id = o.organization_id AND s.opportunity_id = o.id),
	(SELECT extract(day FROM v.duration) FROM salesopp.stage_visits v WHERE v.organization_id = o.organization_id AND v.opportunity_id = o.id AND v.is_current), a.subject, a.occurred_at"
fields_by_hand="(o.custom ->> 'Budget')::numeric, (o.custom ->> 'Signed')::date, (o.custom ->> 'Urgent')::boolean, o.custom ->> 'Source', o.custom ->> 'Remark'"
further_joins="LEFT JOIN salesopp.employee b ON b.organization_id = o.organization_id AND b.id = o.created_by
	LEFT JOIN salesopp.loss_reason r ON r.organization_id = o.organization_id AND r.id = o.loss_reason_id
	LEFT JOIN salesopp.opportunity_competitor w ON w.organization_id = o.organization_id AND w.opportunity_id = o.id AND w.is_winner
	LEFT JOIN salesopp.competitor wc ON wc.organization_id = w.organization_id AND wc.id = w.competitor_id
	LEFT JOIN salesopp.contact c ON c.organization_id = o.organization_id AND c.id = o.contact_id
	LEFT JOIN salesopp.stage s ON s.organization_id = o.organization_id AND s.opportunity_id = o.id AND s.position = o.stage_position
	LEFT JOIN LATERAL (SELECT a.subject, a.occurred_at FROM salesopp.activity a WHERE a.organization_id = o.organization_id AND a.opportunity_id = o.id AND a.occurred_at > now()
		ORDER BY a.occurred_at, a.id LIMIT 1) a ON true"
compare 5 "export_csv() of $exported, 36 columns" "<= 1.2" "" \
	"SELECT length(salesopp.export_csv(columns => '{$columns, $further, $fields}'))" \
	"COPY of the same" "!sql -c \"COPY (SELECT l.${columns//,[[:space:]]/, l.}, $further_by_hand, $fields_by_hand FROM salesopp.opportunity_list l
		JOIN salesopp.opportunity o ON o.organization_id = l.organization_id AND o.id = l.id $further_joins ORDER BY l.changed_at DESC, l.id DESC) TO STDOUT CSV\""

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
