# Private PostgreSQL servers for tests, benchmarks and the demo; sourced by their scripts.
#
# PostgreSQL finds its files from where its own programs stand. So a copy of an installation, with
# the extension added, is an installation: nothing is put into the system's directories, and
# nothing that runs on the machine is touched.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

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

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
	server_user=postgres
	as_server_user() { runuser -u postgres -- "$@"; }
else
	server_user=$(id -un)
	as_server_user() { "$@"; }
fi

# ---------- what must be installed

major_version() { "$1" --version 2>/dev/null | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p'; }

# Whether a pg_config belongs to something that can be built with and started.
is_usable() {
	[ "$(major_version "$1")" -ge 15 ] 2>/dev/null && [ -f "$("$1" --pgxs)" ] &&
		[ -f "$("$1" --includedir-server)/postgres.h" ] && [ -x "$("$1" --bindir)/initdb" ]
}

# The pg_config to build with: the one that was asked for and no other, else any that is usable.
find_pg_config() {
	local candidate
	for candidate in ${PG_CONFIG:-pg_config $(ls -d /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | sort -rV)}; do
		if is_usable "$candidate"; then
			command -v "$candidate"
			return
		fi
	done
	return 1
}

# The version to install: that of the pg_config asked for, else of a server that is here already,
# else the distribution's own.
version_to_install() {
	local version
	if [ -n "${PG_CONFIG:-}" ]; then
		version=$(major_version "$PG_CONFIG")
	else
		version=$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | cut -d / -f 5 | sort -rn | head -n 1)
		if [ "${version:-0}" -lt 15 ]; then
			version=$(apt-cache show postgresql 2>/dev/null |
				sed -n 's/^Depends:.*\bpostgresql-\([0-9][0-9]*\).*/\1/p' | head -n 1)
		fi
	fi
	echo "${version:-15}"
}

has_header() { echo "#include <$1>" | cc -E - >/dev/null 2>&1; }

# missing_packages [tests|fuzzers|linters]
missing_packages() {
	local version packages=
	command -v make >/dev/null || packages="$packages make"
	command -v gcc >/dev/null || packages="$packages gcc libc6-dev"
	has_header xlsxwriter.h || packages="$packages libxlsxwriter-dev"
	has_header hpdf.h || packages="$packages libhpdf-dev"
	if [ "${1:-}" = tests ]; then
		perl -MIPC::Run -MTest::More -e1 2>/dev/null || packages="$packages libipc-run-perl"
	fi
	if [ "${1:-}" = fuzzers ]; then
		command -v sqlsmith >/dev/null || packages="$packages sqlsmith"
		command -v clang >/dev/null || packages="$packages clang"
		ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-* >/dev/null 2>&1 || packages="$packages libclang-rt-dev"
	fi
	if [ "${1:-}" = linters ]; then
		command -v cppcheck >/dev/null || packages="$packages cppcheck"
		command -v clang-tidy >/dev/null || packages="$packages clang-tidy"
		command -v clang >/dev/null || packages="$packages clang"
	fi
	if ! find_pg_config >/dev/null; then
		version=$(version_to_install)
		packages="$packages postgresql-$version postgresql-server-dev-$version"
	fi
	echo $packages
}

# The programs that the tests read exports with, as far as they are not here.
missing_readers() {
	local packages=
	/usr/bin/python3 -c 'import openpyxl' 2>/dev/null || packages="$packages python3-openpyxl"
	command -v soffice >/dev/null || packages="$packages libreoffice-calc"
	command -v pdftotext >/dev/null || packages="$packages poppler-utils"
	command -v chromium >/dev/null || packages="$packages chromium"
	echo $packages
}

