/*
 * text_memo.c
 *		What texts, each within a scope, have turned out to mean: all of them, or the last few thousand, so that the memory for it stays small.
 */
#include "compat.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "import/text_memo.h"

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
	uint32		most_texts;
	memo_hash  *table;
};

/* In the current memory context. */
TextMemo *
make_text_memo(uint32 most_texts)
{
	TextMemo   *memo = palloc(sizeof(TextMemo));

	memo->context = AllocSetContextCreate(CurrentMemoryContext, "salesopp text memo", ALLOCSET_DEFAULT_SIZES);
	memo->most_texts = most_texts;
	memo->table = memo_create(memo->context, 64, NULL);
	return memo;
}

static bool
keeps(const TextMemo *memo, Size length)
{
	return memo->most_texts == ANY_NUMBER_OF_TEXTS || length <= LONGEST_TEXT;
}

/* NULL: it is not known. */
const void *
recall(const TextMemo *memo, int64 scope, const char *text, Size length)
{
	MemoEntry  *entry;

	if (!keeps(memo, length))
		return NULL;
	entry = memo_lookup(memo->table, (MemoKey) {scope, text, length});
	return entry == NULL ? NULL : entry->meaning;
}

void
forget_texts(TextMemo *memo)
{
	MemoryContextReset(memo->context);
	memo->table = memo_create(memo->context, 64, NULL);
}

void
memorize(TextMemo *memo, int64 scope, const char *text, Size length, const void *meaning)
{
	MemoKey		key = {scope, text, length};
	MemoEntry  *known = memo_lookup(memo->table, key);
	char	   *kept;
	bool		is_there;

	if (known != NULL)
		known->meaning = meaning;
	if (known != NULL || !keeps(memo, length))
		return;
	if (memo->most_texts != ANY_NUMBER_OF_TEXTS && memo->table->members >= memo->most_texts)
		forget_texts(memo);
	kept = MemoryContextAlloc(memo->context, length + 1);
	memcpy(kept, text, length);
	key.text = kept;
	memo_insert(memo->table, key, &is_there)->meaning = meaning;
}
