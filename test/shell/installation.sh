# Private installations of PostgreSQL with the extension; sourced by scripts.
#
# PostgreSQL finds its files from where its own programs stand. So a copy of an installation, with the
# extension added, is an installation: nothing is put into the system's directories.

. "$(dirname "${BASH_SOURCE[0]}")/packages.sh"

# ---------- whose they are

# PostgreSQL refuses to run as root. Its package makes the user postgres, where it was ever installed.
if [ "$(id -u)" = 0 ]; then
	server_user() { id -un postgres 2>/dev/null || echo nobody; }
	as_server_user() { runuser -u "$(server_user)" -- "$@"; }
else
	server_user() { id -un; }
	as_server_user() { "$@"; }
fi

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

# ---------- what they are made of

# For private_install: with these, what the extension does wrong with memory and values ends the backend.
sanitizer_flags="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"

# copy_project DIR: the sources, without what was built from them or left by running them. Scripts that were
# released are sources.
copy_project() {
	local built
	built=$(make -s --no-print-directory -C "$project" list-built) || return 1
	mkdir -p "$1"
	(cd "$project" && tar -c --exclude=.git $(printf -- '--exclude=./%s ' $built) --exclude='*.o' --exclude='*.bc' \
		--exclude='*.so' --exclude='*.mo' --exclude=./tmp_check --exclude=./coverage --exclude=./dist .) | tar -x --no-same-owner -C "$1"
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