# Runs apt-get as root, and shows what it says only when it fails.
apt_get() {
	local log
	log=$(mktemp)
	# A new machine may be busy with its own first update.
	if ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 "$@" \
		>"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

# What apt-get is asked to install, with nothing upgraded that is here already.
install_options="--no-install-recommends --no-upgrade"

# say_how REASON PACKAGES
say_how() {
	say "$1 This command, run as root, installs what is missing:"
	say "    apt-get update && apt-get install -y $install_options $2"
}

give_up() {
	say_how "$@"
	exit 1
}

can_install() { command -v apt-get >/dev/null && { [ -z "$sudo" ] || sudo -n true 2>/dev/null; }; }

# install_missing [tests|fuzzers|linters]: installs what is missing where it can, else says which command would.
install_missing() {
	local packages sudo= drop_in=/etc/postgresql-common/createcluster.d/salesopp.conf
	if [ -n "${PG_CONFIG:-}" ] && [ -z "$(major_version "$PG_CONFIG")" ]; then
		say "PG_CONFIG=$PG_CONFIG is no pg_config."
		exit 1
	fi
	packages=$(missing_packages "$@")
	[ -n "$packages" ] || return 0
	[ "$(id -u)" = 0 ] || sudo=sudo
	can_install || give_up "Packages are missing." "$packages"
	apt_get update
	packages=$(missing_packages "$@")
	# Headers may need a newer server, and a server that is upgraded is restarted.
	if apt-get -s install $install_options $packages 2>/dev/null | grep -q '^Inst postgresql-[0-9]* \['; then
		give_up "That would upgrade and restart the PostgreSQL server of this machine: your decision." "$packages"
	fi
	say "Installing $packages ..."
	# The server's package would set up and start a server of its own; only the programs are wanted.
	(
		trap '$sudo rm -f "$drop_in"' EXIT
		trap 'exit 130' INT TERM HUP
		apt_get install $install_options postgresql-common
		$sudo mkdir -p "${drop_in%/*}"
		echo "create_main_cluster = false" | $sudo tee "$drop_in" >/dev/null
		apt_get install $install_options $packages
	)
	if ! find_pg_config >/dev/null; then
		say "${PG_CONFIG:-pg_config} names no PostgreSQL 15 or later with its server and its headers."
		exit 1
	fi
}

# Without the readers there is less that can be tested, but not nothing. SKIP_READERS=yes does
# without those that are not here.
install_missing_readers() {
	local packages sudo=
	[ -z "${SKIP_READERS:-}" ] || return 0
	packages=$(missing_readers)
	[ -n "$packages" ] || return 0
	[ "$(id -u)" = 0 ] || sudo=sudo
	if can_install; then
		say "Installing $packages ..."
		if apt_get update && apt_get install $install_options $packages; then
			return
		fi
	fi
	say_how "Tests that need other programs are skipped." "$packages"
}

# ---------- private installations

# copy_project DIR: the sources, without what was built from them or left by running them.
copy_project() {
	local version
	version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$project/salesopp.control")
	mkdir -p "$1"
	(cd "$project" && tar -c --exclude=.git --exclude="./sql/salesopp--$version.sql" --exclude='*.o' --exclude='*.bc' \
		--exclude='*.so' --exclude=./tmp_check --exclude=./coverage .) | tar -x --no-same-owner -C "$1"
}

# private_install DIR CFLAGS: builds a copy of the project in DIR/project and installs PostgreSQL
# with it below DIR/installation; DIR/bin has its programs.
private_install() {
	local dir=$1 flags=$2 pg_config bindir pkglibdir sharedir installation part
	pg_config=$(find_pg_config)
	bindir=$("$pg_config" --bindir)
	pkglibdir=$("$pg_config" --pkglibdir)
	sharedir=$("$pg_config" --sharedir)
	installation=$dir/installation

	for part in "$bindir" "$pkglibdir" "$sharedir"; do
		mkdir -p "$installation$part"
		# Debian's has links that lead out of it.
		cp -aL "$part/." "$installation$part/"
	done
	copy_project "$dir/project"
	if ! make -s -j2 -C "$dir/project" PG_CONFIG="$pg_config" with_llvm=no COPT="$flags" install \
		DESTDIR="$installation" >"$dir/build.log" 2>&1; then
		cat "$dir/build.log" >&2
		return 1
	fi
	ln -s "installation$bindir" "$dir/bin"
	bin=$installation$bindir
	regress_dir=$(dirname "$("$pg_config" --pgxs)")/../test
	if [ "$(id -u)" = 0 ]; then
		chown -R postgres "$dir"
	fi
}

# ---------- private servers

# What servers are started with, beside the environment.
server_environment=()

# For private_install: what the extension does wrong with memory and values ends the backend.
sanitizer_flags="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"

# use_sanitizers DIR: servers are started with the sanitizers that such a library needs. PostgreSQL itself
# is not built with them, and what a process has at its end is no leak.
use_sanitizers() {
	cc -shared -fPIC -Wl,-z,initfirst -o "$1/initialize_first.so" "$project/test/sanitizers/initialize_first.c"
	server_environment=("LD_PRELOAD=$(cc -print-file-name=libasan.so) $1/initialize_first.so"
		"ASAN_OPTIONS=detect_leaks=0:abort_on_error=1" "UBSAN_OPTIONS=print_stacktrace=1")
}

# nothing_is_reported DIR: whether they had nothing to say; prints what they had, which stands in the server's log.
nothing_is_reported() { ! grep -E -A 20 'runtime error: |Sanitizer: ' "$1/server.log"; }

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

# Whether the directory was made here; in /tmp anybody could have made one of this name.
is_private_dir() {
	[ -d "$1" ] && [ ! -L "$1" ] && [ "$(stat -c %U "$1")" = "$server_user" ]
}

# A new directory that the server's user can write to.
make_private_dir() {
	mkdir -m 700 "$1"
	if [ "$(id -u)" = 0 ]; then
		chown postgres "$1"
	fi
}
