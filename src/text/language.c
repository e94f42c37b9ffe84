/*
 * language.c
 *		The words, numbers and dates of exports and pictures, in English and Norwegian.
 */
#include "compat.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"

#include "amount.h"
#include "text/language.h"

static int	language_setting = ENGLISH;

static const struct config_enum_entry languages[] = {
	{"en", ENGLISH, false},
	{"nb", NORWEGIAN, false},
	{NULL, 0, false}
};

static const char *const words[N_WORDS][N_LANGUAGES] = {
	[WORD_ACCENTS] = {"Accents", "Aksenter"},
	[WORD_ACTUAL_REVENUE] = {"Actual revenue", "Reell omsetning"},
	[WORD_ALL_OPPORTUNITIES] = {"All opportunities", "Alle salgsmuligheter"},
	[WORD_AND] = {"and", "og"},
	[WORD_AS_SAID] = {"as said", "som anslått"},
	[WORD_AT_THE_END] = {"At the end", "Ved slutten"},
	[WORD_AT_THE_START] = {"At the start", "Ved starten"},
	[WORD_BEST_CASE] = {"Best case", "Beste fall"},
	[WORD_BILLION] = {"B", "mrd."},
	[WORD_BLACK] = {"Black", "Svart"},
	[WORD_BLUE] = {"Blue", "Blå"},
	[WORD_CANCELLED] = {"Cancelled", "Avbrutt"},
	[WORD_CERTAIN] = {"Certain", "Sikkert"},
	[WORD_CHANCE_OF_AT_LEAST] = {"chance of at least", "sjanse for minst"},
	[WORD_CHANGED_AT] = {"Last changed", "Sist endret"},
	[WORD_CHANGED_BY] = {"By", "Av"},
	[WORD_CHANGE_OF_PIPELINE] = {"What became of the pipeline", "Hva som skjedde med pipelinen"},
	[WORD_CHANGE_SINCE] = {"Change since last time", "Endring siden sist"},
	[WORD_CLOSED] = {"Closed", "Lukket"},
	[WORD_CLOSER_THAN] = {"closer than if one had always said", "nærmere enn om en alltid hadde sagt"},
	[WORD_CLOSE_DATE] = {"Close date", "Lukkedato"},
	[WORD_COMMIT] = {"Commit", "Lovet"},
	[WORD_COMPANY] = {"Company", "Firma"},
	[WORD_COMPANY_NAME] = {"Company name", "Firmanavn"},
	[WORD_COMPLETED] = {"Completed", "Fullført"},
	[WORD_CONTACT] = {"Contact", "Kontaktperson"},
	[WORD_CONTACT_EMAIL] = {"Contact e-mail", "Kontaktpersons e-post"},
	[WORD_CONTACT_NAME] = {"Contact name", "Kontaktpersonens navn"},
	[WORD_CONTACT_PHONE] = {"Contact phone", "Kontaktpersons telefon"},
	[WORD_CONVERSION] = {"Went on or won %", "Videre eller vunnet %"},
	[WORD_CREATED_AT] = {"Created", "Opprettet"},
	[WORD_CREATED_BY] = {"Created by", "Opprettet av"},
	[WORD_CURRENT_STAGE] = {"Current stage", "Gjeldende steg"},
	[WORD_CUSTOM] = {"Custom field", "Egendefinert felt"},
	[WORD_DAYS_IN_STAGE] = {"Days in stage", "Dager i steg"},
	[WORD_DAYS_THERE] = {"Days there", "Dager der"},
	[WORD_DECISIONS] = {"Decisions", "Beslutninger"},
	[WORD_DECISION_COLOR] = {"Decision colour", "Beslutningsfarge"},
	[WORD_DECISION_DATE] = {"Decision date", "Beslutningsdato"},
	[WORD_DECISION_PASSED] = {"The decision date has passed", "Beslutningsdatoen er passert"},
	[WORD_DECISION_SOON] = {"Today (green) and within the next 7 days (blue)", "I dag (grønn) og de neste 7 dagene (blå)"},
	[WORD_DECREASED] = {"Estimate lowered", "Estimat senket"},
	[WORD_DELETED] = {"Deleted", "Slettet"},
	[WORD_DELIVERY_DATE] = {"Delivery date", "Leveringsdato"},
	[WORD_DEPARTMENT] = {"Department", "Avdeling"},
	[WORD_DISTINGUISHED] = {"Distinguished", "Skilles"},
	[WORD_EACH_TIME] = {"An opportunity counts each time that something was said of it", "En salgsmulighet teller hver gang noe ble anslått om den"},
	[WORD_EMPTY_PIPELINE] = {"The pipeline is empty", "Pipelinen er tom"},
	[WORD_EMPTY_PROCESS] = {"The sales process has no stages", "Salgsprosessen har ingen steg"},
	[WORD_ESTIMATED_REVENUE] = {"Estimated revenue", "Estimert omsetning"},
	[WORD_EXTERNAL_ID] = {"External id", "Ekstern id"},
	[WORD_FLAG] = {"Flag", "Flagg"},
	[WORD_FORECAST] = {"What it may come to", "Hva det kan bli"},
	[WORD_FORECAST_CATEGORY] = {"Forecast category", "Prognosekategori"},
	[WORD_FROM] = {"from", "fra"},
	[WORD_FROM_STAGE_TO_STAGE] = {"From stage to stage", "Fra steg til steg"},
	[WORD_FURTHER_OFF_THAN] = {"further off than if one had always said", "lenger unna enn om en alltid hadde sagt"},
	[WORD_GRAY] = {"Gray", "Grå"},
	[WORD_GREEN] = {"Green", "Grønn"},
	[WORD_GROUP] = {"Group", "Gruppe"},
	[WORD_HAS_PROCESS] = {"Process", "Prosess"},
	[WORD_HIGH] = {"High", "Høy"},
	[WORD_HIGHEST_SALE] = {"Highest sale", "Høyeste salg"},
	[WORD_ID] = {"Id", "Id"},
	[WORD_IGNORED] = {"Ignored", "Ses bort fra"},
	[WORD_INCREASED] = {"Estimate raised", "Estimat hevet"},
	[WORD_INTERVAL_OF_RATE] = {"In brackets, and as lines: where the true rate lies, with a confidence of 95%", "I parentes, og som streker: hvor den sanne andelen ligger, med 95 % sikkerhet"},
	[WORD_LAST_CHANGED_BY] = {"Last changed by", "Sist endret av"},
	[WORD_LESS_LIKELY] = {"Less likely", "Mindre sannsynlig"},
	[WORD_LETTER] = {"First letter", "Forbokstav"},
	[WORD_LIKELY] = {"likely", "sannsynlig"},
	[WORD_LONGER_THAN_USUAL] = {"Longer at their stage than four in five of those that were won", "Lenger på steget enn fire av fem av dem som ble vunnet"},
	[WORD_LOSS_REASON] = {"Reason", "Årsak"},
	[WORD_LOSS_REASONS] = {"Reasons of losses", "Årsaker til tap"},
	[WORD_LOST] = {"Lost", "Tapt"},
	[WORD_LOW] = {"Low", "Lav"},
	[WORD_MILLION] = {"M", "mill."},
	[WORD_MORE] = {"more", "til"},
	[WORD_MORE_LIKELY] = {"More likely", "Mer sannsynlig"},
	[WORD_MOVED_IN] = {"Decision moved into the period", "Beslutning flyttet inn i perioden"},
	[WORD_MOVED_OUT] = {"Decision moved out of the period", "Beslutning flyttet ut av perioden"},
	[WORD_NEW] = {"New", "Ny"},
	[WORD_NEXT_ACTIVITY] = {"Next activity", "Neste aktivitet"},
	[WORD_NEXT_ACTIVITY_AT] = {"Next activity at", "Neste aktivitet kl."},
	[WORD_NO] = {"No", "Nei"},
	[WORD_NONE] = {"none", "ingen"},
	[WORD_NORMAL] = {"Normal", "Normal"},
	[WORD_NOTE] = {"Note", "Notat"},
	[WORD_NOTHING_SAID] = {"Nothing that was said has been decided yet", "Ingenting av det som ble anslått, er avgjort ennå"},
	[WORD_NOT_TOLD] = {"The history does not tell", "Historikken sier ikke noe om"},
	[WORD_NOW] = {"now", "nå"},
	[WORD_NO_DATE] = {"No date", "Ingen dato"},
	[WORD_NO_STAGES] = {"No sales process", "Ingen salgsprosess"},
	[WORD_OF] = {"of", "av"},
	[WORD_OMITTED] = {"Omitted", "Utelatt"},
	[WORD_ON_AVERAGE] = {"On average", "I gjennomsnitt"},
	[WORD_OPEN] = {"Open", "Ikke avgjort"},
	[WORD_OPPORTUNITIES] = {"Number", "Antall"},
	[WORD_OPPORTUNITY] = {"Opportunity", "Salgsmulighet"},
	[WORD_ORDER_SUM] = {"Order sum", "Ordresum"},
	[WORD_ORGANIZATION] = {"Organization", "Organisasjon"},
	[WORD_OTHER_MONTHS] = {"Other months", "Andre måneder"},
	[WORD_OUTLOOK] = {"Forecast", "Prognose"},
	[WORD_OVERSTATED] = {"overstated", "for høyt"},
	[WORD_OVERSTATED_BY] = {"overstated by", "for høyt anslått med"},
	[WORD_PAGE] = {"Page", "Side"},
	[WORD_PENDING] = {"Pending", "Venter"},
	[WORD_PERCENTAGE_POINTS] = {"percentage points", "prosentpoeng"},
	[WORD_PIPELINE] = {"Pipeline", "Pipeline"},
	[WORD_PIPELINE_OVER_TIME] = {"The pipeline over time", "Pipelinen over tid"},
	[WORD_PRIORITY] = {"Priority", "Prioritet"},
	[WORD_PROGRESS] = {"Progress %", "Fremdrift %"},
	[WORD_PROJECT] = {"Project", "Prosjekt"},
	[WORD_QUOTA] = {"Quota", "Salgsmål"},
	[WORD_QUOTE_SUM] = {"Quote sum", "Tilbudssum"},
	[WORD_RATING] = {"Rating", "Vurdering"},
	[WORD_REACHED] = {"Reached", "Nådd"},
	[WORD_REASON_OF_LOSS] = {"Loss reason", "Tapsårsak"},
	[WORD_RED] = {"Red", "Rød"},
	[WORD_REOPENED] = {"Reopened", "Gjenåpnet"},
	[WORD_RESPONSIBLE] = {"Responsible", "Ansvarlig"},
	[WORD_RESTORED] = {"Brought back", "Hentet tilbake"},
	[WORD_SAID] = {"said", "anslått"},
	[WORD_SAID_AND_CAME] = {"What was said, and what came", "Hva som ble anslått, og hva det ble"},
	[WORD_SAID_TO_BE] = {"Said to be", "Anslått til"},
	[WORD_SALES_FUNNEL] = {"Sales funnel", "Salgstrakt"},
	[WORD_SALES_MEETING] = {"Sales meeting", "Salgsmøte"},
	[WORD_SALES_OPPORTUNITIES] = {"Sales opportunities", "Salgsmuligheter"},
	[WORD_SALES_PROCESS] = {"Sales process", "Salgsprosess"},
	[WORD_SALES_REGION] = {"Sales region", "Salgsregion"},
	[WORD_SAVED_SEARCH] = {"Saved search", "Lagret søk"},
	[WORD_STAGE] = {"Stage", "Steg"},
	[WORD_STAGE_PROGRESS] = {"Progress by stages", "Fremdrift etter steg"},
	[WORD_STALLED] = {"Stalled", "Står stille"},
	[WORD_STATUS] = {"Status", "Status"},
	[WORD_STILL_THERE] = {"Still there", "Er der ennå"},
	[WORD_SUBJECT] = {"Subject", "Emne"},
	[WORD_SUMMARY] = {"Summary", "Oppsummering"},
	[WORD_TEXT] = {"Text", "Fritekst"},
	[WORD_TEXT_IN] = {"Text in", "Fritekst i"},
	[WORD_THE_BEGINNING] = {"the beginning", "begynnelsen"},
	[WORD_TO] = {"to", "til"},
	[WORD_TOTAL] = {"Total", "Totalt"},
	[WORD_TRANSFERRED_IN] = {"Taken over", "Overtatt"},
	[WORD_TRANSFERRED_OUT] = {"Handed over", "Overlevert"},
	[WORD_TRILLION] = {"T", "bill."},
	[WORD_UNDERSTATED] = {"understated", "for lavt"},
	[WORD_UNDERSTATED_BY] = {"understated by", "for lavt anslått med"},
	[WORD_USUAL_DAYS] = {"Usual days at most", "Vanligvis høyst"},
	[WORD_VERSION] = {"Version", "Versjon"},
	[WORD_WEIGHTED_PIPELINE] = {"Weighted pipeline", "Vektet pipeline"},
	[WORD_WEIGHTED_VALUE] = {"Weighted value", "Vektet verdi"},
	[WORD_WENT_ON] = {"Went on", "Videre"},
	[WORD_WERE_WON] = {"won", "vunnet"},
	[WORD_WHAT_BECAME] = {"What became of those who reached a stage", "Hva det ble av dem som nådde et steg"},
	[WORD_WHAT_WAS_SAID] = {"What was said", "Hva som ble anslått"},
	[WORD_WINNER] = {"Winner", "Vinner"},
	[WORD_WON] = {"Won", "Vunnet"},
	[WORD_WON_AND_LOST_SINCE] = {"Won and lost since", "Vunnet og tapt siden"},
	[WORD_WON_BY] = {"Won by", "Vunnet av"},
	[WORD_YELLOW] = {"Yellow", "Gul"},
	[WORD_YES] = {"Yes", "Ja"},
};

