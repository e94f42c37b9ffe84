/*
 * imported_word.c
 *		Words for yes and no.
 */
#include "compat.h"

#include "import/imported_word.h"

bool
read_yes_no(const char *s, Size length, bool *value)
{
	static const struct
	{
		const char *word;
		bool		value;
	}			words[] = {
		{"1", true}, {"0", false}, {"true", true}, {"false", false}, {"yes", true}, {"no", false}, {"ja", true}, {"nei", false},
		{"y", true}, {"n", false}, {"j", true}, {"t", true}, {"f", false}, {"on", true}, {"off", false},
		{"sann", true}, {"usann", false}, {"sant", true}, {"usant", false}, {"checked", true}, {"unchecked", false},
		{"enabled", true}, {"disabled", false}
	};

	for (int i = 0; i < lengthof(words); i++)
		if (strlen(words[i].word) == length && pg_strncasecmp(words[i].word, s, length) == 0)
		{
			*value = words[i].value;
			return true;
		}
	return false;
}
