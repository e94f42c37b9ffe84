/*
 * html_entity.h
 *		Characters that are written as entities of HTML.
 */
#ifndef SALESOPP_HTML_ENTITY_H
#define SALESOPP_HTML_ENTITY_H

#include "postgres.h"
#include "mb/pg_wchar.h"

/* The character that the entity at the beginning of the text stands for, and its length; 0 when it is none. */
extern pg_wchar find_entity(const char *s, const char *end, int *length);

#endif
