# How the benchmarks measure and print; sourced by run.

sql() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }

# ms SQL: how long it takes; what stands before a ";;" is run first and not counted. "!COMMAND" is a
# command of the shell instead.
ms() {
	local before= statement=$1 started
	if [ "${statement#!}" != "$statement" ]; then
		started=${EPOCHREALTIME/./}
		eval "${statement#!}" >/dev/null
		echo $(((${EPOCHREALTIME/./} - started) / 1000))
		return
	fi
	case $statement in
		*";;"*) before="${statement%%;;*};" statement=${statement#*;;} ;;
	esac
	sql -At <<<"$before"$'\n\\timing on\n'"$statement" |
		awk '/^Time:/ { t += $2 } END { printf "%.3f\n", t }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# compare RUNS CASE TARGET BETWEEN SQL [LABEL SQL]...: runs all in turn; BETWEEN is run after each.
compare() {
	local runs=$1 name=$2 target=$3 between=$4 ours=$5 i j n=0
	shift 5
	local labels=() statements=("$ours")
	while [ $# -gt 0 ]; do
		labels+=("$1")
		statements+=("$2")
		shift 2
	done
	for ((i = 0; i <= runs; i++)); do
		for ((j = 0; j < ${#statements[@]}; j++)); do
			# the first round only warms up
			if [ "$i" = 0 ]; then
				[ "$runs" -lt 5 ] || ms "${statements[j]}" >/dev/null
			else
				ms "${statements[j]}" >>"$work/times.$j"
			fi
			[ -z "$between" ] || sql -c "$between"
		done
	done
	ours=$(median <"$work/times.0")
	for ((j = 1; j < ${#statements[@]}; j++)); do
		local other
		other=$(median <"$work/times.$j")
		printf '%-58s %10.2f   %-28s %10.2f %7.2f   %s\n' "$name" "$ours" "${labels[j - 1]}" "$other" \
			"$(awk "BEGIN { print $ours / $other }")" "$target"
		name= target=
	done
	rm -f "$work"/times.*
}

# peak SQL: the most private memory, in MB, that its backend had
peak() {
	local pid most=0 now
	sql -At -o /dev/null <<<"\\o $work/pid
SELECT pg_backend_pid();
\\o /dev/null
$1" &
	local client=$!
	while [ ! -s "$work/pid" ]; do sleep 0.01; done
	pid=$(cat "$work/pid")
	while kill -0 "$client" 2>/dev/null; do
		now=$(awk '/^RssAnon/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
		[ "${now:-0}" -le "$most" ] || most=$now
		sleep 0.02
	done
	wait "$client"
	rm -f "$work/pid"
	echo $((most / 1024))
}
