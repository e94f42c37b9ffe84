/*
 * forecast_svg.c
 *		A picture of what opportunities may come to (N3): how likely which amounts are, and the quota.
 *
 * The function is declared with a search_path of pg_catalog.
 */
#include "compat.h"

#include <math.h>

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "forecast/found_deals.h"
#include "forecast/question.h"
#include "picture/number_scale.h"
#include "picture/svg.h"

PG_FUNCTION_INFO_V1(forecast_svg);

#define HEADING_Y 38
#define TOP 110
#define PLOT_HEIGHT 170
#define BOTTOM (TOP + PLOT_HEIGHT)
#define ROWS_Y (BOTTOM + 48)
#define ROW_HEIGHT 20
#define LABEL_SIZE 11
#define ROW_SIZE 12
#define LABEL_LINE 13
#define MAX_BARS 60
#define BAR_WIDTH 5				/* at least, where there are several */

/* A line of the list below the picture, and its mark in it. */
typedef struct Mark
{
	const char *label;			/* in the picture, unless NULL */
	const char *name;
	int128		cents;
	const char *amount;
	const char *fill;
} Mark;

#define MAX_MARKS 5

typedef struct Forecast
{
	Language	language;
	ForecastRange range;
	Scale		scale;
	int128		first;			/* where the bars begin, and how far they reach */
	int128		width;
	int			n_bars;
	double		chances[MAX_BARS];
	double		highest;
	int			n_marks;
	Mark		marks[MAX_MARKS];
} Forecast;

static int
x_of(const Forecast *forecast, int128 cents)
{
	double		share = (double) cents / 100 / forecast->scale.top;

	return (int) rint(SVG_MARGIN + Max(0, Min(share, 1)) * (SVG_RIGHT - SVG_MARGIN));
}

/* ----------
 * What is shown
 * ----------
 */

static int128
start_of_bar(const Forecast *forecast, int i)
{
	return forecast->first + forecast->width * i / forecast->n_bars;
}

static void
find_bars(Forecast *forecast)
{
	const Distribution *distribution = &forecast->range.distribution;
	int			pixels;

	forecast->first = find_quantile(distribution, BESIDE).cents;
	/* the last amount is in the last bar */
	forecast->width = find_quantile(distribution, 1 - BESIDE).cents - forecast->first + 1;
	pixels = x_of(forecast, forecast->first + forecast->width) - x_of(forecast, forecast->first);
	forecast->n_bars = Max(Min(Min(pixels / BAR_WIDTH, MAX_BARS), forecast->width), 1);
	for (int i = 0; i < forecast->n_bars; i++)
	{
		forecast->chances[i] = find_chance(distribution, start_of_bar(forecast, i)).chance -
			find_chance(distribution, start_of_bar(forecast, i + 1)).chance;
		forecast->highest = Max(forecast->highest, forecast->chances[i]);
	}
}

static Scale
scale_of(const ForecastRange *range)
{
	int128		most = find_quantile(&range->distribution, 1 - BESIDE).cents;

	if (range->question.has_quota)
		most = Max(most, range->question.quota);
	return choose_scale(Max((double) most / 100, 0.01));
}

/* Whole percent; what is not quite certain or impossible does not look so. */
static const char *
chance_text(Language language, double chance)
{
	int			percent = (int) round(chance * 100);
	const char *sign = chance > 0 && percent == 0 ? "< " : chance < 1 && percent == 100 ? "> " : "";

	if (chance > 0 && chance < 1)
		percent = Max(Min(percent, 99), 1);
	return psprintf("%s%s", sign, svg_percent(language, int64_to_numeric(percent)));
}

static const char *
quantile_amount(const Forecast *forecast, const Quantile *quantile)
{
	const char *amount = svg_amount(forecast->language, cents_to_numeric(quantile->cents));

	if (quantile->error == 0)
		return amount;
	return psprintf("%s \xc2\xb1 %s", amount, svg_amount(forecast->language, cents_to_numeric(quantile->error)));
}

