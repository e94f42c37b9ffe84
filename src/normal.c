/*
 * normal.c
 *		The normal distribution.
 */
#include "compat.h"

#include <math.h>

#include "normal.h"

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

/* Where a function that rises comes to the value, by bisection to the last digit. */
static double
argument_of(double (*function) (double), double value, double low, double high)
{
	for (;;)
	{
		double		middle = (low + high) / 2;

		if (middle <= low || middle >= high)
			return middle;
		if (function(middle) < value)
			low = middle;
		else
			high = middle;
	}
}

double
normal_quantile(double chance)
{
	return argument_of(normal_chance, chance, -40, 40);
}

/* By what is left beside it, which has more digits, or by itself, where it is little. */
double
normal_deviations(double chance)
{
	return chance < 0.5 ? M_SQRT2 * argument_of(erf, chance, 0, 1) : -normal_quantile((1 - chance) / 2);
}
