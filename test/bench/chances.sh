# Measured chances, which are read from all the history of an organization, beside the summary of its opportunities.

sql -o /dev/null -v opportunities="$listed" -f "$here/chances.sql"

as_seller="SET salesopp.organization_id = '1'; SET ROLE chances_seller"
summary="$as_seller; SELECT * FROM salesopp.summary();; SELECT * FROM salesopp.summary()"
measured() {
	compare 3 "$1" "$2" "" "$as_seller; $3;; $3" "summary" "$summary"
}
measured "stage_win_rates of $listed" "<= 10" "SELECT * FROM salesopp.stage_win_rates()"
measured "stage_win_rates of $listed, won within 90 days" "" "SELECT * FROM salesopp.stage_win_rates(within => '90 days')"
measured "calibration, a look each month" "" "SELECT * FROM salesopp.calibration()"
measured "chance_by of one" "" "SELECT salesopp.chance_by(100, current_date + 30)"
