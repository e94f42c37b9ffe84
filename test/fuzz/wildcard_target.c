/*
 * wildcard_target.c
 *		libFuzzer target: the matcher of search patterns, compiled as it stands, beside one that fills in a
 *		table.
 *
 * The other tests compare with test/definitions/wildcard.sql. That needs a server, and millions of inputs do
 * not wait for one, so F9.7 is defined a second time here, and in another way.
 *
 * What it needs of PostgreSQL is small, and stands in here for UTF-8 and the letters of ASCII; the rest of
 * the file, which is about catalogs, is never called.
 */
#include "text/text_form.c"
#include "text/wildcard.c"

#include "postgres_memory.h"

/* The most bytes of a pattern and of a text. */
#define INPUT_LENGTH 64

/* ----------
 * PostgreSQL
 * ----------
 */

void *
repalloc_huge(void *pointer, Size size)
{
	void	   *larger = allocate(size);

	/* each has at most half of what it becomes */
	memcpy(larger, pointer, size / 2);
	return larger;
}

volatile sig_atomic_t InterruptPending;

int
pg_utf_mblen(const unsigned char *s)
{
	return *s < 0x80 ? 1 : *s < 0xE0 ? 2 : *s < 0xF0 ? 3 : 4;
}

pg_wchar
utf8_to_unicode(const unsigned char *c)
{
	if (*c < 0x80)
		return *c;
	if (*c < 0xE0)
		return (c[0] & 0x1F) << 6 | (c[1] & 0x3F);
	return (c[0] & 0x07) << 18 | (c[1] & 0x3F) << 12 | (c[2] & 0x3F) << 6 | (c[3] & 0x3F);
}

unsigned char *
unicode_to_utf8(pg_wchar c, unsigned char *s)
{
	if (c < 0x80)
		s[0] = c;
	else if (c < 0x800)
	{
		s[0] = 0xC0 | c >> 6;
		s[1] = 0x80 | (c & 0x3F);
	}
	else
	{
		s[0] = 0xF0 | c >> 18;
		s[1] = 0x80 | (c >> 12 & 0x3F);
		s[2] = 0x80 | (c >> 6 & 0x3F);
		s[3] = 0x80 | (c & 0x3F);
	}
	return s;
}

/* The one letter here that is written in two ways is é. */
UnicodeNormalizationQC
unicode_is_normalized_quickcheck(UnicodeNormalizationForm form, const pg_wchar *input)
{
	for (; *input != 0; input++)
		if (*input == 0x301)
			return UNICODE_NORM_QC_MAYBE;
	return UNICODE_NORM_QC_YES;
}

pg_wchar *
unicode_normalize(UnicodeNormalizationForm form, const pg_wchar *input)
{
	pg_wchar   *result = allocate((PIECE_LENGTH + 1) * sizeof(pg_wchar));
	int			length = 0;

	for (; *input != 0; input++)
		if (*input == 0x301 && length > 0 && result[length - 1] == 'e')
			result[length - 1] = 0xE9;
		else
			result[length++] = *input;
	return result;
}

int
GetDatabaseEncoding(void)
{
	return PG_UTF8;
}

int
pg_encoding_max_length(int encoding)
{
	return 4;
}

unsigned char
pg_ascii_tolower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

int
pg_mbcliplen(const char *s, int length, int limit)
{
	return Min(length, limit);
}

/*
 * Other letters than those of ASCII are as they are, but Α, and Σ, which is ς at the end of a text as in
 * ICU: by these two the matcher knows that the locale has ς.
 */
char *
str_tolower(const char *s, size_t length, Oid collation)
{
	char	   *lower = allocate(length + 1);

	for (Size i = 0; i < length; i++)
		lower[i] = pg_ascii_tolower((unsigned char) s[i]);
	for (Size i = 0; i + 1 < length; i++)
		if (memcmp(lower + i, "\xCE\x91", 2) == 0)
			memcpy(lower + i, "\xCE\xB1", 2);
		else if (memcmp(lower + i, "\xCE\xA3", 2) == 0)
			memcpy(lower + i, i + 2 == length && i > 0 ? "\xCF\x82" : "\xCF\x83", 2);
	return lower;
}

/* ----------
 * The other matcher
 * ----------
 */

