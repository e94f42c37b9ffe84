/*
 * pipeline_plot.c
 *		The pipeline as bars on an axis: a bar for each period, won below and open above.
 */
#include "compat.h"

#include <math.h>

#include "picture/number_scale.h"
#include "picture/pipeline_plot.h"
#include "picture/value_axis.h"

#define WIDEST_BAR 56
#define EXTRA_SLOT 68

#define LABEL "font-size=\"11\" text-anchor=\"middle\" "

typedef struct Plot
{
	StringInfo	svg;
	const Pipeline *pipeline;
	ValueAxis	axis;
	int			top;
	int			period_slot;	/* the width that a period has */
	int			extra_slot;
	int			bar_width;
} Plot;

static bool
is_extra(const Pipeline *pipeline, int bar)
{
	return bar >= pipeline->n_periods;
}

static int
slot_width(const Plot *plot, int bar)
{
	return is_extra(plot->pipeline, bar) ? plot->extra_slot : plot->period_slot;
}

/* The middle of a bar. Periods stand in the middle of their place, extra bars at its end. */
static int
bar_x(const Plot *plot, int bar)
{
	int			n_periods = plot->pipeline->n_periods;
	int			n_extra = plot->pipeline->n_bars - n_periods;
	int			room = SVG_RIGHT - plot->axis.left - n_extra * plot->extra_slot;

	if (is_extra(plot->pipeline, bar))
		return SVG_RIGHT - (plot->pipeline->n_bars - bar) * plot->extra_slot + plot->extra_slot / 2;
	return plot->axis.left + (room - n_periods * plot->period_slot) / 2 +
		bar * plot->period_slot + plot->period_slot / 2;
}

static void
lay_out(Plot *plot)
{
	const Pipeline *pipeline = plot->pipeline;
	int			n_extra = pipeline->n_bars - pipeline->n_periods;
	double		maximum = 0;
	int			room;

	for (int i = 0; i < pipeline->n_bars; i++)
		maximum = Max(maximum, numeric_to_double(value_sum(&pipeline->bars[i].value)));
	plot->axis = make_value_axis(pipeline->language, maximum, plot->top + PLOT_HEIGHT);

	room = SVG_RIGHT - plot->axis.left;
	plot->extra_slot = pipeline->n_periods > 0 ? EXTRA_SLOT : room / n_extra;
	if (pipeline->n_periods > 0)
		plot->period_slot = (room - n_extra * plot->extra_slot) / pipeline->n_periods;
	plot->bar_width = Min(WIDEST_BAR, slot_width(plot, 0) * 7 / 10);
}

/* How high something is drawn; what has a value is to be seen. */
static int
height_of(const Plot *plot, Numeric amount)
{
	double		height = numeric_to_double(amount) / plot->axis.scale.top * PLOT_HEIGHT;

	return height > 0 ? (int) Max(rint(height), 1) : 0;
}

/*
 * A part of a bar, with its upper corners rounded where nothing stands on it. A line around it is
 * one pixel wide, so the middle of it is half a pixel inside.
 */
static void
draw_part(const Plot *plot, int x, int bottom, int height, bool is_upper, bool has_line, const char *fill)
{
	int			width = plot->bar_width - (has_line ? 1 : 0);
	int			radius;

	height -= has_line ? 1 : 0;
	radius = is_upper ? Min(4, Min(height, width / 3)) : 0;
	appendStringInfo(plot->svg,
					 "<path d=\"M%d.%d %d.%dv%dq0 -%d %d -%dh%dq%d 0 %d %dv%dz\" %s/>\n",
					 x, has_line ? 5 : 0, has_line ? bottom - 1 : bottom, has_line ? 5 : 0,
					 radius - height, radius, radius, radius,
					 width - 2 * radius, radius, radius, radius, height - radius, fill);
}

/* The lines of the axis do not go through it. */
static void
draw_amount(const Plot *plot, int x, int y, Numeric amount)
{
	const char *text = short_amount(plot->pipeline->language, amount);
	int			width = svg_text_width(text, LABEL_SIZE);

	appendStringInfo(plot->svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" %s/>\n",
					 x - width / 2, y - LABEL_SIZE, width, LABEL_SIZE + 4, SVG_CARD);
	svg_text(plot->svg, x, y, LABEL SVG_INK, text);
}

