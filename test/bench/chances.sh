# Measured chances, which are read from all the history of an organization, beside the summary of its opportunities: as a seller, in
# a session that has seen both tables.

sql -o /dev/null -v opportunities="$listed" -f "$here/chances.sql"

# as_seller STATEMENT [SETTINGS]
as_seller() { echo "SET salesopp.organization_id = '1'; SET ROLE chances_seller; ${2:-}$1;; $1"; }
# measured CASE GOAL CALL [LABEL STATEMENT]: the statement without sorting
measured() {
	compare 3 "$1" "$2" "" "$(as_seller "SELECT * FROM salesopp.$3")" "summary" "$(as_seller "SELECT * FROM salesopp.summary()")" \
		${4:+"$4" "$(as_seller "$5" "SET enable_sort = off; ")"}
}
measured "stage_win_rates of $listed" "<= 10" "stage_win_rates()" "the versions by their key" \
	"SELECT count(stage_reached) FROM (SELECT stage_reached FROM salesopp.opportunity_history
		ORDER BY organization_id, opportunity_id, version OFFSET 0) version"
measured "stage_win_rates, won within 90 days" "" "stage_win_rates(within => '90 days')"
measured "calibration, a look each month" "" "calibration()"
measured "chance_by of one" "" "chance_by((SELECT min(id) FROM salesopp.opportunity WHERE status = 'open'), current_date + 30)"
