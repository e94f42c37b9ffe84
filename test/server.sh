# Private PostgreSQL servers for tests, benchmarks and the demo; sourced by their scripts.
#
# PostgreSQL finds its files from where its own programs stand. So a copy of an installation, with
# the extension added, is an installation: nothing is put into the system's directories, and
# nothing that runs on the machine is touched. Packages that are missing and cannot be installed
# without changing what is installed (or by this user) are unpacked into a folder instead.

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

# PostgreSQL refuses to run as root. Its package makes the user postgres, where it was ever installed.
if [ "$(id -u)" = 0 ]; then
	server_user() { id -un postgres 2>/dev/null || echo nobody; }
	as_server_user() { runuser -u "$(server_user)" -- "$@"; }
else
	server_user() { id -un; }
	as_server_user() { "$@"; }
fi

# ---------- what is there

# Where packages are unpacked, each in a folder of its own that is named after its version. A home
# may serve several machines, and a machine gets a new release some day.
fetched=${XDG_CACHE_HOME:-~/.cache}/salesopp/$(
	. /etc/os-release 2>/dev/null || true
	echo "${ID:-unknown}-${VERSION_ID:-${VERSION_CODENAME:-unknown}}-$(uname -m)"
)

# contents FOLDER: every file and link with its size
contents() { (cd "$1" && find . ! -type d ! -path ./contents -printf '%s %p\n' | LC_ALL=C sort); }

# unpacked PACKAGE: the newest folder of this package ("postgresql" of any version) of which nothing is
# gone: what cleans up caches takes old files first.
unpacked() {
	local folder
	while read -r folder; do
		if contents "$folder" | cmp -s - "$folder/contents"; then
			echo "$folder"
			return
		fi
	done < <(ls -dr --sort=version "$fetched/$1"[-_]* 2>/dev/null)
	return 1
}

major_version() { "$1" --version 2>/dev/null | sed -n 's/^PostgreSQL \([0-9]*\).*/\1/p'; }

# server_version PG_CONFIG: as the server says, which may need libraries from beside it.
server_version() {
	LD_LIBRARY_PATH=$("$1" --libdir)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$("$1" --bindir)/postgres" --version
}

