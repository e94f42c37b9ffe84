/*
 * amount.h
 *		Amounts of money: PostgreSQL's numeric to and from whole numbers of small units.
 */
#ifndef SALESOPP_AMOUNT_H
#define SALESOPP_AMOUNT_H

#include "postgres.h"
#include "utils/numeric.h"

#define HUNDREDTHS_DIGITS 2

extern bool numeric_to_hundredths(Datum amount, int64 *hundredths);
extern Numeric units_to_numeric(int128 units, int digits);
extern Numeric numeric_presentable(Numeric value);
extern bool numeric_is_finite(Numeric value);

#endif
