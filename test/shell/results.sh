# How tests say what passed and failed, and the one way to count it; sourced by scripts.
#
# Whatever runs prints a line of TAP for each test, "ok" or "not ok", and ends with 0 when it has come to its
# end. Nothing else keeps count.

passed=0 failed=0 skipped=0

# check NAME COMMAND...: whether the command succeeds, as a line of TAP; what it prints goes to stderr.
check() {
	local name=$1
	shift
	if "$@" >&2; then
		echo "ok - $name"
	else
		echo "not ok - $name"
	fi
}

# Lines that tell of a test; before PostgreSQL 16 pg_regress has a form of its own.
said_ok='^ok |^test .*\.\.\. ok '
said_not_ok='^not ok |^test .*\.\.\. (FAILED|failed) '
said_skipped='^(ok|1\.\.0) .*# (skip|SKIP)'

# lines PATTERN LOG [UNLESS]
lines() { grep -E "$1" "$2" | grep -civE "${3:-^$}" || true; }

# count LOG: adds what it says passed, failed and was skipped.
count() {
	passed=$((passed + $(lines "$said_ok" "$1" '# (skip|todo)')))
	failed=$((failed + $(lines "$said_not_ok" "$1" '# todo')))
	skipped=$((skipped + $(lines "$said_skipped" "$1")))
}

# counted COMMAND...: shows what it prints, and counts it.
counted() {
	local log
	log=$(mktemp)
	"$@" | tee "$log"
	count "$log"
	rm -f "$log"
}

# summary [PASSED FAILED SKIPPED]: the last line of a run
summary() {
	set -- "${1:-$passed}" "${2:-$failed}" "${3:-$skipped}"
	echo "$1 passed, $2 failed$([ "$3" = 0 ] || echo ", $3 skipped")"
}

# add_summary NAME LINE STATUS: adds what the last line of a run inside this one says, and says it. One that ended
# with another status than 0 has failed, also where no test says so.
add_summary() {
	local name=$1 these=(0 0 0)
	if [[ $2 =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
		these=("${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[4]:-0}")
	fi
	[ "$3" = 0 ] || [ "${these[1]}" != 0 ] || these[1]=1
	passed=$((passed + these[0])) failed=$((failed + these[1])) skipped=$((skipped + these[2]))
	echo "$name: $(summary "${these[@]}")"
}

# all_passed: whether there was something that could fail, and nothing did.
all_passed() { [ "$failed" = 0 ] && [ "$passed" -gt 0 ]; }
