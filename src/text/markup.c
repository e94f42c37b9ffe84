/*
 * markup.c
 *		Texts in XML and HTML, and such texts as results.
 */
#include "compat.h"

#include "executor/spi.h"

#include "text/character.h"
#include "text/markup.h"

void
append_escaped(StringInfo out, const char *text)
{
	while (*text != '\0')
	{
		pg_wchar	character = readable_character(next_character(&text));

		if (character > 0x7f || strchr("&<>\"'", character) != NULL)
			appendStringInfo(out, "&#%u;", character);
		else
			appendStringInfoChar(out, (char) character);
	}
}

text *
returned_text(const StringInfoData *out)
{
	text	   *result = SPI_palloc(VARHDRSZ + out->len);

	SET_VARSIZE(result, VARHDRSZ + out->len);
	memcpy(VARDATA(result), out->data, out->len);
	return result;
}
