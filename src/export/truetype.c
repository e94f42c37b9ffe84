/*
 * truetype.c
 *		Whether a file is a TrueType font that can be handed to libharu.
 *
 * libharu trusts what it reads: over a file that is cut or damaged, and over numbers that do not go
 * together, it would take the server down.
 */
#include "compat.h"

#include <sys/stat.h>

#include "storage/fd.h"

#include "export/truetype.h"

#define LARGEST_FONT (64 * 1024 * 1024)
#define FONT_HEADER 12
#define TABLE_ENTRY 16

/* What of the file is looked at: all of it, or a table. */
typedef struct Bytes
{
	const unsigned char *start;
	uint32		length;
} Bytes;

/* Numbers stand with their first byte first. What is beyond the end is 0. */
static uint32
number_at(Bytes bytes, uint32 offset, int size)
{
	uint32		result = 0;

	if (offset > bytes.length || bytes.length - offset < size)
		return 0;
	for (int i = 0; i < size; i++)
		result = result << 8 | bytes.start[offset + i];
	return result;
}

static uint32
short_at(Bytes bytes, uint32 offset)
{
	return number_at(bytes, offset, 2);
}

static uint32
long_at(Bytes bytes, uint32 offset)
{
	return number_at(bytes, offset, 4);
}

/* ----------
 * Tables
 * ----------
 */

/* The table of that name; one of length 0 where there is none. */
static Bytes
find_table(Bytes font, const char *name)
{
	Bytes		result = {NULL, 0};
	int			n_tables = short_at(font, 4);

	for (int i = 0; i < n_tables; i++)
	{
		uint32		entry = FONT_HEADER + i * TABLE_ENTRY;

		if (memcmp(font.start + entry, name, 4) == 0)
		{
			result.start = font.start + long_at(font, entry + 8);
			result.length = long_at(font, entry + 12);
			break;
		}
	}
	return result;
}

/* A table's checksum is the sum of its words, the last one filled up with zeros. */
static bool
is_table_whole(Bytes font, uint32 entry)
{
	uint32		offset = long_at(font, entry + 8);
	uint32		length = long_at(font, entry + 12);
	uint32		sum = 0;

	if (offset > font.length || length > font.length - offset)
		return false;
	for (uint32 i = 0; i < length; i += 4)
	{
		int			size = Min(4, length - i);

		sum += number_at(font, offset + i, size) << 8 * (4 - size);
	}
	/* "head" holds a checksum of the whole file, which is not counted in its own */
	if (memcmp(font.start + entry, "head", 4) == 0 && length >= 12)
		sum -= long_at(font, offset + 8);
	return sum == long_at(font, entry + 4);
}

static bool
are_tables_whole(Bytes font)
{
	int			n_tables = short_at(font, 4);

	if (font.length < FONT_HEADER + n_tables * TABLE_ENTRY ||
		(long_at(font, 0) != 0x00010000 && memcmp(font.start, "true", 4) != 0))
		return false;
	for (int i = 0; i < n_tables; i++)
		if (!is_table_whole(font, FONT_HEADER + i * TABLE_ENTRY))
			return false;
	return true;
}

/* Whether there are as many glyphs, widths and outlines as the font says. */
static bool
are_numbers_right(Bytes font, uint32 n_glyphs)
{
	Bytes		head = find_table(font, "head");
	uint32		n_widths = short_at(find_table(font, "hhea"), 34);
	int			outline_size = short_at(head, 50) == 0 ? 2 : 4;

	return head.length >= 54 && short_at(head, 18) > 0 && n_glyphs > 0 &&
		n_widths > 0 && n_widths <= n_glyphs &&
		find_table(font, "hmtx").length >= 4 * n_widths + 2 * (n_glyphs - n_widths) &&
		find_table(font, "loca").length >= outline_size * (n_glyphs + 1) &&
		find_table(font, "glyf").length > 0 && find_table(font, "post").length >= 32 &&
		find_table(font, "OS/2").length >= 78;
}

/* ----------
 * Characters
 * ----------
 */

