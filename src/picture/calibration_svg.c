/*
 * calibration_svg.c
 *		A picture of whether what was said came true (N4): how likely opportunities were said to be, and how many were won.
 *
 * The function is declared with a search_path of pg_catalog.
 */
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "picture/number_scale.h"
#include "picture/svg.h"
#include "search/search_query.h"

PG_FUNCTION_INFO_V1(calibration_svg);

#define DASH "\xe2\x80\x93"

/* ----------
 * What is shown
 * ----------
 */

/* A row of calibration(): what was said, and what came of it, in parts of 1. */
typedef struct Point
{
	const char *name;			/* what was said, as people read it */
	double		said;
	double		came;
	double		lower;
	double		upper;
	int64		forecasts;
	int64		won;
} Point;

typedef struct Calibration
{
	Language	language;
	int			n_points;
	Point	   *points;
	int64		most;			/* forecasts of a point */
	Numeric		said;			/* on average, in percent */
	Numeric		came;
	Numeric		skill;			/* in percent, or NULL */
} Calibration;

/* A column of a row that was found; NULL where it has no value. */
static Numeric
numeric_value(HeapTuple row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? NULL : DatumGetNumeric(value);
}

static int64
count_value(HeapTuple row, int column)
{
	bool		isnull;

	return DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, column, &isnull));
}

static double
double_value(HeapTuple row, int column)
{
	bool		isnull;

	return DatumGetFloat8(SPI_getbinval(row, SPI_tuptable->tupdesc, column, &isnull));
}

/* From where to where a bin reaches, or the percentage that was said. */
static const char *
name_of(Language language, Numeric from, Numeric to, Numeric said)
{
	if (from == NULL)
		return svg_percent(language, said);
	return psprintf("%s" DASH "%s", format_percent(language, from), svg_percent(language, to));
}

static void
take_point(Calibration *calibration, HeapTuple row)
{
	Point	   *point = &calibration->points[calibration->n_points++];

	point->name = name_of(calibration->language, numeric_value(row, 7), numeric_value(row, 8), numeric_value(row, 9));
	point->said = numeric_to_double(numeric_value(row, 1)) / 100;
	point->forecasts = count_value(row, 2);
	point->won = count_value(row, 3);
	point->came = numeric_to_double(numeric_value(row, 4));
	point->lower = double_value(row, 5);
	point->upper = double_value(row, 6);
	calibration->most = Max(calibration->most, point->forecasts);
}

/* The arguments are those of calibration(), which looks at them. Bins that are less than 1 % wide have no names of their own. */
static void
find_points(Calibration *calibration, FunctionCallInfo fcinfo)
{
	static const Oid types[] = {JSONBOID, INTERVALOID, INT4OID};
	SearchQuery query;

	start_query(&query);
	for (int i = 0; i < lengthof(types); i++)
		add_argument(&query, types[i], fcinfo, i);
	appendStringInfoString(&query.sql,
						   "SELECT c.probability, c.forecasts, c.won, c.win_rate, c.lower, c.upper,"
						   " round(100.0 * b.bin / $3, 1), round(100.0 * (b.bin + 1) / $3, 1), round(c.probability, 2),"
						   " round(sum(c.forecasts * c.probability) OVER () / sum(c.forecasts) OVER (), 1),"
						   " round(100 * sum(c.won) OVER () / sum(c.forecasts) OVER (), 1), round(100 * s.skill)"
						   " FROM salesopp.calibration($1, $2, $3) c"
						   " CROSS JOIN salesopp.calibration_score($1, $2, $3) s"
						   " LEFT JOIN LATERAL (SELECT salesopp.bin_of(c.probability, $3) AS bin) b ON $3 <= 100"
						   " ORDER BY c.probability");
	run_query(&query, NULL);
	calibration->points = palloc((SPI_processed + 1) * sizeof(Point));
	for (uint64 i = 0; i < SPI_processed; i++)
		take_point(calibration, SPI_tuptable->vals[i]);
	if (SPI_processed > 0)
	{
		calibration->said = numeric_value(SPI_tuptable->vals[0], 10);
		calibration->came = numeric_value(SPI_tuptable->vals[0], 11);
		calibration->skill = numeric_value(SPI_tuptable->vals[0], 12);
	}
}

