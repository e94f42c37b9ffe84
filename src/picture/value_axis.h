/*
 * value_axis.h
 *		The axis of amounts at the left of a plot, with a line across for each tick.
 */
#ifndef SALESOPP_VALUE_AXIS_H
#define SALESOPP_VALUE_AXIS_H

#include "postgres.h"
#include "lib/stringinfo.h"

#include "picture/number_scale.h"
#include "text/language.h"

#define PLOT_HEIGHT 190
#define LABEL_SIZE 11

typedef struct ValueAxis
{
	Scale		scale;
	int			left;			/* where the plot begins, behind the labels */
	int			bottom;
} ValueAxis;

/* For amounts up to a maximum above 0, in a plot that is PLOT_HEIGHT high. */
extern ValueAxis make_value_axis(Language language, double maximum, int bottom);

extern void draw_value_axis(StringInfo svg, Language language, const ValueAxis *axis);

#endif
