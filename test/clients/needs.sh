# What the programs of others need that the extension is tried with, and what of it is not here; sourced by
# scripts, after packages.sh.
#
# test/clients/NAME/needs says it: programs="node npm" (in PATH), packages="pgbouncer" (Debian's),
# npm="postgraphile@4.14.1" (with the version, into $CLIENTS_CACHE/NAME/node_modules).

# What npm brings must stand where the server's user can enter, and root's home is no such place.
if [ -z "${CLIENTS_CACHE:-}" ]; then
	CLIENTS_CACHE=${XDG_CACHE_HOME:-~/.cache}/salesopp/clients
	[ "$(id -u)" != 0 ] || CLIENTS_CACHE=/var/cache/salesopp/clients
fi
export CLIENTS_CACHE

all_clients() { ls "$project"/test/clients/*/needs | sed 's,/needs$,,; s,.*/,,'; }

# lacks NAME: what is not here of what the client needs, each with the kind of thing that it is
lacks() {
	local programs= packages= npm= each
	. "$project/test/clients/$1/needs"
	for each in $programs; do
		command -v "$each" >/dev/null || echo "program $each"
	done
	for each in $packages; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$each" 2>/dev/null)" = installed ] || echo "package $each"
	done
	if [ "$npm" != "$(cat "$CLIENTS_CACHE/$1/installed" 2>/dev/null)" ]; then
		printf 'npm %s\n' $npm
	fi
}

# install_clients NAME...: what they lack, as far as Debian and npm have it and this user may.
install_clients() {
	local name packages sudo=
	packages=$(for name; do lacks "$name"; done | sed -n 's/^package //p' | sort -u)
	[ "$(id -u)" = 0 ] || sudo=sudo
	if [ -n "$packages" ] && can_install; then
		apt_update apt_get
		if only_adds $packages; then
			install_packages $packages || say "Going on without them."
		fi
	fi
	for name; do
		if lacks "$name" | grep '^npm ' >/dev/null && command -v npm >/dev/null; then
			install_from_npm "$name" || say "Going on without them."
		fi
	done
}

# install_from_npm NAME: says so in the file "installed" when all of it is there.
install_from_npm() {
	local programs= packages= npm= folder=$CLIENTS_CACHE/$1
	. "$project/test/clients/$1/needs"
	say "Installing $npm ..."
	(umask 022 && mkdir -p "$folder" && rm -rf "$folder"/{installed,node_modules} &&
		quietly npm install --prefix "$folder" --no-save --no-package-lock --no-audit --no-fund $npm &&
		echo "$npm" >"$folder/installed")
}