/* ----------
 * In words
 * ----------
 */

static const char *
whole_percent(Language language, double part)
{
	return svg_percent(language, int64_to_numeric((int64) rint(part * 100)));
}

static const char *
count_text(Language language, int64 count)
{
	return count < 1000000 ? format_count(language, count) : short_amount(language, int64_to_numeric(count));
}

/* What was said is true, as far as this shows, when it is within the interval. */
static Word
verdict_of(const Point *point)
{
	return point->said > point->upper ? WORD_OVERSTATED : point->said < point->lower ? WORD_UNDERSTATED : WORD_AS_SAID;
}

static const char *
what_was_said(Language language, const Point *point)
{
	return psprintf("%s %s %s", word(language, WORD_SAID_TO_BE), point->name, word(language, WORD_LIKELY));
}

static const char *
what_came(Language language, const Point *point)
{
	return psprintf("%s %s %s %s, %s (%.0f" DASH "%s), %s", count_text(language, point->won), word(language, WORD_OF),
					count_text(language, point->forecasts), word(language, WORD_WERE_WON),
					whole_percent(language, point->came), rint(point->lower * 100), whole_percent(language, point->upper),
					word(language, verdict_of(point)));
}

static const char *
describe_point(Language language, const Point *point)
{
	return psprintf("%s: %s", what_was_said(language, point), what_came(language, point));
}

/* How far off it was on average: the difference of what is shown, so that readers can take it themselves. */
static const char *
describe_average(const Calibration *calibration)
{
	Language	language = calibration->language;
	Numeric		more = DatumGetNumeric(DirectFunctionCall2(numeric_sub, NumericGetDatum(calibration->said),
														   NumericGetDatum(calibration->came)));
	double		sign = numeric_to_double(more);
	const char *off = format_percent(language, DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(more))));

	return psprintf("%s: %s %s, %s %s, %s", word(language, WORD_ON_AVERAGE), svg_percent(language, calibration->said),
					word(language, WORD_SAID), svg_percent(language, calibration->came), word(language, WORD_WERE_WON),
					sign == 0 ? word(language, WORD_AS_SAID) :
					psprintf("%s %s %s", word(language, sign > 0 ? WORD_OVERSTATED_BY : WORD_UNDERSTATED_BY), off,
							 word(language, WORD_PERCENTAGE_POINTS)));
}

/* What calibration_score() calls skill; NULL where all was won or all lost. */
static const char *
describe_skill(const Calibration *calibration)
{
	Language	language = calibration->language;
	Numeric		skill = calibration->skill;

	if (skill == NULL)
		return NULL;
	return psprintf("%s %s %s",
					svg_percent(language, DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(skill)))),
					word(language, numeric_to_double(skill) < 0 ? WORD_FURTHER_OFF_THAN : WORD_CLOSER_THAN),
					svg_percent(language, calibration->came));
}

/* So many are listed in words. */
#define MAX_ROWS 20

static const char *
describe_calibration(const Calibration *calibration)
{
	const char *skill = describe_skill(calibration);
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < Min(calibration->n_points, MAX_ROWS); i++)
		appendStringInfo(&text, "%s. ", describe_point(calibration->language, &calibration->points[i]));
	if (calibration->n_points > MAX_ROWS)
		appendStringInfo(&text, "%s. ", format_rest(calibration->language, calibration->n_points - MAX_ROWS));
	appendStringInfo(&text, "%s.", describe_average(calibration));
	if (skill != NULL)
		appendStringInfo(&text, " %s.", skill);
	return text.data;
}

/* ----------
 * The picture
 * ----------
 */

