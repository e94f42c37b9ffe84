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

# set_up ROLE: what "The setup" says, for an application of that name, as roles are all databases'
set_up() {
	code_block "The setup" sql | sed "s/\\bapp\\b/$1/g" | PGOPTIONS="-c client_min_messages=warning" psql -X -q -o /dev/null -v ON_ERROR_STOP=1
}

# prints PROGRAM FILE: whether it comes to its end and prints what comes in
prints() { "$@" >printed && diff - printed; }
