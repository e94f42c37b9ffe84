# The history that the export implies (N1, N2, N6), against figures that awk computes from the files: each deal was open
# from its engage date on, and won or lost from its close date on; what is still in Prospecting came when it was loaded.
# Sourced by run, which has $work/deals and $share, and what compares.

# last_day MONTH: of 2017-02, 2017-02-28
last_day() { date -u -d "$1-01 +1 month -1 day" +%F; }

months=$(awk -F'|' '{ print substr($11, 1, 7); print substr($6, 1, 7) }' "$work/deals" | sed '/^$/d' | sort -u)
last_days=$(for month in $months; do last_day "$month"; done)
first_month=$(head -n 1 <<< "$months")-01
last_month=$(tail -n 1 <<< "$months")-01
day_before=$(date -u -d "$first_month -1 day" +%F)

# The last days of the months in the organization's time zone, when they begin and end: by then, nothing of the next has come.
month_ends="(SELECT (m + interval '1 month - 1 day')::date AS day,
	(m + interval '1 month - 1 day') AT TIME ZONE z.time_zone AS begins,
	(m + interval '1 month') AT TIME ZONE z.time_zone - interval '1 microsecond' AS ends,
	m AT TIME ZONE z.time_zone - interval '1 microsecond' AS ends_before
	FROM salesopp.organization z, generate_series(timestamp '$first_month', '$last_month', '1 month') m
	WHERE z.id = salesopp.current_organization()) e"

# was_at DAY: the deals of the standard input as they were at the end of the day
was_at() {
	awk -F'|' -v OFS='|' -v day="$1" '$11 != "" && $11 <= day {
		if ($2 != "open" && $6 > day) { $2 = "open"; $7 = ""; $8 = "Engaging" }
		print }'
}

# What pipeline_as_of() says: by was_at, nothing of it made up. The deals are those that awk selects with the condition.
as_of() {
	for day in $last_days; do
		awk -F'|' "$1" "$work/deals" | was_at "$day" | totals | sed "s/^/$day|/; s/$/|0/"
	done
}

# changes PERCENT: what pipeline_change() says of the time between the ends of days and the ends of the days before, two
# on each line of the standard input, when a deal that was engaged is worth so many percent of its price.
changes() {
	local since until
	while read -r since until; do
		awk -F'|' -v since="$since" -v until="$until" -v percent="$1" '
			function add(bucket, amount) { n[bucket]++; sum[bucket] += amount }
			$11 != "" && $11 <= until {
				value = $5 * percent / 100
				was_there = $11 <= since; was_open = was_there && ($6 == "" || $6 > since)
				is_open = $6 == "" || $6 > until
				if (was_open) add("start", value)
				if (is_open && !was_there) add("new", value)
				if (was_open && !is_open) add($2, -value)
				if (is_open) add("end", value)
				if (was_open && !is_open && $2 == "won") add("won_at", $7)
				if (!was_there && !is_open) add($2 "_new", $2 == "won" ? $7 : value) }
			END {
				names = "start new restored reopened moved_in transferred_in increased decreased more_likely less_likely"
				names = names " won lost moved_out transferred_out deleted end won_at won_new lost_new"
				count = split(names, name, " ")
				for (i = 1; i <= count; i++)
					printf "%s|%d|%s|%d|%.2f\n", until, i, name[i], n[name[i]], sum[name[i]] }' "$work/deals"
	done
}

# each_month: the last day of each month, behind that of the month before
each_month() { paste -d' ' <(echo "$day_before"; head -n -1 <<< "$last_days") <(echo "$last_days"); }

# adds_up FILE: whether what is said of each period adds up, in cents, and the end of one is the start of the next
adds_up() {
	awk -F'|' '
		function cents(amount) { sub(/\./, "", amount); return amount + 0 }
		$2 <= 15 { sum += cents($5) }
		$2 == 1 { periods++; if (periods > 1 && (cents($5) != end || $4 != n)) { print "# " $1 " starts otherwise"; bad = 1 } }
		$2 == 16 { end = cents($5); n = $4; if (sum != end) { print "# " $1 " does not add up"; bad = 1 }; sum = 0 }
		END { exit bad || periods < 2 }' "$1"
}

