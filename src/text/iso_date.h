/*
 * iso_date.h
 *		Dates as texts that read YYYY-MM-DD.
 */
#ifndef SALESOPP_ISO_DATE_H
#define SALESOPP_ISO_DATE_H

#include "postgres.h"
#include "utils/date.h"

extern bool parse_iso_date(const text *value, DateADT *date);

/* A finite date; years beyond 9999 have more digits. */
extern char *format_iso_date(DateADT date);

#endif
