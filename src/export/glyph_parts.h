/*
 * glyph_parts.h
 *		The parts of composed glyphs, which have to be embedded with them.
 */
#ifndef SALESOPP_GLYPH_PARTS_H
#define SALESOPP_GLYPH_PARTS_H

#include "postgres.h"

#include <hpdf.h>
#include <hpdf_fontdef.h>

/* Has a glyph of a TrueType font embedded, with all its parts. Errors are the library's own. */
extern void use_glyph(HPDF_FontDef font, HPDF_UINT16 glyph);

#endif
