/*
 * library_version.h
 *		The library is not older than the extension that it serves.
 */
#ifndef SALESOPP_LIBRARY_VERSION_H
#define SALESOPP_LIBRARY_VERSION_H

extern void guard_library_version(void);

/* An error if it is older. */
extern void check_library_version(void);

#endif
