/*
 * initialize_first.c
 *		Preloaded beside AddressSanitizer, so that it is initialized before anything else.
 *
 * It initializes itself at the first allocation. Where that is one of a locale, in the constructor of a
 * library, it asks for the text of an error meanwhile, and leaves a lock of the locales taken: PostgreSQL
 * then hangs before it has started.
 */
#include <stdlib.h>

static void __attribute__((constructor))
allocate(void)
{
	free(malloc(1));
}