#define HEADING_Y 38
#define AXIS_Y 62				/* of the words above the axis */
#define TOP 78
#define HEIGHT 250
#define BOTTOM (TOP + HEIGHT)
#define LEFT (SVG_MARGIN + 40)
#define TICKS 5
#define LABEL_SIZE 11
#define ROW_SIZE 12
#define ROWS_Y (BOTTOM + 66)
#define ROW_HEIGHT 20
#define DOT 5
#define SMALLEST_RADIUS 4
#define LARGEST_RADIUS 11
#define SAMPLE 24				/* of the diagonal */
#define DASHED SVG_AXIS " stroke-width=\"2\" stroke-dasharray=\"6 4\""

static int
x_of(double part)
{
	return (int) rint(LEFT + part * (SVG_RIGHT - LEFT));
}

static int
y_of(double part)
{
	return (int) rint(BOTTOM - part * HEIGHT);
}

static Color
color_of(const Point *point)
{
	switch (verdict_of(point))
	{
		case WORD_OVERSTATED:
			return COLOR_RED;
		case WORD_UNDERSTATED:
			return COLOR_GREEN;
		default:
			return COLOR_BLUE;
	}
}

static void
draw_axes(StringInfo svg, Language language)
{
	const char *as_said = word(language, WORD_AS_SAID);

	for (int i = 0; i <= TICKS; i++)
	{
		double		part = (double) i / TICKS;
		const char *label = whole_percent(language, part);

		appendStringInfo(svg, "<path d=\"M%d %dH%d\" %s/>", LEFT, y_of(part), SVG_RIGHT, i == 0 ? SVG_AXIS : SVG_LINE);
		svg_text(svg, LEFT - 8, y_of(part) + 4, psprintf("font-size=\"%d\" text-anchor=\"end\" %s", LABEL_SIZE, SVG_MUTED), label);
		svg_text(svg, x_of(part), BOTTOM + 18,
				 psprintf("font-size=\"%d\" text-anchor=\"%s\" %s", LABEL_SIZE, i == TICKS ? "end" : "middle", SVG_MUTED), label);
	}
	appendStringInfo(svg, "<path d=\"M%d %dL%d %d\" %s/>\n<path d=\"M%d %dh%d\" %s/>\n", LEFT, BOTTOM, SVG_RIGHT, TOP, DASHED,
					 SVG_RIGHT - svg_text_width(as_said, LABEL_SIZE) - 6 - SAMPLE, AXIS_Y - 4, SAMPLE, DASHED);
	svg_text(svg, SVG_RIGHT, AXIS_Y, psprintf("font-size=\"%d\" text-anchor=\"end\" %s", LABEL_SIZE, SVG_MUTED), as_said);
	svg_text(svg, SVG_MARGIN, AXIS_Y, psprintf("font-size=\"%d\" %s", LABEL_SIZE, SVG_MUTED), word(language, WORD_WON));
	svg_text(svg, SVG_RIGHT, BOTTOM + 36, psprintf("font-size=\"%d\" text-anchor=\"end\" %s", LABEL_SIZE, SVG_MUTED),
			 word(language, WORD_WHAT_WAS_SAID));
}

/* The larger, the more forecasts; and the interval through it. */
static void
draw_point(StringInfo svg, const Calibration *calibration, const Point *point)
{
	int			x = x_of(point->said);
	int			radius = SMALLEST_RADIUS +
		(int) rint(sqrt((double) point->forecasts / calibration->most) * (LARGEST_RADIUS - SMALLEST_RADIUS));

	appendStringInfoString(svg, "<g>");
	svg_title(svg, describe_point(calibration->language, point));
	appendStringInfo(svg, "<path d=\"M%d %dV%dM%d %dh12M%d %dh12\" fill=\"none\" stroke-width=\"2\" stroke=\"#%06x\"/>"
					 "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" %s fill-opacity=\"0.6\"/></g>\n",
					 x, y_of(point->lower), y_of(point->upper), x - 6, y_of(point->lower), x - 6, y_of(point->upper),
					 palette[color_of(point)].area, x, y_of(point->came), radius, svg_fill(color_of(point)));
}

