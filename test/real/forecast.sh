# The forecast and measured chances (N3, N4), part of test/real/run: what the tutorial asks of them, computed from the files in
# Python. The sum of independent deals is found by its characteristic function, which the library does not use.
#
# history.sh says which are the organizations: $first_organization is as load.sql has made it, $past_organization as load_past.sql has.

# computed NAME PROGRAM STATEMENT: what Python makes of the deals, and of what the statement says as a seller, is nothing to complain about.
computed() {
	if ! command -v python3 > /dev/null; then
		echo "ok - $where: $1 # skip: python3 is not there to compute it"
		return
	fi
	PGOPTIONS="-c role=$seller -c salesopp.organization_id=$chosen -c statement_timeout=60s" query -F ' ' -c "$3" > "$work/found" 2>&1 || true
	python3 - "$work/deals" "$work/found" <<< "$in_python
$2" > "$work/wrong" 2>&1 || echo "it does not come to its end" >> "$work/wrong"
	check "$where: $1" nothing_is_wrong
}
nothing_is_wrong() { [ ! -s "$work/wrong" ] || { sed 's/^/# /' "$work/wrong"; return 1; }; }

in_python='
import sys, math, datetime
from statistics import NormalDist
normal = NormalDist()
deals = [line.rstrip("\n").split("|") for line in open(sys.argv[1])]
said = [line.split() for line in open(sys.argv[2])]

def day(text): return datetime.date.fromisoformat(text) if text else None

def expect(what, found, expected, error=0):
    if not abs(float(found) - float(expected)) <= error: print(what, "is", found, "and not", expected, "+-", error)

# open in the evening of the 30th of September, with the list price
evening = day("2017-09-30")
prices = [float(d[4]) for d in deals if d[10] and day(d[10]) <= evening and not (d[5] and day(d[5]) <= evening)]

def mean_of(chance): return sum(prices) * chance
def deviation_of(chance): return math.sqrt(sum(a * a for a in prices) * chance * (1 - chance))

