/*
 * change_svg.c
 *		A picture of how the pipeline changed between two instants (N2): what came to it and what went, step by step.
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

#include "picture/number_scale.h"
#include "picture/svg.h"
#include "search/search_query.h"

PG_FUNCTION_INFO_V1(change_svg);

/* ----------
 * What is shown
 * ----------
 */

/* What pipeline_change() calls them, in its order, which adds up from the start to the end. */
static const struct
{
	const char *bucket;
	Word		word;
}			steps[] = {
	{"start", WORD_AT_THE_START},
	{"new", WORD_NEW},
	{"restored", WORD_RESTORED},
	{"reopened", WORD_REOPENED},
	{"moved_in", WORD_MOVED_IN},
	{"transferred_in", WORD_TRANSFERRED_IN},
	{"increased", WORD_INCREASED},
	{"decreased", WORD_DECREASED},
	{"more_likely", WORD_MORE_LIKELY},
	{"less_likely", WORD_LESS_LIKELY},
	{"won", WORD_WON},
	{"lost", WORD_LOST},
	{"moved_out", WORD_MOVED_OUT},
	{"transferred_out", WORD_TRANSFERRED_OUT},
	{"deleted", WORD_DELETED},
	{"end", WORD_AT_THE_END},
};

#define START 0
#define END (lengthof(steps) - 1)

typedef struct Step
{
	int64		opportunities;
	Numeric		amount;
	double		before;			/* the pipeline without the step */
	double		after;
} Step;

typedef struct Change
{
	Language	language;
	const char *measure;		/* in words */
	const char *period;
	Step		steps[lengthof(steps)];
	double		highest;
} Change;

static void
take_step(Change *change, const char *bucket, int64 opportunities, Numeric amount)
{
	for (int i = 0; i < lengthof(steps); i++)
		if (strcmp(steps[i].bucket, bucket) == 0)
		{
			change->steps[i].opportunities = opportunities;
			change->steps[i].amount = amount;
		}
}

/* The arguments are those of pipeline_change(), which looks at them. */
static void
find_steps(Change *change, FunctionCallInfo fcinfo)
{
	static const Oid types[] = {TIMESTAMPTZOID, TIMESTAMPTZOID, DATEOID, DATEOID, JSONBOID, TEXTOID};
	SearchQuery query;

	for (int i = START; i <= END; i++)
		change->steps[i].amount = int64_to_numeric(0);
	start_query(&query);
	for (int i = 0; i < lengthof(types); i++)
		add_argument(&query, types[i], fcinfo, i);
	appendStringInfoString(&query.sql, "SELECT bucket, opportunities, amount FROM salesopp.pipeline_change($1, $2, $3, $4, $5, $6)");
	run_query(&query, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		isnull;

		take_step(change, SPI_getvalue(row, desc, 1), DatumGetInt64(SPI_getbinval(row, desc, 2, &isnull)),
				  DatumGetNumeric(SPI_getbinval(row, desc, 3, &isnull)));
	}
}

/* Where each step stands. Sums of doubles are good enough to draw. */
static void
add_up(Change *change)
{
	double		sum = 0;

	for (int i = START; i <= END; i++)
	{
		Step	   *step = &change->steps[i];

		step->before = i == END ? 0 : sum;
		step->after = step->before + numeric_to_double(step->amount);
		sum = step->after;
		change->highest = Max(change->highest, sum);
	}
}

static bool
is_shown(const Change *change, int i)
{
	return i == START || i == END || change->steps[i].opportunities > 0;
}

/* ----------
 * In words
 * ----------
 */

static const char minus_sign[] = "\xe2\x88\x92";

static const char *
sign_of(int i, Numeric amount)
{
	double		value = numeric_to_double(amount);

	return i == START || i == END || value == 0 ? "" : value > 0 ? "+" : minus_sign;
}

static Numeric
size_of(Numeric amount)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(amount)));
}

static const char *
describe_step(const Change *change, int i)
{
	const Step *step = &change->steps[i];

	return psprintf("%s: %s%s (%s)", word(change->language, steps[i].word), sign_of(i, step->amount),
					svg_amount(change->language, size_of(step->amount)), format_count(change->language, step->opportunities));
}

static const char *
describe_change(const Change *change)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = START; i <= END; i++)
		if (is_shown(change, i))
			appendStringInfo(&text, "%s%s", i == START ? "" : ". ", describe_step(change, i));
	appendStringInfoChar(&text, '.');
	return text.data;
}

static const char *
instant_text(Language language, FunctionCallInfo fcinfo, int argument)
{
	TimestampTz instant = PG_ARGISNULL(argument) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(argument);

	if (TIMESTAMP_IS_NOBEGIN(instant))
		return word(language, WORD_THE_BEGINNING);
	return TIMESTAMP_IS_NOEND(instant) ? word(language, WORD_NOW) : format_time(language, instant);
}

static bool
is_a_day(FunctionCallInfo fcinfo, int argument)
{
	return !PG_ARGISNULL(argument) && !DATE_NOT_FINITE(PG_GETARG_DATEADT(argument));
}

static const char *
day_text(Language language, FunctionCallInfo fcinfo, int argument)
{
	return is_a_day(fcinfo, argument) ? format_date(language, PG_GETARG_DATEADT(argument)) : "";
}

#define DASH " \xe2\x80\x93 "