# by_period PERIOD: what results() says of months or quarters, those without anything included
by_period() {
	awk -F'|' -v by="$1" -v months="$(tr '\n' ' ' <<< "$months")" "$day_number"'
		function period(month,   quarter) {
			if (by == "month") return substr(month, 1, 7) "-01|" substr(month, 1, 7)
			quarter = int((substr(month, 6, 2) + 2) / 3)
			return sprintf("%s-%02d-01|%s-Q%d", substr(month, 1, 4), 3 * quarter - 2, substr(month, 1, 4), quarter) }
		BEGIN { count = split(months, m, " "); for (i = 1; i <= count; i++) all[period(m[i])] }
		$2 != "open" { p = period($6); n[p]++; of[p, $2]++; won[p] += $7
			if ($2 == "lost") lost[p] += $5
			days[p] += day($6) - day($11) }
		END { for (p in all)
			printf "%s|%d|%d|%d|%.2f|%.2f|%s|%s\n", p, n[p], of[p, "won"], of[p, "lost"], won[p], lost[p],
				n[p] ? sprintf("%.2f", int(10000 * of[p, "won"] / n[p] + 0.5) / 100) : "",
				n[p] ? sprintf("%.1f", int(10 * days[p] / n[p] + 0.5) / 10) : "" }' "$work/deals" | sort
}

as_of 1 > "$work/as_of"
as_of '$9 == "East"' > "$work/as_of_east"
each_month | changes 100 > "$work/changes"
each_month | changes "$share" > "$work/changes_weighted"
for day in $last_days; do
	was_at "$day" < "$work/deals" | totals | awk -F'|' -v day="$day" '
		$1 == "won" { won = $4 }
		$1 == "open" { printf "%s|%s|%s|%s|%s\n", day, $2, $3, $4, won }'
done > "$work/series"
# Numbers by status, stage and progress of all that was engaged. What was closed later was open, nobody knows at which stage.
for day in $last_days; do
	was_at "$day" < "$work/deals" | awk -F'|' -v day="$day" -v share="$share" '
		{ n[$2 "|" ($2 == "won" || $2 == "open" && $6 != "" ? "" : 2)]++ }
		function say(s, stage) { k = s "|" stage
			if (n[k]) printf "%s|%s|%.2f|%d|%d|%d|0\n", day, k, share, n[k], s != "open" ? n[k] : 0, s == "won" ? n[k] : 0 }
		END { say("open", 2); say("open", ""); say("won", ""); say("lost", 2) }'
done > "$work/states"
by_period month > "$work/months"
by_period quarter > "$work/quarters"

# found NAME EXPECTED STATEMENT: what a seller gets
found() {
	PGOPTIONS="-c role=$seller -c salesopp.organization_id=$chosen -c statement_timeout=60s" \
		query -c "$3" > "$work/found" 2>&1 || true
	same "$where: $1" "$2" "$work/found"
}

# check_history ORGANIZATION TIME_ZONE: the figures of the past, as a seller in that time zone gets them
check_history() {
	chosen=$1 where=$2
	echo "$2" > "$work/expected"
	found "days begin in the organization's time zone" "$work/expected" \
		"SELECT time_zone FROM salesopp.organization"
	echo "0 problems" > "$work/expected"
	found "the history is whole" "$work/expected" "SELECT count(*) || ' problems' FROM salesopp.history_problems()"
	awk -F'|' '$11 != "" && (first == "" || $11 < first) { first = $11 } END { print first }' "$work/deals" > "$work/expected"
	found "it begins with the first engage date" "$work/expected" "SELECT salesopp.history_begins()::date"

	found "pipeline_as_of the end of each month" "$work/as_of" \
		"SELECT e.day, p.* FROM $month_ends, LATERAL salesopp.pipeline_as_of(e.ends) p"
	found "pipeline_as_of the beginning of the last day of each month" "$work/as_of" \
		"SELECT e.day, p.* FROM $month_ends, LATERAL salesopp.pipeline_as_of(e.begins) p"
	found "pipeline_as_of the end of each month, of a region" "$work/as_of_east" \
		"SELECT e.day, p.* FROM $month_ends, LATERAL salesopp.pipeline_as_of(e.ends,
			(SELECT jsonb_build_object('sales_region_id', r.id) FROM salesopp.sales_region r WHERE r.name = 'East')) p"
	found "opportunities_as_of are the open ones, as likely as engaged, and the closed ones" "$work/states" \
		"SELECT e.day, o.status, o.stage_position, o.progress, count(*), count(o.close_date), count(o.actual_revenue), count(o.loss_reason_id)
		FROM $month_ends, LATERAL salesopp.opportunities_as_of(e.ends) o GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
	found "pipeline_change in each month" "$work/changes" \
		"SELECT e.day, c.* FROM $month_ends, LATERAL salesopp.pipeline_change(e.ends_before, e.ends) c"
	check "$where: in each month it adds up" adds_up "$work/found"
	found "pipeline_change in each month, weighted" "$work/changes_weighted" \
		"SELECT e.day, c.* FROM $month_ends, LATERAL salesopp.pipeline_change(e.ends_before, e.ends, measure => 'weighted') c"
	check "$where: in each month it adds up, weighted" adds_up "$work/found"
	found "pipeline_series by month" "$work/series" \
		"SELECT s.at::date, s.open_opportunities, s.estimated_revenue, s.pipeline, s.won_revenue
		FROM salesopp.pipeline_series('$(head -n 1 <<< "$last_days") 23:59:59.999999', '$(tail -n 1 <<< "$last_days") 23:59:59.999999', '1 month') s"
	found "results by month, empty ones too" "$work/months" \
		"SELECT * FROM salesopp.results('month', '$first_month', '$(tail -n 1 <<< "$last_days")')"
	found "results by quarter" "$work/quarters" \
		"SELECT * FROM salesopp.results('quarter', '$first_month', '$(tail -n 1 <<< "$last_days")')"

	# What is in Prospecting has come since, and is worth nothing yet.
	awk -F'|' '$2 == "open" { n[$8]++; sum[$8] += $5 }
		END { printf "start|%d|%.2f\nnew|%d|%.2f\nend|%d|%.2f\n", n["Engaging"], sum["Engaging"], n["Prospecting"],
			sum["Prospecting"], n["Engaging"] + n["Prospecting"], sum["Engaging"] + sum["Prospecting"] }' \
		"$work/deals" > "$work/expected"
	found "since then the deals in Prospecting have come, and nothing else" "$work/expected" \
		"SELECT c.bucket, c.opportunities, c.amount FROM $month_ends, LATERAL salesopp.pipeline_change(e.ends) c
		WHERE e.day = '$(tail -n 1 <<< "$last_days")' AND c.opportunities > 0"
	totals < "$work/deals" | sed 's/$/|0/' > "$work/expected"
	found "the present is the summary" "$work/expected" "SELECT * FROM salesopp.pipeline_as_of(NULL)"
}

