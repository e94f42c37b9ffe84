/*
 * plain_names.h
 *		Many plain names, to be compared.
 */
#ifndef SALESOPP_PLAIN_NAMES_H
#define SALESOPP_PLAIN_NAMES_H

#include "compat.h"

#include "nodes/execnodes.h"

typedef struct PlainName
{
	int64		id;
	int64		scope;			/* only names of one scope are compared */
	const char *key;
	int			length;
	int			n;				/* trigrams, each as its place in the order of all, the rarest first */
	int32	   *trigrams;
	int32		compared_with;	/* the last one that it was */
} PlainName;

typedef struct Names
{
	PlainName	   *names;
	int			n;
	float4		at_least;
	ReturnSetInfo *result;
} Names;

extern void *allocate_names(Size n, Size size);
extern Names read_names(FunctionCallInfo fcinfo);
extern void put_pair(const Names *names, const PlainName *a, const PlainName *b, float4 likeness);
extern void put_same_names(Names *names);
extern int64 rank_trigrams(Names *names);

#endif
