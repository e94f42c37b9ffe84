/*
 * wildcard_target.c
 *		libFuzzer target: the matcher of search patterns, compiled as it stands, beside one that fills in a
 *		table.
 *
 * What it needs of PostgreSQL is small, and stands in here for UTF-8 and the letters of ASCII; the rest of
 * the file, which is about catalogs, is never called.
 */
#include "../../src/wildcard.c"

#undef fprintf

/* The most bytes of a pattern and of a text. */
#define INPUT_LENGTH 64

/* ----------
 * PostgreSQL
 * ----------
 */

/* All that is allocated for one input is freed with it. */
typedef struct Chunk
{
	struct Chunk *next;
	char		data[];
} Chunk;

static Chunk *chunks;

static void *
allocate(Size size)
{
	Chunk	   *chunk = calloc(1, sizeof(Chunk) + size);

	chunk->next = chunks;
	chunks = chunk;
	return chunk->data;
}

static void
free_all(void)
{
	while (chunks != NULL)
	{
		Chunk	   *chunk = chunks;

		chunks = chunk->next;
		free(chunk);
	}
}

void *
palloc(Size size)
{
	return allocate(size);
}

void *
palloc0(Size size)
{
	return allocate(size);
}

void *
palloc_extended(Size size, int flags)
{
	return allocate(size);
}

/* Left to free_all(). */
void
pfree(void *pointer)
{
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

/* In lower case, without ς. */
static char *
plain(const char *s, Size length)
{
	char	   *lower = str_tolower(s, length, InvalidOid);

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
		"a", "A", "b", "B", "%", "%", "\\", "_", "\xC3\xA6", "\xCE\xA3", "\xCF\x83", "\xCF\x82", " ", "\xF0\x9F\x98\x80", "1", "I"
	};
	char		input[2][INPUT_LENGTH];
	Size		length[2] = {0, 0};
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

	plain_pattern = plain(input[0], length[0]);
	plain_text = plain(input[1], length[1]);
	if (result != matches_all(plain_pattern, length[0], plain_text, length[1]))
	{
		fprintf(stderr, "pattern \"%.*s\", text \"%.*s\": %d\n", (int) length[0], input[0], (int) length[1], input[1], result);
		abort();
	}
	free_all();
	return 0;
}
