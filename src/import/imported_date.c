/*
 * imported_date.c
 *		Dates and times as people write them.
 */
#include "compat.h"

#include "utils/datetime.h"

#include "import/imported_date.h"
#include "import/plain_cell.h"
#include "import/written_time.h"

/* Years that people do business in. Others are in cells that mean that there is no date. */
#define FIRST_YEAR 1900
#define YEAR_TOO_LATE 2900

/* Spreadsheets count days; this many were over when PostgreSQL's count began. */
#define SERIAL_OF_EPOCH 36526
#define DIGITS_OF_SERIAL 5
#define LAST_SERIAL 2958465		/* 9999-12-31; like the first one, it stands for none */

#define DIGITS_OF_COMPACT 8

/* Two-digit years below it are of this century, as in PostgreSQL. */
#define FIRST_OF_LAST_CENTURY 70

#define NAME_OF_MONTH (-1)

typedef struct Part
{
	int			value;
	int			digits;			/* or NAME_OF_MONTH */
} Part;

typedef struct WrittenDate
{
	int			year;
	int			month;
	int			day;
	bool		is_free;		/* day and month may be the other way round */
	bool		is_zero;		/* 0000-00-00 */
} WrittenDate;

/* ----------
 * Names
 * ----------
 */

static inline bool
begins_with(const char *name, const char *s, int length)
{
	return name[0] == s[0] && strncmp(name, s, length) == 0;
}

