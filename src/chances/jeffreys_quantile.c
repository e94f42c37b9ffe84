/*
 * jeffreys_quantile.c
 *		Quantiles of the beta distribution that successes and failures leave by Jeffreys' rule: Beta(s + 1/2, f + 1/2).
 *
 * With t = sin(angle)^2, its density becomes sin(angle)^2s cos(angle)^2f: bounded and smooth for any counts, with one peak,
 * as wide as 1 / sqrt(4 (s + f)) wherever it is. So it is summed up around its peak by Gauss' rule, relative to its height,
 * and no function of huge arguments is needed, whose differences would lose their digits.
 */
#include "compat.h"

#include <math.h>

#include "chances/jeffreys_quantile.h"

/* Gauss-Legendre with 16 points: the positive nodes and their weights. */
static const double nodes[] = {
	0.0950125098376374402, 0.2816035507792589132, 0.4580167776572273863, 0.6178762444026437484,
	0.7554044083550030339, 0.8656312023878317439, 0.9445750230732325761, 0.9894009349916499326
};
static const double weights[] = {
	0.1894506104550684963, 0.1826034150449235889, 0.1691565193950025382, 0.1495959888165767321,
	0.1246289712555338720, 0.0951585116824927848, 0.0622535239386478929, 0.0271524594117540949
};

/* Beyond so many deviations from the peak, nothing is left even of the smallest tail. */
#define REACH 14
#define PANELS (2 * REACH)

/* Angles are counted from the peak. */
typedef struct Density
{
	double		successes;
	double		failures;
	double		peak;
	double		lowest;
	double		highest;
} Density;

static Density
density_of(double successes, double failures)
{
	double		reach = REACH / (2 * sqrt((successes + failures) / 2));
	Density		density = {successes, failures, atan2(sqrt(successes), sqrt(failures))};

	density.lowest = -Min(reach, density.peak);
	density.highest = Min(reach, M_PI_2 - density.peak);
	return density;
}

/* By the addition theorems of sine and cosine: exact also where the peak is narrow. */
static double
height(const Density *density, double angle)
{
	double		tangent = sqrt(density->successes / density->failures);
	double		half = sin(angle / 2);
	double		logarithm = 2 * density->failures * log1p(-2 * half * half - tangent * sin(angle));

	if (density->successes > 0)
		logarithm += 2 * density->successes * log1p(-2 * half * half + sin(angle) / tangent);
	return exp(logarithm);
}

static double
area(const Density *density, double from, double to)
{
	double		middle = (from + to) / 2;
	double		half = (to - from) / 2;
	double		sum = 0;

	for (int i = 0; i < lengthof(nodes); i++)
		sum += weights[i] * (height(density, middle - half * nodes[i]) + height(density, middle + half * nodes[i]));
	return sum * fabs(half);
}

/* The angle up to which, from the given one on, the area is as large as is wanted; by halving what is left. */
static double
angle_of_area(const Density *density, double from, double to, double wanted)
{
	double		low = from;
	double		high = to;

	for (;;)
	{
		double		middle = low + (high - low) / 2;

		if (middle == low || middle == high)
			return middle;
		if (area(density, from, middle) < wanted)
			low = middle;
		else
			high = middle;
	}
}

/* From the end of the tail inwards, so that small areas are added first. */
static double
tail_angle(const Density *density, double tail, bool is_upper)
{
	double		start = is_upper ? density->highest : density->lowest;
	double		step = (density->highest - density->lowest) / PANELS * (is_upper ? -1 : 1);
	double		areas[PANELS];
	double		wanted = 0;

	for (int i = 0; i < PANELS; i++)
	{
		areas[i] = area(density, start + i * step, start + (i + 1) * step);
		wanted += areas[i];
	}
	wanted *= tail;
	for (int i = 0; i < PANELS - 1; i++)
	{
		if (wanted <= areas[i])
			return angle_of_area(density, start + i * step, start + (i + 1) * step, wanted);
		wanted -= areas[i];
	}
	return angle_of_area(density, start + (PANELS - 1) * step, start + PANELS * step, wanted);
}

/* Of at least as many failures as successes: near 0 there are most digits. */
static double
quantile_near_0(double successes, double failures, double tail, bool is_upper)
{
	Density		density = density_of(successes, failures);
	double		sine = sin(density.peak + tail_angle(&density, tail, is_upper));

	return sine * sine;
}

double
jeffreys_quantile(double successes, double failures, double tail, bool is_upper)
{
	return failures < successes ? 1 - quantile_near_0(failures, successes, tail, !is_upper) :
		quantile_near_0(successes, failures, tail, is_upper);
}
