/*
 * fence.h
 *		An organization that is being moved to another server is fenced: nothing of it is written any more.
 */
#ifndef SALESOPP_FENCE_H
#define SALESOPP_FENCE_H

extern void define_fence(void);

#endif