static void
add_mark(Forecast *forecast, const char *label, const char *name, int128 cents, const char *amount, const char *fill)
{
	forecast->marks[forecast->n_marks++] = (Mark) {label, name, cents, amount, fill};
}

static void
add_quantile(Forecast *forecast, const char *label, double reached, const Quantile *quantile)
{
	Language	language = forecast->language;

	add_mark(forecast, label,
			 psprintf("%s: %s %s", label, chance_text(language, reached), word(language, WORD_CHANCE_OF_AT_LEAST)),
			 quantile->cents, quantile_amount(forecast, quantile), svg_fill(COLOR_BLUE));
}

static void
find_marks(Forecast *forecast)
{
	const ForecastRange *range = &forecast->range;
	Language	language = forecast->language;
	int128		certain = range->distribution.deals.certain;

	add_mark(forecast, NULL, word(language, WORD_CERTAIN), certain, svg_amount(language, cents_to_numeric(certain)),
			 svg_fill(COLOR_GREEN));
	add_quantile(forecast, "P10", 0.9, &range->p10);
	add_quantile(forecast, "P50", 0.5, &range->p50);
	add_quantile(forecast, "P90", 0.1, &range->p90);
	if (range->question.has_quota)
		add_mark(forecast, word(language, WORD_QUOTA),
				 psprintf("%s: %s %s", word(language, WORD_QUOTA), chance_text(language, range->chance.chance),
						  word(language, WORD_CHANCE_OF_AT_LEAST)), range->question.quota,
				 svg_amount(language, cents_to_numeric(range->question.quota)), svg_fill(COLOR_RED));
}

static const char *
describe_forecast(const Forecast *forecast)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < forecast->n_marks; i++)
		appendStringInfo(&text, "%s%s %s", i == 0 ? "" : ". ", forecast->marks[i].name, forecast->marks[i].amount);
	appendStringInfoChar(&text, '.');
	return text.data;
}

/* ----------
 * The picture
 * ----------
 */

static void
draw_bars(StringInfo svg, const Forecast *forecast)
{
	for (int i = 0; i < forecast->n_bars; i++)
	{
		int128		start = start_of_bar(forecast, i);
		int128		end = start_of_bar(forecast, i + 1);
		int			x = x_of(forecast, start);
		int			height = (int) rint(forecast->chances[i] / forecast->highest * PLOT_HEIGHT);

		if (forecast->chances[i] <= 0)
			continue;
		appendStringInfo(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" %s fill-opacity=\"0.6\">", x,
						 BOTTOM - Max(height, 1), Max(x_of(forecast, end) - x - 1, 2), Max(height, 1), svg_fill(COLOR_BLUE));
		svg_title(svg, psprintf("%s \xe2\x80\x93 %s: %s", svg_amount(forecast->language, cents_to_numeric(start)),
								svg_amount(forecast->language, cents_to_numeric(end)),
								chance_text(forecast->language, forecast->chances[i])));
		appendStringInfoString(svg, "</rect>\n");
	}
}

static void
draw_axis(StringInfo svg, const Forecast *forecast)
{
	const Scale *scale = &forecast->scale;

	appendStringInfo(svg, "<path d=\"M%d %dH%d\" %s/>\n", SVG_MARGIN, BOTTOM, SVG_RIGHT, SVG_AXIS);
	for (int i = 0; i <= scale->n_ticks; i++)
		svg_text(svg, SVG_MARGIN + i * (SVG_RIGHT - SVG_MARGIN) / scale->n_ticks, BOTTOM + 20,
				 psprintf("font-size=\"%d\" text-anchor=\"%s\" %s", LABEL_SIZE,
						  i == 0 ? "start" : i == scale->n_ticks ? "end" : "middle", SVG_MUTED),
				 tick_label(forecast->language, scale, i));
}

/* There is no room for it on the other side. */
static bool
has_label_on_the_left(const Forecast *forecast, const Mark *mark)
{
	return x_of(forecast, mark->cents) > SVG_RIGHT - 60;
}