/* The subtable of characters up to U+FFFF, in the one format that libharu reads. */
static Bytes
find_characters(Bytes font)
{
	Bytes		cmap = find_table(font, "cmap");
	Bytes		result = {NULL, 0};
	int			n_subtables = short_at(cmap, 2);

	for (int i = 0; i < n_subtables; i++)
	{
		uint32		entry = 4 + 8 * i;
		uint32		offset = long_at(cmap, entry + 4);

		if (short_at(cmap, entry) == 3 && short_at(cmap, entry + 2) == 1 && short_at(cmap, offset) == 4 &&
			offset < cmap.length)
		{
			result.start = cmap.start + offset;
			result.length = Min(short_at(cmap, offset + 2), cmap.length - offset);
			break;
		}
	}
	return result;
}

/* Segments of characters, each with its glyphs: one after another, or in a list behind them. */
static bool
are_characters_right(Bytes font, uint32 n_glyphs)
{
	Bytes		cmap = find_characters(font);
	uint32		n_segments = short_at(cmap, 6) / 2;
	uint32		ends = 14;
	uint32		starts = ends + 2 * n_segments + 2;
	uint32		deltas = starts + 2 * n_segments;
	uint32		places = deltas + 2 * n_segments;

	if (n_segments == 0 || cmap.length < places + 2 * n_segments || short_at(cmap, starts - 4) != 0xFFFF)
		return false;
	for (uint32 i = 0; i < n_segments; i++)
	{
		uint32		start = short_at(cmap, starts + 2 * i);
		uint32		end = short_at(cmap, ends + 2 * i);
		uint32		delta = short_at(cmap, deltas + 2 * i);
		uint32		place = places + 2 * i;
		uint32		list = short_at(cmap, place);

		/* the last segment only marks the end; its place is often nonsense */
		if (start == 0xFFFF)
			continue;
		for (uint32 character = start; character <= end; character++)
		{
			uint32		at = place + list + 2 * (character - start);
			uint32		glyph = list == 0 ? character : short_at(cmap, at);

			if (list != 0 && (at < places + 2 * n_segments || at + 2 > cmap.length))
				return false;
			if ((glyph != 0 || list == 0) && (uint16) (glyph + delta) >= n_glyphs)
				return false;
		}
	}
	return true;
}

/* ----------
 * Names
 * ----------
 */

/* libharu copies names into buffers that have room for so many characters. */
#define LONGEST_NAME 59

static bool
are_names_right(Bytes font)
{
	Bytes		names = find_table(font, "name");
	int			n_names = short_at(names, 2);
	uint32		texts = short_at(names, 4);

	if (names.length < 6 + 12 * n_names)
		return false;
	for (int i = 0; i < n_names; i++)
	{
		uint32		entry = 6 + 12 * i;
		int			kind = short_at(names, entry + 6);
		uint32		length = short_at(names, entry + 8);

		if (texts + short_at(names, entry + 10) + length > names.length)
			return false;
		/* it copies two of them: the style (2) and the name for PostScript (6) */
		if ((kind == 2 || kind == 6) && length > (short_at(names, entry) == 3 ? 2 : 1) * LONGEST_NAME)
			return false;
	}
	return true;
}

/* ----------
 * Files
 * ----------
 */

static bool
is_usable_font(Bytes font)
{
	uint32		n_glyphs;

	if (!are_tables_whole(font))
		return false;
	n_glyphs = short_at(find_table(font, "maxp"), 4);
	return are_numbers_right(font, n_glyphs) && are_characters_right(font, n_glyphs) && are_names_right(font);
}

void
check_truetype_file(const char *path, const char *setting)
{
	struct stat info;
	FILE	   *file = NULL;
	unsigned char *bytes = NULL;
	bool		is_usable = false;

	/* to open a pipe would wait until somebody writes to it */
	if (stat(path, &info) != 0 ||
		(S_ISREG(info.st_mode) && (file = AllocateFile(path, PG_BINARY_R)) == NULL))
		ereport(ERROR,
				errcode_for_file_access(),
				errmsg("could not open the font \"%s\": %m", path),
				errhint("Set %s to a TrueType file that the server can read, or to nothing.", setting));
	if (file != NULL && info.st_size > 0 && info.st_size < LARGEST_FONT)
	{
		bytes = palloc(info.st_size);
		is_usable = fread(bytes, 1, info.st_size, file) == info.st_size &&
			is_usable_font((Bytes) {bytes, info.st_size});
		pfree(bytes);
	}
	if (file != NULL)
		FreeFile(file);
	if (!is_usable)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("\"%s\" is not a TrueType font, or it is damaged", path),
				errhint("Set %s to a TrueType file, which is mostly named *.ttf, or to nothing.", setting));
}
