/*
 * page.c
 *		A page of HTML that needs nothing but itself, and is well-formed XML, too.
 */
#include "compat.h"

#include <math.h>

#include "report/page.h"
#include "text/markup.h"

/*
 * Tables and pictures that are wider than a telephone move in a place of their own, and the page does not. On paper nothing
 * moves, colors are light, and neither a row nor, where it fits, a section is torn apart.
 */
static const char style[] =
	"body { margin: 0 auto; padding: 1rem; max-width: 52rem; font: 0.9375rem/1.45 " FONT_FAMILY "; color: " LIGHT_INK "; background: " LIGHT_CARD " }\n"
	"h1 { margin: 0; font-size: 1.5rem; line-height: 1.2 }\n"
	"h2 { margin: 0 0 0.5rem; font-size: 1.2rem; line-height: 1.3 }\n"
	"section { margin-top: 2rem }\n"
	"p { margin: 0.25rem 0 }\n"
	".wide { overflow-x: auto; margin-top: 0.75rem }\n"
	".wide > svg { min-width: 30rem; max-width: 100%; height: auto }\n"
	"table { border-collapse: collapse; width: 100% }\n"
	"caption { padding-bottom: 0.25rem; text-align: left; font-weight: 600 }\n"
	"th, td { padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid " LIGHT_BORDER "; text-align: left; vertical-align: top; font-weight: 400 }\n"
	"thead th, th[scope=rowgroup] { font-weight: 600 }\n"
	"thead th, small, .more { color: " LIGHT_MUTED "; font-size: 0.8125rem }\n"
	"h1, h2, p, tbody th { overflow-wrap: anywhere }\n"
	"tbody th { min-width: 8rem }\n"
	"td { max-width: 12rem; overflow-wrap: break-word }\n"
	"td.bar { white-space: nowrap }\n"
	"th.figure, td.figure { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }\n"
	".figure + :not(.figure) { padding-left: 0.75rem }\n"
	"caption span { display: inline-block; max-width: calc(100vw - 2rem) }\n"
	"small { display: block }\n"
	"td > svg, th > svg { margin-right: 0.35rem; vertical-align: -0.05em }\n"
	"@media screen and (prefers-color-scheme: dark) {\n"
	"body { color: " DARK_INK "; background: " DARK_CARD " }\n"
	"th, td { border-color: " DARK_BORDER " }\n"
	"thead th, small, .more { color: " DARK_MUTED " }\n"
	"}\n"
	"@media print {\n"
	"@page { size: A4; margin: 15mm }\n"
	"html { font-size: 9.5pt }\n"
	"body { max-width: none; padding: 0 }\n"
	"section { margin-top: 1.5rem; break-inside: avoid }\n"
	"tr, .wide > svg { break-inside: avoid }\n"
	".wide > svg { min-width: 0; width: 105mm }\n"
	"th, td { padding-top: 0.1rem; padding-bottom: 0.1rem }\n"
	"tbody th { width: 30% }\n"
	"h2, caption { break-after: avoid }\n"
	"thead { display: table-header-group; break-inside: avoid }\n"
	".wide { overflow: visible }\n"
	"}\n";

static void
append_element(StringInfo page, const char *tag, const char *text)
{
	appendStringInfo(page, "<%s>", tag);
	append_escaped(page, text);
	appendStringInfo(page, "</%s>\n", tag);
}

void
start_page(StringInfo page, Language language, const char *heading, const char *organization)
{
	const char *code = language_code(language);

	appendStringInfo(page,
					 "<!DOCTYPE html>\n"
					 "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"%s\" xml:lang=\"%s\">\n"
					 "<head>\n"
					 "<meta charset=\"utf-8\"/>\n"
					 "<meta http-equiv=\"Content-Security-Policy\""
					 " content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
					 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
					 "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
					 "<meta name=\"format-detection\" content=\"telephone=no\"/>\n", code, code);
	append_element(page, "title", organization == NULL ? heading : psprintf("%s: %s", heading, organization));
	appendStringInfo(page, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
	append_element(page, "h1", heading);
}

void
end_page(StringInfo page)
{
	appendStringInfoString(page, "</main>\n</body>\n</html>\n");
}

void
start_section(StringInfo page, const char *id, const char *heading)
{
	appendStringInfo(page, "<section aria-labelledby=\"%s-heading\">\n<h2 id=\"%s-heading\">", id, id);
	append_escaped(page, heading);
	appendStringInfoString(page, "</h2>\n");
}

void
end_section(StringInfo page)
{
	appendStringInfoString(page, "</section>\n");
}

void
add_paragraph(StringInfo page, const char *text)
{
	append_element(page, "p", text);
}

void
append_user_text(StringInfo page, const char *text)
{
	appendStringInfoString(page, "<bdi>");
	append_escaped(page, text);
	appendStringInfoString(page, "</bdi>");
}

void
add_picture(StringInfo page, const char *svg)
{
	appendStringInfo(page, "<div class=\"wide\" tabindex=\"0\">\n%s</div>\n", svg);
}

void
append_square(StringInfo page, Color color)
{
	appendStringInfo(page, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\" aria-hidden=\"true\">"
					 "<rect width=\"10\" height=\"10\" rx=\"2\" fill=\"#%06x\"/></svg>", palette[color].area);
}

#define LONGEST_BAR 90

void
append_bar(StringInfo page, double part)
{
	appendStringInfo(page, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"10\" aria-hidden=\"true\">"
					 "<rect width=\"%d\" height=\"10\" rx=\"2\" fill=\"#%06x\"/></svg>",
					 LONGEST_BAR, (int) rint(part * LONGEST_BAR), palette[PIPELINE_COLOR].area);
}
