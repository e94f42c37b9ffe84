/*
 * palette.c
 *		What the colors of the type salesopp.color look like in files and pictures.
 */
#include "compat.h"

#include "palette.h"

const Shades palette[N_COLORS] = {
	[COLOR_RED] = {"red", 0xC62828, 0xE57373, 0xC62828},
	[COLOR_YELLOW] = {"yellow", 0xF9B800, 0xFFEB3B, 0xF9C80E},
	[COLOR_GREEN] = {"green", 0x2E7D32, 0x81C784, 0x2E7D32},
	[COLOR_BLUE] = {"blue", 0x1565C0, 0, 0x3B82C4},
	[COLOR_BLACK] = {"black", 0x263238, 0, 0},
	[COLOR_GRAY] = {"gray", 0x90A4AE, 0, 0xC4CAD1},
};

Color
color_of_label(const char *label)
{
	for (int i = 0; i < N_COLORS; i++)
		if (strcmp(palette[i].label, label) == 0)
			return i;
	elog(ERROR, "unexpected color: %s", label);
}
