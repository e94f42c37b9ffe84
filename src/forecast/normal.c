/*
 * normal.c
 *		The normal distribution.
 */
#include "compat.h"

#include <math.h>

#include "forecast/normal.h"

double
normal_density(double x)
{
	return exp(-x * x / 2) / sqrt(2 * M_PI);
}

double
normal_chance(double x)
{
	return erfc(-x * M_SQRT1_2) / 2;
}

/* By bisection, to the last digit: each chance that is typed is looked up once in a forecast. */
double
normal_quantile(double chance)
{
	double		low = -40;
	double		high = 40;

	for (;;)
	{
		double		middle = (low + high) / 2;

		if (middle <= low || middle >= high)
			return middle;
		if (normal_chance(middle) < chance)
			low = middle;
		else
			high = middle;
	}
}