# The chance of at least each of some amounts, when each deal comes by itself: the probabilities of all sums are the inverse transform of
# the product of those of the deals, over a circle of 16 standard deviations; what is beyond has a chance below 1e-14.
def chances_of(amounts, chance):
    circle = int(16 * deviation_of(chance)) // 2 * 2
    low = int(mean_of(chance)) - circle // 2
    numbers = {}
    for price in prices: numbers[price] = numbers.get(price, 0) + 1
    # the most telling first: where it leaves nothing, the others need not be asked
    numbers = sorted(numbers.items(), key=lambda n: -n[1])
    both, sums = 2 * chance * (1 - chance), [0.0] * len(amounts)
    for k in range(1, circle // 2):
        turn, size = 2 * math.pi * k / circle, 0.0
        for price, n in numbers:
            size += n * math.log1p(-both * (1 - math.cos(turn * price)))
            if size < -80: break
        else:
            angle = sum(n * math.atan2(chance * math.sin(turn * price), 1 - chance + chance * math.cos(turn * price)) for price, n in numbers)
            for i, amount in enumerate(amounts):
                # the sum over all from the amount to the end of the circle
                count = low + circle - amount
                middle = (amount + low + circle - 1) / 2
                sums[i] += 2 * math.exp(size / 2) * math.cos(angle - turn * middle) * math.sin(turn * count / 2) / math.sin(turn / 2)
    return [(low + circle - amount) / circle + s / circle for amount, s in zip(amounts, sums)]

# When all depend on one thing, and each is otherwise by itself: given that thing, so many have nearly a normal distribution.
def chance_together(amount, chance, correlation):
    total, steps = 0.0, 400
    for i in range(steps):
        z = -8 + 16 * (i + 0.5) / steps
        p = normal.cdf((normal.inv_cdf(chance) + math.sqrt(correlation) * z) / math.sqrt(1 - correlation))
        total += (1 - normal.cdf((amount - mean_of(p)) / max(deviation_of(p), 1e-9))) * normal.pdf(z) * 16 / steps
    return total

# said of a forecast: what is exact, and the quantiles and the chance of the quota as far as the errors say
def check_forecast(row, chance, quota, chances, exactness):
    number, certain, possible, mean, p10, p50, p90, chance_of_quota, error, chance_error = map(float, row)
    expect("the number", number, len(prices)), expect("what is certain", certain, 0), expect("what is possible", possible, sum(prices))
    expect("the mean", mean, mean_of(chance), 0.005)
    amounts = [quota]
    for quantile in (p10, p50, p90): amounts += [math.floor(quantile - error), math.ceil(quantile + error) + 1]
    at_least = chances(amounts)
    expect("the chance of the quota", chance_of_quota, at_least[0], chance_error + exactness)
    for i, part in enumerate((0.1, 0.5, 0.9)):
        below, above = 1 - at_least[1 + 2 * i], 1 - at_least[2 + 2 * i]
        if not below - exactness <= part <= above + exactness: print("P", 100 * part, "is between", below, "and", above)
'

# forecast_as_of PERCENT QUOTA CORRELATION: of what was open that evening
forecast_as_of() {
	echo "SELECT (f).opportunities, (f).certain, (f).possible, (f).mean, (f).p10, (f).p50, (f).p90, (f).chance, (f).error, (f).chance_error
		FROM (SELECT salesopp.forecast_range(status, estimated_revenue, actual_revenue, $1, $2, $3) AS f
			FROM salesopp.opportunities_as_of('2017-09-30 23:59:59') WHERE status = 'open') s"
}

check_forecasts() {
	computed "the forecast of a quarter, at what was stated" "check_forecast(said[0], $share / 100, 3600000, lambda amounts: chances_of(amounts, $share / 100), 1e-9)" \
		"$(forecast_as_of progress 3600000 0)"
	computed "the forecast of a quarter, at what was measured" "check_forecast(said[0], 0.3612, 2000000, lambda amounts: chances_of(amounts, 0.3612), 1e-9)" \
		"$(forecast_as_of 36.12 2000000 0)"
	computed "the forecast of deals that go badly together" "check_forecast(said[0], 0.3612, 1459195, lambda amounts: [chance_together(a, 0.3612, 0.1) for a in amounts], 1e-4)" \
		"$(forecast_as_of 36.12 1459195 0.1)"
	computed "the forecast of all is the summary" '
number, certain, possible, mean, deviation = map(float, said[0])
now = [float(d[4]) for d in deals if d[7] == "Engaging"]
won = sum(float(d[6]) for d in deals if d[1] == "won")
expect("the number", number, len(now) + sum(d[1] == "won" for d in deals)), expect("what is certain", certain, won), expect("what is possible", possible, won + sum(now))
expect("the mean", mean, won + sum(now) * '"$share"' / 100, 0.005)
expect("the standard deviation", deviation, math.sqrt(sum(a * a for a in now) * '"$share * (100 - $share)"') / 100, 0.0001)' \
		"SELECT f.opportunities, f.certain, f.possible, f.mean, f.standard_deviation FROM salesopp.forecast() f"
	computed "the curve of all has the chances" '
prices = [float(d[4]) for d in deals if d[7] == "Engaging"]
won = sum(float(d[6]) for d in deals if d[1] == "won")
if len(said) != 41: print("not 41 points")
points = [(float(amount) - won, float(chance)) for amount, chance in said[::10]]
# as far off as `error` says at most
amounts = [math.floor(amount) - 100 for amount, chance in points] + [math.ceil(amount) + 100 for amount, chance in points]
at_least = chances_of(amounts, '"$share"' / 100)
for (amount, chance), high, low in zip(points, at_least, at_least[len(points):]):
    if not low - 1e-6 <= chance <= high + 1e-6: print("the chance of", amount, "is", chance, "and not from", low, "to", high)' \
		"SELECT * FROM salesopp.forecast_curve('{}', 41)"
}

check_measured() {
	computed "what became of those who came past Prospecting" '
engaged = [d for d in deals if d[10]]
lasted = lambda d: (day(d[5]) - day(d[10])).days
for row in said:
    name, within, reached, won, lost, still_open, incidence = row
    those = engaged if name == "Prospecting" else [d for d in engaged if d[1] == "won"]
    expect("reached", reached, len(those))
    for status, number in (("won", won), ("lost", lost), ("open", still_open)): expect(status, number, sum(d[1] == status for d in those))
    # all have been watched for longer
    if name == "Prospecting": expect("within " + within, incidence, sum(d[1] == "won" and lasted(d) <= int(within) for d in those) / len(those), 1e-12)
if len(said) != 6: print("not six rows", said)' \
		"SELECT s.name, w.days, s.reached, s.won, s.lost, s.open, s.incidence
		FROM (VALUES (30), (90), (1000)) w (days), LATERAL salesopp.stage_win_rates('{}', NULL, make_interval(days => w.days)) s"
	computed "what was said at each first of a month, and came" '
forecasts = won = 0
squares = 0
for d in deals:
    if d[1] == "open": continue
    # firsts of a month on which it was there, and not yet closed
    months = lambda date: date.year * 12 + date.month + (date.day > 1)
    n = months(day(d[5])) - months(day(d[10]))
    forecasts += n; squares += n * n; won += n * (d[1] == "won")
said_then, number, won_of_them, lower, upper, brier, reliability, resolution, uncertainty, skill = map(float, said[0])
rate, stated = won / forecasts, '"$share"' / 100
expect("probability", said_then, 100 * stated), expect("forecasts", number, forecasts), expect("won", won_of_them, won)
z, trials = normal.inv_cdf(0.975), forecasts * forecasts / squares
middle, half = rate + z * z / 2 / trials, z * math.sqrt(rate * (1 - rate) / trials + (z / 2 / trials) ** 2)
expect("lower", lower, (middle - half) / (1 + z * z / trials), 1e-12), expect("upper", upper, (middle + half) / (1 + z * z / trials), 1e-12)
expect("brier", brier, rate * (1 - stated) ** 2 + (1 - rate) * stated ** 2, 1e-12), expect("reliability", reliability, (stated - rate) ** 2, 1e-12)
expect("resolution", resolution, 0), expect("uncertainty", uncertainty, rate * (1 - rate), 1e-12)
expect("skill", skill, 1 - brier / uncertainty, 1e-12)' \
		"SELECT c.probability, c.forecasts, c.won, c.lower, c.upper, s.brier, s.reliability, s.resolution, s.uncertainty, s.skill
		FROM salesopp.calibration() c, salesopp.calibration_score() s"
}

chosen=$first_organization where="the forecast"
check_forecasts
chosen=$past_organization where="measured"
check_measured