/* Three letters of a name are enough. The place of it, from 1, or 0. */
static int
find_month(const char *s, int length)
{
	static const char *const names[][MONTHS_PER_YEAR] = {
		{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"},
		{"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"}
	};

	for (int i = 0; i < lengthof(names) && length >= 3; i++)
		for (int month = 0; month < MONTHS_PER_YEAR; month++)
			if (begins_with(names[i][month], s, length))
				return month + 1;
	return 0;
}

/* A weekday says nothing that the date does not. Two letters of it are enough. */
static const char *
skip_weekday(const char *s)
{
	static const char *const names[] = {
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
		"mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lordag", "sondag"
	};
	int			length = word_length(s);

	for (int i = 0; i < lengthof(names) && length >= 2; i++)
		if (begins_with(names[i], s, length))
		{
			s += length;
			while (*s == '.' || *s == ',' || *s == ' ')
				s++;
			break;
		}
	return s;
}

/* ----------
 * Forms
 * ----------
 */

/* The 1st of May. */
static const char *
skip_ordinal(const char *s)
{
	int			length = word_length(s);

	if (is_word(s, length, "st") || is_word(s, length, "nd") || is_word(s, length, "rd") || is_word(s, length, "th"))
		s += length;
	return s;
}

static bool
take_part(const char **s, Part *part)
{
	int			length = word_length(*s);

	if (length == 0)
	{
		part->digits = take_count(s, &part->value);
		*s = skip_ordinal(*s);
		return part->digits > 0 && part->digits <= 4;
	}
	part->digits = NAME_OF_MONTH;
	part->value = find_month(*s, length);
	*s += length;
	if (**s == '.')
		(*s)++;
	return part->value > 0;
}

/* One sign with blanks around it, or blanks, or nothing. */
static char
take_separator(const char **s)
{
	char		result = **s == ' ' ? ' ' : '\0';

	*s = skip_blanks(*s);
	if (**s == '.' || **s == '/' || **s == '-' || **s == ',')
	{
		result = *(*s)++;
		*s = skip_blanks(*s);
	}
	return result;
}

static int
year_of(const Part *part)
{
	if (part->digits == 2)
		return part->value + (part->value < FIRST_OF_LAST_CENTURY ? 2000 : 1900);
	return part->value;
}

static bool
put_parts(WrittenDate *date, const Part *year, const Part *month, const Part *day)
{
	date->year = year_of(year);
	date->month = month->value;
	date->day = day->value;
	date->is_zero = year->value == 0 && month->value == 0 && day->value == 0;
	return (year->digits == 2 || year->digits == 4) && month->digits <= 2 && day->digits > 0 && day->digits <= 2;
}

static bool
take_parts(const char **s, WrittenDate *date)
{
	Part		part[3];
	char		separator[2];

	if (!take_part(s, &part[0]))
		return false;
	separator[0] = take_separator(s);
	if (!take_part(s, &part[1]))
		return false;
	separator[1] = take_separator(s);
	if (!take_part(s, &part[2]))
		return false;

	if (part[0].digits == NAME_OF_MONTH)
		return put_parts(date, &part[2], &part[0], &part[1]);
	if (part[1].digits == NAME_OF_MONTH)
		return part[0].digits == 4 ? put_parts(date, &part[0], &part[1], &part[2]) : put_parts(date, &part[2], &part[1], &part[0]);
	if (separator[0] != separator[1] || (separator[0] != '.' && separator[0] != '/' && separator[0] != '-'))
		return false;
	/* a point behind each of them, as in Hungary and Korea */
	if (separator[0] == '.' && **s == '.')
		(*s)++;
	if (part[0].digits == 4)
		return put_parts(date, &part[0], &part[1], &part[2]);
	date->is_free = separator[0] != '.';
	return put_parts(date, &part[2], &part[1], &part[0]);
}

/* 20260301 */
static void
put_compact(WrittenDate *date, int count)
{
	date->year = count / 10000;
	date->month = count / 100 % 100;
	date->day = count % 100;
	date->is_zero = count == 0;
}

/* Days, and parts of a day, to the second. */
static bool
take_serial(const char *s, WrittenDate *date, ReadTime *read)
{
	int			days;
	double		fraction = 0;
	double		unit = 1;
	int64		seconds;

	take_count(&s, &days);
	if (*s == '.' || *s == ',')
		for (s++; is_digit(*s); s++)
			fraction += (*s - '0') * (unit /= 10);
	seconds = (int64) (fraction * SECS_PER_DAY + 0.5);
	j2date(days - SERIAL_OF_EPOCH + (int) (seconds / SECS_PER_DAY) + POSTGRES_EPOCH_JDATE, &date->year, &date->month, &date->day);
	read->time = seconds % SECS_PER_DAY * USECS_PER_SEC;
	return *s == '\0' && days >= 10000;
}

/* ----------
 * Reading
 * ----------
 */

static bool
is_day(int year, int month, int day)
{
	return month >= 1 && month <= MONTHS_PER_YEAR && day >= 1 && day <= day_tab[isleap(year)][month - 1];
}

/* The orders in which it can be read, as bits. */
static int
fitting_orders(const WrittenDate *date)
{
	int			result = is_day(date->year, date->month, date->day) ? DAY_FIRST : 0;

	if (date->is_free ? is_day(date->year, date->day, date->month) : result != 0)
		result |= MONTH_FIRST;
	return result;
}

static bool
take_date(const char *s, Size length, WrittenDate *date, ReadTime *read)
{
	char		plain[MAX_PLAIN + 1];
	const char *begin;
	const char *p;
	int			count;
	int			digits;

	memset(date, 0, sizeof(WrittenDate));
	memset(read, 0, sizeof(ReadTime));
	if (make_plain(s, length, plain) == 0)
		return false;
	p = begin = skip_weekday(plain);
	digits = take_count(&p, &count);
	if (*p == '\0' && (count == 0 || count == LAST_SERIAL))
		return date->is_zero = true;
	if (digits == DIGITS_OF_SERIAL)
		return take_serial(begin, date, read);
	if (digits == DIGITS_OF_COMPACT)
		put_compact(date, count);
	else
	{
		p = begin;
		if (!take_parts(&p, date))
			return false;
	}
	return take_time(p, read);
}

static bool
is_none(const WrittenDate *date)
{
	return date->is_zero || date->year < FIRST_YEAR || date->year >= YEAR_TOO_LATE;
}

void
survey_date(DateSurvey *survey, const char *s, Size length, int64 row)
{
	WrittenDate date;
	ReadTime	ignored;
	int64	   *first;
	int			orders;

	if (!take_date(s, length, &date, &ignored) || !date.is_free || date.day == date.month)
		return;
	orders = fitting_orders(&date);
	if (orders == 0 || (orders == (DAY_FIRST | MONTH_FIRST) && is_none(&date)))
		return;
	first = orders == DAY_FIRST ? &survey->day_first_row : orders == MONTH_FIRST ? &survey->month_first_row : &survey->either_row;
	if (*first == 0)
		*first = row;
}

DateReading
read_date(const char *s, Size length, DayOrder order, ReadTime *read)
{
	WrittenDate date;
	int			orders;

	if (!take_date(s, length, &date, read))
		return DATE_WRONG;
	orders = fitting_orders(&date);
	if (orders == 0 && !date.is_zero)
		return DATE_WRONG;
	if (is_none(&date))
		return DATE_NONE;
	if (order != ORDER_UNKNOWN && (orders & order) == 0)
		return DATE_WRONG;
	if (order == ORDER_UNKNOWN && orders == (DAY_FIRST | MONTH_FIRST) && date.is_free && date.day != date.month)
		return DATE_EITHER;
	if (date.is_free && (order == MONTH_FIRST || orders == MONTH_FIRST))
		read->date = date2j(date.year, date.day, date.month) - POSTGRES_EPOCH_JDATE;
	else
		read->date = date2j(date.year, date.month, date.day) - POSTGRES_EPOCH_JDATE;
	return DATE_READ;
}

/* ----------
 * What it is in a time zone
 * ----------
 */

/* How far the time of day in the zone is east of UTC then, in seconds. */
static int
offset_in_zone(Timestamp local, pg_tz *zone)
{
	struct pg_tm tm;
	fsec_t		fraction;

	if (timestamp2tm(local, NULL, &tm, &fraction, NULL, NULL) != 0)
		elog(ERROR, "time of day out of range");
	return -DetermineTimeZoneOffset(&tm, zone);
}

TimestampTz
instant_in_zone(const ReadTime *read, pg_tz *zone)
{
	Timestamp	local = read->date * USECS_PER_DAY + read->time;
	int			offset = read->has_zone ? read->offset : offset_in_zone(local, zone);

	return local - offset * USECS_PER_SEC;
}

DateADT
date_in_zone(const ReadTime *read, pg_tz *zone)
{
	struct pg_tm tm;
	fsec_t		fraction;
	const char *name;
	int			west;

	if (!read->has_zone)
		return read->date;
	if (timestamp2tm(instant_in_zone(read, zone), &west, &tm, &fraction, &name, zone) != 0)
		elog(ERROR, "instant out of range");
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}
