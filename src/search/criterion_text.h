/*
 * criterion_text.h
 *		The words that the values of search criteria become.
 *
 * The values must be valid: a search has been made with them.
 */
#ifndef SALESOPP_CRITERION_TEXT_H
#define SALESOPP_CRITERION_TEXT_H

#include "search/criterion.h"

extern void describe_scalar(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language);
extern void describe_scalars(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language);
extern void describe_labels(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language);
extern void describe_number(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language);
extern void describe_dates(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language);
extern void describe_custom(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language);

/* Needs SPI. */
extern void describe_ids(StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language);

#endif
