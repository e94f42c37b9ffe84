/*
 * iso_date.c
 *		Dates as texts that read YYYY-MM-DD.
 */
#include "compat.h"

#include <ctype.h>

#include "miscadmin.h"
#include "utils/datetime.h"

#include "text/iso_date.h"

PG_FUNCTION_INFO_V1(is_iso_date);

/* False when it is written otherwise, or there is no such day. */
bool
parse_iso_date(const text *value, DateADT *date)
{
	static const char *const form = "dddd-dd-dd";
	const char *s = VARDATA_ANY(value);
	int			part[3] = {0};
	int			n = 0;
	int			julian;
	int			found[3];

	if (VARSIZE_ANY_EXHDR(value) != strlen(form))
		return false;
	for (int i = 0; form[i] != '\0'; i++)
	{
		if (form[i] == '-' ? s[i] != '-' : !isdigit((unsigned char) s[i]))
			return false;
		if (form[i] == '-')
			n++;
		else
			part[n] = part[n] * 10 + (s[i] - '0');
	}

	/* a day that does not exist comes back as another */
	julian = date2j(part[0], part[1], part[2]);
	j2date(julian, &found[0], &found[1], &found[2]);
	if (part[0] == 0 || memcmp(part, found, sizeof(part)) != 0)
		return false;
	*date = julian - POSTGRES_EPOCH_JDATE;
	return true;
}

char *
format_iso_date(DateADT date)
{
	char	   *result = palloc(MAXDATELEN + 1);
	struct pg_tm tm;

	j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, result);
	return result;
}

Datum
is_iso_date(PG_FUNCTION_ARGS)
{
	DateADT		date;

	PG_RETURN_BOOL(parse_iso_date(PG_GETARG_TEXT_PP(0), &date));
}