# Whether a pg_config belongs to something that can be built with and started: a server that runs,
# with headers of the same version to the point.
is_usable() {
	local version
	[ "$(major_version "$1")" -ge 15 ] 2>/dev/null && [ -f "$("$1" --pgxs)" ] &&
		[ -x "$("$1" --bindir)/initdb" ] || return 1
	version=$("$1" --version)
	version=${version#PostgreSQL }
	cat "$("$1" --includedir-server)"/pg_config*.h 2>/dev/null | grep -xF "#define PG_VERSION \"$version\"" >/dev/null &&
		[ "$(server_version "$1" 2>/dev/null)" = "postgres (PostgreSQL) $version" ]
}

# first_usable PG_CONFIG...
first_usable() {
	local candidate
	for candidate in "$@"; do
		if is_usable "$candidate"; then
			command -v "$candidate"
			return
		fi
	done
	return 1
}

# The system's pg_config to build with: the one that was asked for and no other, else any that is usable.
installed_pg_config() {
	first_usable ${PG_CONFIG:-pg_config $(ls -d /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | sort -rV)}
}

find_pg_config() {
	local folder
	installed_pg_config && return
	[ -z "${PG_CONFIG:-}" ] && folder=$(unpacked postgresql) && first_usable "$folder"/usr/lib/postgresql/*/bin/pg_config
}

has_header() { echo "#include <$1>" | cc -E - >/dev/null 2>&1; }

# lacking [tests]: packages of what one builds or tests with, as far as the system does not have it
lacking() {
	has_header xlsxwriter.h || echo libxlsxwriter-dev
	has_header hpdf.h || echo libhpdf-dev
	has_header fribidi/fribidi.h || echo libfribidi-dev
	if [ "${1:-}" = tests ]; then
		perl -MIPC::Run -MIO::Pty -MTest::More -e1 2>/dev/null || echo libipc-run-perl
	fi
	installed_pg_config >/dev/null || echo postgresql
}

# still_missing [tests]: those of them that have not been unpacked either
still_missing() {
	local package
	for package in $(lacking "$@"); do
		case $package in
			postgresql) find_pg_config >/dev/null || echo "$package" ;;
			*) unpacked "$package" >/dev/null || echo "$package" ;;
		esac
	done
}

# missing_programs [tests|fuzzers|linters]: packages of what can only be installed: it has its place in the system
missing_programs() {
	command -v make >/dev/null || echo make
	command -v gcc >/dev/null || echo gcc
	[ -f /usr/include/stdio.h ] || echo libc6-dev
	if [ "${1:-}" = tests ]; then
		[ -d /usr/share/zoneinfo ] || echo tzdata
	fi
	if [ "${1:-}" = fuzzers ]; then
		command -v sqlsmith >/dev/null || echo sqlsmith
		command -v clang >/dev/null || echo clang
		ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-* >/dev/null 2>&1 || echo libclang-rt-dev
	fi
	if [ "${1:-}" = linters ]; then
		command -v cppcheck >/dev/null || echo cppcheck
		command -v clang-tidy >/dev/null || echo clang-tidy
		command -v clang >/dev/null || echo clang
	fi
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

# ---------- installing

# quietly COMMAND...: shows what it says only when it fails
quietly() {
	local log status=0
	log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null || status=$?
	[ "$status" = 0 ] || cat "$log" >&2
	rm -f "$log"
	return "$status"
}

# As root. A new machine may be busy with its own first update; and no service is to be restarted.
apt_get() {
	quietly $sudo env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 NEEDRESTART_MODE=l \
		apt-get -y -qq -o DPkg::Lock::Timeout=300 "$@"
}

# A source of packages that somebody added may be out of order; the others are read all the same.
apt_update() { "$@" update || say "Going on with the packages that are known."; }

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

# only_adds PACKAGE...: whether installing them neither upgrades nor removes anything, not even what
# they depend on.
only_adds() {
	local plan
	plan=$(apt-get -s install --no-install-recommends "$@" 2>/dev/null) && ! grep -qE '^(Inst [^ ]+ \[|Remv )' <<<"$plan"
}

in_archive() { apt-cache show "$1" 2>/dev/null | grep -q '^Version:'; }

# The PostgreSQL to get: that of the pg_config asked for, else of a server that is here already, else
# the distribution's own.
version_to_get() {
	local version
	if [ -n "${PG_CONFIG:-}" ]; then
		major_version "$PG_CONFIG"
		return
	fi
	for version in $(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | cut -d / -f 5 | sort -rn) \
		$(apt-cache show postgresql 2>/dev/null | sed -n 's/^Depends:.*\bpostgresql-\([0-9][0-9]*\).*/\1/p' | head -n 1); do
		if [ "$version" -ge 15 ] && in_archive "postgresql-server-dev-$version"; then
			echo "$version"
			return
		fi
	done
	echo 15
}

# packages_of NAME...: "postgresql" stands for the server, its programs and its headers
packages_of() {
	local name version
	for name in "$@"; do
		case $name in
			postgresql)
				version=$(version_to_get)
				echo "postgresql-$version" "postgresql-client-$version" "postgresql-server-dev-$version"
				;;
			*) echo "$name" ;;
		esac
	done
}

# install_packages PACKAGE...
install_packages() {
	local drop_in=/etc/postgresql-common/createcluster.d/salesopp.conf
	say "Installing $* ..."
	case " $*" in
		*" postgresql-"*) ;;
		*)
			apt_get install $install_options "$@"
			return
			;;
	esac
	# The server's package would set up and start a server of its own; only the programs are wanted.
	(
		trap '$sudo rm -f "$drop_in"' EXIT
		trap 'exit 130' INT TERM HUP
		apt_get install $install_options postgresql-common &&
			$sudo mkdir -p "${drop_in%/*}" &&
			echo "create_main_cluster = false" | $sudo tee "$drop_in" >/dev/null &&
			apt_get install $install_options "$@"
	)
}

