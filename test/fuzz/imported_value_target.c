/*
 * imported_value_target.c
 *		libFuzzer target: numbers and dates as people write them. One that is written down comes back as what it was; of
 *		anything else, reading it without knowing how its column is written agrees with knowing.
 *
 * In place of the server's encoding stands ASCII, and in place of a numeric the text that it would be made of.
 */
#include "import/imported_date.c"
#include "import/imported_number.c"
#include "import/plain_cell.c"
#include "import/written_time.c"

#undef sprintf
#undef snprintf
#undef vsnprintf
#include "postgres_memory.h"

/* The most bytes of an input, and of what is written of it. */
#define INPUT_LENGTH 40

/* ----------
 * PostgreSQL
 * ----------
 */

const int	day_tab[2][13] = {
	{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0},
	{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0}
};

/* Days are counted one by one, from the first of March of the year 0. */
int
date2j(int year, int month, int day)
{
	int			y = month <= 2 ? year - 1 : year;
	int			m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 + 1721120;
}

void
j2date(int julian, int *year, int *month, int *day)
{
	*year = (julian - 1721120) / 366;
	while (date2j(*year + 1, 1, 1) <= julian)
		++*year;
	for (*month = 12; date2j(*year, *month, 1) > julian;)
		--*month;
	*day = julian - date2j(*year, *month, 1) + 1;
}

bool
time_overflows(int hour, int minute, int second, fsec_t fraction)
{
	return hour > 24 || minute > 59 || second > 60 || (hour == 24 && (minute > 0 || second > 0 || fraction > 0));
}

int
pg_snprintf(char *to, size_t size, const char *format, ...)
{
	va_list		arguments;
	int			length;

	va_start(arguments, format);
	length = vsnprintf(to, size, format, arguments);
	va_end(arguments);
	return length;
}

Datum
DirectFunctionCall3Coll(PGFunction function, Oid collation, Datum text, Datum ignored1, Datum ignored2)
{
	Size		length = strlen(DatumGetCString(text)) + 1;

	return PointerGetDatum(memcpy(allocate(length), DatumGetCString(text), length));
}

Numeric
int64_div_fast_to_numeric(int64 value, int scale)
{
	char	   *text = allocate(64);

	snprintf(text, 64, "%lld / 10^%d", (long long) value, scale);
	return (Numeric) text;
}

struct varlena *
pg_detoast_datum(struct varlena *datum)
{
	return datum;
}

pg_wchar
to_unicode(const char *s, int length)
{
	return (unsigned char) *s;
}

Appearance
appearance(const char *s, const char *end, int *length)
{
	*length = 1;
	return *s == ' ' || *s == '\xA0' ? SPACE : VISIBLE;
}

/* ----------
 * Numbers
 * ----------
 */

static void
fail(const char *what, const char *cell)
{
	fprintf(stderr, "%s: <%s>\n", what, cell);
	abort();
}

static const char *
number_of(const char *cell, DecimalMark mark)
{
	Numeric		number;

	return read_number(cell, strlen(cell), mark, &number) == NUMBER_READ ? (const char *) number : NULL;
}

/* Whole ones up to 10^9, with up to two decimals; the first byte says how they are written, and the others the number. */
static void
check_written_number(const uint8_t *data, size_t size)
{
	static const char separators[][2] = {{'\0', '.'}, {'\0', ','}, {',', '.'}, {'.', ','}, {' ', ','}, {' ', '.'}, {'\'', '.'}, {'\xA0', ','}};
	const char *separator = separators[data[0] & 7];
	int			decimals = (data[0] >> 3) % 3;
	unsigned	whole = 0;
	unsigned	part = data[1] % (decimals == 0 ? 1 : decimals == 1 ? 10 : 100);
	DecimalMark mark = separator[1] == '.' ? DECIMAL_POINT : DECIMAL_COMMA;
	char		digits[20];
	char		cell[INPUT_LENGTH + 20];
	char		expected[64];
	char	   *to = cell;
	const char *value;

	for (size_t i = 2; i < size && i < 5; i++)
		whole = whole * 256 + data[i];
	if (data[0] & 64)
		*to++ = '-';
	snprintf(digits, sizeof(digits), "%u", whole);
	for (const char *digit = digits; *digit != '\0'; digit++)
	{
		if (digit > digits && strlen(digit) % 3 == 0 && separator[0] != '\0')
			*to++ = separator[0];
		*to++ = *digit;
	}
	*to = '\0';
	if (decimals > 0)
		sprintf(to, "%c%0*u", separator[1], decimals, part);
	if (data[0] & 128)
		strcat(cell, " kr");
	for (int i = 0; i < decimals; i++)
		whole *= 10;
	snprintf(expected, sizeof(expected), "%lld / 10^%d", (data[0] & 64 ? -1LL : 1LL) * (whole + (int64) part), decimals);
	value = number_of(cell, mark);
	if (value == NULL || strcmp(value, expected) != 0)
		fail("a number comes back as another", cell);
}