# Of those that are closed it is not known at which stage they were, so they are not counted.
check_unknown_stages() {
	awk -F'|' '{ n[$8]++ } END { printf "1|Prospecting|%d|0|0|0|%d\n2|Engaging|%d|0|0|0|%d\n",
		n["Prospecting"], n["Prospecting"], n["Engaging"], n["Engaging"] }' "$work/deals" > "$work/expected"
	found "stage_conversion counts what is open" "$work/expected" \
		"SELECT position, name, reached, went_on, lost, won, still_there FROM salesopp.stage_conversion()"
	echo "0 stages, 0 stalled" > "$work/expected"
	found "how long stages took is not known" "$work/expected" "SELECT (SELECT count(*) FROM salesopp.stage_times())
		|| ' stages, ' || (SELECT count(*) FROM salesopp.stalled()) || ' stalled'"
}

# quantile PERCENT CONDITION: the days from engage to close date that so many did not exceed, of the deals that awk selects
quantile() {
	awk -F'|' "$day_number"' $2 != "open" && ('"$2"') { print day($6) - day($11) }' "$work/deals" | sort -n |
		awk -v percent="$1" '{ days[NR] = $1 } END { n = int((NR * percent + 99) / 100); print days[n] " days" }'
}

# Where it is known: engaged deals were in Engaging until they were closed.
check_known_stages() {
	local usual
	echo "0 problems" > "$work/expected"
	found "the history is whole" "$work/expected" "SELECT count(*) || ' problems' FROM salesopp.history_problems()"
	found "pipeline_as_of the end of each month" "$work/as_of" \
		"SELECT e.day, p.* FROM $month_ends, LATERAL salesopp.pipeline_as_of(e.ends) p"
	found "pipeline_change in each month, weighted" "$work/changes_weighted" \
		"SELECT e.day, c.* FROM $month_ends, LATERAL salesopp.pipeline_change(e.ends_before, e.ends, measure => 'weighted') c"

	awk -F'|' '{ n[$8]++ } END { printf "1|Prospecting|%d|0|0|0|%d\n2|Engaging|%d|0|%d|%d|%d\n",
		n["Prospecting"], n["Prospecting"], n["Engaging"] + n["Won"] + n["Lost"], n["Lost"], n["Won"], n["Engaging"] }' \
		"$work/deals" > "$work/expected"
	found "stage_conversion" "$work/expected" \
		"SELECT position, name, reached, went_on, lost, won, still_there FROM salesopp.stage_conversion()"

	usual=$(quantile 80 '$2 == "won"')
	awk -F'|' -v median="$(quantile 50 1)" -v usual="$usual" '{ n[$2]++ }
		END { printf "2|Engaging|%d|%s|%s|%d\n", n["won"] + n["lost"], median, usual, n["won"] }' "$work/deals" > "$work/expected"
	found "stage_times" "$work/expected" \
		"SELECT position, name, visits, median, p80_of_won, won_visits FROM salesopp.stage_times()"

	# by now, all that are still there
	awk -F'|' -v usual="$usual" '{ n[$2]++ } $8 == "Engaging" { stalled[++count] = $1 "|2|" $11 "|" usual }
		END { for (i = 1; i <= count; i++) print stalled[i] "|" n["won"] }' "$work/deals" > "$work/expected"
	found "stalled, the longest first" "$work/expected" \
		"SELECT o.external_id, s.position, (now() - s.in_stage)::date, s.usual, s.compared_with
		FROM salesopp.stalled() WITH ORDINALITY s
		JOIN salesopp.opportunity o ON o.organization_id = $chosen AND o.id = s.opportunity_id ORDER BY s.ordinality"
}

