/*
 * character.c
 *		The characters of texts in UTF-8, and what of them people can read in a document.
 */
#include "compat.h"

#include "text/character.h"

pg_wchar
next_character(const char **text)
{
	pg_wchar	character;

	/* ASCII, as most characters are */
	if ((unsigned char) **text < 0x80)
		return *(*text)++;
	character = utf8_to_unicode((const unsigned char *) *text);
	*text += pg_utf_mblen((const unsigned char *) *text);
	return character;
}

void
append_character(StringInfo text, pg_wchar character)
{
	unsigned char bytes[4];

	unicode_to_utf8(character, bytes);
	appendBinaryStringInfo(text, (char *) bytes, pg_utf_mblen(bytes));
}

bool
is_noncharacter(pg_wchar character)
{
	return character == 0xFFFE || character == 0xFFFF;
}

pg_wchar
readable_character(pg_wchar character)
{
	if (character >= ' ' && character < 0x7F)
		return character;
	if (character < 0xA0 || character == 0x2028 || character == 0x2029)
		return ' ';
	return is_noncharacter(character) ? REPLACEMENT_CHARACTER : character;
}
