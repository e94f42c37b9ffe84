/*
 * funnel_svg.c
 *		A picture of an opportunity's sales process: its stages as bars that form a funnel (F3.4).
 *
 * The function is declared with a search_path of pg_catalog.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "picture/svg.h"
#include "search/search_query.h"

PG_FUNCTION_INFO_V1(funnel_svg);

#define BAR_HEIGHT 36
#define BAR_STEP (BAR_HEIGHT + 6)
#define FIRST_BAR_Y 84
#define WIDEST_BAR (SVG_RIGHT - SVG_MARGIN)
#define NARROWEST_BAR 320

typedef struct Stage
{
	const char *name;
	const char *percent;
	const char *state;			/* in words */
	const struct StageLook *look;
} Stage;

/* The colours of stage_funnel. What they say is also told by a mark, for those who do not see them. */
typedef struct StageLook
{
	Color		color;
	bool		is_dashed;
	const char *ink;
	const char *mark;			/* a path, from the middle of the bar's left end */
} StageLook;

static const StageLook looks[] = {
	{COLOR_GREEN, false, "#ffffff", "m14 0 4 4 8 -9"},
	{COLOR_YELLOW, true, SVG_DARK, "m17 -5 5 5 -5 5"},
	{COLOR_RED, false, "#ffffff", "m15 -5 10 10m0 -10 -10 10"},
	{COLOR_GRAY, false, SVG_DARK, NULL},
};

typedef struct Funnel
{
	Language	language;
	int64		opportunity_id;
	const char *subject;
	const char *status;			/* in words */
	const char *process;		/* its name, or NULL */
	bool		has_process;
	int			n_stages;
	Stage	   *stages;
} Funnel;

/* ----------
 * What is shown
 * ----------
 */

static void
query_opportunity(int64 opportunity_id, const char *sql)
{
	SearchQuery query;

	start_query(&query);
	add_parameter(&query, INT8OID, Int64GetDatum(opportunity_id));
	appendStringInfoString(&query.sql, sql);
	run_query(&query, NULL);
}

/* A column of a row that was found, in UTF-8; NULL where it has no value. */
static const char *
value(uint64 row, int column)
{
	char	   *result = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);

	return result == NULL ? NULL : to_utf8(result);
}

static void
find_opportunity(Funnel *funnel)
{
	query_opportunity(funnel->opportunity_id,
					  "SELECT o.subject, o.status, o.sales_process, o.has_process"
					  " FROM salesopp.opportunity_list o"
					  " WHERE o.organization_id = salesopp.current_organization() AND o.id = $1");
	if (SPI_processed == 0)
		ereport(ERROR,
				errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("no such opportunity: %lld", (long long) funnel->opportunity_id),
				errhint("Pass the id of a row of salesopp.opportunity_list."));

	funnel->subject = value(0, 1);
	funnel->status = label_word(funnel->language, value(0, 2));
	funnel->process = value(0, 3);
	funnel->has_process = strcmp(value(0, 4), "t") == 0;
}

static const StageLook *
look_of(Color color)
{
	for (int i = 0; i < lengthof(looks); i++)
		if (looks[i].color == color)
			return &looks[i];
	elog(ERROR, "unexpected color of a stage: %s", palette[color].label);
}

static void
find_stages(Funnel *funnel)
{
	query_opportunity(funnel->opportunity_id,
					  "SELECT f.name, f.probability, f.status, f.is_current, f.color"
					  " FROM salesopp.stage_funnel f"
					  " WHERE f.organization_id = salesopp.current_organization()"
					  " AND f.opportunity_id = $1"
					  " ORDER BY f.position");
	funnel->n_stages = SPI_processed;
	funnel->stages = palloc(SPI_processed * sizeof(Stage));
	for (int i = 0; i < funnel->n_stages; i++)
	{
		Stage	   *stage = &funnel->stages[i];
		bool		isnull;
		Datum		probability = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2, &isnull);

		stage->name = value(i, 1);
		stage->percent = svg_percent(funnel->language, DatumGetNumeric(probability));
		stage->state = strcmp(value(i, 4), "t") == 0 ?
			word(funnel->language, WORD_CURRENT_STAGE) : label_word(funnel->language, value(i, 3));
		stage->look = look_of(color_of_label(value(i, 5)));
	}
}

/* Why there are no bars. */
static const char *
no_stages(const Funnel *funnel)
{
	return word(funnel->language, funnel->has_process ? WORD_EMPTY_PROCESS : WORD_NO_STAGES);
}

static const char *
describe_stage(const Stage *stage)
{
	return psprintf("%s: %s, %s", stage->name, stage->percent, stage->state);
}

static const char *
describe_funnel(const Funnel *funnel)
{
	StringInfoData text;

	initStringInfo(&text);
	if (funnel->process != NULL)
		appendStringInfo(&text, "%s: %s. ", word(funnel->language, WORD_SALES_PROCESS), funnel->process);
	appendStringInfo(&text, "%s: %s.", word(funnel->language, WORD_STATUS), funnel->status);
	for (int i = 0; i < funnel->n_stages; i++)
		appendStringInfo(&text, " %d. %s.", i + 1, describe_stage(&funnel->stages[i]));
	if (funnel->n_stages == 0)
		appendStringInfo(&text, " %s.", no_stages(funnel));
	return text.data;
}

