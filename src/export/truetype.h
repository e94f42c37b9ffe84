/*
 * truetype.h
 *		Whether a file is a TrueType font that can be handed to libharu.
 */
#ifndef SALESOPP_TRUETYPE_H
#define SALESOPP_TRUETYPE_H

#include "postgres.h"

/* Raises an error where it is not; "setting" is what names the file, for the hint. */
extern void check_truetype_file(const char *path, const char *setting);

#endif
