/*
 * number_scale.h
 *		Round numbers for an axis, and amounts in short.
 */
#ifndef SALESOPP_NUMBER_SCALE_H
#define SALESOPP_NUMBER_SCALE_H

#include "postgres.h"
#include "utils/numeric.h"

#include "text/language.h"

/* Ticks at the multiples of digit x 10 ^ exponent, from 0 to top. */
typedef struct Scale
{
	int			digit;
	int			exponent;
	int			n_ticks;		/* above 0 */
	double		top;
} Scale;

/* Not exact: for comparing and for drawing. */
extern double numeric_to_double(Numeric number);

/* The scale for numbers up to a maximum above 0. */
extern Scale choose_scale(double maximum);

/* A tick as people read it, in UTF-8. */
extern char *tick_label(Language language, const Scale *scale, int tick);

/* An amount in a few digits, such as 1.5 M, in UTF-8. */
extern char *short_amount(Language language, Numeric amount);

#endif
