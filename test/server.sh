# Private PostgreSQL servers for tests, benchmarks and the demo; sourced by their scripts.
#
# PostgreSQL finds its files from where its own programs stand. So a copy of an installation, with
# the extension added, is an installation: nothing is put into the system's directories, and
# nothing that runs on the machine is touched.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
	as_server_user() { runuser -u postgres -- "$@"; }
else
	as_server_user() { "$@"; }
fi

# ---------- what must be installed

has_headers() {
	command -v "$1" >/dev/null && [ -f "$("$1" --includedir-server)/postgres.h" ] &&
		[ -x "$("$1" --bindir)/initdb" ]
}

# The pg_config to build with: the one that was asked for, else one that has server headers.
find_pg_config() {
	local candidate
	for candidate in "${PG_CONFIG:-pg_config}" $(ls -d /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | sort -rV); do
		if has_headers "$candidate"; then
			command -v "$candidate"
			return
		fi
	done
	return 1
}

missing_packages() {
	local version packages=
	command -v make >/dev/null || packages="$packages make"
	command -v gcc >/dev/null || packages="$packages gcc libc6-dev"
	perl -MIPC::Run -e1 2>/dev/null || packages="$packages libipc-run-perl"
	if ! find_pg_config >/dev/null; then
		version=$(ls /usr/lib/postgresql 2>/dev/null | sort -rV | head -n 1)
		if [ -z "$version" ]; then
			version=$(apt-cache show postgresql 2>/dev/null |
				sed -n 's/^Depends:.*\bpostgresql-\([0-9][0-9]*\).*/\1/p' | head -n 1)
		fi
		packages="$packages postgresql-${version:-15} postgresql-server-dev-${version:-15}"
	fi
	echo $packages
}

# Installs what is missing where it can, else says which command would.
install_missing() {
	local packages sudo= drop_in=/etc/postgresql-common/createcluster.d/salesopp.conf
	packages=$(missing_packages)
	[ -n "$packages" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		sudo="sudo"
	fi
	if ! command -v apt-get >/dev/null || { [ -n "$sudo" ] && ! sudo -n true 2>/dev/null; }; then
		say "Packages are missing. This command installs them:"
		say "    $sudo apt-get install $packages"
		exit 1
	fi
	$sudo apt-get update -qq >&2
	packages=$(missing_packages)
	say "Installing $packages"
	export DEBIAN_FRONTEND=noninteractive
	# The server's package would set up and start a server of its own; only the programs are wanted.
	if ! ls -d /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
		$sudo apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
		$sudo mkdir -p "${drop_in%/*}"
		echo "create_main_cluster = false" | $sudo tee "$drop_in" >/dev/null
	else
		drop_in=
	fi
	$sudo apt-get install -y -qq --no-install-recommends $packages >/dev/null
	[ -z "$drop_in" ] || $sudo rm -f "$drop_in"
}

# ---------- private installations

# private_install DIR CFLAGS: builds a copy of the project in DIR/project and installs PostgreSQL
# with it below DIR/installation.
private_install() {
	local dir=$1 flags=$2 pg_config bindir sharedir installation
	pg_config=$(find_pg_config)
	bindir=$("$pg_config" --bindir)
	sharedir=$("$pg_config" --sharedir)
	installation=$dir/installation

	mkdir -p "$installation$(dirname "$bindir")" "$installation$sharedir" "$dir/project"
	cp -a "$bindir" "$("$pg_config" --pkglibdir)" "$installation$(dirname "$bindir")/"
	cp -aL "$sharedir/." "$installation$sharedir/"
	(cd "$project" && tar -c --exclude=.git --exclude='*.o' --exclude='*.bc' --exclude='*.so' .) |
		tar -x -C "$dir/project"
	if ! make -s -j2 -C "$dir/project" PG_CONFIG="$pg_config" with_llvm=no COPT="$flags" install \
		DESTDIR="$installation" >"$dir/build.log" 2>&1; then
		cat "$dir/build.log" >&2
		return 1
	fi
	bin=$installation$bindir
	regress_dir=$(dirname "$("$pg_config" --pgxs)")/../test
	if [ "$(id -u)" = 0 ]; then
		chown -R postgres "$dir"
	fi
}

# ---------- private servers

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
	as_server_user "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -o "$options" -w -s start
	export PGHOST=$dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres PATH="$bin:$PATH"
	unset PGOPTIONS PGSERVICE PGPASSFILE
}

stop_server() {
	local dir=$1
	if [ -f "$dir/data/postmaster.pid" ]; then
		(cd "$dir" && as_server_user "$dir"/installation/*/*/*/*/bin/pg_ctl -D "$dir/data" -m immediate -s stop) || true
	fi
}

# A new directory that the server's user can write to.
make_private_dir() {
	mkdir -m 700 "$1"
	if [ "$(id -u)" = 0 ]; then
		chown postgres "$1"
	fi
}
