/*
 * like_names.c
 *		Which of many names are alike?
 *
 * Comparing each with each would take the square of their number. But two names that share so many of their trigrams
 * share one of the rarest few of each: of x trigrams, at least t x must be shared, so one of any x - t x + 1 is. So a name
 * is compared only with those that have one of its rarest trigrams among their own rarest. Nothing is missed by that
 * (Chaudhuri, Ganti and Kaushik, 2006; Bayardo, Ma and Srikant, 2007).
 */
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "text/plain_names.h"
#include "text/trigram.h"

PG_FUNCTION_INFO_V1(like_names);

/* Bounds are computed with room for what floating point loses; whether two are alike is computed as pg_trgm does. */
#define MARGIN 1e-4

#define N_BITS 128

/*
 * A name in the list of those that have a trigram among their rarest: what excludes most of them is looked at here, one
 * behind the other in memory. Each of its trigrams is one of the bits.
 */
typedef struct Entry
{
	uint64		bits[N_BITS / 64];
	int32		name;
	int32		n;
	int32		position;		/* of the trigram among those of the name */
} Entry;

typedef struct NameList
{
	Entry	   *first;			/* that can still be alike: names come by scope and size */
	Entry	   *end;
} NameList;

static int
compare_by_size(const void *left, const void *right)
{
	const PlainName *a = left;
	const PlainName *b = right;

	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* Of how many of its rarest trigrams one must be another's, if it shares that part of all. */
static int
rarest(const PlainName *name, double part)
{
	return name->n == 0 ? 0 : name->n - (int) ceil(part * name->n - MARGIN) + 1;
}

static int
count_shared(const PlainName *a, const PlainName *b)
{
	int			shared = 0;

	for (int i = 0, j = 0; i < a->n && j < b->n;)
	{
		if (a->trigrams[i] == b->trigrams[j])
		{
			shared++;
			i++;
			j++;
		}
		else if (a->trigrams[i] < b->trigrams[j])
			i++;
		else
			j++;
	}
	return shared;
}

static const char *
next_digit(const char *s, const char *end)
{
	while (s < end && (*s < '0' || *s > '9'))
		s++;
	return s;
}

/* Names that both have numbers are of different things if these differ: Hall 1 and Hall 2. */
static bool
has_other_numbers(const PlainName *a, const PlainName *b)
{
	const char *end_a = a->key + a->length;
	const char *end_b = b->key + b->length;
	const char *digit_a = next_digit(a->key, end_a);
	const char *digit_b = next_digit(b->key, end_b);

	if (digit_a == end_a || digit_b == end_b)
		return false;
	while (digit_a < end_a && digit_b < end_b && *digit_a == *digit_b)
	{
		digit_a = next_digit(digit_a + 1, end_a);
		digit_b = next_digit(digit_b + 1, end_b);
	}
	return digit_a < end_a || digit_b < end_b;
}

static void
compare_names(const Names *names, const PlainName *name, PlainName *other)
{
	float4		likeness;

	if (has_other_numbers(name, other))
		return;
	likeness = likeness_of(count_shared(name, other), name->n, other->n);
	if (likeness >= names->at_least)
		put_pair(names, name, other, likeness);
}

static Entry
entry_of(const Names *names, int number, int position)
{
	const PlainName *name = &names->names[number];
	Entry		entry = {.name = number, .n = name->n, .position = position};

	for (int i = 0; i < name->n; i++)
	{
		int			bit = name->trigrams[i] % N_BITS;

		entry.bits[bit / 64] |= UINT64CONST(1) << bit % 64;
	}
	return entry;
}

/* Passes by those of other scopes, and those that are too short for this name and so for all that come after it. */
static void
pass_by(const Names *names, NameList *list, const PlainName *name)
{
	while (list->first < list->end &&
		   (names->names[list->first->name].scope != name->scope || list->first->n < names->at_least * name->n - MARGIN))
		list->first++;
}

/*
 * Whether two names with a trigram in common, the first that they have, can be alike: by how many come behind it in each,
 * and by the bits that only one of them has.
 */
static bool
can_be_alike(const Entry *a, const Entry *b, double needed_part)
{
	double		needed = needed_part * (a->n + b->n) - MARGIN;

	return Min(a->n - a->position, b->n - b->position) >= needed &&
		a->n + b->n - pg_popcount64(a->bits[0] ^ b->bits[0]) - pg_popcount64(a->bits[1] ^ b->bits[1]) >= 2 * needed;
}

static void
compare_with_list(const Names *names, const NameList *list, const Entry *entry)
{
	double		needed_part = names->at_least / (1 + names->at_least);

	for (const Entry *before = list->first; before < list->end; before++)
	{
		PlainName  *other;

		CHECK_FOR_INTERRUPTS();
		if (!can_be_alike(entry, before, needed_part))
			continue;
		other = &names->names[before->name];
		if (other->compared_with != entry->name)
			compare_names(names, &names->names[entry->name], other);
		other->compared_with = entry->name;
	}
}

/* With the names before it, which are as long or shorter. Then it is among these. */
static void
compare_name(const Names *names, NameList *lists, int number)
{
	const PlainName *name = &names->names[number];
	Entry		entry = entry_of(names, number, 0);
	int			n_listed = rarest(name, 2 * names->at_least / (1 + names->at_least));

	for (int i = rarest(name, names->at_least) - 1; i >= 0; i--)
	{
		NameList   *list = &lists[name->trigrams[i]];

		entry.position = i;
		pass_by(names, list, name);
		compare_with_list(names, list, &entry);
		if (i < n_listed)
			*list->end++ = entry;
	}
}

/* Each list has the room that it will need. */
static NameList *
make_lists(const Names *names, int64 n_trigrams)
{
	NameList   *lists = allocate_names(n_trigrams, sizeof(NameList));
	int32	   *counts = allocate_names(n_trigrams, sizeof(int32));
	int64		n_entries = 0;
	Entry	   *entries;

	memset(counts, 0, n_trigrams * sizeof(int32));
	for (int i = 0; i < names->n; i++)
		for (int j = rarest(&names->names[i], 2 * names->at_least / (1 + names->at_least)) - 1; j >= 0; j--)
		{
			counts[names->names[i].trigrams[j]]++;
			n_entries++;
		}
	entries = allocate_names(n_entries, sizeof(Entry));
	for (int64 i = 0; i < n_trigrams; i++)
	{
		lists[i].first = lists[i].end = entries;
		entries += counts[i];
	}
	pfree(counts);
	return lists;
}

static void
put_like_names(Names *names, int64 n_trigrams)
{
	NameList   *lists = make_lists(names, n_trigrams);

	qsort(names->names, names->n, sizeof(PlainName), compare_by_size);
	for (int i = 0; i < names->n; i++)
		compare_name(names, lists, i);
}

/* like_names(ids, scopes, keys, at_least): the pairs of ids of a scope whose names are alike, the lower id first. */
Datum
like_names(PG_FUNCTION_ARGS)
{
	Names		names;

	InitMaterializedSRF(fcinfo, 0);
	names = read_names(fcinfo);
	put_same_names(&names);
	put_like_names(&names, rank_trigrams(&names));
	return (Datum) 0;
}
