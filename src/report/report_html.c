/*
 * report_html.c
 *		What a sales meeting looks at every week, on one page: what there is, what became of it, and what to do.
 *
 * Figures and pictures are those of the functions for them. The function is declared with a search_path of pg_catalog.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "forecast/question.h"
#include "report/page.h"
#include "report/report_table.h"
#include "search/criteria.h"
#include "search/list_column.h"
#include "text/markup.h"

PG_FUNCTION_INFO_V1(report_html);

enum
{
	CRITERIA, SINCE, QUOTA, LANGUAGE
};

typedef struct Report
{
	FunctionCallInfo fcinfo;
	Language	language;
	Jsonb	   *criteria;		/* or NULL */
	TimestampTz since;
	StringInfoData body;
} Report;

/* ----------
 * Arguments
 * ----------
 */

static TimestampTz
since_argument(FunctionCallInfo fcinfo)
{
	bool		isnull = PG_ARGISNULL(SINCE);

	if (isnull || PG_GETARG_TIMESTAMPTZ(SINCE) > GetCurrentTimestamp())
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				isnull ? errmsg("a report must begin at an instant") :
				errmsg("a report cannot begin in the future: %s", timestamptz_to_str(PG_GETARG_TIMESTAMPTZ(SINCE))),
				errhint("Pass when the last meeting was as since, or leave it out for a week ago."));
	return PG_GETARG_TIMESTAMPTZ(SINCE);
}

static void
check_quota(FunctionCallInfo fcinfo)
{
	Question	question = {0};

	ask_quota(&question, fcinfo, QUOTA);
	if (question.quota < 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("a quota must not be negative: %s",
					   DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(QUOTA)))),
				errhint("Pass an amount of 0 or more, or NULL for no quota."));
}

static void
add_criteria_argument(SearchQuery *query, const Report *report)
{
	add_argument(query, JSONBOID, report->fcinfo, CRITERIA);
}

/*
 * What a statement says of the criteria, as one value that the next takes as a parameter: on a distributed engine, what joins
 * tables cannot call what looks at others.
 */
