/*
 * pipeline_svg.c
 *		A picture of the weighted pipeline (F2.1) by decision month: won and open, stacked.
 *
 * The function is declared with a search_path of pg_catalog.
 */
#include "compat.h"

#include <math.h>

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "picture/number_scale.h"
#include "picture/svg.h"
#include "search/criteria.h"

PG_FUNCTION_INFO_V1(pipeline_svg);

typedef struct Value
{
	Numeric		won;
	Numeric		open;
} Value;

/* Months count from a January before the first date that there is. */
#define YEARS_BEFORE 4800

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

/* ----------
 * Values
 * ----------
 */

static Numeric
add(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b)));
}

static Value
no_value(void)
{
	Value		none = {int64_to_numeric(0), int64_to_numeric(0)};

	return none;
}

static void
add_value(Value *sum, const Value *value)
{
	sum->won = add(sum->won, value->won);
	sum->open = add(sum->open, value->open);
}

static Numeric
value_sum(const Value *value)
{
	return add(value->won, value->open);
}

static bool
is_worthless(const Value *value)
{
	return numeric_to_double(value_sum(value)) == 0;
}

/* ----------
 * What is shown
 * ----------
 */

static int
month_of(DateADT date)
{
	int			year;
	int			month;
	int			day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return (year + YEARS_BEFORE) * 12 + month - 1;
}

static void
add_day(Pipeline *pipeline, DateADT date, const Value *value)
{
	MonthValue *last = pipeline->n_months == 0 ? NULL : &pipeline->months[pipeline->n_months - 1];
	int			month = month_of(date);

	if (last == NULL || last->month != month)
	{
		last = &pipeline->months[pipeline->n_months++];
		last->month = month;
		last->value = no_value();
	}
	add_value(&last->value, value);
}

static void
find_values(Pipeline *pipeline, Jsonb *criteria)
{
	SearchQuery query;

	start_query(&query);
	appendStringInfoString(&query.sql,
						   "SELECT decision_date, (s).won_pipeline, (s).open_pipeline"
						   " FROM (SELECT o.decision_date, salesopp.pipeline_summary(o.status,"
						   " o.estimated_revenue, o.actual_revenue, o.progress) AS s");
	add_opportunities(&query, "", criteria);
	appendStringInfoString(&query.sql, " GROUP BY o.decision_date) day ORDER BY decision_date");
	run_query(&query, NULL);

	pipeline->months = palloc(SPI_processed * sizeof(MonthValue));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		has_no_date;
		bool		isnull;
		Datum		date = SPI_getbinval(row, desc, 1, &has_no_date);
		Value		value;

		value.won = DatumGetNumeric(SPI_getbinval(row, desc, 2, &isnull));
		value.open = DatumGetNumeric(SPI_getbinval(row, desc, 3, &isnull));
		add_value(&pipeline->total, &value);
		if (has_no_date)
			pipeline->without_date = value;
		else if (!is_worthless(&value))
			add_day(pipeline, DatumGetDateADT(date), &value);
	}
}

/* ----------
 * Bars
 *
 * Up to MAX_PERIODS months, else as many years. What spans more than that has dates that nobody
 * means, such as 2204 for 2024: the years with the most value are shown, and one bar for the rest.
 * ----------
 */

static int
year_of(const MonthValue *month)
{
	return month->month / 12;
}

/* The most valuable of the ranges of months within MAX_PERIODS years: all of them, as a rule. */
static void
choose_range(const Pipeline *pipeline, int *first, int *last)
{
	const MonthValue *months = pipeline->months;
	double		sum = 0;
	double		best = 0;
	int			from = 0;

	*first = *last = 0;
	for (int to = 0; to < pipeline->n_months; to++)
	{
		sum += numeric_to_double(value_sum(&months[to].value));
		for (; year_of(&months[to]) - year_of(&months[from]) >= MAX_PERIODS; from++)
			sum -= numeric_to_double(value_sum(&months[from].value));
		if (sum > best)
		{
			best = sum;
			*first = from;
			*last = to;
		}
	}
}

static const char *
period_name(const Pipeline *pipeline, int period)
{
	int			month = period * pipeline->period_length;
	int			year = month / 12 - YEARS_BEFORE;

	if (pipeline->period_length > 1)
		return format_year(pipeline->language, year);
	return format_month(pipeline->language, date2j(year, month % 12 + 1, 1) - POSTGRES_EPOCH_JDATE);
}

static void
add_bar(Pipeline *pipeline, const char *name, const Value *value)
{
	pipeline->bars[pipeline->n_bars].name = name;
	pipeline->bars[pipeline->n_bars].value = *value;
	pipeline->n_bars++;
}