/* ----------
 * The picture
 * ----------
 */

static void
draw_heading(StringInfo svg, const Funnel *funnel)
{
	TextBox		subject_box = {SVG_MARGIN, 20, WIDEST_BAR, 28, 18, true, false};
	TextBox		status_box = {SVG_MARGIN, 46, WIDEST_BAR, 22, SVG_FONT_SIZE, false, false};
	const char *below = funnel->process == NULL ? funnel->status :
		psprintf("%s \xc2\xb7 %s", funnel->process, funnel->status);

	svg_boxed_text(svg, &subject_box, SVG_INK, funnel->subject);
	svg_boxed_text(svg, &status_box, SVG_MUTED, below);
}

/* The mark stands at the left end of the bar, the name in its middle, the percentage at the right. */
static void
draw_bar(StringInfo svg, const Stage *stage, int width, int y)
{
	const StageLook *look = stage->look;
	int			x = (SVG_WIDTH - width) / 2;
	int			middle = y + BAR_HEIGHT / 2;
	int			side = Max(36, 24 + svg_text_width(stage->percent, SVG_FONT_SIZE + 2));
	TextBox		name_box = {x + side, y, width - 2 * side, BAR_HEIGHT, SVG_FONT_SIZE, false, true};
	char	   *ink = psprintf("fill=\"%s\"", look->ink);

	appendStringInfoString(svg, "<g>");
	svg_title(svg, describe_stage(stage));
	appendStringInfo(svg, "\n<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" %s/>\n",
					 x + 1, y + 1, width - 2, BAR_HEIGHT - 2, svg_fill(look->color));
	if (look->is_dashed)
		appendStringInfo(svg,
						 "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\" fill=\"none\""
						 " stroke=\"#7a5c00\" stroke-width=\"2\" stroke-dasharray=\"7 4\"/>\n",
						 x + 4, y + 4, width - 8, BAR_HEIGHT - 8);
	if (look->mark != NULL)
		appendStringInfo(svg,
						 "<path d=\"M%d %d%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\""
						 " stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\n",
						 x, middle, look->mark, look->ink);
	svg_boxed_text(svg, &name_box, ink, stage->name);
	svg_text(svg, x + width - 16, middle + 5, psprintf("text-anchor=\"end\" font-weight=\"600\" %s", ink),
			 stage->percent);
	appendStringInfoString(svg, "</g>\n");
}

/* What the colours that occur stand for: one line in either language. */
static void
draw_legend(StringInfo svg, const Funnel *funnel, int y)
{
	LegendItem	items[lengthof(looks)];
	int			n_items = 0;

	for (int i = 0; i < lengthof(looks); i++)
		for (int j = 0; j < funnel->n_stages; j++)
			if (funnel->stages[j].look == &looks[i])
			{
				items[n_items].fill = svg_fill(looks[i].color);
				items[n_items++].text = funnel->stages[j].state;
				break;
			}
	svg_legend(svg, y, items, n_items);
}

static void
draw_funnel(StringInfo svg, const Funnel *funnel)
{
	int			last = funnel->n_stages - 1;
	int			below = FIRST_BAR_Y + Max(funnel->n_stages, 1) * BAR_STEP;

	svg_start(svg, funnel->language, psprintf("salesopp-funnel-" INT64_FORMAT, funnel->opportunity_id),
			  below + (funnel->n_stages == 0 ? SVG_MARGIN : 40),
			  psprintf("%s: %s", word(funnel->language, WORD_SALES_FUNNEL), funnel->subject),
			  describe_funnel(funnel));
	draw_heading(svg, funnel);
	for (int i = 0; i <= last; i++)
	{
		int			width = WIDEST_BAR;

		if (last > 0)
			width -= (int64) i * (WIDEST_BAR - NARROWEST_BAR) / last / 2 * 2;
		draw_bar(svg, &funnel->stages[i], width, FIRST_BAR_Y + i * BAR_STEP);
	}
	if (funnel->n_stages > 0)
		draw_legend(svg, funnel, below + 18);
	else
		svg_text(svg, SVG_WIDTH / 2, FIRST_BAR_Y + 24, "text-anchor=\"middle\" " SVG_MUTED,
				 no_stages(funnel));
}

Datum
funnel_svg(PG_FUNCTION_ARGS)
{
	Funnel		funnel = {.language = language_argument(fcinfo, 1)};
	StringInfoData svg;
	text	   *result;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("the opportunity's id must not be null"),
				errhint("Pass the id of a row of salesopp.opportunity_list."));
	funnel.opportunity_id = PG_GETARG_INT64(0);

	SPI_connect();
	find_opportunity(&funnel);
	find_stages(&funnel);
	initStringInfo(&svg);
	draw_funnel(&svg, &funnel);
	result = svg_finish(&svg);
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}