static void
draw_bar(const Plot *plot, int bar, bool with_label)
{
	const Bar  *shown = &plot->pipeline->bars[bar];
	int			middle = bar_x(plot, bar);
	int			slot = slot_width(plot, bar);
	int			x = middle - plot->bar_width / 2;
	int			won = height_of(plot, shown->value.won);
	int			open = height_of(plot, shown->value.open);

	if (won + open == 0)
		return;
	appendStringInfoString(plot->svg, "<g>");
	svg_title(plot->svg, describe_value(plot->pipeline->language, shown->name, &shown->value));
	/* so that a pointer need not hit the bar itself */
	appendStringInfo(plot->svg,
					 "\n<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" pointer-events=\"all\"/>\n",
					 middle - slot / 2, plot->top, slot, PLOT_HEIGHT);
	if (won > 0)
		draw_part(plot, x, plot->axis.bottom, won, open == 0, false, WON_FILL);
	if (open > 0)
		draw_part(plot, x, plot->axis.bottom - won, open, true, true, OPEN_FILL);
	if (with_label)
		draw_amount(plot, middle, plot->axis.bottom - won - open - 6, value_sum(&shown->value));
	appendStringInfoString(plot->svg, "</g>\n");
}

/* Amounts stand above the bars where there is room for all of them. */
static bool
amounts_fit(const Plot *plot)
{
	for (int i = 0; i < plot->pipeline->n_bars; i++)
	{
		Numeric		amount = value_sum(&plot->pipeline->bars[i].value);

		if (svg_text_width(short_amount(plot->pipeline->language, amount), LABEL_SIZE) >
			slot_width(plot, i))
			return false;
	}
	return true;
}

/* A name in two lines, such as Jan and 2025. */
static void
split_name(const char *name, const char **above, const char **below)
{
	size_t		length = strcspn(name, " ");

	*above = pnstrdup(name, length);
	*below = name[length] == '\0' ? NULL : name + length + 1;
}

/* Every how many periods one is named, so that the names have room. */
static int
label_step(const Plot *plot)
{
	static const int month_steps[] = {1, 2, 3, 6, 12};
	static const int year_steps[] = {1, 2, 5, 10, 20};
	const int  *steps = plot->pipeline->period_length == 1 ? month_steps : year_steps;
	int			room = 0;
	int			i = 0;

	for (int bar = 0; bar < plot->pipeline->n_periods; bar++)
	{
		const char *above;
		const char *below;

		split_name(plot->pipeline->bars[bar].name, &above, &below);
		room = Max(room, svg_text_width(above, LABEL_SIZE) + 6);
	}
	while (i < lengthof(month_steps) - 1 && steps[i] * plot->period_slot < room)
		i++;
	return steps[i];
}

/* The year of a month is told once, and again in January. */
static void
draw_names(const Plot *plot)
{
	const Pipeline *pipeline = plot->pipeline;
	int			step = pipeline->n_periods > 0 ? label_step(plot) : 1;
	bool		is_first = true;

	for (int bar = 0; bar < pipeline->n_bars; bar++)
	{
		int			period = pipeline->first_period + bar;
		const char *above;
		const char *below;

		if (!is_extra(pipeline, bar) && period % step != 0)
			continue;
		split_name(pipeline->bars[bar].name, &above, &below);
		svg_text(plot->svg, bar_x(plot, bar), plot->axis.bottom + 18, LABEL SVG_MUTED, above);
		if (below != NULL && (is_first || is_extra(pipeline, bar) || period % 12 == 0))
			svg_text(plot->svg, bar_x(plot, bar), plot->axis.bottom + 33, LABEL SVG_MUTED, below);
		is_first = false;
	}
}

void
draw_pipeline_plot(StringInfo svg, const Pipeline *pipeline, int top)
{
	Plot		plot = {.svg = svg, .pipeline = pipeline, .top = top};
	bool		with_amounts;

	lay_out(&plot);
	with_amounts = amounts_fit(&plot);
	draw_value_axis(svg, pipeline->language, &plot.axis);
	for (int bar = 0; bar < pipeline->n_bars; bar++)
		draw_bar(&plot, bar, with_amounts);
	draw_names(&plot);
}
