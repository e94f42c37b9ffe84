/*
 * xlsx_summary.c
 *		The summary of the list, with its chart, on a sheet of a workbook.
 */
#include "compat.h"

#include "export/xlsx_summary.h"

/* Below the title, the criteria and the headings. */
#define FIRST_SUMMARY_ROW 5

static void
add_chart(ExcelFile *excel, const ListExport *list, const char *sheet_name)
{
	lxw_chart  *chart = workbook_add_chart(excel->workbook, LXW_CHART_COLUMN);
	lxw_chart_options options = {.x_scale = 1.5, .y_scale = 1.2};
	lxw_chart_line gridline = {.color = 0xD9D9D9, .width = 0.75};
	struct
	{
		Word		heading;
		int			column;
		Color		color;
	}			bars[] = {{WORD_ESTIMATED_REVENUE, 2, ESTIMATE_COLOR}, {WORD_PIPELINE, 3, PIPELINE_COLOR}};

	check_workbook_part(chart);
	for (int i = 0; i < lengthof(bars); i++)
	{
		lxw_chart_series *series = chart_add_series(chart, NULL, NULL);
		lxw_chart_fill fill = {.color = palette[bars[i].color].ink};

		check_workbook_part(series);
		/* the total, which stands last, is not a bar */
		chart_series_set_categories(series, sheet_name, FIRST_SUMMARY_ROW, 0,
									FIRST_SUMMARY_ROW + N_SUMMARY_LINES - 2, 0);
		chart_series_set_values(series, sheet_name, FIRST_SUMMARY_ROW, bars[i].column,
								FIRST_SUMMARY_ROW + N_SUMMARY_LINES - 2, bars[i].column);
		chart_series_set_name(series, word(list->language, bars[i].heading));
		chart_series_set_fill(series, &fill);
	}
	chart_title_set_name(chart, word(list->language, WORD_SUMMARY));
	chart_legend_set_position(chart, LXW_CHART_LEGEND_BOTTOM);
	chart_axis_set_num_format(chart->y_axis, "#,##0");
	chart_axis_major_gridlines_set_line(chart->y_axis, &gridline);
	check_workbook(worksheet_insert_chart_opt(excel->sheet, FIRST_SUMMARY_ROW + N_SUMMARY_LINES + 1, 0,
											  chart, &options));
}

static void
write_summary_line(ExcelFile *excel, const SummaryLine *line)
{
	Style		text = line->is_total ? STYLE_TOTAL : STYLE_TEXT;
	Style		amount = line->is_total ? STYLE_TOTAL_AMOUNT : STYLE_AMOUNT;

	write_text_cell(excel, 0, line->name, text);
	write_integer_cell(excel, 1, line->opportunities, line->is_total ? STYLE_TOTAL_COUNT : STYLE_COUNT);
	write_numeric_cell(excel, 2, line->estimated_revenue, amount);
	write_numeric_cell(excel, 3, line->pipeline, amount);
	if (line->highest != NULL)
		write_numeric_cell(excel, 4, line->highest, amount);
	else if (line->is_total)
		check_workbook(worksheet_write_blank(excel->sheet, excel->row, 4, excel->styles[amount]));
	excel->row++;
}

void
add_summary_sheet(ExcelFile *excel, const ListExport *list)
{
	static const Word headings[] = {
		WORD_STATUS, WORD_OPPORTUNITIES, WORD_ESTIMATED_REVENUE, WORD_PIPELINE, WORD_HIGHEST_SALE
	};
	const char *name = word(list->language, WORD_SUMMARY);

	add_workbook_sheet(excel, name);
	check_workbook(worksheet_set_column(excel->sheet, 0, 0, 20, NULL));
	check_workbook(worksheet_set_column(excel->sheet, 1, 1, 12, NULL));
	check_workbook(worksheet_set_column(excel->sheet, 2, 4, 22, NULL));

	write_text_cell(excel, 0, word(list->language, WORD_SALES_OPPORTUNITIES), STYLE_TITLE);
	excel->row = 1;
	if (list->organization != NULL)
		write_text_cell(excel, 0, list->organization, STYLE_TEXT);
	excel->row = 2;
	write_text_cell(excel, 0, list->criteria_text, STYLE_TEXT);

	excel->row = FIRST_SUMMARY_ROW - 1;
	for (int i = 0; i < lengthof(headings); i++)
		write_text_cell(excel, i, word(list->language, headings[i]),
						i == 0 ? STYLE_HEADING : STYLE_NUMBER_HEADING);
	excel->row = FIRST_SUMMARY_ROW;
	for (int i = 0; i < N_SUMMARY_LINES; i++)
		write_summary_line(excel, &list->summary[i]);
	add_chart(excel, list, name);
}