/* From when to when, and for which decision dates, where it is not for all. */
static const char *
describe_period(Language language, FunctionCallInfo fcinfo)
{
	const char *decided = !is_a_day(fcinfo, 2) && !is_a_day(fcinfo, 3) ? "" :
		psprintf(" \xc2\xb7 %s: %s" DASH "%s", word(language, WORD_DECISION_DATE), day_text(language, fcinfo, 2),
				 day_text(language, fcinfo, 3));

	return psprintf("%s" DASH "%s%s", instant_text(language, fcinfo, 0), instant_text(language, fcinfo, 1), decided);
}

/* ----------
 * The picture
 * ----------
 */

#define TOP 76
#define ROW_HEIGHT 26
#define BAR_HEIGHT 16
#define NAME_SIZE 12
#define GAP 8

typedef struct Columns
{
	int			bars;			/* where they begin */
	int			amounts;		/* and where the amounts end, at the right */
	double		scale;			/* pixels of one */
} Columns;

/* In full where there is room, so that all are in one unit, and are seen to add up. */
static const char *
amount_text(const Change *change, int i)
{
	Numeric		size = size_of(change->steps[i].amount);

	return psprintf("%s%s", sign_of(i, change->steps[i].amount), change->highest < 1e9 ?
					format_number(change->language, size, change->highest < 100 ? 2 : 0) : short_amount(change->language, size));
}

static Columns
lay_out(const Change *change)
{
	Columns		columns = {.amounts = SVG_RIGHT};
	int			names = 0;
	int			amounts = 0;

	for (int i = START; i <= END; i++)
		if (is_shown(change, i))
		{
			names = Max(names, svg_text_width(word(change->language, steps[i].word), NAME_SIZE));
			amounts = Max(amounts, svg_text_width(amount_text(change, i), NAME_SIZE));
		}
	columns.bars = SVG_MARGIN + names + GAP;
	columns.scale = change->highest > 0 ? (SVG_RIGHT - amounts - GAP - columns.bars) / change->highest : 0;
	return columns;
}

/* Won leaves the pipeline, too, but has the color of its flag. */
static const char *
fill_of(int i, double amount)
{
	if (i == START || i == END)
		return svg_fill(COLOR_GRAY);
	if (steps[i].word == WORD_WON)
		return svg_fill(COLOR_GREEN);
	return svg_fill(amount < 0 ? COLOR_RED : COLOR_BLUE);
}

static void
draw_step(StringInfo svg, const Change *change, const Columns *columns, int i, int y)
{
	const Step *step = &change->steps[i];
	int			left = (int) rint(Min(step->before, step->after) * columns->scale);
	int			width = (int) rint(fabs(step->after - step->before) * columns->scale);

	appendStringInfoString(svg, "<g>");
	svg_title(svg, describe_step(change, i));
	appendStringInfo(svg, "\n<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" pointer-events=\"all\"/>\n",
					 SVG_MARGIN, y, SVG_RIGHT - SVG_MARGIN, ROW_HEIGHT);
	svg_text(svg, SVG_MARGIN, y + 17, psprintf("font-size=\"%d\" %s", NAME_SIZE, i == START || i == END ? SVG_INK : SVG_MUTED),
			 word(change->language, steps[i].word));
	appendStringInfo(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\" %s/>\n",
					 columns->bars + left, y + (ROW_HEIGHT - BAR_HEIGHT) / 2,
					 numeric_to_double(step->amount) == 0 ? 0 : Max(width, 1), BAR_HEIGHT, fill_of(i, numeric_to_double(step->amount)));
	svg_text(svg, columns->amounts, y + 17, psprintf("font-size=\"%d\" text-anchor=\"end\" %s", NAME_SIZE, SVG_INK),
			 amount_text(change, i));
	appendStringInfoString(svg, "</g>\n");
}

static void
draw_change(StringInfo svg, const Change *change)
{
	Language	language = change->language;
	const char *heading = word(language, WORD_CHANGE_OF_PIPELINE);
	Columns		columns = lay_out(change);
	int			n_rows = 0;

	for (int i = START; i <= END; i++)
		n_rows += is_shown(change, i);
	svg_start(svg, language, "salesopp-change", TOP + n_rows * ROW_HEIGHT + 16,
			  psprintf("%s, %s: %s", heading, change->measure, change->period), describe_change(change));
	svg_text(svg, SVG_MARGIN, 38, psprintf("font-weight=\"600\" %s", SVG_INK), heading);
	svg_text(svg, SVG_RIGHT, 38, psprintf("font-size=\"%d\" text-anchor=\"end\" %s", NAME_SIZE, SVG_MUTED), change->measure);
	svg_text(svg, SVG_MARGIN, 60, psprintf("font-size=\"%d\" %s", NAME_SIZE, SVG_MUTED), change->period);
	n_rows = 0;
	for (int i = START; i <= END; i++)
		if (is_shown(change, i))
			draw_step(svg, change, &columns, i, TOP + n_rows++ * ROW_HEIGHT);
}

Datum
change_svg(PG_FUNCTION_ARGS)
{
	Change		change = {.language = language_argument(fcinfo, 6)};
	StringInfoData svg;
	text	   *result;

	SPI_connect();
	find_steps(&change, fcinfo);
	add_up(&change);
	change.period = describe_period(change.language, fcinfo);
	change.measure = word(change.language, strcmp(text_to_cstring(PG_GETARG_TEXT_PP(5)), "weighted") == 0 ?
						  WORD_WEIGHTED_PIPELINE : WORD_ESTIMATED_REVENUE);
	initStringInfo(&svg);
	draw_change(&svg, &change);
	result = svg_finish(&svg);
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}