static void
draw_row(StringInfo svg, Language language, const Point *point, int y)
{
	appendStringInfo(svg, "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" %s/>", SVG_MARGIN + DOT, y - 4, DOT, svg_fill(color_of(point)));
	svg_text(svg, SVG_MARGIN + 18, y, psprintf("font-size=\"%d\" %s", ROW_SIZE, SVG_INK), what_was_said(language, point));
	svg_text(svg, SVG_RIGHT, y, psprintf("font-size=\"%d\" text-anchor=\"end\" %s", ROW_SIZE, SVG_INK), what_came(language, point));
}

/* The sentences below: those of all, and what to keep in mind. */
static int
draw_sentences(StringInfo svg, const Calibration *calibration, int y)
{
	Language	language = calibration->language;
	const char *sentences[] = {describe_average(calibration), describe_skill(calibration),
	word(language, WORD_EACH_TIME), word(language, WORD_INTERVAL_OF_RATE)};

	for (int i = 0; i < lengthof(sentences); i++)
		if (sentences[i] != NULL)
		{
			svg_text(svg, SVG_MARGIN, y, i < 2 ? psprintf("font-size=\"%d\" %s", ROW_SIZE, SVG_INK) :
					 psprintf("font-size=\"%d\" %s", LABEL_SIZE, SVG_MUTED), psprintf("%s.", sentences[i]));
			y += ROW_HEIGHT;
		}
	return y;
}

static int
draw_rows(StringInfo svg, const Calibration *calibration)
{
	int			n_rows = Min(calibration->n_points, MAX_ROWS);
	int			y = ROWS_Y + n_rows * ROW_HEIGHT;

	for (int i = 0; i < n_rows; i++)
		draw_row(svg, calibration->language, &calibration->points[i], ROWS_Y + i * ROW_HEIGHT);
	if (calibration->n_points > MAX_ROWS)
	{
		svg_text(svg, SVG_MARGIN + 18, y, psprintf("font-size=\"%d\" %s", ROW_SIZE, SVG_MUTED),
				 format_rest(calibration->language, calibration->n_points - MAX_ROWS));
		y += ROW_HEIGHT;
	}
	return draw_sentences(svg, calibration, y + 10);
}

static void
draw_calibration(StringInfo svg, const Calibration *calibration)
{
	Language	language = calibration->language;
	bool		is_empty = calibration->n_points == 0;
	const char *heading = word(language, WORD_SAID_AND_CAME);
	const char *nothing = word(language, WORD_NOTHING_SAID);
	StringInfoData below;
	int			height = 110;

	initStringInfo(&below);
	if (!is_empty)
		height = draw_rows(&below, calibration);
	svg_start(svg, language, "salesopp-calibration", height, heading,
			  is_empty ? psprintf("%s.", nothing) : describe_calibration(calibration));
	svg_text(svg, SVG_MARGIN, HEADING_Y, psprintf("font-weight=\"600\" %s", SVG_INK), heading);
	if (is_empty)
		svg_text(svg, SVG_WIDTH / 2, 76, "text-anchor=\"middle\" " SVG_MUTED, nothing);
	else
	{
		draw_axes(svg, language);
		for (int i = 0; i < calibration->n_points; i++)
			draw_point(svg, calibration, &calibration->points[i]);
		appendBinaryStringInfo(svg, below.data, below.len);
	}
}

Datum
calibration_svg(PG_FUNCTION_ARGS)
{
	Calibration calibration = {.language = language_argument(fcinfo, 3)};
	StringInfoData svg;
	text	   *result;

	SPI_connect();
	find_points(&calibration, fcinfo);
	initStringInfo(&svg);
	draw_calibration(&svg, &calibration);
	result = svg_finish(&svg);
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}
