/*
 * series_svg.c
 *		A picture of the pipeline over time (N1): what was open, estimated and weighted.
 *
 * The function is declared with a search_path of pg_catalog.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "picture/svg.h"
#include "picture/value_axis.h"
#include "search/search_query.h"

PG_FUNCTION_INFO_V1(series_svg);

typedef struct Instant
{
	TimestampTz at;
	int64		opportunities;
	Numeric		estimate;
	Numeric		pipeline;
} Instant;

typedef struct Series
{
	Language	language;
	int			n_instants;
	Instant    *instants;
	double		highest;
} Series;

/* The arguments are those of pipeline_series(), which looks at them. */
static void
find_instants(Series *series, FunctionCallInfo fcinfo)
{
	static const Oid types[] = {TIMESTAMPTZOID, TIMESTAMPTZOID, INTERVALOID, JSONBOID};
	SearchQuery query;

	start_query(&query);
	for (int i = 0; i < lengthof(types); i++)
		add_argument(&query, types[i], fcinfo, i);
	appendStringInfoString(&query.sql, "SELECT at, open_opportunities, estimated_revenue, pipeline"
						   " FROM salesopp.pipeline_series($1, $2, $3, $4)");
	run_query(&query, NULL);

	series->n_instants = SPI_processed;
	series->instants = palloc((SPI_processed + 1) * sizeof(Instant));
	for (int i = 0; i < series->n_instants; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		Instant    *instant = &series->instants[i];
		bool		isnull;

		instant->at = DatumGetTimestampTz(SPI_getbinval(row, desc, 1, &isnull));
		instant->opportunities = DatumGetInt64(SPI_getbinval(row, desc, 2, &isnull));
		instant->estimate = DatumGetNumeric(SPI_getbinval(row, desc, 3, &isnull));
		instant->pipeline = DatumGetNumeric(SPI_getbinval(row, desc, 4, &isnull));
		series->highest = Max(series->highest, numeric_to_double(instant->estimate));
	}
}

/* ----------
 * In words
 * ----------
 */

static const char *
describe_instant(const Series *series, const Instant *instant)
{
	Language	language = series->language;

	return psprintf("%s: %s %s, %s %s (%s)", format_time(language, instant->at),
					word(language, WORD_ESTIMATED_REVENUE), svg_amount(language, instant->estimate),
					word(language, WORD_WEIGHTED_PIPELINE), svg_amount(language, instant->pipeline),
					format_count(language, instant->opportunities));
}

/* The first, the highest and the last say what is to be seen. */
static const char *
describe_series(const Series *series)
{
	const Instant *first = &series->instants[0];
	const Instant *last = &series->instants[series->n_instants - 1];
	const Instant *highest = first;

	for (int i = 1; i < series->n_instants; i++)
		if (numeric_to_double(series->instants[i].estimate) > numeric_to_double(highest->estimate))
			highest = &series->instants[i];
	return psprintf("%s. %s. %s.", describe_instant(series, first), describe_instant(series, highest),
					describe_instant(series, last));
}

/* ----------
 * The picture
 * ----------
 */

#define LEGEND_Y 66
#define TOP 98
#define DATES 5
/* So many can be pointed at. */
#define MAX_TITLES 120

static const char *
color_of_line(Color color)
{
	return psprintf("fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke=\"#%06x\"", palette[color].area);
}

static double
span_of(const Series *series)
{
	return (double) series->instants[series->n_instants - 1].at - (double) series->instants[0].at;
}

static double
x_of(const Series *series, const ValueAxis *axis, TimestampTz at)
{
	double		span = span_of(series);

	return axis->left + (span > 0 ? ((double) at - (double) series->instants[0].at) / span : 0.5) * (SVG_RIGHT - axis->left);
}

static double
y_of(const ValueAxis *axis, Numeric amount)
{
	return axis->bottom - numeric_to_double(amount) / axis->scale.top * PLOT_HEIGHT;
}

static void
append_points(StringInfo svg, const Series *series, const ValueAxis *axis, bool is_pipeline)
{
	for (int i = 0; i < series->n_instants; i++)
	{
		const Instant *instant = &series->instants[i];

		appendStringInfo(svg, "%s%.1f %.1f", i == 0 ? "M" : "L", x_of(series, axis, instant->at),
						 y_of(axis, is_pipeline ? instant->pipeline : instant->estimate));
	}
}