# install_missing [tests|fuzzers|linters]: gets what is missing without changing what is installed: each is
# installed where that only adds to the system, else unpacked beside it.
install_missing() {
	local programs missing package wanted= sudo=
	if [ -n "${PG_CONFIG:-}" ] && [ -z "$(major_version "$PG_CONFIG")" ]; then
		say "PG_CONFIG=$PG_CONFIG is no pg_config."
		exit 1
	fi
	programs=$(missing_programs "$@") missing=$(still_missing "$@")
	[ -n "$programs$missing" ] || return 0
	[ "$(id -u)" = 0 ] || sudo=sudo
	if can_install; then
		apt_update apt_get
		for package in $programs $missing; do
			package=$(packages_of "$package")
			! only_adds $wanted $package || wanted="$wanted $package"
		done
		[ -z "$wanted" ] || install_packages $wanted || say "Going on without them."
	fi
	programs=$(missing_programs "$@")
	[ -z "$programs" ] || give_up "Something is missing that can only be installed." "$(echo $programs)"
	if [ -n "${PG_CONFIG:-}" ] && ! installed_pg_config >/dev/null; then
		say "$PG_CONFIG names no PostgreSQL 15 or later whose server and headers are here, both of its version."
		say "Without PG_CONFIG, one is fetched."
		exit 1
	fi
	[ -z "$(still_missing "$@")" ] || fetch_missing "$@" || true
	missing=$(still_missing "$@")
	[ -z "$missing" ] || give_up "Packages are missing and cannot be fetched." "$(echo $(packages_of $missing))"
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
		apt_update apt_get
		if only_adds $packages; then
			say "Installing $packages ..."
			apt_get install $install_options $packages && return
		fi
	fi
	say_how "Tests that need other programs are skipped." "$packages"
}

# ---------- unpacking without rights

# own_apt FOLDER: from here on apt keeps its lists there, and reads what of the system's settings this user
# may read; without the hooks, which are the system's own business, and without what is held, which stays
# as it is anyhow.
own_apt() {
	local folder=$1
	mkdir -p "$folder/etc/apt.conf.d" "$folder/lists/partial" "$folder/cache/archives/partial" || return 1
	cp -rL /etc/apt/. "$folder/etc" 2>/dev/null || true
	sed 's/^Status: hold /Status: install /' /var/lib/dpkg/status >"$folder/status" || return 1
	cat >"$folder/etc/apt.conf.d/zz-salesopp" <<-SETTINGS
		#clear APT::Update;
		APT::Sandbox::User "root";
		Acquire::Languages "none";
	SETTINGS
	cat >"$folder/apt.conf" <<-SETTINGS
		Dir::Etc "$folder/etc";
		Dir::State::lists "$folder/lists";
		Dir::State::status "$folder/status";
		Dir::Cache "$folder/cache";
	SETTINGS
	export APT_CONFIG=$folder/apt.conf
}

# fetch_missing [tests]: unpacks what is missing, each into a folder that appears when all of it is there.
fetch_missing() {
	say "Fetching what is missing into $fetched ..."
	command -v apt-get >/dev/null && mkdir -p "$fetched" || return 1
	(
		flock 8
		trap 'rm -rf "$fetched/new"' EXIT
		trap 'exit 130' INT TERM HUP
		rm -rf "$fetched/new"
		mkdir -m 700 "$fetched/new" && own_apt "$fetched/new/apt" || exit 1
		apt_update quietly apt-get -qq
		# Another run may have fetched it meanwhile.
		for package in $(still_missing "$@"); do
			fetch $(packages_of "$package") || exit 1
		done
	) 8>"$fetched/lock"
}

# fetch PACKAGE...: into a folder named after the first, with the libraries that they need and that are
# not here, or not new enough. Not the C library, which would not go with the system's programs, and not
# LLVM, which headers ask for and which only the compiling of queries uses: hundreds of megabytes.
fetch() {
	local new=$fetched/new/root debs=$fetched/new/debs kinds=lib plan needed deb
	case $1 in *-perl) kinds="lib|perl" ;; esac
	plan=$(apt-get -qq -s install --no-install-recommends ${@/postgresql-server-dev-*/}) || return 1
	needed=$(sed -n 's/^Inst \([^ ]*\) .*/\1/p' <<<"$plan" | grep -E "^($kinds)" | grep -vE '^lib(c6|llvm|z3)' || true)
	say "    $*"
	rm -rf "$debs"
	mkdir -p "$debs" "$new" &&
		(cd "$debs" && quietly apt-get -qq download $(printf '%s\n' "$@" $needed | sort -u)) || return 1
	for deb in "$debs"/*.deb; do
		dpkg -x "$deb" "$new" || return 1
	done
	make_whole "$new" || return 1
	case $1 in
		postgresql-*) quietly server_version "$new"/usr/lib/postgresql/*/bin/pg_config || return 1 ;;
	esac
	deb=$(ls "$debs/$1"_*.deb) deb=${deb##*/}
	contents "$new" >"$new/contents" && rm -rf "${fetched:?}/${deb%_*}" && mv -T "$new" "$fetched/${deb%_*}"
}

