# The examples of doc/clients.md, so that tests run them as they stand; sourced by scripts.

clients_doc=$(dirname "${BASH_SOURCE[0]}")/../../doc/clients.md

# code_block HEADING LANGUAGE [NUMBER]: the first such block of that section, or another
code_block() {
	awk -v heading="## $1" -v fence="\`\`\`$2" -v wanted="${3:-1}" '
		/^## / { within = $0 == heading }
		shown && /^```$/ { exit }
		shown { print }
		within && $0 == fence && ++found == wanted { shown = 1 }' "$clients_doc"
}