static void
add_found_argument(SearchQuery *query, const Report *report, const char *sql)
{
	SearchQuery found;
	bool		isnull;

	start_query(&found);
	add_criteria_argument(&found, report);
	appendStringInfoString(&found.sql, sql);
	run_query(&found, NULL);
	add_parameter(query, JSONBOID, SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* ----------
 * What there is
 * ----------
 */

static void
add_summary(Report *report)
{
	static const ReportColumn columns[] = {
		{WORD_STATUS, CELL_LABEL}, {WORD_OPPORTUNITIES, CELL_COUNT}, {WORD_ESTIMATED_REVENUE, CELL_AMOUNT},
		{WORD_PIPELINE, CELL_AMOUNT}, {WORD_HIGHEST_SALE, CELL_AMOUNT}
	};
	static const ReportTable table = {"summary", WORD_SALES_OPPORTUNITIES, false, false, lengthof(columns), columns};
	SearchQuery query;

	start_query(&query);
	add_criteria_argument(&query, report);
	appendStringInfoString(&query.sql,
						   "SELECT count(*) OVER (), NULL::numeric, status,"
						   " CASE WHEN status <> 'total' THEN salesopp.status_flag(status::salesopp.opportunity_status) END,"
						   " opportunities, estimated_revenue, pipeline, highest FROM salesopp.summary($1)");
	run_query(&query, NULL);
	start_section(&report->body, "summary", word(report->language, WORD_SUMMARY));
	add_table(&report->body, report->language, &table);
	end_section(&report->body);
}

static void
add_found_picture(Report *report, const SearchQuery *query)
{
	run_query(query, NULL);
	add_picture(&report->body, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
}

/* Up to what can be seen now, so that it ends where the summary is. Where the history cannot be asked, the rest still can. */
static void
add_change(Report *report)
{
	const char *untold = report->criteria == NULL ? NULL : describe_untold(report->criteria, report->language);
	SearchQuery query;

	start_section(&report->body, "change", word(report->language, WORD_CHANGE_SINCE));
	if (untold != NULL)
		add_paragraph(&report->body, psprintf("%s: %s.", word(report->language, WORD_NOT_TOLD), untold));
	else
	{
		start_query(&query);
		add_argument(&query, TIMESTAMPTZOID, report->fcinfo, SINCE);
		add_criteria_argument(&query, report);
		add_argument(&query, TEXTOID, report->fcinfo, LANGUAGE);
		appendStringInfoString(&query.sql, "SELECT salesopp.change_svg($1, NULL, criteria => $2, language => $3)");
		add_found_picture(report, &query);
	}
	end_section(&report->body);
}

static void
add_forecast(Report *report)
{
	SearchQuery query;

	start_query(&query);
	add_criteria_argument(&query, report);
	add_argument(&query, NUMERICOID, report->fcinfo, QUOTA);
	add_argument(&query, TEXTOID, report->fcinfo, LANGUAGE);
	appendStringInfoString(&query.sql, "SELECT salesopp.forecast_svg($1, $2, $3)");
	start_section(&report->body, "forecast", word(report->language, WORD_OUTLOOK));
	add_found_picture(report, &query);
	end_section(&report->body);
}

/* The stages of a process, the longest bar for what most have reached. */
static void
add_conversion(Report *report)
{
	static const ReportColumn columns[] = {
		{WORD_STAGE, CELL_TEXT}, {WORD_REACHED, CELL_BAR}, {WORD_WENT_ON, CELL_COUNT}, {WORD_WON, CELL_COUNT},
		{WORD_LOST, CELL_COUNT}, {WORD_STILL_THERE, CELL_COUNT}, {WORD_CONVERSION, CELL_PERCENT}
	};
	static const ReportTable table = {"stages", WORD_WHAT_BECAME, false, true, lengthof(columns), columns};
	SearchQuery query;

	start_query(&query);
	add_found_argument(&query, report, "SELECT COALESCE(jsonb_agg(c), '[]') FROM salesopp.stage_conversion($1) c");
	appendStringInfoString(&query.sql,
						   "SELECT count(*) OVER (), NULL::numeric, p.name, c.name, c.reached,"
						   " c.reached / (max(c.reached) OVER (PARTITION BY c.sales_process_id))::double precision,"
						   " c.went_on, c.won, c.lost, c.still_there, round(100.0 * (c.went_on + c.won) / c.reached)"
						   " FROM jsonb_to_recordset($1) c (sales_process_id bigint, position integer, name text, reached bigint,"
						   " went_on bigint, won bigint, lost bigint, still_there bigint)"
						   " LEFT JOIN salesopp.sales_process p ON p.organization_id = salesopp.current_organization()"
						   " AND p.id = c.sales_process_id"
						   " ORDER BY p.name, c.sales_process_id, c.position, c.name LIMIT " MAX_STAGES_TEXT);
	run_query(&query, NULL);
	start_section(&report->body, "funnel", word(report->language, WORD_FROM_STAGE_TO_STAGE));
	add_table(&report->body, report->language, &table);
	end_section(&report->body);
}

/* ----------
 * Lists of opportunities
 *
 * What the list says is looked up for those that are shown.
 * ----------
 */

/* SELECT: how many there are, what they are worth, and these columns of the list, the last name being NULL. "o" comes from join_shown(). */
static List *
start_shown(StringInfo sql, const char *worth, const char *const *names)
{
	int			n_names = 0;
	List	   *columns;
	ListCell   *cell;

	while (names[n_names] != NULL)
		n_names++;
	columns = list_columns_by_name(names, n_names);
	appendStringInfo(sql, "SELECT f.total, %s", worth);
	foreach(cell, columns)
		appendStringInfo(sql, ", %s", looked_up_value(lfirst(cell)));
	return columns;
}

static const char *
join_shown(const char *id, List *columns)
{
	return psprintf(" JOIN salesopp.opportunity o ON o.organization_id = salesopp.current_organization() AND o.id = %s%s",
					id, join_texts(joins_beside_looked_up_values(columns)));
}

static void
add_stalled(Report *report)
{
	static const ReportColumn columns[] = {
		{WORD_OPPORTUNITY, CELL_OPPORTUNITY}, {WORD_RESPONSIBLE, CELL_TEXT}, {WORD_STAGE, CELL_TEXT},
		{WORD_DAYS_THERE, CELL_COUNT}, {WORD_USUAL_DAYS, CELL_COUNT}, {WORD_NEXT_ACTIVITY, CELL_DATE}
	};
	static const ReportTable table = {"stalled", WORD_LONGER_THAN_USUAL, true, false, lengthof(columns), columns};
	static const char *const names[] = {"subject", "company", "responsible", "stage", NULL};
	SearchQuery query;
	List	   *listed;

	start_query(&query);
	add_found_argument(&query, report,
					   "SELECT COALESCE(jsonb_agg(f), '[]') FROM (SELECT s.*, count(*) OVER () AS total FROM salesopp.stalled($1) s"
					   " ORDER BY s.in_stage DESC, s.opportunity_id LIMIT " MAX_ROWS_TEXT ") f");
	listed = start_shown(&query.sql, "NULL::numeric", names);
	appendStringInfo(&query.sql,
					 ", floor(extract(epoch FROM f.in_stage) / 86400)::bigint, floor(extract(epoch FROM f.usual) / 86400)::bigint,"
					 " f.next_activity_at::date"
					 " FROM jsonb_to_recordset($1) f (opportunity_id bigint, in_stage interval, usual interval,"
					 " next_activity_at timestamptz, total bigint)%s"
					 " ORDER BY f.in_stage DESC, f.opportunity_id", join_shown("f.opportunity_id", listed));
	run_query(&query, NULL);
	start_section(&report->body, "stalls", word(report->language, WORD_STALLED));
	add_table(&report->body, report->language, &table);
	end_section(&report->body);
}

#define LONGEST_LIST 9

/* Which opportunities a list is of, beside the criteria: a condition on "o", where $1 is since; what they are worth; their order. */
typedef struct Selection
{
	const char *condition;
	const char *worth;
	const char *sort;
	const char *columns[LONGEST_LIST];	/* of the list, the last of which is NULL */
} Selection;

static void
add_opportunity_list(Report *report, const ReportTable *table, const Selection *selection)
{
	SearchQuery query;
	List	   *listed;

	start_query(&query);
	add_argument(&query, TIMESTAMPTZOID, report->fcinfo, SINCE);
	listed = start_shown(&query.sql, "f.sum", selection->columns);
	appendStringInfo(&query.sql, " FROM (SELECT o.id, count(*) OVER () AS total, sum(o.%s) OVER () AS sum,"
					 " row_number() OVER (ORDER BY %s, o.id) AS number", selection->worth, selection->sort);
	add_opportunities(&query, "", report->criteria);
	appendStringInfo(&query.sql, " AND %s ORDER BY number LIMIT " MAX_ROWS_TEXT ") f%s ORDER BY f.number",
					 selection->condition, join_shown("f.id", listed));
	run_query(&query, NULL);
	add_table(&report->body, report->language, table);
}

#define DECISION_COLUMNS \
	{"subject", "company", "responsible", "decision_date", "decision_color", "estimated_revenue", "progress", "weighted_value"}

/* Which day has which color, and so what is soon, is said by decision_color(). */
static void
add_decisions(Report *report)
{
	static const ReportColumn columns[] = {
		{WORD_OPPORTUNITY, CELL_OPPORTUNITY}, {WORD_RESPONSIBLE, CELL_TEXT}, {WORD_DECISION_DATE, CELL_COLORED_DATE},
		{WORD_ESTIMATED_REVENUE, CELL_AMOUNT}, {WORD_PROGRESS, CELL_PERCENT}, {WORD_WEIGHTED_VALUE, CELL_AMOUNT}
	};
	static const ReportTable soon = {"soon", WORD_DECISION_SOON, true, false, lengthof(columns), columns};
	static const ReportTable passed = {"passed", WORD_DECISION_PASSED, true, false, lengthof(columns), columns};
	static const Selection of_soon = {
		"o.status = 'open' AND salesopp.decision_color(o.status, o.decision_date) IN ('green', 'blue')",
		"estimated_revenue", "o.decision_date", DECISION_COLUMNS
	};
	static const Selection of_passed = {
		"o.status = 'open' AND salesopp.decision_color(o.status, o.decision_date) = 'red'",
		"estimated_revenue", "o.decision_date", DECISION_COLUMNS
	};

	start_section(&report->body, "decisions", word(report->language, WORD_DECISIONS));
	add_opportunity_list(report, &soon, &of_soon);
	add_opportunity_list(report, &passed, &of_passed);
	end_section(&report->body);
}

static void
add_loss_reasons(Report *report)
{
	static const ReportColumn columns[] = {
		{WORD_LOSS_REASON, CELL_TEXT}, {WORD_OPPORTUNITIES, CELL_COUNT}, {WORD_ESTIMATED_REVENUE, CELL_AMOUNT}
	};
	static const ReportTable table = {"reasons", WORD_LOSS_REASONS, true, false, lengthof(columns), columns};
	SearchQuery query;

	start_query(&query);
	add_argument(&query, TIMESTAMPTZOID, report->fcinfo, SINCE);
	appendStringInfoString(&query.sql, "SELECT count(*) OVER (), NULL::numeric, r.name, f.opportunities, f.estimate"
						   " FROM (SELECT o.organization_id, o.loss_reason_id, count(*) AS opportunities, sum(o.estimated_revenue) AS estimate");
	add_opportunities(&query, "", report->criteria);
	appendStringInfoString(&query.sql, " AND o.status = 'lost' AND o.closed_at >= $1 GROUP BY o.organization_id, o.loss_reason_id) f"
						   " LEFT JOIN salesopp.loss_reason r ON r.organization_id = f.organization_id AND r.id = f.loss_reason_id"
						   " ORDER BY f.opportunities DESC, r.name LIMIT " MAX_ROWS_TEXT);
	run_query(&query, NULL);
	add_table(&report->body, report->language, &table);
}

static const char *
since_text(const Report *report)
{
	return TIMESTAMP_IS_NOBEGIN(report->since) ? word(report->language, WORD_THE_BEGINNING) :
		format_time(report->language, report->since);
}

/* What was closed since then, whatever day it was closed on. */
static void
add_results(Report *report)
{
	static const ReportColumn won_columns[] = {
		{WORD_OPPORTUNITY, CELL_OPPORTUNITY}, {WORD_RESPONSIBLE, CELL_TEXT}, {WORD_CLOSE_DATE, CELL_DATE},
		{WORD_ACTUAL_REVENUE, CELL_AMOUNT}
	};
	static const ReportColumn lost_columns[] = {
		{WORD_OPPORTUNITY, CELL_OPPORTUNITY}, {WORD_RESPONSIBLE, CELL_TEXT}, {WORD_CLOSE_DATE, CELL_DATE},
		{WORD_ESTIMATED_REVENUE, CELL_AMOUNT}, {WORD_LOSS_REASON, CELL_TEXT}, {WORD_WON_BY, CELL_TEXT}
	};
	static const ReportTable won = {"won", WORD_WON, true, false, lengthof(won_columns), won_columns};
	static const ReportTable lost = {"lost", WORD_LOST, true, false, lengthof(lost_columns), lost_columns};
	static const Selection of_won = {
		"o.status = 'won' AND o.closed_at >= $1", "actual_revenue", "o.actual_revenue DESC",
		{"subject", "company", "responsible", "close_date", "actual_revenue"}
	};
	static const Selection of_lost = {
		"o.status = 'lost' AND o.closed_at >= $1", "estimated_revenue", "o.estimated_revenue DESC NULLS LAST",
		{"subject", "company", "responsible", "close_date", "estimated_revenue", "loss_reason", "winner"}
	};

	start_section(&report->body, "results",
				  psprintf("%s %s", word(report->language, WORD_WON_AND_LOST_SINCE), since_text(report)));
	add_opportunity_list(report, &won, &of_won);
	add_opportunity_list(report, &lost, &of_lost);
	add_loss_reasons(report);
	end_section(&report->body);
}

/* ----------
 * The page
 * ----------
 */

/* What it is of stands first, but criteria can be described when they have been searched with. */
static void
add_head(StringInfo page, const Report *report)
{
	const char *organization = find_organization();

	start_page(page, report->language, word(report->language, WORD_SALES_MEETING), organization);
	if (organization != NULL)
	{
		appendStringInfoString(page, "<p>");
		append_user_text(page, organization);
		appendStringInfoString(page, "</p>\n");
	}
	add_paragraph(page, psprintf("%s \xe2\x80\x93 %s", since_text(report),
								 format_time(report->language, GetCurrentTransactionStartTimestamp())));
	add_paragraph(page, report->criteria == NULL ? word(report->language, WORD_ALL_OPPORTUNITIES) :
				  describe_criteria(report->criteria, report->language));
}

Datum
report_html(PG_FUNCTION_ARGS)
{
	Report		report = {
		.fcinfo = fcinfo,
		.language = language_argument(fcinfo, LANGUAGE),
		.criteria = PG_ARGISNULL(CRITERIA) ? NULL : PG_GETARG_JSONB_P(CRITERIA),
		.since = since_argument(fcinfo)
	};
	StringInfoData page;
	text	   *result;

	check_quota(fcinfo);
	SPI_connect();
	initStringInfo(&report.body);
	add_summary(&report);
	add_change(&report);
	add_forecast(&report);
	add_conversion(&report);
	add_stalled(&report);
	add_decisions(&report);
	add_results(&report);
	initStringInfo(&page);
	add_head(&page, &report);
	appendBinaryStringInfo(&page, report.body.data, report.body.len);
	end_page(&page);
	result = returned_text(&page);
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}
