/*
 * value_axis.c
 *		The axis of amounts at the left of a plot, with a line across for each tick.
 */
#include "compat.h"

#include "picture/svg.h"
#include "picture/value_axis.h"

#define LABEL_GAP 8

ValueAxis
make_value_axis(Language language, double maximum, int bottom)
{
	ValueAxis	axis = {.scale = choose_scale(maximum), .bottom = bottom};
	int			widest = 0;

	for (int i = 0; i <= axis.scale.n_ticks; i++)
		widest = Max(widest, svg_text_width(tick_label(language, &axis.scale, i), LABEL_SIZE));
	axis.left = SVG_MARGIN + widest + LABEL_GAP;
	return axis;
}

void
draw_value_axis(StringInfo svg, Language language, const ValueAxis *axis)
{
	for (int i = 0; i <= axis->scale.n_ticks; i++)
	{
		int			y = axis->bottom - i * PLOT_HEIGHT / axis->scale.n_ticks;

		appendStringInfo(svg, "<path d=\"M%d %dH%d\" %s/>", axis->left, y, SVG_RIGHT,
						 i == 0 ? SVG_AXIS : SVG_LINE);
		svg_text(svg, axis->left - LABEL_GAP, y + 4, "font-size=\"11\" text-anchor=\"end\" " SVG_MUTED,
				 tick_label(language, &axis->scale, i));
	}
}