static void
add_periods(Pipeline *pipeline)
{
	const MonthValue *months = pipeline->months;
	Value		none = no_value();
	int			first;
	int			last;

	choose_range(pipeline, &first, &last);
	pipeline->period_length = months[last].month - months[first].month < MAX_PERIODS ? 1 : 12;
	pipeline->first_period = months[first].month / pipeline->period_length;
	pipeline->n_periods = months[last].month / pipeline->period_length - pipeline->first_period + 1;

	for (int i = 0; i < pipeline->n_periods; i++)
		add_bar(pipeline, period_name(pipeline, pipeline->first_period + i), &none);
	for (int i = 0; i < pipeline->n_months; i++)
	{
		Value	   *sum = &pipeline->other_months;

		if (i >= first && i <= last)
			sum = &pipeline->bars[months[i].month / pipeline->period_length -
								  pipeline->first_period].value;
		add_value(sum, &months[i].value);
	}
}

static void
make_bars(Pipeline *pipeline)
{
	if (pipeline->n_months > 0)
		add_periods(pipeline);
	if (!is_worthless(&pipeline->without_date))
		add_bar(pipeline, word(pipeline->language, WORD_NO_DATE), &pipeline->without_date);
	if (!is_worthless(&pipeline->other_months))
		add_bar(pipeline, word(pipeline->language, WORD_OTHER_MONTHS), &pipeline->other_months);
}

static bool
is_extra(const Pipeline *pipeline, int bar)
{
	return bar >= pipeline->n_periods;
}

/* ----------
 * In words
 * ----------
 */

static const char *
describe_value(const Pipeline *pipeline, const char *name, const Value *value)
{
	Language	language = pipeline->language;

	return psprintf("%s: %s %s, %s %s, %s %s", name,
					word(language, WORD_WON), svg_amount(language, value->won),
					word(language, WORD_OPEN), svg_amount(language, value->open),
					word(language, WORD_TOTAL), svg_amount(language, value_sum(value)));
}

static const char *
describe_pipeline(const Pipeline *pipeline)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, describe_value(pipeline, word(pipeline->language, WORD_WEIGHTED_PIPELINE),
												 &pipeline->total));
	for (int i = 0; i < pipeline->n_bars; i++)
		if (!is_worthless(&pipeline->bars[i].value))
			appendStringInfo(&text, ". %s", describe_value(pipeline, pipeline->bars[i].name,
														   &pipeline->bars[i].value));
	if (pipeline->n_bars == 0)
		appendStringInfo(&text, ". %s", word(pipeline->language, WORD_EMPTY_PIPELINE));
	appendStringInfoChar(&text, '.');
	return text.data;
}

/* ----------
 * The picture
 * ----------
 */

#define TOTAL_SIZE 24
#define LEGEND_Y 92
#define PLOT_HEIGHT 190
#define LABEL_SIZE 11
#define LABEL_GAP 8
#define WIDEST_BAR 56
#define EXTRA_SLOT 68

#define WON_FILL "fill=\"" SVG_GREEN "\""
#define OPEN_FILL "fill=\"" SVG_YELLOW "\" class=\"so-edge\" stroke=\"#b08800\""

#define LABEL "font-size=\"11\" text-anchor=\"middle\" "

typedef struct Plot
{
	StringInfo	svg;
	const Pipeline *pipeline;
	Scale		scale;
	int			left;
	int			top;
	int			bottom;
	int			period_slot;	/* the width that a period has */
	int			extra_slot;
	int			bar_width;
} Plot;

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
	int			room = SVG_RIGHT - plot->left - n_extra * plot->extra_slot;

	if (is_extra(plot->pipeline, bar))
		return SVG_RIGHT - (plot->pipeline->n_bars - bar) * plot->extra_slot + plot->extra_slot / 2;
	return plot->left + (room - n_periods * plot->period_slot) / 2 +
		bar * plot->period_slot + plot->period_slot / 2;
}

static void
lay_out(Plot *plot)
{
	const Pipeline *pipeline = plot->pipeline;
	int			n_extra = pipeline->n_bars - pipeline->n_periods;
	int			tick_width = 0;
	double		maximum = 0;
	int			room;

	for (int i = 0; i < pipeline->n_bars; i++)
		maximum = Max(maximum, numeric_to_double(value_sum(&pipeline->bars[i].value)));
	plot->scale = choose_scale(maximum);
	for (int i = 0; i <= plot->scale.n_ticks; i++)
		tick_width = Max(tick_width, svg_text_width(tick_label(pipeline->language, &plot->scale, i),
													LABEL_SIZE));
	plot->left = SVG_MARGIN + tick_width + LABEL_GAP;

	room = SVG_RIGHT - plot->left;
	plot->extra_slot = pipeline->n_periods > 0 ? EXTRA_SLOT : room / n_extra;
	if (pipeline->n_periods > 0)
		plot->period_slot = (room - n_extra * plot->extra_slot) / pipeline->n_periods;
	plot->bar_width = Min(WIDEST_BAR, slot_width(plot, 0) * 7 / 10);
}

