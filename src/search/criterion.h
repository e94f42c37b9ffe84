/*
 * criterion.h
 *		What the table of search criteria (F9) says of each.
 */
#ifndef SALESOPP_CRITERION_H
#define SALESOPP_CRITERION_H

#include "postgres.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

#include "search/search_query.h"
#include "text/language.h"

typedef struct Criterion Criterion;

/* How the value that was given becomes a condition, and how it becomes words, in UTF-8. */
typedef struct CriterionKind
{
	void		(*add_condition) (SearchQuery *query, const Criterion *criterion, const JsonbValue *value);
	void		(*describe) (StringInfo out, const Criterion *criterion, const JsonbValue *value, Language language);
} CriterionKind;

struct Criterion
{
	const char *key;
	const CriterionKind *kind;
	Word		word;			/* what people call it */
	const char *expression;		/* the condition with ? for the parameter, or what is compared */
	const char *labels[6];		/* what may be given, where that is fixed */
	const char *table;			/* where ids, and those of names that match, are looked up, as "t", */
	const char *name;			/* and what is called by them there */
	const char *none;			/* the condition that there is none, where that is not a column's of the key's name */
	bool		is_whole;		/* compared with whole numbers */
	bool		in_history;		/* the history of opportunities has a column for it, of that name */
	const char *around;			/* where a comparison stands in a wider condition: that, with %s for it */
	const char *without_accents;	/* the condition where accents are ignored */
};

#endif
