/*
 * plain_names.c
 *		Many plain names, to be compared: as they are given, those that are the same, and their trigrams by how rare they are.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "text/plain_names.h"
#include "text/trigram.h"

/* There may be more of them than an ordinary allocation takes. */
void *
allocate_names(Size n, Size size)
{
	return palloc_extended(Max(n, 1) * size, MCXT_ALLOC_HUGE);
}

void
put_pair(const Names *names, const PlainName *a, const PlainName *b, float4 likeness)
{
	Datum		values[] = {Int64GetDatum(Min(a->id, b->id)), Int64GetDatum(Max(a->id, b->id)), Float4GetDatum(likeness)};
	bool		nulls[] = {false, false, false};

	tuplestore_putvalues(names->result->setResult, names->result->setDesc, values, nulls);
}

/* ----------
 * What was given
 * ----------
 */

static Datum *
elements_of(ArrayType *array, Oid type, int *n)
{
	bool		is_text = type == TEXTOID;
	Datum	   *elements;

	if (array_contains_nulls(array))
		ereport(ERROR,
				errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("names to compare must not be null"),
				errhint("Leave them out of all three arrays."));
	deconstruct_array(array, type, is_text ? -1 : sizeof(int64), is_text ? false : FLOAT8PASSBYVAL,
					  is_text ? TYPALIGN_INT : TYPALIGN_DOUBLE, &elements, NULL, n);
	return elements;
}

Names
read_names(FunctionCallInfo fcinfo)
{
	Names		names = {.at_least = PG_GETARG_FLOAT4(3), .result = (ReturnSetInfo *) fcinfo->resultinfo};
	int			n_scopes;
	int			n_keys;
	Datum	   *ids = elements_of(PG_GETARG_ARRAYTYPE_P(0), INT8OID, &names.n);
	Datum	   *scopes = elements_of(PG_GETARG_ARRAYTYPE_P(1), INT8OID, &n_scopes);
	Datum	   *keys = elements_of(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, &n_keys);

	if (n_scopes != names.n || n_keys != names.n || !(names.at_least >= 0.3 && names.at_least <= 1))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("names are compared by three arrays of one length, and alike from 0.3 to 1 on"),
				errhint("Pass an id, a scope and a name for each, and a likeness from 0.3 to 1."));
	names.names = allocate_names(names.n, sizeof(PlainName));
	for (int i = 0; i < names.n; i++)
	{
		text	   *key = DatumGetTextPP(keys[i]);

		names.names[i] = (PlainName) {
			.id = DatumGetInt64(ids[i]), .scope = DatumGetInt64(scopes[i]), .key = VARDATA_ANY(key),
			.length = VARSIZE_ANY_EXHDR(key), .compared_with = -1
		};
	}
	return names;
}

/* ----------
 * The same but for their blanks
 * ----------
 */

/* Compares the letters and digits; the blanks between words do not count. */
static int
compare_keys(const PlainName *a, const PlainName *b)
{
	int			i = 0;
	int			j = 0;

	for (;;)
	{
		while (i < a->length && a->key[i] == ' ')
			i++;
		while (j < b->length && b->key[j] == ' ')
			j++;
		if (i == a->length || j == b->length)
			return (i < a->length) - (j < b->length);
		if (a->key[i] != b->key[j])
			return (unsigned char) a->key[i] < (unsigned char) b->key[j] ? -1 : 1;
		i++;
		j++;
	}
}

static int
compare_by_key(const void *left, const void *right)
{
	const PlainName *a = left;
	const PlainName *b = right;
	int			keys;

	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	keys = compare_keys(a, b);
	return keys != 0 ? keys : (a->id > b->id) - (a->id < b->id);
}

/* Of those that are the same, each makes a pair with the first, which is compared with others for all of them. */
void
put_same_names(Names *names)
{
	int			n = 0;

	qsort(names->names, names->n, sizeof(PlainName), compare_by_key);
	for (int i = 0; i < names->n; i++)
	{
		const PlainName *name = &names->names[i];
		const PlainName *first = &names->names[Max(n - 1, 0)];

		CHECK_FOR_INTERRUPTS();
		if (n > 0 && first->scope == name->scope && compare_keys(first, name) == 0)
			put_pair(names, first, name, 1);
		else
			names->names[n++] = *name;
	}
	names->n = n;
}

/* ----------
 * Trigrams by how rare they are
 * ----------
 */

typedef struct Frequency
{
	Trigram		trigram;
	int32		count;
	int32		place;
} Frequency;

static int
compare_trigrams(const void *a, const void *b)
{
	Trigram		left = ((const Frequency *) a)->trigram;
	Trigram		right = ((const Frequency *) b)->trigram;

	return left < right ? -1 : left > right;
}

static int
compare_counts(const void *a, const void *b)
{
	const Frequency *left = a;
	const Frequency *right = b;

	return left->count != right->count ? (left->count < right->count ? -1 : 1) : compare_trigrams(a, b);
}

/* Counts the trigrams, each of which is in the array once for each name that has it; returns how many there are. */
static int64
count_trigrams(Frequency *all, int64 n_all)
{
	int64		n = 0;

	qsort(all, n_all, sizeof(Frequency), compare_trigrams);
	for (int64 i = 0; i < n_all; i++)
	{
		if (n > 0 && all[n - 1].trigram == all[i].trigram)
			all[n - 1].count++;
		else
			all[n++] = (Frequency) {.trigram = all[i].trigram, .count = 1};
	}
	qsort(all, n, sizeof(Frequency), compare_counts);
	for (int64 i = 0; i < n; i++)
		all[i].place = i;
	qsort(all, n, sizeof(Frequency), compare_trigrams);
	return n;
}

static int
compare_places(const void *a, const void *b)
{
	int32		left = *(const int32 *) a;
	int32		right = *(const int32 *) b;

	return (left > right) - (left < right);
}

/* Returns how many different trigrams there are. */
int64
rank_trigrams(Names *names)
{
	int64		n_all = 0;
	int64		next = 0;
	Trigram    *trigrams;
	Frequency  *all;

	for (int i = 0; i < names->n; i++)
		n_all += most_trigrams(names->names[i].length);
	trigrams = allocate_names(n_all, sizeof(Trigram));
	for (int i = 0; i < names->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		names->names[i].n = find_trigrams(names->names[i].key, names->names[i].length, trigrams + next);
		next += names->names[i].n;
	}
	n_all = next;
	all = allocate_names(n_all, sizeof(Frequency));
	for (int64 i = 0; i < n_all; i++)
		all[i].trigram = trigrams[i];
	next = count_trigrams(all, n_all);
	for (int64 i = 0, k = 0; i < names->n; i++)
	{
		PlainName	   *name = &names->names[i];

		CHECK_FOR_INTERRUPTS();
		name->trigrams = palloc(Max(name->n, 1) * sizeof(int32));
		for (int j = 0; j < name->n; j++)
		{
			Frequency	wanted = {.trigram = trigrams[k++]};

			name->trigrams[j] = ((Frequency *) bsearch(&wanted, all, next, sizeof(Frequency), compare_trigrams))->place;
		}
		qsort(name->trigrams, name->n, sizeof(int32), compare_places);
	}
	pfree(trigrams);
	pfree(all);
	return next;
}
