/*
 * text_memo.c
 *		What texts that come again and again have turned out to mean: the last few thousand, so that the memory for it stays small.
 */
#include "compat.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "import/text_memo.h"

#define MOST_TEXTS 4096
#define LONGEST_TEXT 256

typedef struct MemoKey
{
	int64		scope;
	const char *text;
	uint32		length;
} MemoKey;

typedef struct MemoEntry
{
	MemoKey		key;
	const void *meaning;
	uint32		hash;
	char		status;
} MemoEntry;

static inline uint32
hash_memo_key(MemoKey key)
{
	return hash_combine(hash_bytes((const unsigned char *) key.text, key.length), murmurhash32((uint32) key.scope));
}

static inline bool
same_memo_key(MemoKey a, MemoKey b)
{
	return a.scope == b.scope && a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

#define SH_PREFIX memo
#define SH_ELEMENT_TYPE MemoEntry
#define SH_KEY_TYPE MemoKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_memo_key(key)
#define SH_EQUAL(table, a, b) same_memo_key(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct TextMemo
{
	MemoryContext context;
	memo_hash  *table;
};

/* In the current memory context. */
TextMemo *
make_text_memo(void)
{
	TextMemo   *memo = palloc(sizeof(TextMemo));

	memo->context = AllocSetContextCreate(CurrentMemoryContext, "salesopp text memo", ALLOCSET_DEFAULT_SIZES);
	memo->table = memo_create(memo->context, 64, NULL);
	return memo;
}

/* NULL: it is not known. */
const void *
recall(const TextMemo *memo, int64 scope, const char *text, Size length)
{
	MemoEntry  *entry;

	if (length > LONGEST_TEXT)
		return NULL;
	entry = memo_lookup(memo->table, (MemoKey) {scope, text, length});
	return entry == NULL ? NULL : entry->meaning;
}

void
memorize(TextMemo *memo, int64 scope, const char *text, Size length, const void *meaning)
{
	char	   *kept;
	bool		is_there;

	if (length > LONGEST_TEXT)
		return;
	if (memo->table->members >= MOST_TEXTS)
	{
		MemoryContextReset(memo->context);
		memo->table = memo_create(memo->context, 64, NULL);
	}
	kept = MemoryContextAlloc(memo->context, length + 1);
	memcpy(kept, text, length);
	memo_insert(memo->table, (MemoKey) {scope, kept, length}, &is_there)->meaning = meaning;
}
