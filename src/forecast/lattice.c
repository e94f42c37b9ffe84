/*
 * lattice.c
 *		The distribution of a sum of independent deals whose amounts are whole steps: the chance of each sum.
 *
 * A deal is added in place: what a sum will have a chance of is what it has without the deal, and what the sum less
 * the deal has with it. All is added and multiplied with numbers above 0, so that no digits are lost.
 */
#include "compat.h"

#include "miscadmin.h"

#include "forecast/lattice.h"

/*
 * Numbers too small for the processor's normal form are slow. Before any can come up, cells below a number that
 * counts for nothing become 0.
 */
#define NEGLIGIBLE 1e-240
#define NEARLY_SLOW 1e-300

/* From so many steps on, blocks are long enough for the loop over one. */
#define BLOCK_STEPS 16

#define FIRST_ROOM 1024

void
start_lattice(Lattice *lattice, double cut)
{
	lattice->cells = palloc(FIRST_ROOM * sizeof(double));
	lattice->room = FIRST_ROOM;
	lattice->cells[0] = 1;
	lattice->begin = 0;
	lattice->end = 1;
	lattice->first = 0;
	lattice->least = 1;
	lattice->cut = cut;
	lattice->lost = 0;
}

/* This is where the time goes. The blocks do not overlap, which lets the compiler take several cells at once. */
static void
mix_block(double *restrict to, const double *restrict from, int n, double chance, double against)
{
	for (int i = 0; i < n; i++)
		to[i] = to[i] * against + from[i] * chance;
}

/* The cells and behind them as many zeros as the deal has steps; from the upper end, so that no cell is used when it is changed. */
static void
mix(double *cells, int n, int steps, double chance, double against)
{
	int			i = n + steps;

	if (steps >= BLOCK_STEPS)
		while (i > steps)
		{
			int			size = Min(steps, i - steps);

			i -= size;
			mix_block(cells + i, cells + i - steps, size, chance, against);
		}
	else
		while (--i >= steps)
			cells[i] = cells[i] * against + cells[i - steps] * chance;
	for (int rest = Min(steps, n), j = 0; j < rest; j++)
		cells[j] *= against;
}

static bool
make_room(Lattice *lattice, int64 steps)
{
	int			used = lattice->end - lattice->begin;

	if (steps > MAX_CELLS || used + steps > MAX_CELLS)
		return false;
	if (lattice->end + steps <= lattice->room)
		return true;
	memmove(lattice->cells, lattice->cells + lattice->begin, used * sizeof(double));
	lattice->begin = 0;
	lattice->end = used;
	if (used + steps > lattice->room)
	{
		lattice->room = Min(2 * (used + steps), MAX_CELLS);
		lattice->cells = repalloc(lattice->cells, lattice->room * sizeof(double));
	}
	return true;
}

static void
cut_ends(Lattice *lattice)
{
	double	   *cells = lattice->cells;
	double		below = 0;
	double		above = 0;

	while (below + cells[lattice->begin] < lattice->cut)
	{
		below += cells[lattice->begin++];
		lattice->first++;
	}
	while (above + cells[lattice->end - 1] < lattice->cut)
		above += cells[--lattice->end];
	lattice->lost += below + above;
}

static void
clear_negligible(Lattice *lattice)
{
	for (int i = lattice->begin; i < lattice->end; i++)
		if (lattice->cells[i] < NEGLIGIBLE)
			lattice->cells[i] = 0;
	lattice->least = NEGLIGIBLE;
}

bool
add_to_lattice(Lattice *lattice, int64 steps, double chance, double against)
{
	CHECK_FOR_INTERRUPTS();
	if (steps == 0 || chance == 0)
		return true;
	if (against == 0)
	{
		lattice->first += steps;
		return true;
	}
	if (!make_room(lattice, steps))
		return false;
	lattice->least *= Min(chance, against);
	if (lattice->least < NEARLY_SLOW)
	{
		clear_negligible(lattice);
		lattice->least *= Min(chance, against);
	}
	memset(lattice->cells + lattice->end, 0, steps * sizeof(double));
	mix(lattice->cells + lattice->begin, lattice->end - lattice->begin, steps, chance, against);
	lattice->end += steps;
	cut_ends(lattice);
	return true;
}
