/*
 * imported_number.c
 *		Numbers as people write them.
 *
 * A number is its digits, with what separates them: a decimal mark, and what groups them into thousands. Before and
 * behind them may stand a sign, parentheses, a currency and a percent sign.
 */
#include "compat.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "import/imported_number.h"
#include "import/plain_cell.h"

/* So many digits fit an int64, whatever they are. */
#define DIGITS_OF_INT64 18

/* What floating point can hold, and so what spreadsheets write. */
#define MAX_EXPONENT 307

#define LONGEST_UNIT 4

typedef struct WrittenNumber
{
	int			n_digits;
	int			n_separators;
	int			n_before;		/* digits before the decimal mark */
	DecimalMark mark;			/* the only one that it can be read with; unknown where none matters */
	bool		is_either;		/* its one mark can be a decimal mark, or one of thousands */
	bool		has_sign;
	bool		is_negative;
	bool		is_in_parentheses;
	bool		has_exponent;
	int			exponent;
	char		digits[MAX_PLAIN];
	char		separators[MAX_PLAIN];
	int			places[MAX_PLAIN];	/* how many digits stand before each of them */
} WrittenNumber;

/* ----------
 * What stands around the digits
 * ----------
 */

/*
 * Words that say that the number is to be multiplied or divided. They are no currencies: 10k is not 10. Of four letters,
 * such as MNOK, kEUR, mill and thou, all are taken for one that begin in the same way.
 */
static bool
changes_number(const char *word, int length)
{
	static const char *const words[] = {
		"b", "bil", "bln", "bn", "c", "cent", "cr", "ct", "cts", "dr", "e", "g", "k", "kkr", "l", "lac", "lacs", "lakh", "m",
		"md", "mi", "mia", "mil", "mio", "mkr", "mld", "mln", "mm", "mn", "mrd", "ore", "p", "t", "thd", "tis", "tkr", "tn",
		"tsd", "tus", "tys"
	};

	if (length == LONGEST_UNIT && strchr("bkmt", word[0]) != NULL)
		return true;
	for (int i = 0; i < lengthof(words); i++)
		if (words[i][0] == word[0] && strlen(words[i]) == length && memcmp(words[i], word, length) == 0)
			return true;
	return false;
}

/* A currency's sign, its code or word, or both in one: $, kr., US$. */
static bool
take_unit(const char **s)
{
	const char *p = *s;
	const char *word;
	int			length;

	if (*p == PLAIN_CURRENCY)
		p++;
	for (word = p; is_letter(*p);)
		p++;
	length = p - word;
	if (length > LONGEST_UNIT || (length > 0 && changes_number(word, length)))
		return false;
	if (length > 0 && (*p == '.' || (word == *s && *p == PLAIN_CURRENCY)))
		p++;
	*s = p;
	return true;
}

/* Also an opening parenthesis, which stands for a minus. */
static bool
take_sign(const char **s, WrittenNumber *number)
{
	if (number->has_sign)
		return false;
	number->has_sign = true;
	number->is_in_parentheses = **s == '(';
	number->is_negative = **s != '+';
	(*s)++;
	return true;
}

static bool
take_before(const char **s, WrittenNumber *number)
{
	bool		has_unit = false;

	for (;;)
		if (**s == ' ' || **s == '%')
			(*s)++;
		else if (**s == '(' || **s == '-' || **s == '+')
		{
			if (!take_sign(s, number))
				return false;
		}
		else if (**s == PLAIN_CURRENCY || is_letter(**s))
		{
			if (has_unit || !take_unit(s))
				return false;
			has_unit = true;
		}
		else
			return true;
}

/* Everything to the end of the cell. */
static bool
take_after(const char *s, WrittenNumber *number)
{
	bool		is_open = number->is_in_parentheses;
	bool		has_unit = false;

	while (*s != '\0')
		if (*s == ' ' || *s == '%')
			s++;
		else if (*s == ')')
		{
			if (!is_open)
				return false;
			is_open = false;
			s++;
		}
		else if (*s == '-')
		{
			if (!take_sign(&s, number))
				return false;
		}
		else if (*s == PLAIN_CURRENCY || is_letter(*s))
		{
			if (has_unit || !take_unit(&s))
				return false;
			has_unit = true;
		}
		else
			return false;
	return !is_open;
}

/* ----------
 * The digits
 * ----------
 */

static bool
is_mark(char c)
{
	return c == '.' || c == ',';
}

static bool
separates(char c, const WrittenNumber *number)
{
	return is_mark(c) || (number->n_digits > 0 && (c == ' ' || c == '\''));
}

static void
add_separator(WrittenNumber *number, char c)
{
	number->separators[number->n_separators] = c;
	number->places[number->n_separators++] = number->n_digits;
}

/* Where no decimals are, dashes may stand for them: 1000,- and 1000.-- and 1000/-. */
static const char *
take_missing_decimals(const char *s, WrittenNumber *number)
{
	if (is_mark(*s))
	{
		add_separator(number, *s++);
		for (int i = 0; i < 2 && *s == '-'; i++)
			s++;
	}
	else if (s[0] == '/' && (s[1] == '-' || s[1] == '='))
		s += 2;
	return s;
}

