/*
 * normal.h
 *		The normal distribution.
 */
#ifndef SALESOPP_NORMAL_H
#define SALESOPP_NORMAL_H

extern double normal_density(double x);
extern double normal_chance(double x);	/* of at most x */
extern double normal_quantile(double chance);
extern double normal_deviations(double chance);	/* to each side of 0 that have it together */

#endif