/* No label is crossed by another mark: beside it, on the side where it is, are lower ones only. */
static bool
is_higher(const Forecast *forecast, const Mark *mark, const Mark *other)
{
	bool		is_left = has_label_on_the_left(forecast, mark);

	if (is_left != has_label_on_the_left(forecast, other))
		return !is_left;
	if (mark->cents == other->cents)
		return mark < other;
	return is_left ? mark->cents > other->cents : mark->cents < other->cents;
}

/* Each label has a line of its own, beside its mark, so that none hides another. */
static void
draw_mark(StringInfo svg, const Forecast *forecast, const Mark *mark)
{
	int			x = x_of(forecast, mark->cents);
	int			y = HEADING_Y + 18;
	bool		is_left = has_label_on_the_left(forecast, mark);

	for (int i = 1; i < forecast->n_marks; i++)
		if (is_higher(forecast, &forecast->marks[i], mark))
			y += LABEL_LINE;
	appendStringInfo(svg, "<rect x=\"%d\" y=\"%d\" width=\"2\" height=\"%d\" %s/>\n", Min(x, SVG_RIGHT - 1) - 1, y + 4, BOTTOM - y - 4,
					 mark->fill);
	svg_text(svg, is_left ? x - 5 : x + 5, y + 10,
			 psprintf("font-size=\"%d\" text-anchor=\"%s\" %s", LABEL_SIZE, is_left ? "end" : "start", SVG_INK), mark->label);
}

/* What is certain is a band on the axis, the others are lines. */
static void
draw_marks(StringInfo svg, const Forecast *forecast)
{
	appendStringInfo(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"5\" %s/>\n", SVG_MARGIN, BOTTOM,
					 x_of(forecast, forecast->marks[0].cents) - SVG_MARGIN, forecast->marks[0].fill);
	for (int i = 1; i < forecast->n_marks; i++)
		draw_mark(svg, forecast, &forecast->marks[i]);
}

static void
draw_rows(StringInfo svg, const Forecast *forecast)
{
	for (int i = 0; i < forecast->n_marks; i++)
	{
		const Mark *mark = &forecast->marks[i];
		int			y = ROWS_Y + i * ROW_HEIGHT;

		appendStringInfo(svg, "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" rx=\"3\" %s/>", SVG_MARGIN, y - 10, mark->fill);
		svg_text(svg, SVG_MARGIN + 18, y, psprintf("font-size=\"%d\" %s", ROW_SIZE, SVG_INK), mark->name);
		svg_text(svg, SVG_RIGHT, y, psprintf("font-size=\"%d\" text-anchor=\"end\" %s", ROW_SIZE, SVG_INK), mark->amount);
	}
}

static void
draw_forecast(StringInfo svg, const Forecast *forecast)
{
	bool		is_empty = forecast->range.distribution.deals.opportunities == 0;
	const char *heading = word(forecast->language, WORD_FORECAST);
	const char *empty = word(forecast->language, WORD_EMPTY_PIPELINE);

	svg_start(svg, forecast->language, "salesopp-forecast", is_empty ? 110 : ROWS_Y + forecast->n_marks * ROW_HEIGHT, heading,
			  is_empty ? empty : describe_forecast(forecast));
	svg_text(svg, SVG_MARGIN, HEADING_Y, psprintf("font-weight=\"600\" %s", SVG_INK), heading);
	if (is_empty)
		svg_text(svg, SVG_WIDTH / 2, 76, "text-anchor=\"middle\" " SVG_MUTED, empty);
	else
	{
		draw_bars(svg, forecast);
		draw_axis(svg, forecast);
		draw_marks(svg, forecast);
		draw_rows(svg, forecast);
	}
}

Datum
forecast_svg(PG_FUNCTION_ARGS)
{
	Forecast	forecast = {.language = language_argument(fcinfo, 2)};
	Question	question = {0};
	StringInfoData svg;
	text	   *result;

	ask_quota(&question, fcinfo, 1);
	SPI_connect();
	forecast.range = forecast_of(find_deals(PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0), &question));
	forecast.scale = scale_of(&forecast.range);
	find_bars(&forecast);
	find_marks(&forecast);
	initStringInfo(&svg);
	draw_forecast(&svg, &forecast);
	result = svg_finish(&svg);
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}