/* The pipeline as an area, and the estimates as a line above it. */
static void
draw_lines(StringInfo svg, const Series *series, const ValueAxis *axis)
{
	appendStringInfoString(svg, "<path d=\"");
	append_points(svg, series, axis, true);
	appendStringInfo(svg, "V%dH%dZ\" %s fill-opacity=\"0.35\"/>\n<path d=\"", axis->bottom, (int) x_of(series, axis, series->instants[0].at),
					 svg_fill(PIPELINE_COLOR));
	append_points(svg, series, axis, true);
	appendStringInfo(svg, "\" %s/>\n<path d=\"", color_of_line(PIPELINE_COLOR));
	append_points(svg, series, axis, false);
	appendStringInfo(svg, "\" %s/>\n", color_of_line(ESTIMATE_COLOR));
}

static void
draw_titles(StringInfo svg, const Series *series, const ValueAxis *axis)
{
	int			slot = (SVG_RIGHT - axis->left) / series->n_instants;

	if (series->n_instants > MAX_TITLES)
		return;
	for (int i = 0; i < series->n_instants; i++)
	{
		appendStringInfo(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" pointer-events=\"all\">",
						 (int) x_of(series, axis, series->instants[i].at) - slot / 2, TOP, Max(slot, 1), PLOT_HEIGHT);
		svg_title(svg, describe_instant(series, &series->instants[i]));
		appendStringInfoString(svg, "</rect>\n");
	}
}

static DateADT
day_of(TimestampTz at)
{
	return DatumGetDateADT(DirectFunctionCall1(timestamptz_date, TimestampTzGetDatum(at)));
}

/* Where there are more instants than that, at even distances, so that they keep apart: some then lie between instants. */
static void
draw_dates(StringInfo svg, const Series *series, const ValueAxis *axis)
{
	int			n_dates = Min(DATES, series->n_instants);

	for (int i = 0; i < n_dates; i++)
	{
		const char *anchor = n_dates == 1 ? "middle" : i == 0 ? "start" : i == n_dates - 1 ? "end" : "middle";
		TimestampTz at = series->n_instants <= DATES ? series->instants[i].at :
			series->instants[0].at + (TimestampTz) rint(span_of(series) * i / (DATES - 1));

		svg_text(svg, (int) rint(x_of(series, axis, at)), axis->bottom + 18,
				 psprintf("font-size=\"%d\" text-anchor=\"%s\" %s", LABEL_SIZE, anchor, SVG_MUTED),
				 format_date(series->language, day_of(at)));
	}
}

static void
draw_series(StringInfo svg, const Series *series)
{
	Language	language = series->language;
	const char *heading = word(language, WORD_PIPELINE_OVER_TIME);
	bool		is_empty = series->highest == 0;
	LegendItem	legend[] = {
		{svg_fill(ESTIMATE_COLOR), word(language, WORD_ESTIMATED_REVENUE)},
		{svg_fill(PIPELINE_COLOR), word(language, WORD_WEIGHTED_PIPELINE)}
	};

	svg_start(svg, language, "salesopp-series", is_empty ? TOP + 40 : TOP + PLOT_HEIGHT + 40, heading,
			  is_empty ? word(language, WORD_EMPTY_PIPELINE) : describe_series(series));
	svg_text(svg, SVG_MARGIN, 38, psprintf("font-weight=\"600\" %s", SVG_INK), heading);
	svg_legend(svg, LEGEND_Y, legend, lengthof(legend));
	if (is_empty)
		svg_text(svg, SVG_WIDTH / 2, TOP + 10, "text-anchor=\"middle\" " SVG_MUTED, word(language, WORD_EMPTY_PIPELINE));
	else
	{
		ValueAxis	axis = make_value_axis(language, series->highest, TOP + PLOT_HEIGHT);

		draw_value_axis(svg, language, &axis);
		draw_lines(svg, series, &axis);
		draw_dates(svg, series, &axis);
		draw_titles(svg, series, &axis);
	}
}

Datum
series_svg(PG_FUNCTION_ARGS)
{
	Series		series = {.language = language_argument(fcinfo, 4)};
	StringInfoData svg;
	text	   *result;

	SPI_connect();
	find_instants(&series, fcinfo);
	initStringInfo(&svg);
	draw_series(&svg, &series);
	result = svg_finish(&svg);
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}