static void
draw_axis(const Plot *plot)
{
	for (int i = 0; i <= plot->scale.n_ticks; i++)
	{
		int			y = plot->bottom - i * PLOT_HEIGHT / plot->scale.n_ticks;

		appendStringInfo(plot->svg, "<path d=\"M%d %dH%d\" %s/>", plot->left, y, SVG_RIGHT,
						 i == 0 ? SVG_AXIS : SVG_LINE);
		svg_text(plot->svg, plot->left - LABEL_GAP, y + 4,
				 "font-size=\"11\" text-anchor=\"end\" " SVG_MUTED,
				 tick_label(plot->pipeline->language, &plot->scale, i));
	}
}

/* How high something is drawn; what has a value is to be seen. */
static int
height_of(const Plot *plot, Numeric amount)
{
	double		height = numeric_to_double(amount) / plot->scale.top * PLOT_HEIGHT;

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
	svg_title(plot->svg, describe_value(plot->pipeline, shown->name, &shown->value));
	/* so that a pointer need not hit the bar itself */
	appendStringInfo(plot->svg,
					 "\n<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" pointer-events=\"all\"/>\n",
					 middle - slot / 2, plot->top, slot, PLOT_HEIGHT);
	if (won > 0)
		draw_part(plot, x, plot->bottom, won, open == 0, false, WON_FILL);
	if (open > 0)
		draw_part(plot, x, plot->bottom - won, open, true, true, OPEN_FILL);
	if (with_label)
		draw_amount(plot, middle, plot->bottom - won - open - 6, value_sum(&shown->value));
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
		svg_text(plot->svg, bar_x(plot, bar), plot->bottom + 18, LABEL SVG_MUTED, above);
		if (below != NULL && (is_first || is_extra(pipeline, bar) || period % 12 == 0))
			svg_text(plot->svg, bar_x(plot, bar), plot->bottom + 33, LABEL SVG_MUTED, below);
		is_first = false;
	}
}

static void
draw_plot(StringInfo svg, const Pipeline *pipeline, int top)
{
	Plot		plot = {.svg = svg, .pipeline = pipeline, .top = top, .bottom = top + PLOT_HEIGHT};
	bool		with_amounts;

	lay_out(&plot);
	with_amounts = amounts_fit(&plot);
	draw_axis(&plot);
	for (int bar = 0; bar < pipeline->n_bars; bar++)
		draw_bar(&plot, bar, with_amounts);
	draw_names(&plot);
}

static const char *
legend_text(const Pipeline *pipeline, Word name, Numeric amount)
{
	return psprintf("%s %s", word(pipeline->language, name),
					format_number(pipeline->language, amount, 2));
}

/* The exact total is for those who ask for it; what is looked at is rounded to cents. */
static void
draw_pipeline(StringInfo svg, const Pipeline *pipeline)
{
	Language	language = pipeline->language;
	Numeric		total = value_sum(&pipeline->total);
	const char *shown_total = format_number(language, total, 2);
	bool		is_long = svg_text_width(shown_total, TOTAL_SIZE) > SVG_RIGHT - SVG_MARGIN;
	const char *heading = word(language, WORD_WEIGHTED_PIPELINE);
	LegendItem	legend[] = {
		{WON_FILL, legend_text(pipeline, WORD_WON, pipeline->total.won)},
		{OPEN_FILL, legend_text(pipeline, WORD_OPEN, pipeline->total.open)}
	};
	int			top = LEGEND_Y + 32 + svg_legend(NULL, 0, legend, lengthof(legend));
	int			height = top + (pipeline->n_bars > 0 ? PLOT_HEIGHT + 52 : 72);

	svg_start(svg, language, "salesopp-pipeline", height,
			  psprintf("%s: %s", heading, svg_amount(language, total)), describe_pipeline(pipeline));
	svg_text(svg, SVG_MARGIN, 38, SVG_MUTED, heading);
	svg_text(svg, SVG_MARGIN, 66,
			 psprintf("font-size=\"%d\" font-weight=\"600\" %s", is_long ? SVG_FONT_SIZE : TOTAL_SIZE, SVG_INK),
			 shown_total);
	svg_legend(svg, LEGEND_Y, legend, lengthof(legend));
	if (pipeline->n_bars > 0)
		draw_plot(svg, pipeline, top);
	else
		svg_text(svg, SVG_WIDTH / 2, top + 20, "text-anchor=\"middle\" " SVG_MUTED,
				 word(language, WORD_EMPTY_PIPELINE));
}

Datum
pipeline_svg(PG_FUNCTION_ARGS)
{
	Pipeline	pipeline = {
		.language = language_argument(fcinfo, 1),
		.total = no_value(),
		.without_date = no_value(),
		.other_months = no_value()
	};
	StringInfoData svg;
	text	   *result;

	SPI_connect();
	find_values(&pipeline, PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0));
	make_bars(&pipeline);
	initStringInfo(&svg);
	draw_pipeline(&svg, &pipeline);
	result = svg_finish(&svg);
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}
