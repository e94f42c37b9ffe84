/*
 * glyph_parts.c
 *		The parts of composed glyphs, which have to be embedded with them.
 *
 * A part may have parts itself; in many fonts some Arabic letters are made so. libharu before 2.4 does not
 * embed these, so the letters would lack their dots, or only the dots would be drawn.
 */
#include "compat.h"

#include <hpdf_streams.h>

#include "nodes/pg_list.h"

#include "export/glyph_parts.h"

#define COMPOSED (-1)			/* in place of the number of contours */
#define GLYPH_HEADER 10

/* Flags of a part */
#define HAS_LONG_OFFSETS 0x0001
#define HAS_SCALE 0x0008
#define HAS_MORE_BEHIND 0x0020
#define HAS_TWO_SCALES 0x0040
#define HAS_MATRIX 0x0080

/* The number of two bytes that stands there; false where the file cannot be read. */
static bool
read_number(HPDF_Stream file, uint32 position, uint16 *number)
{
	HPDF_BYTE	bytes[2];
	HPDF_UINT	size = sizeof(bytes);

	if (HPDF_Stream_Seek(file, position, HPDF_SEEK_SET) != HPDF_OK ||
		HPDF_Stream_Read(file, bytes, &size) != HPDF_OK)
		return false;
	*number = bytes[0] << 8 | bytes[1];
	return true;
}

static int
part_size(uint16 flags)
{
	int			size = 4 + (flags & HAS_LONG_OFFSETS ? 4 : 2);

	if (flags & HAS_SCALE)
		size += 2;
	else if (flags & HAS_TWO_SCALES)
		size += 4;
	else if (flags & HAS_MATRIX)
		size += 8;
	return size;
}

/* The parts of a glyph, added to a list. */
static List *
add_parts(List *glyphs, HPDF_TTFontDefAttr font, HPDF_UINT16 glyph)
{
	uint32		unit = font->header.index_to_loc_format == 0 ? 2 : 1;
	uint32	   *offsets = font->glyph_tbl.offsets;
	uint32		position = font->glyph_tbl.base_offset + offsets[glyph] * unit;
	uint16		number;

	/* a blank has no outline */
	if (offsets[glyph] == offsets[glyph + 1] ||
		!read_number(font->stream, position, &number) || (int16) number != COMPOSED)
		return glyphs;
	position += GLYPH_HEADER;
	do
	{
		uint16		part;

		if (!read_number(font->stream, position, &number) ||
			!read_number(font->stream, position + 2, &part))
			break;
		glyphs = lappend_int(glyphs, part);
		position += part_size(number);
	} while (number & HAS_MORE_BEHIND);
	return glyphs;
}

void
use_glyph(HPDF_FontDef font, HPDF_UINT16 glyph)
{
	HPDF_TTFontDefAttr attributes = font->attr;
	List	   *glyphs = list_make1_int(glyph);

	while (glyphs != NIL)
	{
		glyph = llast_int(glyphs);
		glyphs = list_delete_last(glyphs);
		if (glyph >= attributes->num_glyphs || attributes->glyph_tbl.flgs[glyph] != 0)
			continue;
		attributes->glyph_tbl.flgs[glyph] = 1;
		glyphs = add_parts(glyphs, attributes, glyph);
	}
}
