/*
 * import_mapping.h
 *		What a call says of an import: the record, which column becomes what, and the options.
 */
#ifndef SALESOPP_IMPORT_MAPPING_H
#define SALESOPP_IMPORT_MAPPING_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "import/import.h"

extern void set_options(Import *import, Jsonb *options);
extern void set_mapping(Import *import, Jsonb *mapping);

#endif