# make_whole FOLDER: what was unpacked, as it would be in a system.
make_whole() {
	local link name
	# where /lib is /usr/lib
	if [ -d "$1/lib" ]; then
		mkdir -p "$1/usr/lib" && cp -a "$1/lib/." "$1/usr/lib" && rm -rf "${1:?}/lib" || return 1
	fi
	rm -rf "$1"/usr/lib/postgresql/*/lib/{llvmjit*,bitcode} "$1"/usr/share/{doc,man}
	# A library whose headers were missing may be the system's.
	find "$1" -xtype l | while read -r link; do
		name=$(basename "$(readlink "$link")")
		if [ -e "${link%/*}/$name" ]; then
			ln -sf "$name" "$link"
		else
			ln -sf "$(dirname "${link#"$1"}")/$name" "$link"
		fi
	done
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

# copy_tree FROM TO: with what its links lead to. Debian's lead out of it, some of them to nothing.
copy_tree() {
	mkdir -p "$2" && (cd "$1" && find -L . ! -type l -print0 | tar -c -h --no-recursion --null -T -) |
		tar -x --no-same-owner -C "$2"
}

# use_installation DIR: compilers and programs find what was unpacked below DIR/installation.
use_installation() {
	local root=$1/installation/usr perl modules
	local libraries=("$root"/lib/*-linux-*)
	perl=$(perl -e 'printf "%vd", $^V' | cut -d . -f 1,2)
	export C_INCLUDE_PATH=$root/include${C_INCLUDE_PATH:+:$C_INCLUDE_PATH}
	export LIBRARY_PATH=${libraries[0]}${LIBRARY_PATH:+:$LIBRARY_PATH}
	export LD_LIBRARY_PATH=${libraries[0]}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
	modules=$root/share/perl5:${libraries[0]}/perl5/$perl:$root/share/perl/$perl:${libraries[0]}/perl/$perl
	export PERL5LIB=$modules${PERL5LIB:+:$PERL5LIB}
	PATH=$PATH:$root/bin
}

# private_install DIR CFLAGS: builds a copy of the project in DIR/project and installs it with PostgreSQL,
# and with what else had to be fetched, below DIR/installation; DIR/bin has its programs. What was fetched
# may stand where the server's user cannot enter, as in root's home.
private_install() {
	local dir=$1 flags=$2 pg_config part package folder root=
	pg_config=$(find_pg_config)
	for package in $(lacking tests); do
		folder=$(unpacked "$package") || continue
		copy_tree "$folder" "$dir/installation"
		case $pg_config in "$folder"/*) root=$folder ;; esac
	done
	if [ -z "$root" ]; then
		for part in bindir pkglibdir sharedir includedir-server; do
			part=$("$pg_config" "--$part")
			copy_tree "$part" "$dir/installation$part"
		done
	fi
	bin=$("$pg_config" --bindir)
	bin=$dir/installation${bin#"$root"}
	ln -s "${bin#"$dir/"}" "$dir/bin"
	regress_dir=$(dirname "$("$bin/pg_config" --pgxs)")/../test
	use_installation "$dir"

	copy_project "$dir/project"
	if ! make -s -j2 -C "$dir/project" PG_CONFIG="$bin/pg_config" with_llvm=no COPT="$flags" install \
		>"$dir/build.log" 2>&1; then
		cat "$dir/build.log" >&2
		return 1
	fi
	if [ "$(id -u)" = 0 ]; then
		chown -R "$(server_user)" "$dir"
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
	[ -d "$1" ] && [ ! -L "$1" ] && [ "$(stat -c %U "$1")" = "$(server_user)" ]
}

# A new directory that the server's user can write to.
make_private_dir() {
	mkdir -m 700 "$1"
	if [ "$(id -u)" = 0 ]; then
		chown "$(server_user)" "$1"
	fi
}