static bool
take_exponent(const char **s, WrittenNumber *number)
{
	const char *p = *s;
	bool		is_negative;

	if (*p++ != 'e')
		return true;
	is_negative = *p == '-';
	if (*p == '+' || *p == '-')
		p++;
	if (!is_digit(*p))
		return true;
	for (; is_digit(*p) && number->exponent <= MAX_EXPONENT; p++)
		number->exponent = number->exponent * 10 + (*p - '0');
	if (number->exponent > MAX_EXPONENT)
		return false;
	if (is_negative)
		number->exponent = -number->exponent;
	number->has_exponent = true;
	*s = p;
	return true;
}

static bool
take_digits(const char **s, WrittenNumber *number)
{
	const char *p = *s;

	for (;; p++)
		if (is_digit(*p))
			number->digits[number->n_digits++] = *p;
		else if (separates(*p, number) && is_digit(p[1]))
			add_separator(number, *p);
		else
			break;
	if (number->n_digits == 0)
		return false;
	*s = take_missing_decimals(p, number);
	return take_exponent(s, number);
}

/* ----------
 * What separates them
 * ----------
 */

/* Groups of three digits, the first of which may be shorter. In India all groups but the last are of two. */
static bool
are_groups(const WrittenNumber *number, int n_separators, int n_digits)
{
	const int  *places = number->places;
	int			last = n_digits - places[n_separators - 1];
	int			size = number->separators[0] == ',' && n_separators > 1 && places[1] - places[0] == 2 ? 2 : 3;

	if (last != 3 || places[0] < 1 || places[0] > size || number->digits[0] == '0')
		return false;
	for (int i = 1; i < n_separators; i++)
		if (number->separators[i] != number->separators[0] || places[i] - places[i - 1] != size)
			return false;
	return true;
}

static DecimalMark
as_decimal(char mark)
{
	return mark == '.' ? DECIMAL_POINT : DECIMAL_COMMA;
}

/* Says which separator is the decimal mark, if any. */
static bool
understand_separators(WrittenNumber *number)
{
	int			last = number->n_separators - 1;
	char		mark;

	number->n_before = number->n_digits;
	if (last < 0)
		return true;
	mark = number->separators[last];
	if (!is_mark(mark) || (last > 0 && mark == number->separators[0]))
	{
		if (is_mark(mark))
			number->mark = mark == '.' ? DECIMAL_COMMA : DECIMAL_POINT;
		return are_groups(number, last + 1, number->n_digits);
	}
	number->n_before = number->places[last];
	number->is_either = last == 0 && !number->has_exponent && are_groups(number, 1, number->n_digits);
	number->mark = as_decimal(mark);
	return last == 0 || are_groups(number, last, number->n_before);
}

static bool
take_number(const char *s, Size length, WrittenNumber *number)
{
	char		plain[MAX_PLAIN + 1];
	const char *p = plain;

	/* not the digits, of which there are none yet */
	memset(number, 0, offsetof(WrittenNumber, digits));
	return make_plain(s, length, plain) > 0 && take_before(&p, number) && take_digits(&p, number) &&
		take_after(p, number) && understand_separators(number);
}

/* ----------
 * Its value
 * ----------
 */

static Numeric
long_value(const WrittenNumber *number)
{
	char		text[MAX_PLAIN + 20];

	snprintf(text, sizeof(text), "%s%.*s.%.*se%d", number->is_negative ? "-" : "", number->n_before, number->digits,
			 number->n_digits - number->n_before, number->digits + number->n_before, number->exponent);
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

static Numeric
value_of(const WrittenNumber *number)
{
	int64		value = 0;

	if (number->has_exponent || number->n_digits > DIGITS_OF_INT64)
		return long_value(number);
	for (int i = 0; i < number->n_digits; i++)
		value = value * 10 + (number->digits[i] - '0');
	return int64_div_fast_to_numeric(number->is_negative ? -value : value, number->n_digits - number->n_before);
}

void
survey_number(NumberSurvey *survey, const char *s, Size length, int64 row)
{
	WrittenNumber number;
	int64	   *first;

	if (!take_number(s, length, &number) || number.mark == DECIMAL_UNKNOWN)
		return;
	first = number.is_either ? &survey->either_row : number.mark == DECIMAL_POINT ? &survey->point_row : &survey->comma_row;
	if (*first == 0)
		*first = row;
}

NumberReading
read_number(const char *s, Size length, DecimalMark mark, Numeric *number)
{
	WrittenNumber written;

	if (!take_number(s, length, &written))
		return NUMBER_WRONG;
	if (written.is_either && mark == DECIMAL_UNKNOWN)
		return NUMBER_EITHER;
	if (mark != DECIMAL_UNKNOWN && written.mark != DECIMAL_UNKNOWN && mark != written.mark)
	{
		if (!written.is_either)
			return NUMBER_WRONG;
		written.n_before = written.n_digits;
	}
	*number = value_of(&written);
	return NUMBER_READ;
}
