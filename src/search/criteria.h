/*
 * criteria.h
 *		Search criteria (F9), from jsonb to conditions on opportunities, and to words.
 */
#ifndef SALESOPP_CRITERIA_H
#define SALESOPP_CRITERIA_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "search/search_query.h"
#include "text/language.h"

extern void define_search_settings(void);

/*
 * Adds FROM and WHERE: the current organization's opportunities, with what is joined to them, that are not
 * deleted and meet all criteria. More conditions can follow. Needs SPI.
 */
extern void add_opportunities(SearchQuery *query, const char *joins, Jsonb *criteria);

/* Adds the conditions alone, each behind AND. Then "o" is what an opportunity was, with its id as "id". Needs SPI. */
extern void add_criteria_of_history(SearchQuery *query, Jsonb *criteria);

/* In UTF-8. The criteria must be valid: a search has been made with them. Needs SPI. */
extern const char *describe_criteria(Jsonb *criteria, Language language);

/* What the history cannot be asked of these, as people call it, in UTF-8; NULL where it can be asked all. They must be an object. */
extern const char *describe_untold(Jsonb *criteria, Language language);

#endif
