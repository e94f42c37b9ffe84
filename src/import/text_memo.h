/*
 * text_memo.h
 *		What texts that come again and again have turned out to mean.
 */
#ifndef SALESOPP_TEXT_MEMO_H
#define SALESOPP_TEXT_MEMO_H

#include "postgres.h"

typedef struct TextMemo TextMemo;

extern TextMemo *make_text_memo(void);
extern const void *recall(const TextMemo *memo, int64 scope, const char *text, Size length);
extern void memorize(TextMemo *memo, int64 scope, const char *text, Size length, const void *meaning);

#endif
