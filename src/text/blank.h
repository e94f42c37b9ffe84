/*
 * blank.h
 *		What people see of a text.
 */
#ifndef SALESOPP_BLANK_H
#define SALESOPP_BLANK_H

#include "postgres.h"

/* Leaves out the blanks at the beginning and the end. */
extern void trim_blanks(char **s, Size *length);

#endif
