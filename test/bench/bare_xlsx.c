/*
 * bare_xlsx.c
 *		What an Excel export is compared with: the same cells, written by a plain program with
 *		libxlsxwriter in constant-memory mode.
 *
 * usage: bare_xlsx KINDS FILE < rows: a letter for each column, n for numbers, b for booleans, s
 * for text; the rows as COPY writes them, dates as numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

int
main(int argc, char **argv)
{
	lxw_workbook_options options = {.constant_memory = LXW_TRUE};
	lxw_workbook *workbook = workbook_new_opt(argv[2], &options);
	lxw_worksheet *sheet = workbook_add_worksheet(workbook, NULL);
	lxw_format *number = workbook_add_format(workbook);
	lxw_format *text = workbook_add_format(workbook);
	char	   *line = NULL;
	size_t		size = 0;

	format_set_num_format(number, "#,##0.00");
	format_set_indent(text, 1);
	for (lxw_row_t row = 1; getline(&line, &size, stdin) > 0; row++)
	{
		char	   *rest = line;

		line[strcspn(line, "\n")] = '\0';
		for (lxw_col_t column = 0; argv[1][column] != '\0'; column++)
		{
			char	   *value = strsep(&rest, "\t");

			if (strcmp(value, "\\N") == 0)
				continue;
			if (argv[1][column] == 'n')
				worksheet_write_number(sheet, row, column, strtod(value, NULL), number);
			else if (argv[1][column] == 'b')
				worksheet_write_boolean(sheet, row, column, *value == 't', number);
			else
				worksheet_write_string(sheet, row, column, value, text);
		}
	}
	return workbook_close(workbook) != LXW_NO_ERROR;
}
