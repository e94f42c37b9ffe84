# The Debian packages that one builds and tests with: which are here, and how the others are got; sourced by
# scripts.
#
# What is missing and cannot be installed without changing what is installed (or by this user) is unpacked
# into a folder instead.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s\n' "$*" >&2; }

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

# The programs that the tests read exports with, and what translated messages need, as far as they are not here.
missing_readers() {
	local packages=
	/usr/bin/python3 -c 'import openpyxl' 2>/dev/null || packages="$packages python3-openpyxl"
	command -v soffice >/dev/null || packages="$packages libreoffice-calc"
	command -v pdftotext >/dev/null || packages="$packages poppler-utils"
	command -v chromium >/dev/null || packages="$packages chromium"
	command -v xgettext >/dev/null || packages="$packages gettext"
	[ -e /usr/share/i18n/locales/nb_NO ] || packages="$packages locales"
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

in_archive() { apt-cache show "$1" 2>/dev/null | grep '^Version:' >/dev/null; }

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
