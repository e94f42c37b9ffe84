/*
 * module.c
 *		What happens when the library is loaded: the settings, and the hook into the planner.
 */
#include "compat.h"

#include "utils/guc.h"

#include "column_statistics.h"
#include "criteria.h"
#include "language.h"
#include "organization.h"
#include "pdf_document.h"

SALESOPP_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	define_organization_settings();
	define_language_setting();
	define_search_settings();
	define_pdf_settings();
	guard_column_statistics();
	MarkGUCPrefixReserved("salesopp");
}