static const struct
{
	const char *label;
	Word		word;
}			label_words[] = {
	{"open", WORD_OPEN}, {"won", WORD_WON}, {"lost", WORD_LOST}, {"total", WORD_TOTAL},
	{"pending", WORD_PENDING}, {"completed", WORD_COMPLETED}, {"cancelled", WORD_CANCELLED},
	{"omitted", WORD_OMITTED}, {"pipeline", WORD_PIPELINE}, {"best_case", WORD_BEST_CASE},
	{"commit", WORD_COMMIT}, {"closed", WORD_CLOSED},
	{"low", WORD_LOW}, {"normal", WORD_NORMAL}, {"high", WORD_HIGH},
	{"red", WORD_RED}, {"yellow", WORD_YELLOW}, {"green", WORD_GREEN}, {"blue", WORD_BLUE},
	{"black", WORD_BLACK}, {"gray", WORD_GRAY},
	{"distinguish", WORD_DISTINGUISHED}, {"ignore", WORD_IGNORED},
	{"subject", WORD_SUBJECT}, {"note", WORD_NOTE}, {"company", WORD_COMPANY}, {"contact", WORD_CONTACT}
};

static const char *const month_names[N_LANGUAGES][12] = {
	{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	{"jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "des"}
};

/* Behind a year before Christ, with a no-break space. */
static const char *const before_christ[N_LANGUAGES] = {"\xc2\xa0" "BC", "\xc2\xa0" "f.Kr."};

/* Between thousands; the Norwegian one is a no-break space. */
static const char *const thousands_separator[N_LANGUAGES] = {",", "\xc2\xa0"};
static const char decimal_separator[N_LANGUAGES] = {'.', ','};

void
define_language_setting(void)
{
	DefineCustomEnumVariable("salesopp.language",
							 "Language of exports and pictures: en (English) or nb (Norwegian).",
							 NULL, &language_setting, ENGLISH, languages, PGC_USERSET, 0,
							 NULL, NULL, NULL);
}

Language
language_argument(FunctionCallInfo fcinfo, int argument)
{
	char	   *name;

	if (PG_ARGISNULL(argument))
		return language_setting;

	name = text_to_cstring(PG_GETARG_TEXT_PP(argument));
	for (int i = 0; languages[i].name != NULL; i++)
		if (strcmp(languages[i].name, name) == 0)
			return languages[i].val;
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("unknown language \"%s\"", name),
			errhint("The languages are en and nb."));
}

const char *
language_code(Language language)
{
	return languages[language].name;
}

const char *
word(Language language, Word w)
{
	return words[w][language];
}

const char *
label_word(Language language, const char *label)
{
	for (int i = 0; i < lengthof(label_words); i++)
		if (strcmp(label_words[i].label, label) == 0)
			return word(language, label_words[i].word);
	elog(ERROR, "no word for \"%s\"", label);
}

const char *
to_utf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

/* Puts separators into a number in digits, such as -1234567.89. */
static char *
separate(Language language, const char *digits)
{
	StringInfoData result;
	const char *p = digits;
	const char *point = strchrnul(digits, '.');

	initStringInfo(&result);
	if (*p == '-')
		appendStringInfoChar(&result, *p++);
	while (p < point)
	{
		appendStringInfoChar(&result, *p++);
		if (p < point && (point - p) % 3 == 0)
			appendStringInfoString(&result, thousands_separator[language]);
	}
	if (*point == '.')
	{
		appendStringInfoChar(&result, decimal_separator[language]);
		appendStringInfoString(&result, point + 1);
	}
	return result.data;
}

char *
format_number(Language language, Numeric number, int decimals)
{
	int64		hundredths;
	Datum		rounded;

	/* most amounts fit, and need not go through numeric's slow arithmetic */
	if (decimals == HUNDREDTHS_DIGITS && numeric_to_hundredths(NumericGetDatum(number), &hundredths) &&
		hundredths >= 0)
	{
		char		digits[MAXINT8LEN + 4];
		int			length = pg_lltoa(hundredths / 100, digits);

		digits[length] = '.';
		digits[length + 1] = '0' + hundredths % 100 / 10;
		digits[length + 2] = '0' + hundredths % 10;
		digits[length + 3] = '\0';
		return separate(language, digits);
	}
	rounded = DirectFunctionCall2(numeric_round, NumericGetDatum(number), Int32GetDatum(decimals));
	return separate(language, DatumGetCString(DirectFunctionCall1(numeric_out, rounded)));
}

char *
format_count(Language language, int64 count)
{
	return separate(language, psprintf(INT64_FORMAT, count));
}

/* What stands under a list that is cut. */
char *
format_rest(Language language, int64 more)
{
	return psprintf("%s %s %s", word(language, WORD_AND), format_count(language, more), word(language, WORD_MORE));
}

/* Decimals only where there are any: 25, 33.33 */
char *
format_percent(Language language, Numeric percent)
{
	Datum		trimmed = DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(percent));

	return separate(language, DatumGetCString(DirectFunctionCall1(numeric_out, trimmed)));
}

