/*
 * pipeline_svg.c
 *		A picture of the weighted pipeline (F2.1) by decision month: won and open, stacked.
 *
 * The function is declared with a search_path of pg_catalog.
 */
#include "compat.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "picture/number_scale.h"
#include "picture/pipeline_plot.h"
#include "picture/svg.h"
#include "picture/value_axis.h"
#include "picture/won_and_open.h"
#include "search/criteria.h"

PG_FUNCTION_INFO_V1(pipeline_svg);

/* Months count from a January before the first date that there is. */
#define YEARS_BEFORE 4800

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
	MonthValue *months = pipeline->months;
	int			month = month_of(date);

	if (pipeline->n_months == 0 || months[pipeline->n_months - 1].month != month)
	{
		MonthValue	first = {month, no_value()};

		months[pipeline->n_months++] = first;
	}
	add_value(&months[pipeline->n_months - 1].value, value);
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
 * There is a bar for each month, up to MAX_PERIODS of them; where dates lie further apart, for each year.
 * If they span more than so many years, some are mistyped, such as 2204 for 2024: then the years with the
 * most value are shown, and one bar for all others.
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

/* ----------
 * In words
 * ----------
 */

static const char *
describe_pipeline(const Pipeline *pipeline)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, describe_value(pipeline->language, word(pipeline->language, WORD_WEIGHTED_PIPELINE),
												 &pipeline->total));
	for (int i = 0; i < pipeline->n_bars; i++)
		if (!is_worthless(&pipeline->bars[i].value))
			appendStringInfo(&text, ". %s", describe_value(pipeline->language, pipeline->bars[i].name,
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
		draw_pipeline_plot(svg, pipeline, top);
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
