/*
 * incidence.c
 *		How many of those who came are won, and how many lost, when some are still open (N4).
 *
 * Aalen and Johansen's estimate for outcomes that exclude each other. At each time at which some were closed, of the n that had
 * come so far, with d of them won (or lost) then, won grows by S d / n and S, the part that is open, becomes less by it. Who left
 * at that time without a decision was still there.
 *
 * It is computed from the last time to the first: what becomes of those who are open at a time is known when what becomes of
 * them later is. Then all numbers are sums and products of what is not negative, and n is how many were met so far.
 */
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/timestamp.h"

#include "enum_labels.h"
#include "pipeline/aggregate_state.h"

PG_FUNCTION_INFO_V1(incidence_accum);
PG_FUNCTION_INFO_V1(incidence_combine);
PG_FUNCTION_INFO_V1(incidence_final);

/*
 * How long each was there, in microseconds, times OUTCOMES, and the outcome. The state is as long as its room, a power of
 * two. It is changed in place, and doubled when the room is used up.
 */
typedef struct Courses
{
	int32		vl_len_;
	int32		unused;
	int64		number;
	int64		course[FLEXIBLE_ARRAY_MEMBER];
} Courses;

#define HEADER_SIZE offsetof(Courses, course)
#define FIRST_ROOM 16
#define MOST_ROOM (INT64CONST(1) << 26)
#define OUTCOMES 4
#define LONGEST (PG_INT64_MAX / OUTCOMES - 1)

/* ----------
 * States
 * ----------
 */

static int64
room_of(const Courses *state)
{
	return (VARSIZE(state) - HEADER_SIZE) / sizeof(int64);
}

static Courses *
make_courses(int64 room)
{
	Courses    *state = palloc0(HEADER_SIZE + room * sizeof(int64));

	SET_VARSIZE(state, HEADER_SIZE + room * sizeof(int64));
	return state;
}

static void
check_courses(const Courses *state)
{
	if (VARATT_IS_EXTENDED(state) || VARSIZE(state) < HEADER_SIZE || (VARSIZE(state) - HEADER_SIZE) % sizeof(int64) != 0 ||
		room_of(state) < FIRST_ROOM || (room_of(state) & (room_of(state) - 1)) != 0 ||
		state->number < 0 || state->number > room_of(state))
		refuse_state();
}

/* The state as the aggregate keeps it, to be changed in place. */
static Courses *
kept_courses(FunctionCallInfo fcinfo)
{
	Courses    *state;

	check_within_aggregate(fcinfo);
	if (PG_ARGISNULL(0))
		return make_courses(FIRST_ROOM);
	state = (Courses *) PG_GETARG_POINTER(0);
	check_courses(state);
	return state;
}

static Courses *
copied_courses(FunctionCallInfo fcinfo, int argument)
{
	Courses    *state = (Courses *) copied_state(fcinfo, argument);

	if (state != NULL)
		check_courses(state);
	return state;
}

/* Another state, where there is no room for so many more. */
static Courses *
with_room(Courses *state, int64 more)
{
	Courses    *larger;
	int64		room = room_of(state);

	if (state->number + more <= room_of(state))
		return state;
	while (room < state->number + more)
		room *= 2;
	if (room > MOST_ROOM)
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("an incidence can be of %lld rows at most", (long long) MOST_ROOM),
				errhint("Group the rows, or leave some out."));
	larger = make_courses(room);
	larger->number = state->number;
	memcpy(larger->course, state->course, state->number * sizeof(int64));
	return larger;
}

/* ----------
 * Adding up
 * ----------
 */

/* As intervals are compared: a month has 30 days, a day 24 hours. */
static int64
duration_argument(FunctionCallInfo fcinfo)
{
	const Interval *duration = PG_GETARG_INTERVAL_P(1);
	int128		microseconds = duration->time + ((int128) duration->month * DAYS_PER_MONTH + duration->day) * USECS_PER_DAY;

	if (microseconds < 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("a duration must not be negative"),
				errhint("Pass the time from when it came until it was closed, or until now."));
	return Min(microseconds, LONGEST);
}

Datum
incidence_accum(PG_FUNCTION_ARGS)
{
	Courses    *state = kept_courses(fcinfo);

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(state);
	enum_labels_lookup_for_argument(&opportunity_status_labels, fcinfo, 2);
	state = with_room(state, 1);
	state->course[state->number++] = duration_argument(fcinfo) * OUTCOMES +
		enum_position(&opportunity_status_labels, PG_GETARG_OID(2));
	PG_RETURN_POINTER(state);
}

Datum
incidence_combine(PG_FUNCTION_ARGS)
{
	Courses    *state = kept_courses(fcinfo);
	Courses    *other = copied_courses(fcinfo, 1);

	if (other == NULL)
		PG_RETURN_POINTER(state);
	state = with_room(state, other->number);
	memcpy(state->course + state->number, other->course, other->number * sizeof(int64));
	state->number += other->number;
	PG_RETURN_POINTER(state);
}

/* ----------
 * The estimate
 * ----------
 */

#define ST_SORT sort_courses
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) > *(b) ? -1 : *(a) < *(b))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* What becomes of those who are open before the courses that are met, of which the longest come first. */
static void
estimate(const Courses *state, double *part)
{
	int64		i = 0;

	part[STATUS_OPEN] = 1;
	part[STATUS_WON] = part[STATUS_LOST] = 0;
	while (i < state->number)
	{
		int64		time = state->course[i] / OUTCOMES;
		int64		count[OUTCOMES] = {0};
		double		stays;

		for (; i < state->number && state->course[i] / OUTCOMES == time; i++)
			count[state->course[i] % OUTCOMES]++;
		stays = (double) (i - count[STATUS_WON] - count[STATUS_LOST]) / i;
		for (int status = 0; status < N_STATUSES; status++)
			part[status] *= stays;
		part[STATUS_WON] += (double) count[STATUS_WON] / i;
		part[STATUS_LOST] += (double) count[STATUS_LOST] / i;
	}
}

static void
check_each_course(const Courses *state)
{
	for (int64 i = 0; i < state->number; i++)
		if (state->course[i] < 0 || state->course[i] % OUTCOMES >= N_STATUSES)
			refuse_state();
}

/* {won, lost, open}, which add up to 1 */
Datum
incidence_final(PG_FUNCTION_ARGS)
{
	Courses    *state = copied_courses(fcinfo, 0);
	double		part[N_STATUSES];
	Datum		result[N_STATUSES];

	if (state == NULL || state->number == 0)
		PG_RETURN_NULL();
	check_each_course(state);
	sort_courses(state->course, state->number);
	estimate(state, part);
	result[0] = Float8GetDatum(part[STATUS_WON]);
	result[1] = Float8GetDatum(part[STATUS_LOST]);
	result[2] = Float8GetDatum(part[STATUS_OPEN]);
	PG_RETURN_ARRAYTYPE_P(construct_array(result, N_STATUSES, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
