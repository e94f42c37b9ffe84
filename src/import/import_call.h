/*
 * import_call.h
 *		What a call of a function that imports says.
 */
#ifndef SALESOPP_IMPORT_CALL_H
#define SALESOPP_IMPORT_CALL_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/jsonb.h"

#include "import/import_source.h"

typedef struct ImportCall
{
	ImportSource *source;
	const char *record;
	Jsonb	   *mapping;		/* NULL: by the headings */
	Jsonb	   *options;
	int64		organization_id;
} ImportCall;

pg_noreturn extern void refuse_without_organization(void);
extern ImportCall call_with_source(FunctionCallInfo fcinfo, const char *record);
extern ImportCall call_with_rows(FunctionCallInfo fcinfo);
extern void send_call(FunctionCallInfo fcinfo, const ImportCall *call, const char *function);

#endif
