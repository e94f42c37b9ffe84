/*
 * written_time.h
 *		The time of day behind a date, and its zone.
 */
#ifndef SALESOPP_WRITTEN_TIME_H
#define SALESOPP_WRITTEN_TIME_H

#include "postgres.h"

#include "import/imported_date.h"

/* The number that the text begins with, of at most eight digits. The text then begins behind it. Gives how many digits it has. */
extern int	take_count(const char **s, int *value);

extern int	word_length(const char *s);
extern bool is_word(const char *s, int length, const char *word);
extern const char *skip_blanks(const char *s);

/* Reads what stands behind a date, to the end; nothing is midnight. The text is plain. */
extern bool take_time(const char *s, ReadTime *read);

#endif
