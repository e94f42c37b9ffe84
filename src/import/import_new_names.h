/*
 * import_new_names.h
 *		The names that an import knows and makes.
 */
#ifndef SALESOPP_IMPORT_NEW_NAMES_H
#define SALESOPP_IMPORT_NEW_NAMES_H

#include "import/import.h"

typedef struct PersonName
{
	const char *first;			/* NULL: none */
	const char *last;
} PersonName;

extern PersonName split_name(const char *name);
extern Names *names_of(Import *import, NameKind kind);
extern Named *new_name(Import *import, NameKind kind, int64 parent, const char *name, Size length);
extern void use_name(Import *import, Named *named);
extern void store_new_names(Import *import);
extern int64 next_id(Import *import, NameKind kind);
extern const char *new_initials(Import *import, const char *name);

#endif
