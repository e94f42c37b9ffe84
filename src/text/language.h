/*
 * language.h
 *		The words, numbers and dates of exports and pictures, in English and Norwegian.
 *
 * All texts are UTF-8, whatever the server's encoding is; to_utf8() makes those of the database so.
 */
#ifndef SALESOPP_LANGUAGE_H
#define SALESOPP_LANGUAGE_H

#include "postgres.h"
#include "fmgr.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

typedef enum Language
{
	ENGLISH,
	NORWEGIAN
} Language;

#define N_LANGUAGES 2

typedef enum Word
{
	WORD_ACCENTS,
	WORD_ACTUAL_REVENUE,
	WORD_ALL_OPPORTUNITIES,
	WORD_AND,
	WORD_AS_SAID,
	WORD_AT_THE_END,
	WORD_AT_THE_START,
	WORD_BEST_CASE,
	WORD_BILLION,
	WORD_BLACK,
	WORD_BLUE,
	WORD_CANCELLED,
	WORD_CERTAIN,
	WORD_CHANCE_OF_AT_LEAST,
	WORD_CHANGED_AT,
	WORD_CHANGED_BY,
	WORD_CHANGE_OF_PIPELINE,
	WORD_CHANGE_SINCE,
	WORD_CLOSED,
	WORD_CLOSER_THAN,
	WORD_CLOSE_DATE,
	WORD_COMMIT,
	WORD_COMPANY,
	WORD_COMPANY_NAME,
	WORD_COMPLETED,
	WORD_CONTACT,
	WORD_CONTACT_EMAIL,
	WORD_CONTACT_NAME,
	WORD_CONTACT_PHONE,
	WORD_CONVERSION,
	WORD_CREATED_AT,
	WORD_CREATED_BY,
	WORD_CURRENT_STAGE,
	WORD_CUSTOM,
	WORD_DAYS_IN_STAGE,
	WORD_DAYS_THERE,
	WORD_DECISIONS,
	WORD_DECISION_COLOR,
	WORD_DECISION_DATE,
	WORD_DECISION_PASSED,
	WORD_DECISION_SOON,
	WORD_DECREASED,
	WORD_DELETED,
	WORD_DELIVERY_DATE,
	WORD_DEPARTMENT,
	WORD_DISTINGUISHED,
	WORD_EACH_TIME,
	WORD_EMPTY_PIPELINE,
	WORD_EMPTY_PROCESS,
	WORD_ESTIMATED_REVENUE,
	WORD_EXTERNAL_ID,
	WORD_FLAG,
	WORD_FORECAST,
	WORD_FORECAST_CATEGORY,
	WORD_FROM,
	WORD_FROM_STAGE_TO_STAGE,
	WORD_FURTHER_OFF_THAN,
	WORD_GRAY,
	WORD_GREEN,
	WORD_GROUP,
	WORD_HAS_PROCESS,
	WORD_HIGH,
	WORD_HIGHEST_SALE,
	WORD_ID,
	WORD_IGNORED,
	WORD_INCREASED,
	WORD_INTERVAL_OF_RATE,
	WORD_LAST_CHANGED_BY,
	WORD_LESS_LIKELY,
	WORD_LETTER,
	WORD_LIKELY,
	WORD_LONGER_THAN_USUAL,
	WORD_LOSS_REASON,
	WORD_LOSS_REASONS,
	WORD_LOST,
	WORD_LOW,
	WORD_MILLION,
	WORD_MORE,
	WORD_MORE_LIKELY,
	WORD_MOVED_IN,
	WORD_MOVED_OUT,
	WORD_NEW,
	WORD_NEXT_ACTIVITY,
	WORD_NEXT_ACTIVITY_AT,
	WORD_NO,
	WORD_NONE,
	WORD_NORMAL,
	WORD_NOTE,
	WORD_NOTHING_SAID,
	WORD_NOT_TOLD,
	WORD_NOW,
	WORD_NO_DATE,
	WORD_NO_STAGES,
	WORD_OF,
	WORD_OMITTED,
	WORD_ON_AVERAGE,
	WORD_OPEN,
	WORD_OPPORTUNITIES,
	WORD_OPPORTUNITY,
	WORD_ORDER_SUM,
	WORD_ORGANIZATION,
	WORD_OTHER_MONTHS,
	WORD_OUTLOOK,
	WORD_OVERSTATED,
	WORD_OVERSTATED_BY,
	WORD_PAGE,
	WORD_PENDING,
	WORD_PERCENTAGE_POINTS,
	WORD_PIPELINE,
	WORD_PIPELINE_OVER_TIME,
	WORD_PRIORITY,
	WORD_PROGRESS,
	WORD_PROJECT,
	WORD_QUOTA,
	WORD_QUOTE_SUM,
	WORD_RATING,
	WORD_REACHED,
	WORD_REASON_OF_LOSS,
	WORD_RED,
	WORD_REOPENED,
	WORD_RESPONSIBLE,
	WORD_RESTORED,
	WORD_SAID,
	WORD_SAID_AND_CAME,
	WORD_SAID_TO_BE,
	WORD_SALES_FUNNEL,
	WORD_SALES_MEETING,
	WORD_SALES_OPPORTUNITIES,
	WORD_SALES_PROCESS,
	WORD_SALES_REGION,
	WORD_SAVED_SEARCH,
	WORD_STAGE,
	WORD_STAGE_PROGRESS,
	WORD_STALLED,
	WORD_STATUS,
	WORD_STILL_THERE,
	WORD_SUBJECT,
	WORD_SUMMARY,
	WORD_TEXT,
	WORD_TEXT_IN,
	WORD_THE_BEGINNING,
	WORD_TO,
	WORD_TOTAL,
	WORD_TRANSFERRED_IN,
	WORD_TRANSFERRED_OUT,
	WORD_TRILLION,
	WORD_UNDERSTATED,
	WORD_UNDERSTATED_BY,
	WORD_USUAL_DAYS,
	WORD_VERSION,
	WORD_WEIGHTED_PIPELINE,
	WORD_WEIGHTED_VALUE,
	WORD_WENT_ON,
	WORD_WERE_WON,
	WORD_WHAT_BECAME,
	WORD_WHAT_WAS_SAID,
	WORD_WINNER,
	WORD_WON,
	WORD_WON_AND_LOST_SINCE,
	WORD_WON_BY,
	WORD_YELLOW,
	WORD_YES,
	N_WORDS
} Word;

extern void define_language_setting(void);

/* The language that an argument of a function asks for; NULL means the setting. */
extern Language language_argument(FunctionCallInfo fcinfo, int argument);

/* As HTML and XML name it. */
extern const char *language_code(Language language);

extern const char *word(Language language, Word w);

/* The word for a label of one of the extension's enum types, such as "won" or "yellow", or of the total beside them. */
extern const char *label_word(Language language, const char *label);

/* Text in the server's encoding as UTF-8. */
extern const char *to_utf8(const char *text);

/* What people read, allocated in the current memory context. */
extern char *format_number(Language language, Numeric number, int decimals);
extern char *format_count(Language language, int64 count);
extern char *format_rest(Language language, int64 more);
extern char *format_percent(Language language, Numeric percent);
extern char *format_date(Language language, DateADT date);
extern char *format_time(Language language, TimestampTz time);
extern char *format_month(Language language, DateADT month);
extern char *format_year(Language language, int year);

#endif
