/*
 * fence.h
 *		An organization that is being moved to another server is fenced: nothing of it is written any more.
 */
#ifndef SALESOPP_FENCE_H
#define SALESOPP_FENCE_H

#include "postgres.h"

extern void define_fence(void);

/* Waits until nobody writes what is of the organization, and keeps them out until the transaction ends. */
extern void shut_out_writers(int64 organization_id);

#endif
