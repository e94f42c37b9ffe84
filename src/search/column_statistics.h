/*
 * column_statistics.h
 *		What the planner's estimates tell of the values in a column.
 */
#ifndef SALESOPP_COLUMN_STATISTICS_H
#define SALESOPP_COLUMN_STATISTICS_H

extern void guard_column_statistics(void);

#endif
