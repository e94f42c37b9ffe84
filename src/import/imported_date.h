/*
 * imported_date.h
 *		Dates and times as people write them.
 *
 * 3/4/2026 is in March or in April, which only the rest of its column can tell. So a column is surveyed first, and then
 * read in the order that it shows.
 */
#ifndef SALESOPP_IMPORTED_DATE_H
#define SALESOPP_IMPORTED_DATE_H

#include "postgres.h"
#include "pgtime.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/* The known ones are bits. PostgreSQL has a variable DateOrder. */
typedef enum DayOrder
{
	ORDER_UNKNOWN = 0,
	DAY_FIRST = 1,
	MONTH_FIRST = 2
} DayOrder;

/* The first row that can only be read with the day first, or the month first, or that both fit. 0: none. */
typedef struct DateSurvey
{
	int64		day_first_row;
	int64		month_first_row;
	int64		either_row;
} DateSurvey;

typedef struct ReadTime
{
	DateADT		date;
	int64		time;			/* microseconds of the day; a whole day at 24:00 */
	bool		has_zone;
	int			offset;			/* seconds east of UTC */
} ReadTime;

typedef enum DateReading
{
	DATE_READ,
	DATE_NONE,					/* a day so far off that it stands for none */
	DATE_EITHER,
	DATE_WRONG					/* also one that cannot be read in that order */
} DateReading;

extern void survey_date(DateSurvey *survey, const char *s, Size length, int64 row);

/* With an unknown order, a cell that can be read in one way only is read in that way. */
extern DateReading read_date(const char *s, Size length, DayOrder order, ReadTime *read);

/* The day that it is in the time zone then; without a zone in the cell its own day. */
extern DateADT date_in_zone(const ReadTime *read, pg_tz *zone);

/* The instant. A cell without a zone is the time of day in that one. */
extern TimestampTz instant_in_zone(const ReadTime *read, pg_tz *zone);

#endif
