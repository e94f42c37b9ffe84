/*
 * pipeline_plot.h
 *		The pipeline as pipeline_svg.c finds it, and the bars as which it is drawn.
 */
#ifndef SALESOPP_PIPELINE_PLOT_H
#define SALESOPP_PIPELINE_PLOT_H

#include "postgres.h"
#include "lib/stringinfo.h"

#include "picture/svg.h"
#include "picture/won_and_open.h"
#include "text/language.h"

typedef struct MonthValue
{
	int			month;
	Value		value;
} MonthValue;

typedef struct Bar
{
	const char *name;			/* in full */
	Value		value;
} Bar;

/* That many are readable. */
#define MAX_PERIODS 36
/* For what has no place on the axis of time. */
#define MAX_EXTRA_BARS 2

typedef struct Pipeline
{
	Language	language;
	int			n_months;
	MonthValue *months;			/* those with a value, in their order */
	Value		total;
	Value		without_date;
	Value		other_months;

	/* First a bar for each of a range of periods, with a value or not, then the extra bars. */
	int			period_length;	/* in months: 1 or 12 */
	int			first_period;
	int			n_periods;
	int			n_bars;
	Bar			bars[MAX_PERIODS + MAX_EXTRA_BARS];
} Pipeline;

/* Won and open have the colors of their flags. Yellow needs an edge to be seen on white. */
#define WON_FILL svg_fill(COLOR_GREEN)
#define OPEN_FILL psprintf("%s class=\"so-edge\" stroke=\"#b08800\"", svg_fill(COLOR_YELLOW))

/* Draws the bars on an axis, with their names below it, from this height on. */
extern void draw_pipeline_plot(StringInfo svg, const Pipeline *pipeline, int top);

#endif
