# Private servers of private installations, for tests, benchmarks and the demo: nothing that runs on the
# machine is touched; sourced by scripts.

. "$(dirname "${BASH_SOURCE[0]}")/installation.sh"

# What servers are started with, beside the environment.
server_environment=()

# use_sanitizers DIR: servers are started with the sanitizers that such a library needs. PostgreSQL itself
# is not built with them, and what a process has at its end is no leak.
use_sanitizers() {
	cc -shared -fPIC -Wl,-z,initfirst -o "$1/initialize_first.so" "$project/test/sanitizers/initialize_first.c"
	server_environment=("LD_PRELOAD=$(cc -print-file-name=libasan.so) $1/initialize_first.so"
		"ASAN_OPTIONS=detect_leaks=0:abort_on_error=1" "UBSAN_OPTIONS=print_stacktrace=1")
}

# nothing_is_reported DIR: whether they had nothing to say; prints what they had, which stands in the server's log.
nothing_is_reported() { [ -s "$1/server.log" ] && ! grep -E -A 20 'runtime error: |Sanitizer: ' "$1/server.log"; }

# start_server DIR [SETTING=VALUE...]: a server on a socket in DIR, which only its user can enter.
start_server() {
	local dir=$1 options="-c listen_addresses= -c unix_socket_directories=$1 -c fsync=off" setting
	shift
	for setting in "$@"; do
		options="$options -c $setting"
	done
	cd "$dir"
	as_server_user "$bin/initdb" -D "$dir/data" -U postgres -A trust --encoding=UTF8 \
		--locale=C.UTF-8 --no-sync >"$dir/initdb.log"
	# The caller's PGHOSTADDR, PGSERVICE, PGPORT and the like name other servers.
	for setting in "${!PG@}"; do
		case $setting in
			PG_*) ;;
			*) unset "$setting" ;;
		esac
	done
	if ! as_server_user env "${server_environment[@]}" "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -o "$options" -w -s start </dev/null; then
		cat "$dir/server.log" >&2
		return 1
	fi
	export PGHOST=$dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres PATH="$bin:$PATH"
}

# stop_server DIR: all servers whose files are in DIR, those of the TAP tests too.
stop_server() {
	local dir=$1 data
	[ -d "$dir" ] || return 0
	# What find cannot enter is gone already.
	{ find "$dir" -name postmaster.pid 2>/dev/null || true; } | while read -r data; do
		(cd "$dir" && as_server_user "$dir/bin/pg_ctl" -D "${data%/*}" -m immediate -s stop) || true
	done
}