static void
check_any_number(const char *cell)
{
	const char *point = number_of(cell, DECIMAL_POINT);
	const char *comma = number_of(cell, DECIMAL_COMMA);
	Numeric		number;
	NumberReading reading = read_number(cell, strlen(cell), DECIMAL_UNKNOWN, &number);
	NumberSurvey survey = {0};

	survey_number(&survey, cell, strlen(cell), 1);
	if ((reading == NUMBER_EITHER) != (survey.either_row == 1))
		fail("the survey sees another number", cell);
	if (reading == NUMBER_WRONG && (point != NULL || comma != NULL))
		fail("it is a number only once its mark is known", cell);
	if (reading == NUMBER_EITHER && (point == NULL || comma == NULL || strcmp(point, comma) == 0))
		fail("it can be read in one way only", cell);
	if (reading == NUMBER_READ && survey.comma_row == 0 && (point == NULL || strcmp(point, (const char *) number) != 0))
		fail("with a point it is another number", cell);
	if (reading == NUMBER_READ && survey.point_row == 0 && (comma == NULL || strcmp(comma, (const char *) number) != 0))
		fail("with a comma it is another number", cell);
}

/* ----------
 * Dates
 * ----------
 */

static const char *const month_names[] = {"Jan", "Feb", "mars", "April", "May", "Juni", "July", "Aug", "sept", "October", "Nov", "desember"};

/* From 1900 on. The first byte says how it is written. */
static void
check_written_date(const uint8_t *data)
{
	int			year = 1900 + (data[1] + data[2]) % 600;
	int			month = 1 + data[3] % 12;
	int			day = 1 + data[4] % day_tab[isleap(year)][month - 1];
	DayOrder	order = data[0] & 128 ? DAY_FIRST : MONTH_FIRST;
	char		cell[INPUT_LENGTH + 20];
	ReadTime	read;

	switch (data[0] % 8)
	{
		case 0:
			sprintf(cell, "%04d-%02d-%02d", year, month, day);
			break;
		case 1:
			sprintf(cell, "%d.%d.%d", day, month, year);
			break;
		case 2:
			sprintf(cell, order == DAY_FIRST ? "%1$d/%2$d/%3$d" : "%2$d/%1$d/%3$d", day, month, year);
			break;
		case 3:
			sprintf(cell, "%d. %s %d", day, month_names[month - 1], year);
			break;
		case 4:
			sprintf(cell, "%s %d, %d", month_names[month - 1], day, year);
			break;
		case 5:
			sprintf(cell, "%04d%02d%02d", year, month, day);
			break;
		case 6:
			sprintf(cell, "%04d-%02d-%02dT%02d:%02d:%02d%s", year, month, day, data[5] % 24, data[6] % 60, data[7] % 60, data[7] & 64 ? "Z" : "");
			break;
		default:
			sprintf(cell, order == DAY_FIRST ? "%1$02d-%2$02d-%3$d %4$d:%5$02d" : "%2$02d-%1$02d-%3$d %4$d:%5$02d", day, month, year, data[5] % 24, data[6] % 60);
	}
	if (read_date(cell, strlen(cell), order, &read) != DATE_READ || read.date != date2j(year, month, day) - POSTGRES_EPOCH_JDATE)
		fail("a date comes back as another", cell);
	if (data[0] % 8 == 6 && (read.time != ((data[5] % 24 * 60 + data[6] % 60) * 60 + data[7] % 60) * USECS_PER_SEC || read.has_zone != (data[7] / 64 % 2)))
		fail("a time comes back as another", cell);
}

static void
check_any_date(const char *cell)
{
	ReadTime	day_first;
	ReadTime	month_first;
	ReadTime	unknown;
	DateReading as_day = read_date(cell, strlen(cell), DAY_FIRST, &day_first);
	DateReading as_month = read_date(cell, strlen(cell), MONTH_FIRST, &month_first);
	DateReading reading = read_date(cell, strlen(cell), ORDER_UNKNOWN, &unknown);
	DateSurvey	survey = {0};

	survey_date(&survey, cell, strlen(cell), 1);
	if ((reading == DATE_EITHER) != (survey.either_row == 1))
		fail("the survey sees another date", cell);
	if (reading == DATE_EITHER && (as_day != DATE_READ || as_month != DATE_READ || day_first.date == month_first.date))
		fail("it can be read in one way only", cell);
	if (reading == DATE_WRONG && (as_day != DATE_WRONG || as_month != DATE_WRONG))
		fail("it is a date only once the order is known", cell);
	if (reading == DATE_READ && as_day != DATE_READ && as_month != DATE_READ)
		fail("it is a date in no order", cell);
	if (reading == DATE_READ && as_day == DATE_READ && day_first.date != unknown.date)
		fail("with the day first it is another", cell);
	if (reading == DATE_READ && as_month == DATE_READ && month_first.date != unknown.date)
		fail("with the month first it is another", cell);
	if (reading == DATE_READ && (unknown.time < 0 || unknown.time > USECS_PER_DAY || abs(unknown.offset) > 16 * SECS_PER_HOUR))
		fail("there is no such time", cell);
}

/* The first byte says how the rest is meant. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const pieces[] = {
		"0", "1", "2", "3", "12", "31", "2026", "000", "9", ".", ",", "-", "/", " ", ":", "'", "T", "Z", "+01:00", "jan", "mai", "December",
		"kr", "$", "%", "(", ")", "e", "am", "PM", "st", "\xA0", "mon", "kl", "24:00", "+", "k", "29", "02"
	};
	char		cell[INPUT_LENGTH * 10] = "";

	if (size < 9 || size > INPUT_LENGTH)
		return -1;
	if (data[0] % 4 == 0)
		check_written_number(data + 1, size - 1);
	else if (data[0] % 4 == 1)
		check_written_date(data + 1);
	else
	{
		for (size_t i = 1; i < size; i++)
			strcat(cell, pieces[data[i] % lengthof(pieces)]);
		check_any_number(cell);
		check_any_date(cell);
	}
	free_all();
	return 0;
}
