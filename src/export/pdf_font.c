/*
 * pdf_font.c
 *		The fonts of a PDF document: those built in, or that of salesopp.pdf_font; and texts cut to their
 *		place and encoded for them.
 */
#include "compat.h"

#include <hpdf_fontdef.h>

#include "mb/pg_wchar.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "export/glyph_parts.h"
#include "export/pdf_font.h"
#include "export/text_line.h"
#include "export/truetype.h"

#define MAX_UNICODE 0xFFFF		/* libharu knows no characters beyond */
#define ROUNDING 0.01f			/* of the widths, in points */
#define UNKNOWN_WIDTH PG_INT16_MAX
#define MISSING_WIDTH (-1)

static char *font_setting;

/* ----------
 * Fonts
 * ----------
 */

void
define_pdf_settings(void)
{
	DefineCustomStringVariable("salesopp.pdf_font",
							   "TrueType file for the text of PDF exports.",
							   "Empty: the built-in fonts, which have the characters of Latin-1.",
							   &font_setting, "", PGC_SUSET, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
}

static void
load_font(PdfDocument *pdf)
{
	const char *name;

	check_truetype_file(font_setting, "salesopp.pdf_font");
	name = HPDF_LoadTTFontFromFile(pdf->library, font_setting, HPDF_TRUE);
	if (name != NULL)
	{
		pdf->fonts[PDF_REGULAR] = HPDF_GetFont(pdf->library, name, "UTF-8");
		pdf->fonts[PDF_BOLD] = pdf->fonts[PDF_REGULAR];
		pdf->font_definition = HPDF_GetFontDef(pdf->library, name);
	}
	check_pdf_resources();
	/* at the end of a file it gives up without an error */
	if (pdf_library_error(pdf) != HPDF_OK || pdf->font_definition == NULL || pdf->fonts[PDF_REGULAR] == NULL)
		ereport(ERROR,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("could not load the font \"%s\": libharu reports error 0x%04lX",
					   font_setting, (long) pdf_library_error(pdf)),
				errhint("Set salesopp.pdf_font to a TrueType file that may be embedded, or to nothing."));
}

void
find_pdf_fonts(PdfDocument *pdf)
{
	pdf->has_own_font = font_setting[0] != '\0';
	if (pdf->has_own_font)
		load_font(pdf);
	else
	{
		pdf->fonts[PDF_REGULAR] = HPDF_GetFont(pdf->library, "Helvetica", "WinAnsiEncoding");
		pdf->fonts[PDF_BOLD] = HPDF_GetFont(pdf->library, "Helvetica-Bold", "WinAnsiEncoding");
		check_pdf(pdf);
	}
	for (int weight = PDF_REGULAR; weight <= PDF_BOLD; weight++)
	{
		if (pdf->has_own_font && weight == PDF_BOLD)
		{
			pdf->widths[PDF_BOLD] = pdf->widths[PDF_REGULAR];
			break;
		}
		pdf->widths[weight] = MemoryContextAlloc(pdf->context, (MAX_UNICODE + 1) * sizeof(int16));
		for (int i = 0; i <= MAX_UNICODE; i++)
			pdf->widths[weight][i] = UNKNOWN_WIDTH;
	}
}

/* What Windows-1252, the encoding of the built-in fonts, has beyond Latin-1, from 0x80 on. */
static const uint16 windows_characters[] = {
	0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
	0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178
};

/* The character in Windows-1252, or 0. */
static unsigned char
windows_code(pg_wchar character)
{
	if (character < 0x80 || (character >= 0xA0 && character <= 0xFF))
		return character;
	for (int i = 0; i < lengthof(windows_characters); i++)
		if (windows_characters[i] != 0 && windows_characters[i] == character)
			return 0x80 + i;
	return 0;
}

static int16
find_width(PdfDocument *pdf, PdfWeight weight, pg_wchar character)
{
	if (pdf->has_own_font)
	{
		HPDF_UINT16 glyph = HPDF_TTFontDef_GetGlyphid(pdf->font_definition, character);

		if (glyph == 0)
			return MISSING_WIDTH;
		use_glyph(pdf->font_definition, glyph);
	}
	else if (windows_code(character) == 0)
		return MISSING_WIDTH;
	return HPDF_Font_GetUnicodeWidth(pdf->fonts[weight], character);
}

/* Of a character, in thousandths of the font's size; MISSING_WIDTH where the font lacks it. */
static int16
character_width(PdfDocument *pdf, PdfWeight weight, pg_wchar character)
{
	int16	   *width;

	if (character > MAX_UNICODE)
		return MISSING_WIDTH;
	width = &pdf->widths[weight][character];
	if (*width == UNKNOWN_WIDTH)
		*width = find_width(pdf, weight, character);
	return *width;
}

/* ----------
 * Text
 * ----------
 */

/* Adds the character to a PDF string: as a literal, or as two bytes in hexadecimal digits. */
static int
encode_character(PdfDocument *pdf, pg_wchar character, char *to)
{
	static const char digits[] = "0123456789ABCDEF";
	char		code;

	if (pdf->has_own_font)
	{
		for (int i = 0; i < 4; i++)
			to[i] = digits[character >> (12 - 4 * i) & 0xF];
		return 4;
	}
	code = windows_code(character);
	if (code != '(' && code != ')' && code != '\\')
	{
		*to = code;
		return 1;
	}
	to[0] = '\\';
	to[1] = code;
	return 2;
}

/* The font of a text, as the line is fitted to it. */
typedef struct TextFont
{
	LineFont	line_font;
	PdfDocument *pdf;
	PdfWeight	weight;
} TextFont;

static int
width_in_line(const LineFont *font, pg_wchar character)
{
	const TextFont *text_font = (const TextFont *) font;

	return character_width(text_font->pdf, text_font->weight, character);
}

PdfText
fit_pdf_text(PdfDocument *pdf, PdfStyle style, const char *text, float width)
{
	TextFont	font = {{width_in_line}, pdf, style.weight};
	TextLine	line;
	PdfText		result;
	char	   *p;

	fit_line(&line, text, (width + ROUNDING) * 1000 / style.size, &font.line_font);
	pdf->lacked_character |= line.lacks_characters;

	/* the longest of the encodings, and what stands around it */
	result.encoded = p = palloc(4 * line.n + 3);
	*p++ = pdf->has_own_font ? '<' : '(';
	for (int i = 0; i < line.n; i++)
		p += encode_character(pdf, line.characters[i], p);
	*p++ = pdf->has_own_font ? '>' : ')';
	*p = '\0';
	result.width = line.width * style.size / 1000;
	return result;
}

float
pdf_text_width(PdfDocument *pdf, PdfStyle style, const char *text)
{
	return fit_pdf_text(pdf, style, text, PDF_PAGE_WIDTH).width;
}
