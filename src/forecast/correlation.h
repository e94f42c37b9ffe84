/*
 * correlation.h
 *		What deals may come to that go well or badly together.
 */
#ifndef SALESOPP_CORRELATION_H
#define SALESOPP_CORRELATION_H

#include "compat.h"

#include "forecast/distribution.h"

/* Fills in the chances, and how far off they may be. */
extern void correlate_deals(Distribution *distribution, const Deals *deals, double correlation);

#endif
