/*
 * criteria_text.h
 *		Search criteria in words.
 */
#ifndef SALESOPP_CRITERIA_TEXT_H
#define SALESOPP_CRITERIA_TEXT_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "text/language.h"

/* In UTF-8. The criteria must be valid: a search has been made with them. Needs SPI. */
extern const char *describe_criteria(Jsonb *criteria, Language language);

#endif
