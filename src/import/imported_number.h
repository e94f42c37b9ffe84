/*
 * imported_number.h
 *		Numbers as people write them.
 *
 * 1,234 can be a thousand or one and a bit, which only the rest of its column can tell. So a column is surveyed first,
 * and then read with the decimal mark that it shows.
 */
#ifndef SALESOPP_IMPORTED_NUMBER_H
#define SALESOPP_IMPORTED_NUMBER_H

#include "postgres.h"
#include "utils/numeric.h"

typedef enum DecimalMark
{
	DECIMAL_UNKNOWN,
	DECIMAL_POINT,
	DECIMAL_COMMA
} DecimalMark;

/* The first row that can only be read with a decimal point, or comma, or that either fits. 0: none. */
typedef struct NumberSurvey
{
	int64		point_row;
	int64		comma_row;
	int64		either_row;
} NumberSurvey;

typedef enum NumberReading
{
	NUMBER_READ,
	NUMBER_EITHER,
	NUMBER_WRONG				/* also one that cannot be read with that decimal mark */
} NumberReading;

extern void survey_number(NumberSurvey *survey, const char *s, Size length, int64 row);

/* With an unknown mark, a cell that can be read in one way only is read in that way. */
extern NumberReading read_number(const char *s, Size length, DecimalMark mark, Numeric *number);

#endif
