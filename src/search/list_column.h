/*
 * list_column.h
 *		The columns that a list can have: those of opportunity_list, further ones, and custom and group fields.
 */
#ifndef SALESOPP_LIST_COLUMN_H
#define SALESOPP_LIST_COLUMN_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "utils/array.h"

#include "text/language.h"

typedef enum ColumnKind
{
	COLUMN_TEXT,				/* text */
	COLUMN_NUMBER,				/* bigint: an id */
	COLUMN_RATING,				/* smallint */
	COLUMN_COUNT,				/* integer */
	COLUMN_AMOUNT,				/* numeric: money */
	COLUMN_PERCENT,				/* numeric, 0 to 100 */
	COLUMN_DECIMAL,				/* numeric, with the decimals that it has */
	COLUMN_DATE,				/* date */
	COLUMN_TIME,				/* timestamptz */
	COLUMN_BOOLEAN,				/* boolean, which people see as a mark */
	COLUMN_YES_NO,				/* boolean, which people read */
	COLUMN_LABEL,				/* one of the extension's enum types */
	COLUMN_FLAG,				/* color of the status; people read the status in that color */
	COLUMN_DECISION_DATE		/* date, which people read in the decision color */
} ColumnKind;

/* The one row of another table, or none, that an opportunity refers to. */
typedef struct Lookup
{
	const char *table;
	const char *alias;
	const char *key;			/* which row it is, of its organization: a condition */
} Lookup;

typedef struct ListColumn
{
	const char *name;			/* by which it is asked for */
	ColumnKind kind;
	Word		heading;
	int			width;			/* in characters */
	const char *expression;		/* its value, of opportunity "o" and what is looked up or joined for that */
	const Lookup *lookup;		/* what is looked up, or NULL */
	const char *join;			/* what is joined, or NULL */
	const char *labels;			/* the enum type whose words people read, if any */
	const char *field;			/* name of the custom or group field that it is, which is the heading; else NULL */
} ListColumn;

/* One that is no custom or group field; NULL where there is none of that name. */
extern const ListColumn *known_list_column(const char *name);

/* Refuses what is none; "what" is how the message calls it. Needs SPI. */
extern const ListColumn *find_list_column(const char *name, const char *what);

/* Lists of ListColumn, each once. What is no plain list of names is refused. Need SPI. */
extern List *list_columns_by_name(const char *const *names, int n_names);
extern List *list_columns_asked_for(ArrayType *given);

extern const char *column_heading(const ListColumn *column, Language language);

extern bool is_numeric_column(const ListColumn *column);

/* Joins, each once, in the order in which they came. One that is NULL adds nothing. */
extern List *add_join(List *joins, const char *join);
extern List *add_joins_of_columns(List *joins, List *columns);
extern char *join_texts(List *joins);

/* What the expression of the value needs to be joined, or NULL. */
extern const char *join_of_column(const ListColumn *column);

/* Instead: the value, looked up where it is another table's, and what is joined beside such values. */
extern const char *looked_up_value(const ListColumn *column);
extern List *joins_beside_looked_up_values(List *columns);

#endif
