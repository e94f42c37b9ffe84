/*
 * lattice.h
 *		The distribution of a sum of independent deals whose amounts are whole steps: the chance of each sum.
 */
#ifndef SALESOPP_LATTICE_H
#define SALESOPP_LATTICE_H

#include "compat.h"

#define MAX_CELLS (1 << 22)

/*
 * Only the cells from begin to end, where sums have a chance worth counting, are kept. As deals are added, they move
 * upwards. What is cut off at both ends is added up.
 */
typedef struct Lattice
{
	double	   *cells;
	int			room;
	int			begin;
	int			end;
	int64		first;			/* the sum, in steps, that cells[begin] is the chance of */
	double		least;			/* no cell is below it, but those of 0 */
	double		cut;			/* at an end, with each deal, up to so much */
	double		lost;
} Lattice;

/* The sum of no deals. */
extern void start_lattice(Lattice *lattice, double cut);

/* Adds a deal of so many steps, with its chance and the chance against it. False when there would be too many cells. */
extern bool add_to_lattice(Lattice *lattice, int64 steps, double chance, double against);

#endif