/* The year before 1, which is 1 BC, is counted as 0. */
static char *
format_year_of_digits(Language language, int year, int digits)
{
	if (year > 0)
		return psprintf("%0*d", digits, year);
	return psprintf("%0*d%s", digits, 1 - year, before_christ[language]);
}

char *
format_year(Language language, int year)
{
	return format_year_of_digits(language, year, 1);
}

static char *
format_day(Language language, const struct pg_tm *tm)
{
	const char *year = format_year_of_digits(language, tm->tm_year, 4);

	if (language == NORWEGIAN)
		return psprintf("%02d.%02d.%s", tm->tm_mday, tm->tm_mon, year);
	return psprintf("%d %s %s", tm->tm_mday, month_names[language][tm->tm_mon - 1], year);
}

char *
format_date(Language language, DateADT date)
{
	struct pg_tm tm;

	j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	return format_day(language, &tm);
}

char *
format_time(Language language, TimestampTz time)
{
	struct pg_tm tm;
	fsec_t		fraction;
	int			zone;

	if (TIMESTAMP_NOT_FINITE(time) ||
		timestamp2tm(time, &zone, &tm, &fraction, NULL, NULL) != 0)
		return pstrdup(timestamptz_to_str(time));
	return psprintf("%s %02d:%02d", format_day(language, &tm), tm.tm_hour, tm.tm_min);
}

char *
format_month(Language language, DateADT month)
{
	int			year;
	int			number;
	int			day;

	j2date(month + POSTGRES_EPOCH_JDATE, &year, &number, &day);
	return psprintf("%s %s", month_names[language][number - 1], format_year(language, year));
}
