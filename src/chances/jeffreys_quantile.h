/*
 * jeffreys_quantile.h
 *		Quantiles of the beta distribution that successes and failures leave by Jeffreys' rule.
 */
#ifndef SALESOPP_JEFFREYS_QUANTILE_H
#define SALESOPP_JEFFREYS_QUANTILE_H

/* What cuts off the given part of the distribution at its lower or its upper end. */
extern double jeffreys_quantile(double successes, double failures, double tail, bool is_upper);

#endif
