/*
 * module.c
 *		What happens when the library is loaded: the settings, and the hooks.
 */
#include "compat.h"

#include "utils/guc.h"

#include "choice_elsewhere.h"
#include "export/pdf_font.h"
#include "library_version.h"
#include "organization.h"
#include "search/column_statistics.h"
#include "search/criteria.h"
#include "table/fence.h"
#include "text/language.h"

SALESOPP_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	define_organization_settings();
	define_language_setting();
	define_search_settings();
	define_pdf_settings();
	define_fence();
	follow_choice();
	guard_column_statistics();
	guard_library_version();
	MarkGUCPrefixReserved("salesopp");
}
