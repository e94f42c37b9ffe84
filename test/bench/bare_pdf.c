/*
 * bare_pdf.c
 *		What a PDF export is compared with: the same texts, drawn by a plain program with libharu.
 *
 * usage: bare_pdf COLUMNS FILE < rows, as COPY writes them
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hpdf.h>

int
main(int argc, char **argv)
{
	int			n_columns = atoi(argv[1]);
	HPDF_Doc	pdf = HPDF_New(NULL, NULL);
	HPDF_Font	font = HPDF_GetFont(pdf, "Helvetica", "WinAnsiEncoding");
	HPDF_Page	page = NULL;
	float		y = 0;
	char	   *line = NULL;
	size_t		size = 0;

	HPDF_SetCompressionMode(pdf, HPDF_COMP_ALL);
	while (getline(&line, &size, stdin) > 0)
	{
		char	   *rest = line;

		line[strcspn(line, "\n")] = '\0';
		if (y < 44)
		{
			page = HPDF_AddPage(pdf);
			HPDF_Page_SetWidth(page, 842);
			HPDF_Page_SetHeight(page, 595);
			HPDF_Page_SetFontAndSize(page, font, 7.5f);
			y = 520;
		}
		HPDF_Page_BeginText(page);
		for (int column = 0; column < n_columns; column++)
		{
			char	   *value = strsep(&rest, "\t");

			if (strcmp(value, "\\N") != 0)
				HPDF_Page_TextOut(page, 34.0f + 60.0f * column, y, value);
		}
		HPDF_Page_EndText(page);
		y -= 13.125f;
	}
	if (HPDF_SaveToFile(pdf, argv[2]) != HPDF_OK)
		return 1;
	HPDF_Free(pdf);
	return 0;
}