/* The parts of a pattern one by one: % with "wildcard", or a byte. */
static int
take_apart(const char *pattern, Size length, char *bytes, bool *wildcard, bool *has_wildcard)
{
	int			n = 0;

	*has_wildcard = false;
	for (Size i = 0; i < length; i++)
	{
		wildcard[n] = pattern[i] == '%';
		*has_wildcard |= wildcard[n];
		if (pattern[i] == '\\' && i + 1 < length && (pattern[i + 1] == '%' || pattern[i + 1] == '\\'))
			i++;
		bytes[n++] = pattern[i];
	}
	return n;
}

/* Whether the parts from each on match the text from each place on, beginning with none and the end. */
static bool
matches_all(const char *pattern, Size pattern_length, const char *text, Size length)
{
	char		bytes[INPUT_LENGTH + 2];
	bool		wildcard[INPUT_LENGTH + 2];
	bool		rest[INPUT_LENGTH + 3][INPUT_LENGTH + 1];
	bool		has_wildcard;
	int			n;

	/* as a part of the text, it has a wildcard on either side */
	n = take_apart(pattern, pattern_length, bytes + 1, wildcard + 1, &has_wildcard) + 2;
	wildcard[0] = wildcard[n - 1] = true;
	for (int p = n; p >= 0; p--)
		for (int t = length; t >= 0; t--)
			if (p == n)
				rest[p][t] = t == length;
			else if (has_wildcard && (p == 0 || p == n - 1))
				rest[p][t] = rest[p + 1][t];
			else if (wildcard[p])
				rest[p][t] = rest[p + 1][t] || (t < length && rest[p][t + 1]);
			else
				rest[p][t] = t < length && text[t] == bytes[p] && rest[p + 1][t + 1];
	return rest[0][0];
}

/* With one spelling of é, in lower case, without ς. */
static char *
plain(const char *s, Size *given_length)
{
	char	   *composed = allocate(*given_length + 1);
	char	   *lower;
	Size		length = 0;

	for (Size i = 0; i < *given_length;)
		if (*given_length - i >= 3 && memcmp(s + i, "e\xCC\x81", 3) == 0)
		{
			memcpy(composed + length, "\xC3\xA9", 2);
			length += 2;
			i += 3;
		}
		else
			composed[length++] = s[i++];
	*given_length = length;
	lower = str_tolower(composed, length, InvalidOid);

	for (Size i = 0; i + 1 < length; i++)
		if (memcmp(lower + i, "\xCF\x82", 2) == 0)
			lower[i + 1] = '\x83';
	return lower;
}

/* The input is a pattern and a text, with a zero between them; both come from few letters. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const letters[] = {
		"a", "A", "b", "B", "%", "%", "\\", "_", "\xC3\xA6", "\xCE\xA3", "\xCF\x83", "\xCF\x82", " ", "\xF0\x9F\x98\x80", "1", "I",
		"e", "\xCC\x81", "\xC3\xA9"
	};
	char		input[2][INPUT_LENGTH];
	Size		length[2] = {0, 0};
	Size		given[2];
	int			part = 0;
	text	   *source;
	Pattern    *pattern;
	bool		result;
	char	   *plain_pattern;
	char	   *plain_text;

	if (size > 40)
		return -1;
	for (size_t i = 0; i < size; i++)
	{
		const char *letter = letters[data[i] % lengthof(letters)];

		if (data[i] == 0 && part == 0)
		{
			part = 1;
			continue;
		}
		if (length[part] + strlen(letter) > sizeof(input[part]))
			continue;
		memcpy(input[part] + length[part], letter, strlen(letter));
		length[part] += strlen(letter);
	}

	source = allocate(VARHDRSZ + length[0]);
	SET_VARSIZE(source, VARHDRSZ + length[0]);
	memcpy(VARDATA(source), input[0], length[0]);
	pattern = make_pattern(source, DEFAULT_COLLATION_OID);
	result = matches_text(pattern, input[1], length[1]);

	given[0] = length[0];
	given[1] = length[1];
	plain_pattern = plain(input[0], &length[0]);
	plain_text = plain(input[1], &length[1]);
	if (result != matches_all(plain_pattern, length[0], plain_text, length[1]))
	{
		fprintf(stderr, "pattern \"%.*s\", text \"%.*s\": %d\n", (int) given[0], input[0], (int) given[1], input[1], result);
		abort();
	}
	free_all();
	return 0;
}