# in_words: lines "what|number|amount" as the titles of the bars of change_svg() have them
in_words() {
	awk -F'|' '
		function grouped(number,   parts, place) {
			split(sprintf("%.2f", number < 0 ? -number : number), parts, ".")
			for (place = length(parts[1]) - 2; place > 1; place -= 3)
				parts[1] = substr(parts[1], 1, place - 1) "," substr(parts[1], place)
			return parts[1] "." parts[2] }
		{ amount = grouped($3); n = grouped($2); sub(/\.00$/, "", n)
		  sign = $1 ~ /^At/ || $3 == 0 ? "" : $3 < 0 ? "\342\210\222" : "+"
		  print $1 ": " sign amount " (" n ")" }'
}

# titles FILE: what an XML parser finds as titles in the picture
titles() {
	python3 -c '
import sys, xml.etree.ElementTree as tree
for title in list(tree.parse(sys.argv[1]).iter("{http://www.w3.org/2000/svg}title"))[1:]:
    sys.stdout.buffer.write(title.text.encode() + b"\n")' "$1" 2>&1
}

# pictured NAME EXPECTED STATEMENT
pictured() {
	if ! command -v python3 > /dev/null; then
		echo "ok - $where: $1 # skip: python3 is not there to parse XML"
		return
	fi
	PGOPTIONS="-c role=$seller -c salesopp.organization_id=$chosen" query -c "$3" > "$work/picture.svg" 2>&1 || true
	titles "$work/picture.svg" > "$work/found" || true
	same "$where: $1" "$2" "$work/found"
	[ -z "${KEEP_PICTURES:-}" ] || cp "$work/picture.svg" "$KEEP_PICTURES/$chosen ${1//[^a-z_]/ }.svg"
}

check_pictures() {
	local last=$(tail -n 1 <<< "$last_days") words
	for measure in estimated_revenue weighted; do
		words=$work/changes
		[ $measure = estimated_revenue ] || words=$work/changes_weighted
		awk -F'|' -v day="$last" '
			BEGIN { word["start"] = "At the start"; word["new"] = "New"; word["won"] = "Won"; word["lost"] = "Lost"; word["end"] = "At the end" }
			$1 == day && $3 in word && $4 > 0 { print word[$3] "|" $4 "|" $5 }' "$words" | in_words > "$work/expected"
		pictured "change_svg of the last month, $measure" "$work/expected" "SELECT salesopp.change_svg(e.ends_before, e.ends, measure => '$measure')
			FROM $month_ends WHERE e.day = '$last'"
	done
	awk -F'|' '{ print $1 "|" $2 "|" $3 "|" $4 }' "$work/series" | while IFS='|' read -r day n estimate pipeline; do
		printf '%s 23:59: Estimated revenue %s, Weighted pipeline %s (%s)\n' "$(date -u -d "$day" '+%-d %b %Y')" \
			"$(in_words <<< "At|$n|$estimate" | sed 's/At: \(.*\) (.*/\1/')" \
			"$(in_words <<< "At|$n|$pipeline" | sed 's/At: \(.*\) (.*/\1/')" "$(in_words <<< "At|$n|0" | sed 's/.*(\(.*\))/\1/')"
	done > "$work/expected"
	pictured "series_svg by month" "$work/expected" "SELECT salesopp.series_svg('$(head -n 1 <<< "$last_days") 23:59:59.999999',
		'$last 23:59:59.999999', '1 month')"
}

# As it was loaded first, and then west of there, where the clock is set at midnight, and east. Of these no statistics are
# made, and they were closed at the end of the day: it counts from its start all the same.
check_history "$organization" UTC
check_unknown_stages
check_pictures
first_organization=$organization past_organization=$(query -f "$here/load_past.sql")
chosen=$past_organization where="with stages"
check_known_stages
sed -e '/^ANALYZE/d' -e "s/, close_date AS decision_date/&, close_date || ' 23:59' AS changed_at/" \
	"$here/load.sql" > "$work/load.sql"
for zone in America/Sao_Paulo Pacific/Auckland; do
	export PGTZ=$zone
	load "$work/load.sql"
	check_history "$organization" "$zone"
	echo "23:59:00" > "$work/expected"
	found "they were closed at the end of the day" "$work/expected" \
		"SELECT DISTINCT closed_at::time FROM salesopp.opportunity WHERE status <> 'open'"
done
export PGTZ=UTC
