/*
 * normal.h
 *		The normal distribution.
 */
#ifndef SALESOPP_NORMAL_H
#define SALESOPP_NORMAL_H

extern double normal_density(double x);
extern double normal_chance(double x);	/* of at most x */
extern double normal_quantile(double chance);

#endif
