/*
 * criterion_condition.h
 *		The conditions that the values of search criteria become.
 *
 * What the caller gave becomes parameters. A value that the criterion does not take is refused.
 */
#ifndef SALESOPP_CRITERION_CONDITION_H
#define SALESOPP_CRITERION_CONDITION_H

#include "nodes/pg_list.h"

#include "search/criterion.h"

pg_noreturn extern void refuse_value(const Criterion *criterion, const char *wanted);

/* Of a value that must be an object, as a list of JsonMember. */
extern List *members(const Criterion *criterion, const JsonbValue *value, const char *wanted);

/* The expression with the parameter in the place of each question mark; and the same as one more condition. */
extern char *with_parameter(SearchQuery *query, const char *expression, Oid type, Datum value);
extern void add_condition(SearchQuery *query, const char *expression, Oid type, Datum value);

/* Whether it is one of the criterion's labels. */
extern bool is_allowed(const Criterion *criterion, const JsonbValue *value);

extern void add_letter(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);
extern void add_ids(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);
extern void add_labels(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);
extern void add_number(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);
extern void add_dates(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);

/* Need SPI. */
extern void add_pattern(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);
extern void add_text(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);
extern void add_custom(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);

/* Add nothing: the criterion says what others mean. */
extern void check_texts(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);
extern void check_saved(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);
extern void check_accents(SearchQuery *query, const Criterion *criterion, const JsonbValue *value);

#endif
