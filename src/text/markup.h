/*
 * markup.h
 *		Texts in XML and HTML, and such texts as results.
 */
#ifndef SALESOPP_MARKUP_H
#define SALESOPP_MARKUP_H

#include "postgres.h"
#include "lib/stringinfo.h"

/*
 * A text in UTF-8, as the content of an element or the value of an attribute. What becomes of it is ASCII, with references for
 * all other characters and for those that mean something there.
 */
extern void append_escaped(StringInfo out, const char *text);

/* What a function that needed SPI returns after SPI_finish(). */
extern text *returned_text(const StringInfoData *out);

#endif
