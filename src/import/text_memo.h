/*
 * text_memo.h
 *		What texts, each within a scope, have turned out to mean.
 */
#ifndef SALESOPP_TEXT_MEMO_H
#define SALESOPP_TEXT_MEMO_H

#include "postgres.h"

typedef struct TextMemo TextMemo;

/* How many texts are kept; more make all be forgotten. Long ones are kept only where any number is. */
#define MOST_TEXTS 4096
#define ANY_NUMBER_OF_TEXTS 0

extern TextMemo *make_text_memo(uint32 most_texts);
extern const void *recall(const TextMemo *memo, int64 scope, const char *text, Size length);
extern void forget_texts(TextMemo *memo);
extern void memorize(TextMemo *memo, int64 scope, const char *text, Size length, const void *meaning);

#endif
