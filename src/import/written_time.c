/*
 * written_time.c
 *		The time of day behind a date, and its zone.
 */
#include "compat.h"

#include "utils/date.h"

#include "import/plain_cell.h"
#include "import/written_time.h"

/* As far from UTC as PostgreSQL knows time zones. */
#define MAX_OFFSET_HOURS 15

#define DIGITS_OF_MICROSECONDS 6

/* No part of a date or time has more than a whole date. */
#define MAX_COUNT_DIGITS 8

typedef struct Clock
{
	int			hour;
	int			minute;
	int			second;
	int			microsecond;
} Clock;

/* ----------
 * Parts of a text
 * ----------
 */

int
take_count(const char **s, int *value)
{
	int			n = 0;

	for (*value = 0; is_digit(**s) && n < MAX_COUNT_DIGITS; (*s)++, n++)
		*value = *value * 10 + (**s - '0');
	return n;
}

int
word_length(const char *s)
{
	int			n = 0;

	while (is_letter(s[n]))
		n++;
	return n;
}

bool
is_word(const char *s, int length, const char *word)
{
	return strlen(word) == length && memcmp(s, word, length) == 0;
}

const char *
skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

/* ----------
 * The time of day
 * ----------
 */

/* Of finer ones than there are, the next is rounded. */
static void
take_fraction(const char **s, Clock *clock)
{
	int			n = 0;

	for ((*s)++; is_digit(**s); (*s)++, n++)
		if (n < DIGITS_OF_MICROSECONDS)
			clock->microsecond = clock->microsecond * 10 + (**s - '0');
		else if (n == DIGITS_OF_MICROSECONDS && **s >= '5')
			clock->microsecond++;
	for (; n < DIGITS_OF_MICROSECONDS; n++)
		clock->microsecond *= 10;
}

/* 1015 and 101530, which an hour was read of. */
static bool
split_count(int digits, Clock *clock)
{
	int			count = clock->hour;

	if (digits != 4 && digits != 6)
		return false;
	if (digits == 6)
	{
		clock->second = count % 100;
		count /= 100;
	}
	clock->minute = count % 100;
	clock->hour = count / 100;
	return true;
}

/* With colons or points. An hour alone says whether it is in the morning. */
static bool
take_clock(const char **s, Clock *clock, bool *is_hour)
{
	int			digits = take_count(s, &clock->hour);
	char		mark = **s;

	if (digits != 1 && digits != 2)
		return split_count(digits, clock);
	*is_hour = (mark != ':' && mark != '.') || !is_digit((*s)[1]);
	if (*is_hour)
		return true;
	(*s)++;
	if (take_count(s, &clock->minute) != 2)
		return false;
	if (**s != mark || !is_digit((*s)[1]))
		return true;
	(*s)++;
	if (take_count(s, &clock->second) != 2)
		return false;
	if (mark == ':' && (**s == '.' || **s == ',') && is_digit((*s)[1]))
		take_fraction(s, clock);
	return true;
}

/* AM, a.m., PM or p.m. */
static bool
take_half_of_day(const char **s, Clock *clock, bool is_hour)
{
	const char *p = skip_blanks(*s);
	bool		is_afternoon = *p == 'p';

	if (*p++ != 'a' && !is_afternoon)
		return !is_hour;
	if (*p == '.')
		p++;
	if (*p++ != 'm' || is_letter(*p))
		return !is_hour;
	if (*p == '.')
		p++;
	*s = p;
	if (clock->hour > 12)
		return false;
	clock->hour = clock->hour % 12 + (is_afternoon ? 12 : 0);
	return true;
}

/* ----------
 * The zone
 * ----------
 */

static bool
take_offset(const char **s, ReadTime *read)
{
	bool		is_west = **s == '-';
	int			hours;
	int			minutes = 0;
	int			digits;

	(*s)++;
	digits = take_count(s, &hours);
	if (digits == 4)
	{
		minutes = hours % 100;
		hours /= 100;
	}
	else if (digits != 1 && digits != 2)
		return false;
	else if (**s == ':')
	{
		(*s)++;
		if (take_count(s, &minutes) != 2)
			return false;
	}
	read->has_zone = true;
	read->offset = (hours * MINS_PER_HOUR + minutes) * SECS_PER_MINUTE * (is_west ? -1 : 1);
	return hours <= MAX_OFFSET_HOURS && minutes < MINS_PER_HOUR;
}

/* Other names than those of UTC are refused: IST is the time in India, in Israel and in Ireland. */
static bool
take_zone(const char **s, ReadTime *read)
{
	const char *p = skip_blanks(*s);
	int			length = word_length(p);

	if (length > 0)
	{
		if (!is_word(p, length, "z") && !is_word(p, length, "utc") && !is_word(p, length, "gmt"))
			return false;
		read->has_zone = true;
		p += length;
	}
	*s = p;
	return (*p != '+' && *p != '-') || take_offset(s, read);
}

/* ----------
 * All of it
 * ----------
 */

/* What stands between a date and a time: T, blanks, a comma, "at" or "kl.", and nothing in 20260301101500. */
static bool
take_transition(const char **s)
{
	const char *p = *s;
	int			length;

	if (is_digit(*p))
		return true;
	if (*p == 't' && is_digit(p[1]))
	{
		*s = p + 1;
		return true;
	}
	if (*p == ',')
		p++;
	p = skip_blanks(p);
	length = word_length(p);
	if (is_word(p, length, "at") || is_word(p, length, "kl"))
	{
		p += length;
		if (*p == '.')
			p++;
		p = skip_blanks(p);
	}
	if (p == *s)
		return false;
	*s = p;
	return true;
}

bool
take_time(const char *s, ReadTime *read)
{
	Clock		clock = {0};
	bool		is_hour = false;

	read->time = 0;
	read->has_zone = false;
	read->offset = 0;
	if (*s == '\0')
		return true;
	if (!take_transition(&s) || !take_clock(&s, &clock, &is_hour) || !take_half_of_day(&s, &clock, is_hour) ||
		!take_zone(&s, read) || *s != '\0' ||
		time_overflows(clock.hour, clock.minute, clock.second, clock.microsecond))
		return false;
	read->time = ((clock.hour * MINS_PER_HOUR + clock.minute) * SECS_PER_MINUTE + clock.second) * USECS_PER_SEC +
		clock.microsecond;
	return true;
}
